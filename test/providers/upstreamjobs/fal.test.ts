import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { fal } from "../../../src/providers/upstreamjobs/fal.ts"
import { NOON } from "../../factory.ts"
import { formOf, KEY, openStage, pendingIn, refusalIn, resultIn, type Stage } from "./stage.ts"

const MODEL = "fal-ai/flux/dev"
const ID = "80e732af-660e-45cd-bd63-580e4f2a94cc"
const CREATE = `POST /${MODEL}`
const RESULT = `GET /fal-ai/flux/requests/${ID}`
const STATUS = `${RESULT}/status`

let stage: Stage
beforeEach(() => {
  const authorization = { header: "authorization", prefix: "Key " }
  const body = '{"model":"fal/m","prompt":"A lighthouse"}'
  stage = openStage("", { provider: "fal", model: MODEL, body }, { authorization })
  stage.on(CREATE, queued())
})
afterEach(() => stage.stop())

/** https://fal.ai/docs/documentation/model-apis/inference/queue */
function queued(over: Record<string, unknown> = {}) {
  const own = `https://elsewhere.example/fal-ai/flux/requests/${ID}`
  return {
    status: "IN_QUEUE",
    request_id: ID,
    response_url: own,
    status_url: `${own}/status`,
    cancel_url: `${own}/cancel`,
    queue_position: 3,
    ...over,
  }
}

/** https://fal.ai/models/fal-ai/flux/dev/api#schema-output */
const made = {
  images: [{ url: "https://v3.fal.media/files/a.png", width: 1024, height: 768, content_type: "image/png" }],
  timings: { inference: 1.5 },
  seed: 42,
  has_nsfw_concepts: [false],
  prompt: "A lighthouse",
}

describe("a request", () => {
  test("is queued once and asked after by its id, on the configured host alone", async () => {
    const completed = { status: "COMPLETED", request_id: ID, metrics: { inference_time: 3.7 } }
    stage.on(STATUS, { status: "IN_QUEUE", queue_position: 0 }, { status: "IN_PROGRESS" }, completed)
    stage.on(RESULT, made)
    const outcome = await stage.play(fal)
    expect(stage.asked()).toEqual([CREATE, STATUS, STATUS, STATUS, RESULT])
    expect(stage.received.map(({ headers }) => headers["authorization"])).toEqual(Array(5).fill(`Key ${KEY}`))
    expect(stage.received[0]?.json).toEqual({ prompt: "A lighthouse" })
    expect(resultIn(outcome)).toMatchObject({
      created: NOON / 1000,
      data: made.images,
      seed: 42,
      timings: made.timings,
    })
    expect(outcome).toMatchObject({ used: { images: 1, seconds: 3.7 }, upstream: { requestId: ID } })
  })

  test("is asked after where the queue says, as long as that is its own host", async () => {
    stage.on(CREATE, queued({ response_url: `${stage.url}/other/app/requests/${ID}` }))
    expect(JSON.parse(pendingIn(await stage.start(fal)).state)).toEqual({
      id: ID,
      path: `/other/app/requests/${ID}`,
      startedAt: NOON,
    })
  })

  test.each([
    ["fal-ai/flux/dev/image-to-image", "/fal-ai/flux"],
    ["fal-ai/fast-sdxl", "/fal-ai/fast-sdxl"],
    ["workflows/acme/flow/x", "/workflows/acme/flow"],
  ])("of %s is asked after at its app: %s", async (model, app) => {
    stage.on(`POST /${model}`, queued())
    const { state } = pendingIn(await stage.start(fal, { model, body: '{"prompt":"a"}' }))
    expect(JSON.parse(state).path).toBe(`${app}/requests/${ID}`)
  })

  test("whose result is one image has one", async () => {
    stage.on(STATUS, { status: "COMPLETED" })
    stage.on(RESULT, { image: made.images[0] })
    expect(resultIn(await stage.play(fal)).data).toEqual(made.images)
  })

  test("whose result has no images is unreadable", async () => {
    stage.on(STATUS, { status: "COMPLETED" })
    stage.on(RESULT, { video: { url: "https://v3.fal.media/files/a.mp4" } })
    expect(await stage.play(fal)).toMatchObject({ kind: "unreadable" })
  })

  test("that the queue does not name is unreadable: it was probably taken", async () => {
    stage.on(CREATE, { status: "IN_QUEUE" })
    expect(await stage.start(fal)).toMatchObject({ kind: "unreadable" })
  })

  test("is ended at the provider", async () => {
    const cancel = `PUT /fal-ai/flux/requests/${ID}/cancel`
    stage.on(cancel, Response.json({ status: "CANCELLATION_REQUESTED" }, { status: 202 }))
    const { state } = pendingIn(await stage.start(fal))
    expect(refusalIn(await stage.cancel(fal, state))).toMatchObject({ status: 499, isEnd: true })
    expect(stage.asked().at(-1)).toBe(cancel)
  })
})

