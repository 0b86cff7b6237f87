// What else a request's headers say about its job: what to pass on to the provider, which key to take, and whether it came before.
import { type CallerSecret, writeSecret } from "../../auth/callersecret.ts"
import { type Keyring, sha256Hex } from "../../auth/keyring.ts"
import { cut, GatewayError } from "../../errors.ts"
import { authorising } from "../../providers/headers.ts"
import type { ProviderSettings } from "../../providers/provider.ts"
import { holdsGatewayKey } from "./caller.ts"

const EXTRA_PREFIX = "x-bf-eh-"
const EXTRAS_MAX = 32
const EXTRA_CHARS_MAX = 4096
const IDEMPOTENCY_CHARS_MAX = 255
export const REQUEST_ID_CHARS_MAX = 512

/** What frames the body, and what belongs to one connection (RFC 9110, 7.6.1). */
const framing = [
  "host",
  "content-length",
  "content-type",
  "content-encoding",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "upgrade",
  "expect",
]

/** What no caller may set: the above, what proves who calls, and the headers by which these providers are told so. */
export function reservedHeaders(providers: Iterable<ProviderSettings>): ReadonlySet<string> {
  const names = [...providers].map(({ authorization }) => authorization.header.toLowerCase())
  return new Set([...framing, ...authorising, ...names])
}

export interface ExtraHeaderOptions {
  /** See `reservedHeaders`. */
  reserved: ReadonlySet<string>
  keyring: Keyring
}

/**
 * `x-bf-eh-NAME` as NAME, in lower case; those that are reserved are left out.
 * @throws {GatewayError} invalid_request for more than can be kept, and for what would give a key of this gateway away
 */
export function extraHeaders(headers: Headers, { reserved, keyring }: ExtraHeaderOptions): Record<string, string> {
  const extra: Record<string, string> = {}
  let count = 0
  headers.forEach((value, header) => {
    if (!header.startsWith(EXTRA_PREFIX)) return
    const name = header.slice(EXTRA_PREFIX.length)
    if (name === "" || name.startsWith("x-bf-") || reserved.has(name)) return
    if (++count > EXTRAS_MAX) throw refusal(header, `${EXTRA_PREFIX}… comes more than ${EXTRAS_MAX} times: send fewer`)
    if (value.length + name.length > EXTRA_CHARS_MAX)
      throw refusal(header, `${header} is longer than ${EXTRA_CHARS_MAX} characters: send less`)
    if (holdsGatewayKey(`${name} ${value}`, keyring))
      throw refusal(header, `${header} holds a key of this gateway, which is sent to no provider: leave it out`)
    extra[name] = value
  })
  return extra
}

/** To whom the headers of `x-bf-eh-*` go: to the provider of `model` alone, or with fallbacks to theirs too. */
export const EXTRA_HEADERS_TO = "x-asyncgate-extra-headers"
export const extraHeadersTo = ["primary", "all"] as const

/**
 * What of the caller's is to be sealed with its job, as text: its own key, and the headers that go to the provider. Null: nothing.
 * @throws {GatewayError} invalid_request
 */
export function secretOf(
  headers: Headers,
  key: string | null,
  provider: string,
  options: ExtraHeaderOptions,
): string | null {
  const extra = extraHeaders(headers, options)
  const to = headers.get(EXTRA_HEADERS_TO)?.trim() || "primary"
  if (!(extraHeadersTo as readonly string[]).includes(to)) {
    const message = `${EXTRA_HEADERS_TO} must be primary (the provider of model alone) or all (those of fallbacks too)`
    throw new GatewayError("invalid_request", message, { param: EXTRA_HEADERS_TO })
  }
  if (key === null && Object.keys(extra).length === 0) return null
  return writeSecret({ key, headers: extra, headersFor: to === "all" ? null : provider } satisfies CallerSecret)
}

function refusal(header: string, message: string): GatewayError {
  return new GatewayError("invalid_request", cut(message), { param: cut(header) })
}

/**
 * The caller's own id of its request, which goes to the provider too, or a new one.
 * @throws {GatewayError} invalid_request when it cannot be kept or would give a key of this gateway away
 */
export function checkedRequestId(headers: Headers, keyring: Keyring): string {
  const given = headers.get("x-request-id")
  if (!given) return crypto.randomUUID()
  if (given.length > REQUEST_ID_CHARS_MAX) {
    const message = `x-request-id has ${given.length} characters: send at most ${REQUEST_ID_CHARS_MAX}`
    throw new GatewayError("invalid_request", message, { param: "x-request-id" })
  }
  if (holdsGatewayKey(given, keyring)) {
    const message = "x-request-id holds a key of this gateway, which is sent to no provider: send another id"
    throw new GatewayError("invalid_request", message, { param: "x-request-id" })
  }
  return given
}

/** The id or the name of the one configured provider key to call with, or null. The id counts before the name. */
export function pinnedKey(headers: Headers): string | null {
  return headers.get("x-bf-api-key-id")?.trim() || headers.get("x-bf-api-key")?.trim() || null
}

/**
 * A child of a W3C `traceparent`: the same trace and flags, a span of its own. Null when there is none or it is not valid.
 * @param random gives that many random bytes
 */
export function childOf(traceparent: string | null, random: (bytes: number) => Uint8Array): string | null {
  const match = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?$/.exec(
    traceparent?.trim() ?? "",
  )
  // Only a later version than 00 may say more than its four parts.
  if (!match || (match[1] === "00" && match[4] !== undefined)) return null
  const span = Buffer.from(random(8)).toString("hex")
  // All zeros stand for no span.
  return `00-${match[2]}-${/^0+$/.test(span) ? "0000000000000001" : span}-${match[3]}`
}

/**
 * What an Idempotency-Key of this caller is stored as, or null without one. Two callers' equal keys are two.
 * @param caller who it is, in a word: see `ownerOf` in callers.ts
 * @throws {GatewayError} invalid_request when it is too long
 */
export function idempotencyDigest(caller: string, key: string | null): string | null {
  if (key === null || key === "") return null
  if (key.length > IDEMPOTENCY_CHARS_MAX) {
    throw new GatewayError(
      "invalid_request",
      `Idempotency-Key has ${key.length} characters: send at most ${IDEMPOTENCY_CHARS_MAX}`,
      { param: "Idempotency-Key" },
    )
  }
  return sha256Hex(JSON.stringify([caller, key]))
}
