// The wall clock jumps an hour under load, and an hour back over a restart: work that is due stays due, and nothing is given up.
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { isOver } from "./ledger.ts"
import type { Section } from "./report.ts"
import { compileShim, steer } from "./shim.ts"
import { openSite, type Run } from "./site.ts"

const HOUR_MS = 3_600_000
const CALM_MS = 1500
/** What the provider does in about two seconds. */
const UNENDED_MAX = 500
const END_MS_MAX = 20_000

interface Jump {
  name: string
  byMs: number
  /** The gateway is killed before and started after it. */
  hasRestart: boolean
}

const jumps: Jump[] = [
  { name: "clock forward", byMs: HOUR_MS, hasRestart: false },
  { name: "clock back", byMs: -HOUR_MS, hasRestart: false },
  { name: "clock forward over a restart", byMs: HOUR_MS, hasRestart: true },
  { name: "clock back over a restart", byMs: -HOUR_MS, hasRestart: true },
]

export async function tortureByClock(run: Run): Promise<Section[]> {
  const compiled = compileShim(run.stage)
  if ("reason" in compiled) return [{ name: "clock", skipped: compiled.reason }]
  const sections: Section[] = []
  for (const jump of jumps) sections.push(await jumpOnce(run, compiled.library, jump))
  return sections
}

/** Calls that take long enough to be out at the jump, retries and pauses that wait across it, and jobs that queue behind them. */
async function jumpOnce(run: Run, library: string, { name, byMs, hasRestart }: Jump): Promise<Section> {
  const directory = join(run.stage, name.replaceAll(" ", "-"))
  mkdirSync(directory)
  const shim = steer(library, directory)
  const mix = { seed: run.seed, hasFaults: true, hasActs: true, length: 200, callMs: 400 }
  const site = await openSite(run, { directory, mix, launch: { env: shim.env }, unendedMax: UNENDED_MAX })
  const { ledger, load } = site
  await site.start()
  load.submitting(true)
  await Bun.sleep(CALM_MS)
  if (hasRestart) await site.kill()
  shim.setClock(byMs)
  const jumpedAt = Date.now()
  const before = ledger.entries.filter((entry) => entry.id !== null && !isOver(entry))
  if (hasRestart) {
    load.submitting(false)
    await site.start()
  } else {
    await Bun.sleep(CALM_MS)
    shim.setClock(0)
    await Bun.sleep(CALM_MS)
  }
  const isEnded = (await site.until(() => before.every(isOver), END_MS_MAX)) !== null
  const endedAfterMs = Date.now() - jumpedAt
  const { verdict } = await site.finish(jumpedAt)
  const figures = {
    "jobs without an end at the jump": before.length,
    "jump until they had all ended": isEnded ? `${endedAfterMs} ms` : "NEVER",
  }
  return { name, figures, verdict }
}
