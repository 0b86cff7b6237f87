// A server that answers each request with the bytes that a test gives it, HTTP or not.

export interface RawServer {
  url: string
  /** How many requests have come. */
  asked(): number
  stop(): void
}

interface Options {
  /** Whether the connection stays open when all is said. */
  isOpen?: boolean
  /** The connection stays open until then. */
  until?: Promise<void>
}

/** @param answer to a request, counted from 0 */
export function rawServer(answer: (at: number) => string | Uint8Array, { isOpen, until }: Options = {}): RawServer {
  let asked = 0
  const listener = Bun.listen<{ rest: Uint8Array | null }>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        socket.data = { rest: null }
      },
      data(socket, received) {
        if (!/^(GET|POST|PUT|DELETE) /.test(received.toString("latin1", 0, 7))) return
        socket.data.rest = Buffer.from(answer(asked++))
        send(socket)
        void until?.then(() => socket.end())
      },
      drain: send,
    },
  })

  function send(socket: { data: { rest: Uint8Array | null }; write(bytes: Uint8Array): number; end(): unknown }): void {
    const { data } = socket
    if (data.rest === null) return
    data.rest = data.rest.subarray(socket.write(data.rest))
    if (data.rest.length > 0) return
    data.rest = null
    if (!isOpen && until === undefined) socket.end()
  }

  return { url: `http://127.0.0.1:${listener.port}`, asked: () => asked, stop: () => listener.stop(true) }
}
