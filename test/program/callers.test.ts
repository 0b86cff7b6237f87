// Every route against every kind of caller: who is let in, and who is told what. A route that is added needs a row here.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { request } from "node:http"
import type { Access } from "../../src/http/route.ts"
import { routes } from "../../src/http/routes.ts"
import { createServer, type ServerOptions } from "../../src/http/server.ts"
import type { Job } from "../harness.ts"
import { openWire, UNKNOWN_KEY, virtualKeys, type Wire } from "../wire/gateway.ts"
import { findType, pathOfCall, type RequestType, types } from "../wire/types.ts"

type Headers = Record<string, string>

const OWN = "sk-own-key-of-a-caller"
const JOBS = "/v1/async/jobs"
const speech = findType("speech")
const responses = findType("responses")

/** What each kind of caller sends. Foreign ones are refused though they have a key. */
const callers = {
  none: {},
  "a dummy key": { authorization: "Bearer sk-dummy" },
  "virtual key A": { "x-bf-vk": virtualKeys.a },
  "virtual key B": { authorization: `Bearer ${virtualKeys.b}` },
  "a virtual key without sk-bf-": { "api-key": virtualKeys.plain },
  "an unknown virtual key": { "x-api-key": UNKNOWN_KEY },
  "an inactive virtual key": { "x-goog-api-key": virtualKeys.inactive },
  "an own key": { "x-api-key": OWN },
  "the admin's token": {},
  "a foreign Origin": { "x-bf-vk": virtualKeys.a, origin: "https://evil.example" },
  "a foreign Host": { "x-bf-vk": virtualKeys.a, host: "evil.example" },
} satisfies Record<string, Headers>
type Caller = keyof typeof callers
const everybody = Object.keys(callers) as Caller[]
type Statuses = Record<Caller, number>

const gateways = ["alone", "shared", "strict"] as const
type Kind = (typeof gateways)[number]
const wires = {} as Record<Kind, Wire>
const adminTokens: Partial<Record<Kind, string>> = {}
beforeAll(async () => {
  wires.alone = await openWire({ isAlone: true })
  wires.shared = await openWire()
  wires.strict = await openWire({ client: { enforce_auth_on_inference: true } })
  for (const kind of gateways) adminTokens[kind] = await wires[kind].own.adminToken()
})
afterAll(async () => {
  for (const kind of gateways) await wires[kind].dispose()
})

function makeHeaders(kind: Kind, caller: Caller): Headers {
  if (caller !== "the admin's token") return callers[caller]
  return { authorization: `Bearer ${adminTokens[kind]}` }
}

/** @param known those with a virtual key, and what they get; `unknown` and `inactive`: a key that is not known, and one that is off */
function statuses(
  anonymous: number,
  known: number,
  unknown: number,
  inactive: number,
  admin: number,
  own = anonymous,
): Statuses {
  return {
    none: anonymous,
    "a dummy key": own,
    "virtual key A": known,
    "virtual key B": known,
    // Where there is no such key it is nothing at all.
    "a virtual key without sk-bf-": known === unknown ? anonymous : known,
    "an unknown virtual key": unknown,
    "an inactive virtual key": inactive,
    "an own key": own,
    "the admin's token": admin,
    "a foreign Origin": 403,
    "a foreign Host": 403,
  }
}

const all = (status: number) => statuses(status, status, status, status, status)

const forAdmin = (status: number) => {
  const row = statuses(401, 401, 401, 401, status)
  return { alone: row, shared: row, strict: row }
}

