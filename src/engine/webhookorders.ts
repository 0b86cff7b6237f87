// Carries out what the HTTP server orders of webhook endpoints and deliveries, one order after the other: each begins when what the one
// before has changed is on disk. Names, numbers and limits are checked here, because only this thread writes.
import type { Secrets } from "../auth/sealing.ts"
import type { Clock } from "../clock.ts"
import { GatewayError, quoted } from "../errors.ts"
import type { ChangeOf } from "../jobs/store.ts"
import type { Log } from "../log.ts"
import { createEndpointRecords, type EndpointRecord } from "../webhooks/endpointrecords.ts"
import {
  makeWebhookId,
  OWN_WEBHOOKS_MAX,
  WEBHOOKS_MAX,
  type WebhookAnswers,
  type WebhookEndpoint,
  type WebhookOrder,
} from "../webhooks/webhook.ts"
import type { Committer } from "./committer.ts"
import type { Deliveries } from "./deliveries.ts"
import { CLOSED, DAMAGED, type Disk } from "./disk.ts"
import { createEntry } from "./inbox.ts"
import type { Replies } from "./replies.ts"

type Order<Do extends WebhookOrder["do"]> = Extract<WebhookOrder, { do: Do }>
/** How an order ends. */
interface Reply<Do extends WebhookOrder["do"]> {
  done(answer: WebhookAnswers[Do]): void
  /** @param error a `GatewayError`: what cannot be done; else what the store says */
  failed(error: unknown): void
}

