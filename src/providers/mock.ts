// A provider that needs no network and no key, for demonstrations and for the tests of whoever writes a client.
// A member `mock` in the body turns its knobs; its answers say that they are mock answers.
import Type, { type Static } from "typebox"
import { Compile } from "typebox/compile"
import type { Call, Outcome } from "../call.ts"
import type { CallContext } from "./perform.ts"
import { answer } from "./raw.ts"
import type { ProviderSettings } from "./table.ts"

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
    hang: Type.Optional(Type.Boolean({ description: "Never answer: the call ends at the provider's timeout." })),
    malformed: Type.Optional(Type.Boolean({ description: "Answer 200 with JSON that breaks off." })),
  },
  { additionalProperties: false, description: "Knobs of the built-in mock provider." },
)
const checkKnobs = Compile(knobs)

interface Request {
  messages: { role: string; content?: unknown }[]
  mock?: unknown
}

export async function mock(call: Call, _provider: ProviderSettings, context: CallContext): Promise<Outcome> {
  const startedAt = context.clock.now()
  const request = JSON.parse(call.body) as Request
  const given = request.mock ?? {}
  if (!checkKnobs.Check(given)) return refused(400, knobProblem(given), null)
  const knob: Static<typeof knobs> = given
  if (knob.hang) await pause(Number.POSITIVE_INFINITY, context)
  if (knob.latency_ms) await pause(knob.latency_ms, context)
  if (knob.status !== undefined && call.attempt <= (knob.times ?? Number.POSITIVE_INFINITY)) {
    const retryAfter = knob.retry_after === undefined ? null : Math.round(knob.retry_after * 1000)
    return refused(knob.status, `mock answer: status ${knob.status} on attempt ${call.attempt}`, retryAfter)
  }
  const text = JSON.stringify(completion(call, request, context.clock.now()))
  return answer(call, {
    status: 200,
    contentType: "application/json",
    text: knob.malformed ? text.slice(0, text.length / 2) : text,
    latencyMs: context.clock.now() - startedAt,
  })
}

/** A chat completion as OpenAI documents it, that repeats the last user message. */
function completion(call: Call, request: Request, now: number) {
  const words = (text: string) => text.split(/\s+/).filter(Boolean).length
  const last = request.messages.findLast((message) => message.role === "user") ?? request.messages.at(-1)
  const echo = textOf(last?.content)
  const content = `[mock answer by asyncgate, no model was asked] ${echo}`
  const prompt_tokens = request.messages.reduce((sum, message) => sum + words(textOf(message.content)), 0)
  const completion_tokens = words(content)
  return {
    id: `chatcmpl-mock-${call.jobId}`,
    object: "chat.completion",
    created: Math.floor(now / 1000),
    model: call.model,
    choices: [
      { index: 0, message: { role: "assistant", content, refusal: null }, logprobs: null, finish_reason: "stop" },
    ],
    usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
    system_fingerprint: "mock",
  }
}

/** A message's content is text or a list of parts. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content
  if (!Array.isArray(content)) return ""
  return content.map((part: { text?: unknown }) => (typeof part?.text === "string" ? part.text : "")).join(" ")
}

function knobProblem(given: unknown): string {
  const error = checkKnobs.Errors(given)[0]
  const path = `mock${(error?.instancePath ?? "").replaceAll("/", ".")}`
  // Of a member that the schema does not name, the library says that its schema is `false`.
  const what = error?.keyword === "boolean" ? "is no knob" : (error?.message ?? "is not valid")
  return `${path} ${what}; the knobs are ${Object.keys(knobs.properties).join(", ")}`
}

function refused(status: number, message: string, retryAfterMs: number | null): Outcome {
  return {
    kind: "refused",
    status,
    refusal: { type: "mock_error", code: `mock_${status}`, message, param: null },
    retryAfterMs,
  }
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
