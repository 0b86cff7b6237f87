// The example answers of the fixtures as pages: what they say that a provider answers must be what its official SDK reads.
import anthropic from "../fixtures/native/anthropic.json"
import bedrock from "../fixtures/native/bedrock.json"
import gemini from "../fixtures/native/gemini.json"
import cohere from "../fixtures/operations/cohere.json"
import google from "../fixtures/operations/google.json"
import others from "../fixtures/operations/others.json"
import sound from "../fixtures/operations/sound.json"
import type { Cell } from "../matrix/cell.ts"
import { plain } from "../matrix/forms.ts"
import { assemblyai, fal, luma, runway } from "../matrix/media.ts"
import { type Pages, turnTo } from "./pages.ts"

interface Examples {
  module: string
  type: string
  /** name of the example -> answer */
  answers: Readonly<Record<string, unknown>>
}

const NULLS = "https://docs.lumalabs.ai/docs/image-generation has failure_reason null, which the SDK takes for absent"
const PUNCTUATED = "https://developers.deepgram.com/docs/smart-format has punctuated_word in a word"

const generated = { module: "@google/genai", type: "sdk.GenerateContentResponse" }

/** What an SDK does not know of them: page and example -> why it is told all the same. */
export const excusedAnswers: Readonly<Record<string, string>> = {
  "gemini: usage, tier and a cut": "https://ai.google.dev/api/generate-content#UsageMetadata has serviceTier",
  "openai-response: responses": "https://platform.openai.com/docs/api-reference/responses/object has store",
  "deepgram-transcription: Deepgram's transcription": PUNCTUATED,
  "deepgram-transcription: Deepgram's transcription with all that it knows": PUNCTUATED,
  "luma: image_generation": NULLS,
  "luma: image_edit": NULLS,
}

/** Answers may leave members out, which older versions of an API did not have. */
export async function writeAnswers(pages: Pages): Promise<void> {
  for (const [name, { module, type, answers }] of Object.entries(await listExamples())) {
    const { lines } = turnTo(pages, `answer-${name}.ts`, module, `Partly<${type}>`)
    for (const [label, answer] of Object.entries(answers)) {
      const is = `${name}: ${label}` in excusedAnswers ? "excused" : "expected to fit"
      lines.push({ provider: name, label: `${name}: ${label}`, is, findings: [], text: JSON.stringify(answer) })
    }
  }
}

async function listExamples(): Promise<Record<string, Examples>> {
  const types = "./node_modules/cohere-ai/serialization"
  return {
    anthropic: { module: "@anthropic-ai/sdk/resources/messages", type: "sdk.Message", answers: native(anthropic) },
    gemini: { ...generated, answers: native(gemini) },
    bedrock: { module: "@aws-sdk/client-bedrock-runtime", type: "sdk.ConverseResponse", answers: native(bedrock) },
    "gemini-operations": { ...generated, answers: of(google, "image", "speech", "transcription") },
    "gemini-embed": { module: "@google/genai", type: "sdk.EmbedContentResponse", answers: of(google, "gemini-embed") },
    "cohere-chat": {
      ...{ module: `${types}/resources/v2/types/V2ChatResponse`, type: "sdk.V2ChatResponse.Raw" },
      answers: of(cohere, "chat"),
    },
    "cohere-embed": {
      ...{ module: `${types}/types/EmbedByTypeResponse`, type: "sdk.EmbedByTypeResponse.Raw" },
      answers: of(cohere, "embed"),
    },
    "cohere-rerank": {
      ...{ module: `${types}/resources/v2/types/V2RerankResponse`, type: "sdk.V2RerankResponse.Raw" },
      answers: of(cohere, "rerank"),
    },
    "voyage-rerank": {
      module: "./node_modules/voyageai/dist/cjs/serialization/types/RerankResponse",
      ...{ type: "sdk.RerankResponse.Raw", answers: of(others, "voyage-rerank") },
    },
    "elevenlabs-transcription": {
      module: "./node_modules/@elevenlabs/elevenlabs-js/api",
      type: "Snaked<sdk.SpeechToTextConvertResponse>",
      answers: of(sound, "elevenlabs-transcription"),
    },
    "deepgram-transcription": {
      module: "./node_modules/@deepgram/sdk/dist/cjs/api/types/ListenV1Response",
      ...{ type: "sdk.ListenV1Response", answers: of(sound, "deepgram-transcription") },
    },
    "openai-chat": openai("chat/completions", "ChatCompletion", "chat_completion"),
    "openai-completion": openai("completions", "Completion", "text_completion"),
    "openai-response": openai("responses/responses", "Response", "responses"),
    "openai-embedding": openai("embeddings", "CreateEmbeddingResponse", "embedding"),
    "openai-image": openai("images", "ImagesResponse", "image_generation"),
    luma: {
      ...{ module: "lumaai/resources/generations", type: "sdk.Generation", answers: await lastOf(luma) },
    },
    runway: {
      module: "@runwayml/sdk/resources/tasks",
      type: "sdk.TaskRetrieveResponse",
      answers: await lastOf(runway),
    },
    assemblyai: {
      module: "./node_modules/assemblyai/dist/types/openapi.generated",
      ...{ type: "sdk.Transcript", answers: await lastOf(assemblyai) },
    },
    fal: {
      module: "./node_modules/@fal-ai/client/src/types/endpoints",
      ...{ type: `sdk.EndpointTypeMap["fal-ai/flux/dev"]["output"]`, answers: await lastOf(fal) },
    },
  }
}

function native(goldens: Record<string, { answer?: unknown }>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(goldens).map(([name, { answer }]) => [name, answer]))
}

/** Those of the operations whose name ends so. */
function of(cases: Record<string, { operation: string; answer: unknown }>, ...ends: string[]): Record<string, unknown> {
  const chosen = Object.entries(cases).filter(([, { operation }]) => ends.some((end) => operation.endsWith(end)))
  return Object.fromEntries(chosen.map(([name, { answer }]) => [name, answer]))
}

function openai(file: string, type: string, requestType: string): Examples {
  return {
    module: `openai/resources/${file}`,
    type: `sdk.${type}`,
    answers: { [requestType]: plain(requestType).answer },
  }
}

/** The answers that cells end with. */
async function lastOf(cells: Record<string, Cell>): Promise<Record<string, unknown>> {
  const answers = Object.entries(cells).map(async ([name, { steps }]) => [name, await steps.at(-1)?.answer().json()])
  return Object.fromEntries(await Promise.all(answers))
}
