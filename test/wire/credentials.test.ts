// Section 6 of the wire contract, who calls: virtual keys in all their spellings, callers' own provider keys, pinned keys, and whose a job is.
import { afterAll, beforeAll, expect, test } from "bun:test"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Job } from "../harness.ts"
import { describeHere, expectRefusal, openWire, type Refusal, UNKNOWN_KEY, virtualKeys, type Wire } from "./gateway.ts"
import { type Recorded, type Recorder, silent, startRecorder } from "./recorder.ts"
import { chat, findType, oneOfEachForm, types } from "./types.ts"

const OWN = "sk-own-provider-key-1"
const OTHER = "sk-own-provider-key-2"
/** What the gateway itself holds for the providers `keyed` and `rotating`, and for one model only for `partly`. */
const FIRST = "sk-first-configured-key"
const SECOND = "sk-second-configured-key"

const configured = [`Bearer ${FIRST}`, `Bearer ${SECOND}`]

type Headers = Record<string, string>

let upstream: Recorder
let wire: Wire
beforeAll(async () => {
  upstream = startRecorder()
  const network_config = { base_url: upstream.url, max_retries: 0 }
  const keys = [
    { id: "id-1", name: "first", value: FIRST },
    { id: "id-2", name: "second", value: SECOND },
  ]
  wire = await openWire({
    providers: {
      openai: { network_config },
      keyed: { network_config, keys },
      rotating: { network_config, keys },
      bare: { network_config },
      partly: { network_config, keys: [{ id: "id-3", name: "third", value: FIRST, models: ["gpt-a"] }] },
    },
  })
})
afterAll(async () => {
  await wire.dispose()
  await upstream.stop()
})

const vk = (value: string): Headers => ({ "x-bf-vk": value })
const bearer = (value: string): Headers => ({ authorization: `Bearer ${value}` })
/** A caller's own key beside a virtual one, in a header that this spelling leaves free. */
const direct = (headers: (value: string) => Headers): Headers =>
  "x-api-key" in headers("") ? bearer(OWN) : { "x-api-key": OWN }

/** All that can be asked of a job that is there. */
const asks: [name: string, method: string, path: (type: { path: string }, id: string) => string][] = [
  ["poll", "GET", ({ path }, id) => `${path}/${id}`],
  ["cancel", "POST", ({ path }, id) => `${path}/${id}/cancel`],
  ["DELETE", "DELETE", ({ path }, id) => `${path}/${id}`],
  ["view", "GET", (_, id) => `/v1/async/jobs/${id}`],
  ["cancel among all jobs", "POST", (_, id) => `/v1/async/jobs/${id}/cancel`],
  ["DELETE among all jobs", "DELETE", (_, id) => `/v1/async/jobs/${id}`],
  ["content", "GET", (_, id) => `/v1/async/jobs/${id}/content`],
  ["result", "GET", (_, id) => `/v1/async/jobs/${id}/result`],
]

