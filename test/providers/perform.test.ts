import { afterEach, describe, expect, test } from "bun:test"
import type { Call, Outcome } from "../../src/call.ts"
import type { ProviderConfig } from "../../src/config/schema.ts"
import type { CallContext } from "../../src/providers/adapter.ts"
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

function pem(what: string, base64: string): string {
  return `-----BEGIN ${what}-----\n${base64}\n-----END ${what}-----\n`
}

/** Signed by itself, for 127.0.0.1, until 2126. */
const cert = pem(
  "CERTIFICATE",
  "MIIBeDCCAR+gAwIBAgIUVlb3XmvhcNJq11TTv0H/KGmEWgEwCgYIKoZIzj0EAwIwGTEXMBUGA1UEAwwOYXN5bmNnYXRlLXRlc3QwIBcN" +
    "MjAwMTAxMDAwMDAwWhgPMjEyNjAxMDEwMDAwMDBaMBkxFzAVBgNVBAMMDmFzeW5jZ2F0ZS10ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0D" +
    "AQcDQgAE0Y/Cx+wg64OqbAVSauR5L1n6hPgQ9Z75UY3uM/BiYfvyXFAMwjFWQ1Lj4eR+YkQdGcDltOoUwgzhXv/U8Yb9kaNDMEEwDwYD" +
    "VR0RBAgwBocEfwAAATAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBTJuM5hLPYLbUDwvlyTlD5EaH1QgTAKBggqhkjOPQQDAgNHADBE" +
    "AiBmWo+dm206Fq7FQhgP30KI7dG0go8DU6b87O2CbTwfhwIgZ4XxKagHkEmqT8qK60XA7rA7EfZcuysrDsZmOEl8/CM=",
)
const certKey = pem(
  "PRIVATE KEY",
  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgq3oOVX5zOgTwIRJVjj5vrmvqd3pWlQrtyiu3xZ6Q1g2hRANCAATRj8LH" +
    "7CDrg6psBVJq5HkvWfqE+BD1nvlRje4z8GJh+/JcUAzCMVZDUuPh5H5iRB0ZwOW06hTCDOFe/9Txhv2R",
)

/** A server that speaks TLS and tells of each request that arrives, which it never answers. */
function startTls(onRequest: () => void) {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: { cert, key: certKey },
    async fetch(request) {
      await request.text()
      onRequest()
      return await never
    },
  })
  closing.push(() => server.stop(true))
  return server
}

