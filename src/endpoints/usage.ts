// Reads the usage of a result, in the forms that providers use. Parses only the members that it needs, because a result can be 20 MB.

import type { Usage } from "../call.ts"
import { readNumber } from "../exactjson.ts"
import { listValues } from "../json.ts"
import { asRecord } from "../values.ts"
import type { MemberText } from "./endpoint.ts"

/** The counts that are valid: finite and not negative. Null when there are none. */
export function known(counts: { [Name in keyof Usage]?: unknown }): Usage | null {
  let found: Usage | null = null
  for (const name of Object.keys(counts) as (keyof Usage)[]) {
    const count = firstCount(counts[name])
    if (count === undefined) continue
    found ??= {}
    found[name] = count
  }
  return found
}

/** The first value that is a valid count. */
export function firstCount(...values: unknown[]): number | undefined {
  return values.map(readNumber).find(isCount)
}

/**
 * Tokens by the names of OpenAI's chat, or of its responses and images.
 * https://platform.openai.com/docs/api-reference/chat/object, https://platform.openai.com/docs/api-reference/responses/object
 */
export function readTokens(result: MemberText): Usage | null {
  const usage = asRecord(readValue(result, "usage"))
  const input = { ...asRecord(usage["input_tokens_details"]), ...asRecord(usage["prompt_tokens_details"]) }
  const output = { ...asRecord(usage["output_tokens_details"]), ...asRecord(usage["completion_tokens_details"]) }
  return known({
    input_tokens: firstCount(usage["prompt_tokens"], usage["input_tokens"]),
    output_tokens: firstCount(usage["completion_tokens"], usage["output_tokens"]),
    // The second is DeepSeek's: https://api-docs.deepseek.com/api/create-chat-completion
    cached_tokens: firstCount(input["cached_tokens"], usage["prompt_cache_hit_tokens"]),
    reasoning_tokens: output["reasoning_tokens"],
  })
}

/** The same for a type with input tokens only, for which `total_tokens` is enough. */
export function readInputTokens(result: MemberText): Usage | null {
  const { total_tokens } = asRecord(readValue(result, "usage"))
  return known({ input_tokens: total_tokens, ...readTokens(result) })
}

/** A member of a result, or undefined. For lists use `countItems`, which does not parse them. */
export function readValue(result: MemberText, name: string): unknown {
  const text = result(name)
  return text === null ? undefined : JSON.parse(text)
}

/** The number of items of a list that is a member of a result. */
export function countItems(result: MemberText, name: string): number {
  return listValues(result(name) ?? "[]").length
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0
}
