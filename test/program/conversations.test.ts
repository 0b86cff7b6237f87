// Conversations through OpenAI's clients, against the whole program.
import { afterAll, describe, expect, test } from "bun:test"
import OpenAI, { BadRequestError, NotFoundError } from "openai"
import OpenAI6 from "openai-6"
import { catchError } from "../catcherror.ts"
import { type Gateway, type Job, launch, run, start } from "../harness.ts"
import { completion, configFor, startUpstream } from "../upstream.ts"

const upstream = startUpstream()
const quick = { retry_backoff_initial: 1, retry_backoff_max: 5 }
const config = {
  providers: {
    mock: { network_config: { max_retries: 0 } },
    // It has chat completions only.
    cerebras: { keys: [{ value: "sk-1" }], network_config: { base_url: upstream.url, ...quick } },
    ...configFor(upstream, { max_retries: 0 }).providers,
  },
}
const gateway = await launch({ config })
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
})

const connect = ({ url }: Pick<Gateway, "url">, apiKey = "none", path = "/v1") =>
  new OpenAI({ baseURL: `${url}${path}`, apiKey, maxRetries: 0 })
const openai = connect(gateway)
const openai6 = new OpenAI6({ baseURL: `${gateway.url}/v1`, apiKey: "none", maxRetries: 0 })

type Response = OpenAI.Responses.Response
type Params = OpenAI.Responses.ResponseCreateParamsNonStreaming
type Item = OpenAI.Conversations.ConversationItem

const chatOnly = "cerebras/m"
const NONE = `conv_${"0".repeat(12)}7${"0".repeat(19)}`
const user = (content: string) => ({ role: "user" as const, content })

const ask = (conversation: string, input: NonNullable<Params["input"]>, over: Partial<Params> = {}) =>
  openai.responses.create({ model: chatOnly, conversation, input, ...over })
const create = async (...said: string[]) => (await openai.conversations.create({ items: said.map(user) })).id

async function list(id: string, query: OpenAI.Conversations.ItemListParams = { order: "asc" }): Promise<Item[]> {
  return await Array.fromAsync(openai.conversations.items.list(id, query))
}

/** What is said in an item. */
const read = (item: object): unknown => {
  const { content, type } = item as { content?: { text: string }[]; type: string }
  return content === undefined ? type : content.map(({ text }) => text).join()
}
const readAll = async (id: string) => (await list(id)).map(read)

interface Sent {
  messages: { role: string; content: unknown }[]
  input: unknown
}
const sent = (): Sent => JSON.parse(upstream.received.at(-1)?.body ?? "{}")
const contents = () => sent().messages.map(({ content }) => content)

/** A response in OpenAI's form. */
const answered = (output: object[]) =>
  globalThis.Response.json({ id: "resp_theirs", object: "response", status: "completed", model: "m", output })
const message = (text: string, id = "msg_theirs") => ({
  ...{ id, type: "message", role: "assistant", status: "completed" },
  content: [{ type: "output_text", text, annotations: [] }],
})

/** The response once it has ended. */
async function end({ id }: { id: string }, client: OpenAI = openai): Promise<Response> {
  for (;;) {
    const now = await client.responses.retrieve(id)
    if (now.status !== "queued" && now.status !== "in_progress") return now
  }
}

