// The changes of the reaper: it deletes what has expired, and stored responses before that where the database is too large. Types.
// Times are epoch milliseconds.

/** The members of each kind of change. */
export interface ExpiryChanges {
  /** Deletes up to `limit` expired jobs, fewer where their bodies are long. */
  prune: { limit: number }
  trimResponses: TrimResponses
  /** Deletes quotas that opened before a time, and the usage of days before a day. */
  forget: { quotasBefore: number; daysBefore: number }
}

/** How much the database may hold, and which stored responses are deleted before their time where it holds more. */
export interface ResponseBound {
  /** The time for which the responses are kept whose requests do not say for how long, and conversations. */
  ttlMs: number
  /** None is deleted for so long after its end. */
  sparedMs: number
  /** Without the free pages of the database. */
  bytesMax: number
}

/**
 * Deletes up to `limit` stored responses before their time, the oldest first, fewer where their bodies are long, while the database holds
 * more than `bytesMax`. Jobs of batches and jobs that were kept for another time than `ttlMs` stay.
 */
export interface TrimResponses extends Pick<ResponseBound, "ttlMs" | "bytesMax"> {
  /** Only those that ended by then. */
  endedBy: number
  /** Only those that were stored after the job with this number. */
  after: number
  limit: number
}

/** The result of each. */
export interface ExpiryResults {
  /** How many jobs were deleted. */
  prune: number
  /** How many jobs were deleted, and the number of the last that was looked at; null: there is nothing more to delete. */
  trimResponses: { count: number; last: number | null }
  forget: null
}
