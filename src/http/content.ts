// GET …/content: the audio of a speech result, or one image of a list, as bytes with ETag and Range. Large content is streamed.
import { getEndpoint } from "../endpoints/endpoints.ts"
import { GatewayError } from "../errors.ts"
import type { JobView, Pieces, Reads } from "../jobs/reads.ts"
import { nameStatus } from "./dialects/jobobject.ts"
import { type FindOptions, findJob } from "./jobs.ts"
import { streamPieces } from "./reply.ts"
import { readRequestId } from "./request/requestid.ts"
import { holdParts, type Parts } from "./result.ts"

export type ContentOptions = FindOptions

const SMALL_BYTES_MAX = 4 * 1024 * 1024

/** The bytes come from a provider and are served from our origin: a browser may show or play them, and run nothing. */
export const harmless = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "sandbox; default-src 'none'",
}
/** Of a request or a result as JSON. */
export const bodyHeaders = { "content-type": "application/json", "cache-control": "no-store" }
/** Media types that cannot contain scripts: no text, no PDF, and nothing that ends with `+xml`. */
const SHOWN =
  /^(audio\/[a-z0-9][a-z0-9._-]{0,60}|image\/(png|jpeg|webp|gif|avif|bmp|tiff|heic|heif|jxl)|video\/(mp4|webm|ogg|quicktime))$/
const UNKNOWN = "application/octet-stream"

/** Bytes that are sent whole or as a range. */
interface Content extends Parts {
  etag: string
  /** Those that say what it is, of a response that has bytes. */
  headers: Record<string, string>
}

/**
 * `?index=N` chooses an image of a list, counted from 0.
 * @throws {GatewayError} content_not_found, job_not_found, …
 */
export async function showContent(request: Request, id: string, options: ContentOptions): Promise<Response> {
  const job = await findCompleted(id, request, "content", options)
  const index = new URL(request.url).searchParams.get("index")
  const content =
    job.contentKind === null ? await findImage(job, index, options.reads) : await findBytes(job, options.reads)
  if ("url" in content) {
    const headers = {
      "x-request-id": readRequestId(request),
      location: content.url,
      "cache-control": "no-store",
      ...harmless,
    }
    return new Response(null, { status: 302, headers })
  }
  return sendContent(request, content)
}

/** @param what is asked for of it @throws {GatewayError} content_not_found, job_not_found, … */
export async function findCompleted(
  id: string,
  request: Request,
  what: string,
  options: FindOptions,
): Promise<JobView> {
  const job = await findJob(id, request, null, options)
  if (job.state === "succeeded") return job
  const status = nameStatus(job.state, job.attempt)
  throw new GatewayError("content_not_found", `the job is ${status}: only a completed one has ${what}`)
}

/** Answers with the bytes, with the range of them that is asked for, or with neither where the client has them. */
export async function sendContent(request: Request, content: Content): Promise<Response> {
  const headers = {
    "x-request-id": readRequestId(request),
    etag: content.etag,
    "accept-ranges": "bytes",
    "cache-control": "private, no-cache",
    ...harmless,
  }
  if (isKnown(request, content.etag)) return new Response(null, { status: 304, headers })
  const range = readRange(request, content)
  if (range === "unsatisfiable") {
    return new Response(null, { status: 416, headers: { ...headers, "content-range": `bytes */${content.bytes}` } })
  }
  const [from, to] = range ?? [0, content.bytes]
  const pieces = content.read(from, to)
  // Small content is sent at once, with its length, which a streamed response does not have.
  const isSmall = to - from <= SMALL_BYTES_MAX
  return new Response(isSmall ? await readWhole(pieces) : streamPieces(pieces), {
    status: range === null ? 200 : 206,
    headers: {
      ...headers,
      ...content.headers,
      ...(range === null ? {} : { "content-range": `bytes ${from}-${to - 1}/${content.bytes}` }),
    },
  })
}

async function readWhole(pieces: Pieces): Promise<Buffer<ArrayBuffer>> {
  return Buffer.concat(await Array.fromAsync(pieces))
}

/**
 * Decided when the content is read, because earlier versions stored whatever type the provider reported. A browser saves a type
 * that could run scripts to a file.
 */
export function makeTypeHeaders(reported: string): Record<string, string> {
  const type = showType(reported)
  return type === UNKNOWN ? { "content-type": type, "content-disposition": "attachment" } : { "content-type": type }
}

/** The media type to serve content as: the reported one if it cannot contain scripts. */
export function showType(reported: string): string {
  const type = reported.split(";", 1)[0]?.trim().toLowerCase() ?? ""
  return SHOWN.test(type) ? type : UNKNOWN
}

/** Binary content that is stored beside the result. */
async function findBytes({ id, contentKind }: JobView, reads: Reads): Promise<Content> {
  return {
    headers: makeTypeHeaders(contentKind ?? UNKNOWN),
    etag: `"${id}"`,
    bytes: await reads.bodyBytes(id, "content"),
    read: (from, to) => reads.bodyPieces(id, "content", from, to),
  }
}

/** An image of the stored list; its address where the provider gave an address instead of bytes. */
async function findImage(job: JobView, index: string | null, reads: Reads): Promise<Content | { url: string }> {
  const at = index === null ? 0 : /^\d{1,3}$/.test(index) ? Number(index) : -1
  const pick = getEndpoint(job.requestType).readImage
  if (pick === undefined) {
    const message = `a ${job.requestType} has no binary content: its result is in the job`
    throw new GatewayError("content_not_found", message)
  }
  const result = job.result ?? (await readWhole(reads.bodyPieces(job.id, "result"))).toString()
  const image = pick(result, at)
  if (image === null) {
    const message = `there is no image at index ${index ?? "0"}: ?index=N counts from 0`
    throw new GatewayError("content_not_found", message)
  }
  if ("url" in image) return image
  const { bytes, type } = image
  return { headers: makeTypeHeaders(type), etag: `"${job.id}-${at}"`, ...holdParts(bytes) }
}

/** Whether If-None-Match has `*` or this tag, weak or not (RFC 9110, 13.1.2). */
function isKnown(request: Request, etag: string): boolean {
  const tags = request.headers.get("if-none-match")?.split(",") ?? []
  return tags.some((tag) => ["*", etag, `W/${etag}`].includes(tag.trim()))
}

/** The requested range of bytes (RFC 9110, 14.2), its end exclusive; null: the whole content, also for several ranges. */
function readRange(request: Request, { bytes, etag }: Content): [number, number] | "unsatisfiable" | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(request.headers.get("range")?.trim() ?? "")
  const condition = request.headers.get("if-range")
  if (!match || (match[1] === "" && match[2] === "") || (condition !== null && condition !== etag)) return null
  const [, first = "", last = ""] = match
  const from = first === "" ? Math.max(0, bytes - Number(last)) : Number(first)
  const to = first === "" || last === "" ? bytes : Math.min(bytes, Number(last) + 1)
  return from < to ? [from, to] : "unsatisfiable"
}
