// Finds what this machine has for providers: local model servers, and credentials. It asks only the addresses of such servers: those of
// the rows are loopback, others are the operator's.

import { existsSync, readFileSync } from "node:fs"
import type { Clock } from "../clock.ts"
import { asRecord } from "../values.ts"
import { NAME_CHARS_MAX } from "./bounds.ts"
import type { ProviderSettings } from "./provider.ts"
import { findRow } from "./registry.ts"
import { readMembers, receive, send } from "./transport.ts"

/** A model that a local server lists. */
export interface ServedModel {
  name: string
  /** Seconds since 1970. Null when the server does not say. */
  created: number | null
  /** In tokens. Null when the server does not say. */
  contextLength: number | null
}

/** provider -> its models, or null when it answers without a list. Servers that do not answer are left out. */
export type Served = ReadonlyMap<string, readonly ServedModel[] | null>

export interface Servers {
  /** Asks all of these providers that are local servers at once, and waits no longer than `limitMs`. A server that answers later is in the next result. */
  ask(providers: readonly ProviderSettings[], limitMs: number): Promise<Served>
}

/** How long an answer is used again. */
const FRESH_MS = 5000
const LIST_BYTES_MAX = 8 * 1024 * 1024
/** How long to wait for a server. */
const ANSWER_MS = 2000

export function createServers(ask: typeof fetch, clock: Clock): Servers {
  const served = new Map<string, readonly ServedModel[] | null>()
  const asked = new Map<string, { freshUntil: number; answered: Promise<void> }>()

  const askOnce = (provider: ProviderSettings): Promise<void> => {
    const { name } = provider
    const known = asked.get(name)
    if (known && clock.now() < known.freshUntil) return known.answered
    const answered = askModels(provider, ask, clock).then((list) => {
      if (list === undefined) served.delete(name)
      else served.set(name, list)
    })
    asked.set(name, { freshUntil: clock.now() + FRESH_MS, answered })
    return answered
  }

  return {
    ask: (providers, limitMs) =>
      new Promise((resolve) => {
        const answer = () => resolve(new Map(served))
        const cancel = clock.after(limitMs, answer)
        void Promise.all(providers.filter(isServer).map(askOnce)).then(cancel).then(answer)
      }),
  }
}

/**
 * Whether the provider is a local server whose models can be listed: it speaks OpenAI's form, needs no key, and is on this machine or,
 * over plain HTTP, in the operator's network. No provider on the internet is like that.
 */
export function isServer({ needsKey, baseUrl, keys, endpoints }: ProviderSettings): boolean {
  if (needsKey || !Object.values(endpoints).some(({ adapter }) => adapter === "raw")) return false
  const { protocol, hostname } = new URL(baseUrl)
  return (
    /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname) ||
    (protocol === "http:" && keys.every(({ value }) => value === ""))
  )
}

/** Whether it is one of the local servers that are looked for at the start. */
export function isUsualServer(provider: ProviderSettings): boolean {
  return findRow(provider.name)?.keyVariable === null && isServer(provider)
}

/** Whether nobody has configured it: its address is only the usual one. */
export function isGuessed(provider: ProviderSettings): boolean {
  return isUsualServer(provider) && findRow(provider.name)?.baseUrl === provider.baseUrl
}

/** The models of a server. Null when it answers without a list, undefined when it does not answer. */
async function askModels(
  provider: ProviderSettings,
  ask: typeof fetch,
  clock: Clock,
): Promise<readonly ServedModel[] | null | undefined> {
  const { baseUrl, authorization, keys, headers } = provider
  const abort = new AbortController()
  const cancel = clock.after(ANSWER_MS, () => abort.abort())
  try {
    if (isGuessed(provider)) await probe(baseUrl)
    const [first] = keys
    const key = first?.value ? { [authorization.header]: authorization.prefix + first.value } : {}
    const line = { fetch: ask, signal: abort.signal, network: provider.network }
    // A key may have an address of its own, and goes to no other.
    const url = `${first?.placement?.baseUrl ?? baseUrl}/models`
    const sent = await send(line, url, { method: "GET", headers: { ...key, ...headers } })
    const answer = await receive(sent, clock, LIST_BYTES_MAX)
    const { data } = readMembers(answer)
    if (answer.isOk && Array.isArray(data)) return data.flatMap(readModel)
    // Another program may listen at the usual port.
    return isGuessed(provider) ? undefined : null
  } catch {
    return undefined
  } finally {
    cancel()
  }
}

