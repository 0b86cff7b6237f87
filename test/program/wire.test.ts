// The wire contract, sentence by sentence, for chat completions.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { CHAT, chat, type Gateway, type Job, launch } from "../harness.ts"

let gateway: Gateway
beforeAll(async () => {
  gateway = await launch()
})
afterAll(() => gateway.dispose())

const UUID_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

describe("submit", () => {
  test("answers 202 with id, request_id, status and created_at, in that order and nothing else", async () => {
    const response = await gateway.submit(chat())
    const job = (await response.json()) as Job
    expect(response.status).toBe(202)
    expect(Object.keys(job)).toEqual(["id", "request_id", "status", "created_at"])
    expect(job.id).toMatch(UUID_7)
    expect(job.status).toBe("pending")
    expect(job.created_at).toMatch(RFC_3339)
    expect(Math.abs(Date.now() - Date.parse(job.created_at))).toBeLessThan(30_000)
  })

  test("sends Content-Type, Location of the poll and Retry-After in whole seconds", async () => {
    const response = await gateway.submit(chat())
    const job = (await response.json()) as Job
    expect(response.headers.get("content-type")).toBe("application/json")
    expect(response.headers.get("location")).toBe(`${CHAT}/${job.id}`)
    expect(response.headers.get("retry-after")).toMatch(/^\d+$/)
    expect((await gateway.fetch(response.headers.get("location") ?? "")).status).toBeOneOf([200, 202])
  })

  test("keeps the caller's x-request-id and sends it back", async () => {
    const response = await gateway.submit(chat(), { "x-request-id": "my-request 1" })
    const job = (await response.json()) as Job
    expect(job.request_id).toBe("my-request 1")
    expect(response.headers.get("x-request-id")).toBe("my-request 1")
    expect((await gateway.end(job.id)).request_id).toBe("my-request 1")
  })

  test("makes a request id where the caller gave none, and sends it in a header", async () => {
    const response = await gateway.submit(chat())
    const job = (await response.json()) as Job
    expect(job.request_id).toHaveLength(36)
    expect(response.headers.get("x-request-id")).toBe(job.request_id)
  })

  test("splits the model at the first slash", async () => {
    const job = await gateway.end(await gateway.accept(chat({ model: "mock/meta-llama/x" })))
    expect(job.result.extra_fields).toMatchObject({ provider: "mock", model_requested: "meta-llama/x" })
  })

  test.each(["application/json", "application/json; charset=utf-8", "application/vnd.api+json"])(
    "reads %s",
    async (type) => {
      expect((await gateway.submit(chat(), { "content-type": type })).status).toBe(202)
    },
  )

  test("reads a body without a content type", async () => {
    const body = new Blob([JSON.stringify(chat())])
    const response = await gateway.fetch(CHAT, { method: "POST", body })
    expect(response.status).toBe(202)
  })
})

