// The streams of chat completions and of completions: chunks with choices, of which each has a part of one answer, and `[DONE]`.
// https://platform.openai.com/docs/api-reference/chat-streaming
import { asList, asRecord, asRecords, isRecord } from "../../values.ts"
import { startChatWriter, startCompletionWriter, wantsUsage } from "./choicewriter.ts"
import { type Assembly, type Fields, type StreamForm, writeEvent } from "./streamform.ts"

const DONE = "data: [DONE]\n\n"

export const chatStream: StreamForm = {
  completeRequest: askForUsage,
  isWanted,
  startAssembly: () => assemble("chat.completion", "message"),
  startWriter: startChatWriter,
  writeError: (error) => writeEvent({ error }),
  end: DONE,
}

export const completionStream: StreamForm = {
  completeRequest: askForUsage,
  isWanted,
  startAssembly: () => assemble("text_completion", null),
  startWriter: startCompletionWriter,
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

/** @param member of a choice that its deltas build; null: the choice itself, whose text grows */
function assemble(object: string, member: "message" | null): Assembly {
  let whole: Fields = {}
  const choices = new Map<number, Fields>()
  let hasContent = false

  function addChoice(given: Fields): void {
    const index = typeof given["index"] === "number" ? given["index"] : 0
    const choice = choices.get(index) ?? { index }
    choices.set(index, choice)
    const { delta, logprobs, finish_reason, index: _, ...rest } = given
    const part = member === null ? rest : asRecord(delta)
    const target = member === null ? choice : openMember(choice, member)
    if (Object.entries(part).some(([name, value]) => name !== "role" && !isEmpty(value))) hasContent = true
    grow(target, part)
    if (member !== null) Object.assign(choice, rest)
    if (isRecord(logprobs)) grow(openMember(choice, "logprobs"), logprobs)
    if (typeof finish_reason === "string") choice["finish_reason"] = finish_reason
  }

  return {
    add({ choices: given, usage, object: _, ...beside }) {
      whole = { ...whole, ...beside, ...(isRecord(usage) ? { usage } : {}) }
      for (const choice of asRecords(given)) addChoice(choice)
    },
    hasBegun: () => hasContent || [...choices.values()].some(({ finish_reason }) => finish_reason !== undefined),
    isComplete: () =>
      choices.size > 0 && [...choices.values()].every(({ finish_reason }) => typeof finish_reason === "string"),
    build() {
      const { usage, ...rest } = whole
      const built = [...choices.values()]
        .toSorted((one, other) => Number(one["index"]) - Number(other["index"]))
        .map((choice) => (member === null ? { logprobs: null, ...choice } : buildChat(choice)))
      return { ...rest, object, choices: built, ...(usage === undefined ? {} : { usage }) }
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

/** Members that name something are said once. All other texts grow. */
const said = new Set(["role", "id", "type", "name", "format", "signature"])

/** Adds a part to what has come before: texts are joined, lists are joined by the index of their items. */
function grow(target: Fields, part: Fields): void {
  for (const [name, value] of Object.entries(part)) {
    const before = target[name]
    if (isEmpty(value) && before !== undefined) continue
    if (typeof value === "string" && typeof before === "string" && !said.has(name)) target[name] = before + value
    else if (Array.isArray(value)) target[name] = growList(asList(before), value)
    else if (isRecord(value)) grow(openMember(target, name), value)
    else target[name] = value
  }
}

/** The object at a name; an empty one is put there where there is none. */
function openMember(target: Fields, name: string): Fields {
  const there = target[name]
  if (isRecord(there)) return there
  const made: Fields = {}
  target[name] = made
  return made
}

function growList(before: readonly unknown[], items: readonly unknown[]): unknown[] {
  const list = [...before]
  for (const item of items) {
    const index = isRecord(item) ? item["index"] : undefined
    const same = index === undefined ? undefined : list.find((each) => isRecord(each) && each["index"] === index)
    if (same !== undefined) grow(same as Fields, item as Fields)
    else if (isRecord(item)) {
      const copy: Fields = {}
      grow(copy, item)
      list.push(copy)
    } else list.push(item)
  }
  return list
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)
}
