import { describe, expect, test } from "bun:test"
import type { ProviderConfig } from "../../src/config/schema.ts"
import type { Env } from "../../src/config/variables.ts"
import { ANY_KEY, keysFor } from "../../src/providers/keys.ts"
import { rows } from "../../src/providers/rows.ts"
import { resolveProviders } from "../../src/providers/settings.ts"
import type { ProviderSettings } from "../../src/providers/table.ts"

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
    const known = Object.entries(rows).filter(([name, { baseUrl }]) => baseUrl !== "" || name === "mock")
    expect(providers.map(({ name }) => name)).toEqual(known.map(([name]) => name))
    expect({ ignored, problems }).toEqual({ ignored: [], problems: [] })
    for (const { name, baseUrl, ways, pricedAs, prices, needsKey, keys } of providers) {
      const row = rows[name] as (typeof rows)[string]
      expect({ baseUrl, pricedAs }).toEqual({ baseUrl: row.baseUrl, pricedAs: row.pricedAs })
      expect(ways).toMatchObject(row.ways)
      const isKeyNeeded = row.keyVariable !== null && !row.isKeyOptional
      expect({ needsKey, keys, prices }).toEqual({ needsKey: isKeyNeeded, keys: [], prices: {} })
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
  const prices = { "*": { per_call: 0.01 } }
  const config = { network_config, concurrency_and_buffer_size: { concurrency: 2 }, prices }
  for (const name of ["openai", "my-server"]) {
    expect(settingsOf(name, config)).toMatchObject({
      timeoutMs: 5000,
      maxRetries: 0,
      backoffInitialMs: 0,
      backoffMaxMs: 7,
      headers: { "x-team": "search" },
      concurrency: 2,
      prices,
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
    const fromEnv = [
      {
        id: "env",
        name: "env",
        value: "sk-env",
        models: ["*"],
        weight: 1,
        concurrency: null,
        source: "OPENAI_API_KEY",
      },
    ]
    for (const config of [undefined, {}, { keys: [] }]) expect(settingsOf("openai", config, env).keys).toEqual(fromEnv)
  })

  test("of config.json win over the variable", () => {
    const { keys } = settingsOf("openai", { keys: [{ value: "sk-1", weight: 0, concurrency: 4 }, { value: "2" }] }, env)
    const shared = { models: ["*"], source: "config.json" }
    expect(keys).toEqual([
      { id: "key-1", name: "key-1", value: "sk-1", weight: 0, concurrency: 4, ...shared },
      { id: "key-2", name: "key-2", value: "2", weight: 1, concurrency: null, ...shared },
    ])
  })

  test("are named by their name, their id, or their place", () => {
    const { keys } = settingsOf("openai", {
      keys: [
        { name: "main", id: "a", value: "1" },
        { id: "b", value: "2" },
        { value: "3", models: [] },
        { name: "second", value: "4" },
        { id: "", name: "", value: "5" },
      ],
    })
    expect(keys.map(({ id, name, models }) => [id, name, models])).toEqual([
      ["a", "main", ["*"]],
      ["b", "b", ["*"]],
      ["key-3", "key-3", ["*"]],
      ["second", "second", ["*"]],
      ["key-5", "key-5", ["*"]],
    ])
  })

  test.each([
    ["one id", { id: "a", name: "x" }, { id: "a", name: "y" }],
    ["one name", { id: "a", name: "x" }, { id: "b", name: "x" }],
    ["the id that the other one's name stands for", { name: "x" }, { id: "x", name: "y" }],
    ["the name that another has by its place", { name: "key-3" }, {}],
  ])("of a provider with %s are a problem that names both places and shows neither", (_, one, other) => {
    for (const name of ["openai", "my-server"]) {
      const keys = [
        { ...one, value: "1" },
        { id: "c", value: "2" },
        { ...other, value: "3" },
      ]
      expect(resolveProviders({ [name]: { keys, network_config: { base_url } } }, {}).problems).toEqual([
        {
          path: `providers.${name}.keys.2`,
          found: `the same id or name as providers.${name}.keys.0 (not shown)`,
          fix: "an id and a name for each key that no other has",
        },
      ])
    }
  })

  test("of two providers may have the same names", () => {
    const keys = [{ name: "main", value: "1" }]
    const { problems } = resolveProviders({ openai: { keys }, vllm: { keys } }, {})
    expect(problems).toEqual([])
  })

  test("are not looked for where a provider wants none, and an empty variable is none", () => {
    expect(settingsOf("ollama", undefined, { OLLAMA_API_KEY: "x" }).keys).toEqual([])
    expect(settingsOf("openai", undefined, { OPENAI_API_KEY: "" }).keys).toEqual([])
  })

  test("serve the models they name", () => {
    const provider = settingsOf("openai", {
      keys: [
        { value: "1", models: ["a"] },
        { value: "2", models: ["a", "b"] },
      ],
    })
    const served = ["a", "b", "c"].map((model) => keysFor(provider, model, ANY_KEY).map(({ value }) => value))
    expect(served).toEqual([["1", "2"], ["2"], []])
  })
})

