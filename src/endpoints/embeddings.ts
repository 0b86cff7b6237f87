// Embeddings: one vector for each text or list of tokens.
import Type from "typebox"
import { checker } from "./bodyschema.ts"
import { clientTypes } from "./clienttypes.ts"
import { type Description, requestWith, resultWith, tokenCounts } from "./description.ts"
import { type Answer, type Endpoint, listReader, type Reading } from "./endpoint.ts"
import { readInputTokens } from "./usage.ts"
import { hasVector, inFormat } from "./vectors.ts"

/** The required form. */
const required = Type.Object({
  input: Type.Union([Type.String(), Type.Array(Type.Unknown())], {
    description: "One text, a list of texts, a list of tokens, or a list of token lists.",
  }),
})
const check = checker(required, { input: "input is required for embeddings" })

const readList = listReader("data", "list of embeddings", { hasContent: hasVector })

/** The vectors in the format that was asked for: clients decode what comes as that. */
function read(answer: Answer, request: () => Record<string, unknown>): Reading {
  const reading = readList(answer, request)
  return "result" in reading ? { result: inFormat(reading.result, () => request()["encoding_format"]) } : reading
}

export const embeddings: Endpoint<"embedding"> = {
  ...clientTypes.embeddings,
  summary: "embedding",
  reads: ["model", "input", "fallbacks", "service_tier"],
  dropped: [],
  check: ({ fields }) => check(fields),
  asksForStream: () => null,
  streamRefusal: null,
  read,
  usage: readInputTokens,
  isBilledPerCall: false,
  describe,
}

/** OpenAI's parameters are for the document only: the provider checks them. https://platform.openai.com/docs/api-reference/embeddings/create */
function describe(): Description {
  const documented = {
    dimensions: Type.Integer({ description: "The length of the vectors, where the model can vary it." }),
    encoding_format: Type.String({ description: "float, base64." }),
    user: Type.String({ description: "A stable id of the end user." }),
  }
  const vector = Type.Object({
    object: Type.Optional(Type.String()),
    index: Type.Optional(Type.Integer({ description: "Which input it belongs to." })),
    embedding: Type.Union([Type.Array(Type.Number()), Type.String()], {
      description: "The vector, or its bytes as base64.",
    }),
  })
  return {
    requestSchema: requestWith(required, documented, "OpenAI's embedding request; unknown members pass through."),
    example: { model: "mock/embed", input: "Hello there" },
    resultSchema: resultWith(
      { data: Type.Array(vector) },
      { object: Type.String(), model: Type.String(), usage: tokenCounts("prompt_tokens", "total_tokens") },
    ),
    exampleResult: {
      object: "list",
      data: [{ object: "embedding", index: 0, embedding: [0.0023064255, -0.009327292, -0.0028842222] }],
      model: "embed",
      usage: { prompt_tokens: 2, total_tokens: 2 },
    },
  }
}
