// Embeddings: one vector for each text or list of tokens.
import Type from "typebox"
import { checker } from "./bodyschema.ts"
import { type Answer, type Endpoint, listReader, type Reading } from "./endpoint.ts"
import { readInputTokens } from "./usage.ts"
import { hasVector, inFormat } from "./vectors.ts"

/** The required form. */
export const embeddingRequired = Type.Object({
  input: Type.Union([Type.String(), Type.Array(Type.Unknown())], {
    description: "One text, a list of texts, a list of tokens, or a list of token lists.",
  }),
})
const check = checker(embeddingRequired, { input: "input is required for embeddings" })

const readList = listReader("data", "list of embeddings", { hasContent: hasVector })

/** The vectors in the format that was asked for: clients decode what comes as that. */
function read(answer: Answer, request: () => Record<string, unknown>): Reading {
  const reading = readList(answer, request)
  return "result" in reading ? { result: inFormat(reading.result, () => request()["encoding_format"]) } : reading
}

export const embeddings: Endpoint = {
  requestType: "embedding",
  path: "/embeddings",
  summary: "embedding",
  forms: ["json"],
  reads: ["model", "input", "fallbacks", "service_tier"],
  dropped: [],
  check: ({ fields }) => check(fields),
  asksForStream: () => null,
  streamRefusal: null,
  read,
  usage: readInputTokens,
  isBilledPerCall: false,
}
