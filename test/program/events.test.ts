// The stream of changes: what each reader is told, and what it is not told.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterTest } from "../cleanup.ts"
import { chat, type Gateway, type Job, launch, run } from "../harness.ts"
import { completion, configFor, startUpstream } from "../upstream.ts"
import { openWire, virtualKeys, type Wire } from "../wire/gateway.ts"

type Headers = Record<string, string>

const EVENTS = "/v1/async/events"
const keyA = { "x-bf-vk": virtualKeys.a }
const keyB = { "x-bf-vk": virtualKeys.b }
const hanging = { mock: { hang: true } }

/** Opens a stream, and waits for its first event: from then on no change is missed. */
async function follow(from: Pick<Gateway, "fetch">, query = "", headers: Headers = {}) {
  const closing = new AbortController()
  afterTest(() => closing.abort())
  const response = await from.fetch(EVENTS + query, { headers, signal: closing.signal })
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"])
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  let text = ""

  /** The data of the next event; null: the stream has ended. */
  async function next(): Promise<Job | null> {
    for (;;) {
      const end = text.indexOf("\n\n")
      if (end >= 0) {
        const [event = "", data = ""] = text.slice(0, end).split("\n")
        text = text.slice(end + 2)
        if (event === ": heartbeat") continue
        expect(event).toBe("event: change")
        return JSON.parse(data.replace(/^data: /, ""))
      }
      const { done, value } = await reader.read()
      if (done) return null
      text += decoder.decode(value, { stream: true })
    }
  }

  return {
    first: (await next()) as Job,
    next,
    /** The states that are told of each job, until one is told in this state. */
    async until(id: string, state: string): Promise<Record<string, string[]>> {
      const told: Record<string, string[]> = {}
      for (;;) {
        const event = await next()
        if (event === null) throw new Error(`the stream ended before ${id} was ${state}`)
        for (const change of event.changed) told[change.id] = [...(told[change.id] ?? []), change.state]
        if (told[id]?.at(-1) === state) return told
      }
    },
    close: () => closing.abort(),
  }
}

describe("with virtual keys", () => {
  let shared: Wire
  let admin: Headers
  beforeAll(async () => {
    shared = await openWire()
    admin = { authorization: `Bearer ${await shared.own.adminToken()}` }
  })
  afterAll(() => shared.dispose())

  test("a reader is told of its own jobs alone, and the admin of all with the counts", async () => {
    const [a, b, all] = [
      await follow(shared, "", keyA),
      await follow(shared, "", keyB),
      await follow(shared, "", admin),
    ]
    expect(a.first).toEqual({ changed: [], revision: expect.any(String) })
    expect(all.first.counts).toEqual({ queued: 0, running: 0, waiting: 0 })
    const ofA = await shared.own.accept(chat(), keyA)
    const ofB = await shared.own.accept(chat(), keyB)
    expect(Object.keys(await a.until(ofA, "succeeded"))).toEqual([ofA])
    expect(Object.keys(await b.until(ofB, "succeeded"))).toEqual([ofB])
    const told = await all.until(ofB, "succeeded")
    expect(Object.keys(told)).toContain(ofA)
  })

  test("a job is told when it is new, when it changes, and when it is deleted", async () => {
    const reader = await follow(shared, "", keyA)
    const id = await shared.own.accept(chat(hanging), keyA)
    const event = await reader.next()
    expect(event?.changed).toEqual([{ id, state: "running", is_new: true }])
    await shared.fetch(`/v1/async/jobs/${id}/cancel`, { method: "POST", headers: keyA })
    expect((await reader.next())?.changed).toEqual([{ id, state: "cancelled", is_new: false }])
    await shared.fetch(`/v1/async/jobs/${id}`, { method: "DELETE", headers: keyA })
    expect((await reader.next())?.changed).toEqual([{ id, state: "deleted", is_new: false }])
  })

  test("a stream begins at the revision of a list where nothing has changed in between, and at another where something has", async () => {
    const readRevision = async () => {
      const page = (await (await shared.fetch("/v1/async/jobs", { headers: keyA })).json()) as Job
      return page.revision
    }
    const id = await shared.own.accept(chat(hanging), keyA)
    const before = await readRevision()
    expect((await follow(shared, "", keyA)).first.revision).toBe(before)
    const reader = await follow(shared, "", keyB)
    expect(reader.first.revision).toBe(before)
    await shared.fetch(`/v1/async/jobs/${id}/cancel`, { method: "POST", headers: keyA })
    expect((await follow(shared, "", keyA)).first.revision).not.toBe(before)
    expect(await readRevision()).not.toBe(before)
    // Only the first event has it: the next ones tell what changes.
    const other = await shared.own.accept(chat(hanging), keyB)
    const event = await reader.next()
    expect([event?.changed[0].id, event?.revision]).toEqual([other, undefined])
  })

  test("only jobs are told that match the filter, or did before they changed", async () => {
    const ended = await follow(shared, "?status=completed&model=wanted", keyA)
    const open = await follow(shared, "?status=processing", keyA)
    const other = await shared.own.accept(chat({ model: "mock/other" }), keyA)
    await shared.own.accept(chat({ model: "mock/wanted", mock: { status: 400 } }), keyA)
    const id = await shared.own.accept(chat({ model: "mock/wanted" }), keyA)
    expect(await ended.until(id, "succeeded")).toEqual({ [id]: ["succeeded"] })
    // It leaves the list of the jobs under way by its end.
    const hung = await shared.own.accept(chat(hanging), keyA)
    await open.until(hung, "running")
    await shared.fetch(`/v1/async/jobs/${hung}/cancel`, { method: "POST", headers: keyA })
    expect(await open.until(hung, "cancelled")).toEqual({ [hung]: ["cancelled"] })
    expect(other).not.toBe(id)
  })

  test("the admin follows one owner's jobs, jobs with one error, and is told to ask for those of a cost", async () => {
    const ofB = await follow(shared, "?owner=vk-b", admin)
    const failing = await follow(shared, "?error_code=job_cancelled", admin)
    const dear = await follow(shared, "?min_cost=1", admin)
    await shared.own.accept(chat(), keyA)
    const id = await shared.own.accept(chat(), keyB)
    expect(await ofB.until(id, "succeeded")).toMatchObject({ [id]: expect.any(Array) })
    expect((await dear.next())?.reload).toBe(true)
    const cancelled = await shared.own.accept(chat(hanging), keyB)
    await shared.fetch(`/v1/async/jobs/${cancelled}/cancel`, { method: "POST", headers: keyB })
    expect(await failing.until(cancelled, "cancelled")).toEqual({ [cancelled]: ["cancelled"] })
  })

  test("a filter that is wrong is refused before the stream begins", async () => {
    const response = await shared.fetch(`${EVENTS}?status=done`, { headers: keyA })
    expect(response.status).toBe(400)
    expect(((await response.json()) as Job).error.message).toStartWith("status must be one of pending")
  })

  test("of more changes than one event names a reader is told to ask for its list again, and others are told nothing", async () => {
    await Promise.all(Array.from({ length: 130 }, () => shared.own.accept(chat(hanging), keyA)))
    const [a, b] = [await follow(shared, "", keyA), await follow(shared, "", keyB)]
    // They end in one commit.
    await shared.fetch("/v1/async/jobs/cancel", { method: "POST", headers: keyA })
    for (;;) {
      const event = (await a.next()) as Job
      if (event.reload !== true) continue
      expect(event.changed).toEqual([])
      break
    }
    const ofB = await shared.own.accept(chat(), keyB)
    expect(Object.keys(await b.until(ofB, "succeeded"))).toEqual([ofB])
  }, 240_000)
})

