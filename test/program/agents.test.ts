// Agent frameworks with nothing but the gateway as their base URL: a tool is called and told, and the answer has the form that was asked
// for, whichever provider is behind it, in its own form, and on whichever of OpenAI's two wires the framework speaks.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { createOpenAI } from "@ai-sdk/openai"
import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import { tool as langTool } from "@langchain/core/tools"
import { createReactAgent } from "@langchain/langgraph/prebuilt"
import { ChatOpenAI } from "@langchain/openai"
import { jsonSchema, type LanguageModel, Output, ToolLoopAgent, tool } from "ai"
import { launch } from "../harness.ts"
import { candidateEvents, messageEvents } from "../providers/chat/nativeevents.ts"
import { completion, type Received, startUpstream } from "../upstream.ts"
import {
  beginResponse,
  callTool,
  callToolInResponse,
  DONE,
  delta,
  endResponse,
  openAiAt,
  opening,
  streamOf,
} from "./events.ts"

setDefaultTimeout(240_000)

const upstream = startUpstream()
const at = (path: string) => ({
  keys: [{ name: "k", value: "k", models: ["*"] }],
  network_config: { base_url: `${upstream.url}${path}`, max_retries: 0 },
})
const gateway = await launch({
  config: {
    providers: {
      up: openAiAt(upstream.url, { max_retries: 0 }),
      // It has chat completions alone, so that its responses are translated while they come.
      ...{ cerebras: at(""), anthropic: at("/v1"), gemini: at("/v1beta") },
    },
  },
})
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
})

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the wire says
type Any = any

const baseURL = `${gateway.url}/v1`
const parameters = {
  type: "object" as const,
  properties: { city: { type: "string" as const } },
  required: ["city"],
  additionalProperties: false,
}
const description = "The weather of a city"
const input = { city: "Paris" }
const PARIS = JSON.stringify(input)
const SIGNATURE = "c2lnbmF0dXJl"

/** What a framework made of a conversation of two turns. */
interface Told {
  text: string
  /** The structured output at its end. */
  place: unknown
  /** With what the tool was called. */
  asked: unknown[]
}

interface Framework {
  run(model: string, isResponse: boolean): Promise<Told>
  stream(model: string, isResponse: boolean): Promise<Told>
}

/** Without `store: false` it sends references to items of earlier answers in place of the items. */
const storesNothing = { openai: { store: false } }

const openai = createOpenAI({ baseURL, apiKey: "none" })
const compatible = createOpenAICompatible({ name: "gateway", baseURL, supportsStructuredOutputs: true })

function makeLoopAgent(model: LanguageModel, providerOptions = storesNothing) {
  const asked: unknown[] = []
  const execute = async (args: unknown) => {
    asked.push(args)
    return "sunny"
  }
  const agent = new ToolLoopAgent({
    model,
    tools: { weather: tool({ description, inputSchema: jsonSchema<typeof input>(parameters), execute }) },
    output: Output.object({ schema: jsonSchema<typeof input>(parameters) }),
    maxRetries: 0,
    providerOptions,
  })
  return { agent, asked }
}

const aiSdk = (pick: (model: string, isResponse: boolean) => LanguageModel): Framework => ({
  async run(model, isResponse) {
    const { agent, asked } = makeLoopAgent(pick(model, isResponse))
    const { text, output } = await agent.generate({ prompt: "Hello" })
    return { text, place: output, asked }
  },
  async stream(model, isResponse) {
    const { agent, asked } = makeLoopAgent(pick(model, isResponse))
    const { fullStream, output } = await agent.stream({ prompt: "Hello" })
    Promise.resolve(output).catch(() => {})
    let text = ""
    for await (const part of fullStream) {
      if (part.type === "error") throw part.error
      if (part.type === "text-delta") text += part.text
    }
    return { text, place: await output, asked }
  },
})

function makeGraph(model: string, isResponse: boolean) {
  const asked: unknown[] = []
  const weather = langTool((args: unknown) => asked.push(args) && "sunny", {
    name: "weather",
    description,
    schema: parameters,
  })
  const configuration = { baseURL }
  const llm = new ChatOpenAI({ model, apiKey: "none", maxRetries: 0, useResponsesApi: isResponse, configuration })
  const responseFormat = { title: "place", ...parameters }
  return { agent: createReactAgent({ llm, tools: [weather], responseFormat }), asked }
}

