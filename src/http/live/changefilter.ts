// Decides which of the changed jobs a reader of events is told of. Pure.
import type { ChangedJob, Moment, News } from "../../engine/threads/protocol.ts"
import { fits, type JobFilter } from "../../jobs/jobfilter.ts"

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
export function addNews(untold: Untold | null, news: News, filter: JobFilter, name: string): Untold {
  const selected = selectOnce(news, filter, name)
  if (untold === null) return selected
  const jobs = new Map(untold.jobs)
  for (const [id, { state, isNew }] of selected.jobs) jobs.set(id, { state, isNew: jobs.get(id)?.isNew ?? isNew })
  return bound(selected.counts, jobs, untold.isMore || selected.isMore)
}

function selectOnce(news: News, filter: JobFilter, name: string): Untold {
  const byName = selections.get(news) ?? new Map<string, Untold>()
  selections.set(news, byName)
  const there = byName.get(name) ?? select(news, filter)
  byName.set(name, there)
  return there
}

function select(news: News, filter: JobFilter): Untold {
  const { owners } = filter
  const jobs = new Map<string, Told>()
  const isCrowded = news.crowds === null || news.crowds.some((owner) => owners === null || owners.includes(owner))
  for (const job of isCrowded ? [] : news.jobs) {
    if (concerns(job, filter)) jobs.set(job.id, { state: job.is?.state ?? "deleted", isNew: job.was === null })
  }
  // Of the sum of a job's costs, of its origin, of its batch and of its Idempotency-Key the news say nothing: whoever filters by them must ask.
  const { minCost, origin, batch, idempotencyKeys } = filter
  const isUnknown = jobs.size > 0 && [minCost, origin, batch, idempotencyKeys].some((wanted) => wanted !== null)
  return bound(news.counts, jobs, isCrowded || isUnknown)
}

function bound(counts: News["counts"], jobs: Map<string, Told>, isMore: boolean): Untold {
  return isMore || jobs.size > NAMED_MAX ? { counts, jobs: new Map(), isMore: true } : { counts, jobs, isMore }
}

/** Whether the job matches the filter, or did before it changed, as far as the news say. */
function concerns(job: ChangedJob, filter: JobFilter): boolean {
  const { was, is } = job
  return job.id < filter.before && job.id >= filter.from && (fitsAt(was, job, filter) || fitsAt(is, job, filter))
}

function fitsAt(moment: Moment | null, job: ChangedJob, filter: JobFilter): boolean {
  if (moment === null) return false
  const unknown = { cost: null, keyName: null, upstreamRequestId: null, originId: null, batchId: null }
  return fits({ ...job, ...moment, ...unknown }, { ...filter, minCost: null, origin: null, batch: null })
}
