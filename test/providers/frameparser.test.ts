import { expect, test } from "bun:test"
import { readFrames } from "../../src/providers/frameparser.ts"
import { frame } from "./chat/nativeevents.ts"

const frames = [
  frame("messageStart", { role: "assistant" }),
  frame("contentBlockDelta", { delta: { text: "Grüße 👋" } }),
  frame("throttlingException", { message: "Slow down" }, "exception"),
]
const events = [
  { name: "messageStart", data: '{"role":"assistant"}' },
  { name: "contentBlockDelta", data: '{"delta":{"text":"Grüße 👋"}}' },
  { name: "throttlingException", data: '{"message":"Slow down"}', isError: true as const },
]

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

test.each([1, 7, 64, 10_000])("frames are the same events in chunks of %d bytes", async (size) => {
  const found = await Array.fromAsync(readFrames(cut(Buffer.concat(frames), size)))
  expect(found.flat()).toEqual(events)
})

test("every byte of a frame is under a checksum", async () => {
  const [first = new Uint8Array()] = frames
  for (let at = 0; at < first.length; at++) {
    const changed = Buffer.from(first)
    changed[at] = (changed[at] ?? 0) ^ 1
    await expect(Array.fromAsync(readFrames(cut(changed, 1000)))).rejects.toThrow(/frame/)
  }
})
