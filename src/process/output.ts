// Standard output and standard error: written to without waiting for whoever reads them. What cannot be written is dropped and counted.
import { constants, fstatSync, openSync, statSync, writeSync } from "node:fs"
import { systemClock } from "../clock.ts"

/** Standard output or standard error. */
export type Stream = 1 | 2

export interface Output {
  /**
   * Writes a text now, or once its reader takes it. Drops it when it cannot be written, or when too much waits already.
   * @param onEnd called once with whether it was written
   */
  write(text: string, onEnd?: (isWritten: boolean) => void): void
  /** Resolves when everything is written or dropped, after `withinMs` at the latest. */
  settle(withinMs: number): Promise<void>
}

/** Writes as many bytes as the stream takes at once, and returns how many. @throws EAGAIN when it takes none now */
type Take = (bytes: Uint8Array) => number

/** How much may wait for a reader that stalls. */
const WAITING_BYTES_MAX = 512 * 1024
/** How often a reader that stalls is tried again. */
const RETRY_MS = 50

interface Entry {
  bytes: Uint8Array
  /** The length before any of it was written. */
  size: number
  /** Whether some of it has been written. */
  isBegun: boolean
  /** How many dropped texts this text reports. */
  reports: number
  onEnd: (isWritten: boolean) => void
}

/** @param renderNotice the text that reports how many were dropped: written as soon as the stream works again */
export function createOutput(stream: Stream, renderNotice: (dropped: number) => string): Output {
  const take = openStream(stream)
  const waiting: Entry[] = []
  let waitingBytes = 0
  let dropped = 0
  /** The last text was cut short, so the next one must begin with a line break. */
  let isTorn = false
  let isStalled = false
  const onSettled: (() => void)[] = []

  function push(text: string, reports: number, onEnd: (isWritten: boolean) => void): void {
    const bytes = Buffer.from(isTorn ? `\n${text}` : text)
    waiting.push({ bytes, size: bytes.length, isBegun: false, reports, onEnd })
    waitingBytes += bytes.length
  }

  function attempt(entry: Entry): "written" | "failed" | "stalled" {
    try {
      while (entry.bytes.length > 0) {
        const count = take(entry.bytes)
        entry.bytes = entry.bytes.subarray(count)
        entry.isBegun ||= count > 0
      }
      return "written"
    } catch (error) {
      return (error as { code?: unknown }).code === "EAGAIN" ? "stalled" : "failed"
    }
  }

  function flush(): void {
    for (let entry = waiting[0]; entry !== undefined; entry = waiting[0]) {
      const end = attempt(entry)
      isStalled = end === "stalled"
      if (isStalled) {
        systemClock.after(RETRY_MS, flush)
        return
      }
      waiting.shift()
      waitingBytes -= entry.size
      isTorn = end === "failed" && (isTorn || entry.isBegun)
      if (end === "failed" && entry.reports === 0) dropped++
      if (end === "written") dropped -= entry.reports
      entry.onEnd(end === "written")
      const isReportDue = end === "written" && entry.reports === 0 && dropped > 0 && waiting.length === 0
      if (isReportDue) push(renderNotice(dropped), dropped, () => {})
    }
    for (const resolve of onSettled.splice(0)) resolve()
  }

  return {
    write(text, onEnd = () => {}) {
      if (waitingBytes + text.length > WAITING_BYTES_MAX && isStalled) {
        dropped++
        onEnd(false)
        return
      }
      push(text, 0, onEnd)
      if (!isStalled) flush()
    },

    async settle(withinMs) {
      if (waiting.length === 0) return
      const { promise, resolve } = Promise.withResolvers<void>()
      onSettled.push(resolve)
      const cancel = systemClock.after(withinMs, resolve)
      await promise
      cancel()
    },
  }
}

/** Whether nobody can read the stream: it is `/dev/null`, or was closed when the process started. */
export function isDiscarded(stream: Stream): boolean {
  try {
    const status = fstatSync(stream)
    return status.isCharacterDevice() && status.rdev === statSync("/dev/null").rdev
  } catch {
    return false
  }
}

/**
 * Writes a whole text and waits for its reader: for commands, which have nothing else to do.
 * @throws when it cannot be written
 */
export function writeWaiting(stream: Stream, text: string | Uint8Array): void {
  let bytes: Uint8Array = typeof text === "string" ? Buffer.from(text) : text
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(stream, bytes))
    } catch (error) {
      if ((error as { code?: unknown }).code !== "EAGAIN") throw error
      Bun.sleepSync(RETRY_MS)
    }
  }
}

/** A write to a file never blocks. A pipe or a terminal is opened a second time in non-blocking mode, because other processes that share the stream may rely on its blocking. */
function openStream(stream: Stream): Take {
  try {
    if (fstatSync(stream).isFile()) return (bytes) => writeSync(stream, bytes)
    const own = openSync(`/proc/self/fd/${stream}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    return (bytes) => writeSync(own, bytes)
  } catch {
    return throughSink(stream)
  }
}

/** For streams that cannot be opened a second time: sockets, and every stream of systems other than Linux. Bun's sink waits in the background. */
function throughSink(stream: Stream): Take {
  const open = () => Bun.file(stream).writer()
  let sink: ReturnType<typeof open> | null = null
  /** The state of a text that was not written at once. */
  let end: "open" | "written" | { error: unknown } | null = null

  function start(bytes: Uint8Array): void {
    sink ??= open()
    const results = [sink.write(bytes), sink.flush()]
    if (!results.some((result) => result instanceof Promise)) return
    end = "open"
    Promise.all(results).then(
      () => {
        end = "written"
      },
      (error) => {
        end = { error }
      },
    )
  }

  function fail(error: unknown): never {
    const broken = sink
    sink = null
    end = null
    // Closing reports the same failure a second time.
    void (async () => broken?.end())().catch(() => {})
    throw error
  }

  return (bytes) => {
    try {
      if (end === null) start(bytes)
    } catch (error) {
      fail(error)
    }
    if (end === "open") throw Object.assign(new Error("nothing is taken now"), { code: "EAGAIN" })
    if (end !== null && end !== "written") fail(end.error)
    end = null
    return bytes.length
  }
}
