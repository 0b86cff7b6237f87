// The streams of chat completions and of completions: chunks with choices, of which each has a part of one answer, and `[DONE]`.
// https://platform.openai.com/docs/api-reference/chat-streaming
import { asList, asRecord, asRecords, asWord, isRecord } from "../../values.ts"
import { empty, findByIndex, merge } from "./chunks.ts"
import { type Assembly, cutText, type Fields, type StreamForm, writeEvent } from "./streamform.ts"

const DONE = "data: [DONE]\n\n"

export const chatStream: StreamForm = {
  completeRequest: askForUsage,
  isWanted,
  startAssembly: () => assemble("chat.completion", "message"),
  split: splitChat,
  writeError: (error) => writeEvent({ error }),
  end: DONE,
}

export const completionStream: StreamForm = {
  completeRequest: askForUsage,
  isWanted,
  startAssembly: () => assemble("text_completion", null),
  split: splitCompletion,
  writeError: (error) => writeEvent({ error }),
  end: DONE,
}

/** The usage is a part of the result, whether the client wants it in the stream or not. */
function askForUsage({ stream_options }: Fields): Record<string, string> {
  return { stream_options: JSON.stringify({ ...asRecord(stream_options), include_usage: true }) }
}

/** The chunk with the usage has no choices. */
function isWanted({ choices, usage }: Fields, request: Fields): boolean {
  return wantsUsage(request) || !isRecord(usage) || asList(choices).length > 0
}

function wantsUsage({ stream_options }: Fields): boolean {
  return asRecord(stream_options)["include_usage"] === true
}

/** @param member of a choice that its deltas build; null: the choice itself, whose text grows */
function assemble(object: string, member: "message" | null): Assembly {
  const whole: Fields = empty()
  const choices: Fields[] = []
  let hasContent = false
  let hasEnd = false

  const hasEnded = ({ finish_reason }: Fields) => typeof finish_reason === "string"

  function addChoice({ delta, ...piece }: Fields): void {
    const choice = findByIndex(choices, { index: 0, ...piece })
    merge(choice, { index: 0, ...piece })
    const part = member === null ? { text: piece["text"] } : asRecord(delta)
    if (member !== null) choice[member] = merge(isRecord(choice[member]) ? choice[member] : empty(), part)
    if (hasEnded(choice)) hasEnd = true
    if (Object.entries(part).some(([name, value]) => name !== "role" && !isEmpty(value))) hasContent = true
  }

  return {
    add({ choices: given, object: _, ...beside }) {
      merge(whole, beside)
      for (const choice of asRecords(given)) addChoice(choice)
    },
    hasBegun: () => hasContent || hasEnd,
    isComplete: () => choices.length > 0 && choices.every(hasEnded),
    build() {
      const { usage, ...rest } = whole
      const built = choices
        .toSorted((one, other) => Number(asWord(one["index"])) - Number(asWord(other["index"])))
        .map((choice) => (member === null ? { logprobs: null, ...choice } : buildChat(choice)))
      return { ...rest, object, choices: built, ...(isRecord(usage) ? { usage } : {}) }
    },
  }
}

function buildChat({ index, message, logprobs = null, finish_reason, ...rest }: Fields): Fields {
  const { tool_calls, ...said } = asRecord(message)
  const calls = asRecords(tool_calls).map(({ index: _, ...call }) => call)
  return {
    index,
    message: {
      role: "assistant",
      content: null,
      refusal: null,
      ...said,
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
    },
    logprobs,
    finish_reason,
    ...rest,
  }
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)
}

function* splitChat(result: Fields, request: Fields): Generator<string> {
  const chunk = makeChunks(result, request, "chat.completion.chunk")
  for (const { index, message, logprobs = null, finish_reason } of asRecords(result["choices"])) {
    const { content, tool_calls, role = "assistant", ...rest } = asRecord(message)
    const at = (delta: Fields, more: Fields = {}) =>
      chunk([{ index, delta, logprobs: null, finish_reason: null, ...more }])
    yield at({ role, content: "", ...rest })
    if (typeof content === "string") for (const piece of cutText(content)) yield at({ content: piece })
    for (const [order, call] of asRecords(tool_calls).entries()) yield at({ tool_calls: [{ index: order, ...call }] })
    yield at({}, { logprobs, finish_reason })
  }
  yield* endWithUsage(result, request, chunk)
}

function* splitCompletion(result: Fields, request: Fields): Generator<string> {
  const chunk = makeChunks(result, request, "text_completion")
  for (const { text, logprobs = null, finish_reason, ...choice } of asRecords(result["choices"])) {
    const pieces = typeof text === "string" ? cutText(text) : []
    for (const piece of pieces) yield chunk([{ ...choice, text: piece, logprobs: null, finish_reason: null }])
    yield chunk([{ ...choice, text: "", logprobs, finish_reason }])
  }
  yield* endWithUsage(result, request, chunk)
}

type WriteChunk = (choices: object[], usage?: unknown) => string

/** Every chunk has the members of the result that are not its answer. */
function makeChunks(result: Fields, request: Fields, object: string): WriteChunk {
  const { choices: _, usage: __, extra_fields: ___, ...beside } = result
  return (choices, usage = null) =>
    writeEvent({ ...beside, object, choices, ...(wantsUsage(request) ? { usage } : {}) })
}

function* endWithUsage({ usage }: Fields, request: Fields, chunk: WriteChunk): Generator<string> {
  if (wantsUsage(request) && isRecord(usage)) yield chunk([], usage)
}
