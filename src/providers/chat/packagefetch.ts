// The fetch function that an SDK package gets. It sends the only request of a call through transport.ts, with the changes and the
// authorisation of the adapter, and keeps the reply. The package gets an empty one: nativeanswers.ts reads what came.
import type { ParameterError } from "../../endpoints/parametertable.ts"
import { depthDefect } from "../../json.ts"
import type { Attempt } from "../adapter.ts"
import { composeHeaders } from "../headers.ts"
import { refusedByUs, Settled } from "../outcomes.ts"
import { isBelow } from "../place.ts"
import { exchange, type Reply } from "../transport.ts"
import type { Live } from "./live.ts"

/** Headers that the packages fill in for a key that they are not given. */
const authorising = ["authorization", "x-api-key", "x-goog-api-key"]
/** Names beta features. The only header that the package, the caller and the operator may all set. */
export const BETA = "anthropic-beta"
/** The reply of the provider, as text. */
export interface TextReply extends Reply {
  text: string
}

export interface Outgoing {
  url: string
  headers: Headers
  body: string
}

/** How a package's request is changed before it is sent. */
export interface Plan {
  /** Every address that is requested must lie below it. */
  base: string
  /** The address to request instead of the package's. */
  locate(url: string): string
  /** The body to send instead of the package's, or why nothing can be sent. */
  change(body: string): string | ParameterError
  /** The headers with what authorises the request. */
  authorise(request: Outgoing): Promise<Headers>
  /** The answer that the package reads, instead of the provider's. */
  empty: object
  /** Asks for a stream instead of the whole answer; null: nobody reads one. */
  live: Live | null
}

/** One per call. */
export interface PackageFetch {
  fetch: typeof fetch
  /** The body that went out. */
  sent: string
  /** Null until an answer has come. */
  reply: TextReply | null
  /** The error that ended the request: a Settled, or one of fetch. Packages wrap it in errors of their own. */
  failure: { error: unknown } | null
}

export function createPackageFetch(attempt: Attempt, plan: Plan): PackageFetch {
  const made: PackageFetch = {
    sent: "",
    reply: null,
    failure: null,
    fetch: Object.assign(
      async (input: string | URL | Request, init?: RequestInit) => {
        made.reply ??= await send(input instanceof Request ? input.url : String(input), init)
        return Response.json(plan.empty)
      },
      { preconnect: () => {} },
    ),
  }

  async function send(packageUrl: string, init: RequestInit | undefined): Promise<TextReply> {
    try {
      const url = plan.locate(packageUrl)
      const changed = isBelow(url, plan.base) ? plan.change(String(init?.body)) : badModel
      if (typeof changed !== "string") throw new Settled(refusedByUs(changed))
      const { live } = plan
      const asked = live?.ask(url, changed) ?? { url, body: changed }
      const headers = await plan.authorise({ ...asked, headers: buildHeaders(attempt, init, live?.mediaType) })
      const sending = { headers, body: asked.body }
      made.sent = asked.body
      const reply = await (live ? live.exchange(asked.url, sending) : exchange(attempt.context, asked.url, sending))
      const text = new TextDecoder().decode(reply.bytes)
      return { ...reply, text, defect: reply.defect ?? depthDefect(text) }
    } catch (error) {
      made.failure = { error }
      throw error
    }
  }
  return made
}

const badModel: ParameterError = {
  message: "model has characters that an address cannot contain",
  param: "model",
}

/** The package's headers without those that authorise, overridden by all others. */
function buildHeaders(attempt: Attempt, init: RequestInit | undefined, streamType?: string): Headers {
  const made = new Headers(init?.headers as Record<string, string>)
  for (const name of authorising) made.delete(name)
  const beta = made.get(BETA)
  made.set("accept", streamType === undefined ? "application/json" : `${streamType}, application/json`)
  if (streamType !== undefined) made.set("accept-encoding", "identity")
  const headers = composeHeaders(attempt, Object.fromEntries(made), {})
  // The package has already joined its features with the caller's and the operator's.
  if (beta !== null) headers.set(BETA, beta)
  return headers
}
