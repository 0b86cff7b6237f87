// Whatever ends the process, every accepted job reaches a stored end after the next start.
import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test"
import { tempDir } from "../cleanup.ts"
import { chat, type Gateway, type Job, launch } from "../harness.ts"
import { below, createRandom } from "../random.ts"
import { completion, configFor, type Received, startUpstream, type Upstream } from "../upstream.ts"
import { DONE, delta, streamOf } from "./events.ts"

setDefaultTimeout(240_000)

let gateway: Gateway | undefined
let upstream: Upstream | undefined

afterEach(async () => {
  await gateway?.dispose()
  await upstream?.stop()
})

test("a job whose call was cut off by kill -9 is taken up again and answered", async () => {
  const dir = tempDir()
  upstream = startUpstream((_, index) =>
    index === 0 ? new Promise<Response>(() => {}) : completion("after the crash"),
  )
  gateway = await launch({ dir, config: configFor(upstream) })
  const id = await gateway.accept(chat({ model: "up/m" }))
  await upstream.request(0)
  await gateway.stop("SIGKILL")
  gateway = await launch({ dir })
  expect(gateway.facts.recovered).toBe(1)
  const job = await gateway.end(id)
  expect(job.status).toBe("completed")
  expect(job.result.choices[0].message.content).toBe("after the crash")
  expect(upstream.received).toHaveLength(2)
})

describe("a stream that kill -9 cuts off in its middle", () => {
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
  const writeChunk = (chunk: object) =>
    `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", ...chunk })}\n\n`
  const beginning = [delta({ role: "assistant", content: "" }), delta({ content: "Hel" })]
  const rest = [delta({ content: "lo" }), delta({}, "stop"), writeChunk({ choices: [], usage }), DONE]
  const isAsked = ({ body }: Received) => {
    const { stream, stream_options: options } = JSON.parse(body) as Job
    return stream === true && options?.include_usage === true
  }
  /** Says how much it has used only where it is asked for it, as OpenAI. */
  const answer = (request: Received, ...end: (string | null)[]) =>
    streamOf(...beginning, ...(isAsked(request) ? end : end.filter((piece) => !piece?.includes("usage"))))

  /** Kills the gateway when the beginning has come, and starts it again; the job once it has ended. */
  async function cutOff(dir: string): Promise<Job> {
    const body = JSON.stringify({ ...chat({ model: "up/m" }), stream: true })
    const headers = { "content-type": "application/json" }
    const response = await gateway?.fetch("/v1/chat/completions", { method: "POST", headers, body })
    await response?.body?.getReader().read()
    await gateway?.stop("SIGKILL")
    gateway = await launch({ dir })
    return await gateway.end(response?.headers.get("x-job-id") ?? "")
  }

  test("is asked for again as a stream, and stored as if nothing had cut it off", async () => {
    const dir = tempDir()
    upstream = startUpstream((request, index) => answer(request, ...(index === 1 ? [null] : rest)))
    gateway = await launch({ dir, config: configFor(upstream) })
    const body = JSON.stringify({ ...chat({ model: "up/m" }), stream: true })
    const headers = { "content-type": "application/json" }
    const whole = await gateway.fetch("/v1/chat/completions", { method: "POST", headers, body })
    expect(await whole.text()).toEndWith(DONE)
    const { result: wanted } = await gateway.end(whole.headers.get("x-job-id") ?? "")
    const { result } = await cutOff(dir)
    expect(wanted).toMatchObject({ choices: [{ message: { content: "Hello" } }], usage })
    const omitTime = (value: Job) => JSON.stringify(value).replace(/"latency":\d+/, "")
    expect(omitTime(result)).toBe(omitTime(wanted))
    expect(upstream.received).toHaveLength(3)
  })

  test("is no success when the call after the restart breaks off before its end", async () => {
    const dir = tempDir()
    upstream = startUpstream((request, index) => answer(request, ...(index === 0 ? [null] : [])))
    gateway = await launch({ dir, config: configFor(upstream) })
    const job = await cutOff(dir)
    expect([job.status, job.error?.error.message]).toEqual(["failed", expect.stringContaining("broke off")])
  })
})

