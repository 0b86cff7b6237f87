// The answers of the mock provider: a pure function that gives the same answer to the same request. mock.ts has the knobs, delays and refusals.
import { images } from "./mockpicture.ts"
import { embedding, rerank } from "./mockranking.ts"
import type { Answerer, MockAnswer, MockJob, MockRequest } from "./mockrequest.ts"
import { speech, transcription } from "./mocksound.ts"
import { chatCompletion, ocr, response, textCompletion } from "./mocktext.ts"

export type { MockAnswer, MockRequest }

const answerers = new Map<string, Answerer>([
  ["text_completion", textCompletion],
  ["chat_completion", chatCompletion],
  ["responses", response],
  ["embedding", embedding],
  ["speech", speech],
  ["transcription", transcription],
  ["image_generation", images],
  ["image_edit", images],
  ["image_variation", images],
  ["rerank", rerank],
  ["ocr", ocr],
])

/** A valid answer, whatever the request contains. Throws only for an unknown request type. */
export function mockAnswer(requestType: string, request: MockRequest, about: MockJob): MockAnswer {
  const answerer = answerers.get(requestType)
  if (!answerer) throw new Error(`the mock provider has no answer to ${requestType}`)
  return answerer(request, about)
}
