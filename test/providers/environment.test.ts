// What the variables of the official SDKs mean here: a key goes to the address beside it, or nowhere.
import { describe, expect, test } from "bun:test"
import type { ProviderConfig } from "../../src/config/schema.ts"
import type { Env } from "../../src/config/variables.ts"
import { listReasons, whyUnknown } from "../../src/providers/advice.ts"
import { explainMissingKey } from "../../src/providers/keys.ts"
import { rows } from "../../src/providers/registry.ts"
import { resolveProviders } from "../../src/providers/settings.ts"
import { sentChat } from "./sentchat.ts"

const listening = { host: "127.0.0.1", port: 8080 }
const proxy = "https://proxy.example.com"

function resolve(env: Env, configured: Record<string, ProviderConfig> = {}, at = listening) {
  const { providers, warnings, problems } = resolveProviders(configured, env, undefined, at)
  expect(problems).toEqual([])
  const known = new Map(providers.map((provider) => [provider.name, provider]))
  return {
    known,
    warnings,
    find: (name: string) => {
      const provider = known.get(name)
      if (!provider) throw new Error(`no ${name}`)
      return provider
    },
    why: (name: string) => whyUnknown(name, known, listReasons(warnings)),
  }
}

describe("an address in the environment", () => {
  test.each([
    // As each SDK completes it.
    ["openai", "OPENAI_BASE_URL", proxy, `${proxy}/chat/completions`],
    ["openai", "OPENAI_BASE_URL", `${proxy}/llm/`, `${proxy}/llm/chat/completions`],
    ["openai", "OPENAI_API_BASE", `${proxy}/v1`, `${proxy}/v1/chat/completions`],
    ["anthropic", "ANTHROPIC_BASE_URL", proxy, `${proxy}/v1/messages`],
    ["anthropic", "ANTHROPIC_BASE_URL", `${proxy}/v1`, `${proxy}/v1/messages`],
    ["groq", "GROQ_BASE_URL", proxy, `${proxy}/openai/v1/chat/completions`],
    ["together", "TOGETHER_BASE_URL", `${proxy}/v1`, `${proxy}/v1/chat/completions`],
    ["cerebras", "CEREBRAS_BASE_URL", proxy, `${proxy}/v1/chat/completions`],
    ["perplexity", "PERPLEXITY_BASE_URL", proxy, `${proxy}/v1/responses`],
    ["zai", "ZAI_BASE_URL", `${proxy}/api/coding/paas/v4`, `${proxy}/api/coding/paas/v4/chat/completions`],
    ["gemini", "GOOGLE_GEMINI_BASE_URL", proxy, `${proxy}/v1beta/models/m:generateContent`],
    ["gemini-openai", "GOOGLE_GEMINI_BASE_URL", proxy, `${proxy}/v1beta/openai/chat/completions`],
    ["cohere", "CO_API_URL", proxy, `${proxy}/v2/chat`],
    ["bedrock-openai", "AWS_BEDROCK_BASE_URL", `${proxy}/openai/v1`, `${proxy}/openai/v1/chat/completions`],
    [
      "databricks",
      "DATABRICKS_HOST",
      "me.cloud.databricks.com",
      "https://me.cloud.databricks.com/serving-endpoints/chat/completions",
    ],
    ["databricks", "DATABRICKS_HOST", `${proxy}/`, `${proxy}/serving-endpoints/chat/completions`],
  ])("of %s is obeyed: %s=%s", async (name, variable, address, url) => {
    const { keyVariable } = rows[name] ?? {}
    const { find } = resolve({ [variable]: ` ${address}\n`, [String(keyVariable)]: "the-key" })
    const sent = await sentChat(find(name), "m")
    expect(sent.url).toBe(url)
    expect(Object.values(sent.headers).join()).toContain("the-key")
  })

  test.each([
    ["replicate", "REPLICATE_BASE_URL", proxy, `${proxy}/v1`],
    ["runway", "RUNWAYML_BASE_URL", proxy, `${proxy}/v1`],
    ["luma", "LUMAAI_BASE_URL", `${proxy}/dream-machine/v1`, `${proxy}/dream-machine/v1`],
    ["assemblyai", "ASSEMBLYAI_BASE_URL", `${proxy}/v2`, `${proxy}/v2`],
    ["zhipuai", "ZHIPUAI_BASE_URL", `${proxy}/api/paas/v4`, `${proxy}/api/paas/v4`],
    ["cohere-openai", "CO_API_URL", proxy, `${proxy}/compatibility/v1`],
  ])("of %s is what its paths are appended to: %s=%s", (name, variable, address, baseUrl) => {
    expect(resolve({ [variable]: address }).find(name).baseUrl).toBe(baseUrl)
  })

  test("of Amazon's or Google's cloud is obeyed, with the region and the project of the environment", async () => {
    const amazon = { AWS_BEARER_TOKEN_BEDROCK: "k", AWS_REGION: "eu-west-1" }
    for (const variable of ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL"]) {
      const sent = await sentChat(resolve({ ...amazon, [variable]: proxy }).find("bedrock"), "amazon.nova")
      expect(sent.url).toBe(`${proxy}/model/amazon.nova/converse`)
    }
    const google = { GOOGLE_VERTEX_API_KEY: "ya29", GOOGLE_CLOUD_PROJECT: "p", GOOGLE_VERTEX_BASE_URL: `${proxy}/` }
    expect((await sentChat(resolve(google).find("vertex"), "gemini-3")).url).toBe(
      `${proxy}/v1beta1/projects/p/locations/global/publishers/google/models/gemini-3:generateContent`,
    )
  })

  test("is that of a custom provider in the same form, where that has none", async () => {
    const keys = [{ value: "k" }]
    const custom = { keys, custom_provider_config: { base_provider_type: "openai" } }
    const { find } = resolve({ OPENAI_BASE_URL: `${proxy}/v1` }, { mine: custom })
    expect((await sentChat(find("mine"), "m")).url).toBe(`${proxy}/v1/chat/completions`)
  })

  test("counts for the keys of config.json too, and base_url counts before it", async () => {
    const env = { OPENAI_BASE_URL: `${proxy}/v1` }
    const keys = [{ value: "k" }]
    expect((await sentChat(resolve(env, { openai: { keys } }).find("openai"), "m")).url).toStartWith(proxy)
    const network_config = { base_url: "https://other.example.com" }
    expect((await sentChat(resolve(env, { openai: { keys, network_config } }).find("openai"), "m")).url).toBe(
      "https://other.example.com/v1/chat/completions",
    )
  })

  test.each(["proxy.example.com/v1", "localhost:4000", "ftp://x", "https://", "http://x/#v1"])(
    "that is none (%s) turns the provider off: its key goes nowhere, and the submit says why",
    (address) => {
      const { known, warnings, why } = resolve({ OPENAI_BASE_URL: address, OPENAI_API_KEY: "sk-secret" })
      expect(known.has("openai")).toBe(false)
      expect(warnings).toMatchObject([{ path: "providers.openai", isOfEnvironment: true }])
      expect(why("openai")).toBe(
        "provider 'openai' is off: OPENAI_BASE_URL is set and is no address, so that no key is sent anywhere; write one like \"https://proxy.example.com/v1\", or unset it",
      )
    },
  )

  test("beside another host in config.json keeps its key and its headers away from that host, and says so", async () => {
    const network_config = { base_url: "https://other.example.com" }
    const beside = { OPENAI_API_KEY: "for-the-proxy", OPENAI_CUSTOM_HEADERS: "x-proxy-token: secret" }
    for (const address of [`${proxy}/v1`, "http://localhost:8080/v1", "localhost:4000"]) {
      const { find, warnings } = resolve({ ...beside, OPENAI_BASE_URL: address }, { openai: { network_config } })
      expect(find("openai")).toMatchObject({ keys: [], needsKey: true, headers: {} })
      expect(warnings.map(({ says }) => says)).toEqual([
        "has no key of the environment: OPENAI_BASE_URL names another host than other.example.com, so that OPENAI_API_KEY beside it is not sent there: unset OPENAI_BASE_URL where the gateway starts",
      ])
    }
    const same = resolve({ ...beside, OPENAI_BASE_URL: "https://other.example.com/v1" }, { openai: { network_config } })
    expect((await sentChat(same.find("openai"), "m")).headers).toMatchObject({
      authorization: "Bearer for-the-proxy",
      "x-proxy-token": "secret",
    })
  })

  test("keeps its key from the other providers that take the same one", () => {
    const env = { ZAI_BASE_URL: `${proxy}/v4`, ZAI_API_KEY: "for-the-proxy" }
    expect(resolve(env).find("zai")).toMatchObject({ baseUrl: `${proxy}/v4`, keys: [{ value: "for-the-proxy" }] })
    expect(resolve(env).find("zai-coding-plan")).toMatchObject({ keys: [], withheld: expect.any(String) })
    const usual = { ...env, ZAI_BASE_URL: "https://api.z.ai/api/paas/v4" }
    expect(resolve(usual).find("zai-coding-plan").keys).toMatchObject([{ value: "for-the-proxy" }])
  })

  test("that is only a part of one says nothing of a key beside it", () => {
    const network_config = { base_url: "https://gateway.example.com" }
    const env = { AZURE_RESOURCE_NAME: "me", AZURE_API_KEY: "k" }
    expect(resolve(env, { azure: { network_config } }).find("azure").keys).toMatchObject([{ value: "k" }])
  })

  test("that is empty is none", () => {
    expect(resolve({ OPENAI_BASE_URL: " ", OPENAI_API_KEY: "k" }).find("openai").baseUrl).toBe(
      "https://api.openai.com/v1",
    )
  })
})

