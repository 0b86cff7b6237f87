// GET …/jobs/{id}/events: what has happened to a job and what happens until its end, as server-sent events that a browser can follow. They
// are made of the job, its attempts and its event log, so that a reader goes on where it was, also after the gateway was killed.

import { readLine } from "../../endpoints/streams/eventline.ts"
import type { News } from "../../engine/threads/protocol.ts"
import { GatewayError } from "../../errors.ts"
import type { AttemptView, JobView, Reads } from "../../jobs/reads.ts"
import { parseJson } from "../../json.ts"
import { isUnderWay, readEndedAttempts } from "../dialects/jobdetails.ts"
import { formatTime, nameStatus } from "../dialects/jobobject.ts"
import type { EngineClient } from "../engineclient.ts"
import { type FindOptions, findJob } from "../jobs.ts"
import { streamEvents } from "../reply.ts"
import { readRequestId } from "../request/requestid.ts"

export interface JobEventOptions extends FindOptions {
  engine: FindOptions["engine"] & Pick<EngineClient, "follow" | "logs">
  reads: Reads
  keepOpen(request: Request): () => void
}

/** Visible to a program, which a comment is not: without it a silent stream is taken for a dead one. */
const HEARTBEAT_MS = 15_000
/** After so long a browser connects again. */
const RETRY_MS = 2000

interface JobEvent {
  /** Those of a job rise. Each attempt has two. */
  id: number
  type: string
  data: object
}

/** The last event that a reader has: the id of one, and how many logged events after that. */
interface Cursor {
  id: number
  /** Null: none. */
  place: number | null
}

/**
 * 204 when the job has ended and the reader has heard all: then a browser stays away.
 * @throws {GatewayError} invalid_request, job_not_found, …
 */
export async function showJobEvents(request: Request, id: string, options: JobEventOptions): Promise<Response> {
  const after = readAfter(request)
  const job = await findJob(id, request, null, options)
  const requestId = readRequestId(request)
  if (job.completedAt !== null && describeEnd(job, job.completedAt).id <= after.id) {
    return new Response(null, { status: 204, headers: { "x-request-id": requestId, "cache-control": "no-store" } })
  }
  return streamEvents(follow(id, after, request, options), requestId)
}

/** The id of the last event that the reader has; a browser that connects again sends it as a header. @throws {GatewayError} invalid_request */
function readAfter(request: Request): Cursor {
  const header = request.headers.get("last-event-id")
  const param = header === null ? "after" : "Last-Event-ID"
  const text = header ?? new URL(request.url).searchParams.get("after") ?? "0"
  const [, id, place] = /^(\d{1,9})(?:\.(\d{1,9}))?$/.exec(text) ?? []
  if (id !== undefined) return { id: Number(id), place: place === undefined ? null : Number(place) }
  throw new GatewayError("invalid_request", `${param} must be the id of an event, as 4 or 4.17; or 0`, { param })
}

async function* follow(id: string, after: Cursor, request: Request, options: JobEventOptions): AsyncGenerator<string> {
  const release = options.keepOpen(request)
  const changes = createChangeSignal(id)
  const unfollow = options.engine.follow(changes.take)
  const log = options.engine.logs.follow(id, options.reads, changes.grow)
  request.signal.addEventListener("abort", changes.end, { once: true })
  if (request.signal.aborted) changes.end()
  let told = after.id
  /** The place of the next logged event. The id of one is that of the start of its attempt, and its place counted from 1. */
  let place = after.place ?? 0
  async function* tellLogged(attemptMax: number, isPast: boolean): AsyncGenerator<string> {
    for (;;) {
      const group = await log.read(place, isPast)
      if (group === null || group.attempt > attemptMax) return
      const { attempt, lines } = group
      const first = place + 1
      place += lines.length
      // The reader has an event that came after these.
      if (2 * attempt < told) continue
      told = 2 * attempt
      yield lines.map((line, at) => writeLogged(attempt, first + at, line)).join("")
    }
  }
  try {
    yield `retry: ${RETRY_MS}\n\n`
    for (;;) {
      // Whoever may no longer see the job hears no more of it, and neither does anybody of one that is deleted.
      const job = await findJob(id, request, null, options)
      for (const event of await listEvents(job, options.reads)) {
        if (event.id <= told) continue
        yield* tellLogged(Math.ceil(event.id / 2) - 1, true)
        told = event.id
        yield `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`
      }
      if (job.completedAt !== null) return
      yield* tellLogged(job.attempt, false)
      const what = await changes.next(options)
      if (changes.isOver()) return
      if (what === "silence") yield heartbeat(options)
    }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
  } finally {
    log.stop()
    unfollow()
    release()
  }
}

