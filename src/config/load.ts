// Flags, environment and config.json become one checked Config. Every problem is reported at once, each with its path,
// what was found and what to write instead. The only reader of the environment.
import { existsSync } from "node:fs"
import { join } from "node:path"
import { type LogSettings, logLevels, logStyles } from "../log.ts"
import { type ConfiguredWebhook, DELIVERY_DAYS } from "../webhooks/webhook.ts"
import { findAppDir } from "./appdir.ts"
import type { DatabaseConfig } from "./databaseschema.ts"
import type { FileContents } from "./file.ts"
import { type CommandName, readArguments } from "./flags.ts"
import type { Policy } from "./policy.ts"
import { addProblems, ConfigError, isReported, type Problem, type Warning } from "./problems.ts"
import type { ClientConfig, ProviderConfig, UiConfig, VirtualKeyConfig } from "./schema.ts"
import type { Env } from "./variables.ts"

export type { ProviderConfig, VirtualKeyConfig } from "./schema.ts"

/** What the providers of config.json became: see providers/settings.ts, which this file must not know. */
export interface Resolved<P> {
  providers: P
  warnings: Warning[]
  problems: Problem[]
}

/** Where the gateway listens. */
export interface Listening {
  host: string
  /** 0: any that is free. */
  port: number
}

export interface Config<P> extends Listening {
  appDir: string
  /** The address of a PostgreSQL database, with its password; null: SQLite, in the app directory. */
  database: string | null
  /** Where other gateways of the database reach this one; null: where it listens. */
  advertisedUrl: string | null
  log: LogSettings
  client: ClientConfig
  ui: UiConfig
  providers: P
  virtualKeys: VirtualKeyConfig[]
  webhooks: ConfiguredWebhook[]
  /** Which keys of providers each virtual key may use. Changes count only from the next start on. */
  keyLimits: Policy["keys"]
  /** The parts of config.json that count only from the next start on, as a text that is compared and never printed. */
  fixed: string
  /** Members of config.json that this version does not know, as paths. */
  ignored: string[]
  warnings: Warning[]
}

const clientDefaults: Omit<ClientConfig, "enforce_auth_on_inference"> = {
  async_job_result_ttl: 3600,
  async_job_result_ttl_max: 30 * 86_400,
  stored_response_ttl: 30 * 86_400,
  async_job_deadline: 86_400,
  shutdown_grace_in_seconds: 10,
  max_request_body_size_mb: 100,
  max_file_size_mb: 512,
  max_database_mb: 10_240,
  disk_reserve_mb: null,
  allowed_origins: [],
  allowed_hosts: [],
  allow_direct_keys: true,
  webhook_config: { delivery_history_retention_days: DELIVERY_DAYS },
}

const uiDefaults: UiConfig = { enabled: true, bodies: true }

export type Command<P> =
  | { kind: "help" }
  | { kind: "version" }
  | { kind: CommandName; appDir: string; argument: string }
  | { kind: "serve"; config: Config<P> }

/**
 * @param args what follows the program's name
 * @param resolve turns the providers of config.json, in which every `env.NAME` is replaced by its value, into settings
 * @throws {ConfigError} with every problem there is
 */
export function readConfig<P>(
  args: string[],
  env: Env,
  resolve: (configured: Record<string, ProviderConfig>, env: Env, policy: Policy, listening: Listening) => Resolved<P>,
): Command<P> {
  const problems: Problem[] = []
  const { command, argument, flags: given, mistakes, isHelpAsked, isVersionAsked } = readArguments(args, env)
  if (isHelpAsked) return { kind: "help" }
  if (isVersionAsked) return { kind: "version" }
  const appDir = findAppDir(given["app-dir"] ?? null, env)
  if (command !== null && mistakes.length === 0) return { kind: command, appDir, argument }
  const parsed = readFileContents(configPath(appDir), env, problems)
  const listening = {
    host: readHost(given.host ?? "127.0.0.1", parsed.client.enforce_auth_on_inference, problems),
    port: readPort(given.port ?? "8080", problems),
  }
  const webhooks = readWebhooks(parsed, listening.host, problems)
  const resolved = resolve(parsed.providers, env, parsed.policy, listening)
  const further = resolved.warnings.filter(({ path }) => !isReported(problems, path))
  addProblems(problems, resolved.problems)
  const config: Config<P> = {
    ...listening,
    appDir,
    database: readDatabase(given.database ?? null, parsed.database, problems),
    advertisedUrl: readAdvertisedUrl(parsed.database, problems),
    log: {
      level: readChoice(logLevels, given["log-level"] ?? "info", "--log-level", problems),
      style: readChoice(logStyles, given["log-style"] ?? "pretty", "--log-style", problems),
    },
    client: {
      ...clientDefaults,
      enforce_auth_on_inference: !isLoopback(listening.host),
      ...parsed.client,
    },
    ui: { ...uiDefaults, ...parsed.ui },
    providers: resolved.providers,
    virtualKeys: parsed.virtualKeys,
    webhooks,
    keyLimits: parsed.policy.keys,
    fixed: serializeFixed(parsed),
    ignored: parsed.ignored,
    warnings: [...parsed.warnings, ...further],
  }
  if (problems.length + mistakes.length > 0) {
    throw new ConfigError(problems, [...config.warnings, ...misspelt(parsed.ignored)], mistakes)
  }
  return { kind: "serve", config }
}

