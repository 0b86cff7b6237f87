// The result as rows: what was measured, beside its floor and its bar, and how that is printed and kept.
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"

export interface Row {
  what: string
  measured: number
  unit: "/s" | "ms" | "s" | "MB"
  /** The same measured on something that does less, in the same unit. */
  floor?: { what: string; measured: number }
  /** What the project asks of itself. */
  bar?: { ratioAtLeast: number } | { below: number }
}

/** Everything a measurement learned: the rows to print, and what they were made of. */
export interface Measurement {
  rows: Row[]
  raw: unknown
}

export interface Verdict extends Row {
  ratio?: number
  isMet?: boolean
}

export function judge(row: Row): Verdict {
  const ratio = row.floor && row.measured / row.floor.measured
  const { bar } = row
  return {
    ...row,
    ...(ratio === undefined ? {} : { ratio }),
    ...(bar === undefined
      ? {}
      : { isMet: "below" in bar ? row.measured < bar.below : (ratio ?? 0) >= bar.ratioAtLeast }),
  }
}

export function tableOf(verdicts: Verdict[]): string {
  return inColumns([["what", "measured", "floor", "ratio", "bar", "met"], ...verdicts.map(cells)])
}

/** Lines of cells as text, the first one over a rule. */
export function inColumns(lines: string[][]): string {
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? []
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  )
  text.splice(1, 0, widths.map((width) => "-".repeat(width)).join("  "))
  return `${text.join("\n")}\n`
}

/** Puts everything measured into a file named after its day. */
export function keep(result: { date: string } & Record<string, unknown>, prefix = ""): void {
  const path = join(import.meta.dir, "results", `${prefix}${result.date.slice(0, 10)}.json`)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`)
  process.stdout.write(`everything measured: ${relative(process.cwd(), path)}\n`)
}

function cells({ what, measured, unit, floor, ratio, bar, isMet }: Verdict): string[] {
  return [
    what,
    amount(measured, unit),
    floor ? `${amount(floor.measured, unit)} ${floor.what}` : "",
    ratio === undefined ? "" : ratio.toFixed(2),
    bar === undefined ? "" : "below" in bar ? `< ${bar.below} ${unit}` : `ratio >= ${bar.ratioAtLeast}`,
    isMet === undefined ? "" : isMet ? "yes" : "NO",
  ]
}

function amount(value: number, unit: Row["unit"]): string {
  if (unit === "/s") return `${Math.round(value).toLocaleString("en-US")}/s`
  return `${value.toFixed(value < 100 ? 2 : 0)} ${unit}`
}
