// After a 2xx nothing is repeated: it was paid for. What cannot be read of it is told as that, with what there is of it.
import { afterEach, describe, expect, test } from "bun:test"
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib"
import type { Outcome } from "../../src/call.ts"
import { systemClock } from "../../src/clock.ts"
import { rows } from "../../src/providers/registry.ts"
import { withTranslations } from "../../src/providers/settings.ts"
import { below, createRandom } from "../random.ts"
import { type Asked, performAt, requests } from "./performing.ts"
import { rawServer } from "./rawserver.ts"

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

const completion = JSON.stringify({ id: "c-1", choices: [{ message: { role: "assistant", content: "Hi" } }] })
interface Options extends Asked {
  isOpen?: boolean
}

/** What a call comes to that is answered with these bytes, and how often the server was asked. */
async function outcomeOf(
  answer: string | Uint8Array,
  options: Options = {},
): Promise<{ outcome: Outcome; asked: number }> {
  const server = rawServer(() => answer, options)
  closing.push(server.stop)
  return { outcome: await performAt(server.url, options), asked: server.asked() }
}

function http(body: string | Uint8Array, headers: Record<string, string> = {}, status = "200 OK"): Uint8Array {
  const bytes = Buffer.from(body)
  const all = { "content-type": "application/json", "content-length": String(bytes.length), ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\n${lines.join("")}\r\n`), bytes])
}

function broken(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length - 20)
}

function unreadable(outcome: Outcome) {
  if (outcome.kind !== "unreadable") throw new Error(`not unreadable: ${JSON.stringify(outcome).slice(0, 500)}`)
  return outcome
}

const deep = (open: string, close: string) => `${open.repeat(100_000)}1${close.repeat(100_000)}`

describe("a body under a content coding is read", () => {
  const codings: [string, Uint8Array][] = [
    ["gzip", gzipSync(completion)],
    ["x-gzip", gzipSync(completion)],
    ["GZIP", gzipSync(completion)],
    ["gzip, identity", gzipSync(completion)],
    ["br", brotliCompressSync(completion)],
    ["zstd", zstdCompressSync(completion)],
    ["deflate", deflateSync(completion)],
    ["deflate", deflateRawSync(completion)],
    ["br, gzip", gzipSync(brotliCompressSync(completion))],
    ...["gzip", "br", "zstd", "deflate", "identity", "utf-8", "__proto__"].map((name): [string, Uint8Array] => [
      name,
      Buffer.from(completion),
    ]),
  ]
  test.each(codings)("%s, and where it is named only", async (name, bytes) => {
    const { outcome } = await outcomeOf(http(bytes, { "content-encoding": name }))
    if (outcome.kind !== "answered") throw new Error(JSON.stringify(outcome))
    expect(JSON.parse(outcome.body)).toMatchObject(JSON.parse(completion))
  })

  test("when it is large", async () => {
    const content = Array.from({ length: 400_000 }, (_, n) => String.fromCharCode(97 + ((n * n) % 26))).join("")
    const sent = JSON.stringify({ choices: [{ message: { role: "assistant", content } }], random: hex(100_000) })
    const { outcome } = await outcomeOf(http(gzipSync(sent), { "content-encoding": "gzip" }))
    expect(outcome.kind === "answered" && outcome.body.startsWith(sent.slice(0, -1))).toBe(true)
  })
})

function hex(length: number): string {
  const random = createRandom(1)
  return Buffer.from(Uint8Array.from({ length: 65_536 }, () => below(random, 256)))
    .toString("hex")
    .slice(0, length)
}

describe("a 2xx that is not what it should be is unreadable, with what there is of it:", () => {
  const long = JSON.stringify({ choices: [{ message: { content: hex(100_000) } }] })
  const cases: [string, Uint8Array, string][] = [
    [
      "gzip that breaks off",
      http(broken(gzipSync(completion)), { "content-encoding": "gzip" }),
      '{"id":"c-1","choices":[',
    ],
    [
      "long gzip that breaks off",
      http(broken(gzipSync(long)), { "content-encoding": "gzip" }),
      '{"choices":[{"message":',
    ],
    ["brotli that breaks off", http(broken(brotliCompressSync(long)), { "content-encoding": "br" }), '{"choices":'],
    ["zstd that breaks off", http(broken(zstdCompressSync(long)), { "content-encoding": "zstd" }), ""],
    ["JSON that breaks off", http(completion.slice(0, 40)), completion.slice(0, 40)],
    ["no UTF-8", http(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])), "{\ufffd\ufffd}"],
    ["nothing", http(""), ""],
    ["204", http("", { "content-length": "0" }, "204 No Content"), ""],
    ["206 of a part", http(completion.slice(0, 30), {}, "206 Partial Content"), completion.slice(0, 30)],
    ["chunks that are none", chunks('7\r\n{"id":1\r\nzz\r\n'), ""],
    ["no HTTP", Buffer.from("HTTP/1.1 99 Odd\r\n\r\n"), ""],
    ["more headers than anybody reads", manyHeaders(), ""],
    ["two lengths", Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 5\r\n\r\n{}xyz"), ""],
    [
      "a switch to another protocol",
      Buffer.from("HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
      "",
    ],
  ]
  test.each(cases)("%s", async (_, answer, start) => {
    const { outcome, asked } = await outcomeOf(answer)
    expect(unreadable(outcome).body).toStartWith(start)
    expect(asked).toBe(1)
  })

  function chunks(body: string): Uint8Array {
    return Buffer.from(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${body}`)
  }

  function manyHeaders(): Uint8Array {
    return http(completion, Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`x-${n}`, "y"])))
  }

  test("a bomb, without its 300 MB", async () => {
    const bomb = gzipSync(Buffer.alloc(300_000_000), { level: 1 })
    const { message, body } = unreadable((await outcomeOf(http(bomb, { "content-encoding": "gzip" }))).outcome)
    expect(message).toContain("its body is larger than 256 MiB")
    expect(body.length).toBeLessThan(1_100_000)
  })

  test("sound under a coding that breaks off", async () => {
    const sound = gzipSync(Buffer.from(hex(100_000)))
    const headers = { "content-type": "audio/mpeg", "content-encoding": "gzip" }
    const { message } = unreadable((await outcomeOf(http(broken(sound), headers), { type: "speech" })).outcome)
    expect(message).toContain("its gzip body is broken")
  })

  test("several megabytes, of which one is kept, and said to be", async () => {
    const { message, body } = unreadable((await outcomeOf(http("x".repeat(3 * 1024 * 1024)))).outcome)
    expect(body).toEndWith(`xxx… (${2 * 1024 * 1024} more bytes are not kept)`)
    expect(message.length).toBeLessThan(1000)
  })
})