describe("a conversation", () => {
  test("is created, retrieved, changed and deleted, by both clients", async () => {
    for (const client of [openai, openai6 as unknown as OpenAI]) {
      const metadata = { topic: "demo" }
      const created = await client.conversations.create({ metadata, items: [user("Hello")] })
      expect(created).toEqual({
        ...{ id: expect.stringMatching(/^conv_[0-9a-f]{32}$/), object: "conversation", metadata },
        created_at: expect.any(Number),
      })
      const { id } = created
      expect(await client.conversations.retrieve(id)).toEqual(created)
      const changed = { ...created, metadata: { topic: "other" } }
      expect(await client.conversations.update(id, { metadata: { topic: "other" } })).toEqual(changed)
      expect(await client.conversations.retrieve(id)).toEqual(changed)
      expect(await client.conversations.update(id, { metadata: null })).toMatchObject({ metadata: {} })
      expect(await client.conversations.delete(id)).toEqual({ id, object: "conversation.deleted", deleted: true })
      for (const call of [
        () => openai.conversations.retrieve(id),
        () => openai.conversations.update(id, { metadata }),
        () => openai.conversations.delete(id),
        () => openai.conversations.items.list(id),
        () => openai.conversations.items.create(id, { items: [user("Hello")] }),
        () => openai.conversations.items.retrieve("msg_1", { conversation_id: id }),
        () => openai.conversations.items.delete("msg_1", { conversation_id: id }),
        () => ask(id, "Hello"),
      ]) {
        const error = await catchError(call())
        expect(error).toBeInstanceOf(NotFoundError)
        expect(error).toMatchObject({ code: "conversation_not_found" })
      }
    }
  })

  test("is created without anything, and has no metadata then", async () => {
    const bare = await openai.conversations.create()
    expect(bare.metadata).toEqual({})
    expect(await list(bare.id)).toEqual([])
    expect((await openai.conversations.create({})).metadata).toEqual({})
  })

  test("is served below the prefix of OpenAI's paths too", async () => {
    const prefixed = connect(gateway, "none", "/openai/v1")
    const { id } = await prefixed.conversations.create({ items: [user("One"), user("Two")] })
    const { data } = await prefixed.conversations.items.list(id, { order: "asc" })
    const itemId = data[1]?.id ?? ""
    expect(read(await prefixed.conversations.items.retrieve(itemId, { conversation_id: id }))).toBe("Two")
    expect((await prefixed.conversations.items.delete(itemId, { conversation_id: id })).id).toBe(id)
    expect((await prefixed.conversations.delete(id)).deleted).toBe(true)
  })

  test("has its items in their order, with ids, and as they are shown", async () => {
    const id = await create("One")
    const added = await openai.conversations.items.create(id, {
      items: [
        { type: "message", role: "assistant", content: "Two" },
        { type: "function_call", call_id: "c1", name: "look", arguments: "{}", id: "fc_mine" },
        { type: "function_call_output", call_id: "c1", output: "Three" },
      ],
    })
    expect(added).toMatchObject({ object: "list", has_more: false, first_id: added.data[0]?.id })
    expect(added.data).toMatchObject([
      { type: "message", role: "assistant", status: "completed", content: [{ type: "output_text", text: "Two" }] },
      { type: "function_call", id: "fc_mine" },
      { type: "function_call_output", output: "Three" },
    ])
    const all = await list(id)
    expect(all.slice(1)).toEqual(added.data)
    expect(all[0]).toMatchObject({ type: "message", content: [{ type: "input_text", text: "One" }] })
    expect(new Set(all.map((item) => item.id)).size).toBe(4)
    expect(await list(id, { order: "asc", limit: 1 })).toEqual(all)
    expect(await list(id, { limit: 3, include: ["message.output_text.logprobs"] })).toEqual(all.toReversed())
    expect(await openai.conversations.items.retrieve("fc_mine", { conversation_id: id })).toEqual(all[2] as Item)
    const left = await openai.conversations.items.delete("fc_mine", { conversation_id: id })
    expect(left).toEqual(await openai.conversations.retrieve(id))
    expect(await list(id)).toEqual(all.filter((item) => item.id !== "fc_mine"))
    const { items } = openai.conversations
    for (const call of [
      () => items.retrieve("fc_mine", { conversation_id: id }),
      () => items.delete("fc_mine", { conversation_id: id }),
    ]) {
      const error = await catchError(call())
      expect(error).toMatchObject({ status: 404, code: "conversation_item_not_found" })
    }
  })

  const many = (count: number) => Array.from({ length: count }, () => user("Hello"))
  test.each([
    ["more items than 20", { items: many(21) }, "items"],
    ["items that are no list", { items: "Hello" }, "items"],
    ["an item that is none", { items: [5] }, "items[0]"],
    ["an item that is a reference", { items: [{ type: "item_reference", id: "msg_1" }] }, "items[0]"],
    ["an item without a type or a role", { items: [{ content: "Hello" }] }, "items[0]"],
    ["an item whose type is none", { items: [user("Hello"), { type: 5 }] }, "items[1].type"],
    ["a message without a content", { items: [{ role: "user" }] }, "items[0].content"],
    ["a message of nobody", { items: [{ type: "message", content: "Hello" }] }, "items[0].role"],
    ["metadata of 17 pairs", { metadata: Object.fromEntries(many(17).map((_, at) => [at, ""])) }, "metadata"],
    ["metadata with a long name", { metadata: { ["x".repeat(65)]: "" } }, "metadata"],
    ["metadata with a long text", { metadata: { a: "x".repeat(513) } }, "metadata"],
    ["metadata that is no text", { metadata: { a: 1 } }, "metadata"],
    ["an unknown member", { title: "x" }, "title"],
  ])("with %s is refused", async (_, body, param) => {
    const error = await catchError(openai.conversations.create(body as never))
    expect(error).toBeInstanceOf(BadRequestError)
    expect(error).toMatchObject({ code: "invalid_request", param, type: "invalid_request_error" })
  })

  test("is not changed by what is wrong", async () => {
    const id = await create("Hello")
    const { items } = openai.conversations
    for (const [call, over] of [
      [() => items.create(id, { items: [] }), { param: "items" }],
      [() => items.create(id, {} as never), { param: "items" }],
      [() => openai.conversations.update(id, {} as never), { code: "missing_required_parameter" }],
      [() => items.list(id, { limit: 101 }), { param: "limit" }],
      [() => items.list(id, { order: "up" as never }), { param: "order" }],
      [() => items.list(id, { after: "msg_none" }), { param: "after" }],
    ] as const)
      expect(await catchError(call())).toMatchObject({ status: 400, ...over })
    const large = await catchError(items.create(id, { items: [user("x".repeat(1_100_000))] }))
    expect(large).toMatchObject({ status: 413, code: "request_too_large" })
    expect(await readAll(id)).toEqual(["Hello"])
  })
})

