// Sends large bodies at the same time, made as they go, from a process of its own: `bun bench/hostile/sender.ts`. POST / takes a list of Body
// and answers, when all are done, with what came of each as Sent.
import { connect } from "node:net"

export interface Body {
  url: string
  path: string
  kind: keyof typeof kinds
  megabytes: number
  headers: Record<string, string>
}

export interface Sent {
  /** Null: the connection ended without an answer. */
  status: number | null
  megabytes: number
  ms: number
}

interface Kind {
  type: string
  head: string
  /** Repeated until the body has its length. */
  fill: string
  tail: string
}

const PIECE_BYTES = 256 * 1024
const MB = 1_000_000
const ANSWER_MS_MAX = 60_000
const BOUNDARY = "boundary-of-the-form"
const part = (name: string, more = "") =>
  `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n`

const kinds = {
  form: {
    type: `multipart/form-data; boundary=${BOUNDARY}`,
    head: `${part("model")}mock/echo\r\n${part("file", '; filename="a.wav"')}`,
    fill: "x",
    tail: `\r\n--${BOUNDARY}--\r\n`,
  },
  /** Nothing but members: what they cost is not their bytes. */
  members: { type: "application/json", head: `{"a":[{}`, fill: ",{}", tail: "]}" },
  /** The same in a job that is accepted. */
  job: {
    type: "application/json",
    head: `{"model":"mock/echo","messages":[{"role":"user","content":"Hello"}],"a":[{}`,
    fill: ",{}",
    tail: "]}",
  },
} satisfies Record<string, Kind>

if (import.meta.main) {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    reusePort: false,
    idleTimeout: 0,
    fetch: async (request) => Response.json(await Promise.all(((await request.json()) as Body[]).map(send))),
  })
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.port}` })}\n`)
}

async function send({ url, path, kind, megabytes, headers }: Body): Promise<Sent> {
  const { type, head, fill, tail } = kinds[kind]
  const piece = Buffer.from(fill.repeat(Math.floor(PIECE_BYTES / fill.length)))
  const pieces = Math.floor((megabytes * MB) / piece.length)
  const length = head.length + pieces * piece.length + tail.length
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  const answered = Promise.withResolvers<number | null>()
  socket.on("data", (bytes) => answered.resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(bytes.toString("latin1"))?.[1])))
  for (const event of ["error", "close"]) socket.on(event, () => answered.resolve(null))
  setTimeout(() => socket.destroy(), ANSWER_MS_MAX).unref()
  const lines = { host: `${hostname}:${port}`, "content-type": type, "content-length": String(length), ...headers }
  const startedAt = performance.now()
  socket.write(
    `POST ${path} HTTP/1.1\r\n${Object.entries(lines)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("")}\r\n${head}`,
  )
  let isAnswered = false
  void answered.promise.then(() => {
    isAnswered = true
  })
  let sent = 0
  for (; sent < pieces && !isAnswered; sent++) {
    if (socket.write(piece)) continue
    await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), answered.promise])
  }
  if (!isAnswered) socket.write(tail)
  const status = await answered.promise
  socket.destroy()
  return { status, megabytes: (sent * piece.length) / MB, ms: performance.now() - startedAt }
}
