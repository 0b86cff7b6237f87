// What providers call otherwise, do not know or refuse: requests with all of that, and what is to become of them.
import { expect } from "bun:test"
import { type Case, type Cell, type Fields, isForm } from "./cell.ts"
import { expected } from "./expected.ts"
import { passing, plain } from "./forms.ts"
import { type Limits, shaped } from "./shaped.ts"

/** A value for each of the members that are limited anywhere: one that asks for something, and one that asks for what holds without it. */
const values: Record<string, { asking: unknown; idle?: unknown }> = {
  max_completion_tokens: { asking: 64 },
  seed: { asking: 7 },
  dimensions: { asking: 256 },
  user: { asking: "user-1" },
  store: { asking: true },
  stream_options: { asking: { include_usage: true } },
  moderation: { asking: "low" },
  metadata: { asking: { team: "a" } },
  service_tier: { asking: "default" },
  prompt_cache_key: { asking: "key-1" },
  prompt_cache_retention: { asking: "24h" },
  safety_identifier: { asking: "hash-1" },
  prediction: { asking: { type: "content", content: "Hi" } },
  n: { asking: 2, idle: 1 },
  logprobs: { asking: true, idle: false },
  top_logprobs: { asking: 2, idle: 0 },
  logit_bias: { asking: { "50256": -100 }, idle: {} },
  frequency_penalty: { asking: 0.5, idle: 0 },
  presence_penalty: { asking: -0.5, idle: 0 },
  parallel_tool_calls: { asking: false, idle: true },
  modalities: { asking: ["text", "audio"], idle: ["text"] },
  audio: { asking: { voice: "alloy", format: "wav" } },
  verbosity: { asking: "low", idle: "medium" },
  size: { asking: "1024x1024", idle: "auto" },
  quality: { asking: "high", idle: "auto" },
  style: { asking: "vivid" },
  web_search_options: { asking: {} },
  functions: { asking: [{ name: "f" }] },
  function_call: { asking: "auto" },
  previous_response_id: { asking: "resp_1" },
  text: { asking: { verbosity: "low" }, idle: { format: { type: "text" } } },
  include: { asking: ["reasoning.encrypted_content"], idle: [] },
  instructions: { asking: "softly" },
  speed: { asking: 1.5, idle: 1 },
  prompt: { asking: "names" },
  "include[]": { asking: "logprobs" },
}

export const limits = Object.entries(expected).flatMap(([provider, { limits }]) =>
  Object.entries(limits).map(([requestType, limit]) => ({
    name: `${provider} ${requestType}`,
    provider,
    requestType,
    limit,
  })),
)

const isAForm = (requestType: string) => ["transcription", "image_edit", "image_variation"].includes(requestType)

/** A request with all that is limited: the value of what is refused asks for nothing. Forms go as they came. */
export const limited: Case[] = limits
  .filter(({ requestType }) => !isAForm(requestType))
  .map(({ limit, ...place }) => ({ ...place, cell: limitedCell(place.provider, place.requestType, limit) }))

/** What is asked as another request type is under the limits of that one. */
export const turned: Case[] = [
  turnedCase("mistral", "text_completion", { seed: 7, user: "user-1" }, { random_seed: 7 }, ["user"]),
  turnedCase("perplexity", "chat_completion", { user: "user-1", service_tier: "auto" }, {}, ["user", "service_tier"]),
]

const hello = { input: "a", encoding_format: "base64" }
const hi = [{ role: "user", content: "Hi" }]

