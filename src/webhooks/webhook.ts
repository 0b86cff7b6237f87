// Webhooks: the endpoints that are told when jobs end, the deliveries that tell them, and the tries of each. Types, and small values
// that go with them. Times are epoch milliseconds.

/** How a delivery's body is written: `bifrost` as Bifrost's (`async_job.…`), `event` as OpenAI's event objects (`response.…`). */
export const webhookForms = ["bifrost", "event"] as const
export type WebhookForm = (typeof webhookForms)[number]

/** The events of each form. */
export const webhookEvents = {
  bifrost: ["async_job.completed", "async_job.failed"],
  event: [
    ...(["response.completed", "response.failed", "response.cancelled", "response.incomplete"] as const),
    ...(["batch.completed", "batch.failed", "batch.expired", "batch.cancelled"] as const),
  ],
} as const satisfies Record<WebhookForm, readonly string[]>
export type WebhookEvent = (typeof webhookEvents)[WebhookForm][number]

/** The form in which an event is told, also where its endpoint has another one since. */
export function findForm(event: WebhookEvent): WebhookForm {
  return event.startsWith("async_job.") ? "bifrost" : "event"
}

/** When a failed delivery is tried again: by the endpoint's own numbers, or by the example of Standard Webhooks, over three days. */
export const webhookSchedules = ["exponential", "standard"] as const
type WebhookSchedule = (typeof webhookSchedules)[number]

/** What an operator or a caller decides of an endpoint. */
export interface WebhookSettings {
  /** Unique among the endpoints of its owner. Submits name it in `x-bf-async-webhook`. */
  name: string
  url: string
  form: WebhookForm
  /** The events that it gets: those of its form. */
  events: readonly WebhookEvent[]
  /** Whether it gets the events of every job, and not only of those that name it. One of the form `event` always does. */
  allJobs: boolean
  /** Sent with every delivery, for one an `Authorization`. */
  headers: Readonly<Record<string, string>>
  /** Whether deliveries contain the result or the error of the job. */
  includeResponse: boolean
  /** Whether its address may be private and its URL `http:`. */
  allowPrivateNetwork: boolean
  schedule: WebhookSchedule
  /** Of the schedule `exponential`: how many tries follow the first, and the wait before the second, which doubles up to the last. */
  maxRetries: number
  retryBackoffInitialMs: number
  retryBackoffMaxMs: number
  attemptTimeoutMs: number
  /** A result or error that is longer is left out. */
  responseBytesMax: number
  maxConcurrentDeliveries: number
  /** Whether the operator has turned it off. */
  disabled: boolean
}

/** Bifrost's numbers. */
export const webhookDefaults = {
  form: "bifrost",
  allJobs: false,
  headers: {},
  includeResponse: false,
  allowPrivateNetwork: false,
  schedule: "exponential",
  maxRetries: 4,
  retryBackoffInitialMs: 30_000,
  retryBackoffMaxMs: 1_800_000,
  attemptTimeoutMs: 10_000,
  responseBytesMax: 256 * 1024,
  maxConcurrentDeliveries: 10,
  disabled: false,
} as const satisfies Partial<WebhookSettings>

/** For how many days deliveries are kept by default, and how many ended ones of each endpoint at most. */
export const DELIVERY_DAYS = 30
export const DELIVERIES_MAX = 10_000

/** How many endpoints there may be, and how many of one caller, so that no caller takes the room of all others. */
export const WEBHOOKS_MAX = 1000
export const OWN_WEBHOOKS_MAX = 20

/** How its latest deliveries have ended. */
export interface WebhookHealth {
  /** How many tries have failed since the last that succeeded. */
  consecutiveFailures: number
  /** Since when nothing has succeeded; null: the latest try succeeded, or there was none. */
  failingSince: number | null
  lastSuccessAt: number | null
  lastFailureAt: number | null
  /** Why the gateway has turned it off by itself, in words, and since when; null: it has not. A change that enables it clears both. */
  disabledReason: string | null
  disabledAt: number | null
}

export function pickHealth(endpoint: WebhookHealth): WebhookHealth {
  const { consecutiveFailures, failingSince, lastSuccessAt, lastFailureAt, disabledReason, disabledAt } = endpoint
  return { consecutiveFailures, failingSince, lastSuccessAt, lastFailureAt, disabledReason, disabledAt }
}

/** An endpoint as it is stored. */
export interface WebhookEndpoint extends Omit<WebhookSettings, "headers">, WebhookHealth {
  /** Never used again, also when the endpoint is removed. Jobs and deliveries name it by this. */
  number: number
  /** `we_` and 32 hexadecimal digits: the id of the management routes. */
  id: string
  /** Empty: the operator's, which may be told of any job. Else only of jobs with this owner. */
  owner: string
  /** Whether config.json has it, or the API has made it. */
  source: WebhookSource
  /** The `WebhookSecrets`, encrypted: see secrets.ts. */
  sealed: Uint8Array
  /** Until when the secret before the last rotation signs too; null: there is none. */
  previousUntil: number | null
  createdAt: number
  updatedAt: number
}

export type WebhookSource = "api" | "config"

/** What of an endpoint is encrypted on disk. */
export interface WebhookSecrets {
  /** `whsec_…` */
  secret: string
  /** The secret before the last rotation; null: none. */
  previous: string | null
  headers: Readonly<Record<string, string>>
}

/** Whether anything is sent to it. */
export function isEnabled({ disabled, disabledReason }: Pick<WebhookEndpoint, "disabled" | "disabledReason">): boolean {
  return !disabled && disabledReason === null
}

