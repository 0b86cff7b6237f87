// The description of speech and transcriptions in the API document.
import Type, { type TSchema } from "typebox"
import { speechRequired, voice } from "../audio.ts"
import type { Description } from "./description.ts"
import { file, formWith, noStreamField, notEmpty, requestWith, resultWith } from "./shared.ts"

/** OpenAI's parameters, for the document only, because the provider checks them. https://platform.openai.com/docs/api-reference/audio/createSpeech */
const speechDocumented: Record<string, TSchema> = {
  instructions: Type.String({ description: "How to say it: tone, pace, accent." }),
  speed: Type.Number({ description: "0.25 to 4; 1 is the default." }),
  stream_format: Type.Union(
    [Type.Unsafe<string>({ type: "string", not: { pattern: "^\\s*[sS][sS][eE]\\s*$" } }), Type.Null()],
    {
      description: "audio; sse is refused, because streaming is not supported for async jobs.",
    },
  ),
}

export const speech: Description = {
  requestSchema: requestWith(
    Type.Object({ ...speechRequired, voice }),
    speechDocumented,
    "OpenAI's speech request; unknown members pass through.",
  ),
  resultSchema: Type.Object(
    {
      audio: Type.String({ description: "The audio as base64. Its bytes can be downloaded at the job's `/content`." }),
      usage: Type.Optional(Type.Null()),
      response_format: Type.Optional(Type.String({ description: "As in the request." })),
    },
    {
      description: "The audio; where the provider answers with JSON, that JSON.",
      examples: [{ audio: "SUQzBAAAAAAAI1RTU0UAAAAPAAADTGF2ZjU4", usage: null, response_format: "mp3" }],
    },
  ),
  example: { model: "mock/tts", input: "Hello", voice: "alloy", response_format: "wav" },
}

/** OpenAI's parameters, for the document only, because the provider checks them. https://platform.openai.com/docs/api-reference/audio/createTranscription */
const transcriptionDocumented: Record<string, TSchema> = {
  language: Type.String({ description: "The language that is spoken, as an ISO 639-1 code." }),
  prompt: Type.String({ description: "Words and names to expect, or what was said before." }),
  response_format: Type.String({ description: "json, text, srt, verbose_json, vtt, diarized_json." }),
  temperature: Type.Number({ description: "Sampling temperature, 0 to 1." }),
  "timestamp_granularities[]": Type.Array(Type.String(), { description: "word, segment; with verbose_json." }),
  "include[]": Type.Array(Type.String(), { description: "logprobs." }),
  chunking_strategy: Type.String({ description: "auto, or a JSON object that says how to split the audio." }),
  "known_speaker_names[]": Type.Array(Type.String(), { description: "Names of the speakers." }),
  "known_speaker_references[]": Type.Array(Type.String(), { description: "Samples of their voices, as data URLs." }),
  stream: noStreamField,
}

export const transcriptions: Description = {
  requestSchema: formWith(
    { file: notEmpty(file("The sound to write down.")) },
    transcriptionDocumented,
    "OpenAI's transcription request; unknown fields pass through.",
  ),
  parts: { file: "audio/*, video/*" },
  resultSchema: resultWith(
    { text: Type.String({ description: "The transcript; for the formats text, srt and vtt the whole response." }) },
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
