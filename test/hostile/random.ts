// bun test/hostile/random.ts --count 5000 --seed 1: random requests against the program. Says which of them was answered with 5xx
// or not at all, and how to send it again: its seed and its number.
import { parseArgs } from "node:util"
import { type Gateway, launch } from "../harness.ts"
import { createNoise, type Noise, seeded } from "./noise.ts"

/** How long an answer may take, of which none is to be waited for. */
const ANSWER_MS_MAX = 15_000
const HEALTH_EVERY = 25

export interface Found {
  number: number
  what: string
  noise: Noise
}

export interface Outcome {
  found: Found[]
  /** status -> how often */
  statuses: Record<string, number>
}

/** Sends so many random requests, several at a time. */
export async function sendNoise(gateway: Gateway, count: number, seed: number): Promise<Outcome> {
  const document = await (await gateway.fetch("/docs/json")).json()
  const jobs: string[] = []
  const next = createNoise(document, seeded(seed), jobs)
  const found: Found[] = []
  const statuses: Record<string, number> = {}
  let number = 0
  const worker = async () => {
    while (number < count) {
      const own = number++
      const noise = next()
      const what = await outcomeOf(gateway, noise, jobs)
      statuses[what] = (statuses[what] ?? 0) + 1
      if (!/^[234]\d\d$/.test(what)) found.push({ number: own, what, noise })
      if (own % HEALTH_EVERY === 0 && (await outcomeOf(gateway, health)) !== "200")
        found.push({ number: own, what: "health did not answer", noise: health })
    }
  }
  await Promise.all(Array.from({ length: 4 }, worker))
  return { found, statuses }
}

const health: Noise = { method: "GET", path: "/health", headers: {}, body: null }

async function outcomeOf(
  gateway: Gateway,
  { method, path, headers, body }: Noise,
  jobs: string[] = [],
): Promise<string> {
  try {
    const response = await gateway.fetch(path, {
      method,
      headers,
      redirect: "manual",
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
      ...(body === null ? {} : { body: body as RequestInit["body"] }),
    })
    const text = await response.text()
    const id = response.status === 202 ? /"id":"([^"]+)"/.exec(text)?.[1] : undefined
    if (id !== undefined) jobs.push(id)
    return String(response.status)
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { count: { type: "string" }, seed: { type: "string" } } })
  const count = Number(values.count ?? 5000)
  const seed = Number(values.seed ?? 1)
  const gateway = await launch()
  const startedAt = performance.now()
  const { found, statuses } = await sendNoise(gateway, count, seed)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const log = gateway.log()
  await gateway.dispose()
  process.stdout.write(`${count} requests of seed ${seed} in ${seconds} s: ${JSON.stringify(statuses)}\n`)
  for (const { number, what, noise } of found) {
    const body = noise.body === null ? "" : JSON.stringify(Buffer.from(noise.body).toString("latin1").slice(0, 2000))
    process.stdout.write(
      `${number}: ${what}\n  ${noise.method} ${noise.path}\n  ${JSON.stringify(noise.headers)}\n  ${body}\n`,
    )
  }
  if (log !== "") process.stdout.write(`log:\n${log.slice(0, 5000)}\n`)
  process.exit(found.length === 0 ? 0 : 1)
}
