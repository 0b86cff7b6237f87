// A fake provider on loopback that records what reaches it, and what it takes to play a call to its end as the engine would.
import type { Call, Outcome } from "../../../src/call.ts"
import type { Clock } from "../../../src/clock.ts"
import type { Adapter } from "../../../src/providers/adapter.ts"
import type { ProviderSettings } from "../../../src/providers/provider.ts"
import { NOON, newJob } from "../../factory.ts"
import { outcomeOf } from "../outcomeof.ts"

export const KEY = "key-1234"

export interface Request {
  method: string
  /** With its query. */
  path: string
  headers: Record<string, string>
  bytes: Buffer
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever was sent
  json: any
}

type Answer = (request: Request) => Response | Promise<Response>

export interface Stage {
  url: string
  received: Request[]
  /** What was asked, as `METHOD /path`. */
  asked(): string[]
  /** Epoch milliseconds; what the adapter takes for the time. */
  now: number
  /** The answer to a question, from now on; a list is gone through, and its last stays. */
  on(question: string, ...answers: (unknown | Answer)[]): void
  call(over?: Partial<Call>): Call
  start(adapter: Adapter, over?: Partial<Call>): Promise<Outcome>
  resume(adapter: Adapter, state: string, over?: Partial<Call>): Promise<Outcome>
  cancel(adapter: Adapter, state: string): Promise<Outcome>
  /** Starts, and asks again until it is no longer pending. */
  play(adapter: Adapter, over?: Partial<Call>): Promise<Outcome>
  stop(): Promise<void>
}

/** @param prefix what stands in front of the provider's paths */
export function openStage(prefix: string, over: Partial<Call>, settings: Partial<ProviderSettings> = {}): Stage {
  const received: Request[] = []
  const answers = new Map<string, (unknown | Answer)[]>()
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      const bytes = Buffer.from(await request.arrayBuffer())
      const headers = Object.fromEntries(request.headers)
      const isJson = headers["content-type"] === "application/json"
      const json = isJson ? JSON.parse(bytes.toString()) : null
      const entry = { method: request.method, path: pathname.slice(prefix.length) + search, headers, bytes, json }
      received.push(entry)
      const list = answers.get(`${entry.method} ${pathname.slice(prefix.length)}`)
      if (!list) return Response.json({ detail: `nothing at ${request.method} ${pathname}` }, { status: 404 })
      const answer = list.length > 1 ? list.shift() : list[0]
      if (typeof answer === "function") return await answer(entry)
      return answer instanceof Response ? answer.clone() : Response.json(answer)
    },
  })
  const url = `http://127.0.0.1:${server.port}${prefix}`
  const provider = { ...newProvider(url), ...settings }
  const clock = { now: () => stage.now, wall: () => stage.now, after: () => () => {} } as unknown as Clock
  const body = (given: Partial<Call>) => given.form === undefined && given.body === undefined
  const perform = (step: Call["step"], adapter: Adapter, given: Partial<Call>) => {
    const call = stage.call({ ...given, step })
    const context = { fetch, clock, signal: new AbortController().signal, pieceAt: piecesOf(given) }
    return outcomeOf(adapter[step]?.({ call, provider, key: KEY, context }) ?? Promise.reject(new Error(`no ${step}`)))
  }
  const stage: Stage = {
    url,
    received,
    now: NOON,
    asked: () => received.map(({ method, path }) => `${method} ${path}`),
    on: (question, ...list) => void answers.set(question, list),
    call: (given = {}) => ({ ...baseCall(), ...over, ...(body(given) ? {} : { body: null }), ...given }),
    start: (adapter, given = {}) => perform("start", adapter, given),
    resume: (adapter, state, given = {}) => perform("resume", adapter, { ...given, state }),
    cancel: (adapter, state) => perform("cancel", adapter, { state, body: "{}" }),
    async play(adapter, given = {}) {
      let outcome = await stage.start(adapter, given)
      for (let turn = 0; outcome.kind === "pending" && turn < 20; turn++) {
        stage.now += outcome.afterMs
        outcome = await stage.resume(adapter, outcome.state, given)
      }
      return outcome
    },
    stop: () => server.stop(true),
  }
  return stage
}

function baseCall(): Call {
  return {
    jobId: newJob().id,
    attempt: 1,
    step: "start",
    state: null,
    requestId: "request-1",
    idempotencyKey: "job-1",
    requestType: "image_generation",
    provider: "up",
    model: "m",
    timeoutMs: 60_000,
    body: null,
    form: null,
    extras: {},
    isRepeatable: true,
    keyId: "env",
    callerKey: null,
  }
}

function newProvider(baseUrl: string): ProviderSettings {
  const authorization = { header: "authorization", prefix: "Bearer " }
  return {
    name: "up",
    baseUrl,
    authorization,
    endpoints: {},
    headers: {},
    prices: {},
    pricedAs: null,
  } as unknown as ProviderSettings
}

/** A form as it is stored: its media type, and its bytes in pieces that cut through everything. */
export async function formOf(parts: [name: string, value: string | File][]): Promise<Partial<Call>> {
  const data = new FormData()
  for (const [name, value] of parts) data.append(name, value)
  const response = new Response(data)
  // Gone once the bytes are read.
  const contentType = response.headers.get("content-type") ?? ""
  const bytes = Buffer.from(await response.arrayBuffer())
  return { body: null, form: { contentType, bytes: bytes.length, edits: [], stored: bytes } as unknown as Call["form"] }
}

/** The form that a request carries. */
export async function formIn(request: Request | undefined) {
  const headers = { "content-type": request?.headers["content-type"] ?? "" }
  return await new Response(new Uint8Array(request?.bytes ?? []), { headers }).formData()
}

function piecesOf({ form }: Partial<Call>): (seq: number) => Promise<Uint8Array<ArrayBuffer> | null> {
  const { stored } = (form ?? {}) as { stored?: Buffer }
  const size = 50
  return async (seq) =>
    stored === undefined || seq * size >= stored.length
      ? null
      : new Uint8Array(stored.subarray(seq * size, (seq + 1) * size))
}

/** What a call that was to be refused was refused with. */
export function refusalIn(outcome: Outcome) {
  if (outcome.kind !== "refused") throw new Error(`not refused: ${JSON.stringify(outcome)}`)
  const { status, refusal, isEnd = false, retryAfterMs } = outcome
  return { status, ...refusal, isEnd, retryAfterMs }
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever was answered
export function resultIn(outcome: Outcome): any {
  if (outcome.kind !== "answered") throw new Error(`not answered: ${JSON.stringify(outcome)}`)
  return JSON.parse(outcome.body)
}

export function pendingIn(outcome: Outcome) {
  if (outcome.kind !== "pending") throw new Error(`not pending: ${JSON.stringify(outcome)}`)
  return outcome
}
