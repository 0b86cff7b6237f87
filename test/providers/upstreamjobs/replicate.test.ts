import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { replicate } from "../../../src/providers/upstreamjobs/replicate.ts"
import { NOON } from "../../factory.ts"
import { formIn, formOf, KEY, openStage, pendingIn, refusalIn, resultIn, type Stage } from "./stage.ts"

const MODEL = "black-forest-labs/flux-schnell"
const CREATE = `POST /models/${MODEL}/predictions`
const PROMPT = '{"model":"replicate/m","prompt":"A lighthouse"}'
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"

let stage: Stage
beforeEach(() => {
  stage = openStage("/v1", { provider: "replicate", model: MODEL, body: PROMPT })
})
afterEach(() => stage.stop())

/** https://replicate.com/docs/topics/predictions */
function prediction(over: Record<string, unknown> = {}) {
  return {
    id: "gm3qorzdhgbfurvjtvhg6dckhu",
    model: MODEL,
    version: "hidden",
    input: { prompt: "A lighthouse" },
    logs: "",
    output: null,
    data_removed: false,
    error: null,
    source: "api",
    status: "starting",
    created_at: "2026-11-20T00:00:00.765Z",
    urls: {
      web: "https://replicate.com/p/gm3qorzdhgbfurvjtvhg6dckhu",
      get: "https://elsewhere.example/v1/predictions/gm3qorzdhgbfurvjtvhg6dckhu",
      cancel: "https://elsewhere.example/v1/predictions/gm3qorzdhgbfurvjtvhg6dckhu/cancel",
    },
    ...over,
  }
}
const GET = "GET /predictions/gm3qorzdhgbfurvjtvhg6dckhu"
const succeeded = (over: Record<string, unknown> = {}) =>
  prediction({
    status: "succeeded",
    output: ["https://replicate.delivery/a.webp", "https://replicate.delivery/b.webp"],
    metrics: { predict_time: 1.25, total_time: 2.5 },
    ...over,
  })

/** A model as it describes its inputs. https://replicate.com/docs/reference/http#models.get */
function described(properties: Record<string, unknown>, lists: Record<string, unknown> = {}) {
  const schemas = { Input: { type: "object", properties }, ...lists }
  return { owner: "o", name: "n", latest_version: { id: "v1", openapi_schema: { components: { schemas } } } }
}

