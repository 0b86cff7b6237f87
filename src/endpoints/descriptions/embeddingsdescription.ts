// The description of embeddings in the API document.
import Type, { type TSchema } from "typebox"
import { embeddingRequired } from "../embeddings.ts"
import type { Description } from "./description.ts"
import { requestWith, resultWith, tokenCounts } from "./shared.ts"

/** OpenAI's parameters, for the document only, because the provider checks them. https://platform.openai.com/docs/api-reference/embeddings/create */
const documented: Record<string, TSchema> = {
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

export const embeddings: Description = {
  requestSchema: requestWith(
    embeddingRequired,
    documented,
    "OpenAI's embedding request; unknown members pass through.",
  ),
  resultSchema: resultWith(
    { data: Type.Array(vector) },
    { object: Type.String(), model: Type.String(), usage: tokenCounts("prompt_tokens", "total_tokens") },
    {
      object: "list",
      data: [{ object: "embedding", index: 0, embedding: [0.0023064255, -0.009327292, -0.0028842222] }],
      model: "embed",
      usage: { prompt_tokens: 2, total_tokens: 2 },
    },
  ),
  example: { model: "mock/embed", input: "Hello there" },
}
