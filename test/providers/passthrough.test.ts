import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import type { Call, Outcome } from "../../src/call.ts"
import { systemClock } from "../../src/clock.ts"
import type { ProviderConfig } from "../../src/config/schema.ts"
import { perform } from "../../src/providers/perform.ts"
import type { EndpointSupport } from "../../src/providers/provider.ts"
import { resolveProviders } from "../../src/providers/settings.ts"
import { completion, startUpstream, type Upstream } from "../upstream.ts"

const KEY = "sk-secret/1234"
const noForm = async () => null

let upstream: Upstream
beforeEach(() => {
  upstream = startUpstream()
})
afterEach(() => upstream.stop())

function callOf(over: Partial<Call> = {}): Call {
  return {
    jobId: "job-1",
    attempt: 1,
    requestId: "request-1",
    idempotencyKey: "job-1",
    requestType: "chat_completion",
    provider: "up",
    model: "deep/model",
    timeoutMs: 60_000,
    body: '{"model":"up/deep/model","messages":[{"role":"user","content":"Hello"}]}',
    form: null,
    extras: {},
    isRepeatable: true,
    step: "start",
    state: null,
    keyId: null,
    callerKey: null,
    ...over,
  }
}

/** The upstream as a provider, configured as an operator would. */
function providerOf(config: ProviderConfig) {
  const network_config = { base_url: upstream.url, ...config.network_config }
  const { providers } = resolveProviders({ up: { ...config, network_config } }, {})
  return providers.find(({ name }) => name === "up")
}

/** Performs a call to the upstream with the first of the keys. */
async function send(over: Partial<Call> = {}, config: ProviderConfig = {}): Promise<Outcome> {
  const provider = providerOf(config)
  const call = callOf({ keyId: provider?.keys[0]?.id ?? null, ...over })
  return await perform(call, provider, { fetch, clock: systemClock, pieceAt: noForm }, new AbortController())
}

/** In the form of a built-in provider. */
const like = (base_provider_type: string): ProviderConfig => ({ custom_provider_config: { base_provider_type } })

/** What a call that the upstream answers with `response` comes to. */
async function outcomeOf(response: () => Response | Promise<Response>, config?: ProviderConfig): Promise<Outcome> {
  upstream.answer(response)
  return await send({}, config)
}

async function refusalOf(response: () => Response, config?: ProviderConfig) {
  const outcome = await outcomeOf(response, config)
  if (outcome.kind !== "refused") throw new Error(`not refused: ${JSON.stringify(outcome)}`)
  return outcome
}

const withKey: ProviderConfig = { keys: [{ value: KEY }] }

describe("the request that goes out", () => {
  test("is a POST to the endpoint's path below the base URL", async () => {
    await send()
    expect(await upstream.request(0)).toMatchObject({ method: "POST", path: "/v1/chat/completions" })
  })

  test("goes to the path that names its model, and to no other, whatever the model is called", async () => {
    const path = "/models/{model}/chat"
    const config = { custom_provider_config: { request_path_overrides: { chat_completion: path } } }
    await send({ model: "a/../b?c#d" }, config)
    expect((await upstream.request(0)).path).toBe("/models/a%2F..%2Fb%3Fc%23d/chat")
    for (const model of [".", "..", "\ud800"]) {
      expect(await send({ model }, config)).toMatchObject({ kind: "refused", status: 400, refusal: { param: "model" } })
    }
    expect(upstream.received).toHaveLength(1)
  })

  test("says who asks, what it carries and which request it is", async () => {
    await send()
    expect((await upstream.request(0)).headers).toMatchObject({
      "content-type": "application/json",
      accept: "application/json, */*",
      "user-agent": "asyncgate",
      "x-request-id": "request-1",
    })
  })

  test("carries the key when there is one, and no authorization otherwise", async () => {
    await send({}, withKey)
    await send()
    expect((await upstream.request(0)).headers["authorization"]).toBe(`Bearer ${KEY}`)
    expect((await upstream.request(1)).headers).not.toHaveProperty("authorization")
  })

  test("carries the key that was chosen for it", async () => {
    const keys = [{ value: "sk-first" }, { value: "sk-second", id: "second" }]
    await send({ keyId: "second" }, { keys })
    expect((await upstream.request(0)).headers["authorization"]).toBe("Bearer sk-second")
  })

  test("carries the caller's key instead, even when the gateway has none", async () => {
    await send({ callerKey: "sk-own", keyId: null }, withKey)
    await send({ callerKey: "sk-own" })
    expect((await upstream.request(0)).headers["authorization"]).toBe("Bearer sk-own")
    expect((await upstream.request(1)).headers["authorization"]).toBe("Bearer sk-own")
  })

  test("goes over the same connection as the one before on this machine, and over its own where it is not made again", async () => {
    const ports: number[] = []
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch(request) {
        ports.push(server.requestIP(request)?.port ?? 0)
        return Response.json({ choices: [{ index: 0 }] })
      },
    })
    const config = { network_config: { base_url: `http://127.0.0.1:${server.port}` } }
    try {
      for (const isRepeatable of [true, true, false, false, true]) await send({ isRepeatable }, config)
    } finally {
      await server.stop(true)
    }
    expect(ports[1]).toBe(ports[0] ?? -1)
    expect(new Set(ports.slice(1, 4)).size).toBe(3)
    expect(ports[4]).toBe(ports[0] ?? -1)
  })

  test("carries the same idempotency key with every attempt of a job, and another with another job", async () => {
    await send({ attempt: 1 })
    await send({ attempt: 2 })
    await send({ idempotencyKey: "job-2" })
    expect(upstream.received.map(({ headers }) => headers["idempotency-key"])).toEqual(["job-1", "job-1", "job-2"])
  })

  test("carries the caller's idempotency key instead, and the operator's before both", async () => {
    const extras = { headers: { "idempotency-key": "theirs" } }
    await send({ extras })
    await send({ extras }, { network_config: { extra_headers: { "Idempotency-Key": "fixed" } } })
    expect(upstream.received.map(({ headers }) => headers["idempotency-key"])).toEqual(["theirs", "fixed"])
  })

  test("carries the operator's headers, which win over ours however they are spelled", async () => {
    const extra_headers = {
      "X-Team": "search",
      "User-Agent": "team",
      Authorization: "Basic abc",
      "Content-Type": "a/b",
    }
    await send({}, { ...withKey, network_config: { extra_headers } })
    expect((await upstream.request(0)).headers).toMatchObject({
      "x-team": "search",
      "user-agent": "team",
      authorization: "Basic abc",
      "content-type": "a/b",
    })
  })

  const untouched =
    '\r\n"temperature": 0.10,\t"seed":12345678901234567890,"max":1e400 , "z":1,"a":{"model":"x","stream":true},' +
    '"messages":[{"role":"user","content":"\\ud800 \\u0041 \\/ 日本 🙂"}],"unknown":[ ],"mock":{}'

  test("has the client's body, to the byte, but for the model's name and fallbacks", async () => {
    await send({ body: `{ "fallbacks":null ,${untouched},"mod\\u0065l" : "up/deep/model", "fallbacks":null }` })
    expect((await upstream.request(0)).body).toBe(`{ ${untouched.trimStart()},"mod\\u0065l" : "deep/model" }`)
  })

  // A server that streams where nothing is said: https://github.com/decolua/9router/issues/3492
  test.each(['"stream":false', '"stream":null', '"stream": "false"'])(
    "says of streams what the client said: %s",
    async (said) => {
      const rest = '"messages":[],"stream_options":{"include_usage":true}'
      await send({ body: `{${said},"model":"up/deep/model",${rest}}` })
      expect((await upstream.request(0)).body).toBe(`{${said},"model":"deep/model",${rest}}`)
    },
  )

  test("names a model with quotes and other letters as the client did", async () => {
    await send({ model: 'a"b\\c/日本' })
    expect(JSON.parse((await upstream.request(0)).body).model).toBe('a"b\\c/日本')
  })

  test("is sent once", async () => {
    await outcomeOf(() => new Response("busy", { status: 503, headers: { "retry-after": "0" } }))
    expect(upstream.received).toHaveLength(1)
  })
})

