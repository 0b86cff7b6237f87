import { afterAll, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { makeTypes, typesPath } from "../scripts/types.ts"
import { endpoints } from "../src/endpoints/endpoints.ts"
import { nameSchema } from "../src/http/openapi/schemas.ts"
import type {
  AcceptedJob,
  ChatCompletionJob,
  ChatCompletionRequest,
  ImageEditForm,
  ImageEditRequest,
  ImageGenerationRequest,
  JobList,
  JobView,
  paths,
  RerankRequest,
  SpeechRequest,
} from "../types/asyncgate.d.ts"
import { chat, launch } from "./harness.ts"

const written = readFileSync(typesPath, "utf8")
const gateway = await launch()
afterAll(() => gateway.dispose())

test("the definitions say what the API document says: if not, `bun run types` writes them anew", async () => {
  expect(await makeTypes()).toBe(written)
})

test("every request type has its request, its result and its job among them", () => {
  for (const endpoint of endpoints) {
    for (const part of ["Request", "Result", "Job"]) {
      expect(written).toContain(`export type ${nameSchema(endpoint)}${part} =`)
    }
  }
})

// What the tests from here on hold, the compiler holds before they run.
test("a program written with them talks to the gateway", async () => {
  const request: ChatCompletionRequest = {
    model: "mock/echo",
    messages: [{ role: "user", content: "Hello" }],
    mock: { latency_ms: 1 },
  }
  const response = await gateway.submit(request, { prefer: "wait=10" })
  const job = (await response.json()) as AcceptedJob | ChatCompletionJob
  expect(readWords(job)).toInclude("Hello")
  const list = (await (await gateway.fetch("/v1/async/jobs")).json()) as JobList
  expect(list.data[0]?.model).toBe("echo")
})

/** Of each status what only a job of that status has. */
function readWords(job: AcceptedJob | ChatCompletionJob): string {
  switch (job.status) {
    case "pending":
    case "processing":
      return job.created_at
    case "completed":
      return String(job.result.choices[0]?.message?.content)
    case "failed":
      return job.error.error.message
  }
}

test("a failed job has an error and no result, in a view and in a list too", async () => {
  const id = await gateway.accept(chat({ mock: { status: 400 } }))
  await gateway.end(id)
  const view = (await (await gateway.fetch(`/v1/async/jobs/${id}`)).json()) as JobView
  if (view.status !== "failed") throw new Error("it should have failed")
  expect(view.error.status_code).toBe(view.status_code)
  expect(view.attempts).toHaveLength(1)
  // @ts-expect-error a failed job has no result
  expect(view.result).toBeUndefined()
  const { data } = (await (await gateway.fetch("/v1/async/jobs?status=failed")).json()) as JobList
  expect(data.map((job) => job.status === "failed" && job.error.error.message)).toEqual([view.error.error.message])
})

type Poll = paths["/v1/async/chat/completions/{job_id}"]["get"]["responses"]
type Body<Status extends keyof Poll> = Poll[Status] extends { content: { "application/json": infer Content } }
  ? Content
  : never

test("an answer's status tells which jobs it holds: 202 those that have not ended, 200 the others", () => {
  const accepted: Body<202>["status"][] = ["pending", "processing"]
  const ended: Body<200>["status"][] = ["completed", "failed"]
  // @ts-expect-error a 202 holds no job that has ended
  const never: Body<202>["status"] = "completed"
  // @ts-expect-error a 200 holds no job that has not ended
  const neither: Body<200>["status"] = "pending"
  expect([...accepted, ...ended]).toEqual(expect.arrayContaining([never, neither]))
})

test("a request needs what the gateway refuses it without, and nothing else", () => {
  const small: ChatCompletionRequest = { model: "mock/echo", messages: [{ role: "user", content: "Hello" }] }
  const edits: ImageEditRequest[] = [
    { model: "mock/image", image: "aGk=" },
    { model: "mock/image", images: ["aGk="] },
  ]
  // @ts-expect-error no messages
  const silent: ChatCompletionRequest = { model: "mock/echo" }
  // @ts-expect-error a stream
  const streamed: ChatCompletionRequest = { ...small, stream: true }
  // @ts-expect-error no prompt
  const generation: ImageGenerationRequest = { model: "mock/image" }
  // @ts-expect-error no voice
  const speech: SpeechRequest = { model: "mock/tts", input: "Hello" }
  // @ts-expect-error no documents
  const rerank: RerankRequest = { model: "mock/rerank", query: "a" }
  // @ts-expect-error no image
  const edit: ImageEditRequest = { model: "mock/image", prompt: "Make it night" }
  // @ts-expect-error no image
  const form: ImageEditForm = { model: "mock/image", prompt: "Make it night" }
  expect([small, ...edits, silent, streamed, generation, speech, rerank, edit, form]).toHaveLength(10)
})

test("members that the document does not name go in at every depth, as they do at the gateway", () => {
  const request: ChatCompletionRequest = {
    model: "mock/echo",
    temperature: null,
    messages: [{ role: "user", content: "Hello", name: "me" }],
    tools: [{ type: "function", function: { name: "add", parameters: {} } }],
  }
  const speech: SpeechRequest = { model: "mock/tts", input: "Hello", voice: { id: "voice_1" } }
  const rerank: RerankRequest = { model: "mock/rerank", query: "a", documents: [{ text: "b", id: 7 }] }
  expect([request, speech, rerank]).toHaveLength(3)
})

test("a file of a form is a Blob", () => {
  const form: ImageEditForm = { model: "mock/image", image: [new Blob(["one"]), new Blob(["two"])] }
  expect(form.image).toHaveLength(2)
})
