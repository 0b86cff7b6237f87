// The targets that a job may go to when its provider has failed it.
import type { WireError } from "../errors.ts"
import type { Claimed, Target } from "../jobs/job.ts"
import { redirectFailure, type Transition } from "../jobs/transitions.ts"

/** Those that are left to go to. */
export function listFallbacks({ fallbacks, fallbacksTried }: Claimed): Target[] {
  return fallbacks === null ? [] : (JSON.parse(fallbacks) as Target[]).slice(fallbacksTried)
}

/** A failure sends the job to the next one, as long as there is one. */
export function applyFallbacks(job: Claimed, transition: Transition): Transition {
  const primaryError = job.primaryError === null ? null : (JSON.parse(job.primaryError) as WireError)
  return redirectFailure(transition, listFallbacks(job), primaryError)
}
