import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import type { Call, Outcome } from "../../../src/call.ts"
import { systemClock } from "../../../src/clock.ts"
import { chatViaResponses } from "../../../src/endpoints/translate/chatviaresponses.ts"
import { completionsViaChat } from "../../../src/endpoints/translate/completionsviachat.ts"
import { responsesViaChat } from "../../../src/endpoints/translate/responsesviachat.ts"
import type { Adapter } from "../../../src/providers/adapter.ts"
import { nativeChat } from "../../../src/providers/chat/chatadapter.ts"
import { passThrough } from "../../../src/providers/passthrough.ts"
import { resolveProviders } from "../../../src/providers/settings.ts"
import { perplexityChat } from "../../../src/providers/translate/perplexity.ts"
import { translated } from "../../../src/providers/translate/translated.ts"
import { completion, startUpstream, type Upstream } from "../../upstream.ts"
import { outcomeOf } from "../outcomeof.ts"

let upstream: Upstream
beforeEach(() => {
  upstream = startUpstream()
})
afterEach(() => upstream.stop())

const passthrough: Adapter = { start: passThrough }
const viaChat = (chat: Adapter) => ({
  responses: translated(chat, responsesViaChat),
  completions: translated(chat, completionsViaChat),
})
const viaRaw = viaChat(passthrough)
const responsesOnly = translated(passthrough, chatViaResponses)

/** What a job of this type comes to, whose body this is, at the upstream by way of `adapter`. */
async function send(
  adapter: Adapter,
  requestType: string,
  body: Record<string, unknown>,
  step: Call["step"] = "start",
  model = "deep/model",
): Promise<Outcome> {
  const network_config = { base_url: upstream.url }
  const { providers } = resolveProviders({ up: { network_config, keys: [{ value: "sk-1" }] } }, {})
  const provider = providers.find(({ name }) => name === "up")
  const ask = adapter[step]
  if (!provider || !ask) throw new Error("nothing to ask")
  const call: Call = {
    ...{ jobId: "job-1", attempt: 1, step, state: null, requestId: "request-1", idempotencyKey: "job-1" },
    ...{
      requestType,
      provider: "up",
      model,
      timeoutMs: 60_000,
      form: null,
      extras: {},
      isRepeatable: true,
    },
    ...{ body: JSON.stringify({ model: "up/deep/model", ...body }), keyId: null, callerKey: null },
  }
  const { signal } = new AbortController()
  const context = { fetch, clock: systemClock, signal, pieceAt: async () => null }
  return await outcomeOf(ask({ call, provider, key: "sk-1", context }))
}

async function resultOf(outcome: Promise<Outcome>): Promise<Record<string, unknown>> {
  const answered = await outcome
  if (answered.kind !== "answered") throw new Error(JSON.stringify(answered))
  return JSON.parse(answered.body)
}

async function sent(index: number): Promise<unknown> {
  return JSON.parse((await upstream.request(index)).body)
}

const aResponse = (over: Record<string, unknown> = {}) => ({
  id: "resp_1",
  object: "response",
  created_at: 5,
  status: "completed",
  model: "m-2026",
  output: [{ type: "message", role: "assistant", content: [{ type: "output_text", text: "Hi", annotations: [] }] }],
  usage: { input_tokens: 3, output_tokens: 4, total_tokens: 7 },
  ...over,
})

