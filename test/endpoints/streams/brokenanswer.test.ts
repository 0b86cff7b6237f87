// What closes an answer that broke in the middle, and where another attempt goes on.
import { describe, expect, test } from "bun:test"
import { readBroken, writeMissing } from "../../../src/endpoints/streams/brokenanswer.ts"
import { isOfAnswer, readLine, writeLine, writeNumbered } from "../../../src/endpoints/streams/eventline.ts"
import { responseStream } from "../../../src/endpoints/streams/responsestream.ts"
import { split } from "../../../src/endpoints/streams/streamform.ts"

const item = (at: number, item: object, type = "added") =>
  writeLine({ type: `response.output_item.${type}`, output_index: at, item })
const content = (at: number, type: string, more: object) =>
  writeLine({ type: `response.${type}`, output_index: at, content_index: 0, item_id: `i${at}`, ...more })
const summary = (at: number, type: string, more: object) =>
  writeLine({ type: `response.${type}`, output_index: at, summary_index: 0, item_id: `i${at}`, ...more })
const parse = (line: string) => {
  const { type, members } = readLine(line)
  return { type, ...JSON.parse(members) }
}

describe("a broken answer", () => {
  test("that has not begun has nothing to close", () => {
    expect(readBroken([])).toEqual({ closing: [], output: [], nextIndex: 0, ids: [] })
  })

  test("in the middle of a text is closed with what is there of it", () => {
    const message = { id: "i0", type: "message", role: "assistant", status: "in_progress", content: [] }
    const { closing, output, nextIndex, ids } = readBroken([
      item(0, message),
      content(0, "content_part.added", { part: { type: "output_text", text: "", annotations: [] } }),
      content(0, "output_text.delta", { delta: "Half " }),
      content(0, "output_text.delta", { delta: "an" }),
    ])
    const part = { type: "output_text", text: "Half an", annotations: [] }
    const where = { item_id: "i0", output_index: 0, content_index: 0 }
    const whole = { ...message, status: "incomplete", content: [part] }
    expect(closing.map(parse)).toEqual([
      { type: "response.output_text.done", ...where, text: "Half an", logprobs: [] },
      { type: "response.content_part.done", ...where, part },
      { type: "response.output_item.done", output_index: 0, item: whole },
    ])
    expect({ output, nextIndex, ids }).toEqual({ output: [whole], nextIndex: 1, ids: ["i0"] })
  })

  test("between two items has nothing to close, and both", () => {
    const reasoning = { id: "i0", type: "reasoning", summary: [{ type: "summary_text", text: "So" }] }
    const message = { id: "i1", type: "message", status: "completed", content: [] }
    const lines = [
      item(0, { ...reasoning, summary: [] }),
      item(0, reasoning, "done"),
      item(1, message),
      item(1, message, "done"),
    ]
    expect(readBroken(lines)).toEqual({ closing: [], output: [reasoning, message], nextIndex: 2, ids: ["i0", "i1"] })
  })

  test("in a summary and in a refusal is closed by their own events", () => {
    const { closing, output } = readBroken([
      item(0, { id: "i0", type: "reasoning", summary: [] }),
      summary(0, "reasoning_summary_part.added", { part: { type: "summary_text", text: "" } }),
      summary(0, "reasoning_summary_text.delta", { delta: "So" }),
      item(1, { id: "i1", type: "message", content: [] }),
      content(1, "content_part.added", { part: { type: "refusal", refusal: "" } }),
      content(1, "refusal.delta", { delta: "No" }),
    ])
    expect(closing.map((line) => readLine(line).type)).toEqual([
      ...["response.reasoning_summary_text.done", "response.reasoning_summary_part.done", "response.output_item.done"],
      ...["response.refusal.done", "response.content_part.done", "response.output_item.done"],
    ])
    expect(output).toMatchObject([{ summary: [{ text: "So" }] }, { content: [{ refusal: "No" }] }])
  })

  test("in a call of a function has no end of its arguments, by which a client would carry it out", () => {
    const { closing, ids } = readBroken([
      item(0, { id: "i0", type: "function_call", call_id: "c", name: "pay", arguments: "" }),
      writeLine({ type: "response.function_call_arguments.delta", output_index: 0, item_id: "i0", delta: '{"a' }),
    ])
    expect(closing.map(parse)).toEqual([
      {
        type: "response.output_item.done",
        output_index: 0,
        item: { id: "i0", type: "function_call", call_id: "c", name: "pay", arguments: '{"a', status: "incomplete" },
      },
    ])
    // No other call of the stream may have its id.
    expect(ids).toEqual(["i0", "c"])
  })

  test("that a second attempt has left open too is closed after the first", () => {
    const open = [item(0, { id: "i0", type: "message", content: [] })]
    const once = readBroken(open)
    const twice = readBroken([
      ...open,
      ...once.closing,
      item(once.nextIndex, { id: "i1", type: "message", content: [] }),
    ])
    expect(twice).toMatchObject({ nextIndex: 2, ids: ["i0", "i1"] })
    expect(twice.closing.map(parse)).toMatchObject([{ output_index: 1, item: { status: "incomplete" } }])
  })
})

