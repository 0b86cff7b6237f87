// A provider on loopback with OpenAI's background mode: its responses go on without readers, and their streams are given from any event on.
// A test writes what the model says.
import { type Received, startUpstream, type Upstream } from "../upstream.ts"

type Fields = Record<string, unknown>

/** How it answers those who come back. */
type Manner =
  /** As long as its events are to be had. */
  | "stream"
  /** After five minutes. */
  | "retrieve"
  /** Through a proxy that leaves out what a GET asks for besides. */
  | "whole"
  /** When the response is deleted there. */
  | "gone"

interface Part {
  id: string
  text: string
}

/** A response that the model works on. */
export class Answer {
  readonly events: Fields[] = []
  status = "in_progress"
  private readonly readers = new Set<ReadableStreamDefaultController<Uint8Array>>()
  private readonly output: Fields[] = []
  private open: Part | null = null

  constructor(readonly id: string) {
    const response = this.describe()
    this.say({ type: "response.created", response: { ...response, status: "queued" } })
    this.say({ type: "response.queued", response: { ...response, status: "queued" } })
    // OpenAI sends one now and then, and counts it.
    this.say({ type: "keepalive" })
    this.say({ type: "response.in_progress", response })
  }

  describe(): Fields {
    const { id, status, output } = this
    const usage = status === "completed" ? { input_tokens: 1, output_tokens: 2, total_tokens: 3 } : null
    return { id, object: "response", created_at: 1, model: "m", background: true, store: true, status, output, usage }
  }

  /** A piece of the text of a message, which begins with the first. */
  write(delta: string): void {
    if (this.open === null) {
      this.open = { id: `msg_${this.output.length}`, text: "" }
      const item = { id: this.open.id, type: "message", role: "assistant", status: "in_progress", content: [] }
      this.say({ type: "response.output_item.added", output_index: this.output.length, item })
      this.say({ type: "response.content_part.added", ...this.where(), part: { ...part(""), logprobs: [] } })
    }
    this.open.text += delta
    this.say({ type: "response.output_text.delta", ...this.where(), delta, logprobs: [], obfuscation: "xyz" })
  }

  /** The end of a message. */
  close(): void {
    if (this.open === null) return
    const { id, text } = this.open
    const item = { id, type: "message", role: "assistant", status: "completed", content: [part(text)] }
    this.say({ type: "response.output_text.done", ...this.where(), text, logprobs: [] })
    this.say({ type: "response.content_part.done", ...this.where(), part: part(text) })
    this.say({ type: "response.output_item.done", output_index: this.output.length, item })
    this.output.push(item)
    this.open = null
  }

  /** A complete call of a function. */
  call(name: string): void {
    const output_index = this.output.length
    const item = { id: `fc_${output_index}`, type: "function_call", call_id: `call_${output_index}`, name }
    const done = { ...item, arguments: "{}", status: "completed" }
    this.say({
      type: "response.output_item.added",
      output_index,
      item: { ...item, arguments: "", status: "in_progress" },
    })
    this.say({ type: "response.function_call_arguments.delta", output_index, item_id: item.id, delta: "{}" })
    this.say({ type: "response.function_call_arguments.done", output_index, item_id: item.id, name, arguments: "{}" })
    this.say({ type: "response.output_item.done", output_index, item: done })
    this.output.push(done)
  }

  finish(): void {
    this.close()
    this.status = "completed"
    this.say({ type: "response.completed", response: this.describe() })
    this.breakOff()
  }

  fail(code: string, message: string): void {
    this.status = "failed"
    this.say({ type: "response.failed", response: { ...this.describe(), error: { code, message } } })
    this.breakOff()
  }

  /** Ends the connections of all who read. */
  breakOff(): void {
    for (const reader of this.readers) reader.close()
    this.readers.clear()
  }

  stream(after: number): Response {
    const body = new ReadableStream<Uint8Array>({
      start: (reader) => {
        for (const event of this.events.slice(after + 1)) reader.enqueue(encode(event))
        if (this.status === "in_progress") this.readers.add(reader)
        else reader.close()
      },
      cancel: () => this.readers.clear(),
    })
    return new Response(body, { headers: { "content-type": "text/event-stream" } })
  }

  private say(event: Fields): void {
    const numbered = { ...event, sequence_number: this.events.length }
    this.events.push(numbered)
    for (const reader of this.readers) reader.enqueue(encode(numbered))
  }

  private where(): Fields {
    return { item_id: this.open?.id, output_index: this.output.length, content_index: 0 }
  }
}

export interface BackgroundProvider extends Upstream {
  /** How it answers from now on. */
  manner: Manner
  /** The next response that is asked for. */
  next(): Promise<Answer>
  /** The requests that are billed. */
  asked(): Received[]
  /** The others of this method, with what is asked for. */
  looked(method?: string): string[]
}

export function startBackgroundProvider(): BackgroundProvider {
  const answers = new Map<string, Answer>()
  const ready: Answer[] = []
  const waiting: ((answer: Answer) => void)[] = []

  function begin(): Response {
    const answer = new Answer(`resp_theirs${answers.size}`)
    answers.set(answer.id, answer)
    const take = waiting.shift()
    if (take) take(answer)
    else ready.push(answer)
    return answer.stream(-1)
  }

  const upstream = startUpstream((request) => {
    if (request.method === "POST" && request.path === "/v1/responses") return begin()
    const [, id = "", action] = /^\/v1\/responses\/(\w+)(\/cancel)?$/.exec(request.path) ?? []
    const answer = answers.get(id)
    if (answer === undefined || provider.manner === "gone") return refuse(404, `Response with id '${id}' not found.`)
    if (action !== undefined) {
      answer.status = "cancelled"
      answer.breakOff()
      return Response.json(answer.describe())
    }
    const query = new URLSearchParams(request.search)
    if (query.get("stream") !== "true" || provider.manner === "whole") return Response.json(answer.describe())
    if (provider.manner === "stream") return answer.stream(Number(query.get("starting_after") ?? -1))
    return refuse(400, "This response can no longer be streamed because it is more than 5 minutes old.")
  })

  const provider: BackgroundProvider = {
    ...upstream,
    manner: "stream",
    next: () => {
      const there = ready.shift()
      return there ? Promise.resolve(there) : new Promise((resolve) => waiting.push(resolve))
    },
    asked: () => upstream.received.filter(({ method, path }) => method === "POST" && !path.endsWith("/cancel")),
    looked: (method = "GET") =>
      upstream.received
        .filter((request) => request.method === method && /\/responses\//.test(request.path))
        .map(({ path, search }) => path.replace("/v1/responses/", "") + search),
  }
  return provider
}

function part(text: string): Fields {
  return { type: "output_text", text, annotations: [] }
}

function encode(event: Fields): Uint8Array {
  return new TextEncoder().encode(`event: ${String(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`)
}

function refuse(status: number, message: string): Response {
  return Response.json({ error: { message, type: "invalid_request_error", param: null, code: null } }, { status })
}