describe("an address in the environment that is this gateway's own", () => {
  const env = { OPENAI_API_KEY: "sk-bf-mine", OPENAI_BASE_URL: "http://localhost:8080/v1" }

  test("is for its clients: the gateway neither calls itself nor sends their key to the provider, and says so", () => {
    const { find, warnings } = resolve(env)
    const openai = find("openai")
    expect(openai).toMatchObject({ baseUrl: "https://api.openai.com/v1", keys: [], needsKey: true })
    const says =
      "OPENAI_BASE_URL is the address of this gateway itself, so that OPENAI_API_KEY beside it is taken for a key of this gateway and not sent to the provider: unset OPENAI_BASE_URL where the gateway starts"
    expect(warnings).toEqual([
      { path: "providers.openai", says: `has no key of the environment: ${says}`, isOfEnvironment: true },
    ])
    expect(explainMissingKey(openai, { provider: "openai", model: "m", pinned: null }, "operator")).toBe(
      `no keys found for provider: openai and model: m: ${says}, or add a key to providers.openai.keys in config.json`,
    )
  })

  test("leaves the keys of config.json at the provider's address", async () => {
    const { find, warnings } = resolve(env, { openai: { keys: [{ value: "sk-real" }] } })
    expect(await sentChat(find("openai"), "m")).toMatchObject({
      url: "https://api.openai.com/v1/chat/completions",
      headers: { authorization: "Bearer sk-real" },
    })
    expect(warnings).toEqual([])
  })

  test("leaves the headers that its clients send to it at home", async () => {
    const headers = { OPENAI_CUSTOM_HEADERS: "x-bf-vk: sk-bf-mine\nauthorization: Bearer sk-bf-mine" }
    const { find } = resolve({ ...env, ...headers }, { openai: { keys: [{ value: "sk-real" }] } })
    const sent = await sentChat(find("openai"), "m")
    expect(JSON.stringify(sent.headers)).not.toContain("sk-bf-mine")
    expect(sent.headers).toMatchObject({ authorization: "Bearer sk-real" })
  })

  test.each([
    ["http://127.0.0.1:8080", listening],
    ["http://127.1.2.3:8080/v1", listening],
    ["http://[::1]:8080/v1", listening],
    ["http://0.0.0.0:8080/v1", listening],
    ["http://192.0.2.7:8080/v1", { host: "192.0.2.7", port: 8080 }],
    ["http://127.0.0.1:8080/v1", { host: "0.0.0.0", port: 8080 }],
    ["http://localhost", { host: "127.0.0.1", port: 80 }],
    ["https://localhost/v1", { host: "127.0.0.1", port: 443 }],
  ])("is known however it is written: %s", (address, at) => {
    expect(resolve({ ...env, OPENAI_BASE_URL: address }, {}, at).find("openai").keys).toEqual([])
  })

  test.each([
    ["http://127.0.0.1:8081/v1", listening],
    ["http://192.0.2.7:8080/v1", listening],
    ["http://192.0.2.7:8080/v1", { host: "0.0.0.0", port: 8080 }],
    ["http://127.0.0.1:8080/v1", { host: "192.0.2.7", port: 8080 }],
    ["http://127.0.0.1:8080/v1", { host: "127.0.0.1", port: 0 }],
  ])("is not taken for another's: %s", (address, at) => {
    expect(resolve({ ...env, OPENAI_BASE_URL: address }, {}, at).find("openai").keys).toMatchObject([
      { value: "sk-bf-mine" },
    ])
  })

  test("turns a provider off where only the operator knows the address, and one of config.json that is written so", () => {
    const { why } = resolve({ AZURE_OPENAI_ENDPOINT: "http://localhost:8080", AZURE_OPENAI_API_KEY: "k" })
    expect(why("azure")).toBe(
      "provider 'azure' is off: AZURE_OPENAI_ENDPOINT is the address of this gateway itself; unset it where the gateway starts",
    )
    const own = resolve({}, { mine: { network_config: { base_url: "http://localhost:8080/v1" } } })
    expect(own.why("mine")).toBe(
      "provider 'mine' is off: its address is that of this gateway itself; write that of the provider",
    )
  })
})

