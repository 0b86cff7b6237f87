// The two formats of an embedding: a list of numbers, and the base64 text of 32-bit floats, little-endian. Pure.
// https://platform.openai.com/docs/api-reference/embeddings/create#embeddings-create-encoding_format
import { isNumber, parseExact } from "../exactjson.ts"
import { edit, member, scan } from "../json.ts"
import { asList, asRecord, isRecord } from "../values.ts"

/**
 * The result of an embedding with its vectors in the format that was asked for, which not all servers heed: clients decode what comes
 * as that. https://github.com/ollama/ollama/issues/6934, https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/756
 * @param format reads `encoding_format`: lists unless it is "base64"
 */
export function inFormat(text: string, format: () => unknown): string {
  const first = /"embedding"\s*:\s*(["[])/.exec(text)?.[1]
  if (first === undefined) return text
  const isPacked = format() === "base64"
  if (isPacked === (first === '"')) return text
  const data = asList(parseExact(member(text, scan(text), "data") ?? "[]"))
  const change = isPacked ? packed : unpacked
  const changed = data.map((item) =>
    isRecord(item) ? { ...item, embedding: change(item["embedding"]) ?? item["embedding"] } : item,
  )
  return edit(text, { data: JSON.stringify(changed) })
}

/** Base64 of a list of numbers; null for another value. */
export function packed(vector: unknown): string | null {
  const numbers = asList(vector)
  if (numbers.length === 0 || !numbers.every(isNumber)) return null
  const bytes = Buffer.alloc(4 * numbers.length)
  for (const [at, one] of numbers.entries()) bytes.writeFloatLE(Number(one), 4 * at)
  return bytes.toString("base64")
}

function unpacked(text: unknown): number[] | null {
  if (typeof text !== "string" || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null
  const bytes = Buffer.from(text, "base64")
  if (bytes.length % 4 !== 0) return null
  const numbers = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(4 * at))
  return numbers.every(Number.isFinite) ? numbers : null
}

/** Whether an item of the list has a vector, which some servers call otherwise. https://github.com/lfnovo/esperanto/pull/136 (null) */
export function hasVector(item: unknown): boolean {
  const { embedding, ...rest } = asRecord(item)
  if (typeof embedding === "string" || Array.isArray(embedding)) return embedding.length > 0
  // A vector in each of several types is one too, and is paid for.
  if (isRecord(embedding)) return Object.keys(embedding).length > 0
  return embedding === undefined && Object.keys(rest).length > 0
}
