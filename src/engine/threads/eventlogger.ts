// A provider worker's end of the event log: gathers the events of logged answers, and sends them to the engine, which stores them.

import type { Call, Outcome } from "../../call.ts"
import type { Clock } from "../../clock.ts"
import { isDelta, isOfAnswer, readLine, writeLine } from "../../endpoints/streams/eventline.ts"
import { responseStream } from "../../endpoints/streams/responsestream.ts"
import { split } from "../../endpoints/streams/streamform.ts"
import { parseExact } from "../../exactjson.ts"
import { EventParser } from "../../providers/eventparser.ts"
import { asRecord, asRecords, asText } from "../../values.ts"
import type { LoggedEvents } from "./logmessages.ts"

/** After so long at most what a stream has gathered is sent. */
const FLUSH_MS = 30
/** What is due within so long is sent together, and shares a commit. All at once would keep every thread busy with it for a while. */
const SHARED_MS = 10
/** So many characters are sent at once. */
const FLUSH_CHARS = 4096
/** How many characters of a stream may be sent that are not on disk. */
const UNSTORED_CHARS_MAX = 256 * 1024

type Fields = Record<string, unknown>

export interface EventLog {
  /** See `CallContext.emit`. */
  emit(events: string): Promise<void> | undefined
  /** See `CallContext.keepState`. */
  keepState(state: string): void
  /** Sends what is left. @returns the outcome as it is to be stored */
  end(outcome: Outcome): Promise<Outcome>
  /** Reports that so many characters are on disk. */
  stored(chars: number): void
}

export type EventLogger = ReturnType<typeof createEventLogger>

export function createEventLogger(clock: Clock, send: (groups: LoggedEvents[]) => void) {
  /** Those that have gathered something, by the time when it is due: a multiple of `SHARED_MS`. */
  const gathering = new Map<number, Set<() => void>>()
  /** What is sent as one message. */
  const outgoing: LoggedEvents[] = []

  /** @returns those with which it will be flushed */
  function gather(flush: () => void): Set<() => void> {
    const now = clock.now()
    const dueAt = Math.floor((now + FLUSH_MS) / SHARED_MS) * SHARED_MS
    const found = gathering.get(dueAt)
    const due = found ?? new Set()
    due.add(flush)
    if (found === undefined) {
      gathering.set(dueAt, due)
      clock.after(dueAt - now, () => {
        gathering.delete(dueAt)
        for (const each of due) each()
      })
    }
    return due
  }

  function sendAll(): void {
    if (outgoing.length > 0) send(outgoing.splice(0))
  }

  return {
    /** @param signal aborts the call, which then waits for no commit */
    open(call: Pick<Call, "jobId" | "attempt" | "step" | "log">, signal: AbortSignal): EventLog {
      const { jobId, attempt, log = { nextIndex: 0, ids: [] } } = call
      const own = log.own?.lines ?? []
      const rename = createRenaming(log.ids, attempt)
      const parser = new EventParser()
      let lines: string[] = []
      let chars = 0
      let unstored = 0
      let sequence: number | null = null
      let hasBegun = own.length > 0
      let hasCall = own.some(isCallLine)
      let hasUpstreamJob = call.step === "resume"
      let due: Set<() => void> | null = null
      let resume: (() => void) | null = null
      signal.addEventListener("abort", () => resume?.(), { once: true })

      function flush(): void {
        due?.delete(flush)
        due = null
        if (lines.length > 0) sendGroup()
      }

      function sendGroup(state?: string): void {
        unstored += chars
        // Many streams begin, and many are flushed, at the same time.
        if (outgoing.length === 0) clock.soon(sendAll)
        const group = { jobId, attempt, chars, count: lines.length, lines: lines.join("\n"), sequence, hasCall }
        outgoing.push(state === undefined ? group : { ...group, state })
        lines = []
        chars = 0
      }

      /** @returns whether the event waits for nothing */
      function take(event: Fields): boolean {
        const type = asText(event["type"])
        if (!isOfAnswer(type)) return false
        const at = event["output_index"]
        const moved = typeof at === "number" ? { ...event, output_index: at + log.nextIndex } : event
        const line = writeLine(rename.inEvent(moved))
        lines.push(line)
        chars += line.length
        sequence = typeof event["sequence_number"] === "number" ? event["sequence_number"] : null
        hasCall ||= isCall(type, () => event["item"])
        const isFirst = !hasBegun
        hasBegun = true
        return isFirst || !isDelta(type)
      }

      function emit(events: string): Promise<void> | undefined {
        let isUrgent = false
        for (const { data } of parser.pushText(events)) isUrgent = take(asRecord(parseExact(data))) || isUrgent
        if (isUrgent || chars >= FLUSH_CHARS) flush()
        else if (chars > 0) {
          due ??= gather(flush)
        }
        if (unstored < UNSTORED_CHARS_MAX || signal.aborted) return undefined
        return new Promise((resolve) => {
          resume = resolve
        })
      }

      return {
        emit,

        keepState(state) {
          hasUpstreamJob = true
          sendGroup(state)
        },

        stored(count) {
          unstored -= count
          if (unstored >= UNSTORED_CHARS_MAX) return
          resume?.()
          resume = null
        },

        async end(outcome) {
          if (outcome.kind !== "answered") {
            flush()
            sendAll()
            return hasCall && !(hasUpstreamJob && isOnlyTheRead(outcome)) ? endForGood(outcome) : outcome
          }
          const body = rename.inResponse(outcome.body)
          // The events before are those of an attempt that broke, and this one has not come as a stream.
          if (!hasBegun && log.nextIndex > 0) {
            for (const events of split(responseStream, asRecord(parseExact(body)), {})) await emit(events)
          }
          flush()
          // Before the outcome, which the engine then stores behind them.
          sendAll()
          return body === outcome.body ? outcome : { ...outcome, body }
        },
      }
    },
  }
}

