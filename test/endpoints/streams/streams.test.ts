// A stream that is made of a result, put together again, is that result; and what providers stream is put together as they mean it.
import { describe, expect, test } from "bun:test"
import { chatStream, completionStream } from "../../../src/endpoints/streams/choicestream.ts"
import { responseStream } from "../../../src/endpoints/streams/responsestream.ts"
import { cutText, type Fields, type StreamForm, split } from "../../../src/endpoints/streams/streamform.ts"

function readEvents(form: StreamForm, result: Fields, request: Fields): Fields[] {
  return readWritten([...split(form, result, request)])
}

function readWritten(written: readonly string[]): Fields[] {
  const events = written.join("").split("\n\n").slice(0, -1)
  return events.map((event) => JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? "null"))
}

function assemble(form: StreamForm, events: readonly Fields[]): Fields {
  const assembly = form.startAssembly({})
  for (const event of events) assembly.add(event)
  expect(assembly.isComplete()).toBe(true)
  return assembly.build()
}

const usage = { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 }
const withUsage = { stream_options: { include_usage: true } }
const call = (id: string) => ({ id, type: "function", function: { name: "f", arguments: '{"a": [1, 2]}' } })
const chats: Record<string, Fields[]> = {
  "a text": [{ message: { content: "Hello there,\n\nworld  " }, finish_reason: "stop" }],
  "an empty text": [{ message: { content: "" }, finish_reason: "stop" }],
  "tool calls": [{ message: { content: null, tool_calls: [call("a"), call("b")] }, finish_reason: "tool_calls" }],
  "several choices": [
    { message: { content: "one" }, finish_reason: "stop" },
    { message: { content: "two" }, finish_reason: "length" },
  ],
  "a refusal": [{ message: { content: null, refusal: "I must not" }, finish_reason: "stop" }],
  reasoning: [{ message: { content: "yes", reasoning_content: "because it is so" }, finish_reason: "stop" }],
  logprobs: [
    {
      message: { content: "Hi" },
      logprobs: { content: [{ token: "Hi", logprob: -0.1, bytes: [72, 105], top_logprobs: [] }], refusal: null },
      finish_reason: "stop",
    },
  ],
}

describe("a chat completion", () => {
  test.each(Object.entries(chats))("with %s is the same after its stream", (_, choices) => {
    const result = {
      id: "chatcmpl-1",
      object: "chat.completion",
      created: 1,
      model: "m",
      service_tier: "default",
      choices: choices.map(({ message, ...choice }, index) => ({
        index,
        logprobs: null,
        ...choice,
        message: { role: "assistant", content: null, refusal: null, ...(message as Fields) },
      })),
      usage,
    }
    const events = readEvents(chatStream, { ...result, extra_fields: {} }, withUsage)
    const built = assemble(chatStream, events)
    const contents = (built["choices"] as Fields[]).map((choice) => {
      const message = choice["message"] as Fields
      // A stream has no difference between no text and an empty one.
      return { ...choice, message: { ...message, content: message["content"] === "" ? null : message["content"] } }
    })
    const wanted = result.choices.map((choice) => ({
      ...choice,
      message: { ...choice.message, content: choice.message.content === "" ? null : choice.message.content },
    }))
    expect({ ...built, choices: contents }).toEqual({ ...result, choices: wanted })
    const roles = events
      .flatMap((event) => event["choices"] as Fields[])
      .filter(({ delta }) => (delta as Fields)["role"])
    expect(roles).toHaveLength(choices.length)
  })

  test("has no usage in its stream where the client asked for none", () => {
    const events = readEvents(chatStream, { choices: [{ index: 0, message: { content: "Hi" } }], usage }, {})
    expect(events.some((event) => "usage" in event)).toBe(false)
    expect(chatStream.isWanted({ choices: [], usage }, {})).toBe(false)
    expect(chatStream.isWanted({ choices: [], usage }, withUsage)).toBe(true)
  })

  const chunk = (delta: Fields, finish_reason: string | null = null) => ({
    choices: [{ index: 0, delta, finish_reason }],
  })

  test("begins with its first content, and not with its role", () => {
    const assembly = chatStream.startAssembly({})
    assembly.add(chunk({ role: "assistant", content: "" }))
    assembly.add({ choices: [], prompt_filter_results: [] })
    expect(assembly.hasBegun()).toBe(false)
    assembly.add(chunk({ content: "H" }))
    expect(assembly.hasBegun()).toBe(true)
    expect(assembly.isComplete()).toBe(false)
    assembly.add(chunk({}, "stop"))
    expect(assembly.isComplete()).toBe(true)
  })

  test("joins the arguments of a call, and keeps its id and name, though a provider repeats them", () => {
    const part = (text: string) =>
      chunk({ tool_calls: [{ index: 0, id: "c", type: "function", function: { name: "f", arguments: text } }] })
    const built = assemble(chatStream, [part(""), part('{"a"'), part(":1}"), chunk({}, "tool_calls")])
    expect((built["choices"] as Fields[])[0]).toMatchObject({
      message: { tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: '{"a":1}' } }] },
    })
  })

  test("touches no shared object, whatever its members are called", () => {
    const hostile = JSON.parse(
      '{"choices":[{"index":0,"delta":{"content":"a","__proto__":{"polluted":"yes"}}}],"__proto__":{"polluted":"yes"}}',
    )
    assemble(chatStream, [hostile, hostile, chunk({}, "stop")])
    expect(({} as Fields)["polluted"]).toBeUndefined()
  })

  test("keeps members that only its provider knows", () => {
    const events = [chunk({ content: "a" }), { ...chunk({ content: "b" }, "stop"), citations: ["https://example.com"] }]
    expect(assemble(chatStream, events)).toMatchObject({ citations: ["https://example.com"] })
  })
})

