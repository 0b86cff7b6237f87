// The only home of fetch: asks the gateway's API, with the reader's key, and makes sentences of refusals.
import { signal } from "@preact/signals"
import { heedClock } from "./ticks.ts"

/** The admin token or a virtual key. It is kept for this tab alone, and goes out in a header and nowhere else. */
export const token = signal<string | null>(null)

/** Rises with each answer that the reader is not known: the session is looked at again. */
export const refusals = signal(0)

/** A refusal of the gateway, or that it does not answer (status 0). Its message is for the reader. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message)
  }
}

export interface Asking {
  method?: string
  /** Sent as JSON; a form or text is sent as it is. */
  body?: object | FormData | string
  headers?: Record<string, string>
  signal?: AbortSignal
}

/**
 * The answer of the gateway, whose body has not been read.
 * @throws {Refused}; an AbortError where the signal is given
 */
export async function ask(
  path: string,
  { method = "GET", body, headers = {}, signal }: Asking = {},
): Promise<Response> {
  const isJson = body !== undefined && !(body instanceof FormData) && typeof body !== "string"
  const given: RequestInit = { method, cache: "no-store", credentials: "omit", redirect: "error" }
  if (body !== undefined) given.body = isJson ? JSON.stringify(body) : (body as FormData | string)
  if (signal) given.signal = signal
  given.headers = {
    ...(isJson ? { "content-type": "application/json" } : {}),
    ...(token.value === null ? {} : { authorization: `Bearer ${token.value}` }),
    ...headers,
  }
  const response = await fetch(path, given).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new Refused(0, "unreachable", "The gateway does not answer. It may be stopped, or just starting.")
  })
  heedClock(response.headers.get("date"))
  if (response.ok) return response
  const refusal = await readRefusal(response)
  if (refusal.status === 401 || refusal.code.startsWith("virtual_key_")) refusals.value += 1
  throw refusal
}

/** @throws {Refused} */
export async function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await ask(path, signal ? { signal } : {})
  return (await response.json()) as T
}

/** @throws {Refused} */
export async function send<T>(method: "POST" | "PUT" | "DELETE", path: string, body?: object): Promise<T> {
  const response = await ask(path, body === undefined ? { method } : { method, body })
  return (response.status === 204 ? null : await response.json()) as T
}

/** What went wrong, as a sentence. */
export function explain(error: unknown): string {
  if (error instanceof Refused && error.code === "route_not_found") {
    return "This gateway does not have what this page asks for. It may be older than the page: reload it."
  }
  return error instanceof Error ? error.message : String(error)
}

async function readRefusal(response: Response): Promise<Refused> {
  const body: unknown = await response.json().catch(() => null)
  const { code, message } = (body as { error?: { code?: string; message?: string } } | null)?.error ?? {}
  return new Refused(response.status, code ?? "", message ?? `The gateway answered ${response.status}.`)
}
