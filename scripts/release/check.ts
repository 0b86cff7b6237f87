// `bun run release:check` tries what `bun run release` has made, as far as this machine has the tools: each row says what it tried, or
// why not and which package of Debian would give what is missing.
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { describeCause } from "../../src/values.ts"
import { root } from "../build.ts"
import { rows } from "./checkrows.ts"

const { values } = parseArgs({ options: { only: { type: "string" } } })
const only = values.only?.split(",")
const unknown = only?.filter((name) => !rows.some((row) => row.name === name)) ?? []
if (unknown.length > 0) {
  process.stderr.write(`there is no row ${unknown.join(", ")}: there are ${rows.map(({ name }) => name).join(", ")}\n`)
  process.exit(2)
}

let passed = 0
let failed = 0
let skipped = 0
for (const row of rows) {
  if (only && !only.includes(row.name)) continue
  const why = explainMissing(row)
  if (why !== "") {
    skipped++
    say("skip", row.name, why)
    continue
  }
  const startedAt = performance.now()
  const took = () => `${((performance.now() - startedAt) / 1000).toFixed(0)} s`
  try {
    say("ok", row.name, `${await row.run()} (${took()})`)
    passed++
  } catch (error) {
    failed++
    say("FAIL", row.name, `${describeCause(error)} (${took()})`)
  }
}
process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`)
process.exit(failed > 0 || passed === 0 ? 1 : 0)

function explainMissing({ tools = {}, files = [], isRoot = false }: (typeof rows)[number]): string {
  const absent = Object.entries(tools).filter(([path]) => Bun.which(path) === null && !existsSync(path))
  const packages = [...new Set(absent.map(([, name]) => name))].filter((name) => name !== "")
  const unmade = files.filter((path) => !isMade(path))
  return [
    ...(absent.length > 0 ? [`${absent.map(([path]) => path).join(", ")} is not on this machine`] : []),
    ...(packages.length > 0 ? [`apt-get install ${packages.join(" ")}`] : []),
    ...(unmade.length > 0
      ? [`dist/release/${unmade.join(", dist/release/")} is not there: bun run release makes it`]
      : []),
    ...(isRoot && process.getuid?.() !== 0 ? ["only root may do it"] : []),
  ].join("; ")
}

/** @param path below dist/release; in its last part * is anything */
function isMade(path: string): boolean {
  const at = join(root, "dist/release", path)
  if (!path.includes("*")) return existsSync(at)
  const directory = join(at, "..")
  const glob = new Bun.Glob(path.split("/").at(-1) ?? "")
  return existsSync(directory) && readdirSync(directory).some((name) => glob.match(name))
}

function say(outcome: string, name: string, text: string): void {
  process.stdout.write(`${outcome.padEnd(4)}  ${name.padEnd(12)}  ${text}\n`)
}
