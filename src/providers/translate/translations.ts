// The translations by the names that rows give them.
import { chatViaResponses } from "../../endpoints/translate/chatviaresponses.ts"
import { completionsViaChat } from "../../endpoints/translate/completionsviachat.ts"
import { countsViaChat, responsesViaChat } from "../../endpoints/translate/responsesviachat.ts"
import type { Translation } from "../../endpoints/translate/translation.ts"
import type { EndpointSupport } from "../provider.ts"
import { perplexityChat } from "./perplexity.ts"

/** @param requestType the type of the client's request */
export function getTranslation(via: NonNullable<EndpointSupport["via"]>, requestType: string): Translation {
  if (via === "perplexity") return perplexityChat
  if (via === "responses") return chatViaResponses
  if (requestType === "count_tokens") return countsViaChat
  return requestType === "responses" ? responsesViaChat : completionsViaChat
}
