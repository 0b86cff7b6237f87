// Queries of the HTTP server whose details no route shows by itself.
import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { statSync } from "node:fs"
import { createJobIds } from "../../../src/jobs/ids.ts"
import { BODY_PIECE_BYTES } from "../../../src/jobs/job.ts"
import type { JobView } from "../../../src/jobs/reads.ts"
import { readLatestIdTime } from "../../../src/jobs/sqlite/sqlitereads.ts"
import {
  claimedFrom,
  createWorld,
  doTurn,
  insertJob,
  makeClosing,
  makeFinish,
  makeRemove,
  NOON,
  newJob,
  type Row,
  submitAll,
  type World,
} from "../../factory.ts"

let world: World
beforeEach(() => {
  world = createWorld()
})
afterEach(() => world.dispose())

test("the first job that is due of each provider is found over all its lanes, and no other state counts", () => {
  const lanes = [
    { model: "a", run_at: NOON + 5 },
    { model: "b", run_at: NOON + 3 },
    { model: "b", run_at: NOON + 9 },
    { model: "b", owner: "vk:x", run_at: NOON + 4 },
    { model: "b", priority: 2, run_at: NOON + 7 },
    { provider: "other", run_at: NOON + 8 },
  ]
  for (const lane of lanes) insertJob(world.database, "queued", lane)
  for (const state of ["running", "waiting", "succeeded"] as const) insertJob(world.database, state, { run_at: NOON })
  expect(world.reads.oldestDue()).toEqual(
    new Map([
      ["mock", NOON + 3],
      ["other", NOON + 8],
    ]),
  )
})

test("a first start before the clock is set makes ids that have numbers", () => {
  const newJobId = createJobIds(readLatestIdTime(world.database))
  const ids = [newJobId(5000), newJobId(5000), newJobId(NOON)]
  for (const id of ids) submitAll(world.store, newJob({ id }))
  expect(ids.map((id) => world.reads.job(id, NOON)?.id)).toEqual(ids)
})

describe("a poll", () => {
  test("sees a job until the moment it expires, without waiting for the reaper", () => {
    const row = insertJob(world.database, "failed", { expires_at: NOON + 10 })
    expect(world.reads.job(row.id, NOON + 9)?.id).toBe(row.id)
    expect(world.reads.job(row.id, NOON + 10)).toBeNull()
    expect(world.reads.job("00000000-0000-0000-0000-000000000000", NOON)).toBeNull()
  })

  test("gets the time when the first of the closed keys may be used again, unless one may be used now", () => {
    const quota = { provider: "mock", keyId: "a", model: "echo", closedUntil: NOON + 1000, spacingMs: null }
    world.store.turn(NOON, [
      makeClosing(quota),
      makeClosing({ ...quota, keyId: "b", closedUntil: NOON + 500 }),
      makeClosing({ ...quota, keyId: "c", closedUntil: NOON }),
      makeClosing({ ...quota, keyId: "c", model: "other", closedUntil: NOON + 9 }),
    ])
    const { id } = insertJob(world.database, "queued")
    const job = world.reads.job(id, NOON) as JobView
    const closedUntil = (...keyIds: string[]) => world.reads.closedUntil(job, keyIds, NOON)
    expect(closedUntil("a")).toBe(NOON + 1000)
    expect(closedUntil("a", "b")).toBe(NOON + 500)
    expect(closedUntil("a", "b", "c")).toBeNull()
    expect(closedUntil("a", "never closed")).toBeNull()
  })
})

describe("a result", () => {
  /** A job that has ended with this result. */
  function finished(result: string): Row {
    const row = insertJob(world.database, "running")
    doTurn(world.store, makeFinish(claimedFrom(row), { answer: { result, usage: null } }))
    world.reads.refresh()
    return row
  }

  test.each([1, BODY_PIECE_BYTES - 1, BODY_PIECE_BYTES, BODY_PIECE_BYTES + 1, BODY_PIECE_BYTES * 2, 1_000_000])(
    "of %d bytes is read back whole",
    (bytes) => {
      const result = "x".repeat(bytes)
      const { id } = finished(result)
      expect(Buffer.concat([...world.reads.bodyPieces(id, "result")]).toString() === result).toBe(true)
    },
  )

  test("that goes away while it is being read is no shorter result but an error", () => {
    const { id } = finished("x".repeat(1_000_000))
    const pieces = world.reads.bodyPieces(id, "result")
    pieces.next()
    doTurn(world.store, makeRemove([id]))
    world.reads.refresh()
    expect(() => [...pieces]).toThrow("was removed while it was being read")
  })

  test("is read whole while the file under it becomes smaller", () => {
    const fileBytes = () => {
      world.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
      return statSync(world.directory.databasePath).size
    }
    const goes = finished("x".repeat(8_000_000))
    fileBytes()
    const result = Array.from({ length: 300_000 }, (_, at) => `${at} `).join("")
    const stays = finished(result)
    const before = fileBytes()
    const pieces = world.reads.bodyPieces(stays.id, "result")
    const read = [pieces.next().value as Uint8Array]
    doTurn(world.store, makeRemove([goes.id]))
    while (world.store.shrink(100)) {}
    expect(fileBytes()).toBeLessThan(before - 4_000_000)
    read.push(...pieces)
    expect(Buffer.concat(read).toString() === result).toBe(true)
  })
})
