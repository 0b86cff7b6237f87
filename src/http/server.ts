// Builds the HTTP server from the table of routes. Every request passes the guard first, and every refusal has one form.
import { Elysia } from "elysia"
import { findLogLevel } from "../errors.ts"
import { createOperations } from "./bulk/progress.ts"
import { bifrost } from "./dialects/bifrost.ts"
import type { Dialect } from "./dialects/dialect.ts"
import { callDialect } from "./dialects/openai.ts"
import { addCorsHeaders, guard } from "./guard.ts"
import { createDocument } from "./openapi/page.ts"
import { findMeantRoutes, isOfCalls } from "./prefixes.ts"
import { toResponse } from "./reply.ts"
import { readAzureKey } from "./request/authentication.ts"
import { PEER, type Peers, REFUSED } from "./request/peer.ts"
import { readRequestId } from "./request/requestid.ts"
import type { Handler, HandlerOptions } from "./route.ts"
import { routes } from "./routes.ts"
import { toRefusal } from "./thrown.ts"
import { answerUnrouted, readPath } from "./unrouted.ts"

/** A connection on which so long nothing was sent is closed, unless a request on it waits for its job. Bun takes no more. */
export const IDLE_SECONDS = 255

export type ServerOptions = Omit<HandlerOptions, "readPeer" | "keepOpen" | "readDocument" | "operations"> & {
  peers: Peers
}

export function createServer(given: ServerOptions, idleSeconds = IDLE_SECONDS) {
  const options: HandlerOptions = {
    ...given,
    readPeer: (request) => given.peers.read(request.headers) ?? app.server?.requestIP(request)?.address ?? null,
    keepOpen(request) {
      app.server?.timeout(request, 0)
      // It would hold for all that comes on this connection.
      return () => app.server?.timeout(request, idleSeconds)
    },
    operations: createOperations(),
    readDocument: createDocument(given.version, routes),
  }
  /**
   * The guard is called here and not in a hook: with a hook before the routes Elysia does not use Bun's own router, and a fifth
   * fewer polls are answered. Elysia reads from the source text of a handler which members of the context it takes.
   */
  const guarded =
    (handle: Handler) =>
    ({ request, params }: { request: Request; params?: Record<string, string> }) => {
      guard(request, options)
      return handle(request, readName(params), options)
    }
  const app = new Elysia()
  // First, because hooks apply only to routes that are registered after them.
  app.onError(async ({ error, code, request }) => {
    if (code !== "NOT_FOUND") return refuse(error, request, options)
    try {
      const { found, model } = findMeantRoutes(readPath(request), routes)
      const route = found.find(({ method }) => method === request.method)
      if (route === undefined) return answerUnrouted(request, routes, options)
      guard(request, options)
      readAzureKey(request.headers)
      return await route.handle(request, model, options)
    } catch (refusal) {
      return refuse(refusal, request, options)
    }
  })
  if (options.allowedOrigins.length > 0) {
    app.mapResponse(({ response, request }) =>
      response instanceof Response ? addCorsHeaders(response, request, options) : undefined,
    )
  }
  for (const { method, path, handle } of routes) {
    app.route(method, path, guarded(handle), method === "GET" ? {} : { parse: "none" })
  }
  return app
}

/** What the path names, where it names something. */
function readName(params: Record<string, string> | undefined): string {
  for (const name in params) if (name !== "*") return params[name] ?? ""
  return ""
}

/** The response to whatever was thrown, in the dialect of the route. */
export function refuse(
  error: unknown,
  request: Request,
  { log, bodyBytesMax }: Pick<HandlerOptions, "log" | "bodyBytesMax">,
): Response {
  const requestId = readRequestId(request)
  const refusal = toRefusal(error)
  const { code, message, cause } = refusal
  const level = findLogLevel(code)
  if (level !== null) {
    const event = level === "error" ? "request failed" : "request refused"
    log[level](event, { request: requestId, code, error: String(cause ?? message) })
  }
  const reply = chooseDialect(request).refused(refusal, requestId)
  if (request.headers.has(PEER)) reply.headers[REFUSED] = code
  if (isCut(request, bodyBytesMax)) reply.headers["connection"] = "close"
  return toResponse(reply)
}

function chooseDialect(request: Request): Dialect {
  const path = readPath(request)
  const bare = path.replace(/\/$/, "")
  const route = routes.find((each) => each.path === bare)
  return route?.dialect ?? (isOfCalls(path) ? callDialect : bifrost)
}

/**
 * Whether the connection is closed without reading the rest of the body. A body within the limit is read to its end and thrown
 * away instead: most clients read the response only after they have sent all, and would lose it with the connection.
 */
function isCut({ headers }: Request, bodyBytesMax: number): boolean {
  return headers.has("transfer-encoding") || Number(headers.get("content-length")) > bodyBytesMax
}
