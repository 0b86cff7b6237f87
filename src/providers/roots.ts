// Reads the address that an operator writes for a provider. People write the host alone, the root that paths are appended to, or the
// whole address of one endpoint, each with or without a query. Pure.
import { endpoints as requestTypes } from "../endpoints/endpoints.ts"
import type { EndpointSupport } from "./provider.ts"

export interface Root {
  /** Paths are appended to it. */
  baseUrl: string
  /** Is sent with every request, as `?api-version=2024-10-21`. Empty when there is none. */
  query: string
}

/** A path that ends with a version, as /v1, /v3 or /v1beta, and perhaps /openai after it, is the root of an API. */
const VERSIONED = /\/v\d\w*(\/openai)?$/i
/** The ends of whole addresses, the longest first: /chat/completions before /completions. */
const ends = requestTypes.map(({ path }) => path).toSorted((one, other) => other.length - one.length)
/** The same in forms of providers' own, where nothing but a version may stand in front. */
const OWN_END = /(?<=\/v\d\w*)\/(messages|chat|embed|rerank|models\/[^/]+:\w+)$/

/** Addresses that are roots although they say no version, and that have no row. */
const known = [
  // https://github.com/anomalyco/models.dev/tree/dev/providers, 2026-07-02: github-copilot, github-models, jiekou, kilo, upstage
  /^https:\/\/api(\.\w+)?\.githubcopilot\.com$/,
  /^https:\/\/models\.github\.ai\/(orgs\/[^/]+\/)?inference$/,
  /^https:\/\/api\.jiekou\.ai\/openai$/,
  /^https:\/\/api\.kilo\.ai\/api\/gateway$/,
  /^https:\/\/api\.upstage\.ai\/v1\/solar$/,
  // https://developers.cloudflare.com/ai-gateway/usage/chat-completion/ and …/usage/providers/openai/
  /^https:\/\/gateway\.ai\.cloudflare\.com\/v1\/[^/]+\/[^/]+\/(compat|openai)$/,
  // https://learn.microsoft.com/en-us/rest/api/aifoundry/modelinference/
  /^https:\/\/[\w.-]+\.services\.ai\.azure\.com\/models$/,
]

/**
 * The address completed by the root of the provider's paths, unless it says its own root: by a version, by being a whole address of an
 * endpoint, or because it is known.
 * @param root what is appended to an address that says none
 * @param ownRoot the usual root of a provider with a form of its own; null: it speaks OpenAI's
 */
export function readRoot(text: string, root: string, ownRoot: string | null = null): Root {
  const [, origin = "", given = "", search = ""] = /^(https?:\/\/[^/?]*)([^?]*)\??(.*)$/s.exec(text) ?? []
  const path = completePath(given.replace(/\/+$/, ""), root, ownRoot, origin)
  return { baseUrl: origin + path, query: search === "" ? "" : `?${search}` }
}

/** @param path without a trailing slash */
function completePath(path: string, root: string, ownRoot: string | null, origin: string): string {
  const isShaped = ownRoot === null
  const end = isShaped ? ends.find((one) => path.endsWith(one)) : OWN_END.exec(path)?.[0]
  if (end !== undefined) return path.slice(0, -end.length)
  // A form of a provider's own has one version. People write /v1 all the same, because most addresses end with it.
  const start = !isShaped && /^(\/v\d\w*)?$/.test(ownRoot) ? path.replace(/\/v1$/, "") : path
  if (start.endsWith(root) || VERSIONED.test(start)) return start
  if (isShaped && known.some((form) => form.test(origin + start))) return start
  return start + root.slice(overlap(start, root))
}

/** How many characters of the root's beginning the path ends with already, in whole segments: 7 of `/openai` and `/openai/v1`. */
function overlap(path: string, root: string): number {
  const lengths = [...root.matchAll(/\//g)].map(({ index }) => index)
  return lengths.toReversed().find((length) => length > 0 && path.endsWith(root.slice(0, length))) ?? 0
}

/** The request types with the query of the address. Those in a form of the provider's own do not send it, and are left out. */
export function withQuery(endpoints: Readonly<Record<string, EndpointSupport>>, query: string) {
  if (query === "") return endpoints
  const types = Object.entries(endpoints).filter(([, { path }]) => path !== "")
  return Object.fromEntries(
    types.map(([type, support]) => [type, { ...support, path: joinQuery(support.path, query) }]),
  )
}

/** @param query with its question mark; empty: none */
export function joinQuery(path: string, query: string): string {
  if (query === "") return path
  return path.includes("?") ? `${path}&${query.slice(1)}` : path + query
}
