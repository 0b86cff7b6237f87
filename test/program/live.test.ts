// What the gateway tells of itself while it runs: who the caller is, its counts, its queues, its providers and its virtual keys.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { describeCrowded, startCrowded } from "../crowded.ts"
import { chat, type Gateway, type Job, launch, run } from "../harness.ts"
import { completion, configFor, startUpstream, type Upstream } from "../upstream.ts"
import { openWire, virtualKeys, type Wire } from "../wire/gateway.ts"

type Headers = Record<string, string>

/** Retries that do not keep a test waiting. */
const quick = { providers: { mock: { network_config: { retry_backoff_initial: 1, retry_backoff_max: 1 } } } }
const OWN = { "x-api-key": "sk-own-key-of-a-caller" }

async function read(from: Pick<Gateway, "fetch">, path: string, headers: Headers = {}): Promise<Job> {
  const response = await from.fetch(path, { headers })
  expect({ path, status: response.status }).toEqual({ path, status: 200 })
  expect(response.headers.get("cache-control")).toBe("no-store")
  return (await response.json()) as Job
}

let shared: Wire
let admin: Headers
beforeAll(async () => {
  shared = await openWire()
  admin = { authorization: `Bearer ${await shared.own.adminToken()}` }
})
afterAll(() => shared.dispose())

describe("who the caller is", () => {
  const ask = (headers: Headers = {}, from: Pick<Gateway, "fetch"> = shared) => read(from, "/v1/async/me", headers)
  const nothing = { list: false, operate: false, manage_keys: false }

  test("is told to the admin, to a virtual key with its limits, to a caller's own key and to anybody", async () => {
    expect(await ask(admin)).toMatchObject({
      kind: "admin",
      virtual_key: null,
      may: { list: true, operate: true, manage_keys: true },
    })
    const rare = await ask({ "x-bf-vk": virtualKeys.rare })
    expect(rare).toMatchObject({ kind: "virtual_key", may: { ...nothing, list: true } })
    expect(rare.virtual_key).toMatchObject({ id: "vk-rare", name: "rare", is_active: true, requests_per_minute: 2 })
    expect(JSON.stringify(rare)).not.toContain(virtualKeys.rare)
    expect(await ask(OWN)).toMatchObject({ kind: "caller_key", virtual_key: null, may: { ...nothing, list: true } })
    expect(await ask()).toMatchObject({ kind: "anonymous", virtual_key: null, may: nothing })
  })

  test("is the sole user of a gateway without virtual keys, until the first one is made", async () => {
    const gateway = await launch({ config: { ui: { bodies: false } } })
    const may = { list: true, operate: true, manage_keys: false }
    expect(await ask({}, gateway)).toEqual({
      kind: "sole_user",
      virtual_key: null,
      may,
      ui: { bodies: false },
      version: gateway.facts.version,
    })
    expect(await ask({ "x-forwarded-for": "10.0.0.7" }, gateway)).toMatchObject({ kind: "anonymous", may: nothing })
    expect((await run(["vk", "create", "first", "--app-dir", gateway.dir])).code).toBe(0)
    expect(await ask({}, gateway)).toMatchObject({ kind: "anonymous", may: nothing })
    await gateway.dispose()
  })
})

