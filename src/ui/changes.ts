// Changes of jobs as they happen. All tabs of a browser that read with one key share one stream: the tab that holds a lock reads it and
// passes it on, because a browser opens six connections to a host and a stream keeps one. Hidden tabs hold nothing.
import { computed, effect, signal } from "@preact/signals"
import { useEffect, useRef } from "preact/hooks"
import { Refused, token } from "./client.ts"
import { readEvents } from "./serverevents.ts"
import { me } from "./session.ts"
import { isVisible, pause } from "./ticks.ts"

/** What has changed. With `reload`, more than is told: what is shown must be read again. */
export interface Change {
  changed: { id: string; state: string; is_new: boolean }[]
  reload: boolean
  /** In the first of a stream: a list of the same revision has missed nothing. */
  revision?: string | undefined
}

interface Counts {
  queued: number
  running: number
  waiting: number
}

/** What the tabs of a browser say to each other. `query`: the jobs that a tab wants to hear of; null: none any more. */
type Message =
  | { kind: "wish"; tab: string; query: string | null }
  | { kind: "ask" }
  | { kind: "change"; change: Change; counts: Counts | null }
  | { kind: "state"; state: State }

/** `polling`: there is no stream, and what is shown is read again every few seconds. */
type State = "off" | "live" | "polling"

/** How many jobs there are of each state, for those who may know. */
export const counts = signal<Counts | null>(null)
export const liveState = signal<State>("off")
export const isPaused = signal(false)

const POLL_MS = 5000
const RETRY_MS = 30_000
const REOPEN_MS = 1000
/** How long the other tabs take at most to say what they want. */
const ASK_MS = 60

const tab = crypto.getRandomValues(new Uint32Array(2)).join("-")
const listeners = new Set<{ query: string; listen(change: Change): void }>()
/** What they want, as one text: a signal of its own changes when they do. */
const wishes = signal("")
const isWanted = computed(
  () => wishes.value !== "" && isVisible.value && !isPaused.value && me.value?.may.list === true,
)
const others = new Map<string, string>()
let channel: BroadcastChannel | null = null

/** Calls `listen` with the changes of the jobs that match, until the component goes. Others may be among them. Null: of none. */
export function useLive(query: string | null, listen: (change: Change) => void): void {
  const latest = useRef(listen)
  latest.current = listen
  useEffect(() => {
    if (query === null) return
    const listener = { query, listen: (change: Change) => latest.current(change) }
    listeners.add(listener)
    updateWishes()
    return () => {
      listeners.delete(listener)
      updateWishes()
    }
  }, [query])
}

/** Connects while somebody listens, the page is visible and the reader may list jobs. */
export function startLive(): void {
  effect(() => {
    const key = token.value
    if (!isWanted.value) return
    const controller = new AbortController()
    void connect(key, controller.signal)
    return () => {
      controller.abort()
      liveState.value = "off"
    }
  })
}

function updateWishes(): void {
  wishes.value = [...new Set([...listeners].map(({ query }) => `?${query}`))].sort().join(" ")
  tell({ kind: "wish", tab, query: readWish() })
}

/** The one query of all that listen here, or all jobs. */
function readWish(): string | null {
  const queries = new Set([...listeners].map(({ query }) => query))
  return queries.size === 0 ? null : queries.size === 1 ? ([...queries][0] ?? "") : ""
}

/** What one stream must carry so that every tab hears what it wants. */
function readCommonWish(): string {
  const all = new Set([readWish() ?? "", ...others.values()])
  return all.size === 1 ? ([...all][0] ?? "") : ""
}

async function connect(key: string | null, signal: AbortSignal): Promise<void> {
  // Tabs with different keys see different jobs, and share nothing.
  const name = `asyncgate-live-${await digest(key ?? "")}`
  if (signal.aborted) return
  const own = openChannel(name)
  try {
    // Where the page has no locks, which takes https or this machine, each tab reads for itself while it is visible.
    if (navigator.locks) await navigator.locks.request(name, { signal }, () => hold(signal))
    else await hold(signal)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    own.postMessage({ kind: "wish", tab, query: null } satisfies Message)
    own.close()
    if (channel === own) channel = null
  }
}

