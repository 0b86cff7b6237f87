// The overview: what is accepted and what ends, how long jobs wait and run, what is under way, and how the gateway is.

import { counts, useLive } from "../changes.ts"
import { writeBytes, writeCount, writeDuration, writeShort } from "../format.ts"
import { type Line, TimeChart } from "../parts/charts.tsx"
import { GatewayPanel, type Shared } from "../parts/gatewaypanel.tsx"
import { Fact, Head, Loading, Panel, TabLinks, Trouble } from "../parts/panels.tsx"
import { Age, Moment } from "../parts/values.tsx"
import { useResource } from "../resource.ts"
import { url, withQuery } from "../router.ts"

interface Stats {
  now: string
  step_seconds: number
  /** Those in which something happened. */
  points: Point[]
  /** The members are null where the engine did not answer in time. */
  current: { queued: number | null; running: number | null; waiting: number | null; oldest_queued_at: string | null }
  health: Health
}

interface Point {
  at: string
  accepted: number
  succeeded: number
  failed: number
  cancelled: number
  wait_p50_ms: number | null
  wait_p95_ms: number | null
  run_p50_ms: number | null
  run_p95_ms: number | null
}

interface Health extends Shared {
  status: string
  store: {
    writable: boolean
    reason: string | null
    database_bytes: number
    wal_bytes: number
    disk_free_bytes: number | null
  }
  engine: { silent_ms: number }
  threads: { alive: number; died: number; replaced: number } | null
  reaper: { last_run_at: string | null; pruned: number } | null
  version: string
  uptime_s: number
  rss_bytes: number
}

const windows = { "10m": "10 minutes", "24h": "24 hours" } as const
const spans = { "10m": 600_000, "24h": 86_400_000 } as const
const other = { "10m": "24h", "24h": "10m" } as const
type Window = keyof typeof windows
/** How many values a chart draws: more would be finer than a screen. */
const DRAWN_MAX = 150

export function Screen() {
  const window: Window = url.value.searchParams.get("window") === "24h" ? "24h" : "10m"
  const path = `/v1/async/stats?window=${window}`
  const { data, error, reload, isOld } = useResource<Stats>(path, window === "10m" ? 5000 : 60_000, {
    // The last step may not have been over.
    path: ({ points }) => (points.length === 0 ? path : `${path}&since=${points.at(-1)?.at}`),
    join: (last, newer) => {
      const from = newer.points[0]?.at
      // A page that is open for days keeps no more than it draws.
      const begin = new Date(Date.parse(newer.now) - spans[window]).toISOString()
      const kept = last.points.filter(({ at }) => at >= begin && (from === undefined || at < from))
      return { ...newer, points: [...kept, ...newer.points] }
    },
  })
  // The counts come with the stream; the charts have their own pace.
  useLive("", () => {})
  return (
    <>
      <Head title="Overview">
        <TabLinks
          label="Span of the charts"
          current={window}
          tabs={Object.entries(windows).map(([key, name]) => ({
            key,
            name,
            href: withQuery({ window: key === "10m" ? null : key }),
          }))}
        />
      </Head>
      {error === null ? null : <Trouble text={error} onRetry={reload} />}
      {data === null ? (
        error === null ? (
          <Loading what="Reading the figures" />
        ) : null
      ) : (
        <Figures stats={data} spanMs={spans[isOld ? other[window] : window]} />
      )}
    </>
  )
}

function Figures({ stats, spanMs }: { stats: Stats; spanMs: number }) {
  const { current, step_seconds, health } = stats
  const { queued, running, waiting } = counts.value ?? current
  const steps = thin(fill(stats, spanMs), step_seconds)
  const at = steps.map((step) => step.at)
  const pick = (name: Exclude<keyof Step, "at">) => steps.map((step) => step[name])
  const line = (name: string, tone: string, values: Line["values"]): Line => ({ name, tone, values })
  const perMinute = step_seconds === 60
  const rate = (value: number) => (perMinute ? `${writeShort(value * 60)}/min` : `${writeShort(value)}/s`)
  const every = perMinute ? "a minute" : "a second"
  return (
    <>
      <div class="tiles">
        <Tile name="Queued" value={writeCount(queued)} href="/ui/jobs?state=queued" />
        <Tile name="Running" value={writeCount(running)} href="/ui/jobs?state=running" />
        <Tile name="Waiting" value={writeCount(waiting)} href="/ui/jobs?state=waiting" />
        <Tile
          name="Oldest queued"
          value={current.oldest_queued_at === null ? "none" : <Age at={current.oldest_queued_at} />}
        />
      </div>
      <div class="charts">
        <Panel title="Accepted">
          <TimeChart
            label={`Jobs accepted ${every}`}
            at={at}
            write={rate}
            lines={[line("accepted", "accent", pick("accepted"))]}
          />
        </Panel>
        <Panel title="Ended">
          <TimeChart
            label={`Jobs ended ${every}, by outcome`}
            at={at}
            write={rate}
            isStacked
            lines={[
              line("succeeded", "good", pick("succeeded")),
              line("failed", "bad", pick("failed")),
              line("cancelled", "quiet", pick("cancelled")),
            ]}
          />
        </Panel>
        <Panel title="Wait before the call">
          <TimeChart
            label="How long jobs wait before they are called"
            at={at}
            write={writeDuration}
            lines={[
              line("half within", "accent", pick("wait_p50_ms")),
              line("95 % within", "wait", pick("wait_p95_ms")),
            ]}
          />
        </Panel>
        <Panel title="Run">
          <TimeChart
            label="How long calls take"
            at={at}
            write={writeDuration}
            lines={[line("half within", "accent", pick("run_p50_ms")), line("95 % within", "wait", pick("run_p95_ms"))]}
          />
        </Panel>
      </div>
      <HealthStrip health={health} />
      <GatewayPanel gateways={health.gateways} standbys={health.standbys} />
    </>
  )
}

