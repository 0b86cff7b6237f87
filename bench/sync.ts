// What a durable write costs on this disk: `bun bench/sync.ts DIRECTORY` appends pages to a file, each followed by an fdatasync, and
// prints the Spread of milliseconds.
import { fdatasyncSync, openSync, writeSync } from "node:fs"
import { join } from "node:path"
import { computeSpread } from "./spread.ts"

const WRITES = 200
const PAGE_BYTES = 4096

const page = new Uint8Array(PAGE_BYTES)
const file = openSync(join(process.argv[2] ?? ".", "sync"), "w")
const timesMs = Array.from({ length: WRITES }, () => {
  const startedAt = performance.now()
  writeSync(file, page)
  fdatasyncSync(file)
  return performance.now() - startedAt
})
process.stdout.write(`${JSON.stringify(computeSpread(timesMs))}\n`)
