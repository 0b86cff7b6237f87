// The gateway is killed at random moments under load and started again on the same directory and port, until every job has ended.
import { join } from "node:path"
import { makeRandom } from "./plan.ts"
import { progress, type Section } from "./report.ts"
import { openSite, type Run } from "./site.ts"

export interface KillOptions {
  rounds: number
  /** How many jobs to accept. */
  jobs: number
}

/** One kill in so many comes while the gateway starts. */
const EARLY_EVERY = 10
const EARLY_MS_MAX = 150
/** A round that gets nowhere is killed after this. */
const ROUND_MS_MAX = 15_000
/** After its goal a round goes on for up to this long. */
const EXTRA_MS_MAX = 80

export async function tortureByKills(run: Run, { rounds, jobs }: KillOptions): Promise<Section[]> {
  const { seed, stage } = run
  const random = makeRandom(seed)
  const mix = { seed, hasFaults: true, hasActs: true, length: 200, callMs: 50 }
  const site = await openSite(run, { directory: join(stage, "kills"), mix })
  const { ledger, load } = site

  load.submitting(true)
  for (let round = 0; round < rounds; round++) {
    progress(`round ${round + 1} of ${rounds}, ${ledger.accepted()} jobs accepted`)
    if (round > 0 && random() < 1 / EARLY_EVERY) {
      site.spawn()
      await Bun.sleep(random() * EARLY_MS_MAX)
    } else {
      await site.start()
      // The last round brings what is still missing.
      const left = jobs - ledger.accepted()
      const share = round === rounds - 1 ? 1 : Math.min(1, (2 * random()) / (rounds - round))
      const goal = ledger.accepted() + share * left
      const isThere = await site.until(() => ledger.accepted() >= goal, ROUND_MS_MAX)
      if (isThere === null) ledger.problem("a round that got nowhere", `${round + 1}: ${site.lastWords()}`)
      await Bun.sleep(random() * EXTRA_MS_MAX)
    }
    await site.kill()
  }
  load.submitting(false)
  const last = await site.start()
  progress("all rounds done, waiting for the last job and asking once more for every one\n")
  const { endedAfterMs, verdict } = await site.finish(last.startedAt)
  const startsMs = site.startsMs.sort((a, b) => a - b)
  return [
    {
      name: "kills",
      figures: {
        kills: site.kills.length,
        "start, median": `${startsMs[startsMs.length >> 1]} ms`,
        "start, longest": `${startsMs.at(-1)} ms`,
        "last start until the last end": endedAfterMs === null ? "NEVER" : `${endedAfterMs} ms`,
        "memory, peak": `${site.peakMb()} MB`,
      },
      verdict,
    },
  ]
}
