// Streams in the background at a provider that has the mode itself: where one breaks, through kill -9 or on the way, it is read on at the
// provider from the last event that is on disk. It is paid once. Through OpenAI's clients, against the program.
import { describe, expect, test } from "bun:test"
import OpenAI from "openai"
import { catchError } from "../catcherror.ts"
import { afterTest } from "../cleanup.ts"
import { type Gateway, start } from "../harness.ts"
import { type BackgroundProvider, startBackgroundProvider } from "./backgroundprovider.ts"

type Event = OpenAI.Responses.ResponseStreamEvent
type Response_ = OpenAI.Responses.Response

const request = { model: "openai/m", input: "Hello", background: true, stream: true } as const

function open(): { provider: BackgroundProvider; config: object } {
  const provider = startBackgroundProvider()
  afterTest(() => provider.stop())
  const keys = ["sk-1", "sk-2", "sk-3"].map((value) => ({ value }))
  const network = { base_url: provider.url, max_retries: 3, retry_backoff_initial: 1, retry_backoff_max: 5 }
  return { provider, config: { providers: { openai: { keys, network_config: network } } } }
}

const connect = ({ url }: Pick<Gateway, "url">) => new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 })
const resume = (gateway: Gateway, id: string, starting_after: number) =>
  connect(gateway).responses.retrieve(id, { stream: true, starting_after })

/** Reads events as they come. */
function read(stream: AsyncIterable<Event>) {
  const events: Event[] = []
  const waiting: { holds: (event: Event) => boolean; resolve: () => void }[] = []
  const ended = (async () => {
    for await (const event of stream) {
      if ((event.type as string) === "keepalive") continue
      events.push(event)
      for (const waiter of waiting) if (waiter.holds(event)) waiter.resolve()
    }
    return events
  })()
  return {
    events,
    ended,
    async when(holds: (event: Event) => boolean): Promise<void> {
      if (events.some(holds)) return
      await new Promise<void>((resolve, reject) => {
        waiting.push({ holds, resolve })
        ended.then(() => reject(new Error("the stream has ended")), reject)
      })
    },
  }
}

const says = (delta: string) => (event: Event) => "delta" in event && event.delta === delta
const isDone = ({ type }: Event) => type === "response.output_item.done"
const readId = ([first]: readonly Event[]) => (first as { response: Response_ }).response.id
const types = (events: readonly Event[]) => events.map(({ type }) => type)
const printed = (events: readonly Event[]) =>
  events.map((event) => (event.type === "response.output_text.delta" ? event.delta : "")).join("")
const listItems = (events: readonly Event[]) =>
  events.flatMap((event) => (event.type === "response.output_item.done" ? [event.item] : []))

/** An answer that a gateway has asked for, and its reader. */
async function begin() {
  const { provider, config } = open()
  const gateway = await start({ config })
  const reader = read(await connect(gateway).responses.create(request))
  return { provider, gateway, reader, answer: await provider.next() }
}

/** A gateway that has shown its reader this much of an answer, and is then killed. */
async function killAfter(provider: BackgroundProvider, config: object, words: readonly string[]) {
  const gateway = await start({ config })
  const { dir, ...killed } = gateway
  const before = read(await connect(killed).responses.create(request))
  const broken = catchError(before.ended)
  const answer = await provider.next()
  for (const word of words) {
    answer.write(word)
    await before.when(says(word))
  }
  const kill = async () => {
    await killed.stop("SIGKILL")
    await broken
    answer.breakOff()
    return start({ dir, config })
  }
  return { gateway, before, answer, kill }
}

/** Checks that these are all events of a response, which the helper of the client puts together to this text. */
async function checkWhole(gateway: Gateway, events: readonly Event[], text: string): Promise<void> {
  expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, at) => at))
  expect(events.at(-1)).toMatchObject({ type: "response.completed", response: { id: readId(events) } })
  const id = readId(events)
  expect(await read(await connect(gateway).responses.retrieve(id, { stream: true })).ended).toEqual([...events])
  const final = await connect(gateway).responses.stream({ response_id: id }).finalResponse()
  expect(final).toMatchObject({ id, status: "completed", output_text: text })
  expect((await connect(gateway).responses.retrieve(id)).output_text).toBe(text)
}

