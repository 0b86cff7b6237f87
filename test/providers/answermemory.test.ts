import { describe, expect, test } from "bun:test"
import * as fc from "fast-check"
import { createMemory } from "../../src/providers/answermemory.ts"
import { Timeline } from "../timeline.ts"

const clock = new Timeline(0)
const signal = new AbortController().signal

/** Whether it was granted at once or has been since. */
function asked(promise: Promise<void> | undefined): { isGranted: boolean } {
  const state = { isGranted: promise === undefined }
  promise?.then(
    () => {
      state.isGranted = true
    },
    () => {},
  )
  return state
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

describe("the memory for answers", () => {
  test("takes as many as fit, and the next when one of them is stored: not when it is only read", async () => {
    const told: boolean[] = []
    const memory = createMemory(100, clock, (isFull) => told.push(isFull))
    const [a, b, c] = [memory.open(signal), memory.open(signal), memory.open(signal)]
    expect(asked(a.take(60)).isGranted).toBe(true)
    const second = asked(b.take(60))
    const third = asked(c.take(10))
    expect(told).toEqual([true])
    a.send()
    await settled()
    expect([second.isGranted, third.isGranted]).toEqual([false, false])
    a.release()
    await settled()
    expect([second.isGranted, third.isGranted]).toEqual([true, true])
    expect(told).toEqual([true, false])
  })

  test("lets one that is larger than all of it in when nothing else is held", async () => {
    const memory = createMemory(100, clock, () => {})
    const [small, huge] = [memory.open(signal), memory.open(signal)]
    small.take(10)
    const state = asked(huge.take(500))
    small.send()
    await settled()
    expect(state.isGranted).toBe(false)
    small.release()
    await settled()
    expect(state.isGranted).toBe(true)
  })

  test("is given back by one that is aborted, whether it reads, waits or is read", async () => {
    const memory = createMemory(100, clock, () => {})
    const [reads, waits, next] = [memory.open(signal), memory.open(AbortSignal.abort()), memory.open(signal)]
    reads.take(100)
    const aborted = new AbortController()
    const gone = memory.open(aborted.signal)
    const waiting = gone.take(50)
    const third = asked(next.take(50))
    aborted.abort(new Error("not wanted"))
    await expect(waiting).rejects.toThrow("not wanted")
    gone.release()
    await settled()
    expect(third.isGranted).toBe(false)
    reads.release()
    await settled()
    expect(third.isGranted).toBe(true)
    waits.release()
  })

  test("counts how long a call has waited for it", async () => {
    const time = new Timeline(0)
    const memory = createMemory(100, time, () => {})
    const [a, b] = [memory.open(signal), memory.open(signal)]
    a.take(100)
    const state = asked(b.take(100))
    time.advance(700)
    expect([a.waitedMs(), b.waitedMs()]).toEqual([0, 700])
    a.release()
    await settled()
    expect(state.isGranted).toBe(true)
    time.advance(700)
    expect(b.waitedMs()).toBe(700)
  })

  test("is never more than what it may be and one answer, and every answer gets through, in whatever pieces they come", async () => {
    const answer = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 12 }), async (answers) => {
        let held = 0
        let most = 0
        const memory = createMemory(100, clock, () => {})
        await Promise.all(
          answers.map(async (pieces) => {
            const own = memory.open(signal)
            let read = 0
            for (const bytes of pieces) {
              await own.take(bytes)
              read += bytes
              held += bytes
              most = Math.max(most, held)
              await settled()
            }
            own.send()
            await settled()
            held -= read
            own.release()
          }),
        )
        expect(held).toBe(0)
        expect(most).toBeLessThanOrEqual(100 + Math.max(...answers.map((pieces) => pieces.reduce((a, b) => a + b, 0))))
      }),
      { seed: 3 },
    )
  })
})
