// The streams of speech, of transcriptions and of images: typed events, of which the last has what the result has beside its content.
// https://platform.openai.com/docs/api-reference/audio/speech-audio-delta-event, https://platform.openai.com/docs/api-reference/audio/transcript-text-delta-event,
// https://platform.openai.com/docs/api-reference/images-streaming
import type { Content } from "../../call.ts"
import { parseExact } from "../../exactjson.ts"
import { asRecord, asRecords, asText, isRecord } from "../../values.ts"
import { type Assembly, cutText, type EventWriter, type Fields, type StreamForm, writeEvent } from "./streamform.ts"

/** What is alike in all of them. */
const media = {
  completeRequest: () => ({ stream: "true" }),
  isWanted: () => true,
  writeError: (error) => writeEvent({ error }),
  end: "",
} satisfies Partial<StreamForm>

/** They come whole: no other form is made of them live. @param finish writes the events of a result */
function writeWhole(finish: EventWriter["finish"]): StreamForm["startWriter"] {
  return () => ({ write: () => "", finish })
}

export const speechStream: StreamForm = {
  ...media,
  completeRequest: () => ({ stream_format: '"sse"' }),
  startAssembly: assembleSpeech,
  startWriter: writeWhole(splitSpeech),
}

export const transcriptionStream: StreamForm = {
  ...media,
  startAssembly: assembleTranscription,
  startWriter: writeWhole(splitTranscription),
}

export const generationStream: StreamForm = {
  ...media,
  startAssembly: assembleImages,
  startWriter: writeWhole((result) => splitImages(result, "image_generation.completed")),
}

export const editStream: StreamForm = {
  ...media,
  startAssembly: assembleImages,
  startWriter: writeWhole((result) => splitImages(result, "image_edit.completed")),
}

/** Makes the result, as JSON text, of a stream that nobody had asked for. Null when it is not whole. */
export function joinEvents({ startAssembly }: StreamForm): (events: string[]) => string | null {
  return (events) => {
    const assembly = startAssembly({})
    for (const event of events) assembly.add(asRecord(parseExact(event)))
    if (!assembly.isComplete()) return null
    const content = assembly.content?.()
    const audio = content === undefined ? {} : { audio: Buffer.from(content.bytes).toString("base64") }
    return JSON.stringify({ ...assembly.build(), ...audio })
  }
}

/** The media types of OpenAI's formats: https://platform.openai.com/docs/guides/text-to-speech#supported-output-formats */
const soundTypes: Readonly<Record<string, string>> = {
  ...{ mp3: "audio/mpeg", opus: "audio/ogg", aac: "audio/aac", flac: "audio/flac", wav: "audio/wav", pcm: "audio/pcm" },
}

function assembleSpeech({ response_format = "mp3" }: Fields): Assembly {
  const pieces: Buffer[] = []
  let usage: Fields | null = null
  let isDone = false
  return {
    add({ type, audio, usage: counted }) {
      if (type === "speech.audio.delta") pieces.push(Buffer.from(asText(audio), "base64"))
      if (type !== "speech.audio.done") return
      isDone = true
      usage = isRecord(counted) ? counted : null
    },
    hasBegun: () => pieces.length > 0,
    isComplete: () => isDone,
    build: () => ({ audio: "", usage, response_format }),
    content: (): Content => ({
      type: soundTypes[String(response_format)] ?? "application/octet-stream",
      bytes: Buffer.concat(pieces),
    }),
  }
}

/** Three bytes are four characters, so each piece is base64 of its own. */
const BASE64_PIECE = /.{1,32768}/gs

function* splitSpeech({ audio, usage }: Fields): Generator<string> {
  for (const piece of asText(audio).match(BASE64_PIECE) ?? []) {
    yield writeEvent({ type: "speech.audio.delta", audio: piece })
  }
  yield writeEvent({ type: "speech.audio.done", ...(isRecord(usage) ? { usage } : {}) })
}

function assembleTranscription(): Assembly {
  let done: Fields | null = null
  let hasText = false
  const segments: Fields[] = []
  return {
    add({ type, ...event }) {
      if (type === "transcript.text.segment") segments.push({ type, ...event })
      if (type === "transcript.text.delta" || type === "transcript.text.segment") hasText = true
      if (type === "transcript.text.done") done = event
    },
    hasBegun: () => hasText || done !== null,
    isComplete: () => done !== null,
    build: () => ({ ...done, ...(segments.length > 0 ? { segments } : {}) }),
  }
}

function* splitTranscription({ text, segments, logprobs, usage }: Fields): Generator<string> {
  for (const delta of cutText(asText(text))) yield writeEvent({ type: "transcript.text.delta", delta })
  // Only segments with a speaker are events.
  for (const segment of asRecords(segments).filter(({ speaker }) => typeof speaker === "string")) {
    yield writeEvent({ ...segment, type: "transcript.text.segment" })
  }
  const more = { ...(logprobs ? { logprobs } : {}), ...(usage ? { usage } : {}) }
  yield writeEvent({ type: "transcript.text.done", text: asText(text), ...more })
}

function assembleImages({ n }: Fields): Assembly {
  const data: Fields[] = []
  let beside: Fields = {}
  let hasBegun = false
  return {
    add({ type, b64_json, url, created_at, ...more }) {
      hasBegun = true
      if (!asText(type).endsWith(".completed")) return
      data.push({ ...(b64_json === undefined ? {} : { b64_json }), ...(url === undefined ? {} : { url }) })
      beside = { created: created_at, ...more }
    },
    hasBegun: () => hasBegun,
    isComplete: () => data.length >= (Number(n) || 1),
    build: () => ({ ...beside, data }),
  }
}

function* splitImages({ created, data, extra_fields: _, ...beside }: Fields, type: string): Generator<string> {
  for (const image of asRecords(data)) {
    yield writeEvent({ type, created_at: created, ...asRecord(beside), ...image }, type)
  }
}
