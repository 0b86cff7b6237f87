import { afterAll, expect, test } from "bun:test"
import { readFileSync } from "node:fs"
import { endpoints } from "../src/endpoints/table.ts"
import { nameOf } from "../src/http/wire.ts"
import type { ChatCompletionJob, ChatCompletionRequest, ImageEditForm, JobList } from "../types/asyncgate.d.ts"
import { launch } from "./harness.ts"
import { makeTypes, typesPath } from "./types.ts"

const written = readFileSync(typesPath, "utf8")
const gateway = await launch()
afterAll(() => gateway.dispose())

test("the definitions say what the API document says: if not, `bun run types` writes them anew", async () => {
  expect(await makeTypes()).toBe(written)
})

test("every request type has its request, its result and its job among them", () => {
  for (const endpoint of endpoints) {
    for (const part of ["Request", "Result", "Job"]) {
      expect(written).toContain(`export type ${nameOf(endpoint)}${part} =`)
    }
  }
})

// What these two tests hold, the compiler holds before they run.
test("a program written with them talks to the gateway", async () => {
  const request: ChatCompletionRequest = {
    model: "mock/echo",
    messages: [{ role: "user", content: "Hello" }],
    mock: { latency_ms: 1 },
  }
  const response = await gateway.submit(request, { prefer: "wait=10" })
  const job = (await response.json()) as ChatCompletionJob
  expect(job.result?.choices[0]?.message?.content).toInclude("Hello")
  const list = (await (await gateway.fetch("/v1/async/jobs")).json()) as JobList
  expect(list.data[0]?.model).toBe("echo")
})

test("a file of a form is a Blob", () => {
  const form: ImageEditForm = { model: "mock/image", image: [new Blob(["one"]), new Blob(["two"])] }
  expect(form.image).toHaveLength(2)
})
