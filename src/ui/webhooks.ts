// Webhook endpoints and their deliveries, as the API has them, and what screens do with them.
import type { ComponentChildren } from "preact"
import { explain, send } from "./client.ts"
import { act } from "./parts/act.ts"
import { confirm } from "./parts/dialog.tsx"
import { toast } from "./parts/toast.tsx"

export const WEBHOOKS = "/api/webhooks"

export interface Endpoint {
  id: string
  name: string
  url: string
  events: string[]
  /** Their values are hidden. */
  headers?: Record<string, unknown>
  /** `event`: it gets the event objects of OpenAI, of responses and batches. */
  form: string
  schedule: string
  max_retries: number
  retry_backoff_initial_seconds: number
  retry_backoff_max_seconds: number
  attempt_timeout_seconds: number
  max_response_payload_kbs: number
  max_concurrent_deliveries: number
  all_jobs: boolean
  include_response: boolean
  allow_private_network: boolean
  /** Whether it is off, for whatever reason. */
  disabled: boolean
  /** Why the gateway has turned it off by itself. */
  disabled_reason: string | null
  consecutive_failures: number
  last_success_at: string | null
  last_failure_at: string | null
  created_at: string
  pending_deliveries: number
  secret_hint: string | null
  /** Until when the secret before signs too. */
  previous_secret_until: string | null
  /** Whose jobs it is told of; null: anybody's. */
  owner: { kind: string; id: string; name?: string } | null
  /** It is changed in config.json alone. */
  is_read_only: boolean
}

/** One try of a delivery. */
export interface DeliveryTry {
  id: string
  webhook_id: string
  attempt_no: number
  status_code?: number
  /** What went wrong, with the beginning of what the receiver wrote. */
  error?: string
  created_at: string
}

/** What an endpoint is told of a job's end. */
export interface Delivery {
  webhook_id: string
  endpoint_id: string
  endpoint_name: string
  /** Null: it tells of a batch. */
  async_job_id: string | null
  /** Of a batch its id. */
  request_id: string
  event: string
  state: string
  /** Null: it has ended. */
  next_attempt_at: string | null
  created_at: string
  /** The newest first. */
  tries: DeliveryTry[]
}

export interface DeliveryPage {
  deliveries: DeliveryTry[]
  groups: Omit<Delivery, "tries">[]
  pagination: { limit: number; offset: number; total_count: number }
}

/** The deliveries of a page, each with its tries. */
export function joinTries({ groups, deliveries }: DeliveryPage): Delivery[] {
  const tries = Map.groupBy(deliveries, ({ webhook_id }) => webhook_id)
  return groups.map((group) => ({ ...group, tries: tries.get(group.webhook_id) ?? [] }))
}

export function findPath({ id }: Pick<Endpoint, "id">): string {
  return `${WEBHOOKS}/${encodeURIComponent(id)}`
}

export async function switchEndpoint(endpoint: Endpoint, onDone: () => void): Promise<void> {
  const { name, disabled } = endpoint
  const run = () => send("PUT", findPath(endpoint), { ...endpoint, disabled: !disabled })
  await act(run, `The endpoint ${name} is switched ${disabled ? "on" : "off"}.`, onDone)
}

/** Sends a sample, and says what the receiver answered. */
export async function testEndpoint(endpoint: Endpoint, event: string, onDone: () => void): Promise<void> {
  try {
    const { delivered, receiver_status_code, error } = await send<{
      delivered: boolean
      receiver_status_code?: number | null
      error?: string | null
    }>("POST", `${findPath(endpoint)}/test`, { event })
    const answered =
      receiver_status_code == null ? "There was no answer" : `The receiver answered ${receiver_status_code}`
    toast(`${answered}${error ? `: ${error}` : "."}`, delivered ? "good" : "bad")
  } catch (refused) {
    toast(explain(refused), "bad")
  }
  onDone()
}

/** @returns whether it was done */
export async function deleteEndpoint(endpoint: Endpoint, body: ComponentChildren): Promise<boolean> {
  const title = "Delete this endpoint?"
  if (!(await confirm({ title, body, action: "Delete the endpoint", isDangerous: true }))) return false
  return await act(() => send("DELETE", findPath(endpoint)), `The endpoint ${endpoint.name} is deleted.`)
}

/** Sends a delivery again, under the same id. */
export async function resend({ webhook_id }: Delivery, onDone: () => void): Promise<void> {
  const id = encodeURIComponent(webhook_id)
  await act(() => send("POST", `${WEBHOOKS}/deliveries/${id}/redeliver`), "It is sent again.", onDone)
}