/** Starts a call to `base_url`; what it comes to, and what can be done to it meanwhile. */
function start(
  base_url: string,
  over: Partial<Call> = {},
  config: ProviderConfig = {},
  {
    abort = new AbortController(),
    via = fetch,
    clock = new Timeline(Date.UTC(2026, 10, 20)),
    memory,
  }: {
    abort?: AbortController
    via?: typeof fetch
    clock?: Timeline
    memory?: NonNullable<CallContext["memory"]>
  } = {},
) {
  const call: Call = {
    jobId: "job-1",
    attempt: 1,
    requestId: "request-1",
    idempotencyKey: "job-1",
    requestType: "chat_completion",
    provider: "up",
    model: "m",
    timeoutMs: 60_000,
    body: '{"model":"up/m","messages":[{"role":"user","content":"a private prompt"}]}',
    form: null,
    extras: {},
    isRepeatable: true,
    step: "start",
    state: null,
    keyId: null,
    callerKey: null,
    ...over,
  }
  const { providers } = resolveProviders({ up: { ...config, network_config: { base_url } } }, {})
  const provider = providers.find(({ name }) => name === call.provider)
  const outcome = perform(
    call,
    provider,
    { fetch: via, clock, pieceAt: async () => null, ...(memory ? { memory } : {}) },
    abort,
  )
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
    ["what answers does not speak TLS", () => startServer().url.replace("http:", "https:"), "failed: EPROTO"],
  ]

  test.each(faults)("when %s", async (_, url, message) => {
    const address = url()
    const { outcome, clock } = start(address, { keyId: "key-1" }, { keys: [{ value: KEY }] })
    const { reason, message: said } = unreached(await outcome)
    expect(reason).toBe("network")
    expect(said).toContain(message)
    expect(said).toContain(new URL(address).host)
    expect(said).not.toMatch(/private prompt|sk-secret|\/v1/)
    expect(clock.pending).toBe(0)
  })

  test("when what breaks is TLS, after the request has arrived", async () => {
    const connections: { write(bytes: Uint8Array): number }[] = []
    const server = startTls(() => connections[0]?.write(new Uint8Array(200)))
    const relay = Bun.listen<{ write(bytes: Uint8Array): unknown }>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        async open(client) {
          connections.push(client)
          client.pause()
          const socket = { data: (_: unknown, bytes: Uint8Array) => void client.write(bytes) }
          client.data = await Bun.connect({ hostname: "127.0.0.1", port: server.port ?? 0, socket })
          client.resume()
        },
        data: (client, bytes) => void client.data.write(bytes),
      },
    })
    closing.push(() => relay.stop(true))
    const trusting = (url: unknown, init: unknown) => fetch(url as string, { ...(init as object), tls: { ca: cert } })
    const via = Object.assign(trusting, { preconnect: fetch.preconnect }) as typeof fetch
    const { outcome } = start(`https://127.0.0.1:${relay.port}`, {}, {}, { via })
    expect(unreached(await outcome)).toMatchObject({ reason: "network", message: expect.stringContaining("EPROTO") })
    expect(connections).toHaveLength(1)
  })
})

describe("a call that got no connection says that nothing went out", () => {
  test("when nobody listens", async () => {
    const address = refusedPort()
    const { reason, message } = unreached(await start(address).outcome)
    expect(reason).toBe("unconnected")
    expect(message).toBe(`${new URL(address).host} refused the connection: is the server running there?`)
  })

  test("when the server's certificate is not trusted", async () => {
    let requests = 0
    const { port } = startTls(() => requests++)
    const { reason, message } = unreached(await start(`https://127.0.0.1:${port}`).outcome)
    expect(reason).toBe("unconnected")
    expect(message).toBe(`127.0.0.1:${port} has a certificate that is not trusted: DEPTH_ZERO_SELF_SIGNED_CERT`)
    expect(requests).toBe(0)
  })

  const noRoute = "cannot be reached: the name does not resolve or there is no route"
  const untrusted = "has a certificate that is not trusted"
  // What Bun 1.4.4 gives where no connection comes about that loopback cannot show.
  test.each([
    ["ENOTFOUND", noRoute],
    ["EAI_AGAIN", noRoute],
    ["EHOSTUNREACH", noRoute],
    ["ENETUNREACH", noRoute],
    ["FailedToOpenSocket", noRoute],
    ["ConnectionRefused", "refused the connection"],
    ["ETIMEDOUT", "failed: ETIMEDOUT"],
    ["EACCES", "failed: EACCES"],
    ["EADDRNOTAVAIL", "failed: EADDRNOTAVAIL"],
    ["EMFILE", "failed: EMFILE"],
    ["ERR_PROXY_TUNNEL", "failed: ERR_PROXY_TUNNEL"],
    ["CERT_HAS_EXPIRED", untrusted],
    ["SELF_SIGNED_CERT_IN_CHAIN", untrusted],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", untrusted],
    ["ERR_TLS_CERT_ALTNAME_INVALID", untrusted],
  ])("with the code %s", async (code, said) => {
    const failing = async () => Promise.reject(Object.assign(new TypeError("no"), { code }))
    const via = Object.assign(failing, { preconnect: fetch.preconnect })
    const { reason, message } = unreached(await start("http://127.0.0.1:1", {}, {}, { via }).outcome)
    expect(reason).toBe("unconnected")
    expect(message).toContain(said)
  })
})

