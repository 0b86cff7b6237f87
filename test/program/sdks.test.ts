// OpenAI's clients, the AI SDK and LangChain with nothing but the gateway as their base URL, against the whole program.
import { afterAll, describe, expect, test } from "bun:test"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createOpenAI } from "@ai-sdk/openai"
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai"
import {
  APICallError,
  embed,
  generateImage,
  experimental_generateSpeech as generateSpeech,
  generateText,
  streamText,
  experimental_transcribe as transcribe,
} from "ai"
import OpenAI, { APIError, toFile } from "openai"
import OpenAI6 from "openai-6"
import { catchError } from "../catcherror.ts"
import { readBlocks, readDocument } from "../documents.ts"
import { launch } from "../harness.ts"
import { configFor, startUpstream } from "../upstream.ts"

const upstream = startUpstream()
const config = {
  providers: {
    mock: { network_config: { max_retries: 0 } },
    // It has chat completions only.
    cerebras: { keys: [{ value: "sk-1" }], network_config: { base_url: upstream.url } },
    ...configFor(upstream).providers,
  },
}
const gateway = await launch({ config })
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
})

const settings = { baseURL: `${gateway.url}/v1`, apiKey: "none" }
const openai = new OpenAI(settings)
const openai6 = new OpenAI6(settings)
const sdk = createOpenAI(settings)
const langchain = { apiKey: "none", maxRetries: 0, configuration: { baseURL: settings.baseURL } }

const HELLO = "[mock answer by asyncgate, no model was asked] Hello"
const messages: [{ role: "user"; content: string }] = [{ role: "user", content: "Hello" }]
const wave = new Uint8Array(Buffer.from("RIFF\0\0\0\0WAVEfmt "))

test("the clients of the README work as printed", async () => {
  // Beside the packages, which it imports by their names.
  const dist = join(import.meta.dir, "../../dist")
  mkdirSync(dist, { recursive: true })
  const dir = mkdtempSync(join(dist, "readme-"))
  for (const [at, block] of readBlocks(readDocument("README.md"), "ts").entries()) {
    const path = join(dir, `clients${at}.ts`)
    writeFileSync(path, block.replaceAll("http://localhost:8080", gateway.url))
    const child = Bun.spawn([process.execPath, path], { stdout: "pipe", stderr: "inherit" })
    expect((await new Response(child.stdout).text()).replaceAll("\n", "")).toMatch(/^(\[mock answer [^\]]*\] Hello)+$/)
  }
  rmSync(dir, { recursive: true })
}, 240_000)

