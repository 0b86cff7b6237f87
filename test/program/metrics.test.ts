// GET /metrics of the whole program: the numbers are those of the jobs that ran, whoever submitted what, and nobody learns
// from them what is not theirs. And Server-Timing, which tells a caller of its own job.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test"
import { join } from "node:path"
import { tempDir } from "../cleanup.ts"
import { type Family, parseExposition, readSample } from "../exposition.ts"
import { CHAT, chat, type Gateway, type Job, launch } from "../harness.ts"
import { openDatabase } from "../opendatabase.ts"
import { completion, configFor, startUpstream, type Upstream } from "../upstream.ts"

type Families = Map<string, Family>
type Headers = Record<string, string>

const EMBEDDINGS = "/v1/async/embeddings"
const MOCK_CHAT = 'provider="mock",type="chat_completion"'

/** Retries that do not keep a test waiting. */
const quick = { providers: { mock: { network_config: { retry_backoff_initial: 1, retry_backoff_max: 1 } } } }

let gateway: Gateway
let upstream: Upstream | undefined

async function scrape(from = gateway): Promise<Families> {
  const response = await from.fetch("/metrics")
  expect(response.status).toBe(200)
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8")
  return parseExposition(await response.text())
}

/** Scrapes until it is so; the test's own time limit is the limit. */
async function scrapeUntil(isSo: (families: Families) => boolean, from = gateway): Promise<Families> {
  for (;;) {
    const families = await scrape(from)
    if (isSo(families)) return families
  }
}

async function ended(knobs: Record<string, unknown> = {}): Promise<Job> {
  return await gateway.end(await gateway.accept(chat({ mock: knobs })))
}

async function embed(): Promise<void> {
  const body = JSON.stringify({ model: "mock/e", input: "x" })
  const headers = { "content-type": "application/json", prefer: "wait=60" }
  const response = await gateway.fetch(EMBEDDINGS, { method: "POST", headers, body })
  expect(response.status).toBe(200)
}

/** Every series there is, without its value. */
function listSeries(families: Families): string[] {
  return [...families.values()].flatMap(({ samples }) => [...samples.keys()]).toSorted()
}

