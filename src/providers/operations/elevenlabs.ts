// ElevenLabs' speech and transcriptions. Pure.
// https://elevenlabs.io/docs/api-reference/text-to-speech/convert, https://elevenlabs.io/docs/api-reference/speech-to-text/convert
import { isNumber } from "../../exactjson.ts"
import { asList, asRecord, asRecords } from "../../values.ts"
import type { OwnRefusal, RefusalReply } from "../refusalreader.ts"
import { keyHeader } from "./access.ts"
import type { Fields, Operation } from "./operation.ts"
import { isNot, picked } from "./operationparameters.ts"
import { composeForm, noInstructions, noLogprobs, ownVoices, readSound, readVoice, wordsAlone } from "./sound.ts"

/** https://elevenlabs.io/docs/api-reference/authentication */
const access = keyHeader("xi-api-key", "", { readRefusal })

/** `{detail: {status, message}}`; `detail` is a list when a parameter is invalid. https://elevenlabs.io/docs/developers/resources/error-messages */
function readRefusal({ body }: RefusalReply): OwnRefusal {
  const { detail } = asRecord(body)
  const first = asRecord(Array.isArray(detail) ? detail[0] : detail)
  const readText = (name: string) => (typeof first[name] === "string" ? String(first[name]) : null)
  const param = readText("param") ?? (asList(first["loc"]).length > 0 ? asList(first["loc"]).join(".") : null)
  const code = readText("code") ?? readText("status")
  const refusal = { type: readText("type"), code, message: readText("message") ?? readText("msg") ?? "", param }
  return { refusal, isKeyRefused: code === "quota_exceeded" }
}

/** OpenAI's formats -> ElevenLabs'. */
const formats: Readonly<Record<string, string>> = {
  ...{ mp3: "mp3_44100_128", opus: "opus_48000_128", wav: "wav_44100", pcm: "pcm_24000" },
}
/** The default voice, from the documentation's examples. */
const VOICE = "JBFqnCBsd6RMkjVDRZzb"
const speechOwn = [
  ...[
    "language_code",
    "seed",
    "pronunciation_dictionary_locators",
    "previous_text",
    "next_text",
    "previous_request_ids",
  ],
  ...["next_request_ids", "apply_text_normalization", "apply_language_text_normalization", "audio_effects"],
]

export const elevenlabsSpeech: Operation = {
  access,
  isBinary: true,
  parameters: {
    supported: ["input", "voice", "speed", "voice_settings", "output_format", ...speechOwn],
    rules: [
      {
        param: "response_format",
        when: isNot(...Object.keys(formats)),
        says: "must be mp3, opus, wav or pcm: this provider makes no other",
      },
      ownVoices(`write the id of one of its own, as ${VOICE}, or leave it out`),
      noInstructions,
    ],
  },
  build({ model, fields }) {
    const voice = encodeURIComponent(readVoice(fields) ?? VOICE)
    const format = fields["output_format"] ?? formats[String(fields["response_format"] ?? "mp3")]
    const { speed } = fields
    const settings = { ...asRecord(fields["voice_settings"]), ...(isNumber(speed) ? { speed } : {}) }
    return {
      path: `/v1/text-to-speech/${voice}?output_format=${encodeURIComponent(String(format))}`,
      body: {
        text: fields["input"],
        model_id: model,
        ...(Object.keys(settings).length > 0 ? { voice_settings: settings } : {}),
        ...picked(fields, speechOwn),
      },
    }
  },
  parse: readSound,
}

const transcriptionOwn = [
  ...["temperature", "seed", "tag_audio_events", "num_speakers", "timestamps_granularity", "diarize", "no_verbatim"],
  ...["diarization_threshold", "file_format", "use_multi_channel", "multichannel_output_style", "entity_detection"],
  ...["keyterms", "detect_speaker_roles"],
]

export const elevenlabsTranscription: Operation = {
  access,
  parameters: {
    supported: ["file", "language", ...transcriptionOwn],
    rules: [
      {
        param: "response_format",
        when: isNot("json", "text", "verbose_json", "srt"),
        says: "must be json, text, verbose_json or srt: this provider makes no other",
      },
      ...wordsAlone,
      noLogprobs,
      { param: "prompt", says: "has no counterpart and was not sent: keyterms are words to expect", verdict: "warned" },
    ],
  },
  build(asked) {
    const { model, fields } = asked
    const srt = fields["response_format"] === "srt" ? { additional_formats: '[{"format":"srt"}]' } : {}
    const language = fields["language"] === undefined ? {} : { language_code: fields["language"] }
    const members = { model_id: model, ...language, ...picked(fields, transcriptionOwn), ...srt }
    return { path: "/v1/speech-to-text", ...composeForm(asked, members) }
  },
  parse([answer], [asked]) {
    const body = answer?.body ?? {}
    // With one transcript per channel, the words of all channels are ordered by time.
    const heard = Array.isArray(body["transcripts"]) ? body["transcripts"].map(asRecord) : [body]
    if (heard.length === 0 || !heard.every(({ text }) => typeof text === "string")) return { problem: "it has no text" }
    const words = heard.flatMap(({ words }) => asRecords(words)).filter(({ type }) => type !== "spacing")
    const { language_code: language, audio_duration_secs: duration, additional_formats } = heard[0] ?? {}
    const srt = asRecords(additional_formats).find(({ requested_format }) => requested_format === "srt")
    if (asked?.fields["response_format"] === "srt" && typeof srt?.["content"] !== "string")
      return { problem: "it has no srt" }
    const text = srt?.["content"] ?? heard.map(({ text }) => text).join("\n")
    return { result: { text, language, duration, ...(words.length > 0 ? { words: words.map(toWord) } : {}) } }
  },
}

function toWord({ text, start, end, ...rest }: Fields): Fields {
  return { word: text, start, end, ...picked(rest, ["type", "speaker_id", "logprob", "channel_index"]) }
}