describe("a prediction", () => {
  test("is made once, asked after by its id, and its images are the result", async () => {
    stage.on(CREATE, Response.json(prediction(), { status: 201 }))
    stage.on(GET, prediction({ status: "processing" }), succeeded())
    const outcome = await stage.play(replicate)
    expect(stage.asked()).toEqual([CREATE, GET, GET])
    const [created, polled] = stage.received
    expect(created?.json).toEqual({ input: { prompt: "A lighthouse" } })
    expect(created?.headers).toMatchObject({
      authorization: `Bearer ${KEY}`,
      "content-type": "application/json",
      "user-agent": "asyncgate",
      "x-request-id": "request-1",
      "idempotency-key": "job-1",
    })
    expect(polled?.headers["authorization"]).toBe(`Bearer ${KEY}`)
    expect(resultIn(outcome)).toMatchObject({
      created: 1_795_132_800,
      data: [{ url: "https://replicate.delivery/a.webp" }, { url: "https://replicate.delivery/b.webp" }],
      extra_fields: { provider: "replicate", model_requested: MODEL },
    })
    expect(outcome).toMatchObject({
      kind: "answered",
      used: { images: 2, seconds: 1.25 },
      upstream: { requestId: "gm3qorzdhgbfurvjtvhg6dckhu" },
    })
  })

  test("costs what the operator says that its seconds cost", async () => {
    await stage.stop()
    stage = openStage("/v1", { model: MODEL, body: PROMPT }, { prices: { "*": { per_second: 2, per_image: 1 } } })
    stage.on(CREATE, succeeded())
    expect(await stage.start(replicate)).toMatchObject({ kind: "answered", cost: 4.5 })
  })

  test("is stored as all that is needed to ask after it, and asked after the later the longer it takes", async () => {
    stage.on(CREATE, prediction())
    stage.on(GET, prediction())
    const first = pendingIn(await stage.start(replicate))
    expect(JSON.parse(first.state)).toEqual({ id: "gm3qorzdhgbfurvjtvhg6dckhu", startedAt: NOON })
    const waits = [first.afterMs]
    for (const ms of [8_000, 40_000, 3_600_000]) {
      stage.now = NOON + ms
      const next = pendingIn(await stage.resume(replicate, first.state))
      expect(next.state).toBe(first.state)
      waits.push(next.afterMs)
    }
    expect(waits).toEqual([1000, 1000, 5000, 10_000])
  })

  test("is left alone for as long as the provider says", async () => {
    stage.on(CREATE, Response.json(prediction(), { headers: { "retry-after": "42" } }))
    expect(pendingIn(await stage.start(replicate)).afterMs).toBe(42_000)
  })

  test("that is done at once is the result at once", async () => {
    stage.on(CREATE, succeeded({ output: "https://replicate.delivery/one.png" }))
    expect(resultIn(await stage.start(replicate)).data).toEqual([{ url: "https://replicate.delivery/one.png" }])
  })

  test.each([
    ["failed", "NSFW content detected. Try running it again, or try a different prompt.", 422],
    ["failed", "width must be a multiple of 8", 422],
    ["failed", "Prediction interrupted; please retry (code: PA)", 502],
    ["failed", "CUDA out of memory", 502],
    ["failed", null, 422],
    ["canceled", null, 499],
    ["aborted", null, 503],
  ])("that is %s with %p is the job's end, with %p", async (status, error, code) => {
    stage.on(CREATE, prediction())
    stage.on(GET, prediction({ status, error }))
    const refusal = refusalIn(await stage.play(replicate))
    expect(refusal).toMatchObject({ status: code, isEnd: true })
    if (error !== null) expect(refusal.message).toBe(error)
  })

  test("whose output was removed before it was asked after is the job's end", async () => {
    stage.on(CREATE, prediction())
    stage.on(GET, succeeded({ output: null, data_removed: true }))
    expect(refusalIn(await stage.play(replicate))).toMatchObject({ status: 410, isEnd: true })
  })

  test("whose output has no images is unreadable, and its raw text is kept", async () => {
    stage.on(CREATE, succeeded({ output: { mask: 1 } }))
    const outcome = await stage.start(replicate)
    expect(outcome).toMatchObject({ kind: "unreadable", status: 200 })
    if (outcome.kind === "unreadable") expect(JSON.parse(outcome.body)).toMatchObject({ output: { mask: 1 } })
  })

  test("that nothing names is unreadable: it was probably made", async () => {
    stage.on(CREATE, new Response("<html>", { status: 201 }))
    expect(await stage.start(replicate)).toMatchObject({ kind: "unreadable", status: 201, body: "<html>" })
    stage.on(CREATE, prediction({ id: "../../secrets" }))
    expect(await stage.start(replicate)).toMatchObject({ kind: "unreadable" })
  })

  test("is ended at the provider", async () => {
    stage.on(CREATE, prediction())
    stage.on("POST /predictions/gm3qorzdhgbfurvjtvhg6dckhu/cancel", prediction({ status: "canceled" }))
    const { state } = pendingIn(await stage.start(replicate))
    expect(refusalIn(await stage.cancel(replicate, state))).toMatchObject({ status: 499, isEnd: true })
    expect(stage.asked().at(-1)).toBe("POST /predictions/gm3qorzdhgbfurvjtvhg6dckhu/cancel")
    expect(stage.received.at(-1)?.headers["authorization"]).toBe(`Bearer ${KEY}`)
  })
})

describe("what a poll comes to that tells nothing", () => {
  const state = JSON.stringify({ id: "gm3qorzdhgbfurvjtvhg6dckhu", startedAt: NOON })

  test.each([429, 500, 503])("with %p is no end of the job", async (status) => {
    const detail = "Request was throttled. Your rate limit resets in ~30s."
    stage.on(GET, Response.json({ detail }, { status, headers: { "retry-after": "30" } }))
    const refusal = refusalIn(await stage.resume(replicate, state))
    expect(refusal).toMatchObject({ status, isEnd: false, retryAfterMs: 30_000, message: detail })
  })

  test("and no JSON is asked again", async () => {
    stage.on(GET, new Response("<html>busy</html>"))
    expect(await stage.resume(replicate, state)).toMatchObject({ kind: "unreached", reason: "unconnected" })
  })

  test("and a broken connection is asked again", async () => {
    await stage.stop()
    expect(await stage.resume(replicate, state)).toMatchObject({ kind: "unreached", reason: "unconnected" })
  })
})

