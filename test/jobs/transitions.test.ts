import { describe, expect, test } from "bun:test"
import type { Outcome, Refusal, UnreachedReason } from "../../src/call.ts"
import {
  type Attempted,
  backoffMs,
  decide,
  decideInterrupted,
  decideOverdue,
  orFallBack,
  type RetryPolicy,
  rules,
} from "../../src/jobs/transitions.ts"

const NOW = Date.UTC(2026, 10, 20)
const JITTER = 0.5
const policy: RetryPolicy = { maxRetries: 3, backoffInitialMs: 500, backoffMaxMs: 30_000 }
const words: Refusal = { type: "t", code: "c", message: "the provider's own words", param: "p" }
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
    deadlineAt: NOW + 86_400_000,
    ...over,
  }
}

function refused(status: number, retryAfterMs: number | null = null): Outcome {
  return { kind: "refused", status, refusal: words, retryAfterMs }
}

function unreached(reason: UnreachedReason): Outcome {
  return { kind: "unreached", reason, message: "nobody answered" }
}

const answered: Outcome = { kind: "answered", status: 200, body: '{"choices":[]}', usage: null }
const unreadable: Outcome = { kind: "unreadable", status: 200, message: "the body is not JSON", body: "<html>" }
const reasons = ["timeout", "network", "aborted", "crashed"] as const satisfies UnreachedReason[]
const statuses = Array.from({ length: 300 }, (_, n) => n + 300)

/** In a word: where a job in this position goes. */
function fate(outcome: Outcome, over: Partial<Attempted> = {}): string {
  const transition = decide(outcome, job(over), policy, NOW, JITTER)
  switch (transition.to) {
    case "succeed":
      return "succeed"
    case "retry":
    case "park":
      return `${transition.to} in ${transition.runAt - NOW}`
    case "fail":
      return `fail ${transition.statusCode} ${transition.error.error.code}`
    case "fallBack":
      return `on to ${transition.next.provider}`
  }
}

/** Half a backoff is certain, and JITTER says half of the rest. */
const BACKOFF = 375
const left = {}
const spent = { failures: 3 }
/** The deadline comes before any backoff is over. */
const late = { deadlineAt: NOW + 100 }

