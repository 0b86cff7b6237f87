// What config.json may say, as a schema: each member's description is what to write instead of what is wrong.
import Type, { type Static } from "typebox"
import { fieldHelp } from "../webhooks/endpointfields.ts"
import { databaseSchema as database } from "./databaseschema.ts"

/** A hundred years: with more, a time that is counted from now leaves the calendar. */
const SECONDS_MAX = 3_155_760_000

/** `description` is what to write instead. */
const seconds = (least: number, example: number) =>
  Type.Integer({
    minimum: least,
    maximum: SECONDS_MAX,
    description: `a whole number of seconds from ${least} to ${SECONDS_MAX}, as ${example}`,
  })
const milliseconds = (example: number) =>
  Type.Integer({ minimum: 0, description: `a whole number of milliseconds, as ${example}` })
const concurrency = Type.Integer({
  minimum: 1,
  maximum: 65_000,
  description: "a whole number from 1 to 65000, as 100",
})
const names = (example: string) =>
  Type.Array(Type.String({ description: `a text, as ${example}` }), { description: `a list of texts, as [${example}]` })
const text = (example: string) => Type.String({ description: `a text, as ${example}` })
const isTrue = Type.Boolean({ description: "true or false" })
// A stored body has at most 1 GiB: see jobs/numbers.ts.
const bodyMegabytes = { exclusiveMinimum: 0, maximum: 1000, description: "a number of megabytes up to 1000, as 100" }

const client = Type.Partial(
  Type.Object({
    async_job_result_ttl: seconds(1, 3600),
    async_job_result_ttl_max: seconds(1, 2_592_000),
    async_job_deadline: seconds(1, 86_400),
    shutdown_grace_in_seconds: seconds(0, 10),
    stored_response_ttl: seconds(1, 2_592_000),
    max_request_body_size_mb: Type.Number(bodyMegabytes),
    max_file_size_mb: Type.Number(bodyMegabytes),
    max_database_mb: Type.Number({ exclusiveMinimum: 0, description: "a number of megabytes above 0, as 10240" }),
    disk_reserve_mb: Type.Number({ minimum: 0, description: "a number of megabytes from 0, as 512" }),
    allowed_origins: names('"https://app.example.com"'),
    allowed_hosts: names('"gateway.local"'),
    enforce_auth_on_inference: Type.Boolean({ description: "true to ask every caller for a virtual key, else false" }),
    allow_direct_keys: Type.Boolean({ description: "false to ignore callers' own provider keys, else true" }),
    webhook_config: Type.Partial(
      Type.Object({
        delivery_history_retention_days: Type.Integer({
          minimum: 1,
          maximum: 3650,
          description: "a whole number of days from 1 to 3650, as 30",
        }),
      }),
    ),
  }),
)

const address = 'an address, as "http://127.0.0.1:8000"'
/** A model as callers name it -> how it is asked for with this key. */
const alias = Type.Object(
  {
    model_id: Type.String({ minLength: 1, description: 'what the provider calls the model, as "my-deployment"' }),
    model_name: Type.Optional(text('"gpt-4o"')),
    endpoint: Type.Optional(text('"https://me.openai.azure.com"')),
    api_version: Type.Optional(text('"2024-10-21"')),
    region: Type.Optional(text('"us-east-1"')),
    project_id: Type.Optional(text('"my-project"')),
    inference_profile_arn: Type.Optional(text('"arn:aws:bedrock:us-east-1:1:inference-profile"')),
  },
  { description: 'what the provider calls the model, as "my-deployment" or { "model_id": "my-deployment" }' },
)
const deployments = Type.Record(Type.String(), text('"my-deployment"'), {
  description: '{ "gpt-4o": "my-deployment" }',
})
const server = (description: string) => Type.Partial(Type.Object({ url: Type.String({ description }) }))

