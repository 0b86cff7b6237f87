// A gateway and a provider of streams.
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Child, freePort, startGateway, startUpstream } from "./process.ts"
import type { Run } from "./site.ts"
import type { StreamCall } from "./streamprovider.ts"

export type StreamSite = Awaited<ReturnType<typeof openStreamSite>>

/** @param retries how often a call is made again whose answer was lost */
export function openStreamSite(run: Run, name: string, retries: number) {
  return openProvidedSite<{ calls: StreamCall[]; mostOpen: number }>(run, name, "streamprovider.ts", (base_url) => ({
    up: {
      custom_provider_config: { base_provider_type: "openai", is_key_less: true },
      network_config: { base_url, max_retries: retries },
      concurrency_and_buffer_size: { concurrency: 5000, buffer_size: 100_000 },
    },
  }))
}

/**
 * @param file of the provider, which says at /calls what it has seen
 * @param listProviders what config.json says of it, by its address
 */
export async function openProvidedSite<Seen>(
  { stage }: Run,
  name: string,
  file: string,
  listProviders: (url: string) => object,
) {
  const provider = startUpstream(file)
  const { url: providerUrl = "" } = (await provider.facts) ?? {}
  const directory = join(stage, name)
  const logPath = join(stage, `${name}.log`)
  mkdirSync(directory)
  writeFileSync(join(directory, "config.json"), JSON.stringify({ providers: listProviders(providerUrl) }))
  writeFileSync(logPath, "")
  const port = freePort()
  let gateway: Child | undefined

  return {
    url: `http://127.0.0.1:${port}`,
    providerUrl,
    database: join(directory, "asyncgate.db"),

    /** Begins a start, and does not wait for it. */
    spawn(): Child {
      gateway = startGateway(directory, port, logPath)
      return gateway
    },

    async start(): Promise<Child> {
      const child = this.spawn()
      if ((await child.facts) === null) throw new Error(`the gateway did not start: see ${logPath}`)
      return child
    },

    async kill(): Promise<void> {
      await gateway?.kill()
    },

    /** What its provider has seen. */
    calls: () => ask<Seen>("/calls"),

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
