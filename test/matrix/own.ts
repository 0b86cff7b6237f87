// The providers with forms of their own: what each request type is there, as the documents say that stand beside the cells and in
// the fixtures, whose requests and answers are theirs.
import { expect } from "bun:test"
import anthropicChat from "../fixtures/native/anthropic.json"
import bedrockChat from "../fixtures/native/bedrock.json"
import geminiChat from "../fixtures/native/gemini.json"
import { readGoldens } from "../fixtures/native/goldens.ts"
import requests from "../fixtures/native/requests.json"
import amazon from "../fixtures/operations/bedrock.json"
import cohere from "../fixtures/operations/cohere.json"
import google from "../fixtures/operations/google.json"
import others from "../fixtures/operations/others.json"
import sound from "../fixtures/operations/sound.json"
import { type Cell, type Fields, type FilePart, json, type Part, type Place } from "./cell.ts"
import { PNG, type Turned, turned } from "./forms.ts"
import { assemblyai, blackForestLabs, fal, luma, replicate, runway } from "./media.ts"

export interface Own extends Place {
  cells: Record<string, Cell>
}

/** The place of Google's and Amazon's customers. */
export const places = {
  GOOGLE_VERTEX_PROJECT: "my-project",
  GOOGLE_VERTEX_LOCATION: "us-central1",
  AWS_REGION: "us-west-2",
  CLOUDFLARE_ACCOUNT_ID: "0123abcd",
  CLOUDFLARE_GATEWAY_ID: "my-gateway",
  ANTHROPIC_FOUNDRY_RESOURCE: "my-resource",
}
const gemini = "https://generativelanguage.googleapis.com/v1beta/models"
const vertex =
  "https://us-central1-aiplatform.googleapis.com/v1beta1/projects/my-project/locations/us-central1/publishers/google/models"
/** Each task has a name of its own. */
const runwares = others["Runware's images"]
const [task] = runwares.sent.body
const taskUUID = expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/)
const runware = documented({ ...runwares, sent: { body: [{ ...task, taskUUID }] } }, "https://api.runware.ai/v1")
const asRatio = { warnings: ["size is sent as its ratio: how many pixels that is, the model decides"] }
const bedrock = "https://bedrock-runtime.us-west-2.amazonaws.com/model"

/** What Google says to everybody who says hi. */
const googles = {
  candidates: [{ content: { role: "model", parts: [{ text: "Hi!" }] }, finishReason: "STOP", index: 0 }],
  usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 2, totalTokenCount: 12 },
  modelVersion: "gemini-2.5-flash",
  responseId: "mAitaLmkHPPlz7IPvtfUqQ4",
}

