// The providers that work on a request as a job of their own: what is made, asked after and fetched there, as their documents say.
import { expect } from "bun:test"
import { type Cell, type Fields, json, type Step } from "./cell.ts"
import { turned } from "./forms.ts"

const post = (url: string, sent: Fields, answer: unknown, headers: Record<string, string> = {}): Step => ({
  method: "POST",
  url,
  headers,
  sent: { json: sent },
  answer: json(answer, { status: 201 }),
})
const get = (url: string, answer: unknown): Step => ({ method: "GET", url, answer: json(answer) })
const images = (...urls: string[]) => ({
  created: expect.any(Number),
  data: urls.map((url) => expect.objectContaining({ url })),
})
const prompt = "A lighthouse at dusk"
const photo = "https://example.com/cat.png"

/** https://replicate.com/docs/reference/http#predictions.create, …#models.get */
function prediction(model: string, described: readonly string[] | null, input: Fields, output: unknown): Step[] {
  const at = "https://api.replicate.com/v1"
  const id = "gm3qorzdhgbfurvjtvhg6dckhu"
  const made = {
    ...{ id, model, version: "hidden", input, logs: "", output: null, error: null, data_removed: false, source: "api" },
    created_at: "2026-11-20T00:00:00.765Z",
  }
  const schemas = {
    Input: { type: "object", properties: Object.fromEntries((described ?? []).map((one) => [one, {}])) },
  }
  const description = { owner: "o", name: "n", latest_version: { openapi_schema: { components: { schemas } } } }
  return [
    ...(described === null ? [] : [get(`${at}/models/${model}`, description)]),
    // It ends by itself where nobody asks after it.
    post(
      `${at}/models/${model}/predictions`,
      { input },
      { ...made, status: "starting" },
      {
        "cancel-after": expect.stringMatching(/^\d+s$/),
      },
    ),
    get(`${at}/predictions/${id}`, { ...made, status: "succeeded", output, metrics: { predict_time: 1.25 } }),
  ]
}

const llama = "meta/meta-llama-3-70b-instruct"
const known = ["prompt", "max_tokens", "system_prompt"]

export const replicate: Record<string, Cell> = {
  chat_completion: {
    model: llama,
    asked: { messages: [{ role: "user", content: "Hello" }] },
    steps: prediction(llama, null, { prompt: "Hello" }, ["Hi", " there"]),
    result: expect.objectContaining({
      object: "chat.completion",
      choices: [{ index: 0, message: { role: "assistant", content: "Hi there" }, finish_reason: "stop" }],
    }),
  },
  text_completion: {
    model: llama,
    asked: turned.text_completion.asked,
    steps: prediction(llama, known, { prompt: "Say hi", max_tokens: 16 }, ["Hi", "!"]),
    result: turned.text_completion.result("Hi!"),
  },
  responses: {
    model: llama,
    asked: turned.responses.asked,
    steps: prediction(llama, known, { prompt: "Say hi", system_prompt: "Be brief.", max_tokens: 16 }, ["Hi", "!"]),
    result: turned.responses.result("Hi!"),
  },
  image_generation: {
    model: "black-forest-labs/flux-schnell",
    asked: { prompt, n: 2, seed: 7 },
    steps: prediction(
      "black-forest-labs/flux-schnell",
      ["prompt", "num_outputs", "seed"],
      { prompt, num_outputs: 2, seed: 7 },
      ["https://replicate.delivery/a.webp", "https://replicate.delivery/b.webp"],
    ),
    result: images("https://replicate.delivery/a.webp", "https://replicate.delivery/b.webp"),
  },
  image_edit: {
    model: "black-forest-labs/flux-kontext-pro",
    asked: { prompt, image: photo },
    steps: prediction(
      "black-forest-labs/flux-kontext-pro",
      ["prompt", "input_image"],
      { prompt, input_image: photo },
      "https://replicate.delivery/a.webp",
    ),
    result: images("https://replicate.delivery/a.webp"),
  },
}

/** https://fal.ai/docs/documentation/model-apis/inference/queue: what follows a request is at its app, whatever the endpoint. */
function queued(model: string, app: string, input: Fields): Step[] {
  const id = "80e732af-660e-45cd-bd63-580e4f2a94cc"
  const own = `https://queue.fal.run/${app}/requests/${id}`
  const addresses = { response_url: own, status_url: `${own}/status`, cancel_url: `${own}/cancel` }
  const image = { url: "https://v3.fal.media/files/a.png", width: 1024, height: 768, content_type: "image/png" }
  return [
    post(`https://queue.fal.run/${model}`, input, {
      status: "IN_QUEUE",
      request_id: id,
      ...addresses,
      queue_position: 0,
    }),
    get(`${own}/status`, { status: "COMPLETED", request_id: id, ...addresses, metrics: { inference_time: 3.7 } }),
    get(own, { images: [image], timings: { inference: 1.5 }, seed: 42, has_nsfw_concepts: [false], prompt }),
  ]
}

const falImages = expect.objectContaining({ ...images("https://v3.fal.media/files/a.png"), seed: 42 })

export const fal: Record<string, Cell> = {
  image_generation: {
    model: "fal-ai/flux/dev",
    asked: { prompt, n: 2, size: "1024x768" },
    steps: queued("fal-ai/flux/dev", "fal-ai/flux", {
      prompt,
      num_images: 2,
      image_size: { width: 1024, height: 768 },
      aspect_ratio: "4:3",
    }),
    result: falImages,
  },
  image_edit: {
    model: "fal-ai/flux-pro/kontext",
    asked: { prompt, image: photo },
    // An endpoint knows one of the two.
    steps: queued("fal-ai/flux-pro/kontext", "fal-ai/flux-pro", { prompt, image_url: photo, image_urls: [photo] }),
    result: falImages,
  },
}

