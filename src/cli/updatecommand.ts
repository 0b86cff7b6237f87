// The command update: puts another release in the place of this program.
import { existsSync, realpathSync } from "node:fs"
import { join } from "node:path"
import { version as programVersion } from "../../package.json" with { type: "json" }
import { findAppDir } from "../config/appdir.ts"
import { schemaVersion } from "../jobs/sqlite/database.ts"
import { readElsewhere } from "../jobs/sqlite/elsewhere.ts"
import { checkPlace } from "../release/installation.ts"
import { releaseKey, releaseTarget } from "../release/publickey.ts"
import {
  type Current,
  chooseOffer,
  findManifestUrl,
  type Offer,
  readManifest,
  replaceProgram,
} from "../release/update.ts"
import { UpdateRefused } from "../release/updaterefused.ts"
import { backUp } from "./backupfile.ts"
import { CommandError } from "./exitcodes.ts"
import { findRunning } from "./gatewayclient.ts"
import { type Input, isSet, readText } from "./input.ts"
import { restartInstalled } from "./servicecommand.ts"
import { formatBytes } from "./texts.ts"

export async function run(input: Input): Promise<number> {
  try {
    return await update(input)
  } catch (error) {
    throw error instanceof UpdateRefused ? new CommandError("failed", error.message) : error
  }
}

async function update(input: Input): Promise<number> {
  const { env, terminal } = input
  const wanted = readVersion(input)
  if (env["ASYNCGATE_NO_UPDATE"])
    throw new UpdateRefused("ASYNCGATE_NO_UPDATE is set, so that nothing is looked for: unset it to update")
  const program = realpathSync(process.execPath)
  const isCheck = isSet(input, "check")
  if (!isCheck) checkPlace({ program, isCompiled: Bun.isStandaloneExecutable })
  const current: Current = { version: programVersion, schema: schemaVersion, target: findTarget() }
  const url = findManifestUrl(env["ASYNCGATE_UPDATE_URL"] || null, wanted)
  const offer = chooseOffer(await readManifest(url, findKey()), url, current, wanted)
  if (offer === null || isCheck) return reportOffer(input, current, offer)
  const done = await replace(input, offer, current, program)
  const version = offer.manifest.version
  if (isSet(input, "json")) terminal.write(`${JSON.stringify({ from: current.version, to: version, ...done })}\n`)
  else terminal.write(`updated ${program} from ${current.version} to ${version}; the one before is ${done.old}\n`)
  return 0
}

interface Done {
  program: string
  /** The program before. */
  old: string
  /** The backup that was made; null: none was needed, or there is no database. */
  backup: string | null
  /** Whether the service was begun anew. */
  is_restarted: boolean
}

async function replace(input: Input, offer: Offer, current: Current, program: string): Promise<Done> {
  const { env, terminal } = input
  const stop = new AbortController()
  const interrupt = () => stop.abort()
  process.once("SIGINT", interrupt)
  let backup: string | null = null
  try {
    const old = await replaceProgram({
      ...{ offer, program, env, signal: stop.signal },
      onProgress: (bytes, size) =>
        terminal.progress(`version ${offer.manifest.version}: ${formatBytes(bytes)} of ${formatBytes(size)}`),
      onLeft: (path, why) => terminal.say(`${path} could not be removed (${why}): the next update tries again`),
      async beforeReplacing() {
        terminal.progress("")
        if (offer.manifest.schema > current.schema) backup = await backUpBefore(input, current)
      },
    })
    return { program, old, backup, is_restarted: restart(input, program) }
  } finally {
    terminal.progress("")
    process.off("SIGINT", interrupt)
    // Whoever started this must learn that it was Ctrl-C.
    if (stop.signal.aborted) process.kill(process.pid, "SIGINT")
  }
}

/** The new program changes the database at its first start, and then the old one cannot open it. */
async function backUpBefore(input: Input, { version }: Current): Promise<string | null> {
  const appDir = findAppDir(readText(input, "appDir"), input.env)
  const place = readElsewhere(appDir)
  if (place !== null) {
    input.terminal.say(`no backup was made of ${place}, where the jobs are: pg_dump makes one`)
    return null
  }
  if (!existsSync(join(appDir, "asyncgate.db"))) {
    input.terminal.say(`no backup was made, because ${appDir} has no database: another is named with --app-dir`)
    return null
  }
  const { path } = await backUp(appDir, join(appDir, `before-update-from-${version}.backup`))
  input.terminal.say(`the database will be changed by the new version; a backup is in ${path}`)
  return path
}

/** The program is replaced: what fails from here on does not undo it. */
function restart(input: Input, program: string): boolean {
  const { terminal } = input
  try {
    if (restartInstalled(input, program)) {
      terminal.say("the service was started anew")
      return true
    }
  } catch (error) {
    terminal.say(`the service could not be started anew: ${(error as Error).message}`)
    return false
  }
  const url = findRunning(findAppDir(readText(input, "appDir"), input.env))
  if (url !== null) terminal.say(`the gateway at ${url} runs the version before until it is started anew`)
  return false
}

/** @throws {CommandError} usage */
function readVersion(input: Input): string | null {
  const given = readText(input, "to")
  const version = given?.replace(/^v(?=\d)/, "") ?? null
  if (version === null || /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version)) return version
  throw new CommandError("usage", `--to ${JSON.stringify(given)} is no version: write it as --to 1.2.3`)
}

/** @throws {UpdateRefused} */
function findKey(): string {
  if (releaseKey !== null) return releaseKey
  throw new UpdateRefused(
    "this program was built without the key of the releases, so that it can trust none: download one and verify it as docs/release.md says",
  )
}

function findTarget(): string {
  return releaseTarget ?? `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`
}

/** @param offer null: what runs is the newest */
function reportOffer(input: Input, { version }: Current, offer: Offer | null): number {
  const { terminal } = input
  const offered = offer?.manifest.version ?? version
  if (isSet(input, "json"))
    terminal.write(`${JSON.stringify({ version, offered, is_other: offer !== null, date: offer?.manifest.date })}\n`)
  else if (offer === null) terminal.write(`${version} is what runs already\n`)
  else terminal.write(`${offered} of ${offer.manifest.date.slice(0, 10)} can be installed in place of ${version}\n`)
  return 0
}
