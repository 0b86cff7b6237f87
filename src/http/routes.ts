// Every route of the server, in one table. The server is built from it, and so are the API document, the answers to unknown paths
// and methods, and what CORS allows. A new route is a row here, its handler, and its operation in openapi/operations.ts.
import { endpoints } from "../endpoints/endpoints.ts"
import { showContent } from "./content.ts"
import { bifrost } from "./dialects/bifrost.ts"
import type { Dialect } from "./dialects/dialect.ts"
import { showHealth } from "./health.ts"
import { cancelAll, list } from "./joblist.ts"
import { cancel, poll, removeJob, view } from "./jobs.ts"
import { showMetrics } from "./metrics/metrics.ts"
import { listModels } from "./modellist.ts"
import { serveDocument, serveInit, servePage, serveScript, serveStyle } from "./openapi/page.ts"
import type { Route } from "./route.ts"
import { submit } from "./submit.ts"
import { showWelcome } from "./welcome.ts"

/** The wires of this server. A path that has none of their prefixes is answered on the first. */
export const dialects: readonly [Dialect, ...Dialect[]] = [bifrost]

export const routes: readonly Route[] = [
  get("/", "anyone", null, (request, _, options) => showWelcome(request, options)),
  ...dialects.flatMap(listTypeRoutes),
  ...listJobRoutes(bifrost),
  get("/v1/models", "reader", "models", (request, _, options) => listModels(request, options)),
  get("/health", "anyone", "health", (_, __, options) => showHealth(options)),
  get("/metrics", "operator", "metrics", (request, _, options) => showMetrics(request, options)),
  get("/docs", "anyone", null, servePage),
  get("/docs/init.js", "anyone", null, serveInit),
  get("/docs/swagger-ui-bundle.js", "anyone", null, serveScript),
  get("/docs/swagger-ui.css", "anyone", null, serveStyle),
  get("/docs/json", "anyone", null, (_, __, options) => serveDocument(options.readDocument)),
]

/** What can be done at the path of each request type. */
function listTypeRoutes(dialect: Dialect): Route[] {
  return endpoints.flatMap((endpoint) => {
    const path = `${dialect.prefix}${endpoint.path}`
    const job = `${path}/:job_id`
    return [
      post(path, "caller", "submit", (request, _, options) => submit(endpoint, dialect, request, options), endpoint),
      get(job, "owner", "poll", (request, id, options) => poll(endpoint, dialect, id, request, options), endpoint),
      post(
        `${job}/cancel`,
        "owner",
        "cancel",
        (request, id, options) => cancel(endpoint, dialect, id, request, options),
        endpoint,
      ),
      remove(job, "owner", "remove", (request, id, options) => removeJob(endpoint, id, request, options), endpoint),
    ]
  })
}

/** What can be done with jobs of any type. */
function listJobRoutes(dialect: Dialect): Route[] {
  const jobs = `${dialect.prefix}/jobs`
  const job = `${jobs}/:job_id`
  return [
    get(jobs, "lister", "list", (request, _, options) => list(dialect, request, options)),
    post(`${jobs}/cancel`, "lister", "cancelAll", (request, _, options) => cancelAll(request, options)),
    get(job, "owner", "view", (request, id, options) => view(dialect, id, request, options)),
    get(`${job}/content`, "owner", "content", showContent),
    post(`${job}/cancel`, "owner", "cancel", (request, id, options) => cancel(null, dialect, id, request, options)),
    remove(job, "owner", "remove", (request, id, options) => removeJob(null, id, request, options)),
  ]
}

type Columns = [
  path: string,
  access: Route["access"],
  operation: Route["operation"],
  handle: Route["handle"],
  endpoint?: Route["endpoint"],
]

function get(...columns: Columns): Route {
  return makeRoute("GET", columns)
}

function post(...columns: Columns): Route {
  return makeRoute("POST", columns)
}

function remove(...columns: Columns): Route {
  return makeRoute("DELETE", columns)
}

function makeRoute(method: Route["method"], [path, access, operation, handle, endpoint = null]: Columns): Route {
  return { method, path, access, operation, handle, endpoint }
}
