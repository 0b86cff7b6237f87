// The commands service install, uninstall, status and logs: the gateway as a service of the user's own.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { homedir } from "node:os"
import { dirname, join } from "node:path"
import { systemClock } from "../clock.ts"
import { readConfig } from "../config/load.ts"
import { ConfigError } from "../config/problems.ts"
import { quoteForShell } from "../shell.ts"
import { CommandError, findCode } from "./exitcodes.ts"
import { findRunning } from "./gatewayclient.ts"
import { type Input, isSet, readCount, readText } from "./input.ts"
import { isOfProgram, isOurs, type Start } from "./servicefiles.ts"
import { findManager, type Manager, type Words } from "./servicemanager.ts"

/** What the manager adds to the time that running calls get, before it kills the process. */
const STOP_EXTRA_S = 30
/** How long a service that was started may take until it answers. */
const START_MS_MAX = 10_000
const LOOK_MS = 100
const LINES_USUAL = 100

export const install = { run: runInstall }
export const uninstall = { run: runUninstall }
export const status = { run: runStatus }
export const logs = { run: runLogs }

async function runInstall(input: Input): Promise<number> {
  const manager = openManager(input)
  const { appDir, start } = planStart(input, manager)
  const text = describe(manager, start)
  const before = readDescription(manager)
  if (before !== null && !isOurs(before))
    throw new CommandError("failed", `${manager.file} was written by somebody else: move it away first`)
  if (isSet(input, "dryRun")) return report(input, manager, text, manager.install, { isDone: false, url: null })
  const running = findRunning(appDir)
  if (before === null && running !== null)
    throw new CommandError("failed", `a gateway runs with ${appDir} already, at ${running}: stop it first`)
  probe(manager, input)
  save(manager, text)
  try {
    for (const words of manager.install) call(words, input)
  } catch (error) {
    // A service that cannot be started would be tried again at every log-in.
    if (before === null) remove(manager, input)
    else save(manager, before)
    throw error
  }
  const url = await waitForStart(appDir, manager, input)
  report(input, manager, text, manager.install, { isDone: true, url })
  explainInstalled(input, manager, start, url)
  return url === null ? findCode("failed") : 0
}

function explainInstalled({ terminal }: Input, manager: Manager, start: Start, url: string | null): void {
  if (url === null) terminal.say("it has not begun to answer; see: asyncgate service logs")
  else terminal.say(`asyncgate runs at ${url}, and starts again after a failure and when you log in`)
  terminal.say(manager.hint)
  if (CACHE.test(process.execPath))
    terminal.say(
      `the Bun that it starts lies in a cache that may be emptied: npm install -g bun@${Bun.version}, and install it anew with that`,
    )
  const keys = "it does not see the variables of this shell; keys of providers go into config.json"
  terminal.say(manager.name === "systemd" ? `${keys}, or as NAME=value lines into ${start.environmentFile}` : keys)
}

async function runUninstall(input: Input): Promise<number> {
  const manager = openInstalled(input)
  const commands = [...manager.uninstall, ["rm", manager.file], ...manager.forget]
  if (isSet(input, "dryRun")) return reportCommands(input, manager, commands, false)
  probe(manager, input)
  for (const words of manager.uninstall) call(words, input)
  rmSync(manager.file, { force: true })
  for (const words of manager.forget) call(words, input)
  reportCommands(input, manager, commands, true)
  input.terminal.say("the service is gone; its jobs and its configuration stay where they are")
  return 0
}

async function runStatus(input: Input): Promise<number> {
  const manager = openInstalled(input)
  if (isSet(input, "dryRun")) return reportCommands(input, manager, [manager.status], false)
  const { code, output, errors } = execute(manager.status, input)
  if (isSet(input, "json")) {
    const facts = { manager: manager.name, file: manager.file, is_running: code === 0, output: output.trim() }
    input.terminal.write(`${JSON.stringify(facts)}\n`)
  } else {
    if (output !== "") input.terminal.write(output)
    if (code !== 0) input.terminal.say(`${errors.trim() || "it does not run"}; see: asyncgate service logs`)
  }
  return code === 0 ? 0 : findCode("failed")
}

