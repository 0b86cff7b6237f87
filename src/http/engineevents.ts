// What the engine tells by itself, and the error of a request that it has refused.
import type { Over } from "../engine/threads/protocol.ts"
import { type ErrorCode, GatewayError } from "../errors.ts"

export interface EngineEvents {
  /** Called before a message of the engine is handled: the engine may have changed the store. */
  onNews: () => void
  /** Called with the ids of files that have expired: their rows are deleted. */
  onFilesExpired?: (ids: readonly string[]) => void
  /** Called when the engine has ended without having been drained: no job can be accepted any more. */
  onOver: (end: Pick<Over, "reason" | "message">) => void
}

/** Seconds until a retry, for refusals of the engine that do not say. */
const retryAfters: Partial<Record<ErrorCode, number>> = { store_unavailable: 1, shutting_down: 5, queue_full: 5 }

export function toRefusal({ code, message, retryAfter }: { code: ErrorCode; message: string; retryAfter?: number }) {
  const seconds = retryAfter ?? retryAfters[code]
  return new GatewayError(code, message, seconds === undefined ? {} : { retryAfter: seconds })
}
