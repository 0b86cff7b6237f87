// What the program knows of a provider: the form of a built-in row, and the settings made of a row and the configuration. Types, and one function.
import type { AdapterName } from "./adapternames.ts"

/**
 * How an object of a request is at a provider otherwise than in our form: the body, or an object within it. Plain data, because it is
 * sent to other threads.
 */
export interface Differences {
  /** Our name of a parameter -> the provider's name. */
  rename?: Readonly<Record<string, string>>
  /** Parameters that the provider does not accept and that do not change the answer. They are removed. */
  drop?: readonly string[]
  /** A parameter -> our value, a text or JSON -> the provider's. Null: the parameter is removed, as its absence says the same. */
  values?: Readonly<Record<string, Readonly<Record<string, string | number | null>>>>
  /** Parameters that the provider requires and we do not -> the value that says nothing. */
  required?: Readonly<Record<string, unknown>>
  /** None of this is of objects in which a parameter has this value. */
  unless?: Readonly<Record<string, string>>
  /** A parameter that holds an object, or a list of objects -> how those differ. */
  within?: Readonly<Record<string, Differences>>
}

/** How a provider serves one request type. Plain data, because it is sent to other threads. */
export interface EndpointSupport extends Differences {
  adapter: AdapterName
  /** Appended to `baseUrl`, unless it is a whole URL. `{model}` stands for the model. Empty when the adapter knows its paths. */
  path: string
  /** The request is translated into chat, or into responses in OpenAI's form or Perplexity's. The provider serves those. */
  via?: "chat" | "responses" | "perplexity"
  /** Parameters that change the answer and that the provider refuses or ignores. Requests with them are refused, unless the value is neutral. */
  reject?: readonly string[]
  /** A parameter -> the only values that the provider accepts. Requests with others are refused. */
  only?: Readonly<Record<string, readonly unknown[]>>
  /** Our name of a model -> the member that names it at the provider, and its name there. Other names go as they are. */
  models?: Readonly<Record<string, readonly [member: string, name: string]>>
  /** For a passthrough: how a 2xx can be a refusal. */
  refusal?: HiddenRefusal
  /** `usage.cost` is in US dollars. The number alone does not say so. */
  isCostInDollars?: true
  /** For a passthrough: a stream that broke can be asked for again, from any event on. See resumablestream.ts. */
  isResumable?: true
}

/** How a provider refuses with a 2xx: by a code other than 0. */
export interface HiddenRefusal {
  /** The name of the object in the answer, and the names of its code and its message. */
  member: string
  code: string
  message: string
  /** code -> the HTTP status with the same meaning. Other codes are taken for 500. */
  statuses: Readonly<Record<string, number>>
}

/** Whether requests are passed on unchanged, so that no parameter can be lost. */
export function isPlain({ adapter, via, reject, only, ...differences }: EndpointSupport): boolean {
  return (adapter === "raw" || adapter === "mock") && via === undefined && !reject && !only && !isLossy(differences)
}

function isLossy({ drop, within = {} }: Differences): boolean {
  return drop !== undefined || Object.values(within).some(isLossy)
}

/**
 * What a code or type of a refusal means, where its status says something else: the key is refused and not the request (`key`), or it
 * is not, although the same code means that elsewhere (`request`).
 */
export type Meaning = "key" | "request"

/** The header that holds the key, and the text before the key. */
export interface Authorization {
  header: string
  prefix: string
}

/** A built-in provider. */
export interface Row {
  /** Paths are appended to it. It ends with `root`. Empty when only the configuration can say it. */
  baseUrl: string
  /** Appended to a configured base_url that says no root of its own: see roots.ts. `/v1` by default. */
  root?: string
  /** The environment variable that usually holds the key. Null when the provider needs none. */
  keyVariable: string | null
  /**
   * All variables that may hold the key, in the order of the provider's own SDK, where there are others than `keyVariable`. `A:B` stands
   * for the values of both with a colon between them; one whose name ends with `?` may be missing.
   */
  keyVariables?: readonly string[]
  /** The one of `keyVariables` whose value is sent as `Authorization: Bearer`. */
  bearerVariable?: string
  /** The variables that hold the address, in order. They count before `baseUrl`: a key beside them is meant for that address. */
  addressVariables?: readonly AddressVariable[]
  /** header of every call -> the variable that holds its value. `*`: the variable holds lines of `name: value` */
  headerVariables?: Readonly<Record<string, string>>
  /** Calls may have no key, because the machine may have other credentials. */
  isKeyOptional?: true
  /** `Authorization: Bearer ` by default. */
  authorization?: Authorization
  /** It also accepts access tokens of Microsoft Entra ID: see azure.ts. */
  hasEntra?: true
  /** Headers of every call. `{jobId}` stands for the job's id. */
  headers?: Readonly<Record<string, string>>
  endpoints: Readonly<Record<string, EndpointSupport>>
  /** request type -> required parameters that this provider does not need */
  optional?: Readonly<Record<string, readonly string[]>>
  /** The provider's own codes: code or type of a refusal -> what it means */
  meanings?: Readonly<Record<string, Meaning>>
  /** The provider's name in the published prices. Null when only the operator knows the prices. */
  pricedAs: string | null
  /** What its user must know: what could not be verified, or what the provider allows. A footnote of docs/providers.md, in Markdown. */
  caveat?: string
}

