// The command ps: lists jobs.
import { systemClock } from "../clock.ts"
import { asRecord, asText, asWord } from "../values.ts"
import { CommandError } from "./exitcodes.ts"
import { filterFlags } from "./flag.ts"
import { type Gateway, openGateway } from "./gatewayclient.ts"
import { type Input, isSet, readCount, readText, readTimeMs } from "./input.ts"
import { JOBS, type Listed, listJobs } from "./jobcalls.ts"
import { layOut, paintState, type Terminal } from "./terminal.ts"
import { formatAge, formatAgo } from "./texts.ts"

const USUAL_COUNT = 20
const PAGE_MAX = 100
const WATCH_MS = 2000
/** As many characters of an id as no other job has, listed or not: its time and its counter. See ids.ts. */
const ID_CHARS = 18

export async function run(input: Input): Promise<number> {
  const { terminal } = input
  const count = readCount(input, "limit", USUAL_COUNT)
  const filter = readFilter(input)
  const gateway = openGateway(input)
  if (isSet(input, "json")) {
    if (count > PAGE_MAX)
      throw new CommandError("usage", `--json prints one page of at most ${PAGE_MAX} jobs: write --jsonl for more`)
    filter.set("limit", String(count))
    terminal.show((await gateway.readList(`${JOBS}?${filter}`)).text)
    return 0
  }
  if (isSet(input, "watch")) return watch(filter, count, gateway, terminal)
  const jobs = await collect(filter, count, gateway)
  if (isSet(input, "jsonl")) terminal.show(jobs.map((job) => `${JSON.stringify(job)}\n`).join(""))
  else if (isSet(input, "quiet")) terminal.show(jobs.map(({ id }) => `${asText(id)}\n`).join(""))
  else if (jobs.length > 0) terminal.write(drawJobs(jobs, terminal))
  else terminal.say("no jobs; make one: asyncgate submit -m mock/echo Hello")
  return 0
}

/** The filters that were given, as the query of a list. @throws {CommandError} usage */
export function readFilter(input: Input): URLSearchParams {
  const filter = new URLSearchParams()
  for (const { name } of filterFlags) {
    const parameter = name.slice(2).replaceAll("-", "_")
    const value = readText(
      input,
      parameter.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
    )
    if (value !== null) filter.set(parameter, value)
  }
  const sinceMs = readTimeMs(input, "since")
  if (sinceMs !== null) filter.set("created_after", formatAgo(sinceMs, systemClock.wall()))
  return filter
}

/** The newest jobs that match. */
export async function collect(filter: URLSearchParams, count: number, gateway: Gateway): Promise<Listed[]> {
  const jobs: Listed[] = []
  filter.set("limit", String(Math.min(count, PAGE_MAX)))
  for await (const job of listJobs(filter, gateway)) {
    jobs.push(job)
    if (jobs.length >= count) break
  }
  return jobs
}

async function watch(filter: URLSearchParams, count: number, gateway: Gateway, terminal: Terminal): Promise<number> {
  if (!terminal.isTerminal || !terminal.canRedraw) {
    throw new CommandError("usage", "--watch draws on a terminal: without one, run asyncgate ps again")
  }
  for (;;) {
    const jobs = await collect(filter, count, gateway)
    terminal.write(`\u001b[H\u001b[2J${drawJobs(jobs, terminal)}\nCtrl-C ends this.\n`)
    await new Promise<void>((resolve) => systemClock.after(WATCH_MS, resolve))
  }
}

function drawJobs(jobs: readonly Listed[], terminal: Terminal): string {
  const now = systemClock.wall()
  const rows = jobs.map((job) => {
    const {
      id,
      state,
      request_type: type,
      provider,
      model,
      created_at,
      started_at,
      completed_at,
      attempts,
      usage,
      cost_usd,
    } = job
    const { code } = asRecord(asRecord(job["error"])["error"])
    const end = typeof completed_at === "string" ? Date.parse(completed_at) : now
    return [
      asText(id).slice(0, ID_CHARS),
      asText(state),
      asText(type),
      `${asText(provider)}/${asText(model)}`,
      formatAge(now - Date.parse(asText(created_at))),
      typeof started_at === "string" ? formatAge(end - Date.parse(started_at)) : "-",
      asWord(attempts),
      asWord(asRecord(usage)["total_tokens"]) || "-",
      typeof cost_usd === "number" ? cost_usd.toFixed(4) : "-",
      asText(code),
    ]
  })
  const head = ["ID", "STATE", "TYPE", "MODEL", "AGE", "TOOK", "TRIES", "TOKENS", "USD", "ERROR"]
  const [first = "", ...lines] = layOut(head, rows, terminal.width).split("\n")
  return [first, ...lines.map((line) => paintLine(line, ID_CHARS + GAP_CHARS, terminal))].join("\n")
}

/** The columns of a table are so far apart. */
const GAP_CHARS = 2

/** @param at where the state stands in the line */
function paintLine(line: string, at: number, terminal: Terminal): string {
  const [state = ""] = line.slice(at).split(" ", 1)
  return line.slice(0, at) + paintState(state, terminal) + line.slice(at + state.length)
}