/** Unknown members that are probably misspelt. They are reported together with the mistakes. */
function misspelt(ignored: readonly string[]): Warning[] {
  return ignored
    .filter((path) => path.endsWith("?)"))
    .map((path) => ({ path, says: "is not known, and would be ignored" }))
}

/**
 * Reads config.json again for a running gateway. Its virtual keys and webhooks count at once, everything else (`fixed`) from the next
 * start on. `webhooks` is null where there is no file: none of them has been taken out of it.
 * @throws {ConfigError} with every problem there is
 */
export function readChanges(
  { appDir, host }: Pick<Config<unknown>, "appDir" | "host">,
  env: Env,
): Pick<Config<unknown>, "virtualKeys" | "keyLimits" | "fixed"> & { webhooks: ConfiguredWebhook[] | null } {
  const problems: Problem[] = []
  const parsed = readFileContents(configPath(appDir), env, problems)
  const webhooks = parsed === nothing ? null : readWebhooks(parsed, host, problems)
  if (problems.length > 0) throw new ConfigError(problems)
  const { virtualKeys, policy } = parsed
  return { virtualKeys, webhooks, keyLimits: policy.keys, fixed: serializeFixed(parsed) }
}

/** What checks them is loaded only where there are any. */
function readWebhooks({ webhooks, warnings }: FileContents, host: string, problems: Problem[]): ConfiguredWebhook[] {
  if (webhooks.length === 0) return []
  const loaded = require("./webhookconfig.ts") as typeof import("./webhookconfig.ts")
  return loaded.readWebhooks(webhooks, isLoopback(host), problems, warnings)
}

const nothing: FileContents = {
  client: {},
  database: {},
  ui: {},
  providers: {},
  virtualKeys: [],
  webhooks: [],
  policy: { models: [], providers: [], keys: [] },
  ignored: [],
  warnings: [],
}

/** The schema and its library take half a megabyte: they are loaded only where there is a config.json. */
function readFileContents(path: string, env: Env, problems: Problem[]): FileContents {
  if (!existsSync(path)) return nothing
  const { readConfigFile } = require("./file.ts") as typeof import("./file.ts")
  return readConfigFile(path, env, problems) ?? nothing
}

export function configPath(appDir: string): string {
  return join(appDir, "config.json")
}

function serializeFixed({ client, database, ui, providers, policy }: FileContents): string {
  return JSON.stringify([client, database, ui, providers, policy.models, policy.providers])
}

function readPort(text: string, problems: Problem[]): number {
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(port <= 65_535)) problems.push({ path: "--port", found: JSON.stringify(text), fix: "a number from 0 to 65535" })
  return port
}

/**
 * On any address but loopback, strangers could use the operator's keys: there every caller needs a virtual key.
 * @param isAuthEnforced as config.json says; undefined: it does not say
 */
function readHost(host: string, isAuthEnforced: boolean | undefined, problems: Problem[]): string {
  const problem = (fix: string) => problems.push({ path: "--host", found: JSON.stringify(host), fix })
  if (!/^[\w.:%-]+$/.test(host) || (/^[\d.]+$/.test(host) && !ipv4.test(host))) {
    problem("an address alone, as 127.0.0.1 or 0.0.0.0")
  } else if (!isLoopback(host) && isAuthEnforced === false) {
    problem(
      "a loopback address, as 127.0.0.1; or take client.enforce_auth_on_inference: false out of config.json, so that every caller needs a virtual key, as it must be where other machines are let in",
    )
  }
  return host
}

/** A wrong address is never shown: it may hold a password. */
function readDatabase(given: string | null, configured: DatabaseConfig, problems: Problem[]): string | null {
  const path = given === null ? "database.url" : "--database"
  if (given === null && configured.off !== undefined) {
    problems.push({ path, found: "a variable that is not set", fix: `one that is: ${configured.off}` })
  }
  const address = given ?? configured.url ?? null
  if (address === null) return null
  const url = URL.canParse(address) ? new URL(address) : null
  if (url && /^postgres(ql)?:$/.test(url.protocol) && url.hostname !== "" && url.pathname.length > 1) return address
  const fix = "an address as postgres://user:password@host:5432/name, with : / @ % of a password as %3A %2F %40 %25"
  problems.push({ path, found: "another text", fix })
  return null
}

function readAdvertisedUrl({ advertised_url: given }: DatabaseConfig, problems: Problem[]): string | null {
  if (given === undefined) return null
  const url = URL.canParse(given) ? new URL(given) : null
  if (url && /^https?:$/.test(url.protocol) && url.pathname === "/" && url.search === "") return url.origin
  const fix = "an address without a path, as http://10.0.0.7:8080"
  problems.push({ path: "database.advertised_url", found: JSON.stringify(given), fix })
  return null
}

const ipv4 = /^((25[0-5]|2[0-4]\d|1?\d?\d)(\.(?!$)|$)){4}$/

/** Whether a gateway that listens there is reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "::1" || host === "localhost" || (host.startsWith("127.") && ipv4.test(host))
}

function readChoice<T extends string>(allowed: readonly T[], text: string, path: string, problems: Problem[]): T {
  const value = allowed.find((candidate) => candidate === text)
  if (value === undefined) problems.push({ path, found: JSON.stringify(text), fix: `one of ${allowed.join(", ")}` })
  return value ?? (allowed[0] as T)
}

/** The usual directory for a program's data on this system. */
