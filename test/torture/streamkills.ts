// Kills in the middle of streams: every job ends after the restart, what is stored is what a call that nobody interrupts stores, and no
// reader was told of an end that there was not.

import { showBodies } from "../harness.ts"
import { openDatabase } from "../opendatabase.ts"
import { judge } from "./judge.ts"
import { createLedger, type Ledger } from "./ledger.ts"
import { makeRandom, type Random } from "./plan.ts"
import { progress, type Section } from "./report.ts"
import { countOpenRows, type Run, until } from "./site.ts"
import { openReader, type Reader } from "./streamlistener.ts"
import { type StreamScript, writeAll } from "./streamscript.ts"
import { openStreamSite, type StreamSite } from "./streamsite.ts"

const KILLS = 10
/** Of each kill. */
const STREAMS = 200
const PIECE_MS = 40
/** A stream takes 0.4 to 2 seconds; it is killed before the longest is at its end. */
const PIECES = { least: 10, most: 50 }
const KILL_MS_MAX = 2000
/** One job in so many is not to be called again. */
const FAILING_EVERY = 5
/** After a restart: no call takes longer than a stream. */
const END_MS_MAX = 20_000

interface Asked extends Reader {
  script: StreamScript
  isFailing: boolean
}

/** What is stored of a call that nobody interrupts, streamed and whole, but for what `generalise` takes out of it. */
type Samples = ReadonlySet<string>

interface Counts {
  /** Streams whose readers had all of it, the beginning, or nothing. */
  whole: number
  half: number
  nothing: number
  completed: number
  failed: number
  cancelled: number
  calls: number
}

/** @param kills how many, in the short form */
export async function tortureByStreamKills(run: Run, { kills = KILLS, streams = STREAMS } = {}): Promise<Section> {
  const random = makeRandom(run.seed)
  const site = await openStreamSite(run, "stream-kills", KILLS)
  const ledger = createLedger()
  const counts: Counts = { whole: 0, half: 0, nothing: 0, completed: 0, failed: 0, cancelled: 0, calls: 0 }
  await site.start()
  const samples = await takeSamples(site, random)
  const endedMs: number[] = []
  for (let round = 0; round < kills; round++) {
    progress(`kill ${round + 1} of ${kills} in the middle of ${streams} streams`)
    const asked = Array.from({ length: streams }, (_, number) => ask(site, random, (round + 1) * 1000 + number))
    await Bun.sleep(random() * KILL_MS_MAX)
    await site.kill()
    await Promise.all(asked.map(({ closed }) => closed))
    for (const one of asked) checkHeard(ledger, one, counts)
    const restartedAt = Date.now()
    await site.start()
    if ((await until(() => countOpenRows(site.database) === 0, END_MS_MAX)) === null)
      ledger.problem("STUCK", `kill ${round + 1}: ${countOpenRows(site.database)} jobs have no end`)
    endedMs.push(Date.now() - restartedAt)
    checkStore(ledger, site.database, asked, { samples, counts })
  }
  progress("")
  counts.calls = (await site.calls()).calls.length
  await site.stop()
  const figures = {
    "kills, and streams at each": `${kills}, ${streams}`,
    "readers that had all, and [DONE]": counts.whole,
    "readers that were cut off in the middle": counts.half,
    "readers that were cut off before the first piece": counts.nothing,
    "jobs completed, failed, cancelled": `${counts.completed}, ${counts.failed}, ${counts.cancelled}`,
    "calls of the provider": counts.calls,
    "restart until the last end, at most": `${Math.max(...endedMs)} ms`,
  }
  return {
    name: `streams: kill -9 in the middle of ${streams}`,
    figures,
    verdict: { ...judge(ledger, [], [], null), jobs: {} },
  }
}

function makeScript(random: Random, job: number): StreamScript {
  const pieces = PIECES.least + Math.floor(random() * (PIECES.most - PIECES.least))
  return { job, pieces, firstMs: Math.floor(random() * 300), pieceMs: PIECE_MS, padding: 20, isStamped: false }
}

