// How rows say which request types a provider serves, and under which paths.
import { endpoints, getEndpoint, type RequestType } from "../../endpoints/endpoints.ts"
import type { AdapterName } from "../adapternames.ts"
import type { EndpointSupport, Row } from "../provider.ts"

type Facts = Omit<EndpointSupport, "adapter" | "path" | "via">

export const everyType: readonly RequestType[] = endpoints.map(({ requestType }) => requestType)

/** Request types whose adapters know their own paths. */
export function own(adapters: Partial<Record<RequestType, AdapterName>>): Row["endpoints"] {
  return Object.fromEntries(Object.entries(adapters).map(([type, adapter]) => [type, { adapter, path: "" }]))
}

/** Request types at the usual paths, which are those that their endpoints have here, and what differs in each. */
export function serve(
  types: readonly RequestType[],
  facts: Partial<Record<RequestType, Facts>> = {},
  adapter: AdapterName = "raw",
): Row["endpoints"] {
  return Object.fromEntries(types.map((type) => [type, { adapter, path: getEndpoint(type).path, ...facts[type] }]))
}

/** For servers that know only the older of the two parameters for the maximum of tokens. */
export const maxTokens = { max_completion_tokens: "max_tokens" }

/** For servers that know only the older of the two roles for instructions: of a chat, and of responses. */
export const olderRole = { values: { role: { developer: "system" } } }
export const olderRoles = { messages: olderRole }
