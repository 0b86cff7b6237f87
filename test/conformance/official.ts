// The official SDKs' types of what is asked of each provider, and where a request does not fit them although it goes out as it should.

/** Requests to the paths that end like `at` must be of the type. */
export interface Form {
  at: RegExp
  /** A module with types, as one of the SDK's files where its exports hide it. In the type its name is `sdk`. */
  module: string
  /** TypeScript. It also knows what wire.ts exports. */
  type: string
  /** The query belongs to the request: a member for each parameter. */
  hasQuery?: true
  /** Members of a form that are lists, though they come once and without brackets. */
  lists?: readonly string[]
  /** Members that the type does not know: path, as `messages.*.name`, -> why they are sent all the same. */
  members?: Readonly<Record<string, string>>
}

/** Cases that are sent although the type does not know them. */
export interface Excuse {
  why: string
  requestType: string
  names: readonly string[]
}

export interface Official {
  forms: readonly Form[]
  /** request type -> models of each kind */
  models: Readonly<Record<string, readonly string[]>>
  /** The program downloads what a request links to, which no test does: such cases are left out. */
  downloads?: true
  /** Whole cases that the type does not know. */
  cases?: readonly Excuse[]
  /** Paths for which the SDK has no type -> why. */
  untyped?: Readonly<Record<string, string>>
}

const olderVersion =
  "the SDK speaks version 2026-10-21 of the API, which has no sampling; 2023-06-01 is asked, whose older models have it"
const sampling = { temperature: olderVersion, top_p: olderVersion }

const messages: Form = {
  at: /\/messages$/,
  module: "@anthropic-ai/sdk/resources/beta/messages",
  type: "sdk.MessageCreateParams",
  members: sampling,
}

const messageCount: Form = {
  at: /\/messages\/count_tokens$/,
  module: messages.module,
  type: "sdk.MessageCountTokensParams",
}

/** `GenerateContentRequest`, of whose members the SDK has types, but not of the whole. https://ai.google.dev/api/generate-content */
const generate: Form = {
  at: /:generateContent$/,
  module: "@google/genai",
  type: `{
    contents: sdk.Content[]; systemInstruction?: sdk.Content; tools?: sdk.Tool[]; toolConfig?: sdk.ToolConfig;
    generationConfig?: sdk.GenerationConfig & Pick<sdk.GenerateContentConfig, "imageConfig">;
    safetySettings?: sdk.SafetySetting[]; cachedContent?: string;
    labels?: Record<string, string>; serviceTier?: sdk.ServiceTier
  }`,
  members: {
    "generationConfig.thinkingConfig.thinkingLevel":
      "written small, as in https://ai.google.dev/gemini-api/docs/thinking; the SDK's enumeration is written large",
    "generationConfig.responseFormat":
      "one, as in https://ai.google.dev/gemini-api/docs/speech-generation; the SDK's type is a list",
  },
}

const openaiForms: readonly Form[] = [
  {
    at: /\/chat\/completions$/,
    module: "openai/resources/chat/completions",
    type: "sdk.ChatCompletionCreateParamsNonStreaming",
  },
  {
    at: /(?<!chat)\/completions$/,
    module: "openai/resources/completions",
    type: "sdk.CompletionCreateParamsNonStreaming",
  },
  { at: /\/responses$/, module: "openai/resources/responses/responses", type: "sdk.ResponseCreateParamsNonStreaming" },
  {
    at: /\/responses\/input_tokens$/,
    module: "openai/resources/responses/input-tokens",
    type: "sdk.InputTokenCountParams",
  },
  { at: /\/embeddings$/, module: "openai/resources/embeddings", type: "sdk.EmbeddingCreateParams" },
  { at: /\/audio\/speech$/, module: "openai/resources/audio/speech", type: "sdk.SpeechCreateParams" },
  {
    at: /\/audio\/transcriptions$/,
    module: "openai/resources/audio/transcriptions",
    type: "sdk.TranscriptionCreateParamsNonStreaming",
  },
  { at: /\/images\/generations$/, module: "openai/resources/images", type: "sdk.ImageGenerateParamsNonStreaming" },
  { at: /\/images\/edits$/, module: "openai/resources/images", type: "sdk.ImageEditParamsNonStreaming" },
  { at: /\/images\/variations$/, module: "openai/resources/images", type: "sdk.ImageCreateVariationParams" },
]

