// Holds what the readers of a response were told against what is stored of it, what its provider said and how often that was called.
import type { AnswerCall } from "./answerprovider.ts"
import { addReader, follow, nameTold, openEvents, type Told, take, type World } from "./answerreaders.ts"
import { type AnswerScript, listSaid, readCall } from "./answerscript.ts"
import type { Ledger } from "./ledger.ts"

type Fields = Record<string, unknown>

/** An item, as its events tell of it. */
interface Item {
  id: string
  type: string
  /** Its deltas put together: each has one part, or arguments. */
  text: string
  openParts: Set<string>
  /** As its last event has it. Null: it is open. */
  done: Fields | null
  /** Which call said it; null: its text is too short to tell. */
  call: number | null
  events: number
}

/** What was found of a response. */
export interface Finding {
  /** How it ended. */
  status: string
  /** Of a failure. */
  reason: string | null
  events: number
  /** Those of items that another call said than the first. */
  laterEvents: number
  /** How many calls have said something in it. */
  attempts: number
  /** How long after the end of its last call the last reader was at the end, where no kill came between. */
  lateMs: number
}

const beginnings = ["response.created", "response.queued", "response.in_progress"]
/** What a moment taken by one process may differ from another's of the same thing. */
const SKEW_MS = 250
/** Readers hear of an end at once. A busy machine takes its time, but not as long as the silence after which a reader looks by itself. */
const LATE_MS_MAX = 8000
const EXAMPLE_CHARS = 400
const MEMBER_CHARS = 180
/** What the gateway says beside an answer stands in the last event of a logged one alone. */
const NO_PART = "extra_fields"

/** Asks the gateway once more for all of a response. */
export async function checkTold(world: World, told: Told, calls: AnswerCall[], kills: number[]): Promise<Finding> {
  const { ledger } = world
  const name = nameTold(told)
  for (const { name: reader, isDone, next } of told.readers) {
    if (!isDone || next !== told.lines.length)
      ledger.problem("not read to its end", `${name}, ${reader}: ${next} of ${told.lines.length} events`)
  }
  const lateMs = checkLateness(ledger, told, calls, kills)
  await follow(world, told, addReader(told, "a replay from the beginning"))
  const at = Math.floor(world.random() * told.lines.length)
  const replay = { ...addReader(told, `a replay after ${at}`), next: at + 1, isDone: at + 1 === told.lines.length }
  const events = await openEvents(world, told, at, replay.name, world.lives.current())
  for await (const data of events ?? []) take(ledger, told, replay, data)
  if (!replay.isDone) ledger.problem("a replay that does not end", `${name}, after ${at}`)

  const response = (await (await fetch(`${world.url}/v1/responses/${told.id}`, { keepalive: false })).json()) as Fields
  const all = told.lines.map((line) => JSON.parse(line) as Fields)
  const problem = (kind: string, example: unknown) =>
    ledger.problem(
      kind,
      `${name}: ${(typeof example === "string" ? example : JSON.stringify(example)).slice(0, EXAMPLE_CHARS)}`,
    )
  const items = checkItems(told.script, all, problem)
  checkEnd(told, all, items, response, problem)
  checkCalls(ledger, told, calls, kills)
  const said = items.flatMap(({ call }) => (call === null ? [] : [call]))
  const first = Math.min(...said)
  const later = items.filter(({ call }) => call !== null && call > first)
  return {
    status: String(response["status"]),
    reason: response["status"] === "failed" ? String((response["error"] as Fields | null)?.["type"]) : null,
    events: all.length,
    laterEvents: later.reduce((sum, { events }) => sum + events, 0),
    attempts: new Set(said).size,
    lateMs,
  }
}

type Problem = (kind: string, example: unknown) => void

/** Each item is opened, grows and is closed, under an index and an id of its own, and says what one call said. */
function checkItems(script: AnswerScript, events: Fields[], problem: Problem): Item[] {
  const items: Item[] = []
  for (const [at, type] of beginnings.entries())
    if (events[at]?.["type"] !== type) problem("another beginning", events[at] ?? "nothing")
  for (const event of events.slice(beginnings.length, -1)) takeEvent(items, event, problem)
  if (new Set(items.map(({ id }) => id)).size < items.length) problem("an id twice", items.map(({ id }) => id).join())
  let before = 0
  for (const item of items) {
    if (item.done === null) problem("an item left open", item.id)
    item.call = readCall(script, item.text)
    if (item.call === null) continue
    if (item.call < before) problem("an earlier call after a later one", `${item.call} after ${before}`)
    before = item.call
    const whole = writeSaid(script, item.call, item.type)
    const isWhole = item.done?.["status"] === "completed"
    if (isWhole ? item.text !== whole : !whole.startsWith(item.text))
      problem("not what its call said", `${item.id}, ${item.done?.["status"]}: ${item.text}`)
  }
  const asked = items.find(({ type, done }) => type === "function_call" && done?.["status"] !== "incomplete")
  if (asked && before > (asked.call ?? before))
    problem("asked for again after a complete call", `${before} after ${asked.call}`)
  return items
}

function writeSaid(script: AnswerScript, call: number, type: string): string {
  return (
    listSaid(script, call)
      .find((said) => said.type === type)
      ?.pieces.join("") ?? ""
  )
}

