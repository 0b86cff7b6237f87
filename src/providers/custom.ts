// Reads an operator's settings of a custom provider: the request types that it may serve, and their paths. Runs once, at the start.
import type { Warning } from "../config/problems.ts"
import type { ProviderConfig } from "../config/schema.ts"
import type { EndpointSupport, Row } from "./provider.ts"
import { joinQuery } from "./roots.ts"
import { everyType } from "./rows/serving.ts"

export interface CustomWays {
  endpoints: Row["endpoints"]
  /** Removes the request types that are not allowed. */
  allowed(endpoints: Row["endpoints"]): Row["endpoints"]
  /** Paths are relative to the provider's settings. */
  warnings: Warning[]
}

/** @param address the operator's base_url; empty: the row's counts */
export function customSupport(
  row: Row,
  { custom_provider_config: custom = {} }: ProviderConfig,
  address: string,
): CustomWays {
  const { allowed_requests: requests, request_path_overrides: overrides = {} } = custom
  const warnings: Warning[] = []
  const closed = new Set<string>()
  const endpoints: Record<string, EndpointSupport> = { ...row.endpoints }
  for (const [type, path] of Object.entries(overrides)) {
    const support = Object.hasOwn(endpoints, type) ? endpoints[type] : undefined
    if (path === "" || !everyType.some((known) => known === type)) continue
    if (support?.adapter === "raw") {
      endpoints[type] = { ...support, path: joinAddress(path, address || findRoot(row)) }
      continue
    }
    // Nothing is translated into it, and it is translated into nothing else: the operator says where it is served.
    closed.add(type)
    delete endpoints[type]
    const why = support === undefined ? "this form does not have this request type" : "in this form the path is fixed"
    const says = `is ignored: ${why}, so that ${type} is off; write a base_provider_type in OpenAI's form that has it, or leave it out`
    warnings.push({ path: `custom_provider_config.request_path_overrides.${type}`, says })
  }
  const isAllowed = (type: string) => !closed.has(type) && (requests === undefined || requests[type] === true)
  for (const name of Object.keys(requests ?? {}).filter((type) => requests?.[type] && !isKnown(type))) {
    warnings.push({ path: `custom_provider_config.allowed_requests.${name}`, says: "is not served here" })
  }
  const allowed = (all: Row["endpoints"]) => Object.fromEntries(Object.entries(all).filter(([type]) => isAllowed(type)))
  return {
    endpoints,
    allowed: requests === undefined && closed.size === 0 ? (all) => all : allowed,
    warnings,
  }
}

/** Streaming request types are ignored: jobs do not stream. */
function isKnown(type: string): boolean {
  return type.endsWith("_stream") || everyType.some((known) => known === type)
}

/** The row's address without the root that the usual paths are appended to. */
function findRoot({ baseUrl, root = "/v1" }: Row): string {
  return root !== "" && baseUrl.endsWith(root) ? baseUrl.slice(0, -root.length) : baseUrl
}

/** The operator's paths of request types, below an address that one key has for itself. */
export function overriddenPaths(overrides: Readonly<Record<string, string>>, address: string): Record<string, string> {
  const given = Object.entries(overrides).filter(([, path]) => path !== "")
  return Object.fromEntries(given.map(([type, path]) => [type, joinAddress(path, address)]))
}

/** A path is appended to the address as both are written, and sent with the query of the address, unless it is a whole URL. */
function joinAddress(path: string, address: string): string {
  if (/^https?:\/\//.test(path)) return path
  const [, root = "", query = ""] = /^([^?]*)(.*)$/s.exec(address) ?? []
  return joinQuery(`${root.replace(/\/+$/, "")}${path.startsWith("/") ? "" : "/"}${path}`, query)
}
