// The clients that people use, with nothing but the gateway as their base URL, and a provider on loopback that says what it was sent:
// tools, structured output, files, vectors, errors, retries, aborts and time-outs. Python's client is not among them, because the
// machines that run these tests have no Python.
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { createOpenAI } from "@ai-sdk/openai"
import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai"
import {
  APICallError,
  embedMany,
  generateText,
  jsonSchema,
  type LanguageModel,
  Output,
  stepCountIs,
  streamText,
  tool,
} from "ai"
import OpenAI from "openai"
import OpenAI6 from "openai-6"
import { launch, start } from "../harness.ts"
import { closed, completion, type Received, startUpstream } from "../upstream.ts"
import {
  beginResponse,
  callTool,
  callToolInResponse,
  delta,
  endResponse,
  openAiAt,
  opening,
  streamOf,
  streams,
  whole,
} from "./events.ts"

setDefaultTimeout(240_000)

const upstream = startUpstream()
const key = { name: "k", value: "k", models: ["*"] }
const config = {
  providers: {
    up: openAiAt(upstream.url, { max_retries: 0 }),
    // It has chat completions alone, so that its responses are translated while they come.
    cerebras: { keys: [key], network_config: { base_url: upstream.url, max_retries: 0 } },
  },
}
const gateway = await launch({ config })
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
})

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the wire says
type Any = any

const settings = { baseURL: `${gateway.url}/v1`, apiKey: "none" }
const model = "up/m"
const messages: [{ role: "user"; content: string }] = [{ role: "user", content: "Hello" }]
const parameters = {
  type: "object" as const,
  properties: { city: { type: "string" as const } },
  required: ["city"],
  additionalProperties: false,
}
const weather = { name: "weather", description: "The weather of a city", parameters }
const PARIS = '{"city":"Paris"}'

const readSent = ({ body }: Received): Any => JSON.parse(body)
const lastSent = () => readSent(upstream.received.at(-1) as Received)

/** A provider that asks for the weather, and says Hello when it has been told. */
function tellWeather(request: Received): Response {
  const { stream, messages = [], input = [] } = readSent(request)
  const isTold = [...messages, ...(Array.isArray(input) ? input : [])].some(
    ({ role, type }: Any) => role === "tool" || type === "function_call_output",
  )
  if (request.path.endsWith("/responses")) {
    return streamOf(...(isTold ? [...beginResponse(), ...endResponse()] : callToolInResponse("weather", PARIS)))
  }
  if (stream) return streamOf(...(isTold ? whole : callTool("weather", PARIS)))
  const call = { id: "call_1", type: "function", function: { name: "weather", arguments: PARIS } }
  const asked = {
    index: 0,
    message: { role: "assistant", content: null, tool_calls: [call] },
    finish_reason: "tool_calls",
  }
  return isTold ? completion("Hello") : completion("", { choices: [asked] })
}

/** A call of the provider that is never answered, and what it is aborted with. @param reads what the client has read when it is out */
async function expectAborted(call: () => Promise<unknown>, abort: () => void, reads?: Promise<void>): Promise<unknown> {
  const index = upstream.received.length
  const ended = call().then(
    () => null,
    (error: unknown) => error,
  )
  const received = await upstream.request(index)
  await reads
  abort()
  await closed(received)
  return await ended
}

/** A fetch that cuts short the wait that a client makes before it repeats a request. @param statuses gets those of all answers */
function hurry(statuses: number[]): typeof fetch {
  const send = async (url: string, init: RequestInit) => {
    const response = await fetch(url, init)
    statuses.push(response.status)
    const headers = new Headers(response.headers)
    headers.set("retry-after-ms", "1")
    return new Response(response.body, { status: response.status, headers })
  }
  return send as typeof fetch
}

const hang = () => new Promise<Response>(() => {})

