// Replicate: images and texts by models that each have their own names of inputs.
// https://replicate.com/docs/reference/http, https://api.replicate.com/openapi.json

import type { Outcome } from "../../call.ts"
import { isNumber } from "../../exactjson.ts"
import { parseJson } from "../../json.ts"
import { asList, asRecord, isRecord } from "../../values.ts"
import { unreadable } from "../upstreamreplies.ts"
import { findImages, hasFile, withAddresses } from "./imageresult.ts"
import { buildDraft, parseModel, type Target, toFile } from "./replicateinput.ts"
import {
  ask,
  createAdapter,
  ended,
  finished,
  type JobAttempt,
  type JobReply,
  parseSeconds,
  pending,
  readId,
  readText,
  type State,
} from "./upstreamjob.ts"

/** https://replicate.com/docs/topics/predictions/lifecycle: a prediction runs for 30 minutes at most. */
const LIFETIME_SECONDS = 2 * 3600
const MARKS = 1800
/** Pages of 100 predictions, the newest first. */
const PAGES_MAX = 10
/** How far Replicate's clock may be behind ours. */
const CLOCK_MS = 10 * 60_000

type Fields = Record<string, unknown>

export const replicate = createAdapter(
  { pollMs: [1000, 10_000] },
  {
    async start(attempt) {
      const target = parseModel(attempt.call.model)
      const { webhook, webhook_events_filter, ...draft } = await buildDraft(attempt, target)
      const earlier = attempt.call.attempt > 1 ? await findEarlier(attempt, target, draft) : null
      if (earlier !== null) return await readOutcome(attempt, earlier)
      const input = await withAddresses(draft, (picture) => toFile(attempt, picture))
      const json = { ...target.version, input, webhook, webhook_events_filter }
      const headers = { "cancel-after": `${lifetimeSeconds(attempt)}s` }
      return await readOutcome(attempt, await ask(attempt, { method: "POST", path: target.path, headers, json }))
    },
    async resume(attempt, state) {
      return await readOutcome(attempt, await ask(attempt, { method: "GET", path: `/predictions/${state.id}` }), state)
    },
    cancel: ({ id }) => ({ method: "POST", path: `/predictions/${id}/cancel` }),
  },
)

/**
 * Finds a prediction that an earlier attempt made and whose answer was lost, because it is paid for. Replicate has no idempotency keys.
 * A prediction keeps only its input and its deadline, and the time until the deadline differs between jobs with the same input. Files
 * cannot be compared, so that requests with files are not looked for.
 */
async function findEarlier(attempt: JobAttempt, target: Target, draft: Fields): Promise<JobReply | null> {
  if (hasFile(draft)) return null
  const createdAt = Number.parseInt(attempt.call.jobId.replaceAll("-", "").slice(0, 12), 16)
  // A job from the future was made while this machine's clock was ahead, so that any time may be right.
  const since = createdAt <= attempt.context.clock.wall() ? new Date(createdAt - CLOCK_MS).toISOString() : ""
  let query = since === "" ? "" : `?created_after=${encodeURIComponent(since)}`
  for (let page = 0; page < PAGES_MAX; page++) {
    const reply = await ask(attempt, { method: "GET", path: `/predictions${query}` })
    const found = asList(reply.value["results"])
      .filter(isRecord)
      .find((one) => isMadeBy(target, one) && isMarked(attempt, one) && isAlike(one, draft))
    if (found) return { ...reply, bytes: Buffer.from(JSON.stringify(found)), value: found }
    const next = readText(reply.value["next"])
    if (next === null || !URL.canParse(next)) return null
    query = new URL(next).search
  }
  return null
}

function isMadeBy({ identity }: Target, prediction: Fields): boolean {
  return Object.entries(identity).every(([name, value]) => prediction[name] === value)
}

