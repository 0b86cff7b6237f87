import { describe, expect, test } from "bun:test"
import { GatewayError } from "../../../src/errors.ts"
import { bifrost } from "../../../src/http/dialects/bifrost.ts"
import type { Details, Exchange, Listing, StoredExchange } from "../../../src/http/dialects/dialect.ts"
import { writeFullJob } from "../../../src/http/dialects/jobdetails.ts"
import { formatTime } from "../../../src/http/dialects/jobobject.ts"
import { toResponse } from "../../../src/http/reply.ts"
import { readResult } from "../../../src/http/result.ts"
import { BODY_PIECE_BYTES } from "../../../src/jobs/job.ts"
import type { AttemptView, JobRow } from "../../../src/jobs/reads.ts"
import { claimedFrom, createWorld, doTurn, insertJob, makeFinish, NOON } from "../../factory.ts"

function row(over: Partial<JobRow> = {}): JobRow {
  return {
    id: "019d6b1c-8f3a-7c52-9a41-5e0c7d2b6f18",
    requestId: "request",
    requestType: "chat_completion",
    owner: "",
    provider: "p",
    model: "m",
    state: "queued",
    keyChoice: "",
    priority: 1,
    keyId: null,
    attempt: 0,
    failures: 0,
    createdAt: NOON - 5000,
    startedAt: null,
    runAt: NOON - 5000,
    deadlineAt: NOON + 60_000,
    completedAt: null,
    expiresAt: null,
    statusCode: null,
    error: null,
    usage: null,
    warnings: null,
    contentKind: null,
    originId: null,
    ...over,
  }
}

function listed(over: Partial<Listing["jobs"][number]> = {}): Listing["jobs"][number] {
  return { ...row(), cost: null, keyName: null, upstreamRequestId: null, batchId: null, ownedBy: undefined, ...over }
}

const ended: AttemptView = {
  attempt: 1,
  provider: "p",
  model: "m",
  startedAt: NOON - 3000,
  finishedAt: NOON - 1000,
  outcome: "answered",
  status: 200,
  keyName: "main",
  reason: null,
  upstreamRequestId: "req-1",
  usage: '{"input_tokens":3,"output_tokens":4}',
  cost: 0.0025,
}

function details(over: Partial<Details> = {}): Details {
  const none = { attempts: [], line: null, keyName: null, position: 0, closedUntil: null, lack: null }
  return { ...none, ownedBy: undefined, resultBytes: null, ...over }
}

const viewJob = (job: JobRow, details: Details) => writeFullJob(job, details, NOON)

function exchange(over: Partial<Exchange> = {}): Exchange {
  return { requestId: "request-2", waitSeconds: null, now: NOON, details: null, stored: null, ...over }
}