describe("statistics", () => {
  /** Asked until it is so; the test's own time limit is the limit. */
  async function askUntil(gateway: Gateway, query: string, isSo: (stats: Job) => boolean): Promise<Job> {
    for (;;) {
      const stats = await read(gateway, `/v1/async/stats${query}`)
      if (isSo(stats)) return stats
    }
  }
  const sum = (stats: Job, member: string) =>
    stats.points.reduce((total: number, point: Job) => total + point[member], 0)

  test("count what was accepted and how it ended, in both windows, and what has not ended", async () => {
    const gateway = await launch({ config: quick })
    expect((await read(gateway, "/v1/async/stats")).points).toEqual([])
    await gateway.end(await gateway.accept(chat()))
    await gateway.end(await gateway.accept(chat({ mock: { status: 400 } })))
    const hanging = await gateway.accept(chat({ mock: { hang: true } }))
    await gateway.accept(chat({ model: "mock/other", mock: { hang: true } }))
    await gateway.fetch(`/v1/async/jobs/${hanging}/cancel`, { method: "POST" })
    for (const window of ["10m", "24h"]) {
      const stats = await askUntil(gateway, `?window=${window}`, (now) => now.current.running === 1)
      const counts = ["accepted", "succeeded", "failed", "cancelled"].map((member) => sum(stats, member))
      expect({ window, counts }).toEqual({ window, counts: [4, 1, 1, 1] })
      expect(stats.current).toEqual({ queued: 0, running: 1, waiting: 0, oldest_queued_at: null })
      expect(stats.step_seconds).toBe(window === "10m" ? 1 : 60)
      expect(stats.points.every((point: Job) => Date.parse(point.at) % (stats.step_seconds * 1000) === 0)).toBe(true)
      expect(stats.points.at(-1).run_p95_ms).toBeNumber()
      const since = stats.points.at(-1).at
      const rest = await read(gateway, `/v1/async/stats?window=${window}&since=${since}`)
      expect(rest.points[0].at >= since).toBe(true)
    }
    await gateway.dispose()
  })

  test("say how the gateway is, and since when a job waits that is due", async () => {
    const gateway = await launch({
      config: { providers: { mock: { concurrency_and_buffer_size: { concurrency: 1 } } } },
    })
    await gateway.accept(chat({ mock: { hang: true } }))
    const before = Date.now()
    await gateway.accept(chat())
    const stats = await askUntil(gateway, "", ({ current }) => current.queued === 1)
    expect(stats.health).toMatchObject({
      status: "ok",
      store: { writable: true, reason: null },
      threads: { died: 0, replaced: 0 },
      version: gateway.facts.version,
    })
    expect(stats.health.store.disk_free_bytes).toBeGreaterThan(0)
    const oldest = Date.parse(stats.current.oldest_queued_at)
    expect(oldest).toBeGreaterThanOrEqual(before - 1)
    expect(oldest).toBeLessThanOrEqual(Date.parse(stats.now))
    await gateway.dispose()
  })

  test("are refused where the window or the time is none, with what to write", async () => {
    for (const [query, words] of [
      ["?window=1h", "window must be 10m or 24h"],
      ["?since=yesterday", "since must be a time"],
      ["?windwo=24h", 'unknown parameter "windwo"; supported: window, since'],
      ["?window=10m&window=24h", "window is given twice"],
    ]) {
      const response = await shared.fetch(`/v1/async/stats${query}`, { headers: admin })
      expect(response.status).toBe(400)
      expect(((await response.json()) as Job).error.message).toStartWith(words ?? "")
    }
  })
})

