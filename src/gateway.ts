// The composition root: arguments, environment and config.json in, a running gateway out. It ends the process.
import pkg from "../package.json" with { type: "json" }
import { type Admin, createKeyring, openAdmin } from "./auth/keyring.ts"
import { followFile, SetupRefused } from "./auth/privatefiles.ts"
import { createSecrets, encryptionKey } from "./auth/sealing.ts"
import { bannerText } from "./cli/banner.ts"
import { runCommand } from "./cli/commands.ts"
import { randomBytes, steadyNow, systemClock } from "./clock.ts"
import { type Config, configPath, readChanges, readConfig } from "./config/load.ts"
import { ConfigError } from "./config/problems.ts"
import { connectEngine } from "./http/engineclient.ts"
import { createBodyMemory } from "./http/intake/bodymemory.ts"
import { reservedHeaders } from "./http/intake/forwarding.ts"
import { createLimiter } from "./http/intake/limiter.ts"
import { createPace } from "./http/pace.ts"
import type { createServer } from "./http/server.ts"
import { createWaits } from "./http/wait.ts"
import {
  bytesOf,
  DataRefused,
  isDamage,
  openMappedReader,
  openReader,
  sizesAt,
  wayOut,
} from "./jobs/sqlite/database.ts"
import { claimDirectory } from "./jobs/sqlite/directory.ts"
import { CHECKED_BYTES_MAX } from "./jobs/sqlite/prepare.ts"
import { createReads } from "./jobs/sqlite/reads.ts"
import { type Log, openLog } from "./log.ts"
import { watchDescriptors } from "./process/descriptors.ts"
import { collectOnceSettled } from "./process/garbage.ts"
import { createOutput, isDiscarded, writeWaiting } from "./process/output.ts"
import type { StopSignals } from "./process/signals.ts"
import { createServers, isUsualServer } from "./providers/local.ts"
import type { ProviderSettings } from "./providers/provider.ts"
import { resolveProviders } from "./providers/settings.ts"

const exitCodes = { in_use: 3, newer: 4, corrupt: 5, unusable: 1 } as const

/** What the bodies that are coming in may hold of memory, all together. */
const BODY_MEMORY_BYTES = 512 * 1024 * 1024

/** How long the servers that are looked for have to answer, to stand in the banner. */
const SERVERS_MS = 150

/** How long answers may take to leave once everything is stored, and lines of the log to be read. */
const STALLED_MS_MAX = 2000

/** How often the files are looked at that a running gateway follows. */
const FOLLOW_MS = 1000

/** @param args what follows the program's name */
export async function main(args: string[], signals: StopSignals): Promise<void> {
  process.umask(0o077)
  let doing = "asyncgate cannot start"
  try {
    const command = readConfig(args, process.env, resolveProviders)
    if (command.kind === "serve") return await serve(command.config, signals)
    // What a command does is over at once, or waits for its reader: a signal ends it as any other program.
    signals.release()
    if (command.kind === "help") return writeWaiting(1, `${command.text}\n`)
    if (command.kind === "version") return writeWaiting(1, `${pkg.version}\n`)
    doing = `asyncgate ${command.kind}`
    runCommand(command.kind, command.appDir, command.argument)
  } catch (error) {
    if (error instanceof ConfigError) quit(2, `${doing}:\n${error.message}`)
    if (error instanceof SetupRefused) quit(2, `${doing}: ${error.message}`)
    if (error instanceof DataRefused) quit(exitCodes[error.reason], `${doing}: ${error.message}`)
    if (isDamage(error)) {
      quit(exitCodes.corrupt, `${doing}: the database is damaged (${error.message}). ${wayOut("asyncgate.db")}`)
    }
    quit(1, `${doing}: ${messageOf(error)}`)
  }
}

