// A world with several gateways on one server: one runs the jobs, the others take over. Their clocks differ, gateways are killed,
// stopped, frozen and cut off, and the answers of commits are late or lost.
import { drainMicrotasks } from "bun:jsc"
import type { Store } from "../../src/jobs/store.ts"
import { processEnded } from "./calls.ts"
import type { Change } from "./changes.ts"
import { DrainedTimeline } from "./drainedtimeline.ts"
import { Fuse } from "./fuse.ts"
import type { GatewayStep } from "./gatewaysteps.ts"
import { Process } from "./process.ts"
import { Remnant } from "./remnant.ts"
import { ServerModel } from "./servermodel.ts"
import { SimGateway } from "./simgateway.ts"
import { makeOutcome } from "./steps.ts"
import { World } from "./world.ts"

/** So finely the clocks of all gateways go on side by side: finer than their beats. */
const SLICE_MS = 125
/** By how much the clocks of the gateways differ from that of the server. */
const SKEWS_MS = [0, 300_000, -300_000, 97_000, -1300]
/** Longer than any takeover takes where nothing disturbs it. */
const TAKEOVER_MS_MAX = 12_000
const STOP_MS = 1000

type Taking<What extends GatewayStep["do"]> = Extract<GatewayStep, { do: What }>

export class GatewayWorld extends World {
  private readonly server: ServerModel
  private gateways: SimGateway[] = []
  /** The one that runs the jobs, or did so last. */
  private runner: SimGateway | null = null
  private lives = 0
  /** Whose turn is being stored. */
  private committing: SimGateway | null = null
  /** The attempts that were running when the last takeover was, as `jobId attempt`: only they may be interrupted. */
  private orphans = new Set<string>()

  constructor(count: number, trace?: (event: unknown) => void) {
    super(trace)
    const store = this.disk.open(new Fuse(), (changes) => this.committed(changes))
    this.server = new ServerModel(store, (problem) => this.ledger.fail(problem))
    for (let place = 0; place < count; place++) this.gateways.push(this.makeGateway(place))
    this.awaitRunner()
  }

  override take(step: GatewayStep): void {
    this.watchOver(() => this.go(step))
  }

  override watchOver(part: () => void): void {
    part()
    drainMicrotasks()
    this.sweep()
    if (this.isUp()) this.sendArrived()
    drainMicrotasks()
    this.complain()
  }

  override get isTurnOut(): boolean {
    return !this.isUp() || this.runner?.line.isCut === true || this.runner?.turnsOut !== 0
  }

  /** Ends all faults, so that one gateway runs undisturbed. @throws as `take` */
  override settleDown(): void {
    for (const gateway of this.gateways) {
      gateway.line.isCut = false
      if (gateway.line.isFrozen) this.thaw(gateway)
    }
    this.pass(TAKEOVER_MS_MAX)
    this.awaitRunner()
    this.server.isQuick = true
    this.server.answerAll()
    drainMicrotasks()
    this.complain()
  }

  /** The first gateway begins when the server is there. */
  protected override begin(): void {}

  protected override now(): number {
    return this.server.turnNow ?? this.process.clock.now()
  }

  private go(step: GatewayStep): void {
    switch (step.do) {
      case "gateway":
        this.befall(step)
        break
      case "commit":
        if (this.runner === null) break
        if (step.isAnswered) this.server.answerAll()
        else this.server.apply(this.runner.line)
        drainMicrotasks()
        break
      case "finishOld":
        this.finishOld(step)
        break
      case "advance":
        this.pass(step.ms)
        break
      case "jump":
        this.jump(step.ms)
        break
      case "submit":
        if (this.isUp()) this.act({ ...step, isLogged: false })
        break
      default:
        if (this.isUp()) this.act(step)
    }
  }

  /** Whether the gateway that runs the jobs can be asked. */
  private isUp(): boolean {
    return this.runner?.canAct === true && this.runner.process?.remnant === null
  }

  // What befalls gateways.

  private befall({ of, befalls, forMs, isApplied, isNoticed }: Taking<"gateway">): void {
    const others = this.gateways.filter((gateway) => gateway !== this.runner)
    const gateway = of === 0 ? this.gateways.find((one) => one === this.runner) : others[of - 1]
    if (!gateway?.canAct) return
    const { line, process } = gateway
    if (befalls === "kill") this.replace(gateway, isApplied)
    else if (befalls === "lose") this.server.lose(line, isApplied)
    else if (befalls === "freeze") {
      if (isApplied) this.server.apply(line)
      line.isHeld = !isApplied
      line.isFrozen = true
      gateway.thawAt = this.server.time + forMs
    } else if (befalls === "cut") {
      this.server.cut(line, { isApplied, isNoticed })
      gateway.wasCut = true
      gateway.mendAt = this.server.time + forMs
    } else if (process === null) gateway.leave()
    else if (process.remnant === null && !process.isDraining) process.drain(STOP_MS)
  }

