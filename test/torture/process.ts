// The processes of a run: started with nothing of this one's environment, gone when it ends, killed when the run says so.
import { appendFileSync } from "node:fs"
import { join } from "node:path"
import type { Subprocess } from "bun"
import { firstLine, plainEnv, program } from "../harness.ts"

export interface Child {
  pid: number
  startedAt: number
  /** Where it listens, once it does; null: it ended without. */
  facts: Promise<{ url: string } | null>
  exited: Promise<number>
  /** Null while it runs, or when a signal ended it. */
  exitCode(): number | null
  signal(name: NodeJS.Signals): void
  /** Ends it at once; when that was, epoch milliseconds. */
  kill(): Promise<number>
}

export interface Launch {
  env?: Record<string, string>
  /** A command that ends by becoming the program that follows it. */
  wrap?: string[]
  /** Where its standard output and standard error go; by default the one is read for its first line and the other kept in the log. */
  output?: { stdout: number; stderr: number } | { terminal: Bun.Terminal }
}

const ASK_EVERY_MS = 2

const children = new Set<Subprocess>()

/** For the end of this process. */
export function killAll(): void {
  for (const child of children) child.kill("SIGKILL")
}

/** @param file beside this one, which prints where it listens */
export function startUpstream(file = "upstream.ts"): Child {
  const child = start([process.execPath, join(import.meta.dir, file)], { stdout: "pipe", stderr: "inherit" })
  return { ...watch(child), facts: readFacts(child) }
}

/** Runs a file beside this one to its end; what it prints. */
export async function runFile(file: string, argument: string): Promise<string> {
  const command = [process.execPath, join(import.meta.dir, file), argument]
  const child = start(command, { stdout: "pipe", stderr: "inherit" })
  const text = await new Response(child.stdout as ReadableStream<Uint8Array>).text()
  if ((await child.exited) !== 0) throw new Error(`${file} ended with ${child.exitCode}`)
  return text
}

/** @param port 0 takes a free one, where the output can be read */
export function startGateway(
  directory: string,
  port: number,
  logPath: string,
  { env = {}, wrap = [], output }: Launch = {},
): Child {
  const command = [...wrap, ...program, "--port", String(port), "--app-dir", directory, "--log-style", "json"]
  if (output === undefined) {
    const child = start(command, { env, stdout: "pipe", stderr: "pipe" })
    void keep(child.stderr as ReadableStream<Uint8Array>, logPath)
    return { ...watch(child), facts: readFacts(child) }
  }
  const child = start(command, { env, ...("terminal" in output ? output : { ...output }) })
  const url = `http://127.0.0.1:${port}`
  const isGone = () => child.exitCode !== null || child.signalCode !== null
  return { ...watch(child), facts: whenHealthy(url, isGone).then((isHealthy) => (isHealthy ? { url } : null)) }
}

/** Asks for `/health` again and again until it is answered; false: it is over. */
export async function whenHealthy(url: string, isOver: () => boolean): Promise<boolean> {
  while (!isOver()) {
    const response = await fetch(`${url}/health`, { keepalive: false }).catch(() => null)
    if (response?.ok) return true
    await Bun.sleep(ASK_EVERY_MS)
  }
  return false
}

/** A port of this machine that nobody has just now. */
export function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } })
  const { port } = server
  server.stop(true)
  return port
}

type Stdio = { env?: Record<string, string> } & (
  | { stdout: "pipe" | number; stderr: "pipe" | "inherit" | number }
  | { terminal: Bun.Terminal }
)

function start(command: string[], { env = {}, ...stdio }: Stdio): Subprocess {
  const child = Bun.spawn(command, {
    stdin: "ignore",
    ...stdio,
    env: { ...plainEnv(), ...env },
  } as object) as Subprocess
  children.add(child)
  void child.exited.then(() => children.delete(child))
  return child
}

function watch(child: Subprocess): Omit<Child, "facts"> {
  return {
    pid: child.pid,
    startedAt: Date.now(),
    exited: child.exited,
    exitCode: () => child.exitCode,
    signal: (name) => child.kill(name),
    async kill() {
      // Before the signal: what it cuts off ends later than this.
      const killedAt = Date.now()
      child.kill("SIGKILL")
      await child.exited
      return killedAt
    },
  }
}

/** Its first line on standard output is JSON and comes when it listens. */
async function readFacts(child: Subprocess): Promise<{ url: string } | null> {
  const line = await firstLine(child.stdout as ReadableStream<Uint8Array>)
  return line === null ? null : (JSON.parse(line) as { url: string })
}

async function keep(stream: ReadableStream<Uint8Array>, path: string): Promise<void> {
  for await (const piece of stream) appendFileSync(path, piece)
}
