// Chat in a native form, read as a stream: what is stored is what a call without a stream would have stored, and what the client was
// sent is the same.
import { describe, expect, test } from "bun:test"
import { chatStream } from "../../../src/endpoints/streams/choicestream.ts"
import { readGoldens } from "../../fixtures/native/goldens.ts"
import requests from "../../fixtures/native/requests.json"
import type { Handler, Received } from "../../upstream.ts"
import {
  type Circumstances,
  completionIn,
  type Exercised,
  exercise,
  type Fields,
  type PlayerName,
  PNG,
  playerNames,
  players,
} from "./exercise.ts"
import { candidateEvents, converseEvents, type Event, frame, messageEvents, sse } from "./nativeevents.ts"

// The documented web searches of Gemini have sources of two parts of the text, which a stream does not keep apart.
const features: Record<string, Fields> = requests
const forms: Record<PlayerName, { type: string; write(answer: Fields): Event[] }> = {
  anthropic: { type: "text/event-stream", write: messageEvents },
  "vertex-claude": { type: "text/event-stream; charset=utf-8", write: messageEvents },
  gemini: { type: "text/event-stream", write: candidateEvents },
  "vertex-gemini": { type: "text/event-stream", write: candidateEvents },
  bedrock: { type: "application/vnd.amazon.eventstream", write: converseEvents },
}

/** Answers with these events, each in a chunk of its own. */
function streams(name: PlayerName, events: readonly Event[], init: ResponseInit = {}): Handler {
  return ({ path }) => {
    if (path === "/cat.png") return picture()
    let at = 0
    const source = new ReadableStream({
      pull(controller) {
        const event = events[at++]
        if (event === undefined) controller.close()
        else controller.enqueue(typeof event === "string" ? new TextEncoder().encode(event) : event)
      },
    })
    return new Response(source, { ...init, headers: { "content-type": forms[name].type, ...init.headers } })
  }
}

function picture(): Response {
  return new Response(Buffer.from(PNG, "base64"), { headers: { "content-type": "image/png" } })
}

const policy: NonNullable<Circumstances["policy"]> = {
  resolve: async () => ["127.0.0.1"],
  isAllowed: () => true,
  fetch: Object.assign(async () => picture(), { preconnect: () => {} }),
}

interface Played extends Exercised {
  chunks: Fields[]
  /** What was passed on, by piece. */
  pieces: string[]
}

async function play(name: PlayerName, request: Fields, answer: Handler): Promise<Played> {
  const pieces: string[] = []
  const emit = (piece: string) => {
    pieces.push(piece)
    return undefined
  }
  const exercised = await exercise(players[name], { ...request, stream: true }, { answer, policy, emit })
  const events = pieces.join("").split("\n\n").slice(0, -1)
  return { ...exercised, pieces, chunks: events.map((event) => JSON.parse(event.slice("data: ".length))) }
}

/** The completion that a client puts together. */
function assemble(chunks: readonly Fields[]): Fields {
  const assembly = chatStream.startAssembly({})
  for (const chunk of chunks) assembly.add(chunk)
  expect(assembly.isComplete()).toBe(true)
  return assembly.build()
}

/** The members that a client reads, with JSON as what it means: a model may write it with spaces. */
function meaning(completion: Fields): unknown {
  const { extra_fields: _, usage: __, ...rest } = completion
  return JSON.parse(JSON.stringify(rest), (name, value) => {
    if (name === "arguments" || (name === "content" && String(value).startsWith("{"))) return JSON.parse(value || "{}")
    return name === "content" && value === "" ? null : value
  })
}

