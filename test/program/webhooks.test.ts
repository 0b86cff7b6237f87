// Webhooks on the real program and real receivers: what is sent for an end, how it is signed, and what each answer leads to.
import { afterAll, describe, expect, test } from "bun:test"
import { afterTest } from "../cleanup.ts"
import { CHAT, chat, type Job, launch } from "../harness.ts"
import { startUpstream, type Upstream } from "../upstream.ts"
import { makeEndpoint, manage, untilDeliveries, untilTried, verify } from "./webhookreceivers.ts"

const gateway = await launch({ config: { providers: { mock: { network_config: { max_retries: 0 } } } } })
afterAll(() => gateway.dispose())

function startReceiver(answer: () => Response = () => new Response(null, { status: 204 })): Upstream {
  const receiver = startUpstream(answer)
  afterTest(() => receiver.stop())
  return receiver
}

const named = (name: string, more: Record<string, string> = {}) => ({ "x-bf-async-webhook": name, ...more })
const failing = chat({ mock: { status: 400 } })
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const ALL = [true, true, true]
const NONE = [false, false, false]

describe("the end of a job that names an endpoint", () => {
  test("is told once, in Bifrost's form, signed for three libraries, with the endpoint's own headers", async () => {
    const receiver = startReceiver()
    const headers = { authorization: "Bearer mine", "X-Team": "a" }
    const { id, name, secret } = await makeEndpoint(gateway, `${receiver.url}/in?a=1`, { headers })
    const job = await gateway.accept(chat(), named(name, { "x-request-id": "r 1" }))
    const got = await receiver.request(0)
    expect([got.method, got.path, got.search]).toEqual(["POST", "/in", "?a=1"])
    expect(await verify(secret, got)).toEqual(ALL)
    expect(await verify(`whsec_${Buffer.alloc(32).toString("base64")}`, got)).toEqual(NONE)
    expect(got.headers).toMatchObject({
      authorization: "Bearer mine",
      "x-team": "a",
      "content-type": "application/json",
      "user-agent": "Bifrost-Webhooks/1.0",
      "x-bifrost-event": "async_job.completed",
      host: new URL(receiver.url).host,
    })
    const told = JSON.parse(got.body) as Job
    expect(told).toEqual({
      event: "async_job.completed",
      created_at: expect.stringMatching(RFC_3339),
      data: {
        job_id: job,
        request_id: "r 1",
        request_type: "chat_completion",
        status: "completed",
        status_code: 200,
        result_url: `${CHAT}/${job}`,
        result_expires_at: expect.stringMatching(RFC_3339),
      },
    })
    const poll = (await (await gateway.fetch(told.data.result_url)).json()) as Job
    expect([poll.id, poll.status]).toEqual([job, "completed"])
    const { deliveries, groups } = await untilTried(gateway, id)
    expect(deliveries).toMatchObject([
      {
        webhook_id: got.headers["webhook-id"],
        endpoint_id: id,
        async_job_id: job,
        request_id: "r 1",
        event: "async_job.completed",
        attempt_no: 1,
        outcome: "delivered",
        status_code: 204,
      },
    ])
    expect(groups).toMatchObject([{ state: "delivered", next_attempt_at: null, endpoint_name: name }])
    expect(receiver.received).toHaveLength(1)
  })

  test("is told as a failure where the job has failed or was cancelled", async () => {
    const receiver = startReceiver()
    const { name } = await makeEndpoint(gateway, receiver.url, { include_response: true })
    const job = await gateway.accept(failing, named(name))
    const { data, event } = JSON.parse((await receiver.request(0)).body) as Job
    expect([event, data.job_id, data.status, data.status_code]).toEqual(["async_job.failed", job, "failed", 400])
    expect(data.error).toEqual(((await gateway.end(job)) as Job).error)
    const other = await gateway.accept(chat({ mock: { hang: true } }), named(name))
    expect((await gateway.fetch(`${CHAT}/${other}/cancel`, { method: "POST" })).status).toBe(200)
    const cancelled = JSON.parse((await receiver.request(1)).body) as Job
    expect([cancelled.event, cancelled.data.job_id]).toEqual(["async_job.failed", other])
  })

  test("is not told to an endpoint that has not subscribed to it, nor to one that no job names", async () => {
    const receiver = startReceiver()
    const { name } = await makeEndpoint(gateway, `${receiver.url}/ends`, { events: ["async_job.completed"] })
    const unnamed = await makeEndpoint(gateway, `${receiver.url}/unnamed`)
    await gateway.end(await gateway.accept(failing, named(name)))
    const job = await gateway.accept(chat(), named(name))
    expect(JSON.parse((await receiver.request(0)).body).data.job_id).toBe(job)
    expect((await manage(gateway, "GET", `/${unnamed.id}/deliveries`)).body.pagination.total_count).toBe(0)
  })

  test("is told without a name to an endpoint of all jobs", async () => {
    const receiver = startReceiver()
    const { id } = await makeEndpoint(gateway, receiver.url, { all_jobs: true })
    const job = await gateway.accept(chat())
    expect(JSON.parse((await receiver.request(0)).body).data.job_id).toBe(job)
    await manage(gateway, "DELETE", `/${id}`)
  })

  test("has the result where the endpoint asks for it, and says so where it is too long", async () => {
    const receiver = startReceiver()
    const { name } = await makeEndpoint(gateway, receiver.url, { include_response: true, max_response_payload_kbs: 1 })
    const job = await gateway.accept(chat(), named(name))
    const { data } = JSON.parse((await receiver.request(0)).body) as Job
    expect(data.response).toEqual(((await gateway.end(job)) as Job).result)
    await gateway.accept(chat({ messages: [{ role: "user", content: "long ".repeat(1000) }] }), named(name))
    const long = JSON.parse((await receiver.request(1)).body) as Job
    expect(long.data).toMatchObject({ status: "completed", response_omitted: true })
    expect(long.data).not.toHaveProperty("response")
  })

  test("is told shortly where the result has expired before a try succeeds", async () => {
    let count = 0
    const receiver = startReceiver(() => new Response(null, { status: ++count === 1 ? 500 : 200 }))
    const { name } = await makeEndpoint(gateway, receiver.url, { retry_backoff_initial_seconds: 3 })
    const job = await gateway.accept(chat(), named(name, { "x-bf-async-job-result-ttl": "1" }))
    const [first, second] = [await receiver.request(0), await receiver.request(1)]
    expect(second.headers["webhook-id"]).toBe(first.headers["webhook-id"] ?? "")
    const { data } = JSON.parse(second.body) as Job
    expect(data).toMatchObject({ job_id: job, status: "completed", result_expired: true })
    expect(data).not.toHaveProperty("result_url")
  })
})