/** Whether an event completes a call of a function. */
function isCall(type: string, readItem: () => unknown): boolean {
  if (type !== "response.output_item.done") return false
  const { type: kind } = asRecord(readItem())
  return kind === "function_call" || kind === "custom_tool_call"
}

function isCallLine(line: string): boolean {
  const { type, members } = readLine(line)
  return isCall(type, () => asRecord(parseExact(members))["item"])
}

/** Whether the upstream job goes on and will be asked for the rest of its answer: nothing is asked for again. */
export function isOnlyTheRead(outcome: Outcome): boolean {
  if (outcome.kind === "unreached") return outcome.reason !== "gone" && outcome.reason !== "not_sent"
  if (outcome.kind !== "refused") return outcome.kind === "pending"
  const { status, isPassing, isEnd } = outcome
  return !isEnd && (status === 429 || status >= 500 || isPassing === true)
}

/** A client may have done what the call asks for: another attempt could ask for it again. */
function endForGood(outcome: Exclude<Outcome, { kind: "answered" }>): Outcome {
  const why = outcome.kind === "refused" ? outcome.refusal.message : "message" in outcome ? outcome.message : ""
  const message = `the stream broke after a complete call of a function, so that it is not asked for again: ${why}`
  const upstream = "upstream" in outcome ? outcome.upstream : { requestId: null, limits: null }
  return { kind: "unreadable", status: null, message, body: "", isFinal: true, upstream }
}

/**
 * An attempt that follows another one in the same stream must have items with other ids, because clients find items by them, and calls by
 * theirs, which are the same at each attempt at some providers.
 */
function createRenaming(taken: readonly string[], attempt: number) {
  const others = new Set(taken)
  const rename = (id: unknown) => (others.has(asText(id)) ? `${asText(id)}_${attempt}` : id)
  const inItem = (item: Fields): Fields => {
    const { id, call_id } = item
    return { ...item, id: rename(id), ...(call_id === undefined ? {} : { call_id: rename(call_id) }) }
  }

  return {
    inEvent(event: Fields): Fields {
      if (others.size === 0) return event
      const { item_id, item } = event
      return {
        ...event,
        ...(item_id === undefined ? {} : { item_id: rename(item_id) }),
        ...(item === undefined ? {} : { item: inItem(asRecord(item)) }),
      }
    },

    /** @param body JSON text */
    inResponse(body: string): string {
      if (others.size === 0) return body
      const response = asRecord(parseExact(body))
      return JSON.stringify({ ...response, output: asRecords(response["output"]).map(inItem) })
    },
  }
}
