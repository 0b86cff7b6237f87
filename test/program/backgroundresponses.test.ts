// Responses in the background through OpenAI's clients, against the whole program.
import { afterAll, describe, expect, test } from "bun:test"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import OpenAI, { BadRequestError, NotFoundError } from "openai"
import OpenAI6 from "openai-6"
import { catchError } from "../catcherror.ts"
import { readBlocks, readDocument } from "../documents.ts"
import { type Job, launch, run, start } from "../harness.ts"
import { completion, configFor, startUpstream } from "../upstream.ts"

const upstream = startUpstream()
const config = {
  providers: {
    mock: { network_config: { max_retries: 0 } },
    // It has chat completions only.
    cerebras: { keys: [{ value: "sk-1" }], network_config: { base_url: upstream.url } },
    ...configFor(upstream, { max_retries: 0 }).providers,
  },
}
const gateway = await launch({ config })
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
})

const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "none", maxRetries: 0 })
const openai6 = new OpenAI6({ baseURL: `${gateway.url}/v1`, apiKey: "none", maxRetries: 0 })

type Response = OpenAI.Responses.Response
type Event = OpenAI.Responses.ResponseStreamEvent
type Params = OpenAI.Responses.ResponseCreateParamsNonStreaming

const HELLO = "[mock answer by asyncgate, no model was asked] Hello"
/** A call that lasts until it is aborted. */
const endless = { mock: { hang: true } } as object
const chatOnly = "cerebras/m"

const create = (over: Partial<Params> = {}) =>
  openai.responses.create({ model: "mock/echo", input: "Hello", background: true, ...over })

/** The response once it has ended. */
async function end({ id }: { id: string }, client: OpenAI = openai): Promise<Response> {
  for (;;) {
    const now = await client.responses.retrieve(id)
    if (now.status !== "queued" && now.status !== "in_progress") return now
  }
}

async function readEvents(stream: AsyncIterable<Event>): Promise<Event[]> {
  const events = await Array.fromAsync(stream)
  return events.filter(({ type }) => (type as string) !== "keepalive")
}

const numbers = (events: readonly Event[]) => events.map(({ sequence_number }) => sequence_number)

