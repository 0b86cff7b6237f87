// Every route of the server, in one table. The server is built from it, and so are the API document, the answers to unknown paths
// and methods, and what CORS allows. A new route is a row here, its handler, and its operation in openapi/operations.ts.
import { findJobsPath } from "../endpoints/clienttypes.ts"
import { endpoints } from "../endpoints/endpoints.ts"
import { showContent } from "./content.ts"
import { bifrost } from "./dialects/bifrost.ts"
import type { CallDialect, JobDialect } from "./dialects/dialect.ts"
import { callDialect } from "./dialects/openai.ts"
import { showHealth } from "./health.ts"
import { list } from "./joblist.ts"
import { cancel, poll, removeJob, view } from "./jobs.ts"
import { showMe } from "./live/me.ts"
import { showMetrics } from "./metrics/metrics.ts"
import { listModels, showModel } from "./modellist.ts"
import { serveDocument, serveInit, servePage, serveScript, serveStyle } from "./openapi/page.ts"
import type { Route } from "./route.ts"
import { submit } from "./submit.ts"
import { answer } from "./synchronous.ts"
import { serveUi, serveUiFile } from "./ui.ts"
import { showWelcome } from "./welcome.ts"

export const routes: readonly Route[] = [
  get("/", "anyone", null, (request, _, options) => showWelcome(request, options)),
  ...listTypeRoutes(bifrost),
  ...listCallRoutes(callDialect),
  ...listJobRoutes(bifrost),
  ...listBulkRoutes(`${bifrost.prefix}/bulk`),
  get("/v1/async/me", "reader", "me", (request, _, options) => showMe(request, options)),
  get("/v1/async/stats", "operator", "stats", async (request, _, options) =>
    (await import("./live/stats.ts")).showStats(request, options),
  ),
  get("/v1/async/queues", "lister", "queues", async (request, _, options) =>
    (await import("./live/queues.ts")).showQueues(request, options),
  ),
  get("/v1/async/events", "lister", "events", async (request, _, options) =>
    (await import("./live/events.ts")).showEvents(request, options),
  ),
  get("/v1/async/usage", "lister", "usage", async (request, _, options) =>
    (await import("./live/usagereport.ts")).showUsage(request, options),
  ),
  get("/v1/async/providers", "operator", "providers", async (request, _, options) =>
    (await import("./live/providerlist.ts")).showProviders(request, options),
  ),
  ...listKeyRoutes(),
  ...listFileRoutes(),
  ...listBatchRoutes(),
  ...listResponseRoutes(),
  ...listConversationRoutes(),
  ...listWebhookRoutes(),
  ...listCallerWebhookRoutes(),
  get("/v1/models", "reader", "models", (request, _, options) => listModels(request, options)),
  get("/v1/models/:model", "reader", "model", (request, _, options) => showModel(request, options)),
  get("/health", "anyone", "health", (request, _, options) => showHealth(request, options)),
  get("/metrics", "operator", "metrics", (request, _, options) => showMetrics(request, options)),
  get("/docs", "anyone", null, servePage),
  get("/docs/init.js", "anyone", null, serveInit),
  get("/docs/swagger-ui-bundle.js", "anyone", null, serveScript),
  get("/docs/swagger-ui.css", "anyone", null, serveStyle),
  get("/docs/json", "anyone", null, (_, __, options) => serveDocument(options.readDocument)),
  get("/ui", "anyone", null, (request, _, options) => serveUi(request, options)),
  get("/ui/*", "anyone", null, (request, _, options) => serveUi(request, options)),
  get("/ui/assets/:file", "anyone", null, (request, _, options) => serveUiFile(request, options)),
]

