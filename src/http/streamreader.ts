// The HTTP server's end of the channels to the provider workers: gives each request for a stream the pieces of its job, and each request
// that waits for a whole answer that answer.
import type { Clock } from "../clock.ts"
import {
  type Allowances,
  type Frame,
  NO_ALLOWANCES,
  type Piece,
  type Taken,
  UNTAKEN_CHARS_MAX,
  unframeAnswer,
} from "../engine/threads/protocol.ts"
import type { Reply } from "./dialects/dialect.ts"

export interface StreamReader {
  /** The next piece; null: no more come; empty: it was interrupted. */
  next(): Promise<string | null>
  /** Ends a wait for the next piece. */
  interrupt(): void
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

/** An answer that came straight from its call. */
export interface WholeAnswer {
  /** JSON text, as it will be stored. */
  text: string
  /** How long the call took. */
  tookMs: number
}

/** A worker is told what was taken in steps: each message wakes its thread. It never waits for less than a step. */
const TOLD_CHARS = UNTAKEN_CHARS_MAX / 4

export interface KeptAllowances {
  /** Adds them to the headers of the reply. */
  addTo(reply: Reply): Reply
  /** To be awaited where the end of the job came first: their worker has sent them before that, but by another way. */
  settled(clock: Pick<Clock, "soon">): Promise<void>
  close(): void
}

export type Streams = ReturnType<typeof createStreams>

export function createStreams() {
  const open = new Map<string, Open>()
  /** Job id -> the request that waits for the whole answer. */
  const expected = new Map<string, (answer: WholeAnswer) => void>()

  /** Job id -> what its provider still allows, as headers, for the response that is to be made. */
  const allowances = new Map<string, string>()

  function receiveWhole(frame: Frame): void {
    const { jobId, tookMs, answer, allowances: given } = unframeAnswer(frame)
    if (given !== NO_ALLOWANCES && allowances.has(jobId)) allowances.set(jobId, given)
    const use = expected.get(jobId)
    expected.delete(jobId)
    use?.({ text: answer, tookMs })
  }

  return {
    /** How many are read. */
    count: () => open.size,

    /** Listens to a provider worker. */
    connect(port: MessagePort): void {
      port.onmessage = ({ data }: { data: Piece | Allowances | Frame }) => {
        if (typeof data === "string") return receiveWhole(data)
        if ("allowances" in data) {
          if (allowances.has(data.jobId)) allowances.set(data.jobId, data.allowances)
          return
        }
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

    /** Keeps what the provider of a job that is about to be submitted says that it still allows, until it is closed. */
    keepAllowances(jobId: string): KeptAllowances {
      allowances.set(jobId, NO_ALLOWANCES)
      return {
        addTo(reply) {
          const given = allowances.get(jobId) ?? NO_ALLOWANCES
          if (given !== NO_ALLOWANCES) Object.assign(reply.headers, JSON.parse(given))
          return reply
        },
        async settled(clock) {
          if (allowances.get(jobId) === NO_ALLOWANCES) await new Promise<void>((resolve) => clock.soon(resolve))
        },
        close: () => allowances.delete(jobId),
      }
    },

    /** Calls `use` when the whole answer of a job comes, unless it is forgotten before. */
    expect(jobId: string, use: (answer: WholeAnswer) => void): void {
      expected.set(jobId, use)
    },

    /** Leaves what becomes of a job to its stored end. */
    forget(jobId: string): void {
      expected.delete(jobId)
    },
  }
}

/** Nobody reads the stream any more: its worker waits for nobody. */
function release(jobId: string, port: MessagePort): void {
  port.postMessage({ jobId, chars: Number.POSITIVE_INFINITY } satisfies Taken)
}

function createReader(jobId: string, forget: () => void): StreamReader & Open {
  const pieces: string[] = []
  /** The attempt whose pieces are read. */
  let current: number | null = null
  /** The last attempt that has sent all. */
  let closed = 0
  let isBroken = false
  /** See `endAfter`. */
  let last: number | null | undefined
  let source: MessagePort | null = null
  /** What its worker has not been told of. */
  let takenChars = 0
  let isInterrupted = false
  let wake = () => {}

  function tellTaken(): void {
    source?.postMessage({ jobId, chars: takenChars } satisfies Taken)
    takenChars = 0
  }

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
        pieces.push(text)
      }
      wake()
    },

    async begun() {
      while (pieces.length === 0 && !isAtEnd()) await changed()
    },

    async next() {
      for (;;) {
        const piece = pieces.shift() ?? (isInterrupted && !isAtEnd() ? "" : undefined)
        isInterrupted = false
        if (piece !== undefined) {
          takenChars += piece.length
          if (takenChars >= TOLD_CHARS) tellTaken()
          return piece
        }
        if (isAtEnd()) return null
        await changed()
      }
    },

    interrupt() {
      isInterrupted = true
      wake()
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