describe.each([
  ["7", OpenAI],
  ["6", OpenAI6 as unknown as typeof OpenAI],
])("openai %s", (_, Client) => {
  const client = new Client(settings)

  test("is answered and streamed, and each answer names its request", async () => {
    upstream.answer(() => completion("Hello"))
    const answer = await client.chat.completions.create({ model, messages })
    expect(answer.choices[0]?.message.content).toBe("Hello")
    expect(answer._request_id).toBeTruthy()
    upstream.answer(streams(...whole))
    const { data, request_id } = await client.chat.completions.create({ model, messages, stream: true }).withResponse()
    const pieces = await Array.fromAsync(data)
    expect(pieces.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("Hello")
    expect(request_id).toBeTruthy()
    upstream.answer(streams(...beginResponse(), ...endResponse()))
    expect((await client.responses.stream({ model, input: "Hello" }).finalResponse()).output_text).toBe("Hello")
  })

  test("runs tools to their end, streamed and not, and the provider is sent them as they were given", async () => {
    upstream.answer(tellWeather)
    const asked: unknown[] = []
    const run = { ...weather, parse: JSON.parse, function: (args: object) => asked.push(args) && "sunny" }
    const body = { model, messages, tools: [{ type: "function", function: run }] } as Any
    expect(await client.chat.completions.runTools(body).finalContent()).toBe("Hello")
    expect(await client.chat.completions.runTools({ ...body, stream: true }).finalContent()).toBe("Hello")
    expect(asked).toEqual([{ city: "Paris" }, { city: "Paris" }])
    const { tools, messages: sent } = lastSent()
    expect(tools[0].function).toMatchObject(weather)
    expect(sent.map(({ role }: Any) => role)).toEqual(["user", "assistant", "tool"])
    expect(sent[1].tool_calls).toMatchObject([{ id: "call_1", function: { arguments: PARIS } }])
    expect(sent[2]).toMatchObject({ tool_call_id: "call_1", content: "sunny" })
  })

  test.each([model, "cerebras/m"])("streams responses of %s with a tool from its call to the answer", async (model) => {
    upstream.answer(tellWeather)
    const tools = [{ type: "function" as const, ...weather, strict: true }]
    const input = [{ role: "user" as const, content: "Hello" }]
    const { output } = await client.responses.stream({ model, input, tools }).finalResponse()
    expect(output).toMatchObject([{ type: "function_call", name: "weather", arguments: PARIS, call_id: "call_1" }])
    const told = { type: "function_call_output" as const, call_id: "call_1", output: "sunny" }
    const next = { model, input: [...input, ...(output as Any), told], tools }
    expect((await client.responses.stream(next).finalResponse()).output_text).toBe("Hello")
  })

  test("gets structured output, parsed", async () => {
    const format = {
      type: "json_schema" as const,
      json_schema: { name: "place", schema: parameters, strict: true },
    }
    upstream.answer((request) =>
      readSent(request).stream ? streamOf(opening, delta({ content: PARIS }), delta({}, "stop")) : completion(PARIS),
    )
    const body = { model, messages, response_format: format }
    const plain = await client.chat.completions.parse(body)
    expect(plain.choices[0]?.message.content).toBe(PARIS)
    expect(lastSent().response_format).toEqual(format)
    expect(await client.chat.completions.stream(body).finalContent()).toBe(PARIS)
    expect(lastSent().response_format).toEqual(format)
  })

  test("asks for vectors in base64 by itself, and so does the provider see it", async () => {
    const base64 = Buffer.from(new Float32Array([0.5, -2]).buffer).toString("base64")
    upstream.answer(() =>
      Response.json({ object: "list", data: [{ object: "embedding", index: 0, embedding: base64 }] }),
    )
    const { data } = await client.embeddings.create({ model, input: "Hello" })
    expect([...(data[0]?.embedding ?? [])]).toEqual([0.5, -2])
    expect(lastSent().encoding_format).toBe("base64")
  })

  test("uploads a file, and the provider gets its bytes", async () => {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, at) => at % 251))
    const file = new File([bytes], "hello.wav", { type: "audio/wav" })
    let got: Any
    const taker = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      async fetch(request) {
        got = await request.formData()
        return Response.json({ text: "Hello" })
      },
    })
    const own = await start({ config: { providers: { up: openAiAt(`http://127.0.0.1:${taker.port}`) } } })
    const there = new Client({ ...settings, baseURL: `${own.url}/v1` })
    expect((await there.audio.transcriptions.create({ model, file, language: "en" })).text).toBe("Hello")
    const sent = got.get("file") as File
    expect([sent.name, Buffer.from(await sent.arrayBuffer()).equals(bytes)]).toEqual(["hello.wav", true])
    expect([got.get("model"), got.get("language")]).toEqual(["m", "en"])
    await taker.stop(true)
  })

  test.each([
    [400, "BadRequestError"],
    [404, "NotFoundError"],
    [409, "ConflictError"],
    [422, "UnprocessableEntityError"],
    [500, "InternalServerError"],
    [503, "InternalServerError"],
  ])("raises the class of a provider's %d, once, with what it said", async (status, name) => {
    const error = { message: "no", type: "t", code: "c", param: "p" }
    upstream.answer(() => Response.json({ error }, { status }))
    for (const stream of [false, true]) {
      const from = upstream.received.length
      const raised = (await client.chat.completions
        .create({ model, messages, stream })
        .catch((reason) => reason)) as Any
      expect([raised.constructor.name, raised.status]).toEqual([name, status])
      expect(raised).toMatchObject({ type: "t", code: "c", param: "p", error })
      expect(raised.requestID).toBeTruthy()
      expect(raised.headers.get("x-should-retry")).toBe("false")
      expect(upstream.received.length - from).toBe(1)
    }
  })

  test.each([401, 403])(
    "raises a provider's %d as the gateway's own trouble, because the key is not the client's",
    async (status) => {
      upstream.answer(() => Response.json({ error: { message: "bad key" } }, { status }))
      const raised = (await client.chat.completions.create({ model, messages }).catch((reason) => reason)) as Any
      expect(raised).toMatchObject({ status: 502, code: "upstream_credentials_exhausted" })
    },
  )

  test("raises the class of each refusal of the gateway's own, and asks once", async () => {
    const keys = [
      { id: "off", name: "off", value: "sk-bf-inactive", is_active: false },
      { id: "spent", name: "spent", value: "sk-bf-spent-up", budgets: { day: { tokens: 1 } } },
    ]
    const strict = { ...config, client: { enforce_auth_on_inference: true }, governance: { virtual_keys: keys } }
    const own = await start({ config: strict })
    const statuses: number[] = []
    const fail = async (apiKey: string, members: object = {}) => {
      const there = new Client({ baseURL: `${own.url}/v1`, apiKey, fetch: hurry(statuses) })
      const body = { model, messages, ...members }
      const error = (await there.chat.completions.create(body).catch((reason) => reason)) as Any
      return [error.constructor.name, error.code, error.param, typeof error.requestID]
    }
    expect(await fail("none")).toEqual(["AuthenticationError", "virtual_key_required", null, "string"])
    expect(await fail("sk-bf-inactive")).toEqual(["PermissionDeniedError", "virtual_key_blocked", null, "string"])
    const spent = "sk-bf-spent-up"
    expect(await fail(spent, { model: "nobody/m" })).toEqual(["BadRequestError", "unknown_provider", "model", "string"])
    expect(await fail(spent, { messages: [] })).toEqual(["BadRequestError", "invalid_request", "messages", "string"])
    upstream.answer(() => completion("Hello"))
    await new Client({ baseURL: `${own.url}/v1`, apiKey: spent }).chat.completions.create({ model, messages })
    expect(await fail(spent)).toEqual(["APIError", "budget_exceeded", null, "string"])
    expect(statuses).toEqual([401, 403, 400, 400, 402])
  })

  test("leaves at the provider when it is aborted or its time is up, before the first byte and in the middle", async () => {
    for (const stream of [false, true]) {
      upstream.answer(hang)
      const controller = new AbortController()
      const aborted = await expectAborted(
        () => client.chat.completions.create({ model, messages, stream }, { signal: controller.signal }),
        () => controller.abort(),
      )
      expect((aborted as Error).constructor.name).toBe("APIUserAbortError")
      const late = await expectAborted(
        () => client.chat.completions.create({ model, messages, stream }, { timeout: 1000, maxRetries: 0 }),
        () => {},
      )
      expect((late as Error).constructor.name).toBe("APIConnectionTimeoutError")
    }
    upstream.answer(streams(opening, delta({ content: "Hel" }), null))
    const begun = Promise.withResolvers<void>()
    const stream = client.chat.completions.stream({ model, messages })
    stream.on("content", () => begun.resolve())
    await expectAborted(
      () => stream.finalContent(),
      () => stream.abort(),
      begun.promise,
    )
    upstream.answer(streams(opening, delta({ content: "Hel" }), null))
    // A loop that is left closes its stream.
    const index = upstream.received.length
    for await (const _ of await client.chat.completions.create({ model, messages, stream: true })) break
    await closed(await upstream.request(index))
  })

  test("repeats by itself what the gateway refuses for now, and not a job that has failed", async () => {
    const keys = [{ id: "a", name: "a", value: "sk-bf-aaaaaaaa", requests_per_minute: 1 }]
    const own = await start({ config: { ...config, governance: { virtual_keys: keys } } })
    const asked: number[] = []
    const hasty = new Client({ baseURL: `${own.url}/v1`, apiKey: "sk-bf-aaaaaaaa", fetch: hurry(asked) })
    upstream.answer(() => completion("Hello"))
    await hasty.chat.completions.create({ model, messages })
    const refused = (await hasty.chat.completions.create({ model, messages }).catch((reason) => reason)) as Any
    expect([refused.constructor.name, refused.code]).toEqual(["RateLimitError", "rate_limited"])
    expect(asked).toEqual([200, 429, 429, 429])
  })

  test("repeats what a gateway that stops refuses, and not a call that it has let go of", async () => {
    const own = await start({ config: { ...config, client: { shutdown_grace_in_seconds: 1 } } })
    upstream.answer(hang)
    const index = upstream.received.length
    const asked: number[] = []
    const there = new Client({ baseURL: `${own.url}/v1`, apiKey: "none", fetch: hurry(asked) })
    const call = there.chat.completions.create({ model, messages }).catch((reason) => reason)
    await upstream.request(index)
    own.process.kill("SIGTERM")
    await own.logged("a second signal stops at once")
    const refused = (await there.chat.completions.create({ model, messages }).catch((reason) => reason)) as Any
    expect([refused.status, refused.code]).toEqual([503, "shutting_down"])
    expect(asked).toEqual([503, 503, 503])
    const released = (await call) as Any
    expect([released.status, released.code]).toEqual([503, "shutting_down"])
    expect(released.message).toMatch(/goes on with it at its next start/)
    expect(asked).toEqual([503, 503, 503, 503])
    expect(await own.exit()).toBe(0)
  })
})

