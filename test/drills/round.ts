// One round: a fault in the middle of a load, and what became of every submit.
import { mkdirSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Fault } from "./faults.ts"
import { type Load, type Submit, startLoad } from "./load.ts"
import { type Provider, startProvider } from "./provider.ts"
import { findMissed, type Outcome } from "./report.ts"
import type { Ground, Site } from "./site.ts"

const BEFORE_MS = 4000
const AFTER_MS = 8000
/** How long the load goes on when all is whole again. */
const WHOLE_MS = 3000
/** After so long a job that has not ended counts as lost. */
const ENDED_MS_MAX = 60_000
const ASK_MS = 100
const POLLERS = 32
const evidence = join(tmpdir(), "asyncgate-drills")

interface Row {
  id: string
  request_id: string
  state: string
}

export interface RoundOptions {
  /** Submits a second. */
  rate: number
  /** Whether the logs and the answers are kept of every round, and not only of those that missed a bar. */
  isKept: boolean
}

export async function playRound(ground: Ground, fault: Fault, round: number, options: RoundOptions): Promise<Outcome> {
  const provider = startProvider()
  const site = await ground.open(provider.upstream, fault)
  try {
    const load = startLoad(() => site.gateways.map(({ url }) => url), options.rate, fault.clientMs)
    await Promise.all([Bun.sleep(BEFORE_MS), site.settle()])
    const struckAt = load.now()
    const { out, lastedMs } = await strike(site, fault, provider)
    await load.stop()
    const rows = await awaitEnds(site)
    const polled = await pollAll(site, load.submits)
    const outcome = judge(load, rows, polled, provider)
    const { name, isOutage, isRefusing = false } = fault
    const whole = { fault: name, round, out, lastedMs, isOutage, isRefusing, ...outcome }
    if (options.isKept || findMissed(whole).length > 0) keepEvidence({ ...whole, struckAt }, site, load, rows, provider)
    return whole
  } finally {
    await site.dispose()
    await provider.upstream.stop()
  }
}

/** @returns how many calls were out when it happened, and how long it lasted */
async function strike(site: Site, fault: Fault, provider: Provider): Promise<{ out: number; lastedMs: number }> {
  const struckAt = performance.now()
  let out = provider.out()
  await fault.strike(site, async () => {
    if (fault.isOutage) return
    // A call that is answered is out as long as its end is not stored.
    const [row] = await site.ask<{ count: number }>(
      "SELECT count(*)::integer AS count FROM asyncgate.jobs WHERE state = 'running'",
    )
    out = Math.max(out, row?.count ?? 0)
  })
  const lastedMs = performance.now() - struckAt
  await Bun.sleep(Math.max(WHOLE_MS, AFTER_MS - lastedMs))
  return { out, lastedMs }
}

/** The rows of all jobs once all have ended, or when it has taken too long. */
async function awaitEnds(site: Site): Promise<Row[]> {
  for (const until = performance.now() + ENDED_MS_MAX; ; await Bun.sleep(ASK_MS)) {
    const rows = await site.ask<Row>("SELECT id, request_id, state FROM asyncgate.jobs")
    if (rows.every(isEnded) || performance.now() > until) return rows
  }
}

const isEnded = ({ state }: Row) => state === "succeeded" || state === "failed" || state === "cancelled"

/** Asks the gateways, by turns, for each job that was accepted. @returns id -> status */
async function pollAll({ gateways }: Site, submits: readonly Submit[]): Promise<Map<string, string>> {
  const answers = new Map<string, string>()
  const ids = submits.filter(({ answer }) => answer === "accepted").map(({ id }) => id)
  const left = ids.entries()
  const poll = async () => {
    for (const [index, id] of left) {
      const response = await gateways[index % gateways.length]?.poll(id)
      const job = (await response?.json()) as { status?: string }
      answers.set(id, response?.status === 200 ? (job.status ?? "") : `${response?.status} ${JSON.stringify(job)}`)
    }
  }
  await Promise.all(Array.from({ length: POLLERS }, poll))
  return answers
}

function judge(load: Load, rows: readonly Row[], polled: Map<string, string>, { calls }: Provider) {
  const { submits } = load
  const count = (answer: Submit["answer"]) => submits.filter((submit) => submit.answer === answer).length
  const ended = new Set(rows.filter(isEnded).map(({ id }) => id))
  const copies = Map.groupBy(rows, (row) => row.request_id)
  const isTold = (id: string) => polled.get(id) === "completed" || polled.get(id) === "failed"
  const accepted = submits.filter(({ answer }) => answer === "accepted")
  return {
    submits: submits.length,
    accepted: accepted.length,
    lost: accepted.filter(({ id }) => !ended.has(id) || !isTold(id)).length,
    failed: accepted.filter(({ id }) => polled.get(id) === "failed").length,
    refused: count("refused"),
    refusedAndStored: submits.filter(({ answer, requestId }) => answer === "refused" && copies.has(requestId)).length,
    unknown: count("unknown"),
    unknownAndStored: submits.filter(({ answer, requestId }) => answer === "unknown" && copies.has(requestId)).length,
    // Bun's client sends a request again where a connection that it has kept turns out to be dead.
    storedTwice: [...copies.values()].reduce((sum, { length }) => sum + length - 1, 0),
    calledTwice: [...calls].reduce(
      (sum, [question, times]) => sum + Math.max(0, times - Math.max(1, copies.get(question)?.length ?? 0)),
      0,
    ),
    silenceMs: load.longestSilence(),
    latestMs: load.latestMs(),
    ...load.readLatencies(),
    reasons: countReasons(submits),
  }
}

/** What the submits were told that were not accepted -> how often. */
function countReasons(submits: readonly Submit[]): Record<string, number> {
  const reasons = Map.groupBy(
    submits.filter(({ answer }) => answer !== "accepted"),
    ({ answer, why }) => `${answer}: ${/"message":"([^"]*)/.exec(why)?.[1] ?? why}`,
  )
  return Object.fromEntries([...reasons].map(([reason, { length }]) => [reason, length]))
}

function keepEvidence(
  outcome: Outcome & { struckAt: number },
  site: Site,
  { submits }: Load,
  rows: readonly Row[],
  provider: Provider,
): void {
  const directory = join(evidence, `${outcome.fault}-${outcome.round}-${Date.now()}`)
  mkdirSync(directory, { recursive: true })
  site.logs().forEach((log, index) => {
    writeFileSync(join(directory, `gateway-${index}.log`), log)
  })
  const again = [...provider.calls].filter(([, times]) => times > 1)
  const all = { outcome, again, rows, submits: submits.filter(({ answer }) => answer !== "accepted") }
  writeFileSync(join(directory, "round.json"), JSON.stringify(all, null, 2))
  process.stdout.write(`the logs are in ${directory}\n`)
}
