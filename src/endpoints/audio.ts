// Audio: speech turns text into sound, transcriptions turn sound into text. Providers answer with bytes or text as often as with JSON.

import Type from "typebox"
import { asRecord } from "../values.ts"
import { checker } from "./bodyschema.ts"
import { type Answer, type Endpoint, type Reading, readJson, streamMember } from "./endpoint.ts"
import { firstCount, known, readTokens, readValue } from "./usage.ts"

export const voice = Type.Union([Type.String(), Type.Object({})], {
  description: "The voice's name, or an object that names one. Providers that have a voice of their own do without.",
})

const FORMAT_CHARS_MAX = 64

/** The required form of a speech request, without the voice, which some providers do not need. */
export const speechRequired = {
  input: Type.String({ description: "The text to say." }),
  // The result repeats it.
  response_format: Type.Optional(
    Type.String({ maxLength: FORMAT_CHARS_MAX, description: "mp3 (default), opus, aac, flac, wav, pcm." }),
  ),
  stream_format: Type.Optional(Type.String()),
}
const checkSpeech = checker(Type.Object({ ...speechRequired, voice: Type.Optional(voice) }), {
  input: "input is required for speech completion",
  voice: "voice is required for speech completion",
})

export const speech: Endpoint = {
  requestType: "speech",
  path: "/audio/speech",
  summary: "speech",
  forms: ["json"],
  reads: ["model", "input", "voice", "response_format", "stream_format", "fallbacks", "service_tier"],
  dropped: [],
  check: ({ fields }, optional) => checkSpeech(fields, optional),
  asksForStream: ({ fields }) => (isSse(fields["stream_format"]) ? "stream_format" : null),
  streamRefusal: "stream is not supported for async speech",
  read: readSpeech,
  isSound: true,
  usage: (result, _content, request) => known({ ...readTokens(result), characters: codePoints(request()["input"]) }),
  isBilledPerCall: true,
}

export const transcriptions: Endpoint = {
  requestType: "transcription",
  path: "/audio/transcriptions",
  summary: "transcription",
  forms: ["multipart"],
  reads: ["model", "file", "response_format", "stream", "fallbacks", "service_tier"],
  dropped: [],
  check: ({ files }) =>
    files.some(({ name, bytes }) => name === "file" && bytes > 0)
      ? null
      : { message: "file is required", param: "file" },
  asksForStream: streamMember,
  streamRefusal: "stream is not supported for async transcriptions",
  read: readTranscription,
  // https://platform.openai.com/docs/api-reference/audio/createTranscription
  isPlainText: ({ fields }) => /^(text|srt|vtt)$/.test(String(fields["response_format"])),
  usage: (result) => {
    const { seconds } = asRecord(readValue(result, "usage"))
    return known({ ...readTokens(result), seconds: firstCount(seconds, readValue(result, "duration")) })
  },
  isBilledPerCall: true,
}

function isSse(format: unknown): boolean {
  return typeof format === "string" && format.trim().toLowerCase() === "sse"
}

function readSpeech(answer: Answer, request: () => Record<string, unknown>): Reading {
  const type = mediaType(answer)
  if (isJson(type)) return readJson(answer, ({ audio }) => typeof audio === "string", "JSON, not audio")
  if (answer.bytes.length === 0) return { problem: "the body is empty" }
  if (type === "text/html") return { problem: "the body is a web page, not audio" }
  const { response_format } = request()
  return {
    // JSON leaves out what is undefined.
    result: JSON.stringify({ audio: "", usage: null, response_format }),
    content: { type: type ?? "application/octet-stream", bytes: answer.bytes },
  }
}

/** An empty text is a valid transcription of silence. */
function readTranscription(answer: Answer): Reading {
  const type = mediaType(answer)
  if (type === "text/html") return { problem: "the body is a web page, not a transcription" }
  if (type !== null && !isJson(type))
    return { result: JSON.stringify({ text: new TextDecoder().decode(answer.bytes) }) }
  return readJson(answer, ({ text }) => typeof text === "string", "no transcription (it has no text)")
}

/** The number of characters, counting a surrogate pair as one. */
function codePoints(text: unknown): number | undefined {
  if (typeof text !== "string") return undefined
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0)
}

/** The content type without its parameters. Null when it is invalid (RFC 9110, 8.3.1). */
function mediaType({ contentType }: Answer): string | null {
  const type = contentType?.split(";", 1)[0]?.trim().toLowerCase() ?? ""
  return /^[\w!#$&^.+-]{1,60}\/[\w!#$&^.+-]{1,60}$/.test(type) ? type : null
}

function isJson(type: string | null): boolean {
  return type?.includes("json") ?? false
}
