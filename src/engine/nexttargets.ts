// Fallbacks: the targets that a job is tried with after its provider has failed.
import type { WireError } from "../errors.ts"
import type { Claimed, Target } from "../jobs/job.ts"
import { redirectFailure, type Transition } from "../jobs/transitions.ts"

/** The fallbacks that have not been tried yet. */
export function listFallbacks({ fallbacks, fallbacksTried }: Claimed): Target[] {
  return fallbacks === null ? [] : (JSON.parse(fallbacks) as Target[]).slice(fallbacksTried)
}

/** Turns a failure into a move to the next fallback, where one is left. */
export function applyFallbacks(job: Claimed, transition: Transition): Transition {
  const primaryError = job.primaryError === null ? null : (JSON.parse(job.primaryError) as WireError)
  return redirectFailure(transition, listFallbacks(job), primaryError)
}
