// Whether a request continues an earlier response or a conversation of this gateway. What is then done is loaded with the first that does.
import { readNamedConversation } from "../endpoints/conversationid.ts"
import type { Endpoint } from "../endpoints/endpoint.ts"
import { readResponseId } from "../endpoints/responseid.ts"
import type { Received } from "./intake/received.ts"
import type { ContinueOptions } from "./responses/historyinput.ts"

/**
 * The body with the conversation that it continues as its input. Not a promise where it continues none, because each makes a submit slower.
 * @throws {GatewayError} previous_response_not_found, conversation_not_found, invalid_request, request_too_large
 */
export function withConversation(
  { requestType, isContinuable }: Endpoint,
  body: Received,
  request: Request,
  options: ContinueOptions,
): Received | Promise<Received> {
  if (!isContinuable) return body
  const { previous_response_id: id, conversation } = body.submission.fields
  // Any other conversation and any other id is the provider's.
  const named = conversation === undefined ? null : readNamedConversation(conversation)
  if (named !== null) {
    return import("./responses/conversationinput.ts").then(({ joinConversation }) =>
      joinConversation(body, named, request, options, requestType === "responses"),
    )
  }
  if (typeof id !== "string" || readResponseId(id) === null) return body
  return import("./responses/continued.ts").then(({ continueResponse }) => continueResponse(body, id, request, options))
}
