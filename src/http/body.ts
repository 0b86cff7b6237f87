// Reads what a client sends: JSON as text, a form straight to the disk. Refuses what cannot be read; checks nothing of what it says.
import { isUtf8 } from "node:buffer"
import type { Submission } from "../endpoints/endpoint.ts"
import { GatewayError } from "../errors.ts"
import { BODY_PIECE_BYTES } from "../jobs/pieces.ts"
import { scan, whereInvalid } from "../json.ts"
import { sha256Hex } from "../keyring.ts"
import { type Form, FormError, FormReader } from "../multipart.ts"
import type { EngineLine } from "./engine.ts"

/** Parsers on the way to a model give up somewhere beyond this. */
const DEPTH_MAX = 1000

/** A body that has come in whole. */
export interface Received {
  submission: Submission
  /** Members, fields and files that stand in it more than once. */
  repeated: ReadonlySet<string>
  /** JSON text as it came; null: a form, whose bytes are stored. */
  text: string | null
  form: { contentType: string; read: Form } | null
  /** SHA-256 of what was sent, as hex; of a form only where an Idempotency-Key came with it. */
  digest: string
  /** Forgets the stored bytes of a form that does not become a job. */
  discard(): void
}

export interface BodyOptions {
  engine: EngineLine
  bodyBytesMax: number
}

/**
 * @param id what the job will be called: the pieces of a form are stored under it
 * @throws {GatewayError} for every body that cannot be read
 */
export function receive(
  request: Request,
  id: string,
  forms: readonly Submission["form"][],
  options: BodyOptions,
): Promise<Received> {
  const type = request.headers.get("content-type")
  const encoding = request.headers.get("content-encoding")
  if (encoding !== null && encoding !== "identity") {
    throw new GatewayError(
      "unsupported_media_type",
      `content-encoding ${JSON.stringify(encoding)} cannot be read here: send the body uncompressed`,
    )
  }
  const form = formOf(type, forms)
  if (Number(request.headers.get("content-length") ?? 0) > options.bodyBytesMax) throw tooLarge(options.bodyBytesMax)
  return form === "json"
    ? readBytes(request, options.bodyBytesMax).then(receivedJson)
    : receiveForm(request, type ?? "", id, options)
}

/** Which of the forms an endpoint takes this one is. A body without a type is taken for the usual one where that is JSON. */
function formOf(type: string | null, forms: readonly Submission["form"][]): Submission["form"] {
  if (type === null && forms.includes("json")) return "json"
  if (type !== null && forms.includes("json") && /^\s*application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)) return "json"
  if (type !== null && forms.includes("multipart") && /^\s*multipart\/form-data\s*(;|$)/i.test(type)) return "multipart"
  const wanted = forms.map((form) => (form === "json" ? "application/json" : "multipart/form-data")).join(" or ")
  throw new GatewayError(
    "unsupported_media_type",
    `content-type ${JSON.stringify(type ?? "")} cannot be read here: send content-type: ${wanted}`,
  )
}

function receivedJson(bytes: Buffer): Received {
  if (bytes.length === 0) throw new GatewayError("invalid_json", "the body is empty: send a JSON object")
  if (!isUtf8(bytes)) throw new GatewayError("invalid_json", "the body is not UTF-8 text: send JSON encoded as UTF-8")
  const text = bytes.toString()
  const fields = parse(text)
  const shape = scan(text)
  if (shape.kind !== "object") throw new GatewayError("invalid_json", "the body must be a JSON object: { … }")
  if (shape.depth > DEPTH_MAX) {
    throw new GatewayError(
      "invalid_json",
      `the body nests ${shape.depth} deep; at most ${DEPTH_MAX} levels can be read`,
    )
  }
  return {
    submission: { form: "json", fields, files: [] },
    repeated: repeatedIn(shape.members.map((member) => member.key)),
    text,
    form: null,
    get digest() {
      return sha256Hex(bytes)
    },
    discard: () => {},
  }
}

function readBytes(request: Request, bytesMax: number): Promise<Buffer> {
  return request.headers.has("content-length")
    ? request.arrayBuffer().then((bytes) => Buffer.from(bytes))
    : readChunks(request, bytesMax)
}

async function readChunks(request: Request, bytesMax: number): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  let count = 0
  for await (const piece of request.body ?? []) {
    count += piece.length
    if (count > bytesMax) throw tooLarge(bytesMax)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

/** Each piece is on its way to the disk before the next but few is read: memory does not grow with the form. */
async function receiveForm(
  request: Request,
  contentType: string,
  id: string,
  { engine, bodyBytesMax }: BodyOptions,
): Promise<Received> {
  const upload = engine.upload(id)
  try {
    const reader = new FormReader(contentType, request.headers.has("idempotency-key"))
    let count = 0
    const pieces = new PieceMaker(BODY_PIECE_BYTES, (piece) => upload.push(piece))
    for await (const chunk of request.body ?? []) {
      count += chunk.length
      if (count > bodyBytesMax) throw tooLarge(bodyBytesMax)
      reader.push(chunk)
      await pieces.add(chunk)
    }
    const read = reader.end()
    await pieces.end()
    await upload.done()
    const { fields, files } = read
    const repeated = repeatedIn([
      ...files.map((file) => file.name),
      ...Object.entries(fields).flatMap(([name, value]) => [value].flat().map(() => name)),
    ])
    return {
      submission: { form: "multipart", fields, files },
      repeated,
      text: null,
      form: { contentType, read },
      digest: read.digest ?? "",
      discard: () => upload.discard(),
    }
  } catch (error) {
    upload.discard()
    if (error instanceof FormError) throw new GatewayError("invalid_request", error.message)
    throw error
  }
}

/** Cuts what comes in chunks of any size into pieces of one size. */
class PieceMaker {
  private piece: Uint8Array<ArrayBuffer>
  private filled = 0

  constructor(
    private readonly size: number,
    private readonly emit: (piece: Uint8Array<ArrayBuffer>) => Promise<void>,
  ) {
    this.piece = new Uint8Array(size)
  }

  async add(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      const taken = chunk.subarray(at, at + this.size - this.filled)
      this.piece.set(taken, this.filled)
      this.filled += taken.length
      at += taken.length
      if (this.filled < this.size) continue
      const full = this.piece
      this.piece = new Uint8Array(this.size)
      this.filled = 0
      await this.emit(full)
    }
  }

  async end(): Promise<void> {
    if (this.filled > 0) await this.emit(this.piece.slice(0, this.filled))
  }
}

function repeatedIn(names: readonly string[]): Set<string> {
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const name of names) (seen.has(name) ? repeated : seen).add(name)
  return repeated
}

function tooLarge(bytesMax: number): GatewayError {
  const limit = `${bytesMax / 1024 / 1024} MB`
  return new GatewayError(
    "request_too_large",
    `the body is larger than ${limit}: send less, or raise client.max_request_body_size_mb in config.json`,
  )
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch (error) {
    if (error instanceof RangeError) throw new GatewayError("invalid_json", "the body nests too deep to be read")
    throw new GatewayError("invalid_json", `the body is not valid JSON${whereInvalid(text)}`)
  }
}
