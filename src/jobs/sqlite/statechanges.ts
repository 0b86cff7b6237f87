// The transitions of running jobs, and of jobs that end while they wait. Each statement requires a state and an attempt, the fence,
// and returns whether it was applied. `finish` is the only terminal transition.
import { and, eq, type SQL, sql } from "drizzle-orm"
import { type AttemptEnd, type Claimed, isInState, isUnfinished } from "../job.ts"
import { readNumber } from "../numbers.ts"
import type { ChangeOf, Finish, Left, Requeue, Results } from "../store.ts"
import { ATTEMPTS_FIRST, ATTEMPTS_LAST } from "../storebounds.ts"
import { decideCancelled } from "../transitions.ts"
import type { BatchStore } from "./batchstore.ts"
import type { BodyStore } from "./bodystore.ts"
import { claimedColumns, wiped } from "./columns.ts"
import type { ConversationStore } from "./conversationstore.ts"
import type { DailyUsage } from "./dailyusage.ts"
import type { Connection } from "./database.ts"
import { prepareChange, type RunChange } from "./statement.ts"
import { attempts, jobs, quotas } from "./tables.ts"
import type { WebhookStore } from "./webhookstore.ts"

// Longer than 80 lines: it is a list of prepared statements, one for each change of state.
export function createStateChanges(
  connection: Connection,
  bodies: BodyStore,
  usage: DailyUsage,
  webhooks: WebhookStore,
  batches: BatchStore,
  conversations: Pick<ConversationStore, "addTurn">,
) {
  const { database, db } = connection
  const prepare = (query: Parameters<typeof prepareChange>[1]) => prepareChange(database, query)
  const rememberAttempt = createLedger(prepare, connection)
  const atAttempt = and(
    eq(jobs.number, sql.placeholder("number")),
    sql`${jobs.state} = ${sql.placeholder("from")}`,
    eq(jobs.attempt, sql.placeholder("attempt")),
  )

  // Two statements: a row whose `failures` change has one more CHECK to pass.
  const prepareFinish = (spent: { failures?: SQL }) =>
    prepare(
      db
        .update(jobs)
        .set({
          state: sql`${sql.placeholder("state")}`,
          lease_until: null,
          ...wiped,
          ...spent,
          usage: sql`${sql.placeholder("usage")}`,
          warnings: sql`coalesce(${sql.placeholder("warnings")}, ${jobs.warnings})`,
          content_kind: sql`${sql.placeholder("contentKind")}`,
          status_code: sql`${sql.placeholder("statusCode")}`,
          error: sql`${sql.placeholder("error")}`,
          last_attempt: sql`${sql.placeholder("lastAttempt")}`,
          completed_at: sql`${sql.placeholder("now")}`,
          expires_at: sql`${sql.placeholder("now")} + ${jobs.ttl_ms}`,
        })
        .where(atAttempt),
    )
  const finishJob = prepareFinish({})
  const finishFailedJob = prepareFinish({ failures: sql`${jobs.failures} + 1` })

  const requeueJob = prepare(
    db
      .update(jobs)
      .set({
        state: "queued",
        lease_until: null,
        provider_state: null,
        provider: sql`${sql.placeholder("provider")}`,
        model: sql`${sql.placeholder("model")}`,
        key_choice: sql`${sql.placeholder("keyChoice")}`,
        failures: sql`${sql.placeholder("failures")}`,
        losses: sql`${sql.placeholder("losses")}`,
        crashes: sql`${sql.placeholder("crashes")}`,
        secret: sql`CASE WHEN ${sql.placeholder("keepsSecret")} THEN ${jobs.secret} END`,
        fallbacks_tried: sql`${sql.placeholder("fallbacksTried")}`,
        primary_error: sql`coalesce(${jobs.primary_error}, ${sql.placeholder("error")})`,
        run_at: sql`${sql.placeholder("runAt")}`,
      })
      .where(atAttempt),
  )

  const awaitUpstream = prepare(
    db
      .update(jobs)
      .set({
        state: "waiting",
        lease_until: null,
        provider_state: sql`${sql.placeholder("state")}`,
        run_at: sql`${sql.placeholder("runAt")}`,
      })
      .where(atAttempt),
  )

  const selectFound = db
    .select({ ...claimedColumns, state: jobs.state })
    .from(jobs)
    .where(and(eq(jobs.number, sql.placeholder("number")), eq(jobs.id, sql.placeholder("id"))))
    .prepare()

  function find(id: string): Left | null {
    const found = selectFound.get({ number: readNumber(id), id })
    if (!found) return null
    const { state, ...job } = found
    return { job, state }
  }

  /** Counts what an attempt has used: for its day, and for its batch. */
  function spend(job: Claimed, end: AttemptEnd, now: number): void {
    usage.add(job, end, now)
    batches.spent(job, end)
  }

  /** Ends a job. Nobody is told of the end of one that is about to be deleted. */
  function endSilently(change: Finish, now: number): boolean {
    const { job, from, state, statusCode, error, isFailure, end, answer } = change
    const { number, attempt } = job
    const update = isFailure ? finishFailedJob : finishJob
    const moved = update({
      number,
      attempt,
      from,
      state,
      usage: answer?.usage ?? null,
      warnings: answer?.warnings === undefined ? null : JSON.stringify(answer.warnings),
      contentKind: answer?.content?.type ?? null,
      statusCode,
      error,
      lastAttempt: end && describeLastAttempt(end),
      now,
    })
    if (end?.closed) rememberAttempt.closed(end.closed)
    if (moved === 0) return false
    if (end) spend(job, end, now)
    batches.ended(job, change)
    if (answer?.turn) conversations.addTurn(answer.turn, now)
    if (answer?.isStaged) return true
    // Parts of the answer of an earlier call may be stored, or of an answer that the job does not end with.
    if (end && (attempt > 1 || job.providerState !== null || state !== "succeeded")) bodies.clearAnswer(number)
    if (answer) {
      bodies.put(number, "result", answer.result)
      if (answer.content) bodies.put(number, "content", answer.content.bytes)
    }
    return true
  }

  function finish(change: Finish, now: number): boolean {
    if (!endSilently(change, now)) return false
    webhooks.ended(change.job, change, now)
    return true
  }

  return {
    find,
    finish,

    requeue({ job, end, runAt, keyChoice, spends, fallback }: Requeue, now: number): boolean {
      const { number, attempt } = job
      const moved = requeueJob({
        number,
        attempt,
        from: "running",
        provider: fallback?.next.provider ?? job.provider,
        model: fallback?.next.model ?? job.model,
        keyChoice,
        failures: fallback ? 0 : job.failures + Number(spends.isFailure),
        losses: fallback ? 0 : job.losses + Number(spends.isLoss),
        crashes: job.crashes + Number(spends.isCrash),
        keepsSecret: Number(fallback?.keepsSecret ?? true),
        fallbacksTried: job.fallbacksTried + (fallback ? 1 : 0),
        error: fallback?.error ?? null,
        runAt,
      })
      if (end.closed) rememberAttempt.closed(end.closed)
      if (moved === 0) return false
      rememberAttempt.ended(job, end, now)
      spend(job, end, now)
      return true
    },

    await({ job, state, runAt, closed }: ChangeOf<"await">): Results["await"] {
      const { number, attempt } = job
      if (closed) rememberAttempt.closed(closed)
      if (awaitUpstream({ number, attempt, from: "running", state, runAt }) > 0)
        return { isApplied: true, state: "waiting" }
      return { isApplied: false, state: find(job.id)?.state ?? null }
    },

    /** @param isTold false: the jobs are deleted next, and no endpoint is told of their end */
    cancel({ jobs: wanted, only }: ChangeOf<"cancel">, now: number, isTold = true): Left[] {
      const endJob = isTold ? finish : endSilently
      return wanted.flatMap(({ id, end: record }) => {
        const there = find(id)
        if (!there || !isUnfinished(there.state)) return []
        const { job, state: from } = there
        if (only && !isInState({ state: there.state, attempt: job.attempt }, only)) return []
        const { statusCode, error } = decideCancelled(job)
        const isUnderWay = from !== "queued"
        const ending = {
          state: "cancelled",
          statusCode,
          error: JSON.stringify(error),
          isFailure: false,
          answer: null,
        } as const
        return endJob({ job, from, ...ending, end: isUnderWay ? record : null }, now) ? [there] : []
      })
    },
  }
}

