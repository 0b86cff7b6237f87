// Replaces the program by another release: finds it, proves that it is ours and that it runs, and puts it in the program's place.
import {
  chmodSync,
  chownSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs"
import { basename, dirname, join } from "node:path"
import { describeCause } from "../values.ts"
import { type Archive, type Manifest, parseManifest } from "./manifest.ts"
import { verifySignature } from "./minisign.ts"
import { explainAddress, fetchFile, fetchText } from "./releasefiles.ts"
import { unpackProgram } from "./unpack.ts"
import { UpdateRefused } from "./updaterefused.ts"

/** Where releases are published. */
export const RELEASES_URL = "https://github.com/asyncgate/asyncgate/releases"

const MANIFEST_BYTES_MAX = 256 * 1024
const SIGNATURE_BYTES_MAX = 4096
/** So long the new program may take to tell its version. */
const TRIAL_MS_MAX = 60_000

/** What runs now. */
export interface Current {
  version: string
  /** How many migrations its database has. */
  schema: number
  target: string
}

export interface Offer {
  manifest: Manifest
  archive: Archive
  /** Where the archive is. */
  url: string
}

/**
 * The address of latest.json.
 * @param mirror as ASYNCGATE_UPDATE_URL names it, laid out as the releases are; null: where they are published
 * @param version null: the newest
 * @throws {UpdateRefused} the mirror is no address that may be used
 */
export function findManifestUrl(mirror: string | null, version: string | null): string {
  const wrong = mirror === null ? null : explainAddress(mirror)
  if (wrong !== null) throw new UpdateRefused(`ASYNCGATE_UPDATE_URL ${wrong}`)
  const base = mirror?.replace(/\/+$/, "") ?? RELEASES_URL
  return `${base}/${version === null ? "latest/download" : `download/v${version}`}/latest.json`
}

/**
 * Reads what a release is, and proves that the owner of the key has signed it.
 * @param key the public key of minisign
 * @throws {UpdateRefused}
 */
export async function readManifest(url: string, key: string): Promise<Manifest> {
  const text = await fetchText(url, MANIFEST_BYTES_MAX, "there is no such release")
  const signature = await fetchText(`${url}.minisig`, SIGNATURE_BYTES_MAX, "the release is not signed")
  try {
    await verifySignature(key, Buffer.from(text), signature)
    return parseManifest(text)
  } catch (error) {
    throw new UpdateRefused(`${url} is not accepted. ${describeCause(error)}`)
  }
}

/**
 * Whether a release is newer than what runs, so that it may be put in its place.
 * @param wanted the version that was asked for by name; null: the newest
 * @returns null: it is the version that runs
 * @throws {UpdateRefused} it is older, or not what was asked for, or not made for this system
 */
export function chooseOffer(manifest: Manifest, url: string, current: Current, wanted: string | null): Offer | null {
  const { version, schema, targets } = manifest
  if (wanted !== null && version !== wanted)
    throw new UpdateRefused(`${url} is of version ${version}, not of ${wanted}`)
  const order = Bun.semver.order(version, current.version)
  if (order === 0) return null
  if (order < 0 && wanted === null)
    throw new UpdateRefused(
      `the release that is offered, ${version}, is older than this program, ${current.version}; to go back: asyncgate update --to ${version}`,
    )
  if (schema < current.schema)
    throw new UpdateRefused(
      `version ${version} cannot open the database of ${current.version}: it would refuse to start. Restore a backup from before, with that program`,
    )
  const archive = targets[current.target]
  if (archive === undefined)
    throw new UpdateRefused(`version ${version} was not made for this system (${current.target})`)
  return { manifest, archive, url: new URL(archive.url, url).href }
}

export interface Replacing {
  offer: Offer
  /** The path of the program that is replaced. */
  program: string
  env: Record<string, string | undefined>
  /** Ends the download. */
  signal: AbortSignal
  onProgress(bytes: number, size: number): void
  /** Called where the directory of the update cannot be removed; the next update tries again. */
  onLeft(path: string, why: string): void
  /** Called when the new program is there and runs, just before it takes the place. What it throws ends the update. */
  beforeReplacing(): Promise<void>
}

/**
 * Puts a release in the program's place. Until the last moment everything is in a directory of its own beside it.
 * @returns the path of the program before
 * @throws {UpdateRefused} and nothing has changed
 */
export async function replaceProgram(replacing: Replacing): Promise<string> {
  const { offer, program, env, signal, onProgress, onLeft, beforeReplacing } = replacing
  const { archive, manifest, url } = offer
  removeAbandoned(program, onLeft)
  const draft = makeDraft(program)
  try {
    const packed = join(draft, archive.archive)
    await fetchFile(url, packed, archive, signal, (bytes) => onProgress(bytes, archive.size))
    const unpacked = join(draft, "unpacked")
    mkdirSync(unpacked)
    const next = await unpackProgram(packed, unpacked, process.platform === "win32" ? "asyncgate.exe" : "asyncgate")
    await tryOut(next, manifest.version, draft, env)
    await beforeReplacing()
    return swap(program, next, draft)
  } catch (error) {
    if (error instanceof UpdateRefused) throw error
    throw new UpdateRefused(describeCause(error))
  } finally {
    removeDraft(draft, onLeft)
  }
}

/** On the same disk as the program, so that it can be renamed. */
function nameDraft(program: string): string {
  return `.${basename(program)}-update-`
}

function makeDraft(program: string): string {
  const draft = join(dirname(program), `${nameDraft(program)}${process.pid}`)
  try {
    mkdirSync(draft, { mode: 0o700 })
    return draft
  } catch (error) {
    throw new UpdateRefused(`nothing can be written beside the program: ${describeCause(error)}`)
  }
}

/** Those of updates that were killed. */
function removeAbandoned(program: string, onLeft: Replacing["onLeft"]): void {
  const start = nameDraft(program)
  for (const name of readdirSync(dirname(program))) {
    if (!name.startsWith(start) || isAlive(Number(name.slice(start.length)))) continue
    removeDraft(join(dirname(program), name), onLeft)
  }
}

/** A directory that cannot be removed, as another user's, must not hide how the update ended. */
function removeDraft(draft: string, onLeft: Replacing["onLeft"]): void {
  try {
    rmSync(draft, { recursive: true, force: true })
  } catch (error) {
    onLeft(draft, describeCause(error))
  }
}

function isAlive(pid: number): boolean {
  try {
    return pid !== process.pid && process.kill(pid, 0)
  } catch (error) {
    return (error as { code?: unknown }).code === "EPERM"
  }
}

/** It must run on this system, and be what it was said to be. It is given an empty directory, so that it finds no gateway to ask. */
async function tryOut(path: string, version: string, draft: string, env: Replacing["env"]): Promise<void> {
  const refuse = (why: string) => new UpdateRefused(`version ${version} does not run here: ${why}`)
  let ran: { code: number; output: string; errors: string }
  try {
    const child = Bun.spawn([path, "version", "--json"], {
      env: { ...env, APP_DIR: join(draft, "none"), ASYNCGATE_URL: "", ASYNCGATE_TOKEN: "" },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: TRIAL_MS_MAX,
      killSignal: "SIGKILL",
    })
    const [output, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
    ran = { code: await child.exited, output, errors }
  } catch (error) {
    throw refuse(describeCause(error))
  }
  const said = ran.errors.trim().split("\n")[0] ?? ""
  if (ran.code !== 0) throw refuse(`it ended with ${ran.code}${said === "" ? "" : ` (${said})`}`)
  if (readVersion(ran.output) !== version) throw refuse("it does not say that it is this version")
}

function readVersion(output: string): unknown {
  try {
    return (JSON.parse(output) as { version?: unknown }).version
  } catch {
    return null
  }
}

/**
 * There is no moment at which the name leads to nothing, but on Windows, which renames a program that runs and does not replace it.
 * @returns the path of the program before
 */
function swap(program: string, next: string, draft: string): string {
  const old = `${program}.old`
  if (process.platform === "win32") {
    rmSync(old, { force: true })
    renameSync(program, old)
    try {
      renameSync(next, program)
    } catch (error) {
      renameSync(old, program)
      throw error
    }
    return old
  }
  keepOwner(program, next)
  const kept = join(draft, "old")
  keepProgram(program, kept)
  renameSync(kept, old)
  renameSync(next, program)
  return old
}

/** Who could run the program before can run it now, and nobody else. */
function keepOwner(program: string, next: string): void {
  const { mode, uid, gid } = statSync(program)
  if (process.getuid?.() === 0) chownSync(next, uid, gid)
  chmodSync(next, mode & 0o777)
}

/** Not every file system has links. */
function keepProgram(program: string, kept: string): void {
  try {
    linkSync(program, kept)
  } catch {
    copyFileSync(program, kept)
  }
}
