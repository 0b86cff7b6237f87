// Small files that only this user may read. They are replaced as a whole, so an interrupted write never leaves half a file.
import {
  chmodSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs"
import { dirname } from "node:path"
import { systemClock } from "../clock.ts"
import { describeCause } from "../values.ts"

const DRAFT_MS_MAX = 5000

/** A file or a variable that the process needs cannot be used. The message says why and what to do, to the person who started it. */
export class SetupRefused extends Error {}

/**
 * The text of a file, or null when there is none. Sets its mode to 0600 if it is another.
 * @throws {SetupRefused}
 */
export function readPrivate(path: string): string | null {
  try {
    // Only if needed, because a change of the mode looks like a change of the file to `followFile`.
    if ((statSync(path).mode & 0o777) !== 0o600) chmodSync(path, 0o600)
    return readFileSync(path, "utf8")
  } catch (error) {
    if (readErrorCode(error) === "ENOENT") return null
    throw new SetupRefused(
      `cannot read ${path}: ${describeCause(error)}. Make it a file that this user may read and write.`,
    )
  }
}

/**
 * Replaces the file's text (null when there is none) by what `make` returns: writes a draft beside it and renames that.
 * @param flag `wx` when another process may do the same at this moment: one of the two is then refused before it reads
 * @throws {SetupRefused}, and whatever `make` throws
 */
export function replacePrivate(path: string, flag: "w" | "wx", make: (before: string | null) => string): void {
  const draft = `${path}.tmp`
  const file = openDraft(draft, flag)
  try {
    try {
      writeSync(file, make(readPrivate(path)))
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(draft, path)
    syncDirectory(dirname(path))
  } catch (error) {
    rmSync(draft, { force: true })
    if (error instanceof SetupRefused) throw error
    throw new SetupRefused(`cannot write ${path}: ${describeCause(error)}. Free space or fix the permissions.`)
  }
}

/** A rename is durable only after its directory is synced. Without it, a key could be lost while bytes that it sealed are kept. */
export function syncDirectory(path: string): void {
  // Windows cannot open a directory.
  if (process.platform === "win32") return
  const directory = openSync(path, "r")
  fsyncSync(directory)
  closeSync(directory)
}

function openDraft(draft: string, flag: "w" | "wx"): number {
  try {
    mkdirSync(dirname(draft), { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new SetupRefused(
      `cannot use the directory ${dirname(draft)}: ${describeCause(error)}. Name another with --app-dir.`,
    )
  }
  try {
    if (flag === "wx") removeAbandoned(draft)
    const file = openSync(draft, flag, 0o600)
    fchmodSync(file, 0o600)
    return file
  } catch (error) {
    const advice =
      readErrorCode(error) === "EEXIST"
        ? "another command is writing it. Try again, and remove that file if none is"
        : `${describeCause(error)}. Fix the permissions of its directory`
    throw new SetupRefused(`cannot write ${draft}: ${advice}.`)
  }
}

/** Removes the draft of a command that was killed while it wrote: no command takes that long. */
function removeAbandoned(draft: string): void {
  const stat = statSync(draft, { throwIfNoEntry: false })
  if (stat !== undefined && systemClock.wall() - stat.mtimeMs > DRAFT_MS_MAX) rmSync(draft)
}

/** The value of a file that other processes may change at any time. */
export interface Followed<T> {
  value(): T
  /**
   * Reads the file again if it has changed, and returns whether it did. Never throws.
   * @param isRetry also reads a file again that could not be read the last time
   */
  refresh(isRetry?: boolean): boolean
}

/**
 * Follows a file: `read` is called now, and whenever `refresh` finds that the file has changed. When it throws, the value stays.
 * @param onUnreadable called with why the file cannot be read, once for each reason
 * @param known a value that was read before: the file is then read by the first `refresh`, not now
 * @throws what `read` throws now
 */
export function followFile<T>(
  path: string,
  read: () => T,
  onUnreadable: (reason: string) => void,
  known?: { value: T },
): Followed<T> {
  // Before the file is read, so that a change in between is noticed.
  let stamp = known ? undefined : readStamp(path)
  let value = known ? known.value : read()
  let reason: string | null = null
  return {
    value: () => value,
    refresh(isRetry = false) {
      try {
        const current = readStamp(path)
        if (current === stamp && !(isRetry && reason !== null)) return false
        stamp = current
        value = read()
        reason = null
        return true
      } catch (error) {
        const isNew = reason !== describeCause(error)
        reason = describeCause(error)
        if (isNew) onUnreadable(reason)
        return false
      }
    },
  }
}

/** A text that differs whenever the file was replaced or written to; null when there is none. */
function readStamp(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? null : `${stat.ino}:${stat.mtimeMs}:${stat.ctimeMs}:${stat.size}`
}

function readErrorCode(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined
}
