// Runs the batches: checks the lines of each, makes jobs of them, and writes the results. It works beside the HTTP server, in short
// slices, and holds nothing that is not stored: after a restart every batch goes on where it was.
import { type Batch, type BatchStatus, unfinishedStatuses } from "../../batches/batch.ts"
import type { LineError } from "../../batches/inputlines.ts"
import type { LineFailure } from "../../batches/resultlines.ts"
import { GatewayError } from "../../errors.ts"
import type { State } from "../../jobs/job.ts"
import type { Log } from "../../log.ts"
import { describeCause } from "../../values.ts"
import type { EngineClient } from "../engineclient.ts"
import { InputLost } from "./batchlines.ts"
import { type ExpansionOptions, expand, type Watch } from "./expansion.ts"
import { createResultWriter, type ResultOptions, type ResultWriter } from "./resultfiles.ts"
import { validate } from "./validation.ts"

export interface RunnerOptions
  extends Omit<ExpansionOptions, "fileBytes" | "engine">,
    Omit<ResultOptions, "reads" | "engine"> {
  engine: ExpansionOptions["engine"] & ResultOptions["engine"] & Pick<EngineClient, "cancelSome">
  /** How long the jobs of a batch are kept once its results are written. */
  ttlMs: number
  log: Log
}

export type Runner = ReturnType<typeof createRunner>

/** How often a batch is looked at that waits for its jobs. */
const LOOK_MS = 100
/** How long running jobs may go on once their batch is cancelled or has expired. */
const GRACE_MS = 10_000
/** How long a batch waits after a failure of the disk or the database. */
const TROUBLE_MS = 1000
/** How many lines are looked at, or made to expire, at a time. */
const SOME = 500

const ANY = { isStarted: null }

