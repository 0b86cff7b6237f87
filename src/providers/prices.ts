// What an attempt cost in US dollars: what the provider itself says, else by the operator's own prices, else by the published
// ones. What is not known is null, never 0.

import type { Usage } from "../call.ts"
import { firstCount } from "../endpoints/usage.ts"
import { asRecord } from "../values.ts"
import type { Price, ProviderSettings } from "./provider.ts"

/** https://docs.x.ai/developers/cost-tracking */
const TICKS_PER_DOLLAR = 10_000_000_000

/**
 * What the provider says in its answer's `usage` that the call cost; null where it does not, or not in which money.
 * @param isInDollars that a bare number is dollars: elsewhere it may be of any money, https://polza.ai/docs/osobennosti/usage
 */
export function readCost(usage: unknown, isInDollars: boolean): number | null {
  const { cost, cost_in_usd_ticks, is_byok, cost_details } = asRecord(usage)
  const ticks = firstCount(cost_in_usd_ticks)
  if (ticks !== undefined) return ticks / TICKS_PER_DOLLAR
  // https://github.com/perplexityai/perplexity-node/blob/main/src/resources/responses/responses.ts
  const { currency, total_cost } = asRecord(cost)
  const bare = isInDollars ? firstCount(cost) : undefined
  const dollars = currency === "USD" ? firstCount(total_cost) : bare
  // With a key of one's own behind it, the cost is the fee alone: https://openrouter.ai/docs/use-cases/usage-accounting
  const behind = is_byok === true ? firstCount(asRecord(cost_details)["upstream_inference_cost"]) : undefined
  return dollars === undefined ? null : dollars + (behind ?? 0)
}

/** Never rejects: an answer that is paid for must not be lost over its price. Only the published prices are waited for. */
export function calculateCost(
  { prices, pricedAs }: ProviderSettings,
  model: string,
  usage: Usage | null,
): number | null | Promise<number | null> {
  const price = ownPrice(prices, model)
  const own = price && charge(price, usage ?? {})
  return own ?? (pricedAs === null || usage === null ? null : listPrice(pricedAs, model, usage))
}

/** What the operator says that a model costs; null: nothing. */
export function ownPrice(prices: ProviderSettings["prices"], model: string): Price | null {
  const name = [model, "*"].find((each) => Object.hasOwn(prices, each))
  return name === undefined ? null : (prices[name] ?? null)
}

/** The sum of what is both priced and known; null when nothing is. */
function charge(price: Price, usage: Usage): number | null {
  const { input_tokens: input, cached_tokens } = usage
  const cached = input === undefined || cached_tokens === undefined ? undefined : Math.min(cached_tokens, input)
  const charges = [
    times(price.input_per_million, input === undefined ? undefined : input - (cached ?? 0), 1_000_000),
    times(price.cached_input_per_million ?? price.input_per_million, cached, 1_000_000),
    times(price.output_per_million, usage.output_tokens, 1_000_000),
    times(price.per_image, usage.images),
    times(price.per_second, usage.seconds),
    times(price.per_character, usage.characters),
    times(price.per_page, usage.pages),
    times(price.per_call, 1),
  ].filter((part) => part !== null)
  return charges.length === 0 ? null : charges.reduce((sum, part) => sum + part, 0)
}

function times(price: number | undefined, count: number | undefined, per = 1): number | null {
  return price === undefined || count === undefined ? null : (price * count) / per
}

/** Our name of a unit, the package's, and its prices of it. */
const units: readonly [ours: keyof Usage, theirs: string, prices: string[]][] = [
  ["input_tokens", "input_tokens", ["input_mtok"]],
  ["output_tokens", "output_tokens", ["output_mtok"]],
  // Parts of the two above: alone they say nothing.
  ["cached_tokens", "cache_read_tokens", []],
  ["reasoning_tokens", "output_reasoning_tokens", []],
  ["seconds", "audio_seconds", ["audio_hours"]],
  ["characters", "input_characters", ["input_mchars"]],
  ["pages", "input_document_pages", ["input_document_kpages"]],
]

/** Tokens of sound and of pictures, which cost several times as much as those of text: a usage does not tell them apart. */
const mixed = /(audio|image|video)\w*_mtok$/

/**
 * By the list of the package: what a call costs that is made at no discount and uses no tools that cost extra.
 * Imported on the first need: that takes 5 ms and 11 MB in the binary (5 MB in each further thread), a price then 15 µs.
 */
async function listPrice(providerId: string, model: string, usage: Usage): Promise<number | null> {
  try {
    const { calcPrice } = await import("@pydantic/genai-prices")
    const theirs = Object.fromEntries(units.map(([ours, name]) => [name, usage[ours]]))
    const found = calcPrice(theirs, model, { providerId })
    if (found === null) return null
    // It counts what it is not told as none of it, so that what it cannot price at all costs 0.
    const priced = Object.keys(found.model_price)
    const isKnown = units.some(
      ([ours, , prices]) => usage[ours] !== undefined && prices.some((key) => priced.includes(key)),
    )
    return isKnown && !priced.some((key) => mixed.test(key)) ? found.total_price : null
  } catch {
    // It throws for a usage that makes no sense: more cached tokens than tokens.
    return null
  }
}