/** What can be done at the path of each request type. */
function listTypeRoutes(dialect: JobDialect): Route[] {
  return endpoints.flatMap((endpoint) => {
    const path = `${dialect.prefix}${findJobsPath(endpoint)}`
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

/** The paths of request types at which the response is the result. */
function listCallRoutes(dialect: CallDialect): Route[] {
  return endpoints.map((endpoint) => {
    const streamed = { ...endpoint, streamRefusal: null }
    return post(
      `${dialect.prefix}${endpoint.path}`,
      "caller",
      "call",
      (request, model, options) => answer(streamed, dialect, request, model, options),
      endpoint,
      dialect,
    )
  })
}

/** What can be done with jobs of any type. */
function listJobRoutes(dialect: JobDialect): Route[] {
  const jobs = `${dialect.prefix}/jobs`
  const job = `${jobs}/:job_id`
  return [
    get(jobs, "lister", "list", (request, _, options) => list(dialect, request, options)),
    post(`${jobs}/cancel`, "lister", "cancelAll", async (request, _, options) =>
      (await loadBulk()).cancelAll(request, options),
    ),
    get(job, "owner", "view", (request, id, options) => view(dialect, id, request, options)),
    get(`${job}/content`, "owner", "content", showContent),
    get(`${job}/result`, "owner", "result", async (request, id, options) =>
      (await import("./storedresult.ts")).showResult(request, id, options),
    ),
    get(`${job}/request`, "owner", "request", async (request, id, options) =>
      (await import("./storedrequest.ts")).showRequest(request, id, options),
    ),
    get(`${job}/events`, "owner", "jobEvents", async (request, id, options) =>
      (await import("./live/jobevents.ts")).showJobEvents(request, id, options),
    ),
    post(`${job}/replay`, "owner", "replay", async (request, id, options) =>
      (await import("./replay.ts")).replay(dialect, id, request, options),
    ),
    post(`${job}/cancel`, "owner", "cancel", (request, id, options) => cancel(null, dialect, id, request, options)),
    remove(job, "owner", "remove", (request, id, options) => removeJob(null, id, request, options)),
  ]
}

/** Loaded with the first request, as all that most gateways are seldom asked for. */
const loadBulk = () => import("./bulk/bulk.ts")

/** What can be done with many jobs at once. */
function listBulkRoutes(path: string): Route[] {
  const operation = `${path}/:bulk_id`
  return [
    post(path, "lister", "startBulk", async (request, _, options) => (await loadBulk()).startBulk(request, options)),
    get(path, "lister", "listBulk", async (request, _, options) => (await loadBulk()).listBulk(request, options)),
    get(operation, "lister", "showBulk", async (request, id, options) =>
      (await loadBulk()).showBulk(request, id, options),
    ),
    post(`${operation}/cancel`, "lister", "abortBulk", async (request, id, options) =>
      (await loadBulk()).abortBulk(request, id, options),
    ),
  ]
}

/** What the admin can do with virtual keys. */
function listKeyRoutes(): Route[] {
  const keys = "/v1/async/virtual-keys"
  const load = () => import("./live/managedkeys.ts")
  return [
    get(keys, "admin", "keys", async (request, _, options) => (await load()).listKeys(request, options)),
    post(keys, "admin", "makeKey", async (request, _, options) => (await load()).makeKey(request, options)),
    get(`${keys}/:key_id`, "admin", "key", async (request, _, options) => (await load()).showKey(request, options)),
    post(`${keys}/:key_id`, "admin", "changeKey", async (request, _, options) =>
      (await load()).changeKey(request, options),
    ),
    remove(`${keys}/:key_id`, "admin", "revokeKey", async (request, _, options) =>
      (await load()).revokeKey(request, options),
    ),
  ]
}

/** OpenAI's files. */
function listFileRoutes(): Route[] {
  const files = `${callDialect.prefix}/files`
  const file = `${files}/:file_id`
  const load = () => import("./files/files.ts")
  return onCallWire([
    post(files, "lister", "uploadFile", async (request, _, options) =>
      (await import("./files/fileupload.ts")).uploadFile(request, options),
    ),
    get(files, "lister", "listFiles", async (request, _, options) => (await load()).listFiles(request, options)),
    get(file, "lister", "showFile", async (request, id, options) => (await load()).showFile(request, id, options)),
    get(`${file}/content`, "lister", "fileContent", async (request, id, options) =>
      (await load()).showFileContent(request, id, options),
    ),
    remove(file, "lister", "deleteFile", async (request, id, options) =>
      (await load()).deleteFile(request, id, options),
    ),
  ])
}

/** OpenAI's batches. */
function listBatchRoutes(): Route[] {
  const batches = `${callDialect.prefix}/batches`
  const batch = `${batches}/:batch_id`
  const load = () => import("./batches/batches.ts")
  return onCallWire([
    post(batches, "lister", "createBatch", async (request, _, options) => (await load()).createBatch(request, options)),
    get(batches, "lister", "listBatches", async (request, _, options) => (await load()).listBatches(request, options)),
    get(batch, "lister", "showBatch", async (request, id, options) => (await load()).showBatch(request, id, options)),
    get(`${batch}/results`, "lister", "batchResults", async (request, id, options) =>
      (await import("./batches/batchresults.ts")).showBatchResults(request, id, options),
    ),
    post(`${batch}/cancel`, "lister", "cancelBatch", async (request, id, options) =>
      (await load()).cancelBatch(request, id, options),
    ),
  ])
}

/** OpenAI's responses, after they were asked for. */
function listResponseRoutes(): Route[] {
  const response = `${callDialect.prefix}/responses/:response_id`
  const load = () => import("./responses/storedresponses.ts")
  return onCallWire([
    get(response, "owner", "retrieveResponse", async (request, id, options) =>
      (await load()).retrieveResponse(request, id, options),
    ),
    get(`${response}/input_items`, "owner", "inputItems", async (request, id, options) =>
      (await import("./responses/inputitems.ts")).listInputItems(request, id, options),
    ),
    post(`${response}/cancel`, "owner", "cancelResponse", async (request, id, options) =>
      (await load()).cancelResponse(request, id, options),
    ),
    remove(response, "owner", "deleteResponse", async (request, id, options) =>
      (await load()).deleteResponse(request, id, options),
    ),
  ])
}

/** OpenAI's conversations. */
function listConversationRoutes(): Route[] {
  const all = `${callDialect.prefix}/conversations`
  const one = `${all}/:conversation_id`
  const items = `${one}/items`
  const item = `${items}/:item_id`
  const load = () => import("./conversations/conversations.ts")
  const loadItems = () => import("./conversations/itemroutes.ts")
  return onCallWire([
    post(all, "lister", "createConversation", async (...given) => (await load()).createConversation(...given)),
    remove(all, "lister", "deleteConversations", async (...given) => (await load()).deleteConversations(...given)),
    get(one, "lister", "showConversation", async (...given) => (await load()).showConversation(...given)),
    post(one, "lister", "changeConversation", async (...given) => (await load()).changeConversation(...given)),
    remove(one, "lister", "deleteConversation", async (...given) => (await load()).deleteConversation(...given)),
    post(items, "lister", "addItems", async (...given) => (await loadItems()).addItems(...given)),
    get(items, "lister", "listItems", async (...given) => (await loadItems()).listItems(...given)),
    get(item, "lister", "showItem", async (...given) => (await loadItems()).showItem(...given)),
    remove(item, "lister", "deleteItem", async (...given) => (await loadItems()).deleteItem(...given)),
  ])
}

/** Bifrost's management of webhooks. */
function listWebhookRoutes(): Route[] {
  const all = "/api/webhooks"
  const one = `${all}/:webhook_id`
  const load = () => import("./webhooks/managedwebhooks.ts")
  const history = () => import("./webhooks/webhookhistory.ts")
  return [
    get(all, "operator", "webhooks", async (...given) => (await load()).listWebhooks(...given)),
    post(all, "operator", "makeWebhook", async (...given) => (await load()).makeWebhook(...given)),
    get(`${all}/deliveries`, "operator", "deliveries", async (...given) =>
      (await history()).searchDeliveries(...given),
    ),
    post(`${all}/deliveries/:delivery_id/redeliver`, "operator", "redeliver", async (...given) =>
      (await history()).redeliver(...given),
    ),
    get(one, "operator", "webhook", async (...given) => (await load()).showWebhook(...given)),
    put(one, "operator", "changeWebhook", async (...given) => (await load()).changeWebhook(...given)),
    remove(one, "operator", "removeWebhook", async (...given) => (await load()).removeWebhook(...given)),
    post(`${one}/rotate-secret`, "operator", "rotateWebhook", async (...given) =>
      (await load()).rotateWebhook(...given),
    ),
    post(`${one}/test`, "operator", "testWebhook", async (...given) => (await load()).testWebhook(...given)),
    get(`${one}/deliveries`, "operator", "deliveriesOfWebhook", async (...given) =>
      (await history()).listDeliveries(...given),
    ),
  ]
}

/** OpenAI's management of webhooks. */
function listCallerWebhookRoutes(): Route[] {
  const all = `${callDialect.prefix}/webhook_endpoints`
  const one = `${all}/:webhook_id`
  const load = () => import("./webhooks/callerwebhooks.ts")
  return onCallWire([
    get(`${callDialect.prefix}/webhook_event_types`, "lister", "webhookEvents", async (...given) =>
      (await load()).listEventTypes(...given),
    ),
    get(all, "lister", "ownWebhooks", async (...given) => (await load()).listOwnWebhooks(...given)),
    post(all, "lister", "makeOwnWebhook", async (...given) => (await load()).makeOwnWebhook(...given)),
    get(one, "lister", "ownWebhook", async (...given) => (await load()).showOwnWebhook(...given)),
    post(one, "lister", "changeOwnWebhook", async (...given) => (await load()).changeOwnWebhook(...given)),
    remove(one, "lister", "removeOwnWebhook", async (...given) => (await load()).removeOwnWebhook(...given)),
    post(`${one}/rotate_secret`, "lister", "rotateOwnWebhook", async (...given) =>
      (await load()).rotateOwnWebhook(...given),
    ),
    post(`${one}/test`, "lister", "testOwnWebhook", async (...given) => (await load()).testOwnWebhook(...given)),
  ])
}

/** Rows whose responses and refusals are on OpenAI's wire. */
function onCallWire(rows: readonly Route[]): Route[] {
  return rows.map((row) => ({ ...row, dialect: callDialect }))
}

type Columns = [
  path: string,
  access: Route["access"],
  operation: Route["operation"],
  handle: Route["handle"],
  endpoint?: Route["endpoint"],
  dialect?: Route["dialect"],
]

function get(...columns: Columns): Route {
  return makeRoute("GET", columns)
}

function post(...columns: Columns): Route {
  return makeRoute("POST", columns)
}

function put(...columns: Columns): Route {
  return makeRoute("PUT", columns)
}

function remove(...columns: Columns): Route {
  return makeRoute("DELETE", columns)
}

function makeRoute(method: Route["method"], columns: Columns): Route {
  const [path, access, operation, handle, endpoint = null, dialect = bifrost] = columns
  return { method, path, access, operation, handle, endpoint, dialect }
}
