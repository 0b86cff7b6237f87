// Embeddings: one vector for each text or list of tokens.
import Type from "typebox"
import { checker } from "./bodyschema.ts"
import { type Endpoint, listReader } from "./endpoint.ts"
import { readInputTokens } from "./usage.ts"

/** The required form. */
export const embeddingRequired = Type.Object({
  input: Type.Union([Type.String(), Type.Array(Type.Unknown())], {
    description: "One text, a list of texts, a list of tokens, or a list of token lists.",
  }),
})
const check = checker(embeddingRequired, { input: "input is required for embeddings" })

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
  read: listReader("data", "list of embeddings"),
  usage: readInputTokens,
  isBilledPerCall: false,
}
