// Readers that stall or vanish, and a gateway that stops, in the middle of streams and calls, on real sockets: nobody else is moved, the
// provider's call is aborted at once, nothing is left open, and every job comes to its end.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { readdirSync } from "node:fs"
import { connect, type Socket } from "node:net"
import { afterTest } from "../cleanup.ts"
import { parseExposition, readSample } from "../exposition.ts"
import { type Gateway, launch, start } from "../harness.ts"
import { requestText } from "../hostile/socket.ts"
import { closed, completion, type Handler, type Received, startUpstream } from "../upstream.ts"
import { delta, openAiAt, opening, streamOf, streams, whole } from "./events.ts"

setDefaultTimeout(240_000)

const upstream = startUpstream()
const many = { concurrency_and_buffer_size: { concurrency: 1000 } }
const provider = { ...openAiAt(upstream.url, { max_retries: 0 }), ...many }
const config = { providers: { up: provider } }
let gateway: Gateway
beforeAll(async () => {
  gateway = await launch({ config })
})
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
})

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the wire says
type Any = any

const CHAT = "/v1/chat/completions"
const body = { model: "up/m", messages: [{ role: "user", content: "Hello" }] }
/** How soon the provider's call must be aborted. */
const AT_ONCE_MS = 1000

interface Reader {
  socket: Socket
  /** All that has come. */
  text(): string
  /** Resolves when this has come. */
  until(words: string): Promise<void>
  /** Resolves when the gateway has ended the connection. */
  ended: Promise<void>
}

/** Sends a request on a connection of its own. */
function open(url: string, members: object, headers: Record<string, string> = {}): Reader {
  const socket = connect(Number(new URL(url).port), "127.0.0.1")
  afterTest(() => socket.destroy())
  let text = ""
  let wake = () => {}
  socket.on("data", (data) => {
    text += data
    wake()
  })
  socket.on("error", () => {})
  const all = { "content-type": "application/json", connection: "close", ...headers }
  socket.write(requestText("POST", CHAT, { headers: all, body: JSON.stringify({ ...body, ...members }) }))
  return {
    socket,
    text: () => text,
    async until(words) {
      while (!text.includes(words)) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    ended: new Promise((resolve) => socket.on("close", () => resolve())),
  }
}

/** Leaves, and says how long the provider's call lived on. */
async function measureLeave(received: Received, leave: () => void): Promise<number> {
  const from = performance.now()
  leave()
  await closed(received)
  return performance.now() - from
}

/** A stream without end, as fast as it is read. */
const endless: Handler = () => {
  const piece = new TextEncoder().encode(delta({ content: "x".repeat(10_000) }))
  return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(piece) }), {
    headers: { "content-type": "text/event-stream" },
  })
}

/** As /metrics tells it. */
async function countStreams(own: Gateway): Promise<number> {
  return readSample(parseExposition(await (await own.fetch("/metrics")).text()), "asyncgate_streams")
}

async function lastJob(own = gateway): Promise<Any> {
  const page = (await (await own.fetch("/v1/async/jobs?limit=1&provider=up")).json()) as Any
  return await own.end(page.data[0].id)
}