describe("a stream", () => {
  test("ends when the key that it was opened with is revoked", async () => {
    const upstream = startUpstream()
    const answer = Promise.withResolvers<Response>()
    upstream.answer(() => answer.promise)
    const others = { id: "vk-other", value: "sk-bf-of-another-caller" }
    const passing = { id: "vk-passing", value: "sk-bf-of-a-passing-caller" }
    const configOf = (...keys: object[]) => ({ ...configFor(upstream), governance: { virtual_keys: keys } })
    const gateway = await launch({ config: configOf(others, passing) })
    const key = { "x-bf-vk": passing.value }
    const reader = await follow(gateway, "", key)
    const id = await gateway.accept(chat({ model: "up/m" }), key)
    expect((await reader.next())?.changed).toMatchObject([{ id }])
    writeFileSync(join(gateway.dir, "config.json"), JSON.stringify(configOf(others)))
    // The gateway has seen the change once it refuses the key.
    while ((await gateway.fetch("/v1/async/me", { headers: key })).status === 200);
    answer.resolve(completion())
    expect(await reader.next()).toBeNull()
    await gateway.dispose()
    await upstream.stop()
  }, 240_000)

  test("of the one user ends when the first virtual key is made, and says nothing of the next caller's jobs", async () => {
    const gateway = await launch()
    const reader = await follow(gateway)
    expect(reader.first).toEqual({
      counts: { queued: 0, running: 0, waiting: 0 },
      changed: [],
      revision: expect.any(String),
    })
    const value = (await run(["vk", "create", "first", "--app-dir", gateway.dir])).stdout.trim()
    await gateway.accept(chat(), { "x-bf-vk": value })
    expect(await reader.next()).toBeNull()
    await gateway.dispose()
  })

  test("ends with the gateway, and does not hold up its stop", async () => {
    const gateway = await launch()
    const readers = [await follow(gateway), await follow(gateway)]
    const exit = gateway.stop()
    for (const reader of readers) expect(await reader.next()).toBeNull()
    expect(await exit).toBe(0)
    await gateway.dispose()
  })

  test("begins anew with every reader, also after the last one has left", async () => {
    const gateway = await launch()
    for (let round = 0; round < 2; round++) {
      const reader = await follow(gateway)
      const id = await gateway.accept(chat())
      await reader.until(id, "succeeded")
      reader.close()
    }
    await gateway.dispose()
  })
})
