import { describe, expect, test } from "bun:test"
import { createHash, createHmac } from "node:crypto"
import { converse, nativeChat } from "../../../src/providers/chat/chatadapter.ts"
import type { Received } from "../../upstream.ts"
import {
  bodyIn,
  completionIn,
  contextOf,
  exercise,
  type Fields,
  messageIn,
  type Player,
  type PlayerName,
  playerNames,
  players,
} from "./exercise.ts"

const hello = { messages: [{ role: "user", content: "Hello" }] }
const weather = {
  type: "function",
  function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
}
const asks = { messages: [{ role: "user", content: "Weather in Paris and Rome?" }], tools: [weather] }
const schema = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
}
const bySchema = { ...hello, response_format: { type: "json_schema", json_schema: { name: "city", schema } } }

const claude = (content: unknown[], over: Fields = {}) => ({
  ...{ id: "msg_1", type: "message", role: "assistant", model: "claude", content, stop_reason: "end_turn" },
  usage: { input_tokens: 1, output_tokens: 1 },
  ...over,
})
const gemini = (parts: unknown[], over: Fields = {}) => ({
  candidates: [{ content: { role: "model", parts }, finishReason: "STOP", ...over }],
  usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1 },
})
const bedrock = (content: unknown[], over: Fields = {}) => ({
  output: { message: { role: "assistant", content } },
  stopReason: "end_turn",
  usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
  ...over,
})
/** A short answer of each. */
const said: Record<PlayerName, Fields> = {
  anthropic: claude([{ type: "text", text: "Hi" }]),
  gemini: gemini([{ text: "Hi" }]),
  "vertex-gemini": gemini([{ text: "Hi" }]),
  "vertex-claude": claude([{ type: "text", text: "Hi" }]),
  bedrock: bedrock([{ text: "Hi" }]),
}
const answering = (body: unknown) => () => Response.json(body)

describe("a turn's message, handed back with the results of its tools, is the provider's own again:", () => {
  const claudes = [
    { type: "thinking", thinking: "Two tools.", signature: "EqQBCg==" },
    { type: "redacted_thinking", data: "EmwKAh==" },
    { type: "text", text: "I look." },
    { type: "tool_use", id: "toolu_1", name: "get_weather", input: { city: "Paris" } },
    { type: "tool_use", id: "toolu_2", name: "get_weather", input: { city: "Rome" } },
  ]
  const geminis = [
    { text: "Two tools.", thought: true },
    { text: "I look." },
    { functionCall: { id: "c1", name: "get_weather", args: { city: "Paris" } }, thoughtSignature: "Cp==" },
    { functionCall: { id: "c2", name: "get_weather", args: { city: "Rome" } } },
  ]
  const converses = [
    { reasoningContent: { reasoningText: { text: "Two tools.", signature: "EqQBCg==" } } },
    { reasoningContent: { redactedContent: "EmwKAh==" } },
    { text: "I look." },
    { toolUse: { toolUseId: "tooluse_1", name: "get_weather", input: { city: "Paris" } } },
    { toolUse: { toolUseId: "tooluse_2", name: "get_weather", input: { city: "Rome" } } },
  ]
  const turns: Record<PlayerName, { answer: Fields; sent: (body: Fields) => unknown; parts: unknown[] }> = {
    anthropic: {
      answer: claude(claudes, { stop_reason: "tool_use" }),
      sent: at("messages", 1, "content"),
      parts: claudes,
    },
    "vertex-claude": {
      answer: claude(claudes, { stop_reason: "tool_use" }),
      sent: at("messages", 1, "content"),
      parts: claudes,
    },
    gemini: { answer: gemini(geminis), sent: at("contents", 1, "parts"), parts: geminis },
    "vertex-gemini": {
      answer: gemini(geminis),
      sent: at("contents", 1, "parts"),
      // Vertex knows calls by their order, and takes no ids.
      parts: geminis.map((part) => {
        if (!part.functionCall) return part
        const { id: _, ...functionCall } = part.functionCall
        return { ...part, functionCall }
      }),
    },
    bedrock: {
      answer: bedrock(converses, { stopReason: "tool_use" }),
      sent: at("messages", 1, "content"),
      parts: converses,
    },
  }

  test.each(playerNames)("%s", async (name) => {
    const { answer, sent, parts } = turns[name]
    const message = messageIn(await exercise(players[name], asks, { answer: answering(answer) }))
    const results = (message["tool_calls"] as { id: string }[]).map(({ id }, index) => ({
      role: "tool",
      tool_call_id: id,
      content: `${index}`,
    }))
    // In any order: OpenAI knows them by their ids.
    const messages = [...asks.messages, message, ...results.reverse()]
    const second = await exercise(players[name], { ...asks, messages }, { answer: answering(said[name]) })
    expect(sent(bodyIn(second))).toEqual(parts)
    expect(messageIn(second)).toMatchObject({ content: "Hi" })
    expect(second.warnings).toEqual([])
    // The results stand in one message, in the order of the calls.
    const [, , last, ...rest] = (bodyIn(second)["messages"] ?? bodyIn(second)["contents"]) as Fields[]
    expect(rest).toEqual([])
    expect(JSON.stringify(last)).toMatch(/"0".*"1"/)
  })

  function at(...path: (string | number)[]) {
    return (body: Fields) => path.reduce<unknown>((value, key) => (value as Fields)[key], body)
  }
})

