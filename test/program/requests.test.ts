// Holds what the API document says of requests against what the program does with them: bodies at the edges of their schemas
// are sent, and a body must be accepted just when it is of the schema that the document names for it.
import { afterAll, describe, expect, test } from "bun:test"
import Schema from "typebox/schema"
import { type Job, launch } from "../harness.ts"

interface Content {
  schema: { $ref: string }
  example: Fields
  encoding?: Record<string, unknown>
}
type Fields = Record<string, unknown>

const gateway = await launch()
afterAll(() => gateway.dispose())

const api: Job = await (await gateway.fetch("/docs/json")).json()
/** What these take depends on the jobs and keys that are there: their own tests hold them. */
const others = /\/(bulk|replay|virtual-keys(\/.*)?)$/
const submits = Object.entries<Job>(api.paths).flatMap(([path, { post }]) =>
  Object.entries<Content>(others.test(path) ? {} : (post?.requestBody?.content ?? {})).map(
    ([type, content]) => [path, type, content] as const,
  ),
)
const bodies = (wanted: string) => submits.filter(([, type]) => type === wanted)

/** Stands for a member that is not there. */
const absent = Symbol("absent")
const edges = [
  absent,
  null,
  "",
  [],
  {},
  0,
  -1,
  1.5,
  2,
  true,
  false,
  "x",
  ["x"],
  [""],
  [null],
  [[]],
  [{}],
  [1],
  { a: 1 },
]
/** What only some members know, each for all of them. */
const words = [
  "sse",
  " SSE",
  "true",
  "file",
  "document_url",
  "image_url",
  { text: "" },
  [{ text: "a" }],
  [{ text: "" }],
  "a/",
  "/a",
]

/** The names of all members that a schema gives, wherever it is composed of others. */
function namesIn(schema: Job): string[] {
  if (schema.$ref) return namesIn(schemaAt(schema))
  const parts = [schema.allOf, schema.anyOf, schema.oneOf].flat().filter(Boolean)
  return [...new Set([...Object.keys(schema.properties ?? {}), ...parts.flatMap(namesIn)])]
}

function schemaAt({ $ref }: { $ref: string }): Job {
  return api.components.schemas[$ref.split("/").at(-1) ?? ""]
}

function withMember(fields: Fields, name: string, value: unknown): Fields {
  const { [name]: _, ...rest } = fields
  return value === absent ? rest : { ...rest, [name]: value }
}

/** Bodies that differ from the example in one member, by that member's name. */
function variants(example: Fields, names: string[]): [name: string, body: Fields][] {
  return names.flatMap((name) =>
    [...edges, ...words].map((value): [string, Fields] => [name, withMember(example, name, value)]),
  )
}

/** Bodies in which the members of an object, or of the first object of a list, differ from the example. */
function innerVariants(example: Fields): [name: string, body: Fields][] {
  return Object.entries(example).flatMap(([name, value]) => {
    const inner = Array.isArray(value) ? value[0] : value
    if (typeof inner !== "object" || inner === null) return []
    const names = name === "document" ? ["type", "document_url", "image_url"] : Object.keys(inner)
    return variants(inner as Fields, names).map(([innerName, body]): [string, Fields] => [
      `${name}.${innerName}`,
      { ...example, [name]: Array.isArray(value) ? [body] : body },
    ])
  })
}

/** Further bodies to start from, where one member decides what another must be. */
const alternatives: Record<string, Fields[]> = {
  "/v1/async/ocr": [
    { model: "mock/ocr", document: { type: "image_url", image_url: "https://example.com/a.png" } },
    { model: "mock/ocr", document: { type: "file", file_id: "1" } },
  ],
  "/v1/async/rerank": [{ model: "mock/rerank", query: "a", documents: [{ text: "b", id: 7 }] }],
  "/v1/async/images/edits": [{ model: "mock/image", images: ["aGk="] }],
}

async function isAccepted(path: string, init: RequestInit): Promise<boolean> {
  const response = await gateway.fetch(path, { method: "POST", ...init })
  const text = await response.text()
  if (![200, 202, 400].includes(response.status)) throw new Error(`${response.status}: ${text}`)
  // Who the provider is, is no matter of a body's form.
  return response.status !== 400 || text.includes('"unknown_provider"')
}

interface Verdict {
  name: string
  body: string
  documented: boolean
  accepted: boolean
}

/**
 * Where document and server say different things. A member of which the server takes whatever comes is the provider's: there
 * the document may say more.
 */
function differences(verdicts: Verdict[]): Verdict[] {
  const checked = new Set(verdicts.filter(({ accepted }) => !accepted).map(({ name }) => name))
  return verdicts.filter(({ name, documented, accepted }) => documented !== accepted && checked.has(name))
}

describe.each(bodies("application/json"))("%s as %s", (path, _, { schema, example }) => {
  test("is accepted just when it is of the documented schema", async () => {
    const validator = Schema.Compile({ ...schema, components: api.components })
    const starts = [example, ...(alternatives[path] ?? [])]
    const names = namesIn(schema)
    const cases = starts.flatMap((start) => [...variants(start, names), ...innerVariants(start)])
    const verdicts = await Promise.all(
      cases.map(async ([name, fields]) => {
        const body = JSON.stringify(fields)
        const documented = validator.Check(JSON.parse(body))
        const accepted = await isAccepted(path, { headers: { "content-type": "application/json" }, body })
        return { name, body, documented, accepted }
      }),
    )
    expect(differences(verdicts)).toEqual([])
    expect(verdicts.filter(({ documented }) => !documented).length).toBeGreaterThan(20)
  }, 30_000)
})

