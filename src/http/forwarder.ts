// The HTTP server of a gateway that waits to take over: it passes every request on to the gateway that runs the jobs, and the response
// back, piece by piece.
import { Elysia } from "elysia"
import type { Clock } from "../clock.ts"
import { GatewayError } from "../errors.ts"
import type { Log } from "../log.ts"
import { describeCause } from "../values.ts"
import { type GuardOptions, guard } from "./guard.ts"
import { STOPS } from "./health.ts"
import { findMeantRoutes } from "./prefixes.ts"
import { type Peers, REFUSED } from "./request/peer.ts"
import type { Route } from "./route.ts"
import { routes } from "./routes.ts"
import { IDLE_SECONDS, refuse } from "./server.ts"
import { ON_DISCONNECT } from "./synchronous.ts"
import { readPath } from "./unrouted.ts"
import { createWaitingHealth } from "./waitinghealth.ts"

export interface ForwarderOptions extends GuardOptions {
  clock: Clock
  log: Log
  peers: Peers
  bodyBytesMax: number
  /** How long a request is kept while no gateway runs the jobs: longer than a takeover takes, and than a gateway has to stop. */
  keptMs: number
  takeoverMs: number
}

const AGAIN_MS = 100
/** A body up to this size is read first, so that it can be sent again, while all of these together are not more than that. */
const REPEATED_BYTES_MAX = 1024 * 1024
const HELD_BYTES_MAX = 128 * 1024 * 1024

const methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]

/** What concerns one connection alone. */
const hopHeaders = ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"]

export function createForwarder(options: ForwarderOptions) {
  const { clock, log, peers, keptMs, takeoverMs } = options
  const health = createWaitingHealth(clock, log, takeoverMs)
  /** Where the requests go. Null: nowhere at the moment. */
  let target: string | null = null
  /** Aborted when that changes: the one before may be frozen, or without a network, and would never answer. */
  let replaced = new AbortController()
  /** Why a request is refused that cannot be passed on. */
  let reason = NOBODY
  /** Whether it is kept for a while first. */
  let isKept = true
  let isLast = false
  /** The bytes of bodies that can be sent again. */
  let heldBytes = 0

  async function pass(request: Request): Promise<Response> {
    guard(request, options)
    if (!methods.includes(request.method)) throw new GatewayError("route_not_found", `${request.method} is not served`)
    if (peers.isMarked(request.headers)) throw away("the gateway that runs the jobs has changed")
    if (request.method === "GET" && readPath(request) === "/health" && !isLast) return await showHealth(request)
    app.server?.timeout(request, 0)
    const length = measureBody(request)
    const isWhole = length <= Math.min(REPEATED_BYTES_MAX, HELD_BYTES_MAX - heldBytes)
    const bytes = isWhole ? length : 0
    heldBytes += bytes
    try {
      return await passWith(request, await readBody(request, isWhole), isWhole)
    } finally {
      heldBytes -= bytes
      app.server?.timeout(request, IDLE_SECONDS)
    }
  }

  async function passWith(request: Request, body: Body, isWhole: boolean): Promise<Response> {
    const headers = markHeaders(request)
    const isKeyed = isWhole && makesJob(request)
    if (isKeyed && !headers.has(KEY)) addKey(headers)
    const mayRepeat = isKeyed || request.method === "GET" || request.method === "HEAD"
    const response = await send(request, { headers, body }, isWhole, mayRepeat)
    return toOwn(response, isLast, isKeyed && !request.headers.has(KEY))
  }

  /** What the request says to the gateway that runs the jobs. */
  function markHeaders(request: Request): Headers {
    const headers = new Headers(request.headers)
    for (const name of hopHeaders) headers.delete(name)
    peers.mark(headers, app.server?.requestIP(request)?.address ?? "")
    return headers
  }

  async function showHealth(request: Request): Promise<Response> {
    const address = target
    const headers = markHeaders(request)
    const ask = (late: AbortSignal) =>
      fetch(`${address}/health`, { headers, ...asIs, signal: AbortSignal.any([late, replaced.signal]) } as RequestInit)
    const way = address === null ? { ask: null, reason, isKept } : { ask, reason: UNREACHED, isKept }
    return toOwn(await health.show(way), isLast, false)
  }

  /**
   * Sends the request until a gateway answers it.
   * @param isWhole whether it can be sent again at all
   * @param mayRepeat whether it may be sent again when it may have been carried out
   */
  async function send(
    { method, url, signal }: Request,
    message: { headers: Headers; body: Body },
    isWhole: boolean,
    mayRepeat: boolean,
  ): Promise<Response> {
    const path = url.slice(new URL(url).origin.length)
    // A connection that is used again may be closed by the other side at this moment.
    const how = { method, ...message, ...asIs, keepalive: isWhole && mayRepeat }
    /** Whether an earlier try may have been carried out: what refuses a later one says nothing of that. */
    let isUnknown = false
    for (const until = clock.now() + keptMs; ; await pause()) {
      const isInTime = isKept && clock.now() < until
      if (target !== null) {
        try {
          const ended = AbortSignal.any([signal, replaced.signal])
          const response = await fetch(`${target}${path}`, { ...how, signal: ended } as RequestInit)
          // It was not carried out, and another gateway takes over soon, or is about to listen.
          const isRefused = notCarriedOut.includes(response.headers.get(REFUSED) ?? "")
          const isAway = isUnknown && response.status === 503 && !response.headers.has("x-job-id")
          if (!(isRefused || isAway) || !isWhole || (!isInTime && !isUnknown)) return response
        } catch (error) {
          if (signal.aborted) return new Response(null, { status: 499 })
          log.debug("a request could not be passed on", { to: target, error: describeCause(error) })
          if (!(isWhole && (mayRepeat || isUnsent(error)))) throw away(UNKNOWN)
          isUnknown ||= !isUnsent(error) && method === "POST"
        }
      }
      if (signal.aborted) return new Response(null, { status: 499 })
      if (!isInTime) throw away(isUnknown ? UNKNOWN : reason)
    }
  }

  const pause = () => new Promise<void>((resolve) => clock.after(AGAIN_MS, resolve))

  const app = new Elysia()
  app.all(
    "/*",
    async ({ request }) => {
      try {
        return await pass(request)
      } catch (error) {
        const response = refuse(error, request, options)
        if (peers.isMarked(request.headers)) response.headers.set(REFUSED, WAITS)
        return response
      }
    },
    { parse: "none" },
  )

  function turnTo(address: string | null): void {
    if (address === target) return
    target = address
    health.turned(address !== null)
    replaced.abort()
    replaced = new AbortController()
  }

  return {
    app,

    /** @param address of the gateway that runs the jobs; null: there is none for a moment */
    direct(address: string | null): void {
      health.looked()
      ;[reason, isKept] = [NOBODY, true]
      turnTo(address)
    },

    /** Requests are refused until `direct` is called. */
    refuseAll(why: string): void {
      health.looked()
      ;[reason, isKept] = [why, false]
      turnTo(null)
    },

    /** Every connection ends with its next response. */
    end(): void {
      isLast = true
    },
  }
}

