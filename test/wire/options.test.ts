// What asyncgate adds to section 6 of the wire contract: the headers for a job's deadline, its priority, and whether a call is repeated
// whose response was lost.
import { afterAll, beforeAll, expect, test } from "bun:test"
import type { Job } from "../harness.ts"
import { closed } from "../upstream.ts"
import { describeHere, expectRefusal, openWire, type Wire } from "./gateway.ts"
import { type Recorder, silent, startRecorder } from "./recorder.ts"
import { chat, findType, type Members, oneOfEachForm } from "./types.ts"

let upstream: Recorder
/** Never answers. */
let mute: Recorder
let wire: Wire
beforeAll(async () => {
  upstream = startRecorder()
  mute = startRecorder()
  mute.answer(silent)
  const network_config = { base_url: upstream.url, retry_backoff_initial: 1, retry_backoff_max: 2 }
  wire = await openWire({
    providers: {
      up: { network_config },
      narrow: { network_config, concurrency_and_buffer_size: { concurrency: 1 } },
      mute: { network_config: { ...network_config, base_url: mute.url, default_request_timeout_in_seconds: 1 } },
    },
  })
})
afterAll(async () => {
  await wire.dispose()
  await upstream.stop()
  await mute.stop()
})

type Headers = Record<string, string>

const view = async (id: string) => (await (await wire.fetch(`/v1/async/jobs/${id}`)).json()) as Job

describeHere("Cancel-After", () => {
  const times: [given: string, ms: number][] = [
    ["500ms", 500],
    ["90s", 90_000],
    ["5m", 300_000],
    ["2h", 7_200_000],
    ["1d", 86_400_000],
    ["30d", 30 * 86_400_000],
    ["90", 90_000],
    [" 90 ", 90_000],
  ]
  test.each(times)("%p is the deadline: so long after the submit", async (given, ms) => {
    for (const type of oneOfEachForm) {
      const { id } = await wire.accept(type, {}, { "cancel-after": given })
      const { deadline_at, created_at } = await view(id)
      expect(Date.parse(deadline_at) - Date.parse(created_at)).toBe(ms)
    }
  })

  test("without it the deadline is a day", async () => {
    const { deadline_at, created_at } = await view((await wire.accept(chat)).id)
    expect(Date.parse(deadline_at) - Date.parse(created_at)).toBe(86_400_000)
  })

  /** Ended by its deadline, not before it, and by nothing else. */
  const expectOverdue = async (job: Job) => {
    expect(job).toMatchObject({ status: "failed", status_code: 504 })
    expect(job.error).toMatchObject({ type: "request_timed_out", is_bifrost_error: false, status_code: 504 })
    expect(job.error.error).toMatchObject({ type: "request_timed_out", code: "deadline_exceeded" })
    const { deadline_at } = await view(job.id)
    expect(Date.parse(job.completed_at)).toBeGreaterThanOrEqual(Date.parse(deadline_at))
  }

  const waits: [name: string, model: string, mock: Members][] = [
    ["whose call is out", "mock/hangs", { hang: true }],
    ["that waits for a quota", "mock/closed", { status: 429, retry_after: 1000 }],
  ]
  for (const given of ["500ms", "1s", "1"]) {
    test.concurrent.each(waits)(`${given} ends a job %s with deadline_exceeded`, async (_, model, mock) => {
      await expectOverdue(await wire.run(chat, { model: `${model}-${given}`, mock }, { "cancel-after": given }))
    })
  }

  test("ends a job that was never started", async () => {
    upstream.answer(silent)
    const out = upstream.next()
    const first = await wire.accept(chat, { model: "narrow/m" })
    await out
    const job = await wire.run(chat, { model: "narrow/m" }, { "cancel-after": "500ms" })
    await wire.fetch(`${chat.path}/${first.id}`, { method: "DELETE" })
    upstream.answer(null)
    await expectOverdue(job)
    expect((await view(job.id)).attempts).toEqual([])
  })

  test("is not waited for by a try that would come after it: the job ends with what the provider said", async () => {
    const job = await wire.run(chat, { mock: { status: 503, retry_after: 1000 } }, { "cancel-after": "5m" })
    expect(job).toMatchObject({ status: "failed", status_code: 503 })
  })

  test.each(oneOfEachForm)("closes the connection of a call that is out for $path", async (type) => {
    upstream.answer(silent)
    // On a busy machine the time of a job may be over before its call is out.
    for (let ms = 500; ; ms *= 2) {
      const out = upstream.next()
      const { id } = await wire.accept(type, { model: "up/m" }, { "cancel-after": `${ms}ms` })
      const ended = wire.end(type, id)
      const call = await Promise.race([out, ended.then(() => null)])
      if (call === null) continue
      await closed(call)
      upstream.answer(null)
      await expectOverdue(await ended)
      return
    }
  })

  test("does nothing to a job that has ended before", async () => {
    const job = await wire.run(chat, {}, { "cancel-after": "1h" })
    expect(job.status).toBe("completed")
  })

  test.each(["", "0", "0s", "-1", "5 m", "1.5h", "5M", "1w", "1h30m", "soon", "31d", `${"9".repeat(400)}s`])(
    "%p is refused with 400 that says what to write",
    async (given) => {
      const refusal = { status: 400, message: /^Cancel-After must be a time like 500ms, 90s, 5m, 2h or 1d/ }
      for (const type of oneOfEachForm) {
        const response = await wire.submit(type, {}, { "cancel-after": given })
        await expectRefusal(response, { ...refusal, code: "invalid_request", param: "Cancel-After" })
      }
    },
  )
})