describe("a provider whose address only the operator knows", () => {
  test("is there once its address is, with the root that its paths stand below", () => {
    expect(resolveProviders({}, {}).providers.map(({ name }) => name)).not.toContain("azure")
    for (const address of ["https://me.openai.azure.com", "https://me.openai.azure.com/openai/v1/"]) {
      expect(settingsOf("azure", { network_config: { base_url: address }, keys: [{ value: "k" }] })).toMatchObject({
        baseUrl: "https://me.openai.azure.com/openai/v1",
        authorization: { header: "api-key", prefix: "" },
      })
    }
  })

  test("and is configured without one is a problem", () => {
    expect(resolveProviders({ azure: {} }, {}).problems).toMatchObject([
      { path: "providers.azure.network_config.base_url", found: "nothing" },
    ])
  })
})

describe("what a provider does not serve itself", () => {
  test("is translated into what it does", () => {
    const ways = settingsOf("groq", undefined).ways
    expect(ways["text_completion"]).toMatchObject({ path: "/chat/completions", via: "chat" })
    expect(ways["responses"]?.via).toBeUndefined()
    expect(settingsOf("perplexity", undefined).ways).toMatchObject({
      responses: { path: "/responses" },
      chat_completion: { path: "/responses", via: "perplexity" },
    })
    expect(Object.keys(settingsOf("jina", undefined).ways)).toEqual(["embedding", "rerank"])
  })
})

describe("a provider that is not built in", () => {
  test("is served at its base_url as an OpenAI-shaped one, and needs no key", () => {
    for (const config of [{}, { custom_provider_config: { base_provider_type: "openai" } as const }]) {
      expect(settingsOf("my-server", { ...config, network_config: { base_url } })).toMatchObject({
        baseUrl: `${base_url}/v1`,
        ways: { chat_completion: { adapter: "raw", path: "/chat/completions" }, ocr: { adapter: "raw", path: "/ocr" } },
        needsKey: false,
        keys: [],
        // Only the operator knows what it costs.
        pricedAs: null,
      })
    }
  })

  test("may have any name, even one that every object has a member of", () => {
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
      const configured: Record<string, ProviderConfig> = JSON.parse(
        `{"${name}":{"network_config":{"base_url":"${base_url}"}}}`,
      )
      const provider = resolveProviders(configured, {}).providers.at(-1)
      expect(provider).toMatchObject({
        name,
        ways: { chat_completion: { adapter: "raw", path: "/chat/completions" } },
      })
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

  test("speaks the form of a built-in one where it says so, with that one's authorisation, at its own address", () => {
    const custom = (base_provider_type: string) =>
      settingsOf("mine", { custom_provider_config: { base_provider_type }, network_config: { base_url } })
    expect(custom("anthropic")).toMatchObject({
      baseUrl: `${base_url}/v1`,
      authorization: { header: "x-api-key", prefix: "" },
      ways: { chat_completion: { adapter: "anthropic" }, responses: { adapter: "anthropic", via: "chat" } },
      needsKey: false,
      pricedAs: null,
    })
    expect(custom("cohere")).toMatchObject({
      baseUrl: `${base_url}/v2`,
      ways: { rerank: { adapter: "cohere-rerank" } },
    })
  })

  test("and names a form that is none is a problem, with the nearest one", () => {
    const config = { custom_provider_config: { base_provider_type: "antropic" }, network_config: { base_url } }
    expect(resolveProviders({ mine: config }, {}).problems).toEqual([
      {
        path: "providers.mine.custom_provider_config.base_provider_type",
        found: '"antropic"',
        fix: 'the name of a built-in provider, as "anthropic"',
      },
    ])
  })

  test.each(["typesafe", "github-copilot", "runware-images"])(
    "and not near one either (%s) is ignored by name",
    (name) => {
      const { providers, problems, ignored } = resolveProviders({ [name]: {} }, {})
      expect({ problems, ignored }).toEqual({ problems: [], ignored: [`providers.${name}`] })
      expect(providers.map((provider) => provider.name)).not.toContain(name)
    },
  )

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