describe("openai", () => {
  test("chats, completes and responds", async () => {
    const chat = await openai.chat.completions.create({ model: "mock/echo", messages })
    expect(chat.choices[0]?.message.content).toBe(HELLO)
    const completion = await openai.completions.create({ model: "mock/echo", prompt: "Hello" })
    expect(completion.choices[0]?.text).toInclude("Hello")
    const response = await openai.responses.create({ model: "mock/echo", input: "Hello" })
    expect(response.output_text).toBe(HELLO)
  })

  test.each([
    ["7", openai],
    ["6", openai6],
  ])("counts tokens in version %s, as a job like any other that costs nothing", async (_, client) => {
    const asked = { model: "mock/echo", input: "one two three", instructions: "Be brief" }
    const { data, response } = await client.responses.inputTokens.count(asked).withResponse()
    expect(data).toMatchObject({ object: "response.input_tokens", input_tokens: 5 })
    const job = await (await gateway.fetch(`/v1/async/jobs/${response.headers.get("x-job-id")}`)).json()
    expect(job).toMatchObject({ request_type: "count_tokens", status: "completed", cost_usd: 0, usage: null })
    for (const prefix of ["/openai/v1", "/litellm", "/langchain/v1"])
      expect(
        await new OpenAI({ ...settings, baseURL: gateway.url + prefix }).responses.inputTokens.count(asked),
      ).toMatchObject({ input_tokens: 5 })
  })

  test("counts where its provider counts, and hears clearly where it does not", async () => {
    upstream.answer(() => Response.json({ object: "response.input_tokens", input_tokens: 11 }))
    const tools = [{ type: "function" as const, name: "f", parameters: {}, strict: true }]
    const asked = { model: "up/m", input: "Hello", tools }
    expect(await openai.responses.inputTokens.count(asked)).toMatchObject({ input_tokens: 11 })
    const { path, body } = upstream.received.at(-1) ?? { path: "", body: "{}" }
    expect(path).toBe("/v1/responses/input_tokens")
    expect(JSON.parse(body)).toEqual({ ...asked, model: "m" })
    const refusal = async (over: object) => await catchError(openai.responses.inputTokens.count({ ...asked, ...over }))
    const message = "count_tokens is not supported by cerebras provider"
    expect(await refusal({ model: "cerebras/m" })).toMatchObject({
      status: 400,
      ...{ code: "unsupported_operation", param: "model", message: expect.stringContaining(message) },
    })
    expect(await refusal({ input: null })).toMatchObject({ status: 400, param: "input" })
    expect(await refusal({ input: 5 })).toMatchObject({ status: 400, param: "input" })
    const error = { message: "no such tool", type: "invalid_request_error", param: "tools", code: null }
    upstream.answer(() => Response.json({ error }, { status: 400 }))
    expect(await refusal({})).toMatchObject({ status: 400, param: "tools" })
  })

  test("streams a chat piece by piece, and its helper puts the pieces together", async () => {
    const pieces: string[] = []
    const body = { model: "mock/echo", messages, stream: true, stream_options: { include_usage: true } } as const
    let usage: unknown
    for await (const chunk of await openai.chat.completions.create(body)) {
      pieces.push(chunk.choices[0]?.delta.content ?? "")
      usage = chunk.usage ?? usage
    }
    expect(pieces.filter(Boolean).length).toBeGreaterThan(5)
    expect(pieces.join("")).toBe(HELLO)
    expect(usage).toMatchObject({ prompt_tokens: 1 })
    expect(await openai.chat.completions.stream({ model: "mock/echo", messages }).finalContent()).toBe(HELLO)
  })

  test("streams a response, and its helper puts the events together", async () => {
    const final = await openai.responses.stream({ model: "mock/echo", input: "Hello" }).finalResponse()
    expect(final.output_text).toBe(HELLO)
    const types: string[] = []
    for await (const { type } of await openai.responses.create({ model: "mock/echo", input: "Hello", stream: true }))
      types.push(type)
    expect(types.slice(0, 2)).toEqual(["response.created", "response.in_progress"])
    expect(types.at(-1)).toBe("response.completed")
    expect(types.filter((type) => type === "response.output_text.delta").length).toBeGreaterThan(5)
  })

  test("streams a completion", async () => {
    let text = ""
    for await (const { choices } of await openai.completions.create({
      model: "mock/echo",
      prompt: "Hello",
      stream: true,
    }))
      text += choices[0]?.text ?? ""
    expect(text).toBe(HELLO)
  })

  test("gets the whole result by the id of the job after a stream", async () => {
    const { data, response } = await openai.chat.completions
      .create({ model: "mock/echo", messages, stream: true })
      .withResponse()
    for await (const _ of data);
    const job = await gateway.fetch(`/v1/async/jobs/${response.headers.get("x-job-id")}`)
    expect(await job.json()).toMatchObject({
      status: "completed",
      result: { choices: [{ message: { content: HELLO } }] },
    })
  })

  test("embeds, as floats whether it asks for base64 or not", async () => {
    const { data } = await openai.embeddings.create({ model: "mock/embed", input: ["Hello", "there"] })
    expect(data.map(({ embedding }) => typeof embedding[0])).toEqual(["number", "number"])
    const plain = await openai.embeddings.create({ model: "mock/embed", input: "Hello", encoding_format: "float" })
    expect(plain.data[0]?.embedding[0]).toBeCloseTo(data[0]?.embedding[0] ?? 0, 5)
  })

  // It decodes whatever comes as base64: https://github.com/ollama/ollama/issues/6934
  test("embeds at a server that does not heed the format", async () => {
    const vectors = (embedding: unknown) => () => Response.json({ object: "list", data: [{ index: 0, embedding }] })
    upstream.answer(vectors([0.5, -2]))
    const asked = await openai.embeddings.create({ model: "up/m", input: "Hello" })
    expect([...(asked.data[0]?.embedding ?? [])]).toEqual([0.5, -2])
    upstream.answer(vectors("AAAAPwAAAMA="))
    const plain = await openai.embeddings.create({ model: "up/m", input: "Hello", encoding_format: "float" })
    expect(plain.data[0]?.embedding).toEqual([0.5, -2])
  })

  test("speaks bytes, and writes a sound down that it sends as a form, as JSON or as text", async () => {
    const body = { model: "mock/tts", input: "Hello", voice: "alloy", response_format: "wav" } as const
    const speech = await openai.audio.speech.create(body)
    expect(speech.headers.get("content-type")).toBe("audio/wav")
    expect(Buffer.from(await speech.arrayBuffer()).toString("latin1", 0, 4)).toBe("RIFF")
    const file = await toFile(wave, "hello.wav", { type: "audio/wav" })
    const { text } = await openai.audio.transcriptions.create({ model: "mock/whisper", file })
    expect(text).toInclude("mock")
    const asText = { model: "mock/whisper", file, response_format: "text" } as const
    expect(await openai.audio.transcriptions.create(asText)).toInclude(text)
  })

  test("makes, edits and varies images", async () => {
    const image = await toFile(wave, "image.png", { type: "image/png" })
    const results = await Promise.all([
      openai.images.generate({ model: "mock/image", prompt: "A lighthouse" }),
      openai.images.edit({ model: "mock/image", prompt: "Make it night", image: [image, image] }),
      openai.images.createVariation({ model: "mock/image", image }),
    ])
    expect(results.map(({ data }) => data?.length)).toEqual([1, 1, 1])
  })

  test("lists the models", async () => {
    const ids = (await openai.models.list()).data.map(({ id }) => id)
    expect(ids).toContain("mock/echo")
  })
})

