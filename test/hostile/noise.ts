// Random requests made from the published API document: near enough to valid ones to get deep, wrong enough to find what breaks.

// biome-ignore lint/suspicious/noExplicitAny: a JSON document that anybody may have written
type Any = any

export interface Noise {
  method: string
  path: string
  headers: Record<string, string>
  body: Uint8Array | null
}

/** Numbers from 0 up to 1 that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const texts = [
  "",
  " ",
  "a",
  "Hello",
  "mock/echo",
  "mock/tts",
  "openai/gpt-4o",
  "/",
  "auto",
  "true",
  "null",
  "\0",
  "\ud83d",
  "é😀",
  "__proto__",
  "sk-bf-a",
  "data:image/png;base64,AAAA",
  "http://127.0.0.1:1/x",
]
const numbers = [0, 1, -1, 0.5, 1e308, -1e308, 2 ** 53, 2 ** 31, -0, 1e-320]
const models = ["mock/echo", "mock/tts", "mock/whisper", "mock/image", "mock/rerank", "mock/ocr"]
/** What would hold the answer on purpose. */
const waits = ["wait=0", "wait=1", "wait=x", "respond-async", "wait=-1"]

/**
 * @param document what GET /docs/json says
 * @param jobs ids of jobs that are there, which may grow meanwhile
 */
