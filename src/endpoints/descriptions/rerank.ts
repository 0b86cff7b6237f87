// What the API document shows of rerank requests and their results.
import Type, { type TSchema } from "typebox"
import { rerankRequired } from "../rerank.ts"
import type { Description } from "./description.ts"
import { objectWith, resultWith } from "./shared.ts"

/** Cohere's parameters, for the document only: the provider checks them. https://docs.cohere.com/v2/reference/rerank */
const documented: Record<string, TSchema> = {
  max_tokens_per_doc: Type.Integer({ description: "Longer documents are cut." }),
  priority: Type.Integer({ description: "0 is served first, when the provider has too much to do." }),
}

export const rerank: Description = {
  requestSchema: objectWith(rerankRequired.properties, documented, {
    description: "Cohere's rerank request, version 2; unknown members pass through.",
  }),
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
