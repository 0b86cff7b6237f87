// Reads the headers that a caller sends on to the provider as `x-bf-eh-NAME`. Some names are never sent on.
import type { Keyring } from "../../auth/virtualkeys.ts"
import { cut, GatewayError } from "../../errors.ts"
import { authorising } from "../../providers/headers.ts"
import type { ProviderSettings } from "../../providers/provider.ts"
import { holdsGatewayKey } from "./authentication.ts"

const EXTRA_PREFIX = "x-bf-eh-"
const EXTRAS_MAX = 32
const EXTRA_CHARS_MAX = 4096

/** Headers that frame the body or belong to one connection (RFC 9110, 7.6.1). */
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

/** Headers that no caller may set: the above, those that authenticate, and those that carry these providers' credentials. */
export function listReservedHeaders(providers: Iterable<ProviderSettings>): ReadonlySet<string> {
  const names = [...providers].map(({ authorization }) => authorization.header.toLowerCase())
  return new Set([...framing, ...authorising, ...names])
}

export interface ExtraHeaderOptions {
  /** See `listReservedHeaders`. */
  reserved: ReadonlySet<string>
  keyring: Keyring
}

/**
 * Each `x-bf-eh-NAME` as NAME, in lower case. Reserved names are left out.
 * @throws {GatewayError} invalid_request for too many or too long headers, and for one that holds a key of this gateway
 */
export function readExtraHeaders(headers: Headers, { reserved, keyring }: ExtraHeaderOptions): Record<string, string> {
  const extra: Record<string, string> = {}
  let count = 0
  headers.forEach((value, header) => {
    if (!header.startsWith(EXTRA_PREFIX)) return
    const name = header.slice(EXTRA_PREFIX.length)
    if (name === "" || name.startsWith("x-bf-") || reserved.has(name)) return
    if (++count > EXTRAS_MAX) throw refuse(header, `${EXTRA_PREFIX}… comes more than ${EXTRAS_MAX} times: send fewer`)
    if (value.length + name.length > EXTRA_CHARS_MAX)
      throw refuse(header, `${header} is longer than ${EXTRA_CHARS_MAX} characters: send less`)
    if (holdsGatewayKey(`${name} ${value}`, keyring))
      throw refuse(header, `${header} holds a key of this gateway, which is sent to no provider: leave it out`)
    extra[name] = value
  })
  return extra
}

/** The header that says which providers get them: that of `model` alone, or those of the fallbacks too. */
export const EXTRA_HEADERS_TO = "x-asyncgate-extra-headers"
export const extraHeadersTo = ["primary", "all"] as const

/** @throws {GatewayError} invalid_request */
export function readExtraHeadersTo(headers: Headers): (typeof extraHeadersTo)[number] {
  const given = headers.get(EXTRA_HEADERS_TO)?.trim() || "primary"
  const to = extraHeadersTo.find((word) => word === given)
  if (to !== undefined) return to
  const message = `${EXTRA_HEADERS_TO} must be primary (the provider of model alone) or all (those of fallbacks too)`
  throw new GatewayError("invalid_request", message, { param: EXTRA_HEADERS_TO })
}

function refuse(header: string, message: string): GatewayError {
  return new GatewayError("invalid_request", cut(message), { param: cut(header) })
}
