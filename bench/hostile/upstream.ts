// A provider that does what no provider should, in a process of its own: `bun bench/hostile/upstream.ts`. What stands first in a path says how
// it behaves; GET /report counts the calls by it, POST /open lets the held ones go.
import { chatAnswer, makeChatAnswer } from "../request.ts"

/** Calls since the start, by behaviour. */
export type Calls = Record<string, number>

const MB = 1_000_000
export const ANSWER_MB = 60
export const ERROR_MB = 50

const headers = { "content-type": "application/json" }
const calls: Calls = {}
const small = chatAnswer("yes")
const large = new TextEncoder().encode(makeChatAnswer(ANSWER_MB * MB))
const error = new TextEncoder().encode(JSON.stringify({ error: { message: "no ".repeat((ERROR_MB * MB) / 3) } }))
let gate = Promise.withResolvers<void>()

const behaviours: Record<string, () => Response | Promise<Response>> = {
  instant: () => new Response(small, { headers }),
  limited: () =>
    new Response(`{"error":{"message":"slow down"}}`, { status: 429, headers: { ...headers, "retry-after-ms": "1" } }),
  held: () => gate.promise.then(() => new Response(small, { headers })),
  large: () => gate.promise.then(() => new Response(large, { headers })),
  wordy: () => new Response(error, { status: 400, headers }),
}

if (import.meta.main) {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    reusePort: false,
    idleTimeout: 0,
    maxRequestBodySize: 1000 * MB,
    async fetch(request) {
      const [, name = ""] = new URL(request.url).pathname.split("/")
      if (name === "report") return Response.json(calls)
      if (name === "open") gate.resolve()
      if (name === "close") gate = Promise.withResolvers()
      const behave = behaviours[name]
      if (behave === undefined) return new Response()
      calls[name] = (calls[name] ?? 0) + 1
      await request.bytes()
      return await behave()
    },
  })
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.port}` })}\n`)
}
