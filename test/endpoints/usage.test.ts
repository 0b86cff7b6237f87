import { describe, expect, test } from "bun:test"
import type { Usage } from "../../src/call.ts"
import { endpoints, getEndpoint } from "../../src/endpoints/endpoints.ts"
import { countItems } from "../../src/endpoints/usage.ts"
import { member, scan } from "../../src/json.ts"
import { answer } from "./submissions.ts"

/** What the endpoint says was used, of an answer that it reads. */
function usageOf(requestType: string, body: unknown, request: Record<string, unknown> = {}): Usage | null {
  return usageOfText(requestType, JSON.stringify(body), request)
}

function usageOfText(requestType: string, text: string | Uint8Array, request = {}, type = "application/json") {
  const endpoint = getEndpoint(requestType)
  const reading = endpoint.read(answer(text, type), () => request)
  if ("problem" in reading) throw new Error(reading.problem)
  const { result, content } = reading
  const found = scan(result)
  return endpoint.usage(
    (name) => member(result, found, name),
    content,
    () => request,
  )
}

const chat = (usage: unknown) => ({ choices: [{ message: { content: '{"usage":1}' } }], usage })
const images = (count: number, usage?: unknown) => ({
  created: 1,
  data: Array.from({ length: count }, () => ({ b64_json: "iVBORw==", revised_prompt: 'a "[sea]", {calm} \\' })),
  usage,
})
const results = [{ index: 0, relevance_score: 0.9 }]
const page = { index: 0, markdown: "# 1, 2, [3]", images: [{ id: "a" }, { id: "b" }], dimensions: null }

/** Bodies as the providers document them. */
const documented: [requestType: string, form: string, body: unknown, usage: Usage | null][] = [
  [
    "chat_completion",
    "OpenAI",
    chat({
      prompt_tokens: 19,
      completion_tokens: 10,
      total_tokens: 29,
      prompt_tokens_details: { cached_tokens: 4, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 3, audio_tokens: 0, accepted_prediction_tokens: 0 },
    }),
    { input_tokens: 19, output_tokens: 10, cached_tokens: 4, reasoning_tokens: 3 },
  ],
  [
    "chat_completion",
    "Ollama",
    chat({ prompt_tokens: 19, completion_tokens: 10, total_tokens: 29 }),
    { input_tokens: 19, output_tokens: 10 },
  ],
  [
    "chat_completion",
    "vLLM",
    chat({ prompt_tokens: 19, total_tokens: 29, completion_tokens: 10, prompt_tokens_details: null }),
    { input_tokens: 19, output_tokens: 10 },
  ],
  [
    "text_completion",
    "OpenAI",
    { choices: [{ text: "x" }], usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 } },
    { input_tokens: 5, output_tokens: 7 },
  ],
  [
    "responses",
    "OpenAI",
    {
      object: "response",
      output: [{ type: "message" }],
      usage: {
        input_tokens: 36,
        input_tokens_details: { cached_tokens: 8 },
        output_tokens: 87,
        output_tokens_details: { reasoning_tokens: 64 },
        total_tokens: 123,
      },
    },
    { input_tokens: 36, output_tokens: 87, cached_tokens: 8, reasoning_tokens: 64 },
  ],
  ["responses", "OpenAI, not done", { object: "response", status: "incomplete", output: [], usage: null }, null],
  ["count_tokens", "OpenAI, which has used nothing", { object: "response.input_tokens", input_tokens: 11 }, null],
  ["embedding", "OpenAI", { data: [{ index: 0 }], usage: { prompt_tokens: 8, total_tokens: 8 } }, { input_tokens: 8 }],
  ["embedding", "Voyage AI", { data: [{ index: 0 }], usage: { total_tokens: 10 } }, { input_tokens: 10 }],
  [
    "embedding",
    "vLLM",
    {
      data: [{ index: 0 }],
      usage: { prompt_tokens: 6, total_tokens: 6, completion_tokens: 0, prompt_tokens_details: null },
    },
    { input_tokens: 6, output_tokens: 0 },
  ],
  [
    "image_generation",
    "OpenAI, gpt-image",
    images(1, {
      total_tokens: 100,
      input_tokens: 50,
      output_tokens: 50,
      input_tokens_details: { text_tokens: 10, image_tokens: 40 },
    }),
    { input_tokens: 50, output_tokens: 50, images: 1 },
  ],
  ["image_generation", "OpenAI, dall-e", { data: [{ url: "https://a/1,2" }, { url: "https://b" }] }, { images: 2 }],
  ["image_edit", "OpenAI", images(3), { images: 3 }],
  ["image_variation", "OpenAI", images(1), { images: 1 }],
  ["transcription", "OpenAI, whisper", { text: "Hi", usage: { type: "duration", seconds: 9 } }, { seconds: 9 }],
  [
    "transcription",
    "OpenAI, gpt-4o",
    {
      text: "Hi",
      usage: {
        type: "tokens",
        input_tokens: 14,
        input_token_details: { text_tokens: 0, audio_tokens: 14 },
        output_tokens: 45,
        total_tokens: 59,
      },
    },
    { input_tokens: 14, output_tokens: 45 },
  ],
  [
    "transcription",
    "OpenAI, verbose_json",
    { task: "transcribe", duration: 8.47, text: "Hi", segments: [], usage: { type: "duration", seconds: 9 } },
    { seconds: 9 },
  ],
  ["transcription", "a server of whisper.cpp", { text: "Hi", duration: 8.47 }, { seconds: 8.47 }],
  ["transcription", "json without usage", { text: "Hi" }, null],
  ["rerank", "Cohere", { results, meta: { api_version: { version: "2" }, billed_units: { search_units: 1 } } }, null],
  [
    "rerank",
    "Cohere, tokens billed",
    { results, meta: { billed_units: { input_tokens: 11 }, tokens: { input_tokens: 20 } } },
    { input_tokens: 11 },
  ],
  ["rerank", "Cohere, tokens taken", { results, meta: { tokens: { input_tokens: 20 } } }, { input_tokens: 20 }],
  ["rerank", "Jina", { results, usage: { total_tokens: 15 } }, { input_tokens: 15 }],
  ["rerank", "vLLM", { results, usage: { prompt_tokens: 56, total_tokens: 56 } }, { input_tokens: 56 }],
  ["ocr", "Mistral", { pages: [page], usage_info: { pages_processed: 29, doc_size_bytes: null } }, { pages: 29 }],
  ["ocr", "pages alone", { pages: [page, page], model: "m" }, { pages: 2 }],
]

