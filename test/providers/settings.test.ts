import { describe, expect, test } from "bun:test"
import type { Env, ProviderConfig } from "../../src/config.ts"
import { resolveProviders } from "../../src/providers/settings.ts"
import { keyFor, type ProviderSettings, rows } from "../../src/providers/table.ts"

const base_url = "http://127.0.0.1:8000"

function settingsOf(name: string, config: ProviderConfig | undefined, env: Env = {}): ProviderSettings {
  const { providers, ignored, problems } = resolveProviders(config ? { [name]: config } : {}, env)
  expect({ ignored, problems }).toEqual({ ignored: [], problems: [] })
  const found = providers.filter((provider) => provider.name === name)
  if (!found[0] || found.length > 1) throw new Error(`${found.length} providers of the name ${name}`)
  return found[0]
}

describe("without any configuration", () => {
  test("every built-in provider is there, as its row says", () => {
    const { providers, ignored, problems } = resolveProviders({}, {})
    expect(providers.map(({ name }) => name)).toEqual(Object.keys(rows))
    expect({ ignored, problems }).toEqual({ ignored: [], problems: [] })
    for (const { name, baseUrl, paths, adapter, needsKey, keys } of providers) {
      const { keyVariable, ...row } = rows[name] as (typeof rows)[string]
      expect({ baseUrl, paths, adapter }).toEqual(row)
      expect({ needsKey, keys }).toEqual({ needsKey: keyVariable !== null, keys: [] })
    }
  })

  test("the usual limits hold", () => {
    expect(settingsOf("openai", undefined)).toMatchObject({
      headers: {},
      timeoutMs: 600_000,
      maxRetries: 3,
      backoffInitialMs: 500,
      backoffMaxMs: 30_000,
      concurrency: 100,
    })
  })
})

test("what is configured holds, in milliseconds where it was given in seconds", () => {
  const network_config = {
    base_url,
    default_request_timeout_in_seconds: 5,
    max_retries: 0,
    retry_backoff_initial: 0,
    retry_backoff_max: 7,
    extra_headers: { "x-team": "search" },
  }
  const config = { network_config, concurrency_and_buffer_size: { concurrency: 2 } }
  for (const name of ["openai", "my-server"]) {
    expect(settingsOf(name, config)).toMatchObject({
      timeoutMs: 5000,
      maxRetries: 0,
      backoffInitialMs: 0,
      backoffMaxMs: 7,
      headers: { "x-team": "search" },
      concurrency: 2,
    })
  }
})

test.each([
  ["http://127.0.0.1:8000", "http://127.0.0.1:8000/v1"],
  ["http://127.0.0.1:8000/", "http://127.0.0.1:8000/v1"],
  ["http://127.0.0.1:8000//", "http://127.0.0.1:8000/v1"],
  ["http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"],
  ["http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/v1"],
  ["https://host/openai", "https://host/openai/v1"],
  ["https://host/openai/v1/", "https://host/openai/v1"],
  ["https://host/v1/team", "https://host/v1/team/v1"],
])("base_url %s means %s", (given, baseUrl) => {
  for (const name of ["openai", "my-server"]) {
    expect(settingsOf(name, { network_config: { base_url: given } }).baseUrl).toBe(baseUrl)
  }
})