export const own: Record<string, Own> = {
  // https://platform.claude.com/docs/en/api/messages
  anthropic: {
    key: "ANTHROPIC_API_KEY",
    header: ["x-api-key", ""],
    headers: { "anthropic-version": "2023-06-01" },
    cells: claude("https://api.anthropic.com/v1/messages"),
  },

  // https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry; the resource is the customer's
  "azure-anthropic": {
    key: "ANTHROPIC_FOUNDRY_API_KEY",
    header: ["x-api-key", ""],
    headers: { "anthropic-version": "2023-06-01" },
    cells: claude("https://my-resource.services.ai.azure.com/anthropic/v1/messages"),
  },

  // https://ai.google.dev/api/generate-content
  gemini: {
    key: "GEMINI_API_KEY",
    header: ["x-goog-api-key", ""],
    cells: {
      chat_completion: native(geminiChat, "gemini-3-flash-preview", `${gemini}/gemini-3-flash-preview:generateContent`),
      ...turns("gemini-2.5-flash", `${gemini}/gemini-2.5-flash:generateContent`, makeContents, googles),
      // https://ai.google.dev/api/tokens
      count_tokens: counting(
        "gemini-2.5-flash",
        `${gemini}/gemini-2.5-flash:countTokens`,
        (sent) => ({ generateContentRequest: { model: "models/gemini-2.5-flash", ...sent, generationConfig: {} } }),
        makeContents,
        "totalTokens",
      ),
      embedding: documented(
        google["embeddings at the Gemini API"],
        `${gemini}/gemini-embedding-001:batchEmbedContents`,
      ),
      image_generation: documented(
        google["an image at the Gemini API"],
        `${gemini}/gemini-3-pro-image:generateContent`,
        asRatio,
      ),
      image_edit: documented(google["an edit of a form"], `${gemini}/gemini-2.5-flash-image:generateContent`),
      speech: documented(google["speech, which comes as a file"], `${gemini}/gemini-3.8-flash-tts:generateContent`, {
        warnings: ["input comes as wav: this provider makes no mp3, which is OpenAI's default"],
      }),
      transcription: documented(
        google["a transcription by a model that is asked for one"],
        `${gemini}/gemini-2.5-flash:generateContent`,
      ),
    },
  },

  // https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference; the key is an access token
  vertex: {
    key: "GOOGLE_VERTEX_API_KEY",
    secret: "ya29.an-hour",
    cells: {
      chat_completion: native(
        readGoldens("vertex-gemini") as typeof geminiChat,
        "gemini-2.5-pro",
        `${vertex}/gemini-2.5-pro:generateContent`,
      ),
      ...turns("gemini-2.5-flash", `${vertex}/gemini-2.5-flash:generateContent`, makeContents, googles),
      // https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1/projects.locations.publishers.models/countTokens
      count_tokens: counting(
        "gemini-2.5-flash",
        `${vertex}/gemini-2.5-flash:countTokens`,
        (sent) => ({ ...sent, generationConfig: {} }),
        makeContents,
        "totalTokens",
      ),
      embedding: documented(google["embeddings at Vertex"], `${vertex}/text-embedding-005:predict`),
      image_generation: documented(
        google["an image at the Gemini API"],
        `${vertex}/gemini-3-pro-image:generateContent`,
        asRatio,
      ),
      image_edit: documented(google["an edit at Vertex"], `${vertex}/gemini-2.5-flash-image:generateContent`),
      speech: documented(
        google["speech of older models, which comes as samples"],
        `${vertex}/gemini-2.5-flash-tts:generateContent`,
      ),
      transcription: documented(
        google["a transcription by a model made for it"],
        `${vertex}/gemini-3.5-transcribe:generateContent`,
      ),
      rerank: documented(
        google["a ranking at Vertex"],
        "https://discoveryengine.googleapis.com/v1/projects/my-project/locations/global/rankingConfigs/default_ranking_config:rank",
        { headers: { "x-goog-user-project": "my-project" } },
      ),
    },
  },

  // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
  bedrock: {
    key: "AWS_BEARER_TOKEN_BEDROCK",
    cells: {
      chat_completion: native(
        bedrockChat,
        "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
        `${bedrock}/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse`,
      ),
      ...turns("amazon.nova-lite-v1:0", `${bedrock}/amazon.nova-lite-v1%3A0/converse`, converse, {
        output: { message: { role: "assistant", content: [{ text: "Hi!" }] } },
        stopReason: "end_turn",
        usage: { inputTokens: 10, outputTokens: 2, totalTokens: 12 },
        metrics: { latencyMs: 500 },
      }),
      // https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html
      count_tokens: counting(
        "us.anthropic.claude-sonnet-4-20250514-v1:0",
        `${bedrock}/anthropic.claude-sonnet-4-20250514-v1%3A0/count-tokens`,
        ({ inferenceConfig: _, ...converse }) => ({ input: { converse } }),
        converse,
        "inputTokens",
      ),
      embedding: documented(amazon["Titan's embedding"], `${bedrock}/amazon.titan-embed-text-v2%3A0/invoke`),
      image_generation: documented(
        amazon["Stability's image"],
        `${bedrock}/stability.sd3-5-large-v1%3A0/invoke`,
        asRatio,
      ),
      image_edit: documented(amazon["Stability's edit"], `${bedrock}/us.stability.stable-image-inpaint-v1%3A0/invoke`),
      rerank: documented(amazon["Bedrock's ranking"], "https://bedrock-agent-runtime.us-west-2.amazonaws.com/rerank"),
    },
  },

  // https://docs.cohere.com/reference/chat
  cohere: {
    key: "COHERE_API_KEY",
    cells: {
      chat_completion: documented(cohere["a question with its settings"], "https://api.cohere.com/v2/chat"),
      ...turns(
        "command-a-03-2025",
        "https://api.cohere.com/v2/chat",
        (messages, model) => ({ model, messages, max_tokens: 16, stream: false }),
        {
          id: "c14c80c3-18eb-4519-9460-6c92edd8cfb4",
          finish_reason: "COMPLETE",
          message: { role: "assistant", content: [{ type: "text", text: "Hi!" }] },
          usage: {
            billed_units: { input_tokens: 5, output_tokens: 2 },
            tokens: { input_tokens: 71, output_tokens: 2 },
          },
        },
      ),
      embedding: documented(cohere["embeddings"], "https://api.cohere.com/v2/embed"),
      rerank: documented(cohere["a ranking"], "https://api.cohere.com/v2/rerank"),
      transcription: documented(sound["Cohere's transcription"], "https://api.cohere.com/v2/audio/transcriptions"),
    },
  },

  mistral: {
    key: "MISTRAL_API_KEY",
    cells: {
      speech: documented(others["Mistral's speech"], "https://api.mistral.ai/v1/audio/speech"),
      transcription: documented(sound["Mistral's transcription"], "https://api.mistral.ai/v1/audio/transcriptions"),
    },
  },
  together: {
    key: "TOGETHER_API_KEY",
    cells: {
      image_generation: documented(others["Together's images"], "https://api.together.ai/v1/images/generations"),
    },
  },
  fireworks: {
    key: "FIREWORKS_API_KEY",
    cells: { rerank: documented(others["Fireworks' ranking"], "https://api.fireworks.ai/inference/v1/rerank") },
  },
  voyage: {
    key: "VOYAGE_API_KEY",
    cells: { rerank: documented(others["Voyage's ranking"], "https://api.voyageai.com/v1/rerank") },
  },

  // https://docs.siliconflow.com/en/api-reference/images/images-generations
  siliconflow: {
    key: "SILICONFLOW_API_KEY",
    cells: siliconflow("https://api.siliconflow.com/v1/images/generations"),
  },
  "siliconflow-cn": {
    key: "SILICONFLOW_CN_API_KEY",
    cells: siliconflow("https://api.siliconflow.cn/v1/images/generations"),
  },
  elevenlabs: {
    key: "ELEVENLABS_API_KEY",
    header: ["xi-api-key", ""],
    cells: {
      speech: documented(
        sound["ElevenLabs' speech"],
        "https://api.elevenlabs.io/v1/text-to-speech/JBFqnCBsd6RMkjVDRZzb?output_format=pcm_24000",
      ),
      transcription: documented(sound["ElevenLabs' transcription"], "https://api.elevenlabs.io/v1/speech-to-text", {
        warnings: ["response_format comes with words and without segments, which this provider does not make"],
      }),
    },
  },
  deepgram: {
    key: "DEEPGRAM_API_KEY",
    header: ["authorization", "Token "],
    cells: {
      speech: documented(
        sound["Deepgram's speech by a voice"],
        "https://api.deepgram.com/v1/speak?model=aura-2-thalia-en&encoding=mp3",
      ),
      transcription: documented(
        sound["Deepgram's transcription"],
        "https://api.deepgram.com/v1/listen?model=nova-3&smart_format=true&detect_language=true&keyterm=Voxtral&keyterm=Nano+Banana",
        { headers: { "content-type": "audio/mpeg" } },
      ),
    },
  },

  cartesia: {
    key: "CARTESIA_API_KEY",
    headers: { "cartesia-version": "2026-08-14" },
    cells: {
      speech: documented(sound["Cartesia's speech"], "https://api.cartesia.ai/tts/bytes"),
      transcription: documented(sound["Cartesia's transcription"], "https://api.cartesia.ai/stt", {
        warnings: ["response_format comes with words and without segments, which this provider does not make"],
      }),
    },
  },
  hume: {
    key: "HUME_API_KEY",
    header: ["x-hume-api-key", ""],
    cells: { speech: documented(sound["Hume's speech"], "https://api.hume.ai/v0/tts/file") },
  },
  lmnt: {
    key: "LMNT_API_KEY",
    header: ["x-api-key", ""],
    cells: { speech: documented(sound["LMNT's speech"], "https://api.lmnt.com/v1/ai/speech/bytes") },
  },
  "fish-audio": {
    key: "FISH_AUDIO_API_KEY",
    cells: {
      speech: documented(sound["Fish Audio's speech"], "https://api.fish.audio/v1/tts", {
        headers: { model: "s2-pro" },
      }),
      transcription: documented(sound["Fish Audio's transcription"], "https://api.fish.audio/v1/asr"),
    },
  },
  stability: {
    key: "STABILITY_API_KEY",
    headers: { accept: "application/json" },
    cells: {
      image_generation: documented(
        others["Stability's own image"],
        "https://api.stability.ai/v2beta/stable-image/generate/sd3",
        asRatio,
      ),
      image_edit: documented(
        others["Stability's own edit"],
        "https://api.stability.ai/v2beta/stable-image/generate/ultra",
      ),
    },
  },
  ideogram: {
    key: "IDEOGRAM_API_KEY",
    header: ["api-key", ""],
    cells: {
      image_generation: documented(
        others["Ideogram's images"],
        "https://api.ideogram.ai/v2/image/generate/ideogram-4-5",
      ),
    },
  },
  runware: {
    key: "RUNWARE_API_KEY",
    cells: { image_generation: runware, image_edit: runware },
  },

  replicate: { key: "REPLICATE_API_TOKEN", cells: replicate },
  fal: { key: "FAL_KEY", header: ["authorization", "Key "], cells: fal },
  runway: { key: "RUNWAYML_API_SECRET", headers: { "x-runway-version": "2024-11-06" }, cells: runway },
  luma: { key: "LUMAAI_API_KEY", cells: luma },
  "black-forest-labs": { key: "BFL_API_KEY", header: ["x-key", ""], cells: blackForestLabs },
  assemblyai: { key: "ASSEMBLYAI_API_KEY", header: ["authorization", ""], cells: assemblyai },
}

