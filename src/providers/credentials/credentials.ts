// Credentials that have to be fetched and expire: each is fetched once for all calls that need it, and again before it expires.
import type { Outcome } from "../../call.ts"
import { afterReads } from "../../clock.ts"
import type { CallContext } from "../adapter.ts"
import { misconfigured } from "../outcomes.ts"

/** What fetching them came to. */
export type Fetched<T> =
  | { kind: "ready"; value: T }
  | {
      kind: "missing"
      /** There are none; who gives them said no; nobody answered. */
      why: "none" | "refused" | "unconnected"
      message: string
    }

export interface Made<T> {
  fetched: Fetched<T>
  /** Epoch milliseconds, by `clock.now`. */
  expiresAt: number
}

/** One that ends while a call is under way would fail it. */
const EARLY_MS = 5 * 60_000
/** Callers may bring their own. */
const HELD_MAX = 200
/** On a machine that has no such service nobody answers. */
const FETCH_MS = 10_000

/**
 * `make` gets a signal of its own: the call that happens to be first must not take the others with it. Throws when the
 * call's own signal aborts.
 * @param name tells credentials apart: who does not know the secret must not be able to say it
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

/** What cannot be read is as good as empty. */
export async function readTextFile(path: string | undefined): Promise<string> {
  if (path === undefined) return ""
  return await Bun.file(path)
    .text()
    .catch(() => "")
}

/** What gives credentials is looked at, even where the provider's own certificate is not: secrets go there. */
export function verified<T extends Pick<CallContext, "network">>(context: T): T {
  const { network } = context
  if (network?.tls?.rejectUnauthorized !== false) return context
  const { rejectUnauthorized, ...tls } = network.tls
  return { ...context, network: { ...network, tls } }
}

/** A call without what would authorise it. */
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
