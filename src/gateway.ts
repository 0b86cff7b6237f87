// The composition root: arguments, environment and config.json in, a running gateway out. It ends the process.
import { type Admin, openAdmin } from "./auth/admintoken.ts"
import { SetupRefused } from "./auth/privatefiles.ts"
import { createSecrets, encryptionKey, GIVE_UP, type Secrets } from "./auth/sealing.ts"
import { createKeyring } from "./auth/virtualkeys.ts"
import { bannerText, type Started } from "./cli/banner.ts"
import { runCommand } from "./cli/commands.ts"
import { inTime, randomBytes, steadyNow, systemClock } from "./clock.ts"
import { followConfig, listOwnerLimits } from "./config/follow.ts"
import { type Config, isLoopback, readConfig } from "./config/load.ts"
import { ConfigError } from "./config/problems.ts"
import { createWebhookFile } from "./config/webhookfile.ts"
import { EngineClient } from "./http/engineclient.ts"
import { createLimiter } from "./http/intake/limiter.ts"
import { listen } from "./http/listen.ts"
import { createPollInterval } from "./http/pollinterval.ts"
import { createPeers } from "./http/request/peer.ts"
import type { createServer } from "./http/server.ts"
import { createWaits } from "./http/wait.ts"
import { createSampleLimit } from "./http/webhooks/samplelimit.ts"
import type { Data } from "./jobs/data.ts"
import { createJobIds } from "./jobs/ids.ts"
import { describeRecovery, isDamage } from "./jobs/sqlite/database.ts"
import { DataRefused } from "./jobs/storeerror.ts"
import { type Log, type OpenLog, openLog } from "./log.ts"
import { deleteOrphans, openData } from "./opendata.ts"
import { watchDescriptors } from "./process/descriptors.ts"
import { collectOnceSettled } from "./process/garbage.ts"
import { giveBackOnceSettled } from "./process/mappings.ts"
import { createOutput, isDiscarded } from "./process/output.ts"
import { reexecute } from "./process/reexecute.ts"
import type { StopSignals } from "./process/signals.ts"
import { createServers, isUsualServer } from "./providers/local.ts"
import type { ProviderSettings } from "./providers/provider.ts"
import { resolveProviders } from "./providers/settings.ts"
import { listPaths, logWarnings, readResponseBound, readSettings } from "./serversettings.ts"
import type { Standby } from "./standby.ts"
import { describeCause } from "./values.ts"
import { DELIVERY_DAYS } from "./webhooks/webhook.ts"

type Server = ReturnType<typeof createServer>
type BannerFacts = Omit<Started, "served">

const exitCodes = { in_use: 3, newer: 4, corrupt: 5, unusable: 1 } as const

/** How long local model servers have to answer to be listed in the banner. */
const SERVERS_MS = 150

/** How long a stop waits for responses to be sent once everything is stored, and for lines of the log to be written. */
const STALLED_MS_MAX = 2000

/** How often the files that a running gateway follows are checked for changes. */
const FOLLOW_MS = 1000

/** @param args the arguments of the command line, without the program's name */
export async function main(args: string[], signals: StopSignals): Promise<void> {
  process.umask(0o077)
  let doing = "asyncgate cannot start"
  try {
    const command = readConfig(args, process.env, resolveProviders)
    if (command.kind === "serve") return await serve(command.config, signals)
    // A command is short, or waits for the reader of its output: a signal ends it as it ends any other program.
    signals.release()
    if (command.kind === "help" || command.kind === "version") {
      const { printHelp, printVersion } = await import("./cli/overview.ts")
      process.exitCode = (command.kind === "help" ? printHelp : printVersion)(process.env)
      return
    }
    doing = `asyncgate ${command.kind}`
    runCommand(command.kind, command.appDir, command.argument)
  } catch (error) {
    if (error instanceof ConfigError) quit(2, `${doing}:\n${error.message}`)
    if (error instanceof SetupRefused) quit(2, `${doing}: ${error.message}`)
    if (error instanceof DataRefused) quit(exitCodes[error.reason], `${doing}: ${error.message}`)
    if (isDamage(error)) {
      quit(
        exitCodes.corrupt,
        `${doing}: the database is damaged (${error.message}). ${describeRecovery("asyncgate.db")}`,
      )
    }
    quit(1, `${doing}: ${describeCause(error)}`)
  }
}

