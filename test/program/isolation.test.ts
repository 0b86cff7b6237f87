// What belongs to one caller is not there for any other: every way to a job, tried with every credential that is not its owner's.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { CHAT, chat, type Gateway, type Job, launch } from "../harness.ts"
import { closed, startUpstream, type Upstream } from "../upstream.ts"

const SPEECH = "/v1/async/audio/speech"
const JOBS = "/v1/async/jobs"
const MODEL = "openai/tts-of-the-caller"
const SOUND = "the bytes of a sound"

type Headers = Record<string, string>

/** Every kind of credential a caller may come with. */
const credentials = {
  none: {},
  "an unknown virtual key": { "x-bf-vk": "sk-bf-unknown" },
  "virtual key A": { "x-bf-vk": "sk-bf-aaaaaaaa" },
  "virtual key B": { authorization: "Bearer sk-bf-bbbbbbbb" },
  "an inactive virtual key": { "x-api-key": "sk-bf-inactive" },
  "an own key A": { authorization: "Bearer sk-own-key-of-a" },
  "an own key B": { authorization: "Bearer sk-own-key-of-b" },
  "an own key A where none is read": { "api-key": "sk-own-key-of-a" },
  "an own key A as a virtual key": { "x-bf-vk": "sk-own-key-of-a" },
  "a made-up admin token": { authorization: "Bearer asyncgate-admin-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
} satisfies Record<string, Headers>
type Credential = keyof typeof credentials

interface Owner {
  credential: Credential
  /** What each of the others is told. */
  refusals: Partial<Record<Credential, string>>
}

const required = "virtual key is required"
const unknown = "virtual key not found"
const ownRequired = "the provider key the job was made with is required"

const owners: Record<string, Owner> = {
  "a virtual key's": {
    credential: "virtual key A",
    refusals: {
      none: required,
      "an unknown virtual key": unknown,
      "virtual key B": "virtual key mismatch",
      "an inactive virtual key": unknown,
      "an own key A": required,
      "an own key B": required,
      "an own key A where none is read": required,
      "an own key A as a virtual key": unknown,
      "a made-up admin token": required,
    },
  },
  "an own key's": {
    credential: "an own key A",
    refusals: {
      none: ownRequired,
      "an unknown virtual key": ownRequired,
      "virtual key A": ownRequired,
      "virtual key B": ownRequired,
      "an inactive virtual key": ownRequired,
      "an own key B": "provider key mismatch",
      "an own key A where none is read": ownRequired,
      "an own key A as a virtual key": ownRequired,
      "a made-up admin token": ownRequired,
    },
  },
}

/** Every way to one job. */
const routes: Record<string, (id: string) => { path: string; method?: string; headers?: Headers }> = {
  poll: (id) => ({ path: `${SPEECH}/${id}` }),
  "poll under another type": (id) => ({ path: `${CHAT}/${id}` }),
  "poll that waits": (id) => ({ path: `${SPEECH}/${id}`, headers: { prefer: "wait=120" } }),
  cancel: (id) => ({ path: `${SPEECH}/${id}/cancel`, method: "POST" }),
  delete: (id) => ({ path: `${SPEECH}/${id}`, method: "DELETE" }),
  view: (id) => ({ path: `${JOBS}/${id}` }),
  "view that waits": (id) => ({ path: `${JOBS}/${id}`, headers: { prefer: "wait=120" } }),
  "cancel of any": (id) => ({ path: `${JOBS}/${id}/cancel`, method: "POST" }),
  "delete of any": (id) => ({ path: `${JOBS}/${id}`, method: "DELETE" }),
  content: (id) => ({ path: `${JOBS}/${id}/content` }),
  result: (id) => ({ path: `${JOBS}/${id}/result` }),
}

const cases = Object.entries(owners).flatMap(([owner, { refusals }]) =>
  Object.entries(refusals).flatMap(([credential, message]) =>
    Object.keys(routes).map((route) => ({ owner, credential: credential as Credential, message, route })),
  ),
)

let upstream: Upstream
let gateway: Gateway
let adminToken: string
/** Lets the calls go that the upstream holds. */
let release: () => void

const config = (url: string) => ({
  providers: {
    // Without a key of the gateway's: a caller's own one is used.
    openai: { network_config: { base_url: url } },
  },
  governance: {
    virtual_keys: [
      { id: "a", name: "a", value: "sk-bf-aaaaaaaa" },
      { id: "b", name: "b", value: "sk-bf-bbbbbbbb" },
      { id: "off", name: "off", value: "sk-bf-inactive", is_active: false },
    ],
  },
})

const sound = () => new Response(SOUND, { headers: { "content-type": "audio/mpeg" } })

beforeAll(async () => {
  upstream = startUpstream(sound)
  gateway = await launch({ config: config(upstream.url) })
  adminToken = await gateway.adminToken()
})
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
})