const messages = { messages: [{ role: "user", content: "Hello" }] }

const langGraph: Framework = {
  async run(model, isResponse) {
    const { agent, asked } = makeGraph(model, isResponse)
    const state: Any = await agent.invoke(messages)
    return { text: state.messages.at(-1).text, place: state.structuredResponse, asked }
  },
  async stream(model, isResponse) {
    const { agent, asked } = makeGraph(model, isResponse)
    let text = ""
    let place: unknown
    for await (const [mode, data] of (await agent.stream(messages, { streamMode: ["messages", "values"] })) as Any) {
      if (mode === "values") place = data.structuredResponse
      else if (data[1].langgraph_node === "agent") text += data[0].text
    }
    return { text, place, asked }
  },
}

/** A provider's answer in its own form, plain and as the pieces of a stream: a call of the tool, or a text. */
interface Form {
  path: RegExp
  call(): { plain: Response; pieces: (string | Uint8Array)[] }
  say(text: string): { plain: Response; pieces: (string | Uint8Array)[] }
}

const usageMetadata = { promptTokenCount: 1, candidatesTokenCount: 2, totalTokenCount: 3 }
const candidates = (part: object) => {
  const answer = { candidates: [{ content: { role: "model", parts: [part] }, finishReason: "STOP" }], usageMetadata }
  return { plain: Response.json(answer), pieces: candidateEvents(answer) }
}
const message = (stop_reason: string, block: object) => {
  const content = [block]
  const answer = {
    ...{ id: "msg_1", type: "message", role: "assistant", model: "m", content, stop_reason, stop_sequence: null },
    usage: { input_tokens: 1, output_tokens: 2 },
  }
  return { plain: Response.json(answer), pieces: messageEvents(answer) }
}
const response = (pieces: string[]) => {
  const last = JSON.parse((pieces.at(-1) as string).split("data: ")[1] as string)
  return { plain: Response.json(last.response), pieces }
}
const called = { id: "call_1", type: "function", function: { name: "weather", arguments: PARIS } }
const choice = {
  index: 0,
  message: { role: "assistant", content: null, tool_calls: [called] },
  finish_reason: "tool_calls",
}

const forms: Form[] = [
  {
    path: /\/chat\/completions$/,
    call: () => ({ plain: completion("", { choices: [choice] }), pieces: callTool("weather", PARIS) }),
    say: (text) => ({
      plain: completion(text),
      pieces: [opening, ...cut(text).map((content) => delta({ content })), delta({}, "stop"), DONE],
    }),
  },
  {
    path: /\/responses$/,
    call: () => response(callToolInResponse("weather", PARIS)),
    say(text) {
      const [first = "", second = ""] = cut(text)
      return response([...beginResponse(first), ...endResponse(second, text)])
    },
  },
  {
    path: /\/messages$/,
    call: () => message("tool_use", { type: "tool_use", id: "call_1", name: "weather", input }),
    say: (text) => message("end_turn", { type: "text", text }),
  },
  {
    path: /:(streamG|g)enerateContent$/,
    call: () => candidates({ functionCall: { name: "weather", args: input }, thoughtSignature: SIGNATURE }),
    say: (text) => candidates({ text }),
  },
]

function cut(text: string): string[] {
  return [text.slice(0, 3), text.slice(3)]
}

/** How the requests tell what they want of the provider. */
const isStreamed = ({ path, body }: Received) => path.includes(":stream") || JSON.parse(body).stream === true
const isTold = ({ body }: Received) => /"role":"tool"|function_call_output|"tool_result"|functionResponse/.test(body)
const wantsPlace = ({ body }: Received) => /json_schema|responseSchema|responseJsonSchema/.test(body)

/** Frameworks put a message in the place of another with its id, so the answers have ids of their own. */
async function renamed(plain: Response, turn: number): Promise<Response> {
  return new Response(rename(await plain.text(), turn), { headers: plain.headers })
}

