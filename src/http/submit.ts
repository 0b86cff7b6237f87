// POST: from bytes to a stored job. The edge parses once and refuses early what would fail late.
import { isUtf8 } from "node:buffer"
import { closest } from "fastest-levenshtein"
import { type Clock, newJobId } from "../clock.ts"
import type { Endpoint } from "../endpoints/table.ts"
import { type ErrorFields, GatewayError } from "../errors.ts"
import { scan, whereInvalid } from "../json.ts"
import { canCall, type ProviderSettings } from "../providers/table.ts"
import type { EngineLine } from "./engine.ts"

/** Parsers on the way to a model give up somewhere beyond this. */
const DEPTH_MAX = 1000

export interface SubmitOptions {
  engine: EngineLine
  clock: Clock
  providers: ReadonlyMap<string, ProviderSettings>
  bodyBytesMax: number
  ttlMs: number
  ttlMsMax: number
  deadlineMs: number
}

/** @throws {GatewayError} for every request that is not accepted */
export async function submit(
  endpoint: Endpoint,
  request: Request,
  requestId: string,
  options: SubmitOptions,
): Promise<Response> {
  const body = await readText(request, options.bodyBytesMax)
  const { provider, model } = check(body, endpoint, options.providers)
  const createdAt = options.clock.now()
  const id = newJobId(createdAt)
  await options.engine.submit({
    id,
    requestId,
    requestType: endpoint.requestType,
    provider,
    model,
    createdAt,
    deadlineAt: createdAt + options.deadlineMs,
    ttlMs: readTtl(request.headers.get("x-bf-async-job-result-ttl"), options),
    body,
  })
  const job = { id, request_id: requestId, status: "pending", created_at: new Date(createdAt).toISOString() }
  return new Response(JSON.stringify(job), {
    status: 202,
    headers: {
      "content-type": "application/json",
      location: `${endpoint.path}/${id}`,
      "retry-after": "1",
      "x-request-id": requestId,
    },
  })
}

/** Whole seconds; anything else, zero and negative included, is the default. More than the maximum is the maximum. */
function readTtl(header: string | null, { ttlMs, ttlMsMax }: SubmitOptions): number {
  if (header === null || !/^\s*\d+\s*$/.test(header)) return ttlMs
  const asked = Number(header) * 1000
  return asked > 0 ? Math.min(asked, ttlMsMax) : ttlMs
}

/** The body as the client sent it, known to be JSON text of an acceptable size. */
async function readText(request: Request, bytesMax: number): Promise<string> {
  const type = request.headers.get("content-type")
  if (type !== null && !/^\s*application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)) {
    throw new GatewayError(
      "unsupported_media_type",
      `content-type ${JSON.stringify(type)} cannot be read here: send content-type: application/json`,
    )
  }
  const encoding = request.headers.get("content-encoding")
  if (encoding !== null && encoding !== "identity") {
    throw new GatewayError(
      "unsupported_media_type",
      `content-encoding ${JSON.stringify(encoding)} cannot be read here: send the body uncompressed`,
    )
  }
  const bytes = await readBytes(request, bytesMax)
  if (bytes.length === 0) throw new GatewayError("invalid_json", "the body is empty: send a JSON object")
  if (!isUtf8(bytes)) throw new GatewayError("invalid_json", "the body is not UTF-8 text: send JSON encoded as UTF-8")
  return bytes.toString()
}

async function readBytes(request: Request, bytesMax: number): Promise<Buffer> {
  const length = Number(request.headers.get("content-length") ?? Number.NaN)
  if (length > bytesMax) throw tooLarge(bytesMax)
  if (length <= bytesMax) return Buffer.from(await request.arrayBuffer())
  const pieces: Uint8Array[] = []
  let count = 0
  for await (const piece of request.body ?? []) {
    count += piece.length
    if (count > bytesMax) throw tooLarge(bytesMax)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

function tooLarge(bytesMax: number): GatewayError {
  const limit = `${bytesMax / 1024 / 1024} MB`
  return new GatewayError(
    "request_too_large",
    `the body is larger than ${limit}: send less, or raise client.max_request_body_size_mb in config.json`,
  )
}

function check(
  text: string,
  endpoint: Endpoint,
  providers: ReadonlyMap<string, ProviderSettings>,
): { provider: string; model: string } {
  const fields: ErrorFields = { requestType: endpoint.requestType }
  const body = parse(text)
  const shape = scan(text)
  if (shape.kind !== "object")
    throw new GatewayError("invalid_json", "the body must be a JSON object: { … }", { fields })
  if (shape.depth > DEPTH_MAX) {
    throw new GatewayError(
      "invalid_json",
      `the body nests ${shape.depth} deep; at most ${DEPTH_MAX} levels can be read`,
      { fields },
    )
  }
  const seen = new Set<string>()
  for (const { key } of shape.members) {
    if (seen.has(key) && endpoint.reads.includes(key)) {
      throw new GatewayError("invalid_request", `${key} is given twice: send it once`, { param: key, fields })
    }
    seen.add(key)
  }
  const problem = endpoint.check(body)
  if (problem) throw new GatewayError("invalid_request", problem.message, { param: problem.param, fields })
  if (body["stream"] === true) {
    throw new GatewayError("invalid_request", endpoint.streamRefusal, { param: "stream", fields })
  }
  return checkModel(body, endpoint, providers)
}

function checkModel(
  body: Record<string, unknown>,
  endpoint: Endpoint,
  providers: ReadonlyMap<string, ProviderSettings>,
): { provider: string; model: string } {
  const fields: ErrorFields = { requestType: endpoint.requestType }
  const given = body["model"]
  const refuse = (message: string) => new GatewayError("invalid_request", message, { param: "model", fields })
  if (given === undefined || given === null || given === "") throw refuse("model is required")
  if (typeof given !== "string") throw refuse("model must be a string in the format 'provider/model'")
  const slash = given.indexOf("/")
  if (slash <= 0 || slash === given.length - 1) throw refuse("model must be in the format 'provider/model'")
  const name = given.slice(0, slash)
  const model = given.slice(slash + 1)
  fields.provider = name
  fields.model = model
  const provider = providers.get(name)
  if (!provider) {
    throw new GatewayError(
      "unknown_provider",
      `unknown provider '${name}': did you mean '${closest(name, [...providers.keys()])}'? Known here: ${[...providers.keys()].join(", ")}`,
      { param: "model", fields },
    )
  }
  if (provider.paths[endpoint.requestType] === undefined) {
    throw new GatewayError("unsupported_operation", `${endpoint.requestType} is not supported by ${name} provider`, {
      fields,
    })
  }
  if (!canCall(provider, model)) {
    throw new GatewayError("no_keys", `no keys found for provider: ${name} and model: ${model}`, { fields })
  }
  if (body["fallbacks"] !== undefined && body["fallbacks"] !== null) {
    const message =
      "fallbacks are not supported yet: leave the member out, and submit to the other model when this job has failed"
    throw new GatewayError("unsupported_parameter", message, { param: "fallbacks", fields })
  }
  return { provider: name, model }
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch (error) {
    if (error instanceof RangeError) throw new GatewayError("invalid_json", "the body nests too deep to be read")
    throw new GatewayError("invalid_json", `the body is not valid JSON${whereInvalid(text)}`)
  }
}
