// Mistral's speech, which is returned as base64, and transcriptions, whose members have other names than OpenAI's. Pure.
// https://docs.mistral.ai/api/endpoint/audio/speech, https://docs.mistral.ai/api/endpoint/audio/transcriptions,
// https://github.com/mistralai/client-ts/blob/main/src/models/components/audiotranscriptionrequest.ts
import { asRecords } from "../../values.ts"
import { bearer } from "./access.ts"
import type { Operation } from "./operation.ts"
import { given, isNot, picked } from "./operationparameters.ts"
import { composeForm, noInstructions, noLogprobs, readVoice, speechTypes } from "./sound.ts"

const FORMAT = "mp3"

export const mistralSpeech: Operation = {
  access: bearer,
  parameters: {
    supported: ["input", "voice", "ref_audio", "metadata"],
    rules: [
      {
        param: "response_format",
        when: isNot("mp3", "opus", "flac", "wav", "pcm"),
        says: "must be mp3, opus, flac, wav or pcm",
      },
      {
        param: "response_format",
        when: (format) => format === "pcm",
        says: "gives samples of 32-bit floats here, where OpenAI's are 16-bit integers",
        verdict: "warned",
      },
      { param: "speed", when: isNot(1), says: "is not supported: this provider speaks at one speed; leave it out" },
      noInstructions,
    ],
  },
  build: ({ model, fields }) => ({
    path: "/audio/speech",
    body: {
      model,
      response_format: FORMAT,
      ...picked(fields, ["input", "response_format", "ref_audio", "metadata"]),
      voice_id: readVoice(fields) ?? undefined,
    },
  }),
  parse([answer], [asked]) {
    const { response_format } = asked?.fields ?? {}
    const audio = answer?.body["audio_data"]
    if (typeof audio !== "string" || audio === "") return { problem: "it has no audio_data" }
    const type = speechTypes[String(response_format ?? FORMAT)] ?? "application/octet-stream"
    return {
      result: { audio: "", usage: null, response_format },
      content: { type, bytes: Buffer.from(audio, "base64") },
    }
  },
}

const transcriptionOwn = ["language", "temperature", "diarize", "context_bias", "timestamp_granularities"]

export const mistralTranscription: Operation = {
  access: bearer,
  parameters: {
    supported: ["file", "timestamp_granularities[]", ...transcriptionOwn],
    rules: [
      {
        param: "response_format",
        when: isNot("json", "text", "verbose_json"),
        says: "must be json, text or verbose_json: this provider makes no other",
      },
      noLogprobs,
      {
        param: "prompt",
        says: "has no counterpart and was not sent: context_bias is words to expect",
        verdict: "warned",
      },
    ],
  },
  build(asked) {
    const { model, fields } = asked
    // A verbose answer of OpenAI's has segments by default.
    const usual = fields["response_format"] === "verbose_json" ? "segment" : undefined
    const timestamp_granularities = fields["timestamp_granularities[]"] ?? fields["timestamp_granularities"] ?? usual
    const members = given({ model, ...picked(fields, transcriptionOwn), timestamp_granularities })
    return { path: "/audio/transcriptions", ...composeForm(asked, members) }
  },
  parse([answer]) {
    const body = answer?.body ?? {}
    if (typeof body["text"] !== "string") return { problem: "it has no text" }
    const segments = asRecords(body["segments"]).map((segment, id) => ({ id, ...segment }))
    return { result: { ...body, ...(segments.length > 0 ? { segments } : {}) } }
  },
}
