// What is known of models without asking their providers: names, request types, context lengths and prices, from the operator's prices
// and the published ones. Others maintain the published list, so that it may miss models and still have some that were retired.
import type { MatchLogic, ModelInfo, ModelPrice } from "@pydantic/genai-prices"
import type { RequestType } from "../endpoints/endpoints.ts"
import { resolveModel } from "./placed.ts"
import { loadPriceList } from "./pricelist.ts"
import { ownPrice } from "./prices.ts"
import type { Price, ProviderSettings } from "./provider.ts"
import { findRow } from "./registry.ts"
import { everyType } from "./rows/serving.ts"

export interface Model {
  name: string
  requestTypes: string[]
  /** In tokens. Null when it is not known. */
  contextLength: number | null
  /** Null when nothing is known. */
  price: Price | null
}

export interface Catalog {
  /** The models that the operator's prices, the provider's keys or the published prices name. */
  names: string[]
  /** Describes one model. Null when it is for no request type that the provider serves. */
  describe(name: string): Model | null
}

export async function readCatalog(provider: ProviderSettings): Promise<Catalog> {
  const { keys, prices, pricedAs } = provider
  const list = pricedAs === null ? null : await publishedBy(pricedAs)
  const listed =
    list !== null && isListed(provider) ? list.models.keys().flatMap((name) => localizeName(provider, name)) : []
  const ofKeys = keys.flatMap(({ models, aliases = {} }) => [...models, ...Object.keys(aliases)])
  const own = [...Object.keys(prices), ...ofKeys].filter((name) => name !== "*")
  const builtIn = provider.endpoints["chat_completion"]?.adapter === "mock" ? ["echo"] : []
  return {
    names: [...new Set([...builtIn, ...own, ...lastIfRetired([...listed])])],
    describe: (name) =>
      describe(provider, name, list?.find(name) ?? list?.find(resolveModel(keys, name).model) ?? null),
  }
}

/**
 * Models that the list still has although their makers have retired them:
 * https://platform.openai.com/docs/deprecations, https://docs.claude.com/en/docs/about-claude/model-deprecations,
 * https://ai.google.dev/gemini-api/docs/deprecations. A reseller may still serve them, so that they come last and are not left out.
 */
const retired =
  /^((text-)?(ada|babbage|curie|davinci)(-00[12])?|gpt-3\.5-0301|gpt-3\.5-turbo-(0301|0613|16k.*)|gpt-4-(32k|vision).*|gpt-4\.5-preview|chatgpt-4o-latest|claude-(1|2|instant|v1|v2).*|claude-3-(5-)?sonnet.*|claude-3-opus.*|gemini-1\..*)$/

function lastIfRetired(names: readonly string[]): string[] {
  const { current = [], gone = [] } = Object.groupBy(names, (name) => (retired.test(name) ? "gone" : "current"))
  return [...current, ...gone]
}

/** A provider whose address only the operator knows has the operator's models, which may have any name. */
function isListed({ name }: ProviderSettings): boolean {
  return findRow(name)?.baseUrl !== ""
}

/** The provider's names for a name of the list. Empty when it does not serve the model. */
function localizeName({ endpoints, pricedAs, options }: ProviderSettings, name: string): string[] {
  // What a provider with other names for its models does not name is gone.
  const { models } = endpoints["responses"] ?? {}
  if (models !== undefined && !Object.hasOwn(models, name)) return []
  // https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude
  if (pricedAs === "google" && name.startsWith("claude-") && endpoints["chat_completion"]?.adapter !== "vertex")
    return []
  if (!name.startsWith(REGIONAL)) return [name]
  // https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
  const area = /^(us|eu)-(?!gov)/.exec(options["region"] ?? "")?.[1]
  return area === undefined ? [] : [`${area}.${name.slice(REGIONAL.length)}`]
}

/** The list's placeholder for the name of a group of regions. */
const REGIONAL = "regional."

function describe({ endpoints, prices }: ProviderSettings, name: string, published: Published | null): Model | null {
  const served = everyType.filter((type) => endpoints[type] !== undefined)
  const requestTypes = name === "*" ? served : guessTypes(name, published, served)
  if (requestTypes.length === 0) return null
  return {
    name,
    requestTypes,
    contextLength: published?.contextLength ?? null,
    price: ownPrice(prices, name) ?? published?.price ?? null,
  }
}

const text: readonly RequestType[] = ["text_completion", "chat_completion", "responses", "count_tokens"]

