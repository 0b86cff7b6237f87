import { describe, expect, test } from "bun:test"
import { responsesViaChat } from "../../../src/endpoints/translate/responsesviachat.ts"
import type { About, Fields } from "../../../src/endpoints/translate/translation.ts"
import { asRecord } from "../../../src/values.ts"
import answers from "../../fixtures/translate/response.json"
import requests from "../../fixtures/translate/responses.json"

const about: About = { provider: "up", jobId: "job-1", now: 1_800_000_000_500 }
const hello = { model: "up/m", input: "Hello" }

function responseTo(completion: Fields, fields: Fields = hello): Fields {
  const translated = responsesViaChat.answer(completion, fields, about)
  if (!("answer" in translated)) throw new Error(JSON.stringify(translated))
  return translated.answer
}

/** The response to a completion with this message. */
function response(message: Fields, choice: Fields = {}, fields: Fields = hello): Fields {
  const choices = [{ index: 0, message: { role: "assistant", ...message }, finish_reason: "stop", ...choice }]
  return responseTo({ id: "chatcmpl-1", created: 1, model: "m", choices }, fields)
}

function output(message: Fields, choice: Fields = {}): Fields[] {
  return response(message, choice)["output"] as Fields[]
}

describe("a request becomes a chat request", () => {
  test.each(requests.map((row) => [row.name, row.request, row.chat] as const))("with %s", (_, request, chat) => {
    expect(responsesViaChat.check(request, "up").errors).toEqual([])
    expect(responsesViaChat.request(request, "up")).toEqual(chat as Fields)
  })
})

describe("a chat completion becomes a response", () => {
  test.each(answers.map((row) => [row.name, row] as const))("with %s", (_, { request, completion, response }) => {
    expect(JSON.stringify(responseTo(completion, request), null, 1)).toBe(JSON.stringify(response, null, 1))
  })

  test("that is incomplete where the answer was cut off, and says why", () => {
    const length = response({ content: "Hal" }, { finish_reason: "length" })
    expect(length).toMatchObject({
      status: "incomplete",
      completed_at: null,
      incomplete_details: { reason: "max_output_tokens" },
      output: [{ type: "message", status: "incomplete" }],
    })
    const filter = response({ content: null, refusal: "No." }, { finish_reason: "content_filter" })
    expect(filter).toMatchObject({ status: "incomplete", incomplete_details: { reason: "content_filter" } })
  })

  test("with what the model refuses", () => {
    const refused = output({ content: null, refusal: "No." }, { logprobs: { refusal: [{ token: "No", logprob: -1 }] } })
    const logprobs = [{ token: "No", logprob: -1, bytes: [], top_logprobs: [] }]
    expect(refused).toMatchObject([{ type: "message", content: [{ type: "refusal", refusal: "No.", logprobs }] }])
  })

  test("with its sources, flat, and its log probabilities", () => {
    const url_citation = { start_index: 0, end_index: 2, url: "https://a", title: "A" }
    const file_citation = { start_index: 0, end_index: 2, document_title: "B" }
    const annotations = [
      { type: "url_citation", url_citation },
      { type: "file_citation", file_citation },
    ]
    const top_logprobs = [{ token: "Hi", logprob: -0.1, bytes: null }]
    const content = [{ token: "Hi", logprob: -0.1, bytes: [72, 105], top_logprobs }]
    const [message] = output({ content: "Hi", annotations }, { logprobs: { content } })
    expect(message?.["content"]).toEqual([
      {
        type: "output_text",
        text: "Hi",
        annotations: [
          { type: "url_citation", ...url_citation },
          { type: "file_citation", ...file_citation },
        ],
        logprobs: [
          { token: "Hi", logprob: -0.1, bytes: [72, 105], top_logprobs: [{ token: "Hi", logprob: -0.1, bytes: [] }] },
        ],
      },
    ])
  })

  test("with calls of tools, each an item of its own", () => {
    const call = (id: string) => ({ id, type: "function", function: { name: "f", arguments: '{"a":1}' } })
    expect(
      output({ content: "I look.", tool_calls: [call("c1"), call("c2")] }, { finish_reason: "tool_calls" }),
    ).toEqual([
      expect.objectContaining({ type: "message", id: "msg_job1" }),
      ...["c1", "c2"].map((call_id, at) => ({
        id: `fc_job1_${at}`,
        type: "function_call",
        status: "completed",
        call_id,
        name: "f",
        arguments: '{"a":1}',
      })),
    ])
    expect(output({ content: null, tool_calls: [call("c1")] }).map(({ type }) => type)).toEqual(["function_call"])
  })

  test("with images, as bytes or where they are", () => {
    const image = (url: string) => ({ type: "image_url", image_url: { url } })
    expect(
      output({ content: "", images: [image("data:image/svg+xml;base64,QUJD"), image("https://a/b.png")] }),
    ).toEqual([
      {
        id: "ig_job1_0",
        type: "image_generation_call",
        status: "completed",
        result: "QUJD",
        output_format: "svg",
      },
      {
        id: "ig_job1_1",
        type: "image_generation_call",
        status: "completed",
        result: null,
        url: "https://a/b.png",
      },
    ])
  })

  test("with a message, though an empty one, where the model said nothing at all", () => {
    expect(output({ content: "" })).toMatchObject([{ type: "message", content: [{ type: "output_text", text: "" }] }])
    expect(output({ content: null })).toMatchObject([{ type: "message" }])
  })

  test("with what the form has no place for beside it", () => {
    const completion = {
      citations: ["https://a"],
      choices: [{ message: { content: "Hi", speaker: 1 }, stop_reason: "</s>" }],
    }
    expect(responseTo(completion)).toMatchObject({ citations: ["https://a"], stop_reason: "</s>", speaker: 1 })
    expect(responseTo({ choices: [{ message: {} }], usage: { cost: 1 } })).toMatchObject({ usage: { cost: 1 } })
  })

  test("but not when there is no choice", () => {
    expect(responsesViaChat.answer({ choices: [] }, hello, about)).toEqual({ problem: "the body has no choice" })
  })
})

