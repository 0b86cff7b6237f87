// The streams that a provider in OpenAI's form sends, as the tests of calls play them.
import type { Handler } from "../upstream.ts"

function writeChunk(chunk: object): string {
  return `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", ...chunk })}\n\n`
}

/** A piece of a chat completion. */
export function delta(delta: object, finish_reason: string | null = null): string {
  return writeChunk({ choices: [{ index: 0, delta, finish_reason }] })
}

export const opening = delta({ role: "assistant", content: "" })
export const DONE = "data: [DONE]\n\n"
/** A whole stream of a chat completion, which says Hello. */
export const whole = [
  opening,
  delta({ content: "Hel" }),
  delta({ content: "lo" }),
  delta({}, "stop"),
  writeChunk({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } }),
  DONE,
]

/** A call of a tool in a chat completion, its arguments in two pieces. */
export function callTool(name: string, args: string): string[] {
  const half = args.length / 2
  const call = (fields: object) => delta({ tool_calls: [{ index: 0, ...fields }] })
  return [
    opening,
    call({ id: "call_1", type: "function", function: { name, arguments: "" } }),
    call({ function: { arguments: args.slice(0, half) } }),
    call({ function: { arguments: args.slice(half) } }),
    delta({}, "tool_calls"),
    DONE,
  ]
}

type Fields = Record<string, unknown>

/** https://platform.openai.com/docs/api-reference/responses/object */
export function makeResponse(over: Fields = {}): Fields {
  return {
    ...{ id: "resp_1", object: "response", created_at: 1, model: "m", status: "completed", error: null },
    ...{ incomplete_details: null, instructions: null, metadata: {}, parallel_tool_calls: true, temperature: 1 },
    ...{ tool_choice: "auto", tools: [], top_p: 1, output: [] },
    ...over,
  }
}

const message = (text: string, status: string) => ({
  ...{ type: "message", id: "msg_1", role: "assistant", status },
  content: status === "completed" ? [{ type: "output_text", text, annotations: [] }] : [],
})

/** Numbers events from `first` on. */
function number(first: number, ...events: Fields[]): string[] {
  return events.map((event, at) => {
    const data = { ...event, sequence_number: first + at }
    return `event: ${event["type"]}\ndata: ${JSON.stringify(data)}\n\n`
  })
}

/** The beginning of a response that says this. */
export function beginResponse(text = "Hel"): string[] {
  const response = makeResponse({ status: "in_progress" })
  const at = { item_id: "msg_1", output_index: 0, content_index: 0 }
  return number(
    0,
    { type: "response.created", response },
    { type: "response.in_progress", response },
    { type: "response.output_item.added", output_index: 0, item: message("", "in_progress") },
    { type: "response.content_part.added", ...at, part: { type: "output_text", text: "", annotations: [] } },
    { type: "response.output_text.delta", ...at, delta: text, logprobs: [] },
  )
}

/** What follows where the response says more. @param whole all that it says */
export function endResponse(text = "lo", whole = "Hello"): string[] {
  const at = { item_id: "msg_1", output_index: 0, content_index: 0 }
  const item = message(whole, "completed")
  return number(
    5,
    { type: "response.output_text.delta", ...at, delta: text, logprobs: [] },
    { type: "response.output_text.done", ...at, text: whole, logprobs: [] },
    { type: "response.content_part.done", ...at, part: item.content[0] },
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response: makeResponse({ output: [item], usage: responseUsage }) },
  )
}

const responseUsage = {
  ...{ input_tokens: 1, output_tokens: 2, total_tokens: 3 },
  ...{ input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } },
}

/** What follows where it fails in the middle. */
export function failResponse(text: string): string[] {
  const error = { code: "server_error", message: text }
  return number(5, { type: "response.failed", response: makeResponse({ status: "failed", error }) })
}

/** An error of its own in the middle, flat as it is documented. */
export function breakResponse(text: string): string[] {
  return number(5, { type: "error", code: "server_error", message: text, param: null })
}

/** A response that calls a tool. */
export function callToolInResponse(name: string, args: string): string[] {
  const item = { type: "function_call", id: "fc_1", call_id: "call_1", name, arguments: "", status: "in_progress" }
  const done = { ...item, arguments: args, status: "completed" }
  const at = { item_id: "fc_1", output_index: 0 }
  const half = args.length / 2
  const delta = (text: string) => ({ type: "response.function_call_arguments.delta", ...at, delta: text })
  return number(
    0,
    { type: "response.created", response: makeResponse({ status: "in_progress" }) },
    { type: "response.output_item.added", output_index: 0, item },
    delta(args.slice(0, half)),
    delta(args.slice(half)),
    { type: "response.function_call_arguments.done", ...at, name, arguments: args },
    { type: "response.output_item.done", output_index: 0, item: done },
    { type: "response.completed", response: makeResponse({ output: [done], usage: responseUsage }) },
  )
}

/** A piece of a stream; a promise: what follows waits for it; null: nothing follows, and it does not end. */
export type Piece = string | Promise<void> | null

/** Answers with a stream of these pieces, each sent when the one before is read. */
export function streams(...pieces: Piece[]): Handler {
  return () => streamOf(...pieces)
}

export function streamOf(...pieces: Piece[]): Response {
  const left = [...pieces]
  const encoder = new TextEncoder()
  const source = new ReadableStream({
    async pull(controller) {
      while (left[0] instanceof Promise) await left.shift()
      const piece = left.shift()
      if (piece === undefined) controller.close()
      else if (typeof piece === "string") controller.enqueue(encoder.encode(piece))
      else await new Promise(() => {})
    },
  })
  return new Response(source, { headers: { "content-type": "text/event-stream; charset=utf-8" } })
}

/** A provider in OpenAI's form at this address that needs no key. */
export function openAiAt(url: string, network: object = {}) {
  return {
    custom_provider_config: { base_provider_type: "openai", is_key_less: true },
    network_config: { base_url: url, max_retries: 1, retry_backoff_initial: 1, retry_backoff_max: 2, ...network },
  }
}
