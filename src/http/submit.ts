// POST at the path of a request type: from the request to the response of an accepted job.
import type { Clock } from "../clock.ts"
import { findJobsPath } from "../endpoints/clienttypes.ts"
import type { Endpoint } from "../endpoints/endpoint.ts"
import type { JobView, Reads } from "../jobs/reads.ts"
import { withConversation } from "./continuation.ts"
import type { AcceptedJob, JobDialect, Reply, SubmitExchange } from "./dialects/dialect.ts"
import { type Accepted, accept, type IntakeOptions } from "./intake/intake.ts"
import { showJob } from "./jobs.ts"
import type { PollInterval } from "./pollinterval.ts"
import { toResponse } from "./reply.ts"
import { readBody } from "./request/body.ts"
import type { BodyOptions } from "./request/bodylimits.ts"
import { type HeadOptions, readHead } from "./request/head.ts"
import type { ContinueOptions } from "./responses/historyinput.ts"
import { readPreferredWait, type Waits } from "./wait.ts"

export interface SubmitOptions extends HeadOptions, BodyOptions, Omit<IntakeOptions, "engine"> {
  engine: BodyOptions["engine"] & IntakeOptions["engine"]
  reads: Reads
  clock: Clock
  /** How long a response that is to be kept is kept, where its request does not say. */
  storedTtlMs: number
  /** Milliseconds since an arbitrary moment, with fractions. */
  steady: () => number
  pollInterval: PollInterval
  waits: Waits
  /** Makes the id of a job that is accepted at this time. */
  newJobId: (now: number) => string
}

/** @throws {GatewayError} for every request that is not accepted */
export async function submit(
  endpoint: Endpoint,
  dialect: JobDialect,
  request: Request,
  options: SubmitOptions & ContinueOptions,
): Promise<Response> {
  const began = options.steady()
  const head = readHead(request, endpoint.requestType, options)
  const id = options.newJobId(head.receivedAt)
  const given = await readBody(request, id, endpoint.forms, options)
  const body = await withConversation(endpoint, given, request, options)
  const accepted = await accept(id, endpoint, head, body, options)
  return answerAccepted(accepted, { endpoint, dialect, request, requestId: head.requestId, began }, options)
}

/** What is answered to, on which wire. `began` is when its reading began, by the steady clock. */
interface Asked {
  endpoint: Endpoint
  dialect: JobDialect
  request: Request
  requestId: string
  began: number
}

/** The response for a job that is on disk; with `Prefer: wait`, after its end or after that time. */
export async function answerAccepted(
  accepted: Accepted,
  { endpoint, dialect, request, requestId, began }: Asked,
  options: SubmitOptions,
): Promise<Response> {
  const { id } = accepted.job
  const stored = {
    path: findJobsPath(endpoint),
    isReplayed: accepted.replayedId !== null,
    storedMs: options.steady() - began,
  }
  const wait = readPreferredWait(request.headers)
  if (wait !== null) await options.waits.until(accepted.replayedId ?? id, wait, request.signal)
  const exchange = { requestId, waitSeconds: wait, now: options.clock.now(), details: null, stored }
  // A new job that was not waited for need not be read from the store.
  const isKnown = wait === null && accepted.replayedId === null
  const view = isKnown ? null : await options.reads.job(accepted.replayedId ?? id, exchange.now)
  return toResponse(
    view !== null && wait !== null && view.completedAt !== null
      ? showJob(view, dialect, exchange, options)
      : showAccepted(accepted, view, dialect, exchange, options),
  )
}

/** 202: the job has not ended. @param view the job in the store; null where it was not read, or no longer exists */
function showAccepted(
  { job, replayedId }: Accepted,
  view: JobView | null,
  dialect: JobDialect,
  exchange: SubmitExchange,
  { pollInterval }: SubmitOptions,
): Reply {
  const { id, requestId, createdAt, originId } = job
  const known: AcceptedJob = view ?? {
    id: replayedId ?? id,
    requestId,
    createdAt,
    state: "queued",
    attempt: 0,
    originId,
  }
  return dialect.accepted(known, pollInterval.estimateMs(view ?? job, exchange.now), exchange)
}
