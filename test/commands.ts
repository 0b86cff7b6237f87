// Runs the commands of clients as a user does, with the environment of one gateway.
import { type Gateway, plainEnv, program, readOutput } from "./harness.ts"

export interface Ran {
  stdout: string
  stderr: string
  code: number
}

export interface RunOptions {
  env?: Record<string, string>
  /** What it reads from standard input. */
  input?: string
}

/** @param gateway whose app directory it finds by itself; null: none */
export async function runClient(
  gateway: Pick<Gateway, "dir"> | null,
  args: readonly string[],
  { env = {}, input = "" }: RunOptions = {},
): Promise<Ran> {
  const child = Bun.spawn([...program, ...args], {
    env: { ...plainEnv(), ...(gateway === null ? {} : { APP_DIR: gateway.dir }), ...env },
    stdin: Buffer.from(input),
    stdout: "pipe",
    stderr: "pipe",
  })
  return await readOutput(child)
}

/** Runs it on a terminal of 80 columns, until it ends or `isEnough` says so of what it has shown. */
export async function runOnTerminal(
  gateway: Pick<Gateway, "dir">,
  args: readonly string[],
  { env = {}, isEnough = () => false }: { env?: Record<string, string>; isEnough?: (shown: string) => boolean } = {},
): Promise<{ shown: string; code: number | null; signal: string | null }> {
  let shown = ""
  const child = Bun.spawn([...program, ...args], {
    env: { ...plainEnv(), APP_DIR: gateway.dir, TERM: "xterm", ...env },
    terminal: {
      cols: 80,
      rows: 24,
      data(terminal, data) {
        shown += new TextDecoder().decode(data)
        // As Ctrl-C does.
        if (isEnough(shown)) terminal.write("\u0003")
      },
    },
  })
  const code = await child.exited
  return {
    shown,
    code: child.signalCode === null ? code : null,
    signal: child.signalCode === null ? null : String(child.signalCode),
  }
}
