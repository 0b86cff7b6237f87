// GET /health: whether jobs can be stored and read and, for the operator, which gateways share the database.
import type { Reads } from "../jobs/reads.ts"
import { describeCause } from "../values.ts"
import type { EngineClient } from "./engineclient.ts"
import { describeGateways } from "./gatewaylist.ts"
import { json } from "./reply.ts"
import { mayOperate, type OperatorOptions } from "./request/owners.ts"
import { PEER, REFUSED } from "./request/peer.ts"

export interface HealthOptions extends OperatorOptions {
  engine: Pick<EngineClient, "trouble" | "isDraining">
  reads: Reads
}

export async function showHealth(request: Request, options: HealthOptions): Promise<Response> {
  const { engine, reads } = options
  const trouble = engine.trouble() ?? (await findReadError(reads))
  // To others than the operator no machine is named.
  const more = mayOperate(request, options) ? await describeGateways(reads) : null
  const shared = more === null || more.gateways === null ? {} : { role: "running", ...more }
  if (trouble === null && !engine.isDraining) return json({ status: "ok", ...shared })
  const reason = trouble ?? "the gateway is shutting down"
  // Another gateway keeps requests until it has taken over from one that stops in good order.
  const code: Record<string, string> = trouble === null && request.headers.has(PEER) ? { [REFUSED]: STOPS } : {}
  return json({ status: "unavailable", reason, ...shared }, { "retry-after": "1", ...code }, 503)
}

/** How a gateway that stops refuses what another one has passed on to it. */
export const STOPS = "shutting_down"

async function findReadError(reads: Reads): Promise<string | null> {
  try {
    await reads.ping()
    return null
  } catch (error) {
    return `the store cannot be read: ${describeCause(error)}`
  }
}
