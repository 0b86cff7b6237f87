// Outcomes that need no answer of a provider, and the error with which an adapter ends early. Pure.
import type { Call, Outcome, Upstream } from "../call.ts"
import type { ParameterError } from "../endpoints/parametertable.ts"

/** Used when no provider has answered. */
export const noUpstream: Upstream = Object.freeze({ requestId: null, limits: null })

/** Nothing is sent, because the provider could not do what the request asks for. */
export function refusedByUs({ isUnsupported, message, param }: ParameterError): Extract<Outcome, { kind: "refused" }> {
  const code = isUnsupported ? "unsupported_parameter" : "invalid_request"
  return {
    kind: "refused",
    status: 400,
    refusal: { type: "invalid_request_error", code, message, param: param || null },
    retryAfterMs: null,
    isKeyRefused: false,
    upstream: noUpstream,
  }
}

/** Nothing is sent, because the configuration lacks something that only the operator can add. */
export function misconfigured(message: string): Outcome {
  return { kind: "unreached", reason: "misconfigured", message }
}

/** The key or a header has a character that HTTP does not allow. A configured key can be corrected later, a caller's key cannot. */
export function invalidHeader({ provider, callerKey }: Pick<Call, "provider" | "callerKey">): Outcome {
  const message = `the key or a header for ${provider} has a character that HTTP does not allow in a header: remove it`
  return callerKey === null ? misconfigured(message) : { kind: "unreached", reason: "not_sent", message }
}

/** An adapter throws it when the outcome is known before its work is done. */
export class Settled extends Error {
  readonly outcome: Outcome

  constructor(outcome: Outcome) {
    super("the outcome is known")
    this.outcome = outcome
  }
}
