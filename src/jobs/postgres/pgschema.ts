// Prepares the database at the start: refuses servers and schemas that do not fit, and creates or migrates the tables. Migrations only
// add; what a program of the version before does not need goes a version later, so that both may write while one replaces the other.
import type { MemberView } from "../gateways.ts"
import { DataRefused, StoreError } from "../storeerror.ts"
import { type Asking, type Connection, connect, SCHEMA } from "./pgdriver.ts"
import { MIGRATION_LOCK, selectGateways } from "./pglock.ts"
import { bundledPgMigrations } from "./pgmigrations.macro.ts" with { type: "macro" }
import { LEAVES_OUT, refuseSharing, SHARES } from "./pgpooler.ts"

type Ask = Asking["ask"]

const migrations = bundledPgMigrations()

/** The schema version that this program writes: the number of its migrations, kept in `settings`. */
export const pgSchemaVersion = migrations.length

/** The oldest schema version whose programs may write what this one migrates. */
const OLDEST_WRITER = 1

const FIRST_WITH_GATEWAYS = 2

const VERSION_MIN = 14

/** How long a migration waits for a lock before it tries again, and how often it does. */
const LOCK_MS = 2000
const LOCK_TRIES = 15

/** What is known of the server, for the log and the doctor. */
export interface Server {
  /** As `15.18`. */
  version: string
  /** Whether a commit may be lost although it was answered. */
  isLossy: boolean
}

/**
 * Creates or migrates the tables.
 * @param place the address without its password, for messages
 * @throws {DataRefused}
 */
export async function preparePostgres(url: string, place: string): Promise<Server> {
  const connection = await open(url, place)
  try {
    await lookForPooler(url, connection, place)
    const server = await inspectServer(connection.ask, place)
    await migrate(connection, place)
    return server
  } catch (error) {
    if (error instanceof StoreError) throw refuseFor(error, place)
    throw error
  } finally {
    await connection.close()
  }
}

/** What the server and its schema are, for the doctor. `schema` 0: there is none yet. @throws {DataRefused} */
export async function inspectPostgres(url: string): Promise<Server & { schema: number; gateways: MemberView[] }> {
  const place = describeAddress(url)
  const connection = await open(url, place)
  try {
    await lookForPooler(url, connection, place)
    const server = await inspectServer(connection.ask, place)
    const schema = await readVersion(connection.ask, place)
    const gateways = schema < FIRST_WITH_GATEWAYS ? [] : await connection.ask<MemberView>(selectGateways)
    return { ...server, schema, gateways }
  } catch (error) {
    if (error instanceof StoreError) throw refuseFor(error, place)
    throw error
  } finally {
    await connection.close()
  }
}

async function open(url: string, place: string): Promise<Connection> {
  try {
    return await connect(url)
  } catch (error) {
    throw error instanceof StoreError ? refuseFor(error, place) : error
  }
}

/** Refuses a pooler that would take the lock away. */
async function lookForPooler(url: string, first: Connection, place: string): Promise<void> {
  const second = await connect(url)
  try {
    await refuseSharing(first.ask, second.ask, place)
  } finally {
    await second.close()
  }
}

/** What the operator can do about an error at the start, by its code. */
const remedies: readonly [RegExp, string][] = [
  // The server knows all that a connection is told here.
  [/^08P01$/, LEAVES_OUT],
  // Statements that were prepared on one connection of a pooler, and then looked for on another.
  [/^(26000|42P05)$/, SHARES],
  [
    /REFUSED|TIMEOUT|CONNECTION_FAILED|CONNECTION_CLOSED|NO_ANSWER|^08/,
    "Check the address, and that the server runs and can be reached from here.",
  ],
  [/TLS|SSL/, "Check sslmode in the address: require, or disable on a network that is yours alone."],
  [
    /^28|AUTH|PASSWORD|SASL/,
    "Check the user and the password in the address; characters as @ : / % are written there as %40 %3A %2F %25.",
  ],
  [/^3D000$/, "Create it, as with: createdb asyncgate."],
  [
    /^42501$/,
    `Give the user the right to create the schema: GRANT CREATE ON DATABASE … TO …; or create it for the user: CREATE SCHEMA ${SCHEMA} AUTHORIZATION ….`,
  ],
  [/^25006$/, "The server takes no writes: it is a standby. Name the address of the primary."],
  [/^53300$/, "Close other connections, or raise max_connections: a gateway needs eleven."],
  [/^57P03$/, "The server is starting or stopping: start asyncgate again in a moment."],
]

