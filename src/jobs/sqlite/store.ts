// All SQL that writes: one function per transition or question. Runs in the engine thread only, on the only writing connection.
// Functions that change rows belong inside `transaction`; each transition names the state and attempt it leaves and says whether it applied.
import type { Database } from "bun:sqlite"
import { and, desc, eq, type SQL, sql } from "drizzle-orm"
import { drizzle } from "drizzle-orm/bun-sqlite"
import type {
  AttemptEnd,
  Claimed,
  ClosedQuota,
  JobFilter,
  Lane,
  NewJob,
  Start,
  State,
  Success,
  Target,
} from "../job.ts"
import { dayOf } from "../job.ts"
import { createBodyStore } from "./bodystore.ts"
import { schemaVersion, WRITER_BUSY_MS } from "./database.ts"
import { prepareChange } from "./statement.ts"
import { attempts, jobs, quotas, spending } from "./tables.ts"

/** A job as it is submitted. Times are epoch milliseconds. */
/** One statement for many is faster from so many on; for a few it costs more than one for each. */
const MANY = 8
/** What one `prune` frees: each page is overwritten, and as many take about 20 ms. One long body can be more. */
const PRUNE_PAGES_MAX = 500
/** So many attempts of a job are remembered: the first and the last, however many there were. */
const ATTEMPTS_FIRST = 20
const ATTEMPTS_LAST = 80
/** How the owner of a virtual key's jobs begins. */
const VIRTUAL_KEY_OWNER = "vk:"
/** What a job loses when it ends: an earlier version kept headers in `extras` that were secret. */
const wiped = { secret: null, extras: null }

/** What a row has that waits for its first claim. */
const queuedRow = { state: "queued", attempt: 0, keyId: null, startedAt: null, leaseUntil: null }

export type Store = ReturnType<typeof createStore>

