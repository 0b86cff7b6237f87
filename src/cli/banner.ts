// What the gateway says on standard output once it is ready: where it listens and what it found.
import { existsSync } from "node:fs"
import { version } from "../../package.json" with { type: "json" }
import { type Config, configPath } from "../config/load.ts"
import { describeAccess, isGuessed, isUsualServer, type Served } from "../providers/local.ts"
import type { ProviderSettings } from "../providers/provider.ts"

export interface Started {
  url: string
  recovered: number
  queued: number
  /** The admin token, if nobody has been shown it before. */
  newToken: string | null
  served: Served
  /** Whether another gateway runs the jobs. */
  isStandby?: boolean
}

const ROTATE = "asyncgate admin-token rotate"

/** The banner for people, or one line of JSON. That line may go to a log, so it holds no secret. */
export function bannerText(config: Config<ProviderSettings[]>, started: Started): string {
  return config.log.style === "json" ? jsonBanner(config, started) : prettyBanner(config, started)
}

function jsonBanner(config: Config<ProviderSettings[]>, started: Started): string {
  const { url, recovered, queued, newToken, served } = started
  const facts = {
    version,
    url,
    ...(config.ui.enabled ? { ui: `${url}/ui` } : {}),
    docs: `${url}/docs`,
    data: config.appDir,
    ...(config.database === null ? {} : { database: describePlace(config.database) }),
    providers: usable(config.providers, served),
    recovered,
    queued,
    ...(started.isStandby ? { standby: true } : {}),
    ...(newToken === null ? {} : { admin: `run ${ROTATE} to get a token` }),
  }
  return `${JSON.stringify({ event: "listening", ...facts })}\n`
}

function prettyBanner(config: Config<ProviderSettings[]>, started: Started): string {
  const { url, recovered, queued, newToken, served } = started
  const path = configPath(config.appDir)
  const rows = [
    ["url", url],
    ...(config.ui.enabled ? [["dashboard", `${url}/ui`]] : []),
    ["docs", `${url}/docs`],
    ["data", config.appDir],
    ...(config.database === null ? [] : [["database", describePlace(config.database)]]),
    ["config", existsSync(path) ? path : `none (${path} would be read)`],
    ["providers", inLines(usable(config.providers, served).map(inWords))],
    ...(newToken === null ? [] : [["admin", `${newToken} (shown this once; a new one: ${ROTATE})`]]),
    ...(started.isStandby ? [["jobs", "another gateway runs them: requests are passed on to it"]] : []),
    ...(queued + recovered > 0 ? [["jobs", `${queued} queued, ${recovered} resumed after restart`]] : []),
    ...(process.execve ? [] : [["limit", "at most 256 calls at a time: this system cannot lift Bun's limit"]]),
  ]
  return `\nasyncgate ${version}\n${rows.map(([name, value]) => `  ${name?.padEnd(10)} ${value}\n`).join("")}\n`
}

/** The address of a database, without its password. */
function describePlace(address: string): string {
  const { protocol, host, pathname } = new URL(address)
  return `${protocol}//${host}${pathname}`
}

interface Usable {
  name: string
  /** Where its key comes from, or why it needs none. */
  key: string
  /** The number of models of a server that was asked; null: it did not answer. */
  models?: number | null
}

/** The providers that can be called. A local server that is not configured counts if it answers. */
function usable(providers: readonly ProviderSettings[], served: Served): Usable[] {
  return providers.flatMap((provider) => {
    const { name } = provider
    const key = describeAccess(provider)
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

/** Wraps the list of providers. It is never empty, because the mock provider needs no key. */
function inLines(items: string[]): string {
  return items.reduce((text, item) => {
    const isFull = text.length - text.lastIndexOf("\n") + item.length > LINE_CHARS
    return `${text},${isFull ? `\n${" ".repeat(13)}` : " "}${item}`
  })
}
