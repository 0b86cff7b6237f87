// GET …/result: the result of a job alone, as its JSON text, whole or a range of it.
import { bodyHeaders, type ContentOptions, findCompleted, sendContent } from "./content.ts"
import { openResult } from "./result.ts"

/** @throws {GatewayError} content_not_found, job_not_found, … */
export async function showResult(request: Request, id: string, options: ContentOptions): Promise<Response> {
  const job = await findCompleted(id, request, "a result", options)
  const parts = await openResult(job, options.reads)
  return sendContent(request, { headers: bodyHeaders, etag: `"${id}-result"`, ...parts })
}
