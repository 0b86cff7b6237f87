// What a run says at its end: one table for each part, then what was broken.
import type { Verdict } from "./judge.ts"

/** One part of a run. */
export type Section =
  | { name: string; figures: Record<string, string | number>; verdict: Verdict }
  /** This machine cannot do it. */
  | { name: string; skipped: string }

/** How far a part is, for whoever watches it. */
export function progress(line: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}`)
}

export function isBroken(section: Section): boolean {
  return "verdict" in section && Object.keys(section.verdict.broken).length > 0
}

export function readText(section: Section): string {
  if ("skipped" in section) return `${section.name}: skipped, because ${section.skipped}\n`
  const { name, figures, verdict } = section
  const { jobs, failures, callsPerJob, calls, refusals, broken } = verdict
  const rows: [string, string | number][] = [
    ...Object.entries(figures),
    ...prefixed("jobs", jobs),
    ...prefixed("failed with", failures),
    ["upstream calls", calls.total],
    ...prefixed("jobs with this many calls:", callsPerJob),
    ["calls open at the kills", calls.openAtKills],
    ["second calls of jobs without a fault", calls.extra],
  ]
  const width = Math.max(...rows.map(([what]) => what.length))
  const table = rows.map(
    ([what, value]) => `  ${what.padEnd(width)}  ${typeof value === "number" ? number(value) : value}\n`,
  )
  const problems = Object.entries(broken).map(
    ([kind, examples]) => `  BROKEN ${kind}\n${examples.map((example) => `    ${example}\n`).join("")}`,
  )
  const reasons = Object.entries(refusals).map(([reason, times]) => `  ${number(times)} refused: ${reason}\n`)
  return `${name}\n${table.join("")}${reasons.join("")}${problems.length > 0 ? problems.join("") : "  nothing is broken\n"}`
}

function prefixed(prefix: string, values: Record<string, number>): [string, number][] {
  return Object.entries(values).map(([what, value]) => [`${prefix} ${what}`, value])
}

function number(value: number): string {
  return value.toLocaleString("en-US")
}
