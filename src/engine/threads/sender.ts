// The thread that sends webhooks: started with the first of them, replaced when it dies, and ended when it has had nothing to do for a
// while.
import type { Clock } from "../../clock.ts"
import { threadError } from "../../errors.ts"
import type { Log } from "../../log.ts"
import type { PostOutcome } from "../../webhooks/post.ts"
import { type FromSender, frame, type ToSender } from "./protocol.ts"

/** A thread that dies before this age is replaced after the same time, so that a broken start does not loop quickly. */
const EARLY_DEATH_MS = 1000
/** An idle thread costs some megabytes, a new one some milliseconds. */
const IDLE_MS_MAX = 300_000

export type Sender = ReturnType<typeof createSender>

export function createSender(options: {
  spawn: () => Worker
  clock: Clock
  log: Log
  onTried: (id: string, outcome: PostOutcome) => void
  /** Called when a thread may be started again after one that died at once. */
  onReady: () => void
}) {
  const { clock, log } = options
  let worker: Worker | null = null
  /** The ids of what was sent and not answered. */
  const out = new Set<string>()
  let bornAt = 0
  let usedAt = 0
  let cancelPause: (() => void) | null = null

  function start(): Worker {
    const started = options.spawn()
    worker = started
    bornAt = clock.now()
    started.addEventListener("message", (event: MessageEvent<FromSender>) => {
      const { id, outcome } = event.data
      if (!out.delete(id)) return
      usedAt = clock.now()
      options.onTried(id, outcome)
    })
    started.addEventListener("error", (event: ErrorEvent) => {
      event.preventDefault()
      log.error("the thread that sends webhooks failed", { error: threadError(event.message) })
    })
    started.addEventListener("close", () => {
      if (worker === started) onThreadExit()
    })
    return started
  }

  function onThreadExit(): void {
    worker = null
    log.error("the thread that sends webhooks died and is replaced", { deliveries: out.size })
    if (clock.now() - bornAt < EARLY_DEATH_MS) {
      cancelPause = clock.after(EARLY_DEATH_MS, () => {
        cancelPause = null
        options.onReady()
      })
    }
    const reason = "the thread that sent it died; whether it was delivered is unknown"
    for (const id of [...out]) {
      out.delete(id)
      options.onTried(id, { kind: "unreached", reason, tookMs: 0 })
    }
  }

  function end(): void {
    const ended = worker
    worker = null
    ended?.terminate()
  }

  return {
    /** Whether something can be sent now. */
    isReady: (): boolean => cancelPause === null,

    /** Sends a webhook. `onTried` is called with its id, once. */
    send(header: ToSender, body: string): void {
      out.add(header.id)
      usedAt = clock.now()
      const thread = worker ?? start()
      thread.postMessage(frame(header, body))
    },

    /** Ends the thread where it has nothing to do for long. */
    beat(): void {
      if (worker !== null && out.size === 0 && clock.now() - usedAt >= IDLE_MS_MAX) end()
    },

    close(): void {
      out.clear()
      cancelPause?.()
      end()
    },
  }
}
