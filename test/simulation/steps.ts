// The steps of a script. Each step is plain data that finds something to act on or does nothing, so that any part of a script is a
// script too, and a failing script can be shortened.
import * as fc from "fast-check"
import type { Outcome, UnreachedReason, Upstream } from "../../src/call.ts"
import type { PostOutcome } from "../../src/webhooks/post.ts"
import type { Trouble } from "./disk.ts"
import { type EventStep, eventSteps } from "./eventsteps.ts"
import type { Several } from "./ledger.ts"
import { owners, providerNames } from "./settings.ts"
import type { OutCall } from "./threads.ts"

/** The outcome of a call, as a script describes it. */
export type Ending =
  | { as: "answered"; tokens: number }
  /** The provider has accepted an upstream job. */
  | { as: "pending"; afterMs: number }
  | { as: "refused"; status: number; isKeyRefused: boolean; retryAfterMs: number | null; pace: Pace | null }
  /** The upstream job has failed. */
  | { as: "ended"; status: number }
  | { as: "unreadable" }
  | { as: "unreached"; reason: UnreachedReason }

/** The rate limit that a provider reports. */
export interface Pace {
  limit: number
  resetMs: number
}

/** Numbers select an existing item: `job` counts from the newest, `call` and `thread` from the oldest. */
export type Step =
  | EventStep
  | {
      do: "submit"
      provider: number
      model: number
      owner: number
      priority: number
      /** 0: any key; 1 to 3: one configured key; 4: the caller's key. */
      key: number
      /** The providers of the fallbacks. */
      fallbacks: number[]
      idempotencyKey: number | null
      body: number
      isForm: boolean
      isSpeech: boolean
      /** Whether its events are stored as they come. */
      isLogged: boolean
      lossRetries: number | null
      /** The number of the webhook endpoint that is named, which may not be there. */
      webhook: number | null
      /** Null: no job of a batch. Counts from the newest of those whose lines are run. */
      batch: number | null
      deadlineMs: number
      ttlMs: number
    }
  /** Runs the engine's next turn. */
  | { do: "turn" }
  | { do: "finish"; call: number; ending: Ending }
  /** A late answer to a call that was aborted or has been answered. */
  | { do: "late"; call: number; ending: Ending }
  | { do: "die"; thread: number }
  /** A client asks for it, or has gone. */
  | { do: "cancel" | "leave"; job: number }
  /** Of every `nth` job, those that are pending, those that are processing, or all. */
  | { do: Several; nth: number; isStarted: boolean | null }
  | { do: "remove"; job: number }
  | { do: "watch"; job: number }
  /** What becomes of the newest batch but so many, or a new one; `stop` ends one that is being cancelled. */
  | {
      do: "batch"
      move: "create" | "begin" | "refuse" | "finalize" | "complete" | "cancel" | "stop" | "expire"
      nth: number
    }
  /** A form whose pieces are uploaded but whose job is never submitted. */
  | { do: "abandon"; isDiscarded: boolean }
  | { do: "advance"; ms: number }
  /** Time passes while nothing runs, as when the machine sleeps. */
  | { do: "jump"; ms: number }
  /** The process dies after a number of further effects; the next one starts with a clock that was set back by `backMs`. */
  | { do: "crash"; after: number; backMs: number }
  /** The process is shut down, and the next one starts, perhaps with another configuration. */
  | { do: "restart"; graceMs: number; settings: number }
  | { do: "trouble"; with: Trouble }
  /** The receiver of a webhook that is out answers, with a status or not at all. */
  | { do: "receive"; webhook: number; status: number | null; retryAfterMs: number | null }
  /** The thread that sends webhooks dies. */
  | { do: "dieSender" }
  /** An operator's order about the newest delivery but so many, or an endpoint. */
  | { do: "order"; order: "redeliver" | "enable" | "disable" | "rotate" | "remove"; nth: number }

const few = fc.nat(3)
const job = fc.nat(20)
const call = fc.nat(9)
const delayMs = fc.constantFrom(0, 1, 40, 999, 1000, 5000, 61_000, 3_600_000)

type Refused = Extract<Ending, { as: "refused" }>

