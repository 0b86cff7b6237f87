import { describe, expect, test } from "bun:test"
import { chatViaResponses } from "../../../src/endpoints/translate/chatviaresponses.ts"
import type { About, Fields } from "../../../src/endpoints/translate/translation.ts"
import requests from "../../fixtures/translate/chat.json"

const about: About = { provider: "up", jobId: "job-1", now: 1_800_000_000_500 }
const hello = { model: "up/m", messages: [{ role: "user", content: "Hello" }] }

function completionOf(response: Fields): Fields {
  const translated = chatViaResponses.answer(response, hello, about)
  if (!("answer" in translated)) throw new Error(JSON.stringify(translated))
  return translated.answer
}

const text = (text: string, annotations: unknown[] = []) => ({ type: "output_text", text, annotations })
const message = (...content: unknown[]) => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  status: "completed",
  content,
})

/** The first choice of the completion of a response with this output. */
function choiceOf(...output: unknown[]): Fields {
  const [choice] = completionOf({ status: "completed", output })["choices"] as Fields[]
  return choice ?? {}
}

describe("a request becomes a response request", () => {
  test.each(requests.map((row) => [row.name, row.chat, row.request] as const))("with %s", (_, chat, request) => {
    expect(chatViaResponses.check(chat, "up").errors).toEqual([])
    expect(chatViaResponses.request(chat, "up")).toEqual(request as Fields)
  })

  test.each<[param: string, fields: Fields]>([
    ["n", { n: 2 }],
    ["stop", { stop: ["END"] }],
    ["logit_bias", { logit_bias: { "1": 1 } }],
    ["modalities", { modalities: ["text", "audio"] }],
    ["audio", { audio: { voice: "alloy" } }],
    ["functions", { functions: [{ name: "f" }] }],
    ["function_call", { function_call: "auto" }],
    ["moderation", { moderation: { model: "m" } }],
    ["input", { input: "Hello" }],
    ["tools[0]", { tools: [{ type: "custom", custom: { name: "f" } }] }],
    ["tool_choice", { tool_choice: { type: "custom", custom: { name: "f" } } }],
    ["tool_choice", { tool_choice: "always" }],
    ["response_format", { response_format: { type: "grammar" } }],
    ["messages[0].role", { messages: [{ role: "function", name: "f", content: "x" }] }],
    ["messages[0].role", { messages: ["Hello"] }],
    ["messages[0].audio", { messages: [{ role: "assistant", audio: { id: "a" } }] }],
    ["messages[0].function_call", { messages: [{ role: "assistant", function_call: { name: "f" } }] }],
    ["messages[0].tool_calls[0]", { messages: [{ role: "assistant", tool_calls: [{ type: "custom" }] }] }],
    ["messages[0].content[0]", { messages: [{ role: "system", content: [{ type: "image_url" }] }] }],
    ["messages[0].content[0]", { messages: [{ role: "user", content: [{ type: "video_url" }] }] }],
  ])("but is refused with %s in %j", (param, fields) => {
    const { errors } = chatViaResponses.check({ ...hello, ...fields }, "up")
    expect(errors).toEqual([{ isUnsupported: true, param, message: expect.stringMatching(/^\S+ .{10,}/) }])
    expect(errors[0]?.message).toStartWith(param)
  })

  test.each<[param: string, fields: Fields]>([
    ["tools", { tools: "f" }],
    ["response_format", { response_format: "json" }],
    ["reasoning", { reasoning: "high" }],
    ["web_search_options", { web_search_options: true }],
    ["include", { include: "x" }],
    ["logprobs", { logprobs: 3 }],
  ])("and is wrong with %s in %j", (param, fields) => {
    expect(chatViaResponses.check({ ...hello, ...fields }, "up").errors).toMatchObject([{ param }])
  })

  test.each<[warned: string, fields: Fields]>([
    ["seed", { seed: 7 }],
    ["frequency_penalty", { frequency_penalty: 1 }],
    ["presence_penalty", { presence_penalty: 1 }],
    ["prediction", { prediction: { type: "content", content: "x" } }],
    ["messages[0].name", { messages: [{ role: "user", content: "x", name: "Ann" }] }],
    ["messages[0].reasoning_content", { messages: [{ role: "assistant", content: "x", reasoning_content: "Hm." }] }],
    ["messages[0].thinking_blocks", { messages: [{ role: "assistant", content: "x", thinking_blocks: [{}] }] }],
  ])("and tells what it leaves out: %s", (warned, fields) => {
    expect(chatViaResponses.check({ ...hello, ...fields }, "up")).toEqual({
      errors: [],
      warnings: [`${warned} has no counterpart at this provider and was not sent`],
    })
    const name = warned.split(".").at(-1)
    expect(JSON.stringify(chatViaResponses.request({ ...hello, ...fields }, "up"))).not.toContain(`"${name}"`)
  })
})

