// Group commit: everything that arrived while the last commit ran goes into the next one, submits, outcomes and claims together.
// Only what is on disk is answered, and only what is claimed on disk is called.
import type { Clock } from "../clock.ts"
import { type Answer, ask } from "../jobs/answer.ts"
import type { BodyPart, Change, Store } from "../jobs/store.ts"
import { StoreError } from "../jobs/storeerror.ts"
import type { Log } from "../log.ts"
import { CLOSED, type Disk, isStoreTrouble } from "./disk.ts"
import { createInbox, type Entry } from "./inbox.ts"

/** How long the engine leaves a store alone that refused a write. */
const TROUBLE_PAUSE_MS = 1000
/** The store takes no changes any more. */
const DAMAGED = new StoreError("corrupt", "", "the database is damaged")

/** What the rest of the engine does in a turn. */
export interface TurnParts {
  /** Whether the directory is no longer this process's: then no turn is taken. */
  isLost(): boolean
  /** When the next job that could go out is due: epoch ms, 0 for now, Infinity for never. */
  nextAt(): number
  /** Whether calls may go out now. */
  mayStart(): boolean
  /** Learns which jobs' deadlines have passed, and goes on. */
  prepare(now: number, goOn: () => void): void
  /** What a turn adds behind what came: the ends of those jobs, and then claims. */
  ends(): readonly Entry[]
  claims(now: number): readonly Change[]
  /** The turn is on disk. */
  settled(claims: readonly unknown[], now: number): void
  /** It was rolled back. */
  rolledBack(now: number): void
}

export type Committer = ReturnType<typeof createCommitter>

