import { describe, expect, test } from "bun:test"
import type { Attempt } from "../../src/providers/adapter.ts"
import { bounded } from "../../src/providers/bounds.ts"
import type { ReadRefusal } from "../../src/providers/refusalreader.ts"
import { type Reply, readRequestId } from "../../src/providers/transport.ts"
import { answered, readReply, refused, unreadable } from "../../src/providers/upstreamreplies.ts"
import { makeProvider } from "../factory.ts"
import { doQuickly } from "../quick.ts"

const KEY = "AKIA1234:secret/key"
const clock = { wall: () => 0 } as Attempt["context"]["clock"]
const attempt = {
  call: { requestType: "chat_completion", provider: "up", model: "m", body: "{}", extras: {} },
  provider: makeProvider({ name: "up" }),
  key: KEY,
  context: { clock },
} as unknown as Attempt

function reply(status: number, body: string, over: Partial<Reply> = {}): Reply {
  return {
    ...{ status, isOk: status < 300, headers: new Headers(), url: "https://up.example/v1/chat", defect: null },
    ...{ bytes: Buffer.from(body), latencyMs: 5, upstream: { requestId: "r", limits: null }, ...over },
  }
}

describe("a refusal", () => {
  const own: ReadRefusal = ({ headers, body }) => {
    const { words } = body as { words?: string }
    const refusal = { type: headers.get("x-kind"), code: null, message: words ?? "", param: null }
    return { refusal, isKeyRefused: refusal.type === "ExpiredKey", isEnd: words === "over" }
  }

  test("is read in the provider's own form, with what the form says of the key and of the upstream job", () => {
    const headers = new Headers({ "x-kind": "ExpiredKey" })
    expect(refused(attempt, reply(400, '{"words":"over"}', { headers }), own)).toMatchObject({
      refusal: { type: "ExpiredKey", code: null, message: "over", param: null },
      isKeyRefused: true,
      isEnd: true,
    })
  })

  test("is read in the usual forms when the provider's own says nothing, and keeps what that has", () => {
    const headers = new Headers({ "x-kind": "ExpiredKey" })
    const body = '{"error":{"message":"no luck","code":"c","type":"t"}}'
    expect(refused(attempt, reply(500, body, { headers }), own)).toMatchObject({
      refusal: { type: "ExpiredKey", code: "c", message: "no luck" },
      isKeyRefused: true,
    })
  })

  test("repeats neither the key nor a part of it, in whatever member", () => {
    const secrets = { message: `bad ${KEY}`, code: "secret/key", type: "AKIA1234", param: KEY }
    const said = JSON.stringify(refused(attempt, reply(401, JSON.stringify({ error: secrets }))))
    expect(said).toContain("bad [key]")
    expect(said).not.toMatch(/AKIA1234|secret\/key/)
  })
})

describe("a refusal of 256 KiB is read quickly, and with what it says,", () => {
  const size = 250_000
  const flood = (text: string) => text.repeat(size / text.length)
  const nested = `${'{"a":'.repeat(size / 6)}1${"}".repeat(size / 6)}`
  const headers = `{${Array.from({ length: size / 11 }, (_, at) => `"x${at}":""`).join()}}`

  test.each([
    ["whose message is punctuation", 404, `{"error":{"message":"${flood(".")}"}}`, /^\.+$/],
    ["whose message is spaces", 404, `{"error":{"message":"${flood(" ")}x"}}`, /^ +x$/],
    ["whose details nest deep", 400, `{"error":{"message":"no","innererror":${nested}}}`, /^no$/],
    ["that repeats many headers", 429, `{"error":{"message":"no","metadata":{"headers":${headers}}}}`, /^no$/],
  ])("%s", async (_, status, body, message) => {
    const { refusal } = await doQuickly(() => refused(attempt, reply(status, body)))
    expect(refusal.message).toMatch(message)
  })
})

test.each([
  '{"error":{"message":"no","metadata":{"headers":{"retry-after":{"toString":1,"valueOf":1}}}}}',
  '{"error":{"message":"no","details":[{"@type":{"toString":1,"valueOf":1}}]}}',
  '{"error":{"message":"no","details":[{"@type":"/google.rpc.RetryInfo","retryDelay":{"seconds":{"toString":1,"valueOf":1}}}]}}',
  '{"message":"no","detail":[{"loc":[{"toString":1}]}]}',
])("a refusal with an object in the place of a word is read all the same: %s", (body) => {
  expect(refused(attempt, reply(429, body))).toMatchObject({ refusal: { message: "no" }, retryAfterMs: null })
})

describe("a 2xx", () => {
  test("that cannot be read is kept without secrets, and says what is wrong", () => {
    expect(unreadable(attempt, reply(200, `oops ${KEY}`), "it is broken")).toEqual({
      kind: "unreadable",
      status: 200,
      message: 'up answered 200 (no content type), but it is broken: "oops [key]"',
      body: "oops [key]",
      upstream: { requestId: "r", limits: null },
    })
  })

  test("is a JSON object, or says why it is none and whether another request would help", () => {
    expect(readReply(reply(200, '{"a":1}'))).toMatchObject({ value: { a: 1 }, problem: null })
    expect(readReply(reply(200, "[1]"))).toMatchObject({ problem: "the body is no JSON object", isLasting: false })
    expect(readReply(reply(200, "{}", { defect: "its gzip body is broken" }))).toMatchObject({
      value: undefined,
      problem: "its gzip body is broken",
      isLasting: false,
    })
    const deep = `{"a":${"[".repeat(2000)}${"]".repeat(2000)}}`
    expect(readReply(reply(200, deep))).toMatchObject({ value: undefined, isLasting: true })
  })

  test("in the endpoint's form is the result, with the provider and the time that it took", async () => {
    const outcome = await answered(attempt, reply(200, '{"choices":[{"index":0}]}'))
    if (outcome.kind !== "answered") throw new Error(outcome.kind)
    const { extra_fields } = JSON.parse(outcome.body)
    expect(extra_fields).toMatchObject({ provider: "up", model_requested: "m", latency: 5 })
  })
})

test("the provider's id of a request is its own, and cut where all names are", () => {
  expect(readRequestId(new Headers({ "x-request-id": "ours", "cf-ray": "theirs" }), "ours")).toBe("theirs")
  expect(readRequestId(new Headers({ "x-request-id": "ours" }), "ours")).toBeNull()
  const upstream = { requestId: "x".repeat(513), limits: null }
  const outcome = bounded({ kind: "pending", state: "{}", afterMs: 1, upstream })
  expect(outcome).toMatchObject({ upstream: { requestId: `${"x".repeat(512)}… (cut: 513 characters)` } })
})
