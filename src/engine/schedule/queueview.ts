// What the queues look like now, for those who ask: each lane with what it waits for, and the quotas that a 429 has closed. Facts
// only: the HTTP server puts them into words. Loaded when it is first asked for.
import type { Claimed, Lane } from "../../jobs/job.ts"
import type { Standing, Standings } from "../metrics/standing.ts"
import type { CapacityView, Provider } from "./capacity.ts"
import { countSlots } from "./draw.ts"
import type { Queue } from "./lanes.ts"
import { countRoom, isForgettable, isPaced, opensAt, type Quota } from "./quotas.ts"

/** Why a lane does not start its next job now. Times are epoch milliseconds; `room` and `limit` null: no limit. */
export type Wait =
  /** A 429 of the provider has closed the quota of this key and model, or it opens slowly after one. */
  | ({ kind: "quota" } & QuotaView)
  | { kind: "key_slots"; keyId: string; limit: number; inFlight: number }
  | { kind: "provider_slots"; limit: number; inFlight: number }
  | { kind: "owner_cap"; limit: number; inFlight: number }
  /** Its first job is due later: after a failed attempt, for one. */
  | { kind: "retry"; until: number }
  /** The configuration has no key for it. */
  | { kind: "no_key" }

export interface LaneView extends Lane {
  /** How many jobs are queued. */
  depth: number
  /** How many of its jobs have a call in flight, or an upstream job. */
  inFlight: number
  /** `empty`: no job is queued, and some are in flight. */
  place: "ready" | "later" | "waiting" | "empty"
  /** When the next job can start by itself; null: now, or when a call ends. */
  nextAt: number | null
  waitsFor: Wait[]
}

export interface QuotaView {
  provider: string
  /** Empty for calls without a key; the key choice of a caller's own key. */
  keyId: string
  model: string
  closedUntil: number
  opensAt: number
  /** How many calls may start now. */
  room: number | null
  inFlight: number
  strikes: number
  /** How many calls the provider allows in `windowMs`, as it reported; null: not known. */
  limit: number | null
  windowMs: number
  /** The time between two calls, where they are spaced; else null. */
  spacingMs: number | null
  /** Until when other keys are preferred, because this one was refused; 0: it was not. */
  shunnedUntil: number
}

export interface QueuesView {
  lanes: LaneView[]
  /** Whether there are more lanes than are listed. */
  hasMore: boolean
  quotas: QuotaView[]
  /** How many calls of these owners are in flight, and how many may be; null: any number. */
  inFlight: number
  cap: number | null
}

/**
 * @param owners whose lanes are shown; null: everybody's
 * @param running the jobs with a call in flight or an upstream job
 * @param most how many lanes and quotas are listed
 */
export function viewQueues(
  capacity: CapacityView,
  running: Iterable<Claimed>,
  owners: readonly string[] | null,
  most: number,
  now: number,
): QueuesView {
  const isShown = ({ owner }: Lane) => owners === null || owners.includes(owner)
  const calls = countRunning(running, isShown)
  const inFlight = [...calls.values()].reduce((sum, { count }) => sum + count, 0)
  const longest = createLongest(most)
  for (const provider of capacity.providers()) {
    for (const queue of provider.lanes.all()) {
      if (!isShown(queue)) continue
      const own = calls.get(nameLane(queue))?.count ?? 0
      calls.delete(nameLane(queue))
      if (queue.jobs > 0 || own > 0) longest.add({ provider, queue, lane: queue.lane, inFlight: own })
    }
  }
  for (const { lane, count } of calls.values()) longest.add({ provider: null, queue: null, lane, inFlight: count })
  const listed = longest.list()
  const lanes = listed.map((found) => viewLane(capacity, found, now))
  const quotas = owners === null ? listNotable(capacity, now) : listAwaited(listed)
  return {
    lanes,
    hasMore: longest.hasMore(),
    quotas: quotas.slice(0, most).map((quota) => viewQuota(quota, now)),
    inFlight,
    cap: owners?.length === 1 ? (capacity.findLimit(owners[0] ?? "")?.most ?? null) : null,
  }
}

export interface ProviderView {
  name: string
  inFlight: number
  /** Of all keys together, callers' own included. */
  standing: Standing
  keys: { id: string; inFlight: number; closedUntil: number; standing: Standing }[]
}

/** The providers that have had a job. `closedUntil` is of the model that is closed longest; 0: none was. */
export function viewProviders(capacity: CapacityView, standings: Pick<Standings, "read">): ProviderView[] {
  return [...capacity.providers()].map(({ settings, inFlight, keys, quotas }) => {
    const ofKeys = standings.read(settings.name)
    const all = [...ofKeys.values()]
    const errors = all.flatMap(({ lastError }) => (lastError === null ? [] : [lastError]))
    const successes = all.flatMap(({ lastSuccessAt }) => (lastSuccessAt === null ? [] : [lastSuccessAt]))
    return {
      name: settings.name,
      inFlight,
      standing: {
        lastSuccessAt: successes.length === 0 ? null : Math.max(...successes),
        lastError: errors.toSorted((a, b) => b.at - a.at)[0] ?? null,
      },
      keys: [...keys].map(([id, key]) => ({
        id,
        inFlight: key.inFlight,
        closedUntil: Math.max(0, ...[...quotas.values()].map((quota) => (quota.keyId === id ? quota.closedUntil : 0))),
        standing: ofKeys.get(id) ?? { lastSuccessAt: null, lastError: null },
      })),
    }
  })
}

