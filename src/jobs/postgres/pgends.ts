// The transitions of running jobs, and of jobs that end while they wait. Each requires a state and an attempt, the fence, and says
// whether it was applied. Many are stored with one statement. `finish` is the only terminal transition.

import { type AttemptEnd, type Claimed, type ClosedQuota, isInState, isUnfinished } from "../job.ts"
import { readNumber } from "../numbers.ts"
import type { ChangeOf, Finish, Left, Requeue, Results } from "../store.ts"
import { ATTEMPTS_FIRST, ATTEMPTS_LAST } from "../storebounds.ts"
import { decideCancelled } from "../transitions.ts"
import { findLaneKey } from "./lanekey.ts"
import type { PgBatches } from "./pgbatches.ts"
import { type PgBodies, SHORT_CHARS } from "./pgbodies.ts"
import { assign, attempts, type Columns, claimed, given, list, quotas, select, toArray, toRow } from "./pgcolumns.ts"
import type { PgConversations } from "./pgconversations.ts"
import { toJson } from "./pgdriver.ts"
import { checkNumbers, mixedUp, type Turn } from "./pgturn.ts"
import type { PgUsage } from "./pgusage.ts"
import type { PgWebhooks } from "./pgwebhooks.ts"

const fence = { number: "bigint", attempt: "integer" } as const satisfies Columns
const atAttempt = (from: string) =>
  `jobs.number = given.number AND jobs.state = ${from} AND jobs.attempt = given.attempt`

const ended = {
  ...{ state: "text", usage: "text", content_kind: "text", status_code: "integer", error: "text" },
  last_attempt: "text",
} as const satisfies Columns

const FINISH = `WITH given AS MATERIALIZED
    (SELECT * FROM ${given({ ...fence, ...ended, from: "text", failed: "integer", warnings: "text", result: "text" })}),
  moved AS (UPDATE jobs SET ${assign(ended)}, lease_until = NULL, secret = NULL, extras = NULL,
      failures = jobs.failures + given.failed, warnings = coalesce(given.warnings, jobs.warnings),
      completed_at = $2::bigint, expires_at = $2::bigint + jobs.ttl_ms
    FROM given WHERE ${atAttempt('given."from"')} RETURNING jobs.number),
  put AS (INSERT INTO results (number, piece, data) SELECT number, 0, convert_to(result, 'UTF8')
    FROM given JOIN moved USING (number) WHERE result IS NOT NULL)
  SELECT number::float8 AS number FROM moved`

const requeued = {
  ...{ provider: "text", model: "text", key_choice: "text", lane: "bigint", failures: "integer", losses: "integer" },
  ...{ crashes: "integer", fallbacks_tried: "integer", run_at: "bigint" },
} as const satisfies Columns

const REQUEUE = `WITH given AS MATERIALIZED (SELECT * FROM ${given({ ...fence, ...requeued, keeps: "boolean", error: "text" })}),
  moved AS (UPDATE jobs SET ${assign(requeued)}, state = 'queued', lease_until = NULL, provider_state = NULL,
      secret = CASE WHEN given.keeps THEN jobs.secret END, primary_error = coalesce(jobs.primary_error, given.error)
    FROM given WHERE ${atAttempt("'running'")} RETURNING jobs.number)
  SELECT number::float8 AS number FROM moved`

const parked = { provider_state: "text", run_at: "bigint" } as const satisfies Columns

const AWAIT = `WITH given AS MATERIALIZED (SELECT * FROM ${given({ ...fence, ...parked })}),
  moved AS (UPDATE jobs SET ${assign(parked)}, state = 'waiting', lease_until = NULL
    FROM given WHERE ${atAttempt("'running'")} RETURNING jobs.number)
  SELECT number::float8 AS number FROM moved`

const FIND = `SELECT ${select(claimed, "jobs")}, state FROM jobs WHERE number = ANY($1::text::bigint[])`

export type PgEnds = ReturnType<typeof createPgEnds>

interface Parts {
  bodies: PgBodies
  usage: PgUsage
  webhooks: Pick<PgWebhooks, "ended">
  batches: PgBatches
  conversations: Pick<PgConversations, "addTurn">
}

/** Id -> the job and its state, of those that are there. */
export async function findJobs({ ask }: Pick<Turn, "ask">, ids: readonly string[]): Promise<Map<string, Left>> {
  const numbers = ids.map(readNumber)
  const rows = await ask<Claimed & { state: Left["state"] }>(FIND, [toArray(numbers)])
  checkNumbers(rows, numbers)
  const wanted = new Set(ids)
  return new Map(rows.filter(({ id }) => wanted.has(id)).map(({ state, ...job }) => [job.id, { job, state }]))
}