async function serve(config: Config<ProviderSettings[]>, signals: StopSignals): Promise<void> {
  const clock = systemClock
  const log = openLog(config.log)
  const banner = createOutput(1, () => "")
  logStrayErrors(log)
  let closeIdle = () => 0
  watchDescriptors(clock, log, () => closeIdle())
  const { providers, client } = config
  const servers = createServers(fetch, clock)
  // They answer while all else starts.
  const served = servers.ask(providers.filter(isUsualServer), SERVERS_MS)
  // Its thread loads while the directory is made ready.
  const engineThread = new Worker(new URL("./engine.worker.ts", import.meta.url))
  const directory = claimDirectory(config.appDir, log.warn)
  process.on("exit", directory.release)
  const { databasePath } = directory
  const reads = createReads(
    openReader(databasePath),
    () => openMappedReader(databasePath),
    (detail) => engine.damaged(detail),
  )
  const key = encryptionKey(config.appDir, process.env["ASYNCGATE_ENCRYPTION_KEY"], reads.sealed())
  const admin = openAdmin(config.appDir, (reason) =>
    log.error("the admin token's file cannot be read: the token known so far stays", { reason }),
  )
  const engine = connectEngine(engineThread, clock, reads.refresh, ({ reason, message }) =>
    quit(exitCodes[reason], `asyncgate stopped: ${message}`),
  )
  const keyring = createKeyring(config.virtualKeys, config.appDir, (reason) =>
    log.error("the file of virtual keys cannot be read: those known so far stay", { reason }),
  )
  engine.open({
    databasePath,
    lock: directory.lock,
    providers,
    workers: Math.max(1, Math.min(4, navigator.hardwareConcurrency - 1)),
    encryptionKey: key,
    ...limitsOf(config.virtualKeys),
    diskReserveMb: client.disk_reserve_mb,
    log: config.log,
  })
  // Loaded only now, so that the engine's thread is busy with its own meanwhile.
  const { createServer } = await import("./http/server.ts")
  const app = createServer({
    engine,
    reads,
    clock,
    steady: steadyNow,
    random: randomBytes,
    log,
    keyring,
    admin,
    limiter: createLimiter(),
    secrets: createSecrets(key),
    pace: createPace(),
    waits: createWaits(engine, clock),
    servers,
    sizes: () => sizesAt(databasePath),
    isAuthEnforced: client.enforce_auth_on_inference,
    allowsOwnKeys: client.allow_direct_keys,
    version: pkg.version,
    providers: new Map(providers.map((provider) => [provider.name, provider])),
    bodyBytesMax: client.max_request_body_size_mb * 1024 * 1024,
    bodyMemory: createBodyMemory(Math.max(BODY_MEMORY_BYTES, 2 * client.max_request_body_size_mb * 1024 * 1024)),
    breathe: () => new Promise((resolve) => clock.soon(resolve)),
    reserved: reservedHeaders(providers),
    ttlMs: client.async_job_result_ttl * 1000,
    ttlMsMax: client.async_job_result_ttl_max * 1000,
    deadlineMs: client.async_job_deadline * 1000,
    allowedOrigins: client.allowed_origins,
    allowedHosts: client.allowed_hosts,
  })
  const stop = async () => {
    log.info("stopping: calls under way may finish; a second signal stops at once")
    const { released } = await engine.drain(client.shutdown_grace_in_seconds * 1000)
    // A client that stalls in mid-body would hold up the end for ever.
    const cut = clock.after(STALLED_MS_MAX, () => void app.stop(true))
    await app.stop()
    cut()
    log.info("stopped", { released })
    await log.settle(STALLED_MS_MAX)
    process.exit(0)
  }
  signals.asked.then(stop).catch((error) => quit(1, `asyncgate cannot stop in good order: ${messageOf(error)}`))
  if (signals.isAsked()) process.exit(0)
  // Before the engine starts, because a port that is taken must not cut off calls that have just gone out.
  listen(app, config)
  closeIdle = () => app.server?.closeIdleConnections() ?? 0
  const { recovered, queued } = await engine.start()
  if (bytesOf(databasePath) > CHECKED_BYTES_MAX) checkBeside(databasePath, engine.damaged)
  for (const { path, says } of config.warnings) log.warn(`config.json: ${path} ${says}`)
  if (config.ignored.length > 0) {
    log.warn("config.json has members that this version ignores", { members: config.ignored })
  }
  const changes = followConfig(config, log, (keys) => {
    keyring.configure(keys)
    engine.limit(limitsOf(keys))
  })
  clock.every(FOLLOW_MS, () => {
    changes.refresh(true)
    keyring.refresh()
    admin.refresh()
  })
  collectOnceSettled(clock)
  const found = await served
  if (signals.isAsked()) return
  const { newToken } = admin
  const url = urlOf(config.host, app.server?.port ?? config.port)
  const text = bannerText(config, { url, recovered, queued, newToken, served: found })
  // Last: whoever waits for it may send signals at once.
  banner.write(text, (isWritten) => {
    // The line of JSON says itself how to get one.
    if (newToken !== null && config.log.style === "pretty") onBanner(isWritten && !isDiscarded(1), admin, log)
  })
}

