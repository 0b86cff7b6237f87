// Chat in a native form that a client reads as a stream: asks for the provider's stream, passes on what it says as chunks of chat, and
// gives the adapter the whole answer that it would have got without one.
import { chatStream } from "../../endpoints/streams/choicestream.ts"
import type { EventWriter } from "../../endpoints/streams/streamform.ts"
import { parseExact } from "../../exactjson.ts"
import { asRecord, isRecord } from "../../values.ts"
import type { Attempt } from "../adapter.ts"
import type { ServerEvent } from "../eventparser.ts"
import type { ReadRefusal } from "../refusalreader.ts"
import { type ErrorEvent, relay } from "../relay.ts"
import { exchangeOrStream, type Reply, type Sending } from "../transport.ts"
import type { Fields, NativeAssembly, NativeStream, Telling } from "./assembly.ts"

/** What the adapter knows of the call. */
export interface LiveCall {
  /** Reads refusals in the provider's own form. */
  readRefusal: ReadRefusal
  /** @param sent the request's body */
  tell(sent: string): Telling
  /** The completion of an answer as it is by now. Null when nothing of it can be read. */
  complete(answer: Fields, reply: Reply, sent: string): Fields | null
}

/** One per call. */
export interface Live {
  mediaType: string
  ask: NativeStream["ask"]
  /** One request, and the whole answer. @throws {Settled} and what fetch throws */
  exchange(url: string, sending: Sending & { headers: Headers }): Promise<Reply>
  /** Passes on what the completion has and was not said, and the end. Nothing when nothing was said. */
  finish(completion: Fields): Promise<void>
  /** What was left out. */
  warnings(): string[]
}

/** Null when no client reads the answer as a stream. */
export function startLive(
  attempt: Attempt,
  form: NativeStream,
  { readRefusal, tell, complete }: LiveCall,
): Live | null {
  const { context, call } = attempt
  const { emit } = context
  if (!emit) return null
  let assembly: NativeAssembly | null = null
  let writer: EventWriter | null = null

  function take(event: ServerEvent, building: NativeAssembly, reply: Reply, sent: string): string | ErrorEvent {
    const data = parseExact(event.data)
    if (!isRecord(data) && !event.isError) return ""
    const value = asRecord(data)
    const status = form.readStatus(value, event.isError ? event.name : null)
    if (status !== null) {
      const { refusal, isKeyRefused } = readRefusal({
        status,
        headers: reply.headers,
        body: event.isError ? { __type: event.name, ...value } : value,
      })
      return { status, refusal, isKeyRefused }
    }
    const said = building.add(value, event.name)
    if (said.length === 0) return ""
    writer ??= chatStream.startWriter(
      complete(building.build(), reply, sent) ?? {},
      asRecord(parseExact(call.body ?? "")),
    )
    return said.map(writer.write).join("")
  }

  return {
    mediaType: form.mediaType,
    ask: form.ask,
    async exchange(url, sending) {
      const { reply, chunks } = await exchangeOrStream(context, url, sending, form.mediaType)
      if (chunks === null) return reply
      const body = String(sending.body)
      const building = form.start(tell(body))
      assembly = building
      const whole = await relay(attempt, reply, form.read(chunks), {
        take: (event) => take(event, building, reply, body),
        hasBegun: () => writer !== null,
        isComplete: building.isComplete,
      })
      return { ...whole, bytes: new TextEncoder().encode(JSON.stringify(building.build())) }
    },
    async finish(completion) {
      for (const piece of writer?.finish(completion) ?? []) await emit(piece)
    },
    warnings: () =>
      [...(assembly?.unknown ?? [])].map(
        (name) => `the stream has "${name}", which is not known here and was left out`,
      ),
  }
}
