import { describe, expect, test } from "bun:test"
import type { Outcome, UnreachedReason } from "../../src/call.ts"
import { rules } from "../../src/jobs/retryrules.ts"
import {
  type Attempted,
  computeBackoff,
  decide,
  decideInterrupted,
  decideOverdue,
  type KeysLeft,
  type RetryPolicy,
  redirectFailure,
} from "../../src/jobs/transitions.ts"
import { answered, refused } from "../factory.ts"

const NOW = Date.UTC(2026, 10, 20)
const JITTER = 0.5
const policy: RetryPolicy = { maxRetries: 3, backoffInitialMs: 500, backoffMaxMs: 30_000 }
const extra_fields = {
  provider: "up",
  model_requested: "m",
  original_model_requested: "m",
  request_type: "chat_completion",
}

function job(over: Partial<Attempted> = {}): Attempted {
  return {
    requestType: "chat_completion",
    provider: "up",
    model: "m",
    attempt: 1,
    failures: 0,
    losses: 0,
    lossRetries: null,
    crashes: 0,
    createdAt: NOW,
    deadlineAt: NOW + 86_400_000,
    providerState: null,
    ...over,
  }
}

/** No other key, a quota that is open, no other provider. */
const none: KeysLeft = { choice: null, opensAt: NOW, hasFallback: false }

function unreached(reason: UnreachedReason): Outcome {
  return { kind: "unreached", reason, message: "nobody answered" }
}

const unreadable: Outcome = {
  kind: "unreadable",
  status: 200,
  message: "the body is not JSON",
  body: "<html>",
  upstream: { requestId: null, limits: null },
}
const pending: Outcome = {
  kind: "pending",
  state: '{"id":"theirs"}',
  afterMs: 2000,
  upstream: { requestId: null, limits: null },
}
/** The outcomes after which the provider may have done and billed the work. */
const lost = ["timeout", "network", "aborted", "crashed"] as const satisfies UnreachedReason[]
const statuses = Array.from({ length: 300 }, (_, n) => n + 300)

/** The transition of a job in this position, in a word. */
function fate(outcome: Outcome, over: Partial<Attempted> = {}, keys: Partial<KeysLeft> = {}): string {
  const transition = decide(outcome, job(over), { ...none, ...keys }, policy, NOW, JITTER)
  switch (transition.to) {
    case "retry":
      return `retry in ${transition.runAt - NOW}${transition.isLoss ? ", a loss" : ""}${transition.isCrash ? ", a crash" : ""}`
    case "rotate":
      return `rotate to ${transition.keyChoice}`
    case "fail":
      return `fail ${transition.statusCode} ${transition.error.error.code}`
    case "fallBack":
      return `on to ${transition.next.provider}`
    case "await":
      return `await ${transition.state} in ${transition.runAt - NOW}`
    case "park":
      return transition.runAt === undefined ? "park" : `park until ${transition.runAt - NOW}`
    default:
      return transition.to
  }
}

/** Half of a backoff is fixed, and JITTER adds half of the rest. */
const BACKOFF = 375
const left = {}
const spent = { attempt: 4, failures: 3 }
/** A deadline that comes before any backoff is over. */
const late = { deadlineAt: NOW + 100 }
/** A job whose one allowed retry of a lost answer has been used. */
const madeGood = { attempt: 2, failures: 1, losses: 1, lossRetries: 1 }

interface Row {
  what: string
  outcome: Outcome
  left: string
  spent: string
  late: string
  madeGood: string
}

/** A row with the same transition in every position. */
const always = (what: string, outcome: Outcome, end: string): Row => {
  return { what, outcome, left: end, spent: end, late: end, madeGood: end }
}