function takeEvent(items: Item[], event: Fields, problem: Problem): void {
  const type = String(event["type"])
  const index = Number(event["output_index"])
  const given = event["item"] as Fields | undefined
  if (type === "response.output_item.added") {
    if (index !== items.length) problem("not the next index", event)
    const id = String(given?.["id"])
    items.push({ id, type: String(given?.["type"]), text: "", openParts: new Set(), done: null, call: null, events: 1 })
    return
  }
  const item = items[index]
  if (item === undefined || item.done !== null || (given?.["id"] ?? event["item_id"]) !== item.id) {
    problem("an event of no open item", event)
    return
  }
  item.events++
  const place = `${event["content_index"]} ${event["summary_index"]}`
  const isArguments = type.startsWith("response.function_call_arguments")
  if (given !== undefined) {
    if (item.openParts.size > 0) problem("a part left open", event)
    item.done = given
  } else if (/_part\.added$/.test(type)) item.openParts.add(place)
  else if (!isArguments && !item.openParts.has(place)) problem("an event of no open part", event)
  else if (type.endsWith(".delta")) item.text += event["delta"]
  else {
    const said = event["text"] ?? event["arguments"] ?? (event["part"] as Fields | undefined)?.["text"]
    if (said !== item.text) problem("another text than its pieces", event)
    if (/_part\.done$/.test(type)) item.openParts.delete(place)
  }
}

/** Members that two objects do not have alike. */
function listDifferences(one: Fields, other: Fields): string[] {
  const names = Object.keys({ ...one, ...other }).filter((name) => name !== NO_PART)
  return names.filter((name) => !Bun.deepEquals(one[name], other[name]))
}

/** The last event has what is stored, and that is the last attempt, or all that came of one that failed. */
function checkEnd(told: Told, events: Fields[], items: Item[], response: Fields, problem: Problem): void {
  const last = events.at(-1)
  const { status } = response
  if (last?.["type"] !== `response.${status}`) problem("another end than is stored", `${last?.["type"]}, ${status}`)
  for (const name of listDifferences((last?.["response"] ?? {}) as Fields, response)) {
    const [read, retrieved] = [last?.["response"] as Fields | undefined, response].map((from) =>
      JSON.stringify(from?.[name])?.slice(0, MEMBER_CHARS),
    )
    problem("retrieved otherwise than read", `${name}: ${read}, later ${retrieved}`)
  }
  const output = (response["output"] ?? []) as Fields[]
  const text = output
    .filter(({ type }) => type === "message")
    .flatMap(({ content }) => (content as Fields[]).map((part) => part["text"]))
    .join("")
  for (const { name, final } of told.helpers) {
    if (final === null) problem("a helper without an end", name)
    else if (final.text !== text || final.status !== status)
      problem("another text in a helper", `${name}, ${final.status}: ${final.text}, and not ${text}`)
  }
  if (status === "completed") checkCompleted(told, items, output, problem)
  else if (status !== "failed") problem("a strange end", response)
  else {
    const isAsked = items.some(({ type, done }) => type === "function_call" && done?.["status"] !== "incomplete")
    if (!told.isFailing && !isAsked) problem("failed for no reason", response["error"])
    if (
      !Bun.deepEquals(
        output,
        items.map(({ done }) => done),
      )
    )
      problem("not what came of a failed one", output)
  }
}

function checkCompleted({ script }: Told, items: Item[], output: Fields[], problem: Problem): void {
  const ofLast = output.map(({ id }) => items.find((item) => item.id === id))
  const call = Math.max(...items.map((item) => item.call ?? 0))
  const types = listSaid(script, call).map(({ type }) => type)
  if (String(output.map(({ type }) => type).sort()) !== String(types.sort())) problem("other items", output)
  for (const [at, item] of ofLast.entries()) {
    if (item === undefined) problem("an item that was not streamed", output[at])
    else if (item.call !== call || item.text !== writeSaid(script, call, item.type))
      problem("not the last attempt", `${item.call} of ${call}: ${item.text}`)
    else if (!Bun.deepEquals(item.done, output[at]))
      problem("an item closed otherwise", `${JSON.stringify(item.done).slice(0, 150)}, ${JSON.stringify(output[at])}`)
  }
}

function checkLateness(ledger: Ledger, told: Told, calls: AnswerCall[], kills: number[]): number {
  const since = calls.at(-1)?.endedAt ?? null
  if (since === null) return 0
  let lateMs = 0
  for (const { name, doneAt } of [...told.readers, ...told.helpers]) {
    if (doneAt === null || kills.some((kill) => kill >= since - SKEW_MS && kill <= doneAt)) continue
    lateMs = Math.max(lateMs, doneAt - since)
    if (doneAt - since > LATE_MS_MAX)
      ledger.problem("a reader that heard late of the end", `${nameTold(told)}, ${name}: after ${doneAt - since} ms`)
  }
  return lateMs
}

/** Every further call had a reason: what the provider did, or a kill. */
function checkCalls(ledger: Ledger, told: Told, calls: AnswerCall[], kills: number[]): void {
  const example = () => `${nameTold(told)}: ${JSON.stringify(calls)}`
  for (const [at, next] of calls.entries()) {
    const before = calls[at - 1]
    if (before === undefined) continue
    const isAnswered = (before.way === "stream" || before.way === "whole") && !before.isCut
    const since = isAnswered ? (before.endedAt ?? before.startedAt) : before.startedAt
    const isKilled = kills.some((kill) => kill >= since - SKEW_MS && kill <= next.startedAt + SKEW_MS)
    const isBroken = before.way !== "stream" && before.way !== "whole"
    if (!isKilled && !isBroken) ledger.problem("called again for no reason", example())
    // What a provider has refused was not billed.
    if (told.isFailing && before.way !== "busy" && before.way !== "fails")
      ledger.problem("called again though it may have been billed", example())
  }
}
