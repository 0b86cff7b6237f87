// Why an update is not made.

/** The update is refused, and nothing has changed. The message says why and what to do. */
export class UpdateRefused extends Error {}
