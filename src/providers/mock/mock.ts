// The built-in mock provider, which needs no network and no key: for demonstrations and for tests of clients.
// The member `mock` of a request sets its knobs. Its answers say that they are mock answers.
import Type, { type Static } from "typebox"
import { Compile } from "typebox/compile"
import type { TLocalizedValidationError } from "typebox/error"
import type { Call, Form, Outcome, Upstream } from "../../call.ts"
import { getEndpoint } from "../../endpoints/endpoints.ts"
import { split } from "../../endpoints/streams/streamform.ts"
import type { Attempt, CallContext } from "../adapter.ts"
import { readAll, readUpload } from "../clientform.ts"
import { answered, JSON_HEADERS, refusedWith } from "../upstreamreplies.ts"
import { readRetryAfterMs } from "../waits.ts"
import { type MockRequest, mockAnswer } from "./mockanswers.ts"

export const knobs = Type.Object(
  {
    latency_ms: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 3_600_000, description: "How long the answer takes." }),
    ),
    status: Type.Optional(
      Type.Integer({
        minimum: 300,
        maximum: 599,
        description: "Answer with this HTTP status instead of a completion.",
      }),
    ),
    times: Type.Optional(
      Type.Integer({ minimum: 0, description: "Do so for the first `times` attempts only, then succeed." }),
    ),
    retry_after: Type.Optional(Type.Number({ minimum: 0, description: "Seconds, sent as Retry-After with `status`." })),
    limit: Type.Optional(
      Type.Object(
        {
          limit: Type.Optional(Type.Integer({ minimum: 0 })),
          remaining: Type.Optional(Type.Integer({ minimum: 0 })),
          reset_ms: Type.Optional(Type.Integer({ minimum: 0 })),
        },
        { additionalProperties: false, description: "The rate limit of requests that every answer reports." },
      ),
    ),
    polls: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        description: "Work on it as an upstream job, which has ended after so many polls.",
      }),
    ),
    piece_ms: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 60_000, description: "How long each piece of a streamed answer takes." }),
    ),
    hang: Type.Optional(Type.Boolean({ description: "Never answer: the call ends at the provider's timeout." })),
    malformed: Type.Optional(Type.Boolean({ description: "Answer 200 with JSON that breaks off." })),
  },
  { additionalProperties: false, description: "Knobs of the built-in mock provider." },
)
/** Compiled on first use, because most threads never need it. */
let checkKnobs: ReturnType<typeof Compile<typeof knobs>> | undefined
/** The time between two polls of its upstream jobs. */
const POLL_MS = 100

export async function mock(attempt: Attempt): Promise<Outcome> {
  const { call, context } = attempt
  const startedAt = context.clock.now()
  const { body, form } = call
  const request = form === null ? { fields: parse(body ?? "") as Fields, files: [] } : await formRequest(form, context)
  const given = request.fields["mock"] ?? {}
  checkKnobs ??= Compile(knobs)
  if (!checkKnobs.Check(given)) return refused(400, knobProblem(checkKnobs.Errors(given)[0]), makeUpstream(call, {}))
  const knob: Static<typeof knobs> = given
  const upstream = makeUpstream(call, knob)
  if (knob.hang) await pause(Number.POSITIVE_INFINITY, context)
  if (knob.latency_ms) await pause(knob.latency_ms, context)
  if (knob.status !== undefined && call.attempt <= (knob.times ?? Number.POSITIVE_INFINITY)) {
    const message = `mock answer: status ${knob.status} on attempt ${call.attempt}`
    return refused(knob.status, message, upstream, knob.retry_after)
  }
  const asked = call.state === null ? 0 : (JSON.parse(call.state) as { asked: number }).asked + 1
  if (asked < (knob.polls ?? 0))
    return { kind: "pending", state: JSON.stringify({ asked }), afterMs: POLL_MS, upstream }
  const { jobId, model } = call
  const { contentType, bytes } = mockAnswer(call.requestType, request, { jobId, model, now: context.clock.wall() })
  if (contentType === "application/json") await emitPieces(attempt, request.fields, bytes, knob.piece_ms ?? 0)
  return await answered(attempt, {
    status: 200,
    headers:
      knob.malformed || contentType === "application/json"
        ? JSON_HEADERS
        : new Headers({ "content-type": contentType }),
    bytes: knob.malformed ? bytes.subarray(0, bytes.length / 2) : bytes,
    latencyMs: context.clock.now() - startedAt,
    upstream,
  })
}

/** Streams the answer word by word, where a client reads it as a stream. */
async function emitPieces(
  { call, context }: Attempt,
  fields: Fields,
  bytes: Uint8Array,
  pieceMs: number,
): Promise<void> {
  const { stream } = getEndpoint(call.requestType)
  if (!context.emit || !stream) return
  const result = JSON.parse(new TextDecoder().decode(bytes)) as Fields
  for (const piece of split(stream, result, fields)) {
    if (pieceMs > 0) await pause(pieceMs, context)
    await context.emit(piece)
  }
}

type Fields = Record<string, unknown>

/** Reads a form as a provider would. The field `mock` has JSON text. */
async function formRequest(form: Form, { pieceAt }: CallContext): Promise<MockRequest> {
  const upload = await readUpload(form, pieceAt)
  const { mock } = upload.fields
  const files: MockRequest["files"] = []
  for (const file of upload.files) {
    const { name, fileName, contentType } = file
    files.push({ name, fileName, contentType, bytes: await readAll(upload.read(file)) })
  }
  return { fields: { ...upload.fields, ...(typeof mock === "string" ? { mock: parse(mock) } : {}) }, files }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function knobProblem(error: TLocalizedValidationError | undefined): string {
  const path = `mock${(error?.instancePath ?? "").replaceAll("/", ".")}`
  // For an unknown member the library reports the schema `false`.
  const what = error?.keyword === "boolean" ? "is no knob" : (error?.message ?? "is not valid")
  return `${path} ${what}; the knobs are ${Object.keys(knobs.properties).join(", ")}`
}

function makeUpstream({ jobId, attempt }: Call, { limit }: Static<typeof knobs>): Upstream {
  const requests = limit && {
    limit: limit.limit ?? null,
    remaining: limit.remaining ?? null,
    resetMs: limit.reset_ms ?? null,
  }
  return { requestId: `mock-${jobId}-${attempt}`, limits: requests ? { requests, tokens: null } : null }
}

function refused(status: number, message: string, upstream: Upstream, retryAfter?: number): Outcome {
  const refusal = { type: "mock_error", code: `mock_${status}`, message, param: null }
  const headers = new Headers(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) })
  return refusedWith(status, refusal, readRetryAfterMs(headers, null, upstream.limits, status, 0), upstream)
}

/** Waits, or throws when the call is aborted. */
function pause(delayMs: number, { clock, signal }: CallContext): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      cancel()
      reject(new Error("aborted"))
    }
    const cancel = delayMs === Number.POSITIVE_INFINITY ? () => {} : clock.after(delayMs, done)
    function done() {
      signal.removeEventListener("abort", abort)
      resolve()
    }
    if (signal.aborted) return abort()
    signal.addEventListener("abort", abort)
  })
}
