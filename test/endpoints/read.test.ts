import { describe, expect, test } from "bun:test"
import { getEndpoint } from "../../src/endpoints/endpoints.ts"
import { doQuickly } from "../quick.ts"
import { answer } from "./submissions.ts"

const html = "<!doctype html><title>502 Bad Gateway</title>"

function read(requestType: string, ...args: Parameters<typeof answer>) {
  return getEndpoint(requestType).read(answer(...args), () => ({}))
}

/** The types whose answers are JSON: a good one, another good one, one without content, and what is said of JSON that is something else. */
const lists: [requestType: string, good: string, odd: string, empty: string | null, what: string, list: string][] = [
  [
    "text_completion",
    '{"choices":[{"text":"x"}]}',
    '{"a":1,"choices":[{"text":""}]}',
    '{"choices":[]}',
    "no text completion",
    "choices",
  ],
  [
    "chat_completion",
    '{"id":"1","choices":[{"message":{}}]}',
    '{"choices":[{"message":{"content":""},"finish_reason":"stop"}],"error":null}',
    '{"choices":[{"index":0,"finish_reason":"content_filter","message":null}]}',
    "no chat completion",
    "choices",
  ],
  [
    "responses",
    '{"object":"response","status":"incomplete","output":[]}',
    '{"output":[{}],"error":null}',
    '{"object":"response","status":"completed","output":[]}',
    "no response",
    "output",
  ],
  [
    "embedding",
    '{"data":[{"embedding":[0.1]}]}',
    '{"data":[{"embeddings":[[1]]}]}',
    '{"data":[{"index":0,"embedding":[]},{"index":1,"embedding":null}]}',
    "no list of embeddings",
    "data",
  ],
  [
    "image_generation",
    '{"data":[{"url":"https://a"}]}',
    '{"data":[{},{"url":"https://a"}]}',
    '{"data":[{}]}',
    "no list of images",
    "data",
  ],
  ["image_edit", '{"data":[{"b64_json":"AA"}]}', '{"data":[{"b":1}]}', '{"data":[]}', "no list of images", "data"],
  ["image_variation", '{"data":[{"url":"x"}]}', '{"data":[{"b":1}]}', '{"data":[null]}', "no list of images", "data"],
  [
    "rerank",
    '{"results":[{"index":0,"relevance_score":1}]}',
    '{"results":[{"index":0}]}',
    '{"results":[]}',
    "no rerank result",
    "results",
  ],
  ["ocr", '{"pages":[{"index":0,"markdown":"x"}]}', '{"pages":[{"a":1}]}', '{"pages":[]}', "no OCR result", "pages"],
  ["transcription", '{"text":"hello","words":[]}', '{"text":""}', null, "no transcription", "text"],
]