test("of a whole answer the events are made that are missing, wherever its stream broke", () => {
  const citation = (at: number) => ({ type: "url_citation", url: `https://example.com/${at}` })
  const content = [
    { type: "output_text", text: "One two three.", annotations: [citation(1), citation(2)] },
    { type: "refusal", refusal: "No more." },
  ]
  const output = [
    { id: "i0", type: "reasoning", summary: [{ type: "summary_text", text: "First this." }], status: "completed" },
    { id: "i1", type: "message", role: "assistant", status: "completed", content },
    { id: "i2", type: "web_search_call", status: "completed" },
    { id: "i3", type: "function_call", call_id: "c", name: "pay", arguments: '{"sum": 1}', status: "completed" },
  ]
  const response = { id: "resp_1", object: "response", status: "completed", output }
  const toLines = (sent: Iterable<string>) =>
    [...sent]
      .flatMap((events) => [...events.matchAll(/^data: (.*)$/gm)].map(([, data = "{}"]) => JSON.parse(data)))
      .filter(({ type }) => isOfAnswer(type))
  const whole = toLines(split(responseStream, response, {}))
  // An answer broke before this one: its item stands at 0, and this one's begin at 1.
  const before = item(0, { id: "broken", type: "message", content: [], status: "incomplete" }, "done")
  for (let at = 0; at <= whole.length; at++) {
    const logged = whole.slice(0, at).map((event) => writeLine({ ...event, output_index: event.output_index + 1 }))
    const missing = toLines(writeMissing([before, ...logged], 1, response))
    expect(missing.every((event) => event.sequence_number === undefined)).toBe(true)
    const joined = [...whole.slice(0, at), ...missing].map(({ sequence_number: _, ...event }) => event)
    // A text that was cut within a word has another piece.
    expect(join(joined)).toEqual(join(whole.map(({ sequence_number: _, ...event }) => event)))
  }
})

/** The events, of which those that say more of the same are one. */
function join(events: { type: string; delta?: string }[]): object[] {
  const joined: { type: string; delta?: string }[] = []
  for (const event of events) {
    const last = joined.at(-1)
    if (last?.delta !== undefined && last.type === event.type) last.delta += event.delta
    else joined.push({ ...event })
  }
  return joined
}

test("an event is sent with its number, whatever its members are, and without what pads it", () => {
  const line = writeLine({ type: "response.x", sequence_number: 9, obfuscation: "abc", delta: "a\nb" })
  expect(writeNumbered(line, 4)).toBe(
    'event: response.x\ndata: {"type":"response.x","sequence_number":4,"delta":"a\\nb"}\n\n',
  )
  expect(writeNumbered(writeLine({ type: "response.y" }), 0)).toBe(
    'event: response.y\ndata: {"type":"response.y","sequence_number":0}\n\n',
  )
})
