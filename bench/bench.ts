// `bun run bench`: builds the binary, measures it beside its peers and its floors, prints the table, and keeps everything in
// bench/results/ with a chart. `bun run bench submit poll` measures only what is named and keeps it in dist/bench.json; `--no-build` takes
// dist/asyncgate as it is; `--minutes 60` is how long the soak goes on. A missed bar is named, not an error.
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { measureBudget } from "./budget.ts"
import { renderChart } from "./chart.ts"
import { measureCommands } from "./commands.ts"
import { measureCalls, measureConnections } from "./crowd.ts"
import { measureFlow, measureWorked } from "./flow.ts"
import { type Context, startUpstreams } from "./gateway.ts"
import { measureGrowth } from "./growth.ts"
import { measureHop } from "./hop.ts"
import { measureKill } from "./kill.ts"
import { measureLogged } from "./logged.ts"
import { machine, versions } from "./machine.ts"
import { measurePace } from "./pace.ts"
import { measurePoll, measureSizes } from "./poll.ts"
import { measurePostgres } from "./postgres.ts"
import { keep, keepIn, type Result, resultsPath } from "./results.ts"
import { measureSlow } from "./slow.ts"
import { measureSoak } from "./soak.ts"
import { createStage, quit } from "./stage.ts"
import { measureStart } from "./start.ts"
import { measureStream } from "./stream.ts"
import { measureSubmit } from "./submit.ts"
import { judge, listMissed, type Measurement, renderTable } from "./table.ts"
import { measureVisible } from "./visible.ts"

const measurements: Record<string, (context: Context) => Promise<Measurement>> = {
  start: measureStart,
  commands: measureCommands,
  submit: measureSubmit,
  worked: measureWorked,
  flow: measureFlow,
  pace: measurePace,
  visible: measureVisible,
  hop: measureHop,
  stream: measureStream,
  logged: measureLogged,
  poll: measurePoll,
  sizes: measureSizes,
  postgres: measurePostgres,
  slow: measureSlow,
  budget: measureBudget,
  connections: measureConnections,
  calls: measureCalls,
  growth: measureGrowth,
  kill: measureKill,
  soak: measureSoak,
}

const RUN_MS_MAX = 30 * 60_000
const BUILD_MS_MAX = 60_000
const MINUTE_MS = 60_000

const home = join(import.meta.dir, "..")
const dist = join(home, "dist")
const binary = join(dist, "asyncgate")

await main(process.argv.slice(2))

async function main(args: string[]): Promise<void> {
  const { names, hasBuild, soakMinutes } = read(args)
  if (!Bun.which("wrk")) quit(1, "wrk is missing: apt-get install wrk")
  if (!hasBuild && !existsSync(binary)) quit(1, "dist/asyncgate is missing: run without --no-build")
  // Not the system's directory for temporary files, which is often kept in memory: a durable write would cost nothing there.
  const stage = createStage(dist, RUN_MS_MAX + (soakMinutes ?? 0) * MINUTE_MS)

  const facts = { machine: machine(), versions: versions() }
  process.stdout.write(`${lines(facts.machine)}\n`)
  if (hasBuild) await stage.run([process.execPath, "run", "--cwd", home, "build"], BUILD_MS_MAX)
  const context: Context = { stage, binary, upstreams: await startUpstreams(stage), soakMinutes }
  const result: Result = { date: new Date().toISOString(), ...facts, verdicts: [], figures: [], skipped: [], raw: {} }
  for (const name of names) await measureOne(name, context, result)
  process.stdout.write(`\n${lines(result.versions)}\n${renderTable(result.verdicts)}\n${listMissed(result.verdicts)}\n`)
  if (names.length < Object.keys(measurements).length) {
    keepIn(join(dist, "bench.json"), result)
    process.exit()
  }
  keep(result)
  writeFileSync(join(resultsPath, "chart.svg"), renderChart(result))
  process.exit()
}

async function measureOne(name: string, context: Context, result: Result): Promise<void> {
  const startedAt = performance.now()
  process.stdout.write(`measuring ${name} … `)
  const { rows, figures = [], skipped = [], versions = {}, raw } = await tryMeasure(name, context)
  result.verdicts.push(...rows.map(judge))
  result.figures.push(...figures)
  Object.assign(result.versions, versions)
  result.skipped.push(...skipped.filter((reason) => !result.skipped.includes(reason)))
  result.raw[name] = raw
  process.stdout.write(`${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`)
  for (const reason of skipped) process.stdout.write(`  skipped: ${reason}\n`)
}

/** What breaks in one measurement does not take the others with it. */
async function tryMeasure(name: string, context: Context): Promise<Measurement> {
  try {
    return (await measurements[name]?.(context)) ?? { rows: [], raw: {} }
  } catch (error) {
    process.exitCode = 1
    const reason = error instanceof Error ? error.message : String(error)
    return { rows: [], skipped: [`${name} broke off: ${reason}`], raw: { error: reason } }
  }
}

function read(args: string[]): { names: string[]; hasBuild: boolean; soakMinutes: number | null } {
  const all = Object.keys(measurements)
  const usage = `usage: bun run bench [--no-build] [--minutes N] [${all.join("] [")}]`
  try {
    const options = { "no-build": { type: "boolean", default: false }, minutes: { type: "string" } } as const
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
    const unknown = positionals.find((name) => !all.includes(name))
    if (unknown !== undefined) quit(2, `nothing is called ${unknown}; ${usage}`)
    const soakMinutes = values.minutes === undefined ? null : Number(values.minutes)
    if (soakMinutes !== null && !(soakMinutes > 0)) quit(2, `--minutes must be a number above zero; ${usage}`)
    const names = positionals.length === 0 ? all : positionals
    return { names, hasBuild: !values["no-build"], soakMinutes }
  } catch (error) {
    return quit(2, `${error instanceof Error ? error.message : error}; ${usage}`)
  }
}

function lines(facts: Record<string, string | number>): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name.padEnd(10)} ${value}\n`)
    .join("")
}
