// Prefer: wait. A client that asks for it is answered the moment its job has ended, or at its time, and never costs another anything.
import { afterEach, describe, expect, test } from "bun:test"
import { readdirSync } from "node:fs"
import { CHAT, chat, type Gateway, type Job, launch } from "../harness.ts"
import { completion, configFor, startUpstream, type Upstream } from "../upstream.ts"

let gateway: Gateway | undefined
let upstream: Upstream | undefined
afterEach(async () => {
  await gateway?.dispose()
  await upstream?.stop()
  gateway = undefined
  upstream = undefined
})

/** A gateway whose provider answers when `answer` is called, and not before. */
async function held(client: Record<string, unknown> = {}, over: Record<string, unknown> = {}) {
  const answer = Promise.withResolvers<void>()
  const there = startUpstream(async () => {
    await answer.promise
    return completion("at last")
  })
  upstream = there
  const started = await launch({ config: { client, ...configFor(there, {}, over) } })
  gateway = started
  return { gateway: started, upstream: there, answer: answer.resolve }
}

const wait = (seconds: number | string) => ({ prefer: `wait=${seconds}` })
const model = { model: "up/m" }

/** How far a promise has come, without waiting for it. */
function watched<T>(promise: Promise<T>) {
  const state = { isSettled: false, promise }
  promise.then(
    () => {
      state.isSettled = true
    },
    () => {
      state.isSettled = true
    },
  )
  return state
}

async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await (await (gateway as Gateway).fetch("/health")).text()
}

describe("a submit that prefers to wait", () => {
  test("is answered with 200 and the end of its job", async () => {
    const { gateway, upstream, answer } = await held()
    const submit = watched(gateway.submit(chat(model), wait(60)))
    await upstream.request(0)
    expect(submit.isSettled).toBe(false)
    answer()
    const response = await submit.promise
    const job = (await response.json()) as Job
    expect(response.status).toBe(200)
    expect(job).toMatchObject({ status: "completed", status_code: 200 })
    expect(job.result.choices[0].message.content).toBe("at last")
    expect(response.headers.get("preference-applied")).toBe("wait=60")
    expect(response.headers.get("location")).toBe(`${CHAT}/${job.id}`)
    expect(await (await gateway.poll(job.id)).json()).toEqual(job)
  })

  test("is answered with 202 when its time is over, and its job goes on", async () => {
    const { gateway, upstream, answer } = await held()
    const startedAt = performance.now()
    const response = await gateway.submit(chat(model), wait(1))
    const job = (await response.json()) as Job
    expect(performance.now() - startedAt).toBeGreaterThan(900)
    expect([response.status, job.status]).toEqual([202, "processing"])
    expect(Object.keys(job)).toEqual(["id", "request_id", "status", "created_at"])
    expect(response.headers.get("preference-applied")).toBe("wait=1")
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1)
    expect((await upstream.request(0)).signal.aborted).toBe(false)
    answer()
    expect((await gateway.end(job.id)).status).toBe("completed")
  })

  test("of 0 seconds is answered at once", async () => {
    const { gateway } = await held()
    const response = await gateway.submit(chat(model), wait(0))
    expect([response.status, response.headers.get("preference-applied")]).toEqual([202, "wait=0"])
  })

  test("is answered with 200 and the failure when its job fails", async () => {
    const { gateway, upstream } = await held()
    upstream.answer(() => Response.json({ error: { message: "no such model" } }, { status: 404 }))
    const response = await gateway.submit(chat(model), wait(60))
    expect([response.status, ((await response.json()) as Job).status_code]).toEqual([200, 404])
  })

  test("that is a replay waits for the end of the first job", async () => {
    const { gateway, upstream, answer } = await held()
    const key = { "idempotency-key": "once" }
    const first = watched(gateway.submit(chat(model), { ...key, ...wait(60) }))
    await upstream.request(0)
    const second = watched(gateway.submit(chat(model), { ...key, ...wait(60) }))
    await eventually(() => gateway.count("jobs") === 1)
    expect([first.isSettled, second.isSettled]).toEqual([false, false])
    answer()
    const [one, two] = [(await (await first.promise).json()) as Job, (await (await second.promise).json()) as Job]
    expect(two).toEqual(one)
    expect((await second.promise).headers.get("idempotent-replayed")).toBe("true")
    expect(upstream.received).toHaveLength(1)
  })
})

