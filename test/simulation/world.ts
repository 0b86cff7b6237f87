// The world of a script: a disk, a clock, callers, and one process of the gateway after the other.

import type { BatchChange } from "../../src/engine/threads/protocol.ts"
import { IDS_PER_MS } from "../../src/jobs/ids.ts"
import type { NewJob, State } from "../../src/jobs/job.ts"
import { isCallerKey } from "../../src/providers/keys.ts"
import { readWebhookId } from "../../src/webhooks/webhook.ts"
import { NOON, newJob } from "../factory.ts"
import { Timeline } from "../timeline.ts"
import { changeBatch } from "./batchsteps.ts"
import { processEnded, reported } from "./calls.ts"
import { Disk } from "./disk.ts"
import { sendEvents, takeEventStep } from "./eventsteps.ts"
import { Ledger, type Several } from "./ledger.ts"
import { LAST_PIECE, Process } from "./process.ts"
import { chooseKey, findSettings, models, owners, providerNames } from "./settings.ts"
import { type Ending, makeOutcome, makePostOutcome, type Step } from "./steps.ts"
import type { OutCall, Thread } from "./threads.ts"

/** The jobs of a batch are kept longer than a script lasts, as the program keeps them until the results are written. */
const BATCH_TTL_MS = 60 * 86_400_000

type Taking<What extends Step["do"]> = Extract<Step, { do: What }>

export class World {
  readonly ledger: Ledger
  readonly disk = new Disk()
  process!: Process
  /** The ids of all jobs, in the order of their submits. */
  readonly ids: string[] = []
  private seq = 0
  private idTime = 0
  private chance = 1
  /** The configuration of the next start. */
  protected variant = 0
  private backMs = 0

  /** @param trace called with every event. A crash then comes at once, because the number of effects differs between versions. */
  constructor(private readonly trace?: (event: unknown) => void) {
    this.ledger = new Ledger(() => this.now(), trace)
    this.begin()
  }

  /** Whether the engine waits for the answer of the store, so that it does not know what is on disk. */
  get isTurnOut(): boolean {
    return false
  }

  /** Takes one step. @throws when an invariant is violated */
  take(step: Step): void {
    this.watchOver(() => this.act(step))
  }

  /** Runs a part of the script. If the process dies in the middle, the next one starts. @throws as `take` */
  watchOver(part: () => void): void {
    try {
      part()
    } catch (error) {
      if (!this.process.fuse.isBlown) throw error
    }
    if (!this.process.fuse.isBlown) this.ledger.events.checkFollowers()
    while (this.process.fuse.isBlown || this.process.isDrained) this.restart()
    this.sendArrived()
    this.complain()
  }

  /** @throws when an invariant was violated */
  complain(): void {
    if (this.ledger.problem !== null) throw new Error(this.ledger.problem)
  }

  /** Ends all faults of a world with several gateways. */
  settleDown(): void {}

  dispose(): void {
    this.disk.dispose()
  }

  finish(call: OutCall, ending: Ending): void {
    const { ledger } = this
    const made = makeOutcome(ledger.isSendable(call) ? ending : { as: "unreached", reason: "misconfigured" }, call)
    const outcome = call.answer?.describeEnd(made) ?? made
    // The job may be removed on disk already, and the engine not know.
    const isGone = this.isTurnOut && ledger.jobs.get(call.jobId)?.row === null
    const isRead = call.form !== null && call.step === "start" && !isGone
    if (isRead && call.thread.readForm(call) !== call.jobId + call.jobId) {
      ledger.fail(`attempt ${call.attempt} of ${call.jobId} goes out with another form`)
    }
    // The last events of an answer come right before its outcome.
    if (outcome.kind === "answered") sendEvents(this, call, call.answer?.finish() ?? null)
    reported(ledger, call, outcome)
    this.process.isOver(call)
    call.thread.answer(call, outcome)
  }

