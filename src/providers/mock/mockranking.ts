// The mock provider's embeddings and rankings. Vectors differ for different texts and have no meaning. A ranking counts shared words.

import { asList, asRecord, asText } from "../../values.ts"
import { json, type MockAnswer, type MockJob, type MockRequest, readCount, readInputs } from "./mockrequest.ts"
import { noise } from "./noise.ts"

const DIMENSIONS = 256
/** The maximum of dimensions. */
const DIMENSIONS_MAX = 4096

/** https://platform.openai.com/docs/api-reference/embeddings/create */
export function embedding({ fields }: MockRequest, { jobId, model }: MockJob): MockAnswer {
  const { inputs, cut } = readInputs(fields["input"])
  const dimensions = Math.min(readCount(fields["dimensions"], Number.MAX_SAFE_INTEGER) ?? DIMENSIONS, DIMENSIONS_MAX)
  const encode = fields["encoding_format"] === "base64" ? toBase64 : toList
  const tokens = inputs.reduce((sum, input) => sum + input.tokens, 0)
  return json({
    id: `mock-embedding-${jobId}`,
    object: "list",
    data: inputs.map(({ text }, index) => ({
      object: "embedding",
      index,
      embedding: encode(unitVector(text, dimensions)),
    })),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
    ...cut,
  })
}

function unitVector(text: string, dimensions: number): Float32Array {
  const draw = noise(text)
  const numbers = Array.from({ length: dimensions }, () => draw() * 2 - 1)
  const length = Math.hypot(...numbers)
  return Float32Array.from(numbers, (number) => number / length)
}

function toList(vector: Float32Array): number[] {
  return Array.from(vector)
}

/** Little-endian, as OpenAI sends it and as all machines that Bun supports store it. */
function toBase64({ buffer }: Float32Array): string {
  return Buffer.from(buffer).toString("base64")
}

/** https://docs.cohere.com/v2/reference/rerank */
export function rerank({ fields }: MockRequest, { jobId, model }: MockJob): MockAnswer {
  const query = splitWords(asText(fields["query"]))
  const documents = asList(fields["documents"]).map((given) => (typeof given === "string" ? { text: given } : given))
  const results = documents
    .map((document, index) => ({
      index,
      relevance_score: overlap(query, splitWords(asText(asRecord(document)["text"]))),
      ...(fields["return_documents"] === true && { document }),
    }))
    .sort((one, other) => other.relevance_score - one.relevance_score)
  return json({
    id: `mock-rerank-${jobId}`,
    results: results.slice(0, readCount(fields["top_n"], results.length) ?? results.length),
    model,
    meta: { api_version: { version: "2" }, billed_units: { search_units: 1 } },
  })
}

function splitWords(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu))
}

/** Dice's coefficient: 1 when both have the same words, 0 when they share none. */
function overlap(one: Set<string>, other: Set<string>): number {
  const all = one.size + other.size
  return all === 0 ? 0 : (2 * one.intersection(other).size) / all
}