describe("a provider that is off is said to be", () => {
  test("by its own reason, whatever its name", () => {
    const { why } = resolve({}, { "my.llm": { off: "keys.0.value is env.X, but X is not set; set X" } })
    expect(why("my.llm")).toBe("provider 'my.llm' is off: keys.0.value is env.X, but X is not set; set X")
  })

  test("by the limit that turned it off, and not for want of an address", () => {
    const limit = { provider: "openai", path: "governance.rate_limits.0" }
    const { providers, warnings } = resolveProviders({}, {}, { models: [], providers: [limit], keys: [] }, listening)
    const known = new Map(providers.map((provider) => [provider.name, provider]))
    expect(whyUnknown("openai", known, listReasons(warnings))).toBe(
      "provider 'openai' is off: governance.rate_limits.0 limits a provider, and limits of this kind are not enforced here: openai is off; remove the limit to use it",
    )
  })
})

describe("a key in the environment", () => {
  test.each([
    ["cohere", ["CO_API_KEY", "COHERE_API_KEY"]],
    ["zai", ["ZAI_API_KEY", "ZHIPU_API_KEY"]],
    ["zhipuai", ["ZHIPUAI_API_KEY", "ZHIPU_API_KEY"]],
    ["gemini", ["GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"]],
    ["gemini-openai", ["GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"]],
    ["alibaba", ["DASHSCOPE_API_KEY", "ALIBABA_API_KEY"]],
    ["huggingface", ["HF_TOKEN", "HUGGINGFACE_API_KEY"]],
    ["luma", ["LUMAAI_API_KEY", "LUMA_API_KEY"]],
    ["scaleway", ["SCW_SECRET_KEY", "SCALEWAY_API_KEY"]],
    ["together", ["TOGETHER_API_KEY", "TOGETHER_AI_API_KEY"]],
  ])("of %s is looked for in the order of its SDK, and its source is the variable that gave it", (name, variables) => {
    const env = Object.fromEntries(variables.map((variable) => [variable, `key of ${variable}`.replaceAll(" ", "-")]))
    for (const variable of variables) {
      expect(resolve(env).find(name).keys).toMatchObject([{ value: `key-of-${variable}`, source: variable }])
      delete env[variable]
    }
    expect(resolve(env).find(name).keys).toEqual([])
  })

  test("may be two variables, of which one alone is none", () => {
    const pair = { FAL_KEY_ID: "id", FAL_KEY_SECRET: "secret" }
    expect(resolve(pair).find("fal").keys).toMatchObject([{ value: "id:secret", source: "FAL_KEY_ID" }])
    expect(resolve({ FAL_KEY_ID: "id" }).find("fal").keys).toEqual([])
    expect(resolve({ ...pair, FAL_KEY: "whole" }).find("fal").keys).toMatchObject([{ value: "whole" }])
  })

  test("of Amazon's may have a session, and a Bedrock API key goes before it", () => {
    const pair = { AWS_ACCESS_KEY_ID: "ID", AWS_SECRET_ACCESS_KEY: "secret" }
    const keysOf = (env: Env) => resolve(env).find("bedrock").keys
    expect(keysOf(pair)).toMatchObject([{ value: "ID:secret", source: "AWS_ACCESS_KEY_ID" }])
    expect(keysOf({ ...pair, AWS_SESSION_TOKEN: "token" })).toMatchObject([{ value: "ID:secret:token" }])
    expect(keysOf({ ...pair, AWS_BEARER_TOKEN_BEDROCK: "bearer" })).toMatchObject([{ value: "bearer" }])
    expect(keysOf({ AWS_ACCESS_KEY_ID: "ID" })).toEqual([])
  })

  test("ANTHROPIC_AUTH_TOKEN is sent as a bearer, and only where there is no ANTHROPIC_API_KEY", async () => {
    const env = { ANTHROPIC_AUTH_TOKEN: "token", ANTHROPIC_BASE_URL: proxy }
    const { headers } = await sentChat(resolve(env).find("anthropic"), "claude-sonnet-4-5")
    expect(headers).toMatchObject({ authorization: "Bearer token" })
    expect(headers).not.toHaveProperty("x-api-key")
    const both = await sentChat(resolve({ ...env, ANTHROPIC_API_KEY: "key" }).find("anthropic"), "claude-sonnet-4-5")
    expect(both.headers).toMatchObject({ "x-api-key": "key" })
    expect(both.headers).not.toHaveProperty("authorization")
  })

  test("of Vertex AI's may be the JSON of a service account, with its spaces and line breaks", () => {
    const account = JSON.stringify({ type: "service_account", private_key: "-----BEGIN\n" }, null, 2)
    const [key] = resolve({ GOOGLE_VERTEX_API_KEY: `${account}\n` }).find("vertex").keys
    expect(Buffer.from(key?.value ?? "", "base64").toString()).toBe(account)
    const [written] = resolve({}, { vertex: { keys: [{ value: account }] } }).find("vertex").keys
    expect(Buffer.from(written?.value ?? "", "base64").toString()).toBe(account)
    const keys = [{ vertex_key_config: { project_id: "p" } }]
    expect(resolve({ GOOGLE_VERTEX_API_KEY: account }, { vertex: { keys } }).find("vertex").keys).toMatchObject([
      { value: Buffer.from(account).toString("base64") },
    ])
  })

  test("with spaces within is a problem for others", () => {
    const { problems } = resolveProviders({}, { OPENAI_API_KEY: "sk a" })
    expect(problems).toMatchObject([{ path: "OPENAI_API_KEY", found: "a key with spaces or line breaks (not shown)" }])
    const config = { openai: { keys: [{ value: '{ "type": "service_account" }' }] } }
    expect(resolveProviders(config, {}).problems).toMatchObject([{ path: "providers.openai.keys.0.value" }])
  })
})