  private thaw(gateway: SimGateway): void {
    this.server.thaw(gateway.line)
    gateway.advance(gateway.behindMs, "jump")
    gateway.behindMs = 0
  }

  private finishOld({ call: nth, ending }: Taking<"finishOld">): void {
    const remnants = this.gateways.flatMap(({ canAct, process }) =>
      canAct && process?.remnant ? [process.remnant] : [],
    )
    const calls = remnants.flatMap(({ out }) => [...out.values()])
    const call = calls[Math.min(nth, calls.length - 1)]
    if (!call) return
    for (const { out } of remnants) out.delete(`${call.jobId} ${call.attempt}`)
    call.thread.answer(call, makeOutcome(ending, call))
  }

  // Time passes for all gateways alike.

  private pass(ms: number): void {
    for (let left = ms; left > 0; left -= SLICE_MS) {
      this.moveOn(Math.min(left, SLICE_MS), "advance")
      this.server.answerAll()
      drainMicrotasks()
      this.sweep()
    }
  }

  /** As when all machines sleep. */
  private jump(ms: number): void {
    this.server.answerAll()
    drainMicrotasks()
    this.moveOn(ms, "jump")
  }

  private moveOn(ms: number, how: "advance" | "jump"): void {
    const { server } = this
    server.time += ms
    for (const gateway of this.gateways) {
      if (gateway.line.isFrozen) gateway.behindMs += ms
      else gateway.advance(ms, how)
      if (gateway.line.isFrozen && server.time >= gateway.thawAt) this.thaw(gateway)
      if (server.time >= gateway.mendAt) gateway.line.isCut = false
    }
  }

  /** Lets time pass until a gateway runs the jobs. */
  private awaitRunner(): void {
    for (let left = TAKEOVER_MS_MAX; !this.isUp() || this.process.isDraining; left -= SLICE_MS) {
      if (left <= 0) this.ledger.fail("no gateway takes over")
      this.complain()
      this.pass(SLICE_MS)
    }
  }

  // Gateways begin and end.

  /** Begins the gateways again that have ended. */
  private sweep(): void {
    for (const gateway of this.gateways) {
      const { process, canAct } = gateway
      if (gateway.problem !== null) this.ledger.fail(`a gateway ends with ${gateway.problem}`)
      if (!canAct) continue
      if (process?.isDrained && !gateway.isLeaving) {
        if (!gateway.wasCut && process.remnant === null) process.checkStopped()
        gateway.leave()
        drainMicrotasks()
      }
      if (gateway.hasLeft || gateway.isReplaced || process?.hasLost) this.replace(gateway, false)
    }
  }

  /** @param isApplied whether its turn that is out is stored before its connections end */
  private replace(gateway: SimGateway, isApplied: boolean): void {
    this.server.kill(gateway.line, isApplied)
    this.gateways = this.gateways.map((each) => (each === gateway ? this.makeGateway(gateway.place) : each))
  }

  private makeGateway(place: number): SimGateway {
    const now = this.server.time + (SKEWS_MS[place] ?? 0)
    return new SimGateway(place, `${place}.${++this.lives}`, now, this.server, {
      onTurn: (gateway, store) => this.run(gateway, store),
      onStored: (gateway, changes) => {
        this.committing = gateway
        this.ledger.decided(this.server.turnNow, changes)
      },
    })
  }

  /** A gateway has the lock, and begins to run the jobs. */
  private run(gateway: SimGateway, store: Store): Process {
    const { runner, ledger } = this
    const now = gateway.clock.now()
    if (runner?.process) {
      runner.process.remnant = new Remnant(ledger, runner.claimed)
      processEnded(ledger, Math.max(0, this.process.clock.now() - now))
    }
    this.orphans = new Set()
    for (const { row, job } of ledger.jobs.values()) {
      if (row?.state === "running") this.orphans.add(`${job.id} ${row.attempt}`)
    }
    const open = (_: Fuse, onCommit: (changes: Change[]) => void): Store => {
      gateway.onCommit = onCommit
      return store
    }
    this.runner = gateway
    this.process = new Process(ledger, this.disk.under(open), new DrainedTimeline(now))
    this.start()
    return this.process
  }

  /** Checks who stores a turn, and what it may. */
  private committed(changes: Change[]): void {
    const { committing: gateway, ledger } = this
    ledger.must(
      gateway === this.runner,
      () => `gateway ${gateway?.id} stores a turn, and ${this.runner?.id} has taken over`,
    )
    for (const { kind, id, state, attempt, outcome } of changes) {
      if (state === "running") gateway?.claimed.add(`${id} ${attempt}`)
      if (kind !== "attempt" || outcome !== "interrupted") continue
      const wasOut = this.orphans.delete(`${id} ${attempt}`)
      ledger.must(wasOut, () => `attempt ${attempt} of ${id} is interrupted, and was not out at the takeover`)
    }
    gateway?.onCommit(changes)
  }
}
