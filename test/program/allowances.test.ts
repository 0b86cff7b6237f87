// What a provider says it still allows, in the headers of its answer, is said to the client whose call made that answer.
import { afterAll, expect, setDefaultTimeout, test } from "bun:test"
import { launch } from "../harness.ts"
import { completion, startUpstream } from "../upstream.ts"
import { openAiAt, streamOf, whole } from "./events.ts"

setDefaultTimeout(240_000)

const upstream = startUpstream()
const other = startUpstream()
const config = {
  providers: {
    up: openAiAt(upstream.url),
    once: openAiAt(upstream.url, { max_retries: 0 }),
    other: openAiAt(other.url, { max_retries: 0 }),
    // Its form is not OpenAI's.
    anthropic: {
      keys: [{ name: "k", value: "k", models: ["*"] }],
      network_config: { base_url: upstream.url, max_retries: 0 },
    },
  },
}
const gateway = await launch({ config })
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
  await other.stop()
})

const openAi = {
  "x-ratelimit-limit-requests": "60",
  "x-ratelimit-remaining-requests": "59",
  "x-ratelimit-reset-tokens": "6m0s",
}
const anthropic = {
  "anthropic-ratelimit-requests-limit": "50",
  "anthropic-ratelimit-requests-remaining": "49",
  "anthropic-ratelimit-requests-reset": "2026-12-01T16:00:00Z",
}
const others = {
  "set-cookie": "a=b",
  "openai-organization": "org-1",
  "x-request-id": "theirs",
  "retry-after": "1",
  "x-should-retry": "true",
  "openai-processing-ms": "77777",
  connection: "close",
}

function withHeaders(response: Response, headers: Record<string, string>): Response {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value)
  return response
}

function refuse(status: number, headers: Record<string, string> = {}): Response {
  return Response.json({ error: { message: "no" } }, { status, headers })
}

function ask(members: object = {}, headers: Record<string, string> = {}): Promise<Response> {
  return gateway.fetch("/v1/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "up/m", messages: [{ role: "user", content: "Hello" }], ...members }),
  })
}

/** The headers of a response that have this in their names. */
function readAllowances({ headers }: Response): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name.includes("ratelimit")))
}

test("are those of the call that made it, plain and with an Idempotency-Key, and nothing else of the provider's headers", async () => {
  upstream.answer(() => withHeaders(completion("Hello"), { ...openAi, ...others }))
  for (const headers of [{}, { "idempotency-key": "one" }]) {
    const response = await ask({}, headers as Record<string, string>)
    expect(response.status).toBe(200)
    expect(readAllowances(response)).toEqual(openAi)
    expect(response.headers.get("x-request-id")).not.toBe("theirs")
    expect(response.headers.get("openai-processing-ms")).not.toBe("77777")
    for (const name of ["set-cookie", "openai-organization", "retry-after", "x-should-retry"])
      expect(response.headers.has(name)).toBe(false)
  }
})

test("are at the head of a stream", async () => {
  upstream.answer(() => withHeaders(streamOf(...whole), { ...openAi, ...others }))
  const response = await ask({ stream: true })
  expect(readAllowances(response)).toEqual(openAi)
  expect(response.headers.has("set-cookie")).toBe(false)
  expect(await response.text()).toContain("[DONE]")
})

test("are in the response to a provider's error, of a plain call and of a stream", async () => {
  // Many times: they and the end of the job come from two threads, in any order.
  for (const stream of Array.from({ length: 100 }, (_, n) => n % 2 === 0)) {
    upstream.answer(() => refuse(stream ? 500 : 400, { ...openAi, ...others }))
    const response = await ask({ model: "once/m", stream })
    expect(response.status).toBe(stream ? 500 : 400)
    expect(readAllowances(response)).toEqual(openAi)
    expect(response.headers.get("x-should-retry")).toBe("false")
  }
})

test("are of a provider with a form of its own under the names that it gives them", async () => {
  const message = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "claude",
    content: [{ type: "text", text: "Hello" }],
    stop_reason: "end_turn",
    usage: { input_tokens: 1, output_tokens: 1 },
  }
  upstream.answer(() => Response.json(message, { headers: { ...anthropic, ...others } }))
  const response = await ask({ model: "anthropic/claude-sonnet-4-5" })
  expect(response.status).toBe(200)
  expect(readAllowances(response)).toEqual(anthropic)
})

test("are not said of an answer that another attempt made, or another provider", async () => {
  for (const stream of [false, true]) {
    const good = () => (stream ? streamOf(...whole) : completion("Hello"))
    upstream.answer((_, index) => (index === first ? refuse(500, openAi) : good()))
    const first = upstream.received.length
    const again = await ask({ stream })
    expect([again.status, readAllowances(again)]).toEqual([200, {}])
    await again.text()
    upstream.answer(() => refuse(500, openAi))
    other.answer(() => withHeaders(good(), openAi))
    const fallen = await ask({ model: "once/m", stream, fallbacks: ["other/m"] })
    expect([fallen.status, readAllowances(fallen)]).toEqual([200, {}])
    await fallen.text()
  }
})

test("are not said again with the answer to an earlier request", async () => {
  upstream.answer(() => withHeaders(completion("Hello"), openAi))
  const headers = { "idempotency-key": "two" }
  expect(readAllowances(await ask({}, headers))).toEqual(openAi)
  expect(readAllowances(await ask({}, headers))).toEqual({})
})

test("are so many and so long at most", async () => {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`x-ratelimit-limit-r${at}`, "1"]))
  const long = { "x-ratelimit-limit-requests": "60", "x-ratelimit-reset-requests": "9".repeat(5000) }
  upstream.answer(() => withHeaders(completion("Hello"), long))
  expect(readAllowances(await ask())).toEqual({ "x-ratelimit-limit-requests": "60" })
  upstream.answer(() => withHeaders(completion("Hello"), { ...many, "x-ratelimit-limit-requests": "60" }))
  expect(Object.keys(readAllowances(await ask())).length).toBe(32)
})
