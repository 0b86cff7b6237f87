// LMNT's speech. Pure. https://docs.lmnt.com, by its SDK: https://www.npmjs.com/package/lmnt-node 2.12.0
import { keyHeader } from "./access.ts"
import type { Operation } from "./operation.ts"
import { given, isNot, picked } from "./operationparameters.ts"
import { noInstructions, readSound, readVoice } from "./sound.ts"

/** OpenAI's formats -> LMNT's. Raw samples come with 24000 a second, as OpenAI's. */
const formats: Readonly<Record<string, string>> = { mp3: "mp3", aac: "aac", wav: "wav", pcm: "pcm_s16le" }
const own = ["language", "sample_rate", "temperature", "top_p", "debug"]

export const lmntSpeech: Operation = {
  access: keyHeader("x-api-key"),
  isBinary: true,
  parameters: {
    supported: ["input", "voice", ...own],
    rules: [
      {
        param: "response_format",
        when: isNot(...Object.keys(formats)),
        says: "must be mp3, aac, wav or pcm: this provider makes no other",
      },
      { param: "speed", neutral: 1, says: "is not supported: this provider has one speed; leave it out" },
      noInstructions,
    ],
  },
  build: ({ model, fields }) => ({
    path: "/v1/ai/speech/bytes",
    body: given({
      text: fields["input"],
      voice: readVoice(fields) ?? undefined,
      model,
      format: formats[String(fields["response_format"] ?? "mp3")],
      ...picked(fields, own),
    }),
  }),
  parse: readSound,
}
