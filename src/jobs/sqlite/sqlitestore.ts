// The store on SQLite: applies a turn as one transaction on the only writing connection, and returns the results at once.
import type { Database } from "bun:sqlite"
import { drizzle } from "drizzle-orm/bun-sqlite"
import type { Claimed } from "../job.ts"
import type { Change, Remains, Results, Store } from "../store.ts"
import { CONVERSATION_MS } from "../storebounds.ts"
import { createBatchStore } from "./batchstore.ts"
import { createBodyStore } from "./bodystore.ts"
import { createClaims } from "./claims.ts"
import { createConversationStore } from "./conversationstore.ts"
import { createDailyUsage } from "./dailyusage.ts"
import { toStoreError } from "./database.ts"
import { createEventStore } from "./eventstore.ts"
import { createQuestions } from "./questions.ts"
import { createRemovals } from "./removals.ts"
import { createStateChanges } from "./statechanges.ts"
import { createSubmits } from "./submits.ts"
import { createUpkeep } from "./upkeep.ts"
import { createWebhookStore } from "./webhookstore.ts"

/** The store on SQLite: the functions of `Store`, in which every answer is a value. */
export type SqliteStore = {
  [Name in keyof Store]: (...args: Parameters<Store[Name]>) => Exclude<ReturnType<Store[Name]>, Promise<unknown>>
}

/** The code of a commit that was written to the log but perhaps not to the disk. */
const SYNC_FAILED = "SQLITE_IOERR_FSYNC"

