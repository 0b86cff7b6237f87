// For how long responses and conversations are kept, of the whole program, and that `asyncgate wipe` deletes them.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { findCode } from "../../src/cli/exitcodes.ts"
import { runClient } from "../commands.ts"
import { type Gateway, type Job, launch, run } from "../harness.ts"

const HOUR = 3600
const MONTH = 30 * 24 * HOUR
const hello = { model: "mock/echo", input: "Hello" }
const background = { ...hello, background: true }

const post = (gateway: Gateway, path: string, body: object, headers: Record<string, string> = {}) =>
  gateway.fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  })

/** Makes a job at this path. @returns for how many seconds it is kept after its end */
async function readKept(gateway: Gateway, path: string, body: object, headers?: Record<string, string>) {
  const response = await post(gateway, path, body, headers)
  const text = await response.text()
  const id = response.headers.get("x-job-id") ?? JSON.parse(text).id
  const waited = await gateway.fetch(`/v1/async/jobs/${id}`, { headers: { prefer: "wait=60" } })
  const job = (await waited.json()) as Job
  return (Date.parse(job.expires_at) - Date.parse(job.completed_at)) / 1000
}

const ttl = (seconds: number) => ({ "x-bf-async-job-result-ttl": String(seconds) })

describe("a response is kept", () => {
  let gateway: Gateway
  beforeAll(async () => {
    gateway = await launch()
  })
  afterAll(() => gateway.dispose())

  test.each<[string, number, string, object, Record<string, string>?]>([
    ["for a month in the background", MONTH, "/v1/responses", background],
    ["for a month in the background as a stream", MONTH, "/v1/responses", { ...background, stream: true }],
    ["for a month where it is called with store: true", MONTH, "/v1/responses", { ...hello, store: true }],
    ["for a month as a stream with store: true", MONTH, "/v1/responses", { ...hello, store: true, stream: true }],
    [
      "for a month where it may take hours",
      MONTH,
      "/v1/responses",
      { ...background, background_options: { completion_window: "2h" } },
    ],
    ["as any job where it is not to be stored", HOUR, "/v1/responses", { ...background, store: false }],
    ["for a minute where nothing is said", 60, "/v1/responses", hello],
    ["as any job at /v1/async", HOUR, "/v1/async/responses", hello],
    ["as any job at /v1/async with store: true", HOUR, "/v1/async/responses", { ...hello, store: true }],
    ["as any job with x-bf-async", HOUR, "/v1/responses", { ...hello, store: true }, { "x-bf-async": "true" }],
    ["for the time that its header says", 5 * HOUR, "/v1/responses", background, ttl(5 * HOUR)],
    ["for the time that its header says, with store: true", 7, "/v1/responses", { ...hello, store: true }, ttl(7)],
    ["for the most that there is where its header asks for more", MONTH, "/v1/responses", background, ttl(2 * MONTH)],
  ])("%s", async (_, seconds, path, body, headers = {}) => {
    expect(await readKept(gateway, path, body, headers)).toBe(seconds)
  })

  test("as long as a conversation after its last change", async () => {
    await (await post(gateway, "/v1/conversations", {})).arrayBuffer()
    expect(gateway.count("conversations", `expires_at - created_at = ${MONTH * 1000}`)).toBe(1)
  })
})

test.each([
  [{ stored_response_ttl: 900 }, 900],
  [{ async_job_result_ttl_max: 600 }, 600],
  [{ stored_response_ttl: 900, async_job_result_ttl_max: 1200 }, 900],
])("with %j responses and conversations are kept for %d seconds", async (client, seconds) => {
  const gateway = await launch({ config: { client } })
  try {
    expect(await readKept(gateway, "/v1/responses", background)).toBe(seconds)
    expect(await readKept(gateway, "/v1/responses", { ...hello, store: true })).toBe(seconds)
    await (await post(gateway, "/v1/conversations", {})).arrayBuffer()
    expect(gateway.count("conversations", `expires_at - created_at = ${seconds * 1000}`)).toBe(1)
  } finally {
    await gateway.dispose()
  }
})

