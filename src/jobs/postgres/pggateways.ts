// The gateways of a database, each with a row that it renews. The lock alone decides who writes (see pgwriter.ts): here the others find
// out whether the one that has it still lives, and end its connections when it does not.
import { statSync } from "node:fs"
import { hostname } from "node:os"
import { type Clock, inTime } from "../../clock.ts"
import type { Log } from "../../log.ts"
import { type Gateways, LEASE_MS, type Member, type Runner } from "../gateways.ts"
import { type Asking, type Connection, connect as connectToServer } from "./pgdriver.ts"
import { toStoreError } from "./pgerrors.ts"
import { claimFree, LOCK, type LockHolder, nameConnection, selectHolder, TAKEOVER_LOCK, tryLock } from "./pglock.ts"
import { describeOldest, isTooOldFor, pgSchemaVersion } from "./pgmigrate.ts"
import { createSilences } from "./silences.ts"

type Ask = Asking["ask"]

const BEAT_MS = 500
/** How often one that waits looks: what it sees late it takes over late. */
const LOOK_MS = 250
/** How long the server may take to end connections, and a gateway that stops to say so. */
const FREED_MS = 5000
const LEAVE_MS = 2000
/** Rows that nobody has renewed for so long are of gateways that were killed. */
const FORGOTTEN = "1 hour"

/** What the database says of the gateway that runs the jobs. */
export interface Sight {
  /** The one that has written last; null: none has, or it has stopped in good order. */
  id: string | null
  /** What its row says; null: it has none, because it is of a version without, or is gone for long. */
  address: string | null
  place: string | null
  /** How long it has not renewed its row, as this gateway has seen it. */
  silentMs: number
  /** What the connection that has the lock calls itself; null: the lock is free. */
  lockedBy: string | null
  /** Whether any connection of it is left. */
  isConnected: boolean
  /** The oldest schema version whose programs may write. */
  oldestWriter: number
}

/**
 * Whether to take over. A gateway whose own connection is young waits: after an outage of the database nobody is connected, and who was
 * running must have time to come back.
 * @param connectedMs how long this gateway's connection has lasted
 */
export function mayTakeOver(sight: Sight, place: string, connectedMs: number): boolean {
  const { id, silentMs, lockedBy, isConnected, oldestWriter } = sight
  if (isTooOldFor(oldestWriter)) return false
  if (id === null) return lockedBy === null
  // Another one is beginning, or is of a version that does not name its connections.
  if (lockedBy !== null && lockedBy !== nameConnection(id)) return false
  const isGone = lockedBy === null && !isConnected
  // The directory is this process's now.
  if (isGone && sight.place === place) return true
  return connectedMs >= LEASE_MS && (isGone || (sight.place !== null && silentMs > LEASE_MS))
}

const SIGHT = `SELECT last.id, gateways.address, gateways.place,
    (SELECT name FROM (${selectHolder}) AS holder) AS "lockedBy",
    EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'asyncgate ' || last.id) AS "isConnected",
    (SELECT max(value::integer) FROM settings WHERE name = 'oldest_writer') AS "oldestWriter"
  FROM (SELECT max(value) AS id FROM settings WHERE name = 'gateway') AS last LEFT JOIN gateways USING (id)`

const ROWS = `SELECT id, extract(epoch FROM seen_at)::float8 AS "seenAt" FROM gateways`

const RENEW = `INSERT INTO gateways (id, address, place, version, schema_version, seen_at)
  VALUES ($1::text, $2::text, $3::text, $4::text, ${pgSchemaVersion}, clock_timestamp())
  ON CONFLICT (id) DO UPDATE SET address = excluded.address, seen_at = excluded.seen_at`

