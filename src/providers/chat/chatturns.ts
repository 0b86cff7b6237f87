// Checks that a conversation is one that a provider answers: it says something, and does not end in what the model would refuse. Pure.

import { type ParameterError, unsupported } from "../../endpoints/parametertable.ts"
import { listParts } from "../../endpoints/translate/translation.ts"
import { asList, asRecords } from "../../values.ts"
import { isBudgeted } from "./chatrequest.ts"
import { describeClaude } from "./claude.ts"
import type { Target } from "./family.ts"
import { isBlank, listThoughts } from "./parts.ts"

type Fields = Record<string, unknown>

/** A message besides instructions, and its place in the request. */
interface Turn {
  message: Fields
  at: number
}

/** @param messages have passed all other checks */
export function checkTurns(target: Target, messages: Fields[]): ParameterError[] {
  const turns = messages
    .map((message, at) => ({ message, at }))
    .filter(({ message: { role } }) => role !== "system" && role !== "developer")
  const sent = turns.filter(({ message }) => isSent(message, target))
  const problem = checkEnd(target, turns.at(-1), sent)
  return problem === null ? [] : [problem]
}

/**
 * Whether the model would have to think in a turn that it began without its thoughts, which a Claude with a budget refuses: "When thinking
 * is enabled, a final assistant message must start with a thinking block". Clients of chat completions drop `thinking_blocks`.
 * https://github.com/anomalyco/opencode/issues/3077, https://github.com/anthropics/claude-code/issues/14264
 */
export function isTurnThoughtless(fields: Fields, target: Target): boolean {
  if (!isBudgeted(fields, target)) return false
  const messages = asRecords(fields["messages"])
  const turn = messages.slice(messages.findLastIndex(({ role }) => role === "user") + 1)
  const first = turn.find(({ role }) => role === "assistant")
  return first !== undefined && listThoughts(first, target).length === 0
}

/** Whether anything of a message is sent. */
function isSent(message: Fields, target: Target): boolean {
  const { role, content, refusal, tool_calls, images } = message
  const parts = [...listParts(content), { type: "refusal", refusal: refusal ?? "" }]
  if (role === "tool" || parts.some((part) => !isBlank(part, target))) return true
  const others = [tool_calls, listThoughts(message, target), target.dialect === "gemini" ? images : []]
  return role === "assistant" && others.some((list) => asList(list).length > 0)
}

function checkEnd(target: Target, last: Turn | undefined, sent: Turn[]): ParameterError | null {
  const ending = sent.at(-1)
  if (last === undefined || ending === undefined) {
    return unsupported(
      "messages",
      "must have a message of the user that is not blank: this provider answers nothing else",
    )
  }
  // Without it the model would go on with the turn before.
  if (last.message["role"] === "user" && ending !== last) {
    const says = "is blank, which this provider refuses: leave the message out, or say something"
    return unsupported(`messages[${last.at}].content`, says)
  }
  // https://github.com/langchain-ai/deepagents/issues/1585,
  // https://openrouter.ai/docs/cookbook/evaluate-and-optimize/model-migrations/claude-5-5
  if (target.isClaude && describeClaude(target.name).isAdaptive && ending.message["role"] === "assistant") {
    return unsupported(`messages[${ending.at}]`, "is an answer, which this model does not continue: end with the user")
  }
  return null
}
