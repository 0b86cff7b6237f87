// What a drill says: a line for each round, and a table of the faults at the end.

export interface Outcome {
  fault: string
  round: number
  /** Whether the database was away. */
  isOutage: boolean
  /** Whether somebody must have been refused. */
  isRefusing: boolean
  /** How long the fault lasted, up to the point where all was whole again. */
  lastedMs: number
  submits: number
  accepted: number
  /** Accepted, but without a stored end, or not found. */
  lost: number
  /** Accepted, and ended without a result. */
  failed: number
  refused: number
  /** Answered with an error, but in the database. */
  refusedAndStored: number
  /** Submits of which nobody knows whether they are stored, and those that are. */
  unknown: number
  unknownAndStored: number
  /** Jobs more than submits. */
  storedTwice: number
  /** Calls more than jobs, and how many calls were out when the fault happened. */
  calledTwice: number
  out: number
  silenceMs: number
  /** Within what time half of the accepted submits were answered, and 99 of a hundred. */
  halfMs: number
  mostMs: number
  /** How late the load was at worst. */
  latestMs: number
  /** What the submits were told that were not accepted -> how often. */
  reasons: Record<string, number>
}

/** Somebody is answered within this time while the database is there, or when it is back. */
const SILENCE_MS_MAX = 5000

/** The bars that a round missed, in words. */
export function findMissed(outcome: Outcome): string[] {
  const { lost, refusedAndStored, calledTwice, out, silenceMs, isOutage, lastedMs, accepted } = outcome
  const missed: string[] = []
  if (accepted === 0) missed.push("nothing was accepted")
  if (lost > 0) missed.push("lost")
  if (refusedAndStored > 0) missed.push("refused and stored")
  if (calledTwice > out) missed.push("called twice")
  if (silenceMs > SILENCE_MS_MAX + (isOutage ? lastedMs : 0)) missed.push("silence")
  if (outcome.isRefusing && outcome.refused === 0) missed.push("nothing was refused")
  return missed
}

export function readLine(outcome: Outcome): string {
  const { fault, round, submits, accepted, lost, failed, refused, refusedAndStored, storedTwice } = outcome
  const missed = findMissed(outcome)
  const parts = [
    `${fault} ${round}: ${submits} submits, ${accepted} accepted, ${lost} lost`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    `${refused} refused, ${refusedAndStored} of them stored`,
    `${outcome.unknown} unknown, ${outcome.unknownAndStored} of them stored`,
    ...(storedTwice > 0 ? [`${storedTwice} stored twice`] : []),
    `${outcome.calledTwice} called twice, ${outcome.out} were out`,
    `longest silence ${readSilence(outcome)} ms`,
    `accepted within ${Math.round(outcome.halfMs)} ms, 99 of 100 within ${Math.round(outcome.mostMs)} ms`,
    `load late by at most ${Math.round(outcome.latestMs)} ms`,
  ]
  const reasons = Object.entries(outcome.reasons).map(([reason, times]) => `  ${times} ${reason}\n`)
  const verdict = missed.length > 0 ? `  MISSED: ${missed.join(", ")}\n` : ""
  return `${parts.join("; ")}\n${reasons.join("")}${verdict}`
}

function readSilence({ isOutage, silenceMs, lastedMs }: Outcome): string {
  return isOutage ? `${Math.round(silenceMs)} (away ${Math.round(lastedMs)})` : `${Math.round(silenceMs)}`
}

export function readTable(outcomes: readonly Outcome[]): string {
  const head = ["fault", "rounds", "accepted", "lost", "refused and stored", "unknown"]
  const rows = [...Map.groupBy(outcomes, ({ fault }) => fault)].map(([fault, rounds]) => {
    const sum = (read: (outcome: Outcome) => number) => String(rounds.reduce((total, each) => total + read(each), 0))
    const silent = rounds.reduce((longest, each) => (each.silenceMs > longest.silenceMs ? each : longest))
    return [
      ...[fault, String(rounds.length), sum(({ accepted }) => accepted), sum(({ lost }) => lost)],
      ...[sum(({ refusedAndStored }) => refusedAndStored), sum(({ unknown }) => unknown)],
      `${sum(({ calledTwice }) => calledTwice)} / ${Math.max(...rounds.map(({ out }) => out))}`,
      readSilence(silent),
    ]
  })
  const table = [[...head, "called twice / most that were out", "longest silence ms"], ...rows]
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  return table.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}\n`).join("")
}
