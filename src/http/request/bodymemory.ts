// Limits the memory that all request bodies together hold at one time. A body beyond the limit is refused with 503.
import { GatewayError } from "../../errors.ts"

const RETRY_AFTER_SECONDS = 2

export type BodyMemory = ReturnType<typeof createBodyMemory>

/** @param bytesMax for all bodies that are being read or stored */
export function createBodyMemory(bytesMax: number) {
  let held = 0

  function check(bytes: number): void {
    if (held + bytes <= bytesMax) return
    throw new GatewayError(
      "server_busy",
      `the request bodies being received hold ${bytesMax / 1024 / 1024} MB of memory, which is the limit: send the request again in a moment`,
      { retryAfter: RETRY_AFTER_SECONDS },
    )
  }

  return {
    /** Checks that this many more bytes could be held now. @throws {GatewayError} server_busy */
    check,

    /**
     * The share of one body: it grows with what has arrived and is given back as a whole.
     * `growTo` throws {GatewayError} server_busy.
     */
    share() {
      let own = 0
      return {
        growTo(bytes: number): void {
          if (bytes > own) check(bytes - own)
          held += bytes - own
          own = bytes
        },
        giveBack(): void {
          held -= own
          own = 0
        },
      }
    },
  }
}
