// Passthrough of a streamed answer: each event goes to the client as it comes, and the events together make the stored result.
import type { Content } from "../call.ts"
import { saysError } from "../endpoints/endpoint.ts"
import type { Assembly, Fields, StreamForm } from "../endpoints/streams/streamform.ts"
import { parseExact } from "../exactjson.ts"
import { append, parseJson } from "../json.ts"
import { asRecord, isRecord } from "../values.ts"
import type { Attempt } from "./adapter.ts"
import { readEvents, type ServerEvent } from "./eventparser.ts"
import { readDeclaredError } from "./refusalreader.ts"
import { type Reading, relay } from "./relay.ts"
import { exchangeOrStream, type Reply, type Sending } from "./transport.ts"
import { JSON_HEADERS } from "./upstreamreplies.ts"

/** A reply, or the whole answer that a stream has made. */
export interface StreamedReply extends Reply {
  content?: Content
}

/**
 * @param sending the request without what asks for a stream, unless it is a client's form
 * @param look gets each event first. False: the event is left out
 */
export async function streamThrough(
  attempt: Attempt,
  form: StreamForm,
  url: string,
  { headers, ...sending }: Sending & { headers: Headers },
  look: (event: Fields) => boolean = () => true,
): Promise<StreamedReply> {
  headers.set("accept", "text/event-stream, application/json")
  headers.set("accept-encoding", "identity")
  const body = typeof sending.body === "string" ? askForStream(sending.body, form) : (sending.body ?? null)
  const { reply, chunks } = await exchangeOrStream(attempt.context, url, { ...sending, headers, body })
  if (chunks === null) return reply
  const { assembly, reading } = readThrough(form, asRecord(parseJson(attempt.call.body ?? "")), look)
  const whole = await relay(attempt, reply, readEvents(chunks), reading)
  const content = assembly.content?.()
  const bytes = new TextEncoder().encode(JSON.stringify(assembly.build()))
  return { ...whole, headers: JSON_HEADERS, bytes, ...(content ? { content } : {}) }
}

function askForStream(body: string, form: StreamForm): string {
  const members = form.completeRequest(asRecord(parseJson(body)))
  return Object.entries(members).reduce((text, [name, value]) => append(text, name, value), body)
}

/** The end of most streams. The gateway writes it itself, when the result is stored. */
const DONE = "[DONE]"

function readThrough(
  form: StreamForm,
  request: Fields,
  look: (event: Fields) => boolean,
): { assembly: Assembly; reading: Reading } {
  const assembly = form.startAssembly(request)
  return {
    assembly,
    reading: {
      hasBegun: assembly.hasBegun,
      isComplete: assembly.isComplete,
      take(event) {
        const value = event.data === DONE ? null : parseExact(event.data)
        if (!isRecord(value) || !look(value)) return ""
        const error = saysError(value) ? readDeclaredError({ said: value, status: 502 }) : null
        assembly.add(value)
        if (error !== null) return { ...error, said: value, isEnd: assembly.isComplete() }
        return form.isWanted(value, request) ? writeEvent(event) : ""
      },
    },
  }
}

function writeEvent({ name, data }: ServerEvent): string {
  const lines = data.split("\n").map((line) => `data: ${line}\n`)
  return `${name === null ? "" : `event: ${name}\n`}${lines.join("")}\n`
}
