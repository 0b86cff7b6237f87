// Providers with a form of their own, which adapters translate.
import type { Row } from "../provider.ts"
import { own } from "./serving.ts"

export const ownForms: Readonly<Record<string, Row>> = {
  // Providers with forms of their own.
  // https://docs.anthropic.com/en/api/overview
  // variables: @anthropic-ai/sdk 1.14.0 (client.ts)
  anthropic: {
    baseUrl: "https://api.anthropic.com/v1",
    keyVariable: "ANTHROPIC_API_KEY",
    keyVariables: ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"],
    bearerVariable: "ANTHROPIC_AUTH_TOKEN",
    addressVariables: [{ name: "ANTHROPIC_BASE_URL", root: "/v1" }],
    headerVariables: { "*": "ANTHROPIC_CUSTOM_HEADERS" },
    authorization: { header: "x-api-key", prefix: "" },
    endpoints: own({ chat_completion: "anthropic" }),
    pricedAs: "anthropic",
  },

  // https://ai.google.dev/api
  // variables and their order: @google/genai 2.32.0; GOOGLE_GENERATIVE_AI_API_KEY: @ai-sdk/google 3.0.141
  gemini: {
    baseUrl: "https://generativelanguage.googleapis.com/v1beta",
    root: "/v1beta",
    keyVariable: "GEMINI_API_KEY",
    keyVariables: ["GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"],
    addressVariables: [{ name: "GOOGLE_GEMINI_BASE_URL", root: "/v1beta" }],
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

  // https://docs.cloud.google.com/vertex-ai/docs/reference/rest; other makers' models: chat/openmodels.ts; tokens: https://oauth2.googleapis.com and
  // http://metadata.google.internal; rerank: https://discoveryengine.googleapis.com
  // GOOGLE_VERTEX_BASE_URL: @google/genai 2.32.0
  vertex: {
    baseUrl: "https://{location}-aiplatform.googleapis.com",
    root: "",
    keyVariable: "GOOGLE_VERTEX_API_KEY",
    addressVariables: [{ name: "GOOGLE_VERTEX_BASE_URL", root: "" }],
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
  // addresses: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
  bedrock: {
    baseUrl: "https://bedrock-runtime.{region}.amazonaws.com",
    root: "",
    keyVariable: "AWS_BEARER_TOKEN_BEDROCK",
    keyVariables: ["AWS_BEARER_TOKEN_BEDROCK", "AWS_ACCESS_KEY_ID:AWS_SECRET_ACCESS_KEY:AWS_SESSION_TOKEN?"],
    addressVariables: [
      { name: "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", root: "" },
      { name: "AWS_ENDPOINT_URL", root: "" },
    ],
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
  // CO_API_KEY: cohere-ai 8.1.0; CO_API_URL: https://github.com/cohere-ai/cohere-python/blob/main/src/cohere/client.py;
  // COHERE_API_KEY: models.dev cohere
  cohere: {
    baseUrl: "https://api.cohere.com/v2",
    root: "/v2",
    keyVariable: "COHERE_API_KEY",
    keyVariables: ["CO_API_KEY", "COHERE_API_KEY"],
    addressVariables: [{ name: "CO_API_URL", root: "/v2" }],
    endpoints: own({
      chat_completion: "cohere-chat",
      embedding: "cohere-embed",
      rerank: "cohere-rerank",
      transcription: "cohere-transcription",
    }),
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
  // REPLICATE_BASE_URL: https://github.com/replicate/replicate-python/blob/main/replicate/client.py
  replicate: {
    baseUrl: "https://api.replicate.com/v1",
    keyVariable: "REPLICATE_API_TOKEN",
    addressVariables: [{ name: "REPLICATE_BASE_URL", root: "/v1" }],
    endpoints: own({ chat_completion: "replicate", image_generation: "replicate", image_edit: "replicate" }),
    pricedAs: null,
  },

  // https://docs.fal.ai/model-endpoints/queue
  // variables: @fal-ai/client 1.10.1 (config.ts); FAL_API_KEY: @ai-sdk/fal 2.0.59
  fal: {
    baseUrl: "https://queue.fal.run",
    root: "",
    keyVariable: "FAL_KEY",
    keyVariables: ["FAL_KEY", "FAL_KEY_ID:FAL_KEY_SECRET", "FAL_API_KEY"],
    authorization: { header: "authorization", prefix: "Key " },
    endpoints: own({ image_generation: "fal", image_edit: "fal" }),
    pricedAs: null,
  },

  // https://docs.dev.runwayml.com/api/
  // variables: @runwayml/sdk 4.20.1 (client.ts)
  runway: {
    baseUrl: "https://api.dev.runwayml.com/v1",
    keyVariable: "RUNWAYML_API_SECRET",
    addressVariables: [{ name: "RUNWAYML_BASE_URL", root: "/v1" }],
    headerVariables: { "*": "RUNWAYML_CUSTOM_HEADERS" },
    endpoints: own({ image_generation: "runway", image_edit: "runway" }),
    pricedAs: null,
  },

  // https://docs.lumalabs.ai/docs/image-generation
  // variables: lumaai 1.19.1 (index.ts); LUMA_API_KEY: @ai-sdk/luma 2.0.57
  luma: {
    baseUrl: "https://api.lumalabs.ai/dream-machine/v1",
    root: "/dream-machine/v1",
    keyVariable: "LUMAAI_API_KEY",
    keyVariables: ["LUMAAI_API_KEY", "LUMA_API_KEY"],
    addressVariables: [{ name: "LUMAAI_BASE_URL", root: "" }],
    endpoints: own({ image_generation: "luma", image_edit: "luma" }),
    pricedAs: null,
  },

  // https://www.assemblyai.com/docs/api-reference/overview
  // ASSEMBLYAI_BASE_URL: https://github.com/AssemblyAI/assemblyai-python-sdk/blob/master/assemblyai/types.py
  assemblyai: {
    baseUrl: "https://api.assemblyai.com/v2",
    root: "/v2",
    keyVariable: "ASSEMBLYAI_API_KEY",
    addressVariables: [{ name: "ASSEMBLYAI_BASE_URL", root: "/v2" }],
    authorization: { header: "authorization", prefix: "" },
    endpoints: own({ transcription: "assemblyai" }),
    pricedAs: null,
  },
}