describe("the one request", () => {
  test.each(playerNames)("goes out once, below the address of the settings: %s", async (name) => {
    const { received, outcome } = await exercise(players[name], hello, { answer: answering(said[name]) })
    expect(received).toHaveLength(1)
    expect(outcome).toMatchObject({ kind: "answered", status: 200, used: { input_tokens: 1, output_tokens: 1 } })
  })

  test.each(["../../files", "a/../b", "m?x=1", "m#x", "m%2f..", "m x", "", "./m", "m//n"])(
    "never goes where a model's name leads: %p",
    async (model) => {
      for (const name of playerNames) {
        const { received, outcome } = await exercise({ ...players[name], model }, hello)
        expect(received).toEqual([])
        expect(outcome).toMatchObject({ kind: "refused", status: 400, refusal: { param: "model" } })
      }
    },
  )

  test("goes to an address that an operator writes in his own way", async () => {
    let asked = ""
    const fetch = Object.assign(
      async (url: string) => {
        asked = url
        return Response.json(said.bedrock)
      },
      { preconnect: () => {} },
    ) as unknown as typeof globalThis.fetch
    const provider = {
      name: "p",
      baseUrl: "http://Proxy.Example:80",
      authorization: { header: "authorization", prefix: "Bearer " },
      endpoints: {},
      headers: {},
      prices: {},
      options: { region: "x" },
    }
    const call = {
      requestType: "chat_completion",
      provider: "p",
      model: "amazon.nova-pro-v1:0",
      jobId: "j",
      extras: {},
      isRepeatable: true,
    }
    const sent = { ...call, body: JSON.stringify(hello) }
    const attempt = { call: sent as never, provider: provider as never, key: "key", context: contextOf({ fetch }) }
    const outcome = await converse("bedrock", attempt)
    expect(asked).toBe("http://Proxy.Example:80/model/amazon.nova-pro-v1%3A0/converse")
    expect(outcome).toMatchObject({ kind: "answered" })
  })

  test("is not followed by a second when Gemini would have it continued: the answer says where it ends", async () => {
    const answer = answering(
      gemini([{ text: "Once upon" }], { finishReason: "CONTINUATION", continuationToken: "next" }),
    )
    const exercised = await exercise(players.gemini, hello, { answer })
    expect(exercised.received).toHaveLength(1)
    expect(completionIn(exercised)["choices"]).toMatchObject([
      { message: { content: "Once upon" }, finish_reason: "length" },
    ])
    expect(exercised.warnings).toEqual(["the provider ended with CONTINUATION: finish_reason says length"])
  })

  test("carries the caller's headers and over them the operator's, and joins what is asked of Anthropic's betas", async () => {
    const request = { messages: [{ role: "user", content: [{ type: "file", file: { file_data: "JVBERi0=" } }] }] }
    const { received } = await exercise(players.anthropic, request, {
      answer: answering(said.anthropic),
      headers: { "x-team": "a", "anthropic-beta": "context-1m-2025-08-07", "user-agent": "theirs" },
      extraHeaders: { "X-Team": "b", "x-api-key": "operator" },
    })
    expect(received[0]?.headers).toMatchObject({
      ...{ "x-team": "b", "user-agent": "theirs", "x-api-key": "operator" },
      "anthropic-beta": "pdfs-2024-09-25,context-1m-2025-08-07",
    })
  })

  test("to Bedrock is signed as AWS says, over the body as it goes out", async () => {
    const request = { ...hello, reasoning_effort: "high", max_completion_tokens: 4000 }
    const { received } = await exercise(players.bedrock, request, { answer: answering(said.bedrock) })
    expect(received[0]?.headers["authorization"]).toBe(signatureOf(received[0] as Received))
  })

  test("to Bedrock goes out with an API key as a bearer's", async () => {
    const { received } = await exercise(players.bedrock, hello, { answer: answering(said.bedrock), key: "ABSKQm9 =" })
    expect(received[0]?.headers["authorization"]).toBe("Bearer ABSKQm9 =")
    expect(received[0]?.headers).not.toHaveProperty("x-amz-date")
  })

  test("to Vertex goes out with an API key in Google's header, without a project where none is set", async () => {
    const given = { answer: answering(said.gemini), key: "AIza-key", options: {} }
    const { received } = await exercise(players["vertex-gemini"], hello, given)
    expect(received[0]).toMatchObject({
      path: "/v1beta1/publishers/google/models/gemini-2.5-pro:generateContent",
      headers: { "x-goog-api-key": "AIza-key" },
    })
    expect(received[0]?.headers).not.toHaveProperty("authorization")
  })

  test("to Bedrock does not go out without a region", async () => {
    const { outcome, received } = await exercise(players.bedrock, hello, { options: {} })
    expect(received).toEqual([])
    expect(outcome).toMatchObject({
      kind: "unreached",
      reason: "misconfigured",
      message: expect.stringContaining("AWS_REGION"),
    })
  })

  test("of perform's adapter is the same", async () => {
    const { start } = nativeChat("anthropic")
    const provider = {
      name: "p",
      baseUrl: "http://127.0.0.1:1/v1",
      headers: {},
      authorization: { header: "x-api-key", prefix: "" },
    } as never
    const call = {
      provider: "p",
      model: "claude-sonnet-4-5",
      body: JSON.stringify(hello),
      extras: {},
      isRepeatable: true,
      jobId: "j",
    } as never
    // Nobody listens there: what fetch throws is for perform to read.
    await expect(start({ call, provider, key: "key", context: contextOf() })).rejects.toThrow(
      expect.objectContaining({ code: expect.stringMatching(/REFUSED$/i) }),
    )
  })
})

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function signatureOf({ headers, path, body }: Received): string {
  const [, id = "", secret = ""] = /^([^:]+):([^:]+):/.exec(players.bedrock.key) ?? []
  const signed = /SignedHeaders=([^,]+)/.exec(headers["authorization"] ?? "")?.[1] ?? ""
  const sha = (text: string) => createHash("sha256").update(text).digest("hex")
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest()
  const canonical = [
    ...["POST", path.split("/").map(encodeURIComponent).join("/"), ""],
    ...signed.split(";").map((name) => `${name}:${headers[name]}`),
    ...["", signed, sha(body)],
  ].join("\n")
  const date = headers["x-amz-date"] ?? ""
  const scope = `${date.slice(0, 8)}/eu-west-1/bedrock/aws4_request`
  const key = scope.split("/").reduce<string | Buffer>((made, part) => hmac(made, part), `AWS4${secret}`)
  const signature = hmac(key, ["AWS4-HMAC-SHA256", date, scope, sha(canonical)].join("\n")).toString("hex")
  return `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${signed}, Signature=${signature}`
}

