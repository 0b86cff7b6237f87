// A response of OpenAI's API as its job stands: before its end, with the provider's answer, or with what went wrong. Pure.
// https://platform.openai.com/docs/api-reference/responses/object
import { CONTINUED, isBackground } from "../../endpoints/backgroundoptions.ts"
import { makeResponseId } from "../../endpoints/responseid.ts"
import { repeatRequest, showConversation } from "../../endpoints/translate/response.ts"
import { findStatus, type WireError } from "../../errors.ts"
import { isUnfinished, type State } from "../../jobs/job.ts"
import type { JobRow } from "../../jobs/reads.ts"
import { append, edit, member, parseJson, scan } from "../../json.ts"
import { asRecord, asText } from "../../values.ts"
import { toSeconds } from "../files/fileobject.ts"

type Fields = Record<string, unknown>

/** What is shown of a job as a response. */
export type ResponseJob = Pick<
  JobRow,
  "id" | "state" | "attempt" | "createdAt" | "provider" | "model" | "statusCode" | "error"
>

export const responseStatuses = ["queued", "in_progress", "completed", "incomplete", "failed", "cancelled"] as const
type ResponseStatus = (typeof responseStatuses)[number]

/**
 * A response before its answer, or without one.
 * @param request the members of the request
 * @param output what is there of an answer that broke
 */
export function writeUnanswered(job: ResponseJob, request: Fields, output: readonly Fields[] = []): Fields {
  const own = nameMembers(job, request, null)
  return {
    ...own,
    status: nameStatus(job),
    completed_at: null,
    error: job.state === "failed" ? describeError(job) : null,
    incomplete_details: null,
    ...repeatRequest(request),
    service_tier: request["service_tier"] ?? null,
    model: `${job.provider}/${job.model}`,
    output,
    usage: null,
    // Again: the members of the request come with their own.
    ...own,
  }
}

/**
 * A response with its answer, as JSON text: all that is not the gateway's stays as the provider sent it.
 * @param answer JSON text of an object
 */
export function writeAnswered(job: ResponseJob, request: Fields, answer: string): string {
  const found = scan(answer)
  const stored = parseJson(member(answer, found, "store") ?? "null")
  const members = Object.entries(nameMembers(job, request, stored)).map(([name, value]) => {
    return [name, JSON.stringify(value)] as const
  })
  const missing = members.filter(([name]) => member(answer, found, name) === null)
  const edited = edit(answer, Object.fromEntries(members), found)
  return missing.reduce((text, [name, value]) => append(text, name, value), edited)
}

/** What is the gateway's of a response, whatever its provider says. @param stored what the provider says of `store` */
function nameMembers(job: ResponseJob, request: Fields, stored: unknown): Fields {
  return {
    id: makeResponseId(job.id),
    object: "response",
    created_at: toSeconds(job.createdAt),
    background: isBackground(request),
    previous_response_id: asText(request[CONTINUED]) || asText(request["previous_response_id"]) || null,
    store: request["store"] ?? (isBackground(request) || (stored ?? true)),
    ...showConversation(request),
  }
}

function nameStatus({ state, attempt }: { state: State; attempt: number }): ResponseStatus {
  if (state === "queued" && attempt === 0) return "queued"
  if (isUnfinished(state)) return "in_progress"
  return state === "succeeded" ? "completed" : state
}

/** With a code of those that typed clients know. */
function describeError({ statusCode, error }: ResponseJob): Fields {
  const { message, code, param, type } = asRecord(asRecord(JSON.parse(error ?? "{}"))["error"]) as Partial<
    WireError["error"]
  >
  const status = statusCode ?? findStatus("worker_crashed")
  const known = status === 429 ? "rate_limit_exceeded" : status < 500 ? "invalid_prompt" : "server_error"
  return { code: known, message: message ?? "the job failed", type: type ?? code ?? null, param: param ?? null }
}
