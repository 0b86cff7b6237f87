// Invariants of the rows: each committed change is checked against the job's earlier row, its requests and its outcomes.

import type { NewJob, State, Target } from "../../src/jobs/job.ts"
import type { ProviderSettings } from "../../src/providers/provider.ts"
import type { Change } from "./changes.ts"
import { fits, type Known, type Ledger, terminal } from "./ledger.ts"

const moves: Record<State, readonly State[]> = {
  queued: ["running", "failed", "cancelled"],
  waiting: ["running", "failed", "cancelled"],
  running: ["queued", "waiting", "succeeded", "failed", "cancelled"],
  succeeded: [],
  failed: [],
  cancelled: [],
}

/** Checks the changes of a committed transaction. */
export function committed(ledger: Ledger, changes: readonly Change[]): void {
  ledger.beginTurn()
  const touched = new Set<Known>()
  ledger.webhooks.committed(changes)
  ledger.batches.committed(changes)
  ledger.events.checkFollowers()
  for (const change of changes) {
    if (change.eventRow !== null) ledger.events.changed(change.kind, JSON.parse(change.eventRow))
    if (change.eventRow !== null || change.hook !== null || change.batchRow !== null) continue
    const known = ledger.jobs.get(change.id)
    if (known) {
      touched.add(known)
      apply(ledger, known, change)
    } else ledger.fail(`a row is written of a job that was never submitted: ${change.id}`)
  }
  for (const { row, attemptsEnded, job } of touched) {
    if (row === null) continue
    const ended = row.attempt - (row.state === "running" || row.state === "waiting" ? 1 : 0)
    ledger.must(
      attemptsEnded === ended,
      () => `${job.id} has ended ${ended} attempts, and ${attemptsEnded} are written`,
    )
    ledger.must(row.failures <= row.attempt, () => `${job.id} has more failures than attempts`)
  }
  ledger.events.committed(changes)
}

function apply(ledger: Ledger, known: Known, change: Change): void {
  const { row, job } = known
  switch (change.kind) {
    case "insert":
      inserted(ledger, known, change)
      break
    case "update":
      known.row = change
      if (row === null) ledger.fail(`${job.id} changes and is not there`)
      else moved(ledger, known, row, change)
      break
    case "delete":
      deleted(ledger, known, change)
      break
    case "attempt":
      known.attemptsEnded++
      attempted(ledger, known, change)
      break
    case "rewritten attempt":
      ledger.fail(`attempt ${change.attempt} of ${job.id} is rewritten`)
  }
}

function inserted(ledger: Ledger, known: Known, row: Change): void {
  const { job } = known
  ledger.must(known.row === null && known.attemptsEnded === 0, () => `${job.id} is inserted twice`)
  ledger.must(ledger.isAsked("submit", job.id), () => `${job.id} is inserted, and its submit is not open`)
  // A job that starts at once is stored as if it had been queued and claimed at the same time.
  const queued: Change = row.state === "running" ? { ...row, state: "queued", attempt: 0, keyId: null } : row
  ledger.must(queued.state === "queued" && queued.attempt === 0, () => `${job.id} begins as ${row.state}`)
  const provider = ledger.providers.get(row.provider)
  const waiting = ledger.queued.get(row.provider) ?? 0
  ledger.must(!provider || waiting < queueSize(provider, job), () => `${job.id} comes into a queue that is full`)
  ledger.must(!ledger.isOverBudget(job.owner), () => `${job.id} is accepted, and its owner has used up its budget`)
  known.row = row
  ledger.stored.add(job.id)
  ledger.count(queued, 1)
  if (queued !== row) moved(ledger, known, queued, row)
}

/** How many jobs may wait beside a new one. Batches leave half of a queue to others. */
export function queueSize({ bufferSize }: ProviderSettings, { batch }: NewJob): number {
  return batch === null ? bufferSize : Math.ceil(bufferSize / 2)
}

function deleted(ledger: Ledger, known: Known, row: Change): void {
  known.row = null
  ledger.count(row, -1)
  ledger.neverReturned(known, row)
  const isExpired = row.expiresAt !== null && row.expiresAt <= ledger.now()
  ledger.must(
    isExpired || ledger.isAsked("remove", row.id),
    () => `${row.id} is deleted as ${row.state}, and nobody asked`,
  )
}

function moved(ledger: Ledger, known: Known, before: Change, after: Change): void {
  const { job } = known
  ledger.count(before, -1)
  ledger.count(after, 1)
  if (ledger.setBackMs > 0 && known.isOlder && isShift(ledger, before, after)) return
  if (job.batch !== null && isShortened(before, after)) return
  if (ledger.events.isNoted(before, after)) return
  const isMove = moves[before.state].includes(after.state)
  ledger.must(isMove, () => `${job.id} goes from ${before.state} to ${after.state}`)
  if (before.state === "running") ledger.events.left(known, before, after)
  const isGivenUp = before.providerState !== null && after.state === "queued"
  ledger.must(!isGivenUp || isOver(known.reported), () => `${job.id} is queued, and its upstream job goes on`)
  if (after.state === "running") taken(ledger, known, before, after)
  else ledger.must(after.attempt === before.attempt, () => `${job.id} changes its attempt and becomes ${after.state}`)
  if (after.state === "waiting") {
    known.reported = null
    ledger.closings.stored(job.id, after.attempt)
  }
  ledger.must(after.fallbacks === before.fallbacks, () => `${job.id} has other fallbacks than it came with`)
  if (after.fallbacksTried !== before.fallbacksTried) fellBack(ledger, known, before, after)
  else if (isKeyRefused(known.reported, before)) known.refusedKeys.add(before.keyId ?? "")
  const isSame = after.provider === before.provider && after.model === before.model
  ledger.must(
    isSame || after.fallbacksTried !== before.fallbacksTried,
    () => `${job.id} goes to ${after.provider} by no fallback`,
  )
  if (after.state === "cancelled") ledger.neverReturned(known, before)
  if (terminal.has(after.state)) ended(ledger, known, before, after)
}