describe.each<[string, LanguageModel]>([
  ["@ai-sdk/openai, chat", createOpenAI(settings).chat(model)],
  ["@ai-sdk/openai, responses", createOpenAI(settings).responses(model)],
  ["@ai-sdk/openai, the responses of a provider that has none", createOpenAI(settings).responses("cerebras/m")],
  [
    "@ai-sdk/openai-compatible",
    createOpenAICompatible({ name: "up", ...settings, supportsStructuredOutputs: true })(model),
  ],
])("the AI SDK with %s", (name, languageModel) => {
  const isResponses = name.endsWith("responses")
  const hello = () => streamOf(...(isResponses ? [...beginResponse(), ...endResponse()] : whole))
  const half = () =>
    streamOf(...(isResponses ? [...beginResponse(), null] : [opening, delta({ content: "Hel" }), null]))
  const call = { model: languageModel, prompt: "Hello", maxRetries: 0 }

  test("runs an agent's tools to their end, streamed", async () => {
    upstream.answer(tellWeather)
    const asked: unknown[] = []
    const tools = {
      weather: tool({
        description: weather.description,
        inputSchema: jsonSchema<{ city: string }>(parameters),
        execute: async (args) => asked.push(args) && "sunny",
      }),
    }
    const { textStream, finishReason, steps } = streamText({ ...call, tools, stopWhen: stepCountIs(3) })
    expect((await Array.fromAsync(textStream)).join("")).toBe("Hello")
    expect([await finishReason, (await steps).length]).toEqual(["stop", 2])
    expect(asked).toEqual([{ city: "Paris" }])
  })

  test("gets structured output, streamed piece by piece", async () => {
    const pieces = ['{"city":', '"Paris"}']
    const chat = [opening, ...pieces.map((content) => delta({ content })), delta({}, "stop")]
    const response = [...beginResponse(pieces[0]), ...endResponse(pieces[1], PARIS)]
    upstream.answer(streams(...(isResponses ? response : chat)))
    const output = Output.object({ schema: jsonSchema<{ city: string }>(parameters) })
    const result = streamText({ ...call, output })
    expect((await Array.fromAsync(result.partialOutputStream)).at(-1)).toEqual({ city: "Paris" })
    const sent = lastSent()
    expect((sent.text?.format ?? sent.response_format).type).toBe("json_schema")
  })

  test.each([400, 404, 409, 422, 500, 503])(
    "raises a provider's %d once, and says whether it would repeat it",
    async (status) => {
      upstream.answer(() => Response.json({ error: { message: "no", type: "t", code: "c" } }, { status }))
      const error = await generateText(call).catch((reason: unknown) => reason)
      if (!APICallError.isInstance(error)) throw error
      expect([error.statusCode, error.message]).toEqual([status, "no"])
      expect(error.responseHeaders?.["x-request-id"]).toBeTruthy()
    },
  )

  test("leaves at the provider when it is aborted or its time is up, before the first byte and in the middle", async () => {
    for (const answer of [hang, half]) {
      upstream.answer(answer)
      const controller = new AbortController()
      const begun = Promise.withResolvers<void>()
      if (answer === hang) begun.resolve()
      await expectAborted(
        async () => {
          const { fullStream } = streamText({ ...call, abortSignal: controller.signal, onError: () => {} })
          for await (const part of fullStream) if (part.type === "text-delta") begun.resolve()
        },
        () => controller.abort(),
        begun.promise,
      )
    }
    upstream.answer(hang)
    const late = await expectAborted(
      () => generateText({ ...call, timeout: 1000 }),
      () => {},
    )
    expect((late as Error).name).toBe("TimeoutError")
    upstream.answer(hello)
    expect((await Array.fromAsync(streamText(call).textStream)).join("")).toBe("Hello")
  })
})

