// A request type that is served through another one, read as a stream: it comes piece by piece in the client's form, and what is stored
// is what a call without a stream would have stored.
import { afterAll, describe, expect, test } from "bun:test"
import type { Call, Outcome } from "../../../src/call.ts"
import { systemClock } from "../../../src/clock.ts"
import { getEndpoint } from "../../../src/endpoints/endpoints.ts"
import { chatStream } from "../../../src/endpoints/streams/choicestream.ts"
import { responseStream } from "../../../src/endpoints/streams/responsestream.ts"
import { split } from "../../../src/endpoints/streams/streamform.ts"
import { chatViaResponses } from "../../../src/endpoints/translate/chatviaresponses.ts"
import { completionsViaChat } from "../../../src/endpoints/translate/completionsviachat.ts"
import { responsesViaChat } from "../../../src/endpoints/translate/responsesviachat.ts"
import type { Adapter } from "../../../src/providers/adapter.ts"
import { nativeChat } from "../../../src/providers/chat/chatadapter.ts"
import { passThrough } from "../../../src/providers/passthrough.ts"
import { resolveProviders } from "../../../src/providers/settings.ts"
import { translated } from "../../../src/providers/translate/translated.ts"
import { type Handler, startUpstream } from "../../upstream.ts"
import { messageEvents } from "../chat/nativeevents.ts"
import { outcomeOf } from "../outcomeof.ts"
import { performAt } from "../performing.ts"

type Fields = Record<string, unknown>

const upstream = startUpstream()
afterAll(() => upstream.stop())

interface Played {
  outcome: Outcome
  result: Fields
  events: Fields[]
  pieces: string[]
}

async function play(
  adapter: Adapter,
  requestType: string,
  body: Fields,
  answer: Handler,
  isLive = true,
): Promise<Played> {
  upstream.answer(answer)
  const { providers } = resolveProviders({ up: { network_config: { base_url: upstream.url } } }, {})
  const provider = providers.find(({ name }) => name === "up")
  if (!provider) throw new Error("no provider")
  const call: Call = {
    ...{ jobId: "job-1", attempt: 1, step: "start", state: null, requestId: "request-1", idempotencyKey: "job-1" },
    ...{ requestType, provider: "up", model: "m", timeoutMs: 60_000, form: null, extras: {}, isRepeatable: true },
    ...{ body: JSON.stringify({ model: "up/m", stream: isLive, ...body }), keyId: null, callerKey: "sk-1" },
  }
  const pieces: string[] = []
  const emit = (piece: string) => {
    pieces.push(piece)
    return undefined
  }
  const context = { fetch, clock: systemClock, signal: new AbortController().signal, pieceAt: async () => null }
  const attempt = { call, provider, key: "sk-1", context: isLive ? { ...context, emit } : context }
  const outcome = await outcomeOf(adapter.start(attempt))
  const events = pieces.join("").split("\n\n").slice(0, -1)
  return {
    outcome,
    pieces,
    result: outcome.kind === "answered" ? withoutTimes(JSON.parse(outcome.body)) : {},
    events: events.map((event) => JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? "null")),
  }
}

/** The result as its provider gave it. */
function withoutTimes({ extra_fields: _, completed_at: __, ...result }: Fields): Fields {
  return result
}

/** One event in each chunk. */
function streams(events: Iterable<string | Uint8Array>): Handler {
  return () => {
    const rest = [...events]
    const source = new ReadableStream({
      pull(controller) {
        const event = rest.shift()
        if (event === undefined) controller.close()
        else controller.enqueue(typeof event === "string" ? new TextEncoder().encode(event) : event)
      },
    })
    return new Response(source, { headers: { "content-type": "text/event-stream" } })
  }
}

function assemble(requestType: string, events: readonly Fields[]): Fields {
  const assembly = getEndpoint(requestType).stream?.startAssembly({})
  for (const event of events) assembly?.add(event)
  expect(assembly?.isComplete()).toBe(true)
  return assembly?.build() ?? {}
}

const usage = { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 }
const tool_calls = [
  { id: "a", type: "function", function: { name: "f", arguments: '{"x":1.10}' } },
  { id: "b", type: "function", function: { name: "f", arguments: "{}" } },
]
const message = {
  role: "assistant",
  content: "I look at both now",
  refusal: null,
  reasoning_content: "Two tools. Both.",
}
const completion = {
  ...{ id: "chatcmpl-1", object: "chat.completion", created: 1, model: "m-2026", system_fingerprint: "fp" },
  choices: [{ index: 0, message: { ...message, tool_calls }, logprobs: null, finish_reason: "tool_calls" }],
  usage,
}
/** With the usage, which is asked for though the client has not. */
const chunks = [...split(chatStream, completion, { stream_options: { include_usage: true } })]
const text = { type: "output_text", text: "I look at both now", annotations: [], logprobs: [] }
const response = {
  ...{ id: "resp_1", object: "response", created_at: 1, status: "completed", model: "m-2026" },
  output: [
    {
      id: "rs_1",
      type: "reasoning",
      summary: [
        { type: "summary_text", text: "One." },
        { type: "summary_text", text: "Two." },
      ],
    },
    { id: "msg_1", type: "message", role: "assistant", status: "completed", content: [text] },
    { id: "fc_1", type: "function_call", call_id: "a", name: "f", arguments: '{"x":1.10}', status: "completed" },
  ],
  usage: { input_tokens: 3, output_tokens: 5, total_tokens: 8 },
}
const claude = {
  ...{ id: "msg_1", type: "message", role: "assistant", model: "claude", stop_reason: "tool_use" },
  content: [
    { type: "thinking", thinking: "Two tools.", signature: "c2ln" },
    { type: "text", text: "I look" },
    { type: "tool_use", id: "a", name: "f", input: {} },
  ],
  usage: { input_tokens: 3, output_tokens: 5 },
}

