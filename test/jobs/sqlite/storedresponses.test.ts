// Stored responses that are deleted before their time, because the database holds more than it may.
import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import type { State } from "../../../src/jobs/job.ts"
import type { ChangeOf } from "../../../src/jobs/store.ts"
import {
  createWorld,
  doTurn,
  insertJob,
  makeFinish,
  makeSubmit,
  NOON,
  newJob,
  newJobId,
  type Row,
  type World,
} from "../../factory.ts"

const HOUR_MS = 3_600_000
const KEPT_MS = 30 * 24 * HOUR_MS

let world: World
beforeEach(() => {
  world = createWorld()
})
afterEach(() => world.dispose())

/** A response that was made and answered at this time, with a body of so many bytes. @returns its id */
function answer(at: number, bytes = 200_000): string {
  const job = newJob({ requestType: "responses", ttlMs: KEPT_MS, createdAt: at, body: `"${"x".repeat(bytes)}"` })
  const start = { keyId: null, startedAt: at, leaseUntil: at + HOUR_MS }
  const submitted = doTurn(world.store, makeSubmit(job, { start }), at)
  if (submitted.kind !== "started") throw new Error(`the job is ${submitted.kind}`)
  doTurn(world.store, makeFinish(submitted.job), at)
  return job.id
}

/** The row of a response that was made two hours ago, and has ended then if it has ended. */
function insert(state: State, over: Partial<Row> = {}): string {
  const at = NOON - 2 * HOUR_MS
  const isEnded = state === "succeeded" || state === "failed" || state === "cancelled"
  const ended = isEnded ? { completed_at: at, expires_at: at + KEPT_MS } : {}
  const stored = { id: newJobId(at), request_type: "responses", ttl_ms: KEPT_MS, created_at: at, ...ended }
  return insertJob(world.database, state, { ...stored, ...over }).id
}

const trim = (over: Partial<ChangeOf<"trimResponses">> = {}) =>
  doTurn(world.store, {
    ...{ kind: "trimResponses", ttlMs: KEPT_MS, endedBy: NOON - HOUR_MS, bytesMax: 0, after: 0, limit: 500 },
    ...over,
  })

/** What the database holds in the pages that are in use. */
function measure(): number {
  const read = (name: string) => Object.values(world.database.query<object, []>(`PRAGMA ${name}`).get() ?? {})[0]
  return (Number(read("page_count")) - Number(read("freelist_count"))) * Number(read("page_size"))
}

const listIds = () => world.rows().map(({ id }) => id)

describe("a database that holds too much", () => {
  test("loses the oldest stored responses with their bodies, and no more than it must", () => {
    const ids = [5, 4, 3, 2].map((hours) => answer(NOON - hours * HOUR_MS))
    const bytesMax = measure() - 300_000
    expect(trim({ bytesMax })).toEqual({ count: 2, last: null })
    expect(listIds()).toEqual(ids.slice(2))
    expect(ids.map((id) => world.body(id, "request").length > 0)).toEqual([false, false, true, true])
    expect(measure()).toBeLessThanOrEqual(bytesMax)
    expect(trim({ bytesMax })).toEqual({ count: 0, last: null })
  })

  test("loses nothing where it holds just as much as it may", () => {
    const id = answer(NOON - 2 * HOUR_MS)
    expect(trim({ bytesMax: measure() })).toEqual({ count: 0, last: null })
    expect(listIds()).toEqual([id])
  })

  test("loses only what has ended long enough ago, however it ended", () => {
    const edge = { completed_at: NOON - HOUR_MS }
    insert("succeeded", edge)
    insert("failed")
    insert("cancelled")
    const kept = [
      insert("succeeded", { completed_at: NOON - HOUR_MS + 1 }),
      insert("queued"),
      insert("running"),
      insert("waiting"),
    ]
    expect(trim()).toEqual({ count: 3, last: null })
    expect(listIds()).toEqual(kept)
  })

  test("keeps responses whose requests said for how long, lines of batches, and jobs of every other type", () => {
    const kept = [
      insert("succeeded", { ttl_ms: KEPT_MS - 1 }),
      insert("succeeded", { ttl_ms: KEPT_MS + 1 }),
      insert("succeeded", { batch: 1, batch_line: 1 }),
      insert("succeeded", { request_type: "chat_completion" }),
    ]
    insert("succeeded")
    expect(trim().count).toBe(1)
    expect(listIds()).toEqual(kept)
  })

  test("loses a bounded number of them in a turn, and the next turn goes on behind the last", () => {
    for (let n = 0; n < 5; n++) insert("succeeded")
    const counts: number[] = []
    for (let after: number | null = 0; after !== null; ) {
      const { count, last } = trim({ after, limit: 2 })
      counts.push(count)
      after = last
    }
    expect(counts).toEqual([2, 2, 1])
  })

  test("loses fewer in a turn where they are long", () => {
    for (const hours of [4, 3, 2]) answer(NOON - hours * HOUR_MS, 3_000_000)
    const first = trim()
    expect(first.count).toBe(1)
    expect(trim({ after: first.last ?? 0 }).count).toBe(1)
  })

  test("looks at a bounded number of responses in a turn, and comes to those behind a long queue", () => {
    world.database.transaction(() => {
      for (let n = 0; n < 2500; n++) insert("queued")
    })()
    const behind = insert("succeeded")
    const first = trim()
    expect(first).toEqual({ count: 0, last: expect.any(Number) })
    expect(trim({ after: first.last ?? 0 })).toEqual({ count: 1, last: null })
    expect(listIds()).not.toContain(behind)
  })
})
