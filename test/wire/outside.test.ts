// Section 9 of the wire contract: what a suite from outside checks of any gateway. Nothing here knows that this one is ours.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { Job } from "../harness.ts"
import { describeHere, NO_JOB, openWire, testHere, UNKNOWN_KEY, virtualKeys, type Wire } from "./gateway.ts"
import { chat, types } from "./types.ts"

let wire: Wire
beforeAll(async () => {
  wire = await openWire()
})
afterAll(() => wire.dispose())

/** Polls as a plain client does: again and again, until it is told that the job has ended. */
async function pollToEnd(path: string, id: string, headers: Record<string, string> = {}): Promise<Job> {
  for (;;) {
    const response = await wire.fetch(`${path}/${id}`, { headers })
    const job = (await response.json()) as Job
    if (response.status === 200) return job
    expect(response.status).toBe(202)
    expect(job.status).toBeOneOf(["pending", "processing"])
  }
}

describe.each(types)("$path", (type) => {
  test("takes a job, and gives it back completed or failed", async () => {
    const response = await wire.submit(type)
    const submitted = (await response.json()) as Job
    expect(response.status).toBe(202)
    expect(submitted.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
    expect(submitted.status).toBe("pending")
    expect(Math.abs(Date.now() - Date.parse(submitted.created_at))).toBeLessThan(30_000)

    const job = await pollToEnd(type.path, submitted.id)
    expect(job.id).toBe(submitted.id)
    expect(Date.parse(job.expires_at)).toBeGreaterThan(Date.parse(job.completed_at))
    expect(job.status).toBeOneOf(["completed", "failed"])
    if (job.status === "completed") {
      expect(job.result).not.toBeNull()
      expect(type.isResult(job.result)).toBe(true)
    } else {
      expect(job.error).toBeTruthy()
      expect(job.status_code).not.toBe(0)
    }
    const other = types.find(({ path }) => path !== type.path)?.path
    expect((await wire.fetch(`${other}/${job.id}`)).status).toBe(404)
  })

  testHere("ends in a failure with its error and its status code", async () => {
    const job = await pollToEnd(type.path, (await wire.accept(type, { mock: { status: 422 } })).id)
    expect(job.status).toBe("failed")
    expect(job.error.error.message).toBeString()
    expect(job.status_code).toBe(422)
  })

  test("does not know the job of all zeros: 404", async () => {
    expect((await wire.poll(type, NO_JOB)).status).toBe(404)
  })

  test("answers 400 to a request it cannot take", async () => {
    if (type.form === "json") expect((await wire.post(type.path, "{invalid json")).status).toBe(400)
    expect((await wire.submit(type, { model: undefined })).status).toBe(400)
    if (type.stream) expect((await wire.submit(type, type.stream.members)).status).toBe(400)
    expect((await wire.submit(type, {}, { "x-bf-vk": UNKNOWN_KEY })).status).toBe(400)
  })
})

describe("the time to live", () => {
  test.each<[string | null, number]>([
    [null, 3600],
    ["120", 120],
    ["not-a-number", 3600],
    ["0", 3600],
    ["-1", 3600],
  ])("%p is %d s, give or take a minute", async (ttl, seconds) => {
    const headers: Record<string, string> = ttl === null ? {} : { "x-bf-async-job-result-ttl": ttl }
    const job = await pollToEnd(chat.path, (await wire.accept(chat, {}, headers)).id)
    const kept = (Date.parse(job.expires_at) - Date.parse(job.completed_at)) / 1000
    expect(Math.abs(kept - seconds)).toBeLessThanOrEqual(ttl === "120" ? 0 : 60)
  })

  test("ends in a 404", async () => {
    const { id } = await wire.accept(chat, {}, { "x-bf-async-job-result-ttl": "1" })
    await pollToEnd(chat.path, id)
    for (;;) {
      const { status } = await wire.poll(chat, id)
      if (status === 404) break
      expect(status).toBe(200)
    }
  })
})

describeHere("a virtual key", () => {
  test.each<[Record<string, string>]>([
    [{ authorization: `Bearer ${virtualKeys.a}` }],
    [{ "x-api-key": virtualKeys.a }],
    [{ "x-goog-api-key": virtualKeys.a }],
    [{ "api-key": virtualKeys.a }],
    [{ "x-bf-vk": virtualKeys.a }],
  ])("as %j works at submit and poll; without it, or with another, the job is not found", async (headers) => {
    const { id } = await wire.accept(chat, {}, headers)
    expect((await pollToEnd(chat.path, id, headers)).status).toBe("completed")
    expect((await wire.poll(chat, id)).status).toBe(404)
    expect((await wire.poll(chat, id, { "x-bf-vk": virtualKeys.b })).status).toBe(404)
  })
})