// Longer than 80 lines: it is a list of orders.
export function createWebhookOrders(options: {
  committer: Committer
  disk: Disk
  deliveries: Deliveries
  replies: Replies
  isDraining: () => boolean
  clock: Clock
  log: Log
  secrets: Secrets
  randomBytes: (bytes: number) => Uint8Array
}) {
  const { committer, disk, deliveries, replies, clock, log, randomBytes } = options
  const records = createEndpointRecords(options)
  const waiting: (() => void)[] = []
  let isBusy = false

  function next(): void {
    const run = waiting.shift()
    isBusy = run !== undefined
    run?.()
  }

  function enqueue(run: () => void): void {
    waiting.push(run)
    if (!isBusy) next()
  }

  /** @throws {GatewayError} for a name that another endpoint has, and for one endpoint too many */
  function refuseObstacle(owner: string, name: string, number: number | null): void {
    if (deliveries.list().some((one) => one.owner === owner && one.name === name && one.number !== number)) {
      const message = `there is a webhook endpoint with the name ${quoted(name)} already: choose another name`
      throw new GatewayError("webhook_exists", message, { param: "name" })
    }
    if (number !== null) return
    const owned = deliveries.list().filter((one) => one.owner === owner).length
    if (owner !== "" && owned >= OWN_WEBHOOKS_MAX) {
      const message = `this caller has ${owned} webhook endpoints, which is the most: remove some first`
      throw new GatewayError("invalid_request", message)
    }
    if (deliveries.list().length >= WEBHOOKS_MAX) {
      const message = `there are ${WEBHOOKS_MAX} webhook endpoints, which is the most: remove some first`
      throw new GatewayError("invalid_request", message)
    }
  }

  /** @throws {GatewayError} webhook_not_found */
  function getEndpoint(number: number): WebhookEndpoint {
    const endpoint = deliveries.find(number)
    if (endpoint) return endpoint
    throw new GatewayError("webhook_not_found", "there is no such webhook endpoint")
  }

  /** Stores an endpoint and takes it over. @param plan makes it when it is stored, from what is known then */
  function save(
    number: number | null,
    plan: () => EndpointRecord,
    done: (endpoint: WebhookEndpoint) => void,
    failed: (error: unknown) => void,
  ): void {
    let endpoint: EndpointRecord
    committer.write(
      createEntry<"saveWebhook">(
        () => {
          endpoint = plan()
          return { kind: "saveWebhook", number, endpoint }
        },
        {
          settled(saved) {
            // It was found before, and only this thread removes any.
            if (saved === null) throw new Error("a webhook endpoint is not there")
            deliveries.put({ ...endpoint, number: saved })
            done({ ...endpoint, number: saved })
          },
          failed,
        },
      ),
    )
  }

  function create({ owner, settings, secret: given }: Order<"create">, reply: Reply<"create">): void {
    refuseObstacle(owner, settings.name, null)
    const secret = given ?? records.newSecret()
    const made = records.make(settings, owner, "api", secret)
    save(
      null,
      () => made,
      ({ number, id }) => reply.done({ number, id, secret }),
      reply.failed,
    )
  }

  function change({ number, settings }: Order<"change">, reply: Reply<"change">): void {
    const before = getEndpoint(number)
    refuseObstacle(before.owner, settings.name ?? before.name, number)
    const plan = () => records.change(getEndpoint(number), settings)
    save(number, plan, () => reply.done({ number }), reply.failed)
  }

  function remove({ number }: Order<"remove">, reply: Reply<"remove">): void {
    getEndpoint(number)
    const settled = () => {
      deliveries.drop(number)
      reply.done({ number })
    }
    committer.write(createEntry<"removeWebhook">({ kind: "removeWebhook", number }, { settled, failed: reply.failed }))
  }

  function rotate({ number, keepsPreviousMs }: Order<"rotate">, reply: Reply<"rotate">): void {
    getEndpoint(number)
    const secret = records.newSecret()
    const previousUntil = keepsPreviousMs > 0 ? clock.now() + keepsPreviousMs : null
    const plan = () => records.rotate(getEndpoint(number), secret, previousUntil)
    save(number, plan, () => reply.done({ secret, previousUntil }), reply.failed)
  }

  /** Others need not wait for its receiver. */
  function test({ number, event }: Order<"test">, reply: Reply<"test">): void {
    getEndpoint(number)
    deliveries.test(number, event, newUuid(), (webhookId, jobId, tried) => reply.done({ webhookId, jobId, tried }))
  }

  function newUuid(): string {
    const hex = Buffer.from(randomBytes(16)).toString("hex")
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
  }

  function redeliver({ delivery }: Order<"redeliver">, reply: Reply<"redeliver">): void {
    const webhookId = makeWebhookId(delivery)
    getEndpoint(delivery.endpoint)
    if (deliveries.isOut(webhookId)) {
      throw new GatewayError("webhook_delivery_in_flight", "this delivery is being sent: wait for what comes of it")
    }
    committer.write(
      createEntry<"redeliver">(
        { kind: "redeliver", delivery },
        {
          settled(isThere) {
            if (!isThere) {
              const message = "there is no such webhook delivery, or it is no longer kept"
              reply.failed(new GatewayError("webhook_delivery_not_found", message))
              return
            }
            deliveries.askAgain(delivery.endpoint)
            reply.done({ webhookId })
          },
          failed: reply.failed,
        },
      ),
    )
  }

  /** Stores the endpoints of config.json in one commit. Those that are as they are stored are left alone. */
  function reconcile({ endpoints }: Order<"reconcile">, reply: Reply<"reconcile">): void {
    const known = deliveries.list().filter(({ owner }) => owner === "")
    const named = new Map(known.map((endpoint) => [endpoint.name, endpoint]))
    const saves: ChangeOf<"saveWebhook">[] = []
    const answer = { added: 0, changed: 0, removed: 0 }
    for (const configured of endpoints) {
      const before = named.get(configured.settings.name)
      named.delete(configured.settings.name)
      if (!before) {
        const made = records.make(configured.settings, "", "config", configured.secret ?? records.newSecret())
        saves.push({ kind: "saveWebhook", number: null, endpoint: made })
        answer.added++
      } else if (!records.isConfigured(before, configured)) {
        saves.push({ kind: "saveWebhook", number: before.number, endpoint: records.configure(before, configured) })
        answer.changed++
      }
    }
    const removed = [...named.values()].filter(({ source }) => source === "config").map(({ number }) => number)
    answer.removed = removed.length
    const changes = [...saves, ...removed.map((number) => ({ kind: "removeWebhook", number }) as const)]
    if (changes.length === 0) {
      reply.done(answer)
      return
    }
    committer.write({
      isKept: true,
      plan: () => changes,
      settled(results) {
        for (const [at, { endpoint }] of saves.entries()) {
          const number = results[at] as number | null
          if (number !== null) deliveries.put({ ...endpoint, number })
        }
        for (const number of removed) deliveries.drop(number)
        log.info("the webhook endpoints of config.json are in force", answer)
        reply.done(answer)
      },
      failed: reply.failed,
    })
  }

  function carryOut(order: WebhookOrder, reply: Reply<never>): void {
    const orders: Record<WebhookOrder["do"], (order: never, reply: Reply<never>) => void> = {
      create,
      change,
      remove,
      rotate,
      test,
      redeliver,
      reconcile,
    }
    try {
      if (options.isDraining()) throw CLOSED
      if (disk.isDamaged() && order.do !== "test") throw DAMAGED
      orders[order.do](order as never, reply)
    } catch (error) {
      reply.failed(error)
    }
  }

  function refuse(seq: number, error: unknown): void {
    if (error instanceof GatewayError) replies.post({ kind: "refused", seq, code: error.code, message: error.message })
    else replies.post({ kind: "refused", seq, ...disk.refuse(error) })
  }

  return {
    /** Takes over the endpoints that are stored. One whose secret cannot be read is turned off. */
    restore(stored: readonly WebhookEndpoint[]): void {
      for (const endpoint of stored) {
        const { number, name, id } = endpoint
        const repaired = records.repair(endpoint)
        deliveries.put({ ...endpoint, ...repaired })
        if (repaired === null) continue
        log.warn("a webhook endpoint is turned off", { name, id, reason: repaired.disabledReason })
        committer.write(
          createEntry<"saveWebhook">({ kind: "saveWebhook", number, endpoint: repaired }, { isKept: true }),
        )
      }
    },

    /** @param seq null: nobody waits for the answer */
    order(seq: number | null, order: WebhookOrder): void {
      enqueue(() => {
        carryOut(order, {
          done(answer: unknown) {
            if (seq !== null) replies.post({ kind: "shown", seq, text: JSON.stringify(answer) })
            if (order.do !== "test") next()
          },
          failed(error) {
            // What nobody waits for is the order of the start, which the HTTP server gives too, and repeats.
            if (seq !== null) refuse(seq, error)
            if (order.do !== "test") next()
          },
        })
        if (order.do === "test") next()
      })
    },
  }
}
