// Which endpoints are told of the end of a job, and of which event. Pure.
import type { BatchStatus } from "../batches/batch.ts"
import { member, scan } from "../json.ts"
import type { EndedJob, WebhookEndpoint, WebhookEvent } from "./webhook.ts"

/** What is looked at of a job that ends. */
interface EndingJob {
  owner: string
  requestType: string
  /** The endpoint that its submit named. */
  webhook: number | null
}

interface End {
  state: EndedJob["state"]
  /** JSON text. */
  result: string | null
}

/** The request type whose ends are events of the form `event`. */
const RESPONSES = "responses"

/** Whether the endpoint may be told of the end of this job, whatever the event. */
export function mayTell(
  { number, owner, form, allJobs }: Pick<WebhookEndpoint, "number" | "owner" | "form" | "allJobs">,
  job: EndingJob,
): boolean {
  if (owner !== "" && owner !== job.owner) return false
  return form === "event" ? job.requestType === RESPONSES : allJobs || job.webhook === number
}

/** The event of which the endpoint is told; null: it is not told of this end. */
export function findEvent(
  endpoint: Pick<WebhookEndpoint, "number" | "owner" | "form" | "allJobs" | "events">,
  job: EndingJob,
  end: End,
): WebhookEvent | null {
  if (!mayTell(endpoint, job)) return null
  const event = endpoint.form === "event" ? nameResponseEvent(end) : nameJobEvent(end)
  return endpoint.events.includes(event) ? event : null
}

/** The event of which the endpoint is told where a batch has ended; null: it is not told of it. */
export function findBatchEvent(
  { owner, form, events }: Pick<WebhookEndpoint, "owner" | "form" | "events">,
  batch: { owner: string; status: BatchStatus },
): WebhookEvent | null {
  if (form !== "event" || (owner !== "" && owner !== batch.owner)) return null
  return events.find((event) => event === `batch.${batch.status}`) ?? null
}

/** Bifrost's wire knows no cancelled jobs: they have failed. */
function nameJobEvent({ state }: End): WebhookEvent {
  return state === "succeeded" ? "async_job.completed" : "async_job.failed"
}

function nameResponseEvent({ state, result }: End): WebhookEvent {
  if (state !== "succeeded") return `response.${state}`
  const status = result === null ? null : member(result, scan(result), "status")
  if (status === '"incomplete"') return "response.incomplete"
  return status === '"failed"' ? "response.failed" : "response.completed"
}
