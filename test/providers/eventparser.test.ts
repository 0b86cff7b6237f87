// Server-sent events as servers send them: in chunks that end anywhere, with any line ends.
import { expect, test } from "bun:test"
import { readEvents, type ServerEvent } from "../../src/providers/eventparser.ts"
import { doQuickly } from "../quick.ts"

async function parse(text: string, bytesAtOnce: number): Promise<ServerEvent[]> {
  const bytes = new TextEncoder().encode(text)
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += bytesAtOnce) yield bytes.subarray(at, at + bytesAtOnce)
  }
  return (await Array.fromAsync(readEvents(chunks()))).flat()
}

test.each([
  ["one event", "data: {}\n\n", [{ name: null, data: "{}" }]],
  ["no space behind the colon", "data:{}\n\n", [{ name: null, data: "{}" }]],
  [
    "a name",
    "event: a\ndata: 1\n\ndata: 2\n\n",
    [
      { name: "a", data: "1" },
      { name: null, data: "2" },
    ],
  ],
  ["several lines of data", "data: 1\ndata: 2\n\n", [{ name: null, data: "1\n2" }]],
  ["CR LF", "event: a\r\ndata: é\r\n\r\n", [{ name: "a", data: "é" }]],
  [
    "CR",
    "data: 1\r\rdata: 2\r\r",
    [
      { name: null, data: "1" },
      { name: null, data: "2" },
    ],
  ],
  ["comments, ids and empty events", ": hb\n\nid: 7\nretry: 1\n\ndata: 1\n\n", [{ name: null, data: "1" }]],
  [
    "a last event without a blank line",
    "data: 1\n\ndata: 2",
    [
      { name: null, data: "1" },
      { name: null, data: "2" },
    ],
  ],
  ["colons in the data", 'data: {"a": "b: c"}\n\n', [{ name: null, data: '{"a": "b: c"}' }]],
])("%s", async (_, text, events) => {
  for (const bytes of [1, 2, 3, 7, 1000]) expect(await parse(text, bytes)).toEqual(events)
})

test("a line of very many chunks is read quickly", async () => {
  const data = "x".repeat(20_000_000)
  expect(await doQuickly(() => parse(`data: ${data}\r\n\r\n`, 4096))).toEqual([{ name: null, data }])
})
