// GET /v1/models: OpenAI's list, so that its clients find here what they may name in a request.
import { afterAll, beforeAll, expect, test } from "bun:test"
import type { Job } from "../harness.ts"
import { describeHere, expectRefusal, openWire, UNKNOWN_KEY, virtualKeys, type Wire } from "./gateway.ts"
import { type Recorder, startRecorder } from "./recorder.ts"
import { types } from "./types.ts"

const MODELS = "/v1/models"

let upstream: Recorder
let wire: Wire
beforeAll(async () => {
  upstream = startRecorder()
  upstream.answer(() => Response.json({ object: "list", data: [{ id: "org/model:7b", created: 1_767_268_800 }] }))
  wire = await openWire({ providers: { up: { network_config: { base_url: upstream.url } } } })
})
afterAll(async () => {
  await wire.dispose()
  await upstream.stop()
})

const list = async (query = "", headers: Record<string, string> = {}): Promise<Job[]> =>
  ((await (await wire.fetch(MODELS + query, { headers })).json()) as Job).data
const ids = async (...asked: Parameters<typeof list>) => (await list(...asked)).map(({ id }) => id)

test("the models are a list, each with the members that OpenAI's clients read, and each but once", async () => {
  const response = await wire.fetch(MODELS)
  expect(response.status).toBe(200)
  expect(response.headers.get("content-type")).toStartWith("application/json")
  const { object, data } = (await response.json()) as Job
  expect(object).toBe("list")
  expect(data.length).toBeGreaterThan(0)
  for (const { id, object: kind, created, owned_by } of data) {
    expect(id).toMatch(/^[^/]+\/./)
    expect(kind).toBe("model")
    expect(Number.isInteger(created)).toBe(true)
    expect(id.startsWith(`${owned_by}/`)).toBe(true)
  }
  expect(new Set(data.map(({ id }: Job) => id)).size).toBe(data.length)
})

describeHere("a listed model", () => {
  test("has besides who serves it, what for, its context and its price, in this order", async () => {
    const [model, ...others] = await list("?provider=up")
    expect(others).toEqual([])
    expect(Object.keys(model)).toEqual([
      "id",
      "object",
      "created",
      "owned_by",
      "provider",
      "request_types",
      "context_length",
      "pricing",
    ])
    expect(model).toMatchObject({ id: "up/org/model:7b", created: 1_767_268_800, owned_by: "up", provider: "up" })
    expect(model).toMatchObject({ context_length: null, pricing: null })
  })

  test("can be named in a request of each of its types", async () => {
    const [model] = await list("?provider=mock")
    expect(model.request_types.toSorted()).toEqual(types.map(({ requestType }) => requestType).toSorted())
    for (const type of types) await wire.accept(type, { model: model.id })
  })
})

describeHere("whoever asks", () => {
  const vk = (value: string) => ({ "x-bf-vk": value })

  test("sees what its virtual key is for", async () => {
    expect(await ids("", vk(virtualKeys.b))).toEqual(["mock/echo"])
    expect(await ids("", vk(virtualKeys.oneModel))).toEqual(["mock/echo"])
    expect(await ids("", vk(virtualKeys.notMock))).toEqual([])
    expect(await ids("", vk(virtualKeys.a))).toEqual(await ids())
  })

  test("is refused with a key that is unknown, inactive or expired", async () => {
    const ask = (value: string) => wire.fetch(MODELS, { headers: vk(value) })
    await expectRefusal(await ask(UNKNOWN_KEY), { status: 400, message: "virtual key not found" })
    const blocked = { status: 403, message: /virtual key/, type: "virtual_key_blocked" }
    await expectRefusal(await ask(virtualKeys.inactive), blocked)
    await expectRefusal(await ask(virtualKeys.expired), blocked)
  })

  test("for the models of an unknown provider names the nearest one", async () => {
    await expectRefusal(await wire.fetch(`${MODELS}?provider=mok`), {
      status: 400,
      message: "unknown provider 'mok': did you mean 'mock'? GET /v1/models lists what can be called here",
      code: "unknown_provider",
      param: "provider",
    })
  })

  test("from a foreign page, or by a foreign name, is refused", async () => {
    const ask = (headers: Record<string, string>) => wire.fetch(MODELS, { headers })
    const code = "origin_not_allowed"
    await expectRefusal(await ask({ origin: "https://example.com" }), { status: 403, message: /web pages/, code })
    await expectRefusal(await ask({ host: "example.com" }), { status: 403, message: /Host/, code: "host_not_allowed" })
  })
})