export function createPgEnds(parts: Parts) {
  const { bodies, usage, webhooks, batches, conversations } = parts

  /** Counts what an attempt has used: for its day, and for its batch. */
  function spend(job: Claimed, end: AttemptEnd): void {
    usage.add(job, end)
    batches.spent(job, end)
  }

  /** Applies ends, and stores what comes with those whose fence was open. @returns whether each was applied */
  async function finish(turn: Turn, changes: readonly Finish[], isTold = true): Promise<boolean[]> {
    const numbers = changes.map(({ job }) => job.number)
    const moved = checkNumbers(
      await turn.ask<{ number: number }>(FINISH, [toJson(changes.map(makeEndedRow)), turn.now]),
      numbers,
    )
    await closeQuotas(
      turn,
      changes.map(({ end }) => end?.closed ?? null),
    )
    const applied = changes.filter(({ job }) => moved.has(job.number))
    // Parts of the answer of an earlier call may be stored, or of an answer that the job does not end with.
    const stale = applied.filter(mayHaveAnswer).map(({ job }) => job.number)
    await bodies.remove(turn, stale, ["result", "content"])
    for (const change of applied) {
      const { job, end, answer } = change
      if (end) spend(job, end)
      batches.ended(job, change)
      if (answer?.turn) await conversations.addTurn(turn, answer.turn)
      if (answer === null || answer.isStaged) continue
      if (!isShort(change)) await bodies.put(turn, job.number, "result", answer.result)
      else bodies.onBytes(answer.result.length)
      if (answer.content) await bodies.put(turn, job.number, "content", answer.content.bytes)
    }
    if (isTold) await webhooks.ended(turn, applied)
    return changes.map(({ job }) => moved.has(job.number))
  }

  return {
    finish,

    async look(turn: Turn, changes: readonly ChangeOf<"look">[]): Promise<Results["look"][]> {
      const found = await findJobs(
        turn,
        changes.map(({ id }) => id),
      )
      return changes.map(({ id }) => found.get(id)?.state ?? null)
    },

    async requeue(turn: Turn, changes: readonly Requeue[]): Promise<boolean[]> {
      const numbers = changes.map(({ job }) => job.number)
      const moved = checkNumbers(
        await turn.ask<{ number: number }>(REQUEUE, [toJson(changes.map(makeRequeuedRow))]),
        numbers,
      )
      await closeQuotas(
        turn,
        changes.map(({ end }) => end.closed),
      )
      const applied = changes.filter(({ job }) => moved.has(job.number))
      await rememberAttempts(turn, applied)
      for (const { job, end } of applied) spend(job, end)
      return changes.map(({ job }) => moved.has(job.number))
    },

    async await(turn: Turn, changes: readonly ChangeOf<"await">[]): Promise<Results["await"][]> {
      const rows = changes.map(({ job, state, runAt }) => ({
        ...{ number: job.number, attempt: job.attempt, provider_state: state, run_at: runAt },
      }))
      const numbers = rows.map(({ number }) => number)
      const moved = checkNumbers(await turn.ask<{ number: number }>(AWAIT, [toJson(rows)]), numbers)
      await closeQuotas(
        turn,
        changes.map(({ closed }) => closed),
      )
      const others = changes.filter(({ job }) => !moved.has(job.number)).map(({ job }) => job.id)
      const found = others.length === 0 ? new Map<string, Left>() : await findJobs(turn, others)
      return changes.map(({ job }) =>
        moved.has(job.number)
          ? { isApplied: true, state: "waiting" }
          : { isApplied: false, state: found.get(job.id)?.state ?? null },
      )
    },

    /** @param isTold false: the jobs are deleted next, and no endpoint is told of their end */
    async cancel(turn: Turn, { jobs: wanted, only }: ChangeOf<"cancel">, isTold = true): Promise<Left[]> {
      const found = await findJobs(
        turn,
        wanted.map(({ id }) => id),
      )
      const met = new Set<string>()
      const meant = wanted.flatMap(({ id, end }) => {
        const there = found.get(id)
        if (!there || met.has(id) || !isUnfinished(there.state)) return []
        met.add(id)
        if (only && !isInState({ state: there.state, attempt: there.job.attempt }, only)) return []
        return [{ there, change: makeCancelled(there, end) }]
      })
      if (meant.length === 0) return []
      const applied = await finish(
        turn,
        meant.map(({ change }) => change),
        isTold,
      )
      return meant.filter((_, at) => applied[at]).map(({ there }) => there)
    },
  }
}

