// The bodies and headers of deliveries: in Bifrost's form, and as the event objects of OpenAI's. Results and errors are inserted as the
// text that is stored. Pure.
import {
  BATCH_TYPE,
  type Delivery,
  type EndedJob,
  findForm,
  findToldJob,
  makeWebhookId,
  type WebhookEndpoint,
  type WebhookForm,
} from "./webhook.ts"

type Told = Pick<Delivery, "endpoint" | "jobId" | "requestId" | "requestType" | "event" | "createdAt">

/** Where clients poll: see the dialect of Bifrost's wire. */
const PREFIX = "/v1/async"

/** Who sends, as each form names it. */
const agents: Record<WebhookForm, string> = { bifrost: "Bifrost-Webhooks/1.0", event: "asyncgate-webhooks/1.0" }

/**
 * The JSON body of a delivery, the same for all of its tries while the job is stored.
 * @param job null: it has expired or was deleted
 * @param paths request type -> where it is submitted, behind the prefix
 */
export function writePayload(delivery: Told, job: EndedJob | null, paths: Readonly<Record<string, string>>): string {
  return findForm(delivery.event) === "event" ? writeEventObject(delivery) : writeJobEvent(delivery, job, paths)
}

function writeJobEvent(
  { jobId, requestId, requestType, event, createdAt }: Told,
  job: EndedJob | null,
  paths: Readonly<Record<string, string>>,
): string {
  const head = { event, created_at: formatTime(createdAt) }
  const status = event === "async_job.completed" ? "completed" : "failed"
  const known = { job_id: jobId, request_id: requestId, request_type: requestType, status }
  if (job === null) return JSON.stringify({ ...head, data: { ...known, result_expired: true } })
  const data = JSON.stringify({
    ...known,
    status_code: job.statusCode,
    // A newer version may have stored a type that is unknown here: the routes of /jobs find jobs of every type.
    result_url: `${PREFIX}${paths[requestType] ?? "/jobs"}/${jobId}`,
    result_expires_at: formatTime(job.expiresAt),
    ...(job.isOmitted ? { [job.state === "succeeded" ? "response_omitted" : "error_omitted"]: true } : {}),
  })
  return `${JSON.stringify(head).slice(0, -1)},"data":${data.slice(0, -1)}${writeOutcome(job)}}}`
}

function writeOutcome({ result, error }: EndedJob): string {
  if (error !== null) return `,"error":${error}`
  return result === null ? "" : `,"response":${result}`
}

function writeEventObject(delivery: Told): string {
  return JSON.stringify({
    id: makeWebhookId(delivery).replace("msg_", "evt_"),
    object: "event",
    created_at: Math.floor(delivery.createdAt / 1000),
    type: delivery.event,
    data: { id: findToldJob(delivery) ?? delivery.requestId },
  })
}

function formatTime(ms: number): string {
  return new Date(ms).toISOString()
}

/** The headers of a delivery but its signature. Those that the endpoint has of its own stand behind all others. */
export function listHeaders(
  own: Readonly<Record<string, string>>,
  { event }: Pick<Delivery, "event">,
): Record<string, string> {
  const form = findForm(event)
  const given = Object.entries(own).map(([name, value]) => [name.toLowerCase(), value] as const)
  return {
    ...Object.fromEntries(given.filter(([name]) => !isReserved(name))),
    "content-type": "application/json",
    "user-agent": agents[form],
    ...(form === "bifrost" ? { "x-bifrost-event": event } : {}),
  }
}

const reserved = new Set(
  ["content-type", "content-length", "user-agent", "x-bifrost-event", "host", "connection", "keep-alive"].concat([
    "transfer-encoding",
    "accept-encoding",
    "expect",
    "te",
    "trailer",
    "upgrade",
  ]),
)

/** Whether an endpoint cannot have a header of this name, in lower case, of its own. */
export function isReserved(name: string): boolean {
  return reserved.has(name) || name.startsWith("webhook-") || name.startsWith("proxy-")
}

/** The sample of a test: an end of a job that was never there. */
export function makeSample(
  endpoint: Pick<WebhookEndpoint, "number" | "includeResponse">,
  event: Delivery["event"],
  uuid: string,
  now: number,
): { delivery: Told; job: EndedJob } {
  const jobId = `test-${uuid}`
  const isSuccess = event.endsWith(".completed")
  const requestType = event.startsWith("batch.")
    ? BATCH_TYPE
    : event.startsWith("response.")
      ? "responses"
      : "chat_completion"
  const job: EndedJob = {
    id: jobId,
    state: isSuccess ? "succeeded" : "failed",
    statusCode: isSuccess ? 200 : 500,
    completedAt: now,
    expiresAt: now + 3_600_000,
    error: endpoint.includeResponse && !isSuccess ? '{"error":{"message":"this is a test"}}' : null,
    result: endpoint.includeResponse && isSuccess ? '{"test":true}' : null,
    isOmitted: false,
  }
  return { delivery: { endpoint: endpoint.number, jobId, requestId: jobId, requestType, event, createdAt: now }, job }
}