describe("poll", () => {
  test("answers 202 with Retry-After while the job runs: processing once it has started", async () => {
    const id = await gateway.accept(chat({ mock: { hang: true } }))
    for (;;) {
      const response = await gateway.poll(id)
      const job = (await response.json()) as Job
      expect(response.status).toBe(202)
      expect(response.headers.get("retry-after")).toMatch(/^\d+$/)
      expect(Object.keys(job)).toEqual(["id", "request_id", "status", "created_at"])
      expect(job.status).toBeOneOf(["pending", "processing"])
      if (job.status === "processing") break
    }
  })

  test("says processing between the tries of a job", async () => {
    const id = await gateway.accept(chat({ mock: { status: 429, retry_after: 100 } }))
    for (;;) {
      const job = (await (await gateway.poll(id)).json()) as Job
      if (job.status === "processing") break
    }
    expect(((await (await gateway.poll(id)).json()) as Job).status).toBe("processing")
  })

  test("answers 200 with the whole job when it is completed", async () => {
    const id = await gateway.accept(chat())
    const job = await gateway.end(id)
    expect(Object.keys(job)).toEqual([
      "id",
      "request_id",
      "status",
      "expires_at",
      "created_at",
      "completed_at",
      "status_code",
      "result",
    ])
    expect(job.status).toBe("completed")
    expect(job.status_code).toBe(200)
    expect(job.expires_at).toMatch(RFC_3339)
    expect(job.completed_at).toMatch(RFC_3339)
    expect(Date.parse(job.expires_at)).toBeGreaterThan(Date.parse(job.completed_at))
    expect(job.result.choices).toHaveLength(1)
    const response = await gateway.poll(id)
    expect(response.headers.get("content-type")).toBe("application/json")
    expect(response.headers.get("retry-after")).toBeNull()
    expect(response.headers.get("x-request-id")).toBe(job.request_id)
  })

  test("answers 200 with the error when it has failed", async () => {
    const job = await gateway.end(await gateway.accept(chat({ mock: { status: 404 } })))
    expect(Object.keys(job)).toEqual([
      "id",
      "request_id",
      "status",
      "expires_at",
      "created_at",
      "completed_at",
      "status_code",
      "error",
    ])
    expect(job.status).toBe("failed")
    expect(job.status_code).toBe(404)
  })

  test("adds extra_fields to the result, last and in the wire's order", async () => {
    const { result } = await gateway.end(await gateway.accept(chat()))
    expect(Object.keys(result).at(-1)).toBe("extra_fields")
    expect(Object.keys(result.extra_fields)).toEqual([
      "request_type",
      "provider",
      "model_requested",
      "original_model_requested",
      "resolved_model_used",
      "latency",
      "chunk_index",
    ])
    expect(result.extra_fields).toMatchObject({
      request_type: "chat_completion",
      provider: "mock",
      model_requested: "echo",
      original_model_requested: "echo",
      resolved_model_used: "echo",
      chunk_index: 0,
    })
    expect(result.extra_fields.latency).toBeNumber()
  })

  test.each(["00000000-0000-0000-0000-000000000000", "no-uuid", "%00", "'; DROP TABLE jobs; --", "x".repeat(5000)])(
    "answers 404 for an id that was never given out: %p",
    async (id) => {
      const response = await gateway.poll(encodeURIComponent(id))
      expect(response.status).toBe(404)
      expect(((await response.json()) as Job).error.message).toBe("job not found or expired")
    },
  )
})

describe("the time a result is kept", () => {
  const kept = async (ttl?: string) => {
    const job = await gateway.end(
      await gateway.accept(chat(), ttl === undefined ? {} : { "x-bf-async-job-result-ttl": ttl }),
    )
    return (Date.parse(job.expires_at) - Date.parse(job.completed_at)) / 1000
  }

  test.each<[string | undefined, number]>([
    [undefined, 3600],
    ["120", 120],
    [" 120 ", 120],
    ["not-a-number", 3600],
    ["0", 3600],
    ["-1", 3600],
    ["1.5", 3600],
    ["1e3", 3600],
    ["", 3600],
    ["99999999999999999999999999", 30 * 86_400],
    ["2592001", 30 * 86_400],
  ])("x-bf-async-job-result-ttl %p is %p s from completion", async (header, expected) => {
    expect(await kept(header)).toBe(expected)
  })

  test("is over at once: 404 from the moment of expires_at", async () => {
    const id = await gateway.accept(chat(), { "x-bf-async-job-result-ttl": "1" })
    const job = await gateway.end(id)
    for (;;) {
      const before = Date.now()
      const response = await gateway.poll(id)
      if (response.status === 200) expect(before).toBeLessThan(Date.parse(job.expires_at))
      else {
        expect(response.status).toBe(404)
        expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(job.expires_at))
        break
      }
    }
  })
})

