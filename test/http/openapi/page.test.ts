import { expect, test } from "bun:test"
import { join } from "node:path"
import type { DocumentDecoration } from "elysia"
import { type DescribedEndpoint, described } from "../../../src/endpoints/endpoint.ts"
import { endpoints, getEndpoint } from "../../../src/endpoints/endpoints.ts"
import { errorCodes, findStatus } from "../../../src/errors.ts"
import { describeApi } from "../../../src/http/openapi/document.ts"
import { meanings, type Origin } from "../../../src/http/openapi/errorcodes.ts"
import { describeOperation, operations } from "../../../src/http/openapi/operations.ts"
import { createDocument } from "../../../src/http/openapi/page.ts"
import { nameSchema } from "../../../src/http/openapi/schemas.ts"
import { routes } from "../../../src/http/routes.ts"

const readDocument = async (rows: Parameters<typeof createDocument>[1] = []) =>
  JSON.parse(await createDocument("1.2.3", rows)())

test("the document has every route that has an operation, and no other", async () => {
  const { paths } = await readDocument([
    { method: "GET", path: "/shown/:id", operation: "health", endpoint: null },
    { method: "GET", path: "/hidden", operation: null, endpoint: null },
  ])
  expect(Object.keys(paths)).toEqual(["/shown/{id}"])
  expect(paths["/shown/{id}"].get.operationId).toBe("health")
})

test("the document of the server says of each route in its table what it is, and of nothing else", async () => {
  const { paths } = (await readDocument(routes)) as { paths: Record<string, Record<string, { operationId: string }>> }
  const documented: (string | undefined)[][] = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => [`${method.toUpperCase()} ${path}`, operationId]),
  )
  const expected = routes.flatMap(({ method, path, operation, endpoint }): (string | undefined)[][] =>
    operation === null
      ? []
      : [[`${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`, describeOperation(operation, endpoint).operationId]],
  )
  expect(documented.toSorted()).toEqual(expected.toSorted())
  expect(new Set(documented.map(([, id]) => id)).size).toBe(documented.length)
})

test("the document says the version it was given, and that it is OpenAPI 3.1", async () => {
  expect(await readDocument()).toMatchObject({ openapi: "3.1.0", info: { version: "1.2.3" } })
})

test("the document is compact and stays the same", async () => {
  const read = createDocument("1.2.3", [])
  const text = await read()
  expect(text).toBe(JSON.stringify(JSON.parse(text)))
  expect(await read()).toBe(text)
})

test("an endpoint that is added to the table describes itself", () => {
  const added = { ...described(getEndpoint("embedding")), requestType: "sound_effect", path: "/audio/effects" }
  const submit = operations.submit(added)
  expect(submit.operationId).toBe("submitSoundEffect")
  expect(submit.requestBody).toMatchObject({
    content: { "application/json": { schema: { $ref: "#/components/schemas/SoundEffectRequest" } } },
  })
  const { poll, cancel, remove } = operations
  const ids = [poll, cancel, remove].map((describe) => describe(added).operationId)
  expect(ids).toEqual(["pollSoundEffect", "cancelSoundEffect", "deleteSoundEffect"])
})

test("a request has a body for every form that its endpoint takes", () => {
  const contents = Object.fromEntries(
    endpoints.map((endpoint) => [endpoint.requestType, contentOf(described(endpoint))]),
  )
  expect(Object.keys(contents["chat_completion"] ?? {})).toEqual(["application/json"])
  expect(Object.keys(contents["transcription"] ?? {})).toEqual(["multipart/form-data"])
  expect(contents["image_edit"]).toMatchObject({
    "multipart/form-data": {
      schema: { $ref: "#/components/schemas/ImageEditForm" },
      encoding: { mask: { contentType: "image/png" } },
    },
    "application/json": { schema: { $ref: "#/components/schemas/ImageEditRequest" } },
  })
})

test("every endpoint of the table has its request, its result and its job among the schemas", () => {
  const names = Object.keys(describeApi("1.2.3").components?.schemas ?? {})
  const expected = endpoints.flatMap((endpoint) =>
    ["Request", "Result", "Job"].map((part) => nameSchema(endpoint) + part),
  )
  expect(names).toEqual(expect.arrayContaining(expected))
})

test("the documented codes are the closed list of codes, each with where it comes from", () => {
  expect(describeApi("1.2.3").components?.schemas?.["ErrorCode"]).toMatchObject({ enum: errorCodes })
  expect(errorCodes.filter((code) => meanings[code].from.length === 0)).toEqual([])
})

const endpoint = described(getEndpoint("chat_completion"))
const refusing: [operation: DocumentDecoration, origin: Origin, statuses: string][] = [
  [operations.submit(endpoint), "submit", "200 202 400 401 402 403 413 415 422 429 500 503 507"],
  [operations.poll(endpoint), "poll", "200 202 403 404 500 503"],
  [operations.cancel(endpoint), "change", "200 403 404 500 503 507"],
  [operations.remove(endpoint), "change", "204 403 404 500 503 507"],
  [operations.cancel(null), "changeAny", "200 403 404 500 503 507"],
  [operations.remove(null), "changeAny", "204 403 404 500 503 507"],
  [operations.list(), "list", "200 400 401 403 500 503"],
  [operations.cancelAll(), "cancelAll", "200 400 401 403 500 503 507"],
  [operations.startBulk(), "startBulk", "200 202 400 401 403 413 415 429 500 503 507"],
  [operations.listBulk(), "listBulk", "200 400 401 403 500"],
  [operations.showBulk(), "showBulk", "200 400 401 403 404 500"],
  [operations.abortBulk(), "showBulk", "200 400 401 403 404 500"],
  [operations.models(), "models", "200 400 401 403 500"],
  [operations.view(), "view", "200 202 400 403 404 500 503"],
  [operations.content(), "content", "200 206 302 304 403 404 416 500 503"],
  [operations.result(), "result", "200 206 304 403 404 416 500 503"],
  [operations.health(), "health", "200 403 500 503"],
  [operations.metrics(), "metrics", "200 401 403 500"],
]
const named = refusing.map(([operation, ...rest]) => [operation.operationId ?? "", operation, ...rest] as const)

test.each(named)("%s documents the status of every code it can refuse with", (_, operation, origin, statuses) => {
  const codes = errorCodes.filter((code) => meanings[code].from.includes(origin))
  expect(Object.keys(operation.responses ?? {}).join(" ")).toBe(statuses)
  expect(statuses.split(" ")).toEqual(expect.arrayContaining(codes.map((code) => String(findStatus(code)))))
})

test("only where a path is of one type can a job be of another", () => {
  expect(meanings.operation_type_mismatch.from).toEqual(["poll", "change"])
})

function contentOf(endpoint: DescribedEndpoint): unknown {
  const { requestBody } = operations.submit(endpoint)
  return requestBody && "content" in requestBody ? requestBody.content : null
}

test.each(["swagger-ui-bundle.js", "swagger-ui.css"])("%s is that of the package, compressed", async (name) => {
  const path = (directory: string) => Bun.file(join(import.meta.dir, "../../..", directory))
  const compressed = await path(`src/http/openapi/${name}.gz`).bytes()
  expect(Bun.gunzipSync(compressed)).toEqual(await path(`node_modules/swagger-ui-dist/${name}`).bytes())
})