const openaiModels = {
  chat_completion: ["gpt-5.4"],
  text_completion: ["gpt-3.5-turbo-instruct"],
  responses: ["gpt-5.4"],
  embedding: ["text-embedding-3-small"],
  speech: ["gpt-4o-mini-tts"],
  transcription: ["gpt-4o-transcribe"],
  image_generation: ["gpt-image-2"],
  image_edit: ["gpt-image-2"],
  image_variation: ["dall-e-2"],
}

const cohere = "./node_modules/cohere-ai/serialization/resources/v2/client/requests"
const eleven = "./node_modules/@elevenlabs/elevenlabs-js/api"
const deepgram = "./node_modules/@deepgram/sdk/dist/cjs/api/resources"
const mistral = "./node_modules/@mistralai/mistralai/esm/models/components"
const openrouter = "./node_modules/@openrouter/sdk/esm/models"
const voyage = "./node_modules/voyageai/dist/cjs/serialization/client/requests"

/** What passes through in OpenAI's form goes out as it was asked: what of it a provider does not take, it says itself. */
const asAsked = "it passes through as it was asked: the provider may refuse it, and says so"
const asked = (requestType: string, ...names: string[]): Excuse => ({ why: asAsked, requestType, names })

const efforts = (...names: string[]) => names.map((name) => `a reasoning effort of ${name}`)

/** The same where the request is translated: members that are not OpenAI's go along, because providers learn new ones. */
const alongside = (requestType: string, ...names: string[]): Excuse => ({
  why: "a member that is not translated goes along: the provider may know it by now, and says if not",
  requestType,
  names,
})

const migration =
  "skills/migrate-sonar-to-agent-api/references/request-mapping.md of perplexityai/api-platform-developers has it"

const either = "an endpoint knows one of the two names and ignores the other, and nothing tells which"

const openaiCases = [
  asked("chat_completion", "thoughts handed back", "a document with citations"),
  asked("image_generation", "a seed"),
  asked("image_edit", "an address", "an address, and a size"),
]

