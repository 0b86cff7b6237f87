// Responses in OpenAI's background mode: the provider goes on with an answer whose stream broke, and its events can be asked for from any of
// them on. So a stream that breaks is read on and not paid twice. Where its events are not to be had any more, the answer is retrieved.
// https://developers.openai.com/api/docs/guides/background,
// https://learn.microsoft.com/en-us/azure/ai-foundry/openai/how-to/responses#background-tasks (both read 2026-12-02)
import type { Outcome } from "../call.ts"
import { writeMissing } from "../endpoints/streams/brokenanswer.ts"
import { isOfAnswer } from "../endpoints/streams/eventline.ts"
import { responseStream } from "../endpoints/streams/responsestream.ts"
import type { Fields, StreamForm } from "../endpoints/streams/streamform.ts"
import { append, parseJson } from "../json.ts"
import { asList, asRecord, asText } from "../values.ts"
import type { Attempt } from "./adapter.ts"
import { noUpstream, Settled } from "./outcomes.ts"
import { type StreamedReply, streamThrough } from "./streamed.ts"
import { readText, type Sending } from "./transport.ts"
import { ask, ended, type JobAttempt, type JobReply, pending, readId, type State } from "./upstreamjobs/upstreamjob.ts"
import { answered, JSON_HEADERS, type ResultReply } from "./upstreamreplies.ts"

interface Kept extends State {
  /** Its events are not to be had any more: OpenAI has them for 5 minutes. */
  isSilent?: true
}

const api = { pollMs: [1000, 10_000] } as const
/** When a stream that broke is asked for again. */
const AGAIN_MS = 1000

/**
 * Asks for a response that goes on without its reader.
 * @param sending the request without what asks for a stream
 * @returns null where the provider cannot do so with this request
 */
export async function startStream(
  attempt: Attempt,
  form: StreamForm,
  url: string,
  sending: Sending & { headers: Headers },
): Promise<StreamedReply | null> {
  const { call, context } = attempt
  // The mode needs that the provider stores the response.
  if (asRecord(parseJson(call.body ?? ""))["store"] === false) return null
  const startedAt = context.clock.now()
  let kept: Kept | null = null
  const look = ({ type, response }: Fields) => {
    const id = type === "response.created" ? readId(asRecord(response)["id"]) : null
    if (id === null) return true
    kept = { id, startedAt }
    context.keepState?.(JSON.stringify(kept))
    return true
  }
  const body = append(String(sending.body), "background", "true")
  try {
    const reply = await streamThrough(attempt, form, url, { ...sending, body }, look)
    // Not every model has the mode.
    return reply.status === 400 && /background/i.test(readText(reply)) ? null : reply
  } catch (error) {
    throw kept === null ? error : broken(attempt, kept, error)
  }
}

/** What follows an error that has ended a stream of which something came: where only the stream broke, it is read on. */
function broken({ context }: Attempt, kept: Kept, error: unknown): unknown {
  const isBroken =
    error instanceof Settled
      ? error.outcome.kind === "unreached" && error.outcome.reason === "network"
      : error === context.trace?.failure?.error
  if (!isBroken || context.signal.aborted) return error
  return new Settled({ kind: "pending", state: JSON.stringify(kept), afterMs: AGAIN_MS, upstream: noUpstream })
}

/** @param url where responses are asked for */
export async function resumeStream(given: Attempt, url: string, headers: Headers): Promise<Outcome> {
  const attempt = { ...given, api }
  const kept = readKept(attempt)
  const address = locate(url, kept, readIncluded(attempt))
  const { own } = attempt.call.log ?? {}
  if (kept.isSilent || own?.sequence === null) return retrieve(attempt, kept, address)
  const reply = await readOn(attempt, kept, address, headers)
  if (reply?.isOk) return finish(attempt, kept, reply)
  const isSilent = reply?.status === 400 || reply?.status === 404
  return retrieve(attempt, isSilent ? { ...kept, isSilent } : kept, address)
}

