import { describe, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { Family } from "../../../src/providers/adapternames.ts"
import { checkNativeChat } from "../../../src/providers/chat/chatparameters.ts"
import { type Fields, PNG } from "./exercise.ts"

/** One model of each kind of target. */
const targets = {
  anthropic: ["anthropic", "claude-sonnet-4-5"],
  gemini: ["gemini", "gemini-2.5-flash"],
  vertex: ["vertex", "gemini-2.5-flash"],
  vertexClaude: ["vertex", "claude-sonnet-4-5@20250929"],
  bedrock: ["bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"],
  nova: ["bedrock", "amazon.nova-pro-v1:0"],
} as const satisfies Record<string, readonly [Family, string]>
type Name = keyof typeof targets
const all = Object.keys(targets) as Name[]
const geminis: Name[] = ["gemini", "vertex"]
const converses: Name[] = ["bedrock", "nova"]
const claudes: Name[] = ["anthropic", "vertexClaude", "bedrock"]
const without = (names: Name[]) => all.filter((name) => !names.includes(name))

const messages = [{ role: "user", content: "Hello" }]
const tool = { type: "function", function: { name: "look" } }
const found = (name: Name, fields: Fields) =>
  checkNativeChat(targets[name][0], targets[name][1], { model: "p/m", messages, ...fields })
const said = (content: unknown[], role = "user") => ({ messages: [{ role, content }] })
const called = [
  { role: "user", content: "Hello" },
  { role: "assistant", tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: "{}" } }] },
  { role: "tool", tool_call_id: "c1", content: "seen" },
]

/** What would become another request, and at whom. */
const refused: [string, Fields, string, Name[]][] = [
  ["several choices", { n: 2 }, "n", without(geminis)],
  ["log probabilities", { logprobs: true }, "logprobs", without(geminis)],
  ["alternatives of tokens", { top_logprobs: 3 }, "top_logprobs", without(geminis)],
  ["a bias of tokens", { logit_bias: { "50256": -100 } }, "logit_bias", all],
  ["a format that nobody knows", { response_format: { type: "grammar" } }, "response_format", all],
  ["a schema that is missing", { response_format: { type: "json_schema", json_schema: {} } }, "response_format", all],
  ["the older functions", { functions: [{ name: "look" }] }, "functions", all],
  ["the older choice", { function_call: "auto" }, "function_call", all],
  ["a voice", { audio: { voice: "alloy" } }, "audio", all],
  ["an answer in sound", { modalities: ["text", "audio"] }, "modalities", all],
  ["an answer in pictures", { modalities: ["text", "image"] }, "modalities", without(geminis)],
  ["one call at a time", { tools: [tool], parallel_tool_calls: false }, "parallel_tool_calls", without(claudes)],
  ["a search", { web_search_options: {} }, "web_search_options", converses],
  ["a tool of another kind", { tools: [{ type: "custom", custom: { name: "x" } }] }, "tools[0]", all],
  ["a choice that nobody knows", { tools: [tool], tool_choice: "maybe" }, "tool_choice", all],
  ["an effort that nobody knows", { reasoning_effort: "extreme" }, "reasoning_effort", all],
  ["another gateway's effort that nobody knows", { reasoning: { effort: "extreme" } }, "reasoning", all],
  ["thinking of another kind", { thinking: { type: "maybe" } }, "thinking", all],
  ["a word for a number", { temperature: "hot" }, "temperature", all],
  ["talk of tools without them", { messages: called }, "tools", converses],
  ["no more tools", { messages: called, tools: [tool], tool_choice: "none" }, "tool_choice", converses],
  [
    "a result of no call",
    { messages: [{ role: "tool", tool_call_id: "c9", content: "x" }], tools: [tool] },
    "messages[0].tool_call_id",
    all,
  ],
  ["the older results", { messages: [{ role: "function", name: "look", content: "x" }] }, "messages[0].role", all],
  ["sound that went before", { messages: [{ role: "assistant", audio: { id: "a" } }] }, "messages[0].audio", all],
  [
    "sound",
    said([{ type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } }]),
    "messages[0].content[0]",
    without(geminis),
  ],
  [
    "sound of no format",
    said([{ type: "input_audio", input_audio: { data: "UklGRg==" } }]),
    "messages[0].content[0]",
    all,
  ],
  [
    "sound without its bytes",
    said([{ type: "input_audio", input_audio: { format: "wav" } }]),
    "messages[0].content[0]",
    all,
  ],
  ["a part that nobody knows", said([{ type: "hologram" }]), "messages[0].content[0]", all],
  [
    "a picture in an instruction",
    said([{ type: "image_url", image_url: { url: "data:," } }], "system"),
    "messages[0].content[0]",
    all,
  ],
  ["a file by its id", said([{ type: "file", file: { file_id: "file-1" } }]), "messages[0].content[0]", all],
  ["a file of no kind", said([{ type: "file", file: { file_data: "AAAA" } }]), "messages[0].content[0]", all],
  [
    "a table",
    said([{ type: "file", file: { filename: "a.csv", file_data: "YSxi" } }]),
    "messages[0].content[0]",
    ["anthropic", "vertexClaude"],
  ],
  [
    "an archive",
    said([{ type: "file", file: { file_data: "data:application/zip;base64,UEs=" } }]),
    "messages[0].content[0]",
    without(geminis),
  ],
]