function claude(url: string): Record<string, Cell> {
  return {
    chat_completion: native(anthropicChat, "claude-sonnet-4-5", url),
    ...turns("claude-sonnet-4-5", url, makeMessages, {
      id: "msg_013Zva2CMHLNnXjNJJKqJ2EF",
      type: "message",
      role: "assistant",
      model: "claude-sonnet-4-5-20250929",
      content: [{ type: "text", text: "Hi!" }],
      stop_reason: "end_turn",
      stop_sequence: null,
      usage: { input_tokens: 10, output_tokens: 2 },
    }),
    // https://platform.claude.com/docs/en/api/messages-count-tokens
    count_tokens: counting(
      "claude-sonnet-4-5",
      `${url}/count_tokens`,
      ({ max_tokens: _, ...counted }) => counted,
      makeMessages,
      "input_tokens",
    ),
  }
}

function siliconflow(url: string): Record<string, Cell> {
  return {
    image_generation: documented(others["SiliconFlow's images"], url),
    image_edit: {
      model: "Qwen/Qwen-Image-Edit",
      asked: [
        ["prompt", "Make it night"],
        ["image", { fileName: "cat.png", type: "image/png", base64: PNG }],
      ],
      steps: [
        {
          method: "POST",
          url: url,
          sent: {
            json: { model: "Qwen/Qwen-Image-Edit", prompt: "Make it night", image: `data:image/png;base64,${PNG}` },
          },
          answer: json({
            images: [{ url: "https://s3.siliconflow.com/1.png" }],
            timings: { inference: 123 },
            seed: 7,
          }),
        },
      ],
      result: { created: expect.any(Number), data: [{ url: "https://s3.siliconflow.com/1.png" }] },
    },
  }
}

