// The providers this program knows, one row each, and how a row and the operator's settings become what a call needs.

/** A built-in provider. Sources stand beside the facts. */
interface Row {
  /** Where the endpoints' paths are appended. */
  baseUrl: string
  /** The environment variable that usually holds the key; null: it wants none. */
  keyVariable: string | null
  adapter: AdapterName
  /** request type -> path below `baseUrl` */
  paths: Record<string, string>
  /** What the published prices call it; null: what it costs, only the operator can say. */
  pricedAs: string | null
}

export type AdapterName = "raw" | "mock"

/** OpenAI's own paths. https://platform.openai.com/docs/api-reference */
const openaiPaths = {
  text_completion: "/completions",
  chat_completion: "/chat/completions",
  responses: "/responses",
  embedding: "/embeddings",
  speech: "/audio/speech",
  transcription: "/audio/transcriptions",
  image_generation: "/images/generations",
  image_edit: "/images/edits",
  image_variation: "/images/variations",
}

/** What a server in OpenAI's form may have besides: rerank in Cohere's form, ocr in Mistral's. */
export const everyPath = { ...openaiPaths, rerank: "/rerank", ocr: "/ocr" }

/** What servers of open models on this machine answer. */
const localPaths = {
  text_completion: "/completions",
  chat_completion: "/chat/completions",
  embedding: "/embeddings",
}

export const rows: Readonly<Record<string, Row>> = Object.freeze({
  // https://platform.openai.com/docs/api-reference/chat/create
  openai: {
    baseUrl: "https://api.openai.com/v1",
    keyVariable: "OPENAI_API_KEY",
    adapter: "raw",
    paths: openaiPaths,
    pricedAs: "openai",
  },
  // https://docs.ollama.com/openai
  ollama: {
    baseUrl: "http://127.0.0.1:11434/v1",
    keyVariable: null,
    adapter: "raw",
    paths: localPaths,
    pricedAs: null,
  },
  // https://lmstudio.ai/docs/developer/openai-compat
  lmstudio: {
    baseUrl: "http://127.0.0.1:1234/v1",
    keyVariable: null,
    adapter: "raw",
    paths: { ...localPaths, responses: "/responses" },
    pricedAs: null,
  },
  // https://docs.vllm.ai/en/stable/serving/openai_compatible_server.html
  vllm: {
    baseUrl: "http://127.0.0.1:8000/v1",
    keyVariable: null,
    adapter: "raw",
    paths: { ...localPaths, responses: "/responses", transcription: "/audio/transcriptions", rerank: "/rerank" },
    pricedAs: null,
  },
  // https://docs.sglang.ai/basic_usage/openai_api_completions.html
  sgl: {
    baseUrl: "http://127.0.0.1:30000/v1",
    keyVariable: null,
    adapter: "raw",
    paths: localPaths,
    pricedAs: null,
  },
  // Built in: answers without network or key, and says so.
  mock: { baseUrl: "", keyVariable: null, adapter: "mock", paths: everyPath, pricedAs: null },
})

export interface ProviderKey {
  id: string
  name: string
  value: string
  /** Model names it may be used for; `*` is all. */
  models: string[]
  /** How often it is chosen, beside the weights of the others; 0: only when no other can be. */
  weight: number
  /** How many calls may be out with it; null: as many as the provider takes. */
  concurrency: number | null
  /** Where it came from, for the banner: `OPENAI_API_KEY` or `config.json`. */
  source: string
}

/** What a model costs, in US dollars; what is not there costs nothing. */
export interface Price {
  input_per_million?: number
  output_per_million?: number
  /** Of tokens that came out of the provider's cache; without it they cost what others do. */
  cached_input_per_million?: number
  per_image?: number
  per_second?: number
  per_character?: number
  per_page?: number
  per_call?: number
}

/** Everything the engine and the workers know about one provider. Plain data; it never changes while the process runs. */
export interface ProviderSettings {
  name: string
  adapter: AdapterName
  baseUrl: string
  paths: Record<string, string>
  /** request type -> required members that this provider does without */
  optional: Record<string, readonly string[]>
  /** False: calls may go out without a key. */
  needsKey: boolean
  keys: ProviderKey[]
  headers: Record<string, string>
  timeoutMs: number
  maxRetries: number
  backoffInitialMs: number
  backoffMaxMs: number
  concurrency: number
  /** How many jobs may wait in its queue. */
  bufferSize: number
  /** The operator's own prices: model -> price; `*` is every model that is not named. */
  prices: Record<string, Price>
  /** What the published prices call it, or null. */
  pricedAs: string | null
}
