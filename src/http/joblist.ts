// Lists the jobs of a caller, page by page.
import { GatewayError } from "../errors.ts"
import type { ListQuery, Reads } from "../jobs/reads.ts"
import { nameKey } from "../providers/keys.ts"
import type { ProviderSettings } from "../providers/provider.ts"
import { toShortResponse } from "./compressed.ts"
import type { JobDialect } from "./dialects/dialect.ts"
import type { EngineClient } from "./engineclient.ts"
import { describeOwner } from "./intake/caller.ts"
import { ENDING_SECONDS_MAX } from "./jobs.ts"
import { checkNames, filterNames, readFilter } from "./request/filters.ts"
import { type ListerOptions, listOwners } from "./request/owners.ts"
import { readRequestId } from "./request/requestid.ts"
import type { Waits } from "./wait.ts"

export interface JobListOptions extends ListerOptions {
  engine: Pick<EngineClient, "listEnding">
  reads: Reads
  providers: ReadonlyMap<string, ProviderSettings>
  waits: Waits
}

const LIMIT_DEFAULT = 20
const LIMIT_MAX = 100

/** The jobs of the caller, newest first; for the admin those of all callers. */
export async function list(dialect: JobDialect, request: Request, options: JobListOptions): Promise<Response> {
  const owners = listOwners(request, options)
  await waitForEnds(request, options)
  const url = new URL(request.url)
  // Read first: what changes between the two is then known to be newer than the page.
  const revision = await options.reads.revision()
  const page = await options.reads.list(readListQuery(request, owners, options), options.clock.now())
  if (page.next !== null) url.searchParams.set("after", page.next)
  const nextPath = page.next === null ? null : `${url.pathname}${url.search}`
  const jobs = page.jobs.map((job) => ({
    ...job,
    keyName: job.keyName ?? nameKey(options.providers.get(job.provider), job.keyId),
    ownedBy: owners === null ? describeOwner(job.owner, options.keyring) : undefined,
  }))
  return toShortResponse(request, dialect.listed({ ...page, jobs, revision }, nextPath, readRequestId(request)))
}

/** Waits until the jobs whose clients have their answers are stored as ended. */
export async function waitForEnds(
  { signal }: Request,
  { engine, waits }: Pick<JobListOptions, "engine" | "waits">,
): Promise<void> {
  await Promise.all(engine.listEnding().map((id) => waits.until(id, ENDING_SECONDS_MAX, signal)))
}

const pageNames = [...filterNames, "limit", "after"]
/** What clients of OpenAI's and Bifrost's own lists send, which has no meaning here. */
const ignored = /^(order|before|include(\[\])?|metadata(\[.*\])?|offset|sort_by)$/

function readListQuery(request: Request, owners: readonly string[] | null, options: JobListOptions): ListQuery {
  const given = new URL(request.url).searchParams
  checkNames(given, pageNames, "filter", (name) => ignored.test(name))
  const filter = readFilter(given, owners, request, options)
  const after = given.get("after")
  const before = after !== null && after < filter.before ? after : filter.before
  return { ...filter, before, limit: readLimit(given.get("limit")) }
}

function readLimit(text: string | null): number {
  const limit = text === null ? LIMIT_DEFAULT : /^\d+$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= LIMIT_MAX) return limit
  throw new GatewayError("invalid_request", `limit must be a whole number from 1 to ${LIMIT_MAX}`, { param: "limit" })
}