describe("what our own code or a package fails on is unreadable too, with the raw text:", () => {
  const inChat = `{"choices":[{"message":{"role":"assistant","content":"Hi"}}],"x":${deep("[", "]")}}`
  const inAnswer = `{"choices":[{"message":{"role":"assistant","content":${deep("[", "]")}}}]}`
  const anthropic = { id: "m", type: "message", role: "assistant", model: "m", stop_reason: "tool_use" }
  const usage = { input_tokens: 1, output_tokens: 1 }
  const inTool = JSON.stringify({
    ...anthropic,
    usage,
    content: [{ type: "tool_use", id: "t", name: "f", input: "DEEP" }],
  }).replace('"DEEP"', deep('{"a":', "}"))
  const inPrediction = JSON.stringify({ id: "p1", status: "succeeded", output: "DEEP" }).replace(
    '"DEEP"',
    deep("[", "]"),
  )
  const cases: [string, string, { type?: string; form?: string }][] = [
    ["chat under a translation", inChat, { form: "deepseek", type: "responses" }],
    ["chat under a translation that keeps what it does not know", inAnswer, { form: "deepseek", type: "responses" }],
    ["chat of text completions", inAnswer, { form: "deepseek", type: "text_completion" }],
    ["Anthropic's messages", inTool, { form: "anthropic" }],
    ["Anthropic's messages under a translation", inTool, { form: "anthropic", type: "responses" }],
    ["an image of Gemini's", `{"candidates":${deep("[", "]")}}`, { form: "gemini" }],
    ["a prediction", inPrediction, { form: "replicate", type: "image_generation" }],
    ["a task without a name", '{"status":"queued"}', { form: "fal", type: "image_generation" }],
    ["a task whose name is a path", '{"id":"../../secret"}', { form: "luma", type: "image_generation" }],
    ["a task that is no JSON", "<html>", { form: "runway", type: "image_generation" }],
  ]
  test.each(cases)("%s", async (_, body, options) => {
    const { outcome, asked } = await outcomeOf(http(body), options)
    expect(unreadable(outcome).body).toStartWith(body.slice(0, -1))
    expect(asked).toBe(1)
  })

  test("but where nothing is lost it is an answer", async () => {
    expect((await outcomeOf(http(inChat))).outcome.kind).toBe("answered")
  })
})

