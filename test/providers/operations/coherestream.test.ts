// Cohere's chat, read as a stream: what is stored, and what the client was sent, is what a call without a stream would have stored.
// The events are as https://docs.cohere.com/docs/streaming shows them.
import { describe, expect, test } from "bun:test"
import { chatStream } from "../../../src/endpoints/streams/choicestream.ts"
import cohere from "../../fixtures/operations/cohere.json"
import { exercise, type Fields, jsonIn, resultIn } from "./exercise.ts"

interface Case {
  operation: string
  model: string
  request: Fields
  answer: Fields
}

const cases = Object.entries(cohere as unknown as Record<string, Case>).filter(
  ([, { operation }]) => operation === "cohere-chat",
)

function cut(text: unknown): string[] {
  return String(text).match(/[\s\S]{1,3}/g) ?? []
}

function write({ id, finish_reason, message, usage, logprobs }: Fields): string[] {
  const { content, tool_calls, tool_plan, citations } = message as Record<string, Fields[]>
  const event = (type: string, more: Fields = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`
  const said = (type: string, index: number, part: Fields) => event(type, { index, delta: { message: part } })
  const probable = ((logprobs ?? []) as Fields[]).map((one) =>
    event("content-delta", { index: 0, delta: { message: { content: { text: "" } } }, logprobs: one }),
  )
  return [
    event("message-start", {
      id,
      delta: { message: { role: "assistant", content: [], tool_plan: "", tool_calls: [] } },
    }),
    ...cut(tool_plan ?? "").map((piece) => event("tool-plan-delta", { delta: { message: { tool_plan: piece } } })),
    ...(content ?? []).flatMap(({ type, ...part }, index) => {
      const [member = "text", text] = Object.entries(part)[0] ?? []
      return [
        said("content-start", index, { content: { type, [member]: "" } }),
        ...cut(text).map((piece) => said("content-delta", index, { content: { [member]: piece } })),
        event("content-end", { index }),
      ]
    }),
    ...probable,
    ...(tool_calls ?? []).flatMap(({ function: called, ...call }, index) => {
      const { name, arguments: text } = called as Fields
      return [
        said("tool-call-start", index, { tool_calls: { ...call, function: { name, arguments: "" } } }),
        ...cut(text).map((piece) => said("tool-call-delta", index, { tool_calls: { function: { arguments: piece } } })),
        event("tool-call-end", { index }),
      ]
    }),
    ...(citations ?? []).map((citation, index) => said("citation-start", index, { citations: citation })),
    event("message-end", { id, delta: { finish_reason, usage } }),
  ]
}

async function play({ model, request }: Case, events: string[]) {
  const pieces: string[] = []
  const emit = (piece: string) => void pieces.push(piece)
  const exercised = await exercise({ operation: "cohere-chat", model, request, emit }, () => {
    return new Response(events.join(""), { headers: { "content-type": "text/event-stream" } })
  })
  const chunks = pieces.join("").split("\n\n").slice(0, -1)
  return { ...exercised, chunks: chunks.map((chunk): Fields => JSON.parse(chunk.slice("data: ".length))) }
}

describe.each(cases)("%s", (_, given) => {
  test("is stored and sent with a stream as without", async () => {
    const { model, request, answer } = given
    const whole = resultIn(await exercise({ operation: "cohere-chat", model, request }, () => Response.json(answer)))
    const { chunks, ...streamed } = await play(given, write(answer))
    expect(resultIn(streamed)).toEqual(whole)
    expect(jsonIn(streamed.received[0])["stream"]).toBe(true)
    const assembly = chatStream.startAssembly({})
    for (const chunk of chunks) assembly.add(chunk)
    const { usage, choices, ...rest } = whole
    const [{ message, ...choice } = { message: {} }] = choices as { message: Fields }[]
    expect(assembly.build()).toEqual({
      ...rest,
      // A stream has no difference between no text and an empty one.
      choices: [{ ...choice, message: { refusal: null, ...message, content: message["content"] ?? "" } }],
    })
  })
})

test("a stream that ends with an error is none of its answers, and is repeated only before its first words", async () => {
  const given = cases[0]?.[1] as Case
  const events = write(given.answer)
  const end = 'data: {"type":"message-end","delta":{"finish_reason":"ERROR"}}\n\n'
  const early = await play(given, [...events.slice(0, 1), end])
  expect(early).toMatchObject({ chunks: [], outcome: { kind: "refused", status: 500 } })
  const broken = await play(given, events.slice(0, 4))
  expect(broken.outcome.kind).toBe("unreadable")
})
