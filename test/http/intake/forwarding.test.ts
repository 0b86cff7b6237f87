import { describe, expect, test } from "bun:test"
import { readSecret } from "../../../src/auth/callersecret.ts"
import { GatewayError } from "../../../src/errors.ts"
import {
  checkedRequestId,
  childOf,
  extraHeaders,
  idempotencyDigest,
  pinnedKey,
  reservedHeaders,
  secretOf,
} from "../../../src/http/intake/forwarding.ts"
import { resolveProviders } from "../../../src/providers/settings.ts"

const keyring = { find: () => null, isUnmarked: (value: string) => value === "team-key", isEmpty: () => false }
const { providers } = resolveProviders({}, {})
const options = { keyring, reserved: reservedHeaders(providers) }

describe("x-bf-eh-NAME", () => {
  test("is passed on as NAME, every one of them", () => {
    const headers = new Headers({
      "x-bf-eh-OpenAI-Organization": "org-1",
      "x-bf-eh-anthropic-beta": "a, b",
      "x-bf-eh-x-team": "search",
      "x-team": "not this one",
      "x-bf-vk": "sk-bf-a",
      "content-type": "application/json",
    })
    expect(extraHeaders(headers, options)).toEqual({
      "openai-organization": "org-1",
      "anthropic-beta": "a, b",
      "x-team": "search",
    })
  })

  test.each([
    "authorization",
    "Authorization",
    "cookie",
    "host",
    "content-length",
    "connection",
    "transfer-encoding",
    "x-api-key",
    "x-goog-api-key",
    "proxy-authorization",
    "x-bf-vk",
    "x-bf-eh-x-team",
    "X-BF-Anything",
    "api-key",
    "content-type",
    "upgrade",
    "",
  ])("never sets %j", (name) => {
    expect(extraHeaders(new Headers({ [`x-bf-eh-${name}`]: "value" }), options)).toEqual({})
  })

  test("never sets the header by which any provider is told who calls", () => {
    const headers = new Set(providers.map(({ authorization }) => authorization.header))
    expect(headers.size).toBeGreaterThan(4)
    for (const header of headers)
      expect(extraHeaders(new Headers({ [`x-bf-eh-${header}`]: "value" }), options)).toEqual({})
  })

  const refused: [why: string, given: Record<string, string>][] = [
    ["holds a key of this gateway", { "x-bf-eh-x-team": "Bearer sk-bf-abc" }],
    ["holds a key of this gateway", { "x-bf-eh-x-team": "Token token='team-key'" }],
    ["holds a key of this gateway", { "x-bf-eh-x-team": "asyncgate-ADMIN-abc" }],
    ["is longer than 4096 characters", { "x-bf-eh-x-team": "x".repeat(4096) }],
    ["comes more than 32 times", Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`x-bf-eh-x-${at}`, "1"]))],
  ]
  test.each(refused)("that %s is refused", (why, given) => {
    expect(() => extraHeaders(new Headers(given), options)).toThrow(why)
  })
})

describe("x-request-id", () => {
  const idOf = (id: string) => checkedRequestId(new Headers({ "x-request-id": id }), keyring)

  test("is kept as it is, up to 512 characters", () => {
    for (const id of ["a", "x".repeat(512)]) expect(idOf(id)).toBe(id)
  })

  test("that is missing or empty is made", () => {
    expect(checkedRequestId(new Headers(), keyring)).toMatch(/^[0-9a-f-]{36}$/)
    expect(idOf("")).toMatch(/^[0-9a-f-]{36}$/)
  })

  test.each([
    ["x".repeat(513), "has 513 characters: send at most 512"],
    ["sk-bf-abc", "holds a key of this gateway"],
    ["a team-key b", "holds a key of this gateway"],
  ])("%s is refused", (id, why) => {
    expect(() => idOf(id)).toThrow(why)
  })
})

