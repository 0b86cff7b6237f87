// A relay in front of a PostgreSQL server, which can lose what a network loses, be slow, and lead to another server.
import type { Socket } from "bun"
import { systemClock } from "../src/clock.ts"

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
  /** Whether nothing comes through for now, although no connection breaks. */
  setStalled(isStalled: boolean): void
  /** Connections that are made from now on lead to this server. */
  setServer(url: string): void
  /** Resolves when so many more connections were refused. */
  refused(count: number): Promise<void>
  stop(): void
}

interface Pair {
  toClient: Way
  toServer: Way
  isDeaf: boolean
}

/** Bytes on their way to a socket, which takes only as many at once as it has room for. */
interface Way {
  /** Null: it is not connected yet. */
  socket: Socket<Pair> | null
  bytes: Buffer[]
}

/** @param delayMs how long everything takes in each direction */
export function startRelay(url: string, delayMs = 0): Relay {
  const pairs = new Set<Pair>()
  let to = new URL(url)
  let isOpen = true
  let isStalled = false
  let onRefused = () => {}
  let loss: { statement: string; how: "unanswered" | "unsent" } | null = null

  const later = (action: () => void) => (delayMs === 0 ? action() : void systemClock.after(delayMs, action))

  function cut(pair: Pair): void {
    pairs.delete(pair)
    pair.toClient.socket?.terminate()
    pair.toServer.socket?.terminate()
  }

  function send(way: Way, bytes: Buffer): void {
    const own = Buffer.from(bytes)
    later(() => {
      way.bytes.push(own)
      flush(way)
    })
  }

  function flush({ socket, bytes }: Way): void {
    while (socket !== null && !isStalled && bytes[0] !== undefined) {
      const taken = Math.max(0, socket.write(bytes[0]))
      if (taken < bytes[0].length) {
        bytes[0] = bytes[0].subarray(taken)
        return
      }
      bytes.shift()
    }
  }

  const server = {
    data({ data: pair }: Socket<Pair>, bytes: Buffer) {
      if (pair.isDeaf) cut(pair)
      else send(pair.toClient, bytes)
    },
    drain: ({ data: pair }: Socket<Pair>) => flush(pair.toServer),
    close: ({ data: pair }: Socket<Pair>) => later(() => cut(pair)),
    error() {},
  }

  async function reach(pair: Pair): Promise<void> {
    try {
      const socket = await Bun.connect<Pair>({
        ...{ hostname: to.hostname, port: Number(to.port), socket: server, data: pair },
      })
      pair.toServer.socket = socket
      if (pairs.has(pair)) flush(pair.toServer)
      else socket.terminate()
    } catch {
      // The server is away: so is what is behind the relay.
      cut(pair)
    }
  }

  const listener = Bun.listen<Pair>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(client) {
        const pair: Pair = {
          toClient: { socket: client, bytes: [] },
          toServer: { socket: null, bytes: [] },
          isDeaf: false,
        }
        client.data = pair
        if (!isOpen) {
          onRefused()
          client.terminate()
          return
        }
        pairs.add(pair)
        void reach(pair)
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
        send(pair.toServer, bytes)
      },
      drain: ({ data: pair }) => flush(pair.toClient),
      close: ({ data: pair }) => later(() => cut(pair)),
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
    setStalled(isNowStalled) {
      isStalled = isNowStalled
      for (const { toClient, toServer } of pairs) for (const way of [toClient, toServer]) flush(way)
    },
    setServer(url) {
      to = new URL(url)
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
