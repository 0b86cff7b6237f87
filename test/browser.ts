// A real browser, driven by Chromium's DevTools protocol: https://chromedevtools.github.io/devtools-protocol/
import { rmSync } from "node:fs"
import { newDir } from "./cleanup.ts"

export interface Browser {
  /** Opens an address in a page of its own, and waits until it has loaded. */
  open(url: string): Promise<Page>
  close(): Promise<void>
}

export interface Page {
  /** What an expression comes to in the page, once it has settled. */
  evaluate<T>(expression: string): Promise<T>
  /** Chooses a file of this machine in the file input that an expression comes to. */
  choose(input: string, path: string): Promise<void>
  /** Every request so far. */
  requested: { method: string; url: string; headers: Record<string, string> }[]
  /** What the page complained of: exceptions, and errors in its console. */
  complaints: string[]
}

/** Debian's name first; null: there is none on this machine. */
export const browserPath = Bun.which("chromium") ?? Bun.which("chromium-browser") ?? Bun.which("google-chrome")

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--remote-debugging-port=0",
]

// biome-ignore lint/suspicious/noExplicitAny: the protocol has hundreds of forms
type Message = any

export async function launchBrowser(path: string): Promise<Browser> {
  const dir = newDir()
  const program = Bun.spawn([path, ...flags, `--user-data-dir=${dir}`], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  })
  const connection = await connect(await readAddress(program.stderr))
  return {
    open: (url) => openPage(connection, url),
    async close() {
      connection.close()
      program.kill("SIGKILL")
      await program.exited
      // Its helpers may still write there for a moment.
      rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
    },
  }
}

type Connection = Awaited<ReturnType<typeof connect>>

async function connect(address: string) {
  const socket = new WebSocket(address)
  const answers = new Map<number, { resolve(result: Message): void; reject(error: Error): void }>()
  /** By session and event. */
  const listeners = new Map<string, (params: Message) => void>()
  socket.onmessage = ({ data }) => {
    const { id, sessionId, method, params, result, error } = JSON.parse(String(data)) as Message
    if (id === undefined) return listeners.get(`${sessionId} ${method}`)?.(params)
    const answer = answers.get(id)
    answers.delete(id)
    if (error) answer?.reject(new Error(error.message))
    else answer?.resolve(result)
  }
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = reject
  })
  let count = 0
  return {
    send(method: string, params: object = {}, sessionId?: string): Promise<Message> {
      count += 1
      socket.send(JSON.stringify({ id: count, method, params, sessionId }))
      return new Promise((resolve, reject) => answers.set(count, { resolve, reject }))
    },
    on: (sessionId: string, event: string, listen: (params: Message) => void) =>
      listeners.set(`${sessionId} ${event}`, listen),
    close: () => socket.close(),
  }
}

async function openPage(connection: Connection, url: string): Promise<Page> {
  const { targetId } = await connection.send("Target.createTarget", { url: "about:blank", newWindow: true })
  const { sessionId } = await connection.send("Target.attachToTarget", { targetId, flatten: true })
  const send = (method: string, params?: object) => connection.send(method, params, sessionId)
  const on = (event: string, listen: (params: Message) => void) => connection.on(sessionId, event, listen)

  const requested: Page["requested"] = []
  const complaints: string[] = []
  on("Network.requestWillBeSent", ({ request }) => requested.push(request))
  on("Runtime.exceptionThrown", ({ exceptionDetails }) => complaints.push(readText(exceptionDetails)))
  on("Log.entryAdded", ({ entry }) => {
    if (entry.level === "error") complaints.push(`${entry.text} ${entry.url ?? ""}`)
  })
  on("Runtime.consoleAPICalled", ({ type, args }) => {
    if (type === "error") complaints.push(args.map((arg: Message) => arg.description ?? arg.value).join(" "))
  })
  for (const domain of ["Page", "Network", "Runtime", "Log", "DOM"]) await send(`${domain}.enable`)
  // A page that is not in front would have its timers held back, for up to a minute, and would not be drawn.
  await send("Emulation.setFocusEmulationEnabled", { enabled: true })
  const loaded = new Promise((resolve) => on("Page.loadEventFired", resolve))
  await send("Page.navigate", { url })
  await loaded

  async function run(expression: string, returnByValue: boolean): Promise<Message> {
    const { result, exceptionDetails } = await send("Runtime.evaluate", {
      expression,
      returnByValue,
      awaitPromise: true,
    })
    if (exceptionDetails) throw new Error(readText(exceptionDetails))
    return result
  }

  return {
    requested,
    complaints,
    async evaluate(expression) {
      return (await run(expression, true)).value
    },
    async choose(input, path) {
      const { objectId } = await run(input, false)
      await send("DOM.setFileInputFiles", { files: [path], objectId })
    },
  }
}

function readText({ exception, text }: Message): string {
  return exception?.description ?? text
}

/** It prints the address where it can be driven, among other things; what comes later must be read all the same. */
function readAddress(stderr: ReadableStream<Uint8Array>): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ""
    const read = async () => {
      const decoder = new TextDecoder()
      for await (const piece of stderr) {
        text += decoder.decode(piece, { stream: true })
        const address = /^DevTools listening on (ws:\S+)\s/m.exec(text)?.[1]
        if (address !== undefined) resolve(address)
      }
      reject(new Error(`the browser ended before it could be driven: ${text}`))
    }
    read().catch(reject)
  })
}
