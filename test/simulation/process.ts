// One process of the gateway, from its start to its end: the real engine, dispatcher, quotas, reaper and pool, with the disk and
// the clock of the world, simulated threads and a simulated HTTP server.

import { createEngine, type Engine } from "../../src/engine/engine.ts"
import { createMeters, type Meters } from "../../src/engine/metrics/meters.ts"
import { meterStore } from "../../src/engine/metrics/meterstore.ts"
import { createPool, type Pool } from "../../src/engine/threads/pool.ts"
import type { FromEngine } from "../../src/engine/threads/protocol.ts"
import { createSender, type Sender } from "../../src/engine/threads/sender.ts"
import type { NewJob } from "../../src/jobs/job.ts"
import type { Loss } from "../../src/jobs/sqlite/directory.ts"
import { createLog } from "../../src/log.ts"
import type { ProviderSettings } from "../../src/providers/provider.ts"
import { plainSecrets } from "../factory.ts"
import type { Timeline } from "../timeline.ts"
import { posted } from "./answers.ts"
import { aborted, called, dropped } from "./calls.ts"
import type { Disk } from "./disk.ts"
import { Fuse } from "./fuse.ts"
import type { Ledger } from "./ledger.ts"
import type { Remnant } from "./remnant.ts"
import { committed } from "./rows.ts"
import { budgets, ownerCaps } from "./settings.ts"
import { StreamedAnswer } from "./streamedanswer.ts"
import { type OutCall, SenderThread, Thread } from "./threads.ts"
import { findEndpoints } from "./webhooks.ts"

const THREADS = 2
const RESERVE_BYTES = 1000
/** How many ended calls can still get a late answer. */
const LATE_MAX = 20
/** The index of the last piece: forms come in two pieces. */
export const LAST_PIECE = 1

export class Process {
  readonly fuse = new Fuse()
  threads: Thread[] = []
  /** The thread that sends webhooks, once something was sent. */
  sender: SenderThread | null = null
  /** Ended calls that may still get a late answer. */
  readonly over: OutCall[] = []
  /** Forms whose pieces are being stored, and forms whose pieces are all stored. */
  readonly arriving = new Map<string, NewJob>()
  readonly arrived: NewJob[] = []
  isDraining = false
  isDrained = false
  /** Whether the engine has ended because the database is another's. */
  hasLost = false
  loss: Loss | null = null
  /** What it does after another process has taken over; null: it is the one that runs the jobs. */
  remnant: Remnant | null = null
  engine!: Engine
  meters!: Meters
  private stopReaper = () => {}

  constructor(
    private readonly ledger: Ledger,
    private readonly disk: Pick<Disk, "open" | "trouble" | "randoms">,
    readonly clock: Timeline,
  ) {}

  /** @throws when the process dies at once */
  start(providers: ProviderSettings[], variant: number, random: () => number): void {
    const { ledger, disk, clock, fuse } = this
    const log = createLog({ level: "error", style: "json", now: clock.now, write: (line) => this.logged(line) })
    this.meters = createMeters(providers.map(({ name }) => name))
    const onDisk = disk.open(fuse, (changes) => {
      ledger.trace(changes.map(({ n, ...change }) => change))
      committed(ledger, changes)
    })
    const store = meterStore(onDisk, this.meters, clock.now)
    let pool: Pool
    this.engine = createEngine({
      store,
      providers,
      ownerCaps,
      budgets,
      lost: () => this.loss,
      freeBytes: () => (disk.trouble === "reserve" ? RESERVE_BYTES - 1 : RESERVE_BYTES),
      reserveBytes: RESERVE_BYTES,
      clock,
      random,
      log,
      secrets: plainSecrets,
      webhooks: { endpoints: findEndpoints(variant), retentionDays: 30, allowLoopback: false, paths: {} },
      randomBytes: (bytes) => new Uint8Array(bytes).fill(++this.disk.randoms.asked % 256),
      post: (message) => {
        fuse.burn()
        ledger.trace(message)
        if (typeof message !== "string") this.heard(message)
        if (this.remnant) this.remnant.posted(message)
        else posted(ledger, message)
      },
      pool: () => pool,
      sender: () => sender,
    })
    const sender: Sender = createSender({
      spawn: () => this.spawnSender(),
      clock,
      log,
      onTried: this.engine.tried,
      onReady: this.engine.wakeDeliveries,
    })
    pool = createPool({
      spawn: () => this.spawn(),
      size: THREADS,
      start: { providers, log: { level: "error", style: "json" } },
      clock,
      log,
      onOutcome: this.engine.finish,
      onEvents: this.engine.logEvents,
      admit: this.engine.admit,
      readPiece: this.engine.readPiece,
      onReady: this.engine.wake,
    })
    this.stopReaper = this.engine.startReaper()
    this.engine.start()
  }

