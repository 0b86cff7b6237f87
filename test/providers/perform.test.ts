import { afterEach, describe, expect, test } from "bun:test"
import type { Call, Outcome } from "../../src/call.ts"
import type { ProviderConfig } from "../../src/config.ts"
import { perform } from "../../src/providers/perform.ts"
import { resolveProviders } from "../../src/providers/settings.ts"
import { Timeline } from "../timeline.ts"
import { startUpstream } from "../upstream.ts"

const KEY = "sk-secret-1234"
const never = new Promise<Response>(() => {})

const closing: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function startServer(handler?: () => Response | Promise<Response>) {
  const upstream = startUpstream(handler)
  closing.push(upstream.stop)
  return upstream
}

type Connection = { write(text: string): void; end(): void; terminate(): void }

/** A server that says what it is told to as soon as a request arrives, HTTP or not. Its URL. */
function startRaw(onRequest: (connection: Connection) => void): string {
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data: (socket) =>
        onRequest({
          write: (text) => void socket.write(text),
          end: () => void socket.end(),
          terminate: () => void socket.terminate(),
        }),
    },
  })
  closing.push(() => listener.stop(true))
  return `http://127.0.0.1:${listener.port}`
}

/** Starts a call to `base_url`; what it comes to, and what can be done to it meanwhile. */
function start(base_url: string, over: Partial<Call> = {}, config: ProviderConfig = {}, abort = new AbortController()) {
  const clock = new Timeline(Date.UTC(2026, 10, 20))
  const call: Call = {
    jobId: "job-1",
    attempt: 1,
    requestId: "request-1",
    requestType: "chat_completion",
    provider: "up",
    model: "m",
    timeoutMs: 60_000,
    body: '{"model":"up/m","messages":[{"role":"user","content":"a private prompt"}]}',
    form: null,
    extras: {},
    ownKey: null,
    ...over,
  }
  const { providers } = resolveProviders({ up: { ...config, network_config: { base_url } } }, {})
  const provider = providers.find(({ name }) => name === call.provider)
  const performed = perform(call, provider, { fetch, clock, signal: abort.signal, pieceAt: async () => null })
  const outcome = performed.then((done) => done.outcome)
  return { outcome, clock, abort }
}

function unreached(outcome: Outcome) {
  if (outcome.kind !== "unreached") throw new Error(`reached: ${JSON.stringify(outcome)}`)
  return outcome
}

const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
const half = '{"choices":[{"mess'
const refusedPort = () => {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } })
  listener.stop(true)
  return `http://127.0.0.1:${listener.port}`
}