describe("reasoning", () => {
  /** What the model is told in the next turn, when the client sends the output back as it came. */
  function nextTurn(message: Fields, provider = "up"): Fields[] {
    const input = [
      { role: "user", content: "Weather?" },
      ...output(message),
      { type: "function_call_output", call_id: "c1", output: "rain" },
    ]
    expect(responsesViaChat.check({ input }, provider).errors).toEqual([])
    return responsesViaChat.request({ input }, provider)["messages"] as Fields[]
  }

  const tool_calls = [{ id: "c1", type: "function", function: { name: "f", arguments: "{}" } }]
  const thinking_blocks = [
    { type: "thinking", thinking: "Let me see.", signature: "c2ln" },
    { type: "redacted_thinking", data: "ZGF0YQ==" },
  ]
  const signed = [{ ...tool_calls[0], extra_content: { google: { thought_signature: "c2ln" } } }]

  test.each<[string, Fields, string]>([
    [
      "Anthropic's blocks",
      { content: "I look.", thinking_blocks, reasoning_content: "Let me see.", tool_calls },
      "Let me see.",
    ],
    ["a signature of a call alone", { content: null, tool_calls: signed }, ""],
    [
      "a signature of a text",
      { content: "I look.", extra_content: { google: { thought_signature: "c2ln" } }, tool_calls },
      "",
    ],
    ["a plain text", { content: null, reasoning_content: "Hm.\nSo.", tool_calls }, "Hm.\nSo."],
    ["a plain text by another name", { content: null, reasoning: "Hm.", tool_calls }, "Hm."],
    [
      "OpenRouter's details",
      { content: null, reasoning_details: [{ type: "reasoning.summary", summary: "Hm.", id: "r1" }], tool_calls },
      "Hm.",
    ],
    [
      "Mistral's parts",
      {
        content: [
          { type: "thinking", thinking: [{ type: "text", text: "Hm." }] },
          { type: "text", text: "I look." },
        ],
        tool_calls,
      },
      "Hm.",
    ],
  ])("go back to the provider exactly as it gave them: %s", (_, message, text) => {
    const [reasoning] = output(message)
    const summary = text === "" ? [] : [{ type: "summary_text", text }]
    expect(reasoning).toMatchObject({ type: "reasoning", id: "rs_job1", summary })
    expect(nextTurn(message)).toEqual([
      { role: "user", content: "Weather?" },
      { role: "assistant", ...message },
      { role: "tool", tool_call_id: "c1", content: "rain" },
    ])
  })

  test("go to no other provider: they are left out, with a warning", () => {
    const items = output({ content: "I look.", thinking_blocks })
    const request = { model: "else/m", input: items }
    expect(responsesViaChat.check(request, "else").warnings).toEqual([
      "input[0] holds no reasoning of this provider's and was not sent",
    ])
    expect(responsesViaChat.request(request, "else")["messages"]).toEqual([{ role: "assistant", content: "I look." }])
  })

  test.each([
    ["another provider's", "gAAAAABo"],
    ["none", undefined],
    ["torn", "asyncgate.1.e30"],
    ["no JSON", "asyncgate.1.____"],
  ])("that cannot be read are left out, with a warning: %s", (_, encrypted_content) => {
    const input = [
      { type: "reasoning", id: "rs_1", summary: [], encrypted_content },
      { role: "user", content: "Hi" },
    ]
    expect(responsesViaChat.check({ input }, "up")).toEqual({
      errors: [],
      warnings: ["input[0] holds no reasoning of this provider's and was not sent"],
    })
    expect(responsesViaChat.request({ input }, "up")["messages"]).toEqual([{ role: "user", content: "Hi" }])
  })

  test("that an answer was cut off in stand as a message without text", () => {
    const input = [
      ...output({ content: null, reasoning_content: "Hm." }, { finish_reason: "length" }),
      { role: "user", content: "Go on." },
    ]
    expect(responsesViaChat.request({ input }, "up")["messages"]).toEqual([
      { role: "assistant", content: "", reasoning_content: "Hm." },
      { role: "user", content: "Go on." },
    ])
  })

  test("of each turn stay with their turn", () => {
    const first = output({ content: "One.", reasoning_content: "1" })
    const second = output({ content: "Two.", reasoning_content: "2" })
    expect(responsesViaChat.request({ input: [...first, ...second] }, "up")["messages"]).toEqual([
      { role: "assistant", content: "One.", reasoning_content: "1" },
      { role: "assistant", content: "Two.", reasoning_content: "2" },
    ])
  })
})

