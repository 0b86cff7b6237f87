// POST of a request type's path: a job, from the request to its answer.
import { type Clock, newJobId } from "../clock.ts"
import type { Endpoint } from "../endpoints/endpoint.ts"
import type { JobView, Reads } from "../jobs/reads.ts"
import type { AcceptedJob, Dialect, Reply, SubmitExchange } from "./dialects/dialect.ts"
import { type Accepted, accept, type IntakeOptions } from "./intake/intake.ts"
import { showJob } from "./jobs.ts"
import type { PollInterval } from "./pollinterval.ts"
import { toResponse } from "./reply.ts"
import { readBody } from "./request/body.ts"
import type { BodyOptions } from "./request/bodylimits.ts"
import { type HeadOptions, readHead } from "./request/head.ts"
import { readPreferredWait, type Waits } from "./wait.ts"

export interface SubmitOptions extends HeadOptions, BodyOptions, Omit<IntakeOptions, "engine"> {
  engine: BodyOptions["engine"] & IntakeOptions["engine"]
  reads: Reads
  clock: Clock
  /** Milliseconds from any moment on, with their fractions. */
  steady: () => number
  pollInterval: PollInterval
  waits: Waits
}

/** @throws {GatewayError} for every request that is not accepted */
export async function submit(
  endpoint: Endpoint,
  dialect: Dialect,
  request: Request,
  options: SubmitOptions,
): Promise<Response> {
  const began = options.steady()
  const head = readHead(request, endpoint.requestType, options)
  const id = newJobId(head.receivedAt)
  const body = await readBody(request, id, endpoint.forms, options)
  const accepted = await accept(id, endpoint, head, body, options)
  const stored = { path: endpoint.path, isReplayed: accepted.replayedId !== null, storedMs: options.steady() - began }
  const wait = readPreferredWait(request.headers)
  if (wait !== null) await options.waits.until(accepted.replayedId ?? id, wait, request.signal)
  const exchange = { requestId: head.requestId, waitSeconds: wait, now: options.clock.now(), details: null, stored }
  // A job that is new and that nobody waited for is known without a look at the store.
  const isKnown = wait === null && accepted.replayedId === null
  const view = isKnown ? null : await options.reads.job(accepted.replayedId ?? id, exchange.now)
  return toResponse(
    view !== null && wait !== null && view.completedAt !== null
      ? showJob(view, dialect, exchange, options)
      : showAccepted(accepted, view, dialect, exchange, options),
  )
}

/** 202: the job has not ended, as far as is known. @param view null where it has not been looked at, or is gone again */
function showAccepted(
  { job, replayedId }: Accepted,
  view: JobView | null,
  dialect: Dialect,
  exchange: SubmitExchange,
  { pollInterval }: SubmitOptions,
): Reply {
  const { id, requestId, createdAt } = job
  const known: AcceptedJob = view ?? { id: replayedId ?? id, requestId, createdAt, state: "queued", attempt: 0 }
  return dialect.accepted(known, pollInterval.estimateMs(view ?? job, exchange.now), exchange)
}
