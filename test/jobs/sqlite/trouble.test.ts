// What the store on SQLite does when the disk or the file fails, and how it returns free space.
import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { closeSync, openSync, writeSync } from "node:fs"
import type { Claimed } from "../../../src/jobs/job.ts"
import { openWriter } from "../../../src/jobs/sqlite/database.ts"
import { createStore } from "../../../src/jobs/sqlite/sqlitestore.ts"
import { StoreError } from "../../../src/jobs/storeerror.ts"
import {
  createWorld,
  doTurn,
  insertJob,
  makeClaim,
  makeRemove,
  makeSubmit,
  NOON,
  newJob,
  submitAll,
  type World,
} from "../../factory.ts"
import { openDatabase } from "../../opendatabase.ts"

let world: World
beforeEach(() => {
  world = createWorld()
})
afterEach(() => world.dispose())

function catchFailure(question: () => unknown): StoreError {
  try {
    question()
  } catch (error) {
    if (error instanceof StoreError) return error
    throw error
  }
  throw new Error("it was not refused")
}

const pageCount = () => world.database.query<{ page_count: number }, []>("PRAGMA page_count").get()?.page_count ?? 0

describe("a turn", () => {
  test("that meets a full disk leaves nothing behind, and works again when there is space", () => {
    world.database.run(`PRAGMA max_page_count = ${pageCount() + 20}`)
    const big = newJob({ body: "x".repeat(1_000_000) })
    expect(catchFailure(() => submitAll(world.store, newJob(), big))).toMatchObject({
      kind: "full",
      code: "SQLITE_FULL",
    })
    expect(world.database.inTransaction).toBe(false)
    expect(world.rows()).toEqual([])
    world.database.run("PRAGMA max_page_count = 1000000")
    submitAll(world.store, big)
    expect(world.body(big.id, "request") === big.body).toBe(true)
  })

  test("that may not write is refused as unavailable, and works again when it may", () => {
    world.database.run("PRAGMA query_only = true")
    for (const change of [makeSubmit(newJob()), { kind: "probe" } as const, makeClaim()]) {
      expect(catchFailure(() => world.store.turn(NOON, [change]))).toMatchObject({
        kind: "unavailable",
        code: "SQLITE_READONLY",
        isUncertain: false,
      })
      expect(world.database.inTransaction).toBe(false)
    }
    world.database.run("PRAGMA query_only = false")
    submitAll(world.store, newJob())
    expect(world.rows()).toHaveLength(1)
  })

  test("that another program's lock keeps out is refused as unavailable", () => {
    const other = openDatabase(world.directory.databasePath)
    other.run("BEGIN IMMEDIATE")
    world.database.run("PRAGMA busy_timeout = 0")
    expect(catchFailure(() => submitAll(world.store, newJob()))).toMatchObject({
      kind: "unavailable",
      code: "SQLITE_BUSY",
    })
    other.run("ROLLBACK")
    other.close()
    submitAll(world.store, newJob())
    expect(world.rows()).toHaveLength(1)
  })

  test("that breaks a constraint is a conflict, and so is one with a value that cannot be bound", () => {
    const job = newJob()
    expect(catchFailure(() => submitAll(world.store, job, job))).toMatchObject({
      kind: "conflict",
      code: expect.stringMatching(/^SQLITE_CONSTRAINT/),
    })
    const { model, ...rest } = newJob()
    expect(catchFailure(() => submitAll(world.store, rest as typeof job)).kind).toBe("conflict")
    expect(world.rows()).toEqual([])
  })
})

test("a damaged file is corrupt, for a turn and for a question", () => {
  const { id } = insertJob(world.database, "running")
  for (let n = 0; n < 50; n++) submitAll(world.store, newJob())
  tear("requests")
  const database = openWriter(world.directory.databasePath)
  try {
    const store = createStore(database)
    const [job] = store.remains().running as [Claimed]
    const error = { kind: "corrupt", code: "SQLITE_CORRUPT" }
    expect(catchFailure(() => store.requestBody(job))).toMatchObject(error)
    expect(catchFailure(() => submitAll(store, newJob()))).toMatchObject(error)
    expect(catchFailure(() => doTurn(store, makeRemove([id])))).toMatchObject(error)
    expect(world.row(id)?.state).toBe("running")
  } finally {
    database.close()
  }
})

/** Tears the first page of a table, which lies somewhere in the file. */
function tear(table: string): void {
  world.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
  const { rootpage, bytes } = world.database
    .query<{ rootpage: number; bytes: number }, [string]>(
      "SELECT rootpage, page_size AS bytes FROM sqlite_schema, pragma_page_size WHERE name = ?",
    )
    .get(table) ?? { rootpage: Number.NaN, bytes: Number.NaN }
  const file = openSync(world.directory.databasePath, "r+")
  writeSync(file, Buffer.alloc(bytes, 0xff), 0, bytes, (rootpage - 1) * bytes)
  closeSync(file)
}

test("shrink gives the space of deleted jobs back to the disk", () => {
  const job = newJob({ body: "x".repeat(4_000_000) })
  submitAll(world.store, job)
  const before = pageCount()
  doTurn(world.store, makeRemove([job.id]))
  let steps = 1
  while (world.store.shrink(100)) steps++
  expect(before).toBeGreaterThan(900)
  expect(steps).toBeGreaterThan(5)
  expect(pageCount()).toBeLessThan(before / 10)
})

test("purgeLog removes deleted data from the log, and waits while another connection reads", () => {
  const logBytes = () => Bun.file(`${world.directory.databasePath}-wal`).size
  const job = newJob()
  submitAll(world.store, job)
  expect(world.store.purgeLog()).toBe(true)
  // Nothing was deleted: there is no need.
  expect(logBytes()).toBeGreaterThan(0)
  const reader = openDatabase(world.directory.databasePath, { readonly: true })
  reader.run("BEGIN")
  reader.query("SELECT count(*) FROM jobs").get()
  doTurn(world.store, makeRemove([job.id]))
  expect(world.store.purgeLog()).toBe(false)
  reader.run("COMMIT")
  reader.close()
  expect(world.store.purgeLog()).toBe(true)
  expect(logBytes()).toBe(0)
})
