// What the operator is told of the gateways that share the database, and of its standbys.
import { LEASE_MS } from "../jobs/gateways.ts"
import type { Reads } from "../jobs/reads.ts"
import { tryToRead } from "./metrics/metrics.ts"

/** Each null: the database can have none, cannot be read, or does not show them to this user. */
export async function describeGateways(reads: Reads) {
  const gateways = await tryToRead(() => reads.gateways())
  const standbys = await tryToRead(() => reads.standbys())
  return {
    gateways:
      gateways?.map(({ address, version, isRunning, silentMs }) => ({
        address,
        version,
        role: isRunning ? "running" : "waiting",
        silent_ms: Math.max(0, Math.round(silentMs)),
        lease_left_ms: isRunning ? Math.max(0, Math.round(LEASE_MS - silentMs)) : null,
      })) ?? null,
    standbys:
      standbys?.map(({ name, isSynchronous, behindBytes }) => ({
        name,
        is_synchronous: isSynchronous,
        behind_bytes: behindBytes,
      })) ?? null,
  }
}
