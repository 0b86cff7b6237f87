// What an operator says of a server of their own: which request types may go to it, and at which paths they stand. Runs once, at the start.
import type { Problem, Warning } from "../config/problems.ts"
import type { ProviderConfig } from "../config/schema.ts"
import type { EndpointSupport, Row } from "./provider.ts"
import { everyType } from "./registry.ts"

export interface CustomWays {
  endpoints: Row["endpoints"]
  /** What is left of these once what may not go there is taken out. */
  allowed(endpoints: Row["endpoints"]): Row["endpoints"]
  /** Their paths begin within the provider. */
  warnings: Warning[]
  problems: Problem[]
}

/** @param address where the operator says that it is; empty: where the row does */
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
    if (path === "" || support === undefined) continue
    if (support.adapter === "raw") {
      endpoints[type] = { ...support, path: joinAddress(path, findRoot(row, address)) }
      continue
    }
    closed.add(type)
    const where = `custom_provider_config.request_path_overrides.${type}`
    const says = `is not obeyed: in this form the path is fixed, so that ${type} is off; write a base_provider_type in OpenAI's form, or leave it out`
    warnings.push({ path: where, says })
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
    problems: [],
  }
}

/** What streams goes nowhere as a job, and is no loss. */
function isKnown(type: string): boolean {
  return type.endsWith("_stream") || (everyType as readonly string[]).includes(type)
}

/** As the operator wrote it, without what usual paths stand below. */
function findRoot({ baseUrl, root = "/v1" }: Row, address: string): string {
  if (address !== "") return address.replace(/\/+$/, "")
  return root !== "" && baseUrl.endsWith(root) ? baseUrl.slice(0, -root.length) : baseUrl
}

/** A path counts from the base_url as it is written; it may be a whole address instead. */
function joinAddress(path: string, root: string): string {
  if (/^https?:\/\//.test(path)) return path
  return `${root}${path.startsWith("/") ? "" : "/"}${path}`
}