/** Records ended attempts, and the quotas that they closed. */
function createLedger(prepare: (query: Parameters<typeof prepareChange>[1]) => RunChange, { db }: Connection) {
  const insertAttempt = prepare(
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
  const deleteAttempt = prepare(
    db
      .delete(attempts)
      .where(and(eq(attempts.job, sql.placeholder("number")), eq(attempts.attempt, sql.placeholder("attempt")))),
  )
  const saveQuota = prepare(
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

  return {
    /** Records an attempt that is not the last of its job. */
    ended(job: Claimed, end: AttemptEnd, now: number): void {
      const { number, attempt, provider, model, startedAt } = job
      const used = end.used === null ? null : JSON.stringify(end.used)
      insertAttempt({ number, attempt, provider, model, startedAt, now, ...end, usage: used })
      if (attempt > ATTEMPTS_FIRST + ATTEMPTS_LAST) deleteAttempt({ number, attempt: attempt - ATTEMPTS_LAST })
    },

    /** Stores a closed quota, so that a restart does not open it. */
    closed: saveQuota,
  }
}

/** The JSON that the view `attempt_log` reads. The other columns of the view come from the job's row. */
function describeLastAttempt({ closed, ...remembered }: AttemptEnd): string {
  return JSON.stringify(remembered)
}
