// The gateways of a database, each with a row that it renews. The lock alone decides who writes (see pgwriter.ts): here the others find
// out whether the one that has it still lives, and end its connections when it does not.
import { hostname } from "node:os"
import type { Clock } from "../../clock.ts"
import type { Log } from "../../log.ts"
import type { Gateways, Member, Runner } from "../gateways.ts"
import { type Asking, type Connection, connect } from "./pgdriver.ts"
import { toStoreError } from "./pgerrors.ts"
import { LOCK, nameConnection, selectHolder, TAKEOVER_LOCK } from "./pglock.ts"

type Ask = Asking["ask"]

const BEAT_MS = 500
/** How long the gateway that runs the jobs may be silent before another takes over. A stall of the machine must not pass for its end. */
export const LEASE_MS = 4000
/** How long the server may take to end connections. */
const FREED_MS = 5000
/** Rows that nobody has renewed for so long are of gateways that were killed. */
const FORGOTTEN = "1 hour"

/** What the database says of the gateway that runs the jobs. */
export interface Sight {
  /** The one that has written last; null: none has. */
  id: string | null
  address: string | null
  place: string | null
  /** How long ago it renewed its row; null: it has stopped, or has none. */
  silentMs: number | null
  /** What the connection that has the lock calls itself; null: the lock is free. */
  lockedBy: string | null
  /** Whether any connection of it is left. */
  isConnected: boolean
}

/**
 * Whether to take over. After an outage of the database all rows are old, and who was running must have time to come back: so a gateway
 * whose own connection is young waits.
 * @param connectedMs how long this gateway's connection has lasted
 */
export function mayTakeOver(sight: Sight, place: string, connectedMs: number): boolean {
  const { id, silentMs, lockedBy, isConnected } = sight
  if (id === null) return lockedBy === null
  // Another one is beginning.
  if (lockedBy !== null && lockedBy !== nameConnection(id)) return false
  // The directory is this process's now.
  if (sight.place === place) return true
  if (silentMs === null) return lockedBy === null
  if (connectedMs < LEASE_MS) return false
  return silentMs > LEASE_MS || (lockedBy === null && !isConnected)
}

const SIGHT = `SELECT last.id, gateways.address, gateways.place,
    (extract(epoch FROM clock_timestamp() - gateways.seen_at) * 1000)::float8 AS "silentMs",
    (SELECT name FROM (${selectHolder}) AS holder) AS "lockedBy",
    EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'asyncgate ' || last.id) AS "isConnected"
  FROM (SELECT max(value) AS id FROM settings WHERE name = 'gateway') AS last LEFT JOIN gateways USING (id)`

const RENEW = `INSERT INTO gateways (id, address, place, version, seen_at)
  VALUES ($1::text, $2::text, $3::text, $4::text, clock_timestamp())
  ON CONFLICT (id) DO UPDATE SET address = excluded.address, seen_at = excluded.seen_at`

export interface GatewaysOptions {
  url: string
  clock: Clock
  log: Log
  /** Milliseconds by a clock that is never set. */
  steady: () => number
  /** The name of this process in the database. */
  id: string
  /** The directory of this gateway. */
  directory: string
  shareKeys: () => Promise<void>
}

// Longer than 80 lines: one connection serves the gateway while it waits and while it runs.
export function createGateways(options: GatewaysOptions): Gateways {
  const { url, clock, log, steady, id, directory } = options
  const place = `${hostname()}:${directory}`
  let connection: Connection | null = null
  let connectedAt = 0
  let isTaking = false
  let isOver = false

  const pause = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve))

  async function open(): Promise<Ask> {
    if (connection === null || connection.isLost()) {
      connection = await connect(url, nameConnection(id))
      connectedAt = steady()
    }
    return connection.ask
  }

  async function look(ask: Ask): Promise<Sight> {
    const [sight] = await ask<Sight>(SIGHT, [LOCK])
    if (!sight) throw new Error("the database does not say who runs its jobs")
    return sight
  }

  const renew = (ask: Ask, { address, version }: Member) => ask(RENEW, [id, address, place, version])

  const mayTake = (sight: Sight) => mayTakeOver(sight, place, steady() - connectedAt)

  /** Makes room for this gateway. Only one at a time does, until it has begun. @returns whether it may begin */
  async function take(ask: Ask): Promise<boolean> {
    const [taken] = await ask<{ isHeld: boolean }>('SELECT pg_try_advisory_lock($1::bigint) AS "isHeld"', [
      TAKEOVER_LOCK,
    ])
    if (!taken?.isHeld) return false
    isTaking = true
    for (const until = steady() + FREED_MS; steady() < until; await pause(BEAT_MS / 10)) {
      const sight = await look(ask)
      // Another one has begun meanwhile.
      if (!mayTake(sight)) break
      if (sight.lockedBy === null && !sight.isConnected) {
        await ask("DELETE FROM gateways WHERE id = $1::text OR seen_at < clock_timestamp() - $2::text::interval", [
          sight.id,
          FORGOTTEN,
        ])
        return true
      }
      await ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1::text",
        [nameConnection(sight.id ?? "")],
      )
    }
    await release(ask)
    return false
  }

  async function release(ask: Ask): Promise<void> {
    if (!isTaking) return
    isTaking = false
    await ask("SELECT pg_advisory_unlock($1::bigint)", [TAKEOVER_LOCK])
  }

  /** Calls `beat` every 0.5 s until it returns true, also while the server is away. */
  async function beatUntil(beat: (ask: Ask) => Promise<boolean>): Promise<void> {
    let isAway = false
    for (; !isOver; await pause(BEAT_MS)) {
      try {
        if (await beat(await open())) return
        isAway = false
      } catch (error) {
        const { code, message } = toStoreError(error)
        if (!isAway && !isOver)
          log.warn("the other gateways cannot be told that this one lives", { code, error: message })
        isAway = true
      }
    }
  }

  return {
    async tryTurn() {
      const ask = await open()
      return mayTake(await look(ask)) && (await take(ask))
    },

    async awaitTurn(me, onRunner) {
      await beatUntil(async (ask) => {
        await renew(ask, me)
        const sight = await look(ask)
        if (mayTake(sight) && (await take(ask))) return true
        onRunner(describeRunner(sight))
        return false
      })
    },

    begin(me, isAlive, onReplaced) {
      void beatUntil(async (ask) => {
        if (isAlive()) await renew(ask, me)
        await release(ask)
        const isReplaced = (await look(ask)).id !== id
        if (isReplaced) onReplaced()
        return isReplaced
      })
    },

    shareKeys: options.shareKeys,

    async leave() {
      isOver = true
      try {
        await (await open())("DELETE FROM gateways WHERE id = $1::text", [id])
      } catch {
        // The others find out by themselves.
      }
      await connection?.close()
    },
  }
}

/** Null: nobody runs the jobs, or has not been heard of for so long that it will be taken over from. */
function describeRunner({ address, place, silentMs }: Sight): Runner | null {
  if (address === null || place === null || silentMs === null || silentMs > LEASE_MS) return null
  return { address, isHere: place.startsWith(`${hostname()}:`) }
}
