// Calls on the data directory's files fail for a while under load: nothing more is accepted, nothing accepted is lost, no provider is
// asked twice, and service resumes by itself.
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import type { Section } from "./report.ts"
import { compileShim, type DiskCall, type DiskError, type Shim, steer } from "./shim.ts"
import { openSite, type Run, type Site } from "./site.ts"

const faults: [DiskCall, DiskError][] = [
  ["sync", "EIO"],
  ["sync", "ENOSPC"],
  ["sync", "EROFS"],
  ["write", "EIO"],
  ["write", "ENOSPC"],
  ["write", "EROFS"],
  // Hit only where the log is cut: perhaps never in a run.
  ["truncate", "EIO"],
]

const CALM_MS = 500
const TROUBLE_MS = 1200
/** With more than these to end the clients submit less: a fault meets them at full pace. */
const UNENDED_MAX = 500
/** How long a gateway may take to notice, and to notice that it is over. */
const NOTICE_MS_MAX = 5000

/** Once through all faults; then again, with a kill in the middle of each. */
export async function tortureByFailingDisk(run: Run): Promise<Section[]> {
  const compiled = compileShim(run.stage)
  if ("reason" in compiled) return [{ name: "faults", skipped: compiled.reason }]
  return [
    await failInTurn(run, compiled.library, "faults"),
    await failInTurn(run, compiled.library, "faults and kills"),
  ]
}

async function failInTurn(run: Run, library: string, name: "faults" | "faults and kills"): Promise<Section> {
  const directory = join(run.stage, name.replaceAll(" ", "-"))
  mkdirSync(directory)
  const shim = steer(library, directory)
  const mix = { seed: run.seed, hasFaults: false, hasActs: true, length: 1000, callMs: 50 }
  const site = await openSite(run, { directory, mix, launch: { env: shim.env } })
  const { load } = site
  await site.start()
  load.submitting(true)
  await Bun.sleep(CALM_MS)
  if (shim.syncs() === 0) {
    await site.finish(Date.now())
    return { name, skipped: "the binary does not call this system's C library for its syncs" }
  }
  const figures: Record<string, string | number> = {}
  for (const [call, error] of faults) {
    figures[`${call} fails with ${error}`] = await failOnce(site, shim, call, error, name === "faults and kills")
  }
  load.submitting(false)
  const { endedAfterMs, verdict } = await site.finish(Date.now())
  figures["last submit until the last end"] = endedAfterMs === null ? "NEVER" : `${endedAfterMs} ms`
  return { name, figures, verdict }
}

async function failOnce(
  { ledger, ...site }: Site,
  shim: Shim,
  call: DiskCall,
  error: DiskError,
  hasKill: boolean,
): Promise<string> {
  await site.until(() => ledger.unended() < UNENDED_MAX, NOTICE_MS_MAX)
  const refused = () => ledger.entries.filter(({ isRefused }) => isRefused).length
  const failedBefore = shim.failed()
  const refusedBefore = refused()
  const failingSince = Date.now()
  shim.fail(call, error)
  const refusedAfterMs = await site.until(() => refused() > refusedBefore, call === "truncate" ? 0 : NOTICE_MS_MAX)
  if (refusedAfterMs === null && call !== "truncate")
    ledger.problem("refused nothing", `while ${call} fails with ${error}`)
  await Bun.sleep(TROUBLE_MS)
  if (hasKill) await site.kill(failingSince)
  const accepted = ledger.accepted()
  shim.fail(call, null)
  if (hasKill) await site.start()
  const resumedAfterMs = await site.until(() => ledger.accepted() > accepted, NOTICE_MS_MAX)
  if (resumedAfterMs === null) ledger.problem("did not resume by itself", `after ${call} had failed with ${error}`)
  await Bun.sleep(CALM_MS)
  return `${shim.failed() - failedBefore} times; ${refused() - refusedBefore} submits refused; resumed after ${resumedAfterMs ?? "NEVER"} ms`
}
