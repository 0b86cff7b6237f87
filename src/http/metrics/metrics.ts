// GET /metrics: what the gateway knows of itself, for whoever may know it. The engine is asked, but never waited for.

import type { Admin } from "../../auth/keyring.ts"
import type { Clock } from "../../clock.ts"
import { GatewayError } from "../../errors.ts"
import type { Answer, Reads } from "../../jobs/reads.ts"
import type { ProviderSettings } from "../../providers/provider.ts"
import type { EngineClient } from "../engineclient.ts"
import { type CallerOptions, isAdmin, isSoleUser, type SoleUserOptions } from "../request/authentication.ts"
import { readRequestId } from "../request/requestid.ts"

export interface MetricOptions extends Pick<CallerOptions, "isAuthEnforced">, SoleUserOptions {
  engine: Pick<EngineClient, "silentMs" | "read" | "trouble">
  reads: Reads
  clock: Clock
  admin: Admin
  providers: ReadonlyMap<string, ProviderSettings>
  version: string
}

/** An engine that is stuck in the disk for longer is left out. Prometheus itself waits for 10 s. */
const ENGINE_MS_MAX = 1000

/** @throws {GatewayError} admin_token_required */
export async function showMetrics(request: Request, options: MetricOptions): Promise<Response> {
  const { engine, reads, clock, providers, version } = options
  // They show everybody's jobs: whoever has the gateway to itself may see them, and otherwise the admin alone.
  if (!isAdmin(request.headers, options.admin) && (options.isAuthEnforced || !isSoleUser(request, options))) {
    throw new GatewayError(
      "admin_token_required",
      "the admin's token is required: send it as Authorization: Bearer; asyncgate admin-token rotate makes a new one",
    )
  }
  // Before it is asked: its answer would be the newest it was heard.
  const engineSilentMs = engine.silentMs()
  const readings = await engine.read(ENGINE_MS_MAX)
  // Loaded when it is first needed: most gateways are never asked.
  const { expose } = await import("./exposition.ts")
  const { user, system } = process.cpuUsage()
  const { text, contentType } = await expose({
    version,
    readings,
    engineSilentMs,
    trouble: engine.trouble(),
    oldestDue: await tryToRead(() => reads.oldestDue()),
    sizes: await tryToRead(() => reads.sizes()),
    providers,
    rssBytes: process.memoryUsage.rss(),
    cpuSeconds: (user + system) / 1_000_000,
    now: clock.now(),
  })
  const headers = { "content-type": contentType, "cache-control": "no-store", "x-request-id": readRequestId(request) }
  return new Response(text, { headers })
}

/** Null where it cannot be known now: the rest still can. */
async function tryToRead<T>(question: () => Answer<T>): Promise<T | null> {
  try {
    return await question()
  } catch {
    return null
  }
}