describe("what a package would change in silence", () => {
  const thinking = { reasoning_effort: "high" }

  test.each(["anthropic", "vertex-claude", "bedrock"] as const)(
    "stays the client's limit of tokens: %s",
    async (name) => {
      const exercised = await exercise(
        players[name],
        { ...hello, ...thinking, max_completion_tokens: 5000 },
        { answer: answering(said[name]) },
      )
      const { max_tokens, inferenceConfig, thinking: reasoning, additionalModelRequestFields: more } = bodyIn(exercised)
      expect(max_tokens ?? inferenceConfig).toEqual(name === "bedrock" ? { maxTokens: 5000 } : 5000)
      expect(reasoning ?? (more as Fields)["thinking"]).toEqual({ type: "enabled", budget_tokens: 3000 })
      expect(exercised.warnings).toEqual([])
    },
  )

  test("is warned of when a limit leaves nothing for reasoning", async () => {
    const request = { ...hello, ...thinking, max_completion_tokens: 900 }
    const exercised = await exercise(players.anthropic, request, { answer: answering(said.anthropic) })
    expect(bodyIn(exercised)).toMatchObject({ max_tokens: 900 })
    expect(bodyIn(exercised)).not.toHaveProperty("thinking")
    expect(exercised.warnings).toEqual([
      "reasoning was not requested: it needs more than 1024 tokens, and max_completion_tokens allows 900",
    ])
  })

  test.each(["anthropic", "vertex-claude", "bedrock"] as const)(
    "is warned of when a turn goes on without the thoughts that it began with: %s",
    async (name) => {
      const call = { id: "c", type: "function", function: { name: "get_weather", arguments: "{}" } }
      const begun = { role: "assistant", content: "I look.", tool_calls: [call] }
      const told = { role: "tool", tool_call_id: "c", content: "sunny" }
      const thinking_blocks = [{ type: "thinking", thinking: "A tool.", signature: "c2ln" }]
      const warning = expect.stringMatching(/^reasoning was not requested: .* without its thinking_blocks/)
      const rows: [messages: Fields[], warnings: unknown[]][] = [
        [[begun, told], [warning]],
        // The later steps of a turn may have none of their own.
        [[begun, told, { ...begun, thinking_blocks }, told], [warning]],
        [[{ ...begun, thinking_blocks }, told, begun, told], []],
        // Earlier turns need none.
        [[begun, told, { role: "assistant", content: "Sunny." }, ...asks.messages], []],
      ]
      for (const [more, warnings] of rows) {
        const request = { ...asks, ...thinking, messages: [...asks.messages, ...more] }
        const exercised = await exercise(players[name], request, { answer: answering(said[name]) })
        const { thinking: reasoning, additionalModelRequestFields: others } = bodyIn(exercised)
        expect((reasoning ?? (others as Fields | undefined)?.["thinking"]) === undefined).toBe(warnings.length > 0)
        expect(exercised.warnings).toEqual(warnings as string[])
      }
    },
  )

  test.each(["anthropic", "vertex-claude"] as const)(
    "does not go out where a tool cannot be forced while the model thinks: %s",
    async (name) => {
      for (const tool_choice of ["required", { type: "function", function: { name: "get_weather" } }]) {
        const { received, outcome } = await exercise(players[name], { ...asks, ...thinking, tool_choice })
        expect(received).toEqual([])
        expect(outcome).toMatchObject({
          kind: "refused",
          status: 400,
          isKeyRefused: false,
          refusal: { code: "unsupported_parameter", param: "tool_choice" },
        })
      }
    },
  )

  test("does not go out where a schema cannot be kept to while the model thinks", async () => {
    const { received, outcome } = await exercise(players["vertex-claude"], { ...bySchema, ...thinking })
    expect(received).toEqual([])
    expect(outcome).toMatchObject({ refusal: { code: "unsupported_parameter", param: "response_format" } })
  })

  test("is warned of when a schema is only part of the prompt, or not all of it is kept", async () => {
    const player = { ...players.bedrock, model: "anthropic.claude-sonnet-5-v1:0" }
    const told = await exercise(
      player,
      { ...bySchema, tools: [weather] },
      { answer: answering(bedrock([{ text: "{}" }])) },
    )
    expect(told.warnings).toEqual([
      "response_format: the schema is only a part of the prompt, and the model may not follow it",
    ])
    const limits = { type: "object", properties: { age: { type: "integer", minimum: 1 } }, additionalProperties: false }
    const format = { type: "json_schema", json_schema: { name: "age", schema: limits } }
    const loose = await exercise(
      players.anthropic,
      { ...hello, response_format: format },
      { answer: answering(said.anthropic) },
    )
    expect(loose.warnings).toEqual([
      "response_format: what the provider does not take of the schema was put into its descriptions or left out",
    ])
  })

  test("does not go out where Gemini would drop the tools for a search", async () => {
    const request = { ...asks, web_search_options: {} }
    const { received, outcome } = await exercise(players["vertex-gemini"], request)
    expect(received).toEqual([])
    expect(outcome).toMatchObject({ refusal: { code: "unsupported_parameter", param: "web_search_options" } })
    const newer = await exercise(players.gemini, request, { answer: answering(said.gemini) })
    expect(bodyIn(newer)["tools"]).toEqual([{ googleSearch: {} }, { functionDeclarations: [expect.anything()] }])
  })

  test("a package's own warnings use OpenAI's names", async () => {
    const request = { ...hello, temperature: 1.5, top_p: 0.5 }
    const { warnings } = await exercise(players.anthropic, request, { answer: answering(said.anthropic) })
    expect(warnings).toEqual([
      "temperature: 1.5 exceeds anthropic maximum of 1.0. clamped to 1.0",
      "top_p: topP is not supported when temperature is set. topP is ignored.",
    ])
  })

  test("a request that no part of it can be put into the provider's form does not go out", async () => {
    const url = "data:image/bmp;base64,Qk0="
    const messages = [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }]
    const { received, outcome } = await exercise(players.bedrock, { messages })
    expect(received).toEqual([])
    expect(outcome).toMatchObject({
      kind: "refused",
      refusal: { code: "unsupported_parameter", message: expect.stringContaining("image/bmp") },
    })
  })
})

