import { describe, expect, test } from "bun:test"
import { findTarget } from "../../../src/providers/chat/family.ts"
import { findAddress } from "../../../src/providers/chat/packages.ts"
import { bodyIn, exercise, type Fields, type PlayerName, playerNames, players } from "./exercise.ts"

const user = (content: unknown) => ({ messages: [{ role: "user", content }] })
const tool = (name: string) => ({
  type: "function",
  function: { name, parameters: { type: "object", properties: {} } },
})

/** What goes out for a request; what comes of the answer does not matter. */
async function sent(name: PlayerName, request: Fields, model = players[name].model): Promise<Fields> {
  return bodyIn(await exercise({ ...players[name], model }, request))
}

describe("what is supported besides OpenAI's own parameters:", () => {
  test("marks of a cache wherever clients write them", async () => {
    const mark = { cache_control: { type: "ephemeral", ttl: "1h" } }
    const called = { id: "c1", type: "function", function: { name: "a", arguments: "{}" } }
    const request = {
      ...mark,
      messages: [
        { role: "system", content: "Long.", ...mark },
        { role: "user", content: "Hi", ...mark },
        { role: "assistant", tool_calls: [{ ...called, ...mark }] },
        { role: "tool", tool_call_id: "c1", content: [{ type: "text", text: "seen", ...mark }] },
      ],
      tools: [tool("a"), { ...tool("b"), ...mark }, tool("c")],
    }
    const { cache_control: _, ...unmarked } = request
    expect(await sent("anthropic", { ...unmarked, messages: request.messages.slice(1) })).toMatchObject({
      tools: [{ name: "a" }, { name: "b", ...mark }, { name: "c" }],
      messages: [
        { content: [{ text: "Hi", ...mark }] },
        { content: [{ type: "tool_use", ...mark }] },
        { content: [{ type: "tool_result", ...mark }] },
      ],
    })
    expect(await sent("anthropic", { ...request, tools: [tool("a")] })).toMatchObject({ ...mark, system: [mark] })
    expect(await sent("vertex-claude", request)).not.toHaveProperty("cache_control")
    const cachePoint = { type: "default", ttl: "1h" }
    expect(await sent("bedrock", unmarked)).toMatchObject({
      system: [{ text: "Long." }, { cachePoint }],
      messages: [
        { content: [{ text: "Hi" }, { cachePoint }] },
        { content: [{ toolUse: {} }, { cachePoint }] },
        { content: [{ toolResult: {} }, { cachePoint }] },
      ],
      toolConfig: { tools: [{ toolSpec: { name: "a" } }, { toolSpec: { name: "b" } }, { cachePoint }, {}] },
    })
  })

  test("marks of a cache, to the providers that know them", async () => {
    const mark = { cache_control: { type: "ephemeral" } }
    const request = {
      messages: [
        { role: "system", content: [{ type: "text", text: "Long.", ...mark }] },
        {
          role: "user",
          content: [
            { type: "text", text: "Hi", ...mark },
            { type: "text", text: "there" },
          ],
        },
      ],
    }
    expect(await sent("anthropic", request)).toMatchObject({
      system: [{ type: "text", text: "Long.", ...mark }],
      messages: [{ content: [{ text: "Hi", ...mark }, { text: "there" }] }],
    })
    const point = { cachePoint: { type: "default" } }
    expect(await sent("bedrock", request)).toMatchObject({
      system: [{ text: "Long." }, point],
      messages: [{ content: [{ text: "Hi" }, point, { text: "there" }] }],
    })
  })

  test("a budget of reasoning in tokens, in either of the usual forms", async () => {
    for (const thinking of [
      { thinking: { type: "enabled", budget_tokens: 2000 } },
      { reasoning: { max_tokens: 2000 } },
    ]) {
      const request = { ...user("Hi"), ...thinking }
      expect(await sent("anthropic", request)).toMatchObject({ thinking: { type: "enabled", budget_tokens: 2000 } })
      expect(await sent("bedrock", request)).toMatchObject({
        additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 2000 } },
      })
      expect(await sent("vertex-gemini", request)).toMatchObject({
        generationConfig: { thinkingConfig: { thinkingBudget: 2000, includeThoughts: true } },
      })
    }
  })

  test("that there shall be no reasoning", async () => {
    for (const none of [
      { reasoning_effort: "none" },
      { thinking: { type: "disabled" } },
      { reasoning: { effort: "none" } },
    ]) {
      const request = { ...user("Hi"), ...none }
      expect(await sent("anthropic", request)).toMatchObject({ thinking: { type: "disabled" } })
      expect(await sent("bedrock", request)).toMatchObject({
        additionalModelRequestFields: { thinking: { type: "disabled" } },
      })
      const config = (await sent("gemini", request, "gemini-2.5-flash"))["generationConfig"]
      expect(config).toEqual({ thinkingConfig: { thinkingBudget: 0 } })
    }
  })

  test("top_k, and notes to Bedrock", async () => {
    const request = { ...user("Hi"), top_k: 40, metadata: { team: "a" } }
    expect(await sent("anthropic", request)).toMatchObject({ top_k: 40 })
    expect(await sent("gemini", request)).toMatchObject({ generationConfig: { topK: 40 } })
    expect(await sent("bedrock", request)).toMatchObject({
      inferenceConfig: { topK: 40 },
      requestMetadata: { team: "a" },
    })
  })

  test("only the tools that are allowed", async () => {
    const allowed = { mode: "required", tools: [{ type: "function", function: { name: "b" } }] }
    const request = {
      ...user("Hi"),
      tools: [tool("a"), tool("b")],
      tool_choice: { type: "allowed_tools", allowed_tools: allowed },
    }
    expect(await sent("anthropic", request)).toMatchObject({ tools: [{ name: "b" }], tool_choice: { type: "any" } })
    expect(await sent("bedrock", request)).toMatchObject({
      toolConfig: { tools: [{ toolSpec: { name: "b" } }], toolChoice: { any: {} } },
    })
  })

  test("no format of a text where a tool must be called instead", async () => {
    const schema = { type: "object", properties: {}, additionalProperties: false }
    const format = { type: "json_schema", json_schema: { name: "a", schema } }
    const request = { ...user("Hi"), tools: [tool("a")], tool_choice: "required", response_format: format }
    for (const name of playerNames) {
      const { received, outcome, warnings } = await exercise(players[name], request)
      const body = received[0]?.body ?? ""
      expect([name, outcome.kind, warnings]).toEqual([name, "unreadable", []])
      expect(body).not.toMatch(/"name":"json"|output_config|responseJsonSchema/)
    }
  })
})

