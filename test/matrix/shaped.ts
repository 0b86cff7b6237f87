// The providers in OpenAI's form, each as its documents have it: where, with what key, what it serves, and what it does otherwise.
// Written down beside the rows, not from them: what the two say must be the same.
import type { Fields, Place } from "./cell.ts"
import { newer } from "./newer.ts"

/** How a provider treats members of one request type: ours -> its; of no effect there; refused there. */
export interface Limits {
  rename?: Readonly<Record<string, string>>
  drop?: readonly string[]
  reject?: readonly string[]
  /** What it takes alone. */
  only?: Readonly<Record<string, readonly string[]>>
  /** Values that are said otherwise there, or (null) not at all. */
  values?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

export interface Shaped extends Place {
  /** All that stands in front of the paths of OpenAI's reference. */
  at: string
  serves: readonly string[]
  limits?: Record<string, Limits>
  /** Where a request type is, when that is not its usual path. */
  elsewhere?: Record<string, string>
  /** The request types in which it knows no developer: instructions are the system's there. */
  olderRoles?: readonly string[]
  /** Of config.json, where a provider's address is its customer's own. */
  config?: Fields
}

/** https://platform.openai.com/docs/api-reference, and where others have put Cohere's and Mistral's. */
export const paths: Record<string, string> = {
  text_completion: "/completions",
  chat_completion: "/chat/completions",
  responses: "/responses",
  count_tokens: "/responses/input_tokens",
  embedding: "/embeddings",
  speech: "/audio/speech",
  transcription: "/audio/transcriptions",
  image_generation: "/images/generations",
  image_edit: "/images/edits",
  image_variation: "/images/variations",
  rerank: "/rerank",
  ocr: "/ocr",
}

const chat = ["chat_completion"]
const maxTokens = { max_completion_tokens: "max_tokens" }
const at = (base_url: string) => ({ network_config: { base_url } })
/** A server that is usually on this machine: there no proxy is asked, and the fake internet is behind one. */
const near = (host: string) => ({ at: `http://${host}/v1`, key: null, config: at(`http://${host}`) })

const zen: Shaped = {
  at: "https://opencode.ai/zen/v1",
  key: "OPENCODE_API_KEY",
  serves: [...chat, "responses"],
  olderRoles: chat,
}

export const shaped: Record<string, Shaped> = {
  ...newer,
  openai: {
    at: "https://api.openai.com/v1",
    key: "OPENAI_API_KEY",
    serves: [
      ...["text_completion", "chat_completion", "responses", "embedding", "speech", "transcription"],
      ...["image_generation", "image_edit", "image_variation", "count_tokens"],
    ],
  },
  // The resource is the customer's.
  azure: {
    at: "https://my-resource.openai.azure.com/openai/v1",
    key: "AZURE_API_KEY",
    header: ["api-key", ""],
    serves: [...chat, "responses", "embedding", "speech", "transcription", "image_generation", "image_edit"],
    config: at("https://my-resource.openai.azure.com"),
  },
  groq: {
    at: "https://api.groq.com/openai/v1",
    key: "GROQ_API_KEY",
    serves: [...chat, "responses", "embedding", "speech", "transcription"],
    limits: {
      chat_completion: { reject: ["logprobs", "top_logprobs", "logit_bias", "n"] },
      embedding: { reject: ["dimensions"] },
      speech: { reject: ["instructions"] },
      transcription: { only: { response_format: ["json", "text", "verbose_json"] } },
    },
  },
  cerebras: {
    at: "https://api.cerebras.ai/v1",
    key: "CEREBRAS_API_KEY",
    serves: [...chat, "text_completion"],
    limits: {
      chat_completion: { reject: ["frequency_penalty", "presence_penalty", "logit_bias"] },
      text_completion: { reject: ["frequency_penalty", "presence_penalty", "logit_bias"] },
    },
  },
  xai: {
    at: "https://api.x.ai/v1",
    key: "XAI_API_KEY",
    serves: [...chat, "responses", "image_generation"],
    limits: { image_generation: { reject: ["quality", "size", "style"] } },
  },
  deepseek: {
    at: "https://api.deepseek.com",
    key: "DEEPSEEK_API_KEY",
    serves: [...chat, "responses"],
    limits: { chat_completion: { rename: maxTokens }, responses: { reject: ["previous_response_id"] } },
    olderRoles: chat,
  },
  mistral: {
    at: "https://api.mistral.ai/v1",
    key: "MISTRAL_API_KEY",
    serves: [...chat, "embedding", "ocr"],
    limits: {
      chat_completion: {
        rename: { ...maxTokens, seed: "random_seed" },
        drop: ["user", "store", "safety_identifier", "prompt_cache_retention", "stream_options"],
        reject: [
          ...["logprobs", "top_logprobs", "logit_bias", "verbosity", "modalities", "audio", "web_search_options"],
          ...["functions", "function_call"],
        ],
      },
      embedding: { rename: { dimensions: "output_dimension" }, drop: ["user"] },
    },
    olderRoles: chat,
  },
  perplexity: {
    at: "https://api.perplexity.ai/v1",
    key: "PERPLEXITY_API_KEY",
    serves: ["responses"],
    limits: {
      responses: {
        drop: ["user", "metadata", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention"],
        reject: ["text", "include"],
      },
    },
  },
  openrouter: {
    at: "https://openrouter.ai/api/v1",
    key: "OPENROUTER_API_KEY",
    serves: [
      ...[...chat, "text_completion", "responses", "embedding", "speech", "rerank"],
      ...["transcription", "image_generation"],
    ],
    elsewhere: { image_generation: "/images" },
    limits: {
      transcription: { reject: ["prompt", "include[]"], only: { response_format: ["json", "text", "verbose_json"] } },
      image_generation: {
        drop: ["moderation"],
        reject: ["style"],
        only: { response_format: ["b64_json"] },
        values: { response_format: { b64_json: null } },
      },
    },
  },
  together: {
    at: "https://api.together.ai/v1",
    key: "TOGETHER_API_KEY",
    serves: [...chat, "text_completion", "embedding", "speech", "transcription", "rerank"],
    limits: {
      chat_completion: {
        rename: { ...maxTokens, top_logprobs: "logprobs" },
        values: { logprobs: { true: 1, false: null }, top_logprobs: { 0: null } },
      },
      embedding: { drop: ["user"], reject: ["dimensions"] },
      speech: { reject: ["instructions", "speed"] },
      transcription: { only: { response_format: ["json", "text", "verbose_json"] } },
    },
    olderRoles: chat,
  },
  fireworks: {
    at: "https://api.fireworks.ai/inference/v1",
    key: "FIREWORKS_API_KEY",
    serves: [...chat, "text_completion", "responses", "embedding"],
    olderRoles: ["responses"],
  },
  deepinfra: {
    at: "https://api.deepinfra.com/v1/openai",
    key: "DEEPINFRA_API_KEY",
    serves: [...chat, "text_completion", "embedding", "speech", "transcription", "image_generation", "image_edit"],
    limits: { chat_completion: { rename: maxTokens } },
    olderRoles: chat,
  },
  huggingface: { at: "https://router.huggingface.co/v1", key: "HF_TOKEN", serves: [...chat, "responses"] },
  nebius: {
    at: "https://api.tokenfactory.nebius.com/v1",
    key: "NEBIUS_API_KEY",
    serves: [...chat, "text_completion", "embedding"],
  },
  parasail: { at: "https://api.parasail.io/v1", key: "PARASAIL_API_KEY", serves: chat },
  baseten: { at: "https://inference.baseten.co/v1", key: "BASETEN_API_KEY", serves: chat },
  sambanova: {
    at: "https://api.sambanova.ai/v1",
    key: "SAMBANOVA_API_KEY",
    serves: [...chat, "embedding", "transcription"],
    limits: {
      chat_completion: { rename: maxTokens, reject: ["frequency_penalty", "presence_penalty", "logit_bias"] },
    },
  },
  nvidia: {
    at: "https://integrate.api.nvidia.com/v1",
    key: "NVIDIA_API_KEY",
    serves: [...chat, "embedding"],
    limits: {
      chat_completion: {
        rename: maxTokens,
        drop: ["user", "store", "metadata", "service_tier", "prompt_cache_key", "safety_identifier"],
      },
    },
    olderRoles: chat,
  },
  novita: {
    at: "https://api.novita.ai/openai/v1",
    key: "NOVITA_API_KEY",
    serves: [...chat, "text_completion", "embedding"],
    limits: { chat_completion: { rename: maxTokens, drop: ["store"] } },
  },
  moonshotai: { at: "https://api.moonshot.ai/v1", key: "MOONSHOT_API_KEY", serves: chat, olderRoles: chat },
  zai: {
    at: "https://api.z.ai/api/paas/v4",
    key: "ZHIPU_API_KEY",
    serves: [...chat, "image_generation"],
    limits: { chat_completion: { rename: maxTokens }, image_generation: { rename: { user: "user_id" } } },
    olderRoles: chat,
  },
  zhipuai: {
    at: "https://open.bigmodel.cn/api/paas/v4",
    key: "ZHIPU_API_KEY",
    serves: [...chat, "embedding", "image_generation", "speech"],
    limits: { chat_completion: { rename: maxTokens }, image_generation: { rename: { user: "user_id" } } },
    olderRoles: chat,
  },
  alibaba: {
    at: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    key: "DASHSCOPE_API_KEY",
    serves: [...chat, "responses", "embedding"],
    olderRoles: chat,
  },
  siliconflow: {
    at: "https://api.siliconflow.com/v1",
    key: "SILICONFLOW_API_KEY",
    serves: [...chat, "embedding", "speech", "transcription", "rerank"],
    limits: { chat_completion: { rename: maxTokens } },
  },
  scaleway: {
    at: "https://api.scaleway.ai/v1",
    key: "SCW_SECRET_KEY",
    serves: [...chat, "responses", "embedding", "transcription", "rerank"],
    limits: {
      chat_completion: {
        drop: ["user"],
        reject: ["frequency_penalty", "n", "top_logprobs", "logit_bias", "parallel_tool_calls"],
      },
    },
  },
  ovhcloud: {
    at: "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1",
    key: "OVHCLOUD_API_KEY",
    serves: [...chat, "responses", "embedding", "transcription"],
  },
  digitalocean: {
    at: "https://inference.do-ai.run/v1",
    key: "DIGITALOCEAN_ACCESS_TOKEN",
    serves: [...chat, "responses", "embedding", "image_generation"],
  },
  chutes: {
    at: "https://llm.chutes.ai/v1",
    key: "CHUTES_API_KEY",
    serves: chat,
    limits: { chat_completion: { rename: maxTokens } },
    olderRoles: chat,
  },
  upstage: { at: "https://api.upstage.ai/v1", key: "UPSTAGE_API_KEY", serves: [...chat, "embedding"] },
  wandb: { at: "https://api.inference.wandb.ai/v1", key: "WANDB_API_KEY", serves: chat },
  inference: { at: "https://api.inference.net/v1", key: "INFERENCE_API_KEY", serves: chat },
  friendli: {
    at: "https://api.friendli.ai/serverless/v1",
    key: "FRIENDLI_TOKEN",
    serves: [...chat, "text_completion"],
  },
  minimax: {
    at: "https://api.minimax.io/v1",
    key: "MINIMAX_API_KEY",
    serves: [...chat, "responses"],
    limits: { chat_completion: { reject: ["n", "frequency_penalty", "presence_penalty", "logit_bias"] } },
    olderRoles: chat,
  },
  databricks: {
    at: "https://dbc-1.cloud.databricks.com/serving-endpoints",
    key: "DATABRICKS_TOKEN",
    serves: [...chat, "responses", "embedding"],
    config: at("https://dbc-1.cloud.databricks.com"),
  },
  sarvam: {
    at: "https://api.sarvam.ai/v1",
    key: "SARVAM_API_KEY",
    header: ["api-subscription-key", ""],
    serves: chat,
    limits: { chat_completion: { rename: maxTokens } },
  },
  wafer: { at: "https://pass.wafer.ai/v1", key: "WAFER_API_KEY", serves: chat },
  opencode: zen,
  "opencode-zen": zen,
  // Its session is the job.
  "opencode-go": {
    at: "https://opencode.ai/zen/go/v1",
    key: "OPENCODE_API_KEY",
    headers: { "x-opencode-session": "{jobId}" },
    serves: chat,
    olderRoles: chat,
  },
  recraft: { at: "https://external.api.recraft.ai/v1", key: "RECRAFT_API_KEY", serves: ["image_generation"] },
  voyage: {
    at: "https://api.voyageai.com/v1",
    key: "VOYAGE_API_KEY",
    serves: ["embedding"],
    limits: {
      embedding: {
        rename: { dimensions: "output_dimension" },
        drop: ["user"],
        values: { encoding_format: { float: null } },
      },
    },
  },
  jina: { at: "https://api.jina.ai/v1", key: "JINA_API_KEY", serves: ["embedding", "rerank"] },
  vercel: {
    at: "https://ai-gateway.vercel.sh/v1",
    key: "AI_GATEWAY_API_KEY",
    serves: [...chat, "responses", "embedding"],
    olderRoles: chat,
  },
  venice: { at: "https://api.venice.ai/api/v1", key: "VENICE_API_KEY", serves: [...chat, "embedding", "speech"] },
  inception: { at: "https://api.inceptionlabs.ai/v1", key: "INCEPTION_API_KEY", serves: chat },
  synthetic: {
    at: "https://api.synthetic.new/openai/v1",
    key: "SYNTHETIC_API_KEY",
    serves: chat,
    limits: { chat_completion: { rename: maxTokens } },
  },
  poe: {
    at: "https://api.poe.com/v1",
    key: "POE_API_KEY",
    serves: chat,
    limits: { chat_completion: { rename: maxTokens } },
  },
  "io-net": { at: "https://api.intelligence.io.solutions/api/v1", key: "IOINTELLIGENCE_API_KEY", serves: chat },
  xiaomi: { at: "https://api.xiaomimimo.com/v1", key: "XIAOMI_API_KEY", serves: chat },
  nscale: {
    at: "https://inference.api.nscale.com/v1",
    key: "NSCALE_API_KEY",
    serves: [...chat, "embedding"],
    limits: { chat_completion: { rename: maxTokens } },
  },
  stepfun: { at: "https://api.stepfun.com/v1", key: "STEPFUN_API_KEY", serves: [...chat, "responses"] },
  "ollama-cloud": { at: "https://ollama.com/v1", key: "OLLAMA_API_KEY", serves: chat },
  ollama: { ...near("ollama.lan:11434"), serves: ["text_completion", ...chat, "embedding"], olderRoles: chat },
  lmstudio: {
    ...near("lmstudio.lan:1234"),
    serves: ["text_completion", ...chat, "embedding", "responses"],
  },
  vllm: {
    ...near("vllm.lan:8000"),
    serves: ["text_completion", ...chat, "embedding", "responses", "transcription", "rerank"],
    olderRoles: chat,
  },
  sgl: { ...near("sgl.lan:30000"), serves: ["text_completion", ...chat, "embedding"], olderRoles: chat },
  llamacpp: {
    ...near("llamacpp.lan:8081"),
    serves: ["text_completion", ...chat, "embedding", "responses", "rerank"],
  },
  "gemini-openai": {
    at: "https://generativelanguage.googleapis.com/v1beta/openai",
    key: "GEMINI_API_KEY",
    serves: [...chat, "embedding", "image_generation"],
  },
  // No variable can hold a token of one hour.
  "vertex-openai": {
    at: "https://aiplatform.googleapis.com/v1/projects/my-project/locations/global/endpoints/openapi",
    key: null,
    secret: "ya29.an-hour",
    serves: chat,
    olderRoles: chat,
    config: at("https://aiplatform.googleapis.com/v1/projects/my-project/locations/global"),
  },
  "bedrock-openai": {
    at: "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1",
    key: "AWS_BEARER_TOKEN_BEDROCK",
    serves: chat,
    config: at("https://bedrock-runtime.us-west-2.amazonaws.com"),
  },
  "cohere-openai": {
    at: "https://api.cohere.ai/compatibility/v1",
    key: "COHERE_API_KEY",
    serves: [...chat, "embedding"],
    limits: {
      chat_completion: {
        rename: maxTokens,
        drop: ["store", "metadata", "service_tier", "prediction"],
        reject: ["n", "top_logprobs", "logit_bias", "modalities", "audio", "parallel_tool_calls"],
      },
      embedding: { drop: ["user"], reject: ["dimensions"] },
    },
  },
}