/** What is left out and changes nothing in the meaning. */
const told: [string, Fields, RegExp, Name[]][] = [
  ["a seed", { seed: 1 }, /^seed /, without(geminis)],
  ["a penalty", { presence_penalty: 0.5 }, /^presence_penalty /, without(geminis)],
  ["the caller's name", { user: "u" }, /^user /, without(["anthropic", "vertexClaude"])],
  ["notes", { metadata: { a: "b" } }, /^metadata /, without(converses)],
  ["keeping it", { store: true }, /^store /, all],
  ["a tier", { service_tier: "flex" }, /^service_tier /, ["anthropic", "vertexClaude"]],
  ["a tier that nobody knows", { service_tier: "scale" }, /^service_tier /, all],
  ["what no one knows", { min_p: 0.1 }, /^min_p is not known/, all],
  ["who speaks", { messages: [{ role: "user", name: "Ann", content: "Hi" }] }, /^messages\[0\]\.name /, all],
  [
    "how sharp a picture is",
    said([{ type: "image_url", image_url: { url: `data:image/png;base64,${PNG}`, detail: "low" } }]),
    /detail/,
    all,
  ],
  [
    "any JSON",
    { response_format: { type: "json_object" } },
    /^response_format json_object is only a part/,
    without(geminis),
  ],
  ["both ways of sampling", { temperature: 0.5, top_p: 0.9 }, /^top_p was not sent/, ["bedrock"]],
  ["a mark of a cache for all", { cache_control: { type: "ephemeral" } }, /^cache_control /, without(["anthropic"])],
  [
    "an instruction in between",
    { messages: [...messages, { role: "developer", content: "Be brief." }] },
    /^messages\[1\] is moved to the front/,
    all,
  ],
  [
    "reasoning without a signature",
    { messages: [{ role: "assistant", content: "Hi", reasoning_content: "Hm" }] },
    /no signature/,
    without(geminis),
  ],
  [
    "a block of reasoning without a signature",
    { messages: [{ role: "assistant", content: "Hi", thinking_blocks: [{ type: "thinking", thinking: "Hm" }] }] },
    /thinking_blocks has reasoning without a signature/,
    without(geminis),
  ],
  [
    "encrypted reasoning of others",
    { messages: [{ role: "assistant", content: "Hi", thinking_blocks: [{ type: "redacted_thinking", data: "x" }] }] },
    /encrypted reasoning of another provider/,
    geminis,
  ],
]

describe("what would become another request is refused:", () => {
  test.each(refused)("%s", (_, fields, param, names) => {
    for (const name of all) {
      const { errors } = found(name, fields)
      expect([name, errors.map((problem) => problem.param)]).toEqual([name, names.includes(name) ? [param] : []])
      for (const { message } of errors) expect(message).toStartWith(param)
    }
  })
})

describe("what is left out without another meaning is warned of:", () => {
  test.each(told)("%s", (_, fields, warning, names) => {
    for (const name of all) {
      const { errors, warnings } = found(name, fields)
      expect([name, errors, warnings.length]).toEqual([name, [], names.includes(name) ? 1 : 0])
      if (names.includes(name)) expect(warnings[0]).toMatch(warning)
    }
  })
})

