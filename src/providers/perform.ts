// One attempt, from call to outcome. Never throws: whatever happens to a call is a fact to report.
import type { Call, Outcome } from "../call.ts"
import type { Clock } from "../clock.ts"
import { mock } from "./mock.ts"
import { raw } from "./raw.ts"
import { type AdapterName, keyFor, type ProviderSettings } from "./table.ts"

/** What an adapter may use of the world. */
export interface CallContext {
  fetch: typeof fetch
  clock: Clock
  /** Aborts when the call's time is up or the job no longer wants it. */
  signal: AbortSignal
  /** A piece of the call's form, counted from 0, or null past its end. */
  pieceAt: (seq: number) => Promise<Uint8Array<ArrayBuffer> | null>
}

/** Exactly one submission to the provider: no retries, no logs, no policy. May throw what fetch throws. */
export type Adapter = (
  call: Call,
  provider: ProviderSettings,
  context: CallContext,
  /** What authorises the call; null: nothing. */
  key: string | null,
) => Promise<Outcome>

const adapters: Record<AdapterName, Adapter> = { raw, mock }

export async function perform(
  call: Call,
  provider: ProviderSettings | undefined,
  context: CallContext,
): Promise<{ outcome: Outcome; keyName: string | null }> {
  const configured = provider && call.ownKey === null ? keyFor(provider, call.model, call.extras.keyName) : null
  const outcome = await attempt(call, provider, context, call.ownKey ?? configured?.value ?? null)
  return { outcome, keyName: call.ownKey === null ? (configured?.name ?? null) : "the caller's own" }
}

async function attempt(
  call: Call,
  provider: ProviderSettings | undefined,
  context: CallContext,
  key: string | null,
): Promise<Outcome> {
  if (!provider) return { kind: "unreached", reason: "network", message: `provider ${call.provider} is not configured` }
  const abort = new AbortController()
  let isTimedOut = false
  const onAbort = () => abort.abort()
  context.signal.addEventListener("abort", onAbort)
  if (context.signal.aborted) onAbort()
  const cancel = context.clock.after(call.timeoutMs, () => {
    isTimedOut = true
    abort.abort()
  })
  try {
    return await adapters[provider.adapter](call, provider, { ...context, signal: abort.signal }, key)
  } catch (error) {
    if (isTimedOut) {
      return {
        kind: "unreached",
        reason: "timeout",
        message: `no answer from ${call.provider} within ${call.timeoutMs / 1000} s`,
      }
    }
    if (context.signal.aborted) return { kind: "unreached", reason: "aborted", message: "the call was aborted" }
    return { kind: "unreached", reason: "network", message: networkMessage(error, provider) }
  } finally {
    cancel()
    context.signal.removeEventListener("abort", onAbort)
  }
}

/** Says what the network did, and to whom; never the URL's path or query, and no header. */
function networkMessage(error: unknown, provider: ProviderSettings): string {
  const { code, message } = error as { code?: unknown; message?: unknown }
  const host = URL.canParse(provider.baseUrl) ? new URL(provider.baseUrl).host : provider.name
  switch (code) {
    case "ConnectionRefused":
    case "ECONNREFUSED":
      return `${host} refused the connection: is the server running there?`
    case "ECONNRESET":
    case "ConnectionClosed":
      return `${host} closed the connection before the answer was complete`
    case "FailedToOpenSocket":
    case "ENOTFOUND":
      return `${host} cannot be reached: the name does not resolve or there is no route`
    default:
      return `the call to ${host} failed: ${typeof code === "string" ? code : String(message).slice(0, 200)}`
  }
}
