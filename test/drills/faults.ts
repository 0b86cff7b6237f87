// What happens to the gateways, or to their database, while clients use them.
import type { Gateway } from "../harness.ts"
import { findNoDisk, findNoPooler, openPair, openPooled, openSmallLog, openSmallTables, type Stage } from "./scenes.ts"
import { findNoShim, type Site } from "./site.ts"

export interface Fault {
  name: string
  /** Why this machine cannot have it; null: it can. */
  findObstacle?(): string | null
  /** Where it happens; by default at the one server of all drills. */
  stage?: Stage
  /** The gateways that reach the database by way of a relay. */
  relayed: readonly number[]
  /** How long the relay takes in each direction. */
  delayMs?: number
  /** How far the clocks of the gateways are from the true one. */
  clocksMs?: readonly number[]
  /** How long a client waits for an answer. */
  clientMs: number
  /** Whether nobody can be answered while it lasts. */
  isOutage: boolean
  /** Whether somebody must be refused while it lasts: else it has not happened. */
  isRefusing?: boolean
  /** Does it, up to the point where all is whole again. @param struck called as soon as it has happened */
  strike(site: Site, struck: () => Promise<void>): Promise<void>
}

/** Longer than a gateway keeps a request while none runs the jobs. */
const CLIENT_MS = 30_000
/** Of a gateway that is frozen a client gets nothing. */
const FROZEN_CLIENT_MS = 6000
const FROZEN_MS = 10_000
const CUT_MS = 8000
const FULL_MS = 10_000
/** How long it takes to find out that a primary has ended. */
const PROMOTE_MS = 3000
const HELD_S = 60
/** When a gateway that has ended is started again. */
const AGAIN_MS = 2000

/** The place in `Site.gateways` of the one that runs the jobs when a round begins, and of one that waits. */
const RUNS = 0
const WAITS = 1

const ALL = [RUNS, WAITS, 2]

const plain = { relayed: [], clientMs: CLIENT_MS, isOutage: false }
const slow = { ...plain, relayed: ALL, delayMs: 25 }
const full = { ...plain, findObstacle: findNoDisk, isOutage: true, isRefusing: true }
const shifted = { ...plain, findObstacle: findNoShim }
const pooled = { ...plain, findObstacle: findNoPooler, stage: openPooled }
const AHEAD_MS = 300_000

export const faults: readonly Fault[] = [
  { name: "kill", ...plain, strike: kill },
  { name: "stop", ...plain, strike: (site, struck) => end(site, RUNS, "SIGTERM", struck) },
  { name: "freeze", ...plain, clientMs: FROZEN_CLIENT_MS, strike: freeze },
  { name: "cut", ...plain, relayed: [RUNS], strike: cut },
  { name: "killwaiting", ...plain, strike: (site, struck) => end(site, WAITS, "SIGKILL", struck) },
  { name: "cutwaiting", ...plain, relayed: [WAITS], strike: cut },
  { name: "cutall", ...plain, relayed: ALL, isOutage: true, strike: cut },
  { name: "stallall", ...plain, relayed: ALL, isOutage: true, strike: stall },
  restart("restartfast", "fast", 1000),
  restart("restartimmediate", "immediate", 1000),
  restart("restartlong", "immediate", 6000),
  { name: "failover", ...plain, stage: openPair, relayed: ALL, isOutage: true, strike: failOver },
  { name: "full", ...full, stage: openSmallTables, strike: fill },
  { name: "fulllog", ...full, stage: openSmallLog, strike: fillLog },
  { name: "longtransaction", ...plain, strike: holdTransaction },
  { name: "slow", ...slow, strike: wait },
  { name: "slowkill", ...slow, strike: kill },
  { name: "clocksback", ...shifted, clocksMs: [AHEAD_MS, -AHEAD_MS, -AHEAD_MS], strike: kill },
  { name: "clocksahead", ...shifted, clocksMs: [-AHEAD_MS, AHEAD_MS, AHEAD_MS], strike: kill },
  { name: "pooledkill", ...pooled, strike: kill },
  { name: "pooledfreeze", ...pooled, clientMs: FROZEN_CLIENT_MS, strike: freeze },
]

function kill(site: Site, struck: () => Promise<void>): Promise<void> {
  return end(site, RUNS, "SIGKILL", struck)
}

async function end(site: Site, index: number, signal: NodeJS.Signals, struck: () => Promise<void>): Promise<void> {
  const { process } = site.gateways[index] as Gateway
  process.kill(signal)
  await struck()
  await Promise.all([process.exited, Bun.sleep(AGAIN_MS)])
  await site.startAgain(index)
}

async function freeze({ gateways }: Site, struck: () => Promise<void>): Promise<void> {
  const { process } = gateways[RUNS] as Gateway
  process.kill("SIGSTOP")
  await struck()
  await Bun.sleep(FROZEN_MS)
  process.kill("SIGCONT")
}

async function cut({ relay }: Site, struck: () => Promise<void>): Promise<void> {
  relay.setOpen(false)
  await struck()
  await Bun.sleep(CUT_MS)
  relay.setOpen(true)
}

/** The network carries nothing, and no side is told. */
async function stall({ relay }: Site, struck: () => Promise<void>): Promise<void> {
  relay.setStalled(true)
  await struck()
  await Bun.sleep(CUT_MS)
  relay.setStalled(false)
}

/** The primary ends without a word, and its standby takes its place. */
async function failOver(site: Site, struck: () => Promise<void>): Promise<void> {
  const { cluster, standby } = site.scene
  if (standby === null) throw new Error("there is no standby")
  await cluster.stop("immediate")
  await struck()
  await Bun.sleep(PROMOTE_MS)
  await standby.run("SELECT pg_promote()")
  site.moveTo(standby)
}

async function fill({ scene }: Site, struck: () => Promise<void>): Promise<void> {
  scene.room?.fill()
  await struck()
  await Bun.sleep(FULL_MS)
  scene.room?.empty()
}

/** Without room for its log the server ends. Whoever watches over it starts it again. */
async function fillLog(site: Site, struck: () => Promise<void>): Promise<void> {
  await fill(site, struck)
  await site.scene.cluster.stop("immediate")
  await site.scene.cluster.start()
}

/** Somebody reads in a transaction that does not end: no row that was changed or deleted since can be removed. */
async function holdTransaction(site: Site, struck: () => Promise<void>): Promise<void> {
  const held = site.ask(
    `BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM asyncgate.jobs; SELECT pg_sleep(${HELD_S}); COMMIT`,
  )
  await struck()
  await held
}

async function wait(_site: Site, struck: () => Promise<void>): Promise<void> {
  await struck()
  await Bun.sleep(CUT_MS)
}

function restart(name: string, mode: "fast" | "immediate", awayMs: number): Fault {
  return {
    ...{ name, ...plain, isOutage: true },
    async strike({ scene: { cluster } }, struck) {
      const stopped = cluster.stop(mode)
      await struck()
      await stopped
      await Bun.sleep(awayMs)
      await cluster.start()
    },
  }
}
