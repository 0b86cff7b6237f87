// What is known of every job from what was asked, what went out and what is on disk, and the first thing that was not as it must be:
// rows.ts, answers.ts and calls.ts hold against it what happens.
import type { Outcome } from "../../src/call.ts"
import type { State } from "../../src/jobs/job.ts"
import { countDays, type JobFilter, type NewJob } from "../../src/jobs/job.ts"
import { canCall } from "../../src/providers/keys.ts"
import type { ProviderSettings } from "../../src/providers/provider.ts"
import type { Change } from "./changes.ts"
import { Closings } from "./closings.ts"
import { budgets } from "./settings.ts"
import type { OutCall } from "./threads.ts"

/** What the face has asked of the engine and has no answer to yet. */
export type Request = { kind: Asked; id: string } | { kind: "cancelAll"; filter: JobFilter; ids: string[] }
type Asked = "submit" | "cancel" | "remove"

/** All that is known of one job. */
export interface Known {
  job: NewJob
  /** Its row on disk; null: it has none (yet, or any more). */
  row: Change | null
  /** Its row was there when this process began. */
  isOlder: boolean
  /** How many of its attempts have a row. */
  attemptsEnded: number
  /** The highest attempt that went out. */
  called: number
  /** How many answers of its provider were lost on their way, and the last attempt whose answer was. */
  losses: number
  lostAttempt: number
  /** How this process was told that the last call ended. */
  told: { attempt: number; outcome: Outcome } | null
  isCancelled: boolean
  /** The keys that its provider has refused. */
  refusedKeys: Set<string>
}

export const terminal: ReadonlySet<State> = new Set(["succeeded", "failed", "cancelled"])

export class Ledger {
  /** The first thing that was wrong. */
  problem: string | null = null
  readonly jobs = new Map<string, Known>()
  readonly closings = new Closings()
  /** What waits for an answer of this process. */
  readonly requests = new Map<number, Request>()
  readonly watched = new Set<string>()
  /** Calls that are out, by `jobId attempt`. */
  readonly out = new Map<string, OutCall>()
  providers = new Map<string, ProviderSettings>()
  /** Why the engine says that it takes no work. */
  trouble: string | null = null
  /** By how much the clock was ever set back, which a start makes good. */
  setBackMs = 0
  /** How many wait for each provider. */
  readonly queued = new Map<string, number>()
  /** How many left the queue of each provider with the last commit. */
  readonly departed = new Map<string, number>()
  /** How many jobs each provider's queue was thought to get by this turn: submits that are not stored, jobs that were not put back. */
  readonly unstored = new Map<string, number>()
  /** owner -> day -> tokens */
  readonly spent = new Map<string, Map<number, number>>()

  /** @param trace hears of everything that comes to disk, goes out or is answered, in its order */
  constructor(
    readonly now: () => number,
    readonly trace: (event: unknown) => void = () => {},
  ) {}

  fail(problem: string): void {
    this.problem ??= problem
  }

  must(isTrue: boolean, problem: () => string): void {
    if (!isTrue) this.fail(problem())
  }

  submitted(seq: number, job: NewJob): void {
    this.requests.set(seq, { kind: "submit", id: job.id })
    const nothing = {
      row: null,
      isOlder: false,
      attemptsEnded: 0,
      called: 0,
      losses: 0,
      lostAttempt: 0,
      told: null,
      isCancelled: false,
    }
    this.jobs.set(job.id, { job, ...nothing, refusedKeys: new Set() })
  }

  cancelsAll(seq: number, filter: JobFilter): void {
    const ids = [...this.jobs.values()]
      .filter((known) => known.row !== null && !terminal.has(known.row.state) && fits(known, known.row, filter))
      .map(({ job }) => job.id)
    this.requests.set(seq, { kind: "cancelAll", filter, ids })
  }

  spend(owner: string, used: { input_tokens?: number; output_tokens?: number }): void {
    if (!owner.startsWith("vk:")) return
    const days = this.spent.get(owner) ?? new Map<number, number>()
    const today = countDays(this.now())
    days.set(today, (days.get(today) ?? 0) + (used.input_tokens ?? 0) + (used.output_tokens ?? 0))
    this.spent.set(owner, days)
  }

  isOverBudget(owner: string): boolean {
    const budget = budgets[owner]
    if (!budget) return false
    const date = new Date(this.now())
    const spentSince = (first: number) =>
      [...(this.spent.get(owner) ?? [])].reduce((sum, [day, tokens]) => (day >= first ? sum + tokens : sum), 0)
    const { day, month } = budget
    return (
      spentSince(countDays(this.now())) >= (day?.tokens ?? Number.POSITIVE_INFINITY) ||
      spentSince(countDays(Date.UTC(date.getUTCFullYear(), date.getUTCMonth()))) >=
        (month?.tokens ?? Number.POSITIVE_INFINITY)
    )
  }

  /** Its call has ended, and it was cancelled or removed before that was stored: it was thought to come back into a queue. */
  neverReturned({ job, told }: Known, row: Change): void {
    if (told === null) return
    const fallbacks = JSON.parse(job.fallbacks ?? "[]") as { provider: string }[]
    for (const { provider } of [row, ...fallbacks]) this.unstored.set(provider, (this.unstored.get(provider) ?? 0) + 1)
  }

  isAsked(kind: Asked, id: string): boolean {
    for (const request of this.requests.values()) if (request.kind === kind && request.id === id) return true
    return false
  }

  count({ state, provider }: Change, by: 1 | -1): void {
    if (state !== "queued") return
    this.queued.set(provider, (this.queued.get(provider) ?? 0) + by)
    if (by < 0) this.departed.set(provider, (this.departed.get(provider) ?? 0) + 1)
  }

  /** Whether the job can go out as its provider is configured in this process. */
  isServed({ provider: name, model, keyChoice }: Change): boolean {
    const provider = this.providers.get(name)
    // No key of these providers is closed to a caller.
    return provider !== undefined && canCall(provider, model, keyChoice, "")
  }

  /** Whether a thread finds the key that the call is to go out with, if it needs one: else nothing goes out. */
  isSendable({ provider: name, keyId, callerKey: ownKey }: OutCall): boolean {
    const provider = this.providers.get(name)
    if (!provider) return false
    return ownKey !== null || (keyId === null ? !provider.needsKey : provider.keys.some(({ id }) => id === keyId))
  }
}

export function fits({ job }: Known, row: Change, filter: JobFilter): boolean {
  return (
    (filter.owner ?? job.owner) === job.owner &&
    (filter.provider ?? row.provider) === row.provider &&
    (filter.model ?? row.model) === row.model &&
    (filter.requestType ?? job.requestType) === job.requestType &&
    (filter.isPending ?? row.attempt === 0) === (row.attempt === 0)
  )
}
