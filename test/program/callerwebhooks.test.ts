// Webhook endpoints through OpenAI's client, against the whole program: each caller's own, told of the ends of its responses.
import { afterAll, describe, expect, test } from "bun:test"
import OpenAI, { APIError, AuthenticationError, BadRequestError, ConflictError, NotFoundError, toFile } from "openai"
import { readJobId } from "../../src/batches/batch.ts"
import { type Job, launch } from "../harness.ts"
import { startUpstream } from "../upstream.ts"
import { manage, verify } from "./webhookreceivers.ts"

const values = { a: "sk-bf-of-team-a-aaaaaaaa", b: "sk-bf-of-team-b-bbbbbbbb" }
const virtualKeys = Object.entries(values).map(([id, value]) => ({ id, name: id, value }))
const gateway = await launch({
  config: {
    providers: { mock: { network_config: { max_retries: 0 } } },
    governance: { virtual_keys: virtualKeys },
  },
})
afterAll(() => gateway.dispose())
const adminToken = await gateway.adminToken()
const asAdmin = { authorization: `Bearer ${adminToken}` }

const receiver = startUpstream(() => new Response(null, { status: 204 }))
afterAll(() => receiver.stop())

const connect = (apiKey: string, base = "/v1") => new OpenAI({ baseURL: gateway.url + base, apiKey, maxRetries: 0 })
const [a, b, admin] = [connect(values.a), connect(values.b), connect(adminToken)]

/** What a call of the client, whose promises are its own, fails with. */
async function catchError(call: PromiseLike<unknown>): Promise<APIError> {
  try {
    await call
  } catch (error) {
    if (error instanceof APIError) return error
    throw error
  }
  throw new Error("the call did not fail")
}

const types: OpenAI.Webhooks.WebhookCreateParams["event_types"] = ["response.completed", "response.failed"]
let made = 0
const request = (path: string, over = {}) => ({
  ...{ name: `mine ${++made}`, url: receiver.url + path, event_types: types },
  ...over,
})

async function submit(key: string, body: object = {}): Promise<string> {
  const response = await gateway.fetch("/v1/async/responses", {
    method: "POST",
    headers: { "content-type": "application/json", "x-bf-vk": key },
    body: JSON.stringify({ model: "mock/echo", input: "Hello", ...body }),
  })
  expect(response.status).toBe(202)
  return ((await response.json()) as Job).id
}

/** The next webhook on this path that has not been taken yet. */
const taken = new Set<number>()
async function take(path: string) {
  for (let at = 0; ; at++) {
    const got = await receiver.request(at)
    if (got.path !== path || taken.has(at)) continue
    taken.add(at)
    return got
  }
}

