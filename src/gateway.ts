// The composition root: arguments, environment and config.json in, a running gateway out. The only place that ends the process.
import { join } from "node:path"
import pkg from "../package.json" with { type: "json" }
import { randomBytes, steadyNow, systemClock } from "./clock.ts"
import { ConfigError } from "./config/problems.ts"
import { type Config, readConfig } from "./config.ts"
import { SetupRefused } from "./files.ts"
import { collectOnceSettled } from "./garbage.ts"
import { connectEngine } from "./http/engine.ts"
import { reservedHeaders } from "./http/forwarding.ts"
import { createLimiter } from "./http/limiter.ts"
import { createBodyMemory } from "./http/memory.ts"
import { createPace } from "./http/pace.ts"
import type { createServer } from "./http/server.ts"
import { createWaits } from "./http/wait.ts"
import { bytesOf, DataRefused, isDamage, openMappedReader, openReader, sizesAt, wayOut } from "./jobs/database.ts"
import { claimDirectory } from "./jobs/directory.ts"
import { CHECKED_BYTES_MAX } from "./jobs/prepare.ts"
import { createReads } from "./jobs/reads.ts"
import { createKeyring, createVirtualKey, openAdmin } from "./keyring.ts"
import { createLog } from "./log.ts"
import { accessOf, createServers, isGuessed, isUsualServer, type Served } from "./providers/local.ts"
import { resolveProviders } from "./providers/settings.ts"
import type { ProviderSettings } from "./providers/table.ts"
import { createSecrets, encryptionKey } from "./secrets.ts"

const exitCodes = { in_use: 3, newer: 4, corrupt: 5, unusable: 1 } as const

/** What the bodies that are coming in may hold of memory, all together. */
const BODY_MEMORY_BYTES = 512 * 1024 * 1024

/** How long the servers that are looked for have to answer, to stand in the banner. */
const SERVERS_MS = 150

/** How long answers may take to leave once everything is stored. */
const STALLED_MS_MAX = 2000

