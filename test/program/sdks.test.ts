// The README's fetch for OpenAI's clients, as it stands there, with the clients themselves and the whole program.
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
  experimental_transcribe as transcribe,
} from "ai"
import OpenAI, { APIError, toFile } from "openai"
import { readBlocks, readDocument } from "../documents.ts"
import { launch } from "../harness.ts"
import { configFor, startUpstream } from "../upstream.ts"

/** Beside the packages, which it imports by their names. */
const dist = join(import.meta.dir, "../../dist")
mkdirSync(dist, { recursive: true })
const dir = mkdtempSync(join(dist, "readme-"))
const upstream = startUpstream()
const config = { providers: { mock: { network_config: { max_retries: 0 } }, ...configFor(upstream).providers } }
const gateway = await launch({ config })
afterAll(async () => {
  rmSync(dir, { recursive: true })
  await gateway.dispose()
  await upstream.stop()
})

const [wrapper = "", clients = ""] = readBlocks(readDocument("README.md"), "ts")
const asyncgate = await load("asyncgate.ts", wrapper)

const settings = { baseURL: `${gateway.url}/v1`, apiKey: "none", fetch: asyncgate }
const openai = new OpenAI(settings)
const sdk = createOpenAI(settings)
const langchain = { apiKey: "none", maxRetries: 0, configuration: { baseURL: settings.baseURL, fetch: asyncgate } }

async function load(name: string, code: string): Promise<typeof fetch> {
  writeFileSync(join(dir, name), code)
  return (await import(join(dir, name))).asyncgate
}

const HELLO = "[mock answer by asyncgate, no model was asked] Hello"
const messages: [{ role: "user"; content: string }] = [{ role: "user", content: "Hello" }]
const wave = new Uint8Array(Buffer.from("RIFF\0\0\0\0WAVEfmt "))

test("the wrapper has eight lines between its braces, and the clients of the README work as printed", async () => {
  expect(wrapper.trim().split("\n")).toHaveLength(10)
  const path = join(dir, "clients.ts")
  writeFileSync(path, `${wrapper}\n${clients.replace("http://127.0.0.1:8080", gateway.url)}`)
  const child = Bun.spawn([process.execPath, path], { stdout: "pipe", stderr: "inherit" })
  expect(await new Response(child.stdout).text()).toBe(`${HELLO}\n`.repeat(3))
}, 60_000)

describe("openai", () => {
  test("chats, completes and responds", async () => {
    const chat = await openai.chat.completions.create({ model: "mock/echo", messages })
    expect(chat.choices[0]?.message.content).toBe(HELLO)
    const completion = await openai.completions.create({ model: "mock/echo", prompt: "Hello" })
    expect(completion.choices[0]?.text).toInclude("Hello")
    const response = await openai.responses.create({ model: "mock/echo", input: "Hello" })
    expect(response.output_text).toBe(HELLO)
  })

  test("asks again for a job that takes longer than a request is held", async () => {
    const impatient = await load("impatient.ts", wrapper.replace("wait=60", "wait=1"))
    const body = { model: "mock/echo", messages, mock: { latency_ms: 1200 } }
    const chat = await new OpenAI({ ...settings, fetch: impatient }).chat.completions.create(body)
    expect(chat.choices[0]?.message.content).toBe(HELLO)
  }, 20_000)

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

  test("speaks bytes, and writes a sound down that it sends as a form", async () => {
    const body = { model: "mock/tts", input: "Hello", voice: "alloy", response_format: "wav" } as const
    const speech = await openai.audio.speech.create(body)
    expect(speech.headers.get("content-type")).toBe("audio/wav")
    expect(Buffer.from(await speech.arrayBuffer()).toString("latin1", 0, 4)).toBe("RIFF")
    const file = await toFile(wave, "hello.wav", { type: "audio/wav" })
    const { text } = await openai.audio.transcriptions.create({ model: "mock/whisper", file })
    expect(text).toInclude("mock")
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
    const { error, jobs } = await readFailure(() => openai.chat.completions.create(body))
    if (!(error instanceof APIError)) throw error
    expect(error.status).toBe(500)
    expect(error.message).toInclude("mock")
    expect(jobs).toBe(1)
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

  test("and a request that is refused, a stream for one, is an error in the gateway's words", async () => {
    const streamed = openai.chat.completions.create({ model: "mock/echo", messages, stream: true })
    expect(await streamed.then(String, String)).toInclude("stream is not supported for async chat completions")
  })

  /** The AI SDK has no place for members of a body that it does not know. */
  function withMock(mock: object): typeof fetch {
    const send = (url: string, init: RequestInit) =>
      asyncgate(url, { ...init, body: JSON.stringify({ ...JSON.parse(String(init.body)), mock }) })
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

  test("embeds", async () => {
    const vectors = await new OpenAIEmbeddings({ ...langchain, model: "mock/embed" }).embedDocuments(["a", "b"])
    expect(vectors.map((vector) => typeof vector[0])).toEqual(["number", "number"])
  })
})
