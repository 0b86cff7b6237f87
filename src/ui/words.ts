// What the model writes while it writes it: the answer of a job whose events are logged, as far as it has come. All tabs of a browser share
// two streams for it, in turns, because a browser opens six connections to a host; each goes on after the last event that it has.
import { useEffect, useMemo, useRef, useState } from "preact/hooks"
import type { BodyText } from "./bodytext.ts"
import { isPaused } from "./changes.ts"
import { Refused } from "./client.ts"
import { type FullJob, isEnded } from "./fulljob.ts"
import { readValue } from "./rawjson.ts"
import { useSometimes } from "./resource.ts"
import { readEvents, type ServerEvent } from "./serverevents.ts"
import { every, isVisible, pause } from "./ticks.ts"
import { asFields, asList, asText, type Fields } from "./views/read.ts"

export interface Words {
  /** What each attempt has written, as items of the responses API. All but the last one broke off. */
  attempts: { attempt: number; items: Fields[] }[]
  /** There was more before: only the end is kept. */
  isCut: boolean
}

/** How much of an answer is kept, in characters. */
export const KEPT = 64 * 1024
/** It is shortened when it is so much longer, and not with every word. */
const SLACK = 8 * 1024
/** How often it is drawn. */
const DRAW_MS = 100
const REOPEN_MS = 1000
/** Beside these a browser needs a connection for what has changed, and some for what the pages ask. */
const places = ["asyncgate-words-1", "asyncgate-words-2"]
/** After so long another tab that waits for a place has its turn. */
const TURN_MS = 2000

/**
 * Null: nothing has been written, or it is not logged.
 * @param request as it was sent; null: it has not been read
 * @param onEnd called when the stream says that the job has ended
 */
export function useWords(job: FullJob | null, request: BodyText | null, onEnd: () => void): Words | null {
  const [words, setWords] = useState<Words | null>(null)
  const answer = useRef(createAnswer())
  const draw = useSometimes(() => setWords(answer.current.read()), DRAW_MS)
  const latest = useRef(onEnd)
  latest.current = onEnd
  const isLogged = useMemo(() => request !== null && mayBeLogged(request), [request])
  const isRead = job !== null && job.request_type === "responses" && !isEnded(job) && isLogged
  const path = isRead && isVisible.value && !isPaused.value ? `/v1/async/jobs/${job.id}/events` : null
  useEffect(() => {
    if (path === null) return
    const leaving = new AbortController()
    void follow(path, answer.current, draw, leaving.signal).then(() => leaving.signal.aborted || latest.current())
    return () => leaving.abort()
  }, [path])
  return words
}

/** Whether a request is for a stream, which only the logged ones have as events of the job; of the rest of a long one it is not known. */
function mayBeLogged({ text, isCut }: BodyText): boolean {
  if (isCut) return true
  return asFields(readValue(text))["stream"] === true
}

/** Reads until the job has ended, is gone, or the signal is given. */
async function follow(path: string, answer: Answer, onChange: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !answer.isOver()) {
    const isRefused = await takeTurn(signal, async (turn) => {
      try {
        for await (const event of readEvents(path, turn, answer.lastId())) {
          answer.take(event)
          onChange()
        }
        return false
      } catch (error) {
        return error instanceof Refused && error.status >= 400 && error.status < 500
      }
    })
    if (isRefused) return
    if (!answer.isOver()) await pause(REOPEN_MS, signal)
  }
}

/** Runs in one of the places, whose signal is given when the reader leaves, or has had its turn while others wait. */
async function takeTurn(signal: AbortSignal, run: (turn: AbortSignal) => Promise<boolean>): Promise<boolean> {
  const { locks } = navigator
  // Without locks, which take https or this machine, each tab reads for itself while it is visible.
  if (!locks) return run(signal)
  const search = new AbortController()
  let result = false
  const request = async (name: string) => {
    try {
      await locks.request(name, { signal: AbortSignal.any([signal, search.signal]) }, async () => {
        // The other place was free at the same time.
        if (search.signal.aborted) return
        search.abort()
        result = await runTurn(signal, run)
      })
    } catch (error) {
      if (!signal.aborted && !search.signal.aborted) throw error
    }
  }
  await Promise.all(places.map(request))
  return result
}

