// What has happened to a job, from the job as the API shows it with its attempts: one entry for each thing, as people or programs read it.
import { asList, asRecord, asRecords, asText, asWord } from "../values.ts"
import type { Listed } from "./jobcalls.ts"
import { inLine, paintState, type Terminal } from "./terminal.ts"
import { formatAge } from "./texts.ts"

export interface Entry {
  at: string
  job: string
  event: "accepted" | "warning" | "started" | "ended" | "omitted" | "waiting" | "succeeded" | "failed" | "cancelled"
  [detail: string]: unknown
}

/** The entries of a job, the oldest first. */
export function listEntries(job: Listed): Entry[] {
  const id = asText(job["id"])
  const add = (at: unknown, event: Entry["event"], details: object): Entry => ({
    at: asText(at),
    job: id,
    event,
    ...details,
  })
  const { created_at, completed_at, state, attempts_omitted } = job
  const { request_type, priority, owner, origin_id, batch_id, batch_line } = job
  const attempts = asRecords(job["attempts"])
  const last = attempts.at(-1)
  const queue = asRecord(job["queue"])
  return [
    add(created_at, "accepted", {
      ...{ request_type, model: nameModel(job), priority, owner, origin_id, batch_id, batch_line },
    }),
    ...asList(job["warnings"]).map((warning) => add(created_at, "warning", { message: asText(warning) })),
    ...attempts.flatMap((attempt) => listAttempt(attempt, add)),
    ...(attempts_omitted === undefined ? [] : [add(last?.["started_at"], "omitted", { count: attempts_omitted })]),
    ...(state === "queued"
      ? [
          add(last?.["finished_at"] ?? created_at, "waiting", {
            ...{ after_attempt: attempts.length === 0 ? 0 : last?.["attempt"] },
            ...{ until: queue["runs_at"], position: queue["position"], reason: queue["reason"] },
          }),
        ]
      : []),
    ...(typeof completed_at === "string" ? [add(completed_at, state as Entry["event"], describeEnd(job))] : []),
  ].toSorted((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
}

function listAttempt(attempt: Listed, add: (at: unknown, event: Entry["event"], details: object) => Entry): Entry[] {
  const { attempt: number, key_name, waited_ms, started_at, finished_at, outcome } = attempt
  const { status_code, reason, upstream_request_id, usage, cost_usd } = attempt
  const begun = { attempt: number, model: nameModel(attempt), key_name, waited_ms }
  if (finished_at === null) return [add(started_at, "started", begun)]
  const took_ms = Date.parse(asText(finished_at)) - Date.parse(asText(started_at))
  const ended = { outcome, status_code, took_ms, reason, upstream_request_id, usage, cost_usd }
  return [add(started_at, "started", begun), add(finished_at, "ended", { attempt: number, ...ended })]
}

function describeEnd({ created_at, completed_at, status_code, error, usage, cost_usd }: Listed) {
  const { message, code } = asRecord(asRecord(error)["error"])
  const took_ms = Date.parse(asText(completed_at)) - Date.parse(asText(created_at))
  return { took_ms, status_code, usage, cost_usd, ...(message === undefined ? {} : { message, code }) }
}

function nameModel({ provider, model }: Listed): string {
  return `${asText(provider)}/${asText(model)}`
}

/** The same thing has the same name each time that the job is read. */
export function nameEntry({ event, attempt, after_attempt, message }: Entry): string {
  return `${event} ${attempt ?? after_attempt ?? message ?? ""}`
}

/** As many characters of an id as tell its millisecond. */
const ID_CHARS = 13
const WORD_CHARS = "succeeded".length

/** A line for people. */
export function drawEntry(entry: Entry, terminal: Terminal): string {
  const word = paintState(entry.event, terminal) + " ".repeat(Math.max(0, WORD_CHARS - entry.event.length))
  return `${entry.at}  ${entry.job.slice(0, ID_CHARS)}  ${word}  ${inLine(describeEntry(entry))}\n`
}

function describeEntry(entry: Entry): string {
  const { event, model, attempt, reason, message, code, took_ms, status_code } = entry
  switch (event) {
    case "accepted":
      return [
        `${asText(entry["request_type"])} ${asText(model)}`,
        ...(entry["priority"] === "normal" ? [] : [`priority ${asText(entry["priority"])}`]),
        ...nameOwner(entry["owner"]),
        ...(typeof entry["batch_id"] === "string" ? [`line ${entry["batch_line"]} of ${entry["batch_id"]}`] : []),
        ...(typeof entry["origin_id"] === "string" ? [`again of ${entry["origin_id"]}`] : []),
      ].join(", ")
    case "warning":
      return asText(message)
    case "started": {
      const key = typeof entry["key_name"] === "string" ? `, key ${entry["key_name"]}` : ""
      const waited =
        typeof entry["waited_ms"] === "number" ? `, after ${formatAge(entry["waited_ms"])} in the queue` : ""
      return `attempt ${asWord(attempt)} with ${asText(model)}${key}${waited}`
    }
    case "ended": {
      const status = typeof status_code === "number" ? `, status ${status_code}` : ""
      const why = typeof reason === "string" ? `: ${reason}` : ""
      return `attempt ${asWord(attempt)} ${asText(entry["outcome"])}${status}, after ${formatAge(Number(took_ms))}${why}`
    }
    case "omitted":
      return `${asWord(entry["count"])} attempts in between are not kept`
    case "waiting":
      return `until ${asText(entry["until"])}: ${asText(reason)}`
    default: {
      const why = message === undefined ? "" : `: ${asText(message)}${typeof code === "string" ? ` (${code})` : ""}`
      return `after ${formatAge(Number(took_ms))}${describeUse(entry)}${why}`
    }
  }
}

function nameOwner(owner: unknown): string[] {
  const { kind, name, id } = asRecord(owner)
  const word = asText(name) || asText(id) || asText(kind)
  return word === "" ? [] : [`for ${word}`]
}

function describeUse({ usage, cost_usd }: Entry): string {
  const tokens = asRecord(usage)["total_tokens"]
  const used = typeof tokens === "number" ? `, ${tokens} tokens` : ""
  return typeof cost_usd === "number" ? `${used}, ${cost_usd.toFixed(4)} US dollars` : used
}