describe("a member that a row knows of", () => {
  const facts: Partial<EndpointSupport> = {
    rename: { max_completion_tokens: "max_tokens", seed: "random_seed" },
    drop: ["user", "store"],
    reject: ["n", "logprobs"],
  }

  /** What goes out of a body with these members to a provider that serves the request type so, and what comes of it. */
  async function sent(members: string, over: Partial<Call> = {}, row: Partial<EndpointSupport> = facts, nth = 0) {
    const provider = providerOf({})
    if (!provider) throw new Error("no provider")
    const { requestType, ...call } = callOf({ body: `{"model":"up/m",${members}"messages":[]}`, model: "m", ...over })
    const support: EndpointSupport = { adapter: "raw", path: "/path", ...row }
    const context = { fetch, clock: systemClock, pieceAt: noForm }
    const settings = { ...provider, endpoints: { [requestType]: support } }
    const outcome = await perform({ ...call, requestType }, settings, context, new AbortController())
    const { body } = await upstream.request(nth)
    return { body, warnings: outcome.kind === "answered" ? outcome.warnings : null }
  }

  const cases: [what: string, members: string, left: string, added: string][] = [
    ["goes by the provider's name for it", '"seed":7,', "", ',"random_seed":7'],
    ["keeps its value to the byte", '"seed":1.50e3,', "", ',"random_seed":1.50e3'],
    ["takes the place of the older spelling", '"max_tokens":5,"max_completion_tokens":9,', "", ',"max_tokens":9'],
    ["takes its place wherever it stands", '"max_completion_tokens":9,"max_tokens":5,', "", ',"max_tokens":9'],
    [
      "leaves the older spelling alone where it says nothing",
      '"max_completion_tokens":null,"max_tokens":5,',
      '"max_tokens":5,',
      "",
    ],
    ["counts in its last place, as everywhere", '"seed":1,"seed":2,', "", ',"random_seed":2'],
    ["says nothing in its last place", '"seed":1,"seed":null,', "", ""],
    ["is left out where only its absence can be said", '"n":1,"logprobs":false,', "", ""],
    [
      "is none that an inner object has",
      '"metadata":{"user":"u","seed":1,"n":3},',
      '"metadata":{"user":"u","seed":1,"n":3},',
      "",
    ],
    ["is one however its name is written", '"se\\u0065d":7,', "", ',"random_seed":7'],
    ["is not one by a name that is only alike", '"Seed":7,"users":1,', '"Seed":7,"users":1,', ""],
  ]
  test.each(cases)("%s", async (_, members, left, added) => {
    expect(await sent(members)).toEqual({ body: `{"model":"m",${left}"messages":[]${added}}`, warnings: undefined })
  })

  test("is left out where the provider does not know it, with a warning in the answer", async () => {
    expect(await sent('"user":"u-1","store":null,')).toEqual({
      body: '{"model":"m","messages":[]}',
      warnings: ["user is not known to this provider and was not sent"],
    })
  })

  const inner: [
    what: string,
    facts: Partial<EndpointSupport>,
    members: string,
    left: string,
    warnings: string[] | undefined,
  ][] = [
    [
      "has the provider's value, and every other byte of what it stands in stays",
      { within: { messages: { values: { role: { developer: "system" } } } } },
      '"messages": [ {"role" : "developer","content":"a \\"developer\\" \\u00e9"} ,{"content":[1.0,-0],"role":"user"}, 1e400 ]',
      '"messages": [ {"role" : "system","content":"a \\"developer\\" \\u00e9"} ,{"content":[1.0,-0],"role":"user"}, 1e400 ]',
      undefined,
    ],
    [
      "is left out of each object of a list, with one warning",
      { within: { messages: { drop: ["name"], unless: { role: "tool" } } } },
      '"messages":[{"role":"user","name":"ann","content":"name"},{"name":"bob"},{"name":null,"a":1},{"name":"f","role":"tool"}]',
      '"messages":[{"role":"user","content":"name"},{},{"a":1},{"name":"f","role":"tool"}]',
      ["messages[].name is not known to this provider and was not sent"],
    ],
    [
      "is added to an object that must have it, wherever that is",
      { within: { tools: { within: { function: { required: { parameters: { type: "object" } } } } } } },
      '"tools":[{"type":"function","function":{"name":"f"}},{"function":{"parameters":{"x":1.0}}},{"type":"other"},null]',
      '"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}},{"function":{"parameters":{"x":1.0}}},{"type":"other"},null]',
      undefined,
    ],
    [
      "has the provider's value, of whatever type, or is left out where that says the same",
      { values: { logprobs: { true: 1, false: null }, encoding_format: { float: null } } },
      '"logprobs":true,"encoding_format":"float"',
      '"logprobs":1',
      undefined,
    ],
    [
      "has the client's value where the row names no other",
      { values: { logprobs: { true: 1 }, encoding_format: { float: null } } },
      '"logprobs":[true],"encoding_format":"base64"',
      '"logprobs":[true],"encoding_format":"base64"',
      undefined,
    ],
    [
      "is none where it holds no object",
      { within: { a: { drop: ["b"] } } },
      '"a":"\\"b\\""',
      '"a":"\\"b\\""',
      undefined,
    ],
  ]
  test.each(inner)("%s", async (_, over, members, left, warnings) => {
    const body = `{"model":"up/m",${members}}`
    expect(await sent("", { body }, over)).toEqual({ body: `{"model":"m",${left}}`, warnings })
  })

  test("names the model where the provider has another name for it, or another member", async () => {
    const over = { models: { m: ["preset", "low"], n: ["model", "vendor/n"] } } as const
    expect((await sent("", {}, over)).body).toBe('{"messages":[],"preset":"low"}')
    expect((await sent("", { model: "n" }, over, 1)).body).toBe('{"model":"vendor/n","messages":[]}')
    expect((await sent("", { model: "toString" }, over, 2)).body).toBe('{"model":"toString","messages":[]}')
  })

  test("goes as it is in a form, which is the client's to the byte", async () => {
    const text = '--b\r\nContent-Disposition: form-data; name="user"\r\n\r\nu-1\r\n--b--\r\n'
    const form = { contentType: "multipart/form-data; boundary=b", bytes: text.length, edits: [] }
    const provider = providerOf({})
    const call = callOf({ requestType: "transcription", body: null, form })
    const pieceAt = async (seq: number) => (seq === 0 ? new TextEncoder().encode(text) : null)
    const support: EndpointSupport = { adapter: "raw", path: "/path", ...facts }
    upstream.answer(() => Response.json({ text: "Hello" }))
    const settings = provider && { ...provider, endpoints: { transcription: support } }
    const outcome = await perform(call, settings, { fetch, clock: systemClock, pieceAt }, new AbortController())
    expect((await upstream.request(0)).body).toBe(text)
    expect(outcome).toMatchObject({ kind: "answered" })
    expect(outcome).not.toHaveProperty("warnings")
  })
})

