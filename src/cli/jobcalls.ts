// What commands do with jobs: find one by the beginning of its id, wait for its end, say how it ended.
import { steadyNow, systemClock } from "../clock.ts"
import { readResponseId } from "../endpoints/responseid.ts"
import { asRecord, asText } from "../values.ts"
import { CommandError, type Ending } from "./exitcodes.ts"
import type { Gateway } from "./gatewayclient.ts"
import { inLine, type Terminal } from "./terminal.ts"

/** A job as the list has it. */
export type Listed = Record<string, unknown>

export const JOBS = "/v1/async/jobs"

/** Fewer characters begin too many ids: an id begins with the time at which it was made. */
const START_CHARS_MIN = 8
const ID_CHARS = 36
const SHOWN_MAX = 5

/**
 * The whole id of which this is the beginning, or that of the job of a response.
 * @throws {CommandError} usage, failed
 */
export async function findId(given: string, gateway: Gateway): Promise<string> {
  const start = readResponseId(given) ?? given.toLowerCase()
  if (!/^[0-9a-f-]+$/.test(start) || start.length < START_CHARS_MIN || start.length > ID_CHARS) {
    throw new CommandError(
      "usage",
      `${JSON.stringify(given)} is no id of a job: write it whole, or its first ${START_CHARS_MIN} characters at least; asyncgate ps lists them`,
    )
  }
  if (start.length === ID_CHARS) return start
  const found: string[] = []
  for await (const { id } of listJobs(new URLSearchParams({ search: start }), gateway)) {
    if (asText(id).startsWith(start)) found.push(asText(id))
    if (found.length > SHOWN_MAX) break
  }
  const [only] = found
  if (only === undefined) {
    throw new CommandError(
      "failed",
      `no job of yours has an id that begins with ${start}; asyncgate ps lists what there is`,
    )
  }
  if (found.length === 1) return only
  const more = found.length > SHOWN_MAX ? ", …" : ""
  const list = found.slice(0, SHOWN_MAX).join(", ")
  throw new CommandError("usage", `more than one job begins with ${start}: write more of the id (${list}${more})`)
}

/** The jobs that match, page by page, the newest first. */
export async function* listJobs(filter: URLSearchParams, gateway: Gateway): AsyncGenerator<Listed> {
  const query = new URLSearchParams(filter)
  for (;;) {
    const { value, data } = await gateway.readList(`${JOBS}?${query}`)
    yield* data
    if (value["has_more"] !== true || data.length === 0) return
    query.set("after", asText(value["last_id"]))
  }
}

/** How long one request is held by the gateway at most. */
const HELD_SECONDS = 60
/** How much later than that it may answer. */
const LATE_MS = 30_000

/** How long a gateway that is started again may take. */
const RESTART_MS = 20_000
const TRY_MS = 250

/**
 * Waits for the end of a job, and returns whether it has ended.
 * @param untilMs the moment by `steadyNow` at which the wait is over; null: never
 * @param isReached whether the gateway has answered before: one that is gone then is being started again
 * @throws {CommandError} failed: there is no such job; unreachable; …
 */
export async function waitForEnd(
  id: string,
  untilMs: number | null,
  gateway: Gateway,
  isReached = false,
): Promise<boolean> {
  let hasAnswered = isReached
  let goneAt = Number.POSITIVE_INFINITY
  for (;;) {
    try {
      return await waitWhileThere(id, untilMs, gateway, () => {
        hasAnswered = true
        goneAt = Number.POSITIVE_INFINITY
      })
    } catch (error) {
      if (!(error instanceof CommandError) || error.ending !== "unreachable" || !hasAnswered) throw error
      goneAt = Math.min(goneAt, steadyNow())
      if (steadyNow() > goneAt + RESTART_MS)
        throw new CommandError("unreachable", `${error.message}; the job is kept: asyncgate wait ${id}`)
      await new Promise<void>((resolve) => systemClock.after(TRY_MS, resolve))
    }
  }
}

async function waitWhileThere(
  id: string,
  untilMs: number | null,
  gateway: Gateway,
  onAnswer: () => void,
): Promise<boolean> {
  for (;;) {
    const leftMs = untilMs === null ? Number.POSITIVE_INFINITY : untilMs - steadyNow()
    const seconds = Math.max(0, Math.min(HELD_SECONDS, Math.ceil(leftMs / 1000)))
    const response = await gateway.ask(`${JOBS}/${id}`, {
      headers: { prefer: `wait=${seconds}` },
      withinMs: seconds * 1000 + LATE_MS,
    })
    onAnswer()
    // The answer may be large, and only its status is of interest here.
    await response.body?.cancel()
    if (response.status === 200) return true
    if (leftMs <= seconds * 1000) return false
  }
}

/** The job without its answer. @throws {CommandError} failed: it is not there */
export async function readListed(id: string, gateway: Gateway): Promise<Listed> {
  try {
    for await (const job of listJobs(new URLSearchParams({ search: id, limit: "1" }), gateway)) {
      if (job["id"] === id) return job
    }
  } catch (error) {
    if (!(error instanceof CommandError) || error.ending !== "denied") throw error
    // A caller without a key sees no list, where there are virtual keys, but may know the ids of its jobs.
    return (await gateway.read(`${JOBS}/${id}`)).value
  }
  throw new CommandError("failed", `there is no job ${id}: it has expired, was deleted, or belongs to somebody else`)
}

/** How a command ends that is about this job. */
export function nameEnding({ state }: Listed): Ending {
  switch (state) {
    case "succeeded":
      return "done"
    case "failed":
      return "job_failed"
    case "cancelled":
      return "job_cancelled"
    default:
      return "unfinished"
  }
}

/** Says what became of a job that did not succeed, and what can be done. */
export function sayEnd(job: Listed, terminal: Terminal): void {
  const id = asText(job["id"])
  const { message, code } = asRecord(asRecord(job["error"])["error"])
  const why = message === undefined ? "" : `: ${inLine(asText(message))}${code ? ` (${inLine(asText(code))})` : ""}`
  const ends: Partial<Record<Ending, string>> = {
    job_failed: `failed${why}; try it again: asyncgate retry ${id}`,
    job_cancelled: `was cancelled${why}; do it again: asyncgate retry ${id}`,
    unfinished: `is ${asText(job["state"])}; wait for it: asyncgate wait ${id}`,
  }
  const end = ends[nameEnding(job)]
  if (end !== undefined) terminal.say(`${id} ${end}`)
}

/** Does it for each, for so many of them at the same time, and returns the answers in their order. */
export async function mapSome<Result>(
  items: readonly string[],
  most: number,
  work: (item: string) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const left = items.entries()
  const takeNext = async () => {
    for (const [at, item] of left) results[at] = await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, takeNext))
  return results
}
