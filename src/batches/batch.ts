// Files and batches as they are stored. Types, and small values that go with them. Times are epoch milliseconds.

/** What an uploaded file may be for; only `batch` is used here. The last is that of the results that a batch writes. */
export const uploadPurposes = ["assistants", "batch", "fine-tune", "vision", "user_data", "evals"] as const
export const RESULT_PURPOSE = "batch_output"

/** The directory with the bytes of files, beside the database. */
export const FILES_DIRECTORY = "files"

/** A file. Its bytes are on the disk under its id: see jobs/filebytes.ts. */
export interface StoredFile {
  /** The store's. */
  number: number
  /** `file-` and 32 hexadecimal digits. */
  id: string
  /** As of a job; empty: nobody's. */
  owner: string
  filename: string
  purpose: string
  bytes: number
  createdAt: number
  /** Null: it is kept. */
  expiresAt: number | null
}

export type NewFile = Omit<StoredFile, "number">

export const batchStatuses = [
  "validating",
  "failed",
  "in_progress",
  "finalizing",
  "completed",
  "expired",
  "cancelling",
  "cancelled",
] as const
export type BatchStatus = (typeof batchStatuses)[number]

/** The window of a batch that nobody waits a night for: its jobs have the usual priority, those of others are low. */
export const IMMEDIATE = "immediate"

/** Those in which something is still to be done. */
export const unfinishedStatuses: readonly BatchStatus[] = ["validating", "in_progress", "finalizing", "cancelling"]

/** A batch: the parent of ordinary jobs, one for each line of its input file. */
export interface Batch {
  /** The store's: jobs name their batch by it. */
  number: number
  /** `batch_` and 32 hexadecimal digits. */
  id: string
  owner: string
  /** Who its jobs are submitted for (a `BatchCaller` as JSON text), encrypted. Cleared when it ends. */
  sealed: Uint8Array | null
  /** As `/v1/chat/completions`, and the request type that it serves. */
  url: string
  requestType: string
  /** The id of the input file. */
  inputFile: string
  /** As it was sent: `24h`, `immediate`. */
  window: string
  expiresAt: number
  /** JSON text of an object; null: none. */
  metadata: string | null
  /** How long the files with its results are kept. */
  outputTtlMs: number
  status: BatchStatus
  /** JSON text of a list of `LineError`; null: none. */
  errors: string | null
  /** How many lines the input has; null: it is not counted yet. */
  total: number | null
  /** How many of its first lines have become a job or have been refused. */
  taken: number
  /** How many of these have ended: with a result, or without one. */
  completed: number
  failed: number
  inputTokens: number
  outputTokens: number
  /** US dollars, of the calls of its jobs whose cost is known; null: not known of a batch that an earlier version has stored. */
  cost: number | null
  callsWithoutCost: number
  /** The ids of the files with its results; null: not written, or there is nothing to write. */
  outputFile: string | null
  errorFile: string | null
  createdAt: number
  inProgressAt: number | null
  finalizingAt: number | null
  completedAt: number | null
  failedAt: number | null
  expiredAt: number | null
  cancellingAt: number | null
  cancelledAt: number | null
}

export type NewBatch = Omit<Batch, "number">

/** The `statusCode` of the record of a line whose job was deleted before the results were written. */
export const REMOVED = 0

/** A line that could not become a job, or whose job was deleted. */
export interface LineRefusal {
  /** Counted from 1. */
  line: number
  /** The HTTP status; or `REMOVED`. */
  statusCode: number
  /** The API's error object, as JSON text. */
  error: string
}

/** Makes the id of a file or a batch of one that is unique among jobs. */
export function makeFileId(jobId: string): string {
  return `file-${jobId.replaceAll("-", "")}`
}

export function makeBatchId(jobId: string): string {
  return `batch_${jobId.replaceAll("-", "")}`
}

/** The id from which the id of a file or a batch was made; null where it is none. */
export function readJobId(id: string): string | null {
  const [, a, b, c, d, e] =
    /^(?:file-|batch_)([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(id) ?? []
  return a === undefined ? null : [a, b, c, d, e].join("-")
}