test.each(Object.keys(rows).filter((name) => name !== "mock"))(
  "no key of the environment reaches a custom provider in the form of %s",
  async (name) => {
    const { keyVariable, keyVariables = [String(keyVariable)] } = rows[name] ?? {}
    const variables = keyVariables.flatMap((joined) => joined.replaceAll("?", "").split(":"))
    const env = Object.fromEntries(variables.map((variable) => [variable, "vendors-key"]))
    const custom_provider_config = { base_provider_type: name }
    const { find } = resolve(env, { mine: { network_config: { base_url: proxy }, custom_provider_config } })
    expect(find("mine").keys).toEqual([])
  },
)

test("a custom provider's key without a value, which has an account's settings, is the account of the environment", () => {
  const env = { AWS_ACCESS_KEY_ID: "ID", AWS_SECRET_ACCESS_KEY: "secret", GOOGLE_VERTEX_API_KEY: "ya29" }
  const custom = (base_provider_type: string, key: object) => ({
    keys: [key],
    custom_provider_config: { base_provider_type },
  })
  const { find } = resolve(env, {
    amazon: custom("bedrock", { bedrock_key_config: { region: "eu-west-1" } }),
    google: custom("vertex", { vertex_key_config: { project_id: "p" } }),
  })
  expect(find("amazon").keys).toMatchObject([{ value: "ID:secret" }])
  expect(find("google").keys).toMatchObject([{ value: "ya29" }])
})

