// The face's end of the line to the engine thread: a submit is a promise that settles once the job is on disk.
import type { Clock } from "../clock.ts"
import { GatewayError } from "../errors.ts"
import type { NewJob } from "../jobs/store.ts"
import { type EngineStart, type FromEngine, frame, type SubmitHeader, type ToEngine } from "../run/protocol.ts"

/** An engine that has not been heard for this long is stuck in the disk. */
const SILENCE_MS_MAX = 10_000

export interface Started {
  recovered: number
  queued: number
}

export type EngineLine = ReturnType<typeof connectEngine>

/** @param onDeath called when the thread ends without having been drained: nothing can be accepted any more */
export function connectEngine(worker: Worker, clock: Clock, onDeath: (reason: string) => void) {
  const waiting = new Map<number, { resolve: () => void; reject: (error: GatewayError) => void }>()
  const started = Promise.withResolvers<Started>()
  const drained = Promise.withResolvers<{ released: number }>()
  let seq = 0
  let isDraining = false
  let isDrained = false
  let trouble: string | null = null
  let heardAt = clock.now()
  let lastError = "the engine thread ended"

  worker.addEventListener("message", (event: MessageEvent<FromEngine>) => {
    heardAt = clock.now()
    const answer = event.data
    if (typeof answer === "string") {
      for (const stored of answer.split(",")) settle(Number(stored))?.resolve()
      return
    }
    switch (answer.kind) {
      case "started":
        started.resolve(answer)
        break
      case "refused":
        settle(answer.seq)?.reject(
          new GatewayError(answer.code, answer.message, answer.code === "store_unavailable" ? { retryAfter: 1 } : {}),
        )
        break
      case "pulse":
        trouble = answer.trouble
        break
      case "drained":
        isDrained = true
        drained.resolve(answer)
        break
    }
  })
  worker.addEventListener("error", (event: ErrorEvent) => {
    event.preventDefault()
    lastError = event.message
  })
  worker.addEventListener("close", () => {
    if (!isDrained) onDeath(lastError)
  })

  function tell(message: ToEngine): void {
    worker.postMessage(message)
  }

  function settle(stored: number) {
    const entry = waiting.get(stored)
    waiting.delete(stored)
    return entry
  }

  return {
    /** Resolves when the engine has recovered what the last process left. Submits may come before: they wait their turn. */
    start(message: Omit<EngineStart, "kind">): Promise<Started> {
      tell({ kind: "start", ...message })
      return started.promise
    },

    /** Resolves when the job is on disk. @throws {GatewayError} shutting_down, store_full, store_unavailable */
    submit(job: NewJob): Promise<void> {
      if (isDraining) {
        throw new GatewayError("shutting_down", "the gateway is shutting down: send the request again in a moment", {
          retryAfter: 5,
        })
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const { body, ...row } = job
      const header: SubmitHeader = { seq: ++seq, ...row }
      waiting.set(seq, { resolve, reject })
      tell(frame(header, body))
      return promise
    },

    /** Why the store takes no writes, or null. */
    trouble(): string | null {
      if (trouble !== null) return trouble
      const silentMs = clock.now() - heardAt
      return silentMs > SILENCE_MS_MAX ? `the engine has not answered for ${Math.round(silentMs / 1000)} s` : null
    },

    /** Refuses submits from now on; resolves when what was running has finished or is back in the queue. */
    drain(graceMs: number): Promise<{ released: number }> {
      isDraining = true
      tell({ kind: "drain", graceMs })
      return drained.promise
    },
  }
}
