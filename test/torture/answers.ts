// Kills in the middle of responses in the background that are streamed, while readers read, stall, leave and come back: every response
// ends, every reader has had the same events under the same numbers without a gap, and what they end with is what is stored.
import { checkTold, type Finding } from "./answerchecks.ts"
import { type Crowd, createCrowd } from "./answercrowd.ts"
import type { AnswerCall } from "./answerprovider.ts"
import { type Lives, nameTold, type Told, type World } from "./answerreaders.ts"
import { judge } from "./judge.ts"
import { createLedger } from "./ledger.ts"
import { makeRandom } from "./plan.ts"
import { progress, type Section } from "./report.ts"
import { countOpenRows, type Run, until } from "./site.ts"
import { openProvidedSite } from "./streamsite.ts"

export interface AnswerOptions {
  rounds: number
  /** In the short form: how many are in flight at most, and when a round is killed at the latest. */
  openMost?: number
  roundMsMax?: number
}

/** How many responses are in flight: another number in each round. */
const OPEN = { least: 8, most: 20 }
const ROUND_MS_MAX = 3000
/** One kill in so many comes while the gateway starts. */
const EARLY_EVERY = 10
const EARLY_MS_MAX = 150
/** After the last start. */
const END_MS_MAX = 60_000
/** As many as config.json takes: each kill spends one. */
const RETRIES = 100
/** How many responses are asked for again at a time. */
const CHECKED_AT_ONCE = 16

export async function tortureByAnswers(
  run: Run,
  { rounds, openMost = OPEN.most, roundMsMax = ROUND_MS_MAX }: AnswerOptions,
): Promise<Section[]> {
  const random = makeRandom(run.seed)
  const site = await openProvidedSite<AnswerCall[]>(run, "answers", "answerprovider.ts", listProviders)
  const lives = createLives()
  const world: World = { ledger: createLedger(), url: site.url, lives, random, reconnections: 0 }
  const { ledger } = world
  const crowd = createCrowd(world, run.seed)
  const kills: number[] = []
  for (let round = 0; round < rounds; round++) {
    progress(`kill ${round + 1} of ${rounds}, ${crowd.told.length} responses`)
    if (round > 0 && random() < 1 / EARLY_EVERY) {
      site.spawn()
      await Bun.sleep(random() * EARLY_MS_MAX)
    } else {
      await site.start()
      lives.begin()
      crowd.keepOpen(OPEN.least + Math.floor(random() * (openMost - OPEN.least + 1)))
      await Bun.sleep(random() * roundMsMax)
    }
    lives.end()
    kills.push(Date.now())
    await site.kill()
  }
  crowd.keepOpen(0)
  const { startedAt } = await site.start()
  lives.begin()
  progress("all rounds done, waiting for the last response\n")
  if ((await until(() => crowd.reading() === 0, END_MS_MAX)) === null) {
    ledger.problem("STUCK", `${crowd.reading()} readers have no end`)
  }
  const endedMs = Date.now() - startedAt
  if ((await until(() => countOpenRows(site.database) === 0, END_MS_MAX)) === null)
    ledger.problem("STUCK", `${countOpenRows(site.database)} jobs have no end`)

  const calls = Map.groupBy(await site.calls(), ({ job }) => job)
  const findings: Finding[] = []
  for (let at = 0; at < crowd.told.length; at += CHECKED_AT_ONCE) {
    progress(`held against what is stored: ${at} of ${crowd.told.length} responses`)
    const some = crowd.told.slice(at, at + CHECKED_AT_ONCE)
    const check = async (told: Told) => {
      try {
        findings.push(await checkTold(world, told, calls.get(told.script.job) ?? [], kills))
      } catch (error) {
        ledger.problem("cannot be held against what is stored", `${nameTold(told)}: ${error}`)
      }
    }
    await Promise.all(some.map(check))
  }
  progress("")
  lives.end()
  await site.stop()
  return [report(world, crowd, { findings, calls, kills: kills.length, endedMs })]
}

function listProviders(base_url: string): object {
  const network_config = { base_url, max_retries: RETRIES, retry_backoff_initial: 5, retry_backoff_max: 50 }
  const concurrency_and_buffer_size = { concurrency: 1000, buffer_size: 100_000 }
  const provider = { network_config, concurrency_and_buffer_size }
  // It has chat completions only.
  return { cerebras: { keys: [{ value: "sk-1" }], ...provider }, up: provider }
}

function createLives(): Lives & { begin(): void; end(): void } {
  let number = 0
  let isUp = false
  let up = Promise.withResolvers<void>()
  return {
    current: () => number,
    async whenUp() {
      await up.promise
      return number
    },
    begin() {
      isUp = true
      up.resolve()
    },
    end() {
      number++
      // One that is killed while it starts had let nobody in: who waits goes on waiting for the next.
      if (isUp) up = Promise.withResolvers()
      isUp = false
    },
  }
}

interface Found {
  findings: Finding[]
  /** By response. */
  calls: Map<number, AnswerCall[]>
  kills: number
  endedMs: number
}

function report({ ledger, reconnections }: World, crowd: Crowd, { findings, calls, kills, endedMs }: Found): Section {
  const { told } = crowd
  const sum = (read: (finding: Finding) => number) => findings.reduce((total, finding) => total + read(finding), 0)
  const count = (holds: (finding: Finding) => boolean) => findings.filter(holds).length
  const lists = [...calls.values()]
  const readers = told.reduce((total, { readers, helpers }) => total + readers.length + helpers.length, 0)
  const failures = Object.groupBy(
    findings.flatMap(({ reason }) => reason ?? []),
    (reason) => reason,
  )
  const callsPerJob = Object.groupBy(lists, ({ length }) => length)
  const lengths = (groups: Partial<Record<string, unknown[]>>) =>
    Object.fromEntries(Object.entries(groups).map(([name, list]) => [name, list?.length ?? 0]))
  return {
    name: "answers: kill -9 in the middle of streamed responses in the background",
    figures: {
      kills,
      "responses that were told their id": told.length,
      "events of all of them": sum(({ events }) => events),
      "events of their later attempts": sum(({ laterEvents }) => laterEvents),
      "with events of more than one attempt": count(({ attempts }) => attempts > 1),
      "most attempts with events in one stream": Math.max(0, ...findings.map(({ attempts }) => attempts)),
      readers,
      "reconnections, after a kill or of their own": reconnections,
      "last start until the last reader's end": `${endedMs} ms`,
      "end of a last call until that of its last reader, at most": `${Math.max(0, ...findings.map(({ lateMs }) => lateMs))} ms`,
    },
    verdict: {
      ...judge(ledger, [], [], null),
      jobs: {
        submitted: crowd.asked(),
        "cut off, not known": crowd.unknown(),
        completed: count(({ status }) => status === "completed"),
        failed: count(({ status }) => status === "failed"),
      },
      failures: lengths(failures),
      callsPerJob: lengths(callsPerJob),
      calls: {
        total: lists.flat().length,
        openAtKills: lists.flat().filter(({ isCut }) => isCut).length,
        extra: 0,
      },
    },
  }
}
