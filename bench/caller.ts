// The floor of a job end to end, in a process of its own: `bun bench/caller.ts URL CALLS CONNECTIONS` asks the upstream itself, so many
// at a time, twice, and prints how many calls a second the second time was.
import { inLanes } from "./lanes.ts"
import { chatRequest, epochMs } from "./request.ts"

const [url = "", calls, connections] = process.argv.slice(2)
const request = { method: "POST", headers: { "content-type": "application/json" }, body: chatRequest("any") }

const call = async () => {
  const response = await fetch(`${url}/v1/chat/completions`, request)
  await response.text()
  if (response.status !== 200) throw new Error(`the upstream answered ${response.status}`)
}
await inLanes(Number(connections), Number(calls), call)
const startedAt = epochMs()
await inLanes(Number(connections), Number(calls), call)
process.stdout.write(`${JSON.stringify({ perSecond: (Number(calls) * 1000) / (epochMs() - startedAt) })}\n`)