/** What is within a request, and the names of models, in the provider's words: `sent` is to the byte. */
export const worded: Case[] = [
  // https://github.com/mistralai/client-ts/blob/main/src/models/components/usermessage.ts, …/toolmessage.ts, …/function.ts
  wordedCase(
    "mistral",
    "chat_completion",
    "mistral-large-latest",
    {
      messages: [
        { role: "developer", name: "ann", content: "Be brief." },
        { role: "assistant", content: "", refusal: null, annotations: [], tool_calls: [{ id: "c", name: "kept" }] },
        { role: "tool", name: "f", tool_call_id: "c", content: "1.0" },
      ],
      tools: [{ type: "function", function: { name: "f" } }],
    },
    {
      messages: [
        { role: "system", content: "Be brief." },
        { role: "assistant", content: "", tool_calls: [{ id: "c", name: "kept" }] },
        { role: "tool", name: "f", tool_call_id: "c", content: "1.0" },
      ],
      tools: [{ type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } }],
    },
    ["messages[].name", "messages[].annotations"].map(unsent),
  ),
  // https://console.groq.com/docs/openai
  wordedCase(
    "groq",
    "chat_completion",
    "openai/gpt-oss-120b",
    { messages: [{ role: "user", name: "ann", content: "My name" }] },
    { messages: [{ role: "user", content: "My name" }] },
    [unsent("messages[].name")],
  ),
  // https://docs.together.ai/docs/inference/openai-compatibility: as many as are wanted of each token
  wordedCase("together", "chat_completion", "m", { messages: hi, logprobs: true }, { messages: hi, logprobs: 1 }),
  wordedCase(
    "together",
    "chat_completion",
    "m",
    { messages: hi, logprobs: true, top_logprobs: 3 },
    { messages: hi, logprobs: 3 },
  ),
  wordedCase("together", "chat_completion", "m", { messages: hi, logprobs: false }, { messages: hi }),
  // https://docs.voyageai.com/reference/embeddings-api; the answer has floats all the same, which are told in base64
  withResult(
    wordedCase("voyage", "embedding", "voyage-4", hello, hello),
    expect.objectContaining({
      data: expect.arrayContaining([expect.objectContaining({ embedding: expect.any(String) })]),
    }),
  ),
  // https://github.com/perplexityai/api-platform-developers: models-and-presets.md
  wordedCase(
    "perplexity",
    "chat_completion",
    "sonar",
    { messages: hi },
    { input: said(hi), store: false, tools: [{ type: "web_search" }] },
    [],
    { model: "perplexity/sonar" },
  ),
  wordedCase(
    "perplexity",
    "chat_completion",
    "sonar-pro",
    { messages: hi },
    { input: said(hi), store: false, preset: "low" },
    [],
    {},
  ),
  wordedCase(
    "perplexity",
    "responses",
    "sonar-deep-research",
    { input: "Hi" },
    { input: "Hi", preset: "medium" },
    [],
    {},
  ),
  wordedCase("perplexity", "responses", "openai/gpt-5.4", { input: "Hi" }, { input: "Hi" }),
  // …: request-mapping.md: what is not known is answered with 400, in what is nested too
  wordedCase(
    "perplexity",
    "responses",
    "openai/gpt-5.4",
    {
      input: [{ role: "user", content: [{ type: "input_image", image_url: "https://a.example/1", detail: "high" }] }],
      reasoning: { effort: "low", summary: "auto" },
    },
    {
      input: [{ role: "user", content: [{ type: "input_image", image_url: "https://a.example/1" }] }],
      reasoning: { effort: "low" },
    },
    ["input[].content[].detail", "reasoning.summary"].map(unsent),
  ),
  wordedCase(
    "perplexity",
    "chat_completion",
    "sonar-pro",
    { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "https://a.example/1" } }] }] },
    {
      input: said([{ role: "user", content: [{ type: "input_image", image_url: "https://a.example/1" }] }]),
      ...{ store: false, preset: "low" },
    },
    [],
    {},
  ),
]

/** Requests that go nowhere, each because of one member. */
export const refused: (Case & { param: string })[] = [
  ...limits.flatMap(({ provider, requestType, limit }) => [
    ...(limit.reject ?? []).map((param) =>
      refusedCase(provider, requestType, param, withMember(requestType, param, knownValue(param).asking)),
    ),
    ...Object.keys(limit.only ?? {}).map((param) =>
      refusedCase(provider, requestType, param, withMember(requestType, param, "nothing-it-takes")),
    ),
  ]),
  refusedCase("cohere-openai", "responses", "top_logprobs", { input: "Say hi", top_logprobs: 2 }),
  refusedCase("perplexity", "chat_completion", "reasoning_effort", { messages: hi, reasoning_effort: "none" }),
  refusedCase("perplexity", "chat_completion", "messages", {
    messages: [{ role: "user", content: [{ type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } }] }],
  }),
]

