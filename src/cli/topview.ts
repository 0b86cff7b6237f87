// What `asyncgate top` shows, as lines of a terminal. Pure.
import { asRecord, asRecords, asText, asWord } from "../values.ts"
import { cutLine, inLine, layOut } from "./terminal.ts"
import { formatAge, formatBytes } from "./texts.ts"

type Fields = Record<string, unknown>

export interface View {
  url: string
  /** As `GET /v1/async/stats` answers; null: the caller may not read it. */
  stats: Fields | null
  queues: Fields
  /** Jobs that run, as the list has them. */
  running: Fields[]
  /** Epoch milliseconds. */
  now: number
}

const RATE_SECONDS = 10
const HISTORY_SECONDS = 60
const BARS = "▁▂▃▄▅▆▇█"

/** On a lower terminal the bars are left out. */
const BARS_HEIGHT_MIN = 20
/** Fewer lines of a table say nothing. */
const TABLE_LINES_MIN = 4

/** @param height how many lines there may be */
export function drawView(view: View, width: number, height: number): string[] {
  const head = drawHead(view, height >= BARS_HEIGHT_MIN).map((line) => cutLine(inLine(line), width))
  const lanes = drawLanes(view, width)
  const running = drawRunning(view, width)
  const room = height - head.length
  // Both tables get half of what is left, and what the other one does not need.
  const half = Math.floor(room / 2)
  const forLanes = Math.min(lanes.length, Math.max(half, room - running.length))
  const tables = [...cutTable(lanes, forLanes), ...cutTable(running, room - forLanes)]
  return [...head, ...tables].slice(0, Math.max(0, height))
}

/** The first lines of a table, and how many more it has. */
function cutTable(lines: readonly string[], most: number): string[] {
  if (lines.length <= most) return [...lines]
  return most < TABLE_LINES_MIN ? [] : [...lines.slice(0, most - 1), `  and ${lines.length - most + 1} more`]
}

function drawHead({ url, stats, queues, now }: View, hasBars: boolean): string[] {
  if (stats === null) {
    const lanes = asRecords(queues["data"])
    const sum = (name: string) => lanes.reduce((total, lane) => total + Number(lane[name] ?? 0), 0)
    return [`asyncgate at ${url}`, `${sum("depth")} queued, ${sum("in_flight")} running, of your own jobs`]
  }
  const { current, health } = stats
  const { queued, running, waiting, oldest_queued_at: oldest } = asRecord(current)
  const { status, store, version, uptime_s, rss_bytes } = asRecord(health)
  const { reason, disk_free_bytes } = asRecord(store)
  const age = typeof oldest === "string" ? ` (the oldest for ${formatAge(now - Date.parse(oldest))})` : ""
  const why = typeof reason === "string" ? `: ${reason}` : ""
  const memory = formatBytes(Number(rss_bytes))
  return [
    `asyncgate ${asText(version)} at ${url}, up ${formatAge(Number(uptime_s) * 1000)}, ${asText(status)}${why}`,
    `${asWord(queued)} queued${age}, ${asWord(running)} running, ${asWord(waiting)} waiting; ${memory} of memory, ${formatBytes(Number(disk_free_bytes))} of disk free`,
    ...drawRates(asRecords(stats["points"]), Date.parse(asText(stats["now"])), hasBars),
  ]
}

/** @param now by the gateway's clock */
function drawRates(points: readonly Fields[], now: number, hasBars: boolean): string[] {
  // The second that has begun is not over.
  const end = Math.floor(now / 1000) * 1000
  const bySecond = new Map(points.map((point) => [Date.parse(asText(point["at"])), point]))
  const list = (seconds: number, name: string) =>
    Array.from({ length: seconds }, (_, at) => Number(bySecond.get(end - (seconds - at) * 1000)?.[name] ?? 0))
  const rate = (name: string) => {
    const sum = list(RATE_SECONDS, name).reduce((total, count) => total + count, 0)
    return `${(sum / RATE_SECONDS).toFixed(1)}/s ${name}`
  }
  const timed = points.findLast(({ run_p50_ms }) => run_p50_ms !== null && run_p50_ms !== undefined)
  const { wait_p50_ms, wait_p95_ms, run_p50_ms, run_p95_ms } = timed ?? {}
  const times = (p50: unknown, p95: unknown) => `${formatAge(toMs(p50))} (p95 ${formatAge(toMs(p95))})`
  return [
    `last ${RATE_SECONDS} s: ${["accepted", "succeeded", "failed", "cancelled"].map(rate).join(", ")}`,
    timed === undefined
      ? "no job has ended in the last minute"
      : `of the last second with ends: waited ${times(wait_p50_ms, wait_p95_ms)}, ran ${times(run_p50_ms, run_p95_ms)}`,
    ...(hasBars
      ? ["accepted", "succeeded"].map((name) => `${name.padEnd(9)} ${drawBars(list(HISTORY_SECONDS, name))}`)
      : []),
  ]
}

function toMs(value: unknown): number {
  return typeof value === "number" ? value : Number.NaN
}

function drawBars(counts: readonly number[]): string {
  const most = Math.max(1, ...counts)
  return counts.map((count) => (count === 0 ? " " : BARS[Math.ceil((count / most) * BARS.length) - 1])).join("")
}

function drawLanes({ queues, now }: View, width: number): string[] {
  const lanes = asRecords(queues["data"])
  if (lanes.length === 0) return ["", "nothing is queued"]
  const rows = lanes.map(({ provider, model, priority, depth, oldest_at, in_flight, waits_for }) => [
    `${asText(provider)}/${asText(model)}`,
    asText(priority),
    asWord(depth),
    asWord(in_flight),
    typeof oldest_at === "string" ? formatAge(Math.max(0, now - Date.parse(oldest_at))) : "-",
    asRecords(waits_for)
      .map(({ reason }) => asText(reason))
      .join("; "),
  ])
  return ["", ...toLines(layOut(["QUEUE", "PRIORITY", "QUEUED", "RUNNING", "OLDEST", "WAITS FOR"], rows, width))]
}

function drawRunning({ running, now }: View, width: number): string[] {
  if (running.length === 0) return ["", "nothing runs"]
  const since = ({ started_at }: Fields) => now - Date.parse(asText(started_at))
  const rows = running
    .toSorted((one, other) => since(other) - since(one))
    .map((job) => [
      asText(job["id"]),
      asText(job["request_type"]),
      `${asText(job["provider"])}/${asText(job["model"])}`,
      formatAge(Math.max(0, since(job))),
      asWord(job["attempts"]),
      asText(job["key_name"]) || "-",
    ])
  return ["", ...toLines(layOut(["RUNNING", "TYPE", "MODEL", "FOR", "TRY", "KEY"], rows, width))]
}

function toLines(text: string): string[] {
  return text.trimEnd().split("\n")
}
