// A provider on loopback that keeps every byte of what reaches it, and answers each request type with the least that is a good answer.
import { types } from "./types.ts"

export interface Recorded {
  path: string
  headers: Record<string, string>
  bytes: Buffer
  /** Aborts when the caller closes the connection. */
  signal: AbortSignal
}

export interface Recorder {
  /** What belongs into `network_config.base_url`. */
  url: string
  received: Recorded[]
  /** The request that came last. */
  last(): Recorded
  /** The next request that is still to come. */
  next(): Promise<Recorded>
  /** Replaces the answer for the requests to come; null is the usual one. */
  answer(handler: ((request: Recorded) => Response | Promise<Response>) | null): void
  stop(): Promise<void>
}

const goodAnswers = Object.fromEntries(types.map(({ upstreamPath, upstreamAnswer }) => [upstreamPath, upstreamAnswer]))

export function startRecorder(): Recorder {
  const received: Recorded[] = []
  let waiting: ((request: Recorded) => void)[] = []
  let answer: (request: Recorded) => Response | Promise<Response> = usual
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const entry: Recorded = {
        path: new URL(request.url).pathname,
        headers: Object.fromEntries(request.headers),
        bytes: Buffer.from(await request.arrayBuffer()),
        signal: request.signal,
      }
      received.push(entry)
      for (const resolve of waiting.splice(0)) resolve(entry)
      waiting = []
      return answer(entry)
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}`,
    received,
    last() {
      const entry = received.at(-1)
      if (!entry) throw new Error("nothing has come yet")
      return entry
    },
    next: () => new Promise((resolve) => waiting.push(resolve)),
    answer(handler) {
      answer = handler ?? usual
    },
    stop: () => server.stop(true),
  }
}

function usual({ path }: Recorded): Response {
  return new Response(goodAnswers[path] ?? "{}", { headers: { "content-type": "application/json" } })
}

/** Never answers. */
export function silent(): Promise<Response> {
  return new Promise(() => {})
}