export function createCommitter(options: { store: Store; clock: Clock; log: Log; disk: Disk; parts: TurnParts }) {
  const { store, clock, log, disk, parts } = options
  const inbox = createInbox()
  /** Entries that are each stored alone, because one of their batch was at fault. */
  const suspects: Entry[] = []
  /** Entries of a commit that may lie in the log although it failed. */
  const uncertain: { entry: Entry; error: unknown }[] = []
  /** Kept entries that a store in trouble has refused, and what cancels their next try. */
  const paused = new Map<Entry, () => void>()
  /** What waits for the turn that is under way. */
  const afterwards: (() => void)[] = []
  let isScheduled = false
  /** How much must come back before the next turn: a turn that is under way, and questions whose answers it needs. */
  let out = 0
  let isClosed = false
  /** Whether a job of this turn may go out without having been queued. */
  let startsAtOnce = false
  let cancelWake = () => {}

  function write(entry: Entry): void {
    inbox.add(entry)
    schedule()
  }

  function schedule(): void {
    if (isScheduled || out > 0) return
    isScheduled = true
    clock.soon(turn)
  }

  function turn(): void {
    isScheduled = false
    if (out > 0) return
    const suspect = suspects.shift()
    const batch = suspect ? [suspect] : inbox.take()
    if (isClosed) {
      for (const entry of batch) entry.failed?.(CLOSED)
      next()
      return
    }
    if (parts.isLost()) return
    if (disk.isDamaged()) salvage(batch)
    else if (batch.length > 0 || (!disk.isInTrouble() && parts.nextAt() <= clock.now())) commit(batch)
    else next()
  }

  function next(): void {
    if (suspects.length > 0 || !inbox.isEmpty()) schedule()
    else if (!isClosed) wakeWhenDue()
  }

  /** What has come back from a provider is paid for, and may have its place on pages that are sound: each entry alone. */
  function salvage(batch: Entry[]): void {
    for (const entry of batch) {
      if (!entry.isKept) entry.failed?.(DAMAGED)
      else suspects.push(entry)
    }
    const kept = suspects.shift()
    if (kept) commit([kept])
    else next()
  }

  function commit(batch: readonly Entry[]): void {
    out++
    disk.measureIfDue()
    const now = clock.now()
    if (disk.isDamaged()) storeBatch(batch, now)
    else parts.prepare(now, () => storeBatch(batch, now))
  }

  function storeBatch(batch: readonly Entry[], now: number): void {
    startsAtOnce = parts.mayStart() && !batch.some(({ endsJobs }) => endsJobs)
    const changes: Change[] = []
    const stored: { entry: Entry; count: number }[] = []
    for (const entry of disk.isDamaged() ? batch : [...batch, ...parts.ends()]) {
      const planned = entry.plan(now)
      if (planned === null) continue
      stored.push({ entry, count: planned.length })
      changes.push(...planned)
    }
    if (!disk.isDamaged()) changes.push(...parts.claims(now))
    ask(
      () => (changes.length === 0 ? [] : store.turn(now, changes)),
      (results) => {
        out--
        settle(stored, results, now)
        goOn()
      },
      (error) => {
        out--
        parts.rolledBack(now)
        undone(batch, error)
        goOn()
      },
    )
  }

  function goOn(): void {
    if (out > 0) return
    for (const action of afterwards.splice(0)) action()
    next()
  }

  function settle(stored: readonly { entry: Entry; count: number }[], results: readonly unknown[], now: number): void {
    let at = 0
    for (const { entry, count } of stored) {
      entry.settled?.(results.slice(at, at + count), now)
      at += count
    }
    parts.settled(results.slice(at), now)
  }

  /** A turn was rolled back: what becomes of its entries. If one is at fault, it must not take the others with it. */
  function undone(batch: readonly Entry[], error: unknown): void {
    if (!isStoreTrouble(error)) {
      if (batch.length === 1) for (const entry of batch) reject(entry, error)
      else suspects.push(...batch)
      return
    }
    disk.report(error)
    for (const entry of batch) {
      // Nobody can be told yet that nothing was accepted: it may still lie in the log. They are when the store takes a write.
      if (!error.isUncertain || entry.isKept) reject(entry, error)
      else uncertain.push({ entry, error })
    }
  }

  function reject(entry: Entry, error: unknown): void {
    if (entry.isKept && isStoreTrouble(error)) {
      const cancel = clock.after(TROUBLE_PAUSE_MS, () => {
        paused.delete(entry)
        write(entry)
      })
      paused.set(entry, cancel)
      return
    }
    if (!isStoreTrouble(error)) log.error("a change was refused by the store: this is a bug", { error: String(error) })
    entry.failed?.(error)
  }

  function wakeWhenDue(): void {
    cancelWake()
    if (!parts.mayStart()) return
    const at = parts.nextAt()
    if (at === Number.POSITIVE_INFINITY) return
    const delay = at - clock.now()
    if (delay <= 0) schedule()
    else cancelWake = clock.after(delay, schedule)
  }

  /** Those of an uncertain commit are told that nothing was accepted: the store has taken another write in its place. */
  function rejectUncertain(): void {
    for (const { entry, error } of uncertain.splice(0)) entry.failed?.(error)
  }

  return {
    write,
    schedule,
    rejectUncertain,

    /** Whether a store that answers with a promise has a turn under way. */
    isTurnOut: (): boolean => out > 0,

    /** As soon as no turn is under way: what it starts is known then. */
    afterTurn(action: () => void): void {
      if (out > 0) afterwards.push(action)
      else action()
    },

    /** Asks about the rows as they are between two turns: the next one begins when the answer has been used. */
    askBetweenTurns<T>(question: () => Answer<T>, use: (value: T) => void, failed: (error: unknown) => void): void {
      let isLate = false
      out++
      ask(
        question,
        (value) => {
          out--
          use(value)
          if (isLate) goOn()
        },
        (error) => {
          out--
          failed(error)
          if (isLate) goOn()
        },
      )
      isLate = true
    },

    isClosed: (): boolean => isClosed,

    /** Whether a job that is planned in this turn may go out at once. */
    mayStartAtOnce: (): boolean => startsAtOnce,

    /** Stores one part after the other, each in a commit that others can come between, and goes on when all are on disk. */
    writeParts(
      bodyParts: Iterator<BodyPart>,
      how: { isKept?: true; change(part: BodyPart): Change; done(): void; failed(error: unknown): void },
    ): void {
      const writeNext = () => {
        const part = bodyParts.next().value as BodyPart | undefined
        if (!part) {
          how.done()
          return
        }
        write({
          ...(how.isKept ? { isKept: true } : {}),
          bytes: part.bytes.length,
          plan: () => [how.change(part)],
          settled: writeNext,
          failed: how.failed,
        })
      }
      writeNext()
    },

    /** It is stored when nothing else waits; what is kept and was refused before is tried once more before it. */
    writeLast(entry: Entry): void {
      for (const [kept, cancelPause] of paused) {
        cancelPause()
        inbox.add(kept)
      }
      paused.clear()
      inbox.addLast(entry)
      schedule()
    },

    /** Whether kept entries wait for a store in trouble. */
    hasPaused: (): boolean => paused.size > 0,

    /** Nothing is stored any more. */
    close(): void {
      isClosed = true
      rejectUncertain()
      cancelWake()
      for (const cancelPause of paused.values()) cancelPause()
    },
  }
}
