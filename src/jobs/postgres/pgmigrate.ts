// Creates the tables, and changes them while gateways of other versions use them. Migrations only add; what a program of the version
// before does not need goes a version later. A migration that older programs cannot live with names the oldest that can: the database
// then says so to all, those that are older stop in good order, and nothing is changed before.
import { DataRefused, StoreError } from "../storeerror.ts"
import { type Asking, type Connection, SCHEMA } from "./pgdriver.ts"
import { describeHolder, LOCK, type LockHolder, MIGRATION_LOCK, selectHolder } from "./pglock.ts"
import { bundledPgMigrations } from "./pgmigrations.macro.ts" with { type: "macro" }

type Ask = Asking["ask"]

const migrations = bundledPgMigrations()

/** The schema version that this program writes: the number of its migrations, kept in `settings`. */
export const pgSchemaVersion = migrations.length

/** The first schema version with the table `gateways`, and the first in which that says which schema version each writes. */
export const FIRST_WITH_GATEWAYS = 2
const FIRST_WITH_THEIR_SCHEMA = 3

/** How long a migration waits for a lock before it tries again, and how often it does. */
const LOCK_MS = 2000
const LOCK_TRIES = 15

/** Called again and again while a gateway runs the jobs that cannot live with the migration. Resolves when it is time to look again. */
export type OnOlder = (holder: LockHolder) => Promise<void>

/** @throws {DataRefused} */
export async function migrate(connection: Connection, place: string, onOlder: OnOlder = refuseFor(place)) {
  for (let tries = 1; ; tries++) {
    try {
      const older = await migrateOnce(connection, place)
      if (older === null) return
      await onOlder(older)
      tries = 0
    } catch (error) {
      await connection.ask("ROLLBACK").catch(() => {})
      // Others use the tables: waiting longer for them would make everybody else wait behind this.
      const isBusy = error instanceof StoreError && error.code === "55P03"
      if (!isBusy || tries === LOCK_TRIES) throw error
    }
  }
}

const refuseFor =
  (place: string): OnOlder =>
  async (holder) => {
    throw new DataRefused(
      "in_use",
      `the jobs of the database ${place} are run by a gateway of an older version (${describeHolder(holder)}). Stop it, and try again.`,
    )
  }

/** @returns who must stop first; null: all is done */
async function migrateOnce({ ask, run }: Connection, place: string): Promise<LockHolder | null> {
  await ask("BEGIN")
  await ask(`SET LOCAL lock_timeout = ${LOCK_MS}`)
  await ask("SELECT pg_advisory_xact_lock($1::bigint)", [MIGRATION_LOCK])
  const version = await readSchemaVersion(ask, place)
  const missing = migrations.slice(version)
  const oldestWriter = Math.max(...missing.map((each) => each.oldestWriter))
  let older: LockHolder | null = null
  if (version > 0 && oldestWriter > 1) {
    await set(ask, "oldest_writer", oldestWriter)
    older = await findOlderWriter(ask, version, oldestWriter)
  }
  if (older === null && missing.length > 0) {
    if (version === 0) await createSchema(ask)
    for (const { script } of missing) await run(script)
    await set(ask, "oldest_writer", oldestWriter)
    await set(ask, "schema_version", pgSchemaVersion)
  }
  await ask("COMMIT")
  return older
}

async function set(ask: Ask, name: string, value: number): Promise<void> {
  await ask(
    `INSERT INTO settings (name, value) VALUES ($1::text, $2::text)
     ON CONFLICT (name) DO UPDATE SET value = greatest(settings.value::integer, excluded.value::integer)::text`,
    [name, String(value)],
  )
}

/**
 * The gateway that runs the jobs, if its program is older than that. Where nobody runs them, nobody begins to before the end of this
 * transaction; and whoever begins later, or goes on, sees first which programs may.
 */
async function findOlderWriter(ask: Ask, version: number, oldestWriter: number): Promise<LockHolder | null> {
  const [free] = await ask<{ isFree: boolean }>('SELECT pg_try_advisory_xact_lock($1::bigint) AS "isFree"', [LOCK])
  if (free?.isFree) return null
  const [holder] =
    version < FIRST_WITH_THEIR_SCHEMA
      ? await ask<LockHolder>(selectHolder, [LOCK])
      : await ask<LockHolder>(
          `SELECT holder.* FROM (${selectHolder}) AS holder LEFT JOIN gateways ON holder.name = 'asyncgate ' || gateways.id
           WHERE coalesce(schema_version, 0) < $2::integer`,
          [LOCK, oldestWriter],
        )
  return holder ?? null
}

/** Asked first, because it needs a right that the user of a schema that is there may not have. */
async function createSchema(ask: Ask): Promise<void> {
  const [row] = await ask(`SELECT 1 AS there FROM pg_namespace WHERE nspname = '${SCHEMA}'`)
  if (!row) await ask(`CREATE SCHEMA ${SCHEMA}`)
}

/** The version of the schema; 0: there is none. @throws {DataRefused} this program is too old for it */
export async function readSchemaVersion(ask: Ask, place: string): Promise<number> {
  const [there] = await ask<{ settings: string | null }>(`SELECT to_regclass('${SCHEMA}.settings')::text AS settings`)
  if (!there?.settings) return 0
  const rows = await ask<{ name: string; value: string }>(
    "SELECT name, value FROM settings WHERE name IN ('schema_version', 'oldest_writer')",
  )
  const values = new Map(rows.map(({ name, value }) => [name, Number(value)]))
  const oldest = values.get("oldest_writer") ?? 0
  if (isTooOldFor(oldest)) {
    throw new DataRefused(
      "newer",
      `the database ${place} ${describeOldest(oldest)} Start the newer asyncgate, or name another database. Nothing was changed.`,
    )
  }
  return values.get("schema_version") ?? 0
}

/** Whether this program may not write any more. @param oldestWriter as the database says it */
export const isTooOldFor = (oldestWriter: number): boolean => oldestWriter > pgSchemaVersion

export const describeOldest = (oldestWriter: number): string =>
  `takes programs of schema version ${oldestWriter} or newer, this program has ${pgSchemaVersion}.`
