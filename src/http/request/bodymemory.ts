// How many bytes of bodies are held in memory at one time, of all requests together: what is over is refused, and may come again.
import { GatewayError } from "../../errors.ts"

const RETRY_AFTER_SECONDS = 2

export type BodyMemory = ReturnType<typeof createBodyMemory>

/** @param bytesMax of all bodies that are being read or stored */
export function createBodyMemory(bytesMax: number) {
  let held = 0

  function check(bytes: number): void {
    if (held + bytes <= bytesMax) return
    throw new GatewayError(
      "server_busy",
      `the bodies that are coming in hold ${bytesMax / 1024 / 1024} MB of memory, which is all they may: send the request again in a moment`,
      { retryAfter: RETRY_AFTER_SECONDS },
    )
  }

  return {
    /** Whether so many bytes more could be held now. @throws {GatewayError} server_busy */
    check,

    /**
     * A share that grows to any number of bytes and is given back at once.
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
