// Serves text completions at providers that have only chat completions: the prompt becomes the message of a user. Pure.
import { isNumber } from "../../exactjson.ts"
import { asList, asRecord, asRecords, asText } from "../../values.ts"
import { checkParameters, type ParameterTable } from "../parametertable.ts"
import { type About, type Fields, given, listParts, type Translated, type Translation, without } from "./translation.ts"

/** https://platform.openai.com/docs/api-reference/completions/create */
export const completionsViaChat: Translation = {
  asks: "chat_completion",
  // Without a prompt there is no text either.
  check: (fields) => checkParameters(table, { ...fields, prompt: fields["prompt"] ?? [] }, null),
  request: chatRequest,
  answer: toTextCompletion,
}

/** Parameters that the gateway reads or that do not concern a job. They are left out without a warning. */
export const ignored = ["fallbacks", "stream", "stream_options"]

/** Parameters that are translated, or that ask for nothing when they are not refused. */
const own = ["prompt", "max_tokens", "suffix", "echo", "best_of", "logprobs", "messages"]

const table: ParameterTable = {
  rules: [
    {
      param: "prompt",
      when: (prompt) => typeof prompt !== "string" && !isOneText(asList(prompt)),
      says: (prompt) =>
        asList(prompt).length > 1 && asList(prompt).every((text) => typeof text === "string")
          ? "has several texts, which is not supported by this provider: submit each of them by itself"
          : "is not a text: this provider knows no tokens by their numbers; send their text",
    },
    { param: "suffix", when: Boolean, says: "is not supported: this provider has nothing like it; leave it out" },
    {
      param: "echo",
      when: (echo, { logprobs }) => Boolean(echo) && typeof logprobs === "number",
      says: "is not supported along with logprobs: this provider gives none of the prompt; leave one out",
    },
    {
      param: "best_of",
      when: (best, { n }) => readCount(best) > readCount(n),
      says: "above n is not supported: this provider gives all it makes; leave it out",
    },
    { param: "messages", says: "is not supported here: use prompt" },
  ],
  types: { logprobs: "number" },
}

function isOneText(texts: unknown[]): boolean {
  return texts.length === 1 && typeof texts[0] === "string"
}

function readCount(value: unknown): number {
  return typeof value === "number" ? value : 1
}

/** Unknown parameters are passed on, as they are without a translation. */
function chatRequest(fields: Fields): Fields {
  const { max_tokens, logprobs } = fields
  return given({
    max_completion_tokens: max_tokens,
    ...without(fields, [...ignored, ...own]),
    messages: [{ role: "user", content: readPrompt(fields) }],
    ...(isNumber(logprobs) ? { logprobs: true, top_logprobs: logprobs } : {}),
  })
}

function readPrompt({ prompt }: Fields): string {
  return asText(Array.isArray(prompt) ? prompt[0] : prompt)
}

/** https://platform.openai.com/docs/api-reference/completions/object */
function toTextCompletion(completion: Fields, fields: Fields, { jobId, now }: About): Translated {
  const { id, created, ...beside } = completion
  const name = typeof id === "string" && id !== "" ? id.replace(/^chatcmpl-/, "") : jobId
  const echoed = fields["echo"] === true ? readPrompt(fields) : ""
  return {
    answer: {
      ...beside,
      id: `cmpl-${name}`,
      object: "text_completion",
      created: isNumber(created) ? created : Math.floor(now / 1000),
      choices: asRecords(completion["choices"]).map((choice, at) => toTextChoice(choice, at, echoed)),
    },
  }
}

/** Other members of the message are kept as they are. */
function toTextChoice({ message, logprobs, ...choice }: Fields, at: number, echoed: string): Fields {
  const { role: _role, content, refusal, ...beside } = asRecord(message)
  const said = listParts(content)
    .map(({ text }) => asText(text))
    .join("")
  const { finish_reason } = choice
  return {
    ...beside,
    ...(Array.isArray(content) ? { content } : {}),
    ...given({ refusal }),
    index: at,
    ...choice,
    text: echoed + (said || asText(refusal)),
    logprobs: toLogprobs(asRecord(logprobs)["content"]),
    finish_reason: finish_reason === "tool_calls" ? "stop" : (finish_reason ?? null),
  }
}

/** `top_logprobs` always includes the token itself. Offsets count characters of the text. */
function toLogprobs(content: unknown): Fields | null {
  if (!Array.isArray(content)) return null
  const entries = asRecords(content)
  const tokens = entries.map(({ token }) => asText(token))
  let offset = 0
  return {
    tokens,
    token_logprobs: entries.map(({ logprob }) => logprob),
    top_logprobs: entries.map(({ token, logprob, top_logprobs }) =>
      Object.fromEntries([...asRecords(top_logprobs), { token, logprob }].map((one) => [one["token"], one["logprob"]])),
    ),
    text_offset: tokens.map((token) => {
      const at = offset
      offset += [...token].length
      return at
    }),
  }
}
