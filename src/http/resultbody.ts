// The result of a job as it is sent on a wire that answers with results.
import type { JobView, Reads } from "../jobs/reads.ts"
import { showType } from "./content.ts"
import type { AnsweredJob, ResultBody } from "./dialects/dialect.ts"
import { jsonHeaders } from "./reply.ts"
import { readResult, readWholeResult } from "./result.ts"

/** The result in the form in which the provider's own response would be: sound as bytes, a plain transcription as text. */
export async function readContent(job: JobView, isPlainText: boolean, reads: Reads): Promise<ResultBody> {
  if (job.contentKind !== null) {
    return { contentType: showType(job.contentKind), body: toAsync(reads.bodyPieces(job.id, "content")) }
  }
  if (isPlainText) return showText(await readWholeResult(job, reads), true)
  return { contentType: jsonHeaders["content-type"], body: readResult(job, reads) ?? "" }
}

/** The same of a result without binary content. */
export function showText(result: string, isPlainText: boolean): ResultBody {
  if (!isPlainText) return { contentType: jsonHeaders["content-type"], body: result }
  const { text } = JSON.parse(result) as { text?: unknown }
  return { contentType: "text/plain; charset=utf-8", body: typeof text === "string" ? text : result }
}

/** What a response with a job's result says of the job. */
export function describeAnswered({ id, startedAt, completedAt }: JobView): AnsweredJob {
  return { id, processingMs: startedAt === null || completedAt === null ? null : completedAt - startedAt }
}

async function* toAsync(pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) {
  yield* pieces
}
