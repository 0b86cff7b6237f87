// Asks a gateway for `/health` every few milliseconds, from a process of its own: `bun bench/hostile/watcher.ts URL`. GET /report answers with
// the Spread of milliseconds since the last one.
import { computeSpread } from "../spread.ts"

const EVERY_MS = 5

const target = process.argv[2] ?? ""
let samples: number[] = []

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  reusePort: false,
  idleTimeout: 0,
  fetch() {
    const spread = computeSpread(samples)
    samples = []
    return Response.json(spread)
  },
})
process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.port}` })}\n`)

for (;;) {
  const askedAt = performance.now()
  await (await fetch(`${target}/health`)).text()
  // While one answer is waited for, others would have been asked for: each of them would have waited for the rest of it.
  for (let ms = performance.now() - askedAt; ms > 0; ms -= EVERY_MS) samples.push(ms)
  await Bun.sleep(EVERY_MS)
}
