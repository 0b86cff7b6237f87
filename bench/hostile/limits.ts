// A provider that says "again in a millisecond", and an owner whose jobs are of as many models as they are.
import { inLanes } from "../lanes.ts"
import { computeSpread } from "../spread.ts"
import type { Stage } from "../stage.ts"
import type { Measurement } from "../table.ts"
import { KEY, open, queryNumber, readCalls, readStoredMb, submit, type Target, until } from "./stage.ts"

const SECONDS = 60
const CALLS_MAX = 30
const SUBMIT_LANES = 64
const JOBS = 30_000
const WORK_MS = 12_000
const PROBE_EVERY_MS = 50
const HELD_MS_MAX = 10_000

/** A 429 with `retry-after-ms: 1`: one job, and in a gateway of their own ten, for a minute. */
export async function measureLimited(stage: Stage, binary: string): Promise<Measurement> {
  const rows: Measurement["rows"] = []
  const raw: Record<string, unknown> = {}
  const counts = [1, 10]
  const targets = await Promise.all(counts.map(() => open(stage, binary)))
  const stored = targets.map(readStoredMb)
  await Promise.all(targets.map((target, at) => inLanes(10, counts[at] ?? 0, () => accepted(target, "limited/any"))))
  await Bun.sleep(SECONDS * 1000)
  for (const [at, target] of targets.entries()) {
    const jobs = counts[at] ?? 0
    const { limited: calls = 0 } = await readCalls(target)
    const most = queryNumber(target, "SELECT count(*) AS n FROM attempts GROUP BY job ORDER BY n DESC LIMIT 1")
    rows.push(
      {
        what: `calls in ${SECONDS} s, 429 with retry-after-ms: 1, ${jobs === 1 ? "one job" : `${jobs} jobs`}`,
        measured: calls,
        unit: "calls",
        bar: { atMost: CALLS_MAX * jobs },
      },
      { what: "  rows of one job's ledger, most", measured: most, unit: "calls", bar: { atMost: CALLS_MAX } },
      {
        what: "  more in the directory",
        measured: readStoredMb(target) - (stored[at] ?? 0),
        unit: "MB",
        bar: { below: 5 },
      },
    )
    raw[jobs] = { calls, most }
    await target.close()
  }
  return { rows, raw }
}

/** An owner that may have one job running has 30,000 of as many models; beside it, the same of one model. */
export async function measureModels(stage: Stage, binary: string): Promise<Measurement> {
  const one = await measureEndRate(stage, binary, () => "held/one")
  const many = await measureEndRate(stage, binary, (index) => `held/model-${index}`)
  return {
    rows: [
      {
        what: `ends, one job at a time, ${JOBS.toLocaleString("en-US")} jobs of as many models`,
        measured: many.perSecond,
        unit: "/s",
        beside: { what: "the same of one model", measured: one.perSecond },
        bar: { ratioAtLeast: 0.8 },
      },
      {
        what: "  another's submit meanwhile, p99",
        measured: many.submitMs.p99,
        unit: "ms",
        beside: { what: "the same of one model", measured: one.submitMs.p99 },
      },
      {
        what: "  all submitted after",
        measured: many.submittedMs / 1000,
        unit: "s",
        beside: { what: "the same of one model", measured: one.submittedMs / 1000 },
      },
    ],
    raw: { one, many },
  }
}

async function measureEndRate(stage: Stage, binary: string, modelOf: (index: number) => string) {
  const target = await open(stage, binary, { key: { max_concurrent_jobs: 1 } })
  const startedAt = performance.now()
  await inLanes(SUBMIT_LANES, JOBS, (index) => accepted(target, modelOf(index)))
  const submittedMs = performance.now() - startedAt
  await until(async () => ((await readCalls(target))["held"] ?? 0) > 0, HELD_MS_MAX)
  await fetch(`${target.upstream.url}/open`)
  const openedAt = performance.now()
  const submitsMs: number[] = []
  let calls = 0
  while (performance.now() - openedAt < WORK_MS && calls < JOBS) {
    submitsMs.push((await submit(target.gateway.url, "instant/any")).ms)
    await Bun.sleep(PROBE_EVERY_MS)
    calls = (await readCalls(target))["held"] ?? 0
  }
  const perSecond = (calls * 1000) / (performance.now() - openedAt)
  await target.close()
  return { perSecond, submittedMs, submitMs: computeSpread(submitsMs) }
}

async function accepted({ gateway }: Target, model: string): Promise<void> {
  const { status, text } = await submit(gateway.url, model, { "x-bf-vk": KEY })
  if (status !== 202) throw new Error(`submit answered ${status}: ${text}`)
}
