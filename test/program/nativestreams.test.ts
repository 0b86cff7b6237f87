// OpenAI's client and the AI SDK at Claude: the stream goes through the whole program while the provider still writes, as chat and as a response.
import { afterAll, expect, test } from "bun:test"
import { createOpenAI } from "@ai-sdk/openai"
import { jsonSchema, streamText, tool } from "ai"
import OpenAI from "openai"
import { launch } from "../harness.ts"
import { messageEvents, sse } from "../providers/chat/nativeevents.ts"
import { closed, startUpstream } from "../upstream.ts"

const upstream = startUpstream()
const gateway = await launch({
  config: {
    providers: {
      anthropic: {
        keys: [{ value: "sk-ant-1" }],
        network_config: { base_url: `${upstream.url}/v1`, retry_backoff_initial: 1, retry_backoff_max: 2 },
      },
    },
  },
})
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
})

const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "none", maxRetries: 0 })
const model = "anthropic/claude-sonnet-4-5"
const answer = {
  ...{ id: "msg_1", type: "message", role: "assistant", model: "claude-sonnet-4-5", stop_reason: "tool_use" },
  content: [
    { type: "thinking", thinking: "A tool.", signature: "c2ln" },
    { type: "text", text: "I look." },
    { type: "tool_use", id: "toolu_1", name: "get_weather", input: { city: "Paris" } },
  ],
  usage: { input_tokens: 3, output_tokens: 5 },
}

/** Writes all but the last two events, and those when `end` resolves. */
function answerUntil(end: Promise<void>): void {
  const events = messageEvents(answer).map((event) => Buffer.from(event))
  upstream.answer(() => {
    let at = 0
    const source = new ReadableStream({
      async pull(controller) {
        if (at === events.length - 2) await end
        const event = events[at++]
        if (event === undefined) controller.close()
        else controller.enqueue(event)
      },
    })
    return new Response(source, { headers: { "content-type": "text/event-stream" } })
  })
}

test("chat comes while Claude still writes, and the client's helper puts it together", async () => {
  const end = Promise.withResolvers<void>()
  answerUntil(end.promise)
  const stream = openai.chat.completions.stream({
    model,
    messages: [{ role: "user", content: "Weather?" }],
    tools: [{ type: "function", function: { name: "get_weather", parameters: { type: "object" } } }],
  })
  const seen: string[] = []
  stream.on("content", (text) => {
    seen.push(text)
    if (seen.join("") === "I look.") end.resolve()
  })
  const completion = await stream.finalChatCompletion()
  expect(seen.length).toBeGreaterThan(2)
  const [choice] = completion.choices
  expect(choice).toMatchObject({ finish_reason: "tool_calls", message: { content: "I look." } })
  expect(choice?.message.tool_calls?.[0]).toMatchObject({ id: "toolu_1", function: { name: "get_weather" } })
})

test("a response comes while Claude still writes, and the client's helper puts it together", async () => {
  const end = Promise.withResolvers<void>()
  answerUntil(end.promise)
  const stream = openai.responses.stream({
    model,
    input: "Weather?",
    tools: [{ type: "function", name: "get_weather", parameters: { type: "object" }, strict: false }],
  })
  let seen = ""
  stream.on("response.output_text.delta", ({ delta }) => {
    seen += delta
    if (seen === "I look.") end.resolve()
  })
  const response = await stream.finalResponse()
  expect(response).toMatchObject({ status: "completed", output_text: "I look." })
  expect(response.output.map(({ type }) => type)).toEqual(["reasoning", "message", "function_call"])
  expect(response.output.at(-1)).toMatchObject({ call_id: "toolu_1", arguments: '{"city":"Paris"}' })
})

const sdk = createOpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "none" })

test.each([
  ["chat", sdk.chat(model)],
  ["responses", sdk.responses(model)],
])("the AI SDK reads Claude's stream by %s: text, a tool's call, and the end", async (_, asked) => {
  answerUntil(Promise.resolve())
  const inputSchema = jsonSchema<{ city: string }>({ type: "object", properties: { city: { type: "string" } } })
  const stream = streamText({
    model: asked,
    prompt: "Weather?",
    tools: { get_weather: tool({ inputSchema }) },
    maxRetries: 0,
  })
  const pieces = await Array.fromAsync(stream.textStream)
  expect(pieces.length).toBeGreaterThan(2)
  expect(pieces.join("")).toBe("I look.")
  expect(await stream.toolCalls).toMatchObject([
    { toolCallId: "toolu_1", toolName: "get_weather", input: { city: "Paris" } },
  ])
  expect(await stream.finishReason).toBe("tool-calls")
  expect(await stream.usage).toMatchObject({ inputTokens: 3, outputTokens: 5 })
})

const events = messageEvents(answer).map((event) => Buffer.from(event))
const request = { model, messages: [{ role: "user" as const, content: "Weather?" }], stream: true as const }

test("an overload before the first words is tried again, and the client sees one stream", async () => {
  const overloaded = Buffer.from(
    sse({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, "error"),
  )
  const before = upstream.received.length
  upstream.answer((_, index) => {
    const said = index === before ? [...events.slice(0, 2), overloaded] : events
    return new Response(Buffer.concat(said), { headers: { "content-type": "text/event-stream" } })
  })
  const chunks = await Array.fromAsync(await openai.chat.completions.create(request))
  expect(upstream.received.length - before).toBe(2)
  expect(chunks.filter(({ choices }) => choices[0]?.delta.role)).toHaveLength(1)
  expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("I look.")
})

test("a client that goes ends Claude's call", async () => {
  const never = Promise.withResolvers<void>()
  answerUntil(never.promise)
  const stream = await openai.chat.completions.create(request)
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break
  const received = upstream.received.at(-1)
  if (received) await closed(received)
  never.resolve()
})
