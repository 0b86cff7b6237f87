// The HTTP server's connection to the engine thread: a submit is a promise that resolves once the job is on disk.
import type { Reader } from "../call.ts"
import { type Clock, inTime } from "../clock.ts"
import {
  type BatchChangeKind,
  type EngineOpen,
  type FromEngine,
  frameSubmit,
  type News,
  type OwnerLimits,
  type Question,
  type Readings,
  type Shown,
  type ToEngine,
} from "../engine/threads/protocol.ts"
import { GatewayError, threadError } from "../errors.ts"
import type { NewJob, StateFilter } from "../jobs/job.ts"
import type { ChangeOf, Results } from "../jobs/store.ts"
import type { WebhookAnswers, WebhookOrder } from "../webhooks/webhook.ts"
import { EndWatchers } from "./endwatchers.ts"
import { type EngineEvents, toRefusal } from "./engineevents.ts"
import { EventLogs } from "./eventlogs.ts"
import { Followers } from "./followers.ts"
import { PieceUploads } from "./pieceuploads.ts"
import { createStreams, type WholeAnswer } from "./streamreader.ts"

/** Whoever submits is taken to go on for so long. */
const CALLERS_MS = 1000
/** An engine that has sent nothing for this long is blocked by the disk. */
const SILENCE_MS_MAX = 10_000

export interface Started {
  recovered: number
  queued: number
}

/** How many jobs a batch has changed, and how many of its first ids were looked at. */
export interface Changed {
  count: number
  looked: number
}

/** What the engine answers to a sequence number: the id of an earlier job, what a batch has changed, or nothing. */
type Answer = string | Changed | null

export class EngineClient {
  private readonly waiting = new Map<
    number,
    { resolve: (answer: Answer) => void; reject: (error: GatewayError) => void }
  >()
  private readonly uploads: PieceUploads
  private readonly watchers: EndWatchers
  private readonly followers: Followers
  /** The answers that are read as they come. */
  readonly streams = createStreams()
  /** Those that are logged, and followed by any number of readers. */
  readonly logs = new EventLogs((id, isFollowed) => this.send({ kind: "followLog", id, isFollowed }))
  /** Jobs whose clients have been given the answer before their end was on disk. */
  private readonly answered = new Set<string>()
  private readonly started = Promise.withResolvers<Started>()
  private readonly drained = Promise.withResolvers<{ released: number }>()
  /** A request for readings that is not answered yet: later callers share its answer. */
  private reading: PromiseWithResolvers<Readings> | null = null
  private seq = 0
  /** When somebody submitted last. */
  private calledAt = Number.NEGATIVE_INFINITY
  isDraining = false
  private isDrained = false
  private reportedTrouble: string | null = null
  private heardAt: number
  private lastError = "the engine thread ended"

  constructor(
    private readonly worker: Worker,
    private readonly clock: Clock,
    private readonly events: EngineEvents,
  ) {
    this.heardAt = clock.now()
    this.watchers = new EndWatchers((id) => this.send({ kind: "watch", id }))
    this.followers = new Followers((round) => this.send({ kind: "follow", round }))
    this.uploads = new PieceUploads({
      sendPiece: (id, seq, bytes) => {
        this.refuseWhileDraining()
        this.send({ kind: "piece", id, seq, bytes }, [bytes.buffer])
      },
      discardPieces: (id) => this.send({ kind: "discard", id }),
    })
    worker.addEventListener("message", (event: MessageEvent<FromEngine>) => this.receive(event.data))
    worker.addEventListener("error", (event: ErrorEvent) => {
      event.preventDefault()
      this.lastError = threadError(event.message)
    })
    worker.addEventListener("close", () => {
      if (this.isDrained) return
      const message = `the engine thread died: ${this.lastError}. Every accepted job is on disk; start again to go on.`
      events.onOver({ reason: "unusable", message })
    })
  }

  /** The first message, sent as early as possible: the engine opens the database while the HTTP server is being built. No call goes out yet. */
  open(message: Omit<EngineOpen, "kind">): void {
    this.send({ kind: "open", ...message })
  }

  /** Replaces the limits of virtual keys. */
  limit(limits: OwnerLimits): void {
    this.send({ kind: "limit", ...limits })
  }

  /** Resolves when the engine has recovered the jobs of the last process. Submits may be sent before: they are handled afterwards. */
  start(): Promise<Started> {
    this.send({ kind: "start" })
    return this.started.promise
  }

