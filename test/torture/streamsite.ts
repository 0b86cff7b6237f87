// A gateway and a provider of streams.
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Child, freePort, startGateway, startUpstream } from "./process.ts"
import type { Run } from "./site.ts"
import type { StreamCall } from "./streamprovider.ts"

export type StreamSite = Awaited<ReturnType<typeof openStreamSite>>

/** @param retries how often a call is made again whose answer was lost */
export async function openStreamSite({ stage }: Run, name: string, retries: number) {
  const provider = startUpstream("streamprovider.ts")
  const { url: providerUrl = "" } = (await provider.facts) ?? {}
  const directory = join(stage, name)
  const logPath = join(stage, `${name}.log`)
  const up = {
    custom_provider_config: { base_provider_type: "openai", is_key_less: true },
    network_config: { base_url: providerUrl, max_retries: retries },
    concurrency_and_buffer_size: { concurrency: 5000, buffer_size: 100_000 },
  }
  mkdirSync(directory)
  writeFileSync(join(directory, "config.json"), JSON.stringify({ providers: { up } }))
  writeFileSync(logPath, "")
  const port = freePort()
  let gateway: Child | undefined

  return {
    url: `http://127.0.0.1:${port}`,
    providerUrl,
    database: join(directory, "asyncgate.db"),

    async start(): Promise<Child> {
      gateway = startGateway(directory, port, logPath)
      if ((await gateway.facts) === null) throw new Error(`the gateway did not start: see ${logPath}`)
      return gateway
    },

    async kill(): Promise<void> {
      await gateway?.kill()
    },

    /** What its provider has seen. */
    calls: () => ask<{ calls: StreamCall[]; mostOpen: number }>("/calls"),

    /** Has the provider close the connections that are not used; how many calls are open. */
    idle: async () => (await ask<{ open: number }>("/idle")).open,

    async stop(): Promise<void> {
      await gateway?.kill()
      await provider.kill()
    },
  }

  async function ask<T>(path: string): Promise<T> {
    return (await (await fetch(`${providerUrl}${path}`, { keepalive: false })).json()) as T
  }
}
