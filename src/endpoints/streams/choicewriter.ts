// Writes the streams of chat completions and of completions: the parts of an answer as they come, and then what the result has beside them.
import { asRecord, asRecords, asText, isRecord } from "../../values.ts"
import { cutText, type EventWriter, type Fields, rest, writeEvent } from "./streamform.ts"

/** What was written of a choice. */
interface Written {
  /** Members of the message that are texts. */
  texts: Record<string, string>
  /** Each tool call, by its index: its arguments, and the names of its other members. */
  calls: Map<number, { text: string; members: string[] }>
}

/** https://platform.openai.com/docs/api-reference/chat-streaming */
export function startChatWriter(beginning: Fields, request: Fields): EventWriter {
  let chunk = makeChunks(beginning, request, "chat.completion.chunk")
  const choices = new Map<number, Written>()
  const at = (index: number, delta: Fields, more: Fields = {}) =>
    chunk([{ index, delta, logprobs: null, finish_reason: null, ...more }])

  function open(index: number, role: unknown = "assistant"): { written: Written; opening: string } {
    const there = choices.get(index)
    if (there) return { written: there, opening: "" }
    const written: Written = { texts: {}, calls: new Map() }
    choices.set(index, written)
    return { written, opening: at(index, { role, content: "" }) }
  }

  return {
    write({ choice, delta }) {
      const { written, opening } = open(choice)
      remember(written, delta)
      return opening + at(choice, delta)
    },
    *finish(result) {
      chunk = makeChunks(result, request, "chat.completion.chunk")
      for (const { index, message, logprobs = null, finish_reason } of asRecords(result["choices"])) {
        const { role, ...said } = asRecord(message)
        const { written, opening } = open(Number(index), role)
        if (opening !== "") yield opening
        for (const delta of listUnsaid(said, written)) yield at(Number(index), delta)
        yield at(Number(index), {}, { logprobs, finish_reason })
      }
      yield* endWithUsage(result, request, chunk)
    },
  }
}

function remember({ texts, calls }: Written, { tool_calls, ...members }: Fields): void {
  for (const name of growing) {
    const text = members[name]
    if (typeof text === "string") texts[name] = (texts[name] ?? "") + text
  }
  for (const { index, function: called, ...call } of asRecords(tool_calls)) {
    const written = calls.get(Number(index)) ?? { text: "", members: [] }
    calls.set(Number(index), written)
    written.text += asText(asRecord(called)["arguments"])
    written.members.push(...Object.keys(call))
  }
}

/** Texts that clients join. All other members are said once. */
const growing = new Set(["content", "reasoning_content", "refusal"])

/** The deltas of what a message has and was not written. Its content follows what led to it. */
function* listUnsaid({ content, tool_calls, ...others }: Fields, { texts, calls }: Written): Generator<Fields> {
  for (const [name, text] of Object.entries({ ...others, content })) {
    if (!growing.has(name)) continue
    for (const piece of cutText(rest(text, texts[name] ?? ""))) yield { [name]: piece }
  }
  const whole = Object.entries(others).filter(([name, value]) => !growing.has(name) && value != null)
  if (whole.length > 0) yield Object.fromEntries(whole)
  for (const [index, { function: called, ...call }] of asRecords(tool_calls).entries()) {
    const { arguments: text, ...more } = asRecord(called)
    const written = calls.get(index)
    const isNew = written === undefined
    const added = Object.fromEntries(Object.entries(call).filter(([name]) => !written?.members.includes(name)))
    // A piece of a call has its function even where it says nothing of it: `@ai-sdk/openai` ends the stream otherwise.
    const first = { ...added, function: { ...(isNew ? more : {}), arguments: "" } }
    if (isNew || Object.keys(added).length > 0) yield { tool_calls: [{ index, ...first }] }
    const unsaid = rest(text, written?.text ?? "")
    if (unsaid !== "") yield { tool_calls: [{ index, function: { arguments: unsaid } }] }
  }
}

/** https://platform.openai.com/docs/api-reference/completions/object */
export function startCompletionWriter(beginning: Fields, request: Fields): EventWriter {
  let chunk = makeChunks(beginning, request, "text_completion")
  const texts = new Map<number, string>()
  /** What stands before the answer: the prompt, where the request asks for its echo. */
  const before = asText(asRecords(beginning["choices"])[0]?.["text"])
  const at = (choice: Fields) => chunk([{ logprobs: null, finish_reason: null, ...choice }])

  return {
    write({ choice: index, delta }) {
      const said = asText(delta["content"])
      if (said === "") return ""
      const there = texts.get(index)
      const text = (there === undefined ? before : "") + said
      texts.set(index, (there ?? "") + text)
      return at({ index, text })
    },
    *finish(result) {
      chunk = makeChunks(result, request, "text_completion")
      for (const { text, logprobs = null, finish_reason, ...choice } of asRecords(result["choices"])) {
        const { index } = choice
        for (const piece of cutText(rest(text, texts.get(Number(index)) ?? ""))) yield at({ index, text: piece })
        yield at({ ...choice, text: "", logprobs, finish_reason })
      }
      yield* endWithUsage(result, request, chunk)
    },
  }
}

type WriteChunk = (choices: object[], usage?: unknown) => string

/** Every chunk has the members of the result that are not its answer. The last ones may have some that were not known before. */
function makeChunks(beginning: Fields, request: Fields, object: string): WriteChunk {
  const { choices: _, usage: __, extra_fields: ___, ...beside } = beginning
  return (choices, usage = null) =>
    writeEvent({ ...beside, object, choices, ...(wantsUsage(request) ? { usage } : {}) })
}

function* endWithUsage({ usage }: Fields, request: Fields, chunk: WriteChunk): Generator<string> {
  if (wantsUsage(request) && isRecord(usage)) yield chunk([], usage)
}

export function wantsUsage({ stream_options }: Fields): boolean {
  return asRecord(stream_options)["include_usage"] === true
}
