import { describe, expect, test } from "bun:test"
import type { Call, Outcome } from "../../../src/call.ts"
import { knobs } from "../../../src/providers/mock/mock.ts"
import { perform } from "../../../src/providers/perform.ts"
import { resolveProviders } from "../../../src/providers/settings.ts"
import { Timeline } from "../../timeline.ts"

const NOW = Date.UTC(2026, 10, 20)
const noForm = async () => null
const mockProvider = resolveProviders({}, {}).providers.find(({ name }) => name === "mock")

/** Starts a call to the mock provider with these members in its body. */
function start(body: Record<string, unknown>, attempt = 1, over: Partial<Call> = {}) {
  const clock = new Timeline(NOW)
  const abort = new AbortController()
  const messages = [{ role: "user", content: "Hello" }]
  const call: Call = {
    jobId: "job-1",
    attempt,
    requestId: "request-1",
    idempotencyKey: "job-1",
    requestType: "chat_completion",
    provider: "mock",
    model: "echo",
    timeoutMs: 60_000,
    body: JSON.stringify({ model: "mock/echo", messages, ...body }),
    form: null,
    extras: {},
    isRepeatable: true,
    step: "start",
    state: null,
    keyId: null,
    callerKey: null,
    ...over,
  }
  const context = { fetch, clock, pieceAt: noForm }
  return { outcome: perform(call, mockProvider, context, abort), clock, abort }
}

function answerOf(outcome: Outcome) {
  if (outcome.kind !== "answered") throw new Error(`not answered: ${JSON.stringify(outcome)}`)
  return JSON.parse(outcome.body)
}

async function contentOf(messages: unknown[]): Promise<string> {
  return answerOf(await start({ messages }).outcome).choices[0].message.content
}

describe("the answer", () => {
  test("is a chat completion as OpenAI documents it, with extra_fields", async () => {
    const content = "[mock answer by asyncgate, no model was asked] Hello"
    const extra_fields = {
      request_type: "chat_completion",
      provider: "mock",
      model_requested: "echo",
      original_model_requested: "echo",
      resolved_model_used: "echo",
      latency: 0,
      chunk_index: 0,
    }
    expect(answerOf(await start({}).outcome)).toEqual({
      id: "chatcmpl-mock-job-1",
      object: "chat.completion",
      created: NOW / 1000,
      model: "echo",
      choices: [
        { index: 0, message: { role: "assistant", content, refusal: null }, logprobs: null, finish_reason: "stop" },
      ],
      usage: { prompt_tokens: 1, completion_tokens: 9, total_tokens: 10 },
      system_fingerprint: "mock",
      extra_fields,
    })
  })

  test.each([
    [
      "the last user message",
      [{ role: "user", content: "one" }, { role: "user", content: "two" }, { role: "tool" }],
      "two",
    ],
    ["the last message when no user speaks", [{ role: "system", content: "be kind" }], "be kind"],
    [
      "the text of a list of parts",
      [
        {
          role: "user",
          content: [{ type: "text", text: "a" }, { type: "image_url" }, null, { type: "text", text: "b" }],
        },
      ],
      "a   b",
    ],
    ["nothing when there is no text", [{ role: "user", content: null }], ""],
  ])("says that it is a mock answer and repeats %s", async (_, messages, echo) => {
    expect(await contentOf(messages)).toBe(`[mock answer by asyncgate, no model was asked] ${echo}`)
  })
})

test("what stands around an answer is the mock's own", async () => {
  expect(await start({}, 3).outcome).toMatchObject({ upstream: { requestId: "mock-job-1-3", limits: null } })
})

