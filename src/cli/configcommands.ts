// The commands config check, show, path and schema: what a gateway would start with. They need none that runs, and make nothing.
import { existsSync, readFileSync } from "node:fs"
import { checkKeyVariable } from "../auth/sealing.ts"
import { findAppDir } from "../config/appdir.ts"
import { removeNulls } from "../config/file.ts"
import { type FlagName, flags } from "../config/flags.ts"
import { type Config, configPath, readConfig } from "../config/load.ts"
import { ConfigError } from "../config/problems.ts"
import type { ProviderSettings } from "../providers/provider.ts"
import { resolveProviders } from "../providers/settings.ts"
import { asRecord } from "../values.ts"
import { listSettings, type Setting } from "./configsettings.ts"
import { CommandError } from "./exitcodes.ts"
import { type Input, isSet, readText } from "./input.ts"
import { harmless, inLine, layOut, type Terminal } from "./terminal.ts"

export const check = {
  async run(input: Input): Promise<number> {
    const path = findPath(input)
    const report = examine(input)
    const { problems, mistakes, warnings, ignored } = report
    const count = problems.length + mistakes.length
    if (isSet(input, "json")) {
      const facts = { object: "config_check", path, exists: existsSync(path), is_right: count === 0 }
      input.terminal.show(`${JSON.stringify({ ...facts, problems, mistakes, warnings, ignored })}\n`)
    } else printReport(report, path, input.terminal)
    if (count === 0) return 0
    throw new CommandError("usage", `${count === 1 ? "1 mistake" : `${count} mistakes`}: no gateway starts with it`)
  },
}

interface Report extends Pick<ConfigError, "problems" | "warnings" | "mistakes"> {
  /** Members of the file that are not known. */
  ignored: string[]
}

function examine(input: Input): Report {
  const refusal = checkKeyVariable(input.env["ASYNCGATE_ENCRYPTION_KEY"])
  const ofKey = refusal === null ? [] : [refusal]
  try {
    const { warnings, ignored } = read(input)
    return { problems: [], mistakes: ofKey, warnings, ignored }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const { problems, warnings, mistakes } = error
    return { problems, warnings, mistakes: [...mistakes, ...ofKey], ignored: [] }
  }
}

function printReport({ problems, mistakes, warnings, ignored }: Report, path: string, terminal: Terminal): void {
  const wrong = [...mistakes, ...problems.map(({ path: at, found, fix }) => `${at}: found ${found}; write ${fix}`)]
  const besides = [
    ...warnings.map(({ path: at, says }) => `${at} ${says}`),
    ...ignored.map((member) => `${member} is not known, and is ignored`),
  ]
  const lines = [
    describePath(path),
    ...(wrong.length > 0 ? ["mistakes:", ...wrong.map((line) => `  ${inLine(line)}`)] : ["no mistakes"]),
    ...(besides.length > 0 ? ["besides:", ...besides.map((line) => `  ${inLine(line)}`)] : []),
  ]
  terminal.write(`${lines.join("\n")}\n`)
}

export const show = {
  async run(input: Input): Promise<number> {
    const path = findPath(input)
    let config: Config<ProviderSettings[]>
    try {
      config = read(input)
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      throw new CommandError("usage", `no gateway starts with this configuration:\n${error.message}`)
    }
    const settings = listSettings(config, { given: readGiven(input), env: input.env, file: readFile(path) })
    const { terminal } = input
    if (isSet(input, "json")) {
      terminal.show(`${JSON.stringify({ object: "config", path, exists: existsSync(path), settings })}\n`)
      return 0
    }
    const rows = settings.map((setting) => [setting.path, describeSource(setting), describeValue(setting)])
    terminal.write(layOut(["SETTING", "FROM", "VALUE"], rows, terminal.width))
    if (config.warnings.length > 0)
      terminal.say(`${config.warnings.length} of it cannot be used, or not fully: asyncgate config check tells what`)
    return 0
  },
}

function describeSource({ from, name }: Setting): string {
  return name ?? from
}

function describeValue({ value, is_set }: Setting): string {
  if (!is_set) return "-"
  return value === null ? "set, not shown" : typeof value === "string" ? value : JSON.stringify(value)
}

export const path = {
  async run(input: Input): Promise<number> {
    const found = findPath(input)
    const exists = existsSync(found)
    const { terminal } = input
    terminal.write(
      isSet(input, "json") ? `${JSON.stringify({ object: "config_path", path: found, exists })}\n` : `${found}\n`,
    )
    if (!exists) terminal.say("there is no such file, and none is needed")
    return 0
  },
}

export const schema = {
  async run({ terminal }: Input): Promise<number> {
    const { makeEditorSchema } = await import("../config/editorschema.ts")
    terminal.write(`${JSON.stringify(makeEditorSchema(), null, 2)}\n`)
    return 0
  },
}

function findPath(input: Input): string {
  return configPath(findAppDir(readText(input, "appDir"), input.env))
}

function describePath(found: string): string {
  return existsSync(found) ? `config.json: ${harmless(found)}` : `config.json: none (${harmless(found)} would be read)`
}

/** As the gateway reads it. @throws {ConfigError} */
function read(input: Input): Config<ProviderSettings[]> {
  const args = Object.entries(readGiven(input)).map(([name, value]) => `--${name}=${value}`)
  const command = readConfig(args, input.env, resolveProviders)
  if (command.kind === "serve") return command.config
  throw new CommandError("failed", "the flags are those of another command")
}

function readGiven(input: Input): Partial<Record<FlagName, string>> {
  return Object.fromEntries(
    flags.flatMap(({ name }) => {
      const value = readText(
        input,
        name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
      )
      return value === null ? [] : [[name, value]]
    }),
  )
}

/** The file as it is written. It has been read before, and was right. */
function readFile(found: string): Record<string, unknown> {
  if (!existsSync(found)) return {}
  const value = asRecord(JSON.parse(readFileSync(found, "utf8").replace(/^\uFEFF/, "")))
  removeNulls(value)
  return value
}
