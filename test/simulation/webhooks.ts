// Invariants of webhooks: every end that an endpoint wants has one delivery, each delivery belongs to an end, and is delivered or due.
import type { PostOutcome } from "../../src/webhooks/post.ts"
import { findEvent } from "../../src/webhooks/subscriptions.ts"
import {
  isEnabled,
  makeWebhookId,
  readWebhookId,
  type WebhookEndpoint,
  type WebhookSettings,
  webhookDefaults,
} from "../../src/webhooks/webhook.ts"
import type { Change } from "./changes.ts"
import { type Ledger, terminal } from "./ledger.ts"

const DAY_MS = 86_400_000

const both = ["async_job.completed", "async_job.failed"] as const
const makeSettings = (over: Partial<WebhookSettings> & Pick<WebhookSettings, "name">): WebhookSettings => ({
  ...webhookDefaults,
  url: `https://${over.name}.example`,
  events: both,
  ...over,
})

const all = makeSettings({ name: "all", allJobs: true, maxConcurrentDeliveries: 2, includeResponse: true })
const failed = makeSettings({ name: "failed", allJobs: true, events: ["async_job.failed"], maxRetries: 1 })
const named = makeSettings({ name: "named", schedule: "standard" })

/** The endpoints of config.json that a start can find. */
const variants: readonly (readonly WebhookSettings[])[] = [
  [all, failed, named],
  [all, named],
  [{ ...all, maxConcurrentDeliveries: 1 }, failed, named],
  [all, failed, { ...named, events: ["async_job.completed"] }],
]

export function findEndpoints(variant: number) {
  return (variants[variant] ?? []).map((settings) => ({ settings, secret: null }))
}

/** What a trigger has recorded of a row of `webhook_endpoints` or `webhook_deliveries`. */
interface HookRow {
  endpoint: number
  /** Of a delivery. */
  jobId: string
  state: string
  attempts: number
  failures: number
  nextAt: number | null
  createdAt: number
}

interface Ended {
  id: string
  state: "succeeded" | "failed" | "cancelled"
  /** The deliveries that it must have. */
  wanted: string[]
}

export class Webhooks {
  readonly endpoints = new Map<number, WebhookEndpoint>()
  /** The rows on disk, by their `webhook-id`. */
  readonly deliveries = new Map<string, HookRow>()
  /** What was sent and is not answered. */
  readonly out = new Map<string, { endpoint: number; answer(outcome: PostOutcome): void }>()
  /** When the last try of each has ended, in this process; and which were ever taken by their receiver. */
  private readonly tried = new Map<string, number>()
  private readonly taken = new Set<string>()
  /** How many orders to send a delivery again are not carried out yet. */
  private readonly asked = new Map<string, number>()

  constructor(private readonly ledger: Ledger) {}

  /** Checks the changes of a committed transaction. */
  committed(changes: readonly Change[]): void {
    const ended = new Map<string, Ended>()
    const deleted = new Set<string>()
    const inserted = new Set<string>()
    for (const change of changes) {
      if (change.kind === "update") this.noteEnd(change, ended)
      else if (change.kind === "delete") deleted.add(change.id)
      else if (change.hook !== null) this.apply(change.kind, JSON.parse(change.hook), inserted)
    }
    for (const { id, wanted } of ended.values()) {
      const there = wanted.filter((webhook) => inserted.delete(webhook))
      // A job that is removed while it runs is cancelled first, and nobody is told.
      if (deleted.has(id) && there.length === 0) continue
      this.ledger.must(there.length === wanted.length, () => `${id} ends, and of ${wanted} there are ${there}`)
    }
    for (const webhook of inserted) this.ledger.fail(`${webhook} is inserted, and nothing has ended that it belongs to`)
  }

  private noteEnd({ id, state }: Change, ended: Map<string, Ended>): void {
    if (state !== "succeeded" && state !== "failed" && state !== "cancelled") return
    const { job, row } = this.ledger.jobs.get(id) ?? {}
    // A start that corrects times also writes jobs that have ended.
    if (!job || ended.has(id) || (row && terminal.has(row.state))) return
    const end = { state, result: null } as const
    const telling = [...this.endpoints.values()].filter((one) => isEnabled(one) && findEvent(one, job, end) !== null)
    ended.set(id, { id, state, wanted: telling.map(({ number }) => makeWebhookId({ endpoint: number, jobId: id })) })
  }

