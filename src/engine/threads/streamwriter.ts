// A provider worker's end of its channel to the HTTP server: sends the pieces of streamed answers, and waits for slow readers. Sends
// whole answers to the clients that wait for them.
import type { Outcome } from "../../call.ts"
import { type Allowances, frameAnswer, NO_ALLOWANCES, type Piece, type Taken, UNTAKEN_CHARS_MAX } from "./protocol.ts"

/** A longer answer is read from the store, in pieces: a slow reader would keep it in memory. */
const WHOLE_CHARS_MAX = 1024 * 1024

interface Stream {
  untaken: number
  /** Called when the reader has taken enough. */
  resume: (() => void) | null
}

export type StreamWriter = ReturnType<typeof createStreamWriter>

export function createStreamWriter(port: MessagePort) {
  const streams = new Map<string, Stream>()
  port.onmessage = ({ data }: { data: Taken }) => {
    const stream = streams.get(data.jobId)
    if (!stream) return
    stream.untaken -= data.chars
    if (stream.untaken >= UNTAKEN_CHARS_MAX) return
    stream.resume?.()
    stream.resume = null
  }

  function post(piece: Piece): void {
    port.postMessage(piece)
  }

  return {
    /**
     * Sends the answer of an attempt that ends its job: the retry policy lets any answer do that. Anything else that the client is
     * told comes from the engine.
     */
    sendWhole(jobId: string, outcome: Outcome, tookMs: number, allowances = NO_ALLOWANCES): boolean {
      if (outcome.kind !== "answered" || outcome.content !== undefined) return false
      if (outcome.body.length > WHOLE_CHARS_MAX) return false
      port.postMessage(frameAnswer(jobId, tookMs, outcome.body, allowances))
      return true
    },

    sendAllowances(jobId: string, allowances: string): void {
      port.postMessage({ jobId, allowances } satisfies Allowances)
    },

    /** Begins the stream of an attempt. @param signal aborts the attempt, which then waits for no reader */
    open(jobId: string, attempt: number, signal: AbortSignal) {
      const stream: Stream = { untaken: 0, resume: null }
      streams.set(jobId, stream)
      signal.addEventListener("abort", () => stream.resume?.(), { once: true })
      // Where the thread of the one before has died after its first pieces, nobody waits for this attempt.
      if (attempt > 1) post({ jobId, attempt, text: "" })
      return {
        /** Sends a piece. The promise, where there is one, resolves when the reader has taken enough for the next. */
        emit(text: string): Promise<void> | undefined {
          stream.untaken += text.length
          post({ jobId, attempt, text })
          if (stream.untaken < UNTAKEN_CHARS_MAX || signal.aborted) return undefined
          return new Promise((resolve) => {
            stream.resume = resolve
          })
        },

        /** Reports that the attempt sends nothing more. */
        close(): void {
          streams.delete(jobId)
          post({ jobId, attempt, text: null })
        },
      }
    },
  }
}
