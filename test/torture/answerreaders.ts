// The readers of one response: each notes every event, and after a kill goes on where it was. What one was told under a number, all must be
// told under it, whenever they come.
import { connect } from "node:net"
import type OpenAI from "openai"
import { requestText } from "../hostile/socket.ts"
import type { AnswerScript } from "./answerscript.ts"
import type { Ledger } from "./ledger.ts"
import type { Random } from "./plan.ts"

/** The lives of the gateway, of which each ends with a kill. */
export interface Lives {
  /** Another one after each kill, from the moment before the signal. */
  current(): number
  /** Resolves when it answers: the number of its life. */
  whenUp(): Promise<number>
}

export interface World {
  ledger: Ledger
  url: string
  lives: Lives
  random: Random
  /** How often a reader came back. */
  reconnections: number
}

/** A response, and what its readers were told of it. */
export interface Told {
  script: AnswerScript
  model: string
  /** It is not to be called again when an answer was lost. */
  isFailing: boolean
  id: string
  /** The data of each event, by its number, as it came to the first reader. */
  lines: string[]
  readers: Reader[]
  helpers: Helper[]
  /** Resolves when one reader has had the last event. */
  ended: PromiseWithResolvers<void>
}

export interface Reader {
  name: string
  /** The number of the event that must come next. */
  next: number
  isDone: boolean
  /** When that was, epoch milliseconds. */
  doneAt: number | null
}

export interface Helper {
  name: string
  /** Null until it has one. */
  final: { status: string | undefined; text: string } | null
  /** When it had it, epoch milliseconds. */
  doneAt: number | null
}

const ends = new Set(["response.completed", "response.failed", "response.incomplete"])
/** Of a problem's example. */
const DATA_MAX = 300

export function addReader(told: Told, name: string): Reader {
  const reader: Reader = { name, next: 0, isDone: false, doneAt: null }
  told.readers.push(reader)
  return reader
}

export function nameTold({ script, id }: Pick<Told, "script" | "id">): string {
  return `response ${script.job} (${id})`
}

/** The data of server-sent events. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const rest: string[] = []
  for await (const bytes of body) {
    // What comes in many pieces is put together once; the end of an event may be cut in two.
    const text = decoder.decode(bytes, { stream: true })
    rest.push(text)
    if (!text.endsWith("\n") && !text.includes("\n\n") && !text.startsWith("\n")) continue
    const whole = rest.splice(0).join("").split("\n\n")
    rest.push(whole.pop() ?? "")
    for (const event of whole) {
      const data = /^data: (.*)$/m.exec(event)?.[1]
      if (data !== undefined) yield data
    }
  }
}

/**
 * Reads what one connection brings.
 * @param life in which it was opened
 * @param most leaves after so many events
 */
export async function readOn(
  world: World,
  told: Told,
  reader: Reader,
  events: AsyncIterable<string>,
  life: number,
  most = Number.POSITIVE_INFINITY,
): Promise<void> {
  const { ledger, lives } = world
  let count = 0
  try {
    for await (const data of events) {
      take(ledger, told, reader, data)
      if (++count >= most && !reader.isDone) return
    }
  } catch (error) {
    if (lives.current() === life) ledger.problem("a stream that broke", `${nameTold(told)}, ${reader.name}: ${error}`)
    return
  }
  if (!reader.isDone && lives.current() === life)
    ledger.problem("a stream without an end", `${nameTold(told)}, ${reader.name}: after ${reader.next - 1}`)
}

/** An event has come to a reader. */
export function take(ledger: Ledger, told: Told, reader: Reader, data: string): void {
  const { type, sequence_number: number } = JSON.parse(data) as { type: string; sequence_number: number }
  const problem = (kind: string) =>
    ledger.problem(kind, `${nameTold(told)}, ${reader.name}, ${reader.next} was due: ${data.slice(0, DATA_MAX)}`)
  if (reader.isDone) problem("an event after the end")
  if (type === "keepalive") {
    // Whoever goes on after its number must miss nothing.
    if (number >= reader.next) problem("a keepalive that is ahead")
    return
  }
  if (type === "error") {
    problem("an error as an event")
    return
  }
  if (number < reader.next) problem("an event twice")
  else if (number > reader.next) problem("a gap")
  reader.next = number + 1
  const known = told.lines[number]
  if (known === undefined) told.lines[number] = data
  else if (known !== data) {
    const said = `${known.slice(0, DATA_MAX)}, later ${data.slice(0, DATA_MAX)}`
    ledger.problem("another event under a number", `${nameTold(told)}, ${reader.name}: ${said}`)
  }
  if (!ends.has(type)) return
  reader.isDone = true
  reader.doneAt = Date.now()
  told.ended.resolve()
}