export function createStore(database: Database) {
  const db = drizzle(database)
  const change = (query: Parameters<typeof prepareChange>[1]) => prepareChange(database, query)
  const begin = database.query("BEGIN IMMEDIATE")
  const commit = database.query("COMMIT")
  const rollback = database.query("ROLLBACK")
  const freeList = database.query<{ free: number }, []>("SELECT freelist_count AS free FROM pragma_freelist_count")
  const checkpoint = database.query<{ busy: number }, []>("PRAGMA wal_checkpoint(TRUNCATE)")
  const freePages = database.query<{ free: number; total: number }, []>(
    "SELECT freelist_count AS free, page_count AS total FROM pragma_freelist_count, pragma_page_count",
  )

  const insertJob = change(
    db.insert(jobs).values({
      number: sql.placeholder("number"),
      id: sql.placeholder("id"),
      request_id: sql.placeholder("requestId"),
      request_type: sql.placeholder("requestType"),
      owner: sql.placeholder("owner"),
      provider: sql.placeholder("provider"),
      model: sql.placeholder("model"),
      state: sql.placeholder("state"),
      priority: sql.placeholder("priority"),
      key_choice: sql.placeholder("keyChoice"),
      key_id: sql.placeholder("keyId"),
      attempt: sql.placeholder("attempt"),
      failures: 0,
      losses: 0,
      loss_retries: sql.placeholder("lossRetries"),
      crashes: 0,
      created_at: sql.placeholder("createdAt"),
      run_at: sql.placeholder("createdAt"),
      deadline_at: sql.placeholder("deadlineAt"),
      started_at: sql.placeholder("startedAt"),
      lease_until: sql.placeholder("leaseUntil"),
      ttl_ms: sql.placeholder("ttlMs"),
      form: sql.placeholder("form"),
      extras: sql.placeholder("extras"),
      warnings: sql.placeholder("warnings"),
      fallbacks: sql.placeholder("fallbacks"),
      secret: sql.placeholder("secret"),
      idempotency_key: sql.placeholder("idempotencyKey"),
      body_digest: sql.placeholder("bodyDigest"),
    }),
  )

  const insertAttempt = change(
    db.insert(attempts).values({
      job: sql.placeholder("number"),
      attempt: sql.placeholder("attempt"),
      provider: sql.placeholder("provider"),
      model: sql.placeholder("model"),
      started_at: sql.placeholder("startedAt"),
      finished_at: sql.placeholder("now"),
      outcome: sql.placeholder("outcome"),
      status: sql.placeholder("status"),
      key_name: sql.placeholder("keyName"),
      reason: sql.placeholder("reason"),
      upstream_request_id: sql.placeholder("upstreamRequestId"),
      usage: sql.placeholder("usage"),
      cost: sql.placeholder("cost"),
    }),
  )

  const deleteAttempt = change(
    db
      .delete(attempts)
      .where(and(eq(attempts.job, sql.placeholder("number")), eq(attempts.attempt, sql.placeholder("attempt")))),
  )

  const lane = {
    provider: jobs.provider,
    model: jobs.model,
    keyChoice: jobs.key_choice,
    owner: jobs.owner,
    priority: jobs.priority,
  }

  const claimed = {
    ...lane,
    number: jobs.number,
    id: jobs.id,
    requestId: jobs.request_id,
    requestType: jobs.request_type,
    keyId: jobs.key_id,
    attempt: jobs.attempt,
    failures: jobs.failures,
    losses: jobs.losses,
    providerState: jobs.provider_state,
    lossRetries: jobs.loss_retries,
    crashes: jobs.crashes,
    runAt: jobs.run_at,
    deadlineAt: jobs.deadline_at,
    startedAt: sql<number>`${jobs.started_at}`,
    createdAt: jobs.created_at,
    ttlMs: jobs.ttl_ms,
    form: jobs.form,
    extras: jobs.extras,
    fallbacks: jobs.fallbacks,
    fallbacksTried: jobs.fallbacks_tried,
    primaryError: jobs.primary_error,
    secret: jobs.secret,
  }

  const inLane = sql`state = 'queued' AND provider = ${sql.placeholder("provider")} AND model = ${sql.placeholder("model")}
    AND key_choice = ${sql.placeholder("keyChoice")} AND owner = ${sql.placeholder("owner")} AND priority = ${sql.placeholder("priority")}`

  // A state is written into the statement, not bound: SQLite uses a partial index only when it can read the condition.
  const nextInLane = sql`SELECT rowid FROM jobs WHERE ${inLane} AND run_at <= ${sql.placeholder("now")} ORDER BY run_at, rowid`
  const claimWhere = (condition: SQL) =>
    db
      .update(jobs)
      .set({
        state: "running",
        attempt: sql`${jobs.attempt} + 1`,
        started_at: sql`${sql.placeholder("now")}`,
        lease_until: sql`${sql.placeholder("leaseUntil")}`,
        key_id: sql`${sql.placeholder("keyId")}`,
      })
      .where(condition)
      .returning(claimed)
      .prepare()
  // For an IN (…) SQLite makes a table first: 31 µs for one job, which costs 6 µs without.
  const claimOne = claimWhere(sql`rowid = (${nextInLane} LIMIT 1)`)
  const claimMany = claimWhere(sql`rowid IN (${nextInLane} LIMIT ${sql.placeholder("limit")})`)

  const running = and(
    eq(jobs.number, sql.placeholder("number")),
    sql`${jobs.state} = 'running'`,
    eq(jobs.attempt, sql.placeholder("attempt")),
  )

  const succeedJob = change(
    db
      .update(jobs)
      .set({
        state: "succeeded",
        lease_until: null,
        ...wiped,
        usage: sql`${sql.placeholder("usage")}`,
        warnings: sql`coalesce(${sql.placeholder("warnings")}, ${jobs.warnings})`,
        content_kind: sql`${sql.placeholder("contentKind")}`,
        status_code: sql`${sql.placeholder("statusCode")}`,
        completed_at: sql`${sql.placeholder("now")}`,
        expires_at: sql`${sql.placeholder("now")} + ${jobs.ttl_ms}`,
      })
      .where(running),
  )

  const failJob = change(
    db
      .update(jobs)
      .set({
        state: "failed",
        lease_until: null,
        ...wiped,
        failures: sql`${jobs.failures} + 1`,
        status_code: sql`${sql.placeholder("statusCode")}`,
        error: sql`${sql.placeholder("error")}`,
        completed_at: sql`${sql.placeholder("now")}`,
        expires_at: sql`${sql.placeholder("now")} + ${jobs.ttl_ms}`,
      })
      .where(running),
  )

  const awaitJob = change(
    db
      .update(jobs)
      .set({
        state: "waiting",
        lease_until: null,
        provider_state: sql`${sql.placeholder("state")}`,
        run_at: sql`${sql.placeholder("runAt")}`,
      })
      .where(running),
  )

  const resumeDue = db
    .update(jobs)
    .set({ state: "running", lease_until: sql`${sql.placeholder("now")} + ${sql.placeholder("leaseMs")}` })
    .where(
      sql`id IN (SELECT id FROM jobs WHERE state = 'waiting' AND run_at <= ${sql.placeholder("now")} ORDER BY run_at LIMIT ${sql.placeholder("limit")})`,
    )
    .returning(claimed)
    .prepare()

  const selectNextResume = db
    .select({ at: sql<number | null>`min(${jobs.run_at})` })
    .from(jobs)
    .where(sql`state = 'waiting'`)
    .prepare()

  const selectWaiting = db.select(claimed).from(jobs).where(sql`state = 'waiting'`).prepare()

  const retryJob = change(
    db
      .update(jobs)
      .set({
        state: "queued",
        lease_until: null,
        provider_state: null,
        failures: sql`${jobs.failures} + 1`,
        losses: sql`${jobs.losses} + ${sql.placeholder("losses")}`,
        crashes: sql`${jobs.crashes} + ${sql.placeholder("crashes")}`,
        run_at: sql`${sql.placeholder("runAt")}`,
      })
      .where(running),
  )

  const requeueJob = change(
    db
      .update(jobs)
      .set({
        state: "queued",
        lease_until: null,
        provider_state: null,
        key_choice: sql`${sql.placeholder("keyChoice")}`,
        run_at: sql`${sql.placeholder("runAt")}`,
      })
      .where(running),
  )

  const redirectJob = change(
    db
      .update(jobs)
      .set({
        state: "queued",
        lease_until: null,
        provider_state: null,
        secret: sql`CASE WHEN ${sql.placeholder("keepsSecret")} THEN ${jobs.secret} END`,
        failures: 0,
        losses: 0,
        provider: sql`${sql.placeholder("provider")}`,
        model: sql`${sql.placeholder("model")}`,
        key_choice: "",
        fallbacks_tried: sql`${jobs.fallbacks_tried} + 1`,
        primary_error: sql`coalesce(${jobs.primary_error}, ${sql.placeholder("error")})`,
        run_at: sql`${sql.placeholder("now")}`,
      })
      .where(running),
  )

  const failQueued = change(
    db
      .update(jobs)
      .set({
        state: "failed",
        ...wiped,
        status_code: sql`${sql.placeholder("statusCode")}`,
        error: sql`${sql.placeholder("error")}`,
        completed_at: sql`${sql.placeholder("now")}`,
        expires_at: sql`${sql.placeholder("now")} + ${jobs.ttl_ms}`,
      })
      .where(and(eq(jobs.number, sql.placeholder("number")), sql`${jobs.state} IN ('queued', 'waiting')`)),
  )

  const selectRunning = db.select(claimed).from(jobs).where(sql`state = 'running'`).prepare()

  const selectLapsed = db
    .select(claimed)
    .from(jobs)
    .where(sql`state = 'running' AND lease_until <= ${sql.placeholder("now")}`)
    .limit(sql.placeholder("limit"))
    .prepare()

  const selectOverdue = db
    .select(claimed)
    .from(jobs)
    .where(sql`state = 'queued' AND deadline_at <= ${sql.placeholder("now")}`)
    .limit(sql.placeholder("limit"))
    .prepare()

  const selectOverdueWaiting = db
    .select(claimed)
    .from(jobs)
    .where(sql`state = 'waiting' AND deadline_at <= ${sql.placeholder("now")}`)
    .limit(sql.placeholder("limit"))
    .prepare()

  const selectNextDeadline = db
    .select({ at: sql<number | null>`min(${jobs.deadline_at})` })
    .from(jobs)
    .where(sql`state = 'queued'`)
    .prepare()

  const selectNextDeadlineWaiting = db
    .select({ at: sql<number | null>`min(${jobs.deadline_at})` })
    .from(jobs)
    .where(sql`state = 'waiting'`)
    .prepare()

  const selectNextRun = db
    .select({ at: sql<number | null>`min(${jobs.run_at})` })
    .from(jobs)
    .where(inLane)
    .prepare()

  const selectNextLane = db
    .select(lane)
    .from(jobs)
    .where(
      // Of a row of values SQLite seeks `>=` and steps over what is equal: without run_at that is the whole lane, 84 ms for a million.
      sql`state = 'queued' AND (provider, model, key_choice, owner, priority, run_at) >
        (${sql.placeholder("provider")}, ${sql.placeholder("model")}, ${sql.placeholder("keyChoice")}, ${sql.placeholder("owner")}, ${sql.placeholder("priority")}, ${sql.raw(String(Number.MAX_SAFE_INTEGER))})`,
    )
    .orderBy(jobs.provider, jobs.model, jobs.key_choice, jobs.owner, jobs.priority)
    .limit(1)
    .prepare()

  const countIn = db.select({ count: sql<number>`count(*)` }).from(jobs).where(inLane).prepare()

  const selectQueuedIn = db
    .select({ id: jobs.id })
    .from(jobs)
    .where(
      sql`${inLane} AND created_at <= ${sql.placeholder("before")} AND request_type = coalesce(${sql.placeholder("requestType")}, request_type)
        AND coalesce((attempt = 0) = ${sql.placeholder("isPending")}, 1)`,
    )
    .limit(sql.placeholder("limit"))
    .prepare()

  const saveQuota = change(
    db
      .insert(quotas)
      .values({
        provider: sql.placeholder("provider"),
        key_id: sql.placeholder("keyId"),
        model: sql.placeholder("model"),
        closed_until: sql.placeholder("closedUntil"),
        spacing_ms: sql.placeholder("spacingMs"),
      })
      .onConflictDoUpdate({
        target: [quotas.provider, quotas.key_id, quotas.model],
        set: { closed_until: sql`excluded.closed_until`, spacing_ms: sql`excluded.spacing_ms` },
      }),
  )
  const selectQuotas = db
    .select({
      provider: quotas.provider,
      keyId: quotas.key_id,
      model: quotas.model,
      closedUntil: quotas.closed_until,
      spacingMs: quotas.spacing_ms,
    })
    .from(quotas)
    .prepare()
  const deleteQuotas = change(db.delete(quotas).where(sql`closed_until <= ${sql.placeholder("before")}`))

  const addSpending = change(
    db
      .insert(spending)
      .values({
        owner: sql.placeholder("owner"),
        day: sql.placeholder("day"),
        tokens: sql.placeholder("tokens"),
        cost: sql.placeholder("cost"),
      })
      .onConflictDoUpdate({
        target: [spending.owner, spending.day],
        set: { tokens: sql`tokens + excluded.tokens`, cost: sql`cost + excluded.cost` },
      }),
  )
  const selectSpending = db
    .select({
      tokens: sql<number>`coalesce(sum(${spending.tokens}), 0)`,
      cost: sql<number>`coalesce(sum(${spending.cost}), 0)`,
    })
    .from(spending)
    .where(sql`owner = ${sql.placeholder("owner")} AND day >= ${sql.placeholder("since")}`)
    .prepare()
  const deleteSpending = change(db.delete(spending).where(sql`day < ${sql.placeholder("before")}`))

  const selectHighest = db.select({ at: jobs.created_at }).from(jobs).orderBy(desc(jobs.id)).limit(1).prepare()
  const selectNewest = db
    .select({ at: jobs.created_at })
    .from(jobs)
    .where(sql`number = (SELECT max(number) FROM jobs)`)
    .prepare()

  const selectReplay = db
    .select({ id: jobs.id, bodyDigest: jobs.body_digest, expiresAt: jobs.expires_at })
    .from(jobs)
    .where(sql`idempotency_key = ${sql.placeholder("key")}`)
    .prepare()

  const selectFound = db
    .select({ ...claimed, state: jobs.state })
    .from(jobs)
    .where(eq(jobs.id, sql.placeholder("id")))
    .prepare()

  const selectExpired = db
    .select({ id: jobs.id })
    .from(jobs)
    .where(sql`expires_at IS NOT NULL AND expires_at <= ${sql.placeholder("now")}`)
    .orderBy(jobs.expires_at)
    .limit(sql.placeholder("limit"))
    .prepare()

  const deleteJob = db
    .delete(jobs)
    .where(eq(jobs.id, sql.placeholder("id")))
    .returning({ number: jobs.number })
    .prepare()

  const selectLastNumber = database.query<{ number: number }, []>(
    "SELECT max((SELECT coalesce(max(number), 0) FROM jobs), (SELECT coalesce(max(number), 0) FROM uploads)) AS number",
  )

  const cancelJob = change(
    db
      .update(jobs)
      .set({
        state: "cancelled",
        lease_until: null,
        ...wiped,
        status_code: sql`${sql.placeholder("statusCode")}`,
        error: sql`${sql.placeholder("error")}`,
        completed_at: sql`${sql.placeholder("now")}`,
        expires_at: sql`${sql.placeholder("now")} + ${jobs.ttl_ms}`,
      })
      .where(and(eq(jobs.id, sql.placeholder("id")), sql`${jobs.state} IN ('queued', 'waiting', 'running')`)),
  )

  const countQueued = db
    .select({ provider: jobs.provider, count: sql<number>`count(*)` })
    .from(jobs)
    .where(sql`state = 'queued'`)
    .groupBy(jobs.provider)
    .prepare()

  /** Whether the log may still hold what was deleted. */
  let hasDeleted = false
  function* eachLane(): Generator<Lane> {
    for (let last: Lane = { provider: "", model: "", keyChoice: "", owner: "", priority: -1 }; ; ) {
      const next = selectNextLane.get({ ...last })
      if (!next) return
      yield next
      last = next
    }
  }

  /** That of the newest job there is or will be: what was rolled back leaves a gap. */
  let lastNumber = selectLastNumber.get()?.number ?? 0
  const bodies = createBodyStore(
    database,
    db,
    () => ++lastNumber,
    () => {
      hasDeleted = true
    },
  )

  function remove(id: string): boolean {
    const [deleted] = deleteJob.all({ id })
    if (!deleted) return false
    bodies.delete(deleted.number)
    return true
  }

  /** Remembers the attempt of a job of which so many rows were `moved`; whether it did. */
  function ended(moved: number, job: Claimed, end: AttemptEnd, now: number): boolean {
    if (moved === 0) return false
    const { number, attempt, provider, model, startedAt, owner } = job
    const { used, ...rest } = end
    const usage = used === null ? null : JSON.stringify(used)
    insertAttempt({ number, attempt, provider, model, startedAt, now, usage, ...rest })
    if (attempt > ATTEMPTS_FIRST + ATTEMPTS_LAST) deleteAttempt({ number, attempt: attempt - ATTEMPTS_LAST })
    if (owner.startsWith(VIRTUAL_KEY_OWNER) && (used !== null || end.cost !== null)) {
      const tokens = (used?.input_tokens ?? 0) + (used?.output_tokens ?? 0)
      addSpending({ owner, day: dayOf(now), tokens, cost: end.cost ?? 0 })
    }
    return true
  }

  return {
    /** All of `work` is on disk when this returns, or none of it when it throws. */
    transaction<T>(work: () => T): T {
      begin.run()
      try {
        const result = work()
        commit.run()
        return result
      } catch (error) {
        // A full disk rolls back by itself; a second rollback would hide the first error.
        if (database.inTransaction) rollback.run()
        throw error
      }
    },

    /** Stores a job; with `first` it goes out at once, as if it had been claimed in the same moment: the job as a claim gives it. */
    submit(job: NewJob, first: Start | null = null): Claimed | null {
      const { body } = job
      const secret = job.secret === null ? null : Buffer.from(job.secret, "base64")
      // One whose body is there has its number already.
      const number = (body === null ? bodies.takeUpload(job.id) : null) ?? ++lastNumber
      insertJob({ ...job, ...(first ? { ...first, state: "running", attempt: 1 } : queuedRow), number, secret })
      if (body !== null) bodies.put(number, "request", body)
      if (first === null) return null
      return {
        number,
        id: job.id,
        requestId: job.requestId,
        requestType: job.requestType,
        provider: job.provider,
        model: job.model,
        keyChoice: job.keyChoice,
        owner: job.owner,
        priority: job.priority,
        attempt: 1,
        failures: 0,
        losses: 0,
        lossRetries: job.lossRetries,
        crashes: 0,
        runAt: job.createdAt,
        deadlineAt: job.deadlineAt,
        startedAt: first.startedAt,
        createdAt: job.createdAt,
        ttlMs: job.ttlMs,
        providerState: null,
        keyId: first.keyId,
        form: job.form,
        extras: job.extras,
        fallbacks: job.fallbacks,
        fallbacksTried: 0,
        primaryError: null,
        secret,
      }
    },

    /** The job that came with this Idempotency-Key before and is still kept, or null. */
    replayOf(idempotencyKey: string, now: number): { id: string; bodyDigest: string | null } | null {
      const job = selectReplay.get({ key: idempotencyKey })
      if (!job) return null
      if (job.expiresAt === null || job.expiresAt > now) return job
      // Expiry holds at once: the reaper may just not have been here.
      remove(job.id)
      return null
    },

    /** See bodystore.ts. */
    stage: bodies.stage,
    upload: bodies.upload,
    discard: bodies.discard,
    uploads: bodies.uploads,
    requestBody: bodies.request,
    requestPiece: bodies.requestPiece,

    /** Takes up to `limit` due jobs of a lane, oldest first, each with a new attempt and a lease, to go out with this key. */
    claim(from: Lane, keyId: string | null, now: number, leaseUntil: number, limit: number): Claimed[] {
      const values = { ...from, keyId, now, leaseUntil }
      const jobs: Claimed[] = []
      while (jobs.length < Math.min(limit, MANY)) {
        const job = claimOne.get(values)
        if (!job) return jobs
        jobs.push(job)
      }
      if (jobs.length === limit) return jobs
      const rest = claimMany.all({ ...values, limit: limit - jobs.length })
      return [...jobs, ...rest.sort((a, b) => (a.id < b.id ? -1 : 1))]
    },

    succeed(job: Claimed, end: AttemptEnd, success: Success, now: number): boolean {
      const { result, usage, warnings, content, isStaged } = success
      const values = {
        number: job.number,
        attempt: job.attempt,
        statusCode: 200,
        usage,
        warnings: warnings === undefined ? null : JSON.stringify(warnings),
        contentKind: content?.type ?? null,
        now,
      }
      if (!ended(succeedJob(values), job, end, now)) return false
      if (isStaged) return true
      if (mayHaveAnswer(job)) bodies.clearAnswer(job.number)
      bodies.put(job.number, "result", result)
      if (content) bodies.put(job.number, "content", content.bytes)
      return true
    },

    /** The provider works on it; asked again at `runAt`. The attempt goes on, so that nothing is remembered of it yet. */
    await(job: Claimed, state: string, runAt: number): boolean {
      return awaitJob({ number: job.number, attempt: job.attempt, state, runAt }) > 0
    },

    /** Takes up to `limit` jobs whose provider is to be asked now, each under a new lease. */
    resume(now: number, leaseMs: number, limit: number): Claimed[] {
      return resumeDue.all({ now, leaseMs, limit })
    },

    /** When the next of them is due, or null. */
    nextResumeAt(): number | null {
      return selectNextResume.get()?.at ?? null
    },

    waiting(): Claimed[] {
      return selectWaiting.all()
    },

    /** Tried again at `runAt`; a try is spent. */
    retry(
      job: Claimed,
      end: AttemptEnd,
      { runAt, isLoss, isCrash }: { runAt: number; isLoss: boolean; isCrash: boolean },
      now: number,
    ): boolean {
      const values = {
        number: job.number,
        attempt: job.attempt,
        runAt,
        losses: Number(isLoss),
        crashes: Number(isCrash),
      }
      return ended(retryJob(values), job, end, now)
    },

    /** Back to the queue, due at `runAt`, no try spent; what it may go out with can have become less. */
    park(job: Claimed, end: AttemptEnd, keyChoice: string, runAt: number, now: number): boolean {
      return ended(requeueJob({ number: job.number, attempt: job.attempt, keyChoice, runAt }), job, end, now)
    },

    /**
     * Its provider has failed it: on to the next target, which has a budget of its own. The first failure's `error` stays.
     * The caller's secret goes where no other provider gets anything of it.
     */
    fallBack(
      job: Claimed,
      end: AttemptEnd,
      { next, error, keepsSecret }: { next: Target; error: string; keepsSecret: boolean },
      now: number,
    ): boolean {
      const { number, attempt } = job
      const values = { number, attempt, ...next, error, keepsSecret: Number(keepsSecret), now }
      return ended(redirectJob(values), job, end, now)
    },

    /** `raw` is what the provider sent, kept when it could not be read as a result. */
    fail(job: Claimed, end: AttemptEnd, statusCode: number, error: string, now: number, raw?: string): boolean {
      if (!ended(failJob({ number: job.number, attempt: job.attempt, statusCode, error, now }), job, end, now))
        return false
      if (mayHaveAnswer(job)) bodies.clearAnswer(job.number)
      if (raw !== undefined) bodies.put(job.number, "result", raw)
      return true
    },

    /** A job that waited beyond its time. `end` is that of the attempt that waited for the provider's own job, if any. */
    expire(job: Claimed, end: AttemptEnd | null, statusCode: number, error: string, now: number): boolean {
      const moved = failQueued({ number: job.number, statusCode, error, now })
      return end === null ? moved > 0 : ended(moved, job, end, now)
    },

    /** The caller wants it no more. `running` is its attempt that is cut off, and how. */
    cancel(
      id: string,
      statusCode: number,
      error: string,
      now: number,
      running: { job: Claimed; end: AttemptEnd } | null,
    ): boolean {
      const moved = cancelJob({ id, statusCode, error, now })
      return running === null ? moved > 0 : ended(moved, running.job, running.end, now)
    },

    /** Deletes a job with all that hangs on it, whatever its state; whether it was there. */
    remove,

    find(id: string): (Claimed & { state: State }) | null {
      return selectFound.get({ id }) ?? null
    },

    running(): Claimed[] {
      return selectRunning.all()
    },

    /** Running jobs whose lease ran out. */
    lapsed(now: number, limit: number): Claimed[] {
      return selectLapsed.all({ now, limit })
    },

    /** Queued and waiting jobs whose deadline has passed. */
    overdue(now: number, limit: number): Claimed[] {
      return [...selectOverdue.all({ now, limit }), ...selectOverdueWaiting.all({ now, limit })]
    },

    /** When the first of them passes, or null. */
    nextDeadline(): number | null {
      const times = [selectNextDeadline.get()?.at, selectNextDeadlineWaiting.get()?.at].flatMap((at) => at ?? [])
      return times.length === 0 ? null : Math.min(...times)
    },

    /** When the lane's next job is due, or null. */
    nextRunAt(from: Lane): number | null {
      return selectNextRun.get({ ...from })?.at ?? null
    },

    /** The lanes that have jobs. One step through the index for each, however many jobs there are. */
    lanes(): Lane[] {
      return [...eachLane()]
    },

    /** As `lanes`, each found when it is asked for. */
    eachLane,

    /** How many jobs are queued in a lane. */
    countIn(from: Lane): number {
      return countIn.get({ ...from })?.count ?? 0
    },

    /** Up to `limit` jobs of a lane that fit and were made by then. */
    queuedIn(from: Lane, filter: JobFilter, before: number, limit: number): string[] {
      const { requestType, isPending } = filter
      const values = { ...from, requestType, isPending: isPending === null ? null : Number(isPending), before, limit }
      return selectQueuedIn.all(values).map((row) => row.id)
    },

    /** Remembers what a 429 closed, so that a restart does not open it. */
    saveQuota(quota: ClosedQuota): void {
      const { provider, keyId, model, closedUntil, spacingMs } = quota
      saveQuota({ provider, keyId, model, closedUntil, spacingMs })
    },

    quotas(): ClosedQuota[] {
      return selectQuotas.all()
    },

    /** What an owner's attempts have used since that day: see `dayOf`. */
    spentSince(owner: string, since: number): { tokens: number; cost: number } {
      return selectSpending.get({ owner, since }) ?? { tokens: 0, cost: 0 }
    },

    /** Forgets quotas that opened before, and days before that one. */
    forget(quotasBefore: number, daysBefore: number): void {
      deleteQuotas({ before: quotasBefore })
      deleteSpending({ before: daysBefore })
    },

    /** When the newest job was made, or null. */
    latestCreatedAt(): number | null {
      // The highest id says when, as long as no clock was set back; the newest row, since the last one was.
      const times = [selectHighest.get(), selectNewest.get()].flatMap((row) => (row ? [row.at] : []))
      return times.length === 0 ? null : Math.max(...times)
    },

    /** The number of the newest job. */
    lastNumber: () => lastNumber,

    /**
     * The clock was set back by so much, to `now`, after the job `last` was made: what was unfinished waits no longer for that.
     * Nothing was made after now, or the next start would set all of it back once more.
     */
    setBack(byMs: number, now: number, last: number): void {
      database.run(
        `UPDATE jobs SET run_at = run_at - ?, deadline_at = deadline_at - ?
         WHERE state IN ('queued', 'waiting', 'running') AND number <= ?`,
        [byMs, byMs, last],
      )
      database.run("UPDATE jobs SET created_at = ? WHERE created_at > ? AND number <= ?", [now, now, last])
      database.run("UPDATE quotas SET closed_until = closed_until - ?", [byMs])
    },

    /** Deletes up to `limit` terminal jobs past their time, fewer where they are long, with all that hangs on them; how many. */
    prune(now: number, limit: number): number {
      const free = () => freeList.get()?.free ?? 0
      const freeMax = free() + PRUNE_PAGES_MAX
      let count = 0
      for (const { id } of selectExpired.all({ now, limit })) {
        remove(id)
        count++
        if (free() > freeMax) break
      }
      return count
    },

    queuedByProvider(): Map<string, number> {
      return new Map(countQueued.all().map((row) => [row.provider, row.count]))
    },

    /** How many unfinished jobs of that state there are. Looks at each of them: 0.3 s for a million. */
    unfinished(state: "queued" | "running" | "waiting"): { provider: string; requestType: string; count: number }[] {
      // Asked once, at the start.
      return database
        .query<{ provider: string; requestType: string; count: number }, []>(
          `SELECT provider, request_type AS requestType, count(*) AS count FROM jobs WHERE state = '${state}' GROUP BY 1, 2`,
        )
        .all()
    },

    /**
     * Gives up to `pages` free pages back to the disk; whether there are more to give.
     * A quarter of the file may stay free: pages that new jobs take again at once are not worth two writes.
     */
    shrink(pages: number): boolean {
      const { free, total } = freePages.get() ?? { free: 0, total: 0 }
      const spare = Math.floor(free - total / 4)
      // With .get() this pragma frees a single page.
      if (spare > 0) database.run(`PRAGMA incremental_vacuum(${Math.min(spare, pages)})`)
      return spare > pages
    },

    /**
     * Puts the log into the database and empties it, when something was deleted since the last time: its old pages may hold that.
     * Whether there is nothing left to do: a reader in the midst of a question stops it.
     */
    fold(): boolean {
      if (!hasDeleted) return true
      database.run("PRAGMA busy_timeout = 0")
      try {
        if (checkpoint.get()?.busy === 0) hasDeleted = false
      } finally {
        database.run(`PRAGMA busy_timeout = ${WRITER_BUSY_MS}`)
      }
      return !hasDeleted
    },

    /** A write that changes nothing, to know whether the disk takes writes. */
    probe(): void {
      database.run(`PRAGMA user_version = ${schemaVersion}`)
    },

    /** Folds the log into the database and closes it. */
    close(): void {
      database.run("PRAGMA wal_checkpoint(TRUNCATE)")
      database.close()
    },
  }
}

/** Whether a part of an answer may be stored of a call before this one. */
function mayHaveAnswer({ attempt, providerState }: Claimed): boolean {
  return attempt > 1 || providerState !== null
}