/** How a gateway that does not run the jobs refuses what another one has passed on to it. */
const WAITS = "waits"
const notCarriedOut = [STOPS, WAITS]

const NOBODY = "no gateway runs the jobs of this database at the moment"
const UNREACHED = "the gateway that runs the jobs cannot be reached"
const UNKNOWN =
  "the gateway that runs the jobs went away before it answered: whether this is stored is not known. Send the request again with the same Idempotency-Key, or look for it in the list of jobs."

/**
 * Whether the request makes a job. With an Idempotency-Key it can be sent again: where the gateway that got it was killed, the next one
 * finds its job, or makes it.
 */
function makesJob(request: Request): boolean {
  const path = readPath(request)
  const isMaking = ({ method, path, endpoint }: Route) => method === "POST" && endpoint !== null && !path.includes(":")
  return (
    request.method === "POST" &&
    [...routes.filter((route) => route.path === path), ...findMeantRoutes(path, routes).found].some(isMaking)
  )
}

const KEY = "idempotency-key"

/** The caller has sent no key, so that what it sends again is another request, and what it leaves is cancelled. */
function addKey(headers: Headers): void {
  headers.set(KEY, `passed-on-${crypto.randomUUID()}`)
  if (!headers.has(ON_DISCONNECT)) headers.set(ON_DISCONNECT, "cancel")
}

/** Whether nothing has reached the other gateway. */
function isUnsent(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === "ConnectionRefused" || code === "FailedToOpenSocket"
}

type Body = Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null

const isEmpty = ({ body, method }: Request): boolean => body === null || method === "GET" || method === "HEAD"

/** The bytes of a body, as its head says; those of one that comes in pieces are not known. */
function measureBody(request: Request): number {
  if (isEmpty(request)) return 0
  const length = request.headers.get("content-length")
  return length === null ? Number.POSITIVE_INFINITY : Number(length)
}

async function readBody(request: Request, isWhole: boolean): Promise<Body> {
  if (isEmpty(request)) return null
  return isWhole ? new Uint8Array(await request.arrayBuffer()) : (request.body as ReadableStream<Uint8Array>)
}

/** The response is passed on as it is. */
const asIs = { redirect: "manual", decompress: false, timeout: false, proxy: false }

function toOwn({ body, status, headers: given }: Response, isLast: boolean, hasOwnKey: boolean): Response {
  const headers = new Headers(given)
  for (const name of hopHeaders) headers.delete(name)
  headers.delete(REFUSED)
  if (hasOwnKey) headers.delete("idempotent-replayed")
  if (isLast) headers.set("connection", "close")
  return new Response(body, { status, headers })
}

function away(why: string): GatewayError {
  return new GatewayError("store_unavailable", why, { retryAfter: 1 })
}
