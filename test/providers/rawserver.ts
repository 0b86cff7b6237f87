// A server that answers each request with the same bytes, HTTP or not.

export interface RawServer {
  url: string
  /** How many requests have come. */
  asked(): number
  stop(): void
}

/**
 * @param isOpen whether the connection stays open when all is said
 * @param until ends the connection when it resolves
 */
export function rawServer(answer: string | Uint8Array, isOpen = false, until?: Promise<void>): RawServer {
  const bytes = Buffer.from(answer)
  let asked = 0
  const listener = Bun.listen<{ at: number }>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        socket.data = { at: -1 }
      },
      data(socket, received) {
        if (!/^(GET|POST|PUT|DELETE) /.test(received.toString("latin1", 0, 7))) return
        asked++
        socket.data.at = 0
        send(socket)
        void until?.then(() => socket.end())
      },
      drain: send,
    },
  })

  function send(socket: { data: { at: number }; write(bytes: Uint8Array): number; end(): unknown }): void {
    const { data } = socket
    if (data.at < 0) return
    data.at += socket.write(bytes.subarray(data.at))
    if (data.at < bytes.length) return
    data.at = -1
    if (!isOpen) socket.end()
  }

  return { url: `http://127.0.0.1:${listener.port}`, asked: () => asked, stop: () => listener.stop(true) }
}
