// `bun run bench:native`: measures what a call costs beside a bare fetch, what a thread weighs with all native packages, and how
// large the binary is, and prints it beside its bars. It builds the binary first; ASYNCGATE_BINARY names another to take as it is.
// A missed bar is named, not an error.
import { existsSync, statSync } from "node:fs"
import { loadavg } from "node:os"
import { join } from "node:path"
import { machine, versions } from "../machine.ts"
import { median } from "../spread.ts"
import { createStage, quit } from "../stage.ts"
import { judge, listMissed, type Row, renderTable } from "../table.ts"
import { type Name, names } from "./cases.ts"
import type { Kind } from "./cpu.ts"
import type { Weight } from "./memory.ts"

const RUN_MS_MAX = 10 * 60_000
const CHILD_MS_MAX = 120_000
const WEIGHINGS = 5

/** Of the binary before there were native providers, built from 8fd0fc7 on Linux x64; and by how much it may have grown. */
const BEFORE_MB = 119.95
const GROWTH_MB_MAX = 8

const home = join(import.meta.dir, "../..")
const given = process.env["ASYNCGATE_BINARY"]
const binary = given ?? join(home, "dist", "asyncgate")

await main()

async function main(): Promise<void> {
  if (given !== undefined && !existsSync(given)) quit(1, `ASYNCGATE_BINARY is ${given}: no file is there`)
  const stage = createStage(join(home, "dist"), RUN_MS_MAX)

  process.stdout.write(`${JSON.stringify({ machine: machine(), versions: versions() })}\n`)
  if (given === undefined) await stage.run([process.execPath, "run", "--cwd", home, "build"], CHILD_MS_MAX)
  const upstream = await stage.serve([process.execPath, join(import.meta.dir, "upstream.ts")])
  const run = async (script: string) =>
    JSON.parse(await stage.run([process.execPath, join(import.meta.dir, script), upstream.url], CHILD_MS_MAX))
  const rows = [...cpuRows(await run("cpu.ts")), ...(await memoryRows(() => run("memory.ts"))), sizeRow()]
  const verdicts = rows.map(judge)
  process.stdout.write(`\n${renderTable(verdicts)}\nload ${loadavg()[0]?.toFixed(1)}; ${listMissed(verdicts)}\n`)
  process.exit(0)
}

/** A call of the program makes a connection of its own, so that is what the fetch beside it does. */
function cpuRows(micros: Record<Kind, number>): Row[] {
  const beside = { what: "a bare fetch", measured: micros.fetch }
  const row = (name: Name): Row[] => [
    { what: `a call to ${name}`, measured: micros[name], unit: "µs", beside },
    {
      what: "  more than the fetch",
      measured: micros[name] - micros.fetch,
      unit: "µs",
      bar: { atMost: name === "openai" ? 100 : 400 },
    },
  ]
  return [
    { what: "a bare fetch that may keep its connection", measured: micros.kept, unit: "µs", beside },
    ...names.flatMap(row),
  ]
}

async function memoryRows(weigh: () => Promise<Weight>): Promise<Row[]> {
  const weights: Weight[] = []
  while (weights.length < WEIGHINGS) weights.push(await weigh())
  const of = (read: (weight: Weight) => number) => median(weights.map(read))
  return [
    { what: "a thread that passes through", measured: of((one) => one.passingMb - one.processMb), unit: "MB" },
    {
      what: "  more with all native packages, used",
      measured: of((one) => one.nativeMb - one.passingMb),
      unit: "MB",
      bar: { atMost: 60 },
    },
  ]
}

function sizeRow(): Row {
  return {
    what: "the binary",
    measured: statSync(binary).size / 1_000_000,
    unit: "MB",
    beside: { what: "before", measured: BEFORE_MB },
    bar: { atMost: BEFORE_MB + GROWTH_MB_MAX },
  }
}
