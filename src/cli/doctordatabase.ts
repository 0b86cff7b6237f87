// What the doctor looks at of a database on a server: whether it can be reached and fits. It only reads.
import { LEASE_MS, type MemberView } from "../jobs/gateways.ts"
import { DataRefused } from "../jobs/storeerror.ts"
import { createResults, type Result } from "./doctor.ts"

const { ok, warning, error, skipped } = createResults("database")

/**
 * @param url the address, as this command sees the configuration; null: it does not name one
 * @param place what the gateway of this directory has noted of its database
 */
export async function checkServer(url: string | null, place: string | null): Promise<Result[]> {
  if (url === null) {
    const says = `the jobs are in ${place}, whose address is not known here`
    return [skipped(says, "set ASYNCGATE_DATABASE as the gateway has it")]
  }
  // Loaded only where the jobs are in PostgreSQL.
  const { describeAddress, inspectPostgres } = await import("../jobs/postgres/pgschema.ts")
  const { pgSchemaVersion } = await import("../jobs/postgres/pgmigrate.ts")
  try {
    const { version, isLossy, schema, gateways } = await inspectPostgres(url)
    const state =
      schema === 0
        ? "it has no tables yet: the first start makes them"
        : `schema version ${schema}, this program's is ${pgSchemaVersion}`
    const found = ok(`the jobs are in PostgreSQL ${version} at ${describeAddress(url)}: ${state}`)
    const says = "the server answers before a commit is on its disk: accepted jobs may be lost when it fails"
    const lossy = isLossy ? [warning(says, "set synchronous_commit and fsync to on")] : []
    return [found, ...lossy, ...checkGateways(gateways)]
  } catch (thrown) {
    if (!(thrown instanceof DataRefused)) throw thrown
    return [error(thrown.message)]
  }
}

function checkGateways(members: readonly MemberView[]): Result[] {
  if (members.length === 0) return []
  const list = members.map(({ address, version, isRunning, silentMs }) => {
    const silence = silentMs > LEASE_MS ? `, silent for ${Math.round(silentMs / 1000)} s` : ""
    return `${address} (${version}) ${isRunning ? "runs the jobs" : "waits to take over"}${silence}`
  })
  const says = `the gateways of the database: ${list.join("; ")}`
  const runs = members.some(({ isRunning, silentMs }) => isRunning && silentMs <= LEASE_MS)
  return [runs ? ok(says) : warning(says, "one that waits takes over within seconds: if none does, start one")]
}
