// The webhook endpoints of config.json on the real program: in force at the start and when the file changes, and changed there alone.
import { describe, expect, test } from "bun:test"
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import OpenAI from "openai"
import { afterTest, tempDir } from "../cleanup.ts"
import { chat, type Gateway, run, start } from "../harness.ts"
import { openDatabase } from "../opendatabase.ts"
import { startUpstream } from "../upstream.ts"
import { manage, untilTried, verify } from "./webhookreceivers.ts"

const events = ["async_job.completed", "async_job.failed"]
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
const OTHER = `whsec_${Buffer.alloc(32, 7).toString("base64")}`

function startReceiver() {
  const receiver = startUpstream(() => new Response(null, { status: 204 }))
  afterTest(() => receiver.stop())
  return receiver
}

/** The endpoint of this name, once it is as `isDone` wants it. */
async function until(gateway: Gateway, name: string, isDone: (found: Record<string, unknown> | undefined) => boolean) {
  for (;;) {
    const { body } = await manage(gateway, "GET", "")
    const found = body.endpoints.find((each: { name: string }) => each.name === name)
    if (isDone(found)) return found
  }
}

describe("an endpoint of config.json", () => {
  test("is told of ends, with its secret and headers from variables, which are shown nowhere", async () => {
    const receiver = startReceiver()
    const hook = {
      ...{ name: "file", url: receiver.url, events, secret: "env.HOOK_SECRET" },
      headers: { authorization: "env.HOOK_TOKEN" },
    }
    const env = { HOOK_SECRET: SECRET, HOOK_TOKEN: "Bearer of-the-file" }
    const gateway = await start({ config: { webhooks: [hook] }, env })
    await gateway.accept(chat(), { "x-bf-async-webhook": "file" })
    const got = await receiver.request(0)
    expect(await verify(SECRET, got)).toEqual([true, true, true])
    expect(got.headers["authorization"]).toBe("Bearer of-the-file")
    const { body } = await manage(gateway, "GET", "")
    expect(body.endpoints).toMatchObject([{ name: "file", source: "config.json", is_read_only: true }])
    const shown = await run(["config", "show", "--app-dir", gateway.dir], env)
    for (const text of [JSON.stringify(body), gateway.log(), shown.stdout]) {
      expect(text).not.toContain(SECRET.slice(6))
      expect(text).not.toContain("of-the-file")
    }
  })

  test("is changed, removed and given another secret in the file alone, and tested and sent again by the routes", async () => {
    const receiver = startReceiver()
    const hook = { name: "file", url: receiver.url, events, secret: SECRET }
    const gateway = await start({
      config: { webhooks: [hook, { ...hook, name: "told", form: "event", events: ["response.completed"] }] },
    })
    const [{ id }, told] = (await manage(gateway, "GET", "")).body.endpoints
    for (const [method, path] of [
      ["PUT", `/${id}`],
      ["DELETE", `/${id}`],
      ["POST", `/${id}/rotate-secret`],
    ] as const) {
      const { status, body } = await manage(gateway, method, path, method === "PUT" ? hook : undefined)
      expect([status, body.error.message]).toEqual([
        400,
        expect.stringContaining("stands in config.json: change it there"),
      ])
    }
    const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "none", maxRetries: 0 })
    for (const call of [
      () => openai.webhooks.delete(told.id),
      () => openai.webhooks.update(told.id, { name: "x" }),
      () => openai.webhooks.rotateSecret(told.id),
    ]) {
      const error = await call().then(
        () => null,
        (thrown: Error) => thrown,
      )
      expect(error?.message).toContain("stands in config.json")
    }
    expect((await manage(gateway, "POST", `/${id}/test`)).body.delivered).toBe(true)
    await gateway.accept(chat(), { "x-bf-async-webhook": "file" })
    const { deliveries } = await untilTried(gateway, id)
    expect((await manage(gateway, "POST", `/deliveries/${deliveries[0].id}/redeliver`)).status).toBe(202)
  })

  test("without a secret of its own gets one, which a rotation shows", async () => {
    const receiver = startReceiver()
    const gateway = await start({ config: { webhooks: [{ name: "file", url: receiver.url, events }] } })
    const [{ id }] = (await manage(gateway, "GET", "")).body.endpoints
    const { status, body } = await manage(gateway, "POST", `/${id}/rotate-secret`)
    expect(status).toBe(200)
    await gateway.accept(chat(), { "x-bf-async-webhook": "file" })
    expect(await verify(body.secret, await receiver.request(0))).toEqual([true, true, true])
  })

  test("follows the file while the gateway runs, and stays over a restart with its deliveries", async () => {
    const receiver = startReceiver()
    const hook = { name: "file", url: `${receiver.url}/one`, events, secret: SECRET }
    const dir = tempDir()
    const write = (webhooks: object[]) => writeFileSync(join(dir, "config.json"), JSON.stringify({ webhooks }))
    write([hook])
    const gateway = await start({ dir })
    await gateway.accept(chat(), { "x-bf-async-webhook": "file" })
    const first = await until(gateway, "file", (found) => found?.["last_success_at"] !== null)
    write([
      { ...hook, url: `${receiver.url}/two`, secret: OTHER },
      { ...hook, name: "new" },
    ])
    await until(gateway, "new", (found) => found !== undefined)
    const changed = await until(gateway, "file", (found) => found?.["url"] === `${receiver.url}/two`)
    expect(changed.id).toBe(first.id)
    await gateway.accept(chat(), { "x-bf-async-webhook": "file" })
    const got = await receiver.request(1)
    expect([got.path, await verify(OTHER, got)]).toEqual(["/two", [true, true, true]])
    write([{ ...hook, url: `${receiver.url}/two`, secret: OTHER }])
    await until(gateway, "new", (found) => found === undefined)
    expect((await gateway.submit(chat(), { "x-bf-async-webhook": "new" })).status).toBe(400)
    const before = await untilTried(gateway, first.id)
    await gateway.stop()
    const again = await start({ dir })
    const { body } = await manage(again, "GET", `/${first.id}/deliveries`)
    expect(body.groups.map((each: { webhook_id: string }) => each.webhook_id)).toEqual(
      before.groups.map((each: { webhook_id: string }) => each.webhook_id),
    )
  })

  test("that cannot be stored is stored once it can be, when the file changes and at a start", async () => {
    const hook = { name: "one", url: "https://example.com/webhook", events }
    const gateway = await start({ config: {} })
    const change = (sql: string) => {
      const database = openDatabase(join(gateway.dir, "asyncgate.db"))
      database.run(sql)
      database.close()
    }
    const refuse = () =>
      change("CREATE TRIGGER no BEFORE INSERT ON webhook_endpoints BEGIN SELECT RAISE(ABORT, 'not now'); END")
    const says = "the webhook endpoints of config.json cannot be stored"
    const write = (webhooks: object[]) => writeFileSync(join(gateway.dir, "config.json"), JSON.stringify({ webhooks }))
    refuse()
    write([hook])
    await gateway.logged(says)
    change("DROP TRIGGER no")
    await until(gateway, "one", (found) => found !== undefined)
    await gateway.stop()

    refuse()
    write([hook, { ...hook, name: "two" }])
    const again = await start({ dir: gateway.dir })
    await again.logged(says)
    expect(await until(again, "two", () => true)).toBeUndefined()
    change("DROP TRIGGER no")
    await until(again, "two", (found) => found !== undefined)
  })

  test("stays with its deliveries while the file is gone, and goes when the file no longer has it", async () => {
    const gateway = await start({ config: { webhooks: [{ name: "one", url: "https://example.com/webhook", events }] } })
    const { id } = await until(gateway, "one", (found) => found !== undefined)
    const path = join(gateway.dir, "config.json")
    rmSync(path)
    await gateway.logged("config.json is gone")
    expect((await until(gateway, "one", () => true)).id).toBe(id)
    writeFileSync(path, "{}")
    await until(gateway, "one", (found) => found === undefined)
  })

  test("takes over one of the same name that the API has made, with its id", async () => {
    const receiver = startReceiver()
    const dir = tempDir()
    writeFileSync(join(dir, "config.json"), "{}")
    const gateway = await start({ dir })
    const hook = { name: "both", url: receiver.url, events }
    const { endpoint } = (await manage(gateway, "POST", "", hook)).body
    writeFileSync(join(dir, "config.json"), JSON.stringify({ webhooks: [{ ...hook, include_response: true }] }))
    const found = await until(gateway, "both", (each) => each?.["is_read_only"] === true)
    expect([found.id, found.include_response]).toEqual([endpoint.id, true])
  })

  test("whose variable is not set is disabled, which a warning says, and keeps its id", async () => {
    const receiver = startReceiver()
    const config = { webhooks: [{ name: "file", url: receiver.url, events, secret: "env.HOOK_SECRET" }] }
    const first = await start({ config, env: { HOOK_SECRET: SECRET } })
    const [{ id }] = (await manage(first, "GET", "")).body.endpoints
    await first.stop()
    const second = await start({ dir: first.dir })
    expect((await second.logged("webhooks.0 is disabled")).join()).toContain(
      "secret is env.HOOK_SECRET, but HOOK_SECRET is not set",
    )
    expect((await manage(second, "GET", `/${id}`)).body.disabled).toBe(true)
    await second.stop()
    const third = await start({ dir: first.dir, env: { HOOK_SECRET: SECRET } })
    expect((await manage(third, "GET", `/${id}`)).body.disabled).toBe(false)
    await third.accept(chat(), { "x-bf-async-webhook": "file" })
    expect(await verify(SECRET, await receiver.request(0))).toEqual([true, true, true])
  })
})

