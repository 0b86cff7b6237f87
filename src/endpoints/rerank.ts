// Rerank orders documents by their relevance for a query, in the form of version 2 of Cohere's API.

import Type from "typebox"
import type { Usage } from "../call.ts"
import { listValues, parseJson, scan } from "../json.ts"
import { asRecord, asRecords, isRecord } from "../values.ts"
import { checker, isMissing } from "./bodyschema.ts"
import { clientTypes } from "./clienttypes.ts"
import { type Description, requestWith, resultWith } from "./description.ts"
import { type Answer, type Endpoint, listReader, type MemberText, type Reading } from "./endpoint.ts"
import type { ParameterError } from "./parametertable.ts"
import { firstCount, known, readInputTokens, readValue } from "./usage.ts"

/** The required form, except for the texts of the documents. */
const required = Type.Object({
  query: Type.String({ description: "What to look for." }),
  documents: Type.Array(Type.Union([Type.String(), Type.Object({})])),
  top_n: Type.Optional(Type.Integer()),
})
const check = checker(required, {
  query: "query is required for rerank",
  documents: "documents are required for rerank",
})

export const rerank: Endpoint<"rerank"> = {
  ...clientTypes.rerank,
  summary: "rerank",
  reads: ["model", "query", "documents", "top_n", "fallbacks", "service_tier"],
  dropped: [],
  check: ({ fields }) => check(fields) ?? missingText(fields["documents"] as unknown[]) ?? checkCount(fields["top_n"]),
  asksForStream: () => null,
  streamRefusal: null,
  read,
  usage,
  isBilledPerCall: false,
  describe,
}

const readResults = listReader("results", "rerank result")

/** A ranking, which some servers answer as a bare list: https://huggingface.github.io/text-embeddings-inference/ (Rank) */
function read(answer: Answer, request: () => Record<string, unknown>): Reading {
  const text = new TextDecoder().decode(answer.bytes)
  if (!text.trimStart().startsWith("[") || !asRecords(parseJson(text)).some(({ score }) => typeof score === "number")) {
    return readResults(answer, request)
  }
  return {
    result: `{"results":[${listValues(text)
      .map(({ start, end }) => renamed(text.slice(start, end)))
      .join(",")}]}`,
  }
}

/** `{index, score, text}` as `{index, relevance_score, document: {text}}`: the numbers stay as they came. */
function renamed(item: string): string {
  const found = scan(item)
  const members = found.kind === "object" ? found.members : []
  const texts = members.map(({ key, valueStart, end }) => {
    const value = item.slice(valueStart, end)
    if (key === "score") return `"relevance_score":${value}`
    if (key === "text") return value === "null" ? null : `"document":{"text":${value}}`
    return `${JSON.stringify(key)}:${value}`
  })
  return `{${texts.filter((text) => text !== null).join(",")}}`
}

/** Servers in OpenAI's form report it in `usage`, Cohere in `meta`. */
function usage(result: MemberText): Usage | null {
  const meta = asRecord(readValue(result, "meta"))
  const { input_tokens: billed } = asRecord(meta["billed_units"])
  const { input_tokens: taken } = asRecord(meta["tokens"])
  return known({ input_tokens: firstCount(billed, taken), ...readInputTokens(result) })
}

/** The first document without a text, or with a text of another type. */
function missingText(documents: unknown[]): ParameterError | null {
  for (const [index, document] of documents.entries()) {
    const text = isRecord(document) ? document["text"] : document
    const param = `documents[${index}]`
    if (isMissing(text)) return { message: `document text is required for rerank at index ${index}`, param }
    if (typeof text !== "string") return { message: `${param}.text must be a string`, param: `${param}.text` }
  }
  return null
}

function checkCount(count: unknown): ParameterError | null {
  return typeof count === "number" && count < 1 ? { message: "top_n must be at least 1", param: "top_n" } : null
}

/** Cohere's parameters are for the document only: the provider checks them. https://docs.cohere.com/v2/reference/rerank */
function describe(): Description {
  const documented = {
    top_n: Type.Integer({ minimum: 1, description: "How many of the best to return; all without it." }),
    max_tokens_per_doc: Type.Integer({ description: "Longer documents are cut." }),
    priority: Type.Integer({ description: "0 is served first when the provider is busy." }),
  }
  const text = Type.String({ minLength: 1 })
  const documents = Type.Array(Type.Union([text, Type.Object({ text })]), {
    description: "Texts, or objects with a `text`.",
  })
  const ranked = Type.Object({
    index: Type.Integer({ description: "Which document of the request." }),
    relevance_score: Type.Number({ description: "0 to 1, the best first." }),
    document: Type.Optional(Type.Unknown({ description: "The document itself, where the provider repeats it." })),
  })
  return {
    requestSchema: requestWith(
      Type.Object({ ...required.properties, documents }),
      documented,
      "Cohere's rerank request, version 2; unknown members pass through.",
    ),
    example: {
      model: "mock/rerank",
      query: "What is the capital of France?",
      documents: ["Berlin lies on the Spree.", "Paris is the capital of France."],
    },
    resultSchema: resultWith(
      { results: Type.Array(ranked) },
      { id: Type.String(), model: Type.String(), meta: Type.Object({}), usage: Type.Object({}) },
    ),
    exampleResult: {
      id: "07734bd2-2473-4f07-94e1-0d9f0e6843cf",
      results: [
        { index: 1, relevance_score: 0.98 },
        { index: 0, relevance_score: 0.12 },
      ],
    },
  }
}