describe("kill -9 in the middle of a stream", () => {
  test("is followed by the rest of the same answer, with the same key", async () => {
    const { provider, config } = open()
    const { before, answer, kill } = await killAfter(provider, config, ["One ", "two "])
    const shown = answer.events.length - 1
    const again = await kill()
    const resumed = read(await resume(again, readId(before.events), before.events.at(-1)?.sequence_number ?? -1))
    answer.write("three ")
    await resumed.when(says("three "))
    answer.write("four")
    answer.finish()
    const events = [...before.events, ...(await resumed.ended)]
    await checkWhole(again, events, "One two three four")
    expect(printed(events)).toBe("One two three four")
    expect(listItems(events)).toMatchObject([{ id: "msg_0", status: "completed" }])
    expect(provider.asked().map(({ body }) => JSON.parse(body))).toMatchObject([{ background: true, stream: true }])
    expect(provider.looked()).toEqual([`${answer.id}?stream=true&starting_after=${shown}`])
    expect(new Set(provider.received.map(({ headers }) => headers["authorization"])).size).toBe(1)
  })

  test("before the first word reads the stream from its beginning", async () => {
    const { provider, config } = open()
    const { gateway, before, answer, kill } = await killAfter(provider, config, [])
    while (gateway.count("jobs", "provider_state IS NOT NULL") === 0) await gateway.breathe()
    const again = await kill()
    const resumed = read(await resume(again, readId(before.events), before.events.at(-1)?.sequence_number ?? -1))
    answer.write("All of it")
    answer.finish()
    await checkWhole(again, [...before.events, ...(await resumed.ended)], "All of it")
    expect(provider.asked()).toHaveLength(1)
    expect(provider.looked()).toEqual([`${answer.id}?stream=true`])
  })

  test("twice, and after a complete call of a function, asks for nothing again", async () => {
    const { provider, config } = open()
    const { before, answer, kill } = await killAfter(provider, config, ["I pay. "])
    answer.close()
    answer.call("pay")
    await before.when((event) => isDone(event) && listItems([event])[0]?.type === "function_call")
    const second = await kill()
    const middle = read(await resume(second, readId(before.events), before.events.at(-1)?.sequence_number ?? -1))
    const broken = catchError(middle.ended)
    answer.write("Paid")
    await middle.when(says("Paid"))
    await second.stop("SIGKILL")
    await broken
    answer.breakOff()
    const third = await start({ dir: second.dir, config })
    const last = read(await resume(third, readId(before.events), middle.events.at(-1)?.sequence_number ?? -1))
    answer.finish()
    const events = [...before.events, ...middle.events, ...(await last.ended)]
    await checkWhole(third, events, "I pay. Paid")
    expect(types(events).filter((type) => type === "response.function_call_arguments.done")).toHaveLength(1)
    expect(provider.asked()).toHaveLength(1)
  })

  test("where the provider streams it no more: it is polled, and its missing events are made of it", async () => {
    const { provider, config } = open()
    const { before, answer, kill } = await killAfter(provider, config, ["Half "])
    provider.manner = "retrieve"
    const polls = provider.received.length
    const again = await kill()
    const resumed = read(await resume(again, readId(before.events), before.events.at(-1)?.sequence_number ?? -1))
    await provider.request(polls + 2)
    answer.write("an answer")
    answer.close()
    answer.write("and another")
    answer.finish()
    const events = [...before.events, ...(await resumed.ended)]
    await checkWhole(again, events, "Half an answerand another")
    expect(printed(events)).toBe("Half an answerand another")
    expect(listItems(events)).toMatchObject([{ id: "msg_0" }, { id: "msg_1" }])
    expect(provider.asked()).toHaveLength(1)
    // Nobody asks twice for what is not to be had.
    expect(provider.looked().filter((asked) => asked.includes("stream=true"))).toHaveLength(1)
  })

  test("where what is between gives the response as it is now and no stream: half an answer is not taken for the whole", async () => {
    const { provider, config } = open()
    const { before, answer, kill } = await killAfter(provider, config, ["Half "])
    provider.manner = "whole"
    const again = await kill()
    const resumed = read(await resume(again, readId(before.events), before.events.at(-1)?.sequence_number ?? -1))
    while (provider.looked().length < 2) await again.breathe()
    answer.write("an answer")
    answer.finish()
    const events = [...before.events, ...(await resumed.ended)]
    await checkWhole(again, events, "Half an answer")
    expect(provider.asked()).toHaveLength(1)
  })

  test("where the provider has it no more: it is asked for again in the same stream, and that is read on as well", async () => {
    const { provider, config } = open()
    const { before, answer, kill } = await killAfter(provider, config, ["Half "])
    provider.manner = "gone"
    const second = await kill()
    const middle = read(await resume(second, readId(before.events), before.events.at(-1)?.sequence_number ?? -1))
    const broken = catchError(middle.ended)
    const other = await provider.next()
    provider.manner = "stream"
    other.write("The ")
    await middle.when(says("The "))
    await second.stop("SIGKILL")
    await broken
    other.breakOff()
    const third = await start({ dir: second.dir, config })
    const last = read(await resume(third, readId(before.events), middle.events.at(-1)?.sequence_number ?? -1))
    other.write("whole")
    other.finish()
    const events = [...before.events, ...middle.events, ...(await last.ended)]
    await checkWhole(third, events, "The whole")
    expect(printed(events)).toBe("Half The whole")
    expect(listItems(events)).toMatchObject([
      { id: "msg_0", status: "incomplete", content: [{ text: "Half " }] },
      { id: "msg_0_2", status: "completed", content: [{ text: "The whole" }] },
    ])
    expect(answer.id).not.toBe(other.id)
    expect(provider.asked()).toHaveLength(2)
  })

  test("where that is gone after a complete call of a function: it is not asked for again", async () => {
    const { provider, config } = open()
    const { before, answer, kill } = await killAfter(provider, config, [])
    answer.call("pay")
    await before.when(isDone)
    provider.manner = "gone"
    const again = await kill()
    const resumed = read(await resume(again, readId(before.events), before.events.at(-1)?.sequence_number ?? -1))
    const last = (await resumed.ended).at(-1)
    expect(last).toMatchObject({ type: "response.failed" })
    expect((last as { response: Response_ }).response.error?.message).toContain("complete call of a function")
    expect(provider.asked()).toHaveLength(1)
  })
})

