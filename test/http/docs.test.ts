import { expect, test } from "bun:test"
import { Elysia } from "elysia"
import { type Endpoint, endpoints } from "../../src/endpoints/table.ts"
import { errorCodes, statusOf } from "../../src/errors.ts"
import { docs } from "../../src/http/docs.ts"
import { describeApi, documentation } from "../../src/http/documentation.ts"
import { meanings } from "../../src/http/wire.ts"

/** A server whose routes are `app`'s and those of /docs. */
function withDocs(app: Elysia): Elysia {
  app.use(docs("1.2.3", () => app.routes))
  return app
}

async function textOf(app: Elysia): Promise<string> {
  return await (await app.handle(new Request("http://localhost/docs/json"))).text()
}

test("the document has every route that is not hidden, and nothing of its own pages", async () => {
  const app = new Elysia()
  app.get("/shown/:id", () => "", { detail: { summary: "Shown" } })
  app.get("/hidden", () => "", { detail: { hide: true } })
  const { paths } = JSON.parse(await textOf(withDocs(app)))
  expect(Object.keys(paths)).toEqual(["/shown/{id}"])
  expect(paths["/shown/{id}"].get.summary).toBe("Shown")
})

test("the document says the version it was given, and that it is OpenAPI 3.1", async () => {
  const document = JSON.parse(await textOf(withDocs(new Elysia())))
  expect(document).toMatchObject({ openapi: "3.1.0", info: { version: "1.2.3" }, security: [] })
})

test("the document is compact and stays the same", async () => {
  const app = withDocs(new Elysia())
  const text = await textOf(app)
  expect(text).toBe(JSON.stringify(JSON.parse(text)))
  expect(await textOf(app)).toBe(text)
})

test("an endpoint that is added to the table describes itself", () => {
  const added = { ...(endpoints[0] as Endpoint), requestType: "image_edit", path: "/v1/async/images/edits" }
  const submit = documentation.submit(added)
  expect(submit.operationId).toBe("submitImageEdit")
  expect(submit.requestBody).toMatchObject({
    content: { "application/json": { schema: { $ref: "#/components/schemas/ImageEditRequest" } } },
  })
  expect(documentation.poll(added).operationId).toBe("pollImageEdit")
})

test("every endpoint of the table has its request and its result among the schemas", () => {
  const names = Object.keys(describeApi("1.2.3").components?.schemas ?? {})
  expect(names.filter((name) => name.endsWith("Request"))).toHaveLength(endpoints.length)
  expect(names.filter((name) => name.endsWith("Result"))).toHaveLength(endpoints.length)
})

test("the documented codes are the closed list of codes", () => {
  expect(describeApi("1.2.3").components?.schemas?.["ErrorCode"]).toMatchObject({ enum: errorCodes })
})

test("an operation documents the status of every code it can refuse with", () => {
  const endpoint = endpoints[0] as Endpoint
  const operations = {
    submit: documentation.submit(endpoint),
    poll: documentation.poll(endpoint),
    health: documentation.health(),
  }
  for (const [name, { responses = {} }] of Object.entries(operations)) {
    const codes = errorCodes.filter((code) => meanings[code].from.some((origin) => origin === name))
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(codes.map((code) => String(statusOf(code)))))
  }
  expect(Object.keys(operations.submit.responses ?? {})).toEqual([
    "202",
    "400",
    "403",
    "413",
    "415",
    "500",
    "503",
    "507",
  ])
  expect(Object.keys(operations.poll.responses ?? {})).toEqual(["200", "202", "403", "404", "500", "503"])
})
