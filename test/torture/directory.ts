// The directory under a running gateway is renamed or removed, or its lock is: nothing acknowledged is lost, nothing is acknowledged that is
// stored nowhere, no job is worked by two processes, and who cannot go on says why.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import { CHAT } from "../harness.ts"
import { judge } from "./judge.ts"
import { createLedger, type Ledger } from "./ledger.ts"
import { type Child, freePort, startGateway } from "./process.ts"
import type { Section } from "./report.ts"
import { isDump, openSite, type Run, type Site } from "./site.ts"
import type { Call } from "./upstream.ts"

const CALM_MS = 1000
const TROUBLE_MS = 3000
/** How long a gateway may take to notice that its directory is gone. */
const NOTICE_MS_MAX = 2000
/** One of two gateways on a directory must have given up by then. */
const YIELD_MS_MAX = 4000
const ASK_EVERY_MS = 100
const LONG_CALL_MS = 1500
const EXAMPLE_CHARS = 400

export async function tortureByDirectory(run: Run): Promise<Section[]> {
  return [await renameAway(run), await removeAll(run)]
}

async function renameAway(run: Run): Promise<Section> {
  const directory = join(run.stage, "renamed")
  const mix = { seed: run.seed, hasFaults: false, hasActs: false, length: 200, callMs: 100 }
  const site = await openSite(run, { directory, mix, unendedMax: 100 })
  const { ledger } = site
  const child = await site.start()
  site.load.submitting(true)
  await Bun.sleep(CALM_MS)
  const before = ledger.accepted()
  const unstoredSince = Date.now()
  noteEnd(site, child, unstoredSince)
  renameSync(directory, `${directory}-elsewhere`)
  await Bun.sleep(TROUBLE_MS)
  const figures = { ...describeExit(child.exitCode()), "jobs accepted meanwhile": ledger.accepted() - before }
  checkWords(ledger, site.log())
  await site.kill()
  if (existsSync(directory)) {
    ledger.problem("made a second directory", "where the first one had been")
    rmSync(directory, { recursive: true })
  }
  renameSync(`${directory}-elsewhere`, directory)
  const last = await site.start()
  const { verdict } = await site.finish(last.startedAt)
  return { name: "directory renamed", figures, verdict }
}

/** Nothing that was in it can be there again; but nothing may be promised any more. */
async function removeAll(run: Run): Promise<Section> {
  const directory = join(run.stage, "removed")
  const logPath = join(run.stage, "removed.log")
  mkdirSync(directory)
  const ledger = createLedger()
  const child = startGateway(directory, 0, logPath)
  const url = (await child.facts)?.url ?? ""
  await submit(url)
  rmSync(directory, { recursive: true })
  const removedAt = Date.now()
  let answer: number | string = ""
  let acceptedMs = 0
  while (Date.now() - removedAt < TROUBLE_MS && child.exitCode() === null) {
    answer = await submit(url)
    if (answer === 202) acceptedMs = Date.now() - removedAt
    await Bun.sleep(ASK_EVERY_MS)
  }
  if (acceptedMs > NOTICE_MS_MAX) {
    ledger.problem("accepted what is stored nowhere", `${acceptedMs} ms after its directory was gone`)
  }
  if (answer === 500) ledger.problem("a submit with a strange answer", "500")
  const figures = {
    ...describeExit(child.exitCode()),
    "the last submit": answer,
    "the last acceptance": `${acceptedMs} ms after it was removed`,
  }
  await child.kill()
  checkWords(ledger, existsSync(logPath) ? readFileSync(logPath, "utf8") : "")
  const again = startGateway(directory, 0, logPath)
  if ((await again.facts) === null)
    ledger.problem("DOES NOT START", readFileSync(logPath, "utf8").slice(-EXAMPLE_CHARS))
  await again.kill()
  return { name: "directory removed", figures, verdict: judge(ledger, [], [], null) }
}

/** The status of its answer. */
async function submit(url: string): Promise<number | string> {
  const init = {
    method: "POST",
    keepalive: false,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "mock/echo", messages: [{ role: "user", content: "Hello" }] }),
  }
  return await fetch(url + CHAT, init).then(
    ({ status }) => status,
    () => "no connection",
  )
}

/** The lock is deleted, and somebody starts a second gateway on the same directory. */
export async function tortureByLostLock(run: Run): Promise<Section[]> {
  const directory = join(run.stage, "lock")
  const mix = { seed: run.seed, hasFaults: false, hasActs: false, length: 200, callMs: LONG_CALL_MS }
  const site = await openSite(run, { directory, mix, unendedMax: 60 })
  const { ledger } = site
  const first = await site.start()
  site.load.submitting(true)
  await Bun.sleep(CALM_MS)
  noteEnd(site, first, Date.now())
  rmSync(join(directory, "asyncgate.lock"))
  const secondLog = join(run.stage, "lock-second.log")
  const second = startGateway(directory, freePort(), secondLog)
  await site.until(() => first.exitCode() !== null || second.exitCode() !== null, YIELD_MS_MAX)
  const [ofFirst, ofSecond] = [first.exitCode(), second.exitCode()]
  if (ofFirst === null && ofSecond === null)
    ledger.problem("two processes work on one directory", `${YIELD_MS_MAX} ms on`)
  const words = existsSync(secondLog) ? readFileSync(secondLog, "utf8") : ""
  checkWords(ledger, ofSecond === null ? site.log() : words)
  if ((ofSecond === null ? site.log() : words).trim() === "") ledger.problem("the loser does not say so", "no line")
  site.kills.push({ at: await second.kill() })
  await site.kill()
  const twice = countOverlaps(await site.calls())
  if (twice > 0) ledger.problem("called by two processes at the same time", `${twice} jobs`)
  const last = await site.start()
  const { verdict } = await site.finish(last.startedAt)
  const figures = {
    "the first process": ofFirst === null ? "goes on" : `ended with ${ofFirst}`,
    "the second process": ofSecond === null ? "goes on" : `ended with ${ofSecond}`,
    "the loser says": (ofSecond === null ? site.log() : words).trim().split("\n").at(-1)?.slice(0, 200) ?? "NOTHING",
  }
  return [{ name: "lock deleted", figures, verdict }]
}

/** What it had in hand when it ended by itself may be called again. */
function noteEnd({ kills }: Site, { exited }: Child, unstoredSince: number): void {
  void exited.then(() => kills.push({ at: Date.now(), unstoredSince, cutSince: unstoredSince }))
}

/** Jobs that were called while another call of theirs was under way. */
function countOverlaps(calls: Call[]): number {
  const waitForEnd = new Map<number, number>()
  const twice = new Set<number>()
  for (const { job, startedAt, endedAt } of calls.toSorted((a, b) => a.startedAt - b.startedAt)) {
    if (startedAt < (waitForEnd.get(job) ?? 0)) twice.add(job)
    waitForEnd.set(job, Math.max(waitForEnd.get(job) ?? 0, endedAt ?? Number.POSITIVE_INFINITY))
  }
  return twice.size
}

function describeExit(exitCode: number | null): Record<string, string> {
  return { "the process": exitCode === null ? "goes on" : `ended with exit code ${exitCode}` }
}

function checkWords(ledger: Ledger, log: string): void {
  if (isDump(log)) ledger.problem("a dump instead of a sentence", log.slice(-EXAMPLE_CHARS))
}