describeHere("x-asyncgate-priority", () => {
  test.each(["low", "normal", "high"])("%s is the job's, whatever the body's service_tier says", async (given) => {
    for (const service_tier of ["flex", "default", "priority"]) {
      const { id } = await wire.accept(chat, { service_tier }, { "x-asyncgate-priority": given })
      expect((await view(id)).priority).toBe(given)
    }
  })

  test.each([
    ["flex", "low"],
    ["default", "normal"],
    ["auto", "normal"],
    ["priority", "high"],
    [undefined, "normal"],
  ])("without it service_tier %p makes it %s", async (service_tier, priority) => {
    const { id } = await wire.accept(chat, { service_tier })
    expect((await view(id)).priority).toBe(priority)
  })

  test("sends a caller's high jobs before its low ones, but for a few, so that nothing starves", async () => {
    upstream.answer(silent)
    const out = upstream.next()
    const first = await wire.accept(chat, { model: "narrow/m" })
    await out
    const before = upstream.received.length
    const ids: string[] = []
    for (const priority of [...new Array(16).fill("low"), ...new Array(16).fill("high")]) {
      const headers = { "x-asyncgate-priority": priority }
      ids.push((await wire.accept(chat, { model: "narrow/m", user: priority }, headers)).id)
    }
    upstream.answer(null)
    await wire.fetch(`${chat.path}/${first.id}`, { method: "DELETE" })
    for (const id of ids) expect((await wire.end(chat, id)).status).toBe("completed")
    const order = upstream.received.slice(before).map(({ bytes }) => JSON.parse(bytes.toString()).user)
    expect(order).toHaveLength(32)
    expect(order.slice(0, 16).filter((user) => user === "high").length).toBeWithin(12, 16)
  })

  test.each(["", "urgent", "High", "2"])("%p is refused with 400 that says what to write", async (given) => {
    for (const type of oneOfEachForm) {
      await expectRefusal(await wire.submit(type, {}, { "x-asyncgate-priority": given }), {
        status: 400,
        message: "x-asyncgate-priority must be one of low, normal, high",
        code: "invalid_request",
        param: "x-asyncgate-priority",
      })
    }
  })
})

describeHere("x-asyncgate-on-interrupt", () => {
  const image = findType("image_generation")
  const rows: [type: string, headers: Headers, calls: number][] = [
    ["chat_completion", {}, 4],
    ["chat_completion", { "x-asyncgate-on-interrupt": "retry" }, 4],
    ["chat_completion", { "x-asyncgate-on-interrupt": "fail" }, 1],
    ["image_generation", {}, 2],
    ["image_generation", { "x-asyncgate-on-interrupt": "retry" }, 4],
    ["image_generation", { "x-asyncgate-on-interrupt": "fail" }, 1],
  ]
  test.concurrent.each(rows)(
    "%s with %j makes at most %i calls whose answers are lost",
    async (type, headers, calls) => {
      const model = `${type}-${headers["x-asyncgate-on-interrupt"] ?? "default"}`
      const job = await wire.run(findType(type), { model: `mute/${model}` }, headers)
      expect(job).toMatchObject({ status: "failed", error: { error: { code: "request_timed_out" } } })
      expect(mute.received.filter(({ bytes }) => JSON.parse(bytes.toString()).model === model)).toHaveLength(calls)
      if (calls < 4) expect(job.error.error.message).toMatch(/it is not sent again/)
    },
  )

  test("does not stand in the way of a retry after an answer that came", async () => {
    const job = await wire.run(image, { mock: { status: 503, times: 2 } }, { "x-asyncgate-on-interrupt": "fail" })
    expect(job.status).toBe("completed")
  })

  test.each(["", "again", "Retry", "true"])("%p is refused with 400 that says what to write", async (given) => {
    for (const type of oneOfEachForm) {
      await expectRefusal(await wire.submit(type, {}, { "x-asyncgate-on-interrupt": given }), {
        status: 400,
        message: "x-asyncgate-on-interrupt must be one of retry, fail",
        code: "invalid_request",
        param: "x-asyncgate-on-interrupt",
      })
    }
  })
})

describeHere("a header that cannot be read", () => {
  test("stores nothing of its request, not even of a form", async () => {
    const rows = async () => {
      const { id } = await wire.accept(chat)
      await wire.fetch(`${chat.path}/${id}`, { method: "DELETE" })
      return ["jobs", "bodies", "uploads"].map((table) => wire.own.count(table))
    }
    const before = await rows()
    for (const type of oneOfEachForm) {
      for (const name of ["cancel-after", "x-asyncgate-priority", "x-asyncgate-on-interrupt"]) {
        expect((await wire.submit(type, {}, { [name]: "nonsense" })).status).toBe(400)
      }
    }
    expect(await rows()).toEqual(before)
  })
})