function openChannel(name: string): BroadcastChannel {
  const opened = new BroadcastChannel(name)
  others.clear()
  opened.onmessage = ({ data }: MessageEvent<Message>) => hear(data)
  channel = opened
  tell({ kind: "wish", tab, query: readWish() })
  return opened
}

function hear(message: Message): void {
  switch (message.kind) {
    case "wish":
      if (message.query === null) others.delete(message.tab)
      else others.set(message.tab, message.query)
      holder?.()
      break
    case "ask":
      tell({ kind: "wish", tab, query: readWish() })
      break
    case "change":
      deliver(message.change, message.counts)
      break
    case "state":
      liveState.value = message.state
  }
}

function tell(message: Message): void {
  channel?.postMessage(message)
}

function deliver(change: Change, found: Counts | null): void {
  if (found !== null) counts.value = found
  for (const { listen } of listeners) listen(change)
}

/** In the tab that holds the stream: what it does when another one has said what it wants. */
let holder: (() => void) | null = null

/** Reads the stream until the signal is given, again and again. */
async function hold(signal: AbortSignal): Promise<void> {
  const pass = (change: Change, found: Counts | null) => {
    deliver(change, found)
    tell({ kind: "change", change, counts: found })
  }
  const say = (state: State) => {
    if (signal.aborted) return
    liveState.value = state
    tell({ kind: "state", state })
  }
  tell({ kind: "ask" })
  await pause(ASK_MS, signal)
  while (!signal.aborted) {
    const wish = readCommonWish()
    const stream = new AbortController()
    const end = () => stream.abort()
    signal.addEventListener("abort", end)
    const unwatch = effect(() => {
      if (wishes.value !== "" && readCommonWish() !== wish) end()
    })
    holder = () => {
      if (readCommonWish() !== wish) end()
      tell({ kind: "state", state: liveState.value })
    }
    const how = await readStream(wish, stream.signal, pass, () => say("live"))
    holder = null
    unwatch()
    const isMeant = stream.signal.aborted
    signal.removeEventListener("abort", end)
    if (isMeant || signal.aborted) continue
    // A gateway ends a stream when it stops, and when the key has lost its rights: the next one says which.
    if (how === "ended") await pause(REOPEN_MS, signal)
    else {
      say("polling")
      await poll(pass, how === "refused" ? RETRY_MS : POLL_MS, signal)
    }
  }
}

async function poll(pass: (change: Change, found: null) => void, ms: number, signal: AbortSignal): Promise<void> {
  for (let waited = 0; waited < ms && !signal.aborted; waited += POLL_MS) {
    await pause(POLL_MS, signal)
    if (!signal.aborted) pass({ changed: [], reload: true }, null)
  }
}

/** Reads events to the end of the stream. `refused`: there is none for the reader; `broken`: it may be there in a moment. */
async function readStream(
  query: string,
  signal: AbortSignal,
  pass: (change: Change, found: Counts | null) => void,
  onFirst: () => void,
): Promise<"ended" | "refused" | "broken"> {
  try {
    const path = query === "" ? "/v1/async/events" : `/v1/async/events?${query}`
    let isFirst = true
    for await (const { data } of readEvents(path, signal)) {
      const event = JSON.parse(data) as Partial<Change> & { counts?: Counts }
      const { changed = [], reload = false, counts = null, revision } = event
      if (isFirst) onFirst()
      // It comes at once, and nothing is missed from then on: what happened before is not told.
      pass({ changed, reload: reload || isFirst, revision }, counts)
      isFirst = false
    }
    return "ended"
  } catch (error) {
    return error instanceof Refused && error.status >= 400 && error.status < 500 ? "refused" : "broken"
  }
}

/** Where the page has no digests, it has no locks either, and the name only has to differ from that of another key. */
async function digest(text: string): Promise<string> {
  if (!crypto.subtle) return tab
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))
  return [...new Uint8Array(bytes).subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("")
}
