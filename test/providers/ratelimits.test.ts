import { describe, expect, test } from "bun:test"
import type { Allowance, Limits } from "../../src/call.ts"
import { readLimits } from "../../src/providers/ratelimits.ts"
import { readRetryAfterMs } from "../../src/providers/waits.ts"

const NOW = Date.UTC(2026, 10, 20)
const DAY_MS = 86_400_000

const limits = (headers: Record<string, string>) => readLimits(new Headers(headers), NOW)
const allowance = (limit: number | null, remaining: number | null, resetMs: number | null): Allowance => ({
  limit,
  remaining,
  resetMs,
})
const requests = (...told: Parameters<typeof allowance>): Limits => ({ requests: allowance(...told), tokens: null })
const tokens = (...told: Parameters<typeof allowance>): Limits => ({ requests: null, tokens: allowance(...told) })

describe("the limits that an answer tells", () => {
  const forms: [form: string, headers: Record<string, string>, told: Limits][] = [
    // https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers
    [
      "of OpenAI",
      {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-limit-tokens": "150000",
        "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-remaining-tokens": "149984",
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-reset-tokens": "6m0s",
      },
      { requests: allowance(60, 59, 1000), tokens: allowance(150_000, 149_984, 360_000) },
    ],
    // https://console.groq.com/docs/rate-limits
    [
      "of Groq",
      {
        "x-ratelimit-limit-requests": "14400",
        "x-ratelimit-limit-tokens": "18000",
        "x-ratelimit-remaining-requests": "14370",
        "x-ratelimit-remaining-tokens": "17997",
        "x-ratelimit-reset-requests": "2m59.56s",
        "x-ratelimit-reset-tokens": "7.66s",
      },
      { requests: allowance(14_400, 14_370, 179_560), tokens: allowance(18_000, 17_997, 7660) },
    ],
    // https://docs.aws.amazon.com/claude-platform/latest/userguide/rate-limits.html
    [
      "of Anthropic, whose tightest kind of tokens counts",
      {
        "anthropic-ratelimit-requests-limit": "1000",
        "anthropic-ratelimit-requests-remaining": "999",
        "anthropic-ratelimit-requests-reset": "2026-11-20T00:00:01Z",
        "anthropic-ratelimit-tokens-limit": "96000",
        "anthropic-ratelimit-tokens-remaining": "95000",
        "anthropic-ratelimit-tokens-reset": "2026-11-20T00:00:02Z",
        "anthropic-ratelimit-input-tokens-limit": "80000",
        "anthropic-ratelimit-input-tokens-remaining": "79000",
        "anthropic-ratelimit-input-tokens-reset": "2026-11-20T00:00:03Z",
        "anthropic-ratelimit-output-tokens-limit": "16000",
        "anthropic-ratelimit-output-tokens-remaining": "15000",
        "anthropic-ratelimit-output-tokens-reset": "2026-11-20T00:00:04Z",
      },
      { requests: allowance(1000, 999, 1000), tokens: allowance(16_000, 15_000, 4000) },
    ],
    [
      "of Anthropic, where of two kinds with nothing left the one counts that is back last",
      {
        "anthropic-ratelimit-input-tokens-remaining": "0",
        "anthropic-ratelimit-input-tokens-reset": "2026-11-20T00:01:00Z",
        "anthropic-ratelimit-output-tokens-remaining": "0",
        "anthropic-ratelimit-output-tokens-reset": "2026-11-20T00:00:05Z",
      },
      tokens(null, 0, 60_000),
    ],
    // https://openrouter.ai/docs/api-reference/limits
    [
      "of OpenRouter",
      { "x-ratelimit-limit": "50", "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(NOW + 60_000) },
      requests(50, 0, 60_000),
    ],
    // https://github.com/mistralai/client-ts/issues/169
    [
      "of Mistral",
      {
        "x-ratelimit-limit-tokens-minute": "5000000",
        "x-ratelimit-remaining-tokens-minute": "4999911",
        "x-ratelimit-tokens-query-cost": "52",
        "x-ratelimit-limit-req-minute": "720",
        "x-ratelimit-remaining-req-minute": "717",
      },
      { requests: allowance(720, 717, null), tokens: allowance(5_000_000, 4_999_911, null) },
    ],
    // https://inference-docs.cerebras.ai/support/rate-limits
    [
      "of Cerebras",
      {
        "x-ratelimit-limit-requests-day": "14400",
        "x-ratelimit-remaining-requests-day": "14399",
        "x-ratelimit-reset-requests-day": "33011.38",
        "x-ratelimit-limit-tokens-minute": "60000",
        "x-ratelimit-remaining-tokens-minute": "59988",
        "x-ratelimit-reset-tokens-minute": "11.38",
      },
      { requests: allowance(14_400, 14_399, 33_011_380), tokens: allowance(60_000, 59_988, 11_380) },
    ],
    [
      "of several windows, of which the tightest counts",
      {
        "x-ratelimit-limit-requests-minute": "5",
        "x-ratelimit-remaining-requests-minute": "4",
        "x-ratelimit-reset-requests-minute": "12",
        "x-ratelimit-limit-requests-hour": "150",
        "x-ratelimit-remaining-requests-hour": "3",
        "x-ratelimit-reset-requests-hour": "1800",
        "x-ratelimit-limit-requests-day": "2400",
        "x-ratelimit-remaining-requests-day": "2200",
        "x-ratelimit-limit-requests-month": "10000",
        "x-ratelimit-remaining-requests-month": "9900",
      },
      requests(150, 3, 1_800_000),
    ],
    // https://docs.sambanova.ai/docs/en/models/rate-limits
    [
      "of SambaNova, whose day is used up",
      {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-reset-requests": String(NOW / 1000 + 30),
        "x-ratelimit-limit-requests-day": "20",
        "x-ratelimit-remaining-requests-day": "0",
        "x-ratelimit-reset-requests-day": String(NOW / 1000 + 3600),
      },
      requests(20, 0, 3_600_000),
    ],
    // https://docs.together.ai/docs/rate-limits
    [
      "of Together",
      {
        "x-ratelimit-limit": "10",
        "x-ratelimit-remaining": "9",
        "x-ratelimit-reset": "1",
        "x-tokenlimit-limit": "33333",
        "x-tokenlimit-remaining": "33000",
      },
      { requests: allowance(10, 9, 1000), tokens: allowance(33_333, 33_000, null) },
    ],
    // https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-05
    [
      "of the IETF's draft up to 2023",
      { "ratelimit-limit": "100", "ratelimit-remaining": "50", "ratelimit-reset": "50" },
      requests(100, 50, 50_000),
    ],
    // https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-03
    [
      "of the IETF's draft with windows",
      { "ratelimit-limit": "10, 10;w=1, 1000;w=3600", "ratelimit-remaining": "9" },
      requests(10, 9, null),
    ],
    // https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10
    [
      "of the IETF's draft",
      { ratelimit: '"default";r=50;t=30', "ratelimit-policy": '"default";q=100;w=60' },
      requests(100, 50, 30_000),
    ],
    [
      "of the IETF's draft with several policies, of which the tightest counts",
      {
        ratelimit: '"day";r=900;t=36000, "burst"; r=3; t=2;pk=:cHNzdA==:',
        "ratelimit-policy": '"day";q=1000;w=86400,"burst";qu="requests";q=10;w=60',
      },
      requests(10, 3, 2000),
    ],
    ["of the IETF's draft without a policy", { ratelimit: '"default";r=50' }, requests(null, 50, null)],
    [
      "in two forms at once, of which the tightest counts",
      { "x-ratelimit-limit": "10", "x-ratelimit-remaining": "1", "x-ratelimit-remaining-requests": "5000" },
      requests(10, 1, null),
    ],
  ]

  test.each(forms)("%s", (_, headers, told) => {
    expect(limits(headers)).toEqual(told)
  })

  const resets: [reset: string, ms: number | null][] = [
    ["6m0s", 360_000],
    ["1.5s", 1500],
    ["120ms", 120],
    ["1h2m3s", 3_723_000],
    ["1h0m0.5s", 3_600_500],
    ["0s", 0],
    ["20", 20_000],
    ["0.25", 250],
    ["0", 0],
    ["2026-11-20T00:00:30Z", 30_000],
    ["2026-11-20T00:00:30.123456789Z", 30_123],
    ["2026-11-20T01:00:30+01:00", 30_000],
    ["2026-11-19T23:59:00Z", 0],
    ["Fri, 20 Nov 2026 00:00:30 GMT", 30_000],
    [String(NOW / 1000 + 30), 30_000],
    [String(NOW + 30_000), 30_000],
    [String(NOW / 1000 - 30), 0],
    // What is none: it would wait for longer than anybody means, or is no time at all.
    ["721h0m0s", null],
    ["2592001", null],
    [String(NOW / 1000 + 31 * 86_400), null],
    [String(NOW + 31 * DAY_MS), null],
    ["2027-01-01T00:00:00Z", null],
    ["1970-01-01T00:00:00Z", null],
    ["1e3", null],
    ["-5", null],
    ["-1s", null],
    ["1,5", null],
    ["1.5.5s", null],
    ["5 s", null],
    ["m", null],
    ["soon", null],
    ["NaN", null],
    ["", null],
  ]
  test.each(resets)("with the reset %j: %p ms", (reset, ms) => {
    const told = limits({ "x-ratelimit-limit-requests": "60", "x-ratelimit-reset-requests": reset })
    expect(told).toEqual(requests(60, null, ms))
  })

  // https://github.com/openai/openai-dotnet/issues/838
  test.each(["-1", "1,000", "1.5", "many", "", "99999999999999999999"])("with the limit %j: none", (limit) => {
    const told = limits({ "x-ratelimit-limit-tokens": limit, "x-ratelimit-remaining-tokens": "7" })
    expect(told).toEqual(tokens(null, 7, null))
  })

  test.each([
    {},
    { "content-type": "application/json", "x-request-id": "req_1", "retry-after": "5" },
    { "x-ratelimit-limit-requests": "-1", "x-ratelimit-remaining-requests": "soon" },
    { "x-ratelimit-bucket": "a" },
    { "x-ratelimit-limit-requests-fortnight": "9", "x-ratelimit-tokens-query-cost": "52" },
    { ratelimit: "limit=100, remaining=50" },
    { "ratelimit-policy": '"default";q=100;w=60' },
    { ratelimit: '"bytes";r=50', "ratelimit-policy": '"bytes";q=100;qu="content-bytes";w=60' },
  ])("are none in %j", (headers) => {
    expect(limits(headers as Record<string, string>)).toBeNull()
  })
})

interface Refused {
  headers?: Record<string, string>
  body?: unknown
  status?: number
}

function after({ headers = {}, body = {}, status = 429 }: Refused): number | null {
  const all = new Headers(headers)
  return readRetryAfterMs(all, body, readLimits(all, NOW), status, NOW)
}

/** https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto */
function googleRefusal(retryDelay: unknown) {
  const details = [
    { "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [] },
    { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay },
  ]
  return { error: { code: 429, message: "Resource has been exhausted", status: "RESOURCE_EXHAUSTED", details } }
}

describe("Retry-After", () => {
  // https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
  test.each([
    ["0", 0],
    ["20", 20_000],
    [" 20 ", 20_000],
    ["1.5", 1500],
    ["0.0004", 0],
    ["2592000", 30 * DAY_MS],
    ["Fri, 20 Nov 2026 00:00:30 GMT", 30_000],
    ["Friday, 20-Nov-26 00:00:30 GMT", 30_000],
    ["Fri Nov 20 00:00:30 2026", 30_000],
    ["2026-11-20T00:00:30Z", 30_000],
    ["2026-11-20T01:00:30+01:00", 30_000],
    ["Thu, 19 Nov 2026 00:00:00 GMT", 0],
  ])("%j is understood", (value, ms) => {
    expect(after({ headers: { "retry-after": value } })).toBe(ms)
  })

  test("in the form that names no zone means GMT, wherever the gateway stands", () => {
    const zone = process.env["TZ"] ?? "UTC"
    process.env["TZ"] = "Asia/Tokyo"
    const ms = after({ headers: { "retry-after": "Fri Nov 20 00:00:30 2026" } })
    process.env["TZ"] = zone
    expect(ms).toBe(30_000)
  })

  test.each([
    "",
    " ",
    "soon",
    "-5",
    "-1",
    "1,5",
    "5s",
    "20 seconds",
    "2 hours",
    "tomorrow 5",
    "0x10",
    "1e3",
    "Fri",
    "Fri, soon",
    "NaN",
    "2592001",
    "Wed, 20 Jan 2027 00:00:00 GMT",
    "Fri, 31 Dec 1999 23:59:59 GMT",
  ])("%j is none", (value) => {
    expect(after({ headers: { "retry-after": value } })).toBeNull()
  })

  test.each([
    ["1500", 1500],
    ["0", 0],
    ["12.6", 13],
  ])("in milliseconds: %j is understood", (value, ms) => {
    expect(after({ headers: { "retry-after-ms": value } })).toBe(ms)
  })

  // https://github.com/microsoft/kernel-memory/pull/795
  test("in milliseconds is read under Azure's name too", () => {
    expect(after({ headers: { "x-ms-retry-after-ms": "1500", "retry-after": "20" } })).toBe(1500)
  })

  test.each(["soon", "-5", "1,5", "2592000001"])("in milliseconds: %j is none, and the seconds count", (value) => {
    expect(after({ headers: { "retry-after-ms": value, "retry-after": "3" } })).toBe(3000)
  })
})

describe("Google's retryDelay", () => {
  test.each([
    ["34.07s", 34_070],
    ["34.074824224s", 34_075],
    ["0s", 0],
    ["0.5s", 500],
    [{ seconds: 34, nanos: 70_000_000 }, 34_070],
    [{ seconds: "34" }, 34_000],
    [{ nanos: 500_000_000 }, 500],
  ])("%j is understood", (delay, ms) => {
    expect(after({ body: googleRefusal(delay) })).toBe(ms)
    // As a list of one, the way the API answers where it speaks OpenAI's form; and with any status.
    expect(after({ body: [googleRefusal(delay)], status: 503 })).toBe(ms)
  })

  test.each(["-5s", "1,5s", "soon", "34", "2592001s", "", null, 34, { seconds: -5 }, { seconds: "soon" }])(
    "%j is none",
    (delay) => {
      expect(after({ body: googleRefusal(delay) })).toBeNull()
    },
  )

  const bodies: unknown[] = [
    null,
    undefined,
    "busy",
    [],
    [null],
    {},
    { error: "busy" },
    { error: { details: {} } },
    { error: { details: [null, 1, {}] } },
    { error: { details: [{ "@type": "type.googleapis.com/google.rpc.Help", retryDelay: "3s" }] } },
  ]
  test.each(bodies.map((body): [unknown] => [body]))("is none in %j", (body) => {
    expect(readRetryAfterMs(new Headers(), body, null, 429, NOW)).toBeNull()
  })
})

describe("a wait in the body", () => {
  const said: [words: string, ms: number | null][] = [
    // https://github.com/continuedev/continue/issues/10920, https://github.com/danielmiessler/Fabric/issues/364
    [
      "Rate limit reached on tokens per day (TPD): Limit 100000. Please try again in 9m38.016s. Need more tokens?",
      578_016,
    ],
    ["Rate limit reached. Please try again in 50.597142857s. Visit https://a.example", 50_597],
    ["try again in 2.5s", 2500],
    ["Try again in 20ms.", 20],
    ["Please try again in 1m30s.", 90_000],
    ["Please try again in 1h2m3.5s", 3_723_500],
    ["please try again in 6m0s", 360_000],
    // https://github.com/openai/openai-node/issues/1108, https://github.com/microsoft/action-python/issues/12
    ["have exceeded token rate limit. Please retry after 33 seconds. Please go here", 33_000],
    ["Please retry after 1 second.", 1000],
    // https://github.com/mozilla-ai/otari/pull/978
    ["You exceeded your current quota. Please retry in 34.074824224s.", 34_075],
    // https://github.com/zulip/zulip/issues/4831
    ["API usage exceeded rate limit, try again in 15.314237833 secs", 15_314],
    // https://github.com/Wei-Shaw/claude-relay-service/issues/746
    ["You have exhausted your capacity on this model. Your quota will reset after 5h59m59s.", 21_599_000],
    // https://github.com/earendil-works/pi/pull/4991
    ["Monthly usage limit reached. Resets in 16 days. To continue", 16 * DAY_MS],
    ["Try again in 1 hour, 2 minutes and 3 seconds", 3_723_000],
    // https://www.django-rest-framework.org/api-guide/throttling/
    ["Request was throttled. Expected available in 5 seconds.", 5000],
    ["Your rate limit resets in ~30s.", 30_000],
    // https://github.com/hugalafutro/model-hotel/pull/955
    ["Usage limit reached for 5 hour. Your limit will reset at 2026-11-20 08:01:00", 60_000],
    ["Your limit will reset at 2026-11-20 07:59:00", 0],
    // What names none, or too long a one.
    ["Please try again later", null],
    ["try again in a moment", null],
    ["try again in 5", null],
    ["try again in 5 apples", null],
    ["You have 20 seconds of audio", null],
    ["in 20s", null],
    ["try again in 31 days", null],
    ["will reset at 2027-11-20 08:01:00", null],
    [`${"x".repeat(5000)} try again in 5s`, null],
  ]
  test.each(said)("%j", (words, ms) => {
    for (const body of [
      { error: { message: words } },
      { error: words },
      { detail: words },
      { message: words },
      words,
    ]) {
      expect(after({ body })).toBe(ms)
      expect(after({ body, status: 503 })).toBe(ms)
    }
  })

  // https://github.com/Aider-AI/aider/issues/3550, https://github.com/BerriAI/litellm/issues/8448
  test("of the provider behind a router is read in its headers and its words", () => {
    const behind = (metadata: unknown) => ({ error: { message: "Provider returned error", code: 429, metadata } })
    const headers = {
      "X-RateLimit-Limit": "200",
      "X-RateLimit-Remaining": "0",
      "X-RateLimit-Reset": String(NOW + 40_000),
    }
    expect(after({ body: behind({ headers, provider_name: "Google AI Studio" }) })).toBe(40_000)
    expect(after({ body: behind({ headers: { "Retry-After": 7 } }), status: 502 })).toBe(7000)
    expect(after({ body: behind({ raw: '{"error":{"message":"Please try again in 2s"}}' }) })).toBe(2000)
    expect(after({ body: behind({ headers: { "no header": "1", "x-a": "\n" }, raw: "error code: 1015" }) })).toBeNull()
  })

  test.each([
    [{ retry_after: 2.5 }, 2500],
    [{ retry_after: "3" }, 3000],
    [{ retry_after_ms: 1500, retry_after: 60 }, 1500],
    [{ retry_after_seconds: 4 }, 4000],
    [{ "retry-after": 28.7 }, 28_700],
    [{ estimated_time: 20.0 }, 20_000],
    [{ retry_after: -1 }, null],
    [{ retry_after: "soon" }, null],
    [{ retry_after: null }, null],
    [{ retry_after: 2_592_001 }, null],
  ])("in a member: %j", (members, ms) => {
    for (const body of [
      { error: members },
      members,
      { error: { message: "x", metadata: members } },
      { detail: members },
    ]) {
      expect(after({ body })).toBe(ms)
    }
  })
})

describe("a refusal that does not say when to come back", () => {
  const spent = {
    "x-ratelimit-limit-requests": "60",
    "x-ratelimit-remaining-requests": "0",
    "x-ratelimit-reset-requests": "2s",
    "x-ratelimit-limit-tokens": "1000",
    "x-ratelimit-remaining-tokens": "400",
    "x-ratelimit-reset-tokens": "50s",
  }

  test("is over when what is used up is back", () => {
    expect(after({ headers: spent })).toBe(2000)
  })

  test("is over when all of what is used up is back", () => {
    expect(after({ headers: { ...spent, "x-ratelimit-remaining-tokens": "0" } })).toBe(50_000)
  })

  test("is not found in limits that are not used up", () => {
    expect(after({ headers: { ...spent, "x-ratelimit-remaining-requests": "1" } })).toBeNull()
  })

  test("is over at the last reset when nobody says what is left", () => {
    const headers = { "x-ratelimit-reset-requests": "2s", "x-ratelimit-reset-tokens": "50s" }
    expect(after({ headers })).toBe(50_000)
  })

  test("is not over because a reset says so", () => {
    expect(after({ headers: { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "0" } })).toBeNull()
  })

  test.each([400, 500, 503])("counts on no limit with status %i", (status) => {
    expect(after({ headers: spent, status })).toBeNull()
  })
})

test("what says it outright goes before what only lets it be seen", () => {
  const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "40" }
  const body = googleRefusal("30s")
  expect(after({ headers })).toBe(40_000)
  expect(after({ headers, body })).toBe(30_000)
  expect(after({ headers: { ...headers, "retry-after": "20" }, body })).toBe(20_000)
  expect(after({ headers: { ...headers, "retry-after": "20", "retry-after-ms": "10" }, body })).toBe(10)
})
