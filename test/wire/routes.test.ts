// Section 1 of the wire contract: twelve pairs of routes, what can be done with a job beside polling it, and the routes of all jobs.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import type { Job } from "../harness.ts"
import { describeHere, expectRefusal, NO_JOB, openWire, RFC_3339, testHere, type Wire } from "./gateway.ts"
import { type Recorder, silent, startRecorder } from "./recorder.ts"
import { chat, oneOfEachForm, pathOfCall, types } from "./types.ts"

const JOBS = "/v1/async/jobs"

let upstream: Recorder
let wire: Wire
beforeAll(async () => {
  upstream = startRecorder()
  wire = await openWire({ isAlone: true, providers: { up: { network_config: { base_url: upstream.url } } } })
})
afterAll(async () => {
  await wire.dispose()
  await upstream.stop()
})

const post = (path: string) => wire.fetch(path, { method: "POST" })
const remove = (path: string) => wire.fetch(path, { method: "DELETE" })
const read = async (path: string) => (await (await wire.fetch(path)).json()) as Job

test("there are twelve request types", () => {
  expect(types.map(({ requestType, path }) => [path, requestType])).toEqual([
    ["/v1/async/completions", "text_completion"],
    ["/v1/async/chat/completions", "chat_completion"],
    ["/v1/async/responses", "responses"],
    ["/v1/async/input_tokens", "count_tokens"],
    ["/v1/async/embeddings", "embedding"],
    ["/v1/async/audio/speech", "speech"],
    ["/v1/async/audio/transcriptions", "transcription"],
    ["/v1/async/images/generations", "image_generation"],
    ["/v1/async/images/edits", "image_edit"],
    ["/v1/async/images/variations", "image_variation"],
    ["/v1/async/rerank", "rerank"],
    ["/v1/async/ocr", "ocr"],
  ])
})

describe.each(types)("$path", (type) => {
  test("takes a job and gives it back at the same path, named by Location", async () => {
    const response = await wire.submit(type)
    const { id } = (await response.json()) as Job
    expect(response.status).toBe(202)
    expect(response.headers.get("location")).toBe(`${type.path}/${id}`)
    const job = await wire.end(type, id)
    expect(job.status).toBe("completed")
    expect(type.isResult(job.result)).toBe(true)
    expect(job.result.extra_fields.request_type).toBe(type.requestType)
  })

  testHere("cancels a job that runs: 200 with the job as it now is, again and again", async () => {
    const { id } = await wire.accept(type, { mock: { hang: true } })
    const response = await post(`${type.path}/${id}/cancel`)
    const text = await response.text()
    expect(response.status).toBe(200)
    expect(response.headers.get("content-type")).toBe("application/json")
    expect(JSON.parse(text)).toMatchObject({ id, status: "failed", status_code: 499 })
    expect(await (await post(`${type.path}/${id}/cancel`)).text()).toBe(text)
    expect(await (await wire.poll(type, id)).text()).toBe(text)
  })

  testHere("a cancel of a job that has ended changes nothing", async () => {
    const { id } = await wire.run(type)
    const before = await (await wire.poll(type, id)).text()
    const response = await post(`${type.path}/${id}/cancel`)
    expect(response.status).toBe(200)
    expect(await response.text()).toBe(before)
    expect(await (await wire.poll(type, id)).text()).toBe(before)
  })

  testHere("a DELETE of a job that has ended: 204, and the job is not there any more", async () => {
    const { id } = await wire.run(type)
    const response = await remove(`${type.path}/${id}`)
    expect(response.status).toBe(204)
    expect(await response.text()).toBe("")
    const gone = { status: 404, message: "job not found or expired", code: "job_not_found" }
    await expectRefusal(await wire.poll(type, id), gone)
    await expectRefusal(await wire.fetch(`${JOBS}/${id}`), gone)
    await expectRefusal(await remove(`${type.path}/${id}`), gone)
    await expectRefusal(await post(`${type.path}/${id}/cancel`), gone)
    expect(wire.own.count("bodies", `job_id = '${id}'`)).toBe(0)
  })

  testHere("a DELETE of a job that runs cancels and removes it, bodies and all", async () => {
    const { id } = await wire.accept(type, { mock: { hang: true } })
    expect((await remove(`${type.path}/${id}`)).status).toBe(204)
    expect((await wire.poll(type, id)).status).toBe(404)
    expect(wire.own.count("jobs", `id = '${id}'`)).toBe(0)
    expect(wire.own.count("bodies", `job_id = '${id}'`)).toBe(0)
  })

  testHere("a job of another type cannot be reached here, and stays as it is", async () => {
    const other = types[(types.indexOf(type) + 1) % types.length] ?? chat
    const { id } = await wire.run(other)
    const mismatch = { status: 404, message: "operation type mismatch", code: "operation_type_mismatch" }
    await expectRefusal(await wire.poll(type, id), mismatch)
    await expectRefusal(await post(`${type.path}/${id}/cancel`), mismatch)
    await expectRefusal(await remove(`${type.path}/${id}`), mismatch)
    expect((await wire.poll(other, id)).status).toBe(200)
  })

  testHere("its jobs are among all jobs: viewed, cancelled and deleted by id alone", async () => {
    const { id } = await wire.accept(type, { mock: { hang: true } })
    const view = await read(`${JOBS}/${id}`)
    expect(view).toMatchObject({ id, request_type: type.requestType, provider: "mock" })
    const cancelled = await post(`${JOBS}/${id}/cancel`)
    expect(cancelled.status).toBe(200)
    expect(await cancelled.json()).toMatchObject({ id, status: "failed", status_code: 499 })
    expect((await remove(`${JOBS}/${id}`)).status).toBe(204)
    expect((await wire.fetch(`${JOBS}/${id}`)).status).toBe(404)
  })
})

