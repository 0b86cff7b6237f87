// What providers with a form of their own say when they refuse, and what is taken for a refusal although its status is 200.
import { expect, test } from "bun:test"
import { type Asking, exercise, resultIn } from "./exercise.ts"

const stability: Asking = { operation: "stability-image", model: "sd3.5-large", request: { prompt: "a" } }
const runware: Asking = { operation: "runware-image", model: "runware:101@1", request: { prompt: "a" } }
const ideogram: Asking = { operation: "ideogram-image", model: "ideogram-4-5", request: { prompt: "a" } }
const cartesia: Asking = { operation: "cartesia-speech", model: "sonic-3", request: { input: "a", voice: "v" } }
const hume: Asking = { operation: "hume-speech", model: "octave-2", request: { input: "a", voice: "Ava Song" } }
const invalidKey = {
  code: "invalidApiKey",
  message: "Invalid API key. Get one at https://my.runware.ai/signup",
  parameter: "apiKey",
  taskType: "authentication",
}

test.each<[string, Asking, number, unknown, object]>([
  [
    "Stability's words",
    stability,
    400,
    { id: "a3dc7c3e", name: "bad_request", errors: ["some-field: is required", "seed: too large"] },
    { code: "bad_request", message: "some-field: is required; seed: too large" },
  ],
  [
    "Runware's first error",
    runware,
    400,
    { errors: [invalidKey] },
    { code: "invalidApiKey", message: invalidKey.message, param: "apiKey" },
  ],
  [
    "Ideogram's reason",
    ideogram,
    429,
    { error: "You have too many images in progress.", reject_reason: "inflight_limit", max_inflight_requests: 10 },
    { code: "inflight_limit", message: "You have too many images in progress." },
  ],
  [
    "Cartesia's words",
    cartesia,
    400,
    { error_code: "voice_not_found", title: "Voice not found", message: "There is no such voice.", request_id: "1" },
    { code: "voice_not_found", message: "There is no such voice." },
  ],
  [
    "Hume's words",
    hume,
    400,
    { code: "E0603", error: "bad_voice", message: "There is no voice with this name." },
    { code: "E0603", message: "There is no voice with this name." },
  ],
])("%s are the refusal's", async (_, asking, status, body, refusal) => {
  const { outcome } = await exercise(asking, () => Response.json(body, { status }))
  expect(outcome).toMatchObject({ kind: "refused", status, refusal })
})

test("an invalid key is the key's refusal, also with status 400", async () => {
  const { outcome } = await exercise(runware, () => Response.json({ errors: [invalidKey] }, { status: 400 }))
  expect(outcome).toMatchObject({ kind: "refused", isKeyRefused: true })
})

test.each([
  ["content_moderation", false],
  ["unauthorized", true],
])("a 403 of Stability's with the name %s refuses the key: %p", async (name, isKeyRefused) => {
  const body = { id: "1", name, errors: ["Not this."] }
  const { outcome } = await exercise(stability, () => Response.json(body, { status: 403 }))
  expect(outcome).toMatchObject({ kind: "refused", refusal: { code: name, message: "Not this." }, isKeyRefused })
})

test.each<[string, Asking, object, string]>([
  ["Stability", stability, { image: "", finish_reason: "CONTENT_FILTERED", seed: 1 }, "CONTENT_FILTERED"],
  ["Ideogram", ideogram, { generation_id: "x", data: [{ url: "", is_image_safe: false }] }, "is_image_safe"],
])("an image that %s withheld is a refusal of the request", async (_, asking, withheld, code) => {
  const { outcome } = await exercise(asking, () => Response.json(withheld))
  expect(outcome).toMatchObject({ kind: "refused", status: 400, refusal: { code }, isKeyRefused: false })
})

test.each([
  ["names a parameter", { code: "invalidParameter", message: "Wrong width.", parameter: "width" }, 400],
  ["is about the content", { code: "contentPolicyViolation", message: "Not this." }, 400],
  ["is about neither", { code: "timeoutProvider", message: "Too slow." }, 502],
])("an error instead of a task's result that %s is refused with %p %p", async (_, error, status) => {
  const { outcome } = await exercise(runware, () => Response.json({ errors: [error] }))
  expect(outcome).toMatchObject({ kind: "refused", status, refusal: { code: error.code, message: error.message } })
})

test("of two images the one that was made is the result", async () => {
  const made = { taskType: "imageInference", imageBase64Data: "iVBORw0KGgo=", seed: 7 }
  const answer = { data: [made], errors: [{ code: "timeoutProvider", message: "Too slow." }] }
  const result = resultIn(await exercise(runware, () => Response.json(answer)))
  expect(result["data"]).toEqual([{ b64_json: "iVBORw0KGgo=", seed: 7 }])
})

test("no two attempts give a task the same name", async () => {
  const { received } = await exercise(runware, () => Response.json({ data: [] }))
  const other = await exercise(runware, () => Response.json({ data: [] }), { attempt: 2 })
  const nameIn = (one: typeof received) => JSON.parse(one[0]?.bytes.toString() ?? "[]")[0].taskUUID
  expect(nameIn(received)).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/)
  expect(nameIn(other.received)).not.toBe(nameIn(received))
})

test.each([
  ["octave", "dd", { name: "dd", provider: "HUME_AI" }, undefined],
  [
    "octave-1",
    { id: "d8ab67c6-953d-4bd8-9370-8fa53a0f1453", provider: "CUSTOM_VOICE" },
    {
      id: "d8ab67c6-953d-4bd8-9370-8fa53a0f1453",
      provider: "CUSTOM_VOICE",
    },
    "1",
  ],
])("%s with the voice %j goes out with %j", async (model, voice, expected, version) => {
  const sound = () => new Response("ID3", { headers: { "content-type": "audio/mpeg" } })
  const { received } = await exercise({ ...hume, model, request: { input: "a", voice } }, sound)
  const body = JSON.parse(received[0]?.bytes.toString() ?? "{}")
  expect({ voice: body.utterances[0].voice, version: body.version }).toEqual({ voice: expected, version })
})