/**
 * Throws when nobody listens at the address. It spares most machines, which have no such server, the 1 MB that the HTTP client takes.
 */
async function probe(baseUrl: string): Promise<void> {
  const { hostname, port } = new URL(baseUrl)
  const socket = await Bun.connect({ hostname, port: Number(port), socket: { data: () => {} } })
  socket.end()
}

/** `max_model_len`: https://docs.vllm.ai/en/stable/api/vllm/entrypoints/openai/models/protocol.html, SGLang has it too. */
function readModel(entry: unknown): ServedModel[] {
  const { id, created, max_model_len } = asRecord(entry)
  return typeof id === "string" && id !== "" && id.length <= NAME_CHARS_MAX
    ? [{ name: id, created: asCount(created), contextLength: asCount(max_model_len) }]
    : []
}

function asCount(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null
}

/** Describes what authorises calls to this provider. Null when nothing does, so that it cannot be called. */
export function describeAccess(provider: ProviderSettings): string | null {
  const { keys, needsKey, baseUrl, options, endpoints } = provider
  if (baseUrl.includes("{region}") && options["region"] === undefined) return null
  if (keys[0] !== undefined) return keys[0].source
  if (needsKey) return null
  switch (endpoints["chat_completion"]?.adapter) {
    case "bedrock":
      return amazonAccess(options)
    case "vertex":
      return googleAccess(options)
    case "mock":
      return "built in"
    default:
      return "no key needed"
  }
}

/** What a provider is: built in, of the operator's own, a model server of this machine or network, or the mock. */
export function nameKind(provider: ProviderSettings): "built_in" | "custom" | "server" | "mock" {
  if (provider.endpoints["chat_completion"]?.adapter === "mock") return "mock"
  if (isServer(provider)) return "server"
  return findRow(provider.name) === undefined ? "custom" : "built_in"
}

type Options = ProviderSettings["options"]

/** Looks in the order of credentials/aws.ts, as far as that is possible without a request. */
function amazonAccess({ credentialsFile, containerUrl, metadataUrl }: Options): string | null {
  if (credentialsFile !== undefined && existsSync(credentialsFile)) return credentialsFile
  if (containerUrl !== undefined) return "this container's role"
  const isMachine = metadataUrl === undefined ? isMachineBy("Amazon") : metadataUrl !== "off"
  return isMachine ? "this machine's role" : null
}

/** Looks in the order of credentials/googlelogin.ts. A call also needs a project, which the machine's account does not name. */
function googleAccess({ credentialsFile, project, metadataUrl }: Options): string | null {
  const text = credentialsFile === undefined ? "" : readTextFileSync(credentialsFile)
  if (text !== "" && (project !== undefined || /"(quota_)?project_id"/.test(text))) return credentialsFile ?? null
  const isMachine = metadataUrl !== undefined || isMachineBy("Google")
  return isMachine && project !== undefined ? "this machine's account" : null
}

/** By what Linux says of the BIOS: https://github.com/googleapis/gcp-metadata/blob/main/src/gcp-residency.ts */
function isMachineBy(vendor: string): boolean {
  return readTextFileSync("/sys/class/dmi/id/bios_vendor").startsWith(vendor)
}

/** Empty when the file cannot be read. */
function readTextFileSync(path: string): string {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}
