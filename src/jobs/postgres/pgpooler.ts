// What a pooler in front of the server may take away: the connection that is always the same, and what it was told at its start.
import { DataRefused } from "../storeerror.ts"
import { type Asking, SCHEMA } from "./pgdriver.ts"

type Ask = Asking["ask"]

/** The way out, where a pooler hands connections to others between two transactions. */
export const SHARES =
  "A pooler in front of the server changes connections between transactions, as PgBouncer in transaction mode: the lock that keeps two gateways from running the same jobs would be lost. Name the address of PostgreSQL itself, or of a pool in session mode (docs/scaling.md)."

/** The way out, where it leaves out what a connection is told at its start. */
export const LEAVES_OUT = `A pooler in front of the server does not pass on what a connection is told at its start, as search_path. Name the address of PostgreSQL itself; or use a pool in session mode, let it ignore those parameters, and set them for the user, as with: ALTER ROLE … SET search_path = ${SCHEMA} (docs/scaling.md).`

/**
 * Two connections that are open at once have a process of the server each, and keep it. A pooler that shares them gives the second the one
 * that the first has just let go of, or the first another one.
 * @throws {DataRefused} they share
 */
export async function refuseSharing(first: Ask, second: Ask, place: string): Promise<void> {
  const mine = new Set<number>()
  const others = new Set<number>()
  for (let tries = 0; tries < TRIES; tries++) {
    for (const [ask, pids] of [
      [first, mine],
      [first, mine],
      [second, others],
    ] as const) {
      pids.add(await readPid(ask))
    }
  }
  const isShared = mine.size > 1 || others.size > 1 || !mine.isDisjointFrom(others)
  if (isShared) throw new DataRefused("unusable", `cannot use the database ${place}. ${SHARES}`)
}

/** Where others use the pool too, one try may show nothing. */
const TRIES = 3

async function readPid(ask: Ask): Promise<number> {
  const [row] = await ask<{ pid: number }>("SELECT pg_backend_pid() AS pid")
  return row?.pid ?? Number.NaN
}
