// GET: a job as the wire tells it.
import type { Clock } from "../clock.ts"
import type { Endpoint } from "../endpoints/table.ts"
import { GatewayError } from "../errors.ts"
import type { JobView, Reads } from "../jobs/reads.ts"
import type { State } from "../jobs/schema.ts"

/** The four words of the wire. A job that was started once stays `processing` between its retries. */
function statusOf(state: State, attempt: number): "pending" | "processing" | "completed" | "failed" {
  switch (state) {
    case "queued":
      return attempt === 0 ? "pending" : "processing"
    case "running":
    case "waiting":
      return "processing"
    case "succeeded":
      return "completed"
    case "failed":
    case "cancelled":
      return "failed"
  }
}

/** @throws {GatewayError} job_not_found, operation_type_mismatch, store_unavailable */
export function poll(endpoint: Endpoint, id: string, requestId: string | null, reads: Reads, clock: Clock): Response {
  const job = ask(() => reads.job(id, clock.now()))
  if (!job) throw new GatewayError("job_not_found", "job not found or expired")
  if (job.requestType !== endpoint.requestType) {
    throw new GatewayError("operation_type_mismatch", "operation type mismatch")
  }
  const headers = {
    "content-type": "application/json",
    "x-request-id": requestId || job.requestId,
    "cache-control": "no-store",
  }
  const head = JSON.stringify(wireJob(job))
  if (job.completedAt === null) return new Response(head, { status: 202, headers: { ...headers, "retry-after": "1" } })
  // The stored result and error are JSON text already: they are spliced in, never parsed.
  const open = head.slice(0, -1)
  if (job.error !== null) return new Response(`${open},"error":${job.error}}`, { headers })
  const opened = `${open},"result":`
  const first = job.result ?? new Uint8Array()
  // A small result is faster as text; a large one is not made into a string only to be made into bytes again.
  if (!job.hasMore) return new Response(`${opened}${utf8.decode(first)}}`, { headers })
  const rest = ask(() => reads.rest(job.id))
  // Between the two questions the reaper may have been here.
  if (rest.length === 0) throw new GatewayError("job_not_found", "job not found or expired")
  return new Response(Buffer.concat([Buffer.from(opened), first, ...rest, Buffer.from("}")]), { headers })
}

const utf8 = new TextDecoder()

/** Everything but result and error, in the wire's order. */
function wireJob(job: JobView) {
  const isTerminal = job.completedAt !== null && job.expiresAt !== null
  return {
    id: job.id,
    request_id: job.requestId,
    status: statusOf(job.state, job.attempt),
    ...(isTerminal ? { expires_at: new Date(job.expiresAt ?? 0).toISOString() } : {}),
    created_at: new Date(job.createdAt).toISOString(),
    ...(isTerminal ? { completed_at: new Date(job.completedAt ?? 0).toISOString(), status_code: job.statusCode } : {}),
  }
}

function ask<T>(question: () => T): T {
  try {
    return question()
  } catch (cause) {
    throw new GatewayError("store_unavailable", "the job could not be read: ask again in a moment", {
      retryAfter: 1,
      cause,
    })
  }
}
