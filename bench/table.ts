// The result as rows: what was measured, beside its floor or its peer and its bar, judged and printed as a table.

const units = ["/s", "µs", "ms", "s", "B", "KB", "MB", "MB/s", "MB/h", "calls", "jobs", "fsyncs"] as const

export interface Row {
  what: string
  measured: number
  unit: (typeof units)[number]
  /** The same measured on something else, in the same unit: a floor that does less, a peer, the same with less to do. */
  beside?: { what: string; measured: number }
  /** What the project asks of itself: of the figure, or of its ratio to the one beside it. */
  bar?: Bar
}

export type Bar =
  | { below: number }
  | { atMost: number }
  | { atLeast: number }
  | { ratioAtLeast: number }
  | { ratioAtMost: number }

/** Everything a measurement learned: the rows to print, and what they were made of. */
export interface Measurement {
  rows: Row[]
  /** The same of every program alike, for the table and the chart that show them beside each other. */
  figures?: Figure[]
  /** Of what was measured beside the gateway. */
  versions?: Record<string, string>
  /** What could not be measured here, and why. */
  skipped?: string[]
  raw: object
}

/** What is measured of every program that can do it. */
export const figureNames = {
  submits: "durable submits",
  worked: "submits while jobs are worked",
  jobs: "jobs from submit to stored result",
  submitP50: "submit at 500/s, p50",
  submitP99: "submit at 500/s, p99",
  callP50: "submit to upstream at 500/s, p50",
  callP99: "submit to upstream at 500/s, p99",
  recovery: "jobs running again after a kill -9",
} as const

export type FigureName = keyof typeof figureNames
export type Kind = "gateway" | "peer" | "floor"

export interface Figure {
  name: FigureName
  program: string
  kind: Kind
  measured: number
  unit: Row["unit"]
  /** It is more than that, which is how long was waited. */
  isMore?: boolean
}

export function figureText({ measured, unit, isMore = false }: Figure): string {
  return `${isMore ? "> " : ""}${amount(measured, unit)}`
}

export interface Verdict extends Row {
  ratio?: number
  /** Not there without a bar, or where there is nothing to compare with. */
  isMet?: boolean
}

export function judge(row: Row): Verdict {
  const { measured, beside, bar } = row
  const ratio = beside && measured / beside.measured
  const isMet = bar && isOver(bar, measured, ratio)
  return { ...row, ...(ratio === undefined ? {} : { ratio }), ...(isMet === undefined ? {} : { isMet }) }
}

function isOver(bar: Bar, measured: number, ratio: number | undefined): boolean | undefined {
  if ("below" in bar) return measured < bar.below
  if ("atMost" in bar) return measured <= bar.atMost
  if ("atLeast" in bar) return measured >= bar.atLeast
  if (ratio === undefined) return undefined
  return "ratioAtLeast" in bar ? ratio >= bar.ratioAtLeast : ratio <= bar.ratioAtMost
}

export const head = ["what", "measured", "beside", "ratio", "bar", "met"]

export function renderTable(verdicts: Verdict[]): string {
  return inColumns([head, ...verdicts.map(cells)])
}

/** The rows whose bar is missed, each in words. */
export function listMissed(verdicts: Verdict[]): string {
  const missed = verdicts.filter(({ isMet }) => isMet === false)
  if (missed.length === 0) return "every bar is met"
  return `missed: ${missed.map(({ what, beside }) => (beside ? `${what}, beside ${beside.what}` : what)).join("; ")}`
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

export function cells({ what, measured, unit, beside, ratio, bar, isMet }: Verdict): string[] {
  return [
    what,
    amount(measured, unit),
    beside === undefined ? "" : `${amount(beside.measured, unit)} ${beside.what}`,
    ratio === undefined ? "" : ratio.toFixed(2),
    bar === undefined ? "" : barText(bar, unit),
    isMet === undefined ? "" : isMet ? "yes" : "NO",
  ]
}

function barText(bar: Bar, unit: Row["unit"]): string {
  if ("below" in bar) return `< ${amount(bar.below, unit)}`
  if ("atMost" in bar) return `<= ${amount(bar.atMost, unit)}`
  if ("atLeast" in bar) return `>= ${amount(bar.atLeast, unit)}`
  const [sign, ratio] = "ratioAtLeast" in bar ? [">=", bar.ratioAtLeast] : ["<=", bar.ratioAtMost]
  return `ratio ${sign} ${Number(ratio.toFixed(2))}`
}

export function amount(value: number, unit: Row["unit"]): string {
  const size = Math.abs(value)
  const digits = Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : 2
  const text = value.toLocaleString("en-US", { maximumFractionDigits: digits, minimumFractionDigits: digits })
  return unit === "/s" ? `${text}/s` : `${text} ${unit}`
}
