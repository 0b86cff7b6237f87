// The engine's questions about jobs. Every one uses an index.
import type { Claimed, ClosedQuota } from "../job.ts"
import type { QueuedLane, Remains, Unfinished } from "../store.ts"
import { claimed, quotas, select } from "./pgcolumns.ts"
import type { Asking } from "./pgdriver.ts"

type Ask = Asking["ask"]

/** Up to this many queued jobs are counted by their types at the start, which reads each of them. */
const CLASSIFIED_MAX = 50_000

const CLAIMED = `SELECT ${select(claimed, "jobs")} FROM jobs`

export async function readRemains(ask: Ask): Promise<Remains> {
  const queued = await readQueued(ask)
  const [newest] = await ask<{ number: number; at: number }>(
    "SELECT number::float8 AS number, created_at::float8 AS at FROM jobs ORDER BY jobs.number DESC LIMIT 1",
  )
  const uploads = await ask<{ id: string }>("SELECT job_id AS id FROM uploads")
  return {
    running: await ask<Claimed>(`${CLAIMED} WHERE state = 'running'`),
    waiting: await ask<Claimed>(`${CLAIMED} WHERE state = 'waiting'`),
    uploads: uploads.map(({ id }) => id),
    quotas: await ask<ClosedQuota>(`SELECT ${select(quotas, "quotas")} FROM quotas`),
    latestCreatedAt: newest?.at ?? null,
    lastNumber: newest?.number ?? 0,
    queued,
    unfinished: await readUnfinished(ask, queued),
  }
}

export function readQueued(ask: Ask): Promise<QueuedLane[]> {
  return ask<QueuedLane>(
    `SELECT provider, model, key_choice AS "keyChoice", owner, priority, count(*)::float8 AS jobs FROM jobs WHERE state = 'queued'
     GROUP BY lane, provider, model, key_choice, owner, priority`,
  )
}

/** @param queued how many jobs are queued in each lane */
async function readUnfinished(ask: Ask, queued: readonly QueuedLane[]): Promise<Unfinished[]> {
  const isFew = queued.reduce((sum, { jobs }) => sum + jobs, 0) <= CLASSIFIED_MAX
  const unclassified = queued.map(({ provider, jobs }) => ({
    ...{ state: "queued" as const, provider, requestType: null, count: jobs },
  }))
  const count = (state: Unfinished["state"]) =>
    ask<Unfinished>(
      `SELECT state, provider, request_type AS "requestType", count(*)::float8 AS count FROM jobs WHERE state = '${state}'
       GROUP BY state, provider, request_type`,
    )
  return [...(isFew ? await count("queued") : unclassified), ...(await count("running")), ...(await count("waiting"))]
}

export function readLapsed(ask: Ask, now: number, limit: number): Promise<Claimed[]> {
  return ask<Claimed>(`${CLAIMED} WHERE state = 'running' AND lease_until <= $1::bigint LIMIT $2::bigint`, [now, limit])
}

export async function readOverdue(ask: Ask, now: number, limit: number): Promise<Claimed[]> {
  const read = (state: string) =>
    ask<Claimed>(`${CLAIMED} WHERE state = '${state}' AND deadline_at <= $1::bigint LIMIT $2::bigint`, [now, limit])
  return [...(await read("queued")), ...(await read("waiting"))]
}

export async function readNextDeadline(ask: Ask): Promise<number | null> {
  const [row] = await ask<{ at: number | null }>(
    `SELECT least((SELECT min(deadline_at) FROM jobs WHERE state = 'queued'),
       (SELECT min(deadline_at) FROM jobs WHERE state = 'waiting'))::float8 AS at`,
  )
  return row?.at ?? null
}
