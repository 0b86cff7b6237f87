// Finds the job of a response, and reads its request and its answer.

import { readResponseId } from "../../endpoints/responseid.ts"
import { findStatus, GatewayError, quoted } from "../../errors.ts"
import { parseExact } from "../../exactjson.ts"
import type { JobView, Reads } from "../../jobs/reads.ts"
import { asRecord } from "../../values.ts"
import { type FindOptions, findJob } from "../jobs.ts"
import { readText, readWholeResult } from "../result.ts"
import { readBrokenAnswer } from "./brokenresponse.ts"
import { writeAnswered, writeUnanswered } from "./responseobject.ts"

type Fields = Record<string, unknown>

/** @throws {GatewayError} response_not_found: there is none, it is another caller's, or it is none of this gateway's */
export async function findResponse(id: string, request: Request, options: FindOptions): Promise<JobView> {
  const jobId = readResponseId(id)
  if (jobId === null) throw refuseUnknown(id)
  try {
    const job = await findJob(jobId, request, null, options)
    if (job.requestType === "responses") return job
  } catch (error) {
    if (!(error instanceof GatewayError) || findStatus(error.code) !== 404) throw error
  }
  throw refuseUnknown(id)
}

/** As OpenAI says it, and what it may be. */
function refuseUnknown(id: string): GatewayError {
  const hint =
    readResponseId(id) === null
      ? "That of a synchronous call has its provider's id, and is a job for 60 s: use GET or DELETE /v1/async/jobs/{job_id}, where job_id is the x-job-id of the call."
      : "It may have expired."
  return new GatewayError("response_not_found", `Response with id ${quoted(id)} not found. ${hint}`)
}

/** The members of the stored request. @throws {GatewayError} response_not_found, when it is deleted meanwhile */
export async function readStoredRequest(id: string, reads: Pick<Reads, "bodyPieces">): Promise<Fields> {
  return asRecord(parseExact(await readText(reads.bodyPieces(id, "request"))))
}

/** The response as the job stands, as JSON text. @param request its members; the input is not needed */
export async function readResponse(job: JobView, request: Fields, reads: Reads): Promise<string> {
  if (job.state !== "succeeded") {
    const { output } = job.completedAt === null ? { output: [] } : await readBrokenAnswer(job.id, reads)
    return JSON.stringify(writeUnanswered(job, request, output))
  }
  return writeAnswered(job, request, await readWholeResult(job, reads))
}
