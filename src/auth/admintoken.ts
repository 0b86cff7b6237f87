// The admin token of this gateway: it opens every job, and what is the operator's. Only its digest is kept.
import { join } from "node:path"
import { randomBytes } from "../clock.ts"
import { isDigest, sha256, sha256Hex } from "../digest.ts"
import { followFile, readPrivate, replacePrivate, SetupRefused } from "./privatefiles.ts"

/** What the admin token starts with, so that it is never taken for a provider's key and sent to one. */
export const ADMIN_TOKEN_PREFIX = "asyncgate-admin-"

export const TOKEN_FILE = "admin-token"

export interface Admin {
  /** The token, while nobody has been shown it: see `keep`. Null when it was shown at an earlier start. */
  newToken: string | null
  isAdmin(value: string): boolean
  /** Writes down that the new token was shown: the next start then shows none. @throws {SetupRefused} */
  keep(): void
  /** Reads the file again if it has changed. To be called about once a second. */
  refresh(): void
}

/**
 * The admin token, kept as a digest in the file `admin-token`. While there is no such file, each start makes another one.
 * @param onUnreadable called with why the file cannot be read while the gateway runs; the token known so far stays
 * @throws {SetupRefused}
 */
export function openAdmin(directory: string, onUnreadable: (reason: string) => void = () => {}): Admin {
  const path = tokenPath(directory)
  const kept = followFile(path, () => readDigest(path), onUnreadable)
  const newToken = kept.value() === null ? newAdminToken() : null
  let expected: Uint8Array | null = newToken === null ? decode(kept.value()) : sha256(newToken)

  function refresh(isRetry: boolean): boolean {
    const isNew = kept.refresh(isRetry)
    if (isNew) expected = decode(kept.value())
    return isNew
  }

  const isSame = (value: string) => expected !== null && crypto.timingSafeEqual(sha256(value), expected)

  return {
    newToken,
    isAdmin: (value) => isSame(value) || (value.startsWith(ADMIN_TOKEN_PREFIX) && refresh(false) && isSame(value)),
    keep() {
      refresh(true)
      // Another command may have made one meanwhile, and then that one counts.
      if (newToken !== null && kept.value() === null) replacePrivate(path, "w", () => `${sha256Hex(newToken)}\n`)
    },
    refresh: () => void refresh(true),
  }
}

/**
 * Makes a new admin token in place of the one before. A running gateway takes it from its next `refresh` on.
 * @throws {SetupRefused}
 */
export function rotateAdminToken(directory: string): string {
  const token = newAdminToken()
  replacePrivate(tokenPath(directory), "wx", () => `${sha256Hex(token)}\n`)
  return token
}

function newAdminToken(): string {
  return ADMIN_TOKEN_PREFIX + randomBytes(32).toString("base64url")
}

function tokenPath(directory: string): string {
  return join(directory, TOKEN_FILE)
}

function readDigest(path: string): string | null {
  const text = readPrivate(path)?.trim() ?? null
  if (text === null || isDigest(text)) return text
  throw new SetupRefused(
    `${path} does not hold the digest of a token. Remove it, and make a new token with: asyncgate admin-token rotate`,
  )
}

function decode(text: string | null): Uint8Array | null {
  return text === null ? null : Buffer.from(text, "hex")
}
