// Counts the tokens of a chat in each of the native forms: the request is the one that asks for an answer, in the form and at the address
// in which the provider counts it. Pure.
import type { ParameterError } from "../../endpoints/parametertable.ts"
import { parseExact } from "../../exactjson.ts"
import { asRecord } from "../../values.ts"
import type { Fields } from "./assembly.ts"
import type { Target } from "./family.ts"

export const COUNT = "count_tokens"

export const notCounted: ParameterError = {
  isUnsupported: true,
  message: "model is of another maker, and this provider counts tokens for Google's and Anthropic's models only",
  param: "model",
}

/** How a provider counts. */
export interface Count {
  /** @param url that of the request for an answer */
  locate(url: string): string
  /** @param body that of the request for an answer */
  change(body: string): string
  read(answer: Fields): unknown
}

/** @param model its name at the provider */
export function planCount(target: Target, model: string): Count {
  const { locate, build, member } = isOnVertex(target) ? claudeOnVertex : forms[target.dialect]
  return {
    locate: (url) => locate(url, model),
    change: (body) => JSON.stringify(build(asRecord(parseExact(body)), target)),
    read: (answer) => answer[member],
  }
}

interface Form {
  locate(url: string, model: string): string
  build(body: Fields, target: Target): Fields
  /** The count in the answer. */
  member: string
}

/** https://platform.claude.com/docs/en/api/messages-count-tokens. It refuses what only an answer needs, as max_tokens. */
const ofMessages = [
  ...["model", "messages", "system", "tools", "tool_choice", "thinking", "output_config", "output_format"],
  ...["cache_control", "context_management", "mcp_servers", "anthropic_version"],
]

const forms: Readonly<Record<Target["dialect"], Form>> = {
  messages: {
    locate: (url) => `${url}/count_tokens`,
    build: (body) => pick(body, ofMessages),
    member: "input_tokens",
  },
  // https://ai.google.dev/api/tokens,
  // https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1/projects.locations.publishers.models/countTokens
  gemini: {
    locate: (url) => url.replace(/:generateContent$/, ":countTokens"),
    build: (body, { family, name }) =>
      family === "vertex"
        ? pick(body, ["contents", "systemInstruction", "tools", "generationConfig"])
        : { generateContentRequest: { model: name.includes("/") ? name : `models/${name}`, ...body } },
    member: "totalTokens",
  },
  // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html
  converse: {
    locate: (url, model) =>
      url.replace(/\/model\/[^/]+\/converse$/, `/model/${encodeURIComponent(withoutProfile(model))}/count-tokens`),
    build: (body) => ({
      input: { converse: pick(body, ["messages", "system", "toolConfig", "additionalModelRequestFields"]) },
    }),
    member: "inputTokens",
  },
}

/** https://github.com/anthropics/anthropic-sdk-typescript/blob/main/packages/vertex-sdk/src/client.ts: the model is in the body alone. */
const claudeOnVertex: Form = {
  ...forms.messages,
  locate: (url) => url.replace(/\/[^/]+:rawPredict$/, "/count-tokens:rawPredict"),
  build: (body, { name }) => ({ model: name, ...pick(body, ofMessages) }),
}

function isOnVertex({ family, dialect }: Target): boolean {
  return family === "vertex" && dialect === "messages"
}

/** A model's own name: inference profiles, which lead a request to a region, are not counted for. */
function withoutProfile(model: string): string {
  return model.replace(/^(us|us-gov|eu|apac|au|ca|jp|global)\.(?=[a-z0-9-]+\.)/, "")
}

function pick(body: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(body).filter(([name]) => names.includes(name)))
}
