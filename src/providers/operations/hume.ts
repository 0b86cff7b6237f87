// Hume's speech. Pure. https://dev.hume.ai/reference/text-to-speech-tts/synthesize-file, by its SDK: https://www.npmjs.com/package/hume 0.16.0
import { asRecord, asWord } from "../../values.ts"
import { keyHeader } from "./access.ts"
import type { Fields, Operation } from "./operation.ts"
import { given, picked } from "./operationparameters.ts"
import { readSound, readVoice } from "./sound.ts"

const formats = ["mp3", "wav", "pcm"]
const own = ["context", "temperature", "split_utterances"]
/** `octave-2` is the version 2 of Octave, and with `octave` Hume chooses one. */
const readVersion = (model: string) => (model === "octave" ? undefined : model.replace(/^octave-/, ""))
const ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

export const humeSpeech: Operation = {
  access: keyHeader("x-hume-api-key"),
  isBinary: true,
  parameters: {
    supported: ["input", "voice", "instructions", "speed", "trailing_silence", ...own],
    rules: [
      {
        param: "model",
        when: (_, fields, model) => readVersion(model) === "2" && readVoice(fields) === null,
        says: "octave-2 is not supported without a voice: name one",
      },
      {
        param: "response_format",
        when: (format) => !formats.includes(asWord(format)),
        says: "must be mp3, wav or pcm: this provider makes no other",
      },
    ],
  },
  build: ({ model, fields }) => ({
    path: "/v0/tts/file",
    body: given({
      utterances: [
        given({
          text: fields["input"],
          description: fields["instructions"],
          voice: nameVoice(fields),
          ...picked(fields, ["speed", "trailing_silence"]),
        }),
      ],
      format: { type: fields["response_format"] ?? "mp3" },
      version: readVersion(model),
      ...picked(fields, own),
    }),
  }),
  parse: readSound,
}

/** Without a provider, Hume looks among the customer's own voices. Those of its library are what everybody can name. */
function nameVoice(fields: Fields): Fields | undefined {
  const voice = readVoice(fields)
  const { provider = "HUME_AI" } = asRecord(fields["voice"])
  return voice === null ? undefined : { [ID.test(voice) ? "id" : "name"]: voice, provider }
}
