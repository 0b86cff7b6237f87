// Prepares the database at the start: refuses servers and schemas that do not fit, and has the tables created or migrated.
import type { MemberView } from "../gateways.ts"
import { DataRefused, StoreError } from "../storeerror.ts"
import { type Asking, type Connection, connect, SCHEMA } from "./pgdriver.ts"
import { selectGateways } from "./pglock.ts"
import { FIRST_WITH_GATEWAYS, migrate, type OnOlder, readSchemaVersion } from "./pgmigrate.ts"
import { LEAVES_OUT, refuseSharing, SHARES } from "./pgpooler.ts"

type Ask = Asking["ask"]

const VERSION_MIN = 14

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
 * @param onOlder see `migrate`
 * @throws {DataRefused}
 */
export async function preparePostgres(url: string, place: string, onOlder?: OnOlder): Promise<Server> {
  const connection = await open(url, place)
  try {
    await lookForPooler(url, connection, place)
    const server = await inspectServer(connection.ask, place)
    await migrate(connection, place, onOlder)
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
    const schema = await readSchemaVersion(connection.ask, place)
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

/** The address as it may be shown: without its password. */
export function describeAddress(url: string): string {
  const { protocol, username, host, pathname } = new URL(url)
  return `${protocol}//${username === "" ? "" : `${username}@`}${host}${pathname}`
}
