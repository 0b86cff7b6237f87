// Translates a response into a chat completion. Pure.

import type { Refusal } from "../../call.ts"
import { isNumber, readNumber } from "../../exactjson.ts"
import { asRecord, asRecords, asText } from "../../values.ts"
import { type About, type Fields, filled, given, type Translated, without } from "./translation.ts"

/** https://platform.openai.com/docs/api-reference/chat/object */
export function toCompletion(response: Fields, _fields: Fields, { jobId, now }: About): Translated {
  const { id, created_at, model, status, error, incomplete_details, output, usage, ...beside } = response
  if (status === "failed" || status === "cancelled") return failure(status, asRecord(error))
  if (status === "queued" || status === "in_progress") return { problem: `the response is ${status} and has not ended` }
  const items = asRecords(output)
  const calls = items.filter(({ type }) => type === "function_call")
  const rest = items.filter(({ type }) => !["message", "reasoning", "function_call"].includes(asText(type)))
  const content = items.filter(({ type }) => type === "message").flatMap((item) => asRecords(item["content"]))
  const texts = content.filter(({ type }) => type === "output_text")
  const logprobs = texts.flatMap((text) => asRecords(text["logprobs"]))
  const { reason } = asRecord(incomplete_details)
  return {
    answer: {
      // Members that a chat completion does not have are kept as they are.
      ...without(beside, echoed),
      ...(rest.length > 0 ? { output: rest } : {}),
      id: typeof id === "string" && id !== "" ? `chatcmpl-${id}` : `chatcmpl-${jobId}`,
      object: "chat.completion",
      created: isNumber(created_at) ? created_at : Math.floor(now / 1000),
      model: model ?? null,
      choices: [
        {
          index: 0,
          message: toMessage(items, texts, content, calls),
          logprobs: logprobs.length > 0 ? { content: logprobs, refusal: null } : null,
          finish_reason: ends.get(reason) ?? (calls.length > 0 ? "tool_calls" : "stop"),
        },
      ],
      usage: toChatUsage(usage),
    },
  }
}

const ends = new Map<unknown, string>([
  ["max_output_tokens", "length"],
  ["content_filter", "content_filter"],
])

/** Members of the request that a response repeats and a chat completion does not. */
const echoed = [
  ...[
    "object",
    "completed_at",
    "background",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "parallel_tool_calls",
  ],
  ...["previous_response_id", "prompt", "prompt_cache_key", "prompt_cache_retention", "reasoning", "safety_identifier"],
  ...[
    "store",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
    "metadata",
  ],
  ...["presence_penalty", "frequency_penalty"],
]

function toMessage(items: Fields[], texts: Fields[], content: Fields[], calls: Fields[]): Fields {
  const refusals = content.filter(({ type }) => type === "refusal").map(({ refusal }) => asText(refusal))
  const annotations = toAnnotations(texts)
  const thought = items.flatMap(readReasoning).join("\n")
  const reasoning = items.filter(({ type }) => type === "reasoning")
  return {
    role: "assistant",
    content: texts.length === 0 ? null : texts.map(({ text }) => asText(text)).join(""),
    refusal: refusals.length === 0 ? null : refusals.join(""),
    ...(annotations.length > 0 ? { annotations } : {}),
    ...(thought === "" ? {} : { reasoning_content: thought }),
    // Clients must send them back unchanged, so that the model can continue its reasoning.
    ...(reasoning.some(({ encrypted_content }) => encrypted_content) ? { reasoning_items: reasoning } : {}),
    ...(calls.length > 0 ? { tool_calls: calls.map(toToolCall) } : {}),
  }
}

/** Their positions count from the beginning of the joined text. */
function toAnnotations(texts: Fields[]): Fields[] {
  let start = 0
  return texts.flatMap(({ text, annotations }) => {
    const moved = asRecords(annotations).map((annotation) => nested(annotation, start))
    start += asText(text).length
    return moved
  })
}

/** `{type: "url_citation", url, …}` -> `{type: "url_citation", url_citation: {url, …}}` */
function nested({ type, ...details }: Fields, by: number): Fields {
  const places = ["start_index", "end_index"].flatMap((name) => {
    const at = readNumber(details[name])
    return at === undefined || by === 0 ? [] : [[name, at + by]]
  })
  return { type, [asText(type)]: { ...details, ...Object.fromEntries(places) } }
}

function readReasoning({ type, summary, content }: Fields): unknown[] {
  if (type !== "reasoning") return []
  const parts = asRecords(content)
  return (parts.length > 0 ? parts : asRecords(summary)).map(({ text }) => text)
}

/** Members that the provider added to a call must be sent back with it. */
function toToolCall({
  id: _id,
  type: _type,
  status: _status,
  call_id,
  name,
  arguments: text,
  ...rest
}: Fields): Fields {
  return {
    id: call_id,
    type: "function",
    function: { name, arguments: text },
    ...given({ extra_content: filled(given(rest)) }),
  }
}

function toChatUsage(usage: unknown): Fields | null {
  const { input_tokens, output_tokens, total_tokens, input_tokens_details, output_tokens_details, ...rest } =
    asRecord(usage)
  if (!isNumber(input_tokens) || !isNumber(output_tokens)) return filled(asRecord(usage))
  return {
    ...rest,
    prompt_tokens: input_tokens,
    completion_tokens: output_tokens,
    total_tokens: total_tokens ?? Number(input_tokens) + Number(output_tokens),
    ...given({ prompt_tokens_details: input_tokens_details, completion_tokens_details: output_tokens_details }),
  }
}

/** By the codes of OpenAI's response errors, most of which are errors of the request. Other servers give an HTTP status. */
function failure(status: string, error: Fields): Translated {
  const { code, message, type, param } = error
  const words = (value: unknown) => (typeof value === "string" || isNumber(value) ? String(value) : null)
  const refusal: Refusal = {
    type: words(type),
    code: words(code),
    message: words(message) ?? `the response is ${status}, and the provider does not say why`,
    param: words(param),
  }
  return { status: mapStatus(words(code)), refusal }
}

const statuses = new Map([
  ["server_error", 500],
  ["vector_store_timeout", 500],
  ["rate_limit_exceeded", 429],
])

function mapStatus(code: string | null): number {
  if (code === null) return 502
  const number = Number(code)
  if (number >= 400 && number < 600) return number
  return statuses.get(code) ?? 400
}
