// What the clients of a run know: every job they sent, what they were told of it, and every answer that contradicts an earlier one.
import { answerTo, contentOf, type Plan } from "./plan.ts"

/** How a job ended, as the gateway first said. */
export interface End {
  status: "completed" | "failed" | "cancelled"
  /** Of a failure: `<status_code> <code or type>`. */
  code: string
  completedAt: string
  /** When the client had the answer, epoch milliseconds. */
  knownAt: number
}

export interface Entry {
  plan: Plan
  /** Null until it is accepted. */
  id: string | null
  /** A submit of it was cut off: whether it was accepted is not known. */
  isDoubtful: boolean
  isRefused: boolean
  end: End | null
  /** When a delete was acknowledged, epoch milliseconds. */
  removedAt: number | null
  /** A delete of it was sent, and perhaps done. */
  isRemoving: boolean
  /** The gateway said that there is no such job, and nobody had deleted it. */
  isLost: boolean
  /** When its first submit went out, epoch milliseconds. */
  sentAt: number
  /** How many polls it has had. */
  polls: number
}

/** The members of a job object that the clients look at. */
export interface WireJob {
  id: string
  status: string
  completed_at?: string
  status_code?: number
  result?: { choices?: { message: { content: string } }[]; text?: string }
  error?: { type?: string; error: { type?: string; code?: string; message?: string } }
}

/** Of each kind of contradiction so many are kept in words; all are counted. */
export const EXAMPLES_MAX = 5

export type Ledger = ReturnType<typeof createLedger>

export function createLedger() {
  const entries: Entry[] = []
  const problems = new Map<string, { count: number; examples: string[] }>()
  const refusals = new Map<string, number>()
  let accepted = 0
  let unended = 0

  function problem(kind: string, example: string): void {
    const known = problems.get(kind) ?? { count: 0, examples: [] }
    known.count++
    if (known.examples.length < EXAMPLES_MAX) known.examples.push(example)
    problems.set(kind, known)
  }

  function end(entry: Entry, found: End): void {
    if (entry.end === null) {
      if (!isOver(entry)) unended--
      entry.end = found
    } else if (entry.end.status !== found.status || entry.end.completedAt !== found.completedAt) {
      problem("changed its end", `${name(entry)}: ${words(entry.end)}, later ${words(found)}`)
    }
  }

  return {
    entries,
    /** What must not be: kind -> how often, and a few of them. */
    problems,
    /** `<status> <code>: <message>` -> how often. */
    refusals,
    problem,
    /** How many were acknowledged with a 202. */
    accepted: () => accepted,
    /** How many of those have not been seen to end. */
    unended: () => unended,

    open(plan: Plan): Entry {
      const entry: Entry = {
        plan,
        id: null,
        isDoubtful: false,
        isRefused: false,
        end: null,
        removedAt: null,
        isRemoving: false,
        isLost: false,
        sentAt: Date.now(),
        polls: 0,
      }
      entries.push(entry)
      return entry
    },

    accept(entry: Entry, id: string): void {
      if (entry.id === null) {
        entry.id = id
        accepted++
        unended++
      } else if (entry.id !== id) {
        problem("one Idempotency-Key, two jobs", `${name(entry)} and ${id}`)
      }
    },

    /** The client was told of its end before this ledger was opened. */
    restore(entry: Entry, known: End): void {
      end(entry, known)
    },

    refuse(entry: Entry, status: number, { code = "", message = "" }: { code?: string; message?: string }): void {
      entry.isRefused = true
      const line = `${status} ${code}: ${message}`
      refusals.set(line, (refusals.get(line) ?? 0) + 1)
      if (code === "" || message === "") problem("refused without a reason", `${name(entry)}: ${line}`)
    },

    /** The client was told of the job's end. */
    learn(entry: Entry, job: WireJob): void {
      if (job.id !== entry.id) problem("wrong job", `${name(entry)} was asked for, ${job.id} came`)
      const { completed_at: completedAt, status } = job
      if (completedAt === undefined) {
        problem("ended without a time", `${name(entry)}: ${JSON.stringify(job).slice(0, 200)}`)
        return
      }
      const knownAt = Date.now()
      if (status === "completed") {
        const wanted = answerTo(entry.plan.number, contentOf(entry.plan))
        const found = job.result?.text ?? job.result?.choices?.[0]?.message.content
        if (found !== wanted) problem("wrong result", `${name(entry)}: ${found} instead of ${wanted}`)
        if (entry.plan.ends !== "completed") problem("completed, though its provider always fails", name(entry))
        end(entry, { status, code: "", completedAt, knownAt })
        return
      }
      const code = `${job.status_code} ${job.error?.error.code ?? job.error?.type ?? "without a code"}`
      const isCancelled = job.status_code === 499
      if (isCancelled && entry.plan.act !== "cancel") problem("cancelled by nobody", name(entry))
      end(entry, { status: isCancelled ? "cancelled" : "failed", code, completedAt, knownAt })
    },

    remove(entry: Entry): void {
      if (!isOver(entry)) unended--
      entry.removedAt ??= Date.now()
    },

    lose(entry: Entry): void {
      if (entry.isLost) return
      problem("LOST", name(entry))
      if (!isOver(entry)) unended--
      entry.isLost = true
    },
  }
}

/** Nothing more is to be heard of it. */
export function isOver({ end, removedAt, isLost }: Entry): boolean {
  return end !== null || removedAt !== null || isLost
}

export function name({ plan, id }: Entry): string {
  return `job ${plan.number} (${id})`
}

function words({ status, code, completedAt }: End): string {
  return `${status} ${code} at ${completedAt}`
}
