// Models of other makers on Vertex AI: OpenAI's form at Google's addresses, with Google's token.
import { describe, expect, test } from "bun:test"
import { nativeChat } from "../../../src/providers/chat/chatadapter.ts"
import { findOpenModel } from "../../../src/providers/chat/modelgarden.ts"
import { checkSubmission } from "../../../src/providers/parameters.ts"
import { resolveProviders } from "../../../src/providers/settings.ts"
import { bodyIn, completionIn, type Exercised, exercise, type Fields, NOW, players, stopped } from "./exercise.ts"

const hello = { messages: [{ role: "user", content: "Hi" }] }
const place = "/v1/projects/my-project/locations/us-central1"
const completion = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "meta/llama-3.3-70b-instruct-maas",
  choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
}

function ask(model: string, request: Fields, given = {}): Promise<Exercised> {
  const { start } = nativeChat("vertex")
  const circumstances = { start, answer: () => Response.json(completion), ...given }
  return exercise({ ...players["vertex-gemini"], model }, request, circumstances)
}

describe("a model of another maker", () => {
  // https://docs.cloud.google.com/vertex-ai/generative-ai/docs/maas/call-open-model-apis
  test.each([
    ...["meta/llama-3.3-70b-instruct-maas", "deepseek-ai/deepseek-v3.2-maas", "openai/gpt-oss-120b-maas"],
    ...[
      "moonshotai/kimi-k2-thinking-maas",
      "zai-org/glm-5-maas",
      "xai/grok-4.1-fast-reasoning",
      "google/gemma-4-26b-maas",
    ],
  ])("is asked at the address of OpenAI's form, by its whole name: %s", async (model) => {
    const { received, outcome } = await ask(model, { ...hello, min_p: 0.1, n: 2 })
    expect(received).toHaveLength(1)
    expect(received[0]).toMatchObject({
      path: `${place}/endpoints/openapi/chat/completions`,
      headers: { authorization: "Bearer ya29.token" },
    })
    expect(JSON.parse(received[0]?.body ?? "")).toEqual({ ...hello, min_p: 0.1, n: 2, model })
    expect(outcome).toMatchObject({ kind: "answered", status: 200 })
  })

  // https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/mistral
  test("of Mistral's is asked at its own address, by its name alone", async () => {
    const exercised = await ask("mistralai/mistral-medium-3", hello)
    expect(exercised.received[0]?.path).toBe(`${place}/publishers/mistralai/models/mistral-medium-3:rawPredict`)
    expect(bodyIn(exercised)).toEqual({ ...hello, model: "mistral-medium-3" })
    expect(completionIn(exercised)["extra_fields"]).toMatchObject({ model_requested: "mistralai/mistral-medium-3" })
  })

  test("gets an API key in Google's header, and its refusals are told", async () => {
    const error = { code: 429, message: "Quota", status: "RESOURCE_EXHAUSTED" }
    const answer = () => Response.json({ error }, { status: 429 })
    const { received, outcome } = await ask("meta/llama-4-scout-17b-16e-instruct-maas", hello, {
      key: "AIza-key",
      answer,
    })
    expect(received[0]?.headers).toMatchObject({ "x-goog-api-key": "AIza-key" })
    expect(received[0]?.headers).not.toHaveProperty("authorization")
    expect(outcome).toMatchObject({
      kind: "refused",
      status: 429,
      refusal: { type: "RESOURCE_EXHAUSTED", message: "Quota" },
    })
  })

  test("is asked with a token that is fetched anew when it has expired", async () => {
    const key = JSON.stringify({ type: "authorized_user", client_id: "a", client_secret: "b", refresh_token: "c" })
    const options = { ...players["vertex-gemini"].options, tokenUrl: "http://127.0.0.1:1/token" }
    let tokens = 0
    const fetch = Object.assign(
      async (url: string, init?: RequestInit) =>
        url.endsWith("/token")
          ? Response.json({ access_token: `token-${++tokens}`, expires_in: 3600 })
          : await globalThis.fetch(url, init),
      { preconnect: () => {} },
    ) as unknown as typeof globalThis.fetch
    const sent: unknown[] = []
    for (const hours of [0, 0.5, 2]) {
      const now = () => NOW + hours * 3_600_000
      const clock = { ...stopped, now, wall: now }
      const { received } = await ask("meta/llama-3.3-70b-instruct-maas", hello, { key, options, fetch, clock })
      sent.push(received[0]?.headers["authorization"])
    }
    expect(sent).toEqual(["Bearer token-1", "Bearer token-1", "Bearer token-2"])
  })

  test("is not asked without a project", async () => {
    const { received, outcome } = await ask("meta/llama-3.3-70b-instruct-maas", hello, { options: {} })
    expect(received).toEqual([])
    expect(outcome).toMatchObject({ reason: "misconfigured", message: expect.stringContaining("options.project") })
  })

  test("takes what its server takes, and Mistral's what Mistral takes", async () => {
    const vertex = resolveProviders({}, { GOOGLE_VERTEX_API_KEY: "ya29.token" }).providers.find(
      ({ name }) => name === "vertex",
    )
    if (vertex === undefined) throw new Error("there is no vertex")
    const check = (model: string, fields: Fields) =>
      checkSubmission(vertex, "chat_completion", model, { form: "json", fields: { ...hello, ...fields }, files: [] })
    expect(check("meta/llama-3.3-70b-instruct-maas", { logit_bias: { "1": 1 }, min_p: 1 })).toEqual({
      errors: [],
      warnings: [],
    })
    expect(check("mistralai/mistral-medium-3", { logit_bias: { "1": 1 } }).errors).toMatchObject([
      { param: "logit_bias" },
    ])
    expect(check("gemini-2.5-pro", { logit_bias: { "1": 1 } }).errors).toMatchObject([{ param: "logit_bias" }])
    const { received } = await ask("mistralai/mistral-medium-3", { ...hello, max_completion_tokens: 5, user: "u" })
    expect(JSON.parse(received[0]?.body ?? "")).toEqual({ ...hello, max_tokens: 5, model: "mistral-medium-3" })
  })

  test("gets the older of the two roles for instructions", async () => {
    const messages = [{ role: "developer", content: "Be brief." }, ...hello.messages]
    const exercised = await ask("meta/llama-3.3-70b-instruct-maas", { messages })
    expect(bodyIn(exercised)).toMatchObject({ messages: [{ role: "system" }, { role: "user" }] })
  })

  test("never leads elsewhere by its name", async () => {
    for (const [model, path] of [
      ["mistralai/../../x?y#z", `${place}/publishers/mistralai/models/..%2F..%2Fx%3Fy%23z:rawPredict`],
      ["meta/../../x", `${place}/endpoints/openapi/chat/completions`],
    ] as const) {
      expect((await ask(model, hello)).received[0]?.path).toBe(path)
    }
  })
})

test("Google's and Anthropic's models speak their own forms, also with their maker's name", async () => {
  for (const name of ["gemini-2.5-pro", "google/gemini-2.5-pro", "claude-opus-5-5", "anthropic/claude-opus-5-5"]) {
    expect(findOpenModel("vertex", name)).toBeNull()
  }
  expect(findOpenModel("gemini", "meta/x")).toBeNull()
  expect((await ask("google/gemini-2.5-pro", hello)).received[0]?.path).toBe(
    "/v1beta1/projects/my-project/locations/us-central1/publishers/google/models/gemini-2.5-pro:generateContent",
  )
  expect((await ask("anthropic/claude-opus-5-5", hello)).received[0]?.path).toBe(
    `${place}/publishers/anthropic/models/claude-opus-5-5:rawPredict`,
  )
})
