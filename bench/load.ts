// The load generator for jobs, in a process of its own: `bun bench/load.ts PLAN` submits, waits until every job has ended, prints one LoadReport.
import { inLanes } from "./lanes.ts"
import { atPace } from "./pacer.ts"
import { type AnswerStamp, CHAT, chatRequest, epochMs, type Stamped } from "./request.ts"
import { computeSpread, type Spread } from "./spread.ts"

export interface Work {
  url: string
  model: string
  jobs: number
  answerBytes?: number
  /** How long a job is kept after its end. */
  ttlSeconds?: number
}

export type Plan = Work &
  (
    | {
        /** At a fixed rate, whether or not the gateway keeps up. The first `warmUpJobs` come before the others and are not counted. */
        kind: "paced"
        perSecond: number
        warmUpJobs: number
      }
    | {
        /** The same, but that nobody asks how they end. */
        kind: "passing"
        perSecond: number
      }
    | {
        /** All at once, so many submits at a time. */
        kind: "burst"
        connections: number
      }
    | {
        /** At a fixed rate, each by a client that waits for its job\'s end. */
        kind: "waiting"
        perSecond: number
      }
  )

export interface LoadReport {
  /** Jobs that did not complete. */
  failed: number
  /** From each submit until its answer was read. */
  submitMs: Spread
  /** How long after it was due each was sent: whether the generator keeps up. */
  latenessMs: Spread
  /** From the provider's answer to that of a client which waited for it. */
  visibleMs: Spread
  /** From the first submit to the last answer. */
  submittedAfterMs: number
  /** From the first submit to the end of the last job. */
  endedAfterMs: number
  lastJobId: string
}

/** What is read of an answer. */
interface Answer {
  id: string
  status: string
  completed_at: string
  result?: AnswerStamp
}

const ANSWER_MS_MAX = 30_000
const WAIT_SECONDS = 30
const POLL_EVERY_MS = 10
const POLL_LANES = 16

const plan = JSON.parse(process.argv[2] ?? "null") as Plan
const address = plan.url + CHAT
const headers = {
  "content-type": "application/json",
  ...(plan.ttlSeconds === undefined ? {} : { "x-bf-async-job-result-ttl": String(plan.ttlSeconds) }),
  ...(plan.kind === "waiting" ? { prefer: `wait=${WAIT_SECONDS}` } : {}),
}
const ids: string[] = []
const submitsMs: number[] = []
const latenesses: number[] = []
const visiblesMs: number[] = []

await main()

async function main(): Promise<void> {
  const startedAt = epochMs()
  await submitAll()
  const submittedAt = epochMs()
  const { endedAt, failed } = plan.kind === "passing" ? { endedAt: submittedAt, failed: 0 } : await ends()
  const report: LoadReport = {
    failed,
    submitMs: computeSpread(submitsMs),
    latenessMs: computeSpread(latenesses),
    visibleMs: computeSpread(visiblesMs),
    submittedAfterMs: submittedAt - startedAt,
    endedAfterMs: endedAt - startedAt,
    lastJobId: ids.at(-1) ?? "",
  }
  process.stdout.write(`${JSON.stringify(report)}\n`)
}

function submitAll(): Promise<void> {
  switch (plan.kind) {
    case "paced":
      return atPace(plan.warmUpJobs + plan.jobs, plan.perSecond, (latenessMs, index) =>
        submit(index >= plan.warmUpJobs, latenessMs),
      )
    case "passing":
      return atPace(plan.jobs, plan.perSecond, () => submit(false))
    case "burst":
      return inLanes(plan.connections, plan.jobs, () => submit(false))
    case "waiting":
      return atPace(plan.jobs, plan.perSecond, (latenessMs) => submit(true, latenessMs))
  }
}

/** Only a counted request carries the time, so that the upstream counts the same ones. */
async function submit(isCounted: boolean, latenessMs = 0): Promise<void> {
  const sentAt = epochMs()
  const stamp: Stamped = {
    ...(isCounted ? { sent_at: sentAt } : {}),
    ...(plan.answerBytes === undefined ? {} : { answer_bytes: plan.answerBytes }),
  }
  const response = await fetch(address, {
    method: "POST",
    headers,
    body: chatRequest(plan.model, stamp),
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  })
  const text = await response.text()
  const answeredAt = epochMs()
  if (response.status !== (plan.kind === "waiting" ? 200 : 202)) {
    throw new Error(`submit answered ${response.status}: ${text}`)
  }
  const { id, result } = JSON.parse(text) as Answer
  if (plan.kind !== "passing") ids.push(id)
  if (result?.answered_at !== undefined) visiblesMs.push(answeredAt - result.answered_at)
  if (!isCounted) return
  submitsMs.push(answeredAt - sentAt)
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

async function end(id: string): Promise<Answer> {
  for (;;) {
    const response = await fetch(`${address}/${id}`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) })
    const text = await response.text()
    if (response.status === 200) return JSON.parse(text) as Answer
    if (response.status !== 202) throw new Error(`poll answered ${response.status}: ${text}`)
    await Bun.sleep(POLL_EVERY_MS)
  }
}