test("a conversation is its caller's and the admin's, and nobody else's", async () => {
  const gateway = await start({ config })
  const makeKey = async (name: string) => (await run(["vk", "create", name, "--app-dir", gateway.dir])).stdout.trim()
  const [mine, theirs] = [connect(gateway, await makeKey("mine")), connect(gateway, await makeKey("theirs"))]
  const { id } = await mine.conversations.create({ items: [user("mine")] })
  const [item] = (await mine.conversations.items.list(id)).data
  const given = { conversation_id: id }
  for (const call of [
    () => theirs.conversations.retrieve(id),
    () => theirs.conversations.update(id, { metadata: {} }),
    () => theirs.conversations.delete(id),
    () => theirs.conversations.items.list(id),
    () => theirs.conversations.items.create(id, { items: [user("theirs")] }),
    () => theirs.conversations.items.retrieve(item?.id ?? "", given),
    () => theirs.conversations.items.delete(item?.id ?? "", given),
    () => theirs.responses.create({ model: "mock/echo", input: "theirs", conversation: id }),
  ])
    expect(await catchError(call())).toMatchObject({ code: "conversation_not_found" })
  await mine.responses.create({ model: "mock/echo", input: "more", conversation: id })
  const admin = connect(gateway, await gateway.adminToken())
  expect((await admin.conversations.items.list(id, { order: "asc" })).data.slice(0, 2).map(read)).toEqual([
    "mine",
    "more",
  ])
}, 60_000)

