// Writes a log line for each failed job; beyond ten in one second, the others share one line.
// Prompts must not appear in the log, and a provider's error message can quote them: such quotations are left out.
import type { Clock } from "../clock.ts"
import type { WireError } from "../errors.ts"
import { type Answer, ask } from "../jobs/answer.ts"
import type { Claimed } from "../jobs/job.ts"
import type { Log } from "../log.ts"
import { hideQuotes } from "./quotes.ts"

/** How many failures of one second have lines of their own. Writing a line costs as much as storing a job. */
const LINES_MAX = 10
const SECOND_MS = 1000
const MESSAGE_CHARS_MAX = 300
const CODE_CHARS_MAX = 64
/** How many kinds of failures the shared line distinguishes. */
const KINDS_MAX = 20

export interface Failure {
  job: Claimed
  error: WireError
}

export type FailureLog = ReturnType<typeof createFailureLog>

/** @param readRequest the request as text; null where it is too long to be searched, or cannot be read */
export function createFailureLog(log: Log, clock: Clock, readRequest: (job: Claimed) => Answer<string | null>) {
  let secondEndsAt = 0
  let lines = 0
  /** `provider code` -> how many failures had no line of their own. */
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
      // Bounded, because a provider's error codes may be different for each job.
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
        // Where the store cannot be read now, the line is written without the provider's words.
        () => writeWithout(null),
      )
    }
  }

  return {
    /** Reports failures that are on disk. */
    report(failures: readonly Failure[]): void {
      for (const failure of failures) reportOne(failure)
    },

    /** Writes the shared line. Called once a second and at the end of the process. */
    flush,
  }
}

/** The gateway's own error codes whose message contains words of the provider. */
const repeating = ["upstream_credentials_exhausted", "unreadable_response"]

/** Whether the message contains words of the provider. A provider's own error has no `type` of the gateway. */
function quotesProvider({ type, error }: WireError): boolean {
  return type === undefined || repeating.includes(error.code ?? "")
}