/** Routes that have no job in their path. */
const rows: Record<string, Record<Kind, Statuses>> = {
  open: { alone: all(200), shared: all(200), strict: all(200) },
  // ":file" is none.
  file: { alone: all(404), shared: all(404), strict: all(404) },
  submit: {
    alone: statuses(202, 400, 400, 400, 202),
    shared: statuses(202, 202, 400, 403, 202),
    strict: statuses(401, 202, 400, 403, 401),
  },
  call: {
    alone: statuses(200, 401, 401, 401, 200),
    shared: statuses(200, 200, 401, 403, 200),
    strict: statuses(401, 200, 401, 403, 401),
  },
  jobs: {
    alone: statuses(200, 400, 400, 400, 200),
    shared: statuses(401, 200, 400, 403, 200, 200),
    strict: statuses(401, 200, 400, 403, 200),
  },
  // They are sent without a body, for an operation that is not there.
  startBulk: {
    alone: statuses(400, 400, 400, 400, 400),
    shared: { ...statuses(401, 400, 400, 403, 400, 400), "a virtual key without sk-bf-": 400 },
    strict: { ...statuses(401, 400, 400, 403, 400), "a virtual key without sk-bf-": 400 },
  },
  bulkOperation: {
    alone: statuses(404, 400, 400, 400, 404),
    shared: statuses(401, 404, 400, 403, 404, 404),
    strict: statuses(401, 404, 400, 403, 404),
  },
  models: {
    alone: statuses(200, 400, 400, 400, 200),
    shared: statuses(200, 200, 400, 403, 200),
    strict: statuses(401, 200, 400, 403, 200),
  },
  // ":model" is no model.
  model: {
    alone: statuses(404, 400, 400, 400, 404),
    shared: statuses(404, 404, 400, 403, 404),
    strict: statuses(401, 404, 400, 403, 404),
  },
  // Files and batches, on the wire whose clients know an unknown key by 401.
  files: {
    alone: statuses(200, 401, 401, 401, 200),
    shared: statuses(401, 200, 401, 403, 200, 200),
    strict: statuses(401, 200, 401, 403, 200),
  },
  // ":file_id" is no file.
  oneFile: {
    alone: statuses(404, 401, 401, 401, 404),
    shared: statuses(401, 404, 401, 403, 404, 404),
    strict: statuses(401, 404, 401, 403, 404),
  },
  // Without a body.
  upload: {
    alone: statuses(415, 401, 401, 401, 415),
    shared: statuses(401, 415, 401, 403, 415, 415),
    strict: statuses(401, 415, 401, 403, 415),
  },
  createBatch: {
    alone: statuses(400, 401, 401, 401, 400),
    shared: statuses(401, 400, 401, 403, 400, 400),
    strict: statuses(401, 400, 401, 403, 400),
  },
  metrics: {
    alone: all(200),
    shared: statuses(401, 401, 401, 401, 200),
    strict: statuses(401, 401, 401, 401, 200),
  },
  // Of the operator. Without a body, or for one that is not there.
  makeWebhook: {
    alone: all(400),
    shared: statuses(401, 401, 401, 401, 400),
    strict: statuses(401, 401, 401, 401, 400),
  },
  oneWebhook: {
    alone: all(404),
    shared: statuses(401, 401, 401, 401, 404),
    strict: statuses(401, 401, 401, 401, 404),
  },
  keys: forAdmin(200),
  // Without a body.
  makeKey: forAdmin(400),
  // ":key_id" is no key.
  oneKey: forAdmin(404),
}

