// The events of one job: what its reader hears, in which order, and where it goes on.
import { afterAll, describe, expect, test } from "bun:test"
import { afterTest } from "../cleanup.ts"
import { chat, type Gateway, type Job, launch, run, start } from "../harness.ts"
import { completion, configFor, startUpstream } from "../upstream.ts"

const upstream = startUpstream()
const config = configFor(upstream)
const gateway = await launch({ config })
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
})

const up = (over: object = {}) => chat({ model: "up/m", ...over })
const endless = chat({ mock: { hang: true } })

interface Heard {
  id: number
  type: string
  data: Job
}

/** Reads the events of a job. */
async function follow(from: Pick<Gateway, "fetch">, id: string, query = "", headers: Record<string, string> = {}) {
  const closing = new AbortController()
  afterTest(() => closing.abort())
  const response = await from.fetch(`/v1/async/jobs/${id}/events${query}`, { headers, signal: closing.signal })
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"])
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  let text = ""
  /** The next event; null: the stream has ended. */
  async function next(): Promise<Heard | null> {
    for (;;) {
      const end = text.indexOf("\n\n")
      if (end >= 0) {
        const fields = new Map(
          text
            .slice(0, end)
            .split("\n")
            .map((line) => line.split(/: (.*)/s, 2) as [string, string]),
        )
        text = text.slice(end + 2)
        if (fields.has("retry") || fields.get("event") === "heartbeat") continue
        return {
          id: Number(fields.get("id")),
          type: fields.get("event") ?? "",
          data: JSON.parse(fields.get("data") ?? "null"),
        }
      }
      const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }))
      if (done) return null
      text += decoder.decode(value, { stream: true })
    }
  }
  return {
    next,
    async rest(): Promise<Heard[]> {
      const heard: Heard[] = []
      for (let event = await next(); event !== null; event = await next()) heard.push(event)
      return heard
    },
  }
}

const names = (heard: readonly Heard[]) => heard.map(({ id, type }) => `${id} ${type}`)

