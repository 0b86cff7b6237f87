// The description of rerank requests and their results in the API document.
import Type, { type TSchema } from "typebox"
import { rerankRequired } from "../rerank.ts"
import type { Description } from "./description.ts"
import { requestWith, resultWith } from "./shared.ts"

/** Cohere's parameters, for the document only, because the provider checks them. https://docs.cohere.com/v2/reference/rerank */
const documented: Record<string, TSchema> = {
  top_n: Type.Integer({ minimum: 1, description: "How many of the best to return; all without it." }),
  max_tokens_per_doc: Type.Integer({ description: "Longer documents are cut." }),
  priority: Type.Integer({ description: "0 is served first when the provider is busy." }),
}

const text = Type.String({ minLength: 1 })
const documents = Type.Array(Type.Union([text, Type.Object({ text })]), {
  description: "Texts, or objects with a `text`.",
})

export const rerank: Description = {
  requestSchema: requestWith(
    Type.Object({ ...rerankRequired.properties, documents }),
    documented,
    "Cohere's rerank request, version 2; unknown members pass through.",
  ),
  resultSchema: resultWith(
    {
      results: Type.Array(
        Type.Object({
          index: Type.Integer({ description: "Which document of the request." }),
          relevance_score: Type.Number({ description: "0 to 1, the best first." }),
          document: Type.Optional(Type.Unknown({ description: "The document itself, where the provider repeats it." })),
        }),
      ),
    },
    { id: Type.String(), model: Type.String(), meta: Type.Object({}), usage: Type.Object({}) },
    {
      id: "07734bd2-2473-4f07-94e1-0d9f0e6843cf",
      results: [
        { index: 1, relevance_score: 0.98 },
        { index: 0, relevance_score: 0.12 },
      ],
    },
  ),
  example: {
    model: "mock/rerank",
    query: "What is the capital of France?",
    documents: ["Berlin lies on the Spree.", "Paris is the capital of France."],
  },
}
