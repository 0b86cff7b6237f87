// Responses in the background that are read while the model writes: their events are on disk before anybody reads them, so that each reader
// goes on where it was, also after kill -9, and another attempt follows in the same stream. Through OpenAI's clients, against the program.
import { afterAll, describe, expect, test } from "bun:test"
import OpenAI from "openai"
import OpenAI6 from "openai-6"
import { catchError } from "../catcherror.ts"
import { type Gateway, type Job, launch, start } from "../harness.ts"
import { startUpstream } from "../upstream.ts"
import { answerByStreams, chunk, done } from "../writtenanswers.ts"

const upstream = startUpstream()
const quick = { retry_backoff_initial: 1, retry_backoff_max: 5 }
const config = {
  providers: {
    // It has chat completions only.
    cerebras: { keys: [{ value: "sk-1" }], network_config: { base_url: upstream.url, max_retries: 3, ...quick } },
    up: { network_config: { base_url: upstream.url, max_retries: 3, ...quick } },
    mock: {},
  },
}
const gateway = await launch({ config })
afterAll(async () => {
  await gateway.dispose()
  await upstream.stop()
})

type Event = OpenAI.Responses.ResponseStreamEvent
type Response_ = OpenAI.Responses.Response

const connect = ({ url }: Pick<Gateway, "url">) => new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 })
const connect6 = ({ url }: Pick<Gateway, "url">) =>
  new OpenAI6({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 }) as unknown as OpenAI
const openai = connect(gateway)

const chatOnly = { model: "cerebras/m", input: "Hello", background: true, stream: true } as const
const ownForm = { ...chatOnly, model: "up/m" } as const

/** Reads events as they come. */
function read(stream: AsyncIterable<Event>) {
  const events: Event[] = []
  const waiting: { holds: (event: Event) => boolean; resolve: (event: Event) => void }[] = []
  const ended = (async () => {
    for await (const event of stream) {
      if ((event.type as string) === "keepalive") continue
      events.push(event)
      for (const waiter of waiting) if (waiter.holds(event)) waiter.resolve(event)
    }
    return events
  })()
  return {
    events,
    ended,
    /** The first event of which this holds. */
    when(holds: (event: Event) => boolean): Promise<Event> {
      const there = events.find(holds)
      if (there) return Promise.resolve(there)
      return new Promise((resolve, reject) => {
        waiting.push({ holds, resolve })
        ended.then(() => reject(new Error("the stream has ended")), reject)
      })
    },
  }
}

