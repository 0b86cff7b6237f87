// OpenAI's form of each request type, as https://platform.openai.com/docs/api-reference has it: a request, and the answer to it.
// Rerank is Cohere's, https://docs.cohere.com/v2/reference/rerank, and ocr is Mistral's, https://docs.mistral.ai/api/endpoint/ocr
import { expect } from "bun:test"
import { type Cell, type Fields, type FilePart, isForm, json } from "./cell.ts"

const MODEL = "vendor/model-1:free"

export const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
const MP3 = "SUQzBAAAAAAAI1RTU0UAAAAPAAADTGF2ZjU4"
const picture: FilePart = { fileName: "cat.png", type: "image/png", base64: PNG }
const sound: FilePart = { fileName: "speech.mp3", type: "audio/mpeg", base64: MP3 }

/** What goes along although nobody here knows it: providers have members of their own. */
const unknown = { a_member_of_tomorrow: [1, null, { deep: "é" }] }

const images = {
  created: 1713833628,
  data: [{ b64_json: PNG }],
  background: "opaque",
  output_format: "png",
  quality: "medium",
  size: "1024x1024",
  usage: {
    total_tokens: 100,
    input_tokens: 50,
    output_tokens: 50,
    input_tokens_details: { text_tokens: 10, image_tokens: 40 },
  },
}

export const completion = {
  id: "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
  object: "chat.completion",
  created: 1741569952,
  model: "gpt-5.4",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: "Hello! How can I assist you today?", refusal: null, annotations: [] },
      logprobs: null,
      finish_reason: "stop",
    },
  ],
  usage: {
    prompt_tokens: 19,
    completion_tokens: 10,
    total_tokens: 29,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  },
  service_tier: "default",
}

export const response = {
  id: "resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b",
  object: "response",
  created_at: 1741476542,
  status: "completed",
  completed_at: 1741476543,
  error: null,
  incomplete_details: null,
  instructions: null,
  max_output_tokens: null,
  model: "gpt-5.4",
  output: [
    {
      type: "message",
      id: "msg_67ccd2bf17f0819081ff3bb2cf6508e60bb6a6b452d3795b",
      status: "completed",
      role: "assistant",
      content: [{ type: "output_text", text: "In a grove, a unicorn.", annotations: [] }],
    },
  ],
  parallel_tool_calls: true,
  store: true,
  usage: {
    input_tokens: 36,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 87,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 123,
  },
}

/** request type -> what is asked, and the answer; sound comes as its bytes. */
const forms: Record<string, { asked: Cell["asked"]; answer: unknown; result?: unknown }> = {
  text_completion: {
    asked: { prompt: "Say this is a test", max_tokens: 7, temperature: 0, ...unknown },
    answer: {
      id: "cmpl-uqkvlQyYK7bGYrRHQ0eXlWi7",
      object: "text_completion",
      created: 1589478378,
      model: "gpt-3.5-turbo-instruct",
      system_fingerprint: "fp_44709d6fcb",
      choices: [{ text: "\n\nThis is indeed a test", index: 0, logprobs: null, finish_reason: "length" }],
      usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 },
    },
  },
  chat_completion: {
    asked: {
      messages: [
        { role: "developer", content: "You are a helpful assistant." },
        { role: "user", content: "Hello!" },
      ],
      temperature: 0.5,
      ...unknown,
    },
    answer: completion,
  },
  responses: {
    asked: {
      input: [
        { role: "developer", content: "You are a helpful assistant." },
        { role: "user", content: "Tell me a story about a unicorn." },
      ],
      ...unknown,
    },
    answer: response,
  },
  // https://platform.openai.com/docs/api-reference/responses/input-tokens
  count_tokens: {
    asked: { input: "Tell me a joke.", instructions: "Be brief.", ...unknown },
    answer: { object: "response.input_tokens", input_tokens: 11 },
  },
  embedding: {
    asked: { input: ["The food was delicious", "and the waiter"], encoding_format: "float", ...unknown },
    answer: {
      object: "list",
      data: [
        { object: "embedding", embedding: [0.0023064255, -0.009327292], index: 0 },
        { object: "embedding", embedding: [-0.0028842222, 0.5], index: 1 },
      ],
      model: "text-embedding-3-small",
      usage: { prompt_tokens: 8, total_tokens: 8 },
    },
  },
  speech: {
    asked: { input: "The quick brown fox.", voice: "alloy", response_format: "mp3", ...unknown },
    answer: Buffer.from(MP3, "base64"),
    result: { audio: MP3, usage: null, response_format: "mp3" },
  },
  transcription: {
    asked: [
      ["language", "en"],
      ["file", sound],
      ["response_format", "json"],
    ],
    answer: {
      text: "Imagine the wildest idea that you've ever had.",
      usage: {
        type: "tokens",
        input_tokens: 14,
        input_token_details: { text_tokens: 0, audio_tokens: 14 },
        output_tokens: 45,
        total_tokens: 59,
      },
    },
  },
  image_generation: { asked: { prompt: "A cute baby sea otter", n: 1, ...unknown }, answer: images },
  image_edit: {
    asked: [
      ["prompt", "Create a gift basket with these items in it"],
      ["image[]", picture],
      ["image[]", { ...picture, fileName: "soap.png" }],
      ["mask", { ...picture, fileName: "mask.png" }],
    ],
    answer: images,
  },
  image_variation: {
    asked: [
      ["image", picture],
      ["n", "2"],
    ],
    answer: { created: 1589478378, data: [{ url: "https://images.example/1" }, { url: "https://images.example/2" }] },
  },
  rerank: {
    asked: { query: "What is the capital?", documents: ["Carson City", { text: "Washington, D.C." }], top_n: 1 },
    answer: {
      results: [{ index: 1, relevance_score: 0.999071 }],
      id: "07734bd2-2473-4f07-94e1-0d9f0e6843cf",
      meta: { api_version: { version: "2" }, billed_units: { search_units: 1 } },
    },
  },
  ocr: {
    asked: { document: { type: "document_url", document_url: "https://arxiv.org/pdf/2201.04234" }, pages: [0] },
    answer: {
      pages: [
        {
          index: 0,
          markdown: "# Leveraging Unlabeled Data",
          images: [],
          dimensions: { dpi: 200, height: 2200, width: 1700 },
        },
      ],
      model: "mistral-ocr-latest",
      document_annotation: null,
      usage_info: { pages_processed: 1, doc_size_bytes: 3002783 },
    },
  },
}

