// Starts the real program, as source or as the built binary (ASYNCGATE_BINARY), each in a directory of its own, and talks to it.
import type { Database } from "bun:sqlite"
import { watch, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import type { Subprocess } from "bun"
import { BODY_PIECES_MAX } from "../src/jobs/numbers.ts"
import { bodyKinds } from "../src/jobs/store.ts"
import { afterTest, newDir, removeDir } from "./cleanup.ts"
import { openDatabase } from "./opendatabase.ts"
import { countRows, makeDatabase } from "./postgres.ts"

export const CHAT = "/v1/async/chat/completions"

/** The command that starts the program under test. */
export const program: string[] = process.env["ASYNCGATE_BINARY"]
  ? [resolve(process.env["ASYNCGATE_BINARY"])]
  : [process.execPath, join(import.meta.dir, "../src/main.ts")]

export interface LaunchOptions {
  /** Written as config.json. */
  config?: unknown
  /** An app directory to use again; by default a new one, removed by `dispose`. */
  dir?: string
  args?: string[]
  env?: Record<string, string>
  /** By default any that is free. */
  port?: number
  /** The command that starts another version of the program. */
  program?: string[]
  /** What a shell does before it becomes the program, as `ulimit -n 64`. */
  shell?: string
}

export interface Gateway {
  url: string
  dir: string
  pid: number
  process: Subprocess<"ignore", "pipe", "pipe">
  /** The banner's facts. */
  facts: { version: string; providers: { name: string; key: string }[]; recovered: number; queued: number }
  /** All of standard error so far. */
  log(): string
  /** The lines of standard error that have these words, once there is one. */
  logged(words: string): Promise<string[]>
  /** A request to a path of the gateway. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** Submits a chat request; `body` is an object or raw text. */
  submit(body: unknown, headers?: Record<string, string>): Promise<Response>
  /** Submits and expects 202; the job's id. */
  accept(body: unknown, headers?: Record<string, string>): Promise<string>
  poll(id: string, headers?: Record<string, string>): Promise<Response>
  /** The job once it has ended. */
  end(id: string): Promise<Job>
  /** Resolves after a moment by the gateway's clock: when a job of 20 ms has ended. */
  breathe(): Promise<void>
  /** A new admin token, in place of the one before. */
  adminToken(): Promise<string>
  /** How many rows a table of its database has. */
  count(table: string, where?: string): number
  /** Sends the signal and waits for the process; its exit code (or null when a signal ended it). */
  stop(signal?: NodeJS.Signals): Promise<number | null>
  /** The exit code, once the process has ended by itself and all of its output is read. */
  exit(): Promise<number | null>
  /** Kills what still runs and removes the directory. */
  dispose(): Promise<void>
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the wire says
export type Job = any

/** All pieces of all bodies as one table `bodies`, for this connection. Of a job that is not there, job_id is null. */
export function showBodies(database: Database): void {
  const ofKind = (kind: string) => `SELECT coalesce(
      (SELECT id FROM jobs WHERE number = place / ${BODY_PIECES_MAX}), (SELECT job_id FROM uploads WHERE number = place / ${BODY_PIECES_MAX})
    ) AS job_id, '${kind}' AS kind, place % ${BODY_PIECES_MAX} AS seq, data FROM ${kind}s`
  database.run(`CREATE TEMP VIEW bodies AS ${bodyKinds.map(ofKind).join(" UNION ALL ")}`)
}

/** A valid chat request to the mock provider, with `over` laid over it. */
export function chat(over: Record<string, unknown> = {}): Record<string, unknown> {
  return { model: "mock/echo", messages: [{ role: "user", content: "Hello" }], ...over }
}

/** The environment without anything that would change the program: no keys, no flags' twins. */
export function plainEnv(): Record<string, string> {
  const { PATH = "", HOME = "", BUN_INSTALL = "", TMPDIR = tmpdir() } = process.env
  return { PATH, HOME, BUN_INSTALL, TMPDIR }
}

/** What a process prints until its end, and how it exits. */
export async function readOutput(child: Bun.ReadableSubprocess) {
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { stdout, stderr, code }
}

/** Runs the program to its end: for what it prints and how it exits. */
export async function run(args: string[], env: Record<string, string> = {}) {
  const child = Bun.spawn([...program, ...args], {
    env: { ...plainEnv(), ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  return await readOutput(child)
}

/** Starts a gateway that is disposed of when the test has finished. */
export async function start(options: LaunchOptions = {}): Promise<Gateway> {
  const gateway = await launch(options)
  afterTest(() => gateway.dispose())
  return gateway
}

/** A server of PostgreSQL, as its superuser's address: with it the jobs of each directory are in a database of their own there. */
const server = process.env["TEST_DATABASE"]
export const isOnServer = server !== undefined
/** Directory -> its database there. */
const databases = new Map<string, string>()

async function findDatabase(dir: string): Promise<string | null> {
  if (server === undefined) return null
  const database = databases.get(dir) ?? (await makeDatabase(server))
  databases.set(dir, database)
  return database
}

/** Starts a gateway on a free port and waits for its banner. */
export async function launch(options: LaunchOptions = {}): Promise<Gateway> {
  const dir = options.dir ?? newDir()
  const database = options.env?.["ASYNCGATE_DATABASE"] ?? (await findDatabase(dir))
  if (options.config !== undefined) writeFileSync(join(dir, "config.json"), JSON.stringify(options.config))
  const words = [
    ...(options.program ?? program),
    "--port",
    String(options.port ?? 0),
    "--app-dir",
    dir,
    "--log-style",
    "json",
    ...(options.args ?? []),
  ]
  const shell = options.shell === undefined ? [] : ["sh", "-c", `${options.shell} && exec "$@"`, "sh"]
  const child = Bun.spawn([...shell, ...words], {
    env: { ...plainEnv(), ...(database === null ? {} : { ASYNCGATE_DATABASE: database }), ...options.env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  })
  let log = ""
  const readers = new Set<() => void>()
  const logDone = collect(child.stderr, (text) => {
    log += text
    for (const read of readers) read()
  })
  const line = await firstLine(child.stdout)
  if (line === null) {
    await logDone
    throw new Error(`the gateway did not start: ${log}`)
  }
  const facts = JSON.parse(line)
  const url: string = facts.url

  const gateway: Gateway = {
    url,
    dir,
    pid: child.pid,
    process: child,
    facts,
    log: () => log,
    logged: (words) =>
      new Promise((resolve) => {
        const read = () => {
          const lines = log.split("\n").filter((line) => line.includes(words))
          if (lines.length === 0) return
          readers.delete(read)
          resolve(lines)
        }
        readers.add(read)
        read()
      }),
    fetch: (path, init) => fetch(url + path, init),
    submit: (body, headers = {}) =>
      fetch(url + CHAT, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    async accept(body, headers) {
      const response = await gateway.submit(body, headers)
      const job = (await response.json()) as Job
      if (response.status !== 202) throw new Error(`not accepted: ${JSON.stringify(job)}`)
      return job.id
    },
    poll: (id, headers = {}) => fetch(`${url}${CHAT}/${id}`, { headers }),
    async end(id) {
      for (;;) {
        const response = await gateway.poll(id, { prefer: "wait=60" })
        const job = (await response.json()) as Job
        if (response.status === 200) return job
        if (response.status !== 202) throw new Error(`poll answered ${response.status}: ${JSON.stringify(job)}`)
      }
    },
    async breathe() {
      const response = await gateway.submit(chat({ mock: { latency_ms: 20 } }), { prefer: "wait=60" })
      await response.arrayBuffer()
    },
    async adminToken() {
      const { stdout, stderr, code } = await run(["admin-token", "rotate", "--app-dir", dir])
      if (code !== 0) throw new Error(`no admin token: ${stderr}`)
      return stdout.trim()
    },
    count(table, where) {
      if (database !== null) return countRows(database, table, where)
      const file = openDatabase(join(dir, "asyncgate.db"), { readonly: true })
      showBodies(file)
      const row = file.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table} WHERE ${where ?? "1"}`).get()
      file.close()
      return row?.n ?? 0
    },
    stop(signal = "SIGTERM") {
      child.kill(signal)
      return gateway.exit()
    },
    async exit() {
      await child.exited
      await logDone
      return child.exitCode
    },
    async dispose() {
      await gateway.stop("SIGKILL")
      if (options.dir === undefined) removeDir(dir)
    },
  }
  return gateway
}

/** Resolves when `holds` is true: asked now, and whenever something has changed in the directory. */
export function onChange(dir: string, holds: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const watcher = watch(dir)
    const look = () => {
      try {
        if (!holds()) return
        resolve()
      } catch (error) {
        reject(error)
      }
      watcher.close()
    }
    watcher.on("change", look)
    look()
  })
}

/** Null: the stream ended without one. */
export async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string | null> {
  let text = ""
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return null
    text += decoder.decode(value, { stream: true })
    const end = text.indexOf("\n")
    if (end >= 0) {
      reader.releaseLock()
      return text.slice(0, end)
    }
  }
}

async function collect(stream: ReadableStream<Uint8Array>, onText: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder()
  for await (const piece of stream) onText(decoder.decode(piece, { stream: true }))
}
