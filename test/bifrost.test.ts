// What the example files in Bifrost's repository say, in words of our own: each starts, and what is not served here is off with a sentence.
import { describe, expect, test } from "bun:test"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { readConfig } from "../src/config/load.ts"
import type { Env } from "../src/config/variables.ts"
import { describeAccess, isGuessed } from "../src/providers/local.ts"
import { resolveProviders } from "../src/providers/settings.ts"
import { tempDir } from "./cleanup.ts"

/** What the program makes of a file; throws where it does not start. */
function start(file: Record<string, unknown>, env: Env = {}) {
  const dir = tempDir()
  writeFileSync(join(dir, "config.json"), JSON.stringify({ $schema: "https://www.getbifrost.ai/schema", ...file }))
  const command = readConfig(["--app-dir", dir], env, resolveProviders)
  if (command.kind !== "serve") throw new Error(command.kind)
  const { providers, warnings, virtualKeys, ignored, client } = command.config
  return {
    /** Those of the file that can be called. */
    on: providers
      .filter((provider) => describeAccess(provider) !== null && !isGuessed(provider) && provider.name !== "mock")
      .map(({ name }) => name)
      .sort(),
    says: warnings.map(({ path, says }) => `${path} ${says}`),
    /** What of the file is off: the environment may have a key of a provider besides. */
    offs: warnings
      .filter(({ path, says }) => says.startsWith("is off") && isIn(file, path))
      .map(({ path }) => path)
      .sort(),
    virtualKeys: virtualKeys.map(({ id }) => id),
    providers,
    ignored,
    client,
  }
}

function isIn(file: Record<string, unknown>, path: string): boolean {
  const [member, name = ""] = path.split(".")
  return member !== "providers" || Object.hasOwn((file["providers"] as object | undefined) ?? {}, name)
}

const key = (over: Record<string, unknown> = {}) => ({ name: "k", weight: 1, models: ["*"], ...over })
const plain = (variable: string, over: Record<string, unknown> = {}) => ({
  keys: [key({ name: `${variable} key`, value: `env.${variable}`, use_for_batch_api: true, ...over })],
  network_config: { default_request_timeout_in_seconds: 300 },
})
const sqlite = (path: string) => ({ enabled: true, type: "sqlite", config: { path } })
const postgres = {
  enabled: true,
  type: "postgres",
  config: { host: "localhost", port: "5432", user: "u", password: "p", db_name: "d", ssl_mode: "disable" },
}
const stores = {
  config_store: sqlite("./config.db"),
  logs_store: { ...sqlite("./logs.db"), retention_days: 30, writer: { batch_interval: "1s" } },
}
const usualClient = {
  drop_excess_requests: false,
  initial_pool_size: 300,
  allowed_origins: ["*"],
  enable_logging: true,
  enforce_auth_on_inference: false,
  max_request_body_size_mb: 100,
  max_file_size_mb: 512,
}
const dummy = { providers: { openai: { keys: [key({ name: "openai-1", value: "sk-dummy" })] } } }
const weaviate = {
  enabled: true,
  type: "weaviate",
  config: { scheme: "http", host: "localhost:9000", grpc_config: { host: "localhost:50051" } },
}

const azure = {
  keys: [
    key({
      value: "env.AZURE_API_KEY",
      azure_key_config: {
        endpoint: "env.AZURE_ENDPOINT",
        api_version: "env.AZURE_API_VERSION",
        deployments: { "gpt-4o": "gpt-4o", whisper: "whisper" },
      },
    }),
  ],
}
const vertexKey = (over: Record<string, unknown> = {}) =>
  key({
    vertex_key_config: {
      project_id: "env.VERTEX_PROJECT_ID",
      region: "env.GOOGLE_LOCATION",
      auth_credentials: "env.VERTEX_CREDENTIALS",
    },
    ...over,
  })
const bedrockKey = (over: Record<string, unknown> = {}) =>
  key({
    bedrock_key_config: {
      access_key: "env.AWS_ACCESS_KEY_ID",
      secret_key: "env.AWS_SECRET_ACCESS_KEY",
      region: "env.AWS_REGION",
      ...over,
    },
  })
