// Passthrough of a streamed answer: each event goes to the client as it comes, and the events together make the stored result.
import type { Outcome } from "../call.ts"
import type { Fields, StreamForm } from "../endpoints/streams/streamform.ts"
import { parseExact } from "../exactjson.ts"
import { append, parseJson } from "../json.ts"
import { asRecord, isRecord } from "../values.ts"
import type { Attempt } from "./adapter.ts"
import { readEvents, type ServerEvent } from "./eventparser.ts"
import { readRefusal } from "./refusalreader.ts"
import { type ErrorEvent, type Reading, relay } from "./relay.ts"
import { exchangeOrStream, type Sending } from "./transport.ts"
import { answered, JSON_HEADERS, refused, unreadable } from "./upstreamreplies.ts"

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
  if (chunks === null) {
    if (!reply.isOk) return refused(attempt, reply)
    if (reply.defect !== null) return unreadable(attempt, reply, reply.defect)
    return await answered(attempt, reply)
  }
  const { reading, build } = readThrough(form, asRecord(parseJson(attempt.call.body ?? "")))
  const whole = await relay(attempt, reply, readEvents(chunks), reading)
  const bytes = new TextEncoder().encode(JSON.stringify(build()))
  return await answered(attempt, { ...whole, headers: JSON_HEADERS, bytes })
}

/** The end of most streams. The gateway writes it itself, when the result is stored. */
const DONE = "[DONE]"

function readThrough(form: StreamForm, request: Fields): { reading: Reading; build(): Fields } {
  const assembly = form.startAssembly(request)
  return {
    build: assembly.build,
    reading: {
      hasBegun: assembly.hasBegun,
      isComplete: assembly.isComplete,
      take(event) {
        const value = event.data === DONE ? null : parseExact(event.data)
        if (!isRecord(value)) return ""
        if (isRecord(value["error"]) || value["type"] === "error") return readError(value)
        assembly.add(value)
        return form.isWanted(value, request) ? writeEvent(event) : ""
      },
    },
  }
}

function readError(event: Fields): ErrorEvent {
  const error = isRecord(event["error"]) ? event["error"] : event
  return { status: Number(error["status"] ?? error["code"]), refusal: readRefusal({ error }) }
}

function writeEvent({ name, data }: ServerEvent): string {
  const lines = data.split("\n").map((line) => `data: ${line}\n`)
  return `${name === null ? "" : `event: ${name}\n`}${lines.join("")}\n`
}