describe("a refusal is one by its status, whatever becomes of its words:", () => {
  const cases: [string, Uint8Array, boolean][] = [
    ["gzip that breaks off", http(broken(gzipSync(completion)), { "content-encoding": "gzip" }, "400 Bad"), false],
    ["a body that breaks off", http("{", { "content-length": "100" }, "400 Bad"), false],
    [
      "a validator's words 100,000 deep",
      http(`{"detail":[{"msg":"no","loc":${deep("[", "]")}}]}`, {}, "400 Bad"),
      true,
    ],
    ["a status that nobody knows", http("{}", {}, "400 Bad"), true],
  ]
  test.each(cases)("%s", async (_, answer, isOpen) => {
    expect((await outcomeOf(answer, { isOpen })).outcome).toMatchObject({ kind: "refused", status: 400 })
  })

  test("50 MB of them are not read, and a few KB are kept, and said to be cut", async () => {
    const message = "x".repeat(50_000_000)
    const { outcome } = await outcomeOf(http(JSON.stringify({ error: { message } }), {}, "400 Bad"))
    expect(outcome).toMatchObject({ kind: "refused", status: 400 })
    expect(JSON.stringify(outcome).length).toBeLessThan(6000)
  })

  test("long names are cut, and a long message says so", async () => {
    const name = "n".repeat(5000)
    const error = { message: "m".repeat(10_000), type: name, code: name, param: name }
    const { outcome } = await outcomeOf(http(JSON.stringify({ error }), { "x-request-id": name }, "400 Bad"))
    if (outcome.kind !== "refused") throw new Error(outcome.kind)
    const { type, code, param, message: said } = outcome.refusal
    for (const text of [type, code, param, outcome.upstream.requestId]) expect(text?.length).toBeLessThan(560)
    expect(said).toEndWith("characters)")
  })
})

describe("an answer whose connection ends within it", () => {
  const inChunks = (body: string) =>
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${body}`
  const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
  /** Chunks in a coding, each of which can be read before the next comes. */
  const inGzip = (...pieces: Uint8Array[]) => {
    const head =
      "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n"
    const chunks = pieces.flatMap((piece) => [
      Buffer.from(`${piece.length.toString(16)}\r\n`),
      piece,
      Buffer.from("\r\n"),
    ])
    return Buffer.concat([Buffer.from(head), ...chunks.slice(0, -1)])
  }
  /** Of a text, in gzip, what a server has flushed and not ended. */
  const flushed = (text: string) => gzipSync(text, { finishFlush: constants.Z_SYNC_FLUSH })
  const half = completion.slice(0, 40)

  /** What comes of an answer whose connection breaks when its beginning has been read: one that breaks before may take it along. */
  async function brokenAfter(answer: string | Buffer): Promise<{ outcome: Outcome; asked: number }> {
    const arrived = Promise.withResolvers<void>()
    const server = rawServer(() => answer, { until: arrived.promise })
    closing.push(server.stop)
    const via = async (url: unknown, init: unknown) => {
      const response = await fetch(url as string, init as RequestInit)
      const tap = new TransformStream<Uint8Array, Uint8Array>({
        transform(piece, controller) {
          controller.enqueue(piece)
          arrived.resolve()
        },
      })
      const { status, headers } = response
      return new Response(response.body?.pipeThrough(tap) ?? null, { status, headers })
    }
    const tapped = { fetch: Object.assign(via, { preconnect: fetch.preconnect }) as typeof fetch, clock: systemClock }
    return { outcome: await performAt(server.url, {}, tapped), asked: server.asked() }
  }

  test("is taken when it is there but for its end", async () => {
    expect((await brokenAfter(inChunks(chunk(completion).slice(0, -2)))).outcome.kind).toBe("answered")
  })

  test("is unreadable, with what there is of it", async () => {
    const { outcome, asked } = await brokenAfter(inChunks(chunk(half)))
    expect(unreadable(outcome)).toMatchObject({ status: 200, body: half })
    expect(unreadable(outcome).message).toContain("its body breaks off before its end")
    expect(asked).toBe(1)
  })

  test("is taken, kept or not begun by what stands in it, whatever its coding", async () => {
    expect((await brokenAfter(inGzip(gzipSync(completion)))).outcome.kind).toBe("answered")
    expect(unreadable((await brokenAfter(inGzip(flushed(half)))).outcome)).toMatchObject({ status: 200, body: half })
    expect((await brokenAfter(inGzip(flushed("\n \n")))).outcome).toMatchObject({
      kind: "unreached",
      reason: "network",
    })
  })

  test.each([
    ["of a known length", http(half, { "content-length": "1000" })],
    ["of a known length, under a coding", http(half, { "content-length": "1000", "content-encoding": "gzip" })],
    ["of a known length that is large", http(half, { "content-length": "1000000" })],
    ["in chunks", inChunks(`100\r\n${half}`)],
  ])("is unreadable when all of it came at once: %s", async (_, answer) => {
    const { outcome, asked } = await outcomeOf(answer)
    expect(unreadable(outcome).status).toBe(200)
    expect(asked).toBe(1)
  })

  test("has not begun while a server that keeps the connection alive has sent white space only", async () => {
    expect((await brokenAfter(inChunks(chunk("\n\n")))).outcome).toMatchObject({ kind: "unreached", reason: "network" })
  })
})

/** Each adapter with what it is asked for. */
const ways = new Map(
  Object.entries(rows).flatMap(([form, row]) =>
    Object.entries(withTranslations(row.endpoints))
      .filter(([type, { adapter }]) => adapter !== "mock" && type in requests)
      .map(([type, { adapter, via }]) => [`${adapter} ${via ?? "itself"} ${type}`, { form, type }]),
  ),
)

describe("no paid answer is asked for twice, in whatever shape it comes:", () => {
  const said = { role: "assistant", content: "x" }
  const odd = {
    ...{ id: "p", request_id: "p", type: "message", model: "m", output: { message: { content: [{ hologram: 1 }] } } },
    ...{
      content: [{ type: "hologram" }, { type: "thinking", thinking: "x" }],
      stop_reason: "bored",
      stopReason: "bored",
    },
    ...{ choices: [{ message: said, finish_reason: "bored" }], message: said, finish_reason: "bored", status: "bored" },
    candidates: [{ content: { parts: [{ hologram: 1 }] }, finishReason: "BORED" }],
    unheard_of: { a: [1] },
  }
  const text = JSON.stringify(odd)
  const shapes = [
    http(text),
    http(text.slice(0, -10)),
    http(text.slice(0, 60), { "content-length": String(text.length) }),
    Buffer.from(
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${text.length.toString(16)}\r\n${text.slice(0, 60)}`,
    ),
    http(broken(gzipSync(text)), { "content-encoding": "gzip" }),
    http(text, { "content-encoding": "gzip" }),
    http(text.replace('{"a":[1]}', deep('{"a":', "}"))),
    http(deep("[", "]")),
    http(""),
    http("<html>", { "content-type": "text/html" }),
  ]
  test.each([...ways])("%s", async (_, options) => {
    for (const [at, shape] of shapes.entries()) {
      const { outcome, asked } = await outcomeOf(shape, options)
      // A reason to end that is not known may be the provider's no, which is not repeated either.
      const isNo = outcome.kind === "refused" && outcome.status === 400
      expect({ at, asked, kind: isNo ? "answered" : outcome.kind }).toEqual({
        ...{ at, asked: 1 },
        kind: expect.stringMatching(/^(answered|unreadable|pending)$/),
      })
    }
  })
})

