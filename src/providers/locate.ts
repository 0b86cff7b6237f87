// Finds the address of a provider: the configured one, else that of the environment, else that of its row. Runs once, at the start.
import type { Listening } from "../config/load.ts"
import type { ProviderConfig } from "../config/schema.ts"
import type { Env } from "../config/variables.ts"
import { azurePlacement, readVersion } from "./azure.ts"
import { isAddress, isOwnAddress, readAddressVariable, readKeyVariables } from "./environment.ts"
import { moveSupport } from "./placed.ts"
import type { AddressVariable, EndpointSupport, Row } from "./provider.ts"
import { rows } from "./registry.ts"
import { readRoot, withQuery } from "./roots.ts"

export interface Located {
  baseUrl: string
  /** The address as it was written. Empty when it is the row's. */
  text: string
  /** Only one of the keys says it: the others are for other addresses. */
  isOfKey?: true
  /** The request types, with the paths that the address asks for. */
  endpoints: Row["endpoints"]
  /** A version of Azure's API that the environment names. Empty when there is none. */
  version: string
  /** Why keys of the environment are not used, in a text that ends with what to do. */
  withheld?: string
}

/** Why the provider is off, in a text that ends with what to do. */
export interface NotLocated {
  off: string
  isOfEnvironment?: true
}

/**
 * The address of base_url counts before that of the environment, and that before those of single keys.
 * @returns null when there is no address at all
 */
export function locate(
  row: Row,
  config: ProviderConfig,
  { env, listening }: { env: Env; listening: Listening | null },
): Located | NotLocated | null {
  const isOwn = (address: string) => listening !== null && isOwnAddress(address, listening)
  const ofKey = findKeyAddress(config)
  const text = config.network_config?.base_url ?? ""
  if (isOwn(text || ofKey)) return { off: "its address is that of this gateway itself; write that of the provider" }
  // Keys of the file say their version themselves.
  const version = (config.keys ?? []).length === 0 ? readVersion(row, env) : ""
  const found = readAddressVariable(row, env)
  const isUsable = found !== null && !("off" in found) && !isOwn(found.text)
  if (text !== "" || (!isUsable && ofKey !== "")) {
    const located = complete(row, text || ofKey, row.root ?? "/v1", version)
    if ("off" in located) return located
    return { ...located, ...(text === "" ? { isOfKey: true } : {}), ...besideOther(row, located.text, env) }
  }
  if (found === null) return row.baseUrl === "" ? null : { ...atRow(row), ...besideOther(row, row.baseUrl, env) }
  if ("off" in found) return { off: found.off, isOfEnvironment: true }
  if (!isUsable) return besideOwn(row, found.source)
  const located = complete(row, found.text, found.root, readVersion(row, env))
  return "off" in located ? { off: `${found.source}: ${located.off}`, isOfEnvironment: true } : located
}

function atRow({ baseUrl, endpoints }: Row): Located {
  return { baseUrl, text: "", endpoints, version: "" }
}

/** The variable was set for clients of this gateway. The key beside it may be theirs too: see docs/decisions/0149. */
function besideOwn(row: Row, source: string): Located | NotLocated {
  const says = `${source} is the address of this gateway itself`
  if (row.baseUrl === "") return { off: `${says}; unset it where the gateway starts`, isOfEnvironment: true }
  const withheld = `${says}, so that ${row.keyVariable ?? "the key"} beside it is taken for a key of this gateway and not sent to the provider: unset ${source} where the gateway starts`
  return { ...atRow(row), withheld }
}

/** A key and headers that stand beside a variable with the address of another host are not for this one. */
function besideOther(row: Row, text: string, env: Env): Pick<Located, "withheld"> {
  if (row.keyVariable === null) return {}
  // A name that is only a part of an address says nothing of whose key it is.
  const all = row.addressVariables ?? addressesBesideKey(row, env)
  const found = readAddressVariable({ addressVariables: all.filter(({ form }) => form === undefined) }, env)
  if (found === null) return {}
  const { host } = new URL(text)
  if (!("off" in found) && new URL(found.text).host === host) return {}
  const withheld = `${found.source} names another host than ${host}, so that ${row.keyVariable} beside it is not sent there: unset ${found.source} where the gateway starts`
  return { withheld }
}

/** The address variables of the other rows that take the same key. */
function addressesBesideKey(row: Row, env: Env): readonly AddressVariable[] {
  const source = readKeyVariables(row, env)?.source ?? ""
  return Object.values(rows).flatMap(({ keyVariables = [], addressVariables = [] }) =>
    keyVariables.includes(source) ? addressVariables : [],
  )
}

/** The address of the first key that has one. */
function findKeyAddress({ keys = [] }: ProviderConfig): string {
  const urls = keys
    .filter(({ enabled }) => enabled !== false)
    .map(
      ({ azure_key_config, ollama_key_config, sgl_key_config, vllm_key_config }) =>
        azure_key_config?.endpoint || (ollama_key_config ?? sgl_key_config ?? vllm_key_config)?.url || "",
    )
  return urls.find(isAddress) ?? ""
}

/** Whether config.json says an address. */
export function hasAddress(config: ProviderConfig): boolean {
  return config.network_config?.base_url !== undefined || findKeyAddress(config) !== ""
}

function complete(row: Row, text: string, root: string, version: string): Located | NotLocated {
  const rest = { text, version }
  if (row.hasEntra) {
    const placement = azurePlacement({}, text, version)
    if (typeof placement === "string") return { off: placement }
    const { baseUrl = "", paths = {} } = placement ?? {}
    return { ...rest, baseUrl, endpoints: moveSupport(row.endpoints, paths) }
  }
  if (!isAddress(text)) return { off: 'its address is none; write one like "http://127.0.0.1:8000"' }
  const isShaped = speaksOpenAi(row.endpoints)
  const { baseUrl, query } = readRoot(text, root, isShaped ? null : (row.root ?? "/v1"))
  if (query !== "" && !isShaped)
    return { off: "its address has a query, which is not sent in this form; write it without" }
  return { ...rest, baseUrl, endpoints: withQuery(row.endpoints, query) }
}

/** Whether any request type is passed through. */
function speaksOpenAi(endpoints: Readonly<Record<string, EndpointSupport>>): boolean {
  return Object.values(endpoints).some(({ adapter }) => adapter === "raw")
}