describe("an answer", () => {
  test("is kept to the byte, with extra_fields as its last member", async () => {
    const sent = '{\n "choices": [ {"index": 0} ],"id":12345678901234567890, "x":1e400,"u":"\\ud800\\/日本" }\n'
    const outcome = await outcomeOf(() => new Response(sent))
    const latency = JSON.parse((outcome as { body: string }).body).extra_fields.latency
    expect(latency).toBeWithin(0, 60_000)
    expect(outcome).toEqual({
      kind: "answered",
      status: 200,
      usage: null,
      used: null,
      cost: null,
      upstream: { requestId: null, limits: null },
      body:
        '{\n "choices": [ {"index": 0} ],"id":12345678901234567890, "x":1e400,"u":"\\ud800\\/日本" ,"extra_fields":' +
        '{"request_type":"chat_completion","provider":"up","model_requested":"deep/model","original_model_requested":"deep/model",' +
        `"resolved_model_used":"deep/model","latency":${latency},"chunk_index":0}}\n`,
    })
  })

  test("that has extra_fields already gets ours instead", async () => {
    const outcome = await outcomeOf(
      () => new Response('{"extra_fields":{"provider":"theirs"},"choices":[{"index":0}]}'),
    )
    if (outcome.kind !== "answered") throw new Error("not answered")
    expect(Object.keys(JSON.parse(outcome.body))).toEqual(["choices", "extra_fields"])
    expect(JSON.parse(outcome.body).extra_fields.provider).toBe("up")
    expect(outcome.body).not.toContain("theirs")
  })

  test("says what it used, in the provider's words and read, and what that cost", async () => {
    const prices = { "deep/model": { input_per_million: 2, output_per_million: 10 } }
    const usage = '{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100}'
    expect(await outcomeOf(() => new Response(`{"choices":[{"index":0}],"usage":${usage}}`), { prices })).toMatchObject(
      {
        usage,
        used: { input_tokens: 1000, output_tokens: 100 },
        cost: 0.003,
      },
    )
  })

  const tokens = { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 }
  const costs: [what: string, form: string, usage: object, dollars: number | null][] = [
    // https://openrouter.ai/docs/use-cases/usage-accounting
    [
      "in the provider's own credits",
      "openrouter",
      { cost: 0.95, is_byok: false, cost_details: { upstream_inference_cost: 0.95 } },
      0.95,
    ],
    [
      "as a fee, with what the key behind it paid",
      "openrouter",
      { cost: 0.95, is_byok: true, cost_details: { upstream_inference_cost: 19 } },
      19.95,
    ],
    ["as nothing", "openrouter", { cost: 0 }, 0],
    // https://polza.ai/docs/osobennosti/usage
    ["in whatever money", "openai", { cost: 15.75, cost_rub: 15.75 }, 0.003],
    ["in dollars", "openai", { cost: { currency: "USD", input_cost: 0.1, total_cost: 0.25 } }, 0.25],
    ["in another currency", "openai", { cost: { currency: "EUR", total_cost: 0.25 } }, 0.003],
    // https://docs.x.ai/developers/cost-tracking
    ["in ticks", "openai", { cost_in_usd_ticks: 37_756_000 }, 0.0037756],
    ["as no number", "openrouter", { cost: "much" }, 0.003],
    ["as less than nothing", "openrouter", { cost: -1 }, 0.003],
  ]
  test.each(costs)("whose cost is told %s (%s)", async (_, form, usage, dollars) => {
    const prices = { "*": { input_per_million: 2, output_per_million: 10 } }
    const answer = () => completion("Hi", { usage: { ...tokens, ...usage } })
    const outcome = await outcomeOf(answer, { ...like(form), prices })
    if (outcome.kind !== "answered") throw new Error("not answered")
    expect(outcome.cost).toBeCloseTo(dollars ?? 0, 12)
    expect(outcome.used).toEqual({ input_tokens: 1000, output_tokens: 100 })
  })

  test.each(['"much"', '{"prompt_tokens":"many"}', "[]"])(
    "whose usage is %s is an answer all the same",
    async (usage) => {
      const outcome = await outcomeOf(() => new Response(`{"choices":[{"index":0}],"usage":${usage}}`))
      expect(outcome).toMatchObject({ kind: "answered", usage, used: null, cost: null })
    },
  )

  test("keeps the 2xx it came with", async () => {
    expect(await outcomeOf(() => new Response('{"choices":[{"index":0}]}', { status: 201 }))).toMatchObject({
      status: 201,
    })
  })

  const marked = new Uint8Array([0xef, 0xbb, 0xbf, ...Buffer.from('{"choices":[{"index":0}]}')])
  const forms: [string, () => Response][] = [
    ["whole", () => new Response(marked)],
    ["in pieces", () => new Response(new Blob([marked]).stream())],
    ["compressed", () => new Response(Bun.gzipSync(marked), { headers: { "content-encoding": "gzip" } })],
  ]
  test.each(forms)("is read %s, a byte order mark in front or not", async (_, response) => {
    expect(await outcomeOf(response)).toMatchObject({ kind: "answered" })
  })

  test.each(["whole", "in pieces"])("of 30 MB comes through, sent %s", async (form) => {
    const pad = Buffer.alloc(30_000_000, "x").toString()
    const sent = `{"choices":[{"message":{"content":"${pad}"}}]}`
    const outcome = await outcomeOf(() => new Response(form === "whole" ? sent : new Blob([sent]).stream()))
    if (outcome.kind !== "answered") throw new Error(`not answered: ${outcome.kind}`)
    expect(outcome.body.startsWith(`${sent.slice(0, -1)},"extra_fields":{`)).toBe(true)
  })
})

