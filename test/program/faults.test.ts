// What a provider and the network can do to a call, each tried against a real server on loopback: every job ends in a stored
// result or in a failure that says what happened.
import { afterAll, beforeAll, describe, expect, test } from "bun:test"
import { chat, type Gateway, type Job, launch } from "../harness.ts"
import { completion, startUpstream, type Upstream } from "../upstream.ts"

/** What a raw TCP server does once the whole request has arrived. */
type Raw = (socket: { write(text: string): unknown; end(): unknown; terminate(): unknown }) => void

function startRaw(act: Raw) {
  let calls = 0
  const server = Bun.listen<{ text: string }>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        socket.data = { text: "" }
      },
      data(socket, bytes) {
        socket.data.text += bytes.toString("latin1")
        const [head = "", body] = socket.data.text.split("\r\n\r\n")
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
        if (body === undefined || body.length < length) return
        calls++
        act(socket)
      },
    },
  })
  return { url: `http://127.0.0.1:${server.port}`, calls: () => calls, stop: () => server.stop(true) }
}

const raws = {
  refused: startRaw(() => {}),
  "reset-before": startRaw((socket) => socket.terminate()),
  "closed-before": startRaw((socket) => socket.end()),
  "reset-after": startRaw((socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"id":')
    socket.terminate()
  }),
  "cut-short": startRaw((socket) => {
    socket.write(
      'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"id":"x","choices":[{"index":0}]}',
    )
    socket.end()
  }),
  "no-http": startRaw((socket) => {
    socket.write("hello, this is no HTTP\r\n\r\n")
    socket.end()
  }),
}

let upstream: Upstream
let gateway: Gateway
beforeAll(async () => {
  upstream = startUpstream()
  raws.refused.stop()
  const network = { max_retries: 1, retry_backoff_initial: 1, retry_backoff_max: 5 }
  const provider = (base_url: string, over = {}) => ({ network_config: { base_url, ...network, ...over } })
  gateway = await launch({
    config: {
      providers: {
        up: provider(upstream.url),
        slow: provider(upstream.url, { default_request_timeout_in_seconds: 1, max_retries: 0 }),
        keyed: { keys: [{ value: "sk-the-secret-key" }], ...provider(upstream.url) },
        ...Object.fromEntries(Object.entries(raws).map(([name, raw]) => [name, provider(raw.url)])),
      },
    },
  })
})
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
  for (const raw of Object.values(raws)) raw.stop()
})

/** Sends one job to the upstream, which answers with `answers` in turn, the last one for ever. */
async function send(
  answers: (() => Response | Promise<Response>)[],
  model = "up/m",
): Promise<{ job: Job; calls: number }> {
  const first = upstream.received.length
  upstream.answer((_, index) => (answers[Math.min(index - first, answers.length - 1)] as () => Response)())
  const job = await gateway.end(await gateway.accept(chat({ model })))
  return { job, calls: upstream.received.length - first }
}

const json = (status: number, body: unknown, headers = {}) => Response.json(body, { status, headers })

describe("the network", () => {
  test.each<[keyof typeof raws, number, string]>([
    ["refused", 0, "refused the connection"],
    ["reset-before", 2, "closed the connection"],
    ["closed-before", 2, "closed the connection"],
  ])("%s: tried again, then failed with 502 and who did what", async (name, calls, says) => {
    const before = raws[name].calls()
    const job = await gateway.end(await gateway.accept(chat({ model: `${name}/m` })))
    expect(job).toMatchObject({ status: "failed", status_code: 502, error: { type: "provider_connection_failed" } })
    expect(job.error.error.message).toContain(says)
    expect(job.error.error.message).toContain("127.0.0.1")
    expect(raws[name].calls() - before).toBe(calls)
  })

  test("a silent provider: failed with 504 when the call's time is up, and its connection is closed", async () => {
    const index = upstream.received.length
    const { job } = await send([() => new Promise<Response>(() => {})], "slow/m")
    expect(job).toMatchObject({ status: "failed", status_code: 504, error: { type: "request_timed_out" } })
    expect(job.error.error.message).toBe("no answer from slow within 1 s")
    expect((await upstream.request(index)).signal.aborted).toBe(true)
  })
})

