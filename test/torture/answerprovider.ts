// The provider of the responses of a run, in a process of its own, which lives on when the gateway is killed: answers in the form of chat
// completions or of responses, by the path, in the way that is planned for each call. `bun test/torture/answerprovider.ts` prints its
// address. GET /calls is the record.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { type AnswerScript, type CallPlan, listSaid, planCall, type Said, type Way } from "./answerscript.ts"
import { makeRandom } from "./plan.ts"

export interface AnswerCall {
  job: number
  /** Of the job, from 1. */
  call: number
  way: Way
  /** Epoch milliseconds. */
  startedAt: number
  /** Null while it is open. */
  endedAt: number | null
  /** The caller closed the connection before the provider did. */
  isCut: boolean
}

type Fields = Record<string, unknown>

/** How an answer is in one form. */
interface Form {
  /** What comes before the first piece, each piece, and what comes at the end. */
  stream(items: Said[], base: string): { beginning: Fields[]; pieces: Fields[][]; end: Fields[] }
  whole(items: Said[], base: string): Fields
  failure: Fields
}

const calls: AnswerCall[] = []
const counts = new Map<number, number>()

const failure = { type: "server_error", code: "server_error", message: "the model has stumbled", param: null }
const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
const responseUsage = {
  ...{ input_tokens: 1, output_tokens: 1, total_tokens: 2 },
  ...{ input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } },
}

const textOf = ({ pieces }: Said) => pieces.join("")

const chat: Form = {
  stream(items) {
    const chunk = (delta: Fields, finish_reason: string | null = null) => ({
      ...{ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1_700_000_000, model: "m" },
      choices: [{ index: 0, delta, finish_reason }],
    })
    const pieces = items.flatMap(({ type, pieces }) =>
      pieces.map((piece, at) => {
        if (type === "reasoning") return [chunk({ reasoning_content: piece })]
        if (type === "message") return [chunk({ content: piece })]
        const begun = at > 0 ? {} : { id: "call_1", type: "function" }
        const named = at > 0 ? { arguments: piece } : { name: "pay", arguments: piece }
        return [chunk({ tool_calls: [{ index: 0, ...begun, function: named }] })]
      }),
    )
    const reason = items.some(({ type }) => type === "function_call") ? "tool_calls" : "stop"
    return { beginning: [chunk({ role: "assistant", content: "" })], pieces, end: [{ ...chunk({}, reason), usage }] }
  },
  whole(items) {
    const find = (type: Said["type"]) => items.filter((item) => item.type === type).map(textOf)
    const [reasoning_content] = find("reasoning")
    const [content] = find("message")
    const [argument] = find("function_call")
    const asked = argument !== undefined && {
      tool_calls: [{ id: "call_1", type: "function", function: { name: "pay", arguments: argument } }],
    }
    const message = { role: "assistant", content, ...(reasoning_content && { reasoning_content }), ...(asked || {}) }
    const choices = [{ index: 0, message, finish_reason: asked ? "tool_calls" : "stop" }]
    return { id: "chatcmpl-1", object: "chat.completion", created: 1_700_000_000, model: "m", choices, usage }
  },
  failure: { error: failure },
}

/** An item of a response. @param isDone as it is at its end, or at its beginning */
function makeItem({ type, pieces }: Said, id: string, isDone: boolean): Fields {
  const text = isDone ? pieces.join("") : ""
  const status = isDone ? "completed" : "in_progress"
  if (type === "function_call") return { id, type, status, call_id: `call_${id}`, name: "pay", arguments: text }
  if (type === "reasoning") return { id, type, summary: isDone ? [{ type: "summary_text", text }] : [] }
  const content = isDone ? [{ type: "output_text", text, annotations: [] }] : []
  return { id, type, status, role: "assistant", content }
}

/** The events of an item: before its pieces, of each, and after them. */
function streamItem(said: Said, id: string, output_index: number) {
  const where = { item_id: id, output_index }
  const text = textOf(said)
  const added = { type: "response.output_item.added", output_index, item: makeItem(said, id, false) }
  const done = { type: "response.output_item.done", output_index, item: makeItem(said, id, true) }
  const each = (type: string, beside: Fields = {}) =>
    said.pieces.map((delta) => ({ type, ...where, ...beside, delta, obfuscation: "pad" }))
  if (said.type === "function_call") {
    const type = "response.function_call_arguments"
    return {
      before: [added],
      pieces: each(`${type}.delta`),
      after: [{ type: `${type}.done`, ...where, name: "pay", arguments: text }, done],
    }
  }
  const isThought = said.type === "reasoning"
  const part = isThought ? "response.reasoning_summary_part" : "response.content_part"
  const type = isThought ? "response.reasoning_summary_text" : "response.output_text"
  const place = isThought ? { summary_index: 0 } : { content_index: 0 }
  const full = (said: string) =>
    isThought ? { type: "summary_text", text: said } : { type: "output_text", text: said, annotations: [] }
  return {
    before: [added, { type: `${part}.added`, ...where, ...place, part: full("") }],
    pieces: each(`${type}.delta`, place),
    after: [
      { type: `${type}.done`, ...where, ...place, text },
      { type: `${part}.done`, ...where, ...place, part: full(text) },
      done,
    ],
  }
}

