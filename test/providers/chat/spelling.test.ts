// What a provider refuses for its spelling alone, and is therefore spelled as it takes it: names, ids, blank texts, titles, media types.
import { describe, expect, test } from "bun:test"
import { checkNativeChat } from "../../../src/providers/chat/chatparameters.ts"
import type { Target } from "../../../src/providers/chat/family.ts"
import { spellNames } from "../../../src/providers/chat/toolnames.ts"
import { bodyIn, exercise, type Fields, messageIn, type PlayerName, PNG, playerNames, players } from "./exercise.ts"

const claudes: PlayerName[] = ["anthropic", "vertex-claude"]
const geminis: PlayerName[] = ["gemini", "vertex-gemini"]
const strict: PlayerName[] = [...claudes, "bedrock"]
const tool = (name: string) => ({
  type: "function",
  function: { name, parameters: { type: "object", properties: {} } },
})
const call = (id: string, name: string, text = "{}") => ({ id, type: "function", function: { name, arguments: text } })
const user = (content: unknown) => ({ role: "user", content })
const image = (url: string) => ({ type: "image_url", image_url: { url } })
const file = (filename: string) => ({ type: "file", file: { filename, file_data: "JVBERi0=" } })

const warned = (name: PlayerName, request: Fields) =>
  checkNativeChat(players[name].family, players[name].model, request).warnings

/** What goes out for a request. */
async function sent(name: PlayerName, request: Fields, model = players[name].model): Promise<Fields> {
  return bodyIn(await exercise({ ...players[name], model }, request))
}

const target = (dialect: Target["dialect"]): Target => ({ family: "anthropic", dialect, isClaude: false, name: "m" })

describe("names of tools and ids of calls", () => {
  const request = {
    tools: [tool("files.read"), tool("files_read"), tool("files read"), tool("a".repeat(200))],
    tool_choice: { type: "function", function: { name: "files.read" } },
    messages: [
      user("Hi"),
      {
        role: "assistant",
        tool_calls: [call("functions.read:0", "files.read"), call("functions_read_0", "files read")],
      },
      { role: "tool", tool_call_id: "functions_read_0", content: "two" },
      { role: "tool", tool_call_id: "functions.read:0", content: "one" },
    ],
  }

  test.each(strict)("have an alphabet and a length, and each stays another: %s", async (name) => {
    const body = JSON.stringify(await sent(name, { ...request, tool_choice: "auto" }))
    const found = [...body.matchAll(/"(?:name|id|toolUseId|tool_use_id)":"([^"]*)"/g)].map(([, found]) => found ?? "")
    for (const one of found) expect(one).toMatch(/^[a-zA-Z0-9_-]{1,128}$/)
    for (const one of ["files_read", "files_read_2", "files_read_3", "functions_read_0", "functions_read_0_2"]) {
      expect(found).toContain(one)
    }
  })

  test("of Gemini may have dots and colons, and begin with a letter", () => {
    const { fields } = spellNames({ tools: [tool("a.b:c"), tool("2b"), tool("ä b")], messages: [] }, target("gemini"))
    expect(fields["tools"]).toMatchObject([
      { function: { name: "a.b:c" } },
      { function: { name: "_2b" } },
      { function: { name: "__b" } },
    ])
  })

  test("are told apart where one's spelling is another's name, whatever comes first", () => {
    const { fields, nameOf } = spellNames(
      { tools: [tool("a.b"), tool("a_b"), tool("a b")], messages: [] },
      target("converse"),
    )
    expect(fields["tools"]).toMatchObject([
      { function: { name: "a_b_2" } },
      { function: { name: "a_b" } },
      { function: { name: "a_b_3" } },
    ])
    expect(["a_b_2", "a_b", "a_b_3", "else"].map(nameOf)).toEqual(["a.b", "a_b", "a b", "else"])
  })

  test("are not the names of tools that are added for a schema or a search", () => {
    const request = {
      tools: [tool("json"), tool("web_search")],
      response_format: {},
      web_search_options: {},
      messages: [],
    }
    expect(spellNames(request, target("messages")).fields["tools"]).toMatchObject([
      { function: { name: "json_2" } },
      { function: { name: "web_search_2" } },
    ])
  })

  test("an id that comes twice is two calls, each with its result", async () => {
    const turn = (text: string) => [
      { role: "assistant", tool_calls: [call("call_0", "look")] },
      { role: "tool", tool_call_id: "call_0", content: text },
    ]
    const messages = [user("Hi"), ...turn("one"), ...turn("two")]
    expect(await sent("anthropic", { messages, tools: [tool("look")] })).toMatchObject({
      messages: [
        {},
        { content: [{ id: "call_0" }] },
        { content: [{ tool_use_id: "call_0", content: "one" }] },
        { content: [{ id: "call_0_2" }] },
        { content: [{ tool_use_id: "call_0_2", content: "two" }] },
      ],
    })
  })

  test("come back in an answer as the caller wrote them", async () => {
    const answer = {
      ...{ id: "msg_1", type: "message", role: "assistant", model: "claude", stop_reason: "tool_use" },
      content: [{ type: "tool_use", id: "toolu_1", name: "files_read_2", input: {} }],
      usage: { input_tokens: 1, output_tokens: 1 },
    }
    const given = { answer: () => Response.json(answer) }
    const exercised = await exercise(players.anthropic, { ...request, tool_choice: "auto" }, given)
    expect(messageIn(exercised)).toMatchObject({ tool_calls: [{ function: { name: "files.read" } }] })
  })

  test("in a choice are those of the tools", async () => {
    expect(await sent("anthropic", request)).toMatchObject({ tool_choice: { type: "tool", name: "files_read_2" } })
    const allowed = { mode: "auto", tools: [tool("files.read")] }
    const choice = { tool_choice: { type: "allowed_tools", allowed_tools: allowed } }
    expect(await sent("anthropic", { ...request, ...choice })).toMatchObject({ tools: [{ name: "files_read_2" }] })
  })
})