function Tile({ name, value, href }: { name: string; value: preact.ComponentChildren; href?: string }) {
  const inside = (
    <>
      <span class="tile-name">{name}</span>
      <span class="tile-value">{value}</span>
    </>
  )
  return href === undefined ? (
    <div class="tile">{inside}</div>
  ) : (
    <a class="tile" href={href}>
      {inside}
    </a>
  )
}

function HealthStrip({ health }: { health: Health }) {
  const { store, engine, threads, reaper } = health
  const isWell = health.status === "ok"
  return (
    <Panel
      title="Health"
      note={<span class={`state ${isWell ? "good" : "bad"}`}>{isWell ? "well" : health.status}</span>}
    >
      {store.reason === null ? null : <Trouble text={store.reason} />}
      <dl class="facts">
        <Fact name="Store" value={store.writable ? "takes jobs" : "takes no jobs"} isBad={!store.writable} />
        <Fact name="Database" value={`${writeBytes(store.database_bytes)} + ${writeBytes(store.wal_bytes)} log`} />
        <Fact name="Disk free" value={writeBytes(store.disk_free_bytes)} />
        <Fact
          name="Engine"
          value={engine.silent_ms < 5000 ? "answers" : `silent for ${writeDuration(engine.silent_ms)}`}
          isBad={engine.silent_ms >= 5000}
        />
        <Fact
          name="Threads"
          value={
            threads === null ? "unknown" : `${threads.alive} alive${threads.died > 0 ? `, ${threads.died} died` : ""}`
          }
          isBad={threads !== null && threads.died > threads.replaced}
        />
        <Fact name="Last clean-up" value={<Moment at={reaper?.last_run_at} />} />
        <Fact name="Memory" value={writeBytes(health.rss_bytes)} />
        <Fact name="Up for" value={writeDuration(health.uptime_s * 1000)} />
        <Fact name="Version" value={health.version} />
      </dl>
    </Panel>
  )
}

type Step = Record<"accepted" | "succeeded" | "failed" | "cancelled", number> &
  Record<"wait_p50_ms" | "wait_p95_ms" | "run_p50_ms" | "run_p95_ms", number | null> & { at: string }

/** Every step of the span up to now, with those in which nothing happened. */
function fill({ now, points, step_seconds }: Stats, spanMs: number): Point[] {
  const stepMs = step_seconds * 1000
  const byTime = new Map(points.map((point) => [Math.floor(Date.parse(point.at) / stepMs), point]))
  const last = Math.floor(Date.parse(now) / stepMs)
  return Array.from({ length: spanMs / stepMs }, (_, index) => {
    const step = last - spanMs / stepMs + 1 + index
    return byTime.get(step) ?? { ...nothing, at: new Date(step * stepMs).toISOString() }
  })
}

const nothing = {
  ...{ accepted: 0, succeeded: 0, failed: 0, cancelled: 0 },
  ...{ wait_p50_ms: null, wait_p95_ms: null, run_p50_ms: null, run_p95_ms: null },
}

/** Puts neighbouring points together: rates a second as their mean, times as their highest. */
function thin(points: readonly Point[], stepSeconds: number): Step[] {
  const size = Math.max(1, Math.ceil(points.length / DRAWN_MAX))
  const steps: Step[] = []
  // From the end on, so that the last step is a whole one.
  for (let end = points.length; end > 0; end -= size) {
    const group = points.slice(Math.max(0, end - size), end)
    const rate = (name: "accepted" | "succeeded" | "failed" | "cancelled") =>
      group.reduce((sum, point) => sum + point[name], 0) / (group.length * stepSeconds)
    const highest = (name: "wait_p50_ms" | "wait_p95_ms" | "run_p50_ms" | "run_p95_ms") => {
      const known = group.map((point) => point[name]).filter((value) => value !== null)
      return known.length === 0 ? null : Math.max(...known)
    }
    steps.push({
      at: group[0]?.at ?? "",
      accepted: rate("accepted"),
      succeeded: rate("succeeded"),
      failed: rate("failed"),
      cancelled: rate("cancelled"),
      wait_p50_ms: highest("wait_p50_ms"),
      wait_p95_ms: highest("wait_p95_ms"),
      run_p50_ms: highest("run_p50_ms"),
      run_p95_ms: highest("run_p95_ms"),
    })
  }
  return steps.reverse()
}