describe("a reader that vanishes", () => {
  const ways: [string, (socket: Socket) => void][] = [
    ["closes its connection", (socket) => socket.destroy()],
    ["resets its connection", (socket) => socket.resetAndDestroy()],
  ]

  test.each(ways)(
    "and %s in the middle of a stream: the provider's call is aborted within a second",
    async (_, leave) => {
      upstream.answer(streams(opening, delta({ content: "Hel" }), null))
      const index = upstream.received.length
      const reader = open(gateway.url, { stream: true })
      await reader.until("Hel")
      const received = await upstream.request(index)
      expect(await measureLeave(received, () => leave(reader.socket))).toBeLessThan(AT_ONCE_MS)
      expect(await lastJob()).toMatchObject({ status_code: 499 })
    },
  )

  test.each(ways)("and %s before the first byte, streamed or not: the same", async (_, leave) => {
    for (const stream of [false, true]) {
      upstream.answer(() => new Promise(() => {}))
      const index = upstream.received.length
      const reader = open(gateway.url, { stream })
      const received = await upstream.request(index)
      expect(await measureLeave(received, () => leave(reader.socket))).toBeLessThan(AT_ONCE_MS)
      expect(await lastJob()).toMatchObject({ status_code: 499 })
    }
  })

  test.each(ways)("and %s after it has stalled: the same", async (_, leave) => {
    upstream.answer(endless)
    const index = upstream.received.length
    const reader = open(gateway.url, { stream: true })
    await reader.until("xxx")
    reader.socket.pause()
    const received = await upstream.request(index)
    for (let n = 0; n < 5; n++) await gateway.breathe()
    expect(await measureLeave(received, () => leave(reader.socket))).toBeLessThan(AT_ONCE_MS)
    expect(await lastJob()).toMatchObject({ status_code: 499 })
  })
})

describe("a job that goes on without its reader", () => {
  const goOn = { "x-asyncgate-on-disconnect": "continue" }
  const long = Array.from({ length: 50 }, () => delta({ content: "x".repeat(10_000) }))

  test.each([
    ["before the first content", []],
    ["after it", [opening, delta({ content: "x" })]],
  ])("comes to its end, however long its answer is: the reader was gone %s", async (_, begun) => {
    const rest = Promise.withResolvers<void>()
    upstream.answer(streams(...begun, rest.promise, ...long, delta({}, "stop")))
    const index = upstream.received.length
    const reader = open(gateway.url, { stream: true }, goOn)
    await upstream.request(index)
    if (begun.length > 0) await reader.until('"x"')
    reader.socket.destroy()
    // The gateway has heard of it.
    for (let n = 0; n < 3; n++) await gateway.breathe()
    rest.resolve()
    const { result } = await lastJob()
    expect(result.choices[0].message.content.length).toBeGreaterThanOrEqual(500_000)
  })
})

test("a reader that vanishes while its job waits is not called for", async () => {
  const own = await start({
    config: { providers: { up: { ...provider, concurrency_and_buffer_size: { concurrency: 1 } } } },
  })
  const go = Promise.withResolvers<void>()
  upstream.answer(streams(go.promise, ...whole))
  const index = upstream.received.length
  const first = open(own.url, { stream: true })
  await upstream.request(index)
  const second = open(own.url, { stream: true })
  while (own.count("jobs", "state = 'queued'") === 0) await own.breathe()
  second.socket.destroy()
  while (own.count("jobs", "state = 'cancelled'") === 0) await own.breathe()
  go.resolve()
  await first.ended
  expect(first.text()).toContain("data: [DONE]")
  expect(upstream.received.length - index).toBe(1)
})

test("readers that stall hold up nobody else, not even on the same worker thread", async () => {
  upstream.answer(endless)
  const stalled = Array.from({ length: 20 }, () => open(gateway.url, { stream: true }))
  for (const reader of stalled) {
    await reader.until("xxx")
    reader.socket.pause()
  }
  upstream.answer(streams(...whole))
  const others = Array.from({ length: 40 }, () => open(gateway.url, { stream: true }))
  for (const { ended, text } of others) {
    await ended
    expect(text()).toContain("data: [DONE]")
  }
  for (const { socket } of stalled) socket.destroy()
})