describe("a turn of a conversation", () => {
  test("has all that was said before as its input, and is there when the next one comes", async () => {
    upstream.answer((_, at) => completion(`answer ${at}`))
    const id = await create("zero")
    const first = await ask(id, "one", { instructions: "Only once." })
    expect(first).toMatchObject({ conversation: { id }, previous_response_id: null })
    const second = await openai.responses.create({ model: chatOnly, conversation: { id }, input: [user("two")] })
    expect(sent()).not.toHaveProperty("conversation")
    expect(sent().messages.map(({ role }) => role)).toEqual(["user", "user", "assistant", "user"])
    expect(contents()).toEqual(["zero", "one", first.output_text, "two"])
    const items = await list(id)
    expect(items.map(read)).toEqual(["zero", "one", first.output_text, "two", second.output_text])
    expect(items[2]).toMatchObject({ id: first.output[0]?.id, role: "assistant", status: "completed" })
  })

  test("is counted with all that was said before, and adds nothing then", async () => {
    const id = await create("one two", "three")
    for (const client of [openai, openai6])
      expect(
        await client.responses.inputTokens.count({ model: "mock/echo", conversation: id, input: "four" }),
      ).toMatchObject({ input_tokens: 4 })
    expect(await readAll(id)).toEqual(["one two", "three"])
    const first = await openai.responses.create({ model: "mock/echo", input: "one two", background: true })
    const said = (await end(first)).output_text.split(" ").length
    const counted = await openai.responses.inputTokens.count({
      ...{ model: "mock/echo", previous_response_id: first.id, input: "three" },
    })
    expect(counted.input_tokens).toBe(3 + said)
    const none = await catchError(
      openai.responses.inputTokens.count({ model: "mock/echo", conversation: NONE, input: "four" }),
    )
    expect(none).toMatchObject({ status: 404, param: "conversation" })
  })

  test("may be streamed, at a provider of chats and at one of responses, and each response in it names the conversation", async () => {
    const id = await create()
    const chunk = (delta: object, finish_reason: string | null = null) => ({
      ...{ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m" },
      choices: [{ index: 0, delta, finish_reason }],
    })
    const stream = (events: object[]) =>
      new globalThis.Response(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""), {
        headers: { "content-type": "text/event-stream" },
      })
    upstream.answer(() => stream([chunk({ role: "assistant", content: "chat" }), chunk({}, "stop")]))
    const final = await openai.responses.stream({ model: chatOnly, conversation: id, input: "one" }).finalResponse()
    expect(final).toMatchObject({ output_text: "chat", conversation: { id } })

    const response = { id: "resp_theirs", object: "response", model: "m", status: "in_progress", conversation: null }
    upstream.answer(() =>
      stream([
        { type: "response.created", sequence_number: 0, response: { ...response, output: [] } },
        {
          type: "response.output_item.added",
          sequence_number: 1,
          output_index: 0,
          item: { ...message(""), content: [] },
        },
        { type: "response.output_item.done", sequence_number: 2, output_index: 0, item: message("own") },
        {
          ...{ type: "response.completed", sequence_number: 3 },
          response: { ...response, status: "completed", output: [message("own")] },
        },
      ]),
    )
    const events = await Array.fromAsync(
      await openai.responses.create({ model: "up/m", conversation: id, input: "two", stream: true }),
    )
    expect(events.flatMap((event) => ("response" in event ? [event.response.conversation] : []))).toEqual([
      { id },
      { id },
    ])
    expect(events).toHaveLength(4)
    expect(sent()).not.toHaveProperty("conversation")
    expect(sent().input).toMatchObject([user("one"), { role: "assistant" }, user("two")])
    expect(await readAll(id)).toEqual(["one", "chat", "two", "own"])

    upstream.answer(() => stream([chunk({ role: "assistant", content: "at once" }), chunk({}, "stop")]))
    const third = await openai.responses.create({ model: chatOnly, conversation: id, input: "three", stream: true })
    const there: unknown[] = []
    for await (const { type } of third) if (type === "response.completed") there.push(...(await readAll(id)))
    expect(there.slice(-2)).toEqual(["three", "at once"])
  })

  test.each([[false], [true]])("may be made in the background, streamed: %p", async (isStreamed) => {
    upstream.answer(() => completion("yes"))
    const id = await create("zero")
    const asked = { model: chatOnly, conversation: id, input: "one", background: true } as const
    const created = isStreamed
      ? (await Array.fromAsync(await openai.responses.create({ ...asked, stream: true }))).map((event) =>
          "response" in event ? event.response : null,
        )[0]
      : await openai.responses.create(asked)
    expect(created).toMatchObject({ status: "queued", conversation: { id } })
    const ended = await end(created as Response)
    expect(ended).toMatchObject({ status: "completed", conversation: { id }, output_text: "yes" })
    expect(contents()).toEqual(["zero", "one"])
    expect(await readAll(id)).toEqual(["zero", "one", "yes"])
    // It has the conversation as its input, and what was added since is no part of it.
    const input = await Array.fromAsync(openai.responses.inputItems.list(ended.id, { order: "asc" }))
    expect(input.map(read)).toEqual(["zero", "one"])
    expect(input.at(-1)?.id).toBe((await list(id))[1]?.id)
  })

  test("may be submitted as any other job", async () => {
    upstream.answer(() => completion("yes"))
    const id = await create("zero")
    const submitted = await gateway.fetch("/v1/async/responses", {
      method: "POST",
      headers: { "content-type": "application/json", prefer: "wait=60" },
      body: JSON.stringify({ model: chatOnly, conversation: { id }, input: "one" }),
    })
    expect(submitted.status).toBe(200)
    expect(((await submitted.json()) as Job).result).toMatchObject({ conversation: { id } })
    expect(await readAll(id)).toEqual(["zero", "one", "yes"])
  })

  test("that fails or is cancelled adds nothing", async () => {
    const id = await create("zero")
    upstream.answer(() => globalThis.Response.json({ error: { message: "no" } }, { status: 400 }))
    expect(await catchError(ask(id, "one"))).toBeInstanceOf(BadRequestError)
    const failed = await end(await ask(id, "one", { background: true }))
    expect(failed).toMatchObject({ status: "failed", conversation: { id } })
    const endless = { model: "mock/echo", background: true, mock: { hang: true } } as object
    const running = await ask(id, "one", endless)
    expect(await openai.responses.cancel(running.id)).toMatchObject({ status: "cancelled", conversation: { id } })
    expect(await readAll(id)).toEqual(["zero"])
  })

  test("adds nothing to a conversation that was deleted meanwhile, and succeeds", async () => {
    const id = await create()
    const wait = Promise.withResolvers<void>()
    upstream.answer(async () => {
      await wait.promise
      return completion("late")
    })
    const count = upstream.received.length
    const { id: responseId } = await ask(id, "one", { background: true })
    await upstream.request(count)
    await openai.conversations.delete(id)
    wait.resolve()
    expect(await end({ id: responseId })).toMatchObject({ status: "completed", output_text: "late" })
    expect(gateway.count("conversation_items", `item LIKE '%"one"%' AND id LIKE '%${responseId.slice(5)}%'`)).toBe(0)
  })

  test("beside another one is added in the order of their ends", async () => {
    const id = await create("zero")
    const waits = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    upstream.answer(async ({ body }) => {
      const at = body.includes("first") ? 0 : 1
      await waits[at]?.promise
      return completion(`answer ${at}`)
    })
    const count = upstream.received.length
    const both = [await ask(id, "first", { background: true }), await ask(id, "second", { background: true })] as const
    await Promise.all([upstream.request(count), upstream.request(count + 1)])
    waits[1]?.resolve()
    await end(both[1])
    waits[0]?.resolve()
    await end(both[0])
    expect(await readAll(id)).toEqual(["zero", "second", "answer 1", "first", "answer 0"])
  })

  test("stays where its response is deleted", async () => {
    upstream.answer(() => completion("yes"))
    const id = await create()
    const ended = await end(await ask(id, "one", { background: true }))
    await openai.responses.delete(ended.id)
    expect(await readAll(id)).toEqual(["one", "yes"])
  })

  test("with an Idempotency-Key that comes again is one turn", async () => {
    upstream.answer(() => completion("yes"))
    const id = await create()
    const options = { headers: { "Idempotency-Key": "turn-1" } }
    const asked = { model: chatOnly, conversation: id, input: "one" }
    const first = await openai.responses.create(asked, options)
    expect((await openai.responses.create(asked, options)).id).toBe(first.id)
    expect(await readAll(id)).toEqual(["one", "yes"])
  })

  test("answers the calls of functions in the conversation, and no others, and refers to its items", async () => {
    const id = await create()
    const call = { id: "call_7", type: "function", function: { name: "look", arguments: "{}" } }
    const said = { role: "assistant", content: null, tool_calls: [call] }
    upstream.answer(() => completion("", { choices: [{ index: 0, message: said, finish_reason: "tool_calls" }] }))
    const tools = [{ type: "function" as const, name: "look", parameters: { type: "object" }, strict: false }]
    await ask(id, "Look", { tools })
    upstream.answer(() => completion("seen"))
    const output = (call_id: string) => [{ type: "function_call_output" as const, call_id, output: "a cat" }]
    expect(await catchError(ask(id, output("call_8"), { tools }))).toMatchObject({
      message: "400 No tool call found for function call output with call_id call_8.",
    })
    await ask(id, output("call_7"), { tools })
    expect(sent().messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool"])
    const refer = (item: string) => ask(id, [{ type: "item_reference", id: item }])
    expect(await catchError(refer("msg_none"))).toMatchObject({ status: 400, param: "input" })
    await refer((await list(id))[0]?.id ?? "")
    expect(contents().at(-1)).toBe("Look")
    const ids = (await list(id)).map((item) => item.id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test("sends what a model thought to the provider that it came from alone", async () => {
    const id = await create()
    const thought = { id: "rs_1", type: "reasoning", summary: [], encrypted_content: "secret", big: 1 }
    upstream.answer(() => answered([thought, message("Hi")]))
    const first = await ask(id, "one", { model: "up/m" })
    expect(first).toMatchObject({ id: "resp_theirs", conversation: { id } })
    await ask(id, "two", { model: "up/other" })
    expect(sent().input).toEqual([user("one"), thought, message("Hi"), user("two")])
    upstream.answer(() => completion("chat"))
    await ask(id, "three")
    expect(sent().messages.map(({ role }) => role)).toEqual(["user", "assistant", "user", "assistant", "user"])
    expect(JSON.stringify(sent())).not.toContain("secret")
    upstream.answer(() => answered([message("Bye")]))
    await ask(id, "four", { model: "up/m", fallbacks: [chatOnly] } as object)
    expect(JSON.stringify(sent())).not.toContain("secret")
    await ask(id, "five", { model: "up/m" })
    expect(JSON.stringify(sent())).toContain("secret")
    expect((await readAll(id)).filter((said) => said === "reasoning")).toHaveLength(2)
  })

  test("keeps every digit of what was answered, asked and added", async () => {
    const added = '{"type":"message","role":"user","content":"zero","seed":1.10}'
    const created = await gateway.fetch("/v1/conversations", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `{"items":[${added}]}`,
    })
    const { id } = (await created.json()) as { id: string }
    expect(await (await gateway.fetch(`/v1/conversations/${id}/items`)).text()).toContain('"seed":1.10')
    const output = '{"id":"msg_9","type":"message","role":"assistant","content":[],"seed":12345678901234567890}'
    upstream.answer(
      () =>
        new globalThis.Response(`{"id":"r","object":"response","status":"completed","output":[${output}]}`, {
          headers: { "content-type": "application/json" },
        }),
    )
    const asked = '{"role":"user","content":"one","seed":9007199254740993}'
    await gateway.fetch("/v1/responses", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: `{"model":"up/m","conversation":"${id}","input":[${asked}]}`,
    })
    expect(upstream.received.at(-1)?.body).toMatch(/"seed":1\.10.*"seed":9007199254740993/)
    expect(gateway.count("conversation_items", `item = '${output}'`)).toBe(1)
    await ask(id, "two", { model: "up/m" })
    expect(upstream.received.at(-1)?.body).toMatch(/"seed":9007199254740993.*"seed":12345678901234567890/)
  })

  test("is no continuation of a response at the same time", async () => {
    const id = await create()
    upstream.answer(() => completion("yes"))
    const first = await ask(id, "one", { store: true })
    for (const over of [{ conversation: id }, { conversation: { id } }, { conversation: "conv_theirs" }]) {
      const error = await catchError(ask(id, "two", { ...over, previous_response_id: first.id }))
      expect(error).toBeInstanceOf(BadRequestError)
    }
    expect(await readAll(id)).toEqual(["one", "yes"])
  })

  test("of a conversation of the provider's is the provider's, and one that is not there is said to be none", async () => {
    upstream.answer(() => answered([message("Hi")]))
    for (const conversation of ["conv_theirs", `conv_${"a".repeat(48)}`]) {
      await ask(conversation, "one", { model: "up/m" })
      expect(sent()).toMatchObject({ conversation, input: "one" })
    }
    expect(await catchError(ask("conv_theirs", "one"))).toMatchObject({ status: 400, param: "conversation" })
    expect(await catchError(ask(NONE, "one"))).toMatchObject({ status: 404, param: "conversation" })
    const many = Array.from({ length: 1001 }, () => user("x"))
    expect(await catchError(ask(await create(), many))).toMatchObject({ status: 400, param: "input" })
    expect(await catchError(ask(await create(), 5 as never))).toMatchObject({ status: 400, param: "input" })
  })
})

test("a conversation that has grown longer than a request takes no more turns, and says so", async () => {
  const gateway = await start({ config: { ...config, client: { max_request_body_size_mb: 0.01 } } })
  const openai = connect(gateway)
  const { id } = await openai.conversations.create({ items: [user("x".repeat(6000))] })
  const ask = () => openai.responses.create({ model: "mock/echo", conversation: id, input: "Hello" })
  await ask()
  await openai.conversations.items.create(id, { items: [user("y".repeat(6000))] })
  expect(await catchError(ask())).toMatchObject({ status: 413, param: "conversation" })
}, 60_000)

test("a turn whose gateway is killed with -9 is added once, by the next attempt", async () => {
  const { dir, ...killed } = await start({ config })
  const before = connect(killed)
  const wait = Promise.withResolvers<void>()
  upstream.answer(async () => {
    await wait.promise
    return completion("again")
  })
  const { id } = await before.conversations.create({ items: [user("zero")] })
  const count = upstream.received.length
  const asked = { model: chatOnly, conversation: id, input: "one", background: true } as const
  const response = await before.responses.create(asked)
  await upstream.request(count)
  await killed.stop("SIGKILL")
  wait.resolve()
  const gateway = await start({ dir, config })
  const after = connect(gateway)
  expect(await end(response, after)).toMatchObject({ status: "completed", conversation: { id } })
  const items = await Array.fromAsync(after.conversations.items.list(id, { order: "asc" }))
  expect(items.map(read)).toEqual(["zero", "one", "again"])
}, 60_000)
