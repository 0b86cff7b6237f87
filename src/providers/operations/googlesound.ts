// Speech and transcriptions by Google's models, at the Gemini API and at Vertex AI. Pure.
// https://ai.google.dev/gemini-api/docs/speech-generation, https://ai.google.dev/gemini-api/docs/audio

import { toNumber } from "../../exactjson.ts"
import { asRecord, asRecords, asText, asWord } from "../../values.ts"
import { encodeBase64 } from "../clientform.ts"
import { findSoundType } from "../mediatypes.ts"
import { type Access, gemini, vertex } from "./access.ts"
import { findParts, generate, nothing, readUsage } from "./google.ts"
import type { Fields, Operation } from "./operation.ts"
import { isNot, type Rule } from "./operationparameters.ts"
import { findSound, inWav, noLogprobs, ownVoices, readVoice } from "./sound.ts"

/** The default voice, from Google's examples. */
const VOICE = "Kore"
const formats: Readonly<Record<string, string>> = { wav: "AUDIO_WAV", pcm: "AUDIO_L16" }
/** https://ai.google.dev/gemini-api/docs/speech-generation: older models get the instructions within the text, and return PCM only. */
const isTold = (model: string) => /^gemini-(2\.5|3\.1)-/.test(model)

export const geminiSpeech = speech(gemini)
export const vertexSpeech = speech(vertex)

function speech(access: Access): Operation {
  return {
    access,
    parameters: {
      supported: ["input", "voice", "instructions", "language_code"],
      rules: [
        {
          param: "response_format",
          when: isNot(...Object.keys(formats)),
          says: "must be wav or pcm: this provider makes no other; without it comes wav",
        },
        {
          param: "input",
          when: (_, { response_format }) => response_format === undefined,
          says: "comes as wav: this provider makes no mp3, which is OpenAI's default",
          verdict: "warned",
        },
        // https://ai.google.dev/gemini-api/docs/speech-generation#voices
        ownVoices(`write one of its own, as ${VOICE}, Puck or Zephyr, or leave it out`),
        { param: "speed", when: isNot(1), says: "is not supported: say in instructions how fast to speak" },
      ],
    },
    build({ model, fields }) {
      const { input, instructions, response_format, language_code } = fields
      const style = typeof instructions === "string" && instructions !== "" ? instructions : null
      const part = isTold(model)
        ? { text: style === null ? input : `${style}: ${input}` }
        : { text: input, ...(style === null ? {} : { speechMetadata: { style } }) }
      const mimeType = formats[String(response_format ?? "wav")]
      const voiceConfig = { prebuiltVoiceConfig: { voiceName: readVoice(fields) ?? VOICE } }
      return {
        path: generate(model),
        body: {
          contents: [{ role: "user", parts: [part] }],
          generationConfig: {
            responseModalities: ["AUDIO"],
            speechConfig: { voiceConfig, languageCode: language_code ?? undefined },
            ...(isTold(model) ? {} : { responseFormat: { audio: { mimeType } } }),
          },
        },
      }
    },
    parse([answer], [asked]) {
      const found = findParts(answer)
        .map(({ inlineData }) => asRecord(inlineData))
        .find(({ data }) => typeof data === "string" && data !== "")
      if (found === undefined) return nothing(answer, "sound")
      const type = asText(found["mimeType"]) || "audio/L16;rate=24000"
      const bytes = Buffer.from(asText(found["data"]), "base64")
      const isRaw = /^audio\/(l16|pcm)\b/i.test(type)
      const isWanted = asked?.fields["response_format"] === "pcm"
      const rate = Number(/rate=(\d{1,6})(?!\d)/.exec(type)?.[1] ?? 24_000)
      const content = isRaw && !isWanted ? { type: "audio/wav", bytes: inWav(bytes, rate) } : { type, bytes }
      const { response_format } = asked?.fields ?? {}
      return { result: { audio: "", usage: readUsage(answer) ?? null, response_format }, content }
    },
  }
}

