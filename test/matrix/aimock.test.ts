// The providers as somebody else has read their documents: @copilotkit/aimock, a fake that nobody here wrote, takes our requests,
// and what it has made of them is checked, as well as what we make of its answers. It wants the key where a client may put it.
// Of what the rows serve it has no text completions, ocr and image variations (which it answers as removed), no ranking but Cohere's,
// no transcriptions but OpenAI's, no images but OpenAI's and fal's, no embeddings but OpenAI's and Cohere's (of Google's one by one,
// where we send them together), of Bedrock only Converse, Vertex only below /v1 (where we ask /v1beta1), and none of Deepgram,
// Replicate, Runway, Luma and AssemblyAI.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { LLMock } from "@copilotkit/aimock"
import { findJobsPath } from "../../src/endpoints/clienttypes.ts"
import { getEndpoint } from "../../src/endpoints/endpoints.ts"
import { type Gateway, type Job, launch } from "../harness.ts"
import { type Cell, type Fields, readBody } from "./cell.ts"
import { PNG } from "./forms.ts"

const KEY = "test-key"
const MP3 = "SUQzBAAAAAAAI1RTU0UAAAAPAAADTGF2ZjU4"
const IMAGE = { url: "https://v3.fal.media/files/a.png" }

/** Below its address lies what each provider has behind its own. */
const roots: Record<string, string> = {
  ...{
    openai: "",
    azure: "",
    anthropic: "",
    gemini: "",
    bedrock: "",
    cohere: "",
    elevenlabs: "",
    deepseek: "",
    perplexity: "",
  },
  ...{
    groq: "/openai",
    openrouter: "/api",
    "gemini-openai": "",
    "cohere-openai": "",
    zai: "",
    databricks: "",
    fal: "/fal",
  },
}

let aimock: LLMock
let gateway: Gateway

beforeAll(async () => {
  aimock = await LLMock.create({ port: 0, strict: true, auth: { apiKeys: [KEY] } })
  aimock
    .onMessage("Hello", { content: "Hi there!" })
    .on({ userMessage: "Ponder", model: /claude|gemini|deepseek/ }, { content: "42", reasoning: "Let me think." })
    .on(
      { userMessage: "weather", hasToolResult: false },
      { toolCalls: [{ name: "get_weather", arguments: '{"city":"Paris"}' }] },
    )
    .on({ userMessage: "weather", hasToolResult: true }, { content: "It is sunny." })
    .onMessage("Generate a transcript", { content: "Smoke rises." })
    .onMessage("Read this", { audio: { b64Json: "UklGRgAA", contentType: "audio/wav" } })
    .onEmbedding(/./, { embedding: [0.5, -2, 1] })
    .onImage(/./, { image: { b64Json: PNG } })
    .onSpeech(/./, { audio: MP3, format: "mp3" })
    .onElevenLabsTTS(/./, { audio: MP3, format: "mp3" })
    .onTranscription({ transcription: { text: "Smoke rises." } })
    .onRerank(/./, [
      { index: 1, relevance_score: 0.9 },
      { index: 0, relevance_score: 0.1 },
    ])
    .onFalImage(/./, { image: IMAGE })
  const { url } = aimock
  const provider = ([name, root]: [string, string]) => [
    name,
    {
      keys: [{ value: KEY }],
      // It plays fal's hosts by a header, as fal's own proxies do.
      network_config: {
        base_url: url + root,
        ...(name === "fal" ? { extra_headers: { "x-fal-target-host": "queue.fal.run" } } : {}),
      },
      options: { region: "us-west-2" },
    },
  ]
  gateway = await launch({ config: { providers: Object.fromEntries(Object.entries(roots).map(provider)) } })
})

afterAll(async () => {
  await gateway?.dispose()
  await aimock?.stop()
})

interface Played {
  job: Job
  /** What it has made of the request: it reads every form of a chat into OpenAI's. */
  read: Fields[]
}

let plays = 0