const providerKey = Type.Object(
  {
    id: Type.Optional(Type.String({ description: "a text" })),
    name: Type.Optional(Type.String({ description: 'a text, as "main"' })),
    value: Type.Optional(
      Type.String({
        // A key, or the JSON of a service account, for which the provider's keys are checked again.
        pattern: "^([\\x21-\\x7e]*|\\s*\\{[^]*\\}\\s*)$",
        description:
          'the key alone, without spaces or line breaks, or better "env.NAME" with the name of an environment variable',
      }),
    ),
    enabled: Type.Optional(isTrue),
    models: Type.Optional(names('"*"')),
    blacklisted_models: Type.Optional(names('"gpt-4o"')),
    aliases: Type.Optional(
      Type.Record(Type.String(), alias, {
        description: '{ "fast": "gpt-4o-mini" }, or { "fast": { "model_id": "…" } }',
      }),
    ),
    weight: Type.Optional(Type.Number({ minimum: 0, description: "a number from 0, as 1" })),
    concurrency: Type.Optional(concurrency),
    azure_key_config: Type.Optional(
      Type.Partial(
        Type.Object({
          endpoint: text('"https://me.openai.azure.com"'),
          api_version: text('"2024-10-21"'),
          client_id: text('"env.AZURE_CLIENT_ID"'),
          client_secret: text('"env.AZURE_CLIENT_SECRET"'),
          tenant_id: text('"env.AZURE_TENANT_ID"'),
          scopes: names('"https://cognitiveservices.azure.com/.default"'),
          deployments,
        }),
      ),
    ),
    vertex_key_config: Type.Optional(
      Type.Partial(
        Type.Object({
          project_id: text('"my-project"'),
          region: text('"us-central1"'),
          auth_credentials: text('"env.VERTEX_CREDENTIALS"'),
          deployments,
        }),
      ),
    ),
    bedrock_key_config: Type.Optional(
      Type.Partial(
        Type.Object({
          access_key: text('"env.AWS_ACCESS_KEY_ID"'),
          secret_key: text('"env.AWS_SECRET_ACCESS_KEY"'),
          session_token: text('"env.AWS_SESSION_TOKEN"'),
          region: text('"us-east-1"'),
          arn: text('"arn:aws:bedrock:us-east-1:1:inference-profile"'),
          role_arn: text('"arn:aws:iam::1:role/gateway"'),
          external_id: text('"env.AWS_EXTERNAL_ID"'),
          session_name: text('"gateway"'),
          deployments,
        }),
      ),
    ),
    // Accounts of AWS, by which that provider is not called here: such a key is off.
    bedrock_mantle_key_config: Type.Optional(Type.Partial(Type.Object({ region: text('"us-east-1"') }))),
    ollama_key_config: Type.Optional(server('an address, as "http://127.0.0.1:11434"')),
    sgl_key_config: Type.Optional(server('an address, as "http://127.0.0.1:30000"')),
    vllm_key_config: Type.Optional(
      Type.Partial(Type.Object({ url: Type.String({ description: address }), model_name: text('"meta-llama/x"') })),
    ),
    replicate_key_config: Type.Optional(Type.Partial(Type.Object({ use_deployments_endpoint: isTrue }))),
  },
  { description: '{ "name": "main", "value": "env.OPENAI_API_KEY" }' },
)

const dollars = (example: number) =>
  Type.Number({ minimum: 0, description: `a number of US dollars from 0, as ${example}` })

const price = Type.Partial(
  Type.Object({
    input_per_million: dollars(0.5),
    output_per_million: dollars(2),
    cached_input_per_million: dollars(0.1),
    per_image: dollars(0.04),
    per_second: dollars(0.0001),
    per_character: dollars(0.000015),
    per_page: dollars(0.001),
    per_call: dollars(0.01),
  }),
  { description: '{ "input_per_million": 0.5, "output_per_million": 2 }' },
)

const certificate = Type.String({ description: '"env.NAME" of a variable with certificates in PEM, or their text' })

