// The provider, in a process of its own so that it outlives the gateway: does to each call what its job's script says, and keeps a
// record of every call. `bun test/torture/upstream.ts` prints its address. What stands first in a path is a name that keeps the records
// of gateways apart: GET /NAME/calls is one of them.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { answerTo, type Fault, type Script } from "./plan.ts"

export interface Call {
  job: number
  /** The `idempotency-key` it came with; null: none. */
  key: string | null
  /** Epoch milliseconds. */
  startedAt: number
  /** Null while it is open. */
  endedAt: number | null
  fault: Fault | null
  /** The caller closed the connection before it was answered. */
  isCut: boolean
}

const WAIT_SECONDS = "1"
const WAIT_MILLISECONDS = "200"
const FAULT_MS = 10

interface Site {
  calls: Call[]
  /** job -> how many faults it has met */
  faultsMet: Map<number, number>
}

const sites = new Map<string, Site>()

if (import.meta.main) {
  const server = createServer((request, response) => void answer(request, response))
  server.keepAliveTimeout = 60_000
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo
    process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`)
  })
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, site = "", rest] = request.url?.split("/") ?? []
  const { calls, faultsMet } = findSite(site)
  if (rest === "calls") {
    response.end(JSON.stringify(calls))
    return
  }
  // Before the body is read: a call whose caller dies in mid-body is no call.
  const startedAt = Date.now()
  const body = await readBody(request)
  if (body === null) return
  const { script, content } = await read(request, body)
  const fault = makeFault(script, faultsMet)
  const key = request.headers["idempotency-key"]
  const call: Call = {
    job: script.job,
    key: typeof key === "string" ? key : null,
    startedAt,
    endedAt: null,
    fault,
    isCut: false,
  }
  calls.push(call)
  response.once("close", () => {
    call.endedAt ??= Date.now()
    call.isCut = !response.writableFinished && fault !== "reset"
  })
  if (fault === "hang") return
  await Bun.sleep(fault === null ? script.ms : FAULT_MS)
  if (call.endedAt !== null) return
  call.endedAt = Date.now()
  if (fault === "reset") request.socket.destroy()
  else if (fault !== null) refuse(response, fault)
  else
    send(response, 200, request.url?.endsWith("/transcriptions") ? text(script, content) : completion(script, content))
}

function findSite(name: string): Site {
  const site = sites.get(name) ?? { calls: [], faultsMet: new Map() }
  sites.set(name, site)
  return site
}

/** Null: the caller went away before it was whole. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const pieces: Buffer[] = []
  try {
    for await (const piece of request) pieces.push(piece as Buffer)
  } catch {
    return null
  }
  return request.complete ? Buffer.concat(pieces) : null
}

async function read(request: IncomingMessage, body: Buffer): Promise<{ script: Script; content: string }> {
  const type = request.headers["content-type"] ?? ""
  if (!type.startsWith("multipart/")) {
    const { torture, messages } = JSON.parse(body.toString()) as { torture: Script; messages: { content: string }[] }
    return { script: torture, content: messages[0]?.content ?? "" }
  }
  const form = await new Response(body, { headers: { "content-type": type } }).formData()
  return { script: JSON.parse(String(form.get("torture"))) as Script, content: await (form.get("file") as Blob).text() }
}

function makeFault({ job, faults }: Script, faultsMet: Map<number, number>): Fault | null {
  const met = faultsMet.get(job) ?? 0
  const fault = faults[met] ?? null
  const isLasting = fault === "refuse" || fault === "break"
  if (fault !== null && !isLasting) faultsMet.set(job, met + 1)
  return fault
}

function refuse(response: ServerResponse, fault: Fault): void {
  const error = { error: { message: `scripted: ${fault}`, type: "scripted", code: "scripted" } }
  if (fault === "wait seconds") send(response, 429, error, { "retry-after": WAIT_SECONDS })
  else if (fault === "wait milliseconds") send(response, 429, error, { "retry-after-ms": WAIT_MILLISECONDS })
  else send(response, fault === "refuse" ? 400 : 500, error)
}

function send(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(JSON.stringify(body))
}

function completion({ job }: Script, content: string): object {
  return {
    id: `chatcmpl-${job}`,
    object: "chat.completion",
    created: 1_700_000_000,
    model: "any",
    choices: [{ index: 0, message: { role: "assistant", content: answerTo(job, content) }, finish_reason: "stop" }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  }
}

function text({ job }: Script, content: string): object {
  return { text: answerTo(job, content) }
}
