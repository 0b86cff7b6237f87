// The HTTP server's end of the channels to the provider workers: gives each request for a stream the pieces of its job.
import type { Piece, Taken } from "../engine/threads/protocol.ts"

export interface StreamReader {
  /** The next piece; null: no more come. */
  next(): Promise<string | null>
  /** Resolves when the first piece is here, or no more come. */
  begun(): Promise<void>
  /** Whether no piece is here. */
  isEmpty(): boolean
  /** Whether pieces of two attempts came: what was sent belongs to the first, which was lost. */
  isBroken(): boolean
  /** Reads on until the pieces of this attempt have all come; null: until those are read that are here. */
  endAfter(attempt: number | null): void
  /** Nothing more is read. The worker is not held up. */
  close(): void
}

interface Open {
  receive(piece: Piece, port: MessagePort): void
}

export type Streams = ReturnType<typeof createStreams>

export function createStreams() {
  const open = new Map<string, Open>()

  return {
    /** How many are read. */
    count: () => open.size,

    /** Listens to a provider worker. */
    connect(port: MessagePort): void {
      port.onmessage = ({ data }: { data: Piece }) => {
        const reader = open.get(data.jobId)
        if (reader) reader.receive(data, port)
        // Its reader was gone before the first piece came, or before another thread's did.
        else if (data.text !== null) release(data.jobId, port)
      }
    },

    /** Reads the stream of a job that is about to be submitted. */
    open(jobId: string): StreamReader {
      const reader = createReader(jobId, () => open.delete(jobId))
      open.set(jobId, reader)
      return reader
    },
  }
}

/** Nobody reads the stream any more: its worker waits for nobody. */
function release(jobId: string, port: MessagePort): void {
  port.postMessage({ jobId, chars: Number.POSITIVE_INFINITY } satisfies Taken)
}

function createReader(jobId: string, forget: () => void): StreamReader & Open {
  const pieces: { text: string; port: MessagePort }[] = []
  /** The attempt whose pieces are read. */
  let current: number | null = null
  /** The last attempt that has sent all. */
  let closed = 0
  let isBroken = false
  /** See `endAfter`. */
  let last: number | null | undefined
  let source: MessagePort | null = null
  let wake = () => {}

  const isAtEnd = () => isBroken || (last !== undefined && (last === null || closed >= last))

  function changed(): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve
    })
  }

  return {
    receive({ attempt, text }, port) {
      source = port
      if (text === null) closed = Math.max(closed, attempt)
      else if (current !== null && attempt !== current) isBroken = true
      else if (text !== "") {
        current = attempt
        pieces.push({ text, port })
      }
      wake()
    },

    async begun() {
      while (pieces.length === 0 && !isAtEnd()) await changed()
    },

    async next() {
      for (;;) {
        const piece = pieces.shift()
        if (piece) {
          piece.port.postMessage({ jobId, chars: piece.text.length } satisfies Taken)
          return piece.text
        }
        if (isAtEnd()) return null
        await changed()
      }
    },

    isEmpty: () => pieces.length === 0,
    isBroken: () => isBroken,

    endAfter(attempt) {
      last = attempt
      wake()
    },

    close() {
      forget()
      pieces.length = 0
      if (source) release(jobId, source)
      last = null
      wake()
    },
  }
}
