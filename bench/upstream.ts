// A provider in a process of its own: `bun bench/upstream.ts DELAY_MS` answers each chat completion after that time; Infinity is never.
import { ANSWER_BYTES, epochMs, makeChatAnswer, type Stamped } from "./request.ts"

/** What came since the last report. */
export interface Report {
  calls: number
  inFlightMax: number
  /** From the moment a request was sent until it arrived here, for each that says when that was. */
  latenciesMs: number[]
}

const headers = { "content-type": "application/json" }
const delayMs = Number(process.argv[2])
/** By their bytes, made when they are first asked for. */
const answers = new Map<number, string>()
let inFlight = 0
let report: Report = empty()

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  reusePort: false,
  idleTimeout: 0,
  routes: {
    "/v1/chat/completions": { POST: complete },
    "/v1/responses": { POST: async (request: Request) => streamResponse((await request.json()) as Stamped) },
    "/report": () => {
      const response = Response.json(report)
      report = empty()
      return response
    },
  },
})
process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.port}` })}\n`)

async function complete(request: Request): Promise<Response> {
  const arrivedAt = epochMs()
  report.calls++
  report.inFlightMax = Math.max(report.inFlightMax, ++inFlight)
  const stamped = (await request.json()) as Stamped
  const { sent_at, answer_bytes = ANSWER_BYTES } = stamped
  if (stamped.stream) {
    inFlight--
    return stream(stamped)
  }
  if (sent_at !== undefined) report.latenciesMs.push(arrivedAt - sent_at)
  await pause()
  inFlight--
  const answer =
    sent_at === undefined ? plainAnswer(answer_bytes) : makeChatAnswer(answer_bytes, { answered_at: epochMs() })
  return new Response(answer, { headers })
}

/** Each piece says when it left. */
function stream({ stream_pieces = 1, piece_ms = 0 }: Stamped): Response {
  const chunk = (delta: object, finish_reason: string | null = null) => {
    const choices = [{ index: 0, delta, finish_reason }]
    const data = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_700_000_000, model: "any", choices }
    return `data: ${JSON.stringify(data)}\n\n`
  }
  async function* pieces() {
    yield chunk({ role: "assistant", content: "" })
    for (let n = 0; n < stream_pieces; n++) {
      yield chunk({ content: `${epochMs().toFixed(3)} ` })
      if (piece_ms > 0) await Bun.sleep(piece_ms)
    }
    yield `${chunk({}, "stop")}data: [DONE]\n\n`
  }
  return new Response(pieces(), { headers: { "content-type": "text/event-stream" } })
}

/** The same as the stream of a response. */
function streamResponse({ stream_pieces = 1, piece_ms = 0 }: Stamped): Response {
  const place = { item_id: "msg_1", output_index: 0, content_index: 0 }
  const part = { type: "output_text", text: "", annotations: [] }
  const message = { id: "msg_1", type: "message", role: "assistant", status: "in_progress", content: [] }
  let sequence_number = 0
  const event = (type: string, more: object) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence_number++, ...more })}\n\n`
  async function* pieces() {
    yield event("response.output_item.added", { output_index: 0, item: message })
    yield event("response.content_part.added", { ...place, part })
    let text = ""
    for (let n = 0; n < stream_pieces; n++) {
      const delta = `${epochMs().toFixed(3)} `
      text += delta
      yield event("response.output_text.delta", { ...place, delta })
      if (piece_ms > 0) await Bun.sleep(piece_ms)
    }
    const item = { ...message, status: "completed", content: [{ ...part, text }] }
    yield event("response.output_item.done", { output_index: 0, item })
    const response = { id: "resp_1", object: "response", created_at: 1_700_000_000, status: "completed", model: "any" }
    yield event("response.completed", { response: { ...response, output: [item] } })
  }
  return new Response(pieces(), { headers: { "content-type": "text/event-stream" } })
}

function plainAnswer(bytes: number): string {
  const answer = answers.get(bytes) ?? makeChatAnswer(bytes)
  answers.set(bytes, answer)
  return answer
}

async function pause(): Promise<void> {
  if (delayMs === Number.POSITIVE_INFINITY) await new Promise(() => {})
  else if (delayMs > 0) await Bun.sleep(delayMs)
}

function empty(): Report {
  return { calls: 0, inFlightMax: inFlight, latenciesMs: [] }
}