/** @param conversationMs how long a conversation is kept after it was changed last */
export function createStore(database: Database, conversationMs = CONVERSATION_MS): SqliteStore {
  const connection = { database, db: drizzle(database) }
  const begin = database.query("BEGIN IMMEDIATE")
  const commit = database.query("COMMIT")
  const rollback = database.query("ROLLBACK")
  const deleted = { isInLog: false }
  const onDelete = () => {
    deleted.isInLog = true
  }
  const bodies = createBodyStore(connection, onDelete)
  const usage = createDailyUsage(connection)
  const webhooks = createWebhookStore(connection)
  const batches = createBatchStore(connection, webhooks)
  const events = createEventStore(connection)
  const conversations = createConversationStore(connection, conversationMs, onDelete)
  const removals = createRemovals(connection, bodies, events, usage, batches)
  const submit = createSubmits(connection, bodies, usage, batches, removals.remove)
  const { claim, resume } = createClaims(connection)
  const transitions = createStateChanges(connection, bodies, usage, webhooks, batches, conversations)
  const questions = createQuestions(connection)
  const upkeep = createUpkeep(database, deleted)

  // Longer than 80 lines: it is a list, with a case for each change.
  function apply(change: Change, now: number): Results[keyof Results] {
    switch (change.kind) {
      case "submit":
        return submit(change, now)
      case "claim":
        return claim(change, now)
      case "resume":
        return resume(change, now)
      case "finish":
        return transitions.finish(change, now)
      case "requeue":
        return transitions.requeue(change, now)
      case "await":
        return transitions.await(change)
      case "cancel":
        return transitions.cancel(change, now)
      case "remove":
        return removals.removeFound(change, now, transitions)
      case "look":
        return transitions.find(change.id)?.state ?? null
      case "upload":
        return bodies.upload(change.jobId, change.part, now)
      case "discard":
        for (const id of change.jobIds ?? bodies.uploads()) bodies.discard(id)
        return null
      case "stage":
        return bodies.stage(change.job, change.part)
      case "logEvents":
        return events.add(change)
      case "packEvents":
        return events.pack(change)
      case "prune":
        return removals.prune(change, now)
      case "trimResponses":
        return removals.trimResponses(change)
      case "forget":
        return removals.forget(change)
      case "setBack":
        return upkeep.setBack(change, now)
      case "saveWebhook":
        return webhooks.save(change)
      case "removeWebhook":
        return webhooks.removeEndpoint(change, now)
      case "deliver":
        return webhooks.deliver(change, now)
      case "redeliver":
        return webhooks.redeliver(change, now)
      case "pruneDeliveries":
        return webhooks.prune(change)
      case "saveFile":
        return batches.saveFile(change)
      case "removeFile":
        return batches.removeFile(change)
      case "createBatch":
        return batches.createBatch(change)
      case "moveBatch":
        return batches.moveBatch(change, now)
      case "refuseLine":
        return batches.refuseLine(change)
      case "expireBatchJobs":
        return batches.expireBatchJobs(change)
      case "pruneFiles":
        return batches.pruneFiles(change, now)
      case "createConversation":
        return conversations.create(change)
      case "changeConversation":
        return conversations.change(change, now)
      case "addItems":
        return conversations.addItems(change, now)
      case "removeItem":
        return conversations.removeItem(change, now)
      case "removeConversation":
        return conversations.remove(change)
      case "expireConversations":
        return conversations.expire(change, now)
      case "pruneConversations":
        return conversations.prune(change, now)
      case "probe":
        return upkeep.probe()
    }
  }

  /**
   * Overwrites a commit whose sync failed. Such a commit is complete in the log, and the next start would apply it although its
   * requests were refused. The next write overwrites it, even if that is not synced either. Returns whether it was overwritten.
   */
  function overwriteUnsynced(): boolean {
    try {
      upkeep.probe()
      return true
    } catch (error) {
      // Where only the sync of this write failed too, the write itself has happened.
      return toStoreError(error).code === SYNC_FAILED
    }
  }

  function turn(now: number, changes: readonly Change[]): unknown[] {
    try {
      begin.run()
      const results = changes.map((change) => apply(change, now))
      usage.flush()
      webhooks.flush()
      batches.flush()
      commit.run()
      return results
    } catch (error) {
      usage.undo()
      webhooks.undo()
      batches.undo()
      undo()
      const cause = toStoreError(error)
      throw cause.code === SYNC_FAILED && !overwriteUnsynced() ? toStoreError(error, true) : cause
    }
  }

  /** On a full disk SQLite rolls back by itself, and a second rollback would hide the first error. */
  function undo(): void {
    try {
      if (database.inTransaction) rollback.run()
    } catch (error) {
      throw toStoreError(error)
    }
  }

  const reads = {
    remains: (): Remains => {
      const queued = questions.queued()
      return {
        running: questions.running(),
        waiting: questions.waiting(),
        uploads: bodies.uploads(),
        quotas: questions.quotas(),
        latestCreatedAt: questions.latestCreatedAt(),
        lastNumber: questions.lastNumber(),
        queued,
        unfinished: questions.unfinished(queued),
      }
    },
    queued: questions.queued,
    lapsed: questions.lapsed,
    overdue: questions.overdue,
    nextDeadline: questions.nextDeadline,
    requestBody: ({ number }: Claimed) => bodies.request(number),
    requestPiece: bodies.requestPiece,
    events: events.all,
    eventCount: events.count,
    webhooks: webhooks.all,
    dueDeliveries: webhooks.due,
    delivery: webhooks.find,
    endedJob: webhooks.endedJob,
    shrink: upkeep.shrink,
    purgeLog: upkeep.purgeLog,
    close: upkeep.close,
  }
  return { turn, ...translateErrors(reads) }
}

/** Wraps functions so that errors of SQLite are thrown as `StoreError`. */
function translateErrors<Functions extends object>(functions: Functions): Functions {
  const translated = Object.entries<(...args: unknown[]) => unknown>(functions as never).map(([name, ask]) => [
    name,
    (...args: unknown[]) => {
      try {
        return ask(...args)
      } catch (error) {
        throw toStoreError(error)
      }
    },
  ])
  return Object.fromEntries(translated) as Functions
}
