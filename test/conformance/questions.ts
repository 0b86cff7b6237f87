// What clients ask, in OpenAI's form: the plain and the hard cases of each request type. Those of chat and of the operations are the
// fixtures'. https://platform.openai.com/docs/api-reference; rerank: https://docs.cohere.com/v2/reference/rerank;
// ocr: https://docs.mistral.ai/api/endpoint/ocr
import chats from "../fixtures/native/requests.json"
import bedrock from "../fixtures/operations/bedrock.json"
import cohere from "../fixtures/operations/cohere.json"
import google from "../fixtures/operations/google.json"
import others from "../fixtures/operations/others.json"
import sound from "../fixtures/operations/sound.json"
import type { Cell, Fields, FilePart, Part } from "../matrix/cell.ts"
import { PNG } from "../matrix/forms.ts"

type Asked = Cell["asked"]

const user = (content: unknown) => ({ role: "user", content })
const picture: FilePart = { fileName: "cat.png", type: "image/png", base64: PNG }
const recording: FilePart = { fileName: "speech.mp3", type: "audio/mpeg", base64: "SUQzBAAAAAAA" }

const weather = {
  name: "get_weather",
  description: "The weather at a place",
  parameters: {
    type: "object",
    properties: { city: { type: "string", enum: ["Paris", "Rome"] }, days: { type: ["integer", "null"] } },
    required: ["city", "days"],
    additionalProperties: false,
  },
  strict: true,
}

/** A call of a tool, and its result, which is shown to the model. */
const loop = [
  user("Weather in Paris and Rome?"),
  {
    role: "assistant",
    content: "I look it up.",
    tool_calls: ["Paris", "Rome"].map((city, at) => ({
      id: `call_${at}`,
      type: "function",
      function: { name: "get_weather", arguments: JSON.stringify({ city, days: null }) },
    })),
  },
  { role: "tool", tool_call_id: "call_0", content: '{"degrees":18}' },
  { role: "tool", tool_call_id: "call_1", content: "25 degrees" },
  user("Which is warmer?"),
]

const moreChats: Record<string, Fields> = {
  "a strict tool": { messages: [user("Weather?")], tools: [{ type: "function", function: weather }] },
  "a tool that must be called": {
    messages: [user("Weather?")],
    tools: [{ type: "function", function: weather }],
    tool_choice: "required",
  },
  "a tool without parameters": {
    messages: [user("What time is it?")],
    tools: [{ type: "function", function: { name: "get_time" } }],
  },
  "a loop of tools that goes on": { messages: loop, tools: [{ type: "function", function: weather }] },
  "names of speakers": {
    messages: [
      { role: "system", name: "rules", content: "Be brief." },
      { ...user("Hello"), name: "ada" },
    ],
  },
  "all sampling": {
    messages: [user("Hello")],
    ...{ temperature: 0.5, top_p: 0.9, max_tokens: 100, stop: "END", frequency_penalty: 0.5 },
  },
  "the likeliest tokens": { messages: [user("Hello")], top_p: 0.9 },
  "what is kept and for whom": {
    messages: [user("Hello")],
    ...{
      user: "user-1",
      safety_identifier: "hash-1",
      metadata: { team: "a" },
      store: false,
      prompt_cache_key: "key-1",
    },
  },
  "a bias": { messages: [user("Hello")], logit_bias: { "50256": -100 } },
  ...Object.fromEntries(
    ["none", "minimal", "medium", "high", "xhigh"].map((effort) => [
      `a reasoning effort of ${effort}`,
      { messages: [user("How many primes below 20?")], reasoning_effort: effort },
    ]),
  ),
}

const responses: Record<string, Fields> = {
  "a text": { instructions: "Be brief.", input: "Say hi", max_output_tokens: 64, temperature: 0.5 },
  "a tool": {
    input: "Weather?",
    tools: [{ type: "function", ...weather }],
    tool_choice: "required",
    parallel_tool_calls: true,
  },
  "a loop of tools": {
    input: [
      { role: "user", content: "Weather in Paris?" },
      { type: "function_call", call_id: "call_0", name: "get_weather", arguments: '{"city":"Paris","days":1}' },
      { type: "function_call_output", call_id: "call_0", output: "18 degrees" },
    ],
    tools: [{ type: "function", ...weather }],
  },
  "an image": {
    input: [
      {
        role: "user",
        content: [
          { type: "input_text", text: "What is it?" },
          { type: "input_image", image_url: `data:image/png;base64,${PNG}`, detail: "auto" },
        ],
      },
    ],
  },
  "JSON by a schema": {
    input: "Weather",
    text: { format: { type: "json_schema", name: "weather", strict: true, schema: weather.parameters } },
  },
  reasoning: { input: "How many primes below 20?", reasoning: { effort: "low", summary: "auto" } },
}

const openaiVoices = ["alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar"]
const formats = ["mp3", "opus", "aac", "flac", "wav", "pcm"]

const speeches: Record<string, Fields> = {
  "the plainest": { input: "The quick brown fox.", voice: "alloy" },
  ...Object.fromEntries(openaiVoices.map((voice) => [`the voice ${voice}`, { input: "Hi", voice }])),
  ...Object.fromEntries(
    formats.map((format) => [`as ${format}`, { input: "Hi", voice: "alloy", response_format: format }]),
  ),
  "how it is spoken": { input: "Hi", voice: "alloy", speed: 1.2, instructions: "Cheerfully." },
}

