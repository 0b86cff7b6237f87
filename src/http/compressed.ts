// Serves files that are compressed in the program: every browser takes them so.

/** @param bytes compressed with gzip */
export function serveGzip(
  { headers }: Request,
  bytes: Uint8Array<ArrayBuffer>,
  more: Record<string, string>,
): Response {
  const isTaken = /(^|[\s,])gzip(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(headers.get("accept-encoding") ?? "")
  return isTaken
    ? new Response(new Blob([bytes]), { headers: { ...more, vary: "accept-encoding", "content-encoding": "gzip" } })
    : new Response(new Blob([Bun.gunzipSync(bytes)]), { headers: { ...more, vary: "accept-encoding" } })
}
