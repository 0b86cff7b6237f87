// What a run leaves behind: one JSON file with everything measured, from which the tables of the documents and the chart are made.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import type { Figure, Verdict } from "./table.ts"

export interface Result {
  /** ISO 8601. */
  date: string
  machine: Record<string, string | number>
  versions: Record<string, string>
  verdicts: Verdict[]
  figures: Figure[]
  skipped: string[]
  raw: Record<string, unknown>
}

export const resultsPath = join(import.meta.dir, "results")

/** Puts everything measured into a file named after its day. */
export function keep(result: { date: string; verdicts: Verdict[]; raw: unknown }, prefix = ""): void {
  keepIn(join(resultsPath, `${prefix}${result.date.slice(0, 10)}.json`), result)
}

export function keepIn(path: string, result: object): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`)
  process.stdout.write(`everything measured: ${relative(process.cwd(), path)}\n`)
}

/** The last whole run that was kept. */
export function newestResult(): Result {
  const name = readdirSync(resultsPath)
    .filter((file) => /^\d{4}-\d\d-\d\d\.json$/.test(file))
    .sort()
    .at(-1)
  if (name === undefined) throw new Error("bench/results/ has no result: bun run bench makes one")
  // JSON has no word for what could not be measured.
  const revive = (key: string, value: unknown) => (key === "measured" && value === null ? Number.NaN : value)
  return JSON.parse(readFileSync(join(resultsPath, name), "utf8"), revive) as Result
}
