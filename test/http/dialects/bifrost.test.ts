import { describe, expect, test } from "bun:test"
import { answerFor, type Details, fullJob, timeOf, wireJob } from "../../../src/http/dialects/bifrost.ts"
import { createPace } from "../../../src/http/pace.ts"
import { BODY_PIECE_BYTES } from "../../../src/jobs/sqlite/pieces.ts"
import type { AttemptView, JobRow } from "../../../src/jobs/sqlite/reads.ts"
import { claimedFrom, createWorld, doTurn, finishOf, insertJob, NOON } from "../../factory.ts"

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
    ...over,
  }
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
  return { attempts: [], keyName: null, position: 0, closedUntil: null, lack: null, now: NOON, ...over }
}

describe("the full view", () => {
  test.each([
    [0, "low"],
    [1, "normal"],
    [2, "high"],
  ])("tells priority %i as %s, and the deadline", (priority, word) => {
    expect(fullJob(row({ priority }), details())).toMatchObject({
      priority: word,
      deadline_at: "2026-11-20T00:01:00.000Z",
    })
  })

  test("tells of an attempt what it used, what it cost, and the provider's own id of it", () => {
    const { attempts } = fullJob(row({ state: "succeeded", attempt: 1 }), details({ attempts: [ended] }))
    expect(attempts).toEqual([
      {
        attempt: 1,
        provider: "p",
        key_name: "main",
        model: "m",
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

  test("says how many attempts it leaves out, where a job had very many", () => {
    const attempts = Array.from({ length: 100 }, (_, n) => ({ ...ended, attempt: n + 1 }))
    const of = (over: Partial<JobRow>, kept = attempts) => fullJob(row(over), details({ attempts: kept }))
    expect(of({ state: "queued", attempt: 590 }).attempts_omitted).toBe(490)
    expect(of({ state: "running", attempt: 591, startedAt: NOON }).attempts_omitted).toBe(490)
    expect(of({ state: "queued", attempt: 100 })).not.toHaveProperty("attempts_omitted")
  })

  test("tells the attempt under way as the last one, in the same members", () => {
    const running = row({ state: "running", attempt: 2, startedAt: NOON - 500, model: "n" })
    const { attempts } = fullJob(running, details({ attempts: [ended], keyName: "second" }))
    expect(attempts).toHaveLength(2)
    expect(attempts[1]).toEqual({
      attempt: 2,
      provider: "p",
      key_name: "second",
      model: "n",
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

  test("tells it of a job that waits for the provider's own job", () => {
    const { attempts } = fullJob(row({ state: "waiting", attempt: 1, startedAt: NOON }), details())
    expect(attempts).toMatchObject([{ attempt: 1, finished_at: null, outcome: "waiting" }])
  })

  test.each(["queued", "succeeded", "failed", "cancelled"] as const)(
    "tells no attempt under way of a job that is %s",
    (state) => {
      const { attempts } = fullJob(row({ state, attempt: 1, startedAt: NOON }), details({ attempts: [ended] }))
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
  ])("is told whole where its text %s, with bytes beside it and without", async (_, length) => {
    const world = createWorld()
    for (const content of [undefined, speech]) {
      const job = insertJob(world.database, "running")
      const result = around(length)
      const answer = { result, usage: null, ...(content === undefined ? {} : { content }) }
      doTurn(world.store, finishOf(claimedFrom(job), { answer }))
      world.reads.refresh()
      const view = world.reads.job(job.id, NOON)
      if (!view) throw new Error("the job is not there")
      const context = { reads: world.reads, pace: createPace(), now: NOON, headers: {} }
      const told = (await answerFor(view, wireJob(view), context).json()) as { result: unknown }
      const audio = content === undefined ? "" : SOUND.toString("base64")
      expect(told.result).toEqual({ audio, note: "é".repeat(length) })
    }
    world.dispose()
  })
})

test("a time is told as toISOString tells it", () => {
  const times = [0, 59_999, 60_000, NOON, NOON + 1, NOON + 59_999, NOON + 30 * 86_400_000]
  for (let at = 1; at < 3000; at++) times.push(NOON + at * 61_001)
  expect(times.map(timeOf)).toEqual(times.map((ms) => new Date(ms).toISOString()))
})

describe("the place in the queue", () => {
  const queueOf = (job: Partial<JobRow>, over: Partial<Details> = {}) => fullJob(row(job), details(over)).queue

  test("is told of queued jobs alone", () => {
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
