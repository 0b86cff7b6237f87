// Builds the HTTP server from the table of routes. Every route stands behind the guard, and every refusal has one form.
import { Elysia } from "elysia"
import { GatewayError, logLevelOf } from "../errors.ts"
import { StoreError } from "../jobs/storeerror.ts"
import { bifrost } from "./dialects/bifrost.ts"
import { addCorsHeaders, guard } from "./guard.ts"
import { createDocument } from "./openapi/page.ts"
import { toResponse } from "./reply.ts"
import { readRequestId } from "./request/requestid.ts"
import type { Handler, HandlerOptions } from "./route.ts"
import { routes } from "./routes.ts"
import { answerUnrouted } from "./unrouted.ts"

export type ServerOptions = Omit<HandlerOptions, "readPeer" | "readDocument">

export function createServer(given: ServerOptions) {
  const options: HandlerOptions = {
    ...given,
    readPeer: (request) => app.server?.requestIP(request)?.address ?? null,
    readDocument: createDocument(given.version, routes),
  }
  /**
   * The guard is asked here and not by a hook: one that runs before the routes costs a fifth of the polls, because Elysia
   * then leaves Bun's own router aside. It reads what a handler takes from the handler's source text.
   */
  const guarded =
    (handle: Handler) =>
    ({ request, params }: { request: Request; params?: Record<string, string> }) => {
      guard(request, options)
      return handle(request, params?.["job_id"] ?? "", options)
    }
  const app = new Elysia()
  // First: hooks hold only for what is registered after them.
  app.onError(({ error, code, request }) => {
    if (code !== "NOT_FOUND") return refuse(error, request, options)
    try {
      return answerUnrouted(request, routes, options)
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

/** Every refusal in the form of the wire, whatever went wrong and wherever. */
function refuse(error: unknown, request: Request, { log, bodyBytesMax }: HandlerOptions): Response {
  const requestId = readRequestId(request)
  const refusal = toRefusal(error)
  const { code, message, cause } = refusal
  const level = logLevelOf(code)
  if (level !== null) {
    const event = level === "error" ? "request failed" : "request refused"
    log[level](event, { request: requestId, code, error: String(cause ?? message) })
  }
  const reply = bifrost.refused(refusal, requestId)
  if (isCut(request, bodyBytesMax)) reply.headers["connection"] = "close"
  return toResponse(reply)
}

function toRefusal(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  if (!(error instanceof StoreError))
    return new GatewayError("internal_error", "the gateway failed to answer: this is a bug", { cause: error })
  return error.kind === "corrupt"
    ? new GatewayError(
        "store_unavailable",
        "the job cannot be read: the database is damaged, and the gateway's log says how it is mended",
        { retryAfter: 60, cause: error.cause },
      )
    : new GatewayError("store_unavailable", "the job could not be read: ask again in a moment", {
        retryAfter: 1,
        cause: error.cause,
      })
}

/**
 * Whether the rest of a body is not even waited for. One that may be sent is let run out unread instead: most clients read
 * an answer only when they have sent all, and a connection that closes before takes it away from them.
 */
function isCut({ headers }: Request, bodyBytesMax: number): boolean {
  return headers.has("transfer-encoding") || Number(headers.get("content-length")) > bodyBytesMax
}
