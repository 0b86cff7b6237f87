// The answer of a simulated provider that comes as a stream: makes the groups of events that a thread sends to the event log.
import type { Outcome } from "../../src/call.ts"
import { type Fields, readLine, writeLine } from "../../src/endpoints/streams/eventline.ts"
import { isOnlyTheRead } from "../../src/engine/threads/eventlogger.ts"
import type { LoggedEvents } from "../../src/engine/threads/logmessages.ts"
import type { CallHeader } from "./threads.ts"

/** What a part of a group does: begins an item or the call of a function, says more of what is open, or closes it. */
export type Said = "open" | "ask" | "more" | "close"

interface OpenItem {
  item: Fields & { id: string; type: ItemType }
  /** Where it stands in the log of the job. */
  index: number
  /** What was said of it so far. */
  text: string
}

type ItemType = "message" | "reasoning" | "function_call"

/** The provider that goes on with an answer whose stream broke. */
const KEEPER = "several"

/** The names of the events of each type of items, and of what an item of it has. */
const forms = {
  message: { part: "response.content_part", text: "response.output_text", kind: "output_text", index: "content_index" },
  reasoning: {
    part: "response.reasoning_summary_part",
    text: "response.reasoning_summary_text",
    kind: "summary_text",
    index: "summary_index",
  },
} as const
const ofArguments = "response.function_call_arguments"

export class StreamedAnswer {
  /** Whether anything was sent. */
  hasBegun = false
  /** Whether a call of a function is complete. */
  hasCall = false
  /** Whether the provider goes on with it, and the engine knows how to ask for the rest. */
  isKept: boolean
  private open: OpenItem | null = null
  private items = 0
  private words = 0
  /** How many events the provider has numbered. */
  private said = 0

  constructor(private readonly call: CallHeader) {
    const isOfKeeper = call.provider === KEEPER
    this.isKept = isOfKeeper && call.step === "resume"
    this.said = call.log?.own?.sequence ?? 0
    for (const line of call.log?.own?.lines ?? []) this.recall(line)
  }

  /** Makes a group of events; null where there is nothing to say. */
  say(parts: readonly Said[]): LoggedEvents | null {
    const lines = parts.flatMap((part) => this.saySome(part)).map(writeLine)
    if (lines.length === 0) return null
    this.hasBegun = true
    return this.makeGroup(lines)
  }

  /** The state of the upstream job, before the first events; null where it is known, or there is none. */
  sayKept(): LoggedEvents | null {
    if (this.isKept || this.call.provider !== KEEPER) return null
    this.isKept = true
    const { jobId, attempt } = this.call
    return { ...this.makeGroup([]), state: JSON.stringify({ jobId, attempt }) }
  }

  private makeGroup(lines: readonly string[]): LoggedEvents {
    const { hasCall, call } = this
    const { jobId, attempt } = call
    // Not all that it says is logged.
    this.said += 2 * lines.length
    const chars = lines.reduce((sum, line) => sum + line.length, 0)
    return { jobId, attempt, chars, count: lines.length, lines: lines.join("\n"), sequence: this.said, hasCall }
  }

  /** What an earlier call of the same attempt has logged. */
  private recall(line: string): void {
    const { type, members } = readLine(line)
    const {
      item,
      output_index: index,
      delta,
    } = JSON.parse(members) as Fields & { item: OpenItem["item"]; output_index: number }
    this.hasBegun = true
    if (type === "response.output_item.added") {
      this.open = { item, index, text: "" }
      this.items++
    } else if (type === "response.output_item.done") {
      if (item.type === "function_call") this.hasCall = true
      this.open = null
    } else if (this.open !== null && typeof delta === "string") {
      this.open.text += delta
      this.words++
    }
  }

  /** The last group of an answer that has come as a whole; null where there is nothing left to say. */
  finish(): LoggedEvents | null {
    // What has not come as a stream is logged all the same where an attempt that broke has logged something.
    const isUnsaid = !this.hasBegun && (this.call.log?.nextIndex ?? 0) > 0
    return this.say(isUnsaid ? ["open", "more", "close"] : ["close"])
  }

  /** The outcome that the thread reports: it says so where the client may have done what the answer asks for. */
  describeEnd(outcome: Outcome): Outcome {
    if (outcome.kind === "answered" || (this.isKept && isOnlyTheRead(outcome))) return outcome
    const upstream = { requestId: null, limits: null }
    if (this.hasCall)
      return { kind: "unreadable", status: null, message: "it broke", body: "", isFinal: true, upstream }
    // Upstream jobs are polled, and their answers do not come as streams.
    const isPolled = outcome.kind === "pending" && this.hasBegun
    return isPolled ? { kind: "unreached", reason: "network", message: "network" } : outcome
  }

  private saySome(part: Said): Fields[] {
    const { open } = this
    if (part === "close") return open === null ? [] : this.sayEnd(open)
    if (part === "more" && open !== null) return [this.sayMore(open)]
    if (open === null) return this.sayItem(part)
    return part === "ask" && open.item.type !== "function_call"
      ? [...this.sayEnd(open), ...this.sayItem(part)]
      : [this.sayMore(open)]
  }

  private sayItem(part: Said): Fields[] {
    const type = part === "ask" ? "function_call" : this.items % 3 === 2 ? "reasoning" : "message"
    // Every attempt has the same ids, so that they differ only where the thread knows those of earlier attempts.
    const ours = `item_${this.items}`
    const id = this.call.log?.ids.includes(ours) ? `${ours}_${this.call.attempt}` : ours
    const list = type === "message" ? { content: [] } : type === "reasoning" ? { summary: [] } : { arguments: "" }
    const open: OpenItem = {
      item: { id, type, status: "in_progress", ...list },
      index: (this.call.log?.nextIndex ?? 0) + this.items++,
      text: "",
    }
    this.open = open
    const added = { type: "response.output_item.added", output_index: open.index, item: open.item }
    if (type === "function_call") return [added]
    const { part: name, kind } = forms[type]
    return [added, { type: `${name}.added`, ...locate(open), part: { type: kind, text: "" } }]
  }

  private sayMore(open: OpenItem): Fields {
    const delta = `${this.words++} `
    open.text += delta
    const name = open.item.type === "function_call" ? ofArguments : forms[open.item.type].text
    return { type: `${name}.delta`, ...locate(open), delta }
  }

  private sayEnd(open: OpenItem): Fields[] {
    const { item, index: output_index, text } = open
    this.open = null
    const type = "response.output_item.done"
    if (item.type === "function_call") {
      this.hasCall = true
      const done = { ...item, status: "completed", arguments: text }
      return [
        { type: `${ofArguments}.done`, ...locate(open), arguments: text },
        { type, output_index, item: done },
      ]
    }
    const form = forms[item.type]
    const part = { type: form.kind, text }
    const list = item.type === "message" ? { content: [part] } : { summary: [part] }
    return [
      { type: `${form.text}.done`, ...locate(open), text },
      { type: `${form.part}.done`, ...locate(open), part },
      { type, output_index, item: { ...item, ...list, status: "completed" } },
    ]
  }
}

function locate({ item: { id, type }, index }: OpenItem): Fields {
  return { item_id: id, output_index: index, ...(type === "function_call" ? {} : { [forms[type].index]: 0 }) }
}
