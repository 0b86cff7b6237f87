// How much of answers a thread holds, from the first byte that is read until they are stored. When it is as much as may be,
// nothing more is read: the provider's server waits, as it would for a slow connection, and nothing is lost.
import type { Clock } from "../clock.ts"

/** The memory of one call's answer. */
export interface AnswerMemory {
  /** Resolves when so many bytes more may be read. @throws when the call is aborted meanwhile */
  take(bytes: number): Promise<void> | undefined
}

/** Smaller answers are not counted: a call that may be out has room for as much. */
export const UNCOUNTED_BYTES = 256 * 1024

interface Reader {
  bytes: number
  /** Waits for so many more; null: it reads. */
  wanted: { bytes: number; resolve: () => void } | null
}

export type Memory = ReturnType<typeof createMemory>

/**
 * @param bytesMax how much may be held; an answer that is larger than that is held alone
 * @param onFull told when reading begins to wait (true), and when nothing waits any more (false)
 */
export function createMemory(bytesMax: number, clock: Clock, onFull: (isFull: boolean) => void) {
  /** What is held, and what of that has been read and is on its way to the disk. */
  let held = 0
  let sent = 0
  /** How many answers are being read. */
  let reading = 0
  /** Those that wait, in the order in which they go on: what is half read already goes before what is not begun. */
  const waiting: Reader[] = []
  let isFull = false

  function fits(bytes: number): boolean {
    // Where nobody reads and nothing is on its way, nothing would ever be given back.
    return held + bytes <= bytesMax || (reading === 0 && sent === 0)
  }

  function grant(reader: Reader, bytes: number): void {
    held += bytes
    reader.bytes += bytes
    reading++
  }

  function goOn(): void {
    for (let first = waiting[0]; first?.wanted && fits(first.wanted.bytes); first = waiting[0]) {
      const { bytes, resolve } = first.wanted
      waiting.shift()
      first.wanted = null
      grant(first, bytes)
      resolve()
    }
    tell()
  }

  function tell(): void {
    if (isFull === waiting.length > 0) return
    isFull = !isFull
    onFull(isFull)
  }

  function wait(reader: Reader, bytes: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    reader.wanted = { bytes, resolve }
    if (reader.bytes > 0) waiting.unshift(reader)
    else waiting.push(reader)
    signal.addEventListener("abort", () => reject(signal.reason), { once: true })
    tell()
    return promise
  }

  return {
    /** For a call that goes out. `signal` ends it. */
    open(signal: AbortSignal) {
      const reader: Reader = { bytes: 0, wanted: null }
      let waitedMs = 0
      let waitsSince: number | null = null
      let isRead = false

      return {
        take(bytes: number): Promise<void> | undefined {
          const isBegun = reader.bytes > 0
          if (isBegun) reading--
          if (fits(bytes) && (isBegun || waiting.length === 0)) {
            grant(reader, bytes)
            return
          }
          waitsSince = clock.now()
          return wait(reader, bytes, signal).finally(() => {
            waitedMs += clock.now() - (waitsSince ?? clock.now())
            waitsSince = null
          })
        },

        /** How long the call has waited for memory, which is not its provider's fault: milliseconds. */
        waitedMs: (): number => waitedMs + (waitsSince === null ? 0 : clock.now() - waitsSince),

        /** How much of its answer is counted. */
        bytes: (): number => reader.bytes,

        /** It is read, and on its way to the disk. */
        send(): void {
          if (reader.bytes === 0) return
          isRead = true
          reading--
          sent += reader.bytes
          goOn()
        },

        /** It is stored, or nobody wants it. */
        release(): void {
          if (reader.wanted) {
            waiting.splice(waiting.indexOf(reader), 1)
            reader.wanted = null
          } else if (reader.bytes > 0 && !isRead) reading--
          if (isRead) sent -= reader.bytes
          held -= reader.bytes
          reader.bytes = 0
          isRead = false
          goOn()
        },
      } satisfies AnswerMemory & Record<string, unknown>
    },
  }
}
