// Virtual keys by the API: the admin makes, changes and revokes them, and each change counts for the next request.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { chat, type Gateway, type Job, launch, run } from "../harness.ts"

const KEYS = "/v1/async/virtual-keys"
const fixed = { id: "vk-fixed", name: "fixed", value: "sk-bf-of-the-config-file", max_concurrent_jobs: 3 }

let gateway: Gateway
let admin: Record<string, string>
beforeAll(async () => {
  gateway = await launch({ config: { governance: { virtual_keys: [fixed] } } })
  admin = { authorization: `Bearer ${await gateway.adminToken()}` }
})
afterAll(() => gateway.dispose())

async function ask(method: string, path = "", body?: unknown): Promise<{ status: number; answer: Job }> {
  const headers = { ...admin, "content-type": "application/json" }
  const init = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }
  const response = await gateway.fetch(KEYS + path, { method, headers, ...init })
  const text = await response.text()
  if (response.status < 300) expect(response.headers.get("cache-control")).toBe("no-store")
  return { status: response.status, answer: text === "" ? null : JSON.parse(text) }
}

async function make(name: string, limits: object = {}): Promise<Job> {
  const { status, answer } = await ask("POST", "", { name, ...limits })
  expect(status).toBe(201)
  return answer
}

const submitWith = async (value: string, body = chat()) => (await gateway.submit(body, { "x-bf-vk": value })).status

describe("a key that is made", () => {
  test("counts at once, is shown once, and is stored as a digest alone", async () => {
    const made = await make("laptop")
    expect(made).toMatchObject({ name: "laptop", is_active: true, source: "virtual-keys.json", is_read_only: false })
    expect(made.value).toStartWith("sk-bf-")
    expect(await submitWith(made.value)).toBe(202)
    const { answer } = await ask("GET")
    const { value, ...shown } = made
    expect(answer.data.find(({ id }: Job) => id === made.id)).toEqual(shown)
    expect((await ask("GET", `/${made.id}`)).answer).toEqual(shown)
    for (const text of [
      JSON.stringify(answer),
      readFileSync(join(gateway.dir, "virtual-keys.json"), "utf8"),
      gateway.log(),
    ])
      expect(text).not.toContain(value.slice(6))
    const listed = await run(["vk", "list", "--app-dir", gateway.dir])
    expect(listed.stdout).toContain(made.id)
  })

  test("is held to its limits at once, and to others as soon as they are changed", async () => {
    const made = await make("limited", { requests_per_minute: 2, max_concurrent_jobs: 1 })
    expect(await submitWith(made.value, chat({ mock: { hang: true } }))).toBe(202)
    expect(await submitWith(made.value, chat({ mock: { hang: true } }))).toBe(202)
    expect(await submitWith(made.value)).toBe(429)
    const owned = (state: string) => gateway.count("jobs", `owner = 'vk:${made.id}' AND state = '${state}'`)
    while (owned("running") < 1) await gateway.fetch("/health")
    expect(owned("queued")).toBe(1)
    const change = { requests_per_minute: null, max_concurrent_jobs: 2, budgets: { day: { tokens: 1 } } }
    const { status, answer } = await ask("POST", `/${made.id}`, change)
    expect([status, answer.requests_per_minute, answer.max_concurrent_jobs]).toEqual([200, null, 2])
    while (owned("running") < 2) await gateway.fetch("/health")
    await ask("POST", `/${made.id}`, { max_concurrent_jobs: null })
    const waited = await gateway.submit(chat(), { "x-bf-vk": made.value, prefer: "wait=60" })
    expect(waited.status).toBe(200)
    expect(await submitWith(made.value)).toBe(402)
  })

  test("is refused while it is inactive or has expired, and after it is revoked", async () => {
    const made = await make("passing")
    expect((await ask("POST", `/${made.id}`, { is_active: false })).status).toBe(200)
    expect(await submitWith(made.value)).toBe(403)
    await ask("POST", `/${made.id}`, { is_active: true, expires_at: "2020-01-01T00:00:00Z" })
    expect(await submitWith(made.value)).toBe(403)
    await ask("POST", `/${made.id}`, { expires_at: null, name: "renamed" })
    expect(await submitWith(made.value)).toBe(202)
    expect((await ask("DELETE", `/${made.id}`)).status).toBe(204)
    expect(await submitWith(made.value)).toBe(400)
    expect((await ask("GET", `/${made.id}`)).status).toBe(404)
  })
})

