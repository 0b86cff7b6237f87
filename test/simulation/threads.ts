// Simulated threads: receive the messages of the pool and post the outcomes of the script.

import type { Call, Outcome } from "../../src/call.ts"
import type { LoggedEvents } from "../../src/engine/threads/logmessages.ts"
import {
  type FromSender,
  type FromWorker,
  frame,
  type OutcomeHeader,
  type ToSender,
  type ToWorker,
  unframe,
} from "../../src/engine/threads/protocol.ts"
import type { PostOutcome } from "../../src/webhooks/post.ts"
import type { StreamedAnswer } from "./streamedanswer.ts"

export type CallHeader = Omit<Call, "body">

/** A call that was handed to a thread. */
export interface OutCall extends CallHeader {
  thread: Thread
  startedAt: number
  /** The answer as it comes, where its events are logged. */
  answer: StreamedAnswer | null
}

/** Called with what the thread is asked to do. */
interface Handlers {
  called(call: CallHeader, body: string): void
  aborted(jobId: string, attempt: number): void
  /** So many characters of logged events are on disk, or not needed. */
  logged(jobId: string, attempt: number, chars: number): void
  ended(): void
}

/** The thread that sends webhooks. */
export class SenderThread {
  private isAlive = true
  private readonly listeners = new Map<string, ((event: object) => void)[]>()
  constructor(private readonly handlers: { sent(header: ToSender, body: string): void; died(): void }) {}

  asWorker(): Worker {
    return this as unknown as Worker
  }

  addEventListener(kind: string, listener: (event: object) => void): void {
    this.listeners.set(kind, [...(this.listeners.get(kind) ?? []), listener])
  }

  postMessage(message: string): void {
    if (!this.isAlive) return
    const { header, body } = unframe<ToSender>(message)
    this.handlers.sent(header, body)
  }

  terminate(): void {
    this.isAlive = false
  }

  /** Dies with all that it has sent. */
  die(): void {
    if (!this.isAlive) return
    this.isAlive = false
    this.handlers.died()
    this.emit("error", { message: "out of memory", preventDefault: () => {} })
    this.emit("close", {})
  }

  answer(id: string, outcome: PostOutcome): void {
    if (this.isAlive) this.emit("message", { data: { id, outcome } satisfies FromSender })
  }

  private emit(kind: string, event: object): void {
    for (const listener of this.listeners.get(kind) ?? []) listener(event)
  }
}

type Listener = (event: { data?: FromWorker; message?: string; preventDefault?(): void }) => void

export class Thread {
  isAlive = true
  /** The piece of a form that a call has asked for. */
  private pieces: (Uint8Array | null)[] = []
  private readonly listeners = new Map<string, Listener[]>()
  constructor(private readonly handlers: Handlers) {}

  /** A cast, because the pool uses only a small part of the platform's type. */
  asWorker(): Worker {
    return this as unknown as Worker
  }

  addEventListener(kind: string, listener: Listener): void {
    this.listeners.set(kind, [...(this.listeners.get(kind) ?? []), listener])
  }

  postMessage(message: ToWorker): void {
    if (!this.isAlive) return
    if (typeof message === "string") {
      const { header, body } = unframe<CallHeader>(message)
      this.handlers.called(header, body)
    } else if (message.kind === "abort") this.handlers.aborted(message.jobId, message.attempt)
    else if (message.kind === "piece") this.pieces.push(message.bytes)
    else if (message.kind === "logged") {
      for (const { jobId, attempt, chars } of message.stored) this.handlers.logged(jobId, attempt, chars)
    }
  }

  terminate(): void {
    if (!this.isAlive) return
    this.isAlive = false
    this.handlers.ended()
    this.emit("close", {})
  }

  /** The thread dies with all its calls. */
  die(): void {
    this.emit("error", { message: "out of memory", preventDefault: () => {} })
    this.terminate()
  }

  /** Reads the whole form of a call, as a thread does while sending; null: the form cannot be read any more. */
  readForm({ jobId, attempt }: CallHeader): string | null {
    this.pieces = []
    for (let seq = 0; ; seq++) {
      this.post({ kind: "pull", jobId, attempt, seq })
      const piece = this.pieces[seq]
      if (piece === undefined) return null
      if (piece === null) return Buffer.concat(this.pieces.filter((bytes) => bytes !== null)).toString()
    }
  }

  log(events: LoggedEvents): void {
    if (this.isAlive) this.post({ kind: "events", groups: [events] })
  }

  answer({ jobId, attempt }: CallHeader, outcome: Outcome): void {
    if (!this.isAlive) return
    if (outcome.kind === "answered" || outcome.kind === "unreadable") {
      const header = { jobId, attempt, outcome: { ...outcome, body: "" } }
      this.post(frame(header satisfies OutcomeHeader, outcome.body))
    } else this.post(frame({ jobId, attempt, outcome } satisfies OutcomeHeader, ""))
  }

  private post(data: FromWorker): void {
    this.emit("message", { data })
  }

  private emit(kind: string, event: Parameters<Listener>[0]): void {
    for (const listener of this.listeners.get(kind) ?? []) listener(event)
  }
}