const provider = Type.Partial(
  Type.Object({
    keys: Type.Array(providerKey, { description: '[ { "value": "env.OPENAI_API_KEY" } ]' }),
    network_config: Type.Partial(
      Type.Object({
        base_url: Type.String({
          pattern: "^https?://[^/?#\\s]+[^?#\\s]*(\\?[^#\\s]*)?$",
          description: address,
        }),
        default_request_timeout_in_seconds: seconds(1, 600),
        max_retries: Type.Integer({ minimum: 0, maximum: 100, description: "a whole number from 0 to 100, as 3" }),
        retry_backoff_initial: milliseconds(500),
        retry_backoff_max: milliseconds(30_000),
        // RFC 9110, 5.1 and 5.5: what a header may be called, and what it may say.
        extra_headers: Type.Record(
          Type.String({ pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" }),
          Type.String({ pattern: "^[\\t\\x20-\\x7e]*$", description: "a text of one line" }),
          { additionalProperties: false, description: '{ "x-team": "search" }' },
        ),
        insecure_skip_verify: isTrue,
        ca_cert_pem: certificate,
      }),
    ),
    proxy_config: Type.Partial(
      Type.Object({
        type: text('"http", "environment" or "none"'),
        url: text('"http://proxy.example.com:3128"'),
        username: text('"env.PROXY_USER"'),
        password: text('"env.PROXY_PASSWORD"'),
        ca_cert_pem: certificate,
      }),
    ),
    concurrency_and_buffer_size: Type.Partial(
      Type.Object({
        buffer_size: Type.Integer({ minimum: 1, description: "a whole number of jobs, as 100000" }),
        concurrency,
      }),
    ),
    prices: Type.Record(Type.String(), price, {
      description: '{ "model": { "input_per_million": 0.5, "output_per_million": 2 } }, with "*" for every other model',
    }),
    options: Type.Record(Type.String(), Type.String({ description: 'a text, as "us-east-1"' }), {
      description: '{ "region": "us-east-1" }',
    }),
    custom_provider_config: Type.Partial(
      Type.Object({
        base_provider_type: Type.String({ description: "the name of a built-in provider whose form it speaks" }),
        is_key_less: isTrue,
        allowed_requests: Type.Record(Type.String(), isTrue, { description: '{ "chat_completion": true }' }),
        request_path_overrides: Type.Record(Type.String(), text('"/v2/chat"'), {
          description: '{ "chat_completion": "/v2/chat" }',
        }),
      }),
    ),
  }),
)

const spend = Type.Partial(
  Type.Object({
    tokens: Type.Integer({ minimum: 1, description: "a whole number of tokens from 1, as 100000" }),
    cost: Type.Number({ exclusiveMinimum: 0, description: "a number of US dollars above 0, as 5" }),
  }),
  { description: '{ "tokens": 100000, "cost": 5 }' },
)

const virtualKey = Type.Object(
  {
    id: Type.String({ pattern: "^[\\x21-\\x7e]{1,255}$", description: 'a text without spaces, as "vk-team-a"' }),
    name: Type.Optional(Type.String({ minLength: 1, description: 'a text, as "team-a"' })),
    value: Type.Optional(
      Type.String({
        description:
          'the key alone: "sk-bf-…", or at least 16 characters without spaces, or better "env.NAME" with the name of an environment variable',
      }),
    ),
    is_active: Type.Optional(isTrue),
    expires_at: Type.Optional(
      Type.String({ format: "date-time", description: 'a time of RFC 3339, as "2030-01-01T00:00:00Z"' }),
    ),
    provider_configs: Type.Optional(
      Type.Array(
        Type.Object(
          {
            provider: Type.String({ description: "a provider's name" }),
            allowed_models: Type.Optional(names('"*"')),
            key_ids: Type.Optional(names('"*"')),
          },
          { description: '{ "provider": "openai", "allowed_models": ["*"] }' },
        ),
        { description: '[ { "provider": "openai", "allowed_models": ["*"] } ]' },
      ),
    ),
    requests_per_minute: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100_000, description: "a whole number from 1 to 100000, as 60" }),
    ),
    max_concurrent_jobs: Type.Optional(Type.Integer({ minimum: 1, description: "a whole number from 1, as 10" })),
    budgets: Type.Optional(
      Type.Partial(Type.Object({ day: spend, month: spend }), {
        description: '{ "day": { "tokens": 100000, "cost": 5 } }, or "month"',
      }),
    ),
  },
  { description: '{ "id": "vk-team-a", "name": "team-a", "value": "env.TEAM_A_KEY" }' },
)

