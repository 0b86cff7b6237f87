// The headers of a request to a provider, whatever its form: ours, the caller's, what the adapter relies on, the operator's.
import type { Attempt } from "./adapter.ts"
import { invalidHeader, Settled } from "./outcomes.ts"
import type { ProviderSettings } from "./provider.ts"

/** What providers are authorised by: a caller's may not stand beside ours, or in its place. */
export const authorising: ReadonlySet<string> = new Set([
  ...[
    "authorization",
    "proxy-authorization",
    "cookie",
    "api-key",
    "x-api-key",
    "x-goog-api-key",
    "xi-api-key",
    "x-key",
  ],
  ...["api-subscription-key", "ocp-apim-subscription-key"],
])
/** What Amazon signs, and what it takes for a part of the signature. */
const SIGNED = "x-amz-"

/** Whether a header proves who calls: of this provider, or of any. `name` in lower case. */
export function isAuthorising(name: string, { authorization }: Pick<ProviderSettings, "authorization">): boolean {
  return authorising.has(name) || name.startsWith(SIGNED) || name === authorization.header.toLowerCase()
}

/**
 * The headers of a request. Of two with one name, in whatever spelling, the later counts: `given`, ours, the caller's, `fixed`,
 * the operator's.
 * @param given names in lower case: what a caller may override
 * @param fixed what the adapter relies on, and what authorises the request: no caller may override it
 * @throws {Settled} when one of them has a character that HTTP does not allow
 */
export function composeHeaders(
  attempt: Pick<Attempt, "call" | "provider">,
  given: Readonly<Record<string, string>>,
  fixed: Record<string, string>,
): Headers {
  try {
    return compose(attempt, given, fixed)
  } catch {
    throw new Settled(invalidHeader(attempt.call))
  }
}

function compose(
  { call, provider }: Pick<Attempt, "call" | "provider">,
  given: Readonly<Record<string, string>>,
  fixed: Record<string, string>,
): Headers {
  const headers = new Headers({
    ...given,
    "user-agent": "asyncgate",
    "x-request-id": call.requestId,
    // The same with every attempt: a provider that honours it bills a repeated one once.
    "idempotency-key": call.idempotencyKey,
  })
  // One by one: two spellings of a name in one object would be joined by a comma.
  if (call.extras.headers) {
    for (const [name, value] of Object.entries(call.extras.headers)) {
      if (!isAuthorising(name.toLowerCase(), provider)) headers.set(name, value)
    }
  }
  for (const [name, value] of Object.entries(fixed)) headers.set(name, value)
  for (const [name, value] of Object.entries(provider.headers)) headers.set(name, value.replace("{jobId}", call.jobId))
  return headers
}

/** The headers of a passthrough's request, and of an operation's before it is authorised. */
export const ACCEPT_JSON = { accept: "application/json, */*" }

/** Adds what authorises a request, or says whose account pays for it; the operator's own headers go before it. */
export function addAuthorization(
  headers: Headers,
  added: Readonly<Record<string, string>>,
  provider: Pick<ProviderSettings, "headers">,
): Headers {
  const configured = new Set(Object.keys(provider.headers).map((name) => name.toLowerCase()))
  for (const [name, value] of Object.entries(added)) if (!configured.has(name.toLowerCase())) headers.set(name, value)
  return headers
}