describe("after jobs that ended in every way", () => {
  let families: Families

  beforeAll(async () => {
    gateway = await launch({ config: quick })
    for (let n = 0; n < 3; n++) expect((await ended()).status).toBe("completed")
    expect((await ended({ status: 400 })).status).toBe("failed")
    expect((await ended({ status: 503, times: 2 })).status).toBe("completed")
    expect((await ended({ polls: 2 })).status).toBe("completed")
    const cancelled = await gateway.accept(chat({ mock: { hang: true } }))
    await gateway.fetch(`${CHAT}/${cancelled}/cancel`, { method: "POST" })
    const removed = await gateway.accept(chat({ mock: { hang: true } }))
    await gateway.fetch(`${CHAT}/${removed}`, { method: "DELETE" })
    await embed()
    await gateway.accept(chat({ mock: { hang: true } }))
    families = await scrapeUntil((now) => readSample(now, `asyncgate_jobs{state="running",${MOCK_CHAT}}`) === 1)
  })
  afterAll(() => gateway.dispose())

  test("every family is there, of its type, and no other", () => {
    expect([...families].map(([name, { type }]) => `${type} ${name}`)).toEqual([
      "gauge asyncgate_info",
      "gauge process_start_time_seconds",
      "gauge process_resident_memory_bytes",
      "counter process_cpu_seconds_total",
      "gauge asyncgate_store_writable",
      "gauge asyncgate_database_bytes",
      "gauge asyncgate_wal_bytes",
      "gauge asyncgate_disk_free_bytes",
      "gauge asyncgate_jobs",
      "counter asyncgate_jobs_accepted_total",
      "counter asyncgate_jobs_ended_total",
      "counter asyncgate_attempts_total",
      "histogram asyncgate_job_wait_seconds",
      "histogram asyncgate_job_run_seconds",
      "histogram asyncgate_upstream_latency_seconds",
      "gauge asyncgate_streams",
      "gauge asyncgate_queue_depth",
      "gauge asyncgate_queue_limit",
      "gauge asyncgate_queue_oldest_age_seconds",
      "gauge asyncgate_webhook_deliveries_pending",
      "counter asyncgate_webhook_tries_total",
      "gauge asyncgate_engine_up",
      "gauge asyncgate_engine_heartbeat_age_seconds",
      "histogram asyncgate_commit_seconds",
      "histogram asyncgate_commit_changes",
      "counter asyncgate_commits_failed_total",
      "gauge asyncgate_provider_threads",
      "counter asyncgate_provider_threads_died_total",
      "counter asyncgate_provider_threads_replaced_total",
      "counter asyncgate_reaper_jobs_pruned_total",
      "counter asyncgate_reaper_leases_lapsed_total",
      "gauge asyncgate_reaper_last_run_timestamp_seconds",
    ])
  })

  test.each<[string, number]>([
    [`asyncgate_jobs{state="queued",${MOCK_CHAT}}`, 0],
    [`asyncgate_jobs{state="running",${MOCK_CHAT}}`, 1],
    [`asyncgate_jobs{state="waiting",${MOCK_CHAT}}`, 0],
    [`asyncgate_jobs_accepted_total{${MOCK_CHAT}}`, 9],
    ['asyncgate_jobs_accepted_total{provider="mock",type="embedding"}', 1],
    [`asyncgate_jobs_ended_total{state="succeeded",${MOCK_CHAT}}`, 5],
    [`asyncgate_jobs_ended_total{state="failed",${MOCK_CHAT}}`, 1],
    [`asyncgate_jobs_ended_total{state="cancelled",${MOCK_CHAT}}`, 1],
    [`asyncgate_jobs_ended_total{state="removed",${MOCK_CHAT}}`, 1],
    ['asyncgate_jobs_ended_total{state="succeeded",provider="mock",type="embedding"}', 1],
    [`asyncgate_attempts_total{outcome="answered",${MOCK_CHAT}}`, 5],
    [`asyncgate_attempts_total{outcome="refused",${MOCK_CHAT}}`, 3],
    [`asyncgate_job_wait_seconds_count{provider="mock",type="embedding"}`, 1],
    [`asyncgate_job_run_seconds_count{provider="mock",type="embedding"}`, 1],
    // Each answer but those to polls of an upstream job.
    [`asyncgate_upstream_latency_seconds_count{${MOCK_CHAT}}`, 8],
    ['asyncgate_queue_depth{provider="mock"}', 0],
    ['asyncgate_queue_limit{provider="mock"}', 100_000],
    ['asyncgate_queue_oldest_age_seconds{provider="mock"}', 0],
    ["asyncgate_store_writable", 1],
    ["asyncgate_engine_up", 1],
    ["asyncgate_commits_failed_total", 0],
    ["asyncgate_provider_threads_died_total", 0],
    ["asyncgate_provider_threads_replaced_total", 0],
    ["asyncgate_reaper_leases_lapsed_total", 0],
  ])("%s is %d", (sample, value) => {
    expect(readSample(families, sample)).toBe(value)
  })

  test.each([
    "process_start_time_seconds",
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
    "asyncgate_database_bytes",
    "asyncgate_wal_bytes",
    "asyncgate_disk_free_bytes",
    "asyncgate_provider_threads",
    "asyncgate_commit_seconds_sum",
    "asyncgate_engine_heartbeat_age_seconds",
  ])("%s is known", (sample) => {
    expect(readSample(families, sample)).toBeGreaterThanOrEqual(sample.includes("heartbeat") ? 0 : Number.MIN_VALUE)
  })

  test("a job that has begun is counted among those that waited; one that has ended, among those that ran", () => {
    const waited = readSample(families, `asyncgate_job_wait_seconds_count{${MOCK_CHAT}}`)
    const ran = readSample(families, `asyncgate_job_run_seconds_count{${MOCK_CHAT}}`)
    // Those that were cancelled or deleted may not have begun.
    expect(waited).toBeWithin(7, 10)
    expect(ran).toBeWithin(6, 8)
  })

  test("as many changes went into commits as jobs changed", () => {
    const changes = readSample(families, "asyncgate_commit_changes_sum")
    const accepted = 10
    expect(changes).toBeGreaterThan(2 * accepted)
    expect(readSample(families, "asyncgate_commit_changes_count")).toBe(
      readSample(families, "asyncgate_commit_seconds_count"),
    )
  })
})

