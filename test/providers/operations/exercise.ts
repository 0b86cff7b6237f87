// Sends a request through a native operation to a server on loopback that plays the provider, and keeps every byte that it gets.
import type { Call, Outcome } from "../../../src/call.ts"
import type { Clock } from "../../../src/clock.ts"
import type { Submission } from "../../../src/endpoints/endpoint.ts"
import { FormReader } from "../../../src/multipart.ts"
import type { CallContext } from "../../../src/providers/adapter.ts"
import type { OperationName } from "../../../src/providers/adapternames.ts"
import { CALL_BYTES_MAX, type DownloadPolicy } from "../../../src/providers/net/download.ts"
import { operate } from "../../../src/providers/operations/operation.ts"
import { getOperation } from "../../../src/providers/operations/operationadapters.ts"
import { checkOperation } from "../../../src/providers/operations/operationparameters.ts"
import type { ProviderSettings } from "../../../src/providers/provider.ts"
import { findRow } from "../../../src/providers/registry.ts"
import { outcomeOf } from "../outcomeof.ts"

export type Fields = Record<string, unknown>

export interface Received {
  method: string
  /** With the query. */
  path: string
  headers: Headers
  bytes: Buffer
}

/** How each provider is configured: below what its addresses lie, and with what key. */
const providers: Record<string, { path: string; key: string; options?: Record<string, string> }> = {
  cohere: { path: "/v2", key: "co-1234" },
  voyage: { path: "/v1", key: "pa-1234" },
  fireworks: { path: "/inference/v1", key: "fw-1234" },
  mistral: { path: "/v1", key: "mi-1234" },
  siliconflow: { path: "/v1", key: "sf-1234" },
  together: { path: "/v1", key: "tg-1234" },
  elevenlabs: { path: "", key: "el-1234" },
  deepgram: { path: "", key: "dg-1234" },
  cartesia: { path: "", key: "ca-1234" },
  hume: { path: "", key: "hu-1234" },
  lmnt: { path: "", key: "lm-1234" },
  fishaudio: { path: "", key: "fi-1234" },
  stability: { path: "", key: "st-1234" },
  ideogram: { path: "", key: "id-1234" },
  runware: { path: "/v1", key: "rw-1234" },
  gemini: { path: "/v1beta", key: "AIza-1234" },
  vertex: { path: "/v1", key: "ya29.token", options: { project: "my-project", location: "us-central1" } },
  bedrock: {
    path: "",
    key: "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    options: { region: "us-west-2" },
  },
}

/** What a request of each kind is for the endpoints. */
const requestTypes: Record<string, string> = {
  ...{ chat: "chat_completion", embed: "embedding", rerank: "rerank", image: "image_generation" },
  ...{ speech: "speech", transcription: "transcription" },
}

/** Noon on 1 January 2026, for ever. */
export const NOW = Date.UTC(2026, 0, 1, 12)
const stopped: Clock = { now: () => NOW, wall: () => NOW, after: () => () => {}, every: () => () => {}, soon: () => {} }
const BOUNDARY = "a-boundary"

/** A form as a client sends it: text fields, and files by their parts' names. */
export interface FormRequest {
  fields: readonly (readonly [name: string, value: string])[]
  files: readonly { name: string; fileName: string; type?: string; bytes: Uint8Array }[]
}

export interface Asking {
  operation: OperationName
  model: string
  request?: Fields
  form?: FormRequest
  /** By default that of the operation's kind. */
  requestType?: string
  /** Null: none. */
  key?: string | null
  options?: Record<string, string>
  extraHeaders?: Record<string, string>
  /** How the form is cut up in the store. */
  pieceBytes?: number
  prices?: ProviderSettings["prices"]
  policy?: Partial<DownloadPolicy>
  /** The client reads the answer as a stream. */
  emit?: CallContext["emit"]
}

export type Handler = (received: Received, index: number) => Response

export interface Exercised {
  received: Received[]
  outcome: Outcome
}

export async function exercise(asking: Asking, answer: Handler, over: Partial<Call> = {}): Promise<Exercised> {
  const { operation } = asking
  const received: Received[] = []
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      const { method, headers } = request
      const entry = { method, path: pathname + search, headers, bytes: Buffer.from(await request.bytes()) }
      return answer(entry, received.push(entry) - 1)
    },
  })
  const name = operation.split("-", 1)[0] ?? ""
  const known = providers[name] ?? { path: "", key: "" }
  const bytes = asking.form === undefined ? null : bytesOf(asking.form)
  try {
    const { policy } = asking
    const baseUrl = `http://127.0.0.1:${server.port}${known.path}`
    const attempt = {
      call: { ...callOf(asking, name, bytes), ...over },
      provider: settingsOf(name, baseUrl, asking.options ?? known.options ?? {}, asking),
      key: asking.key === undefined ? known.key : asking.key,
      context: { ...contextOf(bytes, asking.pieceBytes ?? 7), emit: asking.emit },
    }
    const step = operate(
      getOperation(operation),
      attempt,
      policy && {
        fetch,
        signal: new AbortController().signal,
        budget: { bytes: CALL_BYTES_MAX },
        ...closed,
        ...policy,
      },
    )
    return { received, outcome: await outcomeOf(step) }
  } finally {
    await server.stop(true)
  }
}

