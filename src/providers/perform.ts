// One attempt, from call to outcome. Never throws: whatever happens to a call is a fact to report.
import type { Call, Outcome, UnreachedReason } from "../call.ts"
import type { Clock } from "../clock.ts"
import type { AnswerMemory } from "./memory.ts"
import { mock } from "./mock.ts"
import { raw } from "./raw.ts"
import type { ProviderSettings } from "./table.ts"
import { misconfigured } from "./unsendable.ts"

/** What an adapter may use of the world. */
export interface CallContext {
  fetch: typeof fetch
  clock: Clock
  /** Aborts when the call's time is up or the job no longer wants it. */
  signal: AbortSignal
  /** Where the answer is held while it is read; not there: as much as it is. */
  memory?: AnswerMemory & { waitedMs(): number }
  /** A piece of the call's form, counted from 0, or null past its end. */
  pieceAt: (seq: number) => Promise<Uint8Array<ArrayBuffer> | null>
}

/** Exactly one request to the provider: no retries, no logs, no policy. May throw what fetch throws. */
export type Ask = (
  call: Call,
  provider: ProviderSettings,
  context: CallContext,
  /** What authorises the call; null: nothing. */
  key: string | null,
) => Promise<Outcome>

/** How a kind of provider is asked. One that works on a request as a job of its own answers `start` with `pending`. */
export interface Adapter {
  start: Ask
  /** How far the job of `call.state` is; needs nothing of the process that started it. */
  resume?: Ask
  /** Ends the job of `call.state`; what comes of it is nobody's. */
  cancel?: Ask
}

/** What is wrong with a server's certificate, as X.509 names it: seen before anything is sent. */
const CERTIFICATE = /CERT|^UNABLE_TO_|^(HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)$/

const passthrough: Adapter = { start: raw }
const builtIn: Adapter = { start: mock, resume: mock }

/** How the provider is asked for this request type; null where it does not serve it. */
function adapterFor({ ways }: ProviderSettings, requestType: string): Adapter | Promise<Adapter> | null {
  const way = ways[requestType]
  if (!way) return null
  const { adapter } = way
  if (adapter === "mock") return builtIn
  if (adapter === "raw" && way.via === undefined) return passthrough
  return import("./adapters.ts").then(({ adapterOf }) => adapterOf({ ...way, adapter }, requestType))
}

export async function perform(
  call: Call,
  provider: ProviderSettings | undefined,
  world: Omit<CallContext, "signal">,
  /** Ends the call; its time being up does so too. */
  abort: AbortController,
): Promise<Outcome> {
  if (!provider) return misconfigured(`provider ${call.provider} is not configured`)
  const key = call.ownKey ?? provider.keys.find(({ id }) => id === call.keyId)?.value ?? null
  if (key === null && (call.keyId !== null || provider.needsKey)) return misconfigured(keyMessage(call))
  const found = adapterFor(provider, call.requestType)
  // What is there at once is not waited for.
  const adapter = found instanceof Promise ? await found : found
  if (!adapter) return misconfigured(`${call.requestType} is not supported by ${call.provider} provider any more`)
  const ask = adapter[call.step]
  if (!ask) return misconfigured(`provider ${call.provider} has no asynchronous jobs as it is configured now`)
  let isTimedOut = false
  let cancel = world.clock.after(call.timeoutMs, () => onTimeout(0))
  /** What the call has waited for our own memory is added to its time. */
  function onTimeout(addedMs: number): void {
    const waitedMs = world.memory?.waitedMs() ?? 0
    if (waitedMs > addedMs) {
      cancel = world.clock.after(waitedMs - addedMs, () => onTimeout(waitedMs))
      return
    }
    isTimedOut = true
    abort.abort()
  }
  try {
    return await ask(call, provider, { ...world, signal: abort.signal }, key)
  } catch (error) {
    if (isTimedOut) return unreached("timeout", `no answer from ${call.provider} within ${call.timeoutMs / 1000} s`)
    if (abort.signal.aborted) return unreached("aborted", "the call was aborted")
    return unreached(isUnconnected(error) ? "unconnected" : "network", networkMessage(error, provider))
  } finally {
    cancel()
  }
}

function unreached(reason: UnreachedReason, message: string): Outcome {
  return { kind: "unreached", reason, message }
}

function keyMessage({ provider, model, keyId }: Call): string {
  const fix =
    keyId === null
      ? "configure one, or send your own"
      : `the one with the id "${keyId}", which the job was to go out with, is not configured any more: configure it again, or submit the job again`
  return `no keys found for provider ${provider} and model ${model}: ${fix}`
}

/**
 * The codes that Bun 1.4.4 gives only as long as there is no connection to send on. A connection that was there once ends
 * as ECONNRESET, or EPROTO under TLS, whether the request was out or not.
 */
const unconnected = [
  /^(ConnectionRefused|FailedToOpenSocket|ERR_PROXY_TUNNEL|UnsupportedProxyProtocol)$/,
  /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EADDRNOTAVAIL|EACCES|EMFILE|ENFILE)$/,
  /^(ENOTFOUND|EAI_\w+)$/,
  CERTIFICATE,
]

function isUnconnected(error: unknown): boolean {
  return unconnected.some((codes) => codes.test(codeOf(error) ?? ""))
}

function codeOf(error: unknown): string | null {
  const { code } = error as { code?: unknown }
  return typeof code === "string" ? code : null
}

/** Says what the network did, and to whom; never the URL's path or query, and no header. */
function networkMessage(error: unknown, provider: ProviderSettings): string {
  const host = URL.canParse(provider.baseUrl) ? new URL(provider.baseUrl).host : provider.name
  const code = codeOf(error)
  switch (code) {
    case "ConnectionRefused":
    case "ECONNREFUSED":
      return `${host} refused the connection: is the server running there?`
    case "ECONNRESET":
    case "ConnectionClosed":
      return `${host} closed the connection before the answer was complete`
    case "FailedToOpenSocket":
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return `${host} cannot be reached: the name does not resolve or there is no route`
  }
  if (code !== null && CERTIFICATE.test(code)) return `${host} has a certificate that is not trusted: ${code}`
  return `the call to ${host} failed: ${code ?? String((error as { message?: unknown }).message).slice(0, 200)}`
}