describe("whatever an answer holds, it is no broken network:", () => {
  const names = [
    ...[
      "choices",
      "candidates",
      "content",
      "output",
      "results",
      "data",
      "embeddings",
      "text",
      "message",
      "parts",
      "id",
    ],
    ...["status", "state", "usage", "images", "audio", "predictions", "error", "assets", "metrics", "model", "meta"],
    ...["promptFeedback", "stop_reason", "usageMetadata", "request_id", "response_url", "input"],
  ]
  const odd = [null, 0, "x", true, [], {}, [null], [[]], [0], { toString: 1 }, { length: 1e9 }, [{ content: null }]]
  const all = (value: unknown) => Object.fromEntries(names.map((name) => [name, value]))
  const bodies = odd
    .flatMap((value) => [value, all(value), all(all(value)), all([all(value)])])
    .map((body) => JSON.stringify(body))

  test.each([...ways])("%s", async (_, options) => {
    const server = rawServer((at) => http(bodies[at] ?? "null"))
    closing.push(server.stop)
    for (const body of bodies) {
      const outcome = await performAt(server.url, options)
      expect({ body, kind: outcome.kind, reason: "reason" in outcome ? outcome.reason : null }).toMatchObject({
        reason: null,
      })
    }
    expect(server.asked()).toBe(bodies.length)
  })

  test("a fault of our own behind it is unreadable, and says no more than its kind", async () => {
    let hasAnswer = false
    const via = async (url: unknown, init: unknown) => {
      const response = await fetch(url as string, init as RequestInit)
      hasAnswer = true
      return response
    }
    const now = () => {
      if (hasAnswer) throw new RangeError("with a private prompt")
      return 0
    }
    const world = { fetch: Object.assign(via, { preconnect: fetch.preconnect }), clock: { ...systemClock, now } }
    const server = rawServer(() => http(completion))
    closing.push(server.stop)
    const outcome = await performAt(server.url, {}, world as never)
    expect(unreadable(outcome)).toMatchObject({ status: 200, body: completion })
    expect(unreadable(outcome).message).toContain("it could not be read here (RangeError)")
    expect(unreadable(outcome).message).not.toContain("private")
  })
})
