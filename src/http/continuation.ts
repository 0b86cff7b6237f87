// Whether a request continues an earlier response of this gateway. What is then done is loaded with the first that does.
import type { Endpoint } from "../endpoints/endpoint.ts"
import { readResponseId } from "../endpoints/responseid.ts"
import type { Received } from "./intake/received.ts"
import type { ContinueOptions } from "./responses/continued.ts"

/**
 * The body with the conversation that it continues as its input. Not a promise where it continues none, because each makes a submit slower.
 * @throws {GatewayError} previous_response_not_found, invalid_request, request_too_large
 */
export function withConversation(
  { requestType }: Endpoint,
  body: Received,
  request: Request,
  options: ContinueOptions,
): Received | Promise<Received> {
  if (requestType !== "responses") return body
  const id = body.submission.fields["previous_response_id"]
  // Any other id is the provider's.
  if (typeof id !== "string" || readResponseId(id) === null) return body
  return import("./responses/continued.ts").then(({ continueResponse }) => continueResponse(body, id, request, options))
}