describe("texts that say nothing", () => {
  const parts = [
    { type: "text", text: "" },
    { type: "text", text: " \n" },
    { type: "text", text: "Hi" },
  ]

  test.each(strict)("are left out where they are refused: %s", async (name) => {
    const request = { messages: [user(parts)] }
    expect(await sent(name, request)).toMatchObject({
      messages: [{ content: [name === "bedrock" ? { text: "Hi" } : { type: "text", text: "Hi" }] }],
    })
    expect(warned(name, request)).toEqual([
      "messages[0].content[1] is blank and was not sent: this provider refuses blank texts",
    ])
  })

  test.each(geminis)("of white space alone stay where only empty ones are refused: %s", async (name) => {
    expect(await sent(name, { messages: [user(parts)] })).toMatchObject({
      contents: [{ parts: [{ text: " \n" }, { text: "Hi" }] }],
    })
  })

  test.each(playerNames)("leave no message without content, and the roles take turns: %s", async (name) => {
    const messages = [
      user("One"),
      { role: "assistant", content: "" },
      user("Two"),
      { role: "assistant", content: [] },
      user("Three"),
    ]
    const body = await sent(name, { messages })
    const turns = (body["messages"] ?? body["contents"]) as { role: string; content?: unknown[]; parts?: unknown[] }[]
    for (const { content, parts } of turns) expect(content ?? parts).not.toBeEmpty()
    const texts = turns.flatMap(({ content, parts }) => (content ?? parts ?? []) as { text: string }[])
    expect(texts.map(({ text }) => text)).toEqual(["One", "Two", "Three"])
    if (!geminis.includes(name)) expect(turns.map(({ role }) => role)).toEqual(["user"])
  })

  test.each(strict)("and pictures of an answer, which have no counterpart, leave none either: %s", async (name) => {
    const images = [image(`data:image/png;base64,${PNG}`)]
    const messages = [user("One"), { role: "assistant", content: null, images }, user("Two")]
    const turns = (await sent(name, { messages }))["messages"] as Fields[]
    expect(turns.map(({ role }) => role)).toEqual(["user"])
    expect(warned(name, { messages })).toEqual(["messages[1].images have no counterpart and were not sent"])
  })

  test.each(strict)("as instructions, as an answer beside calls and as a result are left out too: %s", async (name) => {
    const messages = [
      { role: "system", content: " " },
      user("Hi"),
      { role: "assistant", content: " ", tool_calls: [call("c1", "look")] },
      { role: "tool", tool_call_id: "c1", content: " " },
    ]
    const { system, messages: turns } = await sent(name, { messages, tools: [tool("look")] })
    expect(system ?? []).toEqual([])
    const [, answer, result] = turns as { content: Fields[] }[]
    expect(answer?.content).toHaveLength(1)
    expect(result?.content).toMatchObject([
      name === "bedrock" ? { toolResult: { content: [] } } : { type: "tool_result", content: "" },
    ])
  })

  test.each(playerNames)("are refused where nothing else would be asked: %s", async (name) => {
    for (const [messages, param] of [
      [[user("")], "messages"],
      [[{ role: "system", content: "Be brief." }], "messages"],
      [[user("Hi"), { role: "assistant", content: "Yes?" }, user("")], "messages[2].content"],
    ] as [Fields[], string][]) {
      const { received, outcome } = await exercise(players[name], { messages })
      expect(received).toEqual([])
      expect(outcome).toMatchObject({ kind: "refused", status: 400, refusal: { code: "unsupported_parameter", param } })
    }
  })

  test.each(strict)("end no answer: stop sequences of white space alone are left out: %s", async (name) => {
    const request = { messages: [user("Hi")], stop: ["\n", "END", ""] }
    expect(JSON.stringify(await sent(name, request))).toContain(`:["END"]`)
    expect(warned(name, request)).toEqual([expect.stringMatching(/^stop has a sequence that is blank/)])
    expect(await sent("gemini", { messages: [user("Hi")], stop: ["\n", ""] })).toMatchObject({
      generationConfig: { stopSequences: ["\n"] },
    })
    expect(await sent("bedrock", { messages: [user("Hi")], stop: "\n" }, "amazon.nova-pro-v1:0")).toMatchObject({
      inferenceConfig: { stopSequences: ["\n"] },
    })
  })
})

