// Readers of streams, in a process of their own: `bun test/torture/audience.ts CONFIG` keeps so many streams open for so long, a new
// one for each that has ended, lets the last ones end, and prints a report of all.
import { epochMs } from "../../bench/request.ts"
import { computeSpread, type Spread } from "../../bench/spread.ts"
import { makeRandom, type Random } from "./plan.ts"
import { type Heard, openReader, type Reader } from "./streamlistener.ts"
import type { StreamScript } from "./streamscript.ts"

export interface AudienceConfig {
  url: string
  /** Whether that is the provider itself, which stores nothing. */
  isStraight: boolean
  /** How many streams are open at a time. */
  count: number
  seconds: number
  seed: number
  /** Of a stream, pieces a second. */
  pace: number
  /** Of its first stream. */
  firstJob: number
  /** The share of its streams that have large pieces. */
  fatShare: number
  /** Whether its readers stall and vanish. */
  isBad: boolean
}

/** A reader that vanished. */
export interface Vanished {
  job: number
  /** By `epochMs`. */
  at: number
  how: string
  /** How many pieces it had. */
  pieces: number
}

export interface AudienceReport {
  streams: number
  /** Read to their end, each equal to its stored result. */
  whole: number
  stalled: number
  pieces: number
  vanished: Vanished[]
  /** From the moment a piece left the provider to its arrival, of readers that never stall. */
  delayMs: Spread
  /** kind -> a few of them, and how many there were */
  problems: Record<string, { count: number; examples: string[] }>
}

/** The first streams are opened over this time, and no delay counts until it is twice over. */
const OPENING_MS = 2000
const STREAM_SECONDS = { least: 3, most: 18 }
/** Of a large piece: a stall is felt when more comes than the system's buffers take. */
const FAT_CHARS = 60_000
const STALL_MS_MAX = 8000
const EXAMPLES_MAX = 3
/** How long a job may go on whose reader has gone. */
const END_SECONDS = 5

if (import.meta.main) {
  const config = JSON.parse(process.argv[2] ?? "null") as AudienceConfig
  process.stdout.write(`${JSON.stringify(await read(config))}\n`)
}

async function read(config: AudienceConfig): Promise<AudienceReport> {
  const { url, isStraight, count, seconds, seed, firstJob, isBad } = config
  const random = makeRandom(seed)
  const report = { streams: 0, whole: 0, stalled: 0, pieces: 0, vanished: [], problems: {} } as Omit<
    AudienceReport,
    "delayMs"
  >
  const delaysMs: number[] = []
  const startedAt = epochMs()
  const endsAt = startedAt + seconds * 1000
  const onPiece = (leftAt: number, cameAt: number) => {
    report.pieces++
    if (cameAt < endsAt && leftAt > startedAt + 2 * OPENING_MS) delaysMs.push(cameAt - leftAt)
  }

  function problem(kind: string, example: string): void {
    report.problems[kind] ??= { count: 0, examples: [] }
    const known = report.problems[kind]
    if (known.count++ < EXAMPLES_MAX) known.examples.push(example)
  }

  async function lane(number: number): Promise<void> {
    await Bun.sleep((number / count) * OPENING_MS)
    while (epochMs() < endsAt) {
      const script = makeScript(random, firstJob + report.streams++, config)
      const reader = openReader({ url, script, ...(script.padding > 0 ? {} : { onPiece }) })
      const vanished = isBad ? await misbehave(reader, script, random, report) : null
      await reader.closed
      if (vanished === null) await checkWhole(reader.heard, script, number)
      else {
        report.vanished.push(vanished)
        await checkEnd(reader.heard, script)
      }
    }
  }

  async function checkWhole(heard: Heard, script: StreamScript, lane: number): Promise<void> {
    const { status, jobId, pieces, text, isDone, isFinished, isWhole, error } = heard
    const name = `job ${script.job} (${jobId})`
    if (heard.problem !== null) problem("a wrong piece", `${name}: ${heard.problem}`)
    if (!isDone || !isFinished || !isWhole || error !== null || pieces !== script.pieces) {
      const said = { status, pieces, of: script.pieces, isDone, isFinished, isWhole, error }
      problem("a stream that is not whole", `${name}, reader ${lane}: ${JSON.stringify(said)}`)
      return
    }
    if (isStraight) return
    const job = await ask(jobId)
    const stored = job?.result?.choices[0]?.message.content
    if (stored !== text) problem("stored otherwise than streamed", `${name}: ${JSON.stringify(job).slice(0, 300)}`)
    else report.whole++
  }

  /** Of a reader that vanished: what it had is in order, and its job ends. */
  async function checkEnd({ jobId, problem: wrong }: Heard, { job }: StreamScript): Promise<void> {
    if (wrong !== null) problem("a wrong piece", `job ${job}: ${wrong}`)
    if (jobId === null) return
    const found = await ask(jobId)
    const name = `job ${job} (${jobId})`
    if (found?.completed_at === undefined) problem("no end after its reader vanished", name)
    else if (found.status !== "completed" && found.status_code !== 499)
      problem("a strange end after its reader vanished", `${name}: ${JSON.stringify(found).slice(0, 300)}`)
  }

  async function ask(jobId: string | null): Promise<Job | null> {
    const headers = { prefer: `wait=${END_SECONDS}` }
    const response = await fetch(`${url}/v1/async/chat/completions/${jobId}`, { headers })
    return (await response.json()) as Job
  }

  await Promise.all(Array.from({ length: count }, (_, number) => lane(number)))
  return { ...report, delayMs: computeSpread(delaysMs) }
}

interface Job {
  status: string
  status_code?: number
  completed_at?: string
  result?: { choices: { message: { content: string } }[] }
}

function makeScript(random: Random, job: number, { pace, fatShare }: AudienceConfig): StreamScript {
  const { least, most } = STREAM_SECONDS
  const pieces = Math.ceil((least + random() * (most - least)) * pace)
  const firstMs = Math.floor(random() * 1000)
  const padding = random() < fatShare ? FAT_CHARS : 0
  return { job, pieces, firstMs, pieceMs: 1000 / pace, padding, isStamped: true }
}

/** Stalls, vanishes, or both. Null: it did not vanish. */
async function misbehave(
  { socket, heard, closed }: Reader,
  { job, pieces, pieceMs }: StreamScript,
  random: Random,
  report: { stalled: number },
): Promise<Vanished | null> {
  const isStalling = random() < 0.6
  const isVanishing = !isStalling || random() < 0.5
  const isReset = random() < 0.5
  const isOver = closed.then(() => true)
  const wait = (ms: number) => Promise.race([isOver, Bun.sleep(ms).then(() => false)])
  if (await wait(random() * pieces * pieceMs)) return null
  if (isStalling) {
    report.stalled++
    socket.pause()
    const isEnded = await wait(random() * STALL_MS_MAX)
    if (!isVanishing) socket.resume()
    if (isEnded) return null
  }
  if (!isVanishing) return null
  const at = epochMs()
  if (isReset) socket.resetAndDestroy()
  else socket.destroy()
  return { job, at, how: `${isReset ? "reset" : "closed"}${isStalling ? " after a stall" : ""}`, pieces: heard.pieces }
}
