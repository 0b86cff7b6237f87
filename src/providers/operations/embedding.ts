// What all embedding operations have in common: they split the texts into batches and build OpenAI's list of vectors. Pure.

import { firstCount } from "../../endpoints/usage.ts"
import { packed } from "../../endpoints/vectors.ts"
import { isNumber } from "../../exactjson.ts"
import { asList } from "../../values.ts"
import type { Access } from "./access.ts"
import type { Asked, Fields, Got, Operation, Sent } from "./operation.ts"
import type { Rule } from "./operationparameters.ts"

interface Embedding {
  access: Access
  /** The provider's own parameters, which are passed on. */
  own?: readonly string[]
  rules?: readonly Rule[]
  /** The maximum of texts in a request. */
  textsMax(model: string): number
  build(texts: string[], asked: Asked): Sent
  /** The vectors in the order of the texts, and the tokens of all texts. */
  read(answer: Got): { vectors: unknown[]; tokens?: unknown }
}

export function embedding({ access, own = [], rules = [], textsMax, build, read }: Embedding): Operation {
  return {
    access,
    parameters: {
      supported: ["encoding_format", "dimensions", ...own],
      rules: [
        {
          param: "input",
          when: (input) => readTexts({ input }) === null,
          says: "must be a text or a list of texts: this provider takes no tokens",
        },
        ...rules,
      ],
    },
    split(asked) {
      const texts = readTexts(asked.fields) ?? []
      const most = textsMax(asked.model)
      const parts: Asked[] = []
      for (let at = 0; at < texts.length; at += most) {
        parts.push({ ...asked, fields: { ...asked.fields, input: texts.slice(at, at + most) } })
      }
      return parts
    },
    build: (asked) => build(readTexts(asked.fields) ?? [], asked),
    parse(answers, parts) {
      const data: Fields[] = []
      let tokens: number | undefined = 0
      for (const [at, part] of parts.entries()) {
        const answer = answers[at]
        const { vectors, tokens: used } = answer === undefined ? { vectors: [] } : read(answer)
        if (vectors.length !== readTexts(part.fields)?.length || !vectors.every(isVector)) {
          return { problem: "it has not one embedding for each text" }
        }
        const isPacked = part.fields["encoding_format"] === "base64"
        for (const vector of vectors) {
          data.push({ object: "embedding", index: data.length, embedding: isPacked ? packed(vector) : vector })
        }
        const counted = firstCount(used)
        tokens = tokens === undefined || counted === undefined ? undefined : tokens + counted
      }
      const usage = tokens === undefined ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } }
      return { result: { object: "list", data, model: parts[0]?.model, ...usage } }
    },
  }
}

function readTexts({ input }: Fields): string[] | null {
  const texts = typeof input === "string" ? [input] : asList(input)
  return texts.every((text) => typeof text === "string") ? texts : null
}

function isVector(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0 && value.every(isNumber)
}
