// A clock that stands still until a test moves it.
import type { Clock } from "../src/clock.ts"

/** Whoever asks for a turn so often without time moving on asks for ever. */
const TURNS_MAX = 10_000

interface Timer {
  at: number
  periodMs: number | null
  action: () => void
}

export class Timeline implements Clock {
  private readonly timers = new Set<Timer>()
  private turns: (() => void)[] = []

  /**
   * @param isStepped whether `soon` waits for `step` and `settle`, so that all that happens is the test's own doing;
   * by default it is the event loop's next turn, as real threads need it
   */
  constructor(
    private time: number,
    private readonly isStepped = false,
  ) {}

  /** By how much the machine's clock was set back since: what `now` does not follow. */
  setBackMs = 0

  now = (): number => this.time

  wall = (): number => this.time - this.setBackMs

  after(delayMs: number, action: () => void): () => void {
    // A clock shows whole milliseconds.
    return this.add({ at: this.time + Math.max(Math.ceil(delayMs), 0), periodMs: null, action })
  }

  every(periodMs: number, action: () => void): () => void {
    return this.add({ at: this.time + periodMs, periodMs, action })
  }

  soon(action: () => void): void {
    if (this.isStepped) this.turns.push(action)
    else setImmediate(action)
  }

  /** Runs the oldest action that waits for its turn; whether there was one. */
  step(): boolean {
    const action = this.turns.shift()
    action?.()
    return action !== undefined
  }

  /** Runs what waits for its turn until nothing does. @throws when that never comes to an end */
  settle(): void {
    for (let turn = 0; this.step(); turn++) if (turn === TURNS_MAX) throw new Error("turns follow turns without end")
  }

  /** Moves on by `ms` and runs what falls due on the way, in order, and what was to run soon before any of it and after each. */
  advance(ms: number): void {
    const end = this.time + ms
    this.settle()
    for (let due = this.first(); due !== null && due.at <= end; due = this.first()) {
      this.time = Math.max(this.time, due.at)
      this.fire(due)
      this.settle()
    }
    this.time = end
  }

  /** Moves on by `ms` at once, as when the machine slept: what fell due meanwhile runs after it, once. */
  jump(ms: number): void {
    this.time += ms
    const due = [...this.timers].filter(({ at }) => at <= this.time).sort((a, b) => a.at - b.at)
    for (const timer of due) if (this.timers.has(timer)) this.fire(timer)
  }

  /** When the next timer falls due that runs once; Infinity: there is none. */
  get nextAt(): number {
    return Math.min(...[...this.timers].filter(({ periodMs }) => periodMs === null).map(({ at }) => at))
  }

  /** How many timers and turns are waiting. */
  get pending(): number {
    return this.timers.size + this.turns.length
  }

  private fire(timer: Timer): void {
    if (timer.periodMs === null) this.timers.delete(timer)
    else timer.at = Math.max(timer.at, this.time) + timer.periodMs
    timer.action()
  }

  private first(): Timer | null {
    let first: Timer | null = null
    for (const timer of this.timers) if (first === null || timer.at < first.at) first = timer
    return first
  }

  private add(timer: Timer): () => void {
    this.timers.add(timer)
    return () => this.timers.delete(timer)
  }
}