function ask(site: StreamSite, random: Random, job: number): Asked {
  const script = makeScript(random, job)
  const isFailing = job % FAILING_EVERY === 0
  const headers = { "x-request-id": nameRequest(job), ...(isFailing ? { "x-asyncgate-on-interrupt": "fail" } : {}) }
  return { ...openReader({ url: site.url, script, headers }), script, isFailing }
}

/** Jobs are found again by this, also those whose readers were cut off before they heard of an id. */
function nameRequest(job: number): string {
  return `stream-${job}`
}

async function takeSamples(site: StreamSite, random: Random): Promise<Samples> {
  const samples = [1, 2].map((job) => makeScript(random, job))
  await Promise.all(
    samples.map(async (script) => {
      const headers = { "x-request-id": nameRequest(script.job) }
      await openReader({ url: site.url, script, headers, isStreamed: script.job === 1 }).closed
    }),
  )
  const rows = readRows(site.database)
  return new Set(samples.map((script) => generalise(rows.get(nameRequest(script.job))?.result ?? "", script)))
}

/** What is stored of a stream, without what it says, if it says that and no more, and without the time that it took. */
function generalise(result: string, script: StreamScript): string {
  return result.replace(JSON.stringify(writeAll(script)), "ALL").replace(/"latency":\d+/, "LATENCY")
}

/** What a reader has heard is the beginning of what the provider said, and an end only where all was said. */
function checkHeard(ledger: Ledger, { heard, script }: Asked, counts: Counts): void {
  const { pieces, isDone, isFinished, error, problem } = heard
  const name = `job ${script.job} (${heard.jobId})`
  if (problem !== null) ledger.problem("a wrong piece", `${name}: ${problem}`)
  if (error !== null) ledger.problem("an error before the kill", `${name}: ${error}`)
  const isAll = isFinished && pieces === script.pieces
  if (isDone && !isAll) ledger.problem("a made-up [DONE]", `${name}: after ${pieces} of ${script.pieces} pieces`)
  if (isDone) counts.whole++
  else if (pieces > 0) counts.half++
  else counts.nothing++
}

interface Stored {
  state: string
  error: string | null
  result: string | null
}

/** By the ids of requests. */
function readRows(path: string): Map<string, Stored> {
  const database = openDatabase(path, { readonly: true })
  showBodies(database)
  type Row = Omit<Stored, "result"> & { requestId: string; result: Uint8Array | null }
  const sql = `SELECT request_id AS requestId, state, error, (SELECT data FROM bodies WHERE job_id = jobs.id AND kind = 'result') AS result FROM jobs`
  const rows = database.query<Row, []>(sql).all()
  database.close()
  return new Map(
    rows.map(({ requestId, result, ...row }) => [
      requestId,
      { ...row, result: result === null ? null : Buffer.from(result).toString() },
    ]),
  )
}

function checkStore(
  ledger: Ledger,
  path: string,
  asked: Asked[],
  { samples, counts }: { samples: Samples; counts: Counts },
): void {
  const rows = readRows(path)
  for (const { heard, script, isFailing } of asked) {
    const row = rows.get(nameRequest(script.job))
    const name = `job ${script.job} (${heard.jobId})`
    // Without an id its request may not have been stored.
    if (row === undefined && heard.jobId === null) continue
    if (row === undefined) {
      ledger.problem("LOST", name)
      continue
    }
    counts[row.state === "succeeded" ? "completed" : row.state === "failed" ? "failed" : "cancelled"]++
    if (row.state === "succeeded") {
      if (!samples.has(generalise(row.result ?? "", script)))
        ledger.problem("stored otherwise than without a kill", `${name}: ${row.result?.slice(0, 500)}`)
      continue
    }
    if (heard.isDone) ledger.problem("[DONE] without a result", `${name}: ${row.state} ${row.error}`)
    const isInterrupted = row.state === "failed" && isFailing && row.error?.includes('"interrupted"')
    if (!isInterrupted) ledger.problem("a strange end", `${name}: ${row.state} ${row.error}`)
  }
}
