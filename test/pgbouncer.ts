// PgBouncer in front of a server, where this machine has it (Debian: `apt-get install pgbouncer`).
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { newDir, removeDir } from "./cleanup.ts"
import { asUser, freePort, giveAway } from "./postgres.ts"

/** Where Debian has it, which is not in every PATH. */
const PLACE = "/usr/sbin/pgbouncer"

/** What a gateway asks of a connection at its start and PgBouncer does not know: docs/scaling.md names the same. */
const UNKNOWN = [
  ...["search_path", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"],
  ...["tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout"],
  ...["enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit"],
]

export interface Pooler {
  /** The address of a database of the server, by way of PgBouncer. */
  lead(database: string): string
  stop(): Promise<void>
}

export function findPgBouncer(): string | null {
  return Bun.which("pgbouncer") ?? (existsSync(PLACE) ? PLACE : null)
}

/** Whether tests that need it can run. */
export function hasPgBouncer(): boolean {
  if (findPgBouncer() !== null) return true
  process.stderr.write("skipped: PgBouncer is not on this machine: apt-get install pgbouncer\n")
  return false
}

/** @param server an address of it @param ignored which of what a connection asks for is left out; of anything else it refuses the connection */
export async function startPgBouncer(
  server: string,
  mode: "session" | "transaction",
  ignored: readonly string[] = UNKNOWN,
): Promise<Pooler> {
  const program = findPgBouncer()
  if (program === null) throw new Error("PgBouncer is not on this machine")
  const { hostname, port: serverPort, username } = new URL(server)
  const dir = newDir()
  const port = freePort()
  const settings = [
    ...["[databases]", `* = host=${hostname} port=${serverPort} user=${username}`, "[pgbouncer]"],
    ...["listen_addr = 127.0.0.1", `listen_port = ${port}`, "unix_socket_dir =", "auth_type = any"],
    ...[`pool_mode = ${mode}`, "default_pool_size = 50", `ignore_startup_parameters = ${ignored.join()}`],
  ]
  const file = join(dir, "pgbouncer.ini")
  writeFileSync(file, `${settings.join("\n")}\n`)
  giveAway(dir)
  const child = Bun.spawn(asUser([program, file]), { stdout: "ignore", stderr: "pipe" })
  const end = () => child.kill("SIGQUIT")
  process.on("exit", end)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  void readLog(child.stderr, resolve).then((log) => reject(new Error(`PgBouncer did not start: ${log}`)))
  await promise
  return {
    lead: (database) => Object.assign(new URL(database), { port: String(port) }).href,
    async stop() {
      process.off("exit", end)
      end()
      await child.exited
      removeDir(dir)
    },
  }
}

/** Reads it to its end, so that PgBouncer never waits for a reader. */
async function readLog(stream: ReadableStream<Uint8Array>, onUp: () => void): Promise<string> {
  let log = ""
  const decoder = new TextDecoder()
  for await (const bytes of stream) {
    log += decoder.decode(bytes, { stream: true })
    if (log.includes("process up")) onUp()
  }
  return log
}
