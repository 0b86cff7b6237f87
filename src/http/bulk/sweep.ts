// Goes through all jobs that match a filter, a batch at a time, and cancels or deletes them. The jobs are those that matched at one
// moment and still do at their turn: see decision 0189. Nothing is remembered of them but how far it has come.
import type { Clock } from "../../clock.ts"
import type { JobFilter } from "../../jobs/jobfilter.ts"
import type { ListedJob, Reads } from "../../jobs/reads.ts"
import type { Changed, EngineClient } from "../engineclient.ts"
import { matchedAt } from "./moment.ts"

/** How many jobs one turn of the engine changes at most: bounds the time that a submit waits for such a turn. */
export const BATCH_MAX = 500

export interface SweepOptions {
  engine: Pick<EngineClient, "cancelSome" | "removeSome">
  reads: Reads
  clock: Clock
  /** Makes the id of a job that is accepted at this time. */
  newJobId: (now: number) => string
  /** Resolves after the other events that are waiting have been handled. */
  breathe: () => Promise<void>
}

/** The jobs that match at one moment. */
export interface Selection {
  filter: JobFilter
  /** Higher than the ids of all jobs that were accepted by the moment, and lower than all later ones. */
  id: string
  /** Epoch milliseconds. */
  moment: number
}

/** Selects the jobs that match now. Nothing may be done with them before `awaitMoment` resolves. */
export function selectNow(filter: JobFilter, { clock, newJobId }: Pick<SweepOptions, "clock" | "newJobId">): Selection {
  const moment = clock.now()
  return { filter, id: newJobId(moment), moment }
}

/** Resolves when all that was stored at the moment can be read, and nothing more can be stored with that time. */
export async function awaitMoment(
  { moment, filter }: Selection,
  { engine, clock }: Pick<SweepOptions, "engine" | "clock">,
): Promise<void> {
  while (clock.now() <= moment) await new Promise<void>((resolve) => clock.after(1, resolve))
  // An empty batch is stored by a turn that began later: all turns of the moment come before it.
  await engine.cancelSome([], filter)
}

/** The jobs of a selection that still match, newest first, in batches of at most 500. */
export async function* eachBatch(
  { filter, id, moment }: Selection,
  { reads, clock, breathe }: Pick<SweepOptions, "reads" | "clock" | "breathe">,
): AsyncGenerator<ListedJob[]> {
  for (let next: string | null = filter.before < id ? filter.before : id; next !== null; ) {
    const page = await reads.list({ ...filter, before: next, limit: BATCH_MAX }, clock.now())
    const jobs: ListedJob[] = []
    for (const job of page.jobs) if (await matchedAt(job, filter, moment, reads)) jobs.push(job)
    if (jobs.length > 0) yield jobs
    next = page.next
    await breathe()
  }
}

/** Cancels or deletes the jobs of a batch that still are in the states of the filter. Returns how many. */
export async function changeAll(
  action: "cancel" | "delete",
  jobs: readonly ListedJob[],
  filter: JobFilter,
  { engine }: Pick<SweepOptions, "engine">,
): Promise<number> {
  const change = (ids: readonly string[]): Promise<Changed> =>
    action === "cancel" ? engine.cancelSome(ids, filter) : engine.removeSome(ids, filter)
  let count = 0
  for (let ids = jobs.map(({ id }) => id); ids.length > 0; ) {
    const changed = await change(ids)
    count += changed.count
    ids = ids.slice(changed.looked)
  }
  return count
}