describe("a connection that breaks in the middle of a stream", () => {
  test("is followed by the rest of the same answer, which its reader does not notice", async () => {
    const { provider, gateway, reader, answer } = await begin()
    answer.write("One ")
    await reader.when(says("One "))
    answer.breakOff()
    answer.write("two ")
    await reader.when(says("two "))
    answer.breakOff()
    answer.write("three")
    answer.finish()
    const events = await reader.ended
    await checkWhole(gateway, events, "One two three")
    expect(printed(events)).toBe("One two three")
    expect(provider.asked()).toHaveLength(1)
  })

  test("after which the answer fails at the provider: that is its end, and no reason to look again", async () => {
    const { provider, reader, answer } = await begin()
    answer.write("One ")
    await reader.when(says("One "))
    answer.breakOff()
    answer.fail("invalid_prompt", "not this one")
    const last = (await reader.ended).at(-1)
    expect(last).toMatchObject({ type: "response.failed", response: { error: { message: "not this one" } } })
    expect(provider.looked()).toHaveLength(1)
    expect(provider.asked()).toHaveLength(1)
  })
})

describe("an answer that fails at the provider", () => {
  test("is asked for again at once, as after any failure that passes", async () => {
    const { provider, gateway, reader, answer } = await begin()
    answer.write("One ")
    await reader.when(says("One "))
    answer.fail("server_error", "not this one")
    const other = await provider.next()
    other.write("Whole")
    other.finish()
    await checkWhole(gateway, await reader.ended, "Whole")
    expect(provider.looked()).toEqual([])
  })

  test("because of its key is asked for with another one", async () => {
    const { provider, gateway, reader, answer: first } = await begin()
    first.fail("insufficient_quota", "You exceeded your current quota.")
    const second = await provider.next()
    second.write("Whole")
    second.finish()
    await checkWhole(gateway, await reader.ended, "Whole")
    expect(provider.looked()).toEqual([])
    expect(new Set(provider.asked().map(({ headers }) => headers["authorization"])).size).toBe(2)
  })
})

describe("the provider", () => {
  test("is told of a cancellation, and of a deletion after a restart", async () => {
    const { provider, config } = open()
    const { before, kill } = await killAfter(provider, config, ["One "])
    const again = await kill()
    await connect(again).responses.delete(readId(before.events))
    const reader = read(await connect(again).responses.create(request))
    const answer = await provider.next()
    answer.write("Two ")
    await reader.when(says("Two "))
    const count = provider.received.length
    const cancelled = await connect(again).responses.cancel(readId(reader.events))
    expect(cancelled).toMatchObject({ status: "cancelled", output: [{ content: [{ text: "Two " }] }] })
    await provider.request(count)
    expect(provider.looked("POST")).toEqual(["resp_theirs0/cancel", "resp_theirs1/cancel"])
    expect((await reader.ended).at(-1)).toMatchObject({ type: "response.incomplete" })
  })

  test("stores nothing where that is not wanted: then it is asked again", async () => {
    const { provider, config } = open()
    const gateway = await start({ config })
    const reader = read(await connect(gateway).responses.create({ ...request, store: false }))
    const first = await provider.next()
    first.write("One ")
    await reader.when(says("One "))
    first.breakOff()
    const second = await provider.next()
    second.write("Whole")
    second.finish()
    await checkWhole(gateway, await reader.ended, "Whole")
    expect(provider.looked()).toEqual([])
    const bodies = provider.asked().map(({ body }) => JSON.parse(body))
    expect(bodies).toMatchObject([{ store: false }, { store: false }])
    for (const body of bodies) expect(body).not.toHaveProperty("background")
  })

  test("that refuses the mode for a model is asked without it", async () => {
    const { provider, config } = open()
    const gateway = await start({ config })
    const refusals: string[] = []
    const answer = new Promise<Response>((resolve) => {
      provider.answer(({ body }) => {
        if (JSON.parse(body).background !== true) return plain(resolve)
        refusals.push(body)
        const message = "Background mode is not supported with this model."
        return Response.json(
          { error: { message, type: "invalid_request_error", param: null, code: null } },
          { status: 400 },
        )
      })
    })
    const reader = read(await connect(gateway).responses.create(request))
    await answer
    await checkWhole(gateway, await reader.ended, "Plain")
    expect(refusals).toHaveLength(1)
  })
})

/** An answer that does not come as a stream. */
function plain(sent: (response: Response) => void): Response {
  const content = [{ type: "output_text", text: "Plain", annotations: [] }]
  const output = [{ id: "msg_1", type: "message", role: "assistant", status: "completed", content }]
  const response = Response.json({
    id: "resp_1",
    object: "response",
    created_at: 1,
    status: "completed",
    model: "m",
    output,
  })
  sent(response)
  return response
}
