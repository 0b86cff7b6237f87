import { describe, expect, test } from "bun:test"
import type { Usage } from "../../src/call.ts"
import { calculateCost, readCost } from "../../src/providers/prices.ts"
import type { Price } from "../../src/providers/provider.ts"
import { resolveProviders } from "../../src/providers/settings.ts"

/** What it costs at a provider with these prices of the operator. */
function cost(provider: string, model: string, usage: Usage | null, prices: Record<string, Price> = {}) {
  const network_config = { base_url: "http://127.0.0.1:8000" }
  const { providers } = resolveProviders({ [provider]: { prices, network_config } }, {})
  const settings = providers.find(({ name }) => name === provider)
  if (!settings) throw new Error(`no provider ${provider}`)
  return calculateCost(settings, model, usage)
}

/** By a price of the operator, at a provider that has no published ones. */
const charge = (price: Price, usage: Usage | null) => cost("vllm", "m", usage, { m: price })

describe("the operator's price", () => {
  test.each<[Price, Usage, number]>([
    [{ input_per_million: 2 }, { input_tokens: 1_000_000 }, 2],
    [{ input_per_million: 2, output_per_million: 8 }, { input_tokens: 500, output_tokens: 250 }, 0.003],
    [{ input_per_million: 2 }, { input_tokens: 1000, output_tokens: 250 }, 0.002],
    [{ input_per_million: 0, output_per_million: 0 }, { input_tokens: 9, output_tokens: 9 }, 0],
    [{ output_per_million: 10 }, { output_tokens: 100, reasoning_tokens: 90 }, 0.001],
    [{ per_image: 0.04 }, { images: 2, input_tokens: 50 }, 0.08],
    [{ per_image: 0.04 }, { images: 0 }, 0],
    [{ per_second: 0.0001 }, { seconds: 90.5 }, 0.00905],
    [{ per_character: 0.000015 }, { characters: 1000 }, 0.015],
    [{ per_page: 0.001 }, { pages: 29 }, 0.029],
    [{ per_call: 0.01 }, { input_tokens: 5 }, 0.01],
    [{ per_call: 0.01, per_page: 0.001 }, { pages: 2 }, 0.012],
  ])("%j of %j is the sum of what is priced and known", async (price, usage, dollars) => {
    expect(await charge(price, usage)).toBeCloseTo(dollars, 12)
  })

  const cached: Usage = { input_tokens: 1_000_000, cached_tokens: 400_000 }

  test.each<[string, Price, Usage, number]>([
    ["at their own price", { input_per_million: 2, cached_input_per_million: 0.5 }, cached, 1.4],
    ["for nothing", { input_per_million: 2, cached_input_per_million: 0 }, cached, 1.2],
    ["as the others without one", { input_per_million: 2 }, cached, 2],
    ["never more of them than there are", { input_per_million: 2 }, { input_tokens: 1_000_000, cached_tokens: 9e9 }, 2],
  ])("counts cached tokens %s", async (_, price, usage, dollars) => {
    expect(await charge(price, usage)).toBeCloseTo(dollars, 12)
  })

  test.each<[Price, Usage | null]>([
    [{ per_image: 0.04 }, { input_tokens: 50, output_tokens: 50 }],
    [{ input_per_million: 2, output_per_million: 8 }, { images: 1 }],
    [{ input_per_million: 2 }, { cached_tokens: 5 }],
    [{ per_second: 1 }, {}],
    [{ per_second: 1 }, null],
    [{}, { input_tokens: 5 }],
  ])("%j says nothing of %j", async (price, usage) => {
    expect(await charge(price, usage)).toBeNull()
  })

  test("of a call holds whatever is known of it", async () => {
    for (const usage of [{}, null]) expect(await charge({ per_call: 0.01 }, usage)).toBe(0.01)
  })

  const usage = { input_tokens: 1_000_000 }
  const prices = { small: { input_per_million: 1 }, "*": { input_per_million: 3 } }

  test("is that of the model, else that of every model", async () => {
    for (const provider of ["mock", "vllm", "my-server", "openai"]) {
      expect(await cost(provider, "small", usage, prices)).toBe(1)
      expect(await cost(provider, "gpt-4o-mini", usage, prices)).toBe(3)
    }
  })

  test("is never that of something every object has", async () => {
    for (const model of ["constructor", "toString", "__proto__"]) {
      expect(await cost("vllm", model, usage, { small: { input_per_million: 1 } })).toBeNull()
    }
  })

  test("leaves to the published one what it says nothing of", async () => {
    const published = await cost("openai", "gpt-4o-mini", usage)
    expect(published).toBeGreaterThan(0)
    expect(await cost("openai", "gpt-4o-mini", usage, { "*": { per_image: 1 } })).toBe(published)
  })
})

