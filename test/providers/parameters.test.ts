import { describe, expect, test } from "bun:test"
import type { Submission } from "../../src/endpoints/endpoint.ts"
import { checkSubmission } from "../../src/providers/parameters.ts"
import type { EndpointSupport, ProviderSettings } from "../../src/providers/provider.ts"
import { neutral } from "../../src/providers/registry.ts"
import { resolveProviders } from "../../src/providers/settings.ts"

type Fields = Record<string, unknown>

const { providers } = resolveProviders({}, {})
const json = (fields: Fields): Submission => ({ form: "json", fields, files: [] })

/** What a built-in provider makes of a request: the members at fault, and the warnings. */
function found(provider: string, requestType: string, fields: Fields, model = "m") {
  const settings = providers.find(({ name }) => name === provider)
  if (settings?.endpoints[requestType] === undefined) throw new Error(`${provider} does not serve ${requestType}`)
  const { errors, warnings } = checkSubmission(settings, requestType, model, json(fields))
  for (const { message, param } of errors) expect(message).toStartWith(param.split(/[.[]/, 1)[0] ?? "")
  return { errors: errors.map(({ param }) => param), warnings }
}

const messages = [{ role: "user", content: "Hi" }]
const unsent = (name: string) => `${name} is not known to this provider and was not sent`

describe("what passes through", () => {
  /** A provider whose row knows these. */
  const support: EndpointSupport = {
    adapter: "raw",
    path: "/p",
    rename: { seed: "s" },
    drop: ["user"],
    reject: ["n", "voice"],
    only: { effort: ["high", "none"], tone: ["warm"] },
    within: { messages: { drop: ["name"], unless: { role: "tool" }, within: { more: { drop: ["deep"] } } } },
  }
  const endpoints = { chat_completion: support }
  const { errors, warnings } = checkSubmission(
    { name: "p", endpoints, keys: [] } as unknown as ProviderSettings,
    "chat_completion",
    "m",
    json({
      ...{ seed: 7, user: "u-1", n: 3, voice: "alloy", temperature: 1, effort: "low", tone: "warm" },
      messages: [...messages, { role: "user", name: "ann", more: { deep: 1 } }, { name: "bob" }, "no object"],
    }),
  )

  test("is refused for what the row says is refused there, with what to do", () => {
    const message = "n is not supported by this provider: leave it out"
    expect(errors).toContainEqual({ isUnsupported: true, message, param: "n" })
    expect(errors.map(({ param }) => param)).toEqual(["n", "voice", "effort"])
    expect(errors.at(-1)?.message).toBe("effort must be high or none: this provider takes no other")
  })

  test("is warned of for what is not sent, and for what has another name there it is not", () => {
    expect(warnings).toEqual([unsent("user"), unsent("messages[].name"), unsent("messages[].more.deep")])
  })

  test.each(Object.entries(neutral))("says nothing with %s: %j, nor with null", (name, value) => {
    const rejecting = { keys: [], name: "p", endpoints: { chat_completion: { ...support, reject: [name] } } }
    const params = (given: unknown) =>
      checkSubmission(rejecting as unknown as ProviderSettings, "chat_completion", "m", json({ [name]: given })).errors
    expect(params(value)).toEqual([])
    expect(params(null)).toEqual([])
    expect(params("other")).toHaveLength(1)
  })

  test.each<[string, Fields, string[], string[]]>([
    ["groq", { n: 2, top_logprobs: 3, user: "u-1" }, ["top_logprobs", "n"], []],
    ["mistral", { logprobs: true, user: "u-1", store: true, seed: 1 }, ["logprobs"], [unsent("user"), unsent("store")]],
    ["scaleway", { parallel_tool_calls: false, user: "u-1" }, ["parallel_tool_calls"], [unsent("user")]],
    ["minimax", { frequency_penalty: 0, presence_penalty: 0.5 }, ["presence_penalty"], []],
    ["openai", { n: 9, logprobs: true, logit_bias: { 5: 1 }, anything: 1 }, [], []],
  ])("to %s: %j", (provider, fields, params, said) => {
    expect(found(provider, "chat_completion", { messages, ...fields })).toEqual({ errors: params, warnings: said })
  })

  test("is not looked at where the row speaks of another request type", () => {
    expect(found("mistral", "embedding", { input: "a", logprobs: true })).toEqual({ errors: [], warnings: [] })
    expect(found("mistral", "embedding", { input: "a", user: "u-1" }).warnings).toEqual([unsent("user")])
  })
})

describe("what is translated", () => {
  test("is refused for what the translation cannot say, before the other form is looked at", () => {
    const fields = { input: "Hi", previous_response_id: "r-1", user: "u-1" }
    expect(found("mistral", "responses", fields)).toEqual({ errors: ["previous_response_id"], warnings: [] })
  })

  test("is refused for what the provider refuses of the other form", () => {
    const fields = { input: "Hi", text: { verbosity: "low" } }
    expect(found("mistral", "responses", fields).errors).toEqual(["verbosity"])
    expect(found("groq", "text_completion", { prompt: "Hi", n: 2 }).errors).toContain("n")
  })

  test("is warned of for what either leaves out", () => {
    const fields = { input: "Hi", user: "u-1", include: ["reasoning.encrypted_content"], truncation: "disabled" }
    const { errors, warnings } = found("mistral", "responses", fields)
    expect(errors).toEqual([])
    expect(warnings).toContain(unsent("user"))
  })

  test("into a native form is looked at as that form", () => {
    const fields = { input: "Hi", top_logprobs: 3, include: ["message.output_text.logprobs"] }
    expect(found("anthropic", "responses", fields).errors).not.toEqual([])
    expect(found("gemini", "responses", fields).errors).toEqual([])
  })

  test("from chat is looked at as responses", () => {
    expect(found("perplexity", "chat_completion", { messages, logprobs: true }).errors).toContain("logprobs")
    expect(found("perplexity", "chat_completion", { messages, user: "u-1" }).warnings).toContain(unsent("user"))
  })
})

test.each<[string, string, Fields, string[], string[]]>([
  ["anthropic", "chat_completion", { messages, n: 2 }, ["n"], []],
  ["gemini", "chat_completion", { messages, n: 2 }, [], []],
  ["cohere", "embedding", { input: [1, 2], input_type: "classification" }, ["input"], []],
  ["elevenlabs", "speech", { input: "a", instructions: "softly", colour: "red" }, ["instructions"], [unsent("colour")]],
  ["luma", "image_generation", { prompt: "a", n: 2, user: "u-1" }, ["n"], [unsent("user")]],
  ["mock", "chat_completion", { messages, n: 2, colour: "red" }, [], []],
])("%s looks at %s as its adapter does: %j", (provider, requestType, fields, params, said) => {
  expect(found(provider, requestType, fields)).toEqual({ errors: params, warnings: said })
})

test("a request type that the provider does not serve has no findings", () => {
  const nobody = { name: "p", endpoints: {} } as unknown as ProviderSettings
  expect(checkSubmission(nobody, "ocr", "m", json({ n: 2 }))).toEqual({ errors: [], warnings: [] })
})
