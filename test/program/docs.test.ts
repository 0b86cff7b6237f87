import { afterAll, describe, expect, test } from "bun:test"
import { createConfig, lintFromString } from "@redocly/openapi-core"
import Schema from "typebox/schema"
import { findJobsPath } from "../../src/endpoints/clienttypes.ts"
import { endpoints } from "../../src/endpoints/endpoints.ts"
import { CHAT, chat, type Job, launch } from "../harness.ts"

interface Content {
  schema: object
  example?: Record<string, unknown>
  examples?: Record<string, { value: unknown }>
  encoding?: Record<string, unknown>
}
interface Reference {
  $ref: string
}
interface Answer {
  headers?: Record<string, Reference>
  content?: Record<string, Content>
}
interface Operation {
  summary?: string
  parameters?: unknown[]
  requestBody?: { content: Record<string, Content> }
  responses: Record<string, Answer | Reference>
}
interface ApiDocument {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: Record<string, { properties: Record<string, unknown> }>
    headers: Record<string, { required?: boolean }>
    responses: Record<string, Answer>
  }
}

const JOBS = "/v1/async/jobs"
const paths = endpoints.map((endpoint) => `/v1/async${findJobsPath(endpoint)}`)
const json = { "content-type": "application/json" }

const gateway = await launch({ config: { client: { max_request_body_size_mb: 0.01 } } })
afterAll(() => gateway.dispose())

const source = await (await gateway.fetch("/docs/json")).text()
const api: ApiDocument = JSON.parse(source)

function readAnswer(operation: Operation | undefined, status: number | string): Answer {
  const answer = operation?.responses[status]
  if (!answer) throw new Error(`status ${status} is not documented`)
  return "$ref" in answer ? (api.components.responses[takeLast(answer)] as Answer) : answer
}

function takeLast({ $ref }: Reference): string {
  return $ref.split("/").at(-1) ?? ""
}

function listProperties(schema: string): string[] {
  return Object.keys(api.components.schemas[schema]?.properties ?? {})
}

/** The members of a job in the wire's order, by its status. */
function listMembers(job: Job): string[] {
  if (job.status === "completed") return [...listProperties("CompletedJob"), "result"]
  return listProperties(job.status === "failed" ? "FailedJob" : "AcceptedJob")
}

/** What the document says is wrong with a value, of which it says that it is of this schema. */
function complaints(schema: object, value: unknown): unknown[] {
  return Schema.Compile({ ...schema, components: api.components }).Errors(value)[1]
}

/** Holds a real answer against what the document says of it: its status, the headers it must have, and its body. */
async function expectDocumented(operation: Operation | undefined, response: Response): Promise<Job> {
  const { headers = {}, content } = readAnswer(operation, response.status)
  const required = Object.entries(headers).filter(([, header]) => api.components.headers[takeLast(header)]?.required)
  const missing = required.map(([name]) => name).filter((name) => !response.headers.has(name))
  expect(missing).toEqual([])
  const type = response.headers.get("content-type")?.split(";")[0] ?? ""
  if (type === "application/json") {
    const body = (await response.json()) as Job
    expect(complaints(content?.[type]?.schema ?? {}, body)).toEqual([])
    return body
  }
  const bytes = await response.bytes()
  if (bytes.length > 0) expect(Object.keys(content ?? {})).toContain(type.replace(/[^/]*$/, "*"))
  else expect(content).toBeUndefined()
  return null
}

/** The body that the document shows; of a form, small files stand for the bytes that a document cannot show. */
function readBody(type: string, { example = {}, encoding = {} }: Content): RequestInit {
  if (type === "application/json") return { headers: json, body: JSON.stringify(example) }
  const form = new FormData()
  for (const [name, value] of Object.entries(example)) {
    if (name in encoding) form.append(name, new Blob(["some bytes"]), "file.bin")
    else form.append(name, String(value))
  }
  return { body: form }
}