describe("the retry policy", () => {
  const table: Row[] = [
    always("2xx", answered(), "succeed"),
    always("pending", pending, 'await {"id":"theirs"} in 2000'),
    always("2xx that cannot be read", unreadable, "fail 502 unreadable_response"),
    ...[408, 409, 424, 425, 498, 500, 502, 503, 504, 529, 599].map((status) => ({
      what: `${status}`,
      outcome: refused(status),
      left: `retry in ${BACKOFF}`,
      spent: `fail ${status} c`,
      late: `fail ${status} c`,
      madeGood: "retry in 750",
    })),
    {
      what: "403 that passes",
      outcome: refused(403, { isKeyRefused: false, isPassing: true, retryAfterMs: 20_000 }),
      left: "retry in 20000",
      spent: "fail 403 c",
      late: "fail 403 c",
      madeGood: "retry in 20000",
    },
    {
      what: "400 that passes",
      outcome: refused(400, { isPassing: true }),
      left: `retry in ${BACKOFF}`,
      spent: "fail 400 c",
      late: "fail 400 c",
      madeGood: "retry in 750",
    },
    {
      what: "503 with a time to come back",
      outcome: refused(503, { retryAfterMs: 20_000 }),
      left: "retry in 20000",
      spent: "fail 503 c",
      late: "fail 503 c",
      madeGood: "retry in 20000",
    },
    always("429", refused(429), "park"),
    always("429 with a time to come back", refused(429, { retryAfterMs: 20_000 }), "park"),
    always(
      "429 without money",
      refused(429, { isKeyRefused: true, retryAfterMs: 20_000 }),
      "fail 502 upstream_credentials_exhausted",
    ),
    ...[401, 402, 403].map((status) => always(`${status}`, refused(status), "fail 502 upstream_credentials_exhausted")),
    ...[400, 404, 405, 410, 413, 415, 422, 451, 499].map((status) =>
      always(`${status}`, refused(status, { retryAfterMs: 20_000 }), `fail ${status} c`),
    ),
    ...[300, 301, 302, 304, 307, 308].map((status) =>
      always(`${status}`, refused(status), "fail 502 upstream_redirect"),
    ),
    always("not_sent", unreached("not_sent"), "fail 500 request_lost"),
    always("misconfigured", unreached("misconfigured"), "park until 1000"),
    {
      what: "unconnected",
      outcome: unreached("unconnected"),
      left: `retry in ${BACKOFF}`,
      spent: "fail 502 provider_connection_failed",
      late: "fail 502 provider_connection_failed",
      madeGood: "retry in 750",
    },
    ...(
      [
        ["timeout", "504 request_timed_out"],
        ["network", "502 provider_connection_failed"],
        ["aborted", "502 interrupted"],
      ] as const
    ).map(([reason, end]) => ({
      what: reason,
      outcome: unreached(reason),
      left: `retry in ${BACKOFF}, a loss`,
      spent: `fail ${end}`,
      late: `fail ${end}`,
      madeGood: `fail ${end}`,
    })),
    {
      // The job need not be the cause of the death of its thread, so that it is tried again without a wait.
      what: "crashed",
      outcome: unreached("crashed"),
      left: "retry in 0, a loss, a crash",
      spent: "retry in 0, a loss, a crash",
      late: "retry in 0, a loss, a crash",
      madeGood: "fail 502 worker_crashed",
    },
  ]

  test.each(table)("$what, tries left: $left", (row) => {
    expect(fate(row.outcome, left)).toBe(row.left)
  })

  test.each(table)("$what, tries spent: $spent", (row) => {
    expect(fate(row.outcome, spent)).toBe(row.spent)
  })

  test.each(table)("$what, no time left: $late", (row) => {
    expect(fate(row.outcome, late)).toBe(row.late)
  })

  test.each(table)("$what, a lost answer retried before: $madeGood", (row) => {
    expect(fate(row.outcome, madeGood)).toBe(row.madeGood)
  })

  test("has a rule for every outcome there is, and a use for every rule", () => {
    const outcomes = [
      answered(),
      pending,
      unreadable,
      ...statuses.flatMap((status) => [
        refused(status),
        refused(status, { retryAfterMs: 1 }),
        refused(status, { isKeyRefused: true }),
      ]),
      ...lost.map(unreached),
      unreached("unconnected"),
      unreached("misconfigured"),
      unreached("not_sent"),
    ]
    const deciding = outcomes.map((outcome) => rules.find((rule) => rule.matches(outcome)))
    expect(deciding).not.toContain(undefined)
    expect(new Set(deciding)).toEqual(new Set(rules))
  })

  test("ends every job whose tries are spent, unless a quota holds it up", () => {
    for (const outcome of statuses.filter((status) => status !== 429).map((status) => refused(status))) {
      expect(fate(outcome, spent)).toStartWith("fail ")
    }
  })

  test("a job that may not be retried at all fails at its first failure, and waits for a quota nevertheless", () => {
    const once = { ...policy, maxRetries: 0 }
    expect(decide(refused(500), job(), none, once, NOW, JITTER).to).toBe("fail")
    expect(decide(unreached("network"), job(), none, once, NOW, JITTER).to).toBe("fail")
    expect(decide(refused(429), job(), none, once, NOW, JITTER).to).toBe("park")
  })
})

