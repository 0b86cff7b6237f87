// Creates, shows, lists and cancels batches, as OpenAI's clients ask for them.
import { type Batch, unfinishedStatuses } from "../../batches/batch.ts"
import { GatewayError } from "../../errors.ts"
import { readPageLimit, writePage } from "../files/fileobject.ts"
import { checkOwned, refuseUnknown } from "../files/fileowner.ts"
import { answerHeaders } from "../files/files.ts"
import { json } from "../reply.ts"
import { listOwners } from "../request/owners.ts"
import { writeBatch } from "./batchobject.ts"
import { type CreateBatchOptions, readNewBatch } from "./createbatch.ts"
import { createRunner, type Runner, type RunnerOptions } from "./runner.ts"

export interface BatchRunnerOptions extends RunnerOptions {
  /** Null: no batch has been run yet. */
  batches: { runner: Runner | null }
}

export interface BatchOptions extends Omit<CreateBatchOptions, "engine">, Omit<BatchRunnerOptions, "engine"> {
  engine: CreateBatchOptions["engine"] & RunnerOptions["engine"]
}

/** Goes on with the batches that the last process has left. Called once, at the start, where there are any. */
export async function resumeBatches(options: BatchRunnerOptions): Promise<void> {
  for (const { id } of await options.reads.unfinishedBatches()) findRunner(options).begin(id)
}

/** The runner, which is made with the first batch. */
function findRunner(options: BatchRunnerOptions): Runner {
  options.batches.runner ??= createRunner(options)
  return options.batches.runner
}

/** POST …/batches @throws {GatewayError} as `readNewBatch` */
export async function createBatch(request: Request, options: BatchOptions): Promise<Response> {
  const batch = await readNewBatch(request, options)
  if (!(await options.engine.store({ kind: "createBatch", batch })))
    throw refuseUnknown({ kind: "file", id: batch.inputFile })
  findRunner(options).begin(batch.id)
  return json(writeBatch(batch), answerHeaders(request))
}

/** GET …/batches */
export async function listBatches(request: Request, options: BatchOptions): Promise<Response> {
  const owners = listOwners(request, options)
  const given = new URL(request.url).searchParams
  const limit = readPageLimit(given, { usual: 20, max: 100 })
  const found = await options.reads.batches({ owners, after: given.get("after"), limit: limit + 1 })
  return json(
    writePage(found, limit, (batch) => show(batch, options)),
    answerHeaders(request),
  )
}

/** GET …/batches/{id} @throws {GatewayError} batch_not_found */
export async function showBatch(request: Request, id: string, options: BatchOptions): Promise<Response> {
  return json(show(await findBatch(request, id, options), options), answerHeaders(request))
}

/** POST …/batches/{id}/cancel @throws {GatewayError} batch_not_found, invalid_request for one that has ended */
export async function cancelBatch(request: Request, id: string, options: BatchOptions): Promise<Response> {
  const { number } = await findBatch(request, id, options)
  const from = ["validating", "in_progress"] as const
  const isCancelled = await options.engine.store({ kind: "moveBatch", number, from, to: "cancelling" })
  const batch = await findBatch(request, id, options)
  if (!isCancelled && batch.status !== "cancelling" && batch.status !== "cancelled") {
    const message = `Cannot cancel a batch with status '${batch.status}'.`
    throw new GatewayError("invalid_request", message)
  }
  if (isCancelled) findRunner(options).begin(id)
  return json(show(batch, options), answerHeaders(request))
}

function show(batch: Batch, { batches, engine }: Pick<BatchOptions, "batches" | "engine">) {
  if (!unfinishedStatuses.includes(batch.status)) return writeBatch(batch)
  return writeBatch(batch, batches.runner?.waitsFor(batch.id) ?? engine.trouble())
}

/** The batch that the caller may see. @throws {GatewayError} batch_not_found */
export async function findBatch(request: Request, id: string, options: BatchOptions): Promise<Batch> {
  return checkOwned(await options.reads.batch(id), { kind: "batch", id }, request, options)
}
