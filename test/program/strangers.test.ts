// Where callers must be known: nothing of a stranger's body is read, kept or waited for, however large it says it is.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { type Gateway, type Job, launch } from "../harness.ts"
import { open, requestText, say } from "../hostile/socket.ts"
import { types } from "../wire/types.ts"

const KEY = "sk-bf-aaaaaaaaaa"
const MB = 1024 * 1024
const FORM = "multipart/form-data; boundary=b"

let gateway: Gateway
beforeAll(async () => {
  gateway = await launch({
    args: ["--log-level", "debug"],
    config: {
      client: { enforce_auth_on_inference: true },
      governance: {
        virtual_keys: [
          { id: "a", name: "a", value: KEY },
          { id: "off", name: "off", value: "sk-bf-inactive", is_active: false },
          { id: "old", name: "old", value: "sk-bf-expired0", expires_at: "2020-01-01T00:00:00Z" },
        ],
      },
    },
  })
})
afterAll(() => gateway.dispose())

type Headers = Record<string, string>

const strangers: [name: string, headers: Headers, status: number, code: string][] = [
  ["nobody", {}, 401, "virtual_key_required"],
  ["a provider's key", { authorization: "Bearer sk-anything" }, 401, "virtual_key_required"],
  ["a made-up admin token", { authorization: "Bearer asyncgate-admin-abc" }, 401, "virtual_key_required"],
  ["an unknown virtual key", { "x-bf-vk": "sk-bf-unknown" }, 400, "virtual_key_not_found"],
  ["an inactive virtual key", { "x-api-key": "sk-bf-inactive" }, 403, "virtual_key_blocked"],
  ["an expired virtual key", { "api-key": "sk-bf-expired0" }, 403, "virtual_key_blocked"],
]

