// Which models on Vertex AI are other makers' and speak OpenAI's form, and where they are asked. Pure.
// https://docs.cloud.google.com/vertex-ai/generative-ai/docs/maas/call-open-model-apis,
// https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/mistral

import type { Family } from "../adapternames.ts"
import type { EndpointSupport } from "../provider.ts"
import { findRow } from "../registry.ts"
import { olderRoles } from "../rows/serving.ts"

export interface OpenModel {
  /** The model's name in the request. */
  model: string
  /** Its path is below the address of the project's location. */
  support: EndpointSupport
}

/** Null for Google's and Anthropic's models, which have forms of their own. Google's Gemma is served as others' models are. */
export function findOpenModel(family: Family, model: string): OpenModel | null {
  const [publisher = "", ...rest] = model.split("/")
  const isOwn = (publisher === "google" && !model.endsWith("-maas")) || publisher === "anthropic"
  if (family !== "vertex" || rest.length === 0 || isOwn) return null
  if (publisher !== "mistralai") {
    return { model, support: { within: olderRoles, adapter: "raw", path: "/endpoints/openapi/chat/completions" } }
  }
  const path = "/publishers/mistralai/models/{model}:rawPredict"
  return {
    model: rest.join("/"),
    support: { ...findRow("mistral")?.endpoints["chat_completion"], adapter: "raw", path },
  }
}
