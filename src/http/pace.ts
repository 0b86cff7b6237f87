// How long a model's jobs have lately taken, so that a client that waits is told when it is worth asking again.
import type { JobRow } from "../jobs/sqlite/reads.ts"

/** The weight of the newest job. */
const WEIGHT = 0.2
const MODELS_MAX = 1000
/** A longer name is nothing that many jobs have. */
const NAME_CHARS_MAX = 1024
const MS_MIN = 50
const MS_MAX = 60_000
/** Said of a model that nothing is known of yet. */
const UNKNOWN_MS = 1000

export type Pace = ReturnType<typeof createPace>

export function createPace() {
  /** `provider/model` -> milliseconds from submit to end; the longest unused first. */
  const lately = new Map<string, number>()
  let learned = ""

  return {
    /** A job of this model has been seen ended. One that is polled time after time counts once. */
    learn({ id, provider, model, createdAt, completedAt }: JobRow): void {
      if (completedAt === null || id === learned) return
      learned = id
      const name = `${provider}/${model}`
      if (name.length > NAME_CHARS_MAX) return
      const took = completedAt - createdAt
      const before = lately.get(name) ?? took
      lately.delete(name)
      lately.set(name, before + (took - before) * WEIGHT)
      if (lately.size > MODELS_MAX) lately.delete(lately.keys().next().value ?? "")
    },

    /** Milliseconds until the job may well have ended: what is left of the usual, or half as long again as it has waited. */
    afterMs({ provider, model, createdAt }: Pick<JobRow, "provider" | "model" | "createdAt">, now: number): number {
      const usual = lately.get(`${provider}/${model}`)
      const waited = Math.max(0, now - createdAt)
      const left = usual === undefined ? UNKNOWN_MS : usual > waited ? usual - waited : waited / 2
      return Math.round(Math.min(Math.max(left, MS_MIN), MS_MAX))
    },
  }
}

/** Into the headers of a 202: whole seconds for everybody, milliseconds for those who know OpenAI's header. */
export function setPace(headers: Record<string, string>, afterMs: number): void {
  headers["retry-after"] = String(Math.max(1, Math.ceil(afterMs / 1000)))
  headers["openai-poll-after-ms"] = String(afterMs)
}