async function play(
  requestType: string,
  model: string,
  asked: Cell["asked"],
  over: Record<string, string> = {},
): Promise<Played> {
  const id = `play-${plays++}`
  const { body, headers } = readBody(model, asked)
  const response = await gateway.fetch(`/v1/async${findJobsPath(getEndpoint(requestType))}`, {
    method: "POST",
    headers: { "x-request-id": id, prefer: "wait=60", ...headers, ...over },
    body,
  })
  const job: Job = await response.json()
  const entries = aimock.getRequests().filter(({ headers }) => headers["x-request-id"] === id)
  return { job, read: entries.map(({ body }) => ({ ...body })) }
}

const chats = [
  ...["openai/gpt-5.4", "azure/gpt-5.4", "anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-flash"],
  ...[
    "bedrock/amazon.nova-lite-v1:0",
    "bedrock/eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "cohere/command-a-03-2025",
  ],
  ...[
    "groq/llama-3.3-70b",
    "openrouter/openai/gpt-5.4",
    "gemini-openai/gemini-2.5-flash",
    "cohere-openai/command-a-03-2025",
  ],
  ...["deepseek/deepseek-chat", "zai/glm-5", "databricks/llama", "perplexity/sonar"],
]
/** Forms of their own for what a tool is told and says. */
const forms = chats.slice(2, 7).concat("openai/gpt-5.4", "perplexity/sonar")
const tool = (name: string) => ({
  type: "function",
  function: {
    name,
    description: "Tells it.",
    parameters: { type: "object", properties: { city: { type: "string" } } },
  },
})

describe("a chat is read as it was meant, and answered:", () => {
  test.each(chats)("%s", async (model) => {
    const messages = [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Hello" },
    ]
    const { job, read } = await play("chat_completion", model, {
      messages,
      temperature: 0.5,
      max_completion_tokens: 99,
    })
    expect(job.result?.choices).toMatchObject([
      { message: { role: "assistant", content: "Hi there!" }, finish_reason: "stop" },
    ])
    expect(job.result.usage.total_tokens).toBeNumber()
    expect(read).toHaveLength(1)
    expect(read[0]).toMatchObject({ messages, temperature: 0.5 })
    const { max_tokens, max_completion_tokens, max_output_tokens } = read[0] ?? {}
    expect(max_tokens ?? max_completion_tokens ?? max_output_tokens).toBe(99)
  })
})

describe("a tool is offered, called, and its result handed back:", () => {
  test.each(forms)("%s", async (model) => {
    const messages: Fields[] = [{ role: "user", content: "What is the weather?" }]
    const asked = { tools: [tool("get_weather"), tool("get_time")] }
    const { job, read } = await play("chat_completion", model, { ...asked, messages })
    const [choice] = job.result?.choices ?? []
    expect(choice).toMatchObject({
      finish_reason: "tool_calls",
      message: { tool_calls: [{ type: "function", function: { name: "get_weather", arguments: '{"city":"Paris"}' } }] },
    })
    expect(read[0]?.["tools"]).toMatchObject(["get_weather", "get_time"].map((name) => ({ function: { name } })))
    const { id } = choice.message.tool_calls[0]
    messages.push(choice.message, { role: "tool", tool_call_id: id, content: "sunny, 25 degrees" })
    const second = await play("chat_completion", model, { ...asked, messages })
    expect(second.job.result?.choices).toMatchObject([{ message: { content: "It is sunny." }, finish_reason: "stop" }])
    const [, , result] = (second.read[0]?.["messages"] ?? []) as Fields[]
    expect(result).toMatchObject({ role: "tool", content: expect.stringContaining("sunny, 25 degrees") })
  })
})

test.each([
  "anthropic/claude-sonnet-4-5",
  "gemini/gemini-2.5-flash",
  "bedrock/eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
  "deepseek/deepseek-reasoner",
])("reasoning is returned beside the answer: %s", async (model) => {
  const { job } = await play("chat_completion", model, { messages: [{ role: "user", content: "Ponder" }] })
  expect(job.result?.choices).toMatchObject([{ message: { content: "42", reasoning_content: "Let me think." } }])
})

