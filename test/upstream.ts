// A real server on loopback that plays the provider: it records what reaches it and answers as a test tells it.
import type { Server } from "bun"

export interface Received {
  method: string
  path: string
  /** With its question mark, or empty. */
  search: string
  headers: Record<string, string>
  body: string
  at: number
  /** Aborts when the caller closes the connection. */
  signal: AbortSignal
}

export interface Upstream {
  /** What belongs into `network_config.base_url`. */
  url: string
  received: Received[]
  /** Resolves with the next request that arrives after the call, or the n-th of all if it is there already. */
  request(index: number): Promise<Received>
  /** Replaces the answer for the requests to come. */
  answer(handler: Handler): void
  stop(): Promise<void>
}

export type Handler = (request: Received, index: number) => Response | Promise<Response>

/** A chat completion as OpenAI documents it. */
export function completion(content = "Hi", over: Record<string, unknown> = {}): Response {
  return Response.json({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_700_000_000,
    model: "m-2026",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    ...over,
  })
}

export function startUpstream(handler: Handler = () => completion()): Upstream {
  const received: Received[] = []
  const waiting: { index: number; resolve: (request: Received) => void }[] = []
  let current = handler
  const server: Server<undefined> = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const entry: Received = {
        method: request.method,
        path: new URL(request.url).pathname,
        search: new URL(request.url).search,
        headers: Object.fromEntries(request.headers),
        body: await request.text(),
        at: Date.now(),
        signal: request.signal,
      }
      const index = received.push(entry) - 1
      for (const waiter of waiting.filter((candidate) => candidate.index === index)) waiter.resolve(entry)
      return await current(entry, index)
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}`,
    received,
    request(index) {
      const there = received[index]
      return there ? Promise.resolve(there) : new Promise((resolve) => waiting.push({ index, resolve }))
    },
    answer(next) {
      current = next
    },
    stop: () => server.stop(true),
  }
}

/** Resolves when the caller has closed the connection of this request. */
export function closed({ signal }: { signal: AbortSignal }): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener("abort", () => resolve(), { once: true })
  })
}

/** Configuration of a custom provider `up` that stands at the upstream's address, with retries that do not keep a test waiting. */
export function configFor(
  upstream: { url: string },
  network: Record<string, unknown> = {},
  over: Record<string, unknown> = {},
) {
  return {
    providers: {
      up: {
        network_config: { base_url: upstream.url, retry_backoff_initial: 1, retry_backoff_max: 5, ...network },
        ...over,
      },
    },
  }
}
