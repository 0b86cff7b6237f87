// The result of a job as it is sent on a wire that answers with results.
import type { JobView, Reads } from "../jobs/reads.ts"
import { showType } from "./content.ts"
import type { ResultBody } from "./dialects/dialect.ts"
import { jsonHeaders } from "./reply.ts"
import { readResult, readWholeResult } from "./result.ts"

/** The result in the form in which the provider's own response would be: sound as bytes, a plain transcription as text. */
export async function readContent(job: JobView, isPlainText: boolean, reads: Reads): Promise<ResultBody> {
  if (job.contentKind !== null) {
    return { contentType: showType(job.contentKind), body: toAsync(reads.bodyPieces(job.id, "content")) }
  }
  if (!isPlainText) return { contentType: jsonHeaders["content-type"], body: readResult(job, reads) ?? "" }
  const whole = await readWholeResult(job, reads)
  const { text } = JSON.parse(whole) as { text?: unknown }
  return { contentType: "text/plain; charset=utf-8", body: typeof text === "string" ? text : whole }
}

async function* toAsync(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) {
  yield* pieces
}
