// Outcomes that need no answer of a provider, and the error by which an adapter ends early with one. Pure.
import type { Call, Outcome, Upstream } from "../call.ts"
import type { ParameterError } from "../endpoints/parametercheck.ts"

/** No provider has answered: there is no request id and no limit. */
export const noUpstream: Upstream = Object.freeze({ requestId: null, limits: null })

/** Nothing is sent: in the provider's form it would be another request. */
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

/** Nothing is sent: the configuration lacks something, and only the operator can add it. */
export function misconfigured(message: string): Outcome {
  return { kind: "unreached", reason: "misconfigured", message }
}

/** The key or a header has a character that HTTP does not allow in a header. A caller's key cannot be corrected later, a configured one can. */
export function invalidHeader({ provider, callerKey: ownKey }: Pick<Call, "provider" | "callerKey">): Outcome {
  const message = `the key or a header for ${provider} has a character that no header can carry: write it without`
  return ownKey === null ? misconfigured(message) : { kind: "unreached", reason: "not_sent", message }
}

/** Thrown by an adapter when the outcome is known before its work is done. */
export class Settled extends Error {
  readonly outcome: Outcome

  constructor(outcome: Outcome) {
    super("the outcome is known")
    this.outcome = outcome
  }
}