test.each(strict)("a block of reasoning without its signature does not go to %s, which refuses it", async (name) => {
  const thinking_blocks = [{ type: "thinking", thinking: "Hm", signature: null }, { type: "redacted_thinking" }]
  const messages = [user("Hi"), { role: "assistant", content: "Ho", thinking_blocks }, user("Hm")]
  const [, answer] = (await sent(name, { messages }))["messages"] as { content: Fields[] }[]
  expect(answer?.content).toMatchObject([{ text: "Ho" }])
})

describe("the name of a document", () => {
  test("is unique in a Converse request, and of its alphabet", async () => {
    const files = [
      "report.v1.pdf",
      "report.v2.pdf",
      "report-v1.pdf",
      "отчёт.pdf",
      "a_b  (1)[2].pdf",
      `${"x".repeat(300)}.pdf`,
    ]
    const messages = [user([...files.map(file), { type: "text", text: "Hi" }]), user([file("report.v1.pdf")])]
    const turns = (await sent("bedrock", { messages }))["messages"] as { content: { document?: { name: string } }[] }[]
    const names = turns.flatMap(({ content }) => content.flatMap(({ document }) => (document ? [document.name] : [])))
    expect(names).toEqual([
      ...["report-v1", "report-v2", "report-v1 2", "document", "a-b (1)[2]", "x".repeat(200)],
      "report-v1 3",
    ])
  })

  test("is the file's elsewhere", async () => {
    expect(await sent("anthropic", { messages: [user([file("report.v1.pdf")])] })).toMatchObject({
      messages: [{ content: [{ title: "report.v1.pdf" }] }],
    })
  })
})

