// The built-in providers, one row each: address, authorisation, request types and unsupported parameters.
// Sources are noted beside the facts. `models.dev x` is https://github.com/anomalyco/models.dev/blob/dev/providers/x/provider.toml,
// `LiteLLM x` is https://github.com/BerriAI/litellm/blob/main/litellm/llms/x, `Bifrost x` is
// https://docs.getbifrost.ai/providers/supported-providers/x. Facts without a source are left out.
// Longer than 350 lines: it is a table, which readers search by the name of a provider.
import type { AdapterName } from "./adapternames.ts"
import type { EndpointSupport, HiddenRefusal, Row } from "./provider.ts"

/** The default values of parameters, which ask for nothing. https://platform.openai.com/docs/api-reference/chat/create */
export const neutral: Readonly<Record<string, unknown>> = Object.freeze({
  n: 1,
  logprobs: false,
  top_logprobs: 0,
  logit_bias: {},
  frequency_penalty: 0,
  presence_penalty: 0,
  parallel_tool_calls: true,
  modalities: ["text"],
  verbosity: "medium",
  // https://platform.openai.com/docs/api-reference/images/create
  size: "auto",
  quality: "auto",
})

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
} as const

/** Also includes what other servers in OpenAI's form have: rerank in Cohere's form, ocr in Mistral's. */
export const everyPath = { ...openaiPaths, rerank: "/rerank", ocr: "/ocr" } as const

type RequestType = keyof typeof everyPath

type Facts = Pick<EndpointSupport, "rename" | "drop" | "reject" | "refusal" | "isCostInDollars">

export const everyType = Object.keys(everyPath) as RequestType[]

