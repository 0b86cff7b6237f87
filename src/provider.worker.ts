// A provider worker's thread: receives calls, performs them, answers with outcomes. It knows no job, no database and no policy.
import type { Call } from "./call.ts"
import { systemClock } from "./clock.ts"
import { createLog } from "./log.ts"
import { perform } from "./providers/perform.ts"
import type { ProviderSettings } from "./providers/table.ts"
import { frame, type ToWorker, unframe } from "./run/protocol.ts"

declare const self: Worker

let providers: Map<string, ProviderSettings>
const aborts = new Map<string, AbortController>()

self.onmessage = (event: MessageEvent<ToWorker>) => {
  const message = event.data
  if (typeof message === "string") {
    const { header, body } = unframe<Omit<Call, "body">>(message)
    void run({ ...header, body })
  } else if (message.kind === "start") {
    providers = new Map(message.providers.map((provider) => [provider.name, provider]))
    const log = createLog({ ...message.log, now: systemClock.now })
    // A stray rejection must not take the other calls of this thread with it: its own call ends at its deadline.
    process.on("unhandledRejection", (error) =>
      log.error("unhandled rejection in a provider worker", { error: name(error) }),
    )
  } else {
    aborts.get(`${message.jobId} ${message.attempt}`)?.abort()
  }
}

async function run(call: Call): Promise<void> {
  const abort = new AbortController()
  const id = `${call.jobId} ${call.attempt}`
  aborts.set(id, abort)
  const outcome = await perform(call, providers.get(call.provider), { fetch, clock: systemClock, signal: abort.signal })
  aborts.delete(id)
  const { jobId, attempt } = call
  if (outcome.kind === "answered" || outcome.kind === "unreadable") {
    const { body, ...header } = outcome
    self.postMessage(frame({ jobId, attempt, outcome: header }, body))
  } else {
    self.postMessage(frame({ jobId, attempt, outcome }, ""))
  }
}

function name(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}
