// A job that the provider works on as one of its own is paid for once, whenever the gateway dies.
import { afterEach, expect, test } from "bun:test"
import { join } from "node:path"
import { rows } from "../../src/providers/registry.ts"
import { tempDir } from "../cleanup.ts"
import { type Gateway, type Job, launch } from "../harness.ts"
import { openDatabase } from "../opendatabase.ts"
import { below, createRandom, takeTurns } from "../random.ts"

const IMAGES = "/v1/async/images/generations"
const MODEL = "black-forest-labs/flux-schnell"
const ROUNDS = Number(process.env["ASYNCGATE_MEDIA_ROUNDS"] ?? 3)

interface Prediction {
  id: string
  prompt: string
  createdAt: number
  lifetimeMs: number
  polls: number
}

interface Replicate {
  url: string
  predictions: Prediction[]
  /** Resolves when so many predictions have been made. */
  made(count: number): Promise<void>
  stop(): Promise<void>
}

/**
 * Replicate as it is: no idempotency keys, and a list of predictions. It answers when the test lets it, at the earliest once
 * the prediction is made, so that a kill hits the time before the answer as well as the time behind it.
 */
function startReplicate(hasList: boolean, answer: () => Promise<unknown>): Replicate {
  const predictions: Prediction[] = []
  const waiting: { count: number; resolve: () => void }[] = []
  const shown = ({ id, prompt, createdAt, lifetimeMs, polls }: Prediction) => ({
    id,
    model: MODEL,
    version: "hidden",
    input: { prompt },
    status: polls > 0 ? "succeeded" : "processing",
    output: polls > 0 ? [`https://replicate.delivery/${id}.webp`] : null,
    error: null,
    data_removed: false,
    created_at: new Date(createdAt).toISOString(),
    deadline: new Date(createdAt + lifetimeMs).toISOString(),
    metrics: { predict_time: 1 },
  })
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { pathname } = new URL(request.url)
      if (request.method === "POST") {
        const { input } = (await request.json()) as { input: { prompt: string } }
        const lifetimeMs = Number.parseInt(request.headers.get("cancel-after") ?? "", 10) * 1000
        const id = `p${predictions.length}`
        const prediction = { id, prompt: input.prompt, createdAt: Date.now(), lifetimeMs, polls: 0 }
        predictions.push(prediction)
        for (const waiter of waiting.filter(({ count }) => count <= predictions.length)) waiter.resolve()
        await answer()
        return Response.json(shown(prediction), { status: 201 })
      }
      if (pathname === "/v1/predictions") {
        return Response.json({ next: null, results: hasList ? predictions.toReversed().map(shown) : [] })
      }
      const prediction = predictions.find(({ id }) => pathname === `/v1/predictions/${id}`)
      if (!prediction) return Response.json({ detail: "Not found" }, { status: 404 })
      prediction.polls++
      return Response.json(shown(prediction))
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}`,
    predictions,
    made: (count) =>
      predictions.length >= count ? Promise.resolve() : new Promise((resolve) => void waiting.push({ count, resolve })),
    stop: () => server.stop(true),
  }
}

let gateway: Gateway | undefined
let replicate: Replicate | undefined

afterEach(async () => {
  await gateway?.dispose()
  await replicate?.stop()
})

async function submit(running: Gateway, prompt: string): Promise<string> {
  const response = await running.fetch(IMAGES, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: `replicate/${MODEL}`, prompt }),
  })
  const job = (await response.json()) as Job
  if (response.status !== 202) throw new Error(`not accepted: ${JSON.stringify(job)}`)
  return job.id
}

async function end(running: Gateway, id: string): Promise<Job> {
  for (;;) {
    const response = await running.fetch(`${IMAGES}/${id}`)
    if (response.status === 200) return await response.json()
    await response.text()
  }
}

/** The jobs whose prediction's id is on disk. */
function storedJobs(dir: string): Set<string> {
  const database = openDatabase(join(dir, "asyncgate.db"), { readonly: true })
  const found = database.query<{ id: string }, []>("SELECT id FROM jobs WHERE provider_state IS NOT NULL").all()
  database.close()
  return new Set(found.map(({ id }) => id))
}

/** Dies at some moment between the first prediction's making and the first question after it, and starts again. */
async function killed(prompts: readonly string[], hasList: boolean, seed: number) {
  const random = createRandom(seed)
  const upstream = startReplicate(hasList, () => takeTurns(below(random, 400)))
  replicate = upstream
  const dir = tempDir()
  const network_config = { base_url: upstream.url }
  const first = await launch({
    dir,
    config: { providers: { replicate: { keys: [{ value: "r8-test" }], network_config } } },
  })
  gateway = first
  const ids = await Promise.all(prompts.map((prompt) => submit(first, prompt)))
  await upstream.made(1 + below(random, prompts.length))
  await takeTurns(below(random, 600))
  await first.stop("SIGKILL")
  const stored = storedJobs(dir)
  const second = await launch({ dir })
  gateway = second
  const jobs = await Promise.all(ids.map((id) => end(second, id)))
  await second.dispose()
  await upstream.stop()
  expect(jobs.map(({ status }) => status)).toEqual(prompts.map(() => "completed"))
  // Each has a prediction of its own, also where others ask for the same.
  expect(new Set(jobs.map(({ result }) => result.data[0].url)).size).toBe(prompts.length)
  return { made: upstream.predictions.map(({ prompt }) => prompt), isStored: ids.map((id) => stored.has(id)) }
}

const isThere = "replicate" in rows

test.skipIf(!isThere)(
  `${ROUNDS} kills between the making of predictions and the first question after them make none twice`,
  async () => {
    const prompts = ["A cat", "A cat", "A cat", "A dog"]
    for (let round = 0; round < ROUNDS; round++) {
      const { made } = await killed(prompts, true, round)
      expect(made.sort()).toEqual(prompts)
    }
  },
  20_000 + ROUNDS * 10_000,
)

test.skipIf(!isThere)(
  "a prediction whose id is stored is made once, one whose answer was lost once more, where the provider lists none",
  async () => {
    const prompts = ["1", "2", "3", "4"]
    const { made, isStored } = await killed(prompts, false, ROUNDS)
    for (const [at, prompt] of prompts.entries()) {
      const times = made.filter((one) => one === prompt).length
      expect(times).toBeGreaterThanOrEqual(1)
      expect(times).toBeLessThanOrEqual(isStored[at] ? 1 : 2)
    }
  },
  240_000,
)
