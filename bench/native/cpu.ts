// What a call costs in CPU time, of all threads of this process: through `perform`, and as a bare fetch of the same. The server
// is a process of its own. `bun bench/native/cpu.ts URL`, prints microseconds for each call.
import { systemClock } from "../../src/clock.ts"
import { perform } from "../../src/providers/perform.ts"
import { inLanes } from "../lanes.ts"
import { median } from "../spread.ts"
import { makeCall, mustBeAnswer, type Name, names, providersAt, readBody } from "./cases.ts"

/** A fetch whose answer is read and thrown away; `kept` may use a connection again, as no call of the program does. */
export type Kind = Name | "fetch" | "kept"

const CALLS = 1600
const CONCURRENCY = 16
const ROUNDS = 9

if (import.meta.main) process.stdout.write(`${JSON.stringify(await measure(process.argv[2] ?? ""))}\n`)

async function measure(url: string): Promise<Record<Kind, number>> {
  const kinds: Kind[] = ["fetch", "kept", ...names]
  const micros = Object.fromEntries(kinds.map((kind) => [kind, []])) as unknown as Record<Kind, number[]>
  const calls = Object.fromEntries(kinds.map((kind) => [kind, makeCaller(kind, url)]))
  for (let round = 0; round <= ROUNDS; round++) {
    // Each in turn is the first, so that no one always finds the caches as another has left them.
    const turn = round % kinds.length
    for (const kind of [...kinds.slice(turn), ...kinds.slice(0, turn)]) {
      const spent = await readCpu(calls[kind] ?? (() => Promise.resolve()))
      // The first round warms up: it imports and compiles.
      if (round > 0) micros[kind].push(spent / CALLS)
    }
  }
  return Object.fromEntries(kinds.map((kind) => [kind, median(micros[kind])])) as Record<Kind, number>
}

function makeCaller(kind: Kind, url: string): (number: number) => Promise<void> {
  if (kind === "fetch" || kind === "kept") {
    const body = readBody("openai")
    const headers = { "content-type": "application/json", authorization: "Bearer sk-1234" }
    const keepalive = kind === "kept"
    return async () => {
      const response = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body, keepalive })
      if (!response.ok) throw new Error(`answered ${response.status}`)
      await response.bytes()
    }
  }
  const provider = providersAt(url).find(({ name }) => name === kind)
  const world = { fetch, clock: systemClock, pieceAt: async () => null }
  return async (number) =>
    mustBeAnswer(kind, await perform(makeCall(kind, number), provider, world, new AbortController()))
}

/** Microseconds of CPU that so many calls took. */
async function readCpu(call: (number: number) => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await inLanes(CONCURRENCY, CALLS, call)
  const { user, system } = process.cpuUsage(before)
  return user + system
}