const mantle = {
  keys: [key({ bedrock_mantle_key_config: { access_key: "env.AWS_ACCESS_KEY_ID", region: "env.AWS_REGION" } })],
}

const env: Env = Object.fromEntries(
  [
    ..."OPENAI ANTHROPIC ELEVENLABS XAI HUGGING_FACE GEMINI MISTRAL COHERE PARASAIL GROQ PERPLEXITY CEREBRAS OPENROUTER AZURE".split(
      " ",
    ),
    ..."REPLICATE RUNWAY RUNWARE NEBIUS DEEPSEEK TYPESAFE".split(" "),
  ].map((name) => [`${name}_API_KEY`, `sk-${name}`]),
)
Object.assign(env, {
  AZURE_ENDPOINT: "https://me.openai.azure.com/",
  VERTEX_PROJECT_ID: "p",
  GOOGLE_LOCATION: "us-central1",
  VERTEX_CREDENTIALS: JSON.stringify({ type: "service_account", private_key: "-----BEGIN PRIVATE KEY-----\n" }),
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "s",
  AWS_REGION: "us-east-1",
})

/** Most providers there are, each by one key of its usual variable. */
const many = {
  ...Object.fromEntries(
    "openai elevenlabs xai anthropic gemini mistral cohere parasail groq perplexity cerebras openrouter replicate runway nebius deepseek"
      .split(" ")
      .map((name) => [name, plain(`${name.toUpperCase()}_API_KEY`)]),
  ),
  huggingface: plain("HUGGING_FACE_API_KEY"),
  vertex: {
    keys: [
      vertexKey({ name: "a", blacklisted_models: ["claude-sonnet-4-6"] }),
      vertexKey({ name: "b", models: ["claude-sonnet-4-6"] }),
    ],
  },
  azure,
  bedrock: { keys: [bedrockKey()] },
  bedrock_mantle: mantle,
  runware: plain("RUNWARE_API_KEY"),
}
const served =
  "anthropic azure bedrock cerebras cohere deepseek elevenlabs gemini groq huggingface mistral nebius openai openrouter parasail perplexity replicate runware runway vertex xai".split(
    " ",
  )
const grant = (provider: string) => ({ provider, allowed_models: ["*"], key_ids: ["*"], weight: 1 })
const testKey = {
  name: "Test Key",
  id: "vk-test",
  value: "sk-bf-test-key",
  is_active: true,
  provider_configs: Object.keys(many).map(grant),
}