describe("a media type", () => {
  const jpeg = "/9j/4AAQSkZJRgABAQ=="

  test.each(strict)("is its registered name, and the bytes decide: %s", async (name) => {
    const types: [string, string][] = [
      [`data:image/jpg;base64,${jpeg}`, "jpeg"],
      [`data:IMAGE/JPG;charset=x;base64,${jpeg}`, "jpeg"],
      [`data:image/jpeg;base64,${PNG}`, "png"],
      [`data:;base64,${PNG}`, "png"],
      ["data:image/gif;base64,UklGRiQAAABXRUJQVlA4", "webp"],
      ["data:image/pjpeg;base64,AAAA", "jpeg"],
    ]
    for (const [url, type] of types) {
      const body = JSON.stringify(await sent(name, { messages: [user([image(url)])] }))
      expect(body).toContain(name === "bedrock" ? `"format":"${type}"` : `"media_type":"image/${type}"`)
    }
  })

  test("is normalised for Gemini too", async () => {
    expect(await sent("gemini", { messages: [user([image("data:image/jpg;base64,AAAA")])] })).toMatchObject({
      contents: [{ parts: [{ inlineData: { mimeType: "image/jpeg" } }] }],
    })
  })

  test("of a downloaded picture is what its bytes tell", async () => {
    const answer = () => new Response(Buffer.from(PNG, "base64"), { headers: { "content-type": "image/jpg" } })
    const policy = {
      ...{ resolve: async () => ["127.0.0.1"], isAllowed: () => true },
      fetch: Object.assign(async () => answer(), { preconnect: () => {} }) as unknown as typeof fetch,
    }
    const request = { messages: [user([image("http://pictures.example/cat")])] }
    expect(bodyIn(await exercise(players.bedrock, request, { policy }))).toMatchObject({
      messages: [{ content: [{ image: { format: "png" } }] }],
    })
  })

  test.each(geminis)("that Gemini does not take is refused, and others are its models' own: %s", async (name) => {
    for (const url of [
      "data:image/gif;base64,R0lGODlh",
      "data:image/svg+xml,<svg/>",
      "data:image/png;base64,R0lGODlh",
    ]) {
      const { received, outcome } = await exercise(players[name], { messages: [user([image(url)])] })
      expect(received).toEqual([])
      expect(outcome).toMatchObject({ refusal: { param: "messages[0].content[0]" } })
    }
    expect(await sent(name, { messages: [user([image("data:image/heic;base64,AAAA")])] })).toMatchObject({
      contents: [{ parts: [{ inlineData: { mimeType: "image/heic" } }] }],
    })
  })

  test.each(strict)("that is certainly not taken is refused: %s", async (name) => {
    for (const url of ["data:image/bmp;base64,Qk0=", "data:image/svg+xml,<svg/>", "data:,"]) {
      const { received, outcome } = await exercise(players[name], { messages: [user([image(url)])] })
      expect(received).toEqual([])
      expect(outcome).toMatchObject({
        refusal: { param: "messages[0].content[0]", message: expect.stringContaining("send a JPEG, PNG or WebP") },
      })
    }
  })
})

test.each(playerNames)("arguments that are no object are wrapped in one: %s", async (name) => {
  for (const [text, wrapped] of [
    ["{broken", '"{broken"'],
    ["[1]", "[1]"],
    ['"x"', '"x"'],
    ["null", '"null"'],
  ] as const) {
    const messages = [
      user("Hi"),
      { role: "assistant", tool_calls: [call("c1", "look", text)] },
      { role: "tool", tool_call_id: "c1", content: "seen" },
    ]
    const body = JSON.stringify(await sent(name, { messages, tools: [tool("look")] }))
    expect(body).toContain(`:{"rawInvalidInput":${wrapped}}`)
  }
})
