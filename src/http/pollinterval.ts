// Estimates when a client should poll a job again, from how long the last jobs of its model took.
import type { JobRow } from "../jobs/reads.ts"

/** The weight of the newest job in the moving average. */
const WEIGHT = 0.2
const MODELS_MAX = 1000
/** Longer names are not remembered: they would take memory for models that are rarely used. */
const NAME_CHARS_MAX = 1024
const MS_MIN = 50
const MS_MAX = 60_000
/** The estimate for a model without finished jobs. */
const UNKNOWN_MS = 1000

export type PollInterval = ReturnType<typeof createPollInterval>

export function createPollInterval() {
  /** `provider/model` -> milliseconds from submit to end; the least recently used first. */
  const recent = new Map<string, number>()
  let learned = ""

  return {
    /** Learns from a job that has ended. One that is polled several times in a row counts once. */
    learn({ id, provider, model, createdAt, completedAt }: JobRow): void {
      if (completedAt === null || id === learned) return
      learned = id
      const name = `${provider}/${model}`
      if (name.length > NAME_CHARS_MAX) return
      const took = completedAt - createdAt
      const before = recent.get(name) ?? took
      recent.delete(name)
      recent.set(name, before + (took - before) * WEIGHT)
      if (recent.size > MODELS_MAX) recent.delete(recent.keys().next().value ?? "")
    },

    /** Milliseconds until the job has probably ended: the rest of the usual time, or half of the time since its submit once that is over. */
    estimateMs({ provider, model, createdAt }: Pick<JobRow, "provider" | "model" | "createdAt">, now: number): number {
      const usual = recent.get(`${provider}/${model}`)
      const waited = Math.max(0, now - createdAt)
      const left = usual === undefined ? UNKNOWN_MS : usual > waited ? usual - waited : waited / 2
      return Math.round(Math.min(Math.max(left, MS_MIN), MS_MAX))
    },
  }
}