describe("the full view", () => {
  test.each([
    [0, "low"],
    [1, "normal"],
    [2, "high"],
  ])("shows priority %i as %s, and the deadline", (priority, word) => {
    expect(viewJob(row({ priority }), details())).toMatchObject({
      priority: word,
      deadline_at: "2026-11-20T00:01:00.000Z",
    })
  })

  test("shows the usage with the numbers that the provider wrote", () => {
    const usage = '{"total_tokens":12345678901234567890,"seconds":1.10}'
    const shown = viewJob(row({ usage }), details({ attempts: [{ ...ended, usage }] }))
    expect(JSON.stringify(shown).split(usage)).toHaveLength(3)
  })

  test("shows of an attempt what it used, what it cost, and the provider's own id of it", () => {
    const { attempts } = viewJob(row({ state: "succeeded", attempt: 1 }), details({ attempts: [ended] }))
    expect(attempts).toEqual([
      {
        attempt: 1,
        provider: "p",
        key_name: "main",
        model: "m",
        queued_at: "2026-11-19T23:59:55.000Z",
        waited_ms: 2000,
        started_at: "2026-11-19T23:59:57.000Z",
        finished_at: "2026-11-19T23:59:59.000Z",
        status_code: 200,
        outcome: "answered",
        reason: null,
        upstream_request_id: "req-1",
        usage: { input_tokens: 3, output_tokens: 4 },
        cost_usd: 0.0025,
      },
    ])
  })

  test("shows how long a job waited for each attempt, where the one before it is stored, and what all have cost", () => {
    const second = { ...ended, attempt: 2, startedAt: NOON - 400, finishedAt: NOON - 300, cost: null }
    const later = { ...ended, attempt: 80, startedAt: NOON - 200, finishedAt: NOON - 100 }
    const view = viewJob(row({ state: "failed", attempt: 80 }), details({ attempts: [ended, second, later] }))
    expect(view.attempts.map(({ waited_ms }) => waited_ms)).toEqual([2000, 600, null])
    expect(view.attempts[2]?.queued_at).toBeNull()
    expect(view.cost_usd).toBe(0.005)
    expect(viewJob(row(), details()).cost_usd).toBeNull()
  })

  test("says how many attempts it leaves out, where a job had very many", () => {
    const attempts = Array.from({ length: 100 }, (_, n) => ({ ...ended, attempt: n + 1 }))
    const of = (over: Partial<JobRow>, kept = attempts) => viewJob(row(over), details({ attempts: kept }))
    expect(of({ state: "queued", attempt: 590 }).attempts_omitted).toBe(490)
    expect(of({ state: "running", attempt: 591, startedAt: NOON }).attempts_omitted).toBe(490)
    expect(of({ state: "queued", attempt: 100 })).not.toHaveProperty("attempts_omitted")
  })

  test("shows the attempt under way as the last one, in the same members", () => {
    const running = row({ state: "running", attempt: 2, startedAt: NOON - 500, model: "n" })
    const { attempts } = viewJob(running, details({ attempts: [ended], keyName: "second" }))
    expect(attempts).toHaveLength(2)
    expect(attempts[1]).toEqual({
      attempt: 2,
      provider: "p",
      key_name: "second",
      model: "n",
      queued_at: "2026-11-19T23:59:59.000Z",
      waited_ms: 500,
      started_at: "2026-11-19T23:59:59.500Z",
      finished_at: null,
      status_code: null,
      outcome: "running",
      reason: null,
      upstream_request_id: null,
      usage: null,
      cost_usd: null,
    })
    expect(Object.keys(attempts[1] ?? {})).toEqual(Object.keys(attempts[0] ?? {}))
  })

  test("shows it of a job that waits for an upstream job", () => {
    const { attempts } = viewJob(row({ state: "waiting", attempt: 1, startedAt: NOON }), details())
    expect(attempts).toMatchObject([{ attempt: 1, finished_at: null, outcome: "waiting" }])
  })

  test.each(["queued", "succeeded", "failed", "cancelled"] as const)(
    "shows no attempt under way of a job that is %s",
    (state) => {
      const { attempts } = viewJob(row({ state, attempt: 1, startedAt: NOON }), details({ attempts: [ended] }))
      expect(attempts.map(({ outcome }) => outcome)).toEqual(["answered"])
    },
  )
})

describe("a result", () => {
  const SOUND = Buffer.from("the bytes of a sound")
  const speech = { type: "audio/mpeg", bytes: SOUND }
  const around = (length: number) => `{"audio":"","note":"${"é".repeat(length)}"}`

  test.each([
    ["is short", 3],
    ["fills its piece to the last byte", (BODY_PIECE_BYTES - around(0).length) / 2],
    ["takes several pieces", BODY_PIECE_BYTES],
  ])("is shown whole where its text %s, with bytes beside it and without", async (_, length) => {
    const world = createWorld()
    for (const content of [undefined, speech]) {
      const job = insertJob(world.database, "running")
      const result = around(length)
      const answer = { result, usage: null, ...(content === undefined ? {} : { content }) }
      doTurn(world.store, makeFinish(claimedFrom(job), { answer }))
      world.reads.refresh()
      const view = world.reads.job(job.id, NOON)
      if (!view) throw new Error("the job is not there")
      const response = toResponse(bifrost.ended(view, readResult(view, world.reads), exchange()))
      const { result: shown } = (await response.json()) as { result: unknown }
      const audio = content === undefined ? "" : SOUND.toString("base64")
      expect(shown).toEqual({ audio, note: "é".repeat(length) })
    }
    world.dispose()
  })
})

test("a time is written as toISOString writes it", () => {
  const times = [0, 59_999, 60_000, NOON, NOON + 1, NOON + 59_999, NOON + 30 * 86_400_000]
  for (let at = 1; at < 3000; at++) times.push(NOON + at * 61_001)
  expect(times.map(formatTime)).toEqual(times.map((ms) => new Date(ms).toISOString()))
})

