// Readers of streams, in a process of their own: `bun bench/listener.ts STREAMS` reads so many at the same time, twice, and prints one
// StreamReport of the second time.
import { epochMs } from "./request.ts"
import { computeSpread, type Spread } from "./spread.ts"

export interface Streams {
  url: string
  headers?: Record<string, string>
  body: string
  count: number
  /** They begin one after the other, over so many ms. Absent: all at once. */
  overMs?: number
}

export interface StreamReport {
  /** From the request to the first piece with content. */
  firstMs: Spread
  /** From the moment a piece left the upstream to its arrival. */
  delayMs: Spread
}

if (import.meta.main) {
  const streams = JSON.parse(process.argv[2] ?? "null") as Streams
  await read({ ...streams, count: Math.min(10, streams.count) })
  process.stdout.write(`${JSON.stringify(await read(streams))}\n`)
}

async function read({ url, headers = {}, body, count, overMs = 0 }: Streams): Promise<StreamReport> {
  const request = { method: "POST", headers: { "content-type": "application/json", ...headers }, body }
  const firstMs: number[] = []
  const delaysMs: number[] = []
  await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      if (overMs > 0) await Bun.sleep((n / count) * overMs)
      const sentAt = epochMs()
      const response = await fetch(url, request)
      if (response.status !== 200 || !response.body)
        throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
      const text = new TextDecoder()
      let rest = ""
      let isFirst = true
      for await (const chunk of response.body) {
        const arrivedAt = epochMs()
        rest += text.decode(chunk, { stream: true })
        const events = rest.split("\n\n")
        rest = events.pop() ?? ""
        for (const event of events) {
          const leftAt = Number(/"(?:content|delta)":"(\d+\.\d+)/.exec(event)?.[1])
          if (Number.isNaN(leftAt)) continue
          if (isFirst) firstMs.push(arrivedAt - sentAt)
          isFirst = false
          delaysMs.push(arrivedAt - leftAt)
        }
      }
    }),
  )
  return { firstMs: computeSpread(firstMs), delayMs: computeSpread(delaysMs) }
}
