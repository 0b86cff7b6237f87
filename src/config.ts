// Flags, environment and config.json become one checked Config. Every problem is reported at once, each with its path,
// what was found and what to write instead. The only reader of the environment.
import { existsSync, readFileSync } from "node:fs"
import { homedir } from "node:os"
import { resolve as absolute, join } from "node:path"
import { closest, distance } from "fastest-levenshtein"
import Type, { type Static, type TObject, type TSchema } from "typebox"
import { Settings } from "typebox/system"
import { Check, Errors } from "typebox/value"
import { type CommandName, helpText, readArguments } from "./flags.ts"
import { whereInvalid } from "./json.ts"
import { type LogSettings, logLevels, logStyles } from "./log.ts"

export type Env = Record<string, string | undefined>

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

const client = Type.Partial(
  Type.Object({
    async_job_result_ttl: seconds(1, 3600),
    async_job_result_ttl_max: seconds(1, 2_592_000),
    async_job_deadline: seconds(1, 86_400),
    shutdown_grace_in_seconds: seconds(0, 10),
    max_request_body_size_mb: Type.Number({
      exclusiveMinimum: 0,
      maximum: 2000,
      description: "a number of megabytes up to 2000, as 100",
    }),
    disk_reserve_mb: Type.Number({ minimum: 0, description: "a number of megabytes from 0, as 512" }),
    allowed_origins: names('"https://app.example.com"'),
    allowed_hosts: names('"gateway.local"'),
    enforce_auth_on_inference: Type.Boolean({ description: "true to ask every caller for a virtual key, else false" }),
    allow_direct_keys: Type.Boolean({ description: "false to ignore callers' own provider keys, else true" }),
  }),
)

/** What can stand in a header as a key. */
export const KEY_PATTERN = "^[\\x21-\\x7e]+$"

