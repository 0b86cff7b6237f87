// What asyncgate adds to section 1 of the wire contract: POST /v1/async/jobs/cancel ends the caller's own jobs, all of them or those that fit.
import { afterAll, beforeAll, expect, test } from "bun:test"
import type { Job } from "../harness.ts"
import { describeHere, expectRefusal, openWire, UNKNOWN_KEY, virtualKeys, type Wire } from "./gateway.ts"
import { type Recorder, silent, startRecorder } from "./recorder.ts"
import { chat, findType } from "./types.ts"

const JOBS = "/v1/async/jobs"
const hang = { mock: { hang: true } }

type Headers = Record<string, string>

let upstream: Recorder
/** One that has no virtual keys: nobody's jobs are its one user's. */
let wire: Wire
/** One that has. */
let shared: Wire
beforeAll(async () => {
  upstream = startRecorder()
  upstream.answer(silent)
  const network_config = { base_url: upstream.url }
  const providers = {
    up: { network_config },
    narrow: { network_config, concurrency_and_buffer_size: { concurrency: 1 } },
  }
  wire = await openWire({ isAlone: true, providers })
  shared = await openWire({ providers })
})
afterAll(async () => {
  await wire.dispose()
  await shared.dispose()
  await upstream.stop()
})

const vk = (value: string): Headers => ({ "x-bf-vk": value })
const bearer = (value: string): Headers => ({ authorization: `Bearer ${value}` })

const post = (query = "", headers: Headers = {}, at = wire) =>
  at.fetch(`${JOBS}/cancel${query}`, { method: "POST", headers })

/** How many jobs it ended. */
async function cancel(query = "", headers: Headers = {}, at = wire): Promise<number> {
  const response = await post(query, headers, at)
  const body = (await response.json()) as Job
  expect([response.status, Object.keys(body)]).toEqual([200, ["cancelled"]])
  return body.cancelled
}

/** What has become of a job: its status, and the code of its error. */
async function waitForEnd(id: string, headers: Headers = {}, at = wire): Promise<string> {
  const job = (await (await at.fetch(`${JOBS}/${id}`, { headers })).json()) as Job
  return job.error?.error.code ?? job.status
}

