// One reader of a stream, on a socket of its own, which can stop reading and go on, or go away in two manners. It holds each piece
// against the script as it comes.
import { connect, type Socket } from "node:net"
import { epochMs } from "../../bench/request.ts"
import { requestText } from "../hostile/socket.ts"
import { readPiece, type StreamScript } from "./streamscript.ts"

export interface Heard {
  /** Of the response; null: none came. */
  status: number | null
  jobId: string | null
  /** How many pieces have come, and what they said. */
  pieces: number
  text: string
  /** `[DONE]` came, after an error event or without. */
  isDone: boolean
  /** The finish reason came: the provider had said all. */
  isFinished: boolean
  /** The HTTP message came to its end. */
  isWhole: boolean
  /** What the error event or the refusal said. */
  error: string | null
  /** What must not be in a stream. */
  problem: string | null
}

export interface Reader {
  socket: Socket
  heard: Heard
  /** Resolves when the connection has ended, whoever ended it. */
  closed: Promise<void>
}

export interface Ask {
  url: string
  script: StreamScript
  headers?: Record<string, string>
  /** By default it is. */
  isStreamed?: boolean
  /** Called with each piece: when it left the provider and when it came. */
  onPiece?: (leftAt: number, cameAt: number) => void
}

/** Sends the request. */
export function openReader({ url, script, headers = {}, isStreamed = true, onPiece }: Ask): Reader {
  const heard: Heard = {
    ...{ status: null, jobId: null, pieces: 0, text: "", error: null, problem: null },
    ...{ isDone: false, isFinished: false, isWhole: false },
  }
  const socket = connect(Number(new URL(url).port), "127.0.0.1")
  const read = readMessage(heard, (event) => hearEvent(heard, script, event, onPiece))
  socket.on("data", read)
  // A reset is an end as any other.
  socket.on("error", () => {})
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()))
  const messages = [{ role: "user", content: `stream ${script.job}` }]
  const body = JSON.stringify({ model: "up/any", stream: isStreamed, script, messages })
  const all = { "content-type": "application/json", connection: "close", ...headers }
  socket.write(requestText("POST", "/v1/chat/completions", { headers: all, body }))
  return { socket, heard, closed }
}

/** Takes the bytes of a response: its head, then what is in its chunks, in whole events. */
function readMessage(heard: Heard, hear: (event: string) => void): (bytes: Buffer) => void {
  let raw = ""
  let events = ""
  let isChunked: boolean | null = null

  function readHead(): boolean {
    const end = raw.indexOf("\r\n\r\n")
    if (end < 0) return false
    const head = raw.slice(0, end)
    raw = raw.slice(end + 4)
    heard.status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1])
    heard.jobId = /^x-job-id: (.*)$/im.exec(head)?.[1]?.trim() ?? null
    isChunked = /^transfer-encoding: chunked/im.test(head)
    return true
  }

  function takeChunks(): void {
    for (;;) {
      const lineEnd = raw.indexOf("\r\n")
      if (lineEnd < 0) return
      const size = Number.parseInt(raw.slice(0, lineEnd), 16)
      if (raw.length < lineEnd + 2 + size + 2) return
      if (size === 0) heard.isWhole = true
      events += raw.slice(lineEnd + 2, lineEnd + 2 + size)
      raw = raw.slice(lineEnd + 2 + size + 2)
    }
  }

  return (bytes) => {
    // All that the provider says is ASCII.
    raw += bytes.toString("latin1")
    if (isChunked === null && !readHead()) return
    if (!isChunked) {
      heard.error = raw
      return
    }
    takeChunks()
    const all = events.split("\n\n")
    events = all.pop() ?? ""
    for (const event of all) hear(event)
  }
}

interface Chunk {
  error?: { message: string }
  choices?: { delta?: { content?: string }; finish_reason?: string | null }[]
}

function hearEvent(heard: Heard, script: StreamScript, event: string, onPiece: Ask["onPiece"]): void {
  if (event.startsWith(":")) return
  if (heard.isDone) heard.problem ??= `after [DONE]: ${event.slice(0, 200)}`
  if (event === "data: [DONE]") {
    heard.isDone = true
    return
  }
  const { error, choices } = JSON.parse(event.replace(/^data: /, "")) as Chunk
  if (error) heard.error = error.message
  const [choice] = choices ?? []
  if (choice?.finish_reason) heard.isFinished = true
  const text = choice?.delta?.content
  if (!text) return
  const leftAt = readPiece(script, heard.pieces, text)
  if (leftAt === null) heard.problem ??= `instead of piece ${heard.pieces} of ${script.job}: ${text.slice(0, 200)}`
  heard.pieces++
  heard.text += text
  onPiece?.(leftAt ?? 0, epochMs())
}