function rename<Piece>(piece: Piece, turn: number): Piece {
  if (typeof piece !== "string") return piece
  return piece.replace(/(id":"(?:c|chatcmpl-1|msg_1|resp_1|fc_1))"/g, `$1_${turn}"`) as Piece
}

/** Asks for the weather, and answers when it has been told. @param next what it does instead then */
function tellWeather(next?: (request: Received, form: Form) => Response): void {
  upstream.answer((request, index) => {
    const form = forms.find(({ path }) => path.test(request.path)) as Form
    if (isTold(request) && next) return next(request, form)
    const { plain, pieces } = isTold(request) ? form.say(wantsPlace(request) ? PARIS : "Hello") : form.call()
    return isStreamed(request)
      ? streamOf(...pieces.map((piece) => rename(piece as string, index)))
      : renamed(plain, index)
  })
}

const COMPATIBLE = "ToolLoopAgent of @ai-sdk/openai-compatible"
const frameworks: [string, Framework][] = [
  ["ToolLoopAgent of @ai-sdk/openai", aiSdk((model, isResponse) => openai[isResponse ? "responses" : "chat"](model))],
  [COMPATIBLE, aiSdk((model) => compatible(model))],
  ["LangGraph's agent", langGraph],
]
const models = ["up/m", "cerebras/m", "anthropic/claude-sonnet-4-5", "gemini/gemini-3-pro-preview"]
const rows = frameworks.flatMap(([name, framework]) =>
  models.flatMap((model) => [
    { name, framework, model, wire: "chat completions", isResponse: false },
    ...(name === COMPATIBLE ? [] : [{ name, framework, model, wire: "responses", isResponse: true }]),
  ]),
)

describe.each(rows)("$name at $model by $wire", ({ name, framework, model, isResponse }) => {
  const ways: ["run" | "stream"][] = [["run"], ["stream"]]

  test.each(ways)("calls its tool once and ends in the form that was asked for (%s)", async (way) => {
    tellWeather()
    const from = upstream.received.length
    const { text, place, asked } = await framework[way](model, isResponse)
    expect({ place, asked }).toEqual({ place: input, asked: [input] })
    expect(["Hello", PARIS]).toContain(text)
    const second = JSON.parse(upstream.received[from + 1]?.body ?? "")
    expect(JSON.stringify(second)).toContain("sunny")
    // The call goes back to the provider with the id that it has there.
    if (!model.startsWith("gemini")) expect(JSON.stringify(second).match(/"call_1"/g)).toHaveLength(2)
    // Most clients of chat completions drop the signature, which then is Google's placeholder.
    else {
      const keepsIt = isResponse || name === COMPATIBLE
      expect(JSON.stringify(second)).toContain(keepsIt ? SIGNATURE : "skip_thought_signature_validator")
    }
  })

  test.each(ways)("ends with the provider's error of the second turn, which is asked for once (%s)", async (way) => {
    tellWeather(() => Response.json({ error: { message: "no", type: "t" } }, { status: 503 }))
    const from = upstream.received.length
    const raised: Any = await framework[way](model, isResponse).catch((reason) => reason)
    expect([raised.status ?? raised.statusCode, String(raised.message)]).toEqual([503, expect.stringContaining("no")])
    expect(upstream.received.length - from).toBe(2)
  })

  test("raises where the stream of the second turn breaks off, and never ends as if it were whole", async () => {
    tellWeather((_, form) => {
      const { pieces } = form.say("Hello, and much more that is never said")
      return streamOf(...(pieces.slice(0, -3) as string[]))
    })
    const raised: Any = await framework.stream(model, isResponse).then(
      (told) => told,
      (reason) => reason,
    )
    expect(JSON.stringify([raised, String(raised.message), raised.code, raised.error])).toContain("broke off")
  })
})

// docs/streaming.md says so.
test("the AI SDK is told to send the items themselves to a provider that keeps none", async () => {
  tellWeather()
  const { agent } = makeLoopAgent(openai.responses("gemini/gemini-3-pro-preview"), {} as Any)
  const raised: Any = await agent.generate({ prompt: "Hello" }).catch((reason) => reason)
  expect([raised.statusCode, raised.message]).toEqual([
    400,
    expect.stringMatching(/send the item itself.*store: false/),
  ])
})
