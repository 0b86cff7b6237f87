// The server's contents page: every route, and the checks that stand before all of them.
import { Elysia } from "elysia"
import { endpoints } from "../endpoints/table.ts"
import { GatewayError, ownError, statusOf } from "../errors.ts"
import type { Reads } from "../jobs/reads.ts"
import type { Log } from "../log.ts"
import { docs } from "./docs.ts"
import type { EngineLine } from "./engine.ts"
import { type Guarded, type GuardOptions, guard, letIn, preflight } from "./guard.ts"
import { type MetricOptions, metrics } from "./metrics.ts"
import { type ModelOptions, models } from "./models.ts"
import { cancel, cancelAll, content, list, poll, type RouteOptions, remove, requestIdOf, view } from "./routes.ts"
import { type SubmitOptions, submit } from "./submit.ts"

export interface ServerOptions extends SubmitOptions, RouteOptions, ModelOptions, MetricOptions, GuardOptions {
  log: Log
}

export function createServer(options: ServerOptions) {
  const { engine, reads, log } = options
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
    .onError(({ error, code, request }) =>
      code === "NOT_FOUND" ? unrouted(request, app.routes, options) : respond(error, request, log),
    )

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
        guarded((request) => submit(endpoint, request, requestIdOf(request), options)),
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

/** What no route takes has met no guard yet: a foreign page learns nothing, and one that is let in may ask what it may send. */
function unrouted(request: Request, routes: readonly Route[], options: ServerOptions): Response {
  try {
    guard(request, options)
    const answer = preflight(request, options)
    if (answer) return answer
  } catch (refusal) {
    return respond(refusal, request, options.log)
  }
  return respond(notRouted(request, routes), request, options.log)
}

function health(engine: EngineLine, reads: Reads): Response {
  const trouble = engine.trouble() ?? unreadable(reads)
  return trouble === null
    ? Response.json({ status: "ok" })
    : Response.json({ status: "unavailable", reason: trouble }, { status: 503, headers: { "retry-after": "1" } })
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
function respond(error: unknown, request: Request, log: Log): Response {
  const requestId = requestIdOf(request)
  const refusal =
    error instanceof GatewayError
      ? error
      : new GatewayError("internal_error", "the gateway failed to answer: this is a bug", { cause: error })
  if (statusOf(refusal.code) >= 500) {
    log.error("request failed", {
      request: requestId,
      code: refusal.code,
      error: String(refusal.cause ?? refusal.message),
    })
  }
  const body = ownError(refusal.code, refusal.message, refusal.fields, refusal.param)
  return new Response(JSON.stringify(body), {
    status: statusOf(refusal.code),
    headers: {
      "content-type": "application/json",
      "x-content-type-options": "nosniff",
      "x-request-id": requestId,
      ...(refusal.retryAfter === undefined ? {} : { "retry-after": String(refusal.retryAfter) }),
      ...refusal.headers,
    },
  })
}

interface Route {
  method: string
  path: string
}

function notRouted(request: Request, routes: readonly Route[]): GatewayError {
  const { pathname } = new URL(request.url)
  const allowed = [...new Set(routes.filter((route) => matches(route.path, pathname)).map((route) => route.method))]
  if (allowed.length === 0) {
    return new GatewayError("route_not_found", `there is nothing at ${pathname}: see /docs for what there is`)
  }
  return new GatewayError(
    "method_not_allowed",
    `${request.method} is not possible at ${pathname}: use ${allowed.join(" or ")}`,
    { headers: { allow: allowed.join(", ") } },
  )
}

/** Whether a path is one of this route's: `:name` stands for one part. */
function matches(route: string, pathname: string): boolean {
  const wanted = route.split("/")
  const given = pathname.split("/")
  return wanted.length === given.length && wanted.every((part, at) => part.startsWith(":") || part === given[at])
}
