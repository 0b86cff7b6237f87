// Composes the headers of every request to a provider: ours, the caller's, those that the adapter needs, and the operator's.
import type { Attempt } from "./adapter.ts"
import { invalidHeader, Settled } from "./outcomes.ts"
import type { ProviderSettings } from "./provider.ts"

/** Headers that authorise a request at some provider. A caller's must not be sent beside ours or instead of it. */
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
/** Amazon takes headers with this prefix for a part of the signature. */
const SIGNED = "x-amz-"

/** Whether a header authorises requests at this provider or any other. @param name in lower case */
function isAuthorising(name: string, { authorization }: Pick<ProviderSettings, "authorization">): boolean {
  return authorising.has(name) || name.startsWith(SIGNED) || name === authorization.header.toLowerCase()
}

/**
 * The headers of a request. When a name occurs twice, in any case, the later source counts. The order is: `given`, ours, the caller's,
 * `fixed`, the operator's.
 * @param given names in lower case: what a caller may override
 * @param fixed what the adapter needs and what authorises the request: a caller cannot override it
 * @throws {Settled} when a header has a character that HTTP does not allow
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
    // The same for every attempt: a provider that honours it bills a repeated request once.
    "idempotency-key": call.idempotencyKey,
  })
  // Set one by one, because two spellings of a name in one object would be joined by a comma.
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

/** Adds headers that authorise a request or name the account that pays. They do not replace the operator's headers. */
export function addAuthorization(
  headers: Headers,
  added: Readonly<Record<string, string>>,
  provider: Pick<ProviderSettings, "headers">,
): Headers {
  const configured = new Set(Object.keys(provider.headers).map((name) => name.toLowerCase()))
  for (const [name, value] of Object.entries(added)) if (!configured.has(name.toLowerCase())) headers.set(name, value)
  return headers
}
