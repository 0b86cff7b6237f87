// The disk is full for a while under load: nothing more is accepted, everything accepted ends, and service resumes by itself.
import { join } from "node:path"
import type { Ledger } from "./ledger.ts"
import type { Section } from "./report.ts"
import { openRoom, type Room } from "./room.ts"
import { openSite, type Run, type Site } from "./site.ts"

const ROOM_MB = 128
const MIB = 1024 * 1024
const MEGABYTE = 1_000_000
const CALM_MS = 1500
/** What the provider does in about two seconds: there is a queue when the disk fills up. */
const UNENDED_MAX = 1000
const TROUBLE_MS = 2000
/** How long a gateway may take to notice, and to notice that it is over. */
const NOTICE_MS_MAX = 10_000

/** `disk_reserve_mb`: none, so that the disk is truly full; some; and what a configuration without it means. */
const reserves: Record<string, { mb: number | null; reserveBytes: number }> = {
  "disk full": { mb: 0, reserveBytes: 0 },
  "disk at its mark": { mb: 24, reserveBytes: 24_000_000 },
  "disk at the usual mark": { mb: null, reserveBytes: 0.05 * ROOM_MB * MIB },
}

export async function tortureByFullDisk(run: Run): Promise<Section[]> {
  const sections: Section[] = []
  for (const name of Object.keys(reserves)) {
    const room = openRoom(join(run.stage, name.replaceAll(" ", "-")), ROOM_MB)
    if ("reason" in room) return [{ name: "disk", skipped: room.reason }]
    // Before the stage is removed: a mounted directory cannot be.
    process.prependOnceListener("exit", room.close)
    sections.push(await fillUp(run, room, name))
    room.close()
  }
  return sections
}

async function fillUp(run: Run, room: Room, name: string): Promise<Section> {
  const { mb, reserveBytes } = reserves[name] as (typeof reserves)[string]
  const mix = { seed: run.seed, hasFaults: false, hasActs: true, length: 20_000, callMs: 200 }
  const client = mb === null ? {} : { disk_reserve_mb: mb }
  const site = await openSite(run, { directory: join(room.path, "data"), mix, client, unendedMax: UNENDED_MAX })
  const { ledger, load } = site
  await site.start()
  load.submitting(true)
  await Bun.sleep(CALM_MS)
  const figures: Record<string, string | number> = {}

  const fullAt = Date.now()
  room.fill(Math.max(0, reserveBytes - MEGABYTE))
  figures["full until the first refusal"] = noted(
    ledger,
    "a full disk refused nothing",
    await site.until(() => ledger.refusals.size > 0, NOTICE_MS_MAX),
  )
  if (reserveBytes > 0) {
    figures["first refusal until all accepted ended"] = noted(
      ledger,
      "the reserve does not let accepted jobs end",
      await site.until(() => ledger.unended() === 0, NOTICE_MS_MAX),
    )
    const left = room.freeBytes()
    figures["free when they had"] = `${(left / MEGABYTE).toFixed(1)} MB of ${(reserveBytes / MEGABYTE).toFixed(1)} MB`
    if (left < reserveBytes / 2)
      ledger.problem("new work took the reserve", `${figures["free when they had"]} are left`)
  }
  await Bun.sleep(TROUBLE_MS)
  if (reserveBytes === 0) figures["killed and started on a full disk"] = await startAgain(site, fullAt)

  const before = ledger.accepted()
  const freedAt = Date.now()
  room.empty()
  if (figures["killed and started on a full disk"] === "refused to start") await site.start()
  figures["space until the next acceptance"] = noted(
    ledger,
    "did not resume by itself",
    await site.until(() => ledger.accepted() > before, NOTICE_MS_MAX),
  )
  await Bun.sleep(CALM_MS)
  load.submitting(false)
  const { endedAfterMs, verdict } = await site.finish(Date.now())
  figures["last submit until the last end"] = endedAfterMs === null ? "NEVER" : `${endedAfterMs} ms`
  figures["full for"] = `${freedAt - fullAt} ms`
  return { name, figures, verdict }
}

/** A gateway that dies while the disk is full may refuse to start, if it says why. */
async function startAgain(site: Site, fullAt: number): Promise<string> {
  await site.kill(fullAt)
  if ((await site.tryStart()) !== null) return "started"
  if (!/full|space/i.test(site.lastWords())) site.ledger.problem("did not say why it does not start", site.lastWords())
  return "refused to start"
}

function noted(ledger: Ledger, kind: string, ms: number | null): string {
  if (ms === null) ledger.problem(kind, `within ${NOTICE_MS_MAX} ms`)
  return ms === null ? "NEVER" : `${ms} ms`
}
