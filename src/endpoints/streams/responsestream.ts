// The stream of a response: named events, of which the last has the whole response.
// https://platform.openai.com/docs/api-reference/responses-streaming
import { asRecord, asRecords, asText } from "../../values.ts"
import { type Assembly, cutText, type Fields, type StreamError, type StreamForm, writeEvent } from "./streamform.ts"

export const responseStream: StreamForm = {
  completeRequest: () => ({}),
  isWanted: () => true,
  startAssembly: assemble,
  split,
  writeError,
  end: "",
}

/**
 * Flat as it is documented, and nested as it is sent: some clients raise only the one, and some only the other. Its number follows
 * the last: without one, the AI SDK says of the event that it is not valid, and not what it says. A response that has told its own
 * failure needs no second one.
 */
function writeError(error: StreamError, sent: string): string {
  if (/"type":\s*"response\.failed"/.test(sent)) return ""
  const sequence_number = Number(/.*"sequence_number":\s*(\d+)/s.exec(sent)?.[1] ?? -1) + 1
  return writeEvent({ ...error, type: "error", sequence_number, error }, "error")
}

/** They say nothing of the answer. */
const preparing = new Set(["response.created", "response.queued", "response.in_progress", "keepalive"])
const last = new Set(["response.completed", "response.incomplete", "response.failed"])

function assemble(): Assembly {
  let hasBegun = false
  let whole: Fields | null = null
  return {
    add({ type, response }) {
      if (!preparing.has(asText(type))) hasBegun = true
      if (last.has(asText(type))) whole = asRecord(response)
    },
    hasBegun: () => hasBegun,
    isComplete: () => whole !== null,
    build: () => whole ?? {},
  }
}

function* split(result: Fields): Generator<string> {
  const { extra_fields: _, ...response } = result
  let sequence = 0
  const write = (type: string, rest: Fields) => writeEvent({ type, sequence_number: sequence++, ...rest }, type)
  const begun = { ...response, status: "in_progress", output: [], usage: null, completed_at: null }
  yield write("response.created", { response: begun })
  yield write("response.in_progress", { response: begun })
  const output = asRecords(response["output"]).map((item, at) => ({ ...item, id: asText(item["id"]) || `item_${at}` }))
  for (const [output_index, item] of output.entries()) yield* splitItem(item, output_index, write)
  const status = asText(response["status"])
  yield write(last.has(`response.${status}`) ? `response.${status}` : "response.completed", {
    response: { ...response, output },
  })
}

type WriteTyped = (type: string, rest: Fields) => string

function* splitItem(item: Fields, output_index: number, write: WriteTyped): Generator<string> {
  const { type, id: item_id } = item
  const at = { item_id, output_index }
  const empty = type === "message" ? { content: [] } : type === "function_call" ? { arguments: "" } : {}
  yield write("response.output_item.added", { output_index, item: { ...item, ...empty, status: "in_progress" } })
  if (type === "message") {
    for (const [content_index, part] of asRecords(item["content"]).entries()) {
      yield* splitPart(part, { ...at, content_index }, write)
    }
  }
  if (type === "function_call") {
    const text = asText(item["arguments"])
    yield write("response.function_call_arguments.delta", { ...at, delta: text })
    yield write("response.function_call_arguments.done", { ...at, name: item["name"], arguments: text })
  }
  yield write("response.output_item.done", { output_index, item })
}

function* splitPart(part: Fields, at: Fields, write: WriteTyped): Generator<string> {
  const isRefusal = part["type"] === "refusal"
  const [member, event] = isRefusal ? ["refusal", "response.refusal"] : ["text", "response.output_text"]
  const text = asText(part[member])
  const logprobs = isRefusal ? {} : { logprobs: [] }
  yield write("response.content_part.added", {
    ...at,
    part: { ...part, [member]: "", ...(isRefusal ? {} : { annotations: [] }) },
  })
  for (const delta of cutText(text)) yield write(`${event}.delta`, { ...at, delta, ...logprobs })
  for (const [annotation_index, annotation] of asRecords(part["annotations"]).entries()) {
    yield write("response.output_text.annotation.added", { ...at, annotation_index, annotation })
  }
  yield write(`${event}.done`, { ...at, [member]: text, ...logprobs })
  yield write("response.content_part.done", { ...at, part })
}
