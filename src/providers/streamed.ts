// Passthrough of a streamed answer: each event goes to the client as it comes, and the events together make the stored result.
// Until the first content nothing is passed on, so that a failure before it can still be retried.
import type { Outcome } from "../call.ts"
import { saysError } from "../endpoints/endpoint.ts"
import type { Fields, StreamForm } from "../endpoints/streams/streamform.ts"
import { parseInner } from "../exactjson.ts"
import { append, parseJson } from "../json.ts"
import { asRecord, isRecord } from "../values.ts"
import type { Attempt } from "./adapter.ts"
import { readEvents, type ServerEvent } from "./eventparser.ts"
import { readDeclaredError } from "./refusalreader.ts"
import { ANSWER_BYTES_MAX, type Chunks, exchangeOrStream, type Reply, type Sending, TOO_LARGE } from "./transport.ts"
import { answered, JSON_HEADERS, refused, refusedInside, unreadable } from "./upstreamreplies.ts"

/** @param sending the request without its `stream` */
export async function streamThrough(
  attempt: Attempt,
  form: StreamForm,
  url: string,
  { headers, ...sending }: Sending & { headers: Headers; body: string },
): Promise<Outcome> {
  const members = { stream: "true", ...form.completeRequest(asRecord(parseJson(sending.body))) }
  const body = Object.entries(members).reduce((text, [name, value]) => append(text, name, value), sending.body)
  headers.set("accept", "text/event-stream, application/json")
  headers.set("accept-encoding", "identity")
  const { reply, chunks } = await exchangeOrStream(attempt.context, url, { ...sending, headers, body })
  if (chunks !== null) return await relay(attempt, form, reply, chunks)
  if (!reply.isOk) return refused(attempt, reply)
  if (reply.defect !== null) return unreadable(attempt, reply, reply.defect)
  return await answered(attempt, reply)
}

async function relay(attempt: Attempt, form: StreamForm, reply: Reply, chunks: Chunks): Promise<Outcome> {
  const { context, call } = attempt
  const startedAt = context.clock.now()
  const request = asRecord(parseJson(call.body ?? ""))
  const assembly = form.startAssembly(request)
  /** What came before the first content; null: it has been passed on. */
  let held: string | null = ""
  const size = { bytes: 0 }
  try {
    for await (const events of readEvents(measured(chunks, size))) {
      // Also of what is no event, or a line without end.
      if (size.bytes > ANSWER_BYTES_MAX) return unreadable(attempt, reply, TOO_LARGE)
      for (const event of events) {
        await context.memory?.take(event.data.length)
        const value = event.data === DONE ? null : parseInner(event.data)
        if (!isRecord(value)) continue
        if (saysError(value)) return describeError(attempt, value, reply, held === null)
        assembly.add(value)
        const text = form.isWanted(value, request) ? writeEvent(event) : ""
        if (held !== null) {
          held += text
          if (!assembly.hasBegun()) continue
        }
        const piece = held ?? text
        held = null
        if (piece !== "") await context.emit?.(piece)
      }
    }
  } catch (error) {
    if (held !== null) {
      // Nothing was passed on: it is an answer that was lost, as any other.
      if (context.trace) context.trace.failure = { error }
      throw error
    }
  }
  if (!assembly.isComplete()) return unreadable(attempt, reply, "its stream broke off before its end")
  const bytes = new TextEncoder().encode(JSON.stringify(assembly.build()))
  const latencyMs = reply.latencyMs + context.clock.now() - startedAt
  return await answered(attempt, { ...reply, headers: JSON_HEADERS, bytes, latencyMs })
}

async function* measured(chunks: Chunks, size: { bytes: number }): Chunks {
  for await (const chunk of chunks) {
    size.bytes += chunk.length
    yield chunk
  }
}

/** The end of most streams. The gateway writes it itself, when the result is stored. */
const DONE = "[DONE]"

/** An error as an event. Where content has been passed on it ends the job, because a client cannot begin anew. */
function describeError(attempt: Attempt, event: Fields, reply: Reply, hasBegun: boolean): Outcome {
  const found = readDeclaredError({ said: event, status: 502 })
  return hasBegun || found === null
    ? unreadable(attempt, reply, `its stream ended with an error: ${found?.refusal.message}`)
    : refusedInside(attempt, reply, found, event)
}

function writeEvent({ name, data }: ServerEvent): string {
  const lines = data.split("\n").map((line) => `data: ${line}\n`)
  return `${name === null ? "" : `event: ${name}\n`}${lines.join("")}\n`
}
