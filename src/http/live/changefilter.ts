// Decides which of the changed jobs a reader of events is told of. Pure.
import type { ChangedJob, Moment, News } from "../../engine/threads/protocol.ts"
import { isInState } from "../../jobs/job.ts"
import type { ListQuery } from "../../jobs/reads.ts"

/** More changed jobs than these are not named: the reader asks for its list again. */
const NAMED_MAX = 100

/** What readers of one filter have not been told yet. It never changes, because several may have the same. */
export interface Untold {
  counts: News["counts"]
  jobs: ReadonlyMap<string, Told>
  /** Whether more has changed than is named here. */
  isMore: boolean
}

interface Told {
  state: string
  isNew: boolean
}

/** For each news: filter -> what it has for readers of this filter. Most readers have the same, and it is found once for all of them. */
const selections = new WeakMap<News, Map<string, Untold>>()

/**
 * Adds news to what a reader has not been told. Its size is bounded, however long the reader takes nothing.
 * @param name the same for the same filter, and only for that
 */
export function addNews(untold: Untold | null, news: News, filter: ListQuery, name: string): Untold {
  const selected = selectOnce(news, filter, name)
  if (untold === null) return selected
  const jobs = new Map(untold.jobs)
  for (const [id, { state, isNew }] of selected.jobs) jobs.set(id, { state, isNew: jobs.get(id)?.isNew ?? isNew })
  return bound(selected.counts, jobs, untold.isMore || selected.isMore)
}

function selectOnce(news: News, filter: ListQuery, name: string): Untold {
  const byName = selections.get(news) ?? new Map<string, Untold>()
  selections.set(news, byName)
  const there = byName.get(name) ?? select(news, filter)
  byName.set(name, there)
  return there
}

function select(news: News, filter: ListQuery): Untold {
  const { owners } = filter
  const jobs = new Map<string, Told>()
  const isCrowded = news.crowds === null || news.crowds.some((owner) => owners === null || owners.includes(owner))
  for (const job of isCrowded ? [] : news.jobs) {
    if (concerns(job, filter)) jobs.set(job.id, { state: job.is?.state ?? "deleted", isNew: job.was === null })
  }
  return bound(news.counts, jobs, isCrowded)
}

function bound(counts: News["counts"], jobs: Map<string, Told>, isMore: boolean): Untold {
  return isMore || jobs.size > NAMED_MAX ? { counts, jobs: new Map(), isMore: true } : { counts, jobs, isMore }
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