/**
 * A request in OpenAI's form, at a provider that takes it as it is: but for the model's name, and what the provider is said to say
 * otherwise, every byte is the client's.
 */
export function passing(requestType: string, url: string, change = (text: string) => text): Cell {
  const { asked, answer, result = answer } = formOf(requestType)
  const sent = isForm(asked)
    ? { form: [["model", MODEL], ...asked] as const }
    : { text: change(JSON.stringify({ model: MODEL, ...asked })) }
  const made = Buffer.isBuffer(answer)
    ? () => new Response(answer, { headers: { "content-type": "audio/mpeg" } })
    : json(answer)
  return { model: MODEL, asked, steps: [{ method: "POST", url, sent, answer: made }], result }
}

/** The plainest request of a type, and the answer to it. */
export function plain(requestType: string): { model: string; asked: Fields; answer: unknown } {
  const { asked, answer } = formOf(requestType)
  if (isForm(asked)) throw new Error(`${requestType} is no JSON`)
  return { model: MODEL, asked, answer }
}

function formOf(requestType: string) {
  const form = forms[requestType]
  if (!form) throw new Error(`no form of ${requestType}`)
  return form
}

/** What is asked of a provider that has chat completions alone, and what its client is to get. */
export const turned = {
  text_completion: {
    asked: { prompt: "Say hi", max_tokens: 16 },
    messages: [{ role: "user", content: "Say hi" }],
    result: (text: string) =>
      expect.objectContaining({
        object: "text_completion",
        choices: [expect.objectContaining({ index: 0, text, finish_reason: "stop" })],
      }),
  },
  responses: {
    asked: { instructions: "Be brief.", input: "Say hi", max_output_tokens: 16 },
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Say hi" },
    ],
    result: (text: string) =>
      expect.objectContaining({
        object: "response",
        status: "completed",
        error: null,
        output: [
          expect.objectContaining({
            type: "message",
            role: "assistant",
            content: [expect.objectContaining({ type: "output_text", text })],
          }),
        ],
      }),
  },
}
export type Turned = keyof typeof turned

/** @param tokens what the provider calls the most tokens to make */
export function turning(requestType: Turned, url: string, tokens = "max_completion_tokens"): Cell {
  const { asked, messages, result } = turned[requestType]
  const sent = { json: { model: MODEL, messages, [tokens]: 16 } }
  const [choice] = completion.choices
  return {
    model: MODEL,
    asked,
    steps: [{ method: "POST", url, sent, answer: json(completion) }],
    result: result(choice?.message.content ?? ""),
  }
}

/** A chat at a provider that has responses alone. */
export function chatting(url: string): Cell {
  const { asked } = plain("chat_completion")
  const { messages, ...others } = asked
  const input = (messages as Fields[]).map((message) => ({ type: "message", ...message }))
  return {
    model: MODEL,
    asked,
    steps: [
      { method: "POST", url, sent: { json: { model: MODEL, input, store: false, ...others } }, answer: json(response) },
    ],
    result: expect.objectContaining({
      object: "chat.completion",
      choices: [
        expect.objectContaining({
          message: expect.objectContaining({ role: "assistant", content: "In a grove, a unicorn." }),
          finish_reason: "stop",
        }),
      ],
      usage: expect.objectContaining({ prompt_tokens: 36, completion_tokens: 87, total_tokens: 123 }),
    }),
  }
}