describeHere("POST /v1/async/jobs/cancel", () => {
  test("ends all the caller's jobs that have not ended, and nobody else's; the admin's ends everybody's", async () => {
    const adminToken = await shared.own.adminToken()
    const own = bearer("sk-own-provider-key")
    const callers: Headers[] = [vk(virtualKeys.a), own, vk(virtualKeys.b), vk(virtualKeys.plain)]
    const made: [headers: Headers, ids: string[]][] = []
    for (const headers of callers) {
      const over = headers === own ? { model: "openai/m" } : hang
      const ids = [await shared.accept(chat, over, headers), await shared.accept(chat, over, headers)].map(
        ({ id }) => id,
      )
      made.push([headers, ids])
    }
    const done = await shared.run(chat, {}, vk(virtualKeys.a))
    const before = await (await shared.poll(chat, done.id, vk(virtualKeys.a))).text()
    const rounds: [caller: Headers, count: number][] = [
      ...callers.slice(0, 2).map((headers): [Headers, number] => [headers, 2]),
      [bearer(adminToken), 4],
    ]
    for (const [at, [caller, count]] of rounds.entries()) {
      expect(await cancel("", caller, shared)).toBe(count)
      expect(await cancel("", caller, shared)).toBe(0)
      for (const [index, [headers, ids]] of made.entries()) {
        const isOver = index <= at || at === rounds.length - 1
        for (const id of ids) {
          const end = await waitForEnd(id, headers, shared)
          if (isOver) expect(end).toBe("job_cancelled")
          else expect(end).toBeOneOf(["pending", "processing"])
        }
      }
    }
    expect(await (await shared.poll(chat, done.id, vk(virtualKeys.a))).text()).toBe(before)
  })

  test("ends nobody's jobs for nobody where there are virtual keys: 401, and they run on", async () => {
    const { id } = await shared.accept(chat, hang)
    await expectRefusal(await post("", {}, shared), {
      status: 401,
      message: /^send the virtual key that the jobs were made with as x-bf-vk, or the admin's token/,
      code: "virtual_key_required",
    })
    expect(await cancel("", bearer("sk-own-provider-key"), shared)).toBe(0)
    expect(await cancel("", vk(virtualKeys.a), shared)).toBe(0)
    expect(await waitForEnd(id, {}, shared)).toBeOneOf(["pending", "processing"])
    const adminToken = await shared.own.adminToken()
    expect(await cancel("", bearer(adminToken), shared)).toBe(1)
  })

  test("answers with how many it were and with nothing else", async () => {
    await wire.accept(chat, hang)
    const response = await wire.fetch(`${JOBS}/cancel`, { method: "POST", headers: { "x-request-id": "mine" } })
    expect(response.status).toBe(200)
    expect(response.headers.get("content-type")).toStartWith("application/json")
    expect(response.headers.get("x-request-id")).toBe("mine")
    expect(await response.text()).toBe('{"cancelled":1}\n')
  })

  test("ends each job as its own cancel does, and whoever waits for it is answered at once", async () => {
    const { id } = await wire.accept(chat, hang)
    const poll = wire.poll(chat, id, { prefer: "wait=60" })
    expect(await cancel()).toBe(1)
    const response = await poll
    expect(response.status).toBe(200)
    const job = (await response.json()) as Job
    expect(job).toMatchObject({ id, status: "failed", status_code: 499 })
    expect(job.error).toMatchObject({ type: "request_cancelled", error: { code: "job_cancelled" } })
    const single = await wire.fetch(`${JOBS}/${id}/cancel`, { method: "POST" })
    expect([single.status, await single.json()]).toEqual([200, job])
  })

  test("closes the connections of calls that are out, and of those that wait none goes out any more", async () => {
    const out = upstream.next()
    await wire.accept(chat, { model: "narrow/m" })
    const { signal } = await out
    const before = upstream.received.length
    await Promise.all(Array.from({ length: 300 }, () => wire.accept(chat, { model: "narrow/m" })))
    const closed = new Promise((resolve) => signal.addEventListener("abort", resolve))
    expect(await cancel()).toBe(301)
    await closed
    const next = upstream.next()
    await wire.accept(chat, { model: "narrow/m", user: "the next" })
    expect((await next).bytes.toString()).toContain("the next")
    expect(upstream.received.length - before).toBe(1)
    expect(await cancel()).toBe(1)
  })

  test("can be narrowed to a type, a provider, a model, or several of them", async () => {
    const speech = findType("speech")
    const jobs = {
      speech: await wire.accept(speech, hang),
      here: await wire.accept(chat, { ...hang, model: "mock/one" }),
      there: await wire.accept(chat, { model: "up/one" }),
      other: await wire.accept(chat, { ...hang, model: "mock/two" }),
    }
    const left = async () => {
      const ends = await Promise.all(Object.entries(jobs).map(async ([name, { id }]) => [name, await waitForEnd(id)]))
      return ends.filter(([, end]) => end !== "job_cancelled").map(([name]) => name)
    }
    expect(await cancel("?type=ocr")).toBe(0)
    expect(await cancel("?provider=nobody")).toBe(0)
    expect(await cancel("?type=speech&model=one")).toBe(0)
    expect(await left()).toEqual(["speech", "here", "there", "other"])
    expect(await cancel("?type=speech")).toBe(1)
    expect(await left()).toEqual(["here", "there", "other"])
    expect(await cancel("?provider=up&model=up/one")).toBe(1)
    expect(await left()).toEqual(["here", "other"])
    expect(await cancel("?model=two")).toBe(1)
    expect(await left()).toEqual(["here"])
    expect(await cancel("?type=chat_completion&provider=mock&model=one")).toBe(1)
    expect(await left()).toEqual([])
  })

  test("can be narrowed to jobs that were never started, or to those that were", async () => {
    const out = upstream.next()
    const first = await wire.accept(chat, { model: "narrow/m" })
    await out
    const second = await wire.accept(chat, { model: "narrow/m" })
    const parked = await wire.accept(chat, { model: "mock/parked", mock: { status: 429, retry_after: 1000 } })
    while ((await wire.own.count("attempts", `job = (SELECT number FROM jobs WHERE id = '${parked.id}')`)) === 0)
      await wire.poll(chat, parked.id)
    expect(await cancel("?status=pending")).toBe(1)
    const ends = async () => Promise.all([first, second, parked].map(({ id }) => waitForEnd(id)))
    expect(await ends()).toEqual(["processing", "job_cancelled", "processing"])
    const third = await wire.accept(chat, { model: "narrow/m" })
    expect(await cancel("?status=processing&provider=mock")).toBe(1)
    expect(await ends()).toEqual(["processing", "job_cancelled", "job_cancelled"])
    expect(await waitForEnd(third.id)).toBe("pending")
    expect(await cancel()).toBe(2)
  })

  const refusals: [query: string, param: string, message: RegExp][] = [
    ["status=completed", "status", /^status must be pending or processing: those that are completed have ended$/],
    ["status=failed", "status", /^status must be pending or processing: those that are failed have ended$/],
    ["status=done", "status", /^status must be one of pending, processing$/],
    ["status=", "status", /^status must be one of pending, processing$/],
    ["type=chat", "type", /^type must be one of text_completion, /],
    ["limit=1", "limit", /^unknown filter "limit"; supported: status, type, provider, model$/],
    ["after=x", "after", /^unknown filter "after"/],
    ["created_before=2026-01-01", "created_before", /^unknown filter "created_before"/],
    ["statsu=pending", "statsu", /^unknown filter "statsu"/],
    ["Model=echo", "Model", /^unknown filter "Model"/],
    ["model=a&model=b", "model", /^model is given twice: send it once$/],
  ]
  test.each(refusals)("refuses ?%s with 400 and ends nothing", async (query, param, message) => {
    const { id } = await wire.accept(chat, hang)
    await expectRefusal(await post(`?${query}`), { status: 400, message, code: "invalid_request", param })
    expect(await waitForEnd(id)).toBeOneOf(["pending", "processing"])
    expect(await cancel()).toBe(1)
  })

  test.each(["{}", '{"model":"echo"}', "model=echo"])("refuses the body %s: it would narrow nothing", async (body) => {
    const { id } = await wire.accept(chat, hang)
    const response = await wire.post(`${JOBS}/cancel`, body)
    await expectRefusal(response, {
      status: 400,
      message: "this request takes no body: pass filters as query parameters",
    })
    expect(await waitForEnd(id)).toBeOneOf(["pending", "processing"])
    expect(await cancel()).toBe(1)
  })

  test("refuses a virtual key that is unknown or blocked, and a foreign page", async () => {
    const { id } = await wire.accept(chat, hang)
    for (const at of [wire, shared])
      await expectRefusal(await post("", vk(UNKNOWN_KEY), at), { status: 400, message: "virtual key not found" })
    await expectRefusal(await post("", vk(virtualKeys.inactive), shared), { status: 403, message: /inactive/ })
    const page = await post("", { origin: "https://a.example" })
    await expectRefusal(page, { status: 403, message: /web pages/, code: "origin_not_allowed" })
    expect(await waitForEnd(id)).toBeOneOf(["pending", "processing"])
    expect(await cancel()).toBe(1)
  })

  test("asks for a virtual key where one is required", async () => {
    const strict = await openWire({ client: { enforce_auth_on_inference: true } })
    const response = await strict.fetch(`${JOBS}/cancel`, { method: "POST" })
    await expectRefusal(response, { status: 401, message: /^virtual key is required/, type: "virtual_key_required" })
    await strict.dispose()
  })

  test("is no job of that name: GET and DELETE answer 404, any other method 405", async () => {
    for (const method of ["GET", "DELETE"]) {
      await expectRefusal(await wire.fetch(`${JOBS}/cancel`, { method }), { status: 404, message: /^job not found/ })
    }
    const response = await wire.fetch(`${JOBS}/cancel`, { method: "PUT" })
    expect(response.headers.get("allow")).toBe("POST, GET, DELETE")
    await expectRefusal(response, { status: 405, message: /does not support/ })
  })

  test("leaves no 500 and no stack trace behind", () => {
    expect(wire.own.log() + shared.own.log()).not.toMatch(/"level":"(warn|error)"|^ +at /m)
  })
})
