// POST /v1/batches: reads what is to be run, and stores it. The lines of its file are read afterwards: see runner.ts.
import { IMMEDIATE, makeBatchId, type NewBatch } from "../../batches/batch.ts"
import { endpoints } from "../../endpoints/endpoints.ts"
import { cut, GatewayError, quoted } from "../../errors.ts"
import { isRecord } from "../../values.ts"
import { callDialect } from "../dialects/openai.ts"
import { readExpiry } from "../files/fileobject.ts"
import { nameMaker } from "../files/fileowner.ts"
import { type FileOptions, findFile } from "../files/files.ts"
import { authenticate, isAdmin } from "../request/authentication.ts"
import { readBody } from "../request/body.ts"
import type { BodyOptions } from "../request/bodylimits.ts"
import { readMetadata } from "../request/metadata.ts"
import { type BatchSecrets, sealCaller } from "./batchhead.ts"

export interface CreateBatchOptions extends FileOptions, BatchSecrets {
  bodyMemory: BodyOptions["bodyMemory"]
  breathe: BodyOptions["breathe"]
  engine: FileOptions["engine"] & BodyOptions["engine"]
}

/** The request types that a line can ask for: those that take JSON. */
const served = endpoints.filter(({ forms }) => (forms as readonly string[]).includes("json"))
export const batchUrls = served.map(({ path }) => `${callDialect.prefix}${path}`)

const HOUR_MS = 3_600_000
const HOURS_MAX = 168
const OUTPUT_TTL_MS = 30 * 24 * HOUR_MS
const BODY_BYTES_MAX = 65_536
const members = ["input_file_id", "endpoint", "completion_window", "metadata", "output_expires_after"]

/** @throws {GatewayError} missing_required_parameter, invalid_request, … */
export async function readNewBatch(request: Request, options: CreateBatchOptions): Promise<NewBatch> {
  const owner = nameMaker(request, options)
  const body = await readBody(request, "", ["json"], { ...options, bodyBytesMax: BODY_BYTES_MAX })
  const { fields } = body.submission
  const unknown = Object.keys(fields).find((name) => !members.includes(name))
  if (unknown !== undefined) {
    throw invalid(cut(unknown), `unknown member ${quoted(unknown)}; supported: ${members.join(", ")}`)
  }
  const inputFile = readText(fields, "input_file_id")
  const url = readText(fields, "endpoint")
  const window = readText(fields, "completion_window")
  const endpoint = served[batchUrls.indexOf(url)]
  if (endpoint === undefined) throw invalid("endpoint", `endpoint must be one of ${batchUrls.join(", ")}`)
  const windowMs = readWindowMs(window)
  const metadata = readMetadata(fields["metadata"])
  const outputTtlMs = readOutputTtlMs(fields["output_expires_after"])
  const { purpose } = await findFile(request, inputFile, options)
  if (purpose !== "batch") {
    throw invalid("input_file_id", `the file has the purpose ${quoted(purpose)}: upload it with the purpose "batch"`)
  }
  const now = options.clock.now()
  const id = makeBatchId(options.newJobId(now))
  const caller = isAdmin(request.headers, options.admin)
    ? ({ kind: "anonymous" } as const)
    : authenticate(request.headers, options, now)
  return {
    ...{ id, owner, url, requestType: endpoint.requestType, inputFile, window, metadata, outputTtlMs },
    ...{ sealed: sealCaller(caller, id, options), expiresAt: now + windowMs, createdAt: now },
    ...{ status: "validating", errors: null, total: null, taken: 0, completed: 0, failed: 0 },
    ...{ inputTokens: 0, outputTokens: 0, cost: 0, callsWithoutCost: 0, outputFile: null, errorFile: null },
    ...{ inProgressAt: null, finalizingAt: null, completedAt: null, failedAt: null },
    ...{ expiredAt: null, cancellingAt: null, cancelledAt: null },
  }
}

function readText(fields: Record<string, unknown>, name: string): string {
  const value = fields[name]
  if (value === undefined || value === null) {
    throw new GatewayError("missing_required_parameter", `Missing required parameter: '${name}'.`, { param: name })
  }
  if (typeof value === "string") return value
  throw invalid(name, `${name} must be a text`)
}

/** OpenAI takes `24h` alone. */
function readWindowMs(window: string): number {
  if (window === IMMEDIATE) return 24 * HOUR_MS
  const hours = Number(/^(\d{1,3})h$/.exec(window)?.[1] ?? 0)
  if (hours >= 1 && hours <= HOURS_MAX) return hours * HOUR_MS
  throw invalid("completion_window", `completion_window must be "24h", "1h" to "${HOURS_MAX}h", or "${IMMEDIATE}"`)
}

function readOutputTtlMs(given: unknown): number {
  if (given === undefined || given === null) return OUTPUT_TTL_MS
  if (!isRecord(given)) throw invalid("output_expires_after", "output_expires_after must be an object")
  return readExpiry(given, "output_expires_after")
}

function invalid(param: string, message: string): GatewayError {
  return new GatewayError("invalid_request", message, { param })
}
