import { describe, expect, test } from "bun:test"
import { listReservedHeaders, readExtraHeaders, readExtraHeadersTo } from "../../../src/http/request/extraheaders.ts"
import { resolveProviders } from "../../../src/providers/settings.ts"

const keyring = {
  find: () => null,
  isUnmarked: (value: string) => value === "team-key",
  isEmpty: () => false,
  list: () => [],
}
const { providers } = resolveProviders({}, {})
const options = { keyring, reserved: listReservedHeaders(providers) }

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
    expect(readExtraHeaders(headers, options)).toEqual({
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
    expect(readExtraHeaders(new Headers({ [`x-bf-eh-${name}`]: "value" }), options)).toEqual({})
  })

  test("never sets a header that carries a provider's credentials", () => {
    const headers = new Set(providers.map(({ authorization }) => authorization.header))
    expect(headers.size).toBeGreaterThan(4)
    for (const header of headers)
      expect(readExtraHeaders(new Headers({ [`x-bf-eh-${header}`]: "value" }), options)).toEqual({})
  })

  const refused: [why: string, given: Record<string, string>][] = [
    ["holds a key of this gateway", { "x-bf-eh-x-team": "Bearer sk-bf-abc" }],
    ["holds a key of this gateway", { "x-bf-eh-x-team": "Token token='team-key'" }],
    ["holds a key of this gateway", { "x-bf-eh-x-team": "asyncgate-ADMIN-abc" }],
    ["is longer than 4096 characters", { "x-bf-eh-x-team": "x".repeat(4096) }],
    ["comes more than 32 times", Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`x-bf-eh-x-${at}`, "1"]))],
  ]
  test.each(refused)("that %s is refused", (why, given) => {
    expect(() => readExtraHeaders(new Headers(given), options)).toThrow(why)
  })
})

describe("x-asyncgate-extra-headers", () => {
  const read = (to: string) => readExtraHeadersTo(new Headers({ "x-asyncgate-extra-headers": to }))

  test("names the primary where it does not say all", () => {
    expect(readExtraHeadersTo(new Headers())).toBe("primary")
    for (const to of ["primary", " primary", ""]) expect(read(to)).toBe("primary")
    expect(read("all")).toBe("all")
  })

  test("is refused where it does not say to whom the headers go", () => {
    expect(() => read("true")).toThrow(
      "x-asyncgate-extra-headers must be primary (the provider of model alone) or all (those of fallbacks too)",
    )
  })
})
