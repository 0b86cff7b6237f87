// Invariants of batches: a row's counters are the ends of its jobs, no line has two jobs, and a job that is deleted before its batch has
// ended leaves a record of its line.
import { type Batch, type BatchStatus, REMOVED, unfinishedStatuses } from "../../src/batches/batch.ts"
import type { NewJob } from "../../src/jobs/job.ts"
import type { Change } from "./changes.ts"
import { type Ledger, terminal } from "./ledger.ts"

const counters = ["taken", "completed", "failed", "inputTokens", "outputTokens", "cost", "callsWithoutCost"] as const
type Counts = Record<(typeof counters)[number], number>

/** What a trigger has recorded of a row of `batches`. */
export type BatchRow = Pick<Batch, "number" | "status" | "inputFile"> & Counts

/** What a trigger has recorded of a row of `batch_refusals`. */
interface Refusal {
  batch: number
  line: number
  statusCode: number
}

const next: Record<BatchStatus, readonly BatchStatus[]> = {
  validating: ["in_progress", "cancelling"],
  in_progress: ["finalizing", "cancelling"],
  finalizing: ["completed"],
  cancelling: ["cancelled"],
  completed: [],
  cancelled: [],
  failed: [],
  expired: [],
}

/** Outcomes of attempts that nobody bills. */
const free = ["refused", "unconnected", "misconfigured", "not_sent"]

export class BatchCounts {
  /** The rows on disk, the oldest first. */
  readonly rows = new Map<number, BatchRow>()
  /** What the rows of jobs, attempts and refusals imply. */
  private readonly counted = new Map<number, Counts>()
  /** The lines that have or had a job or a refusal, and those with a record on disk, each as `batch line`. */
  readonly lines = new Set<string>()
  private readonly recorded = new Set<string>()

  constructor(private readonly ledger: Ledger) {}

  /** Checks the changes of a committed transaction, before the rows of its jobs are known. */
  committed(changes: readonly Change[]): void {
    const ended = new Set<string>()
    const touched = new Set<number>()
    for (const change of changes) {
      if (change.batchRow !== null) touched.add(this.apply(change.kind, JSON.parse(change.batchRow)))
      const { job, row } = this.ledger.jobs.get(change.id) ?? {}
      if (job === undefined || job.batch === null) continue
      touched.add(job.batch)
      if (change.kind === "insert") this.taken(job, change)
      else if (change.kind === "attempt") this.spent(job.batch, change)
      else if (change.kind === "delete") this.deleted(job, change)
      else if (terminal.has(change.state) && !ended.has(change.id) && !(row && terminal.has(row.state))) {
        ended.add(change.id)
        this.find(job.batch)[change.state === "succeeded" ? "completed" : "failed"]++
      }
    }
    for (const number of touched) {
      const row = this.rows.get(number)
      const counts = this.find(number)
      for (const name of counters) {
        this.ledger.must(
          row === undefined || row[name] === counts[name],
          () => `batch ${number} has ${name} ${row?.[name]}, and its jobs ${counts[name]}`,
        )
      }
    }
  }

  /** The first line that has no job and no refusal, and for which none is under way. */
  chooseLine(batch: number): number {
    const asked = new Set(
      [...this.ledger.requests.values()].map((request) => {
        if (request.kind === "batch") return request.id
        const job = request.kind === "submit" ? this.ledger.jobs.get(request.id)?.job : undefined
        return job ? nameLine(job) : ""
      }),
    )
    let line = 1
    while ([this.lines, asked].some((there) => there.has(`${batch} ${line}`))) line++
    return line
  }

  countLines(batch: number): number {
    return [...this.lines].filter((line) => line.startsWith(`${batch} `)).length
  }

  listUnfinished(): BatchRow[] {
    return [...this.rows.values()].filter(isUnfinished)
  }

  /** @returns the number of the batch */
  private apply(kind: Change["kind"], row: BatchRow & Refusal & { id: string }): number {
    const { ledger } = this
    if (kind === "file gone") {
      const reader = this.listUnfinished().find(({ inputFile }) => inputFile === row.id)
      ledger.must(reader === undefined, () => `${row.id} is deleted, and batch ${reader?.number} reads it`)
      return 0
    }
    if (kind === "line record") {
      const name = `${row.batch} ${row.line}`
      this.recorded.add(name)
      if (row.statusCode === REMOVED) return row.batch
      ledger.must(!this.lines.has(name), () => `line ${name} is refused, and has a job`)
      this.lines.add(name)
      const counts = this.find(row.batch)
      counts.failed++
      counts.taken = Math.max(counts.taken, row.line)
      return row.batch
    }
    const before = this.rows.get(row.number)
    if (kind === "batch gone") {
      ledger.must(
        before !== undefined && !isUnfinished(before),
        () => `batch ${row.number} is deleted, and has not ended`,
      )
      this.rows.delete(row.number)
      return row.number
    }
    const isMove = before === undefined || before.status === row.status || next[before.status].includes(row.status)
    ledger.must(isMove, () => `batch ${row.number} goes from ${before?.status} to ${row.status}`)
    this.rows.set(row.number, row)
    return row.number
  }

  private taken(job: NewJob, { id }: Change): void {
    const name = nameLine(job)
    this.ledger.must(!this.lines.has(name), () => `${id} is the second job of line ${name}`)
    this.lines.add(name)
    const counts = this.find(job.batch ?? 0)
    counts.taken = Math.max(counts.taken, job.batchLine ?? 0)
  }

  private spent(batch: number, { usage, cost, outcome }: Change): void {
    const counts = this.find(batch)
    const used = JSON.parse(usage ?? "{}") as { input_tokens?: number; output_tokens?: number }
    counts.inputTokens += used.input_tokens ?? 0
    counts.outputTokens += used.output_tokens ?? 0
    counts.cost += cost ?? 0
    if (cost === null && !free.includes(outcome ?? "")) counts.callsWithoutCost++
  }

  private deleted(job: NewJob, { id, state, expiresAt }: Change): void {
    const row = this.rows.get(job.batch ?? 0)
    if (state === "queued") this.find(job.batch ?? 0).failed++
    if (expiresAt !== null && expiresAt <= this.ledger.now()) return
    const isNeeded = row !== undefined && isUnfinished(row)
    this.ledger.must(
      this.recorded.has(nameLine(job)) === isNeeded,
      () => `${id} is deleted, its batch is ${row?.status}, and its line has ${isNeeded ? "no" : "a"} record`,
    )
  }

  private find(batch: number): Counts {
    let counts = this.counted.get(batch)
    if (counts === undefined) {
      counts = Object.fromEntries(counters.map((name) => [name, 0])) as Counts
      this.counted.set(batch, counts)
    }
    return counts
  }
}

function isUnfinished({ status }: BatchRow): boolean {
  return unfinishedStatuses.includes(status)
}

export function nameLine({ batch, batchLine }: Pick<NewJob, "batch" | "batchLine">): string {
  return `${batch} ${batchLine}`
}
