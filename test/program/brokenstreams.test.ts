// What each client makes of each way in which a stream can end before its end: the table of docs/streaming.md, filled in by the clients
// themselves. Python's client is not among them, because the machines that run these tests have no Python.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test"
import { createOpenAI } from "@ai-sdk/openai"
import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import { ChatOpenAI } from "@langchain/openai"
import { APICallError, type LanguageModel, streamText } from "ai"
import OpenAI from "openai"
import OpenAI6 from "openai-6"
import { readDocument, readTable } from "../documents.ts"
import { type Gateway, launch } from "../harness.ts"
import { closed, type Handler, startUpstream } from "../upstream.ts"
import { beginResponse, breakResponse, delta, failResponse, openAiAt, opening, type Piece, streams } from "./events.ts"

setDefaultTimeout(240_000)

const upstream = startUpstream()
const config = {
  client: { shutdown_grace_in_seconds: 0 },
  providers: { up: openAiAt(upstream.url, { max_retries: 0 }) },
}
let gateway: Gateway
beforeAll(async () => {
  gateway = await launch({ config })
})
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
})

/** What a client made of a stream. */
interface End {
  text: string
  /** In the words of the table. */
  what: string
  message: string
}

/** Reads a stream to its end. @param hear is called with each piece of text */
type Read = (url: string, hear: () => void) => Promise<End>

const model = "up/m"
const messages: [{ role: "user"; content: string }] = [{ role: "user", content: "Hello" }]
const settings = (url: string) => ({ baseURL: `${url}/v1`, apiKey: "none" })

/** By the names that they have in the table. */
const clients: Record<string, Read> = {
  "`openai` 7, chat": chatWith(OpenAI),
  "`openai` 7, responses": respondWith(OpenAI),
  "`openai` 6, chat": chatWith(OpenAI6 as unknown as typeof OpenAI),
  "`openai` 6, responses": respondWith(OpenAI6 as unknown as typeof OpenAI),
  "`@ai-sdk/openai`, chat": streamWith((url) => createOpenAI(settings(url)).chat(model)),
  "`@ai-sdk/openai`, responses": streamWith((url) => createOpenAI(settings(url)).responses(model)),
  "`@ai-sdk/openai-compatible`": streamWith((url) => createOpenAICompatible({ name: "up", ...settings(url) })(model)),
  "`@langchain/openai`": (url, hear) => {
    const chat = new ChatOpenAI({ apiKey: "none", maxRetries: 0, model, configuration: settings(url) })
    return gather(hear, async (add) => {
      for await (const { content } of await chat.stream("Hello")) add(String(content))
      return "ends"
    })
  },
}

function chatWith(Client: typeof OpenAI): Read {
  return (url, hear) =>
    gather(hear, async (add) => {
      const client = new Client({ ...settings(url), maxRetries: 0 })
      for await (const chunk of await client.chat.completions.create({ model, messages, stream: true }))
        add(chunk.choices[0]?.delta.content ?? "")
      return "ends"
    })
}

function respondWith(Client: typeof OpenAI): Read {
  return (url, hear) =>
    gather(hear, async (add) => {
      const client = new Client({ ...settings(url), maxRetries: 0 })
      let last = ""
      for await (const event of await client.responses.create({ model, input: "Hello", stream: true })) {
        last = event.type
        if (event.type === "response.output_text.delta") add(event.delta)
      }
      return `yields \`${last}\``
    })
}

function streamWith(find: (url: string) => LanguageModel): Read {
  return (url, hear) =>
    gather(hear, async (add, fail) => {
      const errors: unknown[] = []
      const parts: string[] = []
      const { fullStream } = streamText({ model: find(url), prompt: "Hello", maxRetries: 0, onError: () => {} })
      for await (const part of fullStream) {
        if (part.type === "text-delta") add(part.text)
        if (part.type === "error") errors.push(part.error)
        if (part.type === "finish") parts.push(`finish reason \`${part.finishReason}\``)
      }
      if (errors.length > 0) parts.unshift(`an \`error\` part${describeCall(errors[0])}`)
      if (errors.length > 1) parts.unshift(`${errors.length} times`)
      fail(readMessage(errors[0]))
      return parts.join(", ")
    })
}

function describeCall(error: unknown): string {
  return APICallError.isInstance(error) ? ` with \`APICallError\` and its status ${error.statusCode}` : ""
}

function readMessage(error: unknown): string {
  const { message } = (error ?? {}) as { message?: unknown }
  return String(message ?? "")
}

