// Embeddings and images by Google's models at the Gemini API and at Vertex AI, which differ little. Pure.
// https://ai.google.dev/api/generate-content, https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
import { firstCount } from "../../endpoints/usage.ts"
import { isNumber, readNumber } from "../../exactjson.ts"
import { asList, asRecord, asRecords, asText } from "../../values.ts"
import { type Access, gemini, vertex } from "./access.ts"
import { embedding } from "./embedding.ts"
import type { Fields, Got, Operation, Parsed } from "./operation.ts"
import { findRatio, imageRules, loadPictures, moderated, noMask, oneImage, ratioRules, toImages } from "./picture.ts"

/** https://ai.google.dev/gemini-api/docs/embeddings, https://ai.google.dev/api/embeddings#method:-models.batchembedcontents */
export const geminiEmbed = embedding({
  access: gemini,
  own: ["task_type", "title"],
  textsMax: () => 100,
  build: (texts, { model, fields }) => ({
    path: `/models/${encodeURIComponent(model)}:batchEmbedContents`,
    body: {
      requests: texts.map((text) => ({ model: `models/${model}`, content: { parts: [{ text }] }, ...aims(fields) })),
    },
  }),
  read: ({ body }) => ({
    vectors: asList(body["embeddings"]).map((one) => asRecord(one)["values"]),
    tokens: asRecord(body["usageMetadata"])["promptTokenCount"],
  }),
})

/** The second generation has another method. */
const isSecond = (model: string) => model.startsWith("gemini-embedding-2")

/** https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api */
export const vertexEmbed = embedding({
  access: vertex,
  own: ["task_type", "title", "auto_truncate"],
  // Models with this name accept one text, older ones up to 250.
  textsMax: (model) => (model.startsWith("gemini-embedding") ? 1 : 250),
  build: (texts, { model, fields }) => {
    const path = `/models/${encodeURIComponent(model)}`
    const { outputDimensionality, taskType: task_type, title } = aims(fields)
    const { auto_truncate: autoTruncate } = fields
    if (isSecond(model)) {
      const embedContentConfig = { ...aims(fields), autoTruncate }
      return { path: `${path}:embedContent`, body: { content: { parts: [{ text: texts[0] }] }, embedContentConfig } }
    }
    const instances = texts.map((content) => ({ content, task_type, title }))
    return { path: `${path}:predict`, body: { instances, parameters: { outputDimensionality, autoTruncate } } }
  },
  read: ({ body }) => {
    const { embedding: only, usageMetadata, predictions } = body
    if (predictions === undefined) {
      return { vectors: [asRecord(only)["values"]], tokens: asRecord(usageMetadata)["promptTokenCount"] }
    }
    const found = asList(predictions).map((one) => asRecord(asRecord(one)["embeddings"]))
    const tokens = found.map(({ statistics }) => readNumber(asRecord(statistics)["token_count"]) ?? Number.NaN)
    return { vectors: found.map(({ values }) => values), tokens: tokens.reduce((sum, one) => sum + one, 0) }
  },
})

function aims({ dimensions, task_type, title }: Fields): Fields {
  return { outputDimensionality: dimensions, taskType: task_type, title }
}

/** https://ai.google.dev/gemini-api/docs/image-generation#aspect_ratios */
const ratios = ["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"]

export const geminiImage = image(gemini)
export const vertexImage = image(vertex)

/** Imagen is no longer served: https://firebase.google.com/docs/ai-logic/imagen-models-migration */
function image(access: Access): Operation {
  return {
    access,
    parameters: {
      supported: ["prompt", "image", "image[]", "images", "aspect_ratio", "image_size"],
      rules: [
        ...imageRules,
        ...ratioRules(ratios),
        oneImage,
        noMask,
        ...["quality", "style", "output_format", "output_compression", "input_fidelity"].map((param) => ({
          param,
          says: "has no counterpart and was not sent",
          verdict: "warned" as const,
        })),
      ],
    },
    async build(asked) {
      const { model, fields } = asked
      const pictures = await loadPictures(asked)
      const text = fields["prompt"] ?? ""
      const imageConfig = {
        aspectRatio: fields["aspect_ratio"] ?? findRatio(fields, ratios) ?? undefined,
        imageSize: fields["image_size"] ?? undefined,
      }
      const inline = pictures.map(({ base64, type }) => ({ inlineData: { mimeType: type, data: base64 } }))
      return {
        path: generate(model),
        body: {
          contents: [{ role: "user", parts: [...(text === "" ? [] : [{ text }]), ...inline] }],
          generationConfig: { responseModalities: ["IMAGE"], imageConfig },
        },
      }
    },
    parse([answer], [asked]) {
      const found = findParts(answer)
        .filter(({ thought }) => thought !== true)
        .map(({ inlineData }) => asRecord(inlineData))
        .filter(({ data }) => typeof data === "string")
      if (found.length === 0 || asked === undefined) return nothing(answer, "image")
      const pictures = found.map(({ data, mimeType }) => ({ base64: asText(data), type: asText(mimeType) }))
      return toImages(pictures, asked, readUsage(answer))
    },
  }
}

export function generate(model: string): string {
  return `/models/${encodeURIComponent(model)}:generateContent`
}

export function findParts(answer: Got | undefined): Fields[] {
  const [candidate] = asList(answer?.body["candidates"])
  return asRecords(asRecord(asRecord(candidate)["content"])["parts"])
}

/** Why an answer is empty: the prompt or the output was blocked. */
export function nothing(answer: Got | undefined, what: string): Parsed {
  const { blockReason, blockReasonMessage } = asRecord(answer?.body["promptFeedback"])
  const { finishReason, finishMessage } = asRecord(asList(answer?.body["candidates"])[0])
  const code = blockReason ?? (finishReason === "STOP" ? undefined : finishReason)
  if (typeof code !== "string") return { problem: `it has no ${what}` }
  const said = blockReasonMessage ?? finishMessage
  return moderated(code, `the model gave no ${what}: ${typeof said === "string" ? said : code}`)
}

/** https://ai.google.dev/api/generate-content#UsageMetadata */
export function readUsage(answer: Got | undefined): Fields | undefined {
  const usage = asRecord(answer?.body["usageMetadata"])
  const { promptTokenCount: input, candidatesTokenCount: output, thoughtsTokenCount: thoughts } = usage
  const taken = firstCount(input)
  if (taken === undefined) return undefined
  const made = (firstCount(output) ?? 0) + (firstCount(thoughts) ?? 0)
  const details = isNumber(thoughts) ? { output_tokens_details: { reasoning_tokens: thoughts } } : {}
  return { input_tokens: taken, output_tokens: made, total_tokens: taken + made, ...details }
}