/** By the name of the file or folder; several say the same in other words. */
const forms: [names: string, file: Record<string, unknown>, on: string[]][] = [
  [
    "e2e",
    {
      ...stores,
      mcp: { client_configs: [{ name: "m", connection_type: "sse" }] },
      providers: many,
      governance: { virtual_keys: [testKey] },
      server: { read_buffer_size: 65536 },
      client: usualClient,
      vector_store: weaviate,
    },
    served,
  ],
  [
    "tests/config.json",
    {
      config_store: postgres,
      logs_store: postgres,
      providers: {
        openai: plain("OPENAI_API_KEY"),
        azure,
        vertex: { keys: [vertexKey()] },
        bedrock: { keys: [bedrockKey()] },
      },
      governance: { virtual_keys: [testKey] },
      client: usualClient,
    },
    ["azure", "bedrock", "openai", "vertex"],
  ],
  [
    "encryptionmigration, withnginxreverseproxy",
    { encryption_key: "env.BIFROST_ENCRYPTION_KEY", config_store: { enabled: false }, ...dummy },
    ["openai"],
  ],
  ["noconfigstorenologstore", { config_store: { enabled: false }, logs_store: { enabled: false } }, []],
  [
    "withconfigstore, withdynamicplugin",
    { config_store: sqlite("c.db"), plugins: [{ enabled: true, name: "hello", path: "/x.so", version: 3 }] },
    [],
  ],
  [
    "withlogstore, withclickhouselogstore, withclickhouselogstorehttp, withconfigstorelogsstoresqlite, withconfigstorelogsstorepostgres, .github default",
    {
      config_store: postgres,
      logs_store: { enabled: true, type: "clickhouse", retention_days: 30, config: { host: "h", port: "8123" } },
      ...dummy,
    },
    ["openai"],
  ],
  [
    "withframework, withlocalpricingfiles",
    { version: 2, framework: { pricing: { pricing_url: "file://x", pricing_sync_interval: 86400 } }, ...dummy },
    ["openai"],
  ],
  [
    "withlargepayload, withwebsocket, withotel, withobservability, withprompushgateway's plugin",
    {
      ...stores,
      large_payload_optimization: { enabled: true },
      websocket: { pool: {} },
      plugins: [
        { enabled: true, name: "otel", config: { headers: { a: "env.HONEYCOMB" } } },
        { name: "telemetry", enabled: true },
      ],
      ...dummy,
    },
    ["openai"],
  ],
  [
    "withlocalcache, withlocalcachevalkey, withsemanticcache, withsemanticcachevalkey, withvectorstoreweaviate, tests/semanticcache",
    {
      client: { enable_local_cache: true },
      vector_store: weaviate,
      local_cache: { dimension: 1 },
      plugins: [{ enabled: true, name: "semantic_cache", config: { ttl: 300 } }],
    },
    [],
  ],
  [
    "withobjectstorage, withobjectstoragegcs, withobjectstorages3, log-upload-outbox",
    {
      logs_store: { ...sqlite("l.db"), object_storage: { bucket: "env.B", access_key_id: "env.X" } },
      providers: {
        openai: {
          keys: [key({ value: "k" })],
          network_config: { base_url: "http://provider:8080/v1", allow_private_network: true, max_retries: 0 },
        },
      },
    },
    ["openai"],
  ],
  [
    "withmcpbootstrapauth",
    {
      client: usualClient,
      mcp: { client_configs: [{ name: "d", auth_type: "oauth", oauth_config: { client_secret: "env.S" } }] },
    },
    [],
  ],
  [
    "withpricingoverridesnostore, withpricingoverridessqlite",
    {
      governance: { pricing_overrides: [{ id: "o", pattern: "gpt-4o", pricing_patch: "{}" }] },
      plugins: [{ name: "governance", enabled: true, config: { is_vk_mandatory: false } }],
      providers: { openai: { keys: [key({ id: "key-openai-1", value: "env.OPENAI_API_KEY" })] } },
    },
    ["openai"],
  ],
  [
    "withroutingrules",
    {
      config_store: sqlite("c.db"),
      governance: {
        routing_rules: [
          { id: "r", cel_expression: "true", targets: [{ provider: "azure", weight: 1 }], scope: "global" },
        ],
      },
    },
    [],
  ],
  [
    "withcompat",
    {
      client: {
        compat: { convert_text_to_chat: true },
        header_filter_config: { allowlist: ["x-bf-eh-user-id"], denylist: [] },
        required_headers: ["x-bf-user-id"],
        logging_headers: [],
      },
      ...dummy,
    },
    ["openai"],
  ],
  [
    "tests/governance",
    {
      auth_config: { is_enabled: false, admin_username: "a", admin_password: "b" },
      client: { ...usualClient, enforce_auth_on_inference: true },
      providers: { openai: plain("OPENAI_API_KEY") },
    },
    ["openai"],
  ],
  [
    "tests/live",
    {
      setup_token: "t",
      providers: {
        "openai-split": {
          keys: [key({ name: "a", value: "1", models: ["gpt-live-1"] }), key({ name: "b", value: "2" })],
          custom_provider_config: { base_provider_type: "openai" },
          network_config: { base_url: "http://127.0.0.1:9411" },
        },
        "openai-nolive": {
          keys: [key({ value: "3" })],
          custom_provider_config: {
            base_provider_type: "openai",
            allowed_requests: { chat_completion: true, chat_completion_stream: true },
          },
          network_config: { base_url: "http://127.0.0.1:9411" },
        },
      },
    },
    ["openai-nolive", "openai-split"],
  ],
  [
    "loadtest, tests/mocker",
    {
      ...stores,
      providers: Object.fromEntries(
        [...served, "ollama", "sgl", "vllm"].map((name) => [
          name,
          {
            keys: [
              {
                name: `${name}-key-1`,
                value: "sk-123",
                weight: 1,
                ...(name === "bedrock" ? { bedrock_key_config: { region: "us-east-1" } } : {}),
              },
            ],
            network_config: { base_url: "http://localhost:8000" },
          },
        ]),
      ),
    },
    [...served, "ollama", "sgl", "vllm"].sort(),
  ],
  [
    "anthropic-request-surface",
    {
      providers: {
        anthropic: {
          keys: [key({ value: "test-key", models: ["claude-sonnet-5"] })],
          network_config: {
            base_url: "http://127.0.0.1:8791",
            max_retries: 0,
            default_request_timeout_in_seconds: 10,
            stream_idle_timeout_in_seconds: 5,
          },
        },
      },
    },
    ["anthropic"],
  ],
  [
    "bifrost-http/test-config.json",
    {
      providers: {
        openai: {
          keys: [{ value: "test-key", models: ["gpt-3.5-turbo"], weight: 1.0 }],
          network_config: { default_request_timeout_in_seconds: 30, max_retries: 1 },
          concurrency_and_buffer_size: { concurrency: 1, buffer_size: 1 },
        },
      },
    },
    ["openai"],
  ],
]

