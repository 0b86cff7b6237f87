// Passthrough of a streamed answer: each event goes to the client as it comes, and the events together make the stored result.
// Until the first content nothing is passed on, so that a failure before it can still be retried.
import type { Outcome } from "../call.ts"
import type { Fields, StreamForm } from "../endpoints/streams/streamform.ts"
import { parseExact } from "../exactjson.ts"
import { append, parseJson } from "../json.ts"
import { asRecord, isRecord } from "../values.ts"
import type { Attempt } from "./adapter.ts"
import { readEvents, type ServerEvent } from "./eventparser.ts"
import { readRefusal } from "./refusalreader.ts"
import { ANSWER_BYTES_MAX, type Chunks, exchangeOrStream, type Reply, type Sending, TOO_LARGE } from "./transport.ts"
import { answered, hider, hideSecrets, JSON_HEADERS, refused, refusedWith, unreadable } from "./upstreamreplies.ts"

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
  let chars = 0
  try {
    for await (const events of readEvents(chunks)) {
      for (const event of events) {
        chars += event.data.length
        if (chars > ANSWER_BYTES_MAX) return unreadable(attempt, reply, TOO_LARGE)
        await context.memory?.take(event.data.length)
        const value = event.data === DONE ? null : readData(event.data)
        if (!isRecord(value)) continue
        if (isError(value)) return describeError(attempt, value, reply, held === null)
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

/** An event's data with its numbers as they are; undefined when it is no JSON. */
function readData(text: string): unknown {
  try {
    return parseExact(text)
  } catch {
    return undefined
  }
}

/** The end of most streams. The gateway writes it itself, when the result is stored. */
const DONE = "[DONE]"

function isError({ error, type }: Fields): boolean {
  return isRecord(error) || type === "error"
}

/** An error as an event. Where content has been passed on it ends the job, because a client cannot begin anew. */
function describeError(attempt: Attempt, event: Fields, reply: Reply, hasBegun: boolean): Outcome {
  const error = isRecord(event["error"]) ? event["error"] : event
  const refusal = hideSecrets(readRefusal({ error }), hider(attempt))
  if (hasBegun) return unreadable(attempt, reply, `its stream ended with an error: ${refusal.message}`)
  const status = Number(error["status"] ?? error["code"])
  return refusedWith(status >= 400 && status <= 599 ? status : 502, refusal, null, reply.upstream)
}

function writeEvent({ name, data }: ServerEvent): string {
  const lines = data.split("\n").map((line) => `data: ${line}\n`)
  return `${name === null ? "" : `event: ${name}\n`}${lines.join("")}\n`
}
