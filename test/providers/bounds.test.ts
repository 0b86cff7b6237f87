import { describe, expect, test } from "bun:test"
import type { Outcome } from "../../src/call.ts"
import { bounded, boundedWarnings, cutTo } from "../../src/providers/bounds.ts"
import { answered, refused } from "../factory.ts"

const long = "x".repeat(51_000_000)
const told = "… (cut: 51,000,000 characters)"
const upstream = { requestId: "r".repeat(2000), limits: null }

describe("what is kept of a provider's words", () => {
  test("is 4 KB of a refusal's message and 512 characters of its other words, and says that it was cut", () => {
    const refusal = { type: long, code: long, message: long, param: long }
    expect(bounded(refused(400, { refusal, upstream }))).toMatchObject({
      refusal: {
        type: "x".repeat(512) + told,
        code: "x".repeat(512) + told,
        message: "x".repeat(4096) + told,
        param: "x".repeat(512) + told,
      },
      upstream: { requestId: `${"r".repeat(512)}… (cut: 2,000 characters)` },
    })
  })

  test("is 4 KB of why there was no answer", () => {
    expect(bounded({ kind: "unreached", reason: "network", message: long })).toMatchObject({
      message: "x".repeat(4096) + told,
    })
  })

  test("is 1 MB of an answer that cannot be read: it was paid for", () => {
    const outcome: Outcome = { kind: "unreadable", status: 200, message: long, body: long, upstream }
    const { message, body } = bounded(outcome) as Extract<Outcome, { kind: "unreadable" }>
    expect(message).toBe("x".repeat(4096) + told)
    expect(body).toBe("x".repeat(1024 * 1024 + 100) + told)
  })

  test("is no more of an upstream job than it takes to ask after it", () => {
    const pending = (state: string): Outcome => ({ kind: "pending", state, afterMs: 1, upstream })
    expect(bounded(pending("{}")).kind).toBe("pending")
    expect(bounded(pending(long))).toMatchObject({
      kind: "unreadable",
      message: "the provider accepted the job, but its description of it has 51,000,000 characters",
    })
  })

  test("is of an answer all but a usage or a media type beyond all measure, and a warning says so", () => {
    const plain = answered({ usage: "{}" })
    expect(bounded(plain)).toBe(plain)
    const content = { type: `audio/${"x".repeat(300)}`, bytes: new Uint8Array(3) }
    expect(bounded(answered({ usage: JSON.stringify(long), content, warnings: ["one"] }))).toMatchObject({
      body: '{"choices":[]}',
      usage: null,
      content: { type: "application/octet-stream" },
      warnings: ["one", "the answer's usage has 51,000,002 characters: it is in the result alone"],
    })
  })
})

test("a text is never cut within a character", () => {
  expect(cutTo("ab😀", 3)).toBe("ab… (cut: 4 characters)")
  expect(cutTo("ab😀", 4)).toBe("ab😀")
})

test("warnings are cut each, and a hundred of them", () => {
  const all = Array.from({ length: 5000 }, (_, n) => `${n} ${"x".repeat(1000)}`)
  const kept = boundedWarnings(all)
  expect(kept).toHaveLength(101)
  expect(Math.max(...kept.map(({ length }) => length))).toBeLessThan(600)
  expect(kept.at(-1)).toBe("and 4900 more like these")
})