  /**
   * Resolves when the job is on disk, with the id of the earlier job that has the same Idempotency-Key, or null.
   * @param body JSON text; null: the body has been uploaded in pieces under the job's id
   * @param reader of the answer; null: nobody waits for it
   * @throws {GatewayError} shutting_down, store_full, store_unavailable, idempotency_mismatch, queue_full, budget_exceeded
   */
  submit(job: Omit<NewJob, "body">, body: string | null, reader: Reader | null = null): Promise<string | null> {
    this.refuseWhileDraining()
    if (job.batch === null) this.calledAt = this.clock.now()
    return this.ask<string | null>((seq) => this.send(frameSubmit(seq, job, body, reader)))
  }

  /** Whether callers submit jobs at present, beside those of batches. */
  hasCallers(): boolean {
    return this.clock.now() - this.calledAt < CALLERS_MS
  }

  /** For a job that is about to be submitted with this reader: `notify` gets the answer as soon as it is here, or null at the job's end. */
  expect(id: string, reader: Reader, notify: (answer: WholeAnswer | null) => void): () => void {
    const stopWatching = this.watchers.add(id, () => notify(null), true)
    if (reader === "answer") {
      this.streams.expect(id, (answer) => {
        this.answered.add(id)
        notify(answer)
      })
    }
    return () => {
      stopWatching()
      this.streams.forget(id)
    }
  }

  /** Whether a job's answer has been given to its client and the job has not ended yet, as far as is known. */
  isEnding(id: string): boolean {
    return this.answered.has(id)
  }

  /** The jobs of which that is so. */
  listEnding(): string[] {
    return [...this.answered]
  }

  /** Stores the pieces of a body under the id its job will have: see `PieceUploads`. @throws {GatewayError} shutting_down */
  upload(id: string) {
    this.refuseWhileDraining()
    return this.uploads.start(id)
  }

  /** Calls `notify` once when the job has ended or is deleted, or when the engine stops; the returned function ends the watch. */
  watch(id: string, notify: () => void): () => void {
    if (this.isDrained) queueMicrotask(notify)
    return this.watchers.add(id, notify)
  }

  /** See `Followers.add`. */
  follow(notify: (news: News | null) => void): () => void {
    if (this.isDrained) queueMicrotask(() => notify(null))
    return this.followers.add(notify)
  }

  /** Resolves when the job has ended, now or earlier. @throws {GatewayError} store_full, store_unavailable */
  async cancel(id: string): Promise<void> {
    this.streams.forget(id)
    await this.ask((seq) => this.send({ kind: "cancel", seq, id }))
  }

  /** The same for a job whose client has gone, at once: see `cancellation.ts`. @throws {GatewayError} shutting_down */
  async leave(id: string): Promise<void> {
    this.streams.forget(id)
    await this.ask((seq) => this.send({ kind: "leave", seq, id }))
  }

  /** Cancels those of the jobs that have not ended and are in one of these states, in one turn. @throws as `cancel` */
  cancelSome(ids: readonly string[], only: StateFilter): Promise<Changed> {
    for (const id of ids) this.streams.forget(id)
    return this.ask<Changed>((seq) => this.send({ kind: "cancelSome", seq, ids, only }))
  }

  /** Deletes those of the jobs that are in one of these states, in one turn: only the first of them where their bodies are long. @throws as `cancel` */
  removeSome(ids: readonly string[], only: StateFilter): Promise<Changed> {
    for (const id of ids) this.streams.forget(id)
    return this.ask<Changed>((seq) => this.send({ kind: "removeSome", seq, ids, only }))
  }

  /** Resolves when the job, its attempts and its bodies are deleted. @throws {GatewayError} store_full, store_unavailable */
  async remove(id: string): Promise<void> {
    this.streams.forget(id)
    await this.ask((seq) => this.send({ kind: "remove", seq, id }))
  }

  /** Why the store takes no writes, in words; null: it takes them. */
  trouble(): string | null {
    if (this.reportedTrouble !== null) return this.reportedTrouble
    const silentMs = this.silentMs()
    return silentMs > SILENCE_MS_MAX ? `the engine has not answered for ${Math.round(silentMs / 1000)} s` : null
  }

