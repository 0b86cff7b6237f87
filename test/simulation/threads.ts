// Stands in for the platform's threads: takes what the pool sends to one, and posts what the script says.

import type { Call, Outcome } from "../../src/call.ts"
import {
  type FromWorker,
  frame,
  type OutcomeHeader,
  type ToWorker,
  unframe,
} from "../../src/engine/threads/protocol.ts"

export type CallHeader = Omit<Call, "body">

/** A call that a thread has, or had. */
export interface OutCall extends CallHeader {
  thread: Thread
  startedAt: number
}

/** Who hears what the thread is asked to do. */
interface Hearer {
  called(call: CallHeader, body: string): void
  aborted(jobId: string, attempt: number): void
  ended(): void
}

type Listener = (event: { data?: FromWorker; message?: string; preventDefault?(): void }) => void

export class Thread {
  isAlive = true
  /** What came of a form that a call has asked for. */
  private pieces: (Uint8Array | null)[] = []
  private readonly listeners = new Map<string, Listener[]>()
  constructor(private readonly hearer: Hearer) {}

  /** The platform's own type has much that the pool never asks for. */
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
      this.hearer.called(header, body)
    } else if (message.kind === "abort") this.hearer.aborted(message.jobId, message.attempt)
    else if (message.kind === "piece") this.pieces.push(message.bytes)
  }

  terminate(): void {
    if (!this.isAlive) return
    this.isAlive = false
    this.hearer.ended()
    this.emit("close", {})
  }

  /** The thread dies of itself, with all its calls. */
  die(): void {
    this.emit("error", { message: "out of memory", preventDefault: () => {} })
    this.terminate()
  }

  /** Reads the whole form of a call, as a thread does while it sends it; null: not to be had any more. */
  readForm({ jobId, attempt }: CallHeader): string | null {
    this.pieces = []
    for (let seq = 0; ; seq++) {
      this.post({ kind: "pull", jobId, attempt, seq })
      const piece = this.pieces[seq]
      if (piece === undefined) return null
      if (piece === null) return Buffer.concat(this.pieces.filter((bytes) => bytes !== null)).toString()
    }
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
