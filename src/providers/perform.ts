// Performs one attempt, from call to outcome. Never throws: whatever happens to a call is reported as its outcome.
import type { Call, Outcome, UnreachedReason } from "../call.ts"
import { afterReads } from "../clock.ts"
import type { Adapter, Attempt, CallContext } from "./adapter.ts"
import { bounded } from "./bounds.ts"
import { explainMissingKey, isBlockedBy, maySend } from "./keys.ts"
import { mock } from "./mock/mock.ts"
import { misconfigured, noUpstream, Settled } from "./outcomes.ts"
import { cancelThrough, passThrough, resumeThrough } from "./passthrough.ts"
import { placed } from "./placed.ts"
import type { ProviderKey, ProviderSettings } from "./provider.ts"
import { type Answer, isMalformed, readRequestId, type Trace } from "./transport.ts"
import { refusedWith, unreadable } from "./upstreamreplies.ts"

/** Errors of a server's certificate. They are found before anything is sent. */
const CERTIFICATE = /CERT|^UNABLE_TO_|^(HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)$/

const passthrough: Adapter = { start: passThrough }
const resumable: Adapter = { start: passThrough, resume: resumeThrough, cancel: cancelThrough }
const builtIn: Adapter = { start: mock, resume: mock }

/** The adapter for this request type. Null when the provider does not serve it. */
function findAdapter({ endpoints }: ProviderSettings, requestType: string): Adapter | Promise<Adapter> | null {
  const support = endpoints[requestType]
  if (!support) return null
  const { adapter } = support
  if (adapter === "mock") return builtIn
  if (adapter === "raw" && support.via === undefined) return support.isResumable ? resumable : passthrough
  return import("./adapters.ts").then(({ getAdapter }) => getAdapter({ ...support, adapter }, requestType))
}

export async function perform(
  call: Call,
  provider: ProviderSettings | undefined,
  world: Pick<
    CallContext,
    "fetch" | "clock" | "memory" | "pieceAt" | "emit" | "mayBeginAnew" | "keepState" | "noteAllowances"
  >,
  /** Aborts the call. The timeout aborts it too. */
  abort: AbortController,
): Promise<Outcome> {
  if (!provider) return misconfigured(`provider ${call.provider} is not configured`)
  const key = call.callerKey === null ? provider.keys.find(({ id }) => id === call.keyId) : undefined
  if (!isAllowed(call, provider, key)) {
    const missing = { provider: call.provider, model: call.model, pinned: call.keyId }
    return misconfigured(explainMissingKey(provider, missing, "operator"))
  }
  const found = findAdapter(provider, call.requestType)
  // An adapter that is loaded is not awaited.
  const adapter = found instanceof Promise ? await found : found
  if (!adapter) return misconfigured(`${call.requestType} is not supported by ${call.provider} provider any more`)
  const step = adapter[call.step]
  if (!step) return misconfigured(`provider ${call.provider} has no asynchronous jobs as it is configured now`)
  const there = placed(call, provider, key)
  const secret = call.callerKey ?? (key?.value || null)
  const trace: Trace = { answer: null, failure: null }
  let isTimedOut = false
  let cancel = afterReads(world.clock, call.timeoutMs, () => onTimeout(0))
  /** The time that the call has waited for memory of this process does not count. */
  function onTimeout(addedMs: number): void {
    const waitedMs = world.memory?.waitedMs() ?? 0
    if (waitedMs > addedMs) {
      cancel = afterReads(world.clock, waitedMs - addedMs, () => onTimeout(waitedMs))
      return
    }
    isTimedOut = true
    abort.abort()
  }
  try {
    let hasBegun = false
    const emit =
      world.emit &&
      ((events: string) => {
        hasBegun = world.mayBeginAnew !== true
        return world.emit?.(events)
      })
    const context = { ...world, emit, network: provider.network, trace, signal: abort.signal }
    const attempt = { call: there.call, provider: there.provider, key: secret, context }
    const outcome =
      key?.entra === undefined
        ? await step(attempt)
        : await (await import("./identity.ts")).performAs(key.entra, step, attempt)
    return bounded(hasBegun && outcome.kind === "refused" ? endStream(outcome, call) : outcome)
  } catch (error) {
    if (error instanceof Settled) return bounded(error.outcome)
    const isOfNetwork = error === trace.failure?.error
    if (!isOfNetwork && trace.answer !== null) {
      return bounded(unprocessed({ call, provider, key: secret }, trace.answer, error))
    }
    if (isTimedOut) return unreached("timeout", `no answer from ${call.provider} within ${call.timeoutMs / 1000} s`)
    if (abort.signal.aborted) return unreached("aborted", "the call was aborted")
    return bounded(isOfNetwork ? failed(error, there.provider) : unmade(error))
  } finally {
    cancel()
  }
}

