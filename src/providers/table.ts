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
  openai: { baseUrl: "https://api.openai.com/v1", keyVariable: "OPENAI_API_KEY", adapter: "raw", paths: openaiPaths },
  // https://docs.ollama.com/openai
  ollama: { baseUrl: "http://127.0.0.1:11434/v1", keyVariable: null, adapter: "raw", paths: localPaths },
  // https://lmstudio.ai/docs/developer/openai-compat
  lmstudio: {
    baseUrl: "http://127.0.0.1:1234/v1",
    keyVariable: null,
    adapter: "raw",
    paths: { ...localPaths, responses: "/responses" },
  },
  // https://docs.vllm.ai/en/stable/serving/openai_compatible_server.html
  vllm: {
    baseUrl: "http://127.0.0.1:8000/v1",
    keyVariable: null,
    adapter: "raw",
    paths: { ...localPaths, responses: "/responses", transcription: "/audio/transcriptions", rerank: "/rerank" },
  },
  // https://docs.sglang.ai/basic_usage/openai_api_completions.html
  sgl: { baseUrl: "http://127.0.0.1:30000/v1", keyVariable: null, adapter: "raw", paths: localPaths },
  // Built in: answers without network or key, and says so.
  mock: { baseUrl: "", keyVariable: null, adapter: "mock", paths: everyPath },
})

export interface ProviderKey {
  id: string
  name: string
  value: string
  /** Model names it may be used for; `*` is all. */
  models: string[]
  /** Where it came from, for the banner: `OPENAI_API_KEY` or `config.json`. */
  source: string
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
}

/** Whether a call for this model can go out: with a key that fits, or with none where none is wanted. */
export function canCall(provider: ProviderSettings, model: string, keyName?: string): boolean {
  if (keyFor(provider, model, keyName) !== null) return true
  return !provider.needsKey && provider.keys.length === 0 && keyName === undefined
}

/** The key a call for this model goes out with, or null. `keyName` pins one by its name or id. */
export function keyFor(provider: ProviderSettings, model: string, keyName?: string): ProviderKey | null {
  const fits = ({ name, id, models }: ProviderKey) =>
    (keyName === undefined || keyName === name || keyName === id) && (models.includes("*") || models.includes(model))
  return provider.keys.find(fits) ?? null
}
