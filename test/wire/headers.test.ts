// Section 6 of the wire contract, every other header: how long a result is kept, what goes on to the provider, and how submit and poll behave.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { Job } from "../harness.ts"
import { describeHere, expectRefusal, openWire, testHere, virtualKeys, type Wire } from "./gateway.ts"
import { type Recorder, startRecorder } from "./recorder.ts"
import { chat, findType, type Members, makeRequest, oneOfEachForm, type RequestType, types } from "./types.ts"

let upstream: Recorder
let wire: Wire
beforeAll(async () => {
  upstream = startRecorder()
  wire = await openWire({ providers: { up: { network_config: { base_url: upstream.url } } } })
})
afterAll(async () => {
  await wire.dispose()
  await upstream.stop()
})

describe("x-bf-async-job-result-ttl", () => {
  const kept = async (type: RequestType, ttl?: string) => {
    const job = await wire.run(type, {}, ttl === undefined ? {} : { "x-bf-async-job-result-ttl": ttl })
    return (Date.parse(job.expires_at) - Date.parse(job.completed_at)) / 1000
  }

  const rows: [header: string | undefined, seconds: number][] = [
    [undefined, 3600],
    ["120", 120],
    [" 120 ", 120],
    ["1", 1],
    ["not-a-number", 3600],
    ["0", 3600],
    ["-1", 3600],
    ["1.5", 3600],
    ["1e3", 3600],
    ["120s", 3600],
    ["", 3600],
    ["2592000", 30 * 86_400],
    ["2592001", 30 * 86_400],
    ["99999999999999999999999999", 30 * 86_400],
  ]
  test.each(rows)("%p keeps the result for %p s from completion", async (header, seconds) => {
    expect(await kept(chat, header)).toBe(seconds)
  })

  test.each(types)("holds for $requestType", async (type) => {
    expect(await kept(type, "120")).toBe(120)
  })

  test("counts from completion, not from submission", async () => {
    const { id, created_at } = await wire.accept(chat, {}, { "x-bf-async-job-result-ttl": "100" })
    const job = await wire.end(chat, id)
    expect(Date.parse(job.expires_at)).toBe(Date.parse(job.completed_at) + 100_000)
    expect(Date.parse(job.completed_at)).toBeGreaterThanOrEqual(Date.parse(created_at))
  })

  test("is over at once: 404 from the moment of expires_at, without waiting for the reaper", async () => {
    const job = await wire.run(chat, {}, { "x-bf-async-job-result-ttl": "1" })
    for (;;) {
      const before = Date.now()
      const response = await wire.poll(chat, job.id)
      if (response.status === 200) {
        expect(before).toBeLessThan(Date.parse(job.expires_at))
        continue
      }
      await expectRefusal(response, { status: 404, message: "job not found or expired", code: "job_not_found" })
      expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(job.expires_at))
      break
    }
  })
})

describeHere("the configured time and its maximum", () => {
  let brief: Wire
  beforeAll(async () => {
    brief = await openWire({ client: { async_job_result_ttl: 50, async_job_result_ttl_max: 200 } })
  })
  afterAll(() => brief.dispose())

  test.each([
    [undefined, 50],
    ["0", 50],
    ["199", 199],
    ["201", 200],
  ])("%p keeps the result for %p s", async (ttl, seconds) => {
    const job = await brief.run(chat, {}, ttl === undefined ? {} : { "x-bf-async-job-result-ttl": ttl })
    expect(Date.parse(job.expires_at) - Date.parse(job.completed_at)).toBe(seconds * 1000)
  })
})

describe("x-bf-async-webhook", () => {
  test.each(oneOfEachForm)("that names no endpoint is refused, of $requestType", async (type) => {
    for (const name of ["nope", "https://example.com/hook", ` ${"n".repeat(300)}`]) {
      await expectRefusal(await wire.submit(type, {}, { "x-bf-async-webhook": name }), {
        status: 400,
        message: /^unknown webhook endpoint with name ".+": create it first, or send no x-bf-async-webhook/,
        code: "invalid_request",
        param: "x-bf-async-webhook",
      })
    }
  })

  test("that names nothing is none", async () => {
    for (const name of ["", " "]) expect((await wire.submit(chat, {}, { "x-bf-async-webhook": name })).status).toBe(202)
  })
})