describe("responses and text completions are answered, by whatever they are asked as:", () => {
  test.each(["openai/gpt-5.4", "azure/gpt-5.4", ...forms.slice(0, 5), "deepseek/deepseek-chat", "perplexity/sonar"])(
    "%s",
    async (model) => {
      const { job, read } = await play("responses", model, { instructions: "Be brief.", input: "Hello" })
      expect(job.result).toMatchObject({ object: "response", status: "completed" })
      expect(job.result.output.at(-1)).toMatchObject({
        type: "message",
        content: [{ type: "output_text", text: "Hi there!" }],
      })
      expect(read[0]?.["messages"]).toEqual([
        { role: "system", content: "Be brief." },
        { role: "user", content: "Hello" },
      ])
    },
  )

  test.each(forms.slice(0, 5))("%s, a text", async (model) => {
    const { job } = await play("text_completion", model, { prompt: "Hello" })
    expect(job.result).toMatchObject({
      object: "text_completion",
      choices: [{ text: "Hi there!", finish_reason: "stop" }],
    })
  })
})

const sound = { fileName: "a.mp3", type: "audio/mpeg", base64: MP3 }
const picture = { fileName: "a.png", type: "image/png", base64: PNG }
const prompt = "A cat"
const vectors = { data: [0, 1].map((index) => ({ object: "embedding", index, embedding: [0.5, -2, 1] })) }

describe("what is no chat is answered:", () => {
  test.each<[requestType: string, model: string, asked: Cell["asked"], result: Fields]>([
    ["embedding", "openai/text-embedding-3-small", { input: ["a", "b"] }, vectors],
    ["embedding", "cohere/embed-v4.0", { input: ["a", "b"] }, vectors],
    ["image_generation", "openai/gpt-image-1", { prompt }, { data: [{ b64_json: PNG }] }],
    ["image_generation", "fal/fal-ai/flux/dev", { prompt }, { data: [IMAGE] }],
    [
      "image_edit",
      "openai/gpt-image-1",
      [
        ["prompt", prompt],
        ["image", picture],
      ],
      { data: [{ b64_json: PNG }] },
    ],
    ["speech", "openai/gpt-4o-mini-tts", { input: "Hello", voice: "alloy" }, { audio: MP3 }],
    ["speech", "groq/playai-tts", { input: "Hello", voice: "alloy" }, { audio: MP3 }],
    ["speech", "elevenlabs/eleven_v3", { input: "Hello" }, { audio: MP3 }],
    ["speech", "gemini/gemini-2.5-flash-preview-tts", { input: "Read this", voice: "Kore" }, { audio: "UklGRgAA" }],
    ["transcription", "openai/whisper-1", [["file", sound]], { text: "Smoke rises." }],
    ["transcription", "gemini/gemini-2.5-flash", [["file", sound]], { text: "Smoke rises." }],
    [
      "rerank",
      "cohere/rerank-v4.0-pro",
      { query: "q", documents: ["a", "b"] },
      { results: [{ index: 1, relevance_score: 0.9 }, { index: 0 }] },
    ],
  ])("%s by %s", async (requestType, model, asked, result) => {
    const { job } = await play(requestType, model, asked)
    expect(job).toMatchObject({ status: "completed", result })
  })
})

test.each([
  ...[
    "openai/gpt-5.4",
    "azure/gpt-5.4",
    "anthropic/claude-sonnet-4-5",
    "gemini/gemini-2.5-flash",
    "bedrock/amazon.nova-lite-v1:0",
  ],
  "cohere/command-a-03-2025",
])("the key is what opens %s: another is refused", async (model) => {
  const messages = [{ role: "user", content: "Hello" }]
  const { job } = await play(
    "chat_completion",
    model,
    { messages },
    { authorization: "Bearer another", "x-bf-direct-key": "true" },
  )
  expect(job).toMatchObject({ status: "failed", error: { type: "upstream_credentials_exhausted" } })
})
