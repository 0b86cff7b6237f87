// Requests that are made to hurt: what is checked at the submit runs on the thread that serves HTTP, and the rest beside other calls.
import { describe, expect, test } from "bun:test"
import { endpoints } from "../../src/endpoints/endpoints.ts"
import { responsesViaChat } from "../../src/endpoints/translate/responsesviachat.ts"
import { isFamily } from "../../src/providers/adapternames.ts"
import { checkNativeChat } from "../../src/providers/chat/chatparameters.ts"
import { createDocumentNames } from "../../src/providers/chat/documentnames.ts"
import { findTarget } from "../../src/providers/chat/family.ts"
import { spellNames } from "../../src/providers/chat/toolnames.ts"
import { checkSubmission } from "../../src/providers/parameters.ts"
import { resolveProviders } from "../../src/providers/settings.ts"
import { parseField } from "../../src/providers/upstreamjobs/formfields.ts"
import { asRecords } from "../../src/values.ts"
import { doQuickly } from "../quick.ts"
import { exercise, playerNames, players } from "./chat/exercise.ts"

type Fields = Record<string, unknown>

/** No text and no number can be made of it: JavaScript throws. */
const FORMLESS = { toString: 1, valueOf: 1 }

const call = { id: "c", type: "function", function: { name: "f", arguments: "{}" } }
const tool = { type: "function", function: { name: "f", parameters: { type: "object", properties: { a: {} } } } }
const chat: Fields = {
  messages: [
    {
      role: "user",
      content: [
        { type: "text", text: "x" },
        { type: "image_url", image_url: { url: "https://a.example/b.png" } },
        { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } },
        { type: "file", file: { file_data: "AAAA", filename: "a.pdf" } },
      ],
    },
    { role: "assistant", content: "y", thinking_blocks: [{ thinking: "t", signature: "s" }], tool_calls: [call] },
    { role: "tool", tool_call_id: "c", content: [{ type: "text", text: "t" }] },
  ],
  ...{
    tools: [tool],
    tool_choice: { type: "function", function: { name: "f" } },
    stop: ["a"],
    n: 1,
    top_p: 1,
    seed: 1,
  },
  ...{
    temperature: 1,
    presence_penalty: 0,
    reasoning: { effort: "low" },
    reasoning_effort: "low",
    service_tier: "auto",
  },
  ...{ thinking: { type: "enabled", budget_tokens: 3 }, response_format: { type: "text" }, modalities: ["text"] },
}
const image: Fields = {
  ...{ prompt: "x", image: ["AAAA"], n: 1, size: "1024x1024", quality: "auto", response_format: "b64_json" },
  ...{ background: "auto", output_format: "png" },
}
/** A request of each type that has what its checks read. */
const bases: Record<string, Fields> = {
  chat_completion: chat,
  responses: {
    input: [
      { role: "user", content: [{ type: "input_text", text: "x" }] },
      { type: "reasoning", encrypted_content: "asyncgate.1.e30", summary: [] },
      { type: "function_call", call_id: "a", name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: "a", output: "x" },
    ],
    ...{ tools: [{ type: "function", name: "f" }], tool_choice: { type: "function", name: "f" }, temperature: 1 },
    ...{ text: { format: { type: "text" } }, reasoning: { effort: "low" }, include: [], top_logprobs: 1 },
  },
  text_completion: { prompt: "x", n: 1, best_of: 1, logprobs: 1, echo: false, temperature: 1 },
  embedding: { input: ["x"], dimensions: 3, encoding_format: "float", input_type: "x" },
  rerank: { query: "x", documents: ["a", { text: "b" }], top_n: 1 },
  speech: { input: "x", voice: "v", response_format: "mp3", speed: 1 },
  image_generation: image,
  image_edit: image,
  ocr: { document: { type: "document_url", document_url: "https://a.example" }, pages: [1] },
}