describe("on a gateway of its own", () => {
  afterEach(async () => {
    await gateway.dispose()
    await upstream?.stop()
    upstream = undefined
  })

  test("a hundred models, callers and ids make no new series, and none of them is named", async () => {
    gateway = await launch()
    await ended()
    const before = await scrapeUntil((now) => readSample(now, "asyncgate_reaper_last_run_timestamp_seconds") > 0)
    await Promise.all(
      Array.from({ length: 100 }, async (_, n) => {
        const headers = {
          "x-bf-direct-key": "true",
          authorization: `Bearer sk-secret-${n}`,
          "x-request-id": `secret-${n}`,
          prefer: "wait=60",
        }
        expect((await gateway.submit(chat({ model: `mock/secret-${n}` }), headers)).status).toBe(200)
      }),
    )
    const text = await (await gateway.fetch("/metrics")).text()
    const after = parseExposition(text)
    expect(listSeries(after)).toEqual(listSeries(before))
    expect(readSample(after, `asyncgate_jobs_ended_total{state="succeeded",${MOCK_CHAT}}`)).toBe(101)
    expect(text).not.toContain("secret")
  })

  test("scrapes under load hold up no submit, and each counts no less than the one before", async () => {
    gateway = await launch()
    let isOver = false
    const counts: number[] = []
    const scraping = (async () => {
      while (!isOver) counts.push(readSample(await scrape(), `asyncgate_jobs_accepted_total{${MOCK_CHAT}}`) || 0)
    })()
    const clients = Array.from({ length: 20 }, async () => {
      for (let n = 0; n < 25; n++) await gateway.accept(chat())
    })
    await Promise.all(clients)
    isOver = true
    await scraping
    expect(counts.toSorted((a, b) => a - b)).toEqual(counts)
    expect(counts.length).toBeGreaterThan(1)
    const all = await scrapeUntil(
      (now) => readSample(now, `asyncgate_jobs_ended_total{state="succeeded",${MOCK_CHAT}}`) === 500,
    )
    expect(readSample(all, `asyncgate_jobs_accepted_total{${MOCK_CHAT}}`)).toBe(500)
    expect(readSample(all, `asyncgate_jobs{state="running",${MOCK_CHAT}}`)).toBe(0)
  })

  test("while the engine is stuck in the disk it says so, and what it knows without it; then all is there again", async () => {
    gateway = await launch()
    await ended()
    const other = openDatabase(join(gateway.dir, "asyncgate.db"))
    other.run("BEGIN IMMEDIATE")
    const refused = gateway.submit(chat())
    const stuck = await scrapeUntil((now) => readSample(now, "asyncgate_engine_up") === 0)
    expect(readSample(stuck, "asyncgate_engine_heartbeat_age_seconds")).toBeGreaterThanOrEqual(0)
    expect(readSample(stuck, "process_resident_memory_bytes")).toBeGreaterThan(0)
    expect(stuck.get("asyncgate_jobs")?.samples.size).toBe(0)
    expect((await refused).status).toBe(503)
    await scrapeUntil((now) => readSample(now, "asyncgate_store_writable") === 0)
    other.run("ROLLBACK")
    other.close()
    const well = await scrapeUntil(
      (now) => readSample(now, "asyncgate_engine_up") === 1 && readSample(now, "asyncgate_store_writable") === 1,
    )
    expect(readSample(well, "asyncgate_commits_failed_total")).toBeGreaterThan(0)
    expect(readSample(well, `asyncgate_jobs_accepted_total{${MOCK_CHAT}}`)).toBe(1)
  }, 240_000)

  test("after a kill -9 it begins with the jobs that are there, of providers that are gone too", async () => {
    upstream = startUpstream(() => new Promise<Response>(() => {}))
    const dir = tempDir()
    const one = configFor(upstream, {}, { concurrency_and_buffer_size: { concurrency: 1 } }).providers.up
    gateway = await launch({ dir, config: { providers: { up: one, gone: one } } })
    for (const model of ["up/m", "up/m", "up/m", "gone/m"]) await gateway.accept(chat({ model }))
    await upstream.request(1)
    await gateway.stop("SIGKILL")
    gateway = await launch({ dir, config: { providers: { up: one } } })
    await upstream.request(2)
    const families = await scrape()
    const states = (provider: string) =>
      ["queued", "running"].map((state) =>
        readSample(families, `asyncgate_jobs{state="${state}",provider="${provider}",type="chat_completion"}`),
      )
    expect(states("up")).toEqual([2, 1])
    expect(states("unconfigured")).toEqual([1, 0])
    expect(readSample(families, 'asyncgate_queue_depth{provider="up"}')).toBe(2)
    expect(readSample(families, 'asyncgate_queue_oldest_age_seconds{provider="up"}')).toBeGreaterThan(0)
    expect(
      readSample(families, 'asyncgate_attempts_total{outcome="interrupted",provider="up",type="chat_completion"}'),
    ).toBe(1)
    upstream.answer(() => completion())
  })

  test("what the reaper deletes is counted, and when it last ran is reported", async () => {
    gateway = await launch()
    await gateway.accept(chat(), { "x-bf-async-job-result-ttl": "1" })
    const families = await scrapeUntil((now) => readSample(now, "asyncgate_reaper_jobs_pruned_total") === 1)
    expect(readSample(families, "asyncgate_reaper_last_run_timestamp_seconds")).toBeGreaterThan(
      readSample(families, "process_start_time_seconds"),
    )
  }, 240_000)
})