async function gather(
  hear: () => void,
  read: (add: (piece: string) => void, fail: (message: string) => void) => Promise<string>,
): Promise<End> {
  const end: End = { text: "", what: "", message: "" }
  const add = (piece: string) => {
    end.text += piece
    if (piece !== "") hear()
  }
  try {
    end.what = await read(add, (message) => {
      end.message = message
    })
  } catch (error) {
    const { status } = error as { status?: number }
    const name = (error as Error).constructor.name
    end.what = `raises \`${name}\`${status === undefined ? "" : ` with the status ${status}`}`
    end.message = readMessage(error)
  }
  return end
}

const chatError = `data: ${JSON.stringify({ error: { message: "boom", code: 503 } })}\n\n`
const half = [opening, delta({ content: "Hel" })]

/** The provider's stream, in the form that the client asked for. */
function answer(chat: Piece[], response: Piece[]): Handler {
  return (request, index) => streams(...(request.path.endsWith("/responses") ? response : chat))(request, index)
}

/** The same, which goes on when the client has read what it says first. */
function answerHalf(read: Promise<void>, chat: Piece[], response: Piece[]): Handler {
  return answer([...half, read, ...chat], [...beginResponse(), read, ...response])
}

/** The columns of the table. Each end is what the gateway sends when the provider, or the gateway itself, does so. */
const ways: Record<string, { play: (read: Promise<void>) => Handler; says: RegExp }> = {
  "a failure before the first content": {
    play: () => () => Response.json({ error: { message: "boom", type: "server_error" } }, { status: 503 }),
    says: /boom/,
  },
  "an error after it": {
    play: (read) => answerHalf(read, [chatError], breakResponse("boom")),
    says: /its stream ended with an error: boom/,
  },
}

const table = readTable(readDocument("docs/streaming.md"), "client")
const cell = (client: string, way: string) => table.find((row) => row["client"] === client)?.[way]

test("the table of broken streams has these clients and no others", () => {
  expect(table.map((row) => row["client"])).toEqual(Object.keys(clients))
})

describe.each(Object.entries(clients))("%s", (name, read) => {
  test.each(Object.entries(ways))("does with %s what the table says", async (way, { play, says }) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    upstream.answer(play(promise))
    const { text, what, message } = await read(gateway.url, resolve)
    expect(what).toBe(cell(name, way) ?? "")
    expect(text).toBe(way.includes("before") ? "" : "Hel")
    expect(message).toMatch(says)
  })

  test("does with a connection that breaks at the provider as with an error", async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    upstream.answer(answerHalf(promise, [], []))
    const { text, what, message } = await read(gateway.url, resolve)
    expect(what).toBe(cell(name, "an error after it") ?? "")
    expect(text).toBe("Hel")
    expect(message).toMatch(/its stream broke off before its end/)
  })
})

test.each(Object.entries(clients).filter(([name]) => name.endsWith("responses")))(
  "%s, is told once of a response that tells its own failure",
  async (name, read) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    upstream.answer(answerHalf(promise, [], failResponse("boom")))
    const { text, what, message } = await read(gateway.url, resolve)
    expect(what).toBe(cell(name, "`response.failed`") ?? "")
    expect(text).toBe("Hel")
    if (message !== "") expect(message).toBe("boom")
  },
)

/** Opens a stream with each client and waits until each has read a piece. What they make of the end, by their names. */
async function openAll(url: string) {
  upstream.answer(answer([...half, null], [...beginResponse(), null]))
  const begun: Promise<void>[] = []
  const ends = Object.entries(clients).map(async ([name, read]) => {
    const first = Promise.withResolvers<void>()
    begun.push(first.promise)
    return { name, ...(await read(url, first.resolve)) }
  })
  await Promise.all(begun)
  return () => Promise.all(ends)
}

test("a gateway that is stopped in the middle is an error to each client, as any other after the first content", async () => {
  const own = await launch({ config })
  const readEnds = await openAll(own.url)
  const calls = upstream.received.slice(-Object.keys(clients).length)
  expect(await own.stop("SIGTERM")).toBe(0)
  for (const { name, text, what, message } of await readEnds()) {
    expect([name, what]).toEqual([name, cell(name, "an error after it") ?? ""])
    expect(text).toBe("Hel")
    expect(message).toMatch(/the gateway stops before the job has ended/)
  }
  await Promise.all(calls.map(closed))
  await own.dispose()
})

test("a gateway that is killed in the middle is to each client what the table says, and never an end", async () => {
  const own = await launch({ config })
  const readEnds = await openAll(own.url)
  await own.stop("SIGKILL")
  for (const { name, text, what } of await readEnds()) {
    expect([name, what]).toEqual([name, cell(name, "the gateway is killed") ?? ""])
    expect(text).toBe("Hel")
  }
  await own.dispose()
})