describe("an answer", () => {
  test("with a picture has it in its message, and takes it back", async () => {
    const parts = [{ inlineData: { mimeType: "image/png", data: "iVBORw0=" }, thoughtSignature: "Cp==" }]
    const answer = answering(gemini(parts))
    const request = { ...hello, modalities: ["text", "image"] }
    const exercised = await exercise({ ...players.gemini, model: "gemini-3-pro-image-preview" }, request, { answer })
    expect(bodyIn(exercised)["generationConfig"]).toEqual({ responseModalities: ["TEXT", "IMAGE"] })
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0=" } }
    const extra_content = { google: { thought_signature: "Cp==" } }
    expect(messageIn(exercised)).toEqual({
      role: "assistant",
      content: null,
      refusal: null,
      images: [{ ...image, extra_content }],
    })
    const messages = [...hello.messages, messageIn(exercised), { role: "user", content: "Larger" }]
    const second = await exercise(players.gemini, { messages }, { answer })
    expect(bodyIn(second)).toMatchObject({ contents: [{}, { role: "model", parts }, {}] })
  })

  test.each([
    [
      "anthropic",
      claude([], { stop_reason: "pause_turn" }),
      "stop",
      ["the provider ended with pause_turn: finish_reason says stop"],
    ],
    ["anthropic", claude([], { stop_reason: "model_context_window_exceeded" }), "length", []],
    ["anthropic", claude([], { stop_reason: "stop_sequence" }), "stop", []],
    ["gemini", gemini([], { finishReason: "SAFETY" }), "content_filter", []],
    ["gemini", gemini([], { finishReason: "LANGUAGE" }), "content_filter", []],
    [
      "gemini",
      gemini([{ text: "Hi" }], { finishReason: "OTHER" }),
      "stop",
      ["the provider ended with OTHER: finish_reason says stop"],
    ],
    ["bedrock", bedrock([], { stopReason: "model_context_window_exceeded" }), "length", []],
    ["bedrock", bedrock([], { stopReason: "content_filtered" }), "content_filter", []],
  ] as [PlayerName, Fields, string, string[]][])(
    "of %s %# ends with a reason of OpenAI's",
    async (name, body, reason, warnings) => {
      const exercised = await exercise(players[name], hello, { answer: answering(body) })
      expect(completionIn(exercised)["choices"]).toMatchObject([{ finish_reason: reason }])
      expect(exercised.warnings).toEqual(warnings)
    },
  )

  test.each([
    ["gemini", gemini([], { finishReason: "MALFORMED_FUNCTION_CALL", finishMessage: "Bad: call()" }), "(Bad: call())"],
    ["gemini", gemini([{ text: "I look." }], { finishReason: "UNEXPECTED_TOOL_CALL" }), "UNEXPECTED_TOOL_CALL"],
    ["vertex-gemini", gemini([], { finishReason: "TOO_MANY_TOOL_CALLS" }), "TOO_MANY_TOOL_CALLS"],
    ["gemini", gemini([], { finishReason: "NO_IMAGE" }), "NO_IMAGE"],
    ["gemini", gemini([{ text: "Hm", thought: true }], { finishReason: "OTHER" }), "OTHER"],
    ["bedrock", bedrock([], { stopReason: "malformed_model_output" }), "malformed_model_output"],
    ["bedrock", bedrock([{ text: "{" }], { stopReason: "malformed_tool_use" }), "malformed_tool_use"],
  ] as [PlayerName, Fields, string][])(
    "of %s %# whose turn failed is told as a failure, kept, and never asked for again",
    async (name, body, words) => {
      const { received, outcome } = await exercise(players[name], hello, { answer: answering(body) })
      expect(received).toHaveLength(1)
      expect(outcome).toMatchObject({ kind: "unreadable", status: 200, body: JSON.stringify(body) })
      const { message } = outcome as { message: string }
      expect(message).toContain("but the model's turn failed with ")
      expect(message).toContain(words)
    },
  )

  test("of several is one as long as one choice is", async () => {
    const [good] = gemini([{ text: "Hi" }]).candidates
    const [bad] = gemini([], { finishReason: "MALFORMED_FUNCTION_CALL" }).candidates
    const answer = answering({ ...gemini([]), candidates: [bad, good] })
    const exercised = await exercise(players.gemini, { ...hello, n: 2 }, { answer })
    expect(completionIn(exercised)["choices"]).toMatchObject([
      { message: { content: "" } },
      { message: { content: "Hi" } },
    ])
    expect(exercised.warnings).toEqual(["the provider ended with MALFORMED_FUNCTION_CALL: finish_reason says stop"])
  })

  test("says the provider's id and limits beside it", async () => {
    const headers = { "request-id": "req_1", "anthropic-ratelimit-requests-remaining": "7" }
    const answer = () => Response.json(said.anthropic, { headers })
    const { outcome } = await exercise(players.anthropic, hello, { answer })
    expect(outcome).toMatchObject({ upstream: { requestId: "req_1", limits: { requests: { remaining: 7 } } } })
  })

  const unread: [string, () => Response][] = [
    ["HTML", () => new Response("<html>sk-ant-1234</html>", { headers: { "content-type": "text/html" } })],
    ["nothing", () => new Response("")],
    ["another form", () => Response.json({ content: [{ type: "text" }], usage: "sk-ant-1234" })],
    ["a part that is not known", () => Response.json(claude([{ type: "hologram" }]))],
  ]
  test("of Gemini that has no candidate and no reason for it is unreadable too", async () => {
    const { outcome } = await exercise(players.gemini, hello, { answer: answering({ usageMetadata: {} }) })
    expect(outcome).toMatchObject({ kind: "unreadable", body: '{"usageMetadata":{}}' })
  })

  test.each(unread)("that is %s is unreadable, and kept", async (_, answer) => {
    const { received, outcome } = await exercise(players.anthropic, hello, { answer })
    if (outcome.kind !== "unreadable") throw new Error(`not unreadable: ${outcome.kind}`)
    expect(received).toHaveLength(1)
    expect(outcome).toMatchObject({ status: 200, body: (await answer().text()).replaceAll("sk-ant-1234", "[key]") })
    expect(outcome.message).toStartWith("p answered 200 (")
    expect(JSON.stringify(outcome)).not.toContain("Hello")
  })
})

