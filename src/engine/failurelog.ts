// Writes jobs that have failed to the log: each in one line, and of many in one second the rest in one line together.
// What a caller sent is nobody else's business, and a provider's complaint can repeat it: such words are left out.
import type { Clock } from "../clock.ts"
import type { WireError } from "../errors.ts"
import { type Answer, ask } from "../jobs/answer.ts"
import type { Claimed } from "../jobs/job.ts"
import type { Log } from "../log.ts"
import { hideQuotes } from "./quotes.ts"

/** So many in one second have a line of their own: a line costs as much as storing a job. */
const LINES_MAX = 10
const SECOND_MS = 1000
const MESSAGE_CHARS_MAX = 300
const CODE_CHARS_MAX = 64
/** How many kinds of failures the line for the rest tells apart. */
const KINDS_MAX = 20

export interface Failure {
  job: Claimed
  error: WireError
}

export type FailureLog = ReturnType<typeof createFailureLog>

/** @param readRequest what the caller sent, as text; null: too much to look through, or not to be had */
export function createFailureLog(log: Log, clock: Clock, readRequest: (job: Claimed) => Answer<string | null>) {
  let secondEndsAt = 0
  let lines = 0
  /** `provider code` -> how many had no line. */
  const rest = new Map<string, number>()

  function flush(isEnd = false): void {
    const now = clock.now()
    if (now < secondEndsAt && !isEnd) return
    secondEndsAt = now + SECOND_MS
    lines = 0
    if (rest.size === 0) return
    const jobs = [...rest.values()].reduce((sum, count) => sum + count, 0)
    log.info("more jobs failed, in one second", { jobs, by: Object.fromEntries(rest) })
    rest.clear()
  }

  function reportOne({ job, error }: Failure): void {
    const { provider, model_requested: model } = error.extra_fields
    const what = (error.error.code ?? error.error.type ?? error.type)?.slice(0, CODE_CHARS_MAX) ?? null
    flush()
    if (lines >= LINES_MAX) {
      const reported = `${provider} ${what ?? error.status_code}`
      // A provider can have a code of its own for each job.
      const kind = rest.has(reported) || rest.size < KINDS_MAX ? reported : "others"
      rest.set(kind, (rest.get(kind) ?? 0) + 1)
      return
    }
    lines++
    const message = error.error.message.slice(0, MESSAGE_CHARS_MAX)
    const write = (words: string) =>
      log.info("job failed", {
        job: job.id,
        provider,
        model,
        type: job.requestType,
        status: error.status_code,
        code: what,
        attempts: job.attempt,
        message: words,
      })
    if (!quotesProvider(error)) write(message)
    else {
      const writeWithout = (request: string | null) => write(hideQuotes(message, request))
      ask(
        () => readRequest(job),
        writeWithout,
        // A store that cannot be read now is no reason to say nothing.
        () => writeWithout(null),
      )
    }
  }

  return {
    /** What has come to disk. */
    report(failures: readonly Failure[]): void {
      for (const failure of failures) reportOne(failure)
    },

    /** Once a second, and at the end of the process. */
    flush,
  }
}

/** Failures of our own whose message repeats what the provider said. */
const repeating = ["upstream_credentials_exhausted", "unreadable_response"]

/** Whether the message has words of the provider. A refusal of its own has no type beside its own. */
function quotesProvider({ type, error }: WireError): boolean {
  return type === undefined || repeating.includes(error.code ?? "")
}