async function serve(config: Config<ProviderSettings[]>, signals: StopSignals): Promise<void> {
  const clock = systemClock
  const log = openLog(config.log)
  const banner = createOutput(1, () => "")
  logStrayErrors(log)
  let closeIdle = () => 0
  watchDescriptors(clock, log, () => closeIdle())
  const servers = createServers(fetch, clock)
  // They are asked now, so that they answer while everything else starts.
  const served = servers.ask(config.providers.filter(isUsualServer), SERVERS_MS)
  const showBanner = async (facts: BannerFacts, onWritten?: (isWritten: boolean) => void) =>
    banner.write(bannerText(config, { ...facts, served: await served }), onWritten)
  const parts = await openParts(config, log, signals, (data, secrets) =>
    awaitTurn(config, data, secrets, { log, signals, showBanner }),
  )
  const { engine, admin, standby } = parts
  // Loaded only now, while the thread of the engine is loading its own modules.
  const { createServer } = await import("./http/server.ts")
  const serving = {
    ...parts,
    ...readSettings(config),
    clock,
    log,
    servers,
    steady: steadyNow,
    random: randomBytes,
    batches: { runner: null },
  }
  const app = createServer(serving)
  signals.asked
    .then(() => stop(app, parts, log, config))
    .catch((error) => quit(1, `asyncgate cannot stop in good order: ${describeCause(error)}`))
  if (signals.isAsked()) process.exit(0)
  // Before anybody can upload: of a file that is on its way there is no row yet.
  await deleteOrphans(parts.data, log)
  // Before the engine starts: a port that is taken must not interrupt calls that have just been sent.
  const url = listen(app, { ...config, port: standby?.free() ?? config.port })
  standby?.finish(url)
  parts.data.announce(url)
  closeIdle = () => app.server?.closeIdleConnections() ?? 0
  const { recovered, queued } = await engine.start()
  if (parts.data.gateways !== null) {
    const { runJobs } = await import("./standby.ts")
    runJobs(parts.data.gateways, config, url, engine, {
      onReplaced: () => loseJobs(log, "another gateway has taken over", signals.isAsked()),
      onOutdated(why) {
        log.warn("this gateway stops, so that a newer one takes over", { why })
        signals.ask("SIGTERM")
      },
    })
  }
  // The engine has begun with them at its start: this waits until they are on disk, so that the first submit may name one; but not
  // for a disk that takes nothing, because all else must start.
  if (config.webhooks.length > 0) {
    await inTime(parts.webhookFile.store(), STALLED_MS_MAX, clock)
  }
  if ((await parts.reads.unfinishedBatches()).length > 0)
    (await import("./http/batches/batches.ts")).resumeBatches(serving)
  if (parts.data.uncheckedPath !== null) {
    checkBeside(parts.data.uncheckedPath, (detail) => engine.reportDamage(detail))
  }
  logWarnings(config, parts.keyring, log)
  followFiles(config, parts, log)
  collectOnceSettled(clock)
  giveBackOnceSettled(clock, log)
  await served
  if (signals.isAsked()) return
  if (standby !== null) {
    log.info("this gateway runs the jobs now", { recovered, queued })
    return
  }
  const { newToken } = admin
  // Last, because whoever waits for the banner may send signals at once.
  void showBanner({ url, recovered, queued, newToken }, (isWritten) => {
    // The JSON banner says how to get a token.
    if (newToken !== null && config.log.style === "pretty") onBanner(isWritten && !isDiscarded(1), admin, log)
  })
}

/** Waits where another gateway runs the jobs of the database. @returns null: it need not */
async function awaitTurn(
  config: Config<ProviderSettings[]>,
  { gateways, announce }: Data,
  secrets: Secrets,
  { log, signals, showBanner }: { log: OpenLog; signals: StopSignals; showBanner(facts: BannerFacts): void },
): Promise<Standby | null> {
  if (gateways === null) return null
  const { standBy } = await import("./standby.ts")
  const options = { ...readSettings(config), clock: systemClock, log, peers: createPeers(secrets) }
  // Before the keys are read, and an admin token is made where there is none.
  await gateways.shareKeys()
  return await standBy(gateways, config, options, signals, {
    onListening(url) {
      announce(url)
      showBanner({ url, recovered: 0, queued: 0, newToken: null, isStandby: true })
    },
    onStopped: () => process.exit(0),
  })
}

type Parts = Awaited<ReturnType<typeof openParts>>

