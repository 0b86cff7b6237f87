// The event log: stores the events of logged answers as they come, each group in the next commit, and tells those who follow. A reader
// sees only what is on disk. Where an attempt broke, the next one follows in the same log.

import type { LoggedAnswer } from "../call.ts"
import { readBroken } from "../endpoints/streams/brokenanswer.ts"
import { ask } from "../jobs/answer.ts"
import type { Claimed } from "../jobs/job.ts"
import type { Store } from "../jobs/store.ts"
import type { Committer } from "./committer.ts"
import { createEntry } from "./inbox.ts"
import type { AddedEvents, LoggedEvents } from "./threads/logmessages.ts"
import type { Pool } from "./threads/pool.ts"
import type { FromEngine } from "./threads/protocol.ts"

export type EngineLog = ReturnType<typeof createEngineLog>

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

  function append(job: Claimed, lines: string, count: number, hasCall: boolean, done: () => void): void {
    committer.write(
      // Without its length: it must not overtake others, or be overtaken by the end of the job.
      createEntry<"logEvents">(
        { kind: "logEvents", job, lines, count, hasCall },
        {
          isKept: true,
          settled(first) {
            if (first !== null && hasCall) job.lossRetries = 0
            if (first !== null && followed.has(job.id)) added.push({ id: job.id, attempt: job.attempt, first, lines })
            done()
          },
          failed: done,
        },
      ),
    )
  }

  return {
    /** Stores events of an attempt in flight. */
    take({ jobId, attempt, lines, count, chars, hasCall }: LoggedEvents): void {
      const done = () => pool().logged(jobId, attempt, chars)
      const job = findJob(jobId)
      if (job?.attempt === attempt) append(job, lines, count, hasCall, done)
      else done()
    },

    /** Closes what earlier attempts of a job left open. @param lines of these @returns what the next one must know */
    goOn(job: Claimed, lines: readonly string[]): LoggedAnswer | null {
      if (lines.length === 0) return null
      const { closing, nextIndex, ids } = readBroken(lines)
      if (closing.length > 0) append(job, closing.join("\n"), closing.length, false, () => {})
      return { nextIndex, ids }
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

    /** Compresses the log of a job that has ended. */
    pack(id: string): void {
      committer.write(createEntry<"packEvents">({ kind: "packEvents", id }))
    },

    /** Tells of what a turn has added. */
    flush(): void {
      if (added.length > 0) post({ kind: "logged", added: added.splice(0) })
    },
  }
}

/** Whether the events of a job are stored. */
export function isLogged({ extras }: Pick<Claimed, "extras">): boolean {
  return extras?.includes('"isLogged":true') === true
}