describe("a response in the background", () => {
  test("is there at once, and is retrieved until it has ended", async () => {
    const metadata = { topic: "demo" }
    const created = await create({ metadata, instructions: "Be brief.", ...endless })
    expect(created).toMatchObject({
      ...{ object: "response", status: "queued", background: true, output: [], error: null },
      ...{ metadata, instructions: "Be brief.", model: "mock/echo", previous_response_id: null, store: true },
    })
    expect(created.id).toMatch(/^resp_[0-9a-f]{32}$/)
    const now = await openai.responses.retrieve(created.id)
    expect(["queued", "in_progress"]).toContain(now.status as string)
    expect(now).toMatchObject({ id: created.id, created_at: created.created_at, metadata })
    await openai.responses.cancel(created.id)

    const answered = await create()
    const ended = await end(answered)
    expect(ended).toMatchObject({ id: answered.id, created_at: answered.created_at, status: "completed" })
    expect(ended).toMatchObject({ background: true, output_text: HELLO })
    expect(await openai6.responses.retrieve(answered.id)).toMatchObject({ status: "completed", output_text: HELLO })
  })

  test("is a job like any other, and is found in the list of jobs", async () => {
    const { data, response } = await create().withResponse()
    const jobId = response.headers.get("x-job-id") ?? ""
    expect(data.id).toBe(`resp_${jobId.replaceAll("-", "")}`)
    expect(await gateway.end(jobId).catch(() => null)).toBeNull()
    await end(data)
    const view = await gateway.fetch(`/v1/async/responses/${jobId}`)
    expect(await view.json()).toMatchObject({ id: jobId, status: "completed" })
  })

  test("runs at a provider that has chat completions only, under its own id", async () => {
    upstream.answer(() => completion("Hi there"))
    const created = await create({ model: chatOnly, max_output_tokens: 16 })
    const ended = await end(created)
    expect(ended).toMatchObject({ id: created.id, status: "completed", output_text: "Hi there", background: true })
    expect(ended.max_output_tokens).toBe(16)
    expect(JSON.parse(upstream.received.at(-1)?.body ?? "{}")).not.toHaveProperty("background")
  })

  test("of which nobody hears at the provider is one call without background", async () => {
    upstream.answer(() =>
      Response.json({
        ...{ id: "resp_upstream", object: "response", status: "completed", model: "m", created_at: 1 },
        output: [{ id: "msg_1", type: "message", role: "assistant", content: [{ type: "output_text", text: "Hi" }] }],
      }),
    )
    const count = upstream.received.length
    const ended = await end(await create({ model: "up/m" }))
    expect(ended).toMatchObject({ status: "completed", output_text: "Hi" })
    expect(ended.id).not.toBe("resp_upstream")
    const sent = upstream.received.slice(count)
    expect(sent.map(({ path }) => path)).toEqual(["/v1/responses"])
    expect(JSON.parse(sent[0]?.body ?? "{}")).toEqual({ model: "m", input: "Hello" })
  })

  test("is shown as its provider sent it, number by number", async () => {
    const said = '"usage":{"input_tokens":1.0,"cost":0.10},"seed":12345678901234567890'
    const output = '"output":[{"id":"msg_1","type":"message","role":"assistant","content":[]}]'
    upstream.answer(() => {
      const body = `{"id":"resp_u","object":"response","status":"completed","background":false,${output},${said}}`
      return new Response(body, { headers: { "content-type": "application/json" } })
    })
    const { id } = await end(await create({ model: "up/m" }))
    const text = await (await gateway.fetch(`/v1/responses/${id}`)).text()
    expect(text).toContain(`${output},${said}`)
    expect(JSON.parse(text)).toMatchObject({ id, background: true, previous_response_id: null, store: true })
  })

  test("that fails says why, with a code that typed clients know", async () => {
    upstream.answer(() => Response.json({ error: { message: "too long", code: "context_length" } }, { status: 400 }))
    const refused = await end(await create({ model: "up/m" }))
    expect(refused).toMatchObject({
      status: "failed",
      output: [],
      error: { code: "invalid_prompt", message: "too long" },
    })
    upstream.answer(() => Response.json({ error: { message: "busy" } }, { status: 503 }))
    expect(await end(await create({ model: "up/m" }))).toMatchObject({
      status: "failed",
      error: { code: "server_error", message: "busy" },
    })
  })

  test("is cancelled once and for all, and one that has ended stays as it is", async () => {
    const created = await create(endless)
    const cancelled = await openai.responses.cancel(created.id)
    expect(cancelled).toMatchObject({ id: created.id, status: "cancelled", output: [] })
    expect(await openai.responses.cancel(created.id)).toEqual(cancelled)
    const ended = await end(await create())
    expect(await openai.responses.cancel(ended.id)).toMatchObject({ status: "completed", output: ended.output })
  })

  test("is deleted, also while it runs", async () => {
    for (const response of [await create(endless), await end(await create())]) {
      await openai.responses.delete(response.id)
      for (const call of [
        () => openai.responses.retrieve(response.id),
        () => openai.responses.cancel(response.id),
        () => openai.responses.delete(response.id),
        () => openai.responses.inputItems.list(response.id),
      ]) {
        const error = await catchError(call())
        expect(error).toBeInstanceOf(NotFoundError)
        expect(error).toMatchObject({ code: "response_not_found", type: "not_found_error" })
      }
    }
  })

  test("within a window waits for other jobs, and has so long", async () => {
    const background_options = { completion_window: "2h" } as const
    const { data, response } = await create({ background_options, ...endless } as Params).withResponse()
    const id = response.headers.get("x-job-id") ?? ""
    expect(gateway.count("jobs", `id = '${id}' AND priority = 0 AND deadline_at - created_at = 7200000`)).toBe(1)
    await openai.responses.cancel(data.id)
  })

  test.each([
    [
      "a window that there is not",
      { background_options: { completion_window: "1d" } },
      "background_options.completion_window",
    ],
    [
      "a window that is no text",
      { background_options: { completion_window: { toString: 1 } } },
      "background_options.completion_window",
    ],
    ["a stream within a window", { background_options: { completion_window: "8h" }, stream: true }, "stream"],
    ["a background that is no boolean", { background: "yes" }, "background"],
  ])("refuses %s", async (_, over, param) => {
    const error = await catchError(create(over as never))
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ status: 400, param, type: "invalid_request_error" })
  })

  test("with an Idempotency-Key is the earlier one", async () => {
    const options = { headers: { "Idempotency-Key": "background-1" } }
    const params = { model: "mock/echo", input: "Hello", background: true } as const
    const first = await openai.responses.create(params, options)
    expect((await openai.responses.create(params, options)).id).toBe(first.id)
    const ended = await end(first)
    expect(await openai.responses.create(params, options)).toMatchObject({ id: ended.id, status: "completed" })
  })
})

