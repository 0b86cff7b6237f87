// A clock for what awaits promises: between any two actions everything goes on that waits for an answer that is there.
import { drainMicrotasks } from "bun:jsc"
import { Timeline } from "../timeline.ts"

export class DrainedTimeline extends Timeline {
  constructor(now: number) {
    super(now, true)
  }

  override step(): boolean {
    drainMicrotasks()
    const wasAny = super.step()
    drainMicrotasks()
    return wasAny
  }

  override jump(ms: number): void {
    super.jump(ms)
    drainMicrotasks()
  }
}
