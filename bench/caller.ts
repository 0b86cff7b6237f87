// Calls that wait for their answer, in a process of its own: `bun bench/caller.ts CALLS` makes them twice, so many at a time, and prints
// one CallReport of the second time.
import { inLanes } from "./lanes.ts"
import { epochMs } from "./request.ts"
import { computeSpread, type Spread } from "./spread.ts"

export interface Calls {
  url: string
  headers?: Record<string, string>
  body: string
  count: number
  connections: number
}

export interface CallReport {
  perSecond: number
  callMs: Spread
}

if (import.meta.main) {
  const calls = JSON.parse(process.argv[2] ?? "null") as Calls
  await make(calls)
  process.stdout.write(`${JSON.stringify(await make(calls))}\n`)
}

async function make({ url, headers = {}, body, count, connections }: Calls): Promise<CallReport> {
  const request = { method: "POST", headers: { "content-type": "application/json", ...headers }, body }
  const timesMs: number[] = []
  const startedAt = epochMs()
  await inLanes(connections, count, async () => {
    const sentAt = epochMs()
    const response = await fetch(url, request)
    const text = await response.text()
    if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${text}`)
    timesMs.push(epochMs() - sentAt)
  })
  return { perSecond: (count * 1000) / (epochMs() - startedAt), callMs: computeSpread(timesMs) }
}
