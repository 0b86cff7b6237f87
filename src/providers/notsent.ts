// What a call comes to of which nothing goes out. Pure.
import type { Call, Outcome } from "../call.ts"
import type { Problem } from "../endpoints/endpoint.ts"

/** It would be another request in the provider's form. */
export function refusedByUs({ isUnsupported, message, param }: Problem): Extract<Outcome, { kind: "refused" }> {
  const code = isUnsupported ? "unsupported_parameter" : "invalid_request"
  return {
    kind: "refused",
    status: 400,
    refusal: { type: "invalid_request_error", code, message, param: param || null },
    retryAfterMs: null,
    isKeyRefused: false,
    upstream: { requestId: null, limits: null },
  }
}

/** The configuration lacks what it takes: it is the operator's to mend. */
export function misconfigured(message: string): Outcome {
  return { kind: "unreached", reason: "misconfigured", message }
}

/** A key or a header has a character that no header can carry. Whose it is decides: the caller's own is lost for good. */
export function invalidHeader({ provider, ownKey }: Pick<Call, "provider" | "ownKey">): Outcome {
  const message = `the key or a header for ${provider} has a character that no header can carry: write it without`
  return ownKey === null ? misconfigured(message) : { kind: "unreached", reason: "not_sent", message }
}

/** Thrown where it turns out in the middle of making the request. Never leaves the adapter. */
export class Unsent extends Error {
  readonly outcome: Outcome

  constructor(outcome: Outcome) {
    super("nothing was sent")
    this.outcome = outcome
  }
}
