// The id that a caller gives to its request, read from `x-request-id`.
import type { Keyring } from "../../auth/virtualkeys.ts"
import { GatewayError } from "../../errors.ts"
import { holdsGatewayKey } from "./authentication.ts"

const REQUEST_ID_CHARS_MAX = 512

/** The id that a response carries: the caller's own, cut to the length that is stored, or a new one. */
export function readRequestId({ headers }: Request): string {
  return headers.get("x-request-id")?.slice(0, REQUEST_ID_CHARS_MAX) || crypto.randomUUID()
}

/**
 * The id that a job keeps and sends to its provider: the caller's own, or a new one.
 * @throws {GatewayError} invalid_request when it is too long, or holds a key of this gateway
 */
export function checkRequestId(headers: Headers, keyring: Keyring): string {
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