describe("wipe", () => {
  let gateway: Gateway
  let tokens: Record<"mine" | "other" | "admin", string>
  beforeAll(async () => {
    gateway = await launch({ config: { client: { enforce_auth_on_inference: true } } })
    const make = async (name: string) => (await run(["vk", "create", name, "--app-dir", gateway.dir])).stdout.trim()
    tokens = { mine: await make("mine"), other: await make("other"), admin: await gateway.adminToken() }
  })
  afterAll(() => gateway.dispose())

  const wipe = (who: keyof typeof tokens, ...args: string[]) =>
    runClient(gateway, ["wipe", ...args], { env: { ASYNCGATE_TOKEN: tokens[who] } })

  /** Three responses, one of which does not end, a conversation of 40 items, and a chat. */
  async function fill(who: "mine" | "other") {
    const headers = { "x-bf-vk": tokens[who] }
    const endless = { ...background, mock: { hang: true } }
    for (const body of [background, { ...hello, store: true }, endless]) {
      await (await post(gateway, "/v1/responses", body, headers)).arrayBuffer()
    }
    const items = Array.from({ length: 20 }, (_, n) => ({ role: "user", content: `${n}` }))
    const { id } = (await (await post(gateway, "/v1/conversations", { items }, headers)).json()) as Job
    await (await post(gateway, `/v1/conversations/${id}/items`, { items }, headers)).arrayBuffer()
    await gateway.accept({ model: "mock/echo", messages: [{ role: "user", content: "Hello" }] }, headers)
  }
  const responses = () => gateway.count("jobs", "request_type = 'responses'")
  const chats = () => gateway.count("jobs", "request_type = 'chat_completion'")
  const rows = () => [responses(), gateway.count("conversations"), gateway.count("conversation_items"), chats()]

  test("counts with --dry-run, needs a yes, and deletes what the virtual key may see: that of others stays", async () => {
    await fill("mine")
    await fill("other")
    expect(rows()).toEqual([6, 2, 80, 2])
    const dry = await wipe("mine", "--dry-run")
    expect(dry).toMatchObject({ stdout: "3 responses and all conversations would be deleted\n", code: 0 })
    const counted = await wipe("mine", "--dry-run", "--json")
    expect(JSON.parse(counted.stdout)).toMatchObject({ responses: { object: "bulk_count", count: 3 } })
    expect(await wipe("mine")).toMatchObject({
      code: findCode("usage"),
      stderr: expect.stringContaining("3 responses and all conversations would be deleted: add --yes to do it"),
    })
    expect(rows()).toEqual([6, 2, 80, 2])
    const wiped = await wipe("mine", "--yes")
    expect(wiped).toMatchObject({ stdout: "3 responses deleted\n1 conversation deleted\n", code: 0 })
    expect(rows()).toEqual([3, 1, 40, 2])
    expect((await wipe("mine", "--yes")).stdout).toBe("0 responses deleted\n0 conversations deleted\n")
  })

  test("deletes those of all for the admin, and prints one object with --json", async () => {
    await fill("mine")
    const { stdout, code } = await wipe("admin", "--yes", "--json")
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      responses: { object: "bulk_operation", action: "delete", status: "completed", done: 6, failed: 0 },
      conversations: { object: "list", deleted: 2 },
    })
    expect(rows()).toEqual([0, 0, 0, 3])
  })

  test("deletes those of nobody for the only user of a gateway", async () => {
    const alone = await launch()
    try {
      await (await post(alone, "/v1/responses", background)).arrayBuffer()
      for (const _ of [1, 2]) await (await post(alone, "/v1/conversations", {})).arrayBuffer()
      const { stdout } = await runClient(alone, ["wipe", "--yes"])
      expect(stdout).toBe("1 response deleted\n2 conversations deleted\n")
      expect([alone.count("jobs"), alone.count("conversations")]).toEqual([0, 0])
    } finally {
      await alone.dispose()
    }
  })
})

test("the deletion of all conversations takes no body and no parameters, which could be meant to narrow it", async () => {
  const gateway = await launch()
  try {
    await (await post(gateway, "/v1/conversations", {})).arrayBuffer()
    for (const [query, init] of [
      ["?metadata=a", {}],
      ["", { body: "{}" }],
    ] as const) {
      const refused = await gateway.fetch(`/v1/conversations${query}`, { method: "DELETE", ...init })
      expect(refused.status).toBe(400)
      expect(await refused.json()).toMatchObject({ error: { message: expect.stringContaining("all conversations") } })
    }
    expect(gateway.count("conversations")).toBe(1)
  } finally {
    await gateway.dispose()
  }
})