const fixed: Record<string, keyof typeof rows> = {
  "GET /": "open",
  "GET /health": "open",
  "GET /docs": "open",
  "GET /docs/init.js": "open",
  "GET /docs/swagger-ui-bundle.js": "open",
  "GET /docs/swagger-ui.css": "open",
  "GET /docs/json": "open",
  "GET /ui": "open",
  "GET /ui/*": "open",
  "GET /ui/assets/:file": "file",
  [`GET ${JOBS}`]: "jobs",
  [`POST ${JOBS}/cancel`]: "jobs",
  "POST /v1/async/bulk": "startBulk",
  "GET /v1/async/bulk": "jobs",
  "GET /v1/async/bulk/:bulk_id": "bulkOperation",
  "POST /v1/async/bulk/:bulk_id/cancel": "bulkOperation",
  "GET /v1/async/me": "models",
  "GET /v1/async/virtual-keys": "keys",
  "POST /v1/async/virtual-keys": "makeKey",
  "GET /v1/async/virtual-keys/:key_id": "oneKey",
  "POST /v1/async/virtual-keys/:key_id": "oneKey",
  "DELETE /v1/async/virtual-keys/:key_id": "oneKey",
  "GET /v1/async/stats": "metrics",
  "GET /v1/async/providers": "metrics",
  "GET /v1/async/queues": "jobs",
  "GET /v1/async/usage": "jobs",
  "GET /v1/async/events": "jobs",
  "GET /v1/models": "models",
  "GET /v1/models/:model": "model",
  "GET /metrics": "metrics",
  "POST /v1/files": "upload",
  "GET /v1/files": "files",
  "GET /v1/files/:file_id": "oneFile",
  "GET /v1/files/:file_id/content": "oneFile",
  "DELETE /v1/files/:file_id": "oneFile",
  "POST /v1/batches": "createBatch",
  "GET /v1/batches": "files",
  "GET /v1/batches/:batch_id": "oneFile",
  "GET /v1/batches/:batch_id/results": "oneFile",
  "POST /v1/batches/:batch_id/cancel": "oneFile",
  // Without a body, which is a conversation without items.
  "POST /v1/conversations": "files",
  "DELETE /v1/conversations": "files",
  "GET /v1/conversations/:conversation_id": "oneFile",
  "POST /v1/conversations/:conversation_id": "oneFile",
  "DELETE /v1/conversations/:conversation_id": "oneFile",
  "POST /v1/conversations/:conversation_id/items": "oneFile",
  "GET /v1/conversations/:conversation_id/items": "oneFile",
  "GET /v1/conversations/:conversation_id/items/:item_id": "oneFile",
  "DELETE /v1/conversations/:conversation_id/items/:item_id": "oneFile",
  "GET /api/webhooks": "metrics",
  "POST /api/webhooks": "makeWebhook",
  "GET /api/webhooks/deliveries": "metrics",
  "POST /api/webhooks/deliveries/:delivery_id/redeliver": "oneWebhook",
  "GET /api/webhooks/:webhook_id": "oneWebhook",
  "PUT /api/webhooks/:webhook_id": "oneWebhook",
  "DELETE /api/webhooks/:webhook_id": "oneWebhook",
  "POST /api/webhooks/:webhook_id/rotate-secret": "oneWebhook",
  "POST /api/webhooks/:webhook_id/test": "oneWebhook",
  "GET /api/webhooks/:webhook_id/deliveries": "oneWebhook",
  "GET /v1/webhook_event_types": "files",
  "GET /v1/webhook_endpoints": "files",
  "POST /v1/webhook_endpoints": "createBatch",
  "GET /v1/webhook_endpoints/:webhook_id": "oneFile",
  "POST /v1/webhook_endpoints/:webhook_id": "oneFile",
  "DELETE /v1/webhook_endpoints/:webhook_id": "oneFile",
  "POST /v1/webhook_endpoints/:webhook_id/rotate_secret": "oneFile",
  "POST /v1/webhook_endpoints/:webhook_id/test": "oneFile",
  ...Object.fromEntries(types.map(({ path }) => [`POST ${path}`, "submit"])),
  ...Object.fromEntries(types.map((type) => [`POST ${pathOfCall(type)}`, "call"])),
}

/** Routes of one job: of which type it is, and what its owner gets. */
const ofJobs: Record<string, { type: RequestType; right: number[] }> = {
  ...Object.fromEntries(
    types.flatMap((type) => [
      [`GET ${type.path}/:job_id`, { type, right: [200, 202] }],
      [`POST ${type.path}/:job_id/cancel`, { type, right: [200] }],
      [`DELETE ${type.path}/:job_id`, { type, right: [204] }],
    ]),
  ),
  [`GET ${JOBS}/:job_id`]: { type: speech, right: [200, 202] },
  [`GET ${JOBS}/:job_id/content`]: { type: speech, right: [200] },
  [`GET ${JOBS}/:job_id/result`]: { type: speech, right: [200] },
  [`GET ${JOBS}/:job_id/events`]: { type: speech, right: [200] },
  [`GET ${JOBS}/:job_id/request`]: { type: speech, right: [200] },
  // Whoever reaches the job is then looked at as at a submit: test/program/replay.test.ts.
  [`POST ${JOBS}/:job_id/replay`]: { type: speech, right: [202, 400, 403] },
  [`POST ${JOBS}/:job_id/cancel`]: { type: speech, right: [200] },
  [`DELETE ${JOBS}/:job_id`]: { type: speech, right: [204] },
  "GET /v1/responses/:response_id": { type: responses, right: [200] },
  "GET /v1/responses/:response_id/input_items": { type: responses, right: [200] },
  // One that has ended was not asked for in the background.
  "POST /v1/responses/:response_id/cancel": { type: responses, right: [200, 400] },
  "DELETE /v1/responses/:response_id": { type: responses, right: [200] },
}

function putId(path: string, id: string): string {
  return path.replace(":job_id", id).replace(":response_id", `resp_${id.replaceAll("-", "")}`)
}

/** What the table of routes says of who may use each kind of them. */
const accesses: Record<string, Access> = {
  open: "anyone",
  file: "anyone",
  submit: "caller",
  call: "caller",
  models: "reader",
  model: "reader",
  jobs: "lister",
  startBulk: "lister",
  bulkOperation: "lister",
  files: "lister",
  oneFile: "lister",
  upload: "lister",
  createBatch: "lister",
  metrics: "operator",
  makeWebhook: "operator",
  oneWebhook: "operator",
  keys: "admin",
  makeKey: "admin",
  oneKey: "admin",
}

