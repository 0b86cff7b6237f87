// Posts one webhook: to an address that was checked, without redirects, within a time. It knows no retry policy.
import { isIP } from "node:net"
import type { Clock } from "../clock.ts"
import { dateMs, near, parseNumber } from "../providers/durations.ts"
import { readUpTo, send } from "../providers/transport.ts"
import { findAddressFault, nameHost, type ReceiverRules, readReceiverUrl } from "./receivers.ts"

export interface Post {
  url: string
  headers: Record<string, string>
  /** JSON text. */
  body: string
  timeoutMs: number
  rules: ReceiverRules
}

/** What a try to deliver a webhook has learned. */
export type PostOutcome =
  /** `snippet` is the beginning of what the receiver wrote, where it did not take the webhook. */
  | { kind: "answered"; status: number; retryAfterMs: number | null; snippet: string; tookMs: number }
  /** Nothing was sent, because the URL or an address of its host is not allowed. `isLasting`: another try would find the same. */
  | { kind: "refused"; reason: string; isLasting: boolean }
  /** No whole head of an answer came. */
  | { kind: "unreached"; reason: string; tookMs: number }

export interface PostContext {
  fetch: typeof fetch
  clock: Clock
  /** Aborts the try, as a stop of the gateway does. */
  signal: AbortSignal
  /** All IP addresses of a name. Never called with an IP address. */
  resolve(host: string): Promise<string[]>
}

/** So much of an answer is read and kept. */
const SNIPPET_BYTES_MAX = 4096

export async function resolveHost(host: string): Promise<string[]> {
  return (await Bun.dns.lookup(host)).map(({ address }) => address)
}

/** Never throws. */
export async function postWebhook(post: Post, context: PostContext): Promise<PostOutcome> {
  const { clock } = context
  const startedAt = clock.now()
  const late = new AbortController()
  const cancel = clock.after(post.timeoutMs, () => late.abort())
  const signal = AbortSignal.any([context.signal, late.signal])
  try {
    return await tryToPost(post, { ...context, signal }, startedAt)
  } catch (error) {
    const tookMs = clock.now() - startedAt
    const reason = late.signal.aborted
      ? `no answer within ${post.timeoutMs / 1000} s`
      : context.signal.aborted
        ? "the gateway was stopped"
        : describeFailure(error)
    return { kind: "unreached", reason, tookMs }
  } finally {
    cancel()
  }
}

async function tryToPost(post: Post, context: PostContext, startedAt: number): Promise<PostOutcome> {
  const { clock, signal } = context
  const { url, fault } = readReceiverUrl(post.url)
  if (!url) return { kind: "refused", reason: `the URL ${fault}`, isLasting: true }
  const host = url.hostname.replace(/^\[|\]$/g, "")
  const isLiteral = isIP(host) !== 0
  const addresses = isLiteral ? [host] : await abortable(context.resolve(host), signal)
  for (const address of addresses) {
    const why = findAddressFault(address, post.rules, url.protocol === "https:")
    if (why !== null) {
      return { kind: "refused", reason: `${isLiteral ? host : nameHost(host, address)} ${why}`, isLasting: isLiteral }
    }
  }
  const [address] = addresses
  if (address === undefined) throw new Error(`${host} has no address`)
  // The address that was checked, and not the name: a second lookup could return another. The certificate must still be the name's.
  const pinned = new URL(url)
  pinned.hostname = isIP(address) === 6 ? `[${address}]` : address
  const response = await send(context, pinned.href, {
    headers: { ...post.headers, host: url.host, "accept-encoding": "identity" },
    body: post.body,
    ...(url.protocol === "https:" && !isLiteral ? { serverName: host } : {}),
  })
  const { status, headers } = response
  const retryAfterMs = readRetryAfter(headers.get("retry-after"), clock.wall())
  const snippet = await readSnippet(response)
  return { kind: "answered", status, retryAfterMs, snippet, tookMs: clock.now() - startedAt }
}

/** Ends a lookup that hangs: it takes no signal itself. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true })
    if (signal.aborted) reject(signal.reason)
    promise.then(resolve, reject)
  })
}

/** Null where the receiver does not say how long to wait: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function readRetryAfter(text: string | null, now: number): number | null {
  return near(parseNumber(text) * 1000) ?? dateMs(text, now)
}

/** The beginning of what a receiver says of a webhook that it did not take. */
async function readSnippet(response: Response): Promise<string> {
  if (response.ok) {
    // Nobody reads it, and it may never end, or break off: the webhook is taken.
    await response.body?.cancel().catch(() => {})
    return ""
  }
  const { bytes } = await readUpTo(response, SNIPPET_BYTES_MAX)
  return new TextDecoder().decode(bytes)
}

function describeFailure(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown }
  const text = typeof message === "string" ? message : String(error)
  return typeof code === "string" && !text.includes(code) ? `${code}: ${text}` : text
}