test("what the document prints works as printed", async () => {
  // Beside the packages, which it imports by their names.
  const dist = join(import.meta.dir, "../../dist")
  mkdirSync(dist, { recursive: true })
  const dir = mkdtempSync(join(dist, "responses-"))
  const text = readBlocks(readDocument("docs/responses.md"), "js").join("\n")
  writeFileSync(join(dir, "responses.js"), text.replace("http://127.0.0.1:8080", gateway.url))
  const child = Bun.spawn([process.execPath, join(dir, "responses.js")], { stdout: "pipe", stderr: "inherit" })
  const lines = (await new Response(child.stdout).text()).split("\n")
  rmSync(dir, { recursive: true })
  expect(lines.slice(0, 2)).toEqual([HELLO, "3 response.output_item.added"])
  expect(lines.at(-4)).toMatch(/^\d+ response\.completed$/)
  // The items of the conversation: the one that it was made with, and those of its turn.
  expect(lines.at(-3)).toBe("3")
  // How many tokens were counted.
  expect(lines.at(-2)).toMatch(/^[1-9]\d*$/)
})

test("the routes are also below the prefix of OpenAI's paths, with an error in its form for what is not served", async () => {
  const { id } = await create()
  const prefixed = new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: "none", maxRetries: 0 })
  expect(await end({ id }, prefixed)).toMatchObject({ id, output_text: HELLO })
  const wrong = await gateway.fetch(`/v1/responses/${id}`, { method: "PUT" })
  expect(wrong.status).toBe(405)
  expect(await wrong.json()).toMatchObject({ error: { code: "method_not_allowed" } })
})

describe("the events of a response in the background", () => {
  test("are numbered without a gap, from the creation to the end", async () => {
    const events = await readEvents(
      await openai.responses.create({ model: "mock/echo", input: "Hello", background: true, stream: true }),
    )
    expect(numbers(events)).toEqual(events.map((_, at) => at))
    const types = events.map(({ type }) => type)
    expect(types.slice(0, 4)).toEqual([
      ...(["response.created", "response.queued", "response.in_progress", "response.output_item.added"] as const),
    ])
    expect(types.at(-1)).toBe("response.completed")
  })

  test("are the same from every number on, while it runs and afterwards, for both clients", async () => {
    const events = await readEvents(
      await openai.responses.create({ model: "mock/echo", input: "Hello", background: true, stream: true }),
    )
    const [first] = events
    const { id } = (first as { response: Response }).response
    for (const client of [openai, openai6 as unknown as OpenAI]) {
      expect(await readEvents(await client.responses.retrieve(id, { stream: true }))).toEqual(events)
      for (const [at] of events.entries()) {
        const rest = await client.responses.retrieve(id, { stream: true, starting_after: at })
        expect(await readEvents(rest)).toEqual(events.slice(at + 1))
      }
    }
    const beyond = await openai.responses.retrieve(id, { stream: true, starting_after: 1000 })
    expect(await readEvents(beyond)).toEqual([])
  })

  test("are put together by the helpers of both clients", async () => {
    const { id } = await create()
    for (const client of [openai, openai6 as unknown as OpenAI]) {
      const final = await client.responses.stream({ response_id: id }).finalResponse()
      expect(final).toMatchObject({ id, status: "completed", output_text: HELLO })
      const resumed = await client.responses.stream({ response_id: id, starting_after: 3 }).finalResponse()
      expect(resumed).toMatchObject({ id, status: "completed", output_text: HELLO })
    }
  })

  test("of a call of a function are those that the helper expects", async () => {
    const call = { id: "call_1", type: "function", function: { name: "look", arguments: '{"at":1}' } }
    const message = { role: "assistant", content: null, tool_calls: [call] }
    upstream.answer(() => completion("", { choices: [{ index: 0, message, finish_reason: "tool_calls" }] }))
    const tools = [{ type: "function" as const, name: "look", parameters: { type: "object" }, strict: false }]
    const { id } = await create({ model: chatOnly, tools })
    const final = await openai.responses.stream({ response_id: id }).finalResponse()
    expect(final.output).toMatchObject([
      { type: "function_call", name: "look", arguments: '{"at":1}', call_id: "call_1" },
    ])
  })

  test("end with a failure, and with a cancellation that is an incomplete response", async () => {
    upstream.answer(() => Response.json({ error: { message: "no" } }, { status: 400 }))
    const failed = await readEvents(
      await openai.responses.create({ model: "up/m", input: "Hello", background: true, stream: true }),
    )
    expect(failed.at(-1)).toMatchObject({ type: "response.failed", response: { status: "failed" } })
    const stream = await openai.responses.create({
      ...{ model: "mock/echo", input: "Hello", background: true, stream: true },
      ...endless,
    })
    const events: Event[] = []
    for await (const event of stream as AsyncIterable<Event>) {
      events.push(event)
      if (event.type === "response.queued") await openai.responses.cancel(event.response.id)
    }
    expect(events.at(-1)).toMatchObject({ type: "response.incomplete", response: { status: "cancelled" } })
    expect(numbers(events.filter(({ type }) => (type as string) !== "keepalive"))).toEqual([0, 1, 2, 3])
  })

  test("of one that is deleted end with an error that the client raises", async () => {
    const stream = await openai.responses.create({
      ...{ model: "mock/echo", input: "Hello", background: true, stream: true },
      ...endless,
    })
    const read = async () => {
      for await (const event of stream as AsyncIterable<Event>) {
        if (event.type === "response.queued") await openai.responses.delete(event.response.id)
      }
    }
    expect(await catchError(read())).toMatchObject({ code: "response_not_found" })
  })

  test.each(["-1", "x", "1.5", ""])(
    "after the number %p are refused before the response is looked for",
    async (after) => {
      const response = await gateway.fetch(`/v1/responses/resp_none?stream=true&starting_after=${after}`)
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ error: { param: "starting_after" } })
    },
  )

  test("are refused where no stream is asked for", async () => {
    const response = await gateway.fetch("/v1/responses/resp_none?starting_after=1")
    expect(await response.json()).toMatchObject({ error: { param: "starting_after" } })
    expect((await gateway.fetch("/v1/responses/resp_none?stream=perhaps")).status).toBe(400)
  })
})

