// What the doctor looks at in the data: the database, what an upgrade would do with it, and the files with keys. It only reads.

import { existsSync, readFileSync, realpathSync, statSync } from "node:fs"
import { dirname, join } from "node:path"

import { canOpen, parseKey } from "../auth/sealing.ts"
import { parseRecords } from "../auth/virtualkeys.ts"
import { FILES_DIRECTORY } from "../batches/batch.ts"
import { systemClock } from "../clock.ts"
import type { Env } from "../config/variables.ts"
import { isDigest } from "../digest.ts"
import { describeRecovery, schemaVersion } from "../jobs/sqlite/database.ts"
import { refuseForeign } from "../jobs/sqlite/prepare.ts"
import { lookAt, type Sight, SnapshotRefused } from "../jobs/sqlite/snapshot.ts"
import { DataRefused } from "../jobs/storeerror.ts"
import { describeJobs } from "./backupcommand.ts"
import { createResults, type Result } from "./doctor.ts"
import { formatBytes } from "./texts.ts"

/** How long the check of a whole database may take: about 25 GB, where the system has it in memory. */
const CHECK_MS_MAX = 30_000

const { ok, error, skipped } = createResults("database")

/**
 * @param makeChecker makes the thread that reads the whole database
 * @param isRunning whether a gateway has it open
 * @param withinMs how long that thread has
 * @returns the results, and what was seen; null: nothing could be
 */
export async function checkDatabase(
  appDir: string,
  makeChecker: () => Worker,
  isRunning: boolean,
  withinMs = CHECK_MS_MAX,
): Promise<{ results: Result[]; sight: Sight | null }> {
  const link = join(appDir, "asyncgate.db")
  if ((statSync(link, { throwIfNoEntry: false })?.size ?? 0) === 0)
    return { results: [ok("there is none yet: the first start makes it")], sight: null }
  try {
    const path = realpathSync(link)
    if (!isRunning) refuseForeign(path)
    const sight = lookAt(path)
    const whole = await checkWhole(path, sight, makeChecker, withinMs)
    return { results: [whole, compareSchemas(sight), ...checkUploads(dirname(path), sight)], sight }
  } catch (thrown) {
    return { results: [explain(thrown, link)], sight: null }
  }
}

function explain(thrown: unknown, path: string): Result {
  if (thrown instanceof DataRefused) return error(thrown.message, `asyncgate restore FILE, if there is a backup`)
  if (!(thrown instanceof SnapshotRefused))
    return error(`${path} cannot be read: ${(thrown as Error).message}`, "fix its rights")
  switch (thrown.reason) {
    case "damaged":
      return error(thrown.message, describeRecovery(path))
    case "newer":
      return createResults("upgrade").error(
        thrown.message,
        "start the newer asyncgate, or restore a backup of this one",
      )
    case "foreign":
      return error(thrown.message, "move it away, or name another directory with --app-dir")
    case "unusable":
      return error(thrown.message, "give this user the right to read and write the directory and its files")
  }
}

async function checkWhole(path: string, { jobs }: Sight, makeChecker: () => Worker, withinMs: number): Promise<Result> {
  const holds = `${formatBytes(statSync(path).size)}, jobs: ${describeJobs(jobs)}`
  const damage = await findDamageWithin(path, makeChecker, withinMs)
  if (damage === undefined) {
    const time = `${withinMs / 1000} s`
    return skipped(`${holds}; it could not be checked to its end in ${time}`, "asyncgate backup checks all of its copy")
  }
  if (damage === null) return ok(`${holds}; checked`)
  return error(`${path} is damaged (${damage})`, describeRecovery(path))
}

