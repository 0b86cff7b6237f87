// The README's tables of figures, from the last whole run that was kept: what is asked of the gateway, and the programs beside each other.
import { newestResult, type Result } from "./results.ts"
import { amount, cells, type Figure, type FigureName, figureNames, head } from "./table.ts"

type Table = { head: string[]; lines: string[][] }

/** By the name of the markers between which each stands. */
export function benchTables(result = newestResult()): Record<string, Table> {
  return { bars: barsOf(result), programs: programsOf(result), machine: machineOf(result) }
}

/** Every row with a bar; the others are in the result's file. */
function barsOf({ verdicts }: Result): Table {
  return { head, lines: verdicts.filter(({ bar, isMet }) => bar && isMet !== undefined).map(cells) }
}

/** A line for each program, a column for each figure. */
function programsOf({ figures }: Result): Table {
  const names = (Object.keys(figureNames) as FigureName[]).filter((name) => figures.some((one) => one.name === name))
  const programs = [...new Map(figures.map(({ program, kind }) => [program, kind]))]
  const lines = programs.map(([program, kind]) => [
    kind === "gateway" ? `**${program}**` : kind === "floor" ? `*${program}*` : program,
    ...names.map((name) => cellOf(figures.find((one) => one.name === name && one.program === program))),
  ])
  return { head: ["", ...names.map((name) => figureNames[name])], lines }
}

function cellOf(figure: Figure | undefined): string {
  return figure ? amount(figure.measured, figure.unit) : ""
}

function machineOf({ date, machine, versions }: Result): Table {
  const facts = { date: date.slice(0, 10), ...machine, ...versions }
  return { head: Object.keys(facts), lines: [Object.values(facts).map(String)] }
}