describe("a refusal keeps the provider's own words:", () => {
  const google = (code: number, status: string, message: string, details: unknown[] = []) =>
    Response.json({ error: { code, message, status, details } }, { status: code })
  const reason = (name: string) => ({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: name })
  const aws = (status: number, type: string, message: string) =>
    Response.json({ message }, { status, headers: { "x-amzn-errortype": `${type}:http://internal.amazon.com/` } })
  const anthropics = (status: number, type: string, message: string) =>
    Response.json({ type: "error", error: { type, message }, request_id: "req_1" }, { status })
  const refusals: [string, PlayerName, () => Response, Fields][] = [
    [
      "Anthropic's",
      "anthropic",
      () => anthropics(400, "invalid_request_error", "max_tokens: too large"),
      {
        status: 400,
        refusal: { type: "invalid_request_error", code: null, message: "max_tokens: too large", param: null },
      },
    ],
    [
      "a key that is not known",
      "anthropic",
      () => anthropics(401, "authentication_error", "invalid x-api-key"),
      { isKeyRefused: true },
    ],
    ["no money", "anthropic", () => anthropics(402, "billing_error", "no credit"), { isKeyRefused: true }],
    // https://github.com/anthropics/claude-code/issues/66314, https://github.com/anthropics/claude-code/issues/38035
    [
      "a credit that is too low",
      "anthropic",
      () => anthropics(400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
      { status: 400, isKeyRefused: true },
    ],
    [
      "a limit that the owner has set",
      "anthropic",
      () => anthropics(400, "invalid_request_error", "You have reached your specified workspace API usage limits."),
      { status: 400, isKeyRefused: true },
    ],
    // https://github.com/JeffOtano/roni/pull/125
    [
      "credits that are used up",
      "gemini",
      () => google(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."),
      { status: 429, isKeyRefused: true },
    ],
    [
      "a wait with a 403",
      "bedrock",
      () => Response.json({ message: "busy" }, { status: 403, headers: { "retry-after": "3" } }),
      { status: 403, isKeyRefused: false, isPassing: true, retryAfterMs: 3000 },
    ],
    // https://platform.claude.com/docs/en/api/errors
    [
      "overload with status 200",
      "anthropic",
      () => anthropics(200, "overloaded_error", "Overloaded"),
      { status: 529, refusal: { type: "overloaded_error", code: null, message: "Overloaded", param: null } },
    ],
    [
      "overload",
      "anthropic",
      () => anthropics(529, "overloaded_error", "Overloaded"),
      { status: 529, isKeyRefused: false },
    ],
    [
      "Claude's on Vertex",
      "vertex-claude",
      () => anthropics(400, "invalid_request_error", "no"),
      { refusal: { type: "invalid_request_error" } },
    ],
    [
      "Google's around Claude",
      "vertex-claude",
      () => google(429, "RESOURCE_EXHAUSTED", "Quota"),
      { refusal: { type: "RESOURCE_EXHAUSTED" } },
    ],
    [
      "Google's",
      "gemini",
      () => google(400, "INVALID_ARGUMENT", "bad", [{ fieldViolations: [{ field: "contents[0]" }] }]),
      {
        status: 400,
        refusal: { type: "INVALID_ARGUMENT", code: "400", message: "bad", param: "contents[0]" },
        isKeyRefused: false,
      },
    ],
    [
      "a key that Google does not know",
      "gemini",
      () => google(400, "INVALID_ARGUMENT", "API key not valid.", [reason("API_KEY_INVALID")]),
      { status: 400, isKeyRefused: true, refusal: { code: "API_KEY_INVALID" } },
    ],
    [
      "when to come back",
      "vertex-gemini",
      () =>
        google(429, "RESOURCE_EXHAUSTED", "Quota", [
          { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "17s" },
        ]),
      { status: 429, retryAfterMs: 17_000 },
    ],
    [
      "AWS's",
      "bedrock",
      () => aws(429, "ThrottlingException", "Too many tokens"),
      { status: 429, refusal: { type: "ThrottlingException", code: null, message: "Too many tokens", param: null } },
    ],
    [
      "AWS's older form",
      "bedrock",
      () =>
        Response.json(
          { __type: "com.amazon.coral.service#ExpiredTokenException", Message: "expired" },
          { status: 400 },
        ),
      { refusal: { type: "ExpiredTokenException", message: "expired" }, isKeyRefused: true },
    ],
    [
      "a key that AWS does not know",
      "bedrock",
      () => aws(403, "UnrecognizedClientException", "bad"),
      { isKeyRefused: true },
    ],
    [
      "text",
      "gemini",
      () => new Response("upstream down", { status: 503 }),
      { refusal: { message: 'the provider answered 503: "upstream down"' } },
    ],
    [
      "nothing",
      "bedrock",
      () => new Response(null, { status: 500 }),
      { refusal: { message: "the provider answered 500 with an empty body" } },
    ],
    [
      "a redirect, which is not followed",
      "anthropic",
      () => new Response(null, { status: 302, headers: { location: "http://127.0.0.1:1/" } }),
      { kind: "refused", status: 302 },
    ],
  ]
  test.each(refusals)("%s", async (_, name, answer, expected) => {
    const { received, outcome } = await exercise(players[name], hello, { answer })
    expect(received).toHaveLength(1)
    expect(outcome).toMatchObject({ kind: "refused", ...expected } as never)
    expect(JSON.stringify(outcome)).not.toContain("Hello")
  })

  test("but not a key that stands in them", async () => {
    const player: Player = players.bedrock
    for (const secret of player.key?.split(":") ?? []) {
      const { outcome } = await exercise(player, hello, {
        answer: () => aws(400, "ValidationException", `no ${secret}`),
      })
      expect(outcome).toMatchObject({ refusal: { message: "no [key]" } })
    }
  })
})

describe("what fetch throws", () => {
  test("passes through as it is", async () => {
    const fetch = Object.assign(() => Promise.reject(Object.assign(new Error("gone"), { code: "ECONNRESET" })), {
      preconnect: () => {},
    })
    for (const name of playerNames) {
      await expect(exercise(players[name], hello, { fetch })).rejects.toThrow(
        expect.objectContaining({ code: "ECONNRESET" }),
      )
    }
  })

  test("when the call is aborted does so too", async () => {
    const abort = new AbortController()
    const fetch = Object.assign(
      (_: unknown, init?: RequestInit) => {
        abort.abort(new Error("enough"))
        init?.signal?.throwIfAborted()
        throw new Error("not aborted")
      },
      { preconnect: () => {} },
    ) as unknown as typeof globalThis.fetch
    await expect(exercise(players.gemini, hello, { fetch, signal: abort.signal })).rejects.toThrow("enough")
  })
})
