// Job ids: UUIDs of version 7 (RFC 9562, 5.7 and 6.2, method 1). Their time and counter, the first 60 bits, are unique in a store.
// Ids rise with time, and their 62 random bits cannot be guessed.

/** How many ids can have the same time. */
export const IDS_PER_MS = 4096

/**
 * Returns a function that makes ids.
 * @param latestMs the time of the newest id in the store. New ids have later times, even if the clock was set back.
 */
export function createJobIds(latestMs: number): (now: number) => string {
  let lastMs = latestMs + 1
  let counter = -1
  return (now) => {
    counter++
    if (now > lastMs || counter === IDS_PER_MS) {
      lastMs = Math.max(now, lastMs + 1)
      counter = 0
    }
    return formatJobId(lastMs, counter)
  }
}

/** @param counter 0 to 4095 */
export function formatJobId(timeMs: number, counter: number): string {
  const time = timeMs.toString(16).padStart(12, "0")
  const random = Bun.randomUUIDv7("hex", timeMs).slice(18)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, "0")}${random}`
}

/** The time of an id, epoch milliseconds. */
export function readIdTime(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}