describe("the retry policy", () => {
  const table: { what: string; outcome: Outcome; left: string; spent: string; late: string }[] = [
    { what: "2xx", outcome: answered, left: "succeed", spent: "succeed", late: "succeed" },
    {
      what: "2xx that cannot be read",
      outcome: unreadable,
      left: "fail 502 unreadable_response",
      spent: "fail 502 unreadable_response",
      late: "fail 502 unreadable_response",
    },
    ...[408, 409, 425, 429, 500, 502, 503, 504, 529, 599].map((status) => ({
      what: `${status}`,
      outcome: refused(status),
      left: `retry in ${BACKOFF}`,
      spent: `fail ${status} c`,
      late: `fail ${status} c`,
    })),
    {
      what: "429 with a time to come back",
      outcome: refused(429, 20_000),
      left: "park in 20000",
      spent: "park in 20000",
      late: "fail 429 c",
    },
    {
      what: "503 with a time to come back",
      outcome: refused(503, 20_000),
      left: "retry in 20000",
      spent: "fail 503 c",
      late: "fail 503 c",
    },
    ...[401, 402, 403].map((status) => ({
      what: `${status}`,
      outcome: refused(status),
      left: "fail 502 upstream_credentials_exhausted",
      spent: "fail 502 upstream_credentials_exhausted",
      late: "fail 502 upstream_credentials_exhausted",
    })),
    ...[400, 404, 405, 410, 413, 415, 422, 451, 499].map((status) => ({
      what: `${status}`,
      outcome: refused(status, 20_000),
      left: `fail ${status} c`,
      spent: `fail ${status} c`,
      late: `fail ${status} c`,
    })),
    ...[300, 301, 302, 304, 307, 308].map((status) => ({
      what: `${status}`,
      outcome: refused(status),
      left: "fail 502 upstream_redirect",
      spent: "fail 502 upstream_redirect",
      late: "fail 502 upstream_redirect",
    })),
    ...(
      [
        ["timeout", "504 request_timed_out"],
        ["network", "502 provider_connection_failed"],
        ["aborted", "502 interrupted"],
        ["crashed", "502 worker_crashed"],
      ] as const
    ).map(([reason, end]) => ({
      what: reason,
      outcome: unreached(reason),
      left: `retry in ${BACKOFF}`,
      spent: `fail ${end}`,
      late: `fail ${end}`,
    })),
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

  test("has a rule for every outcome there is, and a use for every rule", () => {
    const outcomes = [
      answered,
      unreadable,
      ...statuses.flatMap((status) => [refused(status), refused(status, 1)]),
      ...reasons.map(unreached),
      unreached("unsendable"),
    ]
    const used = new Set(outcomes.map((outcome) => rules.find((rule) => rule.matches(outcome))))
    expect(used).toEqual(new Set(rules))
  })

  test("ends every job whose tries are spent, unless its provider said when to come back", () => {
    for (const outcome of [...statuses.map((status) => refused(status)), ...reasons.map(unreached)]) {
      expect(fate(outcome, spent)).toStartWith("fail ")
    }
  })

  test("a job that may not be retried at all fails at its first failure", () => {
    const once = { ...policy, maxRetries: 0 }
    expect(decide(refused(500), job(), once, NOW, JITTER).to).toBe("fail")
    expect(decide(refused(429, 1000), job(), once, NOW, JITTER).to).toBe("park")
  })
})

describe("a success", () => {
  test("stores the answer as it is, whichever 2xx it was", () => {
    expect(decide({ ...answered, kind: "answered", status: 203 } as Outcome, job(), policy, NOW, JITTER)).toEqual({
      to: "succeed",
      result: '{"choices":[]}',
      usage: null,
    })
  })
})

describe("a job with fallbacks", () => {
  const targets = ["second", "third"].map((provider) => ({ provider, model: "m" }))
  const failed = decide(refused(400), job(), policy, NOW, JITTER)
  const other = decide(refused(404), job(), policy, NOW, JITTER)

  test("goes on to the next one when it has failed, and the rest stay for later", () => {
    expect(orFallBack(failed, targets, null)).toMatchObject({ to: "fallBack", next: targets[0], rest: [targets[1]] })
  })

  test("ends with the first provider's error when the last one has failed too", () => {
    if (failed.to !== "fail" || other.to !== "fail") throw new Error("not failed")
    expect(orFallBack(other, [], failed.error)).toEqual({ ...other, statusCode: 400, error: failed.error })
    expect(orFallBack(other, [], null)).toEqual(other)
  })

  test("is left alone by anything but a failure", () => {
    for (const outcome of [answered, refused(500), refused(429, 1000)]) {
      const transition = decide(outcome, job(left), policy, NOW, JITTER)
      expect(orFallBack(transition, targets, null)).toEqual(transition)
    }
  })
})

describe("the backoff", () => {
  const steps = [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]

  test.each(steps.map((step, at) => [at + 1, step] as const))(
    "of try %i is between half and all of %i ms",
    (n, step) => {
      expect(backoffMs(n, policy, 0)).toBe(step / 2)
      expect(backoffMs(n, policy, 0.999_999_9)).toBeWithin(step - 1, step + 1)
      for (let jitter = 0; jitter < 1; jitter += 0.05) {
        expect(backoffMs(n, policy, jitter)).toBeWithin(step / 2, step + 1)
      }
    },
  )

  test("is never longer than its maximum and always a whole number of milliseconds", () => {
    for (const backoffInitialMs of [0, 1, 3, 500, 60_000]) {
      for (let n = 1; n <= 101; n++) {
        const ms = backoffMs(n, { ...policy, backoffInitialMs }, 0.37)
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
  test("on 429 is kept to the millisecond, when it is longer than the first backoff", () => {
    expect(fate(refused(429, 376), { failures: 2 })).toBe("park in 376")
    expect(fate(refused(429, 3_600_000))).toBe("park in 3600000")
  })

  test("shorter than the backoff does not make the gateway hammer", () => {
    expect(fate(refused(429, 1))).toBe(`park in ${BACKOFF}`)
    // A zero names no time: waiting without spending a try would go on until the deadline.
    expect(fate(refused(429, 0))).toBe(`retry in ${BACKOFF}`)
    expect(fate(refused(503, 1), { failures: 1 })).toBe("retry in 750")
  })

  test("on 5xx and the other passing statuses makes the wait longer and still spends the try", () => {
    for (const status of [408, 409, 425, 500, 503]) expect(fate(refused(status, 5000))).toBe("retry in 5000")
  })

  test.each([429, 503])("of %i beyond the deadline ends the job at once, with the provider's own words", (status) => {
    const transition = decide(refused(status, 1000), job({ deadlineAt: NOW + 1000 }), policy, NOW, JITTER)
    expect(transition).toEqual({
      to: "fail",
      statusCode: status,
      error: {
        is_bifrost_error: false,
        status_code: status,
        error: { type: "t", code: "c", message: "the provider's own words", param: "p" },
        extra_fields,
      },
    })
    expect(fate(refused(status, 999), { deadlineAt: NOW + 1000 })).toEndWith("in 999")
  })
})

describe("a failure", () => {
  const failure = (outcome: Outcome) => {
    const transition = decide(outcome, job(spent), policy, NOW, JITTER)
    if (transition.to !== "fail") throw new Error(`no failure: ${transition.to}`)
    return transition
  }

  test("of a refused key quotes the status and the provider", () => {
    expect(failure(refused(403)).error).toMatchObject({
      type: "upstream_credentials_exhausted",
      status_code: 502,
      error: { message: "the provider refused the key with 403: the provider's own words" },
      extra_fields,
    })
  })

  test("of an answer that cannot be read keeps the answer as it came", () => {
    expect(failure(unreadable)).toMatchObject({
      raw: "<html>",
      error: { error: { code: "unreadable_response", message: "the body is not JSON" } },
    })
  })

  test("says in the error object what it says to the job, and keeps no raw text otherwise", () => {
    for (const outcome of [...statuses.map((status) => refused(status)), ...reasons.map(unreached)]) {
      const { statusCode, error, ...rest } = failure(outcome)
      expect(statusCode).toBe(error.status_code)
      expect(statusCode).toBeWithin(400, 600)
      expect(rest).toEqual({ to: "fail" })
    }
  })
})

describe("an attempt that the gateway's own end cut off", () => {
  test("is due again at once", () => {
    expect(decideInterrupted(job({ failures: 2 }), policy, NOW)).toEqual({ to: "retry", runAt: NOW })
  })

  test.each([
    ["no retry was left (max_retries 3)", { failures: 3 }],
    ["its deadline has passed", { deadlineAt: NOW }],
  ])("fails when %s", (why, over) => {
    expect(decideInterrupted(job({ ...over, attempt: 4 }), policy, NOW)).toMatchObject({
      to: "fail",
      statusCode: 502,
      error: {
        error: {
          code: "interrupted",
          message: `the gateway stopped while attempt 4 was under way, and ${why}`,
        },
        extra_fields,
      },
    })
  })
})

test("a job whose deadline passed in the queue fails as timed out", () => {
  expect(decideOverdue(job())).toMatchObject({
    to: "fail",
    statusCode: 504,
    error: { type: "request_timed_out", error: { code: "deadline_exceeded" }, extra_fields },
  })
})