const providerKey = Type.Object(
  {
    id: Type.Optional(Type.String({ description: "a text" })),
    name: Type.Optional(Type.String({ description: 'a text, as "main"' })),
    value: Type.String({
      pattern: KEY_PATTERN,
      description:
        'the key alone, without spaces or line breaks, or better "env.NAME" with the name of an environment variable',
    }),
    models: Type.Optional(names('"*"')),
    weight: Type.Optional(Type.Number({ minimum: 0, description: "a number from 0, as 1" })),
    concurrency: Type.Optional(concurrency),
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

const provider = Type.Partial(
  Type.Object({
    keys: Type.Array(providerKey, { description: '[ { "value": "env.OPENAI_API_KEY" } ]' }),
    network_config: Type.Partial(
      Type.Object({
        base_url: Type.String({
          pattern: "^https?://[^/?#\\s]+[^?#\\s]*$",
          description: 'an address, as "http://127.0.0.1:8000"',
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
    name: Type.String({ minLength: 1, description: 'a text, as "team-a"' }),
    // A shorter one of one's own could be guessed.
    value: Type.String({
      pattern: "^(sk-bf-[\\x21-\\x7e]+|[\\x21-\\x7e]{16,})$",
      description:
        'the key alone: "sk-bf-…", or at least 16 characters without spaces, or better "env.NAME" with the name of an environment variable',
    }),
    is_active: Type.Optional(Type.Boolean({ description: "true or false" })),
    expires_at: Type.Optional(
      Type.String({ format: "date-time", description: 'a time of RFC 3339, as "2030-01-01T00:00:00Z"' }),
    ),
    provider_configs: Type.Optional(
      Type.Array(
        Type.Object(
          { provider: Type.String({ description: "a provider's name" }), allowed_models: Type.Optional(names('"*"')) },
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

export const configSchema = Type.Partial(
  Type.Object({
    $schema: Type.String({ description: "a text" }),
    client,
    providers: Type.Record(Type.String(), provider),
    governance,
  }),
)

export type ProviderConfig = Static<typeof provider>
/** `disk_reserve_mb` null: 512, or 5 % of a smaller disk. */
export type ClientConfig = Required<Omit<Static<typeof client>, "disk_reserve_mb">> & { disk_reserve_mb: number | null }
export type VirtualKeyConfig = Static<typeof virtualKey>

/** What the providers of config.json became: see providers/settings.ts, which this file must not know. */
export interface Resolved<P> {
  providers: P
  /** Members that cannot be served, as paths. */
  ignored: string[]
  problems: Problem[]
}

export interface Config<P> {
  host: string
  port: number
  appDir: string
  log: LogSettings
  client: ClientConfig
  providers: P
  virtualKeys: VirtualKeyConfig[]
  /** What of config.json a running gateway does not take: a text to be compared, and never shown. */
  fixed: string
  /** Members of config.json that this version does not know, as paths. */
  ignored: string[]
}

export interface Problem {
  path: string
  found: string
  fix: string
}

export class ConfigError extends Error {
  /** @param mistakes what is wrong with the command line itself, each a sentence */
  constructor(
    readonly problems: Problem[],
    readonly mistakes: string[] = [],
  ) {
    const lines = problems.map(({ path, found, fix }) => `${path}: found ${found}; write ${fix}`)
    super([...mistakes, ...lines].map((line) => `  ${line}`).join("\n"))
  }
}

const clientDefaults: ClientConfig = {
  async_job_result_ttl: 3600,
  async_job_result_ttl_max: 30 * 86_400,
  async_job_deadline: 86_400,
  shutdown_grace_in_seconds: 10,
  max_request_body_size_mb: 100,
  disk_reserve_mb: null,
  allowed_origins: [],
  allowed_hosts: [],
  enforce_auth_on_inference: false,
  allow_direct_keys: true,
}

export type Command<P> =
  | { kind: "help"; text: string }
  | { kind: "version" }
  | { kind: CommandName; appDir: string; argument: string }
  | { kind: "serve"; config: Config<P> }

/**
 * @param args what follows the program's name
 * @param resolve makes providers of config.json's, in which every `env.NAME` has become its value
 * @throws {ConfigError} with every problem there is
 */
export function readConfig<P>(
  args: string[],
  env: Env,
  resolve: (configured: Record<string, ProviderConfig>, env: Env) => Resolved<P>,
): Command<P> {
  const problems: Problem[] = []
  const { command, argument, flags: given, mistakes, isHelpAsked, isVersionAsked } = readArguments(args, env)
  if (isHelpAsked) return { kind: "help", text: helpText(defaultAppDir(env)) }
  if (isVersionAsked) return { kind: "version" }
  const appDir = absolute(given["app-dir"] ?? defaultAppDir(env))
  if (command !== null && mistakes.length === 0) return { kind: command, appDir, argument }
  const parsed = readFile(configPath(appDir), env, problems)
  const resolved = resolve(parsed.providers, env)
  problems.push(...resolved.problems)
  const config: Config<P> = {
    host: readHost(given.host ?? "127.0.0.1", parsed.client.enforce_auth_on_inference === true, problems),
    port: readPort(given.port ?? "8080", problems),
    appDir,
    log: {
      level: oneOf(logLevels, given["log-level"] ?? "info", "--log-level", problems),
      style: oneOf(logStyles, given["log-style"] ?? "pretty", "--log-style", problems),
    },
    client: { ...clientDefaults, ...parsed.client },
    providers: resolved.providers,
    virtualKeys: parsed.virtualKeys,
    fixed: fixedOf(parsed),
    ignored: [...parsed.ignored, ...resolved.ignored],
  }
  if (problems.length + mistakes.length > 0) throw new ConfigError(problems, mistakes)
  return { kind: "serve", config }
}

/**
 * What config.json says now, for a gateway that runs: its virtual keys take effect at once, and all else (`fixed`) with the
 * next start.
 * @throws {ConfigError} with every problem there is
 */
export function readChanges(appDir: string, env: Env): Pick<Config<unknown>, "virtualKeys" | "fixed"> {
  const problems: Problem[] = []
  const parsed = readFile(configPath(appDir), env, problems)
  if (problems.length > 0) throw new ConfigError(problems)
  return { virtualKeys: parsed.virtualKeys, fixed: fixedOf(parsed) }
}

export function configPath(appDir: string): string {
  return join(appDir, "config.json")
}

function fixedOf({ client, providers }: Parsed): string {
  return JSON.stringify([client, providers])
}

interface Parsed {
  client: Partial<ClientConfig>
  providers: Record<string, ProviderConfig>
  virtualKeys: VirtualKeyConfig[]
  ignored: string[]
}

function readFile(path: string, env: Env, problems: Problem[]): Parsed {
  const nothing = { client: {}, providers: {}, virtualKeys: [], ignored: [] }
  if (!existsSync(path)) return nothing
  let value: unknown
  let text = ""
  try {
    // Editors on Windows put a byte order mark in front.
    text = readFileSync(path, "utf8").replace(/^\uFEFF/, "")
    value = JSON.parse(text)
  } catch (error) {
    const found =
      error instanceof SyntaxError
        ? `no valid JSON${whereInvalid(text)}`
        : `no readable file (${error instanceof Error ? error.message : error})`
    const fix = error instanceof SyntaxError ? "a JSON object" : "a file that this user may read"
    problems.push({ path, found, fix: `${fix}, or remove it` })
    return nothing
  }
  resolveVariables(value, env, problems)
  findTwins(value, problems)
  if (!Check(configSchema, value)) {
    const isNew = ({ path }: Problem) => !problems.some((problem) => problem.path === path)
    problems.push(...problemsOf(value).filter(isNew))
    // What else is wrong with the file says nothing about the address.
    const isEnforced = valueAt(value, ["client", "enforce_auth_on_inference"]) === true
    return isEnforced ? { ...nothing, client: { enforce_auth_on_inference: true } } : nothing
  }
  const ignored = new Set<string>()
  prune(value, configSchema, "", ignored)
  return {
    client: value.client ?? {},
    providers: value.providers ?? {},
    virtualKeys: value.governance?.virtual_keys ?? [],
    ignored: [...ignored],
  }
}

/** One problem a place, deepest first said by the schema itself. */
function problemsOf(value: unknown): Problem[] {
  const found = new Map<string, Problem>()
  for (const error of allErrors(value)) {
    // The member itself is reported too, as `boolean`: nothing may stand there.
    if (error.keyword === "additionalProperties") continue
    const missing = error.keyword === "required" ? error.params.requiredProperties : [""]
    for (const name of missing) {
      const parts = [...partsOf(error.instancePath), ...(name === "" ? [] : [name])]
      const path = parts.join(".") || "config.json"
      if (!found.has(path)) {
        found.set(path, {
          path,
          found: show(valueAt(value, parts), parts),
          fix:
            error.keyword === "boolean"
              ? "a name of letters, digits and hyphens"
              : (schemaAt(configSchema, parts)?.description ?? "a JSON object"),
        })
      }
    }
  }
  return [...found.values()]
}

/** The library stops at eight unless told otherwise. */
function allErrors(value: unknown) {
  const { maxErrors } = Settings.Get()
  Settings.Set({ maxErrors: Number.POSITIVE_INFINITY })
  const errors = Errors(configSchema, value)
  Settings.Set({ maxErrors })
  return errors
}

/** The parts of a JSON pointer (RFC 6901). */
function partsOf(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
}

function schemaAt(schema: TSchema, parts: string[]): (TSchema & { description?: string }) | undefined {
  let at: Record<string, unknown> | undefined = schema as Record<string, unknown>
  for (const part of parts) {
    const properties = at?.["properties"] as Record<string, Record<string, unknown>> | undefined
    const patterns = at?.["patternProperties"] as Record<string, Record<string, unknown>> | undefined
    at =
      properties?.[part] ?? Object.values(patterns ?? {})[0] ?? (at?.["items"] as Record<string, unknown> | undefined)
  }
  return at as (TSchema & { description?: string }) | undefined
}

function valueAt(value: unknown, parts: string[]): unknown {
  return parts.reduce<unknown>(
    (at, part) => (isRecord(at) || Array.isArray(at) ? (at as Record<string, unknown>)[part] : undefined),
    value,
  )
}

/** What of a virtual key can be shown, because a key does not get there by a mistake of one line. */
const shownOfVirtualKey = ["is_active", "expires_at", "requests_per_minute", "max_concurrent_jobs", "tokens", "cost"]

/** Never shows what may be a key: a key's value, a header's, or what stands where a provider or its keys should. */
function show(value: unknown, parts: string[]): string {
  if (value === undefined) return "nothing"
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object"
  const last = parts.at(-1) ?? ""
  const mayBeKey =
    parts[0] === "governance"
      ? !shownOfVirtualKey.includes(last)
      : parts[0] === "providers" &&
        (parts.length <= 2 || parts.includes("extra_headers") || /^(keys|value|\d+)$/.test(last))
  if (mayBeKey && value !== null) return `a ${typeof value} (not shown)`
  // A user and a password can stand in an address.
  return JSON.stringify(value).replace(/\/\/[^/\s"]*@/g, "//(not shown)@")
}

/** Removes what the schema does not name and notes where it stood. */
function prune(value: unknown, schema: TSchema, path: string, ignored: Set<string>): void {
  if (Array.isArray(value)) {
    for (const item of value) prune(item, (schema as unknown as { items: TSchema }).items, `${path}[]`, ignored)
    return
  }
  const { properties, patternProperties } = schema as Partial<TObject> & { patternProperties?: Record<string, TSchema> }
  if (!isRecord(value) || (!properties && !patternProperties)) return
  for (const [name, member] of Object.entries(value)) {
    const known = properties && Object.hasOwn(properties, name) ? properties[name] : undefined
    const inner = known ?? Object.values(patternProperties ?? {})[0]
    const where = path === "" ? name : `${path}.${name}`
    if (inner) {
      prune(member, inner, where, ignored)
      continue
    }
    const near = closest(name, Object.keys(properties ?? {}))
    ignored.add(distance(name, near) <= 3 ? `${where} (did you mean ${near}?)` : where)
    delete value[name]
  }
}

/** `env.NAME` becomes the variable's value, in keys, virtual keys and extra headers. Takes a file as it was written, right or wrong. */
function resolveVariables(value: unknown, env: Env, problems: Problem[]): void {
  const resolveAt = (holder: unknown, member: string, path: string) => {
    const text = isRecord(holder) ? holder[member] : undefined
    const name = typeof text === "string" ? /^env\.(\w+)$/.exec(text)?.[1] : undefined
    if (!isRecord(holder) || name === undefined) return
    if (env[name]) holder[member] = env[name]
    else {
      problems.push({
        path: `${path}.${member}`,
        found: `env.${name}, but ${name} is not set`,
        fix: `the name of a variable that is set, or set ${name}`,
      })
    }
  }
  for (const [name, provider] of entriesOf(valueAt(value, ["providers"]))) {
    const path = `providers.${name}`
    for (const [at, key] of entriesOf(valueAt(provider, ["keys"]))) resolveAt(key, "value", `${path}.keys.${at}`)
    const headers = valueAt(provider, ["network_config", "extra_headers"])
    for (const [header] of entriesOf(headers)) resolveAt(headers, header, `${path}.network_config.extra_headers`)
  }
  for (const [at, key] of virtualKeysOf(value)) resolveAt(key, "value", `governance.virtual_keys.${at}`)
}

/** Two virtual keys of one id or one value would be one. Takes a file as it was written, right or wrong. */
function findTwins(value: unknown, problems: Problem[]): void {
  for (const member of ["id", "value"]) {
    const firsts = new Map<string, string>()
    for (const [at, key] of virtualKeysOf(value)) {
      const text = valueAt(key, [member])
      const path = `governance.virtual_keys.${at}.${member}`
      // A variable that is not set is a problem of its own.
      if (typeof text !== "string" || problems.some((problem) => problem.path === path)) continue
      const first = firsts.get(text)
      if (first === undefined) firsts.set(text, path)
      else problems.push({ path, found: `the same as ${first} (not shown)`, fix: `one ${member} for each virtual key` })
    }
  }
}

function virtualKeysOf(value: unknown): [string, unknown][] {
  return entriesOf(valueAt(value, ["governance", "virtual_keys"]))
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : []
}

function readPort(text: string, problems: Problem[]): number {
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(port <= 65_535)) problems.push({ path: "--port", found: JSON.stringify(text), fix: "a number from 0 to 65535" })
  return port
}

/** Anything but loopback would let strangers use the operator's keys, unless they need one of their own. */
function readHost(host: string, isAuthEnforced: boolean, problems: Problem[]): string {
  const isLoopback = /^(127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}|::1|localhost)$/.test(host)
  if (!isLoopback && !(isAuthEnforced && /^[\w.:%-]+$/.test(host))) {
    problems.push({
      path: "--host",
      found: JSON.stringify(host),
      fix: isAuthEnforced
        ? "an address alone, as 127.0.0.1 or 0.0.0.0"
        : "a loopback address, as 127.0.0.1; or let other machines in by client.enforce_auth_on_inference: true in config.json, which asks every caller for a virtual key",
    })
  }
  return host
}

function oneOf<T extends string>(allowed: readonly T[], text: string, path: string, problems: Problem[]): T {
  const value = allowed.find((candidate) => candidate === text)
  if (value === undefined) problems.push({ path, found: JSON.stringify(text), fix: `one of ${allowed.join(", ")}` })
  return value ?? (allowed[0] as T)
}

/** Where a program of this system keeps its data. */
function defaultAppDir(env: Env): string {
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support", "asyncgate")
  if (process.platform === "win32") return join(env["LOCALAPPDATA"] || join(homedir(), "AppData", "Local"), "asyncgate")
  return join(env["XDG_DATA_HOME"] || join(homedir(), ".local", "share"), "asyncgate")
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
