// The one request that a call makes: it goes out through the fetch that a package is given, and its answer is kept as it came.
import type { Call, Upstream } from "../../call.ts"
import type { Problem } from "../../endpoints/endpoint.ts"
import { composeHeaders } from "../headers.ts"
import { limitsOf } from "../limits.ts"
import { hider as hiderOf, requestIdOf } from "../passthrough.ts"
import type { CallContext } from "../perform.ts"
import type { ProviderSettings } from "../provider.ts"
import { type Answer, depthDefect, exchange } from "../transport.ts"

/** What the packages put in for a key that they are not given. */
const authorising = ["authorization", "x-api-key", "x-goog-api-key"]
/** Names what is not yet for everybody; the one header that both the package and others have something to say in. */
export const BETA = "anthropic-beta"
/** They are of the body as it came over the wire. */
const wireHeaders = ["content-encoding", "content-length", "transfer-encoding"]

/** What came back. */
export interface Reply {
  status: number
  url: string
  headers: Headers
  bytes: Uint8Array
  text: string
  /** See the transport's `Answer`. */
  defect: string | null
  latencyMs: number
  upstream: Upstream
}

export interface Outgoing {
  url: string
  headers: Headers
  body: string
}

/** What becomes of a request between the package and the wire. */
export interface Plan {
  /** Below it lies every address that is asked. */
  base: string
  /** The body that is to go out in place of the package's, or what is wrong with that one: then nothing goes out. */
  change(body: string): string | Problem
  /** The headers with what authorises the request. */
  authorise(request: Outgoing): Promise<Headers>
  /** The answer as the package is to read it, each further time that it asks again. */
  show(text: string, time: number): string
}

/** One per call: `fetch` sends the first time only, and shows the answer that it has from then on. */
export interface Exchange {
  fetch: typeof fetch
  /** What came back, once something has. */
  reply: Reply | null
  /** What fetch threw. */
  failure: { error: unknown } | null
  /** Why nothing went out. */
  problem: Problem | null
}

export function createExchange(call: Call, provider: ProviderSettings, context: CallContext, plan: Plan): Exchange {
  let shown = 0
  const made: Exchange = {
    reply: null,
    failure: null,
    problem: null,
    fetch: Object.assign(
      async (input: string | URL | Request, init?: RequestInit) => {
        made.reply ??= await send(input instanceof Request ? input.url : String(input), init)
        const { status, headers, text, defect } = made.reply
        const kept = new Headers(headers)
        for (const name of wireHeaders) kept.delete(name)
        return new Response(defect === null ? plan.show(text, shown++) : "", { status, headers: kept })
      },
      { preconnect: () => {} },
    ),
  }

  async function send(url: string, init: RequestInit | undefined): Promise<Reply> {
    const changed = isBelow(url, plan.base) ? plan.change(String(init?.body)) : badModel
    if (typeof changed !== "string") {
      made.problem = changed
      throw new Error("not to be sent")
    }
    try {
      const headers = await plan.authorise({ url, headers: headersOf(call, provider, init), body: changed })
      const startedAt = context.clock.now()
      return received(await exchange(context, url, { headers, body: changed }), startedAt, headers.get("x-request-id"))
    } catch (error) {
      made.failure = { error }
      throw error
    }
  }

  function received({ status, url, headers, bytes, defect }: Answer, startedAt: number, sentId: string | null): Reply {
    const text = new TextDecoder().decode(bytes)
    return {
      status,
      url,
      headers,
      bytes,
      text,
      defect: defect ?? depthDefect(text),
      latencyMs: context.clock.now() - startedAt,
      upstream: { requestId: requestIdOf(headers, sentId), limits: limitsOf(headers, context.clock.wall()) },
    }
  }
  return made
}

const badModel: Problem = { message: "model has characters that no address of the provider can carry", param: "model" }

/** The model's name may be part of the address, and must not lead elsewhere. */
export function isBelow(url: string, base: string): boolean {
  if (!url.startsWith(`${base}/`) || !URL.canParse(url)) return false
  // Only the host may be written in another way: the path must be what it says.
  return new URL(url).href === new URL(base).href.replace(/\/$/, "") + url.slice(base.length)
}

/** The package's, with all others over them: all but what authorises. */
function headersOf(call: Call, provider: ProviderSettings, init: RequestInit | undefined): Headers {
  const made = new Headers(init?.headers as Record<string, string>)
  for (const name of authorising) made.delete(name)
  const beta = made.get(BETA)
  made.set("accept", "application/json")
  const headers = composeHeaders(call, provider, Object.fromEntries(made), {})
  // The package has joined the caller's and the operator's to its own.
  if (beta !== null) headers.set(BETA, beta)
  return headers
}

/** Takes what must not be repeated out of a text. A key may be several, of which each is as good as the whole. */
export function hider(call: Call, provider: ProviderSettings, key: string | null): (text: string) => string {
  const hides = (key ?? "").split(":").map((part) => hiderOf(call, provider, part))
  return (text) => hides.reduce((rest, hide) => hide(rest), text)
}
