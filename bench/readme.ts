// `bun run bench:readme` writes the README's tables of figures, from the last whole run that was kept: what the gateway asks of itself, and
// the programs beside each other.
import { readFileSync, writeFileSync } from "node:fs"
import { placed, readmePath, table } from "../test/tables.ts"
import { newestResult, type Result } from "./results.ts"
import { cells, type Figure, type FigureName, figureNames, figureText, head } from "./table.ts"

/** The README with the figures of a run between its markers. */
export function withFigures(readme: string, result: Result): string {
  const contents = {
    "bench-machine": machineOf(result),
    "bench-programs": programsOf(result),
    "bench-bars": barsOf(result),
  }
  return Object.entries(contents).reduce((text, [name, content]) => placed(text, name, content), readme)
}

function machineOf({ date, machine, versions, skipped }: Result): string {
  const { cpu, cores, memoryGb, kernel } = machine
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const without = skipped.length === 0 ? "" : ` Not measured: ${skipped.join("; ")}.`
  return `${date.slice(0, 10)}, ${cores} cores of ${cpu}, ${memoryGb} GB, ${kernel}: ${programs.join(", ")}.${without}`
}

/** A line for each program, a column for each figure. */
function programsOf({ figures }: Result): string {
  const names = (Object.keys(figureNames) as FigureName[]).filter((name) => figures.some((one) => one.name === name))
  const kinds = new Map(figures.map(({ program, kind }) => [program, kind]))
  const lines = [...kinds].map(([program, kind]) => [
    kind === "gateway" ? `**${program}**` : kind === "floor" ? `*${program}*` : program,
    ...names.map((name) => cellOf(figures.find((one) => one.name === name && one.program === program))),
  ])
  return table(["", ...names.map((name) => figureNames[name])], lines)
}

function cellOf(figure: Figure | undefined): string {
  return figure ? figureText(figure) : ""
}

/** Every row that was judged; the others are in the result's file. */
function barsOf({ verdicts }: Result): string {
  return table(head, verdicts.filter(({ isMet }) => isMet !== undefined).map(cells))
}

if (import.meta.main) writeFileSync(readmePath, withFigures(readFileSync(readmePath, "utf8"), newestResult()))