test("OPENAI_ORG_ID and OPENAI_PROJECT_ID are headers of every call, unless the file says others, and of no custom provider", async () => {
  const env = { OPENAI_API_KEY: "k", OPENAI_ORG_ID: "org-1", OPENAI_PROJECT_ID: "proj-1" }
  const { headers } = await sentChat(resolve(env).find("openai"), "m")
  expect(headers).toMatchObject({ "openai-organization": "org-1", "openai-project": "proj-1" })
  const network_config = { extra_headers: { "openai-organization": "org-2" } }
  const said = await sentChat(resolve(env, { openai: { network_config } }).find("openai"), "m")
  expect(said.headers).toMatchObject({ "openai-organization": "org-2", "openai-project": "proj-1" })
  const mine = { network_config: { base_url: proxy }, custom_provider_config: { base_provider_type: "openai" } }
  expect((await sentChat(resolve(env, { mine }).find("mine"), "m")).headers).not.toHaveProperty("openai-organization")
})

test("…_CUSTOM_HEADERS holds headers of every call, one in a line", async () => {
  const lines = "X-Team: search\n no header\nx-url: https://a:1\nx-bad name: 1\nx-bad: \u00e9"
  const env = {
    OPENAI_API_KEY: "k",
    OPENAI_ORG_ID: "",
    OPENAI_CUSTOM_HEADERS: lines,
    ANTHROPIC_API_KEY: "k",
    ANTHROPIC_CUSTOM_HEADERS: "x-team: b",
  }
  const { find } = resolve(env)
  expect(find("openai").headers).toEqual({ "x-team": "search", "x-url": "https://a:1" })
  expect((await sentChat(find("anthropic"), "claude-sonnet-4-5")).headers).toMatchObject({ "x-team": "b" })
})