const raw: Adapter = { start: passThrough }
const tools = [{ type: "function", name: "f", parameters: { type: "object" } }]
const rows: Record<string, [Adapter, string, Fields, answer: Fields, events: Iterable<string | Uint8Array>]> = {
  "a response through chat": [
    ...([translated(raw, responsesViaChat), "responses", { input: "Hello" }] as const),
    ...([completion, chunks] as const),
  ],
  "a response through Claude": [
    ...([translated(nativeChat("anthropic"), responsesViaChat), "responses", { input: "Hello", tools }] as const),
    ...([claude, messageEvents(claude)] as const),
  ],
  "a completion through chat": [
    ...([translated(raw, completionsViaChat), "text_completion", { prompt: "Say ", echo: true }] as const),
    ...([completion, chunks] as const),
  ],
  "a chat completion through responses": [
    ...([
      translated(raw, chatViaResponses),
      "chat_completion",
      { messages: [{ role: "user", content: "Hello" }] },
    ] as const),
    ...([response, split(responseStream, response, {})] as const),
  ],
}

describe.each(Object.entries(rows))("%s", (_, [adapter, type, body, answer, events]) => {
  const list = [...events]

  test("is stored as without a stream, and the events together are what is stored", async () => {
    const whole = await play(adapter, type, body, () => Response.json(answer), false)
    const live = await play(adapter, type, body, streams(list))
    const { created_at: _created, ...expected } = whole.result
    expect(live.result).toMatchObject(expected)
    expect(live.outcome).toMatchObject({ used: (whole.outcome as { used: unknown }).used })
    const { usage: counted, ...built } = live.result
    expect(withoutTimes(assemble(type, live.events))).toMatchObject(built)
  })

  test("comes piece by piece, and the model's words are said once", async () => {
    const { pieces, events: said } = await play(adapter, type, body, streams(list))
    expect(pieces.length).toBeGreaterThan(4)
    const words = said.map(({ choices, type: kind, delta }) => {
      const [choice] = (choices ?? []) as { delta?: Fields; text?: string }[]
      return choice?.text ?? choice?.delta?.["content"] ?? (kind === "response.output_text.delta" ? delta : "")
    })
    expect(words.filter((word) => word !== "").length).toBeGreaterThan(1)
    expect(words.join("").replace(/^Say /, "")).toBe(answer === claude ? "I look" : "I look at both now")
  })

  test("that breaks off before its first content passes nothing on; after it, it ends", async () => {
    const early = await play(adapter, type, body, streams(list.slice(0, 1)))
    expect(early).toMatchObject({ pieces: [], outcome: { kind: "unreadable" } })
    const late = await play(adapter, type, body, streams(list.slice(0, -3)))
    expect(late.pieces.length).toBeGreaterThan(0)
    expect(late.outcome.kind).toBe("unreadable")
  })

  test("that is answered whole is no stream of its own", async () => {
    const { pieces, outcome } = await play(adapter, type, body, () => Response.json(answer))
    expect({ pieces, kind: outcome.kind }).toEqual({ pieces: [], kind: "answered" })
  })
})

test("usage that the client asks for is in the last chunk, and in none without it", async () => {
  const adapter = translated(raw, completionsViaChat)
  const asked = await play(
    adapter,
    "text_completion",
    { prompt: "Hi", stream_options: { include_usage: true } },
    streams(chunks),
  )
  expect(asked.events.at(-1)).toMatchObject({ object: "text_completion", choices: [], usage })
  const plain = await play(adapter, "text_completion", { prompt: "Hi" }, streams(chunks))
  expect(JSON.stringify(plain.events)).not.toContain("usage")
})

test.each([
  ["in two chunks without an index", [undefined, undefined]],
  ["whose indexes begin at one", [1, 2]],
])("calls %s are items of their own", async (_, indexes) => {
  const chunk = (delta: Fields, finish_reason: string | null = null) =>
    `data: ${JSON.stringify({ id: "c", choices: [{ index: 0, delta, finish_reason }] })}\n\n`
  const calls = tool_calls.map((call, at) => chunk({ tool_calls: [{ ...call, index: indexes[at] }] }))
  const { events, result } = await play(
    translated(raw, responsesViaChat),
    "responses",
    { input: "Hello" },
    streams([...calls, chunk({}, "tool_calls")]),
  )
  const done = events.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item)
  expect(done).toEqual(result["output"] as Fields[])
  expect(done).toHaveLength(2)
})

test("a response that fails after its first words is not repeated: what was said stands", async () => {
  const failed = { ...response, status: "failed", output: [], error: { code: "server_error", message: "It broke." } }
  const events = [...split(responseStream, response, {})].slice(0, -1)
  const end = `data: ${JSON.stringify({ type: "response.failed", response: failed })}\n\n`
  const performed = async (said: string[]) => {
    upstream.answer(streams([...said, end]))
    const pieces: string[] = []
    const emit = (piece: string) => void pieces.push(piece)
    const outcome = await performAt(upstream.url, { form: "perplexity" }, { fetch, clock: systemClock, emit })
    return { outcome, pieces }
  }
  const late = await performed(events)
  expect(late.pieces.length).toBeGreaterThan(1)
  expect(late.outcome).toMatchObject({ kind: "unreadable", message: "up ended its stream with an error: It broke." })
  expect(await performed([])).toMatchObject({
    pieces: [],
    outcome: { kind: "refused", refusal: { message: "It broke." } },
  })
})
