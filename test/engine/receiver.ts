// A receiver of webhooks on loopback, which answers as a test says and remembers what it got.

export interface Receiver {
  url: string
  /** In the order of their arrival, also those that are not answered yet. */
  got: { path: string; headers: Headers; body: string }[]
  /** The JSON of the body with this index. */
  read(at: number): { event: string; data: Record<string, unknown> }
  /** The statuses of the next answers; the last is that of all further ones. */
  answer(...statuses: number[]): Receiver
  /** The header Retry-After of further answers. */
  retryAfter: string | null
  /** Answers nothing on this path until the returned function is called. */
  hold(path: string): () => void
  close(): void
}

export function createReceiver(): Receiver {
  let statuses = [200]
  const held = new Map<string, Promise<void>>()
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { pathname: path } = new URL(request.url)
      const body = await request.text()
      receiver.got.push({ path, headers: request.headers, body })
      const status = (statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 200
      const { retryAfter } = receiver
      await held.get(path)
      const headers = { ...(retryAfter === null ? {} : { "retry-after": retryAfter }), location: "/elsewhere" }
      return new Response(status < 300 ? null : "no, thank you", { status, headers })
    },
  })
  const receiver: Receiver = {
    url: server.url.href,
    got: [],
    retryAfter: null,
    read: (at) => JSON.parse(receiver.got[at]?.body ?? "null"),
    answer(...given) {
      statuses = given
      return receiver
    },
    hold(path) {
      const { promise, resolve } = Promise.withResolvers<void>()
      held.set(path, promise)
      return () => {
        held.delete(path)
        resolve()
      }
    },
    close: () => void server.stop(true),
  }
  return receiver
}