describeHere.each(oneOfEachForm)("a call that is out for $path", (type) => {
  test.each([
    ["a cancel", (id: string) => post(`${type.path}/${id}/cancel`)],
    ["a DELETE", (id: string) => remove(`${type.path}/${id}`)],
  ])("is ended by %s: the connection to the provider closes", async (_, act) => {
    upstream.answer(silent)
    const out = upstream.next()
    const { id } = await wire.accept(type, { model: "up/m" })
    const { signal } = await out
    const closed = new Promise((resolve) => signal.addEventListener("abort", resolve))
    expect((await act(id)).ok).toBe(true)
    await closed
    upstream.answer(null)
  })
})

describeHere("the view of any job", () => {
  test("is the job object, with what stands behind it between its head and its result", async () => {
    const { id } = await wire.run(chat)
    const polled = (await (await wire.poll(chat, id)).json()) as Job
    const view = await read(`${JOBS}/${id}`)
    expect(view).toMatchObject(polled)
    expect(Object.keys(view)).toEqual([
      "id",
      "request_id",
      "status",
      "expires_at",
      "created_at",
      "completed_at",
      "status_code",
      "state",
      "request_type",
      "provider",
      "model",
      "priority",
      "deadline_at",
      "origin_id",
      "batch_id",
      "batch_line",
      "cost_usd",
      "attempts",
      "usage",
      "warnings",
      "result",
    ])
    expect(view.warnings).toEqual([])
    expect(view.attempts).toHaveLength(1)
    expect(view.usage).toEqual(view.result.usage)
  })

  const members = [
    "attempt",
    "provider",
    "key_name",
    "model",
    "queued_at",
    "waited_ms",
    "started_at",
    "finished_at",
    "status_code",
    "outcome",
    "reason",
    "upstream_request_id",
    "usage",
    "cost_usd",
  ]

  test("shows the provider's id and the usage of an attempt, in one form for every provider", async () => {
    const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 }
    upstream.answer(() => Response.json({ choices: [{ index: 0 }], usage }, { headers: { "x-request-id": "req-7" } }))
    const { id } = await wire.run(chat, { model: "up/m" })
    upstream.answer(null)
    const { attempts } = await read(`${JOBS}/${id}`)
    expect(Object.keys(attempts[0])).toEqual(members)
    expect(attempts[0]).toMatchObject({
      upstream_request_id: "req-7",
      usage: { input_tokens: 3, output_tokens: 4 },
      cost_usd: null,
    })
  })

  test("shows the attempt in progress as the last one", async () => {
    const { id } = await wire.accept(chat, { mock: { hang: true } })
    for (;;) {
      const { status, attempts } = await read(`${JOBS}/${id}`)
      if (status === "pending") continue
      expect(attempts).toHaveLength(1)
      expect(Object.keys(attempts[0])).toEqual(members)
      expect(attempts[0]).toMatchObject({ attempt: 1, provider: "mock", model: "echo", outcome: "running" })
      expect(attempts[0]).toMatchObject({ finished_at: null, status_code: null, reason: null })
      break
    }
  })

  test("shows until when a 429 has closed the provider's quota", async () => {
    const { id } = await wire.accept(chat, { model: "mock/quota", mock: { status: 429, retry_after: 1000 } })
    for (;;) {
      const { attempts, queue } = await read(`${JOBS}/${id}`)
      if (attempts[0]?.outcome !== "refused") continue
      expect(queue.reason).toBe("provider mock answered 429: it takes no calls for model quota before runs_at")
      expect(Date.parse(queue.runs_at) - Date.parse(attempts[0].finished_at)).toBeWithin(990_000, 1_010_000)
      break
    }
  })

  test("shows every attempt", async () => {
    const { id } = await wire.run(chat, { mock: { status: 503, times: 2 } })
    const { attempts } = await read(`${JOBS}/${id}`)
    expect(attempts.map(({ attempt, status_code, outcome }: Job) => [attempt, status_code, outcome])).toEqual([
      [1, 503, "refused"],
      [2, 503, "refused"],
      [3, 200, "answered"],
    ])
  })

  test("answers 202 while the job runs, as the poll does", async () => {
    const { id } = await wire.accept(chat, { mock: { hang: true } })
    expect((await wire.fetch(`${JOBS}/${id}`)).status).toBe(202)
  })
})