test("twenty kills under load lose no accepted job and leave none stuck", async () => {
  const dir = tempDir()
  const random = createRandom(20)
  // Each call is out until others have come after it, so that every kill finds some.
  const held: (() => void)[] = []
  let isLast = false
  upstream = startUpstream(async () => {
    if (!isLast) {
      await new Promise<void>((resolve) => {
        held.push(resolve)
        if (held.length > 12) held.shift()?.()
      })
    }
    return completion()
  })
  const config = configFor(upstream, { max_retries: 20 })
  const accepted = new Set<string>()
  for (let round = 0; round < 20; round++) {
    const running = await launch({ dir, config })
    gateway = running
    // Each round dies after a number of acknowledgements that nothing else in it depends on.
    const goal = accepted.size + 20 + below(random, 200)
    let isDead = false
    const client = async () => {
      while (!isDead) {
        const id = await running.accept(chat({ model: "up/m" })).catch(() => null)
        if (id === null) return
        accepted.add(id)
        if (accepted.size >= goal && !isDead) {
          isDead = true
          running.process.kill("SIGKILL")
        }
      }
    }
    await Promise.all(Array.from({ length: 16 }, client))
    await running.stop("SIGKILL")
  }
  isLast = true
  for (const answer of held.splice(0)) answer()
  const last = await launch({ dir, config })
  gateway = last
  const ends = await Promise.all([...accepted].map((id) => last.end(id)))
  expect(accepted.size).toBeGreaterThan(20 * 20)
  expect(ends.filter((job) => job.status !== "completed")).toEqual([])
  // A kill between commit and 202 leaves jobs that no client knows of: they end too.
  while (last.count("jobs", "state NOT IN ('succeeded', 'failed')") > 0) await last.fetch("/health")
}, 240_000)

describe("a stop in good order", () => {
  test("lets the call under way finish, refuses new jobs, still answers polls, and exits 0", async () => {
    const answer = Promise.withResolvers<Response>()
    upstream = startUpstream(() => answer.promise)
    const dir = tempDir()
    const running = await launch({ dir, config: configFor(upstream) })
    gateway = running
    const id = await running.accept(chat({ model: "up/m" }))
    await upstream.request(0)
    running.process.kill("SIGTERM")
    let response = await running.submit(chat())
    while (response.status === 202) response = await running.submit(chat())
    expect(response.status).toBe(503)
    expect(response.headers.get("retry-after")).toMatch(/^\d+$/)
    expect(((await response.json()) as { error: { code: string } }).error.code).toBe("shutting_down")
    expect((await running.poll(id)).status).toBe(202)
    answer.resolve(completion("just in time"))
    await running.process.exited
    expect(running.process.exitCode).toBe(0)
    gateway = await launch({ dir })
    expect(gateway.facts).toMatchObject({ recovered: 0 })
    expect((await gateway.end(id)).result.choices[0].message.content).toBe("just in time")
    expect(upstream.received).toHaveLength(1)
  })

  test("puts back what does not finish in time, closes its connection, and the next start calls again", async () => {
    upstream = startUpstream((_, index) => (index === 0 ? new Promise<Response>(() => {}) : completion()))
    const dir = tempDir()
    const config = { ...configFor(upstream), client: { shutdown_grace_in_seconds: 0 } }
    gateway = await launch({ dir, config })
    const id = await gateway.accept(chat({ model: "up/m" }))
    const { signal } = await upstream.request(0)
    expect(await gateway.stop()).toBe(0)
    expect(signal.aborted).toBe(true)
    expect(gateway.count("jobs", "state = 'queued' AND attempt = 1 AND failures = 0")).toBe(1)
    gateway = await launch({ dir })
    expect((await gateway.end(id)).status).toBe("completed")
  })

  test("ends at once at the second signal, and the job is not lost", async () => {
    upstream = startUpstream((_, index) => (index === 0 ? new Promise<Response>(() => {}) : completion()))
    const dir = tempDir()
    const running = await launch({ dir, config: configFor(upstream) })
    gateway = running
    const id = await running.accept(chat({ model: "up/m" }))
    await upstream.request(0)
    running.process.kill("SIGINT")
    while (!running.log().includes("stopping")) await running.fetch("/health")
    running.process.kill("SIGINT")
    await running.process.exited
    expect(running.process.exitCode).toBe(1)
    gateway = await launch({ dir })
    expect((await gateway.end(id)).status).toBe("completed")
  })
})