const hook = { name: "file", url: "https://example.com/a/secret-path", events }
const mistakes: [what: string, webhooks: unknown, line: RegExp][] = [
  ["that is no list", { name: "x" }, /^ {2}webhooks: found an object; write \[ \{ "name"/m],
  [
    "without a name",
    [{ ...hook, name: undefined }],
    /^ {2}webhooks\.0\.name: found nothing; write a text of 1 to 255/m,
  ],
  [
    "without a URL",
    [{ ...hook, url: undefined }],
    /^ {2}webhooks\.0\.url: found nothing; write where the receiver is/m,
  ],
  [
    "with http",
    [{ ...hook, url: "http://example.com/" }],
    /^ {2}webhooks\.0\.url: found a string \(not shown\); write .*with http/m,
  ],
  [
    "with another's event",
    [{ ...hook, events: ["response.completed"] }],
    /^ {2}webhooks\.0\.events: found a list; write a list of some of async_job/m,
  ],
  [
    "with a secret that is none",
    [{ ...hook, secret: "hunter2" }],
    /^ {2}webhooks\.0\.secret: found a string \(not shown\); write whsec_ and/m,
  ],
  [
    "with a number beyond the most",
    [{ ...hook, max_retries: 51 }],
    /^ {2}webhooks\.0\.max_retries: found 51; write a whole number from 1 to 50/m,
  ],
  [
    "with a header of the gateway",
    [{ ...hook, headers: { "webhook-id": "x" } }],
    /^ {2}webhooks\.0\.headers\.webhook-id: found a string \(not shown\)/m,
  ],
  [
    "of a name that another has",
    [hook, hook],
    /^ {2}webhooks\.1\.name: found "file", as in webhooks\.0\.name; write a name of its own/m,
  ],
]
test.each(mistakes)(
  "an endpoint %s keeps the gateway from starting, with what to write and no secret",
  async (_, webhooks, line) => {
    const dir = tempDir()
    writeFileSync(join(dir, "config.json"), JSON.stringify({ webhooks }))
    const { code, stderr } = await run(["--app-dir", dir, "--port", "0"])
    expect(code).toBe(2)
    expect(stderr).toMatch(line)
    expect(stderr).not.toContain("hunter2")
    expect(stderr).not.toContain("secret-path")
  },
)