  submit(step: Taking<"submit">): void {
    const model = pick(models, step.model) ?? ""
    const provider = this.ledger.providers.get(pick(providerNames, step.provider) ?? "")
    const keyChoice = provider ? chooseKey(provider, model, step.key) : null
    // The HTTP server would refuse this job.
    if (!provider || keyChoice === null || this.process.isDraining) return
    const id = this.newId()
    const now = this.process.clock.now()
    // What is logged is a response in the background, which is JSON and no line of a batch.
    const batch = step.isLogged ? null : this.findBatch(step.batch)
    const isForm = step.isForm && batch === null && !step.isLogged
    const isKeyless = step.idempotencyKey === null || batch !== null
    const form = { contentType: "multipart/form-data", bytes: 2 * id.length, edits: [] }
    const fallbacks = step.fallbacks.map((index) => ({ provider: pick(providerNames, index), model }))
    const job = newJob({
      id,
      requestType: step.isLogged ? "responses" : step.isSpeech ? "speech" : "chat_completion",
      owner: pick(owners, step.owner) ?? "",
      provider: provider.name,
      model,
      createdAt: now,
      deadlineAt: now + step.deadlineMs,
      ttlMs: batch === null ? step.ttlMs : BATCH_TTL_MS,
      batch,
      batchLine: batch === null ? null : this.ledger.batches.chooseLine(batch),
      priority: step.priority,
      keyChoice,
      lossRetries: step.lossRetries,
      webhook: step.webhook,
      body: isForm ? null : JSON.stringify({ id }),
      extras: step.isLogged ? JSON.stringify({ asksForStream: true, isLogged: true }) : null,
      form: isForm ? JSON.stringify(form) : null,
      fallbacks: fallbacks.length === 0 ? null : JSON.stringify(fallbacks),
      secret: isCallerKey(keyChoice) ? Buffer.from("own").toString("base64") : null,
      idempotencyKey: isKeyless ? null : `${step.owner} ${step.idempotencyKey}`,
      bodyDigest: isKeyless ? null : `${step.body}`,
    })
    if (isForm) {
      this.process.arriving.set(id, job)
      for (const seq of [0, LAST_PIECE]) this.process.engine.upload(id, seq, Buffer.from(id))
    } else this.send(job)
  }

  /** Sends a change of files and batches. @param line as `batch line`, where the change is of a line */
  askBatch(change: BatchChange, line = ""): void {
    this.ledger.requests.set(++this.seq, { kind: "batch", id: line })
    this.process.engine.changeBatch(this.seq, change)
  }

  // The steps.

  protected act(step: Step): void {
    const { ledger, process } = this
    switch (step.do) {
      case "submit":
        this.submit(step)
        break
      case "turn":
        process.clock.step()
        break
      case "finish": {
        const call = pick([...ledger.out.values()], step.call)
        if (call) this.finish(call, step.ending)
        break
      }
      case "late":
        this.answerLate(pick(process.over, step.call), step.ending)
        break
      case "die":
        this.die(pick(process.threads, step.thread))
        break
      case "cancel":
      case "leave":
      case "remove":
        this.end(step.do, this.ids.at(-1 - step.job))
        break
      case "cancelSome":
      case "removeSome":
        this.changeSome(step)
        break
      case "watch":
        this.watch(this.ids.at(-1 - step.job) ?? "no such job")
        break
      case "abandon":
        this.abandon(step.isDiscarded)
        break
      case "advance":
        process.clock.advance(step.ms)
        break
      case "jump":
        process.clock.jump(step.ms)
        break
      case "crash":
        this.crash(step)
        break
      case "restart":
        if (process.isDraining) break
        this.variant = step.settings
        process.drain(step.graceMs)
        break
      case "trouble":
        this.disk.take(step.with)
        break
      case "receive": {
        const id = pick([...ledger.webhooks.out.keys()], step.webhook)
        if (id !== undefined) ledger.webhooks.receive(id, makePostOutcome(step))
        break
      }
      case "batch":
        if (!process.isDraining) changeBatch(this, step)
        break
      case "events":
      case "follow":
        takeEventStep(this, step)
        break
      case "dieSender":
        process.sender?.die()
        break
      case "order":
        this.order(step)
    }
  }

  /** The number of one of the batches whose lines are run. */
  private findBatch(nth: number | null): number | null {
    if (nth === null) return null
    const running = [...this.ledger.batches.rows.values()].filter(({ status }) => status === "in_progress")
    return running.at(-1 - nth)?.number ?? null
  }

  private end(how: "cancel" | "leave" | "remove", id: string | undefined): void {
    if (id === undefined) return
    this.ledger.requests.set(++this.seq, { kind: how === "leave" ? "cancel" : how, id })
    this.process.engine[how](this.seq, id)
  }

  private changeSome({ do: how, nth, isStarted }: Taking<Several>): void {
    const ids = this.ids.filter((_, at) => at % nth === 0).slice(-500)
    const states: State[] | null = isStarted === null ? null : isStarted ? ["queued", "running", "waiting"] : ["queued"]
    const only = { states, isStarted }
    this.ledger.changesSome(++this.seq, how, ids, only)
    this.process.engine[how](this.seq, ids, only)
  }

