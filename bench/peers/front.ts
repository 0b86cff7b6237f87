// What the peers have in common: an HTTP front that speaks the part of the wire that the loads use, and the call to an upstream.
import { CHAT } from "../request.ts"

/** What a peer gets as JSON in its first argument. */
export interface Orders {
  /** 0 for any. */
  port: number
  /** Where the jobs are kept: a directory, or the address of a server. */
  store: string
  upstreams: Record<string, Upstream>
}

export interface Upstream {
  url: string
  /** Calls at a time. */
  concurrency: number
}

/** A chat completion as the upstream gets it. */
export type Chat = Record<string, unknown> & { model: string }

export interface Queue {
  /** Resolves with the job's key when the job is durable. */
  add(upstream: string, chat: Chat): Promise<string>
  /** Undefined where there is no such job. */
  find(upstream: string, key: string): Promise<Found | undefined>
}

export interface Found {
  /** Missing before the end. */
  completedAt?: Date | number | undefined
  failure?: string | undefined
  result?: unknown
}

/** As long as the gateway keeps a result by default. */
export const KEPT_SECONDS = 3600

/** Where the peer has tries: a failed call is no failed job yet. */
export const TRIES = 3

export function readOrders(): Orders {
  return JSON.parse(process.argv[2] ?? "null") as Orders
}

/** Makes something for each upstream; the one of an upstream by its name. */
export function byUpstream<Part>(upstreams: Orders["upstreams"], open: (name: string, upstream: Upstream) => Part) {
  const parts = new Map(Object.entries(upstreams).map(([name, upstream]) => [name, open(name, upstream)]))
  return (name: string): Part => {
    const part = parts.get(name)
    if (part === undefined) throw new Error(`no upstream ${name}: the orders name ${[...parts.keys()].join(", ")}`)
    return part
  }
}

/** Serves the queue and prints where: a job's id is its upstream's name and its key. */
export function serve(port: number, queue: Queue): void {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port,
    reusePort: false,
    idleTimeout: 0,
    routes: {
      [CHAT]: { POST: (request) => submit(queue, request) },
      [`${CHAT}/:id`]: { GET: (request) => poll(queue, request.url.slice(request.url.lastIndexOf("/") + 1)) },
    },
  })
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.port}` })}\n`)
}

export async function callUpstream({ url }: Upstream, chat: Chat): Promise<unknown> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(chat),
  })
  if (!response.ok) throw new Error(`upstream answered ${response.status}: ${await response.text()}`)
  return response.json()
}

async function submit(queue: Queue, request: Request): Promise<Response> {
  const chat = (await request.json()) as Chat
  const slash = chat.model.indexOf("/")
  const upstream = chat.model.slice(0, slash)
  const key = await queue.add(upstream, { ...chat, model: chat.model.slice(slash + 1) })
  const created_at = new Date().toISOString()
  return Response.json({ id: `${upstream}.${key}`, status: "pending", created_at }, { status: 202 })
}

async function poll(queue: Queue, id: string): Promise<Response> {
  const dot = id.indexOf(".")
  const found = await queue.find(id.slice(0, dot), id.slice(dot + 1))
  if (found === undefined) return Response.json({ error: { message: `no job ${id}` } }, { status: 404 })
  const { completedAt, failure, result } = found
  if (completedAt === undefined) return Response.json({ id, status: "processing" }, { status: 202 })
  const completed_at = new Date(completedAt).toISOString()
  if (failure !== undefined) return Response.json({ id, status: "failed", completed_at, error: { message: failure } })
  return Response.json({ id, status: "completed", completed_at, status_code: 200, result })
}
