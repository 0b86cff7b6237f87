// What a call comes to of which nothing goes out. Pure.
import type { Outcome } from "../call.ts"
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

export function unsendable(message: string): Outcome {
  return { kind: "unreached", reason: "unsendable", message }
}

/** Thrown where it turns out in the middle of making the request. Never leaves the adapter. */
export class Unsent extends Error {
  readonly outcome: Outcome

  constructor(outcome: Outcome) {
    super("nothing was sent")
    this.outcome = outcome
  }
}
