// All SQL that writes: one function per transition or question. Runs in the engine thread only, on the only writing connection.
// Functions that change rows belong inside `transaction`; each transition names the state and attempt it leaves and says whether it applied.
import type { Database } from "bun:sqlite"
import { and, eq, sql } from "drizzle-orm"
import { drizzle } from "drizzle-orm/bun-sqlite"
import type { Content } from "../call.ts"
import { schemaVersion } from "./database.ts"
import { attempts, BODY_PIECE_BYTES, type BodyKind, bodies, jobs, type State, uploads } from "./schema.ts"

/** A job as it is submitted. Times are epoch milliseconds. */
export interface NewJob {
  id: string
  requestId: string
  requestType: string
  /** Empty for anyone who knows the id, else `vk:<id>` or `key:<digest>`. */
  owner: string
  provider: string
  model: string
  createdAt: number
  deadlineAt: number
  ttlMs: number
  /** JSON text; null: a form, whose pieces have been stored under this id. */
  body: string | null
  /** A `Form` and `Extras` of call.ts, as JSON text. */
  form: string | null
  extras: string | null
  /** The targets to try when this one has failed, as JSON text: a list of `Target`. */
  fallbacks: string | null
  /** The caller's own provider key, sealed; as base64. */
  secret: string | null
  idempotencyKey: string | null
  bodyDigest: string | null
}

/** A job with an attempt under way: what the call is made of and what decide() must know. */
export interface Claimed {
  id: string
  requestId: string
  requestType: string
  provider: string
  model: string
  attempt: number
  failures: number
  deadlineAt: number
  startedAt: number
  ttlMs: number
  owner: string
  form: string | null
  extras: string | null
  fallbacks: string | null
  primaryError: string | null
  secret: Uint8Array | null
}

/** A provider and its model, as a job may go to. */
export interface Target {
  provider: string
  model: string
}

/** How the attempt that a transition ends is remembered. */
export interface AttemptEnd {
  outcome: string
  status: number | null
  keyName: string | null
  reason: string | null
}

/** What a succeeded job keeps: two JSON texts and, beside them, bytes. */
export interface Success {
  result: string
  usage: string | null
  content?: Content
}

export type Store = ReturnType<typeof createStore>

