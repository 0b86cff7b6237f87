// Small files that only this user may read: whole or not there, whatever interrupts the writing. What they hold is the caller's.
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

const DRAFT_MS_MAX = 5000

/** Why a file or a variable that the process lives by cannot be used, and what to do: for the person who started it. */
export class SetupRefused extends Error {}

/**
 * The text of a file, or null when there is none. Whoever could read it before, now only its owner can.
 * @throws {SetupRefused}
 */
export function readPrivate(path: string): string | null {
  try {
    // Only where it must change: each change makes the file look like another one to whoever follows it.
    if ((statSync(path).mode & 0o777) !== 0o600) chmodSync(path, 0o600)
    return readFileSync(path, "utf8")
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null
    throw new SetupRefused(`cannot read ${path}: ${reasonOf(error)}. Make it a file that this user may read and write.`)
  }
}

/**
 * Puts what `make` makes of the file's text (null when there is none) in its place: written beside it first, then renamed.
 * @param first `wx` when another process may do the same at this moment: one of the two is then refused before it reads
 * @throws {SetupRefused}, and whatever `make` throws
 */
export function replacePrivate(path: string, first: "w" | "wx", make: (before: string | null) => string): void {
  const draft = `${path}.tmp`
  const file = openDraft(draft, first)
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
    throw new SetupRefused(`cannot write ${path}: ${reasonOf(error)}. Free space or fix the permissions.`)
  }
}

/** A name too is on disk only when its directory is: a key must not be gone while what it has sealed is there. */
function syncDirectory(path: string): void {
  // Windows opens no directories.
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
      `cannot use the directory ${dirname(draft)}: ${reasonOf(error)}. Name another with --app-dir.`,
    )
  }
  try {
    if (flag === "wx") removeAbandoned(draft)
    const file = openSync(draft, flag, 0o600)
    fchmodSync(file, 0o600)
    return file
  } catch (error) {
    const advice =
      codeOf(error) === "EEXIST"
        ? "another command is writing it. Try again, and remove that file if none is"
        : `${reasonOf(error)}. Fix the permissions of its directory`
    throw new SetupRefused(`cannot write ${draft}: ${advice}.`)
  }
}

/** A command that was killed while it wrote leaves its draft; none takes that long. */
function removeAbandoned(draft: string): void {
  const stat = statSync(draft, { throwIfNoEntry: false })
  if (stat !== undefined && systemClock.wall() - stat.mtimeMs > DRAFT_MS_MAX) rmSync(draft)
}

/** What stands in a file that others may change at any time. */
export interface Followed<T> {
  value(): T
  /**
   * Reads the file again if it has changed; whether the value may be new. Never throws.
   * @param isRetry whether to read one, too, that could not be read the last time
   */
  refresh(isRetry?: boolean): boolean
}

/**
 * Follows a file: `read` is called now, and whenever `refresh` finds that the file has changed. While it
 * throws, the value stays what it was.
 * @param onUnreadable called with why it cannot be read, once for each reason
 * @param known what was read before: nothing is read now then, but by the first `refresh`
 * @throws what `read` throws now
 */
export function followFile<T>(
  path: string,
  read: () => T,
  onUnreadable: (reason: string) => void,
  known?: { value: T },
): Followed<T> {
  // Before the reading: a change in between is then seen as one.
  let stamp = known ? undefined : stampOf(path)
  let value = known ? known.value : read()
  let reason: string | null = null
  return {
    value: () => value,
    refresh(isRetry = false) {
      try {
        const current = stampOf(path)
        if (current === stamp && !(isRetry && reason !== null)) return false
        stamp = current
        value = read()
        reason = null
        return true
      } catch (error) {
        const isNew = reason !== reasonOf(error)
        reason = reasonOf(error)
        if (isNew) onUnreadable(reason)
        return false
      }
    },
  }
}

/** Changes whenever the file is another one or has been written to; null when there is none. */
function stampOf(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? null : `${stat.ino}:${stat.mtimeMs}:${stat.ctimeMs}:${stat.size}`
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
