// Invariants of the event logs: each is what its attempts have sent, in that order and without a gap, whatever broke between. Nobody
// is told of an event that is not on disk, and a client that may have carried out a call is not asked for another.
import type { LoggedAnswer } from "../../src/call.ts"
import { readBroken } from "../../src/endpoints/streams/brokenanswer.ts"
import type { AddedEvents, LoggedEvents } from "../../src/engine/threads/logmessages.ts"
import { readNumber } from "../../src/jobs/numbers.ts"
import type { EventGroup } from "../../src/jobs/reads.ts"
import type { Change } from "./changes.ts"
import { type Known, type Ledger, terminal } from "./ledger.ts"
import { ReadableLog } from "./readablelog.ts"
import type { OutCall } from "./threads.ts"

/** What a trigger has recorded of a row of `answer_events`. */
export interface EventRow {
  /** The number of the job. */
  job: number
  first: number
  attempt: number
  count: number
  sequence: number | null
  /** The bytes, as hexadecimal digits. */
  data: string
}

/** A group of events that a thread has sent. */
interface Group extends LoggedEvents {
  isStored: boolean
}

/** All that is known of one log. */
export interface KnownLog {
  known: Known
  /** Every event that was ever stored, also after the job is gone. */
  lines: string[]
  /** The attempt of each of these. */
  attempts: number[]
  /** The rows on disk, by the place of their first event. */
  rows: Map<number, EventRow>
  reader: ReadableLog
  /** What the engine has got of the attempt and is not on disk, and what it has not told the thread of. */
  unstored: Group[]
  unacknowledged: Group[]
  /** Whether a call of a function is complete in it. */
  hasCall: boolean
}

export class EventLogs {
  /** By the numbers of the jobs. */
  readonly logs = new Map<number, KnownLog>()
  /** How many events those who follow a log in this process were told of; null: they wait for the first message. */
  private readonly followers = new Map<string, number | null>()
  /** The logs that the transaction has changed, and those of which it has deleted rows. */
  private readonly touched = new Set<KnownLog>()
  private readonly rewritten = new Set<KnownLog>()

  constructor(private readonly ledger: Ledger) {}

  submitted(known: Known): void {
    if (known.job.extras === null) return
    const nothing = { lines: [], attempts: [], rows: new Map(), unstored: [], unacknowledged: [], hasCall: false }
    this.logs.set(readNumber(known.job.id), { known, reader: new ReadableLog(), ...nothing })
  }

  find(id: string): KnownLog | undefined {
    return this.logs.get(readNumber(id))
  }

  // The threads.

  /** Checks what a call that goes out is told of the log. */
  called(call: OutCall, name: string): void {
    const log = this.find(call.jobId)
    const { ledger } = this
    ledger.must(call.extras.isLogged === log?.known.job.extras?.includes("isLogged"), () => `${name} is logged wrongly`)
    if (log === undefined) return
    const isResumed = call.step === "resume"
    ledger.must(!log.hasCall || isResumed, () => `${name} goes out after a complete call of a function`)
    const told = log.lines.length === 0 || (call.attempt === 1 && !isResumed) ? undefined : tell(log, call.attempt)
    ledger.must(
      Bun.deepEquals(call.log, told),
      () => `${name} goes out with ${JSON.stringify(call.log)}, not ${JSON.stringify(told)}`,
    )
    log.unacknowledged = []
  }

  /** Records a group that the engine gets of a call in flight. */
  sent(events: LoggedEvents): void {
    const log = this.find(events.jobId)
    const group = { ...events, isStored: false }
    // The state of an upstream job is no event, and has no place in the log.
    if (events.count === 0) group.isStored = true
    else log?.unstored.push(group)
    log?.unacknowledged.push(group)
  }

  /** Checks that what a thread is told to be on disk is there, unless its attempt is over. */
  acknowledged(jobId: string, attempt: number, chars: number): void {
    // Late events are acknowledged to a thread that has forgotten them.
    if (!this.ledger.out.has(`${jobId} ${attempt}`)) return
    const log = this.find(jobId)
    const group = log?.unacknowledged.shift()
    const name = `${chars} characters of attempt ${attempt} of ${jobId}`
    this.ledger.must(
      group?.attempt === attempt && group.chars === chars,
      () => `${name} are acknowledged, and ${group?.chars} are next`,
    )
    const isOver = !isRunning(log?.known.row ?? null, attempt)
    this.ledger.must(group?.isStored === true || isOver, () => `${name} are acknowledged and not on disk`)
  }