describeHere("a virtual key", () => {
  const spellings: [header: string, headers: (value: string) => Headers][] = [
    ["Authorization: Bearer", bearer],
    ["Authorization: bearer", (value) => ({ authorization: `bearer ${value}` })],
    ["x-api-key", (value) => ({ "x-api-key": value })],
    ["x-goog-api-key", (value) => ({ "x-goog-api-key": value })],
    ["api-key", (value) => ({ "api-key": value })],
    ["x-bf-vk", vk],
  ]

  test.each(spellings)(
    "in %s owns the job, which then opens to it in every spelling and to no other",
    async (_, headers) => {
      const response = await wire.submit(chat, {}, headers(virtualKeys.a))
      const { id } = (await response.json()) as Job
      expect(response.status).toBe(202)
      for (const [, other] of spellings) {
        expect((await wire.poll(chat, id, other(virtualKeys.a))).status).toBeOneOf([200, 202])
      }
      const refused = async (given: Headers, message: string, code: string) =>
        expectRefusal(await wire.poll(chat, id, given), { status: 404, message, code })
      await refused({}, "virtual key is required", "job_key_required")
      await refused(headers(UNKNOWN_KEY), "virtual key not found", "job_key_not_found")
      await refused(headers(virtualKeys.b), "virtual key mismatch", "job_key_mismatch")
    },
  )

  test.each(spellings)("that is not known is refused in %s", async (_, headers) => {
    await expectRefusal(await wire.submit(chat, {}, headers(UNKNOWN_KEY)), {
      status: 400,
      message: "virtual key not found",
      code: "virtual_key_not_found",
    })
  })

  test.each(types)("is taken and asked for by $requestType", async (type) => {
    const { id } = await wire.run(type, {}, bearer(virtualKeys.a))
    await expectRefusal(await wire.poll(type, id), { status: 404, message: "virtual key is required" })
    expect((await wire.poll(type, id, bearer(virtualKeys.a))).status).toBe(200)
  })

  test.each(spellings)("without sk-bf- is one in %s, and never goes to a provider", async (_, headers) => {
    const before = upstream.received.length
    const { id } = await wire.run(chat, { model: "openai/m" }, { ...headers(virtualKeys.plain), ...direct(headers) })
    expect(upstream.last().headers["authorization"]).toBe(`Bearer ${OWN}`)
    expect(JSON.stringify(upstream.received.slice(before).map((call) => call.headers))).not.toContain(virtualKeys.plain)
    await expectRefusal(await wire.poll(chat, id), { status: 404, message: "virtual key is required" })
    for (const [, other] of spellings) expect((await wire.poll(chat, id, other(virtualKeys.plain))).status).toBe(200)
    await expectRefusal(await wire.submit(chat, { model: "openai/m" }, headers(virtualKeys.plain)), {
      status: 400,
      message: /^no keys found/,
    })
  })

  test("that nobody knows is refused where it can be nothing else", async () => {
    await expectRefusal(await wire.submit(chat, {}, vk("nobody-knows-this-key")), {
      status: 400,
      message: "virtual key not found",
    })
  })

  const blocked: [name: string, key: string, model: string, refusal: Omit<Refusal, "status">][] = [
    ["is inactive", virtualKeys.inactive, "mock/echo", { message: /inactive/, type: "virtual_key_blocked" }],
    ["has expired", virtualKeys.expired, "mock/echo", { message: /has expired/, type: "virtual_key_blocked" }],
    ["may not use the provider", virtualKeys.notMock, "mock/echo", { message: /'mock'/, type: "provider_blocked" }],
    ["may not use the model", virtualKeys.oneModel, "mock/other", { message: /'other'/, type: "model_blocked" }],
  ]
  test.each(blocked)("that %s is refused with 403", async (_, key, model, refusal) => {
    const error = await expectRefusal(await wire.submit(chat, { model }, vk(key)), { status: 403, ...refusal })
    expect(error.extra_fields.request_type).toBe("chat_completion")
  })

  test("may use what is allowed to it", async () => {
    expect((await wire.submit(chat, { model: "mock/echo" }, vk(virtualKeys.oneModel))).status).toBe(202)
    expect((await wire.submit(chat, { model: "mock/any" }, vk(virtualKeys.b))).status).toBe(202)
  })

  test("that has made its requests of this minute is refused with 429 and Retry-After", async () => {
    for (const _ of [1, 2]) expect((await wire.submit(chat, {}, vk(virtualKeys.rare))).status).toBe(202)
    const response = await wire.submit(chat, {}, vk(virtualKeys.rare))
    expect(Number(response.headers.get("retry-after"))).toBeWithin(1, 61)
    await expectRefusal(response, { status: 429, message: /2 requests a minute/, type: "rate_limited" })
  })

  test("that has used up its budget is refused with 402 budget_exceeded and Retry-After; what it has stays", async () => {
    const job = await wire.run(chat, {}, vk(virtualKeys.thrifty))
    expect(job.status).toBe("completed")
    const response = await wire.submit(chat, {}, vk(virtualKeys.thrifty))
    expect(Number(response.headers.get("retry-after"))).toBeWithin(1, 86_401)
    await expectRefusal(response, {
      status: 402,
      message: /budget/,
      type: "budget_exceeded",
      code: "budget_exceeded",
    })
    expect((await wire.poll(chat, job.id, vk(virtualKeys.thrifty))).status).toBe(200)
    expect((await wire.submit(chat, {}, vk(virtualKeys.a))).status).toBe(202)
  })

  test.each(asks)("is asked for by %s, and nothing happens to the job without it", async (_, method, path) => {
    const type = findType("speech")
    const { id } = await wire.run(type, {}, vk(virtualKeys.a))
    const before = await (await wire.poll(type, id, vk(virtualKeys.a))).text()
    const refused = async (headers: Headers, message: string) =>
      expectRefusal(await wire.fetch(path(type, id), { method, headers }), { status: 404, message })
    await refused({}, "virtual key is required")
    await refused(vk(UNKNOWN_KEY), "virtual key not found")
    await refused(vk(virtualKeys.b), "virtual key mismatch")
    expect(await (await wire.poll(type, id, vk(virtualKeys.a))).text()).toBe(before)
    expect((await wire.fetch(path(type, id), { method, headers: vk(virtualKeys.a) })).status).toBeOneOf([200, 204])
  })

  test("is never sent to a provider, in no spelling", async () => {
    for (const [, headers] of spellings) {
      await wire.run(chat, { model: "keyed/m" }, headers(virtualKeys.a))
      expect(upstream.last().headers["authorization"]).toBeOneOf(configured)
      expect(JSON.stringify(upstream.last().headers)).not.toContain(virtualKeys.a)
    }
  })
})

