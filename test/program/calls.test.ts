// Calls and streams on OpenAI's wire, with the whole program between a client and a provider on loopback.
import { afterAll, describe, expect, test } from "bun:test"
import { connect } from "node:net"
import { launch, start } from "../harness.ts"
import { rawServer } from "../providers/rawserver.ts"
import { closed, completion, startUpstream } from "../upstream.ts"
import { delta, openAiAt as network, opening, streams, whole } from "./events.ts"

/** An answer in HTTP whose body has begun. */
function chunked(text: string): string {
  const size = Buffer.byteLength(text).toString(16)
  return `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n${size}\r\n${text}\r\n`
}

const upstream = startUpstream()
const other = startUpstream()
/** Breaks off before the first content of the first answer. */
const early = rawServer((at) => (at === 0 ? chunked(opening) : `${chunked(whole.join(""))}0\r\n\r\n`))
const brokenLate = Promise.withResolvers<void>()
/** Breaks off after the first content, when a test says so. */
const late = rawServer(() => chunked(opening + delta({ content: "Hel" })), { until: brokenLate.promise })
const config = {
  providers: {
    up: network(upstream.url),
    other: network(other.url),
    early: network(early.url),
    late: network(late.url),
  },
}
const gateway = await launch({ config })
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
  await other.stop()
  early.stop()
  late.stop()
})

const CHAT = "/v1/chat/completions"
const body = { model: "up/m", messages: [{ role: "user", content: "Hello" }] }

function post(members: object = {}, init: RequestInit = {}, path = CHAT, url = gateway.url): Promise<Response> {
  const headers = { "content-type": "application/json", ...(init.headers as Record<string, string>) }
  return fetch(url + path, { method: "POST", body: JSON.stringify({ ...body, ...members }), ...init, headers })
}