describe("a 2xx that is no chat completion cannot be read, and is kept, but for a key in it", () => {
  const json = { "content-type": "application/json" }
  const bodies: [string, string, string][] = [
    ["JSON that breaks off", '{"choices":[{"mess', "the body is not JSON"],
    ["nothing", "", "the body is empty"],
    ["white space", " \n", "the body is empty"],
    ["JSON without choices", '{"id":"x"}', "the body is no chat completion (it has no list of choices)"],
    ["choices that are no list", '{"choices":{}}', "the body is no chat completion (it has no list of choices)"],
    ["no choice", '{"choices":[]}', "the body is no chat completion (its list of choices is empty)"],
    ["choices of nothing", '{"choices":[{},null]}', "the body is no chat completion (its list of choices is empty)"],
    ["a list", "[]", "the body is no chat completion (it has no list of choices)"],
    ["null", "null", "the body is no chat completion (it has no list of choices)"],
  ]

  test.each(bodies)("%s", async (_, body, problem) => {
    const outcome = await outcomeOf(() => new Response(body, { headers: json }))
    if (outcome.kind !== "unreadable") throw new Error(`readable: ${outcome.kind}`)
    const quoted = body === "" ? "" : `: ${JSON.stringify(body)}`
    expect(outcome.message).toBe(`up answered 200 (application/json), but ${problem}${quoted}`)
    expect(outcome.body).toBe(body)
  })

  test("a long one is quoted in part, and without the key", async () => {
    const body = `${"x".repeat(290)} Bearer ${KEY} ${"y".repeat(1000)}`
    const outcome = await outcomeOf(() => new Response(body), withKey)
    if (outcome.kind !== "unreadable") throw new Error(`readable: ${outcome.kind}`)
    expect(outcome.message).toEndWith(`${"x".repeat(290)} Bearer [k…"`)
    // The raw text is stored with the job: a key must not come to the disk by way of a provider.
    expect(outcome.body).toBe(body.replace(KEY, "[key]"))
  })

  const tooMuch = /^up answered 200 \([^)]+\), but its body is larger than 256 MiB/

  test("more than 256 MiB, as announced, is not taken in", async () => {
    const start = "HTTP/1.1 200 OK\r\nContent-Length: 300000000\r\n\r\n{"
    const socket = { data: (to: { write(text: string): void }) => to.write(start) }
    const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket })
    const base_url = `http://127.0.0.1:${listener.port}`
    const outcome = await send({}, { network_config: { base_url } })
    expect(outcome).toMatchObject({ kind: "unreadable", body: "", message: expect.stringMatching(tooMuch) })
    listener.stop(true)
  })

  test("more than 256 MiB, once unfolded, is not taken in", async () => {
    const folded = Bun.gzipSync(new Uint8Array(257 * 1024 * 1024), { level: 1 })
    const headers = { "content-encoding": "gzip" }
    const outcome = await outcomeOf(() => new Response(folded, { headers }))
    expect(outcome).toMatchObject({ kind: "unreadable", message: expect.stringMatching(tooMuch) })
    if (outcome.kind === "unreadable") expect(outcome.body.length).toBeLessThan(1_100_000)
  })
})

describe("an answer of another server than the API's names the address to correct,", () => {
  const html = "<!DOCTYPE html>\n<html><body>Welcome</body></html>"
  const page = (status: number) => () => new Response(html, { status, headers: { "content-type": "text/html" } })
  const hint = "is that the path of the API? If not, write the whole address of the endpoint as network_config.base_url"
  const answers: [string, () => Response][] = [
    ["404 with nothing", () => new Response(null, { status: 404 })],
    ["405 with nothing", () => new Response(null, { status: 405 })],
    ["404 as Go's servers say it", () => new Response("404 page not found\n", { status: 404 })],
    ["404 as FastAPI says it", () => Response.json({ detail: "Not Found" }, { status: 404 })],
    ["405 as FastAPI says it", () => Response.json({ detail: "Method Not Allowed" }, { status: 405 })],
    ["404 as Express says it", () => Response.json({ error: "Cannot POST /v1/v1/chat" }, { status: 404 })],
    ["404 as Kong says it", () => Response.json({ message: "no Route matched with those values" }, { status: 404 })],
    ["404 with a page", page(404)],
    ["400 with a page", page(400)],
    ["200 with a page", page(200)],
  ]
  test.each(answers)("%s", async (_, answer) => {
    upstream.answer(answer)
    const base_url = `${upstream.url.replace("//", "//user:pass-word@")}/deep`
    const outcome = await send({}, { network_config: { base_url } })
    const message = outcome.kind === "refused" ? outcome.refusal.message : "message" in outcome ? outcome.message : ""
    expect(message).toContain(hint)
    expect(message).toContain(`${new URL(upstream.url).host}/deep/v1/chat/completions`)
    expect(message).not.toMatch(/user|pass-word/)
  })

  test("and one of the API is reported unchanged", async () => {
    const words = "The model `m` does not exist or you do not have access to it."
    const error = { message: words, type: "invalid_request_error", param: null, code: "model_not_found" }
    expect((await refusalOf(() => Response.json({ error }, { status: 404 }))).refusal.message).toBe(words)
    expect((await refusalOf(page(502))).refusal.message).not.toContain("base_url")
  })
})