describe("who may read it", () => {
  let strict: Gateway
  let adminToken: string

  beforeAll(async () => {
    gateway = await launch()
    const key = { id: "vk-a", name: "a", value: "sk-bf-aaaaaaaa" }
    strict = await launch({
      config: { client: { enforce_auth_on_inference: true }, governance: { virtual_keys: [key] } },
    })
    adminToken = await strict.adminToken()
  })
  afterAll(async () => {
    await gateway.dispose()
    await strict.dispose()
  })

  test("where nobody needs a key: every program of this machine", async () => {
    expect((await gateway.fetch("/metrics")).status).toBe(200)
  })

  test.each<[string, Headers, string]>([
    ["another page", { origin: "https://evil.example" }, "origin_not_allowed"],
    [
      "a page that loads it as a picture",
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
      "origin_not_allowed",
    ],
    ["a name that was bound anew", { host: "evil.example" }, "host_not_allowed"],
  ])("never %s", async (_, headers, code) => {
    const response = await gateway.fetch("/metrics", { headers })
    expect([response.status, ((await response.json()) as Job).error.code]).toEqual([403, code])
  })

  test.each<[string, Headers]>([
    ["nobody in particular", {}],
    ["a virtual key", { "x-bf-vk": "sk-bf-aaaaaaaa" }],
    ["a virtual key as a bearer", { authorization: "Bearer sk-bf-aaaaaaaa" }],
    ["a made-up token", { authorization: `Bearer asyncgate-admin-${"A".repeat(43)}` }],
  ])("where callers need a key, not %s", async (_, headers) => {
    const response = await strict.fetch("/metrics", { headers })
    const { type, error } = (await response.json()) as Job
    expect([response.status, type, error.code]).toEqual([401, "admin_token_required", "admin_token_required"])
  })

  test("where callers need a key, the admin", async () => {
    const response = await strict.fetch("/metrics", { headers: { authorization: `Bearer ${adminToken}` } })
    expect(response.status).toBe(200)
    expect(readSample(parseExposition(await response.text()), "asyncgate_engine_up")).toBe(1)
  })
})

describe("Server-Timing", () => {
  const DURATION = /^\d+(\.\d+)?$/

  /** The durations, by their names. */
  function timing(response: Response): Record<string, string> {
    const entries = (response.headers.get("server-timing") ?? "").split(", ").map((entry) => entry.split(";dur="))
    return Object.fromEntries(entries)
  }

  beforeAll(async () => {
    upstream = startUpstream(() => new Promise<Response>(() => {}))
    gateway = await launch({
      config: {
        client: { allowed_origins: ["https://app.example.com"] },
        ...configFor(upstream, {}, { concurrency_and_buffer_size: { concurrency: 1 } }),
      },
    })
  })
  afterAll(async () => {
    await gateway.dispose()
    await upstream?.stop()
  })

  test("of a submit tells how long it took to the disk", async () => {
    const { store, ...others } = timing(await gateway.submit(chat()))
    expect(store).toMatch(DURATION)
    expect(others).toEqual({})
  })

  test("of a job tells how long it waited and ran: so far, and in the end the times between its times", async () => {
    const id = await gateway.accept(chat({ mock: { latency_ms: 50 } }))
    const first = timing(await gateway.poll(id))
    expect(first["wait"]).toMatch(DURATION)
    const last = await gateway.poll(id, { prefer: "wait=60" })
    const { wait = "", run = "" } = timing(last)
    const job = (await last.json()) as Job
    expect(Number(wait) + Number(run)).toBe(Date.parse(job.completed_at) - Date.parse(job.created_at))
    expect(Number(run)).toBeGreaterThan(0)
    expect(timing(await gateway.fetch(`/v1/async/jobs/${id}`))).toEqual({ wait, run })
  })

  test("of a job that has not begun has no run, before its end and after", async () => {
    await gateway.accept(chat({ model: "up/m" }))
    const id = await gateway.accept(chat({ model: "up/m" }))
    expect(Object.keys(timing(await gateway.poll(id)))).toEqual(["wait"])
    const cancelled = await gateway.fetch(`${CHAT}/${id}/cancel`, { method: "POST" })
    const { wait, ...others } = timing(cancelled)
    const job = (await cancelled.json()) as Job
    expect([Number(wait), others]).toEqual([Date.parse(job.completed_at) - Date.parse(job.created_at), {}])
  })

  test("may be read by a page that is let in", async () => {
    const response = await gateway.submit(chat(), { origin: "https://app.example.com" })
    expect(response.headers.get("access-control-expose-headers")).toContain("server-timing")
  })
})
