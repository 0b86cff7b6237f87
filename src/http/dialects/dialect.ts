// What a wire looks like to its clients: how a job, a list of jobs and a refusal are written on it. A dialect is data and pure
// functions. It reads no request, asks no store and knows no route, so that a further one is a file beside bifrost.ts.
import type { GatewayError } from "../../errors.ts"
import type { AttemptView, JobPage, JobRow } from "../../jobs/reads.ts"

export interface Dialect {
  /** Stands in front of every path of its routes. */
  prefix: string

  /** A job that has just been submitted and, as far as is known, has not ended. @param pollAfterMs when it is worth asking for it */
  accepted(job: AcceptedJob, pollAfterMs: number, exchange: SubmitExchange): Reply

  /** A job that has not ended. @param pollAfterMs when it is worth asking again */
  pending(job: JobRow, pollAfterMs: number, exchange: Exchange): Reply

  /**
   * A job that has ended.
   * @param result null where it has no result but an error: `job.error` is `WireError` of errors.ts as JSON text, and holds the
   *   status and the members of a provider's refusal, for a dialect that passes them on in the provider's own form
   */
  ended(job: JobRow, result: Result | null, exchange: Exchange): Reply

  /** A request that is refused: the error object of this wire, with its status and the headers by which clients decide to retry. */
  refused(refusal: GatewayError, requestId: string): Reply

  /** A page of a caller's jobs. @param nextPath where the next page is; null: this is the last one */
  listed(page: JobPage, nextPath: string | null, requestId: string): Reply

  /**
   * The events of a job as they happen, for a wire that has streams. Not used yet: every job has one answer, at its end.
   * @param pieces what the provider has sent, piece by piece
   */
  streamed?(job: JobRow, pieces: AsyncIterable<string>, exchange: Exchange): Reply
}

/** An HTTP response that is not made yet. It is its own `ResponseInit`. */
export interface Reply {
  status: number
  headers: Record<string, string>
  body: string | null | AsyncIterable<string | Uint8Array>
}

/** The JSON text of a result; one that is too large to be held at once is read piece by piece. */
export type Result = string | AsyncIterable<string | Uint8Array>

/** A job that has just been stored, or one that was stored before under the same Idempotency-Key. */
export type AcceptedJob = Pick<JobRow, "id" | "requestId" | "state" | "attempt" | "createdAt">

/** The exchange that a job is told in. */
export interface Exchange {
  /** The id that is sent back: the caller's own for this request, else the job's. */
  requestId: string
  /** How long the client asked to be held for the job's end, in seconds; null: it did not ask. */
  waitSeconds: number | null
  /** Epoch milliseconds. */
  now: number
  /** Null where the job object is all that is asked for. */
  details: Details | null
  /** Null where the request is no submit. */
  stored: StoredExchange | null
}

export interface SubmitExchange extends Exchange {
  stored: StoredExchange
}

/** What the answer to a submit says of how the job was stored. */
export interface StoredExchange {
  /** The path of the request type without the dialect's prefix, as `/chat/completions`. */
  path: string
  /** Whether the Idempotency-Key came before, so that the job is the one that was made then. */
  isReplayed: boolean
  /** Milliseconds from the request's arrival until the job was on disk. */
  storedMs: number
}

/** What the full view of a job shows beside the job object. Times are epoch milliseconds. */
export interface Details {
  attempts: AttemptView[]
  /** The name of the key that the attempt under way went out with; null: none that is configured. */
  keyName: string | null
  /** Of a job that is queued: how many that are alike (caller, model, priority) are due before it. */
  position: number
  /** Of a job that is queued: until when the provider takes no calls for its model; null: it does, for all that is known. */
  closedUntil: number | null
  /** Of a job that is queued: what the configuration lacks for it to go out, in words; null: nothing. */
  lack: string | null
}
