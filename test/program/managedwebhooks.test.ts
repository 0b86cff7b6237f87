// Webhook endpoints as Bifrost's admin API manages them: /api/webhooks on the real program.
import { afterAll, describe, expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterTest } from "../cleanup.ts"
import { chat, type Job, launch, start } from "../harness.ts"
import { startUpstream } from "../upstream.ts"
import { makeEndpoint, manage, untilTried, verify } from "./webhookreceivers.ts"

const gateway = await launch({ config: { providers: { mock: { network_config: { max_retries: 0 } } } } })
afterAll(() => gateway.dispose())

const receiver = startUpstream(() => new Response(null, { status: 204 }))
afterAll(() => receiver.stop())

const events = ["async_job.completed", "async_job.failed"]
const ask = (method: string, path = "", body?: unknown) => manage(gateway, method, path, body)

describe("an endpoint", () => {
  test("has Bifrost's members and defaults, and its secret once", async () => {
    const request = {
      name: "orders",
      url: "https://example.com/webhook",
      events,
      headers: { Authorization: "Bearer x1y2" },
    }
    const { status, body } = await ask("POST", "", request)
    expect(status).toBe(201)
    expect(body.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const { id, created_at, updated_at } = body.endpoint
    expect(body.endpoint).toEqual({
      id,
      name: "orders",
      url: "https://example.com/webhook",
      form: "bifrost",
      events,
      all_jobs: false,
      include_response: false,
      allow_private_network: false,
      disabled: false,
      max_retries: 4,
      retry_backoff_initial_seconds: 30,
      retry_backoff_max_seconds: 1800,
      attempt_timeout_seconds: 10,
      max_response_payload_kbs: 256,
      max_concurrent_deliveries: 10,
      schedule: "exponential",
      headers: { Authorization: { value: "<REDACTED>", type: "plain_text" } },
      disabled_reason: null,
      disabled_at: null,
      consecutive_failures: 0,
      failing_since: null,
      last_success_at: null,
      last_failure_at: null,
      pending_deliveries: 0,
      secret_hint: `whsec_…${body.secret.slice(-4)}`,
      previous_secret_until: null,
      owner: null,
      source: "api",
      is_read_only: false,
      created_at,
      updated_at,
    })
    expect((await ask("GET", `/${id}`)).body).toEqual(body.endpoint)
    const listed = await gateway.fetch("/api/webhooks")
    expect(listed.headers.get("cache-control")).toBe("no-store")
    // Neither the secret nor the value of a header is anywhere.
    const files = readdirSync(gateway.dir).filter((name) => name.startsWith("asyncgate.db"))
    const stored = files.map((name) => readFileSync(join(gateway.dir, name), "latin1"))
    for (const text of [await listed.text(), gateway.log(), ...stored]) {
      expect(text).not.toContain(body.secret.slice(6))
      expect(text).not.toContain("x1y2")
    }
    const again = await ask("POST", "", request)
    expect([again.status, again.body.error.code]).toEqual([409, "webhook_exists"])
    expect(await ask("DELETE", `/${id}`)).toEqual({ status: 200, body: { status: "success" } })
    for (const [method, path] of [
      ["GET", `/${id}`],
      ["PUT", `/${id}`],
      ["DELETE", `/${id}`],
      ["POST", `/${id}/rotate-secret`],
      ["POST", `/${id}/test`],
      ["GET", `/${id}/deliveries`],
    ] as const) {
      const gone = await ask(method, path, method === "PUT" ? request : undefined)
      expect([method, path, gone.status, gone.body.error.code]).toEqual([method, path, 404, "webhook_not_found"])
    }
  })

  test("is replaced by a change, but for its secret, hidden headers and what Bifrost does not know", async () => {
    const over = { headers: { "x-token": "t-1", "x-old": "o" }, max_retries: 2, all_jobs: true, schedule: "standard" }
    const receiver = startUpstream()
    afterTest(() => receiver.stop())
    const { id, name, secret } = await makeEndpoint(gateway, receiver.url, over)
    const before = (await ask("GET", `/${id}`)).body
    // As Bifrost's dashboard changes one member: with all that it has read, and 0 for what is not set.
    const sent = {
      ...before,
      headers: { "x-token": before.headers["x-token"] },
      max_retries: 0,
      include_response: true,
    }
    const { status, body } = await ask("PUT", `/${id}`, sent)
    expect([status, body.max_retries, body.include_response, body.schedule, body.all_jobs]).toEqual([
      200,
      4,
      true,
      "standard",
      true,
    ])
    await ask("PUT", `/${id}`, {
      name,
      url: before.url,
      events,
      headers: { "X-Token": "<REDACTED>", new: { value: "n" } },
    })
    const job = await gateway.accept(chat())
    const got = await receiver.request(0)
    expect(JSON.parse(got.body).data.job_id).toBe(job)
    expect(got.headers).toMatchObject({ "x-token": "t-1", new: "n" })
    expect(got.headers).not.toHaveProperty("x-old")
    expect(await verify(secret, got)).toEqual([true, true, true])
    await ask("DELETE", `/${id}`)
  })

  test("is found by part of its name or address, by its events and by whether it is disabled, page by page", async () => {
    const other = await start()
    await manage(other, "POST", "", { name: "one", url: "https://one.example/A", events: [events[0]] })
    await manage(other, "POST", "", { name: "two", url: "https://two.example/", events, disabled: true })
    await manage(other, "POST", "", { name: "three", url: "https://one.example/b", events: [events[1]] })
    const find = async (query: string) => {
      const { body } = await manage(other, "GET", query)
      return [body.endpoints.map((each: Job) => each.name), body.count, body.total_count, body.limit, body.offset]
    }
    expect(await find("")).toEqual([["one", "two", "three"], 3, 3, 1000, 0])
    expect(await find("?search=ONE.example")).toEqual([["one", "three"], 2, 2, 1000, 0])
    expect(await find("?event=async_job.failed")).toEqual([["two", "three"], 2, 2, 1000, 0])
    expect(await find("?event=async_job.failed,async_job.completed&disabled=true")).toEqual([["two"], 1, 1, 1000, 0])
    expect(await find("?disabled=false&limit=1&offset=1")).toEqual([["three"], 1, 2, 1, 1])
    for (const wrong of ["?disabled=maybe", "?limit=-1", "?offset=x"])
      expect((await manage(other, "GET", wrong)).status).toBe(400)
  })
})

describe("a test", () => {
  test("sends a sample of the first or the named event by the way of all deliveries, and tells what came of it", async () => {
    const { id, secret } = await makeEndpoint(gateway, `${receiver.url}/test`, { include_response: true })
    const count = receiver.received.length
    const { status, body } = await ask("POST", `/${id}/test`)
    expect([status, body]).toEqual([
      200,
      {
        delivered: true,
        receiver_status_code: 204,
        webhook_id: expect.stringMatching(/^msg_/),
        job_id: expect.stringMatching(/^test-[0-9a-f-]{36}$/),
        duration_ms: expect.any(Number),
      },
    ])
    const got = await receiver.request(count)
    expect(got.headers["webhook-id"]).toBe(body.webhook_id)
    expect(await verify(secret, got)).toEqual([true, true, true])
    expect(JSON.parse(got.body)).toMatchObject({ event: "async_job.completed", data: { job_id: body.job_id } })
    const again = await ask("POST", `/${id}/test`)
    expect([again.status, again.body.error.code]).toEqual([429, "rate_limited"])
    await ask("POST", `/${id}/test`, { event: "async_job.failed" })
    expect(JSON.parse((await receiver.request(count + 1)).body).event).toBe("async_job.failed")
    expect((await ask("GET", `/${id}/deliveries`)).body.pagination.total_count).toBe(0)
  })

  test("that fails says why, and one that cannot be is refused", async () => {
    const away = await makeEndpoint(gateway, "http://127.0.0.1:9/", { events: ["async_job.completed"] })
    const failed = (await ask("POST", `/${away.id}/test`)).body
    expect([failed.delivered, "receiver_status_code" in failed, failed.error]).toEqual([
      false,
      false,
      expect.any(String),
    ])
    const sorry = startUpstream(() => new Response("sorry", { status: 418 }))
    afterTest(() => sorry.stop())
    const refusing = await makeEndpoint(gateway, sorry.url)
    expect((await ask("POST", `/${refusing.id}/test`)).body).toMatchObject({
      delivered: false,
      receiver_status_code: 418,
      error: "the receiver answered 418: sorry",
    })
    const foreign = await ask("POST", `/${away.id}/test`, { event: "async_job.failed" })
    expect([foreign.status, foreign.body.error.message]).toEqual([
      400,
      "event must be one that the endpoint is subscribed to: async_job.completed",
    ])
  })
})

describe("deliveries", () => {
  test("are searched by endpoint, event, outcome, status, request, job, id and time, each page with whole deliveries", async () => {
    let status = 500
    const failing = startUpstream(() => new Response("x", { status }))
    afterTest(() => failing.stop())
    const once = { retry_backoff_initial_seconds: 3600 }
    const one = await makeEndpoint(gateway, failing.url, once)
    const submit = (name: string, request: string, over = {}) =>
      gateway.accept(chat(over), { "x-bf-async-webhook": name, "x-request-id": request })
    const first = await submit(one.name, "r-1")
    await untilTried(gateway, one.id)
    status = 404
    // The newest delivery is that of r-2 when its job has ended.
    await gateway.end(await submit(one.name, "r-2", { mock: { status: 400 } }))
    await untilTried(gateway, one.id)
    const two = await makeEndpoint(gateway, `${receiver.url}/two`)
    const third = await submit(two.name, "r-3")
    const { deliveries } = await untilTried(gateway, two.id)
    const find = async (query: string) => {
      const answer = await ask("GET", `/deliveries?endpoint_ids=${one.id},${two.id}&${query}`)
      expect(answer.status).toBe(200)
      const { groups, pagination } = answer.body
      return [groups.map((each: Job) => each.request_id), pagination.total_count]
    }
    expect(await find("")).toEqual([["r-3", "r-2", "r-1"], 3])
    expect(await find("limit=1&offset=1")).toEqual([["r-2"], 3])
    expect(await find("events=async_job.failed")).toEqual([["r-2"], 1])
    expect(await find("outcomes=delivered,retryable_failure")).toEqual([["r-3", "r-1"], 2])
    expect(await find("status_class=5xx")).toEqual([["r-1"], 1])
    expect(await find("status_class=4xx,2xx")).toEqual([["r-3", "r-2"], 2])
    expect(await find("request_id=r-2")).toEqual([["r-2"], 1])
    expect(await find(`job_id=${first}`)).toEqual([["r-1"], 1])
    expect(await find(`delivery_id=${deliveries[0].webhook_id}`)).toEqual([["r-3"], 1])
    expect(await find(`delivery_id=${deliveries[0].id}&job_id=${third}`)).toEqual([["r-3"], 1])
    expect(await find("delivery_id=none")).toEqual([[], 0])
    expect(await find("period=1h")).toEqual([["r-3", "r-2", "r-1"], 3])
    expect(await find("start_time=2100-01-01T00:00:00Z")).toEqual([[], 0])
    expect(await find("end_time=2100-01-01T00:00:00Z")).toEqual([["r-3", "r-2", "r-1"], 3])
    expect(await find("end_time=2020-01-01T00:00:00Z")).toEqual([[], 0])
    const wrong = ["events=x", "outcomes=lost", "status_class=1xx", "start_time=now", "period=week", "limit=many"]
    for (const query of wrong) {
      const refused = await ask("GET", `/deliveries?${query}`)
      expect([query, refused.status, refused.body.error.param]).toEqual([query, 400, query.split("=")[0]])
    }
    expect((await ask("GET", "/deliveries?endpoint_ids=we_none")).body.groups).toEqual([])
  })
})

const whole = { name: "wrong", url: "https://example.com/", events }
const mistakes: [what: string, over: Record<string, unknown>, param: string, words: RegExp][] = [
  ["no name", { name: undefined }, "name", /^name must be a text of 1 to 255 characters/],
  ["a name with spaces around it", { name: " a" }, "name", /^name must be/],
  ["no events", { events: [] }, "events", /^events must be a list of some of async_job.completed, async_job.failed$/],
  ["an event of another form", { events: ["response.completed"] }, "events", /^events must be/],
  ["an event twice", { events: [events[0], events[0]] }, "events", /^events must be/],
  ["no URL", { url: "" }, "url", /^url must be where the receiver is, as "https:/],
  ["a URL that is none", { url: "example.com" }, "url", /what was sent is no URL; write https:\/\/HOST\/PATH/],
  ["a scheme that is not HTTP", { url: "ftp://example.com/" }, "url", /has the scheme ftp/],
  ["a password in its URL", { url: "https://a:b@example.com/" }, "url", /has a user name or a password/],
  ["http on the internet", { url: "http://example.com/" }, "url", /with http it can only be/],
  ["http at a public address", { url: "http://8.8.8.8/" }, "url", /the URL says http; write https/],
  [
    "a private address",
    { url: "https://10.0.0.8/" },
    "url",
    /10\.0\.0\.8 is in a private network; set allow_private_network/,
  ],
  ["a disguised private address", { url: "https://0x0a.8/" }, "url", /10\.0\.0\.8 is in a private network/],
  ["IPv4 in IPv6", { url: "https://[::ffff:10.0.0.8]/" }, "url", /is a link-local, reserved or metadata address/],
  ["a metadata service", { url: "http://169.254.169.254/", allow_private_network: true }, "url", /never reached$/],
  [
    "a number as text",
    { max_retries: "4" },
    "max_retries",
    /^max_retries must be a whole number from 1 to 50, as 4, or 0/,
  ],
  ["a number beyond the most", { attempt_timeout_seconds: 301 }, "attempt_timeout_seconds", /from 1 to 300, as 10/],
  ["a switch that is none", { disabled: "no" }, "disabled", /^disabled must be true or false$/],
  ["an unknown schedule", { schedule: "daily" }, "schedule", /^schedule must be one of exponential, standard$/],
  ["an unknown form", { form: "xml" }, "form", /^form must be one of bifrost, event$/],
  [
    "a header of the gateway",
    { headers: { "Webhook-Id": "x" } },
    "headers.Webhook-Id",
    /the gateway sends this header itself/,
  ],
  ["a header of two lines", { headers: { a: "b\r\nc: d" } }, "headers.a", /must be a text of one line/],
  ["a header twice", { headers: { a: "b", A: "c" } }, "headers.a", /must be there once$/],
  ["a hidden header", { headers: { a: "<REDACTED>" } }, "headers.a", /none is stored that it hides$/],
  ["a variable as header", { headers: { a: "env.TOKEN" } }, "headers.a", /env.NAME is read in config.json alone$/],
  ["a secret of its own", { secret: "whsec_x" }, "secret", /^unknown member "secret"; supported: name, url/],
]
test.each(mistakes)(
  "an endpoint with %s is refused with what to write, and not made",
  async (_, over, param, words) => {
    const { status, body } = await ask("POST", "", { ...whole, ...over })
    expect([status, body.error.code, body.error.param]).toEqual([400, "invalid_request", param])
    expect(body.error.message).toMatch(words)
    expect((await ask("GET", "?search=wrong")).body.total_count).toBe(0)
  },
)

test("a receiver in a private network is reached only where the endpoint allows it, and the link-local never", async () => {
  for (const host of ["10.255.255.1", "192.168.255.254", "[fd00::1]"]) {
    const url = `http://${host}/`
    expect((await ask("POST", "", { ...whole, url })).status).toBe(400)
    const allowed = await ask("POST", "", { ...whole, url, allow_private_network: true })
    expect(allowed.status).toBe(201)
    await ask("DELETE", `/${allowed.body.endpoint.id}`)
  }
})

test("virtual keys do not open it, and without the admin's token it is closed once there are any", async () => {
  const value = "sk-bf-of-a-caller-aaaaaa"
  const shared = await start({ config: { governance: { virtual_keys: [{ id: "a", name: "a", value }] } } })
  expect((await manage(shared, "GET", "")).status).toBe(401)
  expect((await manage(shared, "GET", "", undefined, { "x-bf-vk": value })).status).toBe(401)
  const admin = { authorization: `Bearer ${await shared.adminToken()}` }
  expect((await manage(shared, "GET", "", undefined, admin)).status).toBe(200)
})
