// A receiver of webhooks in a process of its own: `/fast` answers at once, `/slow` after a second. `/report` says how many each has had
// since the last report, and when the last of them came.
interface Heard {
  count: number
  /** Epoch milliseconds; 0: none. */
  lastAt: number
}

const SLOW_MS = 1000

const none = (): Record<string, Heard> => ({ fast: { count: 0, lastAt: 0 }, slow: { count: 0, lastAt: 0 } })
let heard = none()

async function receive(request: Request, name: "fast" | "slow"): Promise<Response> {
  await request.arrayBuffer()
  const there = heard[name]
  if (there) {
    there.count++
    there.lastAt = Date.now()
  }
  if (name === "slow") await Bun.sleep(SLOW_MS)
  return new Response(null, { status: 204 })
}

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  idleTimeout: 0,
  routes: {
    "/fast": { POST: (request) => receive(request, "fast") },
    "/slow": { POST: (request) => receive(request, "slow") },
    "/count": () => Response.json(heard),
    "/report": () => {
      const response = Response.json(heard)
      heard = none()
      return response
    },
  },
})
process.stdout.write(`${JSON.stringify({ url: server.url.href.slice(0, -1) })}\n`)
