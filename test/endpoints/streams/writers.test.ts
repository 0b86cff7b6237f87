// What is said of an answer as it comes, and what its stream says at the end, are together its result, each once.
import { describe, expect, test } from "bun:test"
import { chatStream, completionStream } from "../../../src/endpoints/streams/choicestream.ts"
import { responseStream } from "../../../src/endpoints/streams/responsestream.ts"
import type { Fields, StreamForm } from "../../../src/endpoints/streams/streamform.ts"

function play(form: StreamForm, said: readonly Fields[], result: Fields, request: Fields = {}): Fields[] {
  const { choices, output, usage, ...beginning } = result
  const writer = form.startWriter(beginning, request)
  const written = [...said.map((delta) => writer.write({ choice: 0, delta })), ...writer.finish(result)]
  const events = written.join("").split("\n\n").slice(0, -1)
  return events.map((event) => JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? "null"))
}

function assemble(form: StreamForm, events: readonly Fields[]): Fields {
  const assembly = form.startAssembly({})
  for (const event of events) assembly.add(event)
  expect(assembly.isComplete()).toBe(true)
  return assembly.build()
}

const called = (id: string, text: string) => ({ id, type: "function", function: { name: "f", arguments: text } })
const opened = (index: number, id: string) => ({ tool_calls: [{ index, ...called(id, "") }] })
const grown = (index: number, text: string) => ({ tool_calls: [{ index, function: { arguments: text } }] })
/** All that an answer may have. */
const said = [
  { reasoning_content: "Two " },
  { reasoning_content: "tools." },
  { content: "I " },
  { content: "look" },
  opened(0, "a"),
  grown(0, '{"x"'),
  grown(0, ":1}"),
]

describe("a chat completion", () => {
  const message = {
    ...{ role: "assistant", content: "I look.", refusal: null, reasoning_content: "Two tools." },
    thinking_blocks: [{ type: "thinking", thinking: "Two tools.", signature: "s" }],
    tool_calls: [{ ...called("a", '{"x":1}'), extra_content: { google: "g" } }, called("b", "{}")],
  }
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
  const choice = { index: 0, message, logprobs: null, finish_reason: "tool_calls" }
  const result = { id: "c", object: "chat.completion", created: 1, model: "m", choices: [choice], usage }
  const events = play(chatStream, said, result, { stream_options: { include_usage: true } })
  const deltas = events.flatMap((event) => event["choices"] as Fields[]).map(({ delta }) => delta as Fields)

  test("is the whole of its stream, and nothing is said twice", () => {
    expect(assemble(chatStream, events)).toEqual(result)
    expect(deltas.map(({ content }) => content)).toEqual(expect.arrayContaining(["", "I ", "look", "."]))
  })

  test("has its role in the first chunk, each call without arguments first, and its finish reason in the last", () => {
    expect(deltas[0]).toEqual({ role: "assistant", content: "" })
    expect(deltas.filter(({ role }) => role)).toHaveLength(1)
    const calls = deltas.flatMap(({ tool_calls }) => (tool_calls ?? []) as Fields[])
    for (const index of [0, 1]) {
      const [first, ...others] = calls.filter((call) => call["index"] === index)
      expect(first).toEqual({ index, ...called(index === 0 ? "a" : "b", "") })
      for (const call of others) {
        expect(call).not.toHaveProperty("id")
        // Where it only adds a signature too: clients read a call's function without asking whether it is there.
        expect(call["function"]).toEqual({ arguments: expect.any(String) })
      }
    }
    const ends = events.map((event) => (event["choices"] as Fields[])[0]?.["finish_reason"])
    expect(ends.slice(-2)).toEqual(["tool_calls", undefined])
    expect(ends.slice(0, -2)).toEqual(ends.slice(0, -2).map(() => null))
  })

  test("says once what its first piece says of a call besides", () => {
    const proof = { extra_content: { google: "g" } }
    const events = play(
      chatStream,
      [{ tool_calls: [{ index: 0, ...called("a", ""), ...proof }] }, grown(0, '{"x":1}')],
      result,
    )
    expect(JSON.stringify(events).match(/extra_content/g)).toHaveLength(1)
    expect(assemble(chatStream, events)).toMatchObject({ choices: [{ message: { tool_calls: message.tool_calls } }] })
  })

  test("keeps what was said where the result spells it differently", () => {
    const spaced = play(chatStream, [opened(0, "a"), grown(0, '{"x": 1}')], result)
    const built = assemble(chatStream, spaced) as { choices: { message: { tool_calls: Fields[] } }[] }
    expect(built.choices[0]?.message.tool_calls[0]).toMatchObject(called("a", '{"x": 1}'))
  })
})

