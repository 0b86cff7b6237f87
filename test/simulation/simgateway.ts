// One process of a gateway among several: the real code that decides when it may run the jobs, and the real writer of the store, on the
// model of the server. A gateway that is killed, stopped or taken over from begins again as another of these.
import { join } from "node:path"
import type { Gateways } from "../../src/jobs/gateways.ts"
import type { Connection } from "../../src/jobs/postgres/pgdriver.ts"
import { createGateways } from "../../src/jobs/postgres/pggateways.ts"
import { createWriter, type Writer } from "../../src/jobs/postgres/pgwriter.ts"
import type { Store, Change as StoreChange } from "../../src/jobs/store.ts"
import { StoreError } from "../../src/jobs/storeerror.ts"
import { createLog } from "../../src/log.ts"
import type { Change } from "./changes.ts"
import { DrainedTimeline } from "./drainedtimeline.ts"
import type { Process } from "./process.ts"
import { type Line, READ, type ServerModel, TURN } from "./servermodel.ts"

/** What is asked of the store in the middle of a call by the simulated thread, which does not wait. */
const AT_ONCE = "requestPiece"

export class SimGateway {
  readonly line: Line = { isFrozen: false, isHeld: false, isCut: false, isDead: false, arrived: [] }
  /** Of what takes over and writes: the engine has a clock of its own, so that its timers can be counted. */
  readonly clock: DrainedTimeline
  /** Once it runs the jobs. */
  process: Process | null = null
  /** The attempts whose start it has stored, as `jobId attempt`. */
  readonly claimed = new Set<string>()
  /** Whether another has taken over, as it knows. */
  isReplaced = false
  isLeaving = false
  hasLeft = false
  wasCut = false
  /** When it goes on, and when the server can be reached again. */
  thawAt = Number.POSITIVE_INFINITY
  mendAt = Number.POSITIVE_INFINITY
  problem: unknown = null
  readonly gateways: Gateways
  /** What the world does with the changes of a turn of its. */
  onCommit: (changes: Change[]) => void = () => {}
  /** How many of its turns have no answer. */
  turnsOut = 0
  /** How much time has passed while it was frozen. */
  behindMs = 0

  /** @param hooks `onTurn` is called when it may run the jobs and has the lock: makes the process. `onStored`: before a turn is stored */
  constructor(
    readonly place: number,
    readonly id: string,
    now: number,
    private readonly server: ServerModel,
    private readonly hooks: {
      onTurn(gateway: SimGateway, store: Store): Process
      onStored(gateway: SimGateway, changes: readonly StoreChange[]): void
    },
  ) {
    this.clock = new DrainedTimeline(now)
    this.gateways = createGateways({
      url: "",
      connect: this.connect,
      clock: this.clock,
      log: createLog({ level: "error", style: "json", now: this.clock.now, write: () => {} }),
      steady: this.clock.now,
      id,
      // Each has another, which must be there.
      directory: join(import.meta.dir, "../".repeat(place)),
      shareKeys: async () => {},
    })
    void this.run().catch((error) => {
      this.problem = error
    })
  }

  get canAct(): boolean {
    return !this.line.isFrozen && !this.line.isDead
  }

  leave(): void {
    this.isLeaving = true
    void this.gateways.leave().then(() => {
      this.hasLeft = true
    })
  }

  /** Lets time pass. */
  advance(ms: number, how: "advance" | "jump"): void {
    for (const clock of [this.clock, this.process?.clock]) clock?.[how](ms)
    this.clock.step()
  }

  /** As the program does: see standby.ts. */
  private async run(): Promise<void> {
    const me = { address: `http://gateway:${this.place}`, version: "1" }
    if (!(await this.gateways.tryTurn(me.version))) await this.gateways.awaitTurn(me, () => {})
    let process: Process | null = null
    const writer = createWriter({
      url: "",
      connect: this.connect,
      clock: this.clock,
      gateway: this.id,
      onLoss: (message) => {
        if (process === null) this.isReplaced = true
        else process.loss = { reason: "in_use", message, isDatabaseThere: true }
      },
      onTrouble: (error) => process?.engine.storeFailed(error),
      onUndo: () => {},
    })
    const store = this.createStore(writer)
    try {
      await store.nextDeadline()
    } catch {
      // The program ends, and is started again.
      this.isReplaced = true
      return
    }
    process = this.hooks.onTurn(this, store)
    this.process = process
    this.gateways.begin(me, () => true, {
      onReplaced: () => {
        this.isReplaced = true
      },
      onOutdated: (why) => {
        throw new Error(why)
      },
    })
  }

  private readonly connect = (_: string, name = ""): Promise<Connection> => this.server.connect(this.line, name)

  private createStore(writer: Writer): Store {
    const { server } = this
    const functions = Object.entries<(...args: never[]) => unknown>(server.store as never).map(([name, call]) => {
      const read = async (...args: never[]) => {
        await writer.ask(READ)
        return call(...args)
      }
      return [name, name === AT_ONCE ? call : read]
    })
    return {
      ...(Object.fromEntries(functions) as Store),
      remains: () =>
        writer.askPatiently(async () => {
          await writer.ask(READ)
          return server.store.remains()
        }),
      turn: async (now, changes) => {
        const turn = {
          now,
          changes,
          results: null as unknown[] | null,
          begin: () => this.hooks.onStored(this, changes),
        }
        this.turnsOut++
        await writer.transact(({ ask }) => ask(TURN, [server.put(turn)])).finally(() => this.turnsOut--)
        if (turn.results === null) throw new StoreError("corrupt", "", "a turn is answered that was not stored")
        return turn.results
      },
      close: () => writer.close(),
    }
  }
}