test("a reader whose virtual key is revoked hears no more", async () => {
  const gateway = await start({ config })
  const makeKey = async (name: string) => (await run(["vk", "create", name, "--app-dir", gateway.dir])).stdout.trim()
  const [mine, theirs] = [await makeKey("mine"), await makeKey("theirs")]
  const as = (apiKey: string) => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 })
  const wait = Promise.withResolvers<void>()
  upstream.answer(async () => {
    await wait.promise
    return completion("for me")
  })
  const count = upstream.received.length
  const ask = { model: chatOnly, input: "Hello", background: true, stream: true } as const
  const stream = await as(mine).responses.create(ask)
  const events: Event[] = []
  const heard = catchError(
    (async () => {
      for await (const event of stream) events.push(event)
    })(),
  )
  await upstream.request(count)
  const { data } = (await (await gateway.fetch("/v1/async/jobs", { headers: { "x-bf-vk": mine } })).json()) as Job
  const id = `resp_${data[0].id.replaceAll("-", "")}`
  expect(await catchError(as(theirs).responses.retrieve(id))).toBeInstanceOf(NotFoundError)
  expect((await as(mine).responses.retrieve(id)).id).toBe(id)
  expect((await run(["vk", "revoke", "mine", "--app-dir", gateway.dir])).code).toBe(0)
  const isKnown = () =>
    as(mine)
      .responses.retrieve(id)
      .then(
        () => true,
        () => false,
      )
  while (await isKnown());
  wait.resolve()
  expect(await heard).toMatchObject({ code: "response_not_found" })
  expect(JSON.stringify(events)).not.toContain("for me")
})