const governance = Type.Partial(
  Type.Object({
    virtual_keys: Type.Array(virtualKey, {
      description: '[ { "id": "vk-team-a", "name": "team-a", "value": "env.TEAM_A_KEY" } ]',
    }),
  }),
)

const ui = Type.Partial(
  Type.Object({
    enabled: Type.Boolean({ description: "false to serve no dashboard at /ui, else true" }),
    bodies: Type.Boolean({ description: "false to hide requests and results in the dashboard, else true" }),
  }),
)

/** What each member must be, which is checked further where all of them are known: see webhookconfig.ts. */
const helped = (name: string) => ({ description: fieldHelp[name] ?? "" })
const makeSwitch = (name: string) => Type.Optional(Type.Boolean(helped(name)))
const makeNumber = (name: string) => Type.Optional(Type.Integer({ minimum: 0, ...helped(name) }))

const webhook = Type.Object(
  {
    name: Type.String(helped("name")),
    // Optional, because the variable that it may name need not be set.
    url: Type.Optional(Type.String(helped("url"))),
    events: Type.Array(Type.String(helped("events")), helped("events")),
    secret: Type.Optional(Type.String({ description: '"env.NAME" of a variable with a secret, as whsec_…' })),
    headers: Type.Optional(Type.Record(Type.String(), Type.String(helped("headers")), helped("headers"))),
    form: Type.Optional(Type.String(helped("form"))),
    schedule: Type.Optional(Type.String(helped("schedule"))),
    all_jobs: makeSwitch("all_jobs"),
    include_response: makeSwitch("include_response"),
    allow_private_network: makeSwitch("allow_private_network"),
    disabled: makeSwitch("disabled"),
    max_retries: makeNumber("max_retries"),
    retry_backoff_initial_seconds: makeNumber("retry_backoff_initial_seconds"),
    retry_backoff_max_seconds: makeNumber("retry_backoff_max_seconds"),
    attempt_timeout_seconds: makeNumber("attempt_timeout_seconds"),
    max_response_payload_kbs: makeNumber("max_response_payload_kbs"),
    max_concurrent_deliveries: makeNumber("max_concurrent_deliveries"),
  },
  {
    description: '{ "name": "order-events", "url": "https://example.com/webhook", "events": ["async_job.completed"] }',
  },
)

export const configSchema = Type.Partial(
  Type.Object({
    $schema: Type.String({ description: "a text" }),
    version: Type.Integer({ minimum: 1, maximum: 2, description: "2, or 1 where an empty list allows everything" }),
    client,
    database,
    ui,
    providers: Type.Record(Type.String(), provider),
    governance,
    webhooks: Type.Array(webhook, {
      description:
        '[ { "name": "order-events", "url": "https://example.com/webhook", "events": ["async_job.completed"] } ]',
    }),
  }),
)

/** `off`: why it cannot be used, which is no mistake of the file: a variable that is not set. */
type MayBeOff<T> = T & { off?: string }
export type ProviderKeyConfig = MayBeOff<Static<typeof providerKey>>
export type AliasConfig = Static<typeof alias>
export type ProviderConfig = MayBeOff<Omit<Static<typeof provider>, "keys"> & { keys?: ProviderKeyConfig[] }>
export type WebhookConfig = MayBeOff<Static<typeof webhook>>
/** `disk_reserve_mb` null: 512, or 5 % of a smaller disk. */
export type ClientConfig = Required<Omit<Static<typeof client>, "disk_reserve_mb">> & { disk_reserve_mb: number | null }
/** The dashboard: see docs/configuration.md. */
export type UiConfig = Required<Static<typeof ui>>
/** One that can be used: with a name and a value. */
export type VirtualKeyConfig = Static<typeof virtualKey> & { name: string; value: string }
export type ConfigFile = Static<typeof configSchema>
