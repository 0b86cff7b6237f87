// The load generator for jobs, in a process of its own: `bun bench/load.ts PLAN` submits, waits until every job has ended, prints one LoadReport.
import { inLanes } from "./lanes.ts"
import { CHAT, chatRequest, epochMs } from "./request.ts"
import { type Spread, spreadOf } from "./spread.ts"

export type Plan = { url: string; model: string; jobs: number } & (
  | {
      /** At a fixed rate, whether or not the gateway keeps up. The first `warmUpJobs` come before the others and are not counted. */
      kind: "paced"
      perSecond: number
      warmUpJobs: number
    }
  | {
      /** All at once, so many submits at a time. */
      kind: "burst"
      connections: number
    }
)

export interface LoadReport {
  /** Jobs that did not complete. */
  failed: number
  /** From the moment each submit was due until its 202 was read: a generator or a gateway that falls behind cannot hide it. */
  submitMs: Spread
  /** How long after that moment it was sent: the generator's own part in the latencies. */
  latenessMs: Spread
  /** From the first submit to the last 202. */
  submittedAfterMs: number
  /** From the first submit to the end of the last job. */
  endedAfterMs: number
  lastJobId: string
}

const ANSWER_MS_MAX = 30_000
const POLL_EVERY_MS = 10
const POLL_LANES = 16

const plan = JSON.parse(process.argv[2] ?? "null") as Plan
const address = plan.url + CHAT
const ids: string[] = []
const submitsMs: number[] = []
const latenesses: number[] = []

await main()

async function main(): Promise<void> {
  const startedAt = epochMs()
  if (plan.kind === "paced") await pace(plan.warmUpJobs, plan.jobs, 1000 / plan.perSecond)
  else await inLanes(plan.connections, plan.jobs, () => submit(epochMs(), true))
  const submittedAt = epochMs()
  const { endedAt, failed } = await ends()
  const report: LoadReport = {
    failed,
    submitMs: spreadOf(submitsMs),
    latenessMs: spreadOf(latenesses),
    submittedAfterMs: submittedAt - startedAt,
    endedAfterMs: endedAt - startedAt,
    lastJobId: ids.at(-1) ?? "",
  }
  process.stdout.write(`${JSON.stringify(report)}\n`)
}

/** Sleeps instead of spinning: a core taken from the gateway would cost more than the half millisecond it is late. */
async function pace(warmUpJobs: number, jobs: number, intervalMs: number): Promise<void> {
  const answers: Promise<void>[] = []
  const startAt = epochMs()
  for (let n = 0; n < warmUpJobs + jobs; n++) {
    const scheduledAt = startAt + n * intervalMs
    for (let leftMs = scheduledAt - epochMs(); leftMs > 0; leftMs = scheduledAt - epochMs()) {
      await new Promise((resolve) => setTimeout(resolve, leftMs))
    }
    answers.push(submit(scheduledAt, n >= warmUpJobs))
  }
  await Promise.all(answers)
}

/** Only a counted request carries its moment, so that the upstream counts the same ones. */
async function submit(scheduledAt: number, isCounted: boolean): Promise<void> {
  const latenessMs = epochMs() - scheduledAt
  const response = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: chatRequest(plan.model, isCounted ? scheduledAt : undefined),
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  })
  const text = await response.text()
  const submitMs = epochMs() - scheduledAt
  if (response.status !== 202) throw new Error(`submit answered ${response.status}: ${text}`)
  ids.push((JSON.parse(text) as { id: string }).id)
  if (!isCounted) return
  submitsMs.push(submitMs)
  latenesses.push(latenessMs)
}

/** When the last job ended, by the gateway's own stamp: to ask for every job while they run would be a load of its own. */
async function ends(): Promise<{ endedAt: number; failed: number }> {
  let endedAt = 0
  let failed = 0
  await end(ids.at(-1) ?? "")
  await inLanes(POLL_LANES, ids.length, async (index) => {
    const job = await end(ids[index] ?? "")
    endedAt = Math.max(endedAt, Date.parse(job.completed_at))
    if (job.status !== "completed") failed++
  })
  return { endedAt, failed }
}

async function end(id: string): Promise<{ status: string; completed_at: string }> {
  for (;;) {
    const response = await fetch(`${address}/${id}`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) })
    const text = await response.text()
    if (response.status === 200) return JSON.parse(text) as { status: string; completed_at: string }
    if (response.status !== 202) throw new Error(`poll answered ${response.status}: ${text}`)
    await Bun.sleep(POLL_EVERY_MS)
  }
}
