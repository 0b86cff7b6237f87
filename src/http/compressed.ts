// Serves what is compressed in the program, and compresses long answers: every browser, and nearly every client, takes them so.
import type { Reply } from "./dialects/dialect.ts"
import { toResponse } from "./reply.ts"

/** A shorter answer goes out in one packet or few: compressing it gains nothing. */
const WORTH_CHARS = 8192

/** @param bytes compressed with gzip */
export function serveGzip(request: Request, bytes: Uint8Array<ArrayBuffer>, more: Record<string, string>): Response {
  return isTaken(request)
    ? new Response(new Blob([bytes]), { headers: { ...more, ...asGzip } })
    : new Response(new Blob([Bun.gunzipSync(bytes)]), { headers: { ...more, vary: asGzip.vary } })
}

/** A hundred jobs are about 55 KB of JSON, and about 5 KB in this way. */
export function toShortResponse(request: Request, reply: Reply): Response {
  const { body, headers, status } = reply
  if (typeof body !== "string" || body.length < WORTH_CHARS || !isTaken(request)) return toResponse(reply)
  return new Response(Bun.gzipSync(body, { level: 1 }), { status, headers: { ...headers, ...asGzip } })
}

const asGzip = { vary: "accept-encoding", "content-encoding": "gzip" }

function isTaken({ headers }: Request): boolean {
  return /(^|[\s,])gzip(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(headers.get("accept-encoding") ?? "")
}
