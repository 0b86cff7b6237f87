// Streams that are passed on, from upstreams that send what no document shows.
import { expect, test } from "bun:test"
import type { Outcome } from "../../src/call.ts"
import { systemClock } from "../../src/clock.ts"
import { afterTest } from "../cleanup.ts"
import { doQuickly } from "../quick.ts"
import { startUpstream } from "../upstream.ts"
import { performAt } from "./performing.ts"

/** What a streamed chat comes to at an upstream that sends this, and what its client has got of it. */
async function stream(text: string): Promise<{ outcome: Outcome; got: string }> {
  const upstream = startUpstream(() => new Response(text, { headers: { "content-type": "text/event-stream" } }))
  afterTest(() => upstream.stop())
  let got = ""
  const emit = (events: string) => {
    got += events
    return undefined
  }
  return { outcome: await performAt(upstream.url, {}, { fetch, clock: systemClock, emit }), got }
}

const chunk = (choice: object) => `data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\n`
const hello = chunk({ delta: { role: "assistant", content: "Hello" }, finish_reason: null })

test.each([
  [{ error: { type: "rate_limit_error", message: "Slow down.", retry_after: 7 } }, { status: 429, retryAfterMs: 7000 }],
  [{ error: { code: "insufficient_quota", message: "No money." } }, { status: 429, isKeyRefused: true }],
  [{ error: { code: 503, message: "Busy." } }, { status: 503 }],
  [{ error: "Broken." }, { status: 502, refusal: { message: "Broken." } }],
  [
    { object: "error", message: "for secret-key" },
    { status: 502, refusal: { message: "for [key]" } },
  ],
])("an error before the first content is that error, with its status and its wait: %j", async (error, expected) => {
  const { outcome, got } = await stream(`data: ${JSON.stringify(error)}\n\n`)
  expect(outcome).toMatchObject({ kind: "refused", ...expected } as never)
  expect(got).toBe("")
})

test("an error behind content ends the job, which is not tried again", async () => {
  const { outcome, got } = await stream(`${hello}data: {"error":{"code":503,"message":"for secret-key"}}\n\n`)
  expect(outcome).toMatchObject({ kind: "unreadable", message: expect.stringContaining("an error: for [key]") })
  expect(got).toBe(hello)
})

test("an event of very many levels is unreadable quickly", async () => {
  const deep = `data: {"choices":[],"x":${"[".repeat(100_000)}${"]".repeat(100_000)}}\n\n`
  const { outcome } = await doQuickly(() => stream(hello + deep))
  expect(outcome).toMatchObject({ kind: "unreadable" })
})

test("very many choices without content are read quickly", async () => {
  const choices = Array.from({ length: 40_000 }, (_, index) => `data: {"choices":[{"index":${index},"delta":{}}]}\n\n`)
  const { outcome } = await doQuickly(() => stream(choices.join("")))
  expect(outcome).toMatchObject({ kind: "unreadable" })
})
