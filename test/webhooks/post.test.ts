import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { systemClock } from "../../src/clock.ts"
import { type Post, type PostContext, type PostOutcome, postWebhook } from "../../src/webhooks/post.ts"
import { hideAddress, type ReceiverRules, readReceiverUrl } from "../../src/webhooks/receivers.ts"
import { makeCertificates } from "../certificates.ts"
import { startUpstream, type Upstream } from "../upstream.ts"

const usual: ReceiverRules = { allowsPrivate: false, allowsLoopback: true }
const strict: ReceiverRules = { allowsPrivate: false, allowsLoopback: false }
const open: ReceiverRules = { allowsPrivate: true, allowsLoopback: true }

let receiver: Upstream
beforeAll(() => {
  receiver = startUpstream(() => new Response(null, { status: 204 }))
})
afterAll(() => receiver.stop())

interface Try extends Partial<PostContext> {
  rules?: ReceiverRules
  timeoutMs?: number
  clock?: PostContext["clock"]
}

async function post(url: string, { rules = usual, timeoutMs = 60_000, ...over }: Try = {}): Promise<PostOutcome> {
  const what: Post = { url, headers: { "content-type": "application/json" }, body: '{"a":1}', timeoutMs, rules }
  return await postWebhook(what, {
    fetch,
    clock: systemClock,
    signal: new AbortController().signal,
    resolve: () => Promise.reject(new Error("a name was looked up")),
    ...over,
  })
}

/** Nothing may be sent where these are tried. */
const noFetch = (() => {
  throw new Error("something was sent")
}) as unknown as typeof fetch

describe("nothing is sent to", () => {
  const forbidden = [
    ..."0.0.0.0 0.1.2.3 169.254.169.254 169.254.170.2 168.63.129.16 100.100.100.200 192.0.0.192 192.0.0.1".split(" "),
    ..."198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 192.0.2.1 198.51.100.1 203.0.113.1 192.88.99.1".split(" "),
    ...":: fe80::1 fec0::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::127.0.0.1".split(" "),
    ..."64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 2002:7f00:1:: 2002:a00:1:: 2001::1 fd00:ec2::254 2001:db8::1".split(" "),
  ]
  const closed = ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fc00::1", "fd12:3456::1"]
  const local = ["127.0.0.1", "127.255.0.1", "::1"]

  test.each(forbidden)("%s, whatever is allowed, neither as an address nor as that of a name", async (address) => {
    const literal = `https://${address.includes(":") ? `[${address}]` : address}/hook`
    expect(await post(literal, { rules: open, fetch: noFetch })).toMatchObject({ kind: "refused", isLasting: true })
    const named = await post("https://name.test/hook", { rules: open, fetch: noFetch, resolve: async () => [address] })
    expect(named).toMatchObject({ kind: "refused", isLasting: false })
  })

  test.each(closed)("%s, unless private networks are allowed", async (address) => {
    const over = { fetch: noFetch, resolve: async () => [address] }
    expect(await post("https://name.test/", over)).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("allow_private_network"),
    })
    expect(await post("https://name.test/", { ...over, rules: open })).toMatchObject({
      kind: "unreached",
      reason: "something was sent",
    })
  })

  test.each(local)("%s, unless this machine is allowed", async (address) => {
    const over = { fetch: noFetch, resolve: async () => [address] }
    expect(await post("http://name.test/", { ...over, rules: strict })).toMatchObject({ kind: "refused" })
    expect(await post("http://name.test/", { ...over, rules: usual })).toMatchObject({ reason: "something was sent" })
  })

  test.each([
    ["0x7f.1", "127.0.0.1"],
    ["2130706433", "127.0.0.1"],
    ["0177.0.0.1", "127.0.0.1"],
    ["127.1", "127.0.0.1"],
    ["①②⑦.⓪.⓪.①", "127.0.0.1"],
    ["0xa9fea9fe", "169.254.169.254"],
    ["[0:0:0:0:0:ffff:a9fe:a9fe]", "::ffff:a9fe:a9fe"],
  ])("the disguised address %s, which is %s", async (host, address) => {
    const outcome = await post(`https://${host}/`, { rules: strict, fetch: noFetch })
    expect(outcome).toMatchObject({ kind: "refused", reason: expect.stringContaining(address) })
  })

  test.each(["10.0.0.5", "fd12::5"])(
    "a name with the address %s, which is said without it to a caller",
    async (address) => {
      const outcome = await post("https://db.internal/", { fetch: noFetch, resolve: async () => [address] })
      const reason = outcome.kind === "refused" ? outcome.reason : ""
      expect(reason).toStartWith(`db.internal, which is ${address}, is in a private network`)
      expect(hideAddress(reason)).toStartWith("db.internal is in a private network")
    },
  )

  test("a name of which one address is allowed and another is not", async () => {
    const resolve = async () => ["93.184.216.34", "10.0.0.1"]
    expect(await post("https://name.test/", { fetch: noFetch, resolve })).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("10.0.0.1"),
    })
  })

  test("the public internet without TLS", async () => {
    const resolve = async () => ["93.184.216.34"]
    expect(await post("http://name.test/", { fetch: noFetch, resolve })).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("write https"),
    })
  })

  test.each([
    "ftp://example.com/",
    "https://user:pw@example.com/",
    "https://u@example.com/",
    "https://",
    "x",
    "https://a/#b",
  ])("the URL %s, and the reason says what to write", async (url) => {
    expect(await post(url, { fetch: noFetch })).toMatchObject({ kind: "refused", isLasting: true })
    expect(readReceiverUrl(url).fault).toMatch(/write https|take (it|them) out/)
  })
})