describe("the events of a job", () => {
  test("are told as they happen, and end with its end", async () => {
    const wait = Promise.withResolvers<void>()
    upstream.answer(async () => {
      await wait.promise
      return completion()
    })
    const count = upstream.received.length
    const id = await gateway.accept(up())
    await upstream.request(count)
    const events = await follow(gateway, id)
    expect(await events.next()).toMatchObject({
      id: 1,
      type: "job.queued",
      data: { id, request_type: "chat_completion" },
    })
    expect(await events.next()).toMatchObject({
      id: 2,
      type: "job.started",
      data: { attempt: 1, provider: "up", model: "m" },
    })
    wait.resolve()
    const [end, ...none] = await events.rest()
    expect(end).toMatchObject({ id: 4, type: "job.completed", data: { id, status: "completed", error: null } })
    expect(none).toEqual([])
  })

  test("are the same afterwards, from any of them on, and none is left after the last", async () => {
    const first = upstream.received.length % 2
    upstream.answer((_, at) =>
      at % 2 === first ? Response.json({ error: { message: "no" } }, { status: 500 }) : completion(),
    )
    const id = await gateway.accept(up())
    await gateway.end(id)
    const all = await (await follow(gateway, id)).rest()
    expect(names(all)).toEqual(["1 job.queued", "2 job.started", "3 job.retrying", "4 job.started", "6 job.completed"])
    expect(all[2]?.data).toMatchObject({ attempt: 1, status_code: 500 })
    for (const [at, { id: seen }] of all.slice(0, -1).entries()) {
      expect(await (await follow(gateway, id, `?after=${seen}`)).rest()).toEqual(all.slice(at + 1))
      expect(await (await follow(gateway, id, "?after=0", { "last-event-id": `${seen}` })).rest()).toEqual(
        all.slice(at + 1),
      )
    }
    for (const after of [6, 1000]) {
      expect((await gateway.fetch(`/v1/async/jobs/${id}/events?after=${after}`)).status).toBe(204)
    }
  })

  test("tell why it has failed, and that it was cancelled", async () => {
    upstream.answer(() => Response.json({ error: { message: "not this" } }, { status: 400 }))
    const failed = await (await follow(gateway, await gateway.accept(up()))).rest()
    expect(names(failed)).toEqual(["1 job.queued", "2 job.started", "4 job.failed"])
    expect(failed.at(-1)?.data).toMatchObject({ status: "failed", status_code: 400, error: { message: "not this" } })
    const id = await gateway.accept(endless)
    const events = await follow(gateway, id)
    expect(await events.next()).toMatchObject({ type: "job.queued" })
    await gateway.fetch(`/v1/async/jobs/${id}/cancel`, { method: "POST" })
    const rest = await events.rest()
    expect(rest.at(-1)).toMatchObject({ type: "job.cancelled", data: { error: { code: "job_cancelled" } } })
    expect((await (await follow(gateway, id)).rest()).at(-1)).toEqual(rest.at(-1) as Heard)
  })

  test("end without an end where the job is deleted", async () => {
    const id = await gateway.accept(endless)
    const events = await follow(gateway, id)
    expect(await events.next()).toMatchObject({ type: "job.queued" })
    await gateway.fetch(`/v1/async/jobs/${id}`, { method: "DELETE" })
    expect((await events.rest()).filter(({ type }) => type !== "job.started")).toEqual([])
    expect((await gateway.fetch(`/v1/async/jobs/${id}/events`)).status).toBe(404)
  })

  test("of a streamed response in the background have what the model writes, and go on in the middle of it", async () => {
    const asked = {
      model: "mock/echo",
      input: "one two three",
      background: true,
      stream: true,
      mock: { times: 1, status: 503 },
    }
    const response = await gateway.fetch("/v1/responses", { method: "POST", body: JSON.stringify(asked) })
    const id = response.headers.get("x-job-id") ?? ""
    const read = async (query = "") => await (await gateway.fetch(`/v1/async/jobs/${id}/events${query}`)).text()
    const text = await read()
    const ids = [...text.matchAll(/^id: (.*)$/gm)].map(([, each = ""]) => each)
    expect(ids.slice(0, 5)).toEqual(["1", "2", "3", "4", "4.1"])
    expect(ids.at(-1)).toBe("6")
    expect(text).toContain(
      'id: 4.1\nevent: job.delta\ndata: {"attempt":2,"event":{"type":"response.output_item.added",',
    )
    const told = text.matchAll(/"type":"response.output_text.delta",.*"delta":"([^"]*)"/g)
    expect([...told].map(([, delta]) => delta).join("")).toEndWith("one two three")
    const events = text.split("\n\n").slice(1)
    for (const [at, each] of ids.slice(0, -1).entries()) {
      expect((await read(`?after=${each}`)).split("\n\n").slice(1)).toEqual(events.slice(at + 1))
    }
    expect((await gateway.fetch(`/v1/async/jobs/${id}/events?after=6`)).status).toBe(204)
  })

  test.each(["-1", "x", "1.5.2", "1."])("after %s are refused", async (after) => {
    const response = await gateway.fetch(`/v1/async/jobs/none/events?after=${after}`)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { param: "after" } })
  })

  test("go on after kill -9, where the reader was", async () => {
    const killed = await start({ config })
    const wait = Promise.withResolvers<void>()
    upstream.answer(async () => {
      await wait.promise
      return completion()
    })
    const count = upstream.received.length
    const id = await killed.accept(up())
    await upstream.request(count)
    const before = await follow(killed, id)
    const heard = [await before.next(), await before.next()]
    expect(heard.map((event) => event?.type)).toEqual(["job.queued", "job.started"])
    await killed.stop("SIGKILL")
    expect(await before.next()).toBeNull()
    wait.resolve()
    const again = await start({ dir: killed.dir, config })
    const rest = await (await follow(again, id, "", { "last-event-id": String(heard[1]?.id) })).rest()
    expect(rest.at(-1)?.type).toBe("job.completed")
    const ids = rest.map((event) => event.id)
    expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b))
    expect(ids[0]).toBeGreaterThan(heard[1]?.id ?? 0)
  })

  test("are those of the caller's own jobs alone", async () => {
    const shared = await start({ config })
    const make = async (name: string) => (await run(["vk", "create", name, "--app-dir", shared.dir])).stdout.trim()
    const [mine, theirs] = [{ "x-bf-vk": await make("mine") }, { "x-bf-vk": await make("theirs") }]
    const id = await shared.accept(endless, mine)
    expect((await shared.fetch(`/v1/async/jobs/${id}/events`, { headers: theirs })).status).toBe(404)
    const events = await follow(shared, id, "", mine)
    expect(await events.next()).toMatchObject({ type: "job.queued" })
  })
})
