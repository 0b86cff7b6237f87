// Requests and results as they are stored. They may be megabytes long: only their beginning is asked for until the reader wants more.
import { useRef } from "preact/hooks"
import { ask } from "./client.ts"
import { type Resource, useResource } from "./resource.ts"

/** How much of a body is read without a click. */
export const BODY_BYTES = 256 * 1024

export interface BodyText {
  text: string
  /** There is more of it. */
  isCut: boolean
}

export interface BodyResource extends Resource<BodyText> {
  /** Reads more of it than now. */
  more(): void
}

/** What of a body has been read. It never changes once it is there, so that what comes next is put behind it. */
interface Loaded extends BodyText {
  path: string
  bytes: number
  /** Holds the bytes of a character of which the rest is not read. */
  decoder: TextDecoder
}

/** @param path null: nothing is read */
export function useBody(path: string | null): BodyResource {
  const loaded = useRef<Loaded | null>(null)
  const isMoreWanted = useRef(false)
  const resource = useResource<BodyText>(path, null, null, async (from, signal) => {
    const before = loaded.current?.path === from ? loaded.current : null
    if (before !== null && !(before.isCut && isMoreWanted.current)) return before
    loaded.current = await readOn(from, before, signal)
    isMoreWanted.current = false
    return loaded.current
  })
  const more = () => {
    isMoreWanted.current = true
    resource.reload()
  }
  return { ...resource, more }
}

/** @throws {Refused} */
export async function readBody(path: string, bytesMax: number, signal?: AbortSignal): Promise<BodyText> {
  return await readRange(path, null, bytesMax, signal)
}

/** Sixteen times as much as before. */
function readOn(path: string, before: Loaded | null, signal: AbortSignal): Promise<Loaded> {
  return readRange(path, before, before === null ? BODY_BYTES : before.bytes * 15, signal)
}

async function readRange(
  path: string,
  before: Loaded | null,
  count: number,
  signal: AbortSignal | undefined,
): Promise<Loaded> {
  const from = before?.bytes ?? 0
  const headers = { range: `bytes=${from}-${from + count - 1}` }
  const response = await ask(path, signal ? { headers, signal } : { headers })
  const read = new Uint8Array(await response.arrayBuffer())
  // Something between the gateway and the page may send all of it: then it begins anew.
  const isPart = response.status === 206
  const bytes = (isPart ? from : 0) + read.length
  const isCut = isPart && bytes < Number(response.headers.get("content-range")?.split("/")[1])
  const known = isPart ? before : null
  const decoder = known?.decoder ?? new TextDecoder()
  return { path, text: (known?.text ?? "") + decoder.decode(read, { stream: isCut }), isCut, bytes, decoder }
}

/** Saves an answer of the gateway, or a text, as a file. */
export async function save(what: string | Blob, name: string): Promise<void> {
  const blob = typeof what === "string" ? await (await ask(what)).blob() : what
  const href = URL.createObjectURL(blob)
  const link = document.createElement("a")
  link.href = href
  link.download = name
  link.click()
  URL.revokeObjectURL(href)
}
