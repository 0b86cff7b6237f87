import { describe, expect, test } from "bun:test"
import { readSecret } from "../../../src/auth/callersecret.ts"
import { digestIdempotencyKey, makeSecret } from "../../../src/http/intake/newjob.ts"

describe("what is sealed with a job", () => {
  const seal = (
    extraHeaders: Record<string, string>,
    key: string | null = null,
    extraHeadersTo: "primary" | "all" = "primary",
  ) => {
    const text = makeSecret(key, "up", { extraHeaders, extraHeadersTo })
    return text === null ? null : readSecret(text)
  }

  test("is nothing where the caller gives nothing", () => {
    expect(seal({}, null, "all")).toBeNull()
  })

  test("is its key, and its headers for the provider that it names, or for all of them where it says so", () => {
    const headers = { "x-team": "search" }
    expect(seal({}, "sk-own")).toEqual({ key: "sk-own", headers: {}, headersFor: "up" })
    expect(seal(headers)).toEqual({ key: null, headers, headersFor: "up" })
    expect(seal(headers, "sk-own", "all")).toEqual({ key: "sk-own", headers, headersFor: null })
  })

  test("can be read when an earlier version wrote it: then it is a key, whatever it looks like", () => {
    for (const key of ["sk-own", '{"type":"service_account"}', ""]) {
      expect(readSecret(key)).toEqual({ key, headers: {}, headersFor: null })
    }
  })
})

describe("an Idempotency-Key", () => {
  test("is the same digest for the same caller, and another for another caller or key", () => {
    const digests = [
      ["", "k"],
      ["vk:a", "k"],
      ["vk:b", "k"],
      ["vk:a", "l"],
      ["vk:", "ak"],
      ['vk:a","', "k"],
    ].map(([caller = "", key = ""]) => digestIdempotencyKey(caller, key))
    expect(new Set(digests).size).toBe(6)
    for (const digest of digests) expect(digest).toMatch(/^[0-9a-f]{64}$/)
    expect(digestIdempotencyKey("vk:a", "k")).toBe(digests[1] as string)
  })
})