describe("a success", () => {
  test("stores the answer as it is, whichever 2xx it was", () => {
    expect(decide(answered({ status: 203 }), job(), none, policy, NOW, JITTER)).toEqual({
      to: "succeed",
      result: '{"choices":[]}',
      usage: null,
    })
  })

  test("keeps the usage and the bytes that came with it", () => {
    const content = { type: "audio/mpeg", bytes: new Uint8Array([1, 2]) }
    const usage = '{"total_tokens":3}'
    expect(decide(answered({ usage, content }), job(), none, policy, NOW, JITTER)).toEqual({
      to: "succeed",
      result: '{"choices":[]}',
      usage,
      content,
    })
  })
})

describe("a key that was refused", () => {
  const refusals = [401, 402, 403].map((status) => refused(status)).concat(refused(429, { isKeyRefused: true }))

  test("is left for another one at once, however few tries and however little time is left", () => {
    for (const outcome of refusals) {
      for (const over of [left, spent, late, madeGood]) {
        expect(fate(outcome, over, { choice: 'not:["a"]' })).toBe('rotate to not:["a"]')
      }
    }
  })

  test("for a while is left for another one, which need not wait, and tried again where there is none", () => {
    for (const status of [402, 403]) {
      const outcome = refused(status, { isKeyRefused: false, isPassing: true, retryAfterMs: 3_600_000 })
      for (const over of [left, spent, late]) {
        expect(fate(outcome, over, { choice: 'not:["a"]' })).toBe('rotate to not:["a"]')
      }
      expect(fate(outcome, left)).toBe(fate(refused(503, { retryAfterMs: 3_600_000 }), left))
    }
    expect(fate(refused(503), left, { choice: 'not:["a"]' })).not.toContain("rotate")
  })

  test("is left for another one that waits for its quota, too", () => {
    const keys = { choice: 'not:["a"]', opensAt: NOW + 3_600_000, hasFallback: true }
    for (const outcome of refusals) expect(fate(outcome, left, keys)).toBe('rotate to not:["a"]')
  })

  test("and was the last one ends the job, with the status and the provider's own words", () => {
    const transition = decide(refused(403), job(), none, policy, NOW, JITTER)
    expect(transition).toMatchObject({
      to: "fail",
      statusCode: 502,
      error: {
        type: "upstream_credentials_exhausted",
        status_code: 502,
        error: { message: "the provider refused the key with 403: the provider's own words" },
        extra_fields,
      },
    })
    expect(decide(refused(429, { isKeyRefused: true }), job(), none, policy, NOW, JITTER)).toMatchObject({
      error: { error: { message: "the provider refused the key with 429: the provider's own words" } },
    })
  })

  test("is not what other refusals are, which no other key would change", () => {
    for (const status of [400, 404, 422]) {
      expect(fate(refused(status), left, { choice: 'not:["a"]' })).toBe(`fail ${status} c`)
    }
  })
})