function makeCancelled({ job, state }: Left, end: AttemptEnd): Finish {
  const { statusCode, error } = decideCancelled(job)
  if (!isUnfinished(state)) throw new Error(`job ${job.id} has ended`)
  return {
    ...{ job, from: state, state: "cancelled", statusCode, error: JSON.stringify(error), isFailure: false },
    ...{ answer: null, end: state === "queued" ? null : end },
  }
}

function mayHaveAnswer({ job, end, state, answer }: Finish): boolean {
  return !answer?.isStaged && end !== null && (job.attempt > 1 || job.providerState !== null || state !== "succeeded")
}

/** Whether the statement that ends the job stores its result too: only where none can be there. */
function isShort(change: Finish): boolean {
  const { answer } = change
  return answer !== null && !answer.isStaged && answer.result.length <= SHORT_CHARS && !mayHaveAnswer(change)
}

function makeEndedRow(change: Finish): object {
  const { job, from, state, statusCode, error, isFailure, end, answer } = change
  return {
    ...{ number: job.number, attempt: job.attempt, from, state, error, status_code: statusCode },
    failed: Number(isFailure),
    usage: answer?.usage ?? null,
    warnings: answer?.warnings === undefined ? null : JSON.stringify(answer.warnings),
    content_kind: answer?.content?.type ?? null,
    last_attempt: end && describeLastAttempt(end),
    // An empty result is no piece.
    result: (isShort(change) && answer?.result) || null,
  }
}

/** As JSON. What the job's row has itself is left out. */
function describeLastAttempt({ closed, ...remembered }: AttemptEnd): string {
  return JSON.stringify(remembered)
}

function makeRequeuedRow({ job, runAt, keyChoice, spends, fallback }: Requeue): object {
  const { number, attempt, owner, priority } = job
  const { provider, model } = fallback?.next ?? job
  return {
    ...{ number, attempt, provider, model, key_choice: keyChoice, run_at: runAt },
    lane: findLaneKey({ provider, model, keyChoice, owner, priority }),
    failures: fallback ? 0 : job.failures + Number(spends.isFailure),
    losses: fallback ? 0 : job.losses + Number(spends.isLoss),
    crashes: job.crashes + Number(spends.isCrash),
    fallbacks_tried: job.fallbacksTried + (fallback ? 1 : 0),
    keeps: fallback?.keepsSecret ?? true,
    error: fallback?.error ?? null,
  }
}

/** Records attempts that are not the last of their jobs. */
async function rememberAttempts({ ask, now }: Turn, changes: readonly Requeue[]): Promise<void> {
  if (changes.length === 0) return
  const rows = changes.map(({ job, end }) => {
    const used = end.used === null ? null : JSON.stringify(end.used)
    const { attempt, provider, model, startedAt } = job
    const record = { job: job.number, attempt, provider, model, startedAt, finishedAt: now, ...end, usage: used }
    return toRow(attempts, record)
  })
  await ask(`INSERT INTO attempts (${list(attempts)}) SELECT ${list(attempts)} FROM ${given(attempts)}`, [toJson(rows)])
  const over = changes.filter(({ job }) => job.attempt > ATTEMPTS_FIRST + ATTEMPTS_LAST)
  for (const { job } of over) {
    await ask("DELETE FROM attempts WHERE job = $1::bigint AND attempt = $2::integer", [
      job.number,
      job.attempt - ATTEMPTS_LAST,
    ])
  }
}

/** Stores closed quotas, so that a restart does not open them. The last of a turn counts. */
async function closeQuotas({ ask }: Turn, closed: readonly (ClosedQuota | null)[]): Promise<void> {
  const last = new Map(
    closed.flatMap((quota) => (quota ? [[`${quota.provider}\n${quota.keyId}\n${quota.model}`, quota]] : [])),
  )
  if (last.size === 0) return
  const rows = [...last.values()].map((quota) => toRow(quotas, quota))
  const done = await ask<{ provider: string }>(
    `INSERT INTO quotas (${list(quotas)}) SELECT ${list(quotas)} FROM ${given(quotas)}
     ON CONFLICT (provider, key_id, model) DO UPDATE SET closed_until = excluded.closed_until, spacing_ms = excluded.spacing_ms
     RETURNING provider`,
    [toJson(rows)],
  )
  if (done.length !== rows.length) throw mixedUp(`${done.length} of ${rows.length} quotas`)
}
