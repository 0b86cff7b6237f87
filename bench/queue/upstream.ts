// A provider in a process of its own that writes down every call: `bun bench/queue/upstream.ts`. How it answers is in the address:
// `/hang` never, `/limited` after a moment, and with the key LIMITED_KEY as a provider with a rate limit.
import { chatAnswer, epochMs } from "../request.ts"

export type Manner = "hang" | "limited"

export interface CallRecord {
  requestId: string
  /** The key it came with; empty: none. */
  key: string
  arrivedAt: number
  /** When it was answered, or its connection closed; null: it is still out. */
  endedAt: number | null
  /** What it was answered; null: nothing. */
  status: number | null
}

/** The calls that have ended or come since the last report. */
export type Report = CallRecord[]

export const LIMITED_KEY = "key-a"
export const FREE_KEY = "key-b"
/** How many calls with the limited key are answered 200 in any such time. */
export const LIMIT = 20
export const WINDOW_MS = 1000
/** How long one more closes it, as its 429 says. */
export const CLOSED_SECONDS = 5
/** How long an answer takes with the key that has no limit. */
export const ANSWER_MS = 100

const answer = chatAnswer("ok")
/** When calls with the limited key were let through, of the last window. */
const letThrough: number[] = []
let closedUntil = 0
let out = 0
let records: CallRecord[] = []

if (import.meta.main) serve()

function serve(): void {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    reusePort: false,
    idleTimeout: 0,
    routes: {
      "/hang/v1/chat/completions": { POST: hang },
      "/limited/v1/chat/completions": { POST: limited },
      "/out": () => new Response(String(out)),
      "/report": () => {
        const response = Response.json(records satisfies Report)
        records = records.filter(({ endedAt }) => endedAt === null)
        return response
      },
    },
  })
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.port}` })}\n`)
}

function arrive(request: Request): CallRecord {
  const record: CallRecord = {
    requestId: request.headers.get("x-request-id") ?? "",
    key: request.headers.get("authorization")?.replace("Bearer ", "") ?? "",
    arrivedAt: epochMs(),
    endedAt: null,
    status: null,
  }
  out++
  records.push(record)
  return record
}

function end(record: CallRecord, status: number | null): void {
  out--
  record.endedAt = epochMs()
  record.status = status
}

function hang(request: Request): Promise<Response> {
  const record = arrive(request)
  request.signal.addEventListener("abort", () => end(record, null))
  return new Promise(() => {})
}

async function limited(request: Request): Promise<Response> {
  const record = arrive(request)
  if (record.key !== LIMITED_KEY) {
    await Bun.sleep(ANSWER_MS)
    end(record, 200)
    return new Response(answer)
  }
  const isRefused = !mayPass(record.arrivedAt)
  end(record, isRefused ? 429 : 200)
  const headers = {
    "x-ratelimit-limit-requests": String(LIMIT),
    "x-ratelimit-remaining-requests": String(isRefused ? 0 : LIMIT - letThrough.length),
    "x-ratelimit-reset-requests": `${WINDOW_MS / 1000}s`,
  }
  if (!isRefused) return new Response(answer, { headers })
  return Response.json(
    { error: { message: "Rate limit reached for requests", type: "requests", code: "rate_limit_exceeded" } },
    { status: 429, headers: { ...headers, "retry-after": String(CLOSED_SECONDS) } },
  )
}

function mayPass(now: number): boolean {
  while (letThrough[0] !== undefined && letThrough[0] <= now - WINDOW_MS) letThrough.shift()
  if (now >= closedUntil && letThrough.length < LIMIT) {
    letThrough.push(now)
    return true
  }
  if (now >= closedUntil) closedUntil = now + CLOSED_SECONDS * 1000
  return false
}