test("a response survives kill -9, and its reader goes on where it was", async () => {
  const { dir, ...killed } = await start({ config })
  const before = new OpenAI({ baseURL: `${killed.url}/v1`, apiKey: "none", maxRetries: 0 })
  const wait = Promise.withResolvers<void>()
  upstream.answer(async () => {
    await wait.promise
    return completion("Again")
  })
  const count = upstream.received.length
  const stream = await before.responses.create({ model: chatOnly, input: "Hello", background: true, stream: true })
  const seen: Event[] = []
  const broken = catchError(
    (async () => {
      for await (const event of stream) seen.push(event)
    })(),
  )
  await upstream.request(count)
  await killed.stop("SIGKILL")
  await broken
  wait.resolve()
  const [first] = seen
  const { id } = (first as { response: Response }).response
  const last = seen.at(-1)?.sequence_number ?? -1
  const gateway = await start({ dir, config })
  const after = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "none", maxRetries: 0 })
  const rest = await readEvents(await after.responses.retrieve(id, { stream: true, starting_after: last }))
  const all = [...seen.filter(({ type }) => (type as string) !== "keepalive"), ...rest]
  expect(numbers(all)).toEqual(all.map((_, at) => at))
  expect(all.at(-1)).toMatchObject({ type: "response.completed", response: { status: "completed", id } })
  expect(await end({ id }, after)).toMatchObject({ output_text: "Again" })
})

describe("the input of a response", () => {
  const input: Params["input"] = [
    { role: "user", content: "One" },
    { type: "message", role: "user", content: [{ type: "input_text", text: "Two" }] },
    { type: "function_call", call_id: "c1", name: "look", arguments: "{}" },
    { type: "function_call_output", call_id: "c1", output: "Three" },
  ]

  test("is listed item by item, page by page, with ids that stay", async () => {
    const { id } = await create({ input })
    const list = async (query: OpenAI.Responses.InputItemListParams) =>
      await Array.fromAsync(openai.responses.inputItems.list(id, query))
    const whole = await list({ order: "asc" })
    expect(whole).toMatchObject([
      { type: "message", role: "user", content: [{ type: "input_text", text: "One" }] },
      { type: "message", role: "user", content: [{ type: "input_text", text: "Two" }] },
      { type: "function_call", name: "look" },
      { type: "function_call_output", output: "Three" },
    ])
    expect(new Set(whole.map((item) => item.id)).size).toBe(4)
    expect(await list({ order: "asc", limit: 1 })).toEqual(whole)
    expect(await list({ limit: 3 })).toEqual(whole.toReversed())
  })

  test("that is a text is one message", async () => {
    const { id } = await create()
    const { data } = await openai.responses.inputItems.list(id)
    expect(data).toMatchObject([{ type: "message", role: "user", content: [{ type: "input_text", text: "Hello" }] }])
  })

  test("has no page after an item that is not there, and no other order", async () => {
    const { id } = await create()
    expect(await catchError(openai.responses.inputItems.list(id, { after: "msg_none" }))).toMatchObject({
      param: "after",
    })
    expect(await catchError(openai.responses.inputItems.list(id, { order: "up" as never }))).toMatchObject({
      param: "order",
    })
    expect(await catchError(openai.responses.inputItems.list(id, { limit: 101 }))).toMatchObject({ param: "limit" })
  })
})