describe("a job that fails", () => {
  const body = { model: "mock/echo", messages, mock: { status: 500 } }

  /** What a call fails with, and how many jobs it makes. */
  async function readFailure(call: () => Promise<unknown>) {
    const before = gateway.count("jobs")
    const error = await call().then(
      () => null,
      (reason: unknown) => reason,
    )
    return { error, jobs: gateway.count("jobs") - before }
  }

  test("is openai's error with its status, and no second job, though it would retry by itself", async () => {
    for (const stream of [false, true]) {
      const { error, jobs } = await readFailure(() => openai.chat.completions.create({ ...body, stream }))
      if (!(error instanceof APIError)) throw error
      expect(error.status).toBe(500)
      expect(error.message).toInclude("mock")
      expect(error.requestID).toBeTruthy()
      expect(jobs).toBe(1)
    }
  })

  test("is the AI SDK's error with its status, and no second job", async () => {
    const model = createOpenAI({ ...settings, fetch: withMock(body.mock) }).chat("mock/echo")
    const { error, jobs } = await readFailure(() => generateText({ model, prompt: "Hello", maxRetries: 0 }))
    if (!APICallError.isInstance(error)) throw error
    expect(error.statusCode).toBe(500)
    expect(jobs).toBe(1)
  })

  test("is LangChain's error, and no second job", async () => {
    const model = new ChatOpenAI({ ...langchain, model: "mock/echo", modelKwargs: { mock: body.mock } })
    const { error, jobs } = await readFailure(() => model.invoke("Hello"))
    expect(error).toMatchObject({ status: 500 })
    expect(jobs).toBe(1)
  })

  test("and a request that is refused is an error that names the member", async () => {
    const { error } = await readFailure(() => openai.chat.completions.create({ model: "nobody/m", messages }))
    expect(error).toMatchObject({ status: 400, code: "unknown_provider", param: "model" })
  })

  /** The AI SDK has no place for members of a body that it does not know. */
  function withMock(mock: object): typeof fetch {
    const send = (url: string, init: RequestInit) =>
      fetch(url, { ...init, body: JSON.stringify({ ...JSON.parse(String(init.body)), mock }) })
    return send as typeof fetch
  }
})

describe("the AI SDK", () => {
  const maxRetries = 0

  test("chats and responds", async () => {
    for (const model of [sdk.chat("mock/echo"), sdk.responses("mock/echo")]) {
      const { text } = await generateText({ model, prompt: "Hello", maxRetries })
      expect(text).toBe(HELLO)
    }
  })

  test("streams a chat and a response", async () => {
    for (const model of [sdk.chat("mock/echo"), sdk.responses("mock/echo")]) {
      const { textStream, finishReason } = streamText({ model, prompt: "Hello", maxRetries })
      const pieces = await Array.fromAsync(textStream)
      expect(pieces.length).toBeGreaterThan(5)
      expect(pieces.join("")).toBe(HELLO)
      expect(await finishReason).toBe("stop")
    }
  })

  test("embeds", async () => {
    const { embedding } = await embed({ model: sdk.embedding("mock/embed"), value: "Hello", maxRetries })
    expect(embedding.length).toBeGreaterThan(1)
  })

  test("speaks bytes, and writes a sound down that it sends as a form", async () => {
    const model = sdk.speech("mock/tts")
    const { audio } = await generateSpeech({ model, text: "Hello", voice: "alloy", outputFormat: "wav", maxRetries })
    expect(Buffer.from(audio.uint8Array).toString("latin1", 0, 4)).toBe("RIFF")
    const { text } = await transcribe({ model: sdk.transcription("mock/whisper"), audio: wave, maxRetries })
    expect(text).toInclude("mock")
  })

  test("makes images", async () => {
    const { images } = await generateImage({ model: sdk.image("mock/image"), prompt: "A lighthouse", maxRetries })
    expect(images).toHaveLength(1)
  })
})

describe("LangChain", () => {
  test("chats", async () => {
    const { content } = await new ChatOpenAI({ ...langchain, model: "mock/echo" }).invoke("Hello")
    expect(content).toBe(HELLO)
  })

  test("streams a chat", async () => {
    const pieces = await Array.fromAsync(await new ChatOpenAI({ ...langchain, model: "mock/echo" }).stream("Hello"))
    expect(pieces.map(({ content }) => content).join("")).toBe(HELLO)
  })

  test("embeds", async () => {
    const vectors = await new OpenAIEmbeddings({ ...langchain, model: "mock/embed" }).embedDocuments(["a", "b"])
    expect(vectors.map((vector) => typeof vector[0])).toEqual(["number", "number"])
  })
})
