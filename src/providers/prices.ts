// Calculates the cost of an attempt in US dollars: what the provider reports, or else by the operator's prices, or else by the published
// ones. An unknown cost is null, never 0.

import type { Usage } from "../call.ts"
import { firstCount } from "../endpoints/usage.ts"
import { asRecord } from "../values.ts"
import { loadPriceList } from "./pricelist.ts"
import type { Price, ProviderSettings } from "./provider.ts"

/** https://docs.x.ai/developers/cost-tracking */
const TICKS_PER_DOLLAR = 10_000_000_000

/**
 * The cost that the provider reports in `usage`. Null when there is none, or when its currency is not known.
 * @param isInDollars whether a bare number means dollars; at other providers it may be another currency, https://polza.ai/docs/osobennosti/usage
 */
export function readCost(usage: unknown, isInDollars: boolean): number | null {
  const { cost, cost_in_usd_ticks, is_byok, cost_details } = asRecord(usage)
  const ticks = firstCount(cost_in_usd_ticks)
  if (ticks !== undefined) return ticks / TICKS_PER_DOLLAR
  // https://github.com/perplexityai/perplexity-node/blob/main/src/resources/responses/responses.ts
  const { currency, total_cost } = asRecord(cost)
  const bare = isInDollars ? firstCount(cost) : undefined
  const dollars = currency === "USD" ? firstCount(total_cost) : bare
  // When the operator's own key is used behind it, the cost is only the fee: https://openrouter.ai/docs/use-cases/usage-accounting
  const behind = is_byok === true ? firstCount(asRecord(cost_details)["upstream_inference_cost"]) : undefined
  return dollars === undefined ? null : dollars + (behind ?? 0)
}

/** Never rejects, because an answer that is paid for must not be lost over its price. Returns a promise only for published prices. */
export function calculateCost(
  { prices, pricedAs }: ProviderSettings,
  model: string,
  usage: Usage | null,
): number | null | Promise<number | null> {
  const price = ownPrice(prices, model)
  const own = price && charge(price, usage ?? {})
  return own ?? (pricedAs === null || usage === null ? null : listPrice(pricedAs, model, usage))
}

/** The operator's price of a model. Null when there is none. */
export function ownPrice(prices: ProviderSettings["prices"], model: string): Price | null {
  const name = [model, "*"].find((each) => Object.hasOwn(prices, each))
  return name === undefined ? null : (prices[name] ?? null)
}

/** The sum over all units that have a price and a known amount. Null when there is no such unit. */
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

/** Our name of a unit, the package's name, and the package's names of its prices. */
const units: readonly [ours: keyof Usage, theirs: string, prices: string[]][] = [
  ["input_tokens", "input_tokens", ["input_mtok"]],
  ["output_tokens", "output_tokens", ["output_mtok"]],
  // These are parts of the two above, and mean nothing alone.
  ["cached_tokens", "cache_read_tokens", []],
  ["reasoning_tokens", "output_reasoning_tokens", []],
  ["seconds", "audio_seconds", ["audio_hours"]],
  ["characters", "input_characters", ["input_mchars"]],
  ["pages", "input_document_pages", ["input_document_kpages"]],
]

/** Audio and image tokens cost several times as much as text tokens, and a usage does not distinguish them. */
const mixed = /(audio|image|video)\w*_mtok$/

/**
 * The cost by the package's list, for a call without discounts and without tools that cost extra. A price takes 15 µs
 * once the list is loaded.
 */
async function listPrice(providerId: string, model: string, usage: Usage): Promise<number | null> {
  try {
    const { calcPrice } = await loadPriceList()
    const theirs = Object.fromEntries(units.map(([ours, name]) => [name, usage[ours]]))
    const found = calcPrice(theirs, model, { providerId })
    if (found === null) return null
    // The package counts unknown amounts as 0, so that a usage that it cannot price costs 0.
    const priced = Object.keys(found.model_price)
    const isKnown = units.some(
      ([ours, , prices]) => usage[ours] !== undefined && prices.some((key) => priced.includes(key)),
    )
    return isKnown && !priced.some((key) => mixed.test(key)) ? found.total_price : null
  } catch {
    // The package throws for an impossible usage: more cached tokens than tokens.
    return null
  }
}