describe("a name is looked up once, and the webhook goes to the address that was checked", () => {
  test("with the name in the Host header", async () => {
    const lookups: string[] = []
    const resolve = async (host: string) => {
      lookups.push(host)
      return lookups.length === 1 ? ["127.0.0.1"] : ["10.0.0.1"]
    }
    const { port } = new URL(receiver.url)
    expect(await post(`http://hooks.test:${port}/in?x=1`, { resolve })).toMatchObject({ kind: "answered", status: 204 })
    expect(lookups).toEqual(["hooks.test"])
    expect(receiver.received.at(-1)).toMatchObject({
      method: "POST",
      path: "/in",
      search: "?x=1",
      body: '{"a":1}',
      headers: { host: `hooks.test:${port}`, "content-type": "application/json" },
    })
  })

  test("and the certificate must be the name's", async () => {
    const { ca, cert, key } = await makeCertificates()
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", tls: { cert, key }, fetch: () => new Response("in") })
    const trusting = ((url: string, init: { tls?: object }) =>
      fetch(url, { ...init, tls: { ...init.tls, ca } } as RequestInit)) as typeof fetch
    const over = { fetch: trusting, resolve: async () => ["127.0.0.1"] }
    const right = await post(`https://upstream.test:${server.port}/`, over)
    const wrong = await post(`https://other.test:${server.port}/`, over)
    await server.stop(true)
    expect(right).toMatchObject({ kind: "answered", status: 200 })
    expect(wrong).toMatchObject({ kind: "unreached", reason: expect.stringMatching(/ALTNAME|certificate/i) })
  })
})

describe("a receiver", () => {
  test("that redirects is not followed", async () => {
    const { received } = receiver
    receiver.answer(() => new Response(null, { status: 301, headers: { location: "/elsewhere" } }))
    const before = received.length
    expect(await post(receiver.url)).toMatchObject({ kind: "answered", status: 301 })
    expect(received.length).toBe(before + 1)
  })

  test("that says when to come again is heard, in seconds and as a date", async () => {
    receiver.answer(() => new Response("slow down", { status: 429, headers: { "retry-after": "7" } }))
    expect(await post(receiver.url)).toMatchObject({ status: 429, retryAfterMs: 7000, snippet: "slow down" })
    const clock = { ...systemClock, wall: () => Date.parse("2026-12-01T10:00:00Z") }
    const headers = { "retry-after": "Tue, 01 Dec 2026 10:01:00 GMT" }
    receiver.answer(() => new Response(null, { status: 503, headers }))
    expect(await post(receiver.url, { clock })).toMatchObject({ status: 503, retryAfterMs: 60_000 })
  })

  test("that refuses with an endless body has 4 KiB of it kept", async () => {
    receiver.answer(() => new Response(endless(), { status: 500 }))
    const outcome = await post(receiver.url)
    expect(outcome).toMatchObject({ kind: "answered", status: 500 })
    expect(outcome.kind === "answered" && outcome.snippet.length).toBe(4096)
  })

  test("that takes it has taken it, whatever body follows", async () => {
    receiver.answer(() => new Response(endless(), { status: 200 }))
    expect(await post(receiver.url)).toMatchObject({ kind: "answered", status: 200, snippet: "" })
    const breaking = new ReadableStream({ start: (body) => body.error(new Error("reset")) })
    const answers = (async () => new Response(breaking)) as unknown as typeof fetch
    expect(await post(receiver.url, { fetch: answers })).toMatchObject({ kind: "answered", status: 200, snippet: "" })
  })

  test("that closes its connection without an answer was not reached", async () => {
    const closing = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: (socket) => void socket.end() } })
    const outcome = await post(`http://127.0.0.1:${closing.port}/`)
    closing.stop(true)
    expect(outcome.kind).toBe("unreached")
  })

  test("that never answers is left when its time is over", async () => {
    let fire = () => {}
    const clock = {
      ...systemClock,
      after: (_: number, action: () => void) => {
        fire = action
        return () => {}
      },
    }
    receiver.answer(() => {
      fire()
      return new Promise<Response>(() => {})
    })
    expect(await post(receiver.url, { clock, timeoutMs: 10_000 })).toMatchObject({
      kind: "unreached",
      reason: "no answer within 10 s",
    })
  })

  test("whose name is never found is left when the gateway stops", async () => {
    const stop = new AbortController()
    const resolve = () => {
      stop.abort()
      return new Promise<string[]>(() => {})
    }
    expect(await post("https://name.test/", { signal: stop.signal, resolve })).toMatchObject({
      kind: "unreached",
      reason: "the gateway was stopped",
    })
  })
})

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(8192).fill(120))
    },
  })
}