/** Whether the upstream job has ended, as far as its provider says, or cannot be asked for. */
function isOver(reported: Known["reported"]): boolean {
  if (reported?.outcome.kind !== "unreached") return reported !== null
  return reported.outcome.reason === "gone" || reported.outcome.reason === "not_sent"
}

/** Whether the change only corrects the times of an unfinished job, as a start does after the clock was set back. */
function isShift(ledger: Ledger, before: Change, after: Change): boolean {
  const shiftMs = before.runAt - after.runAt
  const isSame = before.state === after.state && before.attempt === after.attempt
  return isSame && 0 <= shiftMs && shiftMs <= ledger.setBackMs && before.deadlineAt - after.deadlineAt === shiftMs
}

/** Whether an ended job only expires earlier, as those of a batch do whose results are written. */
function isShortened(before: Change, after: Change): boolean {
  return terminal.has(before.state) && before.state === after.state && (after.expiresAt ?? 0) < (before.expiresAt ?? 0)
}

function taken(ledger: Ledger, { job, reported }: Known, before: Change, after: Change): void {
  const isResumed = before.state === "waiting"
  const attempt = before.attempt + (isResumed ? 0 : 1)
  const now = ledger.now()
  ledger.must(after.attempt === attempt, () => `${job.id} is claimed with attempt ${after.attempt}, not ${attempt}`)
  ledger.must(before.runAt <= now, () => `${job.id} is claimed ${before.runAt - now} ms too early`)
  ledger.must(before.deadlineAt > now, () => `${job.id} is claimed ${now - before.deadlineAt} ms after its deadline`)
  ledger.must(reported?.outcome.kind !== "answered", () => `${job.id} is claimed again, and its answer has come`)
}

/** Checks a fallback: the next provider has its own retries and keys, but a lost answer that may not be retried allows no fallback. */
function fellBack(ledger: Ledger, known: Known, before: Change, after: Change): void {
  const { id, provider, model, fallbacks, fallbacksTried } = after
  const next = (JSON.parse(fallbacks ?? "[]") as Target[])[before.fallbacksTried]
  const isNext = next?.provider === provider && next.model === model && fallbacksTried === before.fallbacksTried + 1
  ledger.must(isNext, () => `${id} is at ${fallbacksTried} with ${provider}/${model}, of ${fallbacks}`)
  known.refusedKeys.clear()
  if (known.job.lossRetries !== 0) known.losses = 0
}

function ended(ledger: Ledger, known: Known, before: Change, { id, state, attempt, expiresAt }: Change): void {
  const { job, reported } = known
  ledger.must(expiresAt === ledger.now() + job.ttlMs, () => `${id} has ended and expires at ${expiresAt}`)
  const isAnswered = reported?.attempt === attempt && reported.outcome.kind === "answered"
  if (state === "succeeded") ledger.must(isAnswered, () => `${id} succeeds without an answer`)
  if (state === "failed") ledger.must(!isAnswered, () => `${id} fails, and its answer has come`)
  if (state === "cancelled")
    ledger.must(isCancelAsked(ledger, known, before), () => `${id} is cancelled, and nobody asked`)
}

function attempted(ledger: Ledger, known: Known, change: Change): void {
  const { attempt, outcome: written } = change
  const { job, reported, attemptsEnded, row } = known
  ledger.must(attempt === attemptsEnded, () => `attempt ${attempt} of ${job.id} is written as its ${attemptsEnded}th`)
  // An attempt that was cancelled before its outcome was stored may be recorded as either.
  if (reported?.attempt === attempt && !(row?.state === "cancelled" && written === "cancelled")) {
    const came = reported.outcome.kind === "unreached" ? reported.outcome.reason : reported.outcome.kind
    ledger.must(written === came, () => `attempt ${attempt} of ${job.id} came to ${came} and is written as ${written}`)
  }
  ledger.closings.stored(job.id, attempt)
  ledger.spend(job, change)
}

function isCancelAsked(ledger: Ledger, known: Known, before: Change): boolean {
  for (const request of ledger.requests.values()) {
    // A removed job that is under way is cancelled before it is deleted.
    if ((request.kind === "cancel" || request.kind === "remove") && request.id === known.job.id) return true
    if (request.kind !== "cancelSome" && request.kind !== "removeSome") continue
    if (request.ids.includes(known.job.id) && fits(before, request.only)) return true
  }
  return false
}

function isKeyRefused(reported: Known["reported"], { state, attempt }: Change): boolean {
  if (state !== "running") return false
  return reported?.attempt === attempt && reported.outcome.kind === "refused" && reported.outcome.isKeyRefused
}