const makeHeaders = (credential: Credential): Headers => credentials[credential]

function go(route: string, id: string, headers: Headers): Promise<Response> {
  const { path, method = "GET", headers: own = {} } = (routes[route] as (typeof routes)[string])(id)
  return gateway.fetch(path, { method, headers: { ...own, ...headers } })
}

/** Submits a speech with a virtual key A, which needs an own key beside it here, or with what else the owner has. */
async function submit(credential: Credential, headers: Headers = {}, model = MODEL): Promise<Response> {
  const beside: Headers = credential.startsWith("virtual key") ? { "x-api-key": "sk-beside-it" } : {}
  return await gateway.fetch(SPEECH, {
    method: "POST",
    headers: { "content-type": "application/json", ...beside, ...makeHeaders(credential), ...headers },
    body: JSON.stringify({ model, input: "private words", voice: "alloy" }),
  })
}

async function accept(credential: Credential, headers: Headers = {}, model = MODEL): Promise<string> {
  const response = await submit(credential, headers, model)
  const job = (await response.json()) as Job
  if (response.status !== 202) throw new Error(JSON.stringify(job))
  return job.id
}

/** A job whose call the upstream holds. */
async function running(credential: Credential): Promise<string> {
  const index = upstream.received.length
  const held = Promise.withResolvers<void>()
  release = held.resolve
  upstream.answer(async () => {
    await held.promise
    return sound()
  })
  const id = await accept(credential)
  await upstream.request(index)
  return id
}

async function ended(credential: Credential): Promise<string> {
  upstream.answer(sound)
  const id = await accept(credential)
  await (await go("poll that waits", id, makeHeaders(credential))).text()
  return id
}

async function ids(headers: Headers, query = ""): Promise<string[]> {
  const response = await gateway.fetch(`${JOBS}?limit=100${query}`, { headers })
  const page = (await response.json()) as Job
  return response.status === 200 ? page.data.map((job: Job) => job.id) : []
}

describe("with any other credential, a job is not there:", () => {
  const jobs: Record<string, { running: string; ended: string; index: number; release: () => void }> = {}
  beforeAll(async () => {
    for (const [owner, { credential }] of Object.entries(owners)) {
      const over = await ended(credential)
      const index = upstream.received.length
      jobs[owner] = { ended: over, running: await running(credential), index, release }
    }
  })

  test.each(cases)("$owner, $route with $credential", async ({ owner, credential, message, route }) => {
    for (const id of [jobs[owner]?.running ?? "", jobs[owner]?.ended ?? ""]) {
      const response = await go(route, id, makeHeaders(credential))
      const text = await response.text()
      expect(response.status).toBe(404)
      expect(JSON.parse(text).error.message).toBe(message)
      // Nothing of the job is told, nor what would open it.
      for (const word of [id, "tts-of-the-caller", "openai", "private", SOUND, "sk-"]) expect(text).not.toContain(word)
    }
  })

  test.each(
    Object.entries(owners).flatMap(([owner, { refusals }]) =>
      Object.keys(refusals).map((credential) => ({ owner, credential: credential as Credential })),
    ),
  )("$owner, in no list with $credential", async ({ owner, credential }) => {
    for (const query of ["", "&status=processing", "&status=completed", "&type=speech", "&provider=openai"]) {
      const found = await ids(makeHeaders(credential), query)
      expect(found).not.toContain(jobs[owner]?.running)
      expect(found).not.toContain(jobs[owner]?.ended)
    }
    // Nor from any place in it.
    const { running: id = "" } = jobs[owner] ?? {}
    for (const after of [id.replace(/.$/, "f"), `${id}0`, "ffffffff"]) {
      expect(await ids(makeHeaders(credential), `&after=${after}`)).not.toContain(id)
    }
  })

  test.each(Object.keys(owners))("%s job ran on through all of it, and is its owner's", async (owner) => {
    const { running: id = "", ended: over = "", index = 0, release: go1 = () => {} } = jobs[owner] ?? {}
    const right = makeHeaders(owners[owner]?.credential ?? "none")
    expect((await upstream.request(index)).signal.aborted).toBe(false)
    const before = await go("poll", id, right)
    expect([before.status, ((await before.json()) as Job).status]).toEqual([202, "processing"])
    expect(await ids(right)).toEqual(expect.arrayContaining([id, over]))
    go1()
    for (const job of [id, over]) {
      const polled = await go("poll that waits", job, right)
      expect([polled.status, ((await polled.json()) as Job).status]).toEqual([200, "completed"])
      const viewed = (await (await go("view", job, right)).json()) as Job
      expect(viewed).toMatchObject({ id: job, status: "completed", model: "tts-of-the-caller" })
      expect(await (await go("content", job, right)).text()).toBe(SOUND)
      const cancelled = await go("cancel", job, right)
      expect([cancelled.status, ((await cancelled.json()) as Job).status]).toEqual([200, "completed"])
    }
    expect((await go("delete", id, right)).status).toBe(204)
    expect((await go("delete of any", over, right)).status).toBe(204)
    for (const route of Object.keys(routes)) {
      const gone = await go(route, id, right)
      expect([gone.status, ((await gone.json()) as Job).error.message]).toEqual([404, "job not found or expired"])
    }
    expect(await ids(right)).toEqual([])
  })
})