// Longer than 80 lines: the steps of a batch share what is known of it.
export function createRunner(options: RunnerOptions) {
  const { engine, reads, clock, log } = options
  /** The batches that are run -> their pauses, each with what ends it and what is waited for. */
  const running = new Map<string, Set<Pause>>()
  /** What is written of the results of those that run, and of nothing that has failed. */
  const writers = new Map<string, ResultWriter>()

  async function run(id: string): Promise<void> {
    for (;;) {
      try {
        const batch = await reads.batch(id)
        if (batch === null || !unfinishedStatuses.includes(batch.status)) break
        await step(batch)
      } catch (error) {
        await abandon(id)
        if (error instanceof GatewayError && error.code === "shutting_down") return
        if (error instanceof InputLost) {
          await giveUp(id, error).catch(() => pause(id, TROUBLE_MS, error.message))
          continue
        }
        const reason = describeCause(error)
        log.warn("a batch cannot go on yet", { batch: id, reason })
        await pause(id, TROUBLE_MS, reason)
      }
    }
    await abandon(id)
    running.delete(id)
  }

  function step(batch: Batch): Promise<unknown> {
    switch (batch.status) {
      case "validating":
        return check(batch)
      case "in_progress":
        return runLines(batch)
      case "cancelling":
        return stopLines(batch).then(() => end(batch, "cancelled", "batch_cancelled"))
      default:
        return finalize(batch)
    }
  }

  async function check(batch: Batch): Promise<void> {
    const { errors, ...counted } = await validate(batch, options)
    if (errors) await move(batch, "failed", { errors: JSON.stringify(errors) })
    else await move(batch, "in_progress", counted)
  }

  async function runLines(batch: Batch): Promise<void> {
    const watch: Watch = {
      look: async () => {
        const now = await reads.batch(batch.id)
        return now?.status === "in_progress" && clock.now() < batch.expiresAt ? now : null
      },
      pause: (ms, reason) => pause(batch.id, ms, reason),
    }
    let hasFailed = false
    const expanded = expand(batch, watch, options).catch((error) => {
      hasFailed = true
      throw error
    })
    // Both are waited for, also where one fails: what fails abandons what the other writes.
    const ends = await Promise.allSettled([expanded, writeWhileRun(batch, watch, () => hasFailed)])
    for (const end of ends) if (end.status === "rejected") throw end.reason
    // One that is cancelled meanwhile goes another way: the move is refused.
    if (clock.now() >= batch.expiresAt) await stopLines(batch)
    await move(batch, "finalizing")
  }

  /** Writes the results of lines as they end, so that few are left at the end. Resolves when all have ended, or the batch goes no further. */
  async function writeWhileRun(batch: Batch, watch: Watch, isOver: () => boolean): Promise<void> {
    let isWriting = true
    let seen = 0
    for (;;) {
      const now = await watch.look()
      const done = now === null ? 0 : now.completed + now.failed
      if (now === null || isOver() || done >= (now.total ?? 0)) return
      if (isWriting && done > seen) {
        seen = done
        isWriting = await findWriter(batch)
          .advance()
          .then(
            () => true,
            async (error) => {
              // They are written anew at the end, and what is wrong still is told then.
              log.debug("results are not written yet", { batch: batch.id, reason: String(error) })
              await abandon(batch.id)
              return false
            },
          )
      }
      await pause(batch.id, LOOK_MS, null)
    }
  }

  function findWriter(batch: Batch): ResultWriter {
    const writer = writers.get(batch.id) ?? createResultWriter(batch, options)
    writers.set(batch.id, writer)
    return writer
  }

  async function abandon(id: string): Promise<void> {
    const writer = writers.get(id)
    writers.delete(id)
    await writer?.abandon()
  }

  /** Ends the jobs of a batch that is cancelled or has expired: those that wait at once, those that run after some time. */
  async function stopLines({ id }: Batch): Promise<void> {
    await cancelAll(id, ["queued"])
    const until = clock.now() + GRACE_MS
    while (clock.now() < until) {
      const now = await reads.batch(id)
      if (now === null || now.completed + now.failed >= now.taken) return
      await pause(id, LOOK_MS, null)
    }
    await cancelAll(id, ["queued", "running", "waiting"])
  }

  async function cancelAll(id: string, states: State[]): Promise<void> {
    const { number, taken } = (await reads.batch(id)) ?? { number: 0, taken: 0 }
    for (let from = 1; from <= taken; from += SOME) {
      const jobs = await reads.batchJobs(number, from, from + SOME)
      const ids = jobs.flatMap((job) => (states.includes(job.state) ? [job.id] : []))
      if (ids.length > 0) await engine.cancelSome(ids, { states, ...ANY })
      else await options.breathe()
    }
  }

  function finalize(batch: Batch): Promise<void> {
    const isLate = (batch.finalizingAt ?? 0) >= batch.expiresAt
    return isLate ? end(batch, "expired", "batch_expired") : end(batch, "completed", null)
  }

  /** Without its input a batch has no results. */
  async function giveUp(id: string, { message }: InputLost): Promise<void> {
    log.error("a batch has lost its input file", { batch: id, reason: message })
    await cancelAll(id, ["queued", "running", "waiting"])
    const batch = await reads.batch(id)
    const errors: LineError[] = [{ code: "file_not_found", message, param: "input_file_id", line: null }]
    if (batch !== null) await move(batch, "failed", { errors: JSON.stringify(errors) })
  }

  /** @param failure what lines say that have not been run. Where there are none, the batch is completed, however late */
  async function end(batch: Batch, ending: BatchStatus, failure: LineFailure | null): Promise<void> {
    const results = batch.total === null ? noResults : await findWriter(batch).finish(failure)
    writers.delete(batch.id)
    const { files, unrun, ...names } = results
    const to = ending === "expired" && unrun === 0 ? "completed" : ending
    const isMoved = await move(batch, to, { files, ...names })
    if (!isMoved) for (const { id } of files) await options.fileBytes.remove(id)
    const at = clock.now() + options.ttlMs
    for (let from = 1; from <= batch.taken; from += SOME) {
      await engine.store({ kind: "expireBatchJobs", batch: batch.number, from, to: from + SOME, at })
    }
  }

  function move({ number, status }: Batch, to: BatchStatus, members: object = {}): Promise<boolean> {
    return engine.store({ kind: "moveBatch", number, from: [status], to, ...members })
  }

  function pause(id: string, ms: number, waitsFor: string | null): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel()
        running.get(id)?.delete(entry)
        resolve()
      }
      const cancel = clock.after(ms, end)
      const entry: Pause = { waitsFor, end }
      running.get(id)?.add(entry)
    })
  }

  return {
    /** Begins to run a batch, or looks at it at once where it is run already. */
    begin(id: string): void {
      const pauses = running.get(id)
      if (pauses) for (const { end } of [...pauses]) end()
      else {
        running.set(id, new Set())
        void run(id)
      }
    },

    /** Why no line of a batch goes out at the moment, in words; null: nothing holds it up. */
    waitsFor: (id: string): string | null =>
      [...(running.get(id) ?? [])].find(({ waitsFor }) => waitsFor !== null)?.waitsFor ?? null,
  }
}

interface Pause {
  waitsFor: string | null
  end: () => void
}

const noResults = { files: [], unrun: 0, outputFile: null, errorFile: null }
