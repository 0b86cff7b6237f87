// The provider workers: hands each call to the least loaded thread, replaces a thread that dies and turns its calls into outcomes.
// A call that may have killed a thread goes out alone on one of its own, so that its death takes no other call with it.
import type { Call, Outcome } from "../../call.ts"
import type { Clock } from "../../clock.ts"
import { threadError } from "../../errors.ts"
import type { Log } from "../../log.ts"
import {
  type FromWorker,
  frame,
  type OutcomeHeader,
  type Threads,
  type ToWorker,
  unframe,
  type WorkerStart,
} from "./protocol.ts"

/** A thread that dies younger than this is replaced only after as long again, so that a broken start does not spin. */
const EARLY_DEATH_MS = 1000
/** How many calls may be out alone: each has a thread. */
const ALONE_MAX = 4
/** How much of answers all threads together hold until they are stored. */
const ANSWER_BYTES_MAX = 128 * 1024 * 1024

interface Member {
  worker: Worker
  /** job id -> attempt */
  calls: Map<string, number>
  bornAt: number
  /** For one call, and no other. */
  isAlone: boolean
  /** It reads no more answers for now. */
  isFull: boolean
}

export type Pool = ReturnType<typeof createPool>

export function createPool(options: {
  spawn: () => Worker
  size: number
  /** What every thread is told when it starts. */
  start: Omit<WorkerStart, "kind" | "answerBytesMax">
  clock: Clock
  log: Log
  onOutcome: (jobId: string, attempt: number, outcome: Outcome) => void
  /** When a call that has waited for a thread of its own may go out: epoch milliseconds; not after now: it goes. */
  admit: (jobId: string) => number
  /** Reads a piece of the call's form, null past its end. Where it cannot be had, the call is aborted. */
  readPiece: (jobId: string, seq: number, use: (piece: Uint8Array<ArrayBuffer> | null) => void) => void
  /** A thread has come to replace a dead one. */
  onReady: () => void
}) {
  const { clock, log } = options
  const members = new Set<Member>()
  /** Calls that wait for a thread of their own. */
  const suspects: Call[] = []
  const cancels = new Set<() => void>()
  let cancelIsolate = () => {}
  let isClosed = false
  /** Answers that a thread still counts until they are stored: whose they are. */
  const counted = new Map<string, Member>()
  let isFull = false
  let died = 0
  let replaced = 0
  for (let n = 0; n < options.size; n++) start(false)

  function start(isAlone: boolean): Member {
    const member: Member = { worker: options.spawn(), calls: new Map(), bornAt: clock.now(), isAlone, isFull: false }
    members.add(member)
    member.worker.addEventListener("message", (event: MessageEvent<FromWorker>) => receive(member, event.data))
    member.worker.addEventListener("error", (event: ErrorEvent) => {
      event.preventDefault()
      log.error("a provider worker failed", { error: threadError(event.message) })
    })
    member.worker.addEventListener("close", () => onThreadExit(member))
    post(member, { kind: "start", ...options.start, answerBytesMax: Math.floor(ANSWER_BYTES_MAX / options.size) })
    return member
  }

  function send(member: Member, call: Call): void {
    member.calls.set(call.jobId, call.attempt)
    const { body } = call
    post(member, body === null ? frame(call, "") : frame({ ...call, body: "" }, body))
  }

  function countAlone(): number {
    let alone = 0
    for (const member of members) if (member.isAlone) alone++
    return alone
  }

  /** Gives suspects that have waited a thread each, as long as there are not too many, and as they are admitted. */
  function isolate(): void {
    cancelIsolate()
    let nextAt = Number.POSITIVE_INFINITY
    for (const call of [...suspects]) {
      if (countAlone() >= ALONE_MAX) return
      const at = options.admit(call.jobId)
      if (at <= clock.now()) {
        suspects.splice(suspects.indexOf(call), 1)
        send(start(true), call)
      } else nextAt = Math.min(nextAt, at)
    }
    if (nextAt < Number.POSITIVE_INFINITY) cancelIsolate = clock.after(nextAt - clock.now(), isolate)
  }

  /** A thread that was there for one call goes with it. */
  function dismiss(member: Member): void {
    if (!member.isAlone) return
    members.delete(member)
    member.worker.terminate()
    reportIfFull()
    isolate()
  }

  function receive(member: Member, message: FromWorker): void {
    if (typeof message === "string") settle(member, message, null)
    else if (message.kind === "content") settle(member, message.frame, message.bytes)
    else if (message.kind === "full") {
      member.isFull = message.isFull
      reportIfFull()
    } else if (member.calls.get(message.jobId) === message.attempt) {
      const { jobId, attempt, seq } = message
      options.readPiece(jobId, seq, (bytes) => {
        const piece = { kind: "piece", jobId, attempt, bytes } satisfies ToWorker
        if (member.calls.get(jobId) === attempt) member.worker.postMessage(piece, bytes === null ? [] : [bytes.buffer])
      })
    }
  }

  /** What is counted of this answer is given back. */
  function stored(jobId: string, attempt: number): void {
    if (counted.size === 0) return
    const id = nameCall(jobId, attempt)
    const member = counted.get(id)
    counted.delete(id)
    if (member && members.has(member)) post(member, { kind: "stored", jobId, attempt })
  }

  /** Once when it begins, and once when it is over. */
  function reportIfFull(): void {
    const before = isFull
    isFull = [...members].some((member) => member.isFull)
    if (isFull === before) return
    if (isFull) log.warn("answers come faster than they are stored: the providers' servers wait, and nothing is lost")
    else log.info("answers are stored as fast as they come again")
  }

  function settle(member: Member, message: string, bytes: Uint8Array | null): void {
    const { header, body } = unframe<OutcomeHeader>(message)
    const { outcome, contentType } = header
    if (header.isCounted) counted.set(nameCall(header.jobId, header.attempt), member)
    if (member.calls.get(header.jobId) !== header.attempt) {
      stored(header.jobId, header.attempt)
      return
    }
    member.calls.delete(header.jobId)
    // Set and not spread: a copy of so many members costs as much as reading them.
    if ("body" in outcome) outcome.body = body
    if (outcome.kind === "answered" && bytes !== null && contentType !== undefined)
      outcome.content = { type: contentType, bytes }
    options.onOutcome(header.jobId, header.attempt, outcome)
    dismiss(member)
  }

  function onThreadExit(member: Member): void {
    if (!members.delete(member) || isClosed) return
    reportIfFull()
    died++
    log.error("a provider worker died and is replaced", { calls: member.calls.size })
    for (const [jobId, attempt] of member.calls) {
      const message = "the worker thread that made the call died; whether the provider did the work is unknown"
      options.onOutcome(jobId, attempt, { kind: "unreached", reason: "crashed", message })
    }
    if (member.isAlone) {
      isolate()
      return
    }
    const replace = () => {
      replaced++
      start(false)
      options.onReady()
    }
    if (clock.now() - member.bornAt >= EARLY_DEATH_MS) {
      replace()
      return
    }
    const cancel = clock.after(EARLY_DEATH_MS, () => {
      cancels.delete(cancel)
      replace()
    })
    cancels.add(cancel)
  }

  return {
    /** Whether a thread is there to take a call. */
    isReady(): boolean {
      for (const member of members) if (!member.isAlone) return true
      return false
    },

    /** @param isSuspect it was out on a thread that died */
    run(call: Call, isSuspect: boolean): void {
      if (isSuspect) {
        if (countAlone() < ALONE_MAX) send(start(true), call)
        else suspects.push(call)
        return
      }
      let chosen: Member | undefined
      for (const member of members) {
        if (!member.isAlone && (!chosen || member.calls.size < chosen.calls.size)) chosen = member
      }
      if (!chosen) throw new Error("no provider worker is alive")
      send(chosen, call)
    },

    /** Closes the call's connection. Its outcome, if one still comes, is nobody's. */
    abort(jobId: string): void {
      const waiting = suspects.findIndex((call) => call.jobId === jobId)
      if (waiting >= 0) suspects.splice(waiting, 1)
      for (const member of members) {
        const attempt = member.calls.get(jobId)
        if (attempt === undefined) continue
        member.calls.delete(jobId)
        post(member, { kind: "abort", jobId, attempt })
        dismiss(member)
      }
    },

    /** The answer is on disk, or nobody wants it. */
    stored,

    /** How the threads are, and what became of them so far. One for a single call counts as long as it is there. */
    threads(): Threads {
      return { alive: members.size, died, replaced }
    },

    close(): void {
      isClosed = true
      cancelIsolate()
      for (const cancel of cancels) cancel()
      for (const member of members) member.worker.terminate()
    },
  }
}

function nameCall(jobId: string, attempt: number): string {
  return `${jobId} ${attempt}`
}

function post(member: Member, message: ToWorker): void {
  member.worker.postMessage(message)
}
