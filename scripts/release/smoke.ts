// Starts a gateway by any command, as one of another system in an emulator, and lets the tests of the wire speak to it.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { root } from "../build.ts"

export interface Started {
  url: string
  /** The process that was started: the emulator, or whatever holds the gateway. */
  pid: number
  /** Ends once the gateway has: its exit code, null when a signal ended it. */
  exited: Promise<number | null>
  /** All of standard error so far. */
  log(): string
  kill(signal: NodeJS.Signals): void
}

/** How long an emulator may take until the gateway listens. */
const START_MS_MAX = 300_000

/**
 * @param command starts a gateway that writes its banner as JSON
 * @throws Error with what it wrote, if it ends before it listens
 */
export async function startGateway(command: readonly string[], env: Record<string, string>): Promise<Started> {
  const child = Bun.spawn([...command], { env, stdin: "ignore", stdout: "pipe", stderr: "pipe" })
  let log = ""
  const read = async () => {
    for await (const piece of child.stderr.pipeThrough(new TextDecoderStream())) log += piece
  }
  const whole = read()
  const late = setTimeout(() => child.kill("SIGKILL"), START_MS_MAX)
  const line = await readLine(child.stdout)
  clearTimeout(late)
  if (line === null) {
    await whole
    throw new Error(`the gateway did not start: ${log.trim() || `exit ${child.exitCode}, without a word`}`)
  }
  return {
    url: (JSON.parse(line) as { url: string }).url,
    pid: child.pid,
    exited: child.exited.then(() => child.exitCode),
    log: () => log,
    kill: (signal) => child.kill(signal),
  }
}

/**
 * Runs the tests of the wire against a gateway.
 * @returns how many passed, and how many need a gateway of their own
 * @throws Error that names those that failed
 */
export async function testWire(url: string): Promise<string> {
  const child = Bun.spawn([process.execPath, "test", "test/wire", "--timeout", "120000"], {
    cwd: root,
    env: { ...process.env, WIRE_BASE_URL: url },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  })
  const text = await new Response(child.stderr).text()
  const code = await child.exited
  const count = (word: string) => Number(new RegExp(`^\\s*(\\d+) ${word}$`, "m").exec(text)?.[1] ?? 0)
  const failed = [...new Set([...text.matchAll(/^\(fail\) (.*?)(?: \[[\d.]+m?s\])?$/gm)].map(([, name]) => name))]
  const counts = `${count("pass")} tests of the wire passed, ${count("fail")} failed, ${count("skip")} need a gateway of their own`
  if (code !== 0 || count("pass") === 0) throw new Error([counts, ...failed].join("\n       "))
  return counts
}

/** Submits a job and waits for its answer. @throws Error with the answer, if there is another */
export async function runJob(url: string, headers: Record<string, string> = {}): Promise<void> {
  const response = await fetch(`${url}/v1/async/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", prefer: "wait=60", ...headers },
    body: JSON.stringify({ model: "mock/echo", messages: [{ role: "user", content: "Hello" }] }),
  })
  const text = await response.text()
  if (response.status !== 200 || !text.includes('"status":"completed"')) {
    throw new Error(`a job was answered with ${response.status}: ${text}`)
  }
}

/**
 * Reads what is loaded only when it is first asked for, from files that lie in the program: the tests of the wire ask for none of it.
 * @throws Error that names what is not answered
 */
export async function readPages(url: string): Promise<void> {
  for (const path of ["/ui", "/docs", "/docs/json", "/metrics"]) {
    const response = await fetch(url + path)
    const text = await response.text()
    if (response.status !== 200) throw new Error(`${path} is answered with ${response.status}: ${text.slice(0, 300)}`)
  }
}

/** Calls `use` with a directory that is removed afterwards. */
export async function withDirectory<T>(use: (path: string) => Promise<T>): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), "asyncgate-check-"))
  try {
    return await use(path)
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}

async function readLine(stream: ReadableStream<Uint8Array>): Promise<string | null> {
  let text = ""
  const decoder = new TextDecoder()
  const reader = stream.getReader()
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
