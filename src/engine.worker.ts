// The engine's thread: opens the database for writing and connects the engine to the HTTP server and to the provider workers.

import { createSecrets } from "./auth/sealing.ts"
import { randomBytes, steadyNow, systemClock } from "./clock.ts"
import { createEngine, type Engine } from "./engine/engine.ts"
import { type Changes, createChanges } from "./engine/metrics/changes.ts"
import { createMeters, type Meters } from "./engine/metrics/meters.ts"
import { meterStore } from "./engine/metrics/meterstore.ts"
import { createStandings } from "./engine/metrics/standing.ts"
import { createPool, type Pool } from "./engine/threads/pool.ts"
import {
  type EngineOpen,
  type FromEngine,
  type Question,
  type Shown,
  type ToEngine,
  unframeSubmit,
} from "./engine/threads/protocol.ts"
import { createSender, type Sender } from "./engine/threads/sender.ts"
import type { EngineData } from "./jobs/data.ts"
import { describeDisk, describeRecovery, openWriter, toStoreError } from "./jobs/sqlite/database.ts"
import { type Loss, watchDirectory } from "./jobs/sqlite/directory.ts"
import { createStore } from "./jobs/sqlite/sqlitestore.ts"
import type { Store } from "./jobs/store.ts"
import { type Log, openLog } from "./log.ts"
import { collectOnceSettled } from "./process/garbage.ts"
import { describeCause } from "./values.ts"

declare const self: Worker

let engine: Engine
let meters: Meters
let changes: Changes
const standings = createStandings()
let pool: Pool
let sender: Sender
let log: Log
let start = () => {}
let stopReaper = () => {}
/** Instructions for the operator of a damaged database. */
let recovery = ""

process.on("uncaughtException", end)
process.on("unhandledRejection", end)

/** What came while a database on a server was being opened; null: it is open. */
let early: ToEngine[] | null = null

self.onmessage = ({ data }: MessageEvent<ToEngine>) => {
  if (early === null) take(data)
  else early.push(data)
}

const take = (message: ToEngine) => {
  if (typeof message === "string") {
    const { seq, job, reader } = unframeSubmit(message)
    return engine.submit(seq, job, reader)
  }
  switch (message.kind) {
    case "open":
      return openData(message)
    case "start":
      return start()
    case "limit":
      return engine.limit(message)
    case "piece":
      return engine.upload(message.id, message.seq, message.bytes)
    case "discard":
      return engine.discard(message.id)
    case "watch":
      return engine.watch(message.id)
    case "cancel":
      return engine.cancel(message.seq, message.id)
    case "leave":
      return engine.leave(message.seq, message.id)
    case "cancelSome":
      return engine.cancelSome(message.seq, message.ids, message.only)
    case "remove":
      return engine.remove(message.seq, message.id)
    case "removeSome":
      return engine.removeSome(message.seq, message.ids, message.only)
    case "batches":
      return engine.changeBatch(message.seq, message.change)
    case "damaged":
      return engine.damaged(message.detail)
    case "read":
      return post({ kind: "readings", readings: { ...meters.read(), threads: pool.threads() } })
    case "followLog":
      return engine.followLog(message.id, message.isFollowed)
    case "follow":
      return changes.follow(message.round)
    case "show":
      return void show(message.seq, message.question)
    case "webhooks":
      return engine.order(message.seq, message.order)
    case "drain":
      stopReaper()
      engine.drain(message.graceMs)
  }
}

/** A view that cannot be made ends nothing: it is null. */
async function show(seq: number, question: Question): Promise<void> {
  const shown = await view(question).catch((error) => {
    log.error("a view of the engine cannot be made: this is a bug", { of: question.of, error: String(error) })
    return null
  })
  post({ kind: "shown", seq, text: JSON.stringify(shown) })
}

async function view(question: Question): Promise<Shown[Question["of"]]> {
  switch (question.of) {
    case "history":
      return meters.history(question.window, systemClock.now())
    case "queues":
      return engine.viewQueues(question.owners, question.most)
    case "providers":
      return engine.viewProviders(standings)
  }
}

/** The store, and what the engine must know of where it lies. */
interface Opened {
  store: Store
  freeBytes: () => number
  reserveBytes: number
  lost: () => Loss | null
}

