// Translates a stream while it comes: what the provider's events say becomes events of the type that the client has asked for.
import type { Call } from "../../call.ts"
import { getEndpoint } from "../../endpoints/endpoints.ts"
import type { EventWriter } from "../../endpoints/streams/streamform.ts"
import type { Fields, Translation } from "../../endpoints/translate/translation.ts"
import { parseExact } from "../../exactjson.ts"
import { parseJson } from "../../json.ts"
import { asRecord, isRecord } from "../../values.ts"
import type { CallContext } from "../adapter.ts"
import { EventParser } from "../eventparser.ts"

export interface LiveTranslation {
  /** For the adapter that is asked instead. */
  emit: NonNullable<CallContext["emit"]>
  /** Passes on what the translated answer, a JSON text, has and was not said, and the end. Nothing when nothing was said. */
  finish(answer: string): Promise<void>
}

/** @param fields the request before its translation. Null when no client reads a stream, or a type has none */
export function startLiveTranslation(
  translation: Translation,
  { requestType, provider, jobId }: Call,
  fields: Fields,
  { emit, clock }: CallContext,
): LiveTranslation | null {
  const reader = emit && getEndpoint(translation.asks).stream?.startReader?.()
  const to = getEndpoint(requestType).stream
  if (!emit || !reader || !to) return null
  const parser = new EventParser()
  let writer: EventWriter | null = null

  const begin = (): EventWriter => {
    const begun = translation.answer(reader.begin(), fields, { provider, jobId, now: clock.wall() })
    return to.startWriter("answer" in begun ? begun.answer : {}, fields)
  }

  return {
    emit(events) {
      const values = parser.pushText(events).map(({ data }) => parseJson(data))
      const said = values.filter(isRecord).flatMap((value) => reader.read(value))
      if (said.length === 0) return undefined
      writer ??= begin()
      const text = said.map(writer.write).join("")
      return text === "" ? undefined : emit(text)
    },
    async finish(answer) {
      for (const piece of writer?.finish(asRecord(parseExact(answer))) ?? []) await emit(piece)
    },
  }
}