/** The data of each event of a stream. */
async function readEvents(response: Response): Promise<unknown[]> {
  expect(response.headers.get("content-type")).toBe("text/event-stream")
  const text = await response.text()
  expect(text).not.toMatch(/^(id|retry):/m)
  return text
    .split("\n\n")
    .filter((event) => event.startsWith("data: "))
    .map((event) => event.slice("data: ".length))
    .map((data) => (data === "[DONE]" ? data : JSON.parse(data)))
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the wire says
type Any = any

async function readJob(response: Response) {
  return (await (await gateway.fetch(`/v1/async/jobs/${response.headers.get("x-job-id")}`)).json()) as Any
}

describe("a call", () => {
  test("is answered with the provider's body, and its job has the same result", async () => {
    upstream.answer(() => completion("Hi", { system_fingerprint: "fp" }))
    const response = await post()
    expect(response.status).toBe(200)
    expect(response.headers.get("request-id")).toBe(response.headers.get("x-request-id"))
    expect(response.headers.get("openai-processing-ms")).toMatch(/^\d+$/)
    const result = (await response.json()) as Any
    expect(result).toMatchObject({ choices: [{ message: { content: "Hi" } }], system_fingerprint: "fp" })
    const job = await readJob(response)
    expect(job.result).toEqual(result)
    expect(Date.parse(job.expires_at) - Date.parse(job.completed_at)).toBe(60_000)
  })

  test("is answered with the provider's status and error in OpenAI's form, and clients are told not to repeat it", async () => {
    const error = { message: "no", type: "invalid_request_error", param: "messages", code: "bad" }
    upstream.answer(() => Response.json({ error }, { status: 422 }))
    const response = await post()
    expect(response.status).toBe(422)
    expect(response.headers.get("x-should-retry")).toBe("false")
    expect(await response.json()).toEqual({ error })
  })

  test("that is refused names the member", async () => {
    const response = await post({ messages: undefined })
    expect(response.status).toBe(400)
    const error = { type: "invalid_request_error", param: "messages", code: "invalid_request" }
    expect(await response.json()).toEqual({ error: { message: "messages is required for chat completion", ...error } })
  })

  test("sends stream: false to nobody who did not ask for it, and asks for no stream", async () => {
    upstream.answer(() => completion())
    await post({ stream: false })
    expect(JSON.parse(upstream.received.at(-1)?.body ?? "").stream).toBeOneOf([false, undefined])
  })

  test("is aborted at the provider when its client goes, and its job is cancelled", async () => {
    for (const stream of [false, true]) {
      upstream.answer(() => new Promise(() => {}))
      const abort = new AbortController()
      const arrived = upstream.request(upstream.received.length)
      // An empty key is none.
      const headers = { "x-request-id": `gone-${stream}`, "idempotency-key": "" }
      const call = post({ stream }, { signal: abort.signal, headers }).catch((error: Error) => error.name)
      const received = await arrived
      abort.abort()
      await closed(received)
      expect(await call).toBe("AbortError")
      const page = (await (await gateway.fetch("/v1/async/jobs?limit=1")).json()) as Any
      const job = await gateway.end(page.data[0].id)
      expect(job).toMatchObject({ request_id: `gone-${stream}`, status_code: 499 })
    }
  })

  test("goes on without its client where that was asked for, and its result is collected", async () => {
    const answer = Promise.withResolvers<Response>()
    upstream.answer(() => answer.promise)
    const abort = new AbortController()
    const arrived = upstream.request(upstream.received.length)
    const headers = { "x-asyncgate-on-disconnect": "continue" }
    const call = post({ stream: true }, { signal: abort.signal, headers }).catch(() => {})
    await arrived
    abort.abort()
    await call
    answer.resolve(await streams(...whole)({} as never, 0))
    const page = (await (await gateway.fetch("/v1/async/jobs?limit=1")).json()) as Any
    expect(await gateway.end(page.data[0].id)).toMatchObject({
      result: { choices: [{ message: { content: "Hello" } }] },
    })
  })

  test("refuses another word for what becomes of it", async () => {
    const response = await post({}, { headers: { "x-asyncgate-on-disconnect": "maybe" } })
    expect(response.status).toBe(400)
    expect(((await response.json()) as Any).error.message).toBe(
      "x-asyncgate-on-disconnect must be one of cancel, continue, resume",
    )
  })

  test("with an Idempotency-Key waits for the job that is there, and its disconnect does not cancel that", async () => {
    const answer = Promise.withResolvers<Response>()
    upstream.answer(() => answer.promise)
    const arrived = upstream.request(upstream.received.length)
    const headers = { "idempotency-key": "one" }
    const first = post({}, { headers })
    await arrived
    const abort = new AbortController()
    const second = post({}, { headers, signal: abort.signal }).catch(() => {})
    const third = post({}, { headers })
    abort.abort()
    await second
    answer.resolve(completion("once"))
    const [one, other] = [await first, await third]
    expect(one.headers.get("x-job-id")).toBe(other.headers.get("x-job-id") ?? "")
    expect(((await other.json()) as Any).choices[0].message.content).toBe("once")
  })
})

test("a call goes before queued jobs of the same caller, which still have their turns", async () => {
  const own = await start({
    config: {
      providers: {
        up: { ...network(upstream.url), concurrency_and_buffer_size: { concurrency: 1 } },
      },
    },
  })
  const next: (() => void)[] = []
  const order: string[] = []
  upstream.answer(({ headers }) => {
    order.push(headers["x-request-id"] ?? "")
    return new Promise((resolve) => next.push(() => resolve(completion())))
  })
  const from = upstream.received.length
  for (let n = 0; n < 6; n++) await own.submit({ ...body, model: "up/m" }, { "x-request-id": `queued-${n}` })
  await upstream.request(from)
  const calls = Array.from({ length: 6 }, (_, n) =>
    post({}, { headers: { "x-request-id": `call-${n}` } }, CHAT, own.url),
  )
  while (((await (await own.fetch("/v1/async/jobs")).json()) as Any).data.length < 12);
  for (let n = 0; n < 12; n++) {
    await upstream.request(from + n)
    next[n]?.()
  }
  await Promise.all(calls)
  const firstEight = order.slice(1, 9)
  expect(firstEight.filter((id) => id.startsWith("call-")).length).toBeGreaterThanOrEqual(5)
  expect(firstEight.filter((id) => id.startsWith("queued-")).length).toBeGreaterThanOrEqual(1)
})

describe("a stream", () => {
  test("is passed through event by event, and the events together are the stored result", async () => {
    upstream.answer(streams(...whole))
    const response = await post({ stream: true })
    const events = await readEvents(response)
    expect(events.map((event: Any) => event.choices?.[0]?.delta.content)).toEqual([
      "",
      "Hel",
      "lo",
      undefined,
      undefined,
    ])
    expect(events.at(-1)).toBe("[DONE]")
    const sent = JSON.parse(upstream.received.at(-1)?.body ?? "")
    expect(sent).toMatchObject({ model: "m", stream: true, stream_options: { include_usage: true } })
    const job = await readJob(response)
    expect(job).toMatchObject({ status: "completed", usage: { total_tokens: 3 } })
    expect(job.result.choices[0]).toMatchObject({ message: { content: "Hello" }, finish_reason: "stop" })
  })

  test("has its usage where the client asked for it", async () => {
    upstream.answer(streams(...whole))
    const events = await readEvents(await post({ stream: true, stream_options: { include_usage: true } }))
    expect(events.at(-2)).toMatchObject({ choices: [], usage: { total_tokens: 3 } })
  })

  test("begins with the first content, while the provider still writes", async () => {
    upstream.answer(streams(opening, delta({ content: "first" }), null))
    const abort = new AbortController()
    const response = await post({ stream: true }, { signal: abort.signal })
    const { value } = (await response.body?.getReader().read()) ?? {}
    expect(new TextDecoder().decode(value)).toBe(opening + delta({ content: "first" }))
    const received = upstream.received.at(-1)
    abort.abort()
    if (received) await closed(received)
  })

  test("that breaks before its first content is tried again, and the client sees one stream", async () => {
    const events = await readEvents(await post({ model: "early/m", stream: true }))
    expect(early.asked()).toBe(2)
    expect(events.filter((event: Any) => event.choices?.[0]?.delta.role)).toHaveLength(1)
    expect(events.at(-1)).toBe("[DONE]")
  })

  test("goes to the fallback before its first content", async () => {
    upstream.answer(() => Response.json({ error: { message: "no such model" } }, { status: 404 }))
    other.answer(streams(...whole))
    const events = await readEvents(await post({ stream: true, fallbacks: ["other/m"] }))
    expect(events.at(-1)).toBe("[DONE]")
  })

  test("that fails before its first content is a response with the provider's status", async () => {
    const event = `data: ${JSON.stringify({ error: { message: "too long", code: 413 } })}\n\n`
    for (const answer of [streams(event), () => Response.json({ error: { message: "too long" } }, { status: 413 })]) {
      upstream.answer(answer)
      const response = await post({ stream: true })
      expect(response.status).toBe(413)
      expect(((await response.json()) as Any).error.message).toBe("too long")
    }
  })

  test.each([
    ["ends without a finish_reason", ["data: [DONE]\n\n"], /broke off before its end/],
    ["has an error", [`data: {"error":{"message":"overloaded","code":503}}\n\n`], /ended with an error: overloaded/],
  ])(
    "that %s after its first content ends with an error, is not repeated, and its job has failed",
    async (_, end, message) => {
      const from = upstream.received.length
      upstream.answer(streams(opening, delta({ content: "Hel" }), ...end))
      const response = await post({ stream: true })
      const events = (await readEvents(response)) as Any[]
      expect(events.at(-2).error.message).toMatch(message)
      expect(events.at(-1)).toBe("[DONE]")
      expect(upstream.received.length - from).toBe(1)
      expect(await readJob(response)).toMatchObject({ status: "failed", status_code: 502 })
    },
  )

  test("whose connection breaks after its first content ends with an error, and is not repeated", async () => {
    const response = await post({ model: "late/m", stream: true })
    const [head, rest] = response.body?.tee() ?? []
    await head?.getReader().read()
    brokenLate.resolve()
    const events = (await readEvents(new Response(rest, response))) as Any[]
    expect(events.at(-2).error.message).toMatch(/broke off before its end/)
    expect(late.asked()).toBe(1)
    expect(await readJob(response)).toMatchObject({ status: "failed", status_code: 502 })
  })

  test("is made of the result where the provider does not stream", async () => {
    upstream.answer(() => completion("all at once"))
    const events = (await readEvents(await post({ stream: true }))) as Any[]
    const text = events.map((event) => event.choices?.[0]?.delta.content ?? "").join("")
    expect(text).toBe("all at once")
    expect(events.at(-2).choices[0].finish_reason).toBe("stop")
  })

  test("is made of the result for an earlier request with the same Idempotency-Key", async () => {
    upstream.answer(streams(...whole))
    const headers = { "idempotency-key": "streamed" }
    const first = await readEvents(await post({ stream: true }, { headers }))
    const second = (await readEvents(await post({ stream: true }, { headers }))) as Any[]
    expect(first.at(-1)).toBe("[DONE]")
    expect(second.map((event) => event.choices?.[0]?.delta.content ?? "").join("")).toBe("Hello")
  })

  test("waits for a slow reader, and holds its provider up instead of memory", async () => {
    const piece = delta({ content: "x".repeat(100_000) })
    let sent = 0
    upstream.answer(() => {
      const encoder = new TextEncoder()
      const source = new ReadableStream({
        pull(controller) {
          sent++
          controller.enqueue(encoder.encode(sent === 300 ? delta({}, "stop") : piece))
          if (sent === 300) controller.close()
        },
      })
      return new Response(source, { headers: { "content-type": "text/event-stream" } })
    })
    const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1")
    const text = JSON.stringify({ ...body, stream: true })
    const head = `POST ${CHAT} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n`
    socket.write(head + text)
    const first = Promise.withResolvers<void>()
    let bytes = 0
    socket.on("data", (data) => {
      if (bytes === 0) socket.pause()
      bytes += data.length
      first.resolve()
    })
    await first.promise
    // Other requests go on meanwhile.
    for (let n = 0; n < 5; n++) await gateway.breathe()
    expect(sent).toBeLessThan(300)
    const ended = new Promise((resolve) => socket.on("close", resolve))
    socket.resume()
    await ended
    expect(bytes).toBeGreaterThan(29_900_000)
  })
})

test("a job whose stream was cut by a kill -9 is completed at the next start", async () => {
  const own = await start({ config })
  upstream.answer(streams(opening, delta({ content: "Hel" }), null))
  const response = await post({ stream: true }, {}, CHAT, own.url)
  await response.body?.getReader().read()
  await own.stop("SIGKILL")
  upstream.answer(() => completion("again"))
  const next = await start({ config, dir: own.dir })
  const job = await next.end(response.headers.get("x-job-id") ?? "")
  expect(job).toMatchObject({ status: "completed", result: { choices: [{ message: { content: "again" } }] } })
})

describe("a job that is made on OpenAI's wire with x-bf-async", () => {
  const collect = (id: string, path = "/openai/v1/responses") =>
    fetch(gateway.url + path, { method: "POST", body: "{}", headers: { "x-bf-async-id": id } })

  test("is answered with 200 and its id, and is collected at the same path with x-bf-async-id", async () => {
    const answer = Promise.withResolvers<Response>()
    upstream.answer(() => answer.promise)
    const members = { input: "Hello", messages: undefined }
    const submitted = await post(members, { headers: { "x-bf-async": "true" } }, "/openai/v1/responses")
    expect(submitted.status).toBe(200)
    const { id, status, ...rest } = (await submitted.json()) as Any
    expect(id).toMatch(/^[0-9a-f]{8}-/)
    expect(status).toBe("pending")
    expect(rest).toMatchObject({ object: "response", model: "up/m", output: [] })
    expect((await (await collect(id)).json()) as Any).toMatchObject({ id, status: "processing" })
    answer.resolve(
      Response.json({ id: "resp_upstream", object: "response", status: "completed", output: [{ type: "message" }] }),
    )
    await gateway.fetch(`/v1/async/responses/${id}`, { headers: { prefer: "wait=10" } })
    expect((await (await collect(id)).json()) as Any).toMatchObject({ id: "resp_upstream", status: "completed" })
    const unknown = await collect("00000000-0000-0000-0000-000000000000")
    const elsewhere = await collect(id, "/v1/chat/completions")
    for (const response of [unknown, elsewhere]) {
      expect(response.status).toBe(404)
      expect(((await response.json()) as Any).error.message).toBe("job not found or expired")
    }
  })

  test("has the error of its provider, with its status", async () => {
    upstream.answer(() => Response.json({ error: { message: "no" } }, { status: 422 }))
    const submitted = await post({}, { headers: { "x-bf-async": "1" } }, CHAT)
    const { id } = (await submitted.json()) as Any
    await gateway.end(id)
    const collected = await collect(id, CHAT)
    expect(collected.status).toBe(422)
    expect(((await collected.json()) as Any).error.message).toBe("no")
  })

  test("is refused for a stream, and for types that have no form for a result that is not there yet", async () => {
    const headers = { "x-bf-async": "true" }
    const refusals = [
      [await post({ stream: true }, { headers }), "streaming is not supported for async requests"],
      [await post({ input: "a" }, { headers }, "/v1/embeddings"), "async operation is not supported on this route"],
    ] as const
    for (const [response, message] of refusals) {
      expect(response.status).toBe(400)
      expect(((await response.json()) as Any).error.message).toBe(message)
    }
  })
})

describe("another path of OpenAI's", () => {
  test.each(["/openai/v1", "/openai", "/litellm", "/litellm/v1", "/langchain", "/pydanticai/v1"])(
    "%s serves calls and models",
    async (base) => {
      upstream.answer(() => completion("Hi"))
      const response = await post({}, {}, `${base}/chat/completions`)
      expect(((await response.json()) as Any).choices[0].message.content).toBe("Hi")
      expect(((await (await fetch(`${gateway.url}${base}/models?provider=up`)).json()) as Any).object).toBe("list")
      const refused = await post({ messages: undefined }, {}, `${base}/chat/completions`)
      expect(Object.keys((await refused.json()) as Any)).toEqual(["error"])
      expect((await fetch(`${gateway.url}${base}/nothing`)).status).toBe(404)
    },
  )

  test("lets no page in that is not allowed", async () => {
    expect(
      (await post({}, { headers: { origin: "https://evil.example" } }, "/openai/v1/chat/completions")).status,
    ).toBe(403)
  })

  test("/v1/models/{model} shows one model, its slashes encoded or not", async () => {
    for (const id of ["mock/echo", "mock%2Fecho"]) {
      const response = await fetch(`${gateway.url}/v1/models/${id}`)
      expect(response.status).toBe(200)
      expect((await response.json()) as Any).toMatchObject({ id: "mock/echo", object: "model", owned_by: "mock" })
    }
    for (const id of ["nobody/m", "%", "mock/%E0%A4%A"]) {
      const unknown = await fetch(`${gateway.url}/v1/models/${id}`)
      expect({ id, status: unknown.status }).toEqual({ id, status: 404 })
      expect(((await unknown.json()) as Any).error.code).toBe("model_not_found")
    }
  })
})
