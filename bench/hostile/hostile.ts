// `bun run bench:hostile`: what callers and providers who mean ill cost, each with what it may cost. `--only strangers,models` measures only
// what is named; `--binary PATH` another one than dist/asyncgate. Exit 1 when a bar is missed.
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"
import { machine, versions } from "../machine.ts"
import { keepIn } from "../results.ts"
import { createStage, quit, type Stage } from "../stage.ts"
import { judge, listMissed, type Measurement, renderTable, type Verdict } from "../table.ts"
import { measureMembers, measureStrangers } from "./bodies.ts"
import { measureLimited, measureModels } from "./limits.ts"
import { measureAnswers, measureErrors, measureNames } from "./texts.ts"

const measurements: Record<string, (stage: Stage, binary: string) => Promise<Measurement>> = {
  strangers: measureStrangers,
  members: measureMembers,
  limited: measureLimited,
  models: measureModels,
  answers: measureAnswers,
  errors: measureErrors,
  names: measureNames,
}

const RUN_MS_MAX = 15 * 60_000
const dist = join(import.meta.dir, "../../dist")

await main()

async function main(): Promise<void> {
  const { names, binary } = read()
  if (!existsSync(binary)) quit(1, `${binary} is not there: bun run build`)
  const stage = createStage(dist, RUN_MS_MAX)
  const facts = { date: new Date().toISOString(), binary, machine: machine(), versions: versions() }
  const verdicts: Verdict[] = []
  const raw: Record<string, unknown> = {}
  for (const name of names) {
    const startedAt = performance.now()
    process.stdout.write(`measuring ${name} … `)
    const measured = await tryMeasure(name, stage, binary)
    verdicts.push(...measured.rows.map(judge))
    raw[name] = measured.raw
    process.stdout.write(`${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`)
    for (const reason of measured.skipped ?? []) process.stdout.write(`  ${reason}\n`)
  }
  process.stdout.write(`\nload ${facts.machine.load}, ${binary}\n${renderTable(verdicts)}\n${listMissed(verdicts)}\n`)
  keepIn(join(dist, "hostile.json"), { ...facts, verdicts, raw })
  process.exit(process.exitCode ?? (verdicts.some(({ isMet }) => isMet === false) ? 1 : 0))
}

/** What breaks in one measurement does not take the others with it. */
async function tryMeasure(name: string, stage: Stage, binary: string): Promise<Measurement> {
  try {
    return (await measurements[name]?.(stage, binary)) ?? { rows: [], raw: {} }
  } catch (error) {
    process.exitCode = 1
    const reason = error instanceof Error ? error.message : String(error)
    return { rows: [], skipped: [`${name} broke off: ${reason}`], raw: { error: reason } }
  }
}

function read(): { names: string[]; binary: string } {
  const all = Object.keys(measurements)
  const { values } = parseArgs({ options: { only: { type: "string" }, binary: { type: "string" } } })
  const names = values.only?.split(",") ?? all
  const unknown = names.find((name) => !all.includes(name))
  if (unknown !== undefined) quit(2, `--only takes ${all.join(", ")}; ${unknown} is none of them`)
  return { names, binary: resolve(values.binary ?? join(dist, "asyncgate")) }
}