describe("an answer that is none", () => {
  test("no HTTP: failed with 502 unreadable_response after one call, as it may be a paid one that is garbled", async () => {
    const before = raws["no-http"].calls()
    const job = await gateway.end(await gateway.accept(chat({ model: "no-http/m" })))
    expect(job).toMatchObject({ status: "failed", status_code: 502, error: { type: "unreadable_response" } })
    expect(job.error.error.message).toMatch(/^127\.0\.0\.1:\d+ answered, but not in HTTP .*base_url/)
    expect(raws["no-http"].calls() - before).toBe(1)
    const view = (await (await gateway.fetch(`/v1/async/jobs/${job.id}`)).json()) as Job
    expect(view.attempts).toMatchObject([{ outcome: "unreadable", status_code: null }])
  })

  test.each(["reset-after", "cut-short"] as const)(
    "%s: failed with 502 unreadable_response after one call, as it is paid for",
    async (name) => {
      const before = raws[name].calls()
      const job = await gateway.end(await gateway.accept(chat({ model: `${name}/m` })))
      expect(job).toMatchObject({ status: "failed", status_code: 502, error: { type: "unreadable_response" } })
      expect(job.error.error.message).toContain("its body breaks off before its end")
      expect(raws[name].calls() - before).toBe(1)
    },
  )

  test.each<[string, () => Response, string]>([
    ["HTML", () => new Response("<html>Bad gateway</html>", { headers: { "content-type": "text/html" } }), "text/html"],
    ["JSON that breaks off", () => new Response('{"id":"x","choices":[{"ind'), "not JSON"],
    ["nothing", () => new Response(""), "the body is empty"],
    ["a list", () => json(200, []), "no chat completion"],
    ["an error without a code", () => json(200, { error: { message: "boo" } }), "no chat completion"],
    ["no choice", () => json(200, { id: "x", choices: [] }), "its list of choices is empty"],
  ])("200 with %s: failed with 502 unreadable_response after one call, quoting what came", async (_, answer, says) => {
    const { job, calls } = await send([answer])
    expect(job).toMatchObject({ status: "failed", status_code: 502, error: { type: "unreadable_response" } })
    expect(job.error.error.message).toContain(says)
    expect(calls).toBe(1)
  })

  test("a redirect: failed with 502, never followed", async () => {
    const { job, calls } = await send([
      () => new Response(null, { status: 307, headers: { location: "http://127.0.0.1:9/x" } }),
    ])
    expect(job).toMatchObject({ status: "failed", status_code: 502, error: { type: "upstream_redirect" } })
    expect(job.error.error.message).toContain("127.0.0.1:9")
    expect(calls).toBe(1)
  })
})

