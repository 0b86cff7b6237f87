// A relay in front of a PostgreSQL server, which can lose what a network loses.
import type { Socket } from "bun"

export interface Relay {
  /** The server's address, by way of the relay. */
  url: string
  /**
   * What happens to the next statement of this text: `unanswered`: the server does it, and the connection breaks before the answer;
   * `unsent`: it breaks before the server gets it.
   */
  lose(statement: string, how: "unanswered" | "unsent"): void
  /** Whether connections are made. Those that are there break. */
  setOpen(isOpen: boolean): void
  /** Resolves when so many more connections were refused. */
  refused(count: number): Promise<void>
  stop(): void
}

interface Pair {
  server: Socket<Pair> | null
  client: Socket<Pair>
  early: Buffer[]
  isDeaf: boolean
}

export function startRelay(url: string): Relay {
  const to = new URL(url)
  const pairs = new Set<Pair>()
  let isOpen = true
  let onRefused = () => {}
  let loss: { statement: string; how: "unanswered" | "unsent" } | null = null

  function cut(pair: Pair): void {
    pairs.delete(pair)
    pair.client.terminate()
    pair.server?.terminate()
  }

  const toServer = {
    data(socket: Socket<Pair>, bytes: Buffer) {
      const { data: pair } = socket
      if (pair.isDeaf) cut(pair)
      else pair.client.write(bytes)
    },
    close: (socket: Socket<Pair>) => cut(socket.data),
    error() {},
  }

  const listener = Bun.listen<Pair>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(client) {
        const pair: Pair = { server: null, client, early: [], isDeaf: false }
        client.data = pair
        if (!isOpen) {
          onRefused()
          client.terminate()
          return
        }
        pairs.add(pair)
        void Bun.connect<Pair>({ hostname: to.hostname, port: Number(to.port), socket: toServer, data: pair }).then(
          (server) => {
            pair.server = server
            for (const bytes of pair.early) server.write(bytes)
          },
        )
      },
      data({ data: pair }, bytes) {
        if (loss !== null && bytes.includes(loss.statement)) {
          const { how } = loss
          loss = null
          if (how === "unsent") {
            cut(pair)
            return
          }
          pair.isDeaf = true
        }
        if (pair.server === null) pair.early.push(Buffer.from(bytes))
        else pair.server.write(bytes)
      },
      close: ({ data }) => cut(data),
      error() {},
    },
  })

  return {
    url: Object.assign(new URL(url), { port: String(listener.port) }).href,
    lose(statement, how) {
      loss = { statement, how }
    },
    setOpen(isNowOpen) {
      isOpen = isNowOpen
      if (!isOpen) for (const pair of [...pairs]) cut(pair)
    },
    async refused(count) {
      for (let left = count; left > 0; left--) {
        await new Promise<void>((resolve) => {
          onRefused = resolve
        })
      }
    },
    stop() {
      for (const pair of [...pairs]) cut(pair)
      listener.stop(true)
    },
  }
}
