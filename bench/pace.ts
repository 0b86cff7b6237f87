// 500 jobs a second with results stored meanwhile: how long a client waits for its 202, and how long a request needs to reach its provider.
import { type Context, load, readReport } from "./gateway.ts"
import type { LoadReport, Work } from "./load.ts"
import { bestPeer, GATEWAY, mapValues, readFigures, startPrograms } from "./programs.ts"
import { computeSpread, median, type Spread } from "./spread.ts"
import type { Measurement } from "./table.ts"
import { inTurns } from "./turns.ts"

export const PER_SECOND = 500
export const PACED_JOBS = PER_SECOND * 2
const WARM_UP_SECONDS = 0.5

interface Round extends LoadReport {
  submitToUpstreamMs: Spread
}

export async function measurePace(context: Context): Promise<Measurement> {
  const programs = await startPrograms(context)
  const rounds = await inTurns(Object.keys(programs.servers), (name) =>
    programs.alone(name, () => pace(context, { url: programs.servers[name]?.url ?? "", jobs: PACED_JOBS })),
  )
  await programs.stop()
  const middle = (spread: "submitMs" | "submitToUpstreamMs" | "latenessMs", rank: "p50" | "p99") =>
    mapValues(rounds, (each) => median(each.map((round) => round[spread][rank])))
  const [submitP50, submitP99] = [middle("submitMs", "p50"), middle("submitMs", "p99")]
  const [callP50, callP99] = [middle("submitToUpstreamMs", "p50"), middle("submitToUpstreamMs", "p99")]
  const own = (measured: Record<string, number>) => ({ measured: measured[GATEWAY] ?? Number.NaN, unit: "ms" as const })
  const at = `at ${PER_SECOND}/s`
  const asGood = { bar: { ratioAtMost: 1 } }
  return {
    rows: [
      { what: `submit ${at}, p50`, ...own(submitP50), ...bestPeer(submitP50, "less"), ...asGood },
      { what: `submit ${at}, p99`, ...own(submitP99), ...bestPeer(submitP99, "less"), ...asGood },
      { what: `submit to upstream ${at}, p50`, ...own(callP50), ...bestPeer(callP50, "less"), bar: { below: 1 } },
      { what: `submit to upstream ${at}, p99`, ...own(callP99), ...bestPeer(callP99, "less"), bar: { below: 5 } },
      { what: "  the generator's lateness, p50", ...own(middle("latenessMs", "p50")) },
      { what: "  the generator's lateness, p99", ...own(middle("latenessMs", "p99")) },
    ],
    figures: [
      ...readFigures("submitP50", "ms", submitP50),
      ...readFigures("submitP99", "ms", submitP99),
      ...readFigures("callP50", "ms", callP50),
      ...readFigures("callP99", "ms", callP99),
    ],
    skipped: programs.skipped,
    versions: programs.versions,
    raw: { rounds },
  }
}

/** So many jobs at that rate, and when their calls arrived. */
export async function pace(
  { stage, upstreams }: Context,
  work: Pick<Work, "url" | "jobs" | "ttlSeconds">,
): Promise<Round> {
  const report = await load(stage, {
    ...work,
    model: "short/any",
    kind: "paced",
    perSecond: PER_SECOND,
    warmUpJobs: PER_SECOND * WARM_UP_SECONDS,
  })
  const { latenciesMs } = await readReport(upstreams.short)
  return { ...report, submitToUpstreamMs: computeSpread(latenciesMs) }
}
