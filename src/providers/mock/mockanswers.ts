// The answers of the mock provider: a pure function that gives the same answer to the same request. mock.ts has the knobs, delays and refusals.
import type { Endpoint } from "../../endpoints/endpoint.ts"
import { getEndpoint } from "../../endpoints/endpoints.ts"
import { images } from "./mockpicture.ts"
import { embedding, rerank } from "./mockranking.ts"
import { type Answerer, json, type MockAnswer, type MockJob, type MockRequest, notice } from "./mockrequest.ts"
import { speech, transcription } from "./mocksound.ts"
import { chatCompletion, ocr, response, textCompletion, tokenCount } from "./mocktext.ts"

export type { MockAnswer, MockRequest }

/** The request types whose answers depend on the request. */
const answerers = new Map<string, Answerer>([
  ["text_completion", textCompletion],
  ["chat_completion", chatCompletion],
  ["responses", response],
  ["count_tokens", tokenCount],
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
  return answerer ? answerer(request, about) : exampleAnswer(getEndpoint(requestType))
}

/** To a request type that needs nothing of its own here: the example of its result in the API document. */
export function exampleAnswer(endpoint: Endpoint): MockAnswer {
  return json({ ...endpoint.describe().exampleResult, mock: notice })
}
