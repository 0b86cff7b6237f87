import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { runway } from "../../../src/providers/upstreamjobs/runway.ts"
import { NOON } from "../../factory.ts"
import { formOf, KEY, openStage, pendingIn, refusalIn, resultIn, type Stage } from "./stage.ts"

const ID = "17f20503-6c24-4c16-946b-35dbbce2af2f"
const CREATE = "POST /text_to_image"
const GET = `GET /tasks/${ID}`

let stage: Stage
beforeEach(() => {
  stage = openStage("/v1", {
    provider: "runway",
    model: "gen4_image",
    body: '{"model":"runway/m","prompt":"A lighthouse"}',
  })
  stage.on(CREATE, { id: ID })
})
afterEach(() => stage.stop())

/** https://docs.dev.runwayml.com/api/#tag/Task-management/paths/~1v1~1tasks~1%7Bid%7D/get */
const task = (over: Record<string, unknown>) => ({ id: ID, createdAt: "2026-11-20T00:00:01Z", ...over })

test("a task is made once, asked after by its id no more often than every five seconds, and its output is the result", async () => {
  stage.on(
    GET,
    task({ status: "PENDING" }),
    task({ status: "THROTTLED" }),
    task({ status: "RUNNING", progress: 0.5 }),
    task({ status: "SUCCEEDED", output: ["https://out.example/a.png", "https://out.example/b.png"] }),
  )
  const first = pendingIn(await stage.start(runway))
  expect(first.afterMs).toBe(5000)
  expect(JSON.parse(first.state)).toEqual({ id: ID, startedAt: NOON })
  const outcome = await stage.play(runway)
  expect(stage.asked()).toEqual([CREATE, CREATE, GET, GET, GET, GET])
  for (const { headers } of stage.received) {
    expect(headers).toMatchObject({ authorization: `Bearer ${KEY}`, "x-runway-version": "2024-11-06" })
  }
  expect(stage.received[0]?.json).toEqual({ model: "gen4_image", promptText: "A lighthouse", ratio: "1024:1024" })
  const data = [{ url: "https://out.example/a.png" }, { url: "https://out.example/b.png" }]
  expect(resultIn(outcome)).toMatchObject({ created: NOON / 1000 + 1, data })
  expect(outcome).toMatchObject({ used: { images: 2 }, upstream: { requestId: ID } })
})

/** https://docs.dev.runwayml.com/errors/task-failures/ */
test.each([
  ["SAFETY.INPUT.TEXT", 400],
  ["INPUT_PREPROCESSING.SAFETY.TEXT", 400],
  ["THIRD_PARTY.SAFETY", 400],
  ["ASSET.INVALID", 422],
  ["INTERNAL.BAD_OUTPUT.CODE01", 502],
  ["INPUT_PREPROCESSING.INTERNAL", 502],
  ["THIRD_PARTY.UNAVAILABLE", 502],
  [undefined, 502],
])("a task that failed with %p is the job's end, with %p", async (failureCode, status) => {
  stage.on(GET, task({ status: "FAILED", failure: "It did not work", failureCode }))
  expect(refusalIn(await stage.play(runway))).toMatchObject({
    status,
    isEnd: true,
    message: "It did not work",
    code: failureCode ?? null,
  })
})

test("a task that was cancelled there is the job's end", async () => {
  stage.on(GET, task({ status: "CANCELLED" }))
  expect(refusalIn(await stage.play(runway))).toMatchObject({ status: 499, isEnd: true })
})

test("a task is ended at the provider, which says nothing to it", async () => {
  stage.on(`DELETE /tasks/${ID}`, new Response(null, { status: 204 }))
  const { state } = pendingIn(await stage.start(runway))
  expect(refusalIn(await stage.cancel(runway, state))).toMatchObject({ status: 499, isEnd: true })
  expect(stage.asked()).toEqual([CREATE, `DELETE /tasks/${ID}`])
})

/** https://docs.dev.runwayml.com/errors/errors */
test.each([429, 502, 503])("a %p to a question is no end of the job", async (status) => {
  stage.on(GET, Response.json({ error: "later" }, { status }))
  expect(refusalIn(await stage.play(runway))).toMatchObject({ status, isEnd: false, message: "later" })
})

test("a refusal of the task keeps the provider's words", async () => {
  stage.on(CREATE, Response.json({ error: "Validation of body failed" }, { status: 400 }))
  expect(refusalIn(await stage.start(runway))).toMatchObject({ status: 400, message: "Validation of body failed" })
})

test("an answer that names no task is unreadable", async () => {
  stage.on(CREATE, {})
  expect(await stage.start(runway)).toMatchObject({ kind: "unreadable" })
  stage.on(GET, task({ status: "SUCCEEDED", output: [] }))
  stage.on(CREATE, { id: ID })
  expect(await stage.play(runway)).toMatchObject({ kind: "unreadable" })
})

describe("OpenAI's image parameters", () => {
  const edit = (body: Record<string, unknown>, model = "gen4_image") =>
    stage.start(runway, { requestType: "image_edit", model, body: JSON.stringify({ prompt: "A cat", ...body }) })
  const always = { model: "gen4_image", promptText: "A cat", ratio: "1024:1024" }

  test.each([
    [{ size: "1920x1080" }, { ...always, ratio: "1920:1080" }],
    [{ ratio: "720:720" }, { ...always, ratio: "720:720" }],
    [{ n: 4 }, { ...always, outputCount: 4 }],
    [
      { seed: 7, quality: "low", contentModeration: {} },
      { ...always, seed: 7, quality: "low", contentModeration: {} },
    ],
    [{ image: "https://a/i" }, { ...always, referenceImages: [{ uri: "https://a/i" }] }],
  ])("%j go in as %j", async (given, expected) => {
    pendingIn(await edit(given))
    expect(stage.received[0]?.json).toEqual(expected)
  })

  test("without a size are those of a model that chooses one", async () => {
    await edit({}, "gpt_image_2")
    expect(stage.received[0]?.json.ratio).toBe("auto")
  })

  test("of a form go in as data: URLs, up to the 5 MB that Runway takes", async () => {
    const image = (bytes: number) => new File([new Uint8Array(bytes)], "cat.png", { type: "image/png" })
    const small = await formOf([
      ["prompt", "A cat"],
      ["image", image(3)],
    ])
    pendingIn(await stage.start(runway, { requestType: "image_edit", ...small }))
    expect(stage.received[0]?.json.referenceImages).toEqual([{ uri: "data:image/png;base64,AAAA" }])
    const large = await formOf([["image", image(4_000_000)]])
    expect(refusalIn(await stage.start(runway, { requestType: "image_edit", ...large }))).toMatchObject({
      param: "image",
    })
    expect(stage.received).toHaveLength(1)
  })

  test("with a mask are refused", async () => {
    const refusal = refusalIn(await edit({ image: "https://a/i", mask: "https://a/m" }))
    expect(refusal).toMatchObject({ code: "unsupported_parameter", param: "mask" })
  })
})