describe("a refusal of the prediction", () => {
  test.each([
    [422, { title: "Input validation failed", detail: "- input: prompt is required", status: 422 }, false],
    [402, { title: "Insufficient credit", detail: "You have insufficient credit", status: 402 }, true],
    [401, { title: "Unauthenticated", detail: `Invalid token ${KEY}`, status: 401 }, true],
  ])("with %p keeps the provider's words, without the key", async (status, body, isKeyRefused) => {
    stage.on(CREATE, Response.json(body, { status }))
    const outcome = await stage.start(replicate)
    expect(outcome).toMatchObject({ kind: "refused", status, isKeyRefused })
    expect(refusalIn(outcome).message).toBe(body.detail.replace(KEY, "[key]"))
  })
})

describe("a model", () => {
  const VERSION = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"
  const HEX = "a".repeat(64)

  test.each([
    [`owner/name:${VERSION}`, "POST /predictions", { version: `owner/name:${VERSION}` }],
    [HEX, "POST /predictions", { version: HEX }],
    ["owner/name", "POST /models/owner/name/predictions", {}],
    ["deployments/acme/app", "POST /deployments/acme/app/predictions", {}],
  ])("%s is asked at its own address", async (model, question, version) => {
    stage.on(question, prediction())
    pendingIn(await stage.start(replicate, { model, body: PROMPT }))
    expect(stage.asked()).toEqual([question])
    expect(stage.received[0]?.json).toEqual({ ...version, input: { prompt: "A lighthouse" } })
  })

  test.each(["../../other", "owner/..", "o wner/name", "owner/name?x=1", "owner//name"])(
    "%s leads nowhere else",
    async (model) => {
      expect(refusalIn(await stage.start(replicate, { model, body: PROMPT }))).toMatchObject({ param: "model" })
      expect(stage.received).toEqual([])
    },
  )
})