function openData(message: EngineOpen): void {
  const { data } = message
  log = openLog(message.log)
  if (data.kind === "postgres") {
    early = []
    void openPostgres(data, message.responseBound.ttlMs).then((opened) => {
      open(message, opened)
      for (const each of early ?? []) take(each)
      early = null
    }, end)
    return
  }
  const { databasePath } = data
  recovery = describeRecovery(databasePath)
  const store = createStore(openWriter(databasePath), message.responseBound.ttlMs)
  const lost = watchDirectory(databasePath, data.lock)
  open(message, { store, lost, ...describeDisk(databasePath, message.diskReserveMb) })
}

/** Loaded only here: a gateway on SQLite does without it. The disk of the database is its server's. */
async function openPostgres(data: EngineData & { kind: "postgres" }, conversationMs: number): Promise<Opened> {
  const { createPgStore } = await import("./jobs/postgres/pgstore.ts")
  let loss: Loss | null = null
  recovery = "Stop the gateway, and repair the database or put a backup of the server in its place."
  const store = createPgStore({
    ...{ url: data.url, gateway: data.gateway, conversationMs, clock: systemClock },
    onLoss: (why) => {
      const message = `${why}. All work was stopped at once.`
      loss = { reason: "in_use", message, isDatabaseThere: true }
    },
    onTrouble: (error) => engine.storeFailed(error),
  })
  try {
    // The first question connects, and takes the lock.
    await store.nextDeadline()
  } catch (error) {
    const { message } = loss ?? { message: `the database cannot be used: ${describeCause(error)}` }
    post({ kind: "over", reason: loss === null ? "unusable" : "in_use", message })
    throw error
  }
  return { store, lost: () => loss, freeBytes: () => Number.POSITIVE_INFINITY, reserveBytes: 0 }
}

function open(message: EngineOpen, opened: Opened): void {
  const clock = systemClock
  meters = createMeters(message.providers.map(({ name }) => name))
  changes = createChanges({ clock, post: (text) => post({ kind: "news", text }), count: meters.count })
  const store = meterStore(opened.store, meters, steadyNow, changes)
  engine = createEngine({
    store,
    providers: message.providers,
    ownerCaps: message.ownerCaps,
    budgets: message.budgets,
    freeBytes: opened.freeBytes,
    reserveBytes: opened.reserveBytes,
    lost: opened.lost,
    remedy: recovery,
    secrets: createSecrets(message.encryptionKey),
    webhooks: message.webhooks,
    responseBound: message.responseBound,
    clock,
    random: Math.random,
    randomBytes,
    log,
    post,
    onAnswer(job, outcome, tookMs) {
      meters.answered(job, outcome, tookMs)
      standings.answered(job, outcome, clock.now())
    },
    pool: () => pool,
    sender: () => sender,
  })
  sender = createSender({
    spawn: () => new Worker(new URL("./webhook.worker.ts", import.meta.url)),
    clock,
    log,
    onTried: engine.tried,
    onReady: engine.wakeDeliveries,
  })
  pool = createPool({
    spawn: () => new Worker(new URL("./provider.worker.ts", import.meta.url)),
    size: message.workers,
    start: { providers: message.providers, log: message.log },
    clock,
    log,
    onOutcome: engine.finish,
    onEvents: engine.logEvents,
    admit: engine.admit,
    readPiece: engine.readPiece,
    onReady: engine.wake,
    connect: (port) => self.postMessage({ kind: "channel", port } satisfies FromEngine, [port]),
  })
  start = () => {
    stopReaper = engine.startReaper()
    engine.start()
    collectOnceSettled(clock)
  }
}

/** Ends the program after an unexpected error with one sentence. Bun alone would print the source code around the error. */
function end(error: unknown): void {
  const message = describeCause(error)
  if (toStoreError(error).kind === "corrupt") {
    post({ kind: "over", reason: "corrupt", message: `the database is damaged (${message}). ${recovery}` })
    return
  }
  const { code } = error as { code?: unknown }
  const reason = `${message.split("\n", 1)[0]}${code === undefined ? "" : ` (${code})`}`
  const text = `the engine cannot go on: ${reason}. Every accepted job is on disk; start again to go on.`
  post({ kind: "over", reason: "unusable", message: text })
}

function post(answer: FromEngine): void {
  self.postMessage(answer)
}