  /** Records that a call has ended: its thread is told nothing more. */
  over(jobId: string): void {
    const log = this.find(jobId)
    if (log) log.unacknowledged = []
  }

  /** Checks that no thread waits in vain: it would stop to read its answer. */
  checkAcknowledged(): void {
    for (const { known, unacknowledged } of this.logs.values()) {
      const { length } = unacknowledged
      this.ledger.must(length === 0, () => `${length} groups of ${known.job.id} were never acknowledged`)
    }
  }

  /** Records the end of the process, with all that was not on disk. */
  processEnded(): void {
    for (const log of this.logs.values()) {
      log.unstored = []
      log.unacknowledged = []
    }
    this.followers.clear()
  }

  // Those who follow.

  /** Records that the HTTP server begins or ends to follow. */
  follow(id: string, isFollowed: boolean): void {
    if (isFollowed) this.followers.set(id, null)
    else this.followers.delete(id)
  }

  /** Checks what the HTTP server is told. */
  told({ id, attempt, first, lines }: AddedEvents): void {
    const { ledger } = this
    const place = this.followers.get(id)
    const log = this.find(id)
    if (place === undefined) {
      ledger.fail(`the log of ${id} is told of, and nobody follows it`)
    } else if (lines === "") {
      const there = log === undefined || log.known.row === null ? 0 : log.lines.length
      ledger.must(place === null && first === there, () => `the log of ${id} begins at ${first}, and has ${there}`)
      this.followers.set(id, first)
    } else {
      const added = lines.split("\n")
      ledger.must(place === first, () => `events ${first} of ${id} are told of, and ${place} are next`)
      const isThere = log !== undefined && isSameGroup(log, first, { attempt, lines: added })
      ledger.must(isThere, () => `events ${first} of ${id} are told of as no disk has them`)
      this.followers.set(id, first + added.length)
    }
  }

  /** Checks between two turns that nothing was kept from those who follow. */
  checkFollowers(): void {
    for (const [id, place] of this.followers) {
      const log = this.find(id)
      const there = log?.lines.length ?? 0
      const isTold = log?.known.row === null ? place !== null : place === there
      this.ledger.must(isTold, () => `who follows ${id} knows ${place} of ${there} events`)
    }
  }

  // The rows.

  /** Checks a changed row, in the order of the changes of its transaction. */
  changed(kind: Change["kind"], row: EventRow): void {
    const log = this.logs.get(row.job)
    if (log === undefined) {
      this.ledger.fail(`events are written of job ${row.job}, which is not logged`)
      return
    }
    this.touched.add(log)
    if (kind === "events gone") {
      log.rows.delete(row.first)
      this.rewritten.add(log)
      return
    }
    const { job, row: jobRow } = log.known
    log.rows.set(row.first, row)
    if (isRunning(jobRow, row.attempt)) this.appended(log, row)
    // What packing writes is compared when the transaction is known as a whole.
    else if (jobRow === null || !terminal.has(jobRow.state) || !this.rewritten.has(log))
      this.ledger.fail(`events of attempt ${row.attempt} of ${job.id} are stored, which is ${jobRow?.state}`)
  }

  private appended(log: KnownLog, row: EventRow): void {
    const { ledger } = this
    const { id } = log.known.job
    const { attempt } = row
    const lines = readLines(row)
    const isNext = row.first === log.lines.length && row.count === lines.length
    ledger.must(isNext, () => `${row.count} events of ${id} are put at ${row.first} of ${log.lines.length}`)
    const closing = attempt > (log.attempts.at(-1) ?? 0) ? readBroken(log.lines).closing : []
    if (closing.length > 0)
      ledger.must(
        Bun.deepEquals(lines, closing),
        () => `attempt ${attempt} of ${id} follows, and does not close ${closing}`,
      )
    else {
      const group = log.unstored.shift()
      const isSent = group?.attempt === attempt && group.lines === lines.join("\n")
      ledger.must(isSent, () => `attempt ${attempt} of ${id} is stored with ${lines}, and sent ${group?.lines}`)
      if (group) group.isStored = true
      if (group?.hasCall) log.hasCall = true
    }
    for (const line of lines) {
      const problem = log.reader.read(line)
      ledger.must(problem === null, () => `in the log of ${id} ${problem}`)
      log.lines.push(line)
      log.attempts.push(attempt)
    }
  }

