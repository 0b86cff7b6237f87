// A PostgreSQL for the tests: the server of this machine (Debian: `apt-get install postgresql`), started once for each process that
// asks, in a directory of its own, and gone with it. Root may not run it: then another user does.

import { randomBytes } from "node:crypto"
import { chmodSync, chownSync, existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import type { Subprocess } from "bun"
import { SQL } from "bun"
import { newDir, removeDir } from "./cleanup.ts"

const HOME = "/usr/lib/postgresql"

/** The directory with initdb and postgres, those of the newest version; null: there is none. */
export function findServer(): string | null {
  const named = process.env["POSTGRES_BIN"]
  if (named) return named
  const versions = existsSync(HOME) ? readdirSync(HOME).sort((a, b) => Number(b) - Number(a)) : []
  const found = versions.map((version) => join(HOME, version, "bin")).find((bin) => existsSync(join(bin, "initdb")))
  if (found) return found
  const initdb = Bun.which("initdb")
  return initdb === null ? null : join(initdb, "..")
}

/** Whether tests that need PostgreSQL can run. On the gate they must. */
export function hasPostgres(): boolean {
  if (findServer() !== null) return true
  const how =
    "PostgreSQL is not on this machine: apt-get install postgresql, or name the directory of initdb in POSTGRES_BIN"
  if (process.env["CI"] === "true") throw new Error(how)
  process.stderr.write(`skipped: ${how}\n`)
  return false
}

export interface Cluster {
  /** The address of a new, empty database. */
  createDatabase(): Promise<string>
  /** Runs SQL as the superuser, in a database or, without one, in that of the server. */
  run<Row = Record<string, unknown>>(sql: string, url?: string): Promise<Row[]>
  /** The superuser's address of a database, by default the server's own. */
  address(database?: string, user?: string): string
  /** Ends the server, as `pg_ctl stop` in that mode does. */
  stop(mode: "fast" | "immediate"): Promise<void>
  start(): Promise<void>
  /** Ends the server and removes its directory. */
  dispose(): Promise<void>
}

/** Makes a database on a server, and returns its address. @param server the superuser's address @param tablespace where its tables are */
export async function makeDatabase(server: string, tablespace = "pg_default"): Promise<string> {
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`
  const connection = new SQL({ url: server, max: 1 })
  await connection.unsafe(`CREATE DATABASE ${name} TABLESPACE ${tablespace}`)
  await connection.close()
  return Object.assign(new URL(server), { pathname: `/${name}` }).href
}

/** How many rows a table of a gateway's database has. `bodies` has the pieces of all bodies. It waits, as SQLite does. */
export function countRows(url: string, table: string, where = "true"): number {
  const ofKind = (kind: string) =>
    `SELECT coalesce((SELECT id FROM jobs WHERE number = ${kind}.number), (SELECT job_id FROM uploads WHERE number = ${kind}.number)) AS job_id,
       '${kind}' AS kind, data FROM ${kind}`
  const bodies = ["requests", "results", "contents"].map(ofKind).join(" UNION ALL ")
  const sql = `WITH bodies AS (${bodies}) SELECT count(*) FROM ${table} WHERE ${where}`
  const psql = join(findServer() ?? "", "psql")
  const { stdout, stderr } = Bun.spawnSync([psql, url, "-X", "-A", "-t", "-c", sql], {
    env: { PATH: process.env["PATH"] ?? "", PGOPTIONS: "-c search_path=asyncgate" },
  })
  if (stderr.length > 0) throw new Error(stderr.toString())
  return Number(stdout.toString())
}

let shared: Promise<Cluster> | undefined

/** The server of this process. */
export function sharedCluster(): Promise<Cluster> {
  shared ??= createCluster()
  return shared
}

/** Ends the server of this process, where there is one. */
export async function endShared(): Promise<void> {
  const cluster = await shared
  shared = undefined
  await cluster?.dispose()
}

export interface ClusterOptions {
  /** The server that this one is a standby of. */
  primary?: Cluster
  /** Further arguments of initdb. */
  initdb?: readonly string[]
}

/** A server of its own, for tests that stop it. @param settings further lines of postgresql.conf, as `-c` takes them */
export async function createCluster(
  settings: readonly string[] = [],
  { primary, initdb = [] }: ClusterOptions = {},
): Promise<Cluster> {
  const bin = findServer()
  if (bin === null) throw new Error("PostgreSQL is not on this machine")
  const dir = newDir()
  const data = join(dir, "data")
  const port = freePort()
  let server: Subprocess | undefined
  giveAway(dir)
  const command =
    primary === undefined
      ? ["initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", ...initdb]
      : ["pg_basebackup", "-d", primary.address(), "-R", "--checkpoint=fast", "--no-sync"]
  const made = Bun.spawn(asUser([join(bin, command[0] ?? ""), "-D", data, ...command.slice(1)]), {
    ...{ stdout: "ignore", stderr: "pipe", cwd: dir },
  })
  const said = await new Response(made.stderr).text()
  if ((await made.exited) !== 0) throw new Error(`${command[0]} failed: ${said}`)

  const address = (database = "postgres", user = "postgres") => `postgres://${user}@127.0.0.1:${port}/${database}`

  async function run<Row>(sql: string, url = address()): Promise<Row[]> {
    const connection = new SQL({ url, max: 1 })
    try {
      return (await connection.unsafe(sql)) as Row[]
    } finally {
      await connection.close({ timeout: 0 })
    }
  }

  async function start(): Promise<void> {
    const options = [
      "listen_addresses=127.0.0.1",
      `port=${port}`,
      `unix_socket_directories=${dir}`,
      "fsync=off",
      "dynamic_shared_memory_type=mmap",
      "max_connections=60",
    ]
    const flags = [...options, "shared_buffers=32MB", ...settings].flatMap((each) => ["-c", each])
    const started = Bun.spawn(asUser([join(bin ?? "", "postgres"), "-D", data, ...flags]), {
      ...{ stdout: "ignore", stderr: "pipe", cwd: dir },
    })
    server = started
    let said = ""
    for await (const text of started.stderr.pipeThrough(new TextDecoderStream())) {
      said += text
      if (/ready to accept (read-only )?connections/.test(said)) return
    }
    throw new Error(`PostgreSQL did not start: ${said}`)
  }

  await start()
  const end = () => server?.kill("SIGQUIT")
  process.on("exit", end)

  async function stop(mode: "fast" | "immediate"): Promise<void> {
    server?.kill(mode === "fast" ? "SIGINT" : "SIGQUIT")
    await server?.exited
  }

  return {
    address,
    run,
    stop,
    start,
    createDatabase: () => makeDatabase(address()),
    async dispose() {
      process.off("exit", end)
      await stop("immediate")
      removeDir(dir)
    },
  }
}

/**
 * A port that was free a moment ago, below those from which the system makes connections: while the server is away, one of a gateway's
 * attempts to reach it could be given that port, and would be connected with itself.
 */
export function freePort(): number {
  for (;;) {
    const port = 15_000 + (randomBytes(2).readUInt16BE() % 15_000)
    try {
      Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }).stop(true)
      return port
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error
    }
  }
}

/** The user that runs the server where we are root. */
const USER = "postgres"

/** The command as that user, and so that it ends with this process. */
export function asUser(command: string[]): string[] {
  if (process.getuid?.() !== 0) return command
  return ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--clear-groups", "--pdeathsig=QUIT", ...command]
}

/** Lets that user have a directory. */
export function giveAway(dir: string): void {
  if (process.getuid?.() !== 0) return
  const [, , uid, gid] = (Bun.spawnSync(["getent", "passwd", USER]).stdout.toString().trim() || "::0:0").split(":")
  chownSync(dir, Number(uid), Number(gid))
  chmodSync(dir, 0o700)
}