describeHere("what opens this gateway", () => {
  const own = (value: string): [name: string, headers: Headers][] => [
    ["Bearer", bearer(value)],
    ["bearer in quotes", bearer(`"${value}"`)],
    ["Bearer in capitals", bearer(value.toUpperCase())],
    ["x-api-key", { "x-api-key": value }],
    ["x-goog-api-key", { "x-goog-api-key": value }],
    ["x-goog-api-key in quotes", { "x-goog-api-key": `'${value}'` }],
    ["x-api-key with words around it", { "x-api-key": `key=${value}` }],
    ["a forwarded header", { "x-bf-eh-x-team": value }],
    ["a forwarded header with words around it", { "x-bf-eh-x-team": `Token token="${value}"` }],
    ["a forwarded header's name", { [`x-bf-eh-${value}`]: "1" }],
    ["x-request-id", { "x-request-id": value }],
  ]

  test("goes to no provider, in no header and no spelling", async () => {
    const adminToken = await wire.own.adminToken()
    const before = upstream.received.length
    for (const value of [virtualKeys.a, virtualKeys.plain, UNKNOWN_KEY, adminToken]) {
      for (const [name, headers] of own(value)) {
        for (const more of [{}, { "x-bf-direct-key": "true" }, bearer(OWN)]) {
          const response = await wire.submit(chat, { model: "bare/m" }, { ...more, ...headers } as Headers)
          const job = (await response.json()) as Job
          expect({ name, status: response.status }).toEqual({ name, status: response.status === 202 ? 202 : 400 })
          if (response.status === 202) await wire.end(chat, job.id, { ...bearer(adminToken) })
        }
      }
    }
    const sent = JSON.stringify(upstream.received.slice(before).map(({ headers }) => headers)).toLowerCase()
    const revealed = [virtualKeys.a, virtualKeys.plain, UNKNOWN_KEY, adminToken].filter((value) =>
      sent.includes(value.toLowerCase()),
    )
    expect(revealed).toEqual([])
  })

  test.each([
    ["x-bf-eh-x-team", virtualKeys.a],
    ["x-bf-eh-x-team", `Bearer ${virtualKeys.plain}`],
    ["x-bf-eh-x-team", "Bearer ASYNCGATE-admin-anything"],
    ["x-request-id", virtualKeys.plain],
    ["x-request-id", UNKNOWN_KEY],
  ])("is refused in %s: %s", async (header, value) => {
    const error = await expectRefusal(await wire.submit(chat, {}, { [header]: value }), {
      status: 400,
      message: /holds a key of this gateway, which is sent to no provider/,
      param: header,
    })
    expect(JSON.stringify(error)).not.toContain(value)
  })
})

