// GET …/batches/{id}/results: the lines of both result files in one JSON object, as Bifrost writes it.
// https://docs.getbifrost.ai/api-reference/batch/get-batch-results
import { unfinishedStatuses } from "../../batches/batch.ts"
import { GatewayError } from "../../errors.ts"
import { answerHeaders } from "../files/files.ts"
import { streamPieces } from "../reply.ts"
import { type BatchOptions, findBatch } from "./batches.ts"

const LF = 10
const COMMA = 44

/** @throws {GatewayError} batch_not_found, invalid_request while it has not ended, file_not_found where results are deleted */
export async function showBatchResults(request: Request, id: string, options: BatchOptions): Promise<Response> {
  const { status, outputFile, errorFile } = await findBatch(request, id, options)
  if (unfinishedStatuses.includes(status)) {
    const message = `the batch has no results yet, its status is '${status}': ask again once it has ended`
    throw new GatewayError("invalid_request", message)
  }
  const files = [outputFile, errorFile].filter((file) => file !== null)
  for (const file of files) {
    if (await options.fileBytes.exists(file)) continue
    throw new GatewayError("file_not_found", `the results in ${file} have expired or are deleted`)
  }
  const body = streamPieces(writeAll(id, files, options))
  return new Response(body, { headers: { ...answerHeaders(request), "content-type": "application/json" } })
}

async function* writeAll(id: string, files: readonly string[], { fileBytes }: BatchOptions) {
  yield Buffer.from(`{"batch_id":${JSON.stringify(id)},"results":[`)
  let isBehindLine = false
  for (const file of files) {
    for await (const piece of fileBytes.pieces(file)) {
      if (piece.length === 0) continue
      if (isBehindLine) yield Buffer.from(",")
      // A line has no LF in it. Copied, because the reader may use the memory of the piece again.
      const bytes = new Uint8Array(piece)
      isBehindLine = bytes.at(-1) === LF
      for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at)) bytes[at] = COMMA
      yield isBehindLine ? bytes.subarray(0, -1) : bytes
    }
  }
  yield Buffer.from('],"has_more":false}')
}
