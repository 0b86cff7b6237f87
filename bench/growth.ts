// Whether it stays as fast as it grows: the same figures with 1 thousand, 100 thousand and 1 million stored jobs, and with a queue that
// is 1 million deep.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { FillPlan, FillReport } from "./fill.ts"
import { drained } from "./flow.ts"
import { appDirectory, type Context, load, startGateway } from "./gateway.ts"
import { pace } from "./pace.ts"
import { CHAT, chatRequest } from "./request.ts"
import { median } from "./spread.ts"
import type { Server } from "./stage.ts"
import type { Measurement, Row } from "./table.ts"
import { inTurns } from "./turns.ts"
import { CONNECTIONS, hammer } from "./wrk.ts"

const sizes = {
  few: { jobs: 1000, state: "succeeded", words: "1 thousand stored" },
  some: { jobs: 100_000, state: "succeeded", words: "100 thousand stored" },
  many: { jobs: 1_000_000, state: "succeeded", words: "1 million stored" },
  deep: { jobs: 1_000_000, state: "queued", words: "1 million queued" },
} as const
type Size = keyof typeof sizes

/** The most that a figure may get worse. */
const WORSE_MAX = 1.3
const JOBS = 2000
const PACED_JOBS = 500
/** So that the measured jobs are gone before the next repetition, and few stay few. Those that are asked for must stay a little. */
const ASKED_TTL_SECONDS = 5
const TTL_SECONDS = 1
/** In this time what has expired is deleted: the next one measured is not to pay for it. */
const REST_MS = 1500
const FILL_MS_MAX = 4 * 60_000

/** Of each figure: its unit, and how it is found. */
const figures = {
  submits: { what: "submits while jobs are worked", unit: "/s" },
  polls: { what: "polls of one job", unit: "/s" },
  pollsOfAny: { what: "polls of any job", unit: "/s" },
  jobs: { what: "jobs from submit to stored result", unit: "/s" },
  submitP50: { what: "submit at 500/s, p50", unit: "ms" },
  submitP99: { what: "submit at 500/s, p99", unit: "ms" },
  callP50: { what: "submit to upstream at 500/s, p50", unit: "ms" },
  callP99: { what: "submit to upstream at 500/s, p99", unit: "ms" },
} as const
type Name = keyof typeof figures
type Round = Record<Name, number>

interface Grown {
  gateway: Server
  /** Of some of its jobs, in no order; and of one. */
  pathsFile: string
  path: string
  report: FillReport
}

export async function measureGrowth(context: Context): Promise<Measurement> {
  const names = Object.keys(sizes) as Size[]
  const grown = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await grow(context, name)] as const)),
  ) as Record<Size, Grown>
  for (const name of names) await burst(context, grown[name].gateway)
  const rounds = await inTurns(names, (name) => measureAll(context, grown[name]))
  await Promise.all(names.map((name) => grown[name].gateway.stop()))
  const middle = (size: Size, name: Name) => median(rounds[size].map((round) => round[name]))
  const rows = names.slice(1).flatMap((size) =>
    (Object.keys(figures) as Name[]).map((name): Row => {
      const { what, unit } = figures[name]
      const bar = unit === "/s" ? { ratioAtLeast: 1 / WORSE_MAX } : { ratioAtMost: WORSE_MAX }
      return {
        what: `${what}, ${sizes[size].words}`,
        measured: middle(size, name),
        unit,
        beside: { what: `with ${sizes.few.words}`, measured: middle("few", name) },
        ...(size === "many" ? { bar } : {}),
      }
    }),
  )
  return { rows, raw: { fills: Object.fromEntries(names.map((name) => [name, grown[name].report])), rounds } }
}

async function grow(context: Context, size: Size): Promise<Grown> {
  const directory = appDirectory(context)
  const pathsFile = join(context.stage.directory(), "paths")
  const { jobs, state } = sizes[size]
  const plan: FillPlan = { directory, jobs, state, provider: "held", pathsFile }
  const command = [process.execPath, join(import.meta.dir, "fill.ts"), JSON.stringify(plan)]
  const report = JSON.parse(await context.stage.run(command, FILL_MS_MAX)) as FillReport
  const [path = ""] = readFileSync(pathsFile, "utf8").split("\n", 1)
  return { gateway: await startGateway(context, directory), pathsFile, path, report }
}

async function measureAll(context: Context, { gateway, pathsFile, path }: Grown): Promise<Round> {
  const { stage } = context
  const { url } = gateway
  const polls = await hammer(stage, { url: url + path })
  const pollsOfAny = await hammer(stage, { url, pathsFile })
  const { submitMs, submitToUpstreamMs } = await pace(context, { url, jobs: PACED_JOBS, ttlSeconds: ASKED_TTL_SECONDS })
  const jobs = await burst(context, gateway)
  const body = chatRequest("instant/any")
  const submits = await hammer(stage, { url: url + CHAT, body, ttlSeconds: TTL_SECONDS })
  await drained(gateway)
  await Bun.sleep(REST_MS)
  return {
    submits: submits.requestsPerSecond,
    polls: polls.requestsPerSecond,
    pollsOfAny: pollsOfAny.requestsPerSecond,
    jobs,
    submitP50: submitMs.p50,
    submitP99: submitMs.p99,
    callP50: submitToUpstreamMs.p50,
    callP99: submitToUpstreamMs.p99,
  }
}

/** Jobs a second. */
async function burst({ stage }: Context, { url }: Server): Promise<number> {
  const work = { url, model: "instant/any", jobs: JOBS, ttlSeconds: ASKED_TTL_SECONDS }
  const { endedAfterMs } = await load(stage, { ...work, kind: "burst", connections: CONNECTIONS })
  return (JOBS * 1000) / endedAfterMs
}