describe.each(lists)("an answer to %s", (requestType, good, odd, empty, what, list) => {
  const lack = list === "text" ? "it has no text" : `it has no list of ${list}`

  test("is kept as it came, byte for byte", () => {
    const spaced = ` ${good.replace(":", " :\t")}\n`
    for (const text of [good, odd, spaced]) expect(read(requestType, text)).toEqual({ result: text })
    expect(read(requestType, good, "application/json; charset=utf-8")).toEqual({ result: good })
    expect(read(requestType, good, null)).toEqual({ result: good })
  })

  test.each(["{}", "[]", "null", "5", `[${good}]`])("that is %s is none", (text) => {
    expect(read(requestType, text)).toEqual({ problem: `the body is ${what} (${lack})` })
  })

  test("without content is none", () => {
    if (empty === null) return
    expect(read(requestType, empty)).toEqual({ problem: `the body is ${what} (its list of ${list} is empty)` })
  })

  // https://openrouter.ai/docs/api/reference/errors-and-debugging, https://github.com/runpod-workers/worker-vllm/issues/57,
  // https://platform.claude.com/docs/en/api/errors
  test.each([
    '{"error":{"message":"x","code":502}}',
    '{"error":"x"}',
    '{"code":404,"message":"x","object":"error","param":null,"type":"NotFoundError"}',
    '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
    '{"success":false,"result":null,"errors":[{"code":3040,"message":"No capacity"}]}',
    ...(empty === null || requestType === "chat_completion" ? [] : [empty.replace(/}$/, ',"error":{"message":"x"}}')]),
  ])("that says that something went wrong is that error: %s", (text) => {
    expect(read(requestType, text)).toEqual({
      problem: expect.stringContaining(what),
      error: { said: JSON.parse(text), status: null },
    })
  })

  test("that says so of nothing is no error", () => {
    const blank = good.replace(/}$/, ',"error":{},"errors":[],"type":"none"}')
    expect(read(requestType, blank)).toEqual({ result: blank })
    expect(read(requestType, '{"error":{}}')).toEqual({ problem: `the body is ${what} (${lack})` })
  })

  test("that is broken off, empty or no JSON is none", () => {
    expect(read(requestType, good.slice(0, -1))).toEqual({ problem: "the body is not JSON" })
    expect(read(requestType, html)).toEqual({ problem: "the body is not JSON" })
    for (const text of ["", " \n"]) expect(read(requestType, text)).toEqual({ problem: "the body is empty" })
  })

  // https://github.com/decolua/9router/issues/3492
  test.each([
    `${good}\n\ndata: [DONE]\n`,
    `${good}data: [DONE]`,
    `data: ${good}`,
    `data: ${good}\n\ndata: [DONE]\n\n`,
    `event: message\nid: 1\ndata: ${good}\n\n`,
    `: ping\n\ndata:${good}`,
  ])("that is framed like a stream is read: %j", (text) => {
    for (const type of ["text/event-stream", "application/json"]) {
      if (requestType === "transcription" && type === "text/event-stream") continue
      expect(read(requestType, text, type)).toEqual({ result: good })
    }
  })

  test.each([`${good} ${good}`, `${good}\ndata: {`, "data: [DONE]", `data: ${good}\n\ndata: {}`, `x\ndata: ${good}`])(
    "that is only like one is none: %j",
    (text) => {
      expect(read(requestType, text)).toEqual({ problem: "the body is not JSON" })
    },
  )
})

describe("a completion with an error", () => {
  const error = { code: 502, message: "Provider returned error" }
  const said = { role: "assistant", content: "Half of" }
  // https://openrouter.ai/docs/api/reference/errors-and-debugging, https://docs.mistral.ai/openapi.yaml, https://github.com/BerriAI/litellm/issues/8448
  const cases: [what: string, completion: object, error: object | null][] = [
    [
      "in the choice that ended with it",
      { choices: [{ finish_reason: "error", error }] },
      { finish_reason: "error", error },
    ],
    ["in a choice that says something", { choices: [{ message: said, error }] }, { message: said, error }],
    [
      "without a word on it",
      { choices: [{ finish_reason: "error", message: said }] },
      { finish_reason: "error", message: said },
    ],
    [
      "told beside its choice",
      { choices: [{ finish_reason: "error" }], error },
      { choices: [{ finish_reason: "error" }], error },
    ],
    [
      "beside a choice without content",
      { choices: [{ finish_reason: "stop", message: { role: "assistant", content: null } }], error },
      { choices: [{ finish_reason: "stop", message: { role: "assistant", content: null } }], error },
    ],
    [
      "beside a choice that is not at its end",
      { choices: [{ message: said }], error },
      { choices: [{ message: said }], error },
    ],
    [
      "in one of two choices",
      {
        choices: [
          { finish_reason: "error", error },
          { finish_reason: "stop", message: said },
        ],
      },
      null,
    ],
    ["beside a whole answer", { choices: [{ finish_reason: "stop", message: said }], error }, null],
    ["beside a whole text", { choices: [{ finish_reason: "length", text: "x" }], error }, null],
  ]
  test.each(cases)("%s is that error, unless an answer has come: %j", (_, completion, found) => {
    const text = JSON.stringify(completion)
    const expected =
      found === null ? { result: text } : { problem: "it says that it failed", error: { said: found, status: 502 } }
    for (const type of ["chat_completion", "text_completion"]) expect(read(type, text)).toEqual(expected as never)
  })
})

