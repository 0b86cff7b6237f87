// The gateway is killed while it deletes what has expired and gives the space back: what is still owed is not touched by either.
import { join } from "node:path"
import { inLanes } from "../../bench/lanes.ts"
import { CHAT } from "../harness.ts"
import { openDatabase } from "../opendatabase.ts"
import { makeRandom } from "./plan.ts"
import { progress, type Section } from "./report.ts"
import { openSite, type Run } from "./site.ts"

const ROUNDS = 8
/** Jobs that expire a second after their end, and leave so much space each. */
const PASSING_JOBS = 60
const PASSING_CHARS = 300_000
const PASSING_LANES = 4
/** Above the numbers of the jobs that are followed. */
const PASSING_NUMBER = 1e9
const WAIT_MS_MAX = 6000
/** Giving back goes on for about this long, in steps of 20 ms. */
const SHRINK_MS = 400

export async function tortureByCompactions(run: Run): Promise<Section[]> {
  const random = makeRandom(run.seed)
  const directory = join(run.stage, "compaction")
  const path = join(directory, "asyncgate.db")
  const mix = { seed: run.seed, hasFaults: false, hasActs: true, length: 200, callMs: 50 }
  const site = await openSite(run, { directory, mix, unendedMax: 100 })
  let reached = 0
  for (let round = 0; round < ROUNDS; round++) {
    progress(`compaction: ${round + 1} of ${ROUNDS}`)
    const { facts } = await site.start()
    site.load.submitting(true)
    const url = (await facts)?.url ?? ""
    await inLanes(PASSING_LANES, PASSING_JOBS, (index) => submitPassing(url, round * PASSING_JOBS + index))
    // The first kills come while rows are deleted, the others while pages are given back.
    const most = countPages(path)
    const isShrinking = await site.until(() => countPages(path) < most || countFreePages(path) > 0, WAIT_MS_MAX)
    if (isShrinking !== null) reached++
    await Bun.sleep(random() * SHRINK_MS)
    await site.kill()
  }
  progress("")
  const last = await site.start()
  const { endedAfterMs, verdict } = await site.finish(last.startedAt)
  const figures = {
    kills: site.kills.length,
    "of them while space was given back": reached,
    "last start until the last end": endedAfterMs === null ? "NEVER" : `${endedAfterMs} ms`,
  }
  return [{ name: "compaction", figures, verdict }]
}

async function submitPassing(url: string, index: number): Promise<void> {
  const job = PASSING_NUMBER + index
  const content = "x".repeat(PASSING_CHARS)
  await fetch(url + CHAT, {
    method: "POST",
    keepalive: false,
    headers: { "content-type": "application/json", "x-bf-async-job-result-ttl": "1" },
    body: JSON.stringify({
      model: "up/plain",
      torture: { job, faults: [], ms: 10 },
      messages: [{ role: "user", content }],
    }),
  }).then((response) => response.text())
}

function countPages(path: string): number {
  return ask(path, "PRAGMA page_count")
}

function countFreePages(path: string): number {
  return ask(path, "PRAGMA freelist_count")
}

function ask(path: string, sql: string): number {
  const database = openDatabase(path, { readonly: true })
  const [value] = Object.values(database.query<Record<string, number>, []>(sql).get() ?? {})
  database.close()
  return value ?? 0
}
