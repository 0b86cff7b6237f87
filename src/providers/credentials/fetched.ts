// Keeps credentials that are fetched and expire. Each is fetched once for all calls of the thread, and again before it expires.
import type { Outcome } from "../../call.ts"
import { afterReads } from "../../clock.ts"
import type { CallContext } from "../adapter.ts"
import { misconfigured } from "../outcomes.ts"

/** The result of fetching credentials. */
export type Fetched<T> =
  | { kind: "ready"; value: T }
  | {
      kind: "missing"
      /** There are none, the service refused, or nobody answered. */
      why: "none" | "refused" | "unconnected"
      message: string
    }

export interface Made<T> {
  fetched: Fetched<T>
  /** Epoch milliseconds, by `clock.now`. */
  expiresAt: number
}

/** Credentials are renewed so early, because a call fails when they expire before it ends. */
const EARLY_MS = 5 * 60_000
/** Callers may send keys of their own, so that the number must be limited. */
const HELD_MAX = 200
/** The timeout of a fetch: on a machine without such a service nobody answers. */
const FETCH_MS = 10_000

/**
 * Returns kept credentials, or calls `make`, which gets a signal of its own: when the first call is aborted, the others must not fail.
 * Throws when the call's own signal aborts.
 * @param name identifies the credentials; it contains the secret, so that nobody without the secret can use them
 */
export type Keep<T> = (
  name: string,
  context: CallContext,
  make: (signal: AbortSignal) => Promise<Made<T>>,
) => Promise<Fetched<T>>

export function createKeep<T>(): Keep<T> {
  const held = new Map<string, { value: Promise<Fetched<T>>; expiresAt: number }>()
  return async (name, { clock, signal }, make) => {
    const known = held.get(name)
    if (known !== undefined && clock.now() < known.expiresAt - EARLY_MS) return await unlessAborted(known.value, signal)
    const abort = new AbortController()
    const cancel = afterReads(clock, FETCH_MS, () => abort.abort())
    const value = make(abort.signal)
      .catch((error: unknown): Made<T> => ({ fetched: unanswered(error), expiresAt: 0 }))
      .then(({ fetched, expiresAt }) => {
        one.expiresAt = expiresAt
        if (fetched.kind === "missing" && held.get(name) === one) held.delete(name)
        return fetched
      })
      .finally(cancel)
    const one = { value, expiresAt: Number.POSITIVE_INFINITY }
    held.set(name, one)
    const oldest = held.keys().next()
    if (held.size > HELD_MAX && !oldest.done) held.delete(oldest.value)
    return await unlessAborted(value, signal)
  }
}

export function none(message: string): Fetched<never> {
  return { kind: "missing", why: "none", message }
}

/** Empty when the file cannot be read. */
export async function readTextFile(path: string | undefined): Promise<string> {
  if (path === undefined) return ""
  return await Bun.file(path)
    .text()
    .catch(() => "")
}

/** The network settings for fetching credentials: certificates are always verified, because secrets are sent. */
export function verified<T extends Pick<CallContext, "network">>(context: T): T {
  const { network } = context
  if (network?.tls?.rejectUnauthorized !== false) return context
  const { rejectUnauthorized, ...tls } = network.tls
  return { ...context, network: { ...network, tls } }
}

/** The outcome of a call that nothing authorises. */
export function withoutCredentials(
  name: string,
  { why, message }: Extract<Fetched<unknown>, { kind: "missing" }>,
): Outcome {
  const said = `${name}: ${message}`
  if (why === "none") return misconfigured(said)
  if (why === "unconnected") return { kind: "unreached", reason: "unconnected", message: said }
  return {
    kind: "refused",
    status: 401,
    refusal: { type: null, code: null, message: said, param: null },
    retryAfterMs: null,
    isKeyRefused: true,
    upstream: { requestId: null, limits: null },
  }
}

function unanswered(error: unknown): Fetched<never> {
  const { code } = error as { code?: unknown }
  return { kind: "missing", why: "unconnected", message: typeof code === "string" ? code : "no answer in time" }
}

function unlessAborted<T>(value: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) return onAbort()
    signal.addEventListener("abort", onAbort)
    value.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort))
  })
}