/** @param args what follows the program's name */
export async function main(args: string[]): Promise<void> {
  process.umask(0o077)
  // Bun would print the source around it.
  process.on("uncaughtException", endUnexpected)
  process.on("unhandledRejection", endUnexpected)
  try {
    const command = readConfig(args, process.env, resolveProviders)
    if (command.kind === "help") print(command.text)
    else if (command.kind === "version") print(pkg.version)
    else if (command.kind === "vk create") createKey(command.appDir, command.name)
    else await serve(command.config)
  } catch (error) {
    if (error instanceof ConfigError) quit(2, `asyncgate cannot start:\n${error.message}`)
    if (error instanceof SetupRefused) quit(2, `asyncgate cannot start: ${error.message}`)
    if (error instanceof DataRefused) quit(exitCodes[error.reason], `asyncgate cannot start: ${error.message}`)
    if (isDamage(error)) {
      const damage = `the database is damaged (${error.message})`
      quit(exitCodes.corrupt, `asyncgate cannot start: ${damage}. ${wayOut("asyncgate.db")}`)
    }
    quit(1, `asyncgate cannot start: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The value is on standard output alone, so that a script can take it from there. */
function createKey(appDir: string, name: string): void {
  const { id, value } = createVirtualKey(appDir, name, systemClock.now())
  process.stderr.write(`virtual key ${id} (${name}); only its digest is kept, so this is the one time it is shown:\n`)
  print(value)
}

async function serve(config: Config<ProviderSettings[]>): Promise<void> {
  const clock = systemClock
  const log = createLog({ ...config.log, now: clock.now })
  const { providers, client } = config
  const servers = createServers(fetch, clock)
  // They answer while all else starts.
  const served = servers.ask(providers.filter(isUsualServer), SERVERS_MS)
  // Its thread loads while the directory is made ready.
  const engineThread = new Worker(new URL("./engine.worker.ts", import.meta.url))
  const directory = claimDirectory(config.appDir, log.warn)
  const { databasePath } = directory
  const reads = createReads(
    openReader(databasePath),
    () => openMappedReader(databasePath),
    (detail) => engine.damaged(detail),
  )
  const key = encryptionKey(config.appDir, process.env["ASYNCGATE_ENCRYPTION_KEY"], reads.sealed())
  const keyring = createKeyring(config.virtualKeys, config.appDir, (reason) =>
    log.warn("the file of virtual keys cannot be read: those known so far stay", { reason }),
  )
  const admin = openAdmin(config.appDir)
  const engine = connectEngine(engineThread, clock, reads.refresh, ({ reason, message }) =>
    quit(exitCodes[reason], `asyncgate stopped: ${message}`),
  )
  engine.open({
    databasePath,
    lock: directory.lock,
    providers,
    workers: Math.max(1, Math.min(4, navigator.hardwareConcurrency - 1)),
    encryptionKey: key,
    ownerCaps: Object.fromEntries(
      config.virtualKeys.flatMap(({ id, max_concurrent_jobs }) =>
        max_concurrent_jobs === undefined ? [] : [[`vk:${id}`, max_concurrent_jobs]],
      ),
    ),
    budgets: Object.fromEntries(
      config.virtualKeys.flatMap(({ id, budgets }) => (budgets === undefined ? [] : [[`vk:${id}`, budgets]])),
    ),
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
  // Before the engine starts, because a port that is taken must not cut off calls that have just gone out.
  listen(app, config)
  const started = await engine.start()
  if (bytesOf(databasePath) > CHECKED_BYTES_MAX) checkBeside(databasePath, engine.damaged)
  for (const { path, says } of config.warnings) log.warn(`config.json: ${path} ${says}`)
  if (config.ignored.length > 0) {
    log.warn("config.json has members that this version ignores", { members: config.ignored })
  }
  stopOnSignals(async () => {
    const { released } = await engine.drain(client.shutdown_grace_in_seconds * 1000)
    // A client that stalls in mid-body would hold up the end for ever.
    const cut = clock.after(STALLED_MS_MAX, () => void app.stop(true))
    await app.stop()
    cut()
    directory.release()
    log.info("stopped", { released })
  }, log)
  collectOnceSettled(clock)
  // Last: whoever waits for it may send signals at once.
  banner(config, app.server?.port ?? config.port, { ...started, newToken: admin.newToken, served: await served })
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

function listen(app: ReturnType<typeof createServer>, config: Pick<Config<unknown>, "host" | "port">): void {
  try {
    app.listen({
      hostname: config.host,
      port: config.port,
      // Two gateways on one port would take turns without a word.
      reusePort: false,
      idleTimeout: 255,
      // The limit is ours, because Bun's own answer to a body above it has no body that says so.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    })
  } catch (error) {
    if ((error as { code?: unknown }).code !== "EADDRINUSE") throw error
    quit(
      1,
      `asyncgate cannot start: port ${config.port} is in use. Start with --port N (or APP_PORT=N) to take another.`,
    )
  }
}

function banner(
  config: Config<ProviderSettings[]>,
  port: number,
  {
    recovered,
    queued,
    newToken,
    served,
  }: { recovered: number; queued: number; newToken: string | null; served: Served },
): void {
  const url = `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${port}`
  const found = usable(config.providers, served)
  const facts = {
    version: pkg.version,
    url,
    docs: `${url}/docs`,
    data: config.appDir,
    providers: found,
    recovered,
    queued,
    ...(newToken === null ? {} : { adminToken: newToken }),
  }
  if (config.log.style === "json") {
    print(JSON.stringify({ event: "listening", ...facts }))
    return
  }
  const rows = [
    ["url", url],
    ["docs", facts.docs],
    ["data", config.appDir],
    ["config", join(config.appDir, "config.json")],
    ["providers", inLines(found.map(inWords))],
    ...(newToken === null ? [] : [["admin", `${newToken} (shown this once)`]]),
    ...(queued + recovered > 0 ? [["jobs", `${queued} waiting, ${recovered} taken up again after the last stop`]] : []),
    ...(process.execve ? [] : [["limit", "at most 256 calls at a time: this system cannot lift Bun's limit"]]),
  ]
  print(`\nasyncgate ${pkg.version}\n${rows.map(([name, value]) => `  ${name?.padEnd(10)} ${value}\n`).join("")}`)
}

interface Usable {
  name: string
  /** Where its key came from, or why there need be none. */
  key: string
  /** Of a server that was asked: how many it has; null: it did not answer. */
  models?: number | null
}

/** The providers that can be called. A server that nobody has configured is one of them if it answers. */
function usable(providers: readonly ProviderSettings[], served: Served): Usable[] {
  return providers.flatMap((provider) => {
    const { name } = provider
    const key = accessOf(provider)
    if (key === null || (isGuessed(provider) && !served.has(name))) return []
    if (!isUsualServer(provider) || served.get(name) === null) return [{ name, key }]
    return [{ name, key, models: served.get(name)?.length ?? null }]
  })
}

function inWords({ name, key, models }: Usable): string {
  if (models === undefined) return `${name} (${key})`
  return `${name} (${key}, ${models === null ? "no answer yet" : models === 1 ? "1 model" : `${models} models`})`
}

const LINE_CHARS = 100

/** In as many lines of the banner as it takes. There is at least one: what is built in needs nothing. */
function inLines(items: string[]): string {
  return items.reduce((text, item) => {
    const isFull = text.length - text.lastIndexOf("\n") + item.length > LINE_CHARS
    return `${text},${isFull ? `\n${" ".repeat(13)}` : " "}${item}`
  })
}

/** The first signal stops in good order, a second one at once. */
function stopOnSignals(stop: () => Promise<void>, log: ReturnType<typeof createLog>): void {
  let isStopping = false
  const onSignal = async () => {
    if (isStopping) process.exit(1)
    isStopping = true
    log.info("stopping: calls under way may finish; a second signal stops at once")
    await stop()
    process.exit(0)
  }
  process.on("SIGTERM", onSignal)
  process.on("SIGINT", onSignal)
}

/** A line, or several, of standard output. Not by `process.stdout`: the streams behind it take 2 MB of an idle gateway. */
function print(text: string): void {
  // biome-ignore lint/suspicious/noConsole: what the program prints, and no trace of debugging
  console.log(text)
}

function endUnexpected(error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error)
  quit(1, `asyncgate stopped: ${reason}. This is a bug. Every accepted job is on disk; start again to go on.`)
}

function quit(code: number, message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(code)
}
