// The connections to PostgreSQL: the only file that knows the driver, Bun.sql. A statement is a text with $1, $2 and a cast for each of
// them; 64-bit integers are cast to `float8` where they are selected, because the driver returns them as texts.
import { SQL } from "bun"
import { inTime, systemClock } from "../../clock.ts"
import { isLost, toStoreError } from "./pgerrors.ts"

export type Value = string | number | boolean | Uint8Array | null

export interface Asking {
  /**
   * Sends a statement at once: the statements of a connection are done in their order, and none waits for the answer to another.
   * @throws {StoreError}
   */
  ask<Row = unknown>(text: string, values?: readonly Value[]): Promise<Row[]>
  close(): Promise<void>
}

/** One connection. It is never connected again: what is lost stays lost. */
export interface Connection extends Asking {
  /** Runs a text that is not prepared, of one statement or several, when all before is answered. @throws {StoreError} */
  run(script: string): Promise<void>
  isLost(): boolean
}

export const SCHEMA = "asyncgate"

/** After so long a statement is given up, by the server and, where that does not answer at all, here. */
export const STATEMENT_MS = 30_000
const UNANSWERED_MS = STATEMENT_MS + 5000
/** How long a connection may take to be there, seconds. */
const CONNECT_S = 5
/** How many connections answer the questions of the HTTP server. */
const READERS = 4

/** What every connection is told at its start. A dead peer is noticed in about 15 seconds by either side. */
function makeOptions(url: string, max: number, name = "asyncgate") {
  return {
    url,
    max,
    connectionTimeout: CONNECT_S,
    // Bun cuts statements that are out when these pass.
    ...{ idleTimeout: 0, maxLifetime: 0 },
    connection: {
      application_name: name,
      search_path: SCHEMA,
      client_encoding: "UTF8",
      statement_timeout: String(STATEMENT_MS),
      lock_timeout: "5000",
      idle_in_transaction_session_timeout: "20000",
      ...{
        tcp_keepalives_idle: "5",
        tcp_keepalives_interval: "3",
        tcp_keepalives_count: "3",
        tcp_user_timeout: "15000",
      },
      // Every statement here looks up few rows by an index. A plan that was made for a small table, or for a LIMIT that the planner does
      // not know, would read a million to join them.
      ...{ enable_seqscan: "off", enable_hashjoin: "off", enable_mergejoin: "off" },
      // Compiling a plan costs more than these short statements.
      jit: "off",
    },
  }
}

/** @param name what the connection calls itself, beside others of the server @throws {StoreError} */
export async function connect(url: string, name?: string): Promise<Connection> {
  let isGone = false
  const onclose = () => {
    isGone = true
  }
  const sql = new SQL({ ...makeOptions(url, 1, name), onclose })
  const close = () => sql.close({ timeout: 0 }).catch(() => {})
  let reserved: Awaited<ReturnType<typeof sql.reserve>>
  try {
    reserved = await sql.reserve()
  } catch (error) {
    await close()
    throw toStoreError(error)
  }

  async function send<Row>(statement: Statement): Promise<Row[]> {
    try {
      return await answer<Row>(statement)
    } catch (error) {
      const known = toStoreError(error)
      if (isLost(known)) {
        isGone = true
        void close()
      }
      throw known
    }
  }

  return {
    ask: async (text, values = []) => await send(prepare(reserved, text, values)),
    async run(script) {
      await send(reserved.unsafe(script))
    },
    isLost: () => isGone,
    async close() {
      isGone = true
      await close()
    },
  }
}

/** Connections for reads, made when they are needed and again when they are lost. */
export function openReaders(url: string): Asking {
  let sql = new SQL(makeOptions(url, READERS))
  return {
    async ask<Row>(text: string, values: readonly Value[] = []) {
      const asked = sql
      try {
        return await answer<Row>(prepare(asked, text, values))
      } catch (error) {
        const known = toStoreError(error)
        if (isLost(known) && asked === sql && known.code !== REFUSED) {
          sql = new SQL(makeOptions(url, READERS))
          asked.close({ timeout: 0 }).catch(() => {})
        }
        throw known
      }
    },
    close: () => sql.close({ timeout: 0 }),
  }
}

/** Nothing was connected, so that nothing is closed. */
const REFUSED = "ERR_POSTGRES_CONNECTION_REFUSED"

/** The driver prepares a statement with values, or a template; what it does not prepare, it sends only when all before is answered. */
function prepare(sql: Pick<SQL, "unsafe">, text: string, values: readonly Value[]): Statement {
  if (values.length > 0) return sql.unsafe(text, values.map(clean))
  const template = Object.defineProperty([text], "raw", { value: [text] })
  return (sql as unknown as (template: string[]) => Statement)(template)
}

interface Statement {
  execute(): Promise<unknown>
}

/** The answer, unless it does not come. */
async function answer<Row>(query: Statement): Promise<Row[]> {
  const rows = await inTime(query.execute(), UNANSWERED_MS, systemClock)
  if (rows === null) throw new Error("the database does not answer")
  // The driver's own kind of array is not copied to other threads as one.
  return Array.from(rows as ArrayLike<Row>)
}

/** PostgreSQL has no NUL in a text. */
function clean(value: Value): Value {
  return typeof value === "string" && value.includes("\0") ? value.replaceAll("\0", "\ufffd") : value
}

/**
 * A value as JSON that PostgreSQL takes, with bytes as it reads them. Rows are one parameter, for `json_to_recordset($1::text::json)`:
 * the driver needs a third of the time for it that it needs for an array of each column.
 */
export function toJson(value: object): string {
  const text = JSON.stringify(value, spellBytes)
  return SUSPECT.test(text) ? JSON.stringify(value, spellCleanly) : text
}

/** What may be a NUL or half of a pair of characters, which PostgreSQL refuses in JSON. */
const SUSPECT = /\\u(?:0000|d[89a-f])/

function spellBytes(this: unknown, key: string, value: unknown): unknown {
  // Buffers have a toJSON of their own, which has been called already.
  const given = (this as Record<string, unknown>)[key]
  return given instanceof Uint8Array
    ? `\\x${Buffer.from(given.buffer, given.byteOffset, given.length).toString("hex")}`
    : value
}

function spellCleanly(this: unknown, key: string, value: unknown): unknown {
  const spelled = spellBytes.call(this, key, value)
  return typeof spelled === "string" ? spelled.toWellFormed().replaceAll("\0", "\ufffd") : spelled
}
