// What the build writes into the page: see src/http/uibuild.ts.

/** Where jobs of each request type are, behind /v1/async, as "/chat/completions". */
declare const JOBS_PATHS: Readonly<Record<string, string>>
/** Every request type. */
declare const REQUEST_TYPES: readonly string[]
/** Every priority of a job. */
declare const PRIORITIES: readonly string[]
