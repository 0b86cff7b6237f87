// Opens the data of a gateway on PostgreSQL: the database with its tables, and the connections for reads. Keys and config.json
// stay in the directory of the gateway, which has its lock too.
import { existsSync, realpathSync } from "node:fs"
import { join } from "node:path"
import { SetupRefused } from "../../auth/privatefiles.ts"
import { canOpen, createSecrets, type Sealed } from "../../auth/sealing.ts"
import { type Clock, randomBytes, steadyNow } from "../../clock.ts"
import type { Log } from "../../log.ts"
import { nameSealed } from "../../webhooks/webhooksecrets.ts"
import type { Data } from "../data.ts"
import { readNumberTime } from "../numbers.ts"
import { claimPlainDirectory } from "../sqlite/directory.ts"
import { noteElsewhere } from "../sqlite/elsewhere.ts"
import { type Asking, openReaders } from "./pgdriver.ts"
import { createPgFiles } from "./pgfiles.ts"
import { createGateways } from "./pggateways.ts"
import { createKeySharing } from "./pgkeyfiles.ts"
import { describeHolder } from "./pglock.ts"
import type { OnOlder } from "./pgmigrate.ts"
import { createPgReads } from "./pgreads.ts"
import { describeAddress, preparePostgres } from "./pgschema.ts"

type Ask = Asking["ask"]

/** How often it is looked whether an older gateway has stopped. */
const OLDER_MS = 250
/** How many encrypted values are tried with the encryption key. There are several, because a few may be damaged. */
const SEALED_MAX = 100
/** What the check value of the encryption key is bound to, in the place of a job's id. */
const CHECK = "the encryption key"

/**
 * @param stopIfAsked ends the process if it was asked to stop while it waits
 * @throws {DataRefused}
 */
export async function openPgData(
  appDir: string,
  url: string,
  log: Log,
  clock: Clock,
  stopIfAsked: () => void,
): Promise<Data> {
  const { announce, release } = claimPlainDirectory(appDir)
  process.on("exit", release)
  const place = describeAddress(url)
  const { version, isLossy } = await preparePostgres(url, place, awaitOlder(log, clock, stopIfAsked))
  noteElsewhere(appDir, place)
  log.debug("the jobs are stored in PostgreSQL", { database: place, version })
  if (isLossy) {
    log.warn(
      "the server answers before a commit is on its disk (synchronous_commit or fsync is off): accepted jobs may be lost when it fails",
    )
  }
  if (existsSync(join(appDir, "asyncgate.db"))) {
    log.warn(
      "the jobs in asyncgate.db are not looked at: asyncgate migrate-to moves them, while no gateway runs here",
      { appDir },
    )
  }
  const readers = openReaders(url)
  const { ask } = readers
  const sealed = await findSealed(ask)
  const gateway = crypto.randomUUID()
  return {
    reads: createPgReads(readers, clock),
    refresh: () => {},
    fileBytes: createPgFiles(ask),
    sealed,
    proveKey: (key, isGivenUp) => proveKey(ask, key, isGivenUp),
    readLatestIdTime: () => readLatestIdTime(ask),
    uncheckedPath: null,
    engine: { kind: "postgres", url, gateway },
    gateways: createGateways({
      ...{ url, clock, log, steady: steadyNow, id: gateway, directory: realpathSync(appDir) },
      shareKeys: createKeySharing(ask, appDir, log),
    }),
    announce,
  }
}

/** Lets a gateway of an older version stop, before the tables become such that it cannot live with them. */
function awaitOlder(log: Log, clock: Clock, stopIfAsked: () => void): OnOlder {
  let isTold = false
  return async (holder) => {
    if (!isTold) {
      isTold = true
      const gateway = describeHolder(holder)
      log.info("waiting for a gateway of an older version to stop: then this one changes the tables", { gateway })
    }
    stopIfAsked()
    await new Promise<void>((resolve) => clock.after(OLDER_MS, resolve))
  }
}

/** What is encrypted, and the newest of each kind, each with the name that it is bound to. */
async function findSealed(ask: Ask): Promise<Sealed> {
  const find = async (table: string, column: string, name = (id: string) => id) => {
    const newest = await ask<{ id: string; secret: Uint8Array }>(
      `SELECT id, ${column} AS secret FROM ${table} WHERE ${column} IS NOT NULL ORDER BY number DESC LIMIT ${SEALED_MAX}`,
    )
    const [row] = await ask<{ count: number }>(
      `SELECT count(*)::float8 AS count FROM ${table} WHERE ${column} IS NOT NULL`,
    )
    return { count: row?.count ?? 0, some: newest.map(({ id, secret }) => ({ id: name(id), secret })) }
  }
  const jobs = await find("jobs", "secret")
  const webhooks = await find("webhook_endpoints", "sealed", nameSealed)
  const batches = await find("batches", "sealed")
  const some = [...jobs.some, ...webhooks.some, ...batches.some]
  return { jobs: jobs.count, webhooks: webhooks.count, batches: batches.count, some }
}

async function readLatestIdTime(ask: Ask): Promise<number> {
  const tables = ["jobs", "uploads", "files", "batches", "conversations"]
  const newest = tables.map((table) => `(SELECT max(number) FROM ${table})`)
  const [row] = await ask<{ number: number }>(`SELECT coalesce(greatest(${newest.join()}), 0)::float8 AS number`)
  return readNumberTime(row?.number ?? 0)
}

/**
 * Compares the key with the value that the first gateway of this database has encrypted: another key would be found out only when a
 * caller's secret cannot be opened.
 */
export async function proveKey(ask: Ask, key: Uint8Array, isGivenUp: boolean): Promise<void> {
  const [row] = await ask<{ value: string }>("SELECT value FROM settings WHERE name = 'encryption_check'")
  if (row && canOpen(key, { id: CHECK, secret: Buffer.from(row.value, "base64") })) return
  if (row && !isGivenUp) {
    throw new SetupRefused(
      "the encryption key is another one than that of this database. Put that key into ASYNCGATE_ENCRYPTION_KEY, or back into encryption.key. Or give up what is encrypted: start once with ASYNCGATE_ENCRYPTION_KEY=new.",
    )
  }
  const sealed = createSecrets(key).seal(randomBytes(16).toString("hex"), CHECK)
  await ask(
    "INSERT INTO settings (name, value) VALUES ('encryption_check', $1::text) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    [Buffer.from(sealed).toString("base64")],
  )
}
