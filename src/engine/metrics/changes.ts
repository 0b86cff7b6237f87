// Tells the HTTP server which jobs have changed, while anybody follows them there: four times a second, in one message.
import type { Clock } from "../../clock.ts"
import type { Claimed, NewJob, State } from "../../jobs/job.ts"

/** How often changes are told. What happens in between is one change. */
const EVERY_MS = 250
/** How many changed jobs one message names. Beyond that it names only whose jobs have changed. */
const NAMED_MAX = 120
const OWNERS_MAX = 1000

/** Of the error of a cancelled job what a list can be filtered by. */
const CANCELLED = '{"error":{"code":"job_cancelled"}}'

/** What a list can be filtered by, at one moment of a job. */
export interface Moment {
  state: State
  /** 0 while the job has never been started. */
  attempt: number
  provider: string
  model: string
  keyId: string | null
  /** Of a failed job: its error object, as JSON text. */
  error: string | null
}

export interface ChangedJob {
  id: string
  requestId: string
  owner: string
  requestType: string
  priority: number
  /** Null: the job is new. */
  was: Moment | null
  /** Null: the job is deleted. */
  is: Moment | null
}

/** One message: see `follow`. */
export interface News {
  /** That of the message `follow`. */
  round: number
  /** How many jobs are in each unfinished state. */
  counts: Counts
  jobs: ChangedJob[]
  /** Owners of whom more jobs have changed than could be named; null: they are too many. Their jobs are not in `jobs`. */
  crowds: string[] | null
}

export interface Counts {
  queued: number
  running: number
  waiting: number
}

type Job = (NewJob | Claimed) & { attempt?: number; keyId?: string | null }

export type Changes = ReturnType<typeof createChanges>

/** @param count counts the unfinished jobs */
export function createChanges({
  clock,
  post,
  count,
}: {
  clock: Clock
  /** Sends a `News` as JSON text. */
  post: (news: string) => void
  count: () => Counts
}) {
  let stop: (() => void) | null = null
  const jobs = new Map<string, ChangedJob>()
  const crowds = new Set<string>()

  function flush(round: number): void {
    const isTooMuch = crowds.size > OWNERS_MAX
    const news: News = {
      round,
      counts: count(),
      jobs: isTooMuch ? [] : [...jobs.values()].filter(({ owner }) => !crowds.has(owner)),
      crowds: isTooMuch ? null : [...crowds],
    }
    jobs.clear()
    crowds.clear()
    post(JSON.stringify(news))
  }

  return {
    /** Begins to tell of changes, with a first message at once, or ends it. */
    follow(round: number | null): void {
      stop?.()
      stop = null
      jobs.clear()
      crowds.clear()
      if (round === null) return
      flush(round)
      stop = clock.every(EVERY_MS, () => {
        if (jobs.size + crowds.size > 0) flush(round)
      })
    },

    /**
     * Notes that a stored job has changed. Costs nothing while nobody follows.
     * @param from null: it is new
     * @param to null: it is deleted
     * @param over what else the job has from now on
     */
    note(job: Job, from: State | null, to: State | null, over: Partial<Moment> = {}): void {
      if (stop === null) return
      const { id, requestId, owner, requestType, priority, provider, model, attempt = 0, keyId = null } = job
      if (crowds.has(owner)) return
      const error = to === "cancelled" ? CANCELLED : null
      const moment = (state: State): Moment => ({ state, attempt, provider, model, keyId, error: null })
      const is = to === null ? null : { ...moment(to), error, ...over }
      const there = jobs.get(id)
      if (there) there.is = is
      else if (jobs.size < NAMED_MAX) {
        const was = from === null ? null : moment(from)
        jobs.set(id, { id, requestId, owner, requestType, priority, was, is })
      } else if (crowds.size <= OWNERS_MAX) crowds.add(owner)
    },
  }
}
