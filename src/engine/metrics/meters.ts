// Counts what the engine does by provider, request type, state and outcome, and by nothing that a caller can choose freely.
// A change counts when its transaction is on disk, and not at all when the transaction is rolled back.
import type { Outcome } from "../../call.ts"
import type { UnfinishedState } from "../../jobs/job.ts"
import type { Unfinished as Standing } from "../../jobs/store.ts"
import type { TryOutcome } from "../../webhooks/webhook.ts"
import type { Ending, Histogram, Kind, Readings, Unfinished } from "../threads/protocol.ts"
import type { Counts } from "./changes.ts"
import { createHistory, type History } from "./history.ts"

/** The members of a job that are needed to count it. */
export interface Counted {
  provider: string
  requestType: string
  createdAt: number
}

/** The label of every provider that is no longer configured. */
export const UNCONFIGURED = "unconfigured"
/** The request type of unfinished jobs that were too many at the start to look at each. */
export const UNCLASSIFIED = "unclassified"

const waitSeconds = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200, 43_200]
const callSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600]
const commitSeconds = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5]
const changeCounts = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500]

type Step = ReturnType<History["at"]>

export type Meters = ReturnType<typeof createMeters>

/** @param providers the names of the configured providers */
export function createMeters(providers: readonly string[]) {
  const configured = new Set(providers)
  const unfinished = new Map<string, Map<string, Unfinished>>()
  const kinds = new Map<string, Map<string, Kind>>()
  const took = histogram(commitSeconds)
  const changes = histogram(changeCounts)
  let failed = 0
  const reaper: Readings["reaper"] = { lastRunAt: null, pruned: 0, lapsed: 0 }
  const deliveries = { delivered: 0, retryable_failure: 0, permanent_failure: 0, exhausted: 0 }
  /** Unfinished jobs that were created up to this time count as `UNCLASSIFIED`. */
  let unclassifiedUntil = Number.NEGATIVE_INFINITY
  /** The counting functions of the current transaction, called when it is on disk, and how many jobs it changes. */
  const open: ((step: Step) => void)[] = []
  let changed = 0
  const history = createHistory()

  function labelProvider(provider: string): string {
    return configured.has(provider) ? provider : UNCONFIGURED
  }

  function findUnfinished(provider: string, type: string): Unfinished {
    return at(unfinished, labelProvider(provider), type, () => ({ queued: 0, running: 0, waiting: 0 }))
  }

  function findKind({ provider, requestType }: Counted): Kind {
    return at(kinds, labelProvider(provider), requestType, newKind)
  }

  function move(
    { provider, requestType, createdAt }: Counted,
    from: UnfinishedState | null,
    to: UnfinishedState | null,
  ): void {
    const jobs = findUnfinished(provider, createdAt <= unclassifiedUntil ? UNCLASSIFIED : requestType)
    if (from !== null) jobs[from]--
    if (to !== null) jobs[to]++
  }

  /** Counts an attempt that ended; null: no attempt ended. */
  function attempt(job: Counted, outcome: string | null): void {
    if (outcome === null) return
    const { attempts } = findKind(job)
    attempts[outcome] = (attempts[outcome] ?? 0) + 1
    if (outcome === "lease_expired") reaper.lapsed++
  }

  function later(count: (step: Step) => void, jobs = 1): void {
    open.push(count)
    changed += jobs
  }

  return {
    /**
     * Takes over the unfinished jobs at the start.
     * @param latest when the newest job was created
     */
    begin(there: readonly Standing[], latest: number | null): void {
      const isClassified = there.every(({ requestType }) => requestType !== null)
      if (!isClassified) unclassifiedUntil = latest ?? unclassifiedUntil
      for (const { provider, requestType, state, count } of there) {
        const type = isClassified && requestType !== null ? requestType : UNCLASSIFIED
        findUnfinished(provider, type)[state] += count
      }
    },

    accepted(job: Counted): void {
      later((step) => {
        step.count("accepted")
        findKind(job).accepted++
        move(job, null, "queued")
      })
    },

    /** @param waitedMs the wait before the first attempt; null: this is a later attempt */
    started(job: Counted, from: UnfinishedState, waitedMs: number | null): void {
      later((step) => {
        move(job, from, "running")
        if (waitedMs === null) return
        step.waited(waitedMs)
        observe(findKind(job).wait, waitedMs / 1000)
      })
    },

    /** A running job is queued or waits. @param outcome of the attempt that ended with this; null: the attempt has not ended */
    stopped(job: Counted, to: UnfinishedState, outcome: string | null): void {
      later(() => {
        move(job, "running", to)
        attempt(job, outcome)
      })
    },

    /** A job is queued for a fallback because a provider has failed. */
    redirected(job: Counted, provider: string, outcome: string): void {
      later(() => {
        move(job, "running", null)
        move({ ...job, provider }, null, "queued")
        attempt(job, outcome)
      })
    },

    /** @param ranMs since the last attempt began; null: no attempt ended with the job */
    ended(job: Counted, from: UnfinishedState, ending: Ending, outcome: string | null, ranMs: number | null): void {
      later((step) => {
        const { ended, run } = findKind(job)
        move(job, from, null)
        ended[ending]++
        if (ending !== "removed") step.count(ending)
        attempt(job, outcome)
        if (ranMs === null) return
        step.ran(ranMs)
        observe(run, ranMs / 1000)
      })
    },

    pruned(count: number): void {
      if (count > 0) later(() => (reaper.pruned += count), count)
    },

    /** A try of a webhook's delivery has ended. */
    delivered(outcome: TryOutcome): void {
      later(() => deliveries[outcome]++, 0)
    },

    reaped(now: number): void {
      reaper.lastRunAt = now
    },

    /**
     * The transaction is on disk. A transaction that changed no job is not counted, because it need not have written anything.
     * @param now when it began: epoch milliseconds
     */
    committed(tookMs: number, now: number): void {
      if (open.length === 0) return
      if (changed > 0) {
        observe(took, tookMs / 1000)
        observe(changes, changed)
      }
      const step = history.at(now)
      for (const count of open) count(step)
      open.length = 0
      changed = 0
    },

    undone(): void {
      failed++
      open.length = 0
      changed = 0
    },

    /** A call has ended. Polls of upstream jobs are left out, because they do not show how long the provider takes. */
    answered(job: Counted & { providerState: string | null }, { kind }: Outcome, tookMs: number): void {
      if (kind !== "unreached" && job.providerState === null) observe(findKind(job).upstream, tookMs / 1000)
    },

    history: history.read,

    /** How many jobs are in each unfinished state. */
    count(): Counts {
      const counts = { queued: 0, running: 0, waiting: 0 }
      for (const { queued, running, waiting } of [...unfinished.values()].flatMap((byType) => [...byType.values()])) {
        counts.queued += queued
        counts.running += running
        counts.waiting += waiting
      }
      return counts
    },

    read(): Omit<Readings, "threads"> {
      const all = <T>(map: Map<string, Map<string, T>>) => [...map.values()].flatMap((byType) => [...byType.values()])
      return { unfinished: all(unfinished), kinds: all(kinds), commits: { took, changes, failed }, reaper, deliveries }
    },
  }
}

/** Returns the item of a provider and request type, and makes it where there is none. */
function at<T extends { provider: string; type: string }>(
  all: Map<string, Map<string, T>>,
  provider: string,
  type: string,
  make: () => Omit<T, "provider" | "type">,
): T {
  const there = all.get(provider)?.get(type)
  if (there) return there
  const made = { provider, type, ...make() } as T
  const ofProvider = all.get(provider) ?? new Map<string, T>()
  all.set(provider, ofProvider.set(type, made))
  return made
}

function newKind(): Omit<Kind, "provider" | "type"> {
  return {
    accepted: 0,
    ended: { succeeded: 0, failed: 0, cancelled: 0, removed: 0 },
    attempts: {},
    wait: histogram(waitSeconds),
    run: histogram(callSeconds),
    upstream: histogram(callSeconds),
  }
}

function histogram(bounds: readonly number[]): Histogram {
  return { bounds, counts: new Array<number>(bounds.length + 1).fill(0), sum: 0 }
}

function observe(into: Histogram, value: number): void {
  const { bounds, counts } = into
  let bucket = 0
  while (value > (bounds[bucket] ?? Number.POSITIVE_INFINITY)) bucket++
  counts[bucket] = (counts[bucket] ?? 0) + 1
  into.sum += value
}