describe("a response at a provider that only has chat completions", () => {
  test("is asked for as a chat completion, with the model's own name", async () => {
    const fallbacks = ["other/m"]
    await send(viaRaw.responses, "responses", { input: "Hello", max_output_tokens: 9, stream: false, fallbacks })
    expect((await upstream.request(0)).path).toBe("/v1/chat/completions")
    expect(await sent(0)).toEqual({
      model: "deep/model",
      messages: [{ role: "user", content: "Hello" }],
      max_completion_tokens: 9,
    })
  })

  test("comes back as a response, with what the gateway adds to it", async () => {
    const result = await resultOf(send(viaRaw.responses, "responses", { input: "Hello" }))
    expect(result).toMatchObject({
      id: "resp_job1",
      object: "response",
      status: "completed",
      output: [{ type: "message", content: [{ type: "output_text", text: "Hi" }] }],
      usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
      extra_fields: { request_type: "responses", provider: "up", resolved_model_used: "deep/model", chunk_index: 0 },
    })
    expect(Object.keys(result).at(-1)).toBe("extra_fields")
  })

  test("is counted by the provider's own words", async () => {
    const outcome = await send(viaRaw.responses, "responses", { input: "Hello" })
    expect(outcome).toMatchObject({
      status: 200,
      usage: '{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}',
      used: { input_tokens: 1, output_tokens: 1 },
    })
  })

  test("sends the model's reasoning back in the turn after a tool call", async () => {
    const thinking_blocks = [{ type: "thinking", thinking: "I must look.", signature: "c2ln" }]
    const tool_calls = [
      {
        id: "call_1",
        type: "function",
        function: { name: "weather", arguments: '{"city":"Paris"}' },
        extra_content: { google: { thought_signature: "dHM=" } },
      },
    ]
    const message = { role: "assistant", content: null, reasoning_content: "I must look.", thinking_blocks, tool_calls }
    upstream.answer(() => completion("", { choices: [{ index: 0, message, finish_reason: "tool_calls" }] }))
    const tools = [{ type: "function", name: "weather", parameters: { type: "object" } }]
    const first = { input: [{ role: "user", content: "Weather in Paris?" }], tools, reasoning: { effort: "high" } }
    const { output } = await resultOf(send(viaRaw.responses, "responses", first))
    expect(output).toMatchObject([
      { type: "reasoning", summary: [{ type: "summary_text", text: "I must look." }] },
      { type: "function_call", call_id: "call_1", name: "weather", arguments: '{"city":"Paris"}' },
    ])

    upstream.answer(() => completion("It rains."))
    const result = { type: "function_call_output", call_id: "call_1", output: '{"sky":"rain"}' }
    const input = [...first.input, ...(output as unknown[]), result]
    const second = await resultOf(send(viaRaw.responses, "responses", { ...first, input }))
    expect(await sent(1)).toMatchObject({
      messages: [
        { role: "user", content: "Weather in Paris?" },
        message,
        { role: "tool", tool_call_id: "call_1", content: '{"sky":"rain"}' },
      ],
      reasoning_effort: "high",
    })
    expect(second).toMatchObject({ output: [{ type: "message", content: [{ text: "It rains." }] }] })
  })

  test("does so in a provider's own form too", async () => {
    const thinking = { type: "thinking", thinking: "I must look.", signature: "c2ln" }
    const hidden = { type: "redacted_thinking", data: "cmVk" }
    const use = { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Paris" } }
    const reply = (stop_reason: string, ...content: unknown[]) =>
      Response.json({
        ...{ id: "msg_1", type: "message", role: "assistant", model: "m", content, stop_reason, stop_sequence: null },
        usage: { input_tokens: 10, output_tokens: 5, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
      })
    upstream.answer(() => reply("tool_use", thinking, hidden, { type: "text", text: "I look." }, use))
    const { responses } = viaChat(nativeChat("anthropic"))
    const tools = [{ type: "function", name: "weather", parameters: { type: "object", properties: {} } }]
    const first = { input: [{ role: "user", content: "Weather?" }], tools, reasoning: { effort: "high" } }
    const { output } = await resultOf(send(responses, "responses", first))

    upstream.answer(() => reply("end_turn", { type: "text", text: "It rains." }))
    const result = { type: "function_call_output", call_id: "toolu_1", output: "rain" }
    const input = [...first.input, ...(output as unknown[]), result]
    const second = await resultOf(send(responses, "responses", { ...first, input }))
    expect(await sent(1)).toMatchObject({
      messages: [
        { role: "user" },
        { role: "assistant", content: [thinking, hidden, { type: "text", text: "I look." }, use] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1" }] },
      ],
    })
    expect(second).toMatchObject({ output: [{ type: "message", content: [{ text: "It rains." }] }] })
  })

  test("is not asked for when it would be another request", async () => {
    const outcome = await send(viaRaw.responses, "responses", { input: "Hello", previous_response_id: "resp_1" })
    expect(outcome).toMatchObject({
      kind: "refused",
      status: 400,
      refusal: { type: "invalid_request_error", code: "unsupported_parameter", param: "previous_response_id" },
      isKeyRefused: false,
    })
    expect(await send(viaRaw.responses, "responses", { input: [1] })).toMatchObject({
      refusal: { code: "invalid_request", param: "input[0]" },
    })
    expect(upstream.received).toEqual([])
  })

  test("is unreadable, with the provider's own words, when the completion has no choice", async () => {
    upstream.answer(() => completion("", { choices: [] }))
    const outcome = await send(viaRaw.responses, "responses", { input: "Hello" })
    expect(outcome).toMatchObject({
      kind: "unreadable",
      status: 200,
      message: expect.stringContaining("its list of choices is empty"),
      body: expect.stringContaining('"chatcmpl-1"'),
    })
  })
})

describe("what is no answer passes as it is", () => {
  test("a refusal", async () => {
    const error = { type: "requests", code: "rate", message: "Slow down.", param: null }
    upstream.answer(() => Response.json({ error }, { status: 429, headers: { "retry-after": "7" } }))
    const outcome = await send(viaRaw.responses, "responses", { input: "Hello" })
    const direct = await send(passthrough, "chat_completion", { messages: [] })
    expect(outcome).toEqual(direct)
    expect(outcome).toMatchObject({ kind: "refused", status: 429, refusal: error, retryAfterMs: 7000 })
  })

  test("an answer that is no chat completion", async () => {
    upstream.answer(() => Response.json({ hello: 1 }))
    expect(await send(viaRaw.completions, "text_completion", { prompt: "Hello" })).toMatchObject({
      kind: "unreadable",
      body: '{"hello":1}',
    })
  })

  test("an upstream job, which is translated when it has ended", async () => {
    const patient: Adapter = {
      start: async () => ({ kind: "pending", state: "{}", afterMs: 5, upstream: { requestId: null, limits: null } }),
      resume: passThrough,
      cancel: passThrough,
    }
    const { responses } = viaChat(patient)
    expect(await send(responses, "responses", { input: "Hello" })).toMatchObject({ kind: "pending", state: "{}" })
    const ended = await resultOf(send(responses, "responses", { input: "Hello" }, "resume"))
    expect(ended).toMatchObject({ object: "response", extra_fields: { request_type: "responses" } })
    expect(responses.cancel).toBeFunction()
    expect(viaRaw.responses.resume).toBeUndefined()
    expect(viaRaw.responses.cancel).toBeUndefined()
  })
})

test("a text completion at a provider that only has chat completions", async () => {
  upstream.answer(() => completion(" upon a time"))
  const result = await resultOf(
    send(viaRaw.completions, "text_completion", { prompt: ["Once"], echo: true, max_tokens: 5 }),
  )
  expect((await upstream.request(0)).path).toBe("/v1/chat/completions")
  expect(await sent(0)).toEqual({
    model: "deep/model",
    messages: [{ role: "user", content: "Once" }],
    max_completion_tokens: 5,
  })
  expect(result).toMatchObject({
    id: "cmpl-1",
    object: "text_completion",
    choices: [{ index: 0, text: "Once upon a time", finish_reason: "stop" }],
    usage: { prompt_tokens: 1 },
    extra_fields: { request_type: "text_completion" },
  })
})

describe("a chat completion at a provider that only has responses", () => {
  test("is asked for as a response and comes back as a chat completion", async () => {
    upstream.answer(() => Response.json(aResponse()))
    const messages = [{ role: "user", content: "Hello" }]
    const outcome = await send(responsesOnly, "chat_completion", { messages, max_tokens: 9 })
    expect((await upstream.request(0)).path).toBe("/v1/responses")
    expect(await sent(0)).toEqual({
      model: "deep/model",
      input: [{ type: "message", role: "user", content: "Hello" }],
      max_output_tokens: 9,
      store: false,
    })
    expect(outcome).toMatchObject({ kind: "answered", used: { input_tokens: 3, output_tokens: 4 } })
    expect(await resultOf(Promise.resolve(outcome))).toMatchObject({
      id: "chatcmpl-resp_1",
      choices: [{ message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
      extra_fields: { request_type: "chat_completion", provider: "up" },
    })
  })

  test("is refused in the provider's words where the response says that it failed", async () => {
    const error = { code: "rate_limit_exceeded", message: "Slow down." }
    upstream.answer(() => Response.json(aResponse({ status: "failed", error }), { headers: { "x-request-id": "r-1" } }))
    expect(await send(responsesOnly, "chat_completion", { messages: [] })).toEqual({
      kind: "refused",
      status: 429,
      refusal: { type: null, code: "rate_limit_exceeded", message: "Slow down.", param: null },
      retryAfterMs: null,
      isKeyRefused: false,
      isEnd: true,
      upstream: { requestId: "r-1", limits: null },
    })
  })

  test("does not repeat the key where the response was cancelled", async () => {
    upstream.answer(() => Response.json(aResponse({ status: "cancelled", error: { message: "for sk-1" } })))
    expect(await send(responsesOnly, "chat_completion", { messages: [] })).toMatchObject({
      kind: "refused",
      refusal: { message: "for [key]" },
    })
  })

  test("serves responses and text completions in their turn", async () => {
    upstream.answer(() => Response.json(aResponse()))
    const { completions } = viaChat(responsesOnly)
    const result = await resultOf(send(completions, "text_completion", { prompt: "Hello" }))
    expect(await sent(0)).toMatchObject({ input: [{ type: "message", role: "user", content: "Hello" }] })
    expect(result).toMatchObject({ object: "text_completion", choices: [{ text: "Hi" }] })
  })
})

describe("a chat completion at Perplexity", () => {
  const searched = translated(passthrough, perplexityChat)
  const messages = [{ role: "user", content: "Hello" }]
  const ask = async (body: Record<string, unknown>, model?: string) => {
    upstream.answer(() => Response.json(aResponse()))
    await send(searched, "chat_completion", { messages, ...body }, "start", model)
    return await sent(upstream.received.length - 1)
  }
  const asked = { model: "deep/model", input: [{ type: "message", role: "user", content: "Hello" }], store: false }

  test("has its format at the top, where this provider wants it", async () => {
    const json_schema = { name: "city", schema: { type: "object" } }
    const response_format = { type: "json_schema", json_schema }
    expect(await ask({ response_format })).toEqual({ ...asked, response_format })
    expect(await ask({ response_format: { type: "text" }, verbosity: "medium" })).toEqual(asked)
  })

  test("searches when it says how, as chat completions did", async () => {
    const approximate = { country: "FR", city: "Paris" }
    const web_search_options = { search_context_size: "low", user_location: { type: "approximate", approximate } }
    expect(await ask({ web_search_options, search_domain_filter: ["a.example"], num_search_results: 3 })).toEqual({
      ...asked,
      tools: [
        {
          type: "web_search",
          search_context_size: "low",
          max_results: 3,
          user_location: approximate,
          filters: { search_domain_filter: ["a.example"] },
        },
      ],
      tool_choice: { type: "web_search" },
    })
    expect(await ask({ web_search_options, disable_search: true })).toEqual(asked)
    expect(await ask({})).toEqual(asked)
  })

  test("searches with the model that always did, unless it says not to", async () => {
    const model = "sonar"
    const tools = [{ type: "web_search" }]
    // The row gives the model its new name.
    expect(await ask({}, model)).toEqual({ ...asked, model, tools })
    expect(await ask({}, "perplexity/sonar")).toEqual({ ...asked, model: "perplexity/sonar", tools })
    expect(await ask({ disable_search: true }, model)).toEqual({ ...asked, model })
  })

  test("calls nothing where what searches by itself is not to search, and is refused where it has other tools to call", async () => {
    expect(await ask({ disable_search: true }, "sonar-pro")).toEqual({
      ...asked,
      model: "sonar-pro",
      max_tool_calls: 0,
    })
    const tools = [{ type: "function", function: { name: "f" } }]
    const { errors } = perplexityChat.check({ messages, model: "sonar-pro", disable_search: true, tools }, "up")
    expect(errors).toMatchObject([{ isUnsupported: true, param: "disable_search" }])
    expect(perplexityChat.check({ messages, model: "sonar", disable_search: true, tools }, "up").errors).toEqual([])
  })

  test("leaves the choice to the model where there are other tools", async () => {
    const tools = [{ type: "function", function: { name: "f" } }]
    const body = (await ask({ tools, search_recency_filter: "week" })) as { tools: { type: string }[] }
    expect(body.tools.map(({ type }) => type)).toEqual(["function", "web_search"])
    expect(body).not.toHaveProperty("tool_choice")
  })

  test("names its sources where chat completions did", async () => {
    const results = [
      { id: 1, url: "https://a.example", title: "A" },
      { id: 2, url: "https://a.example", title: "A2" },
    ]
    const output = [{ type: "search_results", queries: ["q"], results }, ...aResponse().output]
    upstream.answer(() => Response.json(aResponse({ output })))
    expect(await resultOf(send(searched, "chat_completion", { messages }))).toMatchObject({
      citations: ["https://a.example"],
      search_results: results,
      choices: [{ message: { content: "Hi" } }],
    })
  })

  test("is refused for what ended with its former form, and not for what asks for nothing", async () => {
    const params = (fields: Record<string, unknown>) =>
      perplexityChat.check({ messages, ...fields }, "up").errors.map(({ param }) => param)
    expect(params({ search_mode: "academic", return_images: true, top_k: 5 })).toEqual([
      ...["search_mode", "return_images", "top_k"],
    ])
    expect(params({ search_mode: "web", return_related_questions: false, top_k: 0 })).toEqual([])
    expect(await ask({ search_mode: "web", return_related_questions: false, top_k: 0 })).toEqual(asked)
  })

  test("by a model of Anthropic's has a limit, without which this provider refuses it", () => {
    const params = (fields: Record<string, unknown>) =>
      perplexityChat.check({ messages, ...fields }, "up").errors.map(({ param }) => param)
    expect(params({ model: "anthropic/claude-sonnet-4-5" })).toEqual(["model"])
    expect(params({ model: "anthropic/claude-sonnet-4-5", max_tokens: 64 })).toEqual([])
    expect(params({ model: "openai/gpt-5.4" })).toEqual([])
  })

  test("has no log probabilities, and says so", () => {
    const { errors } = perplexityChat.check({ messages, logprobs: true }, "up")
    expect(errors).toMatchObject([{ isUnsupported: true, param: "logprobs" }])
    const said = perplexityChat.check({ messages, verbosity: "low" }, "up").errors
    expect(said).toMatchObject([{ isUnsupported: true, param: "verbosity" }])
    const user_location = { type: "approximate", approximate: { timezone: "Europe/Paris" } }
    const { warnings } = perplexityChat.check({ messages, web_search_options: { user_location } }, "up")
    expect(warnings).toEqual([
      "web_search_options.user_location.approximate.timezone has no counterpart at this provider and was not sent",
    ])
  })
})