describe("a 429", () => {
  const far = { opensAt: NOW + policy.backoffMaxMs + 1 }

  test("lets the job wait, however long its quota is closed, when no other provider is there", () => {
    expect(fate(refused(429), left, { opensAt: NOW + 80_000_000 })).toBe("park")
    // The wait is bounded by the deadline.
    expect(fate(refused(429), late, { opensAt: NOW + 80_000_000 })).toBe("park")
  })

  test("sends a job with fallbacks on when the wait is longer than retry_backoff_max, and lets it wait when it is not", () => {
    const hasFallback = true
    expect(fate(refused(429), left, { ...far, hasFallback })).toBe("fail 429 c")
    expect(fate(refused(429), left, { opensAt: far.opensAt - 1, hasFallback })).toBe("park")
    expect(fate(refused(429), left, { opensAt: NOW - 1, hasFallback })).toBe("park")
  })

  test("spends no try, whatever has happened before", () => {
    for (const over of [spent, madeGood, { crashes: 1 }]) expect(fate(refused(429), over)).toBe("park")
  })
})

describe("a job with fallbacks", () => {
  const targets = ["second", "third"].map((provider) => ({ provider, model: "m" }))
  const failed = decide(refused(400), job(), none, policy, NOW, JITTER)
  const other = decide(refused(404), job(), none, policy, NOW, JITTER)

  test("goes on to the next one when it has failed", () => {
    expect(redirectFailure(failed, targets, null)).toMatchObject({ to: "fallBack", next: targets[0] })
  })

  test("ends with the first provider's error when the last one has failed too", () => {
    if (failed.to !== "fail" || other.to !== "fail") throw new Error("not failed")
    expect(redirectFailure(other, [], failed.error)).toEqual({ ...other, statusCode: 400, error: failed.error })
    expect(redirectFailure(other, [], null)).toEqual(other)
  })

  test("goes on to the next one when the wait that a passing refusal names is longer than retry_backoff_max", () => {
    const wait = (retryAfterMs: number) => refused(503, { retryAfterMs })
    expect(fate(wait(policy.backoffMaxMs + 1), left, { hasFallback: true })).toBe("fail 503 c")
    expect(fate(wait(policy.backoffMaxMs), left, { hasFallback: true })).toBe(`retry in ${policy.backoffMaxMs}`)
    expect(fate(wait(policy.backoffMaxMs + 1), left)).toBe(`retry in ${policy.backoffMaxMs + 1}`)
  })

  test("is left alone by anything but a failure", () => {
    const keys = { ...none, choice: "", hasFallback: true }
    for (const outcome of [answered(), refused(500), refused(429), refused(401), unreached("crashed")]) {
      const transition = decide(outcome, job(left), keys, policy, NOW, JITTER)
      expect(transition.to).not.toBe("fail")
      expect(redirectFailure(transition, targets, null)).toEqual(transition)
    }
  })
})

test("a job that waits for a change of the configuration is tried again when its age has doubled, until its deadline", () => {
  const after = (waitedMs: number) => fate(unreached("misconfigured"), { ...spent, createdAt: NOW - waitedMs })
  expect([0, 500, 4000, 299_000, 300_000, 86_000_000].map(after)).toEqual(
    [1000, 1000, 4000, 299_000, 300_000, 300_000].map((ms) => `park until ${ms}`),
  )
  const overdue = decideOverdue(job(), "no keys found for provider: up and model: m: set UP_API_KEY")
  expect(overdue.error.error.message).toBe(
    "the job's deadline passed while it was waiting to be tried: no keys found for provider: up and model: m: set UP_API_KEY",
  )
})

