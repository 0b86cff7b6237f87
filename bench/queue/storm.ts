// A key with a limit, beside one that has none and alone: whether its 429s are heard, whether the other key goes on meanwhile, and
// how the limited key is used again.
import type { Measurement, Row } from "../table.ts"
import { appDirectory, type Context, client, readAddress, readReport, startGateway, startUpstream } from "./program.ts"
import { ANSWER_MS, CLOSED_SECONDS, FREE_KEY, LIMIT, LIMITED_KEY, type Report, WINDOW_MS } from "./upstream.ts"

/** More than go out in the time that is watched. */
const JOBS = 20_000
const WATCHED_MS = 16_000
const ROUNDS = 2
const CONCURRENCY = 100
/** What arrives so soon after a 429 was out when it came. */
const OUT_MS = 100

interface Round {
  /** Calls with the limited key that came while it was closed: those that were out by then, and those that should not have gone. */
  out: number
  early: number
  /** Calls a second. */
  freeWhileClosed: number
  freeAfter: number
  limitedAfter: number
  /** From its first opening on: the most calls with it in any window, and those that got a 429. */
  windowMax: number
  refusedAfter: number
}

export async function measureStorm(context: Context): Promise<Measurement> {
  const both: Round[] = []
  const alone: Round[] = []
  for (let n = 0; n < ROUNDS; n++) {
    both.push(await storm(context, [LIMITED_KEY, FREE_KEY]))
    alone.push(await storm(context, [LIMITED_KEY]))
  }
  const slots = { what: `that ${CONCURRENCY} slots allow`, measured: (CONCURRENCY * 1000) / ANSWER_MS }
  const free = (name: "freeWhileClosed" | "freeAfter") => Math.min(...both.map((round) => round[name]))
  return {
    rows: [
      ...readRows("429 for one of two keys", both),
      { what: "  the other key meanwhile, least", measured: free("freeWhileClosed"), unit: "/s", beside: slots },
      { what: "  the other key after, least", measured: free("freeAfter"), unit: "/s", beside: slots },
      ...readRows("429 for the only key", alone),
    ],
    raw: { both, alone },
  }
}

function readRows(what: string, rounds: Round[]): Row[] {
  const most = (name: keyof Round) => Math.max(...rounds.map((round) => round[name]))
  const limit = { what: "that the limit allows", measured: (LIMIT * 1000) / WINDOW_MS }
  const rate = Math.min(...rounds.map(({ limitedAfter }) => limitedAfter))
  return [
    {
      what: `${what}, Retry-After: ${CLOSED_SECONDS}, its calls before then, most`,
      measured: most("early"),
      unit: "calls",
      bar: { atMost: 0 },
    },
    { what: "  its calls that were out when the first came, most", measured: most("out"), unit: "calls" },
    {
      what: "  its calls in any second after it opened, most",
      measured: most("windowMax"),
      unit: "calls",
      bar: { atMost: LIMIT },
    },
    { what: "  its 429s after it opened, most", measured: most("refusedAfter"), unit: "calls" },
    { what: "  its calls after it opened, least", measured: rate, unit: "/s", beside: limit },
  ]
}

async function storm(context: Context, values: string[]): Promise<Round> {
  const { stage } = context
  const upstream = await startUpstream(stage)
  const keys = values.map((value) => ({ name: value, value }))
  const provider = { url: readAddress(upstream, "limited"), keys, concurrency: CONCURRENCY }
  const gateway = await startGateway(context, appDirectory(stage, { storm: provider }))
  const submitted = client(stage, { kind: "submit", url: gateway.url, provider: "storm", models: 1, jobs: JOBS })
  const watched = Bun.sleep(WATCHED_MS)
  await submitted
  await watched
  const calls = await readReport(upstream)
  await Promise.all([gateway, upstream].map((server) => server.stop()))
  return makeRound(calls)
}

function makeRound(calls: Report): Round {
  const times = (key: string) => calls.filter((call) => call.key === key).map(({ arrivedAt }) => arrivedAt)
  const refusals = calls.filter(({ status }) => status === 429).map(({ endedAt }) => endedAt ?? 0)
  const [limited, free] = [times(LIMITED_KEY).sort(ascending), times(FREE_KEY)]
  const closedAt = Math.min(...refusals)
  const openAt = closedAt + CLOSED_SECONDS * 1000
  const endAt = Math.max(...calls.map(({ arrivedAt }) => arrivedAt))
  const closed = limited.filter((at) =>
    refusals.some((refusedAt) => refusedAt < at && at < refusedAt + CLOSED_SECONDS * 1000),
  )
  const early = closed.filter((at) =>
    refusals.some((refusedAt) => refusedAt + OUT_MS < at && at < refusedAt + CLOSED_SECONDS * 1000),
  )
  const perSecond = (times: number[], from: number, to: number) =>
    (times.filter((at) => at >= from && at < to).length * 1000) / (to - from)
  const after = limited.filter((at) => at >= openAt)
  return {
    out: closed.length - early.length,
    early: early.length,
    freeWhileClosed: perSecond(free, closedAt, openAt),
    freeAfter: perSecond(free, openAt, endAt),
    limitedAfter: perSecond(limited, openAt, endAt),
    windowMax: Math.max(0, ...after.map((from) => after.filter((at) => at >= from && at < from + WINDOW_MS).length)),
    refusedAfter: refusals.filter((at) => at >= openAt).length,
  }
}

function ascending(a: number, b: number): number {
  return a - b
}
