// What the program knows of a provider: the shape of a row, and what a row and the operator's settings become.
import type { AdapterName } from "./adapternames.ts"

/** How a provider serves one request type. Plain data: it crosses threads. */
export interface EndpointSupport {
  adapter: AdapterName
  /** Below `baseUrl`, or a whole address, where the adapter does not know better; `{model}` stands for the model. */
  path: string
  /** It is translated into chat, or into responses in the usual form or in this provider's own, which the provider serves. */
  via?: "chat" | "responses" | "perplexity"
  /** What the provider calls a member: ours -> its. */
  rename?: Readonly<Record<string, string>>
  /** Members that change nothing of the answer and that it does not take. */
  drop?: readonly string[]
  /** Members that change the answer and that it refuses or ignores. With its value in `neutral`, or null, one is dropped instead. */
  reject?: readonly string[]
  /** Of a passthrough: how what comes as an answer can be a refusal. */
  refusal?: HiddenRefusal
  /** `usage.cost` is what the call cost, in US dollars: alone, the number does not say. */
  isCostInDollars?: true
}

/** How a 2xx says that it is none: a number other than 0. */
export interface HiddenRefusal {
  /** The object that says so, and what in it is the number and what the words. */
  member: string
  code: string
  message: string
  /** number -> the status that means the same; one that is not here is taken for a fault of the provider. */
  statuses: Readonly<Record<string, number>>
}

/** Whether a request goes this way as it is, so that nothing of it can be lost. */
export function isPlain({ adapter, via, drop, reject }: EndpointSupport): boolean {
  return (adapter === "raw" || adapter === "mock") && via === undefined && !drop && !reject
}

/** The header that carries a key, and what stands before it. */
export interface Authorization {
  header: string
  prefix: string
}

/** A built-in provider. */
export interface Row {
  /** What paths are appended to; it ends with `root`. Empty: only the configuration can say where it is. */
  baseUrl: string
  /** What is appended to a configured base_url that does not end with it yet; `/v1` by default. */
  root?: string
  /** The environment variable that usually holds the key; null: it wants none. */
  keyVariable: string | null
  /** It can do without a key: the machine may have other credentials. */
  isKeyOptional?: true
  /** `Authorization: Bearer ` by default. */
  authorization?: Authorization
  /** It takes access tokens of Microsoft Entra ID besides keys: see azure.ts. */
  hasEntra?: true
  /** Sent with every call; `{jobId}` stands for the job's id. */
  headers?: Readonly<Record<string, string>>
  endpoints: Readonly<Record<string, EndpointSupport>>
  /** request type -> required members that this provider does without */
  optional?: Readonly<Record<string, readonly string[]>>
  /** What the published prices call it; null: what it costs, only the operator can say. */
  pricedAs: string | null
}

/** What calls with one key, or for one model with it, have instead of what the provider has. Plain data. */
export interface Placement {
  baseUrl?: string
  /** request type -> path, in which `{model}` stands for the model */
  paths?: Readonly<Record<string, string>>
  options?: Readonly<Record<string, string>>
}

/** How a model is asked for with one key. */
export interface Alias {
  /** What the provider calls it. */
  model: string
  /** What it really is, where that is neither this nor the name that callers use. */
  canonical: string | null
  placement: Placement | null
}

/** An identity at Microsoft Entra ID that gets access tokens: see credentials/entra.ts. */
export interface EntraIdentity {
  kind: "secret" | "federated" | "managed"
  tenantId: string
  clientId: string
  /** Of the kind `secret`. */
  clientSecret: string
  /** Of the kind `federated`: the file with the token that stands for the secret. */
  tokenFile: string
  /** What the token is for, as `https://cognitiveservices.azure.com/.default`. */
  scope: string
  /** Where tokens are given; of the kind `managed` the machine's own address. */
  authority: string
  /** Of the kind `managed`, where the platform asks for one: a header's value. */
  platformSecret: string
}

export interface ProviderKey {
  id: string
  name: string
  /** Empty: no key goes out, or what the machine has for credentials. */
  value: string
  /** Model names it may be used for; `*` is all. */
  models: string[]
  /** Models it must never be used for, whatever `models` says: see blocked.ts. */
  blocked?: readonly string[]
  /** model as callers name it -> how it is asked for */
  aliases?: Readonly<Record<string, Alias>>
  placement?: Placement
  /** Whose access token goes out instead of `value`. */
  entra?: EntraIdentity
  /** Owners of jobs that may not use it. */
  closedTo?: readonly string[]
  /** How often it is chosen, beside the weights of the others; 0: only when no other can be. */
  weight: number
  /** How many calls may be out with it; null: as many as the provider takes. */
  concurrency: number | null
  /** Where it came from, for the banner: `OPENAI_API_KEY` or `config.json`. */
  source: string
}

/** What a model costs, in US dollars; what is not there costs nothing. */
export interface Price {
  input_per_million?: number
  output_per_million?: number
  /** Of tokens that came out of the provider's cache; without it they cost what others do. */
  cached_input_per_million?: number
  per_image?: number
  per_second?: number
  per_character?: number
  per_page?: number
  per_call?: number
}

/** How requests of a provider leave this machine, where the operator says it; what is not there is as usual. */
export interface Network {
  /** The proxy's URL; false: none; without it the environment says. Nothing on this machine is ever asked through one. */
  proxy?: string | false
  tls?: {
    /** Certificates of all authorities that are trusted, as PEM. */
    ca?: string[]
    /** False: any certificate is good enough. */
    rejectUnauthorized?: boolean
  }
}

/** Everything the engine and the workers know about one provider. Plain data; it never changes while the process runs. */
export interface ProviderSettings {
  name: string
  baseUrl: string
  /** How its key goes out. */
  authorization: Authorization
  /** request type -> how it is served */
  endpoints: Readonly<Record<string, EndpointSupport>>
  /** request type -> required members that this provider does without */
  optional: Record<string, readonly string[]>
  /** False: calls may go out without a key. */
  needsKey: boolean
  /** The environment variable that usually holds the key, where there is one. */
  keyVariable?: string
  keys: ProviderKey[]
  /** Models that nothing may be called for: see blocked.ts. */
  blocked?: readonly string[]
  headers: Record<string, string>
  network?: Network
  /** What an adapter must know beside address and key, as a region: plain texts. */
  options: Readonly<Record<string, string>>
  timeoutMs: number
  maxRetries: number
  backoffInitialMs: number
  backoffMaxMs: number
  concurrency: number
  /** How many jobs may wait in its queue. */
  bufferSize: number
  /** The operator's own prices: model -> price; `*` is every model that is not named. */
  prices: Record<string, Price>
  /** What the published prices call it, or null. */
  pricedAs: string | null
}
