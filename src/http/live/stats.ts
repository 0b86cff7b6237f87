// GET /v1/async/stats: what the gateway did in the last ten minutes or the last day, what it has to do, and how it is.
import type { Readings, Shown } from "../../engine/threads/protocol.ts"
import { GatewayError } from "../../errors.ts"
import { formatTime } from "../dialects/jobobject.ts"
import type { EngineClient } from "../engineclient.ts"
import { describeGateways } from "../gatewaylist.ts"
import { type MetricOptions, tryToRead } from "../metrics/metrics.ts"
import { json } from "../reply.ts"
import { checkNames } from "../request/filters.ts"
import { refuseStrangers } from "../request/owners.ts"
import { readRequestId } from "../request/requestid.ts"

interface StatsOptions extends MetricOptions {
  engine: Pick<EngineClient, "silentMs" | "read" | "trouble" | "show">
}

const stepSeconds = { "10m": 1, "24h": 60 } as const
type Window = keyof typeof stepSeconds

/** How long the engine has to answer. */
const ENGINE_MS_MAX = 1000

/** @throws {GatewayError} admin_token_required, invalid_request */
export async function showStats(request: Request, options: StatsOptions): Promise<Response> {
  const { engine, clock } = options
  refuseStrangers(request, options)
  const query = new URL(request.url).searchParams
  checkNames(query, ["window", "since"], "parameter")
  const window = readWindow(query.get("window") ?? "10m")
  const since = readSince(query.get("since"))
  // Read before the engine is asked, because its answer resets the time.
  const silentMs = engine.silentMs()
  const [readings, history] = await Promise.all([
    engine.read(ENGINE_MS_MAX),
    engine.show({ of: "history", window }, ENGINE_MS_MAX),
  ])
  const now = clock.now()
  const stats = {
    object: "stats",
    now: formatTime(now),
    window,
    step_seconds: stepSeconds[window],
    points: (history ?? []).filter(({ at }) => at >= since).map(writePoint),
    current: { ...countUnfinished(readings), oldest_queued_at: await findOldest(options, now) },
    health: {
      ...(await describeHealth(options, silentMs)),
      threads: readings?.threads ?? null,
      reaper: readings && {
        last_run_at: readings.reaper.lastRunAt === null ? null : formatTime(readings.reaper.lastRunAt),
        pruned: readings.reaper.pruned,
      },
      ...(await describeGateways(options.reads)),
      version: options.version,
      uptime_s: Math.floor(process.uptime()),
      rss_bytes: process.memoryUsage.rss(),
    },
  }
  return json(stats, { "cache-control": "no-store", "x-request-id": readRequestId(request) })
}

function readWindow(text: string): Window {
  if (Object.hasOwn(stepSeconds, text)) return text as Window
  throw new GatewayError("invalid_request", "window must be 10m or 24h", { param: "window" })
}

/** Epoch milliseconds. */
function readSince(text: string | null): number {
  const at = text === null ? 0 : Date.parse(text)
  if (!Number.isNaN(at)) return at
  throw new GatewayError("invalid_request", "since must be a time, as 2026-01-31T12:00:00Z", { param: "since" })
}

function writePoint(step: Shown["history"][number]) {
  return {
    at: formatTime(step.at),
    accepted: step.accepted,
    succeeded: step.succeeded,
    failed: step.failed,
    cancelled: step.cancelled,
    wait_p50_ms: step.wait50,
    wait_p95_ms: step.wait95,
    run_p50_ms: step.run50,
    run_p95_ms: step.run95,
  }
}

/** Null where the engine did not answer in time. */
function countUnfinished(readings: Readings | null) {
  const sum = (state: "queued" | "running" | "waiting") =>
    readings === null ? null : readings.unfinished.reduce((total, counts) => total + counts[state], 0)
  return { queued: sum("queued"), running: sum("running"), waiting: sum("waiting") }
}

/** When the queued job was due that has waited longest; null: none waits that is due. */
async function findOldest({ reads }: StatsOptions, now: number): Promise<string | null> {
  const due = await tryToRead(() => reads.oldestDue())
  const oldest = Math.min(...(due?.values() ?? []))
  return oldest <= now ? formatTime(oldest) : null
}

async function describeHealth({ engine, reads }: StatsOptions, silentMs: number) {
  const reason = engine.trouble()
  const sizes = await tryToRead(() => reads.sizes())
  return {
    status: reason === null ? "ok" : "unavailable",
    store: {
      writable: reason === null,
      reason,
      database_bytes: sizes?.databaseBytes ?? null,
      wal_bytes: sizes?.walBytes ?? null,
      disk_free_bytes: sizes?.diskFreeBytes ?? null,
    },
    engine: { silent_ms: silentMs },
  }
}
