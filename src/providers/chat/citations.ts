// Translates citations into OpenAI's annotations. They are read from each native form, because the SDK's specification has no positions in the text. Pure.
import { readNumber } from "../../exactjson.ts"
import { asList, asRecord, asRecords, asText, isRecord } from "../../values.ts"
import type { Target } from "./family.ts"

type Fields = Record<string, unknown>

/** A section of the answer's text, in UTF-16 units. */
export interface Piece {
  start: number
  end: number
  /** The package's metadata of it. */
  metadata: Fields
}

/** @param reply the provider's answer, or Gemini's candidate */
export function readAnnotations({ dialect }: Target, reply: Fields, pieces: Piece[]): Fields[] {
  if (dialect === "messages") return pieces.flatMap(anthropics)
  return dialect === "gemini" ? googles(reply, pieces) : amazons(reply)
}

/** Each text block has its citations: https://platform.claude.com/docs/en/build-with-claude/citations#response-structure */
function anthropics({ start, end, metadata }: Piece): Fields[] {
  return asRecords(asRecord(metadata["anthropic"])["citations"]).map((citation) => {
    const url = citation["url"] ?? (citation["type"] === "search_result_location" ? citation["source"] : undefined)
    return typeof url === "string" ? link(start, end, url, citation["title"]) : document(start, end, citation)
  })
}

/**
 * Supports name sections of a part, in bytes, and the chunks that they rely on. A chunk that no support names belongs to the whole
 * answer. https://ai.google.dev/api/generate-content#GroundingMetadata
 */
function googles(candidate: Fields, pieces: Piece[]): Fields[] {
  const grounding = asRecord(candidate["groundingMetadata"])
  const chunks = asRecords(grounding["groundingChunks"])
  const place = createPlaces(asRecords(asRecord(candidate["content"])["parts"]))
  const named = new Set<number>()
  const found = asRecords(grounding["groundingSupports"]).flatMap((support) => {
    const [start, end] = place(asRecord(support["segment"]))
    return asList(support["groundingChunkIndices"]).map((index) => {
      const at = readNumber(index) ?? -1
      named.add(at)
      return chunkLink(start, end, chunks[at])
    })
  })
  const rest = chunks.flatMap((chunk, index) =>
    named.has(index) ? [] : [chunkLink(0, pieces.at(-1)?.end ?? 0, chunk)],
  )
  return [...found, ...rest].filter((annotation) => annotation !== null)
}

/** Finds where a section of a part is in the whole text. Reasoning is no part of that. */
function createPlaces(parts: Fields[]): (segment: Fields) => [start: number, end: number] {
  let before = 0
  const places = parts.map(({ thought, text }) => {
    const own = thought === true ? "" : asText(text)
    const place = { before, measure: createMeasure(own) }
    before += own.length
    return place
  })
  return ({ partIndex, startIndex, endIndex }) => {
    const place = places[readNumber(partIndex) ?? 0]
    const at = (index: unknown) => (place?.before ?? before) + (place?.measure(readNumber(index) ?? 0) ?? 0)
    return [at(startIndex), at(endIndex)]
  }
}

/** So many bytes are counted anew for each place: an answer can have many in a long text. */
const STEP = 256

/** Counts the UTF-16 units of a text before one of its bytes in UTF-8. */
function createMeasure(text: string): (byte: number) => number {
  const bytes = Buffer.from(text)
  /** The units before each step. */
  const steps = [0]
  return (byte) => {
    const end = Math.min(Math.max(0, byte), bytes.length)
    for (let at = steps.length; at * STEP <= end; at++) {
      steps.push((steps[at - 1] ?? 0) + countUnits(bytes.subarray((at - 1) * STEP, at * STEP)))
    }
    const step = Math.floor(end / STEP)
    return (steps[step] ?? 0) + countUnits(bytes.subarray(step * STEP, end))
  }
}

/** A character has one unit, or two where it has four bytes; all its bytes but the first begin with the bits 10. */
function countUnits(bytes: Uint8Array): number {
  let units = 0
  for (const byte of bytes) units += byte >= 0xf0 ? 2 : (byte & 0xc0) === 0x80 ? 0 : 1
  return units
}

function chunkLink(start: number, end: number, chunk: Fields | undefined): Fields | null {
  const source = Object.values(chunk ?? {}).find(isRecord)
  const url = source?.["uri"] ?? source?.["sourceUri"]
  if (source === undefined) return null
  return typeof url === "string" ? link(start, end, url, source["title"]) : document(start, end, source)
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CitationsContentBlock.html */
function amazons(reply: Fields): Fields[] {
  let start = 0
  return asRecords(asRecord(asRecord(reply["output"])["message"])["content"]).flatMap(({ text, citationsContent }) => {
    const cited = asRecord(citationsContent)
    const texts =
      typeof text === "string" ? [text] : asList(cited["content"]).map((one) => asText(asRecord(one)["text"]))
    const from = start
    start += texts.join("").length
    return asRecords(cited["citations"]).map((citation) => {
      const { url } = asRecord(asRecord(citation["location"])["web"])
      return typeof url === "string" ? link(from, start, url, citation["title"]) : document(from, start, citation)
    })
  })
}

/** https://platform.openai.com/docs/api-reference/chat/object */
function link(start_index: number, end_index: number, url: string, title: unknown): Fields {
  return { type: "url_citation", url_citation: { start_index, end_index, url, title: title ?? null } }
}

/** OpenAI's chat has links only. For a document the provider's own members are added. */
function document(start_index: number, end_index: number, citation: Fields): Fields {
  return { type: "file_citation", file_citation: { start_index, end_index, ...citation } }
}
