import { describe, expect, test } from "bun:test"
import { blockedNames, isBlocked } from "../../src/providers/blocked.ts"
import type { Alias } from "../../src/providers/provider.ts"

const alias = (model: string, canonical: string | null = null): Alias => ({ model, canonical, placement: null })

describe("a blocked model", () => {
  test.each([
    ["gpt-4o", "gpt-4o"],
    ["gpt-4o", "GPT-4o"],
    ["GPT-4O", "gpt-4o"],
    ["gpt-4o", " gpt-4o "],
    ["gpt-4o", "gpt-4o\t"],
    ["gpt-4o", "gpt\u200b-4o"],
    ["gpt-4o", "ｇｐｔ-4o"],
    ["gpt-4o", "gpt%2D4o"],
    ["gpt-4o", "gpt%252D4o"],
    ["gpt-4o", "openai/gpt-4o"],
    ["gpt-4o", "/gpt-4o/"],
    ["gpt-4o", "x/../gpt-4o"],
    ["gpt-4o", "gpt-4o/x/.."],
    ["gpt-4o", "x\\..\\gpt-4o"],
    ["gpt-4o", "./gpt-4o"],
    ["gpt-4o", "gpt-4o?x=1"],
    ["gpt-4o", "gpt-4o#x"],
    ["gpt-4o", "gpt-4o:free"],
    ["openai/gpt-4o", "gpt-4o"],
    ["openai/gpt-4o", "OpenAI/GPT-4o:online"],
    ["claude-sonnet-4-6", "claude-sonnet-4-6@20250929"],
    ["claude-sonnet-4-6", "publishers/anthropic/models/claude-sonnet-4-6"],
    ["google/gemini-2.5-pro", "gemini-2.5-pro"],
    ["gemini-2.5-pro", "models/gemini-2.5-pro"],
    ["anthropic.claude-v2", "us.anthropic.claude-v2"],
    ["anthropic.claude-v2", "global.anthropic.claude-v2:1"],
    ["us.anthropic.claude-v2", "anthropic.claude-v2"],
    ["anthropic.claude-v2:1", "anthropic.claude-v2:1"],
    ["anthropic.claude-v2", "arn:aws:bedrock:us-east-1:123:inference-profile/us.anthropic.claude-v2"],
    ["anthropic.claude-v2", "arn:aws:bedrock:us-east-1:123:inference-profile/us.anthropic.claude-v2:1"],
    ["llama3", "llama3:latest"],
    ["*", "anything"],
  ])("%j is blocked as %j", (listed, asked) => {
    expect(isBlocked([listed], asked)).toBe(true)
  })

  test.each([
    ["gpt-4o", "gpt-4o-mini"],
    ["gpt-4o-mini", "gpt-4o"],
    ["gpt-4o", "my-gpt-4o"],
    ["gpt-4o", "gpt-4"],
    ["openai/gpt-4o", "other/gpt-4o"],
    ["llama3:8b", "llama3:70b"],
    ["llama3:8b", "llama3"],
    ["claude", "anthropic.claude"],
    ["gpt-4o", ""],
    ["", "gpt-4o"],
  ])("%j does not block %j", (listed, asked) => {
    expect(isBlocked([listed], asked)).toBe(false)
  })

  test("blocks nothing where nothing is listed", () => {
    expect(isBlocked([], "gpt-4o")).toBe(false)
  })
})

describe("a list with aliases", () => {
  const aliases = {
    fast: alias("dep-1", "gpt-4o-mini"),
    big: alias("gpt-4o"),
    bigger: alias("big"),
    other: alias("dep-2"),
  }
  const blocks = (list: string[], asked: string) => isBlocked(blockedNames(list, aliases, "azure"), asked)

  test.each([
    ["gpt-4o", ["big", "BIG", "bigger", "gpt-4o"]],
    ["fast", ["dep-1", "gpt-4o-mini"]],
    ["dep-1", ["fast", "gpt-4o-mini"]],
    ["gpt-4o-mini", ["fast", "dep-1"]],
    ["azure/gpt-4o", ["gpt-4o", "big"]],
    ["bigger", ["gpt-4o"]],
  ])("blocks with %s all that stand for the same: %j", (listed, all) => {
    expect(all.filter((asked) => !blocks([listed], asked))).toEqual([])
    expect(blocks([listed], "other")).toBe(false)
    expect(blocks([listed], "dep-2")).toBe(false)
  })
})
