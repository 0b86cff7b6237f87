// The processes and the directory of one run: each process bounded in time, and all of it gone when the run is over, however it ends.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import type { Subprocess } from "bun"

const START_MS_MAX = 10_000

export type Environment = Record<string, string>

/** A process that listens and has said where. */
export interface Server {
  url: string
  pid: number
  /** Its first line on standard output. */
  facts: Record<string, unknown>
  stop(): Promise<void>
}

export type Stage = ReturnType<typeof createStage>

/**
 * The one of this process, which ends after `msMax` at the latest.
 * @param parent where the run's directory is made; it should be on a disk, because in memory a durable write costs nothing
 */
export function createStage(parent: string, msMax: number) {
  mkdirSync(parent, { recursive: true })
  const root = mkdtempSync(join(parent, "bench-"))
  const children = new Set<Subprocess>()
  let count = 0

  function keep(child: Subprocess): void {
    children.add(child)
    void child.exited.then(() => children.delete(child))
  }

  /** Ends every process and removes the directory. Synchronous, because it must also work while this process exits. */
  function clear(): void {
    for (const child of children) child.kill("SIGKILL")
    // A process that is just being killed may still create a file between the listing and the removal.
    rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }

  process.on("exit", clear)
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => quit(130, signal))
  setTimeout(() => quit(1, `not done after ${msMax / 1000} s`), msMax).unref()

  return {
    root,

    /** A new empty directory. */
    directory(): string {
      return mkdtempSync(join(root, "data-"))
    },

    /** Starts a server and waits for its first line: JSON with its `url`. */
    async serve(command: string[], env: Environment = {}): Promise<Server> {
      const logPath = join(root, `${++count}.log`)
      const child = Bun.spawn(command, {
        env: { ...plainEnvironment(), ...env },
        stdin: "ignore",
        stdout: "pipe",
        stderr: Bun.file(logPath),
        timeout: msMax,
        killSignal: "SIGKILL",
      })
      keep(child)
      const timer = setTimeout(() => child.kill("SIGKILL"), START_MS_MAX)
      const line = await firstLine(child.stdout)
      clearTimeout(timer)
      if (line === null) throw new Error(`${readName(command)} did not start: ${readFileSync(logPath, "utf8")}`)
      const facts = JSON.parse(line) as Record<string, unknown>
      return {
        url: String(facts["url"]),
        pid: child.pid,
        facts,
        async stop() {
          child.kill("SIGKILL")
          await child.exited
        },
      }
    },

    /** Runs a program to its end; what it printed. */
    async run(command: string[], timeoutMs: number, env: Environment = {}): Promise<string> {
      const child = Bun.spawn(command, {
        env: { ...plainEnvironment(), ...env },
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
        timeout: timeoutMs,
        killSignal: "SIGKILL",
      })
      keep(child)
      const [stdout, stderr, code] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.exited,
      ])
      if (code !== 0) throw new Error(`${readName(command)} ended with ${child.signalCode ?? code}: ${stderr}${stdout}`)
      return stdout
    },
  }
}

export function quit(code: number, message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(code)
}

/** No keys and no settings of whoever runs the benchmark; `production`, because the floors must not pay for development. */
function plainEnvironment(): Environment {
  const { PATH = "", HOME = "" } = process.env
  return { PATH, HOME, NODE_ENV: "production" }
}

function readName(command: string[]): string {
  return command.slice(0, 2).join(" ")
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string | null> {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let text = ""
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return null
    text += decoder.decode(value, { stream: true })
    const end = text.indexOf("\n")
    if (end < 0) continue
    reader.releaseLock()
    return text.slice(0, end)
  }
}
