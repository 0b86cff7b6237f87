// Converts a transition, which the retry policy decided, into the change that stores it. Pure.
import type { AttemptEnd, Claimed } from "../jobs/job.ts"
import type { ChangeOf } from "../jobs/store.ts"
import type { Transition } from "../jobs/transitions.ts"
import { ANY_KEY } from "../providers/keys.ts"

const NOTHING_SPENT = { isFailure: false, isLoss: false, isCrash: false }

/**
 * The change that stores the transition of a running job.
 * @param isSecretNeeded whether any of the remaining fallbacks uses a part of the caller's secret
 */
export function describeMove(
  job: Claimed,
  end: AttemptEnd,
  transition: Transition,
  now: number,
  isSecretNeeded: () => boolean,
): ChangeOf<"finish"> | ChangeOf<"requeue"> | ChangeOf<"await"> {
  const finish = { kind: "finish", job, from: "running", end } as const
  const requeue = {
    kind: "requeue",
    job,
    end,
    keyChoice: job.keyChoice,
    spends: NOTHING_SPENT,
    fallback: null,
  } as const
  switch (transition.to) {
    case "succeed": {
      const { to, ...answer } = transition
      return { ...finish, state: "succeeded", statusCode: 200, error: null, isFailure: false, answer }
    }
    case "fail": {
      const { statusCode, error, raw } = transition
      const answer = raw === undefined ? null : { result: raw, usage: null }
      return { ...finish, state: "failed", statusCode, error: JSON.stringify(error), isFailure: true, answer }
    }
    case "await": {
      const { state, runAt } = transition
      return { kind: "await", job, state, runAt, closed: end.closed }
    }
    case "retry": {
      const { runAt, isLoss, isCrash } = transition
      return { ...requeue, runAt, spends: { isFailure: true, isLoss, isCrash } }
    }
    case "rotate":
      return { ...requeue, runAt: job.runAt, keyChoice: transition.keyChoice }
    case "park":
      return { ...requeue, runAt: transition.runAt ?? job.runAt }
    case "fallBack": {
      const { next } = transition
      const fallback = { next, error: JSON.stringify(transition.error), keepsSecret: isSecretNeeded() }
      return { ...requeue, runAt: now, keyChoice: ANY_KEY, fallback }
    }
  }
}
