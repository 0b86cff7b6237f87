// Clouds in OpenAI's form. Those with a form of their own are in ownforms.ts.
import type { Row } from "../provider.ts"
import { maxTokens, olderRoles, serve } from "./serving.ts"

export const clouds: Readonly<Record<string, Row>> = {
  // https://learn.microsoft.com/en-us/azure/ai-foundry/openai/api-version-lifecycle: https://{resource}.openai.azure.com,
  // no api-version, the model is the deployment. Key variable: models.dev azure
  // AZURE_OPENAI_…: openai 6.49.0 (azure.ts); AZURE_RESOURCE_NAME: @ai-sdk/azure 3.0.128
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

  // https://docs.api.nvidia.com/nim/reference/llm-apis; models.dev nvidia: no members beside the model's own;
  // max_tokens: LiteLLM nvidia_nim/chat/transformation.py; no developer: detectCompat of
  // https://github.com/earendil-works/pi/blob/main/packages/ai/src/api/openai-completions.ts
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
  // SCALEWAY_API_KEY: models.dev scaleway
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
  // DATABRICKS_HOST: https://docs.databricks.com/aws/en/dev-tools/auth/env-vars
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
  // variables: as those of gemini
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
  "vertex-openai": {
    baseUrl: "",
    root: "/endpoints/openapi",
    keyVariable: null,
    endpoints: serve(["chat_completion"], { chat_completion: { within: olderRoles } }),
    pricedAs: "google",
  },

  // https://docs.aws.amazon.com/bedrock/latest/userguide/inference-chat-completions-mantle.html:
  // https://bedrock-runtime.{region}.amazonaws.com
  // AWS_BEDROCK_BASE_URL: openai 6.49.0 (bedrock.ts)
  "bedrock-openai": {
    baseUrl: "",
    root: "/openai/v1",
    keyVariable: "AWS_BEARER_TOKEN_BEDROCK",
    addressVariables: [{ name: "AWS_BEDROCK_BASE_URL", root: "" }],
    endpoints: serve(["chat_completion"]),
    pricedAs: "aws",
  },

  // https://docs.cohere.com/docs/compatibility-api (supported and unsupported parameters)
  // variables: as those of cohere
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
}
