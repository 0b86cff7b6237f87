// The HTTP server over a database of its own, with an engine that hears everything and says nothing.
import { join } from "node:path"
import { openAdmin } from "../../src/auth/admintoken.ts"
import { createSecrets } from "../../src/auth/sealing.ts"
import { createKeyring } from "../../src/auth/virtualkeys.ts"
import type { ToEngine } from "../../src/engine/threads/protocol.ts"
import { EngineClient } from "../../src/http/engineclient.ts"
import { createLimiter } from "../../src/http/intake/limiter.ts"
import { listen } from "../../src/http/listen.ts"
import { createPollInterval } from "../../src/http/pollinterval.ts"
import { createBodyMemory } from "../../src/http/request/bodymemory.ts"
import { listReservedHeaders } from "../../src/http/request/extraheaders.ts"
import { createPeers } from "../../src/http/request/peer.ts"
import { createServer, type ServerOptions } from "../../src/http/server.ts"
import { createWaits } from "../../src/http/wait.ts"
import { createSampleLimit } from "../../src/http/webhooks/samplelimit.ts"
import { createJobIds } from "../../src/jobs/ids.ts"
import type { Reads } from "../../src/jobs/reads.ts"
import { createFileDirectory } from "../../src/jobs/sqlite/filedirectory.ts"
import { createLog } from "../../src/log.ts"
import { createServers } from "../../src/providers/local.ts"
import type { ProviderSettings } from "../../src/providers/provider.ts"
import { makeKey, makeProvider, NOON } from "../factory.ts"
import { Timeline } from "../timeline.ts"

/** Bun looks for idle connections every four seconds. */
const IDLE_SECONDS = 1
export const VIRTUAL_KEY = "sk-bf-team-a-value"
/** The owner of the jobs that are made with it. */
export const OWNER = "vk:a"

export interface TestServer {
  ask(path: string, init?: RequestInit): Promise<Response>
  engine: EngineClient
  /** The headers of the admin's requests. */
  asAdmin: Record<string, string>
  /** What the engine has been sent, in its order. */
  sent: unknown[]
  /** What the engine says. */
  say(message: unknown): void
  clock: Timeline
  /** Opens a port, and says the address. */
  listen(): string
  dispose(): void
}

/**
 * @param dir where the keys of its own are kept
 * @param hear is given what the engine is sent
 */
export function openServer(reads: Reads, dir: string, hear = (_message: ToEngine) => {}): TestServer {
  const worker = new Worker(new URL("../fixtures/script.worker.ts", import.meta.url))
  const sent: unknown[] = []
  worker.postMessage = (message: ToEngine) => {
    sent.push(message)
    hear(message)
  }
  const clock = new Timeline(NOON)
  const engine = new EngineClient(worker, clock, { onNews: () => {}, onOver: () => {} })
  const providers: ProviderSettings[] = [makeProvider({ keys: [makeKey("k-1")] })]
  const options: ServerOptions = {
    engine,
    reads,
    clock,
    steady: () => 0,
    random: (bytes) => new Uint8Array(bytes),
    log: createLog({ level: "error", style: "json", now: () => clock.now(), write: () => {} }),
    keyring: createKeyring([{ id: "a", name: "a", value: VIRTUAL_KEY }], dir, () => {}),
    admin: openAdmin(dir),
    limiter: createLimiter(),
    samples: createSampleLimit(),
    secrets: createSecrets(new Uint8Array(32)),
    pollInterval: createPollInterval(),
    streams: engine.streams,
    fileBytes: createFileDirectory(join(dir, "files")),
    fileBytesMax: 1024 * 1024,
    batches: { runner: null },
    waits: createWaits(engine, clock),
    newJobId: createJobIds(0),
    servers: createServers(fetch, clock),
    version: "1.2.3",
    whyOff: new Map(),
    providers: new Map(providers.map((provider) => [provider.name, provider])),
    reserved: listReservedHeaders(providers),
    isAuthEnforced: false,
    allowsCallerKeys: true,
    bodyBytesMax: 1_000_000,
    bodyMemory: createBodyMemory(2_000_000),
    breathe: () => Promise.resolve(),
    ttlMs: 3_600_000,
    ttlMsMax: 86_400_000,
    storedTtlMs: 86_400_000,
    deadlineMs: 86_400_000,
    allowedOrigins: [],
    allowedHosts: [],
    ui: { enabled: true, bodies: true },
    allowsLoopback: true,
    webhookFile: { webhooks: [] },
    peers: createPeers(createSecrets(new Uint8Array(32))),
    keyFile: { directory: dir, refresh() {} },
  }
  const app = createServer(options, IDLE_SECONDS)
  return {
    ask(path, init = {}) {
      const headers = { host: "localhost", "x-bf-vk": VIRTUAL_KEY, "x-request-id": "r-1", ...init.headers }
      return app.handle(new Request(`http://localhost${path}`, { ...init, headers }))
    },
    engine,
    asAdmin: { authorization: `Bearer ${options.admin.newToken}` },
    sent,
    say: (data) => worker.dispatchEvent(new MessageEvent("message", { data })),
    clock,
    listen: () => listen(app, { host: "127.0.0.1", port: 0 }),
    dispose() {
      void app.server?.stop(true)
      worker.terminate()
    },
  }
}
