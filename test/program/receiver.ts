// A receiver of webhooks on this machine, as somebody would write one.
import { afterTest } from "../cleanup.ts"

export interface Received {
  headers: Headers
  body: string
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came
  json: any
}

export interface Receiver {
  url: string
  /** The next webhook that has not been asked for. */
  next(): Promise<Received>
  /** How many came that were not asked for. */
  count(): number
  close(): Promise<void>
}

type Answer = (received: Received) => Response

/** One that is closed when the test has finished. @param answer what it answers; by default that it has taken it */
export function openReceiver(answer?: Answer): Receiver {
  const receiver = startReceiver(answer)
  afterTest(() => receiver.close())
  return receiver
}

/** One that the caller closes. */
export function startReceiver(answer: Answer = () => new Response()): Receiver {
  const waiting: ((received: Received) => void)[] = []
  const kept: Received[] = []
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const body = await request.text()
      const received = { headers: request.headers, body, json: JSON.parse(body) }
      const take = waiting.shift()
      if (take) take(received)
      else kept.push(received)
      return answer(received)
    },
  })
  return {
    close: () => server.stop(true),
    url: `http://127.0.0.1:${server.port}/webhook`,
    next: () => {
      const received = kept.shift()
      return received === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(received)
    },
    count: () => kept.length,
  }
}
