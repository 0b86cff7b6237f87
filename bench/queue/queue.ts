// `bun run bench:queue`: measures what the queue promises on the compiled binary, its store and its dispatcher, and prints it beside
// its bars. It builds the binary first; ASYNCGATE_BINARY names another to take as it is. `--json` keeps everything in bench/results/,
// `--only NAME` measures one thing. A missed bar is named, not an error.
import { existsSync } from "node:fs"
import { loadavg } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { machine, versions } from "../machine.ts"
import { keep } from "../results.ts"
import { createStage, quit } from "../stage.ts"
import { judge, listMissed, type Measurement, renderTable, type Verdict } from "../table.ts"
import { measureCancel } from "./cancel.ts"
import { measureClaim } from "./claim.ts"
import { measureInsert } from "./insert.ts"
import { measureLine } from "./line.ts"
import { measureLists } from "./lists.ts"
import type { Context } from "./program.ts"
import { measureRestart } from "./restart.ts"
import { measureStorm } from "./storm.ts"
import { measureViewers } from "./viewers.ts"

const measurements: Record<string, (context: Context) => Promise<Measurement>> = {
  claim: measureClaim,
  restart: measureRestart,
  line: measureLine,
  storm: measureStorm,
  cancel: measureCancel,
  insert: measureInsert,
  lists: measureLists,
  viewers: measureViewers,
}

const RUN_MS_MAX = 20 * 60_000
const BUILD_MS_MAX = 60_000

const home = join(import.meta.dir, "../..")
const dist = join(home, "dist")
const given = process.env["ASYNCGATE_BINARY"]
const binary = given ?? join(dist, "asyncgate")

await main(process.argv.slice(2))

async function main(args: string[]): Promise<void> {
  const { json, only } = read(args)
  if (given !== undefined && !existsSync(given)) quit(1, `ASYNCGATE_BINARY is ${given}: no file is there`)
  // Not the system's directory for temporary files, which is often kept in memory: a durable write would cost nothing there.
  const stage = createStage(dist, RUN_MS_MAX)

  const facts = { machine: machine(), versions: versions() }
  process.stdout.write(`${JSON.stringify(facts)}\n`)
  if (given === undefined) await stage.run([process.execPath, "run", "--cwd", home, "build"], BUILD_MS_MAX)
  const verdicts: Verdict[] = []
  const raw: Record<string, unknown> = {}
  for (const [name, measure] of Object.entries(measurements)) {
    if (only !== undefined && only !== name) continue
    const startedAt = performance.now()
    process.stdout.write(`measuring ${name} … `)
    const measurement = await measure({ stage, binary })
    verdicts.push(...measurement.rows.map(judge))
    const load = loadavg()[0] ?? Number.NaN
    raw[name] = { load, ...measurement.raw }
    const seconds = (performance.now() - startedAt) / 1000
    process.stdout.write(`${seconds.toFixed(1)} s, load ${load.toFixed(1)}\n`)
  }
  process.stdout.write(`\n${renderTable(verdicts)}\n${listMissed(verdicts)}\n`)
  if (json) keep({ date: new Date().toISOString(), ...facts, verdicts, raw }, "queue-")
  process.exit(0)
}

function read(args: string[]): { json: boolean; only: string | undefined } {
  const names = Object.keys(measurements)
  const usage = `usage: bun run bench:queue [--json] [--only ${names.join("|")}]`
  try {
    const options = { json: { type: "boolean", default: false }, only: { type: "string" } } as const
    const { json, only } = parseArgs({ args, options }).values
    if (only === undefined || names.includes(only)) return { json, only }
    return quit(2, `nothing is called ${only}; ${usage}`)
  } catch (error) {
    return quit(2, `${error instanceof Error ? error.message : error}; ${usage}`)
  }
}