describe("what stands in a message:", () => {
  const file = (data: string, filename?: string) => user([{ type: "file", file: { file_data: data, filename } }])

  test("a text as a file, in base64 or in a URL's own writing", async () => {
    for (const data of ["data:text/plain;base64,SGkgdGhlcmU=", "data:text/plain,Hi%20there", "data:,Hi%20there"]) {
      expect(await sent("anthropic", file(data, "a.txt"))).toMatchObject({
        messages: [{ content: [{ type: "document", source: { type: "text", data: "Hi there" }, title: "a.txt" }] }],
      })
    }
  })

  test("a file whose kind only its name or its first bytes tell", async () => {
    const office = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    expect(await sent("gemini", file("UEsDBA==", "a.DOCX"))).toMatchObject({
      contents: [{ parts: [{ inlineData: { mimeType: office, data: "UEsDBA==" } }] }],
    })
    expect(await sent("bedrock", file("JVBERi0="))).toMatchObject({
      messages: [{ content: [{ document: { format: "pdf", source: { bytes: "JVBERi0=" } } }] }],
    })
  })

  test("what a model said of its tools in words that are no JSON", async () => {
    const call = { id: "c1", type: "function", function: { name: "a", arguments: "{broken" } }
    const messages = [
      ...user("Hi").messages,
      { role: "assistant", tool_calls: [call] },
      { role: "tool", tool_call_id: "c1", content: "" },
    ]
    expect(await sent("anthropic", { messages, tools: [tool("a")] })).toMatchObject({
      messages: [{}, { content: [{ type: "tool_use", input: { rawInvalidInput: "{broken" } }] }, {}],
    })
  })

  test("a picture among the results of a tool", async () => {
    const url = "data:image/png;base64,iVBORw0="
    const content = [
      { type: "text", text: "one" },
      { type: "text", text: "two" },
      { type: "image_url", image_url: { url } },
    ]
    const call = { id: "c1", type: "function", function: { name: "a", arguments: "" } }
    const messages = [
      ...user("Hi").messages,
      { role: "assistant", tool_calls: [call] },
      { role: "tool", tool_call_id: "c1", content },
    ]
    expect(await sent("anthropic", { messages, tools: [tool("a")] })).toMatchObject({
      messages: [
        {},
        {},
        { content: [{ content: [{ text: "one\ntwo" }, { type: "image", source: { data: "iVBORw0=" } }] }] },
      ],
    })
  })
})