describe("a secret that is replaced", () => {
  test("signs no more, as in Bifrost, unless it is to be kept: then both sign", async () => {
    const receiver = startReceiver()
    const { id, name, secret: first } = await makeEndpoint(gateway, receiver.url)
    const second = (await manage(gateway, "POST", `/${id}/rotate-secret`)).body.secret
    await gateway.accept(chat(), named(name))
    const got = await receiver.request(0)
    expect([await verify(first, got), await verify(second, got)]).toEqual([NONE, ALL])
    const kept = await manage(gateway, "POST", `/${id}/rotate-secret`, { keep_previous_hours: 24 })
    const until = Date.parse(kept.body.endpoint.previous_secret_until) - Date.parse(kept.body.endpoint.updated_at)
    expect(until / 3_600_000).toBeCloseTo(24, 2)
    await gateway.accept(chat(), named(name))
    const both = await receiver.request(1)
    expect([await verify(first, both), await verify(second, both), await verify(kept.body.secret, both)]).toEqual([
      NONE,
      ALL,
      ALL,
    ])
  })
})

/** Text without an end. */
function endless(): ReadableStream<Uint8Array> {
  const piece = new TextEncoder().encode("and so on ".repeat(1000))
  return new ReadableStream({
    async pull(controller) {
      controller.enqueue(piece)
      // Lets all other events in.
      await Bun.file("/dev/null").text()
    },
  })
}

/** A receiver that closes each connection after it has written `text`. */
function startClosing(text: string): string {
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket) {
        socket.end(text)
      },
    },
  })
  afterTest(() => server.stop(true))
  return `http://127.0.0.1:${server.port}/`
}

const answer = (
  status: number,
  headers: Record<string, string> = {},
  body: ConstructorParameters<typeof Response>[0] = "no",
) => {
  return () => startReceiver(() => new Response(body, { status, headers })).url
}
const unanswered = () => startReceiver(() => new Promise<Response>(() => {}) as never).url
const LATER = ["pending", "retryable_failure"]
const NEVER = ["failed", "permanent_failure"]
const DONE = ["delivered", "delivered"]

