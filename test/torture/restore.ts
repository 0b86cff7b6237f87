// A backup is copied over the database of a gateway that was killed, with and without the log that lay beside it, and the start after that
// is killed too. Every job of the backup ends; where the old log has spoilt the backup, the gateway says so instead of serving it.
import { join } from "node:path"
import { type Life, live } from "./lives.ts"
import { backUp, livePast, restore } from "./pasts.ts"
import type { Section } from "./report.ts"
import type { Run } from "./site.ts"

/** A backup of so many bytes and more is not looked through at every start. */
const LARGE = 1_000_000

export async function tortureByRestores(run: Run): Promise<Section[]> {
  return [
    ...(await restoreOften(run, "restore", {}, { clean: 6, stale: 6 })),
    ...(await restoreOften(run, "restore of 80 MB", { length: LARGE }, { clean: 1, stale: 3 })),
  ]
}

async function restoreOften(
  run: Run,
  name: string,
  size: { length?: number },
  rounds: { clean: number; stale: number },
): Promise<Section[]> {
  const slug = name.replaceAll(" ", "-")
  const first = await livePast(run, `before-${slug}`, size)
  const backup = join(run.stage, `${slug}-backup.db`)
  backUp(first.path, backup)
  // The life after the backup, which leaves a log that belongs to another database.
  const later = await livePast(run, `before-${slug}`, { past: first.past })
  const lives = (count: number, stale: string | null) =>
    Array.from(
      { length: count },
      (_, number): Life => ({
        name: `${slug}-${stale === null ? "clean" : "stale"}-${number}`,
        seed: run.seed + number,
        past: first.past,
        prepare: (directory) => restore(backup, directory, stale),
        mend: (directory) => restore(backup, directory, null),
        earlyShare: 0.9,
      }),
    )
  return [
    await live(run, `${name}, nothing beside it`, lives(rounds.clean, null)),
    await live(run, `${name}, the old log beside it`, lives(rounds.stale, later.path)),
  ]
}