/** @param url where responses are asked for */
export async function cancelStream(given: Attempt, url: string): Promise<Outcome> {
  const attempt = { ...given, api }
  const kept = readKept(attempt)
  const request = { method: "POST", path: "", url: locate(url, kept, [], "/cancel"), isFree: true } as const
  const { upstream } = await ask(attempt, request, true)
  return ended(kept, upstream, 499, "the response was cancelled at the provider")
}

function readKept({ call }: Attempt): Kept {
  return JSON.parse(call.state ?? "") as Kept
}

function locate(url: string, { id }: Kept, query: readonly (readonly [string, string])[], after = ""): string {
  const address = new URL(url)
  address.pathname += `/${id}${after}`
  for (const [name, value] of query) address.searchParams.append(name, value)
  return String(address)
}

/** What the response is to have besides. It is not remembered by the provider. */
function readIncluded({ call }: Attempt): [string, string][] {
  return asList(asRecord(parseJson(call.body ?? ""))["include"]).map((name) => ["include[]", asText(name)])
}

/** The events after the last one that is logged. @returns null where there were none, and no end */
async function readOn(
  attempt: JobAttempt,
  kept: Kept,
  address: string,
  headers: Headers,
): Promise<StreamedReply | null> {
  const last = attempt.call.log?.own?.sequence ?? null
  const url = new URL(address)
  url.searchParams.set("stream", "true")
  if (last !== null) url.searchParams.set("starting_after", String(last))
  let isStream = false
  let hasSaid = false
  const look = ({ type, sequence_number }: Fields) => {
    isStream = true
    if (last !== null && typeof sequence_number === "number" && sequence_number <= last) return false
    hasSaid ||= isOfAnswer(asText(type))
    return true
  }
  try {
    const reply = await streamThrough(attempt, responseStream, String(url), { method: "GET", headers }, look)
    // What is between may answer a GET with the response as it is now.
    return reply.isOk && !isStream ? null : reply
  } catch (error) {
    const isOver = error instanceof Settled && error.outcome.kind === "refused" && error.outcome.isEnd
    if (hasSaid) throw broken(attempt, kept, error)
    if (isOver || !(error instanceof Settled)) throw error
    return null
  }
}

/** The answer as a whole, and of its events those that are missing. */
async function retrieve(attempt: JobAttempt, kept: Kept, address: string): Promise<Outcome> {
  let reply: JobReply
  try {
    reply = await ask(attempt, { method: "GET", path: "", url: address })
  } catch (error) {
    if (error instanceof Settled && error.outcome.kind === "refused") return judge(attempt, error.outcome)
    throw error
  }
  const { status } = reply.value
  if (status === "queued" || status === "in_progress") return pending(attempt, kept, reply)
  if (status === "cancelled") return ended(kept, reply.upstream, 499, "the response was cancelled at the provider")
  const outcome = await finish(attempt, kept, reply)
  if (outcome.kind !== "answered") return outcome
  const { own, nextIndex = 0 } = attempt.call.log ?? {}
  for (const events of writeMissing(own?.lines ?? [], nextIndex, reply.value)) await attempt.context.emit?.(events)
  return outcome
}

function judge({ call }: Attempt, outcome: Extract<Outcome, { kind: "refused" }>): Outcome {
  if (outcome.status !== 404) return outcome
  const message = `${call.provider} does not know the response any more: ${outcome.refusal.message}`
  return { kind: "unreached", reason: "gone", message }
}

function finish(attempt: JobAttempt, { id, startedAt }: Kept, reply: ResultReply): Promise<Outcome> {
  const latencyMs = attempt.context.clock.now() - startedAt
  const upstream = { ...reply.upstream, requestId: id }
  return answered(attempt, { ...reply, headers: JSON_HEADERS, latencyMs, upstream })
}