describe("OpenAI's image parameters", () => {
  const body = (over: Record<string, unknown>) => JSON.stringify({ model: "replicate/m", prompt: "A cat", ...over })

  test("that are the model's own go in untouched, those of the gateway do not", async () => {
    stage.on(CREATE, prediction())
    const members = { guidance: 3.5, output_format: "png", lora: { a: [1] }, aspect_ratio: "16:9", quality: "high" }
    const ours = {
      n: 1,
      size: "auto",
      user: "u",
      response_format: "url",
      stream: false,
      fallbacks: [],
      webhook: "https://h",
    }
    await stage.start(replicate, { body: body({ ...members, ...ours }) })
    expect(stage.received[0]?.json).toEqual({ input: { prompt: "A cat", ...members }, webhook: "https://h" })
  })

  test.each([
    [{ n: 3 }, { num_outputs: {} }, {}, { num_outputs: 3 }],
    [{ n: 3 }, { number_of_images: {} }, {}, { number_of_images: 3 }],
    [{ size: "1536x1024" }, { aspect_ratio: {} }, {}, { aspect_ratio: "3:2" }],
    [{ size: "1024x768" }, { width: {}, height: {} }, {}, { width: 1024, height: 768 }],
    [
      { size: "1024x768" },
      { width: {}, height: {}, aspect_ratio: {} },
      { aspect_ratio: { enum: ["1:1", "custom"] } },
      { width: 1024, height: 768, aspect_ratio: "custom" },
    ],
    [{ size: "1024x1024" }, { size: {} }, {}, { size: "1024x1024" }],
    [{ image: "https://a.example/i.png" }, { input_image: {} }, {}, { input_image: "https://a.example/i.png" }],
    [
      { image: ["https://a.example/i.png", { image_url: { url: "https://a.example/j.png" } }] },
      { input_images: { type: "array" } },
      {},
      { input_images: ["https://a.example/i.png", "https://a.example/j.png"] },
    ],
    [
      { image: ["https://a.example/i.png", "https://a.example/j.png"] },
      { input_image: {}, input_image_2: {} },
      {},
      { input_image: "https://a.example/i.png", input_image_2: "https://a.example/j.png" },
    ],
    [
      { image: `data:image/png;base64,${PNG}`, mask: PNG },
      { image: {}, mask: {} },
      {},
      { image: `data:image/png;base64,${PNG}`, mask: `data:image/png;base64,${PNG}` },
    ],
  ])("%j goes in under the name that the model has: %j", async (given, properties, lists, expected) => {
    stage.on(`GET /models/${MODEL}`, described(properties, lists))
    stage.on(CREATE, prediction())
    pendingIn(await stage.start(replicate, { requestType: "image_edit", body: body(given) }))
    expect(stage.asked()).toEqual([`GET /models/${MODEL}`, CREATE])
    expect(stage.received[1]?.json.input).toEqual({ prompt: "A cat", ...expected })
  })

  test.each([
    [{ n: 3 }, "n"],
    [{ size: "1024x1024" }, "size"],
    [{ image: "https://a.example/i.png" }, "image"],
    [{ mask: "https://a.example/i.png" }, "mask"],
  ])("%j is refused where the model has no name for it, and nothing is made", async (given, param) => {
    stage.on(`GET /models/${MODEL}`, described({ prompt: {} }))
    const refusal = refusalIn(await stage.start(replicate, { requestType: "image_edit", body: body(given) }))
    expect(refusal).toMatchObject({ status: 400, code: "unsupported_parameter", param })
    expect(stage.asked()).toEqual([`GET /models/${MODEL}`])
  })

  test("go in under the usual names where the model says nothing of itself", async () => {
    stage.on(CREATE, prediction())
    await stage.start(replicate, { body: body({ n: 2, size: "1024x512", image: "https://a.example/i.png" }) })
    const expected = { num_outputs: 2, width: 1024, height: 512, aspect_ratio: "2:1", image: "https://a.example/i.png" }
    expect(stage.received[1]?.json.input).toEqual({ prompt: "A cat", ...expected })
  })

  test("wait for a model's description that cannot be had now: nothing was made", async () => {
    stage.on(`GET /models/${MODEL}`, Response.json({ detail: "slow down" }, { status: 429 }))
    expect(refusalIn(await stage.start(replicate, { body: body({ n: 2 }) }))).toMatchObject({
      status: 429,
      isEnd: false,
    })
    expect(stage.asked()).toEqual([`GET /models/${MODEL}`])
  })

  test("that ask for bytes in the result are refused", async () => {
    const refusal = refusalIn(await stage.start(replicate, { body: body({ response_format: "b64_json" }) }))
    expect(refusal).toMatchObject({ code: "unsupported_parameter", param: "response_format" })
    expect(stage.received).toEqual([])
  })
})

describe("a form", () => {
  const file = (bytes: number, name = "cat.png") =>
    new File([new Uint8Array(bytes).fill(7)], name, { type: "image/png" })

  test("has its small files in the input, its large ones at the provider, its fields as what they mean", async () => {
    stage.on(`GET /models/${MODEL}`, described({ image: {}, mask: {} }))
    stage.on("POST /files", { id: "f1", urls: { get: "https://api.replicate.com/v1/files/f1" } })
    stage.on(CREATE, prediction())
    const form = await formOf([
      ["model", MODEL],
      ["prompt", "42"],
      ["guidance", "3.5"],
      ["go_fast", "true"],
      ["loras", "[1,2]"],
      ["image", file(300_000)],
      ["mask", file(3)],
      ["control_image", file(2)],
    ])
    pendingIn(await stage.start(replicate, { requestType: "image_edit", ...form }))
    expect(stage.asked()).toEqual([`GET /models/${MODEL}`, "POST /files", CREATE])
    const [, upload] = stage.received
    expect(upload?.headers["authorization"]).toBe(`Bearer ${KEY}`)
    const sent = await formIn(upload)
    const content = sent.get("content") as unknown as File
    expect([content.name, content.type, content.size]).toEqual(["cat.png", "image/png", 300_000])
    expect([sent.get("filename"), sent.get("type")]).toEqual(["cat.png", "image/png"])
    expect(stage.received[2]?.json.input).toEqual({
      prompt: "42",
      guidance: 3.5,
      go_fast: true,
      loras: [1, 2],
      image: "https://api.replicate.com/v1/files/f1",
      mask: "data:image/png;base64,BwcH",
      control_image: "data:image/png;base64,Bwc=",
    })
  })

  test("whose file cannot go up has asked for nothing that is billed", async () => {
    stage.on(`GET /models/${MODEL}`, described({ image: {} }))
    stage.on("POST /files", new Response("oops", { status: 200 }))
    const form = await formOf([["image", file(300_000)]])
    const outcome = await stage.start(replicate, { requestType: "image_edit", ...form })
    expect(outcome).toMatchObject({ kind: "unreached", reason: "unconnected" })
  })
})

