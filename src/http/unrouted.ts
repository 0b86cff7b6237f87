// What no route takes: where the same path with another method, or a path that is meant for another server, has its route here.
import { cut, GatewayError } from "../errors.ts"
import { type GuardOptions, guard, preflight } from "./guard.ts"

export interface Route {
  method: string
  path: string
}

/**
 * It has met no guard yet: a foreign page learns nothing, and one that is let in may ask what it may send.
 * @throws {GatewayError} host_not_allowed, origin_not_allowed, route_not_found, method_not_allowed
 */
export function unrouted(request: Request, routes: readonly Route[], options: GuardOptions): Response {
  guard(request, options)
  const answer = preflight(request, options)
  if (answer) return answer
  const { method } = request
  const path = pathOf(request)
  const here = routes.filter((route) => matches(route.path, path))
  if (here.length === 0) {
    const message = `no route matches ${method} ${cut(path)}: ${adviceFor(path, routes)}; /docs shows all there is`
    throw new GatewayError("route_not_found", message)
  }
  const allowed = [...new Set(here.map((route) => route.method))]
  const polled = routes.find((route) => route.method === "GET" && route.path === `${here[0]?.path}/:job_id`)
  const more = polled ? `; GET ${shown(polled.path)} polls a job, and GET /v1/async/jobs lists them` : ""
  throw new GatewayError(
    "method_not_allowed",
    `${method} is not possible at ${cut(path)}: use ${allowed.join(" or ")}${more}`,
    { headers: { allow: allowed.join(", ") } },
  )
}

/** A CONNECT has no path. */
function pathOf({ url }: Request): string {
  return URL.canParse(url) ? new URL(url).pathname : url
}

/** Whether a path is one of this route's: `:name` stands for one part. */
function matches(route: string, path: string): boolean {
  const wanted = route.split("/")
  const given = path.split("/")
  return wanted.length === given.length && wanted.every((part, at) => part.startsWith(":") || part === given[at])
}

const PREFIX = "/v1/async"
const JOB_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** How many parts in front of a path that is known here may be another server's own. */
const FOREIGN_PARTS_MAX = 3

/** The end of a sentence that says that there is no such route. */
function adviceFor(path: string, routes: readonly Route[]): string {
  const parts = path
    .toLowerCase()
    .split("/")
    .filter((part) => part !== "")
  for (let first = 0; first < parts.length && first <= FOREIGN_PARTS_MAX; first++) {
    const rest = parts.slice(first).join("/")
    if (JOB_ID.test(rest)) return `a job is at ${PREFIX}/jobs/${rest}`
    for (const prefix of [PREFIX, "/v1", ""]) {
      const meant = routes.filter((route) => matches(route.path, `${prefix}/${rest}`))
      if (meant.length > 0) return adviceAbout(meant, routes)
    }
    const below = routes.filter((route) => route.method === "POST" && route.path.startsWith(`${PREFIX}/${rest}/`))
    const submits = below.filter((route) => !route.path.includes(":"))
    if (submits.length > 0) return `use ${submits.map((route) => `POST ${route.path}`).join(" or ")}`
  }
  return `POST ${PREFIX}/chat/completions and its like submit jobs, GET ${PREFIX}/jobs lists them`
}

function adviceAbout(meant: readonly Route[], routes: readonly Route[]): string {
  const { path = "" } = meant[0] ?? {}
  const methods = [...new Set(meant.filter((route) => route.path === path).map((route) => route.method))]
  const use = `use ${methods.join(" or ")} ${shown(path)}`
  const isSubmit = routes.some((route) => route.method === "GET" && route.path === `${path}/:job_id`)
  return isSubmit && methods.includes("POST")
    ? `requests are jobs here: ${use}, then poll GET ${shown(`${path}/:job_id`)}`
    : use
}

function shown(route: string): string {
  return route.replace(/:(\w+)/g, "{$1}")
}
