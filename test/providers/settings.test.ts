import { describe, expect, test } from "bun:test"
import type { Policy } from "../../src/config/policy.ts"
import type { ProviderConfig, ProviderKeyConfig } from "../../src/config/schema.ts"
import type { Env } from "../../src/config/variables.ts"
import { ANY_KEY, canCall, keysFor, pinnedTo, quotaKeys } from "../../src/providers/keys.ts"
import type { ProviderSettings } from "../../src/providers/provider.ts"
import { rows } from "../../src/providers/registry.ts"
import { resolveProviders } from "../../src/providers/settings.ts"

const base_url = "http://127.0.0.1:8000"

function settingsOf(name: string, config: ProviderConfig | undefined, env: Env = {}): ProviderSettings {
  const { providers, warnings, problems } = resolveProviders(config ? { [name]: config } : {}, env)
  expect({ warnings, problems }).toEqual({ warnings: [], problems: [] })
  const found = providers.filter((provider) => provider.name === name)
  if (!found[0] || found.length > 1) throw new Error(`${found.length} providers of the name ${name}`)
  return found[0]
}

describe("without any configuration", () => {
  test("every built-in provider is there, as its row says", () => {
    const { providers, warnings, problems } = resolveProviders({}, {})
    const known = Object.entries(rows).filter(([name, { baseUrl }]) => baseUrl !== "" || name === "mock")
    expect(providers.map(({ name }) => name)).toEqual(known.map(([name]) => name))
    expect({ warnings, problems }).toEqual({ warnings: [], problems: [] })
    for (const { name, baseUrl, endpoints, pricedAs, prices, needsKey, keys } of providers) {
      const row = rows[name] as (typeof rows)[string]
      expect({ baseUrl, pricedAs }).toEqual({ baseUrl: row.baseUrl, pricedAs: row.pricedAs })
      expect(endpoints).toMatchObject(row.endpoints)
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
        { value: "3" },
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
    const served = ["a", "b", "c"].map((model) => keysFor(provider, model, ANY_KEY, "").map(({ value }) => value))
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

  test.each([
    ["azure", "azure_key_config.endpoint"],
    ["databricks", "network_config.base_url"],
  ])("and is configured without one (%s) is off, and says where to write it", (name, where) => {
    const { providers, problems, warnings } = resolveProviders({ [name]: { keys: [{ value: "k" }] } }, {})
    expect(problems).toEqual([])
    expect(warnings.map(({ path }) => path)).toEqual([`providers.${name}`])
    expect(warnings[0]?.says).toContain(`write ${where}`)
    expect(providers.map((provider) => provider.name)).not.toContain(name)
  })
})

describe("what a provider does not serve itself", () => {
  test("is translated into what it does", () => {
    const endpoints = settingsOf("groq", undefined).endpoints
    expect(endpoints["text_completion"]).toMatchObject({ path: "/chat/completions", via: "chat" })
    expect(endpoints["responses"]?.via).toBeUndefined()
    expect(settingsOf("perplexity", undefined).endpoints).toMatchObject({
      responses: { path: "/responses" },
      chat_completion: { path: "/responses", via: "perplexity" },
    })
    expect(Object.keys(settingsOf("jina", undefined).endpoints)).toEqual(["embedding", "rerank"])
  })
})

describe("a provider that is not built in", () => {
  test("is served at its base_url as an OpenAI-shaped one, and needs no key", () => {
    for (const config of [{}, { custom_provider_config: { base_provider_type: "openai" } as const }]) {
      expect(settingsOf("my-server", { ...config, network_config: { base_url } })).toMatchObject({
        baseUrl: `${base_url}/v1`,
        endpoints: {
          chat_completion: { adapter: "raw", path: "/chat/completions" },
          ocr: { adapter: "raw", path: "/ocr" },
        },
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
        endpoints: { chat_completion: { adapter: "raw", path: "/chat/completions" } },
      })
    }
  })

  test.each(["opena", "olama", "vlm", "sgll", "lm-studio"])(
    "but has nearly the name of one (%s) is a problem",
    (name) => {
      const { problems, warnings } = resolveProviders({ [name]: {} }, {})
      expect(warnings).toEqual([])
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
      endpoints: { chat_completion: { adapter: "anthropic" }, responses: { adapter: "anthropic", via: "chat" } },
      needsKey: false,
      pricedAs: null,
    })
    expect(custom("cohere")).toMatchObject({
      baseUrl: `${base_url}/v2`,
      endpoints: { rerank: { adapter: "cohere-rerank" } },
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
    "and not near one either, or one of Bifrost's (%s), is off, and says what would turn it on",
    (name) => {
      const { providers, problems, warnings } = resolveProviders({ [name]: { keys: [{ value: "k" }] } }, {})
      expect(problems).toEqual([])
      expect(warnings.map(({ path }) => path)).toEqual([`providers.${name}`])
      expect(warnings[0]?.says).toMatch(/^is off: it is not built in.*write network_config\.base_url/)
      expect(providers.map((provider) => provider.name)).not.toContain(name)
    },
  )

  test("and speaks a form that is not served here is off", () => {
    const config = { custom_provider_config: { base_provider_type: "typesafe" }, network_config: { base_url } }
    const { problems, warnings } = resolveProviders({ mine: config }, {})
    expect(problems).toEqual([])
    expect(warnings).toEqual([
      {
        path: "providers.mine",
        says: 'is off: "typesafe" is not built in; write the name of a built-in provider as base_provider_type, as "openai"',
      },
    ])
  })

  test("and speaks a built-in one's form without saying where it is, is where that one is", () => {
    const custom = (base_provider_type: string) =>
      settingsOf("mine", { custom_provider_config: { base_provider_type } })
    expect(custom("openai").baseUrl).toBe("https://api.openai.com/v1")
    expect(custom("anthropic").baseUrl).toBe("https://api.anthropic.com/v1")
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

/** What one configured provider becomes, and what is said of it. */
function read(name: string, config: ProviderConfig, env: Env = {}, policy?: Policy) {
  const { providers, warnings, problems } = resolveProviders({ [name]: config }, env, policy)
  return {
    provider: providers.find((provider) => provider.name === name),
    says: warnings.map(({ path, says }) => `${path} ${says}`),
    problems,
  }
}

describe("a key that is off", () => {
  const off = "value is env.X, but X is not set; set X"

  test("is not used, and says why", () => {
    const { provider, says } = read("openai", { keys: [{ off }, { value: "k" }, { value: "k", enabled: false }] })
    expect(provider?.keys.map(({ id }) => id)).toEqual(["key-2"])
    expect(says).toEqual([`providers.openai.keys.0 is off: ${off}`])
  })

  test.each([
    ["openai", { OPENAI_API_KEY: "k" }],
    ["bedrock", { AWS_ACCESS_KEY_ID: "AKIA1234", AWS_SECRET_ACCESS_KEY: "s", AWS_REGION: "us-east-1" }],
    ["mine", {}],
  ])("and the only one of %s leaves no call that goes out without it", (name, env) => {
    for (const key of [{ off }, { value: "k", enabled: false }, { value: "k", models: [] }]) {
      const { provider } = read(name, { keys: [key], network_config: { base_url } }, env)
      expect(provider).toMatchObject({ needsKey: true, keys: [] })
      expect(provider && canCall(provider, "m", ANY_KEY, "")).toBe(false)
    }
  })

  test("may be one whose list of models is empty, or that has no value", () => {
    expect(read("openai", { keys: [{ value: "k", models: [] }] }).says[0]).toMatch(
      /^providers\.openai\.keys\.0 is off: .*empty list/,
    )
    expect(read("openai", { keys: [{ value: "" }] }).says[0]).toMatch(
      /^providers\.openai\.keys\.0 is off: its value is empty; write/,
    )
    expect(read("openai", { keys: [{ name: "a" }] }).problems).toMatchObject([
      { path: "providers.openai.keys.0.value" },
    ])
  })

  test("keeps its place: the others are named by theirs", () => {
    const { problems } = read("openai", { keys: [{ off, name: "a" }, { value: "k" }, { value: "k", name: "a" }] })
    expect(problems.map(({ path }) => path)).toEqual(["providers.openai.keys.2"])
  })

  test("is the whole provider where what all of its calls need is not there", () => {
    const { provider, says } = read("openai", {
      off: "network_config.extra_headers.a is env.X, but X is not set",
      keys: [{ value: "k" }],
    })
    expect(provider).toBeUndefined()
    expect(says).toEqual(["providers.openai is off: network_config.extra_headers.a is env.X, but X is not set"])
  })
})

describe("a key of Azure's", () => {
  const endpoint = "https://me.openai.azure.com"
  const keyOf = (
    azure_key_config: ProviderKeyConfig["azure_key_config"],
    over: ProviderKeyConfig = { value: "k" },
    env: Env = {},
  ) => {
    const { provider, says } = read("azure", { keys: [{ azure_key_config, ...over } as ProviderKeyConfig] }, env)
    return { key: provider?.keys[0], provider, says }
  }

  test.each([endpoint, `${endpoint}/`, `${endpoint}/openai`, `${endpoint}/openai/v1/`])(
    "goes to its endpoint, however it is written: %s",
    (given) => {
      const { key, provider } = keyOf({ endpoint: given })
      expect(key?.placement).toMatchObject({
        baseUrl: `${endpoint}/openai/v1`,
        paths: { chat_completion: "/chat/completions" },
      })
      expect(provider?.baseUrl).toBe(`${endpoint}/openai/v1`)
    },
  )

  test("with a dated api_version asks deployments in its paths, else below /openai/v1", () => {
    const { key } = keyOf({ endpoint, api_version: "2024-10-21" })
    expect(key?.placement?.baseUrl).toBe(`${endpoint}/openai`)
    expect(key?.placement?.paths).toMatchObject({
      chat_completion: "/deployments/{model}/chat/completions?api-version=2024-10-21",
      embedding: "/deployments/{model}/embeddings?api-version=2024-10-21",
      responses: "/responses?api-version=2024-10-21",
    })
    for (const api_version of ["", "v1", "latest"])
      expect(keyOf({ endpoint, api_version }).key?.placement?.paths).toMatchObject({ responses: "/responses" })
    expect(keyOf({ endpoint, api_version: "preview" }).key?.placement?.paths).toMatchObject({
      responses: "/responses?api-version=preview",
    })
    expect(keyOf({ endpoint, api_version: "newest" }).says[0]).toContain("keys.0 is off: its api_version is none")
  })

  test("without an address, or with one that is none, is off", () => {
    const keys = [
      { value: "k", azure_key_config: {} },
      { value: "k", azure_key_config: { endpoint } },
      { value: "k", azure_key_config: { endpoint: "me" } },
    ]
    const { provider, says } = read("azure", { keys })
    expect(provider?.keys.map(({ id }) => id)).toEqual(["key-2"])
    expect(says).toHaveLength(2)
    expect(says[0]).toMatch(/keys\.0 is off: it has no address; write azure_key_config\.endpoint/)
    expect(says[1]).toMatch(/keys\.2 is off: its endpoint is no address/)
  })

  const scope = "https://cognitiveservices.azure.com/.default"
  const authority = "https://login.microsoftonline.com"
  const client = { client_id: "c", client_secret: "s", tenant_id: "t" }
  const client_env = { AZURE_CLIENT_ID: "c", AZURE_TENANT_ID: "t" }

  test("is an identity's where it has one, before its value", () => {
    const { key } = keyOf({ endpoint, ...client, scopes: ["a", "b"] })
    expect(key).toMatchObject({
      value: "",
      entra: { kind: "secret", tenantId: "t", clientId: "c", clientSecret: "s", scope: "a b", authority },
    })
    expect(keyOf({ endpoint, ...client, tenant_id: "" }).says[0]).toContain(
      "all of client_id, client_secret and tenant_id",
    )
    expect(keyOf({ endpoint, ...client, tenant_id: "t/../x" }).says[0]).toContain("tenant_id")
  })

  test("without a value is the environment's identity, and at last the machine's own", () => {
    const of = (env: Env) => keyOf({ endpoint }, { value: "" }, env).key?.entra
    expect(of({ ...client_env, AZURE_CLIENT_SECRET: "s" })).toMatchObject({ kind: "secret", clientSecret: "s", scope })
    expect(of({ ...client_env, AZURE_FEDERATED_TOKEN_FILE: "/t" })).toMatchObject({
      kind: "federated",
      tokenFile: "/t",
    })
    expect(of({ AZURE_CLIENT_ID: "c" })).toMatchObject({
      kind: "managed",
      clientId: "c",
      authority: "http://169.254.169.254",
    })
    expect(of({ IDENTITY_ENDPOINT: "http://x/token", IDENTITY_HEADER: "h" })).toMatchObject({
      kind: "managed",
      authority: "http://x/token",
      platformSecret: "h",
    })
    expect(
      of({ ...client_env, AZURE_CLIENT_SECRET: "s", AZURE_AUTHORITY_HOST: "https://login.partner.example/" }),
    ).toMatchObject({ authority: "https://login.partner.example" })
    expect(keyOf({ endpoint }, { value: "k" }, { ...client_env, AZURE_CLIENT_SECRET: "s" }).key?.entra).toBeUndefined()
  })

  test("never sends a secret to an authority in the clear", () => {
    expect(keyOf({ endpoint, ...client }, {}, { AZURE_AUTHORITY_HOST: "http://login.example" }).says[0]).toContain(
      "is off: AZURE_AUTHORITY_HOST",
    )
    expect(
      keyOf({ endpoint, ...client }, {}, { AZURE_AUTHORITY_HOST: "http://127.0.0.1.evil.example" }).says[0],
    ).toContain("is off")
  })

  test("knows models by its deployments and aliases, which may have an address of their own", () => {
    const aliases = {
      fast: { model_id: "dep-2", model_name: "gpt-4o-mini" },
      far: { model_id: "dep-3", endpoint: "https://far.openai.azure.com", api_version: "2024-10-21" },
    }
    const { key } = keyOf({ endpoint, deployments: { "gpt-4o": "dep-1" } }, { value: "k", aliases })
    expect(key?.aliases).toMatchObject({
      "gpt-4o": { model: "dep-1", canonical: null, placement: null },
      fast: { model: "dep-2", canonical: "gpt-4o-mini", placement: null },
      far: { model: "dep-3", placement: { baseUrl: "https://far.openai.azure.com/openai" } },
    })
  })
})

describe("a key of Vertex AI's", () => {
  const of = (key: ProviderKeyConfig, env: Env = {}) => read("vertex", { keys: [key] }, env)

  test("is a service account's, as a key that has no spaces, with its project and region", () => {
    const account = JSON.stringify({ type: "service_account", private_key: "-----BEGIN PRIVATE KEY-----\n" }, null, 2)
    const { provider } = of({ vertex_key_config: { project_id: "p", region: "us-east1", auth_credentials: account } })
    expect(Buffer.from(provider?.keys[0]?.value ?? "", "base64").toString()).toBe(account)
    expect(provider?.keys[0]?.placement).toEqual({ options: { project: "p", location: "us-east1" } })
    expect(provider?.options).toMatchObject({ project: "p", location: "us-east1" })
  })

  test("without credentials is what the environment and the machine give", () => {
    const config = { value: "", vertex_key_config: { project_id: "p", region: "us-east1" } }
    expect(of(config).provider?.keys).toMatchObject([{ value: "" }])
    expect(of(config, { GOOGLE_VERTEX_API_KEY: "AIza" }).provider?.keys).toMatchObject([{ value: "AIza" }])
    expect(of({ value: "AIza-own", vertex_key_config: {} }).provider?.keys).toMatchObject([{ value: "AIza-own" }])
  })
})

describe("a key of Amazon Bedrock's", () => {
  const of = (bedrock_key_config: ProviderKeyConfig["bedrock_key_config"], value?: string, env: Env = {}) =>
    read(
      "bedrock",
      { keys: [{ bedrock_key_config, ...(value === undefined ? {} : { value }) } as ProviderKeyConfig] },
      env,
    )

  test("is an access key, with or without a session, or a Bedrock API key", () => {
    const pair = { access_key: "AKIA1234", secret_key: "s", region: "us-west-2" }
    expect(of(pair, "").provider?.keys[0]?.value).toBe("AKIA1234:s")
    expect(of({ ...pair, session_token: "t" }).provider?.keys[0]?.value).toBe("AKIA1234:s:t")
    expect(of(pair, "ABSK").provider?.keys[0]?.value).toBe("ABSK")
    expect(of(pair).provider?.options["region"]).toBe("us-west-2")
    expect(of({ region: "x", access_key: "AKIA1234" }).says[0]).toContain("one of access_key and secret_key alone")
  })

  test("without any is what the environment and the machine give", () => {
    expect(of({ region: "x" }).provider?.keys).toMatchObject([{ value: "" }])
    const env = { AWS_ACCESS_KEY_ID: "AKIA1234", AWS_SECRET_ACCESS_KEY: "s", AWS_REGION: "eu-west-1" }
    expect(of({}, "", env).provider?.keys).toMatchObject([{ value: "AKIA1234:s" }])
    expect(of({}, "").says[0]).toContain("it has no region; write bedrock_key_config.region")
  })

  test("may assume a role, and name models by an inference profile", () => {
    const config = {
      region: "x",
      role_arn: "arn:aws:iam::1:role/r",
      external_id: "e",
      session_name: "n",
      arn: "arn:aws:bedrock:x:1:inference-profile",
      deployments: { claude: "us.anthropic.claude" },
    }
    expect(of(config).provider?.keys[0]).toMatchObject({
      placement: { options: { region: "x", roleArn: "arn:aws:iam::1:role/r", externalId: "e", sessionName: "n" } },
      aliases: { claude: { model: "arn:aws:bedrock:x:1:inference-profile/us.anthropic.claude" } },
    })
    expect(of(config).provider?.options).not.toHaveProperty("roleArn")
  })
})

describe("a key of a server of one's own", () => {
  test("says where its server is, and needs no value", () => {
    for (const [name, member] of [
      ["ollama", "ollama_key_config"],
      ["sgl", "sgl_key_config"],
      ["vllm", "vllm_key_config"],
    ] as const) {
      const { provider, says } = read(name, { keys: [{ value: "", [member]: { url: "http://10.0.0.5:9" } }] })
      expect(says).toEqual([])
      expect(provider).toMatchObject({
        baseUrl: "http://10.0.0.5:9/v1",
        keys: [{ value: "", placement: { baseUrl: "http://10.0.0.5:9/v1" } }],
      })
    }
    expect(read("ollama", { keys: [{ ollama_key_config: { url: "x" } }] }).says[0]).toContain("its url is no address")
  })

  test("of vLLM's serves the one model that it names, whatever callers call it", () => {
    const config = { url: "http://10.0.0.5:9", model_name: "meta/llama" }
    const { provider } = read("vllm", {
      keys: [
        { name: "a", vllm_key_config: config },
        { name: "b", models: ["llama"], vllm_key_config: config },
      ],
    })
    expect(provider?.keys).toMatchObject([
      { models: ["meta/llama"] },
      { models: ["llama"], aliases: { llama: { model: "meta/llama" } } },
    ])
  })

  test("for Replicate's deployments is off, and the form of another provider's is said not to be read", () => {
    expect(
      read("replicate", { keys: [{ value: "k", replicate_key_config: { use_deployments_endpoint: true } }] }).says[0],
    ).toContain("keys.0 is off: deployments")
    expect(
      read("replicate", { keys: [{ value: "k", replicate_key_config: { use_deployments_endpoint: false } }] }).says,
    ).toEqual([])
    expect(read("openai", { keys: [{ value: "k", azure_key_config: { endpoint: "https://x" } }] }).says).toEqual([
      "providers.openai.keys.0.azure_key_config is not read: it belongs to another provider",
    ])
  })
})

describe("a custom provider", () => {
  const custom = (custom_provider_config: ProviderConfig["custom_provider_config"], base = base_url) =>
    read("mine", { custom_provider_config, network_config: { base_url: base } } as ProviderConfig)

  test("has its request types at the paths that are written, below its base_url as it is written", () => {
    const request_path_overrides = {
      chat_completion: "/chat",
      embedding: "embed?v=2",
      rerank: "https://other/rank",
      speech: "",
      decisions: "/d",
    }
    const { provider, says } = custom({ request_path_overrides }, `${base_url}/api/v4/`)
    expect(says).toEqual([])
    const paths = Object.fromEntries(Object.entries(provider?.endpoints ?? {}).map(([type, { path }]) => [type, path]))
    expect(paths).toMatchObject({
      chat_completion: `${base_url}/api/v4/chat`,
      embedding: `${base_url}/api/v4/embed?v=2`,
      rerank: "https://other/rank",
      speech: "/audio/speech",
    })
  })

  test("turns off what it cannot ask at another path", () => {
    const { provider, says } = custom({
      base_provider_type: "anthropic",
      request_path_overrides: { chat_completion: "/x" },
    })
    expect(provider?.endpoints["chat_completion"]).toBeUndefined()
    expect(says[0]).toContain("providers.mine.custom_provider_config.request_path_overrides.chat_completion is ignored")
  })

  test("turns off what its form does not have, and does not translate it instead", () => {
    const { provider, says } = custom({
      base_provider_type: "deepinfra",
      request_path_overrides: { responses: "/r", rerank: "/k", chat_completion: "/c" },
    })
    expect(provider?.endpoints).not.toHaveProperty("responses")
    expect(provider?.endpoints["chat_completion"]?.path).toBe(`${base_url}/c`)
    expect(says.map((line) => line.split(":")[0])).toEqual([
      "providers.mine.custom_provider_config.request_path_overrides.responses is ignored",
      "providers.mine.custom_provider_config.request_path_overrides.rerank is ignored",
    ])
  })

  test("serves only the request types that are allowed", () => {
    const { provider, says } = custom({
      base_provider_type: "openai",
      allowed_requests: { responses: true, responses_stream: true, embedding: false, video: true },
    })
    expect(Object.keys(provider?.endpoints ?? {})).toEqual(["responses"])
    expect(says).toEqual(["providers.mine.custom_provider_config.allowed_requests.video is not served here"])
    expect(Object.keys(custom({ allowed_requests: {} }).provider?.endpoints ?? {})).toEqual([])
  })
})

describe("the file's limits", () => {
  const keys = [
    { id: "a", value: "1" },
    { id: "b", name: "second", value: "2" },
  ]
  const none = { models: [], providers: [], keys: [] }

  test("on a model turn it off, for every key and for no key", () => {
    const models = [{ provider: "openai", model: "gpt-4o", path: "governance.model_configs.0" }]
    const { provider, says } = read(
      "openai",
      { keys: [{ value: "k", aliases: { fast: { model_id: "gpt-4o" } } }] },
      {},
      { ...none, models },
    )
    const can = (model: string) => provider && canCall(provider, model, ANY_KEY, "")
    expect(["gpt-4o", "GPT-4o", "fast", "gpt-4o-mini"].map(can)).toEqual([false, false, false, true])
    expect(says[0]).toMatch(/^governance\.model_configs\.0 limits a model.*gpt-4o of openai is off/)
    const keyless = read(
      "ollama",
      {},
      {},
      { ...none, models: [{ provider: null, model: "llama3", path: "p" }] },
    ).provider
    expect(keyless && canCall(keyless, "llama3:latest", ANY_KEY, "")).toBe(false)
    expect(keyless && canCall(keyless, "qwen", ANY_KEY, "")).toBe(true)
  })

  test("on a provider turn it off", () => {
    const { provider, says } = read(
      "openai",
      { keys },
      {},
      { ...none, providers: [{ provider: "openai", path: "governance.providers.0" }] },
    )
    expect(provider).toBeUndefined()
    expect(says[0]).toMatch(/^governance\.providers\.0 limits a provider.*openai is off/)
  })

  test("leave a virtual key the keys that it is given, by id or name, whatever becomes of its job", () => {
    const { provider } = read(
      "openai",
      { keys },
      {},
      { ...none, keys: [{ owner: "vk:x", provider: "openai", keys: ["second"] }] },
    )
    const ids = (owner: string, choice = ANY_KEY) =>
      provider && keysFor(provider, "m", choice, owner).map(({ id }) => id)
    expect(ids("vk:x")).toEqual(["b"])
    expect(ids("vk:x", pinnedTo("a"))).toEqual([])
    expect(ids("vk:y")).toEqual(["a", "b"])
    expect(provider && quotaKeys(provider, { model: "m", keyChoice: pinnedTo("a"), owner: "vk:x" })).not.toContain("a")
  })
})

test.each([
  ["azure", "https://me.openai.azure.com", "https://me.openai.azure.com/openai/v1"],
  ["azure", "https://me.services.ai.azure.com/", "https://me.services.ai.azure.com/openai/v1"],
  ["azure-anthropic", "https://me.services.ai.azure.com", "https://me.services.ai.azure.com/anthropic/v1"],
])("%s at the resource %s is called below %s", (name, base_url, expected) => {
  const { providers } = resolveProviders({ [name]: { network_config: { base_url } } }, {})
  expect(providers.find((provider) => provider.name === name)?.baseUrl).toBe(expected)
})

test("Claude at Azure is not called with the key for Anthropic", () => {
  const file = { "azure-anthropic": { network_config: { base_url: "https://me.services.ai.azure.com" } } }
  const keysIn = (env: Record<string, string>) =>
    resolveProviders(file, env)
      .providers.find(({ name }) => name === "azure-anthropic")
      ?.keys.map(({ value }) => value)
  expect(keysIn({ ANTHROPIC_API_KEY: "a" })).toEqual([])
  expect(keysIn({ ANTHROPIC_API_KEY: "a", ANTHROPIC_FOUNDRY_API_KEY: "f" })).toEqual(["f"])
})
