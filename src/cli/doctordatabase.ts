// What the doctor looks at of a database on a server: whether it can be reached and fits. It only reads.
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
  const { describeAddress, inspectPostgres, pgSchemaVersion } = await import("../jobs/postgres/pgschema.ts")
  try {
    const { version, isLossy, schema } = await inspectPostgres(url)
    const state =
      schema === 0
        ? "it has no tables yet: the first start makes them"
        : `schema version ${schema}, this program's is ${pgSchemaVersion}`
    const found = ok(`the jobs are in PostgreSQL ${version} at ${describeAddress(url)}: ${state}`)
    if (!isLossy) return [found]
    const says = "the server answers before a commit is on its disk: accepted jobs may be lost when it fails"
    return [found, warning(says, "set synchronous_commit and fsync to on")]
  } catch (thrown) {
    if (!(thrown instanceof DataRefused)) throw thrown
    return [error(thrown.message)]
  }
}