describe("its owner", () => {
  test.each(Object.values(owners).flatMap(({ credential }) => ["cancel", "cancel of any"].map((r) => [credential, r])))(
    "with %s can %s what runs",
    async (credential, route) => {
      const index = upstream.received.length
      const id = await running(credential as Credential)
      const response = await go(route as string, id, makeHeaders(credential as Credential))
      const job = (await response.json()) as Job
      expect(job).toMatchObject({ id, status: "failed", status_code: 499, error: { type: "request_cancelled" } })
      expect(response.status).toBe(200)
      await closed(await upstream.request(index))
      release()
    },
  )

  test.each(Object.values(owners).flatMap(({ credential }) => ["delete", "delete of any"].map((r) => [credential, r])))(
    "with %s can %s what runs",
    async (credential, route) => {
      const index = upstream.received.length
      const id = await running(credential as Credential)
      const right = makeHeaders(credential as Credential)
      expect((await go(route as string, id, right)).status).toBe(204)
      expect((await go("poll", id, right)).status).toBe(404)
      await closed(await upstream.request(index))
      release()
    },
  )

  test("finds a virtual key's job with that key in every place a virtual key may stand", async () => {
    const id = await ended("virtual key A")
    const key = "sk-bf-aaaaaaaa"
    for (const headers of [
      { "x-bf-vk": key },
      { authorization: `Bearer ${key}` },
      { "x-api-key": key },
      { "x-goog-api-key": key },
      { "api-key": key },
    ]) {
      expect((await go("poll", id, headers as unknown as Headers)).status).toBe(200)
    }
  })

  test("finds an own key's job with that key in every place an own key may stand", async () => {
    const id = await ended("an own key A")
    const key = "sk-own-key-of-a"
    for (const headers of [{ authorization: `Bearer ${key}` }, { "x-api-key": key }, { "x-goog-api-key": key }]) {
      expect((await go("poll", id, headers as unknown as Headers)).status).toBe(200)
    }
  })
})

describe("an Idempotency-Key that several callers have sent", () => {
  const key = { "idempotency-key": "the same" }
  const find = (headers: Headers, query = "") => ids(headers, `&idempotency_key=the+same${query}`)
  const callers = ["none", "virtual key A", "virtual key B", "an own key A", "an own key B"] as const
  const jobs = new Map<Credential, string>()
  const listJobs = (...names: Credential[]) => names.flatMap((name) => jobs.get(name) ?? [])
  beforeAll(async () => {
    upstream.answer(sound)
    for (const each of callers) jobs.set(each, await accept(each, key, each === "none" ? "mock/tts" : MODEL))
  })

  test.each(Object.keys(credentials) as Credential[])("finds no job but the caller's own with %s", async (name) => {
    const own = name === "none" ? [] : listJobs(name)
    expect(await find(makeHeaders(name))).toEqual(own)
    const counted = await gateway.fetch("/v1/async/bulk", {
      method: "POST",
      headers: { "content-type": "application/json", ...makeHeaders(name) },
      body: JSON.stringify({ action: "delete", filter: { idempotency_key: "the same" }, count_only: true }),
    })
    const { count = 0 } = (await counted.json()) as Job
    expect(count).toBe(own.length)
  })

  test("finds for the admin those of every virtual key, and nobody's that came from where the admin is", async () => {
    const admin = { authorization: `Bearer ${adminToken}` }
    expect(await find(admin)).toEqual(listJobs("virtual key B", "virtual key A", "none"))
    expect(await find(admin, "&owner=a")).toEqual(listJobs("virtual key A"))
  })
})

