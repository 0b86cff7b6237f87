// Compares everything on disk with what the changes and the calls imply, which finds changes that the triggers missed.

import { UNCONFIGURED } from "../../src/engine/metrics/meters.ts"
import { BODY_PIECES_MAX } from "../../src/jobs/numbers.ts"
import type { EventGroup } from "../../src/jobs/reads.ts"
import { prepareEventReads } from "../../src/jobs/sqlite/eventreads.ts"
import { isSameGroup } from "./events.ts"
import type { World } from "./world.ts"

/** @throws when they differ */
export function inspect(world: World): void {
  const { ledger, disk } = world
  if (disk.isClosed) return
  const rows = disk.database.query<{ id: string; state: string; attempt: number; ended: number }, []>(
    "SELECT id, state, attempt, (SELECT count(*) FROM attempt_log WHERE job = number) AS ended FROM jobs",
  )
  const found = new Set<string>()
  for (const { id, state, attempt, ended } of rows.all()) {
    const known = ledger.jobs.get(id)
    found.add(id)
    if (known?.row?.state !== state || known.row.attempt !== attempt || known.attemptsEnded !== ended) {
      ledger.fail(`${id} is ${state} at ${attempt} on disk, with ${ended} rows of attempts, and nobody saw it`)
    }
  }
  for (const { row, job } of ledger.jobs.values()) {
    if (row !== null && !found.has(job.id)) ledger.fail(`${job.id} is gone, and nobody saw it go`)
  }
  compareResults(world)
  compareUsage(world)
  compareBatches(world)
  compareEvents(world)
  compareMeters(world)
  world.complain()
}

/** Each result must be that of the attempt that succeeded: see `makeOutcome`. */
function compareResults({ ledger, disk }: World): void {
  const results = disk.database.query<{ id: string; attempt: number; data: Uint8Array | null }, []>(
    `SELECT id, attempt, data FROM jobs LEFT JOIN results ON place = number * ${BODY_PIECES_MAX} WHERE state = 'succeeded'`,
  )
  for (const { id, attempt, data } of results.all()) {
    const result = data === null ? null : Buffer.from(data).toString()
    if (result !== JSON.stringify({ jobId: id, attempt })) ledger.fail(`${id} has succeeded with ${result}`)
  }
}

/** Each attempt must count once in the usage of its day, whatever happened to its job. */
function compareUsage({ ledger, disk }: World): void {
  const rows = disk.database.query<{ name: string; calls: number; tokens: number; cost: number }, []>(
    `SELECT json_array(day, owner, provider, model, request_type, key_name) AS name, calls, input_tokens + output_tokens AS tokens, cost
     FROM usage_daily`,
  )
  const there = new Map(rows.all().map(({ name, ...used }) => [name, used]))
  for (const name of new Set([...there.keys(), ...ledger.used.keys()])) {
    const [counted, known] = [there.get(name), ledger.used.get(name)]
    if (Bun.deepEquals(counted, known)) continue
    ledger.fail(`${name} has used ${JSON.stringify(known)}, and ${JSON.stringify(counted)} is counted`)
  }
}

/** Each batch must be as it was seen to change, and while it has not ended every line that was taken must have its job or its record. */
function compareBatches({ ledger, disk }: World): void {
  const rows = disk.database.query<{ number: number; status: string; lines: number }, []>(
    `SELECT number, status, (SELECT count(*) FROM (SELECT batch_line FROM jobs WHERE batch = batches.number
       UNION SELECT line FROM batch_refusals WHERE batch = batches.number)) AS lines FROM batches`,
  )
  const there = rows.all()
  ledger.must(
    there.length === ledger.batches.rows.size,
    () => `there are ${there.length} batches, and others were seen`,
  )
  for (const { number, status, lines } of there) {
    const row = ledger.batches.rows.get(number)
    ledger.must(row?.status === status, () => `batch ${number} is ${status}, and was seen to become ${row?.status}`)
    const seen = ledger.batches.countLines(number)
    const isWhole = lines === seen || !ledger.batches.listUnfinished().some((each) => each.number === number)
    ledger.must(isWhole, () => `batch ${number} has jobs and records of ${lines} lines, and took ${seen}`)
  }
}

/** Each log must be as it was seen to grow, and its readers must find that, wherever they begin. */
function compareEvents({ ledger, disk }: World): void {
  const rows = disk.database.query<{ count: number }, []>("SELECT count(*) AS count FROM answer_events").get()?.count
  let seen = 0
  const reads = prepareEventReads(disk.database, (question) => question())
  for (const log of ledger.events.logs.values()) {
    const { known, rows, lines } = log
    seen += rows.size
    const { id } = known.job
    const there = known.row === null ? [] : lines
    ledger.must(reads.eventCount(id) === there.length, () => `${id} has not the ${there.length} events that were seen`)
    for (const from of [0, Math.floor(there.length / 2), there.length]) {
      const read = reads.events(id, from) as EventGroup | null
      const isSame = read === null ? from === there.length : isSameGroup(log, from, read)
      ledger.must(isSame, () => `who reads the log of ${id} from ${from} gets other events`)
    }
  }
  ledger.must(rows === seen, () => `there are ${rows} rows of events, and ${seen} were seen`)
}

/** The metrics must agree with the rows, however often jobs were rolled back, resumed or moved to a fallback. */
function compareMeters({ ledger, disk, process, isTurnOut }: World): void {
  if (process.fuse.isBlown || isTurnOut) return
  const counted = new Map<string, number>()
  for (const { provider, type, ...states } of process.meters.read().unfinished) {
    for (const [state, count] of Object.entries(states)) {
      if (count !== 0) counted.set(`${provider} ${type} ${state}`, count)
    }
  }
  const rows = disk.database.query<{ provider: string; type: string; state: string; count: number }, []>(
    `SELECT provider, request_type AS type, state, count(*) AS count FROM jobs
     WHERE state IN ('queued', 'running', 'waiting') GROUP BY provider, request_type, state`,
  )
  const there = new Map<string, number>()
  for (const { provider, type, state, count } of rows.all()) {
    const label = ledger.providers.has(provider) ? provider : UNCONFIGURED
    const name = `${label} ${type} ${state}`
    there.set(name, (there.get(name) ?? 0) + count)
  }
  for (const name of new Set([...counted.keys(), ...there.keys()])) {
    const [ours = 0, theirs = 0] = [counted.get(name), there.get(name)]
    if (ours !== theirs) ledger.fail(`there are ${theirs} jobs of ${name}, and ${ours} are counted`)
  }
}