describe("an example of Bifrost's", () => {
  test.each(forms)("(%s) starts with its variables set, and serves what it names", (_, file, on) => {
    const { on: found, offs } = start(file, env)
    // What the environment gives besides is none of the file's.
    const named = Object.keys((file["providers"] as object | undefined) ?? {})
    expect(found.filter((name) => named.includes(name))).toEqual(on)
    const elsewhere = named.filter((name) => !on.includes(name))
    expect(offs.map((path) => path.split(".")[1] ?? "")).toEqual(elsewhere.sort())
  })

  test.each(forms)("(%s) starts without any variable, and says of each key why it is off", (_, file) => {
    const { says, offs } = start(file, {})
    const unset =
      JSON.stringify((file["providers"] as object | undefined) ?? {}).match(/"env\.(?!AZURE_API_VERSION)\w+"/g) ?? []
    const keys = says.filter((text) => /\.keys\.\d+ is off: \S+ is env\.\w+, but \w+ is not set; set \w+/.test(text))
    expect(keys.length > 0).toBe(unset.length > 0)
    for (const path of offs) expect(path).toMatch(/^(providers\.\w+(\.keys\.\d+)?|governance\.virtual_keys\.\d+)$/)
  })

  test("(partial) whose Bedrock keys have no region says so, and the rest is on", () => {
    const bedrock = { keys: [key({ name: "a", value: "ak-123" }), key({ name: "b", value: "ak-456" })] }
    const { on, says } = start({ providers: { bedrock, anthropic: { keys: [key({ value: "sk-456" })] } } })
    expect(on).toEqual(["anthropic"])
    for (const at of [0, 1])
      expect(says[at]).toMatch(new RegExp(`^providers\\.bedrock\\.keys\\.${at} is off: it has no region; write`))
    expect(start({ providers: { bedrock: { ...bedrock, options: { region: "us-east-1" } } } }).on).toEqual(["bedrock"])
    expect(start({ providers: { bedrock } }, { AWS_REGION: "us-east-1" }).on).toContain("bedrock")
  })

  test("(v1compat) where an empty list allows all has its keys on, and its virtual keys off: they have no value", () => {
    const file = {
      version: 1,
      providers: { openai: { keys: [{ name: "main", value: "env.OPENAI_API_KEY", models: [], weight: 1 }] } },
      governance: {
        virtual_keys: [
          { id: "vk-full", name: "Full", provider_configs: [], mcp_configs: [] },
          { id: "vk-a", name: "A", provider_configs: [{ provider: "anthropic", allowed_models: [], key_ids: [] }] },
        ],
      },
    }
    const { on, offs, says, providers } = start(file, env)
    expect(on).toContain("openai")
    expect(providers.find(({ name }) => name === "openai")?.keys[0]?.models).toEqual(["*"])
    expect(offs).toEqual(["governance.virtual_keys.0", "governance.virtual_keys.1"])
    expect(says[0]).toContain("asyncgate vk create NAME")
    expect(start({ ...file, version: 2 }, env).offs).toContain("providers.openai.keys.0")
  })

  test("(withvirtualkeys) has its grants kept, and asks every caller for a key", () => {
    const config = (region: string) => ({
      api_version: "2025-03-01-preview",
      deployments: { "gpt-4o": "gpt-4o" },
      endpoint: `https://orca-${region}.openai.azure.com/`,
    })
    const file = {
      client: { allow_direct_keys: false, enforce_governance_header: true, enable_litellm_fallbacks: false },
      plugins: [{ config: { is_vk_mandatory: true }, enabled: true, name: "governance" }],
      providers: {
        azure: {
          keys: ["us", "eu"].map((region) =>
            key({
              id: `key-azure-${region}`,
              name: `azure-${region}`,
              value: `env.AZURE_${region.toUpperCase()}`,
              azure_key_config: config(region),
            }),
          ),
        },
      },
      governance: {
        auth_config: { is_enabled: false, disable_auth_on_inference: true },
        virtual_keys: ["us", "eu"].map((region) => ({
          id: `vk-${region}`,
          name: region,
          value: `env.VK_${region.toUpperCase()}`,
          provider_configs: [
            { provider: "azure", allowed_models: ["*"], key_ids: [`key-azure-${region}`], weight: 0.5 },
          ],
        })),
      },
    }
    const { on, client, virtualKeys, providers, offs } = start(file, {
      AZURE_US: "1",
      AZURE_EU: "2",
      VK_US: "sk-bf-us",
    })
    expect({ on, offs, virtualKeys }).toEqual({
      on: ["azure"],
      offs: ["governance.virtual_keys.1"],
      virtualKeys: ["vk-us"],
    })
    expect(client).toMatchObject({ enforce_auth_on_inference: true, allow_direct_keys: false })
    expect(providers.find(({ name }) => name === "azure")?.keys.map(({ closedTo }) => closedTo)).toEqual([
      undefined,
      ["vk:vk-us"],
    ])
  })

  test("(withteamscustomers) has off what its limits are on, rather than without them", () => {
    const governance = {
      customers: [{ id: "c", name: "Acme", budget_id: "b", rate_limit_id: "r" }],
      teams: [{ id: "t", name: "Eng", customer_id: "c", budget_id: "b" }],
      virtual_keys: [
        { id: "vk-eng", name: "Eng", value: "sk-bf-eng", is_active: true, team_id: "t", rate_limit_id: "r" },
      ],
      budgets: [{ id: "b", max_limit: 5000, reset_duration: "1M", calendar_aligned: true }],
      rate_limits: [{ id: "r", request_max_limit: 500, request_reset_duration: "1h" }],
      model_configs: [{ id: "m", model_name: "gpt-4o", provider: "openai", budget_id: "b" }],
    }
    const { on, says, virtualKeys, providers } = start({ ...dummy, governance })
    expect({ on, virtualKeys }).toEqual({ on: ["openai"], virtualKeys: [] })
    expect(says).toEqual([
      "governance.virtual_keys.0 is off: it is bound by rate_limit_id, team_id, which is not kept here; write requests_per_minute, max_concurrent_jobs or budgets.day and budgets.month on the virtual key",
      "governance.model_configs.0 limits a model, and limits of this kind are not enforced here: gpt-4o of openai is off; remove the limit to use it",
    ])
    expect(providers.find(({ name }) => name === "openai")?.blocked).toEqual(["gpt-4o"])
  })

  test("(withpostgresmcpclientsinconfig, withauth) whose virtual keys are unset lets nobody in", () => {
    const governance = {
      auth_config: { is_enabled: true, disable_auth_on_inference: false, admin_username: "env.A" },
      virtual_keys: [
        {
          id: "vk-a",
          name: "a",
          value: "env.VK_A",
          mcp_configs: [{ mcp_client_name: "m" }],
          provider_configs: [grant("openai")],
        },
      ],
    }
    const { client, virtualKeys, offs } = start({ ...dummy, governance })
    expect(client.enforce_auth_on_inference).toBe(true)
    expect({ virtualKeys, offs }).toEqual({ virtualKeys: [], offs: ["governance.virtual_keys.0"] })
  })

  test("(config.example.json) of its first days has the clouds off that it says in a form that is no more", () => {
    const meta = { endpoint: "env.AZURE_ENDPOINT", deployments: {}, api_version: "2024-08-01-preview" }
    const file = {
      providers: {
        openai: {
          keys: [{ value: "env.OPENAI_API_KEY", models: ["gpt-4o"], weight: 1 }],
          network_config: { extra_headers: { "X-Environment": "production" }, retry_backoff_initial_ms: 100 },
        },
        azure: { keys: [{ value: "env.AZURE_API_KEY", models: ["gpt-4o"], weight: 1 }], meta_config: meta },
        vertex: { keys: [], meta_config: { project_id: "env.VERTEX_PROJECT_ID" } },
      },
    }
    const { on, offs, says, ignored } = start(file, env)
    expect(on).toContain("openai")
    expect(on).not.toContain("azure")
    expect(offs).toEqual(["providers.azure"])
    expect(says[0]).toContain(
      "its address is missing; set AZURE_OPENAI_ENDPOINT or AZURE_RESOURCE_NAME, or write azure_key_config.endpoint",
    )
    expect(ignored).toContain("providers.azure.meta_config")
  })

  test("(integrations/typescript) has a virtual key without a name, and an empty session", () => {
    const bedrock = { keys: [bedrockKey({ arn: "env.AWS_ARN", session_token: "env.AWS_SESSION_TOKEN" })] }
    const vertex = {
      keys: [key({ vertex_key_config: { project_id: "env.GOOGLE_PROJECT_ID", region: "us-central1" } })],
    }
    const governance = { virtual_keys: [{ id: "vk-test", value: "sk-bf-test-key", is_active: true }] }
    const file = { providers: { bedrock, vertex }, governance, client: { ...usualClient, enable_governance: false } }
    const { on, offs, virtualKeys } = start(file, { ...env, GOOGLE_PROJECT_ID: "p" })
    expect(virtualKeys).toEqual(["vk-test"])
    expect(on).toContain("vertex")
    expect(offs).toEqual(["providers.bedrock.keys.0"])
    expect(
      start(file, { ...env, GOOGLE_PROJECT_ID: "p", AWS_ARN: "arn:aws:bedrock:x:1:inference-profile" }).offs,
    ).toEqual([])
  })

  test("(integrations/python) has custom providers in the form of others, some of which are not served here", () => {
    const custom = (base_provider_type: string, over = {}) => ({
      ...plain(`${base_provider_type.toUpperCase()}_API_KEY`),
      custom_provider_config: { base_provider_type, is_key_less: false, ...over },
      prompt_cache: { auto_inject: true },
    })
    const file = {
      providers: {
        typesafe: plain("TYPESAFE_API_KEY"),
        typesafe_custom: custom("typesafe"),
        anthropic_pc: custom("anthropic"),
        openai_dnsdm: custom("openai", { does_not_send_done_marker: true, wait_for_usage: true }),
        bedrock_pc: {
          keys: [bedrockKey()],
          custom_provider_config: { base_provider_type: "bedrock", is_key_less: false },
        },
        deepseek: plain("DEEPSEEK_API_KEY", {
          aliases: { flash: { model_id: "deepseek-v4-flash", use_anthropic_endpoints: true } },
        }),
      },
      client: { mcp_server_auth_mode: "both", oauth2_server_config: { issuer_url: "http://localhost:8080" } },
      governance: {
        routing_rules: [
          {
            id: "r",
            targets: [{ provider: "vertex", provider_key_name: "x", weight: 1 }],
            fallbacks: [{ provider: "a" }],
          },
        ],
        virtual_keys: [{ ...testKey, disable_content_logging: true }],
      },
    }
    const { on, offs, ignored } = start(file, env)
    expect(on).toEqual(expect.arrayContaining(["anthropic_pc", "bedrock_pc", "deepseek", "openai_dnsdm"]))
    expect(offs).toEqual(["providers.typesafe", "providers.typesafe_custom"])
    expect(ignored).toContain("providers.deepseek.keys[].aliases.flash.use_anthropic_endpoints")
  })

  test("(helm's providers-and-virtual-keys) has every kind of key, with empty values where a machine gives what is missing", () => {
    const endpoint = "env.AZURE_ENDPOINT"
    const file = {
      providers: {
        huggingface: { keys: [key({ value: "k", models: ["llama-3"], aliases: { "llama-3": "meta-llama/x" } })] },
        replicate: {
          keys: [
            key({
              value: "k",
              models: ["llama-3"],
              aliases: { "llama-3": "meta/x" },
              replicate_key_config: { use_deployments_endpoint: false },
            }),
          ],
        },
        ollama: { keys: [key({ value: "", ollama_key_config: { url: "env.OLLAMA_URL" } })] },
        sgl: { keys: [key({ value: "", sgl_key_config: { url: "http://10.0.0.7:30000" } })] },
        vllm: {
          keys: [
            key({
              value: "",
              models: ["llama"],
              vllm_key_config: { url: "http://10.0.0.8:8000", model_name: "meta-llama/x" },
            }),
          ],
        },
        azure: {
          keys: [
            key({ name: "a", value: "env.AZURE_API_KEY", azure_key_config: { endpoint, api_version: "2024-10-21" } }),
            key({ name: "b", value: "", azure_key_config: { endpoint, api_version: "2024-10-21" } }),
          ],
        },
        vertex: {
          keys: [
            vertexKey({ name: "a", value: "" }),
            key({
              name: "b",
              value: "",
              vertex_key_config: { project_id: "env.VERTEX_PROJECT_ID", region: "us-central1" },
            }),
          ],
        },
        bedrock: {
          keys: [
            { ...bedrockKey({ batch_s3_config: { buckets: [{ bucket_name: "b" }] } }), name: "a", value: "" },
            key({ name: "b", value: "", bedrock_key_config: { region: "us-east-1" } }),
            key({
              name: "c",
              value: "",
              bedrock_key_config: {
                region: "us-west-2",
                role_arn: "env.AWS_ROLE_ARN",
                external_id: "env.AWS_EXTERNAL_ID",
              },
            }),
          ],
        },
      },
    }
    const { on, offs, ignored, providers } = start(file, {
      ...env,
      OLLAMA_URL: "http://10.0.0.6:11434",
      AWS_ROLE_ARN: "arn:aws:iam::1:role/r",
      AWS_EXTERNAL_ID: "e",
    })
    expect(offs).toEqual([])
    expect(on).toEqual(expect.arrayContaining(Object.keys(file.providers)))
    expect(ignored).toContain("providers.bedrock.keys[].bedrock_key_config.batch_s3_config")
    const kinds = providers.find(({ name }) => name === "azure")?.keys.map(({ entra }) => entra?.kind)
    expect(kinds).toEqual([undefined, "managed"])
  })

  test("says in one sentence each what of it is not kept and turns nothing off", () => {
    const { says } = start({
      client: { ...usualClient, required_headers: ["x-a"], header_filter_config: { denylist: ["b"] } },
    })
    expect(says.map((text) => text.split(" ")[0])).toEqual([
      "client.allowed_origins",
      "client.required_headers",
      "client.header_filter_config",
    ])
  })
})