describe("the backoff", () => {
  const steps = [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]

  test.each(steps.map((step, at) => [at + 1, step] as const))(
    "of try %i is between half and all of %i ms",
    (n, step) => {
      expect(computeBackoff(n, policy, 0)).toBe(step / 2)
      expect(computeBackoff(n, policy, 0.999_999_9)).toBeWithin(step - 1, step + 1)
      for (let jitter = 0; jitter < 1; jitter += 0.05) {
        expect(computeBackoff(n, policy, jitter)).toBeWithin(step / 2, step + 1)
      }
    },
  )

  test("is never longer than its maximum and always a whole number of milliseconds", () => {
    for (const backoffInitialMs of [0, 1, 3, 500, 60_000]) {
      for (let n = 1; n <= 101; n++) {
        const ms = computeBackoff(n, { ...policy, backoffInitialMs }, 0.37)
        expect(ms).toBeWithin(0, policy.backoffMaxMs + 1)
        expect(Number.isInteger(ms)).toBe(true)
      }
    }
  })

  test("grows with each try that was spent", () => {
    expect([0, 1, 2].map((failures) => fate(refused(500), { failures }))).toEqual([
      "retry in 375",
      "retry in 750",
      "retry in 1500",
    ])
  })
})

describe("Retry-After", () => {
  const asked = (status: number, retryAfterMs: number) => refused(status, { retryAfterMs })

  test("shorter than the backoff does not make the gateway hammer", () => {
    expect(fate(asked(503, 0))).toBe(`retry in ${BACKOFF}`)
    expect(fate(asked(503, 1), { failures: 1 })).toBe("retry in 750")
  })

  test("on 5xx and the other passing statuses makes the wait longer and still spends the try", () => {
    for (const status of [408, 409, 425, 500, 503]) expect(fate(asked(status, 5000))).toBe("retry in 5000")
  })

  test("beyond the deadline ends the job at once, with the provider's own words", () => {
    expect(decide(asked(503, 1000), job({ deadlineAt: NOW + 1000 }), none, policy, NOW, JITTER)).toEqual({
      to: "fail",
      statusCode: 503,
      error: {
        is_bifrost_error: false,
        status_code: 503,
        error: { type: "t", code: "c", message: "the provider's own words", param: "p" },
        extra_fields,
      },
    })
    expect(fate(asked(503, 999), { deadlineAt: NOW + 1000 })).toBe("retry in 999")
  })
})

describe("an answer that was lost", () => {
  const once = (losses: number) => ({ attempt: losses + 1, failures: losses, losses, lossRetries: 1 })

  test.each(lost)("by %s is retried as often as other failures, where the caller sets no limit", (reason) => {
    for (const losses of [0, 1, 2]) {
      expect(fate(unreached(reason), { failures: losses, losses })).toStartWith("retry in ")
    }
  })

  test.each(lost)("by %s is retried once where each call is billed, and not twice", (reason) => {
    expect(fate(unreached(reason), once(0))).toMatch(/^retry in \d+, a loss/)
    expect(fate(unreached(reason), once(1))).toStartWith("fail ")
  })

  test.each(lost)("by %s is not retried where the caller forbids that, and the error says why", (reason) => {
    const transition = decide(unreached(reason), job({ lossRetries: 0 }), none, policy, NOW, JITTER)
    if (transition.to !== "fail") throw new Error(`no failure: ${transition.to}`)
    expect(transition.error.error.message).toBe(
      "nobody answered; it is not sent again: the call may have been done and billed (x-asyncgate-on-interrupt: retry asks for it, unless a call of a function was streamed)",
    )
  })

  test("is neither a call that was never sent, nor one that was answered with an error", () => {
    for (const outcome of [unreached("unconnected"), refused(500), refused(408)]) {
      expect(fate(outcome, { lossRetries: 0 })).toBe(`retry in ${BACKOFF}`)
    }
  })

  test("does not mention billing when only its tries are spent", () => {
    const transition = decide(unreached("network"), job(spent), none, policy, NOW, JITTER)
    if (transition.to !== "fail") throw new Error(`no failure: ${transition.to}`)
    expect(transition.error.error.message).toBe("nobody answered")
  })

  test("by a timeout that was the deadline is said to be that", () => {
    expect(fate(unreached("timeout"), { deadlineAt: NOW })).toBe("fail 504 deadline_exceeded")
    expect(fate(unreached("network"), { deadlineAt: NOW })).toBe("fail 502 provider_connection_failed")
  })
})

