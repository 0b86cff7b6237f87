// Watches for the moment when the process may open no more files: logs it once, and keeps the retries of `accept` from using a whole core.
import { closeSync, openSync, readFileSync } from "node:fs"
import type { Clock } from "../clock.ts"
import type { Log } from "../log.ts"

/** How often the free descriptors are checked. */
const LOOK_MS = 250
/** How long each turn of the event loop pauses while there is none: Bun retries `accept` without a pause as long as a connection waits. */
const REST_MS = 10
/** After descriptors have been free for so long, the next shortage is logged again. */
const CALM_MS = 5000

/**
 * Watches the descriptors of the process until the returned function is called.
 * @param closeIdle closes the connections that nobody uses, and returns how many there were
 */
export function watchDescriptors(clock: Clock, log: Log, closeIdle: () => number): () => void {
  // The limit is read now, because reading it takes a descriptor.
  const limit = descriptorLimit()
  let isUsedUp = false
  let isResting = false
  let seenAt = Number.NEGATIVE_INFINITY

  function look(): void {
    if (!areUsedUp()) {
      if (isUsedUp && clock.now() - seenAt > CALM_MS) {
        isUsedUp = false
        log.info("file descriptors are free again")
      }
      return
    }
    seenAt = clock.now()
    const closed = closeIdle()
    if (!isUsedUp) {
      log.error(
        `file descriptors are used up${limit === null ? "" : `: this process may have ${limit}`}. New connections and calls wait until some are free. Raise the limit before the start: ulimit -n 65536, or LimitNOFILE=65536 in a systemd unit`,
        { idle_connections_closed: closed },
      )
    }
    isUsedUp = true
    if (!isResting) rest()
  }

  /** Pauses each turn of the event loop until a descriptor is free. Open connections are served meanwhile. */
  function rest(): void {
    isResting = areUsedUp()
    if (!isResting) return
    seenAt = clock.now()
    Bun.sleepSync(REST_MS)
    clock.soon(rest)
  }

  return clock.every(LOOK_MS, look)
}

function areUsedUp(): boolean {
  try {
    closeSync(openSync("/", "r"))
    return false
  } catch (error) {
    return /^E[MN]FILE$/.test(String((error as { code?: unknown }).code))
  }
}

/** How many descriptors the process may have, where the system says so. */
function descriptorLimit(): number | null {
  try {
    return Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? Number.NaN) || null
  } catch {
    return null
  }
}