export function createStore(database: Database) {
  const db = drizzle(database)
  const begin = database.query("BEGIN IMMEDIATE")
  const commit = database.query("COMMIT")
  const rollback = database.query("ROLLBACK")
  const freePages = database.query<{ free: number; total: number }, []>(
    "SELECT freelist_count AS free, page_count AS total FROM pragma_freelist_count, pragma_page_count",
  )

  const insertJob = db
    .insert(jobs)
    .values({
      id: sql.placeholder("id"),
      request_id: sql.placeholder("requestId"),
      request_type: sql.placeholder("requestType"),
      owner: sql.placeholder("owner"),
      provider: sql.placeholder("provider"),
      model: sql.placeholder("model"),
      state: "queued",
      attempt: 0,
      failures: 0,
      created_at: sql.placeholder("createdAt"),
      run_at: sql.placeholder("createdAt"),
      deadline_at: sql.placeholder("deadlineAt"),
      ttl_ms: sql.placeholder("ttlMs"),
      form: sql.placeholder("form"),
      extras: sql.placeholder("extras"),
      fallbacks: sql.placeholder("fallbacks"),
      secret: sql.placeholder("secret"),
      idempotency_key: sql.placeholder("idempotencyKey"),
      body_digest: sql.placeholder("bodyDigest"),
    })
    .prepare()

  const insertBody = db
    .insert(bodies)
    .values({
      job_id: sql.placeholder("id"),
      kind: sql.placeholder("kind"),
      seq: sql.placeholder("seq"),
      data: sql.placeholder("data"),
    })
    .prepare()

  const insertAttempt = db
    .insert(attempts)
    .values({
      job_id: sql.placeholder("id"),
      attempt: sql.placeholder("attempt"),
      provider: sql.placeholder("provider"),
      model: sql.placeholder("model"),
      started_at: sql.placeholder("startedAt"),
      finished_at: sql.placeholder("now"),
      outcome: sql.placeholder("outcome"),
      status: sql.placeholder("status"),
      key_name: sql.placeholder("keyName"),
      reason: sql.placeholder("reason"),
    })
    .prepare()

  const claimed = {
    id: jobs.id,
    requestId: jobs.request_id,
    requestType: jobs.request_type,
    provider: jobs.provider,
    model: jobs.model,
    attempt: jobs.attempt,
    failures: jobs.failures,
    deadlineAt: jobs.deadline_at,
    startedAt: sql<number>`${jobs.started_at}`,
    ttlMs: jobs.ttl_ms,
    owner: jobs.owner,
    form: jobs.form,
    extras: jobs.extras,
    fallbacks: jobs.fallbacks,
    primaryError: jobs.primary_error,
    secret: jobs.secret,
  }

  // A state is written into the statement, not bound: SQLite uses a partial index only when it can read the condition.
  const claimDue = db
    .update(jobs)
    .set({
      state: "running",
      attempt: sql`${jobs.attempt} + 1`,
      started_at: sql`${sql.placeholder("now")}`,
      lease_until: sql`${sql.placeholder("leaseUntil")}`,
    })
    .where(
      sql`id IN (SELECT id FROM jobs WHERE state = 'queued' AND provider = ${sql.placeholder("provider")}
        AND owner = ${sql.placeholder("owner")} AND run_at <= ${sql.placeholder("now")} ORDER BY run_at, rowid LIMIT ${sql.placeholder("limit")})`,
    )
    .returning(claimed)
    .prepare()

  const running = and(
    eq(jobs.id, sql.placeholder("id")),
    sql`${jobs.state} = 'running'`,
    eq(jobs.attempt, sql.placeholder("attempt")),
  )

  const succeedJob = db
    .update(jobs)
    .set({
      state: "succeeded",
      lease_until: null,
      secret: null,
      usage: sql`${sql.placeholder("usage")}`,
      content_kind: sql`${sql.placeholder("contentKind")}`,
      status_code: sql`${sql.placeholder("statusCode")}`,
      completed_at: sql`${sql.placeholder("now")}`,
      expires_at: sql`${sql.placeholder("now")} + ${jobs.ttl_ms}`,
    })
    .where(running)
    .returning({ id: jobs.id })
    .prepare()

  const failJob = db
    .update(jobs)
    .set({
      state: "failed",
      lease_until: null,
      secret: null,
      failures: sql`${jobs.failures} + 1`,
      status_code: sql`${sql.placeholder("statusCode")}`,
      error: sql`${sql.placeholder("error")}`,
      completed_at: sql`${sql.placeholder("now")}`,
      expires_at: sql`${sql.placeholder("now")} + ${jobs.ttl_ms}`,
    })
    .where(running)
    .returning({ id: jobs.id })
    .prepare()

  const requeueJob = db
    .update(jobs)
    .set({
      state: "queued",
      lease_until: null,
      failures: sql`${jobs.failures} + ${sql.placeholder("spent")}`,
      run_at: sql`${sql.placeholder("runAt")}`,
    })
    .where(running)
    .returning({ id: jobs.id })
    .prepare()

  const redirectJob = db
    .update(jobs)
    .set({
      state: "queued",
      lease_until: null,
      secret: null,
      failures: 0,
      provider: sql`${sql.placeholder("provider")}`,
      model: sql`${sql.placeholder("model")}`,
      fallbacks: sql`${sql.placeholder("rest")}`,
      primary_error: sql`coalesce(${jobs.primary_error}, ${sql.placeholder("error")})`,
      run_at: sql`${sql.placeholder("now")}`,
    })
    .where(running)
    .returning({ id: jobs.id })
    .prepare()

  const failQueued = db
    .update(jobs)
    .set({
      state: "failed",
      secret: null,
      status_code: sql`${sql.placeholder("statusCode")}`,
      error: sql`${sql.placeholder("error")}`,
      completed_at: sql`${sql.placeholder("now")}`,
      expires_at: sql`${sql.placeholder("now")} + ${jobs.ttl_ms}`,
    })
    .where(and(eq(jobs.id, sql.placeholder("id")), sql`${jobs.state} = 'queued'`))
    .returning({ id: jobs.id })
    .prepare()

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

  const selectNextRun = db
    .select({ at: sql<number | null>`min(${jobs.run_at})` })
    .from(jobs)
    .where(sql`state = 'queued' AND provider = ${sql.placeholder("provider")} AND owner = ${sql.placeholder("owner")}`)
    .prepare()

  const selectNextLane = db
    .select({ provider: jobs.provider, owner: jobs.owner })
    .from(jobs)
    .where(sql`state = 'queued' AND (provider, owner) > (${sql.placeholder("provider")}, ${sql.placeholder("owner")})`)
    .orderBy(jobs.provider, jobs.owner)
    .limit(1)
    .prepare()

  const selectBody = db
    .select({ data: bodies.data })
    .from(bodies)
    .where(and(eq(bodies.job_id, sql.placeholder("id")), eq(bodies.kind, "request")))
    .orderBy(bodies.seq)
    .prepare()

  const selectPiece = db
    .select({ data: bodies.data })
    .from(bodies)
    .where(
      and(eq(bodies.job_id, sql.placeholder("id")), eq(bodies.kind, "request"), eq(bodies.seq, sql.placeholder("seq"))),
    )
    .prepare()

  const selectReplay = db
    .select({ id: jobs.id, bodyDigest: jobs.body_digest, expiresAt: jobs.expires_at })
    .from(jobs)
    .where(sql`idempotency_key = ${sql.placeholder("key")}`)
    .prepare()

  const selectFound = db
    .select({ state: jobs.state, provider: jobs.provider, model: jobs.model, requestType: jobs.request_type })
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
    .returning({ id: jobs.id })
    .prepare()
  const deleteBodies = db
    .delete(bodies)
    .where(eq(bodies.job_id, sql.placeholder("id")))
    .prepare()

  const insertUpload = db
    .insert(uploads)
    .values({ job_id: sql.placeholder("id"), started_at: sql.placeholder("now") })
    .prepare()
  const deleteUpload = db
    .delete(uploads)
    .where(eq(uploads.job_id, sql.placeholder("id")))
    .returning({ id: uploads.job_id })
    .prepare()
  const selectUploads = db.select({ id: uploads.job_id }).from(uploads).prepare()

  const cancelJob = db
    .update(jobs)
    .set({
      state: "cancelled",
      lease_until: null,
      secret: null,
      status_code: sql`${sql.placeholder("statusCode")}`,
      error: sql`${sql.placeholder("error")}`,
      completed_at: sql`${sql.placeholder("now")}`,
      expires_at: sql`${sql.placeholder("now")} + ${jobs.ttl_ms}`,
    })
    .where(and(eq(jobs.id, sql.placeholder("id")), sql`${jobs.state} IN ('queued', 'waiting', 'running')`))
    .returning({ id: jobs.id })
    .prepare()

  const countQueued = db
    .select({ provider: jobs.provider, count: sql<number>`count(*)` })
    .from(jobs)
    .where(sql`state = 'queued'`)
    .groupBy(jobs.provider)
    .prepare()

  function storeBody(id: string, kind: BodyKind, body: string | Uint8Array): void {
    const bytes = typeof body === "string" ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.length)
    for (let seq = 0; seq * BODY_PIECE_BYTES < bytes.length; seq++) {
      const data = bytes.subarray(seq * BODY_PIECE_BYTES, (seq + 1) * BODY_PIECE_BYTES)
      insertBody.run({ id, kind, seq, data })
    }
  }

  function remove(id: string): boolean {
    deleteBodies.run({ id })
    return deleteJob.all({ id }).length > 0
  }

  /** Remembers the attempt of a job that `moved`; whether it did. */
  function ended(moved: readonly unknown[], job: Claimed, end: AttemptEnd, now: number): boolean {
    if (moved.length === 0) return false
    const { id, attempt, provider, model, startedAt } = job
    insertAttempt.run({ id, attempt, provider, model, startedAt, now, ...end })
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

    submit(job: NewJob): void {
      const { body, secret, ...row } = job
      insertJob.run({ ...row, secret: secret === null ? null : Buffer.from(secret, "base64") })
      if (body === null) deleteUpload.all({ id: job.id })
      else storeBody(job.id, "request", body)
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

    /** A piece of a form that is coming in, before its job is there. */
    upload(id: string, seq: number, data: Uint8Array, now: number): void {
      if (seq === 0) insertUpload.run({ id, now })
      insertBody.run({ id, kind: "request", seq, data: Buffer.from(data.buffer, data.byteOffset, data.length) })
    },

    /** The form did not become a job. One that did keeps its body, whoever asks. */
    discard(id: string): void {
      if (deleteUpload.all({ id }).length > 0) deleteBodies.run({ id })
    },

    /** Forms that a process that died was receiving. */
    uploads(): string[] {
      return selectUploads.all().map((row) => row.id)
    },

    /** Takes up to `limit` due jobs of an owner for a provider, oldest first, each with a new attempt and a lease. */
    claim(provider: string, owner: string, now: number, leaseUntil: number, limit: number): Claimed[] {
      return claimDue.all({ provider, owner, now, leaseUntil, limit }).sort((a, b) => (a.id < b.id ? -1 : 1))
    },

    succeed(job: Claimed, end: AttemptEnd, success: Success, now: number): boolean {
      const { result, usage, content } = success
      const values = {
        id: job.id,
        attempt: job.attempt,
        statusCode: 200,
        usage,
        contentKind: content?.type ?? null,
        now,
      }
      if (!ended(succeedJob.all(values), job, end, now)) return false
      storeBody(job.id, "result", result)
      if (content) storeBody(job.id, "content", content.bytes)
      return true
    },

    retry(job: Claimed, end: AttemptEnd, runAt: number, now: number): boolean {
      return ended(requeueJob.all({ id: job.id, attempt: job.attempt, spent: 1, runAt }), job, end, now)
    },

    park(job: Claimed, end: AttemptEnd, runAt: number, now: number): boolean {
      return ended(requeueJob.all({ id: job.id, attempt: job.attempt, spent: 0, runAt }), job, end, now)
    },

    /**
     * Its provider has failed it: on to the next target, which has a budget of its own. The first failure's `error` stays.
     * The caller's own key goes: it was for the first provider only.
     */
    fallBack(
      job: Claimed,
      end: AttemptEnd,
      next: Target,
      rest: readonly Target[],
      error: string,
      now: number,
    ): boolean {
      const left = rest.length === 0 ? null : JSON.stringify(rest)
      const values = { id: job.id, attempt: job.attempt, ...next, rest: left, error, now }
      return ended(redirectJob.all(values), job, end, now)
    },

    /** Our own shutdown cut the attempt off: due again at once, no try spent. */
    release(job: Claimed, now: number): boolean {
      const end = { outcome: "released", status: null, keyName: null, reason: "the gateway was stopped" }
      return ended(requeueJob.all({ id: job.id, attempt: job.attempt, spent: 0, runAt: now }), job, end, now)
    },

    /** `raw` is what the provider sent, kept when it could not be read as a result. */
    fail(job: Claimed, end: AttemptEnd, statusCode: number, error: string, now: number, raw?: string): boolean {
      if (!ended(failJob.all({ id: job.id, attempt: job.attempt, statusCode, error, now }), job, end, now)) return false
      if (raw !== undefined) storeBody(job.id, "result", raw)
      return true
    },

    /** A job that never got to run in its time. */
    expire(job: Claimed, statusCode: number, error: string, now: number): boolean {
      return failQueued.all({ id: job.id, statusCode, error, now }).length > 0
    },

    /** The caller wants it no more. */
    cancel(id: string, statusCode: number, error: string, now: number): boolean {
      return cancelJob.all({ id, statusCode, error, now }).length > 0
    },

    /** Deletes a job with all that hangs on it, whatever its state; whether it was there. */
    remove,

    find(id: string): { state: State; provider: string; model: string; requestType: string } | null {
      return selectFound.get({ id }) ?? null
    },

    running(): Claimed[] {
      return selectRunning.all()
    },

    /** Running jobs whose lease ran out. */
    lapsed(now: number, limit: number): Claimed[] {
      return selectLapsed.all({ now, limit })
    },

    /** Queued jobs whose deadline has passed. */
    overdue(now: number, limit: number): Claimed[] {
      return selectOverdue.all({ now, limit })
    },

    /** When the owner's next queued job for the provider is due, or null. */
    nextRunAt(provider: string, owner: string): number | null {
      return selectNextRun.get({ provider, owner })?.at ?? null
    },

    /** Who has jobs in the queue, and for which provider. One step through the index for each, however many jobs there are. */
    lanes(): { provider: string; owner: string }[] {
      const found: { provider: string; owner: string }[] = []
      for (let last = { provider: "", owner: "" }; ; ) {
        const lane = selectNextLane.get(last)
        if (!lane) return found
        found.push(lane)
        last = lane
      }
    },

    requestBody(id: string): string {
      return Buffer.concat(selectBody.all({ id }).map((row) => row.data)).toString()
    },

    /** One piece of a request's body, or null past its end. */
    requestPiece(id: string, seq: number): Uint8Array | null {
      return selectPiece.get({ id, seq })?.data ?? null
    },

    /** Deletes terminal jobs past their time, with all that hangs on them; how many. */
    prune(now: number, limit: number): number {
      const expired = selectExpired.all({ now, limit })
      for (const { id } of expired) remove(id)
      return expired.length
    },

    queuedByProvider(): Map<string, number> {
      return new Map(countQueued.all().map((row) => [row.provider, row.count]))
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
