// Clouds in OpenAI's form. Those with a form of their own are in ownforms.ts.
// Read on 2026-11-20, where no other day stands beside a source.
import type { Row } from "../provider.ts"
import { maxTokens, olderRoles, own, serve } from "./serving.ts"

const READ_BY_OTHERS = "not verified: its documents were read by others"

const mantle: Row = {
  baseUrl: "",
  keyVariable: "AWS_BEARER_TOKEN_BEDROCK",
  addressVariables: [{ name: "AWS_REGION", root: "", form: "https://bedrock-mantle.{value}.api.aws/v1" }],
  endpoints: serve(["chat_completion", "responses"]),
  pricedAs: "aws",
}

export const clouds: Readonly<Record<string, Row>> = {
  // https://learn.microsoft.com/en-us/azure/ai-foundry/openai/api-version-lifecycle: https://{resource}.openai.azure.com,
  // no api-version, the model is the deployment. Foundry's models, at https://{resource}.services.ai.azure.com, have the same form:
  // https://learn.microsoft.com/en-us/azure/foundry/foundry-models/concepts/endpoints. Key variable: models.dev azure
  // AZURE_OPENAI_…: openai 6.49.0 (azure.ts); AZURE_RESOURCE_NAME: @ai-sdk/azure 3.0.128 (read 2026-12-01)
  azure: {
    baseUrl: "",
    root: "/openai/v1",
    keyVariable: "AZURE_API_KEY",
    keyVariables: ["AZURE_OPENAI_API_KEY", "AZURE_API_KEY"],
    addressVariables: [
      { name: "AZURE_OPENAI_ENDPOINT", root: "" },
      { name: "AZURE_RESOURCE_NAME", root: "", form: "https://{value}.openai.azure.com" },
    ],
    authorization: { header: "api-key", prefix: "" },
    hasEntra: true,
    endpoints: serve(
      ["chat_completion", "responses", "embedding", "speech", "transcription", "image_generation", "image_edit"],
      { responses: { isResumable: true } },
    ),
    pricedAs: "azure",
  },

  // https://docs.api.nvidia.com/nim/reference/llm-apis; models.dev nvidia: no members beside the model's own;
  // max_tokens: LiteLLM nvidia_nim/chat/transformation.py; no developer: detectCompat of
  // https://github.com/earendil-works/pi/blob/main/packages/ai/src/api/openai-completions.ts (read 2026-12-01)
  nvidia: {
    baseUrl: "https://integrate.api.nvidia.com/v1",
    keyVariable: "NVIDIA_API_KEY",
    endpoints: serve(["chat_completion", "embedding"], {
      chat_completion: {
        rename: maxTokens,
        drop: ["user", "store", "metadata", "service_tier", "prompt_cache_key", "safety_identifier"],
        within: olderRoles,
      },
    }),
    pricedAs: null,
  },

  // https://www.scaleway.com/en/docs/generative-apis/api-cli/using-chat-api/ (unsupported parameters),
  // https://www.scaleway.com/en/developers/api/generative-apis/v1/schema.yml (parallel_tool_calls: false is ignored)
  // SCALEWAY_API_KEY: models.dev scaleway (read 2026-12-01)
  scaleway: {
    baseUrl: "https://api.scaleway.ai/v1",
    keyVariable: "SCW_SECRET_KEY",
    keyVariables: ["SCW_SECRET_KEY", "SCALEWAY_API_KEY"],
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

  // Bifrost databricks, https://docs.databricks.com/aws/en/machine-learning/foundation-model-apis/api-reference:
  // https://{workspace}/serving-endpoints
  // DATABRICKS_HOST: https://docs.databricks.com/aws/en/dev-tools/auth/env-vars (read 2026-12-01)
  databricks: {
    baseUrl: "",
    root: "/serving-endpoints",
    keyVariable: "DATABRICKS_TOKEN",
    addressVariables: [{ name: "DATABRICKS_HOST", root: "/serving-endpoints", form: "https://{value}" }],
    endpoints: serve(["chat_completion", "responses", "embedding"]),
    pricedAs: null,
  },

  // The same models as the native rows, in OpenAI's form where their makers offer one.
  // https://ai.google.dev/gemini-api/docs/openai
  // variables: as those of gemini (read 2026-12-01)
  "gemini-openai": {
    baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai",
    root: "/v1beta/openai",
    keyVariable: "GEMINI_API_KEY",
    keyVariables: ["GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"],
    addressVariables: [{ name: "GOOGLE_GEMINI_BASE_URL", root: "/v1beta/openai" }],
    endpoints: serve(["chat_completion", "embedding", "image_generation"]),
    pricedAs: "google",
  },

  // https://docs.cloud.google.com/vertex-ai/generative-ai/docs/start/openai:
  // https://aiplatform.googleapis.com/v1/projects/{project}/locations/{location}; the key is an OAuth token of one hour; roles, and
  // max_completion_tokens as an alias: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/call-vertex-using-openai-library
  // read 2026-12-01
  "vertex-openai": {
    baseUrl: "",
    root: "/endpoints/openapi",
    keyVariable: null,
    endpoints: serve(["chat_completion"], { chat_completion: { within: olderRoles } }),
    pricedAs: "google",
  },

  // https://docs.aws.amazon.com/bedrock/latest/userguide/inference-chat-completions-mantle.html:
  // https://bedrock-runtime.{region}.amazonaws.com
  // AWS_BEDROCK_BASE_URL: openai 6.49.0 (bedrock.ts) (read 2026-12-01)
  "bedrock-openai": {
    baseUrl: "",
    root: "/openai/v1",
    keyVariable: "AWS_BEARER_TOKEN_BEDROCK",
    addressVariables: [{ name: "AWS_BEDROCK_BASE_URL", root: "" }],
    endpoints: serve(["chat_completion"]),
    pricedAs: "aws",
  },

  // https://docs.cohere.com/docs/compatibility-api (supported and unsupported parameters)
  // variables: as those of cohere (read 2026-12-01)
  "cohere-openai": {
    baseUrl: "https://api.cohere.ai/compatibility/v1",
    root: "/compatibility/v1",
    keyVariable: "COHERE_API_KEY",
    keyVariables: ["CO_API_KEY", "COHERE_API_KEY"],
    addressVariables: [{ name: "CO_API_URL", root: "/compatibility/v1" }],
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

  // Amazon's second service in OpenAI's form. https://docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.html,
  // https://docs.aws.amazon.com/bedrock/latest/userguide/inference-chat-completions-mantle.html (read 2026-12-01):
  // https://bedrock-mantle.{region}.api.aws; some models lie below /openai/v1, and are refused here with that word.
  // AWS_REGION: models.dev amazon-bedrock
  "bedrock-mantle": mantle,
  bedrock_mantle: mantle,

  // Claude in Microsoft Foundry. https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry (read 2026-12-01):
  // https://{resource}.services.ai.azure.com/anthropic, the model is the deployment; variables: https://www.npmjs.com/package/@anthropic-ai/foundry-sdk 1.1.1
  "azure-anthropic": {
    baseUrl: "",
    root: "/anthropic/v1",
    keyVariable: "ANTHROPIC_FOUNDRY_API_KEY",
    addressVariables: [
      { name: "ANTHROPIC_FOUNDRY_BASE_URL", root: "/v1" },
      { name: "ANTHROPIC_FOUNDRY_RESOURCE", root: "/v1", form: "https://{value}.services.ai.azure.com/anthropic" },
    ],
    authorization: { header: "x-api-key", prefix: "" },
    endpoints: own({ chat_completion: "anthropic" }),
    pricedAs: null,
  },

  // https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility (read 2026-12-01):
  // https://api.cloudflare.com/client/v4/accounts/{account}. Models of others go through its AI Gateway since
  // https://developers.cloudflare.com/changelog/post/2026-05-21-rest-api/; variables: there, and models.dev cloudflare-workers-ai
  "cloudflare-workers-ai": {
    baseUrl: "",
    root: "/ai/v1",
    keyVariable: "CLOUDFLARE_API_KEY",
    keyVariables: ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_KEY"],
    addressVariables: [
      {
        name: "CLOUDFLARE_ACCOUNT_ID",
        root: "",
        form: "https://api.cloudflare.com/client/v4/accounts/{value}/ai/v1",
      },
    ],
    endpoints: serve(["chat_completion", "responses", "embedding"]),
    pricedAs: null,
  },

  // https://developers.cloudflare.com/ai-gateway/chat-completion/ (read 2026-12-01): https://gateway.ai.cloudflare.com/v1/{account}/{gateway}.
  // This header is the gateway's own; a provider's key that is not stored there goes in extra_headers. Variables: models.dev
  "cloudflare-ai-gateway": {
    baseUrl: "",
    root: "/compat",
    keyVariable: "CLOUDFLARE_API_TOKEN",
    addressVariables: [
      {
        name: "CLOUDFLARE_ACCOUNT_ID:CLOUDFLARE_GATEWAY_ID",
        root: "",
        form: "https://gateway.ai.cloudflare.com/v1/{value}/compat",
      },
    ],
    authorization: { header: "cf-aig-authorization", prefix: "Bearer " },
    endpoints: serve(["chat_completion"]),
    pricedAs: null,
  },

  // https://docs.github.com/en/rest/models/inference, https://docs.github.com/en/rest/models/embeddings (read 2026-12-01);
  // key variable: models.dev github-models
  "github-models": {
    baseUrl: "https://models.github.ai/inference",
    root: "/inference",
    keyVariable: "GITHUB_TOKEN",
    endpoints: serve(["chat_completion", "embedding"]),
    pricedAs: null,
  },

  // https://api.vultrinference.com (chat: both names of the limit, no response_format; embeddings), read by
  // https://github.com/juspay/neurolink/blob/master/docs/getting-started/providers/vultr-inference.md (2026-09-29); models.dev vultr
  vultr: {
    baseUrl: "https://api.vultrinference.com/v1",
    keyVariable: "VULTR_API_KEY",
    endpoints: serve(["chat_completion", "embedding"]),
    pricedAs: null,
    caveat: READ_BY_OTHERS,
  },

  // https://docs.stackit.cloud/products/data-and-ai/ai-model-serving/basics/available-shared-models, read by
  // https://github.com/juspay/neurolink/blob/master/docs/getting-started/providers/stackit.md (2026-09-29), embeddings:
  // https://docs.haystack.deepset.ai/docs/stackittextembedder; models.dev stackit
  stackit: {
    baseUrl: "https://api.openai-compat.model-serving.eu01.onstackit.cloud/v1",
    keyVariable: "STACKIT_API_KEY",
    endpoints: serve(["chat_completion", "text_completion", "embedding"]),
    pricedAs: null,
    caveat: READ_BY_OTHERS,
  },

  // https://docs.gmicloud.ai/inference-engine/api-reference/llm-api-reference by models.dev gmicloud (2026-06-25); chat:
  // https://github.com/vercel/ai/tree/main/packages/gmicloud
  gmicloud: {
    baseUrl: "https://api.gmi-serving.com/v1",
    keyVariable: "GMICLOUD_API_KEY",
    endpoints: serve(["chat_completion"]),
    pricedAs: null,
    caveat: READ_BY_OTHERS,
  },
}
