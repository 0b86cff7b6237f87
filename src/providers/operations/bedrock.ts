// Embeddings, images and rankings on Amazon Bedrock, where each family of models has a form of its own. Pure.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html
import { toNumber } from "../../exactjson.ts"
import { asList, asRecord, asWord } from "../../values.ts"
import { bedrock, bedrockAgents } from "./access.ts"
import { COHERE_TEXTS_MAX, findOnlySize, INPUT_TYPE, inputTypeRule, onlySizeRule } from "./cohere.ts"
import { embedding } from "./embedding.ts"
import type { Asked, Fields, Operation } from "./operation.ts"
import { isNot, picked, type Rule } from "./operationparameters.ts"
import {
  findRatio,
  imageRules,
  loadPictures,
  moderated,
  noMask,
  parseSides,
  ratioRules,
  toImages,
  toPictures,
} from "./picture.ts"
import { reranking } from "./reranking.ts"

// A model's id may have the prefix of a region, or be the name of a resource.
const isCohere = (model: string) => model.includes("cohere.embed")
const isNova = (model: string) => model.includes("amazon.nova")
const isTitan1 = (model: string) => model.includes("titan-embed-text-v1") || model.includes("titan-embed-g1")
const isTitanImage = (model: string) => model.includes("titan-embed-image")
const isStability = (model: string) => model.includes("stability.")

function invoke(model: string): string {
  return `/model/${encodeURIComponent(model)}/invoke`
}

const foreign = (member: string, family: string, isThis: (model: string) => boolean): Rule => ({
  param: member,
  when: (_, __, model) => !isThis(model),
  says: `is known to ${family} only and was not sent`,
  verdict: "warned",
})

/**
 * Titan: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html,
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-mm.html
 * Cohere: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed-v4.html
 * Nova: https://docs.aws.amazon.com/nova/latest/userguide/embeddings-schema.html
 */
export const bedrockEmbed = embedding({
  access: bedrock,
  rules: [
    { param: "dimensions", when: (_, __, model) => isTitan1(model), says: "is not supported: this model has 1536" },
    onlySizeRule,
    {
      ...inputTypeRule,
      when: (value, fields, model) => isCohere(model) && inputTypeRule.when?.(value, fields, model) === true,
    },
    foreign("input_type", "Cohere's models", isCohere),
    foreign("truncate", "Cohere's and Nova's models", (model) => isCohere(model) || isNova(model)),
    foreign("normalize", "Titan's text models", (model) => !isCohere(model) && !isNova(model) && !isTitanImage(model)),
    foreign("embedding_purpose", "Nova's models", isNova),
  ],
  textsMax: (model) => (isCohere(model) ? COHERE_TEXTS_MAX : 1),
  build: (texts, { model, fields }) => ({
    path: invoke(model),
    body: isCohere(model)
      ? cohere(texts, model, fields)
      : isNova(model)
        ? nova(texts[0], fields)
        : titan(texts[0], model, fields),
  }),
  read: ({ headers, body }) => {
    const { embedding: only, embeddings, inputTextTokenCount, inputTokenCount } = body
    const list = Array.isArray(embeddings) ? embeddings : asList(asRecord(embeddings)["float"])
    const vectors = only === undefined ? list.map((one) => asRecord(one)["embedding"] ?? one) : [only]
    const counted = headers.get("x-amzn-bedrock-input-token-count")
    return {
      vectors,
      tokens: inputTextTokenCount ?? inputTokenCount ?? (counted === null ? undefined : Number(counted)),
    }
  },
})

function titan(inputText: unknown, model: string, fields: Fields): Fields {
  const { dimensions: outputEmbeddingLength } = fields
  if (isTitanImage(model)) {
    return { inputText, ...(outputEmbeddingLength === undefined ? {} : { embeddingConfig: { outputEmbeddingLength } }) }
  }
  return { inputText, ...(isTitan1(model) ? {} : picked(fields, ["dimensions", "normalize"])) }
}

