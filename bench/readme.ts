// `bun run bench:readme` writes the figures of the last whole run that was kept into the documents: into docs/performance.md the tables of
// targets and of the programs beside each other, into the README one line.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { replaceBlock, table } from "../scripts/tables.ts"
import { readDocument, root } from "../test/documents.ts"
import { newestResult, type Result } from "./results.ts"
import { amount, cells, type Figure, type FigureName, figureNames, figureText, head } from "./table.ts"

/** Which of a result's texts stand in which document, by the names of their markers. */
export const places: Record<string, Record<string, (result: Result) => string>> = {
  "docs/performance.md": { "bench-machine": describeMachine, "bench-programs": listPrograms, "bench-bars": renderBars },
  "README.md": { "bench-summary": renderSummary },
}

/** The text of the document at `path` with the figures of a run between its markers. */
export function withFigures(path: string, text: string, result: Result): string {
  const contents = Object.entries(places[path] ?? {})
  return contents.reduce((changed, [name, make]) => replaceBlock(changed, name, make(result)), text)
}

function describeMachine({ date, machine, versions, skipped }: Result): string {
  const { cpu, cores, memoryGb, kernel } = machine
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  const without = skipped.length === 0 ? "" : ` Not measured: ${skipped.join("; ")}.`
  return `${date.slice(0, 10)}, ${cores} cores of ${cpu}, ${memoryGb} GB, ${kernel}: ${programs.join(", ")}.${without}`
}

/** A line for each program, a column for each figure. */
function listPrograms({ figures }: Result): string {
  const names = (Object.keys(figureNames) as FigureName[]).filter((name) => figures.some((one) => one.name === name))
  const kinds = new Map(figures.map(({ program, kind }) => [program, kind]))
  const lines = [...kinds].map(([program, kind]) => [
    kind === "gateway" ? `**${program}**` : kind === "floor" ? `*${program}*` : program,
    ...names.map((name) => renderCell(figures.find((one) => one.name === name && one.program === program))),
  ])
  return table(["", ...names.map((name) => figureNames[name])], lines)
}

function renderCell(figure: Figure | undefined): string {
  return figure ? figureText(figure) : ""
}

/** Every row that was judged; the others are in the result's file. */
function renderBars({ verdicts }: Result): string {
  return table(head, verdicts.filter(({ isMet }) => isMet !== undefined).map(cells))
}

/** The gateway alone, in one line of a list. */
function renderSummary({ date, machine, figures, verdicts }: Result): string {
  const figure = (name: FigureName) => {
    const found = figures.find((one) => one.name === name && one.kind === "gateway")
    return found ? figureText(found) : "not measured"
  }
  const memory = verdicts.find(({ what }) => what === "idle memory")
  const idle = memory ? amount(memory.measured, memory.unit) : "not measured"
  return (
    `- **Fast and small.** Durable submits at ${figure("submits")}, jobs from submit to stored result at ${figure("jobs")}, a submit in ` +
    `${figure("submitP50")} (p50 at 500/s), jobs running again ${figure("recovery")} after a \`kill -9\`, ${idle} of idle memory: ` +
    `on ${machine["cores"]} cores of ${machine["cpu"]}, ${date.slice(0, 10)}, [beside its peers](docs/performance.md).`
  )
}

if (import.meta.main) {
  const result = newestResult()
  for (const path of Object.keys(places)) writeFileSync(join(root, path), withFigures(path, readDocument(path), result))
}
