// Servers that users run themselves, and the built-in mock provider.
// Read on 2026-11-20, where no other day stands beside a source.
import type { Row } from "../provider.ts"
import { everyType, olderRoles, serve } from "./serving.ts"

/** The request types of local servers of open models. */
const local = ["text_completion", "chat_completion", "embedding"] as const

/** The templates of most open models refuse a developer, or leave out what it says. */
const open = { chat_completion: { within: olderRoles } }

export const servers: Readonly<Record<string, Row>> = {
  // https://docs.ollama.com/openai; developer is left to the model: https://github.com/ollama/ollama-python/issues/453 (read 2026-12-01)
  ollama: {
    baseUrl: "http://127.0.0.1:11434/v1",
    keyVariable: null,
    endpoints: serve(local, open),
    pricedAs: null,
  },

  // https://lmstudio.ai/docs/developer/openai-compat
  lmstudio: {
    baseUrl: "http://127.0.0.1:1234/v1",
    keyVariable: null,
    endpoints: serve([...local, "responses"]),
    pricedAs: null,
  },

  // https://docs.vllm.ai/en/stable/serving/openai_compatible_server.html; developer is left to the model:
  // https://github.com/ogx-ai/ogx/issues/6069 (read 2026-12-01)
  vllm: {
    baseUrl: "http://127.0.0.1:8000/v1",
    keyVariable: null,
    endpoints: serve([...local, "responses", "transcription", "rerank"], open),
    pricedAs: null,
  },

  // https://docs.sglang.ai/basic_usage/openai_api_completions.html; what a developer says is lost:
  // https://github.com/sgl-project/sglang/issues/40082 (read 2026-12-01)
  sgl: {
    baseUrl: "http://127.0.0.1:30000/v1",
    keyVariable: null,
    endpoints: serve(local, open),
    pricedAs: null,
  },

  // https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md; its usual port, 8080, is ours too
  llamacpp: {
    baseUrl: "",
    keyVariable: null,
    endpoints: serve([...local, "responses", "rerank"]),
    pricedAs: null,
  },

  // The built-in mock provider, which needs no network and no key.
  mock: { baseUrl: "", keyVariable: null, endpoints: serve(everyType, {}, "mock"), pricedAs: null },
}
