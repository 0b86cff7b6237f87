// Where the requests go that an address of config.json is for: people write the host, the root, or the whole address of an endpoint.
import { describe, expect, test } from "bun:test"
import type { ProviderConfig } from "../../src/config/schema.ts"
import { rows } from "../../src/providers/registry.ts"
import { resolveProviders } from "../../src/providers/settings.ts"
import modelsDev from "../fixtures/addresses/modelsdev.json" with { type: "json" }
import { sentChat } from "./sentchat.ts"

const { apis } = modelsDev

/** Where a chat request for gpt-4o goes with each of the provider's keys, in the order of the file. */
async function askedByKeys(name: string, config: ProviderConfig): Promise<string[]> {
  const { providers, problems } = resolveProviders({ [name]: config }, {})
  expect(problems).toEqual([])
  const provider = providers.find((one) => one.name === name)
  if (!provider) throw new Error(`no ${name}`)
  return await Promise.all(
    provider.keys.map(async (key) => (await sentChat({ ...provider, keys: [key] }, "gpt-4o")).url),
  )
}

/** Where a chat request for gpt-4o goes. */
async function asked(name: string, base_url: string, over: ProviderConfig = {}): Promise<string> {
  const keys = [{ value: "k", models: ["*"] }]
  const config = { [name]: { keys, ...over, network_config: { base_url } } }
  const { providers, warnings, problems } = resolveProviders(config, {})
  expect({ warnings, problems }).toEqual({ warnings: [], problems: [] })
  const provider = providers.find((one) => one.name === name)
  if (!provider) throw new Error(`no ${name}`)
  return (await sentChat(provider, "gpt-4o")).url
}

const host = "http://127.0.0.1:9"
const anthropic = { custom_provider_config: { base_provider_type: "anthropic" } }

describe("a chat request arrives where the address says", () => {
  test.each([
    // The GLM Coding Plan: https://docs.z.ai/devpack/tool/others
    ["zai", `${host}/api/coding/paas/v4`, "/api/coding/paas/v4/chat/completions"],
    ["zhipuai", `${host}/api/coding/paas/v4`, "/api/coding/paas/v4/chat/completions"],
    // Volcengine Ark, Baidu Qianfan
    ["mine", `${host}/api/v3`, "/api/v3/chat/completions"],
    ["mine", `${host}/api/coding/v3`, "/api/coding/v3/chat/completions"],
    ["mine", `${host}/v2`, "/v2/chat/completions"],
    // GitHub Models, Cloudflare AI Gateway
    ["mine", "https://models.github.ai/inference", "/inference/chat/completions"],
    ["mine", "https://gateway.ai.cloudflare.com/v1/a/g/compat", "/v1/a/g/compat/chat/completions"],
    // Gemini in OpenAI's form
    ["mine", `${host}/v1beta/openai`, "/v1beta/openai/chat/completions"],
    ["mine", `${host}/v1beta/openai/`, "/v1beta/openai/chat/completions"],
    // Alibaba's coding plan, Databricks, Bedrock Mantle
    ["alibaba", `${host}/v1`, "/v1/chat/completions"],
    ["databricks", `${host}/ai-gateway/mlflow/v1`, "/ai-gateway/mlflow/v1/chat/completions"],
    ["bedrock-openai", `${host}/v1`, "/v1/chat/completions"],
    ["azure", `${host}/openai`, "/openai/v1/chat/completions"],
    [
      "azure",
      `${host}/openai/deployments/gpt-4o`,
      "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
    ],
    // Azure AI Foundry, GitHub Copilot
    ["mine", "https://me.services.ai.azure.com/models", "/models/chat/completions"],
    ["mine", "https://api.githubcopilot.com", "/chat/completions"],
    ["mine", `${host}/v1/chat/completions`, "/v1/chat/completions"],
    // What was right before.
    ["azure", `${host}/openai/v1/`, "/openai/v1/chat/completions"],
    ["openrouter", `${host}/api/v1`, "/api/v1/chat/completions"],
    ["fireworks", `${host}/inference`, "/inference/v1/chat/completions"],
    ["deepinfra", `${host}/v1/openai`, "/v1/openai/chat/completions"],
    ["perplexity", host, "/v1/responses"],
    ["mine", `${host}/compat/v1`, "/compat/v1/chat/completions"],
  ])("%s at %s: %s", async (name, address, path) => {
    expect(await asked(name, address)).toBe(new URL(address).origin + path)
  })

  test("in Anthropic's form on Azure AI Foundry", async () => {
    expect(await asked("mine", `${host}/anthropic`, anthropic)).toBe(`${host}/anthropic/v1/messages`)
  })
})