/** A database that is too large to be read as a whole before the start is read beside the work, on a thread of its own. */
function checkBeside(databasePath: string, onDamage: (detail: string) => void): void {
  const thread = new Worker(new URL("./check.worker.ts", import.meta.url))
  thread.addEventListener("message", ({ data }: MessageEvent<string | null>) => {
    thread.terminate()
    if (data !== null) onDamage(data)
  })
  thread.addEventListener("error", (event) => event.preventDefault())
  thread.postMessage(databasePath)
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`
}

/** A token that nobody was shown is made anew by the next start. */
function onBanner(isShown: boolean, admin: Admin, log: Log): void {
  if (!isShown) {
    log.info("no admin token was shown: run asyncgate admin-token rotate to get one")
    return
  }
  try {
    admin.keep()
  } catch (error) {
    log.error("the admin token cannot be kept: the next start makes another one", { reason: messageOf(error) })
  }
}

/** @param onKeys called with the virtual keys of config.json whenever the file has changed */
function followConfig(config: Config<unknown>, log: Log, onKeys: (keys: Config<unknown>["virtualKeys"]) => void) {
  let { fixed } = config
  const read = () => {
    const changes = readChanges(config.appDir, process.env)
    if (changes.fixed !== fixed && changes.fixed !== config.fixed) {
      log.warn("config.json has changed: its virtual keys count from now on, all else from the next start on")
    }
    fixed = changes.fixed
    // Which keys of providers it may use is known to the engine since the start: one for whom that changed is off till then.
    const limitsOn = (limits: typeof config.keyLimits, id: string) =>
      JSON.stringify(limits.filter(({ owner }) => owner === `vk:${id}`))
    const isKept = ({ id }: { id: string }) => limitsOn(config.keyLimits, id) === limitsOn(changes.keyLimits, id)
    const off = changes.virtualKeys.filter((key) => !isKept(key)).map(({ id }) => id)
    if (off.length > 0) {
      log.warn("virtual keys whose provider_configs name other keys than before are off until the next start", {
        ids: off,
      })
    }
    onKeys(changes.virtualKeys.filter(isKept))
  }
  const onUnreadable = (reason: string) =>
    log.error("config.json cannot be read: the virtual keys known so far stay", { reason })
  // The first refresh reads it again: it may have changed since the start began.
  return followFile(configPath(config.appDir), read, onUnreadable, { value: undefined })
}

/** What the engine must know of virtual keys. */
function limitsOf(keys: Config<unknown>["virtualKeys"]) {
  return {
    ownerCaps: Object.fromEntries(
      keys.flatMap(({ id, max_concurrent_jobs }) =>
        max_concurrent_jobs === undefined ? [] : [[`vk:${id}`, max_concurrent_jobs]],
      ),
    ),
    budgets: Object.fromEntries(
      keys.flatMap(({ id, budgets }) => (budgets === undefined ? [] : [[`vk:${id}`, budgets]])),
    ),
  }
}

function listen(app: ReturnType<typeof createServer>, { host, port }: Pick<Config<unknown>, "host" | "port">): void {
  try {
    app.listen({
      hostname: host,
      port,
      // Two gateways on one port would take turns without a word.
      reusePort: false,
      idleTimeout: 255,
      // The limit is ours, because Bun's own answer to a body above it has no body that says so.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    })
  } catch (error) {
    quit(1, `asyncgate cannot start: ${listenProblem(error, host, port)}`)
  }
}

function listenProblem(error: unknown, host: string, port: number): string {
  const { code } = error as { code?: unknown }
  switch (code) {
    case "EADDRINUSE":
      return `port ${port} is in use. Start with --port N (or APP_PORT=N) to take another.`
    case "EACCES":
    case "EPERM":
      return `port ${port} is not allowed to this user. Start with --port N (or APP_PORT=N) from 1024 on.`
    case "EADDRNOTAVAIL":
    case "EINVAL":
    case "ENOENT":
    case "ENOTFOUND":
    case "EAFNOSUPPORT":
      return `${JSON.stringify(host)} is no address of this machine (${code}). Start with --host ADDRESS (or APP_HOST=ADDRESS), as 127.0.0.1 or 0.0.0.0.`
    default:
      return `cannot listen on ${host}, port ${port}: ${messageOf(error)}. Start with another --host or --port.`
  }
}

/** What nobody has caught ends no service. */
function logStrayErrors(log: Log): void {
  const onStray = (error: unknown) => log.error("unexpected error", { error: messageOf(error) })
  process.on("uncaughtException", onStray)
  process.on("unhandledRejection", onStray)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function quit(code: number, message: string): never {
  createOutput(2, () => "").write(`${message}\n`)
  process.exit(code)
}