describeHere("a job without a key", () => {
  test.each([{}, vk(virtualKeys.a), vk(UNKNOWN_KEY), bearer(OWN)])(
    "opens to whoever knows its id: %j",
    async (headers) => {
      const { id } = await wire.run(chat)
      expect((await wire.poll(chat, id, headers as Headers)).status).toBe(200)
    },
  )
})

describeHere("the list of jobs", () => {
  const ids = async (headers: Headers) => {
    const response = await wire.fetch("/v1/async/jobs?limit=100", { headers })
    expect(response.status).toBe(200)
    return ((await response.json()) as Job).data.map(({ id }: Job) => id)
  }

  test("has the caller's own jobs and nobody else's; for the admin everybody's", async () => {
    const made: [headers: Headers, id: string][] = []
    for (const headers of [vk(virtualKeys.a), vk(virtualKeys.b)]) {
      made.push([headers, (await wire.accept(chat, {}, headers)).id])
    }
    made.push([bearer(OWN), (await wire.accept(chat, { model: "openai/m" }, bearer(OWN))).id])
    const nobodys = (await wire.accept(chat)).id
    for (const [headers, id] of made) {
      const seen = await ids(headers)
      expect(seen).toContain(id)
      for (const [other, otherId] of made) if (other !== headers) expect(seen).not.toContain(otherId)
      expect(seen).not.toContain(nobodys)
    }
    const adminToken = await wire.own.adminToken()
    expect(await ids(bearer(adminToken))).toEqual(expect.arrayContaining([nobodys, ...made.map(([, id]) => id)]))
  })

  test("has nobody's jobs for nobody where there are virtual keys", async () => {
    await expectRefusal(await wire.fetch("/v1/async/jobs"), {
      status: 401,
      message: /^send the virtual key that the jobs were made with as x-bf-vk, or the admin's token/,
      code: "virtual_key_required",
    })
  })

  test("of a virtual key that is not known is refused", async () => {
    await expectRefusal(await wire.fetch("/v1/async/jobs", { headers: vk(UNKNOWN_KEY) }), {
      status: 400,
      message: "virtual key not found",
    })
  })
})

