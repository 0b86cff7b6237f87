// Group commit: everything that arrived during the last commit goes into the next one, submits, outcomes and claims together.
// A request is answered, and a call is sent, only after the commit that stores it.
import type { Clock } from "../clock.ts"
import { type Answer, ask } from "../jobs/answer.ts"
import type { BodyPart, Change, Store } from "../jobs/store.ts"
import { StoreError } from "../jobs/storeerror.ts"
import type { Log } from "../log.ts"
import { CLOSED, DAMAGED, type Disk, isStoreTrouble } from "./disk.ts"
import { createInbox, type Entry } from "./inbox.ts"

/** How long a kept entry waits before it is written again to a store that refused it. */
const TROUBLE_PAUSE_MS = 1000

/** What the other parts of the engine do in a turn. */
export interface TurnParts {
  /** Whether this process has lost the data directory: then no turn is taken. */
  isLost(): boolean
  /** When the next job is due that could be claimed: epoch ms, 0 for now, Infinity for never. */
  nextAt(): number
  /** Whether calls may be sent now. */
  mayStart(): boolean
  /** Finds the jobs whose deadlines have passed, then calls `goOn`. */
  prepare(now: number, goOn: () => void): void
  /** The entries that end those jobs. A turn stores them behind the entries that arrived. */
  ends(): readonly Entry[]
  /** The claims, which end the turn. */
  claims(now: number): readonly Change[]
  /** Called when the turn is on disk, with the results of the claims. */
  settled(claims: readonly unknown[], now: number): void
  /** Called when the turn was rolled back. */
  rolledBack(now: number): void
}

export type Committer = ReturnType<typeof createCommitter>