// Servers that stream where nothing is said: https://github.com/diegosouzapw/OmniRoute/issues/10239
describe("a stream that nobody asked for", () => {
  const framed = (events: object[], mark = "data: [DONE]\n\n") =>
    events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("") + mark
  const head = { id: "c-1", object: "chat.completion.chunk", created: 1, model: "m" }
  const chunk = (delta: object, finish_reason: string | null = null, index = 0) => ({
    ...head,
    choices: [{ index, delta, finish_reason }],
  })
  const readBack = (requestType: string, text: string) => {
    const reading = read(requestType, text, "text/event-stream")
    return "result" in reading ? JSON.parse(reading.result) : reading
  }

  test("of a chat completion is that completion", () => {
    const call = (piece: object) => ({ tool_calls: [{ index: 0, ...piece }] })
    const events = [
      chunk({ role: "assistant", content: "" }),
      chunk({ reasoning_content: "Hm" }),
      chunk({ content: "Hel" }),
      chunk({ content: "lo" }),
      chunk(call({ id: "call_1", type: "function", function: { name: "f", arguments: "" } })),
      chunk(call({ function: { arguments: '{"a":' } })),
      chunk(call({ function: { arguments: "1}" } })),
      chunk({ role: "assistant", content: "Two" }, "stop", 1),
      chunk({}, "tool_calls"),
      { ...head, choices: [], usage: { total_tokens: 3 } },
    ]
    // Its numbers keep their digits.
    const exact = `data: {"n":12345678901234567890,"choices":[{"delta":{"content":"x"},"logprobs":{"a":1.10},"finish_reason":"stop"}]}`
    expect(read("chat_completion", exact, "text/event-stream")).toEqual({
      result:
        '{"n":12345678901234567890,"choices":[{"logprobs":{"a":1.10},"finish_reason":"stop","message":{"content":"x"}}]}',
    })
    expect(readBack("chat_completion", framed(events))).toEqual({
      ...head,
      object: "chat.completion",
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: "Hello",
            reasoning_content: "Hm",
            tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name: "f", arguments: '{"a":1}' } }],
          },
          finish_reason: "tool_calls",
        },
        { index: 1, message: { role: "assistant", content: "Two" }, finish_reason: "stop" },
      ],
      usage: { total_tokens: 3 },
    })
  })

  test("of one chunk is a completion too", () => {
    expect(
      readBack("chat_completion", framed([chunk({ role: "assistant", content: "Hi" }, "stop")], "")),
    ).toMatchObject({
      object: "chat.completion",
      choices: [{ message: { content: "Hi" }, finish_reason: "stop" }],
    })
  })

  test("of a text completion is that completion", () => {
    const piece = (text: string, finish_reason: string | null) => ({
      ...{ id: "c", object: "text_completion", choices: [{ index: 0, text, finish_reason }] },
    })
    expect(readBack("text_completion", framed([piece("Hel", null), piece("lo", "length")]))).toEqual({
      ...{ id: "c", object: "text_completion", choices: [{ index: 0, text: "Hello", finish_reason: "length" }] },
    })
  })

  test.each([
    ["chat_completion", chunk({ content: "Hel" })],
    ["text_completion", { object: "text_completion", choices: [{ index: 0, text: "Hel", finish_reason: null }] }],
  ])("that has no end is no %s: half an answer is none", (requestType, piece) => {
    const expected = { problem: "its stream broke off before its end" }
    for (const mark of ["", "data: [DONE]\n\n"])
      expect(read(requestType, framed([piece, piece], mark))).toEqual(expected)
  })

  test("that an error ends is that error", () => {
    const error = { code: 502, message: "Provider disconnected" }
    const end = { ...head, error, choices: [{ index: 0, delta: { content: "" }, finish_reason: "error" }] }
    expect(read("chat_completion", framed([chunk({ content: "Hel" }), end]))).toMatchObject({
      error: { said: { error }, status: 502 },
    })
  })

  test("that an error without choices ends is that error", () => {
    const error = { code: 429, message: "Slow down" }
    expect(read("chat_completion", framed([chunk({ content: "Hel" }), { error }]))).toMatchObject({
      error: { said: { error }, status: 502 },
    })
  })

  test("changes no object but its own, whatever its members are called", () => {
    const hostile = `data: {"choices":[{"index":0,"delta":{"content":"x","__proto__":{"isPolluted":true}},"finish_reason":"stop"}]}\n\n`
    const reading = read("chat_completion", hostile, "text/event-stream")
    expect({}).not.toHaveProperty("isPolluted")
    expect(reading).toEqual({
      result:
        '{"choices":[{"index":0,"finish_reason":"stop","message":{"content":"x","__proto__":{"isPolluted":true}}}]}',
    })
  })

  test.each([
    ["calls", `[{"index":0,"delta":{"tool_calls":[${Array.from({ length: 80_000 }, (_, at) => `{"index":${at}}`)}]}}]`],
    ["choices", `[${Array.from({ length: 80_000 }, (_, at) => `{"index":${at},"delta":{}}`)}]`],
    ["levels", `[{"index":0,"delta":{"x":${"[".repeat(100_000)}${"]".repeat(100_000)}}}]`],
  ])("of very many %s is read quickly", async (_, choices) => {
    const events = `data: {"choices":${choices}}\n\ndata: {"choices":[]}\n\n`
    await doQuickly(() => read("chat_completion", events, "text/event-stream"))
  })

  test("of a response is the response in its last event, byte for byte", () => {
    const response = '{"id":"r","object":"response", "n":1.10,"output":[{"type":"message"}]}'
    const events = `event: response.created\ndata: {"type":"response.created","response":{"id":"r"}}\n\nevent: response.completed\ndata: {"type":"response.completed","response":${response}}\n\n`
    expect(read("responses", events, "text/event-stream")).toEqual({ result: response })
  })

  test.each([
    ["chat_completion", framed([{ a: 1 }, { b: 2 }])],
    ["responses", framed([{ type: "response.created", response: {} }, { type: "response.in_progress" }])],
    ["embedding", framed([{ data: [{ embedding: [1] }] }, { data: [{ embedding: [1] }] }])],
  ])("of something else is none: %s", (requestType, text) => {
    expect(read(requestType, text)).toEqual({ problem: "the body is not JSON" })
  })
})