describe("a request that failed", () => {
  const state = JSON.stringify({ id: ID, path: `/fal-ai/flux/requests/${ID}`, startedAt: NOON })
  beforeEach(() => stage.on(STATUS, { status: "COMPLETED" }))

  /** https://fal.ai/docs/documentation/model-apis/errors */
  test("by the model's word is the job's end, with that word", async () => {
    const detail = [
      {
        loc: ["body", "prompt"],
        msg: "The content could not be processed",
        type: "content_policy_violation",
        input: {},
      },
    ]
    stage.on(RESULT, Response.json({ detail }, { status: 422, headers: { "x-fal-retryable": "false" } }))
    expect(refusalIn(await stage.resume(fal, state))).toMatchObject({
      status: 422,
      isEnd: true,
      type: "content_policy_violation",
      code: "content_policy_violation",
      message: "The content could not be processed",
      param: "prompt",
    })
  })

  /** https://fal.ai/docs/documentation/model-apis/request-errors */
  test("by its runner's fault is the job's end", async () => {
    stage.on(
      RESULT,
      Response.json({ detail: "Runner disconnected", error_type: "runner_disconnected" }, { status: 503 }),
    )
    expect(refusalIn(await stage.resume(fal, state))).toMatchObject({
      status: 503,
      isEnd: true,
      code: "runner_disconnected",
      message: "Runner disconnected",
    })
  })

  test.each([
    [429, Response.json({ detail: "Too many requests" }, { status: 429 })],
    [502, new Response("<html>Bad gateway</html>", { status: 502 })],
  ])("is not what a %p of the queue says", async (status, response) => {
    stage.on(RESULT, response)
    expect(refusalIn(await stage.resume(fal, state))).toMatchObject({ status, isEnd: false })
  })

  test.each([429, 500])("is not what a %p to the question how far it is says", async (status) => {
    stage.on(STATUS, Response.json({ detail: "later" }, { status, headers: { "retry-after": "7" } }))
    expect(refusalIn(await stage.resume(fal, state))).toMatchObject({ status, isEnd: false, retryAfterMs: 7000 })
  })
})

describe("OpenAI's image parameters", () => {
  const edit = (body: Record<string, unknown>) =>
    stage.start(fal, { requestType: "image_edit", body: JSON.stringify({ model: "fal/m", prompt: "A cat", ...body }) })

  test.each([
    [{ n: 2 }, { num_images: 2 }],
    [{ size: "1024x768" }, { image_size: { width: 1024, height: 768 }, aspect_ratio: "4:3" }],
    [
      { size: "1024x768", image_size: "square_hd" },
      { image_size: "square_hd", aspect_ratio: "4:3" },
    ],
    [
      { guidance_scale: 2, quality: "high", user: "u", n: 1 },
      { guidance_scale: 2, quality: "high" },
    ],
    [{ image: "https://a/i" }, { image_url: "https://a/i", image_urls: ["https://a/i"] }],
    [{ image: ["https://a/i", "https://a/j"] }, { image_urls: ["https://a/i", "https://a/j"] }],
    [
      { images: "https://a/i", mask: "https://a/m" },
      { image_url: "https://a/i", image_urls: ["https://a/i"], mask_url: "https://a/m" },
    ],
  ])("%j go in as %j", async (given, expected) => {
    pendingIn(await edit(given))
    expect(stage.received[0]?.json).toEqual({ prompt: "A cat", ...expected })
  })

  test("of a form go in as data: URLs", async () => {
    const image = new File([new Uint8Array([1, 2, 3])], "cat.webp", { type: "image/webp" })
    const form = await formOf([
      ["prompt", "A cat"],
      ["image[]", image],
      ["image[]", image],
      ["strength", "0.5"],
    ])
    pendingIn(await stage.start(fal, { requestType: "image_edit", ...form }))
    const url = "data:image/webp;base64,AQID"
    expect(stage.received[0]?.json).toEqual({ prompt: "A cat", image_urls: [url, url], strength: 0.5 })
  })

  test("with a file that is too large for a request are refused, and nothing goes out", async () => {
    const form = await formOf([["image", new File([new Uint8Array(16_000_000)], "cat.png", { type: "image/png" })]])
    const refusal = refusalIn(await stage.start(fal, { requestType: "image_edit", ...form }))
    expect(refusal).toMatchObject({ status: 400, param: "image" })
    expect(refusal.message).toContain("15 MB")
    expect(stage.received).toEqual([])
  })

  test.each([
    [{ image: 3 }, "image"],
    [{ size: "big" }, "size"],
    [{ n: 0 }, "n"],
    [{ response_format: "b64_json" }, "response_format"],
  ])("%j are refused, and nothing goes out", async (given, param) => {
    expect(refusalIn(await edit(given))).toMatchObject({ status: 400, param })
    expect(stage.received).toEqual([])
  })
})
