import { afterAll, describe, expect, test } from "bun:test"
import { createConfig, lintFromString } from "@redocly/openapi-core"
import { endpoints } from "../../src/endpoints/table.ts"
import { CHAT, chat, type Job, launch } from "../harness.ts"

interface Content {
  example?: unknown
  examples?: Record<string, { value: unknown }>
}
interface Answer {
  headers: Record<string, unknown>
  content: Record<string, Content>
}
interface Operation {
  requestBody?: { content: Record<string, Content> }
  responses: Record<string, Answer | { $ref: string }>
}
interface ApiDocument {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: Record<string, { properties: Record<string, unknown> }>
    responses: Record<string, Answer>
  }
}

const gateway = await launch({ config: { client: { max_request_body_size_mb: 0.01 } } })
afterAll(() => gateway.dispose())

const source = await (await gateway.fetch("/docs/json")).text()
const api: ApiDocument = JSON.parse(source)

function answerOf(operation: Operation | undefined, status: number): Answer {
  const answer = operation?.responses[status]
  if (!answer) throw new Error(`status ${status} is not documented`)
  if (!("$ref" in answer)) return answer
  return api.components.responses[answer.$ref.split("/").at(-1) ?? ""] as Answer
}

function propertiesOf(schema: string): string[] {
  return Object.keys(api.components.schemas[schema]?.properties ?? {})
}

test("the document passes every recommended rule of a linter that knows OpenAPI 3.1", async () => {
  const config = await createConfig({ extends: ["recommended"] })
  const problems = await lintFromString({ source, absoluteRef: "openapi.json", config })
  expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([])
  expect(api.openapi).toBe("3.1.0")
})

test("each endpoint has its two operations, and there is nothing in the document that the server does not have", async () => {
  const documented = Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method} ${path}`),
  )
  const expected = endpoints.flatMap(({ path }) => [`post ${path}`, `get ${path}/{job_id}`])
  expect(documented).toEqual(expect.arrayContaining([...expected, "get /health"]))
  for (const line of documented) {
    const [method = "", path = ""] = line.split(" ")
    const response = await gateway.fetch(path, { method: method.toUpperCase() })
    expect(`${line}: ${await response.text()}`).not.toMatch(/route_not_found|method_not_allowed/)
  }
})

describe.each(endpoints.map(({ path }) => path))("%s", (path) => {
  const submit = api.paths[path]?.["post"]
  const poll = api.paths[`${path}/{job_id}`]?.["get"]

  test("the documented example is accepted and ends well", async () => {
    const example = submit?.requestBody?.content["application/json"]?.example
    const response = await gateway.fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(example),
    })
    expect(response.status).toBe(202)
    for (const name of Object.keys(answerOf(submit, 202).headers)) expect(response.headers.has(name)).toBe(true)
    const job = await gateway.end(((await response.json()) as Job).id)
    expect(job.status).toBe("completed")
    const inOrder = propertiesOf("Job").filter((name) => name in job)
    expect(Object.keys(job)).toEqual(inOrder)
  })

  test("the documented ends of a job are in the wire's order", () => {
    const { examples = {} } = answerOf(poll, 200).content["application/json"] ?? {}
    expect(Object.keys(examples)).toEqual(["completed", "failed"])
    for (const { value } of Object.values(examples)) {
      const job = value as Record<string, unknown>
      expect(Object.keys(job)).toEqual(propertiesOf("Job").filter((name) => name in job))
    }
  })
})

const ZERO = "00000000-0000-0000-0000-000000000000"
const json = { "content-type": "application/json" }
const refusals: [title: string, path: string, init: RequestInit, status: number, code: string][] = [
  ["broken JSON", CHAT, { method: "POST", headers: json, body: "{" }, 400, "invalid_json"],
  ["no model", CHAT, post({ messages: [{ role: "user" }] }), 400, "invalid_request"],
  ["an unknown provider", CHAT, post(chat({ model: "nobody/x" })), 400, "unknown_provider"],
  ["fallbacks", CHAT, post(chat({ fallbacks: ["mock/echo"] })), 400, "unsupported_parameter"],
  ["a foreign Origin", CHAT, post(chat(), { origin: "https://example.com" }), 403, "origin_not_allowed"],
  ["a foreign Host", CHAT, post(chat(), { host: "example.com" }), 403, "host_not_allowed"],
  ["a large body", CHAT, post(chat({ user: "x".repeat(20_000) })), 413, "request_too_large"],
  ["a form", CHAT, post(chat(), { "content-type": "multipart/form-data" }), 415, "unsupported_media_type"],
  ["a job that is not there", `${CHAT}/${ZERO}`, {}, 404, "job_not_found"],
  [
    "a poll from a foreign page",
    `${CHAT}/${ZERO}`,
    { headers: { origin: "https://example.com" } },
    403,
    "origin_not_allowed",
  ],
]

function post(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return { method: "POST", headers: { ...json, ...headers }, body: JSON.stringify(body) }
}

test.each(refusals)("the refusal of %s is documented", async (_, path, init, status, code) => {
  const response = await gateway.fetch(path, init)
  const body = (await response.json()) as Job
  expect([response.status, body.error.code]).toEqual([status, code])
  const operation = init.method === "POST" ? api.paths[path]?.["post"] : api.paths[`${CHAT}/{job_id}`]?.["get"]
  const answer = answerOf(operation, status)
  expect(Object.keys(answer.content["application/json"]?.examples ?? {})).toContain(code)
  for (const name of Object.keys(answer.headers)) expect(response.headers.has(name)).toBe(true)
  expect(Object.keys(body)).toEqual(propertiesOf("Error").filter((name) => name in body))
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
    const [, options = ""] = /^SwaggerUIBundle\((.*)\)\s*$/.exec(script) ?? []
    expect(JSON.parse(options)).toMatchObject({ url: "/docs/json", validatorUrl: null })
  })
})
