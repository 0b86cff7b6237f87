// What a store says when it cannot do what it was asked, whichever database is behind it.

/**
 * `full`: no space is left. `unavailable`: it cannot be reached, read or written now, and may be again in a moment. `corrupt`: the data
 * are damaged, and no waiting mends that. `conflict`: what was asked is at fault, or another change came first.
 */
export type StoreErrorKind = "full" | "unavailable" | "corrupt" | "conflict"

/** The message is the database's own, and the cause is its error. */
export class StoreError extends Error {
  /** Whether what was to be stored may come to the disk all the same. */
  readonly isUncertain: boolean

  constructor(
    readonly kind: StoreErrorKind,
    /** As the database names it, for the log. */
    readonly code: string,
    message: string,
    options: ErrorOptions & { isUncertain?: boolean } = {},
  ) {
    super(message, options)
    this.isUncertain = options.isUncertain ?? false
  }
}