// https://github.com/robocurve/inspect-robots/issues/448
test("a response that failed is its error, whatever it has put out", () => {
  const response = { status: "failed", error: { code: "server_error", message: "x" }, output: [{ type: "reasoning" }] }
  expect(read("responses", JSON.stringify(response))).toEqual({
    problem: "it says that it failed",
    error: { said: response, status: 502 },
  })
})

// https://huggingface.github.io/text-embeddings-inference/
describe("a ranking that is a bare list", () => {
  test("is read, its numbers as they came", () => {
    const list = '[ {"index":1,"score":0.9900,"text":"b, \\"c\\""}, {"index":0,"score":1e-40,"text":null} ]'
    expect(read("rerank", list)).toEqual({
      result:
        '{"results":[{"index":1,"relevance_score":0.9900,"document":{"text":"b, \\"c\\""}},{"index":0,"relevance_score":1e-40}]}',
    })
  })

  test.each(["[]", "[1]", "[{}]", '[{"index":0}]'])("is none when it ranks nothing: %s", (list) => {
    expect(read("rerank", list)).toHaveProperty("problem")
  })
})

// The official clients decode what comes as what they asked for: https://github.com/ollama/ollama/issues/6934
describe("vectors come in the format that was asked for", () => {
  const floats =
    '{"object":"list","data":[{"index":0,"embedding":[0.5,-2,1e10]},{"index":1,"embedding":[1.0]}],"z":1.10}'
  const base64 =
    '{"object":"list","data":[{"index":0,"embedding":"AAAAPwAAAMD5AhVQ"},{"index":1,"embedding":"AACAPw=="}],"z":1.10}'
  const asked = (text: string, encoding_format?: unknown) =>
    getEndpoint("embedding").read(answer(text), () => ({ encoding_format }))

  test("base64 where numbers came", () => {
    expect(asked(floats, "base64")).toEqual({ result: base64 })
  })

  test.each(["float", undefined, null])("numbers where base64 came and %p was asked", (format) => {
    expect(asked(base64, format)).toEqual({ result: floats.replace("1e10", "10000000000").replace("[1.0]", "[1]") })
  })

  test.each([
    [floats, "float"],
    [floats, undefined],
    [base64, "base64"],
    ['{"data":[{"embedding":"no base64!"}]}', "float"],
    ['{"data":[{"embedding":"AAA="}]}', "float"],
    ['{"data":[{"embedding":"AADAfw=="}]}', "float"],
    ['{"data":[{"embedding":[[1,2],[3,4]]}]}', "base64"],
    ['{"data":[{"index":0,"vector":[1]}]}', "base64"],
    ['{"data":[{"index":0,"embedding":{"float":[1],"int8":[1]}}]}', "base64"],
  ])("%s stays as it came where %p was asked", (text, format) => {
    expect(asked(text, format)).toEqual({ result: text })
  })
})

