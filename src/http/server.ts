// The server's contents page: every route, and the checks that stand before all of them.
import { Elysia } from "elysia"
import { endpoints } from "../endpoints/endpoints.ts"
import { GatewayError, logLevelOf, ownError, statusOf } from "../errors.ts"
import type { Reads } from "../jobs/sqlite/reads.ts"
import type { Log } from "../log.ts"
import type { EngineLine } from "./engineclient.ts"
import { type Guarded, type GuardOptions, guard, letIn } from "./guard.ts"
import { type SubmitOptions, submit } from "./intake/intake.ts"
import { type MetricOptions, metrics } from "./metrics/metrics.ts"
import { type ModelOptions, models } from "./modellist.ts"
import { docs } from "./openapi/page.ts"
import { cancel, cancelAll, content, json, list, poll, type RouteOptions, remove, requestIdOf, view } from "./routes.ts"
import { unrouted } from "./unrouted.ts"
import { welcome } from "./welcome.ts"

interface Options extends SubmitOptions, RouteOptions, ModelOptions, MetricOptions, GuardOptions {
  log: Log
}
export type ServerOptions = Omit<Options, "peerOf">

export function createServer(given: ServerOptions) {
  const { engine, reads } = given
  const options: Options = { ...given, peerOf: (request) => app.server?.requestIP(request)?.address ?? null }
  /**
   * Every route stands behind the guard, this way and not by a hook: one that runs before the routes costs a fifth of the
   * polls, because Elysia then leaves Bun's own router aside. It reads what a handler takes from its source text.
   */
  const guarded: Guarded =
    (handle) =>
    ({ request, params }) => {
      guard(request, options)
      return handle(request, params?.["job_id"] ?? "")
    }
  const app = new Elysia()
  // First: hooks hold only for what is registered after them.
  app.onError(({ error, code, request }) => {
    if (code !== "NOT_FOUND") return respond(error, request, options)
    try {
      return unrouted(request, app.routes, options)
    } catch (refusal) {
      return respond(refusal, request, options)
    }
  })

  if (options.allowedOrigins.length > 0) {
    app.mapResponse(({ response, request }) =>
      response instanceof Response ? letIn(response, request, options) : undefined,
    )
  }

  for (const endpoint of endpoints) {
    const { path } = endpoint
    app
      .post(
        path,
        guarded((request) => submit(endpoint, request, options)),
        {
          parse: "none",
        },
      )
      .get(
        `${path}/:job_id`,
        guarded((request, id) => poll(endpoint, id, request, options)),
      )
      .post(
        `${path}/:job_id/cancel`,
        guarded((request, id) => cancel(endpoint, id, request, options)),
        {
          parse: "none",
        },
      )
      .delete(
        `${path}/:job_id`,
        guarded((request, id) => remove(endpoint, id, request, options)),
        {
          parse: "none",
        },
      )
  }

  app
    .get(
      "/",
      guarded((request) => welcome(request, options)),
      { detail: { hide: true } },
    )
    .get(
      "/v1/async/jobs",
      guarded((request) => list(request, options)),
    )
    .post(
      "/v1/async/jobs/cancel",
      guarded((request) => cancelAll(request, options)),
      {
        parse: "none",
      },
    )
    .get(
      "/v1/async/jobs/:job_id",
      guarded((request, id) => view(id, request, options)),
    )
    .get(
      "/v1/async/jobs/:job_id/content",
      guarded((request, id) => content(id, request, options)),
    )
    .post(
      "/v1/async/jobs/:job_id/cancel",
      guarded((request, id) => cancel(null, id, request, options)),
      {
        parse: "none",
      },
    )
    .delete(
      "/v1/async/jobs/:job_id",
      guarded((request, id) => remove(null, id, request, options)),
      {
        parse: "none",
      },
    )
    .get(
      "/v1/models",
      guarded((request) => models(request, options)),
    )
    .get(
      "/health",
      guarded(() => health(engine, reads)),
    )
    .get(
      "/metrics",
      guarded((request) => metrics(request, options)),
    )
  app.use(docs(options.version, () => app.routes, guarded))
  return app
}

function health(engine: EngineLine, reads: Reads): Response {
  const trouble = engine.trouble() ?? unreadable(reads)
  return trouble === null
    ? json({ status: "ok" })
    : json({ status: "unavailable", reason: trouble }, { "retry-after": "1" }, 503)
}

function unreadable(reads: Reads): string | null {
  try {
    reads.ping()
    return null
  } catch (error) {
    return `the store cannot be read: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Every refusal in the one form, whatever went wrong and wherever. */
function respond(error: unknown, request: Request, { log, bodyBytesMax }: Options): Response {
  const requestId = requestIdOf(request)
  const refusal =
    error instanceof GatewayError
      ? error
      : new GatewayError("internal_error", "the gateway failed to answer: this is a bug", { cause: error })
  const { code, message, fields, param, retryAfter, cause } = refusal
  const level = logLevelOf(code)
  if (level !== null) {
    const event = level === "error" ? "request failed" : "request refused"
    log[level](event, { request: requestId, code, error: String(cause ?? message) })
  }
  const headers = {
    "x-request-id": requestId,
    ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
    ...(isCut(request, bodyBytesMax) ? { connection: "close" } : {}),
    ...refusal.headers,
  }
  return json(ownError(code, message, fields, param), headers, statusOf(code))
}

/**
 * Whether the rest of a body is not even waited for. One that may be sent is let run out unread instead: most clients read
 * an answer only when they have sent all, and a connection that closes before takes it away from them.
 */
function isCut({ headers }: Request, bodyBytesMax: number): boolean {
  return headers.has("transfer-encoding") || Number(headers.get("content-length")) > bodyBytesMax
}