describe("the whole address of an endpoint", () => {
  test.each([
    [`${host}/v1/embeddings`, "/v1/chat/completions"],
    [`${host}/v3/responses/`, "/v3/chat/completions"],
    [`${host}/chat/completions`, "/chat/completions"],
    [`${host}/team/completions`, "/team/chat/completions"],
  ])("%s says where its siblings are, at whatever root", async (address, path) => {
    expect(await asked("mine", address)).toBe(host + path)
  })

  test.each([
    ["anthropic", "/claude/v1/messages", "/claude/v1/messages"],
    ["cohere", "/v2/rerank", "/v2/chat"],
    ["gemini", "/v1beta/models/gemini-3:generateContent", "/v1beta/models/gpt-4o:generateContent"],
  ])("is one in the form of %s too", async (form, address, path) => {
    expect(await asked("mine", host + address, { custom_provider_config: { base_provider_type: form } })).toBe(
      host + path,
    )
  })

  test.each(["http://embeddings", "http://rerank/", "http://v1", "http://openai"])(
    "is none where only the host is called like one: %s",
    async (address) => {
      expect(await asked("mine", address)).toBe(`${address.replace(/\/$/, "")}/v1/chat/completions`)
      expect(
        resolveProviders({}, { GROQ_BASE_URL: address }).providers.find(({ name }) => name === "groq")?.baseUrl,
      ).toBe(`${address.replace(/\/$/, "")}/openai/v1`)
    },
  )

  test("keeps its query, which every request is sent with", async () => {
    const address = `${host}/models/chat/completions?api-version=2024-05-01-preview`
    expect(await asked("mine", address)).toBe(address)
    const { providers } = resolveProviders({ mine: { network_config: { base_url: address } } }, {})
    expect(providers.at(-1)?.endpoints["embedding"]?.path).toBe("/embeddings?api-version=2024-05-01-preview")
  })

  test("may hold another address in its query", async () => {
    expect(await asked("mine", `${host}/v1?to=https://a.example/v1`)).toBe(
      `${host}/v1/chat/completions?to=https://a.example/v1`,
    )
  })

  test("of Azure's dated API is that of its deployment, with its version", async () => {
    const address = `${host}/openai/deployments/prod-4o/chat/completions?api-version=2025-01-01-preview`
    expect(await asked("azure", address)).toBe(address)
  })

  test.each(["/openai/v1/responses", "/openai/responses?api-version=2025-04-01-preview"])(
    "of Azure's responses says where chat is: %s",
    async (address) => {
      const [path, query] = address.split("?")
      const chat = query === undefined ? "/openai/v1" : "/openai/deployments/gpt-4o"
      expect(path).toContain("responses")
      expect(await asked("azure", host + address)).toBe(`${host}${chat}/chat/completions${query ? `?${query}` : ""}`)
    },
  )

  test("with a query serves what can send it, and says what cannot", () => {
    const config = { voyage: { keys: [{ value: "k" }], network_config: { base_url: `${host}/v1?a=b` } } }
    const { providers, warnings } = resolveProviders(config, {})
    const { endpoints = {} } = providers.find(({ name }) => name === "voyage") ?? {}
    expect(Object.keys(endpoints)).toEqual(["embedding"])
    expect(endpoints["embedding"]?.path).toEndWith("?a=b")
    expect(warnings.map(({ path, says }) => `${path} ${says}`)).toEqual([
      "providers.voyage has no rerank: the query of its address is not sent in that form; write the address without",
    ])
  })

  test("with a query is off in a form that cannot send it", () => {
    const { warnings } = resolveProviders({ anthropic: { network_config: { base_url: `${host}/v1?a=b` } } }, {})
    expect(warnings.map(({ path, says }) => `${path} ${says}`)).toEqual([
      "providers.anthropic is off: its address has a query, which is not sent in this form; write it without",
    ])
  })
})

describe("a path of request_path_overrides", () => {
  const overridden = (path: string): ProviderConfig => ({
    custom_provider_config: { request_path_overrides: { chat_completion: path } },
  })

  test.each([
    ["mine", "/v1?tenant=1", "/my/chat", "/v1/my/chat?tenant=1"],
    ["mine", "?a=b?c", "my/chat?d=1", "/my/chat?d=1&a=b?c"],
    ["azure", "/?api-version=2024-10-21", "/openai/chat", "/openai/chat?api-version=2024-10-21"],
    ["azure", "", "/my/chat", "/my/chat"],
  ])("of %s at an address that ends with %p is sent with its query: %p", async (name, end, path, url) => {
    expect(await asked(name, host + end, overridden(path))).toBe(host + url)
  })

  test("lies below the address of each key that has its own", async () => {
    const servers = ["http://10.0.0.1:8000", "http://10.0.0.2:8000/"]
    const vllm = servers.map((url, at) => ({ value: `k${at}`, vllm_key_config: { url } }))
    expect(await askedByKeys("vllm", { ...overridden("/my/chat"), keys: vllm })).toEqual([
      "http://10.0.0.1:8000/my/chat",
      "http://10.0.0.2:8000/my/chat",
    ])
    const azure = servers.map((endpoint, at) => ({ value: `k${at}`, azure_key_config: { endpoint } }))
    expect(await askedByKeys("azure", { ...overridden("/my/chat"), keys: azure })).toEqual([
      "http://10.0.0.1:8000/my/chat",
      "http://10.0.0.2:8000/my/chat",
    ])
  })

  test("that a form cannot follow turns off what would be translated into it too", () => {
    const custom_provider_config = { ...overridden("/x").custom_provider_config, base_provider_type: "anthropic" }
    const { providers } = resolveProviders({ mine: { custom_provider_config, network_config: { base_url: host } } }, {})
    expect(providers.at(-1)?.endpoints).toEqual({})
  })
})