describe("a poll that prefers to wait", () => {
  test("is answered with 200 when its job ends", async () => {
    const { gateway, upstream, answer } = await held()
    const id = await gateway.accept(chat(model))
    const poll = watched(gateway.poll(id, wait(60)))
    const view = watched(gateway.fetch(`/v1/async/jobs/${id}`, { headers: wait(60) }))
    await upstream.request(0)
    expect([poll.isSettled, view.isSettled]).toEqual([false, false])
    answer()
    for (const waiting of [poll, view]) {
      const response = await waiting.promise
      expect([response.status, ((await response.json()) as Job).status]).toEqual([200, "completed"])
    }
  })

  test("is answered with 202 when its time is over", async () => {
    const { gateway } = await held()
    const id = await gateway.accept(chat(model))
    const startedAt = performance.now()
    const response = await gateway.poll(id, wait(1))
    expect(performance.now() - startedAt).toBeGreaterThan(900)
    expect([response.status, response.headers.get("preference-applied")]).toEqual([202, "wait=1"])
  })

  test("is answered at once where the job has ended before, and where there is none", async () => {
    const { gateway, answer } = await held()
    answer()
    const id = await gateway.accept(chat(model))
    expect((await gateway.end(id)).status).toBe("completed")
    expect((await gateway.poll(id, wait(120))).status).toBe(200)
    expect((await gateway.poll("00000000-0000-7000-8000-000000000000", wait(120))).status).toBe(404)
  })

  test("is answered when its job is cancelled, and when it is deleted", async () => {
    const { gateway, upstream } = await held()
    const ids = [await gateway.accept(chat(model)), await gateway.accept(chat(model))] as const
    await upstream.request(1)
    const polls = ids.map((id) => watched(gateway.poll(id, wait(120))))
    await gateway.fetch(`${CHAT}/${ids[0]}/cancel`, { method: "POST" })
    await gateway.fetch(`${CHAT}/${ids[1]}`, { method: "DELETE" })
    const answers = await Promise.all(polls.map(async ({ promise }) => (await promise).json() as Promise<Job>))
    expect(answers.map((job) => job.status_code)).toEqual([499, 404])
  })

  test("is answered after the retries, not between them", async () => {
    const { gateway, upstream } = await held()
    upstream.answer((_, index) => (index < 3 ? new Response("oh", { status: 500 }) : completion("at last")))
    const response = await gateway.submit(chat(model), wait(60))
    expect([response.status, ((await response.json()) as Job).status]).toEqual([200, "completed"])
    expect(upstream.received).toHaveLength(4)
  })

  test("is answered with 202 when the gateway is stopped, which it does not hold up", async () => {
    const { gateway, upstream } = await held({ shutdown_grace_in_seconds: 0 })
    const id = await gateway.accept(chat(model))
    await upstream.request(0)
    const poll = gateway.poll(id, wait(120))
    const submit = gateway.submit(chat(model), wait(120))
    // Both are held by then: they came before it.
    await upstream.request(1)
    expect(await gateway.stop("SIGTERM")).toBe(0)
    expect((await poll).status).toBe(202)
    expect((await submit).status).toBe(202)
  })
})

describe("a Prefer header", () => {
  test.each([
    ["respond-async, wait=0", "wait=0"],
    ["Wait=0", "wait=0"],
    ['wait="0"', "wait=0"],
    ["wait = 0", "wait=0"],
    ["handling=lenient", null],
    ["wait", null],
    ["wait=soon", null],
    ["wait=-1", null],
    ["await=5", null],
  ])("%s is read as %s", async (prefer, applied) => {
    const { gateway } = await held()
    const response = await gateway.submit(chat(model), { prefer })
    expect([response.status, response.headers.get("preference-applied")]).toEqual([202, applied])
  })
})

