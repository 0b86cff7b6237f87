import { describe, expect, test } from "bun:test"
import { Compile } from "typebox/compile"
import { described } from "../../src/endpoints/endpoint.ts"
import { endpoints, getEndpoint } from "../../src/endpoints/endpoints.ts"
import { answer, form, json } from "./submissions.ts"

test("the request types and their paths are the wire's, in its order", () => {
  expect(endpoints.map(({ path, requestType, forms }) => [path, requestType, ...forms])).toEqual([
    ["/completions", "text_completion", "json"],
    ["/chat/completions", "chat_completion", "json"],
    ["/responses", "responses", "json"],
    ["/responses/input_tokens", "count_tokens", "json"],
    ["/embeddings", "embedding", "json"],
    ["/audio/speech", "speech", "json"],
    ["/audio/transcriptions", "transcription", "multipart"],
    ["/images/generations", "image_generation", "json"],
    ["/images/edits", "image_edit", "multipart", "json"],
    ["/images/variations", "image_variation", "multipart"],
    ["/rerank", "rerank", "json"],
    ["/ocr", "ocr", "json"],
  ])
})

test("those that are billed per call are the ones whose answers are sounds, images and read documents", () => {
  expect(endpoints.filter(({ isBilledPerCall }) => isBilledPerCall).map(({ requestType }) => requestType)).toEqual([
    "speech",
    "transcription",
    "image_generation",
    "image_edit",
    "image_variation",
    "ocr",
  ])
})

test("a request type that no endpoint has is an error", () => {
  expect(() => getEndpoint("video")).toThrow("no endpoint for video")
})

test("no two endpoints have the same summary: it names them in the document", () => {
  expect(new Set(endpoints.map(({ summary }) => summary)).size).toBe(endpoints.length)
})

describe.each(endpoints.map((endpoint) => [endpoint.requestType, described(endpoint)] as const))(
  "%s",
  (_, endpoint) => {
    test("accepts its own example, which is for the mock provider", () => {
      const { example, forms } = endpoint
      const submission = forms.includes("json") ? json(example) : form(example, "file", "image")
      expect(endpoint.check(submission, [])).toBeNull()
      expect(endpoint.asksForStream(submission)).toBeNull()
      expect(example["model"]).toStartWith("mock/")
    })

    test("reads its own example result, and documents it", () => {
      const { exampleResult, resultSchema } = endpoint
      const text = JSON.stringify(exampleResult)
      expect(endpoint.read(answer(text), () => ({}))).toEqual({ result: text })
      expect(Compile(resultSchema).Check(exampleResult)).toBe(true)
      expect(exampleResult).not.toHaveProperty("extra_fields")
    })

    test("reads `model`, `fallbacks` and `service_tier`, which the gateway does for all", () => {
      expect(endpoint.reads).toEqual(expect.arrayContaining(["model", "fallbacks", "service_tier"]))
    })

    test("describes every member of its request", () => {
      const { properties } = endpoint.requestSchema as unknown as { properties: Record<string, object> }
      for (const [name, schema] of Object.entries(properties))
        expect([name, schema]).toEqual([name, expect.objectContaining({ description: expect.any(String) })])
    })
  },
)
