// A clock that stands still until a test moves it.
import type { Clock } from "../src/clock.ts"

interface Timer {
  at: number
  periodMs: number | null
  action: () => void
}

export class Timeline implements Clock {
  private readonly timers = new Set<Timer>()
  constructor(private time: number) {}

  now = (): number => this.time

  after(delayMs: number, action: () => void): () => void {
    return this.add({ at: this.time + delayMs, periodMs: null, action })
  }

  every(periodMs: number, action: () => void): () => void {
    return this.add({ at: this.time + periodMs, periodMs, action })
  }

  /** Moves on by `ms` and runs what falls due on the way, in order. */
  advance(ms: number): void {
    const end = this.time + ms
    for (;;) {
      const due = [...this.timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (!due) break
      this.time = Math.max(this.time, due.at)
      if (due.periodMs === null) this.timers.delete(due)
      else due.at += due.periodMs
      due.action()
    }
    this.time = end
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.timers.size
  }

  private add(timer: Timer): () => void {
    this.timers.add(timer)
    return () => this.timers.delete(timer)
  }
}