/** A case of the fixtures of test/providers/operations. */
interface Documented {
  model: string
  request?: Fields
  form?: { fields: readonly (readonly [string, string])[]; files: readonly File[] }
  sent: { body?: Fields; form?: readonly (readonly [string, string | File])[]; bytes?: string }
  answer: Fields | { type: string; base64: string }
  answerHeaders?: Record<string, string>
  result: Fields
  content?: { base64: string }
}

type File = FilePart & { name: string }

function documented(
  given: object,
  url: string,
  over: { headers?: Record<string, string>; warnings?: string[] } = {},
): Cell {
  const { model, request, form, sent, answer, answerHeaders = {}, result, content } = given as Documented
  const { body, form: parts, bytes } = sent
  const isSound = Object.keys(answer).length === 2 && "base64" in answer
  const { type = "", base64 = "" } = answer as { type?: string; base64?: string }
  return {
    model,
    asked: form ? makeParts(form) : (request ?? {}),
    steps: [
      {
        method: "POST",
        url,
        ...(over.headers ? { headers: over.headers } : {}),
        sent: parts ? { form: parts.map(makePart) } : bytes === undefined ? { json: body } : { base64: bytes },
        answer: isSound
          ? () => new Response(Buffer.from(base64, "base64"), { headers: { "content-type": type } })
          : json(answer, { headers: answerHeaders }),
      },
    ],
    result: {
      ...result,
      ...("created" in result ? { created: expect.any(Number) } : {}),
      ...(content ? { audio: content.base64 } : {}),
    },
    ...(over.warnings ? { warnings: over.warnings } : {}),
  }
}

