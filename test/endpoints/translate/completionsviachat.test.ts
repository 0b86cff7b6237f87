import { describe, expect, test } from "bun:test"
import { completionsViaChat, ignored } from "../../../src/endpoints/translate/completionsviachat.ts"
import type { About, Fields } from "../../../src/endpoints/translate/translation.ts"

const about: About = { provider: "up", jobId: "job-1", now: 1_800_000_000_500 }
const messages = [{ role: "user", content: "Once" }]

function completionOf(completion: Fields, fields: Fields = { prompt: "Once" }): Fields {
  const translated = completionsViaChat.answer(completion, fields, about)
  if (!("answer" in translated)) throw new Error(JSON.stringify(translated))
  return translated.answer
}

describe("a request becomes a chat request", () => {
  test.each<[what: string, request: Fields, chat: Fields]>([
    ["a prompt, which a user says", { prompt: "Once" }, { messages }],
    ["a list of one prompt", { prompt: ["Once"] }, { messages }],
    [
      "everything that both know",
      {
        prompt: "Once",
        max_tokens: 16,
        temperature: 0.5,
        top_p: 0.9,
        n: 2,
        stop: ["END"],
        seed: 7,
        presence_penalty: 0.1,
        frequency_penalty: 0.2,
        logit_bias: { "50256": -100 },
        user: "u",
      },
      {
        messages,
        max_completion_tokens: 16,
        temperature: 0.5,
        top_p: 0.9,
        n: 2,
        stop: ["END"],
        seed: 7,
        presence_penalty: 0.1,
        frequency_penalty: 0.2,
        logit_bias: { "50256": -100 },
        user: "u",
      },
    ],
    ["log probabilities", { prompt: "Once", logprobs: 3 }, { messages, logprobs: true, top_logprobs: 3 }],
    [
      "those of the chosen tokens alone",
      { prompt: "Once", logprobs: 0 },
      { messages, logprobs: true, top_logprobs: 0 },
    ],
    ["what neither knows", { prompt: "Once", top_k: 5 }, { messages, top_k: 5 }],
    [
      "nothing of what asks for nothing",
      {
        prompt: "Once",
        echo: false,
        suffix: "",
        best_of: 1,
        stream: false,
        stream_options: {},
        fallbacks: ["a/b"],
        stop: null,
      },
      { messages },
    ],
    ["nothing of what is done here", { prompt: "Once", echo: true, best_of: 2, n: 2 }, { messages, n: 2 }],
  ])("with %s", (_, request, chat) => {
    expect(completionsViaChat.check(request, "up")).toEqual({ errors: [], warnings: [] })
    expect(completionsViaChat.request(request, "up")).toEqual(chat)
  })

  test.each<[param: string, request: Fields]>([
    ["prompt", { prompt: ["a", "b"] }],
    ["prompt", { prompt: [] }],
    ["prompt", { prompt: [1, 2] }],
    ["prompt", { prompt: [1] }],
    ["prompt", { prompt: [[1, 2]] }],
    ["prompt", { prompt: ["a", 1] }],
    ["suffix", { prompt: "a", suffix: "b" }],
    ["echo", { prompt: "a", echo: true, logprobs: 0 }],
    ["best_of", { prompt: "a", best_of: 2 }],
    ["best_of", { prompt: "a", best_of: 5, n: 2 }],
    ["messages", { prompt: "a", messages: [] }],
  ])("but is refused with %s in %j", (param, request) => {
    expect(completionsViaChat.check(request, "up")).toEqual({
      errors: [{ isUnsupported: true, param, message: expect.stringMatching(new RegExp(`^${param} .{20,}`)) }],
      warnings: [],
    })
  })

  test("saying what to do instead", () => {
    const saidOf = (prompt: unknown) => completionsViaChat.check({ prompt }, "up").errors[0]?.message
    for (const texts of [
      ["a", "b"],
      ["a", "b", "c"],
    ])
      expect(saidOf(texts)).toEndWith("submit each of them by itself")
    for (const tokens of [[], [1], [1, 2], ["a", 1], [1, "a"]]) expect(saidOf(tokens)).toEndWith("send their text")
  })

  test("and wrong log probabilities are wrong", () => {
    const { errors } = completionsViaChat.check({ prompt: "a", logprobs: true }, "up")
    expect(errors).toEqual([{ param: "logprobs", message: "logprobs must be a number" }])
  })
})

