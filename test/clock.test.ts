import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { createMonotonicClock, systemClock } from "../src/clock.ts"

/** A wall clock that somebody sets, and a steady one that nobody can. */
function clocks() {
  const time = { wall: 1_000_000, steady: 50 }
  const now = createMonotonicClock(
    () => time.wall,
    () => time.steady,
  )
  /** So much time passes. */
  const pass = (ms: number) => {
    time.wall += ms
    time.steady += ms
  }
  return { time, now, pass }
}

describe("a clock that never goes back", () => {
  test("tells the wall's time as long as nobody sets the wall's clock", () => {
    const { now, pass } = clocks()
    expect(now()).toBe(1_000_000)
    pass(250)
    expect(now()).toBe(1_000_250)
  })

  test("goes on from where it was when the wall is set back, at the pace of time, until the wall has caught up", () => {
    const { time, now, pass } = clocks()
    pass(1000)
    expect(now()).toBe(1_001_000)
    time.wall -= 600
    expect(now()).toBe(1_001_000)
    pass(500)
    expect(now()).toBe(1_001_500)
    time.wall += 600
    pass(1)
    expect(now()).toBe(time.wall)
  })

  test("takes a jump forward, as after a sleep, and keeps it when the wall is set right again", () => {
    const { time, now, pass } = clocks()
    time.wall += 3_600_000
    expect(now()).toBe(4_600_000)
    time.wall -= 3_600_000
    pass(10)
    expect(now()).toBe(4_600_010)
  })

  test("is in whole milliseconds, whatever the others are in", () => {
    const { now, pass } = clocks()
    for (let n = 0; n < 10; n++) {
      pass(0.37)
      expect(now()).toBe(Math.floor(1_000_000 + (n + 1) * 0.37))
    }
  })

  test("never goes back and is never behind the wall, however the wall jumps", () => {
    const moves = fc.array(fc.record({ pass: fc.nat(10_000), set: fc.integer({ min: -100_000, max: 100_000 }) }))
    fc.assert(
      fc.property(moves, (all) => {
        const { time, now, pass } = clocks()
        let before = now()
        for (const move of all) {
          pass(move.pass)
          time.wall += move.set
          const moment = now()
          expect(moment).toBeGreaterThanOrEqual(before + move.pass)
          expect(moment).toBeGreaterThanOrEqual(time.wall)
          before = moment
        }
      }),
      { seed: 6 },
    )
  })
})

describe("the system's clock", () => {
  test("tells the machine's time beside the one that never goes back", () => {
    const before = Date.now()
    const wall = systemClock.wall()
    expect(wall).toBeGreaterThanOrEqual(before)
    expect(wall).toBeLessThanOrEqual(Date.now())
  })

  test("runs an action once after a delay, unless it is cancelled", async () => {
    const ran: string[] = []
    systemClock.after(0, () => ran.push("cancelled"))()
    systemClock.after(-5, () => ran.push("past"))
    await new Promise<void>((resolve) => systemClock.after(1, resolve))
    expect(ran).toEqual(["past"])
  })

  test("does not run at once what is further off than a timer can be", async () => {
    let isRun = false
    const cancel = systemClock.after(2 ** 31, () => {
      isRun = true
    })
    await new Promise<void>((resolve) => systemClock.after(1, resolve))
    cancel()
    expect(isRun).toBe(false)
  })

  test("runs an action again and again until it is stopped", async () => {
    let count = 0
    await new Promise<void>((resolve) => {
      const stop = systemClock.every(1, () => {
        if (++count < 3) return
        stop()
        resolve()
      })
    })
    expect(count).toBe(3)
  })

  test("does soon what comes after all that is being done, in its order", async () => {
    const ran: string[] = []
    systemClock.soon(() => ran.push("first"))
    const last = new Promise<void>((resolve) => systemClock.soon(resolve))
    queueMicrotask(() => ran.push("before"))
    ran.push("now")
    await last
    expect(ran).toEqual(["now", "before", "first"])
  })
})
