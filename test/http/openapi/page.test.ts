import { expect, test } from "bun:test"
import { type DocumentDecoration, Elysia } from "elysia"
import {
  type DescribedEndpoint,
  described,
  describedEndpoints,
} from "../../../src/endpoints/descriptions/descriptions.ts"
import { getEndpoint } from "../../../src/endpoints/endpoints.ts"
import { errorCodes, statusOf } from "../../../src/errors.ts"
import { describeApi } from "../../../src/http/openapi/document.ts"
import { documentation } from "../../../src/http/openapi/operations.ts"
import { docs } from "../../../src/http/openapi/page.ts"
import { meanings, nameOf, type Origin } from "../../../src/http/openapi/wire.ts"

/** A server whose routes are `app`'s and those of /docs. */
function withDocs(app: Elysia): Elysia {
  app.use(
    docs(
      "1.2.3",
      () => app.routes,
      (handle) =>
        ({ request }) =>
          handle(request, ""),
    ),
  )
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
  expect(document).toMatchObject({ openapi: "3.1.0", info: { version: "1.2.3" } })
})

test("the document is compact and stays the same", async () => {
  const app = withDocs(new Elysia())
  const text = await textOf(app)
  expect(text).toBe(JSON.stringify(JSON.parse(text)))
  expect(await textOf(app)).toBe(text)
})

test("an endpoint that is added to the table describes itself", () => {
  const added = { ...described(getEndpoint("embedding")), requestType: "sound_effect", path: "/v1/async/audio/effects" }
  const submit = documentation.submit(added)
  expect(submit.operationId).toBe("submitSoundEffect")
  expect(submit.requestBody).toMatchObject({
    content: { "application/json": { schema: { $ref: "#/components/schemas/SoundEffectRequest" } } },
  })
  const { poll, cancel, remove } = documentation
  const ids = [poll, cancel, remove].map((describe) => describe(added).operationId)
  expect(ids).toEqual(["pollSoundEffect", "cancelSoundEffect", "deleteSoundEffect"])
})

test("a request has a body for every form that its endpoint takes", () => {
  const contents = Object.fromEntries(describedEndpoints.map((endpoint) => [endpoint.requestType, contentOf(endpoint)]))
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
  const expected = describedEndpoints.flatMap((endpoint) =>
    ["Request", "Result", "Job"].map((part) => nameOf(endpoint) + part),
  )
  expect(names).toEqual(expect.arrayContaining(expected))
})

test("the documented codes are the closed list of codes, each with where it comes from", () => {
  expect(describeApi("1.2.3").components?.schemas?.["ErrorCode"]).toMatchObject({ enum: errorCodes })
  expect(errorCodes.filter((code) => meanings[code].from.length === 0)).toEqual([])
})

const endpoint = described(getEndpoint("chat_completion"))
const operations: [operation: DocumentDecoration, origin: Origin, statuses: string][] = [
  [documentation.submit(endpoint), "submit", "200 202 400 401 402 403 413 415 422 429 500 503 507"],
  [documentation.poll(endpoint), "poll", "200 202 403 404 500 503"],
  [documentation.cancel(endpoint), "change", "200 403 404 500 503 507"],
  [documentation.remove(endpoint), "change", "204 403 404 500 503 507"],
  [documentation.cancel(null), "changeAny", "200 403 404 500 503 507"],
  [documentation.remove(null), "changeAny", "204 403 404 500 503 507"],
  [documentation.list(), "list", "200 400 401 403 500 503"],
  [documentation.cancelAll(), "cancelAll", "200 400 401 403 500 503 507"],
  [documentation.models(), "models", "200 400 401 403 500"],
  [documentation.view(), "view", "200 202 403 404 500 503"],
  [documentation.content(), "content", "200 206 302 304 403 404 416 500 503"],
  [documentation.health(), "health", "200 403 500 503"],
  [documentation.metrics(), "metrics", "200 401 403 500"],
]
const named = operations.map(([operation, ...rest]) => [operation.operationId ?? "", operation, ...rest] as const)

test.each(named)("%s documents the status of every code it can refuse with", (_, operation, origin, statuses) => {
  const codes = errorCodes.filter((code) => meanings[code].from.includes(origin))
  expect(Object.keys(operation.responses ?? {}).join(" ")).toBe(statuses)
  expect(statuses.split(" ")).toEqual(expect.arrayContaining(codes.map((code) => String(statusOf(code)))))
})

test("only where a path is of one type can a job be of another", () => {
  expect(meanings.operation_type_mismatch.from).toEqual(["poll", "change"])
})

function contentOf(endpoint: DescribedEndpoint): unknown {
  const { requestBody } = documentation.submit(endpoint)
  return requestBody && "content" in requestBody ? requestBody.content : null
}