function refused(
  over: { status: fc.Arbitrary<number> } & Partial<{ [name in keyof Refused]: fc.Arbitrary<Refused[name]> }>,
) {
  return fc.record<Refused>({
    as: fc.constant("refused"),
    isKeyRefused: fc.constant(false),
    retryAfterMs: fc.constant(null),
    pace: fc.constant(null),
    ...over,
  })
}

export const ending = fc.oneof(
  { weight: 10, arbitrary: fc.record({ as: fc.constant("answered" as const), tokens: fc.nat(400) }) },
  {
    weight: 4,
    arbitrary: refused({
      status: fc.constant(429),
      isKeyRefused: fc.constantFrom(false, false, false, true),
      retryAfterMs: fc.option(delayMs),
      pace: fc.option(fc.record({ limit: fc.constantFrom(1, 2, 10), resetMs: fc.constantFrom(1, 1000, 60_000) })),
    }),
  },
  { weight: 2, arbitrary: refused({ status: fc.constantFrom(401, 403), isKeyRefused: fc.constant(true) }) },
  {
    weight: 3,
    arbitrary: refused({
      status: fc.constantFrom(302, 400, 404, 408, 409, 500, 503),
      retryAfterMs: fc.option(delayMs),
    }),
  },
  { weight: 2, arbitrary: fc.record({ as: fc.constant("pending" as const), afterMs: delayMs }) },
  { weight: 1, arbitrary: fc.record({ as: fc.constant("ended" as const), status: fc.constantFrom(400, 500) }) },
  { weight: 1, arbitrary: fc.constant({ as: "unreadable" as const }) },
  {
    weight: 4,
    arbitrary: fc.record({
      as: fc.constant("unreached" as const),
      reason: fc.constantFrom(
        "unconnected" as const,
        "timeout" as const,
        "network" as const,
        "aborted" as const,
        "crashed" as const,
        "gone" as const,
        "not_sent" as const,
      ),
    }),
  },
)

const provider = fc.nat(providerNames.length - 1)

const submit = fc.record({
  do: fc.constant("submit" as const),
  provider,
  model: fc.nat(1),
  owner: fc.nat(owners.length - 1),
  priority: fc.nat(2),
  key: fc.constantFrom(0, 0, 0, 1, 2, 3, 4),
  fallbacks: fc.oneof(
    { weight: 3, arbitrary: fc.constant<number[]>([]) },
    { weight: 1, arbitrary: fc.array(provider, { minLength: 1, maxLength: 2 }) },
  ),
  idempotencyKey: fc.option(fc.nat(5)),
  body: fc.nat(1),
  isForm: fc.constantFrom(false, false, false, true),
  isSpeech: fc.boolean(),
  isLogged: fc.constantFrom(false, false, true),
  lossRetries: fc.constantFrom(null, null, 0, 1),
  webhook: fc.option(fc.nat(6)),
  batch: fc.oneof(fc.constant(null), fc.constant(null), fc.nat(2)),
  deadlineMs: fc.constantFrom(86_400_000, 86_400_000, 86_400_000, 2000, 300_000, 7_200_000),
  ttlMs: fc.constantFrom(3_600_000, 1000, 60_000),
})

