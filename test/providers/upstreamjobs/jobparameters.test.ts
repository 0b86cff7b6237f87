import { expect, test } from "bun:test"
import type { Submission } from "../../../src/endpoints/endpoint.ts"
import type { UpstreamJobName } from "../../../src/providers/adapternames.ts"
import { checkUpstreamJob, formatRatio, parseSize } from "../../../src/providers/upstreamjobs/jobparameters.ts"
import { getUpstreamJob } from "../../../src/providers/upstreamjobs/upstreamjobs.ts"

function submission(fields: Record<string, unknown>, files: string[] = []): Submission {
  const parts = files.map((name) => ({ name, fileName: "f", contentType: null, bytes: 1 }))
  return { form: files.length > 0 ? "multipart" : "json", fields, files: parts }
}
const errorsOf = (
  adapter: UpstreamJobName,
  type: string,
  fields: Record<string, unknown>,
  files: string[] = [],
  model = "m",
) => checkUpstreamJob(getUpstreamJob(adapter).images, type, model, submission(fields, files)).errors

test.each([
  [
    "replicate-job",
    "image_generation",
    { prompt: "a", n: 4, size: "1024x1024", quality: "high", response_format: "url" },
    [],
  ],
  ["fal-job", "image_edit", { prompt: "a", n: "2" }, ["image", "image", "mask"]],
  ["runway-job", "image_edit", { image: ["https://a", "https://b"], size: "auto" }, []],
  ["luma-job", "image_generation", { prompt: "a", size: "2520x1080", n: 1 }, []],
  ["luma-job", "image_edit", { image: "https://a" }, []],
  ["assemblyai-job", "transcription", { response_format: "srt", speaker_labels: "true" }, ["file"]],
  [
    "replicate-job",
    "chat_completion",
    {
      messages: [
        { role: "system", content: "a" },
        { role: "user", content: "b" },
      ],
    },
    [],
  ],
] as const)("%s takes %s with %j", (adapter, type, fields, files) => {
  expect(errorsOf(adapter, type, fields, [...files])).toEqual([])
})

test.each([
  ["fal-job", "image_generation", { response_format: "b64_json" }, [], "response_format"],
  ["fal-job", "image_generation", { n: 1.5 }, [], "n"],
  ["fal-job", "image_generation", { size: "1024" }, [], "size"],
  ["runway-job", "image_edit", {}, ["image[]", "mask"], "mask"],
  ["runway-job", "image_edit", { image: Array(17).fill("https://a") }, [], "image"],
  ["luma-job", "image_generation", { n: 2 }, [], "n"],
  ["luma-job", "image_generation", { size: "1000x1001" }, [], "size"],
  ["luma-job", "image_edit", {}, ["image"], "image"],
  ["luma-job", "image_edit", { image: ["https://a"], images: ["https://b"] }, [], "image"],
  ["assemblyai-job", "transcription", { "include[]": "logprobs" }, ["file"], "include"],
  ["replicate-job", "chat_completion", { messages: [{ role: "user", content: "b" }], tools: [{}] }, [], "tools"],
] as const)("%s does not take %s with %j %j, and says what: %s", (adapter, type, fields, files, param) => {
  const [found] = errorsOf(adapter, type, fields, [...files])
  expect(found?.param).toBe(param)
  expect(found?.message).toStartWith(param)
})

test("a model that makes images from others is not asked for one without them", () => {
  const turbo = (fields: Record<string, unknown>, type = "image_generation", files: string[] = []) =>
    errorsOf("runway-job", type, { prompt: "a", ...fields }, files, "gen4_image_turbo").map(({ param }) => param)
  expect(turbo({})).toEqual(["prompt"])
  expect(turbo({ referenceImages: [{ uri: "https://a" }] })).toEqual([])
  expect(turbo({ image: "https://a" }, "image_edit")).toEqual([])
  expect(turbo({}, "image_edit", ["image"])).toEqual([])
  expect(errorsOf("runway-job", "image_generation", { prompt: "a" }, [], "gen4_image")).toEqual([])
})

test("a model that ended is refused, with another to write", () => {
  const [error] = errorsOf("assemblyai-job", "transcription", {}, ["file"], "nano")
  expect(error).toMatchObject({ param: "model", message: expect.stringContaining("universal-2") })
  expect(errorsOf("assemblyai-job", "transcription", {}, ["file"], "best")).toEqual([])
})

test("a parameter that is left out and changes nothing is warned of", () => {
  const told = (type: string, fields: Record<string, unknown>) => {
    const { images } = getUpstreamJob("replicate-job")
    return checkUpstreamJob(images, type, "openai/m", submission(fields)).warnings
  }
  expect(told("image_generation", { prompt: "a", user: "u" })).toEqual([
    "user is not known to this provider and was not sent",
  ])
  expect(told("chat_completion", { messages: [], store: true, metadata: { a: "b" } })).toHaveLength(2)
  expect(told("transcription", { language: "en" })).toEqual([])
})

test("a size is two numbers of pixels, and has a shape", () => {
  expect(["1024x768", "0x5", "auto", "10x10x10", 7].map(parseSize)).toEqual([
    { width: 1024, height: 768 },
    null,
    null,
    null,
    null,
  ])
  expect(formatRatio({ width: 2520, height: 1080 })).toBe("21:9")
  expect(formatRatio({ width: 1024, height: 1024 })).toBe("1:1")
})
