// The questions that the HTTP server asks the store, whichever database is behind it. Read only.
import type { Answer } from "./answer.ts"
import type { State } from "./job.ts"

/** The bytes of a body in pieces, each read when it is asked for. */
export type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/** Every question throws a `StoreError`, or rejects with one, where it cannot be answered. Times are epoch milliseconds. */
export interface Reads {
  /** The job, or null when there is none or it has expired: expiry does not wait until the job is deleted. */
  job(id: string, now: number): Answer<JobView | null>

  /** The attempts of a job that have ended, in their order. */
  attempts(id: string): Answer<AttemptView[]>

  /** How many bytes a body of an ended job has; 0 where there is none. */
  bodyBytes(id: string, kind: ReadableBody): Answer<number>

  /**
   * A body from byte `from` up to `to`, by default all of it.
   * @throws while it is read, when the job is deleted meanwhile: what was read then is not the whole
   */
  bodyPieces(id: string, kind: ReadableBody, from?: number, to?: number): Pieces

  /** How many queued jobs that are alike (owner, provider, model, priority) are due before this one; at most 10,000. */
  position(job: JobRow): Answer<number>

  /** When the first of the quotas of these keys opens again; null when one of them is open. */
  closedUntil(job: JobRow, keyIds: readonly string[], now: number): Answer<number | null>

  /** The newest jobs that match, newest first. */
  list(query: ListQuery, now: number): Answer<JobPage>

  /** provider -> when the first of its queued jobs is or was due */
  oldestDue(): Answer<Map<string, number>>

  /** How much disk space the store takes, and how much is free. */
  sizes(): Answer<Sizes>

  /** Throws where the store cannot be read at all. */
  ping(): Answer<void>
}

/** A job without its bodies. */
export interface JobRow {
  id: string
  requestId: string
  requestType: string
  owner: string
  provider: string
  model: string
  keyChoice: string
  /** 0 low, 1 normal, 2 high. */
  priority: number
  state: State
  attempt: number
  failures: number
  createdAt: number
  runAt: number
  deadlineAt: number
  /** Of the last attempt. */
  startedAt: number | null
  keyId: string | null
  completedAt: number | null
  expiresAt: number | null
  statusCode: number | null
  /** JSON text. */
  error: string | null
  /** JSON text. */
  usage: string | null
  /** A JSON list of texts. */
  warnings: string | null
  /** The media type of the bytes that are stored beside the result. */
  contentKind: string | null
}

/** A job as a poll sees it. */
export interface JobView extends JobRow {
  /** The result, a JSON text; null: there is none, or it `isLong`. */
  result: string | null
  /** Whether the result must be read in pieces. */
  isLong: number
}

/** An attempt that has ended. */
export interface AttemptView {
  attempt: number
  provider: string
  model: string
  startedAt: number
  finishedAt: number
  outcome: string
  status: number | null
  keyName: string | null
  reason: string | null
  upstreamRequestId: string | null
  /** `Usage` of call.ts, as JSON text. */
  usage: string | null
  /** US dollars; null: not known. */
  cost: number | null
}

/** `result` is JSON text, `content` the binary content that is stored beside it. */
export type ReadableBody = "result" | "content"

/** What a list asks for. Ids rise with time, so that they stand for times too. */
export interface ListQuery {
  /** Null: jobs of every owner. */
  owners: readonly string[] | null
  /** Only ids below this one. */
  before: string
  /** Only this id and those above it. */
  from: string
  states: readonly State[] | null
  /** Of queued jobs only those that were started before (true) or never (false). */
  isStarted: boolean | null
  requestType: string | null
  provider: string | null
  model: string | null
  limit: number
}

/** A page can have fewer than `limit` jobs although there is a next one. */
export interface JobPage {
  jobs: JobRow[]
  /** Where the following page starts; null at the end. */
  next: string | null
}

export interface Sizes {
  databaseBytes: number
  walBytes: number
  diskFreeBytes: number
}