describe("Azure in the environment", () => {
  const key = { AZURE_OPENAI_API_KEY: "azure-key" }
  const endpoint = { AZURE_OPENAI_ENDPOINT: "https://me.openai.azure.com/" }
  const chatOf = async (env: Env) => {
    const { url, headers } = await sentChat(resolve(env).find("azure"), "gpt-4o")
    return { url, key: headers["api-key"] }
  }

  test.each([
    [{ ...key, ...endpoint }, "https://me.openai.azure.com/openai/v1/chat/completions"],
    [
      { AZURE_API_KEY: "azure-key", AZURE_RESOURCE_NAME: "me" },
      "https://me.openai.azure.com/openai/v1/chat/completions",
    ],
    [
      { ...key, ...endpoint, OPENAI_API_VERSION: "2024-10-21" },
      "https://me.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
    ],
    [
      { ...key, ...endpoint, AZURE_OPENAI_API_VERSION: "2025-04-01-preview" },
      "https://me.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2025-04-01-preview",
    ],
    [
      { ...key, ...endpoint, OPENAI_API_VERSION: "preview" },
      "https://me.openai.azure.com/openai/v1/chat/completions?api-version=preview",
    ],
  ])("is enough: %j", async (env, url) => {
    expect(await chatOf(env)).toEqual({ url, key: "azure-key" })
  })

  test("names a version for the keys of the file at its endpoint, not for those with an endpoint of their own", async () => {
    const env = { ...endpoint, OPENAI_API_VERSION: "2024-10-21" }
    const at = async (...configs: { endpoint?: string }[]) => {
      const keys = configs.map((azure_key_config) => ({ value: "k", azure_key_config }))
      return (await sentChat(resolve(env, { azure: { keys } }).find("azure"), "m")).url
    }
    expect(await at({})).toBe(
      "https://me.openai.azure.com/openai/deployments/m/chat/completions?api-version=2024-10-21",
    )
    const own = { endpoint: "https://you.openai.azure.com" }
    expect(await at(own, {})).toBe("https://you.openai.azure.com/openai/v1/chat/completions")
    expect(await at({}, own)).toStartWith("https://me.openai.azure.com/openai/deployments/m/chat/completions")
  })

  test.each([
    ["azure", "AZURE_API_KEY", "set AZURE_OPENAI_ENDPOINT or AZURE_RESOURCE_NAME, or write azure_key_config.endpoint"],
    ["azure", "AZURE_OPENAI_API_KEY", "set AZURE_OPENAI_ENDPOINT or AZURE_RESOURCE_NAME, or write"],
    ["databricks", "DATABRICKS_TOKEN", "set DATABRICKS_HOST, or write network_config.base_url"],
  ])(
    "of %s: a key without an address (%s) is said to have none, at the start and at the submit",
    (name, variable, how) => {
      const { warnings, why } = resolve({ [variable]: "k" })
      expect(warnings).toMatchObject([{ path: `providers.${name}`, isOfEnvironment: true }])
      expect(why(name)).toStartWith(`provider '${name}' is off: ${variable} is set, but its address is missing; ${how}`)
    },
  )

  test.each([
    { ...key, ...endpoint, OPENAI_API_VERSION: "newest" },
    { ...key, AZURE_RESOURCE_NAME: "my resource" },
  ])("that cannot be used turns it off, and says what to write: %j", (env) => {
    const { known, why } = resolve(env)
    expect(known.has("azure")).toBe(false)
    expect(why("azure")).toMatch(
      /is off: .*(api_version is none; write one like|AZURE_RESOURCE_NAME is set and is no address)/,
    )
  })
})

