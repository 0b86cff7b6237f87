// Reads the settings of an Azure key: its address, the form of its paths, and the identity that authorises its calls. Runs once, at the start.
import type { AliasConfig, ProviderKeyConfig } from "../config/schema.ts"
import type { Env } from "../config/variables.ts"
import { endpoints, type RequestType } from "../endpoints/endpoints.ts"
import { isAddress } from "./environment.ts"
import type { EntraIdentity, Placement, Row } from "./provider.ts"

type Config = NonNullable<ProviderKeyConfig["azure_key_config"]>

/** https://learn.microsoft.com/en-us/azure/ai-foundry/openai/how-to/managed-identity */
const SCOPE = "https://cognitiveservices.azure.com/.default"
const AUTHORITY = "https://login.microsoftonline.com"
/** https://learn.microsoft.com/en-us/entra/identity/managed-identities-azure-resources/how-to-use-vm-token */
const MACHINE = "http://169.254.169.254"
const DATED = /^\d{4}-\d{2}-\d{2}(-\w+)?$/

/** The newest dated version that is no preview, for addresses that name a deployment and no version. https://learn.microsoft.com/en-us/azure/ai-foundry/openai/api-version-lifecycle */
const DEPLOYMENTS_VERSION = "2024-10-21"

/**
 * The address of calls. With a dated api_version the paths contain the deployment; with none, `v1`, `latest` or `preview` they lie
 * below /openai/v1. The address may name the version in its query, of which the rest is sent too, and a deployment in its path, which
 * then is that of every model.
 * https://learn.microsoft.com/en-us/azure/ai-foundry/openai/api-version-lifecycle,
 * https://learn.microsoft.com/en-us/azure/ai-foundry/openai/reference
 * @param usual the version where neither says one
 * @returns null when the key has no address, so that the provider's counts. A text says what is wrong
 */
export function azurePlacement(
  { endpoint, api_version }: Config | Pick<AliasConfig, "endpoint" | "api_version">,
  base: string,
  usual = "",
): Placement | null | string {
  const given = endpoint || base
  if (given === "") return null
  if (!isAddress(given)) return 'its endpoint is no address; write one like "https://me.openai.azure.com"'
  const [address = "", search] = given.split(/\?(.*)/s, 2)
  const root = address.replace(/\/+$/, "").replace(/\/openai(\/(v1|deployments|responses)\b.*)?$/, "")
  const deployment = /\/openai\/deployments\/([^/]+)/.exec(address)?.[1]
  const rest = new URLSearchParams(search)
  const version = api_version || rest.get("api-version") || usual
  rest.delete("api-version")
  if (DATED.test(version))
    return { baseUrl: `${root}/openai`, paths: deploymentPaths(joinVersion(version, rest), deployment) }
  if (!["", "v1", "latest", "preview"].includes(version)) {
    return `its api_version is none; write one like "${DEPLOYMENTS_VERSION}", or leave it out for the newest`
  }
  if (deployment !== undefined) {
    return { baseUrl: `${root}/openai`, paths: deploymentPaths(joinVersion(DEPLOYMENTS_VERSION, rest), deployment) }
  }
  const query = joinVersion(version === "preview" ? version : "", rest)
  return { baseUrl: `${root}/openai/v1`, paths: pathsWith((path) => path + query) }
}

/**
 * The version that the environment names, for an address or a key of the environment. https://github.com/openai/openai-node (azure.ts),
 * https://docs.langchain.com/oss/javascript/integrations/chat/azure
 */
export function readVersion({ hasEntra }: Row, env: Env): string {
  return hasEntra ? (env["OPENAI_API_VERSION"] || env["AZURE_OPENAI_API_VERSION"] || "").trim() : ""
}

/** The model that a deployment in the path of a request stands for: it is of Azure, unless its name begins with that of a provider. */
export function nameDeployment(deployment: string): string {
  return deployment.includes("/") ? deployment : `azure/${deployment}`
}

/** The query of every path. @param rest what else the query of the address says */
function joinVersion(version: string, rest: URLSearchParams): string {
  const all = new URLSearchParams(version === "" ? {} : { "api-version": version })
  for (const [name, value] of rest) all.append(name, value)
  return all.size === 0 ? "" : `?${all}`
}

/** Responses name the deployment in the body only. */
function deploymentPaths(query: string, deployment = "{model}"): Record<string, string> {
  return pathsWith((path, type) => (type === "responses" ? path : `/deployments/${deployment}${path}`) + query)
}

function pathsWith(change: (path: string, type: RequestType) => string): Record<string, string> {
  return Object.fromEntries(endpoints.map(({ requestType, path }) => [requestType, change(path, requestType)]))
}

/**
 * The identity whose access token is sent instead of a key: that of the configuration file goes before the key. Without a key it is
 * that of the environment, or else the machine's.
 * @returns null when the key is sent. A text says what is wrong
 */
export function azureIdentity(config: Config, value: string, env: Env): EntraIdentity | null | string {
  const { client_id = "", client_secret = "", tenant_id = "", scopes = [] } = config
  const given = [client_id, client_secret, tenant_id].filter((member) => member !== "").length
  const scope = scopes.length > 0 ? scopes.join(" ") : SCOPE
  const authority = (env["AZURE_AUTHORITY_HOST"] || AUTHORITY).replace(/\/+$/, "")
  if (!isTrusted(authority)) return "AZURE_AUTHORITY_HOST is neither https nor this machine; write an https address"
  const identity = { tenantId: tenant_id, clientId: client_id, clientSecret: client_secret, scope, authority }
  const rest = { tokenFile: "", platformSecret: "" }
  if (given > 0 && given < 3) return "it needs all of client_id, client_secret and tenant_id; write all three, or none"
  if (given === 0 && value !== "") return null
  const found = given === 3 ? { kind: "secret" as const, ...identity, ...rest } : fromEnvironment(env, scope, authority)
  if (found.kind !== "managed" && !/^[\w.-]+$/.test(found.tenantId))
    return "its tenant_id is no id of a tenant; write it alone"
  return found
}

/** https://learn.microsoft.com/en-us/dotnet/api/azure.identity.environmentcredential, .workloadidentitycredential and .managedidentitycredential */
function fromEnvironment(env: Env, scope: string, authority: string): EntraIdentity {
  const tenantId = env["AZURE_TENANT_ID"] ?? ""
  const clientId = env["AZURE_CLIENT_ID"] ?? ""
  const clientSecret = env["AZURE_CLIENT_SECRET"] ?? ""
  const tokenFile = env["AZURE_FEDERATED_TOKEN_FILE"] ?? ""
  const common = { tenantId, clientId, clientSecret, tokenFile, scope, authority, platformSecret: "" }
  if (tenantId && clientId && clientSecret) return { ...common, kind: "secret" }
  if (tenantId && clientId && tokenFile) return { ...common, kind: "federated" }
  const platformSecret = env["IDENTITY_HEADER"] ?? ""
  const endpoint = platformSecret === "" ? "" : (env["IDENTITY_ENDPOINT"] ?? "")
  const machine = env["AZURE_POD_IDENTITY_AUTHORITY_HOST"] || MACHINE
  return {
    ...common,
    kind: "managed",
    authority: endpoint || machine,
    platformSecret: endpoint === "" ? "" : platformSecret,
  }
}

/** It must be https, because a secret is sent there. */
function isTrusted(url: string): boolean {
  return URL.canParse(url) && /^(https:\/\/|http:\/\/(localhost|127(\.\d+){3}|\[::1\])(:|$))/.test(url)
}