// Longer than 80 lines: the state of one turn is read and changed by all of its steps.
export function createCommitter(options: { store: Store; clock: Clock; log: Log; disk: Disk; parts: TurnParts }) {
  const { store, clock, log, disk, parts } = options
  const inbox = createInbox()
  /** Entries that are each stored alone, because an entry of their batch made the whole batch fail. */
  const suspects: Entry[] = []
  /** Entries of a failed commit that may have reached the write-ahead log all the same. */
  const uncertain: { entry: Entry; error: StoreError }[] = []
  /** Kept entries that wait for another try because the store took no writes, each with the function that cancels the try. */
  const paused = new Map<Entry, () => void>()
  /** The entry after which the store is closed. It is rejected at once, because the heartbeat, which ends an uncertainty, has stopped. */
  let last: Entry | null = null
  /** Functions that are called when the turn in progress has ended. */
  const afterwards: (() => void)[] = []
  let isScheduled = false
  /** How many answers of the store the next turn must wait for: that of the turn in progress and those of `askBetweenTurns`. */
  let out = 0
  let isClosed = false
  /** Until then each entry is stored alone, without claims and ends: one of them made a turn fail. */
  let aloneUntil = 0
  /** Whether a submit of this turn may store its job in the state `running`. */
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
    else if (batch.length > 0 || (!disk.isInTrouble() && nextAt() <= clock.now())) commit(batch)
    else next()
  }

  function nextAt(): number {
    return Math.max(parts.nextAt(), aloneUntil)
  }

  function next(): void {
    if (suspects.length > 0 || !inbox.isEmpty()) schedule()
    else if (!isClosed) wakeWhenDue()
  }

  /**
   * Stores the kept entries of a batch in a damaged database, each alone: answers of providers are paid for, and they may still
   * fit on undamaged pages.
   */
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
    const isAlone = disk.isDamaged() || now < aloneUntil
    const stored: { entry: Entry; count: number }[] = []
    const plan = (): Change[] => {
      const changes: Change[] = []
      for (const entry of isAlone ? batch : [...batch, ...parts.ends()]) {
        const planned = entry.plan(now)
        if (planned === null) continue
        stored.push({ entry, count: planned.length })
        changes.push(...planned)
      }
      if (!isAlone) changes.push(...parts.claims(now))
      return changes
    }
    ask(
      () => {
        const changes = plan()
        return changes.length === 0 ? [] : store.turn(now, changes)
      },
      (results) => {
        // The entries and the claims hear of it first: until then jobs that it starts are not known.
        settle(stored, results, now)
        out--
        goOn()
      },
      (error) => {
        out--
        parts.rolledBack(now)
        undone(batch, isAlone, error)
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

  /** Handles the entries of a turn that was rolled back. An entry that made the turn fail must not make the others fail. */
  function undone(batch: readonly Entry[], isAlone: boolean, error: unknown): void {
    if (!isStoreTrouble(error)) {
      if (isAlone && batch.length === 1) for (const entry of batch) reject(entry, error)
      else suspects.push(...batch)
      if (!isAlone) aloneUntil = clock.now() + TROUBLE_PAUSE_MS
      // A claim or an end was at fault.
      if (batch.length === 0) log.error("a turn was refused by the store: this is a bug", { error: String(error) })
      return
    }
    disk.report(error)
    for (const entry of batch) {
      // The commit may still be in the log, so that callers do not get an error yet: see `rejectUncertain`.
      if (!error.isUncertain || entry.isKept || entry === last) reject(entry, error)
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
    const at = nextAt()
    if (at === Number.POSITIVE_INFINITY) return
    const delay = at - clock.now()
    if (delay <= 0) schedule()
    else cancelWake = clock.after(delay, schedule)
  }

  /** Rejects the entries of an uncertain commit. Once a later write has overwritten that commit in the log, it is certain. */
  function rejectUncertain(isOverwritten: boolean): void {
    for (const { entry, error } of uncertain.splice(0)) {
      entry.failed?.(isOverwritten ? new StoreError(error.kind, error.code, error.message, { cause: error }) : error)
    }
  }

  /** Rejects what waits for a turn that cannot end while the store is away. */
  function refuseWaiting(): void {
    if (out === 0) return
    const away = new StoreError("unavailable", "AWAY", "the store is away")
    for (const entry of inbox.takeRefusable()) entry.failed?.(away)
  }

  return {
    write,
    schedule,
    rejectUncertain,
    refuseWaiting,

    /** Whether a turn is in progress, as it is for a while in a store that answers with a promise. */
    isTurnOut: (): boolean => out > 0,
    isClosed: (): boolean => isClosed,

    /** Calls `action` when no turn is in progress, so that all jobs that a turn starts are known. */
    afterTurn(action: () => void): void {
      if (out > 0) afterwards.push(action)
      else action()
    },

    /** Queries the rows between two turns. The next turn begins after `use` or `failed` has been called. */
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

    /** Whether a submit of this turn may store its job in the state `running`. */
    mayStartAtOnce: (): boolean => startsAtOnce,

    /** Stores an entry after all others, including the kept entries that wait for another try. */
    writeLast(entry: Entry): void {
      for (const [kept, cancelPause] of paused) {
        cancelPause()
        inbox.add(kept)
      }
      paused.clear()
      last = entry
      inbox.addLast(entry)
      schedule()
    },

    /** Whether kept entries wait for another try. */
    hasPaused: (): boolean => paused.size > 0,

    /** Ends the commits: entries that wait or come later are rejected. */
    close(): void {
      isClosed = true
      rejectUncertain(false)
      cancelWake()
      for (const [kept, cancelPause] of paused) {
        cancelPause()
        kept.failed?.(CLOSED)
      }
      paused.clear()
    },
  }
}

/** Stores the parts of a body one after the other, each in another commit, and calls `done` when all are on disk. */
export function writeParts(
  { write }: Pick<Committer, "write">,
  bodyParts: Iterator<BodyPart>,
  how: { isKept?: true; change(part: BodyPart): Change; done(): void; failed(error: unknown): void },
): void {
  const part = bodyParts.next().value as BodyPart | undefined
  if (!part) {
    how.done()
    return
  }
  write({
    ...(how.isKept ? { isKept: true } : {}),
    bytes: part.bytes.length,
    plan: () => [how.change(part)],
    settled: () => writeParts({ write }, bodyParts, how),
    failed: how.failed,
  })
}
