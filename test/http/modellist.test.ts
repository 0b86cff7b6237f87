// GET /v1/models: which models are listed for whom, and what is said of them. Real servers on loopback, the package's real prices.
import { afterAll, afterEach, describe, expect, test } from "bun:test"
import { openAdmin } from "../../src/auth/admintoken.ts"
import { createKeyring } from "../../src/auth/virtualkeys.ts"
import { systemClock } from "../../src/clock.ts"
import type { ProviderConfig, VirtualKeyConfig } from "../../src/config/schema.ts"
import type { Env } from "../../src/config/variables.ts"
import { endpoints } from "../../src/endpoints/endpoints.ts"
import { GatewayError } from "../../src/errors.ts"
import { listModels } from "../../src/http/modellist.ts"
import { createServers } from "../../src/providers/local.ts"
import { resolveProviders } from "../../src/providers/settings.ts"
import { newDir, removeDir } from "../cleanup.ts"
import { type Handler, startUpstream, type Upstream } from "../upstream.ts"

const GRANTED = "sk-bf-granted-value"
const INACTIVE = "sk-bf-inactive-value"
const OWN = "sk-callers-own"

const dir = newDir()
const admin = openAdmin(dir)
const upstreams: Upstream[] = []
afterEach(async () => {
  for (const upstream of upstreams.splice(0)) await upstream.stop()
})
afterAll(() => removeDir(dir))

function start(handler: Handler): Upstream {
  const upstream = startUpstream(handler)
  upstreams.push(upstream)
  return upstream
}

interface Setup {
  config?: Record<string, ProviderConfig>
  env?: Env
  grants?: VirtualKeyConfig["provider_configs"]
  isAuthEnforced?: boolean
}

interface Entry {
  id: string
  object: string
  created: number
  owned_by: string
  provider: string
  request_types: string[]
  context_length: number | null
  pricing: Record<string, number> | null
}