describe("a client that goes away while it waits", () => {
  test("costs its job nothing: the call goes on and the answer is kept", async () => {
    const { gateway, upstream, answer } = await held()
    const abort = new AbortController()
    const submit = fetch(gateway.url + CHAT, {
      method: "POST",
      headers: { "content-type": "application/json", ...wait(120) },
      body: JSON.stringify(chat(model)),
      signal: abort.signal,
    })
    const { signal } = await upstream.request(0)
    abort.abort()
    await expect(submit).rejects.toThrow()
    expect(signal.aborted).toBe(false)
    answer()
    await eventually(() => gateway.count("jobs", "state = 'succeeded'") === 1)
    expect(upstream.received).toHaveLength(1)
  })

  test("takes nothing from the others who wait for the same job", async () => {
    const { gateway, upstream, answer } = await held()
    const id = await gateway.accept(chat(model))
    await upstream.request(0)
    const clients = await crowd(gateway, Array<string>(100).fill(id))
    for (const client of clients.slice(0, 50)) client.leave()
    const late = watched(gateway.poll(id, wait(120)))
    expect(late.isSettled).toBe(false)
    answer()
    for (const client of clients.slice(50)) expect((await client.answer).status).toBe(200)
    expect((await late.promise).status).toBe(200)
  })

  test.skipIf(process.platform !== "linux")("leaves no connection open", async () => {
    const { gateway, upstream } = await held()
    const id = await gateway.accept(chat(model))
    await upstream.request(0)
    const open = () => readdirSync(`/proc/${gateway.pid}/fd`).length
    const before = open()
    const clients = await crowd(gateway, Array<string>(200).fill(id))
    // A few of its own come and go.
    expect(open()).toBeGreaterThan(before + 180)
    for (const client of clients) client.leave()
    await eventually(() => open() < before + 20)
  })
})

describe("1,000 clients at once", () => {
  test("who wait for one job are all answered with its end", async () => {
    const { gateway, upstream, answer } = await held()
    const id = await gateway.accept(chat(model))
    await upstream.request(0)
    const clients = await crowd(gateway, Array<string>(1000).fill(id))
    expect(clients.filter((client) => client.isAnswered())).toEqual([])
    expect((await gateway.fetch("/health")).status).toBe(200)
    answer()
    const answers = await Promise.all(clients.map((client) => client.answer))
    expect(new Set(answers.map((one) => one.status))).toEqual(new Set([200]))
    expect(answers.filter((one) => !(one.text.includes(id) && one.text.includes("at last")))).toEqual([])
  }, 240_000)

  test("who wait for a job each are all answered with their own", async () => {
    const { gateway, upstream, answer } = await held({}, { concurrency_and_buffer_size: { concurrency: 1000 } })
    const ids: string[] = []
    for (let n = 0; n < 1000; n += 100) {
      ids.push(...(await Promise.all(Array.from({ length: 100 }, () => gateway.accept(chat(model))))))
    }
    await upstream.request(999)
    const clients = await crowd(gateway, ids)
    expect(clients.filter((client) => client.isAnswered())).toEqual([])
    answer()
    const answers = await Promise.all(clients.map((client) => client.answer))
    expect(new Set(answers.map((one) => one.status))).toEqual(new Set([200]))
    expect(answers.map((one) => /"id":"([0-9a-f-]{36})"/.exec(one.text)?.[1])).toEqual(ids)
  }, 240_000)
})

interface Client {
  isAnswered(): boolean
  answer: Promise<{ status: number; text: string }>
  leave(): void
}

/** A waiting client for each id, over a plain connection of its own: fetch makes 256 at a time. */
async function crowd(gateway: Gateway, ids: string[]): Promise<Client[]> {
  const clients = await Promise.all(ids.map((id) => join(gateway, id)))
  // What was sent before this came in before it too: one thread reads them all.
  await (await gateway.fetch("/health")).text()
  return clients
}

async function join(gateway: Gateway, id: string): Promise<Client> {
  const { promise, resolve } = Promise.withResolvers<{ status: number; text: string }>()
  let text = ""
  let isAnswered = false
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(gateway.url).port),
    socket: {
      data: (_, bytes) => {
        text += bytes.toString()
        isAnswered = true
      },
      close: () => resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text }),
      error: () => {},
    },
  })
  socket.write(`GET ${CHAT}/${id} HTTP/1.1\r\nhost: 127.0.0.1\r\nprefer: wait=120\r\nconnection: close\r\n\r\n`)
  return { isAnswered: () => isAnswered, answer: promise, leave: () => socket.terminate() }
}