test("a completion begins with its echo, and is the whole of its stream", () => {
  const choice = { index: 0, text: "Say hi there", logprobs: null, finish_reason: "stop" }
  const result = { id: "c", object: "text_completion", created: 1, model: "m", choices: [choice] }
  const writer = completionStream.startWriter({ ...result, choices: [{ ...choice, text: "Say " }] }, {})
  const written = [writer.write({ choice: 0, delta: { content: "hi" } }), ...writer.finish(result)].join("")
  const events = written
    .split("\n\n")
    .slice(0, -1)
    .map((event) => JSON.parse(event.slice("data: ".length)))
  expect(events[0].choices[0].text).toBe("Say hi")
  expect(assemble(completionStream, events)).toEqual(result)
})

describe("a response", () => {
  const text = { type: "output_text", text: "I look.", annotations: [], logprobs: [] }
  const output = [
    { id: "rs_c", type: "reasoning", summary: [{ type: "summary_text", text: "Two tools." }], encrypted_content: "e" },
    { id: "msg_c", type: "message", role: "assistant", status: "completed", content: [text] },
    { id: "fc_c_0", type: "function_call", status: "completed", call_id: "a", name: "f", arguments: '{"x":1}' },
    { id: "fc_c_1", type: "function_call", status: "completed", call_id: "b", name: "f", arguments: "{}" },
  ]
  const result = { id: "resp_c", object: "response", created_at: 1, status: "completed", model: "m", output }
  const events = play(responseStream, said, result)
  const typed = (type: string) => events.filter((event) => event["type"] === type)

  test("is the whole of its stream, whose events are numbered without a gap", () => {
    expect(assemble(responseStream, events)).toEqual(result)
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, at) => at))
    expect(events.slice(0, 2).map(({ type }) => type)).toEqual(["response.created", "response.in_progress"])
    expect(events[0]?.["response"]).toMatchObject({ id: "resp_c", status: "in_progress", output: [] })
  })

  test("has each item added once before it grows, and done once with what is stored", () => {
    const added = typed("response.output_item.added")
    expect(added.map(({ output_index }) => output_index)).toEqual([0, 1, 2, 3])
    expect(added.map(({ item }) => (item as Fields)["id"])).toEqual(output.map(({ id }) => id))
    expect(typed("response.output_item.done").map(({ item }) => item)).toEqual(output)
    for (const { id } of output) {
      const at = events.findIndex(({ item_id }) => item_id === id)
      expect(events.findIndex((event) => (event["item"] as Fields | undefined)?.["id"] === id)).toBeLessThan(at)
    }
  })

  test("says each text once, in parts that are open", () => {
    const joined = (type: string) =>
      typed(type)
        .map(({ delta }) => delta)
        .join("")
    expect(joined("response.output_text.delta")).toBe("I look.")
    expect(joined("response.reasoning_summary_text.delta")).toBe("Two tools.")
    expect(joined("response.function_call_arguments.delta")).toBe('{"x":1}{}')
    const parts = events.filter(({ type }) => /part\.(added|done)$/.test(String(type))).map(({ type }) => type)
    expect(parts).toEqual([
      "response.reasoning_summary_part.added",
      "response.content_part.added",
      "response.reasoning_summary_part.done",
      "response.content_part.done",
    ])
  })

  test("with an item that comes late keeps the places of those that are there", () => {
    const late = play(responseStream, [{ content: "I look." }], { ...result, output: output.slice(0, 2) })
    const places = late.filter(({ type }) => type === "response.output_item.added")
    expect(places.map(({ output_index, item }) => [output_index, (item as Fields)["id"]])).toEqual([
      [0, "msg_c"],
      [1, "rs_c"],
    ])
    expect(assemble(responseStream, late)["output"]).toEqual(output.slice(0, 2))
  })
})