/** Null: there is none. Undefined: the time was over. */
function findDamageWithin(
  path: string,
  makeChecker: () => Worker,
  withinMs: number,
): Promise<string | null | undefined> {
  return new Promise((resolve, reject) => {
    const thread = makeChecker()
    const end = (damage: string | null | undefined) => {
      cancel()
      thread.terminate()
      resolve(damage)
    }
    const cancel = systemClock.after(withinMs, () => end(undefined))
    thread.addEventListener("message", ({ data }: MessageEvent<string | null>) => end(data))
    thread.addEventListener("error", (event) => {
      event.preventDefault()
      cancel()
      reject(new Error(event.message))
    })
    thread.postMessage(path)
  })
}

/**
 * Whether the files of batches are where the database says. What is there besides, a start deletes.
 * @param directory that of the database
 */
function checkUploads(directory: string, { uploads }: Sight): Result[] {
  const results = createResults("files")
  const lost = [...uploads].filter((name) => !existsSync(join(directory, FILES_DIRECTORY, name)))
  const [first] = lost
  if (uploads.size === 0) return []
  if (first === undefined) return [results.ok(`all ${uploads.size} uploaded files and results of batches are there`)]
  const what = `${lost.length} of ${uploads.size} files are not in ${join(directory, FILES_DIRECTORY)}, ${first} for one`
  return [results.error(what, "put them back, or restore a backup: batches that read them fail")]
}

/** What an upgrade has done, or a start with this program would do. */
function compareSchemas({ schema }: Sight): Result {
  const results = createResults("upgrade")
  if (schema === schemaVersion)
    return results.ok(`schema version ${schema} is that of this program: a start changes nothing`)
  return results.warning(
    `the next start brings the database from schema version ${schema} to ${schemaVersion}: an older asyncgate then refuses it`,
    "make a backup first: asyncgate backup",
  )
}

/** The files with keys, and whether the encryption key opens what is stored. @param sight null: nothing is known of the database */
export function checkKeys(appDir: string, env: Env, sight: Sight | null): Result[] {
  const keys = createResults("keys")
  const results: Result[] = []
  const check = (name: string, remedy: string, isRight: (text: string, path: string) => boolean) => {
    const path = join(appDir, name)
    try {
      if (!existsSync(path) || isRight(readFileSync(path, "utf8"), path)) return
      results.push(keys.error(`${path} does not hold what it must`, remedy))
    } catch (thrown) {
      // The message names the file.
      results.push(keys.error((thrown as Error).message.replace(/\.$/, ""), remedy))
    }
  }
  const remedy = "restore it from a backup, or remove it"
  check("admin-token", "asyncgate admin-token rotate, after it was removed", (text) => isDigest(text.trim()))
  check("encryption.key", remedy, (text) => text === "" || parseKey(text.trim()) !== null)
  check("virtual-keys.json", remedy, (text, path) => parseRecords(text, path).length >= 0)
  if (results.length > 0) return results
  const { jobs = 0, webhooks = 0, batches = 0 } = sight?.secrets ?? {}
  if (jobs + webhooks + batches === 0)
    return [keys.ok("every file with keys can be read; nothing that is stored needs the encryption key")]
  const needing = `${jobs} unfinished jobs, ${batches} unfinished batches and ${webhooks} webhook endpoints`
  const found = findKey(appDir, env)
  if (found !== null && sight?.secrets.some.some((each) => canOpen(found, each)))
    return [keys.ok(`the encryption key opens the secrets of ${needing}`)]
  const why = found === null ? "is not there" : "is another one"
  return [
    keys.error(
      `${needing} have secrets, and the encryption key that opens them ${why}`,
      "put encryption.key back, or set ASYNCGATE_ENCRYPTION_KEY as the gateway has it; or give the secrets up: start once with ASYNCGATE_ENCRYPTION_KEY=new",
    ),
  ]
}

function findKey(appDir: string, env: Env): Uint8Array | null {
  const path = join(appDir, "encryption.key")
  const text = env["ASYNCGATE_ENCRYPTION_KEY"] || (existsSync(path) ? readFileSync(path, "utf8") : "")
  return parseKey(text.trim())
}