describe("what a chat request cannot carry", () => {
  const functions = [{ type: "function", name: "f" }]
  const user = (...content: unknown[]) => ({ input: [{ role: "user", content }] })

  test.each<[param: string, fields: Fields]>([
    ["previous_response_id", { previous_response_id: "resp_1" }],
    ["conversation", { conversation: "conv_1" }],
    ["conversation", { conversation: { id: "conv_1" } }],
    ["prompt", { prompt: { id: "pmpt_1" } }],
    ["truncation", { truncation: "auto" }],
    ["max_tool_calls", { max_tool_calls: 3 }],
    ["context_management", { context_management: [{ type: "compaction" }] }],
    ["image", { image: { context_compression: "disabled" } }],
    ["moderation", { moderation: { model: "omni-moderation-latest" } }],
    ["access_programs", { access_programs: { cyber: "standard" } }],
    ["reasoning.mode", { reasoning: { mode: "pro" } }],
    ["modalities", { modalities: ["text", "audio"] }],
    ["audio", { audio: { voice: "alloy" } }],
    ["n", { n: 2 }],
    ...["messages", "max_tokens", "max_completion_tokens", "response_format", "verbosity", "reasoning_effort"].map(
      (name): [string, Fields] => [name, { [name]: "x" }],
    ),
    ...["logprobs", "functions", "function_call"].map((name): [string, Fields] => [name, { [name]: true }]),
    ...[
      ...["web_search", "web_search_preview", "file_search", "computer", "computer_use_preview", "code_interpreter"],
      ...["image_generation", "mcp", "custom", "local_shell", "shell", "apply_patch", "namespace", "tool_search"],
      "programmatic_tool_calling",
    ].map((type): [string, Fields] => ["tools[1]", { tools: [...functions, { type }] }]),
    ["tool_choice", { tools: functions, tool_choice: { type: "file_search" } }],
    ["tool_choice", { tools: functions, tool_choice: { type: "custom", name: "f" } }],
    ["tool_choice", { tools: functions, tool_choice: { type: "mcp", server_label: "s" } }],
    [
      "tool_choice",
      { tools: functions, tool_choice: { type: "allowed_tools", mode: "auto", tools: [{ type: "mcp" }] } },
    ],
    [
      "tool_choice",
      {
        tools: functions,
        tool_choice: { type: "allowed_tools", mode: "auto", tools: [{ type: "function", name: "g" }] },
      },
    ],
    ...[
      { mode: "none", tools: functions },
      { tools: functions },
      { mode: "auto", tools: [...functions, { type: "mcp" }] },
    ].map((allowed): [string, Fields] => [
      "tool_choice",
      { tools: functions, tool_choice: { type: "allowed_tools", ...allowed } },
    ]),
    ["tool_choice", { tools: functions, tool_choice: { type: "some_tools", mode: "auto", tools: functions } }],
    ["tool_choice", { tools: functions, tool_choice: { type: "function" } }],
    ["tool_choice", { tool_choice: "required" }],
    ...[
      ...["file_search_call.results", "web_search_call.results", "web_search_call.action.sources"],
      ...["message.input_image.image_url", "computer_call_output.output.image_url", "code_interpreter_call.outputs"],
    ].map((name): [string, Fields] => ["include[0]", { include: [name] }]),
    ["text.format", { text: { format: { type: "grammar" } } }],
    ["input[0]", { input: [{ type: "item_reference", id: "msg_1" }] }],
    ["input[0]", { input: [{ id: "msg_1" }] }],
    ...[
      ...["file_search_call", "web_search_call", "computer_call", "computer_call_output", "code_interpreter_call"],
      ...[
        "local_shell_call",
        "local_shell_call_output",
        "shell_call",
        "apply_patch_call",
        "mcp_list_tools",
        "mcp_call",
      ],
      ...["mcp_approval_request", "mcp_approval_response", "custom_tool_call", "custom_tool_call_output", "compaction"],
      ...["program", "program_output", "tool_search_call", "additional_tools", "constructor", "toString"],
    ].map((type): [string, Fields] => ["input[0]", { input: [{ type, id: "x" }] }]),
    ["input[0].content[0]", user({ type: "input_image", file_id: "file-1" })],
    ["input[0].content[0]", user({ type: "output_text", text: "Hi" })],
    ["input[0].content[0]", user({ type: "computer_screenshot" })],
    [
      "input[0].content[0]",
      { input: [{ role: "system", content: [{ type: "input_image", image_url: "https://a" }] }] },
    ],
    [
      "input[0].content[0]",
      { input: [{ role: "assistant", content: [{ type: "input_image", image_url: "https://a" }] }] },
    ],
    [
      "input[0].output[0]",
      { input: [{ type: "function_call_output", call_id: "c", output: [{ type: "input_audio" }] }] },
    ],
  ])("is refused: %s of %j", (param, fields) => {
    const { errors } = responsesViaChat.check({ ...hello, ...fields }, "up")
    expect(errors).toEqual([{ isUnsupported: true, param, message: expect.stringMatching(/^\S+ .{10,}/) }])
    expect(errors[0]?.message).toStartWith(param)
  })

  test.each<[param: string, fields: Fields]>([
    ["instructions", { instructions: ["Be brief."] }],
    ["tools", { tools: "f" }],
    ["tools[0]", { tools: ["f"] }],
    ["tools[0].name", { tools: [{ type: "function", function: { name: "f" } }] }],
    ["text", { text: "json" }],
    ["text.format", { text: { format: { type: "json_schema", json_schema: {} } } }],
    ["text.format", { text: { format: { type: "json_schema", name: "a" } } }],
    ["text.format", { text: { format: { type: "json_schema", schema: {} } } }],
    ["reasoning", { reasoning: "high" }],
    ["include", { include: "message.output_text.logprobs" }],
    ["top_logprobs", { top_logprobs: "3" }],
    ["input[0]", { input: ["Hello"] }],
    ["input[0].role", { input: [{ role: "tool", content: "x" }] }],
    ["input[0].role", { input: [{ role: { toString: 1 }, content: "x" }] }],
    ["input[0].content", { input: [{ role: "user" }] }],
    ["input[0].content[0].text", user({ type: "input_text" })],
    ["input[0].content[0]", user({ type: "input_file", filename: "a.pdf" })],
    ["input[0].content[0].input_audio.data", user({ type: "input_audio", input_audio: { format: "wav" } })],
    ["input[0].call_id", { input: [{ type: "function_call", name: "f", arguments: "{}" }] }],
    ["input[0].arguments", { input: [{ type: "function_call", call_id: "c", name: "f", arguments: {} }] }],
    ["input[0].call_id", { input: [{ type: "function_call_output", output: "x" }] }],
    ["input[0].output", { input: [{ type: "function_call_output", call_id: "c" }] }],
    ["input[0].result", { input: [{ type: "image_generation_call", id: "ig", result: null }] }],
  ])("is wrong in any form: %s of %j", (param, fields) => {
    const [problem] = responsesViaChat.check({ ...hello, ...fields }, "up").errors
    expect(problem).toMatchObject({ param })
    expect(problem?.message).toStartWith(param)
  })

  test.each<[warned: string, fields: Fields]>([
    ["reasoning.summary", { reasoning: { effort: "low", summary: "auto" } }],
    ["reasoning.generate_summary", { reasoning: { generate_summary: "auto" } }],
    ["reasoning.context", { reasoning: { context: "all_turns" } }],
    ["text.stop", { text: { stop: 1 } }],
    ["tools[0].output_schema", { tools: [{ ...functions[0], output_schema: {} }] }],
    ["tools[0].defer_loading", { tools: [{ ...functions[0], defer_loading: true }] }],
    ["tools[0].allowed_callers", { tools: [{ ...functions[0], allowed_callers: ["direct"] }] }],
    ["tools[0].async", { tools: [{ ...functions[0], async: true }] }],
    ["input[0].phase", { input: [{ role: "assistant", content: "x", phase: "commentary" }] }],
    [
      "input[0].namespace",
      { input: [{ type: "function_call", call_id: "c", name: "f", arguments: "", namespace: "n" }] },
    ],
    [
      "input[0].caller",
      { input: [{ type: "function_call_output", call_id: "c", output: "", caller: { type: "direct" } }] },
    ],
    ["input[0].content[0].detail", user({ type: "input_file", file_data: "x", detail: "low" })],
  ])("is told where it changes little: %s", (warned, fields) => {
    const { errors, warnings } = responsesViaChat.check({ ...hello, ...fields }, "up")
    expect(errors).toEqual([])
    expect(warnings).toEqual([`${warned} has no counterpart at this provider and was not sent`])
    const name = warned.split(".").at(-1)
    expect(JSON.stringify(responsesViaChat.request({ ...hello, ...fields }, "up"))).not.toContain(`"${name}"`)
  })

  test("is quoted by its first words only", () => {
    const [problem] = responsesViaChat.check({ input: [{ type: "x".repeat(10_000) }] }, "up").errors
    expect(problem?.message.length).toBeLessThan(300)
  })
})

test.each([{ prompt_tokens: 3 }, { completion_tokens: 3 }, { cost: 1 }])(
  "usage that says too little stays: %j",
  (usage) => {
    expect(responseTo({ choices: [{ message: {} }], usage })["usage"]).toEqual(usage)
  },
)

test("usage has its details, though the provider gives none", () => {
  const usage = { prompt_tokens: 3, completion_tokens: 4, cost: 0.1 }
  expect(asRecord(responseTo({ choices: [{ message: {} }], usage })["usage"])).toEqual({
    cost: 0.1,
    input_tokens: 3,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 4,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 7,
  })
})
