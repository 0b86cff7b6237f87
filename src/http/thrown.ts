// What a request is refused with, whatever was thrown.
import { GatewayError } from "../errors.ts"
import { StoreError } from "../jobs/storeerror.ts"

export function toRefusal(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  if (!(error instanceof StoreError))
    return new GatewayError("internal_error", "the gateway failed to answer: this is a bug", { cause: error })
  return error.kind === "corrupt"
    ? new GatewayError(
        "store_unavailable",
        "the job cannot be read: the database is damaged, and the gateway's log says how it is mended",
        { retryAfter: 60, cause: error.cause ?? error },
      )
    : new GatewayError("store_unavailable", "the job could not be read: ask again in a moment", {
        retryAfter: 1,
        cause: error.cause ?? error,
      })
}