const residentMb = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${gateway.pid}/status`, "utf8"))?.[1]) / 1024
const filesMb = () =>
  ["asyncgate.db", "asyncgate.db-wal"].reduce((sum, name) => sum + statSync(join(gateway.dir, name)).size, 0) / MB

describe.each(strangers)("%s", (_, headers, status, code) => {
  test.each(types)("is refused before the body of $requestType has come", async ({ path, form }) => {
    const type = form === "json" ? "application/json" : FORM
    const line = await open(gateway.url)
    // Of 90 MB that it says will come, the first few bytes.
    const body = form === "json" ? '{"model":"mock/' : "--b\r\n"
    line.send(requestText("POST", path, { headers: { ...headers, "content-type": type }, body, length: 90 * MB }))
    const reply = await line.reply()
    expect(reply.status).toBe(status)
    expect(reply.text).toContain(`"code":"${code}"`)
    expect(reply.text).toContain(`"request_type":`)
    line.destroy()
  })

  test("is refused before anything else that is wrong is looked at", async () => {
    const body = "{".repeat(2000)
    const wrong = { ...headers, "content-type": "text/plain", "content-encoding": "gzip" }
    for (const given of [headers, wrong]) {
      const reply = await say(gateway.url, requestText("POST", types[0]?.path ?? "", { headers: given, body }))
      expect(reply.status).toBe(status)
    }
  })
})

test("eight strangers' forms and texts of 90 MB leave nothing in memory and nothing on the disk", async () => {
  const before = { resident: residentMb(), files: filesMb() }
  const form = Buffer.concat([
    Buffer.from('--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n'),
    Buffer.alloc(90 * MB, "x"),
  ])
  const text = Buffer.alloc(90 * MB, '{"a":[{},{},{},{}')
  const send = (path: string, type: string, body: Uint8Array) =>
    gateway.fetch(path, { method: "POST", headers: { "content-type": type }, body: body as Bun.BodyInit })
  const replies = await Promise.all(
    Array.from({ length: 8 }, (_, at) =>
      at % 2 === 0
        ? send("/v1/async/audio/transcriptions", FORM, form)
        : send("/v1/async/chat/completions", "application/json", text),
    ),
  )
  expect(replies.map(({ status }) => status)).toEqual(Array(8).fill(401))
  expect(gateway.count("uploads")).toBe(0)
  expect(gateway.count("requests")).toBe(0)
  expect(filesMb() - before.files).toBeLessThan(1)
  expect(residentMb() - before.resident).toBeLessThan(150)
})

describe("a connection is closed after the answer", () => {
  const chat = types[1]?.path ?? ""
  test.each<[string, string]>([
    ["where the body says that it is larger than may be", requestText("POST", chat, { length: 10 ** 12, body: "{" })],
    [
      "where it does not say how large it is",
      requestText("POST", chat, { headers: { "transfer-encoding": "chunked" }, body: "1\r\n{\r\n", length: null }),
    ],
  ])("%s", async (_, text) => {
    const line = await open(gateway.url)
    line.send(text)
    expect((await line.reply()).text).toMatch(/^connection: close/im)
    await line.closed()
  })
})

test("whoever is known is served, and what is refused then is refused as anywhere", async () => {
  const headers = { "x-bf-vk": KEY }
  expect(
    (await gateway.submit({ model: "mock/echo", messages: [{ role: "user", content: "Hi" }] }, headers)).status,
  ).toBe(202)
  const response = await gateway.submit({ messages: [] }, headers)
  expect([response.status, ((await response.json()) as Job).error.message]).toEqual([
    400,
    "messages is required for chat completion",
  ])
})

describe("what is no fault of the gateway is none in its log", () => {
  const lines = () =>
    gateway
      .log()
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Job)
  const until = async (condition: () => boolean) => {
    while (!condition()) await gateway.fetch("/health")
  }

  test.each(types)(
    "a client that breaks off its body for $requestType is a line for debugging",
    async ({ path, form }) => {
      const type = form === "json" ? "application/json" : FORM
      for (const length of [1000, 5 * MB, null]) {
        const id = `broken-off-${path}-${length}`
        const chunked = length === null ? { "transfer-encoding": "chunked" } : {}
        const headers: Headers = { "x-bf-vk": KEY, "content-type": type, "x-request-id": id, ...chunked }
        const body = length === null ? "5\r\n--b\r\n\r\n" : "--b\r\n"
        const line = await open(gateway.url)
        line.send(requestText("POST", path, { headers, body, length }))
        // The answer to another request says that the first one has been begun.
        await gateway.fetch("/health")
        line.destroy()
        // A text that is refused before the end was not broken off.
        if (form === "json" && length !== 1000) continue
        await until(() => lines().some(({ request }) => request === id))
        expect(lines().find(({ request }) => request === id)).toMatchObject({ level: "debug", code: "body_incomplete" })
      }
      expect(lines().filter(({ level }) => level === "error" || level === "warn")).toEqual([])
    },
  )

  test("a stop that refuses is none either", async () => {
    const other = await launch({ args: ["--log-level", "debug"] })
    const line = await open(other.url)
    const chat = JSON.stringify({
      model: "mock/echo",
      messages: [{ role: "user", content: "Hi" }],
      mock: { hang: true },
    })
    await other.accept(JSON.parse(chat))
    const text = requestText("POST", types[1]?.path ?? "", {
      headers: { "content-type": "application/json" },
      body: chat,
    })
    // All but the last byte has come when the stop begins.
    line.send(text.slice(0, -1))
    await other.fetch("/health")
    other.process.kill("SIGTERM")
    await other.logged("stopping")
    line.send(text.slice(-1))
    const reply = await line.reply()
    expect(reply.status).toBe(503)
    expect(reply.text).toContain("shutting_down")
    expect(reply.text).toMatch(/^retry-after: \d+/im)
    other.process.kill("SIGTERM")
    await other.process.exited
    expect(other.log()).not.toMatch(/"level":"(warn|error)"|internal_error/)
    await other.dispose()
  })
})
