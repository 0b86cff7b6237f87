// Looks in now and then: `bun bench/probe.ts URL PER_SECOND SECONDS` sends a GET at that rate and prints the Spread of milliseconds
// until each answer was read.
import { atPace } from "./pacer.ts"
import { epochMs } from "./request.ts"
import { computeSpread } from "./spread.ts"

const [url = "", perSecond, seconds] = process.argv.slice(2)
const timesMs: number[] = []

const look = async () => {
  const sentAt = epochMs()
  const response = await fetch(url)
  await response.bytes()
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`)
  timesMs.push(epochMs() - sentAt)
}
// The first ones connect and compile.
await atPace(Number(perSecond) / 2, Number(perSecond), look)
timesMs.length = 0
await atPace(Number(perSecond) * Number(seconds), Number(perSecond), look)
process.stdout.write(`${JSON.stringify(computeSpread(timesMs))}\n`)
