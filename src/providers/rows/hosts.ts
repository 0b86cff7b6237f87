// Hosts of others' models, and routers to them.
// Read on 2026-11-20, where no other day stands beside a source.
import type { Row } from "../provider.ts"
import { maxTokens, olderRole, olderRoles, own, serve } from "./serving.ts"

const zen: Row = {
  // models.dev opencode, https://opencode.ai/docs/zen#endpoints (chat and, for OpenAI's models, responses); no developer: detectCompat of
  // https://github.com/earendil-works/pi/blob/main/packages/ai/src/api/openai-completions.ts
  baseUrl: "https://opencode.ai/zen/v1",
  keyVariable: "OPENCODE_API_KEY",
  endpoints: serve(["chat_completion", "responses"], { chat_completion: { within: olderRoles } }),
  pricedAs: null,
}

export const hosts: Readonly<Record<string, Row>> = {
  // https://console.groq.com/docs/openai: 400 for each of these, no subtitles; speech: https://console.groq.com/docs/api-reference;
  // embeddings, and what speech knows: EmbeddingCreateParams and SpeechCreateParams of https://github.com/groq/groq-typescript (1.6.0)
  // variables: groq-sdk 1.6.0 (client.ts) (read 2026-12-01)
  groq: {
    baseUrl: "https://api.groq.com/openai/v1",
    keyVariable: "GROQ_API_KEY",
    addressVariables: [{ name: "GROQ_BASE_URL", root: "/openai/v1" }],
    headerVariables: { "*": "GROQ_CUSTOM_HEADERS" },
    endpoints: serve(["chat_completion", "responses", "embedding", "speech", "transcription"], {
      chat_completion: {
        reject: ["logprobs", "top_logprobs", "logit_bias", "n"],
        within: { messages: { drop: ["name"] } },
      },
      embedding: { reject: ["dimensions"] },
      speech: { reject: ["instructions"] },
      transcription: { only: { response_format: ["json", "text", "verbose_json"] } },
    }),
    pricedAs: "groq",
  },

  // https://inference-docs.cerebras.ai/resources/openai: 400 for each of these; completions: Bifrost cerebras
  // variables: @cerebras/cerebras_cloud_sdk 1.91.0 (index.ts) (read 2026-12-01)
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
  // its credits are dollars: https://openrouter.ai/docs/faq; transcriptions as a form, and images:
  // CreateAudioTranscriptionsMultipart and ImageGenerationRequest of https://github.com/OpenRouterTeam/typescript-sdk (1.3.19),
  // https://openrouter.ai/docs/guides/overview/multimodal/image-generation (read 2026-12-01)
  openrouter: {
    baseUrl: "https://openrouter.ai/api/v1",
    keyVariable: "OPENROUTER_API_KEY",
    endpoints: {
      ...serve(["chat_completion", "text_completion", "responses", "embedding", "speech", "transcription", "rerank"], {
        chat_completion: { isCostInDollars: true },
        text_completion: { isCostInDollars: true },
        responses: { isCostInDollars: true },
        embedding: { isCostInDollars: true },
        rerank: { isCostInDollars: true },
        transcription: {
          reject: ["prompt", "include[]"],
          only: { response_format: ["json", "text", "verbose_json"] },
          isCostInDollars: true,
        },
      }),
      image_generation: {
        adapter: "raw",
        path: "/images",
        values: { response_format: { b64_json: null } },
        drop: ["moderation"],
        reject: ["style"],
        only: { response_format: ["b64_json"] },
        isCostInDollars: true,
      },
    },
    pricedAs: "openrouter",
  },

  // https://docs.together.ai/docs/inference/openai-compatibility, https://docs.together.ai/docs/inference/embeddings/rerank;
  // what it knows of chat, embeddings and sound: CompletionCreateParams, EmbeddingCreateParams, SpeechCreateParams and
  // TranscriptionCreateParams of https://github.com/togethercomputer/together-typescript (0.52.0), where log probabilities are a number
  // variables: together-ai 0.52.0 (client.ts); TOGETHER_AI_API_KEY: @ai-sdk/togetherai 2.0.84 (read 2026-12-01)
  together: {
    baseUrl: "https://api.together.ai/v1",
    keyVariable: "TOGETHER_API_KEY",
    keyVariables: ["TOGETHER_API_KEY", "TOGETHER_AI_API_KEY"],
    addressVariables: [{ name: "TOGETHER_BASE_URL", root: "" }],
    headerVariables: { "*": "TOGETHER_CUSTOM_HEADERS" },
    endpoints: {
      ...serve(["chat_completion", "text_completion", "embedding", "speech", "transcription", "rerank"], {
        chat_completion: {
          rename: { ...maxTokens, top_logprobs: "logprobs" },
          values: { logprobs: { true: 1, false: null }, top_logprobs: { 0: null } },
          within: olderRoles,
        },
        embedding: { drop: ["user"], reject: ["dimensions"] },
        speech: { reject: ["instructions", "speed"] },
        transcription: { only: { response_format: ["json", "text", "verbose_json"] } },
      }),
      ...own({ image_generation: "together-image" }),
    },
    pricedAs: "together",
  },

  // https://docs.fireworks.ai/tools-sdks/openai-compatibility, https://docs.fireworks.ai/api-reference/post-responses;
  // no developer in responses: https://github.com/BerriAI/litellm-docs/pull/1210 (read 2026-12-01)
  fireworks: {
    baseUrl: "https://api.fireworks.ai/inference/v1",
    keyVariable: "FIREWORKS_API_KEY",
    endpoints: {
      ...serve(["chat_completion", "text_completion", "responses", "embedding"], {
        responses: { within: { input: olderRole } },
      }),
      ...own({ rerank: "fireworks-rerank" }),
    },
    pricedAs: "fireworks",
  },

  // https://deepinfra.com/docs/openai_api, https://docs.deepinfra.com/api-reference/audio/openai-audio-speech,
  // …/audio/openai-audio-transcriptions; image edits:
  // https://github.com/vercel/ai/blob/main/packages/deepinfra/src/deepinfra-image-model.ts; max_tokens: LiteLLM deepinfra/chat/transformation.py;
  // 422 for developer: https://github.com/earendil-works/pi/pull/1578 (read 2026-12-01)
  deepinfra: {
    baseUrl: "https://api.deepinfra.com/v1/openai",
    root: "/v1/openai",
    keyVariable: "DEEPINFRA_API_KEY",
    endpoints: serve(
      ["chat_completion", "text_completion", "embedding", "speech", "transcription", "image_generation", "image_edit"],
      { chat_completion: { rename: maxTokens, within: olderRoles } },
    ),
    pricedAs: null,
  },

  // https://huggingface.co/docs/inference-providers/index, https://huggingface.co/docs/inference-providers/guides/responses-api
  // HUGGINGFACE_API_KEY: @ai-sdk/huggingface 1.0.77 (read 2026-12-01)
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
  // …/audio/create-audio-transcriptions, https://docs.siliconflow.cn/docs/api/embeddings-post;
  // max_tokens: https://docs.siliconflow.cn/docs/api/chat-completions-post (read 2026-12-01)
  siliconflow: {
    baseUrl: "https://api.siliconflow.com/v1",
    keyVariable: "SILICONFLOW_API_KEY",
    endpoints: {
      ...serve(["chat_completion", "embedding", "speech", "transcription", "rerank"], {
        chat_completion: { rename: maxTokens },
      }),
      // https://docs.siliconflow.com/en/api-reference/images/images-generations
      ...own({ image_generation: "siliconflow-image", image_edit: "siliconflow-image" }),
    },
    pricedAs: null,
  },

  // models.dev chutes, https://chutes.ai/llms.txt; max_tokens: LiteLLM openai_like/providers.json; no developer: as opencode (read 2026-12-01)
  chutes: {
    baseUrl: "https://llm.chutes.ai/v1",
    keyVariable: "CHUTES_API_KEY",
    endpoints: serve(["chat_completion"], { chat_completion: { rename: maxTokens, within: olderRoles } }),
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

  // models.dev opencode-go; no developer: as opencode; the header, without which a call may be refused: Bifrost opencode (read 2026-12-01)
  "opencode-go": {
    baseUrl: "https://opencode.ai/zen/go/v1",
    keyVariable: "OPENCODE_API_KEY",
    headers: { "x-opencode-session": "{jobId}" },
    endpoints: serve(["chat_completion"], { chat_completion: { within: olderRoles } }),
    pricedAs: null,
  },

  // models.dev vercel, https://vercel.com/docs/ai-gateway/sdks-and-apis/openai-chat-completions/advanced;
  // no developer: https://github.com/egoist/chatwise-releases/issues/971 (read 2026-12-01)
  vercel: {
    baseUrl: "https://ai-gateway.vercel.sh/v1",
    keyVariable: "AI_GATEWAY_API_KEY",
    endpoints: serve(["chat_completion", "responses", "embedding"], { chat_completion: { within: olderRoles } }),
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

  // LiteLLM nscale/chat/transformation.py (address, key variable, max_tokens), https://docs.nscale.com/docs/use-cases/chat,
  // https://docs.nscale.com/api-reference/inference/create-embeddings (read 2026-12-01)
  nscale: {
    baseUrl: "https://inference.api.nscale.com/v1",
    keyVariable: "NSCALE_API_KEY",
    endpoints: serve(["chat_completion", "embedding"], { chat_completion: { rename: maxTokens } }),
    pricedAs: null,
  },

  // models.dev ollama-cloud, https://docs.ollama.com/openai
  "ollama-cloud": {
    baseUrl: "https://ollama.com/v1",
    keyVariable: "OLLAMA_API_KEY",
    endpoints: serve(["chat_completion"]),
    pricedAs: null,
  },

  // https://docs.nano-gpt.com/api-reference/text-generation, https://docs.nano-gpt.com (read 2026-12-01; the list of its endpoints has
  // responses, completions, embeddings, audio/speech and audio/transcriptions); key variable: models.dev nano-gpt
  "nano-gpt": {
    baseUrl: "https://nano-gpt.com/api/v1",
    keyVariable: "NANO_GPT_API_KEY",
    endpoints: serve(["chat_completion", "text_completion", "responses", "embedding"]),
    pricedAs: null,
  },

  // The endpoints of its SDK: https://www.npmjs.com/package/@aihubmix/ai-sdk-provider 2.1.0 (read 2026-12-01); models.dev aihubmix
  aihubmix: {
    baseUrl: "https://aihubmix.com/v1",
    keyVariable: "AIHUBMIX_API_KEY",
    endpoints: serve([
      ...(["chat_completion", "text_completion", "responses", "embedding"] as const),
      ...(["image_generation", "speech", "transcription"] as const),
    ]),
    pricedAs: null,
  },

  // https://kilo.ai/docs/gateway (read 2026-12-01); responses: models.dev kilo
  kilo: {
    baseUrl: "https://api.kilo.ai/api/gateway",
    root: "/api/gateway",
    keyVariable: "KILO_API_KEY",
    endpoints: serve(["chat_completion", "responses"]),
    pricedAs: null,
  },
}
