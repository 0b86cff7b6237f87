// The condition of the disk and of the database: whether new jobs are accepted, whether calls are sent, and what the HTTP server
// reports about that.
import type { Clock } from "../clock.ts"
import type { ErrorCode } from "../errors.ts"
import { StoreError } from "../jobs/storeerror.ts"
import type { Log } from "../log.ts"
import type { FromEngine } from "./threads/protocol.ts"

/** The free space is measured again after this time, or after this many bytes have come in. Measuring takes 15 µs. */
const MEASURE_EVERY_MS = 50
const MEASURE_BYTES = 1_000_000
/** The Retry-After, in seconds, of a refusal because of a damaged database: an operator must repair it. */
const DAMAGED_RETRY_AFTER = 60

/** The error of a change that came after the store was closed. */
export const CLOSED = new Error("the store is closed")
/** That of one that came while the database is damaged. */
export const DAMAGED = new StoreError("corrupt", "", "the database is damaged")

/** Why nothing was stored, in words for the caller. */
export interface StoreRefusal {
  code: ErrorCode
  message: string
  retryAfter?: number
}

export type Disk = ReturnType<typeof createDisk>

export function createDisk(options: {
  /** The free bytes of the disk that has the database. */
  freeBytes: () => number
  /** Below this many free bytes new jobs are refused. */
  reserveBytes: number
  /** How to repair a damaged database, in words for the log. */
  remedy: string
  clock: Clock
  log: Log
  post: (message: FromEngine) => void
}) {
  const { clock, log } = options
  /** Why the store takes no writes; null: it takes them. */
  let trouble: string | null = null
  /** Whether that is permanent because the database is damaged. Then only answers of providers are still written, as far as possible. */
  let isDamaged = false
  /** Why new jobs are refused although the store takes writes; null: they are accepted. */
  let shortage: string | null = null
  let measuredAt = 0
  /** The bytes of bodies that have come in since the last measurement. */
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

  /** Measures the free space. On a nearly full disk new jobs are refused, so that the results of accepted ones can be stored. */
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
    /** Reports the condition to the HTTP server: every second and whenever it changes. */
    pulse,
    measure,
    reportDamage,

    /** Whether the store takes no writes. */
    isInTrouble: (): boolean => trouble !== null,
    isDamaged: (): boolean => isDamaged,

    /** The refusal of new jobs while the disk is nearly full; null while it is not. */
    refuseNewWork(): StoreRefusal | null {
      if (shortage === null) return null
      const message = `${shortage}: nothing was accepted. Free space, or lower client.disk_reserve_mb in config.json.`
      return { code: "store_full", message }
    },

    /** Records that the store failed. No job is claimed until a write succeeds. */
    report(error: StoreError): void {
      if (error.kind === "corrupt") {
        reportDamage(error.message)
        return
      }
      if (trouble === null) log.error("the store cannot be written", { code: error.code, error: error.message })
      trouble = error.code
      pulse()
    },

    /** Records that the store takes writes again. */
    recover(): void {
      trouble = null
      log.info("the store can be written again")
      pulse()
    },

    /** Counts the bytes of a body that has come in. */
    received(bytes: number): void {
      unmeasuredBytes += bytes
    },

    measureIfDue(): void {
      if (unmeasuredBytes >= MEASURE_BYTES || clock.now() >= measuredAt + MEASURE_EVERY_MS) measure()
    },

    /** The refusal for a caller whose request could not be stored. */
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
      if (error.isUncertain) {
        const message = `whether this is stored is not known (${error.code}): the gateway stops. Send the request again with the same Idempotency-Key, or look for it in the list of jobs.`
        return { code: "store_unavailable", message }
      }
      const message = `the job could not be stored (${error.code}): nothing was accepted. Send the request again in a moment.`
      return { code: "store_unavailable", message }
    },
  }
}

/** Whether the error is a failure of the store, and not of the change that was asked for. */
export function isStoreTrouble(error: unknown): error is StoreError {
  return error instanceof StoreError && error.kind !== "conflict"
}

function toMegabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000)
}
