// Holds what the clients were told against what the upstream saw and what the store says: what a run came to, and what it broke.
import { openDatabase } from "../opendatabase.ts"
import { type Entry, EXAMPLES_MAX, type Ledger, name } from "./ledger.ts"
import { readLossRetries } from "./plan.ts"
import type { Call } from "./upstream.ts"

/** A moment at which the gateway was killed. */
export interface Kill {
  at: number
  /** Since when nothing could be stored; by default it could be until the kill. */
  unstoredSince?: number
  /** Since when it may have broken off calls itself; by default it did not. */
  cutSince?: number
}

export interface Verdict {
  jobs: Record<string, number>
  failures: Record<string, number>
  /** How many jobs had so many calls. */
  callsPerJob: Record<number, number>
  /** Calls that were open when the gateway was killed, and second calls of jobs whose provider did nothing wrong. */
  calls: { total: number; openAtKills: number; extra: number }
  refusals: Record<string, number>
  broken: Record<string, string[]>
}

/** How a job ends whose calls were lost too often. */
const lossCodes = new Set(["502 interrupted", "502 provider_connection_failed", "504 request_timed_out"])
/** Answers are stored in about the order in which they came: one that came no longer than this before the last that was may wait. */
const COMMIT_MS = 250
/** What a moment taken by one process may differ from another's of the same thing, when both are busy. */
const SKEW_MS = 250
/** How long after its cancellation a call that was going out at that very moment may still arrive. */
const CANCEL_MS = 1000

/** @param database path of the store; null: it cannot be opened any more */
export function judge(ledger: Ledger, calls: Call[], kills: Kill[], database: string | null): Verdict {
  const byJob = new Map<number, Call[]>()
  for (const call of calls) {
    const others = byJob.get(call.job)
    if (others) others.push(call)
    else byJob.set(call.job, [call])
  }
  for (const list of byJob.values()) list.sort((a, b) => a.startedAt - b.startedAt)

  const extra = checkCalls(ledger, byJob, listEnds(ledger, byJob, kills))
  if (database !== null) checkStore(ledger, byJob, database)
  return {
    jobs: countJobs(ledger),
    failures: count(ledger.entries.flatMap(({ end }) => (end?.status === "failed" ? [end.code] : []))),
    callsPerJob: count([...byJob.values()].map((list) => list.length)),
    calls: {
      total: calls.length,
      openAtKills: sum(kills.map(({ at }) => calls.filter((call) => isOpenAt(call, at, 0)).length)),
      extra,
    },
    refusals: Object.fromEntries(ledger.refusals),
    broken: Object.fromEntries(
      [...ledger.problems].map(([kind, { count: n, examples }]) => [`${kind}: ${n}`, examples]),
    ),
  }
}

/** What many runs of one kind came to. */
export function mergeVerdicts(verdicts: Verdict[]): Verdict {
  const merged: Verdict = {
    jobs: {},
    failures: {},
    callsPerJob: {},
    calls: { total: 0, openAtKills: 0, extra: 0 },
    refusals: {},
    broken: {},
  }
  for (const { jobs, failures, callsPerJob, calls, refusals, broken } of verdicts) {
    addTo(merged.jobs, jobs)
    addTo(merged.failures, failures)
    addTo(merged.callsPerJob, callsPerJob)
    addTo(merged.calls, calls)
    addTo(merged.refusals, refusals)
    for (const [kind, examples] of Object.entries(broken)) {
      const [what = "", times = "1"] = kind.split(/: (?=\d+$)/)
      const known = Object.keys(merged.broken).find((other) => other.startsWith(`${what}: `))
      const sum = Number(times) + Number(known?.split(": ").at(-1) ?? 0)
      const before = (known && merged.broken[known]) || []
      if (known !== undefined) delete merged.broken[known]
      merged.broken[`${what}: ${sum}`] = [...before, ...examples].slice(0, EXAMPLES_MAX)
    }
  }
  return merged
}

function addTo<K extends string | number>(sums: Record<K, number>, more: Record<K, number>): void {
  for (const [name, value] of Object.entries(more) as [K, number][]) sums[name] = (sums[name] ?? 0) + value
}

/** A kill, and when the last of the answers came that had been stored by then. */
type Ended = Kill & { storedAt: number }

/**
 * How long an answer waits for its commit is up to the machine: a busy one takes seconds. What the gateway must not do is to store those that
 * came later and not it. The last call of a job that is complete is the one whose answer was stored, before any kill that came after it.
 */
function listEnds({ entries }: Ledger, byJob: ReadonlyMap<number, Call[]>, kills: Kill[]): Ended[] {
  const stored = entries
    .filter(({ end }) => end?.status === "completed")
    .map(({ plan }) => byJob.get(plan.number)?.at(-1)?.endedAt ?? 0)
    .sort((a, b) => a - b)
  return kills.map((kill) => ({ ...kill, storedAt: stored.findLast((at) => at <= kill.at) ?? 0 }))
}

