// The mock provider's chat completions, completions, responses and OCR: objects in OpenAI's and Mistral's form with a text that repeats the request.
import { makeResponseId } from "../../endpoints/responseid.ts"
import { writeCount } from "../../endpoints/tokencounts.ts"
import { asList, asRecord, asText } from "../../values.ts"
import {
  countWords,
  json,
  type MockAnswer,
  type MockJob,
  type MockRequest,
  notice,
  readCount,
  readInputs,
  readText,
  repeat,
  seconds,
} from "./mockrequest.ts"

/** A larger `n` counts as 1: each choice repeats the text once more. */
const CHOICES_MAX = 8
/** Longer texts, such as a document in a data URL, are not repeated in full. */
const URL_CHARS_MAX = 200

/** https://platform.openai.com/docs/api-reference/chat/object */
export function chatCompletion({ fields }: MockRequest, { jobId, model, now }: MockJob): MockAnswer {
  const messages = asList(fields["messages"]).map(asRecord)
  const content = repeat(lastSaid(messages))
  const choices = Array.from({ length: readCount(fields["n"], CHOICES_MAX) ?? 1 }, (_, index) => ({
    index,
    message: { role: "assistant", content, refusal: null },
    logprobs: null,
    finish_reason: "stop",
  }))
  return json({
    id: `chatcmpl-mock-${jobId}`,
    object: "chat.completion",
    created: seconds(now),
    model,
    choices,
    usage: usage(countSaid(messages), countWords(content) * choices.length),
    system_fingerprint: "mock",
  })
}

/** Each prompt gets its own `n` choices, in order. https://platform.openai.com/docs/api-reference/completions/object */
export function textCompletion({ fields }: MockRequest, { jobId, model, now }: MockJob): MockAnswer {
  const { inputs, cut } = readInputs(fields["prompt"])
  const times = readCount(fields["n"], CHOICES_MAX) ?? 1
  const texts = inputs.flatMap(({ text }) => new Array<string>(times).fill(repeat(text)))
  return json({
    id: `cmpl-mock-${jobId}`,
    object: "text_completion",
    created: seconds(now),
    model,
    choices: texts.map((text, index) => ({ index, text, logprobs: null, finish_reason: "stop" })),
    usage: usage(
      inputs.reduce((sum, { tokens }) => sum + tokens, 0),
      texts.reduce((sum, text) => sum + countWords(text), 0),
    ),
    system_fingerprint: "mock",
    ...cut,
  })
}

/** https://platform.openai.com/docs/api-reference/responses/object */
export function response({ fields }: MockRequest, { jobId, model, now }: MockJob): MockAnswer {
  const text = repeat(lastSaid(readItems(fields)))
  const { prompt_tokens, completion_tokens, total_tokens } = usage(countAsked(fields), countWords(text))
  const message = {
    id: `msg_mock_${jobId}`,
    type: "message",
    status: "completed",
    role: "assistant",
    content: [{ type: "output_text", text, annotations: [], logprobs: [] }],
  }
  return json({
    id: makeResponseId(jobId),
    object: "response",
    created_at: seconds(now),
    status: "completed",
    error: null,
    incomplete_details: null,
    instructions: fields["instructions"] ?? null,
    max_output_tokens: fields["max_output_tokens"] ?? null,
    model,
    output: [message],
    parallel_tool_calls: fields["parallel_tool_calls"] ?? true,
    previous_response_id: fields["previous_response_id"] ?? null,
    temperature: fields["temperature"] ?? 1,
    tool_choice: fields["tool_choice"] ?? "auto",
    tools: fields["tools"] ?? [],
    top_p: fields["top_p"] ?? 1,
    usage: {
      input_tokens: prompt_tokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: completion_tokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens,
    },
    metadata: fields["metadata"] ?? {},
  })
}

export function tokenCount({ fields }: MockRequest): MockAnswer {
  return json({ ...writeCount(countAsked(fields)), mock: notice })
}

function readItems({ input }: Record<string, unknown>): Record<string, unknown>[] {
  return typeof input === "string" ? [{ role: "user", content: input }] : asList(input).map(asRecord)
}

/** The tokens of a request for a response. */
function countAsked(fields: Record<string, unknown>): number {
  return countWords(asText(fields["instructions"])) + countSaid(readItems(fields))
}

/** One page, an American letter at 200 dpi. https://docs.mistral.ai/api/endpoint/ocr */
export function ocr({ fields }: MockRequest, { model }: MockJob): MockAnswer {
  const markdown = `# Mock OCR\n\n${notice}\n\nThe document: ${nameOfDocument(asRecord(fields["document"]))}`
  return json({
    pages: [{ index: 0, markdown, images: [], dimensions: { dpi: 200, height: 2200, width: 1700 } }],
    model,
    document_annotation: null,
    usage_info: { pages_processed: 1, doc_size_bytes: null },
  })
}

function nameOfDocument(document: Record<string, unknown>): string {
  const image = document["image_url"]
  const given = [document["document_url"], image, asRecord(image)["url"], document["file_id"]]
  const name = given.map(asText).find(Boolean) ?? "none"
  return name.length > URL_CHARS_MAX ? `${name.slice(0, URL_CHARS_MAX)}… (${name.length} characters)` : name
}

/** The text of the last message of the user, or else of the last message. */
function lastSaid(messages: Record<string, unknown>[]): string {
  const last = messages.findLast(({ role }) => role === "user") ?? messages.at(-1)
  return readText(last?.["content"])
}

function countSaid(messages: Record<string, unknown>[]): number {
  return messages.reduce((sum, { content }) => sum + countWords(readText(content)), 0)
}

function usage(prompt_tokens: number, completion_tokens: number) {
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
}
