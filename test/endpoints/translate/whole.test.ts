// That nothing of a request is lost without a word: each thing it says comes out again, is refused, is told of, or stands in a list of what says nothing.
import { describe, expect, test } from "bun:test"
import * as chat from "../../../src/endpoints/translate/chatcheck.ts"
import { chatViaResponses } from "../../../src/endpoints/translate/chatviaresponses.ts"
import {
  ignored as completionsIgnored,
  completionsViaChat,
} from "../../../src/endpoints/translate/completionsviachat.ts"
import { meaningless } from "../../../src/endpoints/translate/items.ts"
import * as responses from "../../../src/endpoints/translate/responsecheck.ts"
import { responsesViaChat } from "../../../src/endpoints/translate/responsesviachat.ts"
import type { Fields, Translation } from "../../../src/endpoints/translate/translation.ts"
import { createRandom } from "../../random.ts"

const TRIALS = 500

/** Makes requests out of texts that stand in each of them once: m1, m2, … */
class Maker {
  #count = 0
  #random: () => number

  constructor(seed: number) {
    this.#random = createRandom(seed)
  }

  mark = (): string => `m${++this.#count}.`

  of<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random() * values.length)] as T
  }

  one<T>(...makers: (() => T)[]): T {
    return this.of(makers)()
  }

  list<T>(make: () => T, most = 3): T[] {
    return Array.from({ length: 1 + Math.floor(this.#random() * most) }, make)
  }

  /** Some of these members. */
  some(makers: Record<string, () => unknown>): Fields {
    const chosen = Object.entries(makers).filter(() => this.#random() < 0.5)
    return Object.fromEntries(chosen.map(([name, make]) => [name, make()]))
  }

  /** What no form knows. Named apart: where two things become one, only one of two alike can stay. */
  other = () => this.some({ [`x_${this.#count}`]: this.mark })
}

/** Every text of a request and where it stands: `input[0].content[1].text`. */
function marksOf(value: unknown, path = ""): [path: string, mark: string][] {
  if (typeof value === "string") return [...value.matchAll(/m\d+\./g)].map(([mark]) => [path, mark])
  if (Array.isArray(value)) return value.flatMap((item, at) => marksOf(item, `${path}[${at}]`))
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([name, item]) => marksOf(item, path === "" ? name : `${path}.${name}`))
}

/** What is neither in the translation, nor told of, nor listed. */
function lostOf(translation: Translation, request: Fields, listed: RegExp): string[] {
  const { errors, warnings } = translation.check(request, "up")
  expect(errors).toEqual([])
  const out = JSON.stringify(translation.request(request, "up"))
  const told = (path: string) => warnings.some((warning) => path.startsWith(warning.split(" ", 1)[0] ?? "-"))
  return marksOf(request)
    .filter(([path, mark]) => !out.includes(mark) && !told(path) && !listed.test(path))
    .map(([path]) => path)
}

function responseRequest(make: Maker): Fields {
  const { mark } = make
  const inputText = () => ({ type: "input_text", text: mark(), ...make.other() })
  const image = () => ({ type: "input_image", image_url: mark(), ...make.some({ detail: mark }), ...make.other() })
  const names = { filename: mark, file_data: mark, file_url: mark, detail: mark }
  const file = () => ({ type: "input_file", file_id: mark(), ...make.some(names), ...make.other() })
  const sound = () => ({ type: "input_audio", input_audio: { data: mark(), format: mark() }, ...make.other() })
  const said = () => ({
    type: "output_text",
    text: mark(),
    ...make.some({ annotations: () => [{ url: mark() }], logprobs: () => [{ token: mark() }] }),
  })
  const refusal = () => ({ type: "refusal", refusal: mark() })
  const head = () => make.some({ id: mark, status: mark, type: () => "message" })
  const text = (parts: () => Fields) => make.one<unknown>(mark, () => make.list(parts))
  const item = () =>
    make.one<Fields>(
      () => ({
        ...head(),
        role: "user",
        content: text(() => make.one<Fields>(inputText, image, file, sound)),
        ...make.other(),
      }),
      () => ({
        ...head(),
        role: make.one(
          () => "system",
          () => "developer",
        ),
        content: text(inputText),
        ...make.other(),
      }),
      () => ({
        ...head(),
        role: "assistant",
        content: text(() => make.one<Fields>(said, refusal)),
        ...make.some({ phase: mark }),
        ...make.other(),
      }),
      () => ({
        type: "function_call",
        call_id: mark(),
        name: mark(),
        arguments: mark(),
        ...make.some({
          id: mark,
          namespace: mark,
          caller: () => ({ caller_id: mark() }),
          extra_content: () => ({ a: mark() }),
        }),
        ...make.other(),
      }),
      () => ({
        type: "function_call_output",
        call_id: mark(),
        output: text(() => make.one<Fields>(inputText, image, file)),
        ...make.some({ id: mark, name: mark }),
        ...make.other(),
      }),
      () => ({
        type: "reasoning",
        id: mark(),
        summary: [{ type: "summary_text", text: mark() }],
        encrypted_content: mark(),
      }),
      () => ({
        type: "image_generation_call",
        id: mark(),
        result: mark(),
        ...make.some({ output_format: mark, revised_prompt: mark, extra_content: () => ({ a: mark() }) }),
        ...make.other(),
      }),
    )
  const tool = () => ({
    type: "function",
    name: mark(),
    ...make.some({ description: mark, parameters: () => ({ a: mark() }), output_schema: () => ({ a: mark() }) }),
    ...make.other(),
  })
  const format = () =>
    make.one<Fields>(
      () => ({ type: "json_object" }),
      () => ({
        type: "json_schema",
        name: mark(),
        schema: { a: mark() },
        ...make.some({ description: mark }),
        ...make.other(),
      }),
    )
  const named = {
    model: mark,
    user: mark,
    service_tier: mark,
    safety_identifier: mark,
    prompt_cache_key: mark,
    stop: mark,
  }
  return {
    input: make.one<unknown>(mark, () => make.list(item, 8)),
    ...make.some({
      ...named,
      instructions: mark,
      metadata: () => ({ a: mark() }),
      tools: () => make.list(tool),
      text: () => make.some({ format, verbosity: mark, x_extension: mark }),
      reasoning: () => make.some({ effort: mark, summary: mark, context: mark, max_tokens: mark }),
      stream_options: () => ({ a: mark() }),
      fallbacks: () => [mark()],
    }),
    ...make.other(),
  }
}

function chatRequest(make: Maker): Fields {
  const { mark } = make
  const text = () => ({ type: "text", text: mark(), ...make.other() })
  const image = () => ({
    type: "image_url",
    image_url: { url: mark(), ...make.some({ detail: mark }) },
    ...make.other(),
  })
  const file = () => ({ type: "file", file: { file_data: mark(), ...make.some({ filename: mark }) }, ...make.other() })
  const sound = () => ({ type: "input_audio", input_audio: { data: mark(), format: mark() }, ...make.other() })
  const refusal = () => ({ type: "refusal", refusal: mark() })
  const content = (part: () => Fields) => make.one<unknown>(mark, () => make.list(part))
  const call = () => ({
    id: mark(),
    type: "function",
    function: { name: mark(), arguments: mark() },
    ...make.some({ extra_content: () => ({ a: mark() }) }),
    ...make.other(),
  })
  const message = () =>
    make.one<Fields>(
      () => ({
        role: "user",
        content: content(() => make.one<Fields>(text, image, file, sound)),
        ...make.some({ name: mark }),
        ...make.other(),
      }),
      () => ({
        role: make.one(
          () => "system",
          () => "developer",
        ),
        content: content(text),
        ...make.other(),
      }),
      () => ({
        role: "assistant",
        content: make.one<unknown>(
          () => null,
          () => "",
          () => content(() => make.one<Fields>(text, refusal)),
        ),
        ...make.some({
          refusal: mark,
          thinking_blocks: () => [{ thinking: mark() }],
          annotations: () => [{ a: mark() }],
        }),
        ...make.some({ tool_calls: () => make.list(call) }),
        // Beside the items, the text is a copy of what they say.
        ...make.one<Fields>(
          () => ({ reasoning_content: mark() }),
          () => ({ reasoning_items: [{ type: "reasoning", id: mark() }], reasoning_content: "a copy" }),
        ),
        ...make.other(),
      }),
      () => ({
        role: "tool",
        tool_call_id: mark(),
        content: content(() => make.one<Fields>(text, image, file)),
        ...make.other(),
      }),
    )
  const tool = () => ({
    type: "function",
    function: { name: mark(), ...make.some({ description: mark, parameters: () => ({ a: mark() }) }), ...make.other() },
    ...make.other(),
  })
  const schema = () => ({ name: mark(), schema: { a: mark() }, ...make.some({ description: mark }), ...make.other() })
  return {
    messages: make.list(message, 6),
    ...make.some({
      ...{ model: mark, user: mark, verbosity: mark, service_tier: mark, max_completion_tokens: mark, seed: mark },
      prediction: () => ({ content: mark() }),
      reasoning_effort: mark,
      reasoning: () => make.some({ summary: mark, max_tokens: mark }),
      tools: () => make.list(tool),
      tool_choice: () => ({ type: "function", function: { name: mark() } }),
      response_format: () => ({ type: "json_schema", json_schema: schema() }),
      web_search_options: () => ({
        search_context_size: mark(),
        user_location: { type: mark(), approximate: { city: mark() } },
      }),
      metadata: () => ({ a: mark() }),
      stream_options: () => ({ a: mark() }),
      fallbacks: () => [mark()],
    }),
    ...make.other(),
  }
}

function completionRequest(make: Maker): Fields {
  const { mark } = make
  return {
    prompt: make.one<unknown>(mark, () => [mark()]),
    ...make.some({ model: mark, user: mark, stop: mark, stream_options: mark }),
    ...make.other(),
  }
}

/** `{message: ["id"]}` -> any such member of an item or of a part. */
function listedPaths(top: readonly string[], nested: readonly string[]): RegExp {
  return new RegExp(`^(${top.join("|")})\\b|\\]\\.(${nested.join("|")})\\b`)
}

describe("nothing is lost without a word, whatever a request holds", () => {
  test.each<[string, Translation, (make: Maker) => Fields, RegExp]>([
    [
      "a response request",
      responsesViaChat,
      responseRequest,
      listedPaths(Object.keys(responses.ignored), [...new Set(Object.values(meaningless).flat())]),
    ],
    ["a chat request", chatViaResponses, chatRequest, listedPaths(chat.ignored, chat.meaningless)],
    ["a completion request", completionsViaChat, completionRequest, listedPaths(completionsIgnored, ["-"])],
  ])("of %s", (_, translation, requestOf, listed) => {
    for (let seed = 0; seed < TRIALS; seed++) {
      const request = requestOf(new Maker(seed))
      expect([seed, lostOf(translation, request, listed)]).toEqual([seed, []])
    }
  })

  test("and the check would see it", () => {
    const forgetful: Translation = { ...responsesViaChat, request: () => ({}) }
    expect(lostOf(forgetful, { input: "m1.", fallbacks: ["m2."] }, /^fallbacks/)).toEqual(["input"])
  })
})

describe("every parameter of OpenAI's form is supported, refused, warned of, or listed", () => {
  // Of the types of the package openai 7.55.0, whose source is OpenAI's specification: ResponseCreateParamsBase.
  const ofResponses: Fields = {
    ...{ access_programs: { cyber: "standard" }, background: true, context_management: [{}], conversation: "c" },
    ...{ image: {}, include: ["message.output_text.logprobs"], input: "x", instructions: "x", max_output_tokens: 1 },
    ...{ max_tool_calls: 1, metadata: { a: "b" }, model: "x", moderation: { model: "m" }, parallel_tool_calls: false },
    ...{ previous_response_id: "r", prompt: { id: "p" }, prompt_cache_key: "k", prompt_cache_options: {}, store: true },
    ...{ prompt_cache_retention: "24h", reasoning: { effort: "low" }, safety_identifier: "s", service_tier: "flex" },
    ...{ stream: false, stream_options: {}, temperature: 1, text: { verbosity: "low" }, tool_choice: "required" },
    ...{ tools: [{ type: "function", name: "g" }], top_logprobs: 1, top_p: 1, truncation: "auto", user: "u" },
  }
  // The same for chat: ChatCompletionCreateParamsBase.
  const ofChat: Fields = {
    ...{ messages: [{ role: "user", content: "x" }], model: "x", audio: { voice: "a" }, frequency_penalty: 1 },
    ...{
      function_call: "auto",
      functions: [{ name: "f" }],
      logit_bias: { "1": 1 },
      logprobs: true,
      metadata: { a: "b" },
    },
    ...{ max_completion_tokens: 1, max_tokens: 1, modalities: ["audio"], moderation: { model: "m" }, n: 2 },
    ...{ parallel_tool_calls: false, prediction: {}, presence_penalty: 1, prompt_cache_key: "k", seed: 1, stop: "x" },
    ...{ prompt_cache_options: {}, prompt_cache_retention: "24h", reasoning_effort: "low", safety_identifier: "s" },
    ...{
      response_format: { type: "json_object" },
      service_tier: "flex",
      store: true,
      stream: false,
      stream_options: {},
    },
    ...{
      temperature: 1,
      tool_choice: "required",
      tools: [{ type: "function", function: { name: "g" } }],
      top_logprobs: 1,
    },
    ...{ top_p: 1, user: "u", verbosity: "low", web_search_options: {} },
  }
  const withTool = { input: "Hello", tools: [{ type: "function", name: "f" }] }
  const said = { messages: [{ role: "user", content: "Hello" }] }

  test.each<[string, Translation, Fields, Fields, readonly string[]]>([
    ["responses", responsesViaChat, ofResponses, withTool, Object.keys(responses.ignored)],
    ["chat completions", chatViaResponses, ofChat, said, chat.ignored],
  ])("%s", (_, translation, samples, base, listed) => {
    const before = translation.request(base, "up")
    const lost = Object.entries(samples).filter(([name, value]) => {
      const request = { ...base, [name]: value }
      const { errors, warnings } = translation.check(request, "up")
      const isToldOf = errors.length > 0 || warnings.some((warning) => warning.startsWith(name))
      return !isToldOf && Bun.deepEquals(translation.request(request, "up"), before) && !listed.includes(name)
    })
    expect(lost.map(([name]) => name)).toEqual([])
  })
})

/** Any JSON, out of words that the forms know and names that every object has. */
function jsonOf(make: Maker, words: readonly string[], depth = 0): unknown {
  const word = () => make.of(words)
  const odd: (() => unknown)[] = [word, word, () => null, () => "", () => 0, () => 1, () => true, () => false]
  const deep: (() => unknown)[] = [
    () => make.list(() => jsonOf(make, words, depth + 1)),
    () => Object.fromEntries(make.list(() => [word(), jsonOf(make, words, depth + 1)], 6)),
  ]
  return make.one(...odd, ...(depth < 4 ? [...deep, ...deep, ...deep] : []))
}

test("no request and no answer makes a translation throw", () => {
  const words = [
    ...[
      "type",
      "role",
      "content",
      "text",
      "input",
      "messages",
      "message",
      "user",
      "assistant",
      "tool",
      "system",
      "name",
    ],
    ...[
      "input_text",
      "output_text",
      "refusal",
      "input_image",
      "image_url",
      "url",
      "function",
      "function_call",
      "call_id",
    ],
    ...["function_call_output", "output", "arguments", "reasoning", "summary", "encrypted_content", "tool_calls", "id"],
    ...[
      "tools",
      "tool_choice",
      "allowed_tools",
      "mode",
      "format",
      "json_schema",
      "choices",
      "logprobs",
      "top_logprobs",
    ],
    ...[
      "annotations",
      "url_citation",
      "usage",
      "status",
      "failed",
      "error",
      "code",
      "images",
      "thinking",
      "parts",
      "n",
    ],
    ...[
      "prompt",
      "best_of",
      "web_search_options",
      "user_location",
      "response_format",
      "finish_reason",
      "extra_content",
    ],
    ...["toString", "valueOf", "constructor", "__proto__", "hasOwnProperty", "incomplete_details", "reason"],
  ]
  const about = { provider: "up", jobId: "job-1", now: 0 }
  let sent = 0
  for (let seed = 0; seed < TRIALS; seed++) {
    const make = new Maker(seed)
    for (const translation of [responsesViaChat, chatViaResponses, completionsViaChat]) {
      const some = make.list(() => make.of(words), 6)
      const request = Object.fromEntries(
        ["input", "messages", "prompt", ...some].map((name) => [name, jsonOf(make, words)]),
      )
      if (translation.check(request, "up").errors.length === 0) {
        sent++
        JSON.stringify(translation.request(request, "up"))
      }
      const choices = [{ message: { content: jsonOf(make, words), tool_calls: jsonOf(make, words) } }]
      const output = [{ type: "message", content: jsonOf(make, words) }, jsonOf(make, words)]
      const answer = {
        choices,
        output,
        usage: jsonOf(make, words),
        id: jsonOf(make, words),
        error: jsonOf(make, words),
      }
      JSON.stringify(translation.answer(answer, request, about))
    }
  }
  expect(sent).toBeGreaterThan(0)
})
