// The interfaces of a dialect: how jobs, their results and refusals are written on one wire. A dialect is data and pure functions. It
// reads no request, does not use the store and knows no route, so that a further dialect is one file beside bifrost.ts.

import type { StreamError } from "../../endpoints/streams/streamform.ts"
import type { GatewayError } from "../../errors.ts"
import type { AttemptView, JobRow, ListedJob } from "../../jobs/reads.ts"
import type { OwnerView } from "../intake/caller.ts"

/** What every wire has. */
export interface Dialect {
  /** The prefix of all paths of its routes. */
  prefix: string

  /** The response to a refused request: status, error object, and the headers by which clients decide whether to retry. */
  refused(refusal: GatewayError, requestId: string): Reply
}

/** A wire on which a submit is answered with a job, which is then polled. */
export interface JobDialect extends Dialect {
  /** The response to a submit whose job has not ended. @param pollAfterMs when the client should poll it */
  accepted(job: AcceptedJob, pollAfterMs: number, exchange: SubmitExchange): Reply

  /** The response to a poll of a job that has not ended. @param pollAfterMs when the client should poll it again */
  pending(job: JobRow, pollAfterMs: number, exchange: Exchange): Reply

  /**
   * The response to a poll of a job that has ended.
   * @param result null for a job with an error. `job.error` is the JSON text of a `WireError` (errors.ts)
   */
  ended(job: JobRow, result: Result | null, exchange: Exchange): Reply

  /** A page of a caller's jobs. @param nextPath the path of the next page; null: this is the last one */
  listed(page: Listing, nextPath: string | null, requestId: string): Reply
}

/** A wire on which a request is answered with its result. */
export interface CallDialect extends Dialect {
  /** The response with the result of a job that succeeded. */
  answered(job: AnsweredJob, body: ResultBody, requestId: string): Reply

  /** The response for a job that failed or was cancelled: the status and the error members of the provider's response. */
  failed(job: JobRow, requestId: string): Reply

  /** The response with a stream. @param pieces of the stream, as they are sent */
  streamed(jobId: string, pieces: AsyncIterable<string>, requestId: string): Reply

  /** The error of a failed job, and that of a refusal: what `failed` and `refused` write, for a stream that has begun. */
  describeFailure(job: Pick<JobRow, "statusCode" | "error">): StreamError
  describeRefusal(refusal: GatewayError): StreamError
}

/** A job that succeeded. */
export interface AnsweredJob {
  id: string
  /** How long its last call took; null: not known. */
  processingMs: number | null
}

/** A result as it is sent: JSON, or what the provider sent instead, as sound. */
export interface ResultBody {
  contentType: string
  body: Result
}

/** An HTTP response as data. It can be passed to `new Response` as its `init`. */
export interface Reply {
  status: number
  headers: Record<string, string>
  body: string | null | AsyncIterable<string | Uint8Array>
}

/** The JSON text of a result, in pieces where it is too large to be held at once. */
export type Result = string | AsyncIterable<string | Uint8Array>

/** A job that has just been stored, or an earlier one with the same Idempotency-Key. */
export type AcceptedJob = Pick<JobRow, "id" | "requestId" | "state" | "attempt" | "createdAt" | "originId">

/** What a response needs beside the job. */
export interface Exchange {
  /** The id of the request: the caller's own, else the one of the job. */
  requestId: string
  /** The seconds of `Prefer: wait`; null: the client did not send it. */
  waitSeconds: number | null
  /** Epoch milliseconds. */
  now: number
  /** Only for the full view of a job. */
  details: Details | null
  /** Only for the response to a submit. */
  stored: StoredExchange | null
}

export interface SubmitExchange extends Exchange {
  stored: StoredExchange
}

/** How a submitted job was stored. */
export interface StoredExchange {
  /** The path of the request type without the dialect's prefix, as `/chat/completions`. */
  path: string
  /** Whether the job is an earlier one with the same Idempotency-Key. */
  isReplayed: boolean
  /** Milliseconds from the request's arrival until the job was on disk. */
  storedMs: number
}

/** A page of a list, as its reader sees it. */
export interface Listing {
  jobs: readonly (ListedJob & Owned)[]
  /** The `after` of the next page; null on the last page. */
  next: string | null
  /** See `Reads.revision`. */
  revision: string
}

/** Whose a job is; undefined where the reader is not told. */
interface Owned {
  ownedBy: OwnerView | undefined
}

/** The details of a job in its full view. Times are epoch milliseconds. */
export interface Details extends Owned {
  attempts: AttemptView[]
  /** The line of a batch that it runs; null: it belongs to none. */
  line: { batchId: string; line: number } | null
  /** How long the result is that is left out; null: it is not left out, or there is none. */
  resultBytes: number | null
  /** The name of the configured key of the attempt in progress; null: it uses none. */
  keyName: string | null
  /** For a queued job: how many jobs of the same caller, model and priority are due before it. */
  position: number
  /** For a queued job: until when its quota is closed; null: it is open. */
  closedUntil: number | null
  /** For a queued job: what is missing in the configuration to run it, in words; null: nothing. */
  lack: string | null
}
