// The provider of streams, in a process of its own: answers each call as its script says, streamed or whole, and keeps a record of when
// it began, ended or was broken off. `bun test/torture/streamprovider.ts` prints its address. GET /calls is the record; GET /idle closes
// the connections on which nothing is under way and says how many calls are open.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { epochMs } from "../../bench/request.ts"
import { type StreamScript, writePiece } from "./streamscript.ts"

export interface StreamCall {
  job: number
  isStreamed: boolean
  /** By `epochMs`. */
  startedAt: number
  /** Null while it is open. */
  endedAt: number | null
  /** The caller closed the connection before it was answered whole. */
  isCut: boolean
}

const calls: StreamCall[] = []
let open = 0
let mostOpen = 0

if (import.meta.main) {
  const server = createServer((request, response) => void answer(request, response))
  // The caller's connections are closed when it is said so, and not while it sends the next call on one.
  server.keepAliveTimeout = 600_000
  server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => {
    const { port } = server.address() as AddressInfo
    process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`)
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === "/calls") {
      response.end(JSON.stringify({ calls, mostOpen }))
      return
    }
    if (request.url === "/idle") {
      server.closeIdleConnections()
      response.setHeader("connection", "close")
      response.end(JSON.stringify({ open }))
      mostOpen = 0
      return
    }
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    const { script, stream } = JSON.parse(Buffer.concat(pieces).toString()) as {
      script: StreamScript
      stream?: boolean
    }
    const call = record(script, stream === true, response)
    await (call.isStreamed ? streamAnswer(script, call, response) : wholeAnswer(script, response))
  }
}

function record({ job }: StreamScript, isStreamed: boolean, response: ServerResponse): StreamCall {
  const call: StreamCall = { job, isStreamed, startedAt: epochMs(), endedAt: null, isCut: false }
  calls.push(call)
  mostOpen = Math.max(mostOpen, ++open)
  response.once("close", () => {
    open--
    call.endedAt = epochMs()
    call.isCut = !response.writableFinished
  })
  return call
}

const completion = { id: "chatcmpl-1", created: 1_700_000_000, model: "any" }

function chunk(delta: object, finish_reason: string | null = null): string {
  const choices = [{ index: 0, delta, finish_reason }]
  return `data: ${JSON.stringify({ ...completion, object: "chat.completion.chunk", choices })}\n\n`
}

const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }

async function streamAnswer(script: StreamScript, call: StreamCall, response: ServerResponse): Promise<void> {
  await Bun.sleep(script.firstMs)
  if (call.endedAt !== null) return
  response.writeHead(200, { "content-type": "text/event-stream" })
  response.write(chunk({ role: "assistant", content: "" }))
  for (let number = 0; number < script.pieces; number++) {
    await Bun.sleep(script.pieceMs)
    if (call.endedAt !== null) return
    const hasRoom = response.write(chunk({ content: writePiece(script, number, epochMs()) }))
    if (!hasRoom) await drained(response)
  }
  const last = { ...completion, object: "chat.completion.chunk", choices: [], usage }
  response.end(`${chunk({}, "stop")}data: ${JSON.stringify(last)}\n\ndata: [DONE]\n\n`)
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      response.off("drain", go).off("close", go)
      resolve()
    }
    response.on("drain", go).on("close", go)
  })
}

async function wholeAnswer(script: StreamScript, response: ServerResponse): Promise<void> {
  await Bun.sleep(script.firstMs + script.pieces * script.pieceMs)
  if (response.closed) return
  const content = Array.from({ length: script.pieces }, (_, number) => writePiece(script, number, epochMs())).join("")
  const choices = [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }]
  response.setHeader("content-type", "application/json")
  response.end(JSON.stringify({ ...completion, object: "chat.completion", choices, usage }))
}