describe("queues", () => {
  const key = (id: string, over: object = {}) => ({
    id,
    name: `name of ${id}`,
    value: `sk-bf-${id}-of-a-caller`,
    ...over,
  })
  const as = (id: string) => ({ "x-bf-vk": `sk-bf-${id}-of-a-caller` })
  const hanging = { mock: { hang: true } }

  /** Asked until it is so; the test's own time limit is the limit. */
  async function askUntil(gateway: Gateway, headers: Headers, isSo: (queues: Job) => boolean): Promise<Job> {
    for (;;) {
      const queues = await read(gateway, "/v1/async/queues", headers)
      if (isSo(queues)) return queues
    }
  }

  /** Each with the provider, so that a test finds its lane. */
  const findLane = (queues: Job, provider: string, model: string) =>
    queues.data.find((lane: Job) => lane.provider === provider && lane.model === model)

  describe("say of each lane what it waits for, with which key and until when, in words:", () => {
    let upstream: Upstream
    let gateway: Gateway
    let admin: Headers

    beforeAll(async () => {
      upstream = startCrowded(100)
      gateway = await launch({
        config: {
          providers: {
            mock: {
              concurrency_and_buffer_size: { concurrency: 3 },
              network_config: { retry_backoff_initial: 60_000, retry_backoff_max: 60_000 },
            },
            up: describeCrowded(upstream),
          },
          governance: { virtual_keys: [key("capped", { max_concurrent_jobs: 1 }), key("free")] },
        },
      })
      admin = { authorization: `Bearer ${await gateway.adminToken()}` }
    })
    afterAll(async () => {
      await gateway.dispose()
      await upstream.stop()
    })

    test("a quota that a 429 has closed", async () => {
      await gateway.accept(chat({ model: "up/limited" }), as("free"))
      const queues = await askUntil(gateway, admin, (now) => findLane(now, "up", "limited")?.place === "waiting")
      const lane = findLane(queues, "up", "limited")
      expect(lane).toMatchObject({
        priority: "normal",
        owner: { kind: "virtual_key", id: "free", name: "name of free" },
        depth: 1,
        in_flight: 0,
        waits_for: [{ kind: "quota", key_name: "first", room: 0, limit: 60, until: lane.next_at }],
      })
      expect(lane.waits_for[0].reason).toMatch(
        /^up answered 429 for limited with key first: it reported a limit of 60 calls in 60 s; closed until \d\d:\d\d:\d\d UTC, then 1 call each 1 s$/,
      )
      expect(queues.quotas).toMatchObject([
        { provider: "up", key_name: "first", model: "limited", strikes: 1, closed_until: lane.next_at },
      ])
    })

    test("the slots of a key", async () => {
      await gateway.accept(chat({ model: "up/narrow" }), as("free"))
      await gateway.accept(chat({ model: "up/narrow" }), as("free"))
      const queues = await askUntil(gateway, admin, (now) => findLane(now, "up", "narrow")?.depth === 1)
      const reason = "1 call of key narrow may be in flight at one time, and all are"
      expect(findLane(queues, "up", "narrow")).toMatchObject({
        in_flight: 1,
        place: "waiting",
        next_at: null,
        waits_for: [{ kind: "key_slots", reason, key_name: "narrow", limit: 1, in_flight: 1 }],
      })
    })

    test("the time of a retry", async () => {
      await gateway.accept(chat({ model: "mock/retried", mock: { status: 503 } }), as("free"))
      const queues = await askUntil(gateway, admin, (now) => findLane(now, "mock", "retried")?.place === "later")
      const lane = findLane(queues, "mock", "retried")
      expect(lane).toMatchObject({ waits_for: [{ kind: "retry", until: lane.next_at }], oldest_at: lane.next_at })
    })

    test("the jobs that a virtual key may run, which it sees itself, and the slots of a provider", async () => {
      await gateway.accept(chat({ model: "mock/capped", ...hanging }), as("capped"))
      await gateway.accept(chat({ model: "mock/capped" }), as("capped"))
      const capped = await askUntil(gateway, as("capped"), (queues) => queues.data[0]?.depth === 1)
      const reason = "1 job of this virtual key may run at one time (max_concurrent_jobs), and 1 do"
      expect(capped.data[0].waits_for).toMatchObject([{ kind: "owner_cap", reason, limit: 1, in_flight: 1 }])
      expect(capped.slots).toEqual({ in_flight: 1, limit: 1 })

      for (let n = 0; n < 3; n++) await gateway.accept(chat({ model: "mock/full", ...hanging }), as("free"))
      const full = await askUntil(gateway, admin, (queues) => findLane(queues, "mock", "full")?.depth === 1)
      expect(findLane(full, "mock", "full").waits_for).toMatchObject([
        { kind: "provider_slots", reason: "3 calls to mock may be in flight at one time, and all are", limit: 3 },
      ])
      expect(full.slots.limit).toBeNull()
    })
  })

  test("show a virtual key its own lanes and the limits in their way, and nothing of anybody else's", async () => {
    const upstream = startUpstream(() => new Response("slow", { status: 429, headers: { "retry-after": "100" } }))
    const gateway = await launch({
      config: { ...configFor(upstream), governance: { virtual_keys: [key("one"), key("two")] } },
    })
    await gateway.accept(chat({ model: "up/of-one" }), as("one"))
    await gateway.accept(chat({ model: "mock/of-two", ...hanging }), as("two"))
    await askUntil(gateway, as("one"), (queues) => queues.data[0]?.place === "waiting")
    const one = await read(gateway, "/v1/async/queues", as("one"))
    expect(one.data).toHaveLength(1)
    expect(one.data[0]).not.toHaveProperty("owner")
    expect(one.quotas).toMatchObject([{ provider: "up", model: "of-one", key_name: null }])
    const two = await askUntil(gateway, as("two"), (queues) => queues.data.length > 0)
    expect(two.data).toMatchObject([{ model: "of-two", depth: 0, in_flight: 1, place: "empty", waits_for: [] }])
    expect(two.quotas).toEqual([])
    expect(JSON.stringify(two)).not.toContain("of-one")
    await gateway.dispose()
    await upstream.stop()
  })
})