/** Models made for transcription are configured by parameters. https://ai.google.dev/gemini-api/docs/transcribe */
const isTranscriber = (model: string) => model.includes("transcribe")

export const geminiTranscription = transcription(gemini)
export const vertexTranscription = transcription(vertex)

/** Other models get a prompt: https://ai.google.dev/gemini-api/docs/audio#get-a-transcript-of-the-audio-file */
function transcription(access: Access): Operation {
  const rules: Rule[] = [
    {
      param: "response_format",
      when: (format, _, model) =>
        !(["json", "text"].includes(String(format)) || (format === "verbose_json" && isTranscriber(model))),
      says: "must be json or text: this model does not tell when what was said",
    },
    {
      param: "timestamp_granularities[]",
      when: (granularities, _, model) => !isTranscriber(model) || [granularities].flat().some((one) => one !== "word"),
      says: "must be word, with a model that is made for transcriptions",
    },
    noLogprobs,
    {
      param: "prompt",
      when: (_, __, model) => isTranscriber(model),
      says: "has no counterpart and was not sent",
      verdict: "warned",
    },
    {
      param: "temperature",
      when: (_, __, model) => isTranscriber(model),
      says: "has no counterpart and was not sent",
      verdict: "warned",
    },
  ]
  return {
    access,
    parameters: { supported: ["file", "language", "custom_vocabulary"], rules },
    build(asked) {
      const { model, fields } = asked
      const { file, body } = findSound(asked)
      const prompt = isTranscriber(model) ? null : JSON.stringify({ text: orders(fields) })
      const rest = JSON.stringify({ generationConfig: buildConfig(model, fields) }).slice(0, -1)
      const before = `${rest},"contents":[{"role":"user","parts":[${prompt === null ? "" : `${prompt},`}{"inlineData":{"mimeType":${JSON.stringify(findSoundType(file))},"data":"`
      return { path: generate(model), body: encodeBase64(before, body, '"}}]}]}') }
    },
    parse([answer]) {
      const parts = findParts(answer).filter(({ thought }) => thought !== true)
      if (parts.length === 0) return nothing(answer, "text")
      const heard = parts.map(({ audioTranscription }) => asRecord(audioTranscription))
      const plain = parts.map(({ text }) => asText(text)).join("")
      const words = heard.flatMap(({ words }) => asRecords(words)).map(toWord)
      const language = heard.map(({ languageCode }) => languageCode).find((code) => typeof code === "string")
      const usage = readUsage(answer)
      return {
        result: {
          text: plain === "" ? heard.map(({ text }) => asText(text)).join("") : plain,
          language,
          ...(words.length > 0 ? { words } : {}),
          ...(usage === undefined ? {} : { usage: { type: "tokens", ...usage } }),
        },
      }
    },
  }
}

function buildConfig(model: string, fields: Fields): Fields {
  const { language, temperature, custom_vocabulary } = fields
  if (!isTranscriber(model)) return temperature === undefined ? {} : { temperature: toNumber(temperature) }
  const isTimed = fields["timestamp_granularities[]"] !== undefined || fields["response_format"] === "verbose_json"
  const audioTranscriptionConfig = {
    ...(language === undefined ? {} : { languageCodes: [language] }),
    ...(custom_vocabulary === undefined ? {} : { customVocabulary: [custom_vocabulary].flat() }),
    ...(isTimed ? { wordTimestamp: true } : {}),
  }
  return { audioTranscriptionConfig }
}

function orders({ language, prompt }: Fields): string {
  return [
    "Generate a transcript of the speech. Answer with the transcript alone.",
    ...(language === undefined ? [] : [`The language that is spoken is ${language}.`]),
    ...(prompt === undefined ? [] : [`Words and names to expect, or what was said before: ${prompt}`]),
  ].join("\n")
}

function toWord({ word, text, startOffset, endOffset }: Fields): Fields {
  return {
    word: word ?? text,
    start: Number.parseFloat(asWord(startOffset)),
    end: Number.parseFloat(asWord(endOffset)),
  }
}
