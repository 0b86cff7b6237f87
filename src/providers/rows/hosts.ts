// Hosts of others' models, and routers to them.
import type { Row } from "../provider.ts"
import { maxTokens, own, serve } from "./serving.ts"

const zen: Row = {
  // models.dev opencode, https://opencode.ai/docs/zen#endpoints (chat and, for OpenAI's models, responses)
  baseUrl: "https://opencode.ai/zen/v1",
  keyVariable: "OPENCODE_API_KEY",
  endpoints: serve(["chat_completion", "responses"]),
  pricedAs: null,
}

export const hosts: Readonly<Record<string, Row>> = {
  // https://console.groq.com/docs/openai: 400 for each of these; speech: https://console.groq.com/docs/api-reference
  // variables: groq-sdk 1.6.0 (client.ts)
  groq: {
    baseUrl: "https://api.groq.com/openai/v1",
    keyVariable: "GROQ_API_KEY",
    addressVariables: [{ name: "GROQ_BASE_URL", root: "/openai/v1" }],
    headerVariables: { "*": "GROQ_CUSTOM_HEADERS" },
    endpoints: serve(["chat_completion", "responses", "speech", "transcription"], {
      chat_completion: { reject: ["logprobs", "top_logprobs", "logit_bias", "n"] },
    }),
    pricedAs: "groq",
  },

  // https://inference-docs.cerebras.ai/resources/openai: 400 for each of these; completions: Bifrost cerebras
  // variables: @cerebras/cerebras_cloud_sdk 1.91.0 (index.ts)
  cerebras: {
    baseUrl: "https://api.cerebras.ai/v1",
    keyVariable: "CEREBRAS_API_KEY",
    addressVariables: [{ name: "CEREBRAS_BASE_URL", root: "/v1" }],
    headerVariables: { "*": "CEREBRAS_CUSTOM_HEADERS" },
    endpoints: serve(["chat_completion", "text_completion"], {
      chat_completion: { reject: ["frequency_penalty", "presence_penalty", "logit_bias"] },
      text_completion: { reject: ["frequency_penalty", "presence_penalty", "logit_bias"] },
    }),
    pricedAs: "cerebras",
  },

  // https://openrouter.ai/docs/quickstart, …/docs/api_reference/responses/overview, …/docs/api/reference/embeddings,
  // …/docs/guides/overview/multimodal/tts, https://openrouter.ai/cohere/rerank-v3.5; completions: Bifrost openrouter;
  // its credits are dollars: https://openrouter.ai/docs/faq
  openrouter: {
    baseUrl: "https://openrouter.ai/api/v1",
    keyVariable: "OPENROUTER_API_KEY",
    endpoints: serve(["chat_completion", "text_completion", "responses", "embedding", "speech", "rerank"], {
      chat_completion: { isCostInDollars: true },
      text_completion: { isCostInDollars: true },
      responses: { isCostInDollars: true },
      embedding: { isCostInDollars: true },
      rerank: { isCostInDollars: true },
    }),
    pricedAs: "openrouter",
  },

  // https://docs.together.ai/docs/inference/openai-compatibility, https://docs.together.ai/docs/inference/embeddings/rerank;
  // max_tokens: https://github.com/togethercomputer/together-py/blob/main/src/together/types/chat/completion_create_params.py
  // variables: together-ai 0.52.0 (client.ts); TOGETHER_AI_API_KEY: @ai-sdk/togetherai 2.0.84
  together: {
    baseUrl: "https://api.together.ai/v1",
    keyVariable: "TOGETHER_API_KEY",
    keyVariables: ["TOGETHER_API_KEY", "TOGETHER_AI_API_KEY"],
    addressVariables: [{ name: "TOGETHER_BASE_URL", root: "" }],
    headerVariables: { "*": "TOGETHER_CUSTOM_HEADERS" },
    endpoints: serve(
      ["chat_completion", "text_completion", "embedding", "image_generation", "speech", "transcription", "rerank"],
      { chat_completion: { rename: maxTokens } },
    ),
    pricedAs: "together",
  },

  // https://docs.fireworks.ai/tools-sdks/openai-compatibility, https://docs.fireworks.ai/api-reference/post-responses
  fireworks: {
    baseUrl: "https://api.fireworks.ai/inference/v1",
    keyVariable: "FIREWORKS_API_KEY",
    endpoints: {
      ...serve(["chat_completion", "text_completion", "responses", "embedding"]),
      ...own({ rerank: "fireworks-rerank" }),
    },
    pricedAs: "fireworks",
  },

  // https://deepinfra.com/docs/openai_api, https://docs.deepinfra.com/api-reference/audio/openai-audio-speech,
  // …/audio/openai-audio-transcriptions; image edits:
  // https://github.com/vercel/ai/blob/main/packages/deepinfra/src/deepinfra-image-model.ts; max_tokens: LiteLLM deepinfra/chat/transformation.py
  deepinfra: {
    baseUrl: "https://api.deepinfra.com/v1/openai",
    root: "/v1/openai",
    keyVariable: "DEEPINFRA_API_KEY",
    endpoints: serve(
      ["chat_completion", "text_completion", "embedding", "speech", "transcription", "image_generation", "image_edit"],
      { chat_completion: { rename: maxTokens } },
    ),
    pricedAs: null,
  },

  // https://huggingface.co/docs/inference-providers/index, https://huggingface.co/docs/inference-providers/guides/responses-api
  // HUGGINGFACE_API_KEY: @ai-sdk/huggingface 1.0.77
  huggingface: {
    baseUrl: "https://router.huggingface.co/v1",
    keyVariable: "HF_TOKEN",
    keyVariables: ["HF_TOKEN", "HUGGINGFACE_API_KEY"],
    endpoints: serve(["chat_completion", "responses"]),
    pricedAs: null,
  },

  // models.dev nebius, https://docs.tokenfactory.nebius.com/api-reference/inference/create-chat-completion; others: Bifrost nebius
  nebius: {
    baseUrl: "https://api.tokenfactory.nebius.com/v1",
    keyVariable: "NEBIUS_API_KEY",
    endpoints: serve(["chat_completion", "text_completion", "embedding"]),
    pricedAs: null,
  },

  // models.dev parasail, https://docs.parasail.io/parasail-docs/quickstart/serverless
  parasail: {
    baseUrl: "https://api.parasail.io/v1",
    keyVariable: "PARASAIL_API_KEY",
    endpoints: serve(["chat_completion"]),
    pricedAs: null,
  },

  // models.dev baseten, https://docs.baseten.co/reference/inference-api/chat-completions
  baseten: {
    baseUrl: "https://inference.baseten.co/v1",
    keyVariable: "BASETEN_API_KEY",
    endpoints: serve(["chat_completion"]),
    pricedAs: "baseten",
  },

  // https://docs.sambanova.ai/docs/en/features/openai-compatibility: ignores these; https://docs.sambanova.ai/docs/en/features/audio;
  // max_tokens: LiteLLM sambanova/chat.py
  sambanova: {
    baseUrl: "https://api.sambanova.ai/v1",
    keyVariable: "SAMBANOVA_API_KEY",
    endpoints: serve(["chat_completion", "embedding", "transcription"], {
      chat_completion: { rename: maxTokens, reject: ["frequency_penalty", "presence_penalty", "logit_bias"] },
    }),
    pricedAs: null,
  },

  // https://novita.ai/docs/api-reference/model-apis-llm-create-chat-completion: max_tokens only, no store;
  // https://novita.ai/docs/api-reference/model-apis-llm-create-embeddings, …/model-apis-llm-create-completion
  novita: {
    baseUrl: "https://api.novita.ai/openai/v1",
    keyVariable: "NOVITA_API_KEY",
    endpoints: serve(["chat_completion", "text_completion", "embedding"], {
      chat_completion: { rename: maxTokens, drop: ["store"] },
    }),
    pricedAs: "novita",
  },

  // models.dev siliconflow, https://docs.siliconflow.com/en/api-reference/rerank/create-rerank, …/audio/create-speech,
  // …/audio/create-audio-transcriptions, https://docs.siliconflow.cn/docs/api/embeddings-post
  siliconflow: {
    baseUrl: "https://api.siliconflow.com/v1",
    keyVariable: "SILICONFLOW_API_KEY",
    endpoints: {
      ...serve(["chat_completion", "embedding", "speech", "transcription", "rerank"]),
      // https://docs.siliconflow.com/en/api-reference/images/images-generations
      ...own({ image_generation: "siliconflow-image", image_edit: "siliconflow-image" }),
    },
    pricedAs: null,
  },

  // models.dev chutes, https://chutes.ai/llms.txt; max_tokens: LiteLLM openai_like/providers.json
  chutes: {
    baseUrl: "https://llm.chutes.ai/v1",
    keyVariable: "CHUTES_API_KEY",
    endpoints: serve(["chat_completion"], { chat_completion: { rename: maxTokens } }),
    pricedAs: null,
  },

  // https://docs.wandb.ai/inference/api-reference/chat-completions; key variable: models.dev wandb
  wandb: {
    baseUrl: "https://api.inference.wandb.ai/v1",
    keyVariable: "WANDB_API_KEY",
    endpoints: serve(["chat_completion"]),
    pricedAs: null,
  },

  // models.dev inference, https://docs.inference.net/api/overview
  inference: {
    baseUrl: "https://api.inference.net/v1",
    keyVariable: "INFERENCE_API_KEY",
    endpoints: serve(["chat_completion"]),
    pricedAs: null,
  },

  // models.dev friendli, https://friendli.ai/docs/openapi/model-apis/chat-completions, …/model-apis/completions
  friendli: {
    baseUrl: "https://api.friendli.ai/serverless/v1",
    keyVariable: "FRIENDLI_TOKEN",
    endpoints: serve(["chat_completion", "text_completion"]),
    pricedAs: null,
  },

  // models.dev wafer.ai, https://docs.wafer.ai/serverless/api-reference
  wafer: {
    baseUrl: "https://pass.wafer.ai/v1",
    keyVariable: "WAFER_API_KEY",
    endpoints: serve(["chat_completion"]),
    pricedAs: null,
  },

  // Its name at models.dev, and at Bifrost.
  opencode: zen,
  "opencode-zen": zen,

  // models.dev opencode-go; the header, without which a call may be refused: Bifrost opencode
  "opencode-go": {
    baseUrl: "https://opencode.ai/zen/go/v1",
    keyVariable: "OPENCODE_API_KEY",
    headers: { "x-opencode-session": "{jobId}" },
    endpoints: serve(["chat_completion"]),
    pricedAs: null,
  },

  // models.dev vercel, https://vercel.com/docs/ai-gateway/sdks-and-apis/openai-chat-completions/advanced
  vercel: {
    baseUrl: "https://ai-gateway.vercel.sh/v1",
    keyVariable: "AI_GATEWAY_API_KEY",
    endpoints: serve(["chat_completion", "responses", "embedding"]),
    pricedAs: null,
  },

  // models.dev venice, https://docs.venice.ai/api-reference/endpoint/chat/completions, https://docs.venice.ai/api-reference/api-spec
  venice: {
    baseUrl: "https://api.venice.ai/api/v1",
    keyVariable: "VENICE_API_KEY",
    endpoints: serve(["chat_completion", "embedding", "speech"]),
    pricedAs: null,
  },

  // models.dev synthetic; max_tokens: LiteLLM openai_like/providers.json
  synthetic: {
    baseUrl: "https://api.synthetic.new/openai/v1",
    keyVariable: "SYNTHETIC_API_KEY",
    endpoints: serve(["chat_completion"], { chat_completion: { rename: maxTokens } }),
    pricedAs: null,
  },

  // https://creator.poe.com/docs/external-applications/openai-compatible-api; max_tokens: LiteLLM openai_like/providers.json
  poe: {
    baseUrl: "https://api.poe.com/v1",
    keyVariable: "POE_API_KEY",
    endpoints: serve(["chat_completion"], { chat_completion: { rename: maxTokens } }),
    pricedAs: null,
  },

  // models.dev io-net, https://io.net/docs/guides/intelligence/reasoning-for-chat-completions
  "io-net": {
    baseUrl: "https://api.intelligence.io.solutions/api/v1",
    keyVariable: "IOINTELLIGENCE_API_KEY",
    endpoints: serve(["chat_completion"]),
    pricedAs: null,
  },

  // models.dev nscale, https://docs.nscale.com/docs/use-cases/chat, https://docs.nscale.com/api-reference/inference/create-embeddings
  nscale: {
    baseUrl: "https://inference.api.nscale.com/v1",
    keyVariable: "NSCALE_API_KEY",
    endpoints: serve(["chat_completion", "embedding"]),
    pricedAs: null,
  },

  // models.dev ollama-cloud, https://docs.ollama.com/openai
  "ollama-cloud": {
    baseUrl: "https://ollama.com/v1",
    keyVariable: "OLLAMA_API_KEY",
    endpoints: serve(["chat_completion"]),
    pricedAs: null,
  },
}
