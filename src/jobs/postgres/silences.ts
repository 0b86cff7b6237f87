// How long other gateways have not renewed their rows, as seen from here. Their times in the rows would not do: a commit that has to
// wait, for a disk or a standby of the database, shows an old time when it is done, and its gateway has been well all the while.

/** Between two looks that lie further apart, rows may have been renewed without being seen, or could not be. */
const GAP_MS_MAX = 2000

/** @param steady milliseconds by a clock that is never set */
export function createSilences(steady: () => number) {
  const rows = new Map<string, { seenAt: number; since: number }>()
  let lookedAt = Number.NEGATIVE_INFINITY

  return {
    /** Takes all rows as they are now. */
    saw(found: readonly { id: string; seenAt: number }[]): void {
      const now = steady()
      if (now - lookedAt > GAP_MS_MAX) rows.clear()
      lookedAt = now
      const ids = new Set(found.map(({ id }) => id))
      for (const id of rows.keys()) if (!ids.has(id)) rows.delete(id)
      for (const { id, seenAt } of found) {
        if (rows.get(id)?.seenAt !== seenAt) rows.set(id, { seenAt, since: now })
      }
    },

    /** Milliseconds; 0 for a row that is not known. */
    of(id: string): number {
      const row = rows.get(id)
      return row === undefined ? 0 : steady() - row.since
    },
  }
}