const says = (delta: string) => (event: Event) => "delta" in event && event.delta === delta
const numbers = (events: readonly Event[]) => events.map(({ sequence_number }) => sequence_number)
const types = (events: readonly Event[]) => events.map(({ type }) => type)
const readId = ([first]: readonly Event[]) => (first as { response: Response_ }).response.id
const jobOf = (id: string) => id.replace(/^resp_(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
const resume = (client: OpenAI, id: string, starting_after?: number) =>
  client.responses.retrieve(id, { stream: true, ...(starting_after === undefined ? {} : { starting_after }) })
/** Texts of messages in the order of their items, as somebody sees them who prints what comes. */
const printed = (events: readonly Event[]) =>
  events.map((event) => (event.type === "response.output_text.delta" ? event.delta : "")).join("")

describe("the words of a response in the background", () => {
  test("are read as the model writes, from every number on, at a provider of chat completions", async () => {
    const streams = answerByStreams(upstream)
    const first = read(await openai.responses.create(chatOnly))
    const model = await streams.next()
    model.say(chunk({ role: "assistant", content: "One " }))
    await first.when(says("One "))
    const id = readId(first.events)
    const later = read(await resume(connect6(gateway), id))
    await later.when(says("One "))
    model.say(chunk({ content: "two " }))
    const seen = await later.when(says("two "))
    const last = read(await resume(openai, id, seen.sequence_number))
    model.say(chunk({ content: "three" }), done)
    model.end()
    const events = await first.ended
    expect(numbers(events)).toEqual(events.map((_, at) => at))
    expect(events.at(-1)).toMatchObject({ type: "response.completed", response: { id, status: "completed" } })
    expect(printed(events)).toBe("One two three")
    expect(await later.ended).toEqual(events)
    expect(await last.ended).toEqual(events.slice(seen.sequence_number + 1))
    for (const client of [openai, connect6(gateway)]) {
      for (const [at] of events.entries()) {
        expect(await read(await resume(client, id, at)).ended).toEqual(events.slice(at + 1))
      }
      const final = await client.responses.stream({ response_id: id }).finalResponse()
      expect(final).toMatchObject({ id, status: "completed", output_text: "One two three" })
    }
    expect(await read(await resume(openai, id, 1000)).ended).toEqual([])
  })

  test("come as its own provider says them, under numbers of the gateway", async () => {
    const streams = answerByStreams(upstream)
    const reader = read(await openai.responses.create(ownForm))
    const model = await streams.next()
    const response = { id: "resp_theirs", object: "response", status: "in_progress", output: [] }
    const item = { id: "msg_theirs", type: "message", role: "assistant", status: "in_progress", content: [] }
    const part = { type: "output_text", text: "", annotations: [] }
    const where = { item_id: item.id, output_index: 0, content_index: 0 }
    model.say(
      { type: "response.created", sequence_number: 0, response },
      { type: "response.in_progress", sequence_number: 1, response },
      { type: "response.output_item.added", sequence_number: 2, output_index: 0, item },
      { type: "response.content_part.added", sequence_number: 3, ...where, part },
      { type: "response.output_text.delta", sequence_number: 4, ...where, delta: "Hi", obfuscation: "xyz" },
    )
    const delta = await reader.when(says("Hi"))
    expect(delta).toEqual({ type: "response.output_text.delta", sequence_number: 5, ...where, delta: "Hi" } as never)
    const whole = { ...part, text: "Hi" }
    const message = { ...item, status: "completed", content: [whole] }
    model.say(
      { type: "response.output_text.done", sequence_number: 5, ...where, text: "Hi" },
      { type: "response.content_part.done", sequence_number: 6, ...where, part: whole },
      { type: "response.output_item.done", sequence_number: 7, output_index: 0, item: message },
      {
        type: "response.completed",
        sequence_number: 8,
        response: { ...response, status: "completed", output: [message] },
      },
    )
    model.end()
    const events = await reader.ended
    expect(numbers(events)).toEqual(events.map((_, at) => at))
    expect(events.at(-1)).toMatchObject({ type: "response.completed", response: { id: readId(events) } })
    const final = await openai.responses.stream({ response_id: readId(events) }).finalResponse()
    expect(final.output_text).toBe("Hi")
  })

  test("are compressed when it has ended, and gone with it", async () => {
    const streams = answerByStreams(upstream)
    const reader = read(await openai.responses.create(chatOnly))
    const model = await streams.next()
    for (let at = 0; at < 5; at++) {
      model.say(chunk({ content: `word ${at} ` }))
      await reader.when(says(`word ${at} `))
    }
    model.say(done)
    model.end()
    const events = await reader.ended
    const id = readId(events)
    const rows = () => gateway.count("answer_events", `job = (SELECT number FROM jobs WHERE id = '${jobOf(id)}')`)
    while (rows() > 1) await gateway.breathe()
    expect(await read(await resume(openai, id)).ended).toEqual(events)
    expect(await read(await resume(openai, id, 7)).ended).toEqual(events.slice(8))
    const before = gateway.count("answer_events")
    await openai.responses.delete(id)
    expect(gateway.count("answer_events")).toBe(before - 1)
  })

  test("are read by a thousand at once, and one that does not read holds up nobody", async () => {
    const streams = answerByStreams(upstream)
    const first = read(await openai.responses.create(chatOnly))
    const model = await streams.next()
    model.say(chunk({ content: "begun " }))
    await first.when(says("begun "))
    const path = `/v1/responses/${readId(first.events)}?stream=true`
    // Its bytes are not read before the others have all of theirs.
    const stalled = await gateway.fetch(path)
    const all = Array.from({ length: 1000 }, () => openSocket(gateway.url, path))
    await Promise.all(all.map(({ begun }) => begun))
    for (let at = 0; at < 20; at++) model.say(chunk({ content: "x".repeat(500) }))
    model.say(done)
    model.end()
    const texts = await Promise.all(all.map(({ ended }) => ended))
    expect(new Set(texts.map(readSent)).size).toBe(1)
    expect((await first.ended).at(-1)?.type).toBe("response.completed")
    expect(readSent(await stalled.text())).toBe(readSent(texts[0] ?? ""))
  })
})

/** A GET on a connection of its own: fetch has 256 at most. */
function openSocket(url: string, path: string) {
  const begun = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<string>()
  const decoder = new TextDecoder()
  let text = ""
  void Bun.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(url).port),
    socket: {
      open: (socket) => void socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n`),
      data(_, bytes) {
        text += decoder.decode(bytes, { stream: true })
        if (text.includes("begun ")) begun.resolve()
      },
      close: () => ended.resolve(text),
    },
  })
  return { begun: begun.promise, ended: ended.promise }
}

/** The data of the events, without what depends on the moment. */
function readSent(text: string): string {
  const data = [...text.matchAll(/^data: (.*)$/gm)].map(([, each = ""]) => each)
  return data.filter((each) => !each.includes('"keepalive"')).join("\n")
}

describe("an answer that breaks", () => {
  test("is followed by another attempt in the same stream, which the helpers of both clients put together", async () => {
    const streams = answerByStreams(upstream)
    const reader = read(await openai.responses.create(chatOnly))
    const id = () => readId(reader.events)
    const broken = await streams.next()
    broken.say(chunk({ role: "assistant", content: "Half an " }))
    await reader.when(says("Half an "))
    const helpers = [openai, connect6(gateway)].map((client) => client.responses.stream({ response_id: id() }))
    broken.break()
    const second = await streams.next()
    second.say(chunk({ role: "assistant", content: "The whole answer" }), done)
    second.end()
    const events = await reader.ended
    expect(numbers(events)).toEqual(events.map((_, at) => at))
    expect(printed(events)).toBe("Half an The whole answer")
    const items = events.flatMap((event) => (event.type === "response.output_item.done" ? [event] : []))
    expect(items).toMatchObject([
      { output_index: 0, item: { status: "incomplete", content: [{ text: "Half an " }] } },
      { output_index: 1, item: { status: "completed", content: [{ text: "The whole answer" }] } },
    ])
    expect(new Set(items.map(({ item }) => item.id)).size).toBe(2)
    for (const helper of helpers) {
      const final = await helper.finalResponse()
      expect(final).toMatchObject({ id: id(), status: "completed", output_text: "The whole answer" })
    }
    expect((await openai.responses.retrieve(id())).output_text).toBe("The whole answer")
  })

  test("is followed by one that does not come as a stream", async () => {
    let calls = 0
    const streams = answerByStreams(upstream)
    const reader = read(await openai.responses.create(chatOnly))
    const broken = await streams.next()
    broken.say(chunk({ content: "Half" }))
    await reader.when(says("Half"))
    upstream.answer(() => {
      calls++
      const message = { role: "assistant", content: "Whole" }
      return Response.json({
        id: "c",
        object: "chat.completion",
        created: 1,
        model: "m",
        choices: [{ index: 0, message, finish_reason: "stop" }],
      })
    })
    broken.break()
    const events = await reader.ended
    expect(calls).toBe(1)
    expect(printed(events)).toBe("HalfWhole")
    expect(numbers(events)).toEqual(events.map((_, at) => at))
    const final = await openai.responses.stream({ response_id: readId(events) }).finalResponse()
    expect(final.output_text).toBe("Whole")
  })

  test("without any other ends as failed, with what came of it", async () => {
    const streams = answerByStreams(upstream)
    const headers = { "x-asyncgate-on-interrupt": "fail" }
    const reader = read(await openai.responses.create(chatOnly, { headers }))
    const broken = await streams.next()
    broken.say(chunk({ content: "Half" }))
    await reader.when(says("Half"))
    broken.break()
    const events = await reader.ended
    expect(types(events).slice(-4)).toEqual([
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.failed",
    ])
    const output = [{ status: "incomplete", content: [{ text: "Half" }] }]
    expect(events.at(-1)).toMatchObject({ response: { status: "failed", output } })
    expect(await openai.responses.retrieve(readId(events))).toMatchObject({ status: "failed", output })
    expect(await read(await resume(openai, readId(events), 6)).ended).toEqual(events.slice(7))
  })

  test("after a complete call of a function is not asked for again", async () => {
    const streams = answerByStreams(upstream)
    const reader = read(await openai.responses.create(ownForm))
    const model = await streams.next()
    const call = {
      id: "fc_1",
      type: "function_call",
      call_id: "call_1",
      name: "pay",
      arguments: "{}",
      status: "completed",
    }
    model.say(
      { type: "response.output_item.added", output_index: 0, item: { ...call, arguments: "", status: "in_progress" } },
      { type: "response.function_call_arguments.done", output_index: 0, item_id: "fc_1", arguments: "{}" },
      { type: "response.output_item.done", output_index: 0, item: call },
    )
    await reader.when(({ type }) => type === "response.output_item.done")
    const count = upstream.received.length
    model.break()
    const events = await reader.ended
    expect(events.at(-1)).toMatchObject({ type: "response.failed", response: { output: [call] } })
    expect((events.at(-1) as { response: Response_ }).response.error?.message).toContain("complete call of a function")
    expect(upstream.received.length).toBe(count)
  })

  test("because it is cancelled has what came of it, and an end that helpers take for one", async () => {
    const streams = answerByStreams(upstream)
    const reader = read(await openai.responses.create(chatOnly))
    const model = await streams.next()
    model.say(chunk({ content: "Half" }))
    await reader.when(says("Half"))
    const id = readId(reader.events)
    const helper = openai.responses.stream({ response_id: id })
    const cancelled = await openai.responses.cancel(id)
    expect(cancelled).toMatchObject({ status: "cancelled", output: [{ status: "incomplete" }] })
    expect((await reader.ended).at(-1)).toMatchObject({
      type: "response.incomplete",
      response: { status: "cancelled" },
    })
    expect(await helper.finalResponse()).toMatchObject({ status: "cancelled", output_text: "Half" })
    expect(await openai.responses.retrieve(id)).toMatchObject({ output: cancelled.output })
  })
})

describe("a stream without background that can be opened again", () => {
  const resumable = { headers: { "x-asyncgate-on-disconnect": "resume" } }
  const plain = { ...chatOnly, background: false } as const

  test("is not ended by its client, and is read on after every event", async () => {
    const streams = answerByStreams(upstream)
    const leaving = new AbortController()
    const first = read(await openai.responses.create(plain, { ...resumable, signal: leaving.signal }))
    const model = await streams.next()
    model.say(chunk({ content: "One " }))
    await first.when(says("One "))
    leaving.abort()
    await first.ended.catch(() => {})
    const id = readId(first.events)
    const second = read(await resume(openai, id, first.events.at(-1)?.sequence_number))
    model.say(chunk({ content: "two" }), done)
    model.end()
    const events = [...first.events, ...(await second.ended)]
    expect(numbers(events)).toEqual(events.map((_, at) => at))
    expect(printed(events)).toBe("One two")
    expect(events.at(-1)).toMatchObject({ response: { id, status: "completed", background: false } })
    for (const [at] of events.entries()) {
      expect(await read(await resume(openai, id, at)).ended).toEqual(events.slice(at + 1))
    }
    const response = await gateway.fetch(`/v1/async/jobs/${jobOf(id)}`)
    const { result, expires_at, completed_at } = (await response.json()) as Job
    expect(result.output[0].content[0].text).toBe("One two")
    expect(Date.parse(expires_at) - Date.parse(completed_at)).toBe(3_600_000)
  })

  test("goes on after kill -9", async () => {
    const streams = answerByStreams(upstream)
    const { dir, ...killed } = await start({ config })
    const before = read(await connect(killed).responses.create(plain, resumable))
    const broken = catchError(before.ended)
    const model = await streams.next()
    model.say(chunk({ content: "Half an " }))
    await before.when(says("Half an "))
    const id = readId(before.events)
    await killed.stop("SIGKILL")
    await broken
    const again = await start({ dir, config })
    const resumed = read(await resume(connect(again), id, before.events.at(-1)?.sequence_number))
    const second = await streams.next()
    second.say(chunk({ content: "The whole answer" }), done)
    second.end()
    const events = [...before.events, ...(await resumed.ended)]
    expect(numbers(events)).toEqual(events.map((_, at) => at))
    expect((await connect(again).responses.retrieve(id)).output_text).toBe("The whole answer")
  })

  test("is cancelled as one in the background is", async () => {
    const streams = answerByStreams(upstream)
    const reader = read(await openai.responses.create(plain, resumable))
    const model = await streams.next()
    model.say(chunk({ content: "Half" }))
    await reader.when(says("Half"))
    const cancelled = await openai.responses.cancel(readId(reader.events))
    expect(cancelled).toMatchObject({ status: "cancelled" })
    expect((await reader.ended).at(-1)).toMatchObject({ type: "response.incomplete" })
    expect(await openai.responses.cancel(cancelled.id)).toEqual(cancelled)
  })

  test("is one of /v1/responses alone", async () => {
    const param = "x-asyncgate-on-disconnect"
    const message = expect.stringContaining("resume is for POST /v1/responses with stream: true. Send continue instead")
    const refused = { status: 400, error: expect.objectContaining({ param, message }) }
    const before = gateway.count("jobs")
    const messages = [{ role: "user" as const, content: "Hello" }]
    const asked = { model: "mock/echo", messages, stream: true } as const
    expect(await catchError(openai.chat.completions.create(asked, resumable))).toMatchObject(refused)
    const whole = { model: "mock/echo", input: "Hello" }
    expect(await catchError(openai.responses.create(whole, resumable))).toMatchObject(refused)
    expect(gateway.count("jobs")).toBe(before)
  })
})

describe("kill -9", () => {
  test("in the middle of an answer: each reader goes on where it was, and the helpers finish", async () => {
    const streams = answerByStreams(upstream)
    const { dir, ...killed } = await start({ config })
    const before = read(await connect(killed).responses.create(chatOnly))
    const broken = catchError(before.ended)
    const model = await streams.next()
    for (const word of ["Half ", "an "]) {
      model.say(chunk({ content: word }))
      await before.when(says(word))
    }
    const id = readId(before.events)
    await killed.stop("SIGKILL")
    await broken
    const again = await start({ dir, config })
    const resumed = read(await resume(connect(again), id, before.events.at(-1)?.sequence_number))
    const helpers = [connect(again), connect6(again)].map((client) => client.responses.stream({ response_id: id }))
    const second = await streams.next()
    second.say(chunk({ content: "The whole answer" }), done)
    second.end()
    const events = [...before.events, ...(await resumed.ended)]
    expect(numbers(events)).toEqual(events.map((_, at) => at))
    expect(printed(events)).toBe("Half an The whole answer")
    expect(await read(await resume(connect(again), id)).ended).toEqual(events)
    for (const helper of helpers) expect((await helper.finalResponse()).output_text).toBe("The whole answer")
  })

  test("after a complete call of a function: it is not asked for again", async () => {
    const streams = answerByStreams(upstream)
    const { dir, ...killed } = await start({ config })
    const before = read(await connect(killed).responses.create(ownForm))
    const broken = catchError(before.ended)
    const model = await streams.next()
    const call = {
      id: "fc_1",
      type: "function_call",
      call_id: "call_1",
      name: "pay",
      arguments: "{}",
      status: "completed",
    }
    model.say(
      { type: "response.output_item.added", output_index: 0, item: { ...call, arguments: "" } },
      { type: "response.output_item.done", output_index: 0, item: call },
    )
    await before.when(({ type }) => type === "response.output_item.done")
    const count = upstream.received.length
    await killed.stop("SIGKILL")
    await broken
    const again = await start({ dir, config })
    const events = await read(await resume(connect(again), readId(before.events))).ended
    expect(events.at(-1)).toMatchObject({ type: "response.failed", response: { output: [call] } })
    expect(upstream.received.length).toBe(count)
  })
})