/** `pending`: due at `nextAt`, now or later. The others are ends: `failed` was refused for good, `exhausted` has used up its tries. */
export const deliveryStates = ["pending", "delivered", "failed", "exhausted"] as const
export type DeliveryState = (typeof deliveryStates)[number]

/** How one try ended, in Bifrost's words. */
export const tryOutcomes = ["delivered", "retryable_failure", "permanent_failure", "exhausted"] as const
export type TryOutcome = (typeof tryOutcomes)[number]

/** One try of a delivery. */
export interface DeliveryTry {
  /** Its number, from 1; a delivery that is sent again goes on counting. */
  attempt: number
  at: number
  outcome: TryOutcome
  /** The receiver's status; null: no answer. */
  status: number | null
  /** What went wrong, in words, with the beginning of the receiver's answer; null: nothing. */
  error: string | null
  tookMs: number
}

/** The request type of deliveries that tell of batches. */
export const BATCH_TYPE = "batch"

/** The end of a job or a batch that an endpoint is to be told of: one for each endpoint and job. */
export interface Delivery {
  /** The endpoint's number. */
  endpoint: number
  /** Of a batch the id that a job would have: see batches/batch.ts. It is shown to nobody. */
  jobId: string
  /** Of a batch its id. */
  requestId: string
  requestType: string
  event: WebhookEvent
  state: DeliveryState
  /** How many tries there were: the fence of the next one's record. */
  attempts: number
  /** How many of them count against the schedule: those since it was last asked for. */
  failures: number
  /** When it is or was due; null: it has ended. */
  nextAt: number | null
  createdAt: number
  /** When it was delivered or given up; null: it is pending. */
  endedAt: number | null
  /** The first of its tries and the latest, oldest first. */
  tries: readonly DeliveryTry[]
}

/** Tells one delivery from all others. */
export type DeliveryKey = Pick<Delivery, "endpoint" | "jobId">

/** The job whose end it tells; null: it is the end of a batch. */
export function findToldJob({ requestType, jobId }: Pick<Delivery, "requestType" | "jobId">): string | null {
  return requestType === BATCH_TYPE ? null : jobId
}

/** The `webhook-id` of a delivery: the same for all of its tries, and without a dot, as Standard Webhooks wants it. */
export function makeWebhookId({ endpoint, jobId }: DeliveryKey): string {
  return `msg_${jobId.replaceAll("-", "")}_${endpoint}`
}

/** The delivery that a `webhook-id` names; null where it is none. */
export function readWebhookId(id: string): DeliveryKey | null {
  const [, a, b, c, d, e, endpoint] =
    /^msg_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_([1-9][0-9]{0,14})$/.exec(id) ?? []
  return endpoint === undefined ? null : { jobId: [a, b, c, d, e].join("-"), endpoint: Number(endpoint) }
}

/** A job that has ended, as a delivery tells of it. */
export interface EndedJob {
  id: string
  state: "succeeded" | "failed" | "cancelled"
  statusCode: number
  completedAt: number
  expiresAt: number
  /** JSON text. */
  error: string | null
  /** JSON text; null where there is none, where it is longer than was asked for, or where it was not asked for. */
  result: string | null
  /** Whether the result is left out because it is too long. */
  isOmitted: boolean
}

/** What the HTTP server asks the engine to do with endpoints and deliveries. The server has checked who asks. */
export type WebhookOrder =
  /** @param secret null: one is made */
  | { do: "create"; owner: string; settings: WebhookSettings; secret: string | null }
  /** Members that are missing stay as they are. `disabled: false` also enables an endpoint that the gateway has turned off. */
  | { do: "change"; number: number; settings: Partial<WebhookSettings> }
  /** Its deliveries are deleted with it. */
  | { do: "remove"; number: number }
  /** @param keepsPreviousMs for how long the old secret signs too; 0: it does not */
  | { do: "rotate"; number: number; keepsPreviousMs: number }
  /** Sends one sample of the event at once, by the way of all deliveries. It is not recorded, and nothing is counted. */
  | { do: "test"; number: number; event: WebhookEvent }
  /** Makes a delivery due now, under the same `webhook-id`. */
  | { do: "redeliver"; delivery: DeliveryKey }
  /** The endpoints of config.json, by their names. Those that are no longer there are removed. */
  | { do: "reconcile"; endpoints: readonly ConfiguredWebhook[] }

/** An endpoint of config.json. @param secret null: the one that it has stays, and a new endpoint gets one */
export interface ConfiguredWebhook {
  settings: WebhookSettings
  secret: string | null
}

/** The answer to each order, as JSON. What cannot be done is refused as `refused` of protocol.ts. */
export interface WebhookAnswers {
  create: { number: number; id: string; secret: string }
  change: { number: number }
  remove: { number: number }
  rotate: { secret: string; previousUntil: number | null }
  /** The id of the sample's job is `test-<uuid>`. */
  test: { webhookId: string; jobId: string; tried: DeliveryTry }
  redeliver: { webhookId: string }
  reconcile: { added: number; changed: number; removed: number }
}

/** What the engine must know of webhooks when it opens. */
export interface WebhookOptions {
  endpoints: readonly ConfiguredWebhook[]
  /** For how many days deliveries are kept. */
  retentionDays: number
  /** Request type -> where clients submit it, behind the prefix of a wire. */
  paths: Readonly<Record<string, string>>
  /** Whether a receiver may be on this machine: where the gateway itself listens on nothing else. */
  allowLoopback: boolean
}