async function runLogs(input: Input): Promise<number> {
  const manager = openInstalled(input)
  const words = manager.readLog(readCount(input, "lines", LINES_USUAL), isSet(input, "follow"))
  if (isSet(input, "dryRun")) return reportCommands(input, manager, [words], false)
  if (manager.logFile !== null && !existsSync(manager.logFile))
    throw new CommandError("failed", `there is no log yet at ${manager.logFile}: the service has not run`)
  const child = spawn(words, input, "inherit")
  return (await child.exited) === 0 ? 0 : findCode("failed")
}

/** @throws {CommandError} failed: this system has no manager that is known */
function openManager({ env }: Input): Manager {
  const manager = findInstallable(env)
  if (manager !== null) return manager
  throw new CommandError(
    "failed",
    `services are known of Linux with systemd, macOS and Windows, but this is ${process.platform}: start asyncgate with what starts programs there`,
  )
}

/** @throws {CommandError} failed: there is no service */
function openInstalled(input: Input): Manager {
  const manager = openManager(input)
  if (readDescription(manager) !== null) return manager
  throw new CommandError(
    "failed",
    `no service is installed (there is no ${manager.file}): asyncgate service install makes one`,
  )
}

function findInstallable(env: Input["env"]): Manager | null {
  return findManager({
    platform: process.platform,
    home: homedir(),
    uid: process.getuid?.() ?? null,
    env,
  })
}

/**
 * Restarts the service if there is one, and it was made by `service install`.
 * @returns whether there is one
 * @throws {CommandError} failed
 */
export function restartInstalled(input: Input, program: string): boolean {
  const manager = findInstallable(input.env)
  const text = manager === null ? null : readDescription(manager)
  if (manager === null || text === null || !isOfProgram(text, program)) return false
  for (const words of manager.restart) call(words, input)
  return true
}

function readDescription({ file, encoding }: Manager): string | null {
  return existsSync(file) ? readFileSync(file, encoding) : null
}

function save({ file, encoding }: Manager, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    // Windows tells by the mark at its beginning how the file is encoded.
    writeFileSync(file, encoding === "utf16le" ? `\uFEFF${text.replace(/^\uFEFF/, "")}` : text, encoding)
  } catch (error) {
    throw new CommandError("failed", `${file} cannot be written: ${(error as Error).message}`)
  }
}

function remove(manager: Manager, input: Input): void {
  rmSync(manager.file, { force: true })
  for (const words of manager.forget) execute(words, input)
}

/**
 * What the service will run. The configuration is read as the gateway would, so that one which it refuses is told now.
 * @throws {CommandError} usage, failed
 */
function planStart(input: Input, manager: Manager): { appDir: string; start: Start } {
  const { env } = input
  const port = readText(input, "port") ?? (env["APP_PORT"] || null)
  const host = readText(input, "host") ?? (env["APP_HOST"] || null)
  const flags = [...(port === null ? [] : ["--port", port]), ...(host === null ? [] : ["--host", host])]
  const given = readText(input, "appDir")
  const { appDir, graceS } = checkConfig([...flags, ...(given === null ? [] : ["--app-dir", given])], env)
  const command = [...findProgram(), "serve", "--app-dir", appDir, ...flags]
  const strange = command.find((word) => /\p{Cc}/u.test(word))
  if (strange !== undefined)
    throw new CommandError("usage", `${JSON.stringify(strange)} has a control character: choose a path without`)
  const environmentFile = join(appDir, "service.env")
  const logFile = manager.logFile ?? ""
  return { appDir, start: { command, stopWithinS: graceS + STOP_EXTRA_S, environmentFile, logFile } }
}

function checkConfig(args: string[], env: Input["env"]): { appDir: string; graceS: number } {
  try {
    // Providers are left out: whether their keys are there depends on the service's own variables.
    const read = readConfig(args, env, () => ({ providers: null, warnings: [], problems: [] }))
    if (read.kind === "serve")
      return { appDir: read.config.appDir, graceS: read.config.client.shutdown_grace_in_seconds }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new CommandError("usage", `the gateway would not start:\n${error.message}`)
  }
  throw new CommandError("usage", "write the values of flags behind them, as --port 8080")
}

