// Bulk operations of the real program: who may start and see them, what is refused, and which of thousands of jobs are changed.

import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { join } from "node:path"
import type { Job } from "../harness.ts"
import { openDatabase } from "../opendatabase.ts"
import { expectRefusal, openWire, virtualKeys, type Wire } from "../wire/gateway.ts"
import { chat } from "../wire/types.ts"

type Headers = Record<string, string>

/** `BULK_JOBS=10000` takes a few seconds more. */
const JOBS = Number(process.env["BULK_JOBS"] ?? 2000)
const BULK = "/v1/async/bulk"
const hang = { mock: { hang: true } }
const fails = { mock: { status: 400 } }
const a: Headers = { "x-bf-vk": virtualKeys.a }
const b: Headers = { "x-bf-vk": virtualKeys.b }

/** One with a single user, and one with virtual keys. */
let wire: Wire
let shared: Wire
beforeAll(async () => {
  wire = await openWire({ isAlone: true })
  shared = await openWire()
}, 240_000)
afterAll(async () => {
  await wire.dispose()
  await shared.dispose()
})

const post = (body: object, headers: Headers = {}, at = wire) => at.post(BULK, JSON.stringify(body), headers)

async function start(body: object, headers: Headers = {}, at = wire): Promise<Job> {
  const response = await post(body, headers, at)
  const operation = (await response.json()) as Job
  expect([response.status, operation.object]).toEqual([202, "bulk_operation"])
  expect(response.headers.get("cache-control")).toBe("no-store")
  return operation
}

const run = async (body: object, headers: Headers = {}, at = wire): Promise<Job> =>
  follow((await start(body, headers, at)).id, headers, at)

/** The operation at its end. */
async function follow(id: string, headers: Headers = {}, at = wire): Promise<Job> {
  for (;;) {
    const operation = (await (await at.fetch(`${BULK}/${id}`, { headers })).json()) as Job
    if (operation.status !== "running") return operation
  }
}

async function count(body: object, headers: Headers = {}, at = wire): Promise<number> {
  const response = await post({ ...body, count_only: true }, headers, at)
  const counted = (await response.json()) as Job
  expect([response.status, counted.object]).toEqual([200, "bulk_count"])
  return counted.count
}

const readStatus = async (id: string, headers: Headers = {}, at = wire): Promise<string> => {
  const job = (await (await at.fetch(`/v1/async/jobs/${id}`, { headers })).json()) as Job
  return job.error?.error?.code ?? job.error?.code ?? job.status
}

