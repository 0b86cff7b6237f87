// GET …/request: the request of a job as it is stored. JSON comes byte for byte; of a form, its fields and what files it has, or one file.
import type { Form as StoredForm } from "../call.ts"
import { GatewayError } from "../errors.ts"
import type { JobRow, Reads } from "../jobs/reads.ts"
import { FormReader, type Part } from "../multipart.ts"
import { bodyHeaders, type ContentOptions, makeTypeHeaders, sendContent } from "./content.ts"
import { findJob } from "./jobs.ts"
import { holdParts } from "./result.ts"

interface StoredRequestOptions extends ContentOptions {
  /** Lets other events be handled before it resolves. */
  breathe: () => Promise<void>
}

interface ReadForm {
  fields: Record<string, string | string[]>
  /** `at` is where in the body the content of the file begins. */
  files: readonly (Part & { at: number })[]
}

/**
 * `?file=N` gives the bytes of a file of a form, counted from 0.
 * @throws {GatewayError} request_not_kept, content_not_found, job_not_found, …
 */
export async function showRequest(request: Request, id: string, options: StoredRequestOptions): Promise<Response> {
  const job = await findJob(id, request, null, options)
  const stored = await options.reads.request(id)
  const bytes = await options.reads.bodyBytes(id, "request")
  if (stored === null || bytes === 0) throw refuseNotKept()
  const index = new URL(request.url).searchParams.get("file")
  if (stored.form !== null) {
    const form = await readForm(job, JSON.parse(stored.form) as StoredForm, options)
    return index === null ? showForm(form, job, request) : showFile(form, index, job, request, options.reads)
  }
  if (index !== null) throw new GatewayError("content_not_found", "the request is JSON and has no files: send no file")
  const read = (from: number, to: number) => options.reads.bodyPieces(id, "request", from, to)
  return sendContent(request, { headers: bodyHeaders, etag: `"${id}-request"`, bytes, read })
}

export function refuseNotKept(): GatewayError {
  return new GatewayError("request_not_kept", "the request of this job is not stored any more")
}

/** The form is read piece by piece, as when it came. */
async function readForm(
  { id }: JobRow,
  { contentType }: StoredForm,
  { reads, breathe }: StoredRequestOptions,
): Promise<ReadForm> {
  const starts: number[] = []
  const reader = new FormReader(contentType, false, {
    part({ isFile, at }) {
      if (isFile) starts.push(at)
    },
    content() {},
  })
  for await (const piece of reads.bodyPieces(id, "request")) {
    reader.push(piece)
    await breathe()
  }
  const { fields, files } = reader.end()
  return { fields, files: files.map((file, at) => ({ ...file, at: starts[at] ?? 0 })) }
}

function showForm({ fields, files }: ReadForm, { id }: JobRow, request: Request): Promise<Response> {
  const listed = files.map(({ name, fileName, contentType, bytes }, index) => ({
    index,
    name,
    filename: fileName,
    content_type: contentType,
    bytes,
  }))
  const text = Buffer.from(`${JSON.stringify({ object: "form", fields, files: listed })}\n`)
  return sendContent(request, { headers: bodyHeaders, etag: `"${id}-form"`, ...holdParts(text) })
}

function showFile(
  { files }: ReadForm,
  index: string,
  { id }: JobRow,
  request: Request,
  reads: Reads,
): Promise<Response> {
  const file = /^\d{1,4}$/.test(index) ? files[Number(index)] : undefined
  if (file === undefined) {
    const message = `there is no file ${index} in the form: it has ${files.length}, and ?file=N counts from 0`
    throw new GatewayError("content_not_found", message)
  }
  const { at, bytes, contentType, fileName } = file
  // RFC 6266 and 8187. The name is what a stranger sent: a browser takes of it no more than the last part.
  const name = fileName === null ? "" : `; filename*=UTF-8''${encodeName(fileName)}`
  return sendContent(request, {
    headers: { ...makeTypeHeaders(contentType ?? ""), "content-disposition": `attachment${name}` },
    etag: `"${id}-file-${index}"`,
    bytes,
    read: (from: number, to: number) => reads.bodyPieces(id, "request", at + from, at + to),
  })
}

function encodeName(name: string): string {
  const encode = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, encode)
}