test.skipIf(process.platform !== "linux")(
  "of 200 streams a tenth vanish: the others are whole, and nothing is left open or unfinished",
  async () => {
    const own = await start({ config })
    const countOpen = () => readdirSync(`/proc/${own.pid}/fd`).length
    const go = Promise.withResolvers<void>()
    // What the first call opens stays open: the threads' files, a connection that is kept.
    upstream.answer(streams(...whole))
    await Promise.all(Array.from({ length: 20 }, () => open(own.url, { stream: true }).ended))
    await own.breathe()
    const before = countOpen()
    upstream.answer(streams(...whole.slice(0, 2), go.promise, ...whole.slice(2)))
    const from = upstream.received.length
    const readers = Array.from({ length: 200 }, () => open(own.url, { stream: true }))
    await Promise.all(readers.map((reader) => reader.until("Hel")))
    expect(await countStreams(own)).toBe(200)
    const gone = readers.filter((_, at) => at % 10 === 0)
    const left = performance.now()
    for (const { socket } of gone) socket.destroy()
    const calls = upstream.received.slice(from)
    expect(calls).toHaveLength(200)
    const aborted = Promise.withResolvers<void>()
    let count = 0
    for (const call of calls) void closed(call).then(() => ++count === gone.length && aborted.resolve())
    await aborted.promise
    expect(performance.now() - left).toBeLessThan(AT_ONCE_MS)
    go.resolve()
    for (const reader of readers) {
      if (gone.includes(reader)) continue
      await reader.ended
      expect(reader.text()).toContain("data: [DONE]")
    }
    while (own.count("jobs", "state IN ('queued', 'running')") > 0) await own.breathe()
    expect(own.count("jobs", "state = 'succeeded' AND request_type = 'chat_completion' AND provider = 'up'")).toBe(200)
    expect(own.count("jobs", "state = 'cancelled'")).toBe(20)
    expect(await countStreams(own)).toBe(0)
    // Connections to the provider that are kept for the next call are closed with it.
    upstream.answer(() => new Response("", { headers: { connection: "close" } }))
    while (countOpen() > before + 2) await own.breathe()
  },
)

describe("a gateway that is stopped", () => {
  test("lets a stream and a call end within its grace", async () => {
    const own = await start({ config })
    const rest = Promise.withResolvers<void>()
    upstream.answer(async (request) => {
      if (JSON.parse(request.body).stream) return streamOf(...whole.slice(0, 2), rest.promise, ...whole.slice(2))
      await rest.promise
      return completion("Hello")
    })
    const index = upstream.received.length
    const call = open(own.url, {})
    await upstream.request(index)
    const stream = open(own.url, { stream: true })
    await stream.until("Hel")
    own.process.kill("SIGTERM")
    await own.logged("a second signal stops at once")
    rest.resolve()
    await Promise.all([call.ended, stream.ended])
    expect(await own.exit()).toBe(0)
    expect(stream.text()).toContain("data: [DONE]")
    expect(stream.text()).not.toContain("error")
    expect(call.text()).toStartWith("HTTP/1.1 200")
  })

  test("tells a stream and a call whose time is up, and ends their jobs after the next start", async () => {
    const own = await start({ config: { ...config, client: { shutdown_grace_in_seconds: 0 } } })
    const half = () => streamOf(opening, delta({ content: "Hel" }), null)
    upstream.answer(({ body }) => (JSON.parse(body).stream ? half() : new Promise(() => {})))
    const index = upstream.received.length
    const stream = open(own.url, { stream: true })
    await stream.until("Hel")
    const call = open(own.url, {})
    const calls = [await upstream.request(index), await upstream.request(index + 1)]
    expect(await own.stop("SIGTERM")).toBe(0)
    await Promise.all([stream.ended, call.ended, ...calls.map(closed)])
    expect(stream.text()).toMatch(/"code":"shutting_down".*data: \[DONE\]/s)
    expect(call.text()).toStartWith("HTTP/1.1 503")
    expect(call.text()).toMatch(/^x-should-retry: false/im)
    upstream.answer(() => completion("again"))
    const next = await start({ config, dir: own.dir })
    for (const { text } of [stream, call]) {
      const id = /^x-job-id: (.*)$/im.exec(text())?.[1]?.trim() ?? ""
      const job = await next.end(id)
      expect(job).toMatchObject({ status: "completed", result: { choices: [{ message: { content: "again" } }] } })
    }
  })
})