describe("a refusal", () => {
  const words = { error: { message: "no such thing", type: "bad", code: "c1", param: "p1" } }

  test.each([400, 404, 413, 422])("%d: failed after one call with the provider's own words", async (status) => {
    const { job, calls } = await send([() => json(status, words)])
    expect(job).toMatchObject({
      status: "failed",
      status_code: status,
      error: { status_code: status, is_bifrost_error: false },
    })
    expect(job.error.error).toEqual({ type: "bad", code: "c1", message: "no such thing", param: "p1" })
    expect(job.error.extra_fields).toEqual({
      provider: "up",
      model_requested: "m",
      original_model_requested: "m",
      request_type: "chat_completion",
    })
    expect(calls).toBe(1)
  })

  test.each([401, 402, 403])(
    "%d: failed with 502 upstream_credentials_exhausted, and the key is not repeated",
    async (status) => {
      const { job, calls } = await send(
        [() => json(status, { error: { message: "wrong key: sk-the-secret-key" } })],
        "keyed/m",
      )
      expect(job).toMatchObject({
        status: "failed",
        status_code: 502,
        error: { type: "upstream_credentials_exhausted" },
      })
      expect(job.error.error.message).toContain(`${status}: wrong key: [key]`)
      expect(JSON.stringify(job)).not.toContain("sk-the-secret-key")
      expect(calls).toBe(1)
    },
  )

  test.each([408, 409, 424, 425, 429, 498, 500, 502, 503, 529])(
    "%d: tried again, and then as good as any",
    async (status) => {
      const { job, calls } = await send([() => json(status, words), () => completion("at last")])
      expect(job.status).toBe("completed")
      expect(job.result.choices[0].message.content).toBe("at last")
      expect(calls).toBe(2)
    },
  )

  test.each<[string, () => Response]>([
    ["403 with Retry-After", () => json(403, words, { "retry-after": "0.01" })],
    [
      "400 of a gateway that did not reach its provider",
      () =>
        json(400, {
          success: false,
          result: [],
          error: [{ code: 2005, message: "Failed to get response from provider" }],
        }),
    ],
    ["503 whose wait is in its words", () => json(503, { error: { message: "overloaded, try again in 20ms" } })],
  ])("%s: tried again, and then as good as any", async (_, refusal) => {
    const { job, calls } = await send([refusal, () => completion("at last")])
    expect({ status: job.status, calls }).toEqual({ status: "completed", calls: 2 })
  })

  test("500 for ever: failed with the provider's words when the tries are spent", async () => {
    const { job, calls } = await send([() => json(500, words)])
    expect(job).toMatchObject({ status: "failed", status_code: 500, error: { error: { message: "no such thing" } } })
    expect(calls).toBe(2)
  })

  test("429 with Retry-After: waits that long, again and again, and spends no try", async () => {
    const wait = () => json(429, words, { "retry-after": "0.2" })
    const first = upstream.received.length
    const { job, calls } = await send([wait, wait, () => completion()])
    expect(job.status).toBe("completed")
    expect(calls).toBe(3)
    const times = upstream.received.slice(first).map((request) => request.at)
    for (const [index, at] of times.entries())
      if (index > 0) expect(at - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(200)
  })
})

// https://openrouter.ai/docs/api/reference/errors-and-debugging
describe("an error with status 200", () => {
  const error = { code: 502, message: "the model is down" }

  test.each<[string, unknown]>([
    ["502 as its code", { error }],
    ["503 beside no choices", { choices: [], error: { ...error, code: 503 } }],
    ["a choice that ended with it", { choices: [{ index: 0, finish_reason: "error", message: {}, error }] }],
    ["a choice that ended with one", { choices: [{ index: 0, finish_reason: "error", message: { content: "Half" } }] }],
  ])("with %s: tried again, and then as good as any", async (_, body) => {
    const { job, calls } = await send([() => json(200, body), () => completion("at last")])
    expect(job).toMatchObject({ status: "completed", result: { choices: [{ message: { content: "at last" } }] } })
    expect(calls).toBe(2)
  })

  test("for ever: failed with the status and the words of the error", async () => {
    const { job, calls } = await send([() => json(200, { error })])
    expect(job).toMatchObject({
      status: "failed",
      status_code: 502,
      error: { error: { message: "the model is down" } },
    })
    expect(job.error.type).not.toBe("unreadable_response")
    expect(calls).toBe(2)
  })

  test("that the request is to blame for: failed after one call", async () => {
    const { job, calls } = await send([() => json(200, { error: { code: 400, message: "n is too large" } })])
    expect(job).toMatchObject({ status: "failed", status_code: 400, error: { error: { message: "n is too large" } } })
    expect(calls).toBe(1)
  })

  test("of a limit: waits as long as its body says", async () => {
    const metadata = { headers: { "Retry-After": "1.2" } }
    const first = upstream.received.length
    const { job, calls } = await send([
      () => json(200, { error: { code: 429, message: "slow", metadata } }),
      () => completion(),
    ])
    expect({ status: job.status, calls }).toEqual({ status: "completed", calls: 2 })
    const [asked = 0, again = 0] = upstream.received.slice(first).map((request) => request.at)
    expect(again - asked).toBeGreaterThanOrEqual(1200)
  })
})

describe("bytes", () => {
  test("go out as they came, but for the model", async () => {
    const body =
      '{ "z":1e400, "big" : 12345678901234567890, "model" : "up/org/m" ,"messages":[{"role":"user","content":"\\ud800 \\u0000 ü日本"}],\n"stream":false, "unknown":{"model":"keep","stream":true}, "a":[1.0,-0] }'
    const index = upstream.received.length
    upstream.answer(() => completion())
    await gateway.end(await gateway.accept(body))
    const received = await upstream.request(index)
    expect(received.body).toBe(
      '{ "z":1e400, "big" : 12345678901234567890, "model" : "org/m" ,"messages":[{"role":"user","content":"\\ud800 \\u0000 ü日本"}],\n"stream":false, "unknown":{"model":"keep","stream":true}, "a":[1.0,-0] }',
    )
    expect(received).toMatchObject({ method: "POST", path: "/v1/chat/completions" })
    expect(received.headers["content-type"]).toBe("application/json")
    expect(received.headers["authorization"]).toBeUndefined()
  })

  test("of a 5 MB text arrive whole", async () => {
    const content = "ü0".repeat(1_700_000)
    const index = upstream.received.length
    upstream.answer(() => completion())
    await gateway.end(await gateway.accept(chat({ model: "up/m", messages: [{ role: "user", content }] })))
    expect(JSON.parse((await upstream.request(index)).body).messages[0].content === content).toBe(true)
  })

  test("come back as the provider sent them, with extra_fields behind them", async () => {
    const sent = '{"id":"x", "big":12345678901234567890,"choices" : [ {"index":0} ],\n "z":{"b":1,"a":2},"e":1e400 }'
    upstream.answer(() => new Response(sent, { headers: { "content-type": "application/json" } }))
    const id = await gateway.accept(chat({ model: "up/m" }))
    await gateway.end(id)
    const text = await (await gateway.poll(id)).text()
    expect(text).toContain(
      `"result":${sent.slice(0, -1)},"extra_fields":{"request_type":"chat_completion","provider":"up",`,
    )
  })

  test("of a 30 MB answer come back whole", async () => {
    const content = "a€".repeat(7_500_000)
    const { job } = await send([() => completion(content)])
    expect(job.result.choices[0].message.content === content).toBe(true)
  })

  test("with a key go out with that key and no other header of the client", async () => {
    const index = upstream.received.length
    upstream.answer(() => completion())
    await gateway.end(await gateway.accept(chat({ model: "keyed/m" }), { "x-request-id": "r-7", cookie: "a=b" }))
    const { headers } = await upstream.request(index)
    expect(headers["authorization"]).toBe("Bearer sk-the-secret-key")
    expect(headers["x-request-id"]).toBe("r-7")
    expect(headers["cookie"]).toBeUndefined()
  })
})

test("more calls than Bun's usual 256 are in flight at one time", async () => {
  const wide = startUpstream()
  const everybody = Promise.withResolvers<void>()
  wide.answer(async () => {
    if (wide.received.length === 300) everybody.resolve()
    await everybody.promise
    return completion()
  })
  const other = await launch({
    config: {
      providers: { up: { network_config: { base_url: wide.url }, concurrency_and_buffer_size: { concurrency: 400 } } },
    },
  })
  const ids = await Promise.all(Array.from({ length: 300 }, () => other.accept(chat({ model: "up/m" }))))
  await everybody.promise
  expect((await Promise.all(ids.map((id) => other.end(id)))).every((job) => job.status === "completed")).toBe(true)
  await other.dispose()
  await wide.stop()
})