describe("the knobs", () => {
  test("all off change nothing", async () => {
    for (const mock of [{}, null, undefined, { latency_ms: 0, hang: false, malformed: false }]) {
      expect(answerOf(await start({ mock }).outcome).object).toBe("chat.completion")
    }
  })

  test("latency_ms: the answer comes then, not before, and tells how long it took", async () => {
    const { outcome, clock } = start({ mock: { latency_ms: 1500 } })
    clock.advance(1499)
    expect(Bun.peek.status(outcome)).toBe("pending")
    clock.advance(1)
    expect(answerOf(await outcome).extra_fields.latency).toBe(1500)
    expect(clock.pending).toBe(0)
  })

  test.each([300, 401, 429, 500, 599])("status: the answer is a refusal with %i", async (status) => {
    expect(await start({ mock: { status } }, 7).outcome).toEqual({
      kind: "refused",
      status,
      refusal: {
        type: "mock_error",
        code: `mock_${status}`,
        message: `mock answer: status ${status} on attempt 7`,
        param: null,
      },
      retryAfterMs: null,
      isKeyRefused: status === 401,
      upstream: { requestId: "mock-job-1-7", limits: null },
    })
  })

  test.each([401, 402, 403])("status: %i is a refusal of the key", async (status) => {
    expect(await start({ mock: { status } }).outcome).toMatchObject({ isKeyRefused: true })
  })

  test("times: so many attempts are refused, the next one is answered", async () => {
    const kinds = [1, 2, 3].map(
      async (attempt) => (await start({ mock: { status: 503, times: 2 } }, attempt).outcome).kind,
    )
    expect(await Promise.all(kinds)).toEqual(["refused", "refused", "answered"])
    expect((await start({ mock: { status: 503, times: 0 } }).outcome).kind).toBe("answered")
  })

  test.each([
    [20, 20_000],
    [0, 0],
    [0.0015, 2],
  ])("retry_after: %d seconds are %d ms with the refusal", async (retry_after, retryAfterMs) => {
    expect(await start({ mock: { status: 429, retry_after } }).outcome).toMatchObject({ retryAfterMs })
  })

  const limit = { limit: 60, remaining: 0, reset_ms: 1500 }
  const told = {
    requestId: "mock-job-1-1",
    limits: { requests: { limit: 60, remaining: 0, resetMs: 1500 }, tokens: null },
  }

  test.each([
    ["answered", {}],
    ["refused", { status: 500 }],
    ["unreadable", { malformed: true }],
  ])("limit: is reported when the call is %s", async (kind, knobs) => {
    expect(await start({ mock: { ...knobs, limit } }).outcome).toMatchObject({ kind, upstream: told } as object)
  })

  test("limit: what is not given is not reported", async () => {
    expect(await start({ mock: { limit: { remaining: 3 } } }).outcome).toMatchObject({
      upstream: { limits: { requests: { limit: null, remaining: 3, resetMs: null }, tokens: null } },
    })
  })

  test("limit: with nothing left a 429 is over at its reset, unless retry_after says otherwise", async () => {
    expect(await start({ mock: { status: 429, limit } }).outcome).toMatchObject({ retryAfterMs: 1500 })
    expect(await start({ mock: { status: 429, limit, retry_after: 2 } }).outcome).toMatchObject({ retryAfterMs: 2000 })
  })

  test("hang: no answer, until the call's time is up", async () => {
    const { outcome, clock } = start({ mock: { hang: true } })
    clock.advance(59_999)
    expect(Bun.peek.status(outcome)).toBe("pending")
    clock.advance(1)
    expect(await outcome).toMatchObject({ kind: "unreached", reason: "timeout" })
    expect(clock.pending).toBe(0)
  })

  test.each([{ hang: true }, { latency_ms: 1000 }])("%j gives way to an abort and leaves no timer", async (mock) => {
    const { outcome, clock, abort } = start({ mock })
    abort.abort()
    expect(await outcome).toMatchObject({ kind: "unreached", reason: "aborted" })
    expect(clock.pending).toBe(0)
  })

  test("malformed: the answer is a 200 with JSON that breaks off", async () => {
    const outcome = await start({ mock: { malformed: true } }).outcome
    if (outcome.kind !== "unreadable") throw new Error(`readable: ${outcome.kind}`)
    expect(outcome).toMatchObject({ status: 200 })
    expect(outcome.message).toStartWith("mock answered 200 (application/json), but the body is not JSON: ")
    expect(outcome.body).toStartWith('{"id":"chatcmpl-mock-job-1"')
  })

  test.each([
    [{ status: 200 }, "mock.status must be >= 300"],
    [{ status: 600 }, "mock.status must be <= 599"],
    [{ status: "500" }, "mock.status must be integer"],
    [{ latency_ms: -1 }, "mock.latency_ms must be >= 0"],
    [{ latency_ms: 3_600_001 }, "mock.latency_ms must be <= 3600000"],
    [{ times: 1.5 }, "mock.times must be integer"],
    [{ retry_after: "1" }, "mock.retry_after must be number"],
    [{ hang: 1 }, "mock.hang must be boolean"],
    [{ malformed: "yes" }, "mock.malformed must be boolean"],
    [{ latency: 5 }, "mock.latency is no knob"],
    [{ limit: 5 }, "mock.limit must be object"],
    [{ limit: { remaining: -1 } }, "mock.limit.remaining must be >= 0"],
    [{ limit: { reset: 5 } }, "mock.limit.reset is no knob"],
    ["hang", "mock must be object"],
    [[], "mock must be object"],
    [false, "mock must be object"],
  ])("turned wrong (%j) are refused with 400, and named", async (mock, complaint) => {
    const outcome = await start({ mock }).outcome
    if (outcome.kind !== "refused") throw new Error(`not refused: ${outcome.kind}`)
    expect(outcome.status).toBe(400)
    expect(outcome.refusal.message).toBe(`${complaint}; the knobs are ${Object.keys(knobs.properties).join(", ")}`)
  })

  test("are all described", () => {
    for (const knob of Object.values(knobs.properties)) expect(knob).toHaveProperty("description")
  })
})

test("with `polls` it works as a job of its own: it says so as often, then answers; what it needs for that is its state", async () => {
  const body = { mock: { polls: 2 } }
  const first = await start(body).outcome
  expect(first).toEqual({
    kind: "pending",
    state: '{"asked":0}',
    afterMs: 100,
    upstream: { requestId: "mock-job-1-1", limits: null },
  })
  const second = await start(body, 1, { step: "resume", state: '{"asked":0}' }).outcome
  expect(second).toMatchObject({ kind: "pending", state: '{"asked":1}' })
  expect(await start(body, 1, { step: "resume", state: '{"asked":1}' }).outcome).toMatchObject({ kind: "answered" })
})
