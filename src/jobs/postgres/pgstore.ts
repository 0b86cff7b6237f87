// The store on PostgreSQL: applies a turn as one transaction on the only writing connection, many changes with each statement.
import type { Clock } from "../../clock.ts"
import type { Change, ChangeKind, ChangeOf, Results, Store } from "../store.ts"
import { CONVERSATION_MS } from "../storebounds.ts"
import type { StoreError } from "../storeerror.ts"
import { createPgBatches } from "./pgbatches.ts"
import { createPgBodies, readRequest, readRequestPiece } from "./pgbodies.ts"
import { claim, resume } from "./pgclaims.ts"
import { createPgConversations } from "./pgconversations.ts"
import { type Asking, openReaders } from "./pgdriver.ts"
import { createPgEnds } from "./pgends.ts"
import { countEvents, createPgEvents, readEvents } from "./pgevents.ts"
import { createHeldBytes } from "./pgheld.ts"
import { readLapsed, readNextDeadline, readOverdue, readQueued, readRemains } from "./pgquestions.ts"
import { createPgRemovals } from "./pgremovals.ts"
import { createPgSubmits } from "./pgsubmits.ts"
import type { Turn } from "./pgturn.ts"
import { createPgUsage } from "./pgusage.ts"
import { planWaves, type Wave } from "./pgwaves.ts"
import { createPgWebhooks, findDelivery, readDue, readEndedJob, readEndpoints } from "./pgwebhooks.ts"
import { awaitAll, createWriter } from "./pgwriter.ts"

/** The store on PostgreSQL: the functions of `Store`, in which every answer is a promise. */
export type PgStore = {
  [Name in keyof Store]: (...args: Parameters<Store[Name]>) => Promise<Awaited<ReturnType<Store[Name]>>>
}

export interface PgStoreOptions {
  url: string
  clock: Clock
  /** See `WriterOptions`. */
  gateway: string
  /** How long a conversation is kept after it was changed last. */
  conversationMs?: number
  onLoss?(message: string): void
  onTrouble?(error: StoreError): void
}

type Apply = (turn: Turn, changes: readonly never[]) => Promise<readonly unknown[]>

export function createPgStore(options: PgStoreOptions): PgStore {
  const readers = openReaders(options.url)
  const parts = createParts(options.conversationMs ?? CONVERSATION_MS, readers)
  const writer = createWriter({
    url: options.url,
    clock: options.clock,
    gateway: options.gateway,
    onLoss: options.onLoss ?? (() => {}),
    onTrouble: options.onTrouble ?? (() => {}),
    onUndo: parts.undo,
  })
  const { ask } = writer
  const turn = (now: number, changes: readonly Change[]): Promise<unknown[]> =>
    writer.transact(async (transaction) => {
      const turn: Turn = { ...transaction, now }
      const results: unknown[] = []
      const waves = planWaves(changes)
      // What the turn has counted is complete before the claims, and goes out with them.
      const claims = waves.at(-1)?.has("claim") ? waves.pop() : undefined
      for (const wave of waves) await applyWave(turn, wave, parts.kinds, results)
      const rest = claims === undefined ? [] : [applyWave(turn, claims, parts.kinds, results)]
      await awaitAll([parts.flush(turn), ...rest])
      return results
    })

  return {
    turn,
    // Without it nothing can begin.
    remains: () => writer.askPatiently(() => readRemains(ask)),
    queued: () => readQueued(ask),
    lapsed: (now, limit) => readLapsed(ask, now, limit),
    overdue: (now, limit) => readOverdue(ask, now, limit),
    nextDeadline: () => readNextDeadline(ask),
    // These may be asked while a turn is out: on its connection they would be answered in the middle of its transaction.
    requestBody: ({ number }) => readRequest(readers.ask, number),
    requestPiece: (jobId, seq) => readRequestPiece(readers.ask, jobId, seq),
    events: (jobId) => readEvents(readers.ask, jobId),
    eventCount: (jobId) => countEvents(readers.ask, jobId),
    webhooks: () => readEndpoints(readers.ask),
    dueDeliveries: (endpoint, now, limit) => readDue(readers.ask, endpoint, now, limit),
    delivery: (delivery) => findDelivery(readers.ask, delivery),
    endedJob: (id, now, bytesMax) => readEndedJob(readers.ask, id, now, bytesMax),
    // The server does both.
    shrink: async () => false,
    purgeLog: async () => true,
    async close() {
      await writer.close()
      await readers.close()
    },
  }
}