describeHere("a caller's own provider key", () => {
  const spellings: [name: string, headers: (value: string) => Headers][] = [
    ["Authorization: Bearer", bearer],
    ["x-api-key", (value) => ({ "x-api-key": value })],
    ["x-goog-api-key", (value) => ({ "x-goog-api-key": value })],
  ]
  const isAsked = { "x-bf-direct-key": "true" }

  test.each(spellings)("in %s is used where the gateway holds none, and the job belongs to it", async (_, headers) => {
    const { id } = await wire.run(chat, { model: "openai/m" }, headers(OWN))
    expect(upstream.last().headers["authorization"]).toBe(`Bearer ${OWN}`)
    expect(upstream.last().headers["x-api-key"]).toBeUndefined()
    expect(upstream.last().headers["x-goog-api-key"]).toBeUndefined()
    for (const [, other] of spellings) expect((await wire.poll(chat, id, other(OWN))).status).toBe(200)
    const refused = async (given: Headers, code: string) =>
      expectRefusal(await wire.poll(chat, id, given), { status: 404, message: /./, code })
    await refused({}, "job_key_required")
    await refused(headers(OTHER), "job_key_mismatch")
    await refused(vk(virtualKeys.a), "job_key_required")
  })

  test("in api-key is none", async () => {
    await expectRefusal(await wire.submit(chat, { model: "openai/m" }, { "api-key": OWN }), {
      status: 400,
      message:
        "no keys found for provider: openai and model: m: set OPENAI_API_KEY, or add a key to providers.openai.keys in config.json, or send your own as Authorization: Bearer",
    })
  })

  test("is used where the provider can do without one", async () => {
    await wire.run(chat, { model: "bare/m" })
    expect(upstream.last().headers["authorization"]).toBeUndefined()
    const { id } = await wire.run(chat, { model: "bare/m" }, bearer(OWN))
    expect(upstream.last().headers["authorization"]).toBe(`Bearer ${OWN}`)
    // Client libraries send one that nobody asked for: it owns nothing there, unless it is asked to be used.
    for (const headers of [{}, bearer(OTHER)]) expect((await wire.poll(chat, id, headers)).status).toBe(200)
    const asked = await wire.run(chat, { model: "bare/m" }, { ...bearer(OWN), ...isAsked })
    expect((await wire.poll(chat, asked.id)).status).toBe(404)
  })

  test.each(types)("that $requestType of the mock does not need owns nothing", async (type) => {
    const { id } = await wire.accept(type, {}, bearer("sk-anything"))
    for (const headers of [{}, bearer(OTHER)]) expect((await wire.poll(type, id, headers)).status).toBeOneOf([200, 202])
    expect((await wire.fetch(`/v1/async/jobs/${id}`)).status).toBeOneOf([200, 202])
    expect((await wire.fetch(`${type.path}/${id}/cancel`, { method: "POST" })).status).toBe(200)
    expect((await wire.fetch(`${type.path}/${id}`, { method: "DELETE" })).status).toBe(204)
  })

  test("is used where the gateway's keys do not fit the model", async () => {
    await wire.run(chat, { model: "partly/gpt-a" }, bearer(OWN))
    expect(upstream.last().headers["authorization"]).toBe(`Bearer ${FIRST}`)
    await wire.run(chat, { model: "partly/gpt-b" }, bearer(OWN))
    expect(upstream.last().headers["authorization"]).toBe(`Bearer ${OWN}`)
  })

  test.each(oneOfEachForm)("is not used where the gateway holds one: $requestType", async (type) => {
    const { id } = await wire.run(type, { model: "keyed/m" }, bearer(OWN))
    expect(upstream.last().headers["authorization"]).toBeOneOf(configured)
    // And it owns nothing then.
    expect((await wire.poll(type, id)).status).toBe(200)
  })

  test.each(oneOfEachForm)("is used all the same with x-bf-direct-key: true: $requestType", async (type) => {
    const { id } = await wire.run(type, { model: "keyed/m" }, { ...bearer(OWN), ...isAsked })
    expect(upstream.last().headers["authorization"]).toBe(`Bearer ${OWN}`)
    expect(upstream.last().headers["x-bf-direct-key"]).toBeUndefined()
    expect((await wire.poll(type, id)).status).toBe(404)
    expect((await wire.poll(type, id, bearer(OWN))).status).toBe(200)
  })

  test("beside a virtual key is used, and the job is the virtual key's", async () => {
    const { id } = await wire.run(chat, { model: "openai/m" }, { ...vk(virtualKeys.a), ...bearer(OWN) })
    expect(upstream.last().headers["authorization"]).toBe(`Bearer ${OWN}`)
    expect((await wire.poll(chat, id, vk(virtualKeys.a))).status).toBe(200)
    expect((await wire.poll(chat, id, bearer(OWN))).status).toBe(404)
  })

  test.each(asks)("is asked for by %s of its job", async (_, method, path) => {
    const type = findType("speech")
    const { id } = await wire.run(type, { model: "mock/tts" }, { ...bearer(OWN), ...isAsked })
    const ask = (headers: Headers) => wire.fetch(path(type, id), { method, headers })
    expect((await ask({})).status).toBe(404)
    expect((await ask(bearer(OTHER))).status).toBe(404)
    expect((await ask(bearer(OWN))).status).toBeOneOf([200, 204])
  })

  test("is in no file of the gateway, waiting or done, and in no line it logs", async () => {
    upstream.answer(silent)
    const out = upstream.next()
    const { id } = await wire.accept(chat, { model: "openai/m" }, bearer(OWN))
    await out
    const holders = () =>
      readdirSync(wire.own.dir).filter((name) => readFileSync(join(wire.own.dir, name)).includes(OWN))
    expect(holders()).toEqual([])
    await wire.fetch(`${chat.path}/${id}`, { method: "DELETE", headers: bearer(OWN) })
    upstream.answer(null)
    expect(holders()).toEqual([])
    expect(wire.own.log()).not.toContain(OWN)
  })
})

