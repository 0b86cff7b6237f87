// What is read of an answer that has what no document shows: as much as can be, with a warning of the rest.
import { describe, expect, test } from "bun:test"
import { doQuickly } from "../../quick.ts"
import { completionIn, type Exercised, exercise, type Fields, messageIn, type PlayerName, players } from "./exercise.ts"

const hello = { messages: [{ role: "user", content: "Hello" }] }
const usage = { input_tokens: 1, output_tokens: 1 }
const claude = (content: unknown[], over: Fields = {}) => ({
  ...{ id: "msg_1", type: "message", role: "assistant", model: "claude", content, stop_reason: "end_turn", usage },
  ...over,
})
const gemini = (parts: unknown[], over: Fields = {}) => ({
  candidates: [{ content: { role: "model", parts }, finishReason: "STOP", ...over }],
})
const converse = (content: unknown[], over: Fields = {}) => ({
  ...{ output: { message: { role: "assistant", content } }, stopReason: "end_turn", ...over },
})

async function read(name: PlayerName, answer: Fields, request: Fields = {}): Promise<Exercised> {
  return await exercise(players[name], { ...hello, ...request }, { answer: () => Response.json(answer) })
}

const left = (type: string) => `the answer has a block of "${type}", which is not known here and was left out`

describe("a block of an unknown type is left out with a warning, and the others are the answer:", () => {
  const cases: [PlayerName, Fields, string][] = [
    ["anthropic", claude([{ type: "hologram", a: 1 }, { type: "text", text: "Hi" }, { type: "hologram" }]), "hologram"],
    ["vertex-claude", claude([{ type: "text", text: "Hi" }, { type: "hologram" }]), "hologram"],
    ["gemini", gemini([{ text: "Hi" }, { hologram: {}, depth: 1 }]), "hologram, depth"],
    ["vertex-gemini", gemini([{ hologram: {} }, { text: "Hi" }]), "hologram"],
    ["bedrock", converse([{ text: "Hi" }, { hologram: {} }]), "hologram"],
    ["bedrock", converse([{ text: "Hi" }, { reasoningContent: { hologram: 1 } }]), "reasoningContent"],
  ]
  test.each(cases)("%s %#", async (name, answer, type) => {
    const exercised = await read(name, answer)
    expect(messageIn(exercised)).toMatchObject({ content: "Hi" })
    expect(exercised.warnings).toEqual([left(type)])
  })

  test("but an answer of nothing else is unreadable, and kept", async () => {
    for (const [name, answer] of [
      ["anthropic", claude([{ type: "hologram" }])],
      ["gemini", gemini([{ hologram: {} }])],
      ["bedrock", converse([{ hologram: {} }])],
    ] as const) {
      const { outcome } = await read(name, answer)
      expect(outcome).toMatchObject({ kind: "unreadable", body: JSON.stringify(answer) })
    }
  })
})

