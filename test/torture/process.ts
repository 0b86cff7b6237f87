// The processes of a run: started with nothing of this one's environment, gone when it ends, killed when the run says so.
import { appendFileSync } from "node:fs"
import { join } from "node:path"
import type { Subprocess } from "bun"
import { firstLine, plainEnv, program } from "../harness.ts"

export interface Child {
  pid: number
  startedAt: number
  /** Its first line on standard output, which is JSON and comes when it listens; null: it ended without one. */
  facts: Promise<{ url: string } | null>
  exited: Promise<number>
  /** Ends it at once; when that was, epoch milliseconds. */
  kill(): Promise<number>
}

const children = new Set<Subprocess>()

/** For the end of this process. */
export function killAll(): void {
  for (const child of children) child.kill("SIGKILL")
}

export function startUpstream(): Child {
  return start([process.execPath, join(import.meta.dir, "upstream.ts")], {}, null)
}

/** @param port 0 takes a free one */
export function startGateway(
  directory: string,
  port: number,
  logPath: string,
  env: Record<string, string> = {},
): Child {
  const args = ["--port", String(port), "--app-dir", directory, "--log-style", "json"]
  return start([...program, ...args], env, logPath)
}

function start(command: string[], env: Record<string, string>, logPath: string | null): Child {
  const child = Bun.spawn(command, {
    env: { ...plainEnv(), ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: logPath === null ? "inherit" : "pipe",
  })
  children.add(child)
  void child.exited.then(() => children.delete(child))
  if (logPath !== null && child.stderr !== undefined) void keep(child.stderr, logPath)
  const startedAt = Date.now()
  return {
    pid: child.pid,
    startedAt,
    facts: firstLine(child.stdout).then((line) => (line === null ? null : (JSON.parse(line) as { url: string }))),
    exited: child.exited,
    async kill() {
      child.kill("SIGKILL")
      const killedAt = Date.now()
      await child.exited
      return killedAt
    },
  }
}

async function keep(stream: ReadableStream<Uint8Array>, path: string): Promise<void> {
  for await (const piece of stream) appendFileSync(path, piece)
}
