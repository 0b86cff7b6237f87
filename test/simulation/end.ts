// The end of a script: once all failures stop, every job must end, everything must be deleted, and nothing may be left.
import { endBatches } from "./batchsteps.ts"
import { owners, providerNames } from "./settings.ts"
import type { Step } from "./steps.ts"
import type { World } from "./world.ts"

/** A little more than the longest grace period of a `restart`. */
const GRACE_MS_MAX = 12_000
/** In this time the engine finds out at least twice that the disk takes writes. */
const WELL_MS = 2000
/** For so long deliveries are kept: ended ones for half of it. */
const DELIVERIES_MS = 61 * 86_400_000
/** More rounds than any script needs to end. */
const ROUNDS_MAX = 5000

const plainSubmit: Extract<Step, { do: "submit" }> = {
  do: "submit",
  provider: 0,
  model: 0,
  owner: 0,
  priority: 1,
  key: 0,
  fallbacks: [],
  idempotencyKey: null,
  body: 0,
  isForm: false,
  isSpeech: false,
  isLogged: false,
  lossRetries: null,
  webhook: null,
  batch: null,
  deadlineMs: 86_400_000,
  ttlMs: 86_400_000,
}

/** @throws when an invariant is violated */
export function endWorld(world: World): void {
  world.watchOver(() => {
    world.process.fuse.left = Number.POSITIVE_INFINITY
    world.disk.take("nothing")
    if (world.process.isDraining) world.process.clock.advance(GRACE_MS_MAX)
  })
  world.watchOver(() => world.process.clock.advance(WELL_MS))
  world.ledger.events.checkAcknowledged()
  world.watchOver(() => finishAll(world))
  world.watchOver(() => deliverAll(world))
  world.watchOver(() => serveEverybody(world))
  world.watchOver(() => deliverAll(world))
  world.watchOver(() => {
    endBatches(world)
    world.process.clock.advance(WELL_MS)
  })
  world.watchOver(() => forgetAll(world))
  stop(world)
  world.complain()
}

/** Answers every call until all jobs with a configured provider have ended, then lets the deadlines of the others pass. */
function finishAll(world: World): void {
  const { ledger, process } = world
  answerAll(world)
  passBy(world, Math.max(0, ...unfinished(world).map(({ row }) => row?.deadlineAt ?? 0)))
  process.clock.advance(WELL_MS)
  for (const { row, job } of unfinished(world)) ledger.fail(`${job.id} is ${row?.state} after its deadline`)
}

function answerAll(world: World): void {
  const { ledger } = world
  const { clock } = world.process
  for (let round = 0; round < ROUNDS_MAX; round++) {
    clock.settle()
    for (const call of [...ledger.out.values()]) world.finish(call, { as: "answered", tokens: 0 })
    for (const id of [...ledger.webhooks.out.keys()]) ledger.webhooks.receive(id, taken)
    if (clock.step()) continue
    const waiting = unfinished(world).find(({ row }) => row !== null && ledger.isServed(row))
    if (!waiting) return
    if (clock.nextAt === Number.POSITIVE_INFINITY) {
      ledger.fail(`${waiting.job.id} is ${waiting.row?.state}, no call is out, and no timer is set`)
      return
    }
    passBy(world, clock.nextAt)
  }
  ledger.fail(`${unfinished(world).length} jobs have not ended after ${ROUNDS_MAX} rounds`)
}

const taken = { kind: "answered", status: 200, retryAfterMs: null, snippet: "", tookMs: 1 } as const

/** Takes every webhook until all are delivered that an endpoint is still to be told of. */
function deliverAll(world: World): void {
  const { ledger, process } = world
  const { clock } = process
  for (let round = 0; round < ROUNDS_MAX; round++) {
    clock.settle()
    for (const id of [...ledger.webhooks.out.keys()]) ledger.webhooks.receive(id, taken)
    if (clock.step()) continue
    const [pending] = ledger.webhooks.listPending()
    if (pending === undefined) return
    if (clock.nextAt === Number.POSITIVE_INFINITY) {
      ledger.fail(`${pending} is pending, nothing is out, and no timer is set`)
      return
    }
    passBy(world, clock.nextAt)
  }
  ledger.fail(`${ledger.webhooks.listPending().length} webhooks are not delivered after ${ROUNDS_MAX} rounds`)
}

function unfinished({ ledger }: World) {
  return [...ledger.jobs.values()].filter(({ row }) => row !== null && row.expiresAt === null)
}

function passBy({ process: { clock } }: World, time: number): void {
  clock.jump(Math.max(0, time - clock.now()))
}

/** Submits a job for each provider and owner. Each must succeed: earlier steps may not hold up new jobs. */
function serveEverybody(world: World): void {
  const { ledger, ids } = world
  const before = ids.length
  for (const name of ledger.providers.keys()) {
    for (const owner of owners.keys()) world.submit({ ...plainSubmit, provider: providerNames.indexOf(name), owner })
  }
  answerAll(world)
  for (const id of ids.slice(before)) {
    const { row, job } = ledger.jobs.get(id) ?? {}
    const isRefused = row === null && ledger.isOverBudget(job?.owner ?? "")
    if (!isRefused && row?.state !== "succeeded") ledger.fail(`${id} is ${row?.state} in a world without failures`)
  }
}

/** Lets the last result expire, after which no row and no timer may be left. */
function forgetAll(world: World): void {
  const { ledger, process } = world
  passBy(world, Math.max(0, ...[...ledger.jobs.values()].map(({ row }) => row?.expiresAt ?? 0)))
  process.clock.advance(WELL_MS)
  for (const { row, job } of ledger.jobs.values()) if (row !== null) ledger.fail(`${job.id} outlives its time`)
  for (const [seq, request] of ledger.requests) ledger.fail(`${request.kind} ${seq} was never answered`)
  for (const id of ledger.watched) ledger.fail(`the end of ${id} was never reported`)
  if (ledger.trouble !== null) ledger.fail(`there is trouble for ever: ${ledger.trouble}`)
  // Also those of endpoints that are turned off are deleted in the end.
  process.clock.jump(DELIVERIES_MS)
  process.clock.advance(WELL_MS)
  for (const id of ledger.webhooks.deliveries.keys()) ledger.fail(`${id} outlives its time`)
  if (process.clock.nextAt !== Number.POSITIVE_INFINITY) ledger.fail("a timer is left with nothing to do")
}

function stop({ ledger, process, disk }: World): void {
  process.drain(0)
  process.clock.settle()
  if (!process.isDrained) ledger.fail("the process does not come to its end")
  process.checkStopped()
  disk.reopen()
  for (const table of [
    "answer_events",
    "batches",
    "batch_refusals",
    "files",
    "jobs",
    "attempts",
    "requests",
    "results",
    "contents",
    "uploads",
  ]) {
    const rows = disk.database.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table}`).get()?.n
    if (rows !== 0) ledger.fail(`${rows} rows are left in ${table}`)
  }
}
