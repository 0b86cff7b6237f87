// Which jobs are meant: the one filter of lists, of what is done to many jobs, and of events. Pure.
import { parseJson } from "../json.ts"
import { asRecord } from "../values.ts"
import { isInState, type State, type StateFilter } from "./job.ts"

/** What a filter looks at: see `ListedJob` in reads.ts. */
interface FilteredJob {
  id: string
  requestId: string
  requestType: string
  owner: string
  provider: string
  model: string
  priority: number
  state: State
  attempt: number
  keyId: string | null
  keyName: string | null
  upstreamRequestId: string | null
  error: string | null
  cost: number | null
  originId: string | null
  batchId: string | null
}

/** Members that are null match every job. Ids rise with time, so that ids serve as time bounds too. */
export interface JobFilter extends StateFilter {
  owners: readonly string[] | null
  /** The exclusive upper bound of the ids. */
  before: string
  /** The inclusive lower bound of the ids. */
  from: string
  requestType: string | null
  provider: string | null
  model: string | null
  /** 0 low, 1 normal, 2 high. */
  priority: number | null
  errorCode: string | null
  /** The name of the key of the last attempt, and the ids of the configured keys of that name. */
  key: { name: string; ids: readonly string[] } | null
  /** US dollars. A job of unknown cost matches no minimum. */
  minCost: number | null
  /** The id of the job that it repeats. */
  origin: string | null
  /** The id of the batch that it belongs to. */
  batch: string | null
  /** Stored forms of an Idempotency-Key: one for each caller who can have sent it. A job matches that has any of them. */
  idempotencyKeys: readonly string[] | null
  /** The id of the job or its beginning, the request's id, or the provider's id of the last request. */
  search: string | null
}

/** Whether the filter looks at members that few jobs may match. */
export function isSelective(filter: JobFilter): boolean {
  const { states, requestType, provider, model, priority, errorCode, key, minCost, origin, batch, search } = filter
  const wanted = [states, requestType, provider, model, priority, errorCode, key, minCost, origin, batch, search]
  return wanted.some((each) => each !== null)
}

/** Whether a job matches. The bounds of the ids are not looked at, and neither is the Idempotency-Key. */
export function fits(job: FilteredJob, filter: JobFilter): boolean {
  const { owners, requestType, provider, model, priority, key, minCost, origin, batch } = filter
  return (
    (owners === null || owners.includes(job.owner)) &&
    isInState(job, filter) &&
    (requestType === null || job.requestType === requestType) &&
    (provider === null || job.provider === provider) &&
    (model === null || job.model === model) &&
    (priority === null || job.priority === priority) &&
    (origin === null || job.originId === origin) &&
    (batch === null || job.batchId === batch) &&
    (minCost === null || (job.cost !== null && job.cost >= minCost)) &&
    (key === null || (job.keyName === null ? key.ids.includes(job.keyId ?? "") : job.keyName === key.name)) &&
    (filter.errorCode === null || hasErrorCode(job.error, filter.errorCode)) &&
    (filter.search === null || isFound(job, filter.search))
  )
}

/** Fewer characters are no beginning of an id: they would be those of very many. */
const START_CHARS_MIN = 8

/** Whether the text is the id of this job or the beginning of it. */
export function beginsWith({ id }: { id: string }, search: string): boolean {
  return search.length >= START_CHARS_MIN && id.startsWith(search.toLowerCase())
}

/** Most errors do not even contain the text, and are not parsed. */
function hasErrorCode(error: string | null, code: string): boolean {
  return error?.includes(code) === true && asRecord(asRecord(parseJson(error))["error"])["code"] === code
}

function isFound(job: FilteredJob, search: string): boolean {
  return beginsWith(job, search) || job.requestId === search || job.upstreamRequestId === search
}
