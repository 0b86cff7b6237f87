// Providers with a form of their own, which adapters translate.
// Read on 2026-11-20, where no other day stands beside a source.
import type { Row } from "../provider.ts"
import { own } from "./serving.ts"

export const ownForms: Readonly<Record<string, Row>> = {
  // Providers with forms of their own.
  // https://docs.anthropic.com/en/api/overview
  // variables: @anthropic-ai/sdk 1.14.0 (client.ts) (read 2026-12-01)
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
  // variables and their order: @google/genai 2.32.0; GOOGLE_GENERATIVE_AI_API_KEY: @ai-sdk/google 3.0.141 (read 2026-12-01)
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
  // GOOGLE_VERTEX_BASE_URL: @google/genai 2.32.0 (read 2026-12-01)
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
  // addresses: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html (read 2026-12-01)
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
  // COHERE_API_KEY: models.dev cohere (read 2026-12-01)
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

  // https://docs.cartesia.ai/api-reference/tts/bytes, https://docs.cartesia.ai/api-reference/stt/transcribe, with the version, address and
  // variable of https://www.npmjs.com/package/@cartesia/cartesia-js 4.2.0 (read 2026-12-01)
  cartesia: {
    baseUrl: "https://api.cartesia.ai",
    root: "",
    keyVariable: "CARTESIA_API_KEY",
    addressVariables: [{ name: "CARTESIA_BASE_URL", root: "" }],
    headers: { "cartesia-version": "2026-08-14" },
    endpoints: own({ speech: "cartesia-speech", transcription: "cartesia-transcription" }),
    pricedAs: null,
    caveat: "its transcriptions are of English, unless the request names another `language`",
  },

  // https://www.npmjs.com/package/hume 0.16.0 (read 2026-12-01); variable:
  // https://github.com/vercel/ai/blob/main/packages/hume/src/hume-provider.ts
  hume: {
    baseUrl: "https://api.hume.ai",
    root: "",
    keyVariable: "HUME_API_KEY",
    authorization: { header: "x-hume-api-key", prefix: "" },
    endpoints: own({ speech: "hume-speech" }),
    optional: { speech: ["voice"] },
    pricedAs: null,
  },

  // https://www.npmjs.com/package/lmnt-node 2.12.0 (read 2026-12-01)
  lmnt: {
    baseUrl: "https://api.lmnt.com",
    root: "",
    keyVariable: "LMNT_API_KEY",
    addressVariables: [{ name: "LMNT_BASE_URL", root: "" }],
    authorization: { header: "x-api-key", prefix: "" },
    endpoints: own({ speech: "lmnt-speech" }),
    pricedAs: null,
  },

  // https://docs.fish.audio, by https://github.com/vercel/ai/tree/main/packages/fish-audio (2026-08-22)
  "fish-audio": {
    baseUrl: "https://api.fish.audio",
    root: "",
    keyVariable: "FISH_AUDIO_API_KEY",
    endpoints: own({ speech: "fishaudio-speech", transcription: "fishaudio-transcription" }),
    optional: { speech: ["voice"] },
    pricedAs: null,
    caveat: "not verified: its documents were read by others",
  },

  // https://platform.stability.ai/docs/api-reference, by https://github.com/api-evangelist/stability-ai (2026-08-22); variable: LiteLLM stability
  stability: {
    baseUrl: "https://api.stability.ai",
    root: "",
    keyVariable: "STABILITY_API_KEY",
    endpoints: own({ image_generation: "stability-image", image_edit: "stability-image" }),
    // With 403: it is about the picture.
    meanings: { content_moderation: "request" },
    pricedAs: null,
    caveat: "not verified: its reference was read in a copy of its OpenAPI document, which others made",
  },

  // https://developer.ideogram.ai/ideogram-api/quickstart (address, variable), …/ideogram-api/sdks (how long images are kept; read 2026-12-01)
  ideogram: {
    baseUrl: "https://api.ideogram.ai",
    root: "",
    keyVariable: "IDEOGRAM_API_KEY",
    authorization: { header: "api-key", prefix: "" },
    endpoints: own({ image_generation: "ideogram-image" }),
    pricedAs: null,
    caveat:
      "its images can be fetched for a day after they were made. Not verified: which members its models take besides `prompt` and `num_images`",
  },

  // https://runware.ai/docs/image-inference/introduction (read 2026-12-01); address:
  // https://github.com/Runware/runware-typescript/blob/main/src/config.ts; variable: its README
  runware: {
    baseUrl: "https://api.runware.ai/v1",
    keyVariable: "RUNWARE_API_KEY",
    endpoints: own({ image_generation: "runware-image", image_edit: "runware-image" }),
    // https://runware.ai/docs/platform/errors
    meanings: { invalidApiKey: "key" },
    pricedAs: null,
  },

  // Providers that work on a request as an upstream job.
  // https://replicate.com/docs/reference/http
  // REPLICATE_BASE_URL: https://github.com/replicate/replicate-python/blob/main/replicate/client.py (read 2026-12-01)
  replicate: {
    baseUrl: "https://api.replicate.com/v1",
    keyVariable: "REPLICATE_API_TOKEN",
    addressVariables: [{ name: "REPLICATE_BASE_URL", root: "/v1" }],
    endpoints: own({
      chat_completion: "replicate-job",
      image_generation: "replicate-job",
      image_edit: "replicate-job",
    }),
    pricedAs: null,
  },

  // https://docs.fal.ai/model-endpoints/queue
  // variables: @fal-ai/client 1.10.1 (config.ts); FAL_API_KEY: @ai-sdk/fal 2.0.59 (read 2026-12-01)
  fal: {
    baseUrl: "https://queue.fal.run",
    root: "",
    keyVariable: "FAL_KEY",
    keyVariables: ["FAL_KEY", "FAL_KEY_ID:FAL_KEY_SECRET", "FAL_API_KEY"],
    authorization: { header: "authorization", prefix: "Key " },
    endpoints: own({ image_generation: "fal-job", image_edit: "fal-job" }),
    pricedAs: null,
  },

  // https://docs.dev.runwayml.com/api/
  // variables: @runwayml/sdk 4.20.1 (client.ts) (read 2026-12-01)
  runway: {
    baseUrl: "https://api.dev.runwayml.com/v1",
    keyVariable: "RUNWAYML_API_SECRET",
    addressVariables: [{ name: "RUNWAYML_BASE_URL", root: "/v1" }],
    headerVariables: { "*": "RUNWAYML_CUSTOM_HEADERS" },
    endpoints: own({ image_generation: "runway-job", image_edit: "runway-job" }),
    pricedAs: null,
  },

  // https://docs.lumalabs.ai/docs/image-generation
  // variables: lumaai 1.19.1 (index.ts); LUMA_API_KEY: @ai-sdk/luma 2.0.57 (read 2026-12-01)
  luma: {
    baseUrl: "https://api.lumalabs.ai/dream-machine/v1",
    root: "/dream-machine/v1",
    keyVariable: "LUMAAI_API_KEY",
    keyVariables: ["LUMAAI_API_KEY", "LUMA_API_KEY"],
    addressVariables: [{ name: "LUMAAI_BASE_URL", root: "" }],
    endpoints: own({ image_generation: "luma-job", image_edit: "luma-job" }),
    pricedAs: null,
  },

  // https://docs.bfl.ai/api-reference/utility/get-result.md (read 2026-12-01); variable:
  // https://github.com/vercel/ai/blob/main/packages/black-forest-labs/src/black-forest-labs-provider.ts
  "black-forest-labs": {
    baseUrl: "https://api.bfl.ai/v1",
    keyVariable: "BFL_API_KEY",
    authorization: { header: "x-key", prefix: "" },
    endpoints: own({ image_generation: "blackforestlabs-job", image_edit: "blackforestlabs-job" }),
    pricedAs: null,
    caveat: "its images can be fetched for ten minutes after they were made",
  },

  // https://www.assemblyai.com/docs/api-reference/overview
  // ASSEMBLYAI_BASE_URL: https://github.com/AssemblyAI/assemblyai-python-sdk/blob/master/assemblyai/types.py (read 2026-12-01)
  assemblyai: {
    baseUrl: "https://api.assemblyai.com/v2",
    root: "/v2",
    keyVariable: "ASSEMBLYAI_API_KEY",
    addressVariables: [{ name: "ASSEMBLYAI_BASE_URL", root: "/v2" }],
    authorization: { header: "authorization", prefix: "" },
    endpoints: own({ transcription: "assemblyai-job" }),
    pricedAs: null,
  },
}
