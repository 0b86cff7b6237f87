// A real browser with one page, driven by Chromium's DevTools protocol: https://chromedevtools.github.io/devtools-protocol/
import { newDir, removeDir } from "./harness.ts"

export interface Page {
  /** What an expression comes to in the page, once it has settled. */
  evaluate<T>(expression: string): Promise<T>
  /** Chooses a file of this machine in the file input that an expression comes to. */
  choose(input: string, path: string): Promise<void>
  /** Goes there, and waits until the page has loaded. */
  open(url: string): Promise<void>
  /** Every address that was asked for so far. */
  requested: string[]
  /** What the page complained of: exceptions, and errors in its console. */
  complaints: string[]
  close(): Promise<void>
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
  "--disable-renderer-backgrounding",
  "--disable-background-timer-throttling",
  "--remote-debugging-port=0",
]

// biome-ignore lint/suspicious/noExplicitAny: the protocol has hundreds of forms
type Message = any

export async function launchBrowser(path: string): Promise<Page> {
  const dir = newDir()
  const browser = Bun.spawn([path, ...flags, `--user-data-dir=${dir}`], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  })
  const socket = new WebSocket(await addressOf(browser.stderr))
  const answers = new Map<number, { resolve(result: Message): void; reject(error: Error): void }>()
  const listeners = new Map<string, (params: Message) => void>()
  socket.onmessage = ({ data }) => {
    const { id, method, params, result, error } = JSON.parse(String(data)) as Message
    if (id === undefined) return listeners.get(method)?.(params)
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
  let sessionId: string | undefined
  const send = (method: string, params: object = {}) =>
    new Promise<Message>((resolve, reject) => {
      count += 1
      answers.set(count, { resolve, reject })
      socket.send(JSON.stringify({ id: count, method, params, sessionId }))
    })

  const requested: string[] = []
  const complaints: string[] = []
  listeners.set("Network.requestWillBeSent", ({ request }) => requested.push(request.url))
  listeners.set("Runtime.exceptionThrown", ({ exceptionDetails }) =>
    complaints.push(exceptionDetails.exception?.description ?? exceptionDetails.text),
  )
  listeners.set("Log.entryAdded", ({ entry }) => {
    if (entry.level === "error") complaints.push(`${entry.text} ${entry.url ?? ""}`)
  })

  // Not the page it starts with: that one hangs when it is sent elsewhere before it is all there.
  const { targetId } = await send("Target.createTarget", { url: "about:blank" })
  sessionId = (await send("Target.attachToTarget", { targetId, flatten: true })).sessionId
  for (const domain of ["Page", "Network", "Runtime", "Log", "DOM"]) await send(`${domain}.enable`)

  async function run(expression: string, returnByValue: boolean): Promise<Message> {
    const { result, exceptionDetails } = await send("Runtime.evaluate", {
      expression,
      returnByValue,
      awaitPromise: true,
    })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
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
    async open(url) {
      const loaded = new Promise((resolve) => listeners.set("Page.loadEventFired", resolve))
      await send("Page.navigate", { url })
      await loaded
    },
    async close() {
      socket.close()
      browser.kill("SIGKILL")
      await browser.exited
      removeDir(dir)
    },
  }
}

/** It prints the address where it can be driven, among other things; what comes later must be read all the same. */
function addressOf(stderr: ReadableStream<Uint8Array>): Promise<string> {
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
