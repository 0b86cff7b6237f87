// Chat in a native form that a client reads as a stream: asks for the provider's stream, passes on what it says as chunks of chat, and
// gives the adapter the whole answer that it would have got without one.
import { chatStream } from "../../endpoints/streams/choicestream.ts"
import type { EventWriter } from "../../endpoints/streams/streamform.ts"
import { parseExact } from "../../exactjson.ts"
import { append } from "../../json.ts"
import { asRecord, asText, isRecord } from "../../values.ts"
import type { Attempt } from "../adapter.ts"
import { readEvents, type ServerEvent } from "../eventparser.ts"
import { readFrames } from "../frameparser.ts"
import { type ErrorEvent, relay } from "../relay.ts"
import { type Chunks, EVENT_STREAM, exchangeOrStream, type Reply } from "../transport.ts"
import type { Fields, NativeAssembly, Telling } from "./assembly.ts"
import { startConverse } from "./conversestream.ts"
import type { Target } from "./family.ts"
import { startCandidates } from "./geministream.ts"
import { startMessage } from "./messagestream.ts"
import { refusalReader } from "./refusal.ts"

/** The stream of a native form. */
interface NativeStream {
  mediaType: string
  /** The request for the stream, from the one for the whole answer. */
  ask(url: string, body: string): { url: string; body: string }
  read(chunks: Chunks): AsyncIterable<ServerEvent[]>
  start(telling: Telling): NativeAssembly
  /** The status of a whole answer that says the same as an event; null: the event is no error. */
  readStatus(event: Fields, name: string | null): number | null
}

const streams: Readonly<Record<Target["dialect"], NativeStream>> = {
  messages: {
    mediaType: EVENT_STREAM,
    // https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude
    ask: (url, body) => ({
      url: url.replace(/:rawPredict$/, ":streamRawPredict"),
      body: append(body, "stream", "true"),
    }),
    read: readEvents,
    start: startMessage,
    readStatus: ({ type, error }) => (type === "error" ? (claudes[asText(asRecord(error)["type"])] ?? 500) : null),
  },
  gemini: {
    mediaType: EVENT_STREAM,
    ask: (url, body) => ({ url: url.replace(/:generateContent$/, ":streamGenerateContent?alt=sse"), body }),
    read: readEvents,
    start: startCandidates,
    // https://cloud.google.com/apis/design/errors#error_model
    readStatus: ({ error }) => (isRecord(error) ? Number(error["code"]) : null),
  },
  converse: {
    mediaType: "application/vnd.amazon.eventstream",
    ask: (url, body) => ({ url: url.replace(/\/converse$/, "/converse-stream"), body }),
    read: readFrames,
    start: startConverse,
    readStatus: (_, name) => (name === null ? null : (amazons[name] ?? 500)),
  },
}

/** https://platform.claude.com/docs/en/api/errors#http-errors */
const claudes: Readonly<Record<string, number>> = {
  ...{ invalid_request_error: 400, authentication_error: 401, billing_error: 402, permission_error: 403 },
  ...{ not_found_error: 404, request_too_large: 413, rate_limit_error: 429, api_error: 500 },
  ...{ timeout_error: 504, overloaded_error: 529 },
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html */
const amazons: Readonly<Record<string, number>> = {
  ...{ validationException: 400, modelStreamErrorException: 424, throttlingException: 429 },
  ...{ internalServerException: 500, serviceUnavailableException: 503 },
}

/** What the adapter knows of the call. */
export interface LiveCall {
  target: Target
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
  exchange(url: string, sending: { headers: Headers; body: string }): Promise<Reply>
  /** Passes on what the completion has and was not said, and the end. Nothing when nothing was said. */
  finish(completion: Fields): Promise<void>
  /** What was left out. */
  warnings(): string[]
}

/** Null when no client reads the answer as a stream. */
export function startLive(attempt: Attempt, { target, tell, complete }: LiveCall): Live | null {
  const { context, call } = attempt
  const { emit } = context
  if (!emit) return null
  const form = streams[target.dialect]
  const readRefusal = refusalReader(target)
  let assembly: NativeAssembly | null = null
  let writer: EventWriter | null = null

  function take(event: ServerEvent, building: NativeAssembly, reply: Reply, sent: string): string | ErrorEvent {
    const value = parseExact(event.data)
    if (!isRecord(value)) return ""
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
    async exchange(url, { headers, body }) {
      const { reply, chunks } = await exchangeOrStream(context, url, { headers, body }, form.mediaType)
      if (chunks === null) return reply
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
