// GET /metrics: the metrics of the gateway, for those who may see them. An engine that does not answer in time is left out.

import type { Admin } from "../../auth/admintoken.ts"
import type { Clock } from "../../clock.ts"
import type { Answer } from "../../jobs/answer.ts"
import type { Reads } from "../../jobs/reads.ts"
import type { ProviderSettings } from "../../providers/provider.ts"
import type { EngineClient } from "../engineclient.ts"
import type { CallerOptions, SoleUserOptions } from "../request/authentication.ts"
import { refuseStrangers } from "../request/owners.ts"
import { readRequestId } from "../request/requestid.ts"
import type { Streams } from "../streamreader.ts"

export interface MetricOptions extends Pick<CallerOptions, "isAuthEnforced">, SoleUserOptions {
  engine: Pick<EngineClient, "silentMs" | "read" | "trouble">
  streams: Streams
  reads: Reads
  clock: Clock
  admin: Admin
  providers: ReadonlyMap<string, ProviderSettings>
  version: string
}

/** How long the engine has to answer. Prometheus itself waits for 10 s. */
const ENGINE_MS_MAX = 1000

/** @throws {GatewayError} admin_token_required */
export async function showMetrics(request: Request, options: MetricOptions): Promise<Response> {
  const { engine, streams, reads, clock, providers, version } = options
  // They show the jobs of all callers: only the admin may see them, or the only user of the gateway.
  refuseStrangers(request, options)
  // Read before the engine is asked, because its answer resets the time.
  const engineSilentMs = engine.silentMs()
  const readings = await engine.read(ENGINE_MS_MAX)
  // Loaded when it is first needed: most gateways are never scraped.
  const { expose } = await import("./exposition.ts")
  const { user, system } = process.cpuUsage()
  const { text, contentType } = await expose({
    version,
    readings,
    engineSilentMs,
    trouble: engine.trouble(),
    oldestDue: await tryToRead(() => reads.oldestDue()),
    sizes: await tryToRead(() => reads.sizes()),
    gateways: await tryToRead(() => reads.gateways()),
    pendingDeliveries: await tryToRead(() => reads.pendingDeliveries()),
    providers,
    streams: streams.count(),
    rssBytes: process.memoryUsage.rss(),
    cpuSeconds: (user + system) / 1_000_000,
    now: clock.now(),
  })
  const headers = { "content-type": contentType, "cache-control": "no-store", "x-request-id": readRequestId(request) }
  return new Response(text, { headers })
}

/** Null where the store cannot be read: the other metrics are still shown. */
export async function tryToRead<T>(question: () => Answer<T>): Promise<T | null> {
  try {
    return await question()
  } catch {
    return null
  }
}
