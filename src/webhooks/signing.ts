// Signatures of Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
/** Before the base64 of a secret. */
const SECRET_PREFIX = "whsec_"
/** The length of the secrets that are made here. The specification allows 24 to 64 bytes. */
const SECRET_BYTES = 32
const SECRET_BYTES_MIN = 24
const SECRET_BYTES_MAX = 64
const VERSION = "v1"

/** How many seconds a receiver may be behind or ahead of the sender. */
export const TOLERANCE_SECONDS = 300

/** @param random returns that many random bytes */
export function makeSecret(random: (bytes: number) => Uint8Array): string {
  return SECRET_PREFIX + Buffer.from(random(SECRET_BYTES)).toString("base64")
}

/** What is wrong with a secret that a user has written, as the end of a sentence; null: nothing. */
export function findSecretFault(secret: string): string | null {
  const { length } = decodeSecret(secret)
  const isExact = secret === SECRET_PREFIX + decodeSecret(secret).toString("base64")
  if (isExact && length >= SECRET_BYTES_MIN && length <= SECRET_BYTES_MAX) return null
  return `must be ${SECRET_PREFIX} and the base64 of ${SECRET_BYTES_MIN} to ${SECRET_BYTES_MAX} random bytes; make one with: echo "${SECRET_PREFIX}$(openssl rand -base64 ${SECRET_BYTES})"`
}

/** So much of a secret is shown where its owner must recognize it. */
export function hintSecret(secret: string): string {
  return `${SECRET_PREFIX}…${secret.slice(-4)}`
}

/** The headers of one try to deliver a webhook. */
export type SignedHeaders = Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string>

/**
 * Signs a body with each of the secrets: two of them while one replaces the other.
 * @param id the same for all tries
 * @param seconds Unix time of this try
 */
export function signWebhook(secrets: readonly string[], id: string, seconds: number, body: string): SignedHeaders {
  const signatures = secrets.map((secret) => `${VERSION},${computeSignature(secret, id, seconds, body)}`)
  return { "webhook-id": id, "webhook-timestamp": String(seconds), "webhook-signature": signatures.join(" ") }
}

/**
 * What is wrong with a webhook that was received, as a sentence; null: it was signed with this secret, and just now.
 * @param headers as they came
 * @param now Unix time in seconds
 */
export function findSignatureFault(secret: string, headers: Headers, body: string, now: number): string | null {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures } = readHeaders(headers)
  if (!id || !timestamp || !signatures) {
    return "The headers webhook-id, webhook-timestamp and webhook-signature are not all there."
  }
  const seconds = Number(timestamp)
  if (!/^\d{1,12}$/.test(timestamp)) return "webhook-timestamp is no Unix time in seconds."
  const wanted = Buffer.from(computeSignature(secret, id, seconds, body))
  const isRight = signatures.split(" ", SIGNATURES_MAX).some((text) => {
    const [version, value = ""] = text.split(",", 2)
    const given = Buffer.from(value)
    return version === VERSION && given.length === wanted.length && hashes().timingSafeEqual(given, wanted)
  })
  if (!isRight) return "No signature is that of this secret: the body was changed, or the secret is another endpoint's."
  const age = Math.round(now - seconds)
  if (Math.abs(age) <= TOLERANCE_SECONDS) return null
  return `The signature is right, but ${Math.abs(age)} seconds ${age > 0 ? "old" : "ahead of this clock"}: receivers refuse more than ${TOLERANCE_SECONDS}.`
}

/** More signatures are not looked at. */
const SIGNATURES_MAX = 32

function readHeaders(headers: Headers): Partial<SignedHeaders> {
  const names = ["webhook-id", "webhook-timestamp", "webhook-signature"] as const
  return Object.fromEntries(names.map((name) => [name, headers.get(name) ?? ""]))
}

function computeSignature(secret: string, id: string, seconds: number, body: string): string {
  return hashes().createHmac("sha256", decodeSecret(secret)).update(`${id}.${seconds}.${body}`).digest("base64")
}

/** Loaded when it is first needed: a thread that only makes secrets does without. */
function hashes(): typeof import("node:crypto") {
  return process.getBuiltinModule("node:crypto")
}

function decodeSecret(secret: string): Buffer {
  return Buffer.from(secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : secret, "base64")
}