test.each(["vertex-openai", "bedrock-openai", "llamacpp"])(
  "%s without an address is said to have none, and no other provider is named",
  (name) => {
    // The key is Bedrock's own, which has an address.
    const { why, warnings } = resolve({ AWS_BEARER_TOKEN_BEDROCK: "k" })
    expect(why(name)).toContain("its address is missing")
    expect(why(name)).not.toContain("did you mean")
    expect(warnings).toEqual([])
  },
)

test("what the rows say of variables is whole", () => {
  for (const [name, row] of Object.entries(rows)) {
    const { keyVariable, keyVariables, bearerVariable, addressVariables = [] } = row
    if (keyVariables) expect(keyVariables).toContain(String(keyVariable))
    if (bearerVariable) expect(keyVariables).toContain(bearerVariable)
    for (const { name: variable, root, form } of addressVariables) {
      expect(variable).toMatch(/^[A-Z][A-Z0-9_]+(:[A-Z][A-Z0-9_]+)?$/)
      expect(root).toMatch(/^(\/[\w/-]+)?$/)
      if (form !== undefined) expect(form).toMatch(/^https:\/\/\S*\{value\}\S*$/)
    }
    // One without an address of its own says where it comes from, or is on the operator's network.
    expect(`${name} ${row.baseUrl !== "" || row.keyVariable === null || addressVariables.length > 0}`).toBe(
      `${name} true`,
    )
  }
})
