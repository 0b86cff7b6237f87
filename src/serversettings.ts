// What the HTTP server, the engine and the operator are told of the configuration.
import { version } from "../package.json" with { type: "json" }
import type { Keyring } from "./auth/virtualkeys.ts"
import { systemClock } from "./clock.ts"
import { type Config, isLoopback } from "./config/load.ts"
import { describeWarning } from "./config/problems.ts"
import { endpoints } from "./endpoints/endpoints.ts"
import { createBodyMemory } from "./http/request/bodymemory.ts"
import { listReservedHeaders } from "./http/request/extraheaders.ts"
import type { Log } from "./log.ts"
import { listReasons } from "./providers/advice.ts"
import type { ProviderSettings } from "./providers/provider.ts"

/** How much memory all request bodies together may hold while they arrive. */
const BODY_MEMORY_BYTES = 512 * 1024 * 1024

/** Request type -> its path. */
export function listPaths(): Record<string, string> {
  return Object.fromEntries(endpoints.map(({ requestType, path }) => [requestType, path]))
}

/** How long stored responses and conversations are kept, and how much the database may hold. */
export function readResponseBound({ client }: Config<unknown>) {
  return {
    ttlMs: Math.min(client.stored_response_ttl, client.async_job_result_ttl_max) * 1000,
    sparedMs: client.async_job_result_ttl * 1000,
    bytesMax: client.max_database_mb * 1024 * 1024,
  }
}

/** The settings of the HTTP server, from the configuration. */
export function readSettings(config: Config<ProviderSettings[]>) {
  const { client, ui, host, providers, warnings } = config
  const bodyBytesMax = client.max_request_body_size_mb * 1024 * 1024
  return {
    version,
    ui,
    providers: new Map(providers.map((provider) => [provider.name, provider])),
    whyOff: listReasons(warnings),
    reserved: listReservedHeaders(providers),
    isAuthEnforced: client.enforce_auth_on_inference,
    allowsCallerKeys: client.allow_direct_keys,
    allowsLoopback: isLoopback(host),
    bodyBytesMax,
    fileBytesMax: client.max_file_size_mb * 1024 * 1024,
    bodyMemory: createBodyMemory(Math.max(BODY_MEMORY_BYTES, 2 * bodyBytesMax)),
    breathe: () => new Promise<void>((resolve) => systemClock.soon(resolve)),
    ttlMs: client.async_job_result_ttl * 1000,
    storedTtlMs: readResponseBound(config).ttlMs,
    ttlMsMax: client.async_job_result_ttl_max * 1000,
    deadlineMs: client.async_job_deadline * 1000,
    allowedOrigins: client.allowed_origins,
    allowedHosts: client.allowed_hosts,
  }
}

/** What the operator should know of the configuration. */
export function logWarnings(config: Config<unknown>, keyring: Keyring, log: Log): void {
  for (const warning of config.warnings) log.warn(describeWarning(warning))
  if (config.ignored.length > 0) {
    log.warn("config.json has members that this version ignores", { members: config.ignored })
  }
  if (config.client.enforce_auth_on_inference && keyring.isEmpty()) {
    log.warn(
      "every caller needs a virtual key, and there is none yet: make one with asyncgate vk create NAME, in a container with docker exec CONTAINER asyncgate vk create NAME. It counts at once",
    )
  }
}