describe("an answer that was lost", () => {
  const LIST = "GET /predictions"
  const seconds = (created: string, more: number) => new Date(Date.parse(created) + more * 1000).toISOString()

  /** What Replicate has made of the call, as its list shows it. */
  async function made(over: Partial<{ attempt: number; idempotencyKey: string }> = {}) {
    stage.on(CREATE, prediction())
    await stage.start(replicate, over)
    const request = stage.received.at(-1)
    const lifetime = Number.parseInt(request?.headers["cancel-after"] ?? "", 10)
    const created = "2026-11-20T00:00:00.000Z"
    return prediction({ input: request?.json.input, created_at: created, deadline: seconds(created, lifetime) })
  }

  test("is no second prediction: the first is found by its model, its input and its deadline", async () => {
    const mine = await made()
    const other = { ...mine, id: "other", deadline: seconds(mine.created_at, 3600) }
    stage.received.length = 0
    stage.on(LIST, { next: null, results: [other, mine] })
    const state = pendingIn(await stage.start(replicate, { attempt: 2 })).state
    expect(JSON.parse(state).id).toBe(mine.id)
    expect(stage.received.map(({ method }) => method)).toEqual(["GET"])
    expect(stage.received[0]?.path).toMatch(/^\/predictions\?created_after=2026-11-19T23%3A50%3A00\.000Z$/)
  })

  test("is looked for on further pages, of the provider's own host", async () => {
    const mine = await made()
    stage.on(
      LIST,
      { next: "https://elsewhere.example/v1/predictions?cursor=c2", results: [] },
      { next: null, results: [mine] },
    )
    stage.received.length = 0
    pendingIn(await stage.start(replicate, { attempt: 2 }))
    expect(stage.asked()[1]).toBe("GET /predictions?cursor=c2")
    expect(stage.received).toHaveLength(2)
  })

  test("and is the result, where the first has succeeded", async () => {
    const mine = await made()
    stage.on(LIST, {
      next: null,
      results: [{ ...succeeded(), ...mine, status: "succeeded", output: "https://r.example/a" }],
    })
    expect(resultIn(await stage.start(replicate, { attempt: 2 })).data).toEqual([{ url: "https://r.example/a" }])
  })

  test.each([
    ["another model's", { model: "other/model" }],
    ["one with another input", { input: { prompt: "Another" } }],
    ["one that failed", { status: "failed" }],
    ["one that was cancelled", { status: "canceled" }],
    ["one without a deadline", { deadline: undefined }],
  ])("is not taken for %s", async (_, over) => {
    const mine = await made()
    stage.received.length = 0
    stage.on(LIST, { next: null, results: [{ ...mine, ...over }] })
    pendingIn(await stage.start(replicate, { attempt: 2 }))
    expect(stage.received.map(({ method }) => method)).toEqual(["GET", "POST"])
  })

  test("is not taken for that of another job that asks for the same", async () => {
    const theirs = await made({ idempotencyKey: "job-2" })
    stage.on(LIST, { next: null, results: [theirs] })
    stage.received.length = 0
    pendingIn(await stage.start(replicate, { attempt: 2 }))
    expect(stage.received.map(({ method }) => method)).toEqual(["GET", "POST"])
  })

  test("is made again only once it is known that it is not there", async () => {
    stage.on(LIST, Response.json({ detail: "oops" }, { status: 500 }))
    expect(refusalIn(await stage.start(replicate, { attempt: 2 }))).toMatchObject({ status: 500, isEnd: false })
    expect(stage.received.map(({ method }) => method)).toEqual(["GET"])
  })

  test("lives longer than a prediction runs, however it is marked", async () => {
    for (const idempotencyKey of ["a", "b", "c", "d"]) await made({ idempotencyKey })
    const lifetimes = stage.received.map(({ headers }) => Number.parseInt(headers["cancel-after"] ?? "", 10))
    expect(new Set(lifetimes).size).toBe(4)
    for (const lifetime of lifetimes) {
      expect(lifetime).toBeGreaterThanOrEqual(7200)
      expect(lifetime).toBeLessThan(9000)
    }
  })
})