function limitedCell(
  provider: string,
  requestType: string,
  { rename = {}, drop = [], reject = [], only = {} }: Limits,
): Cell {
  const cell = cellAt(provider, requestType)
  const { model, asked } = plain(requestType)
  const given = asking(Object.keys(rename))
  const [step] = cell.steps
  const passed = JSON.parse(step?.sent && "text" in step.sent ? step.sent.text : "{}") as Fields
  const left = Object.entries(passed).filter(([name]) => ![...drop, ...reject].includes(name))
  const renamed = Object.entries(rename).map(([ours, theirs]) => [theirs, given[ours]])
  const first = Object.fromEntries(Object.entries(only).map(([name, [value]]) => [name, value]))
  const { values = {} } = shaped[provider]?.limits?.[requestType] ?? {}
  const taken = Object.entries(first).filter(([name, value]) => values[name]?.[String(value)] !== null)
  const sent = { json: Object.fromEntries([...left, ...renamed, ...taken]) }
  return {
    ...cell,
    model,
    asked: { ...asked, ...given, ...first, ...asking(drop), ...idle(reject) },
    steps: cell.steps.map((one) => ({ ...one, sent })),
    warnings: drop.map(unsent),
  }
}

/** The plainest request of a type with one member more. */
function withMember(requestType: string, name: string, value: unknown): Cell["asked"] {
  const { asked } = passing(requestType, "")
  return isForm(asked)
    ? [...asked.filter(([known]) => known !== name), [name, String(value)]]
    : { ...asked, [name]: value }
}

/** A cell whose request has members more, of which others are sent, and some are not. */
function turnedCase(
  provider: string,
  requestType: string,
  over: Fields,
  sent: Fields,
  dropped: readonly string[],
): Case {
  const cell = cellAt(provider, requestType)
  const steps = cell.steps.map((step) => {
    const body = step.sent && "json" in step.sent ? (step.sent.json as Fields) : {}
    return { ...step, sent: { json: { ...body, ...sent } } }
  })
  const changed = { ...cell, asked: { ...cell.asked, ...over }, steps, warnings: dropped.map(unsent) }
  return { name: `${provider} ${requestType}`, provider, requestType, cell: changed }
}

/** @param named what names the model */
function wordedCase(
  provider: string,
  requestType: string,
  model: string,
  asked: Fields,
  sent: Fields,
  warnings: readonly string[] = [],
  named: Fields = { model },
): Case {
  const cell = cellAt(provider, requestType)
  const steps = cell.steps.map((step) => ({ ...step, sent: { text: JSON.stringify({ ...named, ...sent }) } }))
  return {
    name: `${provider} ${requestType} of ${model}: ${Object.keys(asked)}`,
    provider,
    requestType,
    cell: { ...cell, model, asked, steps, warnings },
  }
}

function withResult(one: Case, result: unknown): Case {
  return { ...one, cell: { ...one.cell, result } }
}

function said(messages: readonly Fields[]): Fields[] {
  return messages.map((message) => ({ type: "message", ...message }))
}

function refusedCase(
  provider: string,
  requestType: string,
  param: string,
  asked: Cell["asked"],
): Case & { param: string } {
  const cell = { model: "m", asked, steps: [], result: null }
  return { name: `${provider} ${requestType} ${param}`, provider, requestType, param, cell }
}

function unsent(name: string): string {
  return `${name} is not known to this provider and was not sent`
}

function cellAt(provider: string, requestType: string): Cell {
  const cell = expected[provider]?.cells[requestType]
  if (!cell) throw new Error(`no cell ${provider} ${requestType}`)
  return cell
}

/** Members with a value that asks for nothing, or null where every value asks for something. */
function idle(members: readonly string[]): Fields {
  return Object.fromEntries(members.map((name) => [name, knownValue(name).idle ?? null]))
}

function asking(members: readonly string[]): Fields {
  return Object.fromEntries(members.map((name) => [name, knownValue(name).asking]))
}

function knownValue(name: string) {
  const value = values[name]
  if (!value) throw new Error(`no value for ${name}: add one to values in test/matrix/limits.ts`)
  return value
}
