import { expect, test } from "bun:test"
import { chartOf } from "../../bench/chart.ts"
import { withFigures } from "../../bench/readme.ts"
import type { Result } from "../../bench/results.ts"
import { type Figure, judge } from "../../bench/table.ts"

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

const markers = ["bench-machine", "bench-programs", "bench-bars"]
const readme = `before\n${markers.map((name) => `<!-- ${name} -->\nold\n<!-- /${name} -->\n`).join("")}after\n`

test("the README says what was measured, where, and what was not", () => {
  const text = withFigures(readme, result)
  expect(text).toContain("2026-01-02, 2 cores of a chip, 4 GB, Linux: asyncgate 1.0.0, bullmq 6.0.0.")
  expect(text).toContain("Not measured: another queue: its server is missing.")
  expect(text).toContain("| **asyncgate** | 20,000/s | 0.50 ms |  |")
  expect(text).toContain("| a queue | 5,000/s | 0.70 ms | > 75 s |")
  expect(text).toContain("| *a bare server* | 80,000/s |  |  |")
  expect(text).toContain("| judged | 1 ms |  |  | < 3 ms | yes |")
  expect(text).not.toContain("told only")
  expect(text).not.toContain("old\n")
  expect(withFigures(text, result)).toBe(text)
})

test("a README without a place for the figures is refused, and the place named", () => {
  expect(() => withFigures(readme.replaceAll("bench-bars", "bars"), result)).toThrow("<!-- bench-bars -->")
})

test("the chart shows every program and figure", () => {
  const svg = chartOf(result)
  expect(svg).toStartWith("<svg")
  for (const { program } of result.figures) expect(svg).toContain(`>${program}</text>`)
  for (const words of ["20,000/s", "80,000/s", "0.50 ms", "durable submits, more is better"])
    expect(svg).toContain(words)
})
