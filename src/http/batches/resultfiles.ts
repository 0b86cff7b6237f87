// Writes the two files with the results of a batch, one line for each of its lines, in their order: as they end, and the last at its end.
import { type Batch, type LineRefusal, makeFileId, type NewFile, REMOVED, RESULT_PURPOSE } from "../../batches/batch.ts"
import type { InputLine } from "../../batches/inputlines.ts"
import { type LineFailure, writeAnswer, writeFailure } from "../../batches/resultlines.ts"
import type { Clock } from "../../clock.ts"
import { GatewayError } from "../../errors.ts"
import type { FileBytes, FileDraft } from "../../jobs/filebytes.ts"
import { terminalStates } from "../../jobs/job.ts"
import type { BatchJob, JobView, Reads } from "../../jobs/reads.ts"
import { callDialect } from "../dialects/openai.ts"
import type { EngineClient } from "../engineclient.ts"
import { readWholeResult } from "../result.ts"
import { createPace, type LineOptions, readLines } from "./batchlines.ts"

export interface ResultOptions extends Omit<LineOptions, "fileBytes"> {
  fileBytes: FileBytes
  engine: LineOptions["engine"] & Pick<EngineClient, "trouble">
  reads: Reads
  clock: Clock
  newJobId: (now: number) => string
}

export interface Results {
  files: NewFile[]
  outputFile: string | null
  errorFile: string | null
  /** How many lines the end of the batch kept from being run. */
  unrun: number
}

/** How many lines are looked up at a time. */
const PAGE = 100
/** How much is gathered before it is written. */
const WRITTEN_CHARS = 64 * 1024

export type ResultWriter = ReturnType<typeof createResultWriter>

/** Writes the results of a batch. Nothing is kept until `finish` has resolved: a restart writes all anew. */
export function createResultWriter(batch: Batch, options: ResultOptions) {
  const output = createResultFile(batch, "output", options)
  const errors = createResultFile(batch, "error", options)
  const pace = createPace(options)
  const lines = readLines(batch, 0, options)
  let page: Page = { end: 1, hasEnded: true, jobs: new Map(), refusals: new Map() }
  let next = 1
  let unrun = 0

  /**
   * @param isOver whether the batch has ended: else this stops before the first line that has not
   * @param failure what lines say then that have not been run
   */
  async function write(isOver: boolean, failure: LineFailure | null): Promise<void> {
    for (;;) {
      if (next >= page.end) {
        const read = await readPage(batch, next, options)
        if (!isOver && !read.hasEnded) return
        page = read
      }
      const { done, value } = await lines.next()
      if (done) return
      const [file, text, isUnrun = false] = await describe(value, page, failure)
      await (file === "output" ? output : errors).add(text)
      if (isUnrun) unrun++
      next = value.number + 1
      await pace()
    }
  }

  return {
    /** Writes the lines that have ended, up to the first that has not. @throws as `finish` */
    advance: (): Promise<void> => write(false, null),

    /**
     * @param failure what lines say that have not been run; null: the batch has run to its end
     * @throws {InputLost} and what the disk says. It is to be abandoned then
     */
    async finish(failure: LineFailure | null): Promise<Results> {
      await write(true, failure)
      const files = [await output.keep(), await errors.keep()]
      const [outputFile, errorFile] = files.map((file) => file?.id ?? null)
      return {
        files: files.filter((file) => file !== null),
        outputFile: outputFile ?? null,
        errorFile: errorFile ?? null,
        unrun,
      }
    },

    /** Deletes what was written. */
    async abandon(): Promise<void> {
      await lines.return(undefined)
      await output.abandon()
      await errors.abandon()
    },
  }

  type Described = ["output" | "error", text: string, isUnrun?: boolean]

  async function describe(
    { number: line, customId }: InputLine,
    page: Page,
    failure: LineFailure | null,
  ): Promise<Described> {
    const refusal = page.refusals.get(line)
    const key = `${batch.id.slice("batch_".length)}${line}`
    if (refusal) {
      const { statusCode, error } = refusal
      if (statusCode === REMOVED) return ["error", writeFailure(customId, key, "job_deleted")]
      return [
        "error",
        writeAnswer(customId, { jobId: key, requestId: key, statusCode, body: writeError(statusCode, error) }),
      ]
    }
    const job = page.jobs.get(line)
    if (!job) {
      // A job that is deleted leaves a record: this line was never stored.
      return ["error", writeFailure(customId, key, failure ?? "job_deleted"), failure !== null]
    }
    const { id: jobId, requestId } = job
    if (failure !== null && wasStopped(job)) return ["error", writeFailure(customId, jobId, failure), true]
    const statusCode = job.statusCode ?? 500
    if (job.error !== null) {
      return ["error", writeAnswer(customId, { jobId, requestId, statusCode, body: writeError(statusCode, job.error) })]
    }
    const view = await options.reads.job(jobId, options.clock.now())
    if (view === null) return ["error", writeFailure(customId, jobId, "job_deleted")]
    return ["output", writeAnswer(customId, { jobId, requestId, statusCode, body: await readBody(view) })]
  }

  async function readBody(view: JobView): Promise<string> {
    // In one line, as every reader of JSONL expects. JSON text breaks lines only between its values.
    return (await readWholeResult(view, options.reads)).replace(/[\r\n]+/g, " ") || "null"
  }
}

