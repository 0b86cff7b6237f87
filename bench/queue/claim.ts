// What a claim costs with a million queued jobs, beside a thousand.
import { join } from "node:path"
import type { Measurement, Row } from "../table.ts"
import { type Case, type Figures, MANY, type Plan, type Report } from "./claimer.ts"
import type { Context } from "./program.ts"

const LARGE = 1_000_000
const SMALL = 1000
const CLAIMER_MS_MAX = 8 * 60_000
const RATIO_MAX = 1.5

/** Each with 1,000 quotas. Whoever submits model by model leaves no two lanes' next jobs on one page of the database: the worst case. */
const shapes = {
  "1,000 models": { models: 1000, keys: 0, isMixed: true },
  "10 keys x 100 models": { models: 100, keys: 10, isMixed: true },
  "1,000 models, one after the other": { models: 1000, keys: 0, isMixed: false },
}

export async function measureClaim({ stage }: Context): Promise<Measurement> {
  const rows: Row[] = []
  const raw: Record<string, Report> = {}
  for (const [shape, size] of Object.entries(shapes)) {
    const plan: Plan = { directory: stage.directory(), large: LARGE, small: SMALL, ...size }
    const command = [process.execPath, join(import.meta.dir, "claimer.ts"), JSON.stringify(plan)]
    const report = JSON.parse(await stage.run(command, CLAIMER_MS_MAX)) as Report
    rows.push(...readRows(shape, report, size.isMixed))
    raw[shape] = report
  }
  return { rows, raw }
}

function readRows(shape: string, report: Report, isJudged: boolean): Row[] {
  const { large, spread, single, recountMs } = report
  const jobs = `${count(LARGE)} jobs: ${shape}`
  const rows = (["one", "many"] as const).flatMap((slots) => {
    const row = (part: "claim" | "commit", figure: keyof Figures, beside: Case, quotas: string): Row => ({
      what: `claim, ${jobs}, ${slots === "one" ? "1 slot" : `${MANY} slots`}${words[part]}, ${words[figure]}`,
      measured: large[slots][part][figure],
      unit: "µs",
      beside: { what: `with ${count(SMALL)} in ${quotas}`, measured: beside[slots][part][figure] },
      ...(isJudged && figure === "meanUs" ? { bar: { ratioAtMost: RATIO_MAX } } : {}),
    })
    return [
      row("claim", "meanUs", spread, "as many quotas"),
      row("claim", "meanUs", single, "one quota"),
      row("commit", "meanUs", spread, "as many quotas"),
      row("commit", "meanUs", single, "one quota"),
      row("commit", "p50Us", spread, "as many quotas"),
      row("commit", "p99Us", spread, "as many quotas"),
    ]
  })
  return [...rows, { what: `taking stock, ${jobs}, p50`, measured: recountMs, unit: "ms" }]
}

const words = { claim: "", commit: " and commit", meanUs: "mean", p50Us: "p50", p99Us: "p99" }

function count(jobs: number): string {
  return jobs.toLocaleString("en-US")
}