describe("keys", () => {
  const env = { OPENAI_API_KEY: "sk-env" }

  test("come from the provider's usual variable when config.json has none", () => {
    const fromEnv = [{ id: "env", name: "env", value: "sk-env", models: ["*"], source: "OPENAI_API_KEY" }]
    for (const config of [undefined, {}, { keys: [] }]) expect(settingsOf("openai", config, env).keys).toEqual(fromEnv)
  })

  test("of config.json win over the variable", () => {
    const { keys } = settingsOf("openai", { keys: [{ value: "sk-1" }] }, env)
    expect(keys).toEqual([{ id: "key-1", name: "key-1", value: "sk-1", models: ["*"], source: "config.json" }])
  })

  test("are named by their name, their id, or their place", () => {
    const { keys } = settingsOf("openai", {
      keys: [
        { name: "main", id: "a", value: "1" },
        { id: "b", value: "2" },
        { value: "3", models: [] },
      ],
    })
    expect(keys.map(({ name, models }) => [name, models])).toEqual([
      ["main", ["*"]],
      ["b", ["*"]],
      ["key-3", ["*"]],
    ])
  })

  test("are not looked for where a provider wants none, and an empty variable is none", () => {
    expect(settingsOf("ollama", undefined, { OLLAMA_API_KEY: "x" }).keys).toEqual([])
    expect(settingsOf("openai", undefined, { OPENAI_API_KEY: "" }).keys).toEqual([])
  })

  test("serve the models they name, the first that fits first", () => {
    const provider = settingsOf("openai", {
      keys: [
        { value: "1", models: ["a"] },
        { value: "2", models: ["a", "b"] },
      ],
    })
    expect(["a", "b", "c"].map((model) => keyFor(provider, model)?.value)).toEqual(["1", "2", undefined])
  })
})

describe("a provider that is not built in", () => {
  test("is served at its base_url as an OpenAI-shaped one, and needs no key", () => {
    for (const config of [{}, { custom_provider_config: { base_provider_type: "openai" } as const }]) {
      expect(settingsOf("my-server", { ...config, network_config: { base_url } })).toMatchObject({
        adapter: "raw",
        baseUrl: `${base_url}/v1`,
        paths: { chat_completion: "/chat/completions" },
        needsKey: false,
        keys: [],
      })
    }
  })

  test("may have any name, even one that every object has a member of", () => {
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
      const configured: Record<string, ProviderConfig> = JSON.parse(
        `{"${name}":{"network_config":{"base_url":"${base_url}"}}}`,
      )
      const provider = resolveProviders(configured, {}).providers.at(-1)
      expect(provider).toMatchObject({ name, adapter: "raw", paths: { chat_completion: "/chat/completions" } })
    }
  })

  test.each(["opena", "olama", "vlm", "sgll", "lm-studio"])(
    "but has nearly the name of one (%s) is a problem",
    (name) => {
      const { problems, ignored } = resolveProviders({ [name]: {} }, {})
      expect(ignored).toEqual([])
      expect(problems).toMatchObject([{ path: `providers.${name}` }])
      expect(problems[0]?.fix).toMatch(/^"(openai|ollama|vllm|sgl|lmstudio)" if you meant that one, or a base_url$/)
    },
  )

  test.each(["anthropic", "bedrock", "gemini", "cohere"])("and not near one either (%s) is ignored by name", (name) => {
    const { providers, problems, ignored } = resolveProviders({ [name]: {} }, {})
    expect({ problems, ignored }).toEqual({ problems: [], ignored: [`providers.${name}`] })
    expect(providers.map((provider) => provider.name)).not.toContain(name)
  })

  test("and says that it is a custom one without saying where it is, is a problem", () => {
    const { problems } = resolveProviders(
      { "my-server": { custom_provider_config: { base_provider_type: "openai" } } },
      {},
    )
    expect(problems.map(({ path }) => path)).toEqual(["providers.my-server"])
  })

  test("and has a slash in its name is a problem: no model could name it", () => {
    const { problems, providers } = resolveProviders({ "my/server": { network_config: { base_url } } }, {})
    expect(problems).toMatchObject([{ path: "providers.my/server", found: "a name with a slash" }])
    expect(providers.map(({ name }) => name)).not.toContain("my/server")
  })
})

test("every problem is reported at once", () => {
  const { problems } = resolveProviders({ opena: {}, "a/b": {}, vlm: {}, other: {} }, {})
  expect(problems.map(({ path }) => path)).toEqual(["providers.opena", "providers.a/b", "providers.vlm"])
})