describe("a call that gets no whole answer was not reached, and says what happened and where", () => {
  const closed = "closed the connection before the answer was complete"
  const faults: [string, () => string, string][] = [
    ["nobody listens", refusedPort, "refused the connection: is the server running there?"],
    ["the connection is closed at once", () => startRaw((to) => to.end()), closed],
    ["the connection is reset at once", () => startRaw((to) => to.terminate()), closed],
    [
      "the headers break off",
      () =>
        startRaw((to) => {
          to.write("HTTP/1.1 200 OK\r\nContent-")
          to.end()
        }),
      closed,
    ],
    [
      "the body breaks off",
      () =>
        startRaw((to) => {
          to.write(`${head}Content-Length: 1000\r\n\r\n${half}`)
          to.end()
        }),
      closed,
    ],
    [
      "the body is reset",
      () =>
        startRaw((to) => {
          to.write(`${head}Content-Length: 1000\r\n\r\n${half}`)
          to.terminate()
        }),
      closed,
    ],
    [
      "a chunked body breaks off in a chunk",
      () =>
        startRaw((to) => {
          to.write(`${head}Transfer-Encoding: chunked\r\n\r\n100\r\n${half}`)
          to.end()
        }),
      closed,
    ],
    [
      "a chunked body ends without its end, whole as it looks",
      () =>
        startRaw((to) => {
          to.write(`${head}Transfer-Encoding: chunked\r\n\r\ne\r\n{"choices":[]}\r\n`)
          to.end()
        }),
      closed,
    ],
    [
      "what answers does not speak HTTP",
      () => startRaw((to) => to.write("HTTP/1.1 99 Odd\r\n\r\n")),
      "failed: Malformed_HTTP_Response",
    ],
    ["what answers does not speak TLS", () => startServer().url.replace("http:", "https:"), "failed: EPROTO"],
  ]

  test.each(faults)("when %s", async (_, url, message) => {
    const address = url()
    const { outcome, clock } = start(address, {}, { keys: [{ value: KEY }] })
    const { reason, message: said } = unreached(await outcome)
    expect(reason).toBe("network")
    expect(said).toContain(message)
    expect(said).toContain(new URL(address).host)
    expect(said).not.toMatch(/private prompt|sk-secret|\/v1/)
    expect(clock.pending).toBe(0)
  })

  test("when the provider is not configured", async () => {
    expect(await start("http://127.0.0.1:1", { provider: "gone" }).outcome).toEqual({
      kind: "unreached",
      reason: "network",
      message: "provider gone is not configured",
    })
  })

  test("when the key cannot stand in a header, without showing it", async () => {
    const upstream = startServer()
    const { outcome } = start(upstream.url, {}, { keys: [{ value: `${KEY}…` }] })
    expect(unreached(await outcome).message).not.toContain("sk-")
    expect(upstream.received).toEqual([])
  })
})

describe("a call whose time is up ends as a timeout, and its connection is closed", () => {
  test("when no answer comes", async () => {
    const upstream = startServer(() => never)
    const { outcome, clock } = start(upstream.url)
    const { signal } = await upstream.request(0)
    const closed = new Promise((resolve) => signal.addEventListener("abort", resolve))
    clock.advance(59_999)
    expect(signal.aborted).toBe(false)
    clock.advance(1)
    expect(await outcome).toEqual({ kind: "unreached", reason: "timeout", message: "no answer from up within 60 s" })
    await closed
    expect(clock.pending).toBe(0)
  })

  test("when the answer stops in its middle", async () => {
    const { promise: sent, resolve } = Promise.withResolvers<void>()
    const url = startRaw((to) => {
      to.write(`${head}Content-Length: 1000\r\n\r\n${half}`)
      resolve()
    })
    const { outcome, clock } = start(url)
    await sent
    clock.advance(60_000)
    expect(unreached(await outcome).reason).toBe("timeout")
  })
})

describe("a call that nobody wants any more ends as aborted", () => {
  test("and its connection is closed", async () => {
    const upstream = startServer(() => never)
    const { outcome, clock, abort } = start(upstream.url)
    const { signal } = await upstream.request(0)
    const closed = new Promise((resolve) => signal.addEventListener("abort", resolve))
    abort.abort()
    expect(await outcome).toEqual({ kind: "unreached", reason: "aborted", message: "the call was aborted" })
    await closed
    expect(clock.pending).toBe(0)
  })

  test("before it began, without a request", async () => {
    const upstream = startServer()
    const abort = new AbortController()
    abort.abort()
    const { outcome, clock } = start(upstream.url, {}, {}, abort)
    expect(unreached(await outcome).reason).toBe("aborted")
    expect(clock.pending).toBe(0)
    expect(upstream.received).toEqual([])
  })
})

test("a call that is answered leaves no timer behind, and its end changes nothing", async () => {
  const { outcome, clock, abort } = start(startServer().url)
  expect(await outcome).toMatchObject({ kind: "answered", status: 200 })
  expect(clock.pending).toBe(0)
  abort.abort()
})

test("an answer that only the closed connection ends is taken", async () => {
  const url = startRaw((to) => {
    to.write(`${head}\r\n{"choices":[]}`)
    to.end()
  })
  expect(await start(url).outcome).toMatchObject({ kind: "answered" })
})
