// Limits how much memory the answers of a thread take, from the first byte that is read until they are stored. At the limit no more is
// read: the provider's server waits, as it does for a slow connection, and nothing is lost.
import type { Clock } from "../clock.ts"

/** The memory for the answer of one call. */
export interface AnswerMemory {
  /** Resolves when so many more bytes may be read. @throws when the call is aborted meanwhile */
  take(bytes: number): Promise<void> | undefined
}

/** Smaller answers are not counted: there is always room for one per call. */
export const UNCOUNTED_BYTES = 256 * 1024

/** The memory of one call, which must be closed with `release`. */
export interface CallMemory extends AnswerMemory {
  /** Milliseconds that the call has waited for memory, which is not its provider's fault. */
  waitedMs(): number
  /** How much of its answer is counted. */
  bytes(): number
  /** The answer is read, and on its way to the disk. */
  send(): void
  /** The answer is stored, or nobody wants it. */
  release(): void
}

export interface Memory {
  /** For a call that goes out. `signal` ends it. */
  open(signal: AbortSignal): CallMemory
}

/**
 * @param bytesMax how much may be held; a larger answer is held alone
 * @param onFull called when reading begins to wait (true), and when nothing waits any more (false)
 */
export function createMemory(bytesMax: number, clock: Clock, onFull: (isFull: boolean) => void): Memory {
  const pool = createPool(bytesMax, onFull)
  return { open: (signal) => openCall(pool, clock, signal) }
}

interface Reader {
  bytes: number
  /** How many more bytes it waits for. Null while it reads. */
  wanted: { bytes: number; resolve: () => void } | null
  /** Its answer is on its way to the disk. */
  isSent: boolean
}

type Pool = ReturnType<typeof createPool>

/** What all readers hold together, and the readers that wait for memory. */
function createPool(bytesMax: number, onFull: (isFull: boolean) => void) {
  /** All bytes that are held, and those of them that are on their way to the disk. */
  let held = 0
  let sent = 0
  /** How many answers are being read. */
  let reading = 0
  /** Waiting readers in their order: an answer that is partly read goes before one that is not begun. */
  const waiting: Reader[] = []
  let isFull = false

  function fits(bytes: number): boolean {
    // When nobody reads and nothing is on its way to the disk, no memory would ever be returned.
    return held + bytes <= bytesMax || (reading === 0 && sent === 0)
  }

  function grant(reader: Reader, bytes: number): void {
    held += bytes
    reader.bytes += bytes
    reading++
  }

  function resume(): void {
    for (let first = waiting[0]; first?.wanted && fits(first.wanted.bytes); first = waiting[0]) {
      const { bytes, resolve } = first.wanted
      waiting.shift()
      first.wanted = null
      grant(first, bytes)
      resolve()
    }
    report()
  }

  function report(): void {
    if (isFull === waiting.length > 0) return
    isFull = !isFull
    onFull(isFull)
  }

  return {
    /** Whether so many bytes more are granted at once. */
    take(reader: Reader, bytes: number): boolean {
      const isBegun = reader.bytes > 0
      if (isBegun) reading--
      if (!fits(bytes) || (!isBegun && waiting.length > 0)) return false
      grant(reader, bytes)
      return true
    },

    wait(reader: Reader, bytes: number, signal: AbortSignal): Promise<void> {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      reader.wanted = { bytes, resolve }
      if (reader.bytes > 0) waiting.unshift(reader)
      else waiting.push(reader)
      signal.addEventListener("abort", () => reject(signal.reason), { once: true })
      report()
      return promise
    },

    send(reader: Reader): void {
      if (reader.bytes === 0) return
      reader.isSent = true
      reading--
      sent += reader.bytes
      resume()
    },

    release(reader: Reader): void {
      if (reader.wanted) {
        waiting.splice(waiting.indexOf(reader), 1)
        reader.wanted = null
      } else if (reader.bytes > 0 && !reader.isSent) reading--
      if (reader.isSent) sent -= reader.bytes
      held -= reader.bytes
      reader.bytes = 0
      reader.isSent = false
      resume()
    },
  }
}

function openCall(pool: Pool, clock: Clock, signal: AbortSignal): CallMemory {
  const reader: Reader = { bytes: 0, wanted: null, isSent: false }
  let waitedMs = 0
  let waitsSince: number | null = null
  return {
    take(bytes) {
      if (pool.take(reader, bytes)) return
      waitsSince = clock.now()
      return pool.wait(reader, bytes, signal).finally(() => {
        waitedMs += clock.now() - (waitsSince ?? clock.now())
        waitsSince = null
      })
    },
    waitedMs: () => waitedMs + (waitsSince === null ? 0 : clock.now() - waitsSince),
    bytes: () => reader.bytes,
    send: () => pool.send(reader),
    release: () => pool.release(reader),
  }
}