describe("a refusal", () => {
  const raw = (members: string) => `{${members}}`
  const messages = '"messages":[{"role":"user","content":"x"}]'
  const model = '"model":"mock/echo"'
  const rows: { name: string; body: string; status?: number; code?: string; says: string; param?: string }[] = [
    { name: "an empty body", body: "", code: "invalid_json", says: "the body is empty" },
    { name: "text that is no JSON", body: "{a", code: "invalid_json", says: "at line 1, column 2" },
    { name: "JSON that breaks off", body: '{"model":', code: "invalid_json", says: "the body is not valid JSON" },
    { name: "a comment", body: `{${model},/* x */${messages}}`, code: "invalid_json", says: "line 1, column 22" },
    { name: "a list", body: "[]", code: "invalid_json", says: "must be a JSON object" },
    { name: "a text", body: '"x"', code: "invalid_json", says: "must be a JSON object" },
    { name: "null", body: "null", code: "invalid_json", says: "must be a JSON object" },
    {
      name: "100,000 brackets inside",
      body: raw(`${model},${messages},"x":${"[".repeat(100_000)}${"]".repeat(100_000)}`),
      code: "invalid_json",
      says: "100001 deep",
    },
    { name: "100,000 open brackets", body: "[".repeat(100_000), code: "invalid_json", says: "nests too deep" },
    { name: "no messages", body: raw(model), says: "messages is required for chat completion", param: "messages" },
    { name: "empty messages", body: raw(`${model},"messages":[]`), says: "messages is required for chat completion" },
    { name: "messages null", body: raw(`${model},"messages":null`), says: "messages is required for chat completion" },
    { name: "messages of a wrong type", body: raw(`${model},"messages":"x"`), says: "messages must be an array" },
    {
      name: "a message of a wrong type",
      body: raw(`${model},"messages":[1]`),
      says: "messages[0] must be an object",
      param: "messages[0]",
    },
    {
      name: "a message without a role",
      body: raw(`${model},"messages":[{}]`),
      says: "messages[0].role is required",
      param: "messages[0].role",
    },
    {
      name: "a stream",
      body: raw(`${model},${messages},"stream":true`),
      says: "stream is not supported for async chat completions",
    },
    {
      name: "stream of a wrong type",
      body: raw(`${model},${messages},"stream":"true"`),
      says: "stream must be a boolean or null",
    },
    { name: "no model", body: raw(messages), says: "model is required", param: "model" },
    { name: "model empty", body: raw(`"model":"",${messages}`), says: "model is required" },
    { name: "model null", body: raw(`"model":null,${messages}`), says: "model is required" },
    { name: "model of a wrong type", body: raw(`"model":7,${messages}`), says: "model must be a string" },
    {
      name: "model without a provider",
      body: raw(`"model":"gpt-4o",${messages}`),
      says: "model must be in the format 'provider/model'",
    },
    {
      name: "model that ends at the slash",
      body: raw(`"model":"mock/",${messages}`),
      says: "model must be in the format 'provider/model'",
    },
    {
      name: "model that starts at the slash",
      body: raw(`"model":"/echo",${messages}`),
      says: "model must be in the format 'provider/model'",
    },
    {
      name: "model given twice",
      body: raw(`${model},${model},${messages}`),
      says: "model is given twice",
      param: "model",
    },
    {
      name: "model given twice, once escaped",
      body: raw(`${model},"mod\\u0065l":"mock/x",${messages}`),
      says: "model is given twice",
    },
    {
      name: "an unknown provider",
      body: raw(`"model":"opnai/gpt-4o",${messages}`),
      code: "unknown_provider",
      says: "did you mean 'openai'?",
    },
    {
      name: "a provider without a key",
      body: raw(`"model":"openai/gpt-4o",${messages}`),
      code: "no_keys",
      says: "no keys found for provider: openai and model: gpt-4o",
    },
    {
      name: "fallbacks",
      body: raw(`${model},${messages},"fallbacks":["mock/b"]`),
      code: "unsupported_parameter",
      says: "fallbacks are not supported yet",
      param: "fallbacks",
    },
  ]

  test.each(rows)("$name is refused with 400 and stored nowhere", async ({ body, code, says, param }) => {
    const before = gateway.count("jobs")
    const response = await gateway.submit(body)
    const error = (await response.json()) as Job
    expect(gateway.count("jobs")).toBe(before)
    expect(response.status).toBe(400)
    expect(error.error.message).toContain(says)
    expect(error.error.code).toBe(code ?? "invalid_request")
    if (param !== undefined) expect(error.error.param).toBe(param)
    expect(Object.keys(error)).toEqual(["type", "is_bifrost_error", "status_code", "error", "extra_fields"])
    expect(error).toMatchObject({ is_bifrost_error: false, status_code: 400 })
    expect(response.headers.get("x-request-id")).toBeTruthy()
  })

  test("required fields are checked before the stream, the stream before the model", async () => {
    const says = async (body: string) => ((await (await gateway.submit(body)).json()) as Job).error.message
    expect(await says('{"stream":true}')).toBe("messages is required for chat completion")
    expect(await says(raw(`${messages},"stream":true`))).toBe("stream is not supported for async chat completions")
    expect(await says(raw(`"model":"x",${messages},"stream":true`))).toBe(
      "stream is not supported for async chat completions",
    )
  })

  test("names provider, model and request type as far as they are known", async () => {
    const error = (await (await gateway.submit(raw(`"model":"openai/gpt-4o",${messages}`))).json()) as Job
    expect(error.extra_fields).toEqual({
      provider: "openai",
      model_requested: "gpt-4o",
      original_model_requested: "gpt-4o",
      request_type: "chat_completion",
    })
  })

  test.each(["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])(
    "%s is refused with 415",
    async (type) => {
      const response = await gateway.submit(chat(), { "content-type": type })
      expect(response.status).toBe(415)
      expect(((await response.json()) as Job).error.message).toContain("application/json")
    },
  )

  test("a compressed body is refused with 415", async () => {
    const response = await gateway.fetch(CHAT, {
      method: "POST",
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
      body: Bun.gzipSync(JSON.stringify(chat())),
    })
    expect(response.status).toBe(415)
  })

  test("bytes that are no UTF-8 are refused with 400", async () => {
    const response = await gateway.fetch(CHAT, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]),
    })
    expect(response.status).toBe(400)
    expect(((await response.json()) as Job).error.message).toContain("UTF-8")
  })

  test.each([
    ["with its length known", () => new Uint8Array(101 * 1024 * 1024)],
    [
      "in chunks of unknown number",
      () => {
        let sent = 0
        return new ReadableStream({
          pull(controller) {
            if (sent++ < 101) controller.enqueue(new Uint8Array(1024 * 1024).fill(120))
            else controller.close()
          },
        })
      },
    ],
  ])("a body of 101 MB, %s, is refused with 413 that names the limit and its setting", async (_, body) => {
    const response = await gateway.fetch(CHAT, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: body(),
    })
    const error = (await response.json()) as Job
    expect(response.status).toBe(413)
    expect(error.error.message).toContain("100 MB")
    expect(error.error.message).toContain("client.max_request_body_size_mb")
  })

  test.each([
    ["PUT", CHAT, "POST"],
    ["GET", CHAT, "POST"],
    ["POST", `${CHAT}/some-id`, "GET"],
    ["PATCH", "/health", "GET"],
    ["OPTIONS", CHAT, "POST"],
  ])("%s %s is refused with 405 and Allow", async (method, path, allow) => {
    const response = await gateway.fetch(path, { method })
    expect(response.status).toBe(405)
    expect(response.headers.get("allow")).toBe(allow)
    expect(((await response.json()) as Job).error.code).toBe("method_not_allowed")
  })

  test.each(["/", "/v1/async/nothing", "/v1/chat/completions", `${CHAT}/a/b`, "/%2e%2e/etc/passwd"])(
    "%s answers 404 with the error object",
    async (path) => {
      const response = await gateway.fetch(path)
      expect(response.status).toBe(404)
      expect(((await response.json()) as Job).error.code).toBe("route_not_found")
    },
  )
})

describe("/health", () => {
  test("answers 200 with exactly status ok", async () => {
    const response = await gateway.fetch("/health")
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('{"status":"ok"}')
  })
})

test("nothing that was refused or asked has left a 500 or a stack trace behind", () => {
  expect(gateway.log()).toBe("")
})
