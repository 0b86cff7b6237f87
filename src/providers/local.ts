// What this machine has for providers: servers that answer on it, and credentials that lie on it. Asks no address but theirs:
// those of the rows are loopback, any other is the operator's own.

import { existsSync, readFileSync } from "node:fs"
import type { Clock } from "../clock.ts"
import { asRecord } from "../values.ts"
import { NAME_CHARS_MAX } from "./bounds.ts"
import type { ProviderSettings } from "./provider.ts"
import { findRow } from "./registry.ts"
import { readMembers, receive, send } from "./transport.ts"

/** A model that a server says it has. */
export interface ServedModel {
  name: string
  /** Seconds since 1970; null where the server does not say. */
  created: number | null
  /** In tokens; null where the server does not say. */
  contextLength: number | null
}

/** provider -> what it serves; null: it answers, but lists nothing. Who does not answer is not there. */
export type Served = ReadonlyMap<string, readonly ServedModel[] | null>

export interface Servers {
  /** Asks those of these providers that are servers, together. Waits so long at most; who answers later is in the next answer. */
  ask(providers: readonly ProviderSettings[], limitMs: number): Promise<Served>
}

/** How long an answer holds. */
const FRESH_MS = 5000
const LIST_BYTES_MAX = 8 * 1024 * 1024
/** After this a server is taken for silent. */
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
 * Whether its models are asked of it: a server in OpenAI's form that wants no key, on this machine or, in the clear, in a
 * network of the operator's own. No provider on the internet is called like that.
 */
export function isServer({ needsKey, baseUrl, keys, endpoints }: ProviderSettings): boolean {
  if (needsKey || !Object.values(endpoints).some(({ adapter }) => adapter === "raw")) return false
  const { protocol, hostname } = new URL(baseUrl)
  return (
    /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname) ||
    (protocol === "http:" && keys.every(({ value }) => value === ""))
  )
}

/** One of the servers that are looked for at the start. */
export function isUsualServer(provider: ProviderSettings): boolean {
  return findRow(provider.name)?.keyVariable === null && isServer(provider)
}

/** Whether nobody has said that it is there: it is where such a server usually is. */
export function isGuessed(provider: ProviderSettings): boolean {
  return isUsualServer(provider) && findRow(provider.name)?.baseUrl === provider.baseUrl
}

/** What it serves; null: it answers without a list, undefined: it is not there. */
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
    const key = keys[0]?.value ? { [authorization.header]: authorization.prefix + keys[0].value } : {}
    const line = { fetch: ask, signal: abort.signal, network: provider.network }
    const sent = await send(line, `${baseUrl}/models`, { method: "GET", headers: { ...key, ...headers } })
    const answer = await receive(sent, clock, LIST_BYTES_MAX)
    const { data } = readMembers(answer)
    if (answer.isOk && Array.isArray(data)) return data.flatMap(readModel)
    // At a usual port that may be anybody.
    return isGuessed(provider) ? undefined : null
  } catch {
    return undefined
  } finally {
    cancel()
  }
}

/**
 * Throws where nobody listens. A process that has used its HTTP client weighs 1 MB more, and most machines have no such
 * server.
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

/** Where from calls to this provider have what authorises them, in words; null: they have nothing, and it cannot be called. */
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

type Options = ProviderSettings["options"]

/** In the order of credentials/aws.ts, as far as it can be known without asking anybody. */
function amazonAccess({ credentialsFile, containerUrl, metadataUrl }: Options): string | null {
  if (credentialsFile !== undefined && existsSync(credentialsFile)) return credentialsFile
  if (containerUrl !== undefined) return "this container's role"
  const isMachine = metadataUrl === undefined ? isMachineBy("Amazon") : metadataUrl !== "off"
  return isMachine ? "this machine's role" : null
}

/** In the order of credentials/googlelogin.ts. A call needs a project besides: the machine's account does not say which. */
function googleAccess({ credentialsFile, project, metadataUrl }: Options): string | null {
  const text = credentialsFile === undefined ? "" : readTextFileSync(credentialsFile)
  if (text !== "" && (project !== undefined || /"(quota_)?project_id"/.test(text))) return credentialsFile ?? null
  const isMachine = metadataUrl !== undefined || isMachineBy("Google")
  return isMachine && project !== undefined ? "this machine's account" : null
}

/** As Linux tells it: https://github.com/googleapis/gcp-metadata/blob/main/src/gcp-residency.ts */
function isMachineBy(vendor: string): boolean {
  return readTextFileSync("/sys/class/dmi/id/bios_vendor").startsWith(vendor)
}

/** What cannot be read is as good as empty. */
function readTextFileSync(path: string): string {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}