/** Seconds after which Replicate cancels the prediction. They are longer than a prediction may take, and depend on the job. */
function lifetimeSeconds({ call }: JobAttempt): number {
  return LIFETIME_SECONDS + (Bun.hash.crc32(call.idempotencyKey) % MARKS)
}

function isMarked(attempt: JobAttempt, { created_at, deadline }: Fields): boolean {
  return Math.round((Date.parse(String(deadline)) - Date.parse(String(created_at))) / 1000) === lifetimeSeconds(attempt)
}

/** Whether the prediction has the same input and has not failed. */
function isAlike({ status, input }: Fields, draft: Fields): boolean {
  const theirs = asRecord(input)
  const isAlive = ["starting", "processing", "succeeded"].includes(String(status))
  return (
    isAlive && Object.entries(draft).every(([name, value]) => Bun.deepEquals(rounded(theirs[name]), rounded(value)))
  )
}

/** A server may write a number in its own way. */
function rounded(value: unknown): unknown {
  return parseJson(JSON.stringify(value))
}

async function readOutcome(attempt: JobAttempt, reply: JobReply, earlier?: State): Promise<Outcome> {
  const { status, error } = reply.value
  const id = readId(reply.value["id"])
  if (id === null) return unreadable(attempt, reply, "it names no prediction")
  const state = earlier ?? { id, startedAt: attempt.context.clock.now() }
  switch (status) {
    case "succeeded":
      return await readResult(attempt, reply, state)
    case "failed": {
      const words = readText(error) ?? "the prediction failed, and the provider does not say why"
      return ended(state, reply.upstream, isTheirFault(words) ? 502 : 422, words)
    }
    case "canceled":
      return ended(state, reply.upstream, 499, readText(error) ?? "the prediction was cancelled at the provider")
    // The prediction never ran, and costs nothing.
    case "aborted":
      return ended(state, reply.upstream, 503, readText(error) ?? "the prediction did not start in time")
    default:
      return pending(attempt, state, reply)
  }
}

/** The error of a prediction is only a text. Errors of the platform suggest a retry or mention its machines. */
function isTheirFault(words: string): boolean {
  return /please retry|interrupted|unexpected error|internal|unavailable|out of memory|timed? ?out|high demand/i.test(
    words,
  )
}

async function readResult(attempt: JobAttempt, reply: JobReply, state: State): Promise<Outcome> {
  const { output, data_removed, created_at, metrics: measured } = reply.value
  if (data_removed === true) {
    return ended(state, reply.upstream, 410, "the provider has removed the output, which it keeps for an hour")
  }
  const metrics = asRecord(measured)
  const created = parseSeconds(created_at, state.startedAt)
  const seconds = metrics["predict_time"]
  if (attempt.call.requestType !== "chat_completion") {
    const data = findImages(output)
    if (data.length === 0) return unreadable(attempt, reply, "its output has no images")
    return await finished(attempt, state, reply, { created, data, ...readUsage(metrics, "input", "output") }, seconds)
  }
  const text = Array.isArray(output) ? output.join("") : (readText(output) ?? readText(asRecord(output)["text"]))
  if (text === null) return unreadable(attempt, reply, "its output is no text")
  const message = { role: "assistant", content: text }
  const result = {
    id: state.id,
    object: "chat.completion",
    created,
    model: attempt.call.model,
    choices: [{ index: 0, message, finish_reason: "stop" }],
    ...readUsage(metrics, "prompt", "completion"),
  }
  return await finished(attempt, state, reply, result, seconds)
}

/** The tokens of models that are billed by them. */
function readUsage(
  { input_token_count: into, output_token_count: out }: Fields,
  input: string,
  output: string,
): Fields {
  if (!isNumber(into) && !isNumber(out)) return {}
  const [taken, given] = [Number(into ?? 0), Number(out ?? 0)]
  return { usage: { [`${input}_tokens`]: taken, [`${output}_tokens`]: given, total_tokens: taken + given } }
}
