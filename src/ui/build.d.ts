// What the build writes into the page: see src/http/uibuild.ts.

/** The path behind /v1 of each request type, as "/chat/completions". */
declare const REQUEST_PATHS: Readonly<Record<string, string>>
/** Every request type. */
declare const REQUEST_TYPES: readonly string[]
/** Every priority of a job. */
declare const PRIORITIES: readonly string[]
