// Claims queued jobs that are due, and waiting ones whose upstream job is to be polled. Each gets a lease.
import type { Claimed } from "../job.ts"
import type { ChangeOf, Results } from "../store.ts"
import { findLaneKey } from "./lanekey.ts"
import { claimed, select } from "./pgcolumns.ts"
import { mixedUp, type Turn } from "./pgturn.ts"
import { awaitAll } from "./pgwriter.ts"

/** The queued jobs of a lane: $1 is its number, which the index has, and the others are its members. */
export const IN_LANE = `state = 'queued' AND lane = $1::bigint AND provider = $2::text AND model = $3::text AND key_choice = $4::text
  AND owner = $5::text AND priority = $6::integer`

const CLAIM = `WITH due AS MATERIALIZED (SELECT number FROM jobs WHERE ${IN_LANE} AND run_at <= $7::bigint ORDER BY run_at, number LIMIT $10::bigint)
  UPDATE jobs SET state = 'running', attempt = attempt + 1, started_at = $7::bigint, lease_until = $8::bigint, key_id = $9::text
  FROM due WHERE jobs.number = due.number RETURNING ${select(claimed, "jobs")}`

const NEXT_RUN = `SELECT min(run_at)::float8 AS at FROM jobs WHERE ${IN_LANE}`

const RESUME = `WITH due AS MATERIALIZED (SELECT number FROM jobs WHERE state = 'waiting' AND run_at <= $1::bigint ORDER BY run_at LIMIT $3::bigint)
  UPDATE jobs SET state = 'running', lease_until = $1::bigint + $2::bigint
  FROM due WHERE jobs.number = due.number RETURNING ${select(claimed, "jobs")}`

type Claim = ChangeOf<"claim">

/** The lane's number and members, as `IN_LANE` wants them. */
export function bindLane(lane: Claim["lane"]): (string | number)[] {
  const { provider, model, keyChoice, owner, priority } = lane
  return [findLaneKey(lane), provider, model, keyChoice, owner, priority]
}

async function claimOne({ ask, now }: Turn, change: Claim): Promise<Results["claim"]> {
  const { lane, keyId, leaseUntil, limit, asksNext } = change
  const bound = bindLane(lane)
  const askNext = () => ask<{ at: number | null }>(NEXT_RUN, bound)
  const [taken, next] = await awaitAll([
    ask<Claimed>(CLAIM, [...bound, now, leaseUntil, keyId, limit]),
    ...(asksNext ? [askNext()] : []),
  ])
  const jobs = (taken as Claimed[]).sort((a, b) => a.runAt - b.runAt || a.number - b.number)
  for (const job of jobs) if (job.keyId !== keyId || job.owner !== lane.owner) throw mixedUp(`job ${job.id}`)
  if (jobs.length === limit && !asksNext) return { jobs }
  const [row] = (next ?? (await askNext())) as { at: number | null }[]
  return { jobs, nextRunAt: row?.at ?? null }
}

/** Claims of several lanes go out together. Those of one lane are done in their order, as all of a connection are. */
export async function claim(turn: Turn, changes: readonly Claim[]): Promise<Results["claim"][]> {
  return (await awaitAll(changes.map((change) => claimOne(turn, change)))) as Results["claim"][]
}

export async function resume({ ask, now }: Turn, change: ChangeOf<"resume">): Promise<Results["resume"]> {
  const { leaseMs, limit } = change
  const jobs = await ask<Claimed>(RESUME, [now, leaseMs, limit])
  const [next] = await ask<{ at: number | null }>("SELECT min(run_at)::float8 AS at FROM jobs WHERE state = 'waiting'")
  return { jobs, nextAt: next?.at ?? null }
}
