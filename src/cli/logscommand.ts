// The command logs: what has happened to a job or to the newest ones, and with -f what happens to them.
import { asText } from "../values.ts"
import { type Changes, followChanges } from "./eventstream.ts"
import { CommandError, findCode } from "./exitcodes.ts"
import { type Gateway, openGateway } from "./gatewayclient.ts"
import { type Input, isSet, readCount } from "./input.ts"
import { findId, JOBS, type Listed, listJobs, mapSome, nameEnding } from "./jobcalls.ts"
import { drawEntry, type Entry, listEntries, nameEntry } from "./jobhistory.ts"
import { collect, readFilter } from "./pscommand.ts"

const USUAL_COUNT = 20
/** As many as a page of the list has. */
const COUNT_MAX = 100
/** So many jobs are read again at most when more has changed than is named. */
const MISSED_MAX = 2000
/** How many jobs are read at the same time. */
const READ_MAX = 8
/** Of so many jobs that have ended it is known that they were told. */
const ENDED_MAX = 10_000

export async function run(input: Input): Promise<number> {
  const [word] = input.words
  const filter = readFilter(input)
  if (word !== undefined && (filter.size > 0 || input.flags["limit"] !== undefined))
    throw new CommandError("usage", "write either the id of a job or filters: asyncgate logs ID")
  const gateway = openGateway(input)
  return word === undefined ? showMany(filter, gateway, input) : showOne(await findId(word, gateway), gateway, input)
}

async function showOne(id: string, gateway: Gateway, input: Input): Promise<number> {
  const { terminal } = input
  const path = `${JOBS}/${id}?omit=result`
  const isFollowing = isSet(input, "follow")
  if (isSet(input, "json")) {
    if (isFollowing) throw new CommandError("usage", "--json prints the job as it is: with -f write --jsonl")
    terminal.show((await gateway.read(path)).text)
    return 0
  }
  const teller = createTeller(input)
  if (!isFollowing) {
    teller.tell([(await gateway.read(path)).value])
    return 0
  }
  let job: Listed = {}
  await followChanges(new URLSearchParams({ search: id }), gateway, async ({ isFirst, isMore, jobs }) => {
    if (!isFirst && !isMore && !jobs.some((changed) => changed.id === id)) return true
    job = (await gateway.read(path)).value
    teller.tell([job])
    return nameEnding(job) === "unfinished"
  })
  return findCode(nameEnding(job))
}

async function showMany(filter: URLSearchParams, gateway: Gateway, input: Input): Promise<number> {
  const count = readCount(input, "limit", USUAL_COUNT)
  if (count > COUNT_MAX) throw new CommandError("usage", `--limit is at most ${COUNT_MAX} jobs: narrow them by filters`)
  if (isSet(input, "json")) throw new CommandError("usage", "--json prints one job: write its id, or --jsonl")
  const teller = createTeller(input)
  const tellNewest = async () => {
    const ids = (await collect(new URLSearchParams(filter), count, gateway)).map(({ id }) => asText(id))
    teller.tell(await readJobs(ids, gateway))
    return ids.length
  }
  if (!isSet(input, "follow")) {
    if ((await tellNewest()) === 0) input.terminal.say("no jobs; make one: asyncgate submit -m mock/echo Hello")
    return 0
  }
  let isBegun = false
  await followChanges(filter, gateway, async (changes) => {
    if (!isBegun) await tellNewest()
    else if (changes.isFirst || changes.isMore) await catchUp(filter, teller, gateway, input)
    else await tellChanged(changes, teller, gateway)
    isBegun = true
    return true
  })
  return 0
}

/** After a restart, or when more has changed than is named: tells what is new of the newest jobs, and of those that had not ended. */
async function catchUp(filter: URLSearchParams, teller: Teller, gateway: Gateway, { terminal }: Input): Promise<void> {
  const missed = teller.listOpen()
  let knownInRow = 0
  let isTooMuch = false
  const pages = new URLSearchParams([...filter, ["limit", String(COUNT_MAX)]])
  for await (const { id } of listJobs(pages, gateway)) {
    knownInRow = teller.isKnown(asText(id)) ? knownInRow + 1 : 0
    // Of jobs that are older than so many known ones nothing was missed.
    if (knownInRow === COUNT_MAX) break
    isTooMuch = missed.size >= MISSED_MAX
    if (isTooMuch) break
    if (knownInRow === 0) missed.add(asText(id))
  }
  teller.tell(await readJobs([...missed], gateway))
  if (isTooMuch) terminal.say(`more has happened than is told here, which is of ${MISSED_MAX} jobs`)
}

async function tellChanged({ jobs }: Changes, teller: Teller, gateway: Gateway): Promise<void> {
  const there = jobs.filter(({ state }) => state !== "deleted").map(({ id }) => id)
  teller.tell(await readJobs(there, gateway))
}

/** The jobs that are still there. @throws {CommandError} all but failed */
async function readJobs(ids: readonly string[], gateway: Gateway): Promise<Listed[]> {
  const jobs = await mapSome(ids, READ_MAX, async (id) => {
    try {
      return [(await gateway.read(`${JOBS}/${id}?omit=result`)).value]
    } catch (error) {
      // It has been deleted meanwhile.
      if (error instanceof CommandError && error.ending === "failed") return []
      throw error
    }
  })
  return jobs.flat()
}

type Teller = ReturnType<typeof createTeller>

/** Prints what it has not printed yet, in the order of its times. */
function createTeller(input: Input) {
  const { terminal } = input
  const isFollowing = isSet(input, "follow")
  /** What was told of each job that has not ended. */
  const told = new Map<string, Set<string>>()
  const ended = new Set<string>()

  function takeNew(job: Listed): Entry[] {
    const id = asText(job["id"])
    if (ended.has(id)) return []
    const before = told.get(id) ?? new Set()
    const entries = listEntries(job).filter((entry) => !before.has(nameEntry(entry)) && !isBrief(entry))
    told.set(id, new Set([...before, ...entries.map(nameEntry)]))
    if (nameEnding(job) !== "unfinished") close(id)
    return entries
  }

  /** A job is queued for a moment before its first attempt: of one that is followed that is no news. */
  function isBrief({ event, after_attempt, position }: Entry): boolean {
    return isFollowing && event === "waiting" && after_attempt === 0 && position === 0
  }

  function close(id: string): void {
    told.delete(id)
    ended.add(id)
    const [oldest] = ended
    if (ended.size > ENDED_MAX && oldest !== undefined) ended.delete(oldest)
  }

  return {
    listOpen: () => new Set(told.keys()),
    isKnown: (id: string) => told.has(id) || ended.has(id),
    tell(jobs: readonly Listed[]): void {
      const entries = jobs
        .flatMap(takeNew)
        .toSorted((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
      if (entries.length === 0) return
      if (isSet(input, "jsonl")) terminal.show(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""))
      else terminal.write(entries.map((entry) => drawEntry(entry, terminal)).join(""))
    },
  }
}
