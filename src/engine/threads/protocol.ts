// The messages between the threads: between the HTTP server and the engine, and between the engine and its provider workers. They
// share nothing else.

import type { Budget } from "../../auth/virtualkeys.ts"
import type { Outcome, Reader } from "../../call.ts"
import type { ErrorCode } from "../../errors.ts"
import type { ConversationChanges } from "../../jobs/conversation.ts"
import type { EngineData } from "../../jobs/data.ts"
import type { ResponseBound } from "../../jobs/expiry.ts"
import type { NewJob, StateFilter } from "../../jobs/job.ts"
import type { Change, ChangeKind } from "../../jobs/store.ts"
import type { LogSettings } from "../../log.ts"
import type { ProviderSettings } from "../../providers/provider.ts"
import type { PostOutcome } from "../../webhooks/post.ts"
import type { ReceiverRules } from "../../webhooks/receivers.ts"
import type { TryOutcome, WebhookOptions, WebhookOrder } from "../../webhooks/webhook.ts"
import type { Step, Window } from "../metrics/history.ts"
import type { ProviderView, QueuesView } from "../schedule/queueview.ts"
import type { AddedEvents, LoggedEvents, StoredEvents } from "./logmessages.ts"

export interface OwnerLimits {
  /** Owner -> how many of its jobs may run at the same time. */
  ownerCaps: Record<string, number>
  /** Owner -> its budget. */
  budgets: Record<string, Budget>
}

/** The first message to the engine, which then opens the database. No call is made before `start`. */
export interface EngineOpen extends OwnerLimits {
  kind: "open"
  data: EngineData
  providers: ProviderSettings[]
  workers: number
  /** Decrypts the callers' own provider keys. */
  encryptionKey: Uint8Array
  /** New jobs are refused when less than this is free on the disk of the database; null: the default of `describeDisk`. */
  diskReserveMb: number | null
  responseBound: ResponseBound
  webhooks: WebhookOptions
  log: LogSettings
}

/** From the HTTP server to the engine. A frame is a submit: see `frameSubmit`. */
export type ToEngine =
  | EngineOpen
  /** Recovers the stored jobs and starts the work. */
  | { kind: "start" }
  /** Replaces the limits that `open` named. */
  | ({ kind: "limit" } & OwnerLimits)
  | { kind: "piece"; id: string; seq: number; bytes: Uint8Array<ArrayBuffer> }
  | { kind: "discard"; id: string }
  | { kind: "watch"; id: string }
  | { kind: "cancel"; seq: number; id: string }
  /** The client that waited for the job has disconnected: its call is aborted at once, and the job is cancelled. */
  | { kind: "leave"; seq: number; id: string }
  | { kind: "remove"; seq: number; id: string }
  /** Cancels or deletes those of the jobs that are in one of these states. */
  | { kind: "cancelSome" | "removeSome"; seq: number; ids: readonly string[]; only: StateFilter }
  | { kind: "read" }
  /** Begins or ends the reports of what is added to the event log of a job. */
  | { kind: "followLog"; id: string; isFollowed: boolean }
  /** Begins the `news` of changed jobs, each with the number of this round; null ends it. */
  | { kind: "follow"; round: number | null }
  | { kind: "show"; seq: number; question: Question }
  | { kind: "webhooks"; seq: number; order: WebhookOrder }
  | { kind: "batches"; seq: number; change: BatchChange }
  /** Damage of the database that a reader has found. */
  | { kind: "damaged"; detail: string }
  | { kind: "drain"; graceMs: number }
  | Frame

/** A change of files, batches and conversations that the HTTP server asks for. Its result is answered as JSON text. */
export type BatchChange = Extract<Change, { kind: BatchChangeKind }>
export type BatchChangeKind = Extract<
  ChangeKind,
  | keyof ConversationChanges
  | ("saveFile" | "removeFile" | "createBatch" | "moveBatch" | "refuseLine" | "expireBatchJobs")
>

