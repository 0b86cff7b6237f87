// The event log: stores the events of logged answers as they come, each group in the next commit, and tells those who follow. A reader
// sees only what is on disk. Where an attempt broke, the next one follows in the same log.

import type { LoggedAnswer } from "../call.ts"
import { readBroken } from "../endpoints/streams/brokenanswer.ts"
import { ask } from "../jobs/answer.ts"
import type { Claimed, LoggedGroup } from "../jobs/job.ts"
import type { ChangeOf, Results, Store } from "../jobs/store.ts"
import type { Committer } from "./committer.ts"
import type { Entry } from "./inbox.ts"
import type { AddedEvents, LoggedEvents, StoredEvents } from "./threads/logmessages.ts"
import type { Pool } from "./threads/pool.ts"
import type { FromEngine } from "./threads/protocol.ts"

export type EngineLog = ReturnType<typeof createEngineLog>

/** How many logs one turn compresses. */
const PACKED_AT_ONCE = 4

/** Events that are not on disk. */
interface Group {
  change: ChangeOf<"logEvents">
  /** Called when they are, or are not needed any more. */
  done: () => void
}

export function createEngineLog(options: {
  store: Pick<Store, "eventCount">
  committer: Pick<Committer, "write">
  post: (message: FromEngine) => void
  /** The job whose attempt is in flight. */
  findJob: (jobId: string) => Claimed | undefined
  pool: () => Pick<Pool, "logged">
}) {
  const { store, committer, post, findJob, pool } = options
  const followed = new Set<string>()
  const added: AddedEvents[] = []
  /** Job id -> its groups, in their order. */
  const unstored = new Map<string, Group[]>()
  /** The jobs whose groups are in this turn. */
  const planned = new Set<string>()
  /** What is on disk or not needed, and is not reported yet. */
  const stored: StoredEvents[] = []
  /** The ended jobs whose logs are not compressed yet. */
  const unpacked: string[] = []
  let isPacking = false

  function append(job: Claimed, events: Omit<ChangeOf<"logEvents">, "kind" | "job">, done: () => void): void {
    const groups = unstored.get(job.id) ?? []
    groups.push({ change: { kind: "logEvents", job, ...events }, done })
    unstored.set(job.id, groups)
    committer.write(behind(job.id, { isKept: true, plan: () => null }))
  }

  /**
   * The entry with all events of its job that are not on disk before it. A store in trouble refuses entries, and each is tried again
   * at a time of its own: whatever comes first takes along what came before it.
   */
  function behind(id: string, entry: Entry): Entry {
    let groups: Group[] = []
    return {
      ...entry,
      plan(now) {
        groups = planned.has(id) ? [] : [...(unstored.get(id) ?? [])]
        planned.add(id)
        const changes = entry.plan(now)
        return groups.length === 0 ? changes : [...groups.map(({ change }) => change), ...(changes ?? [])]
      },
      settled(results, now) {
        forget(id, groups)
        for (const [at, group] of groups.entries()) settle(group, results[at] as Results["logEvents"])
        entry.settled?.(results.slice(groups.length), now)
      },
      failed(error) {
        forget(id, groups)
        for (const { done } of groups) done()
        report()
        entry.failed?.(error)
      },
    }
  }

  function forget(id: string, groups: readonly Group[]): void {
    const left = unstored.get(id)?.filter((group) => !groups.includes(group)) ?? []
    if (left.length === 0) unstored.delete(id)
    else unstored.set(id, left)
  }

  function settle({ change: { job, lines }, done }: Group, first: number | null): void {
    if (first !== null && followed.has(job.id)) added.push({ id: job.id, attempt: job.attempt, first, lines })
    done()
  }

  function report(): void {
    if (stored.length > 0) pool().logged(stored.splice(0))
  }

  function pack(): void {
    const ids = unpacked.splice(0, PACKED_AT_ONCE)
    isPacking = ids.length > 0
    if (!isPacking) return
    committer.write({
      plan: () => ids.map((id) => ({ kind: "packEvents", id })),
      settled: pack,
      failed() {
        isPacking = false
        unpacked.push(...ids)
      },
    })
  }

  return {
    /** Stores events of an attempt in flight. */
    take({ jobId, attempt, chars, state, ...events }: LoggedEvents): void {
      const done = () => stored.push({ jobId, attempt, chars })
      const job = findJob(jobId)
      if (job?.attempt !== attempt) {
        done()
        report()
        return
      }
      // Before that is on disk, because the thread may die before.
      if (events.hasCall) job.lossRetries = 0
      if (state !== undefined) job.providerState = state
      append(job, { ...events, state: state ?? null }, done)
    },

    /**
     * Closes what earlier attempts of a job left open, unless the call goes on with an upstream job, before which that was done.
     * @param groups all that is logged
     * @returns what the call must know
     */
    goOn(job: Claimed, groups: readonly LoggedGroup[]): LoggedAnswer | null {
      if (groups.length === 0) return null
      const earlier = groups.filter(({ attempt }) => attempt < job.attempt)
      const { closing, nextIndex, ids } = readBroken(earlier.flatMap(({ lines }) => lines))
      if (job.providerState === null) {
        const events = { lines: closing.join("\n"), count: closing.length, hasCall: false, sequence: null, state: null }
        if (closing.length > 0) append(job, events, () => {})
        return { nextIndex, ids }
      }
      const own = groups.slice(earlier.length + (closing.length > 0 ? 1 : 0))
      const last = own.at(-1)
      if (last === undefined) return { nextIndex, ids }
      return { nextIndex, ids, own: { lines: own.flatMap(({ lines }) => lines), sequence: last.sequence } }
    },

    /** Begins or ends the reports of what is added to the log of a job. It begins with how many events there are. */
    follow(id: string, isFollowed: boolean): void {
      followed.delete(id)
      if (!isFollowed) return
      followed.add(id)
      ask(
        () => store.eventCount(id),
        (count) => post({ kind: "logged", added: [{ id, attempt: 0, first: count, lines: "" }] }),
        // Whoever follows reads the log itself, and finds out there.
        () => {},
      )
    },

    /** Compresses the log of a job that has ended, a few at a time: it takes half a millisecond, and many may end together. */
    ended(job: Claimed): void {
      if (!isLogged(job)) return
      unpacked.push(job.id)
      if (!isPacking) pack()
    },

    behind,

    rollBack(): void {
      planned.clear()
    },

    /** Tells of what a turn has added. */
    flush(): void {
      planned.clear()
      report()
      if (added.length > 0) post({ kind: "logged", added: added.splice(0) })
    },
  }
}

/** Whether the events of a job are stored. */
export function isLogged({ extras }: Pick<Claimed, "extras">): boolean {
  return extras?.includes('"isLogged":true') === true
}