  drain(graceMs: number): void {
    this.isDraining = true
    this.stopReaper()
    this.engine.drain(graceMs)
  }

  /** Records that a call has ended or was aborted. */
  isOver(call: OutCall): void {
    this.over.push(call)
    if (this.over.length > LATE_MAX) this.over.shift()
  }

  /** Checks that a process that was shut down has left nothing undone. */
  checkStopped(): void {
    const { clock, ledger } = this
    clock.settle()
    for (const [seq, request] of ledger.requests) ledger.fail(`${request.kind} ${seq} is not answered before the end`)
    for (const call of ledger.out.values()) ledger.fail(`attempt ${call.attempt} of ${call.jobId} is out at the end`)
    if (this.disk.trouble !== "nothing") return
    if (clock.pending > 0) ledger.fail(`${clock.pending} timers are left at the end`)
    for (const { row, job } of ledger.jobs.values()) {
      if (row?.state === "running") ledger.fail(`${job.id} is left running`)
    }
  }

  private spawnSender(): Worker {
    const { ledger, fuse } = this
    const thread = new SenderThread({
      sent: ({ id }, body) => {
        fuse.burn()
        ledger.trace([id, body])
        // Receivers know a webhook that comes twice by its id.
        if (this.remnant === null) ledger.webhooks.sent(id, body, (outcome) => thread.answer(id, outcome))
      },
      died: () => ledger.webhooks.threadDied(),
    })
    this.sender = thread
    return thread.asWorker()
  }

  private spawn(): Worker {
    const { ledger, fuse } = this
    const thread = new Thread({
      called: (header, body) => {
        fuse.burn()
        ledger.trace([header, body])
        const answer = header.extras.isLogged ? new StreamedAnswer(header) : null
        const call = { ...header, thread, startedAt: this.clock.now(), answer }
        if (this.remnant) this.remnant.called(call)
        else if (call.step !== "cancel") called(ledger, call, body)
        else {
          dropped(ledger, call)
          this.isOver(call)
        }
      },
      aborted: (jobId, attempt) => {
        fuse.burn()
        ledger.trace(["aborted", jobId, attempt])
        const call = this.remnant ? undefined : ledger.out.get(`${jobId} ${attempt}`)
        this.remnant?.out.delete(`${jobId} ${attempt}`)
        if (!call) return
        aborted(ledger, call)
        this.isOver(call)
      },
      logged: (...stored) => {
        fuse.burn()
        ledger.trace(["logged", ...stored])
        ledger.events.acknowledged(...stored)
      },
      ended: () => {
        this.threads = this.threads.filter((other) => other !== thread)
      },
    })
    this.threads.push(thread)
    return thread.asWorker()
  }

  /** What the HTTP server does with a message of the engine. */
  private heard(message: Exclude<FromEngine, string>): void {
    if (message.kind === "drained") this.isDrained = true
    else if (message.kind === "over") this.hasLost = true
    else if (message.kind === "pieces" && message.seq === LAST_PIECE) {
      const job = this.arriving.get(message.id)
      if (job && this.arriving.delete(job.id)) this.arrived.push(job)
    } else if (message.kind === "pieceRefused" && this.arriving.delete(message.id)) this.engine.discard(message.id)
    else if (message.kind === "refused") {
      const request = this.ledger.requests.get(message.seq)
      const id = request?.kind === "submit" ? request.id : ""
      if (this.ledger.jobs.get(id)?.job.body === null) this.engine.discard(id)
    }
  }

  private logged(line: string): void {
    if (!this.fuse.isBlown && line.includes("a bug")) this.ledger.fail(line.trim())
  }
}
