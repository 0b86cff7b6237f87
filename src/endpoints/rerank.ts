// Rerank orders documents by their relevance for a query, in the form of version 2 of Cohere's API.

import Type from "typebox"
import type { Usage } from "../call.ts"
import { listItems, parseJson, scan } from "../json.ts"
import { asRecord, asRecords, isRecord } from "../values.ts"
import { checker, isMissing } from "./bodyschema.ts"
import { type Answer, type Endpoint, listReader, type MemberText, type Reading } from "./endpoint.ts"
import type { ParameterError } from "./parametertable.ts"
import { firstCount, known, readInputTokens, readValue } from "./usage.ts"

/** The required form, except for the texts of the documents. */
export const rerankRequired = Type.Object({
  query: Type.String({ description: "What to look for." }),
  documents: Type.Array(Type.Union([Type.String(), Type.Object({})])),
  top_n: Type.Optional(Type.Integer()),
})
const check = checker(rerankRequired, {
  query: "query is required for rerank",
  documents: "documents are required for rerank",
})

export const rerank: Endpoint = {
  requestType: "rerank",
  path: "/rerank",
  summary: "rerank",
  forms: ["json"],
  reads: ["model", "query", "documents", "top_n", "fallbacks", "service_tier"],
  dropped: [],
  check: ({ fields }) => check(fields) ?? missingText(fields["documents"] as unknown[]) ?? checkCount(fields["top_n"]),
  asksForStream: () => null,
  streamRefusal: null,
  read,
  usage,
  isBilledPerCall: false,
}

const readResults = listReader("results", "rerank result")

/** A ranking, which some servers answer as a bare list: https://huggingface.github.io/text-embeddings-inference/ (Rank) */
function read(answer: Answer, request: () => Record<string, unknown>): Reading {
  const text = new TextDecoder().decode(answer.bytes)
  if (!text.trimStart().startsWith("[") || !asRecords(parseJson(text)).some(({ score }) => typeof score === "number")) {
    return readResults(answer, request)
  }
  return { result: `{"results":[${listItems(text).map(renamed).join(",")}]}` }
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