/** https://docs.dev.runwayml.com/api/#tag/Start-generating/paths/~1v1~1text_to_image/post, …/paths/~1v1~1tasks~1%7Bid%7D/get */
function task(input: Fields): Step[] {
  const id = "17f20503-6c24-4c16-946b-35dbbce2af2f"
  const output = ["https://dnznrvs05pmza.cloudfront.net/a.png?_jwt=x"]
  return [
    post("https://api.dev.runwayml.com/v1/text_to_image", input, { id }),
    get(`https://api.dev.runwayml.com/v1/tasks/${id}`, {
      ...{ id, createdAt: "2026-11-20T00:00:01Z", status: "SUCCEEDED", output },
    }),
  ]
}

const runwayImages = images("https://dnznrvs05pmza.cloudfront.net/a.png?_jwt=x")

export const runway: Record<string, Cell> = {
  image_generation: {
    model: "gen4_image",
    asked: { prompt, size: "1920x1080", seed: 7 },
    steps: task({ model: "gen4_image", promptText: prompt, ratio: "1920:1080", seed: 7 }),
    result: runwayImages,
  },
  image_edit: {
    model: "gen4_image_turbo",
    asked: { prompt, image: photo },
    steps: task({
      ...{ model: "gen4_image_turbo", promptText: prompt, ratio: "1024:1024", referenceImages: [{ uri: photo }] },
    }),
    result: runwayImages,
  },
}

/** https://docs.lumalabs.ai/docs/image-generation */
function generation(input: Fields): Step[] {
  const at = "https://api.lumalabs.ai/dream-machine/v1/generations"
  const id = "5c6a2a0b-8d11-4a34-a2c9-f4a9e1b1b6f0"
  const made = {
    id,
    generation_type: "image",
    created_at: "2026-11-20T00:00:02.5Z",
    failure_reason: null,
    request: input,
  }
  return [
    post(`${at}/image`, input, { ...made, state: "queued", assets: null }),
    get(`${at}/${id}`, { ...made, state: "completed", assets: { image: "https://storage.cdn-luma.com/a.jpg" } }),
  ]
}

export const luma: Record<string, Cell> = {
  image_generation: {
    model: "photon-1",
    asked: { prompt, aspect_ratio: "16:9" },
    steps: generation({ model: "photon-1", prompt, aspect_ratio: "16:9" }),
    result: images("https://storage.cdn-luma.com/a.jpg"),
  },
  image_edit: {
    model: "photon-flash-1",
    asked: { prompt, image: photo },
    steps: generation({ model: "photon-flash-1", prompt, modify_image_ref: { url: photo } }),
    result: images("https://storage.cdn-luma.com/a.jpg"),
  },
}

/** https://docs.bfl.ai/api-reference/utility/get-result.md; the task is at a host of a region. */
function flux(model: string, input: Fields): Step[] {
  const id = "2f0c9c1e-8a67-4f0e-9d36-1c2b7a3b9d11"
  const sample = "https://delivery-eu1.bfl.ai/results/1/sample.png"
  const polling_url = `https://api.eu1.bfl.ai/v1/get_result?id=${id}`
  return [
    post(`https://api.bfl.ai/v1/${model}`, input, { id, polling_url, cost: 3, input_mp: 0, output_mp: 1 }),
    get(polling_url, { id, status: "Pending", result: null, progress: null, details: null, preview: null }),
    get(polling_url, { id, status: "Ready", result: { sample, prompt, seed: 42 }, details: null, preview: null }),
  ]
}

export const blackForestLabs: Record<string, Cell> = {
  image_generation: {
    model: "flux-2-pro",
    asked: { prompt, size: "1024x768", seed: 42 },
    steps: flux("flux-2-pro", { prompt, width: 1024, height: 768, seed: 42 }),
    result: images("https://delivery-eu1.bfl.ai/results/1/sample.png"),
  },
  image_edit: {
    model: "flux-kontext-pro",
    asked: { prompt, image: photo, size: "1024x1024" },
    steps: flux("flux-kontext-pro", { prompt, input_image: photo, aspect_ratio: "1:1" }),
    result: images("https://delivery-eu1.bfl.ai/results/1/sample.png"),
  },
}

const transcript = "https://api.assemblyai.com/v2/transcript"
const transcriptId = "9ea68fd3-f953-42c1-9742-976c447fb463"

/** https://www.assemblyai.com/docs/api-reference/files/upload, …/transcripts/submit, …/transcripts/get */
export const assemblyai: Record<string, Cell> = {
  transcription: {
    model: "universal-2",
    asked: [
      ["language", "en"],
      ["file", { fileName: "speech.mp3", type: "audio/mpeg", base64: "SUQzBAAAAAAA" }],
    ],
    steps: [
      {
        method: "POST",
        url: "https://api.assemblyai.com/v2/upload",
        headers: { "content-type": "application/octet-stream" },
        sent: { base64: "SUQzBAAAAAAA" },
        answer: json({ upload_url: "https://cdn.assemblyai.com/upload/f756988d" }),
      },
      post(
        transcript,
        {
          audio_url: "https://cdn.assemblyai.com/upload/f756988d",
          speech_models: ["universal-2"],
          language_code: "en",
        },
        { id: transcriptId, status: "queued" },
      ),
      get(`${transcript}/${transcriptId}`, {
        ...{ id: transcriptId, status: "completed", text: "Smoke rises.", language_code: "en", audio_duration: 281 },
        words: [{ text: "Smoke", start: 250, end: 650, confidence: 0.97, speaker: "A" }],
        utterances: null,
      }),
    ],
    result: expect.objectContaining({ text: "Smoke rises.", usage: { type: "duration", seconds: 281 } }),
  },
}
