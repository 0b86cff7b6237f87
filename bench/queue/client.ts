// A client of the gateway in a process of its own: `bun bench/queue/client.ts PLAN` submits jobs, and cancels them where the plan
// says so; prints one report.
import { inLanes } from "../lanes.ts"
import { CHAT, chatRequest, epochMs } from "../request.ts"
import { computeSpread, type Spread } from "../spread.ts"
import { callsOutAt, until } from "./program.ts"
import type { Report } from "./upstream.ts"

export interface SubmitPlan {
  kind: "submit"
  url: string
  provider: string
  /** The jobs are spread over so many models. */
  models: number
  jobs: number
}

export interface CancelPlan extends Omit<SubmitPlan, "kind"> {
  kind: "cancel"
  /** The provider's process, which hangs. */
  upstream: string
  /** All by a request for each at CONNECTIONS connections, all by one request, or one after the other. */
  how: "each" | "all" | "single"
}

export type Plan = SubmitPlan | CancelPlan
export type Result<P extends Plan> = P extends CancelPlan ? CancelReport : SubmitReport

export interface SubmitReport {
  submittedAfterMs: number
}

/** All times are counted from the first cancel, but those of the spreads: from the cancel of each job. */
export interface CancelReport {
  answeredAfterMs: number
  closedAfterMs: number
  /** By the gateway's own stamp. */
  terminalAfterMs: number
  /** Until the answer to the cancel, and until the provider's connection was closed. */
  answerMs: Spread
  closeMs: Spread
}

export const CONNECTIONS = 64
const RUNNING_MS_MAX = 20_000
const CLOSED_MS_MAX = 20_000

if (import.meta.main) {
  const plan = JSON.parse(process.argv[2] ?? "null") as Plan
  const report = plan.kind === "submit" ? await submitAll(plan) : await cancelRunning(plan)
  process.stdout.write(`${JSON.stringify(report)}\n`)
}

async function submitAll(plan: Plan): Promise<SubmitReport & { ids: string[] }> {
  const startedAt = epochMs()
  const ids: string[] = []
  await inLanes(CONNECTIONS, plan.jobs, async (index) => {
    ids[index] = await submit(plan, index)
  })
  return { submittedAfterMs: epochMs() - startedAt, ids: plan.kind === "submit" ? [] : ids }
}

/** The request's id is the number of the job, so that the upstream can say which of its calls was closed. */
async function submit({ url, provider, models }: Plan, index: number): Promise<string> {
  const response = await fetch(url + CHAT, {
    method: "POST",
    headers: { "content-type": "application/json", "x-request-id": String(index) },
    body: chatRequest(`${provider}/model-${index % models}`),
  })
  const text = await response.text()
  if (response.status !== 202) throw new Error(`submit answered ${response.status}: ${text}`)
  return (JSON.parse(text) as { id: string }).id
}

async function cancelRunning(plan: CancelPlan): Promise<CancelReport> {
  const { ids } = await submitAll(plan)
  await until("all jobs run", RUNNING_MS_MAX, async () => (await callsOutAt(plan.upstream)) === plan.jobs)
  const sentAt: number[] = []
  const answersMs: number[] = []
  const startedAt = epochMs()
  const cancelOne = async (index: number) => {
    sentAt[index] = epochMs()
    await post(`${plan.url + CHAT}/${ids[index]}/cancel`)
    answersMs.push(epochMs() - (sentAt[index] ?? 0))
  }
  if (plan.how === "all") {
    const text = await post(`${plan.url}/v1/async/jobs/cancel`)
    if ((JSON.parse(text) as { cancelled: number }).cancelled !== plan.jobs) throw new Error(`cancelled were ${text}`)
    answersMs.push(epochMs() - startedAt)
  } else await inLanes(plan.how === "single" ? 1 : CONNECTIONS, plan.jobs, cancelOne)
  const answeredAt = epochMs()
  await until("no call is out", CLOSED_MS_MAX, async () => (await callsOutAt(plan.upstream)) === 0)
  const calls = (await (await fetch(`${plan.upstream}/report`)).json()) as Report
  const closes = calls.map(({ requestId, endedAt }) => ({ index: Number(requestId), at: endedAt ?? Number.NaN }))
  return {
    answeredAfterMs: answeredAt - startedAt,
    closedAfterMs: Math.max(...closes.map(({ at }) => at)) - startedAt,
    terminalAfterMs: (await lastEnd(plan.url, ids)) - startedAt,
    answerMs: computeSpread(answersMs),
    closeMs: computeSpread(closes.map(({ index, at }) => at - (sentAt[index] ?? startedAt))),
  }
}

/** When the last of these jobs was cancelled. */
async function lastEnd(url: string, ids: string[]): Promise<number> {
  let last = 0
  await inLanes(CONNECTIONS, ids.length, async (index) => {
    const response = await fetch(`${url + CHAT}/${ids[index]}`)
    const text = await response.text()
    const job = JSON.parse(text) as { status_code?: number; completed_at?: string }
    if (job.status_code !== 499) throw new Error(`a cancelled job is ${text}`)
    last = Math.max(last, Date.parse(job.completed_at ?? ""))
  })
  return last
}

async function post(url: string): Promise<string> {
  const response = await fetch(url, { method: "POST" })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${text}`)
  return text
}
