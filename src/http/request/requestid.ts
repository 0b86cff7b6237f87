// The id that a caller gives to its request, read from `x-request-id`.
import type { Keyring } from "../../auth/keyring.ts"
import { GatewayError } from "../../errors.ts"
import { holdsGatewayKey } from "./authentication.ts"

const REQUEST_ID_CHARS_MAX = 512

/** For an answer: as much of the caller's own id as is kept, or a new one. */
export function readRequestId({ headers }: Request): string {
  return headers.get("x-request-id")?.slice(0, REQUEST_ID_CHARS_MAX) || crypto.randomUUID()
}

/**
 * For a job, which keeps it and sends it to the provider too: the caller's own id, or a new one.
 * @throws {GatewayError} invalid_request when it cannot be kept or would give a key of this gateway away
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
