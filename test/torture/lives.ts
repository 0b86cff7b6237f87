// Short lives: a gateway is started on a directory in some state, killed soon after, and started once more. What was acknowledged before
// or in between must end, whatever the kill left behind.
import { existsSync, mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { inLanes } from "../../bench/lanes.ts"
import { mergeVerdicts, type Verdict } from "./judge.ts"
import { makeRandom, pathOf, type Random } from "./plan.ts"
import { freePort, startUpstream, whenHealthy } from "./process.ts"
import { progress, type Section } from "./report.ts"
import { openSite, type Past, type Run, type Site } from "./site.ts"

/** Directories at a time: while one is slow, another is killed. */
const LANES = 2
const SECOND_MS = 1000
/** By then a start has made and changed what it will; most kills come before. */
const MAKING_MS = 150
/** One kill in so many comes at the sight of a journal: a transaction that only the next start can undo. */
const SIGHT_EVERY = 4
const SIGHT_MS_MAX = 3
const UNENDED_MAX = 30

export interface Life {
  /** Of its directory. */
  name: string
  /** What its jobs are made of. */
  seed: number
  past?: Past
  /** Puts the directory into the state it is found in. */
  prepare?: (directory: string) => void
  /** The share of kills that come in the first 150 ms; the others come in the rest of a second. */
  earlyShare: number
  /** What its user does when it refuses the directory as damaged, which it then may. */
  mend?: (directory: string) => void
}

interface Lived {
  verdict: Verdict
  hadAnswered: boolean
  wasRefused: boolean
  startMs: number | null
}

/** Lives them all; one section. */
export async function live(run: Run, section: string, lives: Life[]): Promise<Section> {
  const provider = startUpstream()
  const upstream = await provider.facts
  if (upstream === null) throw new Error("the upstream did not start")
  const random = makeRandom(run.seed)
  const lived: Lived[] = []
  await inLanes(LANES, lives.length, async (number) => {
    lived.push(await liveOnce(run, upstream, lives[number] as Life, number, random))
    progress(`${section}: ${lived.length} of ${lives.length}`)
  })
  progress("")
  await provider.kill()
  const startsMs = lived.flatMap(({ startMs }) => startMs ?? []).sort((a, b) => a - b)
  const refused = lived.filter(({ wasRefused }) => wasRefused).length
  const figures = {
    "starts killed": lived.length,
    "of them after /health had answered": lived.filter(({ hadAnswered }) => hadAnswered).length,
    "started again": `${startsMs.length} of ${lived.length}`,
    ...(refused > 0 ? { "refused as damaged, and mended": refused } : {}),
    "the second start, median": `${startsMs[startsMs.length >> 1]} ms`,
    "the second start, longest": `${startsMs.at(-1)} ms`,
  }
  return { name: section, figures, verdict: mergeVerdicts(lived.map(({ verdict }) => verdict)) }
}

async function liveOnce(
  run: Run,
  upstream: { url: string },
  life: Life,
  number: number,
  random: Random,
): Promise<Lived> {
  const directory = join(run.stage, life.name)
  mkdirSync(directory)
  life.prepare?.(directory)
  const mix = { seed: life.seed, hasFaults: false, hasActs: true, hasOwnKeys: true, length: 200, callMs: 30 }
  const port = freePort()
  const past = life.past === undefined ? {} : { past: life.past }
  const site = await openSite(run, { directory, mix, upstream, port, unendedMax: UNENDED_MAX, ...past })
  site.spawn()
  const url = `http://127.0.0.1:${port}`
  let isKilled = false
  const answered = whenHealthy(url, () => isKilled).then((isHealthy) => {
    if (isHealthy && !isKilled) site.letIn(url)
    return isHealthy
  })
  if (number % SIGHT_EVERY === 0) await waitForJournal(directory, random)
  else await Bun.sleep(pickMoment(random, life.earlyShare))
  isKilled = true
  await site.kill()
  const hadAnswered = await answered
  site.load.submitting(false)
  const again = await startAgain(site, life, directory)
  rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
  return { hadAnswered, ...again }
}

/** The start that nobody kills. */
async function startAgain(site: Site, life: Life, directory: string): Promise<Omit<Lived, "hadAnswered">> {
  const wasRefused = life.mend !== undefined && (await isDamageReported(site, life))
  if (wasRefused) life.mend?.(directory)
  const last = await site.tryStart()
  if (last === null) {
    site.ledger.problem("DOES NOT START", `${life.name}: ${site.lastWords()}`)
    return { verdict: await site.giveUp(), wasRefused, startMs: null }
  }
  const startMs = site.startsMs.at(-1) ?? null
  return { verdict: (await site.finish(last.startedAt)).verdict, wasRefused, startMs }
}

/** Starts it once for nobody: it refuses to start, or refuses to answer for the jobs that it should have. */
async function isDamageReported(site: Site, { name, past }: Life): Promise<boolean> {
  const facts = await site.spawn().facts
  if (facts === null) {
    await site.checkRefusal(name, CORRUPT)
    return true
  }
  let isReported = false
  const open = new Set(past?.entries.filter(({ end }) => end === null))
  await site.until(async () => {
    for (const entry of open) {
      const { status } = await fetch(`${facts.url}${pathOf(entry.plan)}/${entry.id}`)
      isReported ||= status === 503
      if (status === 200) open.delete(entry)
    }
    return isReported || open.size === 0
  }, REPORTED_MS_MAX)
  await site.kill()
  return isReported
}

/** How the program exits when the database is damaged. */
const CORRUPT = 5
/** Within this every job of the past ends, or somebody is told why it cannot. */
const REPORTED_MS_MAX = 5000

function pickMoment(random: Random, earlyShare: number): number {
  const isEarly = random() < earlyShare
  return isEarly ? random() * MAKING_MS : MAKING_MS + random() * (SECOND_MS - MAKING_MS)
}

/** Resolves shortly after a rollback journal is there, or after a moment without one. */
async function waitForJournal(directory: string, random: Random): Promise<void> {
  const journal = join(directory, "asyncgate.db-journal")
  const since = Date.now()
  while (!existsSync(journal) && Date.now() - since < SECOND_MS) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  const pauseMs = random() * SIGHT_MS_MAX - 1
  if (pauseMs > 0) await Bun.sleep(pauseMs)
}
