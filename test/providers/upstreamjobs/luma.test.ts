import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { luma } from "../../../src/providers/upstreamjobs/luma.ts"
import { NOON } from "../../factory.ts"
import { formOf, KEY, openStage, pendingIn, refusalIn, resultIn, type Stage } from "./stage.ts"

const ID = "5c6a2a0b-8d11-4a34-a2c9-f4a9e1b1b6f0"
const CREATE = "POST /generations/image"
const GET = `GET /generations/${ID}`

let stage: Stage
beforeEach(() => {
  stage = openStage("/dream-machine/v1", {
    provider: "luma",
    model: "photon-1",
    body: '{"model":"luma/photon-1","prompt":"A lighthouse"}',
  })
  stage.on(CREATE, Response.json(generation({ state: "queued" }), { status: 201 }))
})
afterEach(() => stage.stop())

/** https://docs.lumalabs.ai/docs/image-generation */
function generation(over: Record<string, unknown>) {
  const request = { generation_type: "image", model: "photon-1", prompt: "A lighthouse" }
  return { id: ID, generation_type: "image", created_at: "2026-11-20T00:00:02.5Z", assets: null, request, ...over }
}

test("a generation is made once, asked after by its id, and its image is the result", async () => {
  const assets = { image: "https://storage.example/a.jpg" }
  stage.on(GET, generation({ state: "dreaming" }), generation({ state: "completed", assets }))
  const outcome = await stage.play(luma)
  expect(stage.asked()).toEqual([CREATE, GET, GET])
  expect(stage.received.map(({ headers }) => headers["authorization"])).toEqual(Array(3).fill(`Bearer ${KEY}`))
  expect(stage.received[0]?.json).toEqual({ model: "photon-1", prompt: "A lighthouse" })
  expect(resultIn(outcome)).toMatchObject({ created: NOON / 1000 + 2, data: [{ url: assets.image }] })
  expect(outcome).toMatchObject({ used: { images: 1 }, upstream: { requestId: ID } })
})

test.each([
  ["400: Prompt not allowed because advanced moderation failed", 422],
  ["500: Internal server error", 502],
  [null, 422],
])("a generation that failed with %p is the job's end, with %p", async (failure_reason, status) => {
  stage.on(GET, generation({ state: "failed", failure_reason }))
  const refusal = refusalIn(await stage.play(luma))
  expect(refusal).toMatchObject({ status, isEnd: true })
  if (failure_reason !== null) expect(refusal.message).toBe(failure_reason)
})

test("a generation is ended at the provider", async () => {
  stage.on(`DELETE /generations/${ID}`, new Response(null, { status: 204 }))
  const { state } = pendingIn(await stage.start(luma))
  expect(refusalIn(await stage.cancel(luma, state))).toMatchObject({ status: 499, isEnd: true })
})

test.each([429, 500])("a %p to a question is no end of the job", async (status) => {
  stage.on(GET, Response.json({ detail: "later" }, { status }))
  expect(refusalIn(await stage.play(luma))).toMatchObject({ status, isEnd: false, message: "later" })
})

test("an answer that names no generation is unreadable, and one without an image too", async () => {
  stage.on(GET, generation({ state: "completed", assets: {} }))
  expect(await stage.play(luma)).toMatchObject({ kind: "unreadable" })
  stage.on(CREATE, { state: "queued" })
  expect(await stage.start(luma)).toMatchObject({ kind: "unreadable" })
})

describe("OpenAI's image parameters", () => {
  const edit = (body: Record<string, unknown>) =>
    stage.start(luma, { requestType: "image_edit", body: JSON.stringify({ prompt: "A cat", ...body }) })

  test.each([
    [{ size: "1920x1080" }, { aspect_ratio: "16:9" }],
    [{ size: "1000x1", aspect_ratio: "21:9" }, { aspect_ratio: "21:9" }],
    [{ image: "https://a/i" }, { modify_image_ref: { url: "https://a/i" } }],
    [
      { image: "https://a/i", modify_image_ref: { url: "https://a/i", weight: 0.5 } },
      { modify_image_ref: { url: "https://a/i", weight: 0.5 } },
    ],
    [{ style_ref: [{ url: "https://a/s" }] }, { style_ref: [{ url: "https://a/s" }] }],
  ])("%j go in as %j", async (given, expected) => {
    pendingIn(await edit(given))
    expect(stage.received[0]?.json).toEqual({ model: "photon-1", prompt: "A cat", ...expected })
  })

  test.each([
    [{ n: 2 }, "n"],
    [{ size: "1000x999" }, "size"],
    [{ mask: "https://a/m" }, "mask"],
    [{ image: ["https://a/i", "https://a/j"] }, "image"],
    [{ image: "data:image/png;base64,iVBORw0KGgo=" }, "image"],
  ])("%j are refused: there is no counterpart", async (given, param) => {
    expect(refusalIn(await edit(given))).toMatchObject({ status: 400, code: "unsupported_parameter", param })
    expect(stage.received).toEqual([])
  })

  test("of a form with a file are refused", async () => {
    const form = await formOf([["image", new File(["x"], "cat.png", { type: "image/png" })]])
    expect(refusalIn(await stage.start(luma, { requestType: "image_edit", ...form }))).toMatchObject({ param: "image" })
  })
})