describe.each(playerNames)("%s", (name) => {
  const goldens = readGoldens(name) as Record<string, { answer: Fields; outcome?: { kind: string } }>
  const answered = Object.keys(features).filter(
    (feature) =>
      goldens[feature]?.outcome?.kind === "answered" && !(name.includes("gemini") && feature === "web search"),
  )

  test.each(answered)("stores the same with a stream as without: %s", async (feature) => {
    const { answer } = goldens[feature] ?? { answer: {} }
    const whole = await exercise(players[name], features[feature] ?? {}, {
      answer: ({ path }) => (path === "/cat.png" ? picture() : Response.json(answer)),
      policy,
    })
    const streamed = await play(name, features[feature] ?? {}, streams(name, forms[name].write(answer)))
    expect(completionIn(streamed)).toEqual(completionIn(whole))
    expect(streamed.warnings).toEqual(whole.warnings)
    if (streamed.chunks.length > 0) expect(meaning(assemble(streamed.chunks))).toEqual(meaning(completionIn(whole)))
  })

  test("says each piece while the provider still writes", async () => {
    const { answer } = goldens["instructions"] ?? { answer: {} }
    const { pieces, chunks } = await play(
      name,
      features["instructions"] ?? {},
      streams(name, forms[name].write(answer)),
    )
    expect(chunks.map(({ choices }) => (choices as { delta: Fields }[])[0]?.delta["content"])).toEqual(
      expect.arrayContaining(["", "He", "ll", "o!"]),
    )
    expect(pieces.length).toBeGreaterThan(3)
  })
})

const hello = { messages: [{ role: "user", content: "Hello" }] }
const asked: Record<PlayerName, (request: Received | undefined) => void> = {
  anthropic: (request) => expect(JSON.parse(request?.body ?? "").stream).toBe(true),
  "vertex-claude": (request) => {
    expect(request?.path).toEndWith(":streamRawPredict")
    expect(JSON.parse(request?.body ?? "").stream).toBe(true)
  },
  gemini: (request) => expect(`${request?.path}${request?.search}`).toEndWith(":streamGenerateContent?alt=sse"),
  "vertex-gemini": (request) =>
    expect(`${request?.path}${request?.search}`).toEndWith(":streamGenerateContent?alt=sse"),
  bedrock: (request) => {
    expect(request?.path).toEndWith("/converse-stream")
    expect(request?.headers["accept"]).toStartWith("application/vnd.amazon.eventstream")
  },
}
/** The events of an answer up to its first words, an error as an event, and the status that it has. */
const broken: Record<PlayerName, { error: Event; status: number; message: string }> = {
  anthropic: claudeError(),
  "vertex-claude": claudeError(),
  gemini: googleError(),
  "vertex-gemini": googleError(),
  bedrock: {
    error: frame("throttlingException", { message: "Slow down" }, "exception"),
    status: 429,
    message: "Slow down",
  },
}