describe("an endpoint", () => {
  test("is made, retrieved, changed and deleted", async () => {
    const wanted = request("/whole")
    const { signing_secret, ...endpoint } = await a.webhooks.create(wanted)
    expect(signing_secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const { id, created_at, updated_at = 0 } = endpoint
    expect(id).toMatch(/^we_[0-9a-f]{32}$/)
    expect(endpoint).toEqual({
      id,
      object: "webhook_endpoint",
      ...wanted,
      created_at,
      updated_at,
      signing_secret_hint: `whsec_…${signing_secret.slice(-4)}`,
    })
    expect(await a.webhooks.retrieve(endpoint.id)).toEqual(endpoint)
    expect(await a.webhooks.update(endpoint.id)).toEqual(endpoint)
    const changed = await a.webhooks.update(endpoint.id, { event_types: ["response.cancelled"] })
    expect(changed).toMatchObject({ name: wanted.name, url: wanted.url, event_types: ["response.cancelled"] })
    expect(await a.webhooks.delete(endpoint.id)).toEqual({
      id: endpoint.id,
      object: "webhook_endpoint.deleted",
      deleted: true,
    })
    expect(await catchError(a.webhooks.retrieve(endpoint.id))).toBeInstanceOf(NotFoundError)
  })

  test("is listed page by page, the newest first", async () => {
    const ids: string[] = []
    for (let count = 0; count < 3; count++) ids.unshift((await a.webhooks.create(request("/listed"))).id)
    const page = await a.webhooks.list({ limit: 2 })
    expect([page.data.map(({ id }) => id), page.has_more]).toEqual([ids.slice(0, 2), true])
    const listed: string[] = []
    for await (const { id } of a.webhooks.list({ limit: 2 })) listed.push(id)
    expect(listed).toEqual(ids)
    expect(await catchError(a.webhooks.list({ after: "we_none" }))).toBeInstanceOf(BadRequestError)
    for (const id of ids) await a.webhooks.delete(id)
    expect((await a.webhooks.list()).data).toEqual([])
  })

  test("of a key is another key's to see or change in no way, and the admin's in every way", async () => {
    const { id } = await a.webhooks.create(request("/private"))
    for (const call of [
      () => b.webhooks.retrieve(id),
      () => b.webhooks.update(id, { name: "b's" }),
      () => b.webhooks.delete(id),
      () => b.webhooks.rotateSecret(id),
      () => b.webhooks.test(id, { event_type: "response.completed" }),
    ]) {
      expect(await catchError(call())).toBeInstanceOf(NotFoundError)
    }
    expect((await b.webhooks.list()).data).toEqual([])
    expect((await admin.webhooks.list()).data.map((each) => each.id)).toContain(id)
    const shown = await manage(gateway, "GET", `/${id}`, undefined, { authorization: `Bearer ${adminToken}` })
    expect(shown.body).toMatchObject({ form: "event", owner: { kind: "virtual_key", id: "a" } })
    await admin.webhooks.delete(id)
    expect(await catchError(a.webhooks.retrieve(id))).toBeInstanceOf(NotFoundError)
    expect(await catchError(connect("sk-bf-unknown-uuuuuuuuu").webhooks.list())).toBeInstanceOf(AuthenticationError)
  })

  test("is reached below every prefix of OpenAI's paths", async () => {
    const { id } = await a.webhooks.create(request("/prefixed"))
    for (const base of ["/openai/v1", "/openai", "/litellm/v1", "/langchain"]) {
      const client = connect(values.a, base)
      expect((await client.webhooks.retrieve(id)).id).toBe(id)
      expect((await client.webhooks.list()).data.map((each) => each.id)).toContain(id)
      expect((await client.webhooks.eventTypes.list()).data).toContain("response.completed")
      const result = await client.webhooks.test(id, { event_type: "response.failed" })
      expect(result.success).toBe(true)
    }
    await a.webhooks.delete(id)
  })
})

describe("the end of a response", () => {
  test("is told to the endpoints of its own key alone, as an event that the client unwraps", async () => {
    const ofA = await a.webhooks.create(request("/of-a"))
    const ofB = await b.webhooks.create(request("/of-b"))
    const ofAll = await admin.webhooks.create(request("/of-all"))
    const [idA, idB] = [await submit(values.a), await submit(values.b)]
    for (const [path, id, secret] of [
      ["/of-a", idA, ofA.signing_secret],
      ["/of-b", idB, ofB.signing_secret],
    ] as const) {
      const got = await take(path)
      expect(await verify(secret, got)).toEqual([true, true, true])
      expect(await a.webhooks.unwrap(got.body, got.headers, secret)).toEqual({
        id: expect.stringMatching(/^evt_/),
        object: "event",
        type: "response.completed",
        created_at: expect.any(Number),
        data: { id },
      } as never)
      expect(got.headers["user-agent"]).toBe("asyncgate-webhooks/1.0")
      expect(got.headers).not.toHaveProperty("x-bifrost-event")
    }
    const told = [JSON.parse((await take("/of-all")).body), JSON.parse((await take("/of-all")).body)]
    expect(told.map(({ data }) => data.id).toSorted()).toEqual([idA, idB].toSorted())
    expect(receiver.received.filter(({ path }) => path === "/of-a" || path === "/of-b")).toHaveLength(2)
    for (const { id } of [ofA, ofB, ofAll]) await admin.webhooks.delete(id)
  })

  test("is told by what has become of it, also of a call that waited for it, and of no other type", async () => {
    const event_types = ["response.completed", "response.failed", "response.cancelled"] as const
    const { id } = await a.webhooks.create(request("/ends", { event_types }))
    await a.chat.completions.create({ model: "mock/echo", messages: [{ role: "user", content: "Hello" }] })
    const failed = await submit(values.a, { mock: { status: 400 } })
    expect(JSON.parse((await take("/ends")).body)).toMatchObject({ type: "response.failed", data: { id: failed } })
    const cancelled = await submit(values.a, { mock: { hang: true } })
    await gateway.fetch(`/v1/async/responses/${cancelled}/cancel`, { method: "POST", headers: { "x-bf-vk": values.a } })
    expect(JSON.parse((await take("/ends")).body)).toMatchObject({
      type: "response.cancelled",
      data: { id: cancelled },
    })
    await a.responses.create({ model: "mock/echo", input: "Hello" })
    expect(JSON.parse((await take("/ends")).body)).toMatchObject({ type: "response.completed" })
    await a.webhooks.delete(id)
  })
})

test("the end of a batch is told with its id, to the endpoints of its own key", async () => {
  const { id, signing_secret } = await a.webhooks.create(request("/batches", { event_types: ["batch.completed"] }))
  const line = {
    ...{ custom_id: "1", method: "POST", url: "/v1/chat/completions" },
    body: { model: "mock/echo", messages: [{ role: "user", content: "Hello" }] },
  }
  const file = await a.files.create({
    file: await toFile(Buffer.from(JSON.stringify(line)), "in.jsonl"),
    purpose: "batch",
  })
  const batch = await a.batches.create({
    input_file_id: file.id,
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
  })
  const got = await take("/batches")
  expect(await verify(signing_secret, got)).toEqual([true, true, true])
  expect(JSON.parse(got.body)).toMatchObject({ object: "event", type: "batch.completed", data: { id: batch.id } })

  // In the history it has the id of the batch, and none that a job could have.
  const webhookId = got.headers["webhook-id"]
  const list = async (query: string) => {
    const { body } = await manage(gateway, "GET", `/deliveries?${query}`, undefined, asAdmin)
    return body
  }
  let seen = await list(`request_id=${batch.id}`)
  // What its receiver has answered is stored a moment later: until then it is being sent.
  while (seen.groups[0].state === "pending") seen = await list(`request_id=${batch.id}`)
  const told = { webhook_id: webhookId, event: "batch.completed", async_job_id: null, request_id: batch.id }
  expect(seen.groups).toMatchObject([{ ...told, request_type: "batch" }])
  expect((await list(`delivery_id=${webhookId}`)).groups).toEqual(seen.groups)
  const jobLike = readJobId(batch.id)
  expect((await list(`job_id=${jobLike}`)).pagination.total_count).toBe(0)
  expect((await list(`job_id=${batch.id}`)).pagination.total_count).toBe(0)
  const again = await manage(gateway, "POST", `/deliveries/${webhookId}/redeliver`, undefined, asAdmin)
  expect(again).toEqual({ status: 202, body: { status: "queued", webhook_id: webhookId } })
  const second = await take("/batches")
  expect([second.headers["webhook-id"], second.body]).toEqual([webhookId, got.body])
  for (;;) {
    const { deliveries } = await list(`request_id=${batch.id}`)
    if (deliveries.length < 2) continue
    expect(deliveries).toMatchObject([{ ...told, attempt_no: 2 }, told])
    break
  }
  await a.webhooks.delete(id)
})

describe("a secret that is replaced", () => {
  test("signs no more, unless it is kept for 24 hours: then both sign", async () => {
    const { id, signing_secret: first } = await a.webhooks.create(request("/rotated"))
    const { signing_secret: second } = await a.webhooks.rotateSecret(id)
    await submit(values.a)
    const got = await take("/rotated")
    expect([await verify(first, got), await verify(second, got)]).toEqual([
      [false, false, false],
      [true, true, true],
    ])
    const { signing_secret: third } = await a.webhooks.rotateSecret(id, { keep_old_secret_active_for_24_hours: true })
    await submit(values.a)
    const both = await take("/rotated")
    expect([await verify(first, both), await verify(second, both), await verify(third, both)]).toEqual([
      [false, false, false],
      [true, true, true],
      [true, true, true],
    ])
    await a.webhooks.delete(id)
  })
})

describe("a test", () => {
  test("sends a signed sample, and is refused where the receiver does not take it, without its words", async () => {
    const { id, signing_secret } = await a.webhooks.create(request("/sample"))
    expect(await a.webhooks.test(id, { event_type: "response.incomplete" })).toEqual({
      object: "webhook_endpoint.test",
      webhook_endpoint_id: id,
      event_type: "response.incomplete",
      status_code: 204,
      success: true,
    })
    const got = await take("/sample")
    expect(await verify(signing_secret, got)).toEqual([true, true, true])
    expect(JSON.parse(got.body)).toMatchObject({ type: "response.incomplete", data: { id: expect.any(String) } })
    const secretive = startUpstream(() => new Response("the secret of another service", { status: 403 }))
    await a.webhooks.update(id, { url: secretive.url })
    const error = await catchError(a.webhooks.test(id, { event_type: "response.completed" }))
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error.message).toContain("the receiver answered 403")
    expect(error.message).not.toContain("secret of another service")
    await secretive.stop()
    await a.webhooks.delete(id)
  })
})

