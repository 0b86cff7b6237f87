// Divides the changes of a turn: those of a wave are stored together, with one statement for many of a kind. Pure.
import type { Change, ChangeKind } from "../store.ts"

/** Changes that are stored together, by their kinds, each with its position in the turn. */
export type Wave = Map<ChangeKind, { at: number; change: Change }[]>

/** The kinds that a wave may have many of. Every other change is a wave of its own. */
const many: ReadonlySet<ChangeKind> = new Set<ChangeKind>([
  ...(["submit", "finish", "requeue", "await", "look", "logEvents", "deliver", "claim"] as const),
])

/**
 * The waves of a turn in their order. A change goes into the last wave unless that has a change of the same job, or one that is alone:
 * changes of different jobs do not depend on each other. Events of one job may stand together, because they are stored one by one. Claims
 * depend on all that came before, and stand behind it.
 */
export function planWaves(changes: readonly Change[]): Wave[] {
  const waves: Wave[] = []
  let wave: Wave = new Map()
  let jobs = new Map<string, ChangeKind>()
  let isOpen = false
  for (const [at, change] of changes.entries()) {
    const { kind } = change
    const job = findJob(change)
    const isThere = job !== null && jobs.has(job) && !(kind === "logEvents" && jobs.get(job) === kind)
    if (!isOpen || !many.has(kind) || isThere || (kind === "claim") !== wave.has("claim")) {
      wave = new Map()
      jobs = new Map()
      waves.push(wave)
    }
    isOpen = many.has(kind)
    if (job !== null) jobs.set(job, kind)
    const alike = wave.get(kind)
    if (alike) alike.push({ at, change })
    else wave.set(kind, [{ at, change }])
  }
  return waves
}

/** The job that a change is of; null: it is of none. */
function findJob(change: Change): string | null {
  switch (change.kind) {
    case "submit":
    case "finish":
    case "requeue":
    case "await":
    case "logEvents":
      return change.job.id
    case "look":
      return change.id
    case "deliver":
      return `${change.delivery.endpoint} ${change.delivery.jobId}`
    default:
      return null
  }
}
