// Every endpoint with its description, for the API document only.
import type { Endpoint } from "../endpoint.ts"
import { endpoints } from "../endpoints.ts"
import { speech, transcriptions } from "./audiodescription.ts"
import { chat } from "./chatdescription.ts"
import { completions } from "./completionsdescription.ts"
import type { Description } from "./description.ts"
import { embeddings } from "./embeddingsdescription.ts"
import { imageEdits, imageGenerations, imageVariations } from "./imagesdescription.ts"
import { ocr } from "./ocrdescription.ts"
import { rerank } from "./rerankdescription.ts"
import { responses } from "./responsesdescription.ts"

export type DescribedEndpoint = Endpoint & Description

/** By request type. */
const descriptions: Record<string, Description> = {
  text_completion: completions,
  chat_completion: chat,
  responses,
  embedding: embeddings,
  speech,
  transcription: transcriptions,
  image_generation: imageGenerations,
  image_edit: imageEdits,
  image_variation: imageVariations,
  rerank,
  ocr,
}

export const describedEndpoints: readonly DescribedEndpoint[] = endpoints.map(described)

/** @throws for an endpoint without a description */
export function described(endpoint: Endpoint): DescribedEndpoint {
  const description = descriptions[endpoint.requestType]
  if (!description) throw new Error(`no description of ${endpoint.requestType}: add it to this table`)
  return { ...endpoint, ...description }
}
