// The messages about the event log: between a provider worker and the engine, and from the engine to the HTTP server.

/** Events of an answer for the event log, perhaps none. */
export interface LoggedEvents {
  jobId: string
  attempt: number
  /** The state of the upstream job that they come from, with the first of them. */
  state?: string
  /** As `eventline.ts` writes them, separated by line feeds. */
  lines: string
  count: number
  chars: number
  /** The provider's number of the last of them; null: it has none. */
  sequence: number | null
  /** Whether a call of a function is complete, in these or earlier ones. */
  hasCall: boolean
}

/** So many characters of logged events are on disk, or not needed. */
export interface StoredEvents {
  jobId: string
  attempt: number
  chars: number
}

/** Consecutive events of a log. `first` is the place of the first, counted from 0. */
export interface AddedEvents {
  id: string
  attempt: number
  first: number
  /** Empty: it says how many there are when it is begun to be followed. */
  lines: string
}
