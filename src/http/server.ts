// The server's contents page: every route, and the checks that stand before all of them.
import { Elysia } from "elysia"
import { endpoints } from "../endpoints/table.ts"
import { GatewayError, ownError, statusOf } from "../errors.ts"
import type { Reads } from "../jobs/reads.ts"
import type { Log } from "../log.ts"
import { docs } from "./docs.ts"
import { documentation } from "./documentation.ts"
import type { EngineLine } from "./engine.ts"
import { type GuardOptions, guard, letIn, preflight } from "./guard.ts"
import { cancel, content, list, poll, type RouteOptions, remove, requestIdOf, view } from "./routes.ts"
import { type SubmitOptions, submit } from "./submit.ts"

export interface ServerOptions extends SubmitOptions, RouteOptions, GuardOptions {
  log: Log
  version: string
}

export function createServer(options: ServerOptions) {
  const { engine, reads, log } = options
  const app = new Elysia()
    // First: hooks hold only for what is registered after them.
    .onError(({ error, code, request }) => respond(error, code, request, app.routes, log))
    .onRequest(({ request }) => {
      guard(request, options)
      return preflight(request, options)
    })

  if (options.allowedOrigins.length > 0) {
    app.mapResponse(({ response, request }) =>
      response instanceof Response ? letIn(response, request, options) : undefined,
    )
  }

  for (const endpoint of endpoints) {
    app
      .post(endpoint.path, ({ request }) => submit(endpoint, request, requestIdOf(request), options), {
        parse: "none",
        detail: documentation.submit(endpoint),
      })
      .get(`${endpoint.path}/:job_id`, ({ request, params }) => poll(endpoint, params.job_id, request, options), {
        detail: documentation.poll(endpoint),
      })
      .post(
        `${endpoint.path}/:job_id/cancel`,
        ({ request, params }) => cancel(endpoint, params.job_id, request, options),
        { parse: "none", detail: documentation.cancel(endpoint) },
      )
      .delete(`${endpoint.path}/:job_id`, ({ request, params }) => remove(endpoint, params.job_id, request, options), {
        parse: "none",
        detail: documentation.remove(endpoint),
      })
  }

  app
    .get("/v1/async/jobs", ({ request }) => list(request, options), { detail: documentation.list() })
    .get("/v1/async/jobs/:job_id", ({ request, params }) => view(params.job_id, request, options), {
      detail: documentation.view(),
    })
    .get("/v1/async/jobs/:job_id/content", ({ request, params }) => content(params.job_id, request, options), {
      detail: documentation.content(),
    })
    .post("/v1/async/jobs/:job_id/cancel", ({ request, params }) => cancel(null, params.job_id, request, options), {
      parse: "none",
      detail: documentation.cancel(null),
    })
    .delete("/v1/async/jobs/:job_id", ({ request, params }) => remove(null, params.job_id, request, options), {
      parse: "none",
      detail: documentation.remove(null),
    })

  app.get("/health", () => health(engine, reads), { detail: documentation.health() })
  app.use(docs(options.version, () => app.routes))
  return app
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
function respond(
  error: unknown,
  code: number | string,
  request: Request,
  routes: readonly { method: string; path: string }[],
  log: Log,
): Response {
  const requestId = requestIdOf(request)
  const refusal = error instanceof GatewayError ? error : translate(error, code, request, routes)
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
      "x-request-id": requestId,
      ...(refusal.retryAfter === undefined ? {} : { "retry-after": String(refusal.retryAfter) }),
      ...refusal.headers,
    },
  })
}

function translate(
  error: unknown,
  code: number | string,
  request: Request,
  routes: readonly { method: string; path: string }[],
): GatewayError {
  if (code !== "NOT_FOUND")
    return new GatewayError("internal_error", "the gateway failed to answer: this is a bug", { cause: error })
  const { pathname } = new URL(request.url)
  const allowed = [...new Set(routes.filter((route) => matches(route.path, pathname)).map((route) => route.method))]
  if (allowed.length === 0) {
    return new GatewayError("route_not_found", `there is nothing at ${pathname}: see /docs for what there is`)
  }
  return new GatewayError(
    "method_not_allowed",
    `${request.method} is not possible at ${pathname}: use ${allowed.join(" or ")}`,
    {
      headers: { allow: allowed.join(", ") },
    },
  )
}

/** Whether a path is one of this route's: `:name` stands for one part. */
function matches(route: string, pathname: string): boolean {
  const wanted = route.split("/")
  const given = pathname.split("/")
  return wanted.length === given.length && wanted.every((part, at) => part.startsWith(":") || part === given[at])
}
