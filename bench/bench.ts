// `bun run bench`: builds the binary, measures it and its floors side by side, prints the table, keeps everything in bench/results/.
// `--no-build` takes dist/asyncgate as it is. A missed bar is named, not an error.
import { existsSync } from "node:fs"
import { join } from "node:path"
import { measureFlow, measureLongCalls } from "./burst.ts"
import { type Context, startUpstreams } from "./gateway.ts"
import { machine, versions } from "./machine.ts"
import { measurePace } from "./pace.ts"
import { createStage, quit } from "./stage.ts"
import { measureStart } from "./start.ts"
import { judge, keep, type Measurement, tableOf, type Verdict } from "./table.ts"
import { measurePoll, measureSubmit } from "./throughput.ts"

const measurements: Record<string, (context: Context) => Promise<Measurement>> = {
  start: measureStart,
  submit: measureSubmit,
  poll: measurePoll,
  flow: measureFlow,
  pace: measurePace,
  longCalls: measureLongCalls,
}

const RUN_MS_MAX = 5 * 60_000
const BUILD_MS_MAX = 60_000

const home = join(import.meta.dir, "..")
const dist = join(home, "dist")
const binary = join(dist, "asyncgate")

await main(process.argv.slice(2))

async function main(args: string[]): Promise<void> {
  const unknown = args.find((arg) => arg !== "--no-build")
  if (unknown !== undefined) quit(2, `unknown argument ${unknown}; usage: bun run bench [--no-build]`)
  const hasBuild = !args.includes("--no-build")
  if (!Bun.which("wrk")) quit(1, "wrk is missing: apt-get install wrk")
  if (!hasBuild && !existsSync(binary)) quit(1, "dist/asyncgate is missing: run without --no-build")
  // Not the system's directory for temporary files, which is often kept in memory: a durable write would cost nothing there.
  const stage = createStage(dist, RUN_MS_MAX)

  const facts = { machine: machine(), versions: versions() }
  process.stdout.write(`${lines(facts.machine)}${lines(facts.versions)}\n`)
  if (hasBuild) await stage.run([process.execPath, "run", "--cwd", home, "build"], BUILD_MS_MAX)
  const context = { stage, binary, upstreams: await startUpstreams(stage) }
  const verdicts: Verdict[] = []
  const raw: Record<string, unknown> = {}
  for (const [name, measure] of Object.entries(measurements)) {
    const startedAt = performance.now()
    process.stdout.write(`measuring ${name} … `)
    const measurement = await measure(context)
    verdicts.push(...measurement.rows.map(judge))
    raw[name] = measurement.raw
    process.stdout.write(`${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`)
  }
  report({ date: new Date().toISOString(), ...facts, verdicts, raw })
  process.exit(0)
}

function report(result: { date: string; verdicts: Verdict[] } & Record<string, unknown>): void {
  process.stdout.write(`\n${tableOf(result.verdicts)}\n`)
  const missed = result.verdicts.filter(({ isMet }) => isMet === false)
  process.stdout.write(
    missed.length === 0
      ? "every bar is met\n"
      : `missed: ${missed.map(({ what, floor }) => (floor ? `${what}, beside ${floor.what}` : what)).join("; ")}\n`,
  )
  keep(result)
}

function lines(facts: Record<string, string | number>): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name.padEnd(10)} ${value}\n`)
    .join("")
}