/** The table of docs/webhooks.md. */
const receivers: [what: string, start: () => string, after: string[], error: RegExp | null][] = [
  ["takes it with 200", answer(200), DONE, null],
  ["takes it with 200 and a body without an end", () => answer(200, {}, endless())(), DONE, null],
  ["answers 301", answer(301, { location: "/elsewhere" }), NEVER, /^the receiver answered 301/],
  ["answers 307", answer(307, { location: "/elsewhere" }), NEVER, /^the receiver answered 307/],
  ["answers 400", answer(400), NEVER, /^the receiver answered 400: no$/],
  ["answers 404", answer(404), NEVER, /^the receiver answered 404/],
  ["answers 410", answer(410), NEVER, /^the receiver answered 410/],
  ["answers 408", answer(408), LATER, /^the receiver answered 408/],
  ["answers 429", answer(429), LATER, /^the receiver answered 429/],
  ["answers 500", answer(500), LATER, /^the receiver answered 500: no$/],
  [
    "answers 503 with a huge body",
    answer(503, {}, "x".repeat(20_000_000)),
    LATER,
    /^the receiver answered 503: x{100}/,
  ],
  [
    "answers 502 with a body without an end",
    () => answer(502, {}, endless())(),
    LATER,
    /^the receiver answered 502: and so/,
  ],
  ["answers nothing", unanswered, LATER, /^no answer within 1 s$/],
  ["closes before its answer", () => startClosing(""), LATER, /./],
  ["closes in the middle of its head", () => startClosing("HTTP/1.1 200 OK\r\ncontent-le"), LATER, /./],
  ["is not there", () => "http://127.0.0.1:9/", LATER, /./],
]

describe("a receiver that", () => {
  test.each(receivers)("%s leads to what the table says", async (_, start, [state, outcome], error) => {
    const over = { attempt_timeout_seconds: 1, retry_backoff_initial_seconds: 3600 }
    const { id, name } = await makeEndpoint(gateway, start(), over)
    await gateway.accept(chat(), named(name))
    const { deliveries, groups } = await untilTried(gateway, id)
    expect([groups[0].state, deliveries[0].outcome]).toEqual([state, outcome])
    if (error === null) expect(deliveries[0].error).toBeUndefined()
    else {
      expect(deliveries[0].error).toMatch(error)
      expect(deliveries[0].error.length).toBeLessThanOrEqual(1000)
    }
    expect(groups[0].next_attempt_at === null).toBe(state !== "pending")
    expect(deliveries).toHaveLength(1)
  })

  test("answers with a redirect is not followed", async () => {
    const receiver = startReceiver(() => new Response(null, { status: 302, headers: { location: "/secret" } }))
    const { id, name } = await makeEndpoint(gateway, `${receiver.url}/first`)
    await gateway.accept(chat(), named(name))
    await untilTried(gateway, id)
    expect(receiver.received.map(({ path }) => path)).toEqual(["/first"])
  })

  test("answers 410 is turned off, which a line of the log says, and on again by a change", async () => {
    let status = 410
    const receiver = startReceiver(() => new Response(null, { status }))
    const { id, name } = await makeEndpoint(gateway, receiver.url)
    await gateway.accept(chat(), named(name))
    await untilTried(gateway, id)
    const { body } = await manage(gateway, "GET", `/${id}`)
    expect(body).toMatchObject({ disabled: true, disabled_reason: "the receiver answered 410: it is gone" })
    expect((await gateway.logged("a webhook endpoint is turned off")).join()).toContain(name)
    const refused = await gateway.submit(chat(), named(name))
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("is disabled")])
    expect((await manage(gateway, "POST", `/${id}/test`)).status).toBe(400)
    status = 200
    const change = { name, url: receiver.url, events: ["async_job.completed"] }
    expect((await manage(gateway, "PUT", `/${id}`, change)).body).toMatchObject({
      disabled: false,
      disabled_reason: null,
    })
    await gateway.accept(chat(), named(name))
    await untilDeliveries(gateway, id, ({ groups }) => groups[0].state === "delivered")
  })

  test("answers 429 with Retry-After is asked again not before that time", async () => {
    const receiver = startReceiver(() => new Response(null, { status: 429, headers: { "retry-after": "900" } }))
    const { id, name } = await makeEndpoint(gateway, receiver.url, { retry_backoff_initial_seconds: 1 })
    await gateway.accept(chat(), named(name))
    const { groups, deliveries } = await untilTried(gateway, id)
    const waitMs = Date.parse(groups[0].next_attempt_at) - Date.parse(deliveries[0].created_at)
    expect(waitMs).toBe(900_000)
  })

  test("fails once gets the same webhook again, under the same id and signed anew", async () => {
    let count = 0
    const receiver = startReceiver(() => new Response("not now", { status: ++count === 1 ? 503 : 200 }))
    const { id, name, secret } = await makeEndpoint(gateway, receiver.url, { retry_backoff_initial_seconds: 1 })
    await gateway.accept(chat(), named(name))
    const [first, second] = [await receiver.request(0), await receiver.request(1)]
    expect([second.headers["webhook-id"], second.body]).toEqual([first.headers["webhook-id"], first.body])
    expect(await verify(secret, second)).toEqual(ALL)
    const { deliveries, groups } = await untilTried(gateway, id, 2)
    expect(deliveries.map(({ attempt_no, outcome }: Job) => [attempt_no, outcome])).toEqual([
      [2, "delivered"],
      [1, "retryable_failure"],
    ])
    expect(groups[0].state).toBe("delivered")
    const { body } = await manage(gateway, "GET", `/${id}`)
    expect(body).toMatchObject({ consecutive_failures: 0, failing_since: null, pending_deliveries: 0 })
    expect([body.last_failure_at, body.last_success_at]).toEqual(
      deliveries.map((one: Job) => one.created_at).toReversed(),
    )
  })

  test("answers nothing holds no other receiver, though all that may be sent to it is out", async () => {
    const { name, id } = await makeEndpoint(gateway, unanswered(), { max_concurrent_deliveries: 1 })
    for (let at = 0; at < 3; at++) await gateway.accept(chat(), named(name))
    const fast = startReceiver()
    const other = await makeEndpoint(gateway, fast.url)
    await gateway.accept(chat(), named(other.name))
    await fast.request(0)
    const { groups } = (await manage(gateway, "GET", `/${id}/deliveries`)).body
    expect(groups.map(({ attempts }: Job) => attempts)).toEqual([0, 0, 0])
    await manage(gateway, "DELETE", `/${id}`)
  })
})

