// AssemblyAI: transcriptions. https://github.com/AssemblyAI/assemblyai-api-spec/blob/main/openapi.yml

import type { Outcome } from "../../call.ts"
import { isMissing } from "../../endpoints/bodyschema.ts"
import { isNumber } from "../../exactjson.ts"
import { asList, isRecord } from "../../values.ts"
import { readParts, type StreamedPart, toStream } from "../clientform.ts"
import { Settled } from "../outcomes.ts"
import { unreadable } from "../upstreamreplies.ts"
import { addField, parseField } from "./formfields.ts"
import { checkTranscription } from "./jobparameters.ts"
import {
  ask,
  createAdapter,
  ended,
  finished,
  type JobAttempt,
  type JobReply,
  pending,
  readId,
  readText,
  refusal,
  type State,
} from "./upstreamjob.ts"

interface Asked extends State {
  /** OpenAI's `response_format`. */
  format: string
}

type Fields = Record<string, unknown>

/** Fields that are texts even if they look like JSON. */
const texts = ["prompt", "language"]
/**
 * The model that only the older of two parameters accepts; all others are named in speech_models, which has no default:
 * https://assemblyai.com/docs/faq/how-can-i-use-universal-2, https://github.com/vercel/ai/releases/tag/@ai-sdk%2Fassemblyai@2.0.42
 */
const OLD_MODEL = "best"

export const assemblyai = createAdapter<Asked>(
  { pollMs: [3000, 30_000] },
  {
    async start(attempt) {
      const { audioUrl, fields } = await uploaded(attempt)
      const [error] = checkTranscription(fields, attempt.call.model).errors
      if (error !== undefined) throw refusal(error)
      const format = readText(fields["response_format"]) ?? "json"
      const json = buildParams(attempt.call.model, audioUrl, fields, format)
      const reply = await ask(attempt, { method: "POST", path: "/transcript", json })
      const id = readId(reply.value["id"])
      if (id === null) return unreadable(attempt, reply, "it names no transcript")
      return pending(attempt, { id, format, startedAt: attempt.context.clock.now() } as Asked, reply)
    },
    async resume(attempt, state) {
      const reply = await ask(attempt, { method: "GET", path: `/transcript/${state.id}` })
      const { status, error } = reply.value
      if (status === "completed") return await readResult(attempt, state, reply)
      if (status !== "error") return pending(attempt, state, reply)
      const words = readText(error) ?? "the transcript failed, and the provider does not say why"
      return ended(state, reply.upstream, isTheirFault(words) ? 502 : 422, words)
    },
    cancel: ({ id }) => ({ method: "DELETE", path: `/transcript/${id}` }),
  },
)

/** Uploads the file while the form is read, wherever it is in the form. It may have 2.2 GB. */
async function uploaded(attempt: JobAttempt): Promise<{ audioUrl: string; fields: Fields }> {
  const { call, context } = attempt
  const fields: Fields = {}
  let audioUrl: string | null = null
  const parts = call.form === null ? [] : readParts(call.form, context.pieceAt)
  for await (const part of parts) {
    const { name, isFile, text } = part
    if (isFile && name === "file") audioUrl = await upload(attempt, part)
    else if (isFile) throw refusal({ message: `${name} must be no file`, param: name })
    else addField(fields, name, texts.includes(name) ? text : parseField(text))
  }
  if (audioUrl === null) throw refusal({ message: "file is required", param: "file" })
  return { audioUrl, fields }
}

async function upload(attempt: JobAttempt, { content }: StreamedPart): Promise<string> {
  const headers = { "content-type": "application/octet-stream" }
  const reply = await ask(attempt, { method: "POST", path: "/upload", headers, body: toStream(content), isFree: true })
  const url = readText(reply.value["upload_url"])
  if (url === null) throw new Settled(unreadable(attempt, reply, "it names no address of the file"))
  return url
}

/** Translates parameters with other names in OpenAI's form. All others are passed on unchanged. */
function buildParams(model: string, audioUrl: string, fields: Fields, format: string): Fields {
  const { model: _, file, stream, fallbacks, service_tier, response_format, ...given } = fields
  const { language, timestamp_granularities, chunking_strategy, ...rest } = given
  return {
    audio_url: audioUrl,
    ...(model === OLD_MODEL ? { speech_model: model } : { speech_models: [model] }),
    ...(isMissing(language) ? {} : { language_code: language }),
    ...(format === "diarized_json" ? { speaker_labels: true } : {}),
    ...rest,
  }
}

async function readResult(attempt: JobAttempt, state: Asked, reply: JobReply): Promise<Outcome> {
  const { text, audio_duration: seconds, language_code: language, words, utterances, ...others } = reply.value
  if (typeof text !== "string") return unreadable(attempt, reply, "it has no text")
  const path = `/transcript/${state.id}`
  const usage = isNumber(seconds) ? { usage: { type: "duration", seconds } } : {}
  if (state.format === "srt" || state.format === "vtt") {
    const { text: captions } = await ask(attempt, { method: "GET", path: `${path}/${state.format}` }, true)
    return await finished(attempt, state, reply, { text: captions, ...usage })
  }
  const extra = Object.fromEntries(Object.entries(others).filter(([, value]) => !isMissing(value)))
  const result = { text, ...usage, ...extra, ...(isMissing(utterances) ? {} : { utterances }) }
  if (state.format === "diarized_json") {
    const segments = toSegments(utterances).map((segment) => ({ type: "transcript.text.segment", ...segment }))
    return await finished(attempt, state, reply, { ...result, duration: seconds, segments })
  }
  if (state.format !== "verbose_json") return await finished(attempt, state, reply, result)
  const sentences = await ask(attempt, { method: "GET", path: `${path}/sentences` })
  const segments = toSegments(sentences.value["sentences"])
  const verbose = { task: "transcribe", language, duration: seconds, segments, words: toSegments(words, "word") }
  return await finished(attempt, state, reply, { ...result, ...verbose })
}

/** Converts AssemblyAI's milliseconds into seconds. */
function toSegments(parts: unknown, name = "text"): Fields[] {
  return asList(parts)
    .filter(isRecord)
    .map(({ text, start, end, words, ...others }, id) => ({
      ...(name === "text" ? { id } : {}),
      [name]: text,
      start: Number(start) / 1000,
      end: Number(end) / 1000,
      ...others,
    }))
}

/** "If a transcription fails due to a server error, resubmit": https://www.assemblyai.com/docs/pre-recorded-audio/check-transcript-status */
function isTheirFault(words: string): boolean {
  return /server error|internal|unavailable|timed? ?out|try again|retry/i.test(words)
}