describe("x-request-id", () => {
  test.each(oneOfEachForm)("of $requestType is kept as request_id, and sent back at submit and poll", async (type) => {
    const response = await wire.submit(type, {}, { "x-request-id": "my-request 1" })
    const job = (await response.json()) as Job
    expect(job.request_id).toBe("my-request 1")
    expect(response.headers.get("x-request-id")).toBe("my-request 1")
    expect((await wire.end(type, job.id)).request_id).toBe("my-request 1")
    expect((await wire.poll(type, job.id)).headers.get("x-request-id")).toBe("my-request 1")
  })

  test("is made where the caller gave none, another one each time", async () => {
    const response = await wire.submit(chat)
    const job = (await response.json()) as Job
    expect(job.request_id).toHaveLength(36)
    expect(response.headers.get("x-request-id")).toBe(job.request_id)
    expect((await wire.end(chat, job.id)).request_id).toBe(job.request_id)
    expect((await wire.accept(chat)).request_id).not.toBe(job.request_id)
  })

  test("of a refusal is sent back too", async () => {
    const response = await wire.post(chat.path, "{", { "x-request-id": "my-request 2" })
    expect(response.headers.get("x-request-id")).toBe("my-request 2")
  })

  testHere("is sent to the provider", async () => {
    await wire.run(chat, { model: "up/m" }, { "x-request-id": "my-request 3" })
    expect(upstream.last().headers["x-request-id"]).toBe("my-request 3")
  })
})

describeHere("x-bf-eh-NAME", () => {
  test.each(oneOfEachForm)("goes to the provider as NAME, of $requestType", async (type) => {
    const given = {
      "x-bf-eh-openai-beta": "assistants=v2",
      "X-BF-EH-X-Team": "search",
      "x-bf-eh-openai-organization": "o",
    }
    await wire.run(type, { model: "up/m" }, given)
    expect(upstream.last().headers).toMatchObject({
      "openai-beta": "assistants=v2",
      "x-team": "search",
      "openai-organization": "o",
    })
  })

  const forbidden = [
    "authorization",
    "cookie",
    "host",
    "content-length",
    "connection",
    "transfer-encoding",
    "x-api-key",
    "x-goog-api-key",
    "proxy-authorization",
    "x-bf-vk",
    "x-bf-anything",
    "content-type",
  ]
  test.each(forbidden)("never sets %s", async (name) => {
    expect((await wire.run(chat, { model: "up/m" }, { [`x-bf-eh-${name}`]: "injected" })).status).toBe("completed")
    expect(JSON.stringify(upstream.last().headers)).not.toContain("injected")
  })

  test("is the only way: no other header of the caller reaches the provider", async () => {
    await wire.run(chat, { model: "up/m" }, { cookie: "c=injected", "x-other": "injected", "openai-beta": "injected" })
    expect(JSON.stringify(upstream.last().headers)).not.toContain("injected")
    expect(Object.keys(upstream.last().headers).filter((name) => name.startsWith("x-bf-"))).toEqual([])
  })
})

