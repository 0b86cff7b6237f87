// How rows say which request types a provider serves, and under which paths.
import type { AdapterName } from "../adapternames.ts"
import type { EndpointSupport, Row } from "../provider.ts"

/** OpenAI's own paths. https://platform.openai.com/docs/api-reference */
export const openaiPaths = {
  text_completion: "/completions",
  chat_completion: "/chat/completions",
  responses: "/responses",
  embedding: "/embeddings",
  speech: "/audio/speech",
  transcription: "/audio/transcriptions",
  image_generation: "/images/generations",
  image_edit: "/images/edits",
  image_variation: "/images/variations",
} as const

/** Also includes what other servers in OpenAI's form have: rerank in Cohere's form, ocr in Mistral's. */
export const everyPath = { ...openaiPaths, rerank: "/rerank", ocr: "/ocr" } as const

type RequestType = keyof typeof everyPath

type Facts = Omit<EndpointSupport, "adapter" | "path" | "via">

export const everyType = Object.keys(everyPath) as RequestType[]

/** Request types whose adapters know their own paths. */
export function own(adapters: Partial<Record<RequestType, AdapterName>>): Row["endpoints"] {
  return Object.fromEntries(Object.entries(adapters).map(([type, adapter]) => [type, { adapter, path: "" }]))
}

/** Request types with the usual paths, and what differs in each. */
export function serve(
  types: readonly RequestType[],
  facts: Partial<Record<RequestType, Facts>> = {},
  adapter: AdapterName = "raw",
): Row["endpoints"] {
  return Object.fromEntries(types.map((type) => [type, { adapter, path: everyPath[type], ...facts[type] }]))
}

/** For servers that know only the older of the two parameters for the maximum of tokens. */
export const maxTokens = { max_completion_tokens: "max_tokens" }

/** For servers that know only the older of the two roles for instructions: of a chat, and of responses. */
export const olderRole = { values: { role: { developer: "system" } } }
export const olderRoles = { messages: olderRole }