describeHere("the list of jobs", () => {
  const list = (query = "") => read(`${JOBS}${query}`)
  const ids = ({ data }: Job) => data.map(({ id }: Job) => id)

  test("has the newest first, without their results", async () => {
    const first = await wire.run(chat)
    const second = await wire.run(chat)
    const page = await list("?limit=2")
    expect(page.object).toBe("list")
    expect(ids(page)).toEqual([second.id, first.id])
    expect(page).toMatchObject({ first_id: second.id, last_id: first.id, has_more: true })
    const { result, ...head } = first
    expect(result).toBeDefined()
    expect(page.data[1]).toMatchObject({
      ...head,
      state: "succeeded",
      request_type: "chat_completion",
      provider: "mock",
      model: "echo",
      started_at: expect.stringMatching(RFC_3339),
      priority: "normal",
      attempts: 1,
      key_name: null,
      usage: result.usage && {
        input_tokens: result.usage.prompt_tokens,
        output_tokens: result.usage.completion_tokens,
        total_tokens: result.usage.total_tokens,
      },
      content_type: null,
      origin_id: null,
      batch_id: null,
    })
    expect(page.data[1]).not.toHaveProperty("owner")
  })

  test("goes on behind the last one, by after and by the Link header, until each was listed once", async () => {
    const all = ids(await list("?limit=100"))
    const listed: string[] = []
    for (let path: string | null = `${JOBS}?limit=7`; path !== null; ) {
      const response = await wire.fetch(path)
      const page = (await response.json()) as Job
      listed.push(...ids(page))
      const next = /^<(.+)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1] ?? null
      expect(next !== null).toBe(page.has_more)
      if (next !== null) expect(ids(await list(`?limit=7&after=${page.last_id}`))).toEqual(ids(await read(next)))
      path = next
    }
    expect(listed.slice(0, 100)).toEqual(all)
    expect(new Set(listed).size).toBe(listed.length)
  })

  test("can be narrowed to a status, a type, a provider, a model and a time", async () => {
    const failed = await wire.run(chat, { model: "mock/narrow", mock: { status: 404 } })
    const { id: running } = await wire.accept(chat, { model: "mock/narrow", mock: { hang: true } })
    for (const { requestType } of types) {
      const { data } = await list(`?type=${requestType}`)
      expect(data.every(({ request_type }: Job) => request_type === requestType)).toBe(true)
    }
    expect(ids(await list("?model=narrow"))).toEqual([running, failed.id])
    expect(ids(await list("?provider=mock&model=mock/narrow&status=failed"))).toEqual([failed.id])
    expect(ids(await list("?model=narrow&status=completed"))).toEqual([])
    expect(ids(await list("?provider=up&model=narrow"))).toEqual([])
    expect(ids(await list(`?model=narrow&created_after=${new Date(Date.now() + 60_000).toISOString()}`))).toEqual([])
    expect(ids(await list(`?model=narrow&created_before=${failed.created_at}`))).toEqual([])
    expect(ids(await list(`?model=narrow&created_after=${failed.created_at}`))).toEqual([running, failed.id])
  })

  test("can be narrowed to a state, a priority, an error's code, a cost, and searched by the ids of job and request", async () => {
    const unique = `found-${Date.now()}`
    const headers = { "x-asyncgate-priority": "high", "x-request-id": unique, "idempotency-key": `key ${unique}` }
    const { id } = await wire.accept(chat, { model: "mock/searched", mock: { hang: true } }, headers)
    const failed = await wire.run(chat, { model: "mock/searched", mock: { status: 404 } })
    const found = async (query: string) => ids(await list(`?model=searched&${query}`))
    expect(await found("state=running")).toEqual([id])
    expect(await found("state=running&status=failed")).toEqual([])
    expect(await found("priority=high")).toEqual([id])
    expect(await found(`error_code=${failed.error.error.code}`)).toEqual([failed.id])
    expect(await found("error_code=job_cancelled")).toEqual([])
    expect(await found("min_cost=0.01")).toEqual([])
    expect(await found("key=none-of-this-name")).toEqual([])
    expect(await found(`origin=${id}`)).toEqual([])
    expect(await found(`idempotency_key=key+${unique}`)).toEqual([id])
    expect(await found(`idempotency_key=${unique}`)).toEqual([])
    expect(await found(`search=${unique}`)).toEqual([id])
    expect(await found(`search=${failed.id.toUpperCase()}`)).toEqual([failed.id])
    expect(await found(`search=${failed.id.slice(0, 20)}`)).toEqual([failed.id])
    expect(await found(`search=${failed.id.slice(0, 7)}`)).toEqual([])
  })

  test("takes what clients of other lists send, and refuses what may be a filter that is misspelt", async () => {
    expect((await wire.fetch(`${JOBS}?order=desc&metadata[a]=b&include[]=x`)).status).toBe(200)
    await expectRefusal(await wire.fetch(`${JOBS}?modle=echo`), {
      status: 400,
      message:
        /^unknown filter "modle"; supported: status, state, type, provider, model, .*created_before, limit, after$/,
      param: "modle",
    })
    await expectRefusal(await wire.fetch(`${JOBS}?status=failed&status=completed`), {
      status: 400,
      message: /^status is given twice: send it once$/,
      param: "status",
    })
  })

  test.each([
    ["state=done", "state"],
    ["priority=urgent", "priority"],
    ["min_cost=cheap", "min_cost"],
    ["search=", "search"],
    ["idempotency_key=", "idempotency_key"],
    ["status=done", "status"],
    ["type=chat", "type"],
    ["limit=0", "limit"],
    ["limit=101", "limit"],
    ["limit=x", "limit"],
    ["created_after=soon", "created_after"],
  ])("refuses ?%s", async (query, param) => {
    await expectRefusal(await wire.fetch(`${JOBS}?${query}`), { status: 400, message: new RegExp(`^${param} `), param })
  })
})