describe("a call that the configuration lacks something for is not sent, and says what to do", () => {
  const keys = [{ value: KEY, id: "main" }]

  test("when the provider is not configured", async () => {
    expect(await start("http://127.0.0.1:1", { provider: "gone" }).outcome).toEqual({
      kind: "unreached",
      reason: "misconfigured",
      message: "provider gone is not configured",
    })
  })

  test("when the provider does not serve the request type any more", async () => {
    const { reason, message } = unreached(await start("http://127.0.0.1:1", { requestType: "gone" }).outcome)
    expect(reason).toBe("misconfigured")
    expect(message).toBe("gone is not supported by up provider any more")
  })

  test("when its key is not configured any more", async () => {
    const upstream = startServer()
    expect(await start(upstream.url, { keyId: "old" }, { keys }).outcome).toEqual({
      kind: "unreached",
      reason: "misconfigured",
      message:
        'no keys found for provider: up and model: m with the id "old", which the job asked for: add that key to providers.up.keys in config.json again',
    })
    expect(upstream.received).toEqual([])
  })

  test("when the provider wants a key and there is none", async () => {
    const { message, reason } = unreached(await start("", { provider: "openai" }).outcome)
    expect(reason).toBe("misconfigured")
    expect(message).toBe(
      "no keys found for provider: openai and model: m: set OPENAI_API_KEY, or add a key to providers.openai.keys in config.json",
    )
  })

  test("when the key cannot stand in a header, without showing it", async () => {
    const upstream = startServer()
    const { outcome } = start(upstream.url, { keyId: "key-1" }, { keys: [{ value: `${KEY}…` }] })
    const { message, reason } = unreached(await outcome)
    expect(reason).toBe("misconfigured")
    expect(message).toBe("the key or a header for up has a character that HTTP does not allow in a header: remove it")
    expect(upstream.received).toEqual([])
  })

  test("but nobody else can correct a caller's key that HTTP does not allow in a header", async () => {
    const { reason } = unreached(await start("http://127.0.0.1:1", { callerKey: `${KEY}…` }).outcome)
    expect(reason).toBe("not_sent")
  })

  test("but the caller's key is enough", async () => {
    const upstream = startServer()
    expect(await start(upstream.url, { keyId: "old", callerKey: KEY }, { keys }).outcome).toMatchObject({
      kind: "answered",
    })
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
    const { outcome, clock } = start(upstream.url, {}, {}, { abort })
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

test("what a call waits for our own memory is none of its provider's time", async () => {
  const clock = new Timeline(0)
  const abort = new AbortController()
  const reading = Promise.withResolvers<void>()
  let since: number | null = null
  const memory = {
    waitedMs: () => (since === null ? 0 : clock.now() - since),
    take: () => {
      since = clock.now()
      reading.resolve()
      return new Promise<void>((_, reject) =>
        abort.signal.addEventListener("abort", () => reject(new Error("aborted"))),
      )
    },
  }
  const url = startServer(() => Response.json({ choices: [{ index: 0 }], pad: "x".repeat(300_000) })).url
  const { outcome } = start(url, { timeoutMs: 1000 }, {}, { clock, abort, memory })
  await reading.promise
  clock.advance(5000)
  expect(abort.signal.aborted).toBe(false)
  // Now it waits for its provider again.
  const waited = memory.waitedMs()
  memory.waitedMs = () => waited
  clock.advance(6000)
  expect(unreached(await outcome).reason).toBe("timeout")
})

test("an answer that only the closed connection ends is taken", async () => {
  const url = startRaw((to) => {
    to.write(`${head}\r\n{"choices":[{"index":0}]}`)
    to.end()
  })
  expect(await start(url).outcome).toMatchObject({ kind: "answered" })
})

test("a provider without jobs of its own cannot be asked after one", async () => {
  const outcome = await start("http://127.0.0.1:1", { step: "resume", state: "{}" }).outcome
  expect(unreached(outcome)).toEqual({
    kind: "unreached",
    reason: "misconfigured",
    message: "provider up has no asynchronous jobs as it is configured now",
  })
})
