// Companies that serve the models they make, in OpenAI's form.
// Read on 2026-11-20, where no other day stands beside a source.
import type { HiddenRefusal, Row } from "../provider.ts"
import { maxTokens, olderRole, olderRoles, own, serve } from "./serving.ts"

/**
 * MiniMax's codes: https://platform.minimax.io/docs/api-reference/errorcode; where they are in an answer:
 * https://platform.minimax.io/docs/api-reference/text-chat
 */
export const minimaxRefusal: HiddenRefusal = {
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

/** With 429: no money left, and a plan that is over. https://docs.z.ai/api-reference/api-code */
export const zhipuMeanings: NonNullable<Row["meanings"]> = { "1113": "key", "1309": "key" }

/** With 429 a limit of tokens in a time. https://help.aliyun.com/en/model-studio/error-code-start */
export const dashscopeMeanings: NonNullable<Row["meanings"]> = { insufficient_quota: "request" }

/** Members of a message that answers of others have, so that conversations bring them along. */
const unknownToMistral = [
  ...["name", "refusal", "annotations", "audio", "function_call"],
  ...["reasoning", "reasoning_content", "reasoning_details", "reasoning_items"],
]

/**
 * What Sonar's models are since chat completions ended: one model, and presets, which search by themselves. `low` is what the vendor
 * calls the behavioral match of sonar-pro. https://github.com/perplexityai/api-platform-developers/blob/main/skills/migrate-sonar-to-agent-api/references/models-and-presets.md
 */
export const sonarModels: Readonly<Record<string, readonly [member: "model" | "preset", name: string]>> = {
  sonar: ["model", "perplexity/sonar"],
  "sonar-pro": ["preset", "low"],
  "sonar-reasoning": ["preset", "low"],
  "sonar-reasoning-pro": ["preset", "low"],
  "sonar-deep-research": ["preset", "medium"],
  fast: ["preset", "fast"],
  low: ["preset", "low"],
  medium: ["preset", "medium"],
  high: ["preset", "high"],
  xhigh: ["preset", "xhigh"],
}

export const makers: Readonly<Record<string, Row>> = {
  // https://platform.openai.com/docs/api-reference
  // variables: openai 6.49.0 (client.ts); OPENAI_API_BASE: openai-python before 1.0 (read 2026-12-01)
  openai: {
    baseUrl: "https://api.openai.com/v1",
    keyVariable: "OPENAI_API_KEY",
    addressVariables: [
      { name: "OPENAI_BASE_URL", root: "" },
      { name: "OPENAI_API_BASE", root: "" },
    ],
    headerVariables: {
      "openai-organization": "OPENAI_ORG_ID",
      "openai-project": "OPENAI_PROJECT_ID",
      "*": "OPENAI_CUSTOM_HEADERS",
    },
    endpoints: serve(
      [
        "text_completion",
        "chat_completion",
        "responses",
        "count_tokens",
        "embedding",
        "speech",
        "transcription",
        "image_generation",
        "image_edit",
        "image_variation",
      ],
      { responses: { isResumable: true } },
    ),
    pricedAs: "openai",
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

  // https://api-docs.deepseek.com/api/create-chat-completion; responses, which are stateless:
  // https://api-docs.deepseek.com/guides/responses_api; no developer: https://github.com/earendil-works/pi/issues/1048 (read 2026-12-01)
  deepseek: {
    baseUrl: "https://api.deepseek.com",
    root: "",
    keyVariable: "DEEPSEEK_API_KEY",
    endpoints: serve(["chat_completion", "responses"], {
      chat_completion: { rename: maxTokens, within: olderRoles },
      responses: { reject: ["previous_response_id"] },
    }),
    pricedAs: "deepseek",
  },

  // https://docs.mistral.ai/api, https://docs.mistral.ai/api/endpoint/ocr; members it knows, of messages and tools too:
  // https://github.com/mistralai/client-ts/blob/main/src/models/components/chatcompletionrequest.ts, …/usermessage.ts, …/tool.ts and
  // …/embeddingrequest.ts (2.7.0); 422 extra_forbidden for others: https://github.com/editor-code-assistant/eca/issues/231
  // read 2026-12-01
  mistral: {
    baseUrl: "https://api.mistral.ai/v1",
    keyVariable: "MISTRAL_API_KEY",
    endpoints: {
      ...serve(["chat_completion", "embedding", "ocr"], {
        chat_completion: {
          rename: { ...maxTokens, seed: "random_seed" },
          drop: ["user", "store", "safety_identifier", "prompt_cache_retention", "stream_options"],
          reject: [
            ...["logprobs", "top_logprobs", "logit_bias", "verbosity", "modalities", "audio", "web_search_options"],
            ...["functions", "function_call"],
          ],
          within: {
            messages: { ...olderRole, drop: [...unknownToMistral], unless: { role: "tool" } },
            tools: { within: { function: { required: { parameters: { type: "object", properties: {} } } } } },
          },
        },
        embedding: { rename: { dimensions: "output_dimension" }, drop: ["user"] },
      }),
      // https://docs.mistral.ai/api/endpoint/audio/speech, https://docs.mistral.ai/api/endpoint/audio/transcriptions
      ...own({ speech: "mistral-speech", transcription: "mistral-transcription" }),
    },
    pricedAs: "mistral",
  },

  // https://docs.perplexity.ai/docs/agent-api/quickstart; chat completions ended on 2026-09-27:
  // https://docs.perplexity.ai/docs/agent-api/migrate-from-sonar/overview; members it knows: ResponsesRequest of
  // https://github.com/perplexityai/perplexity-node (0.38.5), and tool_choice and parallel_tool_calls, which the migration guide has;
  // 400 for others: …/skills/migrate-sonar-to-agent-api/references/request-mapping.md of perplexityai/api-platform-developers
  // variables: @perplexity-ai/perplexity_ai 0.38.5 (client.ts) (read 2026-12-01)
  perplexity: {
    baseUrl: "https://api.perplexity.ai/v1",
    keyVariable: "PERPLEXITY_API_KEY",
    addressVariables: [{ name: "PERPLEXITY_BASE_URL", root: "/v1" }],
    headerVariables: { "*": "PERPLEXITY_CUSTOM_HEADERS" },
    endpoints: {
      ...serve(["responses"], {
        responses: {
          drop: ["user", "metadata", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention"],
          reject: ["text", "include"],
          within: {
            input: {
              drop: ["google"],
              within: { content: { values: { detail: { auto: null } }, drop: ["detail"] } },
            },
            reasoning: { drop: ["summary", "generate_summary"] },
          },
          models: sonarModels,
        },
      }),
      chat_completion: { adapter: "raw", path: "/responses", via: "perplexity" },
    },
    pricedAs: "perplexity",
  },

  // https://platform.kimi.ai/docs/api/overview.md; key variable: models.dev moonshotai;
  // no developer: https://github.com/openclaw/openclaw/issues/8579 (read 2026-12-01)
  moonshotai: {
    baseUrl: "https://api.moonshot.ai/v1",
    keyVariable: "MOONSHOT_API_KEY",
    endpoints: serve(["chat_completion"], { chat_completion: { within: olderRoles } }),
    pricedAs: "moonshotai",
  },

  // https://docs.z.ai/api-reference/introduction, https://docs.z.ai/api-reference/image/generate-image; models.dev zai;
  // max_completion_tokens is ignored: https://github.com/earendil-works/pi/issues/7143; no developer:
  // https://github.com/vastsa/PI-Desktop/issues/30
  // variables: https://github.com/zai-org/z-ai-sdk-python/blob/main/src/zai/_client.py (read 2026-12-01)
  zai: {
    baseUrl: "https://api.z.ai/api/paas/v4",
    root: "/api/paas/v4",
    keyVariable: "ZHIPU_API_KEY",
    keyVariables: ["ZAI_API_KEY", "ZHIPU_API_KEY"],
    addressVariables: [{ name: "ZAI_BASE_URL", root: "" }],
    endpoints: serve(["chat_completion", "image_generation"], {
      chat_completion: { rename: maxTokens, within: olderRoles },
      image_generation: { rename: { user: "user_id" } },
    }),
    meanings: zhipuMeanings,
    pricedAs: "zai",
  },

  // models.dev zhipuai, https://docs.bigmodel.cn/llms.txt (文本嵌入, 图像生成, 文本转语音); the limit and the role: as zai
  // variables: https://github.com/MetaGLM/zhipuai-sdk-python-v4/blob/main/zhipuai/_client.py (read 2026-12-01)
  zhipuai: {
    baseUrl: "https://open.bigmodel.cn/api/paas/v4",
    root: "/api/paas/v4",
    keyVariable: "ZHIPU_API_KEY",
    keyVariables: ["ZHIPUAI_API_KEY", "ZHIPU_API_KEY"],
    addressVariables: [{ name: "ZHIPUAI_BASE_URL", root: "" }],
    endpoints: serve(["chat_completion", "embedding", "image_generation", "speech"], {
      chat_completion: { rename: maxTokens, within: olderRoles },
      image_generation: { rename: { user: "user_id" } },
    }),
    meanings: zhipuMeanings,
    pricedAs: "zhipuai",
  },

  // models.dev alibaba, https://www.alibabacloud.com/help/en/model-studio/compatibility-with-openai-responses-api,
  // https://www.alibabacloud.com/help/en/model-studio/embedding-interfaces-compatible-with-openai;
  // no developer: https://github.com/proma-ai/Proma/issues/1496
  // ALIBABA_API_KEY: @ai-sdk/alibaba 1.0.61 (read 2026-12-01)
  alibaba: {
    baseUrl: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    root: "/compatible-mode/v1",
    keyVariable: "DASHSCOPE_API_KEY",
    keyVariables: ["DASHSCOPE_API_KEY", "ALIBABA_API_KEY"],
    endpoints: serve(["chat_completion", "responses", "embedding"], { chat_completion: { within: olderRoles } }),
    meanings: dashscopeMeanings,
    pricedAs: null,
  },

  // https://developers.upstage.ai/docs/apis/chat, https://developers.upstage.ai/docs/apis/embeddings
  upstage: {
    baseUrl: "https://api.upstage.ai/v1",
    keyVariable: "UPSTAGE_API_KEY",
    endpoints: serve(["chat_completion", "embedding"]),
    pricedAs: null,
  },

  // https://platform.minimax.io/docs/api-reference/text-openai-api: ignores the penalties and logit_bias, n is 1;
  // https://platform.minimax.io/docs/api-reference/responses-create; no developer: https://github.com/MiniMax-AI/MiniMax-M2/issues/79
  // read 2026-12-01
  minimax: {
    baseUrl: "https://api.minimax.io/v1",
    keyVariable: "MINIMAX_API_KEY",
    endpoints: serve(["chat_completion", "responses"], {
      chat_completion: {
        reject: ["n", "frequency_penalty", "presence_penalty", "logit_bias"],
        within: olderRoles,
        refusal: minimaxRefusal,
      },
    }),
    pricedAs: "minimax",
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

  // https://www.recraft.ai/docs#generate-image, LiteLLM recraft/image_generation/transformation.py
  recraft: {
    baseUrl: "https://external.api.recraft.ai/v1",
    keyVariable: "RECRAFT_API_KEY",
    endpoints: serve(["image_generation"]),
    pricedAs: null,
  },

  // https://docs.voyageai.com/reference/embeddings-api, LiteLLM voyage/embedding/transformation.py;
  // 400 for the encoding "float", its default: https://github.com/vectorize-io/hindsight/issues/928 (read 2026-12-01)
  voyage: {
    baseUrl: "https://api.voyageai.com/v1",
    keyVariable: "VOYAGE_API_KEY",
    endpoints: {
      ...serve(["embedding"], {
        embedding: {
          rename: { dimensions: "output_dimension" },
          values: { encoding_format: { float: null } },
          drop: ["user"],
        },
      }),
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

  // models.dev inception, https://docs.inceptionlabs.ai/api-reference/chat/create-a-chat-completion
  inception: {
    baseUrl: "https://api.inceptionlabs.ai/v1",
    keyVariable: "INCEPTION_API_KEY",
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

  // models.dev stepfun, https://platform.stepfun.com/docs/zh/api-reference/chat/chat-completion-create, …/responses/responses-create
  stepfun: {
    baseUrl: "https://api.stepfun.com/v1",
    keyVariable: "STEPFUN_API_KEY",
    endpoints: serve(["chat_completion", "responses"]),
    pricedAs: null,
  },

  // https://llama.developer.meta.com/docs/features/compatibility by models.dev llama (2026-06-25), whose address it is; the members of
  // its own form: https://www.npmjs.com/package/llama-api-client 0.3.0
  "llama-api": {
    baseUrl: "https://api.llama.com/compat/v1",
    root: "/compat/v1",
    keyVariable: "LLAMA_API_KEY",
    endpoints: serve(["chat_completion"]),
    pricedAs: null,
    caveat: "not verified: which members its form of OpenAI's has",
  },
}