describe("a bulk operation", () => {
  test("counts first, then cancels what matches, and nothing else", async () => {
    const ids = [await wire.accept(chat, hang), await wire.accept(chat, { ...hang, model: "mock/two" })].map(
      (j) => j.id,
    )
    const filter = { provider: "mock", model: "mock/two" }
    expect(await count({ action: "cancel", filter })).toBe(1)
    expect(await Promise.all(ids.map((id) => readStatus(id)))).toEqual(["processing", "processing"])
    const operation = await run({ action: "cancel", filter })
    expect(operation).toMatchObject({ action: "cancel", filter, status: "completed", total: 1, done: 1, skipped: 0 })
    expect(operation.error).toBeNull()
    expect(Date.parse(operation.ended_at)).toBeGreaterThanOrEqual(Date.parse(operation.created_before))
    expect(await Promise.all(ids.map((id) => readStatus(id)))).toEqual(["processing", "job_cancelled"])
    expect(await run({ action: "cancel", all: true })).toMatchObject({ done: 1 })
  })

  test("deletes jobs in the states that the filter names, or in any", async () => {
    const failed = await wire.run(chat, fails)
    const ended = await wire.run(chat)
    const running = await wire.accept(chat, hang)
    const filter = { status: "failed", created_after: failed.created_at }
    expect(await run({ action: "delete", filter })).toMatchObject({ status: "completed", done: 1 })
    expect(await readStatus(failed.id)).toBe("job_not_found")
    expect(await run({ action: "delete", all: true })).toMatchObject({ skipped: 0, failed: 0 })
    for (const { id } of [ended, running]) expect(await readStatus(id)).toBe("job_not_found")
    expect(await count({ action: "delete" })).toBe(0)
  })

  test("makes one new job of each that has failed, for its owner, at the model that is wanted", async () => {
    const [first, second] = [await wire.run(chat, fails), await wire.run(chat, { ...fails, user: "the second" })]
    await wire.run(chat)
    const filter = { status: "failed", created_after: first.created_at }
    expect(await count({ action: "retry", filter })).toBe(2)
    const headers = { "idempotency-key": "one for all" }
    const operation = await run({ action: "retry", filter, model: "mock/other" }, headers)
    expect(operation).toMatchObject({ action: "retry", status: "completed", total: 2, done: 2, failed: 0 })
    const { data } = (await (await wire.fetch("/v1/async/jobs?model=other")).json()) as Job
    expect(data.map((job: Job) => job.origin_id).sort()).toEqual([first.id, second.id].sort())
    expect(await run({ action: "delete", all: true })).toMatchObject({ done: 5 })
  })

  test("counts the jobs that cannot be made anew as failed, and says why the first was refused", async () => {
    const { id } = await wire.run(chat, fails)
    const operation = await run({ action: "retry", filter: { search: id }, model: "nobody/x" })
    expect(operation).toMatchObject({ status: "completed", total: 1, done: 0, failed: 1 })
    expect(operation.error).toMatchObject({ code: "unknown_provider", message: expect.stringContaining(`job ${id}: `) })
  })

  const refusals: [body: object, param: string, message: RegExp][] = [
    [{ action: "cancel" }, "all", /^the filter is empty: send "all": true to cancel every job, or narrow it$/],
    [{ action: "cancel", filter: {} }, "all", /^the filter is empty/],
    [{ action: "cancel", filter: {}, all: "yes" }, "all", /^all must be true or false$/],
    [{ action: "stop", all: true }, "action", /^action must be one of cancel, delete, retry$/],
    [{ filter: { type: "ocr" } }, "action", /^action must be one of/],
    [{ action: "delete", filter: "all" }, "filter", /^filter must be an object/],
    [{ action: "delete", filter: { statsu: "failed" } }, "statsu", /^unknown filter "statsu"; supported: status, /],
    [{ action: "delete", filter: { limit: 5 } }, "limit", /^unknown filter "limit"/],
    [{ action: "delete", filter: { status: null } }, "filter.status", /^filter\.status must be a text or a number/],
    [{ action: "delete", filter: { status: ["failed"] } }, "filter.status", /^filter\.status must be a text/],
    [{ action: "cancel", filter: { status: "completed" } }, "filter", /^cancel changes only jobs that are queued, /],
    [
      { action: "retry", filter: { state: "running" } },
      "filter",
      /^retry changes only jobs that are failed, cancelled$/,
    ],
    [{ action: "retry", all: true, model: "echo" }, "model", /^model must be a text as "provider\/model"$/],
    [{ action: "cancel", all: true, model: "mock/x" }, "model", /^model is for retry/],
    [{ action: "cancel", status: "pending", all: true }, "status", /^unknown member "status"; supported: action, /],
  ]
  test.each(refusals)("refuses %j with 400 and changes nothing", async (body, param, message) => {
    const { id } = await wire.accept(chat, hang)
    await expectRefusal(await post(body), { status: 400, message, code: "invalid_request", param })
    expect(await readStatus(id)).toBe("processing")
    await run({ action: "cancel", all: true })
  })

  test("is refused where its body is none, is no JSON, or is much too large", async () => {
    const send = (body: string) => wire.post(BULK, body)
    await expectRefusal(await send(""), { status: 400, message: /^the body is empty/, code: "invalid_json" })
    await expectRefusal(await send("{"), { status: 400, message: /^the body is not valid JSON/, code: "invalid_json" })
    const large = JSON.stringify({ action: "cancel", filter: { model: "m".repeat(70_000) } })
    await expectRefusal(await send(large), { status: 413, message: /^the body is larger than 65536 bytes/ })
  })

  test("changes the caller's own jobs only, and is seen by the caller and the admin alone", async () => {
    const admin = { authorization: `Bearer ${await shared.own.adminToken()}` }
    const mine = await shared.accept(chat, hang, a)
    const yours = await shared.accept(chat, hang, b)
    expect(await count({ action: "cancel" }, a, shared)).toBe(1)
    const operation = await run({ action: "cancel", all: true }, a, shared)
    expect(operation).toMatchObject({ total: 1, done: 1 })
    expect(await readStatus(mine.id, a, shared)).toBe("job_cancelled")
    expect(await readStatus(yours.id, b, shared)).toBe("processing")
    const list = async (headers: Headers) => {
      const { data } = (await (await shared.fetch(BULK, { headers })).json()) as Job
      return data.map(({ id }: Job) => id)
    }
    expect([await list(a), await list(b), await list(admin)]).toEqual([[operation.id], [], [operation.id]])
    for (const [path, method] of Object.entries({ "": "GET", "/cancel": "POST" })) {
      const response = await shared.fetch(`${BULK}/${operation.id}${path}`, { method, headers: b })
      const message = /^there is no such bulk operation/
      await expectRefusal(response, { status: 404, message, code: "bulk_operation_not_found" })
    }
    const others = { owner: "vk-b" }
    await expectRefusal(await post({ action: "cancel", filter: others }, a, shared), {
      status: 401,
      message: /^owner is a filter for the admin/,
      code: "admin_token_required",
      param: "owner",
    })
    expect(await count({ action: "cancel", filter: { owner: "vk-a" } }, admin, shared)).toBe(0)
    expect(await run({ action: "cancel", filter: others }, admin, shared)).toMatchObject({ filter: others, done: 1 })
    expect(await readStatus(yours.id, b, shared)).toBe("job_cancelled")
    expect((await list(admin)).length).toBe(2)
  })

  test("of the admin makes the new jobs for the owners of the old ones", async () => {
    const admin = { authorization: `Bearer ${await shared.own.adminToken()}` }
    const { id } = await shared.run(chat, fails, b)
    expect(await run({ action: "retry", filter: { search: id } }, a, shared)).toMatchObject({ total: 0, done: 0 })
    expect(await run({ action: "retry", filter: { search: id } }, admin, shared)).toMatchObject({ total: 1, done: 1 })
    const list = async (headers: Headers) => {
      const { data } = (await (await shared.fetch(`/v1/async/jobs?origin=${id}`, { headers })).json()) as Job
      return data.length
    }
    expect([await list(a), await list(b)]).toEqual([0, 1])
  })
})