/** A lane that is to be listed. `queue` null: it has no queue any more, only jobs in flight. */
interface Found {
  provider: Provider | null
  queue: Queue | null
  lane: Lane
  inFlight: number
}

function nameLane({ provider, model, keyChoice, owner, priority }: Lane): string {
  return [provider, model, keyChoice, owner, priority].join("\n")
}

function countRunning(running: Iterable<Claimed>, isShown: (lane: Lane) => boolean) {
  const calls = new Map<string, { lane: Lane; count: number }>()
  for (const job of running) {
    if (!isShown(job)) continue
    const name = nameLane(job)
    const there = calls.get(name)
    const { provider, model, keyChoice, owner, priority } = job
    if (there) there.count++
    else calls.set(name, { lane: { provider, model, keyChoice, owner, priority }, count: 1 })
  }
  return calls
}

/** Keeps the longest of very many lanes without sorting all of them: that would hold up the engine. */
function createLongest(most: number) {
  let kept: Found[] = []
  let seen = 0

  function cut(): void {
    kept = kept.toSorted((a, b) => countJobs(b) - countJobs(a) || b.inFlight - a.inFlight).slice(0, most)
  }

  return {
    add(found: Found): void {
      seen++
      kept.push(found)
      if (kept.length >= 4 * most) cut()
    },
    hasMore: () => seen > most,
    list(): Found[] {
      cut()
      return kept
    },
  }
}

function countJobs({ queue }: Found): number {
  return queue?.jobs ?? 0
}

function viewLane(capacity: CapacityView, { provider, queue, lane, inFlight }: Found, now: number): LaneView {
  const view = { ...lane, depth: queue?.jobs ?? 0, inFlight }
  if (provider === null || queue === null || queue.jobs === 0) {
    return { ...view, place: "empty", nextAt: null, waitsFor: [] }
  }
  const place = queue.place === "idle" ? "ready" : queue.place
  const waitsFor = listWaits(capacity, provider, queue, now)
  const times = waitsFor.map(findOpening)
  const next = Math.min(...times)
  return { ...view, place, nextAt: next > now && next < Number.POSITIVE_INFINITY ? next : null, waitsFor }
}

function findOpening(wait: Wait): number {
  if (wait.kind === "quota") return wait.opensAt
  return wait.kind === "retry" ? wait.until : Number.POSITIVE_INFINITY
}

function listWaits(capacity: CapacityView, provider: Provider, queue: Queue, now: number): Wait[] {
  if (queue.place === "later") return [{ kind: "retry", until: queue.dueAt }]
  const waits: Wait[] = []
  const { concurrency } = provider.settings
  if (provider.inFlight >= concurrency) {
    waits.push({ kind: "provider_slots", limit: concurrency, inFlight: provider.inFlight })
  }
  if (queue.place !== "waiting") return waits
  if (queue.quotas.length === 0) return [{ kind: "no_key" }]
  const cap = capacity.findLimit(queue.owner)
  if (cap && cap.inFlight >= cap.most) waits.push({ kind: "owner_cap", limit: cap.most, inFlight: cap.inFlight })
  for (const quota of queue.quotas) {
    const key = provider.keys.get(quota.keyId)
    if (countRoom(quota, now) < 1) waits.push({ kind: "quota", ...viewQuota(quota, now) })
    else if (key && countSlots(key) < 1) {
      waits.push({
        kind: "key_slots",
        keyId: quota.keyId,
        limit: key.settings.concurrency ?? 0,
        inFlight: key.inFlight,
      })
    }
  }
  return waits
}

function viewQuota(quota: Quota, now: number): QuotaView {
  const { provider, keyId, model, closedUntil, inFlight, strikes, limit, windowMs, shunnedUntil } = quota
  const room = countRoom(quota, now)
  return {
    provider,
    keyId,
    model,
    closedUntil,
    opensAt: opensAt(quota, now),
    room: room === Number.POSITIVE_INFINITY ? null : room,
    inFlight,
    strikes,
    limit,
    windowMs,
    spacingMs: isPaced(quota, now) ? quota.spacingMs : null,
    shunnedUntil,
  }
}

/** The quotas that hold back, or soon held back, or have calls in flight. */
function listNotable(capacity: CapacityView, now: number): Quota[] {
  const all = [...capacity.providers()].flatMap(({ quotas }) => [...quotas.values()])
  const notable = all.filter((quota) => !isForgettable(quota, now) || quota.strikes > 0)
  return notable.toSorted((a, b) => b.closedUntil - a.closedUntil || b.inFlight - a.inFlight)
}

function listAwaited(listed: readonly Found[]): Quota[] {
  const waiting = listed.filter(({ queue }) => queue?.place === "waiting")
  return [...new Set(waiting.flatMap(({ queue }) => queue?.quotas ?? []))]
}
