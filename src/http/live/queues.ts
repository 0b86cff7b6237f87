// GET /v1/async/queues: each lane of queued jobs with what it waits for, in words, and the rate limits of the providers.
import type { QueuesView, Wait } from "../../engine/threads/protocol.ts"
import { GatewayError } from "../../errors.ts"
import type { Reads } from "../../jobs/reads.ts"
import { explainLack, nameKey } from "../../providers/keys.ts"
import type { ProviderSettings } from "../../providers/provider.ts"
import { formatTime } from "../dialects/jobobject.ts"
import type { EngineClient } from "../engineclient.ts"
import { describeOwner } from "../intake/caller.ts"
import { json } from "../reply.ts"
import { priorities } from "../request/joboptions.ts"
import { type ListerOptions, listOwners } from "../request/owners.ts"
import { readRequestId } from "../request/requestid.ts"

interface QueueOptions extends ListerOptions {
  engine: Pick<EngineClient, "show" | "trouble">
  reads: Reads
  providers: ReadonlyMap<string, ProviderSettings>
}

const LANES_MAX = 500
/** How long the engine has to answer. */
const ENGINE_MS_MAX = 1000

type Lane = QueuesView["lanes"][number]
type Quota = QueuesView["quotas"][number]

/** @throws {GatewayError} store_unavailable, and as `listOwners` */
export async function showQueues(request: Request, options: QueueOptions): Promise<Response> {
  const owners = listOwners(request, options)
  const view = await options.engine.show({ of: "queues", owners, most: LANES_MAX }, ENGINE_MS_MAX)
  if (view === null) {
    const reason = options.engine.trouble() ?? "it does not answer at the moment"
    throw new GatewayError("store_unavailable", `the engine cannot say: ${reason}`, { retryAfter: 1 })
  }
  const data = []
  for (const lane of view.lanes) data.push(await writeLane(lane, owners, options))
  const queues = {
    object: "list",
    data,
    quotas: view.quotas.map((quota) => writeQuota(quota, options)),
    slots: { in_flight: view.inFlight, limit: view.cap },
    has_more: view.hasMore,
  }
  return json(queues, { "cache-control": "no-store", "x-request-id": readRequestId(request) })
}

async function writeLane(lane: Lane, owners: readonly string[] | null, options: QueueOptions) {
  const { provider, model, owner, depth, inFlight, place, nextAt } = lane
  const oldest = depth === 0 ? null : await options.reads.firstDue(lane)
  return {
    provider,
    model,
    priority: priorities[lane.priority],
    ...(owners === null ? { owner: describeOwner(owner, options.keyring) } : {}),
    depth,
    oldest_at: formatOptional(oldest),
    next_at: formatOptional(nextAt),
    in_flight: inFlight,
    place,
    waits_for: lane.waitsFor.map((wait) => writeWait(wait, lane, options)),
  }
}

function writeWait(wait: Wait, lane: Lane, options: QueueOptions) {
  const nothing = { key_name: null, until: null, room: null, limit: null, in_flight: null }
  const { kind } = wait
  switch (kind) {
    case "quota": {
      const { key_name, limit, in_flight } = writeQuota(wait, options)
      const until = formatTime(wait.opensAt)
      return { kind, reason: explainQuota(wait, key_name), key_name, until, room: wait.room, limit, in_flight }
    }
    case "key_slots": {
      const name = nameKey(options.providers.get(lane.provider), wait.keyId)
      const reason = `${countCalls(wait.limit)} of key ${name} may be in flight at one time, and all are`
      return { kind, reason, ...nothing, key_name: name, limit: wait.limit, in_flight: wait.inFlight }
    }
    case "provider_slots": {
      const reason = `${countCalls(wait.limit)} to ${lane.provider} may be in flight at one time, and all are`
      return { kind, reason, ...nothing, limit: wait.limit, in_flight: wait.inFlight }
    }
    case "owner_cap": {
      const reason = `${wait.limit === 1 ? "1 job" : `${wait.limit} jobs`} of this virtual key may run at one time (max_concurrent_jobs), and ${wait.inFlight} do`
      return { kind, reason, ...nothing, limit: wait.limit, in_flight: wait.inFlight }
    }
    case "retry":
      return {
        kind,
        reason: `the first job is due at ${clockTime(wait.until)}`,
        ...nothing,
        until: formatTime(wait.until),
      }
    case "no_key":
      return {
        kind,
        reason: explainLack(options.providers.get(lane.provider), lane) ?? "no key is configured",
        ...nothing,
      }
  }
}

function writeQuota(quota: Quota, options: QueueOptions) {
  const { provider, keyId, model, closedUntil, inFlight, strikes, limit, windowMs, spacingMs, shunnedUntil } = quota
  return {
    provider,
    key_name: nameKey(options.providers.get(provider), keyId || null),
    model,
    closed_until: formatOptional(closedUntil || null),
    in_flight: inFlight,
    strikes,
    limit,
    window_ms: limit === null ? null : windowMs,
    spacing_ms: spacingMs === null ? null : Math.ceil(spacingMs),
    avoided_until: formatOptional(shunnedUntil || null),
  }
}

function explainQuota(quota: Quota, keyName: string | null): string {
  const { provider, model, opensAt, closedUntil, room, spacingMs, limit, windowMs } = quota
  const what = `${provider} answered 429 for ${model}${keyName === null ? "" : ` with key ${keyName}`}`
  const rate =
    limit === null || windowMs === 0
      ? ""
      : `: it reported a limit of ${countCalls(limit)} in ${formatSeconds(windowMs)}`
  const pace = spacingMs === null ? "1 call, and twice as many each second" : `1 call each ${formatSeconds(spacingMs)}`
  if (opensAt <= closedUntil) return `${what}${rate}; closed until ${clockTime(closedUntil)}, then ${pace}`
  if (spacingMs !== null) return `${what}${rate}; since then ${pace}, the next at ${clockTime(opensAt)}`
  return `${what}; it opens slowly since ${clockTime(closedUntil)}, and ${countCalls(room ?? 0)} more may go out before ${clockTime(opensAt)}`
}

function countCalls(calls: number): string {
  return calls === 1 ? "1 call" : `${calls} calls`
}

function formatSeconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(ms < 10_000 ? 1 : 0))} s`
}

/** `14:03:20 UTC`. */
function clockTime(at: number): string {
  return `${formatTime(at).slice(11, 19)} UTC`
}

function formatOptional(at: number | null): string | null {
  return at === null ? null : formatTime(at)
}
