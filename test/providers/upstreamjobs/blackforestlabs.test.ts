import { afterEach, beforeEach, describe, expect, test } from "bun:test"
import { blackForestLabs } from "../../../src/providers/upstreamjobs/blackforestlabs.ts"
import { formOf, KEY, openStage, pendingIn, refusalIn, resultIn, type Stage } from "./stage.ts"

const ID = "2f0c9c1e-8a67-4f0e-9d36-1c2b7a3b9d11"
const CREATE = "POST /flux-2-pro"
const GET = "GET /get_result"
const SAMPLE = "https://delivery-eu1.bfl.ai/results/1/sample.png"

let stage: Stage
beforeEach(() => {
  const over = { provider: "black-forest-labs", model: "flux-2-pro", body: '{"prompt":"A cat"}' }
  stage = openStage("/v1", over, { authorization: { header: "x-key", prefix: "" } })
  stage.on(CREATE, { id: ID, polling_url: `${stage.url}/get_result?id=${ID}&region=eu1` })
  stage.on(GET, { id: ID, status: "Pending", result: null }, { id: ID, status: "Ready", result: { sample: SAMPLE } })
})
afterEach(() => stage.stop())

test("a task is made, asked for where the provider says, and its image is the result", async () => {
  const result = resultIn(await stage.play(blackForestLabs))
  expect(result).toMatchObject({ created: expect.any(Number), data: [{ url: SAMPLE }] })
  const question = `GET /get_result?id=${ID}&region=eu1`
  expect(stage.asked()).toEqual([CREATE, question, question])
  expect(stage.received.map(({ headers }) => headers["x-key"])).toEqual([KEY, KEY, KEY])
})

test.each([
  ["of somebody else", "https://bfl.ai.example.com/v1/get_result?id=1"],
  ["that resembles its own", "https://notbfl.ai/v1/get_result?id=1"],
  ["that is none", "get_result"],
  ["that is missing", undefined],
])("an address %s gets no key: the task is asked for at the usual one", async (_, polling_url) => {
  stage.on(CREATE, { id: ID, polling_url })
  resultIn(await stage.play(blackForestLabs))
  expect(stage.asked()).toEqual([CREATE, `GET /get_result?id=${ID}`, `GET /get_result?id=${ID}`])
})

test("an address that was kept under another base URL gets no key of this one", async () => {
  const { state } = pendingIn(await stage.start(blackForestLabs))
  const kept = JSON.stringify({ ...JSON.parse(state), url: "https://api.eu1.bfl.ai/v1/get_result?id=1" })
  expect(await stage.resume(blackForestLabs, kept)).toMatchObject({ kind: "pending" })
  expect(stage.asked()).toEqual([CREATE, `GET /get_result?id=${ID}`])
})

test.each([
  ["Request Moderated", 400],
  ["Content Moderated", 400],
  ["Error", 502],
  ["Task not found", 502],
])("a task that ended with %s is the job's end, with %p", async (status, expected) => {
  stage.on(GET, { id: ID, status, result: null, details: { reason: "x" } })
  expect(refusalIn(await stage.play(blackForestLabs))).toMatchObject({ status: expected, code: status, isEnd: true })
})

test("an answer that names no task is unreadable, and one that is ready without an image too", async () => {
  stage.on(GET, { id: ID, status: "Ready", result: {} })
  expect(await stage.play(blackForestLabs)).toMatchObject({ kind: "unreadable" })
  stage.on(CREATE, { polling_url: stage.url })
  expect(await stage.start(blackForestLabs)).toMatchObject({ kind: "unreadable" })
})

test("a task cannot be cancelled at the provider", () => {
  expect(blackForestLabs.cancel).toBeUndefined()
})

describe("OpenAI's image parameters", () => {
  const edit = (body: Record<string, unknown>, model = "flux-2-pro") => {
    stage.on(`POST /${model}`, { id: ID })
    return stage.start(blackForestLabs, {
      model,
      requestType: "image_edit",
      body: JSON.stringify({ prompt: "A", ...body }),
    })
  }

  test.each([
    ["flux-2-pro", { size: "1024x768" }, { width: 1024, height: 768 }],
    ["flux-kontext-pro", { size: "1600x900" }, { aspect_ratio: "16:9" }],
    [
      "flux-2-pro",
      { image: ["https://a/i", "https://a/j"] },
      { input_image: "https://a/i", input_image_2: "https://a/j" },
    ],
    ["flux-2-pro", { image: "data:image/png;base64,iVBORw0KGgo=" }, { input_image: "iVBORw0KGgo=" }],
    ["flux-pro-1.0-fill", { image: "https://a/i" }, { image: "https://a/i" }],
    ["flux-2-pro", { seed: 7, output_format: "png" }, { seed: 7, output_format: "png" }],
  ])("of %s, %j, go in as %j", async (model, given, expected) => {
    pendingIn(await edit(given, model))
    expect(stage.received[0]?.json).toEqual({ prompt: "A", ...expected })
  })

  test.each([
    [{ n: 2 }, "n"],
    [{ mask: "https://a/m" }, "mask"],
    [{ response_format: "b64_json" }, "response_format"],
  ])("%j are refused: there is no counterpart", async (given, param) => {
    expect(refusalIn(await edit(given))).toMatchObject({ status: 400, code: "unsupported_parameter", param })
    expect(stage.received).toEqual([])
  })

  test("of a form go in with the content of its file", async () => {
    const form = await formOf([
      ["prompt", "A"],
      ["image", new File(["x"], "cat.png", { type: "image/png" })],
    ])
    pendingIn(await stage.start(blackForestLabs, { requestType: "image_edit", ...form }))
    expect(stage.received[0]?.json).toEqual({ prompt: "A", input_image: "eA==" })
  })
})
