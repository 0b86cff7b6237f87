// Fish Audio's speech and transcriptions. Pure. https://docs.fish.audio/api-reference/endpoint/openapi-v1/text-to-speech,
// https://docs.fish.audio/api-reference/endpoint/openapi-v1/speech-to-text, by https://github.com/vercel/ai/tree/main/packages/fish-audio (2026-08-22)
import { asRecords, asWord } from "../../values.ts"
import { bearer } from "./access.ts"
import type { Operation } from "./operation.ts"
import { given, isNot, picked } from "./operationparameters.ts"
import { composeForm, noInstructions, noLogprobs, readSound, readVoice, unguided } from "./sound.ts"

const formats = ["mp3", "opus", "wav", "pcm"]
const speechOwn = [
  ...["sample_rate", "mp3_bitrate", "opus_bitrate", "latency", "temperature", "top_p", "chunk_length", "normalize"],
  ...["min_chunk_length", "max_new_tokens", "repetition_penalty", "condition_on_previous_chunks", "features"],
  ...["early_stop_threshold"],
]

export const fishaudioSpeech: Operation = {
  access: bearer,
  isBinary: true,
  parameters: {
    supported: ["input", "voice", "speed", "prosody", ...speechOwn],
    rules: [
      {
        param: "response_format",
        when: (format) => !formats.includes(asWord(format)),
        says: "must be mp3, opus, wav or pcm: this provider makes no other",
      },
      {
        param: "speed",
        when: (speed) => Number(asWord(speed)) < 0.5 || Number(asWord(speed)) > 2,
        says: "must be between 0.5 and 2",
      },
      // It goes out in a header.
      {
        param: "model",
        when: (_, __, model) => !/^[!-~]+$/.test(model),
        says: "has characters that no model's name has",
      },
      noInstructions,
    ],
  },
  build({ model, fields }) {
    const { input, speed, prosody } = fields
    return {
      path: "/v1/tts",
      headers: { model },
      body: given({
        text: input,
        reference_id: readVoice(fields) ?? undefined,
        format: fields["response_format"] ?? "mp3",
        prosody: speed === undefined ? prosody : { speed, ...Object(prosody) },
        ...picked(fields, speechOwn),
      }),
    }
  },
  parse: readSound,
}

export const fishaudioTranscription: Operation = {
  access: bearer,
  parameters: {
    supported: ["file", "language"],
    rules: [
      {
        param: "response_format",
        when: isNot("json", "text", "verbose_json"),
        says: "must be json, text or verbose_json: this provider makes no other",
      },
      {
        param: "timestamp_granularities[]",
        when: (granularities) => [granularities].flat().some((one) => one !== "segment"),
        says: "must be segment: this provider makes no words",
      },
      noLogprobs,
      ...unguided,
    ],
  },
  build(asked) {
    const { fields } = asked
    const isVerbose = fields["response_format"] === "verbose_json"
    const members = { ...picked(fields, ["language"]), ignore_timestamps: !isVerbose }
    return { path: "/v1/asr", ...composeForm(asked, members, "audio") }
  },
  parse([answer], [asked]) {
    const { text, duration, segments, language_code: language } = answer?.body ?? {}
    if (typeof text !== "string") return { problem: "it has no text" }
    const isVerbose = asked?.fields["response_format"] === "verbose_json"
    const numbered = asRecords(segments).map((segment, id) => ({ id, ...segment }))
    return { result: { text, language, duration, ...(isVerbose ? { segments: numbered } : {}) } }
  },
}
