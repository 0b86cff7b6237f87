// Deepgram's speech and transcriptions, whose parameters are sent in the query. Pure.
// https://developers.deepgram.com/reference/text-to-speech/speak-request, https://developers.deepgram.com/reference/speech-to-text/listen-pre-recorded
import { asList, asRecord, asRecords } from "../../values.ts"
import { findSoundType } from "../mediatypes.ts"
import type { OwnRefusal, RefusalReply } from "../refusalreader.ts"
import { keyHeader } from "./access.ts"
import type { Fields, Operation } from "./operation.ts"
import { isNot, picked } from "./operationparameters.ts"
import { findSound, isOpenaiVoice, noInstructions, noLogprobs, readSound, readVoice } from "./sound.ts"

/** https://developers.deepgram.com/reference/authentication */
const access = keyHeader("authorization", "Token ", { readRefusal })

/** The older form `{err_code, err_msg}` and the newer one `{category, message, details}`. https://developers.deepgram.com/docs/errors */
function readRefusal({ body }: RefusalReply): OwnRefusal {
  const { err_code, err_msg, category, message, details } = asRecord(body)
  const words = [message ?? err_msg, details].filter((part) => typeof part === "string").join(": ")
  const code = err_code ?? category
  return { refusal: { type: null, code: typeof code === "string" ? code : null, message: words, param: null } }
}

/** https://developers.deepgram.com/docs/tts-media-output-settings; the sample rate is OpenAI's. */
const formats: Readonly<Record<string, Fields>> = {
  mp3: { encoding: "mp3" },
  opus: { encoding: "opus", container: "ogg" },
  aac: { encoding: "aac" },
  flac: { encoding: "flac" },
  wav: { encoding: "linear16", container: "wav" },
  pcm: { encoding: "linear16", container: "none", sample_rate: 24_000 },
}
const speechOwn = ["encoding", "container", "sample_rate", "bit_rate", "speed", "tag", "mip_opt_out"]
/** A model's name ends in its voice and language: aura-2-thalia-en. https://developers.deepgram.com/docs/tts-models */
const isVoiceless = (model: string) => /^aura(-\d+)?$/.test(model)

export const deepgramSpeech: Operation = {
  access,
  isBinary: true,
  parameters: {
    supported: ["input", ...speechOwn],
    rules: [
      {
        param: "response_format",
        when: isNot(...Object.keys(formats)),
        says: "must be mp3, opus, aac, flac, wav or pcm",
      },
      {
        param: "voice",
        when: (_, fields, model) => isVoiceless(model) && isOpenaiVoice(fields),
        says: "is one of OpenAI's, which this provider does not have: write one of its own with the language, as thalia-en",
      },
      {
        param: "voice",
        when: (_, fields, model) => !isVoiceless(model) && !model.includes(readVoice(fields) ?? ""),
        says: "was not sent: the model's name has another",
        verdict: "warned",
      },
      noInstructions,
    ],
  },
  build({ model, fields }) {
    const voice = readVoice(fields)
    const named = isVoiceless(model) && voice !== null ? `${model}-${voice}` : model
    const format = formats[String(fields["response_format"] ?? "mp3")] ?? {}
    const query = renderQuery({ model: named, ...format, ...picked(fields, speechOwn) })
    return { path: `/v1/speak?${query}`, body: { text: fields["input"] } }
  },
  parse: readSound,
}

const transcriptionOwn = [
  ...["smart_format", "punctuate", "paragraphs", "utterances", "utt_split", "diarize", "diarize_model", "multichannel"],
  ...[
    "detect_language",
    "filler_words",
    "measurements",
    "numerals",
    "profanity_filter",
    "dictation",
    "redact",
    "replace",
  ],
  ...["search", "keyterm", "keywords", "version", "encoding", "tag", "mip_opt_out", "detect_entities"],
]

export const deepgramTranscription: Operation = {
  access,
  parameters: {
    supported: ["file", "language", ...transcriptionOwn],
    rules: [
      {
        param: "response_format",
        when: isNot("json", "text", "verbose_json"),
        says: "must be json, text or verbose_json: this provider makes no other",
      },
      noLogprobs,
      { param: "temperature", when: isNot(0), says: "has no counterpart and was not sent", verdict: "warned" },
      { param: "prompt", says: "has no counterpart and was not sent: keyterm is a word to expect", verdict: "warned" },
    ],
  },
  build(asked) {
    const { model, fields } = asked
    const { file, body } = findSound(asked)
    // By default Deepgram expects English, and writes without capitals and commas. OpenAI detects the language and punctuates.
    const language = fields["language"] === undefined ? { detect_language: true } : { language: fields["language"] }
    const segments = fields["response_format"] === "verbose_json" ? { utterances: true } : {}
    const query = renderQuery({
      model,
      smart_format: true,
      ...language,
      ...segments,
      ...picked(fields, transcriptionOwn),
    })
    return { path: `/v1/listen?${query}`, contentType: findSoundType(file), body }
  },
  parse([answer], [asked]) {
    const { results, metadata } = answer?.body ?? {}
    const channels = asRecords(asRecord(results)["channels"])
    const heard = channels.map(({ alternatives }) => asRecord(asList(alternatives)[0]))
    if (heard.length === 0 || !heard.every(({ transcript }) => typeof transcript === "string"))
      return { problem: "it has no transcript" }
    const isVerbose = asked?.fields["response_format"] === "verbose_json"
    const words = heard.flatMap((one) => asRecords(one["words"])).map(toWord)
    const segments = asRecords(asRecord(results)["utterances"]).map(toSegment)
    return {
      result: {
        text: heard.map(({ transcript }) => transcript).join("\n"),
        language: channels[0]?.["detected_language"] ?? asked?.fields["language"],
        duration: asRecord(metadata)["duration"],
        ...(isVerbose ? { words, segments } : {}),
      },
    }
  },
}

function toWord({ word, punctuated_word, start, end, ...rest }: Fields): Fields {
  return { word: punctuated_word ?? word, start, end, ...picked(rest, ["confidence", "speaker"]) }
}

function toSegment({ start, end, transcript, ...rest }: Fields, id: number): Fields {
  return { id, start, end, text: transcript, ...picked(rest, ["confidence", "speaker", "channel"]) }
}

/** A list becomes a repeated parameter. */
function renderQuery(members: Fields): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(members)) for (const one of [value].flat()) query.append(name, String(one))
  return query.toString()
}