describe("an answer is kept", () => {
  test("when its reasoning has no signature, with a warning that it cannot be sent back", async () => {
    const blocks = [
      { type: "thinking", thinking: "Hm." },
      { type: "text", text: "Hi" },
    ]
    const exercised = await read("anthropic", claude(blocks))
    expect(messageIn(exercised)).toEqual({ role: "assistant", content: "Hi", refusal: null, reasoning_content: "Hm." })
    expect(exercised.warnings).toEqual(["the reasoning has no signature and cannot be sent back"])
  })

  test("when it ends for a reason that nobody knows", async () => {
    for (const [name, answer] of [
      ["anthropic", claude([{ type: "text", text: "Hi" }], { stop_reason: "bored" })],
      ["gemini", gemini([{ text: "Hi" }], { finishReason: "bored" })],
      ["bedrock", converse([{ text: "Hi" }], { stopReason: "bored" })],
    ] as const) {
      const exercised = await read(name, answer)
      expect(completionIn(exercised)["choices"]).toMatchObject([{ finish_reason: "stop" }])
      expect(exercised.warnings).toEqual(["the provider ended with bored: finish_reason says stop"])
    }
  })

  test("when members are missing, or of another type than is documented", async () => {
    const { id, usage, model, ...bare } = claude([{ type: "text", text: "Hi", citations: null }])
    const odd = { ...bare, id: 7, usage: { input_tokens: "1" }, stop_details: 7, container: [], service_tier: {} }
    for (const answer of [bare, odd]) {
      const exercised = await read("anthropic", answer)
      expect(completionIn(exercised)).toMatchObject({ id: expect.stringMatching(/^chatcmpl-/), usage: null })
      expect(messageIn(exercised)).toMatchObject({ content: "Hi" })
    }
  })

  test("when a call of a tool has no name, with its text", async () => {
    const call = { type: "tool_use", id: "t", name: null, input: {} }
    const exercised = await read("anthropic", claude([{ type: "text", text: "Hi" }, call]))
    expect(messageIn(exercised)).toMatchObject({ content: "Hi", tool_calls: [{ id: "t", function: { name: "" } }] })
  })

  test("when it is a long text with very many places, each where it is in UTF-16", async () => {
    const text = "\u00e9\u{1f600}x".repeat(100_000)
    const groundingSupports = Array.from({ length: 20_000 }, (_, at) => ({
      ...{ segment: { startIndex: 700_000 - 7 * at, endIndex: 700_000 - 1 }, groundingChunkIndices: [0] },
    }))
    const groundingChunks = [{ web: { uri: "https://a.example", title: "a" } }]
    const answer = gemini([{ text }], { groundingMetadata: { groundingSupports, groundingChunks } })
    const exercised = await doQuickly(() => read("gemini", answer))
    const { annotations } = messageIn(exercised) as { annotations: { url_citation: Fields }[] }
    expect(annotations).toHaveLength(20_000)
    for (const at of [0, 1, 585, 586, 19_999]) {
      const end_index = Buffer.from(text)
        .subarray(0, 700_000 - 1)
        .toString().length
      expect(annotations[at]?.url_citation).toMatchObject({ start_index: 400_000 - 4 * at, end_index })
    }
  })

  test("when tools that the provider runs itself are in it, without them", async () => {
    const search = [
      { type: "server_tool_use", id: "s", name: "web_search", input: { query: "x" } },
      { type: "web_search_tool_result", tool_use_id: "s", content: [] },
      { type: "text", text: "Hi" },
    ]
    const exercised = await read("anthropic", claude(search), { web_search_options: {} })
    expect(messageIn(exercised)).toEqual({ role: "assistant", content: "Hi", refusal: null })
    expect(exercised.warnings).toEqual([])
  })
})

describe("the arguments of a call are the text that the model wrote", () => {
  const input = '{"a":[9007199254740993,1E400,-0,1.10],"b":"9007199254740993","c":"1.10","source":"1.10"}'
  const cases: [PlayerName, Fields][] = [
    ["anthropic", claude([{ type: "tool_use", id: "t", name: "f", input: "INPUT" }], { stop_reason: "tool_use" })],
    ["gemini", gemini([{ functionCall: { name: "f", args: "INPUT" } }])],
    ["bedrock", converse([{ toolUse: { toolUseId: "t", name: "f", input: "INPUT" } }], { stopReason: "tool_use" })],
  ]
  test.each(cases)("at %s, and go back as they were", async (name, answer) => {
    const body = JSON.stringify(answer).replace('"INPUT"', input)
    const first = await exercise(players[name], hello, { answer: () => new Response(body) })
    const message = messageIn(first) as { tool_calls: { id: string; function: { arguments: string } }[] }
    expect(message.tool_calls[0]?.function.arguments).toBe(input)
    const result = { role: "tool", tool_call_id: message.tool_calls[0]?.id, content: "x" }
    const tools = [{ type: "function", function: { name: "f", parameters: { type: "object" } } }]
    const second = await exercise(players[name], { messages: [...hello.messages, message, result], tools })
    expect(second.received[0]?.body).toContain(input)
  })
})
