import { expect, test } from "bun:test"
import { renderChart } from "../../bench/chart.ts"
import { places, withFigures } from "../../bench/readme.ts"
import { newestResult, type Result } from "../../bench/results.ts"
import { type Figure, judge } from "../../bench/table.ts"
import { readDocument } from "../documents.ts"

const figure = (name: Figure["name"], program: string, kind: Figure["kind"], measured: number): Figure => ({
  ...{ name, program, kind, measured },
  unit: name === "submits" ? "/s" : "ms",
})

const result: Result = {
  date: "2026-01-02T03:04:05.678Z",
  machine: { cpu: "a chip", cores: 2, memoryGb: 4, kernel: "Linux", load: 0 },
  versions: { asyncgate: "1.0.0", bullmq: "6.0.0" },
  verdicts: [
    judge({ what: "judged", measured: 1, unit: "ms", bar: { below: 3 } }),
    judge({ what: "told only", measured: 1, unit: "ms" }),
  ],
  figures: [
    figure("submits", "asyncgate", "gateway", 20_000),
    figure("submits", "a queue", "peer", 5000),
    figure("submits", "a bare server", "floor", 80_000),
    figure("submitP50", "asyncgate", "gateway", 0.5),
    figure("submitP50", "a queue", "peer", 0.7),
    { ...figure("recovery", "a queue", "peer", 75), unit: "s", isMore: true },
  ],
  skipped: ["another queue: its server is missing"],
  raw: {},
}

const path = "docs/performance.md"
const page = `before\n${markersOf(path)}after\n`

function markersOf(document: string): string {
  return Object.keys(places[document] ?? {})
    .map((name) => `<!-- ${name} -->\nold\n<!-- /${name} -->\n`)
    .join("")
}

test("the page on performance says what was measured, where, and what was not", () => {
  const text = withFigures(path, page, result)
  expect(text).toContain("2026-01-02, 2 cores of a chip, 4 GB, Linux: asyncgate 1.0.0, bullmq 6.0.0.")
  expect(text).toContain("Not measured: another queue: its server is missing.")
  expect(text).toContain("| **asyncgate** | 20,000/s | 0.50 ms |  |")
  expect(text).toContain("| a queue | 5,000/s | 0.70 ms | > 75 s |")
  expect(text).toContain("| *a bare server* | 80,000/s |  |  |")
  expect(text).toContain("| judged | 1 ms |  |  | < 3 ms | yes |")
  expect(text).not.toContain("told only")
  expect(text).not.toContain("old\n")
  expect(withFigures(path, text, result)).toBe(text)
})

test("the README's line has the gateway's figures alone", () => {
  const text = withFigures("README.md", markersOf("README.md"), result)
  expect(text).toContain("Durable submits at 20,000/s")
  expect(text).toContain("a submit in 0.50 ms (p50 at 500/s)")
  expect(text).toContain("not measured of idle memory: on 2 cores of a chip, 2026-01-02")
})

test("a document without a place for the figures is refused, and the place named", () => {
  expect(() => withFigures(path, page.replaceAll("bench-bars", "bars"), result)).toThrow("<!-- bench-bars -->")
})

test.each(Object.keys(places))("the figures of %s are those of the newest whole run", (document) => {
  const text = readDocument(document)
  expect(withFigures(document, text, newestResult())).toBe(text)
})

test("the chart shows every program and figure", () => {
  const svg = renderChart(result)
  expect(svg).toStartWith("<svg")
  for (const { program } of result.figures) expect(svg).toContain(`>${program}</text>`)
  for (const words of ["20,000/s", "80,000/s", "0.50 ms", "durable submits, more is better"])
    expect(svg).toContain(words)
})
