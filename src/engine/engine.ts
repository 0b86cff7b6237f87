// The engine: the only thread that writes to the database. This file connects its parts, each of which has a file of its own.
import type { Secrets } from "../auth/sealing.ts"
import type { Outcome } from "../call.ts"
import type { Clock } from "../clock.ts"
import type { ResponseBound } from "../jobs/expiry.ts"
import type { Claimed } from "../jobs/job.ts"
import type { Loss } from "../jobs/sqlite/directory.ts"
import type { Store } from "../jobs/store.ts"
import type { Log } from "../log.ts"
import type { ProviderSettings } from "../providers/provider.ts"
import type { WebhookOptions } from "../webhooks/webhook.ts"
import { createAdmission } from "./admission.ts"
import { createAttempts } from "./attempts.ts"
import { createBatchChanges } from "./batchchanges.ts"
import { createCancellation } from "./cancellation.ts"
import { createCommitter } from "./committer.ts"
import { createDeadlines } from "./deadlines.ts"
import { createDisk } from "./disk.ts"
import { watchEnds } from "./endwatch.ts"
import { createEngineLog, type EngineLog } from "./eventlog.ts"
import { createFailureLog } from "./failurelog.ts"
import { createHeartbeat } from "./heartbeat.ts"
import type { Standings } from "./metrics/standing.ts"
import { startReaper } from "./reaper.ts"
import { createRecovery } from "./recovery.ts"
import { createReplies } from "./replies.ts"
import { createDispatcher } from "./schedule/dispatcher.ts"
import type { ProviderView, QueuesView } from "./schedule/queueview.ts"
import { createShutdown } from "./shutdown.ts"
import type { Pool } from "./threads/pool.ts"
import type { FromEngine, OwnerLimits } from "./threads/protocol.ts"
import type { Sender } from "./threads/sender.ts"
import { createWebhooks } from "./webhooks.ts"

export type Engine = ReturnType<typeof createEngine>

export interface EngineOptions extends OwnerLimits {
  store: Store
  providers: ProviderSettings[]
  /** Why this process has lost the data directory; null: it has not. */
  lost?: () => Loss | null
  /** How to repair a damaged database, in words for the log. */
  remedy?: string
  /** The free bytes of the disk that has the database. */
  freeBytes: () => number
  /** Below this many free bytes new jobs are refused. */
  reserveBytes: number
  /** By default no stored response is deleted before its time. */
  responseBound?: ResponseBound
  clock: Clock
  random: () => number
  log: Log
  post: (message: FromEngine) => void
  /** Called with each outcome; the call took `tookMs`. */
  onAnswer?: (job: Claimed, outcome: Outcome, tookMs: number) => void
  /** Decrypts the secrets of jobs, and encrypts and decrypts those of webhook endpoints. */
  secrets: Secrets
  webhooks: WebhookOptions
  randomBytes: (bytes: number) => Uint8Array
  /** Sends webhooks. A function, as `pool` is. */
  sender: () => Sender
  /** A function, because the pool is created after the engine, which it reports to. */
  pool: () => Pool
}

