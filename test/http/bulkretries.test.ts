// How a bulk retry meets refusals: it waits for what passes, counts what does not, and ends where every submit would be refused.
import { expect, test } from "bun:test"
import { GatewayError } from "../../src/errors.ts"
import { retryAll } from "../../src/http/bulk/retries.ts"
import type { ListedJob } from "../../src/jobs/reads.ts"
import { NOON } from "../factory.ts"
import { Timeline } from "../timeline.ts"

const jobs = ["one", "two", "three"].map((id) => ({ id }) as ListedJob)
const breathe = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Moves the clock whenever somebody waits for it, until the retry is over. Returns by how much. */
async function pass(clock: Timeline, retry: Promise<unknown>): Promise<number> {
  let isOver = false
  const settled = retry.then(
    () => true,
    () => true,
  )
  void settled.then((over) => {
    isOver = over
  })
  while (!isOver) {
    if (clock.nextAt < Number.POSITIVE_INFINITY) clock.advance(clock.nextAt - clock.now())
    await breathe()
  }
  return clock.now() - NOON
}

test("a full queue and a rate are waited for, for as long as they say, and each job is then made once", async () => {
  const clock = new Timeline(NOON)
  const made: string[] = []
  const repeat = async ({ id }: ListedJob) => {
    if (id === "two" && clock.now() < NOON + 5000) throw new GatewayError("rate_limited", "wait", { retryAfter: 5 })
    if (id === "three" && clock.now() < NOON + 2000) throw new GatewayError("queue_full", "wait", { retryAfter: 1 })
    made.push(id)
  }
  const retry = retryAll(jobs, repeat, { clock, isOver: () => false })
  expect(await pass(clock, retry)).toBe(5000)
  expect(await retry).toEqual({ done: 3, failed: 0, error: null })
  expect(made.sort()).toEqual(["one", "three", "two"])
})

test("one that was aborted waits for no rate any more", async () => {
  const clock = new Timeline(NOON)
  let isOver = false
  const repeat = async () => {
    isOver = true
    throw new GatewayError("rate_limited", "wait", { retryAfter: 5 })
  }
  const retry = retryAll(jobs, repeat, { clock, isOver: () => isOver })
  expect(await pass(clock, retry)).toBe(5000)
  expect(await retry).toEqual({ done: 0, failed: 0, error: null })
})

test("a job that is refused counts as failed, and the first refusal is told", async () => {
  const repeat = async ({ id }: ListedJob) => {
    if (id !== "two") throw new GatewayError("budget_exceeded", `no money for ${id}`, { retryAfter: 60 })
  }
  const retry = retryAll(jobs, repeat, { clock: new Timeline(NOON), isOver: () => false })
  const error = { code: "budget_exceeded", message: "job one: no money for one" }
  expect(await retry).toEqual({ done: 1, failed: 2, error })
})

test.each(["store_full", "shutting_down"] as const)("%s ends it", async (code) => {
  const repeat = async () => {
    throw new GatewayError(code, "nothing is stored")
  }
  const retry = retryAll(jobs, repeat, { clock: new Timeline(NOON), isOver: () => false })
  await expect(retry).rejects.toThrow("nothing is stored")
})