function cohere(texts: string[], model: string, fields: Fields): Fields {
  const output_dimension = findOnlySize(model) === null ? fields["dimensions"] : undefined
  // Version 4 returns an object of lists by type. Version 3 returns a list of floats when no type is requested.
  return { texts, input_type: INPUT_TYPE, ...picked(fields, ["input_type", "truncate"]), output_dimension }
}

function nova(value: unknown, { dimensions, truncate, embedding_purpose }: Fields): Fields {
  const singleEmbeddingParams = {
    embeddingPurpose: embedding_purpose ?? "GENERIC_INDEX",
    embeddingDimension: dimensions,
    text: { truncationMode: truncate ?? "END", value },
  }
  return { taskType: "SINGLE_EMBEDDING", singleEmbeddingParams }
}

const ratios = ["1:1", "2:3", "3:2", "4:5", "5:4", "16:9", "9:16", "21:9", "9:21"]
/** Other parameters of Stability's models, each of which supports some: https://docs.aws.amazon.com/bedrock/latest/userguide/stable-image-services.html */
const stabilitys = [
  ...["seed", "negative_prompt", "aspect_ratio", "mode", "strength", "style_preset", "grow_mask", "search_prompt"],
  ...["select_prompt", "control_strength", "fidelity", "creativity", "left", "right", "up", "down"],
]
/** Other parameters of Amazon's models. */
const amazons = ["negative_prompt", "seed", "cfg_scale", "style_description", "mask_prompt", "similarity_strength"]
const restrictTo = (rules: readonly Rule[], isThis: (model: string) => boolean): Rule[] =>
  rules.map((rule) => ({
    ...rule,
    when: (value, fields, model) => isThis(model) && rule.when?.(value, fields, model) !== false,
  }))
const isAmazons = (model: string) => !isStability(model)

/**
 * Stability: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-stability-diffusion.html
 * Titan and Nova Canvas: https://docs.aws.amazon.com/nova/latest/userguide/image-gen-access.html
 */
export const bedrockImage: Operation = {
  access: bedrock,
  parameters: {
    supported: ["prompt", "image", "image[]", "images", ...new Set([...stabilitys, ...amazons])],
    rules: [
      ...imageRules,
      {
        param: "n",
        when: (n, _, model) => isStability(model) && Number(asWord(n)) !== 1,
        says: "above 1 is not supported by this model",
      },
      ...restrictTo(ratioRules(ratios), isStability),
      {
        param: "size",
        when: (_, fields, model) =>
          isStability(model) && ["image", "image[]", "images"].some((name) => fields[name] !== undefined),
        says: "was not sent: the image that is given decides",
        verdict: "warned",
      },
      ...restrictTo(
        [
          {
            param: "size",
            when: (size, fields) => size !== "auto" && parseSides(fields) === null,
            says: "must be auto or WIDTHxHEIGHT",
          },
          // Masks mean the opposite: Amazon changes the black area, OpenAI the transparent one.
          noMask,
          { param: "output_format", when: isNot("png"), says: "must be png: this model makes no other" },
        ],
        isAmazons,
      ),
      {
        param: "quality",
        when: (quality, _, model) =>
          isStability(model) || !["auto", "standard", "high", "hd", "premium"].includes(asWord(quality)),
        says: "has no counterpart and was not sent",
        verdict: "warned",
      },
      ...["style", "output_compression", "input_fidelity"].map((param) => ({
        param,
        says: "has no counterpart and was not sent",
        verdict: "warned" as const,
      })),
    ],
  },
  async build(asked) {
    const { model } = asked
    return { path: invoke(model), body: await (isStability(model) ? stability(asked) : amazon(asked)) }
  },
  parse([answer], [asked]) {
    const { images, finish_reasons, error, status, details } = answer?.body ?? {}
    const filtered = asList(finish_reasons).find((reason) => typeof reason === "string") ?? error
    if (typeof filtered === "string") return moderated("content_filtered", filtered)
    if (status === "Request Moderated") {
      const reasons = asList(asRecord(details)["Moderation Reasons"])
      return moderated("content_filtered", `Request Moderated: ${reasons.map(asWord).join(", ")}`)
    }
    const pictures = toPictures(asList(images))
    return pictures.length === 0 || asked === undefined ? { problem: "it has no images" } : toImages(pictures, asked)
  },
}