test.each(documented)("%s as %s answers it", (requestType, _form, body, usage) => {
  expect(usageOf(requestType, body)).toEqual(usage)
})

test("every type but speech, which is counted by its request, is among the documented ones", () => {
  const types = new Set([...documented.map(([requestType]) => requestType), "speech"])
  expect(types).toEqual(new Set(endpoints.map(({ requestType }) => requestType)))
})

describe("what is no count is left out", () => {
  test.each([
    [{ prompt_tokens: -1, completion_tokens: 4 }, { output_tokens: 4 }],
    [{ prompt_tokens: "19", completion_tokens: 0 }, { output_tokens: 0 }],
    [{ prompt_tokens: null, input_tokens: 3, completion_tokens: [1] }, { input_tokens: 3 }],
    [{ prompt_tokens: 3, prompt_tokens_details: [], completion_tokens_details: "x" }, { input_tokens: 3 }],
    [{ prompt_tokens: 3, prompt_tokens_details: { cached_tokens: -1 } }, { input_tokens: 3 }],
    [{ total_tokens: 29 }, null],
    [{}, null],
    [[19, 10], null],
    ["19", null],
    [null, null],
    [undefined, null],
  ])("%j", (usage, expected) => {
    expect(usageOf("chat_completion", chat(usage))).toEqual(expected)
  })

  test("a number that is beyond all numbers", () => {
    const text = '{"choices":[{"index":0}],"usage":{"prompt_tokens":1e999,"completion_tokens":2.5}}'
    expect(usageOfText("chat_completion", text)).toEqual({ output_tokens: 2.5 })
  })

  test.each([
    ["ocr", { pages: [page], usage_info: { pages_processed: -1 } }, { pages: 1 }],
    ["ocr", { pages: [page], usage_info: "1" }, { pages: 1 }],
    ["transcription", { text: "", duration: "8.47" }, null],
    ["transcription", { text: "", duration: 3, usage: { type: "duration", seconds: null } }, { seconds: 3 }],
    ["rerank", { results, meta: [], usage: 5 }, null],
    ["embedding", { data: [{ index: 0 }], usage: { total_tokens: "8" } }, null],
  ] as const)("%s %j", (requestType, body, usage) => {
    expect(usageOf(requestType, body)).toEqual(usage)
  })
})

describe("speech", () => {
  const sound = new Uint8Array([1, 2, 3])

  test.each([
    ["Hello", 5],
    ["", 0],
    ["Grüße, 世界", 9],
    ["👋 hi", 4],
    ["👨‍👩‍👧", 5],
    ["\ud83d\ud83d\udc4b", 2],
  ])("is counted by the characters of its request: %j has %d", (input, characters) => {
    expect(usageOfText("speech", sound, { input }, "audio/mpeg")).toEqual({ characters })
  })

  test("of a request whose text is not known says nothing", () => {
    expect(usageOfText("speech", sound, {}, "audio/mpeg")).toBeNull()
  })

  test("as JSON may know its tokens too", () => {
    const body = { audio: "AAAA", usage: { input_tokens: 3, output_tokens: 120, total_tokens: 123 } }
    expect(usageOf("speech", body, { input: "Hi" })).toEqual({ characters: 2, input_tokens: 3, output_tokens: 120 })
  })
})

describe("images and pages are counted in the text", () => {
  test.each([
    "[]",
    "[ \n]",
    "[{}]",
    "[ null , 1 ]",
    '[{"a":[1,2,{"b":[3,4]}]},{"c":"x,y"}]',
    JSON.stringify(["]", "[", "{,", '",', "\\", '\\",', "\\\\", ""]),
    JSON.stringify(images(3).data, null, 2),
  ])("%s", (list) => {
    const text = `{"other":[1,2,3],"data":${list},"z":[1]}`
    expect(countItems((name) => member(text, scan(text), name), "data")).toBe((JSON.parse(list) as unknown[]).length)
  })

  test("the last of several members of the name counts, as for whoever parses it", () => {
    expect(usageOfText("image_edit", '{"data":[{"a":1},2],"data":[{"b":1}]}')).toEqual({ images: 1 })
  })
})

test("a transcription that is a text says nothing of what it used", () => {
  expect(usageOfText("transcription", '{"usage":{"seconds":1}}', {}, "text/plain")).toBeNull()
})