interface Page {
  /** The first line that is not in it. */
  end: number
  /** Whether no more becomes of any of its lines. */
  hasEnded: boolean
  jobs: ReadonlyMap<number, BatchJob>
  refusals: ReadonlyMap<number, LineRefusal>
}

async function readPage({ number, total }: Batch, from: number, { reads }: ResultOptions): Promise<Page> {
  const end = from + PAGE
  const jobs = byLine(await reads.batchJobs(number, from, end))
  const refusals = byLine(await reads.batchRefusals(number, from, end))
  const last = Math.min(end - 1, total ?? 0)
  const lines = Array.from({ length: Math.max(0, last - from + 1) }, (_, at) => from + at)
  const hasEnded = lines.every((line) => refusals.has(line) || isFinal(jobs.get(line)))
  return { end, hasEnded, jobs, refusals }
}

function byLine<Row extends { line: number }>(rows: readonly Row[]): Map<number, Row> {
  return new Map(rows.map((row) => [row.line, row]))
}

/** Whether the job has ended by itself: of one that was stopped the end of the batch decides what its line says. */
function isFinal(job: BatchJob | undefined): boolean {
  return job !== undefined && terminalStates.has(job.state) && !wasStopped(job)
}

/** Whether the end of the batch has ended the job. */
function wasStopped({ state, error }: BatchJob): boolean {
  return state === "cancelled" || (error?.includes('"deadline_exceeded"') ?? false)
}

/** An error as the answer to a call on OpenAI's wire has it. */
function writeError(statusCode: number, error: string): string {
  return JSON.stringify({ error: callDialect.describeFailure({ statusCode, error }) })
}

/** A file that is created with its first line. */
function createResultFile(
  { id: batchId, owner, outputTtlMs }: Batch,
  kind: "output" | "error",
  options: ResultOptions,
) {
  let id = ""
  let draft: FileDraft | null = null
  let pending: string[] = []
  let pendingChars = 0

  async function flush(): Promise<void> {
    const trouble = options.engine.trouble()
    if (trouble !== null) throw new GatewayError("store_full", `the results cannot be written: ${trouble}`)
    const text = pending.join("")
    pending = []
    pendingChars = 0
    await draft?.write(Buffer.from(text))
  }

  return {
    async add(text: string): Promise<void> {
      if (draft === null) {
        id = makeFileId(options.newJobId(options.clock.now()))
        draft = await options.fileBytes.create(id)
      }
      pending.push(text)
      pendingChars += text.length
      if (pendingChars >= WRITTEN_CHARS) await flush()
    },

    /** The file, once it is on disk; null: it has no lines. */
    async keep(): Promise<NewFile | null> {
      if (draft === null) return null
      await flush()
      const bytes = await draft.keep()
      const createdAt = options.clock.now()
      const filename = `${batchId}_${kind}.jsonl`
      return { id, owner, filename, purpose: RESULT_PURPOSE, bytes, createdAt, expiresAt: createdAt + outputTtlMs }
    },

    async abandon(): Promise<void> {
      await draft?.abandon()
    },
  }
}
