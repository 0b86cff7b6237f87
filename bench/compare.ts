// `bun run bench:compare BEFORE AFTER`: two builds of the gateway measured by turns in one run, and the first one against itself, which says
// how much of a difference is noise. `--rounds N`. Exit 1 when the second is slower than it may be.
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"
import { drained } from "./flow.ts"
import { type Context, load, startGateway, startUpstreams, submitOne } from "./gateway.ts"
import { machine } from "./machine.ts"
import { pause, resume } from "./pause.ts"
import { CHAT, chatRequest } from "./request.ts"
import { keepIn } from "./results.ts"
import { median } from "./spread.ts"
import { createStage, quit, type Server } from "./stage.ts"
import { inColumns } from "./table.ts"
import { hammer } from "./wrk.ts"

const RUN_MS_MAX = 10 * 60_000
const SYNC_MS_MAX = 30_000
const ROUNDS = 7
const JOBS = 3000
const STORED_JOBS = 200
/** What a build may lose. */
const RATIO_MIN = 0.97

const dist = join(import.meta.dir, "../dist")
/** The build before is there twice: what the two differ by is noise. */
const roles = ["before", "before again", "after"] as const
type Role = (typeof roles)[number]

interface Contender {
  gateway: Server
  /** Of a job that has ended. */
  path: string
}

/** What is measured, each per second. */
const kinds: Record<string, (context: Context, contender: Contender) => Promise<number>> = {
  "submits/s, 64 connections, workers held": async ({ stage }, { gateway }) =>
    (await hammer(stage, { url: gateway.url + CHAT, body: chatRequest("held/any") })).requestsPerSecond,
  "jobs/s from submit to stored result": async ({ stage }, { gateway }) => {
    const plan = { url: gateway.url, model: "instant/any", jobs: JOBS, kind: "burst", connections: 64 } as const
    return (JOBS * 1000) / (await load(stage, plan)).endedAfterMs
  },
  "polls/s, 64 connections, 1 KB": async ({ stage }, { gateway, path }) =>
    (await hammer(stage, { url: gateway.url + path })).requestsPerSecond,
}

await main()

async function main(): Promise<void> {
  const { before, after, rounds } = read()
  const stage = createStage(dist, RUN_MS_MAX)
  const upstreams = await startUpstreams(stage)
  const contextOf = (binary: string): Context => ({ stage, binary, upstreams, soakMinutes: null })
  const contenders = {
    before: await contend(contextOf(before)),
    "before again": await contend(contextOf(before)),
    after: await contend(contextOf(after)),
  }
  const found: Record<string, Record<Role, number[]>> = {}
  for (const [kind, measure] of Object.entries(kinds)) {
    const rates = { before: [], "before again": [], after: [] } as Record<Role, number[]>
    // The first one warms up and is not counted.
    for (let round = -1; round < rounds; round++) {
      for (const role of computeOrder(round)) {
        const rate = await measureAlone(contextOf(before), contenders, role, (contender) =>
          measure(contextOf(before), contender),
        )
        if (round >= 0) rates[role].push(rate)
      }
    }
    found[kind] = rates
  }
  const rows = Object.entries(found).map(([kind, rates]) => compareRates(kind, rates))
  const head = ["median of each", "before", "after", "after / before", "before again / before", "must be", "met"]
  process.stdout.write(`${before}\n${after}\n${rounds} rounds, load ${machine().load}\n`)
  process.stdout.write(`${inColumns([head, ...rows.map(({ cells }) => cells)])}\n`)
  keepIn(join(dist, "compare.json"), { date: new Date().toISOString(), machine: machine(), before, after, found })
  process.exit(rows.every(({ isMet }) => isMet) ? 0 : 1)
}

/** A gateway with some jobs in its store, warmed up. */
async function contend(context: Context): Promise<Contender> {
  const gateway = await startGateway(context)
  const plan = { url: gateway.url, model: "instant/any", jobs: STORED_JOBS, kind: "burst", connections: 16 } as const
  const { lastJobId } = await load(context.stage, plan)
  await submitOne(gateway, "held/any")
  return { gateway, path: `${CHAT}/${lastJobId}` }
}

/** Every contender goes first, second and last equally often. */
function computeOrder(round: number): Role[] {
  const at = (round + roles.length) % roles.length
  const order = [...roles.slice(at), ...roles.slice(0, at)]
  return round % 2 === 0 ? order : order.toReversed()
}

/** Measures one while the others are held still and the disk has nothing left to do for them. */
async function measureAlone(
  { stage }: Context,
  contenders: Record<Role, Contender>,
  role: Role,
  measure: (contender: Contender) => Promise<number>,
): Promise<number> {
  pause(Object.values(contenders).map(({ gateway }) => gateway.pid))
  resume([contenders[role].gateway.pid])
  await stage.run(["sync"], SYNC_MS_MAX)
  const rate = await measure(contenders[role])
  await drained(contenders[role].gateway)
  return rate
}

/** Ratios are of the same round, so that what the machine does besides meets both. */
function compareRates(kind: string, rates: Record<Role, number[]>): { cells: string[]; isMet: boolean } {
  const computeRatio = (role: Role) =>
    median(rates[role].map((rate, round) => rate / (rates.before[round] ?? Number.NaN)))
  const ratio = computeRatio("after")
  const isMet = ratio >= RATIO_MIN
  const rate = (role: Role) => Math.round(median(rates[role])).toLocaleString("en-US")
  const cells = [kind, rate("before"), rate("after"), ratio.toFixed(3), computeRatio("before again").toFixed(3)]
  return { cells: [...cells, `>= ${RATIO_MIN}`, isMet ? "yes" : "NO"], isMet }
}

function read(): { before: string; after: string; rounds: number } {
  const usage = "usage: bun run bench:compare BEFORE AFTER [--rounds N], each the path of a binary"
  const { values, positionals } = parseArgs({ options: { rounds: { type: "string" } }, allowPositionals: true })
  const [before, after] = positionals.map((path) => resolve(path))
  if (before === undefined || after === undefined) return quit(2, usage)
  const missing = [before, after].find((path) => !existsSync(path))
  if (missing !== undefined) return quit(2, `${missing} is not there; ${usage}`)
  if (!Bun.which("wrk")) return quit(1, "wrk is missing: apt-get install wrk")
  const rounds = Number(values.rounds ?? ROUNDS)
  if (!(Number.isInteger(rounds) && rounds > 0)) return quit(2, `--rounds must be a whole number above zero; ${usage}`)
  return { before, after, rounds }
}