/** Request types whose adapters know their own paths. */
function own(adapters: Partial<Record<RequestType, AdapterName>>): Row["endpoints"] {
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
const maxTokens = { max_completion_tokens: "max_tokens" }

/**
 * MiniMax's codes: https://platform.minimax.io/docs/api-reference/errorcode; where they are in an answer:
 * https://platform.minimax.io/docs/api-reference/text-chat
 */
const baseResp: HiddenRefusal = {
  member: "base_resp",
  code: "status_code",
  message: "status_msg",
  statuses: {
    // Limits of requests, tokens, connections, growth, and of a plan in five hours.
    ...{ 1002: 429, 1039: 429, 1041: 429, 2045: 429, 2056: 429 },
    // Keys, and money.
    ...{ 1004: 401, 2049: 401, 1008: 402 },
    // The request: sensitive input or output, invisible characters, parameters.
    ...{ 1026: 400, 1027: 400, 1042: 400, 2013: 400 },
    1001: 504,
  },
}

/** The request types of local servers of open models. */
const local = ["text_completion", "chat_completion", "embedding"] as const

const zen: Row = {
  // models.dev opencode, https://opencode.ai/docs/zen#endpoints (chat and, for OpenAI's models, responses)
  baseUrl: "https://opencode.ai/zen/v1",
  keyVariable: "OPENCODE_API_KEY",
  endpoints: serve(["chat_completion", "responses"]),
  pricedAs: null,
}

export const rows: Readonly<Record<string, Row>> = Object.freeze({
  // https://platform.openai.com/docs/api-reference
  openai: {
    baseUrl: "https://api.openai.com/v1",
    keyVariable: "OPENAI_API_KEY",
    endpoints: serve(Object.keys(openaiPaths) as (keyof typeof openaiPaths)[]),
    pricedAs: "openai",
  },

  // https://learn.microsoft.com/en-us/azure/ai-foundry/openai/api-version-lifecycle: https://{resource}.openai.azure.com,
  // no api-version, the model is the deployment. Key variable: models.dev azure
  azure: {
    baseUrl: "",
    root: "/openai/v1",
    keyVariable: "AZURE_API_KEY",
    authorization: { header: "api-key", prefix: "" },
    hasEntra: true,
    endpoints: serve([
      "chat_completion",
      "responses",
      "embedding",
      "speech",
      "transcription",
      "image_generation",
      "image_edit",
    ]),
    pricedAs: "azure",
  },

  // https://console.groq.com/docs/openai: 400 for each of these; speech: https://console.groq.com/docs/api-reference
  groq: {
    baseUrl: "https://api.groq.com/openai/v1",
    keyVariable: "GROQ_API_KEY",
    endpoints: serve(["chat_completion", "responses", "speech", "transcription"], {
      chat_completion: { reject: ["logprobs", "top_logprobs", "logit_bias", "n"] },
    }),
    pricedAs: "groq",
  },

  // https://inference-docs.cerebras.ai/resources/openai: 400 for each of these; completions: Bifrost cerebras
  cerebras: {
    baseUrl: "https://api.cerebras.ai/v1",
    keyVariable: "CEREBRAS_API_KEY",
    endpoints: serve(["chat_completion", "text_completion"], {
      chat_completion: { reject: ["frequency_penalty", "presence_penalty", "logit_bias"] },
      text_completion: { reject: ["frequency_penalty", "presence_penalty", "logit_bias"] },
    }),
    pricedAs: "cerebras",
  },

  // https://docs.x.ai/api-reference; images: Bifrost xai. No reasoning model answers its completions:
  // https://docs.x.ai/developers/rest-api-reference/inference/legacy
  xai: {
    baseUrl: "https://api.x.ai/v1",
    keyVariable: "XAI_API_KEY",
    endpoints: serve(["chat_completion", "responses", "image_generation"], {
      image_generation: { reject: ["quality", "size", "style"] },
    }),
    pricedAs: "x-ai",
  },

  // https://api-docs.deepseek.com/api/create-chat-completion
  deepseek: {
    baseUrl: "https://api.deepseek.com",
    root: "",
    keyVariable: "DEEPSEEK_API_KEY",
    endpoints: serve(["chat_completion"], { chat_completion: { rename: maxTokens } }),
    pricedAs: "deepseek",
  },

  // https://docs.mistral.ai/api, https://docs.mistral.ai/api/endpoint/ocr; members it knows:
  // https://github.com/mistralai/client-python/blob/main/docs/models/chatcompletionrequest.md and …/embeddingrequest.md;
  // 422 extra_forbidden for others: https://github.com/editor-code-assistant/eca/issues/231; dropped: Bifrost mistral
  mistral: {
    baseUrl: "https://api.mistral.ai/v1",
    keyVariable: "MISTRAL_API_KEY",
    endpoints: {
      ...serve(["chat_completion", "embedding", "transcription", "ocr"], {
        chat_completion: {
          rename: { ...maxTokens, seed: "random_seed" },
          drop: ["user", "store", "service_tier", "prompt_cache_key"],
          reject: ["logprobs", "top_logprobs", "logit_bias", "verbosity"],
        },
        embedding: { rename: { dimensions: "output_dimension" }, drop: ["user"] },
      }),
      // https://docs.mistral.ai/api/endpoint/audio/speech
      ...own({ speech: "mistral-speech" }),
    },
    pricedAs: "mistral",
  },

  // https://docs.perplexity.ai/docs/agent-api/quickstart; chat completions ended on 2026-09-27:
  // https://docs.perplexity.ai/docs/agent-api/migrate-from-sonar/overview
  perplexity: {
    baseUrl: "https://api.perplexity.ai/v1",
    keyVariable: "PERPLEXITY_API_KEY",
    endpoints: {
      ...serve(["responses"], {
        responses: {
          drop: ["user", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention"],
        },
      }),
      chat_completion: { adapter: "raw", path: "/responses", via: "perplexity" },
    },
    pricedAs: "perplexity",
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
  together: {
    baseUrl: "https://api.together.ai/v1",
    keyVariable: "TOGETHER_API_KEY",
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
  huggingface: {
    baseUrl: "https://router.huggingface.co/v1",
    keyVariable: "HF_TOKEN",
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

  // https://docs.api.nvidia.com/nim/reference/llm-apis; models.dev nvidia: no members beside the model's own;
  // max_tokens: LiteLLM nvidia_nim/chat/transformation.py
  nvidia: {
    baseUrl: "https://integrate.api.nvidia.com/v1",
    keyVariable: "NVIDIA_API_KEY",
    endpoints: serve(["chat_completion", "embedding"], {
      chat_completion: {
        rename: maxTokens,
        drop: ["user", "store", "metadata", "service_tier", "prompt_cache_key", "safety_identifier"],
      },
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

  // https://platform.kimi.ai/docs/api/overview.md; key variable: models.dev moonshotai
  moonshotai: {
    baseUrl: "https://api.moonshot.ai/v1",
    keyVariable: "MOONSHOT_API_KEY",
    endpoints: serve(["chat_completion"]),
    pricedAs: "moonshotai",
  },

  // https://docs.z.ai/api-reference/introduction, https://docs.z.ai/api-reference/image/generate-image; models.dev zai
  zai: {
    baseUrl: "https://api.z.ai/api/paas/v4",
    root: "/api/paas/v4",
    keyVariable: "ZHIPU_API_KEY",
    endpoints: serve(["chat_completion", "image_generation"], { image_generation: { rename: { user: "user_id" } } }),
    pricedAs: "zai",
  },

  // models.dev zhipuai, https://docs.bigmodel.cn/llms.txt (文本嵌入, 图像生成, 文本转语音)
  zhipuai: {
    baseUrl: "https://open.bigmodel.cn/api/paas/v4",
    root: "/api/paas/v4",
    keyVariable: "ZHIPU_API_KEY",
    endpoints: serve(["chat_completion", "embedding", "image_generation", "speech"], {
      image_generation: { rename: { user: "user_id" } },
    }),
    pricedAs: "zhipuai",
  },

  // models.dev alibaba, https://www.alibabacloud.com/help/en/model-studio/compatibility-with-openai-responses-api,
  // https://www.alibabacloud.com/help/en/model-studio/embedding-interfaces-compatible-with-openai
  alibaba: {
    baseUrl: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    root: "/compatible-mode/v1",
    keyVariable: "DASHSCOPE_API_KEY",
    endpoints: serve(["chat_completion", "responses", "embedding"]),
    pricedAs: null,
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

  // https://www.scaleway.com/en/docs/generative-apis/api-cli/using-chat-api/ (unsupported parameters),
  // https://www.scaleway.com/en/developers/api/generative-apis/v1/schema.yml (parallel_tool_calls: false is ignored)
  scaleway: {
    baseUrl: "https://api.scaleway.ai/v1",
    keyVariable: "SCW_SECRET_KEY",
    endpoints: serve(["chat_completion", "responses", "embedding", "transcription", "rerank"], {
      chat_completion: {
        drop: ["user"],
        reject: ["frequency_penalty", "n", "top_logprobs", "logit_bias", "parallel_tool_calls"],
      },
    }),
    pricedAs: null,
  },

  // models.dev ovhcloud; https://docs.ovhcloud.com/en/guides/public-cloud/ai-machine-learning/ai-endpoints-capabilities,
  // https://www.ovhcloud.com/en/public-cloud/ai-endpoints/catalog/bge-m3/
  ovhcloud: {
    baseUrl: "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1",
    keyVariable: "OVHCLOUD_API_KEY",
    endpoints: serve(["chat_completion", "responses", "embedding", "transcription"]),
    pricedAs: "ovhcloud",
  },

  // models.dev digitalocean, https://docs.digitalocean.com/products/inference/how-to/si-endpoints/index.html.md
  digitalocean: {
    baseUrl: "https://inference.do-ai.run/v1",
    keyVariable: "DIGITALOCEAN_ACCESS_TOKEN",
    endpoints: serve(["chat_completion", "responses", "embedding", "image_generation"]),
    pricedAs: null,
  },

  // models.dev chutes, https://chutes.ai/llms.txt; max_tokens: LiteLLM openai_like/providers.json
  chutes: {
    baseUrl: "https://llm.chutes.ai/v1",
    keyVariable: "CHUTES_API_KEY",
    endpoints: serve(["chat_completion"], { chat_completion: { rename: maxTokens } }),
    pricedAs: null,
  },

  // https://developers.upstage.ai/docs/apis/chat, https://developers.upstage.ai/docs/apis/embeddings
  upstage: {
    baseUrl: "https://api.upstage.ai/v1",
    keyVariable: "UPSTAGE_API_KEY",
    endpoints: serve(["chat_completion", "embedding"]),
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

  // https://platform.minimax.io/docs/api-reference/text-openai-api: ignores the penalties and logit_bias, n is 1;
  // https://platform.minimax.io/docs/api-reference/responses-create
  minimax: {
    baseUrl: "https://api.minimax.io/v1",
    keyVariable: "MINIMAX_API_KEY",
    endpoints: serve(["chat_completion", "responses"], {
      chat_completion: { reject: ["n", "frequency_penalty", "presence_penalty", "logit_bias"], refusal: baseResp },
    }),
    pricedAs: "minimax",
  },

  // Bifrost databricks, https://docs.databricks.com/aws/en/machine-learning/foundation-model-apis/api-reference:
  // https://{workspace}/serving-endpoints
  databricks: {
    baseUrl: "",
    root: "/serving-endpoints",
    keyVariable: "DATABRICKS_TOKEN",
    endpoints: serve(["chat_completion", "responses", "embedding"]),
    pricedAs: null,
  },

  // https://docs.sarvam.ai/api-reference-docs/chat/chat-completions, https://docs.sarvam.ai/api-reference-docs/authentication;
  // max_tokens: LiteLLM openai_like/providers.json
  sarvam: {
    baseUrl: "https://api.sarvam.ai/v1",
    keyVariable: "SARVAM_API_KEY",
    authorization: { header: "api-subscription-key", prefix: "" },
    endpoints: serve(["chat_completion"], { chat_completion: { rename: maxTokens } }),
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

  // https://www.recraft.ai/docs#generate-image, LiteLLM recraft/image_generation/transformation.py
  recraft: {
    baseUrl: "https://external.api.recraft.ai/v1",
    keyVariable: "RECRAFT_API_KEY",
    endpoints: serve(["image_generation"]),
    pricedAs: null,
  },

  // https://docs.voyageai.com/reference/embeddings-api, LiteLLM voyage/embedding/transformation.py
  voyage: {
    baseUrl: "https://api.voyageai.com/v1",
    keyVariable: "VOYAGE_API_KEY",
    endpoints: {
      ...serve(["embedding"], { embedding: { rename: { dimensions: "output_dimension" }, drop: ["user"] } }),
      ...own({ rerank: "voyage-rerank" }),
    },
    pricedAs: "voyageai",
  },

  // https://jina.ai/embeddings, https://jina.ai/reranker, LiteLLM jina_ai/rerank/transformation.py
  jina: {
    baseUrl: "https://api.jina.ai/v1",
    keyVariable: "JINA_API_KEY",
    endpoints: serve(["embedding", "rerank"]),
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

  // models.dev inception, https://docs.inceptionlabs.ai/api-reference/chat/create-a-chat-completion
  inception: {
    baseUrl: "https://api.inceptionlabs.ai/v1",
    keyVariable: "INCEPTION_API_KEY",
    endpoints: serve(["chat_completion"]),
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

  // models.dev xiaomi, https://mimo.mi.com/docs/en-US/api/chat/openai-api
  xiaomi: {
    baseUrl: "https://api.xiaomimimo.com/v1",
    keyVariable: "XIAOMI_API_KEY",
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

  // models.dev stepfun, https://platform.stepfun.com/docs/zh/api-reference/chat/chat-completion-create, …/responses/responses-create
  stepfun: {
    baseUrl: "https://api.stepfun.com/v1",
    keyVariable: "STEPFUN_API_KEY",
    endpoints: serve(["chat_completion", "responses"]),
    pricedAs: null,
  },

  // models.dev ollama-cloud, https://docs.ollama.com/openai
  "ollama-cloud": {
    baseUrl: "https://ollama.com/v1",
    keyVariable: "OLLAMA_API_KEY",
    endpoints: serve(["chat_completion"]),
    pricedAs: null,
  },

  // https://docs.ollama.com/openai
  ollama: {
    baseUrl: "http://127.0.0.1:11434/v1",
    keyVariable: null,
    endpoints: serve(local),
    pricedAs: null,
  },

  // https://lmstudio.ai/docs/developer/openai-compat
  lmstudio: {
    baseUrl: "http://127.0.0.1:1234/v1",
    keyVariable: null,
    endpoints: serve([...local, "responses"]),
    pricedAs: null,
  },

  // https://docs.vllm.ai/en/stable/serving/openai_compatible_server.html
  vllm: {
    baseUrl: "http://127.0.0.1:8000/v1",
    keyVariable: null,
    endpoints: serve([...local, "responses", "transcription", "rerank"]),
    pricedAs: null,
  },

  // https://docs.sglang.ai/basic_usage/openai_api_completions.html
  sgl: {
    baseUrl: "http://127.0.0.1:30000/v1",
    keyVariable: null,
    endpoints: serve(local),
    pricedAs: null,
  },

  // https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md; its usual port, 8080, is ours too
  llamacpp: {
    baseUrl: "",
    keyVariable: null,
    endpoints: serve([...local, "responses", "rerank"]),
    pricedAs: null,
  },

  // The same models as the native rows, in OpenAI's form where their makers offer one.

  // https://ai.google.dev/gemini-api/docs/openai
  "gemini-openai": {
    baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai",
    root: "/v1beta/openai",
    keyVariable: "GEMINI_API_KEY",
    endpoints: serve(["chat_completion", "embedding", "image_generation"]),
    pricedAs: "google",
  },

  // https://docs.cloud.google.com/vertex-ai/generative-ai/docs/start/openai:
  // https://aiplatform.googleapis.com/v1/projects/{project}/locations/{location}; the key is an OAuth token of one hour
  "vertex-openai": {
    baseUrl: "",
    root: "/endpoints/openapi",
    keyVariable: null,
    endpoints: serve(["chat_completion"]),
    pricedAs: "google",
  },

  // https://docs.aws.amazon.com/bedrock/latest/userguide/inference-chat-completions-mantle.html:
  // https://bedrock-runtime.{region}.amazonaws.com
  "bedrock-openai": {
    baseUrl: "",
    root: "/openai/v1",
    keyVariable: "AWS_BEARER_TOKEN_BEDROCK",
    endpoints: serve(["chat_completion"]),
    pricedAs: "aws",
  },

  // https://docs.cohere.com/docs/compatibility-api (supported and unsupported parameters)
  "cohere-openai": {
    baseUrl: "https://api.cohere.ai/compatibility/v1",
    root: "/compatibility/v1",
    keyVariable: "COHERE_API_KEY",
    endpoints: serve(["chat_completion", "embedding"], {
      chat_completion: {
        rename: maxTokens,
        drop: ["store", "metadata", "service_tier", "prediction"],
        reject: ["n", "top_logprobs", "logit_bias", "modalities", "audio", "parallel_tool_calls"],
      },
      embedding: { drop: ["user"], reject: ["dimensions"] },
    }),
    pricedAs: "cohere",
  },

  // Providers with forms of their own.

  // https://docs.anthropic.com/en/api/overview
  anthropic: {
    baseUrl: "https://api.anthropic.com/v1",
    keyVariable: "ANTHROPIC_API_KEY",
    authorization: { header: "x-api-key", prefix: "" },
    endpoints: own({ chat_completion: "anthropic" }),
    pricedAs: "anthropic",
  },

  // https://ai.google.dev/api
  gemini: {
    baseUrl: "https://generativelanguage.googleapis.com/v1beta",
    root: "/v1beta",
    keyVariable: "GEMINI_API_KEY",
    authorization: { header: "x-goog-api-key", prefix: "" },
    endpoints: own({
      chat_completion: "gemini",
      embedding: "gemini-embed",
      image_generation: "gemini-image",
      image_edit: "gemini-image",
      speech: "gemini-speech",
      transcription: "gemini-transcription",
    }),
    pricedAs: "google",
  },

  // https://docs.cloud.google.com/vertex-ai/docs/reference/rest; tokens: https://oauth2.googleapis.com and
  // http://metadata.google.internal; rerank: https://discoveryengine.googleapis.com
  vertex: {
    baseUrl: "https://{location}-aiplatform.googleapis.com",
    root: "",
    keyVariable: "GOOGLE_VERTEX_API_KEY",
    isKeyOptional: true,
    endpoints: own({
      chat_completion: "vertex",
      embedding: "vertex-embed",
      image_generation: "vertex-image",
      image_edit: "vertex-image",
      speech: "vertex-speech",
      transcription: "vertex-transcription",
      rerank: "vertex-rerank",
    }),
    pricedAs: "google",
  },

  // https://docs.aws.amazon.com/bedrock/latest/userguide/endpoints.html; rerank: https://bedrock-agent-runtime.{region}.amazonaws.com;
  // credentials of the machine: http://169.254.169.254 and http://169.254.170.2
  bedrock: {
    baseUrl: "https://bedrock-runtime.{region}.amazonaws.com",
    root: "",
    keyVariable: "AWS_BEARER_TOKEN_BEDROCK",
    isKeyOptional: true,
    endpoints: own({
      chat_completion: "bedrock",
      embedding: "bedrock-embed",
      image_generation: "bedrock-image",
      image_edit: "bedrock-image",
      rerank: "bedrock-rerank",
    }),
    pricedAs: "aws",
  },

  // https://docs.cohere.com/reference/about
  cohere: {
    baseUrl: "https://api.cohere.com/v2",
    root: "/v2",
    keyVariable: "COHERE_API_KEY",
    endpoints: own({ chat_completion: "cohere-chat", embedding: "cohere-embed", rerank: "cohere-rerank" }),
    pricedAs: "cohere",
  },

  // https://elevenlabs.io/docs/api-reference/authentication
  elevenlabs: {
    baseUrl: "https://api.elevenlabs.io",
    root: "",
    keyVariable: "ELEVENLABS_API_KEY",
    authorization: { header: "xi-api-key", prefix: "" },
    endpoints: own({ speech: "elevenlabs-speech", transcription: "elevenlabs-transcription" }),
    optional: { speech: ["voice"] },
    pricedAs: null,
  },

  // https://developers.deepgram.com/reference/authentication
  deepgram: {
    baseUrl: "https://api.deepgram.com",
    root: "",
    keyVariable: "DEEPGRAM_API_KEY",
    authorization: { header: "authorization", prefix: "Token " },
    endpoints: own({ speech: "deepgram-speech", transcription: "deepgram-transcription" }),
    optional: { speech: ["voice"] },
    pricedAs: null,
  },

  // Providers that work on a request as an upstream job.

  // https://replicate.com/docs/reference/http
  replicate: {
    baseUrl: "https://api.replicate.com/v1",
    keyVariable: "REPLICATE_API_TOKEN",
    endpoints: own({ chat_completion: "replicate", image_generation: "replicate", image_edit: "replicate" }),
    pricedAs: null,
  },

  // https://docs.fal.ai/model-endpoints/queue
  fal: {
    baseUrl: "https://queue.fal.run",
    root: "",
    keyVariable: "FAL_KEY",
    authorization: { header: "authorization", prefix: "Key " },
    endpoints: own({ image_generation: "fal", image_edit: "fal" }),
    pricedAs: null,
  },

  // https://docs.dev.runwayml.com/api/
  runway: {
    baseUrl: "https://api.dev.runwayml.com/v1",
    keyVariable: "RUNWAYML_API_SECRET",
    endpoints: own({ image_generation: "runway", image_edit: "runway" }),
    pricedAs: null,
  },

  // https://docs.lumalabs.ai/docs/image-generation
  luma: {
    baseUrl: "https://api.lumalabs.ai/dream-machine/v1",
    root: "/dream-machine/v1",
    keyVariable: "LUMAAI_API_KEY",
    endpoints: own({ image_generation: "luma", image_edit: "luma" }),
    pricedAs: null,
  },

  // https://www.assemblyai.com/docs/api-reference/overview
  assemblyai: {
    baseUrl: "https://api.assemblyai.com/v2",
    root: "/v2",
    keyVariable: "ASSEMBLYAI_API_KEY",
    authorization: { header: "authorization", prefix: "" },
    endpoints: own({ transcription: "assemblyai" }),
    pricedAs: null,
  },

  // The built-in mock provider, which needs no network and no key.
  mock: { baseUrl: "", keyVariable: null, endpoints: serve(everyType, {}, "mock"), pricedAs: null },
})

/** The row of a built-in provider. Undefined when there is none with this name. */
export function findRow(name: string): Row | undefined {
  return Object.hasOwn(rows, name) ? rows[name] : undefined
}
