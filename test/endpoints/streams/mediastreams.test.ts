// The streams of speech, of transcriptions and of images: put together they are the result, and a result is a stream again.
import { describe, expect, test } from "bun:test"
import { endpoints } from "../../../src/endpoints/endpoints.ts"
import {
  editStream,
  generationStream,
  joinEvents,
  speechStream,
  transcriptionStream,
} from "../../../src/endpoints/streams/mediastreams.ts"
import { type Fields, type StreamForm, split } from "../../../src/endpoints/streams/streamform.ts"

function readEvents(form: StreamForm, result: Fields): Fields[] {
  const written = [...split(form, result, {})].join("")
  const events = written.split("\n\n").slice(0, -1)
  return events.map((event) => JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? "null"))
}

function assemble(form: StreamForm, events: readonly Fields[], request: Fields = {}) {
  const assembly = form.startAssembly(request)
  for (const event of events) {
    expect(assembly.isComplete()).toBe(false)
    assembly.add(event)
  }
  expect([assembly.hasBegun(), assembly.isComplete()]).toEqual([true, true])
  return assembly
}

const usage = { input_tokens: 1, output_tokens: 2, total_tokens: 3 }
const image = { background: "opaque", output_format: "png", quality: "low", size: "1024x1024" }
const words = "Hello, this is a gateway."
const segment = { type: "transcript.text.segment", id: "s", start: 0, end: 1, text: "Hello", speaker: "A" }

test.each<[string, StreamForm, Fields]>([
  ["a transcription", transcriptionStream, { text: words, usage }],
  ["a transcription of several speakers", transcriptionStream, { text: words, segments: [segment], usage }],
  ["an image", generationStream, { created: 1, data: [{ b64_json: "aQ==" }], ...image, usage }],
  ["an edited image", editStream, { created: 1, data: [{ b64_json: "aQ==" }], ...image, usage }],
])("%s is the same after its stream", (_, form, result) => {
  expect(assemble(form, readEvents(form, { ...result, extra_fields: {} })).build()).toEqual(result)
})

describe("speech", () => {
  test("is the bytes of all its pieces, whatever their length", () => {
    const pieces = ["a", "bcd", "efgh"].map((text) => Buffer.from(text).toString("base64"))
    const deltas = pieces.map((audio) => ({ type: "speech.audio.delta", audio }))
    const assembly = assemble(speechStream, [...deltas, { type: "speech.audio.done", usage }])
    expect(assembly.build()).toEqual({ audio: "", usage, response_format: "mp3" })
    expect(assembly.content?.()).toEqual({ type: "audio/mpeg", bytes: Buffer.from("abcdefgh") })
  })

  test("that came whole is said in pieces that a client can play each by itself", () => {
    const bytes = Buffer.alloc(100_000, "sound")
    const events = readEvents(speechStream, { audio: bytes.toString("base64"), usage: null })
    expect(events.length).toBeGreaterThan(3)
    expect(assemble(speechStream, events, { response_format: "wav" }).content?.()).toEqual({ type: "audio/wav", bytes })
  })
})

test("an image begins with the first that is to be seen, and ends when all that were asked for are there", () => {
  const assembly = generationStream.startAssembly({ n: 2 })
  assembly.add({ type: "image_generation.partial_image", b64_json: "aQ==", partial_image_index: 0 })
  expect([assembly.hasBegun(), assembly.isComplete()]).toEqual([true, false])
  assembly.add({ type: "image_generation.completed", b64_json: "aQ==" })
  expect(assembly.isComplete()).toBe(false)
  assembly.add({ type: "image_generation.completed", b64_json: "ag==" })
  expect(assembly.build()["data"]).toEqual([{ b64_json: "aQ==" }, { b64_json: "ag==" }])
})

test("a stream that was read whole is a result, and a part of one is none", () => {
  const events = ["image_generation.partial_image", "image_generation.completed"].map((type) =>
    JSON.stringify({ type, b64_json: "aQ==", created_at: 1 }),
  )
  const join = joinEvents(generationStream)
  expect(JSON.parse(join(events) ?? "null")).toEqual({ created: 1, data: [{ b64_json: "aQ==" }] })
  expect(join(events.slice(0, 1))).toBeNull()
})

test("every type that can be asked for a stream has a form of it", () => {
  for (const { requestType, asksForStream, stream } of endpoints) {
    const asked = { stream: true, stream_format: "sse" }
    const isAsked = asksForStream({ form: "json", fields: asked, files: [] }) !== null
    expect([requestType, stream !== undefined]).toEqual([requestType, isAsked])
  }
})
