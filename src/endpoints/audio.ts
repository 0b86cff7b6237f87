// Audio: speech turns text into sound, transcriptions turn sound into text. Providers answer with bytes or text as often as with JSON.

import Type from "typebox"
import { parseJson } from "../json.ts"
import { asRecord } from "../values.ts"
import { checker } from "./bodyschema.ts"
import { clientTypes } from "./clienttypes.ts"
import { type Description, file, formWith, noStreamField, notEmpty, requestWith, resultWith } from "./description.ts"
import { type Answer, type Endpoint, isErrorText, type Reading, readJson, streamMember } from "./endpoint.ts"
import { joinEvents, speechStream, transcriptionStream } from "./streams/mediastreams.ts"
import { firstCount, known, readTokens, readValue } from "./usage.ts"

const voice = Type.Union([Type.String(), Type.Object({})], {
  description: "The voice's name, or an object that names one. Providers that have a voice of their own do without.",
})

const FORMAT_CHARS_MAX = 64

/** The required form of a speech request, without the voice, which some providers do not need. */
const speechRequired = {
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

export const speech: Endpoint<"speech"> = {
  ...clientTypes.speech,
  summary: "speech",
  reads: ["model", "input", "voice", "response_format", "stream_format", "fallbacks", "service_tier"],
  dropped: [],
  check: ({ fields }, optional) => checkSpeech(fields, optional),
  asksForStream: ({ fields }) => (isSse(fields["stream_format"]) ? "stream_format" : null),
  stream: speechStream,
  streamRefusal: "stream is not supported for async speech",
  read: readSpeech,
  usage: (result, _content, request) => known({ ...readTokens(result), characters: codePoints(request()["input"]) }),
  isBilledPerCall: true,
  describe: describeSpeech,
}

export const transcriptions: Endpoint<"transcription"> = {
  ...clientTypes.transcriptions,
  summary: "transcription",
  reads: ["model", "file", "response_format", "stream", "fallbacks", "service_tier"],
  dropped: [],
  check: ({ files }) =>
    files.some(({ name, bytes }) => name === "file" && bytes > 0)
      ? null
      : { message: "file is required", param: "file" },
  asksForStream: streamMember,
  stream: transcriptionStream,
  streamRefusal: "stream is not supported for async transcriptions",
  read: readTranscription,
  // https://platform.openai.com/docs/api-reference/audio/createTranscription
  isPlainText: ({ fields }) => /^(text|srt|vtt)$/.test(String(fields["response_format"])),
  usage: (result) => {
    const { seconds } = asRecord(readValue(result, "usage"))
    return known({ ...readTokens(result), seconds: firstCount(seconds, readValue(result, "duration")) })
  },
  isBilledPerCall: true,
  describe: describeTranscription,
}

function isSse(format: unknown): boolean {
  return typeof format === "string" && format.trim().toLowerCase() === "sse"
}

function readSpeech(answer: Answer, request: () => Record<string, unknown>): Reading {
  const type = mediaType(answer)
  const isBraced = answer.bytes[0] === BRACE
  if (isJson(type) || type === EVENTS || (isBraced && isErrorText(new TextDecoder().decode(answer.bytes)))) {
    const lacks = (value: Record<string, unknown>) => missingAudio(value, answer)
    const reading = readJson(answer, { what: "no speech", lacks, join: joinEvents(speechStream) })
    return "result" in reading && answer.content ? { ...reading, content: answer.content } : reading
  }
  if (answer.bytes.length === 0) return { problem: "the body is empty" }
  if (type === "text/html") return { problem: "the body is a web page, not audio" }
  const { response_format } = request()
  return {
    // JSON leaves out what is undefined.
    result: JSON.stringify({ audio: "", usage: null, response_format }),
    content: { type: type ?? "application/octet-stream", bytes: answer.bytes },
  }
}

function missingAudio({ audio }: Record<string, unknown>, { content }: Answer): string | null {
  if (typeof audio !== "string") return "it has no audio"
  return audio === "" && content === undefined ? "its audio is empty" : null
}

/** An empty text is a valid transcription of silence. */
function readTranscription(answer: Answer): Reading {
  const type = mediaType(answer)
  if (type === "text/html") return { problem: "the body is a web page, not a transcription" }
  const text = new TextDecoder().decode(answer.bytes)
  if (SUBTITLES.test(text) || (type !== null && type !== EVENTS && !isJson(type) && !isErrorText(text)))
    return { result: JSON.stringify({ text }) }
  // https://github.com/Nyralei/whisperx-api-server/issues/4
  const quoted = text.trimStart().startsWith('"') ? parseJson(text) : undefined
  if (typeof quoted === "string") return { result: JSON.stringify({ text: quoted }) }
  return readJson(answer, {
    what: "no transcription",
    lacks: ({ text }) => (typeof text === "string" ? null : "it has no text"),
    join: joinEvents(transcriptionStream),
  })
}

/** The media type of a stream. */
const EVENTS = "text/event-stream"

/** With it begins a JSON object, and hardly a sound. */
const BRACE = 123

/** The beginning of subtitles, which some servers call JSON: https://github.com/morioka/tiny-openai-whisper-api/issues/7 */
const SUBTITLES = /^(\ufeff?WEBVTT|\s*\d+\s*\r?\n\d\d:\d\d:\d\d[,.]\d\d\d --> )/

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

/** OpenAI's parameters are for the document only: the provider checks them. https://platform.openai.com/docs/api-reference/audio/createSpeech */
function describeSpeech(): Description {
  const documented = {
    instructions: Type.String({ description: "How to say it: tone, pace, accent." }),
    speed: Type.Number({ description: "0.25 to 4; 1 is the default." }),
    stream_format: Type.Union(
      [Type.Unsafe<string>({ type: "string", not: { pattern: "^\\s*[sS][sS][eE]\\s*$" } }), Type.Null()],
      {
        description: "audio; sse is refused, because streaming is not supported for async jobs.",
      },
    ),
  }
  return {
    requestSchema: requestWith(
      Type.Object({ ...speechRequired, voice }),
      documented,
      "OpenAI's speech request; unknown members pass through.",
    ),
    example: { model: "mock/tts", input: "Hello", voice: "alloy", response_format: "wav" },
    resultSchema: Type.Object(
      {
        audio: Type.String({
          description: "The audio as base64. Its bytes can be downloaded at the job's `/content`.",
        }),
        usage: Type.Optional(Type.Null()),
        response_format: Type.Optional(Type.String({ description: "As in the request." })),
      },
      { description: "The audio; where the provider answers with JSON, that JSON." },
    ),
    exampleResult: { audio: "SUQzBAAAAAAAI1RTU0UAAAAPAAADTGF2ZjU4", usage: null, response_format: "mp3" },
  }
}

/** OpenAI's parameters are for the document only: the provider checks them. https://platform.openai.com/docs/api-reference/audio/createTranscription */
function describeTranscription(): Description {
  const documented = {
    language: Type.String({ description: "The language that is spoken, as an ISO 639-1 code." }),
    prompt: Type.String({ description: "Words and names to expect, or what was said before." }),
    response_format: Type.String({ description: "json, text, srt, verbose_json, vtt, diarized_json." }),
    temperature: Type.Number({ description: "Sampling temperature, 0 to 1." }),
    "timestamp_granularities[]": Type.Array(Type.String(), { description: "word, segment; with verbose_json." }),
    "include[]": Type.Array(Type.String(), { description: "logprobs." }),
    chunking_strategy: Type.String({ description: "auto, or a JSON object that says how to split the audio." }),
    "known_speaker_names[]": Type.Array(Type.String(), { description: "Names of the speakers." }),
    "known_speaker_references[]": Type.Array(Type.String(), { description: "Samples of their voices, as data URLs." }),
    stream: noStreamField(),
  }
  return {
    requestSchema: formWith(
      { file: notEmpty(file("The sound to write down.")) },
      documented,
      "OpenAI's transcription request; unknown fields pass through.",
    ),
    parts: { file: "audio/*, video/*" },
    example: { model: "mock/whisper", response_format: "json" },
    resultSchema: resultWith(
      { text: Type.String({ description: "The transcript; for the formats text, srt and vtt the whole response." }) },
      {
        language: Type.String(),
        duration: Type.Number({ description: "Seconds." }),
        segments: Type.Array(Type.Unknown()),
        words: Type.Array(Type.Unknown()),
        usage: Type.Object({}),
      },
    ),
    exampleResult: { text: "Hello, this is a gateway.", language: "english", duration: 2.5 },
  }
}