/** A form's parts, and as what the schema sees them. */
const parts: [title: string, parts: (string | Blob)[], seen: unknown][] = [
  ["absent", [], absent],
  ["an empty text", [""], ""],
  ["a text", ["x"], "x"],
  ["true", ["true"], true],
  ["false", ["false"], false],
  ["a model", ["mock/other"], "mock/other"],
  ["a model and no more", ["mock/"], "mock/"],
  ["a list of models", ['["mock/other","mock/third"]'], '["mock/other","mock/third"]'],
  ["an empty list", ["[]"], "[]"],
  ["an object", ['{"a":"mock/other"}'], '{"a":"mock/other"}'],
]
const files: typeof parts = [
  ["absent", [], absent],
  ["an empty file", [new Blob([])], ""],
  ["a file", [new Blob(["some bytes"])], "some bytes"],
  ["two files", [new Blob(["some"]), new Blob(["bytes"])], ["some", "bytes"]],
]

describe.each(bodies("multipart/form-data"))("%s as %s", (path, _, { schema, example, encoding = {} }) => {
  test("is accepted just when it is of the documented schema", async () => {
    const validator = Schema.Compile({ ...schema, components: api.components })
    const [file = ""] = Object.keys(encoding)
    const fields = Object.entries(example).filter(([name]) => !(name in encoding))
    const cases = namesIn(schema).flatMap((name) =>
      // Of a text field only values of its own type can be told apart: on the wire all are texts.
      (name in encoding ? files : parts)
        .filter(([, , seen]) => typeof seen !== "boolean" || name === "stream")
        .filter(([title]) => name !== "stream" || title === "absent" || title === "true" || title === "false")
        .map(([title, given, seen]) => ({ name, title, given, seen })),
    )
    const verdicts = await Promise.all(
      cases.map(async ({ name, title, given, seen }) => {
        const form = new FormData()
        for (const [other, value] of fields) if (other !== name) form.append(other, String(value))
        for (const part of given) form.append(name, part as Blob)
        // Where the file is not what differs, or is one of several that will do.
        if (file !== name && name in encoding === false) form.append(file, new Blob(["some bytes"]))
        const value = Object.fromEntries([...fields, ...(name in encoding ? [] : [[file, "some bytes"]])])
        const documented = validator.Check(withMember(value, name, seen))
        return { name, body: title, documented, accepted: await isAccepted(path, { body: form }) }
      }),
    )
    expect(differences(verdicts)).toEqual([])
    expect(verdicts.filter(({ documented }) => !documented)).not.toEqual([])
  }, 30_000)
})

const chat = "/v1/async/chat/completions"
const jobs = "/v1/async/jobs"
const { example } = api.paths[chat].post.requestBody.content["application/json"]
const body = JSON.stringify(example)

/** Values at the edges of what a parameter may be. */
const parameters: [route: string, name: string, values: string[]][] = [
  [`post ${chat}`, "Cancel-After", ["0", "0s", "1", "007", "90s", "500ms", "1d", "1w", "-1", "1.5s", "s"]],
  [`post ${chat}`, "Idempotency-Key", ["x", "x".repeat(255), "x".repeat(256)]],
  [`post ${chat}`, "Prefer", ["wait=0", "wait=x", "respond-async"]],
  [`post ${chat}`, "x-asyncgate-priority", ["low", "high", "urgent", "1"]],
  [`post ${chat}`, "x-asyncgate-on-interrupt", ["retry", "fail", "never"]],
  [`post ${chat}`, "x-asyncgate-extra-headers", ["primary", "all", "none"]],
  [`get ${jobs}`, "limit", ["0", "1", "100", "101", "-1", "1.5"]],
  [`get ${jobs}`, "status", ["pending", "failed", "queued"]],
  [`get ${jobs}`, "type", ["ocr", "speech", "video"]],
  [`post ${jobs}/cancel`, "status", ["pending", "processing", "failed"]],
]

test.each(parameters)("%s takes of %s just what the document says", async (route, name, values) => {
  const [method = "", path = ""] = route.split(" ")
  const named = api.paths[path][method].parameters.map(
    ({ $ref }: Job) => api.components.parameters[$ref.split("/").at(-1)],
  )
  const parameter = named.find((each: Job) => each.name === name)
  const validator = Schema.Compile(parameter.schema)
  for (const value of values) {
    const isQuery = parameter.in === "query"
    const response = await gateway.fetch(isQuery ? `${path}?${new URLSearchParams({ [name]: value })}` : path, {
      method: method.toUpperCase(),
      headers: { ...(isQuery ? {} : { [name]: value }), "content-type": "application/json" },
      body: path === chat ? body : null,
    })
    const documented = validator.Check(parameter.schema.type === "integer" ? Number(value) : value)
    expect([value, response.ok]).toEqual([value, documented])
  }
})
