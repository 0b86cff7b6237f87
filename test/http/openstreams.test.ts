// Streams whose silence and whose broken threads no provider can play, and answers whose jobs end late: the HTTP server and the engine on
// one clock that stands still, with a thread that does as it is told, and the real clients in front of them.
import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { connect } from "node:net"
import { createOpenAI } from "@ai-sdk/openai"
import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import { ChatOpenAI } from "@langchain/openai"
import { streamText } from "ai"
import OpenAI, { APIError } from "openai"
import OpenAI6 from "openai-6"
import { createEngine, type Engine } from "../../src/engine/engine.ts"
import { createPool, type Pool } from "../../src/engine/threads/pool.ts"
import { type FromEngine, type ToEngine, type ToWorker, unframeSubmit } from "../../src/engine/threads/protocol.ts"
import { createLog } from "../../src/log.ts"
import { until, watchThread } from "../engine/waiting.ts"
import { createWorld, makeProvider, type World, withoutWebhooks } from "../factory.ts"
import { firstPiece, lastPiece, PAUSES, type Step } from "../fixtures/script.worker.ts"
import { requestText } from "../hostile/socket.ts"
import { openServer, type TestServer, VIRTUAL_KEY } from "./server.ts"

let world: World
let server: TestServer
let engine: Engine
let pool: Pool
/** How many attempts went to threads. */
let attempts: number
/** What the engine is told of the outcomes; a test may hold them back. */
let tell: Engine["finish"]

beforeEach(() => {
  world = createWorld()
  server = openServer(world.reads, world.dir, (message) => hear(message))
  attempts = 0
  const providers = [makeProvider()]
  const log = createLog({ level: "error", style: "json", now: server.clock.now, write: () => {} })
  const post = (message: FromEngine) => {
    world.reads.refresh()
    server.say(message)
  }
  engine = createEngine({
    store: world.store,
    providers,
    ownerCaps: {},
    budgets: {},
    lost: () => null,
    freeBytes: () => Number.MAX_SAFE_INTEGER,
    reserveBytes: 1000,
    ...withoutWebhooks(server.clock, log),
    clock: server.clock,
    random: () => 0.5,
    log,
    post,
    pool: () => pool,
  })
  pool = createPool({
    spawn: () => watchThread(new Worker(new URL("../fixtures/script.worker.ts", import.meta.url)), count),
    size: 1,
    start: { providers, log: { level: "error", style: "json" } },
    clock: server.clock,
    log,
    onEvents: () => {},
    onOutcome: (...outcome) => tell(...outcome),
    admit: engine.admit,
    readPiece: engine.readPiece,
    onReady: engine.wake,
    connect: (port) => post({ kind: "channel", port }),
  })
  tell = engine.finish
  engine.start()
  // Younger threads are replaced only after a while.
  server.clock.advance(1000)
})
afterEach(() => {
  pool.close()
  server.dispose()
  world.dispose()
})

/** As the engine's thread hears the HTTP server. */
function hear(message: ToEngine): void {
  if (typeof message === "string") {
    const { seq, job, reader } = unframeSubmit(message)
    engine.submit(seq, job, reader)
  } else if (message.kind === "watch") engine.watch(message.id)
  else if (message.kind === "cancel") engine.cancel(message.seq, message.id)
  else if (message.kind === "leave") engine.leave(message.seq, message.id)
  else if (message.kind === "cancelSome") engine.cancelSome(message.seq, message.ids, message.only)
}

function count(message: ToWorker): void {
  if (typeof message === "string") attempts++
}

/** What a client calls instead of the network. @param plan what becomes of each attempt */
function fetchWith(...plan: Step[]): typeof fetch {
  const ask = (url: URL | string, init: RequestInit = {}) => {
    const body = JSON.stringify({ ...JSON.parse(String(init.body)), plan })
    return server.ask(new URL(url).pathname, {
      ...init,
      body,
      headers: { "content-type": "application/json", "x-bf-vk": VIRTUAL_KEY },
    })
  }
  return ask as typeof fetch
}

const settings = { baseURL: "http://localhost/v1", apiKey: "none" }
const model = "mock/echo"
const messages: [{ role: "user"; content: string }] = [{ role: "user", content: "Hello" }]

