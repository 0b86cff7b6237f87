// Reads the body of a request. Refuses what cannot be parsed; does not check what it contains.
// Small JSON is read and parsed at once; large JSON and forms are stored while they arrive: see upload.ts.
import { isUtf8 } from "node:buffer"
import { sha256Hex } from "../../digest.ts"
import type { Submission } from "../../endpoints/endpoint.ts"
import { GatewayError, quoted } from "../../errors.ts"
import { scan, whereInvalid } from "../../json.ts"
import type { Received } from "../intake/received.ts"
import { type BodyOptions, DEPTH_MAX, refuseTooLarge } from "./bodylimits.ts"
import { readFormBody, readLargeJson } from "./upload.ts"

/** JSON up to this size is parsed at once. */
const SMALL_BYTES_MAX = 1024 * 1024
/** Bodies up to this size do not count towards the memory limit of all bodies: each is read too quickly to add up. */
const UNCOUNTED_BYTES_MAX = 64 * 1024

/**
 * @param id of the job to be: a body that is stored while it arrives is stored under this id
 * @throws {GatewayError} for every body that cannot be read
 */
export function readBody(
  request: Request,
  id: string,
  forms: readonly Submission["form"][],
  options: BodyOptions,
): Promise<Received> {
  const { bodyBytesMax, bodyMemory } = options
  const type = request.headers.get("content-type")
  const encoding = request.headers.get("content-encoding")
  if (encoding !== null && encoding !== "identity") {
    throw new GatewayError(
      "unsupported_media_type",
      `content-encoding ${quoted(encoding)} cannot be read here: send the body uncompressed`,
    )
  }
  const form = chooseForm(type, forms)
  const given = request.headers.get("content-length")
  const length = given === null ? null : Number(given)
  if (length !== null && length > bodyBytesMax) throw refuseTooLarge(bodyBytesMax)
  if (form === "multipart") return readFormBody(request, readChunks(request, bodyBytesMax), type ?? "", id, options)
  if (length !== null && length <= UNCOUNTED_BYTES_MAX) return readAtOnce(request)
  if (length === null) return readUnmeasured(request, id, options)
  if (length > SMALL_BYTES_MAX) {
    bodyMemory.check(length)
    return readLargeJson(request, readChunks(request, bodyBytesMax), id, options)
  }
  const memory = bodyMemory.share()
  memory.growTo(length)
  return readAtOnce(request).finally(memory.giveBack)
}

/** Whether the body is JSON or a form, as its content type says. Without one it is taken for JSON, where the endpoint takes JSON. */
function chooseForm(type: string | null, forms: readonly Submission["form"][]): Submission["form"] {
  if (type === null && forms.includes("json")) return "json"
  if (type !== null && forms.includes("json") && /^\s*application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)) return "json"
  if (type !== null && forms.includes("multipart") && /^\s*multipart\/form-data\s*(;|$)/i.test(type)) return "multipart"
  const wanted = forms.map((form) => (form === "json" ? "application/json" : "multipart/form-data")).join(" or ")
  const problem = type === null ? "there is no content-type" : `content-type ${quoted(type)} cannot be read here`
  throw new GatewayError("unsupported_media_type", `${problem}: send content-type: ${wanted}`)
}

function readAtOnce(request: Request): Promise<Received> {
  return request.arrayBuffer().then((bytes) => parseBody(Buffer.from(bytes)), refuseIncomplete)
}

/** Without a content-length, whether a body is small is only known once enough of it has arrived. */
async function readUnmeasured(request: Request, id: string, options: BodyOptions): Promise<Received> {
  const chunks = readChunks(request, options.bodyBytesMax)
  const begun: Uint8Array[] = []
  let count = 0
  while (count <= SMALL_BYTES_MAX) {
    const { done, value } = await chunks.next()
    if (done) return parseBody(Buffer.concat(begun))
    begun.push(value)
    count += value.length
  }
  return readLargeJson(request, chunks, id, options, begun)
}

/** @throws {GatewayError} request_too_large, body_incomplete */
async function* readChunks(request: Request, bytesMax: number): AsyncGenerator<Uint8Array, undefined> {
  let count = 0
  const chunks = (request.body ?? new Blob().stream())[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { done, value } = await chunks.next().catch(refuseIncomplete)
      if (done) return
      count += value.length
      if (count > bytesMax) throw refuseTooLarge(bytesMax)
      yield value
    }
  } finally {
    await chunks.return?.()
  }
}

function refuseIncomplete(cause: unknown): never {
  throw new GatewayError("body_incomplete", "the connection was closed before the body had come whole", { cause })
}

function parseBody(bytes: Buffer): Received {
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
    names: shape.members.map((member) => member.key),
    text,
    form: null,
    get digest() {
      return sha256Hex(bytes)
    },
    settle: () => {},
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch (error) {
    if (error instanceof RangeError) throw new GatewayError("invalid_json", "the body nests too deep to be read")
    throw new GatewayError("invalid_json", `the body is not valid JSON${whereInvalid(text)}`)
  }
}
