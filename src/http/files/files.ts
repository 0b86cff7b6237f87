// Lists, shows, deletes and downloads files, as OpenAI's clients ask for them.
import { RESULT_PURPOSE, type StoredFile, uploadPurposes } from "../../batches/batch.ts"
import { GatewayError } from "../../errors.ts"
import type { Reads } from "../../jobs/reads.ts"
import { json } from "../reply.ts"
import { listOwners } from "../request/owners.ts"
import { readRequestId } from "../request/requestid.ts"
import { readOrder, readPageLimit, writeFile, writePage } from "./fileobject.ts"
import { checkOwned } from "./fileowner.ts"
import type { FileUploadOptions } from "./fileupload.ts"

export interface FileOptions extends FileUploadOptions {
  reads: Reads
}

/** GET …/files */
export async function listFiles(request: Request, options: FileOptions): Promise<Response> {
  const owners = listOwners(request, options)
  const given = new URL(request.url).searchParams
  const purpose = given.get("purpose")
  if (purpose !== null && ![...uploadPurposes, RESULT_PURPOSE].some((known) => known === purpose)) {
    const message = `purpose must be one of ${[...uploadPurposes, RESULT_PURPOSE].join(", ")}`
    throw new GatewayError("invalid_request", message, { param: "purpose" })
  }
  const order = readOrder(given)
  const limit = readPageLimit(given, { usual: 10_000, max: 10_000 })
  const query = { owners, purpose, order, after: given.get("after"), limit: limit + 1 } as const
  const found = await options.reads.files(query, options.clock.now())
  return json(writePage(found, limit, writeFile), answerHeaders(request))
}

/** GET …/files/{id} @throws {GatewayError} file_not_found */
export async function showFile(request: Request, id: string, options: FileOptions): Promise<Response> {
  return json(writeFile(await findFile(request, id, options)), answerHeaders(request))
}

/** GET …/files/{id}/content: the bytes as they were uploaded. @throws {GatewayError} file_not_found */
export async function showFileContent(request: Request, id: string, options: FileOptions): Promise<Response> {
  const file = await findFile(request, id, options)
  if (!(await options.fileBytes.exists(id))) throw new GatewayError("file_not_found", "the bytes of the file are gone")
  return new Response(options.fileBytes.read(id), {
    headers: {
      ...answerHeaders(request),
      "content-type": "application/octet-stream",
      "content-length": String(file.bytes),
      "x-content-type-options": "nosniff",
      "content-disposition": "attachment",
    },
  })
}

/** DELETE …/files/{id} @throws {GatewayError} file_not_found, and invalid_request while a batch reads it */
export async function deleteFile(request: Request, id: string, options: FileOptions): Promise<Response> {
  const { number } = await findFile(request, id, options)
  if (!(await options.engine.store({ kind: "removeFile", number }))) {
    const reader = (await options.reads.unfinishedBatches()).find(({ inputFile }) => inputFile === id)
    // Somebody else may have deleted it meanwhile.
    if (reader === undefined) await findFile(request, id, options)
    const message = `the file is the input of ${reader?.id ?? "a batch"}, which has not ended: cancel that batch first`
    throw new GatewayError("invalid_request", message, { param: "id" })
  }
  await options.fileBytes.remove(id)
  return json({ id, object: "file", deleted: true }, answerHeaders(request))
}

/** The file that the caller may see. @throws {GatewayError} file_not_found */
export async function findFile(
  request: Request,
  id: string,
  options: Pick<FileOptions, "reads"> & Parameters<typeof checkOwned>[3],
): Promise<StoredFile> {
  const found = await options.reads.file(id, options.clock.now())
  return checkOwned(found, { kind: "file", id }, request, options)
}

export function answerHeaders(request: Request): Record<string, string> {
  return { "cache-control": "no-store", "x-request-id": readRequestId(request) }
}
