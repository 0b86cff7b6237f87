// POST /v1/files: a form with one file. Its bytes go to the disk while they come, and its row is stored once they are there.
import { makeFileId, type NewFile, uploadPurposes } from "../../batches/batch.ts"
import type { Clock } from "../../clock.ts"
import { cut, GatewayError, quoted } from "../../errors.ts"
import type { FileBytes, FileDraft } from "../../jobs/filebytes.ts"
import { StoreError } from "../../jobs/storeerror.ts"
import { type Form, FormReader } from "../../multipart.ts"
import { FormError } from "../../multiparthead.ts"
import type { EngineClient } from "../engineclient.ts"
import { json } from "../reply.ts"
import type { ListerOptions } from "../request/owners.ts"
import { readRequestId } from "../request/requestid.ts"
import { readExpiry, writeFile } from "./fileobject.ts"
import { nameMaker } from "./fileowner.ts"

export interface FileUploadOptions extends ListerOptions {
  engine: Pick<EngineClient, "store" | "trouble">
  clock: Clock
  fileBytes: FileBytes
  /** The most bytes of a file. */
  fileBytesMax: number
  newJobId: (now: number) => string
}

/** How long a batch's input is kept where nothing is said, as OpenAI keeps it. Other files are kept until they are deleted. */
const BATCH_FILE_MS = 30 * 86_400_000
const FILENAME_CHARS_MAX = 512
/** What a form has beside its file: delimiters, heads and text fields. */
const FORM_BYTES_MAX = 64 * 1024
/** How much of the file's content is gathered before it is written. */
const WRITTEN_BYTES = 256 * 1024

/** @throws {GatewayError} for every form that cannot be stored */
export async function uploadFile(request: Request, options: FileUploadOptions): Promise<Response> {
  const owner = nameMaker(request, options)
  refuseLength(request, options.fileBytesMax)
  refuseInTrouble(options)
  const id = makeFileId(options.newJobId(options.clock.now()))
  const draft = await options.fileBytes.create(id).catch(refuseByDisk)
  try {
    const { form, name } = await receive(request, draft, options)
    const described = describe(form, name, options.clock.now())
    const file: NewFile = { ...described, id, owner, bytes: await draft.keep().catch(refuseByDisk) }
    await options.engine.store({ kind: "saveFile", file })
    return json(writeFile(file), { "x-request-id": readRequestId(request) })
  } catch (error) {
    await draft.abandon()
    throw error
  }
}

/** A file leaves the space to the results of jobs that are accepted. */
function refuseInTrouble({ engine }: FileUploadOptions): void {
  const trouble = engine.trouble()
  if (trouble !== null) throw new GatewayError("store_full", `the file cannot be stored: ${trouble}`)
}

function refuseLength({ headers }: Request, bytesMax: number): void {
  if (Number(headers.get("content-length") ?? 0) > bytesMax + FORM_BYTES_MAX) throw refuseSize(bytesMax)
}

function refuseSize(bytesMax: number): GatewayError {
  const message = `the file is larger than ${bytesMax / 1024 / 1024} MB: send less, or raise client.max_file_size_mb in config.json`
  return new GatewayError("request_too_large", message, { param: "file" })
}