describe("a nested member", () => {
  const mark = { cache_control: { type: "ephemeral", ttl: "1h" } }
  const asked = {
    messages: [
      { role: "system", content: "Be brief.", ...mark, mood: "good" },
      { role: "user", content: [{ type: "text", text: "Hi", ...mark, size: 1 }] },
      { role: "assistant", tool_calls: [{ ...called[1]?.tool_calls?.[0], ...mark, look: true }] },
      { role: "tool", tool_call_id: "c1", content: "seen", ...mark },
    ],
    tools: [{ ...tool, ...mark, eager: true, function: { ...tool.function, examples: [], strict: null } }],
    tool_choice: { type: "function", function: { name: "look", twice: true } },
    response_format: { type: "json_schema", json_schema: { name: "a", schema: { any: true }, version: 2 } },
    stream_options: { include_usage: true, pace: 1 },
    reasoning: { summary: "auto" },
  }
  const foreign = [
    ...[
      "messages[0].mood",
      "messages[1].content[0].size",
      "messages[2].tool_calls[0].look",
      "tools[0].function.examples",
    ],
    ...["tools[0].eager", "tool_choice.function.twice", "response_format.json_schema.version", "stream_options.pace"],
    "reasoning.summary",
  ]

  test("that no form carries is named, and none other", () => {
    for (const name of all) {
      const marks = geminis.includes(name)
        ? ["messages[0]", "messages[1].content[0]", "messages[2].tool_calls[0]", "messages[3]", "tools[0]"]
        : []
      const { errors, warnings } = found(name, asked)
      expect(errors).toEqual([])
      const wanted = [...foreign, ...marks.map((place) => `${place}.cache_control`)]
      expect(warnings.toSorted()).toEqual(
        wanted.map((path) => `${path} is not known to this provider's chat and was not sent`).toSorted(),
      )
    }
  })
})

test("what asks for nothing is neither refused nor warned of", () => {
  const nothing = {
    ...{
      n: 1,
      logprobs: false,
      top_logprobs: 0,
      logit_bias: {},
      response_format: { type: "text" },
      modalities: ["text"],
    },
    ...{
      parallel_tool_calls: false,
      store: false,
      presence_penalty: 0,
      stream: false,
      stream_options: null,
      seed: null,
    },
    ...{ service_tier: "auto", tools: [], tool_choice: "auto", reasoning_effort: null, fallbacks: ["p/other"] },
  }
  for (const name of all) {
    expect([name, found(name, nothing)]).toEqual([name, { errors: [], warnings: [] }])
  }
})

test("what all of them support is not warned of either", () => {
  const usual = {
    ...{ temperature: 0.5, top_k: 40, max_completion_tokens: 10, stop: "END", tools: [tool] },
    ...{
      tool_choice: { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [tool] } },
      reasoning_effort: "low",
    },
    response_format: { type: "json_schema", json_schema: { name: "a", schema: { type: "object" } } },
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "Look" },
          { type: "image_url", image_url: { url: "https://a.example/b.png" } },
        ],
      },
      { role: "user", content: [{ type: "file", file: { filename: "a.pdf", file_data: "JVBERi0=" } }] },
      { role: "assistant", content: [{ type: "refusal", refusal: "No." }] },
      ...called,
    ],
  }
  for (const name of all) expect([name, found(name, usual)]).toEqual([name, { errors: [], warnings: [] }])
})

test("it says so where a request is taken in: it loads no package for it", () => {
  const seen = new Set<string>()
  const packages: string[] = []
  const read = (path: string) => {
    if (seen.has(path)) return
    seen.add(path)
    const source = readFileSync(path, "utf8")
    for (const { path: imported } of new Bun.Transpiler({ loader: "ts" }).scanImports(source)) {
      if (imported.startsWith(".")) read(join(path, "..", imported))
      else packages.push(imported)
    }
  }
  read(join(import.meta.dir, "../../../src/providers/chat/chatparameters.ts"))
  expect(packages.filter((name) => name.includes("ai-sdk") || name === "aws4fetch")).toEqual([])
})