// docs/streaming.md says so.
test("the AI SDK repeats a job that has failed, unless it is told not to", async () => {
  upstream.answer(() => Response.json({ error: { message: "no" } }, { status: 500 }))
  const index = upstream.received.length
  const provider = createOpenAI({ ...settings, fetch: hurry([]) })
  await generateText({ model: provider.chat(model), prompt: "Hello", maxRetries: 1 }).catch(() => {})
  expect(upstream.received.length - index).toBe(2)
})

test("the AI SDK embeds with @ai-sdk/openai-compatible", async () => {
  upstream.answer(() =>
    Response.json({ object: "list", data: [0, 1].map((index) => ({ index, embedding: [index, 0.5] })) }),
  )
  const embedding = createOpenAICompatible({ name: "up", ...settings }).embeddingModel(model)
  const { embeddings } = await embedMany({ model: embedding, values: ["a", "b"], maxRetries: 0 })
  expect(embeddings).toEqual([
    [0, 0.5],
    [1, 0.5],
  ])
})

describe("LangChain", () => {
  const langchain = { apiKey: "none", maxRetries: 0, model, configuration: { baseURL: settings.baseURL } }
  const chat = new ChatOpenAI(langchain)

  test("calls tools, streamed and not", async () => {
    upstream.answer(tellWeather)
    const bound = chat.bindTools([{ type: "function", function: weather }])
    expect((await bound.invoke("Hello")).tool_calls).toMatchObject([{ name: "weather", args: { city: "Paris" } }])
    const [first, ...rest] = await Array.fromAsync(await bound.stream("Hello"))
    const all = rest.reduce((sum, chunk) => sum.concat(chunk), first as NonNullable<typeof first>)
    expect(all.tool_calls).toMatchObject([{ name: "weather", args: { city: "Paris" }, id: "call_1" }])
  })

  test("gets structured output, parsed", async () => {
    upstream.answer(() => completion(PARIS))
    const place = chat.withStructuredOutput({ title: "place", ...parameters }, { method: "jsonSchema" })
    expect(await place.invoke("Hello")).toEqual({ city: "Paris" })
    expect(lastSent().response_format.type).toBe("json_schema")
  })

  test("embeds", async () => {
    upstream.answer(() => Response.json({ object: "list", data: [{ index: 0, embedding: [0.5, -2] }] }))
    expect(await new OpenAIEmbeddings(langchain).embedQuery("Hello")).toEqual([0.5, -2])
  })

  test("raises a provider's error with its status", async () => {
    upstream.answer(() => Response.json({ error: { message: "no", code: "c" } }, { status: 500 }))
    const error = (await chat.invoke("Hello").catch((reason) => reason)) as Any
    expect([error.status, error.code]).toEqual([500, "c"])
  })

  // docs/streaming.md says so.
  test("repeats a job that has failed, unless it is told not to", async () => {
    const index = upstream.received.length
    upstream.answer(() => Response.json({ error: { message: "no", code: "c" } }, { status: 500 }))
    await new ChatOpenAI({ ...langchain, maxRetries: 1 }).invoke("Hello").catch(() => {})
    expect(upstream.received.length - index).toBe(2)
  })

  test("leaves at the provider when it is aborted or its time is up, before the first byte and in the middle", async () => {
    upstream.answer(hang)
    const controller = new AbortController()
    await expectAborted(
      () => chat.invoke("Hello", { signal: controller.signal }),
      () => controller.abort(),
    )
    await expectAborted(
      () => new ChatOpenAI({ ...langchain, timeout: 1000 }).invoke("Hello"),
      () => {},
    )
    upstream.answer(streams(opening, delta({ content: "Hel" }), null))
    const begun = Promise.withResolvers<void>()
    const other = new AbortController()
    await expectAborted(
      async () => {
        for await (const { content } of await chat.stream("Hello", { signal: other.signal }))
          if (content) begun.resolve()
      },
      () => other.abort(),
      begun.promise,
    )
  })
})