function refuseFor({ code, message }: StoreError, place: string): DataRefused {
  const remedy = remedies.find(([pattern]) => pattern.test(code))?.[1] ?? "See the log of the server."
  return new DataRefused("unusable", `cannot use the database ${place}: ${message} (${code}). ${remedy}`)
}

async function inspectServer(ask: Ask, place: string): Promise<Server> {
  const [row] = await ask<{
    number: number
    version: string
    encoding: string
    isStandby: boolean
    commit: string
    fsync: string
    path: string
  }>(
    `SELECT current_setting('server_version_num')::integer AS number, split_part(current_setting('server_version'), ' ', 1) AS version,
       current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS "isStandby",
       current_setting('synchronous_commit') AS commit, current_setting('fsync') AS fsync,
       current_setting('search_path') AS path`,
  )
  if (!row) throw new StoreError("unavailable", "NO_ANSWER", "the server has not said what it is")
  const { number, version, encoding, isStandby } = row
  const refuse = (why: string) => new DataRefused("unusable", `cannot use the database ${place}: ${why}`)
  // Its tables would come to stand in another schema.
  if (row.path !== SCHEMA) throw refuse(`search_path is not ${SCHEMA}. ${LEAVES_OUT}`)
  if (number < VERSION_MIN * 10_000)
    throw refuse(`the server is PostgreSQL ${version}. Use version ${VERSION_MIN} or newer.`)
  if (encoding !== "UTF8")
    throw refuse(
      `its encoding is ${encoding}. Create one with: createdb --encoding=UTF8 --template=template0 asyncgate.`,
    )
  if (isStandby) throw refuse("the server takes no writes: it is a standby. Name the address of the primary.")
  return { version, isLossy: row.commit === "off" || row.fsync === "off" }
}

async function migrate(connection: Connection, place: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await migrateOnce(connection, place)
      return
    } catch (error) {
      await connection.ask("ROLLBACK").catch(() => {})
      // Others use the tables: waiting longer for them would make everybody else wait behind this.
      const isBusy = error instanceof StoreError && error.code === "55P03"
      if (!isBusy || tries === LOCK_TRIES) throw error
    }
  }
}

async function migrateOnce({ ask, run }: Connection, place: string): Promise<void> {
  await ask("BEGIN")
  await ask(`SET LOCAL lock_timeout = ${LOCK_MS}`)
  await ask("SELECT pg_advisory_xact_lock($1::bigint)", [MIGRATION_LOCK])
  const version = await readVersion(ask, place)
  if (version < pgSchemaVersion) {
    if (version === 0) await createSchema(ask)
    for (const script of migrations.slice(version)) await run(script)
    const values = { schema_version: pgSchemaVersion, oldest_writer: OLDEST_WRITER }
    for (const [name, value] of Object.entries(values)) {
      await ask(
        `INSERT INTO settings (name, value) VALUES ($1::text, $2::text)
         ON CONFLICT (name) DO UPDATE SET value = greatest(settings.value::integer, excluded.value::integer)::text`,
        [name, String(value)],
      )
    }
  }
  await ask("COMMIT")
}

/** Asked first, because it needs a right that the user of a schema that is there may not have. */
async function createSchema(ask: Ask): Promise<void> {
  const [row] = await ask(`SELECT 1 AS there FROM pg_namespace WHERE nspname = '${SCHEMA}'`)
  if (!row) await ask(`CREATE SCHEMA ${SCHEMA}`)
}

/** The version of the schema; 0: there is none. @throws {DataRefused} this program is too old for it */
async function readVersion(ask: Ask, place: string): Promise<number> {
  const [there] = await ask<{ settings: string | null }>(`SELECT to_regclass('${SCHEMA}.settings')::text AS settings`)
  if (!there?.settings) return 0
  const rows = await ask<{ name: string; value: string }>(
    "SELECT name, value FROM settings WHERE name IN ('schema_version', 'oldest_writer')",
  )
  const values = new Map(rows.map(({ name, value }) => [name, Number(value)]))
  const oldest = values.get("oldest_writer") ?? 0
  if (oldest > pgSchemaVersion) {
    throw new DataRefused(
      "newer",
      `the database ${place} takes programs of schema version ${oldest} or newer, this program has ${pgSchemaVersion}. Start the newer asyncgate, or name another database. Nothing was changed.`,
    )
  }
  return values.get("schema_version") ?? 0
}

/** The address as it may be shown: without its password. */
export function describeAddress(url: string): string {
  const { protocol, username, host, pathname } = new URL(url)
  return `${protocol}//${username === "" ? "" : `${username}@`}${host}${pathname}`
}
