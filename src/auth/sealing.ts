// Encrypts a caller's secret while it is on disk: AES-256-GCM, bound to the id of one job.
// The store decides where the encrypted bytes are kept and when they are wiped.
import { join } from "node:path"
import { randomBytes } from "../clock.ts"
import { readPrivate, replacePrivate, SetupRefused } from "./privatefiles.ts"

const ALGORITHM = "aes-256-gcm"
/** The version of the format: the first byte of everything that is sealed. */
const FORM = 1
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

export interface Secrets {
  /** Returns the format byte, the nonce, the ciphertext and the tag. Only the same key and the same job id open them. */
  seal(plain: string, jobId: string): Uint8Array
  /** @throws {SecretLost} */
  unseal(sealed: Uint8Array, jobId: string): string
}

/** Sealed bytes cannot be opened: they are damaged, belong to another job, or were sealed with another key. */
export class SecretLost extends Error {}

/** What is stored sealed: how many unfinished jobs, webhook endpoints and batches have secrets, and a sample, each with what it is bound to. */
export interface Sealed {
  jobs: number
  webhooks: number
  batches: number
  some: readonly { id: string; secret: Uint8Array }[]
}

/** The value of ASYNCGATE_ENCRYPTION_KEY that gives up the secrets that cannot be opened. */
export const GIVE_UP = "new"

/**
 * Returns the key of the variable, or else the key in the file `encryption.key`, which is created when it is missing.
 * A key that opens nothing of what is stored is refused, because it would be lost; so is creating a new key while anything is sealed.
 * @param variable the value of ASYNCGATE_ENCRYPTION_KEY
 * @throws {SetupRefused}
 */
export function encryptionKey(
  directory: string,
  variable: string | undefined,
  sealed: Sealed = { jobs: 0, webhooks: 0, batches: 0, some: [] },
): Uint8Array {
  const path = join(directory, "encryption.key")
  const hasVariable = variable !== undefined && variable !== "" && variable !== GIVE_UP
  const key = hasVariable ? keyOfVariable(variable) : keyOfFile(path)
  // One that opens proves the key: any other that does not open is damaged.
  const isRight = sealed.some.length === 0 || (key !== null && sealed.some.some((each) => canOpen(key, each)))
  if (!isRight && variable !== GIVE_UP) {
    const name = hasVariable ? "ASYNCGATE_ENCRYPTION_KEY" : path
    const why = key === null ? `${name} is not there` : `${name} is another one`
    throw new SetupRefused(describeLoss(sealed, why))
  }
  return key ?? makeKey(path)
}

function describeLoss({ jobs, webhooks, batches }: Sealed, why: string): string {
  const needing = [
    ...(jobs > 0 ? [`unfinished jobs with a caller's own key (${jobs} of them)`] : []),
    ...(webhooks > 0 ? [`webhook endpoints (${webhooks} of them)`] : []),
    ...(batches > 0 ? [`unfinished batches (${batches} of them)`] : []),
  ]
  const losses = [
    ...(jobs > 0 ? ["those jobs fail"] : []),
    ...(webhooks > 0 ? ["those endpoints are sent nothing until their secrets are rotated"] : []),
    ...(batches > 0 ? ["what is left of those batches fails"] : []),
  ]
  return (
    `${needing.join(" and ")} need the encryption key that their secrets were stored with, and ${why}. ` +
    `Put that key back. Or give the secrets up, so that ${losses.join(" and ")}: start once with ASYNCGATE_ENCRYPTION_KEY=new.`
  )
}

/** Why a start would refuse the value of ASYNCGATE_ENCRYPTION_KEY, as far as that is seen without the database; null: it would not. */
export function checkKeyVariable(variable: string | undefined): string | null {
  try {
    if (variable && variable !== GIVE_UP) keyOfVariable(variable)
    return null
  } catch (error) {
    if (error instanceof SetupRefused) return error.message
    throw error
  }
}

function keyOfVariable(variable: string): Uint8Array {
  const key = parseKey(variable)
  if (key) return key
  throw new SetupRefused(
    `ASYNCGATE_ENCRYPTION_KEY is not 32 bytes as 64 hexadecimal digits or as base64 (it has ${variable.length} characters). Make one with: openssl rand -hex 32`,
  )
}

/** Null: there is no key. An empty file counts as none, because writing it loses nothing. */
function keyOfFile(path: string): Uint8Array | null {
  const text = readPrivate(path)
  if (text === null || text === "") return null
  const key = parseKey(text.trim())
  if (key) return key
  throw new SetupRefused(
    `${path} does not hold an encryption key. Restore it from a backup, or remove it: the next start says whether a job needs it.`,
  )
}

function makeKey(path: string): Uint8Array {
  const key = randomBytes(KEY_BYTES)
  replacePrivate(path, "w", () => `${key.toString("hex")}\n`)
  return key
}

/** Whether the key opens what is sealed. */
export function canOpen(key: Uint8Array, { id, secret }: Sealed["some"][number]): boolean {
  try {
    createSecrets(key).unseal(secret, id)
    return true
  } catch {
    return false
  }
}

/** @param key 32 bytes */
export function createSecrets(key: Uint8Array): Secrets {
  return {
    seal(plain, jobId) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = ciphers().createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
      cipher.setAAD(Buffer.from(jobId))
      const text = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()])
      return Buffer.concat([Buffer.of(FORM), nonce, text, cipher.getAuthTag()])
    },

    unseal(sealed, jobId) {
      const textStart = 1 + NONCE_BYTES
      const textEnd = sealed.length - TAG_BYTES
      if (sealed[0] !== FORM || textEnd < textStart) throw lost(jobId)
      const decipher = ciphers().createDecipheriv(ALGORITHM, key, sealed.subarray(1, textStart), {
        authTagLength: TAG_BYTES,
      })
      decipher.setAAD(Buffer.from(jobId))
      decipher.setAuthTag(sealed.subarray(textEnd))
      const text = decipher.update(sealed.subarray(textStart, textEnd))
      try {
        return Buffer.concat([text, decipher.final()]).toString()
      } catch {
        throw lost(jobId)
      }
    },
  }
}

/** Loaded when it is first needed: few gateways ever seal anything, and the module takes 1.5 MB in each thread. */
function ciphers(): typeof import("node:crypto") {
  return process.getBuiltinModule("node:crypto")
}

function lost(jobId: string): SecretLost {
  return new SecretLost(
    `the caller's own key of job ${jobId} cannot be opened: the encryption key is another one than when the job was accepted, or the stored bytes are damaged`,
  )
}

/** A key as hexadecimal digits or as base64; null: it is none. */
export function parseKey(text: string): Uint8Array | null {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, "hex")
  // Base64 in both alphabets, with or without padding.
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, "base64") : null
}