describe("what cannot be is refused in OpenAI's form:", () => {
  test("a missing or wrong member, an event that does not happen here, a private address", async () => {
    const cases: [over: object, param: string, words: string][] = [
      [{ name: undefined }, "name", "name is missing"],
      [{ url: undefined }, "url", "url is missing"],
      [{ event_types: undefined }, "event_types", "event_types is missing"],
      [{ event_types: [] }, "event_types", "event_types must be a list of some of"],
      [{ event_types: ["eval.run.failed"] }, "event_types", "other events do not happen here"],
      [{ url: "http://example.com/" }, "url", "with http"],
      [{ url: "https://10.0.0.1/" }, "url", "private network"],
      [{ url: "https://169.254.169.254/" }, "url", "never reached"],
      [{ description: "x" }, "description", "unknown member"],
    ]
    for (const [over, param, words] of cases) {
      const error = await catchError(a.webhooks.create(request("/wrong", over)))
      expect([over, error.status, error.param]).toEqual([over, 400, param])
      expect(error.message).toContain(words)
    }
    expect((await a.webhooks.list()).data).toEqual([])
  })

  test("a name that is taken, which the client does not send again", async () => {
    const wanted = request("/taken")
    const { id } = await a.webhooks.create(wanted)
    const retrying = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: values.a, maxRetries: 2 })
    const error = await catchError(retrying.webhooks.create(wanted))
    expect(error).toBeInstanceOf(ConflictError)
    expect([error.code, error.param, error.headers?.get("x-should-retry")]).toEqual(["webhook_exists", "name", "false"])
    // Another caller may have an endpoint of this name.
    const { id: ofB } = await b.webhooks.create(wanted)
    await a.webhooks.delete(id)
    await b.webhooks.delete(ofB)
  })

  test("this machine as a receiver, for a caller who may be on another one", async () => {
    const proxied = new OpenAI({
      baseURL: `${gateway.url}/v1`,
      apiKey: values.a,
      maxRetries: 0,
      defaultHeaders: { "x-forwarded-for": "203.0.113.7" },
    })
    for (const url of [receiver.url, "https://localhost/", "http://[::1]:8080/"]) {
      const error = await catchError(proxied.webhooks.create(request("/", { url })))
      expect([error.status, error.param]).toEqual([400, "url"])
      expect(error.message).toContain("is this machine")
    }
  })

  test("another private address than the one that the operator has allowed", async () => {
    const { id, name } = await a.webhooks.create(request("/allowed"))
    const operator = { authorization: `Bearer ${adminToken}` }
    const allowed = { name, url: "http://10.0.0.1/", events: types, allow_private_network: true }
    const changed = await manage(gateway, "PUT", `/${id}`, allowed, operator)
    expect([changed.status, changed.body.form]).toEqual([200, "event"])
    expect((await a.webhooks.update(id, { name: "renamed" })).url).toBe("http://10.0.0.1/")
    expect((await catchError(a.webhooks.update(id, { url: "http://10.0.0.2/" }))).message).toContain("private network")
    await a.webhooks.update(id, { url: "https://example.com/" })
    expect((await manage(gateway, "GET", `/${id}`, undefined, operator)).body.allow_private_network).toBe(false)
    await a.webhooks.delete(id)
  })

  test("one endpoint more than a caller may have", async () => {
    const ids: string[] = []
    for (let count = 0; count < 20; count++) ids.push((await b.webhooks.create(request("/many"))).id)
    const error = await catchError(b.webhooks.create(request("/many")))
    expect(error.message).toContain("this caller has 20 webhook endpoints, which is the most: remove some first")
    for (const id of ids) await b.webhooks.delete(id)
  })
})