/** Applies the changes of a wave together, and puts their results where they belong. */
async function applyWave(turn: Turn, wave: Wave, kinds: Record<ChangeKind, Apply>, results: unknown[]): Promise<void> {
  const groups = [...wave].map(async ([kind, some]) => {
    const changes = some.map(({ change }) => change)
    const got = await kinds[kind](turn, changes as never)
    for (const [nth, { at }] of some.entries()) results[at] = got[nth]
  })
  await awaitAll(groups)
}

/** The parts of the store, and how each kind of change is applied. */
function createParts(conversationMs: number, readers: Asking) {
  const held = createHeldBytes(readers.ask)
  const bodies = createPgBodies(held.add)
  const usage = createPgUsage()
  const webhooks = createPgWebhooks()
  const batches = createPgBatches(webhooks)
  const events = createPgEvents(held.add)
  const conversations = createPgConversations(conversationMs, held.add)
  const removals = createPgRemovals(bodies, events, usage, batches)
  const submits = createPgSubmits(bodies, usage, batches, removals)
  const ends = createPgEnds({ bodies, usage, webhooks, batches, conversations })

  /** A kind of which the changes are applied one by one. */
  const each =
    <Kind extends ChangeKind>(apply: (turn: Turn, change: ChangeOf<Kind>) => Promise<Results[Kind]>) =>
    async (turn: Turn, changes: readonly ChangeOf<Kind>[]): Promise<Results[Kind][]> => {
      const results: Results[Kind][] = []
      for (const change of changes) results.push(await apply(turn, change))
      return results
    }

  const kinds: { [Kind in ChangeKind]: (turn: Turn, changes: readonly ChangeOf<Kind>[]) => Promise<Results[Kind][]> } =
    {
      submit: submits,
      claim,
      resume: each(resume),
      finish: (turn, changes) => ends.finish(turn, changes),
      requeue: ends.requeue,
      await: ends.await,
      cancel: each((turn, change) => ends.cancel(turn, change)),
      remove: each((turn, change) => removals.remove(turn, change, ends)),
      look: ends.look,
      upload: each(bodies.upload),
      discard: each(async (turn, { jobIds }) => {
        await bodies.discard(turn, jobIds)
        return null
      }),
      stage: each(bodies.stage),
      logEvents: events.add,
      packEvents: each(events.pack),
      prune: each(removals.prune),
      trimResponses: each(async (turn, change) => {
        await held.measureIfLarge(turn, change.bytesMax)
        return removals.trimResponses(turn, change, held.read)
      }),
      forget: each(removals.forget),
      setBack: each(removals.setBack),
      saveWebhook: each(webhooks.save),
      removeWebhook: each(webhooks.removeEndpoint),
      deliver: webhooks.deliver,
      redeliver: each(webhooks.redeliver),
      pruneDeliveries: each(webhooks.prune),
      saveFile: each(batches.saveFile),
      removeFile: each(batches.removeFile),
      createBatch: each(batches.createBatch),
      moveBatch: each(batches.moveBatch),
      refuseLine: each(batches.refuseLine),
      expireBatchJobs: each(batches.expireBatchJobs),
      pruneFiles: each(batches.pruneFiles),
      createConversation: each(conversations.create),
      changeConversation: each(conversations.change),
      addItems: each(conversations.addItems),
      removeItem: each(conversations.removeItem),
      removeConversation: each(conversations.remove),
      expireConversations: each(conversations.expire),
      pruneConversations: each(conversations.prune),
      // That the transaction has a number is a write.
      probe: each(async () => null),
    }
  const counting = [usage, batches, webhooks]
  return {
    removals,
    kinds: kinds as unknown as Record<ChangeKind, Apply>,
    async flush(turn: Turn): Promise<void> {
      await awaitAll(counting.map((part) => part.flush(turn)))
    },
    undo(): void {
      for (const part of [...counting, held]) part.undo()
    },
  }
}