describe("a refusal", () => {
  test("hides the key in the query of the address, which servers repeat with the path, and not the version", async () => {
    const base_url = `${upstream.url}/v1?subscription-key=key%2Fof%2Fapim&api-version=2024-10-21`
    for (const said of ["key%2Fof%2Fapim", "key/of/apim"]) {
      const message = `Cannot POST /v1/chat/completions?subscription-key=${said}&api-version=2024-10-21`
      const { refusal } = await refusalOf(() => Response.json({ error: { message } }, { status: 400 }), {
        network_config: { base_url },
      })
      expect(refusal.message).toBe(message.replace(said, "[key]"))
    }
  })

  // https://learn.microsoft.com/en-us/azure/ai-foundry/openai/concepts/content-filter
  test("keeps what Azure's content filter found, without secrets, unless it is too long to keep", async () => {
    const innererror = {
      code: "ResponsibleAIPolicyViolation",
      content_filter_result: {
        hate: { filtered: true, severity: "high" },
        jailbreak: { filtered: false, detected: false },
      },
      said: KEY,
    }
    const error = {
      message: "The response was filtered",
      type: null,
      param: "prompt",
      code: "content_filter",
      status: 400,
    }
    const withIt = () => Response.json({ error: { ...error, innererror } }, { status: 400 })
    const { refusal } = await refusalOf(withIt, withKey)
    expect(refusal).toMatchObject({ code: "content_filter", message: "The response was filtered", param: "prompt" })
    const kept = JSON.parse(refusal.innererror ?? "null")
    expect(kept).toMatchObject({ ...innererror, said: expect.stringMatching(/^\[key/) })
    const long = { ...error, innererror: { code: "x".repeat(5000) } }
    const bounded = await refusalOf(() => Response.json({ error: long }, { status: 400 }))
    expect(bounded).toMatchObject({ refusal: { code: "content_filter" } })
    expect(bounded).not.toHaveProperty("refusal.innererror")
  })

  const nothing = { type: null, code: null, param: null }
  const forms: [string, Record<string, unknown>][] = [
    [
      '{"error":{"message":"n is too large","type":"invalid_request_error","param":"n","code":"too_large","x":1}}',
      { message: "n is too large", type: "invalid_request_error", param: "n", code: "too_large" },
    ],
    ['{"error":{"message":"no","code":1301}}', { ...nothing, message: "no", code: "1301" }],
    ['{"error":{"message":"no","code":null,"param":["a"]}}', { ...nothing, message: "no" }],
    ['{"error":{"detail":"no"}}', { ...nothing, message: "no" }],
    ['{"error":"model not found"}', { ...nothing, message: "model not found" }],
    ['{"message":"no","type":"t","code":"c"}', { message: "no", type: "t", code: "c", param: null }],
    ['{"detail":"no"}', { ...nothing, message: "no" }],
    ['{"error":null,"message":"no"}', { ...nothing, message: "no" }],
    ['{"error":"Bad Request","message":"no"}', { ...nothing, message: "no" }],
    // https://github.com/Gage-Technologies/mistral-go/pull/2
    [
      '{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","messages",0,"user","name"],"msg":"Extra inputs are not permitted","input":""},{"type":"extra_forbidden","loc":["body","store"],"msg":"Extra inputs are not permitted","input":false}]},"type":"invalid_request_error","param":null,"code":null}',
      {
        type: "invalid_request_error",
        code: null,
        message: "messages.0.user.name: Extra inputs are not permitted; store: Extra inputs are not permitted",
        param: "messages.0.user.name",
      },
    ],
    [
      '{"object":"error","message":"no","type":"invalid_model","code":"1500"}',
      { message: "no", type: "invalid_model", code: "1500", param: null },
    ],
    // https://github.com/partITech/php-mistral/issues/76
    [
      '{"object":"Error","detail":[{"loc":["body","tools"],"msg":"no"}],"message":[{"loc":["body","tools"],"msg":"no"}],"type":"invalid_request_error","code":3001}',
      { type: "invalid_request_error", code: "3001", message: "tools: no", param: "tools" },
    ],
    // https://github.com/i-am-bee/beeai-framework/issues/447
    [
      '{"code":"Client specified an invalid argument","error":"no"}',
      { ...nothing, code: "Client specified an invalid argument", message: "no" },
    ],
    // https://github.com/google-gemini/gemini-cli/issues/5468
    [
      '[{"error":{"code":400,"message":"no","errors":[{"reason":"badRequest"}],"status":"INVALID_ARGUMENT"}}]',
      { type: "INVALID_ARGUMENT", code: "400", message: "no", param: null },
    ],
    // https://github.com/google/timesketch/pull/3703
    [
      '[{"error":{"code":400,"message":"no","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}]',
      { type: "INVALID_ARGUMENT", code: "API_KEY_INVALID", message: "no", param: null },
    ],
    // https://github.com/databricks-industry-solutions/hls-llm-doc-qa/issues/9
    [
      '{"error_code":"INVALID_PARAMETER_VALUE","message":"no"}',
      { ...nothing, code: "INVALID_PARAMETER_VALUE", message: "no" },
    ],
    ['{"detail":{"error":"no"}}', { ...nothing, message: "no" }],
    ['{"detail":{"error":{"message":"no","type":"t"}}}', { ...nothing, type: "t", message: "no" }],
    // https://github.com/nearai/ironclaw/issues/1742
    [
      '{"type":"error","error":{"type":"authorized_error","message":"login fail (1004)"}}',
      { ...nothing, type: "authorized_error", message: "login fail (1004)" },
    ],
    // https://docs.together.ai/docs/rate-limits
    [
      '{"error":{"message":"no","error_type":"dynamic_token_limited"}}',
      { ...nothing, type: "dynamic_token_limited", message: "no" },
    ],
    // https://fastapi.tiangolo.com/tutorial/handling-errors/
    ['{"detail":[{"loc":["body"],"msg":"field required"}]}', { ...nothing, message: "field required" }],
    [
      '{"statusCode":400,"message":["n is too large","seed is no number"],"error":"Bad Request"}',
      { ...nothing, message: "n is too large; seed is no number" },
    ],
    ['"no"', { ...nothing, message: "no" }],
    ["", { ...nothing, message: "the provider answered 418 with an empty body" }],
    ...[
      '{"error":{}}',
      '{"error":""}',
      '{"error":{"message":""}}',
      '{"error":{"message":{"text":"no"}}}',
      '{"detail":[{"type":"missing"}]}',
      '{"error":{"error":{"error":{"message":"too deep"}}}}',
      `${"[".repeat(2000)}${"]".repeat(2000)}`,
      "[[]]",
      "[]",
      "{}",
      "null",
      "Bad Gateway",
      "<p>\nBad Gateway</p>",
    ].map((body): [string, Record<string, unknown>] => [
      body,
      {
        ...nothing,
        message: `the provider answered 418: ${JSON.stringify(body.length > 300 ? `${body.slice(0, 300)}…` : body)}`,
      },
    ]),
  ]

  test.each(forms)("in the form %j is understood or quoted", async (body, refusal) => {
    const outcome = await refusalOf(() => new Response(body, { status: 418 }))
    expect(outcome).toMatchObject({ status: 418, retryAfterMs: null })
    expect(outcome.refusal).toEqual(refusal as never)
  })

  test("that is long and has no known form is quoted in part", async () => {
    const { refusal } = await refusalOf(() => new Response("x".repeat(5000), { status: 500 }))
    expect(refusal.message).toBe(`the provider answered 500: "${"x".repeat(300)}…"`)
  })

  const header = { network_config: { extra_headers: { "Api-Key": KEY, "x-team": "search" } } }
  const echoes: [string, string][] = [
    ["in its message", JSON.stringify({ error: { message: `Incorrect API key: ${KEY}.`, code: `bad ${KEY}` } })],
    ["with its slashes escaped", `{"error":"Incorrect API key: ${KEY.replace("/", "\\/")}."}`],
    ["in plain text", `Incorrect API key: ${KEY}. No search.`],
    ["at the end of what is quoted", `${"x".repeat(293)}${KEY}`],
  ]
  test.each(echoes)("that repeats the key %s is told without it", async (_, body) => {
    for (const config of [withKey, header]) {
      const { refusal } = await refusalOf(() => new Response(body, { status: 401 }), config)
      expect(JSON.stringify(refusal)).not.toContain(KEY.slice(0, 5))
      expect(refusal.message).toMatch(/\[key/)
    }
  })

  test.each(["x", "-", "null", "type", "message", '"', "\\"])("is understood when the key is %j", async (value) => {
    const body = { error: { type: "t", code: null, message: "the message", param: null } }
    const { refusal } = await refusalOf(() => Response.json(body, { status: 400 }), { keys: [{ value }] })
    expect(refusal).toMatchObject({ type: "t", code: null, param: null })
    expect(refusal.message).toContain("the ")
  })

  test.each([301, 302, 303, 307, 308])("by a redirect (%i) is not followed: the key stays here", async (status) => {
    const elsewhere = startUpstream()
    const location = `${elsewhere.url}/v1/chat/completions?token=1`
    const { refusal, ...outcome } = await refusalOf(
      () => new Response(null, { status, headers: { location } }),
      withKey,
    )
    expect(outcome).toMatchObject({ kind: "refused", status, retryAfterMs: null, isKeyRefused: false })
    const [from, to] = [upstream.url, elsewhere.url].map((url) => `${new URL(url).host}/v1/chat/completions`)
    expect(refusal.message).toBe(
      `the provider answered ${status}, a redirect from ${from} to ${to}, which is not followed: set base_url to the final address`,
    )
    expect(elsewhere.received).toEqual([])
    await elsewhere.stop()
  })

  test("by a redirect to nowhere is reported as well", async () => {
    const { refusal } = await refusalOf(() => new Response(null, { status: 304 }))
    expect(refusal.message).toStartWith("the provider answered 304, a redirect, which is not followed")
  })

  test("says when to come back, if the provider does", async () => {
    const busy = (value: string) => () => new Response("busy", { status: 429, headers: { "retry-after": value } })
    expect((await refusalOf(busy("20"))).retryAfterMs).toBe(20_000)
    expect((await refusalOf(busy("soon"))).retryAfterMs).toBeNull()
  })
})

describe("whether the key was refused", () => {
  // https://openrouter.ai/docs/api_reference/errors-and-debugging (402 with Retry-After)
  test.each([402, 403])("is not so with status %i that names a wait: it passes", async (status) => {
    const named = () => new Response("no", { status, headers: { "retry-after": "7" } })
    expect(await refusalOf(named)).toMatchObject({ isKeyRefused: false, isPassing: true, retryAfterMs: 7000 })
    const spent = { error: { code: "insufficient_quota", message: "try again in 5s" } }
    expect(await refusalOf(() => Response.json(spent, { status }))).toMatchObject({ isKeyRefused: true })
  })

  // https://www.rfc-editor.org/rfc/rfc9110#section-15.5.14
  test("is not so with a 413, which passes where it names a wait", async () => {
    const named = (headers: Record<string, string>) => () => new Response("no", { status: 413, headers })
    expect(await refusalOf(named({ "retry-after": "7" }))).toMatchObject({ isKeyRefused: false, isPassing: true })
    expect(await refusalOf(named({}))).not.toHaveProperty("isPassing")
  })

  // https://github.com/openai/openai-node/blob/master/src/client.ts
  test("is not so with a refusal that the provider says to repeat", async () => {
    const told = (value: string) => () => new Response("no", { status: 404, headers: { "x-should-retry": value } })
    expect(await refusalOf(told("true"))).toMatchObject({ isKeyRefused: false, isPassing: true })
    expect(await refusalOf(told("false"))).not.toHaveProperty("isPassing")
  })

  // https://github.com/theopenco/llmgateway/pull/1785, https://github.com/UKGovernmentBEIS/inspect_ai/pull/2267
  test("is not so with a 403 that is about the content", async () => {
    const code = "The caller does not have permission to execute the specified operation"
    const error = "Content violates usage guidelines. Team: t, Model: grok-4-0709, Failed check: SAFETY_CHECK_TYPE_BIO"
    expect(await refusalOf(() => Response.json({ code, error }, { status: 403 }))).toMatchObject({
      isKeyRefused: false,
    })
  })

  test("is so with status 401, whatever it says of a wait", async () => {
    const named = () => new Response("no", { status: 401, headers: { "retry-after": "7" } })
    expect(await refusalOf(named)).toMatchObject({ isKeyRefused: true })
  })

  test.each([
    "Your team 1 has either used all available credits or reached its monthly spending limit",
    "Your prepayment credits are depleted",
    "Your credit balance is too low",
    "Incorrect API key provided",
  ])("is not told by a refusal that quotes what the caller has sent: %s", async (words) => {
    const message = `Invalid value: '${words}'. Supported values are: 'low'.`
    expect(await refusalOf(() => Response.json({ error: { message } }, { status: 400 }))).toMatchObject({
      isKeyRefused: false,
    })
  })

  // Sources: src/providers/refusalreader.ts, src/providers/rows/makers.ts
  const spent: [form: string, status: number, body: unknown][] = [
    ["openai", 400, { error: { code: "Arrearage", type: "Arrearage", message: "Access denied, please make sure …" } }],
    [
      "openai",
      429,
      { error: { type: "exceeded_current_quota_error", message: "suspended due to insufficient balance" } },
    ],
    ["openai", 400, { error: { code: "blocked_api_access", message: "spend limit" } }],
    ["openai", 400, { code: 400, reason: "BILLING_BALANCE_NOT_ENOUGH", error: { code: "BILLING_BALANCE_NOT_ENOUGH" } }],
    [
      "openai",
      429,
      { error: { http_code: "429", message: "insufficient balance (1008)", type: "insufficient_balance_error" } },
    ],
    ["openai", 500, { type: "error", error: { type: "api_error", message: "insufficient balance (1008)" } }],
    [
      "openai",
      429,
      {
        code: "429",
        error: "Your team 1 has either used all available credits or reached its monthly spending limit.",
      },
    ],
    [
      "openai",
      429,
      [{ error: { code: 429, status: "RESOURCE_EXHAUSTED", message: "Your prepayment credits are depleted." } }],
    ],
    [
      "openai",
      400,
      {
        type: "error",
        error: {
          type: "invalid_request_error",
          message: "Your credit balance is too low to access the Anthropic API.",
        },
      },
    ],
    [
      "openai",
      400,
      { error: { message: "You have reached your specified API usage limits. You will regain access on 2026-04-01" } },
    ],
    ["zai", 429, { error: { code: "1113", message: "Insufficient balance or no resource package. Please recharge." } }],
    ["zai", 429, { error: { code: 1309, message: "Your GLM Coding Plan package has expired" } }],
    ["zhipuai", 429, { error: { code: "1113", message: "您的账户已欠费" } }],
    ["zai-coding-plan", 429, { error: { code: "1309", message: "Your GLM Coding Plan package has expired" } }],
    ["zhipuai-coding-plan", 429, { error: { code: "1113", message: "您的账户已欠费" } }],
    ["alibaba", 400, { error: { code: "Arrearage", message: "x" } }],
    [
      "deepseek",
      402,
      { error: { message: "Insufficient Balance", type: "unknown_error", code: "invalid_request_error" } },
    ],
    ["openrouter", 402, { error: { code: 402, message: "Insufficient credits" } }],
  ]
  test.each(spent)("at %s by a %i without money left: %j", async (form, status, body) => {
    expect((await refusalOf(() => Response.json(body, { status }), like(form))).isKeyRefused).toBe(true)
  })

  test.each([
    ["openai", "1113"],
    ["zai", "1302"],
    ["zai", "1308"],
    // https://help.aliyun.com/en/model-studio/error-code-start
    ["alibaba", "insufficient_quota"],
    ["alibaba-cn", "insufficient_quota"],
    ["alibaba-coding-plan", "insufficient_quota"],
    ["alibaba-coding-plan-cn", "insufficient_quota"],
  ])("is not told at %s by a 429 with the code %s", async (form, code) => {
    const answer = () => Response.json({ error: { code, type: code, message: "slow down" } }, { status: 429 })
    expect((await refusalOf(answer, like(form))).isKeyRefused).toBe(false)
  })

  // https://github.com/elizaOS/eliza/pull/10122, https://github.com/elizaOS/eliza/issues/20331, https://github.com/neomjs/neo/issues/11395
  test.each([
    { error: { type: "server_error", code: null, message: "Encountered a server error, please try again" } },
    { error: { message: "No models provided", code: 400 } },
    { error: "Model was unloaded while the request was still in queue.." },
    { error: 'Failed to load model "text-embedding-qwen3". Error: Operation canceled.' },
  ])("is not told by a 400 that blames the server: it passes: %j", async (body) => {
    expect(await refusalOf(() => Response.json(body, { status: 400 }))).toMatchObject({ isPassing: true })
    expect(await refusalOf(() => Response.json(body, { status: 500 }))).not.toHaveProperty("isPassing")
  })

  // https://github.com/cloudflare/ai/issues/436
  test("is not told by a gateway that could not reach its provider: it passes", async () => {
    const error = [{ code: 2005, message: "Failed to get response from provider" }]
    const body = { success: false, result: [], messages: [], error }
    expect(await refusalOf(() => Response.json(body, { status: 400 }))).toMatchObject({
      isKeyRefused: false,
      isPassing: true,
      refusal: { code: "2005", message: "Failed to get response from provider" },
    })
  })

  test.each([401, 402, 403])("is told by status %i", async (status) => {
    expect((await refusalOf(() => new Response("no", { status }))).isKeyRefused).toBe(true)
  })

  test.each([400, 404, 408, 409, 422, 429, 500, 503])("is not so with status %i", async (status) => {
    expect((await refusalOf(() => Response.json({ error: { code: "other" } }, { status }))).isKeyRefused).toBe(false)
  })

  // https://developers.openai.com/api/docs/guides/error-codes, https://github.com/dfinke/PowerShellAI/issues/127
  test.each([
    [429, { code: "insufficient_quota", type: "insufficient_quota" }],
    [429, { code: null, type: "insufficient_quota" }],
    [429, { code: "credit_balance_exhausted", type: "insufficient_quota" }],
    [429, { code: "project_spend_limit_exceeded" }],
    [429, { code: "organization_spend_limit_exceeded" }],
    [429, { code: "organization_usage_limit_exceeded" }],
    [429, { code: "billing_not_active" }],
    [429, { code: "billing_hard_limit_reached" }],
    [400, { code: "billing_hard_limit_reached", type: "invalid_request_error" }],
  ])("is told by a %i that speaks of money that is spent: %j", async (status, error) => {
    expect((await refusalOf(() => Response.json({ error }, { status }))).isKeyRefused).toBe(true)
  })
})

test.each([
  ['{"code":"Client specified an invalid argument","error":"Incorrect API key provided: na***ys."}'],
  ['[{"error":{"code":400,"status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}]'],
])("a key is refused by a 400 too that says so: %s", async (body) => {
  expect((await refusalOf(() => new Response(body, { status: 400 }))).isKeyRefused).toBe(true)
})

describe("a 200 whose JSON says that it failed", () => {
  // https://platform.minimax.io/docs/api-reference/errorcode
  const said = (status_code: unknown, status_msg?: string) => () =>
    Response.json({ id: "1", choices: null, base_resp: { status_code, status_msg } })

  test.each([
    [1000, 500, false],
    [1001, 504, false],
    [1002, 429, false],
    [1004, 401, true],
    [1008, 402, true],
    [1024, 500, false],
    [1026, 400, false],
    [1027, 400, false],
    [1033, 500, false],
    [1039, 429, false],
    [1041, 429, false],
    [1042, 400, false],
    [2013, 400, false],
    [2045, 429, false],
    [2049, 401, true],
    [2056, 429, false],
    [9999, 500, false],
    ["constructor", 500, false],
  ])("with %s is a refusal with status %i, of the key: %p", async (code, status, isKeyRefused) => {
    const outcome = await refusalOf(said(code, "words of theirs"), like("minimax"))
    const refusal = { type: null, code: String(code), message: "words of theirs", param: null }
    expect(outcome).toMatchObject({ status, refusal, isKeyRefused, retryAfterMs: null })
  })

  test("is one whatever else it holds, and says when to come back", async () => {
    const headers = { "retry-after": "7", "x-request-id": "req_1" }
    const body = { choices: [], base_resp: { status_code: 1002, status_msg: `too many for ${KEY}` } }
    const outcome = await refusalOf(() => Response.json(body, { headers }), { ...withKey, ...like("minimax") })
    expect(outcome).toMatchObject({ retryAfterMs: 7000, upstream: { requestId: "req_1" } })
    expect(outcome.refusal.message).toBe("too many for [key]")
  })

  test("and does not say why is a refusal", async () => {
    const { refusal } = await refusalOf(said(1004), like("minimax"))
    expect(refusal.message).toBe("the provider answered 200 with the code 1004")
  })

  test.each([
    [
      "that it did not",
      () => completion("Hi", { base_resp: { status_code: 0, status_msg: "" } }),
      "minimax",
      "answered",
    ],
    ["nothing of it", () => completion(), "minimax", "answered"],
    ["nothing that can be read", () => completion("Hi", { base_resp: "1004" }), "minimax", "answered"],
    ["so in a form that its provider is not known for", said(1004), "openai", "unreadable"],
  ])("is none when it says %s", async (_, response, form, kind) => {
    expect(await outcomeOf(response, like(form))).toMatchObject({ kind } as object)
  })
})

describe("a 200 that declares an error", () => {
  const json =
    (body: unknown, headers = {}) =>
    () =>
      Response.json(body, { headers })
  const said = { role: "assistant", content: "Half of" }
  const cases: [what: string, body: unknown, status: number, facts: object][] = [
    // https://openrouter.ai/docs/api/reference/errors-and-debugging
    [
      "by a number",
      { error: { code: 502, message: "Bad provider" } },
      502,
      { refusal: { code: "502", message: "Bad provider" } },
    ],
    [
      "by a number, with a wait",
      { error: { code: 429, message: "Slow", metadata: { headers: { "Retry-After": "3" } } }, user_id: "u" },
      429,
      { retryAfterMs: 3000 },
    ],
    ["by a number in words", { error: { code: "503", message: "x" } }, 503, {}],
    ["of money", { error: { code: 402, message: "Insufficient credits" } }, 402, { isKeyRefused: true }],
    ["beside no choices", { choices: [], error: { code: 503, message: "x" } }, 503, {}],
    ["beside null choices", { choices: null, error: { code: 503, message: "x" } }, 503, {}],
    [
      "in a choice",
      { choices: [{ finish_reason: "error", message: said, error: { code: 504, message: "x" } }] },
      504,
      {},
    ],
    // https://docs.mistral.ai/openapi.yaml
    [
      "by the end of a choice alone",
      { choices: [{ finish_reason: "error", message: said }] },
      502,
      { refusal: { code: null } },
    ],
    // https://github.com/runpod-workers/worker-vllm/issues/57
    [
      "in vLLM's form",
      { object: "error", code: 404, message: "no model", type: "NotFoundError", param: null },
      404,
      {},
    ],
    ["by its type", { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, 529, {}],
    ["by its code", { error: { code: "rate_limit_exceeded", message: "x" } }, 429, {}],
    [
      "by its type alone",
      { error: { type: "invalid_request_error", message: "x", param: "n" } },
      400,
      { refusal: { param: "n" } },
    ],
    ["by a quota that is spent", { error: { code: "insufficient_quota", message: "x" } }, 429, { isKeyRefused: true }],
    ["by a fault of the server's", { error: { type: "server_error", message: "x", code: null } }, 500, {}],
    ["by a status", { error: { message: "x", type: "odd", status: 500 } }, 500, {}],
  ]
  test.each(cases)("%s is a refusal like any other", async (_, body, status, facts) => {
    expect(await refusalOf(json(body, { "x-request-id": "r" }))).toMatchObject({
      kind: "refused",
      status,
      upstream: { requestId: "r" },
      ...facts,
    })
  })

  test("keeps the key to itself", async () => {
    const { refusal } = await refusalOf(json({ error: { code: 401, message: `bad key ${KEY}` } }), withKey)
    expect(refusal.message).toBe("bad key [key]")
  })

  test.each([
    { error: { message: "x" } },
    { error: "x" },
    { error: { code: "odd", message: "x" } },
    { error: { code: 200 } },
  ])("and does not tell what it means cannot be read: it may be paid for: %j", async (body) => {
    expect(await outcomeOf(json(body))).toMatchObject({ kind: "unreadable", body: JSON.stringify(body) })
  })

  test.each([
    [
      "responses",
      { id: "r", status: "failed", error: { code: "server_error", message: "x" }, output: [{ type: "reasoning" }] },
      500,
    ],
    ["responses", { status: "failed", error: { code: "rate_limit_exceeded", message: "x" }, output: [] }, 429],
    ["responses", { status: "failed", error: { code: "invalid_prompt", message: "x" } }, 400],
    ["responses", { status: "failed", error: null }, 502],
    ["embedding", { object: "list", data: [], error: { code: 503, message: "x" } }, 503],
    ["image_generation", { created: 1, data: [], error: { code: "content_policy_violation", message: "x" } }, 400],
    ["speech", { error: { code: 503, message: "x" } }, 503],
    ["rerank", { error: { code: 503, message: "x" } }, 503],
    ["ocr", { error: { code: 503, message: "x" } }, 503],
  ])("is one for %s: %j", async (requestType, body, status) => {
    upstream.answer(json(body))
    expect(await send({ requestType, body: '{"model":"up/m","input":"x","voice":"v"}' })).toMatchObject({
      kind: "refused",
      status,
    })
  })
})

describe("what stands around an answer", () => {
  const told = { "x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "0", "x-request-id": "req_1" }
  const headers = { ...told, "x-ratelimit-reset-requests": "6m0s" }
  const upstreamTold = {
    requestId: "req_1",
    limits: { requests: { limit: 60, remaining: 0, resetMs: 360_000 }, tokens: null },
  }

  test.each([
    ["answered", () => Response.json({ choices: [{ index: 0 }] }, { headers })],
    ["unreadable", () => Response.json({}, { headers })],
    ["refused", () => new Response("no", { status: 500, headers })],
  ])("is told when it is %s", async (kind, response) => {
    expect(await outcomeOf(response as () => Response)).toMatchObject({ kind, upstream: upstreamTold } as object)
  })

  test("says when to come back where nothing else does", async () => {
    const { retryAfterMs } = await refusalOf(() => new Response("busy", { status: 429, headers }))
    expect(retryAfterMs).toBe(360_000)
  })

  test("says when to come back in the refusal's body", async () => {
    const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "34.07s" }]
    const { retryAfterMs } = await refusalOf(() => Response.json({ error: { code: 429, details } }, { status: 429 }))
    expect(retryAfterMs).toBe(34_070)
  })

  const ids = ["x-request-id", "request-id", "x-amzn-requestid", "apim-request-id", "cf-ray"]
  test.each(ids)("names the request by %s where that is the first of those that are there", async (name) => {
    const rest = ids.slice(ids.indexOf(name))
    const all = Object.fromEntries(rest.map((header) => [header, `id of ${header}`]))
    const outcome = await outcomeOf(() => Response.json({ choices: [{ index: 0 }] }, { headers: all }))
    expect(outcome).toMatchObject({ upstream: { requestId: `id of ${name}` } })
  })

  test("takes our own id that came back for no id of the provider's", async () => {
    const echo = { "x-request-id": "request-1", "cf-ray": "8ac75aff9d48c97c-IAD" }
    expect(await outcomeOf(() => Response.json({ choices: [{ index: 0 }] }, { headers: echo }))).toMatchObject({
      upstream: { requestId: "8ac75aff9d48c97c-IAD" },
    })
    const theirs = { headers: { "x-request-id": "trace-7" } }
    upstream.answer(({ headers: sent }) =>
      Response.json({ choices: [{ index: 0 }] }, { headers: { "x-request-id": sent["x-request-id"] ?? "" } }),
    )
    expect(await send({ extras: theirs })).toMatchObject({ upstream: { requestId: null } })
  })

  test("keeps 512 characters of an id, and says that there were more", async () => {
    const long = { "x-request-id": "x".repeat(5000) }
    const outcome = await outcomeOf(() => Response.json({ choices: [{ index: 0 }] }, { headers: long }))
    expect(outcome).toMatchObject({ upstream: { requestId: `${"x".repeat(512)}… (cut: 5,000 characters)` } })
  })
})
