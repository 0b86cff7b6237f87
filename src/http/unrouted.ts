// Answers requests that no route takes: with the methods of the path, or with the route that was probably meant.
import { cut, GatewayError } from "../errors.ts"
import { bifrost } from "./dialects/bifrost.ts"
import { answerPreflight, type GuardOptions, guard } from "./guard.ts"
import { findMeantRoutes } from "./prefixes.ts"
import type { Route } from "./route.ts"
import { adviseUnserved } from "./unserved.ts"

/**
 * Such a request has not passed the guard yet: a page of another origin learns nothing, and one of an allowed origin may send a
 * CORS preflight.
 * @throws {GatewayError} host_not_allowed, origin_not_allowed, route_not_found, method_not_allowed
 */
export function answerUnrouted(request: Request, routes: readonly Route[], options: GuardOptions): Response {
  guard(request, options)
  const answer = answerPreflight(request, listMethods(routes), options)
  if (answer) return answer
  const { method } = request
  const path = readPath(request)
  const own = routes.filter((route) => matches(route.path, path))
  const here = own.length > 0 ? own : findMeantRoutes(path, routes).found
  const unserved = adviseUnserved(path)
  if (unserved !== null || here.length === 0) {
    const advice = unserved ?? advise(path, routes)
    const message = `no route matches ${method} ${cut(path)}: ${advice}; see /docs`
    throw new GatewayError("route_not_found", message)
  }
  const allowed = [...new Set(here.map((route) => route.method))]
  const polled = routes.find((route) => route.method === "GET" && route.path === `${here[0]?.path}/:job_id`)
  const more = polled ? `; GET ${writePath(polled.path)} polls a job, and GET ${JOBS} lists them` : ""
  throw new GatewayError(
    "method_not_allowed",
    `${cut(path)} does not support ${method}: use ${allowed.join(" or ")}${more}`,
    { headers: { allow: allowed.join(", ") } },
  )
}

/** The path of a request; a CONNECT has an authority instead. */
export function readPath({ url }: Request): string {
  return URL.canParse(url) ? new URL(url).pathname : url
}

/** The methods that any route has, as `Access-Control-Allow-Methods` lists them. */
function listMethods(routes: readonly Route[]): string {
  return [...new Set(routes.map(({ method }) => method))].join(", ")
}

/** Whether a path matches a route, in which `:name` stands for one segment. */
function matches(route: string, path: string): boolean {
  const wanted = route.split("/")
  const given = path.split("/")
  return (
    wanted.length === given.length &&
    wanted.every((part, at) => (part.startsWith(":") ? given[at] !== "" : part === given[at]))
  )
}

const PREFIX = bifrost.prefix
const JOBS = `${PREFIX}/jobs`
const JOB_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** How many leading segments of a path may belong to another server, in front of a path that is known here. */
const FOREIGN_PARTS_MAX = 3

/** What to do instead, as the end of a sentence that says that no route matches. */
function advise(path: string, routes: readonly Route[]): string {
  const parts = path
    .toLowerCase()
    .split("/")
    .filter((part) => part !== "")
  for (let first = 0; first < parts.length && first <= FOREIGN_PARTS_MAX; first++) {
    const rest = parts.slice(first).join("/")
    if (JOB_ID.test(rest)) return `a job is at ${JOBS}/${rest}`
    for (const prefix of ["", "/v1", PREFIX]) {
      const meant = routes.filter((route) => matches(route.path, `${prefix}/${rest}`))
      if (meant.length > 0) return nameRoute(meant, routes)
    }
    const below = routes.filter((route) => route.method === "POST" && route.path.startsWith(`${PREFIX}/${rest}/`))
    const submits = below.filter((route) => !route.path.includes(":"))
    if (submits.length > 0) return `use ${submits.map((route) => `POST ${route.path}`).join(" or ")}`
  }
  return `POST /v1/chat/completions and the paths of other request types answer requests, the same below ${PREFIX} submit jobs, GET ${JOBS} lists them`
}

function nameRoute(meant: readonly Route[], routes: readonly Route[]): string {
  const { path = "" } = meant[0] ?? {}
  const methods = [...new Set(meant.filter((route) => route.path === path).map((route) => route.method))]
  const use = `use ${methods.join(" or ")} ${writePath(path)}`
  const isSubmit = routes.some((route) => route.method === "GET" && route.path === `${path}/:job_id`)
  return isSubmit && methods.includes("POST")
    ? `requests are asynchronous jobs: ${use}, then poll GET ${writePath(`${path}/:job_id`)}`
    : use
}

function writePath(route: string): string {
  return route.replace(/:(\w+)/g, "{$1}")
}
