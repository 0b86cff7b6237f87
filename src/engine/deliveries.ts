// Sends the deliveries of webhooks. What is due of an endpoint is read only when it has room, so that any number may wait for one that
// is slow, and none of another. What was out when the process died is still pending in the store, and is sent again under its id.
import type { Secrets } from "../auth/sealing.ts"
import type { Clock } from "../clock.ts"
import { ask } from "../jobs/answer.ts"
import type { Claimed } from "../jobs/job.ts"
import type { Store } from "../jobs/store.ts"
import type { Log } from "../log.ts"
import { decideDelivery, decideHealth, describeTry } from "../webhooks/deliveryrules.ts"
import { listHeaders, makeSample, writePayload } from "../webhooks/payloads.ts"
import type { PostOutcome } from "../webhooks/post.ts"
import { mayTell } from "../webhooks/subscriptions.ts"
import {
  type Delivery,
  type DeliveryTry,
  type EndedJob,
  findForm,
  findToldJob,
  isEnabled,
  makeWebhookId,
  pickHealth,
  type WebhookEndpoint,
  type WebhookEvent,
  type WebhookSecrets,
} from "../webhooks/webhook.ts"
import { listSigning, openWebhook } from "../webhooks/webhooksecrets.ts"
import type { Committer } from "./committer.ts"
import { type Disk, isStoreTrouble } from "./disk.ts"
import { createEntry } from "./inbox.ts"
import type { Sender } from "./threads/sender.ts"

/** How many due deliveries of an endpoint are read at once. */
const READY_MAX = 64
/** When an endpoint is asked again whose deliveries could not be read. */
const UNREAD_MS = 1000
const NEVER = Number.POSITIVE_INFINITY
/** So many submits in one turn are a crowd: deliveries give way to it until so long after its last, and for so long at most. */
const CROWD = 8
const CROWD_PAUSE_MS = 20
const GIVE_WAY_MS_MAX = 1000

export type Deliveries = ReturnType<typeof createDeliveries>

/** An endpoint, and what is due of it. */
interface Receiver {
  endpoint: WebhookEndpoint
  /** Decrypted with the first delivery. */
  opened: WebhookSecrets | null
  /** Due, and not sent yet. */
  ready: Delivery[]
  /** How many of its deliveries are sent and not recorded yet. */
  outCount: number
  /** When the store is to be asked what is due: 0 at once. */
  askAt: number
  isAsking: boolean
}

/** A delivery that was sent. It stays here until what came of it is on disk. */
interface Out {
  receiver: Receiver
  delivery: Delivery
  isAnswered: boolean
}