describeHere("a job that is not there", () => {
  test.each([
    ["POST", `${chat.path}/${NO_JOB}/cancel`],
    ["DELETE", `${chat.path}/${NO_JOB}`],
    ["GET", `${JOBS}/${NO_JOB}`],
    ["POST", `${JOBS}/${NO_JOB}/cancel`],
    ["DELETE", `${JOBS}/${NO_JOB}`],
    ["GET", `${JOBS}/${NO_JOB}/content`],
  ])("%s %s answers 404", async (method, path) => {
    await expectRefusal(await wire.fetch(path, { method }), { status: 404, message: "job not found or expired" })
  })
})

describeHere("any other method and path", () => {
  const METHODS = types.flatMap(({ path }) => [
    ["GET", path, "POST"],
    ["PUT", path, "POST"],
    ["OPTIONS", path, "POST"],
    ["POST", `${path}/some-id`, "GET, DELETE"],
    ["GET", `${path}/some-id/cancel`, "POST"],
  ])
  test.each([
    ...METHODS,
    ["POST", JOBS, "GET"],
    ["PUT", `${JOBS}/some-id`, "GET, DELETE"],
    ["GET", `${JOBS}/some-id/cancel`, "POST"],
    ["POST", `${JOBS}/some-id/content`, "GET"],
    ["POST", "/v1/models", "GET"],
    ["PATCH", "/health", "GET"],
  ])("%s %s is refused with 405 and Allow", async (method = "", path = "", allow = "") => {
    const response = await wire.fetch(path, { method })
    expect(response.headers.get("allow")).toBe(allow)
    await expectRefusal(response, { status: 405, message: /does not support/, code: "method_not_allowed" })
  })

  test.each(["/v1/async/nothing", `${chat.path}/a/b`, `${JOBS}/a/b`, "/%2e%2e/etc/passwd", `/${"a".repeat(5000)}`])(
    "%s answers 404 with the error object",
    async (path) => {
      const message = /^no route matches GET .{1,101}: POST .* submit jobs, GET .* lists them; see \/docs$/
      await expectRefusal(await wire.fetch(path), { status: 404, message, code: "route_not_found" })
    },
  )

  const ID = "01a22f8c-9738-74c4-a7ee-a829f9bb5047"
  const chatIsAJob = `requests are asynchronous jobs: use POST ${chat.path}, then poll GET ${chat.path}/{job_id}`
  const advice: [method: string, path: string, message: string][] = [
    ["POST", "/chat/completions", "use POST /v1/chat/completions"],
    ["POST", "/async/chat/completions", chatIsAJob],
    ["POST", "/V1/Async/Chat/Completions", chatIsAJob],
    ["POST", "/v1//async/chat/completions", chatIsAJob],
    ["POST", "/azure/v1/chat/completions", "use POST /v1/chat/completions"],
    ["POST", "/v1/v1/chat/completions", "use POST /v1/chat/completions"],
    ...types.map(pathOfCall).map((path): [string, string, string] => ["POST", path.slice(3), `use POST ${path}`]),
    ["POST", "/v1/async/responses/input_tokens", "input is counted as a job at POST /v1/async/input_tokens"],
    ["GET", `/v1/async/${ID}`, `a job is at ${JOBS}/${ID}`],
    ["GET", `/v1/jobs/${ID}`, `use GET or DELETE ${JOBS}/{job_id}`],
    ["GET", "/v1/jobs", `use GET ${JOBS}`],
    ["POST", "/v1/jobs/cancel", `use POST ${JOBS}/cancel`],
    ["POST", "/v1/async/chat", `use POST ${chat.path}`],
    ["POST", "/v1/async/audio", "use POST /v1/async/audio/speech or POST /v1/async/audio/transcriptions"],
    ["GET", "/models", "use GET /v1/models"],
    ["GET", "/v1/health", "use GET /health"],
  ]
  test.each(advice)("%s %s is answered with the route that there is", async (method, path, advised) => {
    const message = `no route matches ${method} ${path}: ${advised}; see /docs`
    const response = await wire.fetch(path, { method })
    if (!/^\/v1\/(?!\/*async)/.test(path))
      return void (await expectRefusal(response, { status: 404, message, code: "route_not_found" }))
    // Whoever asks for a path of OpenAI's expects an error in its form.
    expect(response.status).toBe(404)
    const error = { message, type: "not_found_error", param: null, code: "route_not_found" }
    expect(await response.json()).toEqual({ error })
  })

  test("a path that ends in a slash is the path without it", async () => {
    const { model, members } = chat
    const body = JSON.stringify({ model, ...members })
    expect((await wire.post(`${chat.path}/`, body)).status).toBe(202)
    expect((await wire.fetch(`${JOBS}/`)).status).toBe(200)
  })

  test("GET of a path where jobs are submitted says how one is polled", async () => {
    const message = `${chat.path} does not support GET: use POST; GET ${chat.path}/{job_id} polls a job, and GET ${JOBS} lists them`
    await expectRefusal(await wire.fetch(chat.path), { status: 405, message })
  })

  test("GET / sends a browser to the dashboard, and gives any other client the addresses", async () => {
    const browser = await wire.fetch("/", { headers: { accept: "text/html,*/*;q=0.8" }, redirect: "manual" })
    expect([browser.status, browser.headers.get("location")]).toEqual([302, "/ui"])
    const links = (await (await wire.fetch("/")).json()) as Record<string, string>
    expect(links["name"]).toBe("asyncgate")
    const { openapi = "", jobs = "", models = "", health = "", docs = "", ui = "" } = links
    for (const path of [ui, docs, openapi, jobs, models, health]) expect((await wire.fetch(path)).status).toBe(200)
  })
})

testHere("GET /health answers 200 with exactly status ok", async () => {
  const response = await wire.fetch("/health")
  expect(response.status).toBe(200)
  const text = await response.text()
  // Where several gateways share a database, the operator is told of them too.
  if (process.env["TEST_DATABASE"] === undefined) expect(text).toBe('{"status":"ok"}\n')
  else expect(Object.keys(JSON.parse(text))).toEqual(["status", "role", "gateways", "standbys"])
  expect(JSON.parse(text)).toMatchObject({ status: "ok" })
})

testHere("nothing that was asked has left a 500 or a stack trace behind", () => {
  expect(wire.own.log()).not.toMatch(/"level":"(warn|error)"|^ +at /m)
})