  private apply(
    kind: Change["kind"],
    row: HookRow & WebhookEndpoint & { removedAt: number | null },
    inserted: Set<string>,
  ) {
    if (kind === "endpoint") {
      if (row.removedAt === null) this.endpoints.set(row.number, row)
      else this.endpoints.delete(row.number)
      return
    }
    const id = makeWebhookId(row)
    const before = this.deliveries.get(id)
    if (kind === "delivery gone") {
      this.deliveries.delete(id)
      const isOld = row.createdAt <= this.ledger.now() - 30 * DAY_MS
      this.ledger.must(isOld || !this.endpoints.has(row.endpoint), () => `${id} is deleted, and nobody asked`)
      return
    }
    this.deliveries.set(id, row)
    if (before === undefined) {
      inserted.add(id)
      this.ledger.must(row.state === "pending" && row.attempts === 0, () => `${id} begins as ${row.state}`)
    } else this.moved(id, before, row)
  }

  private moved(id: string, before: HookRow, after: HookRow): void {
    const { ledger } = this
    if (after.attempts === before.attempts) {
      const isShift = ledger.setBackMs > 0 && before.state === after.state
      ledger.must(isShift || this.ask(id, -1) >= 0, () => `${id} becomes ${after.state} again, and nobody asked`)
      return
    }
    ledger.must(
      after.attempts === before.attempts + 1,
      () => `${id} goes from try ${before.attempts} to ${after.attempts}`,
    )
    ledger.must(before.state === "pending", () => `${id} was ${before.state}, and is tried`)
    const triedAt = this.tried.get(id)
    ledger.must(triedAt !== undefined, () => `a try of ${id} is written that was not answered`)
    if (after.state === "delivered") ledger.must(this.taken.has(id), () => `${id} is delivered, and was never taken`)
    if (after.state === "pending")
      ledger.must((after.nextAt ?? 0) > (triedAt ?? 0), () => `${id} is tried again at once`)
    this.tried.delete(id)
  }

  /** Checks a webhook that goes out. */
  sent(id: string, body: string, answer: (outcome: PostOutcome) => void): void {
    const { ledger } = this
    const key = readWebhookId(id)
    const row = this.deliveries.get(id)
    const endpoint = key && this.endpoints.get(key.endpoint)
    ledger.must(!this.out.has(id), () => `${id} goes out twice at the same time`)
    ledger.must(row?.state === "pending", () => `${id} goes out, and is ${row?.state}`)
    ledger.must(
      (row?.nextAt ?? 0) <= ledger.now(),
      () => `${id} goes out ${(row?.nextAt ?? 0) - ledger.now()} ms too early`,
    )
    ledger.must(endpoint ? isEnabled(endpoint) : false, () => `${id} goes out, and its endpoint is off`)
    ledger.must(body.includes(key?.jobId ?? "-"), () => `${id} goes out with ${body}`)
    const outOfEndpoint = [...this.out.values()].filter((other) => other.endpoint === key?.endpoint).length
    const most = endpoint?.maxConcurrentDeliveries ?? 0
    ledger.must(outOfEndpoint < most, () => `${id} goes out beside ${outOfEndpoint} others`)
    this.out.set(id, { endpoint: key?.endpoint ?? 0, answer })
  }

  /** Counts the orders to send a delivery again. */
  ask(id: string, by: 1 | -1): number {
    const count = (this.asked.get(id) ?? 0) + by
    this.asked.set(id, count)
    return count
  }

  /** The receiver answers one of those that are out. */
  receive(id: string, outcome: PostOutcome): void {
    const out = this.out.get(id)
    if (!out) return
    this.out.delete(id)
    this.tried.set(id, this.ledger.now())
    if (outcome.kind === "answered" && outcome.status < 300) this.taken.add(id)
    out.answer(outcome)
  }

  /** The thread that sends has died with all that it had sent: the receivers may have taken it. */
  threadDied(): void {
    for (const id of this.out.keys()) this.tried.set(id, this.ledger.now())
    this.out.clear()
  }

  processEnded(): void {
    this.out.clear()
    this.tried.clear()
    this.asked.clear()
  }

  /** Those that must still be delivered. */
  listPending(): string[] {
    return [...this.deliveries]
      .filter(([, { state, endpoint }]) => {
        const there = this.endpoints.get(endpoint)
        return state === "pending" && there !== undefined && isEnabled(there)
      })
      .map(([id]) => id)
  }
}