/** The answer to whoever sends these headers. Of the providers those that are configured or have a key. */
function ask(
  { config = {}, env = {}, grants = [], isAuthEnforced = false }: Setup,
  { query = "", headers = {} }: { query?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  const { providers, problems } = resolveProviders(config, env)
  expect(problems).toEqual([])
  const virtualKeys = [
    { id: "granted", name: "granted", value: GRANTED, provider_configs: grants },
    { id: "inactive", name: "inactive", value: INACTIVE, is_active: false },
  ]
  const known = providers.filter(({ name, keys }) => keys.length > 0 || Object.hasOwn(config, name))
  return listModels(new Request(`http://localhost/v1/models${query}`, { headers }), {
    keyring: createKeyring(virtualKeys, dir, () => {}),
    isAuthEnforced,
    allowsCallerKeys: true,
    clock: systemClock,
    admin,
    whyOff: new Map(),
    providers: new Map(known.map((provider) => [provider.name, provider])),
    servers: createServers(fetch, systemClock),
  })
}

async function list(...asked: Parameters<typeof ask>): Promise<Entry[]> {
  return ((await (await ask(...asked)).json()) as { data: Entry[] }).data
}

const idsOf = (entries: Entry[]) => entries.map(({ id }) => id)
const ids = async (...asked: Parameters<typeof ask>) => idsOf(await list(...asked))

async function entry(id: string, setup: Setup): Promise<Entry> {
  const found = (await list(setup)).find((candidate) => candidate.id === id)
  if (!found) throw new Error(`no ${id}`)
  return found
}

async function refusal(asked: Promise<Response>): Promise<string> {
  return await asked.then(
    () => "none",
    (error) => (error instanceof GatewayError ? error.code : String(error)),
  )
}

const at = (url: string, over: ProviderConfig = {}): ProviderConfig => ({ network_config: { base_url: url }, ...over })
const FAR = "https://example.com"

describe("the list", () => {
  test("is OpenAI's, and each model has what is known of it besides", async () => {
    const response = await ask({ env: { OPENAI_API_KEY: "k" } }, { headers: { "x-request-id": "r-1" } })
    expect(response.status).toBe(200)
    expect(response.headers.get("content-type")).toStartWith("application/json")
    expect(response.headers.get("x-request-id")).toBe("r-1")
    const { object, data } = (await response.json()) as { object: string; data: Entry[] }
    expect(object).toBe("list")
    expect(data.find(({ id }) => id === "openai/gpt-4o")).toEqual({
      id: "openai/gpt-4o",
      object: "model",
      created: 0,
      owned_by: "openai",
      provider: "openai",
      request_types: ["text_completion", "chat_completion", "responses", "count_tokens"],
      context_length: 128_000,
      pricing: { input_per_million: 2.5, output_per_million: 10, cached_input_per_million: 1.25 },
    })
    expect(new Set(idsOf(data)).size).toBe(data.length)
  })

  test("has nothing of a provider that there is no key for", async () => {
    expect(await ids({ config: { openai: {}, anthropic: {} }, env: { OPENAI_API_KEY: "k" } })).toSatisfy((all) =>
      all.every((id) => id.startsWith("openai/")),
    )
    expect(
      await ids({ config: { openai: {}, vertex: {}, bedrock: {} }, env: { AWS_EC2_METADATA_DISABLED: "true" } }),
    ).toEqual([])
  })

  test("has the built-in provider's model, for every request type", async () => {
    const [mock, ...others] = await list({ config: { mock: {} } })
    expect([mock?.id, others]).toEqual(["mock/echo", []])
    expect(mock?.request_types).toEqual(endpoints.map(({ requestType }) => requestType))
  })

  test("has one entry for a provider of which no model is known", async () => {
    const [any, ...others] = await list({ env: { ELEVENLABS_API_KEY: "k" } })
    expect([any?.id, any?.request_types, others]).toEqual(["elevenlabs/*", ["speech", "transcription"], []])
  })

  test("has of one provider alone what is asked for, and of an unknown one a refusal", async () => {
    const env = { OPENAI_API_KEY: "k", ELEVENLABS_API_KEY: "k" }
    expect(await ids({ env }, { query: "?provider=elevenlabs" })).toEqual(["elevenlabs/*"])
    expect(await refusal(ask({ env }, { query: "?provider=elevenlab" }))).toBe("unknown_provider")
  })
})

describe("a key's list of models", () => {
  test("is what there is, also of names that nobody else knows", async () => {
    const keys = [{ value: "k", models: ["gpt-4o", "ft:mine"] }]
    const [known, own, ...others] = await list({ config: { openai: { keys } } })
    expect([known?.id, own?.id, others]).toEqual(["openai/gpt-4o", "openai/ft:mine", []])
    expect([known?.context_length, own?.context_length]).toEqual([128_000, null])
    expect(own?.pricing).toBeNull()
  })

  test("adds to those that another key is for", async () => {
    const keys = [
      { value: "k", models: ["ft:mine"] },
      { name: "b", value: "l" },
    ]
    expect(await ids({ config: { openai: { keys } } })).toEqual(
      expect.arrayContaining(["openai/ft:mine", "openai/gpt-4o"]),
    )
  })

  test("takes away what a server serves besides", async () => {
    const upstream = start(() => Response.json({ data: [{ id: "a" }, { id: "b" }] }))
    const config = { vllm: at(upstream.url, { keys: [{ value: "k", models: ["b", "c"] }] }) }
    expect(await ids({ config })).toEqual(["vllm/b"])
  })
})

describe("the operator's prices", () => {
  test("name models, and go before the published ones", async () => {
    const prices = { "gpt-4o": { input_per_million: 1 }, mine: { per_call: 0.5 } }
    const config = { openai: { keys: [{ value: "k" }], prices } }
    expect((await entry("openai/gpt-4o", { config })).pricing).toEqual({ input_per_million: 1 })
    expect((await entry("openai/mine", { config })).pricing).toEqual({ per_call: 0.5 })
  })

  test("for every model are those of each, and name none", async () => {
    const config = { mine: at(FAR, { keys: [{ value: "k" }], prices: { "*": { per_call: 0.5 } } }) }
    const [any, ...others] = await list({ config })
    expect([any?.id, any?.pricing, others]).toEqual(["mine/*", { per_call: 0.5 }, []])
  })
})

describe("the published list", () => {
  test("is not what an address of one's own has: there names are the operator's, and prices still known", async () => {
    const address = at("https://mine.openai.azure.com")
    expect(await ids({ config: { azure: { ...address, keys: [{ value: "k" }] } } })).toEqual(["azure/*"])
    const keys = [{ value: "k", models: ["gpt-4o"] }]
    expect(await list({ config: { azure: { ...address, keys } } })).toMatchObject([
      { id: "azure/gpt-4o", context_length: 128_000, pricing: { input_per_million: 2.5 } },
    ])
  })

  test("begins with no model that its maker has retired", async () => {
    const names = await ids({ env: { OPENAI_API_KEY: "k", ANTHROPIC_API_KEY: "k" } }, { query: "?provider=openai" })
    const isRetired = (name: string) => /^openai\/(ada|babbage|curie|davinci|gpt-3.5-0301|gpt-4-32k)$/.test(name)
    const first = names.findIndex(isRetired)
    expect(first).toBeGreaterThan(50)
    expect(names.slice(0, first).filter(isRetired)).toEqual([])
  })

  test("gives names that can be called: no labels, no prefixes, nothing that is called otherwise or not at all", async () => {
    const env = { OPENAI_API_KEY: "k", FIREWORKS_API_KEY: "k", GEMINI_API_KEY: "k", CEREBRAS_API_KEY: "k" }
    const all = await ids({ env: { ...env, PERPLEXITY_API_KEY: "k" } })
    expect(all.filter((id) => id.startsWith("perplexity/")).sort()).toEqual(
      ["sonar", "sonar-deep-research", "sonar-pro", "sonar-reasoning", "sonar-reasoning-pro"].map(
        (id) => `perplexity/${id}`,
      ),
    )
    expect(all.filter((id) => /:(free|extended)$|-$|realtime|moderation/.test(id))).toEqual([])
    expect(all.filter((id) => id.startsWith("fireworks/") && !id.startsWith("fireworks/accounts/"))).toEqual([])
    expect(all.filter((id) => /^gemini.*\/claude/.test(id))).toEqual([])
    expect(all).not.toContain("cerebras/llama3.1-8b")
  })

  test.each<[region: string, prefixes: string[]]>([
    ["eu-west-1", ["eu."]],
    ["us-east-1", ["us."]],
    ["ap-south-1", []],
  ])("has for %s the models of that group of regions", async (region, prefixes) => {
    const all = await ids({ config: { bedrock: { keys: [{ value: "k" }], options: { region } } } })
    expect(all).toContain("bedrock/amazon.nova-lite-v1:0")
    for (const prefix of ["regional.", "eu.", "us."]) {
      expect(all.some((id) => id.startsWith(`bedrock/${prefix}`))).toBe(prefixes.includes(prefix))
    }
  })

  test.each<[id: string, types: string[], pricing: Record<string, number>]>([
    ["openai/text-embedding-3-small", ["embedding"], { input_per_million: 0.02 }],
    ["openai/whisper-1", ["transcription"], { per_second: 0.0001 }],
    ["openai/gpt-4o-mini-tts", ["speech"], { input_per_million: 0.6, output_per_million: 12 }],
    ["openai/gpt-image-1", ["image_generation", "image_edit"], { input_per_million: 5, output_per_million: 40 }],
    ["mistral/mistral-ocr-2512", ["ocr"], { per_page: 0.002 }],
    ["voyage/voyage-3.5", ["embedding"], { input_per_million: 0.06 }],
    [
      "anthropic/claude-sonnet-4-5",
      ["text_completion", "chat_completion", "responses", "count_tokens"],
      { input_per_million: 3 },
    ],
  ])("says what %s is for and what it costs", async (id, types, pricing) => {
    const env = { OPENAI_API_KEY: "k", MISTRAL_API_KEY: "k", VOYAGE_API_KEY: "k", ANTHROPIC_API_KEY: "k" }
    const found = await entry(id, { env })
    expect(found.request_types).toEqual(types)
    expect(found.pricing).toMatchObject(pricing)
  })
})

describe("a server of one's own", () => {
  test("has the models that it says it has, with what it says of them", async () => {
    const upstream = start(() =>
      Response.json({ data: [{ id: "org/chat", created: 1_767_268_800, max_model_len: 4096 }, { id: "nomic-embed" }] }),
    )
    const [chat, embed, ...others] = await list({ config: { mine: at(upstream.url) } })
    expect(others).toEqual([])
    expect(chat).toMatchObject({ id: "mine/org/chat", created: 1_767_268_800, context_length: 4096, pricing: null })
    expect(chat?.request_types).toContain("chat_completion")
    expect(embed).toMatchObject({ id: "mine/nomic-embed", created: 0, request_types: ["embedding"] })
  })

  test("that does not answer has none; one that answers without a list may have any", async () => {
    const upstream = start(() => new Response("no", { status: 404 }))
    expect(await ids({ config: { mine: at(upstream.url) } })).toEqual(["mine/*"])
    await upstream.stop()
    expect(await ids({ config: { mine: at(upstream.url) } })).toEqual([])
  })
})

describe("a virtual key", () => {
  const headers = { "x-bf-vk": GRANTED }
  const env = { OPENAI_API_KEY: "k", ELEVENLABS_API_KEY: "k" }
  const all = async (grants: NonNullable<Setup["grants"]>) => ids({ env, grants }, { headers })

  test("sees the providers and models that it may use, and no others", async () => {
    expect(await all([])).toEqual(expect.arrayContaining(["openai/gpt-4o", "elevenlabs/*"]))
    expect(await all([{ provider: "elevenlabs" }])).toEqual(["elevenlabs/*"])
    expect(await all([{ provider: "groq" }])).toEqual([])
    const grants = [
      { provider: "openai", allowed_models: ["gpt-4o"] },
      { provider: "openai", allowed_models: ["ft:mine"] },
      { provider: "elevenlabs", allowed_models: ["eleven_v3"] },
    ]
    expect(await all(grants)).toEqual(["openai/gpt-4o", "openai/ft:mine", "elevenlabs/eleven_v3"])
  })

  test("sees of a server what is there and it may use, and a server that is not for it is not asked", async () => {
    const upstream = start(() => Response.json({ data: [{ id: "a" }, { id: "b" }] }))
    const config = { mine: at(upstream.url) }
    expect(await ids({ config, grants: [{ provider: "other" }] }, { headers })).toEqual([])
    expect(upstream.received).toEqual([])
    const grants = [{ provider: "mine", allowed_models: ["b", "c"] }]
    expect(await ids({ config, grants }, { headers })).toEqual(["mine/b"])
  })

  test("sees no model that no provider's key is for", async () => {
    const config = { openai: { keys: [{ value: "k", models: ["gpt-4o"] }] } }
    const grants = [{ provider: "openai", allowed_models: ["gpt-4o-mini", "gpt-4o"] }]
    expect(await ids({ config, grants }, { headers })).toEqual(["openai/gpt-4o"])
  })

  test("that is unknown or blocked is refused, and none where one is needed; the admin sees all", async () => {
    const setup = { env, isAuthEnforced: true }
    expect(await refusal(ask(setup))).toBe("virtual_key_required")
    expect(await refusal(ask(setup, { headers: { "x-bf-vk": "sk-bf-unknown" } }))).toBe("virtual_key_not_found")
    expect(await refusal(ask(setup, { headers: { "x-bf-vk": INACTIVE } }))).toBe("virtual_key_blocked")
    const authorization = `Bearer ${admin.newToken}`
    expect(await ids(setup, { headers: { authorization } })).toContain("openai/gpt-4o")
  })
})

describe("a caller's own provider key", () => {
  const headers = { authorization: `Bearer ${OWN}` }
  const setup = { config: { openai: {}, groq: {} } }

  test("counts for the provider that is asked for, because it says itself of no provider that it is its", async () => {
    expect(await ids(setup, { headers })).toEqual([])
    const listed = await ids(setup, { headers, query: "?provider=groq" })
    expect(listed).toContain("groq/whisper-large-v3")
    expect(listed.every((id) => id.startsWith("groq/"))).toBe(true)
    expect(await ids(setup, { query: "?provider=groq" })).toEqual([])
  })
})