describe("the address of one key", () => {
  test("is not that of another, which goes to the usual one", async () => {
    const keys = [{ value: "a", vllm_key_config: { url: "http://10.0.0.1:8000" } }, { value: "b" }]
    expect(await askedByKeys("vllm", { keys })).toEqual([
      "http://10.0.0.1:8000/v1/chat/completions",
      "http://127.0.0.1:8000/v1/chat/completions",
    ])
    const mine = resolveProviders({ mine: { keys } }, {})
    expect(mine.providers.at(-1)?.keys.map(({ value }) => value)).toEqual(["a"])
    expect(mine.warnings).toMatchObject([{ path: "providers.mine.keys.1" }])
  })

  test("counts for nobody while the key is disabled", () => {
    const old = { enabled: false, azure_key_config: { endpoint: "https://old.openai.azure.com" } }
    const { providers, warnings } = resolveProviders({ azure: { keys: [old, { value: "b" }] } }, {})
    expect(providers.map(({ name }) => name)).not.toContain("azure")
    expect(warnings[0]?.says).toStartWith("is off: its address is missing")
  })
})

describe("a query of Azure's address", () => {
  test("is sent whole: beside the version, and without one", async () => {
    const apim = `${host}/apim?subscription-key=a%2Bb`
    expect(await asked("azure", apim)).toBe(`${host}/apim/openai/v1/chat/completions?subscription-key=a%2Bb`)
    expect(await asked("azure", `${apim}&api-version=2024-10-21`)).toBe(
      `${host}/apim/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21&subscription-key=a%2Bb`,
    )
  })

  test("says the version before the environment does", async () => {
    const config = { azure: { network_config: { base_url: `${host}?api-version=2025-04-01-preview` } } }
    const env = { AZURE_API_KEY: "k", OPENAI_API_VERSION: "2024-10-21" }
    const azure = resolveProviders(config, env).providers.find(({ name }) => name === "azure")
    expect(azure?.endpoints["embedding"]?.path).toEndWith("?api-version=2025-04-01-preview")
  })
})

describe("an address in a form of a provider's own", () => {
  test.each([
    ["gemini", "/v1", "/v1beta"],
    ["cohere", "/v1", "/v2"],
    ["elevenlabs", "/v1", ""],
    ["anthropic", "/v2", "/v2"],
    ["luma", "/v1", "/v1"],
  ])("of %s that ends with %s is %s", (name, end, root) => {
    const { providers } = resolveProviders({ [name]: { network_config: { base_url: host + end } } }, {})
    expect(providers.find((one) => one.name === name)?.baseUrl).toBe(host + root)
  })
})

describe("models.dev's providers in OpenAI's form", () => {
  /** Placeholders for what is the customer's own. */
  const filled = (api: string) =>
    api.replace(/^\$\{NEON_AI_GATEWAY_BASE_URL\}/, "https://me.example.com").replace(/\$\{[A-Z_]+\}/g, "me")
  /** The rows at an address. Theirs may say more than it must. */
  const rowsAt = (bare: string) =>
    Object.entries(rows).filter(([, { baseUrl }]) => baseUrl === bare || baseUrl === `${bare}/v1`)

  test("are many", () => expect(Object.keys(apis).length).toBeGreaterThan(100))

  test.each(Object.entries(apis))("%s is reached by a row or by base_url %s", async (_, api) => {
    const bare = filled(api).replace(/\/+$/, "")
    const chat = bare.endsWith("/chat/completions") ? bare : `${bare}/chat/completions`
    const found = rowsAt(bare)
    if (found.length === 0) expect(await asked("mine", filled(api))).toBe(chat)
    for (const [name, { baseUrl }] of found) {
      expect(await askedByKeys(name, { keys: [{ value: "k" }] })).toEqual([
        expect.stringMatching(RegExp(`^${baseUrl}/`)),
      ])
    }
  })
})