function claudeError() {
  const error = sse({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, "error")
  return { error, status: 529, message: "Overloaded" }
}

function googleError() {
  const error = sse({ error: { code: 503, message: "The model is overloaded.", status: "UNAVAILABLE" } })
  return { error, status: 503, message: "The model is overloaded." }
}

describe.each(playerNames)("a stream of %s", (name) => {
  const goldens = readGoldens(name) as Record<string, { answer: Fields }>
  const events = forms[name].write(goldens["instructions"]?.answer ?? {})
  const first = events.findIndex((event) => Buffer.from(event).includes("He"))

  test("is asked for in its own form", async () => {
    const { received } = await play(name, hello, streams(name, events))
    asked[name](received[0])
  })

  test("is not asked for where no client reads it", async () => {
    const { received } = await exercise(players[name], hello, { answer: () => Response.json({}) })
    expect(() => asked[name](received[0])).toThrow()
  })

  test("that breaks off or fails before its first content passes nothing on, and its failure is as any other", async () => {
    const { error, status, message } = broken[name]
    const failed = await play(name, hello, streams(name, [...events.slice(0, first), error]))
    expect(failed.pieces).toEqual([])
    expect(failed.outcome).toMatchObject({ kind: "refused", status, refusal: { message } })
    const cut = await play(name, hello, streams(name, events.slice(0, first)))
    expect(cut.pieces).toEqual([])
    expect(cut.outcome.kind).toBe("unreadable")
  })

  test("that breaks off or fails after its first content is an error, and nothing is repeated", async () => {
    const { error, message } = broken[name]
    const failed = await play(name, hello, streams(name, [...events.slice(0, first + 1), error]))
    expect(failed.outcome).toMatchObject({ kind: "unreadable" })
    expect(JSON.stringify(failed.outcome)).toContain(message)
    const cut = await play(name, hello, streams(name, events.slice(0, first + 1)))
    expect(cut.outcome).toMatchObject({ kind: "unreadable" })
    for (const { chunks } of [failed, cut]) expect(JSON.stringify(chunks)).not.toContain('"finish_reason":"')
  })

  test("that is refused, or answered whole, is as without a stream", async () => {
    const refusal = {
      error: { message: "no", type: "invalid_request_error", code: 400, status: "INVALID_ARGUMENT" },
      message: "no",
    }
    const refused = await play(name, hello, () => Response.json(refusal, { status: 400 }))
    expect(refused.outcome).toMatchObject({ kind: "refused", status: 400, refusal: { message: "no" } })
    const whole = await play(name, hello, () => Response.json(goldens["instructions"]?.answer))
    expect(whole.outcome.kind).toBe("answered")
    expect(whole.pieces).toEqual([])
  })

  test("has its usage in its last chunk where the client asks for it", async () => {
    const { chunks, ...exercised } = await play(
      name,
      { ...hello, stream_options: { include_usage: true } },
      streams(name, events),
    )
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: completionIn(exercised)["usage"] })
    for (const chunk of chunks.slice(0, -1)) expect(chunk["usage"]).toBeNull()
  })
})

