// What the build writes into the page: see src/http/uibuild.ts.

/** Every request type. */
declare const REQUEST_TYPES: readonly string[]
/** Every priority of a job. */
declare const PRIORITIES: readonly string[]
