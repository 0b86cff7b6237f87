// The HTTP server of webhooks listen: takes the webhooks of one endpoint, and passes each on with a signature of its own.
import { randomBytes, steadyNow, systemClock } from "../clock.ts"
import { asRecord, asText } from "../values.ts"
import { findSignatureFault, signWebhook } from "../webhooks/signing.ts"
import { isLoopback } from "./gatewayclient.ts"
import { type Input, isSet } from "./input.ts"
import { harmless, inLine } from "./terminal.ts"

export interface Listener {
  url: string
  /** With which the receiver checks. */
  secret: string
  /** Sets the secret with which the gateway signs: nothing is taken before. */
  trust(secret: string): void
  /** Runs `ask`, and passes no samples on meanwhile. */
  whileChecked<T>(ask: () => Promise<T>): Promise<T>
  /** Rejects when something could not be shown. */
  failed: Promise<never>
  close(): Promise<void>
}

/** The receiver has less time than the gateway waits. */
const FORWARD_MS_MAX = 9000
const LOOK_MS_MAX = 2000
/** Tells another command that somebody listens here. */
const SIGN = "x-asyncgate-listen"

/** Whether a command of this kind listens at the address. */
export async function isListening(url: string): Promise<boolean> {
  const abort = new AbortController()
  const cancel = systemClock.after(LOOK_MS_MAX, () => abort.abort())
  try {
    if (!isLoopback(url)) return true
    const response = await fetch(url, { redirect: "manual", signal: abort.signal, proxy: false as unknown as string })
    return response.headers.has(SIGN)
  } catch {
    return false
  } finally {
    cancel()
  }
}

/** @param target where webhooks are passed on to; null: they are only shown */
export function openListener(target: string | null, secret: string, input: Input): Listener {
  const path = `/${randomBytes(16).toString("hex")}`
  const failure = Promise.withResolvers<never>()
  // It may fail when nobody waits for it yet.
  failure.promise.catch(() => {})
  let trusted: string | null = null
  let isChecking = false

  async function take(request: Request): Promise<Response> {
    const body = await request.text()
    const now = Math.floor(systemClock.wall() / 1000)
    const fault = trusted === null ? "not ready" : findSignatureFault(trusted, request.headers, body, now)
    if (fault !== null) return new Response(fault, { status: 401 })
    const event = readEvent(body)
    if (isChecking && event.id.startsWith("test-")) return new Response(null, { status: 204 })
    const startedAt = steadyNow()
    const headers = signAgain(request.headers, secret, body)
    const { response, said } =
      target === null ? { response: new Response(), said: "" } : await forward(target, headers, body)
    try {
      show(event, `${said}${target === null ? "" : ` in ${Math.round(steadyNow() - startedAt)} ms`}`, body, input)
    } catch (error) {
      failure.reject(error)
    }
    return response
  }

  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      if (new URL(request.url).pathname !== path) return new Response(null, { status: 404 })
      if (request.method === "POST") return take(request)
      return new Response(null, { status: 204, headers: { [SIGN]: "1" } })
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}${path}`,
    secret,
    trust(gatewaySecret) {
      trusted = gatewaySecret
    },
    async whileChecked(ask) {
      isChecking = true
      try {
        return await ask()
      } finally {
        isChecking = false
      }
    },
    failed: failure.promise,
    close: () => server.stop(true),
  }
}

/** The headers as they came, but that the receiver knows the secret of the signature. */
function signAgain(given: Headers, secret: string, body: string): Headers {
  const headers = new Headers(given)
  for (const name of ["host", "connection", "content-length", "accept-encoding"]) headers.delete(name)
  const id = given.get("webhook-id") ?? ""
  const signed = signWebhook([secret], id, Number(given.get("webhook-timestamp")), body)
  for (const [name, value] of Object.entries(signed)) headers.set(name, value)
  return headers
}

/** Passes it on, and answers as the receiver does. Never throws. */
async function forward(target: string, headers: Headers, body: string): Promise<{ response: Response; said: string }> {
  const abort = new AbortController()
  const cancel = systemClock.after(FORWARD_MS_MAX, () => abort.abort())
  try {
    const {
      status,
      headers: answered,
      body: answer,
    } = await fetch(target, {
      method: "POST",
      headers,
      body,
      redirect: "manual",
      signal: abort.signal,
      ...(isLoopback(target) ? { proxy: false as unknown as string } : {}),
    })
    const kept = ["content-type", "retry-after"].flatMap((name) => {
      const value = answered.get(name)
      return value === null ? [] : [[name, value] as [string, string]]
    })
    const isEmpty = [204, 205, 304].includes(status)
    return { response: new Response(isEmpty ? null : answer, { status, headers: kept }), said: String(status) }
  } catch (error) {
    const why = abort.signal.aborted ? `no answer in ${FORWARD_MS_MAX / 1000} s` : (error as Error).message
    return { response: new Response(`${target}: ${why}`, { status: 502 }), said: `no answer (${why})` }
  } finally {
    cancel()
  }
}

interface Event {
  name: string
  /** The id of the job. */
  id: string
}

function readEvent(body: string): Event {
  const { event, type, data } = asRecord(JSON.parse(body))
  const { job_id, id } = asRecord(data)
  return { name: asText(event ?? type), id: asText(job_id ?? id) }
}

function show({ name, id }: Event, said: string, body: string, { terminal, ...input }: Input): void {
  const time = new Date(systemClock.wall()).toLocaleTimeString("en-GB")
  const line = inLine(`${time} ${name} ${id}${said === "" ? "" : ` -> ${said}`}`)
  const isJson = isSet({ terminal, ...input }, "printJson")
  // A line break in JSON never stands in a string.
  terminal.write(`${isJson ? harmless(body.replace(/\s*\n\s*/g, " ")) : line}\n`)
  if (isJson) terminal.say(line)
}