describe("the published price", () => {
  // Models whose prices do not change any more.
  test.each<[string, Usage, number]>([
    ["gpt-4o-mini", { input_tokens: 1_000_000, output_tokens: 0 }, 0.15],
    ["gpt-4o-mini", { input_tokens: 0, output_tokens: 1_000_000 }, 0.6],
    ["gpt-4o-mini", { input_tokens: 1_000_000, cached_tokens: 1_000_000 }, 0.075],
    ["gpt-4o-mini", { input_tokens: 1000, cached_tokens: 500, output_tokens: 100 }, 0.0001725],
    ["gpt-4o-mini-2024-07-18", { input_tokens: 1_000_000 }, 0.15],
    ["GPT-4o-mini", { input_tokens: 1_000_000 }, 0.15],
    ["o1", { input_tokens: 0, output_tokens: 1_000_000, reasoning_tokens: 900_000 }, 60],
    ["gpt-4", { input_tokens: 1_000_000, cached_tokens: 400_000 }, 30],
    ["text-embedding-3-small", { input_tokens: 1_000_000 }, 0.02],
    ["whisper-1", { seconds: 60 }, 0.006],
    ["gpt-4o-mini", { input_tokens: 0, output_tokens: 0 }, 0],
  ])("of %s holds: %j", async (model, usage, dollars) => {
    expect(await cost("openai", model, usage)).toBeCloseTo(dollars, 12)
  })

  test.each<[string, string, Usage | null]>([
    ["a model that is not listed", "my-own-model", { input_tokens: 5 }],
    ["a model of another provider", "claude-3-5-sonnet-latest", { input_tokens: 5, output_tokens: 5 }],
    ["a name that is a pattern", ".*", { input_tokens: 5 }],
    ["an empty name", "", { input_tokens: 5 }],
    ["a model that is not priced by what is known", "whisper-1", { input_tokens: 5 }],
    ["a model that is priced by tokens, of which none are known", "gpt-4o-mini", { images: 1, characters: 5 }],
    ["a model that is priced by tokens, of which only a part is known", "gpt-4o-mini", { cached_tokens: 5 }],
    ["more cached tokens than tokens", "gpt-4o-mini", { input_tokens: 5, cached_tokens: 6 }],
    ["a usage with nothing in it", "gpt-4o-mini", {}],
    ["no usage", "gpt-4o-mini", null],
    ["tokens of sound, which cost more than those of text", "gpt-4o-transcribe", { input_tokens: 5, output_tokens: 5 }],
    ["tokens of pictures, which cost more than those of text", "gpt-image-1", { input_tokens: 5, output_tokens: 50 }],
    ["a model without a price", "omni-moderation-latest", { input_tokens: 5 }],
  ])("is not known of %s", async (_, model, usage) => {
    expect(await cost("openai", model, usage)).toBeNull()
  })

  test("is not known of a provider that has none, even of a model that another one prices", async () => {
    for (const provider of ["mock", "vllm", "ollama", "my-server"]) {
      expect(await cost(provider, "gpt-4o-mini", { input_tokens: 5, output_tokens: 5 })).toBeNull()
    }
  })
})

describe("the provider's own word", () => {
  test.each<[string, unknown, boolean, number | null]>([
    ["in dollars where the provider's numbers are", { cost: 0.25 }, true, 0.25],
    ["of what was free", { cost: 0 }, true, 0],
    ["in no known money elsewhere", { cost: 0.25 }, false, null],
    ["with its currency", { cost: { currency: "USD", total_cost: 0.25 } }, false, 0.25],
    ["with another currency", { cost: { currency: "EUR", total_cost: 0.25 } }, true, null],
    ["without the sum", { cost: { currency: "USD", input_cost: 0.25 } }, true, null],
    ["in ticks, to the last one", { cost_in_usd_ticks: 1, cost: 5 }, true, 0.0000000001],
    [
      "of a fee and what is behind it",
      { cost: 1, is_byok: true, cost_details: { upstream_inference_cost: 20 } },
      true,
      21,
    ],
    ["of a fee alone", { cost: 1, is_byok: true, cost_details: null }, true, 1],
    ["of all of it", { cost: 20, is_byok: false, cost_details: { upstream_inference_cost: 20 } }, true, 20],
    ["that is none", { cost: -1 }, true, null],
    ["that is none", { cost: "0.25", cost_in_usd_ticks: "7" }, true, null],
    ["that is none", { prompt_tokens: 5 }, true, null],
    ["that is none", "much", true, null],
    ["that is none", null, true, null],
  ])("%s is read: %j", (_, usage, isInDollars, dollars) => {
    expect(readCost(usage, isInDollars)).toBe(dollars)
  })
})