  /** Checks the log of a job that leaves the state `running`. */
  left(known: Known, { attempt }: Change, after: Change): void {
    const log = this.find(known.job.id)
    if (log === undefined) return
    const { id } = known.job
    const { length } = log.unstored
    // What ends an attempt without its outcome, as a cancel or a shutdown, waits for nothing.
    if (known.reported?.attempt === attempt && after.state !== "cancelled")
      this.ledger.must(length === 0, () => `attempt ${attempt} of ${id} ends before ${length} groups of its events`)
    if (after.state === "succeeded")
      this.ledger.must(!log.reader.isOpen, () => `${id} succeeds, and its log ends in the middle of an item`)
    log.unstored = []
  }

  /** Whether an update of a running job only forbids to repeat its call, or stores its upstream job. */
  isNoted(before: Change, after: Change): boolean {
    const log = this.find(after.id)
    if (log === undefined || after.state !== "running" || !isRunning(before, after.attempt)) return false
    const isForbidden = after.lossRetries === 0 && log.hasCall
    return isForbidden || (before.providerState === null && after.providerState !== null)
  }

  /** Checks the logs that a transaction has changed. */
  committed(changes: readonly Change[]): void {
    for (const { kind, id } of changes) {
      const log = kind === "delete" ? this.find(id) : undefined
      if (log) this.touched.add(log)
    }
    for (const log of this.touched) this.compare(log)
    this.touched.clear()
    this.rewritten.clear()
  }

  private compare(log: KnownLog): void {
    const { ledger } = this
    const { known, rows, lines, hasCall } = log
    const { job, row } = known
    if (row === null) {
      ledger.must(rows.size === 0, () => `${rows.size} rows of events are left of ${job.id}`)
      return
    }
    if (hasCall)
      ledger.must(row.lossRetries === 0, () => `${job.id} has a complete call of a function, and may be repeated`)
    let place = 0
    for (const each of [...rows.values()].sort((a, b) => a.first - b.first)) {
      const there = readLines(each)
      const isSame = isSameGroup(log, place, { attempt: each.attempt, lines: there })
      const isWhole = each.first === place && each.count === there.length && isSame
      ledger.must(isWhole, () => `the events of ${job.id} at ${each.first} are not those that were stored`)
      place += there.length
    }
    ledger.must(place === lines.length, () => `${job.id} has ${place} of ${lines.length} events`)
  }
}

/** What a call must know of the log: the items of earlier attempts, and what its own attempt has said before. */
function tell({ lines, attempts, rows }: KnownLog, attempt: number): LoggedAnswer {
  const earlier = lines.filter((_, at) => (attempts[at] ?? 0) < attempt)
  const { nextIndex, ids, closing } = readBroken(earlier)
  const own = lines.slice(earlier.length + closing.length)
  const sequence = [...rows.values()].sort((a, b) => a.first - b.first).at(-1)?.sequence ?? null
  return { nextIndex, ids, ...(own.length === 0 ? {} : { own: { lines: own, sequence } }) }
}

/** Whether these are events of the log, and all of that attempt. */
export function isSameGroup({ lines, attempts }: KnownLog, first: number, group: EventGroup): boolean {
  return (
    group.lines.length > 0 &&
    group.lines.every((line, at) => line === lines[first + at] && group.attempt === attempts[first + at])
  )
}

function isRunning(row: Change | null, attempt: number): boolean {
  return row?.state === "running" && row.attempt === attempt
}

function readLines({ data }: EventRow): string[] {
  const bytes = Buffer.from(data, "hex")
  // Zstandard: no event begins so.
  return (bytes[0] === 0x28 ? Bun.zstdDecompressSync(bytes) : bytes).toString().split("\n")
}
