// Submits to the real store, in a process of its own that writes nothing else: `bun bench/queue/inserter.ts DIRECTORY`.
import { readFileSync } from "node:fs"
import { openWriter } from "../../src/jobs/sqlite/database.ts"
import { claimDirectory } from "../../src/jobs/sqlite/directory.ts"
import { createStore } from "../../src/jobs/sqlite/sqlitestore.ts"
import { newJob } from "../job.ts"
import { computeSpread, type Spread } from "../spread.ts"

export interface InsertReport {
  /** Microseconds for each submit, its share of the commit included; a sample is a batch. */
  submitUs: Spread
  /** For each job: all that was written to the log and, by checkpoints, to the database. Linux knows. */
  writtenBytes: number
  databaseBytes: number
}

export const BATCH = 100
const BATCHES = 300
const WARM_UP_BATCHES = 20

if (import.meta.main) process.stdout.write(`${JSON.stringify(measure(process.argv[2] ?? "."))}\n`)

function measure(directory: string): InsertReport {
  const { databasePath, release } = claimDirectory(directory)
  const database = openWriter(databasePath)
  const store = createStore(database)
  const submitBatch = () => {
    const jobs = Array.from({ length: BATCH }, () => newJob("provider", "model", Date.now()))
    const startedAt = performance.now()
    store.turn(
      Date.now(),
      jobs.map((job) => ({ kind: "submit", job, start: null, allowances: [], isRefused: false })),
    )
    return ((performance.now() - startedAt) * 1000) / BATCH
  }
  const size = () => {
    database.run("PRAGMA wal_checkpoint(TRUNCATE)")
    const sql = "SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size"
    return database.query<{ bytes: number }, []>(sql).get()?.bytes ?? Number.NaN
  }
  for (let n = 0; n < WARM_UP_BATCHES; n++) submitBatch()
  const before = { databaseBytes: size(), writtenBytes: writtenBytes() }
  const samples = Array.from({ length: BATCHES }, submitBatch)
  const after = { databaseBytes: size(), writtenBytes: writtenBytes() }
  database.close()
  release()
  return {
    submitUs: computeSpread(samples),
    writtenBytes: (after.writtenBytes - before.writtenBytes) / BATCH / BATCHES,
    databaseBytes: (after.databaseBytes - before.databaseBytes) / BATCH / BATCHES,
  }
}

/** Bytes that this process has passed to write calls. https://man7.org/linux/man-pages/man5/proc_pid_io.5.html */
function writtenBytes(): number {
  return Number(/^wchar: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1])
}
