// The lock that only one gateway at a time has on a database: a session advisory lock, which ends with its connection. So does that of
// a gateway that was killed, without a lease to wait for; and who writes on the connection that holds it needs no further fence.
import type { Asking } from "./pgdriver.ts"

/** Of the gateway that writes; of the one that migrates, and of the one that takes over, while it does. In hexadecimal digits: `asyn`. */
export const LOCK = 0x6173796e
export const MIGRATION_LOCK = LOCK + 1
export const TAKEOVER_LOCK = LOCK + 2

/** Takes a lock for the connection that asks, unless another has it. */
export async function tryLock(ask: Asking["ask"], lock: number): Promise<boolean> {
  const [taken] = await ask<{ isHeld: boolean }>('SELECT pg_try_advisory_lock($1::bigint) AS "isHeld"', [lock])
  return taken?.isHeld === true
}

/** Names the gateway that is to write from now on, unless somebody has the lock: whoever wrote before finds the name when it comes back. */
export async function claimFree(ask: Asking["ask"], gateway: string): Promise<boolean> {
  const rows = await ask(
    `WITH free AS (SELECT pg_try_advisory_xact_lock($1::bigint) AS "isFree")
     INSERT INTO settings (name, value) SELECT 'gateway', $2::text FROM free WHERE "isFree"
     ON CONFLICT (name) DO UPDATE SET value = excluded.value RETURNING value`,
    [LOCK, gateway],
  )
  return rows.length > 0
}

export interface LockHolder {
  pid: number
  startedAt: string
  address: string | null
  /** What its connection calls itself: see `nameConnection`. */
  name: string | null
}

/** Who holds the lock $1. */
export const selectHolder = `SELECT pid, backend_start::text AS "startedAt", host(client_addr) AS address,
  application_name AS name
  FROM pg_locks JOIN pg_stat_activity USING (pid)
  WHERE locktype = 'advisory' AND pg_locks.granted AND classid = 0 AND objid = $1::bigint::oid AND objsubid = 1
    AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())`

/** What the connections of a gateway call themselves, so that each finds its own and those of another among all of the server's. */
export const nameConnection = (gateway: string): string => `asyncgate ${gateway}`

/** The gateways that were heard of within a minute, the one that runs the jobs first. */
export const selectGateways = `SELECT address, version, id = (SELECT value FROM settings WHERE name = 'gateway') AS "isRunning",
    (extract(epoch FROM clock_timestamp() - seen_at) * 1000)::float8 AS "silentMs"
  FROM gateways WHERE seen_at > clock_timestamp() - interval '1 minute' ORDER BY "isRunning" DESC, started_at`

/** In words, as `connected from 10.0.0.7 since 2026-12-02 10:00:00+00`. */
export function describeHolder({ address, startedAt }: LockHolder): string {
  return `connected from ${address ?? "this machine"} since ${startedAt.replace(/\.\d+/, "")}`
}