test("a key of config.json is listed with its limits and cannot be changed or revoked here", async () => {
  const { answer } = await ask("GET", "/vk-fixed")
  expect(answer).toMatchObject({ name: "fixed", max_concurrent_jobs: 3, source: "config.json", is_read_only: true })
  expect(answer.created_at).toBeNull()
  for (const method of ["POST", "DELETE"]) {
    const refused = await ask(method, "/vk-fixed", { name: "mine" })
    expect(refused.status).toBe(400)
    expect(refused.answer.error.message).toContain("stands in config.json: change it there")
  }
  expect(await submitWith(fixed.value)).toBe(202)
})

const mistakes: [what: string, body: unknown, words: string][] = [
  ["without a name", {}, "name must be a text of 1 to 255 characters"],
  ["with a name that is taken", { name: "fixed" }, 'there is a virtual key named "fixed" already'],
  ["with an unknown member", { name: "x", value: "sk-bf-mine" }, 'unknown member "value"; supported: name, is_active'],
  ["with a state that is none", { name: "x", is_active: null }, "is_active must be true or false"],
  ["with a time that is none", { name: "x", expires_at: "tomorrow" }, "expires_at must be a time of RFC 3339"],
  ["with a rate of nothing", { name: "x", requests_per_minute: 0 }, "requests_per_minute must be a whole number"],
  ["with half a job", { name: "x", max_concurrent_jobs: 1.5 }, "max_concurrent_jobs must be a whole number from 1"],
  ["with a budget for a week", { name: "x", budgets: { week: {} } }, 'budgets must be {"day": {"tokens"'],
  ["with a budget below nothing", { name: "x", budgets: { day: { cost: -1 } } }, "budgets must be"],
  ["with a budget without an end", '{"name": "x", "budgets": {"day": {"cost": 1e400}}}', "budgets must be"],
  ["with what is no JSON", "{", "the body is not valid JSON"],
  ["with a list", [], "the body must be a JSON object"],
]
test("a key whose name is taken while its request arrives is refused for the name", async () => {
  const body = Promise.withResolvers<string>()
  const stream = new ReadableStream({
    async start(controller) {
      controller.enqueue('{"name": ')
      controller.enqueue(await body.promise)
      controller.close()
    },
  })
  const slow = gateway.fetch(KEYS, { method: "POST", headers: admin, body: stream })
  // These answers come after the head of the slow request has been read.
  await make("twin")
  body.resolve('"twin"}')
  const refused = await slow
  expect(refused.status).toBe(400)
  expect(await refused.text()).toContain("there is a virtual key named")
})

test.each(mistakes)("a key %s is refused with what to write instead, and nothing is made", async (_, body, words) => {
  const before = (await ask("GET")).answer.data.length
  const { status, answer } = await ask("POST", "", body)
  expect(status).toBe(400)
  expect(answer.error.message).toStartWith(words)
  expect((await ask("GET")).answer.data).toHaveLength(before)
})

test("the key that is unknown is a 404 that says so, however it is asked for", async () => {
  for (const [method, path] of [
    ["GET", "/vk-nobody"],
    ["POST", "/vk-nobody"],
    ["DELETE", "/laptop"],
  ]) {
    const { status, answer } = await ask(method ?? "", path, method === "GET" ? undefined : {})
    expect([status, answer.error.code]).toEqual([404, "key_not_found"])
  }
})

test("limits of made keys hold after a restart", async () => {
  const own = await launch()
  const token = await own.adminToken()
  const response = await own.fetch(KEYS, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ name: "kept", max_concurrent_jobs: 1 }),
  })
  const { value, id } = (await response.json()) as Job
  expect(await own.stop()).toBe(0)
  const next = await launch({ dir: own.dir })
  const submits = [1, 2].map(() => next.accept(chat({ mock: { hang: true } }), { "x-bf-vk": value }))
  await Promise.all(submits)
  while (next.count("jobs", "state = 'running'") < 1) await next.fetch("/health")
  expect(next.count("jobs", `owner = 'vk:${id}' AND state = 'queued'`)).toBe(1)
  await next.dispose()
  await own.dispose()
}, 240_000)
