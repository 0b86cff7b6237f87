// The queries of the HTTP server, independent of the database. Read only.
import type { Batch, LineRefusal, StoredFile } from "../batches/batch.ts"
import type { Delivery, DeliveryKey, TryOutcome, WebhookEndpoint, WebhookEvent } from "../webhooks/webhook.ts"
import type { Answer } from "./answer.ts"
import type { StoredConversation, StoredItem } from "./conversation.ts"
import type { MemberView, StandbyView } from "./gateways.ts"
import type { Lane, State } from "./job.ts"
import type { JobFilter } from "./jobfilter.ts"

/** The bytes of a body in pieces, each read when it is needed. */
export type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/** Every query throws a `StoreError`, or rejects with one, if it fails. Times are epoch milliseconds. */
export interface Reads {
  /** The job; null where there is none, or where it has expired but is not deleted yet. */
  job(id: string, now: number): Answer<JobView | null>

  /** The ended attempts of a job, in their order. */
  attempts(id: string): Answer<AttemptView[]>

  /** What is stored of the request of a job beside its body; null where there is no such job. */
  request(id: string): Answer<StoredRequest | null>

  /** The length of a body in bytes; 0 where there is none. */
  bodyBytes(id: string, kind: ReadableBody): Answer<number>

  /**
   * A body from byte `from` up to `to`, by default all of it.
   * @throws while the pieces are read, if the job is deleted meanwhile: the body is then incomplete
   */
  bodyPieces(id: string, kind: ReadableBody, from?: number, to?: number): Pieces

  /** Some of the events of a logged answer, from a place on, all of one attempt; null: there are no more. */
  events(id: string, from: number): Answer<EventGroup | null>

  /** How many events of its answer are logged. */
  eventCount(id: string): Answer<number>

  /** How many queued jobs of the same lane are due before this one; at most 10,000. */
  position(job: JobRow): Answer<number>

  /** When the first queued job of a lane is or was due; null: it has none. */
  firstDue(lane: Lane): Answer<number | null>

  /** When the first of the quotas of these keys opens; null if one of them is open. */
  closedUntil(job: JobRow, keyIds: readonly string[], now: number): Answer<number | null>

  /** The newest jobs that match, newest first. */
  list(query: ListQuery, now: number): Answer<JobPage>

  /** What was used on some days, in one row for all that is alike in what `by` names. The newest days first. */
  usage(query: UsageQuery): Answer<UsageRow[]>

  /** Provider -> when the first of its queued jobs is or was due. */
  oldestDue(): Answer<Map<string, number>>

  /** All webhook endpoints, the oldest first. */
  webhooks(): Answer<WebhookEndpoint[]>

  /** The endpoint of that name that a submit of this owner means: the owner's own, else the operator's; null: there is none. */
  webhookNamed(name: string, owner: string): Answer<WebhookEndpoint | null>

  /** The newest deliveries that match, newest first. */
  deliveries(query: DeliveryQuery): Answer<DeliveryPage>

  /** Endpoint number -> how many deliveries are pending. */
  pendingDeliveries(): Answer<Map<number, number>>

  /** The file; null where there is none, or where it has expired but is not deleted yet. */
  file(id: string, now: number): Answer<StoredFile | null>
  files(query: FileQuery, now: number): Answer<StoredFile[]>
  /** The ids of all files. */
  fileIds(): Answer<string[]>

  batch(id: string): Answer<Batch | null>
  /** The newest first. */
  batches(query: BatchQuery): Answer<Batch[]>
  /** The oldest first. */
  unfinishedBatches(): Answer<Batch[]>
  /** The batch of a job, as long as that is stored, and its line there, counted from 1; null: it belongs to none. */
  lineOf(jobId: string): Answer<{ batchId: string; line: number } | null>
  /** The jobs of the lines from `from` up to `to`, in their order. */
  batchJobs(batch: number, from: number, to: number): Answer<BatchJob[]>
  /** The refusals of the lines from `from` up to `to`, in their order. */
  batchRefusals(batch: number, from: number, to: number): Answer<LineRefusal[]>

  /** The conversation; null where there is none, or where it has expired but is not deleted yet. */
  conversation(id: string, now: number): Answer<StoredConversation | null>
  conversationItems(query: ItemQuery): Answer<StoredItem[]>
  /** @param conversation its number */
  conversationItem(conversation: number, id: string): Answer<StoredItem | null>

  /** The disk space that the store uses, and the free space. */
  sizes(): Answer<Sizes>

  /** The gateways that share the store, the one that runs the jobs first; null: none can share it. */
  gateways(): Answer<MemberView[] | null>
  /** The standbys of the database; null: it can have none, or the user of the gateway may not see them. */
  standbys(): Answer<StandbyView[] | null>

  /** A text that differs after every change of the store, and after every start. */
  revision(): Answer<string>

  /** Throws if the store cannot be read at all. */
  ping(): Answer<void>
}

/** Consecutive events of one attempt, as `eventline.ts` writes them. */
export interface EventGroup {
  attempt: number
  lines: readonly string[]
}