/** Writes the content of the form's file to the draft. */
async function receive(
  request: Request,
  draft: FileDraft,
  options: FileUploadOptions,
): Promise<{ form: Form; name: string | null }> {
  const { fileBytesMax: bytesMax } = options
  const type = request.headers.get("content-type") ?? ""
  if (!/^\s*multipart\/form-data\s*(;|$)/i.test(type)) {
    throw new GatewayError("unsupported_media_type", "send the file as a form: content-type: multipart/form-data")
  }
  let name: string | null = null
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  let fileBytes = 0
  let otherBytes = 0
  let count = 0
  const flush = async () => {
    const bytes = Buffer.concat(pending)
    pending = []
    pendingBytes = 0
    refuseInTrouble(options)
    await draft.write(bytes).catch(refuseByDisk)
  }
  try {
    const reader = new FormReader(type, false, {
      part(part) {
        if (!part.isFile) return
        count++
        if (part.name !== "file" || count > 1) {
          const message = `${quoted(part.name)}: send one file, as the field file`
          throw new GatewayError("invalid_request", message, { param: cut(part.name) })
        }
        name = part.fileName
      },
      content(bytes) {
        // Copied, because the bytes are those of a piece that is used again.
        pending.push(bytes.slice())
        pendingBytes += bytes.length
        fileBytes += bytes.length
      },
    })
    for await (const chunk of request.body ?? new Blob().stream()) {
      const before = fileBytes
      reader.push(chunk)
      otherBytes += chunk.length - (fileBytes - before)
      if (fileBytes > bytesMax) throw refuseSize(bytesMax)
      // Text is held in memory: many forms of nothing else must not fill it.
      if (otherBytes > FORM_BYTES_MAX) {
        throw new GatewayError("request_too_large", `the form has more than ${FORM_BYTES_MAX} bytes beside its file`)
      }
      if (pendingBytes >= WRITTEN_BYTES) await flush()
    }
    const form = reader.end()
    await flush()
    if (count === 0) throw missing("file")
    return { form, name }
  } catch (error) {
    if (error instanceof FormError) throw new GatewayError("invalid_request", error.message)
    if (error instanceof GatewayError) throw error
    const message = "the connection was closed before the file had come whole"
    throw new GatewayError("body_incomplete", message, { cause: error })
  }
}

/** @throws {GatewayError} missing_required_parameter, invalid_request */
function describe({ fields }: Form, name: string | null, now: number): Omit<NewFile, "id" | "owner" | "bytes"> {
  for (const field of Object.keys(fields)) {
    if (!["purpose", "expires_after[anchor]", "expires_after[seconds]"].includes(field)) {
      const message = `unknown field ${quoted(field)}: a file has purpose and expires_after`
      throw new GatewayError("invalid_request", message, { param: cut(field) })
    }
  }
  const { purpose } = fields
  if (purpose === undefined) throw missing("purpose")
  if (typeof purpose !== "string" || !uploadPurposes.some((known) => known === purpose)) {
    const message = `purpose must be one of ${uploadPurposes.join(", ")}`
    throw new GatewayError("invalid_request", message, { param: "purpose" })
  }
  const filename = (name ?? "").split(/[\\/]/).at(-1) || "upload"
  if (filename.length > FILENAME_CHARS_MAX) {
    throw new GatewayError("invalid_request", `the name of the file is longer than ${FILENAME_CHARS_MAX} characters`, {
      param: "file",
    })
  }
  if (purpose === "batch" && !/\.jsonl$/i.test(filename)) {
    const message = `Invalid file format for Batch API. Must be .jsonl: ${quoted(filename)}`
    throw new GatewayError("invalid_request", message, { param: "file" })
  }
  const { "expires_after[anchor]": anchor, "expires_after[seconds]": given } = fields
  const seconds = typeof given === "string" && /^\d{1,9}$/.test(given) ? Number(given) : given
  const usualMs = purpose === "batch" ? BATCH_FILE_MS : null
  const isSaid = anchor !== undefined || seconds !== undefined
  const keptMs = isSaid ? readExpiry({ anchor, seconds }, "expires_after") : usualMs
  return { filename, purpose, createdAt: now, expiresAt: keptMs === null ? null : now + keptMs }
}

function missing(param: string): GatewayError {
  return new GatewayError("missing_required_parameter", `Missing required parameter: '${param}'.`, { param })
}

function refuseByDisk(error: unknown): never {
  const { code, message } = error as { code?: unknown; message?: unknown }
  const isFull = code === "ENOSPC" || code === "EDQUOT" || (error instanceof StoreError && error.kind === "full")
  throw new GatewayError(isFull ? "store_full" : "store_unavailable", `the file cannot be stored: ${message}`, {
    cause: error,
  })
}
