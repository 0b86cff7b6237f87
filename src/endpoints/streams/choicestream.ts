// The streams of chat completions and of completions: chunks with choices, of which each has a part of one answer, and `[DONE]`.
// https://platform.openai.com/docs/api-reference/chat-streaming
import { asList, asRecord, asRecords, asWord, isRecord } from "../../values.ts"
import { startChatWriter, startCompletionWriter, wantsUsage } from "./choicewriter.ts"
import { empty, findByIndex, merge } from "./chunks.ts"
import { startChatReader } from "./readers.ts"
import { type Assembly, type Fields, type StreamForm, writeEvent } from "./streamform.ts"

const DONE = "data: [DONE]\n\n"

export const chatStream: StreamForm = {
  completeRequest: askForUsage,
  isWanted,
  startAssembly: () => assemble("chat.completion", "message"),
  startReader: startChatReader,
  startWriter: startChatWriter,
  writeError: (error) => writeEvent({ error }),
  end: DONE,
}

export const completionStream: StreamForm = {
  completeRequest: askForUsage,
  isWanted,
  startAssembly: () => assemble("text_completion", null),
  startReader: startChatReader,
  startWriter: startCompletionWriter,
  writeError: (error) => writeEvent({ error }),
  end: DONE,
}

/** The usage is a part of the result, whether the client wants it in the stream or not. */
function askForUsage({ stream_options }: Fields): Record<string, string> {
  return { stream: "true", stream_options: JSON.stringify({ ...asRecord(stream_options), include_usage: true }) }
}

/** The chunk with the usage has no choices. */
function isWanted({ choices, usage }: Fields, request: Fields): boolean {
  return wantsUsage(request) || !isRecord(usage) || asList(choices).length > 0
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
