// The thread of a provider worker: it receives calls, performs them and answers with outcomes. It knows no jobs, no database and no retry policy.
import type { Call } from "./call.ts"
import { steadyNow, systemClock } from "./clock.ts"
import { createEventLogger, type EventLog, type EventLogger } from "./engine/threads/eventlogger.ts"
import {
  type FromWorker,
  frame,
  NO_ALLOWANCES,
  type OutcomeHeader,
  type ToWorker,
  unframe,
} from "./engine/threads/protocol.ts"
import { createStreamWriter, type StreamWriter } from "./engine/threads/streamwriter.ts"
import type { TurnWriter } from "./engine/threads/turnwriter.ts"
import { openLog } from "./log.ts"
import { collectOnceSettled } from "./process/garbage.ts"
import type { CallContext } from "./providers/adapter.ts"
import { type CallMemory, createMemory, type Memory } from "./providers/answermemory.ts"
import type { perform } from "./providers/perform.ts"
import type { ProviderSettings } from "./providers/provider.ts"

declare const self: Worker

interface Running {
  abort: AbortController
  /** Receives the piece of the form that was requested last. */
  onPiece: (bytes: Uint8Array<ArrayBuffer> | null) => void
  eventLog?: EventLog
}

let providers: Map<string, ProviderSettings>
/** Loaded with the first call: a thread without calls needs 5 MB less, and the start of the others is not delayed. */
let performing: Promise<{ perform: typeof perform }> | undefined
const running = new Map<string, Running>()
/** Limits the memory that answers take, and the answers that are not stored yet. */
let memory: Memory
let streams: StreamWriter | undefined
let logger: EventLogger | undefined
const counted = new Map<string, CallMemory>()

self.onmessage = (event: MessageEvent<ToWorker>) => {
  const message = event.data
  if (typeof message === "string") {
    const { header: call, body } = unframe<Call>(message)
    if (call.body !== null) call.body = body
    void run(call)
    return
  }
  switch (message.kind) {
    case "start": {
      collectOnceSettled(systemClock)
      providers = new Map(message.providers.map((provider) => [provider.name, provider]))
      memory = createMemory(message.answerBytesMax, systemClock, (isFull) => send({ kind: "full", isFull }))
      if (message.port) streams = createStreamWriter(message.port)
      const log = openLog(message.log)
      // An unhandled rejection must not end the other calls of this thread. The call that it belongs to ends with its timeout.
      process.on("unhandledRejection", (error) =>
        log.error("unhandled rejection in a provider worker", {
          error: error instanceof Error ? error.name : typeof error,
        }),
      )
      return
    }
    case "piece":
      running.get(makeId(message))?.onPiece(message.bytes)
      return
    case "abort":
      running.get(makeId(message))?.abort.abort()
      return
    case "logged":
      for (const stored of message.stored) running.get(makeId(stored))?.eventLog?.stored(stored.chars)
      return
    case "stored":
      counted.get(makeId(message))?.release()
      counted.delete(makeId(message))
  }
}

async function run(call: Call): Promise<void> {
  const { jobId, attempt } = call
  const id = makeId(call)
  const current: Running = { abort: new AbortController(), onPiece: () => {} }
  running.set(id, current)
  const pieceAt: CallContext["pieceAt"] = (seq) =>
    new Promise((resolve) => {
      current.onPiece = resolve
      send({ kind: "pull", jobId, attempt, seq })
    })
  const own = memory.open(current.abort.signal)
  const stream = call.reader === "stream" ? streams?.open(jobId, attempt, current.abort.signal) : undefined
  const eventLog = call.extras.isLogged ? openLogger().open(call, current.abort.signal) : undefined
  if (eventLog !== undefined) current.eventLog = eventLog
  const turn = call.extras.conversation && (await openTurn(call))
  // What the end of the process has cut off is asked for again as the stream that it was: what is stored must not depend on its reader.
  const pass = (stream ?? eventLog)?.emit ?? (call.extras.asksForStream ? () => undefined : undefined)
  const emit = turn && pass ? (events: string) => pass(turn.inEvents(events)) : pass
  // They are headers of the response: a stream's begins with its first piece, and any other waits for the whole answer.
  let allowances = NO_ALLOWANCES
  const noteAllowances = (given: Record<string, string>) => {
    allowances = JSON.stringify(given)
    if (stream) streams?.sendAllowances(jobId, allowances)
  }
  // Another attempt may have another key: what the first was told is not said of its answer.
  const isShown = call.reader !== undefined && attempt === 1
  if (call.reader !== undefined && attempt > 1) streams?.sendAllowances(jobId, NO_ALLOWANCES)
  const world = {
    fetch,
    clock: systemClock,
    pieceAt,
    memory: own,
    emit,
    mayBeginAnew: eventLog !== undefined,
    keepState: eventLog?.keepState,
    noteAllowances: isShown ? noteAllowances : undefined,
  }
  performing ??= import("./providers/perform.ts")
  const { perform } = await performing
  const sentAt = steadyNow()
  const performed = await perform(call, providers.get(call.provider), world, current.abort)
  const answered = eventLog === undefined ? performed : await eventLog.end(performed)
  const outcome = turn?.end(answered) ?? answered
  stream?.close()
  running.delete(id)
  const isAborted = current.abort.signal.aborted
  const isSent =
    call.reader === "answer" && !isAborted && streams?.sendWhole(jobId, outcome, steadyNow() - sentAt, allowances)
  if (!isSent && !stream && allowances !== NO_ALLOWANCES) streams?.sendAllowances(jobId, allowances)
  const isCounted = own.bytes() > 0 && "body" in outcome
  if (isCounted) {
    counted.set(id, own)
    own.send()
  } else own.release()
  answer({ jobId, attempt, outcome, ...(isCounted ? { isCounted } : {}) })
}

/** Loaded with the first turn of a conversation. */
async function openTurn(call: Call): Promise<TurnWriter> {
  return (await import("./engine/threads/turnwriter.ts")).openTurn(call)
}

function openLogger(): EventLogger {
  logger ??= createEventLogger(systemClock, (groups) => send({ kind: "events", groups }))
  return logger
}

/** Sends the outcome's body and content beside its header, so that they are not copied. */
function answer(header: OutcomeHeader): void {
  const { outcome } = header
  const body = "body" in outcome ? outcome.body : ""
  if ("body" in outcome) outcome.body = ""
  if (outcome.kind !== "answered" || outcome.content === undefined) {
    send(frame(header, body))
    return
  }
  const { type: contentType, bytes: held } = outcome.content
  delete outcome.content
  const bytes = new Uint8Array(held)
  const text = frame({ ...header, contentType } satisfies OutcomeHeader, body)
  self.postMessage({ kind: "content", frame: text, bytes } satisfies FromWorker, [bytes.buffer])
}

function send(message: FromWorker): void {
  self.postMessage(message)
}

function makeId({ jobId, attempt }: { jobId: string; attempt: number }): string {
  return `${jobId} ${attempt}`
}