async function stability(asked: Asked): Promise<Fields> {
  const { model, fields } = asked
  const [picture] = await loadPictures(asked)
  const [mask] = await loadPictures(asked, ["mask"])
  // Only Stable Diffusion makes images from a text and from an image, and needs the mode.
  const mode = model.includes("stability.sd3") && picture !== undefined ? "image-to-image" : undefined
  return {
    ...picked(fields, ["prompt"]),
    image: picture?.base64,
    mask: mask?.base64,
    mode,
    aspect_ratio: picture === undefined ? (findRatio(fields, ratios) ?? undefined) : undefined,
    output_format: fields["output_format"] ?? "png",
    ...picked(asNumbers(fields), stabilitys),
  }
}

async function amazon(asked: Asked): Promise<Fields> {
  const fields = asNumbers(asked.fields)
  const { prompt: text, negative_prompt: negativeText, mask_prompt: maskPrompt, similarity_strength } = fields
  const images = (await loadPictures(asked)).map(({ base64 }) => base64)
  const imageGenerationConfig = {
    numberOfImages: fields["n"],
    ...parseSides(fields),
    quality: ["high", "hd", "premium"].includes(asWord(fields["quality"])) ? "premium" : undefined,
    cfgScale: fields["cfg_scale"],
    seed: fields["seed"],
  }
  if (images.length === 0) {
    const textToImageParams = { text, negativeText, style: fields["style_description"] }
    return { taskType: "TEXT_IMAGE", textToImageParams, imageGenerationConfig }
  }
  if (maskPrompt !== undefined) {
    const inPaintingParams = { image: images[0], text, negativeText, maskPrompt }
    return { taskType: "INPAINTING", inPaintingParams, imageGenerationConfig }
  }
  const imageVariationParams = { images, text, negativeText, similarityStrength: similarity_strength }
  return { taskType: "IMAGE_VARIATION", imageVariationParams, imageGenerationConfig }
}

/** Numbers of a form are texts. */
function asNumbers(fields: Fields): Fields {
  const numbers = ["n", "seed", "strength", "grow_mask", "cfg_scale", "similarity_strength", "control_strength"]
  numbers.push("fidelity", "creativity", "left", "right", "up", "down")
  const found = numbers.filter((name) => typeof fields[name] === "string").map((name) => [name, toNumber(fields[name])])
  return { ...fields, ...Object.fromEntries(found) }
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_Rerank.html */
export const bedrockRerank = reranking({
  access: bedrockAgents,
  rules: [],
  build: (_, { model, fields, place }) => {
    const documents = asList(fields["documents"])
    const modelArn = model.startsWith("arn:") ? model : `arn:aws:bedrock:${place.region}::foundation-model/${model}`
    return {
      path: "/rerank",
      body: {
        queries: [{ type: "TEXT", textQuery: { text: fields["query"] } }],
        sources: documents.map((document) => ({ type: "INLINE", inlineDocumentSource: toSource(document) })),
        rerankingConfiguration: {
          type: "BEDROCK_RERANKING_MODEL",
          bedrockRerankingConfiguration: {
            // Without it the results are paged.
            numberOfResults: Math.min(Number(fields["top_n"] ?? documents.length), documents.length),
            modelConfiguration: { modelArn },
          },
        },
      },
    }
  },
  read: ({ body: { results } }) =>
    Array.isArray(results)
      ? results.map(asRecord).map(({ index, relevanceScore }) => ({ index, relevance_score: relevanceScore }))
      : null,
})

/** A document with more members than a text is ranked as JSON. */
function toSource(document: unknown): Fields {
  const names = Object.keys(asRecord(document))
  if (names.length > 1) return { type: "JSON", jsonDocument: document }
  return { type: "TEXT", textDocument: { text: names.length === 0 ? document : asRecord(document)["text"] } }
}