describe("a delivery that is asked for again", () => {
  test("is sent under the same id, by the id of a try or of the webhook", async () => {
    const receiver = startReceiver()
    const { id, name } = await makeEndpoint(gateway, receiver.url)
    await gateway.accept(chat(), named(name))
    const { deliveries } = await untilTried(gateway, id)
    for (const [at, asked] of [deliveries[0].id, deliveries[0].webhook_id].entries()) {
      const { status, body } = await manage(gateway, "POST", `/deliveries/${asked}/redeliver`)
      expect([status, body]).toEqual([202, { status: "queued", webhook_id: deliveries[0].webhook_id }])
      const again = await receiver.request(at + 1)
      expect(again.headers["webhook-id"]).toBe(deliveries[0].webhook_id)
      await untilTried(gateway, id, at + 2)
    }
  })

  test("is refused while it is being sent, where it is unknown, and where its endpoint is disabled", async () => {
    const held = Promise.withResolvers<Response>()
    const receiver = startReceiver(() => held.promise as never)
    const { id, name } = await makeEndpoint(gateway, receiver.url)
    await gateway.accept(chat(), named(name))
    const webhookId = (await receiver.request(0)).headers["webhook-id"]
    const inFlight = await manage(gateway, "POST", `/deliveries/${webhookId}/redeliver`)
    expect([inFlight.status, inFlight.body.error.code]).toEqual([409, "webhook_delivery_in_flight"])
    held.resolve(new Response(null))
    await untilTried(gateway, id)
    for (const unknown of ["nothing", `msg_${"0".repeat(32)}_1`, `msg_${"0".repeat(32)}_999999`]) {
      const { status, body } = await manage(gateway, "POST", `/deliveries/${unknown}/redeliver`)
      expect([status, body.error.code]).toEqual([404, "webhook_delivery_not_found"])
    }
    const off = { name, url: receiver.url, events: ["async_job.completed"], disabled: true }
    await manage(gateway, "PUT", `/${id}`, off)
    const refused = await manage(gateway, "POST", `/deliveries/${webhookId}/redeliver`)
    expect([refused.status, refused.body.error.message]).toEqual([
      400,
      "the webhook endpoint is disabled: enable it first",
    ])
  })
})