const TERMINATE = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = $1::text`

export interface GatewaysOptions {
  url: string
  /** By default the driver's. */
  connect?: typeof connectToServer
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

// Longer than 80 lines: one connection serves the gateway while it waits, begins and runs.
export function createGateways(options: GatewaysOptions): Gateways {
  const { url, clock, log, steady, id, directory, shareKeys, connect = connectToServer } = options
  const place = describePlace(directory)
  const silences = createSilences(steady)
  let connection: Connection | null = null
  let connectedAt = 0
  let isTaking = false
  let hasBegun = false
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
    const [[found], rows] = await Promise.all([
      ask<Omit<Sight, "silentMs">>(SIGHT, [LOCK]),
      ask<{ id: string; seenAt: number }>(ROWS),
    ])
    if (!found) throw new Error("the database does not say who runs its jobs")
    silences.saw(rows)
    return { ...found, silentMs: silences.of(found.id ?? "") }
  }

  const renew = (ask: Ask, { address, version }: Member) => ask(RENEW, [id, address, place, version])

  const mayTake = (sight: Sight) => mayTakeOver(sight, place, steady() - connectedAt)

  /** Takes over where that may be. Only one gateway at a time does, until it has begun. @returns whether it may begin */
  async function take(ask: Ask, sight: Sight, me: Member): Promise<boolean> {
    if (!mayTake(sight)) return false
    if (!(await tryLock(ask, TAKEOVER_LOCK))) {
      await endSilent(ask)
      return false
    }
    isTaking = true
    // Requests that were passed on to it now would find nobody.
    const beginner = { ...me, address: "" }
    await renew(ask, beginner)
    if (await makeRoom(ask)) {
      // One that begins is not silent.
      void beatUntil(async (ask) => {
        if (!hasBegun) await renew(ask, beginner)
        return hasBegun
      })
      return true
    }
    await release(ask)
    return false
  }

  /** Ends the connections of the one before, and names this gateway in its place: what comes back does not write any more. */
  async function makeRoom(ask: Ask): Promise<boolean> {
    for (const until = steady() + FREED_MS; steady() < until; await pause(BEAT_MS / 10)) {
      const sight = await look(ask)
      // Another one has begun meanwhile.
      if (!mayTake(sight)) return false
      if (sight.lockedBy === null && !sight.isConnected && (await claimFree(ask, id))) {
        await ask("DELETE FROM gateways WHERE id = $1::text OR seen_at < clock_timestamp() - $2::text::interval", [
          sight.id,
          FORGOTTEN,
        ])
        return true
      }
      await ask(TERMINATE, [nameConnection(sight.id ?? "")])
    }
    return false
  }

  /** Another gateway takes over at this moment. One that was frozen in that must not keep all others from it. */
  async function endSilent(ask: Ask): Promise<void> {
    const [holder] = await ask<LockHolder>(selectHolder, [TAKEOVER_LOCK])
    const name = holder?.name ?? ""
    if (silences.of(name.slice(nameConnection("").length)) > LEASE_MS) await ask(TERMINATE, [name])
  }

  async function release(ask: Ask): Promise<void> {
    if (!isTaking) return
    isTaking = false
    await ask("SELECT pg_advisory_unlock($1::bigint)", [TAKEOVER_LOCK])
  }

  /** Calls `beat` until it returns true, also while the server is away. @returns whether it has */
  async function beatUntil(beat: (ask: Ask) => Promise<boolean>, everyMs = BEAT_MS): Promise<boolean> {
    let isAway = false
    for (; !isOver; await pause(everyMs)) {
      try {
        if (await beat(await open())) return true
        isAway = false
      } catch (error) {
        const { code, message } = toStoreError(error)
        if (!isAway && !isOver)
          log.warn("the other gateways cannot be told that this one lives", { code, error: message })
        isAway = true
      }
    }
    return false
  }

  async function sayGoodbye(): Promise<void> {
    const ask = await open()
    await ask("DELETE FROM gateways WHERE id = $1::text", [id])
    // Who comes next need not wait for a sign of this one.
    await ask("DELETE FROM settings WHERE name = 'gateway' AND value = $1::text", [id])
  }

  return {
    async tryTurn(version) {
      const ask = await open()
      return await take(ask, await look(ask), { address: "", version })
    },

    async awaitTurn(me, onRunner) {
      let isTold = false
      const hasTurn = await beatUntil(async (ask) => {
        await renew(ask, me)
        const sight = await look(ask)
        if (isTooOldFor(sight.oldestWriter) && !isTold) {
          isTold = true
          log.warn(`this gateway does not take over any more: the database ${describeOldest(sight.oldestWriter)}`)
        }
        if (await take(ask, sight, me)) return true
        onRunner(describeRunner(sight), isUnnamed(sight))
        return false
      }, LOOK_MS)
      // It was asked to stop.
      if (!hasTurn) await new Promise<never>(() => {})
    },

    begin(me, isAlive, { onReplaced, onOutdated }) {
      hasBegun = true
      let isTold = false
      void beatUntil(async (ask) => {
        if (isAlive()) await renew(ask, me)
        await release(ask)
        const sight = await look(ask)
        const isReplaced = sight.id !== id
        if (isReplaced && !isOver) onReplaced()
        else if (isTooOldFor(sight.oldestWriter) && !isTold) {
          isTold = true
          onOutdated(`the database ${describeOldest(sight.oldestWriter)}`)
        }
        return isReplaced
      })
    },

    shareKeys,

    async leave() {
      isOver = true
      // Where the database does not answer, the others find out by themselves.
      await inTime(
        sayGoodbye().catch(() => {}),
        LEAVE_MS,
        clock,
      )
      void connection?.close()
    },
  }
}

/** A directory of a machine: containers may have the same names for both. */
function describePlace(directory: string): string {
  const { dev, ino } = statSync(directory)
  return `${hostname()}:${directory}:${dev}:${ino}`
}

/** Null: nobody runs the jobs, begins only, or is silent for so long that it will be taken over from. */
function describeRunner({ address, place, silentMs }: Sight): Runner | null {
  if (!address || place === null || silentMs > LEASE_MS) return null
  return { address, isHere: place.startsWith(`${hostname()}:`) }
}

/** Whether a program has the lock that says nothing of itself: a gateway of a version before there could be several. */
function isUnnamed({ lockedBy }: Sight): boolean {
  return lockedBy !== null && !lockedBy.startsWith(nameConnection(""))
}
