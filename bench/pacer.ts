// Things to do at a fixed rate, whether or not what they are done to keeps up.
import { epochMs } from "./request.ts"

/**
 * Does `work` for 0 to count - 1, tells it how late it is, and waits for all. It sleeps until each is due: spinning takes a core from
 * what is measured, and a thread that keeps time wakes up at its cost (p99 3.8 and 5.7 ms of the same gateway).
 */
export async function atPace(
  count: number,
  perSecond: number,
  work: (latenessMs: number, index: number) => Promise<void>,
): Promise<void> {
  const open = new Set<Promise<void>>()
  const startAt = epochMs()
  for (let index = 0; index < count; index++) {
    const dueAt = startAt + (index * 1000) / perSecond
    for (let leftMs = dueAt - epochMs(); leftMs > 0; leftMs = dueAt - epochMs()) {
      await new Promise((resolve) => setTimeout(resolve, leftMs))
    }
    const done: Promise<void> = work(epochMs() - dueAt, index).then(() => void open.delete(done))
    open.add(done)
  }
  await Promise.all(open)
}
