// The Debian servers behind two peers, each private to one run: where its program is, how it starts, when it is ready, how it ends.
import { chmodSync, chownSync, existsSync, readdirSync, readFileSync, realpathSync } from "node:fs"
import { dirname, join } from "node:path"
import { SQL } from "bun"
import type { Server, Stage } from "../stage.ts"

/** What a peer needs and this machine does not have, in words. */
export interface Missing {
  missing: string
}

export interface Store extends Server {
  version: string
}

const DEBIAN_POSTGRES = "/usr/lib/postgresql"
const POSTGRES_USER = "postgres"
const READY_MS_MAX = 10_000
const READY_EVERY_MS = 5
const COMMAND_MS_MAX = 30_000
/** Says where the server will be and becomes it, so that the stage has the server's own process to end. */
const SAY_AND_BECOME = 'echo "$0"; exec "$@"'

/** A Redis whose every write goes to its log. */
export async function startRedis(stage: Stage, appendfsync: "always" | "everysec"): Promise<Store | Missing> {
  const program = Bun.which("redis-server")
  if (!program) return { missing: "redis-server is missing: apt-get install redis-server" }
  const port = freePort()
  const settings = {
    bind: "127.0.0.1",
    port,
    dir: stage.directory(),
    appendonly: "yes",
    appendfsync,
    // The log is the store; a snapshot beside it would only be work.
    save: "",
    "maxmemory-policy": "noeviction",
    loglevel: "warning",
  }
  const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  const version = /v=(\S+)/.exec(await stage.run([program, "--version"], COMMAND_MS_MAX))?.[1] ?? "unknown"
  const server = await become(stage, `redis://127.0.0.1:${port}`, [program, ...options])
  await until("Redis listens", () => listens(port))
  return { ...server, version }
}

/** A PostgreSQL with a cluster of its own. As root it will not run, so then it runs as the user its package made. */
export async function startPostgres(stage: Stage): Promise<Store | Missing> {
  const programs = postgresPrograms()
  if (!programs) return { missing: "PostgreSQL is missing: apt-get install postgresql" }
  const directory = stage.directory()
  const as = process.getuid?.() === 0 ? await lend(stage, directory) : []
  if ("missing" in as) return as
  const initdb = [join(programs, "initdb"), "--username=peer", "--auth=trust", "--encoding=UTF8", "--no-locale"]
  await stage.run([...as, ...initdb, "--pgdata", directory], COMMAND_MS_MAX)
  const port = freePort()
  const settings = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: "",
    synchronous_commit: "on",
    max_connections: 100,
    shared_buffers: "1GB",
    max_wal_size: "4GB",
  }
  const program = join(programs, "postgres")
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])
  const version = /\d[\d.]*/.exec(await stage.run([program, "--version"], COMMAND_MS_MAX))?.[0] ?? "unknown"
  const url = `postgres://peer@127.0.0.1:${port}/postgres`
  const server = await become(stage, url, [...as, program, "-D", directory, ...options])
  const pidFile = join(directory, "postmaster.pid")
  await until("PostgreSQL is ready", () => /^ready/m.test(readFileSync(pidFile, "utf8")))
  return {
    ...server,
    version,
    async stop() {
      // Unlike SIGKILL, this signal lets it end its own processes and give its shared memory back.
      process.kill(server.pid, "SIGQUIT")
      await until("PostgreSQL has ended", () => !existsSync(pidFile))
      await server.stop()
    },
  }
}

/** A database of that name on a PostgreSQL that others use too. */
export async function createDatabase(server: Store, name: string): Promise<Store> {
  await using sql = new SQL(server.url, { max: 1 })
  await sql`CREATE DATABASE ${sql(name)}`
  const url = new URL(server.url)
  url.pathname = `/${name}`
  return { ...server, url: url.href }
}

/** Debian keeps PostgreSQL's programs out of the path, by version. */
function postgresPrograms(): string | undefined {
  const inPath = Bun.which("initdb")
  if (inPath) return dirname(realpathSync(inPath))
  const versions = existsSync(DEBIAN_POSTGRES)
    ? readdirSync(DEBIAN_POSTGRES)
        .map(Number)
        .sort((a, b) => b - a)
    : []
  return versions.map((version) => join(DEBIAN_POSTGRES, String(version), "bin")).find(existsSync)
}

/** Makes a directory the other user's own; what to put before a command to run it as that user. */
async function lend(stage: Stage, directory: string): Promise<string[] | Missing> {
  const id = async (flag: string) => (await stage.run(["id", flag, POSTGRES_USER], COMMAND_MS_MAX)).trim()
  const as = ["setpriv", "--reuid", POSTGRES_USER, "--regid", POSTGRES_USER, "--clear-groups", "--"]
  try {
    chownSync(directory, Number(await id("-u")), Number(await id("-g")))
    chmodSync(stage.root, 0o711)
    await stage.run([...as, "test", "-w", directory], COMMAND_MS_MAX)
    return as
  } catch {
    const why = `PostgreSQL does not run as root, and its user ${POSTGRES_USER} cannot use ${directory}`
    return { missing: `${why}: run the bench as a user, or where others may pass through` }
  }
}

function become(stage: Stage, url: string, command: string[]): Promise<Server> {
  return stage.serve(["sh", "-c", SAY_AND_BECOME, JSON.stringify({ url }), ...command])
}

/** A port that nobody listens on now. */
function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } })
  listener.stop(true)
  return listener.port
}

async function listens(port: number): Promise<boolean> {
  const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } })
  socket.end()
  return true
}

/** A question that cannot be asked yet is answered no. */
async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const endAt = performance.now() + READY_MS_MAX
  while (!(await Promise.try(isTrue).catch(() => false))) {
    if (performance.now() > endAt) throw new Error(`still not so after ${READY_MS_MAX / 1000} s: ${what}`)
    await Bun.sleep(READY_EVERY_MS)
  }
}
