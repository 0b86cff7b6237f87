// Signals: those that ask for an end in good order, from the first moment on; one that its starter ignores; and a process that is held still
// while its answers arrive.
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { judge } from "./judge.ts"
import { createLedger } from "./ledger.ts"
import { freePort, startGateway, whenHealthy } from "./process.ts"
import type { Section } from "./report.ts"
import { openSite, type Run } from "./site.ts"

const CALM_MS = 1000
const CALL_MS = 400
/** Starts that are ended as soon as they answer. */
const EARLY_ENDS = 24
const EARLY_SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const
const STILL_MS = 8000
/** Shorter than the process is held still. */
const TIMEOUT_SECONDS = 3
const LONG_CALL_MS = 1200
/** After a signal that is ignored so many more jobs are accepted, within this time. */
const MORE = 80
const TROUBLE_MS_MAX = 10_000

export async function tortureBySignals(run: Run): Promise<Section[]> {
  return [await hangUp(run), await hangUpIgnored(run), await endEarly(run, EARLY_ENDS)]
}

/** A terminal that goes away asks for an end as SIGTERM does: calls under way finish, and none is made again. */
export async function hangUp(run: Run): Promise<Section> {
  const mix = { seed: run.seed, hasFaults: false, hasActs: true, length: 200, callMs: CALL_MS }
  const site = await openSite(run, { directory: join(run.stage, "hang-up"), mix, unendedMax: 100 })
  await site.start()
  site.load.submitting(true)
  await Bun.sleep(CALM_MS)
  const sentAt = Date.now()
  const code = await site.stop("SIGHUP")
  if (code !== 0) site.ledger.problem("did not end in good order", `SIGHUP: ended with ${code}`)
  const figures = { "SIGHUP until the end": `${Date.now() - sentAt} ms, exit code ${code}` }
  const last = await site.start()
  const { verdict } = await site.finish(last.startedAt)
  return { name: "SIGHUP", figures, verdict }
}

/** Under nohup. */
async function hangUpIgnored(run: Run): Promise<Section> {
  const mix = { seed: run.seed, hasFaults: false, hasActs: true, length: 200, callMs: CALL_MS }
  const launch = { wrap: ["sh", "-c", `trap "" HUP; exec "$@"`, "sh"] }
  const site = await openSite(run, { directory: join(run.stage, "nohup"), mix, launch, unendedMax: 100 })
  const child = await site.start()
  site.load.submitting(true)
  await Bun.sleep(CALM_MS)
  const goal = site.ledger.accepted() + MORE
  child.signal("SIGHUP")
  const isOver = () => child.exitCode() !== null
  await site.until(() => isOver() || site.ledger.accepted() >= goal, TROUBLE_MS_MAX)
  const isServing = site.ledger.accepted() >= goal
  if (!isServing) site.ledger.problem("service does not go on", `exit code ${child.exitCode()}`)
  if (isOver()) await site.start()
  const { verdict } = await site.finish(Date.now())
  return { name: "SIGHUP under nohup", figures: { "service goes on": isServing ? "yes" : "NO" }, verdict }
}

/** Whoever waits for `/health` may send signals at once. */
export async function endEarly(run: Run, count: number): Promise<Section> {
  const directory = join(run.stage, "early-end")
  mkdirSync(directory)
  const ledger = createLedger()
  let inGoodOrder = 0
  for (let number = 0; number < count; number++) {
    const signal = EARLY_SIGNALS[number % EARLY_SIGNALS.length] ?? "SIGTERM"
    const port = freePort()
    const child = startGateway(directory, port, join(run.stage, "early-end.log"))
    let isOver = false
    void child.exited.then(() => {
      isOver = true
    })
    await whenHealthy(`http://127.0.0.1:${port}`, () => isOver)
    child.signal(signal)
    await child.exited
    if (child.exitCode() === 0) inGoodOrder++
    else ledger.problem("did not end in good order", `${signal} after /health: exit code ${child.exitCode()}`)
  }
  const figures = { "signals as soon as /health answers": count, "ended in good order": inGoodOrder }
  return { name: "early signals", figures, verdict: judge(ledger, [], [], null) }
}

/** Held still for longer than a call may take: what has arrived meanwhile is read before it is judged, and no call is made again. */
export async function tortureByPause(run: Run): Promise<Section[]> {
  const mix = { seed: run.seed, hasFaults: false, hasActs: false, length: 200, callMs: LONG_CALL_MS }
  const network = { default_request_timeout_in_seconds: TIMEOUT_SECONDS }
  const site = await openSite(run, { directory: join(run.stage, "pause"), mix, network, unendedMax: 60 })
  const child = await site.start()
  site.load.submitting(true)
  await Bun.sleep(2 * LONG_CALL_MS)
  const held = site.ledger.unended()
  child.signal("SIGSTOP")
  await Bun.sleep(STILL_MS)
  child.signal("SIGCONT")
  await Bun.sleep(LONG_CALL_MS)
  const { verdict } = await site.finish(Date.now())
  return [{ name: `SIGSTOP for ${STILL_MS / 1000} s`, figures: { "jobs without an end at the stop": held }, verdict }]
}