/** Opens what the HTTP server works with: the data directory, the engine thread, the database for reading, and the keys. */
async function openParts(
  config: Config<ProviderSettings[]>,
  log: OpenLog,
  signals: StopSignals,
  awaitTurn: (data: Data, secrets: Secrets) => Promise<Standby | null>,
) {
  const clock = systemClock
  // Nothing has begun that a stop would have to end.
  const stopIfAsked = () => {
    if (signals.isAsked()) process.exit(0)
  }
  // Its thread loads while the directory is prepared.
  const engineThread = new Worker(new URL("./engine.worker.ts", import.meta.url))
  const data = await openData(config, log, stopIfAsked, (detail) => engine.reportDamage(detail))
  const { reads, fileBytes } = data
  const keyVariable = process.env["ASYNCGATE_ENCRYPTION_KEY"]
  const key = encryptionKey(config.appDir, keyVariable, data.sealed)
  await data.proveKey(key, keyVariable === GIVE_UP)
  const secrets = createSecrets(key)
  const standby = await awaitTurn(data, secrets)
  const admin = openAdmin(config.appDir, (reason) =>
    log.error("the admin token's file cannot be read: the token known so far stays", { reason }),
  )
  const engine = new EngineClient(engineThread, clock, {
    onNews: data.refresh,
    onFilesExpired: (ids) => void Promise.all(ids.map((id) => fileBytes.remove(id))),
    onOver({ reason, message }) {
      if (reason === "in_use" && data.gateways !== null) loseJobs(log, message, signals.isAsked())
      quit(exitCodes[reason], `asyncgate stopped: ${message}`)
    },
  })
  const keyring = createKeyring(
    config.virtualKeys,
    config.appDir,
    (reason) => log.error("the file of virtual keys cannot be read: those known so far stay", { reason }),
    () => engine.limit(listOwnerLimits(keyring.list())),
  )
  engine.open({
    data: data.engine,
    providers: config.providers,
    workers: Math.max(1, Math.min(4, navigator.hardwareConcurrency - 1)),
    encryptionKey: key,
    ...listOwnerLimits(keyring.list()),
    diskReserveMb: config.client.disk_reserve_mb,
    responseBound: readResponseBound(config),
    webhooks: {
      endpoints: config.webhooks,
      retentionDays: config.client.webhook_config.delivery_history_retention_days ?? DELIVERY_DAYS,
      allowLoopback: isLoopback(config.host),
      paths: listPaths(),
    },
    log: config.log,
  })
  return {
    data,
    reads,
    fileBytes,
    engine,
    admin,
    keyring,
    webhookFile: createWebhookFile(config.webhooks, (all) => engine.order({ do: "reconcile", endpoints: all }), log),
    keyFile: {
      directory: config.appDir,
      refresh() {
        keyring.refresh()
        void data.gateways?.shareKeys()
      },
    },
    secrets,
    standby,
    peers: createPeers(secrets),
    limiter: createLimiter(),
    samples: createSampleLimit(),
    pollInterval: createPollInterval(),
    waits: createWaits(engine, clock),
    streams: engine.streams,
    newJobId: createJobIds(await data.readLatestIdTime()),
  }
}

async function stop(app: Server, parts: Parts, log: OpenLog, { client }: Config<unknown>): Promise<never> {
  log.info("stopping: calls under way may finish; a second signal stops at once")
  const { released } = await parts.engine.drain(client.shutdown_grace_in_seconds * 1000)
  // A client that stops sending in the middle of a body would delay the stop without end.
  const cut = systemClock.after(STALLED_MS_MAX, () => void app.stop(true))
  await app.stop()
  cut()
  // Last: those that pass requests on turn away from this one.
  await parts.data.gateways?.leave()
  log.info("stopped", { released })
  await log.settle(STALLED_MS_MAX)
  process.exit(0)
}

/** Another gateway runs the jobs: this one waits again, or ends where the system cannot execute it again. */
function loseJobs(log: Log, why: string, isStopping: boolean): never {
  if (isStopping) process.exit(0)
  log.warn("this gateway stops its work, and waits until it can take over again", { why })
  reexecute(process.env)
  quit(exitCodes.in_use, `asyncgate stopped: ${why}`)
}

/** Changes of the files with keys and webhooks take effect without a restart. */
function followFiles(config: Config<unknown>, parts: Parts, log: Log): void {
  const { keyring, admin, engine, webhookFile, data } = parts
  const changes = followConfig(config, process.env, log, ({ virtualKeys, webhooks }) => {
    keyring.configure(virtualKeys)
    engine.limit(listOwnerLimits(keyring.list()))
    if (webhooks !== null) webhookFile.change(webhooks)
  })
  systemClock.every(FOLLOW_MS, () => {
    changes.refresh(true)
    void data.gateways?.shareKeys()
    keyring.refresh()
    admin.refresh()
    webhookFile.store()
  })
}

/** A database that is too large to be checked before the start is checked afterwards, on a thread of its own. */
function checkBeside(databasePath: string, onDamage: (detail: string) => void): void {
  const thread = new Worker(new URL("./check.worker.ts", import.meta.url))
  thread.addEventListener("message", ({ data }: MessageEvent<string | null>) => {
    thread.terminate()
    if (data !== null) onDamage(data)
  })
  thread.addEventListener("error", (event) => event.preventDefault())
  thread.postMessage(databasePath)
}

/** Keeps the admin token once it has been shown. The next start makes a new one where it was not. */
function onBanner(isShown: boolean, admin: Admin, log: Log): void {
  if (!isShown) {
    log.info("no admin token was shown: run asyncgate admin-token rotate to get one")
    return
  }
  try {
    admin.keep()
  } catch (error) {
    log.error("the admin token cannot be kept: the next start makes another one", { reason: describeCause(error) })
  }
}

/** An error that nothing has caught is logged and does not end the process. */
function logStrayErrors(log: Log): void {
  const onStray = (error: unknown) => log.error("unexpected error", { error: describeCause(error) })
  process.on("uncaughtException", onStray)
  process.on("unhandledRejection", onStray)
}

function quit(code: number, message: string): never {
  createOutput(2, () => "").write(`${message}\n`)
  process.exit(code)
}