/** From the engine to the HTTP server. A frame has the sequence numbers of stored requests, separated by commas. */
export type FromEngine =
  | { kind: "started"; recovered: number; queued: number }
  /** An earlier job has the same Idempotency-Key and the same body. */
  | { kind: "replayed"; seq: number; id: string }
  | { kind: "refused"; seq: number; code: ErrorCode; message: string; retryAfter?: number }
  /** How many jobs `cancelSome` or `removeSome` has changed, and how many of the first ids it has looked at. */
  | { kind: "changed"; seq: number; count: number; looked: number }
  /** The pieces of a form up to `seq` are on disk. */
  | { kind: "pieces"; id: string; seq: number }
  | { kind: "pieceRefused"; id: string; code: ErrorCode; message: string }
  /** The jobs that have ended of those that are watched or whose client waits. */
  | { kind: "ended"; ids: string[] }
  /** Sent every second and whenever it changes. `trouble` is why nothing can be stored, or null. */
  | { kind: "pulse"; trouble: string | null }
  /** The answer to `read`. */
  | { kind: "readings"; readings: Readings }
  /** What was added to the event logs that are followed. */
  | { kind: "logged"; added: AddedEvents[] }
  /** Which jobs have changed: a `News` as JSON text. */
  | { kind: "news"; text: string }
  /** The answer to `show`, `webhooks` or `batches`, as JSON text. */
  | { kind: "shown"; seq: number; text: string }
  | { kind: "drained"; released: number }
  /** Files whose rows are deleted, because they have expired: their bytes are not needed any more. */
  | { kind: "filesExpired"; ids: string[] }
  /** The channel of a new provider worker. */
  | { kind: "channel"; port: MessagePort }
  | Over
  | Frame

export type { ChangedJob, Counts, Moment, News } from "../metrics/changes.ts"
export type { ProviderView, QueuesView, Wait } from "../schedule/queueview.ts"
export type { AddedEvents } from "./logmessages.ts"

/** What the engine can be asked about itself, and in which form it answers. */
export type Question =
  | { of: "history"; window: Window }
  /** `owners` null: those of everybody. */
  | { of: "queues"; owners: readonly string[] | null; most: number }
  | { of: "providers" }
export interface Shown {
  history: Step[]
  queues: QueuesView
  providers: ProviderView[]
}

/** The engine has ended by itself. The message says why, for its operator. */
export interface Over {
  kind: "over"
  reason: "in_use" | "corrupt" | "unusable"
  message: string
}

/** What the engine has counted since it started. A change counts when it is on disk. */
export interface Readings {
  unfinished: Unfinished[]
  kinds: Kind[]
  commits: {
    /** Seconds from the beginning of a transaction to its commit. */
    took: Histogram
    /** The changed jobs of a commit. */
    changes: Histogram
    failed: number
  }
  reaper: {
    /** Epoch milliseconds; null: the reaper has not run yet. */
    lastRunAt: number | null
    pruned: number
    lapsed: number
  }
  /** How the tries of deliveries have ended. */
  deliveries: Record<TryOutcome, number>
  threads: Threads
}

/** How many unfinished jobs of a provider and request type are in each state. */
export interface Unfinished {
  provider: string
  type: string
  queued: number
  running: number
  waiting: number
}

/** The counts and times of the jobs of a provider and request type. */
export interface Kind {
  provider: string
  type: string
  accepted: number
  ended: Record<Ending, number>
  /** Outcome -> how many attempts ended with it. */
  attempts: Record<string, number>
  /** `wait`: seconds until the first attempt. `run`: from the last attempt to the end of the job. `upstream`: from call to answer. */
  wait: Histogram
  run: Histogram
  upstream: Histogram
}

export type Ending = "succeeded" | "failed" | "cancelled" | "removed"

/** Each value counts once, at the first bound that is not below it. `counts` has one more item than `bounds`, for larger values. */
export interface Histogram {
  bounds: readonly number[]
  counts: number[]
  sum: number
}

/** The provider workers. */
export interface Threads {
  alive: number
  died: number
  replaced: number
}

export interface WorkerStart {
  kind: "start"
  providers: ProviderSettings[]
  log: LogSettings
  /** How many bytes of unstored answers the thread may hold. */
  answerBytesMax: number
  /** The worker's end of its channel to the HTTP server. Absent: nothing is streamed. */
  port?: MessagePort
}

/**
 * From a provider worker to the HTTP server: a piece of a streamed answer. A text that is empty: another attempt than the first begins.
 * One that is null: the attempt sends nothing more.
 */
export interface Piece {
  jobId: string
  attempt: number
  text: string | null
}

/** The same, for a client that reads the answer whole: the id of the job, how many milliseconds the call took, and the answer. */
export function frameAnswer(jobId: string, tookMs: number, answer: string, allowances = NO_ALLOWANCES): Frame {
  return `${jobId} ${Math.round(tookMs)} ${allowances}\n${answer}`
}