describe("an address", () => {
  const base = "https://{location}-aiplatform.googleapis.com"
  const gemini = findTarget("vertex", "gemini-2.5-pro")
  const of = (location: string) => findAddress(gemini, base, { location, project: "p" }, null)

  test("of Vertex is its location's", () => {
    const path = (location: string) => `v1beta1/projects/p/locations/${location}/publishers/google`
    expect(of("us-central1")).toEqual({
      base: `https://us-central1-aiplatform.googleapis.com/${path("us-central1")}`,
      region: "",
    })
    expect(of("global")).toEqual({ base: `https://aiplatform.googleapis.com/${path("global")}`, region: "" })
    expect(of("eu")).toEqual({ base: `https://aiplatform.eu.rep.googleapis.com/${path("eu")}`, region: "" })
    expect(findAddress(findTarget("vertex", "claude-opus-4-1@20250805"), base, { location: "us" }, "mine")).toEqual({
      base: "https://aiplatform.us.rep.googleapis.com/v1/projects/mine/locations/us/publishers/anthropic/models",
      region: "",
    })
  })

  test("of Bedrock is its region's, or says which", () => {
    const bedrock = findTarget("bedrock", "amazon.nova-pro-v1:0")
    const regional = "https://bedrock-runtime.{region}.amazonaws.com"
    const aws = (baseUrl: string, region?: string) =>
      findAddress(bedrock, baseUrl, region === undefined ? {} : { region }, null)
    expect(aws(regional, "eu-west-1")).toEqual({
      base: "https://bedrock-runtime.eu-west-1.amazonaws.com",
      region: "eu-west-1",
    })
    expect(aws(regional, "cn-north-1")).toMatchObject({ base: "https://bedrock-runtime.cn-north-1.amazonaws.com.cn" })
    expect(aws("https://bedrock-runtime.us-west-2.amazonaws.com")).toMatchObject({ region: "us-west-2" })
  })

  test("that an operator gives may end as those of most providers do", () => {
    const of = (name: PlayerName, url: string) =>
      findAddress(findTarget(players[name].family, players[name].model), `${url}/v1`, players[name].options, null)
    expect(of("anthropic", "http://proxy")).toMatchObject({ base: "http://proxy/v1" })
    expect(of("gemini", "http://proxy")).toMatchObject({ base: "http://proxy/v1beta" })
    expect(of("bedrock", "http://proxy")).toMatchObject({ base: "http://proxy" })
    expect(of("vertex-claude", "http://proxy")).toMatchObject({
      base: expect.stringMatching(/^http:\/\/proxy\/v1\/projects\//),
    })
  })

  test("never leads to another host by a place", () => {
    for (const location of ["evil.example/", "a.b", "@evil", ""]) expect(of(location)).toHaveProperty("message")
    expect(findAddress(gemini, base, { project: "../../x" }, null)).toHaveProperty("message")
  })
})
