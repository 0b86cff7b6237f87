// A client that speaks HTTP by hand: what it sends need not be any.
import { connect, type Socket } from "node:net"

export interface Reply {
  /** Of the first answer; null: none came. */
  status: number | null
  /** All that came. */
  text: string
  /** How many answers came. */
  count: number
  isClosed: boolean
}

/** A connection that is open until it is told to close, or until the gateway closes it. */
export interface Line {
  send(bytes: string | Uint8Array): void
  /** Resolves when `count` answers have come whole, or when the gateway has closed the connection. */
  reply(count?: number): Promise<Reply>
  /** Resolves when the gateway has closed the connection. */
  closed(): Promise<void>
  /** Ends it without a farewell. */
  destroy(): void
}

export async function open(url: string, localAddress?: string): Promise<Line> {
  const { hostname, port } = new URL(url)
  const socket: Socket = connect({ host: hostname, port: Number(port), ...(localAddress ? { localAddress } : {}) })
  let text = ""
  let isClosed = false
  let wake = () => {}
  socket.on("data", (bytes) => {
    text += bytes.toString("latin1")
    wake()
  })
  // A reset is an end as any other.
  socket.on("error", () => {})
  const closed = new Promise<void>((resolve) =>
    socket.on("close", () => {
      isClosed = true
      resolve()
      wake()
    }),
  )
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject))
  return {
    send: (bytes) => void socket.write(bytes),
    async reply(count = 1) {
      while (!isClosed && wholeAnswers(text) < count) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]
      return { status: status === undefined ? null : Number(status), text, count: wholeAnswers(text), isClosed }
    },
    closed: () => closed,
    destroy: () => socket.destroy(),
  }
}

/** Sends it all at once and waits for the one answer, or for the end. */
export async function say(url: string, bytes: string | Uint8Array, localAddress?: string): Promise<Reply> {
  const line = await open(url, localAddress)
  line.send(bytes)
  const reply = await line.reply()
  line.destroy()
  return reply
}

/** The text of a request; `length` is what it says of its body, the body's own by default. */
export function requestText(
  method: string,
  path: string,
  { headers = {}, body = "", length }: { headers?: Record<string, string>; body?: string; length?: number | null } = {},
): string {
  const size = length === undefined && body !== "" ? Buffer.byteLength(body) : length
  // The answer to a HEAD tells a length of what does not come: its end is the connection's.
  const last: Record<string, string> = method === "HEAD" ? { connection: "close" } : {}
  const measured: Record<string, string> = typeof size === "number" ? { "content-length": String(size) } : {}
  const lines = { host: "localhost", ...last, ...headers, ...measured }
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${head.join("")}\r\n${body}`
}

/** How many answers have come whole. */
function wholeAnswers(text: string): number {
  let count = 0
  for (let rest = text; ; count++) {
    const headEnd = rest.indexOf("\r\n\r\n")
    if (headEnd < 0) return count
    const head = rest.slice(0, headEnd).toLowerCase()
    const body = rest.slice(headEnd + 4)
    // One that only says that the body may come.
    if (head.startsWith("http/1.1 100")) {
      count--
      rest = body
      continue
    }
    const length = Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1] ?? 0)
    const end = head.includes("transfer-encoding: chunked") ? body.indexOf("0\r\n\r\n") + 5 : length
    if (end < length || body.length < end || end < 0) return count
    rest = body.slice(end)
  }
}