/** See `Allowances`. */
export const NO_ALLOWANCES = "{}"

export function unframeAnswer(text: Frame): { jobId: string; tookMs: number; answer: string; allowances: string } {
  const end = text.indexOf("\n")
  const took = text.indexOf(" ")
  const rest = text.indexOf(" ", took + 1)
  return {
    jobId: text.slice(0, took),
    tookMs: Number(text.slice(took, rest)),
    answer: text.slice(end + 1),
    allowances: text.slice(rest + 1, end),
  }
}

/**
 * From a provider worker to the HTTP server, before the pieces or the end that they came with: the headers in which the provider says
 * what it still allows, as the JSON text of an object. It has none when another attempt begins, which may have another key.
 */
export interface Allowances {
  jobId: string
  allowances: string
}

/** How many characters of a stream may be sent that its reader has not taken. */
export const UNTAKEN_CHARS_MAX = 64 * 1024

/** From the HTTP server to a provider worker, now and then: so many characters of the stream were taken by its reader. */
export interface Taken {
  jobId: string
  chars: number
}

/** From the engine to a provider worker. A frame is a `Call` and its JSON body. The body of a form is null and follows in pieces. */
export type ToWorker =
  | WorkerStart
  | { kind: "piece"; jobId: string; attempt: number; bytes: Uint8Array<ArrayBuffer> | null }
  | { kind: "abort"; jobId: string; attempt: number }
  /** An answer that the thread still counts is on disk, or not needed. */
  | { kind: "stored"; jobId: string; attempt: number }
  | { kind: "logged"; stored: StoredEvents[] }
  | Frame

/** From a provider worker to the engine. A frame is an `OutcomeHeader` and the outcome's body, empty where there is none. */
export type FromWorker =
  /** Asks for the next piece of a form. */
  | { kind: "pull"; jobId: string; attempt: number; seq: number }
  | { kind: "content"; frame: Frame; bytes: Uint8Array<ArrayBuffer> }
  /** Whether the thread has stopped reading answers because it holds as many as it may, or reads again. */
  | { kind: "full"; isFull: boolean }
  | { kind: "events"; groups: LoggedEvents[] }
  | Frame

/** From the engine to the thread that sends webhooks: a frame of this and the body. */
export interface ToSender {
  /** The `webhook-id`. */
  id: string
  url: string
  /** All headers but the signature. */
  headers: Record<string, string>
  /** Those that sign. */
  secrets: string[]
  timeoutMs: number
  rules: ReceiverRules
}

/** From that thread to the engine: what came of a webhook. */
export interface FromSender {
  id: string
  outcome: PostOutcome
}

export interface OutcomeHeader {
  jobId: string
  attempt: number
  /** The outcome without its content and with an empty body. */
  outcome: Outcome
  /** The media type of the bytes that come with the frame. */
  contentType?: string
  /** Whether the thread counts the answer until it is `stored`. */
  isCounted?: true
}

/**
 * A message of one line of JSON, followed by the body unchanged. Strings cross threads by reference:
 * that takes 1.4 µs of CPU for 1 KB and 0.13 ms for 20 MB, where an object takes 3.1 µs and 59 ms.
 */
export type Frame = string

/**
 * Makes a submit: the sequence number, the job, and the JSON body, which is empty where it has been uploaded.
 * @param reader of the answer; null: nobody waits for it
 */
export function frameSubmit(seq: number, job: Omit<NewJob, "body">, body: string | null, reader: Reader | null): Frame {
  return `${seq} ${reader ?? ""}\n${JSON.stringify(job)}\n${body ?? ""}`
}

export function unframeSubmit(text: Frame): { seq: number; job: NewJob; reader: Reader | null } {
  const end = text.indexOf("\n")
  const { header, body } = unframe<NewJob>(text.slice(end + 1))
  // Assigned instead of spread, because copying this many members costs as much as reading them.
  header.body = body === "" ? null : body
  const [seq, reader] = text.slice(0, end).split(" ")
  return { seq: Number(seq), job: header, reader: (reader || null) as Reader | null }
}

export function frame(header: object, body: string): Frame {
  return `${JSON.stringify(header)}\n${body}`
}

export function unframe<T>(text: Frame): { header: T; body: string } {
  const end = text.indexOf("\n")
  return { header: JSON.parse(text.slice(0, end)) as T, body: text.slice(end + 1) }
}