/** The request types of a model, guessed from its name. The first pattern that matches counts. */
const kinds: readonly [name: RegExp, types: readonly RequestType[]][] = [
  [/realtime|moderation|voice|sonic|\blive\b/, []],
  [/rerank/, ["rerank"]],
  [/embed|minilm|\bbge\b/, ["embedding"]],
  [/\bocr\b/, ["ocr"]],
  [/\btts\b|speech/, ["speech"]],
  [/whisper|transcribe/, ["transcription"]],
  [/dall-e/, ["image_generation", "image_edit", "image_variation"]],
  [/image/, ["image_generation", "image_edit"]],
]

/** The request types that its name says, or else what is billed. When neither says anything, all that its provider serves. */
function guessTypes(name: string, published: Published | null, served: RequestType[]): RequestType[] {
  const named = kinds.find(([pattern]) => pattern.test(name.toLowerCase()))?.[1]
  if (named?.length === 0 && published !== null) return []
  const byName = served.filter((type) => named?.includes(type))
  const billed = published === null ? served : billedTypes(published.price ?? {})
  return byName.length > 0 ? byName : served.filter((type) => billed.includes(type))
}

function billedTypes(price: Price): readonly RequestType[] {
  if (price.per_page !== undefined) return ["ocr"]
  if (price.per_second !== undefined) return ["transcription"]
  const isOnlyRead = price.input_per_million !== undefined && price.output_per_million === undefined
  return isOnlyRead ? ["embedding"] : text
}

/** What the published list says of a model now. */
interface Published {
  contextLength: number | null
  price: Price | null
}

interface List {
  /** The models by the names that can be requested. */
  models: ReadonlyMap<string, ModelInfo>
  /** Finds a model by any of its names. */
  find(name: string): Published | null
}

const lists = new Map<string, Promise<List>>()

/**
 * The package's list, loaded when it is first needed: that takes 5 MB and 20 ms. Prices are read again each time, because some change
 * with the date or the hour.
 */
function publishedBy(providerId: string): Promise<List> {
  const known = lists.get(providerId)
  if (known) return known
  const list = loadPriceList().then(({ findProvider, calcPrice }): List => {
    const models = new Map<string, ModelInfo>()
    for (const model of findProvider({ providerId })?.models ?? []) {
      const name = callable(model)
      if (name !== null && (isReseller(providerId) || !VARIANT.test(name))) models.set(name, model)
    }
    return {
      models,
      find(name) {
        const model = models.get(name)
        // For a name that is not in the list, or a price that depends on the time, the package calculates the price.
        const found =
          model && !Array.isArray(model.prices)
            ? { model, model_price: model.prices }
            : calcPrice({}, name, { providerId })
        return found && { contextLength: found.model.context_window ?? null, price: convertPrice(found.model_price) }
      },
    }
  })
  lists.set(providerId, list)
  return list
}

/** Variants such as `:free` exist at resellers only. Elsewhere they are mistakes in the list. */
const VARIANT = /:[a-z]+$/

function isReseller(providerId: string): boolean {
  return providerId === "openrouter"
}

/** The name to request a model by. An id of the list is one when the model's own matching rule accepts it; otherwise the rule may contain one. */
function callable({ id, match, deprecated }: ModelInfo): string | null {
  if (deprecated || id.endsWith("-")) return null
  if (id.startsWith(REGIONAL) || fits(match, id)) return id
  const [name] = "or" in match ? match.or : [match]
  return name && "equals" in name ? name.equals : null
}

function fits(match: MatchLogic, name: string): boolean {
  if ("or" in match) return match.or.some((one) => fits(one, name))
  if ("and" in match) return match.and.every((one) => fits(one, name))
  if ("equals" in match) return name === match.equals
  if ("starts_with" in match) return name.startsWith(match.starts_with)
  if ("ends_with" in match) return name.endsWith(match.ends_with)
  if ("contains" in match) return name.includes(match.contains)
  return new RegExp(match.regex).test(name)
}

/** Our name of a price, the package's name, and how many of our units its unit has. */
const units: readonly [ours: keyof Price, theirs: string, count: number][] = [
  ["input_per_million", "input_mtok", 1],
  ["output_per_million", "output_mtok", 1],
  ["cached_input_per_million", "cache_read_mtok", 1],
  ["per_second", "audio_hours", 3600],
  ["per_page", "input_document_kpages", 1000],
]

/** Of prices that rise with the length of the context, the first is taken. */
function convertPrice(theirs: ModelPrice): Price | null {
  const price: Price = {}
  for (const [ours, name, count] of units) {
    const given = theirs[name]
    if (given === undefined) continue
    const whole = typeof given === "number" ? given : given.base
    // Without rounding errors of the division: 0.36 an hour is 0.0001 a second.
    price[ours] = Number((whole / count).toPrecision(12))
  }
  return Object.keys(price).length > 0 ? price : null
}
