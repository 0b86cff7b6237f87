// The wall clock jumps two hours under load, and back, and over a restart: work that is due stays due, and nothing is given up. What is
// signed for others carries the machine's time, whatever it was when the gateway started.
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { CHAT } from "../harness.ts"
import { judge } from "./judge.ts"
import { createLedger, isOver } from "./ledger.ts"
import { startGateway } from "./process.ts"
import type { Section } from "./report.ts"
import { compileShim, steer } from "./shim.ts"
import { openSite, type Run, until } from "./site.ts"

const JUMP_MS = 2 * 3_600_000
const CALM_MS = 1500
/** What the provider does in about two seconds. */
const UNENDED_MAX = 500
const END_MS_MAX = 20_000
const NOVA = "amazon.nova-lite-v1:0"
const CALL_MS_MAX = 5000
/** AWS refuses what is five minutes off. */
const SKEW_MS_MAX = 60_000

interface Jump {
  name: string
  byMs: number
  /** The gateway is killed before and started after it. */
  hasRestart: boolean
}

const jumps: Jump[] = [
  { name: "clock forward", byMs: JUMP_MS, hasRestart: false },
  { name: "clock back", byMs: -JUMP_MS, hasRestart: false },
  { name: "clock forward over a restart", byMs: JUMP_MS, hasRestart: true },
  { name: "clock back over a restart", byMs: -JUMP_MS, hasRestart: true },
]

export async function tortureByClock(run: Run): Promise<Section[]> {
  const compiled = compileShim(run.stage)
  if ("reason" in compiled) return [{ name: "clock", skipped: compiled.reason }]
  const sections: Section[] = []
  for (const jump of jumps) sections.push(await jumpOnce(run, compiled.library, jump))
  sections.push(await signAfterJump(run, compiled.library))
  return sections
}

/** The clock is ahead at the start and set right afterwards: what AWS signs a call with must be the time of now. */
async function signAfterJump(run: Run, library: string): Promise<Section> {
  const directory = join(run.stage, "clock-ahead")
  mkdirSync(directory)
  const dates: string[] = []
  const aws = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch({ headers }) {
      dates.push(headers.get("x-amz-date") ?? "")
      return Response.json({ message: "no" }, { status: 400 })
    },
  })
  const bedrock = {
    keys: [{ value: "AKIAIOSFODNN7EXAMPLE:secret" }],
    network_config: { base_url: `http://127.0.0.1:${aws.port}` },
    options: { region: "us-east-1" },
  }
  writeFileSync(join(directory, "config.json"), JSON.stringify({ providers: { bedrock } }))
  const shim = steer(library, directory)
  shim.setClock(JUMP_MS)
  const child = startGateway(directory, 0, join(run.stage, "clock-ahead.log"), { env: shim.env })
  const url = (await child.facts)?.url ?? ""
  shim.setClock(0)
  await fetch(url + CHAT, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: `bedrock/${NOVA}`, messages: [{ role: "user", content: "Hello" }] }),
  })
  await until(() => dates.length > 0, CALL_MS_MAX)
  await child.kill()
  aws.stop(true)
  const ledger = createLedger()
  const aheadMs = parseAmzDate(dates[0] ?? "") - Date.now()
  if (!(Math.abs(aheadMs) < SKEW_MS_MAX)) {
    ledger.problem("signed with another time", `${dates[0] || "no call"} at ${new Date().toISOString()}`)
  }
  const figures = { "x-amz-date is ahead by": `${Math.round(aheadMs / 1000)} s` }
  return { name: "clock ahead at the start", figures, verdict: judge(ledger, [], [], null) }
}

/** `20261201T000000Z` as epoch milliseconds. */
function parseAmzDate(amzDate: string): number {
  return Date.parse(amzDate.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"))
}

/** Calls that take long enough to be out at the jump, retries and pauses that wait across it, and jobs that queue behind them. */
async function jumpOnce(run: Run, library: string, { name, byMs, hasRestart }: Jump): Promise<Section> {
  const directory = join(run.stage, name.replaceAll(" ", "-"))
  mkdirSync(directory)
  const shim = steer(library, directory)
  const mix = { seed: run.seed, hasFaults: true, hasActs: true, length: 200, callMs: 400 }
  const site = await openSite(run, { directory, mix, launch: { env: shim.env }, unendedMax: UNENDED_MAX })
  const { ledger, load } = site
  await site.start()
  load.submitting(true)
  await Bun.sleep(CALM_MS)
  if (hasRestart) await site.kill()
  shim.setClock(byMs)
  const jumpedAt = Date.now()
  const before = ledger.entries.filter((entry) => entry.id !== null && !isOver(entry))
  if (hasRestart) {
    load.submitting(false)
    await site.start()
  } else {
    await Bun.sleep(CALM_MS)
    shim.setClock(0)
    await Bun.sleep(CALM_MS)
  }
  const isEnded = (await site.until(() => before.every(isOver), END_MS_MAX)) !== null
  const endedAfterMs = Date.now() - jumpedAt
  const { verdict } = await site.finish(jumpedAt)
  const figures = {
    "jobs without an end at the jump": before.length,
    "jump until they had all ended": isEnded ? `${endedAfterMs} ms` : "NEVER",
  }
  return { name, figures, verdict }
}