/** Whether the call may still be made: a job may be older than the configuration, which may forbid it by now. */
function isAllowed(call: Call, provider: ProviderSettings, key: ProviderKey | undefined): boolean {
  const { callerKey, keyId, step, model } = call
  if (callerKey !== null) return true
  const { needsKey, keys } = provider
  if (step !== "start") return keyId === null ? !needsKey : key !== undefined
  if (key !== undefined) return maySend(provider, key, model)
  return keyId === null && !needsKey && keys.length === 0 && !isBlockedBy(provider, model)
}

/**
 * The answer came and could not be processed. It is paid for, and another request would fail in the same way. This reads as little of
 * it as possible, because whatever failed could fail here too.
 */
function unprocessed(attempt: Pick<Attempt, "call" | "provider" | "key">, answer: Answer, error: unknown): Outcome {
  const { status, isOk, headers } = answer
  const upstream = { requestId: readRequestId(headers, attempt.call.requestId), limits: null }
  const problem = `it could not be read here (${readName(error)})`
  if (isOk) return unreadable(attempt, { ...answer, upstream }, problem)
  const message = `the provider answered ${status}, but ${problem}`
  return refusedWith(status, { type: null, code: null, message, param: null }, null, upstream)
}

/** A refusal would be repeated, and a client that has read the beginning of a stream cannot begin anew. */
function endStream({ status, refusal, upstream }: Extract<Outcome, { kind: "refused" }>, { provider }: Call): Outcome {
  const message = `${provider} ended its stream with an error: ${refusal.message}`
  return { kind: "unreadable", status, message, body: "", upstream }
}

/** The connection failed before or during the answer. */
function failed(error: unknown, provider: ProviderSettings): Outcome {
  if (isMalformed(error)) {
    const message = `${readHost(provider)} answered, but not in HTTP (${readCode(error)}): is base_url the address of an HTTP API?`
    return { kind: "unreadable", status: null, message, body: "", upstream: noUpstream }
  }
  return unreached(isUnconnected(error) ? "unconnected" : "network", networkMessage(error, provider))
}

/** Nothing was sent. The error's message is not kept, because errors of packages may quote the request. */
function unmade(error: unknown): Outcome {
  return unreached("not_sent", `the request could not be made (${readName(error)})`)
}

function readName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}

function unreached(reason: UnreachedReason, message: string): Outcome {
  return { kind: "unreached", reason, message }
}

/**
 * Error codes of Bun 1.4.4 that mean that there never was a connection. An established connection ends with ECONNRESET, or EPROTO
 * under TLS, whether the request was sent or not.
 */
const unconnected = [
  /^(ConnectionRefused|FailedToOpenSocket|ERR_PROXY_TUNNEL|UnsupportedProxyProtocol)$/,
  /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EADDRNOTAVAIL|EACCES|EMFILE|ENFILE)$/,
  /^(ENOTFOUND|EAI_\w+)$/,
  CERTIFICATE,
]

function isUnconnected(error: unknown): boolean {
  return unconnected.some((codes) => codes.test(readCode(error) ?? ""))
}

function readCode(error: unknown): string | null {
  const { code } = error as { code?: unknown }
  return typeof code === "string" ? code : null
}

function readHost({ baseUrl, name }: ProviderSettings): string {
  return URL.canParse(baseUrl) ? new URL(baseUrl).host : name
}

/** Names the host and what happened. Never contains the URL's path or query, or a header. */
function networkMessage(error: unknown, provider: ProviderSettings): string {
  const host = readHost(provider)
  const code = readCode(error)
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
