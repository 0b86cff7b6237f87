// What a submit costs the store alone: its time in a shared commit, and the bytes that go to the disk for it.
import { join } from "node:path"
import type { Measurement } from "../table.ts"
import { BATCH, type InsertReport } from "./inserter.ts"
import type { Context } from "./program.ts"

const INSERTER_MS_MAX = 60_000

export async function measureInsert({ stage }: Context): Promise<Measurement> {
  const command = [process.execPath, join(import.meta.dir, "inserter.ts"), stage.directory()]
  const report = JSON.parse(await stage.run(command, INSERTER_MS_MAX)) as InsertReport
  const what = `submit of 1 KB to the store, ${BATCH} a commit`
  return {
    rows: [
      { what: `${what}, p50`, measured: report.submitUs.p50, unit: "µs" },
      { what: `${what}, p99`, measured: report.submitUs.p99, unit: "µs" },
      { what: `${what}, written to log and database`, measured: report.writtenBytes, unit: "B" },
      { what: `${what}, left in the database`, measured: report.databaseBytes, unit: "B" },
    ],
    raw: report,
  }
}