describe("a job that is nobody's", () => {
  test.each(Object.keys(credentials) as Credential[])("is there for whoever knows its id, with %s", async (name) => {
    const id = await accept("none", {}, "mock/tts")
    const response = await go("poll that waits", id, makeHeaders(name))
    expect([response.status, ((await response.json()) as Job).status]).toEqual([200, "completed"])
    expect((await go("content", id, makeHeaders(name))).status).toBe(200)
    expect((await go("delete", id, makeHeaders(name))).status).toBe(204)
  })

  test("is in nobody's list but the admin's", async () => {
    const id = await accept("none", {}, "mock/tts")
    expect((await gateway.fetch(JOBS)).status).toBe(401)
    expect(await ids({ authorization: `Bearer ${adminToken}` })).toContain(id)
    for (const name of ["virtual key A", "virtual key B", "an own key A", "an own key B"] as const) {
      expect(await ids(makeHeaders(name))).not.toContain(id)
    }
  })
})

describe("the admin token", () => {
  const admin = () => ({ authorization: `Bearer ${adminToken}` })

  test("sees, lists, reads and deletes every caller's job", async () => {
    const all = [await ended("virtual key A"), await ended("an own key A"), await accept("none", {}, "mock/tts")]
    expect(await ids(admin())).toEqual(expect.arrayContaining(all))
    for (const id of all) {
      expect((await go("poll that waits", id, admin())).status).toBe(200)
      expect((await go("view", id, admin())).status).toBe(200)
      expect((await go("content", id, admin())).status).toBe(200)
      expect((await go("delete", id, admin())).status).toBe(204)
    }
  })

  test("cancels every caller's job", async () => {
    for (const { credential } of Object.values(owners)) {
      const index = upstream.received.length
      const id = await running(credential)
      expect((await go("cancel of any", id, admin())).status).toBe(200)
      await closed(await upstream.request(index))
      release()
    }
  })

  test("is no provider key: it never goes out", async () => {
    for (const name of ["authorization", "x-api-key", "x-goog-api-key"]) {
      const value = name === "authorization" ? `Bearer ${adminToken}` : adminToken
      const response = await submit("none", { [name]: value, "x-bf-direct-key": "true" })
      expect([response.status, ((await response.json()) as Job).error.code]).toEqual([400, "no_keys"])
    }
    expect(JSON.stringify(upstream.received)).not.toContain(adminToken)
  })
})

describe("an Idempotency-Key", () => {
  test("of two callers stands for two jobs, and for each caller for one", async () => {
    upstream.answer(sound)
    const callers: Credential[] = ["virtual key A", "virtual key B", "an own key A", "an own key B"]
    const key = { "idempotency-key": "the same for all" }
    const first = await Promise.all(callers.map((caller) => accept(caller, key)))
    expect(new Set(first).size).toBe(callers.length)
    for (const [at, caller] of callers.entries()) {
      const again = await submit(caller, key)
      expect(((await again.json()) as Job).id).toBe(first[at])
      expect(again.headers.get("idempotent-replayed")).toBe("true")
    }
  })

  test("of another caller is not told by a refusal either", async () => {
    const key = { "idempotency-key": "with another body" }
    await accept("virtual key A", key)
    expect((await submit("virtual key B", key, `${MODEL}-2`)).status).toBe(202)
    expect((await submit("an own key B", key, `${MODEL}-3`)).status).toBe(202)
    expect((await submit("virtual key A", key, `${MODEL}-4`)).status).toBe(422)
  })
})

describe("client.enforce_auth_on_inference", () => {
  let strict: Gateway
  beforeAll(async () => {
    const file = config(upstream.url)
    strict = await launch({ config: { ...file, client: { enforce_auth_on_inference: true } } })
  })
  afterAll(() => strict.dispose())

  test.each<[Credential, number, string]>([
    ["none", 401, "virtual_key_required"],
    ["an own key A", 401, "virtual_key_required"],
    ["a made-up admin token", 401, "virtual_key_required"],
    ["an unknown virtual key", 400, "invalid_request_error"],
    ["an own key A as a virtual key", 400, "invalid_request_error"],
    ["an inactive virtual key", 403, "virtual_key_blocked"],
  ])("a submit with %s is refused with %d and stores nothing", async (name, status, type) => {
    const response = await strict.submit(chat(), makeHeaders(name))
    expect(response.status).toBe(status)
    expect(((await response.json()) as Job).type).toBe(type)
    expect(strict.count("jobs")).toBe(0)
  })

  test("a list without a virtual key is refused too", async () => {
    expect((await strict.fetch(JOBS)).status).toBe(401)
    expect((await strict.fetch(JOBS, { headers: makeHeaders("virtual key A") })).status).toBe(200)
  })

  test("a submit with a virtual key is accepted", async () => {
    const id = await strict.accept(chat(), makeHeaders("virtual key A"))
    expect((await strict.poll(id)).status).toBe(404)
    expect((await strict.poll(id, { ...makeHeaders("virtual key A"), prefer: "wait=60" })).status).toBe(200)
  })
})