/** An environment variable with the address of a provider. `A:B` stands for the values of both with a slash between them. */
export interface AddressVariable {
  name: string
  /** What the provider's SDK appends to it. Empty: nothing. */
  root: string
  /** Where the value may be a part of an address: the address, in which `{value}` stands for it. */
  form?: string
}

/** What one key, or one alias of it, changes in the provider's settings. */
export interface Placement {
  baseUrl?: string
  /** How the key is sent. */
  authorization?: Authorization
  /** request type -> path, in which `{model}` stands for the model */
  paths?: Readonly<Record<string, string>>
  options?: Readonly<Record<string, string>>
}

/** What a name for a model means with one key. */
export interface Alias {
  /** The model's name at the provider. */
  model: string
  /** The model's real name, when it is neither this nor the name that callers use. */
  canonical: string | null
  placement: Placement | null
}

/** An identity of Microsoft Entra ID for which access tokens are fetched: see credentials/entra.ts. */
export interface EntraIdentity {
  kind: "secret" | "federated" | "managed"
  tenantId: string
  clientId: string
  /** For the kind `secret`. */
  clientSecret: string
  /** For the kind `federated`: the file with the token that replaces the secret. */
  tokenFile: string
  /** The scope of the token, like `https://cognitiveservices.azure.com/.default`. */
  scope: string
  /** Where tokens are fetched. For the kind `managed` it is an address of the machine. */
  authority: string
  /** For the kind `managed`, on platforms that require it: the value of a header. */
  platformSecret: string
}

export interface ProviderKey {
  id: string
  name: string
  /** Empty when no key is sent, or the machine's credentials are used. */
  value: string
  /** Models that it may be used for. `*` means all. */
  models: string[]
  /** Models that it must not be used for, whatever `models` says: see blocked.ts. */
  blocked?: readonly string[]
  /** the name that callers use -> what it means */
  aliases?: Readonly<Record<string, Alias>>
  placement?: Placement
  /** The identity whose access token is sent instead of `value`. */
  entra?: EntraIdentity
  /** Owners whose jobs must not use it. */
  closedTo?: readonly string[]
  /** How often it is chosen, relative to the other keys. With 0 it is chosen only when no other key can be. */
  weight: number
  /** How many concurrent calls it allows. Null: as many as the provider allows. */
  concurrency: number | null
  /** Where it was read: `OPENAI_API_KEY` or `config.json`. The banner says it. */
  source: string
}

/** The prices of a model in US dollars. What is absent costs nothing. */
export interface Price {
  input_per_million?: number
  output_per_million?: number
  /** For tokens from the provider's cache. Without it they cost as much as others. */
  cached_input_per_million?: number
  per_image?: number
  per_second?: number
  per_character?: number
  per_page?: number
  per_call?: number
}

/** The operator's network settings for a provider. What is absent is as usual. */
export interface Network {
  /** The proxy's URL, or false for none. When absent the environment decides. Addresses of this machine never use a proxy. */
  proxy?: string | false
  tls?: {
    /** The certificates of all trusted authorities, as PEM. */
    ca?: string[]
    /** False: certificates are not verified. */
    rejectUnauthorized?: boolean
  }
}

/** Everything that the engine and the workers know of one provider. Plain data that never changes while the process runs. */
export interface ProviderSettings {
  name: string
  baseUrl: string
  /** How the key is sent. */
  authorization: Authorization
  /** request type -> how the provider serves it */
  endpoints: Readonly<Record<string, EndpointSupport>>
  /** request type -> required parameters that this provider does not need */
  optional: Record<string, readonly string[]>
  /** The provider's own codes: code or type of a refusal -> what it means */
  meanings?: Readonly<Record<string, Meaning>>
  /** False when calls may be sent without a key. */
  needsKey: boolean
  /** The environment variable that usually holds the key. */
  keyVariable?: string
  /** Why a key of the environment is not used, in a text that ends with what to do. */
  withheld?: string
  keys: ProviderKey[]
  /** Models that must not be called: see blocked.ts. */
  blocked?: readonly string[]
  headers: Record<string, string>
  network?: Network
  /** What an adapter needs besides address and key, such as a region. */
  options: Readonly<Record<string, string>>
  timeoutMs: number
  maxRetries: number
  backoffInitialMs: number
  backoffMaxMs: number
  concurrency: number
  /** How many jobs may be queued for it. */
  bufferSize: number
  /** The operator's prices: model -> price. `*` is for all other models. */
  prices: Record<string, Price>
  /** The provider's name in the published prices, or null. */
  pricedAs: string | null
}