test("every route of the server has its row here, and its row in the table says who may use it", () => {
  const table = Object.fromEntries(routes.map(({ method, path, access }) => [`${method} ${path}`, access]))
  const expected = {
    ...Object.fromEntries(Object.entries(fixed).map(([route, kind]) => [route, accesses[kind] as Access])),
    ...Object.fromEntries(Object.keys(ofJobs).map((route) => [route, "owner" as Access])),
  }
  expect(table).toEqual(expected)
  // Nothing is asked of it: it only has to say what it has.
  const server = createServer({ allowedOrigins: [] } as unknown as ServerOptions)
  const named = server.routes.map(({ method, path }) => `${method} ${path}`)
  expect(named.toSorted()).toEqual(Object.keys(table).toSorted())
})

/** With a foreign Host, which fetch would not send. */
function readStatus(wire: Wire, method: string, path: string, headers: Headers): Promise<number> {
  if (headers["host"] === undefined) return wire.fetch(path, { method, headers }).then(({ status }) => status)
  const { port } = new URL(wire.url)
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on("error", reject)
      .end()
  })
}

describe.each(gateways.map((kind) => [kind] as const))("at a gateway that is %s", (kind) => {
  test.each(Object.entries(fixed))("%s (%s)", async (route, row) => {
    const [method = "", path = ""] = route.split(" ")
    const type = types.find((candidate) => [candidate.path, pathOfCall(candidate)].includes(path))
    const got: Partial<Statuses> = {}
    for (const caller of everybody) {
      const headers = makeHeaders(kind, caller)
      got[caller] =
        type && caller !== "a foreign Host"
          ? (await wires[kind].submit({ ...type, path }, {}, headers)).status
          : await readStatus(wires[kind], method, path, headers)
    }
    expect(got).toEqual(rows[row]?.[kind] as Statuses)
  })

  /** Who makes a job, and who besides the admin may then reach it. */
  const owners: { owner: string; headers: Headers; lets: Caller[]; at: Kind[] }[] = [
    { owner: "a virtual key's", headers: callers["virtual key A"], lets: ["virtual key A"], at: ["shared", "strict"] },
    {
      owner: "an own key's",
      headers: { ...callers["an own key"], "x-bf-direct-key": "true" },
      lets: ["an own key"],
      at: ["alone", "shared"],
    },
    {
      owner: "nobody's",
      headers: {},
      lets: everybody.filter((caller) => !caller.startsWith("a foreign")),
      at: ["alone", "shared"],
    },
  ]

  const cases = Object.keys(ofJobs).flatMap((route) =>
    owners.filter(({ at }) => at.includes(kind)).map((owner) => ({ route, ...owner })),
  )
  test.each(cases)("$route, of $owner job", async ({ route, headers, lets }) => {
    const wire = wires[kind]
    const { type, right } = ofJobs[route] ?? { type: speech, right: [] }
    const [method = "", path = ""] = route.split(" ")
    const make = async () => {
      const { id } = await wire.accept(type, {}, headers)
      if (/\/(content|result)$/.test(path)) await wire.end(type, id, headers)
      return id
    }
    const letIn = [...lets, "the admin's token" as const]
    const id = await make()
    const got: Partial<Record<Caller, number>> = {}
    for (const caller of everybody.filter((one) => !letIn.includes(one)))
      got[caller] = await readStatus(wire, method, putId(path, id), makeHeaders(kind, caller))
    const refused = everybody.filter((one) => !letIn.includes(one))
    expect(got).toEqual(Object.fromEntries(refused.map((one) => [one, one.startsWith("a foreign") ? 403 : 404])))
    for (const caller of letIn) {
      const status = await readStatus(wire, method, putId(path, await make()), makeHeaders(kind, caller))
      expect({ caller, isRight: right.includes(status), status }).toEqual({ caller, isRight: true, status })
    }
  })
})

