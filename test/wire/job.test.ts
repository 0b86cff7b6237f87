// Section 2 of the wire contract: the job object, of each request type, in each of its states.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { Job } from "../harness.ts"
import { describeHere, openWire, RFC_3339, testHere, UUID_7, type Wire } from "./gateway.ts"
import { type Recorder, silent, startRecorder } from "./recorder.ts"
import { chat, types } from "./types.ts"

const OPEN = ["id", "request_id", "status", "created_at"]
const ENDED = ["id", "request_id", "status", "expires_at", "created_at", "completed_at", "status_code"]

let upstream: Recorder
let wire: Wire
beforeAll(async () => {
  upstream = startRecorder()
  upstream.answer(silent)
  const narrow = { network_config: { base_url: upstream.url }, concurrency_and_buffer_size: { concurrency: 1 } }
  wire = await openWire({ providers: { narrow } })
})
afterAll(async () => {
  await wire.dispose()
  await upstream.stop()
})

/** What holds of every ended job. */
function expectEnded(job: Job): void {
  for (const time of [job.created_at, job.completed_at, job.expires_at]) expect(time).toMatch(RFC_3339)
  expect(Date.parse(job.completed_at)).toBeGreaterThanOrEqual(Date.parse(job.created_at))
  expect(Date.parse(job.expires_at) - Date.parse(job.completed_at)).toBe(3_600_000)
  expect(job.request_id).toBeString()
  expect(Number.isInteger(job.status_code)).toBe(true)
}

describe.each(types)("a job of type $requestType", (type) => {
  test("is answered at submit with 202: id, request_id, status and created_at, in this order and nothing else", async () => {
    const response = await wire.submit(type)
    const job = (await response.json()) as Job
    expect(response.status).toBe(202)
    expect(Object.keys(job)).toEqual(OPEN)
    expect(job.id).toMatch(UUID_7)
    expect(job.status).toBe("pending")
    expect(job.request_id).toBeString()
    expect(job.created_at).toMatch(RFC_3339)
    expect(Math.abs(Date.now() - Date.parse(job.created_at))).toBeLessThan(30_000)
    expect(response.headers.get("content-type")).toBe("application/json")
    expect(response.headers.get("retry-after")).toMatch(/^[1-9]\d*$/)
    expect(response.headers.get("location")).toBe(`${type.path}/${job.id}`)
  })

  test("that is completed has a result and no error, and says the same at every poll", async () => {
    const accepted = await wire.accept(type)
    const job = await wire.end(type, accepted.id)
    expect(Object.keys(job)).toEqual([...ENDED, "result"])
    expectEnded(job)
    expect(job).toMatchObject({ ...accepted, status: "completed", status_code: 200 })
    const response = await wire.poll(type, job.id)
    expect(response.status).toBe(200)
    expect(response.headers.get("content-type")).toBe("application/json")
    expect(response.headers.get("retry-after")).toBeNull()
    expect(await response.json()).toEqual(job)
  })

  testHere("that has failed has an error and no result", async () => {
    const job = await wire.run(type, { mock: { status: 418 } })
    expect(Object.keys(job)).toEqual([...ENDED, "error"])
    expectEnded(job)
    expect(job).toMatchObject({ status: "failed", status_code: 418 })
  })

  testHere("that was cancelled is failed, 499, request_cancelled, job_cancelled", async () => {
    const { id } = await wire.accept(type, { mock: { hang: true } })
    await wire.fetch(`${type.path}/${id}/cancel`, { method: "POST" })
    const job = await wire.end(type, id)
    expect(Object.keys(job)).toEqual([...ENDED, "error"])
    expectEnded(job)
    expect(job).toMatchObject({ status: "failed", status_code: 499 })
    expect(job.error.error).toMatchObject({ type: "request_cancelled", code: "job_cancelled" })
    expect(job.error).toMatchObject({ type: "request_cancelled", is_bifrost_error: false, status_code: 499 })
    expect(job.error.extra_fields).toMatchObject({ provider: "mock", request_type: type.requestType })
  })

  testHere("that runs is processing: 202 with Retry-After, and nothing that only an ended job has", async () => {
    const { id } = await wire.accept(type, { mock: { hang: true } })
    for (;;) {
      const response = await wire.poll(type, id)
      const job = (await response.json()) as Job
      expect(response.status).toBe(202)
      expect(response.headers.get("retry-after")).toMatch(/^[1-9]\d*$/)
      expect(response.headers.get("content-type")).toBe("application/json")
      expect(Object.keys(job)).toEqual(OPEN)
      if (job.status === "processing") break
      expect(job.status).toBe("pending")
    }
  })
})

describeHere("the status", () => {
  test("is pending until the job is started for the first time", async () => {
    const out = upstream.next()
    const { id: first } = await wire.accept(chat, { model: "narrow/m" })
    const { id: second } = await wire.accept(chat, { model: "narrow/m" })
    await out
    const says = async (id: string) => ((await (await wire.poll(chat, id)).json()) as Job).status
    expect(await says(first)).toBe("processing")
    expect(await says(second)).toBe("pending")
  })

  test("is processing between the tries of a job", async () => {
    const { id } = await wire.accept(chat, { model: "mock/closed", mock: { status: 429, retry_after: 100 } })
    for (;;) {
      const { attempts } = (await (await wire.fetch(`/v1/async/jobs/${id}`)).json()) as Job
      if (attempts[0]?.outcome === "refused") break
    }
    expect(((await (await wire.poll(chat, id)).json()) as Job).status).toBe("processing")
  })
})

test("ids rise with time", async () => {
  const ids: string[] = []
  for (let count = 0; count < 10; count++) ids.push((await wire.accept(chat)).id)
  expect(ids.toSorted()).toEqual(ids)
})