test("of thousands of jobs exactly those are cancelled that match at the moment, while others arrive", async () => {
  const slots = { concurrency_and_buffer_size: { concurrency: 1 } }
  const busy = await openWire({ isAlone: true, providers: { mock: slots } })
  let phase = 0
  const made: { id: string; model: string; sentIn: number; acceptedIn: number }[] = []
  /** Submits jobs, of which only the first can run, one after the other by each sender. */
  const submitAll = (senders: number, pickModel: () => string | null) => {
    const send = async () => {
      for (let model = pickModel(); model !== null; model = pickModel()) {
        const sentIn = phase
        const { id } = await busy.accept(chat, { ...hang, model: `mock/${model}` })
        made.push({ id, model, sentIn, acceptedIn: phase })
      }
    }
    return Promise.all(Array.from({ length: senders }, send))
  }
  let left = JOBS
  await submitAll(32, () => (left-- > 0 ? "wanted" : null))
  let isOver = false
  let turn = 0
  const arrivals = submitAll(8, () => (isOver ? null : turn++ % 2 === 0 ? "wanted" : "other"))
  while (made.length < JOBS + 100) await busy.fetch("/health")
  phase = 1
  const { id } = await start({ action: "cancel", filter: { model: "wanted" } }, {}, busy)
  phase = 2
  const sofar = made.length
  const operation = await follow(id, {}, busy)
  while (made.length < sofar + 100) await busy.fetch("/health")
  isOver = true
  await arrivals

  expect(operation).toMatchObject({ status: "completed", skipped: 0, failed: 0, total: operation.done })
  const database = openDatabase(join(busy.own.dir, "asyncgate.db"), { readonly: true })
  const rows = database.query<{ id: string }, []>("SELECT id FROM jobs WHERE state = 'cancelled'").all()
  database.close()
  const cancelled = new Set(rows.map((row) => row.id))
  expect(cancelled.size).toBe(operation.done)
  expect(operation.done).toBeGreaterThanOrEqual(JOBS)
  const wrong = made.filter(({ id, model, sentIn, acceptedIn }) => {
    if (model === "other" || sentIn === 2) return cancelled.has(id)
    return acceptedIn === 0 && !cancelled.has(id)
  })
  expect(wrong).toEqual([])
  await busy.dispose()
}, 240_000)