describeHere("traceparent", () => {
  const TRACE = "0af7651916cd43dd8448eb211c80319c"
  const GIVEN = `00-${TRACE}-b7ad6b7169203331-01`

  test.each(oneOfEachForm)("goes to the provider as a child, of $requestType", async (type) => {
    await wire.run(type, { model: "up/m" }, { traceparent: GIVEN })
    const sent = upstream.last().headers["traceparent"]
    expect(sent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`))
    expect(sent).not.toBe(GIVEN)
  })

  test.each(["nonsense", `00-${"0".repeat(32)}-b7ad6b7169203331-01`, `ff-${TRACE}-b7ad6b7169203331-01`])(
    "that is none does not: %s",
    async (traceparent) => {
      await wire.run(chat, { model: "up/m" }, { traceparent })
      expect(upstream.last().headers["traceparent"]).toBeUndefined()
    },
  )
})

describeHere("Idempotency-Key", () => {
  let count = 0
  const newKey = () => ({ "idempotency-key": `key-${++count}` })
  // Without the jobs that other tests had kept for seconds alone: those go when they like.
  const kept = "ttl_ms > 1000000"
  const rows = () => [
    wire.own.count("jobs", kept),
    wire.own.count("bodies", `job_id IS NULL OR job_id IN (SELECT id FROM jobs WHERE ${kept})`),
    wire.own.count("uploads"),
  ]
  /** The very same bytes each time, also of a form. */
  const sameBytes = async (type: RequestType, over?: Members) => {
    const { body, type: contentType } = makeRequest(type, over)
    // A response reads a body as a request does, and names its type.
    const request = new Response(body, contentType === null ? {} : { headers: { "content-type": contentType } })
    const headers = { "content-type": request.headers.get("content-type") ?? "" }
    const bytes = new Uint8Array(await request.arrayBuffer())
    return (more: Record<string, string>) => wire.post(type.path, bytes, { ...headers, ...more })
  }

  test.each(types)("with the same body is the same job, of $requestType", async (type) => {
    const key = newKey()
    const send = await sameBytes(type)
    const first = await send(key)
    const job = (await first.json()) as Job
    expect(first.status).toBe(202)
    expect(first.headers.get("idempotent-replayed")).toBeNull()
    await wire.end(type, job.id)
    const before = rows()
    const second = await send(key)
    const replayed = (await second.json()) as Job
    expect(second.status).toBe(202)
    expect(second.headers.get("idempotent-replayed")).toBe("true")
    expect(second.headers.get("location")).toBe(`${type.path}/${job.id}`)
    expect(Object.keys(replayed)).toEqual(["id", "request_id", "status", "created_at"])
    expect(replayed).toMatchObject({ id: job.id, request_id: job.request_id, created_at: job.created_at })
    expect(rows()).toEqual(before)
  })

  test.each(types.filter(({ form }) => form === "multipart"))(
    "with the same form between other boundaries is the same job, of $requestType",
    async (type) => {
      const key = newKey()
      // fetch makes a boundary of its own for each.
      const { id } = await wire.accept(type, {}, key)
      const again = await wire.submit(type, {}, key)
      expect(again.headers.get("idempotent-replayed")).toBe("true")
      expect(((await again.json()) as Job).id).toBe(id)
      await wire.end(type, id)
    },
  )

  test.each(types.filter(({ form }) => form === "multipart"))(
    "with another file of the same name and length is refused with 422, of $requestType",
    async (type) => {
      const key = newKey()
      const name = type.requestType === "transcription" ? "file" : "image"
      // To its end, because another test counts rows.
      await wire.run(type, { [name]: new File(["one"], "a") }, key)
      const other = await wire.submit(type, { [name]: new File(["two"], "a") }, key)
      await expectRefusal(other, { status: 422, message: /Idempotency-Key/, code: "idempotency_mismatch" })
    },
  )

  test.each(types)("with another body is refused with 422, of $requestType", async (type) => {
    const key = newKey()
    await wire.run(type, {}, key)
    const before = rows()
    await expectRefusal(await wire.submit(type, { user: "another" }, key), {
      status: 422,
      message: /^this Idempotency-Key came with another body before/,
      code: "idempotency_mismatch",
    })
    expect(rows()).toEqual(before)
  })

  test("with the same body at another path is another request: 422", async () => {
    const key = newKey()
    const body = JSON.stringify({ model: "mock/echo", input: "Hello" })
    expect((await wire.post(findType("responses").path, body, key)).status).toBe(202)
    await expectRefusal(await wire.post(findType("embedding").path, body, key), {
      status: 422,
      message: /Idempotency-Key/,
    })
  })

  test("of another caller is another key", async () => {
    const key = newKey()
    const callers = [{}, { "x-bf-vk": virtualKeys.a }, { "x-bf-vk": virtualKeys.b }]
    const ids = new Set<string>()
    for (const caller of callers) ids.add((await wire.accept(chat, {}, { ...key, ...caller })).id)
    expect(ids.size).toBe(callers.length)
    for (const caller of callers) ids.add((await wire.accept(chat, {}, { ...key, ...caller })).id)
    expect(ids.size).toBe(callers.length)
  })

  test("sent twenty times at once makes one job", async () => {
    const key = newKey()
    const answers = await Promise.all(Array.from({ length: 20 }, () => wire.submit(chat, {}, key)))
    expect(answers.map(({ status }) => status)).toEqual(new Array(20).fill(202))
    const jobs = (await Promise.all(answers.map((answer) => answer.json()))) as Job[]
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1)
    expect(answers.filter(({ headers }) => headers.get("idempotent-replayed") === "true")).toHaveLength(19)
  })

  test("is free again when its job was deleted, or has expired", async () => {
    const key = newKey()
    const { id } = await wire.accept(chat, {}, key)
    await wire.fetch(`${chat.path}/${id}`, { method: "DELETE" })
    const second = await wire.run(chat, {}, { ...key, "x-bf-async-job-result-ttl": "1" })
    expect(second.id).not.toBe(id)
    for (;;) {
      if ((await wire.poll(chat, second.id)).status === 404) break
    }
    const third = await wire.submit(chat, { user: "another" }, key)
    expect(third.status).toBe(202)
    expect(third.headers.get("idempotent-replayed")).toBeNull()
  })

  test("of a request that was refused is not used up", async () => {
    const key = newKey()
    expect((await wire.submit(chat, { messages: [] }, key)).status).toBe(400)
    expect((await wire.submit(chat, {}, key)).status).toBe(202)
  })

  test("may have 255 characters", async () => {
    expect((await wire.submit(chat, {}, { "idempotency-key": "x".repeat(255) })).status).toBe(202)
    await expectRefusal(await wire.submit(chat, {}, { "idempotency-key": "x".repeat(256) }), {
      status: 400,
      message: /at most 255/,
      param: "Idempotency-Key",
    })
  })
})

describeHere("Prefer: wait", () => {
  test.each(types)("at submit of $requestType answers with the job at its end: 200, as a poll would", async (type) => {
    const response = await wire.submit(type, {}, { prefer: "wait=60" })
    const text = await response.text()
    const job = JSON.parse(text) as Job
    expect(response.status).toBe(200)
    expect(response.headers.get("preference-applied")).toBe("wait=60")
    expect(response.headers.get("location")).toBe(`${type.path}/${job.id}`)
    expect(response.headers.get("content-type")).toBe("application/json")
    expect(job.status).toBe("completed")
    expect(await (await wire.poll(type, job.id)).text()).toBe(text)
  })

  test("at submit answers a failure the same way", async () => {
    const response = await wire.submit(chat, { mock: { status: 404 } }, { prefer: "wait=60" })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ status: "failed", status_code: 404 })
  })

  test("at poll answers the moment the job ends", async () => {
    const { id } = await wire.accept(chat, { mock: { hang: true } })
    const polls = Array.from({ length: 20 }, () => wire.poll(chat, id, { prefer: "wait=60" }))
    const view = wire.fetch(`/v1/async/jobs/${id}`, { headers: { prefer: "wait=60" } })
    await wire.fetch(`${chat.path}/${id}/cancel`, { method: "POST" })
    for (const response of [...(await Promise.all(polls)), await view]) {
      expect(response.status).toBe(200)
      expect(response.headers.get("preference-applied")).toBe("wait=60")
      expect(await response.json()).toMatchObject({ id, status: "failed", status_code: 499 })
    }
  })

  test("at poll of a job that is deleted meanwhile answers 404", async () => {
    const { id } = await wire.accept(chat, { mock: { hang: true } })
    const poll = wire.poll(chat, id, { prefer: "wait=60" })
    await wire.fetch(`${chat.path}/${id}`, { method: "DELETE" })
    await expectRefusal(await poll, { status: 404, message: "job not found or expired" })
  })

  test("that is not met answers 202 as ever, at submit and at poll", async () => {
    const startedAt = Date.now()
    const response = await wire.submit(chat, { mock: { hang: true } }, { prefer: "wait=1" })
    const job = (await response.json()) as Job
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(900)
    expect(response.status).toBe(202)
    expect(response.headers.get("preference-applied")).toBe("wait=1")
    expect(response.headers.get("retry-after")).toMatch(/^\d+$/)
    expect(Object.keys(job)).toEqual(["id", "request_id", "status", "created_at"])
    const poll = await wire.poll(chat, job.id, { prefer: "wait=0" })
    expect(poll.status).toBe(202)
    expect(poll.headers.get("preference-applied")).toBe("wait=0")
    expect(poll.headers.get("retry-after")).toMatch(/^\d+$/)
  })

  test("of a job that has ended does not wait", async () => {
    const { id } = await wire.run(chat)
    const response = await wire.poll(chat, id, { prefer: "wait=60" })
    expect(response.status).toBe(200)
    expect(response.headers.get("preference-applied")).toBe("wait=60")
  })

  test("with Idempotency-Key gives the end of the job that came before", async () => {
    const headers = { prefer: "wait=60", "idempotency-key": "waited for" }
    const first = (await (await wire.submit(chat, {}, headers)).json()) as Job
    const response = await wire.submit(chat, {}, headers)
    expect(response.status).toBe(200)
    expect(response.headers.get("idempotent-replayed")).toBe("true")
    expect(await response.json()).toEqual(first)
  })

  test.each([
    ["wait=121", "wait=120"],
    ["wait=99999999999999999999", "wait=120"],
    ["respond-async, wait=10", "wait=10"],
    ['wait="10"', "wait=10"],
    ["Wait=10", "wait=10"],
  ])("%s is applied as %s", async (prefer, applied) => {
    const response = await wire.submit(chat, {}, { prefer })
    expect(response.status).toBe(200)
    expect(response.headers.get("preference-applied")).toBe(applied)
  })

  test.each(["respond-async", "wait", "wait=soon", "wait=-1", "await=10", "return=minimal"])(
    "%s asks for no waiting",
    async (prefer) => {
      const response = await wire.submit(chat, { mock: { hang: true } }, { prefer })
      expect(response.status).toBe(202)
      expect(response.headers.get("preference-applied")).toBeNull()
    },
  )
})
