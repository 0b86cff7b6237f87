// How much every store keeps of what could grow without end, and what counts as paid.
import type { AttemptEnd } from "./job.ts"

/** How many of a job's first and last attempts are kept. */
export const ATTEMPTS_FIRST = 20
export const ATTEMPTS_LAST = 80

/** How many tries a delivery keeps: the first of them, and the latest. */
export const TRIES_FIRST = 5
export const TRIES_MAX = 20
/** A delivery to an endpoint that is turned off is pending without end: it is kept so much longer than ended ones. */
export const PENDING_MS_MAX = 30 * 86_400_000

/** For how long a batch is kept after its end. */
export const BATCH_MS = 30 * 86_400_000

/** How long a conversation is kept after it was changed last, milliseconds. */
export const CONVERSATION_MS = 30 * 86_400_000

/** The models of an owner that a day of usage tells apart, and the callers with keys of their own: both are words of strangers. */
export const MODELS_MAX = 100
export const CALLERS_MAX = 1000
export const OTHER_MODEL = "other"
export const CALLER_OWNER = "key:"
export const OTHER_CALLER = `${CALLER_OWNER}other`

/** Outcomes of attempts for which nothing can have been billed. */
const free = new Set(["refused", "unconnected", "misconfigured", "not_sent"])

/** Whether something may have been billed, and nobody knows how much. */
export function isOfUnknownCost({ outcome, cost }: AttemptEnd): boolean {
  return cost === null && !free.has(outcome)
}