describe("the place in the queue", () => {
  const queueOf = (job: Partial<JobRow>, over: Partial<Details> = {}) => viewJob(row(job), details(over)).queue

  test("is shown of queued jobs alone", () => {
    expect(queueOf({})).toBeDefined()
    expect(queueOf({ state: "running", attempt: 1, startedAt: NOON })).toBeUndefined()
  })

  test("names what the configuration lacks, before all else", () => {
    const lack =
      "no keys found for provider: p and model: m: set P_API_KEY, or add a key to providers.p.keys in config.json"
    expect(queueOf({}, { lack, closedUntil: NOON + 30_000 })?.reason).toBe(lack)
    const last = { ...ended, outcome: "misconfigured", reason: "p: no credentials" }
    const job = { attempt: 1, startedAt: NOON, runAt: NOON + 40_000 }
    expect(queueOf(job, { attempts: [last] })?.reason).toBe("p: no credentials; it is tried again at runs_at")
  })

  test("names the 429 that closed the quota, and no time before it opens", () => {
    expect(queueOf({ attempt: 1, startedAt: NOON }, { closedUntil: NOON + 30_000, position: 4 })).toEqual({
      position: 4,
      runs_at: "2026-11-20T00:00:30.000Z",
      reason: "provider p answered 429: it takes no calls for model m before runs_at",
    })
  })

  test("names the backoff where that is longer than the quota is closed", () => {
    const job = { attempt: 1, startedAt: NOON, runAt: NOON + 40_000 }
    expect(queueOf(job, { closedUntil: NOON + 30_000 })).toEqual({
      position: 0,
      runs_at: "2026-11-20T00:00:40.000Z",
      reason: "attempt 1 did not succeed; it is tried again at runs_at",
    })
  })

  test("names the jobs before it, else the calls that are out", () => {
    expect(queueOf({}, { position: 3 })?.reason).toBe(
      "3 of its caller's jobs for the same model and of the same priority are due before it",
    )
    expect(queueOf({})?.reason).toBe("all calls that provider p or its caller may have at one time are out")
  })
})