/** Where npx and bunx keep what they run. */
const CACHE = /[\\/](_npx|bunx-[^\\/]*)[\\/]/

/** @throws {CommandError} failed: the program will not stay where it is */
function findProgram(): string[] {
  const { execPath } = process
  if (!Bun.isStandaloneExecutable) return [execPath, Bun.main]
  if (!CACHE.test(execPath)) return [execPath]
  throw new CommandError(
    "failed",
    `${execPath} lies in a cache that may be emptied: install the program first, as with npm install -g asyncgate`,
  )
}

/** Null: it has given up, or does not answer in time. */
async function waitForStart(appDir: string, manager: Manager, input: Input): Promise<string | null> {
  for (let waitedMs = 0; waitedMs < START_MS_MAX; waitedMs += LOOK_MS) {
    const url = findRunning(appDir)
    if (url !== null) return url
    if (manager.isFailed !== null && execute(manager.isFailed, input).code === 0) return null
    await new Promise<void>((resolve) => systemClock.after(LOOK_MS, resolve))
  }
  return null
}

function describe(manager: Manager, start: Start): string {
  try {
    return manager.describe(start)
  } catch (error) {
    throw new CommandError("failed", (error as Error).message)
  }
}

/** @throws {CommandError} failed: the manager cannot be reached, and what to do */
function probe({ name, probe: words, remedy }: Manager, input: Input): void {
  const { code, errors } = execute(words, input)
  if (code !== 0) throw new CommandError("failed", `${name} does not answer (${firstLine(errors)}): ${remedy}`)
}

/** @throws {CommandError} failed */
function call(words: Words, input: Input): void {
  const { code, errors } = execute(words, input)
  if (code !== 0)
    throw new CommandError(
      "failed",
      `${spell(words)} failed with ${code}: ${firstLine(errors) || "it does not say why"}`,
    )
}

interface Executed {
  code: number
  output: string
  errors: string
}

function execute(words: Words, { env }: Input): Executed {
  try {
    const { exitCode, stdout, stderr } = Bun.spawnSync([...words], { env, stdin: "ignore" })
    return { code: exitCode, output: stdout.toString(), errors: stderr.toString() }
  } catch (error) {
    throw explainMissing(words, error)
  }
}

function spawn(words: Words, { env }: Input, output: "inherit") {
  try {
    return Bun.spawn([...words], { env, stdin: "ignore", stdout: output, stderr: output })
  } catch (error) {
    throw explainMissing(words, error)
  }
}

function explainMissing([program = ""]: Words, error: unknown): CommandError {
  const { code, message } = error as { code?: unknown; message: string }
  const why = code === "ENOENT" ? `there is no ${program} here` : `${program} cannot be run (${message})`
  return new CommandError(
    "failed",
    `${why}: this system starts its programs in another way; asyncgate service install --dry-run shows what would be written`,
  )
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? ""
}

/** As it is typed in a shell. */
function spell(words: Words): string {
  return words.map(quoteForShell).join(" ")
}

function report(
  input: Input,
  manager: Manager,
  text: string,
  commands: readonly Words[],
  { isDone, url }: { isDone: boolean; url: string | null },
): number {
  const { terminal } = input
  const { name, file } = manager
  if (isSet(input, "json")) {
    terminal.write(`${JSON.stringify({ manager: name, file, text, commands, is_done: isDone, url })}\n`)
    return 0
  }
  terminal.write(isDone ? `written: ${file}\n` : `would be written: ${file}\n\n${text}\n`)
  writeCommands(input, commands, isDone)
  return 0
}

function reportCommands(input: Input, { name, file }: Manager, commands: readonly Words[], isDone: boolean): number {
  if (isSet(input, "json"))
    input.terminal.write(`${JSON.stringify({ manager: name, file, commands, is_done: isDone })}\n`)
  else writeCommands(input, commands, isDone)
  return 0
}

function writeCommands({ terminal }: Input, commands: readonly Words[], isDone: boolean): void {
  for (const words of commands) terminal.write(`${isDone ? "run" : "would be run"}: ${spell(words)}\n`)
}