/** The request with this value at each of its places, one after the other. */
function* withAtEach(base: unknown, value: unknown): Generator<unknown> {
  if (typeof base !== "object" || base === null) return
  for (const [name, member] of Object.entries(base)) {
    const replaced = (other: unknown) =>
      Array.isArray(base) ? base.with(Number(name), other) : { ...base, [name]: other }
    yield replaced(value)
    for (const inner of withAtEach(member, value)) yield replaced(inner)
  }
}

const models: Record<string, string> = { anthropic: "claude-sonnet-5", bedrock: "anthropic.claude-sonnet-5" }
const all = resolveProviders({}, {}).providers.flatMap((provider) =>
  Object.entries(provider.endpoints)
    .filter(([type]) => bases[type] !== undefined)
    .map(([type, { adapter, via }]) => ({ provider, type, way: `${adapter} ${via} ${type}` })),
)
/** A provider for each way in which a request of a type is checked. */
const served = [...new Map(all.map((one) => [one.way, one])).values()]

describe("a value of a wrong form", () => {
  test("is checked without an error, at each place of each request to each provider", () => {
    for (const { provider, type } of served) {
      const endpoint = Object.values(endpoints).find(({ requestType }) => requestType === type)
      for (const value of [FORMLESS, [FORMLESS], null, "constructor"]) {
        for (const fields of withAtEach(bases[type], value)) {
          const submission = { form: "json" as const, fields: { model: "m", ...(fields as Fields) }, files: [] }
          if (endpoint?.check(submission, []) != null) continue
          expect(() => checkSubmission(provider, type, models[provider.name] ?? "m", submission)).not.toThrow()
        }
      }
    }
  })

  test.each(["constructor", "__proto__", "toString"])("is no format of a sound because objects have %s", (format) => {
    for (const name of ["deepgram", "elevenlabs", "gemini"]) {
      const provider = served.find((one) => one.provider.name === name)?.provider
      if (provider === undefined) throw new Error(`no ${name}`)
      const submission = { form: "json" as const, fields: { input: "x", response_format: format }, files: [] }
      expect(checkSubmission(provider, "speech", "m", submission).errors).toMatchObject([{ param: "response_format" }])
    }
  })
})

