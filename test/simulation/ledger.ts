// The ledger: what is known of every job from the requests, the calls and the rows on disk, and the first violated invariant.
// rows.ts, answers.ts, calls.ts and events.ts check all that happens against the ledger.
import type { Outcome } from "../../src/call.ts"
import type { State } from "../../src/jobs/job.ts"
import { countDays, isInState, type NewJob, type StateFilter } from "../../src/jobs/job.ts"
import type { Change as StoreChange } from "../../src/jobs/store.ts"
import { canCall } from "../../src/providers/keys.ts"
import type { ProviderSettings } from "../../src/providers/provider.ts"
import { BatchCounts } from "./batchcounts.ts"
import type { Change } from "./changes.ts"
import { Closings } from "./closings.ts"
import { EventLogs } from "./events.ts"
import { budgets } from "./settings.ts"
import type { OutCall } from "./threads.ts"
import { Webhooks } from "./webhooks.ts"

/** A request of the HTTP server to the engine that has no answer yet. */
export type Request =
  | { kind: Asked; id: string }
  | { kind: Several; ids: string[]; fitting: string[]; only: StateFilter }
type Asked = "submit" | "cancel" | "remove" | "order" | "batch"
export type Several = "cancelSome" | "removeSome"

/** Everything that is known of one job. */
export interface Known {
  job: NewJob
  /** The row on disk; null: not stored yet, or deleted. */
  row: Change | null
  /** Whether the row existed when the current process started. */
  isOlder: boolean
  /** How many attempts of the job have a row. */
  attemptsEnded: number
  /** The highest attempt whose call was made. */
  called: number
  /** How many answers were lost, and the last attempt whose answer was lost. */
  losses: number
  lostAttempt: number
  /** The last outcome that this process received. */
  reported: { attempt: number; outcome: Outcome } | null
  isCancelled: boolean
  /** The ids of the keys that the provider has refused. */
  refusedKeys: Set<string>
}

export const terminal: ReadonlySet<State> = new Set(["succeeded", "failed", "cancelled"])

export class Ledger {
  /** The first violated invariant. */
  problem: string | null = null
  readonly jobs = new Map<string, Known>()
  readonly closings = new Closings()
  readonly webhooks = new Webhooks(this)
  readonly batches = new BatchCounts(this)
  readonly events = new EventLogs(this)
  /** The requests that wait for an answer of this process. */
  readonly requests = new Map<number, Request>()
  readonly watched = new Set<string>()
  /** The ids of all jobs that were ever stored. */
  readonly stored = new Set<string>()
  /** The calls in flight, by `jobId attempt`. */
  readonly out = new Map<string, OutCall>()
  providers = new Map<string, ProviderSettings>()
  /** Why the engine reports that new jobs are refused. */
  trouble: string | null = null
  /** The time of the turn that was stored last, where answers come later than it; null: they come at once. */
  decidedAt: number | null = null
  /** By how much the clock was set back in all, which a start corrects in the stored times. */
  setBackMs = 0
  /** How many jobs are queued for each provider. */
  readonly queued = new Map<string, number>()
  /** How many jobs left the queue of each provider with the last commit. */
  readonly departed = new Map<string, number>()
  /** How many jobs the engine counted as queued for each provider in this turn that were not stored in the queue in the end. */
  readonly unstored = new Map<string, number>()
  /** The jobs of which that holds in a later turn, which stores what came while another was out, and their providers. */
  private readonly returning = new Map<string, string[]>()
  /** The jobs that this turn would requeue. */
  private requeued: readonly string[] = []
  /** What was used, by the day, owner, provider, model, request type and key name, as JSON text. */
  readonly used = new Map<string, { calls: number; tokens: number; cost: number }>()
  /** owner -> day -> tokens */
  readonly spent = new Map<string, Map<number, number>>()

  /** @param trace called with every change on disk, call and answer, in their order */
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

  /** Called when a turn is stored, where its answer comes later. */
  decided(at: number | null, changes: readonly StoreChange[]): void {
    this.decidedAt = at
    this.requeued = changes.flatMap((change) => (change.kind === "requeue" ? change.job.id : []))
  }