export function createEngine(options: EngineOptions) {
  const { clock, log, post, pool } = options
  const settings = new Map(options.providers.map((provider) => [provider.name, provider]))
  const dispatcher = createDispatcher(options.providers, options.ownerCaps, options.random)
  const replies = createReplies(post)
  const failures = createFailureLog(log, clock, (job) => attempts.calls.readRequest(job))
  const store = watchEnds(
    options.store,
    () => webhooks.deliveries,
    (job) => eventLog.ended(job),
  )
  const disk = createDisk({ ...options, remedy: options.remedy ?? "" })
  const mayStart = () => !shutdown.isDraining() && !disk.isInTrouble() && pool().isReady()

  const committer = createCommitter({
    store,
    clock,
    log,
    disk,
    parts: {
      isLost: () => heartbeat.isLost(),
      nextAt: dispatcher.nextAt,
      mayStart,
      prepare: (now, goOn) => deadlines.prepare(now, goOn),
      ends: () => deadlines.ends(),
      claims: (now) => (deadlines.isInTime(now) && mayStart() ? dispatcher.claim(now) : []),
      settled(claims, now) {
        const jobs = dispatcher.settle(claims, admission.takeStarted(), now)
        recovery.recountIfDue()
        deadlines.settled()
        eventLog.flush()
        replies.flush()
        for (const job of jobs) attempts.calls.send(job)
        attempts.logFailures()
        attempts.calls.forgetBodies()
        webhooks.deliveries.pump()
      },
      rolledBack(now) {
        dispatcher.rollBack(now)
        eventLog.rollBack()
        attempts.calls.forgetBodies()
      },
    },
  })
  const { unseal } = options.secrets
  const base = { ...options, store, unseal, settings, dispatcher, replies, failures, disk, committer }
  const attempts = createAttempts({ ...base, eventLog: () => eventLog, idle: () => shutdown.idle() })
  const eventLog: EngineLog = createEngineLog({ ...base, findJob: (id) => attempts.calls.find(id)?.job })
  const deadlines = createDeadlines({ ...base, attempts })
  const admission = createAdmission({ ...base, calls: attempts.calls })
  const recovery = createRecovery({ ...base, attempts, deadlines })
  const cancellation = createCancellation({ ...base, attempts, recovery })
  const webhooks = createWebhooks({ ...base, idle: () => shutdown.idle(), isDraining: () => shutdown.isDraining() })
  const shutdown = createShutdown({ ...base, attempts, deliveries: webhooks.deliveries })
  const heartbeat = createHeartbeat({ ...base, recovery, shutdown, lost: options.lost ?? (() => null) })

  return {
    start(): void {
      recovery.start()
      webhooks.start()
    },
    startReaper: (): (() => void) =>
      startReaper({ ...base, recovery, heartbeat, deliveryDays: options.webhooks.retentionDays }),
    drain: shutdown.drain,
    /** The queues as they are now, of these owners; null: of all. */
    async viewQueues(owners: readonly string[] | null, most: number): Promise<QueuesView> {
      const { viewQueues } = await import("./schedule/queueview.ts")
      const running = [...attempts.calls.jobs(), ...dispatcher.view.waiting.values()]
      return viewQueues(dispatcher.view.capacity, running, owners, most, clock.now())
    },

    /** The providers that have had a job, and how their calls ended. */
    async viewProviders(standings: Standings): Promise<ProviderView[]> {
      const { viewProviders } = await import("./schedule/queueview.ts")
      return viewProviders(dispatcher.view.capacity, standings)
    },

    /** Schedules a turn, because there may be something to do. */
    wake: committer.schedule,

    // Called by the HTTP server.
    submit: admission.submit,
    upload: admission.upload,
    discard: admission.discard,
    watch: cancellation.watch,
    cancel: cancellation.cancel,
    leave: cancellation.leave,
    cancelSome: cancellation.cancelSome,
    remove: cancellation.remove,
    removeSome: cancellation.removeSome,
    changeBatch: createBatchChanges(base),
    followLog: eventLog.follow,
    // A reader of the database found it damaged. The store cannot be reached while the answer to a turn is waited for.
    ...{ damaged: disk.reportDamage, storeFailed: disk.report },
    /** Replaces the budgets and the caps of all owners. */
    limit({ budgets, ownerCaps }: OwnerLimits): void {
      admission.limit(budgets)
      dispatcher.setCaps(ownerCaps)
      committer.schedule()
    },

    /** Carries out an order of the HTTP server about webhooks. */
    order: webhooks.order,

    // Called by the provider workers and by the thread that sends webhooks.
    tried: webhooks.deliveries.tried,
    wakeDeliveries: webhooks.deliveries.wake,
    finish: attempts.finish,
    logEvents: eventLog.take,
    admit: attempts.calls.admit,
    readPiece: attempts.calls.readPiece,
  }
}
