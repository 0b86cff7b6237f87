// What a refusal tells a caller to write instead.
import { describe, expect, test } from "bun:test"
import { whyUnknown } from "../../src/providers/advice.ts"
import { explainMissingKey, isKeyless } from "../../src/providers/keys.ts"
import { rows } from "../../src/providers/registry.ts"
import { resolveProviders } from "../../src/providers/settings.ts"

const keys = [{ id: "k", name: "k", value: "sk-1", models: ["gpt-a"] }]
const network_config = { base_url: "http://127.0.0.1:9" }
const { providers } = resolveProviders({ groq: { keys }, mine: { network_config }, bare: { network_config, keys } }, {})
const known = new Map(providers.map((provider) => [provider.name, provider]))
const provider = (name: string) => {
  const found = known.get(name)
  if (!found) throw new Error(`no provider ${name}`)
  return found
}

describe("an unknown provider", () => {
  test.each([
    ["google", "gemini"],
    ["Google", "gemini"],
    ["claude", "anthropic"],
    ["aws", "bedrock"],
    ["azure-openai", "azure"],
    ["hf", "huggingface"],
    ["grok", "xai"],
    ["x-ai", "xai"],
    ["vertex_ai", "vertex"],
    ["together_ai", "together"],
    ["openai-compatible", "openai"],
    ["OpenAI", "openai"],
    ["MISTRAL", "mistral"],
  ])("%s is told its name here: %s", (name, here) => {
    expect(whyUnknown(name, known, new Map())).toBe(
      `unknown provider '${name}': it is called '${here}' here: write ${here}/MODEL`,
    )
  })

  test.each([
    ["opnai", "openai"],
    ["openia", "openai"],
    ["antropic", "anthropic"],
    ["gorq", "groq"],
    ["deepsek", "deepseek"],
    ["Open-AI", "openai"],
  ])("%s is told who is near: %s", (name, near) => {
    expect(whyUnknown(name, known, new Map())).toBe(
      `unknown provider '${name}': did you mean '${near}'? GET /v1/models lists what can be called here`,
    )
  })

  test.each(["foo", "x", "nobody", "company", "gpt-4o", "llama3.1", "__proto__", "constructor", "z".repeat(500)])(
    "%s that is near to none is told some that can be called, not all",
    (name) => {
      const message = whyUnknown(name, known, new Map())
      expect(message).toMatch(/: write one as groq, bare, mock, mine; GET \/v1\/models lists what can be called here$/)
      expect(message.length).toBeLessThan(300)
      expect(message).not.toContain("did you mean")
    },
  )

  test("that this program knows and that has no address here is told where to give one", () => {
    const without = Object.keys(rows).filter((name) => !known.has(name))
    expect(without).toContain("azure")
    for (const name of without) {
      expect(whyUnknown(name, known, new Map())).toMatch(
        new RegExp(
          `^provider '${name}' is not set up here: its address is missing; (set [A-Z_]+( (or|and) [A-Z_]+)*, or )?write (azure_key_config\\.endpoint|network_config\\.base_url), as "https://\\S+", (in a key of|under) providers\\.${name} in config\\.json$`,
        ),
      )
    }
  })
})

describe("a provider without a key for the call", () => {
  const advice = (name: string, pinned: string | null = null, allowsOwnKeys = true) =>
    explainMissingKey(provider(name), { provider: name, model: "m", pinned }, "caller", allowsOwnKeys)

  test("is told the variable and the place in config.json", () => {
    expect(advice("openai")).toBe(
      "no keys found for provider: openai and model: m: set OPENAI_API_KEY, or add a key to providers.openai.keys in config.json, or send your own as Authorization: Bearer",
    )
    expect(advice("openai", null, false)).toBe(
      "no keys found for provider: openai and model: m: set OPENAI_API_KEY, or add a key to providers.openai.keys in config.json",
    )
  })

  test("for this model alone is told which list is too short", () => {
    expect(advice("groq")).toBe(
      'no keys found for provider: groq and model: m: add the model to "models" of one of providers.groq.keys in config.json, or send your own as Authorization: Bearer',
    )
  })

  test("of the name that is pinned is told what the header names", () => {
    expect(advice("groq", "other")).toMatch(
      /with the name or id 'other': x-bf-api-key and x-bf-api-key-id name one of providers\.groq\.keys/,
    )
    expect(advice("mine", "other")).toEndWith(": this provider is called without a key: send no x-bf-api-key")
  })
})

test("only what is built in or one's own, and has no keys, is called without one", () => {
  const keyless = providers.filter(isKeyless).map(({ name }) => name)
  expect(keyless.toSorted()).toEqual(["lmstudio", "mine", "mock", "ollama", "sgl", "vllm"])
})
