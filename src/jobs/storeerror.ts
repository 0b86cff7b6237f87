// What a store says when it cannot do what it was asked, whichever database is behind it.

/**
 * `full`: no space is left. `unavailable`: it cannot be reached or read now, and may be again in a moment. `corrupt`: the data
 * are damaged, and no waiting mends that. `conflict`: another change came first.
 */
export type StoreErrorKind = "full" | "unavailable" | "corrupt" | "conflict"

/** The message is the database's own, and the cause is its error. */
export class StoreError extends Error {
  constructor(
    readonly kind: StoreErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
