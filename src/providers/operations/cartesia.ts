// Cartesia's speech and transcriptions. Pure. https://docs.cartesia.ai/api-reference/tts/bytes, https://docs.cartesia.ai/api-reference/stt/transcribe,
// by its SDK: https://www.npmjs.com/package/@cartesia/cartesia-js 4.2.0
import { asWord } from "../../values.ts"
import { bearer } from "./access.ts"
import type { Fields, Operation } from "./operation.ts"
import { isNot, picked } from "./operationparameters.ts"
import { composeForm, noInstructions, noLogprobs, readSound, readVoice, unguided, wordsAlone } from "./sound.ts"

/** OpenAI's formats -> Cartesia's. The rate of raw samples is OpenAI's. */
const formats: Readonly<Record<string, Fields>> = {
  mp3: { container: "mp3", sample_rate: 44_100, bit_rate: 128_000 },
  wav: { container: "wav", encoding: "pcm_s16le", sample_rate: 44_100 },
  pcm: { container: "raw", encoding: "pcm_s16le", sample_rate: 24_000 },
}
const speechOwn = ["language", "locale", "normalization", "pronunciation_dict_id", "save"]

export const cartesiaSpeech: Operation = {
  access: bearer,
  isBinary: true,
  parameters: {
    supported: ["input", "voice", "speed", "generation_config", "output_format", ...speechOwn],
    rules: [
      {
        param: "response_format",
        when: isNot(...Object.keys(formats)),
        says: "must be mp3, wav or pcm: this provider makes no other",
      },
      {
        param: "speed",
        when: (speed) => Number(asWord(speed)) < 0.6 || Number(asWord(speed)) > 1.5,
        says: "must be between 0.6 and 1.5",
      },
      noInstructions,
    ],
  },
  build({ model, fields }) {
    const { input, speed, generation_config, output_format, response_format } = fields
    const settings = speed === undefined ? generation_config : { speed, ...Object(generation_config) }
    return {
      path: "/tts/bytes",
      body: {
        model_id: model,
        transcript: input,
        voice: readVoice(fields),
        output_format: output_format ?? formats[String(response_format ?? "mp3")],
        ...(settings === undefined ? {} : { generation_config: settings }),
        ...picked(fields, speechOwn),
      },
    }
  },
  parse: readSound,
}

export const cartesiaTranscription: Operation = {
  access: bearer,
  parameters: {
    supported: ["file", "language"],
    rules: [
      {
        param: "response_format",
        when: isNot("json", "text", "verbose_json"),
        says: "must be json, text or verbose_json: this provider makes no other",
      },
      ...wordsAlone,
      noLogprobs,
      ...unguided,
    ],
  },
  build(asked) {
    const { model, fields } = asked
    const hasWords = fields["response_format"] === "verbose_json" || fields["timestamp_granularities[]"] !== undefined
    const words = hasWords ? { "timestamp_granularities[]": "word" } : {}
    return { path: "/stt", ...composeForm(asked, { model, ...picked(fields, ["language"]), ...words }) }
  },
  parse([answer]) {
    const { text, language, duration, words } = answer?.body ?? {}
    if (typeof text !== "string") return { problem: "it has no text" }
    return { result: { text, language, duration, ...(Array.isArray(words) ? { words } : {}) } }
  },
}
