import { describe, expect, test } from "bun:test"
import { getEndpoint } from "../../src/endpoints/endpoints.ts"
import { answer } from "./submissions.ts"

const html = "<!doctype html><title>502 Bad Gateway</title>"

function read(requestType: string, ...args: Parameters<typeof answer>) {
  return getEndpoint(requestType).read(answer(...args), () => ({}))
}

/** The types whose answers are JSON: a good one, another good one, and what is said of JSON that is something else. */
const lists: [requestType: string, good: string, odd: string, problem: string][] = [
  [
    "text_completion",
    '{"choices":[{"text":"x"}]}',
    '{"a":1,"choices":[]}',
    "no text completion (it has no list of choices)",
  ],
  [
    "chat_completion",
    '{"id":"1","choices":[{"message":{}}]}',
    '{"choices":[]}',
    "no chat completion (it has no list of choices)",
  ],
  [
    "responses",
    '{"object":"response","status":"incomplete"}',
    '{"output":[]}',
    "no response (it has no list of output)",
  ],
  ["embedding", '{"data":[{"embedding":[0.1]}]}', '{"data":[]}', "no list of embeddings (it has no list of data)"],
  ["image_generation", '{"data":[{"url":"https://a"}]}', '{"data":[]}', "no list of images (it has no list of data)"],
  ["image_edit", '{"data":[{"b64_json":"AA"}]}', '{"data":[]}', "no list of images (it has no list of data)"],
  ["image_variation", '{"data":[{}]}', '{"data":[]}', "no list of images (it has no list of data)"],
  [
    "rerank",
    '{"results":[{"index":0,"relevance_score":1}]}',
    '{"results":[]}',
    "no rerank result (it has no list of results)",
  ],
  ["ocr", '{"pages":[{"index":0,"markdown":"x"}]}', '{"pages":[]}', "no OCR result (it has no list of pages)"],
  ["transcription", '{"text":"hello","words":[]}', '{"text":""}', "no transcription (it has no text)"],
]

describe.each(lists)("an answer to %s", (requestType, good, odd, problem) => {
  test("is kept as it came, byte for byte", () => {
    const spaced = ` ${good.replace(":", " :\t")}\n`
    for (const text of [good, odd, spaced]) expect(read(requestType, text)).toEqual({ result: text })
    expect(read(requestType, good, "application/json; charset=utf-8")).toEqual({ result: good })
    expect(read(requestType, good, null)).toEqual({ result: good })
  })

  test.each(["{}", "[]", "null", "5", '"choices"', '{"error":{"message":"x"}}', `[${good}]`])(
    "that is %s is none",
    (text) => {
      expect(read(requestType, text)).toEqual({ problem: `the body is ${problem}` })
    },
  )

  test("that is broken off, empty or no JSON is none", () => {
    expect(read(requestType, good.slice(0, -1))).toEqual({ problem: "the body is not JSON" })
    expect(read(requestType, html)).toEqual({ problem: "the body is not JSON" })
    for (const text of ["", " \n"]) expect(read(requestType, text)).toEqual({ problem: "the body is empty" })
  })
})

test.each([
  ["text_completion", '{"choices":{}}'],
  ["responses", '{"object":"list","output":{}}'],
  ["embedding", '{"data":"AAAA"}'],
  ["image_generation", '{"data":null}'],
  ["rerank", '{"results":{"0":1}}'],
  ["ocr", '{"pages":3}'],
  ["transcription", '{"text":["a"]}'],
])("a member of the right name and a wrong type is none: %s %s", (requestType, text) => {
  expect(read(requestType, text)).toHaveProperty("problem")
})

describe("a transcription as text", () => {
  const srt = "1\r\n00:00:00,000 --> 00:00:02,500\r\nHello, “gateway”.\r\n"
  const vtt = "WEBVTT\n\n00:00.000 --> 00:02.500\nHello\n"

  test.each([
    ["text/plain", 'Hello, "gateway" \\ here\n'],
    ["text/plain; charset=utf-8", "Grüße\u0000\u2028"],
    ["application/x-subrip", srt],
    ["text/srt", srt],
    ["text/vtt; charset=utf-8", vtt],
    ["TEXT/VTT", vtt],
    ["application/octet-stream", srt],
    ["text/plain", ""],
  ])("(%s) is the body, all of it: %j", (contentType, body) => {
    expect(read("transcription", body, contentType)).toEqual({ result: JSON.stringify({ text: body }) })
  })

  test("is no web page", () => {
    const problem = "the body is a web page, not a transcription"
    expect(read("transcription", html, "text/html; charset=utf-8")).toEqual({ problem })
  })
})

describe("speech", () => {
  const bytes = new Uint8Array([0x49, 0x44, 0x33, 0, 255, 0x7b])
  const speech = getEndpoint("speech")

  test("is its bytes, with a text that has a place for them", () => {
    expect(read("speech", bytes, "audio/mpeg")).toEqual({
      result: '{"audio":"","usage":null}',
      content: { type: "audio/mpeg", bytes },
    })
  })

  test.each([
    ["mp3", '{"audio":"","usage":null,"response_format":"mp3"}'],
    ['a"b', '{"audio":"","usage":null,"response_format":"a\\"b"}'],
    [null, '{"audio":"","usage":null,"response_format":null}'],
    [undefined, '{"audio":"","usage":null}'],
  ])("repeats the response_format %p of the request", (response_format, result) => {
    expect(speech.read(answer(bytes, "audio/mpeg"), () => ({ response_format }))).toMatchObject({ result })
  })

  test.each([
    ["audio/wav; codecs=1", "audio/wav"],
    ["Audio/MPEG", "audio/mpeg"],
    ["application/octet-stream", "application/octet-stream"],
    ["", "application/octet-stream"],
    [null, "application/octet-stream"],
  ])("of content type %p is kept as %s", (contentType, type) => {
    expect(read("speech", bytes, contentType)).toMatchObject({ content: { type, bytes } })
  })

  test("of one byte is speech", () => {
    expect(read("speech", new Uint8Array([0]), "audio/pcm")).toHaveProperty("content")
  })

  test("as JSON with a text `audio` is kept as it came", () => {
    const result = ' {"alignment":{}, "audio":"AAAA"}'
    for (const type of ["application/json", "application/vnd.x+json"]) {
      expect(read("speech", result, type)).toEqual({ result })
    }
  })

  test.each([
    ['{"error":"x"}', "application/json", "the body is JSON, not audio"],
    ['{"audio":null}', "application/json", "the body is JSON, not audio"],
    ['["audio"]', "application/json", "the body is JSON, not audio"],
    ['{"audio":"AA', "application/json", "the body is not JSON"],
    ["", "application/json", "the body is empty"],
    ["", "audio/mpeg", "the body is empty"],
    ["", null, "the body is empty"],
    [html, "text/html", "the body is a web page, not audio"],
  ])("is not %j (%s)", (body, contentType, problem) => {
    expect(read("speech", body, contentType)).toEqual({ problem })
  })
})