describe("nobody's jobs", () => {
  const ids = async (wire: Wire, headers: Headers = {}) => {
    const page = (await (await wire.fetch(`${JOBS}?limit=100`, { headers })).json()) as Job
    return page.data.map(({ id }: Job) => id)
  }

  test("are listed with a key's own for the one user of a gateway, whatever key the client insists on", async () => {
    const wire = wires.alone
    const { id: nobodys } = await wire.accept(speech)
    const { id: dummys } = await wire.accept(speech, {}, callers["a dummy key"])
    const { id: own } = await wire.accept(speech, {}, { ...callers["an own key"], "x-bf-direct-key": "true" })
    const withOwn = await ids(wire, callers["an own key"])
    expect(withOwn).toEqual(expect.arrayContaining([nobodys, dummys, own]))
    for (const headers of [{}, callers["a dummy key"]]) {
      const seen = await ids(wire, headers)
      expect(seen).toEqual(expect.arrayContaining([nobodys, dummys]))
      expect(seen).not.toContain(own)
    }
  })

  test("are listed page by page together with a key's own, each once", async () => {
    const wire = wires.alone
    const whole = await ids(wire, callers["an own key"])
    const told: string[] = []
    for (let after = ""; ; ) {
      const query = `?limit=3${after === "" ? "" : `&after=${after}`}`
      const response = await wire.fetch(`${JOBS}${query}`, { headers: callers["an own key"] })
      const page = (await response.json()) as Job
      told.push(...page.data.map(({ id }: Job) => id))
      if (!page.has_more || told.length >= 100) break
      after = page.last_id
    }
    expect(told.slice(0, whole.length)).toEqual(whole.slice(0, told.length))
    expect(new Set(told).size).toBe(told.length)
  })

  test("are cancelled with a key's own for the one user", async () => {
    const wire = wires.alone
    const own = { ...callers["an own key"], "x-bf-direct-key": "true" }
    const made = [
      await wire.accept(speech, { mock: { hang: true } }),
      await wire.accept(speech, { mock: { hang: true } }, own),
    ]
    const response = await wire.fetch(`${JOBS}/cancel`, { method: "POST", headers: callers["an own key"] })
    expect(((await response.json()) as Job).cancelled).toBeGreaterThanOrEqual(2)
    for (const { id } of made) expect((await wire.end(speech, id, own)).status).toBe("failed")
  })

  test("are nobody's any more once the first virtual key is made, without a restart", async () => {
    const wire = await openWire({ isAlone: true })
    const { id } = await wire.accept(speech)
    expect(await ids(wire)).toEqual([id])
    expect((await wire.fetch("/metrics")).status).toBe(200)
    const { run } = await import("../harness.ts")
    const made = await run(["vk", "create", "first", "--app-dir", wire.own.dir])
    expect(made.code).toBe(0)
    expect((await wire.fetch(JOBS)).status).toBe(401)
    expect((await wire.fetch(`${JOBS}/cancel`, { method: "POST" })).status).toBe(401)
    expect((await wire.fetch("/metrics")).status).toBe(401)
    expect((await wire.fetch(JOBS, { headers: { "x-bf-vk": made.stdout.trim() } })).status).toBe(200)
    expect((await wire.poll(speech, id)).status).toBeOneOf([200, 202])
    await wire.dispose()
  })

  test("and a proxy on this machine does not make others' callers its user", async () => {
    for (const name of ["x-forwarded-for", "forwarded", "x-real-ip", "via"]) {
      const headers = { [name]: "10.0.0.7" }
      expect((await wires.alone.fetch(JOBS, { headers })).status).toBe(401)
      expect((await wires.alone.fetch("/metrics", { headers })).status).toBe(401)
      expect((await wires.alone.submit(speech, {}, headers)).status).toBe(202)
    }
  })
})

describe("an Idempotency-Key of nobody's", () => {
  /** A submit that comes from another address of this machine. */
  const submitFrom = (wire: Wire, localAddress: string, key: string): Promise<Job> =>
    new Promise((resolve, reject) => {
      const { port } = new URL(wire.url)
      const headers = { "content-type": "application/json", "idempotency-key": key }
      const options = { host: "127.0.0.1", port, path: speech.path, method: "POST", headers, localAddress }
      request(options, async (response) => resolve(JSON.parse((await response.toArray()).join(""))))
        .on("error", reject)
        .end(JSON.stringify({ model: speech.model, ...speech.members }))
    })

  test("of two machines stands for two jobs where there are virtual keys, and for each machine for one", async () => {
    const [one, other] = [
      await submitFrom(wires.shared, "127.0.0.1", "k"),
      await submitFrom(wires.shared, "127.0.0.2", "k"),
    ]
    expect(one.id).not.toBe(other.id)
    expect((await submitFrom(wires.shared, "127.0.0.2", "k")).id).toBe(other.id)
  })

  test("stands for one job where there is one user", async () => {
    const [one, other] = [
      await submitFrom(wires.alone, "127.0.0.1", "k"),
      await submitFrom(wires.alone, "127.0.0.2", "k"),
    ]
    expect(one.id).toBe(other.id)
  })
})