export const official: Readonly<Record<string, Official>> = {
  openai: { forms: openaiForms, models: { ...openaiModels, count_tokens: ["gpt-5.4"] }, cases: openaiCases },
  azure: { forms: openaiForms, models: openaiModels, cases: openaiCases },

  anthropic: {
    forms: [messages, messageCount],
    models: {
      chat_completion: ["claude-sonnet-4-6", "claude-opus-5-5", "claude-haiku-4-5"],
      count_tokens: ["claude-sonnet-4-6"],
      ...turned("claude-sonnet-5-5"),
    },
  },

  "azure-anthropic": { forms: [messages], models: { chat_completion: ["claude-sonnet-4-6"] } },

  gemini: {
    forms: [
      generate,
      {
        at: /:countTokens$/,
        module: "@google/genai",
        type: `{ generateContentRequest: { model: string } & ${generate.type} }`,
      },
      {
        at: /:batchEmbedContents$/,
        module: "@google/genai",
        type: `{ requests: {
          model: string; content: sdk.Content; taskType?: string; title?: string; outputDimensionality?: number
        }[] }`,
      },
    ],
    models: {
      chat_completion: ["gemini-3-flash-preview", "gemini-2.5-pro"],
      count_tokens: ["gemini-2.5-flash"],
      ...turned("gemini-2.5-flash"),
      embedding: ["gemini-embedding-001"],
      speech: ["gemini-2.5-flash-preview-tts"],
      transcription: ["gemini-2.5-flash"],
      image_generation: ["gemini-3-pro-image", "gemini-2.5-flash-image"],
      image_edit: ["gemini-2.5-flash-image"],
    },
    downloads: true,
  },

  vertex: {
    forms: [
      generate,
      {
        at: /count-tokens:rawPredict$/,
        module: messages.module,
        type: `sdk.MessageCountTokensParams & { anthropic_version: "vertex-2023-10-16" }`,
      },
      {
        at: /:countTokens$/,
        module: "@google/genai",
        type: `{
          contents: sdk.Content[]; systemInstruction?: sdk.Content; tools?: sdk.Tool[];
          generationConfig?: sdk.GenerationConfig
        }`,
      },
      {
        at: /:rawPredict$/,
        module: messages.module,
        type: `Omit<sdk.MessageCreateParamsNonStreaming, "model"> & { anthropic_version: "vertex-2023-10-16" }`,
        members: sampling,
      },
    ],
    models: {
      chat_completion: ["gemini-2.5-pro", "gemini-3-flash-preview", "claude-sonnet-4-6"],
      count_tokens: ["gemini-2.5-pro", "claude-sonnet-4-6"],
      ...turned("gemini-2.5-flash"),
      embedding: ["text-embedding-005"],
      speech: ["gemini-2.5-flash-tts", "gemini-3.8-flash-tts"],
      transcription: ["gemini-2.5-flash"],
      image_generation: ["gemini-3-pro-image"],
      image_edit: ["gemini-2.5-flash-image"],
      rerank: ["semantic-ranker-default@latest"],
    },
    untyped: {
      ":predict": "the SDK has no type of a whole prediction; test/fixtures/operations holds the body",
      ":embedContent": "the SDK has no type of the whole request; test/fixtures/operations holds the body",
      ":rank": "Discovery Engine has a client of its own; test/fixtures/operations holds the body",
    },
    downloads: true,
  },

  bedrock: {
    forms: [
      { at: /\/converse$/, module: "@aws-sdk/client-bedrock-runtime", type: `Omit<sdk.ConverseRequest, "modelId">` },
      {
        at: /\/count-tokens$/,
        module: "@aws-sdk/client-bedrock-runtime",
        type: `Omit<sdk.CountTokensRequest, "modelId">`,
      },
    ],
    models: {
      chat_completion: [
        "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "us.anthropic.claude-opus-5-5-v1:0",
        "amazon.nova-lite-v1:0",
        "meta.llama3-3-70b-instruct-v1:0",
      ],
      count_tokens: ["us.anthropic.claude-sonnet-4-20250514-v1:0"],
      ...turned("amazon.nova-lite-v1:0"),
      embedding: ["amazon.titan-embed-text-v2:0", "cohere.embed-v4:0"],
      image_generation: ["amazon.nova-canvas-v1:0"],
      image_edit: ["stability.stable-image-inpaint-v1:0"],
      rerank: ["cohere.rerank-v3-5:0"],
    },
    untyped: {
      "/invoke": "InvokeModel takes bytes: each model has a form of its own, of which the SDK has no types",
      "/rerank":
        "the client of the agent runtime has it, a package of its own; test/fixtures/operations holds the body",
    },
    downloads: true,
  },

  groq: {
    forms: [
      {
        at: /\/chat\/completions$/,
        module: "groq-sdk/resources/chat/completions",
        type: "sdk.ChatCompletionCreateParamsNonStreaming",
      },
      { at: /\/audio\/speech$/, module: "groq-sdk/resources/audio/speech", type: "sdk.SpeechCreateParams" },
      {
        at: /\/audio\/transcriptions$/,
        module: "groq-sdk/resources/audio/transcriptions",
        type: "sdk.TranscriptionCreateParams",
      },
    ],
    models: {
      chat_completion: ["openai/gpt-oss-120b"],
      text_completion: ["openai/gpt-oss-120b"],
      responses: ["openai/gpt-oss-120b"],
      speech: ["canopylabs/orpheus-v1-english"],
      transcription: ["whisper-large-v3"],
    },
    untyped: { "/responses": "the SDK has no types of it yet" },
    cases: [
      asked(
        "chat_completion",
        "a PDF file",
        "audio",
        "thoughts handed back",
        "a document with citations",
        "web search",
      ),
      asked("chat_completion", "usage, tier and a cut", "what is kept and for whom"),
      asked("chat_completion", ...efforts("minimal", "xhigh")),
      asked("speech", "as opus", "as aac", "as pcm"),
    ],
  },

  cerebras: {
    forms: [
      {
        at: /\/chat\/completions$/,
        module: "@cerebras/cerebras_cloud_sdk/resources/chat/completions",
        type: "sdk.ChatCompletionCreateParamsNonStreaming",
      },
      {
        at: /(?<!chat)\/completions$/,
        module: "@cerebras/cerebras_cloud_sdk/resources/completions",
        type: "sdk.CompletionCreateParamsNonStreaming",
      },
    ],
    models: { chat_completion: ["gpt-oss-120b"], text_completion: ["gpt-oss-120b"], responses: ["gpt-oss-120b"] },
    cases: [
      asked(
        "chat_completion",
        "a PDF file",
        "audio",
        "thoughts handed back",
        "a document with citations",
        "web search",
      ),
      asked("chat_completion", "what is kept and for whom"),
      asked("chat_completion", ...efforts("minimal", "xhigh")),
    ],
  },

  together: {
    forms: [
      {
        at: /\/chat\/completions$/,
        module: "together-ai/resources/chat/completions",
        type: "sdk.CompletionCreateParamsNonStreaming",
        members: {
          "messages.*.tool_calls": "the type requires an index of each call, which only the pieces of a stream have",
          "messages.*.content.*.image_url.detail": asAsked,
          "tools.*.function.strict": asAsked,
          ...{ user: asAsked, parallel_tool_calls: asAsked },
        },
      },
      {
        at: /(?<!chat)\/completions$/,
        module: "together-ai/resources/completions",
        type: "sdk.CompletionCreateParamsNonStreaming",
      },
      { at: /\/embeddings$/, module: "together-ai/resources/embeddings", type: "sdk.EmbeddingCreateParams" },
      { at: /\/images\/generations$/, module: "together-ai/resources/images", type: "sdk.ImageGenerateParams" },
      { at: /\/audio\/speech$/, module: "together-ai/resources/audio/speech", type: "sdk.SpeechCreateParams" },
      {
        at: /\/audio\/transcriptions$/,
        module: "together-ai/resources/audio/transcriptions",
        type: "sdk.TranscriptionCreateParams",
      },
      { at: /\/rerank$/, module: "together-ai/resources/rerank", type: "sdk.RerankCreateParams" },
    ],
    models: {
      ...turned("openai/gpt-oss-120b"),
      chat_completion: ["openai/gpt-oss-120b"],
      embedding: ["BAAI/bge-large-en-v1.5"],
      image_generation: ["black-forest-labs/FLUX.1-schnell"],
      speech: ["hexgrad/Kokoro-82M"],
      transcription: ["openai/whisper-large-v3"],
      rerank: ["Salesforce/Llama-Rank-v1"],
    },
    cases: [
      asked("chat_completion", "a PDF file", "thoughts handed back", "a document with citations", "web search"),
      asked("chat_completion", "usage, tier and a cut", "all sampling", "instructions", "a tool by name"),
      asked("chat_completion", ...efforts("none", "minimal", "xhigh")),
      asked("chat_completion", "results of tools", "what is kept and for whom"),
      asked("embedding", "several", "as base64"),
      asked("speech", "as opus", "as aac", "as flac", "as pcm"),
      asked("transcription", "as text"),
      asked("rerank", "documents"),
    ],
  },

  mistral: {
    forms: [
      {
        at: /\/chat\/completions$/,
        module: `${mistral}/chatcompletionrequest.js`,
        type: "Snaked<sdk.ChatCompletionRequest>",
      },
      { at: /\/embeddings$/, module: `${mistral}/embeddingrequest.js`, type: "sdk.EmbeddingRequest$Outbound" },
      {
        at: /\/audio\/transcriptions$/,
        module: `${mistral}/audiotranscriptionrequest.js`,
        type: "Snaked<sdk.AudioTranscriptionRequest>",
        lists: ["timestamp_granularities", "context_bias"],
      },
      {
        at: /\/audio\/speech$/,
        module: `${mistral}/speechrequest.js`,
        type: `Pick<sdk.SpeechRequest, "model" | "metadata" | "input"> & {
          voice_id?: string; ref_audio?: string; response_format?: sdk.SpeechRequest["responseFormat"]
        }`,
      },
      { at: /\/ocr$/, module: `${mistral}/ocrrequest.js`, type: "Snaked<sdk.OCRRequest>" },
    ],
    models: {
      ...turned("mistral-large-latest"),
      chat_completion: ["mistral-large-latest"],
      embedding: ["codestral-embed"],
      speech: ["voxtral-mini-tts-2603"],
      transcription: ["voxtral-mini-latest"],
      ocr: ["mistral-ocr-latest"],
    },
    cases: [
      asked("chat_completion", "a PDF file", "audio", "thoughts handed back", "a document with citations"),
      asked("chat_completion", "usage, tier and a cut"),
    ],
  },

  cohere: {
    forms: [
      { at: /\/chat$/, module: `${cohere}/V2ChatRequest`, type: "sdk.V2ChatRequest.Raw & { stream?: false }" },
      { at: /\/embed$/, module: `${cohere}/V2EmbedRequest`, type: "sdk.V2EmbedRequest.Raw" },
      { at: /\/rerank$/, module: `${cohere}/V2RerankRequest`, type: "sdk.V2RerankRequest.Raw" },
      {
        at: /\/audio\/transcriptions$/,
        module: "./node_modules/cohere-ai/api/resources/audio/resources/transcriptions/client/requests",
        type: "sdk.TranscriptionsCreateRequest & { file: Blob }",
      },
    ],
    models: {
      ...turned("command-a-03-2025"),
      chat_completion: ["command-a-03-2025", "command-a-reasoning-08-2025"],
      embedding: ["embed-v4.0"],
      rerank: ["rerank-v4.0-pro"],
    },
    cases: [alongside("chat_completion", "thoughts handed back")],
  },

  perplexity: {
    forms: [
      {
        at: /\/responses$/,
        module: "@perplexity-ai/perplexity_ai/resources/responses",
        type: "sdk.ResponseCreateParamsNonStreaming",
        members: { tool_choice: migration, parallel_tool_calls: migration },
      },
    ],
    models: { chat_completion: ["sonar-pro"], responses: ["openai/gpt-5.4"] },
    cases: [
      { why: migration, requestType: "responses", names: ["a loop of tools", "an image"] },
      asked("chat_completion", "any JSON"),
    ],
  },

  openrouter: {
    forms: [
      {
        at: /\/chat\/completions$/,
        module: `${openrouter}/chatrequest.js`,
        type: "Snaked<sdk.ChatRequest>",
      },
      {
        at: /\/responses$/,
        module: `${openrouter}/responsesrequest.js`,
        type: "Snaked<sdk.ResponsesRequest>",
      },
      {
        at: /\/embeddings$/,
        module: `${openrouter}/operations/createembeddings.js`,
        type: "Snaked<sdk.CreateEmbeddingsRequestBody>",
      },
      { at: /\/audio\/speech$/, module: `${openrouter}/speechrequest.js`, type: "Snaked<sdk.SpeechRequest>" },
      {
        at: /\/rerank$/,
        module: `${openrouter}/operations/creatererank.js`,
        type: "Snaked<sdk.CreateRerankRequestBody>",
      },
    ],
    models: {
      text_completion: ["openai/gpt-3.5-turbo-instruct"],
      chat_completion: ["anthropic/claude-sonnet-4.5"],
      responses: ["openai/gpt-5.4"],
      embedding: ["openai/text-embedding-3-small"],
      speech: ["openai/gpt-4o-mini-tts"],
      rerank: ["cohere/rerank-v3.5"],
    },
    untyped: { "/completions": "the SDK has no types of it" },
    cases: [
      asked("chat_completion", "thoughts handed back", "several choices", "a document with citations", "web search"),
      asked("chat_completion", "what is kept and for whom"),
      asked("speech", "as opus", "as aac", "as flac", "as wav", "how it is spoken"),
    ],
  },

  voyage: {
    forms: [
      { at: /\/embeddings$/, module: `${voyage}/EmbedRequest`, type: "sdk.EmbedRequest.Raw" },
      { at: /\/rerank$/, module: `${voyage}/RerankRequest`, type: "sdk.RerankRequest.Raw" },
    ],
    models: { embedding: ["voyage-3.5"], rerank: ["rerank-2.5"] },
  },

  elevenlabs: {
    forms: [
      {
        at: /\/text-to-speech\/[^/]+$/,
        module: eleven,
        type: "Snaked<sdk.BodyTextToSpeechFull>",
        hasQuery: true,
      },
      {
        at: /\/speech-to-text$/,
        module: eleven,
        type: "Snaked<sdk.BodySpeechToTextV1SpeechToTextPost>",
        hasQuery: true,
      },
    ],
    models: { speech: ["eleven_multilingual_v2"], transcription: ["scribe_v2"] },
  },

  cartesia: {
    forms: [
      { at: /\/tts\/bytes$/, module: "@cartesia/cartesia-js/resources/tts", type: "sdk.TTSGenerateParams" },
      { at: /\/stt$/, module: "@cartesia/cartesia-js/resources/stt", type: "sdk.STTTranscribeParams" },
    ],
    models: { speech: ["sonic-3"], transcription: ["ink-whisper"] },
  },

  hume: {
    forms: [
      {
        at: /\/tts\/file$/,
        module: "./node_modules/hume/dist/cjs/serialization/resources/tts/types/PostedTts",
        type: "sdk.PostedTts.Raw",
      },
    ],
    models: { speech: ["octave-2"] },
  },

  deepgram: {
    forms: [
      {
        at: /\/speak$/,
        module: `${deepgram}/speak/resources/v1/resources/audio/client/requests/SpeakV1Request`,
        type: "sdk.SpeakV1Request",
        hasQuery: true,
      },
      {
        at: /\/listen$/,
        module: `${deepgram}/listen/resources/v1/resources/media/client/requests/ListenV1RequestUrl`,
        type: `Omit<sdk.ListenV1RequestUrl, "url">`,
        hasQuery: true,
      },
    ],
    models: { speech: ["aura-2"], transcription: ["nova-3"] },
  },

  fal: {
    forms: [
      falForm("flux/dev", { aspect_ratio: either }),
      falForm("flux-pro/kontext", { image_size: either, image_urls: either }),
      falForm("nano-banana/edit", { image_size: either, image_url: either }),
    ],
    models: {
      image_generation: ["fal-ai/flux/dev"],
      image_edit: ["fal-ai/flux-pro/kontext", "fal-ai/nano-banana/edit"],
    },
    cases: [
      alongside("image_edit", "two files and a mask"),
      alongside("image_generation", "the quality low", "the quality medium", "the quality high", "what it is like"),
    ],
  },

  runway: {
    forms: [
      { at: /\/text_to_image$/, module: "@runwayml/sdk/resources/text-to-image", type: "sdk.TextToImageCreateParams" },
    ],
    models: { image_generation: ["gen4_image"], image_edit: ["gen4_image", "gen4_image_turbo"] },
    cases: [
      alongside("image_generation", "the quality low", "the quality medium", "the quality high", "what it is like"),
      alongside("image_generation", "the size 1536x1024", "the size 1024x1536", "two"),
    ],
  },

  luma: {
    forms: [
      { at: /\/generations\/image$/, module: "lumaai/resources/generations/image", type: "sdk.ImageCreateParams" },
    ],
    models: { image_generation: ["photon-1"], image_edit: ["photon-flash-1"] },
    cases: [
      alongside("image_generation", "the quality low", "the quality medium", "the quality high", "what it is like"),
      alongside("image_generation", "a seed"),
    ],
  },

  assemblyai: {
    forms: [
      {
        at: /\/transcript$/,
        module: "./node_modules/assemblyai/dist/types/openapi.generated",
        type: "sdk.TranscriptParams",
      },
    ],
    models: { transcription: ["universal-2", "universal-3-5-pro", "best"] },
    untyped: { "/upload": "bytes alone" },
  },
}

/** The request types that are asked as a chat. */
function turned(model: string): Record<string, readonly string[]> {
  return { text_completion: [model], responses: [model] }
}

function falForm(model: string, members: Form["members"] = {}): Form {
  return {
    at: new RegExp(`fal-ai/${model}$`),
    module: "./node_modules/@fal-ai/client/src/types/endpoints",
    type: `sdk.EndpointTypeMap["fal-ai/${model}"]["input"]`,
    members,
  }
}
