// A gateway whose database another gateway uses: until it takes over, its HTTP server passes requests on to that one.
import { hostname } from "node:os"
import { version } from "../package.json" with { type: "json" }
import { inTime } from "./clock.ts"
import { type Config, isLoopback } from "./config/load.ts"
import type { EngineClient } from "./http/engineclient.ts"
import { createForwarder, type ForwarderOptions } from "./http/forwarder.ts"
import { listen } from "./http/listen.ts"
import { type Gateways, LEASE_MS, type Member, type Runner, type RunnerEvents } from "./jobs/gateways.ts"
import type { StopSignals } from "./process/signals.ts"

/** How often the keys are compared with those of the others. */
const SHARE_MS = 1000
/** How long a takeover takes, with the start of the gateway. */
const TAKEOVER_MS = 8000

export interface Standby {
  /** Leaves the port to the gateway's own server. @returns its number */
  free(): number
  /** That server listens: requests that are still kept go there. */
  finish(url: string): void
}

/**
 * Resolves when this gateway may run the jobs.
 * @param onListening called with the address, where this gateway has to wait; `onStopped`: when it was asked to stop meanwhile
 * @returns null: it has not waited
 */
export async function standBy(
  gateways: Gateways,
  config: Config<unknown>,
  given: Omit<ForwarderOptions, "keptMs" | "takeoverMs">,
  signals: StopSignals,
  { onListening, onStopped }: { onListening(url: string): void; onStopped(): void },
): Promise<Standby | null> {
  if (await gateways.tryTurn(version)) return null
  const { log, clock } = given
  const graceMs = config.client.shutdown_grace_in_seconds * 1000
  const { app, direct, refuseAll, end } = createForwarder({
    ...given,
    keptMs: graceMs + TAKEOVER_MS,
    takeoverMs: TAKEOVER_MS,
  })
  const url = listen(app, config)
  let isWaiting = true
  void signals.asked.then(async () => {
    if (!isWaiting) return
    log.info("stopping: requests under way may finish; a second signal stops at once")
    end()
    await gateways.leave()
    await inTime(app.stop(), graceMs, clock)
    onStopped()
  })
  log.info("another gateway runs the jobs of this database: requests are passed on to it, until this one takes over")
  onListening(url)
  const stopSharing = clock.every(SHARE_MS, () => void gateways.shareKeys())
  let known: string | null = null
  await gateways.awaitTurn(describeMember(config, url), (runner, isUnnamed) => {
    const address = runner === null ? null : findWay(runner)
    if (address !== known && address !== null) log.info("requests are passed on", { to: address })
    known = address
    if (isUnnamed) refuseAll(UNNAMED)
    else if (runner !== null && address === null) refuseAll(describeDetour(runner))
    else direct(address)
  })
  isWaiting = false
  stopSharing()
  log.info("this gateway takes over: the one before has ended, or has been silent for too long")
  return {
    free() {
      void app.server?.stop()
      return Number(new URL(url).port)
    },
    finish(own) {
      end()
      direct(own)
    },
  }
}

const UNNAMED =
  "the jobs of this database are run by a gateway of a version that others cannot pass requests on to: use its own address, or stop it"

function describeDetour({ address }: Runner): string {
  return `the gateway that runs the jobs is on another machine, and says that it is at ${address}, which is here: start it with --host, or name its address in database.advertised_url of its config.json`
}

/** Tells the others that this gateway runs the jobs now, until another has taken over. */
export function runJobs(
  gateways: Gateways,
  config: Config<unknown>,
  url: string,
  engine: Pick<EngineClient, "silentMs">,
  on: RunnerEvents,
): void {
  // An engine that is silent is taken over from, although its HTTP server works.
  const isAlive = () => engine.silentMs() < LEASE_MS
  gateways.begin(describeMember(config, url), isAlive, on)
}

/** What this gateway says of itself to the others. */
function describeMember({ host, advertisedUrl }: Config<unknown>, url: string): Member {
  const isEverywhere = host === "0.0.0.0" || host === "::"
  const address = isEverywhere ? `http://${hostname()}:${new URL(url).port}` : url
  return { address: advertisedUrl ?? address, version }
}

/** Null: from here its address leads elsewhere. */
function findWay({ address, isHere }: Runner): string | null {
  return !isHere && isLoopback(new URL(address).hostname.replace(/^\[|\]$/g, "")) ? null : address
}