export function createNoise(document: Any, random: () => number, jobs: readonly string[]) {
  const chance = (share: number) => random() < share
  const upTo = (count: number) => Math.floor(random() * count)
  const one = <T>(list: readonly T[]): T => list[upTo(list.length)] as T
  const operations = Object.entries<Any>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Any>(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )

  const submits = operations.filter(({ operation }) => operation.requestBody !== undefined)

  const follow = (schema: Any): Any => {
    let found = schema
    while (found?.$ref)
      found = found.$ref
        .split("/")
        .slice(1)
        .reduce((at: Any, part: string) => at?.[part], document)
    return found ?? {}
  }

  const text = (): string => {
    if (chance(0.9)) return one(texts)
    return one(["x", "\\", '"', "é", "\0", "😀"]).repeat(one([10, 1000, 20_000]))
  }

  const anything = (depth: number): unknown => {
    switch (upTo(depth > 4 ? 5 : 7)) {
      case 0:
        return null
      case 1:
        return chance(0.5)
      case 2:
        return one(numbers)
      case 3:
      case 4:
        return text()
      case 5:
        return Array.from({ length: upTo(4) }, () => anything(depth + 1))
      default:
        return Object.fromEntries(Array.from({ length: upTo(4) }, () => [text().slice(0, 50), anything(depth + 1)]))
    }
  }

  const valueFor = (given: Any, depth = 0): unknown => {
    const schema = follow(given)
    if (depth > 6 || chance(0.04)) return anything(depth)
    if (schema.const !== undefined) return schema.const
    if (schema.enum) return one(schema.enum)
    if (schema.examples && chance(0.3)) return one(schema.examples)
    const union = schema.anyOf ?? schema.oneOf
    if (union) return valueFor(one(union), depth + 1)
    if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part: Any) => valueFor(part, depth + 1)))
    switch (Array.isArray(schema.type) ? one(schema.type) : schema.type) {
      case "object":
        return makeObject(schema, depth)
      case "array":
        return Array.from({ length: one([0, 1, 1, 2, 3, 30]) }, () => valueFor(schema.items ?? {}, depth + 1))
      case "string":
        return text()
      case "integer":
      case "number":
        return chance(0.5) ? one(numbers) : upTo(100)
      case "boolean":
        return chance(0.5)
      case "null":
        return null
      default:
        return anything(depth)
    }
  }

  const makeObject = (schema: Any, depth: number): Record<string, unknown> => {
    const required: string[] = schema.required ?? []
    const members = Object.entries(schema.properties ?? {}).filter(([name]) =>
      chance(required.includes(name) ? 0.95 : 0.2),
    )
    return Object.fromEntries(members.map(([name, member]) => [name, valueFor(member, depth + 1)]))
  }

  /** Damages bytes as a broken client would. */
  const damaged = (bytes: Buffer): Buffer => {
    const at = upTo(bytes.length + 1)
    switch (upTo(6)) {
      case 0:
        return bytes.subarray(0, at)
      case 1:
        return Buffer.concat([bytes.subarray(0, at), Buffer.from([upTo(256)]), bytes.subarray(at)])
      case 2:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)])
      case 3:
        return Buffer.concat([bytes, bytes])
      case 4:
        return Buffer.from(bytes.toString("latin1"), "utf16le")
      default:
        return Buffer.from(Array.from({ length: upTo(3000) }, () => upTo(256)))
    }
  }

  const formOf = (fields: Record<string, unknown>, boundary: string): Buffer => {
    const parts = Object.entries(fields).flatMap(([name, value]) => [value].flat().map((item) => [name, item] as const))
    const texts = parts.map(([name, item]) => {
      const isFile = /file|image|mask/.test(name) ? chance(0.9) : chance(0.03)
      const head = `content-disposition: form-data; name="${name.replaceAll('"', "%22")}"${isFile ? '; filename="a.png"' : ""}`
      return `--${boundary}\r\n${head}\r\n\r\n${typeof item === "string" ? item : JSON.stringify(item)}\r\n`
    })
    return Buffer.from(`${texts.join("")}--${boundary}--\r\n`)
  }

  const makeHeaders = (operation: Any): Record<string, string> => {
    const headers: Record<string, string> = {}
    for (const given of operation.parameters ?? []) {
      const parameter = follow(given)
      if (parameter.in !== "header" || !chance(0.25)) continue
      const value = parameter.name.toLowerCase() === "prefer" ? one(waits) : String(valueFor(parameter.schema ?? {}))
      headers[parameter.name.toLowerCase()] = plain(value)
    }
    for (const name of [
      "authorization",
      "x-api-key",
      "x-bf-vk",
      "x-bf-eh-x-a",
      "x-request-id",
      "traceparent",
      "cancel-after",
    ])
      if (chance(0.05)) headers[name] = plain(text())
    return headers
  }

  /** What can stand in a header at all. */
  const plain = (value: string) =>
    value
      .replace(/[^\x20-\x7e\x80-\xff]/g, "?")
      .slice(0, 3000)
      .trim()

  return (): Noise => {
    const { path: pattern, method, operation } = one(chance(0.6) ? submits : operations)
    const queries = (operation.parameters ?? [])
      .map(follow)
      .filter((parameter: Any) => parameter.in === "query" && chance(0.4))
      .map(
        (parameter: Any) =>
          `${parameter.name}=${encodeURIComponent(String(valueFor(parameter.schema ?? {})).toWellFormed())}`,
      )
    const odd = one(["%zz", encodeURIComponent(text().toWellFormed().slice(0, 500)) || "x"])
    const id = chance(0.7) ? (jobs[upTo(jobs.length)] ?? "x") : odd
    const path = pattern.replace(/\{\w+\}/, () => id) + (queries.length > 0 ? `?${queries.join("&")}` : "")
    const headers = makeHeaders(operation)
    const contents = Object.entries<Any>(operation.requestBody?.content ?? {})
    if (contents.length === 0) return { method, path, headers, body: null }
    const [type, { schema }] = one(contents)
    const found = valueFor(schema)
    const fields =
      typeof found === "object" && found !== null && !Array.isArray(found) ? (found as Record<string, unknown>) : {}
    if (chance(0.8)) fields["model"] = one(models)
    if (chance(0.7)) delete fields["stream"]
    const isForm = type.startsWith("multipart")
    const whole = isForm ? formOf(fields, "b") : Buffer.from(JSON.stringify(chance(0.95) ? fields : found) ?? "")
    const right = isForm ? "multipart/form-data; boundary=b" : type
    headers["content-type"] = chance(0.95)
      ? right
      : plain(one(["text/plain", "application/json; x", "multipart/form-data", text()]))
    if (chance(0.02)) headers["content-encoding"] = one(["gzip", "br", "identity"])
    return { method, path, headers, body: chance(0.15) ? damaged(whole) : whole }
  }
}
