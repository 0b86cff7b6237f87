// Holds what the API document says of requests against what the program does with them: bodies at the edges of their schemas
// are sent, and a body must be accepted just when it is of the schema that the document names for it.
import { afterAll, describe, expect, test } from "bun:test"
import Schema from "typebox/schema"
import { type Job, launch } from "../harness.ts"
import { startUpstream } from "../upstream.ts"

interface Content {
  schema: { $ref: string }
  example: Fields
  encoding?: Record<string, unknown>
}
type Fields = Record<string, unknown>

const gateway = await launch()
const receiver = startUpstream(() => new Response(null, { status: 204 }))
afterAll(async () => {
  await gateway.dispose()
  await receiver.stop()
})

const api: Job = await (await gateway.fetch("/docs/json")).json()
/** What these take depends on the jobs and keys that are there: their own tests hold them. */
const others = /\/(bulk|replay|virtual-keys(\/.*)?)$/
const requests = Object.entries<Job>(api.paths).flatMap(([path, operations]) =>
  Object.entries<Job>(others.test(path) ? {} : operations).flatMap(([method, { requestBody }]) =>
    Object.entries<Content>(requestBody?.content ?? {}).map(
      ([type, content]) => [method.toUpperCase(), path, type, content] as const,
    ),
  ),
)
const bodies = (wanted: string) => requests.filter(([, , type]) => type === wanted)

async function make(path: string, body: Fields | FormData): Promise<Job> {
  const isForm = body instanceof FormData
  const init = isForm ? { body } : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }
  return await (await gateway.fetch(path, { method: "POST", ...init })).json()
}

let made = 0

/** The path with the id of a new webhook endpoint on this machine, where it has the place of one. */
async function fill(path: string): Promise<string> {
  if (path.includes("{conversation_id}")) {
    return path.replace("{conversation_id}", (await make("/v1/conversations", {})).id)
  }
  if (!path.includes("{webhook_id}")) return path
  const endpoint = { name: `mine ${++made}`, url: receiver.url }
  const { id } = path.startsWith("/api")
    ? (await make("/api/webhooks", { ...endpoint, events: ["async_job.completed", "async_job.failed"] })).endpoint
    : await make("/v1/webhook_endpoints", { ...endpoint, event_types: ["response.completed"] })
  return path.replace("{webhook_id}", id)
}

/** For the batches. */
const inputForm = new FormData()
inputForm.append("purpose", "batch")
inputForm.append("file", new File([], "in.jsonl"))
const inputFile = await make("/v1/files", inputForm)

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

/** All members that a schema gives, wherever it is composed of others, and one that no schema has. */
function findMembers(schema: Job): Map<string, Job> {
  return new Map([...listMembers(schema), ["nobody_knows_it", {}]])
}

function listMembers(schema: Job): [name: string, schema: Job][] {
  if (schema.$ref) return listMembers(schemaAt(schema))
  return [...Object.entries<Job>(schema.properties ?? {}), ...listParts(schema).flatMap(listMembers)]
}

function listParts({ allOf, anyOf, oneOf }: Job): Job[] {
  return [allOf, anyOf, oneOf].flat().filter(Boolean)
}

/** Values at the bounds of a schema, within and beyond. Of an enum the first: whether others will do can depend on what is there. */
function findBounds(schema: Job): unknown[] {
  if (schema.$ref) return findBounds(schemaAt(schema))
  const { minimum, maximum, maxLength, const: only, enum: [first] = [only] } = schema
  return [
    ...(minimum === undefined ? [] : [minimum - 1, minimum]),
    ...(maximum === undefined ? [] : [maximum, maximum + 1]),
    ...(maxLength === undefined ? [] : ["x".repeat(maxLength), "x".repeat(maxLength + 1)]),
    ...(first === undefined ? [] : [first]),
    ...listParts(schema).flatMap(findBounds),
  ]
}

function schemaAt({ $ref }: { $ref: string }): Job {
  return api.components.schemas[$ref.split("/").at(-1) ?? ""]
}

function withMember(fields: Fields, name: string, value: unknown): Fields {
  const { [name]: _, ...rest } = fields
  return value === absent ? rest : { ...rest, [name]: value }
}

/** Bodies that differ from the example in one member, by that member's name. */
function variants(example: Fields, members: Iterable<[string, Job]>): [name: string, body: Fields][] {
  return [...members].flatMap(([name, schema]) =>
    [...edges, ...words, ...findBounds(schema)].map((value): [string, Fields] => [
      name,
      withMember(example, name, value),
    ]),
  )
}