describeHere("x-bf-api-key", () => {
  test.each<[Headers, string]>([
    [{ "x-bf-api-key": "first" }, FIRST],
    [{ "x-bf-api-key": "second" }, SECOND],
    [{ "x-bf-api-key": "id-2" }, SECOND],
    [{ "x-bf-api-key-id": "id-2" }, SECOND],
    [{ "x-bf-api-key-id": "id-1", "x-bf-api-key": "second" }, FIRST],
  ])("%j pins one of the configured keys", async (headers, key) => {
    // Without it each of these calls may go out with the one as well as with the other.
    for (let count = 0; count < 10; count++) {
      await wire.run(chat, { model: "keyed/m" }, headers)
      expect(upstream.last().headers["authorization"]).toBe(`Bearer ${key}`)
      expect(Object.keys(upstream.last().headers).filter((name) => name.startsWith("x-bf-"))).toEqual([])
    }
  })

  test("of a key that is not configured is refused", async () => {
    await expectRefusal(await wire.submit(chat, { model: "keyed/m" }, { "x-bf-api-key": "third" }), {
      status: 400,
      message: /^no keys found for provider: keyed and model: m/,
      code: "no_keys",
    })
  })
})

describeHere("a provider's several keys", () => {
  const refuses =
    (...keys: string[]) =>
    ({ headers }: Recorded) =>
      keys.some((key) => headers["authorization"] === `Bearer ${key}`)
        ? Response.json({ error: { message: "no such key" } }, { status: 401 })
        : Response.json({ choices: [{ index: 0, message: { role: "assistant", content: "Hi" } }] })
  const readAttempts = async (id: string): Promise<Job[]> =>
    ((await (await wire.fetch(`/v1/async/jobs/${id}`)).json()) as Job).attempts

  test("are all used", async () => {
    const jobs = await Promise.all(Array.from({ length: 64 }, () => wire.run(chat, { model: "keyed/m" })))
    // Calls of the tests before may still come in.
    const ids = new Set<string | undefined>(jobs.map(({ id }) => id))
    const calls = upstream.received.filter(({ headers }) => ids.has(headers["idempotency-key"]))
    const used = new Set(calls.map(({ headers }) => headers["authorization"]))
    expect([...used].toSorted()).toEqual(configured)
  })

  test("stand in for one that is refused: no job fails for it, and no try is spent", async () => {
    upstream.answer(refuses(FIRST))
    for (let count = 0; count < 10; count++) {
      const job = await wire.run(chat, { model: "rotating/m" })
      expect(job.status).toBe("completed")
      const attempts = await readAttempts(job.id)
      expect(attempts.at(-1)).toMatchObject({ key_name: "second", status_code: 200 })
      for (const attempt of attempts.slice(0, -1))
        expect(attempt).toMatchObject({ key_name: "first", status_code: 401 })
    }
    upstream.answer(null)
  })

  // Sources: src/providers/refusalreader.ts
  test.each([
    [400, { code: "Arrearage", message: "Access denied, please make sure your account is in good standing." }],
    [400, { type: "invalid_request_error", message: "Your credit balance is too low to access the Anthropic API." }],
    [429, { type: "exceeded_current_quota_error", message: "Your account is suspended" }],
    [402, { message: "Insufficient Balance" }],
  ])("that have no money left end the job at once, each tried once: %i %j", async (status, error) => {
    upstream.answer(() => Response.json({ error }, { status }))
    const job = await wire.run(chat, { model: "rotating/m" })
    upstream.answer(null)
    expect(job).toMatchObject({ status: "failed", error: { type: "upstream_credentials_exhausted" } })
    expect(job.error.error.message).toContain(error.message)
    expect((await readAttempts(job.id)).map(({ key_name }) => key_name).toSorted()).toEqual(["first", "second"])
  })

  test("that are all refused end the job with upstream_credentials_exhausted, each tried once", async () => {
    upstream.answer(refuses(FIRST, SECOND))
    const job = await wire.run(chat, { model: "rotating/m" })
    upstream.answer(null)
    expect(job).toMatchObject({ status: "failed", status_code: 502 })
    expect(job.error).toMatchObject({
      type: "upstream_credentials_exhausted",
      error: { code: "upstream_credentials_exhausted", message: expect.stringContaining("no such key") },
    })
    const names = (await readAttempts(job.id)).map(({ key_name }) => key_name)
    expect(names.toSorted()).toEqual(["first", "second"])
  })

  test("do not stand in for one that is pinned", async () => {
    upstream.answer(refuses(FIRST))
    const job = await wire.run(chat, { model: "rotating/m" }, { "x-bf-api-key": "first" })
    upstream.answer(null)
    expect(job).toMatchObject({ status: "failed", error: { type: "upstream_credentials_exhausted" } })
    expect(await readAttempts(job.id)).toHaveLength(1)
  })

  test("do not stand in for the caller's own", async () => {
    upstream.answer(refuses(OWN))
    const headers = { ...bearer(OWN), "x-bf-direct-key": "true" }
    const job = await wire.run(chat, { model: "rotating/m" }, headers)
    upstream.answer(null)
    expect(job).toMatchObject({ status: "failed", error: { type: "upstream_credentials_exhausted" } })
  })

  test("stand in for one whose quota a 429 has closed", async () => {
    let refused = ""
    upstream.answer(({ headers }) => {
      refused ||= headers["authorization"] ?? ""
      return headers["authorization"] === refused
        ? Response.json({ error: { message: "slow down" } }, { status: 429, headers: { "retry-after": "1000" } })
        : Response.json({ choices: [{ index: 0, message: { role: "assistant", content: "Hi" } }] })
    })
    const first = await wire.run(chat, { model: "rotating/limited" })
    const before = upstream.received.length
    const others = await Promise.all(Array.from({ length: 10 }, () => wire.run(chat, { model: "rotating/limited" })))
    upstream.answer(null)
    expect([first, ...others].map(({ status }) => status)).toEqual(new Array(11).fill("completed"))
    expect((await readAttempts(first.id)).map(({ status_code }) => status_code)).toEqual([429, 200])
    // Those that came after were not sent to the closed one.
    expect(upstream.received.length - before).toBe(10)
  })
})

