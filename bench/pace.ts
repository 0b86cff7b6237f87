// 500 jobs a second with results stored meanwhile: how long a client waits for its 202, and how long a request needs to reach its provider.
import { type Context, load, startGateway } from "./gateway.ts"
import type { LoadReport } from "./load.ts"
import { median, type Spread, spreadOf } from "./spread.ts"
import type { Measurement } from "./table.ts"
import type { Report } from "./upstream.ts"

const ROUNDS = 3
const PER_SECOND = 500
const SECONDS = 5

interface Round extends LoadReport {
  submitToUpstreamMs: Spread
}

export async function measurePace(context: Context): Promise<Measurement> {
  const gateway = await startGateway(context)
  const rounds: Round[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const report = await load(context.stage, {
      url: gateway.url,
      model: "short/any",
      kind: "paced",
      perSecond: PER_SECOND,
      warmUpJobs: PER_SECOND,
      jobs: PER_SECOND * SECONDS,
    })
    const { latenciesMs } = (await (await fetch(`${context.upstreams.short.url}/report`)).json()) as Report
    rounds.push({ ...report, submitToUpstreamMs: spreadOf(latenciesMs) })
  }
  await gateway.stop()
  const middle = (spread: "submitMs" | "submitToUpstreamMs" | "latenessMs", rank: "p50" | "p99") =>
    median(rounds.map((round) => round[spread][rank]))
  const at = `at ${PER_SECOND}/s`
  return {
    rows: [
      { what: `submit ${at}, p50`, measured: middle("submitMs", "p50"), unit: "ms" },
      { what: `submit ${at}, p99`, measured: middle("submitMs", "p99"), unit: "ms", bar: { below: 10 } },
      {
        what: `submit to upstream ${at}, p50`,
        measured: middle("submitToUpstreamMs", "p50"),
        unit: "ms",
        bar: { below: 3 },
      },
      {
        what: `submit to upstream ${at}, p99`,
        measured: middle("submitToUpstreamMs", "p99"),
        unit: "ms",
        bar: { below: 20 },
      },
      { what: `  of both: the generator's lateness, p50`, measured: middle("latenessMs", "p50"), unit: "ms" },
      { what: `  of both: the generator's lateness, p99`, measured: middle("latenessMs", "p99"), unit: "ms" },
    ],
    raw: { rounds },
  }
}