  /** The counters of the engine; null where it does not answer in time. */
  async read(withinMs: number): Promise<Readings | null> {
    if (this.reading === null) {
      this.reading = Promise.withResolvers()
      this.send({ kind: "read" })
    }
    return inTime(this.reading.promise, withinMs, this.clock)
  }

  /** What the engine says of itself; null where it does not answer in time. */
  async show<Q extends Question>(question: Q, withinMs: number): Promise<Shown[Q["of"]] | null> {
    const asked = this.ask<string>((seq) => this.send({ kind: "show", seq, question }))
    const text = await inTime(asked, withinMs, this.clock)
    return text === null ? null : (JSON.parse(text) as Shown[Q["of"]])
  }

  /** Stores a change of files or batches, and resolves with its result when it is on disk. @throws {GatewayError} as `submit` */
  async store<Kind extends BatchChangeKind>(change: ChangeOf<Kind>): Promise<Results[Kind]> {
    return JSON.parse(await this.ask<string>((seq) => this.send({ kind: "batches", seq, change } as ToEngine)))
  }

  /** Carries out an order about webhooks. @throws {GatewayError} as `cancel`, and what cannot be done: see webhookorders.ts */
  async order<Order extends WebhookOrder>(order: Order): Promise<WebhookAnswers[Order["do"]]> {
    return JSON.parse(await this.ask<string>((seq) => this.send({ kind: "webhooks", seq, order })))
  }

  /** Tells the engine that the database is damaged. */
  reportDamage(detail: string): void {
    this.send({ kind: "damaged", detail })
  }

  /** How long ago the last message of the engine came: it sends one every second. */
  silentMs(): number {
    return this.clock.now() - this.heardAt
  }

  /** Refuses submits from now on. Resolves when every running call has finished or its job is back in the queue. */
  drain(graceMs: number): Promise<{ released: number }> {
    this.isDraining = true
    this.send({ kind: "drain", graceMs })
    return this.drained.promise
  }

  private send(message: ToEngine, transfer: ArrayBuffer[] = []): void {
    this.worker.postMessage(message, transfer)
  }

  private refuseWhileDraining(): void {
    if (!this.isDraining) return
    throw new GatewayError("shutting_down", "the gateway is shutting down: send the request again in a moment", {
      retryAfter: 5,
    })
  }

  /** Sends a message that the engine answers by its sequence number. */
  private ask<T extends Answer>(send: (seq: number) => void): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    this.waiting.set(++this.seq, { resolve: resolve as (answer: Answer) => void, reject })
    send(this.seq)
    return promise
  }

  private settle(seq: number) {
    const entry = this.waiting.get(seq)
    this.waiting.delete(seq)
    return entry
  }

  private receive(message: FromEngine): void {
    this.heardAt = this.clock.now()
    this.events.onNews()
    if (typeof message === "string") {
      for (const seq of message.split(",")) this.settle(Number(seq))?.resolve(null)
      return
    }
    switch (message.kind) {
      case "started":
        this.started.resolve(message)
        break
      case "replayed":
        this.settle(message.seq)?.resolve(message.id)
        break
      case "shown":
        this.settle(message.seq)?.resolve(message.text)
        break
      case "changed":
        this.settle(message.seq)?.resolve(message)
        break
      case "refused":
        this.settle(message.seq)?.reject(toRefusal(message))
        break
      case "pieces":
        this.uploads.stored(message.id, message.seq)
        break
      case "pieceRefused":
        this.uploads.refused(message.id, toRefusal(message))
        break
      case "ended":
        for (const id of message.ids) {
          this.streams.forget(id)
          this.answered.delete(id)
          this.watchers.notify(id)
        }
        break
      case "logged":
        this.logs.take(message.added)
        break
      case "news":
        this.followers.tell(JSON.parse(message.text) as News)
        break
      case "pulse":
        this.reportedTrouble = message.trouble
        // Their ends are stored later, and until then they are what the store says.
        if (message.trouble !== null) this.answered.clear()
        break
      case "readings":
        this.reading?.resolve(message.readings)
        this.reading = null
        break
      case "over":
        this.events.onOver(message)
        break
      case "filesExpired":
        this.events.onFilesExpired?.(message.ids)
        break
      case "channel":
        this.streams.connect(message.port)
        break
      case "drained":
        this.isDrained = true
        // No job will end any more: waiting requests must not delay the stop.
        this.watchers.notifyAll()
        this.followers.tell(null)
        this.drained.resolve(message)
        break
    }
  }
}
