// The errors of a store, independent of the database.

/**
 * `full`: no space is left. `unavailable`: the store cannot be reached, read or written now, and may recover by itself. `corrupt`: the
 * data are damaged permanently. `conflict`: the change is invalid, or another change came first.
 */
export type StoreErrorKind = "full" | "unavailable" | "corrupt" | "conflict"

/** An error of the store. The message is that of the database, and the cause is the database's error. */
export class StoreError extends Error {
  /** Whether the changes may be on disk although the commit failed. */
  readonly isUncertain: boolean

  constructor(
    readonly kind: StoreErrorKind,
    /** The error code of the database, for the log. */
    readonly code: string,
    message: string,
    options: ErrorOptions & { isUncertain?: boolean } = {},
  ) {
    super(message, options)
    this.isUncertain = options.isUncertain ?? false
  }
}

/** The data directory or the database cannot be used. The message says why and what to do, for the person who started the program. */
export class DataRefused extends Error {
  constructor(
    readonly reason: "in_use" | "newer" | "corrupt" | "unusable",
    message: string,
  ) {
    super(message)
  }
}