test("a reader that stalls does not keep its job beyond the deadline", async () => {
  upstream.answer(endless)
  const index = upstream.received.length
  const reader = open(gateway.url, { stream: true }, { "cancel-after": "1s" })
  await reader.until("xxx")
  reader.socket.pause()
  await closed(await upstream.request(index))
  const { status, error } = await lastJob()
  expect([status, error.error.message]).toEqual(["failed", expect.stringContaining("when the time of the call was up")])
  reader.socket.resume()
  await reader.ended
  expect(reader.text()).toMatch(/when the time of the call was up.*data: \[DONE\]/s)
})

test("a reader that stalls does not hold up a stop", async () => {
  const own = await start({ config: { ...config, client: { shutdown_grace_in_seconds: 0 } } })
  upstream.answer(endless)
  const reader = open(own.url, { stream: true })
  await reader.until("xxx")
  reader.socket.pause()
  expect(await own.stop("SIGTERM")).toBe(0)
})

describe("a virtual key", () => {
  const key = { id: "a", name: "a", value: "sk-bf-aaaaaaaa" }
  const as = { authorization: `Bearer ${key.value}` }
  const withKey = (limits: object) =>
    start({ config: { ...config, governance: { virtual_keys: [{ ...key, ...limits }] } } })

  test("has at most its jobs running on these routes too: the next stream waits for the one before", async () => {
    const own = await withKey({ max_concurrent_jobs: 1 })
    const go = Promise.withResolvers<void>()
    upstream.answer(streams(go.promise, ...whole))
    const from = upstream.received.length
    const readers = [1, 2, 3].map(() => open(own.url, { stream: true }, as))
    await upstream.request(from)
    while (own.count("jobs", "state = 'queued'") < 2) await own.breathe()
    expect(upstream.received.length - from).toBe(1)
    go.resolve()
    for (const { ended, text } of readers) {
      await ended
      expect(text()).toContain("data: [DONE]")
    }
  })

  test("whose budget is spent by a stream gets no other stream, and hears why in OpenAI's form", async () => {
    const own = await withKey({ budgets: { day: { tokens: 3 } } })
    upstream.answer(streams(...whole))
    const first = open(own.url, { stream: true }, as)
    await first.ended
    expect(first.text()).toContain("data: [DONE]")
    const second = open(own.url, { stream: true }, as)
    await second.ended
    expect(second.text()).toStartWith("HTTP/1.1 402")
    expect(second.text()).toMatch(/"code":"budget_exceeded"/)
  })
})

describe("an Idempotency-Key", () => {
  test("finds the answer of a stream whose reader has vanished, which is made once", async () => {
    const key = { "idempotency-key": "again" }
    const rest = Promise.withResolvers<void>()
    upstream.answer(streams(...whole.slice(0, 2), rest.promise, ...whole.slice(2)))
    const from = upstream.received.length
    const first = open(gateway.url, { stream: true }, key)
    await first.until("Hel")
    first.socket.destroy()
    const second = open(gateway.url, { stream: true }, key)
    await gateway.breathe()
    rest.resolve()
    await second.ended
    expect(second.text()).toContain("Hello")
    expect(second.text()).toContain("data: [DONE]")
    expect(upstream.received.length - from).toBe(1)
  })

  test("cancels all the same where that is asked for", async () => {
    upstream.answer(streams(opening, delta({ content: "Hel" }), null))
    const index = upstream.received.length
    const reader = open(
      gateway.url,
      { stream: true },
      { "idempotency-key": "gone", "x-asyncgate-on-disconnect": "cancel" },
    )
    await reader.until("Hel")
    const received = await upstream.request(index)
    expect(await measureLeave(received, () => reader.socket.destroy())).toBeLessThan(AT_ONCE_MS)
  })

  test("with another body is refused on a stream as on any request", async () => {
    upstream.answer(streams(...whole))
    const key = { "idempotency-key": "other" }
    await open(gateway.url, { stream: true }, key).ended
    const other = open(gateway.url, {}, key)
    await other.ended
    expect(other.text()).toStartWith("HTTP/1.1 422")
  })
})