describe("a chat", () => {
  const CHAT = "meta/meta-llama-3-70b-instruct"
  const body = (over: Record<string, unknown>) =>
    JSON.stringify({ model: "replicate/m", messages: [{ role: "user", content: "Hello" }], ...over })
  const chat = (over: Record<string, unknown> = {}, model = CHAT) =>
    stage.start(replicate, { requestType: "chat_completion", model, body: body(over) })

  beforeEach(() => {
    stage.on(`POST /models/${CHAT}/predictions`, prediction({ status: "succeeded", output: ["Hi", " there"] }))
  })

  test("of one text is a prompt, and the texts that come back are the answer", async () => {
    const result = resultIn(await chat())
    expect(stage.asked()).toEqual([`POST /models/${CHAT}/predictions`])
    expect(stage.received[0]?.json).toEqual({ input: { prompt: "Hello" } })
    expect(result).toMatchObject({
      object: "chat.completion",
      model: CHAT,
      choices: [{ index: 0, message: { role: "assistant", content: "Hi there" }, finish_reason: "stop" }],
    })
  })

  test("tells its tokens, of a model that counts them", async () => {
    const metrics = { predict_time: 2, input_token_count: 5, output_token_count: 7 }
    stage.on(`POST /models/${CHAT}/predictions`, prediction({ status: "succeeded", output: "Hi", metrics }))
    const outcome = await chat()
    expect(resultIn(outcome).usage).toEqual({ prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 })
    expect(outcome).toMatchObject({ used: { input_tokens: 5, output_tokens: 7, seconds: 2 } })
  })

  test("has its parameters under the model's names", async () => {
    stage.on(
      `GET /models/${CHAT}`,
      described({ system_prompt: {}, max_tokens: {}, temperature: {}, stop_sequences: {} }),
    )
    const messages = [
      { role: "system", content: "Be brief" },
      { role: "user", content: [{ type: "text", text: "Hello" }] },
    ]
    await chat({ messages, max_completion_tokens: 9, temperature: 0.5, stop: ["a", "b"], top_k: 3, user: "u", n: 1 })
    expect(stage.received[1]?.json.input).toEqual({
      prompt: "Hello",
      system_prompt: "Be brief",
      max_tokens: 9,
      temperature: 0.5,
      stop_sequences: "a,b",
      top_k: 3,
    })
  })

  test("has its instructions in the prompt, of a model that has no other place for them", async () => {
    stage.on(`GET /models/${CHAT}`, described({ prompt: {} }))
    await chat({
      messages: [
        { role: "developer", content: "Be brief" },
        { role: "user", content: "Hello" },
      ],
    })
    expect(stage.received[1]?.json.input).toEqual({ prompt: "Be brief\n\nHello" })
  })

  test("of several turns goes as it is to a model that takes messages", async () => {
    stage.on("POST /models/openai/o1/predictions", prediction({ status: "succeeded", output: "Hi" }))
    const messages = [
      { role: "user", content: "a" },
      { role: "assistant", content: "b" },
      { role: "user", content: "c" },
    ]
    resultIn(await chat({ messages }, "openai/o1"))
    expect(stage.received.at(-1)?.json.input).toEqual({ messages })
  })

  test.each([
    [{ tools: [{ type: "function" }] }, "tools"],
    [{ n: 2 }, "n"],
    [{ response_format: { type: "json_object" } }, "response_format"],
    [{ logprobs: true }, "logprobs"],
    [{ modalities: ["text", "audio"] }, "modalities"],
    [
      {
        messages: [
          { role: "user", content: "a" },
          { role: "assistant", content: "b" },
        ],
      },
      "messages",
    ],
    [{ messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "https://a" } }] }] }, "messages"],
  ])("with %j is refused: it would be another one", async (over, param) => {
    expect(refusalIn(await chat(over))).toMatchObject({ status: 400, code: "unsupported_parameter", param })
    expect(stage.received).toEqual([])
  })
})
