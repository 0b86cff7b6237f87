// Mistral's speech, which is returned as base64. Pure. https://docs.mistral.ai/api/endpoint/audio/speech
import { bearer } from "./access.ts"
import type { Operation } from "./operation.ts"
import { isNot, picked } from "./operationparameters.ts"
import { noInstructions, readVoice, speechTypes } from "./sound.ts"

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
