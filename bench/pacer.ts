// Things to do at a fixed rate, whether or not what they are done to keeps up.
import { epochMs } from "./request.ts"

/**
 * Does `work` for 0 to count - 1, each with the moment it was due, and waits for all.
 * Sleeps instead of spinning: a core taken from what is measured would cost more than the half millisecond it is late.
 */
export async function atPace(
  count: number,
  perSecond: number,
  work: (scheduledAt: number, index: number) => Promise<void>,
): Promise<void> {
  const open = new Set<Promise<void>>()
  const startAt = epochMs()
  for (let index = 0; index < count; index++) {
    const scheduledAt = startAt + (index * 1000) / perSecond
    for (let leftMs = scheduledAt - epochMs(); leftMs > 0; leftMs = scheduledAt - epochMs()) {
      await new Promise((resolve) => setTimeout(resolve, leftMs))
    }
    const done: Promise<void> = work(scheduledAt, index).then(() => void open.delete(done))
    open.add(done)
  }
  await Promise.all(open)
}
