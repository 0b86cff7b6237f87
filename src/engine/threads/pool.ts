// The provider workers: hands each call to the least loaded thread, replaces a thread that dies and turns its calls into outcomes.
// A call that was on a thread that died, a suspect, gets a thread of its own next time, so that it cannot kill other calls.

import type { Call, Outcome } from "../../call.ts"
import type { Clock } from "../../clock.ts"
import { threadError } from "../../errors.ts"
import type { Log } from "../../log.ts"
import type { LoggedEvents, StoredEvents } from "./logmessages.ts"
import {
  type FromWorker,
  frame,
  type OutcomeHeader,
  type Threads,
  type ToWorker,
  unframe,
  type WorkerStart,
} from "./protocol.ts"

/** A thread that dies before this age is replaced after the same time, so that a broken start does not loop quickly. */
const EARLY_DEATH_MS = 1000
/** How many suspects may have a thread of their own at the same time. */
const ALONE_MAX = 4
/** How many bytes of unstored answers all threads may hold together. */
const ANSWER_BYTES_MAX = 128 * 1024 * 1024

interface Member {
  worker: Worker
  /** job id -> attempt */
  calls: Map<string, number>
  bornAt: number
  /** Whether the thread is for one suspect only. */
  isAlone: boolean
  /** Whether the thread has stopped reading answers until some are stored. */
  isFull: boolean
}

export type Pool = ReturnType<typeof createPool>

export function createPool(options: {
  spawn: () => Worker
  size: number
  /** The first message to every thread. */
  start: Omit<WorkerStart, "kind" | "answerBytesMax" | "port">
  clock: Clock
  log: Log
  onOutcome: (jobId: string, attempt: number, outcome: Outcome) => void
  /** Called with events of a logged answer. */
  onEvents: (events: LoggedEvents) => void
  /** When a suspect that has waited for a thread may be sent, epoch milliseconds. Where that is not after now, it is sent. */
  admit: (jobId: string) => number
  /** Reads a piece of the call's form, null past its end. Where the piece cannot be read, the call is aborted. */
  readPiece: (jobId: string, seq: number, use: (piece: Uint8Array<ArrayBuffer> | null) => void) => void
  /** Called when a thread has replaced a dead one. */
  onReady: () => void
  /** Gives the HTTP server its end of the channel to a new thread. Absent: nothing is streamed. */
  connect?: (port: MessagePort) => void
}) {
  const { clock, log } = options
  const members = new Set<Member>()
  /** Suspects that wait for a thread of their own. */
  const suspects: Call[] = []
  const cancels = new Set<() => void>()
  let cancelIsolate = () => {}
  let isClosed = false
  /** The threads that still count an answer as unstored, by the name of its call. */
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
    const answerBytesMax = Math.floor(ANSWER_BYTES_MAX / options.size)
    const message: WorkerStart = { kind: "start", ...options.start, answerBytesMax }
    if (options.connect) {
      const { port1, port2 } = new MessageChannel()
      member.worker.postMessage({ ...message, port: port1 } satisfies ToWorker, [port1])
      options.connect(port2)
    } else post(member, message)
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

  /** Starts a thread for each waiting suspect that may be sent now, up to `ALONE_MAX`. */
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

  /** Ends the thread of a suspect whose call has ended. */
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
    } else if (message.kind === "events") for (const group of message.groups) options.onEvents(group)
    else if (member.calls.get(message.jobId) === message.attempt) {
      const { jobId, attempt, seq } = message
      options.readPiece(jobId, seq, (bytes) => {
        const piece = { kind: "piece", jobId, attempt, bytes } satisfies ToWorker
        if (member.calls.get(jobId) === attempt) member.worker.postMessage(piece, bytes === null ? [] : [bytes.buffer])
      })
    }
  }

  /** Reports to its thread that an answer is stored, so that the thread no longer counts it. */
  function stored(jobId: string, attempt: number): void {
    if (counted.size === 0) return
    const id = nameCall(jobId, attempt)
    const member = counted.get(id)
    counted.delete(id)
    if (member && members.has(member)) post(member, { kind: "stored", jobId, attempt })
  }

  /** Writes to the log when threads stop reading answers, and when they all read again. */
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
    // Assigned instead of spread, because copying this many members costs as much as reading them.
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
    /** Whether a thread can take a call. */
    isReady(): boolean {
      for (const member of members) if (!member.isAlone) return true
      return false
    },

    /** Hands a call to a thread. @param isSuspect whether the call was on a thread that died */
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

    /** Aborts the call of a job and closes its connection. A late outcome is ignored. */
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

    /** Reports that an answer is on disk or not needed. */
    stored,

    /** Reports logged events that are on disk or not needed. */
    logged(all: readonly StoredEvents[]): void {
      for (const member of members) {
        const stored = all.filter(({ jobId, attempt }) => member.calls.get(jobId) === attempt)
        if (stored.length > 0) post(member, { kind: "logged", stored })
      }
    },

    /** Counts the threads that live, have died and were replaced. The thread of a suspect counts while it lives. */
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