function pathAfter({ id }: Told, last: number): string {
  return `/v1/responses/${id}?stream=true${last < 0 ? "" : `&starting_after=${last}`}`
}

/** The events after a number, of the gateway as it is now. Null: it was killed, or has refused, which is a problem. */
export async function openEvents(world: World, told: Told, last: number, name: string, life: number) {
  const url = `${world.url}${pathAfter(told, last)}`
  const response = await fetch(url, { keepalive: false }).catch((error: Error) => error)
  if (response instanceof Error) {
    if (world.lives.current() === life)
      world.ledger.problem("no connection", `${nameTold(told)}, ${name}: ${response.message}`)
    return null
  }
  if (response.status === 200 && response.body) return readEvents(response.body)
  const words = await response.text().catch(() => "")
  if (world.lives.current() === life) {
    const kind = response.status === 404 ? "LOST" : "a reader that was refused"
    world.ledger.problem(kind, `${nameTold(told)}, ${name}: ${response.status} ${words.slice(0, DATA_MAX)}`)
  }
  return null
}

/** Reads by fetch until the end, from where the reader is. @param leaves it goes away now and then, and comes back */
export async function follow(world: World, told: Told, reader: Reader, leaves = false): Promise<void> {
  while (!reader.isDone) {
    const life = await world.lives.whenUp()
    if (reader.next > 0) world.reconnections++
    const before = reader.next
    const events = await openEvents(world, told, reader.next - 1, reader.name, life)
    const most = leaves ? 1 + Math.floor(world.random() * 40) : undefined
    if (events) await readOn(world, told, reader, events, life, most)
    // Another try would have the same answer.
    if (reader.next === before && world.lives.current() === life) return
  }
}

/** Reads nothing before the response has ended, and then catches up. On a socket: fetch reads ahead. */
export async function stall(world: World, told: Told, reader: Reader): Promise<void> {
  const life = await world.lives.whenUp()
  const socket = connect(Number(new URL(world.url).port), "127.0.0.1")
  // A reset is an end as any other.
  socket.on("error", () => {})
  socket.pause()
  socket.write(requestText("GET", pathAfter(told, -1), { headers: { connection: "close" } }))
  await told.ended.promise
  await readOn(world, told, reader, readEvents(readBody(socket)), life)
  await follow(world, told, reader)
}

/** What is in the chunks of an answer. */
async function* readBody(socket: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  let raw = Buffer.alloc(0)
  let isHeadRead = false
  for await (const bytes of socket) {
    raw = Buffer.concat([raw, bytes])
    if (!isHeadRead) {
      const end = raw.indexOf("\r\n\r\n")
      if (end < 0) continue
      isHeadRead = true
      raw = raw.subarray(end + 4)
    }
    for (;;) {
      const lineEnd = raw.indexOf("\r\n")
      if (lineEnd < 0) break
      const size = Number.parseInt(raw.subarray(0, lineEnd).toString("latin1"), 16)
      if (raw.length < lineEnd + 2 + size + 2) break
      yield raw.subarray(lineEnd + 2, lineEnd + 2 + size)
      raw = raw.subarray(lineEnd + 2 + size + 2)
    }
  }
}

/** The helper of OpenAI's client, begun again after each kill. It must not throw while the gateway lives. */
export async function help(world: World, told: Told, client: OpenAI, name: string): Promise<void> {
  const helper: Helper = { name, final: null, doneAt: null }
  told.helpers.push(helper)
  for (let count = 0; ; count++) {
    const life = await world.lives.whenUp()
    if (count > 0) world.reconnections++
    let why: string
    try {
      const { status, output_text } = await client.responses.stream({ response_id: told.id }).finalResponse()
      if (status !== "queued" && status !== "in_progress") {
        helper.final = { status, text: output_text }
        helper.doneAt = Date.now()
        return
      }
      why = `it ended with ${status}`
    } catch (error) {
      why = String(error)
    }
    if (world.lives.current() !== life) continue
    world.ledger.problem("a helper that threw", `${nameTold(told)}, ${name}: ${why.slice(0, DATA_MAX)}`)
    return
  }
}