describeHere("a gateway that enforces virtual keys and allows no direct ones", () => {
  let strict: Wire
  beforeAll(async () => {
    strict = await openWire({
      client: { enforce_auth_on_inference: true, allow_direct_keys: false },
      providers: { openai: { network_config: { base_url: upstream.url } } },
    })
  })
  afterAll(() => strict.dispose())

  test.each<[Headers]>([[{}], [bearer(OWN)], [{ "x-api-key": OWN }], [{ "api-key": "no-key-of-this-gateway" }]])(
    "refuses %j with 401 virtual_key_required",
    async (headers) => {
      for (const type of types) {
        await expectRefusal(await strict.submit(type, {}, headers), {
          status: 401,
          message: /^virtual key is required/,
          type: "virtual_key_required",
          code: "virtual_key_required",
        })
      }
      await expectRefusal(await strict.fetch("/v1/async/jobs", { headers }), { status: 401, message: /required/ })
    },
  )

  test("serves a virtual key, and never uses a caller's own key", async () => {
    expect((await strict.run(chat, {}, vk(virtualKeys.a))).status).toBe("completed")
    await expectRefusal(await strict.submit(chat, { model: "openai/m" }, { ...vk(virtualKeys.a), ...bearer(OWN) }), {
      status: 400,
      message:
        "no keys found for provider: openai and model: m: set OPENAI_API_KEY, or add a key to providers.openai.keys in config.json",
    })
  })

  test("says that a virtual key is not known with 400, as any other does", async () => {
    await expectRefusal(await strict.submit(chat, {}, vk(UNKNOWN_KEY)), {
      status: 400,
      message: "virtual key not found",
    })
  })
})