test("a completion with several choices is the same after its stream", () => {
  const choice = (index: number, text: string) => ({ index, text, logprobs: null, finish_reason: "stop" })
  const result = { id: "c", object: "text_completion", model: "m", choices: [choice(0, "a b"), choice(1, "c")], usage }
  expect(assemble(completionStream, readEvents(completionStream, result, withUsage))).toEqual(result)
})

describe("a response", () => {
  const result = {
    id: "resp_1",
    object: "response",
    status: "completed",
    output: [
      { id: "rs_1", type: "reasoning", summary: [] },
      {
        id: "msg_1",
        type: "message",
        role: "assistant",
        status: "completed",
        content: [
          {
            type: "output_text",
            text: "Hello there",
            annotations: [{ type: "url_citation", url: "https://example.com" }],
          },
          { type: "refusal", refusal: "no" },
        ],
      },
      { id: "fc_1", type: "function_call", call_id: "c", name: "f", arguments: '{"a":1}', status: "completed" },
    ],
    usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
  }

  test("is the same after its stream, whose events are numbered without a gap and have their names", () => {
    const written = [...split(responseStream, { ...result, extra_fields: {} }, {})].join("").split(/(?<=\n\n)/)
    const events = readEvents(responseStream, result, {})
    expect(assemble(responseStream, events)).toEqual(result)
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, at) => at))
    for (const [at, event] of written.entries()) expect(event).toStartWith(`event: ${events[at]?.["type"]}\ndata: {`)
  })

  test.each(["incomplete", "failed"])("that is %s says so with its last event", (status) => {
    const events = readEvents(responseStream, { ...result, status }, {})
    expect(events.at(-1)).toMatchObject({ type: `response.${status}`, response: { status } })
  })

  test("begins with its first item", () => {
    const assembly = responseStream.startAssembly({})
    for (const type of ["response.created", "keepalive", "response.in_progress"]) assembly.add({ type })
    expect(assembly.hasBegun()).toBe(false)
    assembly.add({ type: "response.output_item.added" })
    expect(assembly.hasBegun()).toBe(true)
  })

  test("has errors both flat and nested, because clients read the one or the other", () => {
    const error = { message: "no", type: "server_error", param: null, code: "c" }
    const text = responseStream.writeError(error, "")
    const data = { ...error, type: "error", sequence_number: 0, error }
    expect(text).toBe(`event: error\ndata: ${JSON.stringify(data)}\n\n`)
  })

  test("numbers an error after what was sent, and adds none to a failure that the response has told itself", () => {
    const error = { message: "no", type: "server_error", param: null, code: "c" }
    const sent =
      'event: a\ndata: {"sequence_number": 3}\n\nevent: b\ndata: {"sequence_number":41,"delta":"\\"sequence_number\\":7"}\n\n'
    expect(JSON.parse(responseStream.writeError(error, sent).split("data: ")[1] ?? "").sequence_number).toBe(42)
    expect(responseStream.writeError(error, 'data: {"type": "response.failed"}\n\n')).toBe("")
    expect(responseStream.writeError(error, 'data: {"delta":"\\"type\\":\\"response.failed\\""}\n\n')).not.toBe("")
  })
})

test.each(["", " ", "a", "a b  c ", "  x", "a\n\nb", "x".repeat(5000), "word ".repeat(5000)])(
  "a text that is cut is whole",
  (text) => {
    const pieces = cutText(text)
    expect(pieces.join("")).toBe(text)
    expect(pieces.length).toBeLessThanOrEqual(200)
    expect(pieces).not.toContain("")
  },
)
