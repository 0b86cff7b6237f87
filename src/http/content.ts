// A job's binary result as it is: audio bytes, or one image of a list. With ETag and Range, read as the client takes it.
import { getEndpoint } from "../endpoints/endpoints.ts"
import { GatewayError } from "../errors.ts"
import { BODY_PIECE_BYTES } from "../jobs/sqlite/pieces.ts"
import type { JobView, Reads } from "../jobs/sqlite/reads.ts"
import { textStream } from "./dialects/bifrost.ts"

const SMALL_BYTES_MAX = 4 * 1024 * 1024

/** A provider's bytes on our own origin: a browser may show or play them, and do nothing else with them. */
const harmless = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "sandbox; default-src 'none'",
}
/** What no browser runs anything of: no text, no PDF, and nothing that ends with `+xml`. */
const SHOWN =
  /^(audio\/[a-z0-9][a-z0-9._-]{0,60}|image\/(png|jpeg|webp|gif|avif|bmp|tiff|heic|heif|jxl)|video\/(mp4|webm|ogg|quicktime))$/
const UNKNOWN = "application/octet-stream"

/** Bytes that can be read from any place. */
interface Content {
  type: string
  etag: string
  bytes: number
  read(from: number, to: number): Generator<Uint8Array>
}

/**
 * @param index which image of a list, counted from 0
 * @throws {GatewayError} content_not_found
 */
export function contentOf(
  job: JobView,
  index: string | null,
  { request, requestId, reads }: { request: Request; requestId: string; reads: Reads },
): Response {
  const content = job.contentKind === null ? imageOf(job, index, reads) : storedContent(job, job.contentKind, reads)
  if ("url" in content) {
    const headers = { "x-request-id": requestId, location: content.url, "cache-control": "no-store", ...harmless }
    return new Response(null, { status: 302, headers })
  }
  const headers = {
    "x-request-id": requestId,
    etag: content.etag,
    "accept-ranges": "bytes",
    "cache-control": "private, no-cache",
    ...harmless,
  }
  if (isKnown(request, content.etag)) return new Response(null, { status: 304, headers })
  const range = rangeOf(request, content)
  if (range === "unsatisfiable") {
    return new Response(null, { status: 416, headers: { ...headers, "content-range": `bytes */${content.bytes}` } })
  }
  const [from, to] = range ?? [0, content.bytes]
  // What is small goes out at once and with its length, which a stream's answer does not have.
  const isSmall = to - from <= SMALL_BYTES_MAX
  return new Response(isSmall ? Buffer.concat([...content.read(from, to)]) : textStream(content.read(from, to)), {
    status: range === null ? 200 : 206,
    headers: {
      ...headers,
      ...typeHeaders(content.type),
      ...(range === null ? {} : { "content-range": `bytes ${from}-${to - 1}/${content.bytes}` }),
    },
  })
}

/**
 * By its name alone, and now: rows of earlier versions have what their providers said. What a browser might run is saved to
 * a file instead.
 */
function typeHeaders(told: string): Record<string, string> {
  const type = told.split(";", 1)[0]?.trim().toLowerCase() ?? ""
  return SHOWN.test(type) ? { "content-type": type } : { "content-type": UNKNOWN, "content-disposition": "attachment" }
}

function storedContent(job: JobView, type: string, reads: Reads): Content {
  return {
    type,
    etag: `"${job.id}"`,
    bytes: reads.bodies().bytes(job.id, "content"),
    read: (from, to) => reads.bodies().pieces(job.id, "content", from, to),
  }
}

/** An image out of the stored list; one that the provider gave by address is answered with that address. */
function imageOf(job: JobView, index: string | null, reads: Reads): Content | { url: string } {
  const at = index === null ? 0 : /^\d{1,3}$/.test(index) ? Number(index) : -1
  const pick = getEndpoint(job.requestType).readImage
  const image = pick?.(resultText(job, reads), at) ?? null
  if (image === null) {
    const message =
      pick === undefined
        ? `a ${job.requestType} has no binary content: its result is in the job`
        : `there is no image at index ${index ?? "0"}: ?index=N counts from 0`
    throw new GatewayError("content_not_found", message)
  }
  if ("url" in image) return image
  const { bytes, type } = image
  return {
    type,
    etag: `"${job.id}-${at}"`,
    bytes: bytes.length,
    *read(from, to) {
      for (let part = from; part < to; part += BODY_PIECE_BYTES) {
        yield bytes.subarray(part, Math.min(to, part + BODY_PIECE_BYTES))
      }
    },
  }
}

function resultText(job: JobView, reads: Reads): string {
  return job.result ?? Buffer.concat([...reads.bodies().pieces(job.id, "result")]).toString()
}

/** Whether the client has it already: `*`, or its tag among others, weak or not (RFC 9110, 13.1.2). */
function isKnown(request: Request, etag: string): boolean {
  const tags = request.headers.get("if-none-match")?.split(",") ?? []
  return tags.some((tag) => ["*", etag, `W/${etag}`].includes(tag.trim()))
}

/** One range of bytes (RFC 9110, 14.2), end exclusive; null: the whole, also where several are asked for. */
function rangeOf(request: Request, { bytes, etag }: Content): [number, number] | "unsatisfiable" | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(request.headers.get("range")?.trim() ?? "")
  const condition = request.headers.get("if-range")
  if (!match || (match[1] === "" && match[2] === "") || (condition !== null && condition !== etag)) return null
  const [, first = "", last = ""] = match
  const from = first === "" ? Math.max(0, bytes - Number(last)) : Number(first)
  const to = first === "" || last === "" ? bytes : Math.min(bytes, Number(last) + 1)
  return from < to ? [from, to] : "unsatisfiable"
}