test.each([
  "{}",
  '{"input_tokens":"8"}',
  '{"input_tokens":8.5}',
  '{"object":"response.input_tokens","input_tokens":null}',
])("a count of tokens without its number is none: %s", (text) => {
  expect(read("count_tokens", text)).toMatchObject({ problem: expect.stringContaining("no number of input_tokens") })
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

  // https://github.com/Nyralei/whisperx-api-server/issues/4
  test("that is quoted as JSON is the text in the quotes", () => {
    for (const type of ["application/json", null]) {
      expect(read("transcription", JSON.stringify(srt), type)).toEqual({ result: JSON.stringify({ text: srt }) })
    }
    expect(read("transcription", '"broken off', "application/json")).toEqual({ problem: "the body is not JSON" })
  })

  // https://github.com/morioka/tiny-openai-whisper-api/issues/7
  test.each([srt, vtt])("is subtitles, whatever they are called: %j", (body) => {
    for (const type of ["application/json", null]) {
      expect(read("transcription", body, type)).toEqual({ result: JSON.stringify({ text: body }) })
    }
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

  test("is no error, whatever the error is called", () => {
    const said = { error: { code: 503, message: "x" } }
    for (const [requestType, type] of [
      ["speech", "audio/mpeg"],
      ["speech", null],
      ["transcription", "text/plain"],
    ] as const) {
      expect(read(requestType, JSON.stringify(said), type)).toMatchObject({ error: { said, status: null } })
    }
    for (const sound of ["{", '{"a":1}']) expect(read("speech", sound, "audio/pcm")).toHaveProperty("content")
    expect(read("transcription", '{"a":1}', "text/plain")).toEqual({ result: '{"text":"{\\"a\\":1}"}' })
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
    ['{"audio":null}', "application/json", "the body is no speech (it has no audio)"],
    ['{"audio":""}', "application/json", "the body is no speech (its audio is empty)"],
    ['["audio"]', "application/json", "the body is no speech (it has no audio)"],
    ['{"audio":"AA', "application/json", "the body is not JSON"],
    ["", "application/json", "the body is empty"],
    ["", "audio/mpeg", "the body is empty"],
    ["", null, "the body is empty"],
    [html, "text/html", "the body is a web page, not audio"],
  ])("is not %j (%s)", (body, contentType, problem) => {
    expect(read("speech", body, contentType)).toEqual({ problem })
  })
})