function makeResponse(items: Said[], base: string, status: "completed" | "in_progress"): Fields {
  const isDone = status === "completed"
  const output = isDone ? items.map((said, at) => makeItem(said, `${base}_${at}`, true)) : []
  const beside = { incomplete_details: null, error: null, usage: isDone ? responseUsage : null }
  return { id: "resp_theirs", object: "response", created_at: 1_700_000_000, status, model: "m", output, ...beside }
}

const own: Form = {
  stream(items, base) {
    const all = items.map((said, at) => streamItem(said, `${base}_${at}`, at))
    // What opens an item comes with its first piece, and what closes it with its last: a break comes between any two of them.
    const pieces = all.flatMap(({ before, pieces, after }) => [before, ...pieces.map((piece) => [piece]), after])
    const response = makeResponse(items, base, "in_progress")
    return {
      beginning: ["response.created", "response.in_progress"].map((type) => ({ type, response })),
      pieces,
      end: [{ type: "response.completed", response: makeResponse(items, base, "completed") }],
    }
  },
  whole: (items, base) => makeResponse(items, base, "completed"),
  failure: { ...failure, type: "error" },
}

function record(script: AnswerScript, response: ServerResponse): AnswerCall {
  const number = (counts.get(script.job) ?? 0) + 1
  counts.set(script.job, number)
  const { way } = planCall(script, number)
  const call: AnswerCall = {
    ...{ job: script.job, call: number, way },
    ...{ startedAt: Date.now(), endedAt: null, isCut: false },
  }
  calls.push(call)
  response.once("close", () => {
    call.endedAt ??= Date.now()
    call.isCut ||= !response.writableFinished && way !== "resets"
  })
  return call
}

/** The script of a request, which is its input or the content of its message. */
function readScript(body: string): AnswerScript {
  const { input, messages } = JSON.parse(body) as { input?: unknown; messages?: { content: unknown }[] }
  return JSON.parse(readInput(input ?? messages?.at(-1)?.content)) as AnswerScript
}

function readInput(input: unknown): string {
  if (typeof input === "string") return input
  const [last] = (input as { text?: string; content?: unknown }[]).slice(-1)
  return last?.text ?? readInput(last?.content)
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url === "/calls") {
    response.end(JSON.stringify(calls))
    return
  }
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  const script = readScript(Buffer.concat(pieces).toString())
  const call = record(script, response)
  const plan = planCall(script, call.call)
  const form = request.url?.endsWith("/responses") ? own : chat
  const items = listSaid(script, call.call)
  // Half of the jobs have items with the same ids in each call, as a provider may.
  const base = script.job % 2 === 0 ? `item_${script.job}` : `item_${script.job}_${call.call}`
  await Bun.sleep(plan.firstMs)
  if (call.endedAt !== null) return
  if (plan.way === "busy" || plan.way === "whole") {
    if (plan.way === "whole") await Bun.sleep(plan.pieceMs * script.pieces)
    const whole = plan.way === "busy" ? { error: failure } : form.whole(items, base)
    if (call.endedAt !== null) return
    response.writeHead(plan.way === "busy" ? 503 : 200, { "content-type": "application/json" })
    response.end(JSON.stringify(whole))
    return
  }
  await stream(form, items, base, plan, call, response)
}

async function stream(
  form: Form,
  items: Said[],
  base: string,
  { way, pieceMs, share }: CallPlan,
  call: AnswerCall,
  response: ServerResponse,
): Promise<void> {
  const { beginning, pieces, end } = form.stream(items, base)
  const random = makeRandom(call.job * 1000 + call.call)
  const send = (events: Fields[]) =>
    response.write(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""))
  const count = way === "stream" ? pieces.length : Math.floor(share * pieces.length)
  response.writeHead(200, { "content-type": "text/event-stream" })
  send(beginning)
  for (const piece of pieces.slice(0, count)) {
    // Now in a burst, now slowly.
    if (random() < 0.7) await Bun.sleep(random() * pieceMs * 2.8)
    if (call.endedAt !== null) return
    send(piece)
  }
  if (way === "stream") send(end)
  if (way === "fails") send([form.failure])
  if (way === "resets") response.destroy()
  else response.end(way === "stream" && form === chat ? "data: [DONE]\n\n" : "")
}

if (import.meta.main) {
  const server = createServer((request, response) => void answer(request, response))
  server.keepAliveTimeout = 600_000
  server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => {
    const { port } = server.address() as AddressInfo
    process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`)
  })
}
