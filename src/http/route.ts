// What a route is: a row of the table in routes.ts.
import type { Endpoint } from "../endpoints/endpoint.ts"
import type { Log } from "../log.ts"
import type { BatchOptions } from "./batches/batches.ts"
import type { BulkOptions } from "./bulk/bulk.ts"
import type { ContentOptions } from "./content.ts"
import type { Dialect } from "./dialects/dialect.ts"
import type { FileOptions } from "./files/files.ts"
import type { GuardOptions } from "./guard.ts"
import type { HealthOptions } from "./health.ts"
import type { JobListOptions } from "./joblist.ts"
import type { JobRouteOptions } from "./jobs.ts"
import type { ManagedKeyOptions } from "./live/managedkeys.ts"
import type { MeOptions } from "./live/me.ts"
import type { MetricOptions } from "./metrics/metrics.ts"
import type { ModelOptions } from "./modellist.ts"
import type { OperationName } from "./openapi/operations.ts"
import type { SynchronousOptions } from "./synchronous.ts"
import type { WebhookRouteOptions } from "./webhooks/webhookrequest.ts"
import type { WelcomeOptions } from "./welcome.ts"

export interface Route {
  method: "GET" | "POST" | "PUT" | "DELETE"
  /** `:job_id` stands for the id of a job, `:bulk_id` for that of a bulk operation, and so on. The handler gets the first. */
  path: string
  access: Access
  /** The wire of its responses and refusals. */
  dialect: Dialect
  /** The name of its operation in openapi/operations.ts, which is loaded with the API document. Null: it is not in the document. */
  operation: OperationName | null
  handle: Handler
  /** The request type of the path, where it has one. */
  endpoint: Endpoint | null
}

/** @param name what the path names: the id of a job, a bulk operation, a file, a batch, a conversation or a webhook endpoint, or the model of a deployment; empty: nothing */
export type Handler = (request: Request, name: string, options: HandlerOptions) => Response | Promise<Response>

/**
 * Who may use a route. `test/program/callers.test.ts` checks each row against every kind of caller.
 * - `anyone`: everybody, without a key.
 * - `caller`: callers with a valid virtual key, and callers without one unless `client.enforce_auth_on_inference` is set.
 * - `reader`: the same, and the admin.
 * - `owner`: the owner of the job in the path, and the admin; for a job without an owner, whoever knows its id.
 * - `lister`: callers whose jobs can be distinguished from those of others, and the admin.
 * - `operator`: the admin, and the only user of the gateway.
 * - `admin`: the admin alone.
 */
export type Access = "anyone" | "caller" | "reader" | "owner" | "lister" | "operator" | "admin"

export interface HandlerOptions
  extends SynchronousOptions,
    JobRouteOptions,
    JobListOptions,
    BulkOptions,
    ContentOptions,
    ModelOptions,
    MeOptions,
    ManagedKeyOptions,
    Omit<FileOptions, "engine">,
    Omit<BatchOptions, "engine">,
    Omit<WebhookRouteOptions, "engine">,
    Omit<MetricOptions, "engine">,
    Omit<HealthOptions, "engine">,
    GuardOptions,
    WelcomeOptions {
  engine: SynchronousOptions["engine"] &
    JobRouteOptions["engine"] &
    BulkOptions["engine"] &
    BatchOptions["engine"] &
    WebhookRouteOptions["engine"]
  log: Log
  /** The API document, as JSON text. */
  readDocument: () => Promise<string>
}