  private watch(id: string): void {
    this.ledger.watched.add(id)
    this.process.engine.watch(id)
  }

  private abandon(isDiscarded: boolean): void {
    const { engine, isDraining } = this.process
    if (isDraining) return
    const id = this.newId()
    engine.upload(id, 0, Buffer.from(id))
    if (isDiscarded) engine.discard(id)
  }

  private order({ order, nth }: Taking<"order">): void {
    const { webhooks } = this.ledger
    const number = pick([...webhooks.endpoints.keys()], nth) ?? 0
    const id = [...webhooks.deliveries.keys()].at(-1 - nth)
    const delivery = id === undefined ? null : readWebhookId(id)
    if (order === "redeliver" && (id === undefined || delivery === null)) return
    this.ledger.requests.set(++this.seq, { kind: "order", id: id ?? "" })
    if (order === "redeliver" && id !== undefined && delivery !== null) {
      webhooks.ask(id, 1)
      this.process.engine.order(this.seq, { do: "redeliver", delivery })
    } else if (order === "rotate") this.process.engine.order(this.seq, { do: "rotate", number, keepsPreviousMs: 1000 })
    else if (order === "remove") this.process.engine.order(this.seq, { do: "remove", number })
    else this.process.engine.order(this.seq, { do: "change", number, settings: { disabled: order === "disable" } })
  }

  private answerLate(call: OutCall | undefined, ending: Ending): void {
    // An attempt that has started an upstream job also polls it: the poll would be answered instead.
    if (!call || this.ledger.out.has(`${call.jobId} ${call.attempt}`)) return
    call.thread.answer(call, makeOutcome(ending, call))
  }

  private die(thread: Thread | undefined): void {
    for (const call of [...this.ledger.out.values()]) {
      if (call.thread === thread) reported(this.ledger, call, { kind: "unreached", reason: "crashed", message: "" })
    }
    thread?.die()
  }

  private crash({ after, backMs }: Taking<"crash">): void {
    const { fuse } = this.process
    this.backMs = backMs
    fuse.left = this.trace ? 0 : after
    if (fuse.left === 0) fuse.burn()
  }

  private send(job: NewJob): void {
    this.ids.push(job.id)
    this.ledger.submitted(++this.seq, job)
    this.process.engine.submit(this.seq, job)
  }

  /** Submits the jobs of forms whose pieces are all on disk. */
  protected sendArrived(): void {
    const { arrived, isDraining } = this.process
    for (const job of arrived.splice(0)) if (!isDraining) this.send(job)
  }

  /** Makes ids like `createJobIds`: they rise whatever the clock does. A counter replaces the random bits. */
  newId(): string {
    this.idTime = Math.max(this.idTime, this.process.clock.now())
    const time = this.idTime.toString(16).padStart(12, "0")
    const counter = (++this.seq % IDS_PER_MS).toString(16).padStart(3, "0")
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}-8000-${String(this.seq).padStart(12, "0")}`
  }

  // One process after the other.

  private restart(): void {
    const { fuse, clock } = this.process
    if (!fuse.isBlown) this.process.checkStopped()
    this.complain()
    this.process = new Process(this.ledger, this.disk, new Timeline(clock.now() - this.backMs, true))
    processEnded(this.ledger, this.backMs)
    this.backMs = 0
    try {
      this.start()
    } catch (error) {
      if (!this.process.fuse.isBlown) throw error
    }
  }

  protected begin(): void {
    this.process = new Process(this.ledger, this.disk, new Timeline(NOON, true))
    this.start()
  }

  /** The time by which the rows and the calls are checked. */
  protected now(): number {
    return this.process.clock.now()
  }

  protected start(): void {
    const providers = findSettings(this.variant)
    this.ledger.providers = new Map(providers.map((provider) => [provider.name, provider]))
    this.process.start(providers, this.variant, () => this.random())
  }

  /** Park and Miller's generator, which gives the same numbers in every world. */
  private random(): number {
    this.chance = (this.chance * 48_271) % 2_147_483_647
    return this.chance / 2_147_483_647
  }
}

/** The item at an index, or the last one if there are fewer; undefined where there is none. */
function pick<T>(list: readonly T[], index: number): T | undefined {
  return list[Math.min(index, list.length - 1)]
}