/** Reads a stream to its end with each client: what came, and the message of what it raised. */
const clients: Record<string, (fetch: typeof globalThis.fetch, hearPiece: () => void) => Promise<(string | null)[]>> = {
  "openai 7": (fetch, hearPiece) => readOpenAi(new OpenAI({ ...settings, fetch, maxRetries: 0 }), hearPiece),
  "openai 6": (fetch, hearPiece) =>
    readOpenAi(new OpenAI6({ ...settings, fetch, maxRetries: 0 }) as unknown as OpenAI, hearPiece),
  "@ai-sdk/openai": (fetch, hearPiece) => readAiSdk(createOpenAI({ ...settings, fetch }).chat(model), hearPiece),
  "@ai-sdk/openai-compatible": (fetch, hearPiece) =>
    readAiSdk(createOpenAICompatible({ name: "up", ...settings, fetch })(model), hearPiece),
  LangChain: async (fetch, hearPiece) => {
    const chat = new ChatOpenAI({
      ...{ apiKey: "none", maxRetries: 0, model },
      configuration: { baseURL: settings.baseURL, fetch },
    })
    return await gather(async (add) => {
      for await (const { content } of await chat.stream("Hello")) add(String(content))
    }, hearPiece)
  },
}

function readOpenAi(client: OpenAI, hearPiece: () => void): Promise<(string | null)[]> {
  return gather(async (add) => {
    const stream = await client.chat.completions.create({ model, messages, stream: true })
    for await (const { choices } of stream) add(choices[0]?.delta.content ?? "")
  }, hearPiece)
}

function readAiSdk(
  model: Parameters<typeof streamText>[0]["model"],
  hearPiece: () => void,
): Promise<(string | null)[]> {
  return gather(async (add) => {
    const { fullStream } = streamText({ model, prompt: "Hello", maxRetries: 0, onError: () => {} })
    for await (const part of fullStream) {
      if (part.type === "text-delta") add(part.text)
      if (part.type === "error") throw part.error
    }
  }, hearPiece)
}

async function gather(
  read: (add: (piece: string) => void) => Promise<void>,
  hearPiece: () => void,
): Promise<(string | null)[]> {
  const pieces: string[] = []
  const add = (piece: string) => {
    if (piece === "") return
    pieces.push(piece)
    hearPiece()
  }
  const error = await read(add).then(
    () => null,
    (reason: Error) => reason.message,
  )
  return [pieces.join(""), error]
}

describe.each(Object.entries(clients))("%s", (_, read) => {
  test("reads over the heartbeats of a silent stream", async () => {
    const begun = Promise.withResolvers<void>()
    const reading = read(fetchWith("pause"), begun.resolve)
    await begun.promise
    for (const ms of [10_000, 15_000, 15_000, 15_000]) {
      await silent(ms)
      server.clock.advance(ms)
    }
    const pauses = new BroadcastChannel(PAUSES)
    pauses.postMessage("over")
    expect(await reading).toEqual(["Hello", null])
    pauses.close()
  })

  test("is told when the thread of its stream has died, and no second answer is made for it", async () => {
    const [text, error] = await read(fetchWith("break", "hang"), () => {})
    expect(text).toBe("Hel")
    expect(error).toMatch(/died in the middle of the stream/)
    expect(attempts).toBe(2)
    // The client hears of it although the store may take its time.
    await until(() => world.rows().every(({ state }) => state === "cancelled"))
  })
})

test("a thread that dies before the first content is not noticed", async () => {
  const reading = clients["openai 7"]?.(fetchWith("die", "pause"), () => goOn.postMessage("over"))
  const goOn = new BroadcastChannel(PAUSES)
  expect(await reading).toEqual(["Hello", null])
  goOn.close()
  expect(attempts).toBe(2)
})

/** Resolves when the stream waits for so long for its next piece. */
function silent(ms: number): Promise<void> {
  return until(() => server.clock.nextAt === server.clock.now() + ms)
}