describe("what is sealed with a job", () => {
  const secret = (headers: Record<string, string>, key: string | null = null) => {
    const text = secretOf(new Headers(headers), key, "up", options)
    return text === null ? null : readSecret(text)
  }

  test("is nothing where the caller gives nothing", () => {
    expect(secret({ "x-asyncgate-extra-headers": "all", traceparent: "00-0-0-00" })).toBeNull()
  })

  test("is its key, and its headers for the provider that it names, or for all of them where it says so", () => {
    const eh = { "x-bf-eh-x-team": "search" }
    expect(secret({}, "sk-own")).toEqual({ key: "sk-own", headers: {}, headersFor: "up" })
    expect(secret(eh)).toEqual({ key: null, headers: { "x-team": "search" }, headersFor: "up" })
    for (const to of ["primary", " primary", ""]) {
      expect(secret({ ...eh, "x-asyncgate-extra-headers": to })?.headersFor).toBe("up")
    }
    expect(secret({ ...eh, "x-asyncgate-extra-headers": "all" }, "sk-own")).toEqual({
      key: "sk-own",
      headers: { "x-team": "search" },
      headersFor: null,
    })
  })

  test("is refused where it does not say to whom the headers go", () => {
    expect(() => secret({ "x-asyncgate-extra-headers": "true" })).toThrow(
      "x-asyncgate-extra-headers must be primary (the provider of model alone) or all (those of fallbacks too)",
    )
  })

  test("can be read when an earlier version wrote it: then it is a key, whatever it looks like", () => {
    for (const key of ["sk-own", '{"type":"service_account"}', ""]) {
      expect(readSecret(key)).toEqual({ key, headers: {}, headersFor: null })
    }
  })
})

test.each([
  [{}, null],
  [{ "x-bf-api-key": "main" }, "main"],
  [{ "x-bf-api-key-id": "key-1" }, "key-1"],
  [{ "x-bf-api-key": "main", "x-bf-api-key-id": "key-1" }, "key-1"],
  [{ "x-bf-api-key": "main", "x-bf-api-key-id": "" }, "main"],
  [{ "x-bf-api-key": " " }, null],
])("%j pins the key %p", (headers, key) => {
  expect(pinnedKey(new Headers(headers as Record<string, string>))).toBe(key)
})

describe("a traceparent", () => {
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
  const span = "00f067aa0ba902b7"
  const random = (bytes: number) => new Uint8Array(bytes).fill(0xab)
  const child = `00-${trace}-abababababababab`

  test.each([
    [`00-${trace}-${span}-01`, `${child}-01`],
    [`00-${trace}-${span}-00`, `${child}-00`],
    [` 00-${trace}-${span}-01 `, `${child}-01`],
    [`01-${trace}-${span}-01`, `${child}-01`],
    [`01-${trace}-${span}-01-more`, `${child}-01`],
  ])("%j has a child of the same trace and flags with a span of its own", (traceparent, expected) => {
    expect(childOf(traceparent, random)).toBe(expected)
  })

  test.each([
    null,
    "",
    "garbage",
    `00-${trace}-${span}`,
    `00-${trace}-${span}-01-more`,
    `00-${trace}-${span}-1`,
    `00-${trace}-${span}-0g`,
    `01-${trace}-${span}-01more`,
    `ff-${trace}-${span}-01`,
    `0-${trace}-${span}-01`,
    `00-${"0".repeat(32)}-${span}-01`,
    `00-${trace}-${"0".repeat(16)}-01`,
    `00-${trace.toUpperCase()}-${span}-01`,
    `00-${trace.slice(1)}-${span}-01`,
    `00-${trace}-${span}-01, 00-${trace}-${span}-01`,
  ])("%j is not valid and has none", (traceparent) => {
    expect(childOf(traceparent, random)).toBeNull()
  })

  test("has a child that is valid whatever the random bytes are", () => {
    const made = childOf(`00-${trace}-${span}-01`, (bytes) => new Uint8Array(bytes))
    expect(childOf(made, random)).toBe(`${child}-01`)
  })
})

describe("an Idempotency-Key", () => {
  test("is the same digest for the same caller, and another for another caller or key", () => {
    const digests = [
      ["", "k"],
      ["vk:a", "k"],
      ["vk:b", "k"],
      ["vk:a", "l"],
      ["vk:ak", ""],
      ["vk:", "ak"],
      ['vk:a","', "k"],
    ].map(([owner = "", key = ""]) => idempotencyDigest(owner, key))
    expect(digests[4]).toBeNull()
    expect(new Set(digests).size).toBe(7)
    for (const digest of digests.filter((digest) => digest !== null)) expect(digest).toMatch(/^[0-9a-f]{64}$/)
    expect(idempotencyDigest("vk:a", "k")).toBe(digests[1] as string)
  })

  test("may be missing or empty", () => {
    expect(idempotencyDigest("vk:a", null)).toBeNull()
    expect(idempotencyDigest("vk:a", "")).toBeNull()
  })

  test("has at most 255 characters", () => {
    expect(idempotencyDigest("", "k".repeat(255))).not.toBeNull()
    let refusal: unknown
    try {
      idempotencyDigest("", "k".repeat(256))
    } catch (error) {
      refusal = error
    }
    expect(refusal).toBeInstanceOf(GatewayError)
    expect(refusal).toMatchObject({
      code: "invalid_request",
      param: "Idempotency-Key",
      message: "Idempotency-Key has 256 characters: send at most 255",
    })
  })
})