describe("a job whose thread died", () => {
  test("is tried once more at once, and fails when its thread dies again", () => {
    expect(fate(unreached("crashed"))).toBe("retry in 0, a loss, a crash")
    expect(fate(unreached("crashed"), { crashes: 1, attempt: 2, failures: 1, losses: 1 })).toBe(
      "fail 502 worker_crashed",
    )
  })

  test("is not forgiven by what happened between the two deaths", () => {
    for (const over of [{ failures: 0 }, { losses: 0 }, { lossRetries: 5 }]) {
      expect(fate(unreached("crashed"), { crashes: 1, ...over })).toBe("fail 502 worker_crashed")
    }
  })
})

describe("a job with an upstream job", () => {
  const ours = { providerState: '{"id":"theirs"}' }
  const asked = (retryAfterMs: number) => refused(503, { retryAfterMs })

  test("is polled again after any failed poll, and spends no try", () => {
    const outcomes = [408, 409, 425, 429, 500, 503].map((status) => refused(status)).concat(lost.map(unreached))
    for (const outcome of [...outcomes, unreached("unconnected")]) {
      for (const over of [left, spent, madeGood, { crashes: 1 }, { lossRetries: 0 }]) {
        expect(fate(outcome, { ...ours, ...over })).toBe('await {"id":"theirs"} in 5000')
      }
    }
    expect(fate(asked(20_000), ours)).toBe('await {"id":"theirs"} in 20000')
    expect(fate(asked(1), ours)).toBe('await {"id":"theirs"} in 5000')
  })

  test("is polled at most once a second and at least once an hour, whatever its provider says", () => {
    for (const afterMs of [0, 1, 999]) expect(fate({ ...pending, afterMs }, ours)).toContain("in 1000")
    expect(fate({ ...pending, afterMs: 30 * 86_400_000 }, ours)).toContain("in 3600000")
    expect(fate(asked(30 * 86_400_000), ours)).toContain("in 3600000")
  })

  test("is not given up because the configuration lacks what polls need, and is polled less and less often", () => {
    const outcome = unreached("misconfigured")
    for (const over of [left, spent, madeGood]) {
      expect(fate(outcome, { ...ours, ...over })).toBe('await {"id":"theirs"} in 1000')
    }
    expect(fate(outcome, { ...ours, createdAt: NOW - 86_400_000 })).toBe('await {"id":"theirs"} in 300000')
  })

  test("stores each new state of the upstream job, and ends when that one ends", () => {
    expect(fate({ ...pending, state: '{"step":2}' }, ours)).toBe('await {"step":2} in 2000')
    expect(fate(answered(), ours)).toBe("succeed")
    expect(fate(unreadable, ours)).toBe("fail 502 unreadable_response")
    expect(fate(refused(404), ours)).toBe("fail 404 c")
    expect(fate(unreached("not_sent"), ours)).toBe("fail 500 request_lost")
  })

  test("is retried, as after any failure, when the upstream job has failed", () => {
    const ended = (status: number) => refused(status, { isEnd: true })
    expect(fate(ended(500), ours)).toBe(`retry in ${BACKOFF}`)
    expect(fate(ended(500), { ...ours, ...spent })).toBe("fail 500 c")
    expect(fate(ended(429), ours)).toBe("park")
    expect(fate(ended(400), ours)).toBe("fail 400 c")
  })

  test("is asked for again, as after any lost answer, when the provider does not know the upstream job any more", () => {
    expect(fate(unreached("gone"), ours)).toBe(`retry in ${BACKOFF}, a loss`)
    for (const over of [spent, { lossRetries: 0 }]) {
      expect(fate(unreached("gone"), { ...ours, ...over })).toBe("fail 502 provider_connection_failed")
    }
  })

  test("goes to no fallback where a lost answer may not be repeated and nothing can be sent any more", () => {
    const decided = (lossRetries: number | null) =>
      decide(unreached("not_sent"), job({ ...ours, lossRetries }), none, policy, NOW, JITTER)
    expect(decided(0)).toMatchObject({ to: "fail", isFinal: true })
    expect(decided(null)).not.toHaveProperty("isFinal")
  })

  test("stays with the key that created it", () => {
    expect(fate(refused(401), ours, { choice: 'not:["a"]' })).toBe("fail 502 upstream_credentials_exhausted")
  })

  test("is made again with another key where it has ended because of its own", () => {
    for (const status of [401, 402, 403]) {
      expect(fate(refused(status, { isEnd: true }), ours, { choice: 'not:["a"]' })).toBe('rotate to not:["a"]')
    }
  })

  test("is resumed at once after the end of the gateway, however often, without a second bill", () => {
    for (const over of [left, spent, { lossRetries: 0 }, { deadlineAt: NOW }]) {
      expect(decideInterrupted(job({ ...ours, ...over }), policy, NOW)).toEqual({
        to: "await",
        state: '{"id":"theirs"}',
        runAt: NOW,
      })
    }
  })

  test("fails when its deadline passes, and says what it waited for", () => {
    expect(decideOverdue(job(ours), null).error.error).toMatchObject({
      code: "deadline_exceeded",
      message: "the job's deadline passed while it was waiting for the upstream job",
    })
  })
})

