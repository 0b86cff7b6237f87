// The engine's thread: opens the database for writing and connects the engine to the face and to its provider workers.
import { steadyNow, systemClock } from "./clock.ts"
import { collectOnceSettled } from "./garbage.ts"
import { diskAt, openWriter } from "./jobs/database.ts"
import { createStore } from "./jobs/store.ts"
import { openLog } from "./log.ts"
import { createEngine, type Engine } from "./run/engine.ts"
import { metered } from "./run/metered.ts"
import { createMeters, type Meters } from "./run/meters.ts"
import { createPool, type Pool } from "./run/pool.ts"
import { type EngineOpen, type FromEngine, type ToEngine, unframeSubmit } from "./run/protocol.ts"
import { startReaper } from "./run/reaper.ts"
import { createSecrets } from "./secrets.ts"

declare const self: Worker

let engine: Engine
let meters: Meters
let pool: Pool
let start = () => {}
let stopReaper = () => {}

self.onmessage = (event: MessageEvent<ToEngine>) => {
  const message = event.data
  if (typeof message === "string") {
    const { seq, job } = unframeSubmit(message)
    return engine.submit(seq, job)
  }
  switch (message.kind) {
    case "open":
      return open(message)
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
    case "cancelAll":
      return engine.cancelAll(message.seq, message.filter)
    case "remove":
      return engine.remove(message.seq, message.id)
    case "read":
      return tell({ kind: "readings", readings: { ...meters.read(), threads: pool.threads() } })
    case "drain":
      stopReaper()
      engine.drain(message.graceMs)
  }
}

function open(message: EngineOpen): void {
  const clock = systemClock
  const log = openLog(message.log)
  meters = createMeters(message.providers.map(({ name }) => name))
  const store = metered(createStore(openWriter(message.databasePath)), meters, steadyNow)
  engine = createEngine({
    store,
    providers: message.providers,
    ownerCaps: message.ownerCaps,
    budgets: message.budgets,
    ...diskAt(message.databasePath, message.diskReserveMb),
    unseal: createSecrets(message.encryptionKey).unseal,
    clock,
    random: Math.random,
    log,
    post: tell,
    onAnswer: meters.answered,
    pool: () => pool,
  })
  pool = createPool({
    spawn: () => new Worker(new URL("./provider.worker.ts", import.meta.url)),
    size: message.workers,
    start: { providers: message.providers, log: message.log },
    clock,
    log,
    onOutcome: engine.finish,
    admit: engine.admit,
    pieceOf: (jobId, seq) => {
      const piece = store.requestPiece(jobId, seq)
      return piece === null ? null : new Uint8Array(piece)
    },
    onReady: engine.wake,
  })
  start = () => {
    stopReaper = startReaper(engine, store, clock)
    engine.start()
    collectOnceSettled(clock)
  }
}

function tell(answer: FromEngine): void {
  self.postMessage(answer)
}