describe("providers", () => {
  test("are listed with their keys by name and source, how their calls ended, and nothing of any key's value", async () => {
    const secrets = { good: "sk-good-0123456789abcdef", bad: "sk-bad-fedcba9876543210", env: "sk-env-aabbccddeeff0011" }
    const upstream = startUpstream(({ headers }) =>
      headers["authorization"]?.includes("good")
        ? completion()
        : Response.json(
            { error: { code: "invalid_api_key", message: "Incorrect API key provided: sk-****3210" } },
            { status: 401 },
          ),
    )
    const keys = [
      { name: "good", value: secrets.good, models: ["right"] },
      { name: "bad", value: secrets.bad, models: ["wrong"], concurrency: 7 },
    ]
    const gateway = await launch({
      config: {
        providers: {
          up: {
            network_config: { base_url: upstream.url.replace("://", "://me:hidden-password@") },
            keys,
            concurrency_and_buffer_size: { concurrency: 50 },
          },
        },
      },
      env: { OPENAI_API_KEY: secrets.env },
    })
    await gateway.end(await gateway.accept(chat({ model: "up/right" })))
    await gateway.end(await gateway.accept(chat({ model: "up/wrong" })))
    const list = await read(gateway, "/v1/async/providers")
    const find = (name: string) => list.data.find((provider: Job) => provider.name === name)
    const up = find("up")
    expect(up).toMatchObject({ base_url: `${upstream.url}/v1`, kind: "server" })
    expect(up.concurrency).toEqual({ limit: 50, in_flight: 0 })
    expect(up.request_types).toContain("chat_completion")
    const [good, bad] = up.keys
    expect(good).toMatchObject({ name: "good", source: "config.json", models: ["right"], last_error: null })
    expect(good.last_success_at).toBe(up.last_success_at)
    expect(bad).toMatchObject({ name: "bad", concurrency: { limit: 7, in_flight: 0 }, last_success_at: null })
    expect(bad.last_error).toMatchObject({ status: 401, reason: "the key was refused (invalid_api_key)" })
    expect(up.last_error).toEqual(bad.last_error)
    expect(find("openai")).toMatchObject({ kind: "built_in", keys: [{ source: "environment OPENAI_API_KEY" }] })
    expect(find("mock")).toMatchObject({ kind: "mock", keys: [], last_success_at: null })
    const text = JSON.stringify(list)
    for (const value of Object.values(secrets))
      for (const part of [value, value.slice(-4)]) expect(text).not.toContain(part)
    expect(text).not.toContain("hidden-password")
    await gateway.dispose()
    await upstream.stop()
  })
})