async function runTurn(signal: AbortSignal, run: (turn: AbortSignal) => Promise<boolean>): Promise<boolean> {
  const over = new AbortController()
  const stop = every(TURN_MS, async () => {
    const { pending = [] } = await navigator.locks.query()
    if (pending.some(({ name = "" }) => places.includes(name))) over.abort()
  })
  try {
    return await run(AbortSignal.any([signal, over.signal]))
  } finally {
    stop()
  }
}

interface Item {
  attempt: number
  /** Its place in the answer. Those of another attempt go on behind. */
  index: number
  value: Fields
  chars: number
}

type Answer = ReturnType<typeof createAnswer>

function createAnswer() {
  const items: Item[] = []
  let attempt = 0
  let isCut = false
  let isOver = false
  let lastId: string | null = null

  function takeDelta(event: Fields): void {
    const type = asText(event["type"]) ?? ""
    const index = Number(event["output_index"])
    const there = items.findLast((item) => item.index === index)
    const given = asFields(event["item"])
    if (type === "response.output_item.added") items.push({ attempt, index, value: given, chars: measure(given) })
    else if (there === undefined) return
    else if (type === "response.output_item.done") finish(there, given)
    else if (type.endsWith(".delta")) there.chars += grow(there.value, type, event)
    shorten()
  }

  function finish(there: Item, given: Fields): void {
    const chars = measure(given)
    if (chars <= KEPT) {
      there.value = given
      there.chars = chars
      return
    }
    // The end of its texts is here already.
    there.value["status"] = given["status"]
    isCut = true
  }

  /** Keeps the end. */
  function shorten(): void {
    let excess = items.reduce((sum, { chars }) => sum + chars, 0) - KEPT
    if (excess <= SLACK) return
    isCut = true
    for (;;) {
      const [first] = items
      if (first === undefined) return
      if (first.chars > excess || items.length === 1) {
        first.chars -= cutFront(first.value, excess)
        return
      }
      excess -= first.chars
      items.shift()
    }
  }

  return {
    lastId: () => lastId,
    isOver: () => isOver,

    take({ id, type, data }: ServerEvent): void {
      lastId = id ?? lastId
      const told = JSON.parse(data) as { attempt?: number; event?: Fields }
      if (type === "job.started" || type === "job.delta") attempt = told.attempt ?? attempt
      if (type === "job.delta") takeDelta(asFields(told.event))
      isOver ||= ["job.completed", "job.failed", "job.cancelled"].includes(type)
    },

    /** Null: there is none yet. */
    read(): Words | null {
      if (items.length === 0) return null
      const numbers = [...new Set([...items.map((item) => item.attempt), attempt])]
      const attempts = numbers.map((number) => ({
        attempt: number,
        items: items.filter((item) => item.attempt === number).map(({ value }) => value),
      }))
      return { attempts, isCut }
    },
  }
}

/** Puts a piece behind the text that it is of. @returns how many characters it has */
function grow(value: Fields, type: string, event: Fields): number {
  const text = findText(value, type, event)
  const delta = asText(event["delta"])
  if (text === null || delta === null) return 0
  const [holder, member] = text
  holder[member] = (asText(holder[member]) ?? "") + delta
  return delta.length
}

/** Where a text stands: the object, and its member. A part that begins is made. Null: it is none that is shown. */
function findText(value: Fields, type: string, event: Fields): [Fields, string] | null {
  const name = type.split(".")[1] ?? ""
  const list = (["content", "summary"] as const).find((each) => event[`${each}_index`] !== undefined)
  if (list === undefined) {
    const member = ["arguments", "input"].find((each) => name.endsWith(each))
    return member === undefined ? null : [value, member]
  }
  const parts = asList(value[list])
  value[list] = parts
  const at = Math.min(Number(event[`${list}_index`]), parts.length)
  parts[at] ??= { type: name }
  return [asFields(parts[at]), name === "refusal" ? "refusal" : "text"]
}

/** Takes so many characters from the front of the texts of an item, or as many as they have. @returns how many */
function cutFront(value: Fields, count: number): number {
  const parts = [...asList(value["summary"]), ...asList(value["content"]), value].map(asFields)
  let left = count
  for (const part of parts) {
    for (const member of ["text", "refusal", "arguments", "input"]) {
      const text = asText(part[member])
      if (text === null || left === 0) continue
      // Half of a character is none.
      part[member] = text.slice(left).replace(/^[\udc00-\udfff]/, "")
      left -= Math.min(left, text.length)
    }
  }
  return count - left
}

function measure(item: Fields): number {
  return JSON.stringify(item).length
}
