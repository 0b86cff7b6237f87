// The request types, one row each. The twelfth is one file and one line here.
import type { TSchema } from "typebox"
import { chat } from "./chat.ts"

/** One request type: where it lives, what its body must hold, what its answer must be. */
export interface Endpoint {
  /** As the wire names it. */
  requestType: string
  /** Where jobs are submitted; a poll is this plus `/{job_id}`. */
  path: string
  summary: string
  /** The members the gateway itself reads: they may stand in a body once only. */
  reads: readonly string[]
  /** The refusal of a request that asks for a stream. */
  streamRefusal: string
  /** What is wrong with a parsed body, or null. `param` names the member. */
  check(body: Record<string, unknown>): { message: string; param: string } | null
  /** What is wrong with a 2xx answer of a provider, as the end of a sentence, or null. */
  problemOf(answer: string): string | null
  /** For the API document: what goes in, what comes out, and an example that works with the mock provider. */
  requestSchema: TSchema
  resultSchema: TSchema
  example: unknown
}

export const endpoints: readonly Endpoint[] = [chat]

export function endpointOf(requestType: string): Endpoint {
  const endpoint = endpoints.find((candidate) => candidate.requestType === requestType)
  if (!endpoint) throw new Error(`no endpoint for ${requestType}`)
  return endpoint
}