describe("a response that continues another", () => {
  interface Sent {
    messages: { role: string; content: unknown }[]
  }
  const sent = (): Sent => JSON.parse(upstream.received.at(-1)?.body ?? "{}")

  test("has every digit of what was asked and answered", async () => {
    const post = async (body: string) => {
      const init = { method: "POST", headers: { "content-type": "application/json" }, body }
      return (await (await gateway.fetch("/v1/responses", init)).json()) as Response
    }
    const output = '{"id":"msg_9","type":"message","role":"assistant","content":[],"seed":12345678901234567890}'
    const headers = { "content-type": "application/json" }
    const answer = `{"id":"r","object":"response","status":"completed","output":[${output}]}`
    upstream.answer(() => new globalThis.Response(answer, { headers }))
    const asked = (seed: string) => `[{"role":"user","content":"Hello","seed":${seed}}]`
    const first = await end(await post(`{"model":"up/m","background":true,"input":${asked("1.10")}}`))
    const items = await (await gateway.fetch(`/v1/responses/${first.id}/input_items`)).text()
    expect(items).toContain('"seed":1.10')
    await post(`{"model":"up/m","previous_response_id":"${first.id}","input":${asked("9007199254740993")}}`)
    expect(upstream.received.at(-1)?.body).toMatch(/"seed":1\.10.*"seed":12345678901234567890.*"seed":9007199254740993/)
  })

  test("has all that came before as its input, at a provider that keeps nothing", async () => {
    upstream.answer((_, at) => completion(`answer ${at}`))
    const first = await end(await create({ model: chatOnly, input: "one", instructions: "Only once." }))
    const second = await create({ model: chatOnly, input: "two", previous_response_id: first.id })
    expect(second.previous_response_id).toBe(first.id)
    const ended = await end(second)
    expect(ended.previous_response_id).toBe(first.id)
    expect(sent().messages).toMatchObject([
      { role: "user", content: "one" },
      { role: "assistant", content: first.output_text },
      { role: "user", content: "two" },
    ])
    const items = await Array.fromAsync(openai.responses.inputItems.list(ended.id, { order: "asc" }))
    expect(items.map((item) => (item as { role?: string }).role)).toEqual(["user", "assistant", "user"])
  })

  test("may be a synchronous call, and needs the earlier one no more once it is accepted", async () => {
    upstream.answer(() => completion("yes"))
    const first = await end(await create({ model: chatOnly, input: "one" }))
    const second = await end(await create({ model: chatOnly, input: "two", previous_response_id: first.id }))
    await openai.responses.delete(first.id)
    const third = await openai.responses.create({ model: chatOnly, input: "three", previous_response_id: second.id })
    expect(third.output_text).toBe("yes")
    expect(sent().messages.map(({ content }) => content)).toEqual(["one", "yes", "two", "yes", "three"])
  })

  test("may be submitted as any other job", async () => {
    upstream.answer(() => completion("yes"))
    const first = await end(await create({ model: chatOnly, input: "one" }))
    const asked = { model: chatOnly, input: "two", previous_response_id: first.id }
    const submitted = await gateway.fetch("/v1/async/responses", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(asked),
    })
    expect(submitted.status).toBe(202)
    const { id } = (await submitted.json()) as { id: string }
    await end({ id: `resp_${id.replaceAll("-", "")}` })
    expect(sent().messages.map(({ content }) => content)).toEqual(["one", "yes", "two"])
    const headers = { "x-bf-async": "true" }
    const other = await openai.responses.create(asked, { headers })
    await end({ id: `resp_${other.id.replaceAll("-", "")}` })
    expect(sent().messages.map(({ content }) => content)).toEqual(["one", "yes", "two"])
  })

  test("goes on for fifty turns", async () => {
    let turn = 0
    upstream.answer(() => completion(`answer ${turn}`))
    let previous_response_id: string | null = null
    for (turn = 1; turn <= 50; turn++) {
      const created: Response = await create({ model: chatOnly, input: `turn ${turn}`, previous_response_id })
      previous_response_id = (await end(created)).id
    }
    const { messages } = sent()
    expect(messages).toHaveLength(99)
    expect(messages.at(0)).toMatchObject({ content: "turn 1" })
    expect(messages.at(-2)).toMatchObject({ content: "answer 49" })
  })

  test("answers the calls of functions of the earlier one, and no others", async () => {
    const call = { id: "call_7", type: "function", function: { name: "look", arguments: "{}" } }
    const message = { role: "assistant", content: null, tool_calls: [call] }
    upstream.answer(() => completion("", { choices: [{ index: 0, message, finish_reason: "tool_calls" }] }))
    const tools = [{ type: "function" as const, name: "look", parameters: { type: "object" }, strict: false }]
    const first = await end(await create({ model: chatOnly, tools }))
    upstream.answer(() => completion("seen"))
    const output = (call_id: string): NonNullable<Params["input"]> => [
      { type: "function_call_output", call_id, output: "a cat" },
    ]
    const over = { model: chatOnly, tools, previous_response_id: first.id }
    expect((await end(await create({ ...over, input: output("call_7") }))).output_text).toBe("seen")
    expect(sent().messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool"])
    expect(await catchError(create({ ...over, input: output("call_8") }))).toMatchObject({
      message: "400 No tool call found for function call output with call_id call_8.",
    })
  })

  test("may refer to an item of the earlier one", async () => {
    upstream.answer(() => completion("yes"))
    const first = await end(await create({ model: chatOnly, input: "one" }))
    const refer = (id: string) =>
      create({ model: chatOnly, input: [{ type: "item_reference", id }], previous_response_id: first.id })
    expect(await catchError(refer("msg_none"))).toMatchObject({ status: 400, param: "input" })
    await end(await refer(first.output[0]?.id ?? ""))
    expect(sent().messages.map(({ content }) => content)).toEqual(["one", "yes", "yes"])
  })

  test("is refused where the earlier one is not there, has no answer, or was not to be kept", async () => {
    const unended = await create(endless)
    const unkept = await end(await create({ store: false }))
    const cancelled = await create(endless)
    await openai.responses.cancel(cancelled.id)
    const continueFrom = (previous_response_id: string) => catchError(create({ previous_response_id }))
    const none = `resp_${"0".repeat(12)}7${"0".repeat(19)}`
    for (const id of [none, unkept.id]) {
      const error = await continueFrom(id)
      expect(error).toBeInstanceOf(BadRequestError)
      expect(error).toMatchObject({ code: "previous_response_not_found", param: "previous_response_id" })
    }
    for (const id of [unended.id, cancelled.id])
      expect(await continueFrom(id)).toMatchObject({ status: 400, param: "previous_response_id" })
    await openai.responses.cancel(unended.id)
  })

  test("may continue a synchronous call of a provider that keeps nothing, plain or streamed", async () => {
    upstream.answer(() => completion("yes"))
    const plain = await openai.responses.create({ model: chatOnly, input: "one", store: true })
    const streamed = await openai.responses
      .stream({ model: chatOnly, input: "two", store: true, previous_response_id: plain.id })
      .finalResponse()
    for (const { id } of [plain, streamed]) {
      expect(await openai.responses.retrieve(id)).toMatchObject({ id, status: "completed", store: true })
      const jobId = id.replace(/^resp_(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
      // As long as one in the background, and not the minute of other calls.
      expect(gateway.count("jobs", `id = '${jobId}' AND ttl_ms = 2592000000`)).toBe(1)
    }
    await openai.responses.create({ model: chatOnly, input: "three", previous_response_id: streamed.id })
    expect(sent().messages.map(({ content }) => content)).toEqual(["one", "yes", "two", "yes", "three"])
  })

  test("is refused where its input is none, and where references would make it longer than any request", async () => {
    const input = [{ type: "message", id: "msg_long", role: "user", content: "x".repeat(600_000) }]
    const first = await end(await create({ input } as never))
    const continueWith = (given: unknown) =>
      catchError(create({ previous_response_id: first.id, input: given } as never))
    for (const given of [5, {}, null, [1]]) expect(await continueWith(given)).toBeInstanceOf(BadRequestError)
    const references = Array.from({ length: 500 }, () => ({ type: "item_reference", id: "msg_long" }))
    expect(await continueWith(references)).toMatchObject({ status: 413, param: "previous_response_id" })
    const twice = await create({ previous_response_id: first.id, input: references.slice(0, 2) } as never)
    const listed = await Array.fromAsync(openai.responses.inputItems.list(twice.id, { limit: 1 }))
    expect(new Set(listed.map((item) => item.id)).size).toBe(4)
    expect(listed).toHaveLength(4)
  })

  test.each([
    ["its provider's own id", `resp_${"a".repeat(48)}`],
    ["an id of a model server", "resp_8e1e2fb2ed7e4af0b8d4ac1fa9aaf77a"],
  ])("by %s is the provider's", async (_, previous_response_id) => {
    const output = [{ type: "message", content: [] }]
    upstream.answer(() => Response.json({ id: "resp_2", object: "response", status: "completed", output }))
    await openai.responses.create({ model: "up/m", input: "two", previous_response_id })
    expect(sent()).toMatchObject({ previous_response_id })
  })
})

test("the id of a provider's own is not found, and where its response may be is said", async () => {
  const error = await catchError(openai.responses.retrieve("resp_1"))
  expect(error).toBeInstanceOf(NotFoundError)
  expect((error as Error).message).toMatch(/GET or DELETE \/v1\/async\/jobs\/\{job_id\}, where job_id is the x-job-id/)
  expect(await catchError(openai.responses.inputItems.list("resp_1"))).toBeInstanceOf(NotFoundError)
})

test("a synchronous response is not cancelled", async () => {
  const { response } = await openai.responses.create({ model: "mock/echo", input: "Hello" }).withResponse()
  const id = `resp_${(response.headers.get("x-job-id") ?? "").replaceAll("-", "")}`
  expect(await catchError(openai.responses.cancel(id))).toMatchObject({
    message: "400 Cannot cancel a synchronous response.",
  })
  expect(await openai.responses.retrieve(id)).toMatchObject({ id, status: "completed", background: false })
})