/** Every call had a reason; how many second calls had a kill as theirs. */
function checkCalls(ledger: Ledger, byJob: ReadonlyMap<number, Call[]>, kills: Ended[]): number {
  let extra = 0
  for (const entry of ledger.entries) {
    const calls = byJob.get(entry.plan.number) ?? []
    if (entry.isRefused && calls.length > 0) ledger.problem("refused, and called all the same", name(entry))
    if (entry.end?.status === "completed" && calls.length === 0) ledger.problem("completed without a call", name(entry))
    checkKeys(ledger, entry, calls)
    checkLosses(ledger, entry, calls, kills)
    const { end, removedAt } = entry
    for (const { startedAt } of calls) {
      if (end !== null && end.status !== "cancelled" && startedAt > end.knownAt) {
        ledger.problem("called after its end", `${name(entry)}: ${startedAt - end.knownAt} ms after`)
      }
      const takenAt = end?.status === "cancelled" ? end.knownAt : removedAt
      if (takenAt !== null && startedAt > takenAt + CANCEL_MS) {
        ledger.problem("called after its cancellation", `${name(entry)}: ${startedAt - takenAt} ms after`)
      }
    }
    if (entry.plan.script.faults.length > 0) continue
    for (const [index, call] of calls.entries()) {
      const before = calls[index - 1]
      if (before === undefined) continue
      extra++
      if (!kills.some((kill) => kill.at <= call.startedAt && (isOpenAt(before, kill.at) || isUnstored(before, kill)))) {
        ledger.problem("called again for no reason", `${name(entry)}: ${JSON.stringify(calls)}`)
      }
    }
  }
  return extra
}

/** What calls may be lost is up to the job: no call goes out beyond that, and no job fails before that. */
function checkLosses(ledger: Ledger, entry: Entry, calls: Call[], kills: Kill[]): void {
  const { plan, end, sentAt } = entry
  const most = readLossRetries(plan)
  const isLost = ({ fault }: Call) => fault === "reset" || fault === "hang"
  const isCutOff = (call: Call) => call.isCut && kills.some(({ at }) => isOpenAt(call, at, 0))
  const repeats = calls.filter((call, index) => index < calls.length - 1 && (isLost(call) || isCutOff(call))).length
  if (repeats > most)
    ledger.problem("called again though it may have been billed", `${name(entry)}: ${JSON.stringify(calls)}`)
  if (end?.status !== "failed" || plan.ends === "failed") return
  // A call may be cut off before the upstream has seen it.
  const losses = calls.filter(isLost).length + kills.filter(({ at }) => at >= sentAt && at <= end.knownAt).length
  if (losses <= most || !lossCodes.has(end.code)) {
    ledger.problem("failed for no reason of its provider", `${name(entry)}: ${end.code}`)
  }
}

/** All calls of a job carry one key, and it is the job's id. A gateway that sends none is not asked for more. */
function checkKeys(ledger: Ledger, entry: Entry, calls: Call[]): void {
  const keys = new Set(calls.map(({ key }) => key))
  const [key] = keys
  if (keys.size > 1 || (key && entry.id !== null && key !== entry.id)) {
    ledger.problem("calls under different keys", `${name(entry)}: ${[...keys].join(" ")}`)
  }
}

/** No job has had more calls than attempts, and one that was never started has had none. */
function checkStore(ledger: Ledger, byJob: ReadonlyMap<number, Call[]>, path: string): void {
  const database = openDatabase(path, { readonly: true })
  const rows = database.query<{ id: string; attempt: number }, []>("SELECT id, attempt FROM jobs").all()
  database.close()
  const attempts = new Map(rows.map((row) => [row.id, row.attempt]))
  for (const entry of ledger.entries) {
    const most = entry.id === null ? undefined : attempts.get(entry.id)
    const calls = byJob.get(entry.plan.number)?.length ?? 0
    if (most === undefined || calls <= most) continue
    const kind = most === 0 ? "cancelled before its start, and called" : "more calls than attempts"
    ledger.problem(kind, `${name(entry)}: ${calls} calls, ${most} attempts`)
  }
}

function isOpenAt({ startedAt, endedAt }: Call, at: number, skewMs = SKEW_MS): boolean {
  return startedAt <= at + skewMs && (endedAt === null || endedAt >= at)
}

/** It was answered or broken off, and the end came before that could be stored. */
function isUnstored({ endedAt, isCut }: Call, { at, storedAt, unstoredSince = at, cutSince = at }: Ended): boolean {
  if (endedAt === null || endedAt >= at) return false
  return endedAt >= (isCut ? cutSince : Math.min(unstoredSince, storedAt) - COMMIT_MS)
}

function countJobs({ entries, problems }: Ledger): Record<string, number> {
  const accepted = entries.filter(({ id }) => id !== null)
  const ended = (status: string) => accepted.filter(({ end }) => end?.status === status).length
  return {
    submitted: entries.length,
    accepted: accepted.length,
    refused: entries.filter(({ isRefused }) => isRefused).length,
    "cut off, not known": entries.filter(({ id, isDoubtful }) => id === null && isDoubtful).length,
    completed: ended("completed"),
    failed: ended("failed"),
    cancelled: ended("cancelled"),
    deleted: accepted.filter(({ removedAt }) => removedAt !== null).length,
    LOST: entries.filter(({ isLost }) => isLost).length,
    STUCK: problems.get("STUCK")?.count ?? 0,
    "with a wrong result": problems.get("wrong result")?.count ?? 0,
  }
}

function count<K extends string | number>(values: K[]): Record<K, number> {
  const counts = {} as Record<K, number>
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1
  return counts
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