  /** Called before the changes of a turn. */
  beginTurn(): void {
    this.departed.clear()
    this.unstored.clear()
    for (const provider of [...this.returning.values()].flat()) addOne(this.unstored, provider)
    for (const id of this.requeued) this.returning.delete(id)
  }

  processEnded(): void {
    this.requests.clear()
    this.watched.clear()
    this.returning.clear()
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
      reported: null,
      isCancelled: false,
    }
    const known = { job, ...nothing, refusedKeys: new Set<string>() }
    this.jobs.set(job.id, known)
    this.events.submitted(known)
  }

  changesSome(seq: number, kind: Several, ids: string[], only: StateFilter): void {
    const fitting = ids.filter((id) => {
      const row = this.jobs.get(id)?.row
      return row && fits(row, only)
    })
    this.requests.set(seq, { kind, ids, fitting, only })
  }

  /** Records an attempt that is on disk, by everything that the usage of a day tells apart. */
  spend({ owner, requestType }: NewJob, { provider, model, keyName, usage, cost }: Change): void {
    const used = JSON.parse(usage ?? "{}") as { input_tokens?: number; output_tokens?: number }
    const tokens = (used.input_tokens ?? 0) + (used.output_tokens ?? 0)
    const day = countDays(this.now())
    const name = JSON.stringify([day, owner, provider, model, requestType, keyName ?? ""])
    const before = this.used.get(name) ?? { calls: 0, tokens: 0, cost: 0 }
    this.used.set(name, {
      calls: before.calls + 1,
      tokens: before.tokens + tokens,
      cost: before.cost + (cost ?? 0),
    })
    const days = this.spent.get(owner) ?? new Map<number, number>()
    days.set(day, (days.get(day) ?? 0) + tokens)
    this.spent.set(owner, days)
  }

  /** @param at when that was decided */
  isOverBudget(owner: string, at = this.now()): boolean {
    const budget = budgets[owner]
    if (!budget) return false
    const date = new Date(at)
    const spentSince = (first: number) =>
      [...(this.spent.get(owner) ?? [])].reduce((sum, [day, tokens]) => (day >= first ? sum + tokens : sum), 0)
    const { day, month } = budget
    return (
      spentSince(countDays(at)) >= (day?.tokens ?? Number.POSITIVE_INFINITY) ||
      spentSince(countDays(Date.UTC(date.getUTCFullYear(), date.getUTCMonth()))) >=
        (month?.tokens ?? Number.POSITIVE_INFINITY)
    )
  }

  /** Records a job whose call has ended but that was cancelled or removed before its requeue was stored. */
  neverReturned({ job, reported }: Known, row: Change): void {
    if (reported === null) return
    const fallbacks = JSON.parse(job.fallbacks ?? "[]") as { provider: string }[]
    const providers = [row, ...fallbacks].map(({ provider }) => provider)
    for (const provider of providers) addOne(this.unstored, provider)
    if (this.decidedAt !== null && !this.requeued.includes(job.id)) this.returning.set(job.id, providers)
  }

  isAsked(kind: Asked, id: string): boolean {
    for (const request of this.requests.values()) {
      if (request.kind === kind && request.id === id) return true
      if ("ids" in request && request.kind === `${kind}Some` && request.ids.includes(id)) return true
    }
    return false
  }

  count({ state, provider }: Change, by: 1 | -1): void {
    if (state !== "queued") return
    this.queued.set(provider, (this.queued.get(provider) ?? 0) + by)
    if (by < 0) this.departed.set(provider, (this.departed.get(provider) ?? 0) + 1)
  }

  /** Whether the configuration of this process has what calls of the job need. */
  isServed({ provider: name, model, keyChoice }: Change): boolean {
    const provider = this.providers.get(name)
    // The keys of these providers are open to every caller.
    return provider !== undefined && canCall(provider, model, keyChoice, "")
  }

  /** Whether a thread finds the key that the call needs: else nothing is sent. */
  isSendable({ provider: name, keyId, callerKey: ownKey }: OutCall): boolean {
    const provider = this.providers.get(name)
    if (!provider) return false
    return ownKey !== null || (keyId === null ? !provider.needsKey : provider.keys.some(({ id }) => id === keyId))
  }
}

export function addOne(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

export function fits({ state, attempt }: Change, only: StateFilter): boolean {
  return isInState({ state: state as State, attempt }, only)
}
