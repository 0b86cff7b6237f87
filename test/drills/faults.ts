// What happens to the gateways, or to their database, while clients use them.
import type { Gateway } from "../harness.ts"
import type { Site } from "./site.ts"

export interface Fault {
  name: string
  /** The gateway that reaches the database by way of a relay; null: none does. */
  relayed: number | null
  /** How long a client waits for an answer. */
  clientMs: number
  /** Whether nobody can be answered while it lasts. */
  isOutage: boolean
  /** Does it, up to the point where all is whole again. @param struck called as soon as it has happened */
  strike(site: Site, struck: () => Promise<void>): Promise<void>
}

/** Longer than a gateway keeps a request while none runs the jobs. */
const CLIENT_MS = 30_000
/** Of a gateway that is frozen a client gets nothing. */
const FROZEN_CLIENT_MS = 6000
const FROZEN_MS = 10_000
const CUT_MS = 8000
/** When a gateway that has ended is started again. */
const AGAIN_MS = 2000

/** The place in `Site.gateways` of the one that runs the jobs when a round begins, and of one that waits. */
const RUNS = 0
const WAITS = 1

const plain = { relayed: null, clientMs: CLIENT_MS, isOutage: false }

export const faults: readonly Fault[] = [
  { name: "kill", ...plain, strike: (site, struck) => end(site, RUNS, "SIGKILL", struck) },
  { name: "stop", ...plain, strike: (site, struck) => end(site, RUNS, "SIGTERM", struck) },
  { name: "freeze", ...plain, clientMs: FROZEN_CLIENT_MS, strike: freeze },
  { name: "cut", ...plain, relayed: RUNS, strike: cut },
  { name: "killwaiting", ...plain, strike: (site, struck) => end(site, WAITS, "SIGKILL", struck) },
  { name: "cutwaiting", ...plain, relayed: WAITS, strike: cut },
  restart("restartfast", "fast", 1000),
  restart("restartimmediate", "immediate", 1000),
  restart("restartlong", "immediate", 6000),
]

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
  relay?.setOpen(false)
  await struck()
  await Bun.sleep(CUT_MS)
  relay?.setOpen(true)
}

function restart(name: string, mode: "fast" | "immediate", awayMs: number): Fault {
  return {
    ...{ name, ...plain, isOutage: true },
    async strike({ cluster }, struck) {
      const stopped = cluster.stop(mode)
      await struck()
      await stopped
      await Bun.sleep(awayMs)
      await cluster.start()
    },
  }
}