/** A job without its bodies. */
export interface JobRow {
  id: string
  requestId: string
  requestType: string
  owner: string
  provider: string
  model: string
  keyChoice: string
  /** 0 low, 1 normal, 2 high. */
  priority: number
  state: State
  attempt: number
  failures: number
  createdAt: number
  runAt: number
  deadlineAt: number
  /** The start of the last attempt. */
  startedAt: number | null
  keyId: string | null
  completedAt: number | null
  expiresAt: number | null
  statusCode: number | null
  /** JSON text. */
  error: string | null
  /** JSON text. */
  usage: string | null
  /** A JSON array of strings. */
  warnings: string | null
  /** The media type of the binary content that is stored beside the result. */
  contentKind: string | null
  /** The id of the job whose request this one repeats. */
  originId: string | null
}

/** A job as a list shows it. Its `usage` is that of the last attempt: `Usage` of call.ts, as JSON text. */
export interface ListedJob extends JobRow {
  /** US dollars for all attempts together; null: not known. */
  cost: number | null
  /** The name of the key of the last attempt, where that has ended. */
  keyName: string | null
  /** The provider's id of the last attempt's request, where that has ended. */
  upstreamRequestId: string | null
  /** The id of the batch that it belongs to, as long as that is stored. */
  batchId: string | null
}

/** A job as a poll sees it. */
export interface JobView extends JobRow {
  /** The result as JSON text; null where there is none, or where it `isLong`. */
  result: string | null
  /** 1 where the result must be read in pieces, else 0. */
  isLong: number
}

/** An attempt that has ended. */
export interface AttemptView {
  attempt: number
  provider: string
  model: string
  startedAt: number
  finishedAt: number
  outcome: string
  status: number | null
  keyName: string | null
  reason: string | null
  upstreamRequestId: string | null
  /** `Usage` of call.ts, as JSON text. */
  usage: string | null
  /** US dollars; null: not known. */
  cost: number | null
}

/** `result` is JSON text, `content` the binary content that is stored beside it, `request` JSON text or a form. */
export type ReadableBody = "request" | "result" | "content"

/** What is stored of a request beside its body. */
export interface StoredRequest {
  /** `Form` of call.ts, as JSON text; null: the body is JSON text. */
  form: string | null
  /** See `NewJob`. */
  lossRetries: number | null
  ttlMs: number
}

export interface ListQuery extends JobFilter {
  limit: number
}

/** A page of a list. It can have fewer than `limit` jobs although there is a next page. */
export interface JobPage {
  jobs: ListedJob[]
  /** The `before` of the next page; null on the last page. */
  next: string | null
}

export const usageDimensions = ["day", "provider", "model", "requestType", "owner", "keyName"] as const
export type UsageDimension = (typeof usageDimensions)[number]

/** Days are counted as by `countDays`; both are meant too. */
export interface UsageQuery {
  /** Null: all. */
  owners: readonly string[] | null
  from: number
  to: number
  by: ReadonlySet<UsageDimension>
  limit: number
}

/** The members that `by` does not name are null. */
export interface UsageRow {
  day: number | null
  provider: string | null
  model: string | null
  requestType: string | null
  owner: string | null
  /** Empty: no key. */
  keyName: string | null
  calls: number
  inputTokens: number
  outputTokens: number
  /** US dollars, of the calls whose cost is known. */
  cost: number
  callsWithoutCost: number
}

/** Members that are null match every delivery. Outcomes, classes and times are those of a try: a delivery matches by any of its tries. */
export interface DeliveryQuery {
  /** The numbers of endpoints. */
  endpoints: readonly number[] | null
  events: readonly WebhookEvent[] | null
  outcomes: readonly TryOutcome[] | null
  /** `none`: no answer. */
  statusClasses: readonly ("2xx" | "3xx" | "4xx" | "5xx" | "none")[] | null
  requestId: string | null
  jobId: string | null
  /** One delivery: see `readWebhookId`. */
  delivery: DeliveryKey | null
  /** Epoch milliseconds, both inclusive. */
  from: number | null
  to: number | null
  limit: number
  offset: number
}

export interface DeliveryPage {
  deliveries: Delivery[]
  /** How many match in all. */
  total: number
}

export interface FileQuery {
  /** Null: all. */
  owners: readonly string[] | null
  purpose: string | null
  /** The order of creation. */
  order: "asc" | "desc"
  /** The id of the last file of the page before; null: the first page. */
  after: string | null
  limit: number
}

export type BatchQuery = Pick<FileQuery, "owners" | "after" | "limit">

export interface ItemQuery {
  /** The number of the conversation. */
  conversation: number
  /** The order of the conversation, or the newest first. */
  order: "asc" | "desc"
  /** The place of the last item of the page before; null: the first page. */
  after: number | null
  limit: number
}

/** A job of a batch, without its result. */
export interface BatchJob {
  /** Counted from 1. */
  line: number
  id: string
  requestId: string
  state: State
  statusCode: number | null
  /** The API's error object, as JSON text. */
  error: string | null
}

/** Null: the size is the database server's matter. */
export interface Sizes {
  databaseBytes: number
  walBytes: number | null
  diskFreeBytes: number | null
}
