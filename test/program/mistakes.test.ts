// What the operator can mend fails no job that was accepted: it waits, and whoever asks is told what for.
import { afterEach, expect, setDefaultTimeout, test } from "bun:test"
import { tempDir } from "../cleanup.ts"
import { type Gateway, type Job, launch } from "../harness.ts"
import { completion, startUpstream, type Upstream } from "../upstream.ts"

const KEY = "sk-configured-0b5d2e81c9f3a647"
const IMAGES = "/v1/async/images/generations"

setDefaultTimeout(240_000)

let gateway: Gateway | undefined
let upstream: Upstream | undefined

afterEach(async () => {
  await gateway?.dispose()
  await upstream?.stop()
})

function newHome(): string {
  const dir = tempDir()
  return dir
}

/** The process is killed, and starts again in its directory with other settings. */
async function restart(dir: string, config: object, env: Record<string, string> = {}): Promise<Gateway> {
  await gateway?.stop("SIGKILL")
  gateway = await launch({ dir, config, env })
  return gateway
}

async function view(id: string): Promise<Job> {
  const response = await gateway?.fetch(`/v1/async/jobs/${id}`)
  return await response?.json()
}

/** Why the job is queued, once it is. */
async function readReason(id: string): Promise<string> {
  for (;;) {
    const { queue } = await view(id)
    if (queue) return queue.reason
  }
}

/** The log's lines that warn of jobs that wait for the configuration. */
function warnings(): Job[] {
  const lines = (gateway?.log() ?? "").split("\n").filter((line) => line.includes("what the configuration lacks"))
  return lines.map((line) => JSON.parse(line))
}

test("jobs whose provider has lost its key wait for it, are told of at the start, and say what to set", async () => {
  const server = startUpstream(() => new Promise(() => {}))
  upstream = server
  const dir = newHome()
  const config = {
    providers: {
      openai: { network_config: { base_url: server.url }, concurrency_and_buffer_size: { concurrency: 1 } },
    },
  }
  const first = await restart(dir, config, { OPENAI_API_KEY: KEY })
  const body = { model: "openai/gpt-4o-mini", messages: [{ role: "user", content: "Hello" }] }
  // One is out when the process dies, the others are queued.
  const ids = [await first.accept(body), await first.accept(body), await first.accept(body)]
  await server.request(0)

  await restart(dir, config)
  const fix =
    "no keys found for provider: openai and model: gpt-4o-mini: set OPENAI_API_KEY, or add a key to providers.openai.keys in config.json"
  for (const id of ids) expect(await readReason(id)).toBe(fix)
  expect(warnings()).toMatchObject([{ level: "warn", provider: "openai", jobs: 3, lack: fix }])
  expect(server.received).toHaveLength(1)

  server.answer(() => completion())
  const third = await restart(dir, config, { OPENAI_API_KEY: KEY })
  for (const id of ids) expect((await third.end(id)).status).toBe("completed")
  expect(warnings()).toEqual([])
})

test("a job that asked for a key waits for that one, and none takes its place", async () => {
  const server = startUpstream(() => new Promise(() => {}))
  upstream = server
  const dir = newHome()
  const configWith = (...names: string[]) => ({
    providers: {
      up: {
        network_config: { base_url: server.url },
        concurrency_and_buffer_size: { concurrency: 1 },
        keys: names.map((name) => ({ name, value: `sk-configured-${name}` })),
      },
    },
  })
  const first = await restart(dir, configWith("main", "spare"))
  const body = { model: "up/m", messages: [{ role: "user", content: "Hello" }] }
  await first.accept(body, { "x-bf-api-key": "main" })
  await server.request(0)
  const pinned = await first.accept(body, { "x-bf-api-key": "spare" })
  server.answer(() => completion())

  const second = await restart(dir, configWith("main"))
  const other = await second.accept(body)
  await second.end(other)
  expect(await readReason(pinned)).toBe(
    'no keys found for provider: up and model: m with the id "spare", which the job asked for: add that key to providers.up.keys in config.json again',
  )
  const third = await restart(dir, configWith("main", "spare"))
  expect((await third.end(pinned)).status).toBe("completed")
  const keys = server.received.map(({ headers }) => headers["authorization"])
  expect(keys.at(-1)).toBe("Bearer sk-configured-spare")
})

test("a job that its provider works on is not given up because its key is gone, and is asked after when it is back", async () => {
  let isDone = false
  const prediction = () =>
    Response.json(
      {
        id: "p1",
        status: isDone ? "succeeded" : "processing",
        output: isDone ? ["https://replicate.delivery/p1.webp"] : null,
        error: null,
        urls: {},
      },
      { status: 201 },
    )
  const server = startUpstream(prediction)
  upstream = server
  const dir = newHome()
  const configWith = (keys: object[]) => ({
    providers: { replicate: { network_config: { base_url: server.url }, keys } },
  })
  const first = await restart(dir, configWith([{ name: "main", value: "r8-test" }]))
  const response = await first.fetch(IMAGES, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "replicate/black-forest-labs/flux-schnell", prompt: "A cat" }),
  })
  const { id } = (await response.json()) as Job
  // It has been asked after once: what it is called is stored.
  await server.request(1)

  await restart(dir, configWith([]))
  expect(warnings()).toMatchObject([{ provider: "replicate", jobs: 1 }])
  const job = await view(id)
  expect(job.status).toBe("processing")

  isDone = true
  const third = await restart(dir, configWith([{ name: "main", value: "r8-test" }]))
  const ended = await third.fetch(`${IMAGES}/${id}`, { headers: { prefer: "wait=60" } })
  expect(((await ended.json()) as Job).status).toBe("completed")
  expect(server.received.filter(({ method }) => method === "POST")).toHaveLength(1)
})

test("a provider that serves a job's request type no more spends no try of it, and says so", async () => {
  const server = startUpstream(() => new Promise(() => {}))
  upstream = server
  const dir = newHome()
  const configAs = (base_provider_type: string) => ({
    providers: {
      up: {
        network_config: { base_url: server.url },
        keys: [{ value: KEY }],
        custom_provider_config: { base_provider_type },
      },
    },
  })
  const first = await restart(dir, configAs("openai"))
  const response = await first.fetch(IMAGES, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "up/m", prompt: "A cat" }),
  })
  const { id } = (await response.json()) as Job
  await server.request(0)
  // Its call is out; groq has no images.
  await restart(dir, configAs("groq"))
  let job = await view(id)
  while (!job.queue?.reason.startsWith("image_generation")) job = await view(id)
  expect(job).toMatchObject({
    status: "processing",
    attempts: [{ outcome: "interrupted" }, { outcome: "misconfigured" }],
  })
  expect(job.queue.reason).toBe(
    "image_generation is not supported by up provider any more; it is tried again at runs_at",
  )
  expect(server.received).toHaveLength(1)
})