describe("a chat completion becomes a text completion", () => {
  test("as OpenAI documents it, with what else the provider says", () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
    const completion = {
      id: "chatcmpl-1",
      object: "chat.completion",
      created: 1,
      model: "m",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: " upon a", refusal: null },
          logprobs: null,
          finish_reason: "length",
        },
        {
          index: 1,
          message: { role: "assistant", content: " more", reasoning_content: "Hm." },
          finish_reason: "stop",
          stop_reason: 2,
        },
      ],
      usage,
      system_fingerprint: "fp",
    }
    expect(completionOf(completion)).toEqual({
      id: "cmpl-1",
      object: "text_completion",
      created: 1,
      model: "m",
      choices: [
        { index: 0, text: " upon a", logprobs: null, finish_reason: "length" },
        { index: 1, text: " more", logprobs: null, finish_reason: "stop", stop_reason: 2, reasoning_content: "Hm." },
      ],
      usage,
      system_fingerprint: "fp",
    })
  })

  test("that repeats its prompt when it was asked to", () => {
    const completion = { choices: [{ message: { content: " upon" } }] }
    for (const prompt of ["Once", ["Once"]]) {
      expect(completionOf(completion, { prompt, echo: true })).toMatchObject({ choices: [{ text: "Once upon" }] })
    }
  })

  test("whose id is the job's where the provider gives none", () => {
    expect(completionOf({ choices: [] })).toEqual({
      id: "cmpl-job-1",
      object: "text_completion",
      created: 1_800_000_000,
      choices: [],
    })
  })

  test("with the words of a refusal as its text", () => {
    const choices = [{ message: { content: null, refusal: "No." }, finish_reason: "content_filter" }]
    expect(completionOf({ choices })).toMatchObject({
      choices: [{ text: "No.", refusal: "No.", finish_reason: "content_filter" }],
    })
  })

  test("with the text out of parts, and the parts", () => {
    const content = [
      { type: "thinking", thinking: "Hm." },
      { type: "text", text: "a" },
      { type: "text", text: "b" },
    ]
    expect(completionOf({ choices: [{ message: { content } }] })).toMatchObject({ choices: [{ text: "ab", content }] })
  })

  test("with log probabilities in their older form", () => {
    const content = [
      {
        token: "é",
        logprob: -0.5,
        bytes: [195, 169],
        top_logprobs: [
          { token: "é", logprob: -0.5 },
          { token: "e", logprob: -1 },
        ],
      },
      { token: "😀", logprob: -2, bytes: null, top_logprobs: [{ token: "a", logprob: -0.1 }] },
      { token: "b", logprob: -3, bytes: [98], top_logprobs: [] },
    ]
    expect(completionOf({ choices: [{ message: { content: "é😀b" }, logprobs: { content } }] })).toMatchObject({
      choices: [
        {
          logprobs: {
            tokens: ["é", "😀", "b"],
            token_logprobs: [-0.5, -2, -3],
            top_logprobs: [{ é: -0.5, e: -1 }, { a: -0.1, "😀": -2 }, { b: -3 }],
            text_offset: [0, 1, 2],
          },
        },
      ],
    })
  })
})

test("every parameter of OpenAI's form is supported, refused, or asks for nothing", () => {
  // https://github.com/openai/openai-node/blob/master/src/resources/completions.ts, CompletionCreateParamsBase
  const samples: Fields = {
    ...{ model: "up/x", prompt: "x", best_of: 3, frequency_penalty: 1, logit_bias: { "1": 1 }, logprobs: 2 },
    ...{ max_tokens: 9, n: 2, presence_penalty: 1, seed: 3, stop: "x", suffix: "x", temperature: 0.3, top_p: 0.4 },
    ...{ stream: false, stream_options: { include_usage: true }, user: "x" },
  }
  const base = { prompt: "Once" }
  for (const [name, value] of Object.entries(samples)) {
    const request = { ...base, [name]: value }
    const isCarried = !Bun.deepEquals(completionsViaChat.request(request, "up"), completionsViaChat.request(base, "up"))
    const isRefused = completionsViaChat.check(request, "up").errors.some(({ param }) => param === name)
    expect([name, isCarried || isRefused || ignored.includes(name)]).toEqual([name, true])
  }
})