export const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 300, arbitrary: submit },
  { weight: 260, arbitrary: fc.constant({ do: "turn" as const }) },
  { weight: 240, arbitrary: fc.record({ do: fc.constant("finish" as const), call, ending }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant("late" as const), call, ending }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("die" as const), thread: few }) },
  { weight: 25, arbitrary: fc.record({ do: fc.constantFrom("cancel" as const, "leave" as const), job }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom<Several[]>("cancelSome", "cancelSome", "removeSome"),
      nth: fc.constantFrom(1, 2, 3),
      isStarted: fc.option(fc.boolean()),
    }),
  },
  { weight: 10, arbitrary: fc.record({ do: fc.constant("remove" as const), job }) },
  { weight: 15, arbitrary: fc.record({ do: fc.constant("watch" as const), job }) },
  {
    weight: 50,
    arbitrary: fc.record({
      do: fc.constant("batch" as const),
      move: fc.constantFrom(
        ...(["create", "create", "begin", "begin", "begin", "begin", "refuse", "refuse", "refuse"] as const),
        ...(["finalize", "complete", "complete", "cancel", "stop", "stop", "expire"] as const),
      ),
      nth: fc.nat(4),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("abandon" as const), isDiscarded: fc.boolean() }) },
  { weight: 60, arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.nat(700) }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.constantFrom(1000, 2000, 5000) }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("jump" as const),
      ms: fc.constantFrom(30_000, 61_000, 130_000, 700_000, 4_000_000, 90_000_000),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("crash" as const),
      after: fc.nat(40),
      backMs: fc.constantFrom(0, 0, 0, 900, 3_600_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("restart" as const),
      graceMs: fc.constantFrom(0, 1000, 10_000),
      settings: few,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("trouble" as const),
      with: fc.constantFrom("writes" as const, "space" as const, "reserve" as const),
    }),
  },
  {
    weight: 250,
    arbitrary: fc.record({
      do: fc.constant("receive" as const),
      webhook: fc.nat(3),
      status: fc.constantFrom(200, 200, 200, 200, 204, 302, 404, 408, 429, 500, 503, null),
      retryAfterMs: fc.option(delayMs),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("receive" as const),
      webhook: fc.nat(3),
      status: fc.constant(410),
      retryAfterMs: fc.constant(null),
    }),
  },
  ...eventSteps,
  { weight: 2, arbitrary: fc.constant({ do: "dieSender" as const }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("order" as const),
      order: fc.constantFrom(
        "redeliver" as const,
        "redeliver" as const,
        "enable" as const,
        "enable" as const,
        "disable" as const,
        "rotate" as const,
      ),
      nth: fc.nat(5),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("order" as const), order: fc.constant("remove" as const), nth: few }),
  },
  // Frequent, so that most of a script runs without failures of the disk.
  { weight: 25, arbitrary: fc.constant({ do: "trouble" as const, with: "nothing" as const }) },
)

/** Long enough for a job to go through many states, short enough that a new world for each script costs little. */
export const SCRIPT_STEPS = 1000
export const scripts = fc.array(steps, { minLength: SCRIPT_STEPS, maxLength: SCRIPT_STEPS, size: "max" })

const refusal = { type: null, code: null, message: "no", param: null }

/** The outcome that the thread of the call would report. */
export function makeOutcome(ending: Ending, { jobId, attempt }: OutCall): Outcome {
  const pace = ending.as === "refused" && !ending.isKeyRefused ? ending.pace : null
  const requests = pace === null ? null : { limit: pace.limit, remaining: 0, resetMs: pace.resetMs }
  const upstream: Upstream = { requestId: null, limits: requests && { requests, tokens: null } }
  const body = JSON.stringify({ jobId, attempt })
  switch (ending.as) {
    case "answered": {
      const used = { input_tokens: ending.tokens, output_tokens: 1 }
      return {
        kind: "answered",
        status: 200,
        body,
        usage: JSON.stringify(used),
        used,
        cost: ending.tokens / 4,
        upstream,
      }
    }
    case "pending":
      return { kind: "pending", state: body, afterMs: ending.afterMs, upstream }
    case "refused": {
      const { status, isKeyRefused, retryAfterMs } = ending
      return { kind: "refused", status, refusal, isKeyRefused, retryAfterMs, upstream }
    }
    case "ended":
      return {
        kind: "refused",
        status: ending.status,
        refusal,
        isKeyRefused: false,
        retryAfterMs: null,
        isEnd: true,
        upstream,
      }
    case "unreadable":
      return { kind: "unreadable", status: 200, message: "what is this?", body, upstream }
    case "unreached":
      return { kind: "unreached", reason: ending.reason, message: ending.reason }
  }
}

/** What the thread that sends webhooks would report. */
export function makePostOutcome({ status, retryAfterMs }: Extract<Step, { do: "receive" }>): PostOutcome {
  if (status === null) return { kind: "unreached", reason: "nobody listens", tookMs: 1 }
  return { kind: "answered", status, retryAfterMs, snippet: "", tookMs: 1 }
}