function makeParts({ fields, files }: NonNullable<Documented["form"]>): Part[] {
  return [...fields.filter(([name]) => name !== "model"), ...files.map((file) => makePart([file.name, file]))]
}

function makePart([name, value]: readonly [string, string | File]): Part {
  if (typeof value === "string") return [name, value]
  const { fileName, type, base64 } = value
  return [name, { fileName, type: type ?? "application/octet-stream", base64 }]
}

/** A chat of instructions in two places, of the fixtures of test/providers/native. */
function native(goldens: object, model: string, url: string): Cell {
  const feature = "instructions"
  const { sent, answer, outcome, warnings } = (goldens as Record<string, unknown>)[feature] as {
    sent: { body: Fields }
    answer: Fields
    outcome: { body: Fields }
    warnings: string[]
  }
  const { extra_fields: _, ...result } = outcome.body
  return {
    model,
    asked: requests[feature],
    steps: [{ method: "POST", url, sent: { json: sent.body }, answer: json(answer) }],
    // What the provider names of neither is this job's and this moment's.
    result: { ...result, id: expect.any(String), created: expect.any(Number) },
    warnings,
  }
}

type Messages = { role: string; content: string }[]

/** Responses and text completions, which go as chats: both say hi, one with an instruction in front. */
function turns(
  model: string,
  url: string,
  sent: (messages: Messages, model: string) => Fields,
  answer: Fields,
): Record<Turned, Cell> {
  const cell = (requestType: Turned): Cell => {
    const { asked, messages, result } = turned[requestType]
    return {
      model,
      asked,
      steps: [{ method: "POST", url, sent: { json: sent(messages, model) }, answer: json(answer) }],
      result: result("Hi!"),
    }
  }
  return { text_completion: cell("text_completion"), responses: cell("responses") }
}

/**
 * A count of the tokens of a response, which are those of a chat.
 * @param count what is sent instead of the request for an answer
 * @param member the count in the provider's answer
 */
function counting(
  model: string,
  url: string,
  count: (sent: Fields) => Fields,
  sent: (messages: Messages, model: string) => Fields,
  member: string,
): Cell {
  const { max_output_tokens: _, ...asked } = turned.responses.asked
  const json = count(sent(turned.responses.messages, model))
  const answer = () => Response.json({ [member]: 14 })
  return {
    model,
    asked,
    steps: [{ method: "POST", url, sent: { json }, answer }],
    result: { object: "response.input_tokens", input_tokens: 14 },
  }
}

function instructionsIn(messages: Messages): string[] {
  return messages.filter(({ role }) => role === "system").map(({ content }) => content)
}

function makeMessages(messages: Messages, model: string): Fields {
  const system = instructionsIn(messages).map((text) => ({ type: "text", text }))
  return {
    model,
    max_tokens: 16,
    ...(system.length > 0 ? { system } : {}),
    messages: [{ role: "user", content: [{ type: "text", text: "Say hi" }] }],
  }
}

function makeContents(messages: Messages): Fields {
  const parts = instructionsIn(messages).map((text) => ({ text }))
  return {
    generationConfig: { maxOutputTokens: 16 },
    contents: [{ role: "user", parts: [{ text: "Say hi" }] }],
    ...(parts.length > 0 ? { systemInstruction: { parts } } : {}),
  }
}

function converse(messages: Messages): Fields {
  return {
    // "Array Members: Minimum number of 0 items."
    system: instructionsIn(messages).map((text) => ({ text })),
    inferenceConfig: { maxTokens: 16 },
    messages: [{ role: "user", content: [{ text: "Say hi" }] }],
  }
}