describe("a failure", () => {
  const failure = (outcome: Outcome) => {
    const transition = decide(outcome, job({ ...spent, crashes: 1 }), none, policy, NOW, JITTER)
    if (transition.to !== "fail") throw new Error(`no failure: ${transition.to}`)
    return transition
  }

  test("of an answer that cannot be read keeps the answer as it came", () => {
    expect(failure(unreadable)).toMatchObject({
      raw: "<html>",
      error: { error: { code: "unreadable_response", message: "the body is not JSON" } },
    })
  })

  test("says in the error object what it says to the job, and keeps no raw text otherwise", () => {
    const refusals = statuses.filter((status) => status !== 429).map((status) => refused(status))
    for (const outcome of [...refusals, ...lost.map(unreached)]) {
      const { statusCode, error, ...rest } = failure(outcome)
      expect(statusCode).toBe(error.status_code)
      expect(statusCode).toBeWithin(400, 600)
      expect(rest).toEqual({ to: "fail" })
    }
  })
})

describe("an attempt that was interrupted by the end of the gateway", () => {
  test("is due again at once, and its answer counts as lost", () => {
    expect(decideInterrupted(job({ failures: 2 }), policy, NOW)).toEqual({
      to: "retry",
      runAt: NOW,
      isLoss: true,
      isCrash: false,
    })
  })

  test("is retried as often as a lost answer may be", () => {
    const to = (losses: number, lossRetries: number | null) =>
      decideInterrupted(job({ failures: losses, losses, lossRetries }), policy, NOW).to
    expect([to(0, null), to(1, null), to(2, null), to(3, null)]).toEqual(["retry", "retry", "retry", "fail"])
    expect([to(0, 1), to(1, 1)]).toEqual(["retry", "fail"])
    expect(to(0, 0)).toBe("fail")
  })

  test.each([
    ["no retry was left (max_retries 3)", { failures: 3 }, 502, "interrupted"],
    ["the job's deadline has passed", { deadlineAt: NOW }, 504, "deadline_exceeded"],
    [
      "it is not sent again: the call may have been done and billed (x-asyncgate-on-interrupt: retry asks for it, unless a call of a function was streamed)",
      { lossRetries: 0 },
      502,
      "interrupted",
    ],
  ])("fails when %s", (why, over, statusCode, code) => {
    expect(decideInterrupted(job({ ...over, attempt: 4 }), policy, NOW)).toMatchObject({
      to: "fail",
      statusCode,
      error: {
        error: { code, message: `the gateway stopped while attempt 4 was out, and ${why}` },
        extra_fields,
      },
    })
  })
})

test("a job whose deadline passed in the queue fails as timed out", () => {
  expect(decideOverdue(job(), null)).toMatchObject({
    to: "fail",
    statusCode: 504,
    error: { type: "request_timed_out", error: { code: "deadline_exceeded" }, extra_fields },
  })
})