/** Bodies in which the members of an object, or of the first object of a list, differ from the example. */
function innerVariants(example: Fields): [name: string, body: Fields][] {
  return Object.entries(example).flatMap(([name, value]) => {
    const inner = Array.isArray(value) ? value[0] : value
    if (typeof inner !== "object" || inner === null) return []
    const names = name === "document" ? ["type", "document_url", "image_url"] : Object.keys(inner)
    const members = names.map((each): [string, Job] => [each, {}])
    return variants(inner as Fields, members).map(([innerName, body]): [string, Fields] => [
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
  "/v1/batches": [
    {
      ...{ input_file_id: inputFile.id, endpoint: "/v1/chat/completions", completion_window: "immediate" },
      ...{ metadata: { a: "b" }, output_expires_after: { anchor: "created_at", seconds: 3600 } },
    },
  ],
  "/api/webhooks": [
    { name: "a", url: receiver.url, events: ["response.completed"], form: "event", headers: { "x-a": "b" } },
  ],
}

/** Refusals that are no matter of a body's form: who the provider is, which files there are, which names are taken, and what was done a moment ago. */
const otherRefusals = /"(unknown_provider|file_not_found|webhook_exists|rate_limited)"/

async function isAccepted(path: string, init: RequestInit): Promise<boolean> {
  const response = await gateway.fetch(path, init)
  const text = await response.text()
  const isAccepted = response.ok || otherRefusals.test(text)
  if (!isAccepted && response.status !== 400) throw new Error(`${response.status}: ${text}`)
  return isAccepted
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

describe.each(bodies("application/json"))("%s %s as %s", (method, path, _, { schema, example }) => {
  test("is accepted just when it is of the documented schema", async () => {
    const validator = Schema.Compile({ ...schema, components: api.components })
    // A webhook that is sent must not leave this machine.
    const start = "url" in example ? { ...example, url: receiver.url } : example
    const starts = [start, ...(alternatives[path] ?? [])]
    const members = findMembers(schema)
    const cases = starts.flatMap((each) => [...variants(each, members), ...innerVariants(each)])
    const filled = await fill(path)
    const verdicts = await Promise.all(
      cases.map(async ([name, fields]) => {
        const body = JSON.stringify(fields)
        const documented = validator.Check(JSON.parse(body))
        const accepted = await isAccepted(filled, { method, headers: { "content-type": "application/json" }, body })
        return { name, body, documented, accepted }
      }),
    )
    expect(differences(verdicts)).toEqual([])
    expect(verdicts.filter(({ documented }) => !documented).length).toBeGreaterThan(20)
  }, 240_000)
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
const asPart = (value: unknown): (typeof parts)[number] => [String(value), [String(value)], value]
const aFile = (text: string) => new File(text === "" ? [] : [text], "a.jsonl")
const files: typeof parts = [
  ["absent", [], absent],
  ["an empty file", [aFile("")], ""],
  ["a file", [aFile("some bytes")], "some bytes"],
  ["two files", [aFile("some"), aFile("bytes")], ["some", "bytes"]],
]

describe.each(bodies("multipart/form-data"))("%s %s as %s", (method, path, _, { schema, example, encoding = {} }) => {
  test("is accepted just when it is of the documented schema", async () => {
    const validator = Schema.Compile({ ...schema, components: api.components })
    const [file = ""] = Object.keys(encoding)
    const fields = Object.entries(example).filter(([name]) => !(name in encoding))
    const cases = [...findMembers(schema)].flatMap(([name, member]) =>
      // Of a text field only values of its own type can be told apart: on the wire all are texts.
      (name in encoding ? files : [...parts, ...findBounds(member).map((value) => asPart(value))])
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
        if (file !== name && name in encoding === false) form.append(file, aFile("some bytes"))
        const value = Object.fromEntries([...fields, ...(name in encoding ? [] : [[file, "some bytes"]])])
        const documented = validator.Check(withMember(value, name, seen))
        return { name, body: title, documented, accepted: await isAccepted(path, { method, body: form }) }
      }),
    )
    expect(differences(verdicts)).toEqual([])
    expect(verdicts.filter(({ documented }) => !documented)).not.toEqual([])
  }, 240_000)
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
  [`get ${jobs}`, "idempotency_key", ["x", "x".repeat(255), "x".repeat(256), ""]],
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
