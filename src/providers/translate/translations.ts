// Which translation a way names.
import { chatViaResponses } from "../../endpoints/viachat/chat.ts"
import { completionsViaChat } from "../../endpoints/viachat/completions.ts"
import { responsesViaChat } from "../../endpoints/viachat/responses.ts"
import type { Translation } from "../../endpoints/viachat/translation.ts"
import type { Way } from "../table.ts"
import { perplexityChat } from "./perplexity.ts"

/** @param requestType what was asked for */
export function translationOf(via: NonNullable<Way["via"]>, requestType: string): Translation {
  if (via === "perplexity") return perplexityChat
  if (via === "responses") return chatViaResponses
  return requestType === "responses" ? responsesViaChat : completionsViaChat
}