function post(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return { method: "POST", headers: { ...json, ...headers }, body: JSON.stringify(body) }
}

test("the document passes every recommended rule of a linter that knows OpenAPI 3.1", async () => {
  const config = await createConfig({ extends: ["recommended"] })
  const problems = await lintFromString({ source, absoluteRef: "openapi.json", config })
  expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([])
  expect(api.openapi).toBe("3.1.0")
}, 240_000)

test("the document has every route, and none that the server does not have", async () => {
  const documented = Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method} ${path}`),
  )
  const ofJob = (path: string) => [`get ${path}/{job_id}`, `post ${path}/{job_id}/cancel`, `delete ${path}/{job_id}`]
  const native = paths.flatMap((path) => [`post ${path}`, ...ofJob(path)])
  const expected = [
    ...native,
    ...endpoints.map(({ path }) => `post /v1${path}`),
    `get ${JOBS}`,
    `post ${JOBS}/cancel`,
    ...ofJob(JOBS),
    `get ${JOBS}/{job_id}/content`,
    ...["post", "get"].map((method) => `${method} /v1/async/bulk`),
    "get /v1/async/bulk/{bulk_id}",
    "post /v1/async/bulk/{bulk_id}/cancel",
    `get ${JOBS}/{job_id}/result`,
    `get ${JOBS}/{job_id}/request`,
    `post ${JOBS}/{job_id}/replay`,
    "get /v1/async/me",
    "get /v1/async/virtual-keys",
    "post /v1/async/virtual-keys",
    "get /v1/async/virtual-keys/{key_id}",
    "post /v1/async/virtual-keys/{key_id}",
    "delete /v1/async/virtual-keys/{key_id}",
    "get /v1/async/stats",
    "get /v1/async/providers",
    "get /v1/async/queues",
    "get /v1/async/usage",
    "get /v1/async/events",
    "get /v1/async/jobs/{job_id}/events",
    "get /v1/models",
    "get /v1/models/{model}",
    "post /v1/files",
    "get /v1/files",
    "get /v1/files/{file_id}",
    "get /v1/files/{file_id}/content",
    "delete /v1/files/{file_id}",
    "post /v1/batches",
    "get /v1/batches",
    "get /v1/batches/{batch_id}",
    "get /v1/batches/{batch_id}/results",
    "post /v1/batches/{batch_id}/cancel",
    "get /v1/responses/{response_id}",
    "get /v1/responses/{response_id}/input_items",
    "post /v1/responses/{response_id}/cancel",
    "delete /v1/responses/{response_id}",
    ...["post", "delete"].map((method) => `${method} /v1/conversations`),
    ...["get", "post", "delete"].map((method) => `${method} /v1/conversations/{conversation_id}`),
    ...["get", "post"].map((method) => `${method} /v1/conversations/{conversation_id}/items`),
    ...["get", "delete"].map((method) => `${method} /v1/conversations/{conversation_id}/items/{item_id}`),
    ...["get", "post"].map((method) => `${method} /api/webhooks`),
    ...["get", "put", "delete"].map((method) => `${method} /api/webhooks/{webhook_id}`),
    "post /api/webhooks/{webhook_id}/rotate-secret",
    "post /api/webhooks/{webhook_id}/test",
    "get /api/webhooks/{webhook_id}/deliveries",
    "get /api/webhooks/deliveries",
    "post /api/webhooks/deliveries/{delivery_id}/redeliver",
    "get /v1/webhook_event_types",
    ...["get", "post"].map((method) => `${method} /v1/webhook_endpoints`),
    ...["get", "post", "delete"].map((method) => `${method} /v1/webhook_endpoints/{webhook_id}`),
    "post /v1/webhook_endpoints/{webhook_id}/rotate_secret",
    "post /v1/webhook_endpoints/{webhook_id}/test",
    "get /health",
    "get /metrics",
  ]
  expect(documented.toSorted()).toEqual(expected.toSorted())
  for (const line of documented) {
    const [method = "", path = ""] = line.split(" ")
    const response = await gateway.fetch(path, { method: method.toUpperCase() })
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream")
    if (isStream) await response.body?.cancel()
    else expect(`${line}: ${await response.text()}`).not.toMatch(/route_not_found|method_not_allowed/)
  }
})

test("every example of a request or a response is of its schema", () => {
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const),
  )
  const examples = operations.flatMap(([title, operation]) => {
    const answers = Object.keys(operation.responses).map((status) => readAnswer(operation, status))
    const contents = [operation.requestBody, ...answers].flatMap((each) => Object.values(each?.content ?? {}))
    return contents.flatMap(({ schema, example, examples = {} }) =>
      [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)].map(
        (value) => ({ title, schema, value }),
      ),
    )
  })
  expect(examples.length).toBeGreaterThan(operations.length)
  expect(examples.filter(({ schema, value }) => complaints(schema, value).length > 0)).toEqual([])
})

const bodies = paths.flatMap((path) =>
  Object.entries(api.paths[path]?.["post"]?.requestBody?.content ?? {}).map(
    ([type, content]) => [path, type, content] as const,
  ),
)

describe.each(bodies)("%s as %s", (path, type, content) => {
  const submit = api.paths[path]?.["post"]
  const poll = api.paths[`${path}/{job_id}`]?.["get"]

  test("the documented example is accepted and ends well, and each answer is as documented", async () => {
    expect(complaints(content.schema, content.example)).toEqual([])
    const response = await gateway.fetch(path, { method: "POST", ...readBody(type, content) })
    expect(response.status).toBe(202)
    const { id } = await expectDocumented(submit, response)
    const ended = await gateway.fetch(`${path}/${id}`, { headers: { prefer: "wait=10" } })
    expect(ended.status).toBe(200)
    const job = await expectDocumented(poll, ended)
    expect(job.status).toBe("completed")
    expect(Object.keys(job)).toEqual(listMembers(job))
  })

  test("the documented ends of a job are of their own schema, and in the wire's order", () => {
    const { schema = {}, examples = {} } = readAnswer(poll, 200).content?.["application/json"] ?? {}
    expect(Object.keys(examples)).toEqual(["completed", "failed"])
    for (const { value } of Object.values(examples)) {
      expect(complaints(schema, value)).toEqual([])
      expect(Object.keys(value as object)).toEqual(listMembers(value))
    }
  })
})

describe("what can be done with a job answers as documented:", () => {
  const speech = "/v1/async/audio/speech"
  let id = ""

  async function ask(method: string, template: string, init: RequestInit = {}, query = ""): Promise<[number, Job]> {
    const path = template.replace("{job_id}", id) + query
    const response = await gateway.fetch(path, { method: method.toUpperCase(), redirect: "manual", ...init })
    return [response.status, await expectDocumented(api.paths[template]?.[method], response)]
  }

  test("a submit that waits, one that is sent again, and one with another body", async () => {
    const body = { model: "mock/tts", input: "Hello", voice: "alloy", response_format: "wav" }
    const headers = { prefer: "wait=10", "idempotency-key": "the same" }
    const [status, job] = await ask("post", speech, post(body, headers))
    id = job.id
    expect([status, job.status]).toEqual([200, "completed"])
    expect(await ask("post", speech, post(body, headers))).toMatchObject([200, { id }])
    expect((await ask("post", speech, post({ ...body, input: "Bye" }, headers)))[0]).toBe(422)
  })

  test("the content, whole, in part, not at all, and beyond its end", async () => {
    const path = `${JOBS}/{job_id}/content`
    expect((await ask("get", path))[0]).toBe(200)
    expect((await ask("get", path, { headers: { range: "bytes=0-3" } }))[0]).toBe(206)
    expect((await ask("get", path, { headers: { "if-none-match": `"${id}"` } }))[0]).toBe(304)
    expect((await ask("get", path, { headers: { range: "bytes=9999999-" } }))[0]).toBe(416)
  })

  test("the result and the request, whole, in part, not at all, and beyond their end", async () => {
    for (const what of ["result", "request"]) {
      const path = `${JOBS}/{job_id}/${what}`
      expect((await ask("get", path))[0]).toBe(200)
      expect((await ask("get", path, { headers: { range: "bytes=0-" } }))[0]).toBe(206)
      expect((await ask("get", path, { headers: { "if-none-match": `"${id}-${what}"` } }))[0]).toBe(304)
      expect((await ask("get", path, { headers: { range: "bytes=9999999-" } }))[0]).toBe(416)
    }
  })

  test("the view without the result", async () => {
    const [status, view] = await ask("get", `${JOBS}/{job_id}`, {}, "?omit=result")
    expect([status, view.result, view.result_bytes]).toEqual([200, undefined, expect.any(Number)])
    expect((await ask("get", `${JOBS}/{job_id}`, {}, "?omit=usage"))[0]).toBe(400)
  })

  test("the view of a job that has ended, and the list, with its limits", async () => {
    expect(await ask("get", `${JOBS}/{job_id}`)).toMatchObject([200, { id, request_type: "speech" }])
    expect(await ask("get", JOBS, {}, "?limit=1")).toMatchObject([200, { data: [{ id }], has_more: true }])
    expect((await ask("get", JOBS, {}, "?limit=100&status=failed&type=ocr&provider=mock&model=ocr"))[0]).toBe(200)
    expect((await ask("get", JOBS, {}, "?limit=101"))[0]).toBe(400)
  })

  test("the view of a job that waits, its cancelling, and its deletion", async () => {
    const [, waiting] = await ask("post", CHAT, post(chat({ mock: { status: 503 } })))
    id = waiting.id
    expect((await ask("get", `${JOBS}/{job_id}`))[0]).toBe(202)
    expect(await ask("post", `${CHAT}/{job_id}/cancel`)).toMatchObject([200, { status: "failed", status_code: 499 }])
    expect(await ask("post", `${JOBS}/{job_id}/cancel`)).toMatchObject([200, { status: "failed", status_code: 499 }])
    expect((await ask("get", `${JOBS}/{job_id}/content`))[0]).toBe(404)
    expect((await ask("get", `${JOBS}/{job_id}/result`))[0]).toBe(404)
    expect((await ask("delete", `${JOBS}/{job_id}`))[0]).toBe(204)
    expect((await ask("delete", `${CHAT}/{job_id}`))[0]).toBe(404)
  })
})

test("the models are as documented, all of them and those of one provider, and so is the refusal of an unknown one", async () => {
  const operation = api.paths["/v1/models"]?.["get"]
  const ask = async (query: string) => expectDocumented(operation, await gateway.fetch(`/v1/models${query}`))
  expect((await ask("")).data).not.toEqual([])
  expect((await ask("?provider=mock")).data).toMatchObject([{ id: "mock/echo" }])
  expect((await ask("?provider=nobody")).error.code).toBe("unknown_provider")
  const { schema = {}, example } = readAnswer(operation, 200).content?.["application/json"] ?? {}
  expect(complaints(schema, example)).toEqual([])
})

test.each([
  ["/v1/async/me", ""],
  ["/v1/async/stats", ""],
  ["/v1/async/stats", "?window=24h"],
  ["/v1/async/stats", "?window=1h"],
  ["/v1/async/queues", ""],
  ["/v1/async/usage", ""],
  ["/v1/async/usage", "?by=day,provider,model,type,owner,key"],
  ["/v1/async/usage", "?by=week"],
  ["/v1/async/virtual-keys", ""],
  ["/v1/async/providers", ""],
])("%s%s answers as documented, and so does its example", async (path, query) => {
  const operation = api.paths[path]?.["get"]
  await expectDocumented(operation, await gateway.fetch(path + query))
  const { schema = {}, example } = readAnswer(operation, 200).content?.["application/json"] ?? {}
  expect(complaints(schema, example)).toEqual([])
})

const ZERO = "00000000-0000-0000-0000-000000000000"
const refusals: [title: string, path: string, init: RequestInit, status: number, code: string][] = [
  ["broken JSON", CHAT, { method: "POST", headers: json, body: "{" }, 400, "invalid_json"],
  ["no model", CHAT, post({ messages: [{ role: "user" }] }), 400, "invalid_request"],
  ["an unknown provider", CHAT, post(chat({ model: "nobody/x" })), 400, "unknown_provider"],
  ["a type the provider lacks", "/v1/async/ocr", post(makeOcr("ollama")), 400, "unsupported_operation"],
  ["a provider without a key", CHAT, post(chat({ model: "openai/x" })), 400, "no_keys"],
  ["an unknown virtual key", CHAT, post(chat(), { "x-bf-vk": "sk-bf-x" }), 400, "virtual_key_not_found"],
  ["a fallback that is none", CHAT, post(chat({ fallbacks: ["echo"] })), 400, "invalid_request"],
  ["a webhook", CHAT, post(chat(), { "x-bf-async-webhook": "mine" }), 400, "invalid_request"],
  ["a foreign Origin", CHAT, post(chat(), { origin: "https://example.com" }), 403, "origin_not_allowed"],
  ["a foreign Host", CHAT, post(chat(), { host: "example.com" }), 403, "host_not_allowed"],
  ["a large body", CHAT, post(chat({ user: "x".repeat(20_000) })), 413, "request_too_large"],
  ["a form", CHAT, post(chat(), { "content-type": "multipart/form-data" }), 415, "unsupported_media_type"],
  ["a job that is not there", `${CHAT}/{job_id}`, {}, 404, "job_not_found"],
  [
    "a foreign page's poll",
    `${CHAT}/{job_id}`,
    { headers: { origin: "https://a.example" } },
    403,
    "origin_not_allowed",
  ],
]

function makeOcr(provider: string): Record<string, unknown> {
  return { model: `${provider}/x`, document: { type: "image_url", image_url: "https://example.com/a.png" } }
}

test.each(refusals)("the refusal of %s is documented", async (_, path, init, status, code) => {
  const operation = api.paths[path]?.[init.method?.toLowerCase() ?? "get"]
  const response = await gateway.fetch(path.replace("{job_id}", ZERO), init)
  const body = await expectDocumented(operation, response)
  expect([response.status, body.error.code]).toEqual([status, code])
  const { examples = {} } = readAnswer(operation, status).content?.["application/json"] ?? {}
  expect(Object.keys(examples)).toContain(code)
  expect(Object.keys(body)).toEqual(listProperties("Error").filter((name) => name in body))
})

describe("the page", () => {
  test("names no other host, and forbids the browser to go there", async () => {
    const response = await gateway.fetch("/docs")
    const html = await response.text()
    expect(response.status).toBe(200)
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8")
    expect(response.headers.get("content-security-policy")).toStartWith("default-src 'self';")
    expect(html).not.toMatch(/\/\//)
    expect(html).not.toMatch(/<script(?![^>]* src="\/docs\/)/)
  })

  test("finds every part of itself at the gateway", async () => {
    const html = await (await gateway.fetch("/docs")).text()
    const parts = [...html.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, path = ""]) => path)
    expect(parts).toHaveLength(4)
    for (const path of parts) {
      const response = await gateway.fetch(path)
      expect([path, response.status]).toEqual([path, 200])
      expect((await response.text()).length).toBeGreaterThan(100)
    }
  })

  test("starts with the gateway's own document and without the validator's badge", async () => {
    const script = await (await gateway.fetch("/docs/init.js")).text()
    const started: object[] = []
    new Function("SwaggerUIBundle", script)((options: object) => started.push(options))
    expect(started).toMatchObject([{ url: "/docs/json", validatorUrl: null }])
  })
})