/** JSON of so many levels that JavaScript reads it and cannot write it. */
const deep = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`

describe("a JSON text of very many levels within a request", () => {
  test.each(playerNames)("goes to %s as the text that it is, when a call has it as its arguments", async (name) => {
    const called = { ...call, function: { name: "f", arguments: deep } }
    const messages = [
      ...[
        { role: "user", content: "Hi" },
        { role: "assistant", tool_calls: [called] },
      ],
      { role: "tool", tool_call_id: "c", content: "x" },
    ]
    const { received } = await exercise(players[name], { messages, tools: [tool] })
    expect(received[0]?.body).toContain(JSON.stringify(deep).slice(1, 100))
  })

  test("is no reasoning that this gateway has packed", () => {
    const encrypted_content = `asyncgate.1.${Buffer.from(`{"provider":"deepseek","message":${deep}}`).toString("base64url")}`
    const input = [{ type: "reasoning", encrypted_content, summary: [] }]
    const { warnings } = responsesViaChat.check({ input }, "deepseek")
    expect(warnings).toEqual(["input[0] holds no reasoning of this provider's and was not sent"])
  })

  test("stays a text in a field of a form", () => expect(parseField(deep)).toBe(deep))
})

const families = served.map(({ provider }) => provider.name).filter(isFamily)
const many = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at))
const said = (content: unknown): Fields => ({ messages: [{ role: "user", content }] })
const picture = (url: string) => said([{ type: "image_url", image_url: { url } }])

describe("a megabyte", () => {
  test.each<[string, Fields]>([
    ["of labels of a host", picture(`http://${"\u00e9.".repeat(330_000)}`)],
    ["of an address", picture(`http://a.example/${"\u00e9".repeat(500_000)}`)],
    ["of parameters of a media type", picture(`data:${"x;".repeat(500_000)},`)],
    ["of white space", said(`${" ".repeat(1_000_000)}x`)],
  ])("%s is checked quickly", async (_, request) => {
    for (const family of new Set(families)) {
      await doQuickly(() => checkNativeChat(family, models[family] ?? "gemini-3", request))
    }
  })

  test.each<[string, (at: number) => string]>([
    ["alike", () => "functions.look:0"],
    ["of one beginning", (at) => `${"a".repeat(60)}${at >> 1}`],
  ])("of ids of calls that are %s is spelled quickly, each call with its result", async (_, makeId) => {
    const ids = many(10_000, makeId)
    const messages = [
      { role: "assistant", tool_calls: ids.map((id) => ({ ...call, id })) },
      ...ids.map((id) => ({ role: "tool", tool_call_id: id, content: "x" })),
    ]
    const target = findTarget("bedrock", "anthropic.claude-sonnet-5")
    const { fields } = await doQuickly(() => spellNames({ messages }, target))
    const [asked, ...results] = asRecords(fields["messages"])
    const calls = asRecords(asked?.["tool_calls"]).map(({ id }) => id)
    expect(new Set(calls).size).toBe(ids.length)
    expect(new Set(results.map(({ tool_call_id }) => tool_call_id))).toEqual(new Set(calls))
  })

  test("of names of documents is made different quickly", async () => {
    const names = await doQuickly(() => {
      const name = createDocumentNames(findTarget("bedrock", "anthropic.claude-sonnet-5"))
      return many(10_000, () => name("report.pdf"))
    })
    expect(new Set(names).size).toBe(10_000)
  })
})

describe("an address that is none", () => {
  test.each(["", "abc", "https://", "http://a b/c.png", "//a.example/b", `http://${"a".repeat(1001)}/b.png`])(
    "is refused at the submit: %#",
    (url) => {
      for (const part of [
        { type: "image_url", image_url: { url } },
        { type: "file", file: { file_url: url, filename: "a.pdf" } },
      ]) {
        expect(checkNativeChat("anthropic", "claude-sonnet-5", said([part])).errors).toEqual([
          { message: "messages[0].content[0] has no URL that can be read", param: "messages[0].content[0]" },
        ])
      }
    },
  )

  test.each(["https://user:word@a.example:8080/b.png?c#d", " https://a.example", "https:a.example", "gs://my_b/c"])(
    "is not %j",
    (url) => expect(checkNativeChat("vertex", "gemini-3", picture(url)).errors).toEqual([]),
  )
})

describe("a megabyte of items of a response", () => {
  const called = (at: number) => ({ type: "function_call", call_id: `c${at}`, name: "f", arguments: "{}" })
  const said = { role: "assistant", content: "a" }
  test.each<[string, unknown[]]>([
    ["calls", many(15_000, called)],
    ["texts behind a call", [called(0), ...many(15_000, () => said)]],
    ["pictures", many(15_000, () => ({ type: "image_generation_call", result: "A" }))],
  ])("that are %s becomes one message quickly", async (_, input) => {
    const { messages } = await doQuickly(() => responsesViaChat.request({ input }, "p"))
    expect(messages).toHaveLength(1)
  })

  test("with very many tools, and as many that are allowed, is checked and translated quickly", async () => {
    const tools = many(10_000, (at) => ({ type: "function", name: `f${at}` }))
    const fields = {
      input: "x",
      tools,
      tool_choice: { type: "allowed_tools", mode: "auto", tools: tools.toReversed() },
    }
    const { check, request } = await doQuickly(() => ({
      check: responsesViaChat.check(fields, "p"),
      request: responsesViaChat.request(fields, "p"),
    }))
    expect(check.errors).toEqual([])
    expect(request["tools"]).toHaveLength(10_000)
  })
})
