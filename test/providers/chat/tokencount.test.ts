import { describe, expect, test } from "bun:test"
import { findTarget } from "../../../src/providers/chat/family.ts"
import { planCount } from "../../../src/providers/chat/tokencount.ts"
import { checkSubmission } from "../../../src/providers/parameters.ts"
import { resolveProviders } from "../../../src/providers/settings.ts"

const messages = [{ role: "user", content: [{ type: "text", text: "Hi" }] }]

describe("a count at Vertex of one of Anthropic's models", () => {
  // https://github.com/anthropics/anthropic-sdk-typescript/blob/main/packages/vertex-sdk/src/client.ts
  test("names the model in the body alone", () => {
    const count = planCount(findTarget("vertex", "claude-sonnet-4-5"), "claude-sonnet-4-5")
    const at = "https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/anthropic/models"
    expect(count.locate(`${at}/claude-sonnet-4-5:rawPredict`)).toBe(`${at}/count-tokens:rawPredict`)
    const body = { anthropic_version: "vertex-2023-10-16", max_tokens: 9, temperature: 1, messages, system: "Be brief" }
    expect(JSON.parse(count.change(JSON.stringify(body)))).toEqual({
      model: "claude-sonnet-4-5",
      anthropic_version: "vertex-2023-10-16",
      messages,
      system: "Be brief",
    })
  })
})

describe("a count at Bedrock", () => {
  test.each([
    ["us.anthropic.claude-sonnet-4-20250514-v1:0", "anthropic.claude-sonnet-4-20250514-v1%3A0"],
    ["global.anthropic.claude-sonnet-4-20250514-v1:0", "anthropic.claude-sonnet-4-20250514-v1%3A0"],
    ["amazon.nova-lite-v1:0", "amazon.nova-lite-v1%3A0"],
    ["eu.x", "eu.x"],
  ])("of %s is of the model and not of a profile", (model, named) => {
    const { locate } = planCount(findTarget("bedrock", model), model)
    const at = "https://bedrock-runtime.us-west-2.amazonaws.com/model"
    expect(locate(`${at}/${encodeURIComponent(model)}/converse`)).toBe(`${at}/${named}/count-tokens`)
  })
})

test("every digit of what is counted arrives", () => {
  const { change } = planCount(findTarget("anthropic", "claude-sonnet-4-5"), "claude-sonnet-4-5")
  const tools = '[{"name":"f","input_schema":{"maximum":12345678901234567890}}]'
  expect(change(`{"max_tokens":9,"tools":${tools}}`)).toBe(`{"tools":${tools}}`)
})

test("models of other makers on Vertex are not counted, and the request is refused at once", () => {
  const found = resolveProviders({ vertex: {} }, { GOOGLE_VERTEX_API_KEY: "ya29.x" }).providers
  const vertex = found.find(({ name }) => name === "vertex")
  if (!vertex) throw new Error("there is no vertex")
  const submission = { form: "json" as const, fields: { input: "Hi" }, files: [] }
  const asked = (model: string) => checkSubmission(vertex, "count_tokens", model, submission).errors
  expect(asked("meta/llama-3.3-70b-instruct-maas")).toMatchObject([{ isUnsupported: true, param: "model" }])
  expect(asked("gemini-2.5-pro")).toEqual([])
})
