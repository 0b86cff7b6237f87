// The list of all request types.
import { speech, transcriptions } from "./audio.ts"
import { chat } from "./chat.ts"
import { completions } from "./completions.ts"
import { embeddings } from "./embeddings.ts"
import type { Endpoint } from "./endpoint.ts"
import { imageEdits, imageGenerations, imageVariations } from "./images.ts"
import { ocr } from "./ocr.ts"
import { rerank } from "./rerank.ts"
import { responses } from "./responses.ts"
import { tokenCounts } from "./tokencounts.ts"

export const endpoints = [
  completions,
  chat,
  responses,
  tokenCounts,
  embeddings,
  speech,
  transcriptions,
  imageGenerations,
  imageEdits,
  imageVariations,
  rerank,
  ocr,
] as const satisfies readonly Endpoint[]

export type RequestType = (typeof endpoints)[number]["requestType"]

/** @throws for an unknown request type, which a newer version may have stored */
export function getEndpoint(requestType: string): Endpoint {
  const endpoint = endpoints.find((candidate) => candidate.requestType === requestType)
  if (!endpoint) throw new Error(`no endpoint for ${requestType}`)
  return endpoint
}