describe("a stream", () => {
  const google = (parts: Fields[], more: Fields = {}) =>
    sse({ responseId: "r", candidates: [{ content: { parts }, ...more }] })

  test("with events and deltas that nobody knows warns of them, and says the rest", async () => {
    const answer = (readGoldens("anthropic") as Record<string, { answer: Fields }>)["instructions"]?.answer ?? {}
    const [begin = "", ...rest] = messageEvents(answer)
    const odd = [
      sse({ type: "weather_report" }, "weather_report"),
      sse(
        { type: "content_block_delta", index: 0, delta: { type: "colour_delta", colour: "red" } },
        "content_block_delta",
      ),
    ]
    const { outcome, warnings, chunks } = await play("anthropic", hello, streams("anthropic", [begin, ...odd, ...rest]))
    expect(outcome.kind).toBe("answered")
    expect(warnings).toEqual(
      ["weather_report", "colour_delta"].map(
        (name) => `the stream has "${name}", which is not known here and was left out`,
      ),
    )
    expect(meaning(assemble(chunks))).toMatchObject({ choices: [{ message: { content: "Hello!" } }] })
  })

  test("gives a call without an id one, which is the same in the stream and in what is stored", async () => {
    const call = { functionCall: { name: "f", args: { city: "Paris", at: 1.1 } } }
    const events = [google([call]), google([call]), google([{ text: "" }], { finishReason: "STOP" })]
    const { chunks, ...exercised } = await play("gemini", hello, streams("gemini", events))
    expect(meaning(assemble(chunks))).toEqual(meaning(completionIn(exercised)))
    const ids = (assemble(chunks) as { choices: { message: { tool_calls: Fields[] } }[] }).choices[0]?.message
      .tool_calls
    expect(new Set(ids?.map(({ id }) => id)).size).toBe(2)
  })

  test("calls a tool by the caller's name, though another one was sent", async () => {
    const tools = [{ type: "function", function: { name: "weather.get", parameters: { type: "object" } } }]
    const answer: Handler = (request, index) => {
      const [{ name }] = JSON.parse(request.body).tools
      expect(name).not.toBe("weather.get")
      const content = [{ type: "tool_use", id: "t", name, input: { a: 1 } }]
      const events = messageEvents({ id: "m", model: "claude", content, stop_reason: "tool_use", usage: {} })
      return streams("anthropic", events)(request, index)
    }
    const { chunks, ...exercised } = await play("anthropic", { ...hello, tools }, answer)
    const tool_calls = [{ id: "t", function: { name: "weather.get" } }]
    expect(completionIn(exercised)).toMatchObject({ choices: [{ message: { tool_calls } }] })
    expect(assemble(chunks)).toMatchObject({ choices: [{ message: { tool_calls } }] })
  })

  test("keeps the places of a web search's sources in the text that it says piece by piece", async () => {
    const groundingMetadata = {
      groundingChunks: [{ web: { uri: "https://example.com", title: "e" } }],
      groundingSupports: [{ segment: { startIndex: 0, endIndex: 4 }, groundingChunkIndices: [0] }],
    }
    const events = [
      google([{ text: "Pa" }]),
      google([{ text: "ris." }]),
      google([], { finishReason: "STOP", groundingMetadata }),
    ]
    const { chunks, ...exercised } = await play("gemini", hello, streams("gemini", events))
    const url_citation = { start_index: 0, end_index: 4, url: "https://example.com", title: "e" }
    const message = { content: "Paris.", annotations: [{ type: "url_citation", url_citation }] }
    expect(completionIn(exercised)).toMatchObject({ choices: [{ message }] })
    expect(assemble(chunks)).toMatchObject({ choices: [{ message }] })
  })

  test("of several candidates says each in its own choice", async () => {
    const piece = (index: number, text: string, more: Fields = {}) =>
      sse({ candidates: [{ content: { parts: [{ text }] }, index, ...more }] })
    const end = { finishReason: "STOP" }
    const events = [piece(1, "b"), piece(0, "a"), piece(0, "a", end), piece(1, "b", end)]
    const { chunks, ...exercised } = await play("gemini", { ...hello, n: 2 }, streams("gemini", events))
    const choices = [{ message: { content: "aa" } }, { message: { content: "bb" } }]
    expect(completionIn(exercised)).toMatchObject({ choices })
    expect(assemble(chunks)).toMatchObject({ choices })
  })

  test("whose tool input is cut at the token limit keeps what there is of it", async () => {
    const start = { type: "tool_use", id: "t", name: "f", input: {} }
    const input = { type: "input_json_delta", partial_json: '{"city": "Pa' }
    const events = [
      sse({ type: "message_start", message: { id: "m", model: "claude", usage: { input_tokens: 1 } } }),
      sse({ type: "content_block_start", index: 0, content_block: start }),
      sse({ type: "content_block_delta", index: 0, delta: input }),
      sse({ type: "message_delta", delta: { stop_reason: "max_tokens" }, usage: { output_tokens: 1 } }),
    ]
    const { chunks, ...exercised } = await play("anthropic", hello, streams("anthropic", events))
    const tool_calls = [{ id: "t", type: "function", function: { name: "f", arguments: '{"city": "Pa' } }]
    expect(completionIn(exercised)).toMatchObject({ choices: [{ message: { tool_calls }, finish_reason: "length" }] })
    expect(assemble(chunks)).toMatchObject({ choices: [{ message: { tool_calls }, finish_reason: "length" }] })
  })

  test("with an exception that says nothing is refused all the same", async () => {
    const events = [frame("modelStreamErrorException", null as never, "exception")]
    const { outcome } = await play("bedrock", hello, streams("bedrock", events))
    expect(outcome).toMatchObject({
      kind: "refused",
      status: 424,
      refusal: { message: "the stream ended with modelStreamErrorException" },
    })
  })

  test("of frames that are not sound is a lost answer", async () => {
    const sound = Buffer.from(frame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "Hi" } }))
    const changed = Buffer.from(sound)
    changed[changed.length - 6] = 0
    for (const bytes of [changed, sound.subarray(0, 20), Buffer.from("not a stream of frames")]) {
      const played = play("bedrock", hello, streams("bedrock", [bytes]))
      expect(await played.catch((error: Error) => error.message)).toMatch(/frame/)
    }
  })
})