/** An event of the answer, as the model writes it. */
function writeLogged(attempt: number, place: number, line: string): string {
  const { type, members } = readLine(line)
  const data = `{"attempt":${attempt},"event":{"type":${JSON.stringify(type)}${members === "{}" ? "}" : `,${members.slice(1)}`}}`
  return `id: ${2 * attempt}.${place}\nevent: job.delta\ndata: ${data}\n\n`
}

function heartbeat({ clock }: JobEventOptions): string {
  return `event: heartbeat\ndata: ${JSON.stringify({ time: formatTime(clock.now()) })}\n\n`
}

/** Tells when the job may have changed. */
function createChangeSignal(id: string) {
  let hasChanged = false
  /** From the first news on no change is missed: what was read before may be of before that. */
  let isFirst = true
  let isOver = false
  let wake = () => {}

  return {
    isOver: () => isOver,

    end(): void {
      isOver = true
      wake()
    },

    /** Its event log has grown. */
    grow(): void {
      hasChanged = true
      wake()
    },

    /** @param news null: no more will come */
    take(news: News | null): void {
      isOver ||= news === null
      hasChanged ||=
        news !== null &&
        (isFirst || news.crowds === null || news.crowds.length > 0 || news.jobs.some((job) => job.id === id))
      isFirst = false
      if (isOver || hasChanged) wake()
    },

    async next({ clock }: JobEventOptions): Promise<"change" | "silence"> {
      if (!isOver && !hasChanged) {
        await new Promise<void>((resolve) => {
          const cancel = clock.after(HEARTBEAT_MS, resolve)
          wake = () => {
            cancel()
            resolve()
          }
        })
      }
      const isSilent = !isOver && !hasChanged
      hasChanged = false
      return isSilent ? "silence" : "change"
    },
  }
}

/** All that has happened until now, in its order. */
async function listEvents(job: JobView, reads: Reads): Promise<JobEvent[]> {
  const attempts = await readEndedAttempts(job, reads)
  const { id, createdAt, completedAt, attempt, startedAt } = job
  const started = isUnderWay(job)
    ? [...attempts, { attempt, provider: job.provider, model: job.model, startedAt: startedAt ?? createdAt }]
    : attempts
  return [
    { id: 1, type: "job.queued", data: { id, request_type: job.requestType, created_at: formatTime(createdAt) } },
    ...started.flatMap((one) => [describeStart(id, one), ...("outcome" in one ? describeRetry(job, one) : [])]),
    ...(completedAt === null ? [] : [describeEnd(job, completedAt)]),
  ]
}

function describeStart(
  id: string,
  { attempt, provider, model, startedAt }: Pick<AttemptView, "attempt" | "provider" | "model" | "startedAt">,
): JobEvent {
  const data = { id, attempt, provider, model, started_at: formatTime(startedAt) }
  return { id: 2 * attempt, type: "job.started", data }
}

/** An attempt with which the job has not ended. */
function describeRetry({ id, attempt: last, completedAt }: JobView, ended: AttemptView): JobEvent[] {
  const { attempt, outcome, reason, status, finishedAt } = ended
  if (completedAt !== null && attempt === last && finishedAt >= completedAt) return []
  const data = { id, attempt, outcome, reason, status_code: status, finished_at: formatTime(finishedAt) }
  return [{ id: 2 * attempt + 1, type: "job.retrying", data }]
}

const ends = { succeeded: "job.completed", cancelled: "job.cancelled" } as const

function describeEnd(job: JobView, completedAt: number): JobEvent {
  const { id, state, attempt, expiresAt, statusCode, error } = job
  const data = {
    id,
    status: nameStatus(state, attempt),
    status_code: statusCode,
    completed_at: formatTime(completedAt),
    expires_at: expiresAt === null ? null : formatTime(expiresAt),
    error: error === null ? null : (parseJson(error) as { error: unknown }).error,
  }
  const type = state === "succeeded" || state === "cancelled" ? ends[state] : "job.failed"
  return { id: 2 * attempt + 2, type, data }
}
