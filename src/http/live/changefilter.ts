// Decides which of the changed jobs a reader of events is told of. Pure.
import type { ChangedJob, Moment, News } from "../../engine/threads/protocol.ts"
import { isInState } from "../../jobs/job.ts"
import type { ListQuery } from "../../jobs/reads.ts"

/** More changed jobs than these are not named: the reader asks for its list again. */
const NAMED_MAX = 200

/** What one reader has not been told yet. */
export interface Untold {
  counts: News["counts"]
  /** Job id -> its state, and whether it is new. */
  jobs: Map<string, { state: string; isNew: boolean }>
  /** Whether more has changed than is named here. */
  isMore: boolean
}

/** Adds the news that concern this reader. Their size is bounded, however long it reads nothing. */
export function addNews(untold: Untold | null, news: News, filter: ListQuery): Untold {
  const { owners } = filter
  const jobs = untold?.jobs ?? new Map()
  for (const job of news.jobs) {
    if (!concerns(job, filter)) continue
    const isNew = jobs.get(job.id)?.isNew ?? job.was === null
    jobs.set(job.id, { state: job.is?.state ?? "deleted", isNew })
  }
  const isCrowded = news.crowds === null || news.crowds.some((owner) => owners === null || owners.includes(owner))
  const isMore = isCrowded || jobs.size > NAMED_MAX || untold?.isMore === true
  if (isMore) jobs.clear()
  return { counts: news.counts, jobs, isMore }
}

/** Whether the job matches the filter, or did before it changed. */
function concerns(job: ChangedJob, filter: ListQuery): boolean {
  return (
    (filter.owners === null || filter.owners.includes(job.owner)) &&
    job.id < filter.before &&
    job.id >= filter.from &&
    (filter.requestType === null || job.requestType === filter.requestType) &&
    (fits(job.was, filter) || fits(job.is, filter))
  )
}

function fits(moment: Moment | null, filter: ListQuery): boolean {
  return (
    moment !== null &&
    isInState(moment, filter) &&
    (filter.provider === null || filter.provider === moment.provider) &&
    (filter.model === null || filter.model === moment.model)
  )
}
