// A provider worker's thread: receives calls, performs them, answers with outcomes. It knows no job, no database and no policy.
import type { Call } from "./call.ts"
import { systemClock } from "./clock.ts"
import { collectOnceSettled } from "./garbage.ts"
import { createLog } from "./log.ts"
import type { perform } from "./providers/perform.ts"
import type { ProviderSettings } from "./providers/table.ts"
import { type FromWorker, frame, type OutcomeHeader, type ToWorker, unframe } from "./run/protocol.ts"

declare const self: Worker

interface Running {
  abort: AbortController
  /** Takes the piece of the form that was asked for. */
  onPiece: (bytes: Uint8Array<ArrayBuffer> | null) => void
}

let providers: Map<string, ProviderSettings>
/** Loaded with the first call: a thread that has had none takes 5 MB less, and does not hold up the others' start. */
let performing: Promise<{ perform: typeof perform }> | undefined
const running = new Map<string, Running>()

self.onmessage = (event: MessageEvent<ToWorker>) => {
  const message = event.data
  if (typeof message === "string") {
    const { header, body } = unframe<Omit<Call, "body"> & { isForm: boolean }>(message)
    void run({ ...header, body: header.isForm ? null : body })
    return
  }
  switch (message.kind) {
    case "start": {
      collectOnceSettled(systemClock)
      providers = new Map(message.providers.map((provider) => [provider.name, provider]))
      const log = createLog({ ...message.log, now: systemClock.now })
      // A stray rejection must not take the other calls of this thread with it: its own call ends at its deadline.
      process.on("unhandledRejection", (error) =>
        log.error("unhandled rejection in a provider worker", {
          error: error instanceof Error ? error.name : typeof error,
        }),
      )
      return
    }
    case "piece":
      running.get(idOf(message))?.onPiece(message.bytes)
      return
    case "abort":
      running.get(idOf(message))?.abort.abort()
  }
}

async function run(call: Call): Promise<void> {
  const { jobId, attempt } = call
  const current: Running = { abort: new AbortController(), onPiece: () => {} }
  running.set(idOf(call), current)
  performing ??= import("./providers/perform.ts")
  const { perform } = await performing
  const outcome = await perform(call, providers.get(call.provider), {
    fetch,
    clock: systemClock,
    signal: current.abort.signal,
    pieceAt: (seq) =>
      new Promise((resolve) => {
        current.onPiece = resolve
        tell({ kind: "pull", jobId, attempt, seq })
      }),
  })
  running.delete(idOf(call))
  const header = { jobId, attempt }
  if (outcome.kind === "answered") {
    const { body, content, ...rest } = outcome
    if (content === undefined) return tell(frame({ ...header, outcome: rest } satisfies OutcomeHeader, body))
    const text = frame({ ...header, outcome: rest, contentType: content.type } satisfies OutcomeHeader, body)
    const bytes = new Uint8Array(content.bytes)
    self.postMessage({ kind: "content", frame: text, bytes } satisfies FromWorker, [bytes.buffer])
  } else if (outcome.kind === "unreadable") {
    const { body, ...rest } = outcome
    tell(frame({ ...header, outcome: rest } satisfies OutcomeHeader, body))
  } else {
    tell(frame({ ...header, outcome } satisfies OutcomeHeader, ""))
  }
}

function tell(message: FromWorker): void {
  self.postMessage(message)
}

function idOf({ jobId, attempt }: { jobId: string; attempt: number }): string {
  return `${jobId} ${attempt}`
}