const transcriptions: Record<string, Part[]> = {
  "the plainest": [["file", recording]],
  "all that is asked": [
    ["file", recording],
    ["language", "en"],
    ["prompt", "A speech"],
    ["temperature", "0.2"],
  ],
  ...Object.fromEntries(
    ["json", "text", "srt", "vtt", "verbose_json"].map((format): [string, Part[]] => [
      `as ${format}`,
      [
        ["file", recording],
        ["response_format", format],
      ],
    ]),
  ),
  "the times of words": [
    ["file", recording],
    ["response_format", "verbose_json"],
    ["timestamp_granularities[]", "word"],
  ],
}

const pictures: Record<string, Fields> = {
  "the plainest": { prompt: "A cute baby sea otter" },
  ...Object.fromEntries(
    ["1024x1024", "1536x1024", "1024x1536"].map((size) => [`the size ${size}`, { prompt: "An otter", size }]),
  ),
  ...Object.fromEntries(
    ["low", "medium", "high"].map((quality) => [`the quality ${quality}`, { prompt: "An otter", quality }]),
  ),
  two: { prompt: "An otter", n: 2 },
  "as bytes": { prompt: "An otter", response_format: "b64_json" },
  "as an address": { prompt: "An otter", response_format: "url" },
  "a seed": { prompt: "An otter", seed: 7 },
  "what it is like": { prompt: "An otter", background: "transparent", output_format: "webp", user: "user-1" },
}

const edits: Record<string, Asked> = {
  "a file": [
    ["prompt", "Make it night"],
    ["image", picture],
  ],
  "two files and a mask": [
    ["prompt", "Put them in a basket"],
    ["image[]", picture],
    ["image[]", { ...picture, fileName: "soap.png" }],
    ["mask", { ...picture, fileName: "mask.png" }],
    ["size", "1024x1024"],
  ],
  "an address": { prompt: "Make it night", image: "https://example.com/cat.png" },
  "an address, and a size": { prompt: "Make it night", image: "https://example.com/cat.png", size: "1024x1024" },
}

/** request type -> case -> what is asked beside the model */
export const questions: Readonly<Record<string, Readonly<Record<string, Asked>>>> = {
  chat_completion: { ...chats, ...moreChats },
  text_completion: {
    "the plainest": { prompt: "Say hi" },
    "its settings": { prompt: "Say hi", max_tokens: 16, temperature: 0.5, top_p: 0.9, stop: ["END"], n: 1 },
  },
  responses,
  // What asks for an answer alone counts nothing.
  count_tokens: { ...responses, "a text": { instructions: "Be brief.", input: "Say hi" } },
  embedding: {
    "a text": { input: "The food was delicious" },
    several: { input: ["The food", "and the waiter"], encoding_format: "float" },
    "as base64": { input: "The food", encoding_format: "base64" },
    "its size": { input: "The food", dimensions: 256, user: "user-1" },
  },
  speech: speeches,
  transcription: transcriptions,
  image_generation: pictures,
  image_edit: edits,
  image_variation: {
    "the plainest": [
      ["image", picture],
      ["n", "2"],
    ],
  },
  rerank: {
    texts: { query: "What is the capital?", documents: ["Carson City", "Washington, D.C."] },
    documents: { query: "What is the capital?", documents: [{ text: "Carson City" }, "Washington"], top_n: 1 },
  },
  ocr: {
    "a document": { document: { type: "document_url", document_url: "https://arxiv.org/pdf/2201.04234" }, pages: [0] },
    "a picture": {
      document: { type: "image_url", image_url: "https://example.com/a.png" },
      include_image_base64: true,
    },
  },
}

export interface Question {
  name: string
  provider: string
  requestType: string
  model: string
  asked: Asked
}

/** Whether a picture is told by its address. */
export function hasLink(asked: Asked): boolean {
  return /"https:\/\/(images\.example|example\.com)\//.test(JSON.stringify(asked))
}

interface Documented {
  operation: string
  model: string
  type?: string
  request?: Fields
  form?: {
    fields: [string, string][]
    files: { name: string; fileName: string; type?: string | null; base64: string }[]
  }
}

const kinds: Record<string, string> = {
  ...{ chat: "chat_completion", embed: "embedding", rerank: "rerank", image: "image_generation" },
  ...{ speech: "speech", transcription: "transcription" },
}

/** The requests of the operations' fixtures, which ask for all that their providers know. */
export const documented: readonly Question[] = Object.entries({
  ...cohere,
  ...others,
  ...google,
  ...bedrock,
  ...sound,
} as unknown as Record<string, Documented>).map(([name, { operation, model, type, request, form }]) => {
  const [provider = "", kind = ""] = operation.split("-")
  return { name, provider, requestType: type ?? kinds[kind] ?? "", model, asked: request ?? partsOf(form) }
})

function partsOf(form: Documented["form"]): Part[] {
  const files = (form?.files ?? []).map(
    ({ name, fileName, type, base64 }): Part => [name, { fileName, type: type ?? "", base64 }],
  )
  return [...(form?.fields ?? []).filter(([name]) => name !== "model"), ...files]
}
