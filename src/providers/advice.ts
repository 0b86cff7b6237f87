// Advice for callers who name a provider that is unknown or not set up.
import { distance } from "fastest-levenshtein"
import type { Warning } from "../config/problems.ts"
import { cut } from "../errors.ts"
import { isKeyless } from "./keys.ts"
import type { ProviderSettings, Row } from "./provider.ts"
import { findRow } from "./registry.ts"

/** Names that other tools use for providers -> the names used here. */
const otherNames: Readonly<Record<string, string>> = {
  google: "gemini",
  googleai: "gemini",
  "google-ai": "gemini",
  "google-genai": "gemini",
  palm: "gemini",
  "google-vertex": "vertex",
  vertexai: "vertex",
  "vertex-ai": "vertex",
  vertex_ai: "vertex",
  gcp: "vertex",
  claude: "anthropic",
  chatgpt: "openai",
  gpt: "openai",
  "openai-compatible": "openai",
  aws: "bedrock",
  amazon: "bedrock",
  "aws-bedrock": "bedrock",
  "amazon-bedrock": "bedrock",
  "azure-openai": "azure",
  azureopenai: "azure",
  azure_openai: "azure",
  azure_ai: "azure",
  hf: "huggingface",
  "hugging-face": "huggingface",
  grok: "xai",
  "x-ai": "xai",
  "x.ai": "xai",
  kimi: "moonshotai",
  moonshot: "moonshotai",
  qwen: "alibaba",
  dashscope: "alibaba",
  zhipu: "zai",
  glm: "zai",
  "z-ai": "zai",
  mistralai: "mistral",
  "fireworks-ai": "fireworks",
  fireworks_ai: "fireworks",
  togetherai: "together",
  together_ai: "together",
  "together-ai": "together",
  "lm-studio": "lmstudio",
  lm_studio: "lmstudio",
  "llama.cpp": "llamacpp",
  "llama-cpp": "llamacpp",
  sglang: "sgl",
  "open-router": "openrouter",
}

const NAMED_MAX = 5
const LIST = "GET /v1/models lists what can be called here"

/** The end of a sentence that starts with "unknown provider 'x'": what the caller may have meant. */
function nearestTo(name: string, providers: ReadonlyMap<string, ProviderSettings>): string {
  const lower = name.toLowerCase()
  const other = Object.hasOwn(otherNames, lower) ? otherNames[lower] : lower
  if (other !== undefined && other !== name && (providers.has(other) || findRow(other)))
    return `it is called '${other}' here: write ${other}/MODEL`
  const [near] = [...providers.keys()]
    .map((known) => ({ known, far: distance(lower, known) }))
    .filter(({ known, far }) => far <= farthest(Math.min(known.length, name.length)))
    .toSorted((one, another) => one.far - another.far)
  if (near) return `did you mean '${near.known}'? ${LIST}`
  const all = [...providers.values()]
  // The servers that are only looked for are left out: few machines have them.
  const isGuessed = ({ name: known, baseUrl }: ProviderSettings) =>
    baseUrl !== "" && findRow(known)?.baseUrl === baseUrl
  const ready = all.filter((provider) => isKeyless(provider) && !isGuessed(provider))
  const usable = [...all.filter(({ keys }) => keys.length > 0), ...ready].slice(0, NAMED_MAX)
  return `write one as ${usable.map((provider) => provider.name).join(", ")}; ${LIST}`
}

/** The edit distance at which a name of so many letters still counts as a typing error. Two swapped letters count as two. */
function farthest(letters: number): number {
  return letters < 4 ? 1 : Math.max(2, Math.floor(letters / 3))
}

/** provider -> why it is off, in a text that ends with what to do */
export type Reasons = ReadonlyMap<string, string>

/** The providers that are off, as the warnings of the start say it. */
export function listReasons(warnings: readonly Warning[]): Reasons {
  return new Map(
    warnings.flatMap(({ path, says, provider }) => {
      if (provider !== undefined) return [[provider, `is off: ${path} ${says}`]]
      // A name may have dots.
      const name = /^providers\.(.+)$/.exec(path)?.[1]
      return name !== undefined && says.startsWith("is off: ") ? [[name, says]] : []
    }),
  )
}

/**
 * Says in one sentence why there is no provider of this name, and what to do.
 * @param name as a caller wrote it
 */
export function whyUnknown(name: string, providers: ReadonlyMap<string, ProviderSettings>, whyOff: Reasons): string {
  const reason = whyOff.get(name)
  if (reason !== undefined) return `provider '${cut(name)}' ${reason}`
  const row = findRow(name)
  if (row) return `provider '${name}' is not set up here: its address is missing; ${howToAddress(name, row)}`
  return `unknown provider '${cut(name)}': ${nearestTo(name, providers)}`
}

/** Where the address of a provider is written that only the operator knows. */
export function howToAddress(name: string, { addressVariables = [], hasEntra }: Row): string {
  const variables = addressVariables.map((variable) => variable.name.replace(":", " and ")).join(" or ")
  const member = hasEntra
    ? `azure_key_config.endpoint, as "https://me.openai.azure.com", in a key of`
    : `network_config.base_url, as "https://example.com", under`
  return `${variables === "" ? "" : `set ${variables}, or `}write ${member} providers.${name} in config.json`
}