test("a silent stream has a comment after 10 seconds and then every 15, and nothing that a client would take for an event", async () => {
  const response = await fetchWith("pause")(`${settings.baseURL}/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model, messages, stream: true }),
  })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  const read = async () => (await reader?.read())?.value
  expect(await read()).toBe(firstPiece)
  for (const ms of [10_000, 15_000, 15_000]) {
    const next = read()
    await silent(ms)
    server.clock.advance(ms)
    expect(await next).toBe(": heartbeat\n\n")
  }
  const next = read()
  const pauses = new BroadcastChannel(PAUSES)
  pauses.postMessage("over")
  expect(await next).toBe(lastPiece)
  pauses.close()
  expect(await read()).toBe("data: [DONE]\n\n")
})

test("an error of a broken thread is openai's own class, without a status because the response was a 200", async () => {
  const client = new OpenAI({ ...settings, fetch: fetchWith("break", "answer"), maxRetries: 0 })
  const stream = await client.chat.completions.create({ model, messages, stream: true })
  const error = await Array.fromAsync(stream).catch((reason: unknown) => reason)
  if (!(error instanceof APIError)) throw error
  expect([error.status, error.code]).toEqual([undefined, "worker_crashed"])
})

test("a second answer that is there before it can be stopped is never the end of the first", async () => {
  const cancel = server.engine.cancel.bind(server.engine)
  server.engine.cancel = async (id) => {
    await until(() => world.rows()[0]?.state === "succeeded")
    await cancel(id)
  }
  const [text, error] = (await clients["openai 7"]?.(fetchWith("break", "answer"), () => {})) ?? []
  expect(text).toBe("Hel")
  expect(error).toMatch(/died in the middle of the stream/)
})

test("a call fails before OpenAI's clients give up, who would make another", async () => {
  const client = new OpenAI({ ...settings, fetch: fetchWith("answer") })
  await client.chat.completions.create({ model, messages })
  const [job] = world.rows()
  expect((job?.deadline_at ?? 0) - (job?.created_at ?? 0)).toBeWithin(60_000, OpenAI.DEFAULT_TIMEOUT - 1000)
})

test("a connection on which a call was answered is closed when nothing more comes on it, as any other", async () => {
  const { port } = new URL(server.listen())
  for (const stream of [false, true]) {
    const socket = connect(Number(port), "127.0.0.1")
    const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()))
    const answered = new Promise<string>((resolve) => socket.once("data", (data) => resolve(String(data))))
    const headers = { "content-type": "application/json", authorization: `Bearer ${VIRTUAL_KEY}` }
    const body = JSON.stringify({ model, messages, stream, plan: ["answer"] })
    socket.write(requestText("POST", "/v1/chat/completions", { headers, body }))
    expect(await answered).toStartWith("HTTP/1.1 200")
    await closed
  }
}, 240_000)

describe("a whole answer", () => {
  const body = JSON.stringify({ model, messages })
  /** Resolves with what lets the engine hear the next outcome. */
  const holdBack = () =>
    new Promise<() => void>((resolve) => {
      tell = (...outcome) => resolve(() => engine.finish(...outcome))
    })
  const watched = (id: string | null) =>
    until(() => server.sent.some((message) => Bun.deepEquals(message, { kind: "watch", id })))

  test("is given while its job is being ended, and whoever then asks for the job, cancels or lists it hears of the end", async () => {
    const held = holdBack()
    const response = await fetchWith("answer")(`${settings.baseURL}/chat/completions`, { method: "POST", body })
    expect([response.status, response.headers.get("openai-processing-ms"), await response.text()]).toEqual([
      200,
      "7",
      "{}",
    ])
    const id = response.headers.get("x-job-id")
    const job = `/v1/async/jobs/${id}`
    expect(world.rows().map(({ state }) => state)).toEqual(["running"])
    const asked = [
      server.ask(job),
      server.ask(`/v1/async/chat/completions/${id}`),
      server.ask(`${job}/cancel`, { method: "POST" }),
      server.ask("/v1/async/jobs?status=completed"),
      server.ask("/v1/async/jobs/cancel", { method: "POST" }),
    ]
    await watched(id)
    const goOn = await held
    goOn()
    // A cancel of all waits until the clock has moved on.
    while (server.clock.nextAt > server.clock.now() + 1) await new Promise<void>((resolve) => setImmediate(resolve))
    server.clock.advance(1)
    const [viewed, polled, cancelled, listed, all] = (await Promise.all(
      asked.map(async (response) => (await response).json()),
      // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the wire says
    )) as any[]
    expect([viewed, polled, cancelled].map(({ status }) => status)).toEqual(["completed", "completed", "completed"])
    expect(listed.data.map((job: { id: string }) => job.id)).toEqual([id])
    expect(all).toEqual({ cancelled: 0 })
  })

  test("is kept where its client goes as it comes: it is paid for", async () => {
    const held = holdBack()
    const client = new AbortController()
    const listen = server.engine.expect.bind(server.engine)
    server.engine.expect = (id, reader, notify) =>
      listen(id, reader, (answer) => {
        notify(answer)
        client.abort()
      })
    const options = { method: "POST", body, signal: client.signal }
    await fetchWith("answer")(`${settings.baseURL}/chat/completions`, options)
    const goOn = await held
    goOn()
    await until(() => world.rows()[0]?.completed_at !== null)
    expect(world.rows().map(({ state }) => state)).toEqual(["succeeded"])
  })

  test("is given after its end where the request has an Idempotency-Key, so that all answers to it are one", async () => {
    const held = holdBack()
    let isAnswered = false
    const headers = { "content-type": "application/json", "x-bf-vk": VIRTUAL_KEY, "idempotency-key": "one" }
    // Over a connection, because who a caller without a key is, is read from that.
    const answering = fetch(`${server.listen()}/v1/chat/completions`, { method: "POST", headers, body }).then(
      (response) => {
        isAnswered = true
        return response
      },
    )
    const goOn = await held
    expect(isAnswered).toBe(false)
    goOn()
    const response = await answering
    expect([response.status, world.rows().map(({ state }) => state)]).toEqual([200, ["succeeded"]])
  })
})
