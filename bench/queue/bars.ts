// What the queue's benchmark asks and found: rows of measured beside bar, and how they are printed.
import { inColumns } from "../table.ts"

export interface Row {
  what: string
  measured: number
  unit: "µs" | "ms" | "s" | "B" | "MB" | "/s" | "calls" | "jobs"
  /** The same measured where there is less to do, or what could be at most, in the same unit. */
  beside?: { what: string; measured: number }
  /** What the project asks of itself: of the figure, or of its ratio to the one beside it. */
  bar?: { atMost: number } | { ratioAtMost: number }
}

/** Everything a measurement learned: the rows to print, and what they were made of. */
export interface Measurement {
  rows: Row[]
  raw: object
}

export interface Verdict extends Row {
  ratio?: number
  isMet?: boolean
}

export function judge(row: Row): Verdict {
  const { measured, beside, bar } = row
  const ratio = beside && measured / beside.measured
  if (bar === undefined) return { ...row, ...(ratio === undefined ? {} : { ratio }) }
  // Without a ratio to judge by, a bar on it is missed.
  const isMet = "atMost" in bar ? measured <= bar.atMost : (ratio ?? Number.POSITIVE_INFINITY) <= bar.ratioAtMost
  return { ...row, ...(ratio === undefined ? {} : { ratio }), isMet }
}

export function tableOf(verdicts: Verdict[]): string {
  return inColumns([["what", "measured", "bar", "met", "ratio", "beside"], ...verdicts.map(cells)])
}

function cells({ what, measured, unit, beside, ratio, bar, isMet }: Verdict): string[] {
  return [
    what,
    amount(measured, unit),
    bar === undefined ? "" : "atMost" in bar ? `<= ${amount(bar.atMost, unit)}` : `ratio <= ${bar.ratioAtMost}`,
    isMet === undefined ? "" : isMet ? "yes" : "NO",
    ratio === undefined ? "" : ratio.toFixed(2),
    beside === undefined ? "" : `${amount(beside.measured, unit)} ${beside.what}`,
  ]
}

function amount(value: number, unit: Row["unit"]): string {
  const digits = Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : 2
  const text = value.toLocaleString("en-US", { maximumFractionDigits: digits, minimumFractionDigits: digits })
  return unit === "/s" ? `${text}/s` : `${text} ${unit}`
}
