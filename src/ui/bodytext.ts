// Requests and results as they are stored. They may be megabytes long: only their beginning is read until the reader asks for more.
import { useEffect, useState } from "preact/hooks"
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

/** @param path null: nothing is read */
export function useBody(path: string | null): BodyResource {
  const [bound, setBound] = useState({ path, bytes: BODY_BYTES })
  const bytes = bound.path === path ? bound.bytes : BODY_BYTES
  const resource = useResource(path, null, null, (from, signal) => readBody(from, bytes, signal))
  useEffect(() => {
    if (bytes > BODY_BYTES) resource.reload()
  }, [bytes])
  return { ...resource, more: () => setBound({ path, bytes: bytes * 16 }) }
}

/** @throws {Refused} */
export async function readBody(path: string, bytesMax: number, signal?: AbortSignal): Promise<BodyText> {
  const { body } = await ask(path, signal ? { signal } : {})
  const reader = body?.getReader()
  const decoder = new TextDecoder()
  let text = ""
  for (let left = bytesMax; reader !== undefined; ) {
    const { done, value } = await reader.read()
    if (done) break
    text += decoder.decode(value.subarray(0, left), { stream: true })
    if (value.length > left) {
      void reader.cancel().catch(() => {})
      return { text, isCut: true }
    }
    left -= value.length
  }
  return { text: text + decoder.decode(), isCut: false }
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
