// What providers call otherwise, do not know or refuse: requests with all of that, and what is to become of them.
import { type Case, type Cell, type Fields, json } from "./cell.ts"
import { expected } from "./expected.ts"
import { plain } from "./forms.ts"
import { type Limits, paths, shaped } from "./shaped.ts"

/** A value for each of the members that are limited anywhere: one that asks for something, and one that asks for what holds without it. */
const values: Record<string, { asking: unknown; idle?: unknown }> = {
  max_completion_tokens: { asking: 64 },
  seed: { asking: 7 },
  dimensions: { asking: 256 },
  user: { asking: "user-1" },
  store: { asking: true },
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
}

export const limits = Object.entries(expected).flatMap(([provider, { limits }]) =>
  Object.entries(limits).map(([requestType, limit]) => ({
    name: `${provider} ${requestType}`,
    provider,
    requestType,
    limit,
  })),
)

/** A request with all that is limited: the value of what is refused asks for nothing. */
export const limited: Case[] = limits.map(({ limit, ...place }) => ({
  ...place,
  cell: limitedCell(place.provider, place.requestType, limit),
}))

/** What is asked as another request type is under the limits of that one. */
export const turned: Case[] = [
  turnedCase("mistral", "text_completion", { seed: 7, user: "user-1" }, { random_seed: 7 }, ["user"]),
  turnedCase("perplexity", "chat_completion", { user: "user-1", service_tier: "auto" }, {}, ["user", "service_tier"]),
]

/** Requests that go nowhere, each because of one member. */
export const refused: (Case & { param: string })[] = [
  ...limits.flatMap(({ provider, requestType, limit }) =>
    (limit.reject ?? []).map((param) =>
      refusedCase(provider, requestType, param, { ...plain(requestType).asked, ...asking([param]) }),
    ),
  ),
  refusedCase("cohere-openai", "responses", "top_logprobs", { input: "Say hi", top_logprobs: 2 }),
]

function limitedCell(provider: string, requestType: string, { rename = {}, drop = [], reject = [] }: Limits): Cell {
  const { model, asked, answer } = plain(requestType)
  const given = asking(Object.keys(rename))
  const left = Object.entries(asked).filter(([name]) => ![...drop, ...reject].includes(name))
  const renamed = Object.entries(rename).map(([ours, theirs]) => [theirs, given[ours]])
  const url = `${shaped[provider]?.at}${paths[requestType]}`
  const sent = { json: { model, ...Object.fromEntries([...left, ...renamed]) } }
  return {
    model,
    asked: { ...asked, ...given, ...asking(drop), ...idle(reject) },
    steps: [{ method: "POST", url, sent, answer: json(answer) }],
    result: answer,
    warnings: drop.map(unsent),
  }
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

function refusedCase(provider: string, requestType: string, param: string, asked: Fields): Case & { param: string } {
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