const closed = { isAllowed: () => false, resolve: () => Promise.reject(new Error("nobody is asked")) }

/** The check of a request before it is stored. */
export function judged(operation: OperationName, model: string, fields: Fields, files: string[] = []) {
  const parts = files.map((name) => ({ name, fileName: name, contentType: null, bytes: 1 }))
  const submission: Submission = { form: files.length > 0 ? "multipart" : "json", fields, files: parts }
  const { errors, warnings } = checkOperation(getOperation(operation).parameters, model, submission)
  return { errors: errors.map(({ message }) => message), warnings }
}

export function jsonIn(received: Received | undefined): Fields {
  return JSON.parse(received?.bytes.toString() ?? "null")
}

/** The result as its client reads it, without what the gateway adds. */
export function resultIn({ outcome }: Exercised): Fields {
  if (outcome.kind !== "answered") throw new Error(`not answered: ${JSON.stringify(outcome)}`)
  const { extra_fields: _, ...result } = JSON.parse(outcome.body) as Fields
  return result
}

export function requestTypeOf(operation: OperationName): string {
  return requestTypes[operation.split("-")[1] ?? ""] ?? ""
}

function callOf(asking: Asking, provider: string, form: Buffer | null): Call {
  const { operation, model, request = {}, requestType = requestTypeOf(operation) } = asking
  return {
    ...{ jobId: "job-1", attempt: 1, step: "start", state: null, requestId: "request-1", idempotencyKey: "job-1" },
    ...{
      requestType,
      provider,
      model,
      timeoutMs: 60_000,
      extras: {},
      isRepeatable: true,
      keyId: null,
      callerKey: null,
    },
    body: form === null ? JSON.stringify({ model: `${provider}/${model}`, ...request }) : null,
    form:
      form === null
        ? null
        : { contentType: `multipart/form-data; boundary=${BOUNDARY}`, bytes: form.length, edits: [] },
  }
}

function settingsOf(
  name: string,
  baseUrl: string,
  options: Record<string, string>,
  { extraHeaders = {}, prices = {} }: Asking,
): ProviderSettings {
  return {
    ...{
      name,
      baseUrl,
      authorization: { header: "authorization", prefix: "Bearer " },
      endpoints: {},
      optional: {},
      needsKey: false,
      keys: [],
      headers: extraHeaders,
    },
    ...{ timeoutMs: 60_000, maxRetries: 0, backoffInitialMs: 1, backoffMaxMs: 1, concurrency: 1, bufferSize: 1 },
    ...{ prices, pricedAs: null, options, meanings: findRow(name)?.meanings ?? {} },
  }
}

function contextOf(form: Buffer | null, pieceBytes: number): CallContext {
  return {
    fetch,
    clock: stopped,
    signal: new AbortController().signal,
    pieceAt: async (seq) => {
      const piece = form?.subarray(seq * pieceBytes, (seq + 1) * pieceBytes)
      return piece === undefined || piece.length === 0 ? null : new Uint8Array(piece)
    },
  }
}

/** With what the standard allows in front of a form and behind it. */
function bytesOf({ fields, files }: FormRequest): Buffer {
  const texts = fields.map(
    ([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  const parts = files.flatMap(({ name, fileName, type, bytes }) => [
    Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"; filename="${fileName}"\r\n`),
    Buffer.from(type === undefined ? "\r\n" : `Content-Type: ${type}\r\n\r\n`),
    bytes,
    Buffer.from("\r\n"),
  ])
  const [first = Buffer.alloc(0), ...rest] = [
    Buffer.from(texts[0] ?? ""),
    ...parts,
    Buffer.from(texts.slice(1).join("")),
  ]
  const form = Buffer.concat([
    Buffer.from("a preamble\r\n\r\nof two\r\n"),
    first,
    ...rest,
    Buffer.from(`--${BOUNDARY}--\r\nan epilogue`),
  ])
  const reader = new FormReader(`multipart/form-data; boundary=${BOUNDARY}`)
  reader.push(form)
  reader.end()
  return form
}