describe("a response becomes a chat completion", () => {
  test("as OpenAI documents it, without what a response repeats of its request", () => {
    const response = {
      id: "resp_1",
      object: "response",
      created_at: 5,
      completed_at: 6,
      status: "completed",
      error: null,
      incomplete_details: null,
      instructions: null,
      model: "m-2026",
      output: [message(text("Hi!"))],
      parallel_tool_calls: true,
      temperature: 1,
      text: { format: { type: "text" } },
      tool_choice: "auto",
      tools: [],
      truncation: "disabled",
      usage: {
        input_tokens: 36,
        input_tokens_details: { cached_tokens: 10 },
        output_tokens: 87,
        output_tokens_details: { reasoning_tokens: 40 },
        total_tokens: 123,
        cost: { total_cost: 0.1 },
      },
      metadata: {},
      service_tier: "default",
    }
    expect(completionOf(response)).toEqual({
      service_tier: "default",
      id: "chatcmpl-resp_1",
      object: "chat.completion",
      created: 5,
      model: "m-2026",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "Hi!", refusal: null },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage: {
        prompt_tokens: 36,
        completion_tokens: 87,
        total_tokens: 123,
        prompt_tokens_details: { cached_tokens: 10 },
        completion_tokens_details: { reasoning_tokens: 40 },
        cost: { total_cost: 0.1 },
      },
    })
  })

  test("whose id and time are the job's where the provider gives none", () => {
    expect(completionOf({ output: [] })).toMatchObject({ id: "chatcmpl-job-1", created: 1_800_000_000, usage: null })
  })

  test("with all texts as one, and its sources at their places in it", () => {
    const citation = { type: "url_citation", start_index: 1, end_index: 2, url: "https://a", title: "A" }
    expect(choiceOf(message(text("One. ", [citation])), message(text("Two.", [citation])))).toMatchObject({
      message: {
        content: "One. Two.",
        annotations: [
          { type: "url_citation", url_citation: { start_index: 1, end_index: 2, url: "https://a", title: "A" } },
          { type: "url_citation", url_citation: { start_index: 6, end_index: 7, url: "https://a", title: "A" } },
        ],
      },
    })
  })

  test("with one source, as with many", () => {
    const annotations = [{ type: "file_citation", file_citation: { file_id: "f" } }]
    expect(choiceOf(message(text("One.", [{ type: "file_citation", file_id: "f" }])))).toMatchObject({
      message: { annotations },
    })
  })

  test("whose use adds up, and stays as it is where it says too little", () => {
    const usageOf = (usage: Fields) => completionOf({ output: [], usage })["usage"]
    expect(usageOf({ input_tokens: 3, output_tokens: 4 })).toEqual({
      prompt_tokens: 3,
      completion_tokens: 4,
      total_tokens: 7,
    })
    expect(usageOf({ input_tokens: 3 })).toEqual({ input_tokens: 3 })
    expect(usageOf({ output_tokens: 3 })).toEqual({ output_tokens: 3 })
  })

  test("with calls of tools, what else is said of them, and the end they are", () => {
    const call = { type: "function_call", id: "fc_1", status: "completed", call_id: "c1", name: "f", arguments: "{}" }
    const choice = choiceOf({ ...call, thought_signature: "c2ln" })
    const called = { id: "c1", type: "function", function: { name: "f", arguments: "{}" } }
    expect(choice).toMatchObject({
      message: { content: null, tool_calls: [{ ...called, extra_content: { thought_signature: "c2ln" } }] },
      finish_reason: "tool_calls",
    })
    // And back again.
    const { input } = chatViaResponses.request({ messages: [choice["message"]] }, "up")
    expect(input).toEqual([
      { type: "function_call", call_id: "c1", name: "f", arguments: "{}", thought_signature: "c2ln" },
    ])
  })

  test("with reasoning, which is sent back unchanged when it is sealed", () => {
    const summary = [{ type: "summary_text", text: "Hm." }]
    const sealed = { type: "reasoning", id: "rs_1", summary, encrypted_content: "gAAAAA" }
    const choice = choiceOf(sealed, message(text("Hi")))
    expect(choice["message"]).toMatchObject({ reasoning_content: "Hm.", reasoning_items: [sealed] })
    const { input } = chatViaResponses.request({ messages: [choice["message"]] }, "up")
    expect(input).toEqual([sealed, { type: "message", role: "assistant", content: "Hi" }])
    expect(chatViaResponses.check({ messages: [choice["message"]] }, "up").warnings).toEqual([])
    const open = choiceOf({
      type: "reasoning",
      id: "rs_1",
      summary: [],
      content: [{ type: "reasoning_text", text: "So." }],
    })
    expect(open["message"]).toEqual({ role: "assistant", content: null, refusal: null, reasoning_content: "So." })
  })

  test("with a refusal, and with log probabilities", () => {
    expect(choiceOf(message({ type: "refusal", refusal: "No." }))).toMatchObject({
      message: { content: null, refusal: "No." },
    })
    const logprobs = [{ token: "Hi", logprob: -1, bytes: [72, 105], top_logprobs: [] }]
    expect(choiceOf(message({ ...text("Hi"), logprobs }))).toMatchObject({
      logprobs: { content: logprobs, refusal: null },
    })
  })

  test("that says why it was cut off", () => {
    const ended = (reason: string) => completionOf({ status: "incomplete", incomplete_details: { reason }, output: [] })
    expect(ended("max_output_tokens")).toMatchObject({ choices: [{ finish_reason: "length" }] })
    expect(ended("content_filter")).toMatchObject({ choices: [{ finish_reason: "content_filter" }] })
    expect(ended("constructor")).toMatchObject({ choices: [{ finish_reason: "stop" }] })
  })

  test("with what it has no place for beside it", () => {
    const search = { type: "web_search_call", id: "ws_1", status: "completed" }
    expect(completionOf({ output: [search, message(text("Hi"))], provider_says: 1 })).toMatchObject({
      output: [search],
      provider_says: 1,
      choices: [{ message: { content: "Hi" } }],
    })
  })

  test.each<[code: unknown, status: number]>([
    ["server_error", 500],
    ["vector_store_timeout", 500],
    ["rate_limit_exceeded", 429],
    ["invalid_prompt", 400],
    ["constructor", 400],
    [503, 503],
    ["503", 503],
    [399, 400],
    [600, 400],
    [null, 502],
  ])("but one that failed is a refusal: %p is %d", (code, status) => {
    const error = { code, message: "It broke.", type: "t", param: null }
    expect(chatViaResponses.answer({ status: "failed", error, output: [] }, hello, about)).toEqual({
      status,
      refusal: { type: "t", code: code === null ? null : String(code), message: "It broke.", param: null },
    })
  })

  test("and one that has not ended cannot be read", () => {
    expect(chatViaResponses.answer({ status: "cancelled" }, hello, about)).toMatchObject({ status: 502 })
    for (const status of ["queued", "in_progress"]) {
      const problem = `the response is ${status} and has not ended`
      expect(chatViaResponses.answer({ status, output: [] }, hello, about)).toEqual({ problem })
    }
  })
})
