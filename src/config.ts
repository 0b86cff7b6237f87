// Flags, environment and config.json become one checked Config. Every problem is reported at once, each with its path,
// what was found and what to write instead. The only reader of the environment.
import { homedir } from "node:os"
import { resolve as absolute, join } from "node:path"
import { parseArgs } from "node:util"
import { closest } from "fastest-levenshtein"
import { readConfigFile } from "./config/file.ts"
import type { Policy } from "./config/limits.ts"
import { addProblems, ConfigError, isReported, type Problem, type Warning } from "./config/problems.ts"
import type { ClientConfig, ProviderConfig, VirtualKeyConfig } from "./config/schema.ts"
import type { Env } from "./config/variables.ts"
import { type LogLevel, type LogStyle, logLevels, logStyles } from "./log.ts"

export type { ProviderConfig, VirtualKeyConfig } from "./config/schema.ts"

/** What the providers of config.json became: see providers/settings.ts, which this file must not know. */
export interface Resolved<P> {
  providers: P
  warnings: Warning[]
  problems: Problem[]
}

export interface Config<P> {
  host: string
  port: number
  appDir: string
  log: { level: LogLevel; style: LogStyle }
  client: ClientConfig
  providers: P
  virtualKeys: VirtualKeyConfig[]
  /** Members of config.json that this version does not know, as paths. */
  ignored: string[]
  warnings: Warning[]
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

/** Flag, its twin in the environment, and what it is for. The help text is made of this. */
export const flags = [
  { name: "port", variable: "APP_PORT", value: "N", text: "port to listen on (default 8080; 0 takes a free one)" },
  { name: "host", variable: "APP_HOST", value: "ADDRESS", text: "address to listen on (default 127.0.0.1)" },
  { name: "app-dir", variable: "APP_DIR", value: "DIR", text: "where config.json and the data are" },
  { name: "log-level", variable: "LOG_LEVEL", value: "LEVEL", text: `${logLevels.join(", ")} (default info)` },
  { name: "log-style", variable: "LOG_STYLE", value: "STYLE", text: `${logStyles.join(", ")} (default pretty)` },
] as const

export type Command<P> =
  | { kind: "help"; text: string }
  | { kind: "version" }
  /** Make a virtual key with this name. */
  | { kind: "vk create"; name: string; appDir: string }
  | { kind: "serve"; config: Config<P> }

/**
 * @param args what follows the program's name
 * @param resolve makes providers of config.json's, in which every `env.NAME` has become its value
 * @throws {ConfigError} with every problem there is
 */
export function readConfig<P>(
  args: string[],
  env: Env,
  resolve: (configured: Record<string, ProviderConfig>, env: Env, policy: Policy) => Resolved<P>,
): Command<P> {
  const problems: Problem[] = []
  const given = readFlags(args, env, problems)
  if (given["help"] === true) return { kind: "help", text: helpText(env) }
  if (given["version"] === true) return { kind: "version" }
  const appDir = absolute(textOf(given["app-dir"]) ?? defaultAppDir(env))
  const name = textOf(given["vk create"])
  if (name !== undefined && problems.length === 0) return { kind: "vk create", name, appDir }
  const parsed = readConfigFile(join(appDir, "config.json"), env, problems)
  const resolved = resolve(parsed.providers, env, parsed.policy)
  const further = resolved.warnings.filter(({ path }) => !isReported(problems, path))
  addProblems(problems, resolved.problems)
  const config: Config<P> = {
    host: readHost(textOf(given["host"]) ?? "127.0.0.1", parsed.client.enforce_auth_on_inference === true, problems),
    port: readPort(textOf(given["port"]) ?? "8080", problems),
    appDir,
    log: {
      level: oneOf(logLevels, textOf(given["log-level"]) ?? "info", "--log-level", problems),
      style: oneOf(logStyles, textOf(given["log-style"]) ?? "pretty", "--log-style", problems),
    },
    client: { ...clientDefaults, ...parsed.client },
    providers: resolved.providers,
    virtualKeys: parsed.virtualKeys,
    ignored: parsed.ignored,
    warnings: [...parsed.warnings, ...further],
  }
  if (problems.length > 0) throw new ConfigError(problems, [...config.warnings, ...misspelt(parsed.ignored)])
  return { kind: "serve", config }
}

/** Whoever mends the file wants to know of a slip of the pen too. */
function misspelt(ignored: readonly string[]): Warning[] {
  return ignored
    .filter((path) => path.endsWith("?)"))
    .map((path) => ({ path, says: "is not known, and would be ignored" }))
}

function readFlags(args: string[], env: Env, problems: Problem[]): Record<string, string | boolean> {
  const known = Object.fromEntries(flags.map(({ name }) => [name, { type: "string" as const }]))
  const { tokens } = parseArgs({
    args,
    options: { ...known, help: { type: "boolean", short: "h" }, version: { type: "boolean", short: "v" } },
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const given: Record<string, string | boolean> = {}
  for (const { name, variable } of flags) {
    const value = env[variable]
    if (value !== undefined && value !== "") given[name] = value
  }
  const allowed = [...flags.map(({ name }) => name), "help", "version"]
  const words = tokens.flatMap((token) => (token.kind === "positional" ? [token.value] : []))
  if (words[0] === "vk" && words[1] === "create" && words.length === 3) given["vk create"] = words[2] ?? ""
  else if (words[0] === "vk") problems.push({ path: "vk", found: words.join(" "), fix: "vk create NAME" })
  else {
    for (const word of words) {
      problems.push({ path: word, found: "a word that is no flag", fix: "flags, or vk create NAME; see --help" })
    }
  }
  for (const token of tokens) {
    if (token.kind === "option" && !allowed.includes(token.name)) {
      problems.push({
        path: token.rawName,
        found: "an unknown flag",
        fix: `--${closest(token.name, allowed)}, or see --help`,
      })
    } else if (token.kind === "option") {
      const isSwitch = token.name === "help" || token.name === "version"
      // `--app-dir --port 80`: the next flag is no value.
      const isFlag = token.inlineValue === false && /^--?[a-z]/i.test(token.value)
      if (!isSwitch && (isFlag || token.value === undefined || token.value === "")) {
        problems.push({ path: token.rawName, found: "no value", fix: `${token.rawName} with a value behind it` })
      } else given[token.name] = isSwitch ? true : (token.value ?? "")
    }
  }
  return given
}

function readPort(text: string, problems: Problem[]): number {
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(port <= 65_535)) problems.push({ path: "--port", found: JSON.stringify(text), fix: "a number from 0 to 65535" })
  return port
}

/** Anything but loopback would let strangers use the operator's keys, unless they need one of their own. */
function readHost(host: string, isAuthEnforced: boolean, problems: Problem[]): string {
  const isLoopback = /^(127(\.\d+){3}|::1|localhost)$/.test(host)
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

function helpText(env: Env): string {
  const lines = flags.map(
    ({ name, variable, value, text }) => `  ${`--${name} ${value}`.padEnd(20)} ${variable.padEnd(10)} ${text}`,
  )
  return [
    "asyncgate: a local gateway that turns AI inference requests into durable jobs.",
    "",
    "usage: asyncgate [flags]                  start the gateway",
    "       asyncgate vk create NAME [flags]   make a virtual key and print it, this once",
    "",
    `  ${"flag".padEnd(20)} ${"variable".padEnd(10)}`,
    ...lines,
    "  --help, --version",
    "",
    `Configuration is read from config.json in the app directory (here ${defaultAppDir(env)}); none is needed.`,
  ].join("\n")
}

function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === "string" ? value : undefined
}
