// Audio: speech makes sound of a text, transcriptions make text of a sound. What comes back is bytes or text as often as JSON.
import Type, { type TSchema } from "typebox"
import { type Answer, type Endpoint, type Reading, readJson, streamMember } from "./endpoint.ts"
import { checker, file, objectWith, resultWith } from "./schema.ts"
import { firstCount, known, recordOf, tokensOf, valueAt } from "./usage.ts"

const voice = Type.Union([Type.String(), Type.Object({})], {
  description: "The voice's name, or an object that names one.",
})

/** What must hold of a speech request, but for the voice that some providers do without. */
const speechRequired = {
  input: Type.String({ description: "The text to say." }),
  stream_format: Type.Optional(
    Type.String({ description: "Must not be sse: a job has one answer, at its end. audio is the default." }),
  ),
}
const checkSpeech = checker(Type.Object({ ...speechRequired, voice: Type.Optional(voice) }), {
  input: "input is required for speech completion",
  voice: "voice is required for speech completion",
})

/** OpenAI's parameters, for the document only: the provider checks them. https://platform.openai.com/docs/api-reference/audio/createSpeech */
const speechDocumented: Record<string, TSchema> = {
  instructions: Type.String({ description: "How to say it: tone, pace, accent." }),
  response_format: Type.String({ description: "mp3, opus, aac, flac, wav, pcm." }),
  speed: Type.Number({ description: "0.25 to 4; 1 is the default." }),
}

export const speech: Endpoint = {
  requestType: "speech",
  path: "/v1/async/audio/speech",
  summary: "speech",
  forms: ["json"],
  reads: ["model", "input", "voice", "response_format", "stream_format", "fallbacks", "service_tier"],
  check: ({ fields }, optional) => checkSpeech(fields, optional),
  asksForStream: ({ fields }) => (fields["stream_format"] === "sse" ? "stream_format" : null),
  streamRefusal: "stream is not supported for async speech",
  read: readSpeech,
  usage: (result, _content, request) => known({ ...tokensOf(result), characters: codePoints(request()["input"]) }),
  isBilledPerCall: true,
  requestSchema: objectWith({ ...speechRequired, voice }, speechDocumented, {
    description: "OpenAI's speech request; unknown members pass through.",
  }),
  resultSchema: Type.Object(
    {
      audio: Type.String({ description: "The sound as base64. Its bytes are at `/v1/async/jobs/{job_id}/content`." }),
      usage: Type.Optional(Type.Null()),
      response_format: Type.Optional(Type.String({ description: "As the request had it." })),
    },
    {
      description: "The sound; of a provider that answers with JSON, that JSON.",
      examples: [{ audio: "SUQzBAAAAAAAI1RTU0UAAAAPAAADTGF2ZjU4", usage: null, response_format: "mp3" }],
    },
  ),
  example: { model: "mock/tts", input: "Hello", voice: "alloy", response_format: "wav" },
}

/** OpenAI's parameters, for the document only: the provider checks them. https://platform.openai.com/docs/api-reference/audio/createTranscription */
const transcriptionDocumented: Record<string, TSchema> = {
  language: Type.String({ description: "The language that is spoken, as an ISO 639-1 code." }),
  prompt: Type.String({ description: "Words and names to expect, or what was said before." }),
  response_format: Type.String({ description: "json, text, srt, verbose_json, vtt, diarized_json." }),
  temperature: Type.Number({ description: "Sampling temperature, 0 to 1." }),
  "timestamp_granularities[]": Type.Array(Type.String(), { description: "word, segment; with verbose_json." }),
  "include[]": Type.Array(Type.String(), { description: "logprobs." }),
  chunking_strategy: Type.String({ description: "auto, or a JSON object that says how to cut the sound." }),
  "known_speaker_names[]": Type.Array(Type.String(), { description: "Names of those who speak." }),
  "known_speaker_references[]": Type.Array(Type.String(), { description: "Samples of their voices, as data URLs." }),
  stream: Type.Boolean({ default: false, description: "Must not be true: a job has one answer, at its end." }),
}

export const transcriptions: Endpoint = {
  requestType: "transcription",
  path: "/v1/async/audio/transcriptions",
  summary: "transcription",
  forms: ["multipart"],
  reads: ["model", "file", "response_format", "stream", "fallbacks", "service_tier"],
  check: ({ files }) =>
    files.some(({ name, bytes }) => name === "file" && bytes > 0)
      ? null
      : { message: "file is required", param: "file" },
  asksForStream: streamMember,
  streamRefusal: "stream is not supported for async transcriptions",
  read: readTranscription,
  usage: (result) => {
    const { seconds } = recordOf(valueAt(result, "usage"))
    return known({ ...tokensOf(result), seconds: firstCount(seconds, valueAt(result, "duration")) })
  },
  isBilledPerCall: true,
  requestSchema: objectWith({ file: file("The sound to write down.") }, transcriptionDocumented, {
    description: "OpenAI's transcription request; unknown fields pass through.",
  }),
  parts: { file: "audio/*, video/*" },
  resultSchema: resultWith(
    { text: Type.String({ description: "What was said; of a text, SRT or VTT answer, all of it." }) },
    {
      language: Type.String(),
      duration: Type.Number({ description: "Seconds." }),
      segments: Type.Array(Type.Unknown()),
      words: Type.Array(Type.Unknown()),
      usage: Type.Object({}),
    },
    { text: "Hello, this is a gateway.", language: "english", duration: 2.5 },
  ),
  example: { model: "mock/whisper", response_format: "json" },
}

function readSpeech(answer: Answer, request: () => Record<string, unknown>): Reading {
  const type = mediaType(answer)
  if (isJson(type)) return readJson(answer, ({ audio }) => typeof audio === "string", "JSON, not audio")
  if (answer.bytes.length === 0) return { problem: "the body is empty" }
  if (type === "text/html") return { problem: "the body is a web page, not audio" }
  const { response_format } = request()
  return {
    // What is undefined, JSON leaves out.
    result: JSON.stringify({ audio: "", usage: null, response_format }),
    content: { type: type ?? "application/octet-stream", bytes: answer.bytes },
  }
}

/** Silence is a good answer too: where the answer says that it is text, no text is a text. */
function readTranscription(answer: Answer): Reading {
  const type = mediaType(answer)
  if (type === "text/html") return { problem: "the body is a web page, not a transcription" }
  if (type !== null && !isJson(type))
    return { result: JSON.stringify({ text: new TextDecoder().decode(answer.bytes) }) }
  return readJson(answer, ({ text }) => typeof text === "string", "no transcription (it has no text)")
}

/** How many characters a text has as a reader counts them: two halves of a pair are one. */
function codePoints(text: unknown): number | undefined {
  if (typeof text !== "string") return undefined
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0)
}

/** The content type without its parameters. */
function mediaType({ contentType }: Answer): string | null {
  return contentType?.split(";", 1)[0]?.trim().toLowerCase() || null
}

function isJson(type: string | null): boolean {
  return type?.includes("json") ?? false
}