describe("on Bifrost's wire", () => {
  const ENDED = { completedAt: NOON - 1000, expiresAt: NOON + 60_000, attempt: 1, startedAt: NOON - 3000 }
  const stored: StoredExchange = { path: "/rerank", isReplayed: false, storedMs: 1.256 }

  test("a job that was just stored is a 202 that says where it is and when to ask for it", () => {
    const job = row({ requestId: "request-1" })
    const reply = bifrost.accepted(job, 1500, { ...exchange(), stored })
    expect(reply).toEqual({
      status: 202,
      headers: {
        "content-type": "application/json",
        location: `/v1/async/rerank/${job.id}`,
        "x-request-id": "request-2",
        "retry-after": "2",
        "openai-poll-after-ms": "1500",
        "server-timing": "store;dur=1.26",
      },
      body: `{"id":"${job.id}","request_id":"request-1","status":"pending","created_at":"2026-11-19T23:59:55.000Z"}\n`,
    })
  })

  test("what the client asked for is said back: that it waited, and that its Idempotency-Key came before", () => {
    const replayed = { ...exchange({ waitSeconds: 5 }), stored: { ...stored, isReplayed: true } }
    const said = { "preference-applied": "wait=5", "idempotent-replayed": "true" }
    expect(bifrost.accepted(row(), 50, replayed).headers).toMatchObject(said)
    const done = row({ ...ENDED, state: "succeeded", statusCode: 200 })
    expect(bifrost.ended(done, "{}", replayed).headers).toMatchObject({
      ...said,
      location: `/v1/async/rerank/${done.id}`,
    })
  })

  test("a job that has not ended is a 202, and never says less than a second", () => {
    const reply = bifrost.pending(row({ state: "running", attempt: 1, startedAt: NOON - 10 }), 50, exchange())
    expect(reply.status).toBe(202)
    expect(reply.headers).toEqual({
      "content-type": "application/json",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      "x-request-id": "request-2",
      "retry-after": "1",
      "openai-poll-after-ms": "50",
      "server-timing": "wait;dur=4990, run;dur=10",
    })
    expect(JSON.parse(reply.body as string)).toMatchObject({ status: "processing" })
  })

  test("an end is a 200, with the stored result or error as it is, byte for byte", () => {
    const result = '{ "a" : 1.0, "a": 2e0 }'
    const done = bifrost.ended(row({ ...ENDED, state: "succeeded", statusCode: 200 }), result, exchange())
    expect(done.status).toBe(200)
    expect(done.headers).not.toHaveProperty("retry-after")
    expect(done.body).toEndWith(`,"status_code":200,"result":${result}}\n`)
    const error = '{"is_bifrost_error":false , "status_code":502}'
    const failed = bifrost.ended(row({ ...ENDED, state: "failed", statusCode: 502, error }), null, exchange())
    expect(failed.status).toBe(200)
    expect(failed.body).toEndWith(`,"status_code":502,"error":${error}}\n`)
  })

  test("a refusal has the status of its code, the error object, and when to come back", () => {
    const refusal = new GatewayError("queue_full", "too many", { retryAfter: 5, fields: { provider: "p" } })
    const { status, headers, body } = bifrost.refused(refusal, "request-2")
    expect(status).toBe(429)
    expect(headers).toEqual({
      "content-type": "application/json",
      "x-content-type-options": "nosniff",
      "x-request-id": "request-2",
      "retry-after": "5",
    })
    expect(JSON.parse(body as string)).toEqual({
      type: "rate_limited",
      is_bifrost_error: false,
      status_code: 429,
      error: { type: "rate_limited", code: "queue_full", message: "too many" },
      extra_fields: { provider: "p" },
    })
  })

  test("a page of jobs says where the next one is, and has errors cut to what a list can hold", () => {
    const error = JSON.stringify({
      is_bifrost_error: false,
      error: { message: "x".repeat(9999), innererror: { a: 1 } },
      extra_fields: {},
    })
    const job = listed({ ...ENDED, state: "failed", statusCode: 500, error })
    const { headers, body } = bifrost.listed(
      { jobs: [job], next: "after-this", revision: "r1" },
      "/v1/async/jobs?after=x",
      "r",
    )
    expect(headers["link"]).toBe('</v1/async/jobs?after=x>; rel="next"')
    const page = JSON.parse(body as string)
    expect(page).toMatchObject({ object: "list", first_id: job.id, last_id: "after-this", has_more: true })
    expect(page.data[0].error.error.message.length).toBeLessThan(600)
    expect(page.data[0].error.error).not.toHaveProperty("innererror")
    const last = bifrost.listed({ jobs: [], next: null, revision: "r1" }, null, "r")
    expect(last.headers).not.toHaveProperty("link")
    expect(JSON.parse(last.body as string)).toEqual({
      object: "list",
      data: [],
      first_id: null,
      last_id: null,
      has_more: false,
      revision: "r1",
    })
  })

  test("a page shows of each job what it used, what it cost, with which key and whose it is", () => {
    const usage = '{"input_tokens":3,"output_tokens":4,"seconds":1.5}'
    const job = listed({
      ...ENDED,
      state: "succeeded",
      attempt: 2,
      startedAt: NOON - 500,
      usage,
      cost: 0.5,
      keyName: "main",
    })
    const show = (over: Partial<Listing["jobs"][number]>) =>
      JSON.parse(bifrost.listed({ jobs: [{ ...job, ...over }], next: null, revision: "r1" }, null, "r").body as string)
        .data[0]
    expect(show({})).toMatchObject({
      state: "succeeded",
      started_at: "2026-11-19T23:59:59.500Z",
      priority: "normal",
      attempts: 2,
      key_name: "main",
      usage: { input_tokens: 3, output_tokens: 4, seconds: 1.5, total_tokens: 7 },
      cost_usd: 0.5,
      content_type: null,
      origin_id: null,
    })
    expect(show({})).not.toHaveProperty("owner")
    expect(show({ ownedBy: null }).owner).toBeNull()
    expect(show({ usage: '{"images":2}' }).usage).toEqual({ images: 2 })
    expect(show({ usage: null, cost: null, startedAt: null })).toMatchObject({
      usage: null,
      cost_usd: null,
      started_at: null,
    })
  })

  test("its functions change nothing of what they are given, and answer the same again", () => {
    const job = Object.freeze(row({ ...ENDED, state: "succeeded", statusCode: 200 }))
    const asked = Object.freeze(exchange())
    expect(bifrost.ended(job, "{}", asked)).toEqual(bifrost.ended(job, "{}", asked))
    expect(bifrost.pending(job, 50, asked)).toEqual(bifrost.pending(job, 50, asked))
  })
})
