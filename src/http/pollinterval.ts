// When it is worth asking for a job again, estimated from how long the last jobs of its model took.
import type { JobRow } from "../jobs/reads.ts"

/** The weight of the newest job. */
const WEIGHT = 0.2
const MODELS_MAX = 1000
/** A longer name is nothing that many jobs have. */
const NAME_CHARS_MAX = 1024
const MS_MIN = 50
const MS_MAX = 60_000
/** For a model that nothing is known of yet. */
const UNKNOWN_MS = 1000

export type PollInterval = ReturnType<typeof createPollInterval>

export function createPollInterval() {
  /** `provider/model` -> milliseconds from submit to end; the longest unused first. */
  const recent = new Map<string, number>()
  let learned = ""

  return {
    /** A job of this model has been seen ended. One that is polled time after time counts once. */
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

    /** Milliseconds until the job may well have ended: what is left of the usual, or half as long again as it has waited. */
    estimateMs({ provider, model, createdAt }: Pick<JobRow, "provider" | "model" | "createdAt">, now: number): number {
      const usual = recent.get(`${provider}/${model}`)
      const waited = Math.max(0, now - createdAt)
      const left = usual === undefined ? UNKNOWN_MS : usual > waited ? usual - waited : waited / 2
      return Math.round(Math.min(Math.max(left, MS_MIN), MS_MAX))
    },
  }
}