// Longer than 80 lines: what is known of the receivers is read and changed by all that follows an end or a try.
export function createDeliveries(options: {
  store: Store
  committer: Committer
  disk: Disk
  clock: Clock
  random: () => number
  log: Log
  /** Whether a receiver may be on this machine. */
  allowLoopback: boolean
  /** Request type -> its path. */
  paths: Readonly<Record<string, string>>
  secrets: Secrets
  sender: () => Sender
  isDraining: () => boolean
  /** Called when the last delivery in flight has been answered. */
  idle: () => void
}) {
  const { store, committer, disk, clock, log, secrets, sender } = options
  const receivers = new Map<number, Receiver>()
  /** The `webhook-id` of each. */
  const out = new Map<string, Out>()
  /** The tests that wait for their outcome. */
  const tests = new Map<string, (outcome: PostOutcome) => void>()
  /** Whether something may be sent that could not be before. */
  let isWorkDue = false
  let cancelWake = () => {}
  /** Since when callers have submitted in a crowd, and until when they are taken to. */
  let crowd = { since: 0, until: 0 }

  const maySend = () => !options.isDraining() && !disk.isInTrouble() && !disk.isDamaged() && sender().isReady()

  function wake(): void {
    isWorkDue = true
    pump()
  }

  /** Sends what is due as far as there is room. What cannot be sent now is tried with the next turn. */
  function pump(): void {
    if (!isWorkDue || receivers.size === 0 || !maySend()) return
    const waitMs = Math.min(crowd.until, crowd.since + GIVE_WAY_MS_MAX) - clock.now()
    if (waitMs > 0) {
      cancelWake()
      cancelWake = clock.after(waitMs, wake)
      return
    }
    isWorkDue = false
    let nextAt = NEVER
    for (const receiver of receivers.values()) {
      if (!isEnabled(receiver.endpoint)) continue
      serve(receiver)
      if (hasRoom(receiver) && !receiver.isAsking) nextAt = Math.min(nextAt, receiver.askAt)
    }
    if (!maySend()) isWorkDue = true
    cancelWake()
    cancelWake = nextAt === NEVER ? () => {} : clock.after(nextAt - clock.now(), wake)
  }

  function hasRoom({ endpoint, outCount }: Receiver): boolean {
    return outCount < endpoint.maxConcurrentDeliveries
  }

  function serve(receiver: Receiver): void {
    sendReady(receiver)
    if (receiver.ready.length > 0 || !hasRoom(receiver) || receiver.isAsking || clock.now() < receiver.askAt) return
    let isLate = false
    receiver.isAsking = true
    receiver.askAt = NEVER
    const limit = READY_MAX + receiver.outCount
    ask(
      () => store.dueDeliveries(receiver.endpoint.number, clock.now(), limit),
      ({ due, nextAt }) => {
        receiver.isAsking = false
        receiver.ready = due.filter((delivery) => !out.has(makeWebhookId(delivery)))
        askBy(receiver, nextAt ?? NEVER)
        sendReady(receiver)
        if (isLate) wake()
      },
      (error) => {
        receiver.isAsking = false
        unread(receiver, error)
      },
    )
    isLate = true
  }

  function askBy(receiver: Receiver, at: number): void {
    receiver.askAt = Math.min(receiver.askAt, at)
  }

  function unread(receiver: Receiver, error: unknown): void {
    if (!isStoreTrouble(error)) throw error
    disk.report(error)
    askBy(receiver, clock.now() + UNREAD_MS)
    isWorkDue = true
  }

  function sendReady(receiver: Receiver): void {
    while (hasRoom(receiver) && isEnabled(receiver.endpoint) && maySend()) {
      const delivery = receiver.ready.shift()
      if (delivery === undefined) return
      send(receiver, delivery)
    }
  }

  function send(receiver: Receiver, delivery: Delivery): void {
    const { endpoint } = receiver
    const id = makeWebhookId(delivery)
    receiver.outCount++
    out.set(id, { receiver, delivery, isAnswered: false })
    const bytesMax = endpoint.includeResponse ? endpoint.responseBytesMax : null
    ask(
      () => (findForm(delivery.event) === "bifrost" ? store.endedJob(delivery.jobId, clock.now(), bytesMax) : null),
      (job) => post(id, receiver, delivery, job),
      (error) => {
        forget(id)
        unread(receiver, error)
      },
    )
  }

  /** Hands a webhook to the thread. */
  function post(
    id: string,
    receiver: Receiver,
    delivery: Parameters<typeof writePayload>[0],
    job: EndedJob | null,
  ): void {
    const { endpoint } = receiver
    const opened = receiver.opened ?? openWebhook(secrets, endpoint)
    receiver.opened = opened
    sender().send(
      {
        id,
        url: endpoint.url,
        headers: listHeaders(opened.headers, delivery),
        secrets: listSigning(opened, endpoint.previousUntil, clock.now()),
        timeoutMs: endpoint.attemptTimeoutMs,
        rules: { allowsPrivate: endpoint.allowPrivateNetwork, allowsLoopback: options.allowLoopback },
      },
      writePayload(delivery, job, options.paths),
    )
  }

  /** Takes what came of a try. It is decided once, and kept until it is stored. */
  function tried(id: string, outcome: PostOutcome): void {
    const test = tests.get(id)
    if (test) {
      tests.delete(id)
      test(outcome)
      return
    }
    const sent = out.get(id)
    if (!sent || sent.isAnswered) return
    sent.isAnswered = true
    const { receiver, delivery } = sent
    const now = clock.now()
    const { next, outcome: ended } = decideDelivery(outcome, delivery, receiver.endpoint, now, options.random())
    const attempt = describeTry(outcome, ended, delivery.attempts + 1, now)
    noteHealth(receiver, outcome, now)
    const job = findToldJob(delivery)
    const told = job === null ? { batch: delivery.requestId } : { job }
    log.debug("a webhook was sent", { webhook: receiver.endpoint.name, ...told, ...attempt })
    committer.write(
      createEntry<"deliver">(
        () => ({
          kind: "deliver",
          delivery: { endpoint: delivery.endpoint, jobId: delivery.jobId },
          attempts: delivery.attempts,
          tried: attempt,
          next,
          health: pickHealth(receiver.endpoint),
        }),
        {
          isKept: true,
          settled() {
            forget(id)
            if (next.state === "pending") askBy(receiver, next.nextAt)
            isWorkDue = true
          },
          failed: () => forget(id),
        },
      ),
    )
    if (isIdle()) options.idle()
  }

  function forget(id: string): void {
    const sent = out.get(id)
    if (sent && out.delete(id)) sent.receiver.outCount--
  }

  function noteHealth(receiver: Receiver, outcome: PostOutcome, now: number): void {
    const before = receiver.endpoint
    const health = decideHealth(outcome, before, now)
    receiver.endpoint = { ...before, ...health }
    if (before.disabledReason !== null || health.disabledReason === null) return
    receiver.ready = []
    const { name, id } = before
    log.warn("a webhook endpoint is turned off", { name, id, reason: health.disabledReason })
  }

  function isIdle(): boolean {
    for (const { isAnswered } of out.values()) if (!isAnswered) return false
    return true
  }

  return {
    wake,
    pump,
    tried,
    isIdle,

    /** Takes over an endpoint as it is stored now: a new one, or in the place of what was known of it. */
    put(endpoint: WebhookEndpoint): void {
      const there = receivers.get(endpoint.number)
      if (there) Object.assign(there, { endpoint, opened: null, ready: [], askAt: 0 })
      else receivers.set(endpoint.number, { endpoint, opened: null, ready: [], outCount: 0, askAt: 0, isAsking: false })
      isWorkDue = true
    },

    drop(number: number): void {
      receivers.delete(number)
    },

    find: (number: number): WebhookEndpoint | undefined => receivers.get(number)?.endpoint,
    list: (): WebhookEndpoint[] => [...receivers.values()].map(({ endpoint }) => endpoint),

    /** Called with how many submits a turn had. */
    submitted(count: number): void {
      const now = clock.now()
      if (count >= CROWD) crowd = { since: now < crowd.until ? crowd.since : now, until: now + CROWD_PAUSE_MS }
    },

    /** Called when the times of what is due have changed. */
    askAll(): void {
      for (const receiver of receivers.values()) receiver.askAt = 0
      isWorkDue = true
    },

    /** Called with each job whose end is on disk. */
    ended(job: Claimed): void {
      for (const receiver of receivers.values()) {
        if (!mayTell(receiver.endpoint, job)) continue
        receiver.askAt = 0
        isWorkDue = true
      }
    },

    /** Whether the delivery is sent and what came of it not yet recorded. */
    isOut: (webhookId: string): boolean => out.has(webhookId),

    /** A delivery of this endpoint is due that was not before. */
    askAgain(number: number): void {
      const receiver = receivers.get(number)
      if (receiver) receiver.askAt = 0
      isWorkDue = true
    },

    /** Sends one sample at once, by the way of all deliveries, and calls `use` with what came of it. Nothing is recorded. */
    test(
      number: number,
      event: WebhookEvent,
      uuid: string,
      use: (webhookId: string, jobId: string, tried: DeliveryTry) => void,
    ): void {
      const receiver = receivers.get(number)
      if (!receiver) return
      const { delivery, job } = makeSample(receiver.endpoint, event, uuid, clock.now())
      const id = makeWebhookId(delivery)
      tests.set(id, (outcome) => {
        const { outcome: ended } = decideDelivery(outcome, { failures: NEVER }, receiver.endpoint, clock.now(), 0)
        use(id, delivery.jobId, describeTry(outcome, ended, 1, clock.now()))
      })
      post(id, receiver, delivery, job)
    },

    close(): void {
      cancelWake()
      sender().close()
      for (const id of [...tests.keys()]) tried(id, { kind: "unreached", reason: "the gateway was stopped", tookMs: 0 })
    },
  }
}
