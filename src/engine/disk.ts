// How the disk and the database on it are: whether new work is taken, whether calls go out, and what the HTTP server is told of it.
import type { Clock } from "../clock.ts"
import type { ErrorCode } from "../errors.ts"
import { StoreError } from "../jobs/storeerror.ts"
import type { Log } from "../log.ts"
import type { FromEngine } from "./threads/protocol.ts"

/** The disk's free space is looked at anew after so long, or after so much has come in: that costs 15 µs. */
const MEASURE_EVERY_MS = 50
const MEASURE_BYTES = 1_000_000
/** Seconds after which somebody may have put a damaged database right. */
const DAMAGED_RETRY_AFTER = 60

/** The store was closed before a change came. */
export const CLOSED = new Error("the store is closed")

/** Why a request to store something was not carried out, for its caller. */
export interface StoreRefusal {
  code: ErrorCode
  message: string
  retryAfter?: number
}

export type Disk = ReturnType<typeof createDisk>

export function createDisk(options: {
  /** How much is free on the disk of the database. */
  freeBytes: () => number
  /** With less than this free, new work is refused. */
  reserveBytes: number
  /** How a damaged database is mended: for the log. */
  remedy: string
  clock: Clock
  log: Log
  post: (message: FromEngine) => void
}) {
  const { clock, log } = options
  let trouble: string | null = null
  /** That trouble does not pass: only what providers have answered is still written, where the store takes it. */
  let isDamaged = false
  /** Why new work is refused although the store takes writes, or null. */
  let shortage: string | null = null
  let measuredAt = 0
  /** What has come in since, bodies alone. */
  let unmeasuredBytes = 0

  function pulse(): void {
    options.post({ kind: "pulse", trouble: trouble ?? shortage })
  }

  function reportDamage(detail: string): void {
    if (isDamaged) return
    isDamaged = true
    trouble = `the database is damaged (${detail})`
    log.error(`${trouble}: stored results can still be read, new work is refused and no call goes out`, {
      fix: `Stop the gateway. ${options.remedy}`,
    })
    pulse()
  }

  /** A disk that is nearly full takes no new work, so that what is under way can be stored. */
  function measure(): void {
    measuredAt = clock.now()
    unmeasuredBytes = 0
    const free = options.freeBytes()
    const before = shortage
    shortage =
      free >= options.reserveBytes
        ? null
        : `only ${toMegabytes(free)} MB are free on the disk, less than the reserve of ${toMegabytes(options.reserveBytes)} MB`
    if ((before === null) === (shortage === null)) return
    if (shortage !== null) log.error("new work is refused", { reason: shortage })
    else log.info("new work is taken again: there is space on the disk")
    pulse()
  }

  return {
    /** Sent every second and whenever it changes. */
    pulse,
    measure,
    reportDamage,

    /** Whether the store takes no writes. */
    isInTrouble: (): boolean => trouble !== null,
    isDamaged: (): boolean => isDamaged,

    /** Refuses new work where the disk is nearly full; null where it is not. */
    refuseNewWork(): StoreRefusal | null {
      if (shortage === null) return null
      const message = `${shortage}: nothing was accepted. Free space, or lower client.disk_reserve_mb in config.json.`
      return { code: "store_full", message }
    },

    /** The store, not a change, is at fault: nothing new is claimed until a write gets through. */
    report(error: StoreError): void {
      if (error.kind === "corrupt") {
        reportDamage(error.message)
        return
      }
      if (trouble === null) log.error("the store cannot be written", { code: error.code, error: error.message })
      trouble = error.code
      pulse()
    },

    /** The store has taken a write again. */
    recover(): void {
      trouble = null
      log.info("the store can be written again")
      pulse()
    },

    /** Bodies of so many bytes have come in. */
    received(bytes: number): void {
      unmeasuredBytes += bytes
    },

    measureIfDue(): void {
      if (unmeasuredBytes >= MEASURE_BYTES || clock.now() >= measuredAt + MEASURE_EVERY_MS) measure()
    },

    /** What a caller is told whose request could not be stored. */
    refuse(error: unknown): StoreRefusal {
      if (error === CLOSED) {
        return { code: "shutting_down", message: "the gateway is shutting down: send the request again in a moment" }
      }
      if (!isStoreTrouble(error)) {
        return { code: "internal_error", message: "the job could not be stored: nothing was accepted" }
      }
      if (error.kind === "corrupt") {
        const message =
          "the database is damaged: nothing was accepted, stored results can still be read. Stop the gateway, then put a backup in place or recover what can be read: its log says how."
        return { code: "store_unavailable", message, retryAfter: DAMAGED_RETRY_AFTER }
      }
      if (error.kind === "full") {
        const message = "the disk is full: nothing was accepted. Free space and send the request again."
        return { code: "store_full", message }
      }
      const message = `the job could not be stored (${error.code}): nothing was accepted. Send the request again in a moment.`
      return { code: "store_unavailable", message }
    },
  }
}

/** Whether the store is at fault, and not what it was asked to do. */
export function isStoreTrouble(error: unknown): error is StoreError {
  return error instanceof StoreError && error.kind !== "conflict"
}

function toMegabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000)
}
